"""The garbage collector while compiling.

A compile makes many objects that live to its end, and each look that the collector takes at them
is in vain: with its usual thresholds that is a third of the time for a function of two thousand
statements. So it looks less often until the compile is over. It isn't switched off, and memory
stays bounded.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENT = 200_000
_lock = threading.Lock()
_compiling = 0
_usual = _raised = gc.get_threshold()


@contextmanager
def patient_collector() -> Iterator[None]:
    """Raises the threshold of the youngest generation while the block runs, in any thread; what
    somebody else sets meanwhile stays, and a collector that is switched off stays so."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _compiling, _usual, _raised
    with _lock:
        _compiling += 1
        if _compiling == 1:
            _usual = gc.get_threshold()
            if 0 < _usual[0] < PATIENT:
                gc.set_threshold(PATIENT, *_usual[1:])
            _raised = gc.get_threshold()


def _leave() -> None:
    global _compiling
    with _lock:
        _compiling -= 1
        if _compiling == 0 and gc.get_threshold() == _raised:
            gc.set_threshold(*_usual)


def _after_fork() -> None:
    """The threads that were compiling are not in the child."""
    global _compiling, _lock
    _lock = threading.Lock()
    if _compiling and gc.get_threshold() == _raised:
        gc.set_threshold(*_usual)
    _compiling = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

"""Calls that report, and give nothing to compute with: logging, warnings, clocks.

They happen once, in the forward sweep, in the order in which they stand.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from typing import Any

from s2sad.frontend.state.context import Context, add
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Keywords, Known, Value
from s2sad.ir.data import Op
from s2sad.ir.types import FLOAT, Opaque, Type

LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")
CLOCKS = (time.time, time.perf_counter, time.monotonic, time.process_time)
FUNCTIONS = (warnings.warn, time.sleep, *(getattr(logging, level) for level in LEVELS))


def is_report(function: Any) -> bool:
    """Whether a call of the function only reports something, or reads a clock."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    if isinstance(owner, (logging.Logger, logging.LoggerAdapter)):
        return name in LEVELS
    if owner is not None and owner in (sys.stdout, sys.stderr):
        return name in ("write", "flush")
    return any(function is f for f in (*FUNCTIONS, *CLOCKS))


def report(
    ctx: Context, function: Any, args: list[Abstract], keywords: Keywords, node: Any
) -> Abstract:
    """The call, for its effect."""
    owner = getattr(function, "__self__", None)
    prefix = getattr(owner, "name", "") if isinstance(owner, logging.Logger) else ""
    word = str(prefix).rpartition(".")[2]
    prefix = word if word.isidentifier() else "log"
    name = f"{prefix}_{function.__name__}" if owner is not None else function.__name__
    op = Op(name, function, "call", None, "fresh", "outside")
    atoms = tuple(atom_of(ctx, a, "", node) for a in args)
    static = tuple((k, v.value) for k, v in keywords.items() if isinstance(v, Known))
    clock = any(function is f for f in CLOCKS)
    kind: Type = FLOAT if clock else Opaque("None")
    made = add(ctx, op, atoms, kind, "", node, static)
    return Value(made) if clock else Known(None)

"""Times of two things measured in turns, so that both see the same machine."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Action = Callable[[], object]
PAIRS = 21
TARGET = 2e-3


@dataclass(frozen=True)
class Ratio:
    """The time of one thing over that of another: median and quartiles over the pairs, and the
    medians of the two in seconds."""

    median: float
    low: float
    high: float
    ours: float
    theirs: float


def repeats(action: Action, target: float) -> int:
    """How often to run something within a sample, so that the clock can tell."""
    count = 1
    while (spent := sample(action, count)) < target and count < 1_000_000:
        count = max(count + 1, int(count * min(10.0, 1.2 * target / max(spent, 1e-9))))
    return count


def sample(action: Action, count: int) -> float:
    """Seconds for `count` runs."""
    start = time.perf_counter()
    for _ in range(count):
        action()
    return time.perf_counter() - start


def compare(ours: Action, theirs: Action, pairs: int = PAIRS, target: float = TARGET) -> Ratio:
    """The ratio of two actions, in interleaved pairs."""
    ours(), theirs()
    counts = repeats(ours, target), repeats(theirs, target)
    enabled = gc.isenabled()
    gc.disable()
    try:
        times = np.array([_pair(ours, theirs, counts, turn) for turn in range(pairs)])
    finally:
        if enabled:
            gc.enable()
    low, median, high = np.quantile(times[:, 0] / times[:, 1], (0.25, 0.5, 0.75))
    return Ratio(float(median), float(low), float(high), *map(float, np.median(times, axis=0)))


def _pair(ours: Action, theirs: Action, counts: tuple[int, int], turn: int) -> tuple[float, float]:
    """One sample of each, the first in turn."""
    if turn % 2:
        second = sample(theirs, counts[1]) / counts[1]
        return sample(ours, counts[0]) / counts[0], second
    first = sample(ours, counts[0]) / counts[0]
    return first, sample(theirs, counts[1]) / counts[1]


def once(action: Action) -> float:
    """Seconds for one run."""
    return sample(action, 1)

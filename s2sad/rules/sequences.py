"""Rules of what operators do to lists: `items * count` and `first + second`.

On the page these are the operators; the functions here only name them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import normal
from s2sad.rules.registry import Sample, linear


def repeated(items: list[Any], count: int) -> list[Any]:
    """`items * count`."""
    return items * count


def joined(first: list[Any], second: list[Any]) -> list[Any]:
    """`first + second`."""
    return first + second


def _repeated_samples(rng: np.random.Generator) -> Iterator[Sample]:
    yield Sample(([0.5, 1.5], 3))
    yield Sample(([0.5], 2))
    yield Sample(([normal(rng, (3,)), normal(rng, (3,))], 2))


@linear(repeated, result="either", samples=_repeated_samples)
def repeated_bar(items: Any, count: Any, *, y_bar: Any) -> Any:
    bars = []
    for k in range(len(items)):
        bars.append(sum(y_bar[k :: len(items)]))
    return bars


def _joined_samples(rng: np.random.Generator) -> Iterator[Sample]:
    yield Sample(([0.5, 1.5], [2.5]), {}, (0, 1))
    yield Sample(([normal(rng, (3,))], [normal(rng, (3,)), normal(rng, (3,))]), {}, (0, 1))


@linear(joined, result="either", samples=_joined_samples)
def joined_bar(first: Any, second: Any, *, y_bar: Any) -> Any:
    middle = len(first)
    return y_bar[:middle], y_bar[middle:]

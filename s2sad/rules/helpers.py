"""Rules of the helpers that pages call, so that what is emitted can be differentiated again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import normal
from s2sad.rules.registry import Sample, linear, nondifferentiable
from s2sad.runtime.helpers import (
    added,
    copied,
    directions_of,
    in_all_directions,
    stop_gradient,
    unbroadcast,
    zeros,
)


def _stretched(rng: np.random.Generator) -> Iterator[Sample]:
    for shape, like in (((2, 3), (3,)), ((2, 3), (1, 3)), ((2, 3), ()), ((3,), (3,))):
        yield Sample((normal(rng, shape), np.zeros(like)))


@linear(unbroadcast, result="either", samples=_stretched)
def unbroadcast_rule(cotangent: Any, like: Any, *, y_bar: Any) -> Any:
    return np.broadcast_to(y_bar, np.shape(cotangent))


def _trees(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((3,), (2, 2)):
        rows = [[normal(rng, shape) for _ in range(2)] for _ in range(2)]
        yield Sample((rows[0], rows[1]), {}, (0, 1))


@linear(added, samples=_trees)
def added_rule(first: Any, second: Any, *, y_bar: Any) -> Any:
    return y_bar, y_bar


nondifferentiable(zeros, directions_of)
nondifferentiable(stop_gradient, result="either")


def _numbers(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((), (3,), (2, 3)):
        yield Sample((normal(rng, shape),))


@linear(np.float64, result="either", samples=_numbers)
def cast(value: Any, *, y_bar: Any) -> Any:
    return y_bar


@linear(copied, samples=_numbers)
def copied_rule(value: Any, *, y_bar: Any) -> Any:
    return y_bar


def _repeats(rng: np.random.Generator) -> Iterator[Sample]:
    for sample in _numbers(rng):
        yield Sample((sample.args[0], 3))


@linear(in_all_directions, samples=_repeats)
def repeated(value: Any, count: Any, *, y_bar: Any) -> Any:
    return np.sum(y_bar, axis=0)


def _singles(rng: np.random.Generator) -> Iterator[Sample]:
    for sample in _numbers(rng):
        yield Sample((sample.args[0].astype(np.float32),))


@linear(np.float32, result="either", samples=_singles)
def narrow(value: Any, *, y_bar: Any) -> Any:
    return y_bar

"""Samples of elementwise functions: every pattern of axes, in every layout.

`elementwise_samples(domain)` draws the arguments from open intervals, one for each: scalars,
vectors, matrices, both directions of broadcasting, length 1, empty, all layouts, float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import layouts
from s2sad.rules.registry import Sample, Sampler

Interval = tuple[float, float]

ONE = (((),), ((3,),), ((2, 3),), ((1,),), ((0,),), ((1, 3),))
TWO = (
    ((), ()), ((3,), (3,)), ((2, 3), (2, 3)), ((3,), ()), ((), (3,)), ((2, 3), (3,)),
    ((3,), (2, 3)), ((2, 1), (3,)), ((2, 3), (1, 3)), ((1,), (2, 3)), ((0,), (1,)), ((2, 0), ()),
)  # fmt: skip
THREE = (((3,), (3,), (3,)), ((), (), ()), ((2, 3), (), (3,)), ((3,), (2, 1), ()))
PATTERNS = {1: ONE, 2: TWO, 3: THREE}


def drawn(rng: np.random.Generator, interval: Interval, shape: tuple[int, ...]) -> Any:
    """An array of numbers from an open interval."""
    return np.asarray(rng.uniform(*interval, size=shape))


def elementwise_samples(domain: tuple[Interval, ...], rng: np.random.Generator) -> Iterator[Sample]:
    """Samples of a function of `len(domain)` arguments."""
    wrt = tuple(range(len(domain)))
    for shapes in PATTERNS[len(domain)]:
        pairs = zip(domain, shapes, strict=True)
        yield Sample(tuple(drawn(rng, interval, shape) for interval, shape in pairs), {}, wrt)
    for interval_row in _layout_rows(domain, rng):
        yield Sample(interval_row, {}, wrt)
    yield Sample(tuple(float(drawn(rng, interval, ())) for interval in domain), {}, wrt)


def _layout_rows(
    domain: tuple[Interval, ...], rng: np.random.Generator
) -> Iterator[tuple[Any, ...]]:
    arrays = [drawn(rng, interval, (2, 3)) for interval in domain]
    return zip(*map(layouts, arrays), strict=True)


def singles(interval: Interval) -> Sampler:
    """Samples with one argument."""
    return lambda rng: elementwise_samples((interval,), rng)


def pairs(first: Interval, second: Interval) -> Sampler:
    """Samples with two arguments."""
    return lambda rng: elementwise_samples((first, second), rng)


def scalars(*domain: Interval) -> Sampler:
    """Samples with Python floats only, for functions that take nothing else."""

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for _ in range(6):
            args = tuple(float(drawn(rng, interval, ())) for interval in domain)
            yield Sample(args, {}, tuple(range(len(domain))))

    return samples


def conditional(first: Interval, second: Interval) -> Sampler:
    """Samples of `np.where`: a condition of every shape before two arguments."""

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for sample in elementwise_samples((first, second), rng):
            common = np.broadcast_shapes(*map(np.shape, sample.args))
            for shape in dict.fromkeys((common, (), (1, *common))):
                condition = drawn(rng, (-1.0, 1.0), shape) > 0.0
                yield Sample((condition, *sample.args), {}, (1, 2))

    return samples

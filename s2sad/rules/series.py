"""Rules of sequences and series: differences, slopes, correlation, spacings, special functions.

Source of the integral for the Bessel function: Abramowitz and Stegun 9.6.16, whose integrand is
periodic, so that the midpoint rule converges geometrically (Trefethen and Weideman 2014).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal, together
from s2sad.rules.registry import Sample, composed, linear
from s2sad.rules.samplers import drawn, pairs, singles
from s2sad.rules.static import axes_between
from s2sad.runtime.helpers import stop_gradient

# -- differences


@composed(np.ediff1d, samples=lambda rng: iter([
    Sample((normal(rng, (5,)),)), Sample((normal(rng, (2, 3)),)), Sample((normal(rng, (1,)),)),
    Sample((normal(rng, (4,)), normal(rng, (2,)), normal(rng, (1,))), {}, (0, 1, 2)),
    Sample((normal(rng, (4,)), None, 0.5)),
]))  # fmt: skip
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    steps = np.diff(np.ravel(ary))
    if to_begin is not None:
        steps = np.concatenate((np.ravel(to_begin), steps))
    if to_end is not None:
        steps = np.concatenate((steps, np.ravel(to_end)))
    return steps


def _phases(rng: np.random.Generator) -> Iterator[Sample]:
    for p in layouts(np.array([[0.1, 3.0, 6.5, 9.9], [-3.0, 3.0, 2.0, -2.9]])):
        yield Sample((p,))
    yield Sample((np.array([[0.1], [4.0], [8.0]]), None, 0))
    yield Sample((np.array([0.2, 0.9, 1.7, 0.3]),), {"period": 1.0})


@linear(np.unwrap, tangent=False, samples=_phases)
def unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = None, y_bar: Any) -> Any:
    """Multiples of the period are added."""
    return y_bar


@composed(np.cumulative_sum, samples=each(
    ((4,),), ((2, 3), {"axis": 1}), ((2, 3), {"axis": 0, "include_initial": True}),
))  # fmt: skip
def cumulative_sum(
    x: Any, *, axis: Any = 0, dtype: Any = None, include_initial: Any = False
) -> Any:
    sums = np.cumsum(x, axis=axis)
    return np.concatenate((part_like(x, axis, 0.0), sums), axis=axis) if include_initial else sums


@composed(np.cumulative_prod, samples=each(
    ((4,),), ((2, 3), {"axis": 1}), ((2, 3), {"axis": 0, "include_initial": True}),
))  # fmt: skip
def cumulative_prod(
    x: Any, *, axis: Any = 0, dtype: Any = None, include_initial: Any = False
) -> Any:
    found = np.cumprod(x, axis=axis)
    return np.concatenate((part_like(x, axis, 1.0), found), axis=axis) if include_initial else found


def part_like(x: Any, axis: Any, value: Any) -> Any:
    """One row of x, filled with a number."""
    return np.full_like(np.take(x, [0], axis=axis), value)


# -- slopes


def _heights(rng: np.random.Generator) -> Iterator[Sample]:
    for f in layouts(normal(rng, (5,))):
        yield Sample((f,))
    yield Sample((normal(rng, (4,)), 0.3), {}, (0, 1))
    yield Sample((normal(rng, (2,)),))
    x = np.array([0.0, 0.4, 1.1, 1.5])
    yield Sample((normal(rng, (4,)), x), {}, (0, 1))
    yield Sample((normal(rng, (4,)), x), {"edge_order": 2}, (0, 1))
    yield Sample((normal(rng, (3, 4)),))
    yield Sample((normal(rng, (3, 4)), 0.5, x), {}, (0, 1, 2))
    yield Sample((normal(rng, (3, 4)), 0.5), {"axis": 1, "edge_order": 2}, (0, 1))
    yield Sample((normal(rng, (2, 3, 4)), x), {"axis": -1})


@composed(np.gradient, samples=_heights)
def gradient(
    f: Any, a: Any = 1.0, b: Any = None, c: Any = None, axis: Any = None, edge_order: int = 1
) -> Any:
    """Up to three axes."""
    if axis is not None and not isinstance(axis, tuple):
        return slopes(f, a, axis, edge_order)
    axes = axes_between(0, f.ndim) if axis is None else axis
    if len(axes) == 1:
        return slopes(f, a, axes[0], edge_order)
    first = slopes(f, a, axes[0], edge_order)
    second = slopes(f, a if b is None else b, axes[1], edge_order)
    if len(axes) == 2:
        return first, second
    return first, second, slopes(f, a if c is None else c, axes[2], edge_order)


def slopes(f: Any, spacing: Any, axis: Any, edge_order: int) -> Any:
    """Central differences inside, one-sided ones at the ends."""
    rows = np.moveaxis(f, axis, -1)
    steps = np.diff(spacing) if np.ndim(spacing) > 0 else spacing * np.ones(rows.shape[-1] - 1)
    rates = np.diff(rows) / steps
    left, right = steps[:-1], steps[1:]
    inside = (right * rates[..., :-1] + left * rates[..., 1:]) / (left + right)
    start, stop = rates[..., :1], rates[..., -1:]
    if edge_order == 2:
        bend = rates[..., 1:] - rates[..., :-1]
        start = start - steps[0] * bend[..., :1] / (steps[0] + steps[1])
        stop = stop + steps[-1] * bend[..., -1:] / (steps[-1] + steps[-2])
    return np.moveaxis(np.concatenate((start, inside, stop), axis=-1), -1, axis)


# -- correlation


@composed(np.correlate, samples=together(
    (((5,), (3,)),), (((2,), (4,)),), (((5,), (3,)), "same"), (((2,), (5,)), "same"),
    (((4,), (3,)), "full"), (((3,), (4,)), {"mode": "full"}), (((6,), (4,)), "same"),
))  # fmt: skip
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    if mode == "same" and len(a) < len(v):
        return np.conjugate(np.convolve(v, np.conjugate(a[::-1]), mode))[::-1]
    return np.convolve(a, np.conjugate(v[::-1]), mode)


# -- spacings


@composed(np.logspace, samples=lambda rng: iter([
    Sample((0.5, 1.5, 4), {}, (0, 1)), Sample((0.5, 1.5), {"num": 3, "endpoint": False}, (0, 1)),
    Sample((0.5, 1.5, 4, True, 2.5), {}, (0, 1, 4)),
]))  # fmt: skip
def logspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0) -> Any:
    return np.power(base, np.linspace(start, stop, num, endpoint))


@composed(np.geomspace, samples=lambda rng: iter([
    Sample((0.5, 4.0, 4), {}, (0, 1)), Sample((0.5, 4.0), {"num": 3, "endpoint": False}, (0, 1)),
    Sample((-2.0, -0.5, 5), {}, (0, 1)),
]))  # fmt: skip
def geomspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True) -> Any:
    return start * np.power(stop / start, np.linspace(0.0, 1.0, num, endpoint))


# -- parts of numbers


@composed(np.modf, samples=singles((0.1, 0.9)))
def modf(x: Any) -> Any:
    return x - np.trunc(x), np.trunc(x)


@composed(np.divmod, samples=pairs((1.6, 1.7), (0.93, 1.0)))
def divided(x1: Any, x2: Any) -> Any:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


def _numbers(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((), (3,), (2, 3)):
        yield Sample((drawn(rng, (0.6, 0.9), shape) * 8.0,))


@composed(np.frexp, samples=_numbers)
def frexp(x: Any) -> Any:
    exponent = np.frexp(stop_gradient(x))[1]
    return np.ldexp(x, -exponent), exponent


def _real_and_complex(rng: np.random.Generator) -> Iterator[Sample]:
    for a in layouts(normal(rng, (2, 3))):
        yield Sample((a,))
    yield Sample((normal(rng, (3,)) + 1j * normal(rng, (3,)),))


@linear(np.real_if_close, result="view", tangent=False, samples=_real_and_complex)
def real_if_close(a: Any, tol: Any = 100, *, y_bar: Any) -> Any:
    return y_bar


# -- the modified Bessel function


def _around_zero(rng: np.random.Generator) -> Iterator[Sample]:
    yield from singles((-4.0, 9.0))(rng)
    yield Sample((np.array([0.0, 12.0, -30.0]),))


@composed(np.i0, samples=_around_zero)
def i0(x: Any) -> Any:
    """The mean of cosh(x cos t) over a quarter of a turn; good to |x| of some hundreds."""
    nodes = np.cos((np.arange(256) + 0.5) * (math.pi / 512.0))
    return np.mean(np.cosh(np.expand_dims(x, -1) * nodes), axis=-1)


def _shapes_of_windows(rng: np.random.Generator) -> Iterator[Sample]:
    for count in (7, 4, 1):
        yield Sample((count, 3.5), {}, (1,))


@composed(np.kaiser, samples=_shapes_of_windows)
def kaiser(M: Any, beta: Any) -> Any:  # noqa: N803
    if M == 1:
        return np.ones(1)
    half = (M - 1) / 2.0
    places = (np.arange(M) - half) / half
    return np.i0(beta * np.sqrt(np.maximum(1.0 - places * places, 0.0))) / np.i0(beta)

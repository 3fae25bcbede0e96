"""Rules of reductions and scans along axes.

A cotangent of a reduction has the rank of its result, perhaps with axes of length 1, and is
returned without the broadcast to the argument's shape: the adjoint of a sum costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.facts import quotient
from s2sad.rules.layouts import each, normal
from s2sad.rules.registry import Sample, Sampler, adjoint, linear, nondifferentiable
from s2sad.rules.static import static, unsupported

AXES = (
    ((2, 3),), ((2, 3), 0), ((2, 3), 1), ((2, 3), -1), ((2, 3), {"axis": 0, "keepdims": True}),
    ((2, 3), {"keepdims": True}), ((2, 3, 4), (0, 2)), ((2, 3, 4), {"axis": (-1, 1)}),
    ((2, 3, 4), {"axis": (0, 1, 2), "keepdims": True}), ((),), ((4,),), ((4,), 0), ((1,),),
    ((1, 3), 0), ((3, 1), 0),
)  # fmt: skip
DTYPES = (((2, 3), {"axis": 1, "dtype": np.float64}),)
MASK = np.array([[True, False, True], [True, True, False]])
MASKS = (
    ((2, 3), {"axis": 1, "where": MASK}), ((2, 3), {"where": MASK[:1]}),
    ((2, 3), {"axis": 1, "keepdims": True, "where": MASK}),
    ((4, 2, 3), {"axis": (0, 2), "where": MASK}),
)  # fmt: skip
EMPTY = (((0,),), ((0, 3), 1), ((2, 0), 0))
SCANS = (((4,),), ((2, 3),), ((2, 3), 0), ((2, 3), 1), ((2, 3, 2), -2), ((1,),), ((0,),), ((),))
FREEDOM = (
    ((2, 3), {"axis": 1, "ddof": 1}), ((4,), {"ddof": 1}), ((2, 3, 4), {"axis": (0, 2), "ddof": 2}),
    ((2, 3), {"axis": 1, "correction": 1}),
)  # fmt: skip


def expanded(y: Any, axis: Any, keepdims: Any) -> Any:
    """A result of a reduction with the reduced axes as axes of length 1. A cotangent that is a
    number fits as it is."""
    if axis is None or keepdims or np.ndim(y) == 0:
        return y
    return np.expand_dims(y, axis)


def masked(where: Any, x: Any, other: Any) -> Any:
    """`x` where a reduction looks, and something harmless elsewhere."""
    if isinstance(where, bool) and where:
        return x
    return np.where(where, x, other)


def count(a: Any, axis: Any, where: Any = True) -> Any:
    """How many entries a reduction combines: for each result, where there is a mask."""
    if not isinstance(where, bool):
        return np.sum(np.broadcast_to(where, a.shape), axis=axis, keepdims=True)
    if axis is None:
        return a.size
    if isinstance(axis, tuple):
        result = 1
        for each_axis in axis:
            result = result * a.shape[each_axis]
        return result
    return a.shape[axis]


# -- sums and moments


@linear(np.sum, samples=each(*AXES, *EMPTY, *MASKS, *DTYPES, ((2, 3), {"axis": 1, "initial": 2.5})))
def total(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: Any = False,
    initial: Any = 0,
    where: Any = True,
    *,
    y_bar: Any,
) -> Any:
    a_bar = masked(where, expanded(y_bar, axis, keepdims), 0.0)
    if isinstance(initial, int) and initial == 0:
        return a_bar
    return a_bar, None, None, None, np.sum(y_bar)


@linear(np.mean, samples=each(*AXES, ((0, 3), 1), *MASKS, *DTYPES))
def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: Any = False,
    where: Any = True,
    *,
    y_bar: Any,
) -> Any:
    shared = quotient(expanded(y_bar, axis, keepdims), count(a, axis, where))
    return masked(where, shared, 0.0)


def _given_mean(sampler: Sampler) -> Sampler:
    """The samples, and some with the mean as an argument of its own."""

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        yield from sampler(rng)
        a = normal(rng, (2, 3))
        yield Sample((a,), {"axis": 1, "mean": np.mean(a, axis=1, keepdims=True)})

    return samples


@adjoint(np.var, samples=_given_mean(each(*AXES, *FREEDOM, *MASKS, *DTYPES)))
def var(
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = 0,
    *,
    y_bar: Any,
) -> Any:
    freedom = count(a, axis, where) - (ddof + correction)
    scaled = quotient(2.0 * expanded(y_bar, axis, keepdims), freedom)
    return with_mean(scaled * masked(where, centred(a, axis, where, mean), 0.0), axis, mean)


def with_mean(a_bar: Any, axis: Any, mean: Any) -> Any:
    """The cotangents of the entries, and of their mean where that is an argument."""
    if mean is None:
        return a_bar
    return a_bar, None, None, None, None, None, -np.sum(a_bar, axis=axis, keepdims=True)


def several(*cases: tuple[Any, ...]) -> Sampler:
    """The cases in which more than one entry is combined: the standard deviation of one
    is constant, and has no derivative."""
    return each(*(case for case in cases if case[0] not in ((), (1,), (1, 3))))


@adjoint(np.std, singular=True, samples=several(*AXES, *FREEDOM, *MASKS, *DTYPES))
def std(
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = 0,
    *,
    y_bar: Any,
) -> Any:
    """0 where all entries are equal, the smallest subgradient."""
    freedom = count(a, axis, where) - (ddof + correction)
    root = expanded(np.where(y == 0, 1.0, y), axis, keepdims)
    scaled = quotient(expanded(y_bar, axis, keepdims), freedom * root)
    return with_mean(scaled * masked(where, centred(a, axis, where, mean), 0.0), axis, mean)


def centred(a: Any, axis: Any, where: Any = True, mean: Any = None) -> Any:
    """The deviations from the mean (conjugate, which is nothing for real numbers)."""
    deviations = a - mean_of(a, axis, where) if mean is None else a - mean
    if np.iscomplexobj(a):
        return np.conjugate(deviations)
    return deviations


def mean_of(a: Any, axis: Any, where: Any) -> Any:
    """The mean of what a reduction looks at, with the reduced axes as axes of length 1."""
    if isinstance(where, bool):
        return np.mean(a, axis=axis, keepdims=True)
    return np.mean(a, axis=axis, keepdims=True, where=where)


def _weighted(rng: np.random.Generator) -> Iterator[Sample]:
    for shape, axis in (((4,), None), ((2, 3), None), ((2, 3), 1), ((2, 3, 4), (0, 2))):
        weights = rng.uniform(0.5, 1.5, size=shape)
        yield Sample((normal(rng, shape), axis, weights), {}, (0, 2))
    for shape, axis in (((4,), 0), ((2, 3), 0), ((2, 3), -1), ((2, 3, 4), 1)):
        weights = rng.uniform(0.5, 1.5, size=shape[axis])
        yield Sample((normal(rng, shape), axis, weights), {}, (0, 2))
    yield Sample((normal(rng, (2, 3)), 0), {"keepdims": True})
    yield Sample((normal(rng, (2, 3)),))


@static
def other_axes(axis: int, rank: int) -> tuple[int, ...]:
    """The axes other than `axis`, in order."""
    return tuple(other for other in range(rank) if other != axis % rank)


@adjoint(np.average, samples=_weighted)
def average(
    y: Any, a: Any, axis: Any = None, weights: Any = None, *, keepdims: Any = False, y_bar: Any
) -> Any:
    """Weights of the shape of `a`, or a vector along one axis."""
    y_bar_expanded = expanded(y_bar, axis, keepdims)
    if weights is None:
        return quotient(y_bar_expanded, count(a, axis))
    deviations = a - expanded(y, axis, keepdims)
    if weights.ndim == a.ndim:
        scaled = y_bar_expanded / np.sum(weights, axis=axis, keepdims=True)
        return scaled * weights, None, scaled * deviations
    others = other_axes(axis, a.ndim)
    scaled = y_bar_expanded / np.sum(weights)
    return scaled * np.expand_dims(weights, others), None, np.sum(scaled * deviations, axis=others)


# -- products


def _products(rng: np.random.Generator) -> Iterator[Sample]:
    yield from each(*AXES, *EMPTY, *MASKS, ((2, 3), {"axis": 0, "initial": 2.5}))(rng)
    for zeros in ([1], [0, 3], [2, 2]):
        a = normal(rng, (4, 3))
        a[zeros, 1] = 0.0
        yield Sample((a, 0))
        yield Sample((a,))


@adjoint(np.prod, samples=_products)
def prod(
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: Any = False,
    initial: Any = 1,
    where: Any = True,
    *,
    y_bar: Any,
) -> Any:
    """No division by the entries: exact where some are 0."""
    chosen = masked(where, a, 1.0)
    others = expanded(y_bar, axis, keepdims) * products_of_others(y, chosen, axis)
    a_bar = masked(where, others, 0.0)
    if isinstance(initial, int) and initial == 1:
        return a_bar
    own = np.sum(y_bar * np.prod(chosen, axis=axis, keepdims=keepdims))
    return a_bar * initial, None, None, None, own


@static
def last_axes(axis: Any) -> Any:
    """As many axes as `axis` names, counted from the end."""
    return tuple(range(-len(axis), 0)) if isinstance(axis, tuple) else -1


def products_of_others(y: Any, a: Any, axis: Any) -> Any:
    """For each entry, the product of all the others that the reduction combines."""
    if axis is None:
        return np.reshape(exclusive_products(np.ravel(a)), a.shape)
    moved = np.moveaxis(a, axis, last_axes(axis))
    if isinstance(axis, tuple):
        rows = np.reshape(moved, (y.size, count(a, axis)))
        others = np.reshape(exclusive_products(rows), moved.shape)
    else:
        others = exclusive_products(moved)
    return np.moveaxis(others, last_axes(axis), axis)


def exclusive_products(rows: Any) -> Any:
    """Along the last axis, the products of all the other entries, from both ends."""
    right = np.ones_like(rows)
    right[..., :-1] = np.cumprod(rows[..., :0:-1], axis=-1)[..., ::-1]
    return preceding_products(rows) * right


def preceding_products(rows: Any) -> Any:
    """Along the last axis, the products of the entries before each."""
    left = np.ones_like(rows)
    left[..., 1:] = np.cumprod(rows[..., :-1], axis=-1)
    return left


# -- scans


@linear(np.cumsum, samples=each(*SCANS, ((2, 3), {"axis": 1, "dtype": np.float64})))
def cumsum(a: Any, axis: Any = None, dtype: Any = None, *, y_bar: Any) -> Any:
    if axis is None:
        return np.reshape(np.cumsum(y_bar[::-1])[::-1], a.shape)
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis)


def _running_products(rng: np.random.Generator) -> Iterator[Sample]:
    yield from each(*SCANS)(rng)
    yield Sample((np.array([2.0, 0.0, 3.0, 0.0, -1.0]),))


@adjoint(np.cumprod, samples=_running_products)
def cumprod(y: Any, a: Any, axis: Any = None, dtype: Any = None, *, y_bar: Any) -> Any:
    if axis is None:
        return np.reshape(running_products_adjoint(np.ravel(a), y_bar), a.shape)
    rows_bar = running_products_adjoint(np.moveaxis(a, axis, -1), np.moveaxis(y_bar, axis, -1))
    return np.moveaxis(rows_bar, -1, axis)


def running_products_adjoint(rows: Any, y_bar: Any) -> Any:
    """By the recurrence `r[k] = y_bar[k] + rows[k + 1] * r[k + 1]`: exact where entries are 0."""
    result = np.zeros_like(rows)
    length = rows.shape[-1]
    for k in range(length - 1, -1, -1):
        result[..., k] = y_bar[..., k]
        if k + 1 < length:
            result[..., k] += rows[..., k + 1] * result[..., k + 1]
    return preceding_products(rows) * result


# -- extrema


@adjoint(np.max, np.amax, np.min, np.amin, samples=each(
    *AXES, ((2, 3), {"axis": 1, "initial": 0.1}),
    ((2, 3), {"axis": 1, "initial": 0.1, "where": np.array([True, False, True])}),
))  # fmt: skip
def extremum(
    y: Any,
    a: Any,
    axis: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
    *,
    y_bar: Any,
) -> Any:
    """Ties are shared evenly."""
    y, y_bar = expanded(y, axis, keepdims), expanded(y_bar, axis, keepdims)
    ties = masked(where, a == y, False)
    shares = np.sum(ties, axis=axis, keepdims=True)
    if initial is None:
        return ties * (y_bar / shares)
    shared = y_bar / (shares + (initial == y))
    return ties * shared, None, None, np.sum(shared * (initial == y))


nondifferentiable(
    np.any, np.all, np.count_nonzero, np.argmax, np.argmin, np.nanargmax, np.nanargmin
)  # fmt: skip


# -- order statistics


@adjoint(np.median, samples=each(
    ((5,),), ((2, 3), 1), ((2, 4), {"axis": -1}), ((4, 2), 0), ((2, 3),), ((1,),),
    ((3, 4), {"axis": 0, "keepdims": True}), ((6,), {"keepdims": True}),
))  # fmt: skip
def median(y: Any, a: Any, axis: Any = None, *, keepdims: bool = False, y_bar: Any) -> Any:
    """The middle element, or half of either of two; of equal ones, the first in stable order."""
    if isinstance(axis, tuple):
        unsupported("np.median over several axes: reshape first")
    if axis is None:
        order = np.argsort(np.ravel(a), kind="stable")
        ranks = np.reshape(np.argsort(order), np.shape(a))
        size = np.size(a)
    else:
        ranks = np.argsort(np.argsort(a, axis=axis, kind="stable"), axis=axis)
        size = a.shape[axis]
        if not keepdims:
            y_bar = np.expand_dims(y_bar, axis)
    halves = 0.5 * (ranks == (size - 1) // 2) + 0.5 * (ranks == size // 2)
    return y_bar * halves

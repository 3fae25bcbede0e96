"""Rules of functions that make arrays, or make an array of something: zeros, full, linspace,
array, asarray, astype, copy, meshgrid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal, together
from s2sad.rules.registry import Sample, linear, nondifferentiable
from s2sad.rules.static import unsupported

# -- from nothing

nondifferentiable(np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri)
nondifferentiable(np.zeros_like, np.ones_like, np.empty_like)


def _full_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for x in layouts(normal(rng, (3,))):
        yield Sample(((2, 3), x), {}, (1,))
    yield Sample((4, 1.5), {}, (1,))
    yield Sample(((2, 3), normal(rng, (2, 1))), {}, (1,))
    yield Sample(((), 0.5), {}, (1,))
    yield Sample(((0, 2), 0.5), {}, (1,))


@linear(np.full, samples=_full_samples)
def full(shape: Any, fill_value: Any, dtype: Any = None, *, y_bar: Any) -> Any:
    return None, y_bar


def _full_like_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for x in layouts(normal(rng, (3,))):
        yield Sample((np.zeros((2, 3)), x), {}, (1,))
    yield Sample((np.zeros((2, 3)), 1.5), {}, (1,))


@linear(np.full_like, samples=_full_like_samples)
def full_like(a: Any, fill_value: Any, dtype: Any = None, *, y_bar: Any) -> Any:
    return None, y_bar


def _linspace_samples(rng: np.random.Generator) -> Iterator[Sample]:
    yield Sample((0.5, 2.0), {"num": 5}, (0, 1))
    yield Sample((0.5, 2.0, 4, False), {}, (0, 1))
    yield Sample((normal(rng, (3,)), normal(rng, (2, 3)), 4), {}, (0, 1))
    yield Sample((normal(rng, (3,)), 1.0, 4), {"axis": -1}, (0, 1))
    yield Sample((0.5, 2.0, 1), {}, (0, 1))
    yield Sample((0.5, 2.0, 0), {}, (0, 1))


@linear(np.linspace, samples=_linspace_samples)
def linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, axis: int = 0, *, y_bar: Any
) -> Any:
    weights = np.linspace(0.0, 1.0, num, endpoint)
    steps_bar = np.moveaxis(y_bar, axis, 0)
    start_bar = np.tensordot(1.0 - weights, steps_bar, 1)
    stop_bar = np.tensordot(weights, steps_bar, 1)
    return start_bar, stop_bar


def _arange_samples(rng: np.random.Generator) -> Iterator[Sample]:
    yield Sample((0.5, 2.2, 0.3), {}, (0, 2))
    yield Sample((0.5, 2.2), {}, (0,))
    yield Sample((2.5, 0.2, -0.5), {}, (0, 2))


@linear(np.arange, tangent=False, samples=_arange_samples)
def arange(start_or_stop: Any, stop: Any = None, step: Any = 1, *, y_bar: Any) -> Any:
    """`start + i * step`: only the number of elements depends on the stop."""
    if stop is None:
        return None, None, np.arange(len(y_bar)) @ y_bar
    return np.sum(y_bar), None, np.arange(len(y_bar)) @ y_bar


@linear(np.meshgrid, samples=together(
    (((2,), (3,)),), (((2,), (3,)), {"indexing": "ij"}), (((1,), (3,)),), (((0,), (3,)),),
))  # fmt: skip
def meshgrid(a: Any, b: Any, indexing: str = "xy", *, y_bar: Any) -> Any:
    """Of two vectors."""
    if indexing == "ij":
        return np.sum(y_bar[0], 1), np.sum(y_bar[1], 0)
    return np.sum(y_bar[0], 0), np.sum(y_bar[1], 1)


# -- from something


def leaves(items: Any, y_bar: Any) -> Any:
    """`[y_bar[0], y_bar[1], ...]`, one for each item."""
    bars = []
    for i, item in enumerate(items):
        if isinstance(item, (list, tuple)):
            unsupported("np.array of lists nested more than two deep: use np.stack")
        bars.append(y_bar[i])
    return bars


def nested(items: Any, y_bar: Any) -> Any:
    """The cotangents of numbers and arrays in a list, or in a list of lists."""
    bars = []
    for i, item in enumerate(items):
        if isinstance(item, (list, tuple)):
            bars.append(leaves(item, y_bar[i]))
        else:
            bars.append(y_bar[i])
    return bars


def _array_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for x in layouts(normal(rng, (2, 3))):
        yield Sample((x,))
    yield Sample((1.5,))
    yield Sample(([1.5, 2.5],))
    yield Sample(((1.5, 2.5, 0.5),))
    yield Sample(([[1.5, 2.5], [0.5, 1.0]],))
    yield Sample(([(1.5, 2.5), (0.5, 1.0)],))
    yield Sample(([normal(rng, (3,)), normal(rng, (3,))],))
    yield Sample(([[normal(rng, (2,)), normal(rng, (2,))]],))
    yield Sample(([1.5, 2.5], float))


@linear(np.array, samples=_array_samples)
def array(object: Any, dtype: Any = None, *, copy: Any = True, ndmin: int = 0, y_bar: Any) -> Any:
    if not copy:
        unsupported("np.array(x, copy=False): use np.asarray(x)")
    if isinstance(object, (list, tuple)):
        if ndmin > 0:
            unsupported("np.array of a list with ndmin: use np.reshape")
        return nested(object, y_bar)
    return np.reshape(y_bar, np.shape(object)) if ndmin > 0 else y_bar


@linear(np.asarray, np.asanyarray, result="either", samples=_array_samples)
def asarray(a: Any, dtype: Any = None, order: Any = None, *, y_bar: Any) -> Any:
    if isinstance(a, (list, tuple)):
        return nested(a, y_bar)
    return y_bar


CONTIGUOUS = each(((2, 3),), ((3,), float), ((0, 2),), ((2, 3, 2),))


@linear(np.ascontiguousarray, result="either", samples=CONTIGUOUS)
def ascontiguousarray(a: Any, dtype: Any = None, *, y_bar: Any) -> Any:
    """An array of rank 0 becomes one of rank 1."""
    if isinstance(a, (list, tuple)):
        return nested(a, y_bar)
    if np.ndim(a) == 0:
        return y_bar[0]
    return y_bar


@linear(np.asfortranarray, result="either", samples=CONTIGUOUS)
def asfortranarray(a: Any, dtype: Any = None, *, y_bar: Any) -> Any:
    """An array of rank 0 becomes one of rank 1."""
    if isinstance(a, (list, tuple)):
        return nested(a, y_bar)
    if np.ndim(a) == 0:
        return y_bar[0]
    return y_bar


@linear(np.copy, samples=each(((2, 3),), ((),), ((0,),)))
def copy(a: Any, order: Any = "K", *, y_bar: Any) -> Any:
    if isinstance(a, (list, tuple)):
        return nested(a, y_bar)
    return y_bar


@linear(np.astype, samples=each(((2, 3), float), ((3,), np.float64), ((2,), "float64")))
def astype(x: Any, dtype: Any, *, copy: Any = True, y_bar: Any) -> Any:
    if not copy:
        unsupported("astype(copy=False): use np.asarray(x, dtype)")
    return y_bar

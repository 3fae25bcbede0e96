"""Rules of functions that select elements: diagonals and triangles, gathering, sorting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal
from s2sad.rules.registry import Sample, adjoint, linear
from s2sad.rules.static import axes_between, normal_axis

# -- diagonals and triangles


def placed_on_diagonal(a: Any, offset: Any, d_bar: Any) -> Any:
    """Zeros like `a`, with `d_bar` on the diagonal of the last two axes."""
    place = np.arange(d_bar.shape[-1])
    a_bar = np.zeros_like(a)
    if offset >= 0:
        a_bar[..., place, place + offset] = d_bar
    else:
        a_bar[..., place - offset, place] = d_bar
    return a_bar


@linear(np.diagonal, result="view", samples=each(
    ((3, 3),), ((2, 3), 1), ((3, 2), -1), ((2, 3, 4), 0, 1, 2), ((2, 3, 4), {"axis1": -1}),
    ((2, 3), 5), ((0, 3),), ((3, 2, 3), 1, 2, 0),
))  # fmt: skip
def diagonal(a: Any, offset: Any = 0, axis1: int = 0, axis2: int = 1, *, y_bar: Any) -> Any:
    if a.ndim == 2 and axis1 == 0 and axis2 == 1:
        return placed_on_diagonal(a, offset, y_bar)
    last = np.moveaxis(a, (axis1, axis2), (-2, -1))
    return np.moveaxis(placed_on_diagonal(last, offset, y_bar), (-2, -1), (axis1, axis2))


@linear(np.linalg.diagonal, result="view", samples=each(((3, 3),), ((2, 3, 4), {"offset": 1})))
def diagonal_of_matrices(x: Any, *, offset: Any = 0, y_bar: Any) -> Any:
    return placed_on_diagonal(x, offset, y_bar)


@linear(np.diag, result="either", samples=each(
    ((3,),), ((3, 3),), ((2,), 1), ((2,), -2), ((2, 3), 1), ((3, 2), -1), ((0,),), ((2, 3), 4),
))  # fmt: skip
def diag(v: Any, k: Any = 0, *, y_bar: Any) -> Any:
    if v.ndim == 1:
        return np.diag(y_bar, k)
    return placed_on_diagonal(v, k, y_bar)


@linear(np.diagflat, samples=each(((3,),), ((2, 2),), ((2, 2), 1), ((), -1)))
def diagflat(v: Any, k: Any = 0, *, y_bar: Any) -> Any:
    return np.reshape(np.diag(y_bar, k), np.shape(v))


TRIANGLES = each(((3, 3),), ((2, 3), 1), ((3, 2), -1), ((2, 3, 3),), ((0, 2),), ((3,),))


@linear(np.tril, samples=TRIANGLES)
def tril(m: Any, k: Any = 0, *, y_bar: Any) -> Any:
    return np.tril(y_bar, k)


@linear(np.triu, samples=TRIANGLES)
def triu(m: Any, k: Any = 0, *, y_bar: Any) -> Any:
    return np.triu(y_bar, k)


@linear(np.trace, samples=each(
    ((3, 3),), ((2, 3), 1), ((3, 2), -1), ((2, 3, 4), 0, 1, 2), ((2, 3, 4), {"axis1": -1}),
    ((0, 2),), ((3, 2, 3), 1, 2, 0), ((3, 3), 7),
))  # fmt: skip
def trace(a: Any, offset: Any = 0, axis1: int = 0, axis2: int = 1, *, y_bar: Any) -> Any:
    unit = np.eye(a.shape[axis1], a.shape[axis2], offset)
    if a.ndim == 2 and axis1 == 0 and axis2 == 1:
        return y_bar * unit
    return np.moveaxis(y_bar[..., None, None] * unit, (-2, -1), (axis1, axis2))


@linear(np.linalg.trace, samples=each(((3, 3),), ((2, 3, 4), {"offset": 1})))
def trace_of_matrices(x: Any, *, offset: Any = 0, y_bar: Any) -> Any:
    unit = np.eye(x.shape[-2], x.shape[-1], offset)
    if x.ndim == 2:
        return y_bar * unit
    return y_bar[..., None, None] * unit


# -- gathering: indices may repeat, so the transpose accumulates


@linear(np.take, samples=each(
    ((2, 3), [0, 0, 4]), ((4,), np.array([1, 1, -1])), ((4,), 2), ((2, 3), [1, 1], 0),
    ((2, 3), np.array([[0, 2], [2, 1]]), 1), ((2, 3), 1, -1), ((2, 3, 4), [3, 0, 3], {"axis": -1}),
    ((2, 3, 4), np.array([[0], [2]]), -2), ((3,), np.array([], int), 0),
))  # fmt: skip
def take(a: Any, indices: Any, axis: Any = None, *, y_bar: Any) -> Any:
    if axis is None:
        flat_bar = np.zeros_like(np.ravel(a))
        np.add.at(flat_bar, indices, y_bar)
        return np.reshape(flat_bar, np.shape(a))
    axis = normal_axis(axis, a.ndim)
    if axis == 0:
        a_bar = np.zeros_like(a)
        np.add.at(a_bar, indices, y_bar)
        return a_bar
    rows_bar = np.zeros_like(np.moveaxis(a, axis, 0))
    count = np.ndim(indices)
    taken_bar = np.moveaxis(y_bar, axes_between(axis, axis + count), axes_between(0, count))
    np.add.at(rows_bar, indices, taken_bar)
    return np.moveaxis(rows_bar, 0, axis)


def _take_along_axis_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for x in layouts(normal(rng, (2, 3))):
        yield Sample((x, np.array([[0, 0], [2, 1]])), {"axis": 1})
    x = normal(rng, (2, 3, 2))
    yield Sample((x, np.array([[[1, 1], [0, 1], [0, 0]]]), 0))
    yield Sample((x, np.zeros((2, 5, 2), int), -2))
    yield Sample((x[0, :, 0], np.array([2, 2]), 0))
    yield Sample((x[0], np.array([[2, 0], [2, 1]]), 0))
    yield Sample((x[0], np.array([[2]]), 0))
    yield Sample((x[0], np.array([4, 4, 1]), None))


@linear(np.take_along_axis, samples=_take_along_axis_samples)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1, *, y_bar: Any) -> Any:
    if axis is None:
        flat_bar = np.zeros_like(np.ravel(arr))
        np.add.at(flat_bar, indices, y_bar)
        return np.reshape(flat_bar, arr.shape)
    last = np.moveaxis(arr, axis, -1)
    places = np.moveaxis(indices, axis, -1)
    lines_bar = np.reshape(np.zeros_like(last), (-1, last.shape[-1]))
    places = np.reshape(places, (-1, places.shape[-1]))
    taken_bar = np.reshape(np.moveaxis(y_bar, axis, -1), (-1, places.shape[-1]))
    line = np.arange(lines_bar.shape[0])
    np.add.at(lines_bar, (line[:, None], places), taken_bar)
    return np.moveaxis(np.reshape(lines_bar, last.shape), -1, axis)


# -- sorting: where elements are equal the order is stable, so the first wins


def _sort_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for x in layouts(normal(rng, (3, 4))):
        yield Sample((x,))
    x = normal(rng, (3, 2, 2))
    yield Sample((x, 0))
    yield Sample((x, -2))
    yield Sample((x,), {"axis": None})
    yield Sample((x[:, 0, 0],), {"kind": "stable"})
    yield Sample((x[:0, 0, 0],))


@adjoint(np.sort, samples=_sort_samples)
def sort(y: Any, a: Any, axis: Any = -1, kind: Any = None, *, y_bar: Any) -> Any:
    if axis is None:
        a_bar = np.zeros_like(np.ravel(a))
        a_bar[np.argsort(a, axis=None, kind="stable")] = y_bar
        return np.reshape(a_bar, a.shape)
    order = np.argsort(a, axis=axis, kind="stable")
    if a.ndim == 1:
        a_bar = np.zeros_like(a)
        a_bar[order] = y_bar
        return a_bar
    return np.take_along_axis(y_bar, np.argsort(order, axis=axis), axis)


def _unique_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for x in layouts(normal(rng, (5,))):
        yield Sample((x,))
    yield Sample((normal(rng, (2, 3)),))
    yield Sample((normal(rng, (3,)), True))
    yield Sample((normal(rng, (0,)),))


@adjoint(np.unique, samples=_unique_samples)
def unique(
    y: Any,
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    *,
    y_bar: Any,
) -> Any:
    """Of equal elements the first is taken."""
    if return_index or return_inverse or return_counts:
        y_bar = y_bar[0]
    _, first = np.unique(ar, return_index=True)
    flat_bar = np.zeros_like(np.ravel(ar))
    flat_bar[first] = y_bar
    return np.reshape(flat_bar, ar.shape)

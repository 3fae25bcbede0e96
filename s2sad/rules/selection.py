"""Rules of functions that choose elements: by conditions, by places, by order.

Most are compositions of `where`, `take` and sorting. Which elements are chosen doesn't depend
differentiably on anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal
from s2sad.rules.registry import Sample, composed, linear, nondifferentiable
from s2sad.rules.static import axes_between, unsupported
from s2sad.runtime.helpers import stop_gradient

# -- by conditions


def _choices(rng: np.random.Generator) -> Iterator[Sample]:
    x = normal(rng, (2, 3))
    for y in layouts(normal(rng, (2, 3))):
        yield Sample(([x > 0.3, x > -0.3], [y, 2.0 * y]), {}, (1,))
    y = normal(rng, (2, 3))
    yield Sample(([x > 0.3, x > -0.3], [y, y * y], y[0]), {}, (1, 2))
    yield Sample(([x > 0.0], [y], 0.5), {}, (1, 2))
    yield Sample(([x[0] > 0.0], [y]), {}, (1,))


@composed(np.select, samples=_choices)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """The choice of the first condition that holds."""
    result = np.where(condlist[-1], choicelist[-1], default)
    for k in range(len(condlist) - 2, -1, -1):
        result = np.where(condlist[k], choicelist[k], result)
    return result


def _chosen(rng: np.random.Generator) -> Iterator[Sample]:
    a = np.array([[0, 1, 2], [2, 0, 1]])
    x, y, z = (normal(rng, (2, 3)) for _ in range(3))
    for mode in ("raise", "wrap", "clip"):
        yield Sample((a if mode == "raise" else a - 1, [x, y, z]), {"mode": mode}, (1,))
    yield Sample((a[0], [x, y, z]), {}, (1,))


@composed(np.choose, samples=_chosen)
def choose(a: Any, choices: Any, mode: str = "raise") -> Any:
    places = a
    if mode == "wrap":
        places = a % len(choices)
    if mode == "clip":
        places = np.clip(a, 0, len(choices) - 1)
    result = choices[0]
    for k in range(1, len(choices)):
        result = np.where(places == k, choices[k], result)
    return result


def _compressed(rng: np.random.Generator) -> Iterator[Sample]:
    condition = np.array([True, False, True])
    for a in layouts(normal(rng, (2, 3))):
        yield Sample((condition, a, 1), {}, (1,))
    yield Sample((condition[:2], normal(rng, (2, 3)), 0), {}, (1,))
    yield Sample((condition, normal(rng, (4,))), {}, (1,))
    yield Sample((np.array([True, False, True, True]), normal(rng, (2, 3))), {}, (1,))


@composed(np.compress, data_dependent=True, samples=_compressed)
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    return np.take(a, np.flatnonzero(condition), axis=axis)


@composed(np.extract, data_dependent=True, samples=lambda rng: iter(
    [Sample((x > 0.0, x), {}, (1,)) for x in layouts(normal(rng, (2, 3)))]
))  # fmt: skip
def extract(condition: Any, arr: Any) -> Any:
    return np.take(np.ravel(arr), np.flatnonzero(condition))


@composed(np.trim_zeros, data_dependent=True, result="view", samples=each(
    ((4,),), ((3,), "f"), ((3,), "b"),
))  # fmt: skip
def trim_zeros(filt: Any, trim: str = "fb") -> Any:
    places = np.flatnonzero(filt)
    start, stop = 0, filt.shape[0]
    if places.shape[0] == 0:
        stop = 0
    else:
        start = places[0] if "f" in trim else 0
        stop = places[-1] + 1 if "b" in trim else filt.shape[0]
    return filt[start:stop]


# -- by places


@composed(np.delete, data_dependent=True, samples=each(
    ((5,), 1), ((5,), [0, 2]), ((3, 4), 1, 1), ((3, 4), [0, -1], 0), ((2, 3), np.array([1, 4])),
    ((5,), -1), ((5,), np.array([True, False, False, True, False])),
))  # fmt: skip
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.take(np.ravel(arr), np.delete(np.arange(arr.size), obj))
    return np.take(arr, np.delete(np.arange(arr.shape[axis]), obj), axis=axis)


def _inserted(rng: np.random.Generator) -> Iterator[Sample]:
    x = normal(rng, (4,))
    yield Sample((x, 1, 0.5), {}, (0, 2))
    yield Sample((x, 2, normal(rng, (3,))), {}, (0, 2))
    yield Sample((x, np.array([3, 0, 0]), normal(rng, (3,))), {}, (0, 2))
    yield Sample((x, np.array([1, 2]), 0.5), {}, (0, 2))
    m = normal(rng, (2, 3))
    yield Sample((m, 1, normal(rng, (2,)), 1), {}, (0, 2))
    yield Sample((m, 0, normal(rng, (3,)), 0), {}, (0, 2))
    yield Sample((m, np.array([0, 2]), normal(rng, (2, 2)), 1), {}, (0, 2))
    yield Sample((m, -1, 0.5, 0), {}, (0, 2))
    yield Sample((m, 4, 0.5), {}, (0, 2))


@composed(np.insert, data_dependent=True, samples=_inserted)
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """What is inserted at several places stands there in the order of the values."""
    rows = np.ravel(arr) if axis is None else np.moveaxis(arr, axis, 0)
    new = values
    for _ in axes_between(np.ndim(new), rows.ndim):
        new = np.expand_dims(new, 0)
    if np.ndim(obj) == 0:
        marks = np.full(new.shape[0], -1)
        order = np.arange(new.shape[0])
    else:
        if axis is not None:
            new = np.moveaxis(new, axis, 0)
        marks = np.full(np.shape(obj), -1)
        order = np.argsort(obj, kind="stable")
    found = np.insert(np.arange(rows.shape[0]), obj, marks)
    result = np.zeros((found.shape[0], *rows.shape[1:]), arr.dtype)
    result[np.flatnonzero(found >= 0)] = rows
    lines = (marks.shape[0],)
    result[np.flatnonzero(found < 0)] = np.broadcast_to(new, lines + rows.shape[1:])[order]
    return result if axis is None else np.moveaxis(result, 0, axis)


# -- by order


@composed(np.partition, samples=each(
    ((6,), 2), ((2, 5), 1), ((5, 2), 3, 0), ((2, 3), 2, {"axis": None}), ((6,), (1, 4)),
))  # fmt: skip
def partition(a: Any, kth: Any, axis: Any = -1) -> Any:
    """Each element of the result is found by its rank."""
    if axis is None:
        a, axis = np.ravel(a), -1
    order = np.argsort(np.partition(stop_gradient(a), kth, axis), axis=axis, kind="stable")
    return np.take_along_axis(np.sort(a, axis), np.argsort(order, axis=axis), axis)


@composed(np.sort_complex, samples=each(((4,),), ((2, 3),)))
def sort_complex(a: Any) -> Any:
    return np.sort(a) + 0j


# -- joining and taking apart


def _blocks(rng: np.random.Generator) -> Iterator[Sample]:
    a, b = normal(rng, (2, 2)), normal(rng, (1, 2))
    for arrays in ([a[0], a[1], b[0]], [a, a[:, :1]], [[a, 2.0 * a], [b, b]], [[a[0], a[1]]]):
        yield Sample((arrays,))


@composed(np.block, samples=_blocks)
def block(arrays: Any) -> Any:
    """Of one or two levels: side by side, and below each other."""
    if not isinstance(arrays, list):
        return np.array(arrays)
    if not isinstance(arrays[0], list):
        return np.concatenate([np.atleast_1d(a) for a in arrays], axis=-1)
    if isinstance(arrays[0][0], list):
        unsupported("np.block of lists nested more than two deep")
    rows = [np.concatenate([np.atleast_2d(a) for a in row], axis=-1) for row in arrays]
    return np.concatenate(rows, axis=-2)


@linear(np.dsplit, result="view", samples=each(((2, 3, 4), 2), ((2, 1, 4), [1, 2])))
def dsplit(ary: Any, indices_or_sections: Any, *, y_bar: Any) -> Any:
    return np.concatenate(y_bar, 2)


def _counted(rng: np.random.Generator) -> Iterator[Sample]:
    places = np.array([0, 2, 2, 1])
    for weights in layouts(normal(rng, (4,))):
        yield Sample((places, weights), {}, (1,))
    yield Sample((places, normal(rng, (4,)), 6), {}, (1,))


@linear(np.bincount, samples=_counted)
def bincount(x: Any, weights: Any = None, minlength: Any = 0, *, y_bar: Any) -> Any:
    return None, y_bar[x]


# -- histograms


def _data(rng: np.random.Generator) -> Iterator[Sample]:
    x, w = rng.uniform(-1.0, 1.0, (20,)), rng.uniform(0.5, 1.5, (20,))
    edges = np.array([-0.9, -0.2, 0.5, 0.8])
    yield Sample((x, 4), {"density": True})
    yield Sample((x, 3, (-1.5, 1.5), None, w), {}, (4,))
    yield Sample((x, edges, None, True, w), {}, (1, 4))
    yield Sample((x, 5, None, True, w), {}, (0, 4))
    yield Sample((x, edges, None, None, w), {}, (4,))


@composed(np.histogram, result="either", samples=_data)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Counts are constant; weights, and the edges in a density, are not."""
    if isinstance(bins, str):
        unsupported("np.histogram with bins chosen by a method: pass their number")
    values = np.ravel(a)
    edges = edges_of(values, bins, range)
    last = edges.shape[0] - 1
    place = np.searchsorted(edges, values, side="right") - 1
    place = np.where(values == edges[-1], last - 1, place)
    inside = np.flatnonzero((place >= 0) & (place < last))
    each_one = np.ones(values.shape[0]) if weights is None else np.ravel(weights)
    sums = np.bincount(place[inside], each_one[inside], last)
    if density:
        sums = sums / np.diff(edges) / np.sum(sums)
    return sums, edges


def edges_of(values: Any, bins: Any, span: Any) -> Any:
    if np.ndim(bins) > 0:
        return bins
    if span is None:
        return np.linspace(np.min(values), np.max(values), bins + 1)
    return np.linspace(span[0], span[1], bins + 1)


nondifferentiable(
    np.isin, np.array_equiv, np.mask_indices, np.diag_indices_from, np.tril_indices_from,
    np.triu_indices_from, np.ix_, np.packbits, np.unpackbits, np.min_scalar_type,
)  # fmt: skip

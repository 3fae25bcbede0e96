"""What the functions of NumPy that write to their arguments do, as statements.

A call of one of them is lowered as if these statements stood there, on the caller's own arrays
(`registry.defined`), so they need no rule, and views, aliases and undoing are those of any other
write. A test compares each definition with NumPy's function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from s2sad.rules.facts import repeats, same_shape, shares
from s2sad.rules.joining import section
from s2sad.rules.layouts import each
from s2sad.rules.registry import Sample, defined, linear
from s2sad.rules.static import axes_between, static, unsupported

# -- under a mask


def mask_of(where: Any, target: Any) -> Any:
    """A mask with the shape of the target."""
    if same_shape(where, target):
        return where
    return np.broadcast_to(where, target.shape)


def under(mask: Any, values: Any, target: Any) -> Any:
    """What of `values`, broadcast to the target, stands under the mask."""
    if np.ndim(values) == 0:
        return values
    if same_shape(values, target):
        return values[mask]
    return np.broadcast_to(values, target.shape)[mask]


def masked_unary(function: Any, x: Any, out: Any, where: Any) -> Any:
    """`function(x, out=out, where=where)`."""
    if np.ndim(where) == 0:
        if where:
            out[...] = function(x)
        return out
    mask = mask_of(where, out)
    out[mask] = function(under(mask, x, out))
    return out


def masked_binary(function: Any, x1: Any, x2: Any, out: Any, where: Any) -> Any:
    """`function(x1, x2, out=out, where=where)`."""
    if np.ndim(where) == 0:
        if where:
            out[...] = function(x1, x2)
        return out
    mask = mask_of(where, out)
    out[mask] = function(under(mask, x1, out), under(mask, x2, out))
    return out


MASKED: dict[int, Callable[..., Any]] = {1: masked_unary, 2: masked_binary}


@defined(np.copyto)
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    if np.ndim(where) == 0:
        if where:
            dst[...] = src
    else:
        mask = mask_of(where, dst)
        dst[mask] = under(mask, src, dst)


@defined(np.putmask)
def putmask(a: Any, mask: Any, values: Any) -> None:
    if np.ndim(values) == 0:
        a[mask] = values
    elif same_shape(values, a):
        a[mask] = values[mask]
    else:
        a[mask] = np.resize(values, a.shape)[mask]


@defined(np.place)
def place(arr: Any, mask: Any, vals: Any) -> None:
    if np.ndim(vals) == 0:
        arr[mask] = vals
    else:
        if shares(arr, vals):
            unsupported("np.place with values of the array itself: copy them first")
        if np.size(vals) == 0 and np.any(mask):
            raise ValueError("Cannot insert from an empty array!")
        arr[mask] = np.resize(vals, np.count_nonzero(mask))


# -- at places


def _resized(rng: np.random.Generator) -> Iterator[Sample]:
    yield from each(((3,), 3), ((3,), 7), ((4,), 2), ((2, 3), (4, 2)), ((2,), (2, 3)), ((3,), ()))(
        rng
    )


@linear(np.resize, samples=_resized)
def resize(a: Any, new_shape: Any, *, y_bar: Any) -> Any:
    flat_bar = np.zeros_like(np.ravel(a))
    np.add.at(flat_bar, np.arange(np.size(y_bar)) % np.size(a), np.ravel(y_bar))
    return np.reshape(flat_bar, np.shape(a))


def as_many(values: Any, places: Any) -> Any:
    """Values, repeated or cut off so that there is one for each place."""
    if np.ndim(values) == 0 or same_shape(values, places):
        return values
    return np.resize(values, np.shape(places))


@defined(np.put)
def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    if mode == "clip":
        ind = np.clip(ind, 0, a.size - 1)
    elif mode == "wrap":
        ind = np.mod(ind, a.size)
    if np.ndim(ind) > 1:
        ind = np.ravel(ind)
    if np.ndim(ind) == 0 and np.ndim(v) > 0:
        v = np.ravel(v)[0]
    if a.ndim == 1:
        a[ind] = as_many(v, ind)
    else:
        a.flat[ind] = as_many(v, ind)


@defined(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    if axis is None:
        unsupported("np.put_along_axis with axis=None: NumPy doesn't write to the array itself")
    elif arr.ndim == 1:
        arr[indices] = values
    elif arr.ndim == 2:
        lines, places = np.moveaxis(arr, axis, -1), np.moveaxis(indices, axis, -1)
        lines[np.arange(lines.shape[0])[:, None], places] = along(values, indices, axis)
    elif arr.ndim == 3:
        lines, places = np.moveaxis(arr, axis, -1), np.moveaxis(indices, axis, -1)
        first, second = np.arange(lines.shape[0]), np.arange(lines.shape[1])
        lines[first[:, None, None], second[:, None], places] = along(values, indices, axis)
    else:
        unsupported("np.put_along_axis of arrays of more than three axes")


def along(values: Any, indices: Any, axis: Any) -> Any:
    """Values with the axis of the indices last."""
    if np.ndim(values) == 0:
        return values
    if np.ndim(values) == np.ndim(indices):
        return np.moveaxis(values, axis, -1)
    return np.moveaxis(np.broadcast_to(values, indices.shape), axis, -1)


@defined(np.fill_diagonal)
def fill_diagonal(a: Any, val: Any, wrap: Any = False) -> None:
    if a.ndim < 2:
        unsupported("np.fill_diagonal of an array of less than two axes, which NumPy refuses")
    step = 1
    size = 1
    for axis in axes_between(0, a.ndim - 1):
        size = size * a.shape[axis]
        step = step + size
    if a.ndim == 2:
        step = a.shape[1] + 1
    if a.ndim == 2 and not wrap:
        write_every(a, a.shape[1] * a.shape[1], step, val)
    else:
        write_every(a, None, step, val)


def write_every(a: Any, end: Any, step: Any, values: Any) -> None:
    """`a.flat[:end:step] = values`, where there may be more or fewer values than places."""
    if np.ndim(values) > 0:
        if shares(a, values):
            unsupported("np.fill_diagonal with values of the array itself: copy them first")
        values = np.resize(values, np.size(a.flat[:end:step]))
    a.flat[:end:step] = values


# -- methods of ufuncs


@defined("at")
def at(function: Any, a: Any, indices: Any, b: Any = None) -> None:
    """One element after the other, in order, where an index may repeat."""
    if not repeats(indices):
        if b is None:
            a[indices] = function(a[indices])
        else:
            a[indices] = function(a[indices], b)
        return
    places = positions(a, indices)
    if b is None:
        for place in as_vector(places):
            if a.ndim == 1:
                a[place] = function(a[place])
            else:
                a.flat[place] = function(a.flat[place])
    elif np.ndim(b) == 0:
        for place in as_vector(places):
            if a.ndim == 1:
                a[place] = function(a[place], b)
            else:
                a.flat[place] = function(a.flat[place], b)
    else:
        if shares(a, b):
            b = np.copy(b)
        values = b if same_shape(b, places) else np.broadcast_to(b, np.shape(places))
        for place, value in zip(as_vector(places), as_vector(values), strict=True):
            if a.ndim == 1:
                a[place] = function(a[place], value)
            else:
                a.flat[place] = function(a.flat[place], value)


def as_vector(x: Any) -> Any:
    """The elements in C order."""
    return x if np.ndim(x) == 1 else np.ravel(x)


def positions(a: Any, indices: Any) -> Any:
    """The positions, counted in C order, of the elements that an index selects."""
    if a.ndim == 1 and np.ndim(indices) == 1:
        return np.asarray(indices)
    return np.reshape(np.arange(a.size), a.shape)[indices]


@static
def reduction(function: Any) -> Callable[..., Any] | None:
    """The function that reduces by a ufunc, if there is one."""
    known: dict[Any, Any] = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max}
    known |= {np.minimum: np.min, np.logical_and: np.all, np.logical_or: np.any}
    return known.get(function)


@defined("reduce")
def reduce(
    function: Any,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    given = {}
    if keepdims:
        given["keepdims"] = True
    if dtype is not None:
        given["dtype"] = dtype
    if initial is not None:
        given["initial"] = initial
    if np.ndim(where) > 0:
        given["where"] = where
    named = reduction(function)
    if named is not None:
        return named(array, axis=axis, out=out, **given)
    if dtype is not None or initial is not None or np.ndim(where) > 0 or out is not None:
        unsupported("the method `reduce` of this ufunc with keywords: write it as a loop")
    return folded(function, array, axis, keepdims)


def folded(function: Any, array: Any, axis: Any, keepdims: Any) -> Any:
    """One row after the other, in order."""
    if axis is None or isinstance(axis, tuple):
        unsupported("the method `reduce` of this ufunc over several axes: write it as a loop")
    rows = np.moveaxis(array, axis, 0)
    result = rows[0]
    for k in range(1, rows.shape[0]):
        result = function(result, rows[k])
    return np.expand_dims(result, axis) if keepdims else result


@defined("accumulate")
def accumulate(function: Any, array: Any, axis: Any = 0, out: Any = None) -> Any:
    if function is np.add:
        return np.cumsum(array, axis=axis, out=out)
    if function is np.multiply:
        return np.cumprod(array, axis=axis, out=out)
    result = np.copy(array)
    lines = np.moveaxis(result, axis, 0)
    for k in range(1, lines.shape[0]):
        lines[k] = function(lines[k - 1], lines[k])
    if out is None:
        return result
    out[...] = result
    return out


@static
def ones(count: int) -> tuple[int, ...]:
    """`count` axes of length 1."""
    return (1,) * count


@defined("outer")
def outer(function: Any, A: Any, B: Any, out: Any = None) -> Any:  # noqa: N803
    left = np.reshape(A, np.shape(A) + ones(np.ndim(B)))
    return function(left, B, out=out)


@defined("reduceat")
def reduceat(function: Any, array: Any, indices: Any, axis: Any = 0) -> Any:
    unsupported("the method `reduceat` of ufuncs: write it as a loop over the parts")


# -- parts of an array, as slices: used where one of them, or the array, is written


def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    if np.ndim(indices_or_sections) > 0:
        return between(ary, indices_or_sections, axis)
    length = ary.shape[axis]
    if length % indices_or_sections != 0:
        raise ValueError("array split does not result in an equal division")
    each = length // indices_or_sections
    parts = []
    start = 0
    for k in axes_between(1, indices_or_sections):
        stop = each if k == 1 else k * each
        parts.append(section(ary, axis, start, stop))
        start = stop
    parts.append(section(ary, axis, start, None))
    return parts


def array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    """The first parts are longer by one where the length isn't a multiple."""
    if np.ndim(indices_or_sections) > 0:
        return between(ary, indices_or_sections, axis)
    length = ary.shape[axis]
    each, longer = length // indices_or_sections, length % indices_or_sections
    parts = []
    start = 0
    for k in axes_between(1, indices_or_sections):
        stop = k * each + min(k, longer)
        parts.append(section(ary, axis, start, stop))
        start = stop
    parts.append(section(ary, axis, start, None))
    return parts


def between(ary: Any, bounds: Any, axis: Any) -> Any:
    """The parts before, between and behind the bounds."""
    parts = []
    start = 0
    for stop in bounds:
        parts.append(section(ary, axis, start, stop))
        start = stop
    parts.append(section(ary, axis, start, None))
    return parts


def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, 0)


def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


PARTS: dict[Any, Callable[..., Any]] = {
    np.split: split,
    np.array_split: array_split,
    np.vsplit: vsplit,
    np.hsplit: hsplit,
}

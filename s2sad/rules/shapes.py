"""Rules of functions that only move elements: shapes, axes, joining, parts, gathering, sorting.

Nearly all are linear: the rule states the transpose. A result is declared "view" where it
always shares memory with an array argument, "either" where that depends on layout or shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, listed, normal, together
from s2sad.rules.registry import Sample, adjoint, linear, nondifferentiable
from s2sad.rules.static import axes_between, inverse_permutation, normal_axis, static, unsupported

# -- shapes


@linear(np.reshape, result="either", samples=each(
    ((2, 3), (3, 2)), ((6,), (2, -1)), ((2, 3), -1), ((2, 3), (3, 2), {"order": "F"}),
    ((1,), ()), ((), (1, 1)), ((0, 3), (3, 0)),
))  # fmt: skip
def reshape(a: Any, shape: Any, order: str = "C", *, y_bar: Any) -> Any:
    if order == "C":
        return np.reshape(y_bar, np.shape(a))
    if order == "F":
        return np.reshape(y_bar, np.shape(a), order="F")
    unsupported("np.reshape with order='A': write order='C' or order='F'")


@linear(np.ravel, result="either", samples=each(
    ((2, 3),), ((2, 3), {"order": "F"}), ((),), ((0, 2),), ((4,),),
))  # fmt: skip
def ravel(a: Any, order: str = "C", *, y_bar: Any) -> Any:
    if order == "C":
        return np.reshape(y_bar, np.shape(a))
    if order == "F":
        return np.reshape(y_bar, np.shape(a), order="F")
    unsupported("np.ravel with order='A' or 'K': write order='C' or order='F'")


@linear(np.ndarray.flatten, samples=each(((2, 3),), ((2, 3), "F"), ((0, 2),)))
def flatten(self: Any, order: str = "C", *, y_bar: Any) -> Any:
    if order == "C":
        return np.reshape(y_bar, self.shape)
    if order == "F":
        return np.reshape(y_bar, self.shape, order="F")
    unsupported("flatten with order='A' or 'K': write order='C' or order='F'")


@linear(np.expand_dims, result="view", samples=each(
    ((2, 3), 0), ((2, 3), -1), ((2, 3), (0, 2)), ((), 0), ((0,), 1), ((2, 3), {"axis": 1}),
))  # fmt: skip
def expand_dims(a: Any, axis: Any, *, y_bar: Any) -> Any:
    return np.squeeze(y_bar, axis)


@linear(np.squeeze, result="view", samples=each(
    ((1, 2, 1),), ((2, 1, 3), 1), ((2, 1, 1), (1, -1)), ((1,),), ((),), ((1, 0), 0),
))  # fmt: skip
def squeeze(a: Any, axis: Any = None, *, y_bar: Any) -> Any:
    if axis is None:
        return np.reshape(y_bar, np.shape(a))
    return np.expand_dims(y_bar, axis)


@linear(np.broadcast_to, result="view", samples=each(
    ((2, 3), (4, 2, 3)), ((3,), (2, 3)), ((2, 1), (2, 4)), ((), (2, 2)), ((1,), 3),
    ((3,), (3,)), ((1, 3), (0, 3)),
))  # fmt: skip
def broadcast_to(array: Any, shape: Any, *, y_bar: Any) -> Any:
    return y_bar


@linear(np.atleast_1d, result="view", samples=each(((2,),), ((),), ((2, 3),), ((0,),)))
def atleast_1d(a: Any, *, y_bar: Any) -> Any:
    return np.reshape(y_bar, np.shape(a))


@linear(np.atleast_2d, result="view", samples=each(((2,),), ((),), ((2, 3),), ((0,),)))
def atleast_2d(a: Any, *, y_bar: Any) -> Any:
    return np.reshape(y_bar, np.shape(a))


@linear(np.atleast_3d, result="view", samples=each(((2,),), ((),), ((2, 3),), ((1, 2, 3, 2),)))
def atleast_3d(a: Any, *, y_bar: Any) -> Any:
    return np.reshape(y_bar, np.shape(a))


# -- order of axes and elements


@linear(np.transpose, result="view", samples=each(
    ((2, 3),), ((2, 3, 4), (2, 0, 1)), ((2, 3, 4),), ((2, 3), (0, 1)), ((3,),), ((),),
    ((2, 3, 4), (-1, 0, 1)), ((2, 3, 4), {"axes": [1, 2, 0]}), ((0, 2),),
))  # fmt: skip
def transpose(a: Any, axes: Any = None, *, y_bar: Any) -> Any:
    if np.ndim(a) < 2:
        return y_bar
    if axes is None:
        return y_bar.T
    return np.transpose(y_bar, inverse_permutation(axes))


@linear(np.matrix_transpose, np.linalg.matrix_transpose, result="view", samples=each(
    ((2, 3),), ((2, 3, 4),), ((0, 2),),
))  # fmt: skip
def matrix_transpose(x: Any, *, y_bar: Any) -> Any:
    return np.swapaxes(y_bar, -1, -2)


@linear(np.swapaxes, result="view", samples=each(
    ((2, 3), 0, 1), ((2, 3, 4), -1, 0), ((2, 3), 1, 1), ((0, 2, 1), 0, 2),
))  # fmt: skip
def swapaxes(a: Any, axis1: Any, axis2: Any, *, y_bar: Any) -> Any:
    return np.swapaxes(y_bar, axis1, axis2)


@linear(np.moveaxis, result="view", samples=each(
    ((2, 3, 4), 0, -1), ((2, 3, 4), (0, 1), (-1, 0)), ((2, 3), 1, 1), ((0, 3), 0, 1),
))  # fmt: skip
def moveaxis(a: Any, source: Any, destination: Any, *, y_bar: Any) -> Any:
    return np.moveaxis(y_bar, destination, source)


@static
def rolled_to(axis: int, start: int, rank: int) -> int:
    """Where `np.rollaxis` brings an axis."""
    axis, start = axis % rank, start % rank if start < 0 else start
    return start - 1 if axis < start else start


@linear(np.rollaxis, result="view", samples=each(
    ((2, 3, 4), 1), ((2, 3, 4), 2, 1), ((2, 3, 4), 0, 3), ((2, 3), -1), ((2, 3, 4), 0, -1),
))  # fmt: skip
def rollaxis(a: Any, axis: Any, start: Any = 0, *, y_bar: Any) -> Any:
    return np.moveaxis(y_bar, rolled_to(axis, start, a.ndim), axis)


@linear(np.flip, result="view", samples=each(
    ((2, 3),), ((2, 3), 0), ((2, 3), -1), ((2, 3, 2), (0, 2)), ((3,),), ((0,),),
))  # fmt: skip
def flip(m: Any, axis: Any = None, *, y_bar: Any) -> Any:
    return np.flip(y_bar, axis)


@linear(np.fliplr, result="view", samples=each(((2, 3),), ((2, 1, 2),)))
def fliplr(m: Any, *, y_bar: Any) -> Any:
    return np.fliplr(y_bar)


@linear(np.flipud, result="view", samples=each(((2, 3),), ((3,),)))
def flipud(m: Any, *, y_bar: Any) -> Any:
    return np.flipud(y_bar)


@linear(np.rot90, result="view", samples=each(
    ((2, 3),), ((2, 3), 2), ((2, 3), -1), ((2, 3, 4), 1, (1, 2)), ((2, 3), {"k": 0}),
))  # fmt: skip
def rot90(m: Any, k: Any = 1, axes: Any = None, *, y_bar: Any) -> Any:
    if axes is None:
        return np.rot90(y_bar, -k)
    return np.rot90(y_bar, -k, axes)


@static
def negated(shift: tuple[int, ...]) -> tuple[int, ...]:
    """The shift back."""
    return tuple(-step for step in shift)


@linear(np.roll, samples=each(
    ((2, 3), 1), ((4,), -1), ((2, 3), 2, 1), ((2, 3), (1, -1), (0, 1)), ((), 1), ((0,), 1),
    ((3, 2), (1, 2), {"axis": 0}), ((2, 3), 1, -1),
))  # fmt: skip
def roll(a: Any, shift: Any, axis: Any = None, *, y_bar: Any) -> Any:
    if isinstance(shift, tuple):
        return np.roll(y_bar, negated(shift), axis)
    return np.roll(y_bar, -shift, axis)


# -- joining


def section(x: Any, axis: int, start: Any, stop: Any) -> Any:
    """`x[..., start:stop, ...]`, the slice being of `axis`."""
    if axis == 0:
        return x[start:stop]
    if axis == -1 or axis == x.ndim - 1:
        return x[..., start:stop]
    if axis == 1:
        return x[:, start:stop]
    return np.swapaxes(np.swapaxes(x, 0, axis)[start:stop], 0, axis)


def sections(arrays: Any, axis: int, y_bar: Any) -> Any:
    """The parts of `y_bar` that the arrays were joined to along `axis`."""
    bars = []
    start = 0
    for a in arrays:
        stop = start + a.shape[axis]
        bars.append(section(y_bar, axis, start, stop))
        start = stop
    return bars


@linear(np.concatenate, samples=listed(
    (((2, 3), (1, 3)),), (((2, 3), (2, 1)), 1), (((2, 3), (2, 2)), -1), (((2,), (0,), (3,)),),
    (((2, 3, 1), (2, 1, 1), (2, 2, 1)), {"axis": -2}), (((2, 3), (2,)[:0], (4,)), None),
    (((1, 2, 3, 2), (1, 2, 1, 2)), 2), (((2, 2),),),
))  # fmt: skip
def concatenate(arrays: Any, axis: Any = 0, *, y_bar: Any) -> Any:
    if axis is not None:
        return sections(arrays, axis, y_bar)
    bars = []
    start = 0
    for a in arrays:
        stop = start + np.size(a)
        bars.append(np.reshape(y_bar[start:stop], np.shape(a)))
        start = stop
    return bars


def rows(arrays: Any, y_bar: Any) -> Any:
    """`[y_bar[0], y_bar[1], ...]`, one for each of the arrays."""
    bars = []
    for i, _ in enumerate(arrays):
        bars.append(y_bar[i])
    return bars


@linear(np.stack, samples=listed(
    (((2, 3), (2, 3)),), (((2, 3), (2, 3)), 1), (((2, 3), (2, 3)), -1), (((), (), ()),),
    (((3,),), {"axis": 1}), (((0,), (0,)),),
))  # fmt: skip
def stack(arrays: Any, axis: Any = 0, *, y_bar: Any) -> Any:
    if axis == 0:
        return rows(arrays, y_bar)
    return rows(arrays, np.moveaxis(y_bar, axis, 0))


@linear(np.hstack, samples=listed(
    (((2, 3), (2, 1)),), (((2,), (3,)),), (((), (2,)[:0]),), (((2, 1, 2), (2, 2, 2)),),
))  # fmt: skip
def hstack(tup: Any, *, y_bar: Any) -> Any:
    if y_bar.ndim > 1:
        return sections(tup, 1, y_bar)
    bars = []
    start = 0
    for a in tup:
        if np.ndim(a) == 0:
            bars.append(y_bar[start])
            start = start + 1
        else:
            bars.append(y_bar[start : start + len(a)])
            start = start + len(a)
    return bars


def line(x: Any, axis: int, place: Any, rank: int) -> Any:
    """What a vector (rank 1) or a number (rank 0) has become in a join along `axis`."""
    if axis == 0:
        return x[place] if rank == 1 else x[place, 0]
    if axis == 1:
        return x[:, place] if rank == 1 else x[0, place]
    return x[0, :, place] if rank == 1 else x[0, 0, place]


def lines(arrays: Any, axis: int, y_bar: Any) -> Any:
    """As `sections`, for joins that raise what has too low a rank to one place of `axis`."""
    bars = []
    start = 0
    for a in arrays:
        stop = start + 1
        if np.ndim(a) < 2:
            bars.append(line(y_bar, axis, start, np.ndim(a)))
        elif np.ndim(a) == axis:
            bars.append(y_bar[..., start])
        else:
            stop = start + a.shape[axis]
            bars.append(section(y_bar, axis, start, stop))
        start = stop
    return bars


@linear(np.vstack, samples=listed(
    (((2, 3), (1, 3)),), (((3,), (3,)),), (((3,), (2, 3)),), (((), ()),), (((2, 2, 1), (1, 2, 1)),),
))  # fmt: skip
def vstack(tup: Any, *, y_bar: Any) -> Any:
    return lines(tup, 0, y_bar)


@linear(np.column_stack, samples=listed(
    (((3,), (3,)),), (((3, 2), (3,)),), (((), ()),), (((2, 2), (2, 1)),),
))  # fmt: skip
def column_stack(tup: Any, *, y_bar: Any) -> Any:
    return lines(tup, 1, y_bar)


@linear(np.dstack, samples=listed(
    (((2, 3), (2, 3)),), (((3,), (3,)),), (((2, 1, 3), (2, 1, 2)),), (((), ()),),
))  # fmt: skip
def dstack(tup: Any, *, y_bar: Any) -> Any:
    return lines(tup, 2, y_bar)


@linear(np.append, samples=together(
    (((2, 3), (1, 3)), {"axis": 0}), (((2, 3), (2,)),), (((3,), ()),), (((), (2,)),),
    (((2, 1), (2, 2)), {"axis": -1}),
))  # fmt: skip
def append(arr: Any, values: Any, axis: Any = None, *, y_bar: Any) -> Any:
    if axis is not None:
        middle = arr.shape[axis]
        start, end = section(y_bar, axis, 0, middle), section(y_bar, axis, middle, None)
        return start, end
    size = np.size(arr)
    return np.reshape(y_bar[:size], np.shape(arr)), np.reshape(y_bar[size:], np.shape(values))


# -- taking apart


@linear(np.split, np.array_split, result="view", samples=each(
    ((4, 3), 2), ((4, 3), [1], 0), ((2, 6), 3, {"axis": 1}), ((2, 5), [1, 3], -1), ((4,), 4),
))  # fmt: skip
def split(ary: Any, indices_or_sections: Any, axis: Any = 0, *, y_bar: Any) -> Any:
    return np.concatenate(y_bar, axis)


@linear(np.vsplit, result="view", samples=each(((4, 3), 2), ((4, 3), [1, 2])))
def vsplit(ary: Any, indices_or_sections: Any, *, y_bar: Any) -> Any:
    return np.concatenate(y_bar, 0)


@linear(np.hsplit, result="view", samples=each(((3, 4), 2), ((4,), 2), ((3, 4), [1, 2])))
def hsplit(ary: Any, indices_or_sections: Any, *, y_bar: Any) -> Any:
    if ary.ndim == 1:
        return np.concatenate(y_bar, 0)
    return np.concatenate(y_bar, 1)


# -- repeating


@linear(np.repeat, samples=each(
    ((2, 3), 2), ((2, 3), 2, 0), ((2, 3), 3, -1), ((), 2), ((2, 3, 2), 2, {"axis": 1}),
    ((2, 3), np.array([2, 0, 1]), 1), ((3,), 0), ((2, 2), [1, 2, 0, 1]), ((0, 2), 2, 0),
))  # fmt: skip
def repeat(a: Any, repeats: Any, axis: Any = None, *, y_bar: Any) -> Any:
    if axis is None:
        if np.ndim(repeats) == 0:
            return np.reshape(np.sum(np.reshape(y_bar, (np.size(a), repeats)), 1), np.shape(a))
        flat_bar = np.zeros_like(np.ravel(a))
        np.add.at(flat_bar, np.repeat(np.arange(np.size(a)), repeats), y_bar)
        return np.reshape(flat_bar, np.shape(a))
    axis = normal_axis(axis, a.ndim)
    if np.ndim(repeats) == 0:
        copies = (repeats,)
        shape = a.shape[: axis + 1] + copies + a.shape[axis + 1 :]
        return np.sum(np.reshape(y_bar, shape), axis + 1)
    rows_bar = np.zeros_like(np.swapaxes(a, 0, axis))
    places = np.repeat(np.arange(a.shape[axis]), repeats)
    np.add.at(rows_bar, places, np.swapaxes(y_bar, 0, axis))
    return np.swapaxes(rows_bar, 0, axis)


@static
def copies_along(reps: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """(axis, copies) for each axis of the array that is repeated."""
    counts = reps if isinstance(reps, (tuple, list)) else (reps,)
    counts = (1,) * (rank - len(counts)) + tuple(counts)
    last = counts[len(counts) - rank :]
    return tuple((axis, count) for axis, count in enumerate(last) if count != 1)


@linear(np.tile, samples=each(
    ((2, 3), 2), ((2, 3), (3, 2)), ((3,), (2, 2)), ((), 3), ((2, 3), (2, 1, 2)), ((2, 3), (2, 1)),
    ((0, 2), (1, 2)), ((2, 2, 2), (2,)), ((2, 3), {"reps": 1}),
))  # fmt: skip
def tile(A: Any, reps: Any, *, y_bar: Any) -> Any:  # noqa: N803
    """New leading axes are summed by the driver; of the others, the copies, one axis at a time."""
    for axis, copies in copies_along(reps, np.ndim(A)):
        place = y_bar.ndim - A.ndim + axis
        apart = (copies, A.shape[axis])
        shape = y_bar.shape[:place] + apart + y_bar.shape[place + 1 :]
        y_bar = np.sum(np.reshape(y_bar, shape), place)
    return y_bar


# -- padding and differences


@static
def widths(pad_width: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """(axis, elements before) for each axis, as NumPy broadcasts `pad_width`."""
    pairs = np.broadcast_to(np.asarray(pad_width), (rank, 2))
    return tuple((axis, int(before)) for axis, (before, _) in enumerate(pairs))


@static
def width_after(pad_width: Any, rank: int, axis: int) -> int:
    """The elements added behind `axis`."""
    return int(np.broadcast_to(np.asarray(pad_width), (rank, 2))[axis, 1])


@linear(np.pad, samples=each(
    ((2, 3), 1), ((3,), (1, 2)), ((2, 3), ((1, 0), (0, 2))), ((2, 3), ((1, 2),)), ((0,), 1),
    ((2, 3, 2), 2), ((3,), 2, "edge"), ((2, 3), 1, "edge"), ((4,), (2, 3), "reflect"),
    ((2, 3), ((1, 0), (2, 1)), "symmetric"), ((2, 3), 1, "wrap"), ((3,), 1, {"mode": "constant"}),
))  # fmt: skip
def pad(array: Any, pad_width: Any, mode: Any = "constant", *, y_bar: Any) -> Any:
    if mode == "constant":
        for axis, before in widths(pad_width, array.ndim):
            y_bar = section(y_bar, axis, before, before + array.shape[axis])
        return y_bar
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        unsupported("np.pad: mode constant, edge, reflect, symmetric or wrap only")
    for axis, before in widths(pad_width, array.ndim):
        after = width_after(pad_width, array.ndim, axis)
        places = np.pad(np.arange(array.shape[axis]), (before, after), mode)
        y_bar = gathered_bar(y_bar, axis, places, array.shape[axis])
    return y_bar


def gathered_bar(y_bar: Any, axis: int, places: Any, length: Any) -> Any:
    """The cotangent of x where y takes `places` of its `axis`, of the given length."""
    taken_bar = np.swapaxes(y_bar, 0, axis)
    lengths = (length,)
    rows_bar = np.zeros(lengths + taken_bar.shape[1:], y_bar.dtype)
    np.add.at(rows_bar, places, taken_bar)
    return np.swapaxes(rows_bar, 0, axis)


@static
def orders(n: int) -> tuple[int, ...]:
    """`n - 1, ..., 0`."""
    return tuple(range(n - 1, -1, -1))


def differences_bar(a: Any, n: int, y_bar: Any) -> Any:
    """The transpose of `n` differences along the last axis."""
    for order in orders(n):
        x_bar = np.zeros_like(a[..., order:])
        x_bar[..., 1:] += y_bar
        x_bar[..., :-1] -= y_bar
        y_bar = x_bar
    return y_bar


@linear(np.diff, result="either", samples=each(
    ((2, 4),), ((4,),), ((4, 3), {"axis": 0}), ((5,), 2), ((5,), 3), ((3, 4, 2), 2, 1), ((1,),),
    ((0,),), ((2,), 3), ((2, 4), 1, -1), ((3,), 0),
))  # fmt: skip
def diff(a: Any, n: int = 1, axis: int = -1, *, y_bar: Any) -> Any:
    if axis == -1 or axis == a.ndim - 1:
        return differences_bar(a, n, y_bar)
    last_bar = differences_bar(np.swapaxes(a, axis, -1), n, np.swapaxes(y_bar, axis, -1))
    return np.swapaxes(last_bar, axis, -1)


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


nondifferentiable(np.argsort, np.argpartition, np.lexsort, np.searchsorted, np.digitize)
nondifferentiable(np.nonzero, np.flatnonzero, np.argwhere, data_dependent=True)
nondifferentiable(np.shape, np.size, np.ndim, np.result_type, np.iscomplexobj, np.isrealobj)
nondifferentiable(np.shares_memory, np.may_share_memory, np.can_cast, np.promote_types)
nondifferentiable(np.broadcast_shapes, np.iterable, np.isscalar, np.issubdtype)
nondifferentiable(np.unravel_index, np.ravel_multi_index, np.diag_indices, np.tril_indices)
nondifferentiable(np.triu_indices, np.indices)

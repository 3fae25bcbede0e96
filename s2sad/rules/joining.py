"""Rules of functions that join arrays, take them apart, repeat and pad them."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.layouts import each, listed, together
from s2sad.rules.registry import linear
from s2sad.rules.static import normal_axis, static, unsupported

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

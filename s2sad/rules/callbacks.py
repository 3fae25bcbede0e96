"""What the functions of NumPy that call a function of the program do, as statements.

They are written out where they are called, so that the function is lowered like any other.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from s2sad.rules.registry import defined
from s2sad.rules.static import axes_between, static, unsupported


@static
def size_of(shape: tuple[int, ...]) -> int:
    return len(shape)


@defined(np.apply_along_axis)
def apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """One line after the other; the first one says what the results are like."""
    moved = np.moveaxis(arr, axis, -1)
    lines = np.reshape(moved, (-1, moved.shape[-1]))
    first = func1d(lines[0], *args, **kwargs)
    if np.ndim(first) == 0:
        numbers = np.zeros(lines.shape[0], np.asarray(first).dtype)
        for k in range(lines.shape[0]):
            numbers[k] = func1d(lines[k], *args, **kwargs)
        return np.reshape(numbers, moved.shape[:-1])
    if np.ndim(first) > 1:
        unsupported("np.apply_along_axis of a function that gives matrices")
    rows = np.zeros((lines.shape[0], first.shape[0]), first.dtype)
    for k in range(lines.shape[0]):
        rows[k] = func1d(lines[k], *args, **kwargs)
    return np.moveaxis(np.reshape(rows, (*moved.shape[:-1], first.shape[0])), -1, axis)


@defined(np.apply_over_axes)
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    result = a
    for axis in axes if isinstance(axes, (tuple, list)) else (axes,):
        reduced = func(result, axis)
        result = reduced if np.ndim(reduced) == a.ndim else np.expand_dims(reduced, axis)
    return result


@defined(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """A function is called on the elements where its condition holds; where none does, the last
    one is, if there is one more than conditions."""
    if not isinstance(condlist, (list, tuple)):
        unsupported("np.piecewise with conditions that aren't in a list")
    y = np.zeros_like(x)
    rest = np.ones(x.shape, bool)
    for k in axes_between(0, len(condlist)):
        write(y, condlist[k], funclist[k], x, args, kw)
        rest = rest & np.logical_not(condlist[k])
    if len(funclist) > len(condlist):
        write(y, rest, funclist[-1], x, args, kw)
    return y


def write(y: Any, where: Any, function: Any, x: Any, args: Any, kw: Any) -> None:
    if isinstance(function, (FunctionType, np.ufunc)):
        y[where] = function(x[where], *args, **kw)
    else:
        y[where] = function


@defined(np.fromfunction)
def fromfunction(function: Any, shape: Any, *, dtype: Any = float, **kwargs: Any) -> Any:
    places = np.indices(shape, dtype=dtype)
    if size_of(shape) == 1:
        return function(places[0], **kwargs)
    if size_of(shape) == 2:
        return function(places[0], places[1], **kwargs)
    if size_of(shape) == 3:
        return function(places[0], places[1], places[2], **kwargs)
    unsupported("np.fromfunction of more than three axes")


@defined(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> Any:
    shape = np.broadcast_shapes(*[np.shape(a) for a in args])
    return tuple([np.broadcast_to(a, shape) for a in args])

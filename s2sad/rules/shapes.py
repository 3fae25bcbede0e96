"""Rules of functions that only change the form of an array: shapes, order of axes and elements.

Nearly all are linear: the rule states the transpose. A result is declared "view" where it
always shares memory with an array argument, "either" where that depends on layout or shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.layouts import each
from s2sad.rules.registry import linear, nondifferentiable
from s2sad.rules.static import inverse_permutation, static, unsupported

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


nondifferentiable(np.argsort, np.argpartition, np.lexsort, np.searchsorted, np.digitize)
nondifferentiable(np.nonzero, np.flatnonzero, np.argwhere, data_dependent=True)
nondifferentiable(np.shape, np.size, np.ndim, np.result_type, np.iscomplexobj, np.isrealobj)
nondifferentiable(np.shares_memory, np.may_share_memory, np.can_cast, np.promote_types)
nondifferentiable(np.broadcast_shapes, np.iterable, np.isscalar, np.issubdtype)
nondifferentiable(np.unravel_index, np.ravel_multi_index, np.diag_indices, np.tril_indices)
nondifferentiable(np.triu_indices, np.indices)

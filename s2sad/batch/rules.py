"""What each operation of a library becomes where operands have a leading axis for directions.

natural        it works along the last axes, or element by element, of one argument
elementwise    operands are lined up behind the leading axis
along axes     axes counted from the front move back by one
by shape       a shape gets the number of directions in front of it
products       `linear_algebra`

What isn't here becomes a loop over the directions (`one_by_one`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.infer import is_broadcasting, type_of
from s2sad.batch.arguments import BatchRule, array, item, natural
from s2sad.batch.elementwise import CASTS, cast, elementwise
from s2sad.batch.linear_algebra import PRODUCTS
from s2sad.batch.scope import WHOLE, OneByOne, Scope, add, number, rank_of, read, shape_of
from s2sad.batch.several import (
    diag,
    joined,
    list_joined,
    repeated,
    split_apart,
    stacked,
    sum_of_list,
    take,
    take_along_axis,
    tile,
)
from s2sad.batch.shapes import (
    added_up,
    along,
    broadcast_to,
    full,
    full_like,
    ravel,
    reshape,
    roll,
    squeeze,
    transpose,
    unbroadcast_each,
)
from s2sad.ir.data import Atom, Bind, IndexStep, Op, Path, Var
from s2sad.ir.ops import GETITEM, OPERATORS
from s2sad.ir.types import INT, Num, Tup
from s2sad.reverse.apply import of_lists
from s2sad.rules import sequences
from s2sad.rules.operations import attribute, operation
from s2sad.runtime.helpers import added, unbroadcast, zeros


def batch_library(scope: Scope, statement: Bind) -> None:
    """Gives the result of a library operation for all directions, or raises `OneByOne`."""
    if of_lists(statement).op.rule in (sequences.joined, sequences.repeated):
        list_joined(scope, statement)
        return
    op = statement.op
    rule = RULES.get(op.function) or RULES.get(op.rule)
    if rule is not None:
        rule(scope, statement)
    elif op.function in CASTS:
        cast(scope, statement)
    elif is_broadcasting(op):
        elementwise(scope, statement)
    else:
        raise OneByOne


OVER_AXES = (
    np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.any, np.all, np.var, np.std,
    np.flip, np.count_nonzero, np.nansum, np.nanmean,
)  # fmt: skip

ALONG_ONE_AXIS = (np.cumsum, np.cumprod, np.diff, np.expand_dims, np.sort)

NATURAL = (
    np.copy, np.asarray, np.ascontiguousarray, np.ndarray.astype, np.zeros_like, np.ones_like,
    np.empty_like, np.real, np.imag, np.nan_to_num, zeros, np.tril, np.triu, np.linalg.inv,
    np.linalg.det, np.linalg.cholesky, np.matrix_transpose, np.fft.fft, np.fft.ifft, np.fft.rfft,
    np.fft.irfft, np.fft.hfft, np.fft.ihfft, np.sinc, np.i0,
)  # fmt: skip

RULES: dict[Any, BatchRule] = {
    **dict.fromkeys(OVER_AXES, along("axis", whole="all")),
    **dict.fromkeys(ALONG_ONE_AXIS, along("axis", whole="flat")),
    **dict.fromkeys(NATURAL, natural),
    np.moveaxis: along("source", "destination", whole="all"),
    np.swapaxes: along("axis1", "axis2", whole="all"),
    np.diagonal: along("axis1", "axis2", whole="all"),
    np.trace: along("axis1", "axis2", whole="all"),
    np.array: array,
    np.roll: roll,
    **PRODUCTS,
    np.transpose: transpose,
    np.reshape: reshape,
    np.ravel: ravel,
    np.ndarray.flatten: ravel,
    np.ndarray.item: item,
    np.broadcast_to: broadcast_to,
    np.full_like: full_like,
    np.full: full,
    np.squeeze: squeeze,
    np.concatenate: joined(0),
    np.stack: joined(0),
    np.hstack: stacked,
    np.vstack: stacked,
    np.column_stack: stacked,
    sequences.joined: list_joined,
    sequences.repeated: list_joined,
    sum: sum_of_list,
    np.split: split_apart,
    np.array_split: split_apart,
    np.repeat: repeated,
    np.tile: tile,
    np.take: take,
    np.take_along_axis: take_along_axis,
    np.diag: diag,
    unbroadcast: unbroadcast_each,
    added: added_up,
}


# -- what is the same in all directions


def measured(scope: Scope, statement: Bind) -> None:
    """The shape, or a part of it, of a value in each direction; anything else is read as it is."""
    value, name = statement.args[0], statement.op.name
    kind = type_of(value)
    if not isinstance(kind, Num) or name == ".dtype":
        args = tuple(read(scope, a) for a in statement.args)
        scope.statements.append(replace(statement, args=args))
    elif name in (".shape", "np.shape"):
        _bound(scope, statement, GETITEM, (shape_of(scope, value),), (IndexStep((WHOLE,)),))
    elif name == "len":
        op = attribute("shape")
        assert op is not None
        shape = add(scope, op, (read(scope, value),), Tup((INT, *(INT,) * rank_of(value))))
        _bound(scope, statement, GETITEM, (shape,), (IndexStep((1,)),))
    else:
        op = attribute("ndim" if name.endswith("ndim") else "size")
        assert op is not None
        whole = add(scope, op, (read(scope, value),), INT)
        args = (whole, number(1) if name.endswith("ndim") else scope.batch.count)
        _bound(scope, statement, OPERATORS["sub" if name.endswith("ndim") else "floordiv"], args)


def _bound(scope: Scope, statement: Bind, op: Op, args: tuple[Atom, ...], path: Path = ()) -> None:
    scope.statements.append(replace(statement, op=op, args=args, static=(), path=path))


def rows_first(scope: Scope, value: Atom) -> Var:
    """An array whose rows have the leading axis."""
    kind = type_of(value)
    assert isinstance(kind, Num)
    shape = None if kind.shape is None else (kind.shape[1], kind.shape[0], *kind.shape[2:])
    args = (value, number(0), number(1))
    return add(scope, operation(np.swapaxes), args, replace(kind, shape=shape))

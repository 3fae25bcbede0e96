"""Elementwise operations: operands are lined up behind the leading axis."""

from __future__ import annotations

import numpy as np

from s2sad.batch.scope import (
    OneByOne,
    Scope,
    aligned,
    as_dtype,
    give,
    inserted,
    moves,
    rank_of,
    read,
    weak,
)
from s2sad.ir.data import Atom, Bind, Op
from s2sad.ir.types import Num, Type
from s2sad.rules.operations import operation

# -- element by element


def elementwise(scope: Scope, statement: Bind) -> None:
    out = statement.out
    if any(key != "dtype" for key, _ in statement.static) or len(statement.args) == 1 != _arity(
        statement.op
    ):
        raise OneByOne
    rank = rank_of(out)
    args = [_operand(scope, a, rank, out.type) for a in statement.args]
    give(scope, out, _of_arrays(statement.op), args, **dict(statement.static))


def _arity(op: Op) -> int:
    return op.rule.nin if isinstance(op.rule, np.ufunc) else 3 if op.rule is np.where else 1


def _operand(scope: Scope, atom: Atom, rank: int, result: Type) -> Atom:
    if not moves(scope, atom):
        rank_of(atom)
        return atom
    narrow = weak(scope, atom, result)
    if narrow is not read(scope, atom) and rank:
        return inserted(scope, narrow, 1, rank)
    return narrow if rank_of(atom) == 0 == rank else aligned(scope, atom, rank)


def _of_arrays(op: Op) -> Op:
    """The operation of arrays where it is one of Python's numbers."""
    module = getattr(op.function, "__module__", "")
    if module == "math" and isinstance(op.rule, np.ufunc):
        return operation(op.rule)
    return operation(np.logical_not) if op.name == "not_" else op


CASTS = frozenset({
    float, complex, np.float16, np.float32, np.float64, np.longdouble, np.complex64,
    np.complex128, np.clongdouble,
})  # fmt: skip


def cast(scope: Scope, statement: Bind) -> None:
    """`np.float32(x)`: an array of such numbers."""
    (value,) = statement.args
    rank_of(value)
    kind = statement.out.type
    if not isinstance(kind, Num) or kind.dtype is None:
        raise OneByOne
    scope.batch.made[statement.out] = as_dtype(scope, read(scope, value), kind.dtype)

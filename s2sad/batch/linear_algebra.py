"""Products and solutions of linear systems for all directions at once: one call of BLAS or LAPACK
on an array with the leading axis, instead of one for each direction."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.infer import type_of
from s2sad.batch.scope import (
    OneByOne,
    Scope,
    add,
    aligned,
    dropped,
    give,
    inserted,
    made,
    moves,
    rank_of,
    read,
    with_axis,
)
from s2sad.ir.data import Atom, Bind, Const, IndexStep, SliceStep, Var
from s2sad.ir.ops import GETITEM, OPERATORS
from s2sad.ir.types import INT, STR, Dim, Num
from s2sad.rules.operations import attribute, operation

BatchRule = Callable[[Scope, Bind], None]
WHOLE = SliceStep(None, None, None)


def _two(statement: Bind) -> tuple[Atom, Atom]:
    if len(statement.args) != 2 or statement.static:
        raise OneByOne
    first, second = statement.args
    return first, second


def _transposed(scope: Scope, value: Atom) -> Var:
    """`.T` of what has two axes."""
    op, kind = attribute("T"), type_of(value)
    assert op is not None and isinstance(kind, Num) and kind.shape is not None
    return add(scope, op, (value,), Num(kind.forms, kind.dtype, kind.shape[::-1]))


def _matmul(scope: Scope, statement: Bind) -> None:
    first, second = _two(statement)
    ranks = rank_of(first), rank_of(second)
    if ranks == (1, 1):
        _vector_vector(scope, statement.out, first, second)
    elif ranks[1] == 1:
        _matrix_vector(scope, statement.out, first, second)
    elif ranks[0] == 1:
        _vector_matrix(scope, statement.out, first, second)
    else:
        rank = max(ranks)
        args = aligned(scope, first, rank), aligned(scope, second, rank)
        give(scope, statement.out, OPERATORS["matmul"], args)


def _vector_vector(scope: Scope, out: Var, first: Atom, second: Atom) -> None:
    if moves(scope, first) and moves(scope, second):
        kind = type_of(read(scope, first))
        product = add(scope, OPERATORS["mul"], (read(scope, first), read(scope, second)), kind)
        give(scope, out, operation(np.sum), (product,), axis=1)
        return
    if not moves(scope, first):
        first, second = second, first
    give(scope, out, OPERATORS["matmul"], (read(scope, first), second))


def _matrix_vector(scope: Scope, out: Var, first: Atom, second: Atom) -> None:
    if not moves(scope, second):
        give(scope, out, OPERATORS["matmul"], (read(scope, first), second))
    elif not moves(scope, first) and rank_of(first) == 2:
        args = read(scope, second), _transposed(scope, first)
        give(scope, out, OPERATORS["matmul"], args)
    else:
        columns = _placed(scope, second, rank_of(first) - 2, (WHOLE, None))
        _product(scope, out, read(scope, first), columns, -1)


def _vector_matrix(scope: Scope, out: Var, first: Atom, second: Atom) -> None:
    if not moves(scope, first) or (rank_of(second) == 2 and not moves(scope, second)):
        give(scope, out, OPERATORS["matmul"], (read(scope, first), read(scope, second)))
        return
    rows = _placed(scope, first, rank_of(second) - 2, (None, WHOLE))
    _product(scope, out, rows, read(scope, second), -2)


def _placed(scope: Scope, vector: Atom, between: int, last: tuple[Any, ...]) -> Var:
    """Vectors as matrices of one row or column, with axes of length 1 for further batches."""
    kind = type_of(read(scope, vector))
    assert isinstance(kind, Num) and kind.shape is not None
    own = [Dim(1) if c is None else kind.shape[1] for c in last]
    shape = (kind.shape[0], *(Dim(1),) * between, *own)
    step = IndexStep((WHOLE, *(None,) * between, *last), single=False)
    target = Num(kind.forms, kind.dtype, shape)
    return add(scope, GETITEM, (read(scope, vector),), target, "", (), (step,))


def _product(scope: Scope, out: Var, first: Atom, second: Atom, axis: int) -> None:
    goal = made(scope, out).type
    assert isinstance(goal, Num) and goal.shape is not None
    shape = (*goal.shape, Dim(1)) if axis == -1 else (*goal.shape[:-1], Dim(1), goal.shape[-1])
    value = add(scope, OPERATORS["matmul"], (first, second), Num(goal.forms, goal.dtype, shape))
    dropped(scope, value, out, axis)


def _dot(scope: Scope, statement: Bind) -> None:
    ranks = tuple(map(rank_of, _two(statement)))
    if 0 in ranks:
        first, second = statement.args
        rank = max(ranks)
        give(scope, statement.out, OPERATORS["mul"],
             (aligned(scope, first, rank), aligned(scope, second, rank)))  # fmt: skip
    elif max(ranks) <= 2:
        _matmul(scope, statement)
    else:
        raise OneByOne


def _inner(scope: Scope, statement: Bind) -> None:
    if any(rank_of(a) != 1 for a in _two(statement)):
        raise OneByOne
    _matmul(scope, statement)


def _outer(scope: Scope, statement: Bind) -> None:
    first, second = _two(statement)
    if rank_of(first) != 1 or rank_of(second) != 1:
        raise OneByOne
    column = inserted(scope, read(scope, first), 2 if moves(scope, first) else 1, 1)
    row = read(scope, second)
    if moves(scope, second):
        row = inserted(scope, row, 1, 1)
    give(scope, statement.out, OPERATORS["mul"], (column, row))


def _einsum(scope: Scope, statement: Bind) -> None:
    text, *operands = statement.args
    if not isinstance(text, Const) or not isinstance(text.value, str) or "." in text.value:
        raise OneByOne
    inputs, arrow, output = text.value.replace(" ", "").partition("->")
    parts = inputs.split(",")
    if not arrow:
        output = "".join(sorted(c for c in set(inputs) - {","} if inputs.count(c) == 1))
    letter = next(c for c in reversed(string.ascii_letters) if c not in text.value)
    moved = [letter + p if moves(scope, a) else p for p, a in zip(parts, operands, strict=True)]
    subscripts = Const(f"{','.join(moved)}->{letter}{output}", STR)
    for operand in operands:
        rank_of(operand)
    args = (subscripts, *(read(scope, a) for a in operands))
    give(scope, statement.out, statement.op, args, **dict(statement.static))


def _tensordot(scope: Scope, statement: Bind) -> None:
    """Axes are counted from the front of either operand; the leading one of the second comes out
    behind the axes of the first."""
    first, second, *rest = statement.args
    axes = dict(statement.static).get("axes", 2)
    if rest:
        axes = rest[0].value if isinstance(rest[0], Const) else None
    if moves(scope, first) == moves(scope, second) or not isinstance(axes, (int, tuple, list)):
        raise OneByOne
    ranks = rank_of(first), rank_of(second)
    pairs = _contracted(axes, ranks)
    args = read(scope, first), read(scope, second)
    if moves(scope, first):
        moved = tuple(k + 1 for k in pairs[0]), pairs[1]
        give(scope, statement.out, operation(np.tensordot), args, axes=moved)
        return
    place, goal = ranks[0] - len(pairs[0]), made(scope, statement.out).type
    assert isinstance(goal, Num) and goal.shape is not None
    shape = (*goal.shape[1 : place + 1], goal.shape[0], *goal.shape[place + 1 :])
    found = add(scope, operation(np.tensordot), args, Num(goal.forms, goal.dtype, shape), "",
                (("axes", (pairs[0], tuple(k + 1 for k in pairs[1]))),))  # fmt: skip
    ends = Const(place, INT), Const(0, INT)
    give(scope, statement.out, operation(np.moveaxis), (found, *ends))


def _contracted(axes: Any, ranks: tuple[int, int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of either operand that are summed over."""
    if isinstance(axes, int):
        return tuple(range(ranks[0] - axes, ranks[0])), tuple(range(axes))
    pairs = [(one,) if isinstance(one, int) else tuple(one) for one in axes]
    return tuple(k % ranks[0] for k in pairs[0]), tuple(k % ranks[1] for k in pairs[1])


def _solve(scope: Scope, statement: Bind) -> None:
    """One factorisation for all directions where the matrix is the same in all of them."""
    matrix, right = _two(statement)
    ranks = rank_of(matrix), rank_of(right)
    if ranks[1] > 1:
        rank = max(ranks)
        args = aligned(scope, matrix, rank), aligned(scope, right, rank)
        give(scope, statement.out, statement.op, args)
    elif not moves(scope, matrix) and ranks[0] == 2:
        columns = _transposed(scope, read(scope, right))
        found = add(scope, statement.op, (matrix, columns), columns.type)
        op = attribute("T")
        assert op is not None
        give(scope, statement.out, op, (found,))
    elif moves(scope, right) and ranks[0] == 2:
        columns = _placed(scope, right, 0, (WHOLE, None))
        _solved(scope, statement, columns)
    elif ranks[0] == 2:
        _solved(scope, statement, inserted(scope, right, 1, 1))
    else:
        raise OneByOne


def _solved(scope: Scope, statement: Bind, columns: Var) -> None:
    matrix = read(scope, statement.args[0])
    kind = statement.out.type
    assert isinstance(kind, Num) and kind.shape is not None
    wide = with_axis(Num(kind.forms, kind.dtype, (*kind.shape, Dim(1))), scope.batch.length)
    found = add(scope, statement.op, (matrix, columns), wide)
    dropped(scope, found, statement.out, -1)


PRODUCTS: dict[Any, BatchRule] = {
    np.matmul: _matmul,
    np.dot: _dot,
    np.inner: _inner,
    np.outer: _outer,
    np.einsum: _einsum,
    np.tensordot: _tensordot,
    np.linalg.solve: _solve,
}

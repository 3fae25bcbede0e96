"""What has no rule for all directions at once: a loop over the directions, on the page.

y = f(x, c)      becomes      y_rows = [f(x_row, c) for x_row in x]
                              y = np.stack(y_rows)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.batch.scope import Scope, add, made, moves, number, with_axis
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.ir.data import Atom, Bind, Block, For, Hole, IndexStep, Var, Yield
from s2sad.ir.ops import GETITEM, RANGE_OP, TUPLE
from s2sad.ir.types import INT, NP, RANGE, Lst, Num, Tup, Type, is_continuous
from s2sad.ir.walk import fresh
from s2sad.rules.operations import operation


def one_by_one(scope: Scope, statement: Bind) -> None:
    """A loop over the directions around an operation."""
    origin = statement.origin
    at = Var("direction", replace(INT, value=dims.fresh(0)), origin)
    inner = Scope(scope.batch, origin=origin)
    args = tuple(_row(inner, a, at) if moves(scope, a) else a for a in statement.args)
    outs = tuple(fresh(v) for v in statement.outs)
    inner.statements.append(replace(statement, outs=outs, args=args))
    leaves = [leaf for out in outs for leaf in _leaves(inner, out)]
    ys = tuple(Var(_plural(v), Lst(v.type), origin) for v in leaves)
    body = Block((at,), tuple(inner.statements), Yield(tuple(leaves)))
    every = add(scope, RANGE_OP, (number(0), scope.batch.count, number(1)), RANGE)
    scope.statements.append(For((), ys, (), (every,), body, origin=origin))
    scope.batch.loops.append(statement.op.name)
    found = iter(ys)
    for out in statement.outs:
        _gathered(scope, out.type, found, made(scope, out))


def _plural(variable: Var) -> str:
    return f"{variable.hint}.rows" if variable.hint else "rows"


def _row(inner: Scope, atom: Atom, at: Var) -> Atom:
    """What an operand is in one direction."""
    assert isinstance(atom, Var)
    return _row_of(inner, made(inner, atom), atom.type, at, atom.hint)


def _row_of(inner: Scope, whole: Var, kind: Type, at: Var, hint: str = "") -> Var:
    """The part of a value in one direction: of a container, of all that it holds."""
    if isinstance(kind, Num):
        row = add(inner, GETITEM, (whole, at), _one(kind), f"{hint}.row" if hint else "row", (),
                  (IndexStep((Hole(1),)),))  # fmt: skip
        return row
    if isinstance(kind, Lst):
        return _row_of_list(inner, whole, kind, at)
    if not isinstance(kind, Tup):
        raise _refused(inner, whole)
    parts = []
    for k, item in enumerate(kind.items):
        moved = with_axis(item, inner.batch.length, leaf=True)
        part = add(inner, GETITEM, (whole,), moved, "", (), (IndexStep((k,)),))
        parts.append(_row_of(inner, part, item, at) if is_continuous(item) else part)
    return add(inner, TUPLE, parts, kind)


def _one(kind: Num) -> Num:
    """A number that is read from an array is NumPy's."""
    return replace(kind, forms=frozenset({NP})) if kind.shape == () else kind


def _row_of_list(inner: Scope, whole: Var, kind: Lst, at: Var) -> Var:
    item = Var("", with_axis(kind.item, inner.batch.length, leaf=True), inner.origin)
    body = Scope(inner.batch, origin=inner.origin)
    row = _row_of(body, item, kind.item, at)
    rows = Var("row", Lst(row.type, kind.length), inner.origin)
    block = Block((item,), tuple(body.statements), Yield((row,)))
    inner.statements.append(For((), (rows,), (), (whole,), block, origin=inner.origin))
    return rows


def _refused(scope: Scope, atom: Var) -> UnsupportedError:
    return UnsupportedError(
        (
            Diagnostic(
                "S206",
                "many directions at once can't be followed through this container",
                scope.origin,
                note=f"{atom.hint or 'a value'} is {type(atom.type).__name__.lower()} that isn't "
                "written out, in an operation without a rule for many directions",
                help="use s2sad.jvp or s2sad.vjp, one direction at a time",
            ),
        )
    )


def _leaves(scope: Scope, out: Var) -> list[Var]:
    """The arrays and numbers that a result holds in one direction."""
    kind = out.type
    if isinstance(kind, Num):
        return [out]
    if not isinstance(kind, Tup):
        raise _refused(scope, out)
    found: list[Var] = []
    for k, item in enumerate(kind.items):
        found += _leaves(scope, add(scope, GETITEM, (out,), item, "", (), (IndexStep((k,)),)))
    return found


def _gathered(scope: Scope, kind: Type, found: object, target: Var | None = None) -> Atom:
    """What the loop has kept, as one array or a tuple of them."""
    origin = scope.origin
    if isinstance(kind, Tup):
        parts = tuple(_gathered(scope, item, found) for item in kind.items)
        out = target or Var("", Tup(tuple(map(type_of, parts)), kind.cls), origin)
        scope.statements.append(Bind((out,), TUPLE, parts, (), (), origin))
        return out
    rows = next(found)  # type: ignore[call-overload]
    out = target or Var("", with_axis(kind, scope.batch.length), origin)
    op = operation(np.array) if isinstance(kind, Num) and kind.shape == () else operation(np.stack)
    scope.statements.append(Bind((out,), op, (rows,), (), (), origin))
    return out

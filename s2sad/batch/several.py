"""Operations on several arrays: joining, taking apart, repeating, gathering."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.batch.arguments import BatchRule, arguments, behind, call, known
from s2sad.batch.scope import (
    ZEROS,
    OneByOne,
    Scope,
    add,
    give,
    inserted,
    made,
    moves,
    rank_of,
    read,
    spread,
    static_of,
    with_count,
)
from s2sad.batch.shapes import flat
from s2sad.ir.data import Atom, Bind, Const
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import ARRAY, Lst, Num, Tup, is_continuous
from s2sad.rules.operations import operation

# -- several arrays


def joined(default: Any) -> BatchRule:
    """`np.concatenate`, `np.stack`: lists of arrays along an axis."""

    def rule(scope: Scope, statement: Bind) -> None:
        found = arguments(statement)
        name, items = next(iter(found.items()))
        del found[name]
        axis = known(found.pop("axis", default))
        if not isinstance(type_of(items), (Lst, Tup)):
            raise OneByOne
        call(scope, statement, statement.op.rule, [read(scope, items)],
              {**found, "axis": behind(axis)})  # fmt: skip

    return rule


def stacked(scope: Scope, statement: Bind) -> None:
    """`np.hstack`, `np.vstack`, `np.column_stack` of vectors or matrices."""
    (items,) = statement.args
    kind = type_of(items)
    kinds = kind.items if isinstance(kind, Tup) else (kind.item,) if isinstance(kind, Lst) else ()
    ranks = {len(k.shape) for k in kinds if isinstance(k, Num) and k.shape is not None}
    if len(ranks) != 1 or not all(isinstance(k, Num) and k.shape for k in kinds):
        raise OneByOne
    (rank,) = ranks
    axis, function = STACKS[statement.op.rule][min(rank, 2) - 1]
    give(scope, statement.out, operation(function), (read(scope, items),), axis=axis)


# Along which axis, and how, vectors and then matrices are put together.
STACKS: dict[Any, tuple[tuple[int, Any], tuple[int, Any]]] = {
    np.hstack: ((1, np.concatenate), (2, np.concatenate)),
    np.vstack: ((1, np.stack), (1, np.concatenate)),
    np.column_stack: ((2, np.stack), (2, np.concatenate)),
}


def list_joined(scope: Scope, statement: Bind) -> None:
    """`first + second` and `items * count` of lists put them together, whatever they hold."""
    give(scope, statement.out, statement.op, [spread(scope, a) if is_continuous(type_of(a))
                                              else a for a in statement.args])  # fmt: skip


def sum_of_list(scope: Scope, statement: Bind) -> None:
    """`sum(items)`: all of one rank, as is the result."""
    items, *start = statement.args
    kind = type_of(items)
    rank = rank_of(statement.out)
    found = kind.items if isinstance(kind, Tup) else (kind.item,) if isinstance(kind, Lst) else ()
    every = [k.shape for k in (*found, *map(type_of, start)) if isinstance(k, Num)]
    if len(every) != len(found) + len(start) or any(s is None or len(s) != rank for s in every):
        raise OneByOne
    args = (read(scope, items), *(read(scope, a) for a in start))
    # Of no items the sum is the start, in all directions the same.
    total = add(scope, statement.op, args, made(scope, statement.out).type)
    give(scope, statement.out, OPERATORS["add"], (total, _zero_rows(scope, rank)))


def _zero_rows(scope: Scope, rank: int) -> Atom:
    shape = with_count(scope, static_of((1,) * rank)) if rank else scope.batch.count
    kind = Num(frozenset({ARRAY}), "float64", (scope.batch.length, *(dims.constant(1),) * rank))
    return add(scope, ZEROS, (shape,), kind)


def split_apart(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = known(found.pop("axis", 0))
    array, places = statement.args[:2]
    if len(found) != 2 or not isinstance(statement.out.type, (Lst, Tup)):
        raise OneByOne
    call(scope, statement, statement.op.rule, [read(scope, array), places],
          {"axis": behind(axis)})  # fmt: skip


def repeated(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = known(found.get("axis"))
    first, times = statement.args[:2]
    if moves(scope, times) or len(statement.args) > 2:
        raise OneByOne
    value = flat(scope, first) if axis is None else read(scope, first)
    give(scope, statement.out, operation(np.repeat), (value, times),
         axis=1 if axis is None else behind(axis))  # fmt: skip


def tile(scope: Scope, statement: Bind) -> None:
    first, times = statement.args
    known, rank = type_of(times), rank_of(first)
    count = len(known.items) if isinstance(known, Tup) else 1 if isinstance(known, Num) else None
    if isinstance(times, Const):
        count = len(times.value) if isinstance(times.value, (tuple, list)) else 1
    if count is None or count > rank:
        raise OneByOne
    give(scope, statement.out, statement.op, (read(scope, first), times))


def take(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = known(found.pop("axis", None))
    first, places = statement.args[:2]
    if moves(scope, places) or len(found) > 2:
        raise OneByOne
    value = flat(scope, first) if axis is None else read(scope, first)
    give(scope, statement.out, operation(np.take), (value, places),
         axis=1 if axis is None else behind(axis))  # fmt: skip


def take_along_axis(scope: Scope, statement: Bind) -> None:
    first, places, *rest = statement.args
    axis = known(arguments(statement).get("axis", -1))
    if moves(scope, places) or axis is None or not moves(scope, first):
        raise OneByOne
    kind = type_of(places)
    if not isinstance(kind, Num) or kind.shape is None or rest:
        axis = known(rest[0]) if rest else axis
    give(scope, statement.out, operation(np.take_along_axis),
         (read(scope, first), inserted(scope, places, 0, 1)), axis=behind(axis))  # fmt: skip


def diag(scope: Scope, statement: Bind) -> None:
    """Of a matrix, its diagonal."""
    if len(statement.args) > 1 or statement.static or rank_of(statement.args[0]) != 2:
        raise OneByOne
    give(scope, statement.out, operation(np.diagonal), (read(scope, statement.args[0]),),
         axis1=1, axis2=2)  # fmt: skip

"""Views and shapes, with the number of directions in front."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.batch.arguments import BatchRule, arguments, behind, call, known, natural, reshaped
from s2sad.batch.scope import (
    OneByOne,
    Scope,
    add,
    aligned,
    as_dtype,
    give,
    made,
    moves,
    rank_of,
    read,
    spread,
    static_of,
    whole_shape,
    with_axis,
    with_count,
)
from s2sad.ir.data import Atom, Bind, Const, Var
from s2sad.ir.types import Lst, Num, Tup, Type
from s2sad.rules.operations import attribute, operation


def along(*names: str, whole: str) -> BatchRule:
    """Of functions of an array with axes by these names. whole: what they do where the first of
    these is None: "all" axes, or on the "flat" array."""

    def rule(scope: Scope, statement: Bind) -> None:
        found = arguments(statement)
        name, first = next(iter(found.items()))
        if any(moves(scope, v) for k, v in found.items() if k != name and isinstance(v, Var)):
            raise OneByOne
        del found[name]
        rank, value = rank_of(first), read(scope, first)
        axes = {n: known(found.pop(n) if n in found else _default(statement, n)) for n in names}
        if rank == 0 and whole == "all":
            natural(scope, statement) if axes[names[0]] else _same(scope, statement)
            return
        if axes[names[0]] is None and whole == "flat":
            value = flat(scope, first)
            axes[names[0]] = 1
        elif axes[names[0]] is None:
            axes[names[0]] = tuple(range(1, rank + 1)) if rank != 1 else 1
        else:
            axes = {n: behind(axis) for n, axis in axes.items()}
        call(scope, statement, statement.op.rule, [value], {**found, **axes})

    return rule


def _same(scope: Scope, statement: Bind) -> None:
    """Of one number in each direction, the sum, the mean, the extrema are that number."""
    if statement.op.rule not in (np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin):
        raise OneByOne
    reshaped(scope, statement, statement.args[0], Const((), Tup(())))


def _default(statement: Bind, name: str) -> Any:
    function = statement.op.rule
    assert function is not None
    default = inspect.signature(function).parameters[name].default
    if default is inspect.Parameter.empty:
        raise OneByOne
    return default


def flat(scope: Scope, atom: Atom) -> Var:
    """An array with one axis in each direction."""
    kind = type_of(atom)
    assert isinstance(kind, Num) and kind.shape is not None
    target = with_axis(Num(kind.forms, kind.dtype, (dims.fresh(0),)), scope.batch.length)
    shape = with_count(scope, static_of(-1))
    return add(scope, operation(np.reshape), (read(scope, atom), shape), target)


# -- views and shapes


def transpose(scope: Scope, statement: Bind) -> None:
    first, *rest = statement.args
    rank, found = rank_of(first), None
    if rest or statement.static:
        given = arguments(statement)
        found = known(given.get("axes"))
    if rank < 2:
        scope.batch.made[statement.out] = made(scope, first)  # type: ignore[arg-type]
        return
    order = range(rank - 1, -1, -1) if found is None else [axis % rank for axis in found]
    matrix = attribute("mT")
    if list(order) == [1, 0] and matrix is not None:
        give(scope, statement.out, matrix, (read(scope, first),))
        return
    axes = (0, *(axis + 1 for axis in order))
    give(scope, statement.out, operation(np.transpose), (read(scope, first), static_of(axes)))


def reshape(scope: Scope, statement: Bind) -> None:
    first, *rest = statement.args
    if statement.static or not rest or moves(scope, rest[0]):
        raise OneByOne
    if len(rest) > 1:
        if any(not isinstance(a, Const) or not isinstance(a.value, int) for a in rest):
            raise OneByOne
        rest = [static_of(tuple(a.value for a in rest))]  # type: ignore[union-attr]
    reshaped(scope, statement, first, rest[0])


def ravel(scope: Scope, statement: Bind) -> None:
    if len(statement.args) > 1 or statement.static:
        raise OneByOne
    reshaped(scope, statement, statement.args[0], static_of(-1))


def broadcast_to(scope: Scope, statement: Bind) -> None:
    value, shape = statement.args
    row = aligned(scope, value, rank_of(statement.out))
    give(scope, statement.out, statement.op, (row, with_count(scope, shape)))


def full_like(scope: Scope, statement: Bind) -> None:
    model, value, *rest = statement.args
    if rest or any(key != "dtype" for key, _ in statement.static):
        raise OneByOne
    if not moves(scope, value):
        give(scope, statement.out, statement.op, (read(scope, model), value),
             **dict(statement.static))  # fmt: skip
        return
    _filled(scope, statement, whole_shape(scope, model), value)


def full(scope: Scope, statement: Bind) -> None:
    shape, value, *rest = statement.args
    if rest or statement.static or not moves(scope, value):
        raise OneByOne
    _filled(scope, statement, with_count(scope, shape), value)


def _filled(scope: Scope, statement: Bind, shape: Atom, value: Atom) -> None:
    """An array that is one number in each direction."""
    kind = statement.out.type
    row = aligned(scope, value, rank_of(statement.out))
    found = type_of(row)
    if isinstance(kind, Num) and isinstance(found, Num) and found.dtype != kind.dtype:
        if kind.dtype is None:
            raise OneByOne
        row = as_dtype(scope, row, kind.dtype)
    give(scope, statement.out, operation(np.broadcast_to), (row, shape))


def squeeze(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = known(found.get("axis"))
    first = statement.args[0]
    if axis is None:
        kind = type_of(first)
        assert isinstance(kind, Num)
        rank_of(first)
        axis = tuple(k for k, dim in enumerate(kind.shape or ()) if dim.known == 1)
        if rank_of(first) - len(axis) != rank_of(statement.out):
            raise OneByOne
    call(scope, statement, np.squeeze, [read(scope, first)], {"axis": behind(axis)})


def unbroadcast_each(scope: Scope, statement: Bind) -> None:
    """Axes are summed in each direction: those in front first, since the leading one stays."""
    value, like = statement.args
    if isinstance(type_of(like), (Num, Tup)):
        goal = rank_of(like) if isinstance(type_of(like), Num) else len(type_of(like).items)  # type: ignore[attr-defined]
    extra = rank_of(value) - goal
    row = spread(scope, value)
    if extra > 0:
        axes = tuple(range(1, extra + 1))
        kind = type_of(row)
        assert isinstance(kind, Num) and kind.shape is not None
        rest = Num(kind.forms, kind.dtype, (kind.shape[0], *kind.shape[extra + 1 :]))
        row = add(scope, operation(np.sum), (row,), rest, "", (("axis", axes),))
    shape = whole_shape(scope, like) if isinstance(type_of(like), Num) else with_count(scope, like)
    give(scope, statement.out, statement.op, (row, shape))


def added_up(scope: Scope, statement: Bind) -> None:
    """Leaf by leaf; leaves of different ranks don't line up."""
    first, second = statement.args
    if not _alike(type_of(first), type_of(second)):
        raise OneByOne
    give(scope, statement.out, statement.op, (spread(scope, first), spread(scope, second)))


def _alike(first: Type, second: Type) -> bool:
    if isinstance(first, Num) and isinstance(second, Num):
        shapes = first.shape, second.shape
        return None not in shapes and len(shapes[0] or ()) == len(shapes[1] or ())
    if isinstance(first, Tup) and isinstance(second, Tup):
        return all(map(_alike, first.items, second.items))
    if isinstance(first, Lst) and isinstance(second, Lst):
        return _alike(first.item, second.item)
    return first == second


def roll(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = known(found.get("axis"))
    first, places = statement.args[:2] if len(statement.args) > 1 else (statement.args[0], None)
    if axis is None and rank_of(first) != 1:
        raise OneByOne
    shift = places if places is not None else static_of(found["shift"])
    give(scope, statement.out, operation(np.roll), (read(scope, first), shift),
         axis=1 if axis is None else behind(axis))  # fmt: skip

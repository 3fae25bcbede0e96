"""A Jacobian as a function of the primal's arguments: unit directions in front of the sweep of
many directions, and the blocks of the Jacobian behind it.

    def f_jacobian(x):
        x_dot = np.eye(x.size)
        ...                          # out_dot, with a leading axis for the directions
        return out_dot.T

For arguments and a value that are numbers or arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.infer import type_of
from s2sad.batch.transform import batch
from s2sad.errors import type_error
from s2sad.frontend.rules import lower_rule
from s2sad.ir.data import Atom, Bind, Block, Const, Function, Param, Statement, Var, Yield
from s2sad.ir.ops import TUPLE
from s2sad.ir.types import INT, Num, Static, Tup
from s2sad.ir.walk import all_reads, blocks, defined, operands, unique
from s2sad.origins import Origin

Made = tuple[Function, dict[str, Function]]


def forward_jacobian(
    made: Function, wrt: tuple[Var, ...], functions: dict[str, Function], value: Atom, aux: bool
) -> Made:
    """From a function with tangents, whose last parameters are those tangents, to one that returns
    the blocks of the Jacobian as a tuple, one for each of `wrt` (and aux behind it)."""
    _check((value, *wrt))
    made, functions = batch(made, _last(made, len(wrt)), functions)
    seeds = _last(made, len(wrt))
    origin = _origin(made)
    out, dots = made.body.terminator.values
    first = _Text(origin)
    starts, total = first.places(wrt)
    for seed, one, start in zip(seeds, wrt, starts, strict=True):
        first.bind(seed, unit_rows, x=one, start=start, total=total)
    last = _Text(origin)
    found = []
    for one, start in zip(wrt, starts, strict=True):
        rows = dots if len(wrt) == 1 else last.call(part_of, rows=dots, start=start, x=one)
        found.append(last.call(columns, rows=rows, out=value, x=one))
    statements = (*first.statements, *made.body.statements, *last.statements)
    return _returning(made, statements, found, seeds, last.second(out) if aux else None), functions


def reverse_jacobian(
    made: Function, wrt: tuple[Var, ...], functions: dict[str, Function], value: Atom, aux: bool
) -> Made:
    """The same from a function with a forward and a reverse sweep."""
    _check((value, *wrt))
    made, functions = batch(made, _last(made, 1), functions)
    (seed,) = _last(made, 1)
    origin = _origin(made)
    out, grads = made.body.terminator.values
    first = _Text(replace(origin, sweep="reverse") if origin else None)
    first.bind(seed, unit_rows, x=value, start=Const(0, INT), total=first.call(size, x=value))
    # The number of directions is asked for first of all.
    counting, *body = made.body.statements
    asked = {seed, *defined(counting)}
    place = next((k for k, s in enumerate(body) if asked & _reads(s)), len(body))
    last = _Text(first.origin)
    bars = [last.item(grads, k) for k in range(len(wrt))]
    pairs = zip(bars, wrt, strict=True)
    found = [last.call(rows_of, rows=bar, out=value, x=one) for bar, one in pairs]
    statements = (*body[:place], *first.statements, counting, *body[place:], *last.statements)
    second = last.second(out) if aux else None
    return _returning(made, statements, found, (seed,), second), functions


def _last(function: Function, count: int) -> tuple[Var, ...]:
    """The last parameters: the tangents, or the cotangent."""
    return tuple(p.var for p in function.params[-count:])


def _reads(statement: Statement) -> set[Var]:
    found = set(unique(operands(statement)))
    for block in blocks(statement):
        found |= set(unique(all_reads(block)))
    return found


def _check(values: Iterable[Atom]) -> None:
    if not all(isinstance(type_of(v), Num) for v in values):
        raise type_error(
            "S416",
            "a Jacobian of containers can't be differentiated again yet",
            help="pass arrays instead of containers, or use s2sad.ravel",
        )


def _origin(function: Function) -> Origin | None:
    found = (s.origin for s in function.body.statements if s.origin is not None)
    return next(found, None)


def _returning(
    made: Function,
    statements: tuple[Statement, ...],
    found: list[Atom],
    seeds: tuple[Var, ...],
    aux: Atom | None,
) -> Function:
    kind = Tup(tuple(map(type_of, found)))
    out = Var("", kind, _origin(made))
    pack = Bind((out,), TUPLE, tuple(found), (), (), out.origin)
    results = (out,) if aux is None else (out, aux)
    body = Block((), (*statements, pack), Yield(results))
    params: tuple[Param, ...] = tuple(p for p in made.params if p.var not in seeds)
    return replace(made, params=params, body=body)


class _Text:
    """Statements that are written as Python functions of this module, in a row."""

    def __init__(self, origin: Origin | None) -> None:
        self.origin = origin
        self.statements: list[Statement] = []

    def call(self, function: Callable[..., Any], **operands: Atom) -> Atom:
        """What a function gives for operands."""
        made, (result,) = lower_rule(function, list(operands.items()), self.origin, "")
        self.statements += made
        assert isinstance(result, (Var, Const))
        return result

    def bind(self, target: Var, function: Callable[..., Any], **operands: Atom) -> None:
        """The same, as the value of a variable that is there already."""
        kind = target.type
        assert isinstance(kind, Num)
        dtype = Const(np.dtype(kind.dtype).type, Static(np.dtype(kind.dtype).type))
        result = self.call(function, **operands, dtype=dtype)
        *before, last = self.statements
        assert isinstance(last, Bind) and last.outs == (result,)
        self.statements = [*before, replace(last, outs=(target,))]

    def places(self, values: tuple[Var, ...]) -> tuple[list[Atom], Atom]:
        """Where the directions of each value begin, and how many there are in all."""
        total: Atom = Const(0, INT)
        starts = []
        for value in values:
            starts.append(total)
            total = self.call(behind, start=total, x=value)
        return starts, total

    def item(self, value: Atom, k: int) -> Atom:
        return self.call(item, value=value, k=Const(k, INT))

    def second(self, value: Atom) -> Atom:
        return self.item(value, 1)


# -- what is written on the page


def size(x: Any) -> Any:
    return np.size(x)


def behind(start: Any, x: Any) -> Any:
    return start + np.size(x)


def item(value: Any, k: Any) -> Any:
    return value[k]


def unit_rows(x: Any, start: Any, total: Any, dtype: Any) -> Any:
    """For each direction, a value of the shape of x: unit vectors from direction `start` on, and
    zeros for the directions of other arguments."""
    if np.ndim(x) == 0:
        return np.reshape(np.eye(total, 1, -start, dtype=dtype), (total,))
    if np.ndim(x) == 1:
        return np.eye(total, x.shape[0], -start, dtype=dtype)
    return np.reshape(np.eye(total, x.size, -start, dtype=dtype), (total, *x.shape))


def part_of(rows: Any, start: Any, x: Any) -> Any:
    """The directions of one argument."""
    return rows[start : start + np.size(x)]


def columns(rows: Any, out: Any, x: Any) -> Any:
    """A block from the tangents of the value, whose first axis becomes those of the argument."""
    if np.ndim(x) == 0:
        return rows[0]
    if np.ndim(out) == 0:
        return np.reshape(rows, x.shape)
    if np.ndim(out) == 1 and np.ndim(x) == 1:
        return rows.T
    return np.reshape(np.moveaxis(rows, 0, -1), out.shape + x.shape)


def rows_of(rows: Any, out: Any, x: Any) -> Any:
    """A block from the cotangents of an argument, whose first axis becomes those of the value."""
    if np.ndim(out) == 0:
        return rows[0]
    if np.ndim(out) == 1:
        return rows
    return np.reshape(rows, out.shape + np.shape(x))

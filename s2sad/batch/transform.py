"""From a function with tangents or cotangents to one with a leading axis for them.

    x_dot: float64[n]            becomes     x_dot: float64[directions, n]
    u_dot = mul(k, x_dot)                    u_dot = mul(k, x_dot)
    s_dot = np.sum(u_dot)                    s_dot = np.sum(u_dot, axis=1)

What doesn't depend on a seed stays as it is. An operation that has no rule becomes a loop over
the directions. Functions of the page that are called with what differs get a version of their
own, once for each choice of such arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from s2sad.analysis import dims
from s2sad.batch.dependence import Dependence, dependence, differing_results
from s2sad.batch.indexing import batch_getitem, batch_write, behind
from s2sad.batch.one_by_one import one_by_one
from s2sad.batch.rules import batch_library, measured, rows_first
from s2sad.batch.scope import (
    Batch,
    OneByOne,
    Scope,
    aligned,
    give,
    made,
    moves,
    part,
    rank_of,
    read,
    spread,
)
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.ir.calls import calling
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Exit,
    For,
    Function,
    If,
    Op,
    Statement,
    Try,
    Var,
    While,
)
from s2sad.ir.ops import LEN
from s2sad.ir.types import INT, Num, Type
from s2sad.ir.walk import blocks, calls, definitions, map_blocks, refreshed, with_values
from s2sad.origins import Origin, Span
from s2sad.rules.operations import operation
from s2sad.runtime.helpers import directions_of

COUNT = "directions"
DIRECTIONS_OF = Op("directions_of", directions_of, "call", directions_of)


def batch(
    function: Function,
    seeds: tuple[Var, ...],
    functions: dict[str, Function],
    loops: list[str] | None = None,
) -> tuple[Function, dict[str, Function]]:
    """The function for all directions of its parameters `seeds`, and the functions of the page.
    loops: gets the names of the operations that become loops over the directions."""
    found = Dependence(functions)
    pages = _Pages(found, [] if loops is None else loops)
    last = frozenset({len(function.body.terminator.values) - 1})
    whole = pages.function(function, frozenset(seeds), function.name, last)
    return _renamed(whole, {**functions, **pages.done}, pages.origins)


class _Pages:
    """The versions of functions that were made. origins: what each is a version of."""

    def __init__(self, found: Dependence, loops: list[str]) -> None:
        self.found, self.loops = found, loops
        self.length = dims.fresh(0)
        self.names: dict[tuple[str, frozenset[int]], str] = {}
        self.done: dict[str, Function] = {}
        self.origins: dict[str, str] = {}

    def named(self, callee: str, moving: frozenset[int]) -> str:
        """The version of a function for these parameters that differ."""
        key = callee, moving
        if key not in self.names:
            name = f"{callee}_directions" if not self._other(callee) else (
                f"{callee}_directions_{self._other(callee) + 1}")  # fmt: skip
            self.names[key], self.origins[name] = name, callee
            function = refreshed(self.found.functions[callee])
            self.found.functions = {**self.found.functions}
            seeds = frozenset(function.params[j].var for j in moving)
            results = self.found.results[key]
            self.done[name] = self.function(function, seeds, name, results)
        return self.names[key]

    def _other(self, callee: str) -> int:
        return sum(other == callee for other, _ in self.names)

    def function(
        self,
        function: Function,
        seeds: frozenset[Var],
        name: str,
        results: frozenset[int] = frozenset(),
    ) -> Function:
        """A function whose parameters `seeds` have a leading axis."""
        moving = dependence(function, seeds, self.found)
        count = Var(COUNT, replace(INT, value=self.length), None)
        made_of = definitions(function.body)
        given = tuple(p.var for p in function.params if p.var in moving)
        whole = Batch(self.found, moving, count, self.length, made_of, given, self.loops)
        scope = Scope(whole)
        _count(scope, list(given), count, function)
        body = _Walk(self).block(scope, function.body, results)
        params = tuple(
            replace(p, var=made(scope, p.var), default=None) if p.var in moving else p
            for p in function.params
        )
        return replace(function, name=name, params=params, body=body)


def _count(scope: Scope, seeds: list[Var], count: Var, function: Function) -> None:
    """How many directions there are, from what differs."""
    arrays = [v for v in seeds if isinstance(v.type, Num)]
    args: tuple[Atom, ...] = tuple(made(scope, v) for v in arrays[:1] or seeds)
    origin = _origin(seeds, function)
    # Where seeds are cotangents, this is part of the reverse sweep.
    if origin is not None and seeds[0].hint.startswith("out_bar"):
        origin = replace(origin, sweep="reverse")
    op = LEN if arrays else DIRECTIONS_OF
    scope.origin = origin
    scope.statements.append(Bind((count,), op, args, (), (), origin))


def _origin(seeds: list[Var], function: Function) -> Origin | None:
    """The origin of a seed, or the `def` itself."""
    known = next((v.origin for v in seeds if v.origin is not None), None)
    if known is not None or function.source is None:
        return known
    line = function.source.first_line
    span = Span(line, 0, line, 0)
    return Origin(function.source, span, span)


class _Walk:
    """The walk over one function. Loops hand the positions of what their exits give downwards."""

    def __init__(self, pages: _Pages) -> None:
        self.pages = pages
        self.leaving: tuple[Var, ...] = ()

    def block(self, scope: Scope, block: Block, results: frozenset[int] | tuple[Var, ...]) -> Block:
        """A block; `results` says which of its values are handed out for each direction: the
        positions, or the variables that take them."""
        inner = Scope(
            scope.batch, scope.statements if isinstance(results, frozenset) else [], scope.origin
        )
        last = block.statements[-1] if block.statements else None
        for statement in block.statements[:-1]:
            self.statement(inner, statement)
        end = block.terminator
        first = _leaves(last)
        if last is not None and not first:
            self.statement(inner, last)
        targets = self.leaving if isinstance(end, Exit) else results
        values = tuple(
            spread(inner, v, t) if t is not None else read(inner, v)
            for v, t in zip(end.values, _goals(scope, end.values, targets), strict=True)
        )
        if last is not None and first:
            self.statement(inner, last)
        params = tuple(made(scope, p) if moves(scope, p) else p for p in block.params)
        return Block(params, tuple(inner.statements), with_values(end, values))

    def statement(self, scope: Scope, statement: Statement) -> None:
        scope.origin = statement.origin or scope.origin
        if isinstance(statement, Bind):
            _bind(scope, statement)
        elif isinstance(statement, (If, Try)):
            if isinstance(statement, If) and moves(scope, statement.test):
                raise _varying_test(scope)
            outs = tuple(statement.outs)
            made_ = map_blocks(statement, lambda arm: self.block(scope, arm, outs))
            scope.statements.append(replace(made_, outs=_made(scope, outs)))
        elif isinstance(statement, (For, While)):
            self.loop(scope, statement)
        else:
            self.call(scope, statement)

    def loop(self, scope: Scope, loop: For | While) -> None:
        slots = len(loop.inits)
        params = loop.body.params
        inits = tuple(
            spread(scope, a, p.type) if moves(scope, p) else a
            for a, p in zip(loop.inits, params, strict=False)
        )
        handed = (*loop.outs, *loop.ys)
        before, self.leaving = self.leaving, handed
        body = self.block(scope, loop.body, handed)
        self.leaving = before
        outs, ys = _made(scope, loop.outs), _made(scope, loop.ys)
        if isinstance(loop, For):
            xs = tuple(
                _rows(scope, x) if moves(scope, p) else x
                for x, p in zip(loop.xs, params[slots:], strict=True)
            )
            made_: Statement = replace(loop, inits=inits, xs=xs, body=body, outs=outs, ys=ys)
        else:
            cond = self.block(scope, loop.cond, ())
            made_ = replace(loop, inits=inits, cond=cond, body=body, outs=outs, ys=ys)
        scope.statements.append(made_)

    def call(self, scope: Scope, call: Call) -> None:
        params, results = differing_results(call, scope.batch.moving, self.pages.found)
        if not params:
            scope.statements.append(call)
            return
        name = self.pages.named(call.callee, params)
        args = tuple(spread(scope, a) if j in params else a for j, a in enumerate(call.args))
        outs = tuple(made(scope, v) if k in results else v for k, v in enumerate(call.outs))
        views = [
            (j, behind(call.args[j].type, path, call.args) if j in params else path)
            for j, path in call.views
        ]
        scope.statements.append(
            replace(call, callee=name, args=args, outs=outs, views=tuple(views))
        )


def _varying_test(scope: Scope) -> UnsupportedError:
    return UnsupportedError(
        (
            Diagnostic(
                "S207",
                "this is decided by a tangent or a cotangent, so directions differ in what is run",
                scope.origin,
                help="use s2sad.jvp or s2sad.vjp, one direction at a time",
            ),
        )
    )


def _leaves(statement: Statement | None) -> bool:
    return isinstance(statement, If) and any(
        isinstance(arm.terminator, Exit) for arm in blocks(statement)
    )


def _goals(
    scope: Scope, values: tuple[Atom, ...], targets: frozenset[int] | tuple[Var, ...]
) -> list[Type | None]:
    """For each value that is handed out for all directions, the type that it goes to."""
    if isinstance(targets, frozenset):
        return [_own(v) if k in targets or moves(scope, v) else None for k, v in enumerate(values)]
    if not targets:
        return [None] * len(values)
    return [t.type if moves(scope, t) else None for t in targets]


def _own(atom: Atom) -> Type:
    return atom.type


def _made(scope: Scope, outs: tuple[Var, ...]) -> tuple[Var, ...]:
    return tuple(made(scope, v) if moves(scope, v) else v for v in outs)


def _rows(scope: Scope, sequence: Atom) -> Atom:
    """What a loop reads by position: of an array, its rows in all directions."""
    value = spread(scope, sequence)
    return rows_first(scope, value) if isinstance(sequence.type, Num) else value


def _bind(scope: Scope, statement: Bind) -> None:
    differing = [v for v in statement.outs if moves(scope, v)]
    if not differing:
        if any(moves(scope, a) for a in statement.args):
            measured(scope, statement)
        else:
            scope.statements.append(statement)
        return
    before = len(scope.statements)
    try:
        _STRUCTURAL.get(statement.op.name, batch_library)(scope, statement)
    except OneByOne:
        del scope.statements[before:]
        one_by_one(scope, statement)


def _display(scope: Scope, statement: Bind) -> None:
    args = [part(scope, a) for a in statement.args]
    give(scope, statement.out, statement.op, args, **dict(statement.static))


def _rebuilt(scope: Scope, statement: Bind) -> None:
    """The first argument only says of which class the object is."""
    like, *parts = statement.args
    args = [read(scope, like), *(part(scope, a) for a in parts)]
    give(scope, statement.out, statement.op, args, **dict(statement.static))


def _append(scope: Scope, statement: Bind) -> None:
    give(scope, statement.out, statement.op, [spread(scope, a) for a in statement.args])


def _pop(scope: Scope, statement: Bind) -> None:
    outs = _made(scope, statement.outs)
    scope.statements.append(replace(statement, outs=outs, args=(read(scope, statement.args[0]),)))


def _select(scope: Scope, statement: Bind) -> None:
    test, then, orelse = statement.args
    kind = statement.out.type
    if moves(scope, test):
        rank = rank_of(statement.out)
        args = [aligned(scope, a, rank) for a in (test, then, orelse)]
        give(scope, statement.out, operation(np.where), args)
        return
    give(scope, statement.out, statement.op,
         (test, spread(scope, then, kind), spread(scope, orelse, kind)))  # fmt: skip


def _copy(scope: Scope, statement: Bind) -> None:
    give(scope, statement.out, statement.op, [read(scope, a) for a in statement.args])


_STRUCTURAL: dict[str, Callable[[Scope, Bind], None]] = {
    "getitem": batch_getitem,
    "setitem": batch_write,
    "additem": batch_write,
    "scatter_add": batch_write,
    "tuple": _display,
    "list": _display,
    "dict": _display,
    "construct": _display,
    "rebuilt": _rebuilt,
    "append": _append,
    "pop": _pop,
    "select": _select,
    "copy": _copy,
    "copied": _copy,
}


def _renamed(
    whole: Function, functions: dict[str, Function], origins: dict[str, str]
) -> tuple[Function, dict[str, Function]]:
    """Functions that are called, under the names of those that they are versions of where these
    are called no longer."""
    used: dict[str, None] = {}
    queue = [whole]
    while queue:
        for call in calls(queue.pop().body):
            if call.callee not in used:
                used[call.callee] = None
                queue.append(functions[call.callee])
    names: dict[str, str] = {}
    for name in used:
        origin = origins.get(name)
        if origin is not None and origin not in used and origin not in names.values():
            names[name] = origin
    kept = (replace(functions[n], name=names.get(n, n)) for n in used)
    done = {f.name: calling(f, names) for f in kept}
    return calling(whole, names), done

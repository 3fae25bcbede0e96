"""Parallel moves as assignments one by one, once the names are known."""

from __future__ import annotations

from dataclasses import replace

from s2sad.emit.liveness import is_pure
from s2sad.emit.tree import (
    Apply,
    Assign,
    Branch,
    Effect,
    Expr,
    Form,
    Guarded,
    Local,
    Loop,
    Move,
    Pattern,
    Ref,
    Stmt,
    locals_in,
    targets_in,
)
from s2sad.origins import Origin


def in_sequence(body: tuple[Stmt, ...], names: dict[Local, str]) -> tuple[Stmt, ...]:
    found: list[Stmt] = []
    for stmt in body:
        if isinstance(stmt, Move):
            for one in _resolve(stmt, names):
                found.insert(_place(one, stmt, found, names), one)
        elif isinstance(stmt, Branch):
            then, orelse = in_sequence(stmt.then, names), in_sequence(stmt.orelse, names)
            if then or orelse:
                found.append(replace(stmt, then=then, orelse=orelse))
            elif not is_pure(stmt.test):
                found.append(Effect(stmt.test, stmt.origin))
        elif isinstance(stmt, Loop):
            found.append(replace(stmt, body=in_sequence(stmt.body, names)))
        elif isinstance(stmt, Guarded):
            handlers = (replace(h, body=in_sequence(h.body, names)) for h in stmt.handlers)
            body = in_sequence(stmt.body, names)
            found.append(replace(stmt, body=body, handlers=tuple(handlers)))
        elif not (isinstance(stmt, Assign) and _same_name(stmt.target, stmt.value, names)):
            found.append(_conditional(stmt, names))
    return tuple(found)


def _conditional(stmt: Stmt, names: dict[Local, str]) -> Stmt:
    """`x = a if test else x` as `if test: x = a`."""
    choice = stmt.value if isinstance(stmt, Assign) else None
    if not isinstance(stmt, Assign) or not isinstance(choice, Form) or choice.kind != "choice":
        return stmt
    test, then, orelse = choice.args
    if _same_name(stmt.target, orelse, names):
        return Branch(test, (replace(stmt, value=then),), (), stmt.origin)
    if _same_name(stmt.target, then, names):
        return Branch(test, (), (replace(stmt, value=orelse),), stmt.origin)
    return stmt


def _same_name(target: Pattern, value: Expr | None, names: dict[Local, str]) -> bool:
    return (
        isinstance(target, Local) and isinstance(value, Ref) and names[target] == names[value.local]
    )


def _resolve(stmt: Move, names: dict[Local, str]) -> list[Assign]:
    """A parallel move as assignments one by one, with a tuple where they depend in a circle."""
    left = [(t, v) for t, v in stmt.pairs if v is not None and not _same_name(t, v, names)]
    left.sort(key=lambda pair: _own_origin(stmt, pair[1]) is stmt.origin)
    found: list[Assign] = []
    while left:
        ready = next((p for p in left if not _needed(p, left, names)), None)
        if ready is None:
            targets = tuple(t for t, _ in left)
            values = Form("tuple", tuple(v for _, v in left))
            found.append(Assign(targets, values, stmt.origin))
            return found
        left.remove(ready)
        found.append(Assign(ready[0], ready[1], _own_origin(stmt, ready[1])))
    return found


def _place(one: Assign, move: Move, found: list[Stmt], names: dict[Local, str]) -> int:
    """Where an assignment goes that belongs to another statement than the move it is part of:
    before the assignments that belong to the move's, as far as they don't depend on each other."""
    place = len(found)
    while one.origin is not move.origin and place > 0:
        before = found[place - 1]
        if not isinstance(before, Assign) or not _may_swap(before, one, names):
            break
        if _statement(before.origin) != _statement(move.origin):
            break
        place -= 1
    return place


def _statement(origin: Origin | None) -> object:
    return None if origin is None else (id(origin.source), origin.statement, origin.sweep)


def _may_swap(first: Assign, second: Assign, names: dict[Local, str]) -> bool:
    bound = [{names[v] for v in targets_in(s.target)} for s in (first, second)]
    read = [{names[v] for v in locals_in(s.value)} for s in (first, second)]
    apart = not (bound[0] & (bound[1] | read[1]) or bound[1] & read[0])
    return apart and is_pure(first.value) and is_pure(second.value)


def _own_origin(stmt: Move, value: Expr) -> Origin | None:
    """Where a value comes from: in the reverse sweep, what is computed on the way into a loop
    or out of a branch belongs to the statement that it is the reverse of."""
    made = value.bind.origin if isinstance(value, Apply) else None
    if made is None or stmt.origin is None or made.sweep != "reverse":
        return stmt.origin
    return stmt.origin if made.statement == stmt.origin.statement else made


def _needed(
    pair: tuple[Local, Expr], left: list[tuple[Local, Expr]], names: dict[Local, str]
) -> bool:
    name = names[pair[0]]
    return any(
        names[local] == name for other in left if other is not pair for local in locals_in(other[1])
    )

"""Names that are passed on where they may be unbound begin as None.

A value that a path leaves unbound is read by nothing on that path, but it may still be given on:
renamed, appended to a tape, or returned to be kept. Python would raise there.

    if t:                         v = None
        v = x * 2.0               if t:
    tape.append(v)                    v = x * 2.0
                                  tape.append(v)
"""

from __future__ import annotations

from collections.abc import Iterable

from s2sad.emit.tree import (
    Assign,
    Branch,
    Break,
    Effect,
    Expr,
    Form,
    Guarded,
    Lit,
    Local,
    Loop,
    Move,
    Ref,
    Return,
    Stmt,
    Store,
    bound_by,
    expressions,
    locals_in,
    raises,
    targets_in,
    walk,
)
from s2sad.ir.data import Const
from s2sad.ir.types import NONE

Names = dict[Local, str]
Bound = frozenset[str]


def with_placeholders(
    body: tuple[Stmt, ...], names: Names, params: Iterable[Local]
) -> tuple[Stmt, ...]:
    """The body of a function with `name = None` for each name that may be unbound where it is
    passed on, before the first statement that mentions it."""
    check = _Bindings(names)
    check.top(body, frozenset(names[p] for p in params))
    found: list[Stmt] = []
    for stmt in body:
        for name in [n for n in check.wanted if n in _mentioned((stmt,), names)]:
            found.append(Assign(check.wanted.pop(name), Lit(Const(None, NONE)), stmt.origin))
        found.append(stmt)
    return tuple(found)


class _Bindings:
    """Which names are bound for certain, and which are passed on where they are not."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.wanted: dict[str, Local] = {}
        # For each loop around: what is bound at each `break` so far.
        self.breaks: list[list[Bound]] = []

    def top(self, body: tuple[Stmt, ...], bound: Bound) -> None:
        """The statements of the function itself. What is copied there is read by the user, and
        raises as Python does."""
        for stmt in body:
            if not isinstance(stmt, Assign):
                self.note(stmt, bound)
            after = self.after(stmt, bound)
            if after is None:
                return
            bound = after

    def note(self, stmt: Stmt, bound: Bound) -> None:
        for local in _passed_on(stmt):
            if self.names[local] not in bound:
                self.wanted.setdefault(self.names[local], local)

    def block(self, body: tuple[Stmt, ...], bound: Bound) -> Bound | None:
        """What is bound at the end; None if the end isn't reached."""
        for stmt in body:
            self.note(stmt, bound)
            after = self.after(stmt, bound)
            if after is None:
                return None
            bound = after
        return bound

    def after(self, stmt: Stmt, bound: Bound) -> Bound | None:
        if isinstance(stmt, Branch):
            ends = [self.block(arm, bound) for arm in (stmt.then, stmt.orelse)]
            return _both([end for end in ends if end is not None])
        if isinstance(stmt, Loop):
            return self.loop(stmt, bound)
        if isinstance(stmt, Guarded):
            return self.guarded(stmt, bound)
        if isinstance(stmt, Break):
            self.breaks[-1].append(bound)
            return None
        if raises(stmt):
            return None
        if isinstance(stmt, Assign):
            return bound | {self.names[t] for t in targets_in(stmt.target)}
        if isinstance(stmt, Move):
            return bound | {self.names[t] for t, value in stmt.pairs if value is not None}
        return bound

    def guarded(self, stmt: Guarded, bound: Bound) -> Bound | None:
        ends = [self.block(stmt.body, bound)]
        for handler in stmt.handlers:
            caught = {self.names[handler.error]} if handler.error is not None else set()
            ends.append(self.block(handler.body, bound | caught))
        return _both([end for end in ends if end is not None])

    def loop(self, stmt: Loop, bound: Bound) -> Bound | None:
        self.breaks.append([])
        self.block(stmt.body, bound | {self.names[t] for t in targets_in(stmt.target)})
        left = self.breaks.pop()
        endless = stmt.target is None and isinstance(stmt.value, Lit)
        return _both(left if endless else [*left, bound])


def _both(ends: list[Bound]) -> Bound | None:
    return frozenset.intersection(*ends) if ends else None


def _passed_on(stmt: Stmt) -> tuple[Local, ...]:
    """The variables that a statement gives on without looking at them."""
    if isinstance(stmt, Assign):
        return _bare(stmt.value)
    if isinstance(stmt, Move):
        return tuple(v for _, value in stmt.pairs if value is not None for v in _bare(value))
    if isinstance(stmt, Store):
        return _bare(stmt.value)
    if isinstance(stmt, Return):
        # The function's own result is read here, and Python raises if it is unbound.
        return tuple(v for value in stmt.values[1:] for v in _bare(value))
    if isinstance(stmt, Effect) and isinstance(stmt.value, Form) and stmt.value.name == "append":
        return tuple(v for value in stmt.value.args[1:] for v in _bare(value))
    return ()


def _bare(value: Expr) -> tuple[Local, ...]:
    if isinstance(value, Ref):
        return (value.local,)
    if isinstance(value, Form) and value.kind in ("tuple", "list"):
        return tuple(v for item in value.args for v in _bare(item))
    return ()


def _mentioned(body: tuple[Stmt, ...], names: Names) -> set[str]:
    found = {v for stmt in walk(body) for v in bound_by(stmt)}
    found |= {v for stmt in walk(body) for expr in expressions(stmt) for v in locals_in(expr)}
    return {names[v] for v in found}

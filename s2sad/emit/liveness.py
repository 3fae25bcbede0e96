"""Liveness on the trees: which variables interfere, and which assignments nothing reads.

Two variables interfere where one is assigned while the other is still to be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from s2sad.analysis.raising import may_raise
from s2sad.emit.livesets import LiveSet, Numbering
from s2sad.emit.tree import (
    Apply,
    Assign,
    Branch,
    Break,
    Effect,
    Except,
    Expr,
    Form,
    Guarded,
    Local,
    Loop,
    Move,
    Ref,
    Stmt,
    Store,
    Write,
    children,
    expressions,
    locals_in,
    targets_in,
    walk,
)
from s2sad.ir.data import Bind

Live = LiveSet


@dataclass
class Graph:
    """Which variables may not share a name, and which moves would like to. conflicts: for each
    variable, as bits, those that are still to be read where it is assigned."""

    numbering: Numbering = field(default_factory=Numbering)
    conflicts: dict[Local, int] = field(default_factory=dict)
    moves: list[tuple[Local, Local]] = field(default_factory=list)
    reads: dict[Local, int] = field(default_factory=dict)

    def defines(self, local: Local, live: Live, source: Expr | None = None) -> None:
        bits = live.bits & ~self.numbering.bit(local)
        if isinstance(source, Ref):
            bits &= ~self.numbering.bit(source.local)
        self.conflicts[local] = self.conflicts.get(local, 0) | bits

    def apart(self, locals_: tuple[Local, ...]) -> None:
        """The variables are assigned at once: each needs a name of its own."""
        together = LiveSet(self.numbering)
        together.update(locals_)
        for local in locals_:
            self.defines(local, together)


def _must_run(bind: Bind) -> bool:
    """Whether a statement of the primal may raise, whoever reads its value. What is saved of a
    write raises as the write does."""
    if len(bind.outs) == 1 and bind.out.hint.endswith(".old"):
        return False
    return bind.origin is not None and bind.origin.sweep == "forward" and may_raise(bind)


def is_pure(expr: Expr) -> bool:
    """Whether nothing but the value is lost if the expression isn't evaluated."""
    if isinstance(expr, Apply) and (expr.bind.op.effect == "outside" or _must_run(expr.bind)):
        return False
    if isinstance(expr, Form) and (expr.kind == "method" or expr.kind == "call"):
        return False
    return all(is_pure(child) for child in children(expr))


class Liveness:
    """Walks a tree backwards; with a graph, records interference; drops dead assignments."""

    def __init__(self, graph: Graph | None) -> None:
        self.graph = graph
        # What the handlers around read: it lives as long as something may raise.
        self.handled = 0

    def block(self, body: tuple[Stmt, ...], live: Live, after_loop: Live) -> tuple[Stmt, ...]:
        kept: list[Stmt] = []
        for stmt in reversed(body):
            new = self.stmt(stmt, live, after_loop)
            live.bits |= self.handled
            if new is not None:
                kept.append(new)
        return tuple(reversed(kept))

    def stmt(self, stmt: Stmt, live: Live, after_loop: Live) -> Stmt | None:
        if isinstance(stmt, Assign):
            return self.assign(stmt, live)
        if isinstance(stmt, Move):
            return self.move(stmt, live)
        if isinstance(stmt, Branch):
            return self.branch(stmt, live, after_loop)
        if isinstance(stmt, Loop):
            return self.loop(stmt, live)
        if isinstance(stmt, Guarded):
            return self.guarded(stmt, live, after_loop)
        if isinstance(stmt, Break):
            live.become(after_loop)
        else:
            read_all(live, stmt)
        return stmt

    def assign(self, stmt: Assign, live: Live) -> Stmt | None:
        targets = targets_in(stmt.target)
        if not any(t in live for t in targets):
            if is_pure(stmt.value):
                return None
            if isinstance(stmt.target, Local):
                _read(live, stmt.value)
                return Effect(stmt.value, stmt.origin)
        if self.graph:
            self.graph.apart(targets)
            for target in targets:
                self.graph.defines(target, live, stmt.value)
            if isinstance(stmt.target, Local) and isinstance(stmt.value, Ref):
                self.graph.moves.append((stmt.target, stmt.value.local))
        for target in targets:
            live.discard(target)
        _read(live, stmt.value)
        return stmt

    def move(self, stmt: Move, live: Live) -> Stmt | None:
        pairs = tuple((t, v) for t, v in stmt.pairs if t in live)
        if self.graph:
            self.graph.apart(tuple(target for target, _ in pairs))
            for target, value in pairs:
                self.graph.defines(target, live, value)
                if isinstance(value, Ref):
                    self.graph.moves.append((target, value.local))
        for target, _ in pairs:
            live.discard(target)
        for _, value in pairs:
            _read(live, value)
        return replace(stmt, pairs=pairs) if pairs else None

    def branch(self, stmt: Branch, live: Live, after_loop: Live) -> Stmt | None:
        other = live.copy()
        then = self.block(stmt.then, live, after_loop)
        orelse = self.block(stmt.orelse, other, after_loop)
        live.bits |= other.bits
        _read(live, stmt.test)
        if _is_empty(then) and _is_empty(orelse) and is_pure(stmt.test):
            return None
        return replace(stmt, then=then, orelse=orelse)

    def guarded(self, stmt: Guarded, live: Live, after_loop: Live) -> Stmt | None:
        around = self.handled
        handlers = tuple(self.handler(h, live, after_loop) for h in stmt.handlers)
        caught = 0
        for _, inner in handlers:
            caught |= inner.bits
        self.handled |= caught
        live.bits |= self.handled
        body = self.block(stmt.body, live, after_loop)
        self.handled = around
        live.bits |= caught
        _read(live, stmt.manager)
        if _is_empty(body) and stmt.manager is None:
            return None
        return replace(stmt, body=body, handlers=tuple(h for h, _ in handlers))

    def handler(self, handler: Except, after: Live, after_loop: Live) -> tuple[Except, Live]:
        """A handler, and what lives where it begins. Python deletes the name of the exception at
        its end, so it is shared with nothing that lives behind it."""
        live = after.copy()
        body = self.block(handler.body, live, after_loop)
        for local in handler.unbound:
            live.discard(local)
        if handler.error is not None:
            used = handler.error in live
            if self.graph and used:
                self.graph.defines(handler.error, after)
                self.graph.defines(handler.error, live)
            live.discard(handler.error)
            handler = replace(handler, error=handler.error if used else None)
        return replace(handler, body=body), live

    def loop(self, stmt: Loop, live: Live) -> Stmt | None:
        after = live.copy()
        graph, self.graph = self.graph, None
        head = after.copy()
        while True:
            grown = head.copy()
            self.trip(stmt, grown, head, after)
            if not grown.bits & ~head.bits:
                break
            head.bits |= grown.bits
        self.graph = graph
        entry = head.copy()
        body = self.trip(stmt, entry, head, after)
        if _is_empty(body) and _is_idle(stmt, after):
            return None
        live.bits |= head.bits | entry.bits
        if stmt.target is not None:
            _read(live, stmt.value)
        return replace(stmt, body=body)

    def trip(self, stmt: Loop, live: Live, head: Live, after: Live) -> tuple[Stmt, ...]:
        """One trip; `live` becomes what lives at the head."""
        live.become(head)
        if stmt.target is None:
            _read(live, stmt.value)
        body = self.block(stmt.body, live, after)
        targets = targets_in(stmt.target)
        if self.graph:
            self.graph.apart(targets)
            around = live.copy()
            if targets:
                _read(around, stmt.value)
            for target in targets:
                self.graph.defines(target, around)
        for target in targets:
            live.discard(target)
        live.bits |= after.bits
        if stmt.target is None:
            _read(live, stmt.value)
        return body


def _is_empty(body: tuple[Stmt, ...]) -> bool:
    """Whether a body prints nothing."""
    return all(isinstance(s, Move) and not any(v for _, v in s.pairs) for s in body)


def _is_idle(stmt: Loop, after: Live) -> bool:
    """Whether a loop without a body does nothing else, either."""
    counted = stmt.target is not None and _is_sequence(stmt.value)
    return counted and not any(t in after for t in targets_in(stmt.target))


def _is_sequence(expr: Expr) -> bool:
    parts = children(expr)
    if isinstance(expr, Form) and expr.kind == "call":
        known = expr.name in ("range", "reversed", "enumerate", "len", "zip", "min")
        return known and all(_is_sequence(part) for part in parts)
    return is_pure(expr) and all(_is_sequence(part) for part in parts)


def _read(live: Live, expr: Expr | None) -> None:
    live.update(locals_in(expr))


def read_all(live: Live, stmt: Stmt) -> None:
    """What a simple statement reads."""
    for expr in expressions(stmt):
        _read(live, expr)
    if isinstance(stmt, (Write, Store)):
        live.add(stmt.base)


def pruned(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    while True:
        before = sum(1 for _ in walk(body))
        numbering = Numbering()
        body = Liveness(None).block(body, LiveSet(numbering), LiveSet(numbering))
        if sum(1 for _ in walk(body)) == before:
            return body

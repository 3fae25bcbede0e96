"""Several stacks of one array become one, where what is popped mirrors what is pushed.

Before: each stack is a list of its own, pushed at one place and popped at one place. After:
those of the same name whose pops, in their loops, come in exactly the opposite order of their
pushes share the list of the first. That is sound because each stack alone is balanced: a loop
that pops runs as often as the one that pushes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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
    Ref,
    Return,
    Stmt,
    Store,
    Write,
    bodies,
    children,
    expressions,
    locals_in,
    walk,
)
from s2sad.frozen import frozen

# What happens to stacks, in order: a stack is pushed or popped, or a loop holds such events.
Events = tuple["Local | Events", ...]


@frozen
class _Inner:
    """The trace of a nested body that has one."""

    trace: Trace
    branch: bool


# All that a body does to some stacks: "pushes" or "pops" with the stack, and nested bodies.
Trace = tuple[tuple[str, Local] | _Inner, ...]
EVENTS = ("made", "pushes", "pops", "reads")
# How often each of them befalls a stack.
STACK = [1, 1, 1, 2]


def merged(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """The statements with stacks merged."""
    groups: dict[str, list[Local]] = {}
    for local in _stacks(body):
        groups.setdefault(local.hint, []).append(local)
    several = [stacks for stacks in groups.values() if len(stacks) > 1]
    trace = _trace(body, frozenset(s for stacks in several for s in stacks)) if several else ()
    mapping: dict[Local, Local] = {}
    for stacks in several:
        mapping.update(_shared(trace, stacks))
    return _renamed(body, mapping) if mapping else body


def _shared(trace: Trace, stacks: list[Local]) -> dict[Local, Local]:
    """As many of the stacks as go together, mapped to the first one."""
    if _mirrored(trace, frozenset(stacks)):
        return dict.fromkeys(stacks[1:], stacks[0])
    group = [stacks[0]]
    for stack in stacks[1:]:
        if _mirrored(trace, frozenset([*group, stack])):
            group.append(stack)
    return dict.fromkeys(group[1:], group[0])


# -- which lists are stacks


def _stacks(body: tuple[Stmt, ...]) -> Iterator[Local]:
    """The lists that are made empty once, pushed at one place and popped at one, and that
    nothing else reads, in the order in which they are made."""
    trails = _trails(body)
    for stmt in body:
        if not isinstance(stmt, Assign) or not isinstance(stmt.target, Local):
            continue
        if stmt.value == Form("list") and trails[stmt.target] == STACK:
            yield stmt.target


def _trails(body: tuple[Stmt, ...]) -> dict[Local, list[int]]:
    """How often each of the events befalls each variable."""
    found: dict[Local, list[int]] = {}

    def count(kind: str, local: Local) -> None:
        found.setdefault(local, [0] * len(EVENTS))[EVENTS.index(kind)] += 1

    for stmt in walk(body):
        if isinstance(stmt, Assign) and isinstance(stmt.target, Local):
            count("made", stmt.target)
        for expr in expressions(stmt):
            for local in locals_in(expr):
                count("reads", local)
            for kind, local in _uses(expr):
                count(kind, local)
    return found


def _uses(expr: Expr) -> Iterator[tuple[str, Local]]:
    """The pushes and pops in an expression, in the order in which they happen."""
    for child in children(expr):
        yield from _uses(child)
    stack = expr.args[0] if isinstance(expr, Form) and expr.kind == "method" else None
    if isinstance(expr, Form) and isinstance(stack, Ref) and expr.name in ("append", "pop"):
        yield "pushes" if expr.name == "append" else "pops", stack.local


# -- the order of events


def _trace(body: tuple[Stmt, ...], stacks: frozenset[Local]) -> Trace:
    found: list[tuple[str, Local] | _Inner] = []
    for stmt in body:
        found += [use for e in expressions(stmt) for use in _uses(e) if use[1] in stacks]
        traces = (_trace(inner, stacks) for inner in bodies(stmt))
        found += [_Inner(trace, isinstance(stmt, (Branch, Guarded))) for trace in traces if trace]
    return tuple(found)


def _mirrored(trace: Trace, stacks: frozenset[Local]) -> bool:
    pushed, popped = _events(trace, "pushes", stacks), _events(trace, "pops", stacks)
    return pushed is not None and popped is not None and _reverse(pushed) == popped


def _reverse(events: Events) -> Events:
    return tuple(_reverse(e) if isinstance(e, tuple) else e for e in reversed(events))


def _events(trace: Trace, kind: str, stacks: frozenset[Local]) -> Events | None:
    """What happens to the stacks, loop in loop; None where a branch may skip some of it."""
    found: list[Local | Events] = []
    for step in trace:
        if not isinstance(step, _Inner):
            found += [step[1]] if step[0] == kind and step[1] in stacks else []
            continue
        events = _events(step.trace, kind, stacks)
        if events is None or (events and step.branch):
            return None
        found += [events] if events else []
    return tuple(found)


# -- renaming


def _renamed(body: tuple[Stmt, ...], mapping: dict[Local, Local]) -> tuple[Stmt, ...]:
    """The statements with merged stacks, which are made only once."""
    kept = [s for s in body if not (isinstance(s, Assign) and s.target in mapping)]
    return tuple(_statement(s, mapping) for s in kept)


def _statement(stmt: Stmt, mapping: dict[Local, Local]) -> Stmt:
    def expr(e: Expr) -> Expr:
        return _expression(e, mapping)

    if isinstance(stmt, (Assign, Effect)):
        return replace(stmt, value=expr(stmt.value))
    if isinstance(stmt, Move):
        return replace(stmt, pairs=tuple((t, v and expr(v)) for t, v in stmt.pairs))
    if isinstance(stmt, Write):
        return replace(stmt, args=tuple(expr(a) for a in stmt.args))
    if isinstance(stmt, Store):
        return replace(stmt, index=expr(stmt.index), value=expr(stmt.value))
    if isinstance(stmt, Return):
        return replace(stmt, values=tuple(expr(v) for v in stmt.values))
    if isinstance(stmt, Branch):
        then, orelse = (tuple(_statement(s, mapping) for s in b) for b in bodies(stmt))
        return replace(stmt, test=expr(stmt.test), then=then, orelse=orelse)
    if isinstance(stmt, Guarded):
        handlers = tuple(
            replace(h, body=tuple(_statement(s, mapping) for s in h.body)) for h in stmt.handlers
        )
        tried = tuple(_statement(s, mapping) for s in stmt.body)
        manager = stmt.manager and expr(stmt.manager)
        return replace(stmt, body=tried, handlers=handlers, manager=manager)
    if isinstance(stmt, Loop):
        inner = tuple(_statement(s, mapping) for s in stmt.body)
        return replace(stmt, value=expr(stmt.value), body=inner)
    return stmt


def _expression(expr: Expr, mapping: dict[Local, Local]) -> Expr:
    if isinstance(expr, Ref):
        return Ref(mapping.get(expr.local, expr.local))
    if isinstance(expr, (Apply, Form)):
        return replace(expr, args=tuple(_expression(a, mapping) for a in expr.args))
    return expr

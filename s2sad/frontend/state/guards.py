"""What an enclosing `try` watches: which statements may raise what it catches, and what then holds.

While the body of a `try` is lowered, a `Mark` with the present state stands before each statement
that may raise what a handler is for. When the body is done, `settle` makes `Try`s of them: one
around as many statements as leave what a handler can see as it was, so that what it sees is what
held before the first of them. Behind it stands an `if` that leaves for the handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from s2sad.analysis.raising import Classes, may_be_caught
from s2sad.frontend.state.drafts import (
    Draft,
    DraftHandler,
    DraftIf,
    DraftTry,
    Fall,
    Leave,
    Mark,
    Scope,
    arms,
    is_bottom,
)
from s2sad.frontend.state.heap import Name, State, reachable
from s2sad.frontend.state.values import Known, Unbound, Value, same
from s2sad.ir.data import Atom, Bind, Call, Const, Undefined, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import BOOL, INT, Opaque
from s2sad.ir.walk import all_statements, blocks
from s2sad.origins import Origin

EXCEPTION = Opaque("exception")


class Jump(gast.AST):  # type: ignore[misc]
    """A `return`, `break`, `continue` or `raise` that something between here and its target puts
    off: a loop, which is left first, or a `finally`, which runs first."""

    _fields = ()

    def __init__(self, kind: str, guard: Guard | None, number: int, origin: Origin) -> None:
        super().__init__()
        self.kind, self.guard, self.number = kind, guard, number
        span = origin.statement
        self.lineno, self.col_offset = span.line, span.column
        self.end_lineno, self.end_col_offset = span.end_line, span.end_column


@dataclass(eq=False)
class Guard:
    """A `try` whose body is being lowered.

    handlers: the classes of each, numbered from 1. flag: the hidden name of that number.
    errors: the hidden names of the exceptions, where a handler wants it. base: what held before
    the body. live: whether a handler, or what follows, may see a name. newest: the last frame
    there was before the body. used: the handlers that something can reach.
    """

    scope: Scope
    handlers: list[Classes]
    flag: Name
    errors: dict[int, Name]
    base: State
    live: Callable[[Name], bool]
    origin: Origin
    newest: int
    used: set[int] = field(default_factory=set)
    jumps: dict[int, Jump] = field(default_factory=dict)


def watch(ctx: Any, statement: Bind | Call) -> None:
    """Marks the place where `statement` is about to be put, if a handler may catch what it
    raises."""
    if not ctx.guards:
        return
    classes = tuple(c for guard in ctx.guards for own in guard.handlers for c in own)
    if may_be_caught(statement, classes):
        guards, scopes = tuple(ctx.guards), tuple(ctx.scopes)
        ctx.draft.statements.append(Mark(ctx.state.copy(), scopes, guards, statement.origin))


def land(scopes: tuple[Scope, ...], guard: Guard, number: int, state: State, draft: Draft) -> None:
    """Ends a draft by leaving for a handler; loops in between are left first."""
    guard.used.add(number)
    start = scopes.index(guard.scope)
    loop = next((s for s in reversed(scopes[start + 1 :]) if s.kind == "loop"), None)
    newest = guard.newest if loop is None else loop.newest
    for name in [n for n in state.names if n[0] > newest]:
        del state.names[name]
    if loop is None:
        state.names[guard.flag] = Known(number)
        end = Leave(guard.scope, 0, state, draft)
    else:
        jump = guard.jumps.setdefault(number, Jump("raise", guard, number, guard.origin))
        if jump not in loop.returns:
            loop.returns.append(jump)
        end = Leave(loop, 2 + loop.returns.index(jump), state, draft)
    end.scope.leaves.append(end)
    draft.end = end


def catcher(ctx: Any, cls: type) -> tuple[Guard, int] | None:
    """The guard that catches an exception of this class, and the number of the handler."""
    for guard in reversed(ctx.guards):
        for k, classes in enumerate(guard.handlers):
            if issubclass(cls, classes):
                return guard, k + 1
    return None


# -- marks


def marks_in(item: Any) -> Iterator[Mark]:
    """The marks in a draft, or in what stands in one."""
    if isinstance(item, Mark):
        yield item
    elif isinstance(item, Draft):
        for statement in item.statements:
            yield from marks_in(statement)
    elif isinstance(item, DraftIf):
        for arm in arms(item):
            yield from marks_in(arm)
    elif isinstance(item, DraftTry):
        yield from marks_in(item.body)


def strip(item: Any) -> None:
    """Takes the marks out of what stands in a draft."""
    inner = [item] if isinstance(item, Draft) else []
    inner += list(arms(item)) if isinstance(item, DraftIf) else []
    inner += [item.body] if isinstance(item, DraftTry) else []
    for draft in inner:
        draft.statements[:] = [s for s in draft.statements if not isinstance(s, Mark)]
        for statement in draft.statements:
            strip(statement)


def common(item: Any) -> Mark | None:
    """The first mark inside, if the handlers see the same at all of them."""
    found = list(marks_in(item))
    return found[0] if found and all(alike(found[0], m) for m in found[1:]) else None


def alike(one: Mark, other: Mark) -> bool:
    """Whether the handlers see the same at two marks."""
    return one.guards == other.guards and _unchanged(one.guards, one.state, other.state)


def _unchanged(guards: tuple[Guard, ...], one: State, other: State) -> bool:
    names = [n for n in {**one.names, **other.names} if any(g.live(n) for g in guards)]
    for name in names:
        values = [s.names.get(name, Unbound(name[1])) for s in (one, other)]
        if not same(*values):
            return False
    seen = reachable(one, [one.names[n] for n in names if n in one.names])
    numbers = dict.fromkeys([*seen, *(n for g in guards for n in g.base.heap)])
    return all(one.heap.get(n) is other.heap.get(n) for n in numbers)


def has_leaves(item: Any) -> bool:
    """Whether a path through what stands in a draft leaves something."""
    if not isinstance(item, DraftIf):
        return False
    ends = [arm for arm in arms(item) if isinstance(arm.end, Leave)]
    inner = (has_leaves(s) for arm in arms(item) for s in arm.statements)
    return any(not is_bottom(arm) for arm in ends) or any(inner)


# -- from marks to `Try`s


def settle(draft: Draft) -> None:
    """Puts what is marked into `Try`s, in place."""
    position = 0
    while position < len(draft.statements):
        item = draft.statements[position]
        if isinstance(item, Mark):
            position = _enclose(draft, position)
            continue
        if isinstance(item, (DraftIf, DraftTry)):
            position += _settle_inside(draft, position, item)
            continue
        position += 1


def _settle_inside(draft: Draft, position: int, item: DraftIf | DraftTry) -> int:
    """Moves one mark before a statement, or settles its insides; gives by how much to go on."""
    mark = None if has_leaves(item) or item.entry is None else common(item)
    before = mark and replace(mark, state=item.entry.copy())
    if mark is not None and before is not None and alike(before, mark):
        strip(item)
        draft.statements.insert(position, before)
        return 0
    for inner in arms(item) if isinstance(item, DraftIf) else ():
        settle(inner)
    return 1


def _enclose(draft: Draft, position: int) -> int:
    """Makes one `Try` of the statements from a mark on; gives the position behind."""
    mark = draft.statements[position]
    assert isinstance(mark, Mark)
    last = _reach(draft, position, mark)
    body = [s for s in draft.statements[position : last + 1] if not isinstance(s, Mark)]
    found = _handlers(mark, body)
    if not found:
        draft.statements[position : last + 1] = body
        return position + len(body)
    made = _tried(mark, body, found)
    draft.statements[position : last + 1] = made
    return position + len(made)


def _reach(draft: Draft, position: int, mark: Mark) -> int:
    """The last statement that goes into the same `Try`."""
    last, k = position + 1, position + 2
    while k < len(draft.statements):
        item = draft.statements[k]
        if isinstance(item, Mark):
            if not alike(mark, item):
                break
            last = k + 1
        elif has_leaves(item):
            break
        elif any(True for _ in marks_in(item)):
            inner = common(item)
            if inner is None or not alike(mark, inner):
                break
            strip(item)
            last = k
        k += 1
    return last


Caught = list[tuple[Guard, int, Classes]]


def _handlers(mark: Mark, body: list[Any]) -> Caught:
    """The handlers that something in the body may reach, innermost first."""
    found: Caught = []
    earlier: list[type] = []
    for guard in reversed(mark.guards):
        for k, classes in enumerate(guard.handlers):
            new = tuple(c for c in classes if not any(issubclass(c, e) for e in earlier))
            if new and any(_may_reach(item, new) for item in body):
                found.append((guard, k + 1, new))
            earlier += classes
    return found


def _may_reach(item: Any, classes: Classes) -> bool:
    if isinstance(item, DraftIf):
        return any(_may_reach(s, classes) for arm in arms(item) for s in arm.statements)
    if isinstance(item, DraftTry):
        return any(_may_reach(s, classes) for s in item.body.statements)
    inner = (s for block in blocks(item) for s in all_statements(block))
    return any(may_be_caught(s, classes) for s in (item, *inner))


def _tried(mark: Mark, body: list[Any], found: Caught) -> list[Any]:
    """A `Try`, and the tests that leave for the handlers."""
    origin = found[0][0].origin
    one = len(found) == 1
    kind = BOOL if one else INT
    flag = Var("raised", kind, origin)
    error = Var("error", EXCEPTION, origin)
    wanted = any(number in guard.errors for guard, number, _ in found)
    extra: list[tuple[Var, Atom]] = [(flag, Const(False, BOOL) if one else Const(0, INT))]
    extra += [(error, Undefined("error", EXCEPTION))] if wanted else []
    handlers: list[DraftHandler] = []
    tests: list[Any] = []
    for code, (guard, number, classes) in enumerate(found, 1):
        caught = Var("caught", EXCEPTION, origin) if number in guard.errors else None
        value: list[Atom] = [Const(True, BOOL) if one else Const(code, INT)]
        value += [caught or Undefined("error", EXCEPTION)] if wanted else []
        kinds = tuple(Const(c, Opaque("type")) for c in classes)
        handlers.append(DraftHandler(kinds, caught, tuple(value)))
        test = flag if one else Var("", BOOL, origin)
        if not one:
            code_atom = Const(code, INT)
            tests.append(Bind((test,), OPERATORS["eq"], (flag, code_atom), (), (), origin))
        tests.append(_leaving(mark, guard, number, test, error))
    return [DraftTry(Draft(body), handlers, tuple(extra), None, origin), *tests]


def _leaving(mark: Mark, guard: Guard, number: int, test: Var, error: Var) -> DraftIf:
    leaving = Draft()
    state = mark.state.copy()
    if number in guard.errors:
        state.names[guard.errors[number]] = Value(error)
    land(mark.scopes, guard, number, state, leaving)
    return DraftIf((), test, leaving, Draft(end=Fall()), guard.origin)


def covering(draft: Draft, entry: State, scopes: list[Scope]) -> Mark | None:
    """For the body of a loop: the mark to put before the loop, if the handlers see at all marks
    inside what they would have seen there. Otherwise what is marked is settled inside."""
    mark = next(marks_in(draft), None)
    if mark is None:
        return None
    before = replace(mark, state=entry.copy(), scopes=tuple(scopes))
    if common(draft) is not None and alike(before, mark):
        strip(draft)
        return before
    settle(draft)
    return None

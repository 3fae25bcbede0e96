"""Drafts of blocks, while exits are still open, and their normal form.

While the frontend lowers a scope (a loop body, a function body), `break`, `continue` and
`return` stand as `Leave`s in the arms where they occur. `tail_form` then moves what follows a
leaving `if` into the arm that stays, so that every leave ends its scope: the last statement of a
block, as the IR wants it. Nothing is copied; where two arms stay, a flag tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Exit,
    Handler,
    If,
    Manager,
    Op,
    Statement,
    Try,
    Undefined,
    Var,
    Yield,
)
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import BOOL, INT, Type
from s2sad.ir.walk import all_statements, clone, defined, rebuild, resolve, substitute
from s2sad.origins import Origin

# `out = alias(value)`: a name for a value, gone after `freeze`.
ALIAS = Op("alias", lambda value: value, "structural")


@dataclass(eq=False)
class Scope:
    """What a leave can end. kind: "function", "loop", "unrolled", "iteration", "try", "finally"."""

    kind: str
    leaves: list[Leave] = field(default_factory=list)
    returns: list[Any] = field(default_factory=list)
    # Of a `finally`: the hidden name of the number of what was put off.
    flag: Any = None
    # Of a loop: the last frame there was before its body.
    newest: int = 0
    # The number of the frame that it belongs to.
    frame: int = 0


@dataclass(eq=False)
class Fall:
    """The end of an arm that stays: its values, one for each out of the `if`."""

    values: tuple[Atom, ...] = ()


@dataclass(eq=False)
class Leave:
    """The end of an arm that leaves `scope` with a number (0: as if its end were reached).

    state: what holds there, until `values` are settled.
    """

    scope: Scope
    number: int
    state: Any
    draft: Draft
    values: tuple[Atom, ...] = ()


@dataclass(eq=False)
class Draft:
    statements: list[Statement | DraftIf | DraftTry | Mark] = field(default_factory=list)
    end: Fall | Leave | None = None


@dataclass(eq=False)
class DraftIf:
    outs: tuple[Var, ...]
    test: Atom
    then: Draft
    orelse: Draft
    origin: Origin | None
    # What held before, while a `try` watches.
    entry: Any = None


@dataclass(eq=False)
class DraftTry:
    """A `Try` whose body has no leaves. handlers: their classes, and what they yield; the outs are
    what the body's statements bind, and then one for each of `extra`, with the value that it has
    where nothing was raised."""

    body: Draft
    handlers: list[DraftHandler]
    extra: tuple[tuple[Var, Atom], ...]
    manager: Manager | None
    origin: Origin | None
    entry: Any = None


@dataclass(eq=False)
class DraftHandler:
    """classes: what is caught. error: the exception, in the handler's block, or None. values: one
    for each of the extra outs."""

    classes: tuple[Const, ...]
    error: Var | None
    values: tuple[Atom, ...]


@dataclass(eq=False)
class Mark:
    """Stands before a statement that may raise what an enclosing `try` catches, with what holds
    there: state, and the scopes and guards around."""

    state: Any
    scopes: tuple[Scope, ...]
    guards: tuple[Any, ...]
    origin: Origin | None


def arms(node: DraftIf) -> tuple[Draft, Draft]:
    return node.then, node.orelse


def leaves_in(draft: Draft, scope: Scope) -> Iterator[Leave]:
    """The leaves of a scope in a draft, however deep in its `if`s."""
    for statement in draft.statements:
        if isinstance(statement, DraftIf):
            for arm in arms(statement):
                yield from leaves_in(arm, scope)
    if isinstance(draft.end, Leave) and draft.end.scope is scope:
        yield draft.end


def stays(draft: Draft) -> bool:
    """Whether a path through the draft reaches its end and goes on behind it."""
    return isinstance(draft.end, Fall)


def tail_form(draft: Draft, scope: Scope, kinds: list[tuple[str, Type]]) -> None:
    """Rewrites a draft (whose end is a leave of `scope`, or of another) in place, so that every
    leave of the scope is in tail position. kinds: hint and type of each value of a leave."""
    for position, statement in enumerate(draft.statements):
        if isinstance(statement, DraftIf) and any(
            True for arm in arms(statement) for _ in leaves_in(arm, scope)
        ):
            _sink(draft, position, statement, scope, kinds)
            return


def _sink(
    draft: Draft, position: int, node: DraftIf, scope: Scope, kinds: list[tuple[str, Type]]
) -> None:
    staying = [arm for arm in arms(node) if stays(arm)]
    nested = [arm for arm in staying if any(True for _ in leaves_in(arm, scope))]
    if len(staying) == 2 and nested:
        node = _flagged(draft, position, node, scope, kinds)
        position = draft.statements.index(node)
        staying = [arm for arm in arms(node) if stays(arm)]
    rest, end = draft.statements[position + 1 :], draft.end
    del draft.statements[position + 1 :]
    for arm in staying:
        assert isinstance(arm.end, Fall)
        arm.statements += [
            Bind((out,), ALIAS, (value,))
            for out, value in zip(node.outs, arm.end.values, strict=True)
        ]
        arm.statements += rest
        arm.end = end
    for arm in arms(node):
        tail_form(arm, scope, kinds)
    _close(draft, node, scope, kinds)


def _close(draft: Draft, node: DraftIf, scope: Scope, kinds: list[tuple[str, Type]]) -> None:
    """The `if` is now the last statement: its arms' ends become values of the `if`."""
    outs = tuple(Var(hint, kind) for hint, kind in kinds)
    node.outs = outs
    normal = [arm for arm in arms(node) if _ends_normally(arm, scope)]
    for arm in normal:
        assert isinstance(arm.end, Leave)
        arm.end = Fall(arm.end.values)
    hole = tuple(Undefined(hint, kind) for hint, kind in kinds)
    if normal:
        for arm in arms(node):
            if is_bottom(arm):
                arm.end = Fall(hole)
        draft.end = Leave(scope, 0, None, draft, outs)
    else:
        node.outs = ()
        other = next((arm.end for arm in arms(node) if isinstance(arm.end, Leave)), None)
        foreign = other is not None and other.scope is not scope
        draft.end = other if foreign and other else Leave(scope, 0, None, draft, hole)


def is_bottom(draft: Draft) -> bool:
    """Whether nothing comes back from a draft: it raises."""
    return isinstance(draft.end, Leave) and draft.end.scope.kind == "bottom"


def _ends_normally(arm: Draft, scope: Scope) -> bool:
    return isinstance(arm.end, Leave) and arm.end.scope is scope and arm.end.number == 0


def _flagged(
    draft: Draft, position: int, node: DraftIf, scope: Scope, kinds: list[tuple[str, Type]]
) -> DraftIf:
    """Splits an `if` that leaves deep inside and stays on both sides: first the `if`, which
    also says whether it leaves, then a plain test of that."""
    flag = Var("leave", INT)
    numbers = sorted({leave.number for arm in arms(node) for leave in leaves_in(arm, scope)})
    inner = Scope("flag")
    carried = tuple(Var(hint, kind) for hint, kind in kinds)
    types = [("leave", INT), *((v.hint, v.type) for v in (*node.outs, *carried))]
    blank_outs = tuple(Undefined(v.hint, v.type) for v in node.outs)
    blank = tuple(Undefined(v.hint, v.type) for v in carried)
    for arm in arms(node):
        _redirect(arm, scope, inner, blank_outs)
        if isinstance(arm.end, Fall):
            values = (Const(-1, INT), *arm.end.values, *blank)
            arm.end = Leave(inner, 0, None, arm, values)
        tail_form(arm, inner, types)
        assert isinstance(arm.end, Leave)
        if arm.end.scope is inner:
            arm.end = Fall(arm.end.values)
    node.outs = (flag, *node.outs, *carried)
    return _dispatch(draft, position, flag, numbers, carried, scope, node.origin)


def _redirect(draft: Draft, scope: Scope, inner: Scope, blank: tuple[Atom, ...]) -> None:
    for leave in list(leaves_in(draft, scope)):
        leave.values = (Const(leave.number, INT), *blank, *leave.values)
        leave.scope, leave.number = inner, 0


def _dispatch(
    draft: Draft,
    position: int,
    flag: Var,
    numbers: list[int],
    carried: tuple[Var, ...],
    scope: Scope,
    origin: Origin | None,
) -> DraftIf:
    staying = Draft(end=Fall())
    leaving = _leave_by_number(flag, numbers, carried, scope, origin)
    test = Var("leave.lt", BOOL)
    compare = Bind((test,), OPERATORS["lt"], (flag, Const(0, INT)), (), (), origin)
    node = DraftIf((), test, staying, leaving, origin)
    draft.statements[position + 1 : position + 1] = [compare, node]
    return node


def _leave_by_number(
    flag: Var,
    numbers: list[int],
    carried: tuple[Var, ...],
    scope: Scope,
    origin: Origin | None,
) -> Draft:
    number, *others = numbers
    draft = Draft()
    draft.end = Leave(scope, number, None, draft, carried)
    if not others:
        return draft
    test = Var("leave.eq", BOOL)
    compare = Bind((test,), OPERATORS["eq"], (flag, Const(number, INT)), (), (), origin)
    rest = _leave_by_number(flag, others, carried, scope, origin)
    node = DraftIf((), test, draft, rest, origin)
    outer = Draft([compare, node])
    _close(outer, node, scope, [(v.hint, v.type) for v in carried])
    return outer


def freeze(draft: Draft, params: tuple[Var, ...] = ()) -> Block:
    """The block that a draft has become. All leaves must be in tail position."""
    mapping: dict[Var, Atom] = {}
    block = _freeze(draft, params, mapping)
    block = substitute(block, resolve(mapping)) if mapping else block
    return rebuild(block, _separated) if _has_try(block) else block


def _has_try(block: Block) -> bool:
    return any(isinstance(s, Try) for s in all_statements(block))


def _separated(statement: Statement) -> list[Statement]:
    """What the body of a `Try` binds, and what comes of it, as variables of their own."""
    if isinstance(statement, Try):
        return [replace(statement, body=clone(statement.body)[0])]
    return [statement]


def _freeze(draft: Draft, params: tuple[Var, ...], mapping: dict[Var, Atom]) -> Block:
    statements = _freeze_statements(draft.statements, mapping)
    return Block(params, tuple(statements), _terminator(draft.end))


def so_far(draft: Draft) -> Block:
    """The statements of a draft that isn't finished, for looking at: no legal IR."""
    mapping: dict[Var, Atom] = {}
    block = _looked_at(draft, mapping)
    return substitute(block, resolve(mapping)) if mapping else block


def _looked_at(draft: Draft, mapping: dict[Var, Atom]) -> Block:
    kept: list[Statement] = []
    for item in draft.statements:
        if isinstance(item, DraftIf):
            then, orelse = (_looked_at(arm, mapping) for arm in arms(item))
            kept.append(If(item.outs, item.test, then, orelse, item.origin))
        else:
            kept += _freeze_statements([item], mapping)
    end = Yield(draft.end.values) if isinstance(draft.end, Fall) else Exit(1, ())
    return Block((), tuple(kept), end)


def _freeze_statements(items: list[Any], mapping: dict[Var, Atom]) -> list[Statement]:
    result: list[Statement] = []
    for item in items:
        if isinstance(item, DraftIf):
            then, orelse = (_freeze(arm, (), mapping) for arm in arms(item))
            result.append(If(item.outs, item.test, then, orelse, item.origin))
        elif isinstance(item, DraftTry):
            result.append(_frozen_try(item, mapping))
        elif isinstance(item, Bind) and item.op is ALIAS:
            mapping[item.out] = item.args[0]
        else:
            result.append(item)
    return result


def _frozen_try(node: DraftTry, mapping: dict[Var, Atom]) -> Try:
    statements = tuple(_freeze_statements(node.body.statements, mapping))
    made = tuple(v for s in statements for v in defined(s))
    outs = (*made, *(v for v, _ in node.extra))
    body = Block((), statements, Yield((*made, *(value for _, value in node.extra))))
    holes = tuple(Undefined(v.hint, v.type) for v in made)
    handlers = tuple(
        Handler(
            h.classes,
            Block(() if h.error is None else (h.error,), (), Yield((*holes, *h.values))),
        )
        for h in node.handlers
    )
    return Try(outs, body, handlers, node.manager, node.origin)


def _terminator(end: Fall | Leave | None) -> Yield | Exit:
    if isinstance(end, Fall):
        return Yield(end.values)
    assert isinstance(end, Leave)
    return Exit(end.number, end.values) if end.number else Yield(end.values)

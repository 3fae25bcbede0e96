"""The reverse of an `if`: both arms are reversed on the same test.

In the body of a loop, an arm may leave the loop. What such an arm did is reversed in the last
trip only, and whether this is so is no test that was kept: it is the position of the trip.

A `Try` that raised has done nothing that is seen outside, so there is nothing to reverse, and a
handler only says which one it is: its reverse is an `if` on whether the body raised. A body that
runs in a manager without handlers always ran; if the manager is to be entered again, which only
`np.errstate` is, everything that it names is ignored, since the primal has passed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from s2sad.analysis.infer import type_of
from s2sad.analysis.joins import join
from s2sad.ir.data import Atom, Bind, Block, Const, Exit, If, Statement, Try, Undefined, Var, Yield
from s2sad.ir.types import BOOL, Num, Type
from s2sad.reverse.cotangents import contribute, handed, is_blank
from s2sad.reverse.levels import Level, locals_of, need, with_outs
from s2sad.reverse.operations import bar

Recursion = Callable[[Level, Block], None]


@dataclass(eq=False)
class Arm:
    """One arm, reversed."""

    level: Level
    block: Block


def reverse_if(level: Level, node: If, recur: Recursion) -> If:
    """Reverses an `if` without exits; gives the primal `if`, with what must be kept of it."""
    cotangents = {out: level.cotangents.pop(out, None) for out in node.outs}
    raising = [always_raises(block) for block in (node.then, node.orelse)]
    if raising.count(True) == 1:
        return _reverse_one(level, node, cotangents, recur, then=not raising[0])
    arms = [_arm(level, node, block, cotangents, recur) for block in (node.then, node.orelse)]
    finish_arms(level, node, need(level, node.test), arms)
    first, second = arms
    node = replace(node, then=rebuilt(first), orelse=rebuilt(second))
    return with_outs(node, (first.level.kept, second.level.kept))


def always_raises(block: Block) -> bool:
    """Whether the end of a block is never reached."""
    return any(isinstance(s, Bind) and s.op.name == "raise" for s in block.statements)


def _reverse_one(
    level: Level, node: If, cotangents: dict[Var, Any], recur: Recursion, *, then: bool
) -> If:
    """Reverses an `if` of which one arm raises: there is a reverse sweep after the other only."""
    arm = _arm(level, node, node.then if then else node.orelse, cotangents, recur)
    level.statements.extend(arm.level.statements)
    inner = {v: c for v, c in arm.level.cotangents.items() if v not in arm.level.local}
    for variable in [v for v in level.cotangents if v not in inner]:
        del level.cotangents[variable]
    level.cotangents.update(inner)
    for variable in _restored(level, [arm]):
        level.available[variable] = need(arm.level, variable)
    if then:
        return with_outs(replace(node, then=rebuilt(arm)), (arm.level.kept, {}))
    return with_outs(replace(node, orelse=rebuilt(arm)), ({}, arm.level.kept))


def rebuilt(arm: Arm) -> Block:
    """The primal arm, with the reads of what it overwrites."""
    return replace(arm.block, statements=tuple(reversed(arm.level.forward)))


def _arm(level: Level, node: If, block: Block, cotangents: dict[Var, Any], recur: Recursion) -> Arm:
    inner = Level(level.sweep, "branch", level, locals_of(block))
    inner.origin = level.origin
    inner.cotangents = dict(level.cotangents)
    for out, value in zip(node.outs, block.terminator.values, strict=True):
        if isinstance(value, Var):
            if value in inner.local or value in level.sweep.consumed or _is_version(level, value):
                inner.outside.setdefault(value, out)
            contribute(inner, value, cotangents[out])
    recur(inner, block)
    return Arm(inner, block)


def _is_version(level: Level, value: Var) -> bool:
    return value in level.sweep.newest


def finish_arms(level: Level, node: If, test: Atom, arms: list[Arm]) -> None:
    """One reverse `if` for two reversed arms: what both changed alike needs none."""
    changed = _changed(arms)
    restored = _restored(level, arms)
    yields: list[list[Atom]] = [[], []]
    outs: list[Var] = []
    for variable in changed:
        values = [handed(a.level, variable, a.level.cotangents.get(variable)) for a in arms]
        out = Var(bar(variable), _joined(level, values, variable), level.origin)
        if any(is_blank(level, value) for value in values):
            level.sweep.blank.add(out)
        outs.append(out)
        for side, value in zip(yields, values, strict=True):
            side.append(value)
    # Only now: inside the arms these are not in scope.
    level.cotangents.update(zip(changed, outs, strict=True))
    for variable in restored:
        out = Var(variable.hint, variable.type, level.origin)
        outs.append(out)
        for side, arm in zip(yields, arms, strict=True):
            side.append(need(arm.level, variable))
        level.available[variable] = out
    blocks = [
        Block((), tuple(arm.level.statements), Yield(tuple(values)))
        for arm, values in zip(arms, yields, strict=True)
    ]
    _take_common(level, arms, changed)
    if outs or any(block.statements for block in blocks):
        level.statements.append(If(tuple(outs), test, blocks[0], blocks[1], level.origin))


def _take_common(level: Level, arms: list[Arm], changed: list[Var]) -> None:
    first = arms[0].level.cotangents
    for variable, value in first.items():
        if variable not in changed and variable not in arms[0].level.local:
            level.cotangents[variable] = value
    for variable in [v for v in level.cotangents if v not in first and v not in changed]:
        if all(variable not in arm.level.cotangents for arm in arms):
            del level.cotangents[variable]


def _changed(arms: list[Arm]) -> list[Var]:
    """The outer variables whose cotangent is not the same after both arms."""
    found: dict[Var, None] = {}
    for arm in arms:
        for variable in arm.level.cotangents:
            if any(variable in a.level.local for a in arms):
                continue
            values = [a.level.cotangents.get(variable) for a in arms]
            if values[0] is not values[1]:
                found[variable] = None
    return list(found)


def _joined(level: Level, values: list[Atom], variable: Var) -> Type:
    kinds = [type_of(v) for v in values]
    primal = variable.type
    if isinstance(primal, Num) and primal.is_array and variable not in level.sweep.unbound:
        return primal
    found = join(kinds[0], kinds[1])
    return found if found is not None else primal


def _restored(level: Level, arms: list[Arm]) -> list[Var]:
    """The outer variables that undo has restored in an arm."""
    found: dict[Var, None] = {}
    for arm in arms:
        for variable in arm.level.available:
            outer = variable in level.sweep.consumed and variable not in arm.level.local
            new = arm.level.available[variable] is not level.available.get(variable)
            if outer and new:
                found[variable] = None
    return [v for v in found if all(_can_give(arm, v) for arm in arms)]


def _can_give(arm: Arm, variable: Var) -> bool:
    return variable in arm.level.available or variable in arm.level.outside


def is_leaving(node: Statement) -> bool:
    """Whether an arm of this statement leaves the loop around it."""
    return isinstance(node, If) and any(
        isinstance(arm.terminator, Exit) or (arm.statements and is_leaving(arm.statements[-1]))
        for arm in (node.then, node.orelse)
    )


def blank(variable: Var) -> Undefined:
    return Undefined(variable.hint, variable.type)


# -- what may raise, or runs in a manager


def reverse_try(level: Level, node: Try, recur: Recursion) -> Try:
    """Reverses a `Try`; gives the primal one, with what must be kept of it."""
    if not node.handlers:
        return _managed(level, node, recur)
    node, raised = _flagged(node)
    level.local.add(raised)
    level.sweep.primal.add(raised)
    seen = _as_if(node, raised, nothing_first=True)
    branch = reverse_if(level, seen, recur)
    extra = branch.outs[len(node.outs) :]
    handlers = tuple(replace(h, block=_extended(h.block, extra)) for h in node.handlers)
    return replace(node, outs=branch.outs, body=branch.orelse, handlers=handlers)


def _managed(level: Level, node: Try, recur: Recursion) -> Try:
    before = len(level.statements)
    branch = reverse_if(level, _as_if(node, Const(True, BOOL), nothing_first=False), recur)
    made = level.statements[-1] if len(level.statements) > before else None
    if node.manager is None or not node.manager.again:
        return replace(node, outs=branch.outs, body=branch.then)
    if isinstance(made, If) and made.test.type == BOOL and isinstance(made.test, Const):
        quiet = replace(node.manager, static=tuple((k, "ignore") for k, _ in node.manager.static))
        level.statements[-1] = Try(made.outs, made.then, (), quiet, made.origin)
    return replace(node, outs=branch.outs, body=branch.then)


def _as_if(node: Try, test: Atom, *, nothing_first: bool) -> If:
    """An `if` whose one arm is the body, and whose other one does nothing."""
    nothing = Block((), (), Yield(tuple(Undefined(v.hint, v.type) for v in node.outs)))
    arms = (nothing, node.body) if nothing_first else (node.body, nothing)
    return If(node.outs, test, *arms, node.origin)


def _flagged(node: Try) -> tuple[Try, Var]:
    """The node with an out that says whether the body raised."""
    for k, out in enumerate(node.outs):
        values = [h.block.terminator.values[k] for h in node.handlers]
        if _is(node.body.terminator.values[k], False) and all(_is(v, True) for v in values):
            return node, out
    raised = Var("raised", BOOL, node.origin)
    body = _with(node.body, (Const(False, BOOL),))
    handlers = tuple(replace(h, block=_with(h.block, (Const(True, BOOL),))) for h in node.handlers)
    return replace(node, outs=(*node.outs, raised), body=body, handlers=handlers), raised


def _is(atom: Atom, value: bool) -> bool:
    return isinstance(atom, Const) and atom.value is value


def _extended(block: Block, extra: tuple[Var, ...]) -> Block:
    return _with(block, tuple(Undefined(v.hint, v.type) for v in extra))


def _with(block: Block, values: tuple[Atom, ...]) -> Block:
    return replace(block, terminator=Yield((*block.terminator.values, *values)))

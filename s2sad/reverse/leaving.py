"""Trips that leave a loop: what such an arm did is reversed in the last trip only.

Whether this is so is no test that was kept: it is the position of the trip, and the number under
which the loop was left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from s2sad.ir.data import (
    Atom,
    Block,
    Const,
    Exit,
    If,
    Var,
    Yield,
)
from s2sad.ir.ops import OPERATORS, SELECT
from s2sad.ir.types import BOOL, INT
from s2sad.ir.walk import exits
from s2sad.reverse.branches import Arm, finish_arms, is_leaving
from s2sad.reverse.cotangents import contribute
from s2sad.reverse.levels import Level, add, locals_of, need, with_outs
from s2sad.reverse.plan import Plan

Recursion = Callable[[Level, Block], None]


def contribute_ends(plan: Plan, level: Level, values: tuple[Atom, ...]) -> None:
    """What a trip ends with has the cotangent that the slots have after it."""
    for k, cotangent in plan.slots.items():
        contribute(level, values[k], cotangent)
    for k, after in plan.afters.items():
        value = values[k]
        if isinstance(value, Var):
            level.available.setdefault(value, after)


def reverse_leaving(
    plan: Plan, level: Level, node: If, recur: Recursion, ends: tuple[Atom, ...]
) -> If:
    """An `if` with an arm that leaves: that arm is reversed in the last trip only. ends: what
    the trip ends with where it doesn't leave."""
    arms = []
    for block in (node.then, node.orelse):
        inner = Level(level.sweep, "branch", level, locals_of(block))
        inner.origin, inner.leaving = level.origin, True
        inner.cotangents = dict(level.cotangents)
        rebuilt = _reverse_arm(plan, inner, block, recur, _ends_of_arm(node, block, ends))
        arms.append(Arm(inner, rebuilt))
    test = _leaving_test(plan, level, node)
    finish_arms(level, node, test, arms)
    node = replace(node, then=arms[0].block, orelse=arms[1].block)
    return with_outs(node, (arms[0].level.kept, arms[1].level.kept))


def _ends_of_arm(node: If, arm: Block, ends: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """What a trip through this arm ends with: the arm's own values for the outs of the `if`."""
    if isinstance(arm.terminator, Exit):
        return arm.terminator.values
    own: dict[Atom, Atom] = dict(zip(node.outs, arm.terminator.values, strict=True))
    return tuple(own.get(value, value) for value in ends)


def _reverse_arm(
    plan: Plan, level: Level, block: Block, recur: Recursion, ends: tuple[Atom, ...]
) -> Block:
    if block.statements and is_leaving(block.statements[-1]):
        last = block.statements[-1]
        assert isinstance(last, If)
        rebuilt = reverse_leaving(plan, level, last, recur, ends)
        level.forward.append(rebuilt)
        recur(level, Block((), block.statements[:-1], block.terminator))
    else:
        contribute_ends(plan, level, ends)
        recur(level, block)
    return Block((), tuple(reversed(level.forward)), block.terminator)


def _leaving_test(plan: Plan, level: Level, node: If) -> Atom:
    """Whether the trip at hand took the first arm: what decides is how the loop was left, unless
    both arms can reach the next trip."""
    first, second = (sorted({e.number for e in _exits_of(b)}) for b in (node.then, node.orelse))
    if set(first) & set(second) or (_stays(node.then) and _stays(node.orelse)):
        return need(level, node.test)
    if _stays(node.then):
        left = _left_by(plan, level, second)
        return add(level, OPERATORS["not_"], (left,), BOOL, "")
    return _left_by(plan, level, first)


def _stays(block: Block) -> bool:
    """Whether a path through the block reaches the next trip."""
    if isinstance(block.terminator, Exit):
        return False
    last = block.statements[-1] if block.statements else None
    if isinstance(last, If) and is_leaving(last):
        return _stays(last.then) or _stays(last.orelse)
    return True


def _exits_of(block: Block) -> list[Exit]:
    own = [block.terminator] if isinstance(block.terminator, Exit) else []
    return [*exits(Block(block.params, block.statements, Yield(()))), *own]


def _left_by(plan: Plan, level: Level, numbers: list[int]) -> Atom:
    """A test inside the reverse loop: this is the last trip, and the loop was left there."""
    assert plan.left_by is not None and plan.last is not None and plan.position is not None
    parent = plan.inner.parent
    assert parent is not None
    left: Atom = Const(False, BOOL)
    for k, number in enumerate(numbers):
        one = add(parent, OPERATORS["eq"], (plan.left_by, Const(number, INT)), BOOL, "left")
        left = one if k == 0 else add(parent, OPERATORS["or_"], (left, one), BOOL, "left")
    stop = add(parent, SELECT, (left, plan.last, Const(-1, INT)), INT, "stop")
    return add(level, OPERATORS["eq"], (plan.position, stop), BOOL, "left")

"""What is done with one of several values, under a test of which it is.

Where a choice raises for certain, as arithmetic with None does, that is raised, and the rest goes
on without a test. Where nothing is computed, the result is one of several, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s2sad.frontend.control.branches import branch, join_arms, lower_arm
from s2sad.frontend.control.raising import raise_class
from s2sad.frontend.data.several import looked_up
from s2sad.frontend.state.choices import (
    Action,
    Failing,
    entered,
    possible,
)
from s2sad.frontend.state.context import Bottomed, Context, Meaning, Refused, add, constant
from s2sad.frontend.state.drafts import Draft
from s2sad.frontend.state.heap import State
from s2sad.frontend.state.values import Abstract, Known, OneOf, Value, same
from s2sad.ir.data import Atom, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import BOOL


@dataclass(eq=False)
class Run:
    """An action on one choice, in a draft of its own. refused: why it couldn't be done."""

    position: int
    draft: Draft
    state: State
    dead: bool
    result: Abstract | None
    refused: Refused | None


@entered("each")
def each(
    ctx: Context, value: OneOf, action: Action, node: Any, failing: Failing | None = None
) -> Abstract:
    """What `action` gives for the choice that a value is at run time. failing: what Python raises
    for certain with a choice."""
    left = possible(ctx, value)
    if len(left) == 1:
        return action(value.choices[left[0]]) or Known(None)
    runs = [_run(ctx, action, value.choices[k], k) for k in left]
    for run in [run for run in runs if run.refused is not None]:
        error = failing(value.choices[run.position]) if failing is not None else None
        if error is None:
            assert run.refused is not None
            raise run.refused
        rule_out(ctx, value, run.position, error, node)
        runs.remove(run)
    if not runs or ctx.dead:
        raise Bottomed
    if len(runs) == 1:
        return _go_on(ctx, runs[0])
    static = _static(ctx, value, runs, node)
    if static is not None:
        return static
    return _by_arms(ctx, value, runs, action, node)


def _run(ctx: Context, action: Action, choice: Abstract, position: int) -> Run:
    result: list[Abstract | None] = [None]
    refused: list[Refused] = []

    def act() -> None:
        try:
            result[0] = action(choice)
        except Refused as error:
            refused.append(error)

    before = ctx.frame, list(ctx.scopes), ctx.origin
    draft, state, dead = lower_arm(ctx, act)
    ctx.frame, ctx.scopes, ctx.origin = before
    return Run(position, draft, state, dead, result[0], refused[0] if refused else None)


def _go_on(ctx: Context, run: Run) -> Abstract:
    """Goes on where the only run that is left has ended."""
    ctx.draft.statements += run.draft.statements
    facts = ctx.state.facts
    ctx.state = run.state
    ctx.state.facts |= facts
    if run.dead:
        ctx.dead = True
        ctx.draft.end = run.draft.end
        raise Bottomed
    return run.result or Known(None)


def _static(ctx: Context, value: OneOf, runs: list[Run], node: Any) -> Abstract | None:
    """The result where no choice computes anything: a test of the tag, or one of several."""
    if any(r.dead or r.draft.statements or _changed(ctx, r) for r in runs):
        return None
    results = [r.result or Known(None) for r in runs]
    if all(same(r, results[0]) for r in results[1:]):
        return results[0]
    if all(isinstance(r, Known) and isinstance(r.value, bool) for r in results):
        true = [r.position for r in runs if isinstance(r.result, Known) and r.result.value]
        return Value(told(ctx, value, true, node))
    by_position = {r.position: result for r, result in zip(runs, results, strict=True)}
    full = tuple(by_position.get(k, results[0]) for k in range(len(value.choices)))
    return OneOf(value.tag, full)


def _changed(ctx: Context, run: Run) -> bool:
    before, after = ctx.state, run.state
    return (
        before.names != after.names
        or any(before.heap.get(n) is not c for n, c in after.heap.items())
        or before.may != after.may
    )


def _by_arms(ctx: Context, value: OneOf, runs: list[Run], action: Action, node: Any) -> Abstract:
    first = runs[0].position
    name = (ctx.frame.number, f"<choice>{len(ctx.state.names)}")
    test = told(ctx, value, [first], node)
    if len(runs) == 2:
        arms = []
        for run in runs:
            if run.result is not None:
                run.state.names[name] = run.result
            _assume(ctx, run.state, value, [run.position])
            arms.append((run.draft, run.state, run.dead))
        join_arms(ctx, test, arms)
    else:
        branch(
            ctx,
            test,
            lambda: _keep(ctx, name, action(value.choices[first])),
            lambda: _keep(ctx, name, each(ctx, value, action, node)),
        )
    if ctx.dead:
        raise Bottomed
    return ctx.state.names.pop(name, Known(None))


def _keep(ctx: Context, name: tuple[int, str], result: Abstract | None) -> None:
    if result is not None:
        ctx.state.names[name] = result


def _assume(ctx: Context, state: State, value: OneOf, positions: list[int]) -> None:
    state.facts[value.tag] = frozenset(positions)


def told(ctx: Context, value: OneOf, positions: list[int], node: Any = None) -> Var:
    """A truth: whether a value is one of the choices at these positions."""
    count = len(value.choices)
    rest = frozenset(range(count)) - frozenset(positions)
    meaning = Meaning(((value.tag, frozenset(positions)),), ((value.tag, rest),))
    if count == 2:
        if positions == [0]:
            return value.tag
        made = add(ctx, OPERATORS["not_"], (value.tag,), BOOL, "", node)
    elif len(positions) == 1:
        args = (value.tag, constant(positions[0]))
        made = add(ctx, OPERATORS["eq"], args, BOOL, "", node)
    else:
        table = tuple(k in positions for k in range(count))
        made = looked_up(ctx, table, value.tag, BOOL, node)
    ctx.meanings[made] = meaning
    return made


def rule_out(ctx: Context, value: OneOf, position: int, error: Exception, node: Any) -> None:
    """`raise error` where a value is the choice at a position."""
    test = told(ctx, value, [position], node)
    branch(ctx, test, lambda: fail(ctx, error, node), lambda: None)


@entered("fail")
def fail(ctx: Context, error: Exception, node: Any) -> None:
    """Raises an exception on this path; nothing comes back on it."""
    args: tuple[Atom, ...] = tuple(constant(argument) for argument in error.args)
    raise_class(ctx, type(error), args, None, node)

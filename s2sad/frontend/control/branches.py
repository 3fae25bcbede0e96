"""Branches: both arms are lowered from the same state, and their ends are joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from s2sad.frontend.control.bodies import statements
from s2sad.frontend.data.comparisons import compare, known_truth, test_atom
from s2sad.frontend.dispatch import evaluates, expression, lowers
from s2sad.frontend.joins.build import apply, leaf_atoms
from s2sad.frontend.joins.plan import plan
from s2sad.frontend.joins.templates import Plan
from s2sad.frontend.joins.variables import is_live, new_variables, supplier
from s2sad.frontend.state.choices import each, meaning_of
from s2sad.frontend.state.context import Bottomed, Context, Meaning, end_here, inner_hint
from s2sad.frontend.state.drafts import Draft, DraftIf, Fall, is_bottom
from s2sad.frontend.state.heap import State
from s2sad.frontend.state.operands import evaluated, wait
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Known, OneOf, Value
from s2sad.ir.data import Atom, Undefined, Var
from s2sad.ir.types import Dct, Lst, Num, Obj, Tup


def lower_arm(ctx: Context, action: Callable[[], None]) -> tuple[Draft, State, bool]:
    """Runs `action` in a new draft from a copy of the state: draft, state at its end, and
    whether that end is reached."""
    before = ctx.state, ctx.draft, ctx.dead
    ctx.state, ctx.draft, ctx.dead = ctx.state.copy(), Draft(), False
    ctx.arms += 1
    try:
        action()
    except Bottomed:
        end_here(ctx)
    finally:
        ctx.arms -= 1
    result = ctx.draft, ctx.state, ctx.dead
    ctx.state, ctx.draft, ctx.dead = before
    return result


def decided(ctx: Context, test: Atom) -> bool | None:
    """Whether a truth holds, where what is known on this path says so."""
    told = ctx.meanings.get(test) if isinstance(test, Var) else None
    if told is None:
        return None
    facts = ctx.state.facts
    if any(tag in facts and facts[tag].isdisjoint(where) for tag, where in told.true):
        return False
    if any(tag in facts and facts[tag].isdisjoint(where) for tag, where in told.false):
        return True
    return None


def assume(ctx: Context, test: Atom, truth: bool) -> None:
    """On this path a truth holds, or doesn't."""
    told = ctx.meanings.get(test) if isinstance(test, Var) else None
    for tag, where in (told.true if truth else told.false) if told is not None else ():
        ctx.state.facts[tag] = ctx.state.facts.get(tag, where) & where


def _assuming(ctx: Context, test: Atom, truth: bool, action: Callable[[], None]) -> None:
    assume(ctx, test, truth)
    action()


def _common_facts(states: list[State]) -> dict[Var, frozenset[int]]:
    """What is known wherever one comes from."""
    first, *rest = (state.facts for state in states)
    kept = [tag for tag in first if all(tag in facts for facts in rest)]
    return {tag: first[tag].union(*(facts[tag] for facts in rest)) for tag in kept}


def branch(ctx: Context, test: Atom, then: Callable[[], None], orelse: Callable[[], None]) -> None:
    """`if test: then() else: orelse()` with a test at run time."""
    known = decided(ctx, test)
    if known is not None:
        then() if known else orelse()
        return
    arms = [
        lower_arm(ctx, lambda: _assuming(ctx, test, True, then)),
        lower_arm(ctx, lambda: _assuming(ctx, test, False, orelse)),
    ]
    join_arms(ctx, test, arms)


Arm = tuple[Draft, State, bool]


def join_arms(ctx: Context, test: Atom, arms: list[Arm]) -> None:
    """An `if` of two arms that are lowered already; goes on behind it."""
    base = ctx.state
    falling = [(draft, state) for draft, state, dead in arms if not dead]
    # A constant global met in one arm belongs to all.
    outs: tuple[Var, ...] = ()
    if len(falling) == 2:
        states = [state for _, state in falling]
        outs = _join(ctx, base, falling, plan(ctx, states, base, is_live(ctx), test))
    elif falling and any(is_bottom(draft) for draft, _, dead in arms if dead):
        # The other arm raises: what this one has changed is joined with what was there.
        paths = [falling[0][1], base]
        made = plan(ctx, paths, base, is_live(ctx), nowhere=base)
        outs = _join(ctx, base, falling, made)
        for draft, _, dead in arms:
            if dead:
                draft.end = Fall(tuple(Undefined(v.hint, v.type) for v in outs))
    elif falling:
        draft, ctx.state = falling[0]
        draft.end = Fall()
    else:
        ctx.dead = True
    (first, _, _), (second, _, _) = arms
    entry = base.copy() if ctx.guards else None
    ctx.draft.statements.append(DraftIf(outs, test, first, second, ctx.origin, entry))
    if not falling:
        ctx.draft.end = first.end


def _join(
    ctx: Context, base: State, falling: list[tuple[Draft, State]], made: Plan
) -> tuple[Var, ...]:
    """Ends the arms with the values of the join; gives its variables."""
    outer = ctx.draft
    for draft, state in falling:
        ctx.state, ctx.draft = state, draft
        draft.end = Fall(leaf_atoms(ctx, made))
    ctx.state, ctx.draft = base, outer
    outs = new_variables(ctx, made)
    ctx.state = apply(ctx, made, base, supplier(outs))
    ctx.state.facts |= _common_facts([state for _, state in falling])
    return outs


def choose(
    ctx: Context,
    test: Abstract,
    then: Callable[[], Abstract],
    orelse: Callable[[], Abstract],
    hint: str,
    node: Any,
) -> Abstract:
    """The value of a conditional expression, `and`, `or`, or a chained comparison."""
    truth = known_truth(ctx, test)
    if truth is not None:
        return then() if truth else orelse()
    name = (ctx.frame.number, f"<{hint}>{len(ctx.state.names)}")

    def store(make: Callable[[], Abstract]) -> Callable[[], None]:
        def action() -> None:
            ctx.state.names[name] = make()

        return action

    branch(ctx, test_atom(ctx, test, node), store(then), store(orelse))
    return ctx.state.names.pop(name)


@evaluates(gast.Compare)
def _compare(ctx: Context, node: Any, hint: str) -> Abstract:
    """A chain `a < b < c` is `a < b and b < c`, with `b` evaluated once."""
    left = expression(ctx, node.left, inner_hint(hint, "left"))

    def rest(left: Abstract, k: int) -> Abstract:
        waiting = wait(ctx, left, [node.comparators[k]])
        right = expression(ctx, node.comparators[k], inner_hint(hint, "right"))
        first = compare(ctx, type(node.ops[k]), evaluated(ctx, waiting), right, hint, node)
        if k + 1 == len(node.ops):
            return first
        return choose(ctx, first, lambda: rest(right, k + 1), lambda: first, hint, node)

    return rest(left, 0)


@evaluates(gast.BoolOp)
def _bool_op(ctx: Context, node: Any, hint: str) -> Abstract:
    conjunction, told = isinstance(node.op, gast.And), list[Meaning]()

    def decide(value: Abstract, k: int) -> Abstract:
        if isinstance(value, OneOf):
            return each(ctx, value, lambda choice: decide(choice, k), node)
        told.append(meaning_of(ctx, value))
        if k + 1 == len(node.values):
            return value
        if conjunction:
            return choose(ctx, value, lambda: rest(k + 1), lambda: value, hint, node)
        return choose(ctx, value, lambda: value, lambda: rest(k + 1), hint, node)

    def rest(k: int) -> Abstract:
        return decide(expression(ctx, node.values[k], hint), k)

    result = rest(0)
    if isinstance(result, Value):
        ctx.meanings.setdefault(result.atom, _of_all(told, conjunction))
    return result


def _of_all(told: list[Meaning], conjunction: bool) -> Meaning:
    """What it says of tags that all of several truths hold, or that none does."""
    if conjunction:
        return Meaning(true=tuple(fact for meaning in told for fact in meaning.true))
    return Meaning(false=tuple(fact for meaning in told for fact in meaning.false))


def condition(ctx: Context, node: Any, hint: str = "") -> Abstract:
    """An expression of which only the truth is asked: the operands of `and` and `or` may then be
    of different kinds, as in `if items and items[-1] > x`."""
    if not isinstance(node, gast.BoolOp):
        return expression(ctx, node, hint)
    is_and, told = isinstance(node.op, gast.And), list[Meaning]()

    def rest(k: int) -> Abstract:
        value = condition(ctx, node.values[k], hint)
        told.append(meaning_of(ctx, value))
        if not _is_truth(ctx, value):
            value = choose(ctx, value, lambda: Known(True), lambda: Known(False), hint, node)
        if k + 1 == len(node.values):
            return value
        arms = (lambda: rest(k + 1), lambda: value)
        then, orelse = arms if is_and else arms[::-1]
        return choose(ctx, value, then, orelse, hint, node)

    result = rest(0)
    if isinstance(result, Value):
        ctx.meanings.setdefault(result.atom, _of_all(told, is_and))
    return result


def _is_truth(ctx: Context, value: Abstract) -> bool:
    kind = type_at(ctx, value)
    return not isinstance(kind, (Lst, Tup, Dct, Obj)) and not (
        isinstance(kind, Num) and kind.is_array
    )


@evaluates(gast.IfExp)
def _if_exp(ctx: Context, node: Any, hint: str) -> Abstract:
    test = condition(ctx, node.test, inner_hint(hint, "test"))
    return choose(
        ctx,
        test,
        lambda: expression(ctx, node.body, hint),
        lambda: expression(ctx, node.orelse, hint),
        hint,
        node,
    )


@lowers(gast.If)
def _if(ctx: Context, node: Any) -> None:
    test = condition(ctx, node.test)
    truth = known_truth(ctx, test)
    if truth is not None:
        statements(ctx, node.body if truth else node.orelse)
        return
    after = ctx.frame.live.get(id(node), frozenset())
    atom = test_atom(ctx, test, node.test)
    origin = ctx.origin

    def arm(body: list[Any]) -> Callable[[], None]:
        def action() -> None:
            statements(ctx, body)
            ctx.frame.live_now = after
            ctx.origin = origin

        return action

    branch(ctx, atom, arm(node.body), arm(node.orelse))

"""Branches: both arms are lowered from the same state, and their ends are joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.frontend.context import Bottomed, Context, place, refuse
from s2sad.frontend.drafts import Draft, DraftIf, Fall, Leave, Scope, is_bottom
from s2sad.frontend.hooks import ask
from s2sad.frontend.merge import apply, leaf_atoms, plan, unify
from s2sad.frontend.references import atom_of
from s2sad.frontend.state import Name, State
from s2sad.frontend.templates import Leaf, Plan, plan_leaves
from s2sad.frontend.values import Abstract, Known, Ref
from s2sad.ir.data import Atom, Const, Undefined, Var
from s2sad.ir.types import Num, Type


def lower_arm(ctx: Context, action: Callable[[], None]) -> tuple[Draft, State, bool]:
    """Runs `action` in a new draft from a copy of the state: draft, state at its end, and
    whether that end is reached."""
    before = ctx.state, ctx.draft, ctx.dead
    ctx.state, ctx.draft, ctx.dead = ctx.state.copy(), Draft(), False
    try:
        action()
    except Bottomed:
        end_here(ctx)
    result = ctx.draft, ctx.state, ctx.dead
    ctx.state, ctx.draft, ctx.dead = before
    return result


def end_here(ctx: Context) -> None:
    """Nothing comes back on this path."""
    ctx.dead = True
    ctx.draft.end = Leave(Scope("bottom"), 0, ctx.state, ctx.draft)


def settled(kind: Type) -> Type:
    """The type for a new variable: an integer of unknown value gets a symbol of its own."""
    from s2sad.analysis import dims

    if isinstance(kind, Num) and kind.is_python and kind.dtype == "int64" and kind.value is None:
        return Num(kind.forms, kind.dtype, (), dims.fresh(None))
    return kind


def new_variables(ctx: Context, made: Plan, node: Any = None) -> tuple[Var, ...]:
    """One variable for each leaf of a join."""
    return new_leaves(ctx, plan_leaves(made), node)


def new_leaves(ctx: Context, found: list[Leaf], node: Any = None) -> tuple[Var, ...]:
    """One variable for each leaf."""
    return tuple(Var(leaf.hint, settled(leaf.type), place(ctx, node)) for leaf in found)


def supplier(atoms: tuple[Atom, ...]) -> Callable[[Leaf], Atom]:
    iterator = iter(atoms)
    return lambda leaf: next(iterator)


def is_live(ctx: Context) -> Callable[[Name], bool]:
    """Whether a name may be read after the current statement, in its frame."""
    live: dict[int, frozenset[str]] = {}
    frame: Any = ctx.frame
    while frame is not None:
        live[frame.number] = frame.live_now
        frame = frame.caller

    def check(name: Name) -> bool:
        number, text = name
        return number not in live or text in live[number] or text.startswith("<")

    return check


def branch(
    ctx: Context, test: Atom, then: Callable[[], None], orelse: Callable[[], None], node: Any
) -> None:
    """`if test: then() else: orelse()` with a test at run time."""
    base = ctx.state
    arms = [lower_arm(ctx, then), lower_arm(ctx, orelse)]
    falling = [(draft, state) for draft, state, dead in arms if not dead]
    # A constant global met in one arm belongs to all.
    outs: tuple[Var, ...] = ()
    if len(falling) == 2:
        outs = _join(ctx, base, falling, test, node)
    elif falling and any(is_bottom(draft) for draft, _, dead in arms if dead):
        outs = _join_with_nothing(ctx, base, falling[0], node)
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


def _join_with_nothing(
    ctx: Context, base: State, falling: tuple[Draft, State], node: Any
) -> tuple[Var, ...]:
    """The join of an arm with one that raises: whatever the arm has changed."""
    draft, state = falling
    made = plan(ctx, [state, base], base, is_live(ctx))
    outer = ctx.draft
    ctx.state, ctx.draft = state, draft
    draft.end = Fall(leaf_atoms(ctx, made))
    ctx.state, ctx.draft = base, outer
    outs = new_variables(ctx, made)
    ctx.state = apply(ctx, made, base, supplier(outs))
    return outs


def _join(
    ctx: Context, base: State, falling: list[tuple[Draft, State]], test: Atom, node: Any
) -> tuple[Var, ...]:
    states = [state for _, state in falling]
    made = plan(ctx, states, base, is_live(ctx), test)
    outer = ctx.draft
    for draft, state in falling:
        ctx.state, ctx.draft = state, draft
        draft.end = Fall(leaf_atoms(ctx, made))
    ctx.state, ctx.draft = base, outer
    outs = new_variables(ctx, made)
    ctx.state = apply(ctx, made, base, supplier(outs))
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
    from s2sad.frontend.expressions import known_truth

    truth = known_truth(ctx, test)
    if truth is not None:
        return then() if truth else orelse()
    name = (ctx.frame.number, f"<{hint}>{len(ctx.state.names)}")

    def store(make: Callable[[], Abstract]) -> Callable[[], None]:
        def action() -> None:
            ctx.state.names[name] = make()

        return action

    branch(ctx, test_atom(ctx, test, node), store(then), store(orelse), node)
    return ctx.state.names.pop(name)


def test_atom(ctx: Context, value: Abstract, node: Any) -> Atom:
    """The operand of an `if`: arrays raise in Python unless they have one element, as there."""
    asked = ask("truth", ctx, value, node)
    value = value if asked is None else asked
    if (
        isinstance(value, Ref)
        and not value.path
        and not hasattr(ctx.state.heap[value.location], "atom")
    ):
        refuse(ctx, "S405", "the truth of this container isn't known when compiling", node)
    atom = atom_of(ctx, value, "", node)
    return atom


__all__ = ["Const", "Known", "branch", "choose", "unify"]

"""Scopes that can be left early: what leaves one is joined with its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.frontend.joins.build import apply, leaf_atoms
from s2sad.frontend.joins.plan import plan, plan_inside
from s2sad.frontend.joins.templates import plan_leaves
from s2sad.frontend.joins.variables import is_live, new_variables, supplier
from s2sad.frontend.state.context import Context
from s2sad.frontend.state.drafts import Draft, Fall, Leave, Scope, leaves_in, tail_form


def run_scope(
    ctx: Context,
    scope: Scope,
    action: Callable[[], None],
    keep: Callable[[Any], bool] = lambda name: False,
) -> None:
    """Runs `action`; what leaves the scope early is joined with its end."""
    base, outer = ctx.state, ctx.draft
    ctx.state, ctx.draft = base.copy(), Draft()
    action()
    draft = ctx.draft
    leaves = list(leaves_in(draft, scope))
    if not leaves:
        _continue_in(ctx, outer, draft)
        return
    if not ctx.dead:
        draft.end = Leave(scope, 0, ctx.state, draft)
        leaves.append(draft.end)
    _join_leaves(ctx, scope, base, outer, draft, leaves, keep)


def _continue_in(ctx: Context, outer: Draft, draft: Draft) -> None:
    outer.statements += draft.statements
    if ctx.dead:
        outer.end = draft.end
        if isinstance(outer.end, Leave) and outer.end.draft is draft:
            outer.end.draft = outer
    ctx.draft = outer


def _join_leaves(
    ctx: Context,
    scope: Scope,
    base: Any,
    outer: Draft,
    draft: Draft,
    leaves: list[Leave],
    keep: Callable[[Any], bool],
) -> None:
    states = [leave.state for leave in leaves]
    if draft.end in leaves and len(leaves) == 1:
        ctx.state, ctx.dead = states[0], False
        draft.end = None
        _continue_in(ctx, outer, draft)
        return
    live = is_live(ctx)
    join = plan if draft.end in leaves else plan_inside
    made = join(ctx, states, base, lambda name: keep(name) or live(name))
    for leave in leaves:
        ctx.state, ctx.draft = leave.state, leave.draft
        leave.values = leaf_atoms(ctx, made)
    kinds = [(leaf.hint, leaf.type) for leaf in plan_leaves(made)]
    tail_form(draft, scope, kinds)
    ctx.draft = outer
    outer.statements += draft.statements
    end = draft.end
    assert isinstance(end, Leave | Fall)
    ctx.dead = False
    values = (
        end.values if isinstance(end, Leave) and end.scope is scope else new_variables(ctx, made)
    )
    ctx.state = apply(ctx, made, base, supplier(values))

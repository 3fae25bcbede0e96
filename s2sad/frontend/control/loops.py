"""Loops: which way to lower one fits what it runs over, and what its body does."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.control.bodies import statements
from s2sad.frontend.control.fixpoint import Loop
from s2sad.frontend.control.generators import consume
from s2sad.frontend.control.trips import live_in_loop, unroll
from s2sad.frontend.data import overloads
from s2sad.frontend.data.iterables import Thunk, is_counter, static_thunks
from s2sad.frontend.dispatch import expression, lowers
from s2sad.frontend.operations.failures import failure
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, Refused
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Generator, Iteration, Ref
from s2sad.ir.types import Bottom, Lst

# -- for


@lowers(gast.For)
def lower_for(ctx: Context, node: Any) -> None:
    """`for target in iterable`, with its `else`."""
    _lower_over(ctx, node, expression(ctx, node.iter, ""))


def _iterable_fails(ctx: Context, node: Any, value: Abstract) -> Exception | None:
    return failure(ctx, iter, [value])


@over_choices(1, failing=_iterable_fails, node=0)
def _lower_over(ctx: Context, node: Any, value: Abstract) -> None:
    """`for target in value`."""
    iterable = overloads.iterable(ctx, value, node.iter)
    if isinstance(iterable, Generator):
        consume(ctx, node, iterable, live_in_loop(ctx, node))
        return
    tests: list[Abstract] = []
    while isinstance(iterable, Iteration) and iterable.kind == "filter":
        tests.insert(0, iterable.parts[0])
        iterable = overloads.iterable(ctx, iterable.parts[1], node.iter)
    items = static_thunks(ctx, iterable)
    if items is not None and not is_counter(iterable):
        unroll(ctx, node, iterable, items, tests)
        return
    if _is_empty(ctx, iterable):
        statements(ctx, node.orelse)
        return
    _attempt(ctx, node, iterable, items, tests)


def _attempt(
    ctx: Context,
    node: Any,
    iterable: Abstract,
    items: tuple[Thunk, ...] | None,
    tests: list[Abstract],
) -> None:
    """Lowers a loop in the first way that fits what its body does."""
    attempts = _attempts(ctx, node, iterable, items is not None)
    for k, attempt in enumerate(attempts):
        last, snapshot = k + 1 == len(attempts), _snapshot(ctx)
        known = len(ctx.diagnostics)
        try:
            loop = Loop(ctx, node, tests)
            if attempt == "unrolled":
                unroll(ctx, node, iterable, items or (), tests)
            else:
                loop.run_for(iterable, attempt)
            again = loop.rewritten or (loop.raising and attempt != "leaving")
            if last or (len(ctx.diagnostics) == known and not again):
                return
        except Refused:
            if last:
                raise
        _restore(ctx, snapshot)


def _attempts(ctx: Context, node: Any, iterable: Abstract, is_known: bool) -> list[str]:
    """The ways to lower a loop: by the rows of what it runs over, by positions, as one that can be
    left, and unrolled."""
    attempts = ["rows", "index"] if _has_rows(ctx, iterable) else ["index"]
    if _has_exits(node):
        attempts = ["leaving"]
    elif ctx.guards:
        attempts.append("leaving")
    if is_known:
        attempts += ["unrolled", attempts[-1]]
    return attempts


def _is_empty(ctx: Context, value: Abstract) -> bool:
    """Whether an iterable is, or is bounded by, a list that is empty for certain."""
    if isinstance(value, Iteration):
        return any(_is_empty(ctx, part) for part in value.parts)
    kind = type_at(ctx, value) if isinstance(value, Ref) else None
    return isinstance(kind, Lst) and isinstance(kind.item, Bottom)


def _snapshot(ctx: Context) -> Any:
    return (
        ctx.state.copy(),
        ctx.draft,
        list(ctx.draft.statements),
        ctx.frame,
        ctx.origin,
        list(ctx.scopes),
        list(ctx.guards),
        list(ctx.handling),
        dict(ctx.written),
        list(ctx.diagnostics),
    )


def _restore(ctx: Context, snapshot: Any) -> None:
    (
        ctx.state,
        ctx.draft,
        statements,
        ctx.frame,
        ctx.origin,
        ctx.scopes,
        ctx.guards,
        ctx.handling,
        ctx.written,
        ctx.diagnostics,
    ) = snapshot
    ctx.draft.statements[:] = statements
    ctx.dead = False


def _has_rows(ctx: Context, value: Abstract) -> bool:
    if isinstance(value, Iteration):
        return any(_has_rows(ctx, part) for part in value.parts)
    return isinstance(value, Ref)


def _has_exits(node: Any) -> bool:
    """Whether the loop can be left early (an inner loop's own `break` counts, which is safe)."""
    return any(isinstance(n, (gast.Break, gast.Return)) for s in node.body for n in gast.walk(s))


@lowers(gast.While)
def lower_while(ctx: Context, node: Any) -> None:
    """`while test`, with its `else`."""
    Loop(ctx, node).run_while()

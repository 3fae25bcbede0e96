"""One trip of a loop, and loops that are unrolled trip by trip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from s2sad.frontend.control.bodies import statements
from s2sad.frontend.control.branches import branch
from s2sad.frontend.control.scopes import run_scope
from s2sad.frontend.data.assignment import assign
from s2sad.frontend.data.comparisons import known_truth, test_atom
from s2sad.frontend.data.iterables import Thunk
from s2sad.frontend.dispatch import call
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.drafts import Scope
from s2sad.frontend.state.heap import Name
from s2sad.frontend.state.values import Abstract, Iteration, Known, Listing, Mapping, Ref


def lower_trip(ctx: Context, node: Any, item: Abstract, tests: Sequence[Abstract]) -> None:
    """One trip with an element, if it passes what `filter` was given."""
    if not tests:
        assign(ctx, node.target, item, node)
        statements(ctx, node.body)
        return
    first, *rest = tests
    plain = isinstance(first, Known) and first.value in (None, bool)
    test = item if plain else call(ctx, first, [item], {}, "", node.iter)
    truth, after = known_truth(ctx, test), ctx.frame.live.get(id(node.body), frozenset())

    def pass_on() -> None:
        lower_trip(ctx, node, item, rest)
        ctx.frame.live_now = after

    ctx.frame.live_now = after
    if truth:
        pass_on()
    elif truth is None:
        branch(ctx, test_atom(ctx, test, node.iter), pass_on, lambda: None)


def unroll(
    ctx: Context,
    node: Any,
    iterable: Abstract,
    items: tuple[Thunk, ...],
    tests: Sequence[Abstract],
) -> None:
    lists = _lists_in(ctx, iterable)

    outer = Scope("unrolled", frame=ctx.frame.number)
    origin = ctx.origin

    def one(item: Thunk) -> Callable[[], None]:
        def action() -> None:
            ctx.scopes.append(inner)
            ctx.origin = origin
            lower_trip(ctx, node, item(), tests)
            ctx.scopes.pop()

        inner = Scope("iteration", frame=ctx.frame.number)
        return lambda: run_scope(ctx, inner, action, keep=live_in_loop(ctx, node))

    def all_of_them() -> None:
        ctx.scopes.append(outer)
        for item in items:
            if not ctx.dead:
                one(item)()
                _check_lists(ctx, node, lists)
        ctx.scopes.pop()
        if not ctx.dead and node.orelse:
            statements(ctx, node.orelse)

    run_scope(ctx, outer, all_of_them, keep=live_in_loop(ctx, node))


def _lists_in(ctx: Context, iterable: Abstract) -> dict[int, Any]:
    """The lists of known length that an iterable runs over, each with its content."""
    parts = iterable.parts if isinstance(iterable, Iteration) else (iterable,)
    found: dict[int, Any] = {}
    for part in parts:
        if isinstance(part, Iteration):
            found |= _lists_in(ctx, part)
        content = ctx.state.heap.get(part.location) if isinstance(part, Ref) else None
        if isinstance(content, (Listing, Mapping)):
            found[part.location] = content  # type: ignore[union-attr]
    return found


def _check_lists(ctx: Context, node: Any, lists: dict[int, Any]) -> None:
    """Refuses a loop that changes the list that it runs over."""
    for number, content in lists.items():
        if not ctx.dead and ctx.state.heap.get(number) is not content:
            refuse_changed(ctx, node)


def refuse_changed(ctx: Context, node: Any) -> None:
    refuse(
        ctx,
        "S101",
        "this loop changes the list or dict that it runs over",
        node.iter,
        note="how often it runs depends on that",
        help="run over a copy: `for item in list(items)`, or use `while`",
    )


def live_in_loop(ctx: Context, node: Any) -> Callable[[Name], bool]:
    frame = ctx.frame
    live = frame.live.get(id(node.body), frozenset()) | frame.live.get(id(node), frozenset())

    def check(name: Name) -> bool:
        number, text = name
        if number == frame.number:
            return text in live or text.startswith("<")
        caller: Any = frame.caller
        while caller is not None:
            if caller.number == number:
                return text in caller.live_now or text.startswith("<")
            caller = caller.caller
        return True

    return check

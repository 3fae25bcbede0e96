"""Generators of the source: what consumes one runs at each `yield`, where it stands.

A call of a generator function runs nothing: its frame waits. A `for` over it lowers the body of the
generator in place, and each `yield` becomes a trip of the `for`: its target is bound, its body
runs in the frame of the consumer, and then the generator goes on. `break` ends the generator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from s2sad.frontend.control.bodies import lower_body, statements
from s2sad.frontend.control.scopes import run_scope
from s2sad.frontend.data.assignment import assign
from s2sad.frontend.data.closures import comprehension_function, make_closure
from s2sad.frontend.dispatch import call, evaluates, expression
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.drafts import Scope
from s2sad.frontend.state.frames import bind_parameters, drop_frame, new_frame
from s2sad.frontend.state.heap import MARK, Name
from s2sad.frontend.state.values import Abstract, Closure, Frame, Generator, Known

Keep = Callable[[Name], bool]
NO_FRAME = -1  # names of no frame are always live
# How far a generator has come.
BEGUN, ENDED = "begun", "ended"


def make_generator(
    ctx: Context,
    callee: Closure,
    args: list[Abstract],
    keywords: dict[str, Abstract],
    node: Any,
) -> Abstract:
    """A call of a generator function: its arguments are bound, and nothing runs yet."""
    frame = new_frame(ctx, callee)
    bind_parameters(ctx, frame, callee, args, keywords, node)
    return Generator(frame)


def consume(ctx: Context, node: Any, generator: Generator, keep: Keep) -> None:
    """`for target in generator: body`, with its `else`. keep: the names that a trip may read."""
    mark = (NO_FRAME, f"{MARK}{generator.frame.number}")
    before = ctx.state.names.get(mark)
    if isinstance(before, Known) and before.value == ENDED:
        statements(ctx, node.orelse)
        return
    if before is not None:
        refuse(ctx, "S102", "how far this generator has come isn't known when compiling", node.iter,
               help="make it a list: list(...)")  # fmt: skip
    _check(ctx, generator.frame, node)
    ctx.state.names[mark] = Known(BEGUN)
    live = (ctx.frame.live.get(id(part), frozenset()) for part in (node, node.body))
    ctx.frame.live_now = ctx.frame.live_now.union(*live)
    around = Scope("unrolled", frame=ctx.frame.number)
    trip = _trip(ctx, node, keep)

    def everything() -> None:
        ctx.scopes.append(around)
        _run(ctx, generator.frame, trip, keep)
        ctx.scopes.pop()
        if not ctx.dead:
            ctx.state.names[mark] = Known(ENDED)
            statements(ctx, node.orelse)

    run_scope(ctx, around, everything, keep=keep)


def _trip(ctx: Context, node: Any, keep: Keep) -> Callable[[Abstract], None]:
    """What happens at a `yield`: a trip of the consumer, whose raises the generator can't catch."""
    consumer, origin, guards = ctx.frame, ctx.origin, list(ctx.guards)

    def trip(value: Abstract) -> None:
        inner = Scope("iteration", frame=consumer.number)
        here, where, live = ctx.frame, ctx.origin, consumer.live_now
        within, ctx.guards = ctx.guards, list(guards)

        def action() -> None:
            ctx.scopes.append(inner)
            ctx.frame, ctx.origin = consumer, origin
            assign(ctx, node.target, value, node)
            statements(ctx, node.body)
            ctx.scopes.pop()

        run_scope(ctx, inner, action, keep=keep)
        ctx.frame, ctx.origin, consumer.live_now = here, where, live
        ctx.guards = within

    return trip


def _run(ctx: Context, frame: Frame, trip: Callable[[Abstract], None], keep: Keep) -> None:
    """Lowers the body of a generator, with `trip` at each `yield`."""
    scope = Scope("function", frame=frame.number)
    key = (frame.number, "<generator>")
    consumer, origin = ctx.frame, ctx.origin
    frame.caller, frame.emit, frame.live_now = consumer, trip, frozenset()

    def body() -> None:
        ctx.frame = frame
        ctx.scopes.append(scope)
        lower_body(ctx, frame, key)
        ctx.scopes.pop()

    run_scope(ctx, scope, body, keep=keep)
    ctx.frame, ctx.origin = consumer, origin
    drop_frame(ctx, frame)
    ctx.state.names.pop(key, None)


def _check(ctx: Context, frame: Frame, node: Any) -> None:
    """A generator that calls itself can't be followed."""
    around: Frame | None = ctx.frame
    while around is not None:
        if around.node is frame.node:
            refuse(ctx, "S102", f"the generator `{frame.name}` calls itself", node.iter,
                   help="collect the values in a list")  # fmt: skip
        around = around.caller


@evaluates(gast.Yield)
def lower_yield(ctx: Context, node: Any, hint: str) -> Abstract:
    """`yield value`: a trip of whoever consumes the generator; nothing is sent back."""
    if ctx.frame.emit is None:
        refuse(ctx, "S102", "a generator can't be differentiated here", node,
               help="return a list or an array instead")  # fmt: skip
    value = Known(None) if node.value is None else expression(ctx, node.value, "")
    ctx.frame.emit(value)
    return Known(None)


def listed_generator(ctx: Context, generator: Generator, hint: str, node: Any) -> Abstract:
    """`list(generator)`."""

    def name(text: str, context: Any) -> Any:
        return gast.Name(text, context, None, None)

    source = gast.comprehension(name(".item", gast.Store()), name(".iterable", gast.Load()), [], 0)
    shown = gast.ListComp(name(".item", gast.Load()), [source])
    function = comprehension_function(gast.copy_location(shown, node))
    return call(ctx, make_closure(ctx, function, "list"), [generator], {}, hint, node)

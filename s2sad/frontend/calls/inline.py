"""Calls of user functions, lowered in place.

The body is lowered in a frame of its own, its parameters bound to the caller's values, so that
references are passed as Python passes them; an early return ends the scope of the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.frontend.calls.called import call_function
from s2sad.frontend.calls.choice import Repeated, plan_of
from s2sad.frontend.control.bodies import run_frame
from s2sad.frontend.control.generators import make_generator
from s2sad.frontend.dispatch import calls
from s2sad.frontend.source.scopes import is_generator
from s2sad.frontend.state.context import RECURSIVE, Context, Refused, Restart, place, refuse
from s2sad.frontend.state.frames import bind_parameters, new_frame
from s2sad.frontend.state.values import Abstract, Closure, Frame, Keywords

DEPTH = 40


@calls(Closure)
def inline(
    ctx: Context, callee: Closure, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """Lowers the body of a user's function in place, and gives what it returns."""
    made = None if is_generator(callee.node) else plan_of(ctx, callee)
    if made is not None:
        return call_function(ctx, callee, args, keywords, hint, node, made)
    _check_depth(ctx, callee, node)
    if is_generator(callee.node):
        return make_generator(ctx, callee, args, keywords, node)
    repeated = Repeated(ctx, callee, args, keywords)
    frame = new_frame(ctx, callee)
    bind_parameters(ctx, frame, callee, args, keywords, node)
    if callee.stands_in or (callee.frame is not None and callee.frame.origin is not None):
        frame.origin = place(ctx, node)
        result = _as_a_whole(ctx, lambda: run_frame(ctx, frame, hint))
    else:
        result = run_frame(ctx, frame, hint)
    repeated.note()
    return result


def _as_a_whole(ctx: Context, action: Callable[[], Abstract]) -> Abstract:
    """Lowers what is refused as a whole: then the caller goes on from where it was."""
    here = (ctx.frame, ctx.draft, ctx.state, list(ctx.scopes))
    try:
        return action()
    except Refused:
        ctx.frame, ctx.draft, ctx.state, ctx.scopes = here
        raise


def _check_depth(ctx: Context, callee: Closure, node: Any) -> None:
    depth = 0
    frame: Frame | None = ctx.frame
    while frame is not None:
        if frame.node is callee.node and frame.parent is callee.frame:
            raise Restart(callee, RECURSIVE)
        depth, frame = depth + 1, frame.caller
    if depth > DEPTH:
        refuse(ctx, "S105", f"calls are nested more than {DEPTH} deep here", node)

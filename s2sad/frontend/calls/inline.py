"""Calls of user functions, lowered in place.

The body is lowered in a frame of its own, its parameters bound to the caller's values, so that
references are passed as Python passes them; an early return ends the scope of the call.
"""

from __future__ import annotations

from typing import Any

from s2sad.frontend.calls.called import call_function
from s2sad.frontend.calls.choice import Repeated, plan_of
from s2sad.frontend.control.bodies import run_frame
from s2sad.frontend.control.generators import make_generator
from s2sad.frontend.dispatch import calls
from s2sad.frontend.source.scopes import is_generator
from s2sad.frontend.state.context import RECURSIVE, Context, Restart, place, refuse
from s2sad.frontend.state.frames import bind_parameters, new_frame
from s2sad.frontend.state.values import Abstract, Closure, Frame, Keywords

DEPTH = 40
OURS = "s2sad.equivalents."


# -- inlining


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
    frame.origin = place(ctx, node) if _is_ours(callee) else None
    bind_parameters(ctx, frame, callee, args, keywords, node)
    result = run_frame(ctx, frame, hint, node)
    repeated.note()
    return result


def _is_ours(callee: Closure) -> bool:
    """Whether a function stands for one of Python's: it belongs to the line that calls it."""
    if callee.frame is not None:
        return callee.frame.origin is not None
    return callee.function is not None and str(callee.function[0].__module__).startswith(OURS)


def _check_depth(ctx: Context, callee: Closure, node: Any) -> None:
    depth = 0
    frame: Frame | None = ctx.frame
    while frame is not None:
        if frame.node is callee.node and frame.parent is callee.frame:
            raise Restart(callee, RECURSIVE)
        depth, frame = depth + 1, frame.caller
    if depth > DEPTH:
        refuse(ctx, "S105", f"calls are nested more than {DEPTH} deep here", node)

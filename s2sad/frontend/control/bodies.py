"""Bodies: statements in order, what becomes of those that are refused, and what a body returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from s2sad.frontend.control.raising import raise_class
from s2sad.frontend.control.scopes import run_scope
from s2sad.frontend.dispatch import expression, lowers, statement, statement_origin
from s2sad.frontend.source.liveness import assigned
from s2sad.frontend.state.context import Bottomed, Context, Poisoned, Refused, end_here
from s2sad.frontend.state.drafts import Scope
from s2sad.frontend.state.frames import drop_frame
from s2sad.frontend.state.guards import catcher
from s2sad.frontend.state.values import Abstract, Conflict, Frame, Known, OneOf, Unbound


def run_frame(ctx: Context, frame: Frame, hint: str) -> Abstract:
    """Lowers the body of a frame; its returns are joined where there are several."""
    scope = Scope("function", frame=frame.number)
    key = (frame.number, f"<{hint or 'out'}>")
    origin, caller = ctx.origin, ctx.frame
    frame.live_now = frozenset()

    def body() -> None:
        ctx.frame = frame
        ctx.scopes.append(scope)
        try:
            lower_body(ctx, frame, key)
        except Bottomed:
            end_here(ctx)
        ctx.scopes.pop()

    run_scope(ctx, scope, body, keep=lambda name: name == key)
    ctx.frame, ctx.origin = caller, origin
    result = ctx.state.names.pop(key, Unbound("result"))
    result = _returned(result)
    drop_frame(ctx, frame, result)
    if isinstance(result, Unbound) and ctx.dead and frame.inlined:
        raise Bottomed
    return Known(None) if isinstance(result, Unbound) else result


def _returned(result: Abstract) -> Abstract:
    """What a body returns: it is bound wherever the end of the body is reached."""
    if not isinstance(result, OneOf):
        return result
    bound = [choice for choice in result.choices if not isinstance(choice, Unbound)]
    if len(bound) == 1:
        return bound[0]
    choices = tuple(bound[0] if isinstance(c, Unbound) else c for c in result.choices)
    return OneOf(result.tag, choices)


def lower_body(ctx: Context, frame: Frame, key: tuple[int, str]) -> None:
    """The whole body of a function; what it returns is bound to the hidden name `key`."""
    frame.result = key
    body = frame.node.body
    if not isinstance(body, list):
        ctx.origin = statement_origin(ctx, frame.node.body)
        ctx.state.names[key] = expression(ctx, body, key[1].strip("<>"))
        return
    statements(ctx, body)
    if not ctx.dead:
        ctx.state.names.setdefault(key, Known(None))


def statements(ctx: Context, body: Sequence[Any]) -> None:
    """Statements in order; all that is refused in them is collected. What stands in for a function
    of a library is refused as a whole."""
    for node in body:
        if ctx.dead:
            return
        try:
            statement(ctx, node)
        except Bottomed:
            end_here(ctx)
        except Poisoned:
            _poison(ctx, node)
        except Refused as refused:
            if _raised(ctx, refused, node):
                continue
            if ctx.frame.origin is not None:
                raise
            ctx.diagnostics.append(refused.diagnostic)
            _poison(ctx, node)


def _raised(ctx: Context, refused: Refused, node: Any) -> bool:
    """Whether what is refused is an error at run time instead: one that Python would raise on a
    path that needn't be taken, or that a handler catches without looking at it."""
    if refused.raises is None:
        return False
    found = catcher(ctx, refused.raises)
    if found is not None and found[1] in found[0].errors:
        return False
    if found is None and not ctx.arms and not any(s.kind == "loop" for s in ctx.scopes):
        return False
    raise_class(ctx, refused.raises, (), None, node)
    return True


def _poison(ctx: Context, node: Any) -> None:
    """After a refusal the names that the statement would bind are poisoned: what follows is
    still looked at, and what depends on them is passed over in silence."""
    for name in assigned([node]):
        ctx.state.names[(ctx.frame.number, name)] = Conflict(name, "")
    if isinstance(node, gast.Return):
        ctx.state.names[ctx.frame.result] = Conflict("out", "")
        end_here(ctx)


# -- control


@lowers(gast.Expr)
def _expression(ctx: Context, node: Any) -> None:
    if not isinstance(node.value, gast.Constant):
        expression(ctx, node.value, "")


@lowers(gast.Pass, gast.Global, gast.Nonlocal)
def _pass(ctx: Context, node: Any) -> None:
    """`pass`, `global`, `nonlocal`: nothing at run time."""

"""Leaving: `return`, `break` and `continue`, by way of what stands in between."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.dispatch import expression, lowers
from s2sad.frontend.state.context import Context
from s2sad.frontend.state.drafts import Leave, Scope
from s2sad.frontend.state.guards import Jump, land
from s2sad.frontend.state.values import Known

# -- leaving


def put_off(ctx: Context, kind: str, target: Scope) -> bool:
    """Leaves for `target` by way of the innermost loop or `finally` in between, if there is one."""
    start = ctx.scopes.index(target)
    between = [s for s in ctx.scopes[start + 1 :] if s.kind in ("loop", "finally")]
    if not between:
        return False
    scope = between[-1]
    assert ctx.origin is not None
    key = f"{kind} {target.frame}"
    jump = ctx.jumps.setdefault(key, Jump(kind, None, target.frame, ctx.origin))
    if jump not in scope.returns:
        scope.returns.append(jump)
    number = 2 + scope.returns.index(jump)
    if scope.kind == "finally":
        ctx.state.names[scope.flag] = Known(number)
        number = 0
    depart(ctx, scope, number)
    return True


@lowers(Jump)
def lower_jump(ctx: Context, jump: Jump) -> None:
    """What was put off, as near to its target as it is now."""
    if jump.guard is not None:
        land(tuple(ctx.scopes), jump.guard, jump.number, ctx.state, ctx.draft)
        ctx.dead = True
        return
    leave_for(ctx, jump.kind, jump.number)


def leave_for(ctx: Context, kind: str, frame: int | None = None) -> None:
    """`return` (with its value stored), `break` or `continue`, of a frame or the present one."""
    wanted = {"return": ("function",), "break": ("loop", "unrolled"),
              "continue": ("loop", "iteration")}[kind]  # fmt: skip
    own = ctx.frame.number if frame is None else frame
    target = next(s for s in reversed(ctx.scopes) if s.kind in wanted and s.frame == own)
    if put_off(ctx, kind, target):
        return
    depart(ctx, target, 1 if (kind, target.kind) == ("break", "loop") else 0)


def depart(ctx: Context, scope: Scope, number: int) -> None:
    """Ends the present block by leaving a scope; calls in between are given up."""
    given_up = [s.frame for s in ctx.scopes[ctx.scopes.index(scope) + 1 :] if s.kind == "function"]
    for name in [n for n in ctx.state.names if n[0] in given_up]:
        del ctx.state.names[name]
    end = Leave(scope, number, ctx.state, ctx.draft)
    ctx.draft.end = end
    scope.leaves.append(end)
    ctx.dead = True


def is_tried(ctx: Context) -> bool:
    """Whether a `try`, or a loop of another function, stands between here and the end of this
    function."""
    for scope in reversed(ctx.scopes):
        own = scope.frame == ctx.frame.number
        if scope.kind == "function" and own:
            return False
        if scope.kind in ("try", "finally") or not own:
            return True
    return False


def leave(ctx: Context, scope: Scope, number: int) -> None:
    """Ends the current block by leaving a scope."""
    end = Leave(scope, number, ctx.state, ctx.draft)
    ctx.draft.end = end
    scope.leaves.append(end)
    ctx.dead = True


@lowers(gast.Return)
def _return(ctx: Context, node: Any) -> None:
    scope = next(s for s in reversed(ctx.scopes) if s.kind in ("loop", "function"))
    if scope.kind == "loop" and not is_tried(ctx):
        # The statement itself is moved behind the loop, under its exit number.
        if node not in scope.returns:
            scope.returns.append(node)
        leave(ctx, scope, 2 + scope.returns.index(node))
        return
    key = ctx.frame.result
    hint = key[1].strip("<>")
    value = expression(ctx, node.value, hint) if node.value is not None else Known(None)
    ctx.state.names[key] = value
    if ctx.scopes[-1] is scope and _at_end(ctx, node):
        ctx.frame.live_now = frozenset()
        return
    leave_for(ctx, "return")


def _at_end(ctx: Context, node: Any) -> bool:
    body = ctx.frame.node.body
    return isinstance(body, list) and body[-1] is node


@lowers(gast.Break)
def _break(ctx: Context, node: Any) -> None:
    leave_for(ctx, "break")


@lowers(gast.Continue)
def _continue(ctx: Context, node: Any) -> None:
    leave_for(ctx, "continue")

"""`try` and `raise`: an exception is a way to leave, like `break` and `return`.

What a `raise` in a body, or in a function that it calls, is caught by is known when compiling; the
`raise` then leaves for the handler. Statements of libraries that may raise become `Try`s of their
own, with an `if` behind them that leaves (see `guards`). A `finally` stands behind everything
that leaves through it, and what was put off follows under its number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from s2sad.frontend.control.bodies import statements
from s2sad.frontend.control.branches import branch
from s2sad.frontend.control.leaving import lower_jump
from s2sad.frontend.control.raising import is_exception, raise_value
from s2sad.frontend.control.scopes import run_scope
from s2sad.frontend.dispatch import expression, lowers
from s2sad.frontend.joins.variables import is_live
from s2sad.frontend.operations.views import elements
from s2sad.frontend.state.context import Context, add, constant, refuse
from s2sad.frontend.state.drafts import Scope
from s2sad.frontend.state.guards import Guard, settle
from s2sad.frontend.state.heap import Name
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Known
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import BOOL

EVERYTHING = (BaseException,)


@lowers(gast.Try)
def lower_try(ctx: Context, node: Any) -> None:
    """`try` with its handlers, `else` and `finally`."""
    if node.finalbody:
        _with_finally(ctx, node)
    else:
        _with_handlers(ctx, node)


# -- handlers


def _with_handlers(ctx: Context, node: Any) -> None:
    guard = _guard(ctx, node, [_classes(ctx, h) for h in node.handlers])
    guard.errors = {
        k: (ctx.frame.number, f"<error>{guard.flag[1]}{k}")
        for k, handler in enumerate(node.handlers, 1)
        if _wants_error(handler)
    }
    number = _guarded(
        ctx, guard, lambda: statements(ctx, node.body), lambda: statements(ctx, node.orelse)
    )
    behind = id(node.finalbody) if node.finalbody else id(node)
    after = ctx.frame.live.get(behind, frozenset())
    ctx.frame.live_now = after
    cases = [
        (k, _handling(ctx, guard, k, handler, after))
        for k, handler in enumerate(node.handlers, 1)
        if k in guard.used
    ]
    dispatch(ctx, number, cases, node)


def _guard(ctx: Context, node: Any, handlers: list[tuple[type, ...]]) -> Guard:
    frame, newest = ctx.frame, ctx.shared.frames
    names = frame.live.get(id(node.body), frozenset())
    names |= frame.live.get(id(node), frozenset())
    around = is_live(ctx)
    base = ctx.state.copy()

    def live(name: Name) -> bool:
        number, text = name
        if text.startswith("<"):
            return name in base.names or (number == frame.number and text.startswith("<error>"))
        if number == frame.number:
            return text in names
        return number <= newest and around(name)

    assert ctx.origin is not None
    flag = (frame.number, f"<raised>{len(ctx.guards)}.{ctx.origin.statement.line}")
    return Guard(Scope("try"), handlers, flag, {}, base, live, ctx.origin, newest)


def _guarded(
    ctx: Context, guard: Guard, body: Callable[[], None], orelse: Callable[[], None]
) -> Abstract:
    """Runs a body under a guard, and what follows it without; gives the number of the handler
    (0: nothing was raised)."""

    def action() -> None:
        ctx.scopes.append(guard.scope)
        ctx.guards.append(guard)
        draft = ctx.draft
        try:
            body()
        finally:
            ctx.guards.pop()
        if not ctx.dead:
            orelse()
        ctx.scopes.pop()
        if not ctx.dead:
            ctx.state.names[guard.flag] = Known(0)
        settle(draft)

    run_scope(ctx, guard.scope, action, keep=lambda name: guard.live(name) or name == guard.flag)
    return ctx.state.names.pop(guard.flag, Known(0))


def dispatch(
    ctx: Context, number: Abstract, cases: list[tuple[int, Callable[[], None]]], node: Any
) -> None:
    """Does what belongs to a number; nothing where it is none of those given."""
    if ctx.dead or not cases:
        return
    if isinstance(number, Known):
        for k, action in cases:
            if k == number.value:
                action()
        return
    (k, action), rest = cases[0], cases[1:]
    atom = atom_of(ctx, number)
    test = add(ctx, OPERATORS["eq"], (atom, constant(k)), BOOL, "", None)
    branch(ctx, test, action, lambda: dispatch(ctx, number, rest, node))


def _handling(
    ctx: Context, guard: Guard, k: int, handler: Any, after: frozenset[str]
) -> Callable[[], None]:
    origin, frame = guard.origin, ctx.frame

    def action() -> None:
        ctx.origin = origin
        error = ctx.state.names.pop(guard.errors.get(k, guard.flag), None)
        name = None if handler.name is None else (frame.number, handler.name.id)
        if name is not None and error is not None:
            ctx.state.names[name] = error
        ctx.handling.append(error if error is not None else Known(None))
        try:
            statements(ctx, handler.body)
        finally:
            ctx.handling.pop()
        if name is not None:
            ctx.state.names.pop(name, None)
        frame.live_now = after
        ctx.origin = origin

    return action


def _classes(ctx: Context, handler: Any) -> tuple[type, ...]:
    if handler.type is None:
        return EVERYTHING
    value = expression(ctx, handler.type, "")
    items = elements(ctx, value) or (value,)
    found = [item.value for item in items if isinstance(item, Known)]
    if len(found) != len(items) or not all(map(is_exception, found)):
        refuse(ctx, "S104", "the classes of `except` must be known when compiling", handler.type)
    return tuple(found)


def _wants_error(handler: Any) -> bool:
    """Whether a handler reads its exception, or raises it again."""
    nodes = [n for part in handler.body for n in gast.walk(part)]
    named = handler.name is not None and any(
        isinstance(n, gast.Name) and n.id == handler.name.id for n in nodes
    )
    return named or any(isinstance(n, gast.Raise) and n.exc is None for n in nodes)


# -- finally


def _with_finally(ctx: Context, node: Any) -> None:
    """The body in a scope of its own; then the `finally`; then what was put off."""

    def protected() -> None:
        if node.handlers:
            _with_handlers(ctx, node)
        else:
            statements(ctx, [*node.body, *node.orelse])

    def final(error: Abstract | None) -> None:
        statements(ctx, node.finalbody)
        if error is not None and not ctx.dead:
            raise_value(ctx, error, node)

    acts = is_watched(ctx) or _acts(node.finalbody)
    finally_around(ctx, node, protected, final, EVERYTHING if acts else ())


def finally_around(
    ctx: Context,
    node: Any,
    protected: Callable[[], None],
    final: Callable[[Abstract | None], None],
    classes: tuple[type, ...],
) -> None:
    """Runs `protected`, and `final` however it is left; then does what was put off. final: gets the
    exception, or None. classes: the exceptions after which it runs."""
    guard = _guard(ctx, node, [classes] if classes else [])
    guard.scope.kind, guard.scope.flag = "finally", guard.flag
    key = (ctx.frame.number, f"<error>{guard.flag[1]}")
    guard.errors = {1: key} if classes else {}
    origin, after = ctx.origin, ctx.frame.live.get(id(node), frozenset())
    number = _guarded(ctx, guard, protected, lambda: None)
    error = ctx.state.names.pop(key, None)
    if ctx.dead:
        return

    def settled(k: int) -> None:
        ctx.origin = origin
        final(error if k == 1 else None)
        if k > 1 and not ctx.dead:
            lower_jump(ctx, guard.scope.returns[k - 2])
        ctx.frame.live_now = after
        ctx.origin = origin

    _finish(ctx, guard, number, final, settled, after)


def _finish(
    ctx: Context,
    guard: Guard,
    number: Abstract,
    final: Callable[[Abstract | None], None],
    settled: Callable[[int], None],
    after: frozenset[str],
) -> None:
    """The `finally`: once for all that is not an exception, and then what was put off."""
    origin = ctx.origin
    jumps = range(2, 2 + len(guard.scope.returns))
    ctx.frame.live_now = after

    def plain() -> None:
        ctx.origin = origin
        final(None)
        ctx.frame.live_now = after
        if not ctx.dead:
            cases = [(k, _jumping(ctx, guard, k)) for k in jumps]
            dispatch(ctx, number, cases, None)
        ctx.frame.live_now = after

    if 1 not in guard.used:
        plain()
    elif isinstance(number, Known):
        settled(1) if number.value == 1 else plain()
    else:
        test = add(ctx, OPERATORS["eq"], (atom_of(ctx, number), constant(1)), BOOL, "", None)
        branch(ctx, test, lambda: settled(1), plain)


def _jumping(ctx: Context, guard: Guard, k: int) -> Callable[[], None]:
    return lambda: lower_jump(ctx, guard.scope.returns[k - 2])


def is_watched(ctx: Context) -> bool:
    """Whether a handler around may see what an exception leaves behind."""
    return any(guard.handlers for guard in ctx.guards)


_HARMLESS = (
    gast.Assign, gast.AugAssign, gast.Pass, gast.Name, gast.Constant, gast.BinOp, gast.Add,
    gast.Sub, gast.Mult, gast.UnaryOp, gast.USub, gast.Store, gast.Load, gast.Tuple,
)  # fmt: skip


def _acts(body: list[Any]) -> bool:
    """Whether a `finally` may act outside of the function, raise something else, or keep what was
    raised to itself: then it runs after errors, too."""
    return any(not isinstance(n, _HARMLESS) for part in body for n in gast.walk(part))

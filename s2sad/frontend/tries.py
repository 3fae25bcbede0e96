"""`try` and `raise`: an exception is a way to leave, like `break` and `return`.

What a `raise` in a body, or in a function that it calls, is caught by is known when compiling; the
`raise` then leaves for the handler. Statements of libraries that may raise become `Try`s of their
own, with an `if` behind them that leaves (see `guards`). A `finally` stands behind everything
that leaves through it, and what was put off follows under its number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from s2sad.frontend.branches import branch, end_here, is_live
from s2sad.frontend.context import Context, add, constant, refuse
from s2sad.frontend.drafts import Leave, Scope
from s2sad.frontend.functions import run_scope
from s2sad.frontend.guards import EXCEPTION, Guard, Jump, catcher, land, settle
from s2sad.frontend.names import page_name
from s2sad.frontend.references import atom_of
from s2sad.frontend.state import Name
from s2sad.frontend.values import Abstract, Known, Value
from s2sad.ir.data import Atom, Op
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import BOOL, Opaque

Body = Callable[[Context, Sequence[Any]], None]
EVERYTHING = (BaseException,)


def lower_try(ctx: Context, node: Any, body: Body) -> None:
    """`try` with its handlers, `else` and `finally`."""
    if node.finalbody:
        _with_finally(ctx, node, body)
    else:
        _with_handlers(ctx, node, body)


# -- handlers


def _with_handlers(ctx: Context, node: Any, body: Body) -> None:
    guard = _guard(ctx, node, [_classes(ctx, h) for h in node.handlers])
    guard.errors = {
        k: (ctx.frame.number, f"<error>{guard.flag[1]}{k}")
        for k, handler in enumerate(node.handlers, 1)
        if _wants_error(handler)
    }
    number = _guarded(ctx, guard, lambda: body(ctx, node.body), lambda: body(ctx, node.orelse))
    behind = id(node.finalbody) if node.finalbody else id(node)
    after = ctx.frame.live.get(behind, frozenset())
    ctx.frame.live_now = after
    cases = [
        (k, _handling(ctx, guard, k, handler, after, body))
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
    branch(ctx, test, action, lambda: dispatch(ctx, number, rest, node), None)


def _handling(
    ctx: Context, guard: Guard, k: int, handler: Any, after: frozenset[str], body: Body
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
            body(ctx, handler.body)
        finally:
            ctx.handling.pop()
        if name is not None:
            ctx.state.names.pop(name, None)
        frame.live_now = after
        ctx.origin = origin

    return action


def _classes(ctx: Context, handler: Any) -> tuple[type, ...]:
    from s2sad.frontend.expressions import elements, lower

    if handler.type is None:
        return EVERYTHING
    value = lower(ctx, handler.type, "")
    items = elements(ctx, value) or (value,)
    found = [item.value for item in items if isinstance(item, Known)]
    if len(found) != len(items) or not all(map(_is_exception, found)):
        refuse(ctx, "S104", "the classes of `except` must be known when compiling", handler.type)
    return tuple(found)


def _is_exception(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def _wants_error(handler: Any) -> bool:
    """Whether a handler reads its exception, or raises it again."""
    nodes = [n for part in handler.body for n in gast.walk(part)]
    named = handler.name is not None and any(
        isinstance(n, gast.Name) and n.id == handler.name.id for n in nodes
    )
    return named or any(isinstance(n, gast.Raise) and n.exc is None for n in nodes)


# -- finally


def _with_finally(ctx: Context, node: Any, body: Body) -> None:
    """The body in a scope of its own; then the `finally`; then what was put off."""

    def protected() -> None:
        if node.handlers:
            _with_handlers(ctx, node, body)
        else:
            body(ctx, [*node.body, *node.orelse])

    def final(error: Abstract | None) -> None:
        body(ctx, node.finalbody)
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
        branch(ctx, test, lambda: settled(1), plain, None)


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
    _depart(ctx, scope, number)
    return True


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
    _depart(ctx, target, 1 if (kind, target.kind) == ("break", "loop") else 0)


def _depart(ctx: Context, scope: Scope, number: int) -> None:
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


# -- raise


def lower_raise(ctx: Context, node: Any) -> None:
    """`raise Error(...)`, `raise`, `raise error`: for the handler that catches it, if there is
    one; else the user's exception, as it is. Nothing comes back on this path."""
    from s2sad.frontend.expressions import lower

    if node.exc is None:
        if not ctx.handling or isinstance(ctx.handling[-1], Known):
            refuse(ctx, "S104", "there is no exception here to raise again", node,
                   help="write the exception: `raise Error(...)`")  # fmt: skip
        raise_value(ctx, ctx.handling[-1], node)
        return
    call = node.exc if isinstance(node.exc, gast.Call) else None
    value = lower(ctx, call.func if call is not None else node.exc)
    if call is None and isinstance(value, Value) and value.atom.type == EXCEPTION:
        raise_value(ctx, value, node)
        return
    if not isinstance(value, Known) or not _is_exception(value.value):
        refuse(ctx, "S101", "only exceptions can be raised here", node)
    if call is not None and call.keywords:
        refuse(ctx, "S101", "an exception with keyword arguments can't be raised yet", node,
               help="pass its arguments by position")  # fmt: skip
    args = tuple(atom_of(ctx, lower(ctx, a), "", node) for a in (call.args if call else ()))
    cause = None if node.cause is None else atom_of(ctx, lower(ctx, node.cause), "", node)
    raise_class(ctx, value.value, args, cause, node)


def raise_class(
    ctx: Context, cls: type, args: tuple[Atom, ...], cause: Atom | None, node: Any
) -> None:
    """`raise cls(*args) from cause`, caught or not."""
    found = catcher(ctx, cls)
    if found is None:
        name = page_name(cls) or cls.__name__
        static = (("name", name), ("cause", cause is not None), ("class", cls))
        op = Op("raise", _raising(cls), "structural", None, "fresh", "outside")
        given = args if cause is None else (*args, cause)
        add(ctx, op, given, Opaque("None"), "", node, static)
        end_here(ctx)
        return
    guard, number = found
    if number in guard.errors:
        op = Op(page_name(cls) or cls.__name__, cls, "call", None, "fresh", "pure")
        ctx.state.names[guard.errors[number]] = Value(add(ctx, op, args, EXCEPTION, "error", node))
    land(tuple(ctx.scopes), guard, number, ctx.state, ctx.draft)
    ctx.dead = True


def raise_value(ctx: Context, error: Abstract, node: Any) -> None:
    """Raises an exception whose class is known at run time only."""
    op = Op("raise", _again, "structural", None, "fresh", "outside")
    static = (("name", None), ("cause", False), ("class", None))
    add(ctx, op, (atom_of(ctx, error, "", node),), Opaque("None"), "", node, static)
    end_here(ctx)


def _again(error: BaseException, **static: Any) -> None:
    raise error


def _raising(cls: Any) -> Any:
    def throw(*args: Any, cause: bool, **static: Any) -> None:
        if cause:
            raise cls(*args[:-1]) from args[-1]
        raise cls(*args)

    return throw

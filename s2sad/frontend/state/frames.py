"""Frames: one call of a function while it is lowered, and its arguments bound to parameters."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.source.scopes import awaits, scope_of
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.heap import parts
from s2sad.frontend.state.values import Abstract, Closure, Frame, Items, Keywords, Mapping


def new_frame(ctx: Context, callee: Closure) -> Frame:
    """The frame for a call: its scope rules come from the syntax, as in Python."""
    node = callee.node
    if isinstance(node, gast.AsyncFunctionDef) or awaits(node):
        refuse(
            ctx,
            "S102",
            f"`{callee.name}` is a generator or a coroutine",
            node,
            help="return a list or an array instead",
        )
    ctx.shared.frames += 1
    function, source, access = callee.function or (None, None, None)
    scope = scope_of(node)
    return Frame(
        ctx.shared.frames,
        callee.name,
        node,
        source or (callee.frame.source if callee.frame else None),
        function,
        callee.frame,
        scope.local,
        scope.outer,
        scope.world,
        inlined=True,
        live=scope.live,
        access=access,
        caller=ctx.frame,
    )


def bind_parameters(
    ctx: Context, frame: Frame, callee: Closure, args: list[Abstract], keywords: Keywords, node: Any
) -> None:
    """Binds arguments to parameters as Python does, with its errors as refusals."""
    spec = callee.node.args
    positional = [p.id for p in (*spec.posonlyargs, *spec.args)]
    values: Keywords = dict(zip(positional, args, strict=False))
    extra = args[len(positional) :]
    left = dict(keywords)
    for name in [*positional[len(spec.posonlyargs) :], *(p.id for p in spec.kwonlyargs)]:
        if name in left:
            if name in values:
                _bad_call(ctx, callee, f"got multiple values for argument `{name}`", node)
            values[name] = left.pop(name)
    for name, default in callee.defaults.items():
        values.setdefault(name, default)
    missing = [n for n in [*positional, *(p.id for p in spec.kwonlyargs)] if n not in values]
    if missing:
        _bad_call(ctx, callee, f"missing argument `{missing[0]}`", node)
    if extra and spec.vararg is None:
        _bad_call(ctx, callee, f"takes {len(positional)} arguments, {len(args)} given", node)
    if left and spec.kwarg is None:
        _bad_call(ctx, callee, f"got an unexpected argument `{next(iter(left))}`", node)
    if spec.vararg is not None:
        values[spec.vararg.id] = Items(tuple(extra))
    if spec.kwarg is not None:
        values[spec.kwarg.id] = location(ctx, Mapping(tuple(left.items())))
    for name, value in values.items():
        ctx.state.names[(frame.number, name)] = value


def _bad_call(ctx: Context, callee: Closure, message: str, node: Any) -> None:
    refuse(ctx, "S405", f"{callee.name}() {message}", node, note="Python would raise TypeError")


def drop_frame(ctx: Context, frame: Frame, result: Abstract | None = None) -> None:
    """The names of a finished call are gone, unless a function made in it still reads them."""
    if frame.number in _captured(ctx, frame, result):
        return
    for name in [n for n in ctx.state.names if n[0] == frame.number]:
        del ctx.state.names[name]


def _captured(ctx: Context, ended: Frame, result: Abstract | None) -> set[int]:
    """The frames whose names a function that is still around may read, when a frame ends."""
    found: set[int] = set()
    todo = [v for n, v in ctx.state.names.items() if n[0] != ended.number]
    todo += [result] if result is not None else []
    for content in ctx.state.heap.values():
        todo += parts(content)
    while todo:
        value = todo.pop()
        todo += parts(value)
        frame = value.frame if isinstance(value, Closure) else None
        while frame is not None:
            found.add(frame.number)
            frame = frame.parent
    return found

"""Functions with a definition: what is lowered is the text of a Python function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from s2sad.equivalents import equivalent
from s2sad.errors import CompileError
from s2sad.frontend.dispatch import call
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.outside import outside
from s2sad.frontend.state.values import Abstract, Closure, Keywords, Known
from s2sad.provenance import source_of
from s2sad.request import Access


def call_definition(
    ctx: Context,
    definition: Callable[..., Any],
    args: list[Abstract],
    keywords: Keywords,
    hint: str,
    node: Any,
) -> Abstract:
    """Lowers the statements that define a library function, at the place of the call."""
    closure = closure_of(ctx, Known(definition, Access(definition, ())), node)
    return call(ctx, replace(closure, stands_in=True), args, keywords, hint, node)


def closure_of(ctx: Context, callee: Known, node: Any) -> Closure:
    """A function object from outside, with its source."""
    function = callee.value
    try:
        definition = source_of(function)
    except CompileError as error:
        refuse(
            ctx,
            "S203",
            f"`{getattr(function, '__qualname__', function)}` has no source here, and no rule",
            node,
            note=error.diagnostics[0].message,
            help="write a rule for it: @s2sad.adjoint(function)",
        )
    access = callee.access or Access(function, ())
    defaults = _defaults_outside(ctx, function, access, node)
    return Closure(
        definition.node,
        None,
        defaults,
        (function, definition.source, access),
        function.__name__,
        _stands_in(ctx, function),
    )


def _stands_in(ctx: Context, function: Any) -> bool:
    """Whether a function is an equivalent of one of Python's, or a part of what stands in for a
    function of a library."""
    module = str(function.__module__)
    inside = ctx.frame.origin is not None and module.startswith("s2sad.")
    return inside or module.startswith("s2sad.equivalents.")


def _defaults_outside(ctx: Context, function: Any, access: Access | None, node: Any) -> Keywords:
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    values = dict(
        zip(
            names[len(names) - len(function.__defaults__ or ()) :],
            function.__defaults__ or (),
            strict=True,
        )
    )
    values |= function.__kwdefaults__ or {}
    root = access or Access(function, ())
    return {
        k: Known(v) if _is_plain_default(v) else outside(ctx, root.extended("default", k), v, node)
        for k, v in values.items()
    }


def _is_plain_default(value: Any) -> bool:
    """Defaults that can't change: plain constants of the function object's code."""
    if isinstance(value, tuple):
        return all(_is_plain_default(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, complex, str))


def call_python(
    ctx: Context, function: Any, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """Calls a function of ours that is written in Python, or what stands for one of Python's."""
    made = equivalent(function) or function
    return call(ctx, Known(made, Access(made, ())), args, keywords, hint, node)

"""Calls of objects, and functions that ask the class of an object."""

from __future__ import annotations

import functools
from typing import Any

from s2sad.frontend.data.comparisons import truth_of
from s2sad.frontend.data.objects import class_of
from s2sad.frontend.data.overloads import ask, special_method
from s2sad.frontend.dispatch import call, calls
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.outside import outside
from s2sad.frontend.state.values import Abstract, Items, Known, Ref
from s2sad.request import Access

_CONVERSIONS = {
    abs: "__abs__", float: "__float__", int: "__int__", complex: "__complex__",
    round: "__round__", divmod: "__divmod__",
}  # fmt: skip


def convert_object(
    ctx: Context, function: Any, args: list[Abstract], hint: str, node: Any
) -> Abstract | None:
    """`abs(x)`, `float(x)` and their like of an object."""
    if not args or class_of(ctx, args[0]) is None:
        return None
    if function is bool:
        return truth_of(ctx, args[0], node)
    name: str = _CONVERSIONS[function]
    return ask(ctx, args[0], name, args[1:], hint, node)


@calls(Ref, Items)
def call_object(
    ctx: Context,
    callee: Abstract,
    args: list[Abstract],
    keywords: dict[str, Abstract],
    hint: str,
    node: Any,
) -> Abstract:
    """`value(...)` of an object."""
    if isinstance(callee, Known) and isinstance(callee.value, functools.partial):
        return _call_partial(ctx, callee, args, keywords, hint, node)
    method = special_method(ctx, callee, "__call__")
    if method is not None:
        return call(ctx, method, args, keywords, hint, node)
    refuse(ctx, "S101", "which function is called here isn't known when compiling", node)


def _call_partial(
    ctx: Context,
    callee: Known,
    args: list[Abstract],
    keywords: dict[str, Abstract],
    hint: str,
    node: Any,
) -> Abstract:
    """A call of a `functools.partial` from outside: its arguments are read live."""
    held = callee.value
    access = callee.access or Access(held, ())
    bound, named = access.extended("attribute", "args"), access.extended("attribute", "keywords")
    first = [outside(ctx, bound.extended("item", k), v, node) for k, v in enumerate(held.args)]
    more = {k: outside(ctx, named.extended("item", k), v, node) for k, v in held.keywords.items()}
    function = Known(held.func, access.extended("attribute", "func"))
    return call(ctx, function, [*first, *args], more | keywords, hint, node)

"""Methods of arrays and containers."""

from __future__ import annotations

import functools
from collections.abc import ItemsView, KeysView, ValuesView
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.frontend.dispatch import CONTAINERS, MethodCall, call, calls
from s2sad.frontend.operations.apply import apply_library
from s2sad.frontend.operations.calls import call_library, split_arguments
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.operations.outputs import store_outputs, take_outputs, write_whole
from s2sad.frontend.operations.refusals import REFUSED_METHODS
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.paths import extended
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import (
    Abstract,
    Items,
    Keywords,
    Known,
    Listing,
    Mapping,
    Method,
    Ref,
)
from s2sad.ir.data import IndexStep, Op
from s2sad.ir.types import Lst
from s2sad.rules.operations import method

# -- methods


@calls(Method)
def call_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    if callee.function is not None:
        return call(ctx, callee.function, [callee.receiver, *args], keywords, hint, node)
    special = method_of(ctx, callee)
    if special is not None:
        return special(ctx, callee, args, keywords, hint, node)
    return _call_operation(ctx, callee, args, keywords, hint, node)


@over_choices(1, 2)
def _call_operation(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """A method that is an operation."""
    op = method(callee.name)
    if op is None:
        refuse(
            ctx,
            "S204",
            f"the method `.{callee.name}` can't be differentiated yet",
            node,
            help="use a function of NumPy that does the same",
        )
    if callee.name in ("reshape", "transpose") and len(args) > 1:
        args = [Items(tuple(args))]
    given, keywords, outputs = take_outputs(op.rule, [callee.receiver, *args], keywords)
    op, values, static = split_arguments(ctx, op, given, keywords, node)
    result = apply_library(ctx, op, values, static, hint, node)
    return store_outputs(ctx, op.rule, outputs, result, node) if outputs else result


def only_positional(ctx: Context, keywords: Keywords, name: str, node: Any) -> None:
    if keywords:
        refuse(
            ctx,
            "S202",
            f"{name}() with `{next(iter(keywords))}=` can't be differentiated yet",
            node,
        )


def method_of(ctx: Context, callee: Method) -> MethodCall | None:
    """What a method of a container, or a writing method of an array, does."""
    receiver = callee.receiver
    if isinstance(receiver, Known):
        return _known_method
    if isinstance(receiver, Ref) and not receiver.path:
        content = ctx.state.heap[receiver.location]
        if isinstance(content, Listing):
            return CONTAINERS["list"]
        if isinstance(content, Mapping):
            return CONTAINERS["dict"]
    kind = type_at(ctx, receiver)
    if isinstance(kind, Lst):
        return CONTAINERS["list"]
    if isinstance(receiver, Items) and callee.name in ("_replace", "_asdict", "index", "count"):
        return CONTAINERS["tuple"]
    if callee.name == "fill":
        return _fill
    if callee.name == "sort":
        return _sort
    if callee.name == "put":
        return _put
    if callee.name == "view":
        return _view
    if callee.name in REFUSED_METHODS:
        return _refused_method
    if callee.name == "astype":
        return _astype
    return None


def _known_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    assert isinstance(callee.receiver, Known)
    held = callee.receiver.value
    if isinstance(held, (set, dict, list)) and callee.name not in READING_METHODS:
        refuse(
            ctx,
            "S204",
            f"the method `.{callee.name}` of a {type(held).__name__} can't be differentiated yet",
            node,
            note="sets and counters are constants here",
        )
    values = [static_value(ctx, a, node) for a in args]
    named = {k: static_value(ctx, v, node) for k, v in keywords.items()}
    try:
        found = getattr(held, callee.name)(*values, **named)
    except Exception as error:
        refuse(ctx, "S405", f"{type(error).__name__}: {error}", node, note="as Python would")
    return Known(tuple(found) if isinstance(found, _VIEWS) else found)


_VIEWS = (KeysView, ValuesView, ItemsView)

# Methods of sets, dicts and counters that change nothing.
READING_METHODS = frozenset({
    "union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset",
    "isdisjoint", "copy", "get", "keys", "values", "items", "most_common", "total", "index",
    "count",
})  # fmt: skip


def _refused_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    code, reason, way_out = REFUSED_METHODS[callee.name]
    refuse(
        ctx,
        code,
        f"the method `.{callee.name}` can't be differentiated",
        node,
        note=reason,
        help=way_out,
    )


def _put(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return call(ctx, Known(np.put), [callee.receiver, *args], keywords, hint, node)


def _view(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`x.view()`: the same elements by another name."""
    assert isinstance(callee.receiver, Ref)
    if args or keywords:
        refuse(
            ctx,
            "S204",
            "`.view` as another type can't be differentiated",
            node,
            note="it reads the bytes of numbers as other numbers",
            help="x.astype(...)",
        )
    return extended(callee.receiver, IndexStep((Ellipsis,)), ())


def _fill(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    assert isinstance(callee.receiver, Ref)
    write_whole(ctx, callee.receiver, args[0], node)
    return Known(None)


def _sort(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`x.sort()`: the sorted values are written over the old ones."""
    assert isinstance(callee.receiver, Ref)
    result = call_library(ctx, np.sort, [callee.receiver, *args], keywords, "", node)
    write_whole(ctx, callee.receiver, result, node)
    return Known(None)


def _astype(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    op = method("astype")
    assert op is not None
    dtype = args[0] if args else keywords.pop("dtype")
    copy = keywords.pop("copy", Known(True))
    only_positional(ctx, keywords, "astype", node)
    value = static_value(ctx, dtype, node)
    static = {} if static_value(ctx, copy, node) else {"copy": False}
    return apply_library(
        ctx,
        _cast(op, "either" if static else "fresh"),
        [callee.receiver, Known(value)],
        static,
        hint,
        node,
    )


@functools.cache
def _cast(op: Op, result: str) -> Op:
    """`.astype`, which says whether it copies."""
    return replace(op, result=result)

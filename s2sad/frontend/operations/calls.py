"""Calls of NumPy, math and builtins, each as one operation.

Which arguments are values and which are static is told by the signature; `out=` and `where=` are
writes behind it, or around it.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import numpy as np

from s2sad.frontend.operations.apply import apply_library, array_of, as_array
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.operations.definitions import call_definition
from s2sad.frontend.operations.outputs import UNBUFFERED, check_overlap, store_outputs, take_outputs
from s2sad.frontend.operations.views import elements
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Items, Keywords, Known, Listing, Ref
from s2sad.ir.data import Op
from s2sad.ir.types import Num
from s2sad.rules.definitions import MASKED
from s2sad.rules.operations import (
    JOINING,
    is_library,
    operation,
    operator_of,
    parameter_names,
    takes_arrays,
    with_keywords,
)
from s2sad.rules.registry import rules_of

# -- library calls


def call_library(
    ctx: Context, function: Any, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """A call of NumPy, math or a builtin, as one operation."""
    if not rules_of(function) and (not is_library(function) or _is_opaque(function)):
        refuse(
            ctx,
            "S203",
            f"calls into `{title(function)}`, which has no source here and no rule",
            node,
            help="write a rule for it: @s2sad.adjoint(function)",
        )
    op = operator_of(function) or operation(function)
    args, keywords, outputs = take_outputs(function, args, keywords)
    where = keywords.pop("where", None) if isinstance(function, np.ufunc) else None
    if where is not None and not (isinstance(where, Known) and where.value is True):
        return _call_masked(ctx, function, args, keywords, outputs, where, node)
    for output in outputs if function in UNBUFFERED else []:
        check_overlap(ctx, "`out`", output, args, node)
    op, values, static = split_arguments(ctx, op, args, keywords, node)
    result = apply_library(ctx, op, values, static, hint, node)
    return store_outputs(ctx, function, outputs, result, node) if outputs else result


def _call_masked(
    ctx: Context,
    function: Any,
    args: list[Abstract],
    keywords: Keywords,
    outputs: list[Abstract],
    where: Abstract,
    node: Any,
) -> Abstract:
    """A ufunc with `where=`: computed, and written, under the mask only."""
    _check_keywords(ctx, function, keywords, node)
    if len(outputs) != 1:
        refuse(
            ctx,
            "S202",
            f"`{title(function)}` with `where=` and without `out=` can't be differentiated",
            node,
            note="what the mask leaves out is never set",
            help=f"np.{title(function)}(..., out=np.zeros_like(x), where=mask)",
        )
    given = [Known(function), *args, outputs[0], where]
    return call_definition(ctx, MASKED[len(args)], given, {}, "", node)


def _is_opaque(function: Any) -> bool:
    """Built-in functions that do something, instead of giving a value."""
    return function in (
        eval,
        exec,
        compile,
        open,
        input,
        globals,
        locals,
        vars,
        setattr,
        delattr,
        __import__,
    )


def title(function: Any) -> str:
    return str(getattr(function, "__qualname__", None) or getattr(function, "__name__", function))


def split_arguments(
    ctx: Context, op: Op, args: list[Abstract], keywords: Keywords, node: Any
) -> tuple[Op, list[Abstract], dict[str, Any]]:
    """The operation, its values and its static keywords. A keyword that holds a run-time value
    becomes positional where it comes next in the signature; else the operation takes its last
    values by name."""
    names = parameter_names(op.rule)
    settle = (lambda value: value) if op.rule in _INDEXING else partial(_settled, ctx)
    if takes_arrays(op.rule):
        args = [as_array(ctx, value, node) for value in args]
        keywords = {name: as_array(ctx, value, node) for name, value in keywords.items()}
    elif op.rule in JOINING:
        args = [*(_of_arrays(ctx, value, node) for value in args[:1]), *args[1:]]
    values, static = [settle(value) for value in args], {}
    named: dict[str, Abstract] = {}
    for name, value in [(k, settle(v)) for k, v in keywords.items()]:
        if _is_static_argument(value):
            static[name] = static_value(ctx, value, node)
        elif not named and names and len(values) < len(names) and names[len(values)] == name:
            values.append(value)
        elif _is_data(ctx, value, node):
            named[name] = value
        else:
            static[name] = static_value(ctx, value, node)
    if named:
        op = with_keywords(op, tuple(named))
    return op, [*values, *named.values()], static


def _of_arrays(ctx: Context, value: Abstract, node: Any) -> Abstract:
    """A sequence of arrays of known length, each of which may be given as a list."""
    items = elements(ctx, value) if isinstance(value, Items | Ref) else None
    made = tuple(array_of(ctx, item, node) for item in items or ())
    return value if items is None or made == items else Items(made)


def _is_data(ctx: Context, value: Abstract, node: Any) -> bool:
    """Whether a value is an array or a float, which says what, and not how."""
    kind = type_at(ctx, value, node)
    return isinstance(kind, Num) and (kind.may_be_array or kind.dtype not in ("int64", "bool"))


# A list of integers is an index here, which means something else than a tuple.
_INDEXING = (np.take, np.repeat, np.delete, np.insert, np.take_along_axis, np.block)


def _settled(ctx: Context, value: Abstract) -> Abstract:
    """Lists of integers, such as axes, as the constants that they are; NumPy takes tuples for
    them."""
    numbers = _integers(ctx, value)
    return value if numbers is None else Known(numbers)


def _integers(ctx: Context, value: Abstract) -> tuple[Any, ...] | None:
    is_list = isinstance(value, Ref) and isinstance(ctx.state.heap[value.location], Listing)
    if not is_list and not (isinstance(value, Items) and value.cls is None):
        return None
    found: list[Any] = []
    for item in elements(ctx, value) or ():
        if isinstance(item, Known) and type(item.value) is int:
            found.append(item.value)
        elif (inner := _integers(ctx, item)) is not None:
            found.append(inner)
        else:
            return None
    return tuple(found) or None


def _check_keywords(ctx: Context, function: Any, keywords: Keywords, node: Any) -> None:
    """A keyword that no rule of the function knows is refused by name."""
    stated = [rule.function for rule in rules_of(function) if rule.function is not None]
    if not stated or (isinstance(function, np.ufunc) and not keywords):
        return
    known = {p for f in stated for p in inspect.signature(f).parameters}
    for name in keywords:
        if name not in known:
            refuse(
                ctx,
                "S202",
                f"`{title(function)}` with `{name}=` can't be differentiated yet",
                node,
                note="its rule doesn't cover this keyword",
            )


def _is_static_argument(value: Abstract) -> bool:
    if isinstance(value, Known):
        return True
    return isinstance(value, Items) and all(isinstance(i, Known) for i in value.items)

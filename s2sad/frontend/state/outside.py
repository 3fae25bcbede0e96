"""Names from outside: globals, cells of enclosing functions, builtins, and what hangs on them.

Modules, functions, classes, None, bool, str are constants of the page (and guarded by the
dispatcher); numbers, arrays and containers become keyword-only parameters, read live.
"""

from __future__ import annotations

import builtins
import enum
import math
import types
from typing import Any

import numpy as np

from s2sad.analysis.signature import type_of
from s2sad.frontend.state.context import Context, refuse, wrap
from s2sad.frontend.state.heap import reachable
from s2sad.frontend.state.values import Abstract, Frame, Known
from s2sad.ir.data import Var
from s2sad.ir.types import Lst, Num, Static
from s2sad.request import Access, Read, StaticRead

_STATIC = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    type,
    np.ufunc,
    np.dtype,
    bool,
    str,
    bytes,
    type(None),
    enum.Enum,
    type(...),
    types.GenericAlias,
)


def lookup(ctx: Context, name: str, node: Any = None) -> Abstract:
    """The value of a name that is not local to any frame that is being lowered."""
    function, access = ctx.frame.function, ctx.frame.access
    closest: Frame | None = ctx.frame
    while function is None and closest is not None:
        closest = closest.parent
        function, access = (closest.function, closest.access) if closest else (None, None)
    assert access is not None
    code = function.__code__
    if name in code.co_freevars:
        cell = function.__closure__[code.co_freevars.index(name)]
        return _cell(ctx, cell, name, access, node)
    if name in function.__globals__:
        return outside(ctx, access.extended("global", name), function.__globals__[name], node)
    if hasattr(builtins, name):
        return Known(getattr(builtins, name))
    refuse(
        ctx,
        "S405",
        f"name `{name}` is not defined",
        node,
        help=f"define `{name}` before the first call of the gradient",
    )


def _cell(ctx: Context, cell: Any, name: str, access: Access, node: Any) -> Abstract:
    try:
        value = cell.cell_contents
    except ValueError:
        refuse(ctx, "S405", f"`{name}` of the enclosing function is not bound yet", node)
    return outside(ctx, access.extended("cell", name), value, node)


def is_static(value: Any) -> bool:
    """Whether a value from outside is a constant of the page."""
    return isinstance(value, _STATIC) or callable(value)


def outside(ctx: Context, access: Access, value: Any, node: Any = None) -> Abstract:
    """The abstract value of something outside, read through `access`."""
    key = f"{id(access.root)}:{access.steps}"
    if isinstance(value, (int, float, complex)) and _is_constant(ctx, access):
        return Known(value)
    if is_static(value):
        ctx.statics.setdefault(key, StaticRead(access, value))
        return Known(value, access)
    if key not in ctx.outside:
        ctx.outside[key] = _parameter(ctx, access, value, key, node)
        found = reachable(ctx.state, [ctx.outside[key]])
        ctx.outside_heap[key] = {number: ctx.state.heap[number] for number in found}
    # A state that was forked before the first read knows nothing of the locations.
    for number, content in ctx.outside_heap.get(key, {}).items():
        ctx.state.heap.setdefault(number, content)
    return ctx.outside[key]


def _is_constant(ctx: Context, access: Access) -> bool:
    """Numbers that nobody changes: those of a library's module, and those that rules use."""
    if ctx.sweep == "reverse":
        return True
    scope = getattr(access.root, "__globals__", {})
    value = scope.get(access.steps[0][1]) if len(access.steps) == 2 else None
    return value is math or value is np


def _parameter(ctx: Context, access: Access, value: Any, key: str, node: Any) -> Abstract:
    name = "_".join(str(step[-1]) for step in access.steps if len(step) > 1) or "value"
    name = name if name.isidentifier() else f"value_{len(ctx.reads)}"
    if not isinstance(value, (int, float, complex, np.ndarray, np.generic, list, tuple, dict)):
        # An object: its attributes are looked up one by one.
        ctx.statics.setdefault(key, StaticRead(access, value))
        return Known(value, access)
    taken = {read.name for read in ctx.reads.values()}
    while name in taken or name in ctx.frame.locals:
        name += "_"
    kind = type_of(name, value)
    ctx.reads[key] = Read(access, name, kind)
    ctx.values[key] = value
    if isinstance(kind, Static):
        return Known(kind.value, access)
    var = Var(name, kind, ctx.origin)
    ctx.outside_params.append(var)
    made = _at_entry(ctx, var)
    for location in reachable(ctx.state, [made]):
        ctx.outer[location] = name
    return made


def _at_entry(ctx: Context, var: Var) -> Abstract:
    """Takes a container apart at the entry of the page, where every block can see its leaves.

    Locations made here are added to the present state only: joins and loops that were
    begun before know nothing of them, and treat them as they treat all outer locations.
    """
    if isinstance(var.type, (Num, Lst)):
        return wrap(ctx, var)
    before, ctx.draft.statements = ctx.draft.statements, ctx.entry  # type: ignore[assignment]
    try:
        return wrap(ctx, var)
    finally:
        ctx.draft.statements = before

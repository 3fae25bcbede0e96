"""Operators, subscripts and calls of objects, as their classes define them.

Each asks the class for its special method, as Python does, and calls it; `None` means that the
class has nothing to say, and the caller goes on as with any other value.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from typing import Any

from s2sad.frontend.context import Context, refuse
from s2sad.frontend.environment import outside
from s2sad.frontend.functions import call_node
from s2sad.frontend.hooks import hook
from s2sad.frontend.objects import class_of
from s2sad.frontend.references import type_at
from s2sad.frontend.values import Abstract, Attributes, Items, Known, Method, Ref, Value
from s2sad.ir.types import NP, PY, Num
from s2sad.request import Access

_REFLECTED = {
    "add": "radd", "sub": "rsub", "mul": "rmul", "truediv": "rtruediv", "floordiv": "rfloordiv",
    "mod": "rmod", "pow": "rpow", "matmul": "rmatmul", "and_": "rand", "or_": "ror",
    "xor": "rxor", "lshift": "rlshift", "rshift": "rrshift",
}  # fmt: skip
_SWAPPED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
_CONVERSIONS = {
    abs: "__abs__", float: "__float__", int: "__int__", complex: "__complex__",
    round: "__round__", divmod: "__divmod__",
}  # fmt: skip


def special_method(ctx: Context, value: Abstract, name: str) -> Method | None:
    """The special method that the class of an object defines in Python."""
    cls = class_of(ctx, value)
    if cls is None:
        return None
    found = next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), None)
    if not isinstance(found, types.FunctionType) or found.__code__.co_filename == "<string>":
        return None
    return Method(value, name, Known(found, Access(found, ())))


def _ask(
    ctx: Context, value: Abstract, name: str, args: list[Abstract], hint: str, node: Any
) -> Abstract | None:
    method = special_method(ctx, value, name)
    if method is None:
        return None
    result = call_node(ctx, method, args, {}, hint, node)
    return None if isinstance(result, Known) and result.value is NotImplemented else result


def _is_object(ctx: Context, value: Abstract) -> bool:
    """Whether a value is an object, and no tuple besides."""
    return class_of(ctx, value) is not None and not isinstance(value, Items)


@hook("binary")
def binary(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract | None:
    """An operator with an object on one of its sides: the left one is asked first, unless the
    class of the right one is derived from the left one's."""
    a, b = class_of(ctx, left), class_of(ctx, right)
    if a is None and b is None:
        return None
    forward = (left, f"__{name.strip('_')}__", right)
    backward = (right, f"__{_REFLECTED[name]}__", left)
    derived = a is not None and b is not None and a is not b and issubclass(b, a)
    for value, method, other in (backward, forward) if derived else (forward, backward):
        if value is right and not _is_object(ctx, left):
            other = _as_seen_by(ctx, other, right, node)
        found = _ask(ctx, value, method, [other], hint, node)
        if found is not None:
            return found
    if _is_object(ctx, left) or _is_object(ctx, right):
        _unsupported(ctx, name, left, right, node)
    return None


def _unsupported(ctx: Context, name: str, left: Abstract, right: Abstract, node: Any) -> None:
    classes = [c.__name__ for c in (class_of(ctx, left), class_of(ctx, right)) if c is not None]
    refuse(
        ctx,
        "S405",
        f"`{name.strip('_')}` isn't defined for an object of class `{classes[0]}` here",
        node,
        note="Python would raise TypeError",
        raises=TypeError,
    )


def _as_seen_by(ctx: Context, value: Abstract, right: Abstract, node: Any) -> Abstract:
    """What a reflected method gets: NumPy hands on its scalars as Python floats, and spreads an
    operator over the elements of arrays, and over objects that look like sequences."""
    kind = type_at(ctx, value, node) if isinstance(value, (Value, Ref)) else None
    if not isinstance(kind, Num) or kind.forms == frozenset({PY}):
        return value
    cls = class_of(ctx, right)
    if cls is not None and getattr(cls, "__array_ufunc__", False) is None:
        return value
    if kind.forms == frozenset({NP}) and not hasattr(cls, "__len__"):
        return call_node(ctx, Known(float), [value], {}, "", node)
    refuse(
        ctx,
        "S405",
        "NumPy would spread this operator over the elements of an array of objects",
        node,
        help="put the object on the left, or set `__array_ufunc__ = None` in its class",
    )


@hook("in place")
def in_place(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract | None:
    """`left op= right`."""
    return _ask(ctx, left, f"__i{name.strip('_')}__", [right], hint, node)


@hook("unary")
def unary(ctx: Context, name: str, value: Abstract, hint: str, node: Any) -> Abstract | None:
    """`-value`, `+value`, `~value`."""
    return _ask(ctx, value, f"__{name}__", [], hint, node)


@hook("compare")
def compare(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract | None:
    """A comparison with an object; equality is identity where no class says otherwise."""
    if not (_is_object(ctx, left) or _is_object(ctx, right)):
        return None
    for value, method, other in ((left, name, right), (right, _SWAPPED[name], left)):
        found = _ask(ctx, value, f"__{method}__", [other], hint, node)
        if found is None and method == "ne":
            equal = _ask(ctx, value, "__eq__", [other], hint, node)
            found = None if equal is None else _negated(ctx, equal, hint, node)
        if found is not None:
            return found
    fields = _compared_fields(ctx, left, right, name, node)
    if fields is not None:
        return fields
    if name in ("eq", "ne") and not _generated(ctx, left, "__eq__"):
        return Known((left == right) == (name == "eq"))
    _unsupported(ctx, name, left, right, node)
    return None


def _negated(ctx: Context, value: Abstract, hint: str, node: Any) -> Abstract:
    from s2sad.frontend.expressions import negate

    return negate(ctx, value, hint, node)


def _generated(ctx: Context, value: Abstract, name: str) -> bool:
    cls = class_of(ctx, value)
    code = getattr(getattr(cls, name, None), "__code__", None)
    return code is not None and code.co_filename == "<string>"


def _compared_fields(
    ctx: Context, left: Abstract, right: Abstract, name: str, node: Any
) -> Abstract | None:
    """The comparison that `dataclass` makes: of the fields, as tuples."""
    from s2sad.frontend.expressions import compare_values

    cls = class_of(ctx, left)
    method = "__eq__" if name in ("eq", "ne") else f"__{name}__"
    if cls is None or cls is not class_of(ctx, right) or not _generated(ctx, left, method):
        return None
    fields: Any = dataclasses.fields(cls)
    names = [f.name for f in fields if f.compare]
    sides = []
    for value in (left, right):
        content = ctx.state.heap[value.location] if isinstance(value, Ref) else None
        if not isinstance(content, Attributes):
            return None
        pairs = dict(content.items)
        sides.append(Items(tuple(pairs[n] for n in names)))
    return compare_values(ctx, name, sides[0], sides[1], "", node)


@hook("length")
def length(ctx: Context, value: Abstract, hint: str, node: Any) -> Abstract | None:
    """`len(value)`."""
    return _ask(ctx, value, "__len__", [], hint, node)


@hook("truth")
def truth(ctx: Context, value: Abstract, node: Any) -> Abstract | None:
    """`bool(value)`: `__bool__`, or whether the length is not 0."""
    from s2sad.frontend.expressions import compare_values

    if class_of(ctx, value) is None:
        return None
    found = _ask(ctx, value, "__bool__", [], "", node)
    if found is not None:
        return found
    count = length(ctx, value, "", node)
    return None if count is None else compare_values(ctx, "ne", count, Known(0), "", node)


@hook("item")
def item(ctx: Context, base: Abstract, index: Abstract, hint: str, node: Any) -> Abstract | None:
    """`base[index]`."""
    return _ask(ctx, base, "__getitem__", [index], hint, node)


@hook("set item")
def set_item(
    ctx: Context, base: Abstract, index: Abstract, value: Abstract, node: Any
) -> Abstract | None:
    """`base[index] = value`."""
    return _ask(ctx, base, "__setitem__", [index, value], "", node)


@hook("delete item")
def delete_item(ctx: Context, base: Abstract, index: Abstract, node: Any) -> Abstract | None:
    """`del base[index]`."""
    return _ask(ctx, base, "__delitem__", [index], "", node)


@hook("contains")
def contains(
    ctx: Context, base: Abstract, value: Abstract, hint: str, node: Any
) -> Abstract | None:
    """`value in base`."""
    return _ask(ctx, base, "__contains__", [value], hint, node)


@hook("iterable")
def iterable(ctx: Context, value: Abstract, node: Any) -> Abstract:
    """What a loop over an object runs over."""
    for _ in range(8):
        found = _ask(ctx, value, "__iter__", [], "", node)
        if found is None or found == value:
            return value
        value = found
    refuse(ctx, "S101", "this object's `__iter__` gives objects without end", node)


@hook("conversion")
def conversion(
    ctx: Context, function: Any, args: list[Abstract], hint: str, node: Any
) -> Abstract | None:
    """`abs(x)`, `float(x)` and their like of an object."""
    if not args or class_of(ctx, args[0]) is None:
        return None
    if function is bool:
        return truth(ctx, args[0], node)
    name: str = _CONVERSIONS[function]
    return _ask(ctx, args[0], name, args[1:], hint, node)


@hook("call object")
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
        return call_node(ctx, method, args, keywords, hint, node)
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
    return call_node(ctx, function, [*first, *args], more | keywords, hint, node)

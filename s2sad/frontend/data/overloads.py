"""Special methods: operators, subscripts and conversions of objects, as their classes define them.

Each asks the class for its special method, as Python does, and calls it; `None` means that the
class has nothing to say, and the caller goes on as with any other value.
"""

from __future__ import annotations

import types
from typing import Any

from s2sad.frontend.data.objects import class_of
from s2sad.frontend.dispatch import call
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Items, Known, Method, Ref, Value
from s2sad.ir.types import NP, PY, Num
from s2sad.request import Access

_REFLECTED = {
    "add": "radd", "sub": "rsub", "mul": "rmul", "truediv": "rtruediv", "floordiv": "rfloordiv",
    "mod": "rmod", "pow": "rpow", "matmul": "rmatmul", "and_": "rand", "or_": "ror",
    "xor": "rxor", "lshift": "rlshift", "rshift": "rrshift",
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


def ask(
    ctx: Context, value: Abstract, name: str, args: list[Abstract], hint: str, node: Any
) -> Abstract | None:
    method = special_method(ctx, value, name)
    if method is None:
        return None
    result = call(ctx, method, args, {}, hint, node)
    return None if isinstance(result, Known) and result.value is NotImplemented else result


def is_object(ctx: Context, value: Abstract) -> bool:
    """Whether a value is an object, and no tuple besides."""
    return class_of(ctx, value) is not None and not isinstance(value, Items)


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
        if value is right and not is_object(ctx, left):
            other = _as_seen_by(ctx, other, right, node)
        found = ask(ctx, value, method, [other], hint, node)
        if found is not None:
            return found
    if is_object(ctx, left) or is_object(ctx, right):
        unsupported(ctx, name, left, right, node)
    return None


def unsupported(ctx: Context, name: str, left: Abstract, right: Abstract, node: Any) -> None:
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
        return call(ctx, Known(float), [value], {}, "", node)
    refuse(
        ctx,
        "S405",
        "NumPy would spread this operator over the elements of an array of objects",
        node,
        help="put the object on the left, or set `__array_ufunc__ = None` in its class",
    )


def in_place(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract | None:
    """`left op= right`."""
    return ask(ctx, left, f"__i{name.strip('_')}__", [right], hint, node)


def unary(ctx: Context, name: str, value: Abstract, hint: str, node: Any) -> Abstract | None:
    """`-value`, `+value`, `~value`."""
    return ask(ctx, value, f"__{name}__", [], hint, node)


def length(ctx: Context, value: Abstract, hint: str, node: Any) -> Abstract | None:
    """`len(value)`."""
    return ask(ctx, value, "__len__", [], hint, node)


def item(ctx: Context, base: Abstract, index: Abstract, hint: str, node: Any) -> Abstract | None:
    """`base[index]`."""
    return ask(ctx, base, "__getitem__", [index], hint, node)


def set_item(
    ctx: Context, base: Abstract, index: Abstract, value: Abstract, node: Any
) -> Abstract | None:
    """`base[index] = value`."""
    return ask(ctx, base, "__setitem__", [index, value], "", node)


def delete_item(ctx: Context, base: Abstract, index: Abstract, node: Any) -> Abstract | None:
    """`del base[index]`."""
    return ask(ctx, base, "__delitem__", [index], "", node)


def contains(
    ctx: Context, base: Abstract, value: Abstract, hint: str, node: Any
) -> Abstract | None:
    """`value in base`."""
    return ask(ctx, base, "__contains__", [value], hint, node)


def iterable(ctx: Context, value: Abstract, node: Any) -> Abstract:
    """What a loop over an object runs over."""
    for _ in range(8):
        found = ask(ctx, value, "__iter__", [], "", node)
        if found is None or found == value:
            return value
        value = found
    refuse(ctx, "S101", "this object's `__iter__` gives objects without end", node)

"""Objects: what their classes say about their attributes."""

from __future__ import annotations

import enum
import functools
import inspect
import types
from typing import Any

from s2sad.frontend.dispatch import call
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.outside import outside
from s2sad.frontend.state.values import Abstract, Attributes, Items, Known, Method, Ref, Super
from s2sad.frontend.state.writes import replace_content
from s2sad.request import Access
from s2sad.rules.operations import is_library


def class_of(ctx: Context, value: Abstract) -> type | None:
    """The class that a user wrote, of an object that is one for certain."""
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        return content.cls if isinstance(content, Attributes) else None
    if isinstance(value, Items):
        return value.cls
    if isinstance(value, Known) and is_instance(value.value):
        return type(value.value)
    return None


def is_instance(value: Any) -> bool:
    """Whether a value from outside is an object of a class that a user wrote."""
    cls = type(value)
    return not isinstance(value, (type, enum.Enum, types.ModuleType)) and is_user_class(cls)


def is_user_class(cls: type) -> bool:
    """Whether a class was written in Python, by somebody else than Python and NumPy."""
    return bool(cls.__flags__ & (1 << 9)) and not is_library(cls) and cls.__module__ != "functools"


def outside_or_plain(ctx: Context, access: Access, value: Any, node: Any) -> Abstract:
    """A default: numbers and strings as they are, arrays and containers read live."""
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return Known(value)
    return outside(ctx, access, value, node)


def put(ctx: Context, made: Ref, name: str, value: Abstract, node: Any) -> None:
    content = ctx.state.heap[made.location]
    assert isinstance(content, Attributes)
    pairs = dict(content.items) | {name: value}
    replace_content(ctx, made.location, Attributes(content.cls, tuple(pairs.items())), node)


# -- reading attributes


def member(ctx: Context, value: Abstract, name: str, hint: str, node: Any) -> Abstract:
    """`value.name` of an object of a user's class: its own attribute, or its class's."""
    content = ctx.state.heap[value.location] if isinstance(value, Ref) else None
    if isinstance(content, Attributes):
        for key, item in content.items:
            if key == name:
                return item
    cls = class_of(ctx, value)
    assert cls is not None
    if name == "__class__":
        return Known(cls)
    if name == "__dict__":
        refuse(ctx, "S204", "`__dict__` of an object can't be used yet", node)
    return _found(ctx, value, cls, cls.__mro__, name, hint, node)


def _found(
    ctx: Context,
    value: Abstract,
    cls: type,
    order: tuple[type, ...],
    name: str,
    hint: str,
    node: Any,
) -> Abstract:
    for owner in order:
        if name in vars(owner):
            return _bound(ctx, value, cls, owner, name, hint, node)
    for owner in order:
        if "__getattr__" in vars(owner):
            method = Method(value, "__getattr__", function_of(vars(owner)["__getattr__"]))
            return call(ctx, method, [Known(name)], {}, hint, node)
    refuse(
        ctx,
        "S405",
        f"`{cls.__name__}` object has no attribute `{name}`",
        node,
        raises=AttributeError,
    )


def function_of(function: Any) -> Known:
    return Known(function, Access(function, ()))


def _bound(
    ctx: Context, value: Abstract, cls: type, owner: type, name: str, hint: str, node: Any
) -> Abstract:
    """What a class holds under a name, as it is seen from an object."""
    plain = vars(owner)[name]
    if isinstance(plain, property):
        assert plain.fget is not None
        return call(ctx, function_of(plain.fget), [value], {}, hint or name, node)
    if isinstance(plain, functools.cached_property):
        found = call(ctx, function_of(plain.func), [value], {}, hint or name, node)
        if isinstance(value, Ref):
            put(ctx, value, name, found, node)
        return found
    if isinstance(plain, staticmethod):
        return function_of(plain.__func__)
    if isinstance(plain, classmethod):
        return Method(Known(cls, Access(cls, ())), name, function_of(plain.__func__))
    if isinstance(plain, types.FunctionType):
        return Method(value, name, function_of(plain))
    if isinstance(plain, types.MemberDescriptorType):
        refuse(ctx, "S405", f"`{name}` of `{cls.__name__}` is not bound here", node)
    if hasattr(type(plain), "__get__") and not isinstance(plain, (type, types.BuiltinFunctionType)):
        refuse(
            ctx,
            "S101",
            f"`{cls.__name__}.{name}` is a descriptor of class `{type(plain).__name__}`",
            node,
            help="use a property, a method or a plain attribute",
        )
    access = Access(owner, ()).extended("attribute", name)
    return outside_or_plain(ctx, access, plain, node)


# -- writing attributes


def set_member(ctx: Context, base: Ref, name: str, value: Abstract, node: Any) -> None:
    """`base.name = value` of an object of a user's class."""
    content = ctx.state.heap[base.location]
    assert isinstance(content, Attributes)
    plain = inspect.getattr_static(content.cls, name, None)
    if isinstance(plain, property) and plain.fset is not None:
        call(ctx, function_of(plain.fset), [base, value], {}, "", node)
        return
    slot = isinstance(plain, types.MemberDescriptorType)
    hooks = (vars(c).get("__setattr__") for c in content.cls.__mro__)
    own = any(isinstance(hook, types.FunctionType) for hook in hooks)
    if own or (hasattr(type(plain), "__set__") and not slot):
        refuse(
            ctx,
            "S101",
            f"`{content.cls.__name__}` decides itself what writing `{name}` does",
            node,
            help="call a method that writes the attribute",
        )
    put(ctx, base, name, value, node)


def super_member(ctx: Context, value: Super, name: str, hint: str, node: Any) -> Abstract:
    """`super().name`: looked for behind the class that the method belongs to."""
    receiver = value.receiver
    is_class = isinstance(receiver, Known) and isinstance(receiver.value, type)
    cls: Any = receiver.value if is_class else class_of(ctx, receiver)  # type: ignore[union-attr]
    if cls is None or value.cls not in cls.__mro__:
        refuse(ctx, "S405", "super() needs an object of its class", node)
    order = cls.__mro__[cls.__mro__.index(value.cls) + 1 :]
    owner = next((c for c in order if name in vars(c)), None)
    if owner is object and name == "__init__":
        return Known(nothing)
    if owner is object and name == "__setattr__":
        return Method(receiver, name, Known(object.__setattr__))
    if is_class and owner is not None and isinstance(vars(owner)[name], types.FunctionType):
        return function_of(vars(owner)[name])
    return _found(ctx, receiver, cls, order, name, hint, node)


def nothing() -> None:
    """What `object.__init__` does."""

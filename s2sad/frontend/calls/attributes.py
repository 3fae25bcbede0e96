"""Builtins about attributes and classes: `getattr`, `setattr`, `super`, `replace`."""

from __future__ import annotations

import dataclasses
import inspect
import types
from typing import Any

from s2sad.frontend.calls.builtins import classes_of
from s2sad.frontend.data.access import get_attribute
from s2sad.frontend.data.construction import construct
from s2sad.frontend.data.objects import class_of, member, nothing, put
from s2sad.frontend.data.stores import set_attribute
from s2sad.frontend.dispatch import special
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.outside import lookup
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Items,
    Keywords,
    Known,
    Method,
    Ref,
    Super,
    Unbound,
)

# -- functions about attributes


def _name_of(ctx: Context, value: Abstract, node: Any) -> str:
    if isinstance(value, Known) and isinstance(value.value, str):
        return value.value
    refuse(ctx, "S406", "the name of the attribute must be known when compiling", node)


def _has(ctx: Context, value: Abstract, name: str) -> bool | None:
    """Whether an object has an attribute; None where it isn't an object."""
    content = ctx.state.heap[value.location] if isinstance(value, Ref) and not value.path else None
    if isinstance(content, Attributes):
        return any(k == name for k, _ in content.items) or any(
            name in vars(c) and not isinstance(vars(c)[name], types.MemberDescriptorType)
            for c in content.cls.__mro__
        )
    if isinstance(value, Known):
        return inspect.getattr_static(value.value, name, _MISSING) is not _MISSING or hasattr(
            value.value, name
        )
    return hasattr(value.cls or tuple, name) if isinstance(value, Items) else None


_MISSING = object()


@special(hasattr)
def _hasattr(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    value, name = args[0], _name_of(ctx, args[1], node)
    found = _has(ctx, value, name)
    return Known(found) if found is not None else _has_by_class(ctx, args, keywords, hint, node)


@special(callable)
def _callable(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    value = args[0]
    if isinstance(value, Known):
        return Known(callable(value.value))
    cls = class_of(ctx, value)
    return Known(isinstance(value, Closure | Method) or hasattr(cls, "__call__"))  # noqa: B004


@special(getattr)
def _getattr(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    name = _name_of(ctx, args[1], node)
    if len(args) > 2 and isinstance(_hasattr(ctx, args[:2], {}, hint, node), Known):
        known = _hasattr(ctx, args[:2], {}, hint, node)
        if isinstance(known, Known) and not known.value:
            return args[2]
    return get_attribute(ctx, args[0], name, hint, node)


@special(setattr)
def _setattr(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    set_attribute(ctx, args[0], _name_of(ctx, args[1], node), args[2], node)
    return Known(None)


@special(object.__setattr__)
def _set_plainly(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`object.__setattr__(self, name, value)`: past what the class says about it."""
    base, name = args[0], _name_of(ctx, args[1], node)
    if not (isinstance(base, Ref) and class_of(ctx, base) is not None):
        refuse(ctx, "S103", f"this writes the attribute `{name}` of something outside", node)
    put(ctx, base, name, args[2], node)
    return Known(None)


@special(dataclasses.replace)
def _replace(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`dataclasses.replace(obj, **changes)`: the class called with the fields of the old one."""
    cls: Any = class_of(ctx, args[0])
    if not hasattr(cls, "__dataclass_fields__"):
        refuse(ctx, "S405", "replace() needs an object of a dataclass", node)
    fields: Any = [f for f in dataclasses.fields(cls) if f.init]
    kept = [f.name for f in fields if f.name not in keywords]
    old: Keywords = {name: member(ctx, args[0], name, "", node) for name in kept}
    return construct(ctx, cls, [], old | keywords, hint, node)


# -- super()


@special(super)
def _super(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`super()` is read from the frame: the class of the function's cell, its first argument."""
    if args:
        cls, receiver = args
    else:
        cls = lookup(ctx, "__class__", node)
        spec = ctx.frame.node.args
        first = [*spec.posonlyargs, *spec.args][0].id
        receiver = ctx.state.names.get((ctx.frame.number, first), Unbound(first))
    if not (isinstance(cls, Known) and isinstance(cls.value, type)):
        refuse(ctx, "S405", "the class of super() isn't known when compiling", node)
    return Super(cls.value, receiver)


@special(object.__init__)
@special(nothing)
def _none(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    return Known(None)


@special(types.SimpleNamespace)
def _namespace(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return location(ctx, Attributes(types.SimpleNamespace, tuple(keywords.items())))


def _has_by_class(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    value, name = args
    assert isinstance(name, Known)
    return Known(all(hasattr(cls, name.value) for cls in classes_of(ctx, value, node)))

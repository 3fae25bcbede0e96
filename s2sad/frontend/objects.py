"""Objects that are made inside of the function."""

from __future__ import annotations

import dataclasses
from typing import Any

from s2sad.frontend.context import Context, location, refuse
from s2sad.frontend.values import (
    Abstract,
    Attributes,
    Items,
    Known,
)
from s2sad.request import Access

Keywords = dict[str, Abstract]


def construct(
    ctx: Context, cls: type, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """A NamedTuple or a plain dataclass built inside the function."""
    fields = getattr(cls, "_fields", None)
    if fields is not None and issubclass(cls, tuple) and _is_plain_named_tuple(cls):
        values = dict(zip(fields, args, strict=False)) | keywords
        defaults = {k: Known(v) for k, v in getattr(cls, "_field_defaults", {}).items()}
        return Items(tuple((defaults | values)[f] for f in fields), cls)
    if _is_plain_dataclass(cls):
        return _dataclass(ctx, cls, args, keywords, node)
    if _is_plain_class(cls):
        made = location(ctx, Attributes(cls, ()))
        initialise = vars(cls).get("__init__")
        if initialise is not None:
            from s2sad.frontend.functions import call_node

            access = Access(initialise, ())
            call_node(ctx, Known(initialise, access), [made, *args], keywords, hint, node)
        return made
    refuse(
        ctx,
        "S101",
        f"objects of class `{cls.__name__}` can't be made here yet",
        node,
        help="make the object outside and pass it as an argument",
    )


def _is_plain_named_tuple(cls: type) -> bool:
    """Whether a named tuple is made of its fields alone."""
    return not any(
        hook in vars(c)
        for c in cls.__mro__
        if c not in (tuple, object) and "_fields" not in vars(c)
        for hook in ("__new__", "__init__")
    )


def _is_plain_dataclass(cls: type) -> bool:
    """Whether making a dataclass binds its fields, in order, and does nothing else."""
    if "__dataclass_fields__" not in vars(cls) or hasattr(cls, "__post_init__"):
        return False
    made = getattr(vars(cls).get("__init__"), "__code__", None)
    return (
        made is not None
        and made.co_filename == "<string>"
        and all(field.init and not field.kw_only for field in dataclasses.fields(cls))
    )


def _is_plain_class(cls: type) -> bool:
    """Whether making an object of a class is nothing but its own `__init__`."""
    plain = type(cls) is type and cls.__bases__ == (object,) and "__slots__" not in vars(cls)
    hooks = ("__new__", "__setattr__", "__getattribute__", "__getattr__")
    return plain and not any(hook in vars(cls) for hook in hooks)


def _dataclass(
    ctx: Context, cls: type, args: list[Abstract], keywords: Keywords, node: Any
) -> Abstract:
    fields = dataclasses.fields(cls)
    values = dict(zip((f.name for f in fields), args, strict=False)) | keywords
    for field in fields:
        if field.name not in values:
            if field.default is dataclasses.MISSING:
                refuse(ctx, "S405", f"{cls.__name__}() misses `{field.name}`", node)
            values[field.name] = Known(field.default)
    return location(ctx, Attributes(cls, tuple((f.name, values[f.name]) for f in fields)))

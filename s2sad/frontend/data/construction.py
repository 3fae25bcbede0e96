"""Making objects: `__init__`, or what a dataclass or a named tuple does for it."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

from s2sad.frontend.data.objects import is_user_class, member, outside_or_plain, put
from s2sad.frontend.dispatch import call
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.values import Abstract, Attributes, Items, Keywords, Known, Ref
from s2sad.request import Access

# What makes an object, or reads or writes its attributes, in a way of its own.
_HOOKS = ("__new__", "__setattr__", "__getattribute__", "__delattr__", "__init_subclass__")


# -- making objects


def construct(
    ctx: Context, cls: type, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """An object that is made inside of the function."""
    if issubclass(cls, enum.Enum):
        return Known(cls(*(static_value(ctx, a, node) for a in args)))
    if issubclass(cls, tuple) and hasattr(cls, "_fields") and _is_plain_named_tuple(cls):
        return _named_tuple(ctx, cls, args, keywords, node)
    if not _is_plain_class(cls):
        refuse(
            ctx,
            "S101",
            f"objects of class `{cls.__name__}` can't be made here yet",
            node,
            help="make the object outside and pass it as an argument",
        )
    made = location(ctx, Attributes(cls, ()))
    owner = next(c for c in cls.__mro__ if "__init__" in vars(c))
    if _has_generated_init(owner):
        _initialise(ctx, made, owner, args, keywords, node)
    elif owner is not object:
        initialise = vars(owner)["__init__"]
        function = Known(initialise, Access(initialise, ()))
        call(ctx, function, [made, *args], keywords, hint, node)
    elif args or keywords:
        bad_call(ctx, cls, "takes no arguments", node)
    return made


def bad_call(ctx: Context, cls: type, message: str, node: Any) -> None:
    refuse(ctx, "S405", f"{cls.__name__}() {message}", node, note="Python would raise TypeError")


def _is_plain_named_tuple(cls: type) -> bool:
    """Whether a named tuple is made of its fields alone."""
    return not any(
        hook in vars(c)
        for c in cls.__mro__
        if c not in (tuple, object) and "_fields" not in vars(c)
        for hook in ("__new__", "__init__")
    )


def _named_tuple(
    ctx: Context, cls: Any, args: list[Abstract], keywords: Keywords, node: Any
) -> Abstract:
    values = dict(zip(cls._fields, args, strict=False)) | keywords
    for name in cls._fields:
        if name not in values and name in cls._field_defaults:
            values[name] = _class_constant(ctx, cls, "_field_defaults", name, node)
    if len(args) > len(cls._fields) or set(values) != set(cls._fields):
        bad_call(ctx, cls, f"takes the fields {', '.join(cls._fields)}", node)
    return Items(tuple(values[f] for f in cls._fields), cls)


def _class_constant(ctx: Context, cls: Any, table: str, name: str, node: Any) -> Abstract:
    access = Access(cls, ()).extended("attribute", table).extended("item", name)
    return outside_or_plain(ctx, access, getattr(cls, table)[name], node)


def _is_plain_class(cls: type) -> bool:
    """Whether making an object of a class is nothing but `__init__`."""
    classes = [c for c in cls.__mro__ if c is not object]
    if not is_user_class(cls) or type(cls).__call__ is not type.__call__:
        return False
    if any(not c.__flags__ & (1 << 9) for c in classes):  # made in C: a list, an exception
        return False
    frozen = [c for c in classes if _is_frozen(c)]
    return not any(
        name in vars(c) and not (c in frozen and name in ("__setattr__", "__delattr__"))
        for c in classes
        for name in _HOOKS
        if c.__module__ not in ("typing", "abc")
    )


def _is_frozen(cls: type) -> bool:
    parameters = vars(cls).get("__dataclass_params__")
    return parameters is not None and bool(parameters.frozen)


def _has_generated_init(cls: type) -> bool:
    """Whether `__init__` is the one that `dataclass` made."""
    made = getattr(vars(cls).get("__init__"), "__code__", None)
    return "__dataclass_fields__" in vars(cls) and getattr(made, "co_filename", "") == "<string>"


def _initialise(
    ctx: Context, made: Ref, cls: Any, args: list[Abstract], keywords: Keywords, node: Any
) -> None:
    """What the `__init__` of a dataclass does."""
    if any(f._field_type is not dataclasses._FIELD for f in _all_fields(cls)):  # type: ignore[attr-defined]
        refuse(ctx, "S101", f"`{cls.__name__}` has an InitVar, which isn't supported yet", node)
    fields = dataclasses.fields(cls)
    positional = [f.name for f in fields if f.init and not f.kw_only]
    given = dict(zip(positional, args, strict=False))
    unknown = [k for k in keywords if k in given or k not in {f.name for f in fields if f.init}]
    if len(args) > len(positional) or unknown:
        bad_call(ctx, cls, f"got an unexpected argument {unknown[:1]}", node)
    given |= keywords
    for field in fields:
        if field.name not in given:
            value = _field_default(ctx, cls, field, node)
            if value is None:
                continue
            given[field.name] = value
        put(ctx, made, field.name, given[field.name], node)
    if hasattr(cls, "__post_init__"):
        call(ctx, member(ctx, made, "__post_init__", "", node), [], {}, "", node)


def _all_fields(cls: Any) -> list[Any]:
    """The fields of a dataclass but the class variables; `InitVar`s are among them."""
    found = cls.__dataclass_fields__.values()
    return [f for f in found if f._field_type is not dataclasses._FIELD_CLASSVAR]  # type: ignore[attr-defined]


def _field_default(ctx: Context, cls: Any, field: Any, node: Any) -> Abstract | None:
    if field.default_factory is not dataclasses.MISSING:
        return call(ctx, Known(field.default_factory), [], {}, field.name, node)
    if field.default is not dataclasses.MISSING:
        access = Access(cls, ()).extended("attribute", "__dataclass_fields__")
        path = access.extended("item", field.name).extended("attribute", "default")
        return outside_or_plain(ctx, path, field.default, node)
    if field.init:
        bad_call(ctx, cls, f"misses `{field.name}`", node)
    return None

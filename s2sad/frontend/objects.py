"""Objects: making them, and what their classes say about their attributes."""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
import types
from typing import Any

from s2sad.frontend.builtins import SPECIAL, install
from s2sad.frontend.context import Context, location, refuse
from s2sad.frontend.environment import outside
from s2sad.frontend.functions import call_node, static_value
from s2sad.frontend.hooks import hook
from s2sad.frontend.library import is_library
from s2sad.frontend.references import replace_content
from s2sad.frontend.values import (
    Abstract,
    Attributes,
    Closure,
    Items,
    Known,
    Method,
    Ref,
    Super,
    Unbound,
)
from s2sad.request import Access

Keywords = dict[str, Abstract]
# What makes an object, or reads or writes its attributes, in a way of its own.
_HOOKS = ("__new__", "__setattr__", "__getattribute__", "__delattr__", "__init_subclass__")


@hook("class of")
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


# -- making objects


@hook("construct")
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
        call_node(ctx, function, [made, *args], keywords, hint, node)
    elif args or keywords:
        _bad_call(ctx, cls, "takes no arguments", node)
    return made


def _bad_call(ctx: Context, cls: type, message: str, node: Any) -> None:
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
        _bad_call(ctx, cls, f"takes the fields {', '.join(cls._fields)}", node)
    return Items(tuple(values[f] for f in cls._fields), cls)


def _class_constant(ctx: Context, cls: Any, table: str, name: str, node: Any) -> Abstract:
    access = Access(cls, ()).extended("attribute", table).extended("item", name)
    return _outside_or_plain(ctx, access, getattr(cls, table)[name], node)


def _outside_or_plain(ctx: Context, access: Access, value: Any, node: Any) -> Abstract:
    """A default: numbers and strings as they are, arrays and containers read live."""
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return Known(value)
    return outside(ctx, access, value, node)


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
        _bad_call(ctx, cls, f"got an unexpected argument {unknown[:1]}", node)
    given |= keywords
    for field in fields:
        if field.name not in given:
            value = _field_default(ctx, cls, field, node)
            if value is None:
                continue
            given[field.name] = value
        _put(ctx, made, field.name, given[field.name], node)
    if hasattr(cls, "__post_init__"):
        call_node(ctx, member(ctx, made, "__post_init__", "", node), [], {}, "", node)


def _all_fields(cls: Any) -> list[Any]:
    """The fields of a dataclass but the class variables; `InitVar`s are among them."""
    found = cls.__dataclass_fields__.values()
    return [f for f in found if f._field_type is not dataclasses._FIELD_CLASSVAR]  # type: ignore[attr-defined]


def _field_default(ctx: Context, cls: Any, field: Any, node: Any) -> Abstract | None:
    if field.default_factory is not dataclasses.MISSING:
        return call_node(ctx, Known(field.default_factory), [], {}, field.name, node)
    if field.default is not dataclasses.MISSING:
        access = Access(cls, ()).extended("attribute", "__dataclass_fields__")
        path = access.extended("item", field.name).extended("attribute", "default")
        return _outside_or_plain(ctx, path, field.default, node)
    if field.init:
        _bad_call(ctx, cls, f"misses `{field.name}`", node)
    return None


def _put(ctx: Context, made: Ref, name: str, value: Abstract, node: Any) -> None:
    content = ctx.state.heap[made.location]
    assert isinstance(content, Attributes)
    pairs = dict(content.items) | {name: value}
    replace_content(ctx, made.location, Attributes(content.cls, tuple(pairs.items())), node)


# -- reading attributes


@hook("member")
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
            method = Method(value, "__getattr__", _function(vars(owner)["__getattr__"]))
            return call_node(ctx, method, [Known(name)], {}, hint, node)
    refuse(
        ctx,
        "S405",
        f"`{cls.__name__}` object has no attribute `{name}`",
        node,
        raises=AttributeError,
    )


def _function(function: Any) -> Known:
    return Known(function, Access(function, ()))


def _bound(
    ctx: Context, value: Abstract, cls: type, owner: type, name: str, hint: str, node: Any
) -> Abstract:
    """What a class holds under a name, as it is seen from an object."""
    plain = vars(owner)[name]
    if isinstance(plain, property):
        assert plain.fget is not None
        return call_node(ctx, _function(plain.fget), [value], {}, hint or name, node)
    if isinstance(plain, functools.cached_property):
        found = call_node(ctx, _function(plain.func), [value], {}, hint or name, node)
        if isinstance(value, Ref):
            _put(ctx, value, name, found, node)
        return found
    if isinstance(plain, staticmethod):
        return _function(plain.__func__)
    if isinstance(plain, classmethod):
        return Method(Known(cls, Access(cls, ())), name, _function(plain.__func__))
    if isinstance(plain, types.FunctionType):
        return Method(value, name, _function(plain))
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
    return _outside_or_plain(ctx, access, plain, node)


# -- writing attributes


@hook("set member")
def set_member(ctx: Context, base: Ref, name: str, value: Abstract, node: Any) -> None:
    """`base.name = value` of an object of a user's class."""
    content = ctx.state.heap[base.location]
    assert isinstance(content, Attributes)
    plain = inspect.getattr_static(content.cls, name, None)
    if isinstance(plain, property) and plain.fset is not None:
        call_node(ctx, _function(plain.fset), [base, value], {}, "", node)
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
    _put(ctx, base, name, value, node)


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


def _hasattr(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    value, name = args[0], _name_of(ctx, args[1], node)
    found = _has(ctx, value, name)
    return Known(found) if found is not None else _by_class(ctx, args, keywords, hint, node)


_by_class = SPECIAL[hasattr]


def _getattr(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.access import get_attribute

    name = _name_of(ctx, args[1], node)
    if len(args) > 2 and isinstance(_hasattr(ctx, args[:2], {}, hint, node), Known):
        known = _hasattr(ctx, args[:2], {}, hint, node)
        if isinstance(known, Known) and not known.value:
            return args[2]
    return get_attribute(ctx, args[0], name, hint, node)


def _setattr(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.statements import set_attribute

    set_attribute(ctx, args[0], _name_of(ctx, args[1], node), args[2], node)
    return Known(None)


def _set_plainly(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`object.__setattr__(self, name, value)`: past what the class says about it."""
    base, name = args[0], _name_of(ctx, args[1], node)
    if not (isinstance(base, Ref) and class_of(ctx, base) is not None):
        refuse(ctx, "S103", f"this writes the attribute `{name}` of something outside", node)
    _put(ctx, base, name, args[2], node)
    return Known(None)


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


def _super(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`super()` is read from the frame: the class of the function's cell, its first argument."""
    from s2sad.frontend.environment import lookup

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


@hook("super member")
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
        return Known(_nothing)
    if owner is object and name == "__setattr__":
        return Method(receiver, name, Known(object.__setattr__))
    if is_class and owner is not None and isinstance(vars(owner)[name], types.FunctionType):
        return _function(vars(owner)[name])
    return _found(ctx, receiver, cls, order, name, hint, node)


def _nothing() -> None:
    """What `object.__init__` does."""


def _none(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    return Known(None)


def _namespace(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return location(ctx, Attributes(types.SimpleNamespace, tuple(keywords.items())))


install(types.SimpleNamespace, _namespace)
install(hasattr, _hasattr)
install(getattr, _getattr)
install(setattr, _setattr)
install(object.__setattr__, _set_plainly)
install(object.__init__, _none)
install(_nothing, _none)
install(dataclasses.replace, _replace)
install(super, _super)

__all__ = ["Closure", "class_of", "construct", "member", "set_member"]

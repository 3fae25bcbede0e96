"""How a page makes an object of a class of the user.

Where calling the class does nothing but bind its attributes (named tuples, most dataclasses),
the page calls it; else it calls `new_Name`, which binds the attributes and runs no code of the
class.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any


def attributes(value: Any) -> Mapping[str, Any]:
    """The data attributes of an object: those in its `__dict__`, its fields and its slots."""
    found = dict(getattr(value, "__dict__", {}))
    names = [f.name for f in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else list(slots)
    found.update({n: getattr(value, n) for n in names if n not in found and hasattr(value, n)})
    return found


HEAP = 1 << 9  # the flag of classes that are made by a `class` statement


def is_object(value: Any) -> bool:
    """Whether a value is an object of a class of the user."""
    cls = type(value)
    return bool(cls.__flags__ & HEAP) and not isinstance(value, (type, enum.Enum))


def has_attributes(value: Any) -> bool:
    """Whether a value is made of its attributes: an object of a class of the user, or a
    namespace."""
    return is_object(value) or isinstance(value, SimpleNamespace)


def built(cls: Any, names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    """An object of a class with these attributes."""
    if issubclass(cls, tuple):
        return cls(*values)
    made = cls.__new__(cls)  # `__init__` isn't run
    for name, value in zip(names, values, strict=True):
        object.__setattr__(made, name, value)
    return made


def is_plain(cls: type, names: tuple[str, ...]) -> bool:
    """Whether calling the class with these attributes, in order, binds them and no more."""
    if issubclass(cls, tuple):
        return True
    code = getattr(vars(cls).get("__init__"), "__code__", None)
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__"):
        return False
    fields = dataclasses.fields(cls)
    plain = all(f.init and not f.kw_only for f in fields)
    generated = getattr(code, "co_filename", "") == "<string>"
    return plain and generated and tuple(f.name for f in fields) == names


def maker(cls: type, names: tuple[str, ...]) -> tuple[str, Callable[..., Any]]:
    """What the page calls, and under which name."""
    if is_plain(cls, names):
        return cls.__name__, cls

    def new(**values: Any) -> Any:
        return built(cls, tuple(values), tuple(values.values()))

    return f"new_{cls.__name__}", new

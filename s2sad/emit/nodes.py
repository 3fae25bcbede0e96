"""Nodes of the syntax tree: names, constants, calls.

Every node is made anew, names are checked, constants become Python numbers or named objects.
"""

from __future__ import annotations

import builtins
import math
from types import EllipsisType
from typing import Any

import gast
import numpy as np

from s2sad.emit.tree import Local, Pattern
from s2sad.errors import Diagnostic, InternalError
from s2sad.ir.types import Num, Type

Names = dict[Local, str]


def wrong(message: str) -> InternalError:
    return InternalError((Diagnostic("S900", message),))


# -- atoms of the page


def name(text: str, context: Any = None) -> Any:
    """A name."""
    if not text.isidentifier():
        raise wrong(f"{text!r} is no identifier")
    return gast.Name(text, context or gast.Load(), None, None)


def store(text: str) -> Any:
    """A name that is assigned."""
    return name(text, gast.Store())


def number(value: Any) -> Any:
    """A constant as it is."""
    return gast.Constant(value, None)


def dotted(text: str) -> Any:
    """`a.b.c`."""
    first, *rest = text.split(".")
    node = name(first)
    for part in rest:
        node = attribute(node, part)
    return node


def attribute(node: Any, part: str) -> Any:
    """`node.part`."""
    if not part.isidentifier():
        raise wrong(f"{part!r} is no attribute")
    return gast.Attribute(node, part, gast.Load())


def call(function: Any, args: list[Any], keywords: list[tuple[str, Any]] | None = None) -> Any:
    """`function(*args, **keywords)`."""
    found = []
    for key, value in keywords or []:
        if not key.isidentifier():
            raise wrong(f"{key!r} is no keyword argument")
        found.append(gast.keyword(key, value))
    return gast.Call(function, args, found)


def tuple_of(items: list[Any], context: Any = None) -> Any:
    """`(a, b)`."""
    return gast.Tuple(items, context or gast.Load())


def pattern(target: Pattern, names: Names) -> Any:
    """What stands left of `=`."""
    if isinstance(target, Local):
        return store(names[target])
    return tuple_of([pattern(part, names) for part in target], gast.Store())


# -- constants


def constant(value: Any, kind: Type | None = None) -> Any:
    """A value known when compiling."""
    if value is None or isinstance(value, (bool, str, bytes, EllipsisType)):
        return number(value)
    if isinstance(value, np.generic) and not isinstance(value, np.bool_):
        return _scalar(value, kind)
    if isinstance(value, np.bool_):
        return number(bool(value))
    if isinstance(value, (int, float, complex)):
        return _number(value)
    if isinstance(value, tuple):
        return tuple_of([constant(item) for item in value])
    if isinstance(value, slice):
        bounds = [constant(b) for b in (value.start, value.stop, value.step)]
        return call(name("slice"), bounds)
    if isinstance(value, range):
        return call(name("range"), [constant(b) for b in (value.start, value.stop, value.step)])
    return dotted(object_name(value)) if not isinstance(value, np.dtype) else _dtype(value)


def _dtype(value: np.dtype[Any]) -> Any:
    return call(dotted("np.dtype"), [number(value.name)])


def _scalar(value: Any, kind: Type | None) -> Any:
    plain: Any = value.item()
    if not isinstance(plain, (int, float, complex)):
        raise wrong(f"a constant of type {type(value).__name__}")
    strong = isinstance(kind, Num) and not kind.is_python
    if strong:
        return call(dotted(f"np.{type(value).__name__}"), [_number(plain)])
    return _number(plain)


def _number(value: Any) -> Any:
    if isinstance(value, complex):
        return _complex(value)
    if isinstance(value, float):
        if math.isnan(value):
            return dotted("np.nan")
        if math.isinf(value):
            return dotted("np.inf") if value > 0 else negative(dotted("np.inf"))
        value = float(value)
    if value < 0 or (value == 0 and math.copysign(1.0, value) < 0):
        return negative(number(-value))
    return number(value)


def _complex(value: complex) -> Any:
    positive = all(math.copysign(1.0, part) > 0 for part in (value.real, value.imag))
    if value.real == 0 and positive and math.isfinite(value.imag):
        return number(complex(0.0, value.imag))
    return call(name("complex"), [_number(value.real), _number(value.imag)])


def negative(node: Any) -> Any:
    """`-node`."""
    return gast.UnaryOp(gast.USub(), node)


def object_name(value: Any) -> str:
    """How the page names an object: of NumPy, `math`, or Python's builtins."""
    text = getattr(value, "__name__", "")
    for prefix, module in (("np.", np), ("math.", math), ("", builtins)):
        if text and getattr(module, text, None) is value:
            return prefix + text
    for part in ("linalg", "random", "fft"):
        if text and getattr(getattr(np, part), text, None) is value:
            return f"np.{part}.{text}"
    for found in ("np.newaxis", "np.pi", "np.e"):
        if getattr(np, found[3:]) is value:
            return found
    if isinstance(value, type) and issubclass(value, BaseException):
        return value.__name__
    raise wrong(f"a constant that the page cannot name: {value!r}")


def subscript(node: Any, index: Any, context: Any = None) -> Any:
    """`node[index]`."""
    return gast.Subscript(node, index, context or gast.Load())

"""Guards: the one expression that says whether a specialisation serves the arguments at hand.

`guard(type, expression, names)` gives conjuncts, in text, over the expression; what they need
besides goes into `names`. Lists are checked by a small generated function for each list type;
everything else is a flat chain of `and`, with no loop and no call but `type` and `len`.
"""

from __future__ import annotations

import builtins
import enum
import types
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.errors import internal_error
from s2sad.ir import types as T

PYTHON_CLASSES = {"bool": "bool", "int64": "int", "float64": "float", "complex128": "complex"}
OPAQUE_CLASSES: dict[str, type] = {"None": type(None), "str": str, "range": range}


@dataclass
class Names:
    """Values that generated text refers to, each under a name that starts with `prefix`, and
    the functions that it needs."""

    prefix: str = "_"
    values: dict[str, Any] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)
    count: int = 0

    def fresh(self, stem: str) -> str:
        """A name that nothing else has."""
        self.count += 1
        return f"{self.prefix}{stem}{self.count}"

    def builtin(self, name: str) -> str:
        """A name for a builtin that a parameter of the user's can't hide."""
        self.values[self.prefix + name] = getattr(builtins, name)
        return self.prefix + name

    def of(self, value: Any, stem: str = "value") -> str:
        """A name for a value; the same one for the same object."""
        for name, known in self.values.items():
            if known is value:
                return name
        name = self.fresh(stem)
        self.values[name] = value
        return name


def guard(kind: T.Type, text: str, names: Names) -> list[str]:
    """Conjuncts that hold exactly for the values of a type."""
    if isinstance(kind, T.Num):
        return _number(kind, text, names)
    if isinstance(kind, T.Static):
        return static_guard(kind.value, text, names)
    if isinstance(kind, T.Opaque) and kind.name in OPAQUE_CLASSES:
        return [
            f"{names.builtin('type')}({text}) is {names.of(OPAQUE_CLASSES[kind.name], 'class')}"
        ]
    if isinstance(kind, T.Lst):
        return _list(kind, text, names)
    if isinstance(kind, (T.Tup, T.Dct, T.Obj)):
        return _items(kind, text, names)
    raise internal_error(f"no guard for arguments of type {kind}")


def conjunction(parts: list[str]) -> str:
    """The parts as one expression."""
    return " and ".join(parts) or "True"


def _number(kind: T.Num, text: str, names: Names) -> list[str]:
    if kind.is_python and kind.dtype is not None:
        return [f"{names.builtin('type')}({text}) is {names.builtin(PYTHON_CLASSES[kind.dtype])}"]
    if kind.forms == frozenset({T.NP}):
        return [
            f"{names.builtin('type')}({text}) is {names.of(np.dtype(kind.dtype).type, 'scalar')}"
        ]
    if kind.is_array and kind.dtype is not None and kind.shape is not None:
        dtype = names.of(np.dtype(kind.dtype), "dtype")
        bound, once = _once(text, names)
        cls = names.of(np.ndarray, "ndarray")
        parts = [
            f"{names.builtin('type')}({once}) is {cls}",
            f"({bound}.dtype is {dtype} or {bound}.dtype == {dtype})",
        ]
        return parts + _shape(kind.shape, bound, names)
    raise internal_error(f"no guard for arguments of type {kind}")


def _once(text: str, names: Names) -> tuple[str, str]:
    """A name for an expression, and the text to write where it is evaluated first."""
    if text.isidentifier():
        return text, text
    name = names.fresh("item")
    return name, f"({name} := {text})"


def _shape(shape: tuple[T.Dim, ...], text: str, names: Names) -> list[str]:
    if len(shape) < 2:
        lengths = [f"{names.builtin('len')}({text})"] * len(shape)
        return [f"{text}.ndim == {len(shape)}", *_lengths(shape, lengths)]
    bound = names.fresh("shape")
    first = f"{names.builtin('len')}({bound} := {text}.shape) == {len(shape)}"
    return [first, *_lengths(shape, [f"{bound}[{k}]" for k in range(len(shape))])]


def _lengths(dims: tuple[T.Dim, ...], texts: list[str]) -> list[str]:
    parts = [_length(dim, text) for dim, text in zip(dims, texts, strict=True)]
    return [part for part in parts if part]


def _length(dim: T.Dim | None, text: str) -> str:
    if dim is None:
        return ""
    if dim.known is not None:
        return f"{text} == {dim.known}"
    return f"{text} >= {dim.least}" if dim.least else ""


def static_guard(value: Any, text: str, names: Names) -> list[str]:
    """Conjuncts that hold for values that are the same to the compiler (`same_static`)."""
    if value is None or value is True or value is False or value is Ellipsis:
        return [f"{text} is {'...' if value is Ellipsis else value}"]
    if isinstance(value, types.FunctionType):
        return _function(value, text, names)
    if isinstance(value, types.MethodType):
        return _method(value, text, names)
    if isinstance(value, enum.Enum):
        return [f"{text} is {names.of(value, 'member')}"]
    if isinstance(value, (int, float, complex, str, bytes, np.generic)):
        return _constant(value, text, names)
    if isinstance(value, np.dtype):
        bound, once = _once(text, names)
        cls = f"{names.builtin('type')}({once}) is {names.of(type(value), 'class')}"
        return [cls, f"{bound} == {names.of(value, 'dtype')}"]
    return [f"{text} is {names.of(value, 'static')}"]


def _constant(value: Any, text: str, names: Names) -> list[str]:
    """By type and value; a float also by the sign of zero, and NaN is itself."""
    bound, once = _once(text, names)
    cls = names.of(type(value), "class")
    if isinstance(value, (int, str, bytes)):
        return [
            f"{names.builtin('type')}({once}) is {cls}",
            f"{bound} == {names.of(value, 'constant')}",
        ]
    return [
        f"{names.builtin('type')}({once}) is {cls}",
        f"{names.builtin('repr')}({bound}) == {repr(value)!r}",
    ]


def _function(value: types.FunctionType, text: str, names: Names) -> list[str]:
    bound, once = _once(text, names)
    cls, code = names.of(types.FunctionType, "class"), names.of(value.__code__, "code")
    return [f"{names.builtin('type')}({once}) is {cls}", f"{bound}.__code__ is {code}"]


def _method(value: types.MethodType, text: str, names: Names) -> list[str]:
    bound, once = _once(text, names)
    cls, function = names.of(types.MethodType, "class"), names.of(value.__func__, "function")
    owner = names.of(value.__self__, "owner")
    return [
        f"{names.builtin('type')}({once}) is {cls}",
        f"{bound}.__func__ is {function}",
        f"{bound}.__self__ is {owner}",
    ]


def _list(kind: T.Lst, text: str, names: Names) -> list[str]:
    bound, once = _once(text, names)
    parts = [
        f"{names.builtin('type')}({once}) is {names.builtin('list')}",
        _length(kind.length, f"{names.builtin('len')}({bound})"),
    ]
    if not isinstance(kind.item, T.Bottom):
        parts.append(f"{_loop(kind.item, names)}({bound})")
    return [part for part in parts if part]


def _loop(item: T.Type, names: Names) -> str:
    """The name of a generated function that checks each element of a list."""
    name, element = names.fresh("all"), names.fresh("element")
    test = conjunction(guard(item, element, names))
    names.functions.append(
        f"def {name}(items):\n"
        f"    for {element} in items:\n"
        f"        if not ({test}):\n"
        f"            return False\n"
        f"    return True\n"
    )
    return name


def _items(kind: T.Tup | T.Dct | T.Obj, text: str, names: Names) -> list[str]:
    bound, once = _once(text, names)
    cls = (dict if isinstance(kind, T.Dct) else kind.cls) or tuple
    parts = [f"{names.builtin('type')}({once}) is {names.of(cls, 'class')}"]
    if isinstance(kind, T.Tup):
        parts += [f"{names.builtin('len')}({bound}) == {len(kind.items)}"] if cls is tuple else []
        pairs = [(f"{bound}[{k}]", item) for k, item in enumerate(kind.items)]
    elif isinstance(kind, T.Dct):
        keys = tuple(key for key, _ in kind.items)
        parts.append(f"{names.builtin('tuple')}({bound}) == {names.of(keys, 'keys')}")
        pairs = [(f"{bound}[{key!r}]", item) for key, item in kind.items]
    else:
        pairs = [(f"{bound}.{key}", item) for key, item in kind.items]
    return parts + [part for item_text, item in pairs for part in guard(item, item_text, names)]

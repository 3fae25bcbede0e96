"""The types of run-time values: what a specialisation is made for.

`type_of(name, value)` is exact in kinds, dtypes and ranks, and names lengths by where they
are found: `x.0` is the first axis of x, `params[*].0` that of an element of the list params
(one symbol for all elements: it stands for the length of *the element at hand*), `params.len`
the length of the list. Lengths 0 and 1 are constants, since they decide broadcasting.

What cannot be handled raises `GradientTypeError` (S404, S407) with the path of the value.
"""

from __future__ import annotations

import enum
import functools
import inspect
import types
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

import numpy as np

from s2sad.errors import GradientTypeError, type_error
from s2sad.frozen import frozen
from s2sad.ir import types as T
from s2sad.runtime.classes import attributes

DEPTH = 8
PYTHON_DTYPES = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}

STATIC_KINDS = (
    types.NoneType, str, bytes, enum.Enum, np.dtype, types.ModuleType, type, types.FunctionType,
    types.BuiltinFunctionType, types.MethodType, np.ufunc, types.EllipsisType, functools.partial,
)  # fmt: skip

MAKERS = {"jax": "jax.numpy", "jaxlib": "jax.numpy", "torch": "torch", "tensorflow": "tf"}


@frozen
class Naming:
    """How values are typed. statics: the paths of integers that are part of the key.
    wide: lengths are not looked at. inner: inside a list, where values are not static.
    equal: the names of lengths that go by the name of another one."""

    statics: frozenset[str] = frozenset()
    wide: bool = False
    inner: bool = False
    depth: int = 0
    equal: Mapping[str, str] = field(default_factory=dict)

    def deeper(self, inner: bool = False) -> Naming:
        return replace(self, depth=self.depth + 1, inner=self.inner or inner)


PLAIN = Naming()


def type_of(name: str, value: Any, naming: Naming = PLAIN) -> T.Type:
    """The type of a value that the user's program calls `name`."""
    if naming.depth > DEPTH:
        raise type_error(
            "S407",
            f"{name} is nested more than {DEPTH} levels deep",
            help="pass the inner containers as arguments of their own",
        )
    if isinstance(value, np.generic):
        return _scalar(name, value, naming)
    if isinstance(value, (bool, int, float, complex)) and not isinstance(value, enum.Enum):
        return _number(name, value, naming)
    if isinstance(value, STATIC_KINDS) or (callable(value) and _is_library(value)):
        return _static(value, naming)
    if isinstance(value, np.ndarray) or hasattr(type(value), "__array_namespace__"):
        return _array(name, value, naming)
    return _container(name, value, naming)


def dtype_name(dtype: Any) -> str:
    """The name by which types call a dtype, the same on every machine."""
    return {"g": "longdouble", "G": "clongdouble"}.get(dtype.char, str(dtype.name))


def _is_library(value: Any) -> bool:
    """Whether a callable is one of NumPy's own (`np.sum` is an instance of a C class)."""
    return str(getattr(value, "__module__", None)).partition(".")[0] == "numpy" and hasattr(
        value, "__name__"
    )


def _number(name: str, value: Any, naming: Naming) -> T.Type:
    cls = type(value)
    if cls not in PYTHON_DTYPES:
        raise type_error(
            "S404",
            f"{name} is a {_class_name(cls)}, a subclass of Python's number classes",
            help=f"pass {cls.__mro__[1].__name__}({name})",
        )
    if (cls is bool and not naming.inner) or (cls is int and name in naming.statics):
        return T.Static(value)
    symbol = T.Dim(0, ((name, 1),)) if cls is int and not naming.inner else None
    return T.Num(frozenset({T.PY}), PYTHON_DTYPES[cls], (), symbol)


def _scalar(name: str, value: np.generic, naming: Naming) -> T.Type:
    _check_dtype(name, value.dtype)
    if name in naming.statics and isinstance(value, np.integer):
        return T.Static(value)
    return T.Num(frozenset({T.NP}), dtype_name(value.dtype))


def _static(value: Any, naming: Naming) -> T.Type:
    if naming.inner and isinstance(value, str):
        return T.STR
    return T.Static(value)


def _array(name: str, value: Any, naming: Naming) -> T.Type:
    _check_class(name, value)
    _check_dtype(name, value.dtype)
    shape = tuple(_axis(f"{name}.{k}", n, naming) for k, n in enumerate(value.shape))
    return T.Num(frozenset({T.ARRAY}), dtype_name(value.dtype), shape)


def _axis(symbol: str, length: int, naming: Naming) -> T.Dim:
    if naming.wide:
        return T.Dim(0, ((symbol, 1),), least=0)
    name = naming.equal.get(symbol, symbol)
    return T.Dim(length) if length < 2 else T.Dim(0, ((name, 1),), least=2)


def _class_name(cls: type) -> str:
    module = cls.__module__
    return cls.__qualname__ if module == "builtins" else f"{module}.{cls.__qualname__}"


def _check_class(name: str, value: Any) -> None:
    cls = type(value)
    if cls is np.ndarray:
        return
    maker = MAKERS.get(cls.__module__.partition(".")[0])
    if maker is not None:
        note = f"functions of np would copy it to the host, or fail, and give up what {maker} does"
        help = f"pass np.asarray({name}), or differentiate with {maker.partition('.')[0]} itself"
    elif isinstance(value, np.matrix):
        note, help = "`*` and indexing mean other things for it", f"pass np.asarray({name})"
    elif isinstance(value, np.ma.MaskedArray):
        note = "masked elements would take part in the gradient"
        help = f"pass {name}.data and {name}.mask, and use np.where"
    else:
        note, help = "only numpy.ndarray itself is handled", f"pass np.asarray({name})"
    raise type_error("S404", f"{name} is a {_class_name(cls)}", note, help)


def _check_dtype(name: str, dtype: Any) -> None:
    if dtype.kind not in "biufc":
        raise type_error(
            "S404",
            f"{name} has dtype {dtype}",
            "only booleans, integers, floats and complex numbers are handled",
            f"pass {name}.astype(np.float64)" if dtype.kind == "O" else "",
        )
    if not dtype.isnative:
        raise type_error(
            "S404",
            f"{name} has dtype {dtype.str}, whose byte order is not that of the machine",
            help=f"pass {name}.astype({name}.dtype.newbyteorder('='))",
        )


def _container(name: str, value: Any, naming: Naming) -> T.Type:
    cls = type(value)
    if cls is list:
        return _list(name, value, naming)
    if cls is tuple or (isinstance(value, tuple) and hasattr(cls, "_fields")):
        return _tuple(name, value, naming)
    if cls is dict:
        return _dict(name, value, naming)
    if cls is range:
        return T.RANGE
    if isinstance(value, (list, tuple, dict)):
        raise type_error(
            "S404",
            f"{name} is a {_class_name(cls)}",
            "subclasses of containers may behave in ways of their own",
            f"pass a plain {cls.__mro__[1].__name__}",
        )
    return _object(name, value, naming)


def _list(name: str, value: list[Any], naming: Naming) -> T.Type:
    if not value:
        return T.Lst(T.Bottom(), T.Dim(0))
    below = naming.deeper(inner=True)
    item = type_of(f"{name}[*]", value[0], below)
    if type(value[0]) not in PYTHON_DTYPES or {type(v) for v in value} != {type(value[0])}:
        rest = (type_of(f"{name}[*]", v, below) for v in value[1:])
        item = functools.reduce(lambda one, other: join(f"{name}[*]", one, other), rest, item)
    return T.Lst(item, _axis(f"{name}.len", len(value), naming))


def _tuple(name: str, value: tuple[Any, ...], naming: Naming) -> T.Type:
    below = naming.deeper()
    items = tuple(type_of(f"{name}[{k}]", item, below) for k, item in enumerate(value))
    return T.Tup(items, None if type(value) is tuple else type(value))


def _dict(name: str, value: dict[Any, Any], naming: Naming) -> T.Type:
    below = naming.deeper()
    for key in value:
        if not isinstance(key, (str, int, float, bool, types.NoneType, tuple)):
            raise type_error("S404", f"{name} has a key of type {_class_name(type(key))}")
    return T.Dct(tuple((k, type_of(f"{name}[{k!r}]", v, below)) for k, v in value.items()))


def _object(name: str, value: Any, naming: Naming) -> T.Type:
    """An object by its attributes. Those that cannot be typed are left out: it is an error
    only to use them."""
    below, items = naming.deeper(), []
    for key, item in attributes(value).items():
        try:
            items.append((key, type_of(f"{name}.{key}", item, below)))
        except GradientTypeError:
            continue
    return T.Obj(type(value), tuple(items))


def join(name: str, one: T.Type, other: T.Type) -> T.Type:
    """The type of an element that may be either; refused where they differ in kind."""
    if one == other and not isinstance(one, (T.Num, T.Lst, T.Tup, T.Dct)):
        return one
    if isinstance(one, T.Bottom):
        return other
    if isinstance(other, T.Bottom):
        return one
    joined = _join_same(name, one, other) if type(one) is type(other) else None
    if joined is None:
        raise _mixed(name, one, other)
    return joined


def _join_same(name: str, one: Any, other: Any) -> T.Type | None:
    if isinstance(one, T.Num):
        return _join_numbers(name, one, other)
    if isinstance(one, T.Lst):
        return T.Lst(join(f"{name}[*]", one.item, other.item), _length(f"{name}.len", one, other))
    if isinstance(one, T.Tup) and len(one.items) == len(other.items) and one.cls is other.cls:
        pairs = enumerate(zip(one.items, other.items, strict=True))
        return T.Tup(tuple(join(f"{name}[{k}]", a, b) for k, (a, b) in pairs), one.cls)
    if isinstance(one, (T.Dct, T.Obj)) and _keys(one) == _keys(other):
        return _join_items(name, one, other)
    if isinstance(one, T.Static):
        return one if one.value is other.value else None
    return None


def _join_items(name: str, one: Any, other: Any) -> T.Type:
    pairs = zip(one.items, other.items, strict=True)
    joined: Any = tuple((k, join(f"{name}[{k!r}]", a, b)) for (k, a), (_, b) in pairs)
    return T.Obj(one.cls, joined) if isinstance(one, T.Obj) else T.Dct(joined)


def _keys(kind: T.Dct | T.Obj) -> tuple[object, tuple[object, ...]]:
    return getattr(kind, "cls", None), tuple(key for key, _ in kind.items)


def _length(symbol: str, one: T.Lst, other: T.Lst) -> T.Dim | None:
    if one.length is None or other.length is None:
        return None
    return _join_dims(symbol, one.length, other.length)


def _join_numbers(name: str, one: T.Num, other: T.Num) -> T.Type | None:
    if one.forms != other.forms or one.dtype != other.dtype:
        return None
    if one.shape is None or other.shape is None or len(one.shape) != len(other.shape):
        return None
    dims = zip(one.shape, other.shape, strict=True)
    return replace(one, shape=tuple(_join_dims(f"{name}.{k}", *d) for k, d in enumerate(dims)))


def _join_dims(symbol: str, one: T.Dim, other: T.Dim) -> T.Dim:
    least = min(_least(one), _least(other))
    if one == other and one.known is not None:
        return one
    return T.Dim(0, ((symbol, 1),), least=least)


def _least(dim: T.Dim) -> int:
    return dim.constant if dim.known is not None else dim.least or 0


def _mixed(name: str, one: T.Type, other: T.Type) -> GradientTypeError:
    return type_error(
        "S405",
        f"{name.removesuffix('[*]')} holds elements of different types: {one} and {other}",
        "the elements of a list have one type, so that a loop over it has one meaning",
        "pass a tuple, or a dict, whose elements are typed one by one",
    )


def same_static(one: Any, other: Any) -> bool:
    """Whether two values are the same to the compiler: functions by their code, methods by
    function and object, numbers, strings and dtypes by type and value, others by identity."""
    if isinstance(one, types.FunctionType) and isinstance(other, types.FunctionType):
        return one.__code__ is other.__code__
    if isinstance(one, types.MethodType) and isinstance(other, types.MethodType):
        return one.__func__ is other.__func__ and one.__self__ is other.__self__
    if isinstance(one, (bool, int, float, complex, str, bytes, np.dtype, np.generic)):
        return type(one) is type(other) and repr(one) == repr(other)
    return one is other


def parameter_kind(parameter: inspect.Parameter) -> str:
    """The name of a parameter's kind, as `Argument.kind` has it."""
    return parameter.kind.name

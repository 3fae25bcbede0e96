"""Dual numbers: a value and its tangent, in arrays of equal strides.

Every view is taken of both halves, so that writes, views and aliases do exactly what they do in
NumPy. `NUMPY` and `METHODS` are the functions and methods, filled by the module `standin`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.oracles import trees
from tests.oracles.partials import BINARY, UNARY

NUMPY: dict[str, Any] = {}
METHODS: dict[str, Callable[..., Any]] = {}


class OracleError(Exception):
    """The oracle cannot tell."""


class Scalar:
    """A stand-in for a scalar type: a dtype, a class for isinstance, and a conversion."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def __call__(self, value: Any = 0.0) -> Any:
        if isinstance(value, Dual):
            return pair(self.kind(value.value), self.kind(value.tangent))
        return self.kind(value)

    def __eq__(self, other: object) -> bool:
        return bool(self.kind == plain(other))

    __hash__ = None  # type: ignore[assignment]


def plain(value: Any) -> Any:
    """The primal's value: tangents dropped, in containers too."""
    if isinstance(value, Dual):
        return value.value
    if isinstance(value, Scalar):
        return value.kind
    if isinstance(value, slice):
        return slice(plain(value.start), plain(value.stop), plain(value.step))
    if isinstance(value, (list, tuple)):
        return trees.rebuilt(value, [plain(item) for item in value])
    return value


def tangents(value: Any) -> Any:
    """The tangent of the same structure; zeros for what has none."""
    if isinstance(value, Dual):
        return value.tangent
    if isinstance(value, (list, tuple)):
        return trees.rebuilt(value, [tangents(item) for item in value])
    return np.zeros(np.shape(value)) if isinstance(value, np.ndarray) else 0.0


def is_dual(value: Any) -> bool:
    """Whether a value is, or contains, a dual number."""
    if isinstance(value, (list, tuple)):
        return any(is_dual(item) for item in value)
    return isinstance(value, Dual)


def pair(value: Any, tangent: Any) -> Any:
    """A dual number of a fresh value; the tangent gets its shape, dtype and strides."""
    if not trees.is_float(value):
        return value
    if isinstance(value, np.ndarray):
        if not alike(value, tangent):
            fresh = np.empty_like(value, subok=False)
            fresh[...] = tangent
            tangent = fresh
        return Dual(value, tangent)
    return Dual(value, np.asarray(tangent, dtype=np.asarray(value).dtype)[()].reshape(())[()])


def alike(value: Any, tangent: Any) -> bool:
    """Whether two arrays have the same shape, dtype and strides."""
    return (
        isinstance(tangent, np.ndarray)
        and (value.shape, value.dtype) == (tangent.shape, tangent.dtype)
        and _strides(value) == _strides(tangent)
    )


def _strides(array: Any) -> tuple[int, ...]:
    if not array.size:
        return ()
    return tuple(s for s, n in zip(array.strides, array.shape, strict=True) if n > 1)


def view(value: Any, tangent: Any) -> Any:
    """A dual number whose two halves are views of the halves of another."""
    if isinstance(value, np.ndarray) and trees.is_float(value) and not alike(value, tangent):
        raise OracleError("value and tangent of a view have different strides")
    return pair(value, tangent)


def lift(value: Any) -> Any:
    """A float array gets a zero tangent, since it may be written later."""
    if isinstance(value, np.ndarray) and trees.is_float(value):
        return Dual(value, trees.Buffers(zero=True).clone(value))
    return value


def times(partial: Any, tangent: Any) -> Any:
    """A product in which a tangent that is exactly zero contributes zero."""
    tangent = np.asarray(tangent)
    return np.where(tangent == 0, 0.0, partial * tangent)


def unary(function: Callable[..., Any], partial: Callable[[Any], Any]) -> Callable[..., Any]:
    """The dual version of a function of one number."""

    def call(x: Any) -> Any:
        x = as_dual(x)
        if not isinstance(x, Dual):
            return lift(function(x))
        with np.errstate(all="ignore"):
            tangent = times(partial(x.value), x.tangent)
        return pair(function(x.value), tangent)

    return call


def binary(function: Callable[..., Any], partials: Callable[..., Any]) -> Callable[..., Any]:
    """The dual version of a function of two numbers."""

    def call(x: Any, y: Any) -> Any:
        x, y = as_dual(x), as_dual(y)
        if not isinstance(x, Dual) and not isinstance(y, Dual):
            return lift(function(x, y))
        value = function(plain(x), plain(y))
        with np.errstate(all="ignore"):
            by_first, by_second = partials(plain(x), plain(y))
            tangent = times(by_first, tangents(x)) + times(by_second, tangents(y))
        return pair(value, tangent)

    return call


def as_dual(value: Any) -> Any:
    """Lists and tuples of duals as a dual array."""
    if isinstance(value, (list, tuple)):
        return (
            pair(np.array(plain(value)), np.array(tangents(value)))
            if is_dual(value)
            else np.array(plain(value))
        )
    return value


def store(target: Any, index: Any, value: Any) -> None:
    """target[index] = value, on both halves."""
    value = as_dual(value)
    if not isinstance(target, Dual):
        if isinstance(value, Dual):
            raise OracleError("an active value is stored in an integer array")
        target[plain(index)] = value
        return
    target.value[plain(index)] = plain(value)
    target.tangent[plain(index)] = tangents(value)


def stored(out: Any, result: Any) -> Any:
    """What a function called with `out=` gives."""
    store(out, Ellipsis, result)
    return out


def _operators(name: str) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    symbols = {
        "add": "add",
        "subtract": "sub",
        "multiply": "mul",
        "divide": "truediv",
        "power": "pow",
    }
    symbols |= {"remainder": "mod", "floor_divide": "floordiv"}
    call = binary(getattr(operator, symbols[name]), BINARY[name])

    def forward(self: Any, other: Any) -> Any:
        return call(self, other) if _operand(other) else NotImplemented

    def reflected(self: Any, other: Any) -> Any:
        return call(other, self) if _operand(other) else NotImplemented

    def in_place(self: Any, other: Any) -> Any:
        if not isinstance(self.value, np.ndarray):
            return call(self, other)
        made = call(self, other)
        np.copyto(self.value, plain(made), casting="same_kind")
        self.tangent[...] = tangents(made)
        return self

    return forward, reflected, in_place


def _operand(value: Any) -> bool:
    return isinstance(value, (Dual, bool, int, float, np.generic, np.ndarray, list, tuple))


class Dual:
    """A value and its tangent: two ndarrays of equal strides, or two numbers."""

    __array_ufunc__ = None
    __slots__ = ("tangent", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any, tangent: Any) -> None:
        self.value, self.tangent = value, tangent

    __add__, __radd__, __iadd__ = _operators("add")
    __sub__, __rsub__, __isub__ = _operators("subtract")
    __mul__, __rmul__, __imul__ = _operators("multiply")
    __truediv__, __rtruediv__, __itruediv__ = _operators("divide")
    __pow__, __rpow__, __ipow__ = _operators("power")
    __mod__, __rmod__, __imod__ = _operators("remainder")
    __floordiv__, __rfloordiv__, __ifloordiv__ = _operators("floor_divide")

    def __matmul__(self, other: Any) -> Any:
        return NUMPY["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return NUMPY["matmul"](other, self)

    def __imatmul__(self, other: Any) -> Any:
        store(self, Ellipsis, NUMPY["matmul"](self, other))
        return self

    def __neg__(self) -> Any:
        return pair(-self.value, -self.tangent)

    def __pos__(self) -> Any:
        return pair(+self.value, +self.tangent)

    def __abs__(self) -> Any:
        return unary(abs, UNARY["abs"])(self)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.value) if digits is None else round(self.value, digits)

    def __lt__(self, other: Any) -> Any:
        return self.value < plain(other)

    def __le__(self, other: Any) -> Any:
        return self.value <= plain(other)

    def __gt__(self, other: Any) -> Any:
        return self.value > plain(other)

    def __ge__(self, other: Any) -> Any:
        return self.value >= plain(other)

    def __eq__(self, other: Any) -> Any:
        return self.value == plain(other)

    def __ne__(self, other: Any) -> Any:
        return self.value != plain(other)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __len__(self) -> int:
        return len(self.value)

    @property
    def flat(self) -> Flat:
        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        self.flat[:] = value

    def __float__(self) -> float:
        raise OracleError("a dual number is converted to a float outside the stand-in")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise OracleError("a dual number is converted to an array outside the stand-in")

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self.value)))

    def __getitem__(self, index: Any) -> Any:
        key = plain(index)
        value, tangent = self.value[key], self.tangent[key]
        if isinstance(value, np.ndarray) and np.shares_memory(value, self.value):
            return view(value, tangent)
        return pair(value, tangent)

    def __setitem__(self, index: Any, value: Any) -> None:
        store(self, index, value)

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.value, name)
        if name in ("T", "real", "mT"):
            return view(real, getattr(self.tangent, name))
        if name in ATTRIBUTES:
            return real
        if name in METHODS:
            return lambda *args, **kwargs: METHODS[name](self, *args, **kwargs)
        raise AttributeError(f"the oracle has no method {name!r} of arrays")


class Flat:
    """`x.flat` of a dual array."""

    def __init__(self, of: Dual) -> None:
        self.of = of

    def __len__(self) -> int:
        return int(self.of.size)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        key = plain(index)
        return pair(self.of.value.flat[key], self.of.tangent.flat[key])

    def __setitem__(self, index: Any, value: Any) -> None:
        value = as_dual(value)
        self.of.value.flat[plain(index)] = plain(value)
        self.of.tangent.flat[plain(index)] = tangents(value)


ATTRIBUTES = (
    "shape",
    "ndim",
    "size",
    "dtype",
    "strides",
    "nbytes",
    "itemsize",
    "flags",
    "is_integer",
)

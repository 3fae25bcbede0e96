"""Dual numbers: a run of the plain Python function that carries one tangent along.

`derivative(function, args, along)` runs the user's own code object with `np` and `math`
replaced by stand-ins. A `Dual` array holds two ndarrays of equal strides, value and tangent, and
every view is taken of both, so that writes, views and aliases do exactly what they do in NumPy.
What the stand-in lacks is an error that names it; nothing is approximated.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import trees
from .partials import BINARY, MATH_BINARY, MATH_UNARY, UNARY
from .recreate import Namespace, Recreation, by_identity


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
        if not _alike(value, tangent):
            fresh = np.empty_like(value, subok=False)
            fresh[...] = tangent
            tangent = fresh
        return Dual(value, tangent)
    return Dual(value, np.asarray(tangent, dtype=np.asarray(value).dtype)[()].reshape(())[()])


def _alike(value: Any, tangent: Any) -> bool:
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
    if isinstance(value, np.ndarray) and trees.is_float(value) and not _alike(value, tangent):
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


class Operation:
    """A stand-in for a ufunc: call with `out=`, and `at`, `reduce`, `accumulate` of add."""

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.name, self.call = name, call

    def __call__(self, *args: Any, out: Any = None) -> Any:
        result = self.call(*args)
        if out is None:
            return result
        store(out[0] if isinstance(out, tuple) else out, Ellipsis, result)
        return out

    def at(self, target: Any, index: Any, *values: Any) -> None:
        if self.name not in ("add", "subtract"):
            raise AttributeError(f"the oracle has no np.{self.name}.at")
        function = getattr(np, self.name)
        function.at(target.value, plain(index), plain(as_dual(values[0])))
        function.at(target.tangent, plain(index), tangents(as_dual(values[0])))

    def __getattr__(self, name: str) -> Any:
        if self.name == "add" and name in ("reduce", "accumulate"):
            return linear(getattr(np.add, name))
        raise AttributeError(f"the oracle has no np.{self.name}.{name}")


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
    import operator

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

    def __float__(self) -> float:
        raise OracleError("a dual number is converted to a float outside the stand-in")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise OracleError("a dual number is converted to an array outside the stand-in")

    def __iter__(self) -> Iterator[Any]:
        return iter([self[k] for k in range(len(self.value))])

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


def _stripped(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(item) for name, item in kwargs.items()}


def inactive(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of values only; a float array that it makes gets a zero tangent."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return _lifted(function(*plain(list(args)), **_stripped(kwargs)))

    return call


def _lifted(result: Any) -> Any:
    if isinstance(result, (list, tuple)):
        return trees.rebuilt(result, [lift(item) for item in result])
    return lift(result)


def _together(value: Any, tangent: Any) -> Any:
    """The results of a linear function on both halves; lists of results too."""
    if isinstance(value, (list, tuple)):
        return trees.rebuilt(value, [_together(v, t) for v, t in zip(value, tangent, strict=True)])
    if isinstance(value, np.ndarray) and value.base is not None:
        return Dual(value, tangent) if _alike(value, tangent) else pair(value, tangent)
    return pair(value, tangent)


def linear(function: Callable[..., Any], count: int = 1) -> Callable[..., Any]:
    """A function linear, jointly, in its first `count` arguments: done to both halves."""

    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        head, tail = list(args[:count]), plain(list(args[count:]))
        kwargs = _stripped(kwargs)
        value = function(*plain(head), *tail, **kwargs)
        if not is_dual(head):
            result = _lifted(value)
        else:
            result = _together(value, function(*tangents(head), *tail, **_without_dtype(kwargs)))
        return result if out is None else stored(out, result)

    return call


def _without_dtype(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {k: 0.0 if k == "constant_values" else v for k, v in kwargs.items() if k != "dtype"}


def multilinear(function: Callable[..., Any], skip: int = 0) -> Callable[..., Any]:
    """A function linear in each argument by itself (after the first `skip`)."""

    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        args = (*args[:skip], *(as_dual(a) for a in args[skip:]))
        kwargs = _stripped(kwargs)
        values = plain(list(args))
        value = function(*values, **kwargs)
        result = lift(value) if isinstance(value, np.ndarray) else value
        if is_dual(args):
            terms = [
                function(*values[:k], a.tangent, *values[k + 1 :], **kwargs)
                for k, a in enumerate(args)
                if isinstance(a, Dual)
            ]
            result = pair(value, sum(terms[1:], terms[0]))
        return result if out is None else stored(out, result)

    return call


# -- reductions


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(np.ndim(x)))
    return tuple(a % np.ndim(x) for a in (axis if isinstance(axis, tuple) else (axis,)))


def _extremum(function: Callable[..., Any]) -> Callable[..., Any]:
    """max and min: ties are shared evenly."""

    def call(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
        x = as_dual(x)
        value = function(plain(x), axis=axis, keepdims=keepdims)
        if not isinstance(x, Dual):
            return lift(value)
        where = x.value == function(x.value, axis=axis, keepdims=True)
        total = np.sum(where * x.tangent, axis=axis, keepdims=keepdims)
        return pair(value, total / np.sum(where, axis=axis, keepdims=keepdims))

    return call


def _product(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    x = as_dual(x)
    value = np.prod(plain(x), axis=axis, keepdims=keepdims)
    if not isinstance(x, Dual):
        return lift(value)
    axes = _axes(x.value, axis)
    tangent = np.zeros(np.shape(value))
    for place in np.ndindex(*(np.shape(x.value)[a] for a in axes)):
        index: list[Any] = [slice(None)] * np.ndim(x.value)
        for a, k in zip(axes, place, strict=True):
            index[a] = k
        factors = np.array(x.value, dtype=float)
        factors[tuple(index)] = x.tangent[tuple(index)] if axes else x.tangent
        tangent = tangent + np.prod(factors, axis=axes, keepdims=keepdims)
    return pair(value, tangent)


def _running_product(x: Any, axis: Any = None) -> Any:
    if not isinstance(x, Dual):
        return lift(np.cumprod(plain(x), axis=axis))
    flat = np.ravel(x.value) if axis is None else np.moveaxis(x.value, axis, 0)
    step = np.ravel(x.tangent) if axis is None else np.moveaxis(x.tangent, axis, 0)
    tangent = np.zeros(flat.shape)
    for k in range(len(flat)):
        factors = np.array(flat, dtype=float)
        factors[k] = step[k]
        part = np.cumprod(factors, axis=0)
        part[:k] = 0.0
        tangent += part
    return pair(
        np.cumprod(x.value, axis=axis), tangent if axis is None else np.moveaxis(tangent, 0, axis)
    )


def _variance(x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    x = as_dual(x)
    value = np.var(plain(x), axis=axis, ddof=ddof, keepdims=keepdims)
    if not isinstance(x, Dual):
        return lift(value)
    count = math.prod(np.shape(x.value)[a] for a in _axes(x.value, axis))
    centred = x.value - np.mean(x.value, axis=axis, keepdims=True)
    moving = x.tangent - np.mean(x.tangent, axis=axis, keepdims=True)
    with np.errstate(all="ignore"):
        return pair(
            value,
            np.divide(2.0 * np.sum(centred * moving, axis=axis, keepdims=keepdims), count - ddof),
        )


def _deviation(x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    variance = _variance(x, axis, ddof=ddof, keepdims=keepdims)
    value = np.std(plain(x), axis=axis, ddof=ddof, keepdims=keepdims)
    if not isinstance(variance, Dual):
        return lift(value)
    safe = np.where(value == 0, 1.0, value)
    return pair(value, np.where(value == 0, 0.0, variance.tangent / (2.0 * safe)))


def _clip(x: Any, low: Any = None, high: Any = None) -> Any:
    x, low, high = as_dual(x), as_dual(low), as_dual(high)
    value = np.clip(plain(x), plain(low), plain(high))
    tangent = tangents(x) + np.zeros(np.shape(value))
    if low is not None:
        tangent = np.where(plain(x) < plain(low), tangents(low), tangent)
    if high is not None:
        tangent = np.where(plain(x) > plain(high), tangents(high), tangent)
    return pair(value, tangent) if is_dual([x, low, high]) else lift(value)


def _where(condition: Any, *arms: Any) -> Any:
    chosen = plain(condition)
    if not arms:
        return np.where(chosen)
    arms = tuple(as_dual(a) for a in arms)
    value = np.where(chosen, *plain(list(arms)))
    return pair(value, np.where(chosen, *tangents(list(arms)))) if is_dual(arms) else lift(value)


def _sorted(x: Any, axis: int = -1) -> Any:
    x = as_dual(x)
    if not isinstance(x, Dual):
        return lift(np.sort(plain(x), axis=axis))
    order = np.argsort(x.value, axis=axis, kind="stable")
    return pair(np.sort(x.value, axis=axis), np.take_along_axis(x.tangent, order, axis))


# -- linear algebra


def _solve(a: Any, b: Any) -> Any:
    a, b = as_dual(a), as_dual(b)
    x = np.linalg.solve(plain(a), plain(b))
    if not is_dual([a, b]):
        return lift(x)
    right = tangents(b) - tangents(a) @ x
    return pair(x, np.linalg.solve(plain(a), right + np.zeros(np.shape(x))))


def _inverse(a: Any) -> Any:
    value = np.linalg.inv(plain(a))
    return pair(value, -value @ a.tangent @ value) if isinstance(a, Dual) else lift(value)


def _determinant(a: Any) -> Any:
    value = np.linalg.det(plain(a))
    if not isinstance(a, Dual):
        return lift(value)
    return pair(value, np.sum(_cofactors(a.value) * a.tangent, axis=(-2, -1)))


def _cofactors(a: Any) -> Any:
    n, made = a.shape[-1], np.zeros(a.shape)
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(a, i, axis=-2), j, axis=-1)
            made[..., i, j] = (-1.0) ** (i + j) * np.linalg.det(minor)
    return made


def _slogdet(a: Any) -> Any:
    result = np.linalg.slogdet(plain(a))
    if not isinstance(a, Dual):
        return type(result)(*(lift(item) for item in result))
    slope = np.trace(np.linalg.solve(a.value, a.tangent), axis1=-2, axis2=-1)
    return type(result)(result.sign, pair(result.logabsdet, slope))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = as_dual(x)
    value = np.linalg.norm(plain(x), ord=ord, axis=axis, keepdims=keepdims)
    if not isinstance(x, Dual):
        return lift(value)
    one = len(_axes(x.value, axis)) == 1
    if ord is not None and not one and ord != "fro":
        raise AttributeError(f"the oracle has no np.linalg.norm of a matrix with ord={ord}")
    if one and ord in (np.inf, -np.inf):
        chosen = _extremum(np.max if ord > 0 else np.min)
        return pair(value, chosen(abs(x), axis, keepdims=keepdims).tangent)
    power = ord if one and ord is not None else 2
    return pair(value, _norm_slope(x, power, value, axis, keepdims))


def _norm_slope(x: Dual, power: float, value: Any, axis: Any, keepdims: bool) -> Any:
    weight = np.sign(x.value) * np.abs(x.value) ** (power - 1)
    total = np.sum(weight * x.tangent, axis=_axes(x.value, axis), keepdims=keepdims)
    safe = np.where(value == 0, 1.0, value)
    return np.where(value == 0, 0.0, total * safe ** (1.0 - power))


def _cholesky(a: Any) -> Any:
    value = np.linalg.cholesky(plain(a))
    if not isinstance(a, Dual):
        return lift(value)
    symmetric = (a.tangent + np.swapaxes(a.tangent, -1, -2)) / 2.0
    inner = np.linalg.solve(value, np.swapaxes(np.linalg.solve(value, symmetric), -1, -2))
    half = np.tril(inner) - 0.5 * inner * np.eye(a.value.shape[-1])
    return pair(value, value @ half)


# -- creators and copies


def _array(x: Any, dtype: Any = None, *, copy: bool = True, order: str = "K") -> Any:
    dtype = plain(dtype)
    value = np.array(plain(x), dtype=dtype, copy=copy, order=order)  # type: ignore[call-overload]
    if not is_dual(x):
        return lift(value)
    tangent = tangents(x) if isinstance(x, Dual) else _stacked(x)
    return pair(value, np.array(tangent, order=order))  # type: ignore[call-overload]


def _stacked(x: Any) -> Any:
    return np.array(_as_arrays(x)) if is_dual(x) else np.zeros(np.shape(plain(x)))


def _as_arrays(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return [_as_arrays(item) for item in x]
    return x.tangent if isinstance(x, Dual) else np.zeros(np.shape(x))


def _asarray(x: Any, dtype: Any = None) -> Any:
    dtype = plain(dtype)
    if isinstance(x, Dual) and isinstance(x.value, np.ndarray) and dtype in (None, x.value.dtype):
        return x
    return _array(x, dtype)


def _astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    kind = np.dtype(plain(dtype))
    if isinstance(x.value, np.ndarray) and not copy and kind == x.value.dtype:
        return x
    value = x.value.astype(kind)
    return pair(value, x.tangent.astype(kind)) if kind.kind == "f" else value


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        return lift(function(plain(as_dual(x)), *plain(list(args)), **_stripped(kwargs)))

    return call


def _full(shape: Any, fill: Any, dtype: Any = None) -> Any:
    value = np.full(plain(shape), plain(as_dual(fill)), dtype=plain(dtype))
    if not is_dual(fill):
        return lift(value)
    return pair(value, np.full(value.shape, tangents(as_dual(fill))))


def _full_like(x: Any, fill: Any, dtype: Any = None) -> Any:
    value = np.full_like(plain(x), plain(fill), dtype=plain(dtype))
    return pair(value, np.full(value.shape, tangents(fill))) if is_dual(fill) else lift(value)


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    value = np.linspace(plain(start), plain(stop), num, endpoint)
    slope = np.linspace(tangents(start), tangents(stop), num, endpoint)
    return pair(value, slope) if is_dual([start, stop]) else lift(value)


def _fill(x: Any, number: Any) -> None:
    store(x, Ellipsis, number)


def _sort_in_place(x: Any, axis: int = -1) -> None:
    store(x, Ellipsis, _sorted(Dual(x.value.copy(), x.tangent.copy()), axis))


def _item(x: Any, *index: Any) -> Any:
    return pair(x.value.item(*index), x.tangent.item(*index))


def _copyto(target: Any, source: Any) -> None:
    store(target, Ellipsis, source)


def _ravel(x: Any, order: str = "C") -> Any:
    return linear(np.ravel)(x, order=order)


LINEAR = """
    sum mean cumsum reshape ravel transpose swapaxes moveaxis rollaxis expand_dims squeeze
    broadcast_to flip fliplr flipud roll rot90 pad diff tile repeat trace diag diagonal tril
    triu atleast_1d atleast_2d atleast_3d real take take_along_axis split array_split hsplit
    vsplit concatenate stack hstack vstack column_stack dstack copy ascontiguousarray
    asfortranarray delete permute_dims matrix_transpose unstack append compress gradient average
""".split()
CREATORS = "zeros ones empty eye identity arange".split()
LIKE = "zeros_like ones_like empty_like".split()
INACTIVE = """
    argmax argmin argsort nonzero flatnonzero isnan isfinite isinf shape ndim size searchsorted
    allclose array_equal any all count_nonzero logical_and logical_or logical_not logical_xor
    greater less greater_equal less_equal equal not_equal ix_ unravel_index isscalar isclose
    signbit round around result_type tri meshgrid indices bincount iscomplexobj triu_indices
    tril_indices diag_indices unique issubdtype lexsort
""".split()
BILINEAR = "dot matmul outer inner vdot tensordot kron cross convolve correlate vecdot".split()
CONSTANTS = "pi e inf nan newaxis".split()
SCALARS = """
    float64 float32 float16 int64 int32 intp bool_ int8 uint8 ndarray floating integer number
    generic inexact
""".split()


def _numpy_table() -> dict[str, Any]:
    table: dict[str, Any] = {name: getattr(np, name) for name in CONSTANTS}
    table |= {name: Scalar(getattr(np, name)) for name in SCALARS}
    table |= {name: inactive(getattr(np, name)) for name in (*INACTIVE, *CREATORS)}
    table |= {name: _like(getattr(np, name)) for name in LIKE}
    table |= {name: linear(getattr(np, name)) for name in LINEAR}
    table |= {name: multilinear(getattr(np, name)) for name in BILINEAR}
    table |= {name: Operation(name, unary(getattr(np, name), d)) for name, d in UNARY.items()}
    table |= {name: Operation(name, binary(getattr(np, name), d)) for name, d in BINARY.items()}
    table |= {
        "max": _extremum(np.max),
        "min": _extremum(np.min),
        "prod": _product,
        "cumprod": _running_product,
    }
    table |= {"amax": table["max"], "amin": table["min"], "var": _variance, "std": _deviation}
    table |= {"clip": _clip, "where": _where, "sort": _sorted, "einsum": multilinear(np.einsum, 1)}
    table |= {"array": _array, "asarray": _asarray, "full": _full, "full_like": _full_like}
    table |= {"linspace": _linspace, "copyto": _copyto, "errstate": np.errstate, "finfo": np.finfo}
    table |= {"append": linear(np.append, 2)}
    table["linalg"] = Namespace("np.linalg", LINALG)
    return table


LINALG = {
    "solve": _solve,
    "inv": _inverse,
    "det": _determinant,
    "slogdet": _slogdet,
    "norm": _norm,
    "cholesky": _cholesky,
    "matrix_transpose": linear(np.linalg.matrix_transpose),
    "LinAlgError": np.linalg.LinAlgError,
}
NUMPY = _numpy_table()


def _method(name: str) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: NUMPY[name](self, *args, **kwargs)


def _reshape(x: Any, *shape: Any, order: str = "C") -> Any:
    size = shape[0] if len(shape) == 1 else shape
    return linear(np.reshape)(x, size, order=order)


def _transposed(x: Any, *axes: Any) -> Any:
    if not axes or axes == (None,):
        return x.T
    return linear(np.transpose)(x, axes[0] if len(axes) == 1 else axes)


SAME_NAME = """
    sum mean cumsum prod cumprod max min var std clip ravel squeeze trace diagonal swapaxes
    repeat take dot argmax argmin argsort any all nonzero round
""".split()
METHODS: dict[str, Callable[..., Any]] = {
    **{name: _method(name) for name in SAME_NAME},
    "copy": lambda x, order="C": (
        linear(np.copy)(x, order=order) if isinstance(x.value, np.ndarray) else x
    ),
    "flatten": lambda x, order="C": pair(x.value.flatten(order), x.tangent.flatten(order)),
    "reshape": _reshape,
    "transpose": _transposed,
    "astype": _astype,
    "fill": _fill,
    "sort": _sort_in_place,
    "item": _item,
    "conj": lambda x: +x,
    "conjugate": lambda x: +x,
    "tolist": lambda x: (
        [x[k].tolist() if x.ndim > 1 else x[k].item() for k in range(len(x))]
        if x.ndim
        else x.item()
    ),
}


# -- math and the builtins


def _math(name: str, partial: Callable[[Any], Any]) -> Callable[..., Any]:
    function = getattr(math, name)
    return unary(lambda x: function(x), lambda x: partial(x))


def _math_pair(name: str, partials: Callable[..., Any]) -> Callable[..., Any]:
    return binary(getattr(math, name), partials)


def _math_table() -> dict[str, Any]:
    inert = "floor ceil trunc isnan isinf isfinite isclose factorial gcd comb".split()
    table: dict[str, Any] = {name: getattr(math, name) for name in ("pi", "e", "inf", "nan", "tau")}
    table |= {name: inactive(getattr(math, name)) for name in inert}
    table |= {name: _math(name, partial) for name, partial in MATH_UNARY.items()}
    table |= {name: _math_pair(name, BINARY[other]) for name, other in MATH_BINARY.items()}
    return table


MATH = _math_table()


def _to_float(x: Any = 0.0) -> Any:
    if isinstance(x, Dual):
        return pair(float(x.value), float(x.tangent))
    return float(x)


class _Float(Scalar):
    def __call__(self, value: Any = 0.0) -> Any:
        return _to_float(value)


def _isinstance(value: Any, kinds: Any) -> bool:
    return isinstance(plain(value) if isinstance(value, Dual) else value, plain(kinds))


FLOAT = _Float(builtins.float)
NAMES = {"float": FLOAT, "isinstance": _isinstance}
STAND_INS = {np: Namespace("np", NUMPY), np.linalg: NUMPY["linalg"], math: Namespace("math", MATH)}
FUNCTIONS = {
    **by_identity(NUMPY, np),
    **by_identity(LINALG, np.linalg),
    **by_identity(MATH, math),
    id(builtins.float): FLOAT,
}


def _leaf(value: Any) -> Any:
    return lift(value.copy() if isinstance(value, np.ndarray) else value)


def seeded(args: Any, along: Any) -> Any:
    """The arguments as duals; `along` holds the tangent of each float leaf, or None."""
    values, slopes = trees.Buffers(), trees.Buffers(zero=True)

    def enter(leaf: Any, slope: Any) -> Any:
        if isinstance(leaf, np.ndarray) and trees.is_float(leaf):
            made = Dual(values.clone(leaf), slopes.clone(leaf))
            if slope is not None:
                made.tangent[...] = slope
            return made
        if isinstance(leaf, np.ndarray):
            return values.clone(leaf)
        return leaf if slope is None or not trees.is_float(leaf) else pair(leaf, slope)

    return trees.mapped(enter, args, along)


def run(function: Callable[..., Any], args: tuple[Any, ...], along: Any) -> tuple[Any, Any]:
    """The value and the tangent of the result along a direction of the arguments."""
    convert = Recreation(STAND_INS, FUNCTIONS, NAMES, _leaf)
    made = convert(function)
    result = made(*_converted(seeded(args, along), convert))
    return trees.mapped(plain, result), trees.mapped(tangents, result)


def _converted(args: Any, convert: Recreation) -> Any:
    """Functions among the arguments are made again; duals stay as they are."""
    return trees.mapped(lambda leaf: convert(leaf) if callable(leaf) else leaf, args)


def derivative(function: Callable[..., Any], args: tuple[Any, ...], along: Any) -> float:
    """The directional derivative of a scalar function."""
    return float(run(function, args, along)[1])


def gradient(function: Callable[..., Any], args: tuple[Any, ...], wrt: tuple[int, ...]) -> Any:
    """The gradient, one direction after the other: a tuple like the arguments in `wrt`."""
    chosen = tuple(args[k] for k in wrt)
    parts = [derivative(function, args, spread(args, wrt, along)) for along in trees.basis(chosen)]
    return _gathered(chosen, parts)


def _gathered(chosen: Any, parts: list[float]) -> Any:
    left = iter(parts)

    def take(leaf: Any) -> Any:
        if not trees.is_float(leaf):
            return None
        return np.array([next(left) for _ in range(np.size(leaf))]).reshape(np.shape(leaf))

    return trees.mapped(take, chosen)


def spread(args: tuple[Any, ...], wrt: tuple[int, ...], along: tuple[Any, ...]) -> tuple[Any, ...]:
    """A direction of some arguments as one of all: None where nothing moves."""
    none = [trees.mapped(lambda leaf: None, a) for a in args]
    for k, part in zip(wrt, along, strict=True):
        none[k] = part
    return tuple(none)

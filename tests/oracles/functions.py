"""The functions of NumPy on dual numbers: reductions, linear algebra, creators.

A function that is linear is done to both halves; the others have the formula of their tangent,
written without looking at the compiler's rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracles import trees
from tests.oracles.number import (
    Dual,
    alike,
    as_dual,
    is_dual,
    lift,
    pair,
    plain,
    store,
    stored,
    tangents,
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
        return Dual(value, tangent) if alike(value, tangent) else pair(value, tangent)
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


def extremum(function: Callable[..., Any]) -> Callable[..., Any]:
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


def product(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
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


def running_product(x: Any, axis: Any = None) -> Any:
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


def variance(x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
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


def deviation(x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    squared = variance(x, axis, ddof=ddof, keepdims=keepdims)
    value = np.std(plain(x), axis=axis, ddof=ddof, keepdims=keepdims)
    if not isinstance(squared, Dual):
        return lift(value)
    safe = np.where(value == 0, 1.0, value)
    return pair(value, np.where(value == 0, 0.0, squared.tangent / (2.0 * safe)))


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    x, low, high = as_dual(x), as_dual(low), as_dual(high)
    value = np.clip(plain(x), plain(low), plain(high))
    tangent = tangents(x) + np.zeros(np.shape(value))
    if low is not None:
        tangent = np.where(plain(x) < plain(low), tangents(low), tangent)
    if high is not None:
        tangent = np.where(plain(x) > plain(high), tangents(high), tangent)
    return pair(value, tangent) if is_dual([x, low, high]) else lift(value)


def where(condition: Any, *arms: Any) -> Any:
    chosen = plain(condition)
    if not arms:
        return np.where(chosen)
    arms = tuple(as_dual(a) for a in arms)
    value = np.where(chosen, *plain(list(arms)))
    return pair(value, np.where(chosen, *tangents(list(arms)))) if is_dual(arms) else lift(value)


def sorted_values(x: Any, axis: int = -1) -> Any:
    x = as_dual(x)
    if not isinstance(x, Dual):
        return lift(np.sort(plain(x), axis=axis))
    order = np.argsort(x.value, axis=axis, kind="stable")
    return pair(np.sort(x.value, axis=axis), np.take_along_axis(x.tangent, order, axis))


# -- linear algebra


def solve(a: Any, b: Any) -> Any:
    a, b = as_dual(a), as_dual(b)
    x = np.linalg.solve(plain(a), plain(b))
    if not is_dual([a, b]):
        return lift(x)
    right = tangents(b) - tangents(a) @ x
    return pair(x, np.linalg.solve(plain(a), right + np.zeros(np.shape(x))))


def inverse(a: Any) -> Any:
    value = np.linalg.inv(plain(a))
    return pair(value, -value @ a.tangent @ value) if isinstance(a, Dual) else lift(value)


def determinant(a: Any) -> Any:
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


def slogdet(a: Any) -> Any:
    result = np.linalg.slogdet(plain(a))
    if not isinstance(a, Dual):
        return type(result)(*(lift(item) for item in result))
    slope = np.trace(np.linalg.solve(a.value, a.tangent), axis1=-2, axis2=-1)
    return type(result)(result.sign, pair(result.logabsdet, slope))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = as_dual(x)
    value = np.linalg.norm(plain(x), ord=ord, axis=axis, keepdims=keepdims)
    if not isinstance(x, Dual):
        return lift(value)
    one = len(_axes(x.value, axis)) == 1
    if ord is not None and not one and ord != "fro":
        raise AttributeError(f"the oracle has no np.linalg.norm of a matrix with ord={ord}")
    if one and ord in (np.inf, -np.inf):
        chosen = extremum(np.max if ord > 0 else np.min)
        return pair(value, chosen(abs(x), axis, keepdims=keepdims).tangent)
    power = ord if one and ord is not None else 2
    return pair(value, _norm_slope(x, power, value, axis, keepdims))


def _norm_slope(x: Dual, power: float, value: Any, axis: Any, keepdims: bool) -> Any:
    weight = np.sign(x.value) * np.abs(x.value) ** (power - 1)
    total = np.sum(weight * x.tangent, axis=_axes(x.value, axis), keepdims=keepdims)
    safe = np.where(value == 0, 1.0, value)
    return np.where(value == 0, 0.0, total * safe ** (1.0 - power))


def cholesky(a: Any) -> Any:
    value = np.linalg.cholesky(plain(a))
    if not isinstance(a, Dual):
        return lift(value)
    symmetric = (a.tangent + np.swapaxes(a.tangent, -1, -2)) / 2.0
    inner = np.linalg.solve(value, np.swapaxes(np.linalg.solve(value, symmetric), -1, -2))
    half = np.tril(inner) - 0.5 * inner * np.eye(a.value.shape[-1])
    return pair(value, value @ half)


# -- creators and copies


def array(x: Any, dtype: Any = None, *, copy: bool = True, order: str = "K") -> Any:
    dtype = plain(dtype)
    if copy is not True and isinstance(x, Dual) and dtype in (None, x.value.dtype):
        return x
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


def asarray(x: Any, dtype: Any = None) -> Any:
    dtype = plain(dtype)
    if isinstance(x, Dual) and isinstance(x.value, np.ndarray) and dtype in (None, x.value.dtype):
        return x
    return array(x, dtype)


def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    kind = np.dtype(plain(dtype))
    if isinstance(x.value, np.ndarray) and not copy and kind == x.value.dtype:
        return x
    value = x.value.astype(kind)
    return pair(value, x.tangent.astype(kind)) if kind.kind == "f" else value


def like(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        return lift(function(plain(as_dual(x)), *plain(list(args)), **_stripped(kwargs)))

    return call


def full(shape: Any, fill: Any, dtype: Any = None) -> Any:
    value = np.full(plain(shape), plain(as_dual(fill)), dtype=plain(dtype))
    if not is_dual(fill):
        return lift(value)
    return pair(value, np.full(value.shape, tangents(as_dual(fill))))


def full_like(x: Any, fill: Any, dtype: Any = None) -> Any:
    value = np.full_like(plain(x), plain(fill), dtype=plain(dtype))
    return pair(value, np.full(value.shape, tangents(fill))) if is_dual(fill) else lift(value)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    value = np.linspace(plain(start), plain(stop), num, endpoint)
    slope = np.linspace(tangents(start), tangents(stop), num, endpoint)
    return pair(value, slope) if is_dual([start, stop]) else lift(value)


def fill(x: Any, number: Any) -> None:
    store(x, Ellipsis, number)


def sort_in_place(x: Any, axis: int = -1) -> None:
    store(x, Ellipsis, sorted_values(Dual(x.value.copy(), x.tangent.copy()), axis))


def item(x: Any, *index: Any) -> Any:
    return pair(x.value.item(*index), x.tangent.item(*index))


def ravel(x: Any, order: str = "C") -> Any:
    return linear(np.ravel)(x, order=order)

"""The functions of NumPy that write to their arguments, on dual numbers.

What is written is linear in the values, at places that don't depend on tangents: so each function
is called on both halves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracles.number import Dual, OracleError, as_dual, pair, plain, store, stored, tangents


def on_both(function: Callable[..., Any], value: int) -> Callable[..., None]:
    """A function whose first argument is written with the one at position `value`."""

    def call(target: Any, *args: Any, **kwargs: Any) -> None:
        given = [as_dual(a) if k + 1 == value else plain(a) for k, a in enumerate(args)]
        kwargs = {name: plain(item) for name, item in kwargs.items()}
        if not isinstance(target, Dual):
            if any(isinstance(a, Dual) for a in given):
                raise OracleError("an active value is stored in an integer array")
            function(target, *given, **kwargs)
            return
        slopes = [tangents(a) if k + 1 == value else a for k, a in enumerate(given)]
        function(target.value, *plain(given), **kwargs)
        function(target.tangent, *slopes, **kwargs)

    return call


def at(call: Callable[..., Any], target: Any, index: Any, *values: Any) -> None:
    """`ufunc.at`: one element after the other."""
    places = np.arange(target.size).reshape(target.shape)[plain(index)]
    spread = [_broadcast(as_dual(v), places.shape) for v in values]
    for k, place in enumerate(places.ravel()):
        where = np.unravel_index(place, target.shape)
        store(target, where, call(target[where], *(v[k] for v in spread)))


def _broadcast(value: Any, shape: tuple[int, ...]) -> list[Any]:
    if not isinstance(value, Dual):
        return list(np.broadcast_to(value, shape).ravel())
    halves = [np.broadcast_to(half, shape).ravel() for half in (value.value, value.tangent)]
    return [pair(v, t) for v, t in zip(*halves, strict=True)]


def masked(result: Any, out: Any, where: Any) -> Any:
    """What `out=` and `where=` of a ufunc leave in `out`."""
    mask = np.broadcast_to(plain(where), out.shape)
    made = as_dual(result)
    value = np.where(mask, plain(made), out.value)
    store(out, Ellipsis, pair(value, np.where(mask, tangents(made), out.tangent)))
    return out


def with_out(function: Callable[..., Any], position: int = -1) -> Callable[..., Any]:
    """A function that takes `out=` besides, or at a position."""

    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if 0 <= position < len(args):
            args, out = args[:position], args[position]
        result = function(*args, **kwargs)
        return result if out is None else stored(out, result)

    return call


WRITERS = {
    "copyto": on_both(np.copyto, 1),
    "putmask": on_both(np.putmask, 2),
    "place": on_both(np.place, 2),
    "put": on_both(np.put, 2),
    "put_along_axis": on_both(np.put_along_axis, 2),
    "fill_diagonal": on_both(np.fill_diagonal, 1),
}

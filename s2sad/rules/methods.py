"""Methods and attributes of arrays: which function's rule each of them shares.

A method that isn't here has no derivative and is refused by name. Those that write in place
(`sort`, `fill`, `partition`, `put`, `resize`, `itemset`) are statements, not values, and are
left to the frontend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from s2sad.frozen import frozen
from s2sad.rules.layouts import normal
from s2sad.rules.registry import Sample, linear


def _conversions(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((3,), (2, 3), (), (0,)):
        yield Sample((normal(rng, shape), np.float64))
        yield Sample((normal(rng, shape), float), {"copy": False})


def _single(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((), (1,), (1, 1)):
        yield Sample((normal(rng, shape),))


def _rows(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((), (3,), (2, 3), (0,)):
        yield Sample((normal(rng, shape),))


@frozen
class Method:
    """What a method or an attribute is.

    rule: the function whose rule it shares, or None where the value is inactive by type.
    result: "fresh", "view" of the array, or "either" (by memory layout or dtype).
    spread: whether a tuple argument may be written out, as in `x.reshape(2, 3)`.
    """

    rule: Callable[..., Any] | None
    result: str = "fresh"
    spread: bool = False


# -- methods that aren't functions of NumPy as well


@linear(np.ndarray.astype, result="either", samples=_conversions)
def astype(self: Any, dtype: Any, copy: Any = True, *, y_bar: Any) -> Any:
    return y_bar


@linear(np.ndarray.item, samples=_single)
def item(self: Any, *, y_bar: Any) -> Any:
    return y_bar


@linear(np.ndarray.tolist, samples=_rows)
def tolist(self: Any, *, y_bar: Any) -> Any:
    return np.array(y_bar)


METHODS: dict[str, Method] = {
    "sum": Method(np.sum),
    "mean": Method(np.mean),
    "prod": Method(np.prod),
    "max": Method(np.max),
    "min": Method(np.min),
    "var": Method(np.var),
    "std": Method(np.std),
    "cumsum": Method(np.cumsum),
    "cumprod": Method(np.cumprod),
    "all": Method(np.all),
    "any": Method(np.any),
    "argmax": Method(np.argmax),
    "argmin": Method(np.argmin),
    "argsort": Method(np.argsort),
    "nonzero": Method(np.nonzero),
    "searchsorted": Method(np.searchsorted),
    "round": Method(np.round),
    "clip": Method(np.clip),
    "conj": Method(np.conjugate, "either"),
    "conjugate": Method(np.conjugate, "either"),
    "dot": Method(np.dot),
    "trace": Method(np.trace),
    "diagonal": Method(np.diagonal, "view"),
    "copy": Method(np.copy),
    "flatten": Method(np.ndarray.flatten),
    "ravel": Method(np.ravel, "either"),
    "reshape": Method(np.reshape, "either", spread=True),
    "transpose": Method(np.transpose, "view", spread=True),
    "swapaxes": Method(np.swapaxes, "view"),
    "squeeze": Method(np.squeeze, "view"),
    "repeat": Method(np.repeat),
    "take": Method(np.take),
    "astype": Method(np.ndarray.astype, "either"),
    "item": Method(np.ndarray.item),
    "tolist": Method(np.ndarray.tolist),
}

ATTRIBUTES: dict[str, Method] = {
    "T": Method(np.transpose, "view"),
    "mT": Method(np.matrix_transpose, "view"),
    "real": Method(np.real, "view"),
    "imag": Method(np.imag, "either"),
    "shape": Method(None),
    "size": Method(None),
    "ndim": Method(None),
    "dtype": Method(None),
    "itemsize": Method(None),
    "nbytes": Method(None),
    "strides": Method(None),
}

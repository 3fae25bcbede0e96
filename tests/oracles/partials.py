"""Partial derivatives of elementwise functions, for the dual numbers.

Functions analytic near every real point of their domain come by complex step; the others are
formulas, written without looking at the compiler's rules. Values at singular points follow the
table of conventions: sqrt'(0) is inf, abs'(0) is 0, ties are shared evenly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

STEP = 1e-30
ANALYTIC = ("sin", "cos", "tan", "exp", "sinh", "cosh", "tanh", "arctan", "arcsinh", "expm1")


def complex_step(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """The derivative of an analytic function, exact to rounding."""
    return lambda x: np.imag(function(np.asarray(x, dtype=complex) + 1j * STEP)) / STEP


def _float(x: Any) -> Any:
    return np.asarray(x, dtype=float)


UNARY: dict[str, Callable[[Any], Any]] = {
    **{name: complex_step(getattr(np, name)) for name in ANALYTIC},
    "exp2": lambda x: np.exp2(_float(x)) * math.log(2.0),
    "log": lambda x: 1.0 / _float(x),
    "log2": lambda x: 1.0 / (_float(x) * math.log(2.0)),
    "log10": lambda x: 1.0 / (_float(x) * math.log(10.0)),
    "log1p": lambda x: 1.0 / (1.0 + _float(x)),
    "sqrt": lambda x: 0.5 / np.sqrt(_float(x)),
    "cbrt": lambda x: 1.0 / (3.0 * np.cbrt(_float(x)) ** 2),
    "square": lambda x: 2.0 * _float(x),
    "reciprocal": lambda x: -1.0 / _float(x) ** 2,
    "arcsin": lambda x: 1.0 / np.sqrt((1.0 - _float(x)) * (1.0 + _float(x))),
    "arccos": lambda x: -1.0 / np.sqrt((1.0 - _float(x)) * (1.0 + _float(x))),
    "arccosh": lambda x: 1.0 / np.sqrt((_float(x) - 1.0) * (_float(x) + 1.0)),
    "arctanh": lambda x: 1.0 / ((1.0 - _float(x)) * (1.0 + _float(x))),
    "absolute": lambda x: np.sign(_float(x)),
    "fabs": lambda x: np.sign(_float(x)),
    "negative": lambda x: -np.ones_like(_float(x)),
    "positive": lambda x: np.ones_like(_float(x)),
    "degrees": lambda x: np.full_like(_float(x), 180.0 / math.pi),
    "radians": lambda x: np.full_like(_float(x), math.pi / 180.0),
    "deg2rad": lambda x: np.full_like(_float(x), math.pi / 180.0),
    "rad2deg": lambda x: np.full_like(_float(x), 180.0 / math.pi),
    "sinc": lambda x: _sinc(_float(x)),
    "nan_to_num": lambda x: np.isfinite(_float(x)) * 1.0,
    **{
        name: lambda x: np.zeros_like(_float(x))
        for name in ("sign", "floor", "ceil", "rint", "trunc")
    },
}


def _sinc(x: Any) -> Any:
    z = np.where(x == 0, 1.0, math.pi * x)
    return np.where(x == 0, 0.0, math.pi * (np.cos(z) / z - np.sin(z) / z**2))


def _power(x: Any, y: Any) -> tuple[Any, Any]:
    x, y = _float(x), _float(y)
    by_base = np.where(y == 0, 0.0, y * np.power(x, np.where(y == 0, 1.0, y - 1.0)))
    logarithm = np.log(np.where(x == 0, 1.0, x))
    by_exponent = np.where(x == 0, np.where(y == 0, -np.inf, 0.0), np.power(x, y) * logarithm)
    return by_base, by_exponent


def _share(first: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    def partials(x: Any, y: Any) -> tuple[Any, Any]:
        x, y = _float(x), _float(y)
        chosen = np.where(x == y, 0.5, np.where(first(x, y), 1.0, 0.0))
        return chosen, 1.0 - chosen

    return partials


def _hypot(x: Any, y: Any) -> tuple[Any, Any]:
    r = np.hypot(_float(x), _float(y))
    safe = np.where(r == 0, 1.0, r)
    return np.where(r == 0, 0.0, x / safe), np.where(r == 0, 0.0, y / safe)


def _arctan2(y: Any, x: Any) -> tuple[Any, Any]:
    square = _float(x) ** 2 + _float(y) ** 2
    return x / square, -_float(y) / square


def _logaddexp(x: Any, y: Any) -> tuple[Any, Any]:
    z = np.logaddexp(_float(x), _float(y))
    return np.exp(x - z), np.exp(y - z)


def _logaddexp_base_two(x: Any, y: Any) -> tuple[Any, Any]:
    z = np.logaddexp2(_float(x), _float(y))
    return np.exp2(x - z), np.exp2(y - z)


BINARY: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "add": lambda x, y: (np.ones_like(_float(x)), np.ones_like(_float(y))),
    "subtract": lambda x, y: (np.ones_like(_float(x)), -np.ones_like(_float(y))),
    "multiply": lambda x, y: (_float(y), _float(x)),
    "divide": lambda x, y: (1.0 / _float(y), -_float(x) / _float(y) / _float(y)),
    "power": _power,
    "float_power": _power,
    "maximum": _share(lambda x, y: x > y),
    "minimum": _share(lambda x, y: x < y),
    "fmax": _share(lambda x, y: (x > y) | np.isnan(y)),
    "fmin": _share(lambda x, y: (x < y) | np.isnan(y)),
    "hypot": _hypot,
    "arctan2": _arctan2,
    "logaddexp": _logaddexp,
    "logaddexp2": _logaddexp_base_two,
    "remainder": lambda x, y: (np.ones_like(_float(x)), -np.floor(_float(x) / _float(y))),
    "mod": lambda x, y: (np.ones_like(_float(x)), -np.floor(_float(x) / _float(y))),
    "fmod": lambda x, y: (np.ones_like(_float(x)), -np.trunc(_float(x) / _float(y))),
    "floor_divide": lambda x, y: (np.zeros_like(_float(x)), np.zeros_like(_float(y))),
    "copysign": lambda x, y: (
        np.sign(_float(x)) * np.copysign(1.0, _float(y)),
        np.zeros_like(_float(y)),
    ),
}
BINARY["true_divide"] = BINARY["divide"]
UNARY["abs"] = UNARY["absolute"]
BINARY["pow"] = BINARY["power"]
for _short, _long in (
    ("asin", "arcsin"),
    ("acos", "arccos"),
    ("atan", "arctan"),
    ("asinh", "arcsinh"),
    ("acosh", "arccosh"),
    ("atanh", "arctanh"),
):
    UNARY[_short] = UNARY[_long]

MATH_UNARY: dict[str, Callable[[Any], Any]] = {
    **{
        name: UNARY[name]
        for name in UNARY
        if hasattr(math, name) and name not in ("floor", "ceil", "trunc")
    },
    "erf": lambda x: 2.0 / math.sqrt(math.pi) * math.exp(-(float(x) ** 2)),
    "erfc": lambda x: -2.0 / math.sqrt(math.pi) * math.exp(-(float(x) ** 2)),
}
MATH_BINARY = {
    "pow": "power",
    "atan2": "arctan2",
    "hypot": "hypot",
    "fmod": "fmod",
    "copysign": "copysign",
}

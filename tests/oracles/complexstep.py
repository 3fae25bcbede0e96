"""The complex step: exact to rounding, for programs that are analytic.

The creators of arrays in the stand-in `np` make complex arrays, so that nothing is cut off. Fit for
programs without abs, comparisons of active values, or maxima.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracles import trees
from tests.oracles.recreate import Namespace, Recreation, by_identity

STEP = 1e-40


def _complex(result: Any) -> Any:
    return (
        result.astype(complex)
        if isinstance(result, np.ndarray) and trees.is_float(result)
        else result
    )


def _creator(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: _complex(function(*args, **kwargs))


CREATORS = "zeros ones empty full eye linspace array".split()
_numpy = {**vars(np), **{name: _creator(getattr(np, name)) for name in CREATORS}}
_math = {name: getattr(cmath, name, getattr(math, name)) for name in dir(math)}
STAND_INS = {np: Namespace("np", _numpy), math: Namespace("math", _math)}
FUNCTIONS = by_identity({name: _numpy[name] for name in CREATORS}, np)


def derivative(function: Callable[..., Any], args: tuple[Any, ...], along: Any) -> float:
    """The directional derivative of a scalar analytic function."""
    convert = Recreation(STAND_INS, FUNCTIONS, {"float": lambda x: x}, _complex)
    moved = trees.mapped(_moved, trees.clone(args), along)
    return float(np.imag(convert(function)(*moved)) / STEP)


def _moved(leaf: Any, part: Any) -> Any:
    if part is None:
        return _complex(leaf)
    if isinstance(leaf, np.ndarray):
        return leaf + 1j * STEP * part
    return complex(float(leaf), STEP * float(part))

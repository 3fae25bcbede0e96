"""A run of the plain Python function that carries one tangent along.

`derivative(function, args, along)` runs the user's own code object with `np` and `math`
replaced by stand-ins. What a stand-in lacks is an error that names it; nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracles import trees
from tests.oracles.number import Dual, lift, pair, plain, tangents
from tests.oracles.recreate import Recreation
from tests.oracles.standin import FUNCTIONS, NAMES, STAND_INS


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


def _converted(tree: Any, convert: Recreation) -> Any:
    """Functions and classes among the arguments are made again; duals stay as they are."""
    items = trees.children(tree)
    if items is None:
        return convert(tree) if callable(tree) else tree
    made = trees.rebuilt(tree, [_converted(item, convert) for _, item in items])
    if trees.is_object(made) and convert(type(made)) is not type(made):
        object.__setattr__(made, "__class__", convert(type(made)))
    return made


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

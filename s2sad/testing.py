"""Checks of gradients against differences, for users and for our own tests."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2sad import tree
from s2sad.api import Wrt, grad, jvp, vjp

STEPS = 6
FACTOR = 2.0


def check_grads(
    fun: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: Sequence[str] = ("fwd", "rev"),
    *,
    wrt: Wrt | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    seed: int = 0,
) -> None:
    """Raises AssertionError where a derivative of `fun` at `args` differs from differences.

    The derivative in a random direction is compared with central differences, extrapolated
    after Richardson; where the value isn't a number, a random combination of its elements is
    taken. order: up to which derivative (each is checked). modes: "fwd" (tangents), "rev"
    (cotangents), or both; from the second order on, that of the last derivative, the others
    being gradients. wrt: the parameters, all by default.
    Functions must be smooth at the point.
    """
    unknown = [mode for mode in modes if mode not in ("fwd", "rev")]
    if unknown or not modes:
        raise ValueError(f"modes={tuple(modes)!r}: the modes are 'fwd' and 'rev'")
    rng = np.random.default_rng(seed)
    positions = _positions(wrt, len(args), fun)
    for mode in modes:
        check = _check_pullback if mode == "rev" else _check_pushforward
        check(fun, tuple(args), positions, rng, (rtol, atol))
        for level in range(2, order + 1):
            _check_higher(check, fun, tuple(args), positions, level, rng, (rtol, atol))


def _positions(wrt: Wrt | None, count: int, fun: Callable[..., Any]) -> tuple[int, ...]:
    if wrt is None:
        return tuple(range(count))
    several = [wrt] if isinstance(wrt, (int, str)) else list(wrt)
    names = list(_names(fun)) if any(isinstance(w, str) for w in several) else []
    return tuple(names.index(w) if isinstance(w, str) else w % count for w in several)


def _names(fun: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(fun).parameters)


def direction_like(value: Any, rng: np.random.Generator) -> Any:
    """A random tree of the structure of a value."""
    return tree.map_leaves(lambda leaf: _random(leaf, rng), value)


def _random(leaf: Any, rng: np.random.Generator) -> Any:
    array = np.asarray(leaf)
    noise = rng.normal(size=array.shape)
    if array.dtype.kind == "c":
        noise = noise + 1j * rng.normal(size=array.shape)
    return noise.astype(array.dtype) if array.dtype.kind in "fc" else np.zeros_like(array)


def inner_product(one: Any, other: Any) -> float:
    """The sum over all leaves of the products; for complex numbers, of the real parts."""
    pairs = zip(tree.leaves(one), tree.leaves(other), strict=True)
    return float(sum(np.sum(np.multiply(a, b)).real for (_, a), (_, b) in pairs))


def moved(args: tuple[Any, ...], positions: tuple[int, ...], directions: Any, step: float) -> Any:
    """Copies of the arguments, moved by a step in a direction."""
    moves = dict(zip(positions, directions, strict=True))
    return tuple(
        tree.map_leaves(lambda a, d: _moved(a, d, step), value, moves[k])
        if k in moves
        else copy.deepcopy(value)
        for k, value in enumerate(args)
    )


def _moved(leaf: Any, direction: Any, step: float) -> Any:
    if isinstance(leaf, (float, complex)) and not isinstance(leaf, np.generic):
        return type(leaf)(leaf + step * direction[()])
    result = np.asarray(leaf) + (step * direction).astype(np.asarray(leaf).dtype)
    return result if isinstance(leaf, np.ndarray) else type(leaf)(result)


def _check_pullback(
    fun: Callable[..., Any],
    args: tuple[Any, ...],
    positions: tuple[int, ...],
    rng: np.random.Generator,
    tolerances: tuple[float, float],
) -> None:
    out, pullback = vjp(fun, *copy.deepcopy(args), wrt=positions)
    out_bar = direction_like(out, rng)
    directions = [direction_like(args[k], rng) for k in positions]
    got = inner_product(pullback(out_bar), tuple(directions))

    def along(step: float) -> float:
        return inner_product(fun(*moved(args, positions, directions, step)), out_bar)

    _compare(got, along, _scale(args, positions), tolerances, f"the derivative of {_name(fun)}")


def _check_pushforward(
    fun: Callable[..., Any],
    args: tuple[Any, ...],
    positions: tuple[int, ...],
    rng: np.random.Generator,
    tolerances: tuple[float, float],
) -> None:
    directions = [direction_like(args[k], rng) for k in positions]
    dots = dict(zip(positions, directions, strict=True))
    tangents = tuple(dots.get(k) for k in range(len(args)))
    out, out_dot = jvp(fun, copy.deepcopy(args), tangents)
    out_bar = direction_like(out, rng)

    def along(step: float) -> float:
        return inner_product(fun(*moved(args, positions, directions, step)), out_bar)

    name = f"the tangent of {_name(fun)}"
    _compare(inner_product(out_dot, out_bar), along, _scale(args, positions), tolerances, name)


def _check_higher(
    check: Callable[..., None],
    fun: Callable[..., Any],
    args: tuple[Any, ...],
    positions: tuple[int, ...],
    level: int,
    rng: np.random.Generator,
    tolerances: tuple[float, float],
) -> None:
    """The gradient of level - 1 is differentiated once more, for each argument by itself."""
    for position in positions:
        lower: Callable[..., Any] = fun
        for _ in range(level - 1):
            lower = grad(lower, wrt=position)
        check(lower, args, (position,), rng, tolerances)


def _name(fun: Callable[..., Any]) -> str:
    return str(getattr(fun, "__name__", fun))


def _scale(args: tuple[Any, ...], positions: tuple[int, ...]) -> float:
    """The first step: a larger one for single precision."""
    dtypes = [np.asarray(leaf).dtype for k in positions for _, leaf in tree.leaves(args[k])]
    single = any(dtype.itemsize <= (8 if dtype.kind == "c" else 4) for dtype in dtypes)
    return 0.1 if single else 0.01


def difference(along: Callable[[float], float], first: float) -> tuple[float, float]:
    """The derivative of a function at 0 by central differences, extrapolated after Richardson
    (Ridders' method), and an estimate of its error."""
    table = [[_central(along, first)]]
    best, error = table[0][0], np.inf
    for row in range(1, STEPS):
        line = [_central(along, first / FACTOR**row)]
        for column in range(1, row + 1):
            weight = FACTOR ** (2 * column)
            line.append((weight * line[-1] - table[-1][column - 1]) / (weight - 1))
            change = max(abs(line[-1] - line[-2]), abs(line[-1] - table[-1][column - 1]))
            if change <= error:
                best, error = line[-1], change
        table.append(line)
    return best, float(error)


def _central(along: Callable[[float], float], step: float) -> float:
    return (along(step) - along(-step)) / (2 * step)


def _compare(
    got: float,
    along: Callable[[float], float],
    first: float,
    tolerances: tuple[float, float],
    what: str,
) -> None:
    want, error = difference(along, first)
    rtol, atol = tolerances
    allowed = atol + rtol * abs(want) + error
    if not abs(got - want) <= allowed:
        raise AssertionError(
            f"{what} in a random direction is {got!r}, but differences give {want!r} "
            f"(off by {abs(got - want):.3g}; allowed {allowed:.3g})"
        )

"""Checks of gradients against differences, for users and for our own tests."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from s2sad import tree
from s2sad.api import Wrt, grad, jvp, vjp
from s2sad.dispatcher.loading import load

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
    taken. order: up to which derivative (each is checked, along the same direction). modes: "fwd"
    (tangents), "rev" (cotangents), or both; from the second order on, that of the last derivative,
    the others being gradients. wrt: the parameters, all by default.
    Functions must be smooth at the point. ValueError where an option is unknown.
    """
    unknown = [mode for mode in modes if mode not in ("fwd", "rev")]
    if unknown or not modes:
        raise ValueError(f"modes={tuple(modes)!r}: the modes are 'fwd' and 'rev'")
    rng = np.random.default_rng(seed)
    positions = _positions(wrt, len(args), fun)
    for mode in modes:
        check = _check_pullback if mode == "rev" else _check_pushforward
        check(fun, tuple(args), positions, rng, (rtol, atol))
    if order > 1:
        _check_higher(fun, tuple(args), positions, (order, tuple(modes)), rng, (rtol, atol))


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
    """The sum over all leaves of the products; for complex numbers, of the real parts. What isn't
    a float has None for its tangent."""
    left, right = dict(tree.leaves(one)), dict(tree.leaves(other))
    pairs = [(left[path], right[path]) for path in left if path in right]
    return float(sum(np.sum(np.multiply(a, b)).real for a, b in pairs))


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
    fun: Callable[..., Any],
    args: tuple[Any, ...],
    positions: tuple[int, ...],
    wanted: tuple[int, tuple[str, ...]],
    rng: np.random.Generator,
    tolerances: tuple[float, float],
) -> None:
    """The function along a line is one of a number, whose derivatives are numbers again. wanted:
    the order and the modes."""
    order, modes = wanted
    directions = [direction_like(args[k], rng) for k in positions]
    out_bar = direction_like(fun(*copy.deepcopy(args)), rng)
    lower: Callable[..., Any] = line_of(
        fun, args, dict(zip(positions, directions, strict=True)), out_bar
    )
    first = _scale(args, positions)
    for level in range(2, order + 1):
        lower = grad(lower)
        name = f"derivative {level} of {_name(fun)}"
        for mode in modes:
            got = grad(lower)(0.0) if mode == "rev" else jvp(lower, (0.0,), (1.0,))[1]
            _compare(float(got), lower, first, tolerances, f"{name} ({mode})")


def line_of(
    fun: Callable[..., Any], args: tuple[Any, ...], directions: dict[int, Any], out_bar: Any
) -> Callable[[float], float]:
    """A function of one number: a combination of the function's value, by `out_bar`, at the
    arguments moved by that many times the directions."""
    names: dict[str, Any] = {"fun": fun, "np": np}
    given = [_moving_text(a, directions.get(k), names) for k, a in enumerate(args)]
    terms = list(_contracted(out_bar, "out", names)) or ["0.0"]
    text = f"def line(t):\n    out = fun({', '.join(given)})\n    return {' + '.join(terms)}\n"
    made = load(text, f"line of {_name(fun)}", {**names, "__name__": "s2sad.lines"})["line"]
    return made  # type: ignore[no-any-return]


def _named(value: Any, names: dict[str, Any]) -> str:
    name = f"value_{len(names)}"
    names[name] = value
    return name


def _moving_text(value: Any, direction: Any, names: dict[str, Any]) -> str:
    """An expression for an argument that moves with t."""
    if direction is None:
        return _named(value, names)
    if isinstance(value, dict):
        pairs = (f"{k!r}: {_moving_text(v, direction[k], names)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        rows = zip(value, direction, strict=True)
        parts = [_moving_text(v, d, names) for v, d in rows]
        if isinstance(value, list):
            return f"[{', '.join(parts)}]"
        if hasattr(value, "_fields"):
            return f"{_named(type(value), names)}({', '.join(parts)})"
        return "(" + "".join(f"{part}, " for part in parts) + ")"
    if value is None or np.asarray(value).dtype.kind not in "fc":
        return _named(value, names)
    return f"{_named(value, names)} + t * {_named(_plain(direction), names)}"


def _plain(direction: Any) -> Any:
    """A direction of a number as a number."""
    return direction if np.ndim(direction) else direction[()].item()


def _contracted(bar: Any, text: str, names: dict[str, Any]) -> Iterator[str]:
    """The terms of the product of a value with its combination."""
    if isinstance(bar, dict):
        for key, item in bar.items():
            yield from _contracted(item, f"{text}[{key!r}]", names)
    elif isinstance(bar, (list, tuple)):
        for k, item in enumerate(bar):
            yield from _contracted(item, f"{text}[{k}]", names)
    elif bar is not None and np.asarray(bar).dtype.kind in "fc":
        product = f"np.sum({text} * {_named(_plain(bar), names)})"
        yield f"np.real({product})" if np.iscomplexobj(bar) else product


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

"""Second opinions on a gradient, from running the primal only.

Both oracles look along one direction through all arguments. Central differences, extrapolated,
work for every smooth program. The complex step is exact to rounding, but only for analytic
programs that pass complex numbers on; where it isn't fit, the second oracle is the order of
convergence of Taylor remainders: 2 if the gradient is right, 1 if it is not.

Guarantees: neither oracle uses rules, IR or emitted code; arguments are copied before each run.
"""

from __future__ import annotations

import copy
import inspect
import math
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from s2sad import api, tree
from s2sad.frozen import frozen
from s2sad.testing import difference, direction_like, inner_product, moved

STEP = 1e-30
HALVINGS = 8
SMALLEST_ORDER = 1.5
TOLERANCE = {"double": 1e-9, "single": 1e-4}


@frozen
class Verdict:
    """What one oracle says. found: its number, as text."""

    oracle: str
    found: str
    agrees: bool


@frozen
class Probe:
    """A primal along a direction: `at(step)` is its value there."""

    at: Callable[[Any], Any]
    precision: str

    @property
    def tolerance(self) -> float:
        return TOLERANCE[self.precision]


def verdicts(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wrt: tuple[str, ...],
    seed: int = 0,
) -> list[Verdict]:
    """The value against the primal's own, and the gradient against two oracles."""
    bound = inspect.signature(function).bind(*args, **kwargs)
    values, names = tuple(bound.arguments.values()), list(bound.arguments)
    positions = tuple(names.index(name) for name in wrt)
    rng = np.random.default_rng(seed)
    directions = tuple(direction_like(values[k], rng) for k in positions)

    def call(made: tuple[Any, ...]) -> Any:
        bound.arguments.update(zip(names, made, strict=True))
        return function(*bound.args, **bound.kwargs)

    out, bars = api.value_and_grad(function, wrt)(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    slope = inner_product(bars, directions)
    probe = Probe(
        lambda step: call(moved_along(values, positions, directions, step)),
        _precision(values, positions),
    )
    same = _same(out, call(copy.deepcopy(values)))
    return [Verdict("value", f"{_number(out)}", same), *_of_slope(probe, slope)]


def moved_along(
    args: tuple[Any, ...], positions: tuple[int, ...], directions: Any, step: Any
) -> tuple[Any, ...]:
    """Copies of the arguments, moved along the directions; complex ones for a complex step."""
    if not isinstance(step, complex):
        return tuple(moved(args, positions, directions, step))
    moves = dict(zip(positions, directions, strict=True))
    return tuple(
        tree.map_leaves(lambda a, d: _complex(a, d, step), value, moves[k])
        if k in moves
        else _widened(copy.deepcopy(value))
        for k, value in enumerate(args)
    )


def _widened(value: Any) -> Any:
    """Arrays of floats as complex ones, so that what is written to them isn't cut off."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value + 0j
    return value


def _complex(leaf: Any, direction: Any, step: complex) -> Any:
    result = leaf + step * direction
    return result if isinstance(leaf, np.ndarray) else result[()]


def _precision(values: tuple[Any, ...], positions: tuple[int, ...]) -> str:
    dtypes = [np.asarray(leaf).dtype for k in positions for _, leaf in tree.leaves(values[k])]
    return "double" if all(np.finfo(dtype).precision >= 15 for dtype in dtypes) else "single"


def _same(one: Any, other: Any) -> bool:
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()


def _of_slope(probe: Probe, slope: float) -> list[Verdict]:
    start = 0.01 if probe.precision == "double" else 0.1
    limit, error = difference(lambda step: float(np.real(probe.at(step))), start)
    tolerance = max(probe.tolerance * max(1.0, abs(limit)), 3.0 * error)
    first = Verdict("central differences", _number(limit), _close(slope, limit, tolerance))
    exact = complex_step(probe)
    if exact is None or not _close(exact, limit, max(tolerance, 1e-6 * abs(limit))):
        return [first, taylor_remainders(probe, slope)]
    bound = probe.tolerance * max(1.0, abs(exact))
    return [first, Verdict("complex step", _number(exact), _close(slope, exact, bound))]


def _close(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance


def complex_step(probe: Probe) -> float | None:
    """The derivative at 0 by the complex step; None where the program doesn't take it.

    Squire and Trapp, "Using complex variables to estimate derivatives of real functions", 1998.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            value = probe.at(complex(0.0, STEP))
            return float(np.imag(value)) / STEP
        except Exception:
            return None


def taylor_remainders(probe: Probe, slope: float) -> Verdict:
    """The order at which `f(h) - f(0) - h f'(0)` vanishes, as h is halved."""
    base = float(np.real(probe.at(0.0)))
    floor = 1e3 * np.finfo(np.float64 if probe.precision == "double" else np.float32).eps
    steps = [0.01 / 2.0**k for k in range(HALVINGS)]
    values = [float(np.real(probe.at(h))) for h in steps]
    remainders = [abs(v - base - h * slope) for v, h in zip(values, steps, strict=True)]
    smallest = floor * max(abs(base), abs(slope) * steps[0])
    orders = [math.log2(one / other) for one, other in pairwise(remainders) if other > smallest]
    if not orders:
        return Verdict("Taylor remainders", "none", True)
    order = float(np.median(orders))
    return Verdict("Taylor remainders", f"of order {order:.1f}", order > SMALLEST_ORDER)


def _number(value: Any) -> str:
    return f"{float(np.real(value)):.6g}"

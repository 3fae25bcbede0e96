"""Central differences along a direction, extrapolated to step zero (Richardson, Ridders).

Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4 (1982).
Works on any program; the error estimate says how much it can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracles import trees

SHRINK = 1.6
COLUMNS = 9


def derivative(
    function: Callable[..., Any], args: tuple[Any, ...], along: Any, start: float = 0.02
) -> tuple[float, float]:
    """The directional derivative and an estimate of its error."""

    def quotient(step: float) -> float:
        above = function(*trees.clone(trees.moved(args, along, step)))
        below = function(*trees.clone(trees.moved(args, along, -step)))
        return float(above - below) / (2.0 * step)

    return extrapolated(quotient, start)


def extrapolated(quotient: Callable[[float], float], start: float) -> tuple[float, float]:
    """The limit of an even function of the step, and its error: the most stable entry."""
    best, error = np.nan, np.inf
    previous = [quotient(start)]
    for column in range(1, COLUMNS):
        row = [quotient(start / SHRINK**column)]
        for order, old in enumerate(previous, start=1):
            row.append(row[-1] + (row[-1] - old) / (SHRINK ** (2 * order) - 1.0))
            guess = max(abs(row[-1] - row[-2]), abs(row[-1] - old))
            if guess <= error:
                best, error = row[-1], guess
        previous = row
    return best, error

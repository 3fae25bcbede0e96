"""What the reverse sweep leaves out: writes that nobody reads again, and sums of outer products
in each trip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.analysis import dims
from s2sad.analysis.positions import Region, Slice, Trips, apart, later, left
from tests import identities

POSITION, LENGTH = dims.symbol("i", None), dims.symbol("n", 0)
ONE = dims.constant(1)
UP = Trips("i", dims.constant(0), dims.add(LENGTH, ONE, -1), 1)
DOWN = Trips("i", dims.constant(0), dims.add(LENGTH, ONE, -1), -1)


def below(stop: Any) -> Region:
    return Region((Slice(None, stop),))


def at(*axes: Any) -> Region:
    return Region(axes)


@pytest.mark.parametrize(
    ("place", "other", "around", "answer"),
    [
        (at(POSITION), below(POSITION), (UP,), True),
        (at(POSITION), at(POSITION), (UP,), False),
        (at(POSITION), at(dims.add(POSITION, ONE)), (UP,), True),
        # Before the first position comes the last one.
        (at(POSITION), at(dims.add(POSITION, ONE, -1)), (UP,), False),
        (at(POSITION), below(dims.add(POSITION, ONE)), (UP,), False),
        (at(POSITION), Region((Slice(dims.add(POSITION, ONE), None),)), (UP,), True),
        # Nothing is known of i: it may be -1, and i + 1 be 0.
        (at(POSITION), Region((Slice(dims.add(POSITION, ONE), None),)), (), False),
        (at(dims.constant(-1)), below(dims.constant(-1)), (), True),
        (at(dims.constant(-1)), at(dims.constant(2)), (), False),
        (at(None, POSITION), at(POSITION, dims.add(POSITION, ONE)), (UP,), True),
    ],
)
def test_places_in_one_trip(
    place: Region, other: Region, around: tuple[Trips, ...], answer: bool
) -> None:
    assert apart(place, other, around) is answer


def test_places_in_other_trips() -> None:
    """What trip i writes, later trips don't meet below their own position when they go down."""
    assert apart(later(at(POSITION), DOWN), below(POSITION), (DOWN,))
    assert apart(later(at(POSITION), DOWN), at(POSITION), (DOWN,))
    assert not apart(later(at(POSITION), UP), below(POSITION), (UP,))
    assert apart(later(at(POSITION), UP), Region((Slice(POSITION, None),)), (UP,))
    assert not apart(left(at(POSITION), DOWN, first=True), at(POSITION), (DOWN,))
    assert apart(left(at(POSITION), DOWN, first=True), Region((Slice(LENGTH, None),)), ())


def triangular(x: Any) -> Any:
    for i in range(len(x)):
        x[i] = np.sin(x[i]) * np.sum(x[:i])
    return np.sum(x * x)


def again_above(x: Any) -> Any:
    for i in range(len(x) - 1):
        x[i] = x[i] * x[i + 1]
    return np.sum(x * x)


def wraps(x: Any) -> Any:
    for i in range(len(x)):
        x[i] = x[i] * x[i - 1]
    return np.sum(x * x)


def negative(x: Any) -> Any:
    for i in range(len(x)):
        x[-i] = x[-i] * x[i]
    return np.sum(x * x)


def from_an_argument(x: Any, m: int) -> Any:
    for i in range(3):
        x[i + m] = x[i + m] * x[i]
    return np.sum(x * x)


def twice(x: Any) -> Any:
    for _ in range(2):
        for i in range(len(x)):
            x[i] = x[i] * np.sum(x[:i])
    return np.sum(x * x)


def swapped(x: Any) -> Any:
    y = x.copy()
    for i in range(len(x)):
        y[i] = x[i] * np.sum(x[: i + 1])
        x, y = y, x
    return np.sum(x * y)


def behind_a_view(x: Any) -> Any:
    v = x[1:]
    for i in range(len(v)):
        v[i] = v[i] * x[i]
    return np.sum(x * x)


def last_position(x: Any) -> Any:
    for i in range(len(x)):
        x[i] = x[i] * x[0]
    x[i] = x[i] * x[1]
    for k in range(len(x)):
        x[k] = x[k] * x[i]
    return np.sum(x * x)


def in_branches(x: Any) -> Any:
    for i in range(len(x)):
        if x[i] > 0.5:
            x[i] = x[i] * x[i - 1]
        if x[i] > 1.5:
            break
    return np.sum(x * x)


def carried_index(x: Any) -> Any:
    p = 0
    for i in range(len(x)):
        x[p] = x[p] * x[i]
        p = (p + 3) % len(x)
    return np.sum(x * x)


def by_steps(x: Any) -> Any:
    for i in range(0, len(x) - 2, 2):
        x[i] = x[i] * x[i + 2]
        x[i + 1] = np.sin(x[i + 1] * x[i])
    return np.sum(x * x)


NASTY: tuple[tuple[Callable[..., Any], tuple[int, ...]], ...] = (
    (triangular, ()), (again_above, ()), (wraps, ()), (negative, ()), (from_an_argument, (0,)),
    (from_an_argument, (-1,)), (from_an_argument, (1,)), (twice, ()), (swapped, ()),
    (behind_a_view, ()), (last_position, ()), (in_branches, ()), (carried_index, ()),
    (by_steps, ()),
)  # fmt: skip


@pytest.mark.parametrize(("function", "more"), NASTY, ids=lambda v: getattr(v, "__name__", str(v)))
def test_gradients(function: Callable[..., Any], more: tuple[int, ...]) -> None:
    args = (np.random.default_rng(3).normal(size=6) * 0.7 + 0.9, *more)
    identities.check_gradient(function, args, (0,))
    identities.check_pullback(function, args, (0,), seed=-1.7)


def solver(low: Any, x: Any) -> Any:
    for i in range(len(x)):
        x[i] = (x[i] - low[i, :i] @ x[:i]) / low[i, i]
    return np.sum(x * x)


def solver_twice(low: Any, x: Any) -> Any:
    for _ in range(2):
        for i in range(len(x)):
            x[i] = (x[i] - low[i, :i] @ x[:i]) / low[i, i]
    return np.sum(x * x)


def test_what_nobody_reads_is_not_kept() -> None:
    args = np.eye(4) + 0.1, np.ones(4)
    pages = [s2sad.source(f, *args).split("# -- reverse sweep") for f in (solver, solver_twice)]
    assert "tape" not in pages[0][0]
    assert "    x[i] =" not in pages[0][1]
    assert "x_tape" in pages[1][0]


# -- outer products


def recurrent(w: Any, x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.tanh(w @ x)
    return np.sum(x)


def two_terms(w: Any, x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.tanh(w @ x - x @ w)
    return np.sum(x)


def nested(w: Any, x: Any, n: int) -> Any:
    for _ in range(n):
        for _ in range(n):
            x = np.tanh(w @ x)
        x = x * 0.9
    return np.sum(x)


def read_between(w: Any, x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.tanh(w @ x)
        w = w * 0.9
    return np.sum(x)


def written_between(w: Any, x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.tanh(w @ x)
        w[0, :] = x
    return np.sum(x)


def columns(w: Any, x: Any, n: int) -> Any:
    total = 0.0
    for k in range(n):
        total = total + np.sum(np.tanh(w[:, k:] @ x[k:]) * w[:, k])
    return total


def rows(w: Any, x: Any, n: int) -> Any:
    total = 0.0
    for k in range(n):
        total = total + np.sum(np.tanh(w[:k] @ x))
    return total


def until_small(w: Any, x: Any, n: int) -> Any:
    while np.sum(x * x) > 0.1 * n:
        x = 0.4 * (w @ x)
    return np.sum(w @ x)


@pytest.mark.parametrize("trips", [0, 1, 3])
@pytest.mark.parametrize(
    "function",
    [recurrent, two_terms, nested, read_between, written_between, columns, rows, until_small],
)
def test_sums_of_outer_products(function: Callable[..., Any], trips: int) -> None:
    rng = np.random.default_rng(4)
    args = rng.normal(size=(3, 3)) * 0.5, rng.normal(size=3), trips
    identities.check_gradient(function, args, (0, 1))
    identities.check_pullback(function, args, (0, 1), seed=-1.7)


@pytest.mark.parametrize("shape", [(1, 1), (0, 0)])
def test_lengths_of_one_and_none(shape: tuple[int, int]) -> None:
    args = np.full(shape, 0.5), np.full(shape[0], 0.3), 3
    identities.check_gradient(recurrent, args, (0, 1))


def test_they_are_one_product_behind_the_loop() -> None:
    args = np.ones((3, 3)), np.ones(3), 2
    for function in (recurrent, nested, columns):
        reverse = s2sad.source(function, *args).split("# -- reverse sweep")[1]
        assert "np.dot" not in reverse
    assert "np.dot" in s2sad.source(read_between, *args).split("# -- reverse sweep")[1]


def test_scaled_and_summed_outer_products_are_not_made() -> None:
    def scaled(alpha: Any, a: Any, x: Any) -> Any:
        return np.sum(np.tanh(alpha * a @ x))

    args = 1.5, np.full((3, 3), 0.2), np.full(3, 0.4)
    reverse = s2sad.source(s2sad.grad(scaled, wrt=(0, 1, 2)), *args).split("# -- reverse sweep")[1]
    assert reverse.count("np.dot") == 1 and "np.vdot" not in reverse
    identities.check_gradient(scaled, args, (0, 1, 2))

"""Each definition of a function that writes, run as plain Python, against the function itself."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.rules.definitions import masked_binary, masked_unary
from s2sad.rules.layouts import layouts
from s2sad.rules.registry import DEFINITIONS, definition_of

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=6), RNG.normal(size=6)
A, B = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))
C = RNG.normal(size=(3, 3, 3))
ROWS = np.array([[0], [2], [2]])
CASES: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
    (np.copyto, (X, Y), {}),
    (np.copyto, (A, 2.5), {"where": A > 0}),
    (np.copyto, (A, B), {"where": B > 0}),
    (np.copyto, (A, Y[:4]), {"where": Y[:4] > 0}),
    (np.copyto, (A, B), {"where": False}),
    (np.putmask, (A, A > 0, B), {}),
    (np.putmask, (A, A > 0, Y), {}),
    (np.putmask, (X, Y > 0, 0.5), {}),
    (np.place, (A, A > 0, Y[:2]), {}),
    (np.place, (A, A > 9, Y[:0]), {}),
    (np.place, (X, X > -9, [1.0, 2.0]), {}),
    (np.put, (X, [0, 2, 2], Y[:3]), {}),
    (np.put, (A, [[0, -1], [5, 5]], Y[:2]), {}),
    (np.put, (A, 3, Y), {}),
    (np.put, (A, [1, 99, -99], 1.5), {"mode": "clip"}),
    (np.put, (A, [1, 99, -99], Y), {"mode": "wrap"}),
    (np.put_along_axis, (A, ROWS, 7.0, 1), {}),
    (np.put_along_axis, (A, np.array([[0, 2, 1, 1]]), Y[:4], 0), {}),
    (np.put_along_axis, (C, np.array([[[1], [0], [2]]]), C[:1, :, :1], -1), {}),
    (np.put_along_axis, (C, np.argmax(C, 1)[:, None], 0.5, 1), {}),
    (np.put_along_axis, (X, np.array([1, 1]), Y[:2], 0), {}),
    (np.fill_diagonal, (A, 2.0), {}),
    (np.fill_diagonal, (A.T.copy(), Y), {}),
    (np.fill_diagonal, (RNG.normal(size=(7, 3)), 2.0), {"wrap": True}),
    (np.fill_diagonal, (RNG.normal(size=(7, 3)), Y[:2]), {}),
    (np.fill_diagonal, (C, Y[:3]), {}),
    (np.multiply.at, (X, [0, 0, 1], Y[:3]), {}),
    (np.multiply.at, (A, [0, 0, 2], Y[:4]), {}),
    (np.maximum.at, (A, ([0, 0, 1], [1, 1, 2]), Y[:3]), {}),
    (np.divide.at, (A, (slice(None), [1, 1]), 2.0), {}),
    (np.divide.at, (A, A > 0, 2.0), {}),
    (np.negative.at, (X, [0, 0, 1]), {}),
    (np.square.at, (A, slice(1, 2)), {}),
    (np.add.reduce, (A,), {}),
    (np.multiply.reduce, (A,), {"axis": 1, "keepdims": True}),
    (np.maximum.reduce, (A,), {"axis": None}),
    (np.add.reduce, (A,), {"axis": 1, "where": A > 0, "initial": 2.0}),
    (np.add.reduce, (A,), {"dtype": np.float32}),
    (np.subtract.reduce, (A,), {}),
    (np.hypot.reduce, (A,), {"axis": 1, "keepdims": True}),
    (np.logaddexp.reduce, (A.T.copy(),), {"axis": -1}),
    (np.add.accumulate, (A,), {}),
    (np.multiply.accumulate, (A, 1), {}),
    (np.minimum.accumulate, (A, -1), {}),
    (np.subtract.outer, (X, A), {}),
    (np.multiply.outer, (2.0, A), {}),
]


# Those that call a function of the program: tested below.
CALLING = {
    "apply_along_axis", "apply_over_axes", "piecewise", "fromfunction", "broadcast_arrays",
}  # fmt: skip


def name(case: Any) -> str:
    return getattr(case, "__name__", "") if callable(case) else ""


@pytest.mark.parametrize(("function", "args", "kwargs"), CASES, ids=name)
def test_definition(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    found = definition_of(function)
    assert found is not None
    definition, first = found
    for laid_out in list(layouts(args[0]))[:4] if np.ndim(args[0]) else [args[0]]:
        mine, theirs = np.copy(laid_out, order="K"), np.copy(laid_out, order="K")
        wanted = function(theirs, *args[1:], **kwargs)
        result = definition(*first, mine, *args[1:], **kwargs)
        assert np.array_equal(mine, theirs)
        assert (result is None) == (wanted is None)
        assert wanted is None or np.array_equal(result, wanted)


def test_every_definition_is_tried() -> None:
    tried = {function.__name__ for function, _, _ in CASES}
    refused = {"reduceat"} | CALLING
    names = {target if isinstance(target, str) else target.__name__ for target in DEFINITIONS}
    assert names - tried == refused
    assert all(inspect.isfunction(definition) for definition in DEFINITIONS.values())


@pytest.mark.parametrize("where", [A > 0, Y[:4] > 0, True, np.False_])
def test_masked(where: Any) -> None:
    mine, theirs = B.copy(), B.copy()
    np.negative(A, out=theirs, where=where)
    assert masked_unary(np.negative, A, mine, where) is mine
    assert np.array_equal(mine, theirs)
    np.add(A, Y[:4], out=theirs, where=where)
    masked_binary(np.add, A, Y[:4], mine, where)
    assert np.array_equal(mine, theirs)


def squares_of_rows(x: Any) -> Any:
    return np.sum(np.apply_along_axis(lambda row: row @ row, 1, x) ** 2)


def sorted_columns(x: Any) -> Any:
    return np.sum(np.apply_along_axis(lambda column, s: np.sort(column) * s, 0, x, 2.0) ** 3)


def over_axes(x: Any) -> Any:
    return np.sum(np.apply_over_axes(np.sum, x * x, (0, 1)))


def by_pieces(x: Any) -> Any:
    parts = [lambda t: t * t, 3.0, lambda t: np.exp(t)]
    return np.sum(
        np.piecewise(x, [x < -0.5, x > 0.5], parts) + np.piecewise(x, [x > 0.0], [np.sin])
    )


def on_a_grid(x: Any) -> Any:
    return np.sum(np.fromfunction(lambda i, j: x[0, 0] ** 2 * i + j, (2, 3)) ** 2)


def broadcast(x: Any) -> Any:
    a, b = np.broadcast_arrays(x, x[0])
    return np.sum(a * b * b)


def reduced(x: Any) -> Any:
    first = np.sum(np.logaddexp.reduce(x, axis=1)) + np.sum(np.multiply.reduce(x, initial=2.0))
    return first + np.sum(np.add.reduce(x * x, axis=1, where=x > 0)) + np.subtract.reduce(x[0])


CALLERS = [
    squares_of_rows, sorted_columns, over_axes, by_pieces, on_a_grid, broadcast, reduced,
]  # fmt: skip


@pytest.mark.parametrize("program", CALLERS)
def test_functions_that_call_others(program: Any) -> None:
    s2sad.check_grads(program, (A,))
    assert s2sad.value_and_grad(program)(A)[0] == program(A)

"""The values of derivatives at singular points, row by row of the table of conventions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad


def gradient(function: Callable[..., Any], *args: Any, wrt: int = 0) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return s2sad.grad(function, wrt=wrt)(*args)


def same(got: Any, want: Any) -> None:
    assert type(got) is type(want)
    np.testing.assert_array_equal(got, want)


# -- the functions, as users write them


def absolute(x: Any) -> Any:
    return np.sum(np.abs(x))


def python_absolute(x: float) -> float:
    return abs(x) + math.fabs(x)


def sign(x: Any) -> Any:
    return np.sum(np.sign(x) * x)


def norm(x: Any) -> Any:
    return np.linalg.norm(x)


def deviation(x: Any) -> Any:
    return np.std(x)


def relu(x: Any) -> Any:
    return np.sum(np.maximum(x, 0.0))


def largest(x: Any) -> Any:
    return np.max(x)


def smallest(x: Any) -> Any:
    return np.min(x)


def python_larger(x: float, y: float) -> float:
    return max(x, y)


def python_smaller(x: float, y: float) -> float:
    return min(x, y)


def weighted_sort(x: Any) -> Any:
    return np.sum(np.sort(x) * np.arange(1.0, 4.0))


def clipped(x: Any) -> Any:
    return np.sum(np.clip(x, -1.0, 1.0))


def root(x: Any) -> Any:
    return np.sum(np.sqrt(x))


def python_root(x: float) -> float:
    return math.sqrt(x)


def power(x: Any, n: Any) -> Any:
    return np.sum(x**n)


def zeroth_power(x: Any) -> Any:
    return np.sum(x**0.0)


def python_power(x: float, n: float) -> float:
    return x**n


def product(x: Any) -> Any:
    return np.prod(x)


def determinant(a: Any) -> Any:
    return np.linalg.det(a)


def median(x: Any) -> Any:
    return np.median(x)


def masked_root(x: Any) -> Any:
    return np.sum(np.where(x > 0.0, np.sqrt(x), 0.0))


def root_times_truth(x: Any) -> Any:
    return np.sum((x > 0.0) * np.sqrt(x))


def stored_root(x: Any) -> Any:
    y = np.sqrt(x)
    y[x <= 0.0] = 0.0
    return np.sum(y)


def selected_root(x: Any) -> Any:
    return np.sum(np.sqrt(x)[x > 0.0])


def masked_python_root(x: float) -> Any:
    return np.where(x > 0.0, math.sqrt(x), 0.0)


def masked_quotient(x: Any) -> Any:
    return np.sum(np.where(x != 0.0, 1.0 / np.where(x != 0.0, x, x), 0.0))


def magnitude(z: Any) -> Any:
    return np.sum(np.real(z * np.conjugate(z)))


def imaginary(z: Any) -> Any:
    return np.sum(np.imag(z))


# -- the table

X = np.array([0.0, 1.0, 4.0])
NAN, INF = math.nan, math.inf

ROWS: list[tuple[Callable[..., Any], tuple[Any, ...], int, Any]] = [
    (absolute, (np.array([-2.0, 0.0, 3.0]),), 0, np.array([-1.0, 0.0, 1.0])),
    (python_absolute, (0.0,), 0, 0.0),
    (sign, (np.array([-2.0, 0.0, 3.0]),), 0, np.array([-1.0, 0.0, 1.0])),
    (norm, (np.zeros(3),), 0, np.zeros(3)),
    (deviation, (np.full(3, 1.5),), 0, np.zeros(3)),
    (relu, (np.array([-1.0, 0.0, 1.0]),), 0, np.array([0.0, 0.5, 1.0])),
    (largest, (np.array([1.0, 3.0, 3.0]),), 0, np.array([0.0, 0.5, 0.5])),
    (smallest, (np.array([1.0, 1.0, 3.0]),), 0, np.array([0.5, 0.5, 0.0])),
    (python_larger, (1.0, 1.0), 0, 1.0),
    (python_larger, (1.0, 1.0), 1, 0.0),
    (python_smaller, (1.0, 1.0), 0, 1.0),
    (python_smaller, (1.0, 1.0), 1, 0.0),
    (weighted_sort, (np.array([2.0, 1.0, 2.0]),), 0, np.array([2.0, 1.0, 3.0])),
    (clipped, (np.array([-2.0, -1.0, 0.5, 1.0, 2.0]),), 0, np.array([0.0, 1.0, 1.0, 1.0, 0.0])),
    (root, (X,), 0, np.array([INF, 0.5, 0.25])),
    (python_root, (0.0,), 0, INF),
    (zeroth_power, (np.array([0.0, 2.0]),), 0, np.zeros(2)),
    (power, (np.array([0.0, 2.0]), 0.0), 0, np.zeros(2)),
    (power, (np.array([0.0, 2.0]), np.array([0, 1])), 0, np.array([0.0, 1.0])),
    (power, (np.array([0.0, 1.0]), np.array([2.0, 3.0])), 1, np.zeros(2)),
    (power, (np.array([-1.0]), 2.5), 0, np.array([NAN])),
    (python_power, (0.0, 0.0), 0, 0.0),
    (python_power, (0.0, 2.0), 1, 0.0),
    (python_power, (0.0, 0.5), 0, INF),
    (product, (np.array([0.0, 2.0, 3.0]),), 0, np.array([6.0, 0.0, 0.0])),
    (product, (np.array([0.0, 0.0, 3.0]),), 0, np.zeros(3)),
    (determinant, (np.array([[1.0, 2.0], [2.0, 4.0]]),), 0, np.array([[4.0, -2.0], [-2.0, 1.0]])),
    (determinant, (np.zeros((3, 3)),), 0, np.zeros((3, 3))),
    (median, (np.array([1.0, 4.0, 2.0, 9.0]),), 0, np.array([0.0, 0.5, 0.5, 0.0])),
    (masked_root, (X,), 0, np.array([0.0, 0.5, 0.25])),
    (masked_root, (X.astype(np.float32),), 0, np.array([0.0, 0.5, 0.25], np.float32)),
    (root_times_truth, (X,), 0, np.array([0.0, 0.5, 0.25])),
    (stored_root, (X,), 0, np.array([0.0, 0.5, 0.25])),
    (selected_root, (X,), 0, np.array([0.0, 0.5, 0.25])),
    (masked_python_root, (0.0,), 0, 0.0),
    (masked_quotient, (np.array([0.0, 2.0]),), 0, np.array([0.0, -0.25])),
    (magnitude, (np.array([1.0 + 2.0j]),), 0, np.array([2.0 - 4.0j])),
    (imaginary, (np.array([1.0 + 2.0j]),), 0, np.array([-1.0j])),
]


@pytest.mark.parametrize(
    ("function", "args", "wrt", "want"),
    ROWS,
    ids=[f"{k}-{r[0].__name__}" for k, r in enumerate(ROWS)],
)
def test_row(function: Callable[..., Any], args: tuple[Any, ...], wrt: int, want: Any) -> None:
    got = gradient(function, *args, wrt=wrt)
    if isinstance(want, np.ndarray) and function is determinant:
        np.testing.assert_allclose(got, want, atol=1e-12)
        return
    same(got, want)


def test_python_power_outside_the_domain_is_complex_as_in_python() -> None:
    assert isinstance(python_power(-1.0, 2.5), complex)


def test_largest_of_nothing_raises_what_numpy_raises() -> None:
    with pytest.raises(ValueError, match="zero-size array"):
        gradient(largest, np.zeros(0))


@pytest.mark.parametrize("function", [masked_root, root_times_truth, stored_root, selected_root])
def test_second_derivative_of_what_is_left_out_is_zero(function: Callable[..., Any]) -> None:
    with np.errstate(all="ignore"):
        _, pullback = s2sad.vjp(s2sad.grad(function), X)
        (bar,) = pullback(np.ones(3))
    np.testing.assert_allclose(bar, [0.0, -0.25, -0.03125], atol=1e-15)

"""Random numbers drawn inside of a function: once, from the same state as the function itself, and
differentiated by location, scale and the parameters of inverse distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.errors import UnsupportedError

X = np.array([0.5, 1.0, 2.0])


def noisy(x: Any) -> Any:
    return np.sum(x * np.random.normal(size=3)) + np.random.rand() * x[0] ** 2


def located(x: Any) -> Any:
    y = np.random.normal(x, x * x) + np.random.laplace(x[0], 0.5, size=3)
    return np.sum(y * y) + np.random.logistic(x[1], x[2])


def spread(x: Any) -> Any:
    y = np.random.uniform(-x, x + 1.0, size=(2, 3)) * np.random.exponential(x)
    return np.sum(y) * np.random.rayleigh(scale=x[0])


def powers(x: Any) -> Any:
    y = np.random.weibull(x) + np.random.pareto(x[0] + 1.0, 3) + np.random.power(x)
    return np.sum(y * np.random.lognormal(0.1 * x, x) + np.random.gamma(2.0, x))


def in_a_loop(x: Any) -> Any:
    total = 0.0
    for k in range(3):
        if np.random.random() < 0.7:
            total = total + x[k] * np.random.standard_normal()
    return total


def seeded(x: Any) -> Any:
    np.random.seed(7)
    return np.sum(np.random.gumbel(x, 2.0))


PROGRAMS = [noisy, located, spread, powers, in_a_loop, seeded]


def from_state(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        np.random.seed(11)
        return function(*args)

    return call


@pytest.mark.parametrize("program", PROGRAMS)
def test_gradient_of_what_is_drawn(program: Callable[..., Any]) -> None:
    value, gradient = from_state(s2sad.value_and_grad(program))(X)
    state = np.random.get_state()[1:3]
    plain = from_state(program)
    assert value == plain(X)
    assert np.array_equal(np.random.get_state()[1], state[0])
    assert np.random.get_state()[2] == state[1]
    for k, along in enumerate(np.eye(3)):
        step = 1e-6 * along
        difference = (plain(X + step) - plain(X - step)) / 2e-6
        np.testing.assert_allclose(gradient[k], difference, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("program", PROGRAMS)
def test_tangents_and_second_derivatives(program: Callable[..., Any]) -> None:
    along = np.array([0.3, -1.0, 0.5])
    gradient = from_state(s2sad.grad(program))
    _, slope = from_state(lambda x: s2sad.jvp(program, (x,), (along,)))(X)
    np.testing.assert_allclose(slope, gradient(X) @ along, rtol=1e-12)
    (product,) = from_state(lambda x: s2sad.hvp(program, (x,), (along,)))(X)
    difference = (gradient(X + 1e-6 * along) - gradient(X - 1e-6 * along)) / 2e-6
    np.testing.assert_allclose(product, difference, rtol=1e-4, atol=1e-6)


def by_shape(x: Any) -> Any:
    return np.random.gamma(x[0]) + np.random.beta(x[0], 2.0)


def shuffled(x: Any) -> Any:
    np.random.shuffle(x)
    return x[0]


def permuted(x: Any) -> Any:
    return np.random.permutation(x)[0]


@pytest.mark.parametrize("program", [by_shape, shuffled, permuted])
def test_refused(program: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedError):
        s2sad.grad(program)(X)


def test_compiling_draws_nothing() -> None:
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    with pytest.raises(UnsupportedError):
        s2sad.grad(by_shape)(X)
    assert np.array_equal(before, np.random.get_state()[1])

"""The oracles of `s2sad check`: each says yes to a right gradient and no to a wrong one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from s2sad import api
from s2sad.oracles import Probe, complex_step, taylor_remainders, verdicts


def smooth(x: Any, n: int) -> Any:
    return np.sum(np.sin(x) ** n)


def smooth_bar(x: Any, n: int) -> Any:
    return n * np.sin(x) ** (n - 1) * np.cos(x)


def not_analytic(x: Any, n: int) -> Any:
    return np.sum(np.abs(x) ** n)


def not_analytic_bar(x: Any, n: int) -> Any:
    return n * np.abs(x) ** (n - 1) * np.sign(x)


def real_only(x: float, n: int) -> float:
    return math.sin(x) ** n


def real_only_bar(x: float, n: int) -> float:
    return n * math.sin(x) ** (n - 1) * math.cos(x)


def asked(
    monkeypatch: pytest.MonkeyPatch,
    function: Callable[..., Any],
    bar: Callable[..., Any],
    x: Any,
    factor: float,
) -> list[tuple[str, bool]]:
    """The verdicts on a gradient given by hand, off by a factor."""

    def given(fun: Any, wrt: Any) -> Any:
        return lambda *args: (fun(*args), (factor * bar(*args),))

    monkeypatch.setattr(api, "value_and_grad", given)
    found = verdicts(function, (x, 3), {}, ("x",))
    return [(verdict.oracle, verdict.agrees) for verdict in found]


X = np.array([0.4, -0.7, 1.1])


@pytest.mark.parametrize(
    "function, bar, x, oracle",
    [
        (smooth, smooth_bar, X, "complex step"),
        (smooth, smooth_bar, X.astype(np.float32), "complex step"),
        (smooth, smooth_bar, np.float64(0.4), "complex step"),
        (not_analytic, not_analytic_bar, X, "Taylor remainders"),
        (real_only, real_only_bar, 0.4, "Taylor remainders"),
    ],
)
def test_right_gradients_agree_and_wrong_ones_differ(
    function: Callable[..., Any],
    bar: Callable[..., Any],
    x: Any,
    oracle: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = asked(monkeypatch, function, bar, x, 1.0)
    assert right == [("value", True), ("central differences", True), (oracle, True)]
    wrong = asked(monkeypatch, function, bar, x, 1.01)
    assert wrong == [("value", True), ("central differences", False), (oracle, False)]


def test_a_value_that_is_not_bit_for_bit_the_primals(monkeypatch: pytest.MonkeyPatch) -> None:
    def given(fun: Any, wrt: Any) -> Any:
        return lambda *args: (np.nextafter(fun(*args), 2.0), (smooth_bar(*args),))

    monkeypatch.setattr(api, "value_and_grad", given)
    assert not verdicts(smooth, (X, 3), {}, ("x",))[0].agrees


def test_the_complex_step_steps_aside_where_imaginary_parts_are_lost() -> None:
    assert complex_step(Probe(lambda h: np.zeros(1).__setitem__(0, h), "double")) is None
    assert complex_step(Probe(lambda h: math.sin(h), "double")) is None
    exact = complex_step(Probe(lambda h: np.exp(2.0 * h), "double"))
    assert exact is not None and abs(exact - 2.0) < 1e-14


@pytest.mark.parametrize("slope, agrees", [(3.0, True), (3.001, False)])
def test_taylor_remainders_tell_orders(slope: float, agrees: bool) -> None:
    probe = Probe(lambda h: np.sinh(3.0 * h), "double")
    assert taylor_remainders(probe, slope).agrees is agrees


def test_taylor_remainders_of_a_linear_function() -> None:
    assert taylor_remainders(Probe(lambda h: 2.0 + 3.0 * h, "double"), 3.0).agrees
    assert not taylor_remainders(Probe(lambda h: 2.0 + 3.0 * h, "double"), 3.1).agrees

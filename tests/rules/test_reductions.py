"""Reductions at ties, zeros and constants, and with cotangents that are not yet broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from s2sad.rules import reductions
from s2sad.rules.registry import rules_of


def test_ties_of_extrema_are_shared_evenly() -> None:
    a = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    bar = reductions.extremum(np.max(a, 1), a, 1, y_bar=np.array([1.0, 6.0]))
    np.testing.assert_array_equal(bar, [[0.0, 0.5, 0.5], [2.0, 2.0, 2.0]])
    bar = reductions.extremum(np.min(a), a, y_bar=1.0)
    np.testing.assert_array_equal(bar, [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def test_products_are_exact_with_one_zero_and_with_two() -> None:
    a = np.array([2.0, 0.0, 3.0, 5.0])
    np.testing.assert_array_equal(reductions.prod(0.0, a, y_bar=1.0), [0.0, 30.0, 0.0, 0.0])
    a = np.array([2.0, 0.0, 3.0, 0.0])
    np.testing.assert_array_equal(reductions.prod(0.0, a, y_bar=1.0), [0.0, 0.0, 0.0, 0.0])


def test_products_of_others_do_not_overflow_before_the_product_does() -> None:
    a = np.array([1e200, 1e-200, 1e-200])
    np.testing.assert_allclose(reductions.prod(np.prod(a), a, y_bar=1.0), [0.0, 1.0, 1.0])


def test_deviation_of_a_constant_has_derivative_zero() -> None:
    a = np.full((3, 2), 0.25)
    np.testing.assert_array_equal(reductions.std(np.std(a), a, y_bar=1.0), np.zeros((3, 2)))
    bar = reductions.std(np.std(a, 0), a, 0, y_bar=np.ones(2))
    np.testing.assert_array_equal(bar, np.zeros((3, 2)))


def test_too_few_degrees_of_freedom_give_what_numpy_gives_and_raise_nothing() -> None:
    a = np.array([0.5])
    with np.errstate(all="ignore"):
        assert np.isnan(reductions.var(np.float64(np.nan), a, ddof=1, y_bar=1.0)).all()
        assert np.isnan(reductions.std(np.float64(np.nan), a, ddof=1, y_bar=1.0)).all()


def test_mean_of_nothing_raises_nothing() -> None:
    with np.errstate(all="ignore"):
        bar = reductions.mean(np.zeros(0), y_bar=1.0)
    assert np.broadcast_to(bar, 0).shape == (0,)


REDUCTIONS = [np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std]


@pytest.mark.parametrize("function", REDUCTIONS)
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_cotangents_may_have_axes_of_length_one(function: Any, axis: Any, keepdims: bool) -> None:
    (rule,) = rules_of(function)
    assert rule.function is not None
    a = np.random.default_rng(1).normal(size=(2, 3, 4))
    y = function(a, axis=axis, keepdims=keepdims)
    short = np.array(0.7).reshape((1,) * y.ndim)
    result = () if rule.kind == "linear" else (y,)
    bars = [
        rule.function(*result, a, axis=axis, keepdims=keepdims, y_bar=y_bar)
        for y_bar in (short, np.full(y.shape, 0.7))
    ]
    np.testing.assert_allclose(np.broadcast_to(bars[0], a.shape), np.broadcast_to(bars[1], a.shape))


def test_the_adjoint_of_a_sum_makes_no_array_of_the_shape_of_the_argument() -> None:
    a = np.zeros((2, 3))
    assert np.ndim(reductions.total(a, y_bar=1.0)) == 0
    assert reductions.total(a, 1, y_bar=np.ones(2)).shape == (2, 1)


@pytest.mark.parametrize("function", [np.sum, np.mean, np.prod, np.var, np.std])
def test_single_precision_stays(function: Any) -> None:
    (rule,) = rules_of(function)
    a = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    y = function(a, axis=0)
    result = () if rule.kind == "linear" else (y,)
    assert rule.function is not None
    bar = rule.function(*result, a, axis=0, y_bar=np.ones(2, np.float32))
    assert bar.dtype == np.float32

"""Keywords with values that are known only at run time, and compositions in whole programs: in
loops, behind masks, of data that isn't differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad

RNG = np.random.default_rng(8)
X, W = RNG.normal(size=(3, 4)), RNG.uniform(0.5, 1.5, size=(3, 4))


def weighted(x: Any, w: Any) -> Any:
    return np.average(x * x, weights=w) + np.sum(np.average(x, axis=1, weights=w[0]))


def started(x: Any, w: Any) -> Any:
    return np.sum(x, initial=w[0, 0] ** 2) + np.max(x, initial=10.0 * w[0, 1])


def masked(x: Any, w: Any) -> Any:
    means = np.mean(x * w, axis=1, where=x > w - 3.0, keepdims=True)
    return np.sum(means * x) + x.sum(where=w > 1.0) * x.std(where=w > 0.6)


def bounded(x: Any, w: Any) -> Any:
    return np.sum(np.clip(x, None, a_max=w - 1.0) ** 2) + np.sum(x.clip(max=w))


def around_mean(x: Any, w: Any) -> Any:
    mean = np.mean(x, axis=0, keepdims=True)
    return np.sum(np.var(x * w, axis=0, mean=mean))


def quantiles_in_a_loop(x: Any, w: Any) -> Any:
    total = 0.0
    for k in range(3):
        total = total + np.quantile(x[k], w[0, k] / 2.0) * np.ptp(w[k])
    return total


def spread_of_data(x: Any, w: Any) -> Any:
    """Compositions of what isn't differentiated stay calls."""
    return np.sum(x * np.cov(w, fweights=[1, 2, 1, 1], dtype=np.float64)[0, 0])


PROGRAMS = [weighted, started, masked, bounded, around_mean, quantiles_in_a_loop]


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program: Callable[..., Any]) -> None:
    s2sad.check_grads(program, (X, W), order=2)


def test_keyword_is_passed_by_its_name() -> None:
    gradient = s2sad.value_and_grad(weighted, wrt="x")
    gradient(X, W)
    assert ", weights=w)" in gradient.source


def test_inactive_calls_take_every_keyword() -> None:
    np.testing.assert_array_equal(
        s2sad.grad(spread_of_data, wrt="x")(X, W),
        np.full_like(X, np.cov(W, fweights=[1, 2, 1, 1], dtype=np.float64)[0, 0]),
    )


def behind_mask(x: Any) -> Any:
    """The root has an infinite derivative at 0, and its value is left out there."""
    roots = np.sqrt(x)
    return np.sum(np.mean(roots, where=x > 0.0)) + np.nansum(np.where(x > 0.0, roots, np.nan))


def test_what_a_mask_leaves_out_contributes_nothing() -> None:
    x = np.array([4.0, 0.0, 1.0])
    np.testing.assert_allclose(s2sad.grad(behind_mask)(x), [0.25 * 1.5, 0.0, 0.5 * 1.5])


def quantile_of_equal(x: Any) -> Any:
    return np.quantile(x, 0.5) + np.median(x) + np.nanmedian(x)


def test_of_equal_elements_the_first_wins() -> None:
    np.testing.assert_array_equal(s2sad.grad(quantile_of_equal)(np.ones(3)), [0.0, 3.0, 0.0])


def spread(x: Any) -> Any:
    return np.nanstd(x) + np.sum(np.nanstd(x[None], axis=1))


def test_standard_deviation_of_a_constant() -> None:
    np.testing.assert_array_equal(s2sad.grad(spread)(np.ones(3)), np.zeros(3))

"""Rules of linear algebra: singular matrices, norms at zero, ties, triangles, refusals.

That each rule agrees with the derivative of its function on its samples is tested for all
rules together; here are the points where a formula that is right elsewhere goes wrong.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from s2sad.rules import decompositions, linalg
from tests.rules import harness

ORDERS = (None, 1, 2, 3, np.inf)


@pytest.fixture(autouse=True)
def _no_warnings() -> Iterator[None]:
    """The reverse sweep gives no floating-point warning of its own."""
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        yield


def minors(a: Any) -> Any:
    """The cofactors by their definition."""
    n = len(a)
    result = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            rest = np.delete(np.delete(a, i, 0), j, 1)
            result[i, j] = (-1) ** (i + j) * np.linalg.det(rest)
    return result


def det_bar(a: Any) -> Any:
    return linalg.det(np.linalg.det(a), a, y_bar=1.0)


def norm_bar(x: Any, *args: Any, **kwargs: Any) -> Any:
    y = np.linalg.norm(x, *args, **kwargs)
    return linalg.norm(y, x, *args, **kwargs, y_bar=np.ones_like(y))


# -- det


@pytest.mark.parametrize(
    "a",
    [
        np.zeros((1, 1)),
        np.zeros((2, 2)),
        np.zeros((3, 3)),
        np.ones((2, 2)),
        np.ones((3, 3)),
        np.diag([1.0, 2.0, 0.0]),
        np.diag([1.0, 0.0, 0.0]),
        np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]]),
        np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
        np.array([[0.0, 2.0], [3.0, 0.0]]),
        np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]),
    ],
    ids=str,
)
def test_det_gives_the_adjugate_at_any_rank(a: Any) -> None:
    np.testing.assert_allclose(det_bar(a), minors(a), atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 5, 12])
def test_det_of_random_singular_matrices(n: int) -> None:
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, n))
    a[-1] = 0.0
    expected = minors(a)
    np.testing.assert_allclose(det_bar(a), expected, atol=1e-11 * np.abs(expected).max())


def test_det_of_a_batch_with_a_singular_matrix() -> None:
    a = np.stack([np.eye(2), np.ones((2, 2)), np.zeros((2, 2))])
    y = np.linalg.det(a)
    bars = linalg.det(y, a, y_bar=np.array([1.0, 2.0, 3.0]))
    expected = [minors(np.eye(2)), 2.0 * minors(np.ones((2, 2))), np.zeros((2, 2))]
    np.testing.assert_allclose(bars, expected, atol=1e-14)


def test_cofactors_of_the_empty_matrix() -> None:
    assert det_bar(np.zeros((0, 0))).shape == (0, 0)


# -- norms


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", [(3,), (1,)])
def test_norm_at_zero_is_zero(order: Any, shape: tuple[int, ...]) -> None:
    np.testing.assert_array_equal(norm_bar(np.zeros(shape), order), np.zeros(shape))


@pytest.mark.parametrize("order", [None, "fro", 1, 2, np.inf, "nuc"])
def test_matrix_norm_at_zero_is_zero(order: Any) -> None:
    np.testing.assert_array_equal(norm_bar(np.zeros((2, 3)), order), np.zeros((2, 3)))


@pytest.mark.parametrize("order", ORDERS)
def test_norms_of_rows_of_which_one_is_zero(order: Any) -> None:
    x = np.array([[3.0, -4.0], [0.0, 0.0]])
    bar = norm_bar(x, order, axis=1)
    np.testing.assert_allclose(bar[0], norm_bar(x[0], order))
    np.testing.assert_array_equal(bar[1], [0.0, 0.0])


def test_largest_magnitudes_share_evenly() -> None:
    np.testing.assert_array_equal(norm_bar(np.array([2.0, -2.0, 1.0]), np.inf), [0.5, -0.5, 0.0])


def test_largest_sums_share_evenly() -> None:
    x = np.array([[1.0, -2.0], [1.0, 0.0]])
    np.testing.assert_array_equal(norm_bar(x, 1), [[0.5, -0.5], [0.5, 0.0]])


def test_norm_of_a_number() -> None:
    assert linalg.norm(2.5, -2.5, y_bar=1.0) == -1.0


# -- factorisations


@pytest.mark.parametrize("function", [decompositions.cholesky, decompositions.eigvalsh])
def test_the_triangle_that_is_not_read_has_no_cotangent(function: Any) -> None:
    a = np.array([[4.0, 1.0, 0.5], [1.0, 5.0, 2.0], [0.5, 2.0, 6.0]])
    target = np.linalg.cholesky if function is decompositions.cholesky else np.linalg.eigvalsh
    y = target(a)
    bar = function(y, a, y_bar=np.arange(1.0, 1.0 + y.size).reshape(y.shape))
    np.testing.assert_array_equal(np.triu(bar, 1), np.zeros((3, 3)))
    assert np.all(np.tril(bar, -1)[np.tril_indices(3, -1)] != 0.0)


def test_eigh_of_the_upper_triangle() -> None:
    a = np.array([[1.0, 9.0], [0.5, 3.0]])
    y = np.linalg.eigh(a.T)
    bars = (np.array([1.0, 2.0]), np.array([[0.1, 0.2], [0.3, 0.4]]))
    lower = decompositions.eigh(y, a.T, y_bar=bars)
    np.testing.assert_allclose(decompositions.eigh(y, a, "U", y_bar=bars), lower.T)


def test_equal_values_with_no_cotangent_for_the_vectors() -> None:
    """Sums of functions of equal eigenvalues and singular values are smooth."""
    eye = np.eye(3)
    w, v = np.linalg.eigh(eye)
    bar = decompositions.eigh((w, v), eye, y_bar=(np.ones(3), np.zeros((3, 3))))
    np.testing.assert_allclose(bar, eye, atol=1e-15)
    u, s, vh = np.linalg.svd(eye)
    zeros = np.zeros((3, 3))
    bar = decompositions.svd((u, s, vh), eye, y_bar=(zeros, np.ones(3), zeros))
    np.testing.assert_allclose(bar, eye, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: decompositions.qr(None, np.eye(2), "complete", y_bar=None), "mode"),
    ],
)
def test_refused_by_name(call: Any, says: str) -> None:
    with pytest.raises(NotImplementedError, match=says):
        call()


def test_full_singular_vectors_of_square_matrices_only() -> None:
    a = np.ones((2, 3))
    with pytest.raises(AssertionError, match="full_matrices=False"):
        decompositions.svd(np.linalg.svd(a), a, y_bar=np.linalg.svd(a))


def test_every_rule_here_may_raise_but_norm() -> None:
    """A rule that raises for more than shapes is never dropped with its function."""
    ours = (linalg.__name__, decompositions.__name__)
    rules = [r for r in harness.active_rules() if r.function.__module__ in ours]
    assert {harness.label(r) for r in rules if not r.raises} == {"numpy.linalg.norm"}

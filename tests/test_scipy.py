"""Programs that use SciPy: rules that are loaded with it, pages that name it, refusals by name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special
from scipy.special import expit, gammaln

import s2sad
from s2sad.errors import UnsupportedError

RNG = np.random.default_rng(5)
A = RNG.normal(size=(3, 3)) + 4.0 * np.eye(3)
B = RNG.uniform(0.3, 0.9, size=3)


def likelihood(a: Any, b: Any) -> Any:
    """A negative binomial log-likelihood, and a logistic layer."""
    r = b * b + 1.0
    counts = np.array([1.0, 4.0, 2.0])
    terms = gammaln(counts + r) - gammaln(r) + counts * np.log(expit(a @ b))
    return -np.sum(terms) + scipy.special.logsumexp(a[0] * b)


def gaussian(a: Any, b: Any) -> Any:
    """The logarithm of a density, by a Cholesky factor."""
    factor = scipy.linalg.cholesky(a @ a.T, lower=True)
    z = scipy.linalg.solve_triangular(factor, b, lower=True)
    return -0.5 * np.sum(z * z) - np.sum(np.log(np.diag(factor)))


def flow(a: Any, b: Any) -> Any:
    total = 0.0
    for t in (0.1, 0.2):
        total = total + np.sum(scipy.linalg.expm(t * a) @ b)
    return total + np.sum(scipy.linalg.sqrtm(a @ a.T))


def weights(a: Any, b: Any) -> Any:
    return scipy.special.softmax(a, axis=1)[0] @ b + np.sum(scipy.special.entr(b))


@pytest.mark.parametrize("program", [likelihood, gaussian, flow, weights])
def test_program(program: Callable[..., Any]) -> None:
    s2sad.check_grads(program, (A, B), order=2, rtol=1e-5)


def test_page_names_the_function_as_a_program_would() -> None:
    gradient = s2sad.grad(likelihood, wrt="b")
    gradient(A, B)
    assert "scipy.special.expit(" in gradient.source


def test_grad_of_a_function_of_scipy() -> None:
    assert s2sad.grad(scipy.special.expit)(0.0) == 0.25


def by_order(v: Any, x: Any) -> Any:
    return scipy.special.jv(v, x)


@pytest.mark.parametrize("mode", ["grad", "jvp"])
def test_a_derivative_without_formula_is_refused(mode: str) -> None:
    with pytest.raises(UnsupportedError, match=r"S202.*\n.*\n.*\n.*scipy.special.jv") as caught:
        if mode == "grad":
            s2sad.grad(by_order, wrt="v")(1.5, 2.0)
        else:
            s2sad.jvp(by_order, (1.5, 2.0), (1.0, 0.0))
    assert "by the order" in str(caught.value)
    assert np.isfinite(s2sad.grad(by_order, wrt="x")(1.5, 2.0))


def ndtr_behind_mask(x: Any) -> Any:
    return np.sum(np.where(x > 0.0, scipy.special.entr(x), 0.0))


def test_what_a_mask_leaves_out_contributes_nothing() -> None:
    gradient = s2sad.grad(ndtr_behind_mask)(np.array([1.0, 0.0]))
    np.testing.assert_array_equal(gradient, [-1.0, 0.0])


def test_scipy_is_not_imported_for_programs_without_it() -> None:
    text = (
        "import sys, numpy as np, s2sad\n"
        "s2sad.grad(np.sin)(1.0)\n"
        "assert not [name for name in sys.modules if name.startswith('scipy')]\n"
    )
    subprocess.run([sys.executable, "-c", text], check=True)

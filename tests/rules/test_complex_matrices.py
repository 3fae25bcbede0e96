"""Factorisations of complex matrices, in functions that don't depend on the phases of vectors, and
eigenvectors with the phase that LAPACK gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad

RNG = np.random.default_rng(6)


def complex_matrix(*shape: int) -> Any:
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


A, D, W = complex_matrix(3, 3), complex_matrix(3, 3), complex_matrix(3, 3)


def of_eigh(a: Any) -> Any:
    """A function of a Hermitian matrix, and magnitudes of its eigenvectors."""
    w, v = np.linalg.eigh(a + np.conj(a).T)
    whole = (v * np.exp(0.3 * w)) @ np.conj(v).T
    return np.sum(np.real(W * whole)) + np.sum(np.abs(v[0]) ** 2 * w)


def of_upper_half(a: Any) -> Any:
    w, v = np.linalg.eigh(a + np.conj(a).T, "U")
    return np.sum(np.real(W * ((v * np.sin(w)) @ np.conj(v).T)))


def of_svd(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a)
    return np.sum(np.real(W * ((u * s**2) @ vh))) + np.sum(np.abs(u[1]) ** 2 * s)


def of_wide_svd(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a[:2], full_matrices=False)
    return np.sum(np.real(W[:2] * ((u * np.log(s)) @ vh)))


def of_eig(a: Any) -> Any:
    """Of the eigenvectors as they are, phases included."""
    w, v = np.linalg.eig(a)
    return np.sum(np.real(W * v)) + np.sum(np.real(w * w))


def of_qr(a: Any) -> Any:
    q, r = np.linalg.qr(a)
    return np.sum(np.real(W * q)) + np.sum(np.abs(r) ** 2 * np.real(W))


def of_det(a: Any) -> Any:
    sign, log = np.linalg.slogdet(a)
    return np.real(sign) * 0.5 + log + np.imag(np.linalg.det(a))


def of_cholesky(a: Any) -> Any:
    factor = np.linalg.cholesky(a @ np.conj(a).T + np.eye(3))
    return np.sum(np.real(W * factor))


PROGRAMS = [
    of_eigh, of_upper_half, of_svd, of_wide_svd, of_eig, of_qr, of_det, of_cholesky,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_gradient_and_tangent(program: Callable[..., Any]) -> None:
    h = 1e-5
    differences = (program(A + h * D) - program(A - h * D)) / (2.0 * h)
    bar = s2sad.grad(program)(A)
    assert bar.dtype == np.complex128
    np.testing.assert_allclose(np.sum(np.real(bar * D)), differences, rtol=1e-7)
    _, dot = s2sad.jvp(program, (A,), (D,))
    np.testing.assert_allclose(dot, differences, rtol=1e-7)


def real_eigenvalues(a: Any) -> Any:
    w, v = np.linalg.eig(a)
    return np.sum(np.real(w) ** 2) + np.sum(np.abs(np.imag(w))) + np.sum(np.abs(v[0]) ** 4)


@pytest.mark.parametrize("turned", [False, True])
def test_real_matrices_with_real_or_complex_eigenvalues(turned: bool) -> None:
    a = np.array([[1.0, -2.0], [3.0, 0.5]]) if turned else np.array([[1.0, 0.2], [0.3, 2.0]])
    assert np.iscomplexobj(np.linalg.eigvals(a)) == turned
    s2sad.check_grads(real_eigenvalues, (a,))

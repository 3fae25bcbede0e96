"""Writes that the dual-number run has no stand-in for, against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.testing import check_grads

X, Y = np.random.default_rng(3).normal(size=(2, 4))


def parts_written(x: Any, y: Any) -> Any:
    z = x + 1j * y
    z.real[1:] *= 2.0
    z.imag[0] = x[-1] ** 2
    z.imag += y
    z.real = z.real * x
    z[2] = 1.0 + 2.0j * x[0]
    return np.sum(z.real**2) + np.sum((z * z).imag)


def parts_read(x: Any, y: Any) -> Any:
    z = (x + 1j * y) ** 2
    real, imaginary = z.real, z.imag
    z *= 2.0
    z.flat[1:3] = z.flat[:2] * 1j
    return np.sum(imaginary**2) + np.sum(real * x) + np.sum(imaginary[1:] * real[:-1])


def parts_of_zeros(x: Any, y: Any) -> Any:
    z = np.zeros((2, 4), complex)
    z.real[0] = x
    z[1].imag[...] = y * y
    z.T.imag[:, 0] -= x
    return np.sum(np.abs(z) ** 2)


def methods_of_the_class(x: Any, y: Any) -> Any:
    z, w = x * 1.0, y * 1.0
    np.ndarray.fill(z[1:], y[0])
    np.ndarray.sort(w)
    return np.sum(z * w * np.arange(4))


@pytest.mark.parametrize(
    "function", [parts_written, parts_read, parts_of_zeros, methods_of_the_class]
)
def test_against_differences(function: Callable[..., Any]) -> None:
    check_grads(function, (X, Y), order=2)
    value, _ = s2sad.value_and_grad(function, wrt=(0, 1))(X, Y)
    assert value == function(X, Y)

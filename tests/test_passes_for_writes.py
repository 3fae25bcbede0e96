"""Rebinding, forwarding and products: what they change, what they leave, and the values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad
from tests import identities


def numbers(*shape: int) -> Any:
    return np.random.default_rng(5).normal(size=shape)


def page(function: Callable[..., Any], args: tuple[Any, ...], *without: str) -> str:
    gradient = identities.without_passes(function, tuple(range(len(args))), without)
    return s2sad.source(gradient, *args)


def normalised(v: Any) -> Any:
    for _ in range(3):
        v /= np.sqrt(v @ v)
        v[:] = np.sin(v)
    return v @ v


def shifted(v: Any, w: Any) -> Any:
    for _ in range(3):
        v += w * v[::-1]
        w -= v * v
    return np.sum(v * w)


def scaled_rows(c: Any, a: Any, k: float) -> Any:
    for i in range(c.shape[0]):
        c[i, :2] *= k
        for j in range(3):
            c[i, :2] += a[i, j] * a[j, :2]
    return np.sum(c * c)


def reread(c: Any, k: float) -> Any:
    s = 0.0
    for i in range(c.shape[0]):
        c[i] *= k
        s = s + np.sum(c * c)
    return s


def repeated(x: Any) -> Any:
    y = np.zeros(3)
    index = np.array([1, 1, 2])
    y[index] = x * x
    y[index] *= y[index]
    return np.sum(y)


def products(a: Any, x: Any, y: Any) -> Any:
    return np.sum(np.sin(a @ x)) + y @ a @ x


def weighted(m: Any, n: Any, k: float) -> Any:
    return np.sum(np.tanh(k * m * n)) + np.sum(np.max(m, axis=1) * k)


def paired_with_one_row(a: Any, x: Any, y: Any) -> Any:
    b = a[:1]
    return np.sum((a @ x) ** 2) + np.sum((b @ x) ** 2) + np.sum(y)


CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "normalised": (normalised, (numbers(4),)),
    "shifted": (shifted, (numbers(4) * 0.3, numbers(4) * 0.3)),
    "scaled_rows": (scaled_rows, (numbers(3, 3), numbers(3, 3), 0.7)),
    "reread": (reread, (numbers(3, 2), 0.7)),
    "repeated": (repeated, (numbers(3),)),
    "products": (products, (numbers(3, 4), numbers(4), numbers(3))),
    "weighted": (weighted, (numbers(3, 4), numbers(3, 4), 0.5)),
    "paired_with_one_row": (paired_with_one_row, (numbers(3, 4), numbers(4), numbers(3))),
}


@pytest.mark.parametrize("without", [(), ("rebinding",), ("forwarding",), ("products",)])
@pytest.mark.parametrize("name", CASES)
def test_gradients(name: str, without: tuple[str, ...]) -> None:
    function, args = CASES[name]
    wrt = tuple(range(len(args)))
    call = identities.without_passes(function, wrt, without)
    identities.check_gradient(function, args, wrt, call=call)


def test_float32() -> None:
    args = tuple(a.astype(np.float32) for a in CASES["products"][1])
    identities.check_gradient(products, args, (0, 1, 2))


def test_an_array_that_is_kept_is_not_copied_first() -> None:
    text = page(*CASES["normalised"])
    assert "v = v / " in text and "v = np.sin(v)" in text
    assert "v.copy()" not in text
    assert ".copy()" in page(*CASES["normalised"], "rebinding")


def test_what_is_not_kept_is_written_in_place() -> None:
    def linear(v: Any, k: float) -> Any:
        v += 1.0
        v *= 2.0
        return np.sum(v) * k

    text = page(linear, (numbers(3), 0.5))
    assert "v += 1.0" in text and "v *= 2.0" in text


def test_undo_goes_where_what_was_kept_is_all_that_is_read() -> None:
    text = page(*CASES["scaled_rows"])
    assert "c[i, :2] = " not in text
    assert text.count("_tape.append") == 1
    assert page(*CASES["scaled_rows"], "forwarding").count("_tape.append") == 2


def test_undo_stays_where_more_is_read() -> None:
    assert "c[i] = c_tape.pop()" in page(*CASES["reread"])


def test_products_are_those_of_blas() -> None:
    text = page(*CASES["products"])
    assert "np.outer" not in text
    assert "np.array((" in text
    text = page(*CASES["weighted"])
    assert "np.vdot(" in text and "expand_dims" not in text


def test_infinities_in_outer_products_stay() -> None:
    def outer(a: Any, x: Any) -> Any:
        return np.sum(a @ x)

    a, x = numbers(3, 2), np.array([np.inf, 0.0])
    with np.errstate(all="ignore"):
        bar = s2sad.grad(outer)(a, x)
    np.testing.assert_array_equal(bar, np.tile(x, (3, 1)))

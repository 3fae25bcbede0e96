"""Lengths of different arguments that are equal: one page relies on it, others don't."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import s2sad
from tests import identities


def product(u: Any, v: Any) -> Any:
    return np.sum(u[1:] * v[1:] * v[:-1])


def stored(u: Any, v: Any) -> Any:
    w = u.copy()
    w[1:-1] += v[1:-1] * v[2:]
    return np.sum(w * w)


def swapped(u: Any, v: Any, n: int) -> Any:
    u = u.copy()
    v = v.copy()
    for _ in range(n):
        v[1:-1] = u[2:] * u[:-2]
        u, v = v, u
    return np.sum(u) + np.sum(v * v)


def whole(u: Any, m: Any) -> Any:
    return np.sum(m[:, : len(u)] * u[1:-1].sum()) + np.sum(m[0, 1:] * u[1:])


def text(function: Any, *args: Any) -> str:
    return s2sad.source(s2sad.value_and_grad(function, wrt=(0, 1)), *args)


def numbers(*shape: int) -> Any:
    return np.random.default_rng(3).normal(size=shape)


def test_equal_lengths_need_no_helper() -> None:
    for function in (product, stored):
        assert "unbroadcast" not in text(function, numbers(5), numbers(5))
        assert "unbroadcast" in text(function, numbers(5), numbers(3))
    page = text(swapped, numbers(5), numbers(5), 3)
    assert "unbroadcast" not in page and "_item_tape" not in page


@pytest.mark.parametrize("first", [0, 1, 2])
def test_each_pattern_has_its_page(first: int) -> None:
    """Whichever comes first: equal, stretched either way."""
    calls = [(5, 5), (5, 2), (2, 5), (4, 4), (2, 2)]
    call = s2sad.value_and_grad(lambda u, v: np.sum(u[1:] * v[1:]), wrt=(0, 1))
    for n, m in calls[first:] + calls[:first]:
        args = numbers(n), numbers(m)
        value, bars = call(*args)
        assert value == np.sum(args[0][1:] * args[1][1:])
        identities.check_gradient(lambda u, v: np.sum(u[1:] * v[1:]), args, (0, 1), call=call)
        identities.check_kinds(bars, args)


@pytest.mark.parametrize("n", [3, 6])
def test_gradients(n: int) -> None:
    args = numbers(6), numbers(n)
    identities.check_gradient(stored, args, (0, 1))
    identities.check_pullback(stored, args, (0, 1), 2.5)


def test_product_of_equals() -> None:
    identities.check_gradient(product, (numbers(5), numbers(5)), (0, 1))


@pytest.mark.parametrize("n", [4, 5, 7])
def test_square_and_not(n: int) -> None:
    identities.check_gradient(whole, (numbers(5), numbers(n, 5)), (0, 1))


def test_a_page_is_not_used_where_lengths_differ() -> None:
    call = s2sad.value_and_grad(stored, wrt=(0, 1))
    call(numbers(6), numbers(6))
    identities.check_gradient(stored, (numbers(6), numbers(3)), (0, 1), call=call)
    with pytest.raises(ValueError, match="broadcast"):
        call(numbers(6), numbers(5))

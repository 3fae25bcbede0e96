"""Elementwise rules at the points where the derivative is not unique, and of complex numbers."""

from __future__ import annotations

import inspect
import itertools
import math
from typing import Any

import numpy as np
import pytest

from s2sad.rules import elementwise, scalars
from s2sad.rules.registry import Rule, Sample, rules_of
from tests.rules import harness

INF, NAN = math.inf, math.nan


def partials(function: Any, *args: Any) -> tuple[Any, ...]:
    """The partial derivatives of an elementwise function."""
    (rule,) = rules_of(function)
    with np.errstate(all="ignore"):
        return harness.call(rule, Sample(args), function(*args), 1.0)


SINGULAR: list[tuple[Any, tuple[float, ...], tuple[float | None, ...]]] = [
    (np.absolute, (0.0,), (0.0,)),
    (np.fabs, (0.0,), (0.0,)),
    (abs, (0.0,), (0.0,)),
    (math.fabs, (0.0,), (0.0,)),
    (np.maximum, (0.0, 0.0), (0.5, 0.5)),
    (np.maximum, (1.0, 0.0), (1.0, 0.0)),
    (np.maximum, (-INF, -INF), (0.5, 0.5)),
    (np.minimum, (0.0, 0.0), (0.5, 0.5)),
    (np.minimum, (1.0, 0.0), (0.0, 1.0)),
    (np.fmax, (NAN, 0.0), (0.0, 1.0)),
    (np.fmin, (0.0, NAN), (1.0, 0.0)),
    (np.clip, (-1.0, -1.0, 1.0), (1.0, 0.0, 0.0)),
    (np.clip, (1.0, -1.0, 1.0), (1.0, 0.0, 0.0)),
    (np.sqrt, (0.0,), (INF,)),
    (math.sqrt, (0.0,), (INF,)),
    (np.cbrt, (0.0,), (INF,)),
    (math.cbrt, (0.0,), (INF,)),
    (np.log, (0.0,), (INF,)),
    (np.log2, (0.0,), (INF,)),
    (np.log10, (0.0,), (INF,)),
    (np.log1p, (-1.0,), (INF,)),
    (np.arcsin, (1.0,), (INF,)),
    (math.asin, (1.0,), (INF,)),
    (np.arccos, (-1.0,), (-INF,)),
    (math.acos, (-1.0,), (-INF,)),
    (np.arccosh, (1.0,), (INF,)),
    (math.acosh, (1.0,), (INF,)),
    (np.arctanh, (1.0,), (INF,)),
    (np.power, (0.0, 0.0), (0.0, 0.0)),
    (math.pow, (0.0, 0.0), (0.0, 0.0)),
    (np.power, (0.0, 2.0), (0.0, 0.0)),
    (pow, (0.0, 2.0), (0.0, 0.0)),
    (math.pow, (0.0, 0.5), (INF, 0.0)),
    (pow, (0.0, 0.5), (INF, 0.0)),
    (np.power, (0.0, 1.0), (1.0, 0.0)),
    (math.pow, (-2.0, 3.0), (12.0, NAN)),
    (np.power, (-1.0, 2.5), (NAN, NAN)),
    (np.hypot, (0.0, 0.0), (0.0, 0.0)),
    (np.sinc, (0.0,), (-0.0,)),
    (np.heaviside, (0.0, 0.5), (None, 1.0)),
    (np.copysign, (0.0, -1.0), (-0.0, None)),
    (np.nan_to_num, (NAN,), (0.0,)),
]


@pytest.mark.parametrize(("function", "args", "expected"), SINGULAR)
@pytest.mark.parametrize("kind", [float, np.float64, np.array])
def test_value_at_a_singular_point(
    function: Any, args: tuple[float, ...], expected: tuple[float | None, ...], kind: Any
) -> None:
    found = partials(function, *map(kind, args))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one is None) == (other is None)
        if other is not None:
            np.testing.assert_array_equal(np.float64(one), other)


def test_absolute_value_and_sign_of_complex_zero() -> None:
    assert partials(np.absolute, np.array(0j)) == (0.0,)
    assert elementwise.sign(0j, np.array(0j), y_bar=1.0) == 0.0


EXPONENTS = [0, 1, 2, 3, 0.5, 1.5, -1, -2.5, 2.0, 0.0]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_constant_exponents_have_the_general_partial(exponent: float) -> None:
    x = np.array([0.3, 1.0, 2.5])
    y = x**exponent
    special = elementwise.constant_exponent(y, x, exponent)
    np.testing.assert_allclose(special * np.ones(3), elementwise.power(y, x, exponent)[0], 1e-14)


@pytest.mark.parametrize("exponent", EXPONENTS)
@pytest.mark.parametrize("x", [0.0, 1e-100, 1.7])
def test_constant_exponents_do_not_raise_for_python_floats(exponent: float, x: float) -> None:
    if x == 0.0 and exponent < 0:
        with pytest.raises(ZeroDivisionError):
            x**exponent
        return
    with np.errstate(all="ignore"):
        assert not np.isnan(elementwise.constant_exponent(x**exponent, x, exponent))


def test_overflow_of_a_partial_is_infinite() -> None:
    with np.errstate(all="ignore"):
        assert elementwise.constant_exponent(1e-300**-1.0, 1e-300, -1.0) == -INF


def test_constant_base_zero() -> None:
    assert elementwise.constant_base(0.0, 0.0) == 0.0


@pytest.mark.parametrize("base", [0.5, 2, 3.0])
def test_constant_bases_have_the_general_partial(base: float) -> None:
    x2 = np.array([0.3, 1.0, 2.5])
    y = base**x2
    general = elementwise.power(y, base, x2)[1]
    np.testing.assert_allclose(elementwise.constant_base(y, base) * np.ones(3), general, 1e-14)


def test_sinc_is_accurate_where_the_quotient_cancels() -> None:
    x = np.array([1e-12, 1e-8, 1e-3, 0.03, 0.0318, 0.0319, 0.032, 0.1])
    t = np.longdouble(math.pi) * x.astype(np.longdouble)
    series = -t / 3 * (1 - t**2 / 10 * (1 - t**2 / 28 * (1 - t**2 / 54 * (1 - t**2 / 88))))
    (partial,) = partials(np.sinc, x)
    np.testing.assert_allclose(partial, (np.longdouble(math.pi) * series).astype(float), 1e-12)


def test_single_precision_stays_where_arguments_are_arrays() -> None:
    x = np.array([0.3, 0.5], np.float32)
    for function in (np.sin, np.tanh, np.exp, np.log, np.sqrt, np.arcsin, np.square, np.log10):
        assert partials(function, x)[0].dtype == np.float32


def test_python_selects_the_first_of_equal_objects() -> None:
    assert scalars.maximum_of_two(1.0, 1.0, 1.0, y_bar=2.0) == (2.0, 0.0)
    assert scalars.minimum_of_two(1.0, 1.0, 1.0, y_bar=2.0) == (2.0, 0.0)
    assert scalars.maximum(1.0, [0.0, 1.0, 1.0], y_bar=2.0) == [0.0, 2.0, 0.0]
    assert scalars.minimum(1.0, [2.0, 1.0, 1.0], y_bar=2.0) == [0.0, 2.0, 0.0]


def test_python_selects_by_its_comparisons_with_nan() -> None:
    for items in ([NAN, 1.0], [1.0, NAN], [1.0, NAN, 2.0], [NAN, NAN]):
        chosen = next(k for k, item in enumerate(items) if item is max(items))
        assert np.argmax(scalars.maximum(NAN, items, y_bar=1.0)) == chosen


def test_distance_of_equal_points_has_derivative_zero() -> None:
    assert scalars.dist(0.0, [1.0, 2.0], [1.0, 2.0], y_bar=1.0) == ([0.0, 0.0], [0.0, 0.0])
    assert scalars.hypot(0.0, 0.0, 0.0, y_bar=1.0) == (0.0, 0.0)


INACTIVE = [
    (np.floor, 1), (np.ceil, 1), (np.trunc, 1), (np.rint, 1), (np.fix, 1), (np.round, 1),
    (np.around, 1), (np.floor_divide, 2), (round, 1), (math.floor, 1), (math.ceil, 1),
    (math.trunc, 1),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arity"), INACTIVE)
def test_inactive_functions_are_constant_between_jumps(function: Any, arity: int) -> None:
    (rule,) = rules_of(function)
    assert rule.kind == "inactive"
    points = (2.3, 0.9)[:arity]
    moved = (2.3 + 1e-3, 0.9 - 1e-3)[:arity]
    assert function(*points) == function(*moved)


# -- which partials are marked as singular

POINTS = [-1e3, -1.0, 0.0, 1.0, 1e3]
MARKED = [r for r in harness.active_rules() if r.kind == "elementwise" and r.target is not np.ldexp]


def is_finite_at(rule: Rule, args: tuple[float, ...]) -> bool:
    """Whether all partials are finite; where the function has no value, nothing is asked."""
    try:
        with np.errstate(all="ignore"):
            y = rule.target(*args)
            found = harness.call(rule, Sample(args), y, 1.0)
    except (ArithmeticError, ValueError, TypeError):
        return True
    if np.isnan(y) or np.iscomplexobj(y):
        return True
    return all(partial is None or np.isfinite(partial) for partial in found)


@pytest.mark.parametrize("rule", MARKED, ids=harness.label)
def test_singular_marks_partials_that_are_not_finite(rule: Rule) -> None:
    assert rule.function is not None
    arity = len(inspect.signature(rule.function).parameters) - 1
    rows = itertools.product(POINTS, repeat=arity)
    all_finite = all(is_finite_at(rule, args) for args in rows)
    assert all_finite or rule.singular

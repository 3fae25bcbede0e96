"""Statements that the oracles can't run: classes in patterns, output, imports, user exceptions."""

from __future__ import annotations

import enum
import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import s2sad

LOGGER = logging.getLogger("tests.statements")


class Kind(enum.Enum):
    LINEAR = 1
    SQUARE = 2


@dataclass
class Point:
    x: float
    y: float


class Rejected(Exception):
    """With an argument of its own."""

    def __init__(self, limit: float, reason: str = "") -> None:
        super().__init__(limit, reason)
        self.limit = limit


def by_kind(x: Any, kind: Kind) -> Any:
    match kind:
        case Kind.LINEAR:
            y = x
        case Kind.SQUARE:
            y = x * x
    return y * x


@pytest.mark.parametrize(("kind", "want"), [(Kind.LINEAR, 6.0), (Kind.SQUARE, 27.0)])
def test_enums_are_known(kind: Kind, want: float) -> None:
    assert s2sad.grad(by_kind)(3.0, kind) == want


def by_class(x: Any) -> Any:
    point = Point(x, 2.0)
    match point:
        case Point(y=str()):
            return x
        case Point(u, y=float(v)):
            return u * u * v
    return 0.0


def test_class_patterns() -> None:
    assert s2sad.value_and_grad(by_class)(3.0) == (18.0, 12.0)


def with_imports(x: Any) -> Any:
    import math as m

    import numpy.linalg as la
    from numpy import sin

    return m.exp(0.1 * np.sum(sin(x))) * la.norm(x)


def test_imports() -> None:
    x = np.array([0.3, 0.5])
    s2sad.check_grads(with_imports, (x,))


def talking(x: Any) -> Any:
    total = 0.0
    for k, v in enumerate(x):
        print(f"{k}: {v:.2f}")
        total = total + v * v
    LOGGER.info("total %.1f", total)
    assert total < 100.0, f"{total} is too large"
    return total


@pytest.mark.parametrize("how", ["grad", "value_and_grad", "vjp"])
def test_output_happens_once_and_in_order(
    how: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    x = np.array([1.0, 2.0])
    talking(x)
    want = capsys.readouterr().out
    with caplog.at_level(logging.INFO):
        if how == "vjp":
            _, pullback = s2sad.vjp(talking, x)
            pullback(1.0)
            pullback(2.0)
        else:
            getattr(s2sad, how)(talking)(x)
    assert capsys.readouterr().out == want == "0: 1.00\n1: 2.00\n"
    assert caplog.messages == ["total 5.0"]


def test_messages_are_made_where_they_are_needed() -> None:
    with pytest.raises(AssertionError, match=r"200.* is too large"):
        s2sad.grad(talking)(np.array([10.0, 10.0]))


def rejecting(x: Any) -> Any:
    for v in x:
        if v > 2.0:
            raise Rejected(2.0, "large")
    return np.sum(x * x)


def chained(x: Any) -> Any:
    try:
        y = 1.0 / x
    except ZeroDivisionError as error:
        raise Rejected(0.0) from error
    return y


def passed_on(x: Any) -> Any:
    try:
        if x < 0.0:
            raise Rejected(x)
    except Rejected:
        raise
    finally:
        LOGGER.info("done")
    return x * x


def test_exceptions_of_the_user() -> None:
    x = np.array([1.0, 3.0])
    with pytest.raises(Rejected) as caught:
        s2sad.grad(rejecting)(x)
    assert caught.value.limit == 2.0
    assert caught.value.args == (2.0, "large")
    assert list(s2sad.grad(rejecting)(x / 2.0)) == [1.0, 3.0]


def test_causes_stay() -> None:
    with pytest.raises(Rejected) as caught:
        s2sad.grad(chained)(0.0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert s2sad.grad(chained)(2.0) == -0.25


@pytest.mark.parametrize("x", [1.0, -1.0])
def test_finally_runs_once(x: float, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        if x > 0.0:
            assert s2sad.grad(passed_on)(x) == 2.0
        else:
            with pytest.raises(Rejected):
                s2sad.grad(passed_on)(x)
    assert caplog.messages == ["done"]


def test_managers_from_outside_are_entered_once() -> None:
    import threading

    lock = threading.Lock()

    def locked(x: Any) -> Any:
        with lock:
            y = x * x
        return np.sum(y)

    value, pullback = s2sad.vjp(locked, np.ones(2))
    assert value == 2.0
    assert not lock.locked()
    assert list(pullback(1.0)[0]) == [2.0, 2.0]

    def failing(x: Any) -> Any:
        with lock:
            y = np.linalg.inv(x)
        return np.sum(y)

    with pytest.raises(np.linalg.LinAlgError):
        s2sad.grad(failing)(np.zeros((2, 2)))
    assert not lock.locked()


def test_no_warning_under_errstate() -> None:
    def quiet(x: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.sum(np.sqrt(x))

    assert list(s2sad.grad(quiet)(np.array([0.0, 1.0]))) == [np.inf, 0.5]


def unread_element(x: Any) -> Any:
    y = x[7]
    y = x[0]
    return y * x[1]


def unread_before_a_raise(x: Any) -> Any:
    if x[0] > 0.0:
        y = np.zeros(2)
        y[0] = float(x[9])
        raise Rejected(1.0)
    return np.sum(x)


@pytest.mark.parametrize("function", [unread_element, unread_before_a_raise])
def test_what_nobody_reads_raises(function: Any) -> None:
    with pytest.raises(IndexError):
        s2sad.grad(function)(np.ones(3))


def raises_in_finally(x: Any) -> Any:
    try:
        if x[0] > 0.0:
            raise Rejected(1.0)
        y = x[1]
    finally:
        y = x[5]
    return y


def test_an_error_in_finally_comes_out() -> None:
    with pytest.raises(IndexError):
        s2sad.grad(raises_in_finally)(np.ones(3))


def ends_in_a_raise(x: Any) -> Any:
    if x[0] > 0.0:
        return x[0] * x[1]
    raise Rejected(1.0)


def test_a_function_that_ends_in_a_raise() -> None:
    assert list(s2sad.grad(ends_in_a_raise)(np.array([1.0, 2.0]))) == [2.0, 1.0]
    with pytest.raises(Rejected):
        s2sad.grad(ends_in_a_raise)(np.array([-1.0, 2.0]))


def pair_of(x: Any) -> Any:
    first, second = x
    return first * second


def around(x: Any) -> Any:
    first, *middle, last = x
    return first * last + sum(middle)


@pytest.mark.parametrize(("function", "length"), [(pair_of, 1), (pair_of, 3), (around, 1)])
def test_unpacking_another_number_of_values_raises(function: Any, length: int) -> None:
    with pytest.raises(ValueError, match="unpack"):
        function(np.ones(length))
    with pytest.raises(ValueError, match="unpack"):
        s2sad.grad(function)(np.ones(length))


def first_of_none(x: Any, wanted: bool) -> Any:
    found: list[Any] = []
    for v in x:
        if wanted:
            return found[0] * v
    return np.sum(x)


def test_error_on_a_path_raises_there_only() -> None:
    assert s2sad.grad(first_of_none)(np.ones(2), False).tolist() == [1.0, 1.0]
    with pytest.raises(IndexError):
        s2sad.grad(first_of_none)(np.ones(2), True)


def squares(x: Any) -> Any:
    return sum(v**2 for v in x)


def test_comments_of_generator_expressions_end_with_them() -> None:
    s2sad.grad(squares)(np.ones(2))
    page = s2sad.grad(squares).compiled_for(np.ones(2)).text
    assert "(v**2 for v in x)\n" in page

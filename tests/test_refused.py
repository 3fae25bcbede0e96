"""What is refused is refused with its code at its place, and the error says what to do."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.errors import CompileError, Diagnostic
from tests.oracles import trees
from tests.refused import Mark, Refused, load, marks

PROGRAMS = load()
BASES = {"S0": SyntaxError, "S1": NotImplementedError, "S2": NotImplementedError}
BASES |= {"S3": NotImplementedError, "S4": TypeError}


def attempt(program: Refused) -> CompileError:
    """The error of compiling a program."""
    args = program.make()
    before = trees.clone(args)
    with pytest.raises(CompileError) as caught:
        s2sad.grad(program.function, wrt=program.wrt)(*args)
    assert trees.same_bytes(before, args)
    return caught.value


def mark_of(diagnostic: Diagnostic) -> Mark:
    """Where a diagnostic points at; to the end of its first line, if it is longer."""
    assert diagnostic.origin is not None, diagnostic.message
    span, text = diagnostic.origin.span, diagnostic.origin.source.text.splitlines()
    end = span.end_column if span.end_line == span.line else len(text[span.line - 1].rstrip())
    return Mark(span.line, span.column, end, diagnostic.code)


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 40


@pytest.mark.parametrize("name", PROGRAMS)
def test_code_and_caret(name: str) -> None:
    program = PROGRAMS[name]
    wanted = marks(program.function)
    assert wanted, "the program carries no mark"
    error = attempt(program)
    assert sorted({mark_of(d) for d in error.diagnostics}) == wanted, str(error)


@pytest.mark.parametrize("name", PROGRAMS)
def test_report_is_useful(name: str) -> None:
    """The report quotes the line with carets under it, and gives help or a note."""
    error = attempt(PROGRAMS[name])
    for diagnostic in error.diagnostics:
        assert diagnostic.note or diagnostic.help, f"{diagnostic.code} only says what is wrong"
    text = str(error)
    for mark in marks(PROGRAMS[name].function):
        assert f"error[{mark.code}]" in text
        assert "^" * (mark.end_column - mark.column) in text
    assert not isinstance(error, AssertionError)


def square(x: Any) -> Any:
    return x * x


def total(x: Any, k: Any, y: Any) -> Any:
    return np.sum(x) * np.sum(y)


class JaxArray:
    """An array that is not NumPy's."""

    __module__ = "jaxlib.fake"
    shape = (3,)
    ndim = 1
    dtype = np.dtype(float)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.ones(3)

    def __array_namespace__(self) -> Any:
        return np


def returns_none(x: Any) -> None:
    x[0] = 1.0


def returns_array(x: Any) -> Any:
    return x * 2.0


def returns_tuple(x: Any) -> Any:
    return x * 2.0, x


def returns_integer(x: Any) -> Any:
    return int(x)


def writes_first(x: Any, y: Any) -> Any:
    x[0] = y[0] * 2.0
    return np.sum(x * y)


def matrix() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.matrix([[1.0]])


def without_source() -> Any:
    space: dict[str, Any] = {}
    exec("def made(x):\n    return x * x\n", space)
    return space["made"]


LINE = np.arange(6.0)
CALLS: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "integer array in wrt": (
        "S401",
        "'k'",
        lambda: s2sad.grad(total, wrt=1)(np.ones(2), np.arange(3), np.ones(2)),
    ),
    "integer in wrt": (
        "S401",
        "'k'",
        lambda: s2sad.grad(total, wrt="k")(np.ones(2), 3, np.ones(2)),
    ),
    "string in wrt": (
        "S401",
        "'y'",
        lambda: s2sad.grad(total, wrt=(0, 2))(np.ones(2), 1.0, "text"),
    ),
    "boolean in wrt": ("S401", "'x'", lambda: s2sad.grad(square)(True)),
    "list of different kinds": (
        "S405",
        "x holds elements of different types",
        lambda: s2sad.grad(total)([np.ones((2, 3)), (np.ones(3), 0.5)], 1.0, np.ones(2)),
    ),
    "none in wrt": ("S401", "'x'", lambda: s2sad.grad(square)(None)),
    "integer leaf of a container": (
        "S401",
        r"x\[1\]|x\[\*\]",
        lambda: s2sad.grad(lambda x: x[0] * x[1])((1.0, 2)),
    ),
    "result is an array": ("S402", r"\(3,\)", lambda: s2sad.grad(returns_array)(np.ones(3))),
    "result is a tuple": ("S402", "tuple", lambda: s2sad.grad(returns_tuple)(1.0)),
    "result is None": ("S402", "None", lambda: s2sad.grad(returns_none)(np.ones(3))),
    "result is an integer": ("S402", "int", lambda: s2sad.grad(returns_integer)(1.5)),
    "seed of another shape": (
        "S403",
        r"\(2,\).*\(3,\)",
        lambda: s2sad.vjp(returns_array, np.ones(3))[1](np.ones(2)),
    ),
    "complex seed": (
        "S403",
        "complex",
        lambda: s2sad.vjp(returns_array, np.ones(3))[1](np.ones(3) * 1j),
    ),
    "array of another library": ("S404", "x", lambda: s2sad.grad(square)(JaxArray())),
    "masked array": (
        "S404",
        "x",
        lambda: s2sad.grad(total)(np.ma.masked_array([1.0, 2.0]), 1, np.ones(2)),
    ),
    "matrix": ("S404", "x", lambda: s2sad.grad(total)(matrix(), 1, np.ones(2))),
    "object array": (
        "S404",
        "y",
        lambda: s2sad.grad(total)(np.ones(2), 1, np.array([1.0, None], dtype=object)),
    ),
    "structured array": (
        "S404",
        "k",
        lambda: s2sad.grad(total)(np.ones(2), np.zeros(2, dtype=[("a", float)]), np.ones(2)),
    ),
    "partial overlap": ("S304", "x.*y", lambda: s2sad.grad(writes_first)(LINE[:3], LINE[1:4])),
    "function made by exec": ("S001", "made", lambda: s2sad.grad(without_source())(1.0)),
}


@pytest.mark.parametrize("name", CALLS)
def test_call_is_refused(name: str) -> None:
    code, pattern, call = CALLS[name]
    with pytest.raises(CompileError, match=pattern) as caught:
        call()
    assert caught.value.codes == (code,)
    assert isinstance(caught.value, BASES[code[:2]])
    assert caught.value.diagnostics[0].help or caught.value.diagnostics[0].note


def test_arguments_alone_are_left_after_refusal() -> None:
    line = np.arange(6.0)
    with pytest.raises(NotImplementedError):
        s2sad.grad(writes_first)(line[:3], line[1:4])
    assert line.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def refused_only_where_reached(x: Any, mask: Any = None) -> Any:
    if mask is None:
        return x * x
    return np.nextafter(x, 2.0) * mask


def test_unreachable_code_is_no_error() -> None:
    assert s2sad.grad(refused_only_where_reached)(3.0) == 6.0
    with pytest.raises(NotImplementedError, match="S201"):
        s2sad.grad(refused_only_where_reached)(3.0, 2.0)

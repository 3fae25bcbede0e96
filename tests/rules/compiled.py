"""Drives rules through the compiler: one small function for each way that samples call a target.

`primals()` writes a module with all of those functions and imports it, since the compiler reads
source. `discrepancy(case)` compiles the function, checks the value bit for bit, the kind, shape
and dtype of each gradient, and returns how far they are from the derivative, in units of the
tolerance.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import s2sad
from s2sad.api import Gradient
from s2sad.dispatcher.sites import WIDEN_AFTER
from s2sad.rules import sequences
from s2sad.rules.names import page_name
from s2sad.rules.registry import Rule, Sample
from tests.oracles import trees
from tests.rules import harness

HEADER = """import math

import numpy as np
import scipy.linalg
import scipy.special

import s2sad.runtime.helpers
"""
OPERATORS: dict[Any, str] = {sequences.repeated: "*", sequences.joined: "+"}
LITERALS = (int, float, str, bool, type(None))


@dataclass(frozen=True, eq=False)
class Case:
    """A sample, as a call of one of the functions of the written module.

    name: of the function. values: its arguments. wrt: the positions to differentiate by.
    """

    label: str
    rule: Rule
    sample: Sample
    name: str
    text: str
    values: tuple[Any, ...]
    wrt: tuple[int, ...]

    @property
    def primal(self) -> Callable[..., Any]:
        return primals()[self.name]


# -- the text of the functions


def spelling(rule: Rule) -> str:
    """How a program writes the target."""
    target = rule.target
    known = page_name(target) or ""
    if known.startswith("scipy."):
        return known
    module = getattr(target, "__module__", None) or "numpy"
    if getattr(target, "__objclass__", None) is np.ndarray:
        return f"np.ndarray.{target.__name__}"
    name: str = target.__name__
    return f"{module.replace('numpy', 'np')}.{name}".removeprefix("builtins.")


def is_literal(value: Any) -> bool:
    """Whether an argument stands in the text: what says how, not what."""
    if isinstance(value, (tuple, list)):
        return all(is_literal(item) for item in value)
    return isinstance(value, (*LITERALS, type))


def literal(value: Any) -> str:
    if isinstance(value, type):
        return "float" if value is float else f"np.{value.__name__}"
    return f"float({str(value)!r})" if value in (math.inf, -math.inf) else repr(value)


def call_text(rule: Rule, sample: Sample) -> tuple[str, list[Any], list[int]]:
    """A call, the arguments that are parameters of the function, and their old positions."""
    written, values, positions = [], [], []

    def place(value: Any, position: int) -> str:
        if isinstance(value, list) and len({np.ndim(item) for item in value}) > 1:
            value = tuple(value)  # the elements of a list have one type
        if is_literal(value) and position not in sample.wrt:
            return literal(value)
        values.append(value)
        positions.append(position)
        return "abcdefgh"[len(values) - 1]

    written = [place(value, k) for k, value in enumerate(sample.args)]
    written += [f"{name}={place(value, -1)}" for name, value in sample.kwargs.items()]
    name = spelling(rule)
    if rule.target in OPERATORS:
        return f" {OPERATORS[rule.target]} ".join(written), values, positions
    if name.startswith("np.ndarray."):
        return f"a.{name[11:]}({', '.join(written[1:])})", values, positions
    return f"{name}({', '.join(written)})", values, positions


@functools.cache
def cases() -> tuple[Case, ...]:
    """Every sample of every rule, the ones with complex numbers included."""
    found, names = [], dict[str, str]()
    for rule in harness.active_rules():
        for number, sample in enumerate(harness.all_samples(rule)):
            call, values, positions = call_text(rule, sample)
            parameters = ", ".join("abcdefgh"[: len(values)])
            key = f"({parameters}):\n    return {call}\n"
            name = names.setdefault(key, f"primal_{len(names)}")
            wrt = tuple(k for k, old in enumerate(positions) if old in sample.wrt)
            label = f"{harness.label(rule)}[{number}]"
            found.append(Case(label, rule, sample, name, key, tuple(values), wrt))
    return tuple(found)


@functools.cache
def primals() -> dict[str, Callable[..., Any]]:
    """The functions of all cases, in a module of their own."""
    texts = {case.name: f"def {case.name}{case.text}" for case in cases()}
    return imported("\n\n".join([HEADER, *texts.values()]))


_folders: list[tempfile.TemporaryDirectory[str]] = []


def imported(text: str) -> dict[str, Any]:
    """The names of a module with this text."""
    _folders.append(tempfile.TemporaryDirectory(prefix="primals"))
    path = Path(_folders[-1].name) / "primals.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("primals", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


# -- checks


def discrepancy(case: Case, wide: bool = False) -> float:
    """The largest difference over the arguments in `wrt`, in units of the tolerance.
    wide: compiled for lengths of which nothing is known."""
    rng = np.random.default_rng(7)
    with np.errstate(all="ignore"):
        want = case.primal(*case.values)
        gradient = compiled_anew(case, wide)
        out, pullback = gradient(*case.values)
        assert_identical(out, want, "value")
        y_bar = harness.cotangent(want, rng)
        bars = pullback(y_bar)
        assert len(bars) == len(case.wrt)
        return max(
            _difference(case, k, bar, y_bar, rng) for k, bar in zip(case.wrt, bars, strict=True)
        )


def compiled_anew(case: Case, wide: bool = False) -> Gradient:
    """The pair of functions for a case, with nothing left of earlier compilations."""
    return anew(case.primal, "vjp", case.wrt, wide)


def anew(primal: Callable[..., Any], mode: str, wrt: tuple[int, ...], wide: bool) -> Gradient:
    site = Gradient(primal, mode, wrt)._site
    site.specialisations, site.factory = (), None
    site.made = WIDEN_AFTER + 1 if wide else 0
    return Gradient(primal, mode, wrt)


def _difference(case: Case, position: int, bar: Any, y_bar: Any, rng: np.random.Generator) -> float:
    assert_kind(bar, case.values[position], f"gradient by argument {position}")
    exact = harness.promoted(case.values)
    along = harness.direction(exact[position], rng)

    def along_line(step: complex) -> Any:
        args = harness.moved(exact, position, along, step)
        function = harness.WIDER.get(case.rule.target, case.primal)
        return harness.paired(y_bar, function(*args))

    analytic = not harness.is_complex(case.values)
    want, tolerance = harness.derivative(along_line, exact=analytic)
    got, scale = harness.contraction(bar, along)
    if harness.is_single(case.values):
        tolerance = harness.SINGLE_TOLERANCE
    if not np.isfinite(got):
        return np.inf
    return abs(got - want) / (tolerance * (1.0 + scale))


def assert_identical(got: Any, want: Any, what: str) -> None:
    """The same types, shapes, dtypes and bits."""
    for (_, g), (_, w) in pairs(got, want):
        assert type(g) is type(w), f"{what}: {type(g)} for {type(w)}"
        assert np.shape(g) == np.shape(w), f"{what}: shape {np.shape(g)} for {np.shape(w)}"
        assert np.asarray(g).dtype == np.asarray(w).dtype, f"{what}: dtype"
        assert np.asarray(g).tobytes() == np.asarray(w).tobytes(), f"{what}: {g} for {w}"


def assert_kind(got: Any, argument: Any, what: str) -> None:
    """The kind, the shape and the dtype of the argument."""
    for (path, g), (_, a) in pairs(got, argument):
        assert type(g) is type(a), f"{what}{path}: {type(g)} for {type(a)}"
        assert np.shape(g) == np.shape(a), f"{what}{path}: {np.shape(g)} for {np.shape(a)}"
        if isinstance(a, (np.ndarray, np.generic)):
            assert g.dtype == a.dtype, f"{what}{path}: {g.dtype} for {a.dtype}"


def pairs(got: Any, want: Any) -> Iterator[tuple[tuple[str, Any], tuple[str, Any]]]:
    rows = list(trees.leaves(got)), list(trees.leaves(want))
    assert [path for path, _ in rows[0]] == [path for path, _ in rows[1]]
    yield from zip(*rows, strict=True)


# -- tangents


def tangent_discrepancy(case: Case) -> float:
    """The largest difference between a cotangent's product with the tangent of the result, and
    the pullback's with the tangents of the arguments, in units of the tolerance: for all
    arguments together, and for each by itself."""
    rng = np.random.default_rng(11)
    with np.errstate(all="ignore"):
        out, pullback = compiled_anew(case)(*case.values)
        y_bar = harness.cotangent(out, rng)
        bars = dict(zip(case.wrt, pullback(y_bar), strict=True))
        along = {k: harness.direction(case.values[k], rng) for k in case.wrt}
        alone = [(k,) for k in case.wrt] if len(case.wrt) > 1 else []
        return max(_tangent(case, moving, along, bars, y_bar) for moving in (case.wrt, *alone))


def _tangent(
    case: Case, moving: tuple[int, ...], along: dict[int, Any], bars: dict[int, Any], y_bar: Any
) -> float:
    pushforward = anew(case.primal, "jvp", moving, False)(*case.values)
    out, out_dot = pushforward(*(along[k] for k in moving))
    assert_identical(out, case.primal(*case.values), "value")
    for (path, dot), (_, value) in pairs(out_dot, out):
        if trees.is_float(value):
            assert_kind(dot, value, f"tangent{path}")
    got, scale = harness.contraction(out_dot, y_bar)
    want = sum(harness.contraction(bars[k], along[k])[0] for k in moving)
    tolerance = harness.SINGLE_TOLERANCE if harness.is_single(case.values) else 1e-10
    return abs(got - want) / (tolerance * (1.0 + scale)) if np.isfinite(got) else np.inf


# -- second order


@functools.cache
def squares() -> dict[str, Callable[..., Any]]:
    """For each function of a number or an array, the weighted sum of its squares."""
    texts = dict[str, str]()
    for case in cases():
        parameters, body = case.text.split("):\n    return ")
        total = f"    y = {body.rstrip()}\n    return np.sum(weights * y * y)\n"
        texts[case.name] = f"def {case.name}{parameters}, weights):\n{total}"
    return imported("\n\n".join([HEADER, *texts.values()]))


def has_second_order(case: Case) -> bool:
    """Whether the result is one float or array of floats in double precision."""
    if harness.is_complex(case.values) or harness.is_single(case.values):
        return False
    with np.errstate(all="ignore"):
        y = case.primal(*case.values)
    return trees.is_float(y) and not np.iscomplexobj(y)


def second_discrepancy(case: Case) -> float:
    """As `discrepancy`, for the derivative of the gradient by the first argument in `wrt`."""
    rng = np.random.default_rng(9)
    square = squares()[case.name]
    with np.errstate(all="ignore"):
        weights = rng.uniform(0.5, 1.5, size=np.shape(case.primal(*case.values)))
        first = s2sad.grad(square, wrt=case.wrt[0])
        values = (*case.values, weights)
        gradient, pullback = s2sad.vjp(first, *values, wrt=case.wrt)
        assert_close(gradient, first(*values))
        y_bar = harness.cotangent(gradient, rng)
        bars = zip(case.wrt, pullback(y_bar), strict=True)
        return max(_second(case, first, values, k, bar, y_bar, rng) for k, bar in bars)


def assert_close(got: Any, want: Any) -> None:
    for (_, g), (_, w) in pairs(got, want):
        np.testing.assert_allclose(g, w, rtol=1e-12, atol=1e-12)


def _second(
    case: Case,
    first: Callable[..., Any],
    values: tuple[Any, ...],
    position: int,
    bar: Any,
    y_bar: Any,
    rng: np.random.Generator,
) -> float:
    assert_kind(bar, values[position], f"second derivative by argument {position}")
    along = harness.direction(values[position], rng)

    def along_line(step: complex) -> Any:
        return harness.paired(y_bar, first(*harness.moved(values, position, along, step)))

    want, tolerance = harness.derivative(along_line, exact=False)
    got, scale = harness.contraction(bar, along)
    return abs(got - want) / (100.0 * tolerance * (1.0 + scale)) if np.isfinite(got) else np.inf

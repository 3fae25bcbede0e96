"""Functions of the page: which are called, how pairs print, what they save, and that they can be
differentiated again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.frontend.calls import choice, inline
from s2sad.frontend.state.context import CALLED, INLINED
from s2sad.frontend.state.values import Closure
from tests.corpus import load
from tests.corpus.pairs import butterflies, dense, grown
from tests.identities import check_gradient
from tests.oracles import dual

PROGRAMS = load()
VECTOR = np.array([0.3, -0.4, 1.2, 0.7, 0.1])


def page(function: Callable[..., Any], *args: Any, wrt: Any = 0) -> str:
    """The page of a value and gradient."""
    return s2sad.source(s2sad.value_and_grad(function, wrt=wrt), *args)


def defined(text: str) -> list[str]:
    """The functions of a page."""
    return [re.sub(r"_\d+", "", name) for name in re.findall(r"^def (\w+)", text, re.MULTILINE)]


def body(text: str, name: str) -> str:
    """The text of one function of a page."""
    return next(part for part in re.split(r"\n\n\n", text) if part.startswith(f"def {name}("))


# -- which functions are called


def twice(x: Any, w: Any) -> Any:
    return np.sum(dense(dense(x, w, 0.1), w, 0.2))


def often(x: Any, w: Any) -> Any:
    for _ in range(2):
        x = dense(dense(dense(x, w, 0.1), w, 0.2), w, 0.3)
    return np.sum(dense(x, w, 0.4))


def test_large_functions_that_are_called_again_are_functions_of_the_page() -> None:
    x, w = np.ones((2, 3)), np.eye(3)
    assert defined(page(twice, x, w)) == ["twice_adjoint"]
    assert defined(page(often, x, w)) == ["often_adjoint", "dense_forward", "dense_reverse"]


def test_trips_of_a_loop_are_no_copies() -> None:
    def loop(x: Any, w: Any) -> Any:
        for _ in range(50):
            x = dense(x, w, 0.1)
        return np.sum(x)

    assert defined(page(loop, np.ones((2, 3)), np.eye(3))) == ["loop_adjoint"]


# -- how a pair prints


def test_a_recursion_that_writes_views() -> None:
    def run(x: Any) -> Any:
        u = x * 2.0
        butterflies(u)
        return np.sum(u * u)

    text = page(run, VECTOR)
    assert "    butterflies_saved = butterflies_forward(u)\n" in text
    assert "    butterflies_reverse(u, butterflies_saved, u_bar)\n" in text
    reverse = body(text, "butterflies_reverse")
    assert "butterflies_reverse(x[h:], butterflies_saved, x_bar[h:])" in reverse
    assert ".copy()" not in text
    assert "return" not in reverse


def test_nothing_saved_means_no_forward_function() -> None:
    def linear(x: Any) -> Any:
        y = x * 1.0
        return np.sum(grown(y, 3))

    text = page(linear, VECTOR)
    assert defined(text) == ["linear_adjoint", "grown", "grown_reverse"]


def test_an_element_costs_an_element() -> None:
    """The reverse function adds to the cotangent that it is given."""

    def pick(x: Any, k: int) -> Any:
        return 0.0 if k == 0 else x[k] * x[k - 1] + pick(x, k - 1)

    def run(x: Any) -> Any:
        return pick(x, 4)

    reverse = body(page(run, VECTOR), "pick_reverse")
    assert "zeros" not in reverse
    assert reverse.count("x_bar[") == 2


# -- values, with every function called


def everything_called(ctx: Any, callee: Closure) -> str | None:
    """Calls whatever can be called."""
    if ctx.sweep == "reverse":
        return None
    plan = ctx.shared.plan(callee)
    return CALLED if plan is None else (None if plan == INLINED else plan)


CALLING = [
    name
    for name, program in PROGRAMS.items()
    if program.scalar and name.split(".")[0] in ("calls", "closures", "writes", "classes")
]


@pytest.mark.parametrize("name", CALLING[::3])
def test_every_function_can_be_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inline, "plan_of", everything_called)
    program = PROGRAMS[name]
    args = program.args()
    check_gradient(program.function, args, program.positions(args))


RECURSIVE = [name for name in PROGRAMS if name.startswith("pairs.")]


@pytest.mark.parametrize("name", [n for n in RECURSIVE if "mask" not in n])
def test_second_derivatives_of_pairs(name: str) -> None:
    """Against differences of the first ones."""
    program = PROGRAMS[name]
    args = program.args()
    first = s2sad.grad(program.function)
    along = np.random.default_rng(3).normal(size=np.shape(args[0]))

    def at(step: float) -> Any:
        return np.asarray(first(args[0] + step * along, *args[1:]))

    seed: Any = along if np.ndim(args[0]) else float(along)
    _, pullback = s2sad.vjp(first, *args, wrt=0)
    (found,) = pullback(seed)
    e = 3e-5
    wanted = (8.0 * (at(e) - at(-e)) - (at(2 * e) - at(-2 * e))) / (12.0 * e)
    assert np.allclose(found, wanted, rtol=1e-5, atol=1e-5 * (1.0 + np.max(np.abs(wanted))))


@pytest.mark.parametrize("name", RECURSIVE)
def test_pullbacks_can_be_called_again(name: str) -> None:
    program = PROGRAMS[name]
    args = program.args()
    wrt = program.positions(args)
    _, pullback = s2sad.vjp(program.function, *args, wrt=wrt)
    wanted = dual.gradient(program.function, args, wrt)
    for _ in range(2):
        for found, right in zip(pullback(1.0), wanted, strict=True):
            assert np.allclose(found, right, rtol=1e-9, atol=1e-9)


def test_inlined_or_called_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = np.random.default_rng(0).normal(size=(2, 3)), np.eye(3)
    called = s2sad.grad(often, wrt=(0, 1))(x, w)
    monkeypatch.setattr(choice, "REPEATED", 10**9)
    inlined = s2sad.grad(lambda x, w: often(x, w), wrt=(0, 1))(x, w)
    for one, other in zip(called, inlined, strict=True):
        assert np.allclose(one, other, rtol=1e-13)

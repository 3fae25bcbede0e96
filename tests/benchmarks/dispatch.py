"""What a call costs besides the page: guards, defaults, projections, pullbacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import s2sad

Action = Callable[[], object]


@dataclass(frozen=True)
class Dispatch:
    """A call as users make it, and the call of the page that it comes down to."""

    name: str
    call: Action
    page: Action


def product(x: Any, y: Any = 2.0) -> Any:
    return x * y


def inner(x: Any, y: Any) -> Any:
    return np.sum(x * y)


def total(arrays: Any) -> Any:
    s = 0.0
    for array in arrays:
        s = s + array[0]
    return s


def some(parts: Any) -> Any:
    return parts["a0"][0] * parts["a1"][0]


class Line:
    """An object with a slope."""

    def __init__(self) -> None:
        self.slope = 2.0

    def at(self, x: float) -> float:
        return self.slope * x

    @s2sad.grad
    def derivative(self, x: float) -> float:
        return self.slope * x


def page_of(gradient: Any, *args: Any) -> Callable[..., Any]:
    """The page for these arguments, as a function."""
    gradient(*args)
    page: Callable[..., Any] = gradient._site.specialisations[-1].functions[0]
    return page


def against_page(name: str, gradient: Any, *args: Any) -> Dispatch:
    page = page_of(gradient, *args)
    return Dispatch(name, lambda: gradient(*args), lambda: page(*args))


def found() -> list[Dispatch]:
    """The ways of calling."""
    array, line, number = np.ones(3), Line(), s2sad.grad(product)
    page, method = page_of(number, 1.0, 2.0), page_of(s2sad.grad(line.at), 1.0)
    many = {f"a{k}": np.ones(3) for k in range(20)}
    _, pullback = s2sad.vjp(product, 1.0, 2.0)
    both = page_of(s2sad.grad(product, wrt=(0, 1)), 1.0, 2.0)
    return [
        against_page("two numbers", number, 1.0, 2.0),
        Dispatch("by keyword", lambda: number(x=1.0, y=2.0), lambda: page(1.0, 2.0)),
        Dispatch("a default", lambda: number(1.0), lambda: page(1.0, 2.0)),
        against_page("two arrays", s2sad.grad(inner), array, array),
        against_page("a list of 20 arrays", s2sad.grad(total), [np.ones(3)] * 20),
        against_page("a dict of 20 arrays", s2sad.grad(some), many),
        Dispatch("a method", lambda: line.derivative(1.0), lambda: method(line, 1.0)),
        Dispatch("grad made anew", lambda: s2sad.grad(product)(1.0), lambda: page(1.0, 2.0)),
        Dispatch("vjp", lambda: s2sad.vjp(product, 1.0, 2.0), lambda: product(1.0, 2.0)),
        Dispatch("a pullback", lambda: pullback(1.0), lambda: both(1.0, 2.0)),
    ]

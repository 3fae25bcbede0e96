"""Programs that write in place: one for each kind of write, view and alias, and solvers.

    @program("Views", "a write through a transpose", lambda r: (r.normal(3, 3),))
    def through_transpose(m): ...

docs/in_place.py runs each of them with s2sad and with other libraries, and writes a page of it.
The programs use what they are given and `np`, which the script replaces.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.corpus import Inputs, active

F = TypeVar("F", bound=Callable[..., Any])
Maker = Callable[[Inputs], tuple[Any, ...]]


@dataclass(frozen=True)
class InPlace:
    """A program, under which heading of the page it stands, and what it shows."""

    name: str
    group: str
    idea: str
    function: Callable[..., Any]
    make: Maker

    def args(self) -> tuple[Any, ...]:
        """Fresh inputs."""
        return self.make(Inputs(0))

    def wrt(self) -> tuple[int, ...]:
        """The arguments to differentiate: all of floats."""
        return tuple(k for k, argument in enumerate(self.args()) if active(argument))


PROGRAMS: dict[str, InPlace] = {}


def program(group: str, idea: str, make: Maker) -> Callable[[F], F]:
    """Registers a function as a program of the table."""

    def register(function: F) -> F:
        name = function.__name__
        if name in PROGRAMS:
            raise ValueError(f"two programs are named {name}")
        PROGRAMS[name] = InPlace(name, group, idea, function, make)
        return function

    return register


def load() -> dict[str, InPlace]:
    """All programs, in the order of the page."""
    for module in ("writes", "views", "aliases", "solvers"):
        importlib.import_module(f"{__name__}.{module}")
    return PROGRAMS

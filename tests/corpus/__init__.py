"""The corpus: small programs with one idea each, written as authors of NumPy code write them.

    @program(lambda r, n: (r.normal(n), 0.3), lengths=(0, 1, 2))
    def name(x, k): ...

The maker gets a source of random inputs and a length. What a program declares:

lengths: the lengths besides the usual one with which it makes sense.
wrt: the arguments to differentiate; by default all whose leaves are all floats.
analytic: the complex step works on it.
writes: it writes its arguments, so that read-only ones are NumPy's own error.
single: it makes sense in float32 (it iterates to no tolerance).
rough: it has a kink nearby, where differences cannot tell.
scalar: it returns one number.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from tests.oracles import trees

F = TypeVar("F", bound=Callable[..., Any])
LENGTH = 5


class Inputs:
    """Random inputs of the kinds that programs want, away from singular points."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def normal(self, *shape: int) -> Any:
        """Standard normal numbers."""
        return self.rng.normal(size=shape)

    def positive(self, *shape: int) -> Any:
        """Numbers from 0.5 to 2."""
        return self.rng.uniform(0.5, 2.0, size=shape)

    def unit(self, *shape: int) -> Any:
        """Numbers from -0.8 to 0.8, none near zero."""
        return self.rng.uniform(0.1, 0.8, size=shape) * self.rng.choice([-1.0, 1.0], size=shape)

    def number(self, low: float = 0.5, high: float = 2.0) -> float:
        """A Python float."""
        return float(self.rng.uniform(low, high))

    def definite(self, n: int) -> Any:
        """A symmetric positive definite matrix, well conditioned."""
        m = self.rng.normal(size=(n, n))
        return m @ m.T + (n + 1.0) * np.eye(n)

    def dominant(self, n: int) -> Any:
        """A matrix that needs no pivoting."""
        return self.rng.normal(size=(n, n)) + (n + 2.0) * np.eye(n)


@dataclass(frozen=True)
class Program:
    """A function, the maker of its inputs, and what may be varied."""

    name: str
    function: Callable[..., Any]
    make: Callable[[Inputs, int], tuple[Any, ...]]
    lengths: tuple[int, ...]
    wrt: tuple[int, ...] | None
    analytic: bool
    writes: bool
    single: bool
    rough: bool
    scalar: bool

    def args(self, seed: int = 0, n: int = LENGTH) -> tuple[Any, ...]:
        """Fresh inputs."""
        return self.make(Inputs(seed), n)

    def positions(self, args: tuple[Any, ...]) -> tuple[int, ...]:
        """The arguments to differentiate."""
        return (
            self.wrt if self.wrt is not None else tuple(k for k, a in enumerate(args) if active(a))
        )


def active(argument: Any) -> bool:
    """Whether every leaf of an argument is a float."""
    found = [trees.is_float(leaf) for _, leaf in trees.leaves(argument)]
    return bool(found) and all(found)


PROGRAMS: dict[str, Program] = {}


def program(
    make: Callable[[Inputs, int], tuple[Any, ...]],
    *,
    lengths: tuple[int, ...] = (),
    wrt: tuple[int, ...] | None = None,
    analytic: bool = False,
    writes: bool = False,
    single: bool = True,
    rough: bool = False,
    scalar: bool = True,
) -> Callable[[F], F]:
    """Registers a function as a program of the corpus."""

    def register(function: F) -> F:
        topic = function.__module__.rpartition(".")[2]
        name = f"{topic}.{function.__qualname__}"
        if name in PROGRAMS:
            raise ValueError(f"two programs are named {name}")
        PROGRAMS[name] = Program(
            name, function, make, lengths, wrt, analytic, writes, single, rough, scalar
        )
        return function

    return register


def load() -> dict[str, Program]:
    """All programs, by name, in the order of the files."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        if not module.startswith("_"):
            importlib.import_module(f"{__name__}.{module}")
    return PROGRAMS

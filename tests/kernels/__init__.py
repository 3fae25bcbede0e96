"""Kernels of scientific computing, in place as their authors write them, one family a module.

    @kernel(
        small=lambda r: (r.normal(6), 4),
        large=lambda r: (r.normal(10_000), 100),
        huge=lambda r: (r.normal(1_000_000), 10),
        origin="PolyBench: jacobi-1d",
    )
    def jacobi_1d(a, steps): ...

Each is written here from its mathematics. The makers get a source of random inputs.

small: arguments for the tests of values, few enough for a dual-number run of each number.
large: arguments for the measurements of time and memory, whose arrays stay in the caches.
huge: others, whose arrays don't; of kernels that go element by element, more elements.
origin: where the kernel is known from.
wrt: the arguments to differentiate; by default all whose leaves are all floats.
rough: it has kinks, where differences cannot tell.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.corpus import Inputs, active

F = TypeVar("F", bound=Callable[..., Any])
Maker = Callable[[Inputs], tuple[Any, ...]]


@dataclass(frozen=True)
class Kernel:
    """A function, the makers of its inputs, and where it is known from."""

    name: str
    function: Callable[..., Any]
    small: Maker
    large: Maker
    huge: Maker
    origin: str
    chosen: tuple[int, ...] | None
    rough: bool

    def args(self, seed: int = 0) -> tuple[Any, ...]:
        """Fresh inputs for tests."""
        return self.small(Inputs(seed))

    def large_args(self, seed: int = 0) -> tuple[Any, ...]:
        """Fresh inputs for measurements."""
        return self.large(Inputs(seed))

    def huge_args(self, seed: int = 0) -> tuple[Any, ...]:
        """Fresh inputs for measurements beyond the caches."""
        return self.huge(Inputs(seed))

    def wrt(self) -> tuple[int, ...]:
        """The positions to differentiate."""
        if self.chosen is not None:
            return self.chosen
        return tuple(k for k, argument in enumerate(self.args()) if active(argument))


KERNELS: dict[str, Kernel] = {}


def kernel(
    *,
    small: Maker,
    large: Maker,
    huge: Maker,
    origin: str,
    wrt: tuple[int, ...] | None = None,
    rough: bool = False,
) -> Callable[[F], F]:
    """Registers a function as a kernel."""

    def register(function: F) -> F:
        name = function.__name__
        if name in KERNELS:
            raise ValueError(f"two kernels are named {name}")
        KERNELS[name] = Kernel(name, function, small, large, huge, origin, wrt, rough)
        return function

    return register


def load() -> dict[str, Kernel]:
    """All kernels, by name, in the order of the files."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
    return KERNELS

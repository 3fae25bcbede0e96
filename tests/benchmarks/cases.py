"""The golden programs at a small size and at one where arrays dominate, and two for autograd."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Function = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A program, the adjoint written by hand, and arguments. wrt: as `value_and_grad` takes it."""

    name: str
    primal: Function
    adjoint: Function
    args: tuple[Any, ...]
    wrt: tuple[int, ...]


def normal(*shape: int) -> Any:
    return np.random.default_rng(1).normal(size=shape)


def definite(n: int) -> Any:
    return np.eye(n) * n + normal(n, n) * 0.1


def mlp_args(batch: int, width: int) -> tuple[Any, ...]:
    shapes = [(width, width), (width,), (width, width), (width,), (batch, width), (batch, width)]
    return tuple(normal(*shape) * 0.1 for shape in shapes)


def layer_args(batch: int, width: int) -> tuple[Any, ...]:
    layers = [(normal(width, width) * 0.1, normal(width)) for _ in range(3)]
    return layers, normal(batch, width)


LARGE: dict[str, Callable[[int], tuple[Any, ...]]] = {
    "mlp": lambda n: mlp_args(max(n // 1000, 2), max(n // 1000, 2)),
    "search": lambda n: (0.8, np.full(max(n // 100, 2), 0.01), 1e9),
    "heat": lambda n: (normal(n), 20, 0.1, normal(n)),
    "wave": lambda n: (normal(n) * 0.1, 20, 0.3),
    "logdet": lambda n: (definite(max(n // 4000, 2)),),
    "layers": lambda n: layer_args(max(n // 1000, 2), max(n // 1000, 2)),
}
NAMES = ("straight", "branch", "newton", "search", "mlp", "layers", "heat", "wave", "logdet")


def case(name: str, args: tuple[Any, ...] | None = None) -> Case:
    """A golden program with its own arguments, or others."""
    module = importlib.import_module(f"tests.golden.{name}")
    wrt = tuple(getattr(module, "WRT", range(len(module.ARGS))))
    primal, adjoint = getattr(module, name), getattr(module, f"{name}_adjoint")
    return Case(name, primal, adjoint, module.ARGS if args is None else args, wrt)


def small() -> list[Case]:
    """All golden programs as they come."""
    return [case(name) for name in NAMES]


def large(elements: int) -> list[Case]:
    """Those with arrays, at a size where arrays dominate."""
    return [case(name, LARGE[name](elements)) for name in NAMES if name in LARGE]


def logistic(x: float, r: float, steps: int) -> float:
    """A loop over scalars."""
    for _ in range(steps):
        x = r * x * (1.0 - x)
    return x


def perceptron(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, np: Any = np) -> Any:
    """A network with 16 units, batch 1."""
    return np.sum(np.tanh(x @ w1 + b1) @ w2 + b2)


def perceptron_args() -> tuple[Any, ...]:
    return tuple(normal(*shape) for shape in [(16, 16), (16,), (16, 4), (4,), (1, 16)])


def element_writes(u: Any, steps: int) -> Any:
    """A write of one element in each step, on an array that may be large."""
    u = u.copy()
    for i in range(steps):
        u[i % 10] = np.sin(u[i % 10]) * u[(i + 3) % 10]
    return u[2] + u[7]

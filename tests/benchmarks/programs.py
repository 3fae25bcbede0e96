"""Texts of long programs of several shapes, to see what compiling costs and how it grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

SCALARS = ("a = a * b + 0.1", "b = np.sin(a) + b", "a = np.tanh(a) - 0.5 * b", "b = b * 0.9")
SLICES = ("x[1:] -= 0.1 * x[:-1]", "x[:-1] *= x[1:]", "x[2:] = x[:-2] * x[2:]")
NESTED = (
    "if a > 0.3:", "    b = b * a", "    if b > 0.5:", "        a = np.sin(a)",
    "        if a > b:", "            b = b + a * a", "    else:", "        a = a - b",
    "else:", "    b = a + 0.3",
)  # fmt: skip
HELPERS = "def h(u, v):\n    w = u * v\n    return w + 0.1\n\n\n"
Text = Callable[[int], list[str]]


def cycled(lines: tuple[str, ...]) -> Text:
    """So many lines, over and over."""
    return lambda count: [lines[k % len(lines)] for k in range(count)]


def writes(count: int) -> list[str]:
    """Writes of elements of one array."""
    return [f"x[{k % 7}] = np.sin(x[{(k + 3) % 7}]) * 0.9" for k in range(count)]


def branches(count: int) -> list[str]:
    """Whole nests of branches."""
    return list(NESTED) * max(1, count // len(NESTED))


def loop_body(count: int) -> list[str]:
    """One loop with a long body."""
    return ["for i in range(3):", *(f"    {line}" for line in cycled(SCALARS)(count - 1))]


def loops(count: int) -> list[str]:
    """Loops one after another."""
    return ["for i in range(3):", "    a = a * b + 0.01"] * max(1, count // 2)


def names(count: int) -> list[str]:
    """Each statement has a variable of its own."""
    return ["v0 = a", *(f"v{k} = np.sin(v{k - 1}) * v{max(k - 7, 0)}" for k in range(1, count))]


ARRAY = (np.linspace(0.1, 1.0, 8),)
NUMBERS = (0.3, 0.2)
# For each shape: the parameters, the body, what is returned, and arguments.
SHAPES: dict[str, tuple[str, Text, str, tuple[Any, ...]]] = {
    "numbers": ("a, b", cycled(SCALARS), "a + b", NUMBERS),
    "arrays": ("a, b", cycled(SCALARS), "np.sum(a + b)", ARRAY * 2),
    "writes of elements": ("x", writes, "np.sum(x)", ARRAY),
    "writes of slices": ("x", cycled(SLICES), "np.sum(x)", ARRAY),
    "branches in branches": ("a, b", branches, "a * b", NUMBERS),
    "a long loop": ("a, b", loop_body, "a + b", NUMBERS),
    "many loops": ("a, b", loops, "a * b", NUMBERS),
    "calls of a helper": ("a, b", cycled(("a = h(a, b)",)), "a * b", NUMBERS),
    "many names": ("a, b", names, "v7 * b", NUMBERS),
}


def text_of(shape: str, statements: int) -> str:
    """A module with a function `long` of about so many statements."""
    parameters, body, result, _ = SHAPES[shape]
    lines = [*(["x = x.copy()"] if parameters == "x" else []), *body(max(statements - 2, 9))]
    inner = "".join(f"    {line}\n" for line in lines)
    return f"import numpy as np\n\n\n{HELPERS}def long({parameters}):\n{inner}    return {result}\n"

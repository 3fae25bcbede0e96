"""Stand-ins for functions of `math` and Python that take or give several numbers."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterable
from typing import Any

from tests.oracles.number import Dual, as_dual, pair, plain, tangents


def _slopes(values: Iterable[Any]) -> list[float]:
    return [float(tangents(as_dual(v))) if isinstance(v, Dual) else 0.0 for v in values]


def _combined(value: Any, values: list[Any], partials: list[float]) -> Any:
    """A number with the sum of partials times slopes; without slopes it stays plain."""
    if not any(isinstance(v, Dual) for v in values):
        return value
    terms = zip(partials, _slopes(values), strict=True)
    return pair(value, sum(p * s for p, s in terms))


def hypot(*values: Any) -> Any:
    numbers = [float(plain(v)) for v in values]
    length = math.hypot(*numbers)
    return _combined(length, list(values), [v / length if length else 0.0 for v in numbers])


def dist(p: Any, q: Any) -> Any:
    values = [*p, *q]
    numbers = [float(plain(v)) for v in values]
    count = len(numbers) // 2
    length = math.dist(numbers[:count], numbers[count:])
    steps = [(a - b) / length for a, b in zip(numbers[:count], numbers[count:], strict=True)]
    return _combined(length, values, [*steps, *(-s for s in steps)])


def fsum(values: Iterable[Any]) -> Any:
    items = list(values)
    return _combined(math.fsum(plain(v) for v in items), items, [1.0] * len(items))


def prod(values: Iterable[Any], *, start: Any = 1) -> Any:
    items = list(values)
    numbers = [plain(v) for v in items]
    others = [math.prod(numbers[:k] + numbers[k + 1 :]) * start for k in range(len(numbers))]
    return _combined(math.prod(numbers, start=start), items, others)


def log(x: Any, *base: Any) -> Any:
    value, numbers = math.log(plain(x), *map(plain, base)), [float(plain(v)) for v in (x, *base)]
    if not base:
        return _combined(value, [x], [1.0 / numbers[0]])
    scale = math.log(numbers[1])
    return _combined(value, [x, *base], [1.0 / (numbers[0] * scale), -value / numbers[1] / scale])


def remainder(x: Any, y: Any) -> Any:
    a, b = float(plain(x)), float(plain(y))
    value = math.remainder(a, b)
    return _combined(value, [x, y], [1.0, -round((a - value) / b)])


def modf(x: Any) -> Any:
    fraction, whole = math.modf(plain(x))
    return _combined(fraction, [x], [1.0]), whole


def ldexp(x: Any, k: int) -> Any:
    return _combined(math.ldexp(plain(x), k), [x], [math.ldexp(1.0, k)])


def divided(x: Any, y: Any) -> Any:
    if not isinstance(x, Dual) and not isinstance(y, Dual):
        return builtins.divmod(x, y)
    quotient, rest = builtins.divmod(plain(x), plain(y))
    return quotient, _combined(rest, [x, y], [1.0, -float(quotient)])


MATH: dict[str, Callable[..., Any]] = {
    "hypot": hypot, "dist": dist, "fsum": fsum, "prod": prod, "log": log,
    "remainder": remainder, "modf": modf, "ldexp": ldexp,
}  # fmt: skip

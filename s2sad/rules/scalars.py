"""Rules of `math.*` and of Python's built-in functions.

Formulas are plain Python, and stay plain Python on the page. Where the function itself raises
(`math.log(0.0)`), its partial may; elsewhere `quotient` gives inf where `/` would raise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.facts import quotient
from s2sad.rules.registry import Sample, adjoint, elementwise, linear, nondifferentiable, tangent
from s2sad.rules.samplers import drawn, scalars

ANY = (-2.0, 2.0)
POSITIVE = (0.2, 3.0)
UNIT = (-0.9, 0.9)
LOWER = (-2.0, -0.5)
UPPER = (0.5, 2.0)


# -- powers, exponentials, logarithms


@elementwise(math.pow, singular=True, samples=scalars(POSITIVE, ANY))
def power(y: Any, x1: Any, x2: Any) -> Any:
    """Constant where the exponent is 0, and 0.0 ** x2 is constant where x2 > 0."""
    n = x2 - 1.0 if x2 != 0.0 else 1.0
    base = x1 if x1 != 0.0 else 1.0
    return x2 * np.power(x1, n), y * np.log(base)


@elementwise(math.exp, singular=True, samples=scalars(ANY))
def exp(y: Any, x: Any) -> Any:
    return y


@elementwise(math.exp2, singular=True, samples=scalars(ANY))
def exp2(y: Any, x: Any) -> Any:
    return y * math.log(2.0)


@elementwise(math.expm1, singular=True, samples=scalars(ANY))
def expm1(y: Any, x: Any) -> Any:
    return np.exp(x)


@elementwise(math.log, singular=True, samples=scalars(POSITIVE, (1.5, 3.0)))
def log(y: Any, x: Any, base: Any = None) -> Any:
    if base is None:
        return 1.0 / x
    scale = math.log(base)
    return 1.0 / (x * scale), -y / (base * scale)


@elementwise(math.log2, singular=True, samples=scalars(POSITIVE))
def log2(y: Any, x: Any) -> Any:
    return 1.0 / (x * math.log(2.0))


@elementwise(math.log10, singular=True, samples=scalars(POSITIVE))
def log10(y: Any, x: Any) -> Any:
    return 1.0 / (x * math.log(10.0))


@elementwise(math.log1p, singular=True, samples=scalars(UNIT))
def log1p(y: Any, x: Any) -> Any:
    return 1.0 / (1.0 + x)


@elementwise(math.sqrt, singular=True, samples=scalars(POSITIVE))
def sqrt(y: Any, x: Any) -> Any:
    return quotient(0.5, y)


@elementwise(math.cbrt, singular=True, samples=scalars(LOWER))
def cbrt(y: Any, x: Any) -> Any:
    return quotient(1.0, 3.0 * y * y)


# -- trigonometric and hyperbolic functions


@elementwise(math.sin, samples=scalars(ANY))
def sin(y: Any, x: Any) -> Any:
    return math.cos(x)


@elementwise(math.cos, samples=scalars(ANY))
def cos(y: Any, x: Any) -> Any:
    return -math.sin(x)


@elementwise(math.tan, singular=True, samples=scalars(UNIT))
def tan(y: Any, x: Any) -> Any:
    return 1.0 + y * y


@elementwise(math.asin, singular=True, samples=scalars(UNIT))
def asin(y: Any, x: Any) -> Any:
    return quotient(1.0, math.sqrt((1.0 - x) * (1.0 + x)))


@elementwise(math.acos, singular=True, samples=scalars(UNIT))
def acos(y: Any, x: Any) -> Any:
    return quotient(-1.0, math.sqrt((1.0 - x) * (1.0 + x)))


@elementwise(math.atan, samples=scalars(ANY))
def atan(y: Any, x: Any) -> Any:
    return 1.0 / (1.0 + x * x)


@elementwise(math.atan2, singular=True, samples=scalars(POSITIVE, ANY))
def atan2(y: Any, x1: Any, x2: Any) -> Any:
    squared = x1 * x1 + x2 * x2
    return quotient(x2, squared), -quotient(x1, squared)


@elementwise(math.sinh, singular=True, samples=scalars(ANY))
def sinh(y: Any, x: Any) -> Any:
    return np.cosh(x)


@elementwise(math.cosh, singular=True, samples=scalars(ANY))
def cosh(y: Any, x: Any) -> Any:
    return np.sinh(x)


@elementwise(math.tanh, samples=scalars(ANY))
def tanh(y: Any, x: Any) -> Any:
    return 1.0 - y * y


@elementwise(math.asinh, samples=scalars(ANY))
def asinh(y: Any, x: Any) -> Any:
    return 1.0 / math.sqrt(x * x + 1.0)


@elementwise(math.acosh, singular=True, samples=scalars((1.2, 3.0)))
def acosh(y: Any, x: Any) -> Any:
    return quotient(1.0, math.sinh(y))


@elementwise(math.atanh, singular=True, samples=scalars(UNIT))
def atanh(y: Any, x: Any) -> Any:
    return 1.0 / ((1.0 - x) * (1.0 + x))


@elementwise(math.degrees, samples=scalars(ANY))
def degrees(y: Any, x: Any) -> Any:
    return 180.0 / math.pi


@elementwise(math.radians, samples=scalars(ANY))
def radians(y: Any, x: Any) -> Any:
    return math.pi / 180.0


@elementwise(math.erf, samples=scalars(ANY))
def erf(y: Any, x: Any) -> Any:
    return 2.0 / math.sqrt(math.pi) * math.exp(-x * x)


@elementwise(math.erfc, samples=scalars(ANY))
def erfc(y: Any, x: Any) -> Any:
    return -2.0 / math.sqrt(math.pi) * math.exp(-x * x)


# -- distances, signs, remainders


@adjoint(math.hypot, ranks=(0, 0, 0), singular=True, samples=scalars(ANY, ANY, ANY))
def hypot_of_three(y: Any, x1: Any, x2: Any, x3: Any, *, y_bar: Any) -> Any:
    scale = y_bar / y if y != 0.0 else 0.0
    return scale * x1, scale * x2, scale * x3


@adjoint(math.hypot, ranks=(0, 0), singular=True, samples=scalars(ANY, ANY))
def hypot(y: Any, x1: Any, x2: Any, *, y_bar: Any) -> Any:
    """0 at the origin, the smallest subgradient."""
    scale = y_bar / y if y != 0.0 else 0.0
    return scale * x1, scale * x2


def _vectors(rng: np.random.Generator) -> Iterator[Sample]:
    for count in (1, 3):
        p, q = drawn(rng, ANY, (count,)), drawn(rng, ANY, (count,))
        yield Sample((p, q), {}, (0, 1))
        yield Sample((p.tolist(), q.tolist()), {}, (0, 1))
        yield Sample((tuple(p.tolist()), q.tolist()), {}, (0, 1))


@adjoint(math.dist, singular=True, samples=_vectors)
def dist(y: Any, p: Any, q: Any, *, y_bar: Any) -> Any:
    """0 where the points coincide."""
    scale = y_bar / y if y != 0.0 else 0.0
    if isinstance(p, (list, tuple)):
        p_bar = [0.0] * len(p)
        q_bar = [0.0] * len(p)
        for k in range(len(p)):
            p_bar[k] = scale * (p[k] - q[k])
            q_bar[k] = scale * (q[k] - p[k])
        return p_bar, q_bar
    return scale * (p - q), scale * (q - p)


@elementwise(math.fabs, samples=scalars(LOWER))
def fabs(y: Any, x: Any) -> Any:
    return np.sign(x)


@elementwise(math.copysign, samples=scalars(UPPER, LOWER))
def copysign(y: Any, x1: Any, x2: Any) -> Any:
    return np.sign(x1) * math.copysign(1.0, x2), None


@elementwise(math.fmod, math.remainder, samples=scalars((1.6, 1.7), (0.93, 1.0)))
def fmod(y: Any, x1: Any, x2: Any) -> Any:
    return 1.0, -np.rint((x1 - y) / x2)


def _scaled(rng: np.random.Generator) -> Iterator[Sample]:
    for shift in (-2, 0, 3):
        yield Sample((float(drawn(rng, ANY, ())), shift))


@elementwise(math.ldexp, singular=True, samples=_scaled)
def ldexp(y: Any, x: Any, i: Any) -> Any:
    return np.ldexp(1.0, i), None


# -- sums and products of sequences


def _sequences(rng: np.random.Generator) -> Iterator[Sample]:
    for count in (0, 1, 4):
        values = drawn(rng, ANY, (count,))
        yield Sample((values,))
        yield Sample((values.tolist(),))


def _sums(rng: np.random.Generator) -> Iterator[Sample]:
    yield from _sequences(rng)
    yield Sample((drawn(rng, ANY, (3, 2)),))
    yield Sample((drawn(rng, ANY, (4,)).tolist(), 0.5), {}, (0, 1))
    yield Sample(([drawn(rng, ANY, (3,)), drawn(rng, ANY, (3,))],))
    yield Sample(((1.5, 0.25, -1.0),))


@linear(sum, samples=_sums)
def total(iterable: Any, start: Any = 0, *, y_bar: Any) -> Any:
    """Of an array, the sum of its rows."""
    if isinstance(iterable, (list, tuple)):
        return [y_bar] * len(iterable), y_bar
    return y_bar, y_bar


@linear(math.fsum, samples=_sequences)
def fsum(seq: Any, *, y_bar: Any) -> Any:
    if isinstance(seq, (list, tuple)):
        return [y_bar] * len(seq)
    return y_bar


def _factors(rng: np.random.Generator) -> Iterator[Sample]:
    for count in (1, 4):
        values = drawn(rng, ANY, (count,))
        yield Sample((values,))
        yield Sample((values.tolist(),))
        yield Sample((tuple(values.tolist()),))
    yield Sample(([0.0, 2.0, 3.0],))
    yield Sample(([2.0, 0.0, 3.0, 0.0],))
    yield Sample(([2.0, 0.5],), {"start": 3.0})


@adjoint(math.prod, samples=_factors)
def product(y: Any, iterable: Any, *, start: Any = 1, y_bar: Any) -> Any:
    """The products of all the others, from both ends: exact where factors are 0."""
    count = len(iterable)
    bars = [0.0] * count
    left = y_bar * start
    for k in range(count):
        bars[k] = left
        left = left * iterable[k]
    right = 1.0
    for k in range(count - 1, -1, -1):
        bars[k] = bars[k] * right
        right = right * iterable[k]
    return packed(bars, iterable)


@tangent(math.prod)
def product_tangent(y: Any, iterable: Any, *, start: Any = 1, iterable_dot: Any) -> Any:
    """The product rule, factor by factor."""
    product_dot, before = 0.0, start
    for k in range(len(iterable)):
        product_dot = product_dot * iterable[k] + before * iterable_dot[k]
        before = before * iterable[k]
    return product_dot


def packed(bars: Any, items: Any) -> Any:
    """A list of cotangents for a list or a tuple, an array for an array."""
    if isinstance(items, (list, tuple)):
        return bars
    return np.array(bars)


# -- Python's max and min: the object that Python selects


def _choices(rng: np.random.Generator) -> Iterator[Sample]:
    for count in (2, 3, 4):
        values = drawn(rng, ANY, (count,))
        yield Sample((values,))
        yield Sample((values.tolist(),))
        yield Sample((tuple(values.tolist()),))


@adjoint(max, ranks=(0, 0), samples=scalars(ANY, ANY))
def maximum_of_two(y: Any, x1: Any, x2: Any, *, y_bar: Any) -> Any:
    return 0.0 if x2 > x1 else y_bar, y_bar if x2 > x1 else 0.0


@adjoint(max, samples=_choices)
def maximum(y: Any, items: Any, *, y_bar: Any) -> Any:
    chosen = 0
    for k in range(1, len(items)):
        if items[k] > items[chosen]:
            chosen = k
    return placed(y_bar, items, chosen)


@adjoint(min, ranks=(0, 0), samples=scalars(ANY, ANY))
def minimum_of_two(y: Any, x1: Any, x2: Any, *, y_bar: Any) -> Any:
    return 0.0 if x2 < x1 else y_bar, y_bar if x2 < x1 else 0.0


@adjoint(min, samples=_choices)
def minimum(y: Any, items: Any, *, y_bar: Any) -> Any:
    chosen = 0
    for k in range(1, len(items)):
        if items[k] < items[chosen]:
            chosen = k
    return placed(y_bar, items, chosen)


def placed(y_bar: Any, items: Any, chosen: Any) -> Any:
    """The cotangent of `items` where only one item counts."""
    bars = [0.0] * len(items)
    bars[chosen] = y_bar
    return packed(bars, items)


# -- conversions, and functions that are constant


@linear(float, samples=scalars(ANY))
def identity(x: Any, *, y_bar: Any) -> Any:
    return y_bar


nondifferentiable(round, int, bool, len, any, all)
nondifferentiable(
    math.floor, math.ceil, math.trunc, math.isnan, math.isfinite, math.isinf, math.isclose,
    math.gcd, math.lcm, math.factorial, math.comb, math.perm, math.isqrt, math.ulp,
)  # fmt: skip

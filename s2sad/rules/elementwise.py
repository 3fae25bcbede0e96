"""Rules of NumPy's elementwise functions: partial derivatives, formula by formula.

Real and complex arguments share a formula where the function is holomorphic; a cotangent of a
complex value is `d/dx - 1j * d/dy`. Formulas prefer the result to a second evaluation.
`singular` marks partials that aren't finite for some finite arguments. `quotient` stands where
`/` could raise for Python floats although the function itself doesn't.

Source where none is given: M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions",
chapters 3 and 4 (DLMF chapter 4).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.facts import is_constant, is_python, quotient
from s2sad.rules.registry import Sample, adjoint, elementwise, linear, nondifferentiable
from s2sad.rules.samplers import conditional, drawn, pairs, singles

ANY = (-2.0, 2.0)
POSITIVE = (0.2, 3.0)
UNIT = (-0.9, 0.9)
LOWER = (-2.0, -0.5)
UPPER = (0.5, 2.0)


# -- arithmetic


@linear(np.add, samples=pairs(ANY, ANY))
def add(x1: Any, x2: Any, *, y_bar: Any) -> Any:
    return y_bar, y_bar


@linear(np.subtract, samples=pairs(ANY, ANY))
def subtract(x1: Any, x2: Any, *, y_bar: Any) -> Any:
    return y_bar, -y_bar


@linear(np.negative, samples=singles(ANY))
def negative(x: Any, *, y_bar: Any) -> Any:
    return -y_bar


@linear(np.positive, samples=singles(ANY))
def positive(x: Any, *, y_bar: Any) -> Any:
    return y_bar


@elementwise(np.multiply, domain=(ANY, ANY))
def multiply(y: Any, x1: Any, x2: Any) -> Any:
    return x2, x1


@adjoint(np.divide, singular=True, samples=pairs(ANY, POSITIVE))
def divide(y: Any, x1: Any, x2: Any, *, y_bar: Any) -> Any:
    """Of Python numbers, the division itself raises where x2 is 0."""
    x1_bar = y_bar / x2 if is_python(y) else quotient(y_bar, x2)
    return x1_bar, -(x1_bar * y)


@elementwise(np.reciprocal, singular=True, domain=(POSITIVE,))
def reciprocal(y: Any, x: Any) -> Any:
    return -(y * y)


@elementwise(np.square, domain=(ANY,))
def square(y: Any, x: Any) -> Any:
    return 2.0 * x


def _exponents(rng: np.random.Generator) -> Iterator[Sample]:
    for exponent in (2, 3, 2.0, 1, 0, -1, 0.5, -2.5):
        yield Sample((drawn(rng, POSITIVE, (3,)), exponent))
    for exponent in (2, 3, 0, -1):
        yield Sample((drawn(rng, LOWER, (3,)), exponent))
    yield Sample((drawn(rng, LOWER, (3,)), np.array([2, 0, 3])))
    yield Sample((2.0, drawn(rng, ANY, (3,))), {}, (1,))


@elementwise(np.power, pow, singular=True, domain=(POSITIVE, ANY), samples=_exponents)
def power(y: Any, x1: Any, x2: Any) -> Any:
    """Constant where the exponent is 0, and 0.0 ** x2 is constant where x2 > 0."""
    if is_constant(x2):
        return constant_exponent(y, x1, x2), None
    if is_constant(x1):
        return None, constant_base(y, x1)
    x1_partial = x2 * np.power(x1, np.where(x2 == 0, 1.0, x2 - 1.0))
    return x1_partial, y * np.log(np.where(x1 == 0, 1.0, x1))


@elementwise(np.float_power, singular=True, domain=(POSITIVE, ANY))
def float_power(y: Any, x1: Any, x2: Any) -> Any:
    x1_partial = x2 * np.float_power(x1, np.where(x2 == 0, 1.0, x2 - 1.0))
    return x1_partial, y * np.log(np.where(x1 == 0, 1.0, x1))


def constant_exponent(y: Any, x: Any, n: Any) -> Any:
    if n == 0:
        return 0.0
    if n == 1:
        return 1.0
    if n == 2:
        return 2.0 * x
    if n == 0.5:
        return quotient(0.5, y)
    if n > 1:
        return n * x ** (n - 1)
    return n * np.power(x, n - 1.0)


def constant_base(y: Any, base: Any) -> Any:
    if base == 0:
        return 0.0
    if base > 0:
        return y * math.log(base)
    return y * np.log(base)


@elementwise(np.remainder, singular=True, domain=((1.6, 1.7), (0.93, 1.0)))
def remainder(y: Any, x1: Any, x2: Any) -> Any:
    return 1.0, -np.floor_divide(x1, x2)


@elementwise(np.fmod, singular=True, domain=((-1.7, -1.6), (0.93, 1.0)))
def fmod(y: Any, x1: Any, x2: Any) -> Any:
    return 1.0, -np.rint((x1 - y) / x2)


# -- absolute value, sign, parts of complex numbers


@elementwise(np.absolute, np.fabs, abs, domain=(LOWER,))
def absolute(y: Any, x: Any) -> Any:
    """0 at 0, the middle of the subdifferential."""
    if np.iscomplexobj(x):
        return np.conjugate(np.sign(x))
    return np.sign(x)


@adjoint(np.sign, singular=True, samples=singles(LOWER))
def sign(y: Any, x: Any, *, y_bar: Any) -> Any:
    """Piecewise constant for real arguments; x / |x| for complex ones, with 0 at 0."""
    if np.iscomplexobj(x):
        across = y_bar - np.conjugate(y_bar) * np.conjugate(y * y)
        return across / np.where(x == 0, np.inf, 2.0 * np.absolute(x))
    return None


@elementwise(np.copysign, domain=(UPPER, LOWER))
def copysign(y: Any, x1: Any, x2: Any) -> Any:
    return np.sign(x1) * np.copysign(1.0, x2), None


@linear(np.conjugate, samples=singles(ANY))
def conjugate(x: Any, *, y_bar: Any) -> Any:
    return np.conjugate(y_bar)


@linear(np.real, result="view", samples=singles(ANY))
def real(val: Any, *, y_bar: Any) -> Any:
    return y_bar


@linear(np.imag, result="either")
def imag(val: Any, *, y_bar: Any) -> Any:
    if np.iscomplexobj(val):
        return -1j * y_bar
    return 0.0 * y_bar


@elementwise(np.angle, singular=True, samples=singles(POSITIVE))
def angle(y: Any, z: Any) -> Any:
    if np.iscomplexobj(z):
        return quotient(-1j, z)
    return 0.0


def _at_the_step(rng: np.random.Generator) -> Iterator[Sample]:
    yield Sample((np.array([0.0, 1.0, -1.0, 0.0]), drawn(rng, ANY, (2, 4))), {}, (1,))


@elementwise(np.heaviside, domain=(LOWER, ANY), samples=_at_the_step)
def heaviside(y: Any, x1: Any, x2: Any) -> Any:
    return None, x1 == 0


@elementwise(np.nan_to_num, domain=(ANY,))
def nan_to_num(y: Any, x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    return np.isfinite(x)


# -- exponentials and logarithms


@elementwise(np.exp, singular=True, domain=(ANY,))
def exp(y: Any, x: Any) -> Any:
    return y


@elementwise(np.exp2, singular=True, domain=(ANY,))
def exp2(y: Any, x: Any) -> Any:
    return y * math.log(2.0)


@elementwise(np.expm1, singular=True, domain=(ANY,))
def expm1(y: Any, x: Any) -> Any:
    """Not y + 1, which is inaccurate for negative x."""
    return np.exp(x)


@elementwise(np.log, singular=True, domain=(POSITIVE,))
def log(y: Any, x: Any) -> Any:
    return quotient(1.0, x)


@elementwise(np.log2, singular=True, domain=(POSITIVE,))
def log2(y: Any, x: Any) -> Any:
    return quotient(1.0, x * math.log(2.0))


@elementwise(np.log10, singular=True, domain=(POSITIVE,))
def log10(y: Any, x: Any) -> Any:
    return quotient(1.0, x * math.log(10.0))


@elementwise(np.log1p, singular=True, domain=(UNIT,))
def log1p(y: Any, x: Any) -> Any:
    return quotient(1.0, 1.0 + x)


@elementwise(np.logaddexp, domain=(ANY, ANY))
def logaddexp(y: Any, x1: Any, x2: Any) -> Any:
    return np.exp(x1 - y), np.exp(x2 - y)


@elementwise(np.logaddexp2, domain=(ANY, ANY))
def logaddexp2(y: Any, x1: Any, x2: Any) -> Any:
    return np.exp2(x1 - y), np.exp2(x2 - y)


def _scaled(rng: np.random.Generator) -> Iterator[Sample]:
    for shift in (2, np.array([-1, 0, 3]), np.array([[1], [2]])):
        yield Sample((drawn(rng, ANY, (3,)), shift))


@elementwise(np.ldexp, singular=True, samples=_scaled)
def ldexp(y: Any, x1: Any, x2: Any) -> Any:
    return np.ldexp(1.0, x2), None


# -- roots


@elementwise(np.sqrt, singular=True, domain=(POSITIVE,))
def sqrt(y: Any, x: Any) -> Any:
    return 0.5 / y


@elementwise(np.cbrt, singular=True, domain=(LOWER,))
def cbrt(y: Any, x: Any) -> Any:
    return 1.0 / (3.0 * y * y)


@elementwise(np.hypot, singular=True, domain=(ANY, ANY))
def hypot(y: Any, x1: Any, x2: Any) -> Any:
    """0 at the origin, the smallest subgradient."""
    r = np.where(y == 0, 1.0, y)
    return x1 / r, x2 / r


# -- trigonometric functions


@elementwise(np.sin, domain=(ANY,))
def sin(y: Any, x: Any) -> Any:
    return np.cos(x)


@elementwise(np.cos, domain=(ANY,))
def cos(y: Any, x: Any) -> Any:
    return -np.sin(x)


@elementwise(np.tan, singular=True, domain=(UNIT,))
def tan(y: Any, x: Any) -> Any:
    return 1.0 + y * y


@elementwise(np.arcsin, singular=True, domain=(UNIT,))
def arcsin(y: Any, x: Any) -> Any:
    return 1.0 / np.sqrt((1.0 - x) * (1.0 + x))


@elementwise(np.arccos, singular=True, domain=(UNIT,))
def arccos(y: Any, x: Any) -> Any:
    return -1.0 / np.sqrt((1.0 - x) * (1.0 + x))


@elementwise(np.arctan, domain=(ANY,))
def arctan(y: Any, x: Any) -> Any:
    """Without a square, which overflows where the derivative is a small number."""
    if np.iscomplexobj(x):
        return 1.0 / (1.0 + x * x)
    r = np.hypot(x, 1.0)
    return 1.0 / r / r


@elementwise(np.arctan2, singular=True, domain=(POSITIVE, POSITIVE))
def arctan2(y: Any, x1: Any, x2: Any) -> Any:
    r = np.hypot(x1, x2)
    return x2 / r / r, -(x1 / r / r)


@elementwise(np.deg2rad, np.radians, domain=(ANY,))
def deg2rad(y: Any, x: Any) -> Any:
    return math.pi / 180.0


@elementwise(np.rad2deg, np.degrees, domain=(ANY,))
def rad2deg(y: Any, x: Any) -> Any:
    return 180.0 / math.pi


@elementwise(np.sinc, domain=(ANY,))
def sinc(y: Any, x: Any) -> Any:
    """By the Taylor series near 0, where the quotient cancels; so higher orders hold at 0."""
    t = math.pi * x
    s = t * t
    near = np.absolute(t) < 0.1
    series = t * (-1.0 + s / 10.0 * (1.0 - s / 28.0 * (1.0 - s / 54.0))) / 3.0
    exact = (np.cos(t) - y) / np.where(near, 1.0, t)
    return math.pi * np.where(near, series, exact)


# -- hyperbolic functions


@elementwise(np.sinh, singular=True, domain=(ANY,))
def sinh(y: Any, x: Any) -> Any:
    return np.cosh(x)


@elementwise(np.cosh, singular=True, domain=(ANY,))
def cosh(y: Any, x: Any) -> Any:
    return np.sinh(x)


@elementwise(np.tanh, domain=(ANY,))
def tanh(y: Any, x: Any) -> Any:
    return 1.0 - y * y


@elementwise(np.arcsinh, domain=(ANY,))
def arcsinh(y: Any, x: Any) -> Any:
    if np.iscomplexobj(x):
        return 1.0 / np.sqrt(x * x + 1.0)
    return 1.0 / np.hypot(x, 1.0)


@elementwise(np.arccosh, singular=True, domain=((1.2, 3.0),))
def arccosh(y: Any, x: Any) -> Any:
    return 1.0 / np.sinh(y)


@elementwise(np.arctanh, singular=True, domain=(UNIT,))
def arctanh(y: Any, x: Any) -> Any:
    return quotient(1.0, (1.0 - x) * (1.0 + x))


# -- choices


@elementwise(np.maximum, np.fmax, domain=(ANY, ANY))
def maximum(y: Any, x1: Any, x2: Any) -> Any:
    """Ties are shared evenly; y rather than the other operand, because `fmax` skips nan."""
    share = np.where(x1 == x2, 0.5, x1 == y)
    return share, 1.0 - share


@elementwise(np.minimum, np.fmin, domain=(ANY, ANY))
def minimum(y: Any, x1: Any, x2: Any) -> Any:
    share = np.where(x1 == x2, 0.5, x1 == y)
    return share, 1.0 - share


def _one_bound(rng: np.random.Generator) -> Iterator[Sample]:
    for first, second in ((-0.5, None), (None, 0.5), (None, None), (-0.5, 0.5), (0.5, -0.5)):
        active = [k for k, bound in enumerate((0, first, second)) if bound is not None]
        yield Sample((drawn(rng, ANY, (5,)), first, second), {}, tuple(active))


@elementwise(np.clip, domain=(ANY, LOWER, UPPER), samples=_one_bound)
def clip(
    y: Any, a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None
) -> Any:
    if min is None and max is None:
        return clipping(a, a_min, a_max)
    inside, below, above = clipping(a, min, max)
    return inside, None, None, below, above


def clipping(a: Any, lower: Any, upper: Any) -> Any:
    """1 inside the closed interval. Where the bounds cross, NumPy's result is the upper one."""
    if lower is None and upper is None:
        return 1.0, None, None
    if lower is None:
        return a <= upper, None, a > upper
    if upper is None:
        return a >= lower, a < lower, None
    inside = (lower <= a) & (a <= upper)
    return inside, (a < lower) & (lower <= upper), np.maximum(a, lower) > upper


@linear(np.where, samples=conditional(ANY, ANY))
def where(condition: Any, x: Any, y: Any, *, y_bar: Any) -> Any:
    return None, np.where(condition, y_bar, 0.0), np.where(condition, 0.0, y_bar)


# -- functions that are constant, or whose results are no floats

nondifferentiable(
    np.floor, np.ceil, np.trunc, np.rint, np.fix, np.round, np.around, np.floor_divide
)  # fmt: skip
nondifferentiable(
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
)  # fmt: skip
nondifferentiable(
    np.isnan, np.isfinite, np.isinf, np.signbit, np.isposinf, np.isneginf, np.isreal, np.iscomplex,
    np.isrealobj, np.iscomplexobj, np.isscalar, np.isclose, np.allclose, np.array_equal, np.spacing,
)  # fmt: skip
nondifferentiable(
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift,
    np.gcd, np.lcm, np.bitwise_count, np.isnat,
)  # fmt: skip

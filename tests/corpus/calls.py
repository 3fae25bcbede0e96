"""Calls of the user's own functions."""

import numpy as np

from tests.corpus import _helpers, program
from tests.corpus._helpers import leaky
from tests.corpus._helpers import normalise as standard


def square(x):
    return x * x


def affine(x, a=2.0, *, b=1.0):
    return a * x + b


def pair(x, y):
    return x * y, x + y


def long_helper(x, y):
    s = x * y
    for _ in range(3):
        s = np.sin(s) + x
        if s > 1.0:
            s = s * y
    t = s * s
    u = t + np.exp(-s)
    v = u * t - s
    w = v / (1.0 + u * u)
    return w * x + v


def bump_first(x, k):
    x[0] = x[0] * k
    return np.sum(x)


def factorial_like(x, n):
    if n == 0:
        return 1.0
    return (x + n) * factorial_like(x, n - 1)


def even(x, n):
    return x if n == 0 else odd(x * x, n - 1)


def odd(x, n):
    return x if n == 0 else even(np.sin(x) + x, n - 1)


def sum_tree(x):
    n = len(x)
    if n == 1:
        return x[0] * x[0]
    return sum_tree(x[: n // 2]) * 0.5 + sum_tree(x[n // 2 :])


def power_by_squaring(x, n):
    if n == 0:
        return 1.0
    half = power_by_squaring(x, n // 2)
    return half * half * x if n % 2 else half * half


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def small_call(x, y):
    return square(x) * square(x + y)


@program(lambda r, n: (r.number(),), analytic=True)
def nested_calls(x):
    return square(square(square(x)) + x)


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def defaults_and_keywords(x, k):
    return affine(x) + affine(x, k) * affine(x, b=k) - affine(a=x, x=k)


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def tuple_result(x, y):
    p, s = pair(x, y)
    q, t = pair(s, p)
    return p * t + q * s


@program(lambda r, n: (r.number(), r.number()))
def large_call(x, y):
    return long_helper(x, y) * long_helper(y, x)


@program(lambda r, n: (r.positive(n), r.number()), lengths=(0, 1, 2))
def call_in_loop(x, y):
    s = y
    for v in x:
        s = np.tanh(long_helper(v, s))
    return s


@program(lambda r, n: (r.number(), 4), analytic=True)
def recursion(x, n):
    return factorial_like(x, n) * x


@program(lambda r, n: (r.number(0.3, 0.6), 4), analytic=True)
def mutual_recursion(x, n):
    return even(x, n) + odd(x, 1)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), analytic=True)
def recursion_on_slices(x):
    return sum_tree(x)


@program(lambda r, n: (r.number(), 6), analytic=True)
def recursion_by_halves(x, n):
    return power_by_squaring(x, n)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def other_module(x):
    return np.sum(leaky(x) * standard(x) + _helpers.leaky(-x))


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), writes=True)
def callee_writes(x, k):
    _helpers.scale_in_place(x, k)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(1, 2), writes=True)
def callee_writes_and_returns(x, k):
    a = bump_first(x, k)
    b = bump_first(x, a)
    return a * b + x[0]


@program(lambda r, n: (r.normal(n), r.number()), lengths=(2,), writes=True)
def callee_writes_view(x, k):
    _helpers.scale_in_place(x[1:], k)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def callee_writes_local(x):
    y = x * 2.0
    a = bump_first(y, 3.0)
    return a * y[0]


@program(lambda r, n: (r.number(),), analytic=True)
def lambda_local(x):
    f = lambda t: t * t + x  # noqa: E731
    return f(x) * f(2.0)


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def inner_function(x, k):
    def g(t):
        return t * k + x

    return g(g(x))


@program(lambda r, n: (r.number(),), analytic=True)
def late_binding(x):
    a = 2.0

    def g(t):
        return t * a

    y = g(x)
    a = x * 3.0
    return y * g(x)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def inner_with_loop(x):
    def f(t):
        s = 0.0
        for v in x:
            s = s + np.sin(v * t)
        return s

    return f(1.0) * f(0.5)


@program(lambda r, n: (r.number(),), analytic=True)
def function_as_argument(x):
    def twice(f, t):
        return f(f(t))

    return twice(np.sin, x) + twice(square, x)


@program(lambda r, n: (r.number(),), analytic=True)
def functions_in_list(x):
    y = x
    for f in [np.sin, np.exp, square]:
        y = f(y)
    return y


@program(lambda r, n: (r.number(), 2.0), analytic=True)
def object_method(x, k):
    s = _helpers.Scaler(k)
    return s.apply(x) * s.factor


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def star_call(x, y):
    both = (x, y)
    p, s = pair(*both)
    return p * s


def many(*xs):
    s = 0.0
    for x in xs:
        s = s * 0.5 + x * x
    return s


def keyworded(x, **options):
    return x * options["scale"]


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def variadic_callee(x, y):
    return many(x, y, x * y) * keyworded(x, scale=y)


def returns_early(x, limit):
    for k in range(5):
        x = x * 1.5
        if x > limit:
            return x + k
    return -x


@program(lambda r, n: (r.number(), 3.0), wrt=(0,))
def callee_returns_early(x, limit):
    return returns_early(x, limit) * returns_early(x + 0.1, 100.0)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2))
def argument_passed_twice(x, y):
    def f(a, b):
        return np.sum(a * b * a)

    return f(x, x) + f(x, y)


def axpy(a, x, y):
    y += a * x
    return y


@program(lambda r, n: (r.number(), r.normal(n), r.normal(n)), lengths=(0, 1, 2), writes=True)
def callee_returns_argument(a, x, y):
    z = axpy(a, x, y)
    z *= 2.0
    return np.sum(y * z)


def repeated(function, x, n):
    return x if n == 0 else repeated(function, function(x), n - 1)


@program(lambda r, n: (r.number(),), analytic=True)
def recursion_over_functions(x):
    """Two functions of one name are two specialisations."""
    return repeated(lambda v: v * v, x, 2) + repeated(lambda v: v * 3.0, x, 3)

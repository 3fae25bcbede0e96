"""Python's builtins, and functools, operator, math and itertools, on active values."""
# ruff: noqa: B905, C417 (written as authors write)

import functools
import itertools
import math
import operator
from functools import partial, reduce

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.number(), r.number(), r.number()))
def sum_start(x, y, z):
    return sum([x * y, y * z], z * 2.0)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def sum_array_loop(x):
    return sum(x) * 2.0 + sum(v * v for v in x)


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def sum_start_array(x):
    return np.sum(sum([x, x * x], x * 3.0))


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1))
def sum_start_runtime(x, y):
    s = []
    for v in x:
        s.append(v * v)
    return sum(s, y)


@program(lambda r, n: (r.normal(3, 4),))
def sum_rows(x):
    return np.prod(sum(x))


@program(lambda r, n: (r.number(), r.number(), r.number()), rough=True)
def min_several(x, y, z):
    return min(x, y, z) * max(x * y, y * z, z * x)


@program(lambda r, n: (r.normal(4),), rough=True)
def max_key(x):
    return max(x, key=lambda v: -v * v) * 2.0


@program(lambda r, n: (r.normal(4),), rough=True)
def max_key_list(x):
    s = [x[0] * x[1], x[2], x[3]]
    return max(s, key=abs) * min(s, key=lambda v: abs(v - 0.5))


@program(lambda r, n: (r.normal(n),), rough=True, lengths=(0, 1))
def max_default(x):
    s = [v * v for v in x if v > 0.0]
    return max(s, default=1.0) + np.sum(x)


@program(lambda r, n: (r.number(), r.number()), rough=True)
def max_default_static(x, y):
    s = []
    return max(s, default=x) * y


@program(lambda r, n: (r.normal(n),), rough=True, lengths=(1,))
def max_in_loop(x):
    best = x[0]
    for v in x:
        best = max(best, v * v)
    return best


@program(lambda r, n: ([r.normal(3), r.normal(3), r.normal(3)],), rough=True)
def max_list_arrays_key(xs):
    best = max(xs, key=lambda v: np.sum(v * v))
    return np.prod(best)


@program(lambda r, n: (r.normal(3),), rough=True)
def max_tuples(x):
    t = max((x[0], x[1]), (x[2], x[0]))
    return t[0] * t[1]


@program(lambda r, n: (r.number(), r.normal(3)), rough=True)
def abs_both(x, y):
    return abs(-x) * np.sum(abs(y))


@program(lambda r, n: (r.number(), r.number()))
def pow_two(x, y):
    return pow(x, y) * pow(x, 3) * pow(2, 3, 5)


@program(lambda r, n: (r.number(), r.normal(3)))
def round_inactive(x, y):
    k = round(x * 3.0)
    return y[k % 3] * x * round(x, 1)


@program(lambda r, n: (r.number(4.0, 5.0), r.number(0.7, 0.9)))
def divmod_active(x, y):
    q, r = divmod(x, y)
    return q * x + r * r


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def map_lambda(x):
    return sum(map(lambda v: v * v, x))


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1))
def map_two(x, y):
    s = 0.0
    for v in map(lambda a, b: a * b, x, y):
        s += v * v
    return s


@program(lambda r, n: (r.normal(4),))
def map_list(x):
    s = list(map(np.sin, x))
    return s[0] * s[1] + s[3]


@program(lambda r, n: (r.normal(n),), lengths=(0, 1), rough=True)
def filter_list(x):
    s = list(filter(lambda v: v > 0.0, x))
    return sum(s) * len(s) if s else np.sum(x)


@program(lambda r, n: (r.number(), r.number()), rough=True)
def filter_loop(x, y):
    t = 1.0
    for v in filter(lambda v: v > 1.0, [x, y, x * y]):
        t = t * v
    return t * x


@program(lambda r, n: (r.number(), r.number()))
def filter_none(x, y):
    return sum(filter(None, [x, y])) * x


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1))
def zip_strict(x, y):
    s = 0.0
    for a, b in zip(x, y, strict=True):
        s += a * b
    return s


@program(lambda r, n: (r.normal(4), r.normal(2)))
def zip_shorter(x, y):
    s = 0.0
    for a, b in zip(x, y):
        s += a * b
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def enumerate_start(x):
    s = 0.0
    for k, v in enumerate(x, start=2):
        s += k * v
    for k, v in enumerate(x, 1):
        s += v**k
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def reversed_array(x):
    s = 0.0
    for v in reversed(x):
        s = s * 0.5 + v * v
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def reversed_list_enum(x):
    s = 0.0
    for k, v in reversed(list(enumerate(x))):
        s = s * 0.5 + v * v * k
    return s


@program(lambda r, n: (r.normal(5),), rough=True)
def sorted_list(x):
    s = sorted([x[0], x[1] * 2.0, x[2]])
    return s[0] * 1.0 + s[1] * 2.0 + s[2] * 3.0


@program(lambda r, n: (r.normal(n),), rough=True, lengths=(0, 1))
def sorted_array(x):
    t = 0.0
    for k, v in enumerate(sorted(x)):
        t += k * v * v
    return t


@program(lambda r, n: (r.normal(5),), rough=True)
def sorted_key_reverse(x):
    s = sorted(x, key=lambda v: v * v, reverse=True)
    return s[0] + s[1] * 10.0 + s[2] * 100.0


@program(lambda r, n: ([(r.number(), r.normal(2)), (r.number(), r.normal(2))],), rough=True)
def sorted_pairs(xs):
    s = sorted(xs, key=lambda p: p[0])
    return s[0][0] * np.sum(s[0][1]) + s[1][0] * np.prod(s[1][1])


@program(lambda r, n: (r.normal(n),), rough=True, lengths=(0, 1))
def any_all(x):
    y = np.sum(x)
    if any(v > 1.0 for v in x):
        y = y * 2.0
    if all(v > -10.0 for v in x):
        y = y + np.sum(x * x)
    if any([y > 100.0, y < -100.0]):
        y = 0.0 * y
    return y


@program(lambda r, n: (r.normal(n),), rough=True, lengths=(0, 1))
def any_all_array(x):
    y = np.sum(x)
    if any(x > 0.5):
        y = y * 3.0
    if all(x < 0.5):
        y = y * 5.0
    return y


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def reduce_mul(x):
    return reduce(operator.mul, x)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1))
def reduce_lambda_init(x, y):
    return reduce(lambda acc, v: acc * 0.5 + np.sin(v), x, y)


@program(lambda r, n: ([r.normal(2, 2), r.normal(2, 2), r.normal(2, 2)],))
def reduce_matmul(ms):
    return np.sum(functools.reduce(np.matmul, ms) ** 2)


def axpy(a, x, y=1.0, *, scale=2.0):
    return a * x * scale + y


@program(lambda r, n: (r.number(), r.normal(3)))
def partial_positional(a, x):
    f = partial(axpy, a)
    return np.sum(f(x)) * np.sum(f(x, 2.0 * x))


@program(lambda r, n: (r.number(), r.normal(3)))
def partial_keyword(a, x):
    f = partial(axpy, scale=a)
    g = partial(f, a * 2.0, y=a)
    return np.sum(f(2.0, x)) * np.sum(g(x, scale=3.0))


scaled = partial(axpy, 2.0, scale=0.5)


@program(lambda r, n: (r.normal(3),))
def partial_outside(x):
    return np.sum(scaled(x) ** 2)


@program(lambda r, n: (r.number(), r.number()))
def operator_functions(x, y):
    return (
        operator.add(x, y) * operator.sub(x, y)
        + operator.truediv(x, y) ** operator.neg(y)
        + operator.pow(x, 2)
    )


@program(lambda r, n: (r.normal(4), {"a": 0.5, "b": 1.5}))
def operator_itemgetter(x, p):
    get = operator.itemgetter(1)
    a, b = operator.itemgetter("a", "b")(p)
    return get(x) * a + operator.itemgetter(2, 3)([1.0, 2.0, x[2], x[3]])[1] * b


@program(lambda r, n: (r.normal(4),))
def operator_inplace(x):
    y = x * 2.0
    z = operator.iadd(y, x)
    operator.setitem(z, 1, x[0] * x[1])
    w = operator.imul(z, x)
    return np.sum(y * w) + operator.getitem(y, 2)


@program(lambda r, n: (r.normal(4),))
def operator_methodcaller(x):
    return operator.methodcaller("sum")(x * x) + operator.methodcaller("reshape", 2, 2)(x)[1, 0]


@program(lambda r, n: (r.number(), r.number(), r.number()))
def math_many(x, y, z):
    return (
        math.hypot(x, y, z)
        + math.dist((x, y), (z, 1.0))
        + math.prod([x, y, z])
        + math.fsum([x, y, z * z])
    )


@program(lambda r, n: (r.unit(),))
def math_trig(x):
    x = float(x)
    return (
        math.sin(x)
        + math.cos(x) * math.tan(x)
        + math.asin(x)
        + math.acos(x) * math.atan(x)
        + math.atan2(x, 2.0)
    )


@program(lambda r, n: (r.number(),))
def math_exp(x):
    return (
        math.exp(x)
        + math.log(x)
        + math.log(x, 3.0)
        + math.log2(x)
        + math.log10(x)
        + math.log1p(x)
        + math.expm1(x)
        + math.exp2(x)
        + math.sqrt(x)
        + math.cbrt(x)
    )


@program(lambda r, n: (r.number(),))
def math_hyper(x):
    return (
        math.sinh(x)
        + math.cosh(x) * math.tanh(x)
        + math.asinh(x)
        + math.acosh(x + 1.0)
        + math.atanh(x / 3.0)
    )


@program(lambda r, n: (r.number(),))
def math_special(x):
    return math.erf(x) + math.erfc(x)


@program(lambda r, n: (r.number(), r.number()), rough=True)
def math_misc(x, y):
    return (
        math.fabs(-x)
        + math.copysign(x, -y)
        + math.pow(x, y)
        + math.fmod(x * 5.0, y)
        + math.degrees(x) * math.radians(y)
        + math.remainder(5.0 * x, y)
    )


@program(lambda r, n: (r.number(),), rough=True)
def math_floor(x):
    k = math.floor(x * 3.0)
    j = math.ceil(x)
    t = math.trunc(x)
    return (
        x**2 * k
        + j * x
        + t
        * x
        * math.comb(5, 2)
        * math.factorial(3)
        * math.gcd(4, 6)
        * math.isqrt(10)
        * math.perm(4, 2)
    )


@program(lambda r, n: (r.number(),), rough=True)
def math_modf(x):
    f, w = math.modf(x * 3.0)

    return f * f + w * x + math.ldexp(x, 3)


@program(lambda r, n: (r.number(),), rough=True)
def math_tests(x):
    y = x * x
    if math.isnan(y) or math.isinf(y) or not math.isfinite(y):
        return 0.0 * x
    if math.isclose(y, x):
        return x
    return y * math.pi + math.e * x + math.tau * x


@program(lambda r, n: (r.number(), r.number(), r.number()))
def product_lists(x, y, z):
    s = 0.0
    for a, b in itertools.product([x, y], [y, z]):
        s += a * b * b
    return s


@program(lambda r, n: (r.normal(4),))
def product_ranges(x):
    s = 0.0
    for i, j in itertools.product(range(2), range(3)):
        s += x[i] * x[j]
    for i, j in itertools.product(range(len(x)), repeat=2):
        s += x[i] * x[j] ** 2
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def combinations_runtime(x):
    s = 0.0
    for i, j in itertools.combinations(range(len(x)), 2):
        s += (x[i] - x[j]) ** 2
    return s


@program(lambda r, n: (r.normal(n, 3),), lengths=(0, 1))
def combinations_rows(x):
    s = 0.0
    for a, b in itertools.combinations(x, 2):
        s += np.sum((a - b) ** 2)
    return s


@program(lambda r, n: (r.number(), r.number(), r.number()))
def combinations_static(x, y, z):
    s = 0.0
    for a, b in itertools.combinations([x, y, z], 2):
        s += a * b * b
    for a, b in itertools.permutations((x, y, z), 2):
        s += a / b
    for a, b in itertools.combinations_with_replacement((x, y, z), 2):
        s += a / b
    return s


@program(lambda r, n: ([r.normal(2), r.normal(2)],))
def zip_star(xs):
    s = 0.0
    for a, b in zip(*[(xs[0][0], 2.0), (xs[1][1], xs[0][0])]):
        s += a * b
    return s


@program(lambda r, n: (r.normal(n), r.normal(n), r.normal(n)), lengths=(0, 1))
def enumerate_zip(x, y, z):
    s = 0.0
    for k, (a, b, c) in enumerate(zip(x, y, z)):
        s += k * a * b * c
    for (k, a), b in zip(enumerate(x), y):
        s += k * a / (1.0 + b * b)
    for a, b in reversed(list(zip(x, y))):
        s = s * 0.5 + a * b
    return s


@program(lambda r, n: (r.normal(3),))
def next_iter(x):
    it = iter([x[0], x[1] * 2.0, x[2]])
    a = next(it)
    b = next(it)
    s = a * b
    for c in it:
        s += c * c
    return s

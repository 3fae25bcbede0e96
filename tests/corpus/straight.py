"""Straight-line programs."""

import math

import numpy as np
from numpy import cos, exp
from numpy.linalg import norm

from tests.corpus import program


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def two_numbers(x, y):
    r = x * y
    return np.sin(r) + x**2


@program(lambda r, n: (r.number(), r.number()))
def with_math(x, y):
    return math.exp(-x) * math.atan2(y, x) + math.log(x + y) / math.sqrt(y)


@program(lambda r, n: (r.number(),), analytic=True)
def reused(x):
    y = x * x
    z = y * y
    return y + z * y


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def rebound(x, y):
    x = x * y
    y = x + y
    x = x * y
    return x - y


@program(lambda r, n: (r.number(),))
def unused_work(x):
    dead = np.exp(x) * 3.0
    more = dead + x
    y = x * 2.0
    del more
    return y * y


@program(lambda r, n: (r.number(),), analytic=True)
def identity(x):
    return x


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def one_ignored(x, y):
    return x * x * x


@program(lambda r, n: (r.number(),))
def constant_result(x):
    return 3.5


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def imported_names(x):
    return np.sum(cos(x) * exp(-x))


@program(lambda r, n: (r.positive(n),), lengths=(1, 2))
def imported_norm(x):
    return norm(x) * 2.0


@program(
    lambda r, n: (
        r.normal(3, 4),
        r.normal(4),
        r.normal(4, 2),
        r.normal(2),
        r.normal(n, 3),
        r.normal(n, 2),
    ),
    lengths=(1, 2),
    analytic=True,
)
def mlp(w1, b1, w2, b2, x, t):
    h = np.tanh(x @ w1 + b1)
    y = h @ w2 + b2
    return np.mean((y - t) ** 2)


@program(lambda r, n: (r.number(), r.number()))
def powers(x, y):
    return x**y + x**2 + x**-1 + x**0.5 + 2.0**y + x**3


@program(lambda r, n: (r.number(), r.number()))
def remainders(x, y):
    return (7.3 * x) % y + 3.0 * (x // y) + divmod(5, 3)[0] * x


@program(lambda r, n: (r.number(),), analytic=True)
def same_name_as_adjoint(x_bar):
    out_bar = x_bar * 2.0
    out = out_bar * x_bar
    return out * out_bar


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def names_of_rules(y, x):
    y_bar = y * x
    c, a, b = y_bar, x, y
    return np.tanh(c) * a / b


@program(lambda r, n: (r.number(),), analytic=True)
def long_chain(x):
    a = x + 1.0
    b = a * x
    c = b - a
    d = c / (a * a + 1.0)
    e = np.sin(d)
    f = np.cos(e) * d
    g = f + e * c
    h = g * g - f
    i = np.exp(-h * h)
    return i + h + g


@program(lambda r, n: (r.number(), r.number(), r.number()), analytic=True)
def unpacked(x, y, z):
    a, b, c = y, z, x
    (a, b), c = (b, a * c), a + b
    return a * b - c * x


@program(lambda r, n: (r.number(),), analytic=True)
def chained_assignment(x):
    a = b = x * x
    a = a + 1.0
    return a * b


@program(lambda r, n: (r.number(),), analytic=True)
def walrus(x):
    return (y := x * x) + np.sin(y) * y


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def augmented_numbers(x, y):
    s = x
    s += y
    s *= x
    s -= y * s
    s /= x + 3.0
    s **= 2
    return s


@program(lambda r, n: (r.positive(n),), lengths=(1, 2), analytic=True)
def logsumexp_plain(x):
    return np.log(np.sum(np.exp(x)))


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def logsumexp_shifted(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2))
def cosine_similarity(x, y):
    return (x @ y) / (np.linalg.norm(x) * np.linalg.norm(y))


@program(lambda r, n: (r.number(),))
def annotated(x: float) -> float:
    y: float = x * x
    z: float
    z = y + x
    return y * z


@program(lambda r, n: (r.number(),))
def asserted(x):
    assert x > 0, "x must be positive"
    return np.log(x)


@program(lambda r, n: (r.number(), r.number()))
def builtins_of_numbers(x, y):
    return abs(x - y) + max(x, y) * min(x, 2.5) + pow(x, 3) + sum([x, y, x * y]) + float(y)

"""Closures, globals, defaults."""
# ruff: noqa: B023 (written as authors write)

import numpy as np

from tests.corpus import program

RATE = 0.7
TABLE = np.array([0.5, -1.5, 2.0])
CONFIG = {"scale": 1.5, "order": 2}
FUNCTIONS = {"sin": np.sin, "square": lambda t: t * t}


@program(lambda r, n: (r.number(),), analytic=True)
def global_number(x):
    return x * RATE + x * x


@program(lambda r, n: (r.normal(3),), analytic=True)
def global_array(x):
    return np.sum(x * TABLE) * TABLE[0]


@program(lambda r, n: (r.number(),), analytic=True)
def global_dict(x):
    return x ** CONFIG["order"] * CONFIG["scale"]


@program(lambda r, n: (r.number(),), analytic=True)
def global_functions(x):
    return FUNCTIONS["sin"](x) * FUNCTIONS["square"](x)


def make_loss(data, weight):
    def loss(w):
        residual = data * w - 1.0
        return np.sum(residual**2) + weight * w * w

    return loss


loss = program(lambda r, n: (r.number(),), analytic=True)(
    make_loss(np.array([1.0, 2.0, -0.5]), 0.3)
)


def make_counter():
    scale = 2.0

    def outer(x):
        def inner(t):
            return t * scale + x

        return inner(x) * inner(2.0)

    return outer


outer = program(lambda r, n: (r.number(),), analytic=True)(make_counter())


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def default_values(x, k=2.5, power=2):
    return np.sum(k * x**power)


cubic = program(lambda r, n: (r.number(),), analytic=True)(lambda x: x**3 - RATE * x)


@program(lambda r, n: (r.number(),), analytic=True)
def closure_in_loop(x):
    s = 0.0
    for k in range(3):

        def f(t):
            return t * k + x

        s = s + f(x)
    return s


@program(lambda r, n: (r.number(),), analytic=True)
def composed(x):
    def compose(f, g):
        return lambda t: f(g(t))

    h = compose(np.sin, lambda t: t * t)
    return h(x) + compose(h, h)(x)


@program(lambda r, n: (r.normal(3),))
def shadowed_name(x):
    sum = np.sum(x)
    max = sum * sum
    return max + sum


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), analytic=True)
def inner_reads_loop_state(x, k):
    state = k

    def step(v):
        return state * v + k

    for v in x:
        state = step(v)
    return state

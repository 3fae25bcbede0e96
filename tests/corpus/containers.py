"""Tuples, lists, dicts: as parameters and as values."""
# ruff: noqa: B905, RUF005, RUF007 (written as authors write)

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tests.corpus import program


class Line(NamedTuple):
    slope: Any
    offset: Any


@dataclass
class Layer:
    w: Any
    b: Any


@program(lambda r, n: ((r.number(), r.number()),), analytic=True)
def tuple_parameter(p):
    a, b = p
    return a * b + p[0]


@program(lambda r, n: ([r.normal(3), r.normal(3)],), analytic=True)
def list_of_arrays(xs):
    return np.sum(xs[0] * xs[1]) + np.sum(xs[-1])


@program(lambda r, n: ({"w": r.normal(3), "b": r.number()},), analytic=True)
def dict_parameter(p):
    return np.sum(p["w"] * p["b"]) ** 2


@program(
    lambda r, n: ([(r.normal(3, 4), r.normal(4)), (r.normal(4, 2), r.normal(2))], r.normal(n, 3)),
    lengths=(1, 2),
    analytic=True,
)
def layers(params, x):
    for w, b in params:
        x = np.tanh(x @ w + b)
    return np.sum(x)


@program(lambda r, n: (Line(r.number(), r.number()), r.normal(n)), lengths=(0, 1, 2), analytic=True)
def named_tuple(line, x):
    return np.sum((line.slope * x + line.offset) ** 2)


@program(lambda r, n: (Layer(r.normal(3), r.number()), r.normal(3)), analytic=True)
def dataclass_parameter(layer, x):
    return np.tanh(layer.w @ x + layer.b)


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def local_tuple(x, y):
    t = (x, y, x * y)
    u = t[1:]
    return t[0] * u[0] + u[-1]


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def local_list_written(x, y):
    s = [x, y, 0.0]
    s[2] = s[0] * s[1]
    s[0] = s[2] + 1.0
    return s[0] * s[1] * s[2]


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def local_dict(x, y):
    d = {"a": x, "b": y}
    d["c"] = d["a"] * d["b"]
    d["a"] += 1.0
    return d["a"] * d["c"]


@program(lambda r, n: (r.normal(n),), lengths=(2,), analytic=True)
def list_of_states(x):
    states = [x]
    for _ in range(3):
        states.append(np.sin(states[-1]) + x)
    return np.sum(states[0] * states[1]) + np.sum(states[-1] * states[2])


@program(lambda r, n: ([r.normal(2), r.normal(2), r.normal(2)],), analytic=True)
def zip_of_lists(xs):
    s = 0.0
    for a, b in zip(xs[:-1], xs[1:]):
        s = s + a @ b
    return s


@program(lambda r, n: ([r.normal(3), r.normal(3)],), analytic=True)
def list_unused_leaf(xs):
    return np.sum(xs[0] ** 2)


@program(lambda r, n: (r.number(),), analytic=True)
def tuple_carried(x):
    state = (x, 1.0)
    for _ in range(3):
        state = (state[1], state[0] + x * state[1])
    return state[0] * state[1]


@program(lambda r, n: ({"a": r.normal(2), "b": r.normal(2)},), analytic=True)
def dict_iterated(p):
    s = 0.0
    for key, v in p.items():
        s = s + np.sum(v * v) * (2.0 if key == "a" else 3.0)
    return s


@program(lambda r, n: ({"a": r.normal(2), "b": r.normal(2)},), analytic=True)
def dict_values(p):
    s = 1.0
    for v in p.values():
        s = s * np.sum(v)
    return s


@program(lambda r, n: ([r.number(), r.number(), r.number()],), analytic=True)
def list_of_numbers(xs):
    return sum(xs) * xs[0] + len(xs) * xs[1]


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def array_of_numbers(x, y):
    v = np.array([x, y, x * y])
    m = np.array([[x, 1.0], [y, x]])
    return np.sum(v * v) + np.sum(m @ m)


@program(lambda r, n: (r.normal(2), r.normal(2)), analytic=True)
def list_aliases(x, y):
    xs = [x * 2.0, y]
    first = xs[0]
    first[0] = 4.0
    xs[0] *= 3.0
    return np.sum(xs[0] * xs[1])


@program(lambda r, n: ([r.normal(3), r.normal(3)],), analytic=True)
def enumerate_list(xs):
    s = 0.0
    for k, x in enumerate(xs):
        s = s + (k + 1) * np.sum(x**2)
    return s


@program(lambda r, n: ([[r.normal(2)], [r.normal(2), r.normal(2)]],), analytic=True)
def ragged_lists(xss):
    s = 0.0
    for xs in xss:
        for x in xs:
            s = s + np.sum(np.sin(x))
    return s


@program(lambda r, n: ((r.normal(3), r.normal(3)),), analytic=True)
def tuple_concatenated(p):
    q = p + (p[0] * p[1],)
    return np.sum(q[2] * q[0]) + len(q)

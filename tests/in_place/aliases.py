"""Several names for one array."""

import numpy as np

from tests.in_place import program

ALIASES = "Aliases"


@program(ALIASES, "two names for one array", lambda r: (r.normal(4),))
def two_names(x):
    y = x
    y += 1.0
    y[0] = x[1] * x[2]
    return np.sum(x * x)


@program(ALIASES, "a swap of buffers in a loop", lambda r: (r.normal(6),))
def swapped_buffers(u):
    u = u * 1.0
    v = np.zeros(6)
    for _ in range(3):
        v[1:-1] = u[2:] * u[:-2] + u[1:-1]
        u, v = v, u
    return np.sum(u) + np.sum(v * v)


@program(ALIASES, "a rotation of three buffers", lambda r: (r.normal(6), r.normal(6)))
def rotated_buffers(u, v):
    w = np.zeros(6)
    for _ in range(4):
        w[1:-1] = 2.0 * v[1:-1] - u[1:-1] * v[2:]
        u, v, w = v, w, u
    return np.sum(v * v)


@program(ALIASES, "a list that holds one array twice", lambda r: (r.normal(4),))
def list_with_one_array_twice(x):
    y = x * 1.0
    both = [y, y]
    both[0][1] = x[0] * x[2]
    return np.sum(both[1] * both[1])


@program(ALIASES, "an array inside a list is written", lambda r: ([r.normal(3), r.normal(3)],))
def list_of_arrays(xs):
    xs[0][1:] *= xs[1][1:]
    xs[1][0] = xs[0][2]
    return np.sum(xs[0] * xs[1])


@program(ALIASES, "a callee writes its argument", lambda r: (r.normal(4),))
def callee_writes(x):
    def scale(v, k):
        v *= k

    scale(x, 3.0)
    scale(x[1:3], x[0])
    return np.sum(x * x)


@program(ALIASES, "a callee writes two arguments and returns a view",
         lambda r: (r.normal(4), r.normal(4)))  # fmt: skip
def callee_returns_view(x, y):
    def step(a, b):
        a[1:] += b[:-1]
        b *= a
        return b[1:3]

    v = step(x, y)
    v *= 2.0
    return np.sum(x * x) + np.sum(y * y)


@program(ALIASES, "one array passed twice to a callee", lambda r: (r.normal(4),))
def passed_twice(x):
    def add(target, source):
        target[1:] += source[:-1] * source[1:]

    add(x, x)
    return np.sum(x * x)


@program(ALIASES, "an alias on both paths of a branch", lambda r: (r.normal(4), 1))
def alias_after_branch(x, n):
    y = x if n > 0 else x * 2.0
    z = y * y
    z[0] = y[1]
    return np.sum(z * x)


@program(ALIASES, "a closure writes a captured array", lambda r: (r.normal(4),))
def closure_writes(x):
    total = np.zeros(4)

    def add(k):
        total[k:] += x[k] * x[k:]

    for k in range(3):
        add(k)
    return np.sum(total * total)


@program(ALIASES, "the old content is saved by a copy", lambda r: (r.normal(4),))
def old_content_copied(x):
    old = x.copy()
    x[1:] = x[:-1] * 2.0
    return np.sum(x * old)


class State:
    """Something with arrays as attributes."""

    def __init__(self, u, v):
        self.u, self.v = u, v


@program(ALIASES, "attributes of an object are written", lambda r: (r.normal(4), r.normal(4)))
def attributes(u, v):
    state = State(u, v)
    for _ in range(2):
        state.v += 0.1 * state.u
        state.u[1:] -= state.v[:-1] * state.u[1:]
    return np.sum(u * u) + np.sum(state.v * v)

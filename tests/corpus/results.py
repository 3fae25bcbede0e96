"""Programs that return arrays and containers, for pullbacks."""

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), scalar=False)
def array_result(x, k):
    return np.sin(x) * k


@program(lambda r, n: (r.normal(n, 3), r.normal(3)), lengths=(0, 1, 2), scalar=False)
def matrix_vector(a, v):
    return a @ v


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), scalar=False)
def argument_returned(x):
    return x


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), scalar=False)
def argument_returned_twice(x):
    return x, x


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), scalar=False)
def view_returned(x):
    return x[1:], x[0]


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True, scalar=False)
def written_argument_returned(x):
    x[0] = x[-1] * 2.0
    return x


@program(lambda r, n: (r.normal(n), 3), lengths=(0, 1, 2), scalar=False)
def returned_then_overwritten(x, steps):
    y = x.copy()
    seen = []
    for _ in range(steps):
        y *= np.sin(y)
        seen.append(y.copy())
    return seen[0] + seen[-1], y


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), scalar=False)
def value_undone_in_reverse(x):
    y = x * 1.0
    y *= y
    y *= y
    return y


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), scalar=False)
def dict_result(x, k):
    return {"sum": np.sum(x) * k, "scaled": x * k}


@program(lambda r, n: (r.number(), r.number()), scalar=False)
def tuple_of_numbers(x, y):
    return x * y, (x + y, 3.0)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), scalar=False)
def list_result(x):
    return [x * k for k in (1.0, 2.0)]


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), scalar=False)
def with_inactive_part(x):
    return np.cumsum(x), np.argsort(x)

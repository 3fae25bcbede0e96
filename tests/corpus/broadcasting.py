"""Broadcasting: what is spread must be summed."""

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n, 3), r.normal(3)), lengths=(0, 1, 2), analytic=True)
def matrix_and_row(a, v):
    return np.sum(a * v + v)


@program(lambda r, n: (r.normal(n, 3), r.normal(n, 1)), lengths=(0, 1, 2), analytic=True)
def matrix_and_column(a, v):
    return np.sum(np.sin(a * v) - v)


@program(lambda r, n: (r.normal(n, 3), r.normal(1, 3)), lengths=(0, 1, 2), analytic=True)
def matrix_and_flat_row(a, v):
    return np.sum(a / (v * v + 1.0))


@program(lambda r, n: (r.normal(n, 1), r.normal(1, 3)), lengths=(0, 1, 2), analytic=True)
def column_and_row(a, b):
    return np.sum((a - b) ** 3)


@program(lambda r, n: (r.normal(n), r.normal(1)), lengths=(0, 1, 2), analytic=True)
def vector_and_one(x, k):
    return np.sum(x * k) + np.sum(k)


@program(lambda r, n: (r.normal(1), r.normal(n)), lengths=(0, 1, 2), analytic=True)
def one_and_vector(k, x):
    return np.sum(k**2 * np.exp(x))


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), analytic=True)
def vector_and_number(x, k):
    return np.sum(x * k + k / 2.0)


@program(lambda r, n: (r.normal(n), np.array(0.7)), lengths=(0, 1, 2), analytic=True)
def vector_and_zero_dimensional(x, k):
    return np.sum(x * k) * k


@program(lambda r, n: (np.array(1.3), r.number()), analytic=True)
def zero_dimensional_and_number(x, k):
    return x * k + np.sin(x)


@program(lambda r, n: (r.normal(2, 3, 4), r.normal(3, 1), r.normal(4), r.number()), analytic=True)
def three_axes(a, b, c, k):
    return np.sum(a * b + c * k - b * c)


@program(lambda r, n: (r.normal(2, 1, 4), r.normal(3, 1)), analytic=True)
def both_sides_grow(a, b):
    return np.sum(np.tanh(a * b))


@program(lambda r, n: (r.normal(n + 1), r.normal(n)), lengths=(1, 2), analytic=True)
def slice_may_broadcast(u, v):
    return np.sum(u[1:] * v)


@program(lambda r, n: (r.normal(2), r.normal(5)), analytic=True)
def slice_does_broadcast(u, v):
    return np.sum(u[1:] * v)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def outer_by_axes(x):
    return np.sum(np.cos(x[:, None] - x[None, :]))


@program(lambda r, n: (r.normal(3), r.normal(2, 3)), analytic=True)
def store_broadcasts(v, a):
    b = np.zeros((2, 3))
    b[:] = v
    b += a * v
    return np.sum(b * b)


@program(lambda r, n: (r.normal(1, 3), r.number()), analytic=True)
def store_one_row(v, k):
    b = np.zeros((4, 3))
    b[1:3] = v
    b[:, 0] = k
    return np.sum(b * b * b)


@program(lambda r, n: (r.number(), r.normal(n)), lengths=(0, 1, 2))
def where_broadcasts(k, x):
    return np.sum(np.where(x > 0.0, k, x * k))


@program(lambda r, n: (r.normal(n, 3), r.normal(3)), lengths=(0, 1, 2))
def maximum_broadcasts(a, v):
    return np.sum(np.maximum(a, v) * np.minimum(v, 0.5))


@program(lambda r, n: (r.number(), 3), analytic=True)
def number_to_shape(x, n):
    y = np.full((n, 2), x)
    z = np.broadcast_to(y[0], (4, 2))
    return np.sum(y**2) + np.sum(z**3)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def sum_of_constant(x):
    return np.sum(np.ones_like(x) * 2.0) + np.sum(x)


@program(lambda r, n: (r.number(), r.normal(n)), lengths=(0, 1, 2), analytic=True)
def carried_rank_changes(k, x):
    s = k
    for _ in range(2):
        s = s + x * k
    return np.sum(s)


@program(lambda r, n: (r.normal(n, 1), r.normal(n)), lengths=(1, 2), analytic=True)
def quotient_and_power(a, b):
    return np.sum(b / (2.0 + a**2)) + np.sum((1.5 + a * a) ** b)


@program(lambda r, n: (r.normal(2, 4, 4), r.normal(4)), analytic=True)
def weighted_means(x, w):
    return np.sum(np.mean(x, 1) * w) + np.sum(np.sum(x, 0) * w * w)


@program(lambda r, n: (r.normal(2, 3, n),), lengths=(0, 1, 2), analytic=True)
def sums_of_sums(x):
    return np.sum(np.mean(np.sum(x, 2), axis=1)) * np.sum(np.sum(x, axis=(0, 1)))


@program(lambda r, n: (r.normal(2, 4, 4), 1), wrt=(0,), analytic=True)
def axis_from_argument(x, axis):
    return np.sum(np.mean(x, axis)) + np.sum(np.sum(x, axis=axis) ** 2)

"""Dtypes and kinds."""

import math

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n).astype(np.float32),), lengths=(0, 1, 2), single=False)
def single_precision(x):
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n).astype(np.float32), r.number()), lengths=(0, 1, 2), single=False)
def single_and_number(x, k):
    return np.sum(x * k) + k


@program(
    lambda r, n: (r.normal(n).astype(np.float32), r.normal(n)), lengths=(0, 1, 2), single=False
)
def single_and_double(x, y):
    return np.sum(x * y)


@program(lambda r, n: (r.normal(n).astype(np.float32),), lengths=(0, 1, 2), single=False)
def numpy_scalar_promotes(x):
    return np.sum(x * np.sin(1.0)) + np.sum(x * math.sin(1.0))


@program(lambda r, n: (np.float32(1.3), np.float64(0.4)), single=False)
def scalars_of_two_widths(x, y):
    return x * y + x * x


@program(lambda r, n: (np.float64(1.2),))
def numpy_scalar(x):
    return np.sin(x) * x


@program(lambda r, n: (np.array(1.2),))
def zero_dimensional_array(x):
    return np.sin(x) * x


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def cast_down_and_up(x):
    y = x.astype(np.float32)
    return np.sum(x) * 2.0 + np.sum(y.astype(np.float64) * 0.0)


@program(lambda r, n: (r.number(), np.arange(4)))
def integers_and_number(x, k):
    return np.sum(x * k) + np.sum(x**k)


@program(lambda r, n: (r.normal(3), np.array([True, False, True])))
def boolean_argument(x, mask):
    return np.sum(x * mask) + np.sum(x[mask] ** 2)


@program(lambda r, n: (r.number(),), rough=True)
def weak_constants(x):
    y = np.float32(2.0) * x
    return y * 3 + True * x + 2**70 * 1e-21 * x


@program(lambda r, n: (r.normal(3),))
def integer_division(x):
    n = len(x)
    return np.sum(x) / n + (n // 2) * x[0] + n % 2 * x[1]

"""Writes whose target isn't known, and values that change their kind."""
# fmt: off
# ruff: noqa

import numpy as np

from tests.refused import refused


@refused(lambda: (np.ones(3),))
def active_into_integers(x):
    k = np.zeros(3, dtype=int)
    k[0] = x[0]
#   ^^^^ S303
    return np.sum(k * x)


@refused(lambda: (np.ones(3), np.arange(3)))
def active_into_integer_argument(x, k):
    y = np.zeros_like(k)
    y[1] = x[1] * 2.0
#   ^^^^ S303
    return np.sum(y * x)


@refused(lambda: (np.ones(3),))
def active_into_booleans(x):
    k = x > 0.0
    k[:] = x
#   ^^^^ S303
    return np.sum(k * x)


@refused(lambda: (1.0,))
def number_or_tuple(x):
#^^ S405
    if x > 0.0:
        y = x
    else:
        y = (x, x)
    return y


@refused(lambda: (1.0,))
def never_bound(x):
    return x * undefined_name
#              ^^^^^^^^^^^^^^ S405


@refused(lambda: (np.ones((2, 3)),))
def layout_decides(x):
    y = x.T.copy()
    v = y.ravel(order="K")
    v[0] = 3.0
#   ^^^^ S301
    return np.sum(y * y)


@refused(lambda: (np.ones((2, 3)),))
def layout_of_argument_decides(x):
    v = x.reshape(-1)
    v[0] = 3.0
#   ^^^^ S301
    return np.sum(x * x)


@refused(lambda: (np.ones(3),))
def keyword_from_array(x):
    return np.sum(np.sum(np.outer(x, x), keepdims=x[0] > 0.0))
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S406


@refused(lambda: (np.ones((3, 3)),))
def too_many_indices(x):
    return x[0, 0, 0]
#          ^^^^^^^^^^ S405


@refused(lambda: (np.ones((2, 3)),))
def write_through_ravel(a):
    b = a * 1.0
    v = b.ravel()
    v[2:4] = v[0] * v[1]
#   ^^^^^^ S301
    return np.sum(b * b)

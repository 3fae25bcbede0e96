"""Writes whose places or values aren't followed, and what NumPy itself would refuse."""
# fmt: off
# ruff: noqa

import operator

import numpy as np

from tests.refused import refused


@refused(lambda: (np.ones(3), np.ones(3)))
def mask_without_out(x, y):
    return np.sum(np.add(x, y, where=x > 0.0))
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^ S202


@refused(lambda: (np.ones((2, 3)),))
def out_of_another_rank(a):
    out = np.zeros((2, 3))
    np.sum(a, axis=0, out=out)
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^ S405
    return np.sum(out)


@refused(lambda: (np.ones(3, np.float32),))
def out_of_another_dtype(x):
    out = np.zeros(3)
    np.cumsum(x, out=out)
#   ^^^^^^^^^^^^^^^^^^^^^ S202
    return np.sum(out)


@refused(lambda: (np.ones(3), np.arange(3)))
def float_into_integers_in_place(x, k):
    k *= 1.5
#   ^^^^^^^^ S303
    return np.sum(k * x)


@refused(lambda: (np.ones(3), np.arange(3)))
def quotient_into_integers(x, k):
    for _ in range(2):
        k[1:] /= 2
#       ^^^^^^^^^^ S303
    return np.sum(k * x)


@refused(lambda: (np.ones(4),))
def reduce_at_places(x):
    return np.sum(np.add.reduceat(x, [0, 2]) ** 2)
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^ S202


@refused(lambda: (np.ones(3), 2))
def one_array_twice_in_a_list(x, n):
    a = x * 1.0
    pair = [a, a]
    for k in range(n):
        pair[k] += 1.0
#       ^^^^^^^^^^^^^^ S301
    return np.sum(pair[0] * pair[1])


@refused(lambda: (np.ones(3),))
def appended_in_each_trip(x):
    rows = []
    a = x * 1.0
    for _ in range(3):
        rows.append(a)
    rows[0][0] = 3.0
#   ^^^^^^^^^^ S301
    return np.sum(rows[1])


@refused(lambda: (np.ones(3),))
def element_stored_in_another_place(x):
    rows = []
    for k in range(3):
        rows.append(x * k)
    rows[0] = rows[1]
    rows[0][0] = 3.0
#   ^^^^^^^^^^ S301
    return np.sum(rows[1])


@refused(lambda: (np.ones(3),))
def list_repeated_by_run_time_length(x):
    rows = [x * 1.0] * len(x)
    rows[0][0] = 5.0
#   ^^^^^^^^^^ S301
    return np.sum(rows[1])


@refused(lambda: (np.ones(3), np.ones(3), 2))
def tuple_element_by_run_time_place(x, y, n):
    both = (x, y)
    for k in range(n):
        both[k][0] = 2.0
#       ^^^^^^^^^^ S301
    return np.sum(x * y)


@refused(lambda: (np.ones(3), 2))
def overlapping_views_in_a_list(x, n):
    z = x * 1.0
    parts = [z[:2], z[1:]]
    for k in range(n):
        parts[k] *= 2.0
#       ^^^^^^^^^^^^^^^ S301
    return np.sum(parts[0] * parts[1])


@refused(lambda: (np.ones(3),))
def several_at_once(x):
    a, b = np.atleast_1d(x, 2.0)
#          ^^^^^^^^^^^^^^^^^^^^^ S202
    a[0] = 3.0
    return np.sum(x)


@refused(lambda: (np.ones(3), np.ones(3)))
def function_of_a_statement(x, y):
    z = x * 1.0
    operator.ifloordiv(z, y)
#   ^^^^^^^^^^^^^^^^^^^^^^^^ S203
    return np.sum(z)


@refused(lambda: (np.ones((2, 2)),))
def flat_from_itself(a):
    a.flat = a.T
#   ^^^^^^ S302
    return np.sum(a * a)


@refused(lambda: (np.ones((2, 3)),))
def flat_part_from_itself(a):
    for k in range(2):
        a.flat[1:4] = a[k]
#       ^^^^^^^^^^^ S302
    return np.sum(a * a)


@refused(lambda: (np.ones(4),))
def joined_into_itself(x):
    np.concatenate([x[1:], x[:1]], out=x)
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S302
    return np.sum(x * x)


@refused(lambda: (np.ones(4),))
def placed_from_itself(x):
    np.place(x, x > 0.0, x[1:])
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ S202
    return np.sum(x * x)

"""Generators that can't be followed."""
# fmt: off
# ruff: noqa

import numpy as np

from tests.refused import refused


def terms(v):
    for a in v:
        yield a * a


@refused(lambda: (np.ones(3),))
def begun_and_consumed(x):
    values = terms(x)
    first = next(values)
    return first * sum(values)
#                      ^^^^^^ S102


@refused(lambda: (np.ones(3),))
def consumed_in_a_branch(x):
    values = terms(x)
    s = 0.0
    if x[0] > 0.5:
        for v in values:
            s = s + v
    for v in values:
#            ^^^^^^ S102
        s = s + v
    return s


@refused(lambda: (np.ones(3),))
def consumed_in_a_loop(x):
    values = terms(x)
    s = 0.0
    for k in range(len(x)):
        for v in values:
#                ^^^^^^ S102
            s = s + v * k
    return s


@refused(lambda: (np.ones(3),))
def returned_from_a_callee(x):
    def inner():
        return terms(x)

    y = inner()
    return np.sum(y)
#          ^^^^^^^^^ S101


@refused(lambda: (np.ones(3),))
def passed_to_numpy(x):
    return np.sum(terms(x))
#          ^^^^^^^^^^^^^^^^ S101

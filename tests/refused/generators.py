"""Generators that can't be followed."""
# fmt: off
# ruff: noqa

import numpy as np

from tests.refused import refused


def terms(v):
    for a in v:
        yield a * a


def guarded(v):
    try:
        yield v[0]
    finally:
        v = v * 2.0




@refused(lambda: (np.ones(3),))
def kept_for_later(x):
    values = terms(x)
    s = 0.0
    for v in values:
#            ^^^^^^ S102
        s = s + v
    return s


@refused(lambda: (np.ones(3),))
def enumerated(x):
    s = 0.0
    for k, v in enumerate(terms(x)):
#                         ^^^^^^^^ S102
        s = s + k * v
    return s


@refused(lambda: (np.ones(3),))
def asked_for_the_next(x):
    return next(terms(x))
#               ^^^^^^^^ S102


@refused(lambda: (np.ones(3),))
def returned_from_a_callee(x):
    def inner():
        return terms(x)

    y = inner()
    return np.sum(y)
#                 ^ S102


@refused(lambda: (np.ones(3),))
def yield_inside_of_try(x):
    s = 0.0
    for v in guarded(x):
#            ^^^^^^^^^^ S102
        s = s + v
    return s


@refused(lambda: (np.ones(3),))
def passed_to_numpy(x):
    return np.sum(terms(x))
#                 ^^^^^^^^ S102

"""Calls that have no rule, no source, or keywords that the rule leaves out."""
# fmt: off
# ruff: noqa

import json
import math

import numpy as np

from tests.refused import refused

HIDDEN = {}
exec("def hidden(x):\n    return x * x\n", HIDDEN)
hidden = HIDDEN["hidden"]


@refused(lambda: (np.ones(4),))
def no_rule(x):
    return np.sum(np.histogram_bin_edges(x))
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^ S201


@refused(lambda: (np.ones(4),))
def no_rule_for_ufunc(x):
    return np.sum(np.nextafter(x, 2.0))
#                 ^^^^^^^^^^^^^^^^^^^^ S201


@refused(lambda: (np.ones(4),))
def histogram(x):
    counts, edges, others = np.histogram2d(x, x)
#                           ^^^^^^^^^^^^^^^^^^^^ S201
    return np.sum(edges)


@refused(lambda: (np.ones(4),))
def keyword_refused(x):
    return np.sum(np.pad(x, 1, "linear_ramp", end_values=3.0))
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S202


@refused(lambda: (np.ones(4),))
def keyword_of_ufunc(x):
    return np.sum(np.sin(x, where=x > 0.0))
#                 ^^^^^^^^^^^^^^^^^^^^^^^^ S202


@refused(lambda: (1.0,))
def without_source(x):
    return hidden(x) * x
#          ^^^^^^^^^ S203


@refused(lambda: (1.0,))
def evaluated(x):
    return eval("x * x")
#          ^^^^^^^^^^^^^ S203


@refused(lambda: (1.0,))
def builtin_without_rule(x):
    return x * math.nextafter(x, 2.0)
#              ^^^^^^^^^^^^^^^^^^^^^^ S201


@refused(lambda: (1.0,))
def from_library(x):
    return float(json.decoder.scanstring(x, 1)) * x
#                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S203


@refused(lambda: (np.ones(4),))
def method_without_rule(x):
    y = x.byteswap()
#       ^^^^^^^^^^^^ S204
    return np.sum(y)


@refused(lambda: (np.ones(4),))
def attribute_without_rule(x):
    return np.sum(x.ctypes)
#                 ^^^^^^^^ S204


@refused(lambda: (1.0, 2))
def not_callable(x, k):
    return k(x)
#          ^^^^ S101


@refused(lambda: (1.0,))
def wrong_number_of_arguments(x):
    def f(a, b):
        return a * b

    return f(x)
#          ^^^^ S405


@refused(lambda: (np.ones(4),))
def star_of_unknown_length(x):
    return max(*x)
#              ^^ S101


@refused(lambda: (1.0,))
def two_functions_without_rule(x):
    y = hidden(x)
#       ^^^^^^^^^ S203
    z = x.hex()
#       ^^^^^^^ S204
    return x * y


@refused(lambda: (np.ones(4),))
def in_reachable_helper(x):
    def helper(t):
        return np.nextafter(t, 2.0)
#              ^^^^^^^^^^^^^^^^^^^^ S201

    return np.sum(helper(x))


@refused(lambda: (np.ones(4),))
def vectorised_function(x):
    return np.sum(np.vectorize(lambda t: t * t)(x))
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S101


@refused(lambda: (np.ones(4),))
def without_rule_behind_unsupported(x):
    def helper(t):
        return np.nextafter(t, 2.0)
#              ^^^^^^^^^^^^^^^^^^^^ S201

    total = 0.0
    for k in range(3):
        names = {"a" for _ in range(k)}
#               ^^^^^^^^^^^^^^^^^^^^^^^ S101
        total = total + np.sum(helper(x))
    if total > 1.0:
        total = total * np.sum(np.nextafter(x, 1.0))
#                              ^^^^^^^^^^^^^^^^^^^^ S201
    return total + len(names)


@refused(lambda: (np.ones(4),))
def stored_and_without_rule(x):
    counts = np.zeros(3, int)
    counts[0] = x[0]
#   ^^^^^^^^^ S303
    return np.sum(np.nextafter(x, 2.0)) + counts[0]
#                 ^^^^^^^^^^^^^^^^^^^^ S201

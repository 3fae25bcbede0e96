"""Objects, containers and builtins that aren't supported, each refused by name."""
# fmt: off
# ruff: noqa

import collections
import dataclasses
import functools
import itertools
import math
import operator

import numpy as np

from tests.refused import refused


class Meta(type):
    def __call__(cls, *args):
        return super().__call__(*args)


class Made(metaclass=Meta):
    def __init__(self, a):
        self.a = a


@refused(lambda: (1.0,))
def class_with_a_metaclass(x):
    return Made(x).a
#          ^^^^^^^ S101


class New:
    def __new__(cls, a):
        made = object.__new__(cls)
        made.a = a
        return made


@refused(lambda: (1.0,))
def class_with_new(x):
    return New(x).a
#          ^^^^^^ S101


class Typed:
    def __get__(self, instance, owner=None):
        return 1.0


class Described:
    rate = Typed()

    def __init__(self, a):
        self.a = a


@refused(lambda: (1.0,))
def descriptor(x):
    return Described(x).rate * x
#          ^^^^^^^^^^^^^^^^^ S101


class Plain:
    def __init__(self, a):
        self.a = a


@refused(lambda: (1.0,))
def operator_not_defined(x):
    return (Plain(x) + x).a
#           ^^^^^^^^^^^^ S405


@refused(lambda: (1.0,))
def order_not_defined(x):
    if Plain(x) < Plain(2.0 * x):
#      ^^^^^^^^^^^^^^^^^^^^^^^^^ S405
        return x
    return 2.0 * x


@refused(lambda: (1.0,))
def object_without_call(x):
    return Plain(x)(2.0)
#          ^^^^^^^^^^^^^ S101


@refused(lambda: (1.0,))
def attribute_that_is_not_there(x):
    return Plain(x).b
#          ^^^^^^^^^^ S405


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __len__(self):
        return 2

    def __rmul__(self, k):
        return Pair(k * self.a, k * self.b)


@refused(lambda: (np.ones(2),))
def array_times_object(x):
    p = x * Pair(1.0, 2.0)
#       ^^^^^^^^^^^^^^^^^^ S405
    return p.a


@dataclasses.dataclass
class WithInitVar:
    a: float
    b: dataclasses.InitVar[float] = 0.0


@refused(lambda: (1.0,))
def init_variable(x):
    return WithInitVar(x).a
#          ^^^^^^^^^^^^^^ S101


@refused(lambda: (np.ones(4),))
def grouped(x):
    return sum(v for k, v in itertools.groupby(x))
#                            ^^^^^^^^^^^^^^^^^^^^ S101


@refused(lambda: (np.ones(4),))
def place_by_value(x):
    s = [v for v in x]
    return s.index(x[0]) * x[0]
#          ^^^^^^^^^^^^^ S204


@refused(lambda: (np.ones(4),))
def remove_by_value(x):
    s = [x[0], x[1]]
    s.remove(x[1])
#   ^^^^^^^^^^^^^^ S101
    return s[0]


@refused(lambda: (np.ones(4),))
def set_that_grows(x):
    seen = {1, 2}
    seen.add(3)
#   ^^^^^^^^^^^ S204
    return x[0] * len(seen)


@refused(lambda: (np.ones(4),))
def dict_by_number(x):
    d = {0: x[0], 1: x[1]}
    return d[int(x[2])]
#          ^^^^^^^^^^^^ S101


@refused(lambda: (np.ones(4),))
def tuple_of_unknown_length(x):
    t = tuple(x)
#       ^^^^^^^^ S101
    return t[0]


@refused(lambda: (1.5,))
def gamma_function(x):
    return math.gamma(x)
#          ^^^^^^^^^^^^^ S201


@refused(lambda: (1.5,))
def mantissa(x):
    m, e = math.frexp(x)
#          ^^^^^^^^^^^^^ S201
    return m


@refused(lambda: (1.5,))
def mixed_by_place(x):
#^^ S405
    s = (x, [x])
    return s[int(x)]


@refused(lambda: (1.0,))
def key_that_is_not_there(x):
    d = {"a": x}
    del d["b"]
#       ^^^^^^ S405
    return d["a"]


@refused(lambda: (1.0,))
def function_that_holds_a_value(x):
    def scale(v):
        return v * 2.0
    scale.rate = x
#   ^^^^^^^^^^ S103
    return scale(2.0)


@refused(lambda: (1.0,))
def list_that_grows_while_it_is_run_over(x):
    s = [x]
    for v in s:
#            ^ S101
        if len(s) < 3:
            s.append(v * 2.0)
    return sum(s)


@refused(lambda: (np.ones(4),))
def one_row_many_times(x):
    rows = []
    row = []
    for v in x:
        row.append(v)
#       ^^^^^^^^^^^^^ S301
        rows.append(row)
    return sum(len(r) * r[0] for r in rows)


@refused(lambda: (np.ones(4),))
def object_changed_in_a_list(x):
    found = [Plain(v) for v in x]
    for item in found:
        item.a = item.a * 2.0
#       ^^^^^^ S301
    return sum(item.a for item in found)


@refused(lambda: (np.ones(4),))
def object_changed_after_it_was_kept(x):
    kept = []
    for v in x:
        made = Plain(v)
        kept.append(made)
        made.a = made.a * v
#       ^^^^^^ S301
    return sum(item.a for item in kept)


@refused(lambda: ([{"w": 1.0}, {"w": 2.0}],))
def dict_changed_in_a_list(params):
    for p in params:
        p["w"] = p["w"] * 2.0
#       ^^^^^^ S301
    return params[0]["w"] * params[1]["w"]

"""Managers, patterns, and what else stands around statements, where they can't be followed."""
# fmt: off
# ruff: noqa

import threading

import numpy as np

from tests.refused import refused

LOCK = threading.Lock()
STATE = {"calls": 0.0}


class Counter:
    def __init__(self):
        self.count = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


COUNTER = Counter()


@refused(lambda: (1.0,))
def unknown_manager(x):
    with x:
#        ^ S101
        y = x * x
    return y


@refused(lambda: (1.0,))
def what_a_lock_gives(x):
    with LOCK as held:
#        ^^^^ S101
        y = x * x
    return y


@refused(lambda: (1.0,))
def leaves_a_lock_by_a_branch(x):
    with LOCK:
#        ^^^^ S101
        if x > 3.0:
            return x
        y = x * x
        y = y * x
    return y


@refused(lambda: (1.0,))
async def asynchronous_with(x):
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S102
    async with LOCK:
        y = x * x
    return y


@refused(lambda: (np.ones(3),))
def pattern_with_names_by_value(x):
    match (x[0], x[1]):
        case (0.0, b) | (b, 0.0):
#            ^^^^^^^^ S101
            return b
    return x[0]


@refused(lambda: (np.ones(3),))
def list_of_unknown_length(x):
    items = [v for v in x if v > 0.0]
    match items:
        case [a, b]:
#            ^^^^^^ S101
            return a * b
    return x[0]


@refused(lambda: (1.0, int),)
def class_that_is_a_value(x, cls):
    kind = float if x > 0.0 else int
    match x:
        case kind(y):
#            ^^^^ S101
            return y
    return x


@refused(lambda: (1.0,))
def too_many_positions(x):
    match COUNTER:
        case Counter(a, b):
#            ^^^^^^^^^^^^^ S405
            return a * b
    return x


@refused(lambda: (1.0,))
def import_of_nothing(x):
    import not_there_at_all
#   ^^^^^^^^^^^^^^^^^^^^^^^ S405
    return x


@refused(lambda: (1.0,))
def import_of_a_missing_name(x):
    from math import not_there
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^ S405
    return x


@refused(lambda: (np.ones(3),))
def deletes_an_item_of_an_array(x):
    y = x * 2.0
    del y[0]
#       ^^^^ S101
    return y[0]


@refused(lambda: (1.0,))
def deletes_twice(x):
    y = x
    del y
    del y
#       ^ S405
    return x


@refused(lambda: (1.0,))
def deletes_a_missing_key(x):
    table = {"a": x}
    del table["b"]
#       ^^^^^^^^^^ S405
    return table["a"]


@refused(lambda: (1.0,))
def deletes_an_attribute(x):
    counter = Counter()
    del counter.count
#       ^^^^^^^^^^^^^ S101
    return x


@refused(lambda: (1.0, 3))
def format_by_a_number(x, n):
    print(f"{x:.{x}f}")
#         ^^^^^^^^^^^^ S101
    return x


@refused(lambda: (1.0,))
def counts_outside(x):
    with COUNTER as counter:
        counter.count = x
#       ^^^^^^^^^^^^^ S103
        y = x * x
    return y


@refused(lambda: (np.ones(3),))
def item_of_a_global_in_a_handler(x):
    y = x[0]
    try:
        y = 1.0 / float(y)
    except ZeroDivisionError:
        STATE["calls"] = 1.0
#       ^^^^^^^^^^^^^^ S103
    return y


@refused(lambda: (1.0,))
def deletes_a_global(x):
    global STATE
    del STATE
#   ^^^^^^^^^ S103
    return x

"""Statements and expressions outside the language."""
# fmt: off
# ruff: noqa

import numpy as np

from tests.refused import refused

COUNTER = 0.0
STATE = {"calls": 0.0}


class Thing:
    value = 0.0


THING = Thing()


@refused(lambda: (1.0,))
def generator(x):
#^^^^^^^^^^^^^^^^ S102
    yield x


@refused(lambda: (1.0,))
def generator_after_work(x):
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ S102
    y = x * 2.0
    z = yield y
    return y


@refused(lambda: (1.0,))
def yields_from(x):
#^^^^^^^^^^^^^^^^^^ S102
    yield from [x]


@refused(lambda: (1.0,))
async def coroutine(x):
#^^^^^^^^^^^^^^^^^^^^^^ S102
    return x


@refused(lambda: (1.0,))
def global_write(x):
    global COUNTER
    COUNTER = x * x
#   ^^^^^^^ S103
    return COUNTER


@refused(lambda: (1.0,))
def attribute_outside(x):
    THING.value = x
#   ^^^^^^^^^^^ S103
    return THING.value * x


@refused(lambda: (1.0,))
def item_of_global(x):
    STATE["calls"] = x
#   ^^^^^^^^^^^^^^ S103
    return x


@refused(lambda: (1.0,))
def class_inside(x):
    class Local:
#   ^^^^^^^^^^^^ S101
        pass

    return x


@refused(lambda: (1.0,))
def set_display(x):
    s = {x, 2.0}
#       ^^^^^^^^ S406
    return x


@refused(lambda: (np.ones(3),))
def set_comprehension(x):
    s = {float(k) for k in range(3)}
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S101
    return np.sum(x)


@refused(lambda: (np.ones(4),))
def delete_item(x):
    del x[0]
#       ^^^^ S101
    return np.sum(x)


@refused(lambda: (1.0,))
def coroutine_inside(x):
    async def inner(t):
#   ^^^^^^^^^^^^^^^^^^^ S102
        return t

    return inner(x)


@refused(lambda: (1.0,))
def unknown_key(x):
    d = {"a": x}
    return d["b"]
#          ^^^^^^ S405


@refused(lambda: (1.0, 2))
def dynamic_key(x, n):
    s = 0.0
    for k in range(n):
        d = {0: x, 1: x * x}
        s = s + d[k]
#               ^^^^ S101
    return s


@refused(lambda: (1.0,))
def two_places(x):
    s = {x}
#       ^^^ S406
    y = x
    with open("nothing"):
#        ^^^^^^^^^^^^^^^ S203
        y = y * x
    return y

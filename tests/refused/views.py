"""Views that can't be written through, and functions that are refused by name."""
# fmt: off
# ruff: noqa

import numpy as np

from tests.refused import refused


@refused(lambda: (np.ones((3, 3)),))
def diagonal_is_read_only(a):
    d = np.diagonal(a)
    d[0] = 2.0
#   ^^^^ S302
    return np.sum(a)


@refused(lambda: (np.ones(3),))
def broadcast_is_read_only(x):
    for k in range(2):
        b = np.broadcast_to(x, (2, 3))
        b[k] *= 2.0
#       ^^^^^^^^^^^ S302
    return np.sum(x)


@refused(lambda: (np.ones(5),))
def windows_are_read_only(x):
    y = x * 2.0
    np.lib.stride_tricks.sliding_window_view(y, 3)[0] = 1.0
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S302
    return np.sum(y)


@refused(lambda: (np.ones((3, 3)),))
def einsum_diagonal_written(a):
    np.einsum("ii->i", a)[:] = 1.0
#   ^^^^^^^^^^^^^^^^^^^^^^^^ S302
    return np.sum(a)


@refused(lambda: (np.ones((2, 2)),))
def iterator_over_an_array(a):
    total = 0.0
    for value in np.nditer(a):
#                ^^^^^^^^^^^^ S203
        total = total + value * value
    return total


@refused(lambda: (np.ones(3),))
def shuffled(x):
    y = x * 2.0
    np.random.shuffle(y)
#   ^^^^^^^^^^^^^^^^^^^^ S203
    return np.sum(y * x)


@refused(lambda: (np.ones(4),))
def strides_given(x):
    y = np.lib.stride_tricks.as_strided(x, (2,), (8,))
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S203
    return np.sum(y * y)


@refused(lambda: (np.ones((2, 3)),))
def shape_is_changed(a):
    b = a * 2.0
    b.shape = (3, 2)
#   ^^^^^^^ S305
    return np.sum(b * b)


@refused(lambda: (np.ones(4),))
def partitioned(x):
    y = x * 2.0
    y.partition(2)
#   ^^^^^^^^^^^^^^ S204
    return y[2]


@refused(lambda: (np.ones(4),))
def flags_are_set(x):
    y = x * 2.0
    y.setflags(write=False)
#   ^^^^^^^^^^^^^^^^^^^^^^^ S204
    return np.sum(y)


@refused(lambda: (np.ones(4),))
def item_is_set(x):
    y = x * 2.0
    y.itemset(0, 1.0)
#   ^^^^^^^^^^^^^^^^^ S204
    return np.sum(y)


@refused(lambda: (np.ones(4),))
def bytes_are_viewed(x):
    return np.sum(x.view(np.int64))
#                 ^^^^^^^^^^^^^^^^ S204


@refused(lambda: (np.ones((2, 3)),))
def arithmetic_of_flat(a):
    a.flat += 1.0
#   ^^^^^^^^^^^^^ S405
    return np.sum(a * a)


@refused(lambda: (np.ones((2, 3)),))
def added_at_flat(a):
    np.add.at(a.flat, [0, 0], 1.0)
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S405
    return np.sum(a * a)

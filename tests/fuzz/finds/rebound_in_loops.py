"""The reverse sweep read a tape of a loop that a branch had not entered."""

import numpy as np

SEED = 14


def fuzz(x, y, k):
    u = x * 1.0
    v = y
    s = k
    n = 0
    while n < 2:
        n += 1
        if -0.5 < x[-3] < 0.8:
            u = v * 0.5 + y
            for _i, _e in enumerate(u):
                y[1:3] *= np.tanh(k) ** 2
                u[-2:] *= v[::2]
            x = np.zeros(4)
    w = x[1:3]
    return s + np.sum(w) + np.sum(x * 1.5) + np.sum(y * y) + np.sum(u * v) + np.sum(v)

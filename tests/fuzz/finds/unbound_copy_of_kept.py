"""A kept version of an array that a returning arm leaves unbound is copied for the pullback."""

import numpy as np

SEED = 1186


def fuzz(x, y, k):
    u = x * 1.0
    v = y[::-1]
    s = k
    if s > y[2]:
        u[::-2] *= y[-1:-3:-1]
        if u[0] > 0.0 or s < 0.5:
            x[1:3] += u[::2]
            return s
    else:
        pass
    return s + np.sum(x * 1.5) + np.sum(y * y) + np.sum(u * v)

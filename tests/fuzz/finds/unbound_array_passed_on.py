"""A version of an array that one arm leaves unbound is given on under another name."""

import numpy as np

SEED = 2039


def fuzz(x, y, k):
    u = x * 1.0
    v = y
    s = k
    if not v[-1] < 0.0:
        x[1] = u.mean()
        u[np.array([3, 1, 0, 2])] = 0.25
    elif v[2] >= s:
        return s
    m10 = x[:, None]
    return s + np.sum(m10 * m10)

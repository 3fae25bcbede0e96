"""The newest version of an array is unbound where an older one still has a cotangent."""

import numpy as np

SEED = 1174


def fuzz(x, y, k):
    v = y
    s = k
    x = np.zeros_like(v)
    if v[3] > 0.0:
        pass
    else:
        x[-1] += np.exp(-v[3] * v[3])
        if -0.5 < x[-3] < 0.8:
            return s
    return s + np.sum(x * 1.5)

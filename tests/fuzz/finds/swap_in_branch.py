"""The reverse sweep read a tape that only one arm of the branch had bound."""

import numpy as np

SEED = 21


def fuzz(x, y, k):
    u = x * 1.0
    v = y.copy()
    s = k
    if np.sum(y) > 0.1:
        for _ in range(3):
            x, u = (u, x)
            x *= y
    return s + np.sum(x * 1.5) + np.sum(y * y) + np.sum(u * v)

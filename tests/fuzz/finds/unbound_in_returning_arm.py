"""A value that the returning arm leaves unbound, whose shape nobody else has."""

import numpy as np

WEIGHTS = np.array([0.5, -1.0, 0.25, 2.0])
SEED = 1226


def fuzz(x, y, k):
    u = x
    v = y
    s = k
    if not x[2] > 0.0:
        if x[-3] > s or s < 0.5:
            return s
        v = WEIGHTS
    return s + np.sum(x * 1.5) + np.sum(y * y) + np.sum(u * v)

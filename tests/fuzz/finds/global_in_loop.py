"""A global array that is first read in the body of a loop was unknown behind it."""

import numpy as np

SEED = 82
WEIGHTS = np.array([0.5, -1.0, 0.25, 2.0])


def fuzz(x, y, k):
    s = k
    for e, _f in zip(x, y * 2.0, strict=False):
        s = s + e * WEIGHTS[0]
        x = WEIGHTS * y
    return s + np.sum(x * WEIGHTS)

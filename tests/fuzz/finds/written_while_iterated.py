"""Elements were read from the array as it was before the loop."""

import numpy as np

SEED = 179


def fuzz(x, y, k):
    u = x
    for _i, e in enumerate(u):
        u[-1] += e - 0.5 * e
    return k + np.sum(x * y)

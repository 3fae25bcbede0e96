"""What was written behind an early return was read out of its block."""

import numpy as np

SEED = 101


def fuzz(x, y, k):
    u = x * 1.0
    v = y[::-1]
    s = k
    if u[2] >= 0.3:
        return s + np.sum(y) * abs(u[3])
    u[::2] += v[1:3]
    return s

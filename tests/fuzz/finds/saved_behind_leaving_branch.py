"""What a pullback saves of a loop's body that ends with a branch that leaves."""

import numpy as np

SEED = 1133


def h1(x, k, c=0.3):
    pass


def fuzz(x, y, k):
    u = x
    v = y[::-1]
    s = k
    n4 = 0
    while n4 < 0 and (y[-3] > k and s < 0.5):
        if s > v[-1]:
            if np.sum(y) > 0.1:
                u[0] = h1(u, v[3])
                break
        elif s > x[-3]:
            return s
    return s

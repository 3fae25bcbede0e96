"""Where both arms of a test can reach the next trip, how the loop was left doesn't decide it."""

import numpy as np

SEED = 92


def fuzz(x, y, k):
    u = x * y
    s = k
    for _ in range(4):
        s = s + 0.5
        if s < 0.5:
            continue
        if s > 5.0:
            break
        u[0] += x[3] - 0.5 * u[2]
    return s + np.sum(u)

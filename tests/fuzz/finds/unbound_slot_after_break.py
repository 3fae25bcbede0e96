"""A loop behind a return, left at once: its slots are unbound on the path that returns."""

import numpy as np

SCALE = 0.7
SEED = 2003


def fuzz(x, y, k):
    u = x * 1.0
    v = y
    s = k
    a1 = s
    a2 = 0.25
    if not u[3] < -0.5:
        if s > x[2]:
            pass
        else:
            if -0.5 < x[-3] < 0.8:
                return s
            v += u
        for i3 in range(1, 4, 2):
            u += y[-1] - 0.5 * float(i3)
            s += SCALE - 0.5 * a1
            break
    return s + a1 + a2 + np.sum(x * 1.5) + np.sum(y * y)

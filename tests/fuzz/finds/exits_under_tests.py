"""The adjoint read a name that the trip which leaves had not bound."""

import numpy as np

SEED = 18


def fuzz(x, y, k):
    u = x
    v = y.copy()
    s = k
    for i in range(4):
        w = x[1:]
        s = s + w[0]
        if i > 1:
            v = np.where(y > 0.0, x, k)
        else:
            if i > 1:
                v *= u
                if i > 1:
                    continue
            if k > 0.0:
                break
            u[:-1] = u[:-1]
    return s + np.sum(x * 1.5) + np.sum(y * y) + np.sum(u * v)

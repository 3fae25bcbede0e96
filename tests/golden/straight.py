import numpy as np


def straight(x, y):
    r = x * y
    return np.sin(r) + x**2


def straight_adjoint(x, y, *, out_bar=1.0):
    # -- forward sweep
    r = x * y
    out = np.sin(r) + x**2

    # -- reverse sweep
    # L3: return np.sin(r) + x ** 2
    x_bar = out_bar * (2.0 * x)
    r_bar = out_bar * np.cos(r)

    # L2: r = x * y
    x_bar = x_bar + r_bar * y
    y_bar = r_bar * x
    return out, (x_bar, y_bar)


ARGS = (1.2, 0.7)

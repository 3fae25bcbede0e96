import numpy as np


def search(x, w, limit):
    s = 0.0
    for k in range(len(w)):
        s = s + np.sin(w[k] * x)
        if s > limit:
            return s * x
        if k > 3:
            break
    return s


def search_adjoint(x, w, limit, *, out_bar=1.0):
    # -- forward sweep
    s = 0.0
    exit_3 = 0
    k = -1
    for k in range(len(w)):
        s = s + np.sin(w[k] * x)
        if s > limit:
            exit_3 = 1
            break
        if k > 3:
            break
    out = s * x if exit_3 == 1 else s

    # -- reverse sweep
    w_bar = np.zeros_like(w)
    # L6: return s * x
    if exit_3 == 1:
        x_bar = out_bar * s
        s_bar = out_bar * x
    else:
        # L9: return s
        x_bar = 0.0
        s_bar = out_bar

    # L3: for k in range(len(w))
    for k in range(k, -1, -1):  # noqa: B020
        # L4: s = s + np.sin(w[k] * x)
        s_mul_bar = s_bar * np.cos(w[k] * x)
        w_bar[k] += s_mul_bar * x
        x_bar = x_bar + s_mul_bar * w[k]
    return out, (x_bar, w_bar)


ARGS = (0.8, np.array([0.3, 1.1, 0.9, 0.2, 1.4, 2.0, 0.5]), 1.9)
WRT = (0, 1)

import numpy as np


def mlp(w1, b1, w2, b2, x, t):
    h = np.tanh(x @ w1 + b1)
    y = h @ w2 + b2
    return np.mean((y - t) ** 2)


def mlp_adjoint(w1, b1, w2, b2, x, t, *, out_bar=1.0):
    # -- forward sweep
    h = np.tanh(x @ w1 + b1)
    y = h @ w2 + b2
    y_sub = y - t
    out = np.mean(y_sub**2)

    # -- reverse sweep
    # L4: return np.mean((y - t) ** 2)
    y_bar = (out_bar * 2.0 / y_sub.size) * y_sub

    # L3: y = h @ w2 + b2
    b2_bar = np.sum(y_bar, axis=0)
    h_bar = y_bar @ w2.T
    w2_bar = h.T @ y_bar

    # L2: h = np.tanh(x @ w1 + b1)
    h_add_bar = h_bar * (1.0 - h * h)
    b1_bar = np.sum(h_add_bar, axis=0)
    w1_bar = x.T @ h_add_bar
    return out, (w1_bar, b1_bar, w2_bar, b2_bar)


_rng = np.random.default_rng(0)
ARGS = tuple(_rng.normal(size=s) for s in [(3, 4), (4,), (4, 2), (2,), (5, 3), (5, 2)])
WRT = (0, 1, 2, 3)

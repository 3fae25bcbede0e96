import numpy as np


def layers(params, x):
    for w, b in params:
        x = np.tanh(x @ w + b)
    return np.sum(x)


def layers_adjoint(params, x, *, out_bar=1.0):
    # -- forward sweep
    x_tape = []
    for w, b in params:
        x_tape.append(x)
        x = np.tanh(x @ w + b)
    out = np.sum(x)

    # -- reverse sweep
    # L4: return np.sum(x)
    x_bar = np.full_like(x, out_bar)

    # L2-3: for w, b in params
    params_bar = [None] * len(params)
    for k in reversed(range(len(params))):
        w, b = params[k]
        # L3: x = np.tanh(x @ w + b)
        x_add_bar = x_bar * (1.0 - x * x)
        x = x_tape.pop()
        params_bar[k] = (x.T @ x_add_bar, np.sum(x_add_bar, axis=0))
        x_bar = x_add_bar @ w.T
    return out, (params_bar,)


_rng = np.random.default_rng(4)
ARGS = (
    [
        (_rng.normal(size=(3, 4)), _rng.normal(size=4)),
        (_rng.normal(size=(4, 2)), _rng.normal(size=2)),
    ],
    _rng.normal(size=(5, 3)),
)
WRT = (0,)

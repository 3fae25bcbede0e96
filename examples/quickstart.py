"""The first program to differentiate: a small residual network that works in place.

s2sad show examples/quickstart.py:loss --check
"""

import numpy as np

import s2sad


def loss(w, b, x, target):
    x = x.copy()
    for k in range(len(w)):
        x[1:-1] += w[k] * np.tanh(x[2:] - x[:-2] + b[k])
    return np.mean((x - target) ** 2)


_rng = np.random.default_rng(0)
ARGS = tuple(_rng.normal(size=n) for n in (4, 4, 12, 12))
WRT = (0, 1)


def descend(steps=200, rate=0.1):
    """Plain gradient descent from `ARGS`; returns the loss before and after."""
    w, b, x, target = ARGS
    step = s2sad.value_and_grad(loss, wrt=("w", "b"))
    first, _ = step(w, b, x, target)
    for _ in range(steps):
        _, (w_bar, b_bar) = step(w, b, x, target)
        w, b = w - rate * w_bar, b - rate * b_bar
    return first, loss(w, b, x, target)


def main():
    first, last = descend()
    print(f"loss: {first:.4f} at the start, {last:.4f} after 200 steps")


if __name__ == "__main__":
    main()

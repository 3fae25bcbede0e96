"""Layers of networks, written out in loops."""

import numpy as np

from tests.kernels import kernel


@kernel(
    small=lambda r: (r.normal(2, 4, 4, 2), r.normal(2, 2, 2, 3), r.normal(3)),
    large=lambda r: (r.normal(4, 24, 24, 4), r.normal(3, 3, 4, 8), r.normal(8)),
    huge=lambda r: (r.normal(8, 32, 32, 8), r.normal(3, 3, 8, 16), r.normal(16)),
    origin="NPBench: conv2d with bias, over windows",
)
def conv2d(image, weights, bias):
    n, height, width, _ = image.shape
    k, out_channels = weights.shape[0], weights.shape[3]
    out = np.empty((n, height - k + 1, width - k + 1, out_channels))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j, :] = np.sum(
                image[:, i : i + k, j : j + k, :, np.newaxis] * weights[np.newaxis], axis=(1, 2, 3)
            )
    out += bias
    return np.sum(np.tanh(out))


@kernel(
    small=lambda r: (r.normal(2, 4, 4, 2),),
    large=lambda r: (r.normal(8, 48, 48, 8),),
    huge=lambda r: (r.normal(32, 64, 64, 32),),
    origin="NPBench: two-by-two pooling of LeNet",
    rough=True,
)
def max_pool(x):
    n, height, width, channels = x.shape
    out = np.empty((n, height // 2, width // 2, channels))
    for i in range(height // 2):
        for j in range(width // 2):
            out[:, i, j, :] = np.max(x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, :], axis=(1, 2))
    return np.sum(out * out)


@kernel(
    small=lambda r: (r.normal(7), r.normal(3)),
    large=lambda r: (r.normal(100_000), r.normal(9)),
    huge=lambda r: (r.normal(1_000_000), r.normal(9)),
    origin="convolution of a signal, one shift at a time",
)
def convolution(x, k):
    y = np.zeros(len(x) - len(k) + 1)
    for j in range(len(k)):
        y += k[j] * x[j : j + len(y)]
    return np.sum(y * y)


@kernel(
    small=lambda r: (r.normal(2, 8), r.normal(2, 8), r.normal(8), r.normal(3, 2), np.zeros(2)),
    large=lambda r: (
        r.normal(32, 256) * 0.1, r.normal(64, 256) * 0.1, r.normal(256), r.normal(50, 32),
        np.zeros(64),
    ),
    huge=lambda r: (
        r.normal(256, 2_048) * 0.05, r.normal(512, 2_048) * 0.05, r.normal(2_048),
        r.normal(30, 256), np.zeros(512)
    ),
    origin="a long short-term memory (Hochreiter and Schmidhuber)",
)  # fmt: skip
def lstm(w, u, b, xs, h):
    n = len(h)
    c = np.zeros_like(h)
    gates = np.empty(4 * n)
    for t in range(len(xs)):
        gates[:] = xs[t] @ w + h @ u + b
        gates[: 3 * n] = 1.0 / (1.0 + np.exp(-gates[: 3 * n]))
        gates[3 * n :] = np.tanh(gates[3 * n :])
        c *= gates[n : 2 * n]
        c += gates[:n] * gates[3 * n :]
        h = gates[2 * n : 3 * n] * np.tanh(c)
    return np.sum(h * h)


def softmax(x):
    """Softmax along the last axis."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


@kernel(
    small=lambda r: (r.normal(3, 2), r.normal(2, 4), r.normal(4), r.normal(4, 3), r.normal(3)),
    large=lambda r: (
        r.normal(64, 100), r.normal(100, 200) * 0.1, r.normal(200), r.normal(200, 50) * 0.1,
        r.normal(50),
    ),
    huge=lambda r: (
        r.normal(1_000, 800), r.normal(800, 1_000) * 0.1, r.normal(1_000),
        r.normal(1_000, 50) * 0.1, r.normal(50)
    ),
    origin="NPBench: mlp, with ReLU and softmax",
    rough=True,
)  # fmt: skip
def mlp(x, w1, b1, w2, b2):
    h = x @ w1 + b1
    h[h < 0.0] = 0.0
    return -np.mean(np.log(softmax(h @ w2 + b2)[:, 0]))


@kernel(
    small=lambda r: (r.normal(2, 3, 4),),
    large=lambda r: (r.normal(16, 100, 100),),
    huge=lambda r: (r.normal(16, 300, 300),),
    origin="NPBench: softmax, in place",
)
def softmax_in_place(x):
    x -= np.max(x, axis=-1, keepdims=True)
    np.exp(x, out=x)
    x /= np.sum(x, axis=-1, keepdims=True)
    return np.sum(x * x)


@kernel(
    small=lambda r: (r.normal(3, 4), r.normal(4, 4), r.normal(4, 4), r.normal(4, 4), 2),
    large=lambda r: (
        r.normal(40, 64), r.normal(64, 64) * 0.1, r.normal(64, 64) * 0.1, r.normal(64, 64) * 0.1, 8
    ),
    huge=lambda r: (
        r.normal(500, 512), r.normal(512, 512) * 0.1, r.normal(512, 512) * 0.1,
        r.normal(512, 512) * 0.1, 8
    ),
    origin="causal attention with several heads, head by head",
)  # fmt: skip
def attention(x, wq, wk, wv, heads):
    q, k, v = x @ wq, x @ wk, x @ wv
    out = np.zeros_like(x)
    size = x.shape[1] // heads
    mask = np.triu(np.ones((len(x), len(x))), 1) > 0.0
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        scores = q[:, part] @ k[:, part].T / np.sqrt(size)
        scores[mask] = -1e9
        out[:, part] = softmax(scores) @ v[:, part]
    return np.sum(out * out)

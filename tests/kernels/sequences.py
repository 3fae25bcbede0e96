"""Dynamic programming, shortest paths, and transforms of signals."""

import numpy as np

from tests.kernels import kernel


@kernel(
    small=lambda r: (r.positive(4, 4),),
    large=lambda r: (r.positive(40, 40),),
    huge=lambda r: (r.positive(250, 250),),
    origin="PolyBench: floyd-warshall",
    rough=True,
)
def floyd_warshall(path):
    for k in range(len(path)):
        path[:] = np.minimum(path, path[:, k][:, np.newaxis] + path[k, :])
    return np.sum(path * path)


@kernel(
    small=lambda r: (r.positive(3, 3),),
    large=lambda r: (r.positive(16, 16),),
    huge=lambda r: (r.positive(40, 40),),
    origin="Floyd and Warshall's shortest paths, element by element",
    rough=True,
)
def floyd_warshall_loops(path):
    n = len(path)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if path[i, k] + path[k, j] < path[i, j]:
                    path[i, j] = path[i, k] + path[k, j]
    return np.sum(path * path)


@kernel(
    small=lambda r: (r.normal(4, 3), 0.3),
    large=lambda r: (r.normal(50, 50), 0.3),
    huge=lambda r: (r.normal(200, 200), 0.3),
    origin="global alignment (Needleman and Wunsch), with scores that are floats",
    rough=True,
)
def needleman_wunsch(score, gap):
    m, n = score.shape
    best = np.zeros((m + 1, n + 1))
    for i in range(m + 1):
        best[i, 0] = -gap * i
    for j in range(n + 1):
        best[0, j] = -gap * j
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            best[i, j] = max(
                best[i - 1, j - 1] + score[i - 1, j - 1], best[i - 1, j] - gap, best[i, j - 1] - gap
            )
    return best[m, n]


@kernel(
    small=lambda r: (r.normal(4, 3), 0.3),
    large=lambda r: (r.normal(50, 50), 0.3),
    huge=lambda r: (r.normal(200, 200), 0.3),
    origin="local alignment (Smith and Waterman), with scores that are floats",
    rough=True,
)
def smith_waterman(score, gap):
    m, n = score.shape
    best = np.zeros((m + 1, n + 1))
    top = 0.0
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            value = best[i - 1, j - 1] + score[i - 1, j - 1]
            if best[i - 1, j] - gap > value:
                value = best[i - 1, j] - gap
            if best[i, j - 1] - gap > value:
                value = best[i, j - 1] - gap
            if value > 0.0:
                best[i, j] = value
            if value > top:
                top = value
    return top


@kernel(
    small=lambda r: (r.normal(8), r.normal(8)),
    large=lambda r: (r.normal(4_096), r.normal(4_096)),
    huge=lambda r: (r.normal(32_768), r.normal(32_768)),
    origin="the fast Fourier transform of Cooley and Tukey, in place, stage by stage",
)
def fft_stages(re, im):
    n = len(re)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j ^= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    size = 2
    while size <= n:
        half = size // 2
        angle = -2.0 * np.pi / size * np.arange(half)
        c, s = np.cos(angle), np.sin(angle)
        for start in range(0, n, size):
            middle, end = start + half, start + size
            tr = c * re[middle:end] - s * im[middle:end]
            ti = s * re[middle:end] + c * im[middle:end]
            re[middle:end] = re[start:middle] - tr
            im[middle:end] = im[start:middle] - ti
            re[start:middle] += tr
            im[start:middle] += ti
        size *= 2
    power = re * re + im * im
    return np.sum(power * np.arange(n))


@kernel(
    small=lambda r: (r.normal(8), r.normal(8)),
    large=lambda r: (r.normal(4_096), r.normal(4_096)),
    huge=lambda r: (r.normal(524_288), r.normal(524_288)),
    origin="Stockham's transform, which sorts itself, between two buffers (NPBench: stockham_fft)",
)
def fft_stockham(re, im):
    n = len(re)
    stride, half = 1, n // 2
    while half >= 1:
        angle = -np.pi / half * np.arange(half)
        c, s = np.cos(angle)[:, np.newaxis], np.sin(angle)[:, np.newaxis]
        ar, br = re.reshape(2, half, stride)
        ai, bi = im.reshape(2, half, stride)
        new_re, new_im = np.empty((half, 2, stride)), np.empty((half, 2, stride))
        new_re[:, 0] = ar + br
        new_im[:, 0] = ai + bi
        new_re[:, 1] = c * (ar - br) - s * (ai - bi)
        new_im[:, 1] = s * (ar - br) + c * (ai - bi)
        re, im = new_re.reshape(n), new_im.reshape(n)
        stride *= 2
        half //= 2
    power = re * re + im * im
    return np.sum(power * np.arange(n))


@kernel(
    small=lambda r: (r.normal(3, 4), r.normal(3, 3), r.normal(3)),
    large=lambda r: (r.normal(200, 12), r.normal(12, 12), r.normal(12)),
    huge=lambda r: (r.normal(100, 1_000), r.normal(1_000, 1_000), r.normal(1_000)),
    origin="the forward algorithm of hidden Markov models, scaled",
)
def hidden_markov(emission, transition, start):
    emission = np.exp(emission[:, : len(start)])
    transition = np.exp(transition)
    belief = np.exp(start)
    likelihood = 0.0
    for t in range(len(emission)):
        belief[:] = (belief @ transition) * emission[t]
        scale = np.sum(belief)
        belief /= scale
        likelihood += np.log(scale)
    return likelihood

"""Products of matrices and what statistics makes of them."""

import numpy as np

from tests.kernels import kernel


@kernel(
    small=lambda r: (1.5, 1.2, r.normal(3, 4), r.normal(3, 2), r.normal(2, 4)),
    large=lambda r: (1.5, 1.2, r.normal(200, 220), r.normal(200, 240), r.normal(240, 220)),
    huge=lambda r: (1.5, 1.2, r.normal(700, 720), r.normal(700, 740), r.normal(740, 720)),
    origin="PolyBench: gemm",
)
def gemm(alpha, beta, c, a, b):
    c *= beta
    c += alpha * a @ b
    return np.sum(c * c)


@kernel(
    small=lambda r: (1.5, 1.2, r.normal(3, 2), r.normal(2, 4), r.normal(4, 3), r.normal(3, 3)),
    large=lambda r: (
        1.5, 1.2, r.normal(180, 200), r.normal(200, 160), r.normal(160, 220), r.normal(180, 220)
    ),
    huge=lambda r: (
        1.5, 1.2, r.normal(700, 720), r.normal(720, 740), r.normal(740, 760), r.normal(700, 760)
    ),
    origin="PolyBench: 2mm",
)  # fmt: skip
def two_mm(alpha, beta, a, b, c, d):
    d *= beta
    d += alpha * a @ b @ c
    return np.sum(d * d)


@kernel(
    small=lambda r: (r.normal(3, 2), r.normal(2, 4), r.normal(4, 2), r.normal(2, 3)),
    large=lambda r: (
        r.normal(180, 200), r.normal(200, 160), r.normal(160, 210), r.normal(210, 190)
    ),
    huge=lambda r: (r.normal(700, 720), r.normal(720, 740), r.normal(740, 760), r.normal(760, 780)),
    origin="PolyBench: 3mm",
)  # fmt: skip
def three_mm(a, b, c, d):
    out = a @ b @ c @ d
    return np.sum(out * out)


@kernel(
    small=lambda r: (r.normal(4, 3), r.normal(3)),
    large=lambda r: (r.normal(120, 140), r.normal(140)),
    huge=lambda r: (r.normal(2_000, 2_100), r.normal(2_100)),
    origin="PolyBench: atax",
)
def atax(a, x):
    y = (a @ x) @ a
    return np.sum(y * y)


@kernel(
    small=lambda r: (r.normal(4, 3), r.normal(3), r.normal(4)),
    large=lambda r: (r.normal(120, 140), r.normal(140), r.normal(120)),
    huge=lambda r: (r.normal(2_000, 2_100), r.normal(2_100), r.normal(2_000)),
    origin="PolyBench: bicg",
)
def bicg(a, p, r):
    s, q = r @ a, a @ p
    return np.sum(s * s) + np.sum(q)


@kernel(
    small=lambda r: (r.normal(4), r.normal(4), r.normal(4), r.normal(4), r.normal(4, 4)),
    large=lambda r: (
        r.normal(120), r.normal(120), r.normal(120), r.normal(120), r.normal(120, 120)
    ),
    huge=lambda r: (
        r.normal(2_000), r.normal(2_000), r.normal(2_000), r.normal(2_000), r.normal(2_000, 2_000)
    ),
    origin="PolyBench: mvt",
)  # fmt: skip
def mvt(x1, x2, y1, y2, a):
    x1 += a @ y1
    x2 += y2 @ a
    return np.sum(x1 * x2)


@kernel(
    small=lambda r: (1.5, 1.2, r.normal(4, 4), r.normal(4, 4), r.normal(4)),
    large=lambda r: (1.5, 1.2, r.normal(120, 120), r.normal(120, 120), r.normal(120)),
    huge=lambda r: (1.5, 1.2, r.normal(2_000, 2_000), r.normal(2_000, 2_000), r.normal(2_000)),
    origin="PolyBench: gesummv",
)
def gesummv(alpha, beta, a, b, x):
    y = alpha * a @ x + beta * b @ x
    return np.sum(y * y)


@kernel(
    small=lambda r: (1.5, 1.2, r.normal(4, 3), r.normal(4, 4), r.normal(4, 3)),
    large=lambda r: (1.5, 1.2, r.normal(60, 40), r.normal(60, 60), r.normal(60, 40)),
    huge=lambda r: (1.5, 1.2, r.normal(150, 80), r.normal(150, 150), r.normal(150, 80)),
    origin="PolyBench: symm",
)
def symm(alpha, beta, c, a, b):
    m, n = c.shape
    work = np.empty(n)
    c *= beta
    for i in range(m):
        for j in range(n):
            c[:i, j] += alpha * b[i, j] * a[i, :i]
            work[j] = b[:i, j] @ a[i, :i]
        c[i, :] += alpha * b[i, :] * a[i, i] + alpha * work
    return np.sum(c * c)


@kernel(
    small=lambda r: (1.5, 1.2, r.normal(4, 4), r.normal(4, 3)),
    large=lambda r: (1.5, 1.2, r.normal(80, 80), r.normal(80, 60)),
    huge=lambda r: (1.5, 1.2, r.normal(200, 200), r.normal(200, 80)),
    origin="PolyBench: syrk",
)
def syrk(alpha, beta, c, a):
    n, m = a.shape
    for i in range(n):
        c[i, : i + 1] *= beta
        for k in range(m):
            c[i, : i + 1] += alpha * a[i, k] * a[: i + 1, k]
    return np.sum(c * c)


@kernel(
    small=lambda r: (1.5, 1.2, r.normal(4, 4), r.normal(4, 3), r.normal(4, 3)),
    large=lambda r: (1.5, 1.2, r.normal(60, 60), r.normal(60, 50), r.normal(60, 50)),
    huge=lambda r: (1.5, 1.2, r.normal(150, 150), r.normal(150, 60), r.normal(150, 60)),
    origin="PolyBench: syr2k",
)
def syr2k(alpha, beta, c, a, b):
    n, m = a.shape
    for i in range(n):
        c[i, : i + 1] *= beta
        for k in range(m):
            c[i, : i + 1] += alpha * a[: i + 1, k] * b[i, k] + alpha * b[: i + 1, k] * a[i, k]
    return np.sum(c * c)


@kernel(
    small=lambda r: (1.5, r.normal(4, 4), r.normal(4, 3)),
    large=lambda r: (1.5, r.normal(80, 80), r.normal(80, 40)),
    huge=lambda r: (1.5, r.normal(200, 200), r.normal(200, 80)),
    origin="PolyBench: trmm",
)
def trmm(alpha, a, b):
    m, n = b.shape
    for i in range(m):
        for j in range(n):
            b[i, j] += a[i + 1 :, i] @ b[i + 1 :, j]
    b *= alpha
    return np.sum(b * b)


@kernel(
    small=lambda r: (r.normal(2, 3, 4), r.normal(4, 4)),
    large=lambda r: (r.normal(30, 30, 40), r.normal(40, 40)),
    huge=lambda r: (r.normal(80, 80, 160), r.normal(160, 160)),
    origin="PolyBench: doitgen",
)
def doitgen(a, c4):
    for r in range(a.shape[0]):
        for q in range(a.shape[1]):
            total = a[r, q] @ c4
            a[r, q, :] = total
    return np.sum(a * a)


@kernel(
    small=lambda r: (r.normal(4), r.normal(4), r.normal(4), r.normal(4), r.normal(4, 4),
                     r.normal(4), r.normal(4), r.normal(4), r.normal(4), 1.5, 1.2),
    large=lambda r: (r.normal(120), r.normal(120), r.normal(120), r.normal(120), r.normal(120, 120),
                     r.normal(120), r.normal(120), r.normal(120), r.normal(120), 1.5, 1.2),
    huge=lambda r: (
        r.normal(2_000), r.normal(2_000), r.normal(2_000), r.normal(2_000),
        r.normal(2_000, 2_000), r.normal(2_000), r.normal(2_000), r.normal(2_000),
        r.normal(2_000), 1.5, 1.2
    ),
    origin="PolyBench: gemver",
)  # fmt: skip
def gemver(u1, v1, u2, v2, a, x, y, z, w, alpha, beta):
    a += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ a + z
    w += alpha * a @ x
    return np.sum(w * w)


@kernel(
    small=lambda r: (r.normal(5, 3),),
    large=lambda r: (r.normal(100, 40),),
    huge=lambda r: (r.normal(2_000, 300),),
    origin="PolyBench: covariance",
)
def covariance(data):
    n, m = data.shape
    data -= np.mean(data, axis=0)
    cov = np.zeros((m, m))
    for i in range(m):
        cov[i:, i] = data[:, i] @ data[:, i:] / (n - 1.0)
        cov[i, i:] = cov[i:, i]
    return np.sum(cov * cov)


@kernel(
    small=lambda r: (r.normal(5, 3),),
    large=lambda r: (r.normal(300, 60),),
    huge=lambda r: (r.normal(2_000, 300),),
    origin="PolyBench: correlation",
    rough=True,
)
def correlation(data):
    n, m = data.shape
    deviation = np.std(data, axis=0)
    deviation[deviation <= 0.1] = 1.0
    data -= np.mean(data, axis=0)
    data /= np.sqrt(n) * deviation
    corr = np.eye(m)
    for i in range(m - 1):
        corr[i, i + 1 :] = data[:, i] @ data[:, i + 1 :]
        corr[i + 1 :, i] = corr[i, i + 1 :]
    return np.sum(corr**3)


@kernel(
    small=lambda r: (
        r.normal(7), np.array([0, 2, 4, 5, 7]), np.array([0, 2, 1, 3, 3, 0, 1]), r.normal(4)
    ),
    large=lambda r: (
        r.normal(3_000), np.arange(0, 3_001, 5), r.rng.integers(0, 600, 3_000), r.normal(600)
    ),
    huge=lambda r: (
        r.normal(200_000), np.arange(0, 200_001, 20), r.rng.integers(0, 20_000, 200_000),
        r.normal(20_000)
    ),
    origin="a sparse matrix in compressed rows times a vector",
)  # fmt: skip
def spmv(data, starts, columns, x):
    y = np.empty(len(starts) - 1)
    for i in range(len(y)):
        chosen = columns[starts[i] : starts[i + 1]]
        y[i] = data[starts[i] : starts[i + 1]] @ x[chosen]
    return np.sum(y * y)

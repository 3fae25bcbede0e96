"""Factorisations of matrices, and solvers of linear systems."""

import numpy as np

from tests.kernels import kernel


@kernel(
    small=lambda r: (r.dominant(5),),
    large=lambda r: (r.dominant(60),),
    huge=lambda r: (r.dominant(150),),
    origin="PolyBench: lu",
)
def lu(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[:j, j]
            a[i, j] /= a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    return np.sum(a * a)


@kernel(
    small=lambda r: (r.dominant(5),),
    large=lambda r: (r.dominant(150),),
    huge=lambda r: (r.dominant(500),),
    origin="LU by outer products, as in textbooks of linear algebra (Golub and Van Loan 3.2.6)",
)
def lu_outer(a):
    n = a.shape[0]
    for k in range(n - 1):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.sum(np.log(np.abs(np.diagonal(a))))


@kernel(
    small=lambda r: (r.dominant(4), r.normal(4)),
    large=lambda r: (r.dominant(50), r.normal(50)),
    huge=lambda r: (r.dominant(150), r.normal(150)),
    origin="PolyBench: ludcmp",
)
def lu_solve(a, b):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] = (a[i, j] - a[i, :j] @ a[:j, j]) / a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    x, y = np.zeros_like(b), np.zeros_like(b)
    for i in range(n):
        y[i] = b[i] - a[i, :i] @ y[:i]
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x * x)


@kernel(
    small=lambda r: (r.dominant(4), r.normal(4)),
    large=lambda r: (r.normal(60, 60), r.normal(60)),
    huge=lambda r: (r.normal(150, 150), r.normal(150)),
    origin="Gaussian elimination with partial pivoting",
    rough=True,
)
def gauss_pivoting(a, b):
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    for k in range(n - 1, -1, -1):
        b[k] = (b[k] - a[k, k + 1 :] @ b[k + 1 :]) / a[k, k]
    return np.sum(b * b)


@kernel(
    small=lambda r: (r.definite(5),),
    large=lambda r: (r.definite(60),),
    huge=lambda r: (r.definite(150),),
    origin="PolyBench: cholesky",
)
def cholesky(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[j, :j]
            a[i, j] /= a[j, j]
        a[i, i] -= a[i, :i] @ a[i, :i]
        a[i, i] = np.sqrt(a[i, i])
    return np.sum(np.log(np.diagonal(a)))


@kernel(
    small=lambda r: (r.definite(5),),
    large=lambda r: (r.definite(150),),
    huge=lambda r: (r.definite(300),),
    origin="Cholesky by columns (right-looking)",
)
def cholesky_columns(a):
    n = a.shape[0]
    for k in range(n):
        a[k, k] = np.sqrt(a[k, k])
        a[k + 1 :, k] /= a[k, k]
        for j in range(k + 1, n):
            a[j:, j] -= a[j:, k] * a[j, k]
    return np.sum(np.tril(a) ** 2)


@kernel(
    small=lambda r: (r.normal(5, 3),),
    large=lambda r: (r.normal(200, 60),),
    huge=lambda r: (r.normal(4_000, 80),),
    origin="PolyBench: gramschmidt",
)
def gram_schmidt(a):
    m, n = a.shape
    q, r = np.zeros((m, n)), np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(a[:, k] @ a[:, k])
        q[:, k] = a[:, k] / r[k, k]
        for j in range(k + 1, n):
            r[k, j] = q[:, k] @ a[:, j]
            a[:, j] -= q[:, k] * r[k, j]
    return np.sum(r * r) + np.sum(q[0] * r[0])


@kernel(
    small=lambda r: (r.normal(5, 3),),
    large=lambda r: (r.normal(120, 60),),
    huge=lambda r: (r.normal(800, 200),),
    origin="QR by Householder reflections (Golub and Van Loan 5.2.1)",
)
def householder_qr(a):
    n = a.shape[1]
    for k in range(n):
        v = a[k:, k].copy()
        length = np.sqrt(v @ v)
        if v[0] > 0.0:
            v[0] += length
        else:
            v[0] -= length
        v /= np.sqrt(v @ v)
        a[k:, k:] -= 2.0 * np.outer(v, v @ a[k:, k:])
    return np.sum(np.abs(np.diagonal(a)))


@kernel(
    small=lambda r: (r.normal(5) * 0.3,),
    large=lambda r: (r.normal(150) * 0.05,),
    huge=lambda r: (r.normal(3_000) * 0.01,),
    origin="PolyBench: durbin, a Toeplitz solver",
)
def durbin(r):
    y = np.empty_like(r)
    alpha, beta = -r[0], 1.0
    y[0] = -r[0]
    for k in range(1, len(r)):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + r[:k][::-1] @ y[:k]) / beta
        y[:k] += alpha * y[:k][::-1]
        y[k] = alpha
    return np.sum(y * y)


@kernel(
    small=lambda r: (r.dominant(5), r.normal(5), r.normal(5)),
    large=lambda r: (r.dominant(400), r.normal(400), r.normal(400)),
    huge=lambda r: (r.dominant(2_000), r.normal(2_000), r.normal(2_000)),
    origin="PolyBench: trisolv",
)
def trisolv(low, x, b):
    for i in range(len(b)):
        x[i] = (b[i] - low[i, :i] @ x[:i]) / low[i, i]
    return np.sum(x * x)


@kernel(
    small=lambda r: (r.normal(5) * 0.3, r.positive(5) + 2.0, r.normal(5) * 0.3, r.normal(5)),
    large=lambda r: (
        r.normal(2_000) * 0.3, r.positive(2_000) + 2.0, r.normal(2_000) * 0.3, r.normal(2_000)
    ),
    huge=lambda r: (
        r.normal(30_000) * 0.3, r.positive(30_000) + 2.0, r.normal(30_000) * 0.3, r.normal(30_000)
    ),
    origin="the algorithm of Thomas for tridiagonal systems",
)  # fmt: skip
def thomas(low, mid, high, rhs):
    n = len(mid)
    for i in range(1, n):
        w = low[i] / mid[i - 1]
        mid[i] -= w * high[i - 1]
        rhs[i] -= w * rhs[i - 1]
    rhs[-1] /= mid[-1]
    for i in range(n - 2, -1, -1):
        rhs[i] = (rhs[i] - high[i] * rhs[i + 1]) / mid[i]
    return np.sum(rhs * rhs)


@kernel(
    small=lambda r: (r.dominant(4), r.normal(4), np.zeros(4), 3),
    large=lambda r: (r.dominant(80), r.normal(80), np.zeros(80), 10),
    huge=lambda r: (r.dominant(1_500), r.normal(1_500), np.zeros(1_500), 3),
    origin="Gauss and Seidel's iteration",
)
def gauss_seidel(a, b, x, sweeps):
    for _ in range(sweeps):
        for i in range(len(b)):
            x[i] = (b[i] - a[i, :i] @ x[:i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x * x)


@kernel(
    small=lambda r: (r.definite(4), r.normal(4), 1e-3),
    large=lambda r: (r.definite(100), r.normal(100), 1e-8),
    huge=lambda r: (r.definite(1_500), r.normal(1_500), 1e-8),
    origin="conjugate gradients (Hestenes and Stiefel)",
    wrt=(0, 1),
)
def conjugate_gradients(a, b, tol):
    x = np.zeros_like(b)
    r = b.copy()
    p = r.copy()
    rr = r @ r
    while rr > tol:
        ap = a @ p
        alpha = rr / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        p *= new / rr
        p += r
        rr = new
    return np.sum(x * x)


@kernel(
    small=lambda r: (r.dominant(4), r.normal(4), 3),
    large=lambda r: (r.dominant(100), r.normal(100), 20),
    huge=lambda r: (r.dominant(1_500), r.normal(1_500), 30),
    origin="GMRES: Arnoldi with Givens rotations (Saad and Schultz)",
)
def gmres(a, b, m):
    q, h = np.zeros((m + 1, len(b))), np.zeros((m + 1, m))
    c, s, g = np.zeros(m), np.zeros(m), np.zeros(m + 1)
    g[0] = np.sqrt(b @ b)
    q[0] = b / g[0]
    for k in range(m):
        w = a @ q[k]
        for i in range(k + 1):
            h[i, k] = q[i] @ w
            w -= h[i, k] * q[i]
        h[k + 1, k] = np.sqrt(w @ w)
        q[k + 1] = w / h[k + 1, k]
        for i in range(k):
            above, below = h[i, k], h[i + 1, k]
            h[i, k] = c[i] * above + s[i] * below
            h[i + 1, k] = c[i] * below - s[i] * above
        length = np.sqrt(h[k, k] ** 2 + h[k + 1, k] ** 2)
        c[k], s[k] = h[k, k] / length, h[k + 1, k] / length
        h[k, k] = length
        h[k + 1, k] = 0.0
        g[k + 1] = -s[k] * g[k]
        g[k] *= c[k]
    y = np.zeros(m)
    for i in range(m - 1, -1, -1):
        y[i] = (g[i] - h[i, i + 1 :] @ y[i + 1 :]) / h[i, i]
    x = y @ q[:m]
    return np.sum(x * x)


@kernel(
    small=lambda r: (r.definite(4), r.positive(4), 5),
    large=lambda r: (r.definite(100), r.positive(100), 50),
    huge=lambda r: (r.definite(1_500), r.positive(1_500), 30),
    origin="power iteration with a Rayleigh quotient",
)
def power_iteration(a, v, steps):
    for _ in range(steps):
        v[:] = a @ v
        v /= np.sqrt(v @ v)
    return v @ a @ v

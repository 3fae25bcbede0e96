"""Whole algorithms, in place, as their authors write them."""

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.definite(n),), lengths=(0, 1, 2))
def lu_logdet(a):
    a = a.copy()
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[:j, j]
            a[i, j] /= a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    s = 0.0
    for i in range(n):
        s += np.log(a[i, i])
    return s


@program(lambda r, n: (r.dominant(n),), lengths=(1, 2), writes=True)
def lu_by_rows(a):
    n = a.shape[0]
    for k in range(n - 1):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.prod(np.diag(a))


@program(lambda r, n: (r.definite(n),), lengths=(0, 1, 2))
def cholesky_in_place(a):
    n = a.shape[0]
    c = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= c[i, k] * c[j, k]
            if i == j:
                c[i, i] = np.sqrt(s)
            else:
                c[i, j] = s / c[j, j]
    return np.sum(c)


@program(lambda r, n: (r.dominant(n),), lengths=(1, 2))
def gram_schmidt(a):
    q = a.copy()
    n = a.shape[1]
    for j in range(n):
        for i in range(j):
            q[:, j] -= (q[:, i] @ q[:, j]) * q[:, i]
        q[:, j] /= np.sqrt(q[:, j] @ q[:, j])
    return np.sum(q * np.arange(n))


@program(lambda r, n: (r.dominant(n), r.normal(n)), lengths=(1, 2))
def forward_substitution(a, b):
    x = b.copy()
    for i in range(len(b)):
        x[i] = (x[i] - a[i, :i] @ x[:i]) / a[i, i]
    return np.sum(x * x)


@program(lambda r, n: (r.dominant(n), r.normal(n)), lengths=(1, 2))
def back_substitution(a, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x * x)


@program(lambda r, n: (r.unit(n), r.positive(n) + 3.0, r.unit(n), r.normal(n)), lengths=(1, 2))
def tridiagonal(low, mid, high, rhs):
    n = len(mid)
    c = high.copy()
    d = rhs.copy()
    c[0] /= mid[0]
    d[0] /= mid[0]
    for i in range(1, n):
        m = mid[i] - low[i] * c[i - 1]
        c[i] /= m
        d[i] = (d[i] - low[i] * d[i - 1]) / m
    for i in range(n - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return np.sum(d * d)


@program(lambda r, n: (r.dominant(n), r.normal(n)), lengths=(1, 2))
def gauss_with_pivoting(a, b):
    a = a.copy()
    b = b.copy()
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            for j in range(n):
                a[k, j], a[p, j] = a[p, j], a[k, j]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    for i in range(n - 1, -1, -1):
        b[i] = (b[i] - a[i, i + 1 :] @ b[i + 1 :]) / a[i, i]
    return np.sum(b * b)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), analytic=True)
def horner(c, x):
    p = np.zeros_like(x)
    for k in range(len(c)):
        p = p * x + c[k]
    return p


@program(lambda r, n: (np.array([1.0, 0.5]), 0.3, 8), wrt=(0, 1))
def runge_kutta_system(y, mu, steps):
    def f(y):
        return np.array([y[1], mu * (1.0 - y[0] ** 2) * y[1] - y[0]])

    h = 0.1
    for _ in range(steps):
        k1 = f(y)
        k2 = f(y + 0.5 * h * k1)
        k3 = f(y + 0.5 * h * k2)
        k4 = f(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y[0] ** 2 + y[1]


@program(lambda r, n: (r.normal(3, 2), r.normal(3, 2), 3), wrt=(0, 1))
def leapfrog(q, p, steps):
    q = q.copy()
    p = p.copy()
    for _ in range(steps):
        p -= 0.05 * q**3
        q += 0.1 * p
        p -= 0.05 * q**3
    return np.sum(p * p) + np.sum(q * q)


@program(lambda r, n: (r.positive(n), 1e-10), lengths=(1, 2), wrt=(0,), single=False)
def vector_newton(a, tol):
    x = np.ones_like(a)
    while np.max(np.abs(x * x - a)) > tol:
        x = 0.5 * (x + a / x)
    return np.sum(x)


@program(lambda r, n: (r.definite(n), r.normal(n), 3))
def conjugate_gradients(a, b, steps):
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    rs = r @ r
    for _ in range(steps):
        if rs < 1e-20:
            break
        ap = a @ p
        alpha = rs / (p @ ap)
        x = x + alpha * p
        r = r - alpha * ap
        new = r @ r
        p = r + (new / rs) * p
        rs = new
    return np.sum(x)


@program(lambda r, n: (r.normal(n), r.normal(3)), lengths=(0, 1, 2), analytic=True)
def convolution(x, k):
    y = np.zeros(len(x) + len(k) - 1)
    for i in range(len(x)):
        for j in range(len(k)):
            y[i + j] += x[i] * k[j]
    return np.sum(y * y)


@program(
    lambda r, n: (r.normal(3, 3), r.normal(3, 3), r.normal(3), r.normal(n, 3)),
    lengths=(0, 1, 2),
    analytic=True,
)
def recurrent_network(w, u, b, xs):
    h = np.zeros(3)
    loss = 0.0
    for x in xs:
        h = np.tanh(w @ h + u @ x + b)
        loss += h @ h
    return loss


@program(lambda r, n: (r.positive(3, 3), r.positive(3), np.array([0, 2, 1, 1])), wrt=(0, 1))
def hidden_markov(t, p, seen):
    alpha = p / np.sum(p)
    total = 0.0
    for k in seen:
        alpha = (alpha @ t) * t[:, k]
        z = np.sum(alpha)
        total += np.log(z)
        alpha /= z
    return total


@program(lambda r, n: (r.normal(4, 2),))
def pairwise_energy(x):
    e = 0.0
    n = x.shape[0]
    for i in range(n):
        for j in range(i + 1, n):
            d = x[i] - x[j]
            e += 1.0 / np.sqrt(d @ d + 0.1)
    return e


@program(lambda r, n: (r.normal(6), r.normal(6)))
def edit_distance_soft(x, y):
    n, m = len(x), len(y)
    d = np.zeros((n + 1, m + 1))
    d[1:, 0] = 10.0
    d[0, 1:] = 10.0
    for i in range(n):
        for j in range(m):
            cost = (x[i] - y[j]) ** 2
            low = -np.log(np.exp(-d[i, j]) + np.exp(-d[i + 1, j]) + np.exp(-d[i, j + 1]))
            d[i + 1, j + 1] = cost + low
    return d[n, m]


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2))
def exponential_average(x, w):
    m = np.zeros(len(x))
    v = 0.0
    for i in range(len(x)):
        v = 0.9 * v + 0.1 * x[i]
        m[i] = v / (1.0 - 0.9 ** (i + 1))
    return np.sum(m * w)


@program(lambda r, n: (r.positive(n), r.number()), lengths=(2,))
def simpson_rule(y, h):
    s = y[0] + y[-1]
    s = s + 4.0 * np.sum(y[1:-1:2]) + 2.0 * np.sum(y[2:-1:2])
    return s * h / 3.0


@program(lambda r, n: (r.normal(3, 3),))
def givens_rotations(a):
    a = a.copy()
    n = a.shape[0]
    for j in range(n - 1):
        for i in range(j + 1, n):
            radius = np.hypot(a[j, j], a[i, j])
            c = a[j, j] / radius
            s = a[i, j] / radius
            top = c * a[j] + s * a[i]
            a[i] = c * a[i] - s * a[j]
            a[j] = top
    return np.sum(a * a * np.arange(n))


@program(lambda r, n: (r.normal(8),))
def butterfly(x):
    x = x.copy()
    h = 1
    while h < len(x):
        for i in range(0, len(x), 2 * h):
            for j in range(i, i + h):
                a, b = x[j], x[j + h]
                x[j] = a + b
                x[j + h] = (a - b) * 0.5
        h *= 2
    return np.sum(np.sin(x))

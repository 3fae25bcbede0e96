"""Solvers in place."""

import numpy as np

from tests.in_place import program

SOLVERS = "Solvers"


@program(SOLVERS, "LU, element by element", lambda r: (r.dominant(4),))
def lu(a):
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return np.sum(a * a)


@program(SOLVERS, "LU with pivoting", lambda r: (r.normal(4, 4), r.normal(4)))
def lu_with_pivoting(a, b):
    n = len(b)
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        for j in range(n):
            a[k, j], a[p, j] = a[p, j], a[k, j]
        b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            b[k] -= a[k, j] * b[j]
        b[k] /= a[k, k]
    return np.sum(b * b)


@program(SOLVERS, "Cholesky", lambda r: (r.definite(4),))
def cholesky(a):
    n = a.shape[0]
    for k in range(n):
        a[k, k] = np.sqrt(a[k, k])
        a[k + 1 :, k] /= a[k, k]
        for j in range(k + 1, n):
            a[j:, j] -= a[j:, k] * a[j, k]
    return a[0, 0] * a[1, 1] + a[3, 3] + a[3, 1]


@program(
    SOLVERS,
    "the algorithm of Thomas",
    lambda r: (r.normal(5) * 0.3, r.positive(5) + 2.0, r.normal(5) * 0.3, r.normal(5)),
)
def thomas(low, mid, high, rhs):
    n = len(mid)
    for i in range(1, n):
        w = low[i] / mid[i - 1]
        mid[i] -= w * high[i - 1]
        rhs[i] -= w * rhs[i - 1]
    rhs[n - 1] /= mid[n - 1]
    for i in range(n - 2, -1, -1):
        rhs[i] = (rhs[i] - high[i] * rhs[i + 1]) / mid[i]
    return np.sum(rhs * rhs)


@program(SOLVERS, "Gauss and Seidel", lambda r: (r.dominant(4), r.normal(4), np.zeros(4)))
def gauss_seidel(a, b, x):
    for _ in range(3):
        for i in range(4):
            s = b[i]
            for j in range(4):
                if j != i:
                    s -= a[i, j] * x[j]
            x[i] = s / a[i, i]
    return np.sum(x * x)


@program(SOLVERS, "successive over-relaxation on a grid", lambda r: (r.normal(4, 4), 1.2))
def relaxation(u, omega):
    for _ in range(2):
        for i in range(1, 3):
            for j in range(1, 3):
                mean = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
                u[i, j] += omega * (mean - u[i, j])
    return np.sum(u * u)


@program(SOLVERS, "modified Gram and Schmidt", lambda r: (r.normal(4, 3),))
def gram_schmidt(q):
    for k in range(3):
        q[:, k] /= np.sqrt(np.sum(q[:, k] * q[:, k]))
        for j in range(k + 1, 3):
            q[:, j] -= np.sum(q[:, k] * q[:, j]) * q[:, k]
    return np.sum(q[0] * q[1]) + q[2, 0]


@program(SOLVERS, "back substitution", lambda r: (r.dominant(4), r.normal(4)))
def back_substitution(a, b):
    for i in range(3, -1, -1):
        b[i] -= np.sum(a[i, i + 1 :] * b[i + 1 :])
        b[i] /= a[i, i]
    return np.sum(b * b)


@program(SOLVERS, "leapfrog, in a `while` loop", lambda r: (r.normal(3), r.normal(3)))
def leapfrog(q, p):
    t = 0
    while t < 5:
        p -= 0.05 * q * np.sum(q * q)
        q += 0.1 * p
        t += 1
    return np.sum(q * p)


@program(SOLVERS, "shortest paths (Floyd and Warshall)", lambda r: (r.positive(4, 4),))
def floyd_warshall(d):
    for k in range(4):
        for i in range(4):
            for j in range(4):
                if d[i, k] + d[k, j] < d[i, j]:
                    d[i, j] = d[i, k] + d[k, j]
    return np.sum(d * d)

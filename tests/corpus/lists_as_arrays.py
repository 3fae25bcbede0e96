"""Lists and tuples of numbers or arrays where NumPy takes an array."""

import numpy as np

from tests.corpus import program


def numbers(x, n):
    found = []
    for k in range(n):
        found.append(np.sum(x ** (k + 1)))
    return found


def rows(x, n):
    found = []
    for k in range(n):
        found.append(x ** (k + 1))
    return found


@program(lambda r, n: (r.normal(n), 3))
def reductions(x, n):
    w = numbers(x, n)
    return np.sum(w) + np.mean(w) * np.max(w) - np.std(w)


@program(lambda r, n: (r.normal(n), 3))
def products(x, n):
    w = numbers(x, n)
    return np.dot(w, np.arange(3.0)) + np.ones((2, 3)) @ w @ np.ones(2) + np.linalg.norm(w)


@program(lambda r, n: (r.normal(n), 3))
def operators(x, n):
    w = numbers(x, n)
    a = np.arange(3.0)
    return np.sum(w * a) + np.sum(a - w) + np.sum((w + a) ** 2)


@program(lambda r, n: (r.normal(n), 3))
def elementwise(x, n):
    w = numbers(x, n)
    return np.sum(np.exp(w)) + np.sum(np.where(np.array(w) > 1.0, w, 0.0) * np.maximum(w, 0.5))


@program(lambda r, n: (r.normal(n), 3))
def written_into_arrays(x, n):
    w = numbers(x, n)
    a = np.zeros((2, 3))
    a[0] = w
    a[1] += w
    a[:, :] *= w
    return np.sum(a**2)


@program(lambda r, n: (r.normal(n), 3))
def written_at_places(x, n):
    w = numbers(x, n)
    a = np.ones(5)
    a[[0, 2, 4]] = w
    np.add.at(a, [0, 1, 1], w)
    a[a > 3.0] *= 0.5
    return np.sum(a**2)


@program(lambda r, n: (r.normal(n), 3))
def rows_as_a_matrix(x, n):
    w = rows(x, n)
    total = np.sum(np.mean(w, axis=0) ** 2) + np.linalg.norm(w)
    return total + np.sum(np.dot(w, x)) + np.sum(w - x)


@program(lambda r, n: (r.normal(n), 3))
def joined(x, n):
    w = numbers(x, n)
    return np.sum(np.concatenate([w, w, [1.0]]) ** 2) + np.sum(np.stack([w, w])[1] ** 3)


@program(lambda r, n: (r.normal(n),))
def known_lengths(x):
    w = (x[0] * 2.0, np.sum(x), x[-1] ** 2)
    a = np.zeros((3, 2))
    a[:, 0] = w
    a[:, 1] -= [x[0], 1.0, 2.0]
    return np.mean(w) + np.prod([x[0], 3.0]) + np.sum(a**2) + np.sum(np.vstack([w, np.ones(3)]))

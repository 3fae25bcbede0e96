"""NumPy's functions, each in a small program."""

import math

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.unit(n),), lengths=(0, 1, 2), analytic=True)
def trigonometric(x):
    return np.sum(np.sin(x) + np.cos(x) * np.tan(x) + np.arcsin(x) * np.arccos(x) + np.arctan(x))


@program(lambda r, n: (r.unit(n),), lengths=(0, 1, 2), analytic=True)
def hyperbolic(x):
    return np.sum(
        np.sinh(x) + np.cosh(x) * np.tanh(x) + np.arcsinh(x) * np.arctanh(x) + np.arccosh(x + 2.5)
    )


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def exponentials(x):
    return np.sum(
        np.exp(x) + np.log(x) * np.expm1(-x) + np.log1p(x) + np.exp2(x) * np.log2(x) + np.log10(x)
    )


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def roots(x):
    return np.sum(np.sqrt(x) * np.cbrt(x) + np.square(x) + np.reciprocal(x) + np.power(x, 1.5))


@program(lambda r, n: (r.unit(n), r.positive(n)), lengths=(0, 1, 2))
def two_arguments(x, y):
    return np.sum(
        np.arctan2(x, y) + np.hypot(x, y) + np.logaddexp(x, y) * np.maximum(x, y) + np.fmin(x, y)
    )


@program(lambda r, n: (r.unit(n),), lengths=(0, 1, 2))
def absolute_and_sign(x):
    return np.sum(np.abs(x) * np.sign(x) + abs(x) + np.fabs(x) ** 3 + np.negative(x))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def rounding_is_flat(x):
    return np.sum(np.floor(x) * x + np.ceil(x) - np.rint(x) * x + np.trunc(x) + np.round(x) * x)


@program(lambda r, n: (r.normal(n, 3),), lengths=(0, 1, 2), analytic=True)
def sums(a):
    rows = np.sum(a, axis=0)
    columns = a.sum(axis=1, keepdims=True)
    return np.sum(rows**2) + np.sum(columns * a) + a.sum() * np.sum(a, axis=(0, 1))


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), analytic=True)
def means(a):
    return np.mean(a) + np.sum(np.mean(a, axis=0) ** 2) + np.sum(a.mean(-1, keepdims=True) * a)


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), analytic=True)
def products(a):
    return np.prod(a) + np.sum(np.prod(a, axis=1)) + np.sum(a.prod(axis=0) ** 2)


@program(lambda r, n: (np.array([1.5, 0.0, -2.0, 0.5]),))
def product_with_zero(x):
    return np.prod(x) + np.prod(x[2:]) * 3.0


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2))
def extrema(a):
    return (
        np.max(a) * np.min(a)
        + np.sum(np.max(a, axis=0) ** 2)
        + np.sum(a.min(axis=1, keepdims=True) * a)
    )


@program(lambda r, n: (r.normal(n + 2, 3),), lengths=(0, 1, 2))
def variances(a):
    return np.var(a) + np.sum(np.std(a, axis=0)) + np.sum(a.var(axis=1, ddof=1) ** 2) + a.std()


@program(lambda r, n: (r.normal(n, 3),), lengths=(0, 1, 2), analytic=True)
def running_sums(a):
    return (
        np.sum(np.cumsum(a) ** 2) + np.sum(np.cumsum(a, axis=0) * a) + np.sum(a.cumsum(axis=1) ** 3)
    )


@program(
    lambda r, n: (r.normal(n, 3), r.normal(3, 2), r.normal(3)), lengths=(0, 1, 2), analytic=True
)
def products_of_matrices(a, b, v):
    return (
        np.sum(np.dot(a, b)) + np.sum(np.matmul(a, v) ** 2) + np.sum(v @ b) + np.dot(v, v) + (v @ v)
    )


@program(
    lambda r, n: (r.normal(2, n, 3), r.normal(2, 3, 2), r.normal(3, 2)),
    lengths=(1, 2),
    analytic=True,
)
def batched_matmul(a, b, c):
    return np.sum((a @ b) ** 2) + np.sum(np.sin(a @ c))


@program(lambda r, n: (r.normal(n), r.normal(3)), lengths=(0, 1, 2), analytic=True)
def outer_product(x, y):
    return np.sum(np.outer(x, y) ** 2) + np.sum(np.sin(np.outer(y, x)))


@program(lambda r, n: (r.normal(n, 3), r.normal(3, 4)), lengths=(1, 2), analytic=True)
def einsums(a, b):
    c = np.einsum("ij,jk->ik", a, b)
    d = np.einsum("ij->ji", a)
    return np.sum(c * c) + np.sum(d @ a) + np.einsum("ij,ij->", a, a)


@program(lambda r, n: (r.normal(2, 3, 4), r.normal(4, 3)), analytic=True)
def tensordots(a, b):
    return np.sum(np.tensordot(a, b, axes=1) ** 2) + np.sum(
        np.tensordot(a, b, axes=([1, 2], [1, 0])) ** 2
    )


@program(lambda r, n: (r.normal(2, 6),), analytic=True)
def reshaping(a):
    b = np.reshape(a, (3, 4))
    c = a.reshape(-1)
    d = a.reshape(2, 2, 3).transpose(2, 0, 1)
    return np.sum(b[0] ** 2) + np.sum(c[::5]) + np.sum(d[1] * d[2])


@program(lambda r, n: (r.normal(2, 3, 4),), analytic=True)
def axes_moved(a):
    return (
        np.sum(np.transpose(a, (1, 0, 2))[2] ** 2)
        + np.sum(np.swapaxes(a, 0, 2)[1] ** 2)
        + np.sum(np.moveaxis(a, 0, -1)[1])
    )


@program(lambda r, n: (r.normal(n), r.normal(3)), lengths=(0, 1, 2), analytic=True)
def joined(x, y):
    z = np.concatenate((x, y, x * 2.0))
    return np.sum(z * z * np.arange(z.shape[0]))


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2), analytic=True)
def stacked(x, y):
    a = np.stack([x, y, x * y])
    b = np.stack((x, y), axis=1)
    return (
        np.sum(a[2] * a[0])
        + np.sum(np.vstack([x, y]) @ b)
        + np.sum(np.hstack([x, y]) ** 2)
        + np.sum(np.column_stack([x, y]) ** 3)
    )


@program(lambda r, n: (r.normal(3, 3),), analytic=True)
def flips_and_rolls(a):
    return (
        np.sum(np.flip(a) * a)
        + np.sum(np.flip(a, axis=1) * a)
        + np.sum(np.roll(a, 1) * a)
        + np.sum(np.roll(a, -1, axis=0) ** 2 * a)
    )


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def padded(x):
    return np.sum(np.pad(x, 2) ** 2) + np.sum(np.pad(x, (1, 0)) * np.pad(x, (0, 1)))


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), analytic=True)
def differences_of_neighbours(a):
    return np.sum(np.diff(a) ** 2) + np.sum(np.diff(a, axis=0) ** 3)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def clipped(x):
    return np.sum(np.clip(x, -0.5, 0.7) * x) + np.sum(x.clip(0.0, None))


@program(lambda r, n: (r.unit(n),), lengths=(0, 1, 2))
def where_guard(x):
    return np.sum(np.where(x > 0.0, np.sqrt(np.where(x > 0.0, x, 1.0)), x * x))


@program(lambda r, n: (np.array([0.0, 2.0, -1.0]),), rough=True)
def where_untaken_singular(x):
    return np.sum(np.where(x > 0.0, np.sqrt(np.abs(x)), 0.0))


@program(lambda r, n: (r.normal(n, 1),), lengths=(1, 2), analytic=True)
def squeeze_and_expand(a):
    v = np.squeeze(a, axis=1)
    w = np.expand_dims(v, 0)
    return np.sum(v * v) + np.sum(w * a)


@program(lambda r, n: (r.number(), r.number(), 5), analytic=True)
def linspace_of_active(a, b, n):
    x = np.linspace(a, b, n)
    return np.sum(np.sin(x))


@program(lambda r, n: (r.number(), 4), analytic=True)
def creators(x, n):
    a = np.zeros(n) + x
    b = np.ones((n, 2)) * x
    c = np.eye(n) * x
    d = np.arange(n) * x + np.full(n, x)
    return np.sum(a * d) + np.sum(b) + np.sum(c @ c)


@program(lambda r, n: (r.dominant(4), r.normal(4)))
def linear_solve(a, b):
    x = np.linalg.solve(a, b)
    return np.sum(x * x)


@program(lambda r, n: (r.dominant(3), r.normal(3, 2)))
def linear_solve_matrix(a, b):
    return np.sum(np.sin(np.linalg.solve(a, b)))


@program(lambda r, n: (r.dominant(3),))
def inverse_and_determinant(a):
    return np.sum(np.linalg.inv(a) ** 2) + np.linalg.det(a)


@program(lambda r, n: (r.definite(4),))
def log_determinant(a):
    sign, value = np.linalg.slogdet(a)
    return sign * value


@program(lambda r, n: (r.definite(4), r.normal(4)))
def gaussian_density(s, x):
    c = np.linalg.cholesky((s + s.T) / 2.0)
    z = np.linalg.solve(c, x)
    return -0.5 * (z @ z) - np.sum(np.log(np.diag(c)))


@program(lambda r, n: (r.positive(n, 3),), lengths=(1, 2))
def norms(a):
    return (
        np.linalg.norm(a)
        + np.sum(np.linalg.norm(a, axis=1))
        + np.sum(np.linalg.norm(a, ord=1, axis=0))
    )


@program(lambda r, n: (np.zeros(3), r.normal(3)), rough=True)
def norm_at_zero(x, y):
    return np.linalg.norm(x) + np.linalg.norm(y) + np.std(np.ones(3) * y[0])


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def sorted_values(x):
    return np.sum(np.sort(x) * np.arange(x.shape[0])) + np.sum(np.sort(x * x)[::-1] ** 2)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def selected_by_argmax(x):
    k = np.argmax(x)
    order = np.argsort(x)
    return x[k] ** 2 + np.sum(x[order] * np.arange(len(x)))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def nonzero_of_mask(x):
    (index,) = np.nonzero(x > 0.0)
    return np.sum(x[index] ** 2)


@program(lambda r, n: (r.number(),))
def math_functions(x):
    return (
        math.sin(x)
        + math.cos(x) * math.tan(x)
        + math.tanh(x)
        + math.log1p(x)
        + math.expm1(x)
        + math.erf(x)
        + math.pow(x, 1.5)
        + math.hypot(x, 2.0)
        + math.fabs(-x)
        + math.log(x) * math.log10(x)
        + math.pi * x
    )


@program(lambda r, n: (r.normal(3, 3),), analytic=True)
def diagonals(a):
    return np.trace(a @ a) + np.sum(np.diag(a) ** 2) + np.sum(np.tril(a) @ np.triu(a))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def methods(x):
    y = x.copy()
    z = y.reshape(1, -1).T.ravel().astype(np.float64)
    return (z * x).sum() + x.dot(y) + float(x.size) + x.ndim


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def softmax(x):
    e = np.exp(x - 0.5)
    p = e / np.sum(e)
    return np.sum(p * p)


@program(lambda r, n: (r.normal(4), r.normal(4)), rough=True)
def ties_in_maximum(x, y):
    return (
        np.sum(np.maximum(x, x)) + np.sum(np.maximum(y * 0.0, 0.0)) + np.max(np.array([x[0], x[0]]))
    )


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def stop_at_integers(x):
    k = int(2.7)
    n = x.shape[0] + k
    return np.sum(x) * n

"""Rules of linear algebra. Leading axes are a batch, as in NumPy.

Sources: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); S. P. Smith, "Differentiation of the Cholesky algorithm"
(1995), in the closed form of I. Murray, "Differentiation of the Cholesky decomposition"
(2016); J. Townsend, "Differentiating the singular value decomposition" (2016).

`cholesky` and `eigh` read one triangle of their argument, so the other has no cotangent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal
from s2sad.rules.registry import Sample, adjoint, tangent
from s2sad.rules.static import static, unsupported


def transposed(a: Any) -> Any:
    """Each matrix transposed."""
    if a.ndim == 2:
        return a.T
    return np.swapaxes(a, -1, -2)


def over_matrices(y: Any) -> Any:
    """A number for each matrix, ready to multiply it."""
    if np.ndim(y) == 0:
        return y
    return y[..., None, None]


def refuse_complex(a: Any) -> None:
    """Stops where a rule holds for real matrices only."""
    if np.iscomplexobj(a):
        unsupported("the derivative of this function for complex matrices")


# -- samples


def _regular(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return normal(rng, shape) + 3.0 * np.eye(shape[-1])


def _regular_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for a in layouts(_regular(rng, (3, 3))):
        yield Sample((a,))
    for shape in ((1, 1), (2, 3, 3), (1, 2, 2, 2), (0, 0), (0, 2, 2)):
        yield Sample((_regular(rng, shape),))


def _symmetric(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    a = normal(rng, shape)
    return a @ np.swapaxes(a, -1, -2) + np.diag(np.arange(1.0, shape[-1] + 1))


def _symmetric_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for a in layouts(_symmetric(rng, (3, 3))):
        yield Sample((a,))
    for shape in ((1, 1), (2, 3, 3)):
        yield Sample((_symmetric(rng, shape),))


# -- solve, inv


def _solve_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for a, b in zip(layouts(_regular(rng, (3, 3))), layouts(normal(rng, (3, 2))), strict=True):
        yield Sample((a, b), {}, (0, 1))
    for left, right in (
        ((3, 3), (3,)), ((1, 1), (1,)), ((2, 3, 3), (2, 3, 2)), ((2, 3, 3), (3, 1)),
        ((3, 3), (4, 3, 2)), ((2, 3, 3), (3,)), ((0, 0), (0,)),
    ):  # fmt: skip
        yield Sample((_regular(rng, left), normal(rng, right)), {}, (0, 1))


@adjoint(np.linalg.solve, raises=True, samples=_solve_samples, source="Giles 2008, section 2.3.1")
def solve(x: Any, a: Any, b: Any, *, x_bar: Any) -> Any:
    if b.ndim > 1:
        b_bar = np.linalg.solve(transposed(a), x_bar)
        return -b_bar @ transposed(x), b_bar
    if a.ndim == 2:
        b_bar = np.linalg.solve(a.T, x_bar)
        return -np.outer(b_bar, x), b_bar
    b_bar = np.linalg.solve(transposed(a), x_bar[..., None])[..., 0]
    return -b_bar[..., None] * x[..., None, :], b_bar


@adjoint(np.linalg.inv, raises=True, samples=_regular_samples, source="Giles 2008, section 2.2.3")
def inv(y: Any, a: Any, *, y_bar: Any) -> Any:
    return -transposed(y) @ y_bar @ transposed(y)


# -- determinants


def all_regular(y: Any) -> Any:
    """Whether no determinant is 0."""
    if np.ndim(y) == 0:
        return y != 0.0
    return np.all(y != 0.0)


def cofactors(a: Any) -> Any:
    """The matrix of cofactors, whatever the rank: with a = u s v, those of the diagonal s are
    the products of the other singular values."""
    u, s, v = np.linalg.svd(a)
    others = np.where(np.eye(s.shape[-1]) == 1.0, 1.0, s[..., None, :])
    products = np.prod(others, -1) * (np.linalg.det(u) * np.linalg.det(v))[..., None]
    return (u * products[..., None, :]) @ v


def _det_samples(rng: np.random.Generator) -> Iterator[Sample]:
    yield from _regular_samples(rng)
    yield Sample((np.outer([1.0, 2.0], [3.0, 4.0]),))
    yield Sample((np.array([[1.0, 2.0, 0.0], [3.0, 5.0, 0.0], [2.0, 2.0, 0.0]]),))
    yield Sample((np.zeros((3, 3)),))
    yield Sample((np.zeros((1, 1)),))
    yield Sample((np.stack([np.eye(2), np.ones((2, 2))]),))


@adjoint(np.linalg.det, raises=True, samples=_det_samples, source="Giles 2008, section 2.2.4")
def det(y: Any, a: Any, *, y_bar: Any) -> Any:
    if all_regular(y):
        return over_matrices(y_bar * y) * transposed(np.linalg.inv(a))
    return over_matrices(y_bar) * cofactors(a)


@adjoint(np.linalg.slogdet, raises=True, singular=True, samples=_regular_samples,
         source="Giles 2008, section 2.2.4")  # fmt: skip
def slogdet(y: Any, a: Any, *, y_bar: Any) -> Any:
    refuse_complex(a)
    return over_matrices(y_bar[1]) * transposed(np.linalg.inv(a))


# -- norms


@static
def matrix_axes(rank: int, order: Any, axis: Any) -> Any:
    """The axes of the matrices that `norm` takes the norm of; None where it is of vectors."""
    if axis is None and rank == 2 and order is not None:
        return (0, 1)
    if isinstance(axis, (tuple, list)) and len(axis) == 2:
        return tuple(number % rank for number in axis)
    return None


@static
def is_euclidean(order: Any, of_matrices: bool) -> bool:
    """Whether the norm is the root of the sum of squares."""
    return order is None or (order == "fro" if of_matrices else order == 2)


@static
def is_infinite(order: Any) -> bool:
    """Whether the norm is the largest magnitude."""
    return isinstance(order, (int, float)) and float(order) == float("inf")


def widened(y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """`y` with the axes of `x` that a norm has taken away."""
    if keepdims or (axis is None and np.ndim(y) == 0):
        return y
    return np.expand_dims(y, axis)


def unit_or_zero(x: Any, y: Any) -> Any:
    """`x / y`, and 0 where the norm is: there x is 0, and the smallest subgradient too."""
    return x / np.where(y == 0.0, 1.0, y)


def vector_norm_bar(y: Any, x: Any, order: Any, axis: Any, y_bar: Any) -> Any:
    """For y and y_bar that broadcast with x."""
    if is_euclidean(order, False):
        return y_bar * unit_or_zero(x, y)
    if order == 1:
        return y_bar * np.sign(x)
    if is_infinite(order):
        largest = np.abs(x) == y
        return y_bar * (np.sign(x) * largest / np.sum(largest, axis=axis, keepdims=True))
    if order > 1:
        return y_bar * np.sign(x) * unit_or_zero(np.abs(x), y) ** (order - 1.0)
    unsupported("np.linalg.norm of vectors with ord < 1")


def sum_norm_bar(y: Any, x: Any, summed: int, y_bar: Any) -> Any:
    """For the largest of the sums of magnitudes along an axis; equal ones share evenly."""
    sums = np.sum(np.abs(x), axis=summed, keepdims=True)
    largest = sums == y
    count = np.sum(largest, axis=(-2, -1), keepdims=True)
    return y_bar * (np.sign(x) * largest / count)


def spectral_norm_bar(y: Any, x: Any, y_bar: Any) -> Any:
    """By the leading singular vectors."""
    u, _, v = np.linalg.svd(x, full_matrices=False)
    return y_bar * (y != 0.0) * (u[..., :, :1] @ v[..., :1, :])


def matrix_norm_bar(y: Any, x: Any, order: Any, y_bar: Any) -> Any:
    """For matrices in the last two axes; y and y_bar broadcast with them."""
    if is_euclidean(order, True):
        return y_bar * unit_or_zero(x, y)
    if order == 1:
        return sum_norm_bar(y, x, -2, y_bar)
    if is_infinite(order):
        return sum_norm_bar(y, x, -1, y_bar)
    if order == 2:
        return spectral_norm_bar(y, x, y_bar)
    if order == "nuc":
        u, s, v = np.linalg.svd(x, full_matrices=False)
        return y_bar * ((u * (s[..., None, :] > 0.0)) @ v)
    unsupported("np.linalg.norm of matrices with this ord")


def _norm_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for x in layouts(normal(rng, (2, 3))):
        yield Sample((x,))
    for order in (None, 1, 2, 3, 2.5, np.inf):
        yield Sample((normal(rng, (4,)), order))
        yield Sample((normal(rng, (2, 3)), order, 1))
        yield Sample((normal(rng, (2, 3)), order), {"axis": 0, "keepdims": True})
    for name in ("fro", 1, 2, np.inf, "nuc"):
        yield Sample((normal(rng, (3, 2)), name))
        yield Sample((normal(rng, (2, 3, 4)), name), {"axis": (1, 2)})
        yield Sample((normal(rng, (2, 3, 4)), name), {"axis": (2, 0), "keepdims": True})
    yield Sample((normal(rng, (2, 3, 4)),))
    yield Sample((normal(rng, (2, 3, 4)),), {"axis": (0, 1)})
    yield Sample((normal(rng, (2, 3)),), {"keepdims": True})
    yield Sample((normal(rng, (1,)),))
    yield Sample((normal(rng, (0,)),))


@adjoint(np.linalg.norm, samples=_norm_samples)
def norm(
    y: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, *, y_bar: Any
) -> Any:
    refuse_complex(x)
    if is_euclidean(ord, True) or (matrix_axes(np.ndim(x), ord, axis) is None and ord == 2):
        y, y_bar = widened(y, x, axis, keepdims), widened(y_bar, x, axis, keepdims)
        return y_bar * unit_or_zero(x, y)
    axes = matrix_axes(np.ndim(x), ord, axis)
    if axes is None:
        y, y_bar = widened(y, x, axis, keepdims), widened(y_bar, x, axis, keepdims)
        return vector_norm_bar(y, x, ord, axis, y_bar)
    if x.ndim == 2 and axes == (0, 1):
        return matrix_norm_bar(y, x, ord, y_bar)
    y, y_bar = widened(y, x, axes, keepdims), widened(y_bar, x, axes, keepdims)
    last, y_last = np.moveaxis(x, axes, (-2, -1)), np.moveaxis(y, axes, (-2, -1))
    last_bar = matrix_norm_bar(y_last, last, ord, np.moveaxis(y_bar, axes, (-2, -1)))
    return np.moveaxis(last_bar, (-2, -1), axes)


# -- factorisations


def lower_half(a: Any) -> Any:
    """The lower triangle, the diagonal halved."""
    return np.tril(a) - 0.5 * a * np.eye(a.shape[-1])


def read_from_lower(a_bar: Any) -> Any:
    """The cotangent of a matrix of which only the lower triangle is read."""
    return lower_half(a_bar + transposed(a_bar))


@adjoint(np.linalg.cholesky, raises=True, samples=_symmetric_samples,
         source="Smith 1995; Murray 2016, equation 10")  # fmt: skip
def cholesky(y: Any, a: Any, *, y_bar: Any) -> Any:
    refuse_complex(a)
    middle = lower_half(transposed(y) @ y_bar)
    right = np.linalg.solve(transposed(y), transposed(middle))
    return read_from_lower(np.linalg.solve(transposed(y), transposed(right)))


def divided(x: Any, gaps: Any) -> Any:
    """`x / gaps`, and 0 where x is: a cotangent of zero contributes nothing."""
    return x / np.where(x == 0.0, 1.0, gaps)


def skew(a: Any) -> Any:
    """The matrix less its transpose."""
    return a - transposed(a)


@adjoint(np.linalg.eigh, raises=True, singular=True, samples=_symmetric_samples,
         source="Giles 2008, section 3.1")  # fmt: skip
def eigh(y: Any, a: Any, UPLO: Any = "L", *, y_bar: Any) -> Any:  # noqa: N803
    refuse_complex(a)
    w, v = y[0], y[1]
    gaps = w[..., None, :] - w[..., :, None]
    inner = 0.5 * divided(skew(transposed(v) @ y_bar[1]), gaps)
    middle = inner + y_bar[0][..., None] * np.eye(w.shape[-1])
    a_bar = read_from_lower(v @ middle @ transposed(v))
    if UPLO == "L":
        return a_bar
    return transposed(a_bar)


@adjoint(np.linalg.eigvalsh, raises=True, samples=_symmetric_samples,
         source="Giles 2008, section 3.1")  # fmt: skip
def eigvalsh(y: Any, a: Any, UPLO: Any = "L", *, y_bar: Any) -> Any:  # noqa: N803
    refuse_complex(a)
    _, v = np.linalg.eigh(a, UPLO)
    a_bar = read_from_lower((v * y_bar[..., None, :]) @ transposed(v))
    if UPLO == "L":
        return a_bar
    return transposed(a_bar)


def off_diagonal(a: Any) -> Any:
    """The matrix with zeros on its diagonal."""
    return a - a * np.eye(a.shape[-1])


@tangent(np.linalg.eigh)
def eigh_tangent(y: Any, a: Any, UPLO: Any = "L", *, a_dot: Any) -> Any:  # noqa: N803
    """Giles 2008, section 3.1. Eigenvectors of equal eigenvalues don't turn where nothing
    couples them."""
    refuse_complex(a)
    w, v = y[0], y[1]
    half_dot = a_dot if UPLO == "L" else transposed(a_dot)
    whole_dot = np.tril(half_dot) + transposed(np.tril(half_dot, -1))
    inner = transposed(v) @ whole_dot @ v
    gaps = w[..., None, :] - w[..., :, None]
    return np.diagonal(inner, 0, -2, -1), v @ divided(off_diagonal(inner), gaps)


def _svd_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((3, 3), (4, 3), (3, 4), (2, 3, 2)):
        yield Sample((normal(rng, shape), False))
        yield Sample((normal(rng, shape),), {"compute_uv": False})
    yield Sample((normal(rng, (3, 3)),))


@adjoint(np.linalg.svd, raises=True, singular=True, samples=_svd_samples,
         source="Townsend 2016")  # fmt: skip
def svd(y: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True, *, y_bar: Any) -> Any:
    refuse_complex(a)
    if not compute_uv:
        u, _, v = np.linalg.svd(a, full_matrices=False)
        return (u * y_bar[..., None, :]) @ v
    u, s, v = y[0], y[1], transposed(y[2])
    u_bar, s_bar, v_bar = y_bar[0], y_bar[1], transposed(y_bar[2])
    if full_matrices:
        assert a.shape[-1] == a.shape[-2], "write full_matrices=False to differentiate this"
    gaps = (s[..., None, :] - s[..., :, None]) * (s[..., None, :] + s[..., :, None])
    by_u = divided(skew(transposed(u) @ u_bar), gaps) * s[..., None, :]
    by_v = s[..., :, None] * divided(skew(transposed(v) @ v_bar), gaps)
    middle = by_u + by_v + s_bar[..., None] * np.eye(s.shape[-1])
    outside_u = divided(u_bar - u @ (transposed(u) @ u_bar), s[..., None, :])
    outside_v = divided(v_bar - v @ (transposed(v) @ v_bar), s[..., None, :])
    return (u @ middle + outside_u) @ transposed(v) + u @ transposed(outside_v)


@tangent(np.linalg.svd)
def svd_tangent(
    y: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True, *, a_dot: Any
) -> Any:
    """Townsend 2016, section 2.1."""
    refuse_complex(a)
    if not compute_uv:
        u, _, vt = np.linalg.svd(a, full_matrices=False)
        return np.diagonal(transposed(u) @ a_dot @ transposed(vt), 0, -2, -1)
    u, s, v = y[0], y[1], transposed(y[2])
    if full_matrices:
        assert a.shape[-1] == a.shape[-2], "write full_matrices=False to differentiate this"
    inner = transposed(u) @ a_dot @ v
    rows, columns = s[..., None, :], s[..., :, None]
    gaps = (rows - columns) * (rows + columns)
    by_u = divided(off_diagonal(inner * rows + columns * transposed(inner)), gaps)
    by_v = divided(off_diagonal(columns * inner + transposed(inner) * rows), gaps)
    moved_u = a_dot @ v
    moved_v = transposed(a_dot) @ u
    u_dot = u @ by_u + divided(moved_u - u @ (transposed(u) @ moved_u), rows)
    v_dot = v @ by_v + divided(moved_v - v @ (transposed(v) @ moved_v), rows)
    return u_dot, np.diagonal(inner, 0, -2, -1), transposed(v_dot)


def _qr_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((3, 3), (4, 2), (2, 4, 3), (1, 1)):
        yield Sample((normal(rng, shape),))


@adjoint(np.linalg.qr, raises=True, samples=_qr_samples,
         source="Walter, Lehmann and Lamour 2012")  # fmt: skip
def qr(y: Any, a: Any, mode: str = "reduced", *, y_bar: Any) -> Any:
    refuse_complex(a)
    if mode != "reduced":
        unsupported("np.linalg.qr with a mode other than 'reduced'")
    q, r, q_bar, r_bar = y[0], y[1], y_bar[0], np.triu(y_bar[1])
    inner = r @ transposed(r_bar) - transposed(q_bar) @ q
    symmetric = np.tril(inner) + transposed(np.tril(inner, -1))
    return transposed(np.linalg.solve(r, transposed(q_bar + q @ symmetric)))


def _pinv_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 2)):
        yield Sample((normal(rng, shape),))


@adjoint(np.linalg.pinv, raises=True, samples=_pinv_samples,
         source="Golub and Pereyra 1973, equation 4.12")  # fmt: skip
def pinv(y: Any, a: Any, *, y_bar: Any) -> Any:
    refuse_complex(a)
    yt, yt_bar = transposed(y), transposed(y_bar)
    left = yt_bar - a @ (y @ yt_bar)
    right = yt_bar - (yt_bar @ y) @ a
    return -yt @ y_bar @ yt + left @ (y @ yt) + (yt @ y) @ right


@static
def powers(n: int) -> tuple[int, ...]:
    """`0, ..., n - 1`."""
    return tuple(range(n))


@adjoint(np.linalg.matrix_power, raises=True, result="either", samples=each(
    ((3, 3), 2), ((3, 3), 3), ((2, 2), 1), ((2, 2), 0), ((2, 3, 3), 4),
))  # fmt: skip
def matrix_power(y: Any, a: Any, n: int, *, y_bar: Any) -> Any:
    """The sum of a.T**k @ y_bar @ a.T**(n - 1 - k), by Horner's rule."""
    if n < 0:
        unsupported("np.linalg.matrix_power with n < 0: use np.linalg.inv")
    at = transposed(a)
    a_bar = np.zeros_like(a)
    left = y_bar
    for _ in powers(n):
        a_bar = a_bar @ at + left
        left = at @ left
    return a_bar

"""Rules of linear algebra. Leading axes are a batch, as in NumPy.

Sources: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); G. Golub and V. Pereyra, "The differentiation of
pseudo-inverses and nonlinear least squares problems whose variables separate" (1973).

Cotangents are paired with tangents without conjugation, so that transposed, not adjoined,
matrices stand in formulas of holomorphic functions; others stand between conjugates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal
from s2sad.rules.registry import Sample, adjoint
from s2sad.rules.static import static


def transposed(a: Any) -> Any:
    """Each matrix transposed."""
    if a.ndim == 2:
        return a.T
    return np.swapaxes(a, -1, -2)


def adjoined(a: Any) -> Any:
    """Each matrix transposed, and conjugate."""
    return transposed(np.conjugate(a)) if np.iscomplexobj(a) else transposed(a)


def conjugated(a: Any) -> Any:
    """The conjugate (of real numbers, they themselves)."""
    return np.conjugate(a) if np.iscomplexobj(a) else a


def over_matrices(y: Any) -> Any:
    """A number for each matrix, ready to multiply it."""
    if np.ndim(y) == 0:
        return y
    return y[..., None, None]


# -- samples


def _regular(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return normal(rng, shape) + 3.0 * np.eye(shape[-1])


def _regular_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for a in layouts(_regular(rng, (3, 3))):
        yield Sample((a,))
    for shape in ((1, 1), (2, 3, 3), (1, 2, 2, 2), (0, 0), (0, 2, 2)):
        yield Sample((_regular(rng, shape),))
    yield Sample((_regular(rng, (3, 3)) + 1j * normal(rng, (3, 3)),))


def _symmetric(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    a = normal(rng, shape)
    return a @ np.swapaxes(a, -1, -2) + np.diag(np.arange(1.0, shape[-1] + 1))


def symmetric_samples(rng: np.random.Generator) -> Iterator[Sample]:
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
    a, b = _regular(rng, (3, 3)) + 1j * normal(rng, (3, 3)), normal(rng, (3, 2))
    yield Sample((a, b), {}, (0, 1))


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
    return conjugated(u * products[..., None, :]) @ conjugated(v)


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
    log_bar = y_bar[1]
    if np.iscomplexobj(a):
        log_bar = log_bar + 1j * np.imag(y_bar[0] * y[0])
    return over_matrices(log_bar) * transposed(np.linalg.inv(a))


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
    """Whether the norm is the largest magnitude, or the smallest."""
    return isinstance(order, (int, float)) and abs(float(order)) == float("inf")


def widened(y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """`y` with the axes of `x` that a norm has taken away."""
    if keepdims or (axis is None and np.ndim(y) == 0):
        return y
    return np.expand_dims(y, axis)


def unit_or_zero(x: Any, y: Any) -> Any:
    """`x / y`, and 0 where the norm is: there x is 0, and the smallest subgradient too."""
    return x / np.where(y == 0.0, 1.0, y)


def direction(x: Any) -> Any:
    """The derivative of the magnitude."""
    return conjugated(np.sign(x))


def extreme_share(values: Any, extreme: Any, axis: Any) -> Any:
    """Which of them are the largest or the smallest one; equal ones share evenly."""
    ties = values == extreme
    return ties / np.sum(ties, axis=axis, keepdims=True)


def vector_norm_bar(y: Any, x: Any, order: Any, axis: Any, y_bar: Any) -> Any:
    """For y and y_bar that broadcast with x."""
    if is_euclidean(order, False):
        return y_bar * unit_or_zero(conjugated(x), y)
    if order == 0:
        return None
    if order == 1:
        return y_bar * direction(x)
    if is_infinite(order):
        return y_bar * (direction(x) * extreme_share(np.abs(x), y, axis))
    return y_bar * direction(x) * unit_or_zero(np.abs(x), y) ** (order - 1.0)


def sum_norm_bar(y: Any, x: Any, summed: int, y_bar: Any) -> Any:
    """For the largest, or smallest, of the sums of magnitudes along an axis."""
    sums = np.sum(np.abs(x), axis=summed, keepdims=True)
    return y_bar * (direction(x) * extreme_share(sums, y, (-2, -1)))


def spectral_norm_bar(y: Any, x: Any, place: int, y_bar: Any) -> Any:
    """By the singular vectors of the largest, or smallest, singular value."""
    u, _, v = np.linalg.svd(x, full_matrices=False)
    both = u[..., :, place, None] @ v[..., place, None, :]
    return y_bar * (y != 0.0) * conjugated(both)


def matrix_norm_bar(y: Any, x: Any, order: Any, y_bar: Any) -> Any:
    """For matrices in the last two axes; y and y_bar broadcast with them."""
    if is_euclidean(order, True):
        return y_bar * unit_or_zero(conjugated(x), y)
    if is_infinite(order):
        return sum_norm_bar(y, x, -1, y_bar)
    if order == "nuc":
        u, s, v = np.linalg.svd(x, full_matrices=False)
        return y_bar * conjugated((u * (s[..., None, :] > 0.0)) @ v)
    if order == 2:
        return spectral_norm_bar(y, x, 0, y_bar)
    if order == -2:
        return spectral_norm_bar(y, x, -1, y_bar)
    return sum_norm_bar(y, x, -2, y_bar)


def _norm_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for x in layouts(normal(rng, (2, 3))):
        yield Sample((x,))
    for order in (None, 1, 2, 3, 2.5, np.inf, -np.inf, 0.5, -2):
        yield Sample((normal(rng, (4,)), order))
        yield Sample((normal(rng, (2, 3)), order, 1))
        yield Sample((normal(rng, (2, 3)), order), {"axis": 0, "keepdims": True})
    for order in (None, 1, 3, np.inf):
        yield Sample((normal(rng, (4,)) + 1j * normal(rng, (4,)), order))
    for name in ("fro", 1, 2, np.inf, "nuc"):
        yield Sample((normal(rng, (3, 2)) + 1j * normal(rng, (3, 2)), name))
    for name in ("fro", 1, 2, np.inf, "nuc", -1, -2, -np.inf):
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
    if is_euclidean(ord, True) or (matrix_axes(np.ndim(x), ord, axis) is None and ord == 2):
        y, y_bar = widened(y, x, axis, keepdims), widened(y_bar, x, axis, keepdims)
        return y_bar * unit_or_zero(conjugated(x), y)
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


# -- functions of matrices


def _pinv_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 2)):
        yield Sample((normal(rng, shape),))
    yield Sample((normal(rng, (3, 2)) + 1j * normal(rng, (3, 2)),))
    yield Sample((normal(rng, (3, 2)), 1e-10))


@adjoint(np.linalg.pinv, raises=True, samples=_pinv_samples,
         source="Golub and Pereyra 1973, equation 4.12")  # fmt: skip
def pinv(y: Any, a: Any, rcond: Any = None, *, rtol: Any = None, y_bar: Any) -> Any:
    """Where the rank doesn't change."""
    yt, yt_bar = adjoined(y), transposed(y_bar)
    left = yt_bar - a @ (y @ yt_bar)
    right = yt_bar - (yt_bar @ y) @ a
    a_bar = left @ (y @ yt) + (yt @ y) @ right - yt @ conjugated(y_bar) @ yt
    return conjugated(a_bar)


@static
def powers(n: int) -> tuple[int, ...]:
    """`0, ..., n - 1`."""
    return tuple(range(n))


@adjoint(np.linalg.matrix_power, raises=True, result="either", samples=each(
    ((3, 3), 2), ((3, 3), 3), ((2, 2), 1), ((2, 2), 0), ((2, 3, 3), 4), ((2, 2), -1), ((2, 2), -2),
))  # fmt: skip
def matrix_power(y: Any, a: Any, n: int, *, y_bar: Any) -> Any:
    if n >= 0:
        return power_bar(a, n, y_bar)
    inverse = np.linalg.inv(a)
    return inv(inverse, a, y_bar=power_bar(inverse, -n, y_bar))


def power_bar(a: Any, n: int, y_bar: Any) -> Any:
    """The sum of a.T**k @ y_bar @ a.T**(n - 1 - k), by Horner's rule."""
    at = transposed(a)
    a_bar = np.zeros_like(a)
    left = y_bar
    for _ in powers(n):
        a_bar = a_bar @ at + left
        left = at @ left
    return a_bar

"""Rules of `scipy.linalg`. Loaded when a program has imported it; never before.

Sources: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); R. Mathias, "A chain rule for matrix functions and applications" (1996),
which puts the derivative of a function of matrices into a block of a larger one; G. Golub and
C. Van Loan, "Matrix Computations", section 7.6.3, for the equation of Sylvester.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.linalg as sl

from s2sad.rules.layouts import normal, together
from s2sad.rules.linalg import symmetric_samples
from s2sad.rules.registry import Sample, adjoint, composed, tangent
from s2sad.rules.static import static, unsupported

# -- what NumPy has as well


def _regular(rng: np.random.Generator, side: int) -> Any:
    return normal(rng, (side, side)) + 3.0 * np.eye(side)


def _systems(rng: np.random.Generator) -> Iterator[Sample]:
    for right in ((3,), (3, 2)):
        yield Sample((_regular(rng, 3), normal(rng, right)), {}, (0, 1))


@composed(sl.solve, raises=True, samples=_systems)
def solve(a: Any, b: Any) -> Any:
    return np.linalg.solve(a, b)


@composed(sl.inv, raises=True, samples=lambda rng: iter([Sample((_regular(rng, 3),))]))
def inv(a: Any) -> Any:
    return np.linalg.inv(a)


@composed(sl.det, raises=True, samples=lambda rng: iter([Sample((_regular(rng, 3),))]))
def det(a: Any) -> Any:
    return np.linalg.det(a)


@composed(sl.pinv, raises=True, samples=lambda rng: iter([Sample((normal(rng, (3, 2)),))]))
def pinv(a: Any) -> Any:
    return np.linalg.pinv(a)


@composed(sl.norm, samples=lambda rng: iter([
    Sample((normal(rng, (3, 2)),)), Sample((normal(rng, (3,)), 1)),
]))  # fmt: skip
def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    return np.linalg.norm(a, ord, axis, keepdims)


@composed(sl.svdvals, raises=True, samples=lambda rng: iter([Sample((normal(rng, (3, 2)),))]))
def svdvals(a: Any) -> Any:
    return np.linalg.svd(a, compute_uv=False)


@composed(sl.eigvalsh, raises=True, samples=symmetric_samples)
def eigvalsh(a: Any, b: Any = None, *, lower: bool = True) -> Any:
    if b is not None:
        unsupported("generalised eigenvalues")
    return np.linalg.eigvalsh(a, "L" if lower else "U")


# -- triangles


@composed(sl.cholesky, raises=True, samples=lambda rng: iter(
    Sample((s.args[0],), kwargs)
    for s in list(symmetric_samples(rng))[:2] for kwargs in ({}, {"lower": True})
))  # fmt: skip
def cholesky(a: Any, lower: bool = False) -> Any:
    """The upper triangle is read where it isn't `lower`."""
    return np.linalg.cholesky(a) if lower else np.linalg.cholesky(a.T).T


def _factored(rng: np.random.Generator) -> Iterator[Sample]:
    factor = _regular(rng, 3)
    for lower in (True, False):
        for right in ((3,), (3, 2)):
            yield Sample(((factor, lower), normal(rng, right)), {}, (1,))


@composed(sl.cho_solve, raises=True, samples=_factored)
def cho_solve(c_and_lower: Any, b: Any) -> Any:
    factor = triangle_of(c_and_lower[0], c_and_lower[1], False)
    if c_and_lower[1]:
        return np.linalg.solve(factor.T, np.linalg.solve(factor, b))
    return np.linalg.solve(factor, np.linalg.solve(factor.T, b))


def triangle_of(a: Any, lower: Any, unit_diagonal: Any) -> Any:
    """What a solver reads of a triangular matrix."""
    half = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        return half * (1.0 - np.eye(a.shape[0])) + np.eye(a.shape[0])
    return half


@static
def code(trans: Any) -> int:
    """0 for the matrix itself, 1 for the transposed, 2 for the adjoined."""
    return {"N": 0, "T": 1, "C": 2}[trans] if isinstance(trans, str) else int(trans)


def _triangular(rng: np.random.Generator) -> Iterator[Sample]:
    for lower in (True, False):
        for trans in (0, 1, "T"):
            kwargs = {"lower": lower, "trans": trans}
            yield Sample((_regular(rng, 3), normal(rng, (3, 2))), kwargs, (0, 1))
    yield Sample((_regular(rng, 3), normal(rng, (3,))), {"unit_diagonal": True}, (0, 1))


def conjugated(a: Any) -> Any:
    return np.conjugate(a) if np.iscomplexobj(a) else a


@adjoint(sl.solve_triangular, raises=True, samples=_triangular, source="Giles 2008, section 2.3.1")
def solve_triangular(
    y: Any, a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False,
    *, y_bar: Any,
) -> Any:  # fmt: skip
    """Only the triangle that is read has a cotangent."""
    if code(trans) == 0:
        b_bar = sl.solve_triangular(a, y_bar, 1, lower, unit_diagonal)
    elif code(trans) == 1:
        b_bar = sl.solve_triangular(a, y_bar, 0, lower, unit_diagonal)
    else:
        b_bar = sl.solve_triangular(conjugated(a), y_bar, 0, lower, unit_diagonal)
    product = -np.outer(b_bar, y) if b.ndim == 1 else -(b_bar @ y.T)
    if code(trans) == 1:
        product = product.T
    if code(trans) == 2:
        product = conjugated(product.T)
    half = np.tril(product) if lower else np.triu(product)
    return (half * (1.0 - np.eye(a.shape[0])) if unit_diagonal else half), b_bar


# -- functions of matrices


def _squares(rng: np.random.Generator) -> Iterator[Sample]:
    for side in (3, 2, 1):
        yield Sample((0.5 * normal(rng, (side, side)),))


@static
def check_single(rank: int) -> None:
    if rank != 2:
        unsupported("scipy.linalg.expm of several matrices at once")


def in_direction(a: Any, direction: Any) -> Any:
    """The derivative of the exponential of a matrix, as a block of that of a larger one."""
    side = a.shape[0]
    both = np.zeros((2 * side, 2 * side), direction.dtype)
    both[:side, :side] = a
    both[side:, side:] = a
    both[:side, side:] = direction
    return sl.expm(both)[:side, side:]


@adjoint(sl.expm, samples=_squares, source="Mathias 1996, theorem 2.1")
def expm(y: Any, A: Any, *, y_bar: Any) -> Any:  # noqa: N803
    """Of the transposed matrix, in the direction of the cotangent."""
    check_single(A.ndim)
    return in_direction(A.T, y_bar)


@tangent(sl.expm)
def expm_tangent(y: Any, A: Any, *, A_dot: Any) -> Any:  # noqa: N803
    check_single(A.ndim)
    return in_direction(A, A_dot)


def _roots(rng: np.random.Generator) -> Iterator[Sample]:
    for sample in list(symmetric_samples(rng))[:2]:
        yield Sample((sample.args[0] + 2.0 * np.eye(sample.args[0].shape[0]),))


@adjoint(sl.sqrtm, raises=True, samples=_roots)
def sqrtm(y: Any, A: Any, *, y_bar: Any) -> Any:  # noqa: N803
    """From y @ y = A: the cotangent solves an equation of Sylvester."""
    return sl.solve_sylvester(y.T, y.T, y_bar)


@adjoint(sl.solve_sylvester, raises=True, samples=together(
    (((3, 3), (2, 2), (3, 2)),), (((1, 1), (1, 1), (1, 1)),),
), source="Golub and Van Loan, section 7.6.3")  # fmt: skip
def solve_sylvester(y: Any, a: Any, b: Any, q: Any, *, y_bar: Any) -> Any:
    """a @ y + y @ b = q."""
    q_bar = sl.solve_sylvester(a.T, b.T, y_bar)
    return -(q_bar @ y.T), -(y.T @ q_bar), q_bar


# -- assembling


@composed(sl.block_diag, samples=lambda rng: iter([
    Sample((normal(rng, (2, 2)), normal(rng, (1, 3))), {}, (0, 1)),
]))  # fmt: skip
def block_diag(a: Any, b: Any) -> Any:
    """Of two matrices."""
    right = np.zeros((a.shape[0], b.shape[1]))
    below = np.zeros((b.shape[0], a.shape[1]))
    upper = np.concatenate((a, right), axis=1)
    return np.concatenate((upper, np.concatenate((below, b), axis=1)), axis=0)


@composed(sl.toeplitz, samples=lambda rng: iter([
    Sample((normal(rng, (3,)), normal(rng, (4,))), {}, (0, 1)), Sample((normal(rng, (3,)),)),
]))  # fmt: skip
def toeplitz(c: Any, r: Any = None) -> Any:
    row = c if r is None else r
    values = np.concatenate((c[::-1], row[1:]))
    places = np.arange(len(c) - 1, -1, -1)[:, None] + np.arange(len(row))
    return values[places]

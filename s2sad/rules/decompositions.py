"""Rules of factorisations of matrices. Leading axes are a batch, as in NumPy.

Sources: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); S. P. Smith, "Differentiation of the Cholesky algorithm"
(1995), in the closed form of I. Murray, "Differentiation of the Cholesky decomposition"
(2016); J. Townsend, "Differentiating the singular value decomposition" (2016); S. Walter,
L. Lehmann and R. Lamour, "On evaluating higher-order derivatives of the QR decomposition"
(2012); C. Boeddeker et al., "On the computation of complex-valued gradients with application to
statistically optimum beamforming" (2017).

For complex matrices the formulas hold with the adjoined in the place of the transposed, between
conjugate cotangents. The phases of complex singular vectors, and of eigenvectors of Hermitian
matrices, are arbitrary: derivatives are right where the result doesn't depend on them.
`cholesky` and `eigh` read one triangle of their argument, so the other has no cotangent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import layouts, normal
from s2sad.rules.linalg import adjoined, conjugated, symmetric_samples, transposed
from s2sad.rules.registry import Sample, adjoint, composed, tangent
from s2sad.rules.static import static, unsupported

# -- triangles


def lower_half(a: Any) -> Any:
    """The lower triangle, the diagonal halved."""
    return np.tril(a) - 0.5 * a * np.eye(a.shape[-1])


def read_from_lower(a_bar: Any) -> Any:
    """The cotangent of a matrix of which only the lower triangle is read."""
    return lower_half(a_bar + adjoined(a_bar))


def divided(x: Any, gaps: Any) -> Any:
    """`x / gaps`, and 0 where x is: a cotangent of zero contributes nothing."""
    return x / np.where(x == 0.0, 1.0, gaps)


def skew(a: Any) -> Any:
    """The matrix less the adjoined; of complex ones without the diagonal, which has to do with
    phases."""
    if np.iscomplexobj(a):
        return off_diagonal(a - adjoined(a))
    return a - transposed(a)


def off_diagonal(a: Any) -> Any:
    """The matrix with zeros on its diagonal."""
    return a - a * np.eye(a.shape[-1])


def on_diagonal(d: Any) -> Any:
    """Matrices with these diagonals."""
    return d[..., None] * np.eye(d.shape[-1])


def real_part(a: Any) -> Any:
    """The real part (of real numbers, they themselves)."""
    return np.real(a) if np.iscomplexobj(a) else a


# -- Cholesky


def _complex_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return normal(rng, shape) + 1j * normal(rng, shape)


def _cholesky_samples(rng: np.random.Generator) -> Iterator[Sample]:
    yield from symmetric_samples(rng)
    a = _complex_normal(rng, (3, 3))
    yield Sample((a @ np.conj(a.T) + np.eye(3),))


@adjoint(np.linalg.cholesky, raises=True, samples=_cholesky_samples,
         source="Smith 1995; Murray 2016, equation 10")  # fmt: skip
def cholesky(y: Any, a: Any, *, y_bar: Any) -> Any:
    middle = lower_half(adjoined(y) @ conjugated(y_bar))
    right = np.linalg.solve(adjoined(y), adjoined(middle))
    return conjugated(read_from_lower(np.linalg.solve(adjoined(y), adjoined(right))))


# -- eigenvalues of symmetric matrices


def from_half(a_bar: Any, UPLO: str) -> Any:  # noqa: N803
    """The cotangent of a matrix of which one triangle is read."""
    lower = conjugated(read_from_lower(a_bar))
    return lower if UPLO == "L" else adjoined(lower)


@adjoint(np.linalg.eigh, raises=True, singular=True, samples=symmetric_samples,
         source="Giles 2008, section 3.1")  # fmt: skip
def eigh(y: Any, a: Any, UPLO: Any = "L", *, y_bar: Any) -> Any:  # noqa: N803
    w, v = y[0], y[1]
    gaps = w[..., None, :] - w[..., :, None]
    inner = 0.5 * divided(skew(adjoined(v) @ conjugated(y_bar[1])), gaps)
    return from_half(v @ (inner + on_diagonal(y_bar[0])) @ adjoined(v), UPLO)


def _hermitian_samples(rng: np.random.Generator) -> Iterator[Sample]:
    yield from symmetric_samples(rng)
    a = _complex_normal(rng, (2, 3, 3))
    yield Sample((a + np.conj(np.swapaxes(a, -1, -2)),))
    yield Sample((a[0] + np.conj(a[0].T), "U"))


@adjoint(np.linalg.eigvalsh, raises=True, samples=_hermitian_samples,
         source="Giles 2008, section 3.1")  # fmt: skip
def eigvalsh(y: Any, a: Any, UPLO: Any = "L", *, y_bar: Any) -> Any:  # noqa: N803
    _, v = np.linalg.eigh(a, UPLO)
    return from_half((v * y_bar[..., None, :]) @ adjoined(v), UPLO)


@tangent(np.linalg.eigh)
def eigh_tangent(y: Any, a: Any, UPLO: Any = "L", *, a_dot: Any) -> Any:  # noqa: N803
    """Giles 2008, section 3.1. Eigenvectors of equal eigenvalues don't turn where nothing
    couples them."""
    w, v = y[0], y[1]
    half_dot = a_dot if UPLO == "L" else adjoined(a_dot)
    whole_dot = np.tril(half_dot) + adjoined(np.tril(half_dot, -1))
    inner = adjoined(v) @ whole_dot @ v
    gaps = w[..., None, :] - w[..., :, None]
    turned = v @ divided(off_diagonal(inner), gaps)
    return real_part(np.diagonal(inner, 0, -2, -1)), turned


# -- eigenvalues of any matrix


def _with_distinct_eigenvalues(rng: np.random.Generator) -> Iterator[Sample]:
    for a in layouts(normal(rng, (3, 3)) + 2.0 * np.diag([1.0, 2.0, 4.0])):
        yield Sample((a,))
    yield Sample((np.array([[1.0, -2.0], [3.0, 0.5]]),))
    yield Sample((_complex_normal(rng, (3, 3)),))
    yield Sample((normal(rng, (2, 3, 3)),))
    yield Sample((np.array([[1.5]]),))


@adjoint(np.linalg.eig, raises=True, singular=True, samples=_with_distinct_eigenvalues,
         source="Boeddeker et al. 2017")  # fmt: skip
def eig(y: Any, a: Any, *, y_bar: Any) -> Any:
    """Eigenvectors keep their length 1, and LAPACK turns them so that their largest component is
    real."""
    w, v = y[0], y[1]
    vt = transposed(v)
    gaps = w[..., None, :] - w[..., :, None]
    turned = vt @ y_bar[1]
    own = np.diagonal(turned, 0, -2, -1)
    largest = np.argmax(np.abs(v) * (np.imag(v) == 0.0), axis=-2)
    rows = np.take_along_axis(v, largest[..., :, None], -2)
    phases = np.imag(own) / np.diagonal(rows, 0, -2, -1)
    lengths = (vt @ np.conjugate(v)) * np.real(own)[..., None, :]
    inner = turned - lengths - 1j * transposed(rows) * phases[..., None, :]
    middle = divided(off_diagonal(inner), gaps) + on_diagonal(y_bar[0])
    return like(a, np.linalg.solve(vt, middle @ vt))


@tangent(np.linalg.eig)
def eig_tangent(y: Any, a: Any, *, a_dot: Any) -> Any:
    """Boeddeker et al. 2017."""
    w, v = y[0], y[1]
    inner = np.linalg.solve(v, a_dot @ v)
    gaps = w[..., None, :] - w[..., :, None]
    turned = v @ divided(off_diagonal(inner), gaps)
    v_dot = turned - v * np.sum(np.real(np.conjugate(v) * turned), axis=-2, keepdims=True)
    if np.iscomplexobj(v):
        largest = np.argmax(np.abs(v) * (np.imag(v) == 0.0), axis=-2)[..., None, :]
        aside = np.imag(np.take_along_axis(turned, largest, -2))
        v_dot = v_dot - 1j * v * (aside / np.take_along_axis(v, largest, -2))
    return np.diagonal(inner, 0, -2, -1), v_dot


def like(a: Any, a_bar: Any) -> Any:
    """The real part where the argument is real, though the result may be complex."""
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@adjoint(np.linalg.eigvals, raises=True, singular=True, samples=_with_distinct_eigenvalues,
         source="Giles 2008, section 3.1")  # fmt: skip
def eigvals(y: Any, a: Any, *, y_bar: Any) -> Any:
    _, v = np.linalg.eig(a)
    vt = transposed(v)
    return like(a, np.linalg.solve(vt, y_bar[..., :, None] * vt))


# -- singular values


def _svd_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((3, 3), (4, 3), (3, 4), (2, 3, 2)):
        yield Sample((normal(rng, shape), False))
        yield Sample((normal(rng, shape),), {"compute_uv": False})
    yield Sample((normal(rng, (3, 3)),))
    yield Sample((_complex_normal(rng, (3, 2)),), {"compute_uv": False})


def check_square(a: Any, full_matrices: bool) -> None:
    """Of other matrices the full singular vectors aren't unique."""
    if full_matrices:
        assert a.shape[-1] == a.shape[-2], "write full_matrices=False to differentiate this"


@adjoint(np.linalg.svd, raises=True, singular=True, samples=_svd_samples,
         source="Townsend 2016")  # fmt: skip
def svd(y: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True, *, y_bar: Any) -> Any:
    if not compute_uv:
        u, _, v = np.linalg.svd(a, full_matrices=False)
        return conjugated((u * y_bar[..., None, :]) @ v)
    check_square(a, full_matrices)
    u, s, v = y[0], y[1], adjoined(y[2])
    u_bar, s_bar, v_bar = conjugated(y_bar[0]), y_bar[1], transposed(y_bar[2])
    gaps = (s[..., None, :] - s[..., :, None]) * (s[..., None, :] + s[..., :, None])
    turned = adjoined(u) @ u_bar
    by_u = divided(skew(turned), gaps) * s[..., None, :]
    by_v = s[..., :, None] * divided(skew(adjoined(v) @ v_bar), gaps)
    middle = by_u + by_v + on_diagonal(s_bar) + phases(turned, s)
    outside_u = divided(u_bar - u @ turned, s[..., None, :])
    outside_v = divided(v_bar - v @ (adjoined(v) @ v_bar), s[..., None, :])
    return conjugated((u @ middle + outside_u) @ adjoined(v) + u @ adjoined(outside_v))


def phases(a: Any, s: Any) -> Any:
    """By how much the left singular vectors turn in the complex plane."""
    if np.iscomplexobj(a):
        return on_diagonal(1j * divided(np.imag(np.diagonal(a, 0, -2, -1)), s))
    return 0.0


@tangent(np.linalg.svd)
def svd_tangent(
    y: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True, *, a_dot: Any
) -> Any:
    """Townsend 2016, section 2.1."""
    if not compute_uv:
        u, _, vt = np.linalg.svd(a, full_matrices=False)
        return real_part(np.diagonal(adjoined(u) @ a_dot @ adjoined(vt), 0, -2, -1))
    check_square(a, full_matrices)
    u, s, v = y[0], y[1], adjoined(y[2])
    inner = adjoined(u) @ a_dot @ v
    rows, columns = s[..., None, :], s[..., :, None]
    gaps = (rows - columns) * (rows + columns)
    by_u = divided(off_diagonal(inner * rows + columns * adjoined(inner)), gaps)
    by_v = divided(off_diagonal(columns * inner + adjoined(inner) * rows), gaps)
    moved_u = a_dot @ v
    moved_v = adjoined(a_dot) @ u
    outside_u = divided(moved_u - u @ (adjoined(u) @ moved_u), rows)
    outside_v = divided(moved_v - v @ (adjoined(v) @ moved_v), rows)
    s_dot = real_part(np.diagonal(inner, 0, -2, -1))
    return u @ (by_u + phases(inner, s)) + outside_u, s_dot, adjoined(v @ by_v + outside_v)


@composed(np.linalg.svdvals, raises=True, samples=lambda rng: iter(
    [Sample((normal(rng, shape),)) for shape in ((3, 3), (4, 2), (2, 3, 2))]
))  # fmt: skip
def svdvals(x: Any) -> Any:
    return np.linalg.svd(x, compute_uv=False)


# -- QR


def _qr_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for shape in ((3, 3), (4, 2), (2, 4, 3), (1, 1), (2, 4)):
        yield Sample((normal(rng, shape),))
        yield Sample((normal(rng, shape), "r"))
    yield Sample((_complex_normal(rng, (4, 2)),))
    yield Sample((_complex_normal(rng, (2, 3)),))


@static
def check_mode(mode: str) -> None:
    if mode not in ("reduced", "r"):
        unsupported("np.linalg.qr with a mode other than 'reduced' and 'r'")


def from_lower(a: Any) -> Any:
    """The Hermitian matrix with this lower triangle."""
    if np.iscomplexobj(a):
        a = off_diagonal(a) + on_diagonal(np.real(np.diagonal(a, 0, -2, -1)))
    return np.tril(a) + adjoined(np.tril(a, -1))


@adjoint(np.linalg.qr, raises=True, samples=_qr_samples,
         source="Walter, Lehmann and Lamour 2012")  # fmt: skip
def qr(y: Any, a: Any, mode: str = "reduced", *, y_bar: Any) -> Any:
    """What stands to the right of a square has no share in q."""
    check_mode(mode)
    if mode == "r":
        q, r = np.linalg.qr(a)
        q_bar, r_bar = np.zeros_like(q), conjugated(np.triu(y_bar))
    else:
        q, r = y[0], y[1]
        q_bar, r_bar = conjugated(y_bar[0]), conjugated(np.triu(y_bar[1]))
    side = a.shape[-2]
    rest_bar = r_bar[..., side:]
    q_bar = q_bar + a[..., side:] @ adjoined(rest_bar)
    r, r_bar = r[..., :side], r_bar[..., :side]
    inner = r @ adjoined(r_bar) - adjoined(q_bar) @ q
    square_bar = adjoined(np.linalg.solve(r, adjoined(q_bar + q @ from_lower(inner))))
    return conjugated(np.concatenate((square_bar, q @ rest_bar), axis=-1))

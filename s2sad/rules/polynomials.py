"""Rules of polynomials, given by their coefficients, the highest power first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal, together
from s2sad.rules.registry import Sample, adjoint, composed
from s2sad.rules.static import static, unsupported


@composed(
    np.vander, samples=each(((4,),), ((3,), 2), ((3,), 4, True), ((3,), {"increasing": True}))
)
def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:  # noqa: N803
    count = len(x) if N is None else N
    powers = np.arange(count)
    return x[:, None] ** (powers if increasing else powers[::-1])


@composed(np.polyval, samples=together(
    (((3,), (2, 3)),), (((3,), (4,)),), (((1,), (2,)),), (((4,), ()),),
))  # fmt: skip
def polyval(p: Any, x: Any) -> Any:
    """By Horner's rule."""
    y = np.zeros(np.shape(x))
    for k in range(len(p)):
        y = y * x + p[k]
    return y


def lengthened(a: Any, length: Any) -> Any:
    """With zeros for higher powers."""
    return np.concatenate((np.zeros(length - len(a)), a))


PAIRS = together((((3,), (3,)),), (((2,), (4,)),), (((4,), (1,)),))


@composed(np.polyadd, samples=PAIRS)
def polyadd(a1: Any, a2: Any) -> Any:
    length = max(len(a1), len(a2))
    return lengthened(a1, length) + lengthened(a2, length)


@composed(np.polysub, samples=PAIRS)
def polysub(a1: Any, a2: Any) -> Any:
    length = max(len(a1), len(a2))
    return lengthened(a1, length) - lengthened(a2, length)


@composed(np.polymul, samples=PAIRS)
def polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(a1, a2)


def _quotients(rng: np.random.Generator) -> Iterator[Sample]:
    for left, right in ((4, 2), (5, 3), (3, 3), (4, 1)):
        yield Sample((normal(rng, (left,)), normal(rng, (right,))), {}, (0, 1))


@composed(np.polydiv, samples=_quotients)
def polydiv(u: Any, v: Any) -> Any:
    """Long division; the dividend has no lower degree. Of the rest, leading zeros are left out,
    as NumPy leaves them out."""
    rest = np.array(u)
    count = len(u) - len(v) + 1
    quotient = np.zeros(count, u.dtype)
    for k in range(count):
        quotient[k] = rest[k] / v[0]
        rest[k : k + len(v)] -= quotient[k] * v
    start = count
    while start < len(u) - 1 and np.abs(rest[start]) <= 1e-8:
        start += 1
    return quotient, rest[min(start, len(u) - 1) :]


@static
def times(m: int) -> tuple[int, ...]:
    return tuple(range(m))


@composed(np.polyder, result="either", samples=each(((4,),), ((5,), 2), ((2,),), ((3,), 0)))
def polyder(p: Any, m: Any = 1) -> Any:
    for _ in times(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composed(np.polyint, samples=each(((4,),), ((2,), 2), ((1,),)))
def polyint(p: Any, m: Any = 1) -> Any:
    """With constants of 0."""
    for _ in times(m):
        p = np.concatenate((p / np.arange(len(p), 0, -1), np.zeros(1)))
    return p


def _zeros(rng: np.random.Generator) -> Iterator[Sample]:
    for z in layouts(normal(rng, (3,))):
        yield Sample((z,))
    yield Sample((normal(rng, (1,)),))


@composed(np.poly, samples=_zeros)
def poly(seq_of_zeros: Any) -> Any:
    """From its zeros."""
    if seq_of_zeros.ndim != 1:
        unsupported("np.poly of a matrix: use np.linalg.eigvals")
    p = np.ones(1)
    for zero in seq_of_zeros:
        p = np.convolve(p, np.stack((1.0, -zero)))
    return p


def _with_simple_roots(rng: np.random.Generator) -> Iterator[Sample]:
    for p in layouts(np.array([1.0, -6.0, 11.0, -5.5])):
        yield Sample((p,))
    yield Sample((np.array([1.0, 0.5, 2.0]),))
    yield Sample((np.array([2.0, -1.0]),))


@adjoint(np.roots, raises=True, singular=True, samples=_with_simple_roots)
def roots(y: Any, p: Any, *, y_bar: Any) -> Any:
    """A root moves so that the polynomial stays 0 there: p'(y) dy + dp(y) = 0."""
    slope = np.polyval(np.polyder(p), y)
    powers = y[:, None] ** np.arange(len(p) - 1, -1, -1)
    return np.real(-(y_bar / slope) @ powers)


def _points(rng: np.random.Generator) -> Iterator[Sample]:
    x, y = np.linspace(-1.0, 1.0, 6), normal(rng, (6,))
    yield Sample((x, y, 2), {}, (0, 1))
    yield Sample((x, normal(rng, (6, 2)), 1), {}, (0, 1))
    yield Sample((x, y, 1), {"w": np.array([1.0, 2.0, 1.0, 0.5, 1.0, 1.0])}, (0, 1))


@composed(np.polyfit, raises=True, samples=_points)
def polyfit(x: Any, y: Any, deg: Any, *, w: Any = None) -> Any:
    """The least squares of a Vandermonde matrix with columns of length 1."""
    rows = np.vander(x, deg + 1)
    values = y
    if w is not None:
        rows = rows * w[:, None]
        values = y * (w if y.ndim == 1 else w[:, None])
    lengths = np.sqrt(np.sum(rows * rows, axis=0))
    found = np.linalg.pinv(rows / lengths) @ values
    return found / (lengths if y.ndim == 1 else lengths[:, None])

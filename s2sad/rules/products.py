"""Rules of products: matmul, dot, inner, outer, tensordot, einsum, kron, cross.

One textbook formula for each pair of ranks. Batch axes that were broadcast are summed by the
driver. Sources: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008), section 2.2; the chain rule for everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import normal, together
from s2sad.rules.registry import Sample, adjoint
from s2sad.rules.static import axes_between, is_identity, static, unsupported
from s2sad.rules.subscripts import steps, summed_axes, units

GILES = "Giles 2008, section 2.2.2"


# -- matmul


@adjoint(np.matmul, ranks=(2, 2), multilinear=True, source=GILES, samples=together(
    (((2, 3), (3, 4)),), (((1, 3), (3, 1)),), (((2, 0), (0, 4)),), (((0, 3), (3, 4)),),
))  # fmt: skip
def matmul_matrix_matrix(c: Any, x1: Any, x2: Any, *, c_bar: Any) -> Any:
    x1_bar = c_bar @ x2.T
    x2_bar = x1.T @ c_bar
    return x1_bar, x2_bar


@adjoint(
    np.matmul, ranks=(1, 1), multilinear=True, samples=together((((3,), (3,)),), (((1,), (1,)),))
)
def matmul_vector_vector(c: Any, x1: Any, x2: Any, *, c_bar: Any) -> Any:
    x1_bar = c_bar * x2
    x2_bar = c_bar * x1
    return x1_bar, x2_bar


@adjoint(
    np.matmul,
    ranks=(1, 2),
    multilinear=True,
    samples=together((((3,), (3, 4)),), (((1,), (1, 2)),)),
)
def matmul_vector_matrix(c: Any, x1: Any, x2: Any, *, c_bar: Any) -> Any:
    x1_bar = x2 @ c_bar
    x2_bar = np.outer(x1, c_bar)
    return x1_bar, x2_bar


@adjoint(
    np.matmul,
    ranks=(2, 1),
    multilinear=True,
    samples=together((((2, 3), (3,)),), (((2, 1), (1,)),)),
)
def matmul_matrix_vector(c: Any, x1: Any, x2: Any, *, c_bar: Any) -> Any:
    x1_bar = np.outer(c_bar, x2)
    x2_bar = c_bar @ x1
    return x1_bar, x2_bar


@adjoint(np.matmul, multilinear=True, source=GILES, samples=together(
    (((2, 3, 4), (2, 4, 2)),), (((5, 2, 3), (3, 4)),), (((2, 3), (5, 3, 4)),),
    (((5, 1, 2, 3), (4, 3, 2)),), (((1, 2, 3), (4, 3, 2)),), (((2, 2, 3), (3,)),),
    (((3,), (2, 3, 4)),), (((0, 2, 3), (0, 3, 2)),),
))  # fmt: skip
def matmul(c: Any, x1: Any, x2: Any, *, c_bar: Any) -> Any:
    if x1.ndim == 1:
        return (x2 @ c_bar[..., None])[..., 0], x1[:, None] * c_bar[..., None, :]
    if x2.ndim == 1:
        return c_bar[..., None] * x2, np.tensordot(c_bar, x1, c_bar.ndim)
    x1_bar = c_bar @ np.swapaxes(x2, -1, -2)
    if x2.ndim == 2:
        rows = axes_between(0, c_bar.ndim - 1)
        return x1_bar, np.tensordot(x1, c_bar, (rows, rows))
    x2_bar = np.swapaxes(x1, -1, -2) @ c_bar
    return x1_bar, x2_bar


# -- dot, inner, vdot, outer


@adjoint(np.dot, ranks=(2, 2), multilinear=True, source=GILES, samples=together(
    (((2, 3), (3, 4)),), (((1, 3), (3, 1)),), (((2, 0), (0, 4)),),
))  # fmt: skip
def dot_matrix_matrix(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    a_bar = c_bar @ b.T
    b_bar = a.T @ c_bar
    return a_bar, b_bar


@adjoint(np.dot, ranks=(1, 1), multilinear=True, samples=together((((3,), (3,)),), (((1,), (1,)),)))
def dot_vector_vector(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    a_bar = c_bar * b
    b_bar = c_bar * a
    return a_bar, b_bar


@adjoint(
    np.dot, ranks=(1, 2), multilinear=True, samples=together((((3,), (3, 4)),), (((1,), (1, 2)),))
)
def dot_vector_matrix(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    a_bar = b @ c_bar
    b_bar = np.outer(a, c_bar)
    return a_bar, b_bar


@adjoint(
    np.dot, ranks=(2, 1), multilinear=True, samples=together((((2, 3), (3,)),), (((2, 1), (1,)),))
)
def dot_matrix_vector(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    a_bar = np.outer(c_bar, b)
    b_bar = c_bar @ a
    return a_bar, b_bar


@static
def all_but(axis: int, rank: int) -> tuple[int, ...]:
    """The axes other than `axis`, in order."""
    return tuple(other for other in range(rank) if other != axis % rank)


@adjoint(np.dot, multilinear=True, samples=together(
    (((2, 3, 4), (5, 4, 2)),), (((2, 3, 4), (4,)),), (((4,), (5, 4, 2)),),
    (((2, 3, 4), (4, 2)),), (((), (2, 3)),), (((3,), ()),), (((), ()),),
))  # fmt: skip
def dot(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    """Contracts the last axis of a with the last but one of b (the only one of a vector)."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return c_bar * b, c_bar * a
    rows = axes_between(0, a.ndim - 1)
    if b.ndim == 1:
        return c_bar[..., None] * b, np.tensordot(c_bar, a, (rows, rows))
    columns = axes_between(a.ndim - 1, c_bar.ndim)
    a_bar = np.tensordot(c_bar, b, (columns, all_but(-2, b.ndim)))
    b_bar = np.moveaxis(np.tensordot(a, c_bar, (rows, rows)), 0, -2)
    return a_bar, b_bar


@adjoint(np.inner, multilinear=True, samples=together(
    (((3,), (3,)),), (((2, 3), (4, 3)),), (((2, 3), (3,)),), (((3,), (2, 4, 3)),),
    (((), (2, 3)),), (((2,), ()),), (((2, 1, 3), (4, 3)),),
))  # fmt: skip
def inner(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    """Contracts the last axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0 or (a.ndim == 1 and b.ndim == 1):
        return c_bar * b, c_bar * a
    rows = axes_between(0, a.ndim - 1)
    columns = axes_between(a.ndim - 1, c_bar.ndim)
    a_bar = np.tensordot(c_bar, b, (columns, axes_between(0, b.ndim - 1)))
    b_bar = np.tensordot(c_bar, a, (rows, rows))
    return a_bar, b_bar


@adjoint(np.vdot, samples=together((((3,), (3,)),), (((2, 3), (2, 3)),), (((2, 3), (6,)),)))
def vdot(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    """The product of the arrays laid out flat."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        unsupported("np.vdot of complex arrays: write np.sum(np.conj(a) * b)")
    return c_bar * np.reshape(b, a.shape), c_bar * np.reshape(a, b.shape)


@adjoint(np.outer, multilinear=True, source=GILES, samples=together(
    (((2,), (3,)),), (((1,), (1,)),), (((0,), (3,)),), (((2, 2), (3, 1)),), (((), (3,)),),
))  # fmt: skip
def outer(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    a_bar = c_bar @ np.ravel(b)
    b_bar = np.ravel(a) @ c_bar
    return np.reshape(a_bar, np.shape(a)), np.reshape(b_bar, np.shape(b))


@adjoint(np.outer, ranks=(1, 1), multilinear=True, source=GILES, samples=together(
    (((2,), (3,)),), (((1,), (1,)),), (((0,), (3,)),),
))  # fmt: skip
def outer_vector_vector(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    a_bar = c_bar @ b
    b_bar = a @ c_bar
    return a_bar, b_bar


# -- tensordot


def _pair_of_axes(axes: Any, left: int, right: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes that are contracted, as NumPy reads `axes`, counted from 0."""
    if isinstance(axes, int):
        return tuple(range(left - axes, left)), tuple(range(axes))
    first, second = (item if isinstance(item, (tuple, list)) else (item,) for item in axes)
    return tuple(axis % left for axis in first), tuple(axis % right for axis in second)


def _free(axes: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return tuple(axis for axis in range(rank) if axis not in axes)


def _positions(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(axis) for axis in range(len(order)))


@static
def left_axes(axes: Any, left: int, right: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What to contract in c_bar and in b for the cotangent of a."""
    first, second = _pair_of_axes(axes, left, right)
    free = _free(second, right)
    kept = left - len(first)
    return tuple(range(kept, kept + len(free))), free


@static
def left_order(axes: Any, left: int, right: int) -> tuple[int, ...]:
    """How to permute that contraction to the order of a's axes."""
    first, second = _pair_of_axes(axes, left, right)
    contracted = tuple(first[second.index(axis)] for axis in sorted(second))
    return _positions(_free(first, left) + contracted)


@static
def right_axes(axes: Any, left: int, right: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What to contract in a and in c_bar for the cotangent of b."""
    first, _ = _pair_of_axes(axes, left, right)
    free = _free(first, left)
    return free, tuple(range(len(free)))


@static
def right_order(axes: Any, left: int, right: int) -> tuple[int, ...]:
    """How to permute that contraction to the order of b's axes."""
    first, second = _pair_of_axes(axes, left, right)
    contracted = tuple(second[first.index(axis)] for axis in sorted(first))
    return _positions(contracted + _free(second, right))


def permuted(x: Any, order: Any) -> Any:
    """The transpose, where there is something to do."""
    if is_identity(order):
        return x
    return np.transpose(x, order)


@adjoint(np.tensordot, multilinear=True, samples=together(
    (((2, 3, 4), (3, 4, 5)),), (((2, 3), (3, 4)), 1), (((2,), (3,)), 0),
    (((2, 3, 4), (4, 3, 5)), ((2, 1), (0, 1))), (((2, 3, 4), (5, 2)), (0, 1)),
    (((2, 3, 4), (4, 5, 2)), ((0, -1), (-1, 0))), (((2, 3), (2, 3)), 2),
    (((0, 3), (3, 2)), 1), (((2, 3), (3, 4)), {"axes": ((1,), (0,))}),
))  # fmt: skip
def tensordot(c: Any, a: Any, b: Any, axes: Any = 2, *, c_bar: Any) -> Any:
    a_bar = np.tensordot(c_bar, b, left_axes(axes, a.ndim, b.ndim))
    a_bar = permuted(a_bar, left_order(axes, a.ndim, b.ndim))
    b_bar = np.tensordot(a, c_bar, right_axes(axes, a.ndim, b.ndim))
    b_bar = permuted(b_bar, right_order(axes, a.ndim, b.ndim))
    return a_bar, b_bar


# -- kron, cross


@adjoint(np.kron, multilinear=True, samples=together(
    (((2, 3), (3, 2)),), (((2,), (3,)),), (((1, 2), (2, 1)),),
))  # fmt: skip
def kron(c: Any, a: Any, b: Any, *, c_bar: Any) -> Any:
    if a.ndim == 1 and b.ndim == 1:
        blocks = np.reshape(c_bar, (a.size, b.size))
        return blocks @ b, a @ blocks
    if a.ndim == 2 and b.ndim == 2:
        blocks = np.reshape(c_bar, (a.shape[0], b.shape[0], a.shape[1], b.shape[1]))
        return np.einsum("ikjl,kl->ij", blocks, b), np.einsum("ikjl,ij->kl", blocks, a)
    unsupported("np.kron of two vectors or two matrices only")


@adjoint(np.cross, multilinear=True, samples=together(
    (((3,), (3,)),), (((2, 3), (2, 3)),), (((2, 3), (3,)),),
    (((3, 2), (3, 2)), {"axis": 0}), (((4, 1, 3), (5, 3)),),
))  # fmt: skip
def cross(c: Any, a: Any, b: Any, axis: Any = None, *, c_bar: Any) -> Any:
    """Of vectors with three components: (a x b) . c is invariant under cyclic permutation."""
    if axis is None:
        return np.cross(b, c_bar), np.cross(c_bar, a)
    return np.cross(b, c_bar, axis=axis), np.cross(c_bar, a, axis=axis)


# -- einsum


def contraction_bar(
    subscripts: str, ranks: Any, position: int, operand: Any, others: Any, y_bar: Any
) -> Any:
    """The cotangent of one operand: see `s2sad.rules.subscripts`."""
    plan = steps(subscripts, ranks, position)
    done = 0
    for other in others:
        y_bar = np.einsum(plan[done], y_bar, other)
        done = done + 1
    for axis in units(subscripts, ranks, position):
        y_bar = np.einsum(plan[done], y_bar, np.eye(operand.shape[axis]))
        done = done + 1
    if done < len(plan):
        y_bar = np.einsum(plan[done], y_bar)
    if len(summed_axes(subscripts, ranks, position)) > 0:
        y_bar = np.expand_dims(y_bar, summed_axes(subscripts, ranks, position))
    return y_bar


def _einsum_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for subscripts, *shapes in EINSUMS:
        operands = [normal(rng, shape) for shape in shapes]
        yield Sample((subscripts, *operands), {}, tuple(range(1, len(shapes) + 1)))


EINSUMS: tuple[Any, ...] = (
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("i,i->", (3,), (3,)),
    ("ij->ji", (2, 3)), ("ba", (2, 3)), ("ij->", (2, 3)), ("ij->j", (2, 3)), ("ii->", (3, 3)),
    ("ii", (3, 3)), ("ii->i", (3, 3)), ("iij->j", (2, 2, 3)), ("ijij->ij", (2, 3, 2, 3)),
    ("iii->i", (2, 2, 2)), ("i,j->ij", (2,), (3,)), ("ij,ij->i", (2, 3), (2, 3)),
    ("ij,j->", (2, 3), (3,)), ("ii,ij->j", (2, 2), (2, 3)), ("i,j->j", (2,), (3,)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)), ("...ij,...jk->...ik", (2, 2, 3), (2, 3, 2)),
    ("...i,i->...", (2, 3, 4), (4,)), ("i...,i...", (2, 3), (2, 3)), ("...ii->...", (2, 3, 3)),
    ("...ij,...j", (4, 2, 3), (3,)), ("ij , jk -> ik", (1, 3), (3, 2)), (",i->i", (), (3,)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)), ("i,ij,j->", (2,), (2, 3), (3,)),
    ("i,i,i->i", (3,), (3,), (3,)), ("ij,jk,kl,lm->im", (2, 2), (2, 3), (3, 2), (2, 2)),
    ("ij,jk->ik", (0, 3), (3, 2)), ("ij,ij->ij", (1, 3), (2, 3)), ("->", ()),
    ("...i->...", (2, 3)), ("...,...->...", (3, 1), (2,)),
)  # fmt: skip


@adjoint(np.einsum, result="either", multilinear=True, samples=_einsum_samples)
def einsum(
    y: Any,
    subscripts: str,
    a: Any,
    b: Any = None,
    c: Any = None,
    d: Any = None,
    optimize: Any = False,
    *,
    y_bar: Any,
) -> Any:
    """Up to four operands. A single one may be a view of it."""
    if not isinstance(subscripts, str):
        unsupported("np.einsum with lists of subscripts: write them as a string")
    if b is None:
        ranks: Any = (np.ndim(a),)
        return None, contraction_bar(subscripts, ranks, 0, a, [], y_bar)
    if c is None:
        ranks = (np.ndim(a), np.ndim(b))
        a_bar = contraction_bar(subscripts, ranks, 0, a, [b], y_bar)
        b_bar = contraction_bar(subscripts, ranks, 1, b, [a], y_bar)
        return None, a_bar, b_bar
    if d is None:
        ranks = (np.ndim(a), np.ndim(b), np.ndim(c))
        a_bar = contraction_bar(subscripts, ranks, 0, a, [b, c], y_bar)
        b_bar = contraction_bar(subscripts, ranks, 1, b, [a, c], y_bar)
        c_bar = contraction_bar(subscripts, ranks, 2, c, [a, b], y_bar)
        return None, a_bar, b_bar, c_bar
    ranks = (np.ndim(a), np.ndim(b), np.ndim(c), np.ndim(d))
    a_bar = contraction_bar(subscripts, ranks, 0, a, [b, c, d], y_bar)
    b_bar = contraction_bar(subscripts, ranks, 1, b, [a, c, d], y_bar)
    c_bar = contraction_bar(subscripts, ranks, 2, c, [a, b, d], y_bar)
    d_bar = contraction_bar(subscripts, ranks, 3, d, [a, b, c], y_bar)
    return None, a_bar, b_bar, c_bar, d_bar

"""Rules of linear systems, products and norms that are composed of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, listed, normal, together
from s2sad.rules.registry import Sample, composed
from s2sad.rules.static import static

# -- systems


def _tall(rng: np.random.Generator) -> Iterator[Sample]:
    for left, right in (((4, 2), (4,)), ((4, 2), (4, 3)), ((3, 3), (3,)), ((2, 4), (2,))):
        yield Sample((normal(rng, left), normal(rng, right)), {"rcond": None}, (0, 1))


@composed(np.linalg.lstsq, raises=True, samples=_tall)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Of matrices of full rank, for the residuals."""
    x = np.linalg.pinv(a) @ b
    return x, residuals(a, b, x), None, np.linalg.svd(a, compute_uv=False)


def residuals(a: Any, b: Any, x: Any) -> Any:
    """The sums of squares that a tall system leaves; empty for others."""
    rest = b - a @ x
    squares = np.sum(np.abs(rest) ** 2, axis=0)
    columns = np.reshape(squares, -1)
    return columns[: columns.shape[0] * (a.shape[0] > a.shape[1])]


def _tensor_systems(rng: np.random.Generator) -> Iterator[Sample]:
    for left, right in (((2, 3, 6), (2, 3)), ((6, 2, 3), (6,))):
        a = normal(rng, left) + 3.0 * np.eye(6).reshape(left)
        yield Sample((a, normal(rng, right)), {}, (0, 1))
    a = normal(rng, (2, 2, 4)) + 3.0 * np.eye(4).reshape(2, 2, 4)
    yield Sample((np.moveaxis(a, 2, 0), normal(rng, (2, 2))), {"axes": (0,)}, (0, 1))


@static
def axes_at_the_end(axes: Any, rank: int) -> tuple[int, ...]:
    """The axes that are solved for, last."""
    moved = tuple(axes or ())
    return (*(k for k in range(rank) if k not in moved), *moved)


@composed(np.linalg.tensorsolve, raises=True, samples=_tensor_systems)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    moved = np.transpose(a, axes_at_the_end(axes, a.ndim))
    shape = moved.shape[b.ndim :]
    return np.reshape(np.linalg.solve(np.reshape(moved, (b.size, b.size)), np.ravel(b)), shape)


@composed(np.linalg.tensorinv, raises=True, samples=lambda rng: iter([
    Sample((normal(rng, (4, 2, 2)) + 3.0 * np.eye(4).reshape(4, 2, 2), 1)),
    Sample((normal(rng, (2, 3, 6)) + 3.0 * np.eye(6).reshape(2, 3, 6),)),
]))  # fmt: skip
def tensorinv(a: Any, ind: Any = 2) -> Any:
    rows, columns = a.shape[:ind], a.shape[ind:]
    side = np.reshape(a, (*rows, -1)).shape[-1]
    return np.reshape(np.linalg.inv(np.reshape(a, (side, side))), columns + rows)


@composed(np.linalg.cond, raises=True, samples=each(
    ((3, 3),), ((3, 2),), ((3, 3), 2), ((3, 3), -2), ((3, 3), "fro"), ((3, 3), 1), ((2, 3, 3),),
))  # fmt: skip
def cond(x: Any, p: Any = None) -> Any:
    if p is None or p == 2 or p == -2:
        s = np.linalg.svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    inverse = np.linalg.inv(x)
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(inverse, p, (-2, -1))


# -- norms


@composed(np.linalg.matrix_norm, samples=each(
    ((3, 2),), ((2, 3, 2),), ((3, 2), {"ord": 1}), ((2, 3, 2), {"ord": "nuc", "keepdims": True}),
))  # fmt: skip
def matrix_norm(x: Any, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


@composed(np.linalg.vector_norm, samples=each(
    ((3, 2),), ((3,), {"ord": 1}), ((2, 3), {"axis": 1}), ((2, 3), {"axis": 0, "keepdims": True}),
    ((2, 3, 2), {"axis": (0, 2), "ord": 3}), ((2, 3), {"keepdims": True}),
))  # fmt: skip
def vector_norm(x: Any, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    if axis is None:
        y = np.linalg.norm(np.ravel(x), ord)
        return np.reshape(y, ones(x.ndim)) if keepdims else y
    if not isinstance(axis, tuple):
        return np.linalg.norm(x, ord, axis, keepdims)
    rows = np.moveaxis(x, axis, last(len(axis)))
    y = np.linalg.norm(np.reshape(rows, (*rows.shape[: -len(axis)], -1)), ord, -1)
    return np.expand_dims(y, axis) if keepdims else y


@static
def ones(count: int) -> tuple[int, ...]:
    """`count` axes of length 1."""
    return (1,) * count


@static
def last(count: int) -> tuple[int, ...]:
    """The last axes."""
    return tuple(range(-count, 0))


# -- products


@composed(np.linalg.multi_dot, samples=listed(
    (((2, 3), (3, 4), (4, 2)),), (((3,), (3, 4), (4,)),), (((2, 3), (3, 2)),),
    (((2, 3), (3, 4), (4, 2), (2, 5)),),
))  # fmt: skip
def multi_dot(arrays: Any) -> Any:
    product = arrays[0]
    for factor in arrays[1:]:
        product = np.dot(product, factor)
    return product


VECTORS = together(
    (((3,), (3,)),), (((2, 3), (2, 3)),), (((2, 3), (3,)),), (((3,), (4, 3)),),
)  # fmt: skip


def conjugated(x: Any) -> Any:
    return np.conjugate(x) if np.iscomplexobj(x) else x


@composed(np.vecdot, samples=VECTORS)
def vecdot(x1: Any, x2: Any, axis: Any = -1) -> Any:
    return np.sum(conjugated(x1) * x2, axis=axis)


@composed(np.linalg.vecdot, samples=VECTORS)
def vecdot_along(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    return np.sum(conjugated(x1) * x2, axis=axis)


@composed(np.matvec, samples=together(
    (((2, 3), (3,)),), (((4, 2, 3), (3,)),), (((2, 3), (4, 3)),), (((4, 2, 3), (4, 3)),),
))  # fmt: skip
def matvec(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, x2[..., None])[..., 0]


@composed(np.vecmat, samples=together(
    (((3,), (3, 2)),), (((3,), (4, 3, 2)),), (((4, 3), (3, 2)),), (((4, 3), (4, 3, 2)),),
))  # fmt: skip
def vecmat(x1: Any, x2: Any) -> Any:
    return np.matmul(conjugated(x1)[..., None, :], x2)[..., 0, :]


@composed(np.linalg.matmul, samples=together((((2, 3), (3, 4)),), (((2, 2, 3), (3, 2)),)))
def matmul(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, x2)


@composed(np.linalg.outer, samples=together((((2,), (3,)),)))
def outer(x1: Any, x2: Any) -> Any:
    return np.outer(x1, x2)


@composed(np.linalg.tensordot, samples=together(
    (((2, 3, 4), (3, 4, 5)),), (((2, 3), (3, 4)), {"axes": 1}),
    (((2, 3), (4, 3)), {"axes": ((1,), (1,))}),
))  # fmt: skip
def tensordot(x1: Any, x2: Any, *, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes)


@composed(np.linalg.cross, samples=together(
    (((3,), (3,)),), (((2, 3), (2, 3)),), (((3, 2), (3, 2)), {"axis": 0}),
))  # fmt: skip
def cross(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    return np.cross(x1, x2, axis=axis)

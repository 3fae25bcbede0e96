"""Which functions give views of their first argument, and which of these can be written through.

A view that can't is one that NumPy makes read-only, or that shows an element more than once. It
is read anew where it is used, so that it follows what is written to its base.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from s2sad.ir.data import Op, Path, ViewStep


def flat(a: Any) -> Any:
    """`a.flat`: the elements in C order; what is read through it is a copy."""
    return a.flat


WRITABLE = frozenset({
    np.transpose, np.permute_dims, np.swapaxes, np.moveaxis, np.rollaxis, np.expand_dims,
    np.squeeze, np.flip, np.fliplr, np.flipud, np.rot90, np.matrix_transpose,
    np.linalg.matrix_transpose,
    np.atleast_1d, np.atleast_2d, np.atleast_3d, np.real, np.imag, flat,
})  # fmt: skip
READ_ONLY = frozenset({np.diagonal, np.linalg.diagonal, np.broadcast_to, sliding_window_view})
FLAT = Op(".flat", operator.attrgetter("flat"), "attribute", flat, "view")


def is_view(op: Op) -> bool:
    """Whether the result always is a view, which can be read anew."""
    return op.result == "view" and (op.rule in WRITABLE or op.rule in READ_ONLY)


def is_read_only(op: Op) -> bool:
    """Whether the result is a view that can't be written through."""
    return op.result == "view" and op.rule in READ_ONLY


def is_flat(path: Path) -> bool:
    """Whether a path ends in `.flat`."""
    return bool(path) and isinstance(path[-1], ViewStep) and path[-1].op.rule is flat


def goes_through_flat(path: Path) -> bool:
    """Whether a path leads through `.flat`."""
    return any(isinstance(step, ViewStep) and step.op.rule is flat for step in path)


def einsum_view(values: list[Any]) -> tuple[Any, ...] | None:
    """What `einsum` of one array is that only permutes its axes, or takes its diagonal: the
    function, and what it takes besides the array."""
    text = getattr(values[0], "value", None) if len(values) == 2 else None
    if not isinstance(text, str) or "." in text:
        return None
    before, arrow, after = text.replace(" ", "").partition("->")
    if not arrow:
        after = "".join(sorted(letter for letter in before if before.count(letter) == 1))
    if before == 2 * after and len(after) == 1:
        return (np.diagonal,)
    if len(set(before)) == len(before) and sorted(before) == sorted(after) and "," not in before:
        return np.transpose, tuple(before.index(letter) for letter in after)
    return None


def sign_of(path: Path) -> int:
    """The sign of a cotangent on its way through a path: that of an imaginary part is negative,
    because the cotangent of z is d/dx - i d/dy."""
    count = sum(isinstance(step, ViewStep) and step.op.rule is np.imag for step in path)
    return -1 if count % 2 else 1

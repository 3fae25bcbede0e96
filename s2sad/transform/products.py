"""Writes products of arrays as BLAS does them, and new axes as indices.

Before:

    m: float64[n] = mul(u_bar, u)                 # reverse sweep
    s: np.float64[] = np.sum(m)
    a: float64[n,k] = np.outer(u, v)
    e: float64[n,1] = getitem(u.expand_dims(1))

After:

    s: np.float64[] = matmul(u_bar, u)
    c: float64[n,1] = getitem(u[:, None])
    r: float64[1,k] = getitem(v[None, :])
    a: float64[n,k] = np.dot(c, r)
    e: float64[n,1] = getitem(u[:, None])

A sum of a product of arrays of more axes is `np.vdot`. The terms of sums are added in another
order, so like `regroup` this may change the last bit of a cotangent: it is for the reverse sweep
only, and can be switched off. An outer product is the same but for the signs of zeros, in a half
to a quarter of the time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.dims import constant
from s2sad.frontend.library import operation
from s2sad.ir.data import (
    Atom,
    Bind,
    Function,
    IndexStep,
    SliceStep,
    Statement,
    Var,
    ViewStep,
)
from s2sad.ir.ops import GETITEM, OPERATORS
from s2sad.ir.types import Num
from s2sad.ir.walk import definitions, in_function, rebuild, use_counts
from s2sad.transform.effects import is_reverse

DTYPES = ("float32", "float64")
WHOLE = SliceStep(None, None, None)


def run(function: Function) -> Function:
    """The function with inner and outer products, and new axes, written so."""
    counts, made = use_counts(function.body), definitions(function.body)

    def rewritten(statement: Statement) -> list[Statement]:
        if not isinstance(statement, Bind) or not is_reverse(statement):
            return [statement]
        product = _product(statement, made)
        if product is not None and counts.get(product.out) == 1:
            return [_inner(statement, product)]
        if statement.op.rule is np.outer:
            return _outer(statement)
        return [_with_axes(statement)]

    return in_function(function, lambda body: rebuild(body, rewritten))


# -- inner products


def _product(statement: Bind, made: dict[Var, Bind]) -> Bind | None:
    """The product that the statement sums up, all of it."""
    if statement.op.rule is not np.sum or statement.static:
        return None
    if len(statement.args) != 1 or not isinstance(statement.args[0], Var):
        return None
    product = made.get(statement.args[0])
    if product is None or product.op != OPERATORS["mul"] or not is_reverse(product):
        return None
    a, b = (_array(atom) for atom in product.args)
    alike = a is not None and b is not None and a.shape == b.shape and a.dtype == b.dtype
    return product if alike else None


def _array(atom: Atom) -> Num | None:
    """The type of a real array of at least one axis."""
    kind = atom.type if isinstance(atom, Var) else None
    fits = isinstance(kind, Num) and kind.is_array and kind.shape and kind.dtype in DTYPES
    return kind if fits and isinstance(kind, Num) else None


def _inner(total: Bind, product: Bind) -> Bind:
    kind = _array(product.args[0])
    flat = kind is not None and len(kind.shape or ()) == 1
    return replace(total, op=OPERATORS["matmul"] if flat else operation(np.vdot), args=product.args)


# -- outer products, new axes


def _outer(bind: Bind) -> list[Statement]:
    """The product of a column and a row."""
    column, row = (_array(atom) for atom in bind.args[:2])
    if column is None or row is None or bind.static or column.dtype != row.dtype:
        return [bind]
    if len(column.shape or ()) != 1 or len(row.shape or ()) != 1:
        return [bind]
    left = _view(bind, bind.args[0], (WHOLE, None))
    right = _view(bind, bind.args[1], (None, WHOLE))
    return [left, right, replace(bind, op=operation(np.dot), args=(left.out, right.out))]


def _with_axes(bind: Bind) -> Bind:
    """`np.expand_dims` of an array of known rank, by axes that are known, as an index."""
    kind = bind.args[0].type if bind.args and isinstance(bind.args[0], Var) else None
    step = bind.path[0] if bind.op is GETITEM and len(bind.path) == 1 else None
    if not isinstance(step, ViewStep) or step.op.rule is not np.expand_dims:
        return bind
    axes = _axes(step)
    if axes is None or not isinstance(kind, Num) or not kind.is_array or kind.shape is None:
        return bind
    rank = len(kind.shape) + len(axes)
    places = {place % rank for place in axes}
    parts = tuple(None if k in places else WHOLE for k in range(rank))
    return replace(bind, args=bind.args[:1], path=(_index(parts),))


def _axes(step: ViewStep) -> tuple[int, ...] | None:
    """The axes that are added, where they are constants."""
    axis = dict(step.static).get("axis", step.args[0] if step.args else None)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return axes if all(isinstance(k, int) for k in axes) else None


def _view(bind: Bind, vector: Atom, parts: tuple[Any, ...]) -> Bind:
    """A vector as a column or a row."""
    kind = _array(vector)
    assert kind is not None and kind.shape is not None
    shape = tuple(constant(1) if part is None else kind.shape[0] for part in parts)
    out = Var("", replace(kind, shape=shape), bind.origin)
    return Bind((out,), GETITEM, (vector,), (), (_index(parts),), bind.origin)


def _index(parts: tuple[Any, ...]) -> IndexStep:
    return IndexStep(parts, single=len(parts) == 1)

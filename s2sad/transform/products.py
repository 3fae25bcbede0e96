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
to a quarter of the time. The sum of two outer products is one product of matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.dims import constant
from s2sad.analysis.infer import type_of
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
from s2sad.ir.ops import ADDITEM, GETITEM, OPERATORS, TUPLE
from s2sad.ir.types import Num, Tup
from s2sad.ir.walk import all_statements, definitions, in_function, rebuild, use_counts
from s2sad.rules.operations import attribute, operation
from s2sad.transform.effects import is_reverse
from s2sad.transform.rebinding import is_whole

DTYPES = ("float32", "float64")
WHOLE = SliceStep(None, None, None)


def run(function: Function) -> Function:
    """The function with inner and outer products, and new axes, written so."""
    counts, made = use_counts(function.body), definitions(function.body)
    pairs = dict(_pairs(function, counts, made))
    taken = {bind.out for pair in pairs.values() for bind in pair}

    def rewritten(statement: Statement) -> list[Statement]:
        if not isinstance(statement, Bind) or not is_reverse(statement):
            return [statement]
        if statement.outs[0] in taken:
            return []
        if statement.outs[0] in pairs:
            return _sum_of_outer(statement, *pairs[statement.out])
        product = summed_product(statement, made)
        if product is not None and counts.get(product.out) == 1:
            return [_inner(statement, product)]
        if is_outer(statement):
            return _outer(statement)
        return [_with_axes(statement)]

    return in_function(function, lambda body: rebuild(body, rewritten))


# -- inner products


def summed_product(statement: Bind, made: dict[Var, Bind]) -> Bind | None:
    """The product that the statement sums up, all of it."""
    if statement.op.rule is not np.sum or statement.static:
        return None
    if len(statement.args) != 1 or not isinstance(statement.args[0], Var):
        return None
    product = made.get(statement.args[0])
    if product is None or product.op != OPERATORS["mul"] or not is_reverse(product):
        return None
    a, b = (real_array(atom) for atom in product.args)
    alike = a is not None and b is not None and a.shape == b.shape and a.dtype == b.dtype
    return product if alike else None


def real_array(atom: Atom) -> Num | None:
    """The type of a real array of at least one axis."""
    kind = atom.type if isinstance(atom, Var) else None
    fits = isinstance(kind, Num) and kind.is_array and kind.shape and kind.dtype in DTYPES
    return kind if fits and isinstance(kind, Num) else None


def _inner(total: Bind, product: Bind) -> Bind:
    kind = real_array(product.args[0])
    flat = kind is not None and len(kind.shape or ()) == 1
    return replace(total, op=OPERATORS["matmul"] if flat else operation(np.vdot), args=product.args)


# -- outer products, new axes


def _outer(bind: Bind) -> list[Statement]:
    """The product of a column and a row."""
    left = _view(bind, bind.args[0], (WHOLE, None))
    right = _view(bind, bind.args[1], (None, WHOLE))
    return [left, right, replace(bind, op=operation(np.dot), args=(left.out, right.out))]


def _pairs(
    function: Function, counts: dict[Var, int], made: dict[Var, Bind]
) -> Iterator[tuple[Var, tuple[Bind, Bind]]]:
    """The sums of two outer products that nobody else reads, and these."""
    for statement in all_statements(function.body):
        if not isinstance(statement, Bind) or not _is_sum(statement):
            continue
        terms = [made.get(a) if isinstance(a, Var) else None for a in statement.args]
        first, second = terms
        if first is None or second is None or first is second:
            continue
        if not all(is_outer(term) and counts.get(term.out) == 1 for term in (first, second)):
            continue
        if getattr(first.out.type, "shape", None) == getattr(second.out.type, "shape", ()):
            yield statement.out, (first, second)


def _is_sum(bind: Bind) -> bool:
    """Whether the statement of the reverse sweep adds two whole arrays."""
    if not is_reverse(bind) or len(bind.args) != 2 or len(bind.outs) != 1:
        return False
    if bind.op is ADDITEM:
        return is_whole(bind.path, bind.out.type) and dict(bind.static).get("sign", "+") == "+"
    return bind.op == OPERATORS["add"]


def is_outer(bind: Bind) -> bool:
    """Whether this is the outer product of two vectors of one dtype, in the reverse sweep."""
    if bind.op.rule is not np.outer or bind.static or not is_reverse(bind) or len(bind.args) != 2:
        return False
    kinds = [real_array(atom) for atom in bind.args]
    vectors = all(kind is not None and len(kind.shape or ()) == 1 for kind in kinds)
    return vectors and len({kind.dtype for kind in kinds if kind is not None}) == 1


def _sum_of_outer(total: Bind, first: Bind, second: Bind) -> list[Statement]:
    """`u v^T + w z^T` as one product of matrices."""
    lefts, left = _stacked(total, (first.args[0], second.args[0]))
    rights, right = _stacked(total, (first.args[1], second.args[1]))
    turn = attribute("T")
    kind = left.type
    assert turn is not None and isinstance(kind, Num) and kind.shape is not None
    turned = Var("", replace(kind, shape=kind.shape[::-1]), total.origin)
    transpose = Bind((turned,), turn, (left,), (), (), total.origin)
    product = replace(total, op=OPERATORS["matmul"], args=(turned, right), static=(), path=())
    return [*lefts, transpose, *rights, product]


def _stacked(total: Bind, vectors: tuple[Atom, ...]) -> tuple[list[Statement], Var]:
    """The vectors as the rows of a matrix."""
    kind = real_array(vectors[0])
    assert kind is not None and kind.shape is not None
    pair = Var("", Tup(tuple(type_of(v) for v in vectors)), total.origin)
    rows = Var("", replace(kind, shape=(constant(len(vectors)), *kind.shape)), total.origin)
    together = Bind((pair,), TUPLE, vectors, (), (), total.origin)
    return [together, Bind((rows,), operation(np.array), (pair,), (), (), total.origin)], rows


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
    kind = real_array(vector)
    assert kind is not None and kind.shape is not None
    shape = tuple(constant(1) if part is None else kind.shape[0] for part in parts)
    out = Var("", replace(kind, shape=shape), bind.origin)
    return Bind((out,), GETITEM, (vector,), (), (_index(parts),), bind.origin)


def _index(parts: tuple[Any, ...]) -> IndexStep:
    return IndexStep(parts, single=len(parts) == 1)

"""Writes the sum of a product of two arrays as an inner product.

Before:

    m: float64[n] = mul(u_bar, u)                 # reverse sweep
    s: np.float64[] = np.sum(m)

After:

    s: np.float64[] = matmul(u_bar, u)

and `np.vdot(u_bar, u)` for arrays of more axes. There is no array in between, and one call
less. Like `regroup` it may change the last bit of a cotangent, since the terms are added in
another order; so it is for the reverse sweep only, and can be switched off.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from s2sad.frontend.library import operation
from s2sad.ir.data import Atom, Bind, Function, Statement, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import Num
from s2sad.ir.walk import definitions, in_function, rebuild, use_counts
from s2sad.transform.effects import is_reverse

DTYPES = ("float32", "float64")


def run(function: Function) -> Function:
    """The function with inner products."""
    counts, made = use_counts(function.body), definitions(function.body)

    def rewritten(statement: Statement) -> list[Statement]:
        product = _product(statement, made)
        if product is None or counts.get(product.out) != 1 or not is_reverse(statement):
            return [statement]
        assert isinstance(statement, Bind)
        return [_inner(statement, product)]

    return in_function(function, lambda body: rebuild(body, rewritten))


def _product(statement: Statement, made: dict[Var, Bind]) -> Bind | None:
    """The product that the statement sums up, all of it."""
    if not isinstance(statement, Bind) or statement.op.rule is not np.sum or statement.static:
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

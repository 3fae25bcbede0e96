"""Regroups products of scalars with one array, so that the array is gone over once.

Before:

    a: float64[n] = mul(2.0, y)
    b: py.float64 = truediv(out_bar, n)
    y_bar: float64[n] = mul(b, a)

After:

    b: py.float64 = mul(out_bar, 2.0)
    b.1: py.float64 = truediv(b, n)
    y_bar: float64[n] = mul(b.1, y)

With `products` this is a pass that may change the last bit of a result, and only in the reverse
sweep; it can be switched off. It takes products and quotients of floats alone, where no other
statement reads the parts. Numerators keep their order. A division of arrays becomes one of Python
numbers only if the divisor is never zero, since Python raises where NumPy gives inf.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from s2sad.analysis.raising import nonzero
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Block, Const, Function, Op, Statement, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import ARRAY, FLOAT, FLOATS, INT, NP, Num, Type
from s2sad.ir.walk import definitions, in_function, map_blocks, use_counts
from s2sad.transform.effects import is_reverse

MUL, DIV = OPERATORS["mul"], OPERATORS["truediv"]
# How deep products are taken apart, so that long chains stay linear.
DEPTH = 8


@frozen
class Product:
    """A product as factors: arrays, scalars above and below the line, and how many operations
    between an array and a scalar it takes as written."""

    arrays: tuple[Atom, ...] = ()
    above: tuple[Atom, ...] = ()
    below: tuple[Atom, ...] = ()
    steps: int = 0
    safe: bool = True


@frozen
class Uses:
    counts: dict[Var, int]
    made: dict[Var, Bind]


def run(function: Function) -> Function:
    """The function with scalar factors of arrays multiplied first."""
    uses = Uses(use_counts(function.body), definitions(function.body))
    return in_function(function, lambda body: _block(uses, body))


def _block(uses: Uses, block: Block) -> Block:
    statements = tuple(new for s in block.statements for new in _visit(uses, s))
    return replace(block, statements=statements)


def _visit(uses: Uses, statement: Statement) -> Iterator[Statement]:
    if isinstance(statement, Bind):
        yield from _regrouped(uses, statement)
    else:
        yield map_blocks(statement, lambda b: _block(uses, b))


def _regrouped(uses: Uses, bind: Bind) -> Iterator[Statement]:
    product = _product(uses, bind) if _is_product(bind) and is_reverse(bind) else Product()
    worth = product.steps >= 2 and len(product.arrays) == 1 and product.safe
    if not worth or not product.above:
        yield _scalar_first(bind) if is_reverse(bind) else bind
        return
    scale = product.above[0]
    factors = [(MUL, a) for a in product.above[1:]] + [(DIV, a) for a in product.below]
    for op, factor in factors:
        out = Var(f"{bind.out.hint}_scale", _scale_type(op, scale, factor), bind.origin)
        part = Bind((out,), op, (scale, factor), origin=bind.origin)
        yield part
        scale = part.out
    yield replace(bind, op=MUL, args=(scale, product.arrays[0]))


def _scalar_first(bind: Bind) -> Bind:
    """array * number with the number first, as one would write it."""
    if bind.op != MUL or not _is_array(bind.args[0]) or not _is_scalar(bind.args[1]):
        return bind
    return replace(bind, args=(bind.args[1], bind.args[0]))


def _scale_type(op: Op, left: Atom, right: Atom) -> Type:
    """The type of a product or quotient of two scalars, after NEP 50."""
    strong = [a.type for a in (left, right) if isinstance(a.type, Num) and not a.type.is_python]
    dtypes = [t.dtype for t in strong if isinstance(t, Num) and t.dtype is not None]
    if dtypes:
        return Num(frozenset({NP}), np.result_type(*dtypes).name)
    whole = all(isinstance(a.type, Num) and a.type.dtype == "int64" for a in (left, right))
    return INT if whole and op == MUL else FLOAT


def _is_product(statement: Statement) -> bool:
    return isinstance(statement, Bind) and statement.op in (MUL, DIV)


def _is_array(atom: Atom) -> bool:
    kind = atom.type
    return isinstance(kind, Num) and kind.is_array and bool(kind.shape) and kind.dtype in FLOATS


def _is_scalar(atom: Atom) -> bool:
    """A Python number, or a NumPy float, for certain."""
    kind = atom.type
    if not isinstance(kind, Num) or ARRAY in kind.forms or len(kind.forms) != 1:
        return False
    if NP in kind.forms:
        return kind.dtype in FLOATS
    return kind.dtype in ("int64", "float64")


def _product(uses: Uses, bind: Bind, depth: int = DEPTH) -> Product:
    left, right = bind.args
    first = _factor(uses, left, depth)
    if bind.op == MUL:
        return _times(first, _factor(uses, right, depth))
    if not _is_scalar(right):
        return Product(arrays=(bind.out,))
    safe = first.safe and (not first.arrays or nonzero(right))
    step = 1 if first.arrays else 0
    return replace(first, below=(*first.below, right), steps=first.steps + step, safe=safe)


def _times(left: Product, right: Product) -> Product:
    mixed = bool(left.arrays) != bool(right.arrays)
    return Product(
        (*left.arrays, *right.arrays),
        (*left.above, *right.above),
        (*left.below, *right.below),
        left.steps + right.steps + int(mixed),
        left.safe and right.safe,
    )


def _factor(uses: Uses, atom: Atom, depth: int) -> Product:
    """An operand as a product: taken apart if nothing else reads it."""
    if depth and isinstance(atom, Var) and _inner(uses, atom):
        return _product(uses, uses.made[atom], depth - 1)
    if _is_array(atom):
        return Product(arrays=(atom,))
    if _is_scalar(atom) and not isinstance(atom, Const):
        return Product(above=(atom,))
    if isinstance(atom, Const) and type(atom.value) in (int, float):
        return Product(above=(atom,))
    return Product(safe=False)


def _inner(uses: Uses, atom: Var) -> bool:
    bind = uses.made.get(atom)
    typed = _is_array(atom) or _is_scalar(atom)
    return (
        bind is not None
        and _is_product(bind)
        and is_reverse(bind)
        and typed
        and uses.counts[atom] == 1
    )

"""Takes outer products apart where a number multiplies them or a sum runs over them.

Before:

    o: float64[n,k] = np.outer(u, v)              # reverse sweep
    m: float64[n,k] = mul(o, a)
    s: np.float64[] = np.sum(m)
    b: float64[n,k] = mul(c, o)                   # c a number

After:

    w: float64[n] = matmul(a, v)
    s: np.float64[] = matmul(u, w)
    t: float64[n] = mul(c, u)
    b: float64[n,k] = np.outer(t, v)

Only if nobody else reads the outer product, which is then left to dead code: it would be a
temporary as large as the matrix. Numbers are multiplied in another order, so like `regroup` this
may change the last bit of a cotangent.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Function, Statement, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import Num
from s2sad.ir.walk import all_statements, definitions, in_function, rebuild, use_counts
from s2sad.transform.effects import is_reverse
from s2sad.transform.products import is_outer, real_array, summed_product

MUL, DIV, NEG, MATMUL = (OPERATORS[name] for name in ("mul", "truediv", "neg", "matmul"))
Changes = dict[Bind, list[Statement]]


@frozen
class Known:
    """What is known of a function. counts: how often variables are read. made: what makes them.
    totals: the sum over each product that only a sum reads."""

    counts: dict[Var, int]
    made: dict[Var, Bind]
    totals: dict[Bind, Bind]


def run(function: Function) -> Function:
    """The function with such outer products taken apart."""
    readers = _readers(function)
    if not readers:
        return function
    known = _known(function)
    changes: Changes = {}
    for outer, found in readers.items():
        parts = [_apart(known, outer, reader) for reader in found]
        if known.counts.get(outer.out) == len(parts) and all(part is not None for part in parts):
            for part in parts:
                changes |= part or {}

    def changed(statement: Statement) -> list[Statement]:
        return changes.get(statement, [statement]) if isinstance(statement, Bind) else [statement]

    return in_function(function, lambda b: rebuild(b, changed)) if changes else function


def _readers(function: Function) -> dict[Bind, list[Bind]]:
    """The outer products of the reverse sweep, and the operations that read them."""
    found: dict[Atom, tuple[Bind, list[Bind]]] = {}
    for statement in all_statements(function.body):
        if not isinstance(statement, Bind):
            continue
        for atom in statement.args:
            if atom in found:
                found[atom][1].append(statement)
        if is_outer(statement):
            found[statement.out] = (statement, [])
    return dict(found.values())


def _known(function: Function) -> Known:
    known = Known(use_counts(function.body), definitions(function.body), {})
    for bind in known.made.values():
        product = summed_product(bind, known.made)
        if product is not None and known.counts.get(product.out) == 1:
            known.totals[product] = bind
    return known


def _apart(known: Known, outer: Bind, reader: Bind) -> Changes | None:
    """What becomes of an operation that reads the outer product, if that can do without it."""
    others = [a for a in reader.args if a is not outer.out]
    if not is_reverse(reader) or len(others) != len(reader.args) - 1:
        return None
    if reader in known.totals:
        return _sum(known.totals[reader], reader, outer, others[0])
    if reader.op == NEG or (reader.op in (MUL, DIV) and _is_number(others[0])):
        first = reader.args[0] is outer.out
        return None if reader.op == DIV and not first else _scaled(reader, outer)
    return None


def _is_number(atom: Atom) -> bool:
    kind = atom.type
    return isinstance(kind, Num) and not kind.may_be_array and kind.dtype in ("float64", "int64")


def _scaled(reader: Bind, outer: Bind) -> Changes | None:
    """The outer product of a multiple."""
    u, v = outer.args
    if getattr(reader.out.type, "dtype", None) != getattr(outer.out.type, "dtype", ""):
        return None
    multiple = Var("", u.type, reader.origin)
    args = tuple(u if a is outer.out else a for a in reader.args)
    scaled = replace(reader, outs=(multiple,), args=args)
    return {reader: [scaled, replace(outer, outs=reader.outs, args=(multiple, v))]}


def _sum(total: Bind, product: Bind, outer: Bind, matrix: Atom) -> Changes | None:
    """The sum over the product with a matrix: a vector times the matrix times a vector."""
    u, v = outer.args
    kinds = real_array(matrix), real_array(outer.out)
    if kinds[0] is None or kinds[1] is None or kinds[0].shape != kinds[1].shape:
        return None
    image = Var("", u.type, total.origin)
    inner = Bind((image,), MATMUL, (matrix, v), (), (), total.origin)
    return {product: [], total: [inner, replace(total, op=MATMUL, args=(u, image))]}

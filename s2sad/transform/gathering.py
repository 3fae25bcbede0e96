"""Gathers the outer products that a loop adds up into one product of matrices behind it.

Before:

    a.2: float64[n,k] = for a.1: float64[n,k] = a; e in t; reverse:
      ...
      o: float64[n,k] = np.outer(u, v)
      a.3 = additem(a.1, o) sign='+'
      yield a.3

After:

    a.3: float64[n,k]; ys c: list, r: list = for a.1: float64[n,k] = a; e in t; reverse:
      ...
      yield a.1, u, v
    p: float64[n,k] = matmul(<c as a matrix>.T, <r as a matrix>)
    a.2 = additem(a.3, p) sign='+'

That passes over the matrix once, and not in every trip. The matrix may be added to in the loop in
other ways, but neither read nor overwritten. The terms are added in another order, so like
`regroup` this may change the last bit of a cotangent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    For,
    Function,
    IndexStep,
    SliceStep,
    Statement,
    Var,
    Yield,
)
from s2sad.ir.ops import ADDITEM, GETITEM, LEN, OPERATORS, SETITEM, TUPLE
from s2sad.ir.types import INT, Lst, Num, Tup
from s2sad.ir.walk import (
    definitions,
    exits,
    in_function,
    map_blocks,
    operands,
    resolve,
    substitute,
    use_counts,
)
from s2sad.rules.operations import attribute, operation
from s2sad.transform.common_subexpressions import written
from s2sad.transform.effects import is_reverse
from s2sad.transform.products import is_outer, real_array
from s2sad.transform.rebinding import is_whole

ADD, SUB, MATMUL = (OPERATORS[name] for name in ("add", "sub", "matmul"))
ZEROS = (np.zeros, np.zeros_like)
WHOLE = SliceStep(None, None, None)
MAKE_ZEROS: Callable[..., Any] = np.zeros


@frozen
class Known:
    """What is known of a function. counts: how often variables are read. made: what makes them.
    changing: those that may be written, or handed on to where they are."""

    counts: dict[Var, int]
    made: dict[Var, Bind]
    changing: frozenset[Var]


@frozen
class Term:
    """An outer product that is added to a slot, or to some of its rows or columns. before: the
    version of the slot that it is added to. partial: the axis of which it reaches a part only."""

    total: Bind
    before: Var
    outer: Bind
    sign: str
    partial: int | None = None


@frozen
class Gathered:
    """What becomes of a loop. behind: what is put behind it. kept: what each trip keeps, and the
    list of it. inside: what comes instead of a sum. values: what to read instead of its result.
    outs: what the loop gives instead of an out of it."""

    behind: list[Statement] = field(default_factory=list)
    kept: list[tuple[Atom, Var]] = field(default_factory=list)
    inside: dict[Bind, list[Statement]] = field(default_factory=dict)
    values: dict[Var, Atom] = field(default_factory=dict)
    outs: dict[Var, Var] = field(default_factory=dict)


def run(function: Function) -> Function:
    """The function with such sums of outer products gathered."""
    made = definitions(function.body)
    if not any(is_outer(bind) for bind in made.values()):
        return function
    known = Known(use_counts(function.body), made, frozenset(written(function.body)))
    return in_function(function, lambda body: _block(known, body))


def _block(known: Known, block: Block) -> Block:
    statements: list[Statement] = []
    for statement in block.statements:
        new = map_blocks(statement, lambda b: _block(known, b))
        statements += _around(known, new) if isinstance(new, For) else [new]
    return replace(block, statements=tuple(statements))


def _around(known: Known, loop: For) -> list[Statement]:
    """The loop, and what comes behind it."""
    if not is_reverse(loop) or not isinstance(loop.body.terminator, Yield):
        return [loop]
    found = Gathered()
    for k, slot in enumerate(loop.body.params[: len(loop.inits)]):
        terms = _terms(known, loop, k) if real_array(slot) else []
        if terms:
            _gather(known, found, loop, k, terms)
    return [_rebuilt(loop, found), *found.behind] if found.kept else [loop]


# -- what a slot is added to


def _terms(known: Known, loop: For, k: int) -> list[Term]:
    """The outer products that are added to a slot, if nothing else happens to it than sums."""
    readers = _readers(loop.body)
    version: Atom = loop.body.params[k]
    terms: list[Term] = []
    while version is not loop.body.terminator.values[k]:
        reader = readers.get(version) if isinstance(version, Var) else None
        if reader is None or known.counts.get(version) != 1:  # type: ignore[arg-type]
            return []
        assert isinstance(version, Var)
        if isinstance(reader, For):
            following = _through(known, reader, version)
        else:
            following = _sum(version, reader)
            term = _term(known, loop, version, reader) if following is not None else None
            terms += [] if term is None else [term]
        if following is None:
            return []
        version = following
    ended = known.counts.get(version) == 1 if isinstance(version, Var) else False
    return terms if ended and not any(exits(loop.body)) else []


def _readers(block: Block) -> dict[Atom, Bind | For]:
    """A statement of the block that reads each variable."""
    return {atom: s for s in block.statements if isinstance(s, (Bind, For)) for atom in operands(s)}


def _through(known: Known, loop: For, version: Var) -> Var | None:
    """The out of a loop that only adds to the version that it is given."""
    if version not in loop.inits or any(exits(loop.body)):
        return None
    k = loop.inits.index(version)
    readers = _readers(loop.body)
    inside: Atom = loop.body.params[k]
    while inside is not loop.body.terminator.values[k]:
        reader = readers.get(inside)
        if not isinstance(inside, Var) or known.counts.get(inside) != 1 or reader is None:
            return None
        nested = isinstance(reader, For)
        following = _through(known, reader, inside) if nested else _sum(inside, reader)  # type: ignore[arg-type]
        if following is None:
            return None
        inside = following
    return loop.outs[k] if known.counts.get(inside) == 1 else None  # type: ignore[arg-type]


def _sum(version: Var, reader: Bind) -> Var | None:
    """What the operation gives, if that is the version and something added to it."""
    if reader.op is ADDITEM:
        sign = dict(reader.static).get("sign", "+")
        first = reader.args[0] is version and sign in ("+", "-")
        second = reader.args[1] is version and sign == "+" and is_whole(reader.path, version.type)
        return reader.out if first or second else None
    first = reader.op in (ADD, SUB) and reader.args[0] is version
    return reader.out if first or (reader.op == ADD and reader.args[1] is version) else None


def _term(known: Known, loop: For, version: Var, total: Bind) -> Term | None:
    """The sum as one with an outer product that is made in the same block for it."""
    other = total.args[1] if total.args[0] is version else total.args[0]
    outer = known.made.get(other) if isinstance(other, Var) else None
    if outer is None or not is_outer(outer) or outer not in loop.body.statements:
        return None
    partial = None
    if total.op is ADDITEM and not is_whole(total.path, total.out.type):
        partial = _partial(total)
        if partial is None:
            return None
    kinds = real_array(total.out), real_array(version), real_array(outer.out)
    if not _alike(kinds, partial) or known.counts.get(outer.out) != 1:
        return None
    minus = total.op == SUB or dict(total.static).get("sign") == "-"
    return Term(total, version, outer, "-" if minus else "+", partial)


def _partial(total: Bind) -> int | None:
    """The axis that is sliced where the other one is whole, as in `a[:, i:] += ...`."""
    step = total.path[0] if len(total.path) == 1 else None
    if not isinstance(step, IndexStep) or total.args[1] is total.args[0]:
        return None
    parts = (*step.components, WHOLE)[:2] if len(step.components) < 3 else ()
    sliced = [k for k, part in enumerate(parts) if isinstance(part, SliceStep) and part != WHOLE]
    plain = all(isinstance(part, SliceStep) and part.step is None for part in parts)
    floats = getattr(total.out.type, "dtype", None) == "float64"
    return sliced[0] if plain and floats and len(sliced) == 1 else None


def _alike(kinds: tuple[Num | None, ...], partial: int | None) -> bool:
    """Whether the term has the dtype of the sum, and its shape in all trips, one axis aside."""
    total, before, term = kinds
    if total is None or before is None or term is None or term.shape is None:
        return False
    if not total.dtype == before.dtype == term.dtype or total.shape != before.shape:
        return False
    pairs = [
        p for k, p in enumerate(zip(term.shape, total.shape or (), strict=True)) if k != partial
    ]
    return all(a == b or (a.never_one and not dims.unknowns(a)) for a, b in pairs)


# -- putting together


def _gather(known: Known, found: Gathered, loop: For, k: int, terms: list[Term]) -> None:
    """Has the loop keep the vectors of the terms, and adds their products to its out behind it."""
    out = loop.outs[k]
    version = found.outs[out] = Var(out.hint, out.type, out.origin)
    found.values.update((term.total.out, term.before) for term in terms)
    found.inside.update((term.total, []) for term in terms)
    like = _like(known, found, loop, k)
    for term in terms:
        left, right = (_matrix(found, term, out, side, like) for side in (0, 1))
        total = out if term is terms[-1] else Var(out.hint, out.type, out.origin)
        product, static = Var("", out.type, term.total.origin), (("sign", term.sign),)
        found.behind.extend(
            [
                Bind((product,), MATMUL, (_turned(found, left), right), (), (), product.origin),
                Bind((total,), ADDITEM, (version, product), static, (), product.origin),
            ]
        )
        version = total


def _like(known: Known, found: Gathered, loop: For, k: int) -> Atom | None:
    """Something of the shape of a slot that begins with zeros, and is added to in no other way:
    the product may come in its place, and must have its shape even if the loop made no trips."""
    init, end = loop.inits[k], resolve(found.values).get(loop.body.terminator.values[k])  # type: ignore[arg-type]
    made = known.made.get(init) if isinstance(init, Var) else None
    if made is None or made.op.function not in ZEROS or end is not loop.body.params[k]:
        return None
    like = made.op.function is np.zeros_like and made.args[0] not in known.changing
    return made.args[0] if like else init


def _matrix(found: Gathered, term: Term, out: Var, side: int, like: Atom | None) -> Var:
    """The left or the right vectors of a term, one of each trip, as the rows of a matrix."""
    vector, origin = term.outer.args[side], term.total.origin
    vector = _padded(found, term, vector) if side == term.partial else vector
    vectors = Var(f"{out.hint}.{('columns', 'rows')[side]}", Lst(type_of(vector)), origin)
    found.kept.append((vector, vectors))
    item, measure = real_array(vector), attribute("shape")
    assert item is not None and item.shape is not None and measure is not None
    rows = Var("", replace(item, shape=(dims.fresh(0), *item.shape)), origin)
    if like is None:
        found.behind.append(Bind((rows,), operation(np.array), (vectors,), (), (), origin))
        return rows
    count, length, pair = (Var("", kind, origin) for kind in (INT, INT, Tup((INT, INT))))
    shape = Var("", Tup((INT, INT)), origin)
    found.behind.extend(
        [
            Bind((count,), LEN, (vectors,), (), (), origin),
            Bind((shape,), measure, (like,), (), (), origin),
            Bind((length,), GETITEM, (shape,), (), (IndexStep((side,)),), origin),
            Bind((pair,), TUPLE, (count, length), (), (), origin),
            Bind((rows,), operation(np.reshape), (vectors, pair), (), (), origin),
        ]
    )
    return rows


def _padded(found: Gathered, term: Term, vector: Atom) -> Var:
    """A vector as long as the axis, with zeros where the term doesn't reach."""
    total, side, measure = term.total, term.partial, attribute("shape")
    kind, (step,) = term.before.type, total.path
    assert measure is not None and side is not None
    assert isinstance(kind, Num) and kind.shape is not None and isinstance(step, IndexStep)
    item = replace(kind, shape=(kind.shape[side],))
    kinds = (Tup((INT, INT)), INT, item, item)
    shape, length, zeros, row = (Var("", k, total.origin) for k in kinds)
    place = (IndexStep((step.components[side],)),)
    found.inside[total] = [
        Bind((shape,), measure, (term.before,), (), (), total.origin),
        Bind((length,), GETITEM, (shape,), (), (IndexStep((side,)),), total.origin),
        Bind((zeros,), operation(MAKE_ZEROS), (length,), (), (), total.origin),
        Bind((row,), SETITEM, (zeros, vector, *total.args[2:]), (), place, total.origin),
    ]
    return row


def _turned(found: Gathered, matrix: Var) -> Var:
    turn, kind = attribute("T"), matrix.type
    assert turn is not None and isinstance(kind, Num) and kind.shape is not None
    out = Var("", replace(kind, shape=kind.shape[::-1]), matrix.origin)
    found.behind.append(Bind((out,), turn, (matrix,), (), (), matrix.origin))
    return out


def _rebuilt(loop: For, found: Gathered) -> For:
    """The loop, which keeps the vectors, without the sums."""
    statements: list[Statement] = []
    for statement in loop.body.statements:
        inside = found.inside.get(statement) if isinstance(statement, Bind) else None
        statements += [statement] if inside is None else inside
    values = (*loop.body.terminator.values, *(vector for vector, _ in found.kept))
    body = Block(loop.body.params, tuple(statements), Yield(values))
    return replace(
        loop,
        outs=tuple(found.outs.get(out, out) for out in loop.outs),
        ys=(*loop.ys, *(vectors for _, vectors in found.kept)),
        body=substitute(body, resolve(found.values)),
    )

"""Reads what undo has just restored from where it was kept, where that makes undo superfluous.

Before:

    c.1 = setitem(c[i, :n], saved)                # reverse sweep; c is read nowhere else in it
    v = getitem(c.1[i, :n])
    p = mul(b, v)
    yield c.1, p

After:

    p = mul(b, saved)

A buffer goes through many versions: writes, slots of loops, outs of branches. If every read of
all its versions in the reverse sweep finds what a write just put in that very place, none of
them is needed, and dead code drops the restoring, and what was kept for it.
"""

from __future__ import annotations

from dataclasses import field, replace

from s2sad.analysis.index_sets import DISJOINT, EQUAL, Place, compare
from s2sad.analysis.indexing import is_basic
from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Exit,
    For,
    Function,
    If,
    IndexStep,
    Statement,
    Try,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import ADDITEM, GETITEM, SETITEM
from s2sad.ir.types import Num
from s2sad.ir.walk import (
    all_defined,
    all_statements,
    blocks,
    definitions,
    exits,
    operands,
    substitute,
)
from s2sad.transform import dead_code
from s2sad.transform.effects import is_reverse

REACH = 12


@frozen
class Versions:
    """parents: towards the variable that stands for all versions of a buffer.
    made: the operation of each variable. late: the variables of the reverse sweep."""

    made: dict[Var, Bind]
    late: frozenset[Var]
    parents: dict[Var, Var] = field(default_factory=dict)


def run(function: Function) -> Function:
    """The function with such buffers read from where they were kept."""
    late = frozenset(v for s in _reverse(function.body) for v in _bound(s))
    versions = Versions(definitions(function.body), late)
    _collect(versions, function.body)
    kept = _kept(versions, function)
    if not kept:
        return function
    return dead_code.run(replace(function, body=substitute(function.body, kept)))


def _reverse(block: Block) -> list[Statement]:
    return [s for s in all_statements(block) if is_reverse(s)]


def _bound(statement: Statement) -> list[Var]:
    """All that a statement binds, its blocks' parameters included."""
    return list(all_defined(Block((), (statement,), Yield(()))))


# -- versions


def _root(versions: Versions, variable: Var) -> Var:
    root, parents = variable, versions.parents
    while root in parents:
        root = parents[root]
    while variable is not root:
        parents[variable], variable = root, parents[variable]
    return root


def _unite(versions: Versions, *atoms: Atom) -> None:
    found = [_root(versions, a) for a in atoms if isinstance(a, Var)]
    for other in found[1:]:
        first = _root(versions, found[0])
        if other is not first:
            versions.parents[other] = first


def _collect(versions: Versions, block: Block) -> None:
    for statement in block.statements:
        if isinstance(statement, Bind) and statement.op in (SETITEM, ADDITEM):
            _unite(versions, statement.out, statement.args[0])
        elif isinstance(statement, (If, Try)):
            for arm in blocks(statement):
                if not isinstance(arm.terminator, Exit):
                    _all(versions, statement.outs, arm.terminator.values)
        elif isinstance(statement, (For, While)):
            slots = statement.outs[: len(statement.inits)]
            _all(versions, slots, statement.inits)
            _all(versions, slots, statement.body.params)
            _all(versions, slots, statement.body.terminator.values)
            for leaving in exits(statement.body):
                _all(versions, slots, leaving.values)
            if isinstance(statement, While):
                _all(versions, slots, statement.cond.params)
        for inner in blocks(statement):
            _collect(versions, inner)


def _all(versions: Versions, slots: tuple[Var, ...], atoms: tuple[Atom, ...]) -> None:
    for slot, atom in zip(slots, atoms, strict=False):
        _unite(versions, slot, atom)


# -- reads


def _kept(versions: Versions, function: Function) -> dict[Var, Atom]:
    """What to read instead of each read of a buffer that needs no restoring."""
    found: dict[Var, dict[Var, Atom]] = {}
    needed = {_root(versions, a) for a in _results(function) if isinstance(a, Var)}
    for statement in _reverse(function.body):
        for atom in _read(statement):
            if not isinstance(atom, Var) or atom not in versions.late:
                continue
            stored = _stored(versions, statement) if _is_read(statement, atom) else None
            if stored is None:
                needed.add(_root(versions, atom))
            else:
                assert isinstance(statement, Bind)
                found.setdefault(_root(versions, atom), {})[statement.out] = stored
    return {v: a for root, reads in found.items() if root not in needed for v, a in reads.items()}


def _results(function: Function) -> tuple[Atom, ...]:
    return function.body.terminator.values


def _read(statement: Statement) -> tuple[Atom, ...]:
    """What a statement itself reads, but for what it hands on as the next version."""
    if isinstance(statement, Bind) and statement.op in (SETITEM, ADDITEM):
        return statement.args[1:]
    if isinstance(statement, (If, Bind, Call)):
        return (statement.test,) if isinstance(statement, If) else statement.args
    if isinstance(statement, Try):
        return operands(statement)
    kept = tuple(
        a
        for end in (statement.body.terminator, *exits(statement.body))
        for a in end.values[len(statement.inits) :]
    )
    handed = set(statement.inits)
    return (*(a for a in operands(statement) if a not in handed), *kept)


def _is_read(statement: Statement, atom: Atom) -> bool:
    return (
        isinstance(statement, Bind)
        and statement.op is GETITEM
        and statement.args[0] is atom
        and atom not in statement.args[1:]
    )


def _stored(versions: Versions, read: Statement) -> Atom | None:
    """What stands in the place that is read, where a write just put it there."""
    assert isinstance(read, Bind)
    place, base = Place(read.path, read.args), read.args[0]
    if not all(isinstance(s, IndexStep) and is_basic(s, read.args) for s in read.path):
        return None
    for _ in range(REACH):
        write = versions.made.get(base) if isinstance(base, Var) else None
        if write is None or write.op not in (SETITEM, ADDITEM):
            return None
        relation = compare(Place(write.path, write.args), place)
        if relation == EQUAL and write.op is SETITEM:
            value = write.args[1]
            return value if isinstance(value, Var) and _alike(value, read.out) else None
        if relation != DISJOINT:
            return None
        base = write.args[0]
    return None


def _alike(a: Var, b: Var) -> bool:
    one, other = a.type, b.type
    return (
        isinstance(one, Num)
        and isinstance(other, Num)
        and (one.forms, one.dtype, one.shape) == (other.forms, other.dtype, other.shape)
    )

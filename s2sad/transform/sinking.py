"""Reads elements where they are used, instead of giving them a name before.

Before:

    a.1 = setitem(a[i, j], e)                     # reverse sweep; e comes from a tape
    g: np.float64[] = getitem(b[i, j])
    q: np.float64[] = truediv(g, d)
    b.1 = setitem(b[i, j], q)
    p = mul(q, e)

After:

    a.1 = setitem(a[i, j], e)
    g: np.float64[] = getitem(b[i, j])
    q: np.float64[] = truediv(g, d)
    b.1 = setitem(b[i, j], q)
    q.1: np.float64[] = getitem(b.1[i, j])
    e.1: np.float64[] = getitem(a.1[i, j])
    p = mul(q.1, e.1)

What was stored in a place can be read from there, and an element that is read twice is read at
both places: as long as no write in between can reach the element, which `index_sets` says. Only
numbers, and only in the reverse sweep.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

from s2sad.analysis.index_sets import DISJOINT, Place, compare
from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Function,
    Hole,
    IndexStep,
    SliceStep,
    Statement,
    Step,
    Var,
)
from s2sad.ir.ops import ADDITEM, GETITEM, SETITEM
from s2sad.ir.types import FLOATS, NP, Num, may_share
from s2sad.ir.walk import in_function, map_blocks, statement_reads, substitute, unique, use_counts
from s2sad.transform.common_subexpressions import WRITES
from s2sad.transform.effects import is_reverse

READERS = 2
REACH = 12
Position = int
Reader = tuple[Position, Bind]


@frozen
class Local:
    """What happens to the variables of one block, by positions of its statements.

    counts: how often they are read anywhere. made: what makes them. readers: the operations of
    the block that read them. writes: the write that makes the next version. gone: where a version
    is handed to what may write it in another way.
    """

    counts: dict[Var, int]
    made: dict[Var, Bind] = field(default_factory=dict)
    readers: dict[Var, list[Reader]] = field(default_factory=dict)
    writes: dict[Var, Reader] = field(default_factory=dict)
    gone: dict[Var, Position] = field(default_factory=dict)


@frozen
class Again:
    """A value to read from `base` (of which later versions may serve) at the place of `store`,
    instead of from `variable`."""

    variable: Var
    base: Var
    place: Bind
    since: Position


# For a reader's position: what it reads again, where it moves to, and the version that is there.
Reads = dict[Position, list[tuple[Again, Position, Var]]]


def run(function: Function) -> Function:
    """The function with elements read where they are used."""
    counts = use_counts(function.body)
    return in_function(function, lambda body: _block(counts, body))


def _block(counts: dict[Var, int], block: Block) -> Block:
    statements = tuple(map_blocks(s, lambda b: _block(counts, b)) for s in block.statements)
    block = replace(block, statements=statements)
    local = _local(counts, block)
    reads: Reads = {}
    for found in _stored(local, block) + _shared(local, block):
        for position, target, base in _versions(local, found):
            reads.setdefault(position, []).append((found, target, base))
    return _reading(block, reads) if reads else block


def _local(counts: dict[Var, int], block: Block) -> Local:
    local = Local(counts)
    for k, statement in enumerate(block.statements):
        if not isinstance(statement, Bind):
            for variable in statement_reads(statement):
                local.gone.setdefault(variable, k)
            continue
        local.made.update(dict.fromkeys(statement.outs, statement))
        for atom in statement.args:
            if isinstance(atom, Var):
                local.readers.setdefault(atom, []).append((k, statement))
        if statement.op in (SETITEM, ADDITEM) and isinstance(statement.args[0], Var):
            local.writes[statement.args[0]] = (k, statement)
        elif statement.op in WRITES:
            local.gone.update(dict.fromkeys(unique(statement.args[:1]), k))
    return local


# -- what can be read again


def _stored(local: Local, block: Block) -> list[Again]:
    """Numbers stored in a place, and read after that."""
    found: list[Again] = []
    for k, store in enumerate(block.statements):
        if isinstance(store, Bind) and _is_store(local, store) and _used_later(local, k, store):
            value = store.args[1]
            assert isinstance(value, Var)
            found.append(Again(value, store.out, store, k))
    return found


def _is_store(local: Local, store: Bind) -> bool:
    """Whether the element has, once stored, the value and the type that it had."""
    if store.op != SETITEM or not is_reverse(store) or not _is_element(store):
        return False
    base, value = store.args[0].type, store.args[1].type
    alike = isinstance(base, Num) and isinstance(value, Num) and base.dtype == value.dtype
    named = isinstance(store.args[1], Var) and _has_name(local, store.args[1])
    return alike and _is_scalar(store.args[1]) and not named


def _used_later(local: Local, position: Position, store: Bind) -> bool:
    """Whether all other reads of the value come after the store, in the same block."""
    value = store.args[1]
    assert isinstance(value, Var)
    readers = [reader for reader in local.readers.get(value, []) if reader[1] is not store]
    complete = len(readers) + 1 == local.counts.get(value)
    few = 1 <= len(readers) <= READERS
    return complete and few and all(_target(local, *r) > position for r in readers)


def _target(local: Local, position: Position, reader: Bind) -> Position:
    """Where a reader stands, or can: right before the only operation that reads its result."""
    single = len(reader.outs) == 1 and is_reverse(reader) and local.counts.get(reader.out) == 1
    readers = local.readers.get(reader.out, []) if single else []
    if not readers or reader.op in WRITES or may_share(reader.out.type) != _is_fresh(reader):
        return position
    (target, last) = readers[0]
    alike = reader.origin is not None and last.origin is not None
    same = alike and reader.origin.statement == last.origin.statement  # type: ignore[union-attr]
    return target if same and _stays(local, reader, target) else position


def _stays(local: Local, reader: Bind, target: Position) -> bool:
    """Whether the arrays that an operation reads are as they were, at a later place."""
    arrays = [a for a in unique(reader.args) if may_share(a.type)]
    return all(_last(local, _buffer(local, a)) >= target for a in arrays)


def _buffer(local: Local, atom: Var) -> Var:
    """What a view is of, within the block."""
    for _ in range(REACH):
        made = local.made.get(atom)
        if made is None or made.op.result == "fresh" or not isinstance(made.args[0], Var):
            break
        atom = made.args[0]
    return atom


def _last(local: Local, buffer: Var) -> Position:
    """Where a version of a buffer is written."""
    after = sys.maxsize
    write = local.writes.get(buffer)
    return min(local.gone.get(buffer, after), after if write is None else write[0])


def _is_fresh(reader: Bind) -> bool:
    return reader.op.result == "fresh" and may_share(reader.out.type)


def _shared(local: Local, block: Block) -> list[Again]:
    """Elements that are read once and used twice."""
    found: list[Again] = []
    for k, read in enumerate(block.statements):
        if isinstance(read, Bind) and _is_shared(local, read) and isinstance(read.args[0], Var):
            found.append(Again(read.out, read.args[0], read, k))
    return found


def _is_shared(local: Local, read: Bind) -> bool:
    if read.op != GETITEM or not is_reverse(read) or len(read.outs) != 1:
        return False
    readers = local.readers.get(read.out, [])
    twice = len(readers) == READERS == local.counts.get(read.out)
    return twice and _is_element(read) and _is_scalar(read.out) and not _has_name(local, read.out)


def _has_name(local: Local, variable: Var) -> bool:
    """Whether the user would look for the value under its name."""
    made = variable in local.made and variable.hint.endswith("_bar")
    return variable.hint.isidentifier() and not made


def _is_scalar(atom: Atom) -> bool:
    kind = atom.type
    return isinstance(kind, Num) and kind.forms == frozenset({NP}) and kind.dtype in FLOATS


def _is_element(bind: Bind) -> bool:
    """Whether the path is one index, of an array."""
    base = bind.args[0].type
    array = isinstance(base, Num) and base.is_array
    return array and len(bind.path) == 1 and isinstance(bind.path[0], IndexStep)


# -- from where


def _versions(local: Local, again: Again) -> list[tuple[Position, Position, Var]]:
    """For each reader where it goes, and the version of the buffer that is there then; none if
    one finds none."""
    found: list[tuple[Position, Position, Var]] = []
    for position, reader in local.readers[again.variable]:
        if position == again.since:
            continue
        target = _target(local, position, reader)
        base = _version(local, again, target)
        if base is None:
            return []
        found.append((position, target, base))
    return found


def _version(local: Local, again: Again, position: Position) -> Var | None:
    base = again.base
    for _ in range(REACH):
        write = local.writes.get(base)
        if local.gone.get(base, position) < position:
            return None
        if write is None or write[0] >= position:
            return base
        if write[0] > again.since and compare(_place(write[1]), _place(again.place)) != DISJOINT:
            return None
        base = write[1].out
    return None


def _place(bind: Bind) -> Place:
    return Place(bind.path, bind.args)


def _reading(block: Block, reads: Reads) -> Block:
    """The block with elements read again, and their readers moved."""
    moved: dict[Position, list[Statement]] = {}
    for position, group in reads.items():
        moved.setdefault(group[0][1], []).extend(_rewritten(block.statements[position], group))
    statements: list[Statement] = []
    for k, statement in enumerate(block.statements):
        statements += moved.get(k, ())
        if k not in reads:
            statements.append(statement)
    return replace(block, statements=tuple(statements))


def _rewritten(reader: Statement, group: list[tuple[Again, Position, Var]]) -> Iterator[Statement]:
    mapping: dict[Var, Atom] = {}
    for again, _, base in group:
        read = _read(again, base, reader)
        mapping[again.variable] = read.out
        yield read
    yield substitute(reader, mapping)


def _read(again: Again, base: Var, reader: Statement) -> Bind:
    place = again.place
    path, holes = place.path, place.args[1:]
    if place.op != GETITEM:
        path, holes = tuple(_moved(step) for step in path), place.args[2:]
    out = Var("", again.variable.type, reader.origin)
    return Bind((out,), GETITEM, (base, *holes), (), path, reader.origin)


def _moved(step: Step) -> Step:
    """A step of a path of a write as one of a read, which has one argument less."""
    assert isinstance(step, IndexStep)
    return replace(step, components=tuple(_moved_part(part) for part in step.components))


def _moved_part(part: Any) -> Any:
    if isinstance(part, Hole):
        return Hole(part.position - 1)
    if isinstance(part, SliceStep):
        return SliceStep(*(_moved_part(p) for p in (part.start, part.stop, part.step)))
    return part

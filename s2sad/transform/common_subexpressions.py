"""Gives values that are computed twice one variable.

Before:

    a: py.float64 = mul(x, y)
    ...
    b: py.float64 = mul(x, y)                     # reverse sweep
    c = mul(s_bar, b)

After:

    a: py.float64 = mul(x, y)
    ...
    c = mul(s_bar, a)

Values are immutable, so equal operations on equal operands are equal, `getitem` included; the
earlier one must stand in the same block or one around it. The forward sweep keeps its own
statements: only what the reverse sweep reads, and what loops keep, is replaced there. Two tapes
of one loop that hold the same value become one, and so do two readings of one tape.

Two results that may be written in place are not merged, since emission would have to copy one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

import numpy as np

from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Function,
    Hole,
    IndexStep,
    SliceStep,
    Statement,
    Undefined,
    Var,
    ViewStep,
    While,
)
from s2sad.ir.ops import (
    ADDITEM,
    APPEND,
    CONSTRUCT,
    COPY,
    DICT,
    GETITEM,
    LIST,
    POP,
    SCATTER_ADD,
    SETITEM,
)
from s2sad.ir.types import Num, may_share
from s2sad.ir.walk import (
    all_blocks,
    all_statements,
    exits,
    in_function,
    map_atoms,
    map_blocks,
    substitute,
    unique,
    with_values,
)
from s2sad.transform.effects import is_forward

# Their results are versions of something, or new objects that must not become one.
DISTINCT = frozenset({SETITEM, ADDITEM, SCATTER_ADD, APPEND, POP, COPY, LIST, DICT, CONSTRUCT})
WRITES = frozenset({SETITEM, ADDITEM, SCATTER_ADD, APPEND, POP})

Key = tuple[Any, ...]


@frozen
class Numbering:
    """What has been seen. written: variables that may be written in place, or handed on to where
    they may. leaders: what the reverse sweep reads instead of a variable. late: those of them
    for variables of the reverse sweep itself."""

    written: frozenset[Var]
    leaders: dict[Var, Var] = field(default_factory=dict)
    late: dict[Var, Var] = field(default_factory=dict)


def run(function: Function) -> Function:
    """The function with equal values computed once, and equal tapes kept once."""
    state = Numbering(frozenset(written(function.body)))
    return in_function(function, lambda body: _numbered(state, body, {}))


def written(body: Block) -> Iterator[Var]:
    """Operands of writes, and what flows into loops, out of blocks and into containers."""
    for block in all_blocks(body):
        yield from unique(block.terminator.values)
    for statement in all_statements(body):
        if isinstance(statement, (For, While)):
            yield from unique(statement.inits)
        elif isinstance(statement, Call):
            yield from unique(statement.args)
        elif isinstance(statement, Bind) and statement.op in WRITES:
            yield from unique(statement.args[:1])
        elif isinstance(statement, Bind) and statement.op.style == "structural":
            yield from unique(a for a in statement.args if statement.op != GETITEM)


def _numbered(state: Numbering, block: Block, around: dict[Key, Var]) -> Block:
    """The block, read through the leaders. `around`: the values of the blocks around it."""
    seen = dict(around)
    statements = tuple(_visit(state, s, seen) for s in block.statements)
    end = block.terminator
    values = tuple(state.late.get(a, a) if isinstance(a, Var) else a for a in end.values)
    return replace(block, statements=statements, terminator=with_values(end, values))


def _visit(state: Numbering, statement: Statement, seen: dict[Key, Var]) -> Statement:
    if not is_forward(statement):
        statement = map_atoms(statement, lambda a: _led(state, a))
    if isinstance(statement, Bind):
        _enter(state, statement, seen)
        return statement
    if isinstance(statement, For):
        statement = _same_elements(statement)
    statement = map_blocks(statement, lambda b: _numbered(state, b, seen))
    if isinstance(statement, (For, While)):
        _same_tapes(state, statement)
    return statement


def _led(state: Numbering, atom: Atom) -> Atom:
    return state.leaders.get(atom, atom) if isinstance(atom, Var) else atom


def _enter(state: Numbering, bind: Bind, seen: dict[Key, Var]) -> None:
    """Finds the leader of an operation's result, or makes the result one."""
    key = _key(state, bind)
    if key is None:
        return
    leader = seen.setdefault(key, bind.out)
    if leader is not bind.out and _mergeable(state, bind, leader):
        state.leaders[bind.out] = leader
        if not is_forward(bind):
            state.late[bind.out] = leader


def _mergeable(state: Numbering, bind: Bind, leader: Var) -> bool:
    if not may_share(bind.out.type) or (bind.op == GETITEM and is_view(bind)):
        return True
    return bind.out not in state.written and leader not in state.written


def is_view(bind: Bind) -> bool:
    """Whether the path has basic indices only, so that the result is borrowed anyway."""
    components = [c for step in bind.path if isinstance(step, IndexStep) for c in step.components]
    holes = [bind.args[c.position].type for c in components if isinstance(c, Hole)]
    return all(isinstance(t, Num) and not t.may_be_array for t in holes)


def _key(state: Numbering, bind: Bind) -> Key | None:
    """Equal for two operations that give the same value; None if that can't be said."""
    if len(bind.outs) != 1 or bind.op in DISTINCT or bind.op.effect == "outside":
        return None
    args = tuple(_atom_key(_led(state, a)) for a in bind.args)
    key = (bind.op, bind.op.function, args, value_key(bind.static), value_key(bind.path))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _atom_key(atom: Atom) -> Any:
    if isinstance(atom, Const):
        return (value_key(atom.value), atom.type)
    return atom


def value_key(value: Any) -> Any:
    """Equal for two constants only if they can't be told apart: 1, 1.0 and True differ, and so do
    the two zeros."""
    if isinstance(value, tuple):
        return (type(value), tuple(value_key(v) for v in value))
    if isinstance(value, SliceStep):
        return (SliceStep, value_key((value.start, value.stop, value.step)))
    if isinstance(value, IndexStep):
        return (IndexStep, value.single, value_key(value.components))
    if isinstance(value, ViewStep):
        return (value.op, value.op.function, value_key(value.args), value_key(value.static))
    if isinstance(value, (float, np.floating)):
        return (type(value), repr(value), math.copysign(1.0, value))
    if isinstance(value, (complex, np.complexfloating)):
        return (type(value), value_key(value.real), value_key(value.imag))
    return (type(value), value)


def same(one: Atom, other: Atom) -> bool:
    """Whether two atoms are the same value for certain."""
    if isinstance(one, Const) and isinstance(other, Const):
        return bool(_atom_key(one) == _atom_key(other))
    if isinstance(one, Undefined) and isinstance(other, Undefined):
        return one.hint == other.hint
    return one is other


def _same_tapes(state: Numbering, loop: For | While) -> None:
    """Reads one tape where two hold the same values. The other is left to dead code."""
    slots = len(loop.inits)
    ends = [loop.body.terminator, *exits(loop.body)]
    columns = [[_led(state, end.values[slots + k]) for end in ends] for k in range(len(loop.ys))]
    # A variable is the same as nothing but itself, so only columns with one head are compared.
    heads: dict[Var | None, list[int]] = {}
    for k, column in enumerate(columns):
        alike = heads.setdefault(column[0] if isinstance(column[0], Var) else None, [])
        for j in alike:
            if all(same(a, b) for a, b in zip(column, columns[j], strict=True)):
                state.leaders[loop.ys[k]] = loop.ys[j]
                break
        alike.append(k)


def _same_elements(loop: For) -> For:
    """Reads one parameter where two are elements of the same sequence."""
    elements = list(zip(loop.xs, loop.body.params[len(loop.inits) :], strict=True))
    first: dict[Atom, Var] = {}
    mapping: dict[Var, Atom] = {}
    for x, param in elements:
        if first.setdefault(x, param) is not param:
            mapping[param] = first[x]
    return replace(loop, body=substitute(loop.body, mapping)) if mapping else loop

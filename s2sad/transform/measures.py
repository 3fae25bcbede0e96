"""Keeps the shape of an array where the reverse sweep wants nothing else of it.

Before:

    x.1; ys t: list[float64[n,k]] = for ...:      # forward
      m: float64[n,k] = mul(a, b)
      yield x.2, m
    for ...; e: float64[n,k] in t; reverse:
      s: (int, int) = .shape(e)
      z: float64[n,k] = np.zeros_like(e)
      u = unbroadcast(v, e)

After:

    x.1; ys t: list[(int, int)] = for ...:
      m: float64[n,k] = mul(a, b)
      m.shape: (int, int) = .shape(m)
      yield x.2, m.shape
    for ...; s: (int, int) in t; reverse:
      z: float64[n,k] = np.zeros(s)
      u = unbroadcast(v, s)

The same is done for what a forward function saves for its reverse function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import Any

import numpy as np

from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Block, For, Function, Statement, Var, While, Yield
from s2sad.ir.types import INT, Lst, Num, Tup
from s2sad.ir.walk import (
    all_statements,
    definitions,
    exits,
    map_atoms,
    rebuild,
    rename,
    substitute,
    use_counts,
)
from s2sad.rules.operations import attribute, operation
from s2sad.runtime.helpers import unbroadcast
from s2sad.transform.effects import is_reverse

MAKE_ZEROS: Callable[..., Any] = np.zeros
Loop = For | While


@frozen
class Known:
    """counts: how often variables are read. made: the results of operations, which are bound for
    certain. kept: the loop of each tape, and which of the values
    at the end of its body it holds. elements: the sequence that a parameter is an element of."""

    counts: dict[Var, int]
    made: Mapping[Atom, Bind]
    kept: dict[Var, tuple[Loop, int]] = field(default_factory=dict)
    elements: dict[Var, Atom] = field(default_factory=dict)


@frozen
class Changes:
    """tapes: those that are to hold shapes. retyped: what to bind instead of variables, for tapes
    of tapes and their elements."""

    tapes: set[Var] = field(default_factory=set)
    retyped: dict[Var, Var] = field(default_factory=dict)


def run(function: Function) -> Function:
    """The function with tapes of shapes for such tapes."""
    known, changes = _known(function), Changes()
    if not known.kept:
        return function

    def reading(statement: Statement) -> list[Statement]:
        loop = isinstance(statement, For) and is_reverse(statement)
        return [_reading(known, changes, statement) if loop else statement]  # type: ignore[arg-type]

    body = rebuild(function.body, reading)
    if not changes.tapes:
        return function
    body = rebuild(body, lambda s: [_keeping(s, changes.tapes)])
    return replace(function, body=rename(body, lambda v: changes.retyped.get(v, v)))


def _known(function: Function) -> Known:
    known = Known(use_counts(function.body), definitions(function.body))  # type: ignore[arg-type]
    for statement in all_statements(function.body):
        if not isinstance(statement, (For, While)) or any(exits(statement.body)):
            continue
        slots = len(statement.inits)
        if not is_reverse(statement):
            known.kept.update((tape, (statement, slots + k)) for k, tape in enumerate(statement.ys))
        elif isinstance(statement, For):
            known.elements.update(zip(statement.body.params[slots:], statement.xs, strict=True))
    return known


def _is_floats(kind: Any) -> bool:
    floats = isinstance(kind, Num) and kind.is_array and kind.dtype == "float64"
    return floats and kind.shape is not None


def _chain(known: Known, x: Atom) -> list[Var] | None:
    """The tape that a sequence of a loop is, and where that is inside another tape, what leads
    there: the outer tape, its element, the inner tape. None where something else reads one."""
    if not isinstance(x, Var) or known.counts.get(x) != 1:
        return None
    if x in known.kept:
        return [x]
    outer = _chain(known, known.elements[x]) if x in known.elements else None
    if outer is None:
        return None
    inner = _chain(known, _kept(known, outer[-1]))
    return None if inner is None else [*outer, x, *inner]


def _kept(known: Known, tape: Var) -> Atom:
    """What a trip adds to a tape."""
    loop, k = known.kept[tape]
    return loop.body.terminator.values[k]


def _reading(known: Known, changes: Changes, loop: For) -> For:
    """The loop with the elements of tapes that it only measures replaced by their shapes."""
    pairs = zip(loop.xs, loop.body.params[len(loop.inits) :], strict=True)
    chains = {
        e: chain
        for x, e in pairs
        if _is_floats(e.type)
        and (chain := _chain(known, x))
        and _kept(known, chain[-1]) in known.made
    }
    body, found = measured(loop.body, chains)
    for element, shape in found.items():
        kind, hint = Lst(shape.type), f"{shape.hint.replace('.', '_')}_tape"
        changes.tapes.add(chains[element][-1])
        for k, variable in enumerate(reversed(chains[element])):
            changes.retyped[variable] = Var(hint, kind, variable.origin)
            kind = Lst(kind) if k % 2 == 0 and k else kind
    if not found:
        return loop
    params = tuple(found.get(p, p) for p in loop.body.params)
    return replace(loop, body=replace(body, params=params))


def _keeping(statement: Statement, tapes: set[Var]) -> Statement:
    """The loop with shapes on such tapes."""
    if not isinstance(statement, (For, While)) or not tapes & set(statement.ys):
        return statement
    values = list(statement.body.terminator.values)
    measuring: list[Bind] = []
    for k, tape in enumerate(statement.ys, len(statement.inits)):
        value = values[k]
        if tape in tapes and isinstance(value, Var):
            measuring.append(shape_of(value))
            values[k] = measuring[-1].out
    statements = _behind(statement.body, measuring)
    body = replace(statement.body, statements=statements, terminator=Yield(tuple(values)))
    return replace(statement, body=body)


def _behind(body: Block, measuring: list[Bind]) -> tuple[Statement, ...]:
    """The statements of a body, with each measuring behind what makes the array."""
    made = {v for s in body.statements for v in s.outs}
    statements: list[Statement] = [m for m in measuring if m.args[0] not in made]
    for statement in body.statements:
        statements += [statement, *(m for m in measuring if m.args[0] in statement.outs)]
    return tuple(statements)


def shape_of(array: Var) -> Bind:
    """The operation that measures an array."""
    measure, kind = attribute("shape"), array.type
    assert measure is not None and isinstance(kind, Num) and kind.shape is not None
    items = tuple(Num(INT.forms, "int64", (), dim) for dim in kind.shape)
    shape = Var(f"{array.hint}.shape", Tup(items), array.origin)
    return Bind((shape,), measure, (array,), (), (), array.origin)


def measured(block: Block, arrays: Iterable[Var]) -> tuple[Block, dict[Var, Var]]:
    """The block with the shapes of those arrays that it only measures in their stead, and these."""
    counts = use_counts(block)
    readers: dict[Var, list[Bind]] = {a: [] for a in arrays if _is_floats(a.type)}
    for statement in all_statements(block) if readers else ():
        for atom in statement.args if isinstance(statement, Bind) else ():
            if isinstance(atom, Var) and atom in readers and _only_measures(statement, atom):  # type: ignore[arg-type]
                readers[atom].append(statement)  # type: ignore[arg-type]
    found = {
        a: replace(shape_of(a).out, origin=r[0].origin)
        for a, r in readers.items()
        if r and len(r) == counts.get(a)
    }
    return (_with_shapes(block, found), found) if found else (block, {})


def _only_measures(bind: Bind, array: Var) -> bool:
    """Whether the operation reads the shape of the array alone, as its operand."""
    if bind.args.count(array) != 1:
        return False
    if bind.op.function is unbroadcast:
        return bind.args[1] is array
    first = bind.args[0] is array and not bind.static
    return first and (bind.op.name == ".shape" or bind.op.function is np.zeros_like)


def _with_shapes(block: Block, shapes: dict[Var, Var]) -> Block:
    same: dict[Var, Any] = {}

    def changed(statement: Statement) -> list[Statement]:
        if not isinstance(statement, Bind) or not any(a in shapes for a in statement.args):
            return [statement]
        if statement.op.name == ".shape":
            same[statement.out] = shapes[statement.args[0]]  # type: ignore[index]
            return []
        new = map_atoms(statement, lambda a: shapes.get(a, a) if isinstance(a, Var) else a)
        assert isinstance(new, Bind)
        zeros = statement.op.function is np.zeros_like
        return [replace(new, op=operation(MAKE_ZEROS)) if zeros else new]

    return substitute(rebuild(block, changed), same)

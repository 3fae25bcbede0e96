"""Values for paths that don't compute them.

What is saved for a pullback and belongs to an arm that wasn't taken, or to a trip that left
early, is never looked at; but the page returns it, so it must be something.

    out = if t: yield y          ->          out = if t: yield y
          else: yield undefined                    else: yield 0.0
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from s2sad.frontend.library import operation
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Exit,
    For,
    If,
    Statement,
    Try,
    Undefined,
    Var,
    While,
)
from s2sad.ir.ops import LIST
from s2sad.ir.types import INT, Lst, Num, Static
from s2sad.ir.walk import map_blocks

BLANK = operation(np.zeros)  # type: ignore[arg-type]  # it can be hashed
Wanted = frozenset[Var]


def with_defaults(statements: tuple[Statement, ...], wanted: Wanted) -> tuple[Statement, ...]:
    """The statements with a value for each of `wanted` on every path."""
    return _statements(statements, wanted, {})


# For the loop around: the variables of its outs and ys that need a value, by position.
Ends = dict[int, Var]


def _statements(
    statements: tuple[Statement, ...], wanted: Wanted, ends: Ends
) -> tuple[Statement, ...]:
    result: list[Statement] = []
    for statement in statements:
        if isinstance(statement, If):
            arms = (
                _arm(statement, arm, wanted, ends) for arm in (statement.then, statement.orelse)
            )
            then, orelse = arms
            result.append(replace(statement, then=then, orelse=orelse))
        elif isinstance(statement, Try):
            result.append(_tried(statement, wanted))
        elif isinstance(statement, For | While):
            result += _loop(statement, wanted)
        else:
            result.append(statement)
    return tuple(result)


def _tried(node: Try, wanted: Wanted) -> Statement:
    outs = {k: out for k, out in enumerate(node.outs) if out in wanted}
    return map_blocks(node, lambda block: _block(block, wanted, outs, {}))


def _arm(node: If, arm: Block, wanted: Wanted, ends: Ends) -> Block:
    if isinstance(arm.terminator, Exit):
        return _block(arm, wanted, ends, ends)
    outs = {k: out for k, out in enumerate(node.outs) if out in wanted}
    return _block(arm, wanted, outs, ends)


def _block(block: Block, wanted: Wanted, values: Ends, ends: Ends) -> Block:
    """A block whose end has something at each position of `values`."""
    made: list[Statement] = []
    inner = set(wanted)
    atoms = list(block.terminator.values)
    for position, out in values.items():
        atom = atoms[position]
        if isinstance(atom, Undefined):
            atoms[position] = _default(out, made)
        elif isinstance(atom, Var):
            inner.add(atom)
    body = _statements(block.statements, frozenset(inner), ends)
    terminator = replace(block.terminator, values=tuple(atoms))
    return replace(block, statements=(*body, *made), terminator=terminator)


def _loop(loop: For | While, wanted: Wanted) -> list[Statement]:
    made: list[Statement] = []
    inits = tuple(
        _default(out, made) if out in wanted and isinstance(init, Undefined) else init
        for out, init in zip(loop.outs, loop.inits, strict=True)
    )
    ends: Ends = {k: v for k, v in enumerate(loop.outs) if v in wanted}
    ends |= {len(loop.outs) + k: _element(v) for k, v in enumerate(loop.ys) if v in wanted}
    body = _block(loop.body, wanted, ends, ends)
    return [*made, replace(loop, inits=inits, body=body)]


def _element(sequence: Var) -> Var:
    kind = sequence.type
    assert isinstance(kind, Lst)
    return Var(sequence.hint, kind.item, sequence.origin)


def _default(out: Var, made: list[Statement]) -> Atom:
    """Something of the kind of a value, for where it isn't computed."""
    kind = out.type
    if isinstance(kind, Lst):
        empty = Var(out.hint, kind, out.origin)
        made.append(Bind((empty,), LIST, (), (), (), out.origin))
        return empty
    if isinstance(kind, Num) and not kind.may_be_array:
        return Const(0.0, kind) if kind.is_continuous else Const(0, kind)
    if isinstance(kind, Num):
        # Of a dtype that nothing can be computed with: a use of it raises.
        blank = Var(out.hint, kind, out.origin)
        args = (Const(0, INT),)
        made.append(Bind((blank,), BLANK, args, (("dtype", "V1"),), (), out.origin))
        return blank
    return Const(None, Static(None))

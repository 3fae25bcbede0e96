"""Values for paths that don't compute them.

What is saved for a pullback and belongs to an arm that wasn't taken, or to a trip that left
early, is never looked at; but the page returns it, so it must be something.

    out = if t: yield y          ->          out = if t: yield y
          else: yield undefined                    else: yield 0.0
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Exit,
    For,
    If,
    Op,
    Statement,
    Try,
    Undefined,
    Var,
    While,
)
from s2sad.ir.ops import LIST
from s2sad.ir.types import INT, Lst, Num, Static, Type
from s2sad.ir.walk import all_statements, map_blocks
from s2sad.reverse.unbound import flows
from s2sad.rules.operations import operation

BLANK = operation(np.zeros)  # type: ignore[arg-type]  # it can be hashed
Wanted = set[Var]
# What must have a value at each position of a block's end; None where nothing must.
Ends = tuple[Var | None, ...]


def with_defaults(
    statements: tuple[Statement, ...], wanted: frozenset[Var]
) -> tuple[Statement, ...]:
    """The statements with a value for each of `wanted` on every path."""
    body = Block((), statements, Exit(0, ()))
    return _statements(statements, _sources(body, set(wanted)), ())


def _sources(body: Block, wanted: Wanted) -> Wanted:
    """The variables, and all that branches and loops give them from."""
    pairs = [pair for s in all_statements(body) for pair in flows(s)]
    size = -1
    while size != len(wanted):
        size = len(wanted)
        wanted |= {v for target, v in pairs if target in wanted and isinstance(v, Var)}
    return wanted


def _statements(
    statements: tuple[Statement, ...], wanted: Wanted, around: Ends
) -> tuple[Statement, ...]:
    result: list[Statement] = []
    for statement in statements:
        if isinstance(statement, If):
            ends = _ends(statement.outs, wanted)
            then, orelse = (
                _block(arm, wanted, ends, around) for arm in (statement.then, statement.orelse)
            )
            result.append(replace(statement, then=then, orelse=orelse))
        elif isinstance(statement, Try):
            result.append(_tried(statement, wanted))
        elif isinstance(statement, For | While):
            result += _loop(statement, wanted)
        else:
            result.append(statement)
    return tuple(result)


def _tried(node: Try, wanted: Wanted) -> Statement:
    ends = _ends(node.outs, wanted)
    return map_blocks(node, lambda block: _block(block, wanted, ends, ()))


def _ends(targets: tuple[Var, ...], wanted: Wanted) -> Ends:
    return tuple(v if v in wanted else None for v in targets)


def _block(block: Block, wanted: Wanted, ends: Ends, around: Ends) -> Block:
    """A block whose end has something at each position that must have a value. around: the same
    for the ends of the loop around, where the block leaves it."""
    made: list[Statement] = []
    targets = around if isinstance(block.terminator, Exit) else ends
    atoms = _filled(block.terminator.values, targets, made)
    body = _statements(block.statements, wanted, around)
    terminator = replace(block.terminator, values=atoms)
    return replace(block, statements=(*made, *body), terminator=terminator)


def _filled(atoms: tuple[Atom, ...], targets: Ends, made: list[Statement]) -> tuple[Atom, ...]:
    return tuple(
        _default(target, made) if target is not None and isinstance(atom, Undefined) else atom
        for atom, target in zip(atoms, targets, strict=True)
    )


def _loop(loop: For | While, wanted: Wanted) -> list[Statement]:
    made: list[Statement] = []
    slots = _ends(loop.body.params[: len(loop.inits)], wanted)
    inits = _filled(loop.inits, slots, made)
    kept = tuple(None if v is None else _element(v) for v in _ends(loop.ys, wanted))
    ends = (*_ends(loop.outs, wanted), *kept)
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
        return _made(made, out, LIST, ())
    if isinstance(kind, Num) and not kind.may_be_array:
        return Const(0.0, kind) if kind.is_continuous else Const(0, kind)
    if isinstance(kind, Num):
        # Of a dtype that nothing can be computed with: a use of it raises.
        return _made(made, out, BLANK, (Const(0, INT),), (("dtype", "V1"),))
    return Const(None, Static(None))


def _made(
    made: list[Statement],
    out: Var,
    op: Op,
    args: tuple[Atom, ...],
    static: tuple[tuple[str, str], ...] = (),
) -> Var:
    kind: Type = out.type
    blank = Var(out.hint, kind, out.origin)
    made.append(Bind((blank,), op, args, static, (), out.origin))
    return blank

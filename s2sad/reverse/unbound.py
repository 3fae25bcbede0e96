"""Which values some path leaves unbound.

    v.1 = if t: yield w            v.1 may be unbound, and so is whatever is made of it
          else: yield undefined    by branches and loops alone

What an operation has made exists wherever the operation was run. So only the outs of branches,
the slots of loops, and the sequences that loops write by position can be unbound, in whole or in
part. A least fixpoint: a slot takes at the next trip what the body ends with.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2sad.ir.data import Atom, Block, Exit, For, If, Statement, Try, Undefined, Var, While
from s2sad.ir.walk import blocks, exits


def unbound_in(body: Block) -> set[Var]:
    """The variables that some path leaves unbound, or that hold something unbound."""
    found: set[Var] = set()
    size = -1
    while size != len(found):
        size = len(found)
        _spread(body, found)
    return found - set(_kept_by_position(body))


def _kept_by_position(block: Block) -> Iterator[Var]:
    """What loops write by position: a sequence is there whatever its elements are."""
    for statement in block.statements:
        if isinstance(statement, For | While):
            yield from statement.ys
        for inner in blocks(statement):
            yield from _kept_by_position(inner)


def _spread(block: Block, found: set[Var]) -> None:
    for statement in block.statements:
        found |= {v for v, source in flows(statement) if _may_be_unbound(source, found)}
        for inner in blocks(statement):
            _spread(inner, found)


def _may_be_unbound(value: Atom, found: set[Var]) -> bool:
    return isinstance(value, Undefined) or value in found


def flows(statement: Statement) -> Iterator[tuple[Var, Atom]]:
    """The variables that a statement binds without computing anything, and what they become."""
    if isinstance(statement, If | Try):
        for arm in blocks(statement):
            if not isinstance(arm.terminator, Exit):
                yield from zip(statement.outs, arm.terminator.values, strict=True)
    elif isinstance(statement, For | While):
        yield from _flows_of_loop(statement)


def _flows_of_loop(loop: For | While) -> Iterator[tuple[Var, Atom]]:
    params, count = loop.body.params, len(loop.inits)
    yield from zip(params, (*loop.inits, *getattr(loop, "xs", ())), strict=True)
    for end in (loop.body.terminator, *exits(loop.body)):
        yield from zip(params[:count], end.values, strict=False)
        yield from zip((*loop.outs, *loop.ys), end.values, strict=True)
    yield from zip(loop.outs, params, strict=False)

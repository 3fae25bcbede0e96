"""Versions: which value is the next state of which buffer.

A write gives the next version of its operand, a call those of the arguments that it writes; a
branch or a loop passes a version on where it gives back, on every path, the buffer that it got.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2sad.ir.data import Atom, Bind, Block, Call, For, If, Try, Var, While, Yield
from s2sad.ir.walk import blocks, defined, exits

CONSUMING = ("setitem", "additem", "scatter_add", "append", "pop")


def versions(body: Block) -> dict[Var, Var]:
    """For each version of a buffer the one before, in the same block or one around it."""
    older: dict[Var, Var] = {}
    _versions(body, older)
    return older


def first_version(older: dict[Var, Var], atom: Atom) -> Var | None:
    """The first version of what an atom is a version of."""
    if not isinstance(atom, Var):
        return None
    while atom in older:
        atom = older[atom]
    return atom


def written_by(call: Call) -> Iterator[tuple[Var, Var]]:
    """The arguments that a call writes, and their next versions."""
    for out, argument in call.writes:
        before = call.args[argument]
        if isinstance(before, Var):
            yield before, call.outs[out]


def _versions(block: Block, older: dict[Var, Var]) -> None:
    for statement in block.statements:
        if isinstance(statement, Bind):
            if statement.op.name in CONSUMING and isinstance(statement.args[0], Var):
                older[statement.outs[0]] = statement.args[0]
        elif isinstance(statement, Call):
            older.update((after, before) for before, after in written_by(statement))
        elif isinstance(statement, If | Try):
            _versions_of_arms(statement, older)
        else:
            _versions(statement.body, older)
            _versions_of_loop(statement, older)


def _versions_of_loop(loop: For | While, older: dict[Var, Var]) -> None:
    ends = [end.values for end in exits(loop.body)]
    if isinstance(loop.body.terminator, Yield):
        ends.append(loop.body.terminator.values)
    for k, init in enumerate(loop.inits):
        param = loop.body.params[k]
        if isinstance(init, Var) and all(first_version(older, v[k]) is param for v in ends):
            older[loop.outs[k]] = init


def _versions_of_arms(node: If | Try, older: dict[Var, Var]) -> None:
    arms = list(blocks(node))
    for arm in arms:
        _versions(arm, older)
    ends = [a.terminator.values for a in arms if isinstance(a.terminator, Yield)]
    inside = {v for arm in arms for s in arm.statements for v in defined(s)}
    for k, out in enumerate(node.outs):
        firsts = [first_version(older, values[k]) for values in ends]
        first = firsts[0]
        if first is not None and first not in inside and all(f is first for f in firsts):
            older[out] = first

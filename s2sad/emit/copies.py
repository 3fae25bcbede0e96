"""Copies put where ownership wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s2sad.emit.alias import Site
from s2sad.errors import Diagnostic, InternalError
from s2sad.ir import ops
from s2sad.ir.data import Atom, Bind, Block, For, Function, If, Statement, Try, Var, While
from s2sad.ir.types import may_share
from s2sad.ir.walk import map_blocks
from s2sad.origins import Origin


def internal(message: str) -> InternalError:
    """A fault of the emitter's own."""
    return InternalError((Diagnostic("S900", message),))


def with_copies(function: Function, sites: list[Site]) -> Function:
    """The function with a copy at each of the places."""
    wanted: dict[object, list[Site]] = {}
    for site in sites:
        wanted.setdefault(site.owner, []).append(site)
    return replace(function, body=_copy_block(function.body, wanted))


def _where_made(atom: Atom, origin: Origin | None) -> Origin | None:
    """A cotangent that a loop or an end takes is copied by the statement that it comes from."""
    made = atom.origin if isinstance(atom, Var) else None
    return made if made is not None and made.sweep == "reverse" else origin


def _copied(atom: Atom, origin: Origin | None) -> tuple[Bind, Var]:
    if not may_share(atom.type):
        raise internal("a copy of what cannot be shared")
    hint = getattr(atom, "hint", "")
    var = Var(hint, atom.type)
    return Bind((var,), ops.COPY, (atom,), origin=origin), var


def _copy_block(block: Block, wanted: dict[object, list[Site]]) -> Block:
    statements: list[Statement] = []
    for statement in block.statements:
        statements += _copy_statement(statement, wanted)
    values = list(block.terminator.values)
    origin = block.statements[-1].origin if block.statements else None
    for site in wanted.get(block, ()):
        made = _where_made(values[site.index], origin)
        bind, values[site.index] = _copied(values[site.index], made)
        statements.append(bind)
    return Block(block.params, tuple(statements), replace(block.terminator, values=tuple(values)))


def _copy_statement(statement: Statement, wanted: dict[object, list[Site]]) -> list[Statement]:
    before: list[Statement] = []
    after: list[Statement] = []
    sites = wanted.get(statement, ())
    for site in sites:
        field = "inits" if site.kind == "init" else "args"
        atoms = list(getattr(statement, field))
        atom, origin = atoms[site.index], statement.origin
        origin = _where_made(atom, origin) if site.kind == "init" else origin
        bind, atoms[site.index] = _copied(atom, origin)
        before.append(bind)
        changed: dict[str, Any] = {field: tuple(atoms)}
        statement = replace(statement, **changed)
    if isinstance(statement, Bind):
        statement, after = _copy_results(statement, wanted)
    else:
        statement = _copy_inside(statement, wanted)
    return [*before, statement, *after]


def _copy_results(bind: Bind, wanted: dict[object, list[Site]]) -> tuple[Bind, list[Statement]]:
    outs = list(bind.outs)
    copies: list[Statement] = []
    for k, out in enumerate(outs):
        if out in wanted:
            outs[k] = Var("", out.type)
            copies.append(Bind((out,), ops.COPY, (outs[k],), origin=bind.origin))
    return (replace(bind, outs=tuple(outs)), copies) if copies else (bind, [])


def _copy_inside(statement: Statement, wanted: dict[object, list[Site]]) -> Statement:
    if isinstance(statement, If):
        return replace(
            statement,
            then=_copy_block(statement.then, wanted),
            orelse=_copy_block(statement.orelse, wanted),
        )
    if isinstance(statement, Try):
        return map_blocks(statement, lambda block: _copy_block(block, wanted))
    if isinstance(statement, (For, While)):
        statement = replace(statement, body=_copy_block(statement.body, wanted))
    if isinstance(statement, While):
        statement = replace(statement, cond=_copy_block(statement.cond, wanted))
    return statement

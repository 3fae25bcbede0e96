"""Functions that are compositions of others: their adjoint is that of the statements composed.

The primal calls the function itself. Only where a derivative passes through is its rule lowered,
as what the function computes, and reversed like any other block; what the forward sweep of the
rule computes again and nobody reads is dead code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from s2sad.ir.data import Atom, Bind, Block, Const, Statement, Var, Yield
from s2sad.ir.types import Static, Tup
from s2sad.ir.walk import defined, free_variables
from s2sad.reverse import apply
from s2sad.reverse.binding import arguments_of
from s2sad.reverse.cotangents import Struct, contribute, split, whole
from s2sad.reverse.levels import Level
from s2sad.rules.registry import Rule

Parts = dict[int, Any]


class Adjoint(Protocol):
    """What reverses a block (`differentiate.adjoint_of_block`)."""

    def __call__(
        self,
        block: Block,
        wrt: tuple[Var, ...],
        seeds: list[tuple[Atom, Any]],
        origin: Any,
        masked: bool = False,
    ) -> tuple[tuple[Statement, ...], tuple[Statement, ...], list[Any]]: ...


def composition(level: Level, statement: Bind, rule: Rule) -> tuple[Block, tuple[Var, ...]]:
    """What a function computes from the operands at hand, and the active variables it reads."""
    values = arguments_of(statement, rule)
    statements, results = apply.lowered_rule(level, rule, values, statement)
    values_of = tuple(Const(None, Static(None)) if r is None else r for r in results)
    block = Block((), tuple(statements), Yield(values_of))
    read = [*free_variables(block), *(r for r in results if isinstance(r, Var))]
    made = {v for s in statements for v in defined(s)}
    operands = (v for v in dict.fromkeys(read) if v not in made and v in level.sweep.active)
    return block, tuple(operands)


def reverse_composition(level: Level, statement: Bind, rule: Rule, adjoint: Adjoint) -> None:
    """The adjoint of a library operation that is composed of others."""
    parts = parts_of(level, statement.out, level.cotangents.pop(statement.out))
    block, operands = composition(level, statement, rule)
    results = block.terminator.values
    seeds = [(results[k], part) for k, part in parts.items() if isinstance(results[k], Var)]
    block = Block((), block.statements, Yield(tuple(result for result, _ in seeds)))
    masked = statement.out in level.sweep.masked
    forward, backward, bars = adjoint(block, operands, seeds, level.origin, masked)
    found = apply.spliced(level, [*forward, *backward], bars)
    for operand, value in zip(operands, found, strict=True):
        contribute(level, operand, value)


def parts_of(level: Level, out: Var, value: Any) -> Parts:
    """A cotangent (or a tangent) by result: real, and of what has one only."""
    if not isinstance(out.type, Tup):
        return {0: whole(level, out, value)}
    parts = split(level, out, value).parts
    return {k: part for k, part in parts.items() if part is not None}


def with_parts(out: Var, parts: Iterator[tuple[int, Any]]) -> Any:
    """The inverse of `parts_of`: one value, or a `Struct` by result."""
    found = {k: part for k, part in parts if part is not None}
    if isinstance(out.type, Tup):
        return Struct(found) if found else None
    return found.get(0)

"""The tangent of a function that is a composition of others: that of the statements composed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.forward.scope import Scope, child
from s2sad.forward.transpose import spliced_in
from s2sad.ir.data import Bind, Block, Var
from s2sad.ir.walk import all_defined, definitions
from s2sad.reverse.activity import varied_in
from s2sad.reverse.composed import composition, with_parts
from s2sad.reverse.guard import infinite, left_out
from s2sad.rules.registry import Rule

Tangents = Callable[[Scope, Block], None]


def tangent_of_composition(scope: Scope, statement: Bind, rule: Rule, tangents: Tangents) -> Any:
    """The tangent of a library operation that is composed of others; None where it is zero.

    tangents: adds the statements of a block, each followed by that of its tangent.
    """
    block, operands = composition(scope, statement, rule)
    inner = child(scope)
    _survey(inner, block, tuple(v for v in operands if v in scope.cotangents))
    tangents(inner, block)
    results = block.terminator.values
    dots = ((k, inner.cotangents.get(r) if isinstance(r, Var) else None)
            for k, r in enumerate(results))  # fmt: skip
    found = with_parts(statement.out, dots)
    return None if found is None else spliced_in(scope, inner.statements, found, statement.out)


def _survey(scope: Scope, block: Block, moving: tuple[Var, ...]) -> None:
    """Makes what holds for the function hold for the block as well."""
    sweep = scope.sweep
    sweep.active |= varied_in(block, moving)
    sweep.primal |= set(all_defined(block))
    sweep.definitions |= definitions(block)
    sweep.masked |= left_out(block)
    scope.infinite |= infinite(block)

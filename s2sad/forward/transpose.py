"""The tangent of an operation from its adjoint rule, by transposition.

What an adjoint rule returns is linear in its cotangent: `x_bar = J' y_bar`. So the adjoint of the
rule's own statements, with the tangent of x as the seed, is `J x_dot`: the tangent of y. No rule
needs to be written twice, and what holds for the one mode holds for the other.

Source: the transposition of linear programs, as in A. Radul et al., "You only linearize once"
(2022), used here in the opposite direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from s2sad.analysis.infer import is_broadcasting, type_of
from s2sad.errors import Diagnostic, InternalError
from s2sad.forward.scope import Scope
from s2sad.ir.data import Atom, Bind, Block, For, Function, If, Statement, Var, Yield
from s2sad.ir.ops import LIST
from s2sad.ir.types import Lst, Num, Tup, Type
from s2sad.ir.walk import (
    all_defined,
    all_reads,
    defined,
    rename,
    statement_reads,
    substitute,
)
from s2sad.reverse.apply import SHAPE_ONLY, is_larger, lowered_rule
from s2sad.reverse.binding import arguments_of, bar_name, by_argument
from s2sad.reverse.cotangents import Struct, split, whole
from s2sad.reverse.differentiate import adjoint_of_block
from s2sad.reverse.levels import Level, add
from s2sad.reverse.operations import UNBROADCAST, ZEROS, bar
from s2sad.reverse.shapes import stretched
from s2sad.rules.registry import Rule
from s2sad.transform import dead_code


@dataclass(frozen=True)
class Adjoint:
    """An adjoint rule, lowered: its statements, what it gives for each argument (an atom, a list
    of such, or None), and the variable that stands for the cotangent of the result."""

    statements: list[Statement]
    bars: list[Any]
    cotangent: Var


def adjoint_of(scope: Scope, statement: Bind, rule: Rule) -> Adjoint:
    """The rule for the operands of a statement."""
    out = statement.out
    cotangent = Var(f"{out.hint}.bar", out.type, scope.origin)
    values = arguments_of(statement, rule)
    values[bar_name(rule)] = cotangent
    statements, bars = lowered_rule(scope, rule, values, statement)
    return Adjoint(statements, by_argument(statement, rule, bars), cotangent)


def transposed(scope: Scope, statement: Bind, rule: Adjoint, dots: dict[int, Any]) -> Any:
    """The tangent of the statement's result: an atom, a `Struct`, or None where it is zero."""
    out, bars, cotangent = statement.out, rule.bars, rule.cotangent
    seeds: list[tuple[Atom, Any]] = []
    builder = Level(scope.sweep, "function", None, set(), statements=list(rule.statements))
    builder.origin = scope.origin
    for k, dot in dots.items():
        if k < len(bars):
            seeds += _seeds(scope, builder, statement, k, bars[k], dot)
    wanted = tuple(b for b, _ in seeds)
    block = Block((), tuple(builder.statements), Yield(wanted))
    forward, backward, (found,) = adjoint_of_block(block, (cotangent,), seeds, scope.origin)
    return _placed(scope, (*forward, *backward), found, cotangent, out)


def _seeds(
    scope: Scope, builder: Level, statement: Bind, k: int, value: Any, dot: Any
) -> list[tuple[Atom, Any]]:
    """What the rule gives for an argument, and the tangent of that."""
    if value is None:
        return []
    if isinstance(value, list):
        return _seeds_of_list(scope, builder, statement.args[k], value)
    argument = statement.args[k]
    assert isinstance(argument, Var)
    if isinstance(argument.type, Num) and not _may_broadcast(statement, value, argument):
        value = stretched(builder, value, argument)
    if isinstance(type_of(value), Lst) and isinstance(argument.type, Tup):
        dot = _as_list(scope, argument, dot, type_of(value))
    return [(value, dot)]


def _as_list(scope: Scope, argument: Var, dot: Any, kind: Type) -> Var:
    """The tangent of a tuple for which the rule gives a list."""
    parts = split(scope, argument, dot).parts
    items = enumerate(argument.type.items if isinstance(argument.type, Tup) else ())
    atoms = (whole(scope, Var("", item), parts.get(k)) for k, item in items)
    return add(scope, LIST, tuple(atoms), kind)


def _may_broadcast(statement: Bind, value: Atom, argument: Var) -> bool:
    return is_broadcasting(statement.op) or is_larger(value, argument, statement)


def _seeds_of_list(
    scope: Scope, builder: Level, argument: Atom, values: list[Any]
) -> list[tuple[Atom, Any]]:
    """A list or tuple that the primal wrote out, by element."""
    assert isinstance(argument, Var)
    found: list[tuple[Atom, Any]] = []
    items = scope.sweep.definitions[argument].args
    for item, value in zip(items, values, strict=True):
        dot = scope.cotangents.get(item) if isinstance(item, Var) else None
        if dot is None or value is None:
            continue
        if isinstance(value, list):
            found += _seeds_of_list(scope, builder, item, value)
        else:
            found.append((stretched(builder, value, item), dot))
    return found


def _placed(
    scope: Scope, statements: tuple[Statement, ...], found: Any, cotangent: Var, out: Var
) -> Any:
    """Adds those of the statements that the tangent needs. They may ask the cotangent for its
    shape, which is that of the result, but never for its value: a rule is linear."""
    if found is None:
        return None
    block = _needed(statements, found)
    if cotangent in _valued(block, set()):
        raise InternalError(
            (Diagnostic("S905", "a rule isn't linear in its cotangent", scope.origin),)
        )
    return _added(scope, substitute(block, {cotangent: out}), found, out)


def spliced_in(scope: Scope, statements: list[Statement], found: Any, out: Var) -> Any:
    """Adds those of the statements that the tangent `found` of `out` needs; gives the tangent."""
    return _added(scope, _needed(tuple(statements), found), found, out)


def _needed(statements: tuple[Statement, ...], found: Any) -> Block:
    whole = Function("rule", (), Block((), statements, Yield(_atoms(found))))
    return dead_code.run(whole).body


def _added(scope: Scope, block: Block, found: Any, out: Var) -> Any:
    made = {v: replace(v, hint="") for v in all_defined(block)}
    if isinstance(found, Var) and found in made:
        made[found] = replace(found, hint=bar(out))
    block = rename(block, lambda v: made.get(v, v))
    scope.statements += block.statements
    return _with_atoms(found, iter(block.terminator.values))


def _with_atoms(found: Any, atoms: Iterator[Atom]) -> Any:
    if isinstance(found, Struct):
        return Struct({key: _with_atoms(part, atoms) for key, part in found.parts.items()})
    return None if found is None else next(atoms)


def _atoms(found: Any) -> tuple[Atom, ...]:
    if isinstance(found, Struct):
        return tuple(atom for part in found.parts.values() for atom in _atoms(part))
    return () if found is None else (found,)


def _valued(block: Block, wanted: set[Atom]) -> set[Atom]:
    """The variables whose values, not only their shapes, the results of a block depend on."""
    valued = wanted | set(block.terminator.values)
    for statement in reversed(block.statements):
        if not valued & set(defined(statement)):
            continue
        if isinstance(statement, If):
            _valued_in_arms(statement, valued)
        elif isinstance(statement, Bind):
            valued |= _values_read(statement)
        else:
            valued |= set(statement_reads(statement)) - _only_counted(statement)
    return valued


def _values_read(statement: Bind) -> set[Atom]:
    """The operands of which more than the shape is read."""
    name, args = statement.op.name, statement.args
    if name in SHAPE_ONLY or name == ZEROS.name:
        return set(args[1:])
    return set(args[:1]) if name == UNBROADCAST.name else set(args)


def _only_counted(statement: Statement) -> set[Atom]:
    """What a loop runs over without reading an element."""
    if not isinstance(statement, For):
        return set()
    read = set(all_reads(statement.body))
    params = statement.body.params[len(statement.inits) :]
    return {x for x, param in zip(statement.xs, params, strict=True) if param not in read}


def _valued_in_arms(node: If, valued: set[Atom]) -> None:
    for arm in (node.then, node.orelse):
        pairs = zip(node.outs, arm.terminator.values, strict=True)
        taken = tuple(value for out, value in pairs if out in valued)
        valued |= _valued(replace(arm, terminator=Yield(taken)), set())
    valued.add(node.test)

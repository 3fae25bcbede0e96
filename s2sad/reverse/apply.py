"""Applying rules: the reverse statements of one operation.

A rule is lowered with the types at hand; only the primal values that what it returns really
depends on are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.infer import is_broadcasting, type_of
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.ir.data import Atom, Bind, Block, Statement, Var, Yield
from s2sad.ir.ops import LIST, TUPLE
from s2sad.ir.types import Lst, Num, Tup, Type
from s2sad.ir.walk import clone, defined, free_variables, rename, statement_reads, substitute
from s2sad.reverse.binding import arguments_of, bar_name, by_argument, check_known, positional
from s2sad.reverse.cotangents import Struct, contribute, scaled, whole
from s2sad.reverse.guard import guarded
from s2sad.reverse.levels import Level, need
from s2sad.reverse.operations import bar
from s2sad.reverse.shapes import fitted, is_full, shaped_like
from s2sad.reverse.templates import lowered
from s2sad.rules import sequences
from s2sad.rules.operations import operation
from s2sad.rules.registry import Rule, rules_of

# What a reverse statement reads of a value when it only wants its shape.
SHAPE_ONLY = frozenset({".shape", ".size", ".ndim", "len", "np.zeros_like", "np.full_like",
                        "np.shape", "np.size", "np.ones_like", "np.empty_like"})  # fmt: skip


def rule_for(statement: Bind) -> Rule:
    """The rule that serves for the ranks at hand; refused where there is none."""
    for rule in rules_of(statement.op.rule):
        if rule.ranks is None or _ranks_match(rule.ranks, statement.args):
            return rule
    name = statement.op.name.lstrip(".")
    raise UnsupportedError(
        (
            Diagnostic(
                "S201",
                f"`{name}` has no rule, so it can't be differentiated",
                statement.origin,
                note="its result depends on what is differentiated",
                help=f"@s2sad.adjoint({name})\ndef rule(y, x, *, y_bar):\n    return ...",
            ),
        )
    )


def _ranks_match(ranks: tuple[int, ...], args: tuple[Atom, ...]) -> bool:
    found = []
    for atom in args[: len(ranks)]:
        rank = _rank(type_of(atom))
        found.append(-1 if rank is None else rank)
    return tuple(found) == ranks


def reverse_library(level: Level, statement: Bind) -> None:
    """The adjoint of a library operation, by its rule."""
    statement = of_lists(statement)
    rule = rule_for(statement)
    if rule.kind == "inactive":
        return
    assert rule.function is not None
    if rule.kind == "elementwise":
        _elementwise(level, statement, rule)
    else:
        _adjoint(level, statement, rule)


def of_lists(statement: Bind) -> Bind:
    """An operator on lists is another operation than the one on numbers."""
    if statement.op.style != "operator" or not any(
        isinstance(type_of(a), (Lst, Tup)) for a in statement.args
    ):
        return statement
    first, *others = statement.args
    if statement.op.name == "add":
        return replace(statement, op=operation(sequences.joined))
    if statement.op.name == "mul" and isinstance(type_of(first), Num):
        return replace(statement, op=operation(sequences.repeated), args=(*others, first))
    if statement.op.name == "mul":
        return replace(statement, op=operation(sequences.repeated))
    return replace(statement, op=replace(statement.op, rule=None))


# -- elementwise rules: partial derivatives


def _elementwise(level: Level, statement: Bind, rule: Rule) -> None:
    y_bar = level.cotangents.pop(statement.out)
    assert rule.function is not None
    values = positional(statement, rule)
    statements, partials = lowered_rule(level, rule, values, statement)
    partials = by_argument(statement, rule, partials)
    check_known(statement, partials, [_active(level, a) for a in statement.args])
    for argument, partial in zip(statement.args, partials, strict=False):
        if partial is None or not _active(level, argument):
            continue
        _contribute_partial(level, statement, rule, argument, partial, statements, y_bar)


def _contribute_partial(
    level: Level,
    statement: Bind,
    rule: Rule,
    argument: Atom,
    partial: Atom,
    statements: list[Statement],
    y_bar: Atom,
) -> None:
    hint = _hint(level, argument)
    value = _product(level, statements, partial, y_bar, hint)

    def again(change: Callable[[Atom], Atom]) -> Atom:
        return _product(level, statements, partial, y_bar, hint, change)

    value = guarded(level, rule, statement.out, y_bar, value, hint, again)
    full = is_full(y_bar, statement.out)
    contribute(
        level, argument, fitted(level, value, argument, statement.out, broadcasts=True, full=full)
    )


def _product(
    level: Level,
    statements: list[Statement],
    partial: Atom,
    y_bar: Atom,
    hint: str,
    change: Callable[[Atom], Atom] | None = None,
) -> Atom:
    """The cotangent times a partial derivative, of changed operands if `change` is given."""
    (found,) = spliced(level, statements, [partial], change)
    assert found is not None
    return scaled(level, y_bar, found, hint)


def _hint(level: Level, argument: Atom) -> str:
    """The first contribution is the cotangent; the others are terms of a sum."""
    if not isinstance(argument, Var) or argument in level.cotangents:
        return ""
    return bar(argument)


def _active(level: Level, atom: Atom) -> bool:
    return isinstance(atom, Var) and atom in level.sweep.active


# -- adjoint and linear rules: cotangents


def _adjoint(level: Level, statement: Bind, rule: Rule) -> None:
    y_bar = level.cotangents.pop(statement.out)
    if not _keeps_broadcasts(statement, y_bar):
        y_bar = whole(level, statement.out, y_bar)
    values = arguments_of(statement, rule)
    values[bar_name(rule)] = y_bar
    statements, bars = lowered_rule(level, rule, values, statement)
    bars = by_argument(statement, rule, bars)
    wanted = [
        b if b is not None and _active(level, a) else None
        for a, b in zip(statement.args, bars, strict=False)
    ]
    if any(isinstance(b, list) for b in wanted):
        _contribute_lists(level, statement, statements, wanted)
        return
    statements = _named(level, statement, statements, wanted)
    found = spliced(level, statements, wanted)
    for argument, value in zip(statement.args, found, strict=False):
        if value is not None and isinstance(argument, Var):
            broadcasts = is_broadcasting(statement.op) or is_larger(value, argument, statement)
            full = is_full(y_bar, statement.out)
            if is_broadcasting(statement.op) and not isinstance(y_bar, Struct):
                value = guarded(level, rule, statement.out, y_bar, value, "")
            contribute(level, argument, _fit(level, value, argument, statement, broadcasts, full))


def _contribute_lists(
    level: Level, statement: Bind, statements: list[Statement], wanted: list[Any]
) -> None:
    """The cotangents of a list's elements, one by one."""
    for argument, value in zip(statement.args, wanted, strict=False):
        if isinstance(value, list):
            contribute(level, argument, _struct(level, statements, value))
        elif value is not None:
            (found,) = spliced(level, statements, [value])
            contribute(level, argument, found)


def _struct(level: Level, statements: list[Statement], value: Any) -> Any:
    if not isinstance(value, list):
        return spliced(level, statements, [value])[0]
    return Struct({k: _struct(level, statements, v) for k, v in enumerate(value)})


def _named(
    level: Level, statement: Bind, statements: list[Statement], wanted: list[Any]
) -> list[Statement]:
    """The rule's results get the names of the cotangents that they are."""
    hints = {
        v: _hint(level, a)
        for a, v in zip(statement.args, wanted, strict=False)
        if isinstance(v, Var)
    }
    if sum(isinstance(v, Var) for v in wanted) != len(hints):
        return statements
    mapping: dict[Var, Atom] = {
        v: replace(v, hint=h) for v, h in hints.items() if any(v in defined(s) for s in statements)
    }
    block = rename(Block((), tuple(statements), Yield(())), lambda v: mapping.get(v, v))  # type: ignore[arg-type, return-value]
    wanted[:] = [mapping.get(v, v) if isinstance(v, Var) else v for v in wanted]
    return list(block.statements)


def _fit(
    level: Level, value: Atom, argument: Var, statement: Bind, broadcasts: bool, full: bool
) -> Any:
    if isinstance(argument.type, Num):
        reference: Atom = statement.out if is_broadcasting(statement.op) else value
        return fitted(level, value, argument, reference, broadcasts=broadcasts, full=full)
    return value


# Operations other than elementwise ones that broadcast (some axes of) their arguments.
BATCHED = (np.matmul, np.einsum, np.linalg.solve, np.cross, np.full, np.full_like, np.linspace,
           np.trapezoid, np.tile, np.broadcast_to)  # fmt: skip


def is_larger(value: Atom, argument: Var, statement: Bind) -> bool:
    """Whether a cotangent may have elements that its argument lacks: batches, or a number's
    spread."""
    found, kind = type_of(value), argument.type
    if not (isinstance(found, Num) and isinstance(kind, Num)):
        return False
    batched = statement.op.rule in BATCHED
    if found.shape is None or kind.shape is None:
        return batched
    if len(found.shape) != len(kind.shape):
        return len(found.shape) > len(kind.shape)
    if statement.op.rule is np.matmul and len(kind.shape) <= 2:
        return False
    pairs = zip(found.shape, kind.shape, strict=True)
    return any(
        a.known != 1 and (b.known == 1 or (batched and a != b and not b.never_one))
        for a, b in pairs
    )


def _keeps_broadcasts(statement: Bind, y_bar: Any) -> bool:
    """Whether a rule may be given a cotangent whose broadcast isn't made yet: elementwise ones
    may, and sums and means if it is a number or has all the axes, since they put axes between."""
    if isinstance(y_bar, Struct):
        return False
    if is_broadcasting(statement.op):
        return True
    ranks = [_rank(type_of(atom)) for atom in (y_bar, statement.out)]
    return statement.op.rule in (np.sum, np.mean) and ranks[0] in (0, ranks[1])


def _rank(kind: Type) -> int | None:
    """How many axes a value has, where that is known."""
    return len(kind.shape) if isinstance(kind, Num) and kind.shape is not None else None


# -- splicing


def lowered_rule(
    level: Level, rule: Rule, values: dict[str, Any], statement: Bind
) -> tuple[list[Statement], list[Any]]:
    assert rule.function is not None
    origin = statement.origin
    assert origin is not None
    pairs = [(name, _as_operand(level, value)) for name, value in values.items()]
    hint = statement.out.hint.partition(".")[0]
    try:
        statements, results = lowered(
            rule.function, pairs, replace(origin, sweep="reverse"), f"{hint}.bar"
        )
    except UnsupportedError as error:
        raise _at_users_line(statement, error) from error
    return statements, results


def _at_users_line(statement: Bind, error: UnsupportedError) -> UnsupportedError:
    """What a rule can't do is shown at the user's line."""
    first = error.diagnostics[0]
    name = statement.op.name.lstrip(".")
    return UnsupportedError(
        (
            Diagnostic(
                first.code,
                f"`{name}` can't be differentiated here: {first.message}",
                statement.origin,
                note="its rule says so",
                help=first.help,
            ),
        )
    )


def _as_operand(level: Level, value: Any) -> Any:
    """A list or tuple that the primal wrote out is given to the rule by element."""
    made = level.sweep.definitions.get(value) if isinstance(value, Var) else None
    if made is not None and made.op in (LIST, TUPLE):
        return [_as_operand(level, item) for item in made.args]
    return value


def spliced(
    level: Level,
    statements: list[Statement],
    results: list[Any],
    change: Callable[[Atom], Atom] | None = None,
) -> list[Any]:
    """Adds those of a rule's statements that the results need, with the primal values that
    they read replaced by what the reverse sweep has of them (changed, if `change` is given)."""
    kept = _live(statements, [r for r in results if isinstance(r, Var)])
    own = {id(s) for s in kept}
    block = Block(
        (),
        tuple(s for s in statements if id(s) in own),
        Yield(tuple(r for r in results if r is not None)),
    )
    outer = free_variables(block)
    mapping: dict[Var, Atom] = {}
    shape_only = _read_for_shape(block)
    for variable in outer:
        if not _is_primal(level, variable):
            continue
        mapping[variable] = (
            shaped_like(level, variable) if variable in shape_only else need(level, variable)
        )
    if change is not None:
        block, _ = clone(block)
        mapping = {v: a if v in shape_only else change(a) for v, a in mapping.items()}
    done = substitute(block, mapping) if mapping else block
    level.statements += [s for s in done.statements if not _is_there(level, s)]
    assert isinstance(done.terminator, Yield)
    values = iter(done.terminator.values)
    return [None if r is None else next(values) for r in results]


def _is_there(level: Level, statement: Statement) -> bool:
    """Whether another result of the same rule has already brought a statement along."""
    outs = defined(statement)
    if any(v in level.spliced for v in outs):
        return True
    level.spliced.update(outs)
    return False


def _is_primal(level: Level, variable: Var) -> bool:
    """Whether a variable belongs to the primal (and not to the reverse code of some level)."""
    return variable in level.sweep.primal


def _live(statements: list[Statement], wanted: list[Var]) -> list[Statement]:
    live, kept = set(wanted), []
    for statement in reversed(statements):
        if any(v in live for v in defined(statement)):
            live |= set(statement_reads(statement))
            kept.append(statement)
    return kept[::-1]


def _read_for_shape(block: Block) -> set[Var]:
    """The variables of which only the shape is read."""
    reads: dict[Var, bool] = {}
    for statement in block.statements:
        only = isinstance(statement, Bind) and statement.op.name in SHAPE_ONLY
        for position, variable in enumerate(statement_reads(statement)):
            reads[variable] = reads.get(variable, True) and only and position == 0
    for value in block.terminator.values:
        if isinstance(value, Var):
            reads[value] = False
    return {v for v, only in reads.items() if only}

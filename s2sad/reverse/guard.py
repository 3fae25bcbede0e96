"""Guards: a branch that a mask leaves out contributes nothing, not even `0 * inf`.

A partial derivative that can be infinite or undefined (its rule is `singular`) meets a cotangent
that is exactly zero where a mask, a `where` or a masked store has thrown the value away. There,
and only upstream of such an operation, the product is replaced by zero:

    y = np.where(x > 0.0, np.sqrt(x), 0.0)

    root_bar = np.where(x > 0.0, y_bar, 0.0)
    x_bar = np.where(root_bar == 0.0, 0.0, root_bar / (2.0 * root))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from s2sad.analysis.infer import infer, type_of
from s2sad.ir.data import Atom, Bind, Block, Const, Function, Hole, IndexStep, Var
from s2sad.ir.ops import OPERATORS, SELECT
from s2sad.ir.types import ARRAY, FLOAT, Num, is_continuous
from s2sad.ir.walk import all_statements, calls, definitions
from s2sad.reverse.activity import reaching, varied_in
from s2sad.reverse.levels import Level, add
from s2sad.rules.operations import operation
from s2sad.rules.registry import Rule, rules_of

# Operations that choose between values that have been computed, by rule.
CHOOSING = (
    np.where, np.select, np.choose, np.nan_to_num, np.nansum, np.nanprod, np.nanmean, np.nanmax,
    np.nanmin, np.nanvar, np.nanstd, np.nanmedian, np.nanquantile, np.nanpercentile, np.nancumsum,
    np.nancumprod, np.piecewise, np.compress, np.extract,
)  # fmt: skip
FINITE, NOT, AND = operation(np.isfinite), operation(np.logical_not), operation(np.logical_and)
CONVERSIONS = (np.astype, float, int, np.asarray, np.array)


def masked_in(
    body: Block, functions: dict[str, Function], results: tuple[Atom, ...] = ()
) -> set[Var]:
    """The variables from which a value flows into something that may leave it out.

    functions: those that are called, which may do so, too. results: what may be left out by what
    comes behind the block.
    """
    made = definitions(body)
    found = [v for s in made.values() for v in _left_out(s, made)]
    found += [v for v in results if isinstance(v, Var)]
    for call in calls(body):
        if _has_masks(call.callee, functions):
            found += [a for a in call.args if isinstance(a, Var)]
    return reaching(body, {v for v in found if is_continuous(v.type)})


def _has_masks(name: str, functions: dict[str, Function]) -> bool:
    """Whether a function, or one that it calls, leaves values out."""
    todo, seen = [name], {name}
    while todo:
        function = functions.get(todo.pop())
        if function is None:
            continue
        binds = (s for s in all_statements(function.body) if isinstance(s, Bind))
        definitions = {v: s for s in binds for v in s.outs}
        if any(True for s in definitions.values() for _ in _left_out(s, definitions)):
            return True
        new = [c.callee for c in calls(function.body) if c.callee not in seen]
        seen.update(new)
        todo += new
    return False


def _left_out(statement: Bind, definitions: dict[Var, Bind]) -> Iterator[Var]:
    """The operands that a statement may leave out, in whole or in part."""
    candidates: tuple[Atom, ...] = ()
    if statement.op.rule in CHOOSING or statement.op is SELECT:
        candidates = statement.args
    elif statement.op.rule is np.multiply:
        truths = [_is_truth(a, definitions) for a in statement.args]
        candidates = statement.args if any(truths) else ()
    elif statement.op.name in ("getitem", "setitem", "additem") and _has_mask(statement):
        candidates = statement.args[: 1 if statement.op.name == "getitem" else 2]
    yield from (atom for atom in candidates if isinstance(atom, Var))


def _is_truth(atom: Atom, definitions: dict[Var, Bind]) -> bool:
    """Whether a factor is 0 or 1 by a comparison."""
    kind = type_of(atom)
    if isinstance(kind, Num) and kind.dtype == "bool":
        return True
    made = definitions.get(atom) if isinstance(atom, Var) else None
    return (
        made is not None
        and made.op.rule in CONVERSIONS
        and bool(made.args)
        and _is_truth(made.args[0], definitions)
    )


def _has_mask(statement: Bind) -> bool:
    holes = [c for step in statement.path if isinstance(step, IndexStep)
             for c in step.components if isinstance(c, Hole)]  # fmt: skip
    kinds = [type_of(statement.args[hole.position]) for hole in holes]
    return any(isinstance(kind, Num) and kind.dtype == "bool" for kind in kinds)


# Every singular partial is finite where the operands and the result are this.
HARMLESS = Const(0.5, FLOAT)
Again = Callable[[Callable[[Atom], Atom]], Atom]


def guarded(
    level: Level,
    rule: Rule,
    result: Var,
    y_bar: Atom,
    value: Atom,
    hint: str,
    again: Again | None = None,
) -> Atom:
    """A contribution, with exact zeros where the cotangent is zero if that may matter.

    again: computes the contribution once more, from changed operands.
    """
    if not rule.singular or result not in level.sweep.masked or isinstance(y_bar, Const):
        return value
    zero = Const(0.0, FLOAT)
    test_args = (y_bar, zero)
    test_kind = infer(OPERATORS["eq"], test_args, {})
    test = add(level, OPERATORS["eq"], test_args, test_kind)
    if level.sweep.pairs.again:
        test = _and_undefined(level, test, value)
    kind = type_of(value)
    if isinstance(kind, Num) and ARRAY not in kind.forms:
        return add(level, SELECT, (test, zero, value), kind, hint)
    quiet = None if level.sweep.pairs.again else _without_division_by_zero(level, test, value, hint)
    if quiet is not None:
        return quiet
    if again is None:
        return _choice(level, test, zero, value, hint)
    return again(lambda operand: _harmless(level, test, operand))


def _harmless(level: Level, test: Atom, operand: Atom) -> Atom:
    """An operand of which nothing infinite or undefined comes where the cotangent is zero."""
    kind = type_of(operand)
    if not (isinstance(kind, Num) and kind.is_continuous and kind.may_be_array):
        return operand
    return _choice(level, test, HARMLESS, operand)


def chosen_zero(
    level: Level, rule: Rule, argument: Atom, dot: Atom, value: Atom, hint: str
) -> Atom:
    """A term of a tangent, with exact zeros where its argument's tangent is zero, if the
    argument comes from something that may have left a value out."""
    if not rule.singular or argument not in level.sweep.masked or isinstance(dot, Const):
        return value
    zero = Const(0.0, FLOAT)
    test = add(level, OPERATORS["eq"], (dot, zero), infer(OPERATORS["eq"], (dot, zero), {}))
    kind = type_of(value)
    if isinstance(kind, Num) and ARRAY not in kind.forms:
        return add(level, SELECT, (test, zero, value), kind, hint)
    return _choice(level, test, zero, value, hint)


def picked(level: Level, factor: Atom, dot: Atom, value: Atom, hint: str) -> Atom:
    """A term of a tangent, `dot * factor`: what a truth leaves out is zero, not even `0 * inf`."""
    if not _is_truth(factor, level.sweep.definitions):
        return value
    return _choice(level, factor, dot, Const(0.0, FLOAT), hint)


def infinite(body: Block) -> set[Var]:
    """The variables that depend on a result whose partials can be infinite or undefined."""
    made = definitions(body)
    return varied_in(body, {v for v, s in made.items() if _is_singular(s)})


def _is_singular(statement: Bind) -> bool:
    return any(rule.singular for rule in rules_of(statement.op.rule))


def left_out(body: Block) -> set[Var]:
    """The variables that depend on something that may have left a value out."""
    made = definitions(body)
    chosen = {v for v, s in made.items() if any(True for _ in _left_out(s, made))}
    return varied_in(body, chosen)


def _choice(level: Level, test: Atom, first: Atom, second: Atom, hint: str = "") -> Var:
    choose = operation(np.where)
    args = (test, first, second)
    return add(level, choose, args, infer(choose, args, {}), hint)


def _and_undefined(level: Level, test: Atom, value: Atom) -> Var:
    """Whether a product is undefined besides. Where it isn't, it goes on depending on a cotangent
    that happens to be zero, as second derivatives must see."""
    finite = add(level, FINITE, (value,), infer(FINITE, (value,), {}))
    undefined = add(level, NOT, (finite,), infer(NOT, (finite,), {}))
    return add(level, AND, (test, undefined), infer(AND, (test, undefined), {}))


def _without_division_by_zero(level: Level, test: Atom, value: Atom, hint: str) -> Var | None:
    """A quotient `c / d` or a product `c * (1.0 / d)` of a cotangent c: where c is zero, d is
    made 1, so that the result is zero and NumPy has nothing to warn of. None for others."""
    made = _made_by(level, value)
    if made is None:
        return None
    if made.op.rule is np.divide:
        return _quotient(level, test, made, hint)
    quotient = _made_by(level, made.args[1]) if made.op is OPERATORS["mul"] else None
    if quotient is None or quotient.op.rule is not np.divide:
        return None
    if not isinstance(quotient.args[0], Const):
        return None
    again = _quotient(level, test, quotient, "")
    pair = (made.args[0], again)
    return add(level, made.op, pair, infer(made.op, pair, {}), hint)


def _quotient(level: Level, test: Atom, made: Bind, hint: str) -> Var:
    """A quotient again, by 1 where the test holds."""
    safe = _choice(level, test, Const(1.0, FLOAT), made.args[1])
    args = (made.args[0], safe)
    return add(level, made.op, args, infer(made.op, args, {}), hint)


def _made_by(level: Level, atom: Atom) -> Bind | None:
    """The statement of the reverse block that made a value, if it is among the last ones."""
    for statement in reversed(level.statements[-8:]):
        if isinstance(statement, Bind) and statement.outs == (atom,):
            return statement
    return None

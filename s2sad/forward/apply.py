"""The tangent of one operation of a library, from the same rules as its adjoint.

elementwise    the partials, each times its argument's tangent
linear         the operation itself, applied to the tangents
composed       the tangent of what it is composed of (see `composed`)
multilinear    the operation, with one argument at a time replaced by its tangent
tangent        a rule of its own, where one is registered
otherwise      the adjoint rule, transposed (see `transpose`)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.infer import NoExample, infer, type_of
from s2sad.forward.composed import Tangents, tangent_of_composition
from s2sad.forward.scope import Scope, tangent
from s2sad.forward.transpose import Adjoint, adjoint_of, transposed
from s2sad.ir.data import Atom, Bind, Const, Var
from s2sad.ir.types import FLOAT, Num, Type
from s2sad.reverse.apply import lowered_rule, of_lists, rule_for, spliced
from s2sad.reverse.binding import arguments_of, by_argument, check_known, parameters_of, positional
from s2sad.reverse.cotangents import Struct, scaled, total, whole
from s2sad.reverse.guard import chosen_zero, picked
from s2sad.reverse.operations import bar, call, library
from s2sad.reverse.shapes import is_full, projected
from s2sad.rules.registry import TANGENTS, Rule


def tangent_of_library(scope: Scope, statement: Bind, tangents: Tangents) -> None:
    """Adds the tangent of an operation's result. tangents: as for `tangent_of_composition`."""
    statement = of_lists(statement)
    rule = rule_for(statement)
    if rule.kind == "inactive":
        return
    dots = {k: scope.cotangents[a] for k, a in enumerate(statement.args)
            if isinstance(a, Var) and a in scope.cotangents}  # fmt: skip
    if not dots:
        return
    if rule.kind == "composed":
        found = tangent_of_composition(scope, statement, rule, tangents)
    else:
        found = _tangent(scope, statement, rule, dots)
    if found is None:
        return
    out = statement.out
    if isinstance(found, Var) and _is_real_of_complex(statement):
        found = library(scope, np.real, (found,))
    scope.cotangents[out] = _projected(scope, found, out)


def _is_real_of_complex(statement: Bind) -> bool:
    """Whether, where it isn't known which numbers are complex, the result is real for certain."""
    out = statement.out.type
    if not (isinstance(out, Num) and out.dtype is None):
        return False
    args = tuple(_as_complex(a) for a in statement.args)
    try:
        kind = infer(statement.op, args, dict(statement.static))
    except NoExample:  # it takes real numbers only
        return False
    return isinstance(kind, Num) and kind.dtype is not None and np.dtype(kind.dtype).kind == "f"


def _as_complex(atom: Atom) -> Atom:
    """A variable of unknown dtype as a complex one."""
    if isinstance(atom, Var) and isinstance(atom.type, Num) and atom.type.dtype is None:
        return replace(atom, type=replace(atom.type, dtype="complex128"))
    return atom


def _projected(scope: Scope, value: Any, out: Var) -> Any:
    if isinstance(value, (Var, Const)) and isinstance(out.type, Num):
        return projected(scope, value, out.type)
    return value


def _tangent(scope: Scope, statement: Bind, rule: Rule, dots: dict[int, Any]) -> Any:
    if rule.target in TANGENTS:
        return _by_tangent(scope, statement, rule)
    if rule.kind == "elementwise":
        return _by_partials(scope, statement, rule, dots)
    if rule.multilinear:
        arguments_of(statement, rule)
        return _by_arguments(scope, statement, dots)
    adjoint = adjoint_of(scope, statement, rule)
    affine = "initial" in dict(statement.static)
    if rule.kind == "linear" and rule.tangent and not affine and _all_move(adjoint, dots):
        return _by_itself(scope, statement, dots)
    return transposed(scope, statement, adjoint, dots)


def _by_tangent(scope: Scope, statement: Bind, rule: Rule) -> Any:
    """A rule of its own: its keyword parameters are tangents, 0.0 where there is none."""
    function = TANGENTS[rule.target]
    found = replace(rule, function=function)
    values = positional(statement, found)
    for name in [p.name for p in parameters_of(function) if p.name.endswith("_dot")]:
        dot = tangent(scope, values[name.removesuffix("_dot")])
        values[name] = Const(0.0, FLOAT) if dot is None else dot
    statements, results = lowered_rule(scope, found, values, statement)
    parts = spliced(scope, statements, results)
    return parts[0] if isinstance(statement.out.type, Num) else Struct(dict(enumerate(parts)))


def _by_partials(scope: Scope, statement: Bind, rule: Rule, dots: dict[int, Any]) -> Any:
    statements, partials = lowered_rule(scope, rule, positional(statement, rule), statement)
    partials = by_argument(statement, rule, partials)
    check_known(statement, partials, [k in dots for k in range(len(statement.args))])
    out, result = statement.out, None
    wanted = [k for k in dots if k < len(partials) and partials[k] is not None]
    for k in wanted:
        (partial,) = spliced(scope, statements, [partials[k]])
        hint = bar(out) if len(wanted) == 1 else ""
        term = scaled(scope, dots[k], partial, hint)
        if statement.args[k] in scope.infinite:
            term = picked(scope, partials[k], dots[k], term, hint)
        term = chosen_zero(scope, rule, statement.args[k], dots[k], term, hint)
        result = total(scope, out, result, term)
    seen = [*(statement.args[k] for k in wanted if is_full(dots[k], statement.args[k]))]
    seen += [partials[k] for k in wanted]
    return _of_full_shape(scope, statement, result, seen)


def _of_full_shape(scope: Scope, statement: Bind, result: Any, seen: list[Atom]) -> Any:
    """A sum in which every array among the operands takes part, by itself or by its tangent, has
    the shape of the operation's result, whether or not its lengths say so."""
    arrays = [a for a in statement.args if isinstance(a, Var) and _has_axes(a)]
    last = scope.statements[-1]
    if not all(a in seen for a in arrays) or not (
        isinstance(last, Bind) and last.outs == (result,)
    ):
        return result
    kind, goal = result.type, statement.out.type
    if not (isinstance(kind, Num) and isinstance(goal, Num) and _has_axes(result)):
        return result
    made = replace(result, type=Num(kind.forms, kind.dtype, goal.shape))
    scope.statements[-1] = replace(last, outs=(made,))
    return made


def _has_axes(atom: Var) -> bool:
    return isinstance(atom.type, Num) and atom.type.shape != ()


def _by_arguments(scope: Scope, statement: Bind, dots: dict[int, Any]) -> Any:
    out, result = statement.out, None
    for k in dots:
        args = list(statement.args)
        args[k] = whole(scope, statement.args[k], dots[k])  # type: ignore[arg-type]
        hint = bar(out) if len(dots) == 1 else ""
        term = call(scope, statement.op, tuple(args), hint, **dict(statement.static))
        result = total(scope, out, result, term)
    return result


def _all_move(adjoint: Adjoint, dots: dict[int, Any]) -> bool:
    """Whether every argument that a linear operation is linear in has a tangent."""
    return all(k in dots for k, value in enumerate(adjoint.bars) if value is not None)


def _by_itself(scope: Scope, statement: Bind, dots: dict[int, Any]) -> Any:
    args: list[Atom] = list(statement.args)
    for k, dot in dots.items():
        args[k] = whole(scope, statement.args[k], dot)  # type: ignore[arg-type]
    kind = _kind_of(statement, tuple(args))
    made = replace(statement, outs=(Var(bar(statement.out), kind, scope.origin),), args=tuple(args))
    scope.statements.append(made)
    return made.out


def _kind_of(statement: Bind, args: tuple[Atom, ...]) -> Type:
    """The type of an operation on tangents: that of its result, where they are like its
    arguments. What is inferred anew has lengths that are known to be equal no longer."""
    pairs = zip(map(type_of, args), map(type_of, statement.args), strict=True)
    if all(ours == theirs for ours, theirs in pairs):
        return statement.out.type
    return infer(statement.op, args, dict(statement.static))

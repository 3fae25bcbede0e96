"""Which argument of a statement is which parameter of its rule, and which result belongs to it.

A rule has its function's parameters by their own names, the result before them (unless it is
linear or a composition) and the cotangent of the result as a keyword. What it returns comes in
the order of its parameters.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.ir.data import Bind, Const
from s2sad.ir.types import Static
from s2sad.rules.registry import Rule

# Rules without a parameter for the result.
WITHOUT_RESULT = ("linear", "composed")


@lru_cache(maxsize=1024)
def parameters_of(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())


def _parameters(rule: Rule) -> tuple[inspect.Parameter, ...]:
    assert rule.function is not None
    return parameters_of(rule.function)


def bar_name(rule: Rule) -> str:
    """The rule's parameter for the cotangent of the result."""
    return next(p.name for p in _parameters(rule) if _is_cotangent(p))


def _is_cotangent(parameter: inspect.Parameter) -> bool:
    return parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.name.endswith("_bar")


def arguments_of(statement: Bind, rule: Rule) -> dict[str, Any]:
    """The rule's parameters and what stands for each: atoms and constants. Refused where the
    rule lacks a parameter."""
    skip = 0 if rule.kind in WITHOUT_RESULT else 1
    spec = _parameters(rule)
    names = [p.name for p in spec if p.kind is not p.KEYWORD_ONLY][skip:]
    variable = any(p.kind is p.VAR_POSITIONAL for p in spec)
    _check_keywords(statement, rule, names, variable)
    first = len(statement.args) - len(statement.op.named)
    values: dict[str, Any] = dict(zip(names, statement.args[:first], strict=False))
    values |= zip(statement.op.named, statement.args[first:], strict=True)
    for name, value in statement.static:
        values[name] = Const(value, Static(value))
    if skip:
        values = {spec[0].name: statement.out} | values
    return values


def _check_keywords(statement: Bind, rule: Rule, names: list[str], variable: bool) -> None:
    keyword_only = [p.name for p in _parameters(rule) if p.kind is p.KEYWORD_ONLY]
    given = [*statement.op.named, *(name for name, _ in statement.static)]
    bad = [name for name in given if name not in names and name not in keyword_only]
    count = len(statement.args) - len(statement.op.named)
    if bad or (count > len(names) and not variable):
        what = f"`{bad[0]}=`" if bad else f"{count} arguments"
        raise UnsupportedError(
            (
                Diagnostic(
                    "S202",
                    f"`{statement.op.name.lstrip('.')}` with {what} can't be differentiated yet",
                    statement.origin,
                    note="its rule doesn't cover this keyword",
                ),
            )
        )


def positional(statement: Bind, rule: Rule) -> dict[str, Any]:
    """As `arguments_of`, for a rule with parameters of its own names."""
    if statement.static or statement.op.named:
        return arguments_of(statement, rule)
    names = [p.name for p in _parameters(rule)]
    return dict(zip(names, (statement.out, *statement.args), strict=False))


def by_argument(statement: Bind, rule: Rule, results: list[Any]) -> list[Any]:
    """What a rule returns, in the order of the statement's arguments."""
    if not statement.op.named:
        return results
    skip = 0 if rule.kind in WITHOUT_RESULT else 1
    names = [p.name for p in _parameters(rule) if not _is_cotangent(p)][skip:]
    found = dict(zip(names, results, strict=False))
    first = len(statement.args) - len(statement.op.named)
    return [found.get(name) for name in (*names[:first], *statement.op.named)]


def check_known(statement: Bind, results: list[Any], moving: list[bool]) -> None:
    """A rule gives a reason in the place of what it has no formula for: refused where the
    argument moves."""
    for moves, result in zip(moving, results, strict=False):
        if moves and isinstance(result, Const) and isinstance(result.value, str):
            name = statement.op.name.lstrip(".")
            text = f"`{name}` can't be differentiated here: {result.value}"
            raise UnsupportedError(
                (Diagnostic("S202", text, statement.origin, note="its rule says so"),)
            )

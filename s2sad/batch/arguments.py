"""The operands of an operation by the names of its parameters, and how many axes they have."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from s2sad.analysis.infer import type_of
from s2sad.batch.scope import OneByOne, Scope, give, moves, rank_of, read, with_count
from s2sad.ir.data import Atom, Bind, Const, Var
from s2sad.ir.types import Lst, Num, Tup
from s2sad.rules.operations import operation

BatchRule = Callable[[Scope, Bind], None]


# -- operations of one argument


def natural(scope: Scope, statement: Bind) -> None:
    """Works along the last axes, or element by element, of its first argument."""
    first, *rest = statement.args
    if any(moves(scope, a) for a in rest) or isinstance(type_of(first), (Lst, Tup)):
        raise OneByOne
    give(scope, statement.out, statement.op, (read(scope, first), *rest), **dict(statement.static))


def array(scope: Scope, statement: Bind) -> None:
    """`np.array(x)` of an array is natural; of a list of numbers or arrays it stacks."""
    first, *rest = statement.args
    if isinstance(type_of(first), Num):
        natural(scope, statement)
        return
    definition = scope.batch.definitions.get(first) if isinstance(first, Var) else None
    rank = rank_of(statement.out)
    if rest or statement.static or definition is None or not definition.args:
        raise OneByOne
    if any(rank_of(item) != rank - 1 for item in definition.args):
        raise OneByOne
    give(scope, statement.out, operation(np.stack), (read(scope, first),), axis=1)


def item(scope: Scope, statement: Bind) -> None:
    reshaped(scope, statement, statement.args[0], Const((), Tup(())))


# -- arguments by name


@lru_cache(maxsize=1024)
def _names(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def arguments(statement: Bind) -> dict[str, Any]:
    """The arguments of a call by the names of its function's parameters: atoms, and what is
    static as it is."""
    function = statement.op.rule
    assert function is not None
    names = _names(function)
    count = len(statement.args) - len(statement.op.named)
    if count > len(names):
        raise OneByOne
    found: dict[str, Any] = dict(zip(names, statement.args[:count], strict=False))
    found |= dict(zip(statement.op.named, statement.args[count:], strict=True))
    return found | dict(statement.static)


def known(value: Any) -> Any:
    """A constant's value."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Var):
        raise OneByOne
    return value


def behind(axis: Any) -> Any:
    """An axis, or a tuple of such, behind the leading one."""
    if isinstance(axis, (tuple, list)):
        return tuple(behind(one) for one in axis)
    if not isinstance(axis, (int, np.integer)):
        raise OneByOne
    return axis + 1 if axis >= 0 else axis


def call(
    scope: Scope, statement: Bind, function: Any, args: list[Atom], keywords: dict[str, Any]
) -> None:
    """A call with further arguments by keyword; what is static is static again."""
    if any(isinstance(v, Var) for v in keywords.values()):
        raise OneByOne
    static = {k: v.value if isinstance(v, Const) else v for k, v in keywords.items()}
    give(scope, statement.out, operation(function), args, **static)


def reshaped(scope: Scope, statement: Bind, value: Atom, shape: Atom) -> None:
    given = with_count(scope, shape)
    give(scope, statement.out, operation(np.reshape), (read(scope, value), given))

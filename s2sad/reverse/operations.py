"""Operations appended to the reverse block of a level, and the helpers that it may call."""

from __future__ import annotations

from typing import Any

from s2sad.analysis.infer import NoExample, infer
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.ir.data import Atom, Const, Op, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import FLOAT, Type
from s2sad.reverse.levels import (
    Level,
    add,
)
from s2sad.rules.operations import operation
from s2sad.runtime.helpers import added, rebuilt, unbroadcast, zeros

UNBROADCAST = operation(unbroadcast)
ZEROS = operation(zeros)
ADDED = Op("added", added, "call", added)
REBUILT = Op("rebuilt", rebuilt, "call", rebuilt)
ZERO = Const(0.0, FLOAT)


def bar(variable: Var) -> str:
    """The hint for the cotangent of a variable."""
    name, dot, rest = variable.hint.partition(".")
    return f"{name}{dot}{rest.replace('.', '_')}_bar" if rest else f"{name or 'value'}_bar"


def call(level: Level, op: Op, args: tuple[Atom, ...], hint: str = "", **static: Any) -> Var:
    """Appends an operation whose result type is inferred."""
    return add(level, op, args, inferred(level, op, args, static), hint, tuple(static.items()))


def inferred(
    level: Level, op: Op, args: tuple[Atom, ...], static: dict[str, Any] | None = None
) -> Type:
    """The type of an operation's result; refused where it can't be known."""
    try:
        return infer(op, args, static or {})
    except NoExample as error:
        raise UnsupportedError(
            (
                Diagnostic(
                    "S405",
                    f"the type of a cotangent isn't known here ({op.name}: {error})",
                    level.origin,
                    note="a value has another rank on another path",
                ),
            )
        ) from error


def library(
    level: Level, function: Any, args: tuple[Atom, ...], hint: str = "", **static: Any
) -> Var:
    return call(level, operation(function), args, hint, **static)


def operate(level: Level, name: str, *args: Atom, hint: str = "") -> Atom:
    """An operator; products with 1.0 and negations are seen through."""
    return call(level, OPERATORS[name], args, hint)

"""Building IR by hand, for tests and experiments.

A `Builder` collects the statements of one block; nested blocks get builders of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.ir import ops
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Exit,
    For,
    Function,
    If,
    Op,
    Param,
    Path,
    Statement,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.types import ARRAY, BOOL, FLOAT, INT, NONE, STR, Dim, Num, Opaque, Type
from s2sad.origins import Origin


def array_type(*lengths: int | str, dtype: str = "float64") -> Num:
    """An array's type: one length an axis, a string being a symbol."""
    dims = tuple(Dim(n) if isinstance(n, int) else Dim(0, ((n, 1),)) for n in lengths)
    return Num(frozenset({ARRAY}), dtype, dims)


def const(value: Any) -> Const:
    """A constant with the type that its Python value has."""
    kinds: tuple[tuple[type, Type], ...] = (
        (bool, BOOL),
        (int, INT),
        (float, FLOAT),
        (str, STR),
        (type(None), NONE),
    )
    for cls, kind in kinds:
        if isinstance(value, cls):
            return Const(value, kind)
    return Const(value, Opaque(type(value).__name__))


def library(name: str, result: str = "fresh") -> Op:
    """The operation of a NumPy function, by its name on the page (`np.tanh`)."""
    function = getattr(np, name.removeprefix("np."))
    return Op(name, function, "call", function, result)


@dataclass
class Builder:
    """One block that grows."""

    params: tuple[Var, ...] = ()
    statements: list[Statement] = field(default_factory=list)
    origin: Origin | None = None

    def add(self, statement: Statement) -> Statement:
        """Puts a statement at the end."""
        self.statements.append(statement)
        return statement

    def bind(
        self, op: Op, *args: Any, hint: str = "", kind: Type = FLOAT, path: Path = (), **static: Any
    ) -> Var:
        """An operation with one result."""
        out = Var(hint, kind)
        atoms = tuple(atom(a) for a in args)
        self.add(Bind((out,), op, atoms, tuple(static.items()), path, self.origin))
        return out

    def operator(self, name: str, *args: Any, hint: str = "", kind: Type = FLOAT) -> Var:
        """One of Python's operators, by the name of `operator`'s function."""
        return self.bind(ops.OPERATORS[name], *args, hint=hint, kind=kind)

    def end(self, *values: Any) -> Block:
        """The block, which yields the values."""
        return Block(self.params, tuple(self.statements), Yield(tuple(atom(v) for v in values)))

    def leave(self, number: int, *values: Any) -> Block:
        """The block, which leaves its loop."""
        end = Exit(number, tuple(atom(v) for v in values))
        return Block(self.params, tuple(self.statements), end)


def atom(value: Any) -> Atom:
    """An atom as it is; anything else as a constant."""
    return value if isinstance(value, (Var, Const, Undefined)) else const(value)


def function(
    name: str, params: tuple[Var | Param, ...], body: Callable[[Builder], Block]
) -> Function:
    """A function with positional parameters."""
    given = tuple(p if isinstance(p, Param) else Param(p) for p in params)
    return Function(name, given, body(Builder()))


__all__ = [
    "Builder",
    "For",
    "If",
    "While",
    "array_type",
    "atom",
    "const",
    "function",
    "library",
]

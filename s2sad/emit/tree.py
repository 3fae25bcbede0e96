"""Statement trees: what a page says, before its variables have names.

A `Local` is a variable of the page; several may get one name. Expressions are trees, so their
order is that of Python; statements are nested lists. `Move` assigns in parallel.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2sad.frozen import frozen
from s2sad.ir.data import Bind, Const, Param
from s2sad.ir.types import Type
from s2sad.origins import Origin


@frozen(eq=False)
class Local:
    """A variable of the page. fixed: the name is part of the interface. fallback: the name
    where the hint is none."""

    hint: str
    type: Type
    fixed: bool = False
    fallback: str = ""


@frozen
class Ref:
    """Reads a variable."""

    local: Local


@frozen
class Lit:
    """A constant."""

    const: Const


@frozen
class Apply:
    """The operation of a `Bind` on expressions instead of atoms."""

    bind: Bind
    args: tuple[Expr, ...]


@frozen
class Form:
    """Python that belongs to no operation. kind: "call" `name(*args)`, "method"
    `args[0].name(*args[1:])`, "item" `args[0][args[1]]`, "until" `args[0][:args[1]]`, "choice"
    `args[1] if args[0] else args[2]`, "not", "tuple", "list", "number" (name is its text),
    "keyword" (`name=args[0]`, in a call), "nones" `[None] * args[0]`."""

    kind: str
    args: tuple[Expr, ...] = ()
    name: str = ""


Expr = Ref | Lit | Apply | Form
Pattern = Local | tuple["Pattern", ...]


@frozen(eq=False)
class Assign:
    """`target = value`."""

    target: Pattern
    value: Expr
    origin: Origin | None = None


@frozen(eq=False)
class Move:
    """Assigns to all targets at once, after all values are known. A value None leaves its
    target unbound."""

    pairs: tuple[tuple[Local, Expr | None], ...]
    origin: Origin | None = None


@frozen(eq=False)
class Write:
    """A write in place: `args` are those of the bind, the first one being `base`."""

    bind: Bind
    base: Local
    args: tuple[Expr, ...]
    origin: Origin | None = None


@frozen(eq=False)
class Effect:
    """An expression for its effect."""

    value: Expr
    origin: Origin | None = None


@frozen(eq=False)
class Store:
    """`base[index] = value`."""

    base: Local
    index: Expr
    value: Expr
    origin: Origin | None = None


@frozen(eq=False)
class Branch:
    """`if`."""

    test: Expr
    then: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    origin: Origin | None = None


@frozen(eq=False)
class Loop:
    """`for target in value`, or `while value` where there is no target."""

    target: Pattern | None
    value: Expr
    body: tuple[Stmt, ...]
    origin: Origin | None = None


@frozen(eq=False)
class Except:
    """`except classes as error`. unbound: what the body would have given."""

    classes: tuple[Const, ...]
    error: Local | None
    unbound: tuple[Local, ...]
    body: tuple[Stmt, ...]


@frozen(eq=False)
class Guarded:
    """`try` with handlers, or `with manager` where there is one."""

    body: tuple[Stmt, ...]
    handlers: tuple[Except, ...]
    manager: Expr | None
    origin: Origin | None = None


@frozen(eq=False)
class Break:
    """`break`."""

    origin: Origin | None = None


@frozen(eq=False)
class Return:
    """`return`."""

    values: tuple[Expr, ...]
    origin: Origin | None = None


Stmt = Assign | Move | Write | Effect | Store | Branch | Loop | Guarded | Break | Return


@frozen(eq=False)
class Def:
    """A function of the page."""

    name: str
    params: tuple[tuple[Param, Local], ...]
    body: tuple[Stmt, ...]


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside one."""
    return expr.args if isinstance(expr, (Apply, Form)) else ()


def locals_in(expr: Expr | None) -> tuple[Local, ...]:
    """The variables that an expression reads, in order, with repetitions."""
    if expr is None:
        return ()
    if isinstance(expr, Ref):
        return (expr.local,)
    return tuple(local for child in children(expr) for local in locals_in(child))


def targets_in(pattern: Pattern | None) -> tuple[Local, ...]:
    """The variables that a pattern binds, in order."""
    if pattern is None:
        return ()
    if isinstance(pattern, Local):
        return (pattern,)
    return tuple(local for part in pattern for local in targets_in(part))


# -- walking


def expressions(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions of a statement itself, those of nested ones left out."""
    if isinstance(stmt, (Assign, Effect, Loop)):
        return (stmt.value,)
    if isinstance(stmt, Move):
        return tuple(v for _, v in stmt.pairs if v is not None)
    if isinstance(stmt, Write):
        return stmt.args
    if isinstance(stmt, Store):
        return (stmt.index, stmt.value)
    if isinstance(stmt, Branch):
        return (stmt.test,)
    if isinstance(stmt, Guarded):
        return () if stmt.manager is None else (stmt.manager,)
    return stmt.values if isinstance(stmt, Return) else ()


def bodies(stmt: Stmt) -> tuple[tuple[Stmt, ...], ...]:
    """The nested bodies of a statement."""
    if isinstance(stmt, Branch):
        return (stmt.then, stmt.orelse)
    if isinstance(stmt, Guarded):
        return (stmt.body, *(handler.body for handler in stmt.handlers))
    return (stmt.body,) if isinstance(stmt, Loop) else ()


def walk(body: tuple[Stmt, ...]) -> Iterator[Stmt]:
    """All statements, each before those inside it."""
    for stmt in body:
        yield stmt
        for inner in bodies(stmt):
            yield from walk(inner)


def bound_by(stmt: Stmt) -> tuple[Local, ...]:
    if isinstance(stmt, (Assign, Loop)):
        return targets_in(stmt.target)
    if isinstance(stmt, Move):
        return tuple(t for t, _ in stmt.pairs)
    if isinstance(stmt, Guarded):
        return tuple(h.error for h in stmt.handlers if h.error is not None)
    return ()


def raises(stmt: Stmt) -> bool:
    """Whether nothing runs after a statement."""
    value = stmt.value if isinstance(stmt, Effect) else None
    return isinstance(value, Apply) and value.bind.op.name == "raise"

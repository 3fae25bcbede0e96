"""Names that are handed on where they may be unbound.

Where a body raises, what it would have given stays unbound, and nobody reads it; but a branch may
hand it on under another name, which would be a read. Such names are None from the start:

    z = None
    try:
        z = math.log(x)
    except ValueError:
        ...
    z_2 = z

What is copied at the top of a function is read by the user, and raises as Python does.
Needs trees with names, and gives the same. Functions without a `try` are as they were.
"""

from __future__ import annotations

from s2sad.emit.tree import (
    Assign,
    Branch,
    Break,
    Effect,
    Guarded,
    Lit,
    Local,
    Loop,
    Ref,
    Return,
    Stmt,
    targets_in,
)
from s2sad.ir.data import Const, Origin
from s2sad.ir.types import Static

Names = dict[Local, str]
# The names that are bound for certain; None where the end isn't reached.
Bound = frozenset[str] | None


def with_none(body: tuple[Stmt, ...], names: Names, params: list[Local]) -> tuple[Stmt, ...]:
    """The statements, with None for what is copied where it may be unbound."""
    if not any(_has_try(s) for s in body):
        return body
    missing: dict[str, tuple[Local, Origin | None]] = {}
    bound: Bound = frozenset(names[p] for p in params)
    for stmt in body:
        if bound is not None:
            # At the top stands what the user reads: where that is unbound, Python raises.
            top = {} if isinstance(stmt, Assign) else missing
            bound = _stmt(stmt, bound, names, top)
    first = body[0].origin if body else None
    made = (Assign(v, Lit(Const(None, Static(None))), o or first) for v, o in missing.values())
    return (*made, *body)


def _has_try(stmt: Stmt) -> bool:
    if isinstance(stmt, Guarded):
        return bool(stmt.handlers) or any(map(_has_try, stmt.body))
    if isinstance(stmt, Branch):
        return any(map(_has_try, (*stmt.then, *stmt.orelse)))
    return isinstance(stmt, Loop) and any(map(_has_try, stmt.body))


Missing = dict[str, tuple[Local, Origin | None]]


def _block(body: tuple[Stmt, ...], bound: Bound, names: Names, missing: Missing) -> Bound:
    for stmt in body:
        if bound is None:
            return None
        bound = _stmt(stmt, bound, names, missing)
    return bound


def _stmt(stmt: Stmt, bound: frozenset[str], names: Names, missing: Missing) -> Bound:
    if isinstance(stmt, Assign):
        if isinstance(stmt.value, Ref) and names[stmt.value.local] not in bound:
            missing.setdefault(names[stmt.value.local], (stmt.value.local, None))
        return bound | {names[t] for t in targets_in(stmt.target)}
    if isinstance(stmt, Branch):
        return _met(
            _block(stmt.then, bound, names, missing), _block(stmt.orelse, bound, names, missing)
        )
    if isinstance(stmt, Loop):
        own = frozenset(names[t] for t in targets_in(stmt.target))
        _block(stmt.body, bound | own, names, missing)
        return bound
    if isinstance(stmt, Guarded):
        end = _block(stmt.body, bound, names, missing)
        for handler in stmt.handlers:
            caught = {names[handler.error]} if handler.error is not None else set()
            end = _met(end, _block(handler.body, bound | caught, names, missing))
        return end
    return None if isinstance(stmt, (Break, Return)) or _raises(stmt) else bound


def _raises(stmt: Stmt) -> bool:
    value = stmt.value if isinstance(stmt, Effect) else None
    bind = getattr(value, "bind", None)
    return bind is not None and bind.op.name == "raise"


def _met(one: Bound, other: Bound) -> Bound:
    if one is None or other is None:
        return other if one is None else one
    return one & other

"""What is written out wherever it is read, instead of being given a name.

Ranges, lengths and shapes cost nothing and, of arrays, never change. A list's length does
change, so it counts only where nothing in the function grows or shrinks the list.
"""

from __future__ import annotations

from s2sad.emit.alias import Aliases, Buffers, statements_in
from s2sad.ir import ops
from s2sad.ir.data import Bind, Const, Function, IndexStep, Var
from s2sad.ir.types import Num, Type

MEASURES = (".shape", ".size", ".ndim")


def cheap_binds(function: Function, aliases: Aliases) -> dict[Var, Bind]:
    """The bindings without a user's name that are repeated at each use."""
    resized: Buffers = frozenset()
    found: dict[Var, Bind] = {}
    for statement in statements_in(function.body):
        if isinstance(statement, Bind) and statement.op in (ops.APPEND, ops.POP):
            resized |= aliases.top_of(statement.args[0])
    for statement in statements_in(function.body):
        if isinstance(statement, Bind) and _is_cheap(statement, found, aliases, resized):
            found[statement.out] = statement
    return found


def _is_cheap(bind: Bind, found: dict[Var, Bind], aliases: Aliases, resized: Buffers) -> bool:
    if len(bind.outs) != 1 or bind.out.hint.isidentifier():
        return False
    if bind.op is ops.RANGE_OP:
        return all(_is_settled(a.type) for a in bind.args)
    if bind.op is ops.GETITEM:
        return bind.args[0] in found and _is_plain(bind)
    measures = bind.op.style == "attribute" and bind.op.name in MEASURES
    if bind.op is not ops.LEN and not measures:
        return False
    return not aliases.top_of(bind.args[0]) & resized


def _is_settled(kind: Type) -> bool:
    return isinstance(kind, Num) and kind.is_python


def _is_plain(bind: Bind) -> bool:
    (step,) = bind.path if len(bind.path) == 1 else (None,)
    return len(bind.args) == 1 and isinstance(step, IndexStep) and len(step.components) == 1


def is_constant(atom: object) -> bool:
    """Whether an atom is written out as it is."""
    return isinstance(atom, Const)

"""What is written out wherever it is read, instead of being given a name.

Ranges, lengths and shapes cost nothing and, of arrays, never change. A list's length does
change, so it counts only where nothing in the function grows or shrinks the list.
"""

from __future__ import annotations

from collections.abc import Callable

from s2sad.emit.alias import Aliases, Buffers, statements_in
from s2sad.ir import ops
from s2sad.ir.data import Bind, Function, IndexStep, Var
from s2sad.ir.types import Num, Type
from s2sad.ir.walk import all_defined, unique

COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
MEASURES = (".shape", ".size", ".ndim")


def cheap_binds(
    function: Function, aliases: Aliases, root: Callable[[Var], Var]
) -> dict[Var, Bind]:
    """The bindings without a user's name that are repeated at each use. `root` gives one
    variable for all those that are one on the page."""
    lasting = _lasting(function, root)
    resized: Buffers = frozenset()
    found: dict[Var, Bind] = {}
    for statement in statements_in(function.body):
        if isinstance(statement, Bind) and statement.op in (ops.APPEND, ops.POP):
            resized |= aliases.top_of(statement.args[0])
    for statement in statements_in(function.body):
        if isinstance(statement, Bind) and _is_cheap(statement, found, aliases, resized):
            if not all(a in lasting or a in found for a in unique(statement.args)):
                continue
            found[statement.out] = statement
    return found


def _lasting(function: Function, root: Callable[[Var], Var]) -> set[Var]:
    """The variables whose name is that of nothing else, so that reading them late costs no
    other variable its name."""
    variables = [*(p.var for p in function.params), *all_defined(function.body)]
    owners: dict[str, list[Var]] = {}
    for var in variables:
        found = owners.setdefault(var.hint, [])
        if root(var) not in found:
            found.append(root(var))
    return {v for v in variables if len(owners[v.hint]) == 1 and v.hint.isidentifier()}


def _is_cheap(bind: Bind, found: dict[Var, Bind], aliases: Aliases, resized: Buffers) -> bool:
    if len(bind.outs) != 1 or bind.out.hint.isidentifier():
        return False
    if bind.op is ops.RANGE_OP:
        return all(_is_settled(a.type) for a in bind.args)
    if bind.op.style == "operator" and bind.op.name in COMPARISONS:
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

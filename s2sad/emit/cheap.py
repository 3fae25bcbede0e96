"""What is written out wherever it is read, instead of being given a name.

Ranges, lengths, shapes and sums of indices cost nothing and, of arrays, never change. A list's
length does change, so it counts only where nothing in the function grows or shrinks the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from s2sad.emit.alias import Aliases, Buffers
from s2sad.ir import ops
from s2sad.ir.data import Bind, For, Function, IndexStep, Statement, Var
from s2sad.ir.types import Num, Type
from s2sad.ir.walk import all_defined, all_statements, unique

ARITHMETIC = ("add", "sub", "mul", "floordiv", "neg")
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
    for statement in all_statements(function.body):
        if isinstance(statement, Bind) and statement.op in (ops.APPEND, ops.POP):
            resized |= aliases.top_of(statement.args[0])
    for statement in all_statements(function.body):
        if isinstance(statement, Bind) and _is_cheap(statement, found, aliases, resized):
            if not all(a in lasting or a in found for a in unique(statement.args)):
                continue
            found[statement.out] = statement
    return found


def _lasting(function: Function, root: Callable[[Var], Var]) -> set[Var]:
    """The variables whose name is that of nothing else, so that reading them late costs no
    other variable its name."""
    variables = [*(p.var for p in function.params), *all_defined(function.body)]
    alone = {v for loop in all_statements(function.body) for v in _elements(loop)}
    owners: dict[str, set[Var]] = {}
    for var in variables:
        owners.setdefault(var.hint, set()).add(root(var))
    single = {v for v in variables if len(owners[v.hint]) == 1}
    return {v for v in variables if v.hint.isidentifier() and (v in single or v in alone)}


def _elements(loop: Statement) -> Iterator[Var]:
    """The elements that a loop binds and whose names nothing in its body takes."""
    if isinstance(loop, For):
        hints = Counter(v.hint for v in all_defined(loop.body))
        yield from (v for v in loop.body.params[len(loop.inits) :] if hints[v.hint] == 1)


def _is_cheap(bind: Bind, found: dict[Var, Bind], aliases: Aliases, resized: Buffers) -> bool:
    if len(bind.outs) != 1 or bind.out.hint.isidentifier():
        return False
    if bind.op is ops.RANGE_OP:
        return all(_is_settled(a.type) for a in bind.args)
    if bind.op.style == "operator" and bind.op.name in COMPARISONS:
        return all(_is_settled(a.type) for a in bind.args)
    if bind.op.style == "operator" and bind.op.name in ARITHMETIC:
        return all(_is_integer(a.type) for a in bind.args) and _is_flat(bind, found)
    if bind.op is ops.GETITEM:
        return bind.args[0] in found and _is_plain(bind)
    measures = bind.op.style == "attribute" and bind.op.name in MEASURES
    if bind.op is not ops.LEN and not measures:
        return False
    return not aliases.top_of(bind.args[0]) & resized


def _is_settled(kind: Type) -> bool:
    return isinstance(kind, Num) and kind.is_python


def _is_integer(kind: Type) -> bool:
    return isinstance(kind, Num) and kind.is_python and kind.dtype == "int64"


def _is_flat(bind: Bind, found: dict[Var, Bind]) -> bool:
    """Whether an index is not longer than `i + j + 1`."""
    inner = [found[a] for a in unique(bind.args) if a in found]
    return all(b.op is ops.LEN or not any(a in found for a in unique(b.args)) for b in inner)


def _is_plain(bind: Bind) -> bool:
    (step,) = bind.path if len(bind.path) == 1 else (None,)
    return len(bind.args) == 1 and isinstance(step, IndexStep) and len(step.components) == 1

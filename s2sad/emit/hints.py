"""Names for values that nobody named.

`christened` gives the gradients that a function returns the names of their parameters;
`suggestions` gives every other nameless variable `<target>_<operation>`, after what reads it:
the target of the statement that it goes into. A suggestion is used only if the variable is
printed at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from s2sad.emit.alias import is_write
from s2sad.emit.questions import readers
from s2sad.ir import ops
from s2sad.ir.data import Atom, Bind, For, Function, Statement, Var, ViewStep, While
from s2sad.ir.types import Lst, Num, Type, is_continuous
from s2sad.ir.walk import all_blocks, all_defined, all_statements, defined, rename

Readers = dict[Var, list[Statement | None]]
DEPTH = 8
LONGEST = 28
RULE_NAMES = re.compile(r"x\d?_(bar|partial)(\..*)?")


# -- gradients


def christened(function: Function, primal: Function) -> Function:
    """The function with `<parameter>_bar` for the nameless gradients that it returns, after the
    parameters of the primal (or of another function that has them)."""
    display = _last_tuple(function)
    if display is None:
        return function
    names = dict(_gradient_names(function, primal, display))
    if not names:
        return function

    def change(var: Var) -> Var:
        return replace(var, hint=names[var]) if var in names else var

    made: dict[Var, Var] = {}
    body = rename(function.body, lambda v: made.setdefault(v, change(v)))
    return replace(function, body=body)


def _last_tuple(function: Function) -> Bind | None:
    """The display of the gradients: what the function returns last."""
    values = function.body.terminator.values
    seeded = any(p.var.hint.endswith("_bar") for p in function.params)
    for statement in function.body.statements if seeded and values else ():
        if isinstance(statement, Bind) and statement.outs == values[-1:]:
            return statement if statement.op is ops.TUPLE else None
    return None


def _gradient_names(
    function: Function, primal: Function, display: Bind
) -> Iterator[tuple[Var, str]]:
    """Each nameless item is the gradient of a parameter behind that of the item before."""
    params = [p.var for p in primal.params if p.kind == "positional"]
    taken = {a.hint for a in display.args if isinstance(a, Var)}
    free = [p for p in params if f"{p.hint}_bar" not in taken and is_continuous(p.type)]
    made = {v for s in function.body.statements for v in defined(s)}
    last = -1
    for item in display.args:
        if not isinstance(item, Var) or item.hint.isidentifier() or item not in made:
            last = _position(params, item, last)
            continue
        behind = [p for p in free if params.index(p) > last]
        alike = [p for p in behind if _rank(p.type) == _rank(item.type)] or behind
        if alike:
            free.remove(alike[0])
            last = params.index(alike[0])
            yield item, f"{alike[0].hint}_bar"


def _position(params: list[Var], item: Atom, last: int) -> int:
    hint = item.hint.removesuffix("_bar") if isinstance(item, Var) else ""
    return next((k for k, p in enumerate(params) if p.hint == hint), last)


def _rank(kind: Type) -> int | None:
    return len(kind.shape) if isinstance(kind, Num) and kind.shape is not None else None


# -- everything else


def suggestions(function: Function) -> dict[Var, str]:
    """Names for the variables without a good one."""
    found = readers(function.body)
    makers = {v: s for s in all_statements(function.body) for v in defined(s)}
    given = given_names(function)
    names: dict[Var, str] = {}
    for block in all_blocks(function.body):
        here = [*block.params, *(v for s in block.statements for v in defined(s))]
        for var in here:
            if is_poor(var.hint, given):
                name = _name(var, makers.get(var), found, given)
                if name:
                    names[var] = name
    for loop in reversed(list(all_statements(function.body))):
        if isinstance(loop, (For, While)):
            names.update(_tapes(loop, names))
    for loop in all_statements(function.body):
        if isinstance(loop, For):
            names.update(_popped(loop, names))
    return names


def given_names(function: Function) -> set[str]:
    """The names that the user or a rule gave."""
    params = {p.var.hint for p in function.params}
    return params | {v.hint for v in all_defined(function.body)}


def is_poor(hint: str, given: set[str]) -> bool:
    """Whether a hint says nothing: of a temporary without a target, or of a rule's parameter."""
    if not hint or hint.startswith((".", "value_tape")):
        return True
    return bool(RULE_NAMES.fullmatch(hint)) and hint.partition("_")[0] not in given


def _tapes(loop: For | While, names: dict[Var, str]) -> Iterator[tuple[Var, str]]:
    values = loop.body.terminator.values[len(loop.inits) :]
    for kept, value in zip(loop.ys, values, strict=True):
        if kept.hint.startswith("value_tape") and isinstance(value, Var) and value in names:
            yield kept, f"{names[value].removesuffix('_tape')}_tape"


def _popped(loop: For, names: dict[Var, str]) -> Iterator[tuple[Var, str]]:
    """What comes from a tape is named as what went onto it."""
    for x, param in zip(loop.xs, loop.body.params[len(loop.inits) :], strict=True):
        if isinstance(x, Var) and x in names and names[x].endswith("_tape"):
            if param.hint.startswith("value_tape"):
                yield param, names[x]
            elif not param.hint:
                yield param, names[x].removesuffix("_tape")


def _name(
    var: Var,
    maker: Statement | None,
    found: Readers,
    given: set[str],
) -> str:
    role, target = _role(var, found, given, 0)
    if isinstance(maker, Bind) and maker.op is ops.GETITEM and isinstance(maker.args[0], Var):
        target = _short(maker.args[0].hint) or target
    if role:
        return role
    if not target:
        return ""
    suffix = _operation(var, maker)
    if suffix.endswith("_bar"):
        target = target.removesuffix("_bar")
    elif _is_reverse(maker) and suffix != "item" and not var.hint and not target.endswith("_bar"):
        target += "_bar"
    name = f"{target}_{suffix}" if suffix else target
    return name if len(name) <= LONGEST else target


def _is_reverse(maker: Statement | None) -> bool:
    origin = maker.origin if maker is not None else None
    return origin is not None and origin.sweep == "reverse"


def _operation(var: Var, maker: Statement | None) -> str:
    if var.hint.startswith(".") and not var.hint.startswith(".append"):
        return var.hint[1:].replace(".", "_")
    if not isinstance(maker, Bind):
        return "tape" if isinstance(var.type, Lst) else "item"
    view = maker.path[-1] if maker.path and maker.op is ops.GETITEM else None
    if isinstance(view, ViewStep):
        return view.op.name.split(".")[-1]
    return {"getitem": "item"}.get(maker.op.name, maker.op.name.split(".")[-1])


def _role(var: Var, found: Readers, given: set[str], depth: int) -> tuple[str, str]:
    """A name by what the value is for, or the target of the statement that it goes into."""
    if isinstance(var.type, Num) and var.type.dtype == "bool" and not var.type.may_be_array:
        return "test", ""
    for reader in found.get(var, ()):
        if isinstance(reader, For) and any(x is var for x in reader.xs):
            return _sequence(var.type), ""
        if isinstance(reader, Bind):
            target = _target(var, reader, found, given, depth)
            if target[0] or target[1]:
                return target
    return "", ""


def _sequence(kind: Type) -> str:
    return "positions" if str(kind) == "range" else "items"


def _target(var: Var, reader: Bind, found: Readers, given: set[str], depth: int) -> tuple[str, str]:
    if is_write(reader):
        base = reader.args[0]
        used = len(reader.args) > 1 and reader.args[1] is var
        if not used and is_index(var.type):
            return "index", ""
        return "", _short(base.hint) if isinstance(base, Var) else ""
    if reader.op is ops.GETITEM and reader.args[0] is not var and is_index(var.type):
        return "index", ""
    if not reader.outs:
        return "", ""
    out = reader.outs[0]
    if is_poor(out.hint, given) and depth < DEPTH:
        return "", _role(out, found, given, depth + 1)[1]
    return "", _short(out.hint)


def is_index(kind: Type) -> bool:
    """Whether a value is a Python integer."""
    return isinstance(kind, Num) and kind.is_python and kind.dtype == "int64"


def _short(hint: str) -> str:
    bar = hint.endswith(("_bar", ".bar"))
    base = hint.replace(".", "_") if bar else hint.partition(".")[0]
    base = base.removesuffix("_scale").removesuffix("_tape")
    return base if base.isidentifier() and base != "_" else ""

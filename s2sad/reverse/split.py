"""From the joint gradient to a pair: the forward sweep alone, and the reverse sweep alone.

The forward function returns the value and whatever the reverse sweep reads of it; the reverse
function takes that and the seed. It owns nothing, so it can be called again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from s2sad.frontend.library import operation
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    For,
    Function,
    If,
    Param,
    Statement,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import LIST
from s2sad.ir.types import INT, Lst, Num, Static
from s2sad.ir.walk import clone, defined, free_variables, statement_reads


def split(function: Function) -> tuple[Function, Function]:
    """Two functions, `<name>_forward` and `<name>_reverse`."""
    out, grads = function.body.terminator.values
    body = function.body.statements
    first_part = _forward_part(body, out)
    forward = tuple(s for s in body if s in first_part)
    backward = tuple(s for s in body if s not in first_part)
    seed = next(p for p in function.params if p.var.hint == "out_bar")
    back_block = Block((), backward, Yield((grads,)))
    saved = tuple(v for v in free_variables(back_block) if v is not seed.var)
    name = function.name.removesuffix("_adjoint")
    first = Function(
        f"{name}_forward", tuple(p for p in function.params if p is not seed),
        Block((), with_defaults(forward, set(saved)), Yield((out, *saved))), function.source,
    )
    return first, _reverse_function(name, back_block, saved, seed, function)


def _forward_part(statements: tuple[Statement, ...], out: Atom) -> dict[Statement, None]:
    """The statements of the primal, and all that the value needs: where the primal is itself a
    gradient, that is a reverse sweep, too. The tuple of gradients may have no origin."""
    needed = {out: None}
    found: dict[Statement, None] = {}
    for statement in reversed(statements):
        wanted = any(v in needed for v in defined(statement))
        last = statement is statements[-1] and not wanted
        if wanted or not (_is_reverse(statement) or last):
            found[statement] = None
            needed |= dict.fromkeys(statement_reads(statement))
    return found


def _is_reverse(statement: object) -> bool:
    origin = getattr(statement, "origin", None)
    return origin is not None and origin.sweep == "reverse"


def _reverse_function(
    name: str, block: Block, saved: tuple[Var, ...], seed: Param, function: Function
) -> Function:
    fresh = {v: Var(n, v.type, v.origin) for v, n in _names((*saved, seed.var)).items()}
    body, _ = clone(block, fresh)
    params = (
        *(Param(fresh[v]) for v in saved),
        Param(fresh[seed.var], "positional", None),
    )
    return Function(f"{name}_reverse", params, body, function.source)


def _names(variables: tuple[Var, ...]) -> dict[Var, str]:
    """One parameter name for each saved value."""
    names: dict[Var, str] = {}
    for variable in reversed(variables):
        base = variable.hint.replace(".", "_").strip("_") or "saved"
        base = base if base.isidentifier() else "saved"
        name, number = base, 1
        while name in names.values():
            number += 1
            name = f"{base}_{number}"
        names[variable] = name
    return names


def with_defaults(statements: tuple[Statement, ...], wanted: set[Var]) -> tuple[Statement, ...]:
    """The statements with a value for each of `wanted` on every path: what is saved of an arm
    that wasn't taken is never looked at, but it must be something."""
    result: list[Statement] = []
    for statement in statements:
        if isinstance(statement, If):
            result.append(_if_with_defaults(statement, wanted))
        elif isinstance(statement, For | While):
            result += _loop_with_defaults(statement, wanted)
        else:
            result.append(statement)
    return tuple(result)


def _if_with_defaults(node: If, wanted: set[Var]) -> If:
    then, orelse = (_arm_with_defaults(node, arm, wanted) for arm in (node.then, node.orelse))
    return replace(node, then=then, orelse=orelse)


def _arm_with_defaults(node: If, arm: Block, wanted: set[Var]) -> Block:
    if not isinstance(arm.terminator, Yield):
        return arm
    made: list[Statement] = []
    inner = set(wanted)
    values: list[Atom] = []
    for out, value in zip(node.outs, arm.terminator.values, strict=True):
        if out in wanted and isinstance(value, Undefined):
            value = _default(out, made)
        elif out in wanted and isinstance(value, Var):
            inner.add(value)
        values.append(value)
    body = with_defaults(arm.statements, inner)
    return replace(arm, statements=(*body, *made), terminator=Yield(tuple(values)))


def _loop_with_defaults(loop: For | While, wanted: set[Var]) -> list[Statement]:
    made: list[Statement] = []
    inits = tuple(
        _default(out, made) if out in wanted and isinstance(init, Undefined) else init
        for out, init in zip(loop.outs, loop.inits, strict=True)
    )
    return [*made, replace(loop, inits=inits)]


def _default(out: Var, made: list[Statement]) -> Atom:
    """Something of the kind of a value, for where it isn't computed."""
    kind = out.type
    if isinstance(kind, Lst):
        empty = Var(out.hint, kind, out.origin)
        made.append(Bind((empty,), LIST, (), (), (), out.origin))
        return empty
    if isinstance(kind, Num) and not kind.may_be_array:
        return Const(0.0, kind) if kind.is_continuous else Const(0, kind)
    if isinstance(kind, Num):
        blank = Var(out.hint, kind, out.origin)
        made.append(Bind((blank,), operation(np.zeros), (Const(0, INT),), (), (), out.origin))
        return blank
    return Const(None, Static(None))

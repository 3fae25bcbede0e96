"""Forward mode: from the primal's IR to one function that carries a tangent beside each value.

The statements stay where they are; each is followed by that of its tangent. Loops carry tangents
in slots of their own, branches hand them out beside their values, writes in place write them at
the same place. A tangent is absent (a symbolic zero), an atom, or a `Struct` by part; as in
reverse mode it may be a broadcast not yet made, and it is made real where it is stored, carried
or returned: the algebra of cotangents serves for tangents as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from s2sad.analysis.infer import type_of
from s2sad.errors import UnsupportedError
from s2sad.forward.apply import tangent_of_library
from s2sad.forward.calls import tangent_of_call
from s2sad.forward.scope import Scope, carried, child, dot_hint, new_scope, tangent
from s2sad.frontend.rules import at_origin
from s2sad.ir.data import (
    Atom,
    AttributeStep,
    Bind,
    Block,
    Exit,
    For,
    Function,
    If,
    IndexStep,
    Param,
    Statement,
    Try,
    Undefined,
    Var,
    ViewStep,
    While,
    Yield,
)
from s2sad.ir.ops import GETITEM
from s2sad.ir.types import Dct, Lst, Num, Obj, Tup, is_continuous
from s2sad.ir.walk import map_blocks, refreshed, rename
from s2sad.origins import Origin
from s2sad.request import added_name
from s2sad.reverse.activity import passes
from s2sad.reverse.cotangents import Struct, split, whole, zero_like
from s2sad.reverse.levels import add
from s2sad.reverse.operations import ZERO, bar
from s2sad.reverse.pairs import Pairs
from s2sad.reverse.shapes import projected


def forward(
    function: Function, wrt: tuple[Var, ...], pairs: Pairs, part: Atom | None = None
) -> Function:
    """The function of the primal's parameters and one tangent for each of `wrt` (keyword-only
    parameters `<name>_dot`) that returns `(out, out_dot)`. part: what out_dot is the tangent of,
    where only a part of the result is differentiated."""
    scope = new_scope(function, wrt, pairs)
    taken = [p.var.hint for p in function.params]
    dots = tuple(Var(added_name(f"{v.hint}_dot", taken), v.type, v.origin) for v in wrt)
    scope.cotangents.update(zip(wrt, dots, strict=True))
    _statements(scope, function.body)
    if scope.sweep.refused:
        raise UnsupportedError(tuple(dict.fromkeys(scope.sweep.refused)))
    (out,) = function.body.terminator.values
    result = _result(scope, out if part is None else part)
    body = Block((), tuple(scope.statements), Yield((out, result)))
    body = rename(body, _tangent_names(scope))
    params = (*function.params, *(Param(dot, "keyword") for dot in dots))
    return Function(f"{function.name}_tangent", params, body, function.source)


def _result(scope: Scope, out: Atom) -> Atom:
    if not isinstance(out, Var):
        return zero_of_constant(out)
    made = whole(scope, out, scope.cotangents.get(out))
    return projected(scope, made, out.type, exact=True) if isinstance(out.type, Num) else made


def zero_of_constant(out: Atom) -> Atom:
    """The tangent of a constant result."""
    return ZERO if not isinstance(out, Undefined) else out


def _tangent_names(scope: Scope) -> Callable[[Var], Var]:
    """What the algebra of cotangents calls a bar is a dot here."""
    made: dict[Var, Var] = {}

    def renamed(variable: Var) -> Var:
        if variable in scope.sweep.primal or "bar" not in variable.hint:
            return variable
        if variable not in made:
            made[variable] = replace(variable, hint=dot_hint(variable.hint))
        return made[variable]

    return renamed


# -- statements


def _statements(scope: Scope, block: Block) -> None:
    for statement in block.statements:
        scope.origin = statement.origin or scope.origin
        try:
            _statement(scope, statement)
        except UnsupportedError as error:
            scope.sweep.refused += error.diagnostics


def _statement(scope: Scope, statement: Statement) -> None:
    if isinstance(statement, Bind):
        _bind(scope, statement)
    elif isinstance(statement, If | Try):
        _arms(scope, statement)
    elif isinstance(statement, For | While):
        _loop(scope, statement)
    else:
        tangent_of_call(scope, statement, _with_tangents)


def _with_tangents(callee: Function, moving: tuple[int, ...], name: str, pairs: Pairs) -> Function:
    """A function of the page with tangents: those of the arguments `moving` behind the parameters,
    those of all continuous results behind the results."""
    callee = refreshed(callee)
    wrt = tuple(callee.params[j].var for j in moving)
    scope = new_scope(callee, wrt, pairs)
    dots = tuple(Var(f"{v.hint}_dot", v.type, v.origin) for v in wrt)
    scope.cotangents.update(zip(wrt, dots, strict=True))
    _statements(scope, callee.body)
    if scope.sweep.refused:
        raise UnsupportedError(tuple(dict.fromkeys(scope.sweep.refused)))
    results = callee.body.terminator.values
    made = tuple(carried(scope, r) for r in results if is_continuous(type_of(r)))
    body = Block((), tuple(scope.statements), Yield((*results, *made)))
    body = rename(body, _tangent_names(scope))
    passed = (replace(callee.params[j], var=dot) for j, dot in zip(moving, dots, strict=True))
    return Function(name, (*callee.params, *passed), body, callee.source)


def _bind(scope: Scope, statement: Bind) -> None:
    scope.statements.append(statement)
    if not any(out in scope.sweep.active for out in statement.outs) or not passes(statement):
        return
    first = len(scope.statements)
    handler = _STRUCTURAL.get(statement.op.name, _library)
    handler(scope, statement)
    if statement.origin is not None:
        made = Block((), tuple(scope.statements[first:]), Yield(()))
        scope.statements[first:] = at_origin(made, _beside(statement.origin))


def _library(scope: Scope, statement: Bind) -> None:
    tangent_of_library(scope, statement, _statements)


def _beside(origin: Origin) -> Origin:
    """Where the tangent of a statement belongs: beside a forward one, and in the reverse sweep
    (where the primal is itself a gradient) to the same statement."""
    return replace(origin, sweep="tangent") if origin.sweep == "forward" else origin


# -- structural operations


def _getitem(scope: Scope, statement: Bind) -> None:
    base, step = statement.args[0], statement.path[0]
    assert isinstance(base, Var)
    dot = scope.cotangents.get(base)
    if isinstance(dot, Struct) and isinstance(base.type, (Tup, Dct, Obj)):
        dot = _part(scope, statement, base, dot)
        if len(statement.path) == 1:
            scope.cotangents.update({} if dot is None else {statement.out: dot})
            return
        dot = whole(scope, base, scope.cotangents[base])
    if isinstance(step, ViewStep) and len(statement.path) == 1 and isinstance(base.type, Num):
        _view(scope, statement)
        return
    if dot is None:
        return
    made = whole(scope, base, dot)
    _set(scope, statement.out, add(scope, GETITEM, (made, *statement.args[1:]), statement.out.type,
                                   bar(statement.out), (), statement.path))  # fmt: skip


def _view(scope: Scope, statement: Bind) -> None:
    """A view of the array is the same view of its tangent: views are linear."""
    base = statement.args[0]
    dot = tangent(scope, base)
    if dot is None:
        return
    kind = statement.out.type
    args = (dot, *statement.args[1:])
    _set(scope, statement.out,
         add(scope, GETITEM, args, kind, bar(statement.out), (), statement.path))  # fmt: skip


def _part(scope: Scope, statement: Bind, base: Var, dot: Struct) -> Any:
    step = statement.path[0]
    key: Any = step.name if isinstance(step, AttributeStep) else None
    if isinstance(step, IndexStep):
        key = step.components[0]
    if isinstance(key, int) and isinstance(base.type, Tup):
        key %= len(base.type.items)
    return split(scope, base, dot).parts.get(key)


def _write(scope: Scope, statement: Bind) -> None:
    """`u1 = setitem(u0, p, v)`: the tangent is written at the same place; so is `+=`."""
    base, value, *holes = statement.args
    assert isinstance(base, Var)
    old, new = scope.cotangents.get(base), tangent(scope, value)
    if new is None and statement.op.name != "setitem":
        _set(scope, statement.out, old)
        return
    # The older version of the buffer is gone: the shape of what it has become is asked for.
    buffer = whole(scope, statement.out if old is None else base, old)
    if isinstance(base.type, Num):
        buffer = projected(scope, buffer, base.type, exact=True)
    if new is None:
        new = _zero(scope, statement, value)
    args = (buffer, new, *holes)
    out = add(scope, statement.op, args, statement.out.type, bar(statement.out),
              statement.static, statement.path)  # fmt: skip
    _set(scope, statement.out, out)


def _zero(scope: Scope, statement: Bind, value: Atom) -> Atom:
    """What is written to a tangent where a value without one is written: 0.0 broadcasts, but a
    list or an object needs its own structure."""
    if isinstance(statement.out.type, Num) or not isinstance(value, Var):
        return ZERO
    made = zero_like(scope, value)
    assert not isinstance(made, Struct)
    return made


def _display(scope: Scope, statement: Bind) -> None:
    """A tuple, list, dict or object: each part has its part of the tangent."""
    kind = statement.out.type
    keys = [k for k, _ in kind.items] if isinstance(kind, (Dct, Obj)) else None
    parts = {}
    for position, item in enumerate(statement.args):
        dot = tangent(scope, item)
        if dot is not None:
            parts[position if keys is None else keys[position]] = dot
    if isinstance(kind, Lst):
        made = tuple(carried(scope, item) for item in statement.args)
        _set(scope, statement.out, add(scope, statement.op, made, kind, bar(statement.out)))
        return
    _set(scope, statement.out, Struct(parts))


def _rebuilt(scope: Scope, statement: Bind) -> None:
    """An object of the class of its first argument: a display of the others."""
    _display(scope, replace(statement, args=statement.args[1:]))


def _append(scope: Scope, statement: Bind) -> None:
    items, item = statement.args
    args = (carried(scope, items), carried(scope, item))
    out = add(scope, statement.op, args, statement.out.type, bar(statement.out))
    _set(scope, statement.out, out)


def _pop(scope: Scope, statement: Bind) -> None:
    rest, item = (replace(v, hint=bar(v)) for v in statement.outs)
    made = Bind((rest, item), statement.op, (carried(scope, statement.args[0]),), (), (),
                scope.origin)  # fmt: skip
    scope.statements.append(made)
    for out, dot in zip(statement.outs, (rest, item), strict=True):
        _set(scope, out, dot)


def _select(scope: Scope, statement: Bind) -> None:
    test, then, orelse = statement.args
    args = (test, carried(scope, then), carried(scope, orelse))
    out = statement.out
    _set(scope, out, add(scope, statement.op, args, out.type, bar(out)))


def _copy(scope: Scope, statement: Bind) -> None:
    _set(scope, statement.out, scope.cotangents.get(statement.args[0]))  # type: ignore[arg-type]


def _set(scope: Scope, out: Var, dot: Any) -> None:
    if dot is not None and out in scope.sweep.active:
        scope.cotangents[out] = dot


_STRUCTURAL: dict[str, Any] = {
    "getitem": _getitem,
    "setitem": _write,
    "additem": _write,
    "scatter_add": _write,
    "tuple": _display,
    "list": _display,
    "dict": _display,
    "construct": _display,
    "rebuilt": _rebuilt,
    "append": _append,
    "pop": _pop,
    "copy": _copy,
    "select": _select,
}


# -- control flow


def _arms(scope: Scope, node: If | Try) -> None:
    """A statement of which one block is run: each hands out tangents beside its values."""
    active = [k for k, out in enumerate(node.outs) if out in scope.sweep.active]
    dots = _dots_of(node.outs, active)
    made = map_blocks(node, lambda arm: _arm(scope, arm, active))
    scope.statements.append(replace(made, outs=(*node.outs, *dots)))
    scope.cotangents.update(zip((node.outs[k] for k in active), dots, strict=True))


def _arm(scope: Scope, arm: Block, active: list[int]) -> Block:
    inner = child(scope)
    _statements(inner, arm)
    end = arm.terminator
    if isinstance(end, Exit):
        extended: Yield | Exit = _leaving(inner, end)
    else:
        extended = Yield((*end.values, *(carried(inner, end.values[k]) for k in active)))
    return replace(arm, statements=tuple(inner.statements), terminator=extended)


def _leaving(scope: Scope, end: Exit) -> Exit:
    """An exit hands out the tangents that its loop does."""
    dots = (carried(scope, end.values[k]) for k in scope.leaving_with)
    return replace(end, values=_interleaved(end.values, tuple(dots), scope))


def _interleaved(
    values: tuple[Atom, ...], dots: tuple[Atom, ...], scope: Scope
) -> tuple[Atom, ...]:
    """The slots, their tangents, what is kept by position, and its tangents."""
    slots = scope.slots
    count = sum(k < slots for k in scope.leaving_with)
    return (*values[:slots], *dots[:count], *values[slots:], *dots[count:])


def _dots_of(outs: tuple[Var, ...], active: list[int]) -> tuple[Var, ...]:
    return tuple(replace(outs[k], hint=bar(outs[k])) for k in active)


def _loop(scope: Scope, loop: For | While) -> None:
    everything = (*loop.outs, *loop.ys)
    slots = len(loop.inits)
    params = loop.body.params
    active = scope.sweep.active
    wanted = [k for k, out in enumerate(everything)
              if out in active or (k < slots and params[k] in active)]  # fmt: skip
    carrying = [k for k in wanted if k < slots]
    inits = tuple(carried(scope, loop.inits[k]) for k in carrying)
    read = [k for k in range(slots, len(params)) if params[k] in active]
    xs = loop.xs if isinstance(loop, For) else ()
    sources = tuple(carried(scope, xs[k - slots]) for k in read)
    dots = {k: replace(params[k], hint=bar(params[k])) for k in (*carrying, *read)}
    body = _body(scope, loop, wanted, dots)
    outs = _dots_of(everything, wanted)
    made = replace(
        loop,
        outs=(*loop.outs, *outs[: len(carrying)]),
        ys=(*loop.ys, *outs[len(carrying) :]),
        inits=(*loop.inits, *inits),
        body=body,
    )
    if isinstance(made, For):
        made = replace(made, xs=(*made.xs, *sources))
    else:
        made = replace(made, cond=_condition(made.cond, carrying))
    scope.statements.append(made)
    scope.cotangents.update(zip((everything[k] for k in wanted), outs, strict=True))


def _body(scope: Scope, loop: For | While, wanted: list[int], dots: dict[int, Var]) -> Block:
    inner = child(scope)
    inner.leaving_with, inner.slots = tuple(wanted), len(loop.inits)
    body, slots = loop.body, len(loop.inits)
    inner.cotangents.update({body.params[k]: dot for k, dot in dots.items()})
    _statements(inner, body)
    first = [dots[k] for k in dots if k < slots]
    rest = [dots[k] for k in dots if k >= slots]
    params = (*body.params[:slots], *first, *body.params[slots:], *rest)
    end = body.terminator
    extended: Yield | Exit
    if isinstance(end, Exit):
        extended = _leaving(inner, end)
    else:
        made = tuple(carried(inner, end.values[k]) for k in wanted)
        extended = Yield(_interleaved(end.values, made, inner))
    return Block(params, tuple(inner.statements), extended)


def _condition(cond: Block, carrying: list[int]) -> Block:
    """The test of a `while` has the slots of its body as parameters, and reads no tangent."""
    unused = tuple(replace(cond.params[k], hint=bar(cond.params[k])) for k in carrying)
    return replace(cond, params=(*cond.params, *unused))

"""Reverse mode: from the primal's IR to one function with a forward and a reverse sweep.

One recursion over the blocks, statements last to first. An operation gives its rule's
statements; an `if` is reversed on the same test; a loop becomes a loop in the opposite
direction that carries cotangents, and the primal's buffers from after to before.
Before a statement that overwrites something, what it destroys is read, and the reverse sweep
writes it back; dead code removes what nobody reads.

What is kept is decided here only as far as legality goes; `storage` improves on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.distinct import selects_once
from s2sad.analysis.indexing import is_basic, path_type, view_args
from s2sad.analysis.infer import type_of
from s2sad.analysis.versions import CONSUMING, versions, written_by
from s2sad.errors import Diagnostic, InternalError, UnsupportedError
from s2sad.frontend.library import operation
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    IndexStep,
    Param,
    Path,
    Statement,
    Try,
    Undefined,
    Var,
    ViewStep,
    While,
    Yield,
)
from s2sad.ir.ops import (
    ADDITEM,
    APPEND,
    GETITEM,
    OPERATORS,
    POP,
    SCATTER_ADD,
    SELECT,
    SETITEM,
    TUPLE,
)
from s2sad.ir.types import (
    FLOAT,
    Dct,
    Lst,
    Num,
    Obj,
    Opaque,
    Saved,
    Static,
    Tup,
    Type,
    is_continuous,
)
from s2sad.ir.walk import all_defined, all_statements, blocks, defined
from s2sad.reverse.activity import passes, useful_in, varied_in
from s2sad.reverse.apply import reverse_library
from s2sad.reverse.branches import reverse_if, reverse_try
from s2sad.reverse.cotangents import (
    ADDED,
    ZERO,
    Struct,
    bar,
    call,
    contribute,
    fitted,
    library,
    projected,
    split,
    stretched,
    total,
    whole,
    zero_like,
)
from s2sad.reverse.guard import masked_in
from s2sad.reverse.levels import Level, Sweep, add, locals_of, need
from s2sad.reverse.loops import reverse_loop
from s2sad.reverse.pairs import Pairs, reverse_call, undo_copy
from s2sad.reverse.places import unflattened
from s2sad.rules.views import goes_through_flat, is_flat, is_read_only, sign_of
from s2sad.transform.rebinding import is_whole


def reverse(
    function: Function,
    wrt: tuple[Var, ...],
    *,
    value: bool = True,
    seed: Type = FLOAT,
    pairs: Pairs | None = None,
) -> Function:
    """The function that returns the value (if asked for) and the cotangents of `wrt`.

    seed: the type of the cotangent of the result, a keyword parameter of the new function.
    Its body yields `(out, bars)` or `(bars,)`, bars being a tuple in the order of `wrt`.
    """
    (out,) = function.body.terminator.values
    out_bar = Var("out_bar", seed, _origin_of_return(function))
    forward, backward, bars, _ = sweep_over(function, wrt, [(out, out_bar)], pairs or no_pairs())
    kind = Tup(tuple(type_of(b) for b in bars))
    grads = Var("", kind, out_bar.origin)
    last = Bind((grads,), TUPLE, bars, (), (), out_bar.origin)
    body = Block((), (*forward, *backward, last), Yield((out, grads) if value else (grads,)))
    default = Const(1.0, FLOAT) if seed == FLOAT else None
    params = (*function.params, Param(out_bar, "keyword", default))
    return Function(f"{page_name(function.name)}_adjoint", params, body, function.source)


def no_pairs() -> Pairs:
    """For a function that calls no other."""
    return Pairs({}, lambda function: function)


Swept = tuple[tuple[Statement, ...], tuple[Statement, ...], tuple[Atom, ...], tuple[Atom, ...]]


def sweep_over(
    function: Function,
    wrt: tuple[Var, ...],
    seeds: list[tuple[Atom, Var]],
    pairs: Pairs,
    sums: dict[Var, Var] | None = None,
    written: tuple[Var, ...] = (),
    masked: bool = False,
) -> Swept:
    """The statements of the forward and of the reverse sweep, the cotangents of `wrt`, and what
    the parameters `written` held at first.

    seeds: the results with a cotangent, and that. sums: the cotangents that parameters have
    already, to be added to. masked: whether results may be left out by what comes after.
    """
    results = tuple(result for result, _ in seeds)
    sweep = _survey(function, wrt, results, pairs, masked)
    level = Level(sweep, "function", None, locals_of(function.body))
    level.origin = _origin_of_return(function)
    level.cotangents.update(sums or {})
    for result, seed in seeds:
        if isinstance(result, Var):
            contribute(
                level,
                result,
                projected(level, seed, result.type) if isinstance(result.type, Num) else seed,
            )
    reverse_statements(level, function.body)
    if sweep.refused:
        raise UnsupportedError(tuple(dict.fromkeys(reversed(sweep.refused))))
    bars = tuple(_final(level, v) for v in wrt)
    before = tuple(need(level, v) for v in written)
    _check_nothing_left(level, wrt)
    return tuple(reversed(level.forward)), tuple(level.statements), bars, before


def page_name(name: str) -> str:
    """A function's name as the page can use it: a lambda has none."""
    return name if name.isidentifier() else "lambda_"


def _origin_of_return(function: Function) -> Any:
    for statement in reversed(function.body.statements):
        if statement.origin is not None:
            return replace(statement.origin, sweep="reverse")
    return None


def _survey(
    function: Function,
    wrt: tuple[Var, ...],
    results: tuple[Atom, ...],
    pairs: Pairs,
    masked: bool,
) -> Sweep:
    body = function.body
    varied = varied_in(body, wrt)
    found = varied & useful_in(body, results)
    definitions: dict[Var, Bind] = {}
    newest: dict[Var, Var] = {}
    consumed: set[Var] = set()
    for statement in all_statements(body):
        if isinstance(statement, Bind):
            for variable in statement.outs:
                definitions[variable] = statement
            if statement.op.name in CONSUMING and isinstance(statement.args[0], Var):
                refuse_integers(statement, varied)
                consumed.add(statement.args[0])
                newest[statement.args[0]] = statement.outs[0]
        elif isinstance(statement, Call):
            refuse_integers_in_call(statement, varied, pairs.functions)
            for before, after in written_by(statement):
                consumed.add(before)
                newest[before] = after
    _consumed_by_loops(body, consumed, newest)
    _consumed_in_tries(body, consumed, newest)
    primal = {*all_defined(body), *(p.var for p in function.params)}
    older = versions(body)
    arguments = tuple(p.var for p in function.params if p.var not in consumed)
    ends = dict(_results(body))
    sweep = Sweep(found, consumed, definitions, newest, ends, primal, older, pairs, arguments)
    sweep.masked = masked_in(body, pairs.functions, results if masked else ())
    _partial(body, sweep.partial)
    return sweep


def _results(block: Block) -> Iterator[tuple[Var, Var]]:
    """What the slots of loops end a trip with, and the outs, where both have one shape whichever
    the trip."""
    for statement in all_statements(block):
        if isinstance(statement, For | While) and isinstance(statement.body.terminator, Yield):
            for value, out in zip(statement.body.terminator.values, statement.outs, strict=False):
                if isinstance(value, Var) and _lasting(value.type, out.type):
                    yield value, out


def _lasting(a: Type, b: Type) -> bool:
    return (
        isinstance(a, Num)
        and isinstance(b, Num)
        and a.shape == b.shape is not None
        and dims.of_other_trips(a) == a
    )


def _consumed_in_tries(body: Block, consumed: set[Var], newest: dict[Var, Var]) -> None:
    for statement in all_statements(body):
        for block in blocks(statement) if isinstance(statement, Try) else ():
            _consumed_by_loops(block, consumed, newest)
            for out, end in zip(statement.outs, block.terminator.values, strict=True):
                if isinstance(end, Var):
                    newest.setdefault(end, out)


def _partial(block: Block, found: set[Var]) -> None:
    """The variables that some path leaves unbound, and what is made of them by branches."""
    for statement in block.statements:
        for inner in blocks(statement):
            _partial(inner, found)
        if isinstance(statement, If | Try):
            for arm in blocks(statement):
                if isinstance(arm.terminator, Yield):
                    pairs = zip(statement.outs, arm.terminator.values, strict=True)
                    found |= {out for out, value in pairs if _may_be_unbound(value, found)}
        elif isinstance(statement, For | While):
            pairs = zip(statement.outs, statement.inits, strict=True)
            found |= {out for out, init in pairs if _may_be_unbound(init, found)}


def _may_be_unbound(value: Atom, found: set[Var]) -> bool:
    return isinstance(value, Undefined) or value in found


def _consumed_by_loops(block: Block, consumed: set[Var], newest: dict[Var, Var]) -> None:
    """A loop consumes what flows into a slot that it writes, and gives the next version."""
    for statement in block.statements:
        if isinstance(statement, If):
            for arm in (statement.then, statement.orelse):
                _consumed_by_loops(arm, consumed, newest)
                for out, end in zip(statement.outs, arm.terminator.values, strict=False):
                    if isinstance(end, Var) and out is not end and _may_follow(end, out):
                        newest.setdefault(end, out)
        elif isinstance(statement, For | While):
            _consumed_by_loops(statement.body, consumed, newest)
            for init, param, out in zip(
                statement.inits, statement.body.params, statement.outs, strict=False
            ):
                if isinstance(init, Var) and param in consumed:
                    consumed.add(init)
                    newest[init] = out


def _may_follow(before: Var, after: Var) -> bool:
    """Whether the result of a branch can stand for what an arm gives, as far as shapes go."""
    a, b = before.type, after.type
    return not (isinstance(a, Num) and isinstance(b, Num)) or a.shape == b.shape


def _final(level: Level, variable: Var) -> Atom:
    value = level.cotangents.pop(variable, None)
    made = whole(level, variable, value)
    if isinstance(variable.type, Num):
        return projected(level, made, variable.type, exact=True)
    return made


def _check_nothing_left(level: Level, wrt: tuple[Var, ...]) -> None:
    """A cotangent of a variable of the body that nobody took would be a silent zero."""
    left = [v for v in level.cotangents if v in level.local]
    if left:
        raise InternalError(
            (Diagnostic("S900", f"the cotangent of `{left[0].hint}` was dropped", left[0].origin),)
        )


# -- statements


def reverse_statements(level: Level, block: Block) -> None:
    """The statements of a block, last to first; the rebuilt primal goes to `level.forward`."""
    for statement in reversed(block.statements):
        origin = statement.origin
        level.origin = replace(origin, sweep="reverse") if origin is not None else level.origin
        try:
            reverse_statement(level, statement)
        except UnsupportedError as error:
            level.sweep.refused += error.diagnostics
            for variable in defined(statement):
                level.cotangents.pop(variable, None)


def reverse_statement(level: Level, statement: Statement) -> None:
    if isinstance(statement, Bind):
        _reverse_bind(level, statement)
    elif isinstance(statement, If):
        level.forward.append(reverse_if(level, statement, reverse_statements))
    elif isinstance(statement, Try):
        level.forward.append(reverse_try(level, statement, reverse_statements))
    elif isinstance(statement, For | While):
        level.forward += reversed(reverse_loop(level, statement, reverse_statements))
    else:
        _reverse_call(level, statement)


def _reverse_call(level: Level, call: Call) -> None:
    if any(level.cotangents.get(out) is not None for out in call.outs):
        level.forward.append(reverse_call(level, call))
    else:
        level.forward.append(call)
        undo_copy(level, call)


def _reverse_bind(level: Level, statement: Bind) -> None:
    name = statement.op.name
    handler = _STRUCTURAL.get(name)
    if name in CONSUMING:
        _undo(level, statement)
    level.forward += [level.shapes[out] for out in statement.outs if out in level.shapes]
    level.forward.append(statement)
    if name in CONSUMING:
        _saved_before(level, statement)
    if not any(v in level.cotangents for v in statement.outs):
        return
    if handler is not None:
        handler(level, statement)
    elif passes(statement):
        reverse_library(level, statement)
    else:
        for variable in statement.outs:
            level.cotangents.pop(variable, None)


# -- undo


def _undo(level: Level, statement: Bind) -> None:
    """Restores, in the reverse sweep, the version that the statement overwrote."""
    before, after = statement.args[0], statement.outs[0]
    if not isinstance(before, Var):
        return
    if statement.op is APPEND:
        rest = Var(before.hint, before.type, level.origin)
        item = Var("", Opaque("object"), level.origin)
        level.statements.append(
            Bind((rest, item), POP, (need(level, after),), (), (), level.origin)
        )
        level.available[before] = rest
        return
    if statement.op is POP:
        popped = need(level, statement.outs[1])
        level.available[before] = add(
            level, APPEND, (need(level, after), popped), before.type, before.hint
        )
        return
    _undo_write(level, statement, before, after)


def _undo_write(level: Level, statement: Bind, before: Var, after: Var) -> None:
    path = statement.path or (IndexStep((Ellipsis,)),)
    if is_whole(path, before.type):
        return  # the old content is a value like any other: kept if it is needed
    read = tuple(_moved(step, -1) for step in path)
    holes = statement.args[2:]
    kind = _saved_type(before, statement)
    saved = Var(f"{before.hint}.old", kind, statement.origin)
    _pending(level)[id(statement)] = Bind(
        (saved,), GETITEM, (before, *holes), (), read, statement.origin
    )
    level.local.add(saved)
    level.sweep.primal.add(saved)
    restored = tuple(need(level, h) for h in holes)
    value = need(level, saved)
    level.available[before] = add(
        level, SETITEM, (need(level, after), value, *restored), before.type, before.hint, (), path
    )


def _pending(level: Level) -> dict[int, Bind]:
    return level.saved


def _saved_before(level: Level, statement: Bind) -> None:
    """Puts the read of what will be overwritten before the write."""
    read = level.saved.pop(id(statement), None)
    if read is not None:
        level.forward.append(read)


def _moved(step: Any, offset: int) -> Any:
    from s2sad.frontend.references import shifted

    return shifted((step,), offset)[0]


def _saved_type(before: Var, statement: Bind) -> Type:
    return path_type(before.type, statement.path, statement.args, 2)


# -- the adjoints of structural operations


def _goes_by_rule(level: Level, statement: Bind, step: ViewStep) -> bool:
    """Whether a view has the adjoint of its function, instead of an addition through it."""
    base = statement.args[0]
    if not (isinstance(base, Var) and isinstance(base.type, Num) and len(statement.path) == 1):
        return False
    locked = is_read_only(step.op) or not _is_view(step)
    return base not in level.cotangents or locked


def _reverse_getitem(level: Level, statement: Bind) -> None:
    base = statement.args[0]
    step = statement.path[0]
    if isinstance(step, ViewStep) and _goes_by_rule(level, statement, step):
        args = (base, *view_args(step, statement.args))
        reverse_library(
            level, replace(statement, op=step.op, args=args, static=step.static, path=())
        )
        return
    value = level.cotangents.pop(statement.out)
    if not isinstance(base, Var) or base not in level.sweep.active:
        return
    if len(statement.path) == 1 and isinstance(base.type, (Tup, Dct, Obj, Saved)):
        key = getattr(step, "name", None)
        if key is None:
            assert isinstance(step, IndexStep)
            key = step.components[0]
        if isinstance(key, int) and isinstance(base.type, Tup):
            key %= len(base.type.items)
        contribute(level, base, Struct({key: value}))
        return
    if isinstance(value, Struct):
        value = whole(level, statement.out, value)
    if isinstance(base.type, Num) and not base.type.may_be_array:
        # `y[..., None]` of a NumPy scalar: an array of one element.
        contribute(level, base, library(level, np.sum, (value,)))
        return
    holes = tuple(need(level, h) for h in statement.args[1:])
    old = _real_buffer(level, base)
    level.cotangents[base] = _added(level, statement, base, old, value, holes)


def _real_buffer(level: Level, base: Var) -> Atom:
    """The cotangent of an array or list that is about to be added to in part."""
    old = level.cotangents.get(base)
    if old is None:
        made = zero_like(level, base)
        assert not isinstance(made, Struct)
        return made
    return _whole_buffer(level, base, old)


def _whole_buffer(level: Level, base: Var, value: Any) -> Atom:
    """A cotangent made real; that of a complex array is complex, since parts of it are written."""
    made = whole(level, base, value)
    kind = base.type
    if isinstance(kind, Num) and kind.dtype in ("complex64", "complex128"):
        return projected(level, made, kind, exact=True)
    return made


def _added(
    level: Level, statement: Bind, base: Var, old: Atom, value: Atom, holes: tuple[Atom, ...]
) -> Var:
    from s2sad.frontend.references import shifted

    path = shifted(tuple(_moved(s, 0) for s in statement.path), 1)
    last = statement.path[-1]
    args: tuple[Atom, ...] = (old, value, *holes)
    if isinstance(base.type, Lst) and not isinstance(statement.out.type, Num):
        read = tuple(_moved(s, 0) for s in statement.path)
        part = add(level, GETITEM, (old, *holes), statement.out.type, "", (), read)
        summed = add(level, ADDED, (part, value), statement.out.type, "")
        return add(level, SETITEM, (old, summed, *holes), base.type, bar(base), (), path)
    if isinstance(last, IndexStep) and isinstance(base.type, Num) and _repeats(level, statement):
        if is_flat(path[:-1]):
            path, args = unflattened(level, base.type, path, args)
        return add(level, SCATTER_ADD, args, base.type, bar(base), (), path)
    if isinstance(last, ViewStep) and isinstance(base.type, Num) and not _is_view(last):
        raise UnsupportedError(
            (
                Diagnostic(
                    "S302", "this view can't be added to in the reverse sweep", statement.origin
                ),
            )
        )
    sign = "+" if sign_of(path) > 0 else "-"
    return add(level, ADDITEM, args, base.type, bar(base), (("sign", sign),), path)


def _is_view(step: ViewStep) -> bool:
    return step.op.result == "view"


def _reverse_write(level: Level, statement: Bind) -> None:
    """`u1 = setitem(u0, p, v)`: v_bar = u_bar[p], and what was overwritten has none."""
    u_bar = _whole_buffer(level, statement.out, level.cotangents.pop(statement.out))
    base, value = statement.args[:2]
    holes = tuple(need(level, h) for h in statement.args[2:])
    read = tuple(_moved(s, -1) for s in statement.path)
    if isinstance(value, Var) and value in level.sweep.active:
        kind = path_type(statement.out.type, statement.path, statement.args, 2)
        hint = bar(value)
        part = add(level, GETITEM, (u_bar, *holes), kind, hint, (), read)
        taken: Atom = part
        if statement.op is SETITEM and _repeats(level, statement):
            taken = _last_wins(level, statement, u_bar, part, holes)
        contribute(level, value, _stored_bar(level, statement, taken, part, value))
    if not isinstance(base, Var) or base not in level.sweep.active:
        return
    if is_whole(statement.path, base.type):
        return  # nothing of the old content is left
    zero = _zero_of(statement, level)
    kind = statement.out.type
    cleared = add(
        level, SETITEM, (u_bar, zero, *holes), kind, bar(statement.out), (), statement.path
    )
    level.cotangents[base] = (
        cleared
        if base not in level.cotangents
        else total(level, base, level.cotangents[base], cleared)
    )


def _stored_bar(level: Level, statement: Bind, taken: Atom, part: Var, value: Var) -> Any:
    """The cotangent of a stored value, from that of the place where it was stored."""
    taken = _signed(level, statement.path, taken, value)
    if not isinstance(value.type, Num):
        return taken
    if goes_through_flat(statement.path) and value.type.shape != () and statement.op is SETITEM:
        # Through `.flat` values are taken in order, whatever their shape.
        shape = call(level, _attribute("shape"), (need(level, value),))
        shaped = call(level, operation(np.reshape), (taken, shape))
        return projected(level, shaped, value.type)
    return fitted(level, taken, value, part, broadcasts=True)


def _signed(level: Level, path: Path, taken: Atom, value: Var) -> Atom:
    from s2sad.reverse.cotangents import operate

    return taken if sign_of(path) > 0 else operate(level, "neg", taken, hint=bar(value))


def _zero_of(statement: Bind, level: Level) -> Atom:
    from s2sad.reverse.cotangents import ZEROS

    kind = path_type(statement.out.type, statement.path, statement.args, 2)
    whole_array = isinstance(statement.out.type, Num)
    if isinstance(kind, Num) and (whole_array or not kind.may_be_array):
        return ZERO
    value = statement.args[1]
    assert isinstance(value, Var)
    return add(level, ZEROS, (need(level, value),), kind, "")


def _repeats(level: Level, statement: Bind) -> bool:
    """Whether an index of a write may name an element twice: then the last one stays."""
    last = statement.path[-1]
    if not isinstance(last, IndexStep) or is_basic(last, statement.args):
        return False
    return not selects_once(last, statement.args, level.sweep.definitions)


def _last_wins(
    level: Level, statement: Bind, u_bar: Atom, part: Var, holes: tuple[Atom, ...]
) -> Atom:
    """Of repeated indices in a write only the last one is seen: the others get no cotangent."""
    whole_kind, part_kind = type_of(u_bar), part.type
    assert isinstance(whole_kind, Num) and isinstance(part_kind, Num)
    integers = Num(whole_kind.forms, "int64", whole_kind.shape)
    size = call(level, _attribute("size"), (part,))
    shape = call(level, _attribute("shape"), (part,))
    count = library(level, np.arange, (size,))
    order = add(
        level,
        operation(np.reshape),
        (count, shape),
        Num(part_kind.forms, "int64", part_kind.shape),
        "order",
    )
    dtype = (("dtype", int),)
    blank = add(level, operation(np.zeros_like), (u_bar,), integers, "writer", dtype)
    writer = add(level, SETITEM, (blank, order, *holes), integers, "writer", (), statement.path)
    read = tuple(_moved(s, -1) for s in statement.path)
    last = add(level, GETITEM, (writer, *holes), order.type, "", (), read)
    stays = call(level, OPERATORS["eq"], (last, order))
    return add(level, operation(np.where), (stays, part, Const(0.0, FLOAT)), part.type, part.hint)


def _attribute(name: str) -> Any:
    from s2sad.frontend.library import attribute

    return attribute(name)


def refuse_integers(statement: Bind, varied: set[Var]) -> None:
    """A value with a derivative can't be stored in an array of integers."""
    kind = type_of(statement.args[0])
    value = statement.args[1] if len(statement.args) > 1 else None
    if isinstance(kind, Num) and not kind.is_continuous and value in varied:
        raise UnsupportedError((_integer_store(statement),))


def refuse_integers_in_call(call: Call, varied: set[Var], functions: dict[str, Function]) -> None:
    """The same for what a called function stores."""
    todo = [(call, varied)]
    seen: set[Any] = set()
    while todo:
        call, varied = todo.pop()
        active = tuple(a in varied for a in call.args)
        callee = functions.get(call.callee)
        if callee is None or (call.callee, active) in seen or not any(active):
            continue
        seen.add((call.callee, active))
        inner = varied_in(callee.body, compress((p.var for p in callee.params), active))
        for statement in all_statements(callee.body):
            if isinstance(statement, Bind) and statement.op.name in CONSUMING:
                refuse_integers(statement, inner)
            elif isinstance(statement, Call):
                todo.append((statement, inner))


def _integer_store(statement: Bind) -> Diagnostic:
    return Diagnostic(
        "S303",
        "a value with a derivative is stored in an array of integers",
        statement.origin,
        note="NumPy would round it, and its gradient would be lost",
        help="make the array of floats: np.zeros(n), or x.astype(float)",
    )


def _reverse_additem(level: Level, statement: Bind) -> None:
    """`u1 = additem(u0, p, e)`: e_bar = u_bar[p]; the cotangent of u0 is that of u1."""
    u_bar = level.cotangents.pop(statement.out)
    base, value = statement.args[:2]
    if isinstance(value, Var) and value in level.sweep.active:
        u_bar = whole(level, statement.out, u_bar)
        contribute(level, value, _part_of(level, statement, value, u_bar))
    if isinstance(base, Var) and base in level.sweep.active:
        level.cotangents[base] = (
            u_bar
            if base not in level.cotangents
            else total(level, base, level.cotangents[base], u_bar)
        )


def _repeated_add(level: Level, statement: Bind) -> bool:
    return statement.op is ADDITEM and bool(statement.path) and _repeats(level, statement)


def _part_of(level: Level, statement: Bind, value: Var, u_bar: Atom) -> Any:
    holes = tuple(need(level, h) for h in statement.args[2:])
    read = tuple(_moved(s, -1) for s in statement.path)
    part: Atom = u_bar
    if statement.path:
        kind = path_type(statement.out.type, statement.path, statement.args, 2)
        part = add(level, GETITEM, (u_bar, *holes), kind, bar(value), (), read)
    taken = part
    if _repeated_add(level, statement):
        assert isinstance(part, Var)
        taken = _last_wins(level, statement, u_bar, part, holes)
    sign = dict(statement.static).get("sign", "+")
    if sign not in ("+", "-"):
        raise InternalError(
            (Diagnostic("S904", f"an update by `{sign}` before storage", statement.origin),)
        )
    if (sign == "-") != (sign_of(statement.path) < 0):
        from s2sad.reverse.cotangents import operate

        taken = operate(level, "neg", taken, hint=bar(value))
    if isinstance(value.type, Num):
        return fitted(level, taken, value, part, broadcasts=True)
    return taken


def _reverse_display(level: Level, statement: Bind) -> None:
    """A tuple, list, dict or object: each part gets its part of the cotangent."""
    value = level.cotangents.pop(statement.out)
    keys = _display_keys(statement)
    for key, item in zip(keys, statement.args, strict=True):
        if not (isinstance(item, Var) and item in level.sweep.active):
            continue
        contribute(level, item, _part(level, statement, value, key, item))


def _display_keys(statement: Bind) -> list[Any]:
    kind = statement.out.type
    if isinstance(kind, (Dct, Obj)):
        return [k for k, _ in kind.items]
    return list(range(len(statement.args)))


def _part(level: Level, statement: Bind, value: Any, key: Any, item: Var) -> Any:
    if isinstance(statement.out.type, Lst) and not isinstance(value, Struct):
        step = IndexStep((key,))
        return add(level, GETITEM, (value,), item.type, bar(item), (), (step,))
    return split(level, statement.out, value).parts.get(key)


def _reverse_append(level: Level, statement: Bind) -> None:
    items_bar = whole(level, statement.out, level.cotangents.pop(statement.out))
    items, item = statement.args
    rest = Var(bar(statement.out), statement.out.type, level.origin)
    kind = type_of(item)
    item_bar = Var(bar(item) if isinstance(item, Var) else "", kind, level.origin)
    level.statements.append(Bind((rest, item_bar), POP, (items_bar,), (), (), level.origin))
    contribute(level, item, item_bar)
    contribute(level, items, rest)


def _reverse_pop(level: Level, statement: Bind) -> None:
    rest, item = statement.outs
    items = statement.args[0]
    if not (isinstance(items, Var) and items in level.sweep.active):
        return
    item_bar = whole(level, item, level.cotangents.pop(item, None))
    rest_bar = whole(level, rest, level.cotangents.pop(rest, None))
    contribute(level, items, add(level, APPEND, (rest_bar, item_bar), items.type, bar(items)))


def _reverse_copy(level: Level, statement: Bind) -> None:
    contribute(level, statement.args[0], level.cotangents.pop(statement.out))


def _reverse_select(level: Level, statement: Bind) -> None:
    """`a if test else b` of two numbers, of a guard: the one that was chosen."""
    value = level.cotangents.pop(statement.out)
    test = need(level, statement.args[0])
    for position, argument in enumerate(statement.args[1:]):
        if isinstance(argument, Var) and argument in level.sweep.active:
            chosen = (value, ZERO) if position == 0 else (ZERO, value)
            part = add(level, SELECT, (test, *chosen), statement.out.type, bar(argument))
            contribute(level, argument, fitted(level, part, argument, part, broadcasts=False))


_STRUCTURAL: dict[str, Any] = {
    "getitem": _reverse_getitem,
    "setitem": _reverse_write,
    "additem": _reverse_additem,
    "scatter_add": _reverse_additem,
    "tuple": _reverse_display,
    "list": _reverse_display,
    "dict": _reverse_display,
    "construct": _reverse_display,
    "append": _reverse_append,
    "pop": _reverse_pop,
    "copy": _reverse_copy,
    "select": _reverse_select,
}

__all__ = ["Static", "defined", "is_continuous", "reverse", "stretched"]

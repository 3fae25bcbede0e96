"""Reverse mode: from the primal's IR to one function with a forward and a reverse sweep.

One recursion over the blocks, statements last to first. An operation gives its rule's
statements; an `if` is reversed on the same test; a loop becomes a loop in the opposite
direction that carries cotangents, and the primal's buffers from after to before.
Before a statement that overwrites something, what it destroys is read, and the reverse sweep
writes it back; dead code removes what nobody reads.

What is kept is decided here only as far as legality goes; `storage` improves on it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s2sad.analysis.infer import type_of
from s2sad.analysis.versions import CONSUMING
from s2sad.errors import Diagnostic, InternalError, UnsupportedError, in_order
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Param,
    Statement,
    Try,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import (
    TUPLE,
)
from s2sad.ir.types import FLOAT, Num, Tup, Type
from s2sad.ir.walk import defined
from s2sad.request import added_name
from s2sad.reverse.activity import passes
from s2sad.reverse.apply import reverse_library, rule_for
from s2sad.reverse.branches import reverse_if, reverse_try
from s2sad.reverse.calls import reverse_call, undo_copy
from s2sad.reverse.composed import reverse_composition
from s2sad.reverse.cotangents import contribute, whole
from s2sad.reverse.levels import Level, locals_of, need
from s2sad.reverse.loops import reverse_loop
from s2sad.reverse.pairs import Pairs
from s2sad.reverse.shapes import projected
from s2sad.reverse.structural import ADJOINTS
from s2sad.reverse.survey import survey
from s2sad.reverse.undo import saved_before, undo


def reverse(
    function: Function,
    wrt: tuple[Var, ...],
    *,
    value: bool = True,
    seed: Type = FLOAT,
    pairs: Pairs | None = None,
    parts: tuple[Atom, Atom] | None = None,
) -> Function:
    """The function that returns the value (if asked for) and the cotangents of `wrt`.

    parts: where the function returns a pair of which only the first part is differentiated, both;
    where the value isn't asked for, the second is returned behind the cotangents.

    seed: the type of the cotangent of the result, a keyword parameter of the new function.
    Its body yields `(out, bars)` or `(bars,)`, bars being a tuple in the order of `wrt`.
    """
    (out,) = function.body.terminator.values
    out_bar = Var(
        added_name("out_bar", [p.var.hint for p in function.params]),
        seed,
        _origin_of_return(function),
    )
    target = out if parts is None else parts[0]
    forward, backward, bars, _ = sweep_over(function, wrt, [(target, out_bar)], pairs or no_pairs())
    kind = Tup(tuple(type_of(b) for b in bars))
    grads = Var("", kind, out_bar.origin)
    last = Bind((grads,), TUPLE, bars, (), (), out_bar.origin)
    aux = () if parts is None else parts[1:]
    results = (out, grads) if value else (grads, *aux)
    body = Block((), (*forward, *backward, last), Yield(results))
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
    sweep = survey(function, wrt, results, pairs, masked)
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
        raise UnsupportedError(in_order(sweep.refused))
    bars = tuple(_final(level, v) for v in wrt)
    before = tuple(need(level, v) for v in written)
    _check_nothing_left(level)
    return tuple(reversed(level.forward)), tuple(level.statements), bars, before


def adjoint_of_block(
    block: Block,
    wrt: tuple[Var, ...],
    seeds: list[tuple[Atom, Any]],
    origin: Any,
    masked: bool = False,
) -> tuple[tuple[Statement, ...], tuple[Statement, ...], list[Any]]:
    """The adjoint of a rule's own statements: the forward and the reverse statements, and the
    cotangents of `wrt`. seeds: values of the block, each with its cotangent. masked: whether
    these may be left out by what comes after."""
    results = tuple(value for value, _ in seeds)
    sweep = survey(Function("rule", (), block), wrt, results, no_pairs(), masked)
    level = Level(sweep, "function", None, locals_of(block))
    level.origin = origin
    for value, seed in seeds:
        contribute(level, value, seed)
    reverse_statements(level, block)
    if sweep.refused:
        raise UnsupportedError(in_order(sweep.refused))
    found = [level.cotangents.get(v) for v in wrt]
    return tuple(reversed(level.forward)), tuple(level.statements), found


def page_name(name: str) -> str:
    """A function's name as the page can use it: a lambda has none."""
    return name if name.isidentifier() else "lambda_"


def _origin_of_return(function: Function) -> Any:
    for statement in reversed(function.body.statements):
        if statement.origin is not None:
            return replace(statement.origin, sweep="reverse")
    return None


def _final(level: Level, variable: Var) -> Atom:
    value = level.cotangents.pop(variable, None)
    made = whole(level, variable, value)
    if isinstance(variable.type, Num):
        return projected(level, made, variable.type, exact=True)
    return made


def _check_nothing_left(level: Level) -> None:
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
        level.forward.append(reverse_call(level, call, sweep_over))
    else:
        level.forward.append(call)
        undo_copy(level, call)


def _reverse_bind(level: Level, statement: Bind) -> None:
    name = statement.op.name
    handler = ADJOINTS.get(name)
    if name in CONSUMING:
        undo(level, statement)
    level.forward += [level.shapes[out] for out in statement.outs if out in level.shapes]
    level.forward.append(statement)
    if name in CONSUMING:
        saved_before(level, statement)
    if not any(v in level.cotangents for v in statement.outs):
        return
    if handler is not None:
        handler(level, statement)
    elif passes(statement):
        rule = rule_for(statement)
        if rule.kind == "composed":
            reverse_composition(level, statement, rule, adjoint_of_block)
        else:
            reverse_library(level, statement)
    else:
        for variable in statement.outs:
            level.cotangents.pop(variable, None)

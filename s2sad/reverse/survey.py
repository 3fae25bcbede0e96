"""What is known of a function before it is reversed: activity, versions, definitions.

A *version* of a buffer is one of the values that it has between two writes. `newest` and `older`
lead from each version to the next and to the one before; all have one shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress
from typing import Any

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.analysis.versions import CONSUMING, versions, written_by
from s2sad.errors import Diagnostic
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    For,
    Function,
    If,
    Try,
    Var,
    While,
    Yield,
)
from s2sad.ir.types import Num, Type
from s2sad.ir.walk import all_defined, all_statements, blocks, exits
from s2sad.reverse.activity import useful_in, varied_in
from s2sad.reverse.guard import masked_in
from s2sad.reverse.levels import Sweep, locals_of
from s2sad.reverse.pairs import Pairs
from s2sad.reverse.unbound import unbound_in


def survey(
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
    refused: list[Diagnostic] = []
    newest: dict[Var, Var] = {}
    consumed: set[Var] = set()
    for statement in all_statements(body):
        if isinstance(statement, Bind):
            for variable in statement.outs:
                definitions[variable] = statement
            if statement.op.name in CONSUMING and isinstance(statement.args[0], Var):
                refused += integers_refused(statement, varied)
                consumed.add(statement.args[0])
                newest[statement.args[0]] = statement.outs[0]
        elif isinstance(statement, Call):
            refused += integers_refused_in_call(statement, varied, pairs.functions)
            for before, after in written_by(statement):
                consumed.add(before)
                newest[before] = after
    unbound = unbound_in(body)
    _consumed_by_loops(body, consumed, newest, unbound)
    _consumed_in_tries(body, consumed, newest, unbound)
    primal = {*all_defined(body), *(p.var for p in function.params)}
    older = versions(body)
    arguments = tuple(p.var for p in function.params if p.var not in consumed)
    ends = dict(_results(body, unbound))
    sweep = Sweep(found, consumed, definitions, newest, ends, primal, older, pairs, arguments)
    sweep.refused = refused
    sweep.masked = masked_in(body, pairs.functions, results if masked else ())
    sweep.unbound = unbound
    return sweep


def _results(block: Block, unbound: set[Var]) -> Iterator[tuple[Var, Var]]:
    """What the slots of loops end a trip with, and the outs, where both have one shape whichever
    the trip, and no exit leaves the out unbound."""
    for statement in all_statements(block):
        if isinstance(statement, For | While) and isinstance(statement.body.terminator, Yield):
            left = any(True for _ in exits(statement.body))
            for value, out in zip(statement.body.terminator.values, statement.outs, strict=False):
                same = isinstance(value, Var) and _lasting(value.type, out.type)
                if isinstance(value, Var) and same and not (left and out in unbound):
                    yield value, out


def _lasting(a: Type, b: Type) -> bool:
    return (
        isinstance(a, Num)
        and isinstance(b, Num)
        and a.shape == b.shape is not None
        and dims.of_other_trips(a) == a
    )


def _may_follow(before: Var, after: Var) -> bool:
    """Whether the result of a branch can stand for what an arm gives, as far as shapes go."""
    a, b = before.type, after.type
    return not (isinstance(a, Num) and isinstance(b, Num)) or a.shape == b.shape


def _consumed_in_tries(
    body: Block, consumed: set[Var], newest: dict[Var, Var], unbound: set[Var]
) -> None:
    for statement in all_statements(body):
        for block in blocks(statement) if isinstance(statement, Try) else ():
            _consumed_by_loops(block, consumed, newest, unbound)
            own = locals_of(block)
            for out, end in zip(statement.outs, block.terminator.values, strict=True):
                if isinstance(end, Var) and (end in own or out not in unbound):
                    newest.setdefault(end, out)


def _consumed_by_loops(
    block: Block, consumed: set[Var], newest: dict[Var, Var], unbound: set[Var]
) -> None:
    """A loop consumes what flows into a slot that it writes, and gives the next version. A next
    version is bound wherever the one before it is."""
    for statement in block.statements:
        if isinstance(statement, If):
            for arm in (statement.then, statement.orelse):
                _consumed_by_loops(arm, consumed, newest, unbound)
                own = locals_of(arm)
                for out, end in zip(statement.outs, arm.terminator.values, strict=False):
                    bound = end in own or out not in unbound
                    if isinstance(end, Var) and bound and _may_follow(end, out):
                        newest.setdefault(end, out)
        elif isinstance(statement, For | While):
            _consumed_by_loops(statement.body, consumed, newest, unbound)
            for init, param, out in zip(
                statement.inits, statement.body.params, statement.outs, strict=False
            ):
                if isinstance(init, Var) and param in consumed:
                    consumed.add(init)
                    newest[init] = out


def integers_refused(statement: Bind, varied: set[Var]) -> Iterator[Diagnostic]:
    """A value with a derivative can't be stored in an array of integers."""
    kind = type_of(statement.args[0])
    value = statement.args[1] if len(statement.args) > 1 else None
    if isinstance(kind, Num) and not kind.is_continuous and value in varied:
        yield _integer_store(statement)


def integers_refused_in_call(
    call: Call, varied: set[Var], functions: dict[str, Function]
) -> Iterator[Diagnostic]:
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
                yield from integers_refused(statement, inner)
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

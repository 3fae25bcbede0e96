"""Which variables differ from direction to direction: those that depend on a seed.

A least fixpoint over the structured IR. No test and no trip count depends on a seed, since a
derivative is linear in it; so control flow is the same for all directions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Exit,
    For,
    Function,
    If,
    Statement,
    Try,
    Var,
    While,
)
from s2sad.ir.ops import GETITEM, POP
from s2sad.ir.types import Num, is_continuous
from s2sad.ir.walk import blocks, exits

# What these give is the same for all directions.
MEASURES = frozenset({".shape", ".size", ".ndim", ".dtype", "len", "np.shape", "np.size",
                      "np.ndim"})  # fmt: skip
Positions = frozenset[int]


@dataclass(eq=False)
class Dependence:
    """moving: the variables that differ, in all functions looked at. functions: those of the
    page. results: for a function and the parameters that differ, the results that do."""

    functions: dict[str, Function]
    moving: set[Var] = field(default_factory=set)
    results: dict[tuple[str, Positions], Positions] = field(default_factory=dict)


def dependence(function: Function, seeds: Iterable[Var], found: Dependence) -> set[Var]:
    """The variables of a function that differ where `seeds` do."""
    moving = set(seeds)
    while True:
        before = len(moving), dict(found.results)
        _block(function.body, moving, found)
        if before == (len(moving), found.results):
            return moving


def differing_results(
    call: Call, moving: set[Var], found: Dependence
) -> tuple[Positions, Positions]:
    """The parameters that must have a value for each direction, and the results that have. What
    is written and has one afterwards must have one before."""
    callee = found.functions[call.callee]
    params = {j for j in range(len(callee.params)) if call.args[j] in moving}
    while True:
        key = call.callee, frozenset(params)
        if key not in found.results:
            found.results[key] = frozenset()
            _summarise(callee, key, found)
        results = found.results[key]
        more = {j for k, j in call.writes if k in results} - params
        if not more:
            return key[1], results
        params |= more


def _summarise(callee: Function, key: tuple[str, Positions], found: Dependence) -> None:
    seeds = [callee.params[j].var for j in key[1]]
    while True:
        moving = dependence(callee, seeds, found)
        values = callee.body.terminator.values
        results = frozenset(k for k, v in enumerate(values) if v in moving)
        if results == found.results[key]:
            return
        found.results[key] = results


def _block(block: Block, moving: set[Var], found: Dependence) -> None:
    for statement in block.statements:
        _statement(statement, moving, found)


def _statement(statement: Statement, moving: set[Var], found: Dependence) -> None:
    if isinstance(statement, Bind):
        if statement.op.name not in MEASURES and any(a in moving for a in statement.args):
            moving.update(v for v in statement.outs if _may_move(statement, v))
    elif isinstance(statement, (If, Try)):
        _arms(statement, moving, found)
    elif isinstance(statement, (For, While)):
        _loop(statement, moving, found)
    else:
        _, results = differing_results(statement, moving, found)
        moving.update(statement.outs[k] for k in results)


def _may_move(statement: Bind, out: Var) -> bool:
    """A part of a container that isn't continuous is the same in all directions."""
    if statement.op not in (GETITEM, POP) or isinstance(statement.args[0].type, Num):
        return True
    return is_continuous(out.type)


def _arms(statement: If | Try, moving: set[Var], found: Dependence) -> None:
    for arm in blocks(statement):
        _block(arm, moving, found)
        if not isinstance(arm.terminator, Exit):
            _flow(zip(statement.outs, arm.terminator.values, strict=True), moving)
    for arm in blocks(statement):
        if not isinstance(arm.terminator, Exit):
            _ask(arm, statement.outs, moving)


def _flow(pairs: Iterable[tuple[Var, Atom]], moving: set[Var]) -> None:
    moving.update(target for target, value in pairs if value in moving)


def _ask(block: Block, targets: Iterable[Var], moving: set[Var]) -> None:
    """No statement can stand behind an `if` that leaves a loop: what is handed out behind it with
    a value for each direction must come out of it so."""
    last = block.statements[-1] if block.statements else None
    if isinstance(last, If) and any(isinstance(a.terminator, Exit) for a in blocks(last)):
        pairs = zip(targets, block.terminator.values, strict=True)
        moving.update(v for t, v in pairs if t in moving and isinstance(v, Var) and v in last.outs)


def _loop(loop: For | While, moving: set[Var], found: Dependence) -> None:
    slots, body = len(loop.inits), loop.body
    handed = (*loop.outs, *loop.ys)
    _flow(zip(body.params, loop.inits, strict=False), moving)
    if isinstance(loop, For):
        _flow(zip(body.params[slots:], loop.xs, strict=True), moving)
    _flow(zip(body.params[:slots], loop.outs, strict=True), moving)
    _block(body, moving, found)
    for end in (body.terminator, *exits(body)):
        _flow(zip(handed, end.values, strict=True), moving)
    _flow(zip(loop.outs, body.params, strict=False), moving)
    if isinstance(loop, While):
        _flow(zip(loop.cond.params, body.params, strict=True), moving)
    if not isinstance(body.terminator, Exit):
        _ask(body, handed, moving)

"""The reverse of a loop: a loop in the opposite direction.

It carries the cotangent of each active slot, the sums of the cotangents of what the body reads
from outside, and the primal's buffers, from their state after a trip to their state before. Values
of the body that the reverse trips read are kept by position: tapes. The cotangent of a sequence
that is read by position is a sequence written by position.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from s2sad.analysis import dims
from s2sad.ir.data import (
    Atom,
    Block,
    Const,
    Exit,
    For,
    If,
    Statement,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import OPERATORS, RANGE_OP
from s2sad.ir.types import INT, RANGE, Lst, Num, Type, is_continuous
from s2sad.ir.walk import defined, exits, free_variables
from s2sad.reverse.branches import is_leaving
from s2sad.reverse.cotangents import handed, handed_type
from s2sad.reverse.finished import finish
from s2sad.reverse.leaving import contribute_ends, reverse_leaving
from s2sad.reverse.levels import Level, add, locals_of, need
from s2sad.reverse.operations import bar
from s2sad.reverse.plan import Plan, count_type, trips_of

Recursion = Callable[[Level, Block], None]


def reverse_loop(level: Level, loop: For | While, recur: Recursion) -> list[Statement]:
    """Reverses a loop; gives the primal loop with its tapes (and what must come before it)."""
    outs_bar = {v: level.cotangents.pop(v, None) for v in (*loop.outs, *loop.ys)}
    plan = _prepare(level, loop, outs_bar)
    _reverse_body(plan, loop.body, recur)
    finish(level, plan)
    return [_with_tapes(plan)]


# -- what is carried


def _prepare(level: Level, loop: For | While, outs_bar: dict[Var, Any]) -> Plan:
    inner = Level(level.sweep, "loop", level, locals_of(loop.body))
    inner.origin = level.origin
    plan = Plan(loop, inner)
    _slots(level, plan)
    _begin(level, plan, outs_bar)
    left_early = any(True for _ in exits(loop.body))
    plan.trips = loop.trips
    plan.exit = loop.exit
    if left_early or isinstance(loop, While):
        plan.trips = loop.trips or Var("trips", count_type(), loop.origin)
        level.sweep.primal.add(plan.trips)
        level.local.add(plan.trips)
    if left_early and plan.exit is None:
        plan.exit = Var("exit", INT, loop.origin)
        level.sweep.primal.add(plan.exit)
        level.local.add(plan.exit)
    _sequences(level, plan, left_early)
    _buffers(level, plan)
    _given_tapes(plan, outs_bar)
    _sums(plan)
    return plan


def _sequences(level: Level, plan: Plan, left_early: bool) -> None:
    """The same sequences are read by the same positions."""
    loop, inner = plan.loop, plan.inner
    elements = loop.body.params[len(loop.inits) :]
    for source, element in zip(getattr(loop, "xs", ()), elements, strict=True):
        mirror = replace(element, origin=level.origin)
        if left_early and plan.position is None and _counts_from_zero(level, source):
            span = (Const(0, INT), trips_of(level, plan), Const(1, INT))
            plan.position = inner.available[element] = mirror
            plan.xs.append((add(level, RANGE_OP, span, RANGE, ""), mirror))
            continue
        plan.xs.append((need(level, source), mirror))
        inner.available[element] = mirror
    if plan.position is None and (isinstance(loop, While) or left_early):
        span = (Const(0, INT), trips_of(level, plan), Const(1, INT))
        counter = add(level, RANGE_OP, span, RANGE, "")
        plan.position = Var("trip", count_type(), level.origin)
        plan.xs.append((counter, plan.position))
    if left_early:
        assert plan.exit is not None
        trips = trips_of(level, plan)
        plan.left_by = need(level, plan.exit)
        plan.last = add(level, OPERATORS["sub"], (trips, Const(1, INT)), INT, "last")


def _counts_from_zero(level: Level, source: Atom) -> bool:
    """Whether a sequence is `range(0, n)`: then its elements are their positions."""
    made = level.sweep.definitions.get(source) if isinstance(source, Var) else None
    if made is None or made.op is not RANGE_OP:
        return False
    start, _, step = made.args
    bounds = [a.value if isinstance(a, Const) else None for a in (start, step)]
    return bounds == [0, 1]


def _slots(level: Level, plan: Plan) -> None:
    """The cotangents that are carried."""
    loop = plan.loop
    for k, param in enumerate(loop.body.params[: len(loop.inits)]):
        wanted = param in level.sweep.active or loop.outs[k] in level.sweep.active
        if wanted and is_continuous(param.type):
            kind = _slot_type(level, param, loop.outs[k])
            plan.slots[k] = Var(bar(loop.outs[k]), kind, level.origin)
            if not isinstance(kind, Num) and {param, loop.outs[k]} & level.sweep.unbound:
                level.sweep.blank.add(plan.slots[k])


def _begin(level: Level, plan: Plan, outs_bar: dict[Var, Any]) -> None:
    """What each carried cotangent begins with. What the code behind the loop contributed is made
    real as a part of that code, and comes first."""
    outs = {k: plan.loop.outs[k] for k in plan.slots}
    for k in sorted(outs, key=lambda k: outs_bar[outs[k]] is None):
        plan.inits[k] = _as_it_began(level, outs[k], outs_bar[outs[k]])


def _as_it_began(level: Level, out: Var, value: Any) -> Atom:
    """A cotangent as the loop takes it, made by statements of the origin that it has itself."""
    here = level.origin
    if isinstance(value, Var) and value.origin is not None and value.origin.sweep == "reverse":
        level.origin = value.origin
    made = handed(level, out, value)
    level.origin = here
    return made


def _slot_type(level: Level, param: Var, out: Var) -> Type:
    """A cotangent is carried for the value before and for the value after a trip."""
    return handed_type(level, param if param in level.sweep.unbound else out)


def _root(sweep: Any, atom: Atom) -> Var | None:
    """The first version of what a value is a version of, within one block."""
    return _follow(sweep, atom) if isinstance(atom, Var) else None


def _follow(sweep: Any, atom: Var) -> Var:
    while atom in sweep.older:
        atom = sweep.older[atom]
    return atom


def _buffers(level: Level, plan: Plan) -> None:
    """Slots whose value after a trip is a version of a slot before it are carried backwards."""
    loop, inner = plan.loop, plan.inner
    params = loop.body.params[: len(loop.inits)]
    ends = _ends(loop.body)
    for k, param in enumerate(params):
        roots = {_root(level.sweep, values[k]) for values in ends}
        root = next(iter(roots)) if len(roots) == 1 else None
        if root in params and isinstance(root, Var) and _mutable(param.type):
            after = Var(loop.outs[k].hint, param.type, level.origin)
            plan.afters[k] = after
            plan.after_inits[k] = need(level, loop.outs[k])
    if not any(True for _ in exits(loop.body)):
        _lazy_values(level, plan, ends[0])
    for k in plan.afters:
        value = loop.body.terminator.values[k] if isinstance(loop.body.terminator, Yield) else None
        if isinstance(value, Var) and not any(True for _ in exits(loop.body)):
            inner.available[value] = plan.afters[k]


def _lazy_values(level: Level, plan: Plan, values: tuple[Atom, ...]) -> None:
    """The value that a slot ends a trip with can be carried, instead of kept: the trip after it
    began with it."""
    loop, inner = plan.loop, plan.inner
    for k, value in enumerate(values[: len(loop.inits)]):
        param = loop.body.params[k]
        if k in plan.afters or not isinstance(value, Var) or value not in inner.local:
            continue
        if value in loop.body.params:
            continue

        def make(k: int = k, value: Var = value, param: Var = param) -> Atom:
            after = Var(loop.outs[k].hint, param.type, level.origin)
            plan.afters[k] = after
            plan.after_inits[k] = need(level, loop.outs[k])
            inner.available[value] = after
            return after

        inner.lazy[value] = make


def _mutable(kind: Type) -> bool:
    return (isinstance(kind, Num) and kind.may_be_array) or isinstance(kind, Lst)


def _ends(body: Block) -> list[tuple[Atom, ...]]:
    found = [end.values for end in exits(body)]
    if isinstance(body.terminator, Yield):
        found.append(body.terminator.values)
    return found


def _given_tapes(plan: Plan, outs_bar: dict[Var, Any]) -> None:
    """The cotangents of sequences that the primal loop wrote by position."""
    loop, inner = plan.loop, plan.inner
    for k, sequence in enumerate(loop.ys):
        value = outs_bar.get(sequence)
        if value is not None:
            assert isinstance(sequence.type, Lst)
            element = Var(bar(sequence), dims.refreshed(sequence.type.item), inner.origin)
            plan.xs.append((value, element))
            plan.slots[len(loop.inits) + k] = element


def _sums(plan: Plan) -> None:
    """One sum for each active variable of the outside that the body reads."""
    inner = plan.inner
    for variable in free_variables(plan.loop.body):
        if variable in inner.sweep.active:
            total = Var(bar(variable), handed_type(inner, variable), inner.origin)
            if variable in inner.sweep.unbound and not isinstance(variable.type, Num):
                inner.sweep.blank.add(total)
            plan.sums[variable] = total
            inner.cotangents[variable] = total
            inner.sweep.unsure.add(total)


# -- the body


def _reverse_body(plan: Plan, body: Block, recur: Recursion) -> None:
    if body.statements and is_leaving(body.statements[-1]):
        last = body.statements[-1]
        assert isinstance(last, If)
        before = Block(body.params, body.statements[:-1], body.terminator)
        rebuilt = reverse_leaving(plan, plan.inner, last, recur, body.terminator.values)
        plan.inner.forward.append(rebuilt)
        recur(plan.inner, before)
        return
    contribute_ends(plan, plan.inner, body.terminator.values)
    recur(plan.inner, body)


# -- the primal loop


def _with_tapes(plan: Plan) -> For | While:
    """The primal loop, handing out what the reverse loop reads."""
    loop, inner = plan.loop, plan.inner
    body = Block(loop.body.params, tuple(reversed(inner.forward)), loop.body.terminator)
    body = _extend(body, tuple(inner.kept), inner)
    ys = (*loop.ys, *inner.kept.values())
    return replace(loop, body=body, ys=ys, trips=plan.trips, exit=plan.exit)  # type: ignore[no-any-return]


def _extend(block: Block, kept: tuple[Var, ...], inner: Level) -> Block:
    """Adds the kept values to each end of the body: undefined where they don't exist."""

    def value(variable: Var, known: set[Var]) -> Atom:
        names: tuple[Var, ...] = (variable, *inner.also.get(variable, ()))
        for name in names:
            if name in known:
                return name
        return Undefined(variable.hint, variable.type)

    def ends(part: Block, known: set[Var], *, outermost: bool) -> Block:
        known = {*known, *part.params}
        statements = list(part.statements)
        last = statements[-1] if statements else None
        leaving = last is not None and is_leaving(last)
        for statement in statements[:-1] if leaving else statements:
            known.update(defined(statement))
        if isinstance(last, If) and is_leaving(last):
            arms = (ends(arm, known, outermost=False) for arm in (last.then, last.orelse))
            then, orelse = arms
            statements[-1] = replace(last, then=then, orelse=orelse)
            known = known | set(last.outs)
        terminator = part.terminator
        if outermost or isinstance(terminator, Exit):
            extra = tuple(value(v, known) for v in kept)
            terminator = replace(terminator, values=(*terminator.values, *extra))
        return replace(part, statements=tuple(statements), terminator=terminator)

    return ends(block, set(), outermost=True)

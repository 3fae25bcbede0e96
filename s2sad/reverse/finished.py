"""The finished reverse loop, and what it gives to the code around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s2sad.analysis.infer import type_of
from s2sad.ir.data import (
    Atom,
    Block,
    Const,
    For,
    Hole,
    IndexStep,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import ADDITEM, GETITEM, LEN, RANGE_OP, SETITEM
from s2sad.ir.types import INT, RANGE, Lst, Num
from s2sad.reverse.cotangents import contribute, handed, is_blank, whole
from s2sad.reverse.levels import Level, add, need
from s2sad.reverse.operations import ADDED, bar, operate
from s2sad.reverse.plan import Plan, count_type, trips_of
from s2sad.reverse.shapes import shaped_like


@dataclass(frozen=True)
class Carried:
    """A slot of the reverse loop: what it begins with, its variable, and what a trip ends with.
    kind and key: the slot of the primal loop ("slot", "buffer"), or the variable ("sum")."""

    init: Atom
    slot: Var
    value: Atom
    kind: str
    key: Any


def finish(level: Level, plan: Plan) -> None:
    """Appends the reverse loop, and hands its results to the level around."""
    slots = _carried_slots(plan)
    ys = _element_cotangents(level, plan)
    carried = [*slots, *_carried_sums(level, plan), *_carried_buffers(plan)]
    outs = tuple(Var(c.slot.hint, c.slot.type, level.origin) for c in carried)
    blank = (out for out, c in zip(outs, carried, strict=True) if is_blank(level, c.slot))
    level.sweep.blank.update(blank)
    level.statements.append(_reverse_for(level, plan, carried, outs, ys))
    _settle(level, plan, carried, outs)
    for sequence, _, source in ys:
        contribute(level, source, sequence)


def _carried_slots(plan: Plan) -> list[Carried]:
    """The cotangents of the primal's slots."""
    inner, found = plan.inner, []
    for k, init in sorted(plan.inits.items()):
        param = plan.loop.body.params[k]
        value = handed(inner, param, inner.cotangents.pop(param, None))
        found.append(Carried(init, plan.slots[k], value, "slot", k))
    return found


def _carried_sums(level: Level, plan: Plan) -> list[Carried]:
    """The cotangents of what the body reads from outside, if it adds to them."""
    inner, found = plan.inner, []
    for variable, total in plan.sums.items():
        value = inner.cotangents.pop(variable, total)
        if value is not total:
            init = handed(level, variable, level.cotangents.get(variable))
            found.append(Carried(init, total, handed(inner, variable, value), "sum", variable))
    return found


def _carried_buffers(plan: Plan) -> list[Carried]:
    """The primal's buffers, from after to before a trip. To restore one may need another."""
    found: dict[int, Carried] = {}
    while set(plan.afters) - set(found):
        for k in sorted(set(plan.afters) - set(found)):
            value = need(plan.inner, plan.loop.body.params[k])
            found[k] = Carried(plan.after_inits[k], plan.afters[k], value, "buffer", k)
    return list(found.values())


def _reverse_for(
    level: Level,
    plan: Plan,
    carried: list[Carried],
    outs: tuple[Var, ...],
    ys: list[tuple[Var, Atom, Atom]],
) -> For:
    loop, inner = plan.loop, plan.inner
    read = [*plan.xs, *inner.tapes]
    body = Block(
        (*(c.slot for c in carried), *(element for _, element in read)),
        tuple(inner.statements),
        Yield((*(c.value for c in carried), *(v for _, v, _ in ys))),
    )
    early = plan.position is not None and not isinstance(loop, While)
    return For(
        outs,
        tuple(y for y, _, _ in ys),
        tuple(c.init for c in carried),
        tuple(sequence for sequence, _ in read),
        body,
        not getattr(loop, "reverse", False),
        trips_of(level, plan) if early else None,
        None,
        None,
        level.origin,
    )


def _settle(level: Level, plan: Plan, carried: list[Carried], outs: tuple[Var, ...]) -> None:
    """The reverse loop's results: cotangents of the initial values, sums, restored buffers."""
    pairs = list(zip(carried, outs, strict=True))
    level.cotangents.update((c.key, out) for c, out in pairs if c.kind == "sum")
    for made, out in pairs:
        init = plan.loop.inits[made.key] if made.kind != "sum" else None
        if made.kind == "slot" and init is not None:
            contribute(level, init, out)
        elif made.kind == "buffer" and isinstance(init, Var):
            level.available[init] = out


def _element_cotangents(level: Level, plan: Plan) -> list[tuple[Var, Atom, Atom]]:
    """For each active list: the list of the cotangents of its elements, by position. Rows of
    arrays, and lists that may be longer than the loop, are added to by index instead."""
    loop, inner = plan.loop, plan.inner
    elements = loop.body.params[len(loop.inits) :]
    sources = getattr(loop, "xs", ())
    several = sum(type_of(s) != RANGE for s in sources) > 1
    found: list[tuple[Var, Atom, Atom]] = []
    for source, element in zip(sources, elements, strict=True):
        value = inner.cotangents.pop(element, None)
        if not (isinstance(source, Var) and source in level.sweep.active):
            continue
        if isinstance(source.type, Lst) and not several:
            made = whole(inner, element, value)
            found.append((Var(bar(source), source.type, level.origin), made, source))
        elif value is not None:
            _add_by_index(level, plan, source, element, value)
    return found


def _add_by_index(level: Level, plan: Plan, source: Var, element: Var, value: Any) -> None:
    inner = plan.inner
    length = add(level, LEN, (shaped_like(level, source),), count_type(), "length")
    span = (Const(0, INT), length, Const(1, INT))
    index = Var("k", count_type(), level.origin)
    plan.xs.append((add(level, RANGE_OP, span, RANGE, ""), index))
    # Nothing has been added before, neither by other loops nor in other trips of outer ones.
    fresh = source in level.local and level.cotangents.get(source) is None
    fresh = fresh and source not in plan.sums and getattr(plan.loop, "xs", ()).count(source) == 1
    if source not in plan.sums:
        plan.sums[source] = Var(bar(source), source.type, level.origin)
        inner.sweep.unsure.add(plan.sums[source])
        inner.cotangents[source] = plan.sums[source]
    step = IndexStep((Hole(2),))
    cotangent = whole(inner, element, value)
    args = (inner.cotangents[source], cotangent, index)
    if isinstance(source.type, Num):
        made = add(inner, ADDITEM, args, source.type, bar(source), (("sign", "+"),), (step,))
    else:
        if fresh:
            total: Atom = cotangent
        else:
            total = _with_element(inner, args[0], cotangent, index)
        args = (args[0], total, index)
        made = add(inner, SETITEM, args, source.type, bar(source), (), (step,))
    inner.cotangents[source] = made


def _with_element(inner: Level, sums: Atom, cotangent: Atom, index: Var) -> Atom:
    """The sum of a cotangent and what a list of sums has at its place."""
    assert isinstance(sums, Var) and isinstance(sums.type, Lst)
    kind = sums.type.item
    old = add(inner, GETITEM, (sums, index), kind, "", (), (IndexStep((Hole(1),)),))
    if isinstance(kind, Num):
        return operate(inner, "add", old, cotangent)
    return add(inner, ADDED, (old, cotangent), kind)

"""The reverse of a loop: a loop in the opposite direction.

It carries the cotangent of each active slot, the sums of the cotangents of what the body reads
from outside, and the primal's buffers, from their state after a trip to their state before. Values
of the body that the reverse trips read are kept by position: tapes. The cotangent of a sequence
that is read by position is a sequence written by position.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.ir.data import (
    Atom,
    Block,
    Const,
    Exit,
    For,
    Hole,
    If,
    IndexStep,
    Statement,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import ADDITEM, LEN, OPERATORS, RANGE_OP, SELECT, SETITEM
from s2sad.ir.types import BOOL, INT, RANGE, Lst, Num, Type, is_continuous
from s2sad.ir.walk import defined, exits, free_variables
from s2sad.reverse.branches import Arm, finish_arms, is_leaving
from s2sad.reverse.cotangents import bar, contribute, shaped_like, whole
from s2sad.reverse.levels import Level, add, locals_of, need, with_outs

Recursion = Callable[[Level, Block], None]


@dataclass(eq=False)
class Plan:
    """What the reverse loop carries and reads, while it is built."""

    loop: Any
    inner: Level
    slots: dict[int, Var] = field(default_factory=dict)
    sums: dict[Var, Var] = field(default_factory=dict)
    afters: dict[int, Var] = field(default_factory=dict)
    after_inits: dict[int, Atom] = field(default_factory=dict)
    xs: list[tuple[Atom, Var]] = field(default_factory=list)
    trips: Var | None = None
    exit: Var | None = None
    number: Var | None = None
    position: Var | None = None
    stop: dict[int, Atom] = field(default_factory=dict)
    last: Atom | None = None
    left_by: Atom | None = None


def reverse_loop(level: Level, loop: For | While, recur: Recursion) -> list[Statement]:
    """Reverses a loop; gives the primal loop with its tapes (and what must come before it)."""
    outs_bar = {v: level.cotangents.pop(v, None) for v in (*loop.outs, *loop.ys)}
    plan = _prepare(level, loop, outs_bar)
    _reverse_body(plan, loop.body, recur)
    _emit(level, plan, outs_bar)
    return [_with_tapes(plan)]


# -- what is carried


def _prepare(level: Level, loop: For | While, outs_bar: dict[Var, Any]) -> Plan:
    inner = Level(level.sweep, "loop", level, locals_of(loop.body))
    inner.origin = level.origin
    plan = Plan(loop, inner)
    left_early = any(True for _ in exits(loop.body))
    plan.trips = loop.trips
    plan.exit = loop.exit
    if left_early or isinstance(loop, While):
        plan.trips = loop.trips or Var("trips", _count(), loop.origin)
        level.sweep.primal.add(plan.trips)
        level.local.add(plan.trips)
    if left_early and plan.exit is None:
        plan.exit = Var("exit", INT, loop.origin)
        level.sweep.primal.add(plan.exit)
        level.local.add(plan.exit)
    _sequences(level, plan, left_early)
    _slots(level, plan)
    _buffers(level, plan)
    _given_tapes(plan, outs_bar)
    _sums(plan)
    return plan


def _count() -> Type:
    return Num(INT.forms, "int64", (), dims.fresh(0))


def _sequences(level: Level, plan: Plan, left_early: bool) -> None:
    """The same sequences are read by the same positions."""
    loop, inner = plan.loop, plan.inner
    elements = loop.body.params[len(loop.inits) :]
    for source, element in zip(getattr(loop, "xs", ()), elements, strict=True):
        mirror = replace(element, origin=level.origin)
        if left_early and plan.position is None and _counts_from_zero(level, source):
            span = (Const(0, INT), _trips(level, plan), Const(1, INT))
            plan.position = inner.available[element] = mirror
            plan.xs.append((add(level, RANGE_OP, span, RANGE, ""), mirror))
            continue
        plan.xs.append((need(level, source), mirror))
        inner.available[element] = mirror
    if plan.position is None and (isinstance(loop, While) or left_early):
        span = (Const(0, INT), _trips(level, plan), Const(1, INT))
        counter = add(level, RANGE_OP, span, RANGE, "")
        plan.position = Var("trip", _count(), level.origin)
        plan.xs.append((counter, plan.position))
    if left_early:
        assert plan.exit is not None
        trips = _trips(level, plan)
        plan.left_by = need(level, plan.exit)
        plan.last = add(level, OPERATORS["sub"], (trips, Const(1, INT)), INT, "last")


def _trips(level: Level, plan: Plan) -> Atom:
    """The number of trips that the primal loop began, as the reverse sweep reads it."""
    assert plan.trips is not None
    return need(level, plan.trips)


def _counts_from_zero(level: Level, source: Atom) -> bool:
    """Whether a sequence is `range(0, n)`: then its elements are their positions."""
    made = level.sweep.definitions.get(source) if isinstance(source, Var) else None
    if made is None or made.op is not RANGE_OP:
        return False
    start, _, step = made.args
    bounds = [a.value if isinstance(a, Const) else None for a in (start, step)]
    return bounds == [0, 1]


def _slots(level: Level, plan: Plan) -> None:
    loop = plan.loop
    for k, param in enumerate(loop.body.params[: len(loop.inits)]):
        wanted = param in level.sweep.active or loop.outs[k] in level.sweep.active
        if wanted and is_continuous(param.type):
            plan.slots[k] = Var(bar(loop.outs[k]), param.type, level.origin)


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
            total = Var(bar(variable), variable.type, inner.origin)
            plan.sums[variable] = total
            inner.cotangents[variable] = total
            inner.sweep.unsure.add(total)


# -- the body


def _reverse_body(plan: Plan, body: Block, recur: Recursion) -> None:
    if body.statements and is_leaving(body.statements[-1]):
        last = body.statements[-1]
        assert isinstance(last, If)
        before = Block(body.params, body.statements[:-1], body.terminator)
        rebuilt = _reverse_leaving(plan, plan.inner, last, recur, body.terminator.values)
        plan.inner.forward.append(rebuilt)
        recur(plan.inner, before)
        return
    _contribute_ends(plan, plan.inner, body.terminator.values)
    recur(plan.inner, body)


def _contribute_ends(plan: Plan, level: Level, values: tuple[Atom, ...]) -> None:
    """What a trip ends with has the cotangent that the slots have after it."""
    for k, cotangent in plan.slots.items():
        contribute(level, values[k], cotangent)
    for k, after in plan.afters.items():
        value = values[k]
        if isinstance(value, Var):
            level.available.setdefault(value, after)


def _reverse_leaving(
    plan: Plan, level: Level, node: If, recur: Recursion, ends: tuple[Atom, ...]
) -> If:
    """An `if` with an arm that leaves: that arm is reversed in the last trip only. ends: what
    the trip ends with where it doesn't leave."""
    arms = []
    for block in (node.then, node.orelse):
        inner = Level(level.sweep, "branch", level, locals_of(block))
        inner.origin, inner.leaving = level.origin, True
        inner.cotangents = dict(level.cotangents)
        rebuilt = _reverse_arm(plan, inner, block, recur, _ends_of_arm(node, block, ends))
        arms.append(Arm(inner, rebuilt))
    test = _leaving_test(plan, level, node)
    finish_arms(level, node, test, arms)
    node = replace(node, then=arms[0].block, orelse=arms[1].block)
    return with_outs(node, (arms[0].level.kept, arms[1].level.kept))


def _ends_of_arm(node: If, arm: Block, ends: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """What a trip through this arm ends with: the arm's own values for the outs of the `if`."""
    if isinstance(arm.terminator, Exit):
        return arm.terminator.values
    own: dict[Atom, Atom] = dict(zip(node.outs, arm.terminator.values, strict=True))
    return tuple(own.get(value, value) for value in ends)


def _reverse_arm(
    plan: Plan, level: Level, block: Block, recur: Recursion, ends: tuple[Atom, ...]
) -> Block:
    if block.statements and is_leaving(block.statements[-1]):
        last = block.statements[-1]
        assert isinstance(last, If)
        rebuilt = _reverse_leaving(plan, level, last, recur, ends)
        level.forward.append(rebuilt)
        recur(level, Block((), block.statements[:-1], block.terminator))
    else:
        _contribute_ends(plan, level, ends)
        recur(level, block)
    return Block((), tuple(reversed(level.forward)), block.terminator)


def _leaving_test(plan: Plan, level: Level, node: If) -> Atom:
    """Whether the trip at hand took the first arm: what decides is how the loop was left, unless
    both arms can reach the next trip."""
    first, second = (sorted({e.number for e in _exits_of(b)}) for b in (node.then, node.orelse))
    if set(first) & set(second) or (_stays(node.then) and _stays(node.orelse)):
        return need(level, node.test)
    if _stays(node.then):
        left = _left_by(plan, level, second)
        return add(level, OPERATORS["not_"], (left,), BOOL, "")
    return _left_by(plan, level, first)


def _stays(block: Block) -> bool:
    """Whether a path through the block reaches the next trip."""
    if isinstance(block.terminator, Exit):
        return False
    last = block.statements[-1] if block.statements else None
    if isinstance(last, If) and is_leaving(last):
        return _stays(last.then) or _stays(last.orelse)
    return True


def _exits_of(block: Block) -> list[Exit]:
    own = [block.terminator] if isinstance(block.terminator, Exit) else []
    return [*exits(Block(block.params, block.statements, Yield(()))), *own]


def _left_by(plan: Plan, level: Level, numbers: list[int]) -> Atom:
    """A test inside the reverse loop: this is the last trip, and the loop was left there."""
    assert plan.left_by is not None and plan.last is not None and plan.position is not None
    parent = plan.inner.parent
    assert parent is not None
    left: Atom = Const(False, BOOL)
    for k, number in enumerate(numbers):
        one = add(parent, OPERATORS["eq"], (plan.left_by, Const(number, INT)), BOOL, "left")
        left = one if k == 0 else add(parent, OPERATORS["or_"], (left, one), BOOL, "left")
    stop = add(parent, SELECT, (left, plan.last, Const(-1, INT)), INT, "stop")
    return add(level, OPERATORS["eq"], (plan.position, stop), BOOL, "left")


# -- the finished loop


def _emit(level: Level, plan: Plan, outs_bar: dict[Var, Any]) -> None:
    loop, inner = plan.loop, plan.inner
    count = len(loop.inits)
    carried: list[tuple[Atom, Var, Atom, Any]] = []
    params = loop.body.params
    for k in [k for k in plan.slots if k < count]:
        value = whole(inner, params[k], inner.cotangents.pop(params[k], None))
        init = whole(level, loop.outs[k], outs_bar[loop.outs[k]])
        carried.append((init, plan.slots[k], value, ("slot", k)))
    ys = _element_cotangents(level, plan)
    for variable, total in plan.sums.items():
        value = inner.cotangents.pop(variable, total)
        if value is not total:
            init = whole(level, variable, level.cotangents.get(variable))
            carried.append((init, total, whole(inner, variable, value), ("sum", variable)))
    _carry_buffers(level, plan, carried)
    body = Block(
        (*(p for _, p, _, _ in carried), *(e for _, e in plan.xs), *(e for _, e in inner.tapes)),
        tuple(inner.statements),
        Yield((*(v for _, _, v, _ in carried), *(v for _, v, _ in ys))),
    )
    outs = tuple(Var(p.hint, p.type, level.origin) for _, p, _, _ in carried)
    sequences = (*(s for s, _ in plan.xs), *(s for s, _ in inner.tapes))
    early = plan.position is not None and not isinstance(loop, While)
    level.statements.append(
        For(
            outs,
            tuple(y for y, _, _ in ys),
            tuple(i for i, _, _, _ in carried),
            sequences,
            body,
            not getattr(loop, "reverse", False),
            _trips(level, plan) if early else None,
            None,
            None,
            level.origin,
        )
    )
    _settle(level, plan, carried, outs)
    for sequence, _, source in ys:
        contribute(level, source, sequence)


def _carry_buffers(level: Level, plan: Plan, carried: list[Any]) -> None:
    loop, inner = plan.loop, plan.inner
    done: set[int] = set()
    while set(plan.afters) - done:
        for k in sorted(set(plan.afters) - done):
            done.add(k)
            value = need(inner, loop.body.params[k])
            carried.append((plan.after_inits[k], plan.afters[k], value, ("buffer", k)))


def _settle(level: Level, plan: Plan, carried: list[Any], outs: tuple[Var, ...]) -> None:
    """The reverse loop's results: cotangents of the initial values, sums, restored buffers."""
    loop = plan.loop
    for (_, _, _, (kind, key)), out in zip(carried, outs, strict=True):
        if kind == "sum":
            level.cotangents[key] = out
    for (_, _, _, (kind, key)), out in zip(carried, outs, strict=True):
        if kind == "slot":
            contribute(level, loop.inits[key], out)
        elif kind == "buffer" and isinstance(loop.inits[key], Var):
            level.available[loop.inits[key]] = out


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
    length = add(level, LEN, (shaped_like(level, source),), _count(), "length")
    span = (Const(0, INT), length, Const(1, INT))
    index = Var("k", _count(), level.origin)
    plan.xs.append((add(level, RANGE_OP, span, RANGE, ""), index))
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
        made = add(inner, SETITEM, args, source.type, bar(source), (), (step,))
    inner.cotangents[source] = made


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

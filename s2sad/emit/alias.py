"""What may share memory with what: sets of abstract buffers for every variable.

Needs a function whose loops say which slots own their buffers (`owned`). Gives, for each
variable, the buffers that it may *be* (`top`) and those that it may reach (`deep`, which holds
`top`). Fresh results have a buffer of their own; views, elements, branches and borrowed slots
pass buffers on. A buffer made inside a loop and met again in a later trip is marked as older,
so that this trip's buffer is told from those of the trips before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir import ops
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Function,
    Hole,
    If,
    IndexStep,
    SliceStep,
    Statement,
    Try,
    Var,
    ViewStep,
    While,
    Yield,
)
from s2sad.ir.types import Lst, Num, Saved, Type, may_share
from s2sad.ir.walk import blocks, leaving_blocks

Buffer = tuple[int, frozenset[int]]
Buffers = frozenset[Buffer]
EMPTY: Buffers = frozenset()
FOREIGN: Buffer = (-1, frozenset())

IN_PLACE = frozenset(map(id, (ops.SETITEM, ops.ADDITEM, ops.SCATTER_ADD, ops.APPEND, ops.POP)))
LOCKED = ("broadcast_to", "broadcast_arrays", "diagonal", "sliding_window_view")
DISPLAYS = frozenset(map(id, (ops.TUPLE, ops.LIST, ops.DICT, ops.CONSTRUCT)))


@frozen
class Site:
    """A place where a copy can be put: an argument of a statement, a value of a terminator,
    or the result of a binding (`owner` is the variable then)."""

    kind: str
    owner: Any
    index: int = 0


@frozen
class Edge:
    """`source` flows into a variable. store: into its inside only; load: out of the inside.
    older: the loop whose trips the flow crosses. site: where a copy cuts it, if anywhere."""

    source: Var
    store: bool = False
    load: bool = False
    older: int | None = None
    site: Site | None = None


@dataclass
class Aliases:
    """The result: see the module. `inside` maps each `ys` to what it holds inside its loop;
    `users` are the edges backwards: what each variable flows into."""

    top: dict[Var, Buffers] = field(default_factory=dict)
    deep: dict[Var, Buffers] = field(default_factory=dict)
    edges: dict[Var, list[Edge]] = field(default_factory=dict)
    loops_of: dict[int, tuple[int, ...]] = field(default_factory=dict)
    foreign: set[int] = field(default_factory=lambda: {-1})
    inside: dict[Var, Var] = field(default_factory=dict)
    made: dict[Var, Statement] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    users: dict[Var, list[Var]] = field(default_factory=dict)

    def deep_of(self, atom: Atom) -> Buffers:
        """All buffers that the atom may reach."""
        if isinstance(atom, Var):
            return self.deep.get(atom, EMPTY)
        return _constant(atom)

    def top_of(self, atom: Atom) -> Buffers:
        """The buffers that the atom itself may be."""
        if isinstance(atom, Var):
            return self.top.get(atom, EMPTY)
        return _constant(atom)

    def is_foreign(self, buffers: Buffers) -> bool:
        """Whether one of them belongs to somebody else."""
        return any(number in self.foreign for number, _ in buffers)


def _constant(atom: Atom) -> Buffers:
    mutable = isinstance(atom, Const) and not isinstance(
        atom.value, (int, float, complex, str, bytes, tuple, type(None), type(...))
    )
    return frozenset({FOREIGN}) if mutable and may_share(atom.type) else EMPTY


def is_container(kind: Type) -> bool:
    """Whether values of this type hold references."""
    return not isinstance(kind, Num)


def is_write(statement: Statement) -> bool:
    """Whether the statement writes its first argument in place."""
    return isinstance(statement, Bind) and id(statement.op) in IN_PLACE


def is_display(bind: Bind) -> bool:
    """Whether the result is a new container of the arguments."""
    return id(bind.op) in DISPLAYS


def writes_top(bind: Bind) -> bool:
    """Whether a write changes the container itself, and not what it holds."""
    if bind.op is ops.APPEND or bind.op is ops.POP:
        return True
    one = len(bind.path) == 1 and bind.op is ops.SETITEM
    return one and is_container(bind.args[0].type)


def written(aliases: Aliases, bind: Bind) -> Buffers:
    """The buffers that a write may change."""
    operand = bind.args[0]
    return aliases.top_of(operand) if writes_top(bind) else aliases.deep_of(operand)


def yields_of(block: Block, index: int) -> Iterator[tuple[Atom, Site]]:
    """What flows into the results of a block at `index`: its own value, not its exits'."""
    if isinstance(block.terminator, Yield):
        yield block.terminator.values[index], Site("end", block, index)


def loop_values(body: Block, index: int) -> Iterator[tuple[Atom, Site]]:
    """What flows into a loop's result at `index`, from the end of the body or an exit."""
    yield from yields_of(body, index)
    for block, leaving in leaving_blocks(body):
        if block is not body:
            yield leaving.values[index], Site("end", block, index)


def _parts(path: tuple[Any, ...]) -> Iterator[Any]:
    for step in path:
        if isinstance(step, IndexStep):
            yield from step.components


def _may_be_sequence(kind: Type) -> bool:
    return isinstance(kind, Lst) or (isinstance(kind, Num) and kind.may_be_array)


def gathers(bind: Bind) -> bool | None:
    """Whether a read or write of an array indexes by arrays or masks: yes, no, or None where
    the type of an index leaves it open."""
    answer: bool | None = False
    for part in _parts(bind.path):
        if isinstance(part, Hole):
            kind = bind.args[part.position].type
            if isinstance(kind, Lst) or (isinstance(kind, Num) and kind.is_array):
                return None if isinstance(kind, Num) and kind.shape == () else True
            if _may_be_sequence(kind) or not isinstance(kind, Num):
                answer = None
        elif isinstance(part, (list, bool)):
            return True
    return answer


def result_of(bind: Bind) -> str:
    """fresh, view or either, as the types decide it."""
    if bind.op is ops.GETITEM:
        if isinstance(bind.args[0].type, Num) and not any(
            isinstance(step, ViewStep) for step in bind.path[1:]
        ):
            return {True: "fresh", False: "view", None: "either"}[gathers(bind)]
        return "either"
    return bind.op.result


def _is_locked(bind: Bind) -> bool:
    """Whether the result cannot be written, or is one element in many places."""
    steps = [step.op.name for step in bind.path if isinstance(step, ViewStep)]
    return any(name.split(".")[-1] in LOCKED for name in (bind.op.name, *steps))


def holes_in(path: tuple[Any, ...]) -> Iterator[int]:
    """The positions that a path's holes read, in order."""
    for part in _parts(path):
        bounds = (part.start, part.stop, part.step) if isinstance(part, SliceStep) else (part,)
        for bound in bounds:
            if isinstance(bound, Hole):
                yield bound.position
    for step in path:
        if isinstance(step, ViewStep):
            for arg in step.args:
                if isinstance(arg, Hole):
                    yield arg.position


class _Collector:
    """Builds the edges; `owned` maps slot parameters that own to "top" or "deep"."""

    def __init__(self, owned: dict[Var, str]) -> None:
        self.owned = owned
        self.result = Aliases()
        self.own: dict[Var, Buffer] = {}
        self.taken: set[Atom] = set()
        self.count = 0

    def fresh(self, var: Var, loops: tuple[int, ...], foreign: bool = False) -> None:
        if not may_share(var.type):
            return
        self.count += 1
        self.own[var] = (self.count, frozenset())
        self.result.loops_of[self.count] = loops
        if foreign:
            self.result.foreign.add(self.count)

    def flow(self, target: Var, atom: Atom, **how: Any) -> None:
        if not may_share(target.type):
            return
        if isinstance(atom, Var):
            self.result.edges.setdefault(target, []).append(Edge(atom, **how))
        elif _constant(atom):
            self.result.edges.setdefault(target, []).append(Edge(self.constant(), **how))

    def constant(self) -> Var:
        if not hasattr(self, "_constant_var"):
            self._constant_var = Var("", Lst(Num(frozenset({"array"}), None, None)))
            self.own[self._constant_var] = FOREIGN
        return self._constant_var

    def block(self, block: Block, loops: tuple[int, ...]) -> None:
        for statement in block.statements:
            self.statement(statement, loops)

    def statement(self, statement: Statement, loops: tuple[int, ...]) -> None:
        for out in outs_of(statement):
            self.result.made[out] = statement
        if isinstance(statement, Bind):
            self.bind(statement, loops)
        elif isinstance(statement, Call):
            self.call(statement, loops)
        elif isinstance(statement, (If, Try)):
            self.branch(statement, loops)
        else:
            self.loop(statement, loops)

    def call(self, call: Call, loops: tuple[int, ...]) -> None:
        written = dict(call.writes)
        for k, out in enumerate(call.outs):
            if k in written:
                self.flow(out, call.args[written[k]])
            else:
                self.fresh(out, loops)

    def bind(self, bind: Bind, loops: tuple[int, ...]) -> None:
        if is_write(bind):
            self.write(bind)
        elif is_display(bind):
            self.fresh(bind.out, loops)
            for k, arg in enumerate(bind.args):
                self.flow(bind.out, arg, store=True, site=Site("arg", bind, k))
        elif bind.op is ops.SELECT:
            self.flow(bind.out, bind.args[1])
            self.flow(bind.out, bind.args[2])
        else:
            self.plain(bind, loops)

    def plain(self, bind: Bind, loops: tuple[int, ...]) -> None:
        result = result_of(bind)
        if bind.op is ops.GETITEM and bind.args[0] in self.taken:
            result = "fresh"
        for out in bind.outs:
            if _is_locked(bind):
                self.fresh(out, loops, foreign=True)
                result = "view"
            elif result != "view":
                self.fresh(out, loops)
            if result != "fresh" and bind.args:
                load = is_container(bind.args[0].type)
                self.flow(out, bind.args[0], load=load, site=Site("def", out))

    def write(self, bind: Bind) -> None:
        self.flow(bind.outs[0], bind.args[0])
        if bind.op is ops.POP:
            self.flow(bind.outs[1], bind.args[0], load=True)
        elif is_container(bind.args[0].type):
            self.flow(bind.outs[0], bind.args[1], store=True, site=Site("arg", bind, 1))

    def branch(self, branch: If | Try, loops: tuple[int, ...]) -> None:
        for arm in blocks(branch):
            for param in arm.params:
                self.fresh(param, loops)
            self.block(arm, loops)
            for k, out in enumerate(branch.outs):
                for value, site in yields_of(arm, k):
                    self.flow(out, value, site=site)

    def loop(self, loop: For | While, loops: tuple[int, ...]) -> None:
        number = self.number(loop)
        within = (*loops, number)
        for k, (init, param, out) in enumerate(
            zip(loop.inits, loop.body.params, loop.outs, strict=False)
        ):
            self.slot(loop, k, init, param, out, within)
        if isinstance(loop, For):
            for xs, param in zip(loop.xs, loop.body.params[len(loop.inits) :], strict=True):
                self.flow(param, xs, load=is_container(xs.type))
        else:
            for param, read in zip(loop.body.params, loop.cond.params, strict=True):
                self.flow(read, param)
            self.block(loop.cond, within)
        for k, kept in enumerate(loop.ys):
            self.kept(loop, len(loop.inits) + k, kept, loops, number)
        self.block(loop.body, within)

    def number(self, loop: For | While) -> int:
        self.count += 1
        self.result.numbers[id(loop)] = self.count
        return self.count

    def slot(
        self, loop: For | While, k: int, init: Atom, param: Var, out: Var, within: tuple[int, ...]
    ) -> None:
        mode = self.owned.get(param)
        if mode:
            self.fresh(param, within)
            self.fresh(out, within[:-1])
        if mode == "deep":
            return
        store = mode == "top"
        for target in (param, out):
            self.flow(target, init, store=store)
        for value, _ in loop_values(loop.body, k):
            self.flow(param, value, store=store, older=within[-1])
            self.flow(out, value, store=store)

    def kept(
        self, loop: For | While, k: int, kept: Var, loops: tuple[int, ...], number: int
    ) -> None:
        inside = Var(kept.hint, kept.type)
        self.result.inside[kept] = inside
        self.fresh(kept, loops)
        self.own[inside] = self.own[kept]
        self.flow(kept, inside)
        for value, site in loop_values(loop.body, k):
            self.flow(kept, value, store=True, site=site)
            self.flow(inside, value, store=True, older=number, site=site)


def outs_of(statement: Statement) -> tuple[Var, ...]:
    """All the variables that a statement defines in its own block."""
    if isinstance(statement, (For, While)):
        more = tuple(v for v in (statement.trips, statement.exit) if v is not None)
        return (*statement.outs, *statement.ys, *more)
    return statement.outs


def _older(buffers: Buffers, loop: int | None, loops_of: dict[int, tuple[int, ...]]) -> Buffers:
    if loop is None or not buffers:
        return buffers
    return frozenset(
        (n, olds | {loop}) if loop in loops_of.get(n, ()) else (n, olds) for n, olds in buffers
    )


def _spread(collector: _Collector) -> None:
    """The least fixpoint over the edges."""
    result = collector.result
    for var, buffer in collector.own.items():
        result.top[var] = result.deep[var] = frozenset({buffer})
    users = result.users
    for target, edges in result.edges.items():
        for edge in edges:
            users.setdefault(edge.source, []).append(target)
    pending = list(reversed(result.edges))
    waiting = set(pending)
    while pending:
        target = pending.pop()
        waiting.discard(target)
        if _update(result, target):
            for user in users.get(target, ()):
                if user not in waiting:
                    waiting.add(user)
                    pending.append(user)


def _update(result: Aliases, target: Var) -> bool:
    top, deep = result.top.get(target, EMPTY), result.deep.get(target, EMPTY)
    was = (top, deep)
    for edge in result.edges[target]:
        reach = _older(result.deep.get(edge.source, EMPTY), edge.older, result.loops_of)
        if edge.load:
            top |= reach
        elif not edge.store:
            top |= _older(result.top.get(edge.source, EMPTY), edge.older, result.loops_of)
        deep |= reach
    deep |= top
    result.top[target], result.deep[target] = top, deep
    return was != (top, deep)


def _blocks(function: Function) -> Iterator[Statement]:
    yield from statements_in(function.body)


def statements_in(block: Block) -> Iterator[Statement]:
    """All statements of a block and of the blocks inside it, in order."""
    for statement in block.statements:
        yield statement
        for inner in blocks_of(statement):
            yield from statements_in(inner)


def blocks_of(statement: Statement) -> tuple[Block, ...]:
    """The blocks that a statement holds."""
    if isinstance(statement, If):
        return (statement.then, statement.orelse)
    if isinstance(statement, For):
        return (statement.body,)
    if isinstance(statement, While):
        return (statement.cond, statement.body)
    return blocks(statement)


def _collect(function: Function, owned: dict[Var, str]) -> _Collector:
    collector = _Collector(owned)
    for param in function.params:
        collector.fresh(param.var, (), foreign=not param.owned)
        if param.owned and isinstance(param.var.type, Saved):
            # What is saved holds nothing twice, and is read item by item.
            collector.taken.add(param.var)
    collector.block(function.body, ())
    return collector


def written_slots(function: Function, takes: Callable[[Call], list[int]]) -> dict[Var, str]:
    """The slot parameters whose buffers are written, in their loop or through it: "deep", or
    "top" where only the container itself is."""
    slots = {
        p
        for s in statements_in(function.body)
        if isinstance(s, (For, While))
        for p in s.body.params[: len(s.inits)]
    }
    if not slots:
        return {}
    edges = _collect(function, {}).result.edges
    modes: dict[Var, str] = {}
    for mode in ("deep", "top"):
        for var in reach_back(edges, _operands(function, mode, takes)):
            if var in slots and may_share(var.type):
                modes.setdefault(var, mode)
    return modes


def written_operands(function: Function, takes: Callable[[Call], list[int]]) -> list[Var]:
    """The variables that are written, or handed to a call that writes them."""
    return [v for mode in ("deep", "top") for v in _operands(function, mode, takes)]


def _operands(function: Function, mode: str, takes: Callable[[Call], list[int]]) -> list[Var]:
    found: list[Atom] = []
    for statement in statements_in(function.body):
        if isinstance(statement, Bind) and is_write(statement):
            if writes_top(statement) == (mode == "top"):
                found.append(statement.args[0])
        elif isinstance(statement, Call) and mode == "deep":
            found += [statement.args[k] for k in takes(statement)]
    return [atom for atom in found if isinstance(atom, Var)]


def reach_back(edges: dict[Var, list[Edge]], start: tuple[Var, ...] | list[Var]) -> list[Var]:
    """All that flows into the variables, themselves included."""
    seen = dict.fromkeys(start)
    pending = list(start)
    while pending:
        for edge in edges.get(pending.pop(), ()):
            if edge.source not in seen:
                seen[edge.source] = None
                pending.append(edge.source)
    return list(seen)


def reached(users: dict[Var, list[Var]], start: Var) -> Iterator[Var]:
    """All that a variable flows into, the nearest first, itself included."""
    seen = {start}
    pending = deque((start,))
    while pending:
        current = pending.popleft()
        yield current
        for user in users.get(current, ()):
            if user not in seen:
                seen.add(user)
                pending.append(user)


def aliases_of(function: Function, owned: dict[Var, str]) -> Aliases:
    """The buffers of every variable of a function."""
    collector = _collect(function, owned)
    _spread(collector)
    return collector.result

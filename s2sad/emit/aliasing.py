"""Collecting what may share memory: edges between variables, followed until nothing changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from s2sad.emit.alias import (
    EMPTY,
    FOREIGN,
    Aliases,
    Buffer,
    Buffers,
    Edge,
    Site,
    constant_of,
    is_container,
    is_display,
    is_locked,
    is_write,
    loop_values,
    result_of,
    writes_top,
    yields_of,
)
from s2sad.ir import ops
from s2sad.ir.data import Atom, Bind, Block, Call, For, Function, If, Statement, Try, Var, While
from s2sad.ir.types import Lst, Num, Saved, may_share
from s2sad.ir.walk import all_statements, blocks


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
        elif constant_of(atom):
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
            if is_locked(bind):
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
        for s in all_statements(function.body)
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
    for statement in all_statements(function.body):
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

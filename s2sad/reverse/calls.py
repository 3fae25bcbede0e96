"""Reversing a call: the reverse function of its pair is called, and what it gives is taken over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from s2sad.ir.calls import placed, reading, view_of, with_view
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Function,
    IndexStep,
    Param,
    Path,
    Statement,
    Var,
    Yield,
)
from s2sad.ir.ops import ADDITEM, COPY, GETITEM, SETITEM
from s2sad.ir.types import NP, Num, Saved, Type, is_continuous
from s2sad.reverse.cotangents import contribute, whole
from s2sad.reverse.halves import halves
from s2sad.reverse.levels import Level, add, need
from s2sad.reverse.operations import bar
from s2sad.reverse.pairs import Pair, Pairs, Positions

# `differentiate.sweep_over`: the statements of both sweeps, and what they give.
SweepOver = Callable[..., tuple[tuple[Statement, ...], tuple[Statement, ...], Any, Any]]


# -- the call


def reverse_call(level: Level, call: Call, sweep: SweepOver) -> Call:
    """Reverses a call; gives the call of the forward function that takes its place.

    sweep: what differentiates the callee.
    """
    pair = _pair_of(level, call, sweep)
    saved = Var(f"{call.callee}_saved", pair.saved, call.origin)
    level.local.add(saved)
    level.sweep.primal.add(saved)
    made = _Reverse(level, call, pair, Call((), f"{pair.name}_reverse", (), level.origin))
    made.arguments(saved)
    for out in call.outs:
        level.cotangents.pop(out, None)
    made.results()
    return replace(call, outs=(*call.outs, saved), callee=f"{pair.name}_forward")


@dataclass(eq=False)
class _Reverse:
    """The call of a reverse function, `made`, while it is put together. seeds, sums, after:
    where in it the cotangents of results and of arguments stand, and what was written."""

    level: Level
    call: Call
    pair: Pair
    made: Call
    seeds: dict[int, int] = field(default_factory=dict)
    sums: dict[int, int] = field(default_factory=dict)
    after: dict[int, int] = field(default_factory=dict)
    views: list[tuple[int, int]] = field(default_factory=list)

    def add(self, atom: Atom) -> int:
        self.made = replace(self.made, args=(*self.made.args, atom))
        return len(self.made.args) - 1

    def arguments(self, saved: Var) -> None:
        """What is passed, in order; behind it what the paths of views read."""
        level, call, pair = self.level, self.call, self.pair
        written = dict(call.writes)
        for j in pair.arguments:
            self.add(self.present(j))
        for k in pair.results:
            self.after[k] = self.add(need(level, call.outs[k]))
            if k in written:
                self.view(self.after[k], written[k])
        self.add(need(level, saved))
        for k in pair.seeded:
            out = call.outs[k]
            self.seeds[k] = self.add(whole(level, out, level.cotangents.pop(out)))
            if k in written:
                self.view(self.seeds[k], written[k])
        for j in pair.summed:
            argument = call.args[j]
            assert isinstance(argument, Var)
            self.sums[j] = self.add(whole(level, argument, level.cotangents.pop(argument, None)))
        self.made = replace(self.made, sums=tuple(self.sums.values()))
        for position, j in self.views:
            path, holes = self.path(j)
            self.made = with_view(self.made, position, self.made.args[position], path, holes)

    def view(self, position: int, j: int) -> None:
        """Notes that a view is passed, where the call passes one of that argument."""
        if any(j == i for i, _ in self.call.views):
            self.views.append((position, j))

    def present(self, j: int) -> Atom:
        """What stands for a parameter, as the reverse sweep can read it."""
        bind = reading(self.call, j)
        if bind is None:
            return need(self.level, self.call.args[j])
        args = tuple(need(self.level, a) for a in bind.args)
        kind = self.pair.callee.params[j].var.type
        return add(self.level, GETITEM, args, kind, "", (), bind.path)

    def path(self, j: int) -> tuple[Path, tuple[Atom, ...]]:
        view = view_of(self.call, j)
        assert view is not None
        return view[0], tuple(need(self.level, hole) for hole in view[1])

    def results(self) -> None:
        """The results of the reverse call: cotangents, then what was written as it was before."""
        level, call, pair = self.level, self.call, self.pair
        written = {j: k for k, j in call.writes}
        outs: list[Var] = []
        writes: list[tuple[int, int]] = []
        later: list[Callable[[], None]] = []
        for j in pair.wanted:
            argument = call.args[j]
            assert isinstance(argument, Var)
            k = written.get(j)
            at = self.sums.get(j, self.seeds.get(k) if k is not None else None)
            if at is not None:
                out = Var(bar(argument), argument.type, level.origin)
                writes.append((len(outs), at))
                later.append(partial(self.sum_up, argument, out, summed=j in self.sums))
            else:
                kind = pair.callee.params[j].var.type if j in written else argument.type
                out = Var(bar(argument), _loose(kind), level.origin)
                later.append(partial(self.contribution, j, out))
            outs.append(out)
        for k, j in call.writes:
            argument = call.args[j]
            assert isinstance(argument, Var)
            if k in self.after:
                out = Var(argument.hint, argument.type, level.origin)
                writes.append((len(outs), self.after[k]))
                later.append(partial(level.available.__setitem__, argument, out))
            else:
                out = Var(argument.hint, pair.callee.params[j].var.type, level.origin)
                later.append(partial(self.restored, k, j, out))
            outs.append(out)
        self.made = replace(self.made, outs=tuple(outs), writes=tuple(writes))
        level.statements.append(self.made)
        for action in later:
            action()

    def sum_up(self, argument: Var, out: Var, *, summed: bool) -> None:
        if summed:
            self.level.cotangents[argument] = out
        else:
            contribute(self.level, argument, out)

    def contribution(self, j: int, out: Var) -> None:
        """The cotangent of an argument, or of the view of it that was passed."""
        argument = self.call.args[j]
        assert isinstance(argument, Var)
        if not any(j == i for i, _ in self.call.views):
            contribute(self.level, argument, out)
            return
        path, holes = self.path(j)
        old = whole(self.level, argument, self.level.cotangents.pop(argument, None))
        path, sign = placed(path, 2), (("sign", "+"),)
        self.level.cotangents[argument] = add(
            self.level, ADDITEM, (old, out, *holes), argument.type, bar(argument), sign, path
        )

    def restored(self, k: int, j: int, out: Var) -> None:
        """What was written, where the reverse function gives a value of its own for it."""
        argument = self.call.args[j]
        assert isinstance(argument, Var)
        if not any(j == i for i, _ in self.call.views):
            self.level.available[argument] = out
            return
        path, holes = self.path(j)
        after = need(self.level, self.call.outs[k])
        self.level.available[argument] = add(
            self.level,
            SETITEM,
            (after, out, *holes),
            argument.type,
            argument.hint,
            (),
            (*placed(path, 2), IndexStep((Ellipsis,))),
        )


def undo_copy(level: Level, call: Call) -> None:
    """What a call without derivative writes is copied before, where it is read again."""
    for k, j in call.writes:
        argument = call.args[j]
        if not isinstance(argument, Var):
            continue
        old = Var(f"{argument.hint}.old", argument.type, call.origin)
        level.local.add(old)
        level.sweep.primal.add(old)
        view = view_of(call, j)
        if view is None:
            level.forward.append(Bind((old,), COPY, (argument,), (), (), call.origin))
            level.available[argument] = need(level, old)
            continue
        kind = level.sweep.pairs.functions[call.callee].params[j].var.type
        old = replace(old, type=kind)
        level.local.add(old)
        level.sweep.primal.add(old)
        path, holes = view
        args = (argument, *holes)
        level.forward.append(Bind((old,), GETITEM, args, (), placed(path, 1), call.origin))
        again = tuple(need(level, hole) for hole in holes)
        atoms = (need(level, call.outs[k]), need(level, old), *again)
        path = (*placed(path, 2), IndexStep((Ellipsis,)))
        level.available[argument] = add(
            level, SETITEM, atoms, argument.type, argument.hint, (), path
        )


def _loose(kind: Type) -> Type:
    """The type of the cotangent of an argument: of a number it may be one of NumPy's."""
    if isinstance(kind, Num) and not kind.may_be_array:
        return replace(kind, forms=kind.forms | {NP})
    return kind


# -- the pair


def _pair_of(level: Level, call: Call, sweep: SweepOver) -> Pair:
    pairs: Pairs = level.sweep.pairs
    callee = pairs.functions[call.callee]
    wanted, seen = [], set()
    summed = []
    written = {j for _, j in call.writes}
    for j, (argument, param) in enumerate(zip(call.args, callee.params, strict=False)):
        if argument in level.sweep.active and is_continuous(param.var.type):
            wanted.append(j)
            if j not in written and argument not in seen and _adds_in_place(param.var.type):
                summed.append(j)
                seen.add(argument)
    seeded = tuple(k for k, out in enumerate(call.outs) if level.cotangents.get(out) is not None)
    masked = any(call.outs[k] in level.sweep.masked for k in seeded)
    key = (call.callee, tuple(wanted), seeded, tuple(summed), masked)
    if key in pairs.begun:
        pair = pairs.begun[key]
        pair.recursive = pair.recursive or not pair.finished
        return pair
    name = _name(pairs, call.callee)
    pair = Pair(
        callee, name, tuple(wanted), seeded, tuple(summed), call.writes, masked, Saved(name)
    )
    pair.arguments, pair.results = _everything(pair)
    pairs.begun[key] = pair
    _make(pairs, pair, sweep)
    return pair


def _adds_in_place(kind: Type) -> bool:
    return isinstance(kind, Num) and kind.is_array and kind.dtype is not None and kind.shape != ()


def _name(pairs: Pairs, base: str) -> str:
    taken = {pair.name for pair in pairs.begun.values()}
    number, name = 1, base
    while name in taken or any(f"{name}_{s}" in pairs.functions for s in ("forward", "reverse")):
        number += 1
        name = f"{base}_{number}"
    return name


def _everything(pair: Pair) -> tuple[Positions, Positions]:
    """All arguments but those that are written, and all results."""
    written = {j for _, j in pair.writes}
    arguments = tuple(j for j in range(len(pair.callee.params)) if j not in written)
    values = pair.callee.body.terminator.values
    return arguments, tuple(k for k, value in enumerate(values) if isinstance(value, Var))


def _make(pairs: Pairs, pair: Pair, sweep: SweepOver) -> None:
    """Makes the forward and the reverse function."""
    function = pair.callee
    results = function.body.terminator.values
    seeds = {k: Var(f"{_hint(results[k])}_bar", results[k].type) for k in pair.seeded}
    params = [p.var for p in function.params]
    sums = {j: Var(bar(params[j]), params[j].type) for j in pair.summed}
    forward, backward, bars, before = sweep(
        function,
        tuple(params[j] for j in pair.wanted),
        [(results[k], seed) for k, seed in seeds.items()],
        pairs,
        {params[j]: total for j, total in sums.items()},
        tuple(params[j] for _, j in pair.writes),
        pair.masked,
    )
    joint = Function(
        pair.name,
        (*function.params, *(Param(v, owned=True) for v in (*seeds.values(), *sums.values()))),
        Block((), (*forward, *backward), Yield((*results, *bars, *before))),
        function.source,
    )
    joint = pairs.clean(joint)
    made = halves(pair, joint)
    pair.finished = True
    pairs.functions.update((f.name, f) for f in made)


def _hint(result: Atom) -> str:
    return result.hint.replace(".", "_") or "out" if isinstance(result, Var) else "out"

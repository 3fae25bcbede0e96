"""The emitter: random programs mean the same as text as they do in the reference interpreter."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from s2sad.emit import emit
from s2sad.ir import ops
from s2sad.ir.build import Builder, array_type, atom, library
from s2sad.ir.data import (
    Bind,
    Block,
    For,
    Function,
    Hole,
    If,
    IndexStep,
    Op,
    Param,
    Program,
    SliceStep,
    Undefined,
    Var,
    ViewStep,
    While,
)
from s2sad.ir.interpret import run
from s2sad.ir.ops import fresh_copy
from s2sad.ir.types import BOOL, FLOAT, INT, RANGE, Lst, Tup, Type
from s2sad.ir.verify import verify

A = array_type(5)
V = array_type(3)
LA = Lst(A)
IDX = array_type(3, dtype="int64")
MID = (IndexStep((SliceStep(1, 4, None),)),)
LOW = (IndexStep((SliceStep(None, 3, None),)),)
HINTS = ("x", "u", "v", "w", "", "x.add", "u.sub")
SIN, COS = library("np.sin"), library("np.cos")
TRANSPOSE = Op(".T", lambda x: x.T, "attribute", None, "view")
RAVEL = library("np.ravel", "either")


def execute(program: Program, args: tuple[Any, ...]) -> Any:
    page = emit(program)
    space: dict[str, Any] = {"np": np, "math": math}
    exec(compile(page.text, "page", "exec"), space)
    return space[program.entry.name](*args)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def same(left: Any, right: Any) -> bool:
    if isinstance(left, (list, tuple)):
        return (
            type(left) is type(right)
            and len(left) == len(right)
            and all(same(a, b) for a, b in zip(left, right, strict=True))
        )
    return type(left) is type(right) and bool(np.array_equal(left, right))


def check(program: Program, args: tuple[Any, ...]) -> str:
    """Runs both ways: equal values, untouched arguments, no memory shared by the results."""
    verify(program)
    given = fresh_copy(args)
    wanted = run(program, fresh_copy(args))
    got = execute(program, given)
    assert same(got, wanted), (got, wanted)
    assert same(list(given), list(args))
    arrays = [leaf for leaf in leaves(got) if isinstance(leaf, np.ndarray)]
    for k, first in enumerate(arrays):
        for other in (*arrays[:k], *(a for a in leaves(list(given)) if isinstance(a, np.ndarray))):
            assert not np.shares_memory(first, other)
    return emit(program).text


@dataclass
class Scope:
    """What is defined, by kind."""

    known: dict[Type, list[Var]] = field(default_factory=dict)

    def inner(self) -> Scope:
        return Scope({kind: list(items) for kind, items in self.known.items()})

    def add(self, var: Var) -> Var:
        self.known.setdefault(var.type, []).append(var)
        return var


class Maker:
    """Makes random programs."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.budget = self.random.randrange(5, 40)

    def hint(self) -> str:
        return self.random.choice(HINTS)

    def pick(self, scope: Scope, kind: Type) -> Var:
        items = scope.known[kind]
        return items[-1] if self.random.random() < 0.4 else self.random.choice(items)

    def program(self) -> Program:
        params = tuple(
            Var(hint, kind) for hint, kind in (("a", A), ("b", A), ("s", FLOAT), ("idx", IDX))
        )
        scope, build = Scope(), Builder()
        for param in params:
            scope.add(param)
        self.prologue(build, scope)
        self.fill(build, scope, 0, None)
        results = [self.pick(scope, self.random.choice([A, FLOAT, V, LA])) for _ in range(2)]
        pair = build.bind(ops.TUPLE, *results, self.pick(scope, A), kind=Tup((A,)))
        body = build.end(self.pick(scope, FLOAT), self.pick(scope, A), pair)
        return Program((Function("main", tuple(Param(p) for p in params), body),))

    def prologue(self, build: Builder, scope: Scope) -> None:
        first, second = scope.known[A][0], scope.known[A][1]
        scope.add(build.bind(SIN, first, hint=self.hint(), kind=A))
        scope.add(build.bind(ops.GETITEM, second, hint=self.hint(), kind=V, path=MID))
        scope.add(build.bind(ops.LIST, first, second, hint="items", kind=LA))

    def fill(self, build: Builder, scope: Scope, depth: int, loop: Any) -> None:
        for _ in range(self.random.randrange(2, 9)):
            self.budget -= 1
            if self.budget > 0:
                self.statement(build, scope, depth)

    def statement(self, build: Builder, scope: Scope, depth: int) -> None:
        simple = [
            self.scalar,
            self.array,
            self.view,
            self.write,
            self.write,
            self.update,
            self.scatter,
            self.whole,
            self.listing,
            self.reading,
            self.swap_write,
        ]
        compound = [self.branch, self.loop, self.pair, self.repeat]
        if depth < 3 and self.random.random() < 0.4:
            self.random.choice(compound)(build, scope, depth)
        else:
            self.random.choice(simple)(build, scope)

    # -- simple statements

    def scalar(self, build: Builder, scope: Scope) -> None:
        args = (self.pick(scope, FLOAT), self.pick(scope, FLOAT))
        total = build.operator(self.random.choice(["add", "sub", "mul"]), *args, hint="")
        scope.add(build.bind(Op("math.sin", math.sin), total, hint=self.hint()))

    def array(self, build: Builder, scope: Scope) -> None:
        kind = self.random.choice([A, V])
        name = self.random.choice(["add", "mul", "sub"])
        other = self.pick(scope, self.random.choice([kind, FLOAT]))
        total = build.operator(name, self.pick(scope, kind), other, hint=self.hint(), kind=kind)
        if self.random.random() < 0.5:
            total = build.bind(COS, total, hint=self.hint(), kind=kind)
        scope.add(total)

    def view(self, build: Builder, scope: Scope) -> None:
        choice = self.random.randrange(4)
        if choice == 0:
            base = self.pick(scope, A)
            scope.add(build.bind(RAVEL, base, hint=self.hint(), kind=A))
        elif choice == 1:
            base = self.pick(scope, A)
            scope.add(build.bind(TRANSPOSE, base, hint=self.hint(), kind=A))
        else:
            path = self.random.choice([MID, LOW])
            base = self.pick(scope, A)
            scope.add(build.bind(ops.GETITEM, base, hint=self.hint(), kind=V, path=path))

    def write(self, build: Builder, scope: Scope) -> None:
        base = self.pick(scope, A)
        path = self.random.choice([MID, LOW, (*MID, ViewStep(TRANSPOSE), *LOW)])
        value = self.pick(scope, self.random.choice([V, FLOAT]))
        scope.add(build.bind(ops.SETITEM, base, value, hint=self.hint(), kind=A, path=path))

    def swap_write(self, build: Builder, scope: Scope) -> None:
        base = self.pick(scope, A)
        number = self.random.randrange(5)
        value = build.operator("neg", self.pick(scope, FLOAT))
        step = (IndexStep((number,)),)
        scope.add(build.bind(ops.SETITEM, base, value, hint=self.hint(), kind=A, path=step))

    def update(self, build: Builder, scope: Scope) -> None:
        base = self.pick(scope, A)
        path = self.random.choice([MID, LOW])
        value = self.pick(scope, self.random.choice([V, FLOAT]))
        sign = self.random.choice(["+", "-", "*"])
        scope.add(
            build.bind(ops.ADDITEM, base, value, hint=self.hint(), kind=A, path=path, sign=sign)
        )

    def whole(self, build: Builder, scope: Scope) -> None:
        base, value = self.pick(scope, A), self.pick(scope, self.random.choice([A, FLOAT]))
        scope.add(build.bind(ops.ADDITEM, base, value, hint=self.hint(), kind=A, sign="+"))

    def scatter(self, build: Builder, scope: Scope) -> None:
        base, value = self.pick(scope, A), self.pick(scope, V)
        path = (IndexStep((Hole(2),)),)
        index = self.pick(scope, IDX)
        scope.add(
            build.bind(ops.SCATTER_ADD, base, value, index, hint=self.hint(), kind=A, path=path)
        )

    def listing(self, build: Builder, scope: Scope) -> None:
        items = self.pick(scope, LA)
        choice = self.random.randrange(3)
        if choice == 0:
            out = build.bind(ops.APPEND, items, self.pick(scope, A), hint="items", kind=LA)
            scope.add(out)
        elif choice == 1:
            grown = build.bind(ops.APPEND, items, self.pick(scope, A), hint="items", kind=LA)
            rest, last = Var("items", LA), Var(self.hint(), A)
            build.add(Bind((rest, last), ops.POP, (grown,)))
            scope.add(rest)
            scope.add(last)
        else:
            path = (IndexStep((0,)),)
            value = self.pick(scope, A)
            scope.add(build.bind(ops.SETITEM, items, value, hint="items", kind=LA, path=path))

    def reading(self, build: Builder, scope: Scope) -> None:
        if self.random.random() < 0.5:
            number = self.random.choice([0, -1])
            path = (IndexStep((number,)),)
            items = self.pick(scope, LA)
            scope.add(build.bind(ops.GETITEM, items, hint=self.hint(), kind=A, path=path))
        else:
            path = (IndexStep((self.random.randrange(5),)),)
            item = build.bind(ops.GETITEM, self.pick(scope, A), kind=FLOAT, path=path)
            scope.add(build.bind(Op("math.cos", math.cos), item, hint=self.hint()))

    # -- compound ones

    def test(self, build: Builder, scope: Scope) -> Var:
        return build.operator("gt", self.pick(scope, FLOAT), 0.1, kind=BOOL)

    def kinds(self, most: int) -> list[Type]:
        return [
            self.random.choice([A, A, V, FLOAT, LA]) for _ in range(self.random.randint(1, most))
        ]

    def branch(self, build: Builder, scope: Scope, depth: int) -> None:
        kinds, test = self.kinds(3), self.test(build, scope)
        arms = []
        for _ in range(2):
            inner, block = scope.inner(), Builder()
            if self.random.random() < 0.8:
                self.fill(block, inner, depth + 1, None)
            arms.append(block.end(*(self.pick(inner, k) for k in kinds)))
        outs = tuple(Var(self.hint(), k) for k in kinds)
        build.add(If(outs, test, arms[0], arms[1]))
        for out in outs:
            scope.add(out)

    def loop(self, build: Builder, scope: Scope, depth: int) -> None:
        self.scan(build, scope, depth, self.random.random() < 0.3)

    def pair(self, build: Builder, scope: Scope, depth: int) -> None:
        """A loop and another one that reads its tapes, mostly in the opposite direction."""
        reverse = self.random.random() < 0.3
        tapes, span = self.scan(build, scope, depth, reverse)
        if tapes:
            again = not reverse if self.random.random() < 0.8 else reverse
            with_span = self.random.random() < 0.6
            xs = (*((span,) if with_span else ()), *tapes)
            self.scan(build, scope, depth, again, xs)

    def scan(
        self, build: Builder, scope: Scope, depth: int, reverse: bool, xs: tuple[Var, ...] = ()
    ) -> tuple[tuple[Var, ...], Var]:
        kinds, kept = self.kinds(3), self.kinds(2) if self.random.random() < 0.6 else []
        inits = tuple(self.pick(scope, k) for k in kinds)
        span = build.bind(ops.RANGE_OP, 0, self.random.randrange(4), 1, kind=RANGE)
        sequences = xs or (span,)
        inner = scope.inner()
        params = tuple(inner.add(Var(self.hint(), k)) for k in kinds)
        elements = tuple(
            inner.add(Var("k", INT) if x.type is RANGE else Var(self.hint(), x.type.item))  # type: ignore[attr-defined]
            for x in sequences
        )
        block = Builder((*params, *elements))
        self.fill(block, inner, depth + 1, None)
        leaving = self.random.random() < 0.25
        body = self.body(block, inner, [*kinds, *kept], leaving, depth)
        outs = tuple(Var(self.hint(), k) for k in kinds)
        ys = tuple(Var(f"{self.hint() or 'y'}_tape", Lst(k)) for k in kept)
        exit_ = Var("exit_3", INT) if leaving else None
        trips = Var("trips", INT) if self.random.random() < 0.3 else None
        build.add(For(outs, ys, inits, sequences, body, reverse, trips=trips, exit=exit_))
        self.finish(build, scope, outs, ys, (exit_, trips))
        return ys, span

    def body(
        self, block: Builder, inner: Scope, kinds: list[Type], leaving: bool, depth: int
    ) -> Block:
        values = [self.pick(inner, k) for k in kinds]
        if not leaving:
            return block.end(*values)
        test = self.test(block, inner)
        left = Builder()
        self.fill(left, inner.inner(), depth + 1, None)
        out = left.leave(1, *(self.pick(inner, k) for k in kinds))
        stays, stay = inner.inner(), Builder()
        self.fill(stay, stays, depth + 1, None)
        outs = tuple(Var(self.hint(), k) for k in kinds)
        arms = (out, stay.end(*(self.pick(stays, k) for k in kinds)))
        block.add(If(outs, test, *(arms if self.random.random() < 0.5 else arms[::-1])))
        values = [o if self.random.random() < 0.5 else v for o, v in zip(outs, values, strict=True)]
        return block.end(*values)

    def finish(
        self,
        build: Builder,
        scope: Scope,
        outs: tuple[Var, ...],
        ys: tuple[Var, ...],
        numbers: tuple[Var | None, ...],
    ) -> None:
        for out in outs:
            scope.add(out)
        for kept in ys:
            if kept.type == LA and self.random.random() < 0.5:
                whole = build.bind(ops.APPEND, kept, self.pick(scope, A), hint="items", kind=LA)
                scope.add(whole)
            elif kept.type == Lst(FLOAT):
                total = build.bind(Op("sum", sum), kept, 0.0, kind=FLOAT, hint=self.hint())
                scope.add(build.bind(Op("math.sin", math.sin), total, hint=self.hint()))
        for number in numbers:
            if number is not None:
                scope.add(build.bind(Op("float", float), number, hint=self.hint()))

    def repeat(self, build: Builder, scope: Scope, depth: int) -> None:
        kinds = [INT, *self.kinds(3)]
        kept = self.kinds(2) if self.random.random() < 0.5 else []
        inits = (atom(0), *(self.pick(scope, k) for k in kinds[1:]))
        read = tuple(Var(self.hint(), k) for k in kinds)
        cond = Builder(read)
        test = cond.operator("lt", read[0], self.random.randrange(4), kind=BOOL)
        inner = scope.inner()
        params = tuple(Var(self.hint(), k) for k in kinds)
        for param in params[1:]:
            inner.add(param)
        block = Builder(params)
        count = block.operator("add", params[0], 1, hint=self.hint(), kind=INT)
        self.fill(block, inner, depth + 1, None)
        values = (count, *(self.pick(inner, k) for k in (*kinds[1:], *kept)))
        outs = tuple(Var(self.hint(), k) for k in kinds)
        ys = tuple(Var("w_tape", Lst(k)) for k in kept)
        trips = Var("trips", INT) if self.random.random() < 0.3 else None
        build.add(While(outs, ys, inits, cond.end(test), block.end(*values), trips))
        self.finish(build, scope, outs[1:], ys, (trips,))
        if ys and self.random.random() < 0.8:
            self.scan(build, scope, depth, self.random.random() < 0.8, ys)


ARGS = (
    np.array([0.3, -1.2, 0.7, 2.0, -0.4]),
    np.array([1.1, 0.2, -0.9, 0.5, 1.7]),
    0.37,
    np.array([1, 1, 3]),
)


@pytest.mark.parametrize("block", range(8))
def test_random_programs(block: int) -> None:
    for seed in range(block * 25, block * 25 + 25):
        program = Maker(seed).program()
        try:
            check(program, ARGS)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error


def test_undefined_is_not_assigned() -> None:
    flag, value = Var("flag", BOOL), Var("x", FLOAT)
    out = Var("y", FLOAT)
    build = Builder()
    arms = (Builder().end(value), Builder().end(Undefined("y", FLOAT)))
    build.add(If((out,), flag, *arms))
    program = Program((Function("main", (Param(flag), Param(value)), build.end(out)),))
    assert check(program, (True, 2.0))
    with pytest.raises(UnboundLocalError):
        execute(program, (False, 2.0))

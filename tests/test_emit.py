"""The emitter: random programs mean the same as text as they do in the reference interpreter."""

from __future__ import annotations

import ast
import math
import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from s2sad.emit import check_ownership, emit
from s2sad.emit.render import check_text
from s2sad.errors import InternalError
from s2sad.ir import ops
from s2sad.ir.build import Builder, array_type, atom, const, library
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
from s2sad.ir.types import BOOL, FLOAT, INT, RANGE, Lst, Tup, Type
from s2sad.ir.verify import verify
from s2sad.origins import Origin, Source, Span
from s2sad.runtime.helpers import fresh_copy

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


# -- how pages read


N, INNER = array_type("n"), array_type("m")
INSIDE = (IndexStep((SliceStep(1, -1, None),)),)
AHEAD = (IndexStep((SliceStep(2, None, None),)),)
BEHIND = (IndexStep((SliceStep(None, -2, None),)),)
TEXT = """def wave(u, steps, c):
    u = u.copy()
    v = np.zeros_like(u)
    for _ in range(steps):
        v[1:-1] = u[1:-1] + c * (u[2:] * u[:-2])
        u, v = v, u
    return np.sum(u)
"""
SOURCE = Source("wave", "wave.py", TEXT, 1)


def at(line: int, sweep: str = "forward") -> Origin:
    row = TEXT.split("\n")[line - 1]
    span = Span(line, len(row) - len(row.lstrip()), line, len(row))
    return Origin(SOURCE, span, span, sweep)


def get(build: Builder, base: Var, path: Any, hint: str = "", kind: Type = INNER) -> Var:
    return build.bind(ops.GETITEM, base, hint=hint, kind=kind, path=path)


def put(build: Builder, base: Var, path: Any, value: Any) -> Var:
    return build.bind(ops.SETITEM, base, value, hint=base.hint, kind=base.type, path=path)


def add(build: Builder, base: Var, path: Any, value: Var) -> Var:
    return build.bind(ops.ADDITEM, base, value, hint=base.hint, kind=base.type, path=path, sign="+")


def wave_forward(build: Builder, u: Var, steps: Var, c: Var) -> tuple[Var, Var, Var, Var]:
    """The loop that swaps two buffers, and its tape of what a write destroys."""
    build.origin = at(2)
    first = build.bind(Op(".copy", np.ndarray.copy, "method"), u, hint="u", kind=N)
    build.origin = at(3)
    second = build.bind(library("np.zeros_like"), first, hint="v", kind=N)
    build.origin = at(4)
    span = build.bind(ops.RANGE_OP, 0, steps, 1, kind=RANGE)
    old, new, trip = Var("u", N), Var("v", N), Var("_", INT)
    body = Builder((old, new, trip), origin=at(5))
    saved = get(body, new, INSIDE, "v.old")
    product = body.operator("mul", get(body, old, AHEAD), get(body, old, BEHIND), kind=INNER)
    scaled = body.operator("mul", c, product, kind=INNER)
    total = body.operator("add", get(body, old, INSIDE), scaled, kind=INNER)
    written = put(body, new, INSIDE, total)
    outs, tape = (Var("u", N), Var("v", N)), Var("v_tape", Lst(INNER))
    end = body.end(written, old, saved)
    build.add(For(outs, (tape,), (first, second), (span,), end, origin=at(4)))
    return (*outs, tape, span)


def wave_reverse(build: Builder, state: tuple[Var, Var, Var, Var], c: Var, seed: Var) -> Var:
    """The loop backwards: what was destroyed is written back."""
    u, v, tape, span = state
    build.origin = at(7, "reverse")
    u_bar = build.bind(library("np.full_like"), u, seed, hint="u_bar", kind=N)
    v_bar = build.bind(library("np.zeros_like"), v, hint="v_bar", kind=N)
    slots = tuple(Var(h, N) for h in ("u", "v", "u_bar", "v_bar"))
    trip, popped = Var("_", INT), Var("v.old", INNER)
    body = Builder((*slots, trip, popped), origin=at(5, "reverse"))
    # The swap is undone first: what was u is v.
    restored = put(body, slots[0], INSIDE, popped)
    given = get(body, slots[2], INSIDE, "v.item_bar")
    scaled = body.operator("mul", c, given, hint="v.mul_bar", kind=INNER)
    erased = put(body, slots[2], INSIDE, 0.0)
    grown = add(body, slots[3], INSIDE, given)
    for write, read in ((AHEAD, BEHIND), (BEHIND, AHEAD)):
        part = get(body, slots[1], read)
        grown = add(body, grown, write, body.operator("mul", scaled, part, kind=INNER))
    outs = tuple(Var(h, N) for h in ("u", "v", "u_bar", "v_bar"))
    end = body.end(slots[1], restored, grown, erased)
    inits = (u, v, u_bar, v_bar)
    loop = For(outs, (), inits, (span, tape), end, reverse=True, origin=at(4, "reverse"))
    build.add(loop)
    return outs[2]


def wave() -> Program:
    u, steps, c, seed = Var("u", N), Var("steps", INT), Var("c", FLOAT), Var("out_bar", FLOAT)
    build = Builder()
    state = wave_forward(build, u, steps, c)
    build.origin = at(7)
    out = build.bind(library("np.sum"), state[0], hint="out")
    u_bar = wave_reverse(build, state, c, seed)
    pair = build.bind(ops.TUPLE, u_bar, kind=Tup((N,)))
    params = (Param(u), Param(steps), Param(c), Param(seed, "keyword", const(1.0)))
    return Program((Function("wave_adjoint", params, build.end(out, pair), SOURCE),))


WAVE = """\
def wave_adjoint(u, steps, c, *, out_bar=1.0):
    # -- forward sweep
    u = u.copy()
    v = np.zeros_like(u)
    v_tape = []
    for _ in range(steps):
        v_tape.append(v[1:-1].copy())
        v[1:-1] = u[1:-1] + c * (u[2:] * u[:-2])
        u, v = v, u
    out = np.sum(u)

    # -- reverse sweep
    # L7: return np.sum(u)
    u_bar = np.full_like(u, out_bar)
    v_bar = np.zeros_like(v)

    # L4-6: for _ in range(steps)
    for _ in range(steps):
        # L5: v[1:-1] = u[1:-1] + c * (u[2:] * u[:-2])
        u[1:-1] = v_tape.pop()
        v_item_bar = u_bar[1:-1]
        v_mul_bar = c * v_item_bar
        v_bar[1:-1] += v_item_bar
        v_bar[2:] += v_mul_bar * v[:-2]
        v_bar[:-2] += v_mul_bar * v[2:]
        u_bar[1:-1] = 0.0
        u, v, u_bar, v_bar = v, u, v_bar, u_bar
    return out, (u_bar,)
"""


def test_swaps_need_no_copies_and_tapes_are_stacks() -> None:
    program = wave()
    verify(program)
    page = emit(program)
    assert page.text == WAVE
    assert len(page.origins) == WAVE.count("\n")


@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_wave_runs(steps: int) -> None:
    args = (np.linspace(0.2, 1.0, 9) ** 2, steps, 0.3)
    want = run(wave(), fresh_copy(args))
    got = execute(wave(), fresh_copy(args))
    assert same(got, want)


def test_copies_are_checked_for() -> None:
    """Without its copies a program that writes an argument is refused."""
    a = Var("a", A)
    build = Builder()
    written = build.bind(ops.SETITEM, a, 0.0, hint="a", kind=A, path=MID)
    program = Program((Function("main", (Param(a),), build.end(written)),))
    with pytest.raises(InternalError):
        check_ownership(program)
    assert check(program, (np.ones(5),)).count(".copy()") == 1


def returned(value: Any) -> str:
    text = emit(Program((Function("main", (), Builder().end(const(value))),))).text
    return text.split("return ")[1].strip()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1, "-1"),
        (0.1, "0.1"),
        (float("inf"), "np.inf"),
        (float("-inf"), "-np.inf"),
        (float("nan"), "np.nan"),
        (np.float64(2.5), "2.5"),
        ((1, (2,)), "1, (2,)"),
        (np.float32, "np.float32"),
        (np.dtype("float32"), 'np.dtype("float32")'),
        ("a\nb", '"a\\nb"'),
    ],
)
def test_constants(value: Any, text: str) -> None:
    assert returned(value) == text


def test_negative_bases_of_powers_keep_their_sign() -> None:
    x, build = Var("x", FLOAT), Builder()
    power = build.operator("pow", -2.0, x)
    program = Program((Function("main", (Param(x),), build.end(power)),))
    assert execute(program, (2.0,)) == 4.0


def test_long_lines_are_broken() -> None:
    x, build = Var("x", FLOAT), Builder()
    total = x
    for k in range(20):
        total = build.operator("add", total, build.bind(SIN, build.operator("mul", x, 1.0 + k)))
    program = Program((Function("main", (Param(x),), build.end(total)),))
    text = emit(program).text
    assert max(len(line) for line in text.split("\n")) <= 100
    assert execute(program, (0.3,)) == run(program, (0.3,))


def test_deep_expressions_are_cut() -> None:
    x, build = Var("x", FLOAT), Builder()
    total = x
    for _ in range(500):
        total = build.operator("add", total, 0.5)
    program = Program((Function("main", (Param(x),), build.end(total)),))
    assert execute(program, (1.0,)) == 251.0


@pytest.mark.parametrize("name", ["np", "len", "class", "x y"])
def test_names_that_cannot_be_parameters(name: str) -> None:
    x, build = Var(name, Lst(FLOAT)), Builder()
    size = build.bind(ops.LEN, x, kind=INT)
    total = build.bind(SIN, size, kind=FLOAT)
    with pytest.raises(InternalError):
        emit(Program((Function("main", (Param(x),), build.end(total)),)))


def test_reserved_names_are_avoided() -> None:
    x, build = Var("x", FLOAT), Builder()
    first = build.bind(SIN, x, hint="table")
    again = build.operator("mul", first, first)
    program = Program((Function("main", (Param(x),), build.end(again)),))
    assert "table_2" in emit(program, reserved=frozenset({"table"})).text


@pytest.mark.parametrize("meant", ["x = 0.0", "x = False", "x = ''", "y = 0", "x = 0; y = 1", "0"])
def test_a_text_that_says_something_else(meant: str) -> None:
    check_text("x = 0\n", ast.parse("x = 0").body)
    with pytest.raises(InternalError):
        check_text("x = 0\n", ast.parse(meant).body)

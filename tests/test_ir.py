"""The IR itself: each invariant fires, the text is stable, the interpreter means what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from s2sad.errors import InternalError
from s2sad.ir.data import (
    Bind,
    Block,
    Call,
    Const,
    Exit,
    For,
    Function,
    Handler,
    Hole,
    If,
    IndexStep,
    Op,
    Param,
    Program,
    SliceStep,
    Try,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.interpret import run
from s2sad.ir.ops import ADDITEM, GETITEM, OPERATORS, POP, RANGE_OP, SETITEM
from s2sad.ir.printer import text
from s2sad.ir.types import ARRAY, BOOL, FLOAT, INT, RANGE, Dim, Lst, Num
from s2sad.ir.verify import INVARIANTS, verify
from s2sad.ir.walk import (
    all_statements,
    clone,
    defined,
    exits,
    free_variables,
    operands,
    statement_reads,
    substitute,
)

ADD, MUL, GT = OPERATORS["add"], OPERATORS["mul"], OPERATORS["gt"]
VECTOR = Num(frozenset({ARRAY}), "float64", (Dim(0, (("n", 1),)),))


def var(hint="v", kind=FLOAT):
    return Var(hint, kind)


def const(value):
    return Const(value, {bool: BOOL, int: INT, float: FLOAT}[type(value)])


def bind(op, *args, hint="v", kind=FLOAT, path=(), **static):
    return Bind((var(hint, kind),), op, args, tuple(static.items()), path)


def at(*components):
    return (IndexStep(components, len(components) == 1),)


def function(params, statements, values, name="f"):
    return Function(
        name, tuple(Param(p) for p in params), Block((), tuple(statements), Yield(tuple(values)))
    )


def program(params, statements, values):
    return Program((function(params, statements, values),))


def sum_loop(xs, **more):
    """for x in xs: s = s + x, keeping s; leaves after a sum above 10 with exit 1."""
    slot, x, limit = var("s"), var("x"), const(10.0)
    add = bind(ADD, slot, x, hint="s")
    test = bind(GT, add.out, limit, hint="t", kind=BOOL)
    leave = If((), test.out, Block((), (), Exit(1, (add.out, slot))), Block((), (), Yield(())))
    body = Block((slot, x), (add, test, leave), Yield((add.out, slot)))
    return For(
        (var("s"),),
        (var("kept", Lst(FLOAT)),),
        (const(0.0),),
        (xs,),
        body,
        trips=var("trips", INT),
        exit=var("exit", INT),
        **more,
    )


def newton():
    """while x * x > a: x = x / 2, keeping x."""
    a, inside, slot = var("a"), var("x"), var("x")
    square = bind(MUL, slot, slot)
    test = bind(GT, square.out, a, kind=BOOL)
    half = bind(MUL, inside, const(0.5), hint="x")
    loop = While(
        (var("x"),),
        (var("tape", Lst(FLOAT)),),
        (a,),
        Block((slot,), (square, test), Yield((test.out,))),
        Block((inside,), (half,), Yield((half.out, inside))),
        trips=var("k", INT),
    )
    return program([a], [loop], [*loop.outs, *loop.ys, loop.trips])


def scan(**more):
    xs = var("xs", VECTOR)
    loop = sum_loop(xs, **more)
    return program([xs], [loop], [*loop.outs, *loop.ys, loop.trips, loop.exit])


# -- the interpreter


def test_a_loop_gives_slots_tapes_trips_and_exit():
    assert run(scan(), ([1.0, 2.0, 3.0],)) == (6.0, [0.0, 1.0, 3.0], 3, 0)
    assert run(scan(), ([],)) == (0.0, [], 0, 0)
    assert run(scan(), ([8.0, 5.0, 3.0],)) == (13.0, [0.0, 8.0], 2, 1)


def test_a_reverse_loop_keeps_in_order_of_position():
    assert run(scan(reverse=True), ([1.0, 2.0, 3.0],)) == (6.0, [5.0, 3.0, 0.0], 3, 0)
    assert run(scan(reverse=True), ([3.0, 5.0, 8.0],)) == (13.0, [8.0, 0.0], 2, 1)


def test_a_count_takes_the_first_positions():
    counted = scan(reverse=True, count=const(2))
    assert run(counted, ([1.0, 2.0, 3.0],)) == (3.0, [2.0, 0.0], 2, 0)
    assert run(scan(count=const(-1)), ([1.0],)) == (0.0, [], 0, 0)


def test_a_while_loop_runs_as_long_as_its_condition():
    assert run(newton(), (8.0,)) == (2.0, [8.0, 4.0], 2)
    assert run(newton(), (0.5,)) == (0.5, [], 0)


def test_values_are_never_written():
    x = var("x", VECTOR)
    write = bind(SETITEM, x, const(9.0), const(0), kind=VECTOR, path=at(Hole(2)))
    add = bind(
        ADDITEM, write.out, const(1.0), kind=VECTOR, path=at(SliceStep(1, None, None)), sign="+"
    )
    given = np.array([1.0, 2.0])
    before, after = run(program([x], [write, add], [x, add.out]), (given,))
    assert before.tolist() == given.tolist() == [1.0, 2.0]
    assert after.tolist() == [9.0, 3.0]
    assert not np.shares_memory(before, given)


def test_undefined_flows_and_raises_when_read():
    test, x = var("test", BOOL), var("x")
    branch = If(
        (var("y"),),
        test,
        Block((), (), Yield((x,))),
        Block((), (), Yield((Undefined("y", FLOAT),))),
    )
    use = bind(ADD, *branch.outs, const(1.0))
    whole = program([test, x], [branch, use], [use.out])
    verify(whole)
    assert run(whole, (True, 2.0)) == 3.0
    with pytest.raises(UnboundLocalError, match="'y'"):
        run(whole, (False, 2.0))


def test_pop_has_two_results_and_calls_go_by_name():
    items = var("items", Lst(FLOAT))
    pop = Bind((var("items", Lst(FLOAT)), var("last")), POP, (items,))
    inner = function([items], [pop], pop.outs, "inner")
    given = var("given", Lst(FLOAT))
    call = Call((var("rest", Lst(FLOAT)), var("last")), "inner", (given,))
    whole = Program((function([given], [call], call.outs), inner))
    verify(whole)
    assert run(whole, ([1.0, 2.0],)) == ([1.0], 2.0)


def test_arguments_by_position_name_and_default():
    x, y = var("x"), var("y")
    add = bind(ADD, x, y)
    body = Block((), (add,), Yield((add.out,)))
    whole = Program((Function("f", (Param(x), Param(y, "keyword", const(5.0))), body),))
    assert run(whole, (1.0,)) == 6.0
    assert run(whole, (), {"x": 1.0, "y": 2.0}) == 3.0
    with pytest.raises(TypeError, match="missing argument 'x'"):
        run(whole)
    with pytest.raises(TypeError, match="no parameters"):
        run(whole, (1.0, 2.0))


# -- the verifier


def broken_twice():
    x = var("x")
    add = bind(ADD, x, x)
    return program([x], [add, replace(add)], [add.out])


def broken_order():
    x = var("x")
    add = bind(ADD, x, x)
    return program([x], [bind(ADD, add.out, x), add], [add.out])


def broken_escape():
    """A value of a loop's body read behind the loop."""
    xs = var("xs", VECTOR)
    loop = sum_loop(xs)
    return program([xs], [loop], [loop.body.statements[0].out])


def broken_functions():
    x = var("x")
    return Program((function([x], [], [x]), function([], [], [x], "g")))


def broken_names():
    return Program((function([], [], []), function([], [], [])))


def broken_arm():
    test = var("test", BOOL)
    branch = If((var(),), test, Block((), (), Yield(())), Block((), (), Yield((const(1.0),))))
    return program([test], [branch], [])


def in_loop(*statements, terminator=None):
    body = Block((var("x"),), statements, terminator or Yield(()))
    xs = var("xs", VECTOR)
    return program([xs], [For((), (), (), (xs,), body)], [])


def broken_last():
    leave = If((), const(True), Block((), (), Exit(1, ())), Block((), (), Yield(())))
    return in_loop(leave, bind(ADD, const(1.0), const(1.0)))


def broken_exit():
    leave = If((), const(True), Block((), (), Exit(1, ())), Block((), (), Yield(())))
    return program([], [leave], [])


def broken_loop():
    xs = var("xs", VECTOR)
    loop = sum_loop(xs)
    return program([xs], [replace(loop, inits=())], [])


def broken_condition():
    whole = newton()
    (loop,) = whole.entry.body.statements
    bad = replace(loop, cond=replace(loop.cond, terminator=Yield(())))
    return program([p.var for p in whole.entry.params], [bad], [])


def broken_pop():
    items = var("items", Lst(FLOAT))
    return program([items], [bind(POP, items)], [])


def broken_hole():
    x = var("x", VECTOR)
    return program([x], [bind(GETITEM, x, path=at(Hole(1)))], [])


def broken_call():
    return program([], [Call((), "nowhere", ())], [])


def broken_undefined():
    return program([], [bind(ADD, Undefined("y", FLOAT), const(1.0))], [])


def broken_constant():
    return program([], [], [Const([1.0], Lst(FLOAT))])


def broken_atom():
    return program([], [], [3.0])


def broken_try():
    handler = Handler((const(3.0),), Block((), (), Yield(())))
    return program([], [Try((), Block((), (), Yield(())), (handler,))], [])


BROKEN = {
    1: broken_twice,
    2: broken_order,
    3: broken_functions,
    4: broken_names,
    5: broken_arm,
    6: broken_last,
    7: broken_exit,
    8: broken_loop,
    9: broken_condition,
    10: broken_pop,
    11: broken_hole,
    12: broken_call,
    13: broken_undefined,
    14: broken_constant,
    15: broken_atom,
    16: broken_try,
}


@pytest.mark.parametrize("number", range(1, len(INVARIANTS) + 1))
def test_each_invariant_fires(number):
    with pytest.raises(InternalError) as error:
        verify(BROKEN[number]())
    assert any(d.message.startswith(f"I{number}: expected ") for d in error.value.diagnostics)
    assert INVARIANTS[number - 1].__doc__


def test_values_of_a_body_stay_inside():
    with pytest.raises(InternalError, match="I2: expected a variable in scope, got s"):
        verify(broken_escape())


@pytest.mark.parametrize(
    "change",
    [
        {"exit_number": 0},
        {"sign": "%"},
        {"operands": 3},
        {"arguments": 0},
    ],
)
def test_further_violations(change):
    x = var("x", VECTOR)
    wrong = {
        "exit_number": lambda: in_loop(terminator=Exit(0, ())),
        "sign": lambda: program([x], [bind(ADDITEM, x, x, kind=VECTOR, sign="%")], []),
        "operands": lambda: program([x], [bind(ADD, x, x, x, kind=VECTOR)], []),
        "arguments": lambda: Program(
            (function([], [Call((), "g", ())], []), function([x], [], [], "g"))
        ),
    }
    (kind,) = change
    with pytest.raises(InternalError):
        verify(wrong[kind]())


@pytest.mark.parametrize("whole", [scan(), scan(reverse=True), newton()])
def test_sound_programs_pass(whole):
    verify(whole)


# -- the text


def test_the_text_of_a_loop():
    assert text(scan(reverse=True)) == "\n".join(
        [
            "def f(xs: float64[n]):",
            "  s: py.float64; ys kept: list[py.float64]; trips trips: py.int64; "
            "exit exit: py.int64 = for s.1: py.float64 = 0.0; x: py.float64 in xs; reverse:",
            "    s.2: py.float64 = add(s.1, x)",
            "    t: py.bool = gt(s.2, 10.0)",
            "    if t:",
            "      exit 1 s.2, s.1",
            "    else:",
            "      yield",
            "    yield s.2, s.1",
            "  return s, kept, trips, exit",
        ]
    )


def test_the_text_of_paths_and_parameters():
    x, i = var("x", VECTOR), var("i", INT)
    write = bind(
        SETITEM,
        x,
        const(0.0),
        i,
        hint="x",
        kind=VECTOR,
        path=at(SliceStep(None, Hole(2), None), Ellipsis, None),
    )
    read = bind(GETITEM, write.out, i, kind=FLOAT, path=(IndexStep((Hole(1),), False),))
    body = Block((), (write, read), Yield((read.out,)))
    params = (Param(x, owned=True), Param(i, "keyword", const(2)))
    assert text(Function("f", params, body)) == "\n".join(
        [
            "def f(x: float64[n] owned, *, i: py.int64 = 2):",
            "  x.1: float64[n] = setitem(x[:i, ..., None], 0.0)",
            "  v: py.float64 = getitem(x.1[i,])",
            "  return v",
        ]
    )


def test_the_text_has_no_addresses():
    sort = Op("sort", sorted)
    thing = Const(object(), RANGE)
    shown = text(program([], [bind(sort, thing, Const(np.float32, RANGE))], []))
    assert "<object>" in shown and "numpy.float32" in shown and "0x" not in shown


# -- walking


def test_what_statements_read_and_define():
    xs = var("xs", VECTOR)
    outer = var("outer")
    loop = sum_loop(xs)
    used = bind(ADD, loop.body.statements[0].out, outer)
    body = replace(loop.body, statements=(loop.body.statements[0], used))
    loop = replace(loop, body=body, count=var("count", INT))
    assert defined(loop) == (*loop.outs, *loop.ys, loop.trips, loop.exit)
    assert operands(loop)[1:] == (xs, loop.count)
    assert free_variables(loop.body) == (outer,)
    assert statement_reads(loop) == (xs, loop.count, outer)


def test_substitute_reaches_nested_blocks_once():
    xs, other = var("xs", VECTOR), var("other", VECTOR)
    whole = scan()
    (loop,) = whole.entry.body.statements
    slot = loop.body.params[0]
    new = substitute(whole.entry.body, {loop.xs[0]: other, other: xs, slot: other})
    (changed,) = new.statements
    assert changed.xs == (other,)
    assert changed.body.statements[0].args[0] is other
    assert [e.values[1] for e in exits(changed.body)] == [other]


def test_a_clone_is_disjoint_and_means_the_same():
    whole = scan()
    body, mapping = clone(whole.entry.body)
    old = {v for s in all_statements(whole.entry.body) for v in defined(s)}
    new = {v for s in all_statements(body) for v in defined(s)}
    assert not old & new and set(mapping) >= old
    copied = Program((replace(whole.entry, body=body),))
    verify(copied)
    assert run(copied, ([1.0, 2.0],)) == run(whole, ([1.0, 2.0],))


def test_a_range_is_evaluated():
    make = bind(RANGE_OP, const(0), const(3), const(1), kind=RANGE)
    assert run(program([], [make], [make.out])) == range(3)

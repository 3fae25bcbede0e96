"""The passes, each on small programs by hand: what is left, and that the values are the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from s2sad.analysis.index_sets import DISJOINT, EQUAL, UNKNOWN, Place, compare
from s2sad.ir.data import (
    Bind,
    Block,
    Const,
    Exit,
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
    While,
    Yield,
)
from s2sad.ir.interpret import run as interpret
from s2sad.ir.ops import (
    ADDITEM,
    GETITEM,
    LEN,
    OPERATORS,
    RANGE_OP,
    SELECT,
    SETITEM,
    TUPLE,
)
from s2sad.ir.printer import text
from s2sad.ir.types import ARRAY, BOOL, FLOAT, INT, NP, RANGE, Dim, Lst, Num, Tup
from s2sad.ir.verify import verify
from s2sad.ir.walk import all_statements
from s2sad.origins import Origin, Source, Span
from s2sad.transform import (
    accumulate,
    common_subexpressions,
    counted_trips,
    dead_code,
    fold,
    regroup,
)

ADD, SUB, MUL, DIV, NEG, POW = (
    OPERATORS[name] for name in ("add", "sub", "mul", "truediv", "neg", "pow")
)
N = Dim(0, (("n", 1),))
VECTOR = Num(frozenset({ARRAY}), "float64", (N,))
SINGLE = Num(frozenset({ARRAY}), "float32", (N,))
ZEROS = Op("np.zeros_like", np.zeros_like)
PRINT = Op("print", print, effect="outside")
SPAN = Span(1, 0, 1, 1)
SOURCE = Source("f", "f.py", "", 1)
FORWARD, REVERSE = (Origin(SOURCE, SPAN, SPAN, sweep) for sweep in ("forward", "reverse"))
KINDS = {bool: BOOL, int: INT, float: FLOAT}


def var(hint="v", kind=FLOAT):
    return Var(hint, kind)


def atom(value):
    return Const(value, KINDS[type(value)]) if type(value) in KINDS else value


def bind(op, *args, kind=FLOAT, path=(), origin=REVERSE, hint="v", **static):
    args = tuple(atom(a) for a in args)
    return Bind((var(hint, kind),), op, args, tuple(static.items()), path, origin)


def forward(op, *args, **more):
    return bind(op, *args, origin=FORWARD, **more)


def at(*components):
    return (IndexStep(components, len(components) == 1),)


def block(statements, values=(), params=()):
    return Block(tuple(params), tuple(statements), Yield(tuple(atom(v) for v in values)))


def function(params, statements, values):
    return Function("f", tuple(Param(p) for p in params), block(statements, values))


def names(f):
    """The operations and statements left, in order."""
    kinds = {If: "if", For: "for", While: "while"}
    return [s.op.name if isinstance(s, Bind) else kinds[type(s)] for s in all_statements(f.body)]


def check(transform, f, *args):
    """The function after the pass: sound, and with the same values."""
    verify(Program((f,)))
    new = transform(f)
    verify(Program((new,)))
    np.testing.assert_equal(interpret(Program((new,)), args), interpret(Program((f,)), args))
    assert text(new) == text(transform(f))
    return new


# -- dead code


def test_dead_values_go_and_the_chain_above_them():
    x = var("x")
    one, two, used = bind(ADD, x, 1.0), None, bind(MUL, x, x)
    two = bind(MUL, one.out, 2.0)
    assert names(check(dead_code.run, function([x], [one, two, used], [used.out]), 3.0)) == ["mul"]


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        (lambda x, v: forward(DIV, x, x), True),
        (lambda x, v: forward(DIV, x, 2.0), False),
        (lambda x, v: bind(DIV, x, x), False),
        (lambda x, v: forward(DIV, v, v, kind=VECTOR), False),
        (lambda x, v: forward(POW, x, x), True),
        (lambda x, v: forward(GETITEM, v, 0, path=at(Hole(1))), True),
        (lambda x, v: forward(GETITEM, v, path=at(SliceStep(1, -1, None)), kind=VECTOR), False),
        (lambda x, v: forward(SETITEM, v, x, path=at(0), kind=VECTOR), True),
        (lambda x, v: bind(SETITEM, v, x, path=at(0), kind=VECTOR), False),
        (lambda x, v: bind(PRINT, x), True),
        (lambda x, v: forward(Op("math.sqrt", __import__("math").sqrt), x), True),
    ],
)
def test_what_can_raise_stays_in_the_forward_sweep(statement, kept):
    x, v = var("x"), var("v", VECTOR)
    f = function([x, v], [statement(x, v)], [x])
    assert bool(names(check(dead_code.run, f, 2.0, np.ones(3)))) is kept


def test_an_index_in_range_may_go():
    three = Num(frozenset({ARRAY}), "float64", (Dim(3),))
    v = var("v", three)
    for index, kept in ((2, 0), (-3, 0), (3, 1), (-4, 1)):
        f = function([v], [forward(GETITEM, v, path=at(index))], [1.0])
        assert len(names(dead_code.run(f))) == kept


def stencil(x, steps, tape_read):
    """The forward loop writes and keeps what it wrote over; the reverse loop may read that."""
    over = bind(RANGE_OP, 0, steps, 1, kind=RANGE, origin=FORWARD)
    u, i = var("u", VECTOR), var("i", INT)
    saved = forward(GETITEM, u, path=at(SliceStep(1, None, None)), kind=VECTOR)
    step = forward(ADDITEM, u, 0.5, path=at(SliceStep(1, None, None)), kind=VECTOR, sign="+")
    keep = Lst(VECTOR)
    loop = For(
        (var("u", VECTOR),), (var("tape", keep),), (x,), (over.out,),
        block([saved, step], [step.out, saved.out], [u, i]), origin=FORWARD,
    )  # fmt: skip
    bar, k, popped = var("x_bar", VECTOR), var("k", INT), var("saved", VECTOR)
    total = bind(ADD, bar, 1.0, kind=VECTOR)
    extra = bind(
        ADDITEM, total.out, popped, path=at(SliceStep(1, None, None)), kind=VECTOR, sign="+"
    )
    last = extra if tape_read else total
    reverse = For(
        (var("x_bar", VECTOR),), (), (x,), (over.out, loop.ys[0]),
        block([total, extra][: 1 + tape_read], [last.out], [bar, k, popped]),
        reverse=True, origin=REVERSE,
    )  # fmt: skip
    return [over, loop, reverse], reverse.outs


def test_a_tape_that_nobody_reads_goes_with_its_loop():
    x, steps = var("x", VECTOR), var("steps", INT)
    for read, left in ((0, ["range", "for", "add"]), (1, None)):
        statements, outs = stencil(x, steps, read)
        f = check(dead_code.run, function([x, steps], statements, outs), np.arange(4.0), 3)
        if left:
            assert names(f) == left
        else:
            assert names(f).count("for") == 2 and "getitem" in names(f)


def nested(x, rows, columns, start=None):
    """Two nested loops with a tape of tapes, and their reverse, which reads no element of it."""
    outer_range = forward(RANGE_OP, 0, rows, 1, kind=RANGE)
    i, u = var("i", INT), var("u")
    inner_range = forward(RANGE_OP, i, columns, 1, kind=RANGE)
    j, w = var("j", INT), var("w")
    step = forward(MUL, w, 1.5)
    inner = For((var("w"),), (var("row", Lst(FLOAT)),), (u,), (inner_range.out,),
                block([step], [step.out, w], [w, j]), origin=FORWARD)  # fmt: skip
    outer = For((var("u"),), (var("rows", Lst(Lst(FLOAT))),), (x,), (outer_range.out,),
                block([inner_range, inner], [inner.outs[0], inner.ys[0]], [u, i]),
                origin=FORWARD)  # fmt: skip
    k, row, bar = var("k", INT), var("row", Lst(FLOAT)), var("bar")
    again = bind(RANGE_OP, k if start is None else start, columns, 1, kind=RANGE)
    element, index, inside = var("e"), var("l", INT), var("bar")
    back = bind(MUL, inside, 1.5)
    reverse_inner = For((var("bar"),), (), (bar,), (again.out, row),
                        block([back], [back.out], [inside, index, element]),
                        reverse=True, origin=REVERSE)  # fmt: skip
    reverse_outer = For((var("bar"),), (), (Const(1.0, FLOAT),), (outer_range.out, outer.ys[0]),
                        block([again, reverse_inner], reverse_inner.outs, [bar, k, row]),
                        reverse=True, origin=REVERSE)  # fmt: skip
    return function([x, rows, columns], [outer_range, outer, reverse_outer], reverse_outer.outs)


def test_a_tape_of_tapes_is_proved_needless():
    f = check(dead_code.run, nested(var("x"), var("rows", INT), var("columns", INT)), 1.0, 3, 5)
    assert names(f) == ["range", "for", "range", "for", "mul"]


def test_a_tape_of_tapes_that_bounds_the_trips_stays():
    """The reverse runs from 0, where the loop ran from i: the tape is shorter than the range."""
    f = nested(var("x"), var("rows", INT), var("columns", INT), start=0)
    assert names(check(dead_code.run, f, 1.0, 3, 5)).count("for") == 4


def test_a_tape_of_other_length_still_bounds_the_trips():
    """A loop that may leave early keeps fewer values than the range has."""
    x, limit = var("x"), var("limit")
    over = forward(RANGE_OP, 0, 9, 1, kind=RANGE)
    s, i = var("s"), var("i", INT)
    grown = forward(ADD, s, x)
    test = forward(OPERATORS["gt"], grown.out, limit, kind=BOOL)
    leave = If((), test.out, Block((), (), Exit(1, (grown.out, s))), block([]), FORWARD)
    loop = For((var("s"),), (var("tape", Lst(FLOAT)),), (Const(0.0, FLOAT),), (over.out,),
               block([grown, test, leave], [grown.out, s], [s, i]), origin=FORWARD,
               trips=var("trips", INT))  # fmt: skip
    bar, k, element = var("bar"), var("k", INT), var("e")
    add = bind(ADD, bar, 1.0)
    reverse = For((var("bar"),), (), (Const(0.0, FLOAT),), (over.out, loop.ys[0]),
                  block([add], [add.out], [bar, k, element]), reverse=True,
                  origin=REVERSE)  # fmt: skip
    f = function([x, limit], [over, loop, reverse], reverse.outs)
    assert interpret(Program((check(dead_code.run, f, 1.0, 3.5),)), (1.0, 3.5)) == 4.0
    counted = replace(reverse, count=loop.trips)
    f = check(dead_code.run, function([x, limit], [over, loop, counted], counted.outs), 1.0, 3.5)
    *_, last = f.body.statements
    assert last.xs == (over.out,) and last.count is loop.trips
    assert all(s.ys == () for s in f.body.statements if isinstance(s, For))


def test_a_slot_that_feeds_itself_is_dead():
    x, steps = var("x"), var("steps", INT)
    over = forward(RANGE_OP, 0, steps, 1, kind=RANGE)
    a, b, i = var("a"), var("b"), var("i", INT)
    step, other = bind(MUL, a, 2.0), bind(ADD, b, 1.0)
    loop = For((var("a"), var("b")), (), (x, x), (over.out,),
               block([step, other], [step.out, other.out], [a, b, i]), origin=REVERSE)  # fmt: skip
    f = check(dead_code.run, function([x, steps], [over, loop], loop.outs[:1]), 1.5, 4)
    assert names(f) == ["range", "for", "mul"]


def test_dead_outs_and_empty_branches_go():
    test, x = var("test", BOOL), var("x")
    one, two = bind(ADD, x, 1.0), bind(MUL, x, x)
    branch = If((var("p"), var("q")), test, block([one, two], [one.out, two.out]),
                block([], [x, Undefined("q", FLOAT)]), REVERSE)  # fmt: skip
    f = check(dead_code.run, function([test, x], [branch], branch.outs[:1]), True, 2.0)
    assert names(f) == ["if", "add"]
    assert names(check(dead_code.run, function([test, x], [branch], [x]), True, 2.0)) == []


def countdown(x):
    inside, slot = var("x"), var("x")
    test = forward(OPERATORS["gt"], slot, 0.0, kind=BOOL)
    step = forward(SUB, inside, 1.0)
    return While((var("x"),), (var("t", Lst(FLOAT)),), (x,), block([test], [test.out], [slot]),
                 block([step], [step.out, inside], [inside]), origin=FORWARD)  # fmt: skip


def test_a_while_loop_stays_as_long_as_something_reads_it():
    x = var("x")
    loop = countdown(x)
    assert names(check(dead_code.run, function([x], [loop], [x]), 2.0)) == []
    (kept,) = check(dead_code.run, function([x], [loop], loop.outs), 2.0).body.statements
    assert kept.ys == () and len(kept.body.terminator.values) == 1
    (kept,) = check(dead_code.run, function([x], [loop], loop.ys), 2.0).body.statements
    assert len(kept.outs) == 1 and len(kept.ys) == 1


# -- counted trips


@pytest.mark.parametrize("read", [False, True])
def test_a_tape_that_only_counts_becomes_a_count(read):
    x = var("x")
    loop = countdown(x)
    bar, element = var("bar"), var("e")
    back = bind(ADD, bar, element if read else 1.0)
    reverse = For((var("bar"),), (), (Const(0.0, FLOAT),), loop.ys,
                  block([back], [back.out], [bar, element]), reverse=True,
                  origin=REVERSE)  # fmt: skip
    f = check(clean(counted_trips.run), function([x], [loop, reverse], reverse.outs), 3.0)
    first, *_, last = f.body.statements
    assert len(first.ys) == read and (first.trips is None) == read
    assert (last.xs[0].type == RANGE) != read


# -- common subexpressions


def clean(*passes):
    def together(f):
        for transform in (*passes, dead_code.run):
            f = transform(f)
        return f

    return together


numbered = clean(common_subexpressions.run)


def test_the_reverse_sweep_reads_what_the_forward_sweep_made():
    x, y = var("x"), var("y")
    one, two = forward(MUL, x, y), bind(MUL, x, y)
    late = bind(ADD, two.out, one.out)
    f = check(numbered, function([x, y], [one, two, late], [late.out]), 2.0, 3.0)
    assert names(f) == ["mul", "add"]


def test_the_forward_sweep_keeps_its_statements():
    x = var("x")
    one, two = forward(MUL, x, x), forward(MUL, x, x)
    late = forward(ADD, two.out, one.out)
    f = check(numbered, function([x], [one, two, late], [late.out]), 2.0)
    assert names(f) == ["mul", "mul", "add"]


def test_equal_looking_constants_differ():
    x = var("x")
    parts = [bind(MUL, x, c) for c in (1, 1.0, True, 0.0, -0.0)]
    f = function([x], parts, [p.out for p in parts])
    assert len(names(check(numbered, f, 2.0))) == 5


def test_results_that_are_written_stay_apart():
    x = var("x", VECTOR)
    one, two = bind(ADD, x, 1.0, kind=VECTOR), bind(ADD, x, 1.0, kind=VECTOR)
    write = bind(SETITEM, one.out, 9.0, path=at(0), kind=VECTOR)
    total = bind(ADD, write.out, two.out, kind=VECTOR)
    f = check(numbered, function([x], [one, two, write, total], [total.out]), np.ones(3))
    assert names(f).count("add") == 3
    use = bind(MUL, one.out, two.out, kind=VECTOR)
    f = check(numbered, function([x], [one, two, use], [use.out]), np.ones(3))
    assert names(f) == ["add", "mul"]


def test_slices_and_inner_blocks_are_numbered():
    x, test = var("x", VECTOR), var("test", BOOL)
    path = at(SliceStep(1, None, None))
    one = forward(GETITEM, x, path=path, kind=VECTOR)
    two = bind(GETITEM, x, path=path, kind=VECTOR)
    three = bind(GETITEM, x, path=at(SliceStep(True, None, None)), kind=VECTOR)
    inside = bind(ADD, two.out, one.out, kind=VECTOR)
    branch = If((var("y", VECTOR),), test, block([two, inside], [inside.out]),
                block([three], [three.out]), REVERSE)  # fmt: skip
    f = check(numbered, function([x, test], [one, branch], branch.outs), np.ones(3), True)
    assert names(f) == ["getitem", "if", "add", "getitem"]


def test_equal_tapes_become_one():
    x, steps = var("x"), var("steps", INT)
    over = forward(RANGE_OP, 0, steps, 1, kind=RANGE)
    s, i = var("s"), var("i", INT)
    one, two = forward(MUL, s, s), forward(MUL, s, s)
    step = forward(ADD, one.out, two.out)
    loop = For((var("s"),), (var("t", Lst(FLOAT)), var("t", Lst(FLOAT))), (x,), (over.out,),
               block([one, two, step], [step.out, one.out, two.out], [s, i]),
               origin=FORWARD)  # fmt: skip
    bar, a, b = var("bar"), var("a"), var("b")
    p, q = bind(MUL, bar, a), bind(ADD, bar, b)
    back = bind(ADD, p.out, q.out)
    reverse = For((var("bar"),), (), (Const(1.0, FLOAT),), loop.ys,
                  block([p, q, back], [back.out], [bar, a, b]), reverse=True,
                  origin=REVERSE)  # fmt: skip
    f = check(numbered, function([x, steps], [over, loop, reverse], reverse.outs), 0.4, 3)
    _, first, second = f.body.statements
    assert len(first.ys) == len(second.xs) == 1


# -- folding

folded = clean(fold.run)


def test_constants_are_folded_by_the_operators_themselves():
    x = var("x")
    one = bind(SUB, 2, 1, kind=INT)
    power = bind(POW, x, one.out)
    scaled = bind(MUL, power.out, 1.0)
    f = check(folded, function([x], [one, power, scaled], [scaled.out]), 2.5)
    assert names(f) == [] and f.body.terminator.values == (x,)


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda x: bind(MUL, x, 1.0), 3.0),
        (lambda x: bind(DIV, x, 1), 3.0),
        (lambda x: bind(SUB, x, 0.0), -0.0),
        (lambda x: bind(POW, x, 1), float("nan")),
        (lambda x: bind(OPERATORS["pos"], x), -0.0),
    ],
)
def test_neutral_operations_are_their_operand(make, value):
    x = var("x")
    operation = make(x)
    assert names(check(folded, function([x], [operation], [operation.out]), value)) == []


@pytest.mark.parametrize(
    ("kind", "op", "operand"),
    [
        (FLOAT, ADD, 0.0),  # -0.0 + 0.0 is 0.0
        (FLOAT, SUB, -0.0),  # -0.0 - -0.0 is 0.0
        (INT, MUL, 1.0),  # an int becomes a float
        (INT, DIV, 1),
        (BOOL, MUL, 1),  # True * 1 is 1
        (Num(frozenset({ARRAY}), "float64", ()), MUL, 1.0),  # a scalar, no array
        (Num(frozenset({ARRAY}), "float64", None), MUL, 1.0),
        (Num(frozenset({ARRAY}), "int64", (N,)), MUL, 1.0),
        (Num(frozenset({NP}), None), MUL, 1.0),
        (FLOAT, MUL, 0.0),  # nan
    ],
)
def test_what_would_change_a_value_or_type_stays(kind, op, operand):
    x = var("x", kind)
    operation = bind(op, x, operand)
    assert names(fold.run(function([x], [operation], [operation.out]))) == [op.name]


def test_folds_that_raise_or_do_not_print_stay():
    parts = [bind(DIV, 1.0, 0.0), bind(MUL, 1e308, 1e10), bind(POW, 2, 1000)]
    assert names(fold.run(function([], parts, [p.out for p in parts]))) == [
        "truediv",
        "mul",
        "pow",
    ]


def test_double_negation_and_select():
    x, test = var("x"), var("test", BOOL)
    minus = bind(NEG, x)
    plus = bind(NEG, minus.out)
    chosen = bind(SELECT, test, plus.out, x)
    f = check(folded, function([x, test], [minus, plus, chosen], [chosen.out]), -0.0, True)
    assert names(f) == []


@pytest.mark.parametrize("test", [True, False])
def test_a_branch_on_a_constant_is_its_arm(test):
    x = var("x")
    one, two = bind(ADD, x, 1.0), bind(MUL, x, 2.0)
    branch = If((var("y"),), atom(test), block([one], [one.out]), block([two], [two.out]), FORWARD)
    f = check(folded, function([x], [branch], branch.outs), 3.0)
    assert names(f) == (["add"] if test else ["mul"])


def test_a_leaving_arm_ends_the_body():
    x, xs = var("x"), var("xs", VECTOR)
    s, element = var("s"), var("e")
    step = forward(ADD, s, element)
    leave = If((), atom(True), Block((), (), Exit(1, (step.out,))), block([]), FORWARD)
    loop = For((var("s"),), (), (x,), (xs,), block([step, leave], [step.out], [s, element]),
               exit=var("exit", INT), origin=FORWARD)  # fmt: skip
    f = check(folded, function([x, xs], [loop], [*loop.outs, loop.exit]), 0.0, np.ones(3))
    (new,) = f.body.statements
    assert isinstance(new.body.terminator, Exit) and names(f) == ["for", "add"]


def test_outs_that_are_the_same_in_both_arms():
    x, test = var("x"), var("test", BOOL)
    one = bind(ADD, x, 1.0)
    branch = If((var("p"), var("q")), test, block([one], [x, one.out]), block([], [x, x]), REVERSE)
    f = check(folded, function([x, test], [branch], branch.outs), 1.0, False)
    assert f.body.terminator.values[0] is x and len(f.body.statements[0].outs) == 1


def test_a_slot_that_never_changes_is_its_init():
    x, xs = var("x"), var("xs", VECTOR)
    s, fixed, element = var("s"), var("fixed"), var("e")
    step = forward(MUL, fixed, element)
    test = forward(OPERATORS["gt"], step.out, 2.0, kind=BOOL)
    leave = If((), test.out, Block((), (), Exit(1, (step.out, fixed))), block([]), FORWARD)
    loop = For((var("s"), var("fixed")), (), (x, x), (xs,),
               block([step, test, leave], [step.out, fixed], [s, fixed, element]),
               origin=FORWARD)  # fmt: skip
    f = check(folded, function([x, xs], [loop], loop.outs), 0.5, np.arange(9.0))
    (new,) = f.body.statements
    assert len(new.inits) == 1 and f.body.terminator.values[1] is x


def test_a_tape_of_one_value_is_that_value():
    x, xs = var("x"), var("xs", VECTOR)
    s, element = var("s"), var("e")
    step = forward(MUL, s, element)
    loop = For((var("s"),), (var("t", Lst(FLOAT)),), (x,), (xs,),
               block([step], [step.out, x], [s, element]), origin=FORWARD)  # fmt: skip
    bar, one, two = var("bar"), var("one"), var("two")
    back = bind(MUL, bar, two)
    reverse = For((var("bar"),), (), (Const(1.0, FLOAT),), (xs, loop.ys[0]),
                  block([back], [back.out], [bar, one, two]), reverse=True,
                  origin=REVERSE)  # fmt: skip
    f = check(
        folded, function([x, xs], [loop, reverse], [*loop.outs, *reverse.outs]), 0.5, np.ones(3)
    )
    assert all(s.ys == () and len(s.inits) == 1 for s in f.body.statements)


def test_items_and_lengths_of_what_was_written_out():
    x, y = var("x"), var("y")
    pair = bind(TUPLE, x, y, kind=Tup((FLOAT, FLOAT)))
    item = bind(GETITEM, pair.out, path=at(-1))
    size = bind(LEN, pair.out, kind=INT)
    f = check(folded, function([x, y], [pair, item, size], [item.out, size.out]), 1.0, 2.0)
    assert names(f) == []


# -- regrouping

regrouped = clean(regroup.run)


def test_scalars_are_multiplied_before_the_array():
    y, bar, n = var("y", VECTOR), var("bar"), var("n", INT)
    twice, share = bind(MUL, 2.0, y, kind=VECTOR), bind(DIV, bar, n)
    product = bind(MUL, share.out, twice.out, kind=VECTOR, hint="y_bar")
    f = check(regrouped, function([y, bar, n], [twice, share, product], [product.out]),
              np.arange(4.0), 0.75, 4)  # fmt: skip
    assert text(f) == "\n".join(
        [
            "def f(y: float64[n], bar: py.float64, n: py.int64):",
            "  y_bar_scale: py.float64 = mul(bar, 2.0)",
            "  y_bar_scale.1: py.float64 = truediv(y_bar_scale, n)",
            "  y_bar: float64[n] = mul(y_bar_scale.1, y)",
            "  return y_bar",
        ]
    )


def test_a_division_of_arrays_is_no_division_of_numbers():
    """By 0 NumPy gives inf where Python raises."""
    y, bar, n = var("y", VECTOR), var("bar"), var("n", INT)
    twice = bind(MUL, bar, y, kind=VECTOR)
    share = bind(DIV, twice.out, n, kind=VECTOR)
    f = function([y, bar, n], [twice, share], [share.out])
    assert names(regroup.run(f)) == ["mul", "truediv"]
    positive = var("n", replace(INT, value=Dim(0, (("n", 1),), least=1)))
    share = bind(DIV, twice.out, positive, kind=VECTOR)
    f = function([y, bar, positive], [twice, share], [share.out])
    assert names(check(regrouped, f, np.arange(4.0), 0.5, 2)) == ["truediv", "mul"]


@pytest.mark.parametrize("origin", [FORWARD, REVERSE])
def test_shared_parts_and_the_forward_sweep_stay(origin):
    y, bar = var("y", VECTOR), var("bar")
    twice = bind(MUL, 2.0, y, kind=VECTOR, origin=origin)
    product = bind(MUL, bar, twice.out, kind=VECTOR, origin=origin)
    outs = [product.out] if origin is FORWARD else [product.out, twice.out]
    f = check(regrouped, function([y, bar], [twice, product], outs), np.ones(2), 0.3)
    assert f.body.statements == (twice, product)


# -- accumulation

summed = clean(accumulate.run)


def test_signs():
    x, y = var("x"), var("y")
    minus = bind(NEG, y)
    one, two = bind(ADD, x, minus.out), bind(ADD, minus.out, x)
    three = bind(SUB, x, minus.out)
    f = function([x, y], [minus, one, two, three], [one.out, two.out, three.out])
    assert names(check(summed, f, -0.0, 0.0)) == ["sub", "sub", "add"]


def test_a_negated_term_is_subtracted_in_place():
    b, e = var("b", VECTOR), var("e")
    minus = bind(NEG, e)
    add = bind(ADDITEM, b, minus.out, path=at(0), kind=VECTOR, sign="+")
    f = check(summed, function([b, e], [minus, add], [add.out]), np.ones(2), 3.0)
    assert names(f) == ["additem"] and f.body.statements[0].static == (("sign", "-"),)


def zeroed(between, read=()):
    """b[i] = 0.0; something between; b[i] += e."""
    b, e, i = var("b", VECTOR), var("e"), var("i", INT)
    zero = bind(SETITEM, b, 0.0, i, path=at(Hole(2)), kind=VECTOR)
    middle = between(zero.out, i)
    base = middle[-1].out if middle else zero.out
    add = bind(ADDITEM, base, e, i, path=at(Hole(2)), kind=VECTOR, sign="+")
    return function([b, e, i], [zero, *middle, add], [add.out, *(m.out for m in middle[:-1])])


def test_the_first_sum_after_a_zero_is_an_assignment():
    def disjoint(base, i):
        return [bind(ADDITEM, base, 1.0, i, path=at(SliceStep(None, Hole(2), None)),
                     kind=VECTOR, sign="+")]  # fmt: skip

    f = zeroed(lambda base, i: [])
    assert names(check(summed, f, np.ones(4), 3.0, 2)) == ["setitem"]
    f = zeroed(disjoint)
    for i in (2, -1, 0):
        assert names(check(summed, f, np.ones(4), 3.0, i)) == ["additem", "setitem"]


def test_a_zero_that_was_seen_stays():
    def reads(base, i):
        seen = bind(GETITEM, base, i, path=at(Hole(1)))
        return [seen, bind(ADDITEM, base, 1.0, path=at(0), kind=VECTOR, sign="+")]

    def overlaps(base, i):
        return [bind(ADDITEM, base, 1.0, path=at(0), kind=VECTOR, sign="+")]

    for between in (reads, overlaps):
        assert names(check(summed, zeroed(between), np.ones(4), 3.0, 0))[0] == "setitem"
        assert names(check(summed, zeroed(between), np.ones(4), 3.0, 0))[-1] == "additem"


def test_sums_that_begin_with_zeros():
    x, e = var("x", VECTOR), var("e", VECTOR)
    zeros = bind(ZEROS, x, kind=VECTOR)
    whole = bind(ADDITEM, zeros.out, e, kind=VECTOR, sign="+")
    f = check(summed, function([x, e], [zeros, whole], [whole.out]), np.ones(3), np.arange(3.0))
    assert names(f) == []
    part = bind(ADDITEM, zeros.out, 2.0, path=at(SliceStep(1, None, None)), kind=VECTOR, sign="+")
    f = check(summed, function([x], [zeros, part], [part.out]), np.ones(3))
    assert names(f) == ["np.zeros_like", "setitem"]


def test_another_dtype_or_reader_keeps_the_zeros():
    x, e = var("x", VECTOR), var("e", SINGLE)
    zeros = bind(ZEROS, x, kind=VECTOR)
    whole = bind(ADDITEM, zeros.out, e, kind=VECTOR, sign="+")
    given = np.ones(3), np.ones(3, np.float32)
    f = check(summed, function([x, e], [zeros, whole], [whole.out]), *given)
    assert names(f) == ["np.zeros_like", "additem"]


def test_an_owned_sum_is_made_in_place():
    x, g = var("x", VECTOR), var("g", VECTOR)
    own = bind(MUL, x, 2.0, kind=VECTOR)
    total = bind(ADD, g, own.out, kind=VECTOR)
    f = check(summed, function([x, g], [own, total], [total.out]), np.ones(3), np.arange(3.0))
    assert names(f) == ["mul", "additem"]


@pytest.mark.parametrize("case", ["argument", "read again", "wider", "in a loop"])
def test_what_is_not_ours_alone_is_not_written(case):
    x, g = var("x", VECTOR), var("g", VECTOR)
    own = bind(MUL, x, 2.0, kind=SINGLE if case == "wider" else VECTOR)
    total = bind(ADD, x if case == "argument" else own.out, g, kind=VECTOR)
    statements, outs = [own, total], [total.out]
    if case == "read again":
        outs = [total.out, own.out]
    if case == "in a loop":
        loop = For((), (var("ys", Lst(VECTOR)),), (), (x,), block([total], outs, [var()]),
                   origin=REVERSE)  # fmt: skip
        statements, outs = [own, loop], loop.ys
    f = accumulate.run(function([x, g], statements, outs))
    assert "additem" not in names(f)


def test_a_slot_is_summed_in_place():
    x, xs = var("x", VECTOR), var("xs", VECTOR)
    own = bind(MUL, x, 0.0, kind=VECTOR)
    bar, element = var("bar", VECTOR), var("e")
    term = bind(MUL, x, element, kind=VECTOR)
    total = bind(ADD, bar, term.out, kind=VECTOR)
    loop = For((var("bar", VECTOR),), (), (own.out,), (xs,),
               block([term, total], [total.out], [bar, element]), origin=REVERSE)  # fmt: skip
    f = check(summed, function([x, xs], [own, loop], loop.outs), np.ones(3), np.arange(3.0))
    assert names(f) == ["mul", "for", "mul", "additem"]


# -- index sets

J, K = var("j", INT), var("k", INT)


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ((1,), (1,), EQUAL),
        ((1,), (2,), DISJOINT),
        ((-1,), (-2,), DISJOINT),
        ((-1,), (2,), UNKNOWN),
        ((J,), (J,), EQUAL),
        ((J,), (K,), UNKNOWN),
        ((J,), (1,), UNKNOWN),
        ((J,), (("slice", None, J),), DISJOINT),
        ((J,), (("slice", J, None),), UNKNOWN),
        ((("slice", None, J),), (("slice", J, None),), DISJOINT),
        ((("slice", None, 3),), (("slice", 3, None),), DISJOINT),
        ((("slice", None, 3),), (("slice", 2, None),), UNKNOWN),
        ((("slice", None, -3),), (("slice", -3, None),), DISJOINT),
        ((("slice", None, 3),), (("slice", -3, None),), UNKNOWN),
        ((0,), (("slice", 1, None),), DISJOINT),
        ((-1,), (("slice", 1, -1),), DISJOINT),
        ((0,), (("slice", 1, -1),), DISJOINT),
        ((-1,), (("slice", 1, None),), UNKNOWN),
        ((J, 0), (J, 1), DISJOINT),
        ((J, K), (K, J), UNKNOWN),
        ((J, ("slice", None, J)), (J, J), DISJOINT),
        ((Ellipsis, 0), (Ellipsis, 1), UNKNOWN),
        ((True,), (1,), UNKNOWN),
        (("a",), ("b",), DISJOINT),
        ((("slice", 3, 0, -1),), (("slice", 3, None),), UNKNOWN),
    ],
)
def test_index_sets(one, other, relation):
    def place(components):
        args: list[object] = [None]

        def hole(value):
            if not isinstance(value, Var):
                return value
            args.append(value)
            return Hole(len(args) - 1)

        def part(value):
            if isinstance(value, tuple):
                bounds = [hole(b) for b in value[1:]]
                return SliceStep(*bounds, *[None] * (3 - len(bounds)))
            return hole(value)

        return Place(at(*(part(c) for c in components)), tuple(args))

    assert compare(place(one), place(other)) == relation
    assert compare(place(other), place(one)) == relation
    if relation == DISJOINT:
        _assert_disjoint(one, other)


def _assert_disjoint(one, other):
    """By trying: on every small array, with every value of the variables that doesn't raise."""

    def filled(parts, j, k):
        values = {J: j, K: k}
        get = lambda v: values.get(v, v) if isinstance(v, Var) else v  # noqa: E731
        return tuple(
            slice(*(get(b) for b in p[1:])) if isinstance(p, tuple) else get(p) for p in parts
        )

    if isinstance(one[0], str):
        return
    for n in range(6):
        for j in range(-n, n):
            marks = np.zeros((n,) * len(one), int)
            try:
                marks[filled(one, j, 0)] += 1
                marks[filled(other, j, 0)] += 1
            except IndexError:
                continue
            assert marks.max(initial=0) <= 1, (one, other, n, j)


def test_a_prefix_overlaps_what_lies_inside():
    row, inside = Place(at(0), (None,)), Place((*at(0), *at(1)), (None,))
    assert compare(row, inside) == compare(inside, row) == UNKNOWN
    assert compare(Place(at(1), (None,)), inside) == DISJOINT
    assert compare(Place((), (None,)), row) == UNKNOWN


# -- programs by chance


class Maker:
    """Random sound programs on Python floats: loops that may leave, branches, tapes and their
    reverse loops."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.origin = FORWARD

    def pick(self, items):
        return items[int(self.random.integers(len(items)))]

    def operand(self, scope):
        constants = [Const(c, FLOAT) for c in (0.0, -0.0, 1.0, 2.0, 0.5)]
        return self.pick([*scope, *scope, self.pick(constants)])

    def statement(self, scope, depth, loop):
        kind = self.pick(["bind", "bind", "neg", "if", "for", "while", "pair", "pair"])
        if kind == "neg":
            return [bind(NEG, self.operand(scope), origin=self.origin)]
        if depth == 0 or kind == "bind":
            op = self.pick([ADD, SUB, MUL, MUL])
            return [bind(op, self.operand(scope), self.operand(scope), origin=self.origin)]
        if kind == "if":
            return self.branch(scope, depth, None)
        if kind == "while":
            return [self.while_loop(scope, depth)]
        first = self.for_loop(scope, depth, XS)
        return [first, self.reverse(scope, depth, first)] if kind == "pair" else [first]

    def test(self, scope):
        return bind(OPERATORS["gt"], self.operand(scope), self.operand(scope), kind=BOOL,
                    origin=self.origin)  # fmt: skip

    def branch(self, scope, depth, leaving):
        test = self.test(scope)
        then, inner = self.statements(scope, depth - 1)
        orelse, other = self.statements(scope, depth - 1)
        if leaving is not None:
            end = Exit(1, tuple(self.operand(inner) for _ in range(leaving)))
            then = Block((), tuple(then), end)
            return [test, If((), test.out, then, block(orelse), self.origin)]
        outs = (var("p"), var("q"))
        arms = [
            block(s, [self.operand(i) for _ in outs]) for s, i in ((then, inner), (orelse, other))
        ]
        return [test, If(outs, test.out, *arms, self.origin)]

    def statements(self, scope, depth, loop=None):
        found, scope = [], list(scope)
        for _ in range(int(self.random.integers(1, 4))):
            for statement in self.statement(scope, depth, loop):
                found.append(statement)
                scope += [v for v in statement.outs if v.type == FLOAT]
        return found, scope

    def body(self, scope, depth, slots, elements, kept):
        params = [var("s") for _ in range(slots)] + [var("e") for _ in range(elements)]
        statements, inner = self.statements([*scope, *params], depth - 1)
        if self.random.random() < 0.3:
            statements = statements + self.branch(inner, 1, slots + kept)
        own = params[: slots - 1]
        values = [self.operand([*inner, *own, *own]) for _ in range(slots + kept)]
        return block(statements, values, params)

    def for_loop(self, scope, depth, xs, **more):
        slots, kept = int(self.random.integers(1, 4)), int(self.random.integers(0, 3))
        elements = xs if isinstance(xs, tuple) else (xs,)
        return For(
            tuple(var("o") for _ in range(slots)), tuple(var("t", Lst(FLOAT)) for _ in range(kept)),
            tuple(self.operand(scope) for _ in range(slots)), elements,
            self.body(scope, depth, slots, len(elements), kept),
            trips=var("trips", INT), exit=var("exit", INT), origin=self.origin, **more,
        )  # fmt: skip

    def reverse(self, scope, depth, first):
        outer, self.origin = self.origin, REVERSE
        count = self.pick([None, first.trips])
        xs = self.pick([(XS, *first.ys), first.ys or (XS,)])
        loop = self.for_loop([*scope, *first.outs], depth, xs, reverse=True, count=count)
        self.origin = outer
        return loop

    def while_loop(self, scope, depth):
        body = self.body(scope, depth, 2, 0, 1)
        counter = body.params[0]
        step = bind(ADD, counter, 1.0, origin=self.origin)
        values = (step.out, *body.terminator.values[1:])
        body = Block(body.params, (step, *body.statements), Yield(values))
        cond = [var("s"), var("s")]
        test = bind(OPERATORS["lt"], cond[0], 3.0, kind=BOOL, origin=self.origin)
        return While(
            (var("o"), var("o")), (var("t", Lst(FLOAT)),), (Const(0.0, FLOAT), self.operand(scope)),
            block([test], [test.out], cond), body,
            trips=var("trips", INT), exit=var("exit", INT), origin=self.origin,
        )  # fmt: skip

    def function(self):
        params = [var("x"), var("y"), XS]
        statements, scope = self.statements(params[:2], 3)
        self.origin = REVERSE
        more, scope = self.statements(scope, 2)
        values = [self.operand(scope[-8:]) for _ in range(4)]
        return function(params, statements + more, values)


XS = var("xs", VECTOR)
PASSES = (
    fold.run,
    common_subexpressions.run,
    dead_code.run,
    counted_trips.run,
    accumulate.run,
    regroup.run,
    clean(dead_code.run, counted_trips.run, dead_code.run),
    clean(fold.run, common_subexpressions.run, accumulate.run, regroup.run),
)


@pytest.mark.parametrize("seed", range(120))
def test_programs_by_chance_keep_their_values(seed):
    f = Maker(seed).function()
    verify(Program((f,)))
    for given in ([], [0.5], [0.5, -1.5, 2.0]):
        args = (0.75, -1.25, np.array(given))
        with np.errstate(all="ignore"):
            want = interpret(Program((f,)), args)
            for transform in PASSES:
                new = transform(f)
                verify(Program((new,)))
                got = interpret(Program((new,)), args)
                assert repr(want) == repr(got), transform.__module__

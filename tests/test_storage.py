"""What is kept for the reverse sweep, and that recomputing, signs and updates keep the values."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from s2sad.analysis.signature import type_of
from s2sad.frontend import lower_function
from s2sad.ir.data import Bind, For, Function, Hole, Program, While
from s2sad.ir.interpret import run as interpret
from s2sad.ir.ops import ADDITEM, GETITEM, OPERATORS, RANGE_OP
from s2sad.ir.printer import text
from s2sad.ir.types import ARRAY, FLOAT, INT, NP, Dim, Lst, Num
from s2sad.ir.verify import verify
from s2sad.ir.walk import all_statements
from s2sad.request import Argument, Request
from s2sad.reverse import reverse
from s2sad.transform import signs as signs_pass
from s2sad.transform import sinking, storage, updates
from s2sad.transform.correspondence import equalities, leader
from s2sad.transform.effects import is_reverse
from s2sad.transform.passes import cleaned
from tests.test_transform import (
    ADD,
    DIV,
    MUL,
    NEG,
    SETITEM,
    VECTOR,
    at,
    bind,
    block,
    check,
    forward,
    function,
    var,
)

SCALAR = Num(frozenset({NP}), "float64")


def adjoint(primal: Callable[..., Any], args: tuple[Any, ...], wrt: Any, value: bool) -> Function:
    """The gradient as reverse mode makes it, before any pass."""
    names = list(inspect.signature(primal).parameters)
    kinds = zip(names, (type_of(n, a) for n, a in zip(names, args, strict=True)), strict=True)
    given = [Argument(name, "POSITIONAL_OR_KEYWORD", kind) for name, kind in kinds]
    lowered = lower_function(Request(primal, tuple(given), "grad", (0,))).function
    return reverse(lowered, tuple(lowered.params[k].var for k in wrt), value=value)


def optimised(made: Function, *without: str) -> Function:
    """The function after all passes, checked after each."""
    last = made
    for _, new in cleaned(made, without):
        verify(Program((new,)))
        last = new
    return last


def golden(name: str, *without: str, value: bool = True) -> tuple[Function, tuple[Any, ...]]:
    module = importlib.import_module(f"tests.golden.{name}")
    wrt = getattr(module, "WRT", range(len(module.ARGS)))
    made = adjoint(getattr(module, name), module.ARGS, wrt, value)
    return optimised(made, *without), module.ARGS


def tapes(made: Function) -> list[str]:
    """The names of what the loops of the function's own block keep."""
    loops = [s for s in made.body.statements if isinstance(s, (For, While)) and not is_reverse(s)]
    return sorted(y.hint for loop in loops for y in loop.ys)


# -- the golden programs


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("straight", []),
        ("branch", []),
        ("newton", ["x_tape"]),
        ("search", []),
        ("heat", []),
        ("wave", ["v_tape"]),
        ("logdet", []),
        ("layers", ["x_tape"]),
    ],
)
def test_no_more_is_kept_than_by_hand(name: str, kept: list[str]) -> None:
    assert tapes(golden(name)[0]) == kept


@pytest.mark.parametrize("name", ["newton", "search", "logdet"])
def test_without_the_pass_more_is_kept_and_the_values_are_the_same(name: str) -> None:
    made, args = golden(name)
    plain, _ = golden(name, "storage")
    assert len(tapes(plain)) > len(tapes(made))
    got, want = (interpret(Program((f,)), args, {}) for f in (made, plain))
    np.testing.assert_equal(got, want)


def test_the_loop_of_a_linear_primal_goes() -> None:
    made, _ = golden("heat", value=False)
    loops = [s for s in all_statements(made.body) if isinstance(s, (For, While))]
    assert [is_reverse(loop) for loop in loops] == [True]


@pytest.mark.parametrize("primal", ["wave", "logdet", "search", "layers"])
def test_passes_give_the_same_text_each_time(primal: str) -> None:
    module = importlib.import_module(f"tests.golden.{primal}")
    made = adjoint(getattr(module, primal), module.ARGS, (0,), True)
    assert text(optimised(made)) == text(optimised(made))


# -- what corresponds


def scaled(x: Any, k: float) -> Any:
    x = x.copy()
    for i in range(3):
        x[i] = np.sin(x[i] * k)
    return np.sum(x)


def test_undo_brings_the_slot_back() -> None:
    made = adjoint(scaled, (np.ones(3), 0.5), (0,), True)
    equal = equalities(made)
    first, second = (s for s in made.body.statements if isinstance(s, For))
    elements = [p for p in first.body.params if isinstance(p.type, Num) and p.type.is_array]
    assert elements
    backwards = {leader(equal, v) for v in second.body.terminator.values if hasattr(v, "hint")}
    assert set(elements) & backwards


def chosen(x: Any, k: float) -> Any:
    s = 0.0
    for i in range(4):
        if x[i] > 0.0:
            t = x[i] * k
            s = s + np.sin(t)
        else:
            s = s * x[i]
    return s


def twice(x: Any, k: float) -> Any:
    s = 0.0
    for i in range(3):
        t = x[i] * k
        for j in range(3):
            s = s + np.sin(t * x[j]) * s
    return s


def overwritten(x: Any, k: float) -> Any:
    x = x.copy()
    s = 0.0
    for i in range(3):
        t = x[i] * k
        x[i] = x[i + 1] * 0.5
        s = s + np.sin(t) * x[i]
    return s


@pytest.mark.parametrize("primal", [scaled, chosen, twice, overwritten])
def test_recomputed_values_are_the_same_to_the_last_bit(primal: Callable[..., Any]) -> None:
    args = (np.array([0.3, -0.2, 0.9, 0.4]), 0.7)
    made = adjoint(primal, args, (0, 1), True)
    plain = optimised(made, "storage")
    better = optimised(made)
    got, want = (interpret(Program((f,)), args, {}) for f in (better, plain))
    np.testing.assert_equal(got, want)
    assert len(tapes(better)) <= len(tapes(plain))


def test_arrays_stay_on_the_tape() -> None:
    """A reference costs nothing, and computing the array again would."""
    x, w = var("x", VECTOR), var("w", VECTOR)
    r = forward(RANGE_OP, 0, 3, 1)
    slot, kept = var("x", VECTOR), forward(MUL, w, w, kind=VECTOR)
    new = forward(MUL, slot, kept.out, kind=VECTOR)
    tape, out = var("t", Lst(VECTOR)), var("x", VECTOR)
    loop = For(
        (out,), (tape,), (x,), (r.out,),
        block([kept, new], [new.out, kept.out], [slot, var("i")]), origin=new.origin,
    )  # fmt: skip
    b, e = var("b", VECTOR), var("e", VECTOR)
    back = bind(MUL, b, e, kind=VECTOR)
    reverse_loop = For(
        (var("b", VECTOR),), (), (out,), (tape,), block([back], [back.out], [b, e]),
        reverse=True, origin=back.origin,
    )  # fmt: skip
    f = function([x, w], [r, loop, reverse_loop], [reverse_loop.outs[0]])
    new_f = check(storage.run, f, np.ones(2), np.full(2, 0.5))
    assert text(new_f) == text(f)


# -- signs


def test_signs_move_to_where_they_are_taken_up() -> None:
    b, g = var("b", VECTOR), var("g", VECTOR)
    n = bind(NEG, g, kind=VECTOR)
    p = bind(MUL, n.out, 2.0, kind=VECTOR)
    s = bind(ADDITEM, b, p.out, kind=VECTOR, path=at(Ellipsis), sign="+")
    f = check(signs_pass.run, function([b, g], [n, p, s], [s.out]), np.ones(2), np.arange(2.0))
    binds = [x for x in all_statements(f.body) if isinstance(x, Bind)]
    assert [x.op.name for x in binds] == ["mul", "additem"]
    assert dict(binds[-1].static) == {"sign": "-"}


def test_a_sign_that_somebody_needs_stays() -> None:
    b, g = var("b"), var("g")
    n = bind(NEG, g)
    p, q = bind(ADD, b, n.out), bind(MUL, n.out, 2.0)
    f = function([b, g], [n, p, q], [p.out, q.out])
    assert text(check(signs_pass.run, f, 1.0, 2.0)) == text(f)


def test_two_signs_vanish() -> None:
    b, g = var("b"), var("g")
    n = bind(NEG, g)
    p = bind(MUL, n.out, b)
    m = bind(NEG, p.out)
    q = bind(MUL, m.out, 3.0)
    f = check(signs_pass.run, function([b, g], [n, p, m, q], [q.out]), 1.5, 2.0)
    assert [s.op.name for s in all_statements(f.body)] == ["mul", "mul"]  # type: ignore[union-attr]


def test_a_sum_with_itself_is_twice_it() -> None:
    x = var("x")
    s = bind(ADD, x, x)
    f = check(signs_pass.run, function([x], [s], [s.out]), 0.1)
    assert [s.op for s in all_statements(f.body)] == [OPERATORS["mul"]]  # type: ignore[union-attr]


# -- elements


def test_what_is_stored_is_read_from_there() -> None:
    b, d = var("b", VECTOR), var("d", SCALAR)
    q = bind(MUL, d, 2.0, kind=SCALAR, hint="v_bar")
    s = bind(SETITEM, b, q.out, kind=VECTOR, path=at(0))
    p = bind(MUL, q.out, 3.0, kind=SCALAR)
    f = function([b, d], [q, s, p], [s.out, p.out])
    new = check(sinking.run, f, np.ones(3), np.float64(0.3))
    assert [x.op.name for x in all_statements(new.body)][-2:] == ["getitem", "mul"]  # type: ignore[union-attr]


def test_not_across_a_write_that_may_reach_it() -> None:
    b, d = var("b", VECTOR), var("d", SCALAR)
    k = var("k", INT)
    q = bind(MUL, d, 2.0, kind=SCALAR, hint="v_bar")
    s = bind(SETITEM, b, q.out, kind=VECTOR, path=at(0))
    other = bind(SETITEM, s.out, 7.0, k, kind=VECTOR, path=at(Hole(2)))
    p = bind(MUL, q.out, 3.0, kind=SCALAR)
    f = function([b, d, k], [q, s, other, p], [other.out, p.out])
    assert text(check(sinking.run, f, np.ones(3), np.float64(0.3), 0)) == text(f)


@pytest.mark.parametrize(("op", "sign"), [(MUL, "*"), (DIV, "/")])
def test_products_and_quotients_of_a_place_are_updates(op: Any, sign: str) -> None:
    b, d = var("b", VECTOR), var("d", FLOAT)
    g = bind(GETITEM, b, kind=SCALAR, path=at(0))
    q = bind(op, g.out, d, kind=SCALAR)
    s = bind(SETITEM, b, q.out, kind=VECTOR, path=at(0))
    f = check(updates.run, function([b, d], [g, q, s], [s.out]), np.ones(3), 0.3)
    last = f.body.statements[-1]
    assert isinstance(last, Bind)
    assert last.op == ADDITEM
    assert dict(last.static) == {"sign": sign}


def test_an_update_needs_one_dtype() -> None:
    b = var("b", Num(frozenset({ARRAY}), "float32", (Dim(3),)))
    d = var("d", SCALAR)
    g = bind(GETITEM, b, kind=Num(frozenset({NP}), "float32"), path=at(0))
    q = bind(MUL, g.out, d, kind=SCALAR)
    s = bind(SETITEM, b, q.out, kind=b.type, path=at(0))
    f = function([b, d], [g, q, s], [s.out])
    args = (np.ones(3, np.float32), np.float64(0.3))
    assert text(check(updates.run, f, *args)) == text(f)

"""Types of run-time values, and guards that hold exactly for the values of a type."""

from __future__ import annotations

import enum
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.analysis.signature import Naming, same_static, type_of
from s2sad.dispatcher.guards import Names, conjunction, guard
from s2sad.errors import CompileError, GradientTypeError
from s2sad.ir import types as T

Pair = namedtuple("Pair", "w b")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Layer:
    w: Any
    rate: float


class Slots:
    __slots__ = ("w",)

    def __init__(self, w: Any) -> None:
        self.w = w


def double(x: float) -> float:
    return 2 * x


def holds(kind: T.Type, value: Any) -> bool:
    """Evaluates a guard as the entry does."""
    names = Names()
    test = conjunction(guard(kind, "x", names))
    text = "".join(names.functions) + f"def check(x):\n    return {test}\n"
    space: dict[str, Any] = dict(names.values)
    exec(text, space)
    try:
        return bool(space["check"](value))
    except (AttributeError, LookupError, TypeError):
        return False


def adder(k: float) -> Callable[[float], float]:
    return lambda x: x + k


ADD = [adder(1), adder(2)]
ZEROS = np.zeros
VALUES: list[Any] = [
    1, 2, 1.5, True, False, None, "a", "b", 1j, ..., Colour.RED, Colour.BLUE,
    np.float64(1), np.float32(1), np.int64(1), np.bool_(True), np.complex128(1),
    ZEROS(()), ZEROS(0), ZEROS(1), ZEROS(3), ZEROS((3, 2)), ZEROS((3, 1)), ZEROS((1, 3)),
    ZEROS((0, 3)), ZEROS(3, np.float32), ZEROS(3, int), ZEROS(3, bool), ZEROS((2, 2, 2)),
    np.dtype("float32"), np.dtype("float64"), np.float32, np, np.sin, np.sum, len, double,
    (), (1.0,), (1.0, 2.0), (1.0, ZEROS(2)), Pair(1.0, 2.0), [], [1.0], [1.0, 2.0], [ZEROS(2)] * 2,
    [ZEROS(1)] * 2, [ZEROS((2, 2))] * 2, [(ZEROS((2, 2)), ZEROS(2))] * 2, [[1.0], [2.0, 3.0]],
    {}, {"w": 1.0}, {"w": ZEROS(2)}, {"b": 1.0}, {"w": 1.0, "b": 1.0}, {"b": 1.0, "w": 1.0},
    range(3), Layer(ZEROS(2), 1.0), Layer(ZEROS((2, 2)), 1.0), Slots(1.0), Slots(ZEROS(2)),
    np.random.default_rng(0),
]  # fmt: skip


@pytest.mark.parametrize("position", range(len(VALUES)))
def test_a_guard_holds_for_its_own_value(position: int) -> None:
    assert holds(type_of("x", VALUES[position]), VALUES[position])


def alike(one: T.Type, other: T.Type) -> bool:
    """Whether two types are those of one specialisation. Constants 1 and True are equal."""
    return str(one) == str(other) and type(one) is type(other)


@pytest.mark.parametrize("position", range(len(VALUES)))
def test_a_guard_holds_for_no_other_type(position: int) -> None:
    kind = type_of("x", VALUES[position])
    for other in VALUES:
        if not alike(kind, type_of("x", other)):
            assert not holds(kind, other), (kind, other)


def test_lengths_are_symbols() -> None:
    assert str(type_of("x", ZEROS((3, 1, 0)))) == "float64[x.0,1,0]"
    kind = type_of("x", ZEROS((3, 2)))
    assert isinstance(kind, T.Num) and kind.shape is not None
    assert all(dim.never_one for dim in kind.shape)
    assert holds(kind, ZEROS((17, 5)))


def test_the_value_of_an_integer_is_a_symbol() -> None:
    kind = type_of("n", 3)
    assert isinstance(kind, T.Num) and kind.value == T.Dim(0, (("n", 1),))
    assert holds(kind, 12) and not holds(kind, True)


def test_integers_that_must_be_known() -> None:
    naming = Naming(statics=frozenset({"n", "shape[1]"}))
    assert type_of("n", 3, naming) == T.Static(3)
    assert str(type_of("shape", (2, 5), naming)) == "(int=shape[0], static 5)"
    assert holds(T.Static(3), 3) and not holds(T.Static(3), 4)
    assert not holds(T.Static(3), 3.0)


def test_wide_lengths_are_not_looked_at() -> None:
    kind = type_of("x", ZEROS((3, 1)), Naming(wide=True))
    assert str(kind) == "float64[x.0,x.1]"
    assert holds(kind, ZEROS((0, 1))) and not holds(kind, ZEROS(3))
    assert isinstance(kind, T.Num) and not any(d.never_one for d in kind.shape or ())


def test_lists_join_their_elements() -> None:
    kind = type_of("p", [ZEROS((3, 2)), ZEROS((5, 2))])
    assert str(kind) == "list[float64[p[*].0,p[*].1]]"
    assert holds(kind, [ZEROS((2, 2)), ZEROS((4, 4)), ZEROS((9, 9))])
    assert not holds(kind, [ZEROS((2, 2)), ZEROS((4, 1))])
    mixed = type_of("p", [ZEROS(1), ZEROS(5)])
    assert holds(mixed, [ZEROS(7), ZEROS(1)]) and not holds(mixed, [ZEROS(7), ZEROS(0)])


def test_elements_of_lists_are_not_constants() -> None:
    assert type_of("x", [True, False]) == T.Lst(T.BOOL, T.Dim(0, (("x.len", 1),)))
    assert holds(type_of("x", [1, 2]), [5, 6])
    assert holds(type_of("x", ["a", "b"]), ["c", "d"])


@pytest.mark.parametrize(
    "value", [[1.0, 1], [ZEROS(2), ZEROS((2, 2))], [1.0, ZEROS(2)], [(1.0,), (1.0, 2.0)], ADD]
)
def test_lists_of_different_things_are_refused(value: Any) -> None:
    with pytest.raises(GradientTypeError) as caught:
        type_of("params", value)
    assert caught.value.codes == ("S405",)
    assert "params holds elements of different types" in str(caught.value)


def test_functions_are_known_by_their_code() -> None:
    assert holds(type_of("f", ADD[0]), ADD[1])
    assert not holds(type_of("f", ADD[0]), double)
    assert same_static(ADD[0], ADD[1])


def test_gradients_are_known_by_identity() -> None:
    one, other = s2sad.grad(double), s2sad.grad(double)
    assert type_of("f", one) == T.Static(one)
    assert holds(type_of("f", one), one) and not holds(type_of("f", one), other)


def test_methods_are_known_by_function_and_object() -> None:
    one, other = ZEROS(2).copy, OrderedDict(a=1).copy
    assert not holds(type_of("f", one), other)

    class Model:
        def run(self) -> None: ...

    first, second = Model(), Model()
    kind = type_of("f", first.run)
    assert holds(kind, first.run) and not holds(kind, second.run)


def test_constants_are_compared_by_type_and_sign() -> None:
    assert not same_static(1, True) and not same_static(0.0, -0.0)
    assert not holds(T.Static(0.0), -0.0) and holds(T.Static(float("nan")), float("nan"))
    assert not holds(T.Static(True), 1)


def test_objects_by_attributes() -> None:
    kind = type_of("m", Layer(ZEROS(2), 1.0))
    assert str(kind) == "Layer(w: float64[m.w.0], rate: py.float64)"
    partial = Layer(ZEROS(2), 1.0)
    del partial.rate
    assert not holds(kind, partial)


def test_attributes_that_cannot_be_typed_are_left_out() -> None:
    assert str(type_of("m", Layer(np.array(["text"]), 1.0))) == "Layer(rate: py.float64)"


class Float(float):
    pass


REFUSED = [
    (ZEROS((1, 1)).view(np.matrix), "numpy.matrix", "np.asarray(x)"),
    (np.ma.array([1.0]), "MaskedArray", "x.mask"),
    (np.array([None]), "dtype object", "astype"),
    (np.array(["a"]), "dtype <U1", ""),
    (np.zeros(2, dtype=[("a", float)]), "dtype", ""),
    (np.zeros(2, dtype=">f8"), "byte order", "newbyteorder"),
    (np.zeros(2).view(type("Sub", (np.ndarray,), {})), "Sub", "np.asarray(x)"),
    (np.datetime64("2020-01-01"), "datetime64", ""),
    (OrderedDict(a=1.0), "OrderedDict", "plain dict"),
    (Float(1.0), "Float", "float(x)"),
    ({object(): 1.0}, "key", ""),
]


@pytest.mark.parametrize(("value", "message", "help"), REFUSED)
def test_refused_classes(value: Any, message: str, help: str) -> None:
    with pytest.raises(TypeError) as caught:
        type_of("x", value)
    assert isinstance(caught.value, CompileError) and caught.value.codes == ("S404",)
    assert message in str(caught.value) and help in str(caught.value)


def test_arrays_of_other_libraries() -> None:
    class Array:
        def __array_namespace__(self) -> None: ...

    Array.__module__ = "jaxlib._jax"
    with pytest.raises(TypeError, match="jax"):
        type_of("x", Array())


def test_the_path_of_what_is_refused() -> None:
    with pytest.raises(TypeError, match=r"params\[1\]\['w'\] has dtype object"):
        type_of("params", (1.0, {"w": np.array([None])}))


def test_depth() -> None:
    value: Any = 1.0
    for _ in range(12):
        value = (value,)
    with pytest.raises(TypeError, match="nested more than 8"):
        type_of("x", value)


def test_names_of_the_user_hide_nothing() -> None:
    names = Names(prefix="__")
    test = conjunction(guard(type_of("x", [(1.0, ZEROS((2, 2)))] * 2), "type", names))
    assert "__type(type)" in test

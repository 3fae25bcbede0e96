"""What users call: names, signatures, wrt, methods, pickling, trees, checks of gradients."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import subprocess
import sys
from collections import namedtuple
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad import testing
from s2sad.errors import CompileError, GradientTypeError, NotCalledError
from s2sad.request import Inner
from s2sad.rules.registry import rules_of
from tests.handwritten import Page, compiler

ONE = Page("def page(x, y=2.0, *, out_bar=1.0):\n    return (out_bar * y,)\n")
TWO = Page("def page(x, y, *, out_bar=1.0):\n    return (out_bar * y, out_bar * x)\n")
WITH_VALUE = Page("def page(x, y, *, out_bar=1.0):\n    return x * y, (out_bar * y,)\n")
METHOD = Page("def page(self, x, *, out_bar=1.0):\n    return (out_bar * self.k,)\n")


def product(x: Any, y: Any = 2.0) -> Any:
    """The product of two numbers."""
    return x * y


class Model:
    def __init__(self, k: float) -> None:
        self.k = k

    def scaled(self, x: Any) -> Any:
        return self.k * x

    @s2sad.grad
    def slope(self, x: Any) -> Any:
        return self.k * x

    @s2sad.grad(wrt="x")
    def named(self, x: Any) -> Any:
        return self.k * x

    def __call__(self, x: Any) -> Any:
        return self.k * x


@s2sad.grad
def decorated(x: Any, y: Any = 2.0) -> Any:
    return x * y


METHODS = {(name, "grad"): METHOD for name in ("scaled", "slope", "named", "__call__")}
PAGES = {("product", "grad"): ONE, ("product", "value_and_grad"): WITH_VALUE} | METHODS
PAGES[("decorated", "grad")] = ONE


def test_name_signature_and_documentation() -> None:
    gradient = s2sad.grad(product)
    assert gradient.__name__ == "product" and gradient.__doc__ == product.__doc__
    assert gradient.__module__ == __name__ and gradient.__wrapped__ is product
    assert inspect.signature(gradient) == inspect.signature(product)
    assert gradient.primal is product and isinstance(gradient, s2sad.Gradient)
    assert repr(gradient) == "<grad of product>"


def test_single_and_several() -> None:
    with compiler({("product", "grad"): TWO}):
        assert s2sad.grad(product, wrt=(0, 1))(3.0, 4.0) == (4.0, 3.0)
        assert s2sad.grad(product, wrt=["x", "y"])(3.0, 4.0) == (4.0, 3.0)
    with compiler(PAGES) as calls:
        assert s2sad.grad(product, wrt=(0,))(3.0, 4.0) == (4.0,)
        assert s2sad.grad(product)(3.0, 4.0) == 4.0
        assert s2sad.grad(product, wrt="y", without=("y",))(3.0, 4.0) == 4.0
        assert s2sad.grad(product, argnums=-1, without=("y",))(3.0, 4.0) == 4.0
        assert s2sad.grad(wrt="y", without=("y",))(product)(3.0, 4.0) == 4.0
    assert [r.wrt for r in calls.requests] == [(0,), (0,), (1,)]
    assert calls.requests[2].options.without == ("y",)


def test_the_value_comes_first() -> None:
    with compiler(PAGES):
        assert s2sad.value_and_grad(product)(3.0, 4.0) == (12.0, 4.0)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"wrt": 2}, "wrt=2 is no parameter of product"),
        ({"wrt": "z"}, "there are: x, y"),
        ({"wrt": True}, "wrt=True"),
        ({"wrt": ()}, "wrt is empty"),
        ({"wrt": (0, "x")}, "names a parameter twice"),
        ({"wrt": 0, "argnums": 0}, "give one"),
        ({"wrt": 1.5}, "not iterable"),
    ],
)
def test_wrong_wrt(options: dict[str, Any], wanted: str) -> None:
    with pytest.raises(TypeError, match=wanted):
        s2sad.grad(product, **options)


@pytest.mark.parametrize(
    "thing", [3, Fraction, functools.partial(product, 1.0), object(), dict.fromkeys]
)
def test_what_is_no_function(thing: Any) -> None:
    with pytest.raises(CompileError):
        s2sad.grad(thing)


# -- methods


def test_bound_methods() -> None:
    with compiler(PAGES) as calls:
        model = Model(3.0)
        gradient = s2sad.grad(model.scaled)
        assert gradient(1.0) == 3.0
        model.k = 4.0
        assert gradient(1.0) == 4.0
        assert s2sad.grad(Model(5.0).scaled)(1.0) == 5.0
        assert str(inspect.signature(gradient)) == "(x: 'Any') -> 'Any'"
    assert len(calls.requests) == 1 and calls.requests[0].wrt == (1,)


def test_decorated_methods() -> None:
    with compiler(PAGES) as calls:
        model, other = Model(3.0), Model(4.0)
        assert (model.slope(1.0), other.slope(1.0), model.named(1.0)) == (3.0, 4.0, 3.0)
        assert model.slope.bound is model
        assert isinstance(Model.slope, s2sad.Gradient)
        assert Model.named(model, 1.0) == 3.0
    assert [r.wrt for r in calls.requests] == [(1,), (1,)]


def test_objects_with_a_call() -> None:
    with compiler(PAGES):
        assert s2sad.grad(Model(3.0))(1.0) == 3.0


# -- gradients of gradients, and of library functions


def test_the_chain_of_a_second_derivative() -> None:
    with compiler(PAGES) as calls:
        s2sad.grad(s2sad.grad(product, wrt=(0,)), wrt="y")(1.0, 2.0)
        second = s2sad.grad(s2sad.grad(s2sad.value_and_grad(product)))
    assert calls.requests[0].inner == (Inner("grad", (0,), single=False),)
    assert calls.requests[0].function is product and calls.requests[0].wrt == (1,)
    assert second.inner == (Inner("value_and_grad", (0,)), Inner("grad", (0,)))


def test_library_functions_are_wrapped() -> None:
    if not rules_of(np.sin):
        pytest.skip("no rules are loaded")
    page = Page("def page(x, *, out_bar=1.0):\n    return (out_bar * np.cos(x),)\n")
    with compiler({("sin", "grad"): page}) as calls:
        assert s2sad.grad(np.sin)(0.0) == 1.0
    function = calls.requests[0].function
    assert inspect.getsource(function) == "def sin(x):\n    return target(x)\n"
    assert s2sad.grad(np.sin).function is function


# -- source, display, pickling


def test_source() -> None:
    with compiler(PAGES):
        gradient = s2sad.grad(product, without=("source",))
        with pytest.raises(NotCalledError, match="no source yet") as caught:
            _ = gradient.source
        assert "s2sad.source(product, ...)" in str(caught.value)
        assert s2sad.source(gradient, 3.0) == ONE.text
        gradient(3.0)
        assert gradient.source == ONE.text
        assert s2sad.source(product, 3.0, y=4.0) == WITH_VALUE.text


def test_display_is_escaped() -> None:
    text = "def page(x, y, *, out_bar=1.0):\n    assert x < y, '<b>'\n    return (out_bar,)\n"
    with compiler({("product", "grad"): Page(text)}):
        gradient = s2sad.grad(product, without=("html",))
        assert "not compiled yet" in gradient._repr_html_()
        gradient(1.0, 2.0)
        shown = gradient._repr_html_()
    assert "&lt;b&gt;" in shown and "<b>" not in shown and "x &lt; y" in shown


def test_pickling_by_name() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert copy.deepcopy(decorated) is decorated


def test_pickling_as_function_and_options() -> None:
    gradient = s2sad.grad(product, wrt=(1, 0), without=("a",))
    again = pickle.loads(pickle.dumps(gradient))
    assert again.primal is product and again.wrt == (1, 0) and again.options == gradient.options
    assert again.mode == "grad" and not again.single


def test_pickling_of_methods() -> None:
    model = Model(3.0)
    with compiler(PAGES):
        for gradient in (model.slope, s2sad.grad(model.scaled)):
            again = pickle.loads(pickle.dumps(gradient))
            assert again(1.0) == 3.0 and again.bound is not model


def test_stop_gradient_is_the_identity() -> None:
    x = np.ones(2)
    assert s2sad.stop_gradient(x) is x
    (rule,) = rules_of(s2sad.stop_gradient)
    assert rule.kind == "inactive"


def test_vjp_of_several_arguments() -> None:
    text = (
        "def forward(x, rest):\n    return x * sum(rest), x, sum(rest), len(rest)\n\n\n"
        "def reverse(x, total, count, out_bar):\n"
        "    return (out_bar * total, tuple(out_bar * x for _ in range(count)))\n"
    )

    def weighted(x: Any, *rest: Any) -> Any:
        return x * sum(rest)

    with compiler({("weighted", "vjp"): Page(text, ("forward", "reverse"))}) as calls:
        out, pullback = s2sad.vjp(weighted, 2.0, 3.0, 4.0)
        assert out == 14.0 and pullback(1.0) == (7.0, 2.0, 2.0)
        out, pullback = s2sad.vjp(weighted, 2.0, 3.0, wrt=(0, 1))
        assert pullback(1.0) == (3.0, (2.0,))
    assert calls.requests[0].wrt == (0, 1)


def test_import_changes_nothing() -> None:
    program = (
        "import sys, warnings, numpy as np\n"
        "def state():\n"
        "    return (sys.getrecursionlimit(), sys.excepthook, list(warnings.filters),\n"
        "            np.geterr(), np.get_printoptions(), sys.gettrace())\n"
        "before = state()\n"
        "import s2sad\n"
        "assert state() == before\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_public_names() -> None:
    for name in s2sad.__all__:
        assert hasattr(s2sad, name) and not name[-1].isdigit()


# -- trees

Pair = namedtuple("Pair", "w b")
TREE = {
    "layers": [Pair(np.arange(6.0).reshape(2, 3), np.ones(2, np.float32))],
    "rate": 0.5,
    "none": None,
    "scalar": np.float32(2),
    "point": np.array(3.0),
    "empty": np.zeros((0, 2)),
}


def test_ravel_and_back() -> None:
    vector, unravel = s2sad.ravel(TREE)
    assert vector.shape == (11,) and vector.dtype == np.float64
    again = unravel(2 * vector)
    assert list(again) == list(TREE) and type(again["layers"][0]) is Pair
    w, b = again["layers"][0]
    assert w.tolist() == [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]]
    assert b.dtype == np.float32 and b.tolist() == [2.0, 2.0]
    assert again["rate"] == 1.0 and type(again["rate"]) is float and again["none"] is None
    assert type(again["scalar"]) is np.float32 and again["point"].shape == ()
    assert again["empty"].shape == (0, 2)


def test_ravel_shares_no_memory() -> None:
    x = np.ones(3)
    vector, unravel = s2sad.ravel(x)
    assert not np.shares_memory(vector, x) and not np.shares_memory(unravel(vector), vector)


def test_ravel_of_nothing_and_of_complex_numbers() -> None:
    assert s2sad.ravel([])[0].shape == (0,) and s2sad.ravel([])[1](np.zeros(0)) == []
    vector, unravel = s2sad.ravel([1.0, 1j])
    assert vector.dtype == np.complex128
    with pytest.raises(TypeError, match="real vector"):
        unravel(vector)
    assert s2sad.ravel(np.ones(2, np.float32))[0].dtype == np.float32


@pytest.mark.parametrize(
    ("tree", "wanted"),
    [
        ({"n": [1.0, 3]}, r"tree\['n'\]\[1\] has dtype int64"),
        ([True], r"tree\[0\] has dtype bool"),
        (["a"], r"tree\[0\] is neither a number nor an array: str"),
    ],
)
def test_trees_that_are_refused(tree: Any, wanted: str) -> None:
    with pytest.raises(GradientTypeError, match=wanted):
        s2sad.ravel(tree)


def test_unravel_wants_the_length() -> None:
    _, unravel = s2sad.ravel(np.ones(3))
    with pytest.raises(TypeError, match=r"shape \(3,\), not \(2,\)"):
        unravel(np.ones(2))


# -- check_grads


def test_differences_are_accurate() -> None:
    for function, want in ((np.exp, 1.0), (np.sin, 1.0), (np.tanh, 1.0), (abs, 0.0)):
        got, error = testing.difference(function, 0.01)
        assert abs(got - want) <= max(error, 1e-12) and error < 1e-9


def cube(x: Any) -> Any:
    return np.sum(x**3)


CUBE = "def forward(x):\n    return np.sum(x ** 3), x\n\n\n"
TANGENT = Page("def page(x, *, x_dot):\n    return np.sum(x ** 3), np.sum(3.0 * x * x * x_dot)\n")
RIGHT = CUBE + "def reverse(x, out_bar):\n    return (out_bar * 3.0 * x * x,)\n"
WRONG = CUBE + "def reverse(x, out_bar):\n    return (out_bar * 3.003 * x * x,)\n"


@pytest.mark.parametrize("x", [1.5, np.float64(1.5), np.array([1.0, -2.0]), np.ones((2, 0))])
def test_check_grads_agrees(x: Any) -> None:
    with compiler({("cube", "vjp"): Page(RIGHT, ("forward", "reverse")), ("cube", "jvp"): TANGENT}):
        s2sad.check_grads(cube, (x,))


def test_check_grads_in_single_precision() -> None:
    with compiler({("cube", "vjp"): Page(RIGHT, ("forward", "reverse")), ("cube", "jvp"): TANGENT}):
        s2sad.check_grads(cube, (np.array([1.0, 2.0], np.float32),), rtol=1e-3)


def cubes(x: Any) -> Any:
    return np.sum(x**3)


def test_check_grads_notices_one_in_a_thousand() -> None:
    pages = {
        ("cubes", "vjp"): Page(WRONG, ("forward", "reverse")),
        ("cubes", "jvp"): TANGENT,
    }
    message = "the derivative of cubes in a random direction"
    with compiler(pages), pytest.raises(AssertionError, match=message):
        s2sad.check_grads(cubes, (np.array([1.0, -2.0]),))


def test_check_grads_leaves_arguments_alone() -> None:
    tree = [np.ones(2), np.ones(2)]
    got = testing.moved((tree, 1.0), (0,), [[np.ones(2), np.zeros(2)]], 0.5)
    assert got[0][0].tolist() == [1.5, 1.5] and tree[0].tolist() == [1.0, 1.0]
    assert got[0] is not tree


def test_check_grads_of_other_modes() -> None:
    s2sad.check_grads(cube, (1.0,), 3, modes=("fwd",))
    with pytest.raises(ValueError, match="fwd"):
        s2sad.check_grads(cube, (1.0,), modes=("forward",))

"""From a call to a page, with pages written by hand: specialisation, live values, caching,
writes, exceptions, threads."""

from __future__ import annotations

import gc
import linecache
import os
import sys
import threading
import traceback
import warnings
import weakref
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.codemap import CodeMap
from s2sad.dispatcher.loading import load
from s2sad.errors import (
    GradientTypeError,
    InternalError,
    SpecialisationWarning,
    UnsupportedError,
)
from s2sad.ir import types as T
from s2sad.origins import Origin, Source, Span
from s2sad.runtime import helpers
from tests.handwritten import Page, compiler

SCALE = 2.0
FACTORS = [3.0]


def square(x: Any) -> Any:
    return x * x


def scaled(x: Any) -> Any:
    return SCALE * x


def helper(x: Any) -> Any:
    return 3.0 * x


def calling(x: Any) -> Any:
    return helper(x)


def store(x: Any, y: Any) -> Any:
    x[0] = y[1]
    return np.sum(x * y)


SQUARE = Page("def page(x, *, out_bar=1.0):\n    return (out_bar * 2.0 * x,)\n")
SQUARE_FORWARD = (
    "def forward(x):\n    return x * x, x\n\n\n"
    "def reverse(x, out_bar):\n    return (out_bar * 2.0 * x,)\n"
)


def test_one_page_for_one_type() -> None:
    with compiler({("square", "grad"): SQUARE}) as calls:
        grad = s2sad.grad(square)
        for x in (3.0, 4.0, np.float64(2.0), np.float64(5.0), 1.0):
            assert grad(x) == 2.0 * x
            assert type(grad(x)) is type(x)
    assert [str(r.arguments[0].type) for r in calls.requests] == ["py.float64", "np.float64[]"]


def test_kinds_are_restored() -> None:
    """The page gives what NumPy gives; the caller gets the kind of the argument."""
    page = Page("def page(x, *, out_bar=1.0):\n    return (np.sum(2.0 * x),)\n")
    with compiler({("square", "grad"): page}):
        grad = s2sad.grad(square)
        for x in (1.5, 1.5j, np.float32(1.5), np.complex64(1), np.array(1.5)):
            got = grad(x)
            assert type(got) is type(x) and np.asarray(got).dtype == np.asarray(x).dtype


Pair = namedtuple("Pair", "w b")


@pytest.mark.parametrize("x", [[1.0, 2.0], (1.0, 2.0), {"a": 1.0, "b": 2.0}])
def test_kinds_are_restored_in_containers(x: Any) -> None:
    text = f"def page(x, *, out_bar=1.0):\n    return (({_maker(type(x))})(x),)\n"
    with compiler({("square", "grad"): Page(text)}):
        got = s2sad.grad(square, without=("containers",))(x)
    assert got == x and type(got) is type(x)
    assert all(type(v) is float for v in (got.values() if isinstance(got, dict) else got))


def _maker(cls: type) -> str:
    if cls is dict:
        return "lambda x: {k: np.float64(v) for k, v in x.items()}"
    return f"lambda x: {cls.__name__}(np.float64(v) for v in x)"


def test_named_tuples_keep_their_class() -> None:
    page = Page("def page(x, *, out_bar=1.0):\n    return ((np.float64(1), x.b),)\n")
    with compiler({("square", "grad"): page}):
        got = s2sad.grad(square)(Pair(1.0, np.ones(2)))
    assert type(got) is Pair and type(got.w) is float


# -- live values


def test_globals_are_read_at_each_call() -> None:
    page = Page("def page(x, *, out_bar=1.0, SCALE):\n    return (out_bar * SCALE,)\n")
    page.reads = (("global", "SCALE"),)
    with compiler({("scaled", "grad"): page}) as calls:
        grad, space = s2sad.grad(scaled), scaled.__globals__
        try:
            assert grad(1.0) == 2.0
            space["SCALE"] = 5.0
            assert grad(1.0) == 5.0
            space["SCALE"] = np.float64(7.0)
            assert grad(1.0) == 7.0
            space["SCALE"] = 2.0
            assert grad(1.0) == 2.0
        finally:
            space["SCALE"] = 2.0
    assert len(calls.requests) == 2


def test_a_helper_that_is_replaced() -> None:
    page = Page("def page(x, *, out_bar=1.0):\n    return (out_bar * 3.0,)\n")
    page.statics = (("global", "helper"),)
    with compiler({("calling", "grad"): page}) as calls:
        grad, space = s2sad.grad(calling), calling.__globals__
        original = space["helper"]
        try:
            assert grad(1.0) == 3.0
            page.text = page.text.replace("3.0", "4.0")
            space["helper"] = lambda x: 4.0 * x
            assert grad(1.0) == 4.0
            space["helper"] = original
            assert grad(1.0) == 3.0
        finally:
            space["helper"] = original
    assert len(calls.requests) == 2


def made(k: float) -> Callable[..., Any]:
    def closed(x: Any) -> Any:
        return k * x

    def change(value: float) -> None:
        nonlocal k
        k = value

    closed.change = change  # type: ignore[attr-defined]
    return closed


CLOSED = Page(
    "def page(x, *, out_bar=1.0, k):\n    return (out_bar * k,)\n", reads=(("cell", "k"),)
)


def test_closures_are_compiled_once_and_read_live() -> None:
    with compiler({("closed", "grad"): CLOSED}) as calls:
        functions = [made(float(k)) for k in range(5)]
        assert [s2sad.grad(f)(1.0) for f in functions] == [0.0, 1.0, 2.0, 3.0, 4.0]
        first = s2sad.grad(functions[0])
        functions[0].change(9.0)  # type: ignore[attr-defined]
        assert first(1.0) == 9.0
    assert len(calls.requests) == 1


def applied(f: Callable[..., Any], x: Any) -> Any:
    return f(x)


def test_cells_of_a_function_that_is_an_argument() -> None:
    """Two closures with the same code serve one page; each is read from the argument at hand."""
    from s2sad.dispatcher import sites as dispatch
    from s2sad.request import Access, Compiled, Read, Request

    text = "def page(f, x, *, out_bar=1.0, k):\n    return (out_bar * k,)\n"

    def compile(request: Request) -> Compiled:
        function = request.arguments[0].type.value  # type: ignore[attr-defined]
        reads = (Read(Access(function, (("cell", "k"),)), "k", T.FLOAT),)
        return Compiled(text, ("page",), (None, None), reads, (), (), T.FLOAT)

    real, dispatch.compile_request = dispatch.compile_request, compile
    try:
        grad = s2sad.grad(applied, wrt="x")
        assert [grad(made(k), 1.0) for k in (2.0, 3.0)] == [2.0, 3.0]
    finally:
        dispatch.compile_request = real


def with_default(x: Any, y: Any = 2.0, *, z: Any = 3.0) -> Any:
    return x * y * z


def test_defaults_are_read_at_each_call() -> None:
    text = "def page(x, y, *, z, out_bar=1.0):\n    return (out_bar * y * z,)\n"
    with compiler({("with_default", "grad"): Page(text)}):
        grad = s2sad.grad(with_default)
        assert grad(1.0) == 6.0
        assert grad(1.0, z=1.0) == 2.0
        assert grad(1.0, 5.0) == grad(x=1.0, y=5.0) == 15.0
        try:
            with_default.__defaults__ = (4.0,)
            assert grad(1.0) == 12.0
        finally:
            with_default.__defaults__ = (2.0,)


def variadic(x: Any, /, *args: Any, k: Any, **rest: Any) -> Any:
    return x


def test_all_kinds_of_parameters() -> None:
    text = (
        "def page(x, args, k, rest, *, out_bar=1.0):\n"
        "    return (out_bar * (sum(args) + k + sum(rest.values())),)\n"
    )
    with compiler({("variadic", "grad"): Page(text)}) as calls:
        grad = s2sad.grad(variadic)
        assert grad(1.0, 2.0, 3.0, k=4.0, m=5.0) == 14.0
        assert grad(1.0, k=4.0) == 4.0
        for args, kwargs in (((1.0,), {}), ((), {"x": 1.0, "k": 2.0})):
            with pytest.raises(TypeError) as python:
                variadic(*args, **kwargs)
            with pytest.raises(TypeError) as ours:
                grad(*args, **kwargs)
            assert str(ours.value) == str(python.value)
    kinds = [a.kind for a in calls.requests[0].arguments]
    assert kinds == ["POSITIONAL_ONLY", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD"]


def hiding(type: Any, len: Any, list: Any, float: Any) -> Any:
    return type


def test_parameters_may_have_the_names_of_builtins() -> None:
    text = "def page(type, len, list, float, *, out_bar=1.0):\n    return (out_bar * type,)\n"
    with compiler({("hiding", "grad"): Page(text)}):
        assert s2sad.grad(hiding)(2.0, np.ones(2), [1.0, 2.0], "a") == 2.0


def underscored(_x: Any, __y: Any) -> Any:
    return _x


def test_parameters_may_begin_with_underscores() -> None:
    text = "def page(_x, __y, *, out_bar=1.0):\n    return (out_bar * _x,)\n"
    with compiler({("underscored", "grad"): Page(text)}):
        assert s2sad.grad(underscored)(2.0, 1.0) == 2.0


# -- specialisations


def indexed(x: Any, n: Any) -> Any:
    return x * n


def test_integers_that_the_compiler_needs() -> None:
    page = Page("def page(x, n, *, out_bar=1.0):\n    return (out_bar * n,)\n", needs=("n",))
    with compiler({("indexed", "grad"): page}) as calls:
        grad = s2sad.grad(indexed)
        assert [grad(1.0, n) for n in (2, 2, 3, 2)] == [2.0, 2.0, 3.0, 2.0]
        assert [grad(1.0, np.int64(n)) for n in (2, 3, 2)] == [2.0, 3.0, 2.0]
        with pytest.raises(TypeError, match="n must be an integer, since its value decides"):
            grad(1.0, 2.0)
    asked = [str(r.arguments[1].type) for r in calls.requests]
    assert asked[:3] == ["int=n", "static 2", "static 3"]


def test_new_sizes_compile_only_at_zero_and_one() -> None:
    page = Page("def page(x, *, out_bar=1.0):\n    return (2.0 * x,)\n")
    with compiler({("square", "grad"): page}) as calls:
        grad = s2sad.grad(square, without=("sizes",))
        for n in (5, 6, 2, 1, 0, 1, 0, 7):
            assert grad(np.ones(n)).shape == (n,)
    assert len(calls.requests) == 3


def test_widening_after_eight() -> None:
    page = Page("def page(x, *, out_bar=1.0):\n    return (2.0 * x,)\n")
    shapes = [(n, m, k) for n in (0, 1, 2) for m in (0, 1, 2) for k in (0, 1, 2)]
    with compiler({("square", "grad"): page}) as calls:
        grad = s2sad.grad(square, without=("widening",))
        with pytest.warns(SpecialisationWarning, match="square has been compiled for 8") as caught:
            for shape in shapes:
                assert grad(np.ones(shape)).shape == shape
    assert len(caught) == 1
    assert len(calls.requests) == 9


def test_at_most_sixty_four() -> None:
    with compiler({("square", "grad"): SQUARE}):
        grad = s2sad.grad(square, without=("nothing",))
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            page = SQUARE.text
            SQUARE.text = "def page(x, *, out_bar=1.0):\n    return (x,)\n"
            try:
                for n in range(80):
                    grad(tuple(float(k) for k in range(n)))
            finally:
                SQUARE.text = page
        assert len(grad._site.specialisations) == 64


def test_a_page_that_does_not_serve_is_our_fault() -> None:
    class Odd(float):
        pass

    with compiler({("square", "grad"): SQUARE}) as calls:
        from s2sad.dispatcher import sites as dispatch

        real = dispatch.type_of
        dispatch.type_of = lambda name, value, naming: T.FLOAT  # type: ignore[assignment]
        try:
            with pytest.raises(InternalError, match="doesn't serve"):
                s2sad.grad(square)(Odd(1.0))
        finally:
            dispatch.type_of = real
    assert len(calls.requests) == 1


def test_sites_go_away_with_their_code() -> None:
    space = load("def square(x):\n    return x * x\n", "test")
    with compiler({("square", "grad"): SQUARE}):
        grad = s2sad.grad(space["square"])
        grad(1.0)
    code = weakref.ref(space["square"].__code__)
    del grad, calls_of(space)["square"]
    gc.collect()
    assert code() is None


def calls_of(space: dict[str, Any]) -> dict[str, Any]:
    return space


def test_equal_codes_are_kept_apart() -> None:
    one = compile("lambda x: x", "one", "eval").co_consts[0]
    other = compile("lambda x: x", "other", "eval").co_consts[0]
    assert one == other
    codes: CodeMap[str] = CodeMap()
    codes.put(one, "one")
    codes.put(other, "other")
    assert (codes.get(one), codes.get(other)) == ("one", "other")
    assert codes.put(one, "again") == "one"
    del one
    gc.collect()
    assert len(codes) == 1


# -- arguments, results, seeds


def both(x: Any, n: Any) -> Any:
    return x


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (3, "argument 'n' is an int"),
        (True, "argument 'n' is a bool"),
        ("text", "argument 'n' is a str"),
        (np.arange(3), "argument 'n' is an array of int64"),
        (None, "argument 'n' is None"),
        ({"w": [1, 2]}, r"n\['w'\]\[\*\], in argument 'n', is an int"),
        ((1.0, (2.0, 7)), r"n\[1\]\[1\], in argument 'n', is an int"),
    ],
)
def test_wrt_must_be_floats(value: Any, wanted: str) -> None:
    with compiler({}), pytest.raises(GradientTypeError, match=wanted) as caught:
        s2sad.grad(both, wrt=("x", "n"))(1.0, value)
    assert caught.value.codes == ("S401",)
    assert "help:" in str(caught.value)


def test_the_remedy_for_an_integer() -> None:
    with compiler({}), pytest.raises(TypeError, match=r"pass float\(n\), or leave 'n' out of wrt"):
        s2sad.grad(both, wrt="n")(1.0, 3)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (T.NONE, "value that is returned, not of arguments"),
        (T.Static(None), "value that is returned"),
        (T.Num(frozenset({"array"}), "float64", (T.Dim(0, (("x.0", 1),)),)), r"shape \(3,\)"),
        (T.Num(frozenset({"array"}), "float64", (T.Dim(-1, (("x.0", 1),)), T.Dim(1))), r"\(2, 1\)"),
        (T.Num(frozenset({"array"}), "float64", None), "rank is not known"),
        (T.Num(frozenset({"array"}), "float64", (T.Dim(0, (("z", 1),)),)), r"shape \(z,\)"),
        (T.Tup((T.FLOAT, T.FLOAT)), "a tuple of 2"),
        (T.COMPLEX, "complex"),
        (T.INT, "an int, not a float"),
    ],
)
def test_results_must_be_one_number(kind: T.Type, wanted: str) -> None:
    pages = {("square", "grad"): Page(SQUARE.text, result=kind)}
    with compiler(pages), pytest.raises(GradientTypeError, match=wanted) as caught:
        s2sad.grad(square, without=(str(kind),))(np.ones(3))
    assert caught.value.codes == ("S402",)
    assert "square" in str(caught.value)


def test_the_way_out_for_arrays() -> None:
    kind = T.Num(frozenset({"array"}), "float64", (T.Dim(3),))
    pages = {("square", "grad"): Page(SQUARE.text, result=kind)}
    with compiler(pages), pytest.raises(TypeError, match=r"jacobian.*\n?.*vjp"):
        s2sad.grad(square, without=("way out",))(np.ones(3))


def test_pullback() -> None:
    page = Page(SQUARE_FORWARD, ("forward", "reverse"))
    with compiler({("square", "vjp"): page}):
        x = np.array([1.0, 2.0])
        out, pullback = s2sad.vjp(square, x)
        assert out.tolist() == [1.0, 4.0]
        for seed in ([1.0, 0.0], np.array([0.0, 1.0]), np.array([1, 1])):
            (got,) = pullback(seed)
            assert got.tolist() == (2.0 * x * np.asarray(seed)).tolist()
        out, pullback = s2sad.vjp(square, 3.0)
        assert pullback(1) == (6.0,) and type(pullback(np.float64(1))[0]) is float


@pytest.mark.parametrize(
    ("seed", "wanted"),
    [
        (1.0, r"has shape \(\), but the value has shape \(2,\)"),
        (np.ones(3), r"has shape \(3,\)"),
        (np.ones(2, complex), "is complex, but the value is real"),
        (["a", "b"], "has dtype"),
        (None, "has dtype object"),
    ],
)
def test_seeds_that_do_not_fit(seed: Any, wanted: str) -> None:
    page = Page(SQUARE_FORWARD, ("forward", "reverse"))
    with compiler({("square", "vjp"): page}):
        _, pullback = s2sad.vjp(square, np.ones(2))
        with pytest.raises(GradientTypeError, match=wanted) as caught:
            pullback(seed)
    assert caught.value.codes == ("S403",)


def test_seeds_of_containers() -> None:
    text = (
        "def forward(x):\n    return (x * x, [x], {'k': x, 'n': 3})\n\n\n"
        "def reverse(out_bar):\n"
        "    return (out_bar[0] + out_bar[1][0] + out_bar[2]['k'],)\n"
    )
    with compiler({("square", "vjp"): Page(text, ("forward", "reverse"))}):
        _, pullback = s2sad.vjp(square, 2.0, without=("containers",))
        assert pullback((1, [2.0], {"k": 3, "n": None})) == (6.0,)
        with pytest.raises(TypeError, match="is no tuple of 3 elements"):
            pullback(1.0)
        with pytest.raises(TypeError, match=r"the seed of out\[2\] is no dict with the keys"):
            pullback((1.0, [1.0], {"k": 1.0}))
        with pytest.raises(TypeError, match=r"the seed of out\[1\]\[0\] has shape"):
            pullback((1.0, [np.ones(2)], {"k": 1.0, "n": 0}))


# -- writes


WRITES = Page("def page(x, y, *, out_bar=1.0):\n    return (out_bar * y,)\n", written=(("x",),))


def test_overlap_is_refused() -> None:
    z = np.arange(6.0)
    with compiler({("store", "grad"): WRITES}):
        grad = s2sad.grad(store)
        assert grad(z[:3], z[3:]).tolist() == [3.0, 4.0, 5.0]
        for other in (z[1:4], z[:3], z[:6:2]):
            with pytest.raises(UnsupportedError, match="x is written and shares memory with y"):
                grad(z[:3], other)
        assert grad(z[::2], z[1::2]).tolist() == [1.0, 3.0, 5.0]


def test_read_only_arrays_raise_what_numpy_raises() -> None:
    x = np.ones(3)
    x.flags.writeable = False
    with compiler({("store", "grad"): WRITES}):
        with pytest.raises(ValueError, match="assignment destination is read-only"):
            s2sad.grad(store)(x, np.ones(3))
        assert s2sad.grad(store)(np.ones(3), x).tolist() == [1.0, 1.0, 1.0]


def test_overlap_inside_containers() -> None:
    page = Page(
        "def page(x, y, *, out_bar=1.0):\n    return (out_bar * x,)\n",
        written=(("y", "*", "w"),),
    )
    one, other = np.ones(3), np.ones(3)
    with compiler({("store", "grad"): page}):
        grad = s2sad.grad(store, without=("containers",))
        grad(one, [{"w": other}, {"w": other.copy()}])
        with pytest.raises(
            UnsupportedError, match=r"y\[1\]\['w'\] is written and shares .* with x"
        ):
            grad(one, [{"w": other}, {"w": one[1:]}])
        with pytest.raises(UnsupportedError, match=r"y\[0\]\['w'\] is written .* with y\[1\]"):
            grad(one, [{"w": other}, {"w": other}])


def test_overlap_inside_objects() -> None:
    class Model:
        def __init__(self, w: Any) -> None:
            self.w = w

        def __call__(self) -> None: ...

    text = "def page(x, y, *, out_bar=1.0):\n    return (out_bar * x,)\n"
    page = Page(text, written=(("y", "w"),))
    one = np.ones(3)
    with compiler({("store", "grad"): page}):
        grad = s2sad.grad(store, without=("objects",))
        grad(one, Model(np.ones(3)))
        with pytest.raises(UnsupportedError, match=r"y\['w'\] is written and shares memory with x"):
            grad(one, Model(one))


# -- exceptions


def test_exceptions_of_the_reverse_sweep_name_the_primal_line() -> None:
    text = "def page(x, *, out_bar=1.0):\n    y = x * x\n    return (np.linalg.inv(y),)\n"
    source = Source(
        "square", "/tmp/model.py", "import numpy\n\ndef square(x):\n    return x * x\n", 3
    )
    span = Span(4, 4, 4, 16)
    origins = (None, Origin(source, span, span), Origin(source, span, span, "reverse"))
    with compiler({("square", "grad"): Page(text, origins=origins)}):
        grad = s2sad.grad(square, without=("origins",))
        with pytest.raises(np.linalg.LinAlgError) as caught:
            grad(np.ones((2, 2, 2))[:, 0])
    wanted = "while computing the adjoint of L2: `return x * x`, /tmp/model.py:4:5"
    assert caught.value.__notes__ == [wanted]
    shown = "".join(traceback.format_exception(caught.value))
    assert "return (np.linalg.inv(y),)" in shown and wanted in shown


def test_exceptions_of_the_primal_pass_as_they_are() -> None:
    text = "def page(x, *, out_bar=1.0):\n    raise KeyError('mine')\n"
    with (
        compiler({("square", "grad"): Page(text)}),
        pytest.raises(KeyError, match="mine") as caught,
    ):
        s2sad.grad(square, without=("raises",))(1.0)
    assert not hasattr(caught.value, "__notes__")


# -- threads and processes


def test_threads_compile_once() -> None:
    with compiler({("square", "grad"): SQUARE}) as calls:
        grad = s2sad.grad(square, without=("threads",))
        results: list[float] = []
        start = threading.Barrier(8)

        def run() -> None:
            start.wait()
            results.extend(grad(float(k)) for k in range(50))

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(results) == sorted([2.0 * k for k in range(50)] * 8)
    assert len(calls.requests) == 1


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_another_thread_compiles() -> None:
    with compiler({("square", "grad"): SQUARE}):
        grad = s2sad.grad(square, without=("fork",))
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with grad._site.lock:
                held.set()
                done.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            os._exit(0 if grad(3.0) == 6.0 else 1)
        _, status = os.waitpid(child, 0)
        done.set()
        thread.join()
    assert os.waitstatus_to_exitcode(status) == 0


# -- loading and helpers


def test_pages_are_known_to_linecache() -> None:
    space = load("def f(x):\n    return x\n", "title")
    file = space["f"].__code__.co_filename
    assert file.startswith("<s2sad title ") and linecache.getline(file, 2) == "    return x\n"
    linecache.checkcache()
    assert linecache.getline(file, 2)
    del space
    gc.collect()
    assert not linecache.getline(file, 2)


@pytest.mark.parametrize(
    ("shape", "like", "wanted"),
    [
        ((2, 3), (2, 3), 1.0),
        ((2, 3), (3,), 2.0),
        ((2, 3), (1, 3), 2.0),
        ((2, 3), (2, 1), 3.0),
        ((2, 3), (1, 1), 6.0),
        ((4, 2, 3), (1, 3), 8.0),
        ((2, 3), (), 6.0),
        ((0, 3), (1, 3), 0.0),
        ((1, 3), (1, 3), 1.0),
    ],
)
def test_unbroadcast(shape: tuple[int, ...], like: tuple[int, ...], wanted: float) -> None:
    got = helpers.unbroadcast(np.ones(shape, np.float32), np.zeros(like))
    assert np.shape(got) == like and got.dtype == np.float32 and np.all(got == wanted)


def test_unbroadcast_to_a_python_number() -> None:
    assert helpers.unbroadcast(np.ones((2, 3)), 1.5) == 6.0
    assert helpers.unbroadcast(2.0, 1.5) == 2.0


def test_zeros_keep_structure() -> None:
    value = [
        1.5,
        (np.float32(2), Pair(np.ones(2), 1j)),
        {"k": np.ones((1, 2), np.float32)},
        3,
        None,
    ]
    got = helpers.zeros(value)
    assert got[0] == 0.0 and type(got[0]) is float and type(got[1][0]) is np.float32
    assert type(got[1][1]) is Pair and got[1][1].w.tolist() == [0.0, 0.0] and got[1][1].b == 0j
    assert got[2]["k"].dtype == np.float32 and got[3] is None and got[4] is None
    assert helpers.zeros(np.arange(2)) is None

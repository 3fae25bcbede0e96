"""Jacobians and Hessians: the sweep of many directions against one direction at a time over the
corpus and the kernels, structures, shapes and dtypes, nesting, refusals."""

from __future__ import annotations

import copy
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.api import Gradient
from s2sad.dispatcher import jacobian as jacobians
from s2sad.dispatcher.pullback import reverse_sweep
from s2sad.errors import GradientTypeError, UnsupportedError
from tests import identities
from tests.kernels import load as load_kernels
from tests.test_corpus import EXHAUSTIVE, chosen, each
from tests.test_forward import quiet, tangents_of

KERNELS = load_kernels()
BOTH = pytest.mark.parametrize("derive", [s2sad.jacfwd, s2sad.jacrev, s2sad.jacobian])
DIRECTIONS = 3


# -- many directions against one at a time


def random_directions(tree: Any) -> Any:
    """For each leaf, some directions: as many for all, and another number than most lengths."""
    rng = np.random.default_rng(5)

    def drawn(leaf: Any) -> Any:
        shape, dtype = (DIRECTIONS, *np.shape(leaf)), np.asarray(leaf).dtype
        found = rng.standard_normal(shape)
        return (found + 1j * rng.standard_normal(shape)).astype(dtype) if dtype.kind == "c" else (
            found.astype(dtype))  # fmt: skip

    return jacobians.map_tree(drawn, tree)


def one_of(tree: Any, position: int) -> Any:
    return jacobians.map_tree(lambda leaf: leaf[position], tree)


@dataclass
class Sweep:
    """What a page of many directions was given and gave."""

    seeds: Any
    found: Any


class Seen(Exception):
    """Ends a call after its page has run."""


def swept(
    mode: str, function: Any, args: tuple[Any, ...], wrt: tuple[int, ...], monkeypatch: Any
) -> Sweep:
    """One run of the page with random directions."""
    seen: list[Sweep] = []

    def forward(spec: Any, given: dict[str, Any]) -> Any:
        names = list(given)[-len(wrt) :]
        seen.append(Sweep([given[name] for name in names], spec.functions[0](**given)))
        raise Seen

    def reverse(found: Any, spec: Any) -> Any:
        out, run = reverse_sweep(found, spec)
        seeds = random_directions(out)
        seen.append(Sweep(seeds, run(seeds)))
        raise Seen

    with monkeypatch.context() as patched:
        patched.setattr(jacobians, "unit_directions", random_directions)
        patched.setattr(jacobians, "_explained", forward)
        patched.setattr(jacobians, "reverse_sweep", reverse)
        with quiet(), pytest.raises(Seen):
            Gradient(function, mode, wrt)(*args)
    return seen[0]


def check_same(left: Any, right: Any, tolerance: float) -> None:
    ours, theirs = jacobians.leaves_of(left), jacobians.leaves_of(right)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert np.shape(one) == np.shape(other)
        scale = max(1.0, float(np.nanmax(np.abs(other), initial=0.0)))
        assert np.allclose(one, other, tolerance, tolerance * scale, equal_nan=True)


def check_forward(function: Any, args: Any, wrt: tuple[int, ...], monkeypatch: Any) -> None:
    sweep = swept("jacfwd", function, args, wrt, monkeypatch)
    for k in range(DIRECTIONS):
        along: list[Any] = [None] * len(args)
        for position, dot in zip(wrt, sweep.seeds, strict=True):
            along[position] = one_of(dot, k)
        with quiet():
            _, want = s2sad.jvp(function, args, along)
        check_same(one_of(sweep.found[1], k), want, identities.tolerance_of(args, want))


def check_reverse(function: Any, args: Any, wrt: tuple[int, ...], monkeypatch: Any) -> None:
    sweep = swept("jacrev", function, args, wrt, monkeypatch)
    for k in range(DIRECTIONS):
        with quiet():
            _, pullback = s2sad.vjp(function, *args, wrt=wrt)
            want = pullback(one_of(sweep.seeds, k))
        check_same(one_of(sweep.found, k), want, identities.tolerance_of(args, want))


@each("many tangents", 5)
def test_many_tangents(name: str, monkeypatch: Any) -> None:
    program, args, wrt = chosen(name)
    if name == "data.list_array_conversions":
        with pytest.raises(UnsupportedError, match="S206"):
            s2sad.jacfwd(program.function, wrt)(*args)
        return
    check_forward(program.function, args, tuple(wrt), monkeypatch)


@each("many cotangents", 5)
def test_many_cotangents(name: str, monkeypatch: Any) -> None:
    program, args, wrt = chosen(name)
    check_reverse(program.function, args, tuple(wrt), monkeypatch)


SOME = list(KERNELS) if EXHAUSTIVE else list(KERNELS)[::5]


@pytest.mark.parametrize("name", SOME)
def test_many_directions_of_kernel(name: str, monkeypatch: Any) -> None:
    kernel = KERNELS[name]
    check_forward(kernel.function, kernel.args(), kernel.wrt(), monkeypatch)
    check_reverse(kernel.function, kernel.args(), kernel.wrt(), monkeypatch)


# Results that are arrays, with as many directions as lengths: a missing axis would broadcast.
def products(a: Any, b: Any, x: Any) -> Any:
    return (a @ b) @ x + a @ x * (x @ b) - np.outer(x, x) @ x


def solved(a: Any, b: Any, x: Any) -> Any:
    return np.linalg.solve(a + 3.0 * np.eye(3), x) + np.linalg.solve(b + 3.0 * np.eye(3), a) @ x


def reduced(a: Any, b: Any, x: Any) -> Any:
    shifted = a - np.mean(b, axis=0) * x[:, None]
    return np.sum(shifted * b, axis=-1) + np.max(a, axis=1) + np.cumsum(x) * np.prod(b, axis=0)


def contracted(a: Any, b: Any, x: Any) -> Any:
    first = np.einsum("ij,jk,k->i", a, b, x) + np.einsum("ij,ij->j", a, b)
    return first + np.tensordot(a, b @ x, 1) + np.tensordot(x, b, (0, 1))


def moved(a: Any, b: Any, x: Any) -> Any:
    stacked = np.stack([a, b.T, np.outer(x, x)])
    swapped = np.swapaxes(np.moveaxis(stacked, 0, 1), 1, 2).transpose(2, 0, 1)
    return swapped.reshape(3, 9)[:, ::3] + np.concatenate([a[:1], b[1:]]) + np.roll(a, 1, axis=0)


def written(a: Any, b: Any, x: Any) -> Any:
    a = a.copy()
    a[1] *= x
    a[:, 0] += b[0] * x
    a[[0, 2], 1] = x[[1, 1]]
    a[a > 0.5] *= 2.0
    for k in range(3):
        a[k, k] -= np.sum(a[k]) * b[k, 0]
    return a


def gathered(a: Any, b: Any, x: Any) -> Any:
    order = np.argsort(x)
    return np.take(a, order, axis=1) * np.take_along_axis(b, order[:, None], axis=0) + a[order][0]


def listed(a: Any, b: Any, x: Any) -> Any:
    rows = [a[k] * b[:, k] for k in range(3)]
    rows[1] = rows[1] + x
    rows.append(x * x)
    return np.array(rows[1:]) + sum(rows)


def branched(a: Any, b: Any, x: Any) -> Any:
    total = np.zeros(3)
    for k in range(3):
        if x[k] > 0.0:
            total = total + a[k] * x
        elif k == 2:
            break
        else:
            total = total * b[k]
    return np.where(total > 0.2, total**2, np.sqrt(np.abs(total) + 1.0))


ARRAYS = (products, solved, reduced, contracted, moved, written, gathered, listed, branched)


def three() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(2)
    return rng.standard_normal((3, 3)), rng.standard_normal((3, 3)), rng.standard_normal(3)


@pytest.mark.parametrize("function", ARRAYS)
def test_both_directions_are_the_columns_of_the_tangents(function: Callable[..., Any]) -> None:
    args = three()
    forward = s2sad.jacfwd(function, wrt=(0, 1, 2))(*args)
    reverse = s2sad.jacrev(function, wrt=(0, 1, 2))(*args)
    value = function(*copy.deepcopy(args))
    for k, (left, right) in enumerate(zip(forward, reverse, strict=True)):
        assert left.shape == right.shape == value.shape + args[k].shape
        assert np.allclose(left, right, rtol=1e-10, atol=1e-12)
        for place in np.ndindex(args[k].shape):
            unit = np.zeros_like(args[k])
            unit[place] = 1.0
            along = tangents_of((unit,) * 3, args, (k,))
            _, column = s2sad.jvp(function, args, along)
            assert np.allclose(left[(..., *place)], column, rtol=1e-12, atol=1e-13)


def test_no_rule_is_a_loop_on_the_page_and_counted() -> None:
    def padded(x: Any) -> Any:
        return np.pad(x, 1, mode="edge") ** 2

    x = np.array([1.0, 2.0])
    compiled = s2sad.jacfwd(padded).compiled_for(x)
    assert "for direction in range(directions)" in compiled.text
    assert compiled.one_by_one == ("np.pad",)
    want = np.array([[2.0, 0.0], [2.0, 0.0], [0.0, 4.0], [0.0, 4.0]])
    assert s2sad.jacfwd(padded)(x).tolist() == want.tolist()
    assert s2sad.jacrev(padded)(x).tolist() == want.tolist()
    assert s2sad.jacfwd(lambda x: x * x).compiled_for(x).one_by_one == ()


# -- shapes, dtypes, structures


@BOTH
def test_shapes_and_kinds(derive: Any) -> None:
    def f(x: Any) -> Any:
        return 2.0 * x

    assert derive(f)(3.0) == 2.0 and type(derive(f)(3.0)) is float
    assert type(derive(f)(np.float32(3.0))) is np.float32
    zero_axes = derive(f)(np.array(3.0))
    assert type(zero_axes) is np.ndarray and zero_axes.shape == ()
    single = derive(f)(np.ones(3, np.float32))
    assert single.dtype == np.float32 and single.tolist() == (2.0 * np.eye(3)).tolist()
    assert derive(f)(np.ones((2, 3))).shape == (2, 3, 2, 3)
    assert derive(lambda x: np.sum(x))(np.ones((2, 3))).shape == (2, 3)
    assert derive(lambda x: x * np.ones((2, 1)))(1.5).shape == (2, 1)


@BOTH
@pytest.mark.parametrize(
    ("function", "n", "shape"),
    [
        (lambda x: x * x, 0, (0, 0)),
        (lambda x: np.sum(x), 0, (0,)),
        (lambda x: x[1:], 1, (0, 1)),
        (lambda x: np.outer(x, np.ones(2)), 0, (0, 2, 0)),
        (lambda x: x * x, 1, (1, 1)),
    ],
)
def test_empty_and_of_length_one(derive: Any, function: Any, n: int, shape: Any) -> None:
    assert derive(function)(np.ones(n)).shape == shape


@BOTH
def test_structures(derive: Any) -> None:
    def f(p: Any, y: Any) -> Any:
        return {"a": p["w"] * y, "n": 3, "b": (np.sum(p["w"]) * p["b"], "text")}

    p = {"w": np.array([1.0, 2.0]), "b": 3.0}
    single = derive(f)(p, 2.0)
    assert single["n"] is None and single["b"][1] is None
    assert single["a"]["w"].tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert single["a"]["b"].tolist() == [0.0, 0.0]
    assert single["b"][0]["w"].tolist() == [3.0, 3.0] and single["b"][0]["b"] == 3.0
    by_p, by_y = derive(f, wrt=("p", "y"))(p, 2.0)["a"]
    assert by_p["w"].shape == (2, 2) and by_y.tolist() == [1.0, 2.0]


@dataclass
class Line:
    slope: float
    offset: Any


@BOTH
def test_objects_and_lists(derive: Any) -> None:
    def f(line: Any, xs: Any) -> Any:
        return [line.slope * x + line.offset for x in xs]

    line, xs = Line(2.0, np.array([1.0, -1.0])), [0.5, 1.5]
    first, second = derive(f)(line, xs)
    assert type(first) is Line and first.slope.tolist() == [0.5, 0.5]
    assert second.offset.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    by_xs = derive(f, wrt="xs")(line, xs)
    assert by_xs[0][0].tolist() == [2.0, 2.0] and by_xs[0][1].tolist() == [0.0, 0.0]
    space = SimpleNamespace(w=np.ones(2), b=2.0)
    assert derive(lambda s: s.w * s.b)(space).b.tolist() == [1.0, 1.0]


def test_the_cheaper_direction_is_chosen_at_each_call() -> None:
    def f(a: Any, x: Any) -> Any:
        return np.tanh(a @ x)

    derive = s2sad.jacobian(f, wrt=1)
    rng = np.random.default_rng(0)
    for shape, mode in (((5, 2), "jacfwd"), ((2, 5), "jacrev"), ((3, 3), "jacfwd")):
        a, x = rng.standard_normal(shape), rng.standard_normal(shape[1])
        want = (1.0 - np.tanh(a @ x) ** 2)[:, None] * a
        assert np.allclose(derive(a, x), want)
        assert derive.last.mode == mode


def test_output_of_unknown_size_goes_backwards() -> None:
    x = np.array([1.0, -2.0, 3.0])
    found = s2sad.jacobian(lambda x: x[x > 0.0] ** 2)(x)
    assert found.tolist() == [[2.0, 0.0, 0.0], [0.0, 0.0, 6.0]]


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def test_hessian_is_that_of_products() -> None:
    x = np.linspace(-1.0, 1.0, 6)
    found = s2sad.hessian(rosenbrock)(x)
    rows = [s2sad.hvp(rosenbrock, (x,), (unit,))[0] for unit in np.eye(6)]
    assert np.allclose(found, rows) and np.allclose(found, found.T)
    assert np.allclose(found, s2sad.jacrev(s2sad.jacfwd(rosenbrock))(x))


def test_hessian_of_several_arguments() -> None:
    def f(x: Any, k: Any) -> Any:
        return np.sum(x**3) * k**2

    (xx, xk), (kx, kk) = s2sad.hessian(f, wrt=(0, 1))(np.array([1.0, 2.0]), 3.0)
    assert xx.tolist() == [[54.0, 0.0], [0.0, 108.0]]
    assert xk.tolist() == kx.tolist() == [18.0, 72.0] and kk == 18.0
    nested = s2sad.hessian(lambda p: f(p["x"], p["k"]))({"x": np.array([1.0, 2.0]), "k": 3.0})
    assert nested["x"]["k"].tolist() == [18.0, 72.0] and nested["k"]["k"] == 18.0


def third(x: Any) -> Any:
    return np.array([x[0] * x[1] ** 2, x[2] ** 3 * x[0]])


MODES = (s2sad.jacfwd, s2sad.jacrev, s2sad.jacobian)


@pytest.mark.parametrize("inner", MODES)
@pytest.mark.parametrize("outer", MODES)
def test_jacobians_of_jacobians(outer: Any, inner: Any) -> None:
    want = np.zeros((2, 3, 3))
    x = np.array([1.0, 2.0, 3.0])
    want[0, 0, 1] = want[0, 1, 0] = 2.0 * x[1]
    want[0, 1, 1] = 2.0 * x[0]
    want[1, 2, 2] = 6.0 * x[2] * x[0]
    want[1, 0, 2] = want[1, 2, 0] = 3.0 * x[2] ** 2
    assert np.allclose(outer(inner(third))(x), want)


def test_three_times_and_with_several_arguments() -> None:
    x = np.array([1.0, 2.0, 3.0])
    cube = s2sad.jacfwd(s2sad.jacrev(s2sad.jacfwd(third)))(x)
    assert cube.shape == (2, 3, 3, 3) and cube[1, 2, 2, 2] == 6.0 and cube[1, 0, 2, 2] == 18.0
    by_x, by_k = s2sad.jacfwd(s2sad.jacrev(lambda x, k: x * k**2, wrt=(0, 1)))(x, 2.0)
    assert not by_x.any() and by_k.tolist() == (4.0 * np.eye(3)).tolist()
    mixed = s2sad.jacfwd(s2sad.jacfwd(lambda x, k: x * k**2), wrt=1)(x, 2.0)
    assert mixed.tolist() == (4.0 * np.eye(3)).tolist()


def test_products_with_a_jacobian_of_a_gradient() -> None:
    x = np.array([1.0, 2.0])
    found, (dot,) = s2sad.jvp(
        s2sad.value_and_grad(lambda x: np.sum(x**3), wrt=(0,)), (x,), (np.ones(2),)
    )[1]
    assert found == 15.0 and dot.tolist() == [6.0, 12.0]


# -- options


def with_aux(x: Any) -> Any:
    y = x**2
    return np.sum(y), {"squares": y, "name": "aux"}


def test_has_aux() -> None:
    x = np.array([1.0, 2.0])
    found, aux = s2sad.grad(with_aux, has_aux=True)(x)
    assert found.tolist() == [2.0, 4.0] and aux["squares"].tolist() == [1.0, 4.0]
    (value, aux), found = s2sad.value_and_grad(with_aux, has_aux=True)(x)
    assert value == 5.0 and aux["name"] == "aux" and found.tolist() == [2.0, 4.0]
    matrix, aux = s2sad.hessian(with_aux, has_aux=True)(x)
    assert matrix.tolist() == [[2.0, 0.0], [0.0, 2.0]] and aux["squares"].tolist() == [1.0, 4.0]
    assert not np.shares_memory(aux["squares"], x)
    both, aux = s2sad.grad(lambda x, k: (k * np.sum(x), x), wrt=(0, 1), has_aux=True)(x, 2.0)
    assert both[0].tolist() == [2.0, 2.0] and both[1] == 3.0 and aux is not x


@BOTH
def test_has_aux_of_jacobians(derive: Any) -> None:
    found, aux = derive(lambda x: (x**2, [x[0], "text"]), has_aux=True)(np.array([1.0, 2.0]))
    assert found.tolist() == [[2.0, 0.0], [0.0, 4.0]] and aux == [1.0, "text"]


def test_aux_is_what_it_was_before_the_reverse_sweep() -> None:
    """The reverse sweep writes back what writes have destroyed; aux doesn't see that."""

    def f(x: Any) -> Any:
        x = x.copy()
        for k in range(3):
            x[k] = x[k] ** 2
        return np.sum(x), x

    x = np.array([1.0, 2.0, 3.0])
    _, aux = s2sad.grad(f, has_aux=True)(x)
    assert aux.tolist() == [1.0, 4.0, 9.0]
    aux[0] = 7.0
    assert s2sad.grad(f, has_aux=True)(x)[1].tolist() == [1.0, 4.0, 9.0]


def test_no_pair_is_refused() -> None:
    for function in (lambda x: x * x, lambda x: (x, x, x), lambda x: [x, x]):
        with pytest.raises(GradientTypeError, match="S411"):
            s2sad.grad(function, has_aux=True)(1.0)


@BOTH
def test_holomorphic(derive: Any) -> None:
    z = np.array([1.0 + 1.0j, 2.0 - 1.0j])
    found = derive(lambda z: np.exp(z) * z[0], holomorphic=True)(z)
    want = np.diag(np.exp(z) * z[0])
    want[:, 0] += np.exp(z)
    assert found.dtype == complex and np.allclose(found, want)


def test_holomorphic_gradients() -> None:
    z = 1.0 + 2.0j
    assert s2sad.grad(lambda z: z**3, holomorphic=True)(z) == 3.0 * z**2
    value, found = s2sad.value_and_grad(lambda z: np.exp(1j * z), holomorphic=True)(z)
    assert np.isclose(value, np.exp(1j * z)) and np.isclose(found, 1j * np.exp(1j * z))
    single = s2sad.grad(lambda z: z * z, holomorphic=True)(np.complex64(z))
    assert type(single) is np.complex64
    second = s2sad.grad(s2sad.grad(lambda z: z**3, holomorphic=True), holomorphic=True)(z)
    assert np.isclose(second, 6.0 * z)


def test_complex_functions_by_the_convention() -> None:
    z = np.array([1.0 + 1.0j, 2.0 - 1.0j])
    rows = s2sad.jacrev(lambda z: np.abs(z) ** 2)(z)
    assert np.allclose(rows, np.diag(2.0 * np.conj(z)))
    columns = s2sad.jacfwd(lambda x: x * (1.0 + 2.0j))(np.ones(2))
    assert columns.tolist() == ((1.0 + 2.0j) * np.eye(2)).tolist()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: s2sad.jacfwd(lambda z: z)(1j), "S414"),
        (lambda: s2sad.jacrev(lambda x: x * 1j)(1.0), "S414"),
        (lambda: s2sad.jacrev(lambda x: x, holomorphic=True)(1.0), "S414"),
        (lambda: s2sad.jacfwd(abs, holomorphic=True)(1j), "S414"),
        (lambda: s2sad.grad(lambda z: z, holomorphic=True)(1.0), "S414"),
        (lambda: s2sad.grad(abs, holomorphic=True)(1j), "S402"),
        (lambda: s2sad.grad(lambda z: z)(1j), "S402"),
        (lambda: s2sad.jacobian(lambda n: n * 2.0)(3), "S401"),
        (lambda: s2sad.jacobian(lambda x: None)(1.0), "S402"),
        (lambda: s2sad.jacrev(lambda x: 3)(1.0), "S402"),
        (lambda: s2sad.hessian(lambda x: x * x)(np.ones(2)), "S402"),
        (lambda: s2sad.hvp(lambda x: x * x, (np.ones(2),), (np.ones(2),)), "S402"),
        (lambda: s2sad.jacfwd(s2sad.jacrev(lambda x: (x, x)))(np.ones(2)), "S416"),
        (lambda: s2sad.jacfwd(lambda x: x, wrt=2)(1.0), "S409"),
    ],
)
def test_refused(call: Callable[[], Any], code: str) -> None:
    with pytest.raises(GradientTypeError, match=code):
        call()


# -- as objects


class Model:
    scale = 3.0

    @s2sad.jacobian
    def spread(self, x: Any) -> Any:
        return self.scale * x * x

    @s2sad.hessian
    def curvature(self, x: Any) -> Any:
        return self.scale * np.sum(x**2)

    @s2sad.jacrev(wrt="k")
    def by_name(self, x: Any, k: Any) -> Any:
        return x * k


def test_methods() -> None:
    model, x = Model(), np.array([1.0, 2.0])
    assert model.spread(x).tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert model.curvature(x).tolist() == [[6.0, 0.0], [0.0, 6.0]]
    assert model.by_name(x, 2.0).tolist() == [1.0, 2.0]


square = s2sad.jacobian(third)


def test_they_are_callables_with_a_source() -> None:
    x = np.array([1.0, 2.0, 3.0])
    with pytest.raises(s2sad.NotCalledError):
        _ = s2sad.jacobian(third).source
    copied = pickle.loads(pickle.dumps(square))
    assert copied(x).tolist() == square(x).tolist()
    assert "out_bar" in square.source and "third_reverse" in square._repr_html_()
    assert repr(square).startswith("<jacobian of")
    assert s2sad.source(s2sad.jacfwd(third), x).startswith("def third_tangent(x, *, x_dot):")


def test_arguments_stay_and_pages_raise_as_the_function() -> None:
    x = np.array([1.0, -2.0])

    def f(x: Any) -> Any:
        x *= 2.0
        if x[1] < -5.0:
            raise ValueError("too small")
        return x**2

    for derive in (s2sad.jacfwd, s2sad.jacrev, s2sad.jacobian):
        derive(f)(x)
        assert x.tolist() == [1.0, -2.0]
        with pytest.raises(ValueError, match="too small"):
            derive(f)(np.array([1.0, -3.0]))


def test_what_is_printed_is_printed_once(capsys: Any) -> None:
    def f(x: Any) -> Any:
        print("running")
        return x[x > 0.0] * 2.0

    s2sad.jacobian(f)(np.array([1.0, -2.0]))
    assert capsys.readouterr().out == "running\n"


def diffused(u: Any) -> Any:
    u = u.copy()
    for _ in range(20):
        u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) - 0.01 * u[1:-1] ** 3
    return u


def fastest(function: Callable[[], Any]) -> float:
    times = []
    for _ in range(10):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.mark.benchmark
def test_a_hundred_directions_at_once_are_five_times_faster() -> None:
    x, units = np.linspace(-1.0, 1.0, 100), np.eye(100)
    hessian, pushforward = s2sad.hessian(rosenbrock), Gradient(s2sad.grad(rosenbrock), "jvp", 0)
    one = fastest(lambda: [pushforward(x)(unit) for unit in units])
    assert fastest(lambda: hessian(x)) < one / 5.0
    jacobian = s2sad.jacrev(diffused)
    _, pullback = s2sad.vjp(diffused, x)
    one = fastest(lambda: [pullback(unit) for unit in units])
    assert fastest(lambda: jacobian(x)) < one / 5.0

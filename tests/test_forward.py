"""Forward mode: tangents of every program of the corpus and every kernel, and products with
Hessians, against the dual-number run and against reverse mode."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.errors import GradientTypeError
from tests import identities
from tests.kernels import load as load_kernels
from tests.oracles import dual, trees
from tests.test_corpus import EXHAUSTIVE, chosen, each
from tests.test_corpus import sampled as sampled_programs

KERNELS = load_kernels()


def quiet() -> Any:
    """Where a partial is infinite in a part that a mask leaves out, NumPy warns of the product."""
    return np.errstate(all="ignore")


def direction(args: tuple[Any, ...], wrt: tuple[int, ...], seed: int = 3) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    return dual.spread(args, wrt, tuple(trees.direction(args[k], rng) for k in wrt))


def tangents_of(
    along: tuple[Any, ...], args: tuple[Any, ...], wrt: tuple[int, ...]
) -> tuple[Any, ...]:
    return tuple(along[k] if k in wrt else None for k in range(len(args)))


def check_tangent(function: Any, args: tuple[Any, ...], wrt: tuple[int, ...]) -> None:
    """The tangent is the dual number's, the value bit for bit, the arguments as they were."""
    along = direction(args, wrt)
    value, slope = dual.run(function, args, along)
    given = copy.deepcopy(args)
    with quiet():
        out, out_dot = s2sad.jvp(function, given, tangents_of(along, args, wrt))
    identities.check_value(out, function, args)
    assert type(out_dot) is type(out)
    assert np.asarray(out_dot).dtype == np.asarray(out).dtype
    scale = max(1.0, abs(slope), abs(value))
    assert abs(out_dot - slope) <= identities.tolerance_of(args, value) * scale, (out_dot, slope)
    for (path, left), (_, right) in zip(trees.leaves(given), trees.leaves(args), strict=True):
        assert np.asarray(left).tobytes() == np.asarray(right).tobytes(), path


@each("tangents", 2)
def test_tangent(name: str) -> None:
    program, args, wrt = chosen(name)
    check_tangent(program.function, args, wrt)


@each("tangents by one argument", 6)
def test_tangent_by_each_argument_alone(name: str) -> None:
    program, args, wrt = chosen(name)
    for position in wrt:
        check_tangent(program.function, args, (position,))


@pytest.mark.parametrize("name", KERNELS if EXHAUSTIVE else list(KERNELS)[::4])
def test_tangent_of_kernel(name: str) -> None:
    kernel = KERNELS[name]
    check_tangent(kernel.function, kernel.args(), kernel.wrt())


@each("tangents without passes", 12)
def test_tangent_without_each_pass(name: str) -> None:
    program, args, wrt = chosen(name)
    dots = tangents_of(direction(args, wrt), args, wrt)
    with quiet():
        _, want = s2sad.jvp(program.function, args, dots)
        for left_out in identities.pass_names():
            _, got = s2sad.jvp(program.function, args, dots, without=(left_out,))
            assert np.allclose(got, want, rtol=1e-9, atol=1e-12), left_out


def is_smooth(name: str) -> bool:
    program, args, _ = chosen(name)
    return not (program.rough or identities.has_single(args))


SMOOTH = [name for name in sampled_programs("hessians", 5) if is_smooth(name)]
# What is popped from a list of arrays has no type that the page could copy by.
NO_SECOND_ORDER = pytest.mark.xfail(raises=s2sad.InternalError, strict=True)
UNFINISHED = {"shared_containers.two_accumulators": [NO_SECOND_ORDER]}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=UNFINISHED.get(name, ())) for name in SMOOTH]
)
def test_hessian_product_is_symmetric_and_agrees_with_reverse_over_reverse(name: str) -> None:
    program, args, wrt = chosen(name)
    first, second = direction(args, wrt, 5), direction(args, wrt, 6)
    gradient = s2sad.grad(program.function, wrt=wrt)
    with quiet():
        _, one = s2sad.jvp(gradient, args, tangents_of(first, args, wrt))
        _, other = s2sad.jvp(gradient, args, tangents_of(second, args, wrt))
    left = trees.inner(one, tuple(second[k] for k in wrt))
    right = trees.inner(other, tuple(first[k] for k in wrt))
    scale = max(1.0, abs(left), abs(right))
    assert abs(left - right) <= 1e-8 * scale
    _, pullback = s2sad.vjp(gradient, *args, wrt=wrt)
    identities.check_close(pullback(tuple(first[k] for k in wrt)), one, 1e-8)


# -- the calls


def energy(x: Any, k: Any, n: int) -> Any:
    y = x.copy()
    for i in range(1, n):
        y[i] += k * np.sin(y[i - 1])
    return np.sum(y * y)


def test_jvp_of_arrays_and_numbers() -> None:
    x = np.array([0.1, 0.5, -0.3])
    check_tangent(energy, (x, 1.5, 3), (0, 1))


def test_jvp_of_several_results() -> None:
    def pair(x: Any) -> Any:
        return {"sum": np.sum(x), "parts": (x * x, 3)}

    x = np.array([1.0, 2.0])
    out, out_dot = s2sad.jvp(pair, (x,), (np.ones(2),))
    assert out_dot["sum"] == 2.0 and out_dot["parts"][0].tolist() == [2.0, 4.0]
    assert out["parts"][1] == 3


def test_a_result_that_does_not_move_has_a_zero_tangent() -> None:
    out, out_dot = s2sad.jvp(lambda x, y: np.exp(y), (np.ones(2), np.ones(3)), (np.ones(2), None))
    assert out_dot.tolist() == [0.0, 0.0, 0.0] and out.shape == (3,)


def test_tangents_are_not_written() -> None:
    def doubled(x: Any) -> Any:
        x *= 2.0
        return x

    x, dot = np.ones(3), np.array([1.0, 2.0, 3.0])
    _, out_dot = s2sad.jvp(doubled, (x,), (dot,))
    assert x.tolist() == [1.0, 1.0, 1.0] and dot.tolist() == [1.0, 2.0, 3.0]
    assert out_dot.tolist() == [2.0, 4.0, 6.0]
    _, same = s2sad.jvp(lambda x: x, (x,), (dot,))
    assert not np.shares_memory(same, dot)


def test_single_precision_stays() -> None:
    x = np.ones(3, np.float32)
    out, out_dot = s2sad.jvp(np.tanh, (x,), (np.ones(3),))
    assert out.dtype == out_dot.dtype == np.float32


def test_complex_functions() -> None:
    z, dot = np.array([1.0 + 2.0j, -0.5j]), np.array([0.5j, 1.0])
    _, out_dot = s2sad.jvp(lambda z: np.exp(z) * z, (z,), (dot,))
    assert np.allclose(out_dot, (np.exp(z) * (z + 1.0)) * dot)
    _, slope = s2sad.jvp(lambda z: np.abs(z) ** 2, (z,), (dot,))
    assert np.allclose(slope, 2.0 * (z.real * dot.real + z.imag * dot.imag))


def test_hvp_has_the_structure_of_the_arguments() -> None:
    x, dot = np.array([0.1, 0.5, -0.3]), np.array([1.0, -1.0, 0.5])
    by_x, by_k, by_n = s2sad.hvp(energy, (x, 1.5, 3), (dot, 0.25, None))
    assert by_n is None and isinstance(by_k, float) and by_x.shape == (3,)
    step = 1e-5
    ends = [s2sad.grad(energy, wrt=(0, 1))(x + s * dot, 1.5 + s * 0.25, 3) for s in (step, -step)]
    assert np.allclose(by_x, (ends[0][0] - ends[1][0]) / (2 * step), rtol=1e-8)
    assert np.isclose(by_k, (ends[0][1] - ends[1][1]) / (2 * step), rtol=1e-8)


def test_hvp_of_a_method() -> None:
    class Model:
        scale = 3.0

        def loss(self, x: Any) -> Any:
            return self.scale * np.sum(x**3)

    x = np.array([1.0, 2.0])
    (product,) = s2sad.hvp(Model().loss, (x,), (np.ones(2),))
    assert product.tolist() == [18.0, 36.0]


def test_the_page_reads_like_a_program() -> None:
    page = s2sad.source(s2sad.api.Gradient(energy, "jvp", (0, 1)), np.ones(3), 1.5, 3)
    assert page.splitlines()[0] == "def energy_tangent(x, k, n, *, x_dot, k_dot):"
    assert "-- reverse sweep" not in page and "_bar" not in page


@pytest.mark.parametrize(
    ("tangents", "message"),
    [
        ((np.ones(3),), "as many tangents as primals"),
        ((None, None), "at least one tangent"),
        ((np.ones(2), None), "the tangent of x has shape (2,)"),
        ((np.ones(3) * 1j, None), "the tangent of x is complex"),
        (("one", None), "the tangent of x has dtype"),
    ],
)
def test_tangents_that_do_not_fit(tangents: Any, message: str) -> None:
    with pytest.raises(GradientTypeError) as caught:
        s2sad.jvp(lambda x, y: np.sum(x) * y, (np.ones(3), 2.0), tangents)
    assert message in str(caught.value)


def test_an_integer_does_not_move() -> None:
    with pytest.raises(GradientTypeError, match="S401"):
        s2sad.jvp(lambda n: n * 2.0, (3,), (1.0,))


def fitted_roots(x: Any, target: Any) -> Any:
    roots = np.where(x > 0.0, np.sqrt(x), 0.0)
    return np.sum((roots - target) ** 2)


def test_second_derivatives_where_a_cotangent_happens_to_be_zero() -> None:
    """At an exact fit the cotangents of the roots are zero, but their derivatives are not; where
    the root is left out, nothing is."""
    x = np.array([4.0, 0.25, 0.0])
    target = np.array([2.0, 0.5, 0.0])
    want = np.array([0.5 / np.sqrt(4.0) ** 2, 0.5 / np.sqrt(0.25) ** 2, 0.0])
    with quiet():
        product, _ = s2sad.hvp(fitted_roots, (x, target), (np.ones(3), None))
        _, pullback = s2sad.vjp(s2sad.grad(fitted_roots), x, target, wrt=0)
        (same,) = pullback(np.ones(3))
    assert np.allclose(product, want) and np.allclose(same, want)


def test_second_derivatives_through_an_index_that_is_a_tuple() -> None:
    """The gradient of a gather from `.flat` indexes by a tuple of arrays."""

    def gathered(a: Any) -> Any:
        return np.sum(a.flat[[1, -1, 1]] ** 2)

    a, along = np.arange(1.0, 5.0).reshape(2, 2), np.array([[1.0, 2.0], [3.0, 4.0]])
    _, pullback = s2sad.vjp(s2sad.grad(gathered), a)
    assert pullback(along)[0].tolist() == [[0.0, 8.0], [0.0, 8.0]]
    assert s2sad.hvp(gathered, (a,), (along,))[0].tolist() == [[0.0, 8.0], [0.0, 8.0]]

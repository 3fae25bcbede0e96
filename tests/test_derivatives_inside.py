"""Derivatives that are taken inside of a function that is differentiated: to any depth, in all
positions, and never of the wrong variable."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad import grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, value_and_grad, vjp
from tests.oracles import differences, dual, trees


def check(function: Callable[..., Any], *args: Any, wrt: tuple[int, ...] = (0,)) -> None:
    """The value is the plain function's, the derivative that of differences, in both modes."""
    given = copy.deepcopy(args)
    value, bars = s2sad.value_and_grad(function, wrt=wrt)(*given)
    plain = function(*copy.deepcopy(args))
    assert np.allclose(value, plain, rtol=1e-14, atol=0.0) and type(value) is type(plain)
    rng = np.random.default_rng(4)
    along = dual.spread(args, wrt, tuple(trees.direction(args[k], rng) for k in wrt))
    slope, error = differences.derivative(function, args, along, 1e-3)
    ours = trees.inner(bars, tuple(along[k] for k in wrt))
    scale = max(1.0, abs(slope))
    assert abs(ours - slope) <= 1e-8 * scale + 10.0 * error, (ours, slope)
    dots = tuple(along[k] if k in wrt else None for k in range(len(args)))
    _, dot = s2sad.jvp(function, given, dots)
    assert abs(dot - ours) <= 1e-11 * scale
    for left, right in zip(trees.leaves(given), trees.leaves(args), strict=True):
        assert np.asarray(left[1]).tobytes() == np.asarray(right[1]).tobytes()


X = np.array([0.3, -0.7, 1.1])


def energy(x: Any, k: Any) -> Any:
    return np.sum(np.sin(x) * k) + k * x[0] ** 2


dEnergy = grad(energy, wrt=(0, 1))  # noqa: N816


def of_a_global_function(x: Any, k: Any) -> Any:
    g = grad(energy)(x, k)
    return np.sum(g * g)


def of_a_gradient_from_outside(x: Any, k: Any) -> Any:
    by_x, by_k = dEnergy(x, k)
    return np.sum(by_x**2) * by_k


def of_a_closure(x: Any, k: Any) -> Any:
    def loss(w: Any) -> Any:
        return np.sum(w**2 * x) * k

    return np.sum(grad(loss)(x + 1.0) ** 3)


def in_a_loop(w: Any, x: Any) -> Any:
    def loss(w: Any) -> Any:
        return np.sum((np.tanh(w * x) - 0.5) ** 2)

    for _ in range(3):
        w = w - 0.1 * grad(loss)(w)
    return loss(w)


def in_a_loop_of_unknown_length(a: Any) -> Any:
    def h(y: Any) -> Any:
        return y**3 - a

    y, trips = 1.0, 0
    while abs(h(y)) > 1e-13 and trips < 50:
        y -= h(y) / grad(h)(y)
        trips += 1
    return y


def in_branches(x: Any, k: Any) -> Any:
    if k > 0.0:
        value, g = value_and_grad(energy)(x, k)
    else:
        value, g = k, x * k
    return value * np.sum(g)


def through_a_loop(x: Any, k: Any) -> Any:
    def walked(u: Any) -> Any:
        u = u.copy()
        for i in range(1, len(u)):
            if u[i] > 0.0:
                u[i] += k * np.sin(u[i - 1])
        return np.sum(u**2)

    return np.sum(grad(walked)(x) ** 2)


def written_argument(x: Any, k: Any) -> Any:
    def scaled(u: Any) -> Any:
        u *= k
        return np.sum(u**2)

    g = grad(scaled)(x)
    return np.sum(g * x)


def written_gradient(x: Any, k: Any) -> Any:
    g = grad(energy)(x, k)
    h = g
    g[0] = k * 3.0
    return np.sum(h * x)


def keywords_and_names(x: Any, k: Any) -> Any:
    return grad(energy, wrt="k")(x, k=k) * grad(energy, argnums=1)(x, k)


def of_containers(x: Any, k: Any) -> Any:
    def loss(p: Any) -> Any:
        return np.sum(p["w"] ** 2) * p["b"][0] + p["b"][1] ** 3

    g = grad(loss)({"w": x, "b": (k, 2.0 * k)})
    return np.sum(g["w"]) * g["b"][1] + g["b"][0]


@dataclass
class Point:
    x: Any
    y: float


def of_objects(x: Any, k: Any) -> Any:
    g = grad(lambda p: np.sum(p.x) * p.y**2)(Point(x * k, k))
    return np.sum(g.x * x) + g.y


class Model:
    scale = 3.0

    def loss(self, x: Any) -> Any:
        return self.scale * np.sum(x**3)

    @grad
    def slope(self, x: Any) -> Any:
        return self.scale * np.sum(x**4)


MODEL = Model()


def of_methods(x: Any) -> Any:
    return np.sum(grad(MODEL.loss)(x)) + np.sum(MODEL.slope(x))


def with_aux(x: Any, k: Any) -> Any:
    def loss(w: Any) -> Any:
        y = w * k
        return np.sum(y**2), y

    g, aux = grad(loss, has_aux=True)(x)
    (value, more), again = value_and_grad(loss, has_aux=True)(x)
    return np.sum(g * aux) + value * np.sum(more) + again[0]


def of_library_functions(x: Any) -> Any:
    return grad(np.sin)(x[0]) * grad(np.hypot, wrt=1)(x[1], x[2])


def with_tangents(x: Any, k: Any) -> Any:
    value, dot = jvp(energy, (x, k), (x * k, None))
    _, both = jvp(energy, (x, k), (x, 1.0))
    return value * dot + both


def with_products(x: Any, k: Any) -> Any:
    product, none = hvp(lambda x, n: np.sum(x**n) * k, (x, 3), (x, None))
    assert none is None
    return np.sum(product**2)


def with_a_pullback(x: Any, k: Any) -> Any:
    out, pullback = vjp(lambda y: np.tanh(y) * k, x)
    x[0] = 5.0
    (first,) = pullback(out)
    for _ in range(2):
        (second,) = pullback(first)
    return np.sum(first) * np.sum(second**2)


def with_jacobians(x: Any, k: Any) -> Any:
    def f(y: Any) -> Any:
        return np.outer(y, y) @ y * k

    return np.sum(jacfwd(f)(x) ** 2) + np.sum(jacrev(f)(x)[0]) + np.sum(jacobian(f)(x)[:, 1])


def with_hessians(x: Any, k: Any) -> Any:
    h = hessian(lambda y: np.sum(y**3) * k + y[0] * y[1] ** 2)(x)
    return np.sum(np.linalg.solve(h + 5.0 * np.eye(3), x))


def large(x: Any, k: Any) -> Any:
    a = np.sin(x) * k
    b = np.cos(a) + x
    c = np.exp(-b * b) * a
    d = c / (1.0 + a * a)
    e = np.tanh(d) + np.sqrt(1.0 + b * b)
    f = e * d - c
    g = np.sum(f * a) + np.sum(e * b)
    return g * k


def of_a_large_function_that_is_called_again(x: Any, k: Any) -> Any:
    total = large(x, k) + large(2.0 * x, k)
    return total + np.sum(grad(large)(x, k)) + np.sum(grad(large)(3.0 * x, k))


TWO = (
    of_a_global_function, of_a_gradient_from_outside, of_a_closure, in_branches, through_a_loop,
    written_argument, written_gradient, keywords_and_names, of_containers, of_objects, with_aux,
    with_tangents, with_products, with_a_pullback, with_jacobians, with_hessians,
    of_a_large_function_that_is_called_again,
)  # fmt: skip


@pytest.mark.parametrize("function", TWO)
def test_inside(function: Callable[..., Any]) -> None:
    check(function, X, 1.5, wrt=(0, 1))
    check(function, X[:1].repeat(3), 0.5)


def test_inside_of_loops() -> None:
    check(in_a_loop, X, X[::-1].copy(), wrt=(0, 1))
    check(in_a_loop_of_unknown_length, 2.0)
    check(of_methods, X)
    check(of_library_functions, X)


# -- depth, and which variable is meant


def test_perturbations_are_never_confused() -> None:
    """The example of Siskind and Pearlmutter (2005), and deeper."""
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(3.0) == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (3.0,), (1.0,))[1] == 1.0
    assert grad(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1])(3.0) == 1.0
    assert jvp(lambda x: x * grad(lambda y: x + y)(1.0), (3.0,), (1.0,))[1] == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x))(3.0) == 12.0


def test_same_names_at_every_depth() -> None:
    def f(x: Any) -> Any:
        def f(x: Any) -> Any:
            def f(x: Any) -> Any:
                return x**4

            return grad(f)(x) * x

        return grad(f)(x) * x

    # 4 x^4, then 16 x^4, then 64 x^3
    assert np.isclose(grad(f)(1.5), 64.0 * 1.5**3)


def test_three_deep_with_all_variables() -> None:
    def f(x: Any) -> Any:
        return grad(lambda y: grad(lambda z: x**2 * y**3 * z**4)(y))(x)

    # d/dz: 4 x^2 y^6 at z = y; d/dy: 24 x^2 y^5 at y = x: 24 x^7; d/dx: 168 x^6
    assert np.isclose(grad(f)(1.5), 168.0 * 1.5**6)
    assert np.isclose(grad(grad(f))(1.5), 6.0 * 168.0 * 1.5**5)


def test_products_of_modes() -> None:
    def f(x: Any) -> Any:
        return np.sum(x**4)

    cube = 24.0 * X
    for inner in (lambda x: grad(f)(x), lambda x: jacrev(f)(x), lambda x: jacfwd(f)(x)):
        for middle in (jacfwd, jacrev):
            found = jacfwd(middle(inner))(X)
            assert np.allclose(found, np.einsum("i,ij,jk->ijk", cube, np.eye(3), np.eye(3)))


def test_the_gradient_is_of_the_kind_of_the_argument() -> None:
    def kinds(x: Any) -> Any:
        g = grad(lambda y: y * y)(2.5)
        single = grad(lambda y: np.sum(y * y))(x)
        assert isinstance(g, float) and single.dtype == np.float32
        return np.sum(np.float32(2.0) * x * g)

    x = np.ones(2, np.float32)
    value, bar = value_and_grad(kinds)(x)
    assert value.dtype == kinds(x).dtype and bar.dtype == np.float32


def test_the_page_reads_like_a_program() -> None:
    page = s2sad.source(grad(in_a_loop_of_unknown_length), 2.0)
    assert "# L7: y -= h(y) / grad(h)(y)" in page and page.count("def ") == 1


def test_a_global_gradient_stays_live() -> None:
    space: dict[str, Any] = {"k": 2.0}

    def outer(x: Any) -> Any:
        return grad(lambda y: y**2 * SCALE["k"])(x) * x

    SCALE.update(space)
    assert grad(outer)(3.0) == 24.0
    SCALE["k"] = 3.0
    assert grad(outer)(3.0) == 36.0


SCALE = {"k": 1.0}

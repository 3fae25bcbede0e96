"""Of s2sad itself: derivatives that are taken inside of a function that is differentiated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Function = Callable[..., Any]
EVERYTHING = "*"  # all arguments that hold floats; the others have None


def derivative(
    fun: Function,
    mode: str,
    wrt: Any,
    options: tuple[bool, bool],
    args: tuple[Any, ...],
    keywords: dict[str, Any],
) -> Any:
    """What a derivative of a function gives. The compiler lowers the function for itself, and
    differentiates that."""
    raise NotImplementedError


def tangent(fun: Function, primals: Any, tangents: Any) -> Any:
    """The value and its tangent, lowered in the same way."""
    raise NotImplementedError


def forward_sweep(fun: Function, wrt: Any, primals: Any) -> Any:
    """The value, what the reverse sweep reads, and that sweep."""
    raise NotImplementedError


def reverse_sweep(sweep: Any, saved: Any, out_bar: Any) -> Any:
    """The cotangents of the arguments."""
    raise NotImplementedError


def grad(
    fun: Any = None,
    wrt: Any = None,
    *,
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    def gradient(*args: Any, **keywords: Any) -> Any:
        chosen = argnums if wrt is None else wrt
        return derivative(fun, "grad", chosen, (has_aux, holomorphic), args, keywords)

    return gradient


def value_and_grad(
    fun: Any = None,
    wrt: Any = None,
    *,
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    def gradient(*args: Any, **keywords: Any) -> Any:
        chosen = argnums if wrt is None else wrt
        return derivative(fun, "value_and_grad", chosen, (has_aux, holomorphic), args, keywords)

    return gradient


def jacfwd(
    fun: Any = None,
    wrt: Any = None,
    *,
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    def jacobian_of(*args: Any, **keywords: Any) -> Any:
        chosen = argnums if wrt is None else wrt
        return derivative(fun, "jacfwd", chosen, (has_aux, holomorphic), args, keywords)

    return jacobian_of


def jacrev(
    fun: Any = None,
    wrt: Any = None,
    *,
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    def jacobian_of(*args: Any, **keywords: Any) -> Any:
        chosen = argnums if wrt is None else wrt
        return derivative(fun, "jacrev", chosen, (has_aux, holomorphic), args, keywords)

    return jacobian_of


def hessian(
    fun: Any = None,
    wrt: Any = None,
    *,
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    chosen = argnums if wrt is None else wrt
    gradient = grad(fun, chosen, has_aux=has_aux, holomorphic=holomorphic)
    return jacfwd(gradient, chosen, has_aux=has_aux, holomorphic=holomorphic)


def jvp(fun: Any, primals: Any, tangents: Any, *, without: Sequence[str] = ()) -> Any:
    return tangent(fun, primals, tangents)


def hvp(fun: Any, primals: Any, tangents: Any, *, without: Sequence[str] = ()) -> Any:
    return tangent(grad(fun, EVERYTHING), primals, tangents)[1]


def vjp(fun: Any, *primals: Any, wrt: Any = None, without: Sequence[str] = ()) -> Any:
    out, saved, sweep = forward_sweep(fun, wrt, primals)

    def pullback(out_bar: Any) -> Any:
        return reverse_sweep(sweep, saved, out_bar)

    return out, pullback

"""What users call: `grad`, `value_and_grad`, `vjp`, `jvp`, `hvp`, `source`, `stop_gradient`.

`grad(f)` returns a `Gradient`: a callable with the signature of f. Nothing is compiled before
it is called; it is compiled once for each combination of types of the arguments.
"""

from __future__ import annotations

import functools
import html
import inspect
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import Any, overload

import numpy as np

from s2sad.dispatcher.loading import load
from s2sad.dispatcher.sites import Binding, Site, compile_for, parameters_of, site_of
from s2sad.equivalents import derivatives
from s2sad.equivalents.table import FUNCTIONS
from s2sad.errors import Diagnostic, NotCalledError, UnsupportedError, type_error
from s2sad.request import Compiled, Inner, Options
from s2sad.rules.registry import rules_of
from s2sad.runtime.helpers import stop_gradient

__all__ = ["Gradient", "grad", "hvp", "jvp", "source", "stop_gradient", "value_and_grad", "vjp"]

Wrt = int | str | Sequence[int | str]
Pullback = Callable[[Any], tuple[Any, ...]]


class Gradient(functools.partial[Any]):
    """A function that computes derivatives of another one, its `primal`.

    It has the name, the signature and the documentation of the primal, works as a method where
    it is used as a decorator in a class, and can be pickled.

    primal: what was given to `grad`. mode: "grad", "value_and_grad" or "vjp". wrt: the
    positions of the parameters. single: the gradient is bare, because wrt was one position.
    function: the Python function at the bottom; bound: the object that it is a method of, or
    None; inner: the transformations between the function and this one.

    As an object it is a partial of its current entry (see `dispatcher.entry`), because that is the
    one kind of callable with attributes that Python calls without a detour.
    """

    primal: Callable[..., Any]
    mode: str
    wrt: tuple[int, ...]
    single: bool
    options: Options
    function: Any
    bound: Any
    inner: tuple[Inner, ...]
    _wrt: Wrt | None
    _site: Site
    _shared: dict[str, Any] | None = None

    def __new__(
        cls,
        primal: Callable[..., Any],
        mode: str,
        wrt: Wrt | None = None,
        options: Options = Options(),  # noqa: B008 (frozen)
    ) -> Gradient:
        function, bound, inner = _resolve(primal)
        self = super().__new__(cls, function)
        functools.update_wrapper(self, primal, updated=())
        self.primal, self.mode, self.options, self._wrt = primal, mode, options, wrt
        self.function, self.bound, self.inner = function, bound, inner
        self.wrt = _positions(wrt, self.function, bound=self.bound is not None)
        self.single = wrt is None or isinstance(wrt, (int, str))
        self._site = site_of(self.function, mode, self.wrt, self.single, options, self.inner)
        self._begin()
        return self

    def _begin(self) -> None:
        """Has an entry made and published, now and whenever there is a new one."""
        Binding(self._site, self.function, self._publish)

    def _publish(self, enter: Callable[..., Any]) -> None:
        """Makes the entry what is called, in one step."""
        args = () if self.bound is None else (self.bound,)
        set_state: Any = super().__setstate__  # type: ignore[misc]
        set_state((enter, args, {}, self.__dict__))

    def __get__(self, instance: Any, owner: type | None = None) -> Gradient:
        if instance is None or self.bound is not None:
            return self
        primal = _bind(self.primal, instance)
        if self._shared is None:
            made = type(self)(primal, self.mode, self._wrt, self.options)
            own = ("primal", "bound", "__wrapped__")
            self._shared = {k: v for k, v in vars(made).items() if k not in own}
            return made
        return self._bound_to(primal, instance, self._shared)

    def _bound_to(
        self, primal: Callable[..., Any], instance: Any, shared: dict[str, Any]
    ) -> Gradient:
        """As the method of the first object, but of another one."""
        made = super().__new__(type(self), self.function)
        made.__dict__.update(shared, primal=primal, bound=instance, __wrapped__=primal)
        made._begin()
        return made

    @property
    def source(self) -> str:
        """The text of the page that was compiled last."""
        made = self._site.specialisations
        if not made:
            raise _not_called(self)
        return made[-1].text

    def compiled_for(self, *args: Any, **kwargs: Any) -> Compiled:
        """What the compiler makes for these arguments, without running it."""
        values = self.values_of(args, kwargs)
        return compile_for(self._site, self.function, values)[0]

    def values_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The values of all parameters in a call."""
        bound = () if self.bound is None else (self.bound,)
        return _values(self.function, (*bound, *args), kwargs)

    def __reduce__(self) -> str | tuple[Any, ...]:
        if _found_by_name(self):
            return str(vars(self)["__qualname__"])
        if self.bound is not None and isinstance(_of_class(self), Gradient):
            return getattr, (self.bound, self.function.__name__)
        return type(self), (self.primal, self.mode, self._wrt, self.options)

    def __repr__(self) -> str:
        return f"<{self.mode} of {getattr(self, '__qualname__', self.primal)}>"

    def _repr_html_(self) -> str:
        made = self._site.specialisations
        text = html.escape(made[-1].text if made else "not compiled yet: call it once")
        title = html.escape(repr(self))
        return f"<details><summary>{title}</summary><pre>{text}</pre></details>"


def _of_class(gradient: Gradient) -> Any:
    """What the class of the bound object has under the function's name."""
    return vars(type(gradient.bound)).get(gradient.function.__name__)


def _bind(primal: Callable[..., Any], instance: Any) -> Callable[..., Any]:
    if isinstance(primal, Gradient):
        return primal.__get__(instance)
    return MethodType(primal, instance)


def _not_called(gradient: Gradient) -> NotCalledError:
    name = gradient.function.__name__
    return NotCalledError(
        (
            Diagnostic(
                "S408",
                f"the {gradient.mode} of {name} has no source yet",
                None,
                "it is compiled when it is called, for the types of its arguments",
                f"call it first, or use s2sad.source({name}, ...) with arguments",
            ),
        )
    )


def _found_by_name(gradient: Gradient) -> bool:
    """Whether the name of the primal leads to the gradient, as after `@grad`."""
    value: Any = sys.modules.get(getattr(gradient, "__module__", None) or "")
    for part in str(getattr(gradient, "__qualname__", "")).split("."):
        value = getattr(value, part, None)
    return value is gradient


def _values(
    function: FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, ...]:
    """The values of all parameters, in order."""
    bound = inspect.signature(function, follow_wrapped=False).bind(*args, **kwargs)
    bound.apply_defaults()
    return tuple(bound.arguments[p.name] for p in parameters_of(function))


def _calls_python(fun: Any) -> bool:
    """Whether a callable is an object whose class has a Python `__call__`."""
    if isinstance(fun, (FunctionType, MethodType, type, functools.partial, Gradient)):
        return False
    return isinstance(vars(type(fun)).get("__call__"), FunctionType)


def _resolve(fun: Any) -> tuple[Any, Any, tuple[Inner, ...]]:
    """The Python function at the bottom, the object it is bound to, and what was applied."""
    if isinstance(fun, Gradient):
        inner = (*fun.inner, Inner(fun.mode, fun.wrt, fun.single, fun.options.has_aux))
        return fun.function, fun.bound, inner
    if rules_of(fun):
        return _wrapper(fun), None, ()
    if isinstance(fun, FunctionType):
        return fun, None, ()
    if isinstance(fun, MethodType) and isinstance(fun.__func__, FunctionType):
        return fun.__func__, fun.__self__, ()
    if isinstance(fun, MethodType) and isinstance(fun.__func__, Gradient):
        return _resolve(fun.__func__.__get__(fun.__self__))
    if _calls_python(fun):
        return _resolve(fun.__call__)
    raise _not_a_function(fun)


def _not_a_function(fun: Any) -> Exception:
    name = getattr(fun, "__name__", None) or repr(fun)
    if isinstance(fun, functools.partial):
        return type_error(
            "S410",
            "grad of functools.partial is not supported",
            help=f"write a lambda: grad(lambda x: {fun.func.__name__}(..., x))",
        )
    if not callable(fun) or isinstance(fun, type):
        return type_error("S410", f"grad takes a function, not {name}")
    diagnostic = Diagnostic(
        "S201",
        f"{name} is not written in Python, and has no rule",
        note="s2sad differentiates Python source and functions that it has rules for",
        help=f"write a rule for it:\n@s2sad.adjoint({name})\ndef rule(y, x, *, y_bar):\n    ...",
    )
    return UnsupportedError((diagnostic,))


_wrappers: dict[Any, FunctionType] = {}


def _wrapper(target: Callable[..., Any]) -> FunctionType:
    """A Python function that does nothing but call a library function."""
    if target not in _wrappers:
        name = str(getattr(target, "__name__", "function"))
        arguments = ", ".join(_required(target))
        text = f"def {name}({arguments}):\n    return target({arguments})\n"
        names = {"target": target, "__name__": "s2sad.wrappers"}
        _wrappers[target] = load(text, f"wrapper of {name}", names)[name]
    return _wrappers[target]


def _required(target: Callable[..., Any]) -> list[str]:
    """Names for the arguments that a library function can't be called without."""
    if isinstance(target, np.ufunc):
        return ["x"] if target.nin == 1 else [f"x{k + 1}" for k in range(target.nin)]
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return ["x"]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds and p.default is p.empty]


def _positions(wrt: Wrt | None, function: FunctionType, bound: bool) -> tuple[int, ...]:
    names = [p.name for p in parameters_of(function)]
    if wrt is None:
        wrt = 1 if bound else 0
    several = [wrt] if isinstance(wrt, (int, str)) else list(wrt)
    positions = tuple(_position(one, names, function.__name__) for one in several)
    if not positions:
        raise type_error("S409", "wrt is empty", help="name at least one parameter")
    if len(set(positions)) < len(positions):
        raise type_error("S409", f"wrt names a parameter twice: {wrt!r}")
    return positions


def _position(one: object, names: list[str], function: str) -> int:
    if isinstance(one, str) and one in names:
        return names.index(one)
    if isinstance(one, int) and not isinstance(one, bool) and -len(names) <= one < len(names):
        return one % len(names)
    known = ", ".join(names) or "none"
    raise type_error(
        "S409",
        f"wrt={one!r} is no parameter of {function}",
        help=f"give a position or a name of a parameter; there are: {known}",
    )


def _chosen(wrt: Wrt | None, argnums: Wrt | None) -> Wrt | None:
    if wrt is not None and argnums is not None:
        raise type_error("S409", "wrt and argnums are two names of the same option: give one")
    return argnums if wrt is None else wrt


def transformed(
    kind: type[Gradient],
    mode: str,
    fun: Callable[..., Any] | None,
    wrt: Wrt | None,
    argnums: Wrt | None,
    options: Options,
) -> Any:
    chosen = _chosen(wrt, argnums)
    if fun is None:
        return lambda function: kind(function, mode, chosen, options)
    return kind(fun, mode, chosen, options)


@overload
def grad(
    fun: Callable[..., Any],
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Gradient: ...
@overload
def grad(
    fun: None = None,
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Callable[[Callable[..., Any]], Gradient]: ...
def grad(
    fun: Callable[..., Any] | None = None,
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    """The gradient of a function that returns one number.

    wrt: the position or the name of a parameter, or a sequence of them (then the gradient is a
    tuple); the first parameter where nothing is said, after `self` for methods. `argnums` is
    another name of it. has_aux: the function returns a pair, of the number and of anything else,
    which is handed on as it is: the call returns `gradient, aux`. holomorphic: the function takes
    and returns complex numbers and has one complex derivative, which is what the gradient is.
    without: names of passes of the compiler to switch off.

    Works as a decorator, bare or with options. Gradients have the structure, shapes and dtypes
    of the arguments. Raises GradientTypeError where an argument of wrt holds something that isn't
    a float, or the result isn't one real number.
    """
    return transformed(
        Gradient, "grad", fun, wrt, argnums, Options(tuple(without), holomorphic, has_aux)
    )


@overload
def value_and_grad(
    fun: Callable[..., Any],
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Gradient: ...
@overload
def value_and_grad(
    fun: None = None,
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Callable[[Callable[..., Any]], Gradient]: ...
def value_and_grad(
    fun: Callable[..., Any] | None = None,
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    """As `grad`, but returns the value first: `value, gradient`, or `(value, aux), gradient` with
    has_aux.

    That is the order that `scipy.optimize.minimize(..., jac=True)` takes.
    """
    return transformed(
        Gradient, "value_and_grad", fun, wrt, argnums, Options(tuple(without), holomorphic, has_aux)
    )


def vjp(
    fun: Callable[..., Any],
    *primals: Any,
    wrt: Wrt | None = None,
    without: Sequence[str] = (),
) -> tuple[Any, Pullback]:
    """The value of a function, and its pullback: from a cotangent of the value to a tuple of
    cotangents, one for each argument (or each of wrt).

    An argument that is an integer, a string or None has the cotangent None.
    The pullback can be called any number of times, with different cotangents. They have the
    structure and the shapes of the value.
    """
    function, bound, _ = _resolve(fun)
    offset = 0 if bound is None else 1
    count = len(parameters_of(function))
    chosen = range(offset, min(count, offset + len(primals))) if wrt is None else wrt
    if isinstance(chosen, (int, str)):
        chosen = (chosen,)
    inactive = [] if wrt is not None else _inactive(chosen, primals, offset)
    chosen = [k for k in chosen if k not in inactive]
    gradient = Gradient(fun, "vjp", tuple(chosen), Options(without=tuple(without)))
    out, pullback = gradient(*primals)
    pullback = _flattened(pullback, gradient) if wrt is None else pullback
    return out, _with_nones(pullback, [k - offset for k in inactive]) if inactive else pullback


def jvp(
    fun: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    without: Sequence[str] = (),
) -> tuple[Any, Any]:
    """The value of a function, and its derivative in a direction: `out, out_dot`.

    primals: the positional arguments. tangents: one for each, of its structure and shapes; None
    for an argument that is held fixed (an integer, a string, or any other).
    out_dot has the structure, shapes and dtypes of the value.
    """
    if len(tangents) != len(primals):
        raise type_error(
            "S413",
            f"jvp takes as many tangents as primals, not {len(tangents)} for {len(primals)}",
            help="pass None for an argument that is held fixed",
        )
    offset = 0 if _resolve(fun)[1] is None else 1
    moving = [k for k, dot in enumerate(tangents) if dot is not None]
    if not moving:
        raise type_error("S413", "jvp takes at least one tangent that is not None")
    chosen = tuple(k + offset for k in moving)
    pushforward = Gradient(fun, "jvp", chosen, Options(without=tuple(without)))(*primals)
    out, out_dot = pushforward(*(tangents[k] for k in moving))
    return out, out_dot


def hvp(
    fun: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    without: Sequence[str] = (),
) -> tuple[Any, ...]:
    """The Hessian of a real function times a direction, forward over reverse: the derivative of
    the gradient in the direction `tangents`, at the cost of a few gradients.

    primals, tangents: as for `jvp`. Returns a tuple with one part for each of primals, of its
    structure and shapes; None for arguments that hold no float.
    """
    function, bound, _ = _resolve(fun)
    offset = 0 if bound is None else 1
    places = range(offset, min(len(parameters_of(function)), offset + len(primals)))
    still = _inactive(places, tuple(primals), offset)
    wrt = tuple(k for k in places if k not in still)
    gradient = Gradient(fun, "grad", wrt, Options(without=tuple(without)))
    _, products = jvp(gradient, primals, tangents, without=without)
    return tuple(_spread(products, [k - offset for k in still]))


def _inactive(chosen: Sequence[Any], primals: tuple[Any, ...], offset: int) -> list[int]:
    """The positions of arguments that hold no float at all: their cotangent is None."""
    return [k for k in chosen if _holds_no_float(primals[k - offset])]


def _holds_no_float(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biu"
    return isinstance(value, (bool, int, str, bytes, np.integer, np.bool_, type(None)))


def _with_nones(pullback: Pullback, places: list[int]) -> Pullback:
    """A pullback that gives None for the arguments at these places."""

    return lambda out_bar: tuple(_spread(pullback(out_bar), places))


def _spread(parts: Sequence[Any], places: Sequence[int]) -> list[Any]:
    """The parts, with None at these places (in rising order) of the result."""
    found = list(parts)
    for place in places:
        found.insert(place, None)
    return found


def _flattened(pullback: Pullback, gradient: Gradient) -> Pullback:
    """A pullback whose last cotangent is that of `*args` gives those one by one."""
    last = parameters_of(gradient.function)[gradient.wrt[-1]] if gradient.wrt else None
    if last is None or last.kind is not last.VAR_POSITIONAL:
        return pullback

    def flat(out_bar: Any) -> tuple[Any, ...]:
        *first, rest = pullback(out_bar)
        return (*first, *rest)

    return flat


def source(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """The text that s2sad writes for a function and the types of these arguments; nothing is run.

    fun: a gradient, or a function (then the page of `value_and_grad` for its first parameter).
    """
    gradient = fun if isinstance(fun, Gradient) else Gradient(fun, "value_and_grad", None)
    return gradient.compiled_for(*args, **kwargs).text


FUNCTIONS.update(
    {
        grad: derivatives.grad,
        value_and_grad: derivatives.value_and_grad,
        jvp: derivatives.jvp,
        hvp: derivatives.hvp,
        vjp: derivatives.vjp,
    }
)

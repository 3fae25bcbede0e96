"""`jacfwd`, `jacrev`, `jacobian` and `hessian`: derivatives of arrays by arrays, in one sweep for
all directions.

A Jacobian has the shape of the value followed by that of the argument: where f maps (3,) to
(2, 4), `jacobian(f)(x)` has shape (2, 4, 3). Containers nest in the same order: for each leaf of
the value there is what the argument is, with a block at each of its leaves. A block has the
precision of the argument, and is complex where the value is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2sad.api import Gradient, Wrt, transformed
from s2sad.dispatcher.jacobian import size_of_type, total_size
from s2sad.dispatcher.sites import result_type
from s2sad.equivalents import derivatives
from s2sad.equivalents.table import FUNCTIONS
from s2sad.request import Compiled, Options

Function = Callable[..., Any]
MOST = 256


class Jacobian(Gradient):
    """A function that computes Jacobians in whichever direction is cheaper for the sizes of a
    call: forward where the arguments have no more elements than the value, else reverse.

    forward, reverse: the two. last: the one that was used last.
    """

    forward: Gradient
    reverse: Gradient
    last: Gradient
    _outputs: dict[Any, int | None]

    def _begin(self) -> None:
        self.forward = Gradient(self.primal, "jacfwd", self._wrt, self.options)
        self.reverse = Gradient(self.primal, "jacrev", self._wrt, self.options)
        self.last = self.forward
        self._outputs = {}
        self._publish(self._enter)

    def _enter(self, *args: Any, **kwargs: Any) -> Any:
        given = args if self.bound is None else args[1:]
        values = self.values_of(given, kwargs)
        inputs = total_size(tuple(values[k] for k in self.wrt))
        self.last = self._cheaper(values, inputs)
        return self.last(*given, **kwargs)

    def _cheaper(self, values: tuple[Any, ...], inputs: int) -> Gradient:
        """The direction for these values; reverse where the size of the result isn't known."""
        key = _signature(values)
        if key not in self._outputs:
            if len(self._outputs) >= MOST:
                self._outputs.clear()
            self._outputs[key] = self._size_of_value(values)
        outputs = self._outputs[key]
        return self.reverse if outputs is None or inputs > outputs else self.forward

    def _size_of_value(self, values: tuple[Any, ...]) -> int | None:
        if self.inner:
            last = self.inner[-1]
            return total_size(tuple(values[k] for k in last.wrt)) if last.mode == "grad" else None
        kind, sizes = result_type(self.reverse._site, self.function, values)
        return size_of_type(kind, sizes)

    @property
    def source(self) -> str:
        """The text of the page that was used last."""
        return self.last.source

    def compiled_for(self, *args: Any, **kwargs: Any) -> Compiled:
        """What the compiler makes for these arguments, without running it."""
        values = self.values_of(args, kwargs)
        inputs = total_size(tuple(values[k] for k in self.wrt))
        return self._cheaper(values, inputs).compiled_for(*args, **kwargs)

    def _repr_html_(self) -> str:
        return self.last._repr_html_()


def _signature(value: Any) -> Any:
    """What the size of the result may depend on: shapes, and integers."""
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(_signature, value))
    if isinstance(value, dict):
        return tuple((key, _signature(item)) for key, item in value.items())
    return value if type(value) in (bool, int, str) else type(value)


def jacfwd(
    fun: Function | None = None,
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    """The Jacobian in forward mode: one pass, in which tangents have a leading axis for the
    elements of the arguments. The cheaper direction where these are fewer than those of the value.

    Options as for `grad`; a sequence for wrt gives a tuple at each leaf of the value. A block has
    the shape of the value followed by that of the argument; where both are numbers it is a number.
    What of the value isn't a float has None. Real functions of complex numbers are refused
    (GradientTypeError): use `jacrev`.
    """
    options = Options(tuple(without), holomorphic, has_aux)
    return transformed(Gradient, "jacfwd", fun, wrt, argnums, options)


def jacrev(
    fun: Function | None = None,
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    """The Jacobian in reverse mode: the function runs once, and in one reverse sweep cotangents
    have a leading axis for the elements of the value. As `jacfwd` otherwise; complex values are
    refused unless holomorphic.
    """
    options = Options(tuple(without), holomorphic, has_aux)
    return transformed(Gradient, "jacrev", fun, wrt, argnums, options)


def jacobian(
    fun: Function | None = None,
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    """The Jacobian in the cheaper direction, chosen at each call from the sizes: `jacfwd` where the
    arguments have no more elements than the value, else `jacrev`.

    >>> import numpy as np
    >>> jacobian(lambda x: np.array([x[0] * x[1], x[1]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [0., 1.]])
    """
    options = Options(tuple(without), holomorphic, has_aux)
    return transformed(Jacobian, "jacobian", fun, wrt, argnums, options)


def hessian(
    fun: Function | None = None,
    wrt: Wrt | None = None,
    *,
    argnums: Wrt | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    without: Sequence[str] = (),
) -> Any:
    """The Hessian of a function that returns one number, forward over reverse: the Jacobian of its
    gradient, in one pass for all directions.

    Options as for `grad`. For an argument of shape s the Hessian has shape s + s; for a sequence in
    wrt it is a tuple of tuples, and containers nest likewise. With has_aux: `hessian, aux`.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    """
    options = Options(tuple(without), holomorphic, has_aux)

    def made(function: Function) -> Gradient:
        chosen = wrt if argnums is None else argnums
        gradient: Any = transformed(Gradient, "grad", function, wrt, argnums, options)
        return Gradient(gradient, "jacfwd", chosen, options)

    return made if fun is None else made(fun)


FUNCTIONS.update(
    {
        jacfwd: derivatives.jacfwd,
        jacrev: derivatives.jacrev,
        jacobian: derivatives.jacfwd,
        hessian: derivatives.hessian,
    }
)

__all__ = ["Jacobian", "hessian", "jacfwd", "jacobian", "jacrev"]

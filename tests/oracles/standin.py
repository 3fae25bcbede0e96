"""The stand-ins for `np`, `math` and a few builtins: tables from names to dual functions."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracles import functions, sequences, writers
from tests.oracles.number import (
    METHODS,
    NUMPY,
    Dual,
    Scalar,
    binary,
    pair,
    plain,
    store,
    stored,
    unary,
    view,
)
from tests.oracles.partials import BINARY, MATH_BINARY, MATH_UNARY, UNARY
from tests.oracles.recreate import Namespace, by_identity


class Operation:
    """A stand-in for a ufunc: call with `out=`, and `at`, `reduce`, `accumulate` of add."""

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.name, self.call = name, call

    def __call__(self, *args: Any, out: Any = None, where: Any = True) -> Any:
        count = getattr(np, self.name).nin
        args, outs = args[:count], args[count:]
        out = outs[0] if outs else out[0] if isinstance(out, tuple) else out
        if where is not True:
            with np.errstate(all="ignore"):
                return writers.masked(self.call(*args), out, where)
        result = self.call(*args)
        if out is None:
            return result
        store(out, Ellipsis, result)
        return out

    def at(self, target: Any, index: Any, *values: Any) -> None:
        writers.at(self.call, target, index, *values)

    def outer(self, a: Any, b: Any) -> Any:
        shape = (*np.shape(plain(a)), *(1,) * np.ndim(plain(b)))
        return self.call(functions.linear(np.reshape)(a, shape), b)

    def reduce(self, x: Any, axis: int = 0, out: Any = None, *, keepdims: bool = False) -> Any:
        names = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
        result = NUMPY[names[self.name]](x, axis=axis, keepdims=keepdims)
        return result if out is None else stored(out, result)

    def accumulate(self, x: Any, axis: int = 0, out: Any = None) -> Any:
        result = functions.linear(np.copy)(x)
        lines = functions.linear(np.moveaxis)(result, axis, 0)
        for k in range(1, len(lines)):
            store(lines, k, self.call(lines[k - 1], lines[k]))
        return result if out is None else stored(out, result)


LINEAR = """
    sum mean cumsum reshape ravel transpose swapaxes moveaxis rollaxis expand_dims squeeze
    broadcast_to flip fliplr flipud roll rot90 pad diff tile repeat trace diag diagonal tril
    triu atleast_1d atleast_2d atleast_3d real take take_along_axis split array_split hsplit
    vsplit concatenate stack hstack vstack column_stack dstack copy ascontiguousarray
    asfortranarray delete permute_dims matrix_transpose unstack append compress gradient average
    resize
""".split()
CREATORS = "zeros ones empty eye identity arange".split()
LIKE = "zeros_like ones_like empty_like".split()
INACTIVE = """
    argmax argmin argsort nonzero flatnonzero isnan isfinite isinf shape ndim size searchsorted
    allclose array_equal any all count_nonzero logical_and logical_or logical_not logical_xor
    greater less greater_equal less_equal equal not_equal ix_ unravel_index isscalar isclose
    signbit round around result_type tri meshgrid indices bincount iscomplexobj triu_indices
    tril_indices diag_indices unique issubdtype lexsort
""".split()
BILINEAR = "dot matmul outer inner vdot tensordot kron cross convolve correlate vecdot".split()
CONSTANTS = "pi e inf nan newaxis".split()
WITH_OUT = "max min amax amin prod cumprod var std".split()
SCALARS = """
    float64 float32 float16 int64 int32 intp bool_ int8 uint8 ndarray floating integer number
    generic inexact
""".split()


def _numpy_table() -> dict[str, Any]:
    table: dict[str, Any] = {name: getattr(np, name) for name in CONSTANTS}
    table |= {name: Scalar(getattr(np, name)) for name in SCALARS}
    table |= {name: functions.inactive(getattr(np, name)) for name in (*INACTIVE, *CREATORS)}
    table |= {name: functions.like(getattr(np, name)) for name in LIKE}
    table |= {name: functions.linear(getattr(np, name)) for name in LINEAR}
    table |= {name: functions.multilinear(getattr(np, name)) for name in BILINEAR}
    table |= {name: Operation(name, unary(getattr(np, name), d)) for name, d in UNARY.items()}
    table |= {name: Operation(name, binary(getattr(np, name), d)) for name, d in BINARY.items()}
    table |= {
        "max": functions.extremum(np.max),
        "min": functions.extremum(np.min),
        "prod": functions.product,
        "cumprod": functions.running_product,
    }
    table |= {
        "amax": table["max"],
        "amin": table["min"],
        "var": functions.variance,
        "std": functions.deviation,
    }
    table |= {
        "clip": functions.clip,
        "where": functions.where,
        "sort": functions.sorted_values,
        "einsum": functions.multilinear(np.einsum, 1),
    }
    table |= {
        "array": functions.array,
        "asarray": functions.asarray,
        "full": functions.full,
        "full_like": functions.full_like,
    }
    table |= {
        "linspace": functions.linspace,
        **writers.WRITERS,
        "errstate": np.errstate,
        "finfo": np.finfo,
    }
    table |= {"append": functions.linear(np.append, 2)}
    table |= {name: writers.with_out(table[name]) for name in WITH_OUT}
    table["clip"] = writers.with_out(table["clip"], 3)
    table["linalg"] = Namespace("np.linalg", LINALG)
    windows = {"sliding_window_view": functions.linear(np.lib.stride_tricks.sliding_window_view)}
    table["lib"] = Namespace(
        "np.lib", {"stride_tricks": Namespace("np.lib.stride_tricks", windows)}
    )
    table["ndindex"] = lambda *lengths: np.ndindex(*plain(list(lengths)))
    table["ndenumerate"] = lambda x: ((place, x[place]) for place in np.ndindex(x.shape))
    return table


LINALG = {
    "solve": functions.solve,
    "inv": functions.inverse,
    "det": functions.determinant,
    "slogdet": functions.slogdet,
    "norm": functions.norm,
    "cholesky": functions.cholesky,
    "matrix_transpose": functions.linear(np.linalg.matrix_transpose),
    "diagonal": functions.linear(np.linalg.diagonal),
    "LinAlgError": np.linalg.LinAlgError,
}
NUMPY.update(_numpy_table())


def _method(name: str) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: NUMPY[name](self, *args, **kwargs)


def _reshape(x: Any, *shape: Any, order: str = "C") -> Any:
    size = shape[0] if len(shape) == 1 else shape
    return functions.linear(np.reshape)(x, size, order=order)


def _transposed(x: Any, *axes: Any) -> Any:
    if not axes or axes == (None,):
        return x.T
    return functions.linear(np.transpose)(x, axes[0] if len(axes) == 1 else axes)


SAME_NAME = """
    sum mean cumsum prod cumprod max min var std clip ravel squeeze trace diagonal swapaxes
    repeat take dot argmax argmin argsort any all nonzero round
""".split()
METHODS.update(
    {
        **{name: _method(name) for name in SAME_NAME},
        "copy": lambda x, order="C": (
            functions.linear(np.copy)(x, order=order) if isinstance(x.value, np.ndarray) else x
        ),
        "flatten": lambda x, order="C": pair(x.value.flatten(order), x.tangent.flatten(order)),
        "reshape": _reshape,
        "transpose": _transposed,
        "astype": functions.astype,
        "fill": functions.fill,
        "sort": functions.sort_in_place,
        "item": functions.item,
        "put": lambda x, *args, **kwargs: NUMPY["put"](x, *args, **kwargs),
        "view": lambda x: view(x.value.view(), x.tangent.view()),
        "conj": lambda x: +x,
        "conjugate": lambda x: +x,
        "tolist": lambda x: (
            [x[k].tolist() if x.ndim > 1 else x[k].item() for k in range(len(x))]
            if x.ndim
            else x.item()
        ),
    }
)


# -- math and the builtins


def _math(name: str, partial: Callable[[Any], Any]) -> Callable[..., Any]:
    function = getattr(math, name)
    return unary(lambda x: function(x), lambda x: partial(x))


def _math_pair(name: str, partials: Callable[..., Any]) -> Callable[..., Any]:
    return binary(getattr(math, name), partials)


def _math_table() -> dict[str, Any]:
    inert = (
        "floor ceil trunc isnan isinf isfinite isclose factorial gcd lcm comb perm isqrt".split()
    )
    table: dict[str, Any] = {name: getattr(math, name) for name in ("pi", "e", "inf", "nan", "tau")}
    table |= {name: functions.inactive(getattr(math, name)) for name in inert}
    table |= {name: _math(name, partial) for name, partial in MATH_UNARY.items()}
    table |= {name: _math_pair(name, BINARY[other]) for name, other in MATH_BINARY.items()}
    return table | sequences.MATH


MATH = _math_table()


def _to_float(x: Any = 0.0) -> Any:
    if isinstance(x, Dual):
        return pair(float(x.value), float(x.tangent))
    return float(x)


class _Float(Scalar):
    def __call__(self, value: Any = 0.0) -> Any:
        return _to_float(value)


def _isinstance(value: Any, kinds: Any) -> bool:
    return isinstance(plain(value) if isinstance(value, Dual) else value, plain(kinds))


FLOAT = _Float(builtins.float)
NAMES = {"float": FLOAT, "isinstance": _isinstance, "divmod": sequences.divided}
STAND_INS = {np: Namespace("np", NUMPY), np.linalg: NUMPY["linalg"], math: Namespace("math", MATH)}
FUNCTIONS = {
    **by_identity(NUMPY, np),
    **by_identity(LINALG, np.linalg),
    **by_identity(MATH, math),
    id(builtins.float): FLOAT,
}

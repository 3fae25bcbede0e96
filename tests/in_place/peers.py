"""What each library makes of a program: right, wrong, or refused.

The source of a program is run as it is, with `np` replaced by the library's own namespace:
`autograd.numpy`, `jax.numpy`, and for PyTorch a table of its functions under NumPy's names, with
NumPy's methods (`copy`, `fill`, `sort`, `flat`) added to tensors. PyTorch gets copies of the
arguments, since it refuses every write to a leaf.

right: the value and all gradients agree with the oracle. refused: any exception. wrong: numbers,
but others.
"""

from __future__ import annotations

import importlib.metadata
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tests.in_place import InPlace
from tests.oracles import dual, trees

RIGHT, WRONG, REFUSED = "right", "wrong", "refused"
TOLERANCE = 1e-6
STEP = 1e-5
Gradient = Callable[[InPlace], tuple[Any, Any]]


# -- the oracle


def expected(program: InPlace) -> tuple[Any, list[Any]]:
    """The value, and the gradients leaf by leaf: by dual numbers, or by central differences
    where the dual numbers lack an operation."""
    value = program.function(*program.args())
    try:
        bars = dual.gradient(program.function, program.args(), program.wrt())
    except (AttributeError, TypeError):
        bars = tuple(_slopes(program, k) for k in program.wrt())
    return value, [np.asarray(bar, float) for _, bar in trees.leaves(bars)]


def _slopes(program: InPlace, k: int) -> Any:
    """The central differences of one argument, an array or a number."""
    like = np.asarray(program.args()[k], float)
    slopes = np.zeros(like.shape)
    for place in np.ndindex(like.shape):
        ends = []
        for step in (STEP, -STEP):
            args = list(program.args())
            moved = like.copy()
            moved[place] += step
            args[k] = moved if like.shape else float(moved)
            ends.append(float(program.function(*args)))
        slopes[place] = (ends[0] - ends[1]) / (2.0 * STEP)
    return slopes


def verdict(program: InPlace, gradient: Gradient) -> str:
    """What a library makes of a program."""
    wanted, bars = expected(program)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, found = gradient(program)
    except Exception:
        return REFUSED
    leaves = [np.asarray(bar, float) for _, bar in trees.leaves(found)]
    same = _close(value, wanted) and len(leaves) == len(bars)
    return RIGHT if same and all(map(_close, leaves, bars)) else WRONG


def _close(a: Any, b: Any) -> bool:
    a, b = np.asarray(a, float), np.asarray(b, float)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE))


# -- the libraries


def with_namespace(function: Callable[..., Any], namespace: Any) -> Callable[..., Any]:
    """The function with another `np`."""
    assert isinstance(function, types.FunctionType)
    space = {**function.__globals__, "np": namespace}
    return types.FunctionType(function.__code__, space, function.__name__)


def by_s2sad(program: InPlace) -> tuple[Any, Any]:
    import s2sad

    return s2sad.value_and_grad(program.function, wrt=program.wrt())(*program.args())  # type: ignore[no-any-return]


def by_autograd(program: InPlace) -> tuple[Any, Any]:
    import autograd
    import autograd.numpy

    function = with_namespace(program.function, autograd.numpy)
    return autograd.value_and_grad(function, program.wrt())(*program.args())  # type: ignore[no-any-return]


def by_jax(program: InPlace) -> tuple[Any, Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    function = with_namespace(program.function, jax.numpy)
    args = trees.mapped(
        lambda leaf: jax.numpy.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf,
        program.args(),
    )
    return jax.value_and_grad(function, program.wrt())(*args)  # type: ignore[no-any-return]


def by_pytorch(program: InPlace) -> tuple[Any, Any]:
    import torch

    function = with_namespace(program.function, _torch_namespace())
    leaves: list[Any] = []

    def enter(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind != "f":
            return torch.tensor(leaf)
        if not trees.is_float(leaf):
            return leaf
        leaves.append(torch.tensor(leaf, dtype=torch.float64, requires_grad=True))
        return leaves[-1].clone()

    with _methods_of_numpy():
        value = function(*trees.mapped(enter, program.args()))
        value.backward()
    return value.detach().numpy(), [
        np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy() for leaf in leaves
    ]


class Operation:
    """An elementwise function of PyTorch under NumPy's signature, with `out=` and `at`."""

    def __init__(self, name: str, accumulate: str | None = None) -> None:
        self.name, self.accumulate = name, accumulate

    def __call__(self, *args: Any, out: Any = None) -> Any:
        import torch

        result = getattr(torch, self.name)(*args)
        return result if out is None else out.copy_(result)

    def at(self, target: Any, index: Any, values: Any) -> None:
        if self.accumulate is None:
            raise TypeError(f"PyTorch has no {self.name}.at")
        if self.accumulate == "sum":
            target.index_add_(0, index, values)
        else:
            target.index_reduce_(0, index, values, self.accumulate)


def _torch_namespace() -> Any:
    """PyTorch's functions by NumPy's names."""
    import torch

    double = {"dtype": torch.float64}
    return types.SimpleNamespace(
        newaxis=None,
        zeros=lambda shape: torch.zeros(shape, **double),
        sum=torch.sum,
        sin=torch.sin,
        sqrt=torch.sqrt,
        add=Operation("add", "sum"),
        multiply=Operation("multiply", "prod"),
        diagonal=torch.diagonal,
        broadcast_to=torch.broadcast_to,
        copyto=lambda target, source: target.copy_(source),
        put=lambda target, index, values: target.view(-1).index_put_((index,), values),
        place=lambda target, mask, values: target.masked_scatter_(mask, values),
        fill_diagonal=lambda target, value: target.fill_diagonal_(value),
    )


def torch_sort(tensor: Any) -> Any:
    import torch

    return torch.sort(tensor)


METHODS = {
    "copy": lambda tensor: tensor.clone(),
    "fill": lambda tensor, value: tensor.fill_(value),
    "sort": lambda tensor: tensor.copy_(torch_sort(tensor.clone()).values),
    "flat": property(lambda tensor: tensor.view(-1)),
}


@contextmanager
def _methods_of_numpy() -> Iterator[None]:
    """Tensors with the methods that NumPy's arrays have, for as long as a program runs."""
    import torch

    before = {name: getattr(torch.Tensor, name, None) for name in METHODS}
    for name, method in METHODS.items():
        setattr(torch.Tensor, name, method)
    try:
        yield
    finally:
        for name, method in before.items():
            if method is None:
                delattr(torch.Tensor, name)
            else:
                setattr(torch.Tensor, name, method)


LIBRARIES: dict[str, Gradient] = {
    "s2sad": by_s2sad,
    "autograd": by_autograd,
    "jax": by_jax,
    "torch": by_pytorch,
}


def version(library: str) -> str:
    """The installed version, without what says how it was built."""
    return importlib.metadata.version(library).partition("+")[0]

"""The kernels: values, gradients and pullbacks against the oracles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import s2sad
from tests import identities, recorded
from tests.kernels import load

KERNELS = load()

each = pytest.mark.parametrize("name", KERNELS)


def test_there_are_enough() -> None:
    assert len(KERNELS) >= 60
    assert all(kernel.origin for kernel in KERNELS.values())


@each
def test_joint_gradient(name: str) -> None:
    """Value bit for bit, the gradient by all arguments, inputs unchanged, no warning."""
    kernel = KERNELS[name]
    identities.check_gradient(kernel.function, kernel.args(), kernel.wrt(), rough=kernel.rough)


@each
def test_other_numbers(name: str) -> None:
    """The same page on other numbers, which may take other branches."""
    kernel = KERNELS[name]
    call = s2sad.value_and_grad(kernel.function, wrt=kernel.wrt())
    call(*kernel.args())
    identities.check_gradient(kernel.function, kernel.args(1), kernel.wrt(), call=call)


@each
def test_each_argument_alone(name: str) -> None:
    """`grad` by one argument is the part of the joint gradient."""
    kernel = KERNELS[name]
    args, wrt = kernel.args(), kernel.wrt()
    _, joint = s2sad.value_and_grad(kernel.function, wrt=wrt)(*args)
    for position, part in zip(wrt, joint, strict=True):
        alone = s2sad.grad(kernel.function, wrt=position)(*args)
        identities.check_kinds(alone, args[position])
        identities.check_close(alone, part, 1e-12)


@each
def test_pullback(name: str) -> None:
    kernel = KERNELS[name]
    identities.check_pullback(kernel.function, kernel.args(), kernel.wrt(), seed=-1.7)


@each
def test_large_arguments_are_of_the_same_kind(name: str) -> None:
    """What is measured is the same specialisation, but for lengths, and its values are finite."""
    kernel = KERNELS[name]
    small, *others = kernel.args(), kernel.large_args(), kernel.huge_args()
    for args in others:
        assert [type(a) for a in small] == [type(a) for a in args]
        assert [np.ndim(a) for a in small] == [np.ndim(a) for a in args]
    assert np.isfinite(kernel.function(*others[0]))


@each
def test_no_value_is_saved_twice(name: str) -> None:
    """The page saves no more than one value for each that is overwritten or read nonlinearly."""
    kernel, args = KERNELS[name], KERNELS[name].args()
    gradient = s2sad.grad(kernel.function, wrt=kernel.wrt())
    gradient(*args)
    run = recorded.counted(kernel.function, kernel.args(), kernel.wrt())
    assert recorded.kept(gradient.source, args) <= len(run.overwritten | run.nonlinear)


def test_values_are_counted_one_by_one() -> None:
    """What a run overwrites, what it reads nonlinearly, and what a page saves of that."""

    def function(x: Any, c: Any) -> Any:
        y = c * x
        y[:2] = np.sin(x[:2]) * y[1]
        return np.sum(y) + np.sum(x)

    args = np.ones(4), np.full(4, 2.0)
    run = recorded.counted(function, args, (0,))
    # y[0] and y[1]; all of c, two of x, their sines, and y[1].
    assert len(run.overwritten) == 2
    assert len(run.nonlinear) == 4 + 2 + 2 + 1
    page = (
        "def f(x):\n    y = x * x\n    z = [1.0, y]\n" + recorded.MARK + "    return y * z[1] + x\n"
    )
    assert recorded.kept(page, args[:1]) == 1 + 4

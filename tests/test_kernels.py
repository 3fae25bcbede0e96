"""The kernels: values, gradients and pullbacks against the oracles."""

from __future__ import annotations

import numpy as np
import pytest

import s2sad
from tests import identities
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
    small, large = kernel.args(), kernel.large_args()
    assert [type(a) for a in small] == [type(a) for a in large]
    assert [np.ndim(a) for a in small] == [np.ndim(a) for a in large]
    assert np.isfinite(kernel.function(*large))

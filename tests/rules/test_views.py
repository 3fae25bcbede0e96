"""Each rule's word on its result, fresh, view or either, against `np.shares_memory`.

Every sample is tried with its arrays in C and Fortran order, transposed, with negative strides
and in single precision. A result of no elements shares nothing, so views are judged on the others.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import s2sad.rules.creation
import s2sad.rules.linalg
import s2sad.rules.products
import s2sad.rules.selecting
import s2sad.rules.shapes  # noqa: F401
from s2sad.rules import sequences
from s2sad.rules.layouts import layouts
from s2sad.rules.registry import RULES, Rule, Sample


def sampled_rules() -> list[Rule]:
    """The rules with samples, in order of registration."""
    return [rule for rules in RULES.values() for rule in rules if rule.samples is not None]


def name(rule: Rule) -> str:
    assert rule.function is not None
    return rule.function.__name__


def leaves(value: Any) -> Iterator[np.ndarray]:
    """The arrays in nested lists and tuples."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, np.ndarray):
        yield value


def relaid(value: Any, number: int) -> Any:
    """The value with each array of floats in the layout of that number."""
    if isinstance(value, (list, tuple)):
        return type(value)(relaid(item, number) for item in value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return list(layouts(value))[number]
    return value


def variants(rule: Rule) -> Iterator[Sample]:
    assert rule.samples is not None
    for sample in rule.samples(np.random.default_rng(0)):
        for number in range(5):
            yield Sample(relaid(sample.args, number), sample.kwargs, sample.wrt)


def sharing(rule: Rule) -> Iterator[tuple[bool, Sample]]:
    """Whether each array of the results shares memory with one of the arguments."""
    for sample in variants(rule):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = rule.target(*sample.args, **sample.kwargs)
        arguments = list(leaves(sample.args))
        for array in leaves(result):
            if array.size > 0 and arguments:
                yield any(np.shares_memory(array, a) for a in arguments), sample


def shapes(sample: Sample) -> str:
    return f"{[np.shape(a) for a in leaves(sample.args)]}, {sample.kwargs}"


@pytest.mark.parametrize("rule", [r for r in sampled_rules() if r.result == "fresh"], ids=name)
def test_fresh(rule: Rule) -> None:
    for shared, sample in sharing(rule):
        assert not shared, shapes(sample)


@pytest.mark.parametrize("rule", [r for r in sampled_rules() if r.result == "view"], ids=name)
def test_view(rule: Rule) -> None:
    seen = list(sharing(rule))
    assert seen
    for shared, sample in seen:
        assert shared, shapes(sample)


@pytest.mark.parametrize("rule", [r for r in sampled_rules() if r.result == "either"], ids=name)
def test_either(rule: Rule) -> None:
    """Both happen, or the declaration would be too weak. Lists share their elements always,
    and the samples of `np.float32` are of that dtype."""
    always = rule.target in (sequences.repeated, sequences.joined, np.float32)
    assert {shared for shared, _ in sharing(rule)} == ({True} if always else {True, False})


@pytest.mark.parametrize(
    ("call", "shared"),
    [
        (lambda x: np.einsum("ij->ji", x), True),
        (lambda x: np.einsum("ii->i", x), True),
        (lambda x: np.einsum("ij->i", x), False),
        (lambda x: np.split(x, 3)[0], True),
        (lambda x: np.flip(x), True),
        (lambda x: np.moveaxis(x, 0, 1), True),
        (lambda x: np.squeeze(x), True),
        (lambda x: np.diag(x), True),
        (lambda x: np.rot90(x, 3), True),
        (lambda x: np.roll(x, 0), False),
        (lambda x: np.take(x, [0]), False),
        (lambda x: np.repeat(x, 1), False),
        (lambda x: np.tile(x, 1), False),
        (lambda x: np.sort(x), False),
        (lambda x: np.array(x), False),
        (lambda x: np.asarray(x), True),
        (lambda x: np.concatenate([x]), False),
    ],
)
def test_easily_forgotten(call: Any, shared: bool) -> None:
    x = np.arange(9.0).reshape(3, 3)
    assert np.shares_memory(call(x), x) == shared

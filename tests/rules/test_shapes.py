"""Rules that move elements: the transpose exactly, ties, refusals, subscripts of einsum.

A rule of a linear function is checked without any tolerance: the function and its rule are
each turned into a matrix, by applying them to unit vectors, and one is the other's transpose.
"""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import s2sad.rules.calculus
import s2sad.rules.creation
import s2sad.rules.joining
import s2sad.rules.linalg
import s2sad.rules.products
import s2sad.rules.selecting
import s2sad.rules.shapes
import s2sad.rules.static
import s2sad.rules.subscripts
from s2sad.rules.registry import RULES, Rule, Sample, rules_of
from s2sad.rules.subscripts import Labels, labels, plan

MODULES = (
    "s2sad.rules.shapes",
    "s2sad.rules.joining",
    "s2sad.rules.selecting",
    "s2sad.rules.creation",
)


def linear_rules() -> list[Rule]:
    rules = [rule for known in RULES.values() for rule in known if rule.kind == "linear"]
    return [r for r in rules if r.function is not None and r.function.__module__ in MODULES]


def name(rule: Rule) -> str:
    assert rule.function is not None
    return rule.function.__name__


# -- trees of numbers as vectors


def leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, (list, tuple)):
        for item in tree:
            yield from leaves(item)
    else:
        yield np.asarray(tree)


def flat(tree: Any) -> Any:
    """All numbers of a tree in one vector."""
    return np.concatenate([np.zeros(0), *(leaf.ravel() for leaf in leaves(tree))])


def unflat(vector: Any, like: Any) -> Any:
    """The tree like another one that has these numbers, in float64."""
    numbers = iter(vector)

    def build(tree: Any) -> Any:
        if isinstance(tree, (list, tuple)):
            return type(tree)([build(item) for item in tree])
        taken = [next(numbers) for _ in range(np.size(tree))]
        return np.array(taken, dtype=float).reshape(np.shape(tree))

    return build(like)


def summed_to(bar: Any, like: Any) -> Any:
    """The cotangent with broadcasting undone, as the driver does it."""
    if isinstance(like, (list, tuple)):
        return [summed_to(b, item) for b, item in zip(bar, like, strict=True)]
    bar, shape = np.asarray(bar), np.shape(like)
    bar = bar.sum(axis=tuple(range(bar.ndim - len(shape))))
    for axis, length in enumerate(shape):
        if length == 1:
            bar = bar.sum(axis=axis, keepdims=True)
    return np.broadcast_to(bar, shape)


# -- functions and rules as matrices


def replaced(sample: Sample, position: int, value: Any) -> tuple[Any, ...]:
    return (*sample.args[:position], value, *sample.args[position + 1 :])


def zeros(sample: Sample) -> Sample:
    """The sample with zeros for all that its function is linear in."""
    args = list(sample.args)
    for position in sample.wrt:
        args[position] = unflat(np.zeros(flat(args[position]).size), args[position])
    return Sample(tuple(args), sample.kwargs, sample.wrt)


def matrix_of_function(rule: Rule, sample: Sample, position: int) -> Any:
    origin, argument = zeros(sample), sample.args[position]
    size = flat(argument).size
    columns = [
        flat(rule.target(*replaced(origin, position, unflat(unit, argument)), **sample.kwargs))
        for unit in np.eye(size)
    ]
    rows = flat(rule.target(*origin.args, **sample.kwargs)).size
    return np.array(columns).T.reshape(rows, size)


def matrix_of_rule(rule: Rule, sample: Sample, position: int) -> Any:
    result = rule.target(*zeros(sample).args, **sample.kwargs)
    function = rule.function
    assert function is not None
    rows = [
        cotangent(function, sample, position, unflat(unit, result))
        for unit in np.eye(flat(result).size)
    ]
    return np.array(rows).reshape(flat(result).size, flat(sample.args[position]).size)


def cotangent(function: Callable[..., Any], sample: Sample, position: int, y_bar: Any) -> Any:
    bars = function(*zeros(sample).args, **sample.kwargs, y_bar=y_bar)
    several = isinstance(bars, tuple)
    bar = bars[position] if several else bars
    return flat(summed_to(bar, sample.args[position]))


def assert_transpose(rule: Rule) -> None:
    assert rule.samples is not None
    for sample in rule.samples(np.random.default_rng(0)):
        for position in sample.wrt:
            np.testing.assert_allclose(
                matrix_of_rule(rule, sample, position),
                matrix_of_function(rule, sample, position),
                rtol=0,
                atol=0 if rule.target not in (np.linspace, np.arange) else 1e-15,
                err_msg=str((sample, position)),
            )


@pytest.mark.parametrize("rule", linear_rules(), ids=name)
def test_transpose(rule: Rule) -> None:
    if rule.target is np.arange:
        pytest.skip("its length depends on the arguments")
    assert_transpose(rule)


@pytest.mark.parametrize("target", [np.reshape, np.roll, np.concatenate, np.take, np.pad, np.diag])
def test_perturbed_rule_is_noticed(target: Any) -> None:
    (rule,) = rules_of(target)
    assert rule.function is not None

    def perturbed(*args: Any, y_bar: Any, **kwargs: Any) -> Any:
        assert rule.function is not None
        bar = rule.function(*args, y_bar=y_bar, **kwargs)
        return [1.001 * b for b in bar] if isinstance(bar, list) else 1.001 * bar

    wrong = Rule(rule.target, "linear", perturbed, samples=rule.samples)
    with pytest.raises(AssertionError):
        assert_transpose(wrong)


def test_every_rule_has_samples() -> None:
    ours = ("shapes", "joining", "selecting", "creation", "linalg", "products", "calculus")
    for rule in (rule for known in RULES.values() for rule in known):
        if rule.function is None or rule.function.__module__.rpartition(".")[2] not in ours:
            continue
        assert rule.samples is not None
        assert list(rule.samples(np.random.default_rng(0)))


@pytest.mark.parametrize("module", [s2sad.rules.static, s2sad.rules.subscripts])
def test_examples_in_docstrings(module: Any) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_parameters_are_the_targets_own() -> None:
    for rule in linear_rules():
        assert rule.function is not None
        bars = [p for p in inspect.signature(rule.function).parameters if p.endswith("_bar")]
        assert bars == ["y_bar"]


# -- what the table of conventions says


def test_sort_gives_ties_in_order() -> None:
    a = np.array([2.0, 1.0, 2.0, 1.0])
    bar = s2sad.rules.selecting.sort(np.sort(a), a, y_bar=np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_array_equal(bar, [3.0, 1.0, 4.0, 2.0])


def test_unique_takes_the_first() -> None:
    a = np.array([2.0, 1.0, 2.0])
    bar = s2sad.rules.selecting.unique(np.unique(a), a, y_bar=np.array([5.0, 7.0]))
    np.testing.assert_array_equal(bar, [7.0, 5.0, 0.0])


def test_repeated_indices_add_up() -> None:
    bar = s2sad.rules.selecting.take(np.zeros(3), np.array([1, 1, -2]), 0, y_bar=np.ones(3))
    np.testing.assert_array_equal(bar, [0.0, 3.0, 0.0])


def test_arange_depends_on_start_and_step() -> None:
    start, stop, step = s2sad.rules.creation.arange(0.0, 1.0, 0.25, y_bar=np.ones(4))
    assert (start, stop, step) == (4.0, None, 6.0)
    assert s2sad.rules.creation.arange(3.0, y_bar=np.ones(3)) == (None, None, 3.0)


def test_cotangents_keep_complex_numbers() -> None:
    """No conjugation: a real function of complex z has the cotangent d/dx - i d/dy."""
    z = np.array([1.0 + 2.0j, 3.0 - 1.0j])
    bar = np.array([1.0j, 2.0 + 1.0j])
    np.testing.assert_array_equal(s2sad.rules.shapes.flip(z, y_bar=bar), bar[::-1])
    np.testing.assert_array_equal(
        s2sad.rules.selecting.take(z, [1, 1], 0, y_bar=bar), [0.0, 2.0 + 2.0j]
    )
    edge = s2sad.rules.joining.pad(z, (1, 0), "edge", y_bar=np.array([1.0j, 1.0, 1.0]))
    np.testing.assert_array_equal(edge, [1.0 + 1.0j, 1.0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: s2sad.rules.shapes.reshape(np.ones(2), 2, "A", y_bar=np.ones(2)), "order='A'"),
        (lambda: s2sad.rules.shapes.ravel(np.ones(2), "K", y_bar=np.ones(2)), "order='A' or 'K'"),
        (lambda: s2sad.rules.joining.pad(np.ones(2), 1, "mean", y_bar=np.ones(4)), "np.pad"),
        (lambda: s2sad.rules.creation.array(np.ones(2), copy=False, y_bar=np.ones(2)), "asarray"),
        (lambda: s2sad.rules.creation.array([[[1.0]]], y_bar=np.ones((1, 1, 1))), "np.stack"),
        (lambda: s2sad.rules.creation.astype(np.ones(2), float, copy=False, y_bar=1.0), "asarray"),
    ],
)
def test_refused_by_name(call: Any, says: str) -> None:
    with pytest.raises(NotImplementedError, match=says):
        call()


# -- subscripts of einsum


def test_labels_name_every_axis() -> None:
    assert labels("ij,jk", (2, 2)) == Labels(("ij", "jk"), "ik")
    assert labels("...i,i->...", (3, 1)) == Labels(("jki", "i"), "jk")
    assert labels("...i,...->...", (3, 1)) == Labels(("jki", "k"), "jk")
    assert labels("ba", (2,)) == Labels(("ba",), "ab")


def test_plan_of_a_product_is_the_textbook_formula() -> None:
    assert plan("ij,jk->ik", (2, 2), 0).steps == ("ik,jk->ij",)
    assert plan("ij,jk->ik", (2, 2), 1).steps == ("ik,ij->jk",)


@st.composite
def einsums(draw: Any) -> tuple[str, list[tuple[int, ...]]]:
    """Subscripts over the labels a, b, c, with repeats, and the operands' shapes."""
    lengths = {label: draw(st.integers(1, 3)) for label in "abc"}
    parts = draw(st.lists(st.text("abc", max_size=3), min_size=1, max_size=4))
    used = sorted(set("".join(parts)))
    result = "".join(draw(st.permutations(used)))[: draw(st.integers(0, 3))]
    shapes = [tuple(lengths[label] for label in part) for part in parts]
    return ",".join(parts) + "->" + result, shapes


@settings(max_examples=150, deadline=None, derandomize=True)
@given(einsums())
def test_einsum_on_random_subscripts(case: tuple[str, list[tuple[int, ...]]]) -> None:
    """einsum is linear in each operand, so <y_bar, y> = <a_bar, a> for each."""
    subscripts, shapes = case
    rng = np.random.default_rng(len(subscripts))
    operands = [np.asarray(rng.normal(size=shape)) for shape in shapes]
    y = np.einsum(subscripts, *operands)
    y_bar = np.asarray(rng.normal(size=np.shape(y)))
    _, *bars = s2sad.rules.products.einsum(y, subscripts, *operands, y_bar=y_bar)
    for operand, bar in zip(operands, bars, strict=True):
        other = np.asarray(rng.normal(size=operand.shape))
        moved = [other if o is operand else o for o in operands]
        expected = np.sum(y_bar * np.einsum(subscripts, *moved))
        np.testing.assert_allclose(np.sum(summed_to(bar, operand) * other), expected, atol=1e-9)

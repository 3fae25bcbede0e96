"""Every rule on all its samples, and a test of these tests: a rule off by 0.1 % is noticed."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from s2sad.rules.facts import division_may_raise, is_constant, is_python
from s2sad.rules.methods import ATTRIBUTES, METHODS
from s2sad.rules.registry import Rule, rules_of
from s2sad.rules.static import is_static
from tests.rules import harness

RULES = harness.active_rules()
LABELS = [harness.label(rule) for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=LABELS)
def test_rule_agrees_with_the_derivative_of_its_function(rule: Rule) -> None:
    worst = {k: harness.discrepancy(rule, s) for k, s in enumerate(harness.all_samples(rule))}
    assert worst, "a rule needs samples, or a domain that they are drawn from"
    assert {k: d for k, d in worst.items() if not d <= 1.0} == {}


@pytest.mark.parametrize("rule", RULES, ids=LABELS)
def test_perturbed_rule_is_noticed(rule: Rule) -> None:
    for position in harness.active_positions(rule):
        assert harness.is_noticed(rule, position), f"argument {position}"


def test_labels_are_unique() -> None:
    assert len(set(LABELS)) == len(LABELS)


def test_samples_are_the_same_each_time() -> None:
    for rule in RULES[:20]:
        first, second = list(harness.samples(rule)), list(harness.samples(rule))
        for one, other in zip(first, second, strict=True):
            assert all(map(np.array_equal, one.args, other.args))


# -- what rules call must have rules, so that there are second derivatives

# `np.add.at` is a statement of the language, like `x[i] += v`.
LANGUAGE = {
    isinstance, len, range, enumerate, reversed, zip, tuple, list, NotImplementedError, np.add.at
}  # fmt: skip


FACTS = {is_constant, is_python, division_may_raise}


def body(function: FunctionType) -> list[ast.stmt]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    return definition.body


def callees(function: FunctionType) -> Iterator[Any]:
    """The functions that a rule calls, directly or through the functions beside it; methods as
    their names."""
    for node in (n for statement in body(function) for n in ast.walk(statement)):
        if isinstance(node, ast.Call):
            callee = resolved(node.func, function.__globals__)
            yield callee
            if isinstance(callee, FunctionType) and is_helper(callee):
                yield from callees(callee)


def is_helper(callee: Callable[..., Any]) -> bool:
    ours = callee.__module__.startswith("s2sad.rules")
    return ours and not is_static(callee) and callee not in FACTS


def resolved(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names[node.id] if node.id in names else vars(__import__("builtins"))[node.id]
    assert isinstance(node, ast.Attribute)
    try:
        return getattr(resolved(node.value, names), node.attr)
    except (AssertionError, AttributeError, KeyError):
        return node.attr


def is_differentiable(callee: Any) -> bool:
    if isinstance(callee, str):
        return callee in METHODS or callee in ATTRIBUTES or callee == "append"
    if callee in LANGUAGE or callee in FACTS or is_static(callee) or rules_of(callee):
        return True
    return isinstance(callee, FunctionType) and is_helper(callee)


@pytest.mark.parametrize("rule", RULES, ids=LABELS)
def test_rule_calls_only_what_has_rules(rule: Rule) -> None:
    assert isinstance(rule.function, FunctionType)
    missing = [callee for callee in callees(rule.function) if not is_differentiable(callee)]
    assert missing == []

"""Every rule through the compiler, on its samples: values, gradients, second derivatives.

Each rule takes part with a few of its samples, spread over kinds of arguments, and with all of
them where the environment has S2SAD_EXHAUSTIVE. A rule that is off by 0.1 % must be noticed.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from s2sad.ir.data import Bind, Const, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import FLOAT, Lst, Num
from s2sad.reverse import apply
from s2sad.reverse.levels import Level, add
from s2sad.rules import sequences
from s2sad.rules.registry import Rule
from s2sad.runtime import helpers
from tests.rules import compiled, harness
from tests.rules.compiled import Case

EXHAUSTIVE = bool(os.environ.get("S2SAD_EXHAUSTIVE"))


def chosen(cases: tuple[Case, ...], most: int) -> list[Case]:
    """Some cases of each rule: the first one, the last one, and others evenly between. Half as
    many of rules that give nothing but partial derivatives for SciPy."""
    by_rule: dict[int, list[Case]] = {}
    for case in cases:
        by_rule.setdefault(id(case.rule), []).append(case)
    result = []
    for rows in by_rule.values():
        if rows[0].label.startswith("scipy.") and rows[0].rule.kind == "elementwise":
            rows, count = rows[1:] or rows, (most + 1) // 2
        else:
            count = most
        places = range(len(rows)) if EXHAUSTIVE or len(rows) <= count else spread(len(rows), count)
        result += [rows[place] for place in places]
    return result


def spread(total: int, count: int) -> list[int]:
    if count == 1:
        return [0]
    return sorted({round(k * (total - 1) / (count - 1)) for k in range(count)})


FIRST_ORDER = chosen(compiled.cases(), 4)
TANGENTS = chosen(compiled.cases(), 3)
WIDE = chosen(compiled.cases(), 2)
SECOND_ORDER = chosen(tuple(c for c in compiled.cases() if compiled.has_second_order(c)), 1)


def labels(cases: list[Case]) -> list[str]:
    return [case.label for case in cases]


@pytest.mark.parametrize("case", FIRST_ORDER, ids=labels(FIRST_ORDER))
def test_gradient(case: Case) -> None:
    assert compiled.discrepancy(case) <= 1.0


@pytest.mark.parametrize("case", TANGENTS, ids=labels(TANGENTS))
def test_tangent(case: Case) -> None:
    assert compiled.tangent_discrepancy(case) <= 1.0


@pytest.mark.parametrize("case", WIDE, ids=labels(WIDE))
def test_gradient_compiled_for_unknown_lengths(case: Case) -> None:
    assert compiled.discrepancy(case, wide=True) <= 1.0


@pytest.mark.parametrize("case", SECOND_ORDER, ids=labels(SECOND_ORDER))
def test_second_derivative(case: Case) -> None:
    assert compiled.second_discrepancy(case) <= 1.0


# -- a test of these tests


FACTOR = Const(1.001, FLOAT)


def times(level: Level, atom: Any) -> Any:
    """A number or an array off by 0.1 %; None and containers as they are."""
    if not isinstance(atom, (Var, Const)) or not isinstance(atom.type, Num):
        return [times(level, item) for item in atom] if isinstance(atom, list) else atom
    return add(level, OPERATORS["mul"], (atom, FACTOR), atom.type)


def perturb(monkeypatch: pytest.MonkeyPatch, wrong: Rule) -> None:
    """Makes what one rule returns wrong by 0.1 %."""
    lowered = apply.lowered_rule

    def off(level: Level, rule: Rule, values: dict[str, Any], statement: Bind) -> Any:
        if rule is not wrong:
            return lowered(level, rule, values, statement)
        statements, results = lowered(level, rule, values, statement)
        if any(isinstance(getattr(r, "type", None), Lst) for r in results):
            name = apply.bar_name(rule)
            values = values | {name: times(level, values[name])}
            return lowered(level, rule, values, statement)
        scratch = Level(level.sweep, "function", None, set())
        scratch.origin = level.origin
        results = [times(scratch, r) for r in results]
        return [*statements, *scratch.statements], results

    monkeypatch.setattr(apply, "lowered_rule", off)


RULES = harness.active_rules()
# `float` of a Python float is that float, and has no operation. Rules from lists to lists are
# perturbed in test_all_rules alone.
LEFT_OUT = {float, sequences.repeated, sequences.joined, helpers.added}


PERTURBED = [rule for rule in RULES if rule.target not in LEFT_OUT]


@pytest.mark.parametrize("rule", PERTURBED, ids=[harness.label(rule) for rule in PERTURBED])
def test_perturbed_rule_is_noticed(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    perturb(monkeypatch, rule)
    cases = [case for case in FIRST_ORDER if case.rule is rule]
    assert any(compiled.discrepancy(case) > 1.0 for case in cases)


def test_cases_cover_every_rule() -> None:
    assert {id(case.rule) for case in FIRST_ORDER} == {id(rule) for rule in RULES}

"""The benchmarks run, at tiny sizes, and what they measure is right."""

from __future__ import annotations

import re

import numpy as np
import pytest

import s2sad
from tests.benchmarks import cases, dispatch, kernels, programs, run, timing
from tests.kernels import load
from tests.oracles import dual, trees

pytestmark = pytest.mark.benchmark


def test_report(capsys: pytest.CaptureFixture[str]) -> None:
    run.report(run.QUICK)
    text = capsys.readouterr().out
    assert "numpy" in text.splitlines()[0]
    for name in cases.NAMES:
        assert re.search(rf"{name}, small +\d+\.\d\d +\d+\.\d\d to \d+\.\d\d", text), text
    assert "fails" not in text
    for name in (*programs.SHAPES, *(way.name for way in dispatch.found()), "import s2sad"):
        assert f"  {name} " in text, name
    assert text.count("bytes a step") == len(run.QUICK.lengths)


def test_report_of_kernels() -> None:
    chosen = [load()[name] for name in ("lu", "wave_1d")]
    sizes = ("small", "again")
    costs = [
        kernels.Costs(k.name, {size: kernels.measured(k, k.args(), 2) for size in sizes})
        for k in chosen
    ]
    found = [kernels.head(sizes), *map(kernels.line, costs), kernels.summary(costs, "again")]
    text = "\n".join(found)
    assert re.search(r"lu( +\d+\.\d{3} +\d+\.\d\d +\d+\.\d\d){2}", text), text
    assert re.search(r"2 kernels, again: geometric mean \d+\.\d\d, most \d+\.\d\d", text), text
    for cost in (cost for found in costs for cost in found.sizes.values()):
        assert cost.kept > 0 and cost.own > 0


def test_ratio_of_equals() -> None:
    def work() -> object:
        return sum(range(200))

    found = timing.compare(work, work, pairs=11, target=1e-4)
    assert found.low <= found.median <= found.high
    assert 0.2 < found.median < 5.0


@pytest.mark.parametrize("case", [*cases.small(), *cases.large(50)], ids=lambda c: c.name)
def test_adjoints_agree(case: cases.Case) -> None:
    value, bars = s2sad.value_and_grad(case.primal, wrt=case.wrt)(*case.args)
    wanted, by_hand = case.adjoint(*case.args)
    assert np.isclose(value, wanted, rtol=1e-12)
    for (_, bar), (_, want) in zip(trees.leaves(bars), trees.leaves(by_hand), strict=True):
        np.testing.assert_allclose(bar, want, rtol=1e-9, atol=1e-9)


def test_element_writes_are_right() -> None:
    args = (np.linspace(0.1, 0.9, 12), 7)
    bar = s2sad.grad(cases.element_writes)(*args)
    (want,) = dual.gradient(cases.element_writes, args, (0,))
    np.testing.assert_allclose(bar, want, rtol=1e-12)


def test_tape_grows_with_writes_only() -> None:
    gradient = s2sad.grad(cases.element_writes)

    def kept(length: int) -> int:
        u = np.linspace(0.1, 0.9, length)
        gradient(u, 1)
        return run.peak(lambda: gradient(u, 200)) - run.peak(lambda: gradient(u, 0))

    assert kept(100_000) < 2 * kept(20) + 20_000

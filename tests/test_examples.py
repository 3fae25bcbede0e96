"""The examples reach what they promise, and print it."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_quickstart_descends() -> None:
    first, last = example("quickstart").descend()
    assert last < 0.4 * first


def test_digits_are_read() -> None:
    seen, unseen = example("digits").train()
    assert seen > 0.99
    assert unseen > 0.9


def test_the_initial_state_is_found() -> None:
    heat = example("heat")
    error, found = heat.recover()
    assert found.success
    assert error < 0.05


def test_newton_agrees_with_the_analytic_derivatives() -> None:
    newton = example("newton")
    assert newton.largest_error() < 1e-8
    root = newton.eccentric_anomaly(0.8, 0.6)
    assert np.isclose(root - 0.6 * np.sin(root), 0.8, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_prints_what_it_reached(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", f"{name}.py"],
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert re.search(r"\d", run.stdout)
    assert run.stderr == ""

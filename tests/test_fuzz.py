"""Random programs with fixed seeds, and everything that the fuzzer ever found.

`S2SAD_FUZZ=5000 pytest tests/test_fuzz.py` runs more of them; `python -m tests.fuzz 0 5000
--shrink 60` groups what fails, and prints minimal programs.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

from tests import fuzz
from tests.fuzz import checks, constructs, finds, shrink

COUNT = int(os.environ.get("S2SAD_FUZZ", "300"))
BATCH = 5
FIND_NAMES = sorted(p.stem for p in Path(finds.__file__).parent.glob("[a-z]*.py"))
GOOD = ("ok", "refused", "raises", "skipped")
# Leaving branches whose reverse isn't right yet: an error, never a number.
LOUD = (23, 89)
# So many arrays that may be one another that the checks take minutes.
LONG = (228, 279) if COUNT <= 300 else ()


def one_of(seed: int) -> checks.Checks:
    """The check of a program, beyond its gradient."""
    check = checks.CHECKS[seed % len(checks.CHECKS)]
    return (checks.check_some_passes(seed) if check is checks.check_passes else check,)


@pytest.mark.parametrize("first", range(0, COUNT, BATCH))
def test_programs(first: int, tmp_path: Path) -> None:
    """One of the checks beyond the gradient is made of each program, in turn."""
    verdicts = {
        seed: checks.verdict(shrink.load(fuzz.text(seed), tmp_path), seed, one_of(seed))
        for seed in range(first, min(first + BATCH, COUNT))
        if seed not in LOUD + LONG
    }
    bad = {seed: v for seed, v in verdicts.items() if not v.startswith(GOOD)}
    assert not bad, "\n".join(f"{v}\n{fuzz.text(seed)}" for seed, v in bad.items())
    assert "ok" in verdicts.values(), verdicts


@pytest.mark.parametrize("first", range(0, 20 * COUNT // 300, BATCH))
def test_constructs(first: int, tmp_path: Path) -> None:
    """Programs with other constructs than loops and branches."""
    verdicts = {
        seed: checks.verdict(shrink.load(constructs.text(seed), tmp_path), seed, ())
        for seed in range(first, first + BATCH)
    }
    bad = {seed: v for seed, v in verdicts.items() if not v.startswith(GOOD)}
    assert not bad, "\n".join(f"{v}\n{constructs.text(seed)}" for seed, v in bad.items())


@pytest.mark.parametrize("name", FIND_NAMES)
def test_finds(name: str) -> None:
    module: Any = importlib.import_module(f"tests.fuzz.finds.{name}")
    assert checks.verdict(module.fuzz, module.SEED) == "ok"


def test_same_seed_same_text() -> None:
    assert [fuzz.text(seed) for seed in range(20)] == [fuzz.text(seed) for seed in range(20)]


def test_a_wrong_gradient_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that is off by a part in a million."""
    right = checks.oracle
    monkeypatch.setattr(
        checks, "oracle", lambda *args: tuple(bar * 1.000001 for bar in right(*args))
    )
    text = "import numpy as np\n\n\ndef fuzz(x, y, k):\n    return np.sum(x * y) * k\n"
    assert checks.verdict(shrink.load(text, tmp_path), 1) == "FAILED gradient differs"


def test_shrinking_finds_the_statement() -> None:
    text = "def fuzz(x, y, k):\n    s = k\n    if k > 0.0:\n        for i in range(3):\n"
    text += "            s = s * 2.0\n            bad()\n    return s\n"
    small = shrink.shrink(text, lambda t: "bad()" in t)
    assert small == "def fuzz(x, y, k):\n    bad()\n"

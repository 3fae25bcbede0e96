"""The printed pages: clean under ruff, the same bytes in every process, and closed: what is
printed can be lowered again, and means the same."""

from __future__ import annotations

import copy
import importlib.util
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from s2sad import pipeline
from s2sad.errors import UnsupportedError
from s2sad.frontend import lower_function
from s2sad.ir.data import Program
from s2sad.ir.interpret import run
from tests.pages import GOLDEN, case, module_text, page, request, sample

NAMES = (*GOLDEN, *sample())
RULES = "E,F,W,I,B"
# Pages that say what the frontend doesn't take yet: a list appended to in a branch, or holding
# None; an element of a range; a swap of arrays in a branch; a comprehension.
REFUSED = {
    "algorithms.butterfly",
    "algorithms.cholesky_in_place",
    "algorithms.conjugate_gradients",
    "algorithms.gauss_with_pivoting",
    "containers.list_of_arrays",
    "containers.list_of_numbers",
    "containers.list_unused_leaf",
    "containers.zip_of_lists",
    "exits.break_with_work",
    "exits.break_writes_array",
    "exits.continue_or_swap",
    "exits.newton_returns",
    "loops.enumerate_from_one",
    "loops.matrix_power",
    "mutation.bubble_sort",
    "mutation.even_odd",
    "mutation.write_into_list_leaf",
    "mutation.written_in_some_trips",
    "broadcasting.carried_rank_changes",
    "loops.rank_grows",
    "exits.return_from_branch_in_loop",
    "exits.continue_before_names",
}


def test_sample_is_large() -> None:
    assert len(sample()) >= 40


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    for name in NAMES:
        for mode in ("value_and_grad", "vjp"):
            text = module_text(page(name, mode).text)
            (tmp_path / f"{name.replace('.', '_')}_{mode}.py").write_text(text)
    command = ("ruff", "check", "--isolated", "--no-cache", "--line-length=100")
    found = subprocess.run(
        [sys.executable, "-m", *command, f"--select={RULES}", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def printed(seed: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    root = Path(__file__).parent.parent
    command = [sys.executable, "-m", "tests.pages"]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, check=True
    ).stdout


def test_bytes_do_not_depend_on_the_process() -> None:
    assert printed("1") == printed("2")


@pytest.mark.parametrize("name", NAMES)
def test_comments_come_once_a_statement(name: str) -> None:
    """No comment follows another at once, and no line says nothing."""
    lines = page(name).text.split("\n")
    comments = re.compile(r"\s*# (\w+ )?L\d")
    for line, following in itertools.pairwise(lines):
        double = comments.match(line) and comments.match(following)
        same = len(line) - len(line.lstrip()) == len(following) - len(following.lstrip())
        assert not (double and same and "elif" not in following), line
        assert not re.fullmatch(r"\s*(\w+) = \1", line)
        assert len(line) <= 100


def imported(name: str, text: str, path: Path) -> ModuleType:
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(f"page_{name.replace('.', '_')}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def leaves(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    return [np.asarray(value)]


@pytest.mark.parametrize("name", NAMES)
def test_pages_are_closed(name: str, tmp_path: Path) -> None:
    """The text, read as a user's file and lowered, gives the same bits in the interpreter."""
    found = case(name)
    compiled = page(name)
    module = imported(name, module_text(compiled.text), tmp_path / "page.py")
    adjoint = getattr(module, compiled.names[0])
    want = adjoint(*copy.deepcopy(found.args))
    try:
        lowered = lower_function(request(adjoint, (*found.args, 1.0), "primal", ()))
    except UnsupportedError:
        assert name in REFUSED
        return
    program = Program((lowered.function, *lowered.others))
    got = run(program, copy.deepcopy(found.args), {"out_bar": 1.0})
    pairs = zip(leaves(want), leaves(got), strict=True)
    assert all(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") for a, b in pairs)


# -- statements for their effect, and taste


def guarded(x: float, n: int) -> float:
    print("start", n)
    assert n > 0, "n must be positive"
    if x < 0.0:
        print("bad")
        raise ValueError("negative", n)
    s = 0.0
    for k in range(n):
        print(k)
        s = s + x * k
    return s


def text_of(function: Any, args: tuple[Any, ...], mode: str = "value_and_grad") -> str:
    return pipeline.compile(request(function, args, mode, (0,))).text


def test_effects_come_once_in_the_forward_sweep() -> None:
    text = text_of(guarded, (0.5, 3))
    forward, reverse = text.split("    # -- reverse sweep\n")
    for line in (
        'print("start", n)',
        'assert n > 0, "n must be positive"',
        'raise ValueError("negative", n)',
        "print(k)",
    ):
        assert forward.count(line) == 1
    assert "print" not in reverse and "raise" not in reverse
    assert forward.index('print("bad")') < forward.index("raise")


def test_effects_happen_once(capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, Any] = {"np": np}
    exec(text_of(guarded, (0.5, 2)), space)
    assert space["guarded_adjoint"](0.5, 2) == (0.5, (1.0,))
    assert capsys.readouterr().out == "start 2\n0\n1\n"
    with pytest.raises(ValueError, match="negative"):
        space["guarded_adjoint"](-0.5, 2)
    with pytest.raises(AssertionError, match="n must be positive"):
        space["guarded_adjoint"](0.5, 0)


def written_thrice(x: Any, n: int) -> Any:
    x = x.copy()
    for i in range(n):
        x[i] -= x[i - 1] * x[i - 1]
        x[i - 1] -= x[i] * x[i]
        x[i - 2] -= x[i] * x[i - 1]
    return np.sum(x)


def test_stacks_of_one_array_are_one_list() -> None:
    text = text_of(written_thrice, (np.ones(5), 3))
    assert text.count("x_tape = []") == 1
    assert text.count("x_tape.append") == text.count("x_tape.pop") == 3


def test_gradients_are_named_after_parameters() -> None:
    assert "return out, (w1_bar, b1_bar, w2_bar, b2_bar)" in page("mlp").text
    assert "return w1_bar, b1_bar, w2_bar, b2_bar" in page("mlp", "vjp").text


def test_elements_are_unpacked() -> None:
    text = page("layers").text
    assert "for w, b in params:" in text and "w, _ = params[k]" in text


@pytest.mark.parametrize("name", NAMES)
def test_names_say_something(name: str) -> None:
    assert not re.search(r"\b(x1_bar|x2_bar|x1_partial|_\w+_bar)\b", page(name).text)

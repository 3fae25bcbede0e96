"""`.ci/run` runs the README's own line, and says clearly when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINE = "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/python -m pytest -q"


def ci(folder: Path, readme: str, outcome: str, status: int) -> tuple[int, str]:
    """Runs the script on a README, with a python3 that makes an environment which only prints."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    (folder / "README.md").write_text(readme)
    tools = folder / "tools"
    tools.mkdir()
    fake = f"mkdir -p .venv/bin && cp {tools}/pip .venv/bin/pip && cp {tools}/test .venv/bin/python"
    for name, body in {
        "python3": fake,
        "pip": "exit 0",
        "test": f"echo '{outcome}'; exit {status}",
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o755)
    run = subprocess.run(
        [folder / ".ci" / "run"],
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    return run.returncode, run.stdout + run.stderr


@pytest.mark.parametrize(
    "outcome, status, words",
    [
        ("3 passed in 1.00s", 0, "ci: 3 passed in 1.00s"),
        ("1 failed, 2 passed in 1.00s", 1, "ci: 1 failed, 2 passed"),
        ("nothing happened", 0, "did not get as far as a summary"),
        ("killed", 137, "did not get as far as a summary"),
    ],
)
def test_the_line_is_run_as_it_stands(
    outcome: str, status: int, words: str, tmp_path: Path
) -> None:
    code, text = ci(tmp_path, f"# A title\n\n```sh\n{LINE}\n```\n", outcome, status)
    assert f"+ {LINE}" in text
    assert words in text
    assert code == (status or ("passed" not in outcome))


@pytest.mark.parametrize("readme", ["# A title\n", f"```sh\n{LINE}\n{LINE}\n```\n"])
def test_no_line_or_two_are_errors(readme: str, tmp_path: Path) -> None:
    code, text = ci(tmp_path, readme, "3 passed", 0)
    assert code == 2
    assert "README.md must hold exactly one line" in text

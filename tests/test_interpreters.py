"""Every interpreter found, each in a fresh environment: `pytest --all-pythons`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
SMOKE = ("tests/test_cli.py", "tests/test_examples.py", "tests/test_golden.py")
PROBE = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2])"


def candidates(version: str) -> list[Path]:
    """Where an interpreter of this version may be: pyenv's folders, then the PATH."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(root.glob(f"versions/{version}.*/bin/python{version}"))
    on_path = shutil.which(f"python{version}")
    return [*found, Path(on_path)] if on_path else found


def interpreter(version: str) -> str | None:
    """One that runs and is what it says: shims of pyenv exist for versions that don't."""
    for candidate in candidates(version):
        probe = subprocess.run([candidate, "-c", PROBE], capture_output=True, text=True)
        if probe.returncode == 0 and probe.stdout.split()[-1] == version:
            return str(candidate)
    return None


@pytest.mark.all_pythons
@pytest.mark.parametrize("version", VERSIONS)
def test_interpreter(version: str, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no python{version} here")
    subprocess.run([python, "-m", "venv", tmp_path / "env"], check=True)
    inside = tmp_path / "env" / "bin" / "python"
    subprocess.run([inside, "-m", "pip", "install", "-q", "-e", f"{ROOT}[test]"], check=True)
    command = [inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SMOKE]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert re.search(r"\d+ passed", run.stdout)

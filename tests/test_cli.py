"""The command line, from arguments to exit code."""

from __future__ import annotations

import ast
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from s2sad import cli, commands

ROOT = Path(__file__).parent.parent
QUICKSTART = "examples/quickstart.py:loss"
MODULE = """
import numpy as np
import s2sad

def fine(x, y):
    z = x * y
    return np.sin(z)

fine_args = (1.0, 2.0)

def refused(x):
    return (yield x)

refused_args = (1.0,)

def cube(x):
    return x ** 3

@s2sad.elementwise(cube)
def cube_is_wrong(y, x):
    return 2.9 * x ** 2

def wrong(x):
    return cube(x)

wrong_args = (2.0,)

class Spring:
    def __init__(self, k):
        self.k = k

    def energy(self, x):
        return 0.5 * self.k * x ** 2

energy_args = (Spring(3.0), 2.0)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "path", list(sys.path))
    file = tmp_path / "programs_of_the_command_line.py"
    file.write_text(MODULE)
    return str(file)


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-W", "error", "-m", "s2sad", *argv]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_show_prints_a_page_that_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", QUICKSTART]) == 0
    text = capsys.readouterr().out
    assert text.startswith("import numpy as np\n\n\ndef loss_adjoint(w, b, x, target, *,")
    assert "# -- forward sweep" in text and "# -- reverse sweep" in text
    scope: dict[str, object] = {}
    exec(compile(text, "page", "exec"), scope)
    assert callable(scope["loss_adjoint"])


def test_show_and_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", QUICKSTART, "--check"]) == 0
    out = capsys.readouterr().out
    assert "central differences" in out
    assert out.count(" agrees\n") == 3


def test_a_difference_is_exit_code_one(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", f"{module}:fine"]) == 0
    assert cli.main(["check", f"{module}:wrong"]) == 1
    assert "differs" in capsys.readouterr().out
    assert cli.main(["show", f"{module}:wrong", "--check"]) == 1
    assert cli.main(["show", f"{module}:wrong"]) == 0


def test_what_is_refused_is_exit_code_three(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["show", f"{module}:refused"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search(r"S\d\d\d", captured.err)
    assert "^" in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    "argv, words",
    [
        (["show", "nowhere.py:loss"], "there is no file 'nowhere.py'"),
        (["show", "examples/quickstart.py:los"], "no function 'los'"),
        (["show", QUICKSTART, "--args", "1,,2"], "not a list of Python expressions"),
        (["show", QUICKSTART, "--args", "1.0"], "doesn't fit loss"),
        (["show", QUICKSTART, "--args-from", "NOTHING"], "no 'NOTHING' to take arguments"),
        (["show", QUICKSTART, "--wrt", "nothing"], "no parameter 'nothing'"),
        (["show", QUICKSTART, "--after", "nothing"], "no pass 'nothing'; there are: "),
        (["show", QUICKSTART, "--stage", "ir", "--side-by-side"], "--stage source only"),
        (["show", QUICKSTART, "--stage", "ir", "--after", "ir"], "can't be given together"),
        (["show", QUICKSTART, "-o", "no/such/folder/page.py"], "cannot write"),
        (["check", "examples/quickstart.py:main", "--args", ""], "no argument of floats"),
        (["rules", "np.tan_h"], "did you mean 'np.tanh'?"),
        (["explain", "S000000"], "S000000"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("s2sad: error: ")
    assert captured.err.count("\n") == 1
    assert words in captured.err


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["shw"],
        ["show"],
        ["show", QUICKSTART, "--colour"],
        ["show", QUICKSTART, "--stage", "machine-code"],
        ["show", QUICKSTART, "--args", "1", "--args-from", "ARGS"],
    ],
)
def test_wrong_options(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(argv)
    assert "usage: s2sad" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--help"], ["show", "--help"], ["check", "--help"]])
def test_help_documents_the_exit_codes(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(argv)
    text = capsys.readouterr().out
    for code in (cli.DONE, cli.DIFFERENT, cli.MISUSED, cli.REFUSED, cli.FAULTY):
        assert re.search(rf"^  {code}  \w", text, re.MULTILINE)


def test_options_that_choose_arguments(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", f"{module}:fine", "--args", "np.ones(2)[0], 1", "--wrt", "x"]) == 0
    assert "return out, (x_bar,)" in capsys.readouterr().out
    assert cli.main(["show", f"{module}:fine", "--args-from", "fine_args", "--wrt", "1,0"]) == 0
    assert "return out, (y_bar, x_bar)" in capsys.readouterr().out


def test_methods(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", f"{module}:Spring.energy", "--check"]) == 0
    assert "x_bar" in capsys.readouterr().out


def test_modules(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", "examples.newton:eccentric_anomaly", "--check"]) == 0
    assert "while" in capsys.readouterr().out


@pytest.mark.parametrize("stage", ["ir", "adjoint-ir"])
def test_stages(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", QUICKSTART, "--stage", stage]) == 0
    by_stage = capsys.readouterr().out
    assert "additem" in by_stage
    assert ("out_bar" in by_stage) is (stage == "adjoint-ir")
    assert cli.main(["show", QUICKSTART, "--after", stage]) == 0
    assert capsys.readouterr().out == by_stage


def test_every_pass_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", QUICKSTART, "--after", "?"]) == 2
    names = capsys.readouterr().err.partition("there are: ")[2].split(", ")
    assert len(names) > 4
    for name in names:
        assert cli.main(["show", QUICKSTART, "--after", name.strip()]) == 0
        assert capsys.readouterr().out


def test_forward_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", QUICKSTART]) == 0
    whole = capsys.readouterr().out
    assert cli.main(["show", QUICKSTART, "--forward-only"]) == 0
    forward = capsys.readouterr().out
    assert whole.startswith(forward.rstrip("\n"))
    assert "# -- forward sweep" in forward and "# -- reverse sweep" not in forward


def test_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", QUICKSTART, "--side-by-side"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len({line.index("│") for line in lines}) == 1
    quoted = [line.partition("│")[0].strip() for line in lines]
    body = "x[1:-1] += w[k] * np.tanh(x[2:] - x[:-2] + b[k])"
    assert quoted.count(f"L4           {body}") == 2
    assert [line for line in quoted if line][:2] == ["L2       x = x.copy()", quoted[3]]
    assert quoted[3].startswith("L3       for k in range(len(w)):")


@pytest.mark.parametrize(
    "target",
    ["heat.py:misfit", "newton.py:eccentric_anomaly", "digits.py:loss", "quickstart.py:loss"],
)
def test_saved_pages_are_complete(target: str, tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    assert cli.main(["show", f"examples/{target}", "-o", str(file)]) == 0
    lint = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,W,I,B,SIM"]
    done = subprocess.run([*lint, "--line-length", "100", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + file.read_text()


def test_output_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "page.py"
    assert cli.main(["show", QUICKSTART, "-o", str(file)]) == 0
    assert capsys.readouterr().out == ""
    assert cli.main(["show", QUICKSTART]) == 0
    assert capsys.readouterr().out == file.read_text()


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rules"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert {"np.tanh", "math.sin", "np.linalg.solve", "np.sum"} <= set(names)
    assert names == sorted(set(names))
    assert cli.main(["rules", "np.tanh"]) == 0
    out = capsys.readouterr().out
    assert "def tanh(" in out and "elementwise" in out


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "S301"]) == 0
    upper = capsys.readouterr().out
    assert "S301" in upper
    assert cli.main(["explain", "s301"]) == 0
    assert capsys.readouterr().out == upper


def test_a_fault_of_ours_is_exit_code_four(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def faulty(*arguments: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(commands, "find_wrt", faulty)
    assert cli.main(["show", QUICKSTART]) == 4
    err = capsys.readouterr().err
    assert "ZeroDivisionError: a fault" in err
    assert err.endswith("please report it with the function that led to it\n")


def test_as_a_process() -> None:
    done = run("show", QUICKSTART, "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    ast.parse(done.stdout.partition("\nchecked")[0])
    failed = run("show", "nowhere.py:loss")
    assert failed.returncode == 2
    assert failed.stderr.count("\n") == 1


def test_a_reader_who_leaves_early() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "s2sad", "show", QUICKSTART]
    done = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def on_a_terminal(**environment: str) -> str:
    """What `show` prints when standard output is a terminal."""
    master, slave = pty.openpty()
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    command = [sys.executable, "-m", "s2sad", "show", "examples/newton.py:eccentric_anomaly"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=slave, env={**kept, "TERM": "xterm", **environment}
    )
    os.close(slave)
    parts = []
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(master)
    assert process.wait() == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_colours_on_a_terminal() -> None:
    coloured, plain = on_a_terminal(), on_a_terminal(NO_COLOR="1")
    assert "\x1b[34mdef\x1b[0m" in coloured
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain

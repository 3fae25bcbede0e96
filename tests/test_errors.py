"""Reports: the code, the place, a caret, a note and help."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from s2sad import explain
from s2sad.errors import (
    CompileError,
    Diagnostic,
    GradientTypeError,
    InternalError,
    NotCalledError,
    UnsupportedError,
    UnsupportedSyntaxError,
    internal_error,
    quoted,
    render,
    type_error,
)
from s2sad.origins import Origin, Source, Span

TEXT = "import numpy as np\n\ndef f(x):\n    y = x\n    y[0] = np.spam(x)\n    return y\n"
SOURCE = Source("f", "/tmp/code.py", TEXT, 3)


# S003 and S004 depend on the interpreter and its options; S302 guards what no program reaches.
WITHOUT_PROGRAMS = {"S003", "S004", "S302"}
OUTCOMES = """
import json
import linecache
import numpy as np
import s2sad
from s2sad import explain

def outcome(text, file):
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    try:
        exec(compile(text, file, "exec"), {"np": np, "s2sad": s2sad})
    except s2sad.CompileError as error:
        return error.codes
    return []

print(json.dumps({
    code: [outcome(e.trigger, f"<{code}>"), outcome(e.remedy, f"<{code}, remedy>")]
    for code, e in explain.CODES.items()
}))
"""


def place(line: int, start: int, end: int, text: str = TEXT) -> Origin:
    source = SOURCE if text is TEXT else Source("f", "/tmp/code.py", text, 1)
    return Origin(source, Span(line, 4, line, end), Span(line, start, line, end))


def test_a_whole_report() -> None:
    diagnostic = Diagnostic(
        "S201",
        "np.spam has no rule",
        place(5, 11, 21),
        "a derivative needs a rule",
        "write one:\n@s2sad.elementwise(np.spam)",
        place(4, 4, 5),
        "y is made here",
    )
    assert render(diagnostic) == (
        "error[S201]: np.spam has no rule\n"
        " --> /tmp/code.py:5:12\n"
        "  |\n"
        "5 |     y[0] = np.spam(x)\n"
        "  |            ^^^^^^^^^^\n"
        " ::: /tmp/code.py:4:5\n"
        "  |\n"
        "4 |     y = x\n"
        "  |     - y is made here\n"
        "note: a derivative needs a rule\n"
        "help: write one:\n"
        "      @s2sad.elementwise(np.spam)"
    )


def test_several_diagnostics_each_once() -> None:
    one = Diagnostic("S101", "no `del`", place(4, 4, 5))
    other = Diagnostic("S101", "no `del`", place(5, 4, 5))
    text = str(UnsupportedError((one, other, one)))
    assert text.count("error[S101]") == 2
    assert "\n\nerror[S101]" in text


def test_columns_are_bytes() -> None:
    """Python's trees count bytes of UTF-8; the caret stands under the character."""
    line = "    é = x + ü"
    start = len("    é = x + ".encode())
    origin = place(1, start, start + 2, line)
    rows = render(Diagnostic("S101", "m", origin)).split("\n")
    assert rows[1].endswith(":1:13")
    assert rows[4] == "  | " + " " * 12 + "^"


def test_wide_characters_take_two_columns() -> None:
    line = "    日 = x"
    rows = render(Diagnostic("S101", "m", place(1, 10, 11, line))).split("\n")
    assert rows[4] == "  | " + " " * 9 + "^"


def test_tabs_and_control_characters() -> None:
    line = "\ty = '\x1b[31m'"
    text = render(Diagnostic("S101", "\x1b[2J", place(1, 1, 2, line)))
    assert "\x1b" not in text and "\t" not in text
    assert "\\x1b[31m" in text
    assert text.split("\n")[4] == "  |     ^"


def test_spans_of_several_lines_end_with_the_first() -> None:
    origin = Origin(SOURCE, Span(4, 4, 6, 3), Span(4, 4, 6, 3))
    assert render(Diagnostic("S101", "m", origin)).endswith("|     ^^^^^")
    assert quoted(origin) == "y = x"


def test_a_place_beyond_the_text() -> None:
    assert "^" in render(Diagnostic("S101", "m", place(99, 4, 5)))


@pytest.mark.parametrize(
    ("cls", "base"),
    [
        (UnsupportedError, NotImplementedError),
        (UnsupportedSyntaxError, SyntaxError),
        (GradientTypeError, TypeError),
        (InternalError, AssertionError),
        (NotCalledError, RuntimeError),
    ],
)
def test_classes(cls: type[CompileError], base: type[Exception]) -> None:
    error = cls((Diagnostic("S101", "message", place(4, 4, 5)),))
    assert isinstance(error, base) and isinstance(error, CompileError)
    assert str(error).startswith("error[S101]: message")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls and str(again) == str(error) and again.codes == ("S101",)


def test_syntax_errors_claim_no_place_of_their_own() -> None:
    error = UnsupportedSyntaxError((Diagnostic("S001", "message"),))
    assert (error.filename, error.lineno, error.text) == (None, None, None)


def test_short_hands() -> None:
    assert "help: do so" in str(type_error("S401", "m", help="do so"))
    assert "fault of s2sad" in str(internal_error("m"))


# -- explanations


def test_every_code_is_explained() -> None:
    for code, entry in explain.CODES.items():
        assert code[:2] in explain.RANGES
        text = explain.explain(code.lower())
        assert text.startswith(f"{code}: {entry.title}")
        assert bool(entry.trigger) == bool(entry.remedy)


def test_codes_in_use_are_explained() -> None:
    package = Path(explain.__file__).parent
    used = {
        code
        for file in sorted(package.rglob("*.py"))
        for code in re.findall(r'"(S[0-8]\d\d)"', file.read_text())
    }
    assert used <= set(explain.CODES), sorted(used - set(explain.CODES))


@cache
def outcomes() -> dict[str, tuple[list[str], list[str]]]:
    """The codes that the programs of all entries raise, in a process of their own: they may
    register rules."""
    command = [sys.executable, "-c", OUTCOMES]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, tuple[list[str], list[str]]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("code", [c for c in explain.CODES if c not in WITHOUT_PROGRAMS])
def test_triggers_raise_and_remedies_run(code: str) -> None:
    trigger, remedy = outcomes()[code]
    assert code in trigger
    assert remedy == []


def test_few_have_no_programs() -> None:
    assert {c for c, e in explain.CODES.items() if not e.trigger} == WITHOUT_PROGRAMS


def test_faults_share_an_entry() -> None:
    assert explain.explain("s901").startswith("S901: a fault of s2sad")


def test_an_unknown_code() -> None:
    with pytest.raises(KeyError):
        explain.explain("S777")


def test_the_page_holds_all() -> None:
    page = explain.page()
    assert all(f"### {code}: " in page for code in explain.CODES)

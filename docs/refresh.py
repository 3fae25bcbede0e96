"""Runs what the pages show, and writes the output below it.

    python docs/refresh.py            rewrites README.md and docs/*.md
    refreshed(text, name)             the text as it should be; the tests compare

The blocks of one page run in order and share their names:

- a `python` block is executed; a `text` block that follows it at once is what it prints;
- in a `console` block each line `$ s2sad ...` is run from the root of the repository, and
  followed by what it prints (standard output, then standard error, then the exit code
  unless it is 0).

Blocks in other languages are left alone.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from s2sad import cli

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
GAP = re.compile(r"\s*\Z")


def pages() -> list[Path]:
    """The pages that a person writes."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def refreshed(text: str, name: str) -> str:
    """The page with every output as it is now."""
    scope: dict[str, Any] = {"__name__": f"page_{Path(name).stem}"}
    parts, end, printed = [], 0, None
    for number, block in enumerate(BLOCK.finditer(text)):
        between = text[end : block.start()]
        language, body = block["language"], block["body"]
        if language == "text" and printed is not None and GAP.match(between):
            body = printed
        printed = None
        if language == "python":
            printed = run_python(body, f"<{name}, block {number + 1}>", scope)
        elif language == "console":
            body = "".join(run_console(body))
        parts += [between, f"```{language}\n{body}```"]
        end = block.end()
    return "".join([*parts, text[end:]])


def run_python(body: str, file: str, scope: dict[str, Any]) -> str:
    """Executes a block as if it were a file, and returns what it printed."""
    linecache.cache[file] = (len(body), None, body.splitlines(keepends=True), file)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), np.printoptions(precision=6, suppress=True):
        exec(compile(body, file, "exec", dont_inherit=True), scope)
    return printed.getvalue()


def run_console(body: str) -> Iterator[str]:
    """Runs the commands of a console block: the block with its outputs."""
    for line in body.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n{run_command(line[2:])}"


def run_command(line: str) -> str:
    """What one `s2sad` command prints, as a terminal without colours would show it."""
    program, *arguments = shlex.split(line)
    if program != "s2sad":
        raise ValueError(f"a console block runs s2sad only, not {program!r}")
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = cli.main(arguments)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    status = f"exit code {code}\n" if code else ""
    return out.getvalue() + err.getvalue() + status


def refresh(page: Path) -> bool:
    """Rewrites a page; whether its blocks ran."""
    text = page.read_text(encoding="utf8")
    try:
        new = refreshed(text, page.name)
    except Exception as error:
        print(f"fails: {page.relative_to(ROOT)}: {type(error).__name__}: {error}")
        return False
    if new != text:
        page.write_text(new, encoding="utf8")
        print(f"rewritten: {page.relative_to(ROOT)}")
    return True


def main() -> int:
    os.environ["COLUMNS"] = "80"
    ran = [refresh(page) for page in pages()]
    return 0 if all(ran) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Writes the pages that are made from the program itself, and in-place.md from what
docs/in_place.py and docs/coverage.py found.

    python docs/make_pages.py

The tests fail if it would change anything.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import s2sad
from s2sad import explain

DOCS = Path(__file__).resolve().parent
GOLDEN = DOCS.parent / "tests" / "golden"
PROGRAMS = {
    "straight": "One comment for each statement; no temporary that nothing reads.",
    "mlp": "Broadcasting is settled when compiling: no helper calls.",
    "branch": "A branch is reversed on the same test.",
    "newton": "A `while` loop whose number of trips is known only at run time.",
    "search": "`break` and early return: a trip count and an exit, no flag in every statement.",
    "heat": "In place and linear: nothing is saved.",
    "wave": "A swap of buffers: only the slice that a write destroys is saved.",
    "logdet": "An LU decomposition in place, in scalar loops: one number is saved for each store.",
    "layers": "A list of tuples as parameters, and gradients in the same structure.",
}
INTRODUCTION = """# Golden programs

Nine small programs: the primal, the adjoint that a good numerical programmer wrote by hand, and
what s2sad writes. The hand-written ones were there first and show what is wanted; the text need
not be the same. Tests hold both against each other: the values, the number of statements that are
executed, and what is saved.

This page is made by `docs/make_pages.py`.
"""


def load(path: Path) -> ModuleType:
    """A golden program as a module."""
    spec = importlib.util.spec_from_file_location(f"golden_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def emitted(module: ModuleType, name: str) -> str:
    """What s2sad writes for a golden program."""
    primal, args = getattr(module, name), module.ARGS
    wrt = getattr(module, "WRT", tuple(range(len(args))))
    return s2sad.source(s2sad.value_and_grad(primal, wrt), *args)


def code(text: str) -> str:
    return f"```py\n{text.strip()}\n```\n"


def golden_section(name: str) -> Iterator[str]:
    module = load(GOLDEN / f"{name}.py")
    yield f"## {name}\n\n{PROGRAMS[name]}\n"
    yield code(inspect.getsource(getattr(module, name)))
    yield "By hand:\n"
    yield code(inspect.getsource(getattr(module, f"{name}_adjoint")))
    yield "By s2sad:\n"
    yield code(emitted(module, name))


def golden_page() -> str:
    """golden.md as it should be."""
    sections = [part for name in PROGRAMS for part in golden_section(name)]
    return "\n".join([INTRODUCTION, *sections])


def in_place_page() -> str:
    """in-place.md as it should be."""
    return str(load(DOCS / "in_place.py").page())


def coverage_page() -> str:
    """The page coverage.md."""
    return str(load(DOCS / "coverage.py").page())


PAGES = {
    "errors.md": explain.page,
    "golden.md": golden_page,
    "in-place.md": in_place_page,
    "coverage.md": coverage_page,
}


def main() -> int:
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

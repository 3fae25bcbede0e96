"""Runs the programs of tests/in_place with s2sad and with other libraries.

    python docs/in_place.py             runs those that are installed, writes in_place.json
    python docs/in_place.py s2sad       only the column of s2sad

A column of a library that isn't installed stays as it is. docs/make_pages.py makes in-place.md
of in_place.json; the tests compare the page, and run the column of s2sad.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
DATA = DOCS / "in_place.json"
sys.path.insert(0, str(DOCS.parent))

from tests.in_place import InPlace, load  # noqa: E402
from tests.in_place.peers import LIBRARIES, verdict, version  # noqa: E402

TITLES = {"s2sad": "s2sad", "autograd": "autograd", "jax": "JAX", "torch": "PyTorch"}
SIGNS = {"right": "right", "wrong": "**wrong**", "refused": "refused"}
INTRODUCTION = """# Programs that write in place

{count} small programs, one for each kind of write, view and alias, and some solvers, as people
write them in NumPy; they stand in `tests/in_place/`. Each was run with s2sad and with other
libraries, and the value and the gradients by all arguments were compared with a dual-number run of
the plain function, or with differences.

- **right**: the value and all gradients agree.
- **refused**: an exception, from whichever part of the library.
- **wrong**: numbers, but wrong ones, and no exception.

The source is the same for all: `np` is `autograd.numpy`, `jax.numpy`, or a table of PyTorch's
functions under NumPy's names, and `copy`, `fill`, `sort` and `flat` are given to tensors. PyTorch
gets copies of the arguments, since it refuses any write to a leaf. JAX and autograd say
that they want no writes: their columns show what happens to code that has them, not what the same
computation costs to rewrite.

Versions: {versions}.
This page is made by `docs/in_place.py` and `docs/make_pages.py`.
"""

Data = dict[str, Any]


def read() -> Data:
    """What was found."""
    return json.loads(DATA.read_text(encoding="utf8"))  # type: ignore[no-any-return]


def measured(libraries: list[str], data: Data) -> Data:
    """The data with the columns of these libraries made anew."""
    columns = {name: data["verdicts"].get(name, {}) for name in LIBRARIES}
    for library in libraries:
        gradient = LIBRARIES[library]
        columns[library] = {name: verdict(p, gradient) for name, p in load().items()}
    versions = {**data["versions"], **{n: version(n) for n in libraries if n != "s2sad"}}
    return {"versions": versions, "verdicts": columns}


def page() -> str:
    """in-place.md as it should be."""
    data, programs = read(), load()
    versions = ", ".join(f"{TITLES[n]} {v}" for n, v in data["versions"].items())
    parts = [INTRODUCTION.format(count=len(programs), versions=versions)]
    parts.append("\n".join(_totals(data)) + "\n")
    for group in dict.fromkeys(p.group for p in programs.values()):
        chosen = [p for p in programs.values() if p.group == group]
        parts.append(f"## {group}\n")
        parts.append("\n".join(_table(data, chosen)) + "\n")
    return "\n".join(parts)


def _totals(data: Data) -> Iterator[str]:
    yield "| | " + " | ".join(TITLES[name] for name in LIBRARIES) + " |"
    yield "|---" * (len(LIBRARIES) + 1) + "|"
    for kind in SIGNS:
        counts = [list(data["verdicts"][name].values()).count(kind) for name in LIBRARIES]
        yield f"| {kind} | " + " | ".join(map(str, counts)) + " |"


def _table(data: Data, programs: list[InPlace]) -> Iterator[str]:
    yield "| | program | " + " | ".join(TITLES[name] for name in LIBRARIES) + " |"
    yield "|---" * (len(LIBRARIES) + 2) + "|"
    for p in programs:
        cells = [SIGNS[data["verdicts"][name][p.name]] for name in LIBRARIES]
        yield f"| {p.idea} | `{p.name}` | " + " | ".join(cells) + " |"


def main() -> int:
    chosen = sys.argv[1:] or [n for n in LIBRARIES if importlib.util.find_spec(n) is not None]
    old = read() if DATA.exists() else {"versions": {}, "verdicts": {}}
    text = json.dumps(measured(chosen, old), indent=1) + "\n"
    DATA.write_text(text, encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

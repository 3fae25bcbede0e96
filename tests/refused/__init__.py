"""Programs that must be refused, each with its code and caret as a comment under the line.

    @refused(lambda: (1.0,))
    def deferred(x):
        yield x
    #   ^^^^^^^ S102

A comment line of carets and a code marks the columns of the line above it that the error has
to point at; where the carets follow the `#` at once, its own column is meant as well. All the
places that are marked in a function come in one report, and no others.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
MARK = re.compile(r"#(?P<space> *)(?P<carets>\^+) (?P<code>S\d{3})")


@dataclass(frozen=True)
class Refused:
    """A function, the maker of its arguments and the argument to differentiate."""

    name: str
    function: Callable[..., Any]
    make: Callable[[], tuple[Any, ...]]
    wrt: Any


@dataclass(frozen=True, order=True)
class Mark:
    """Where an error has to be, lines and columns as in `ast`."""

    line: int
    column: int
    end_column: int
    code: str


PROGRAMS: dict[str, Refused] = {}


def refused(make: Callable[[], tuple[Any, ...]], *, wrt: Any = 0) -> Callable[[F], F]:
    """Registers a function that must be refused."""

    def register(function: F) -> F:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        if name in PROGRAMS:
            raise ValueError(f"two programs are named {name}")
        PROGRAMS[name] = Refused(name, function, make, wrt)
        return function

    return register


def load() -> dict[str, Refused]:
    """All programs, by name."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
    return PROGRAMS


def marks(function: Callable[..., Any]) -> list[Mark]:
    """The marks inside a function's `def`, in order; helpers above it may hold marks as well."""
    file = Path(inspect.getsourcefile(function) or "")
    lines = file.read_text().splitlines()
    first, last = extent(file, function)
    found = [mark_of(lines, number) for number in range(first, last + 1)]
    return sorted(mark for mark in found if mark is not None)


def extent(file: Path, function: Callable[..., Any]) -> tuple[int, int]:
    """The lines from a function's decorator to the next statement of the file."""
    body = ast.parse(file.read_text()).body
    start = function.__code__.co_firstlineno
    starts = [
        min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        for node in body
    ]
    later = [line for line in starts if line > start]
    return start, (later[0] - 1 if later else len(file.read_text().splitlines()))


def mark_of(lines: list[str], number: int) -> Mark | None:
    """The mark in a line, for the line above."""
    match = MARK.fullmatch(lines[number - 1].strip())
    if match is None:
        return None
    column = lines[number - 1].index("^")
    end = column + len(match["carets"])
    first = 0 if lines[number - 1].startswith("#^") else column
    return Mark(number - 1, first, end, match["code"])

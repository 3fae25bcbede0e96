"""Emission: a program of the IR becomes the text of a page of Python.

    ownership   copies where a write in place could be seen by others   IR -> IR
    statements  temporaries into expressions, versions into variables   IR -> trees
    names       liveness, coalescing, names                             trees -> trees
    printer     lines with their origins, by `nodes` and `render`       trees -> text

The text is parsed back and compared with the tree that was meant.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from s2sad.emit.hints import christened
from s2sad.emit.merging import merged
from s2sad.emit.names import settle
from s2sad.emit.ownership import check_ownership, own
from s2sad.emit.printer import Lines, print_def
from s2sad.emit.render import check_text
from s2sad.emit.statements import trees
from s2sad.emit.tidy import tidied
from s2sad.frozen import frozen
from s2sad.ir.calls import calling
from s2sad.ir.data import Program
from s2sad.origins import Origin

__all__ = ["Page", "check_ownership", "emit", "own"]


@frozen
class Page:
    """Source text. origins: one a line; names: the functions it defines."""

    text: str
    origins: tuple[Origin | None, ...]
    names: tuple[str, ...]


def _named(program: Program) -> Program:
    """The program with identifiers for the names of its functions."""
    names = {f.name: re.sub(r"\W+", "_", f.name).strip("_") for f in program.functions}
    if all(old == new for old, new in names.items()):
        return program

    functions = (calling(replace(f, name=names[f.name]), names) for f in program.functions)
    return Program(tuple(functions))


def _readable(program: Program) -> Program:
    """The program with names for what it returns, and without views of whole arrays."""
    forward = {f.name.removesuffix("_forward"): f for f in program.functions}
    primals = {f"{name}_reverse": f for name, f in forward.items()}
    functions = (christened(tidied(f), primals.get(f.name, f)) for f in program.functions)
    return Program(tuple(functions))


def emit(program: Program, *, reserved: frozenset[str] = frozenset()) -> Page:
    """The page of a program: its functions, entry first; `reserved` are names not to use."""
    safe = own(_readable(_named(program)))
    lines = Lines()
    body: list[Any] = []
    names = tuple(function.name for function in safe.functions)
    for definition in trees(safe):
        if lines.text:
            lines.add("", None, 0)
            lines.add("", None, 0)
        named, chosen = settle(
            replace(definition, body=merged(definition.body)), reserved | frozenset(names)
        )
        body.append(print_def(named, chosen, lines))
    text = "\n".join(lines.text) + "\n"
    check_text(text, body)
    return Page(text, tuple(lines.origins), names)

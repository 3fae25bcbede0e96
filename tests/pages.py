"""The pages of the golden programs and of a sample of the corpus, as text: for tests of taste.

`python -m tests.pages` prints them all, for a comparison of two processes.
"""

from __future__ import annotations

import importlib
import inspect
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from s2sad import pipeline
from s2sad.analysis.signature import type_of
from s2sad.request import Argument, Compiled, Request
from s2sad.runtime.helpers import HELPERS
from tests.corpus import load

PROGRAMS = load()
GOLDEN = ("straight", "mlp", "branch", "newton", "search", "heat", "wave", "logdet", "layers")
TOPICS = ("algorithms", "branches", "broadcasting", "containers", "exits", "loops", "mutation")
# Refused, or read globals, which a page takes as parameters.
LEFT_OUT = ("comprehension", "generator", "nested_containers", "dataclass", "exits.returns_before")
SHARE = 4


@dataclass(frozen=True)
class Case:
    """A function, what it is called with, and the positions to differentiate."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: tuple[int, ...]


def golden(name: str) -> Case:
    """A golden program."""
    module = importlib.import_module(f"tests.golden.{name}")
    wrt = tuple(getattr(module, "WRT", range(len(module.ARGS))))
    return Case(getattr(module, name), module.ARGS, wrt)


def sampled(name: str) -> Case:
    """A program of the corpus."""
    program = PROGRAMS[name]
    args = program.args()
    return Case(program.function, args, program.positions(args))


def sample() -> list[str]:
    """The names of the sample, always the same."""
    names = [n for n in PROGRAMS if n.split(".")[0] in TOPICS]
    wanted = [n for n in names if zlib.crc32(n.encode()) % SHARE == 0]
    return [n for n in wanted if not any(part in n for part in LEFT_OUT)]


def case(name: str) -> Case:
    """Any of them, by its name."""
    return golden(name) if name in GOLDEN else sampled(name)


def request(
    function: Callable[..., Any], args: tuple[Any, ...], mode: str, wrt: tuple[int, ...]
) -> Request:
    """What the dispatcher would ask of the compiler; keyword-only parameters come last."""
    names = inspect.signature(function).parameters.items()
    arguments = (
        Argument(k, p.kind.name, type_of(k, a)) for (k, p), a in zip(names, args, strict=False)
    )
    return Request(function, tuple(arguments), mode, wrt)


def page(name: str, mode: str = "value_and_grad") -> Compiled:
    """The page of a program."""
    found = case(name)
    return pipeline.compile(request(found.function, found.args, mode, found.wrt))


def module_text(text: str) -> str:
    """A page as the text of a module, with what it needs imported."""
    used = [name for name in HELPERS if re.search(rf"(?<![.\w]){name}\(", text)]
    others = ["import numpy as np\n"] if re.search(r"\bnp\.", text) else []
    if used:
        others.append(f"from s2sad.runtime.helpers import {', '.join(sorted(used))}\n")
    groups = ["import math\n"] if re.search(r"\bmath\.", text) else []
    groups += ["".join(others)] if others else []
    return "\n".join(groups) + ("\n\n" if groups else "") + text


if __name__ == "__main__":
    for each in (*GOLDEN, *sample()):
        print(page(each).text)

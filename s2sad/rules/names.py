"""How the page names library functions: the way back from an object to `np.linalg.solve`."""

from __future__ import annotations

import builtins
import functools
import math
import operator
import sys
from types import ModuleType
from typing import Any

import numpy as np

_MODULES: tuple[tuple[str, ModuleType], ...] = (
    ("np", np),
    ("np.linalg", np.linalg),
    ("np.fft", np.fft),
    ("np.random", np.random),
    ("math", math),
    ("operator", operator),
    ("", builtins),
)


@functools.cache
def _table() -> dict[int, tuple[str, Any]]:
    found: dict[int, tuple[str, Any]] = {}
    for prefix, module in _MODULES:
        for name in sorted(vars(module)):
            value = getattr(module, name)
            if callable(value) and not name.startswith("_"):
                canonical = getattr(value, "__name__", name) == name
                if id(value) not in found or (canonical and not _is_canonical(found[id(value)])):
                    found[id(value)] = (f"{prefix}.{name}" if prefix else name, value)
    return found


def _is_canonical(entry: tuple[str, Any]) -> bool:
    return entry[0].rpartition(".")[2] == getattr(entry[1], "__name__", None)


# Modules that s2sad doesn't import, but the program may have.
OPTIONAL = ("scipy.special", "scipy.linalg")


@functools.cache
def _names_in(module: str) -> dict[int, tuple[str, Any]]:
    """The public functions of a module that is loaded, by identity."""
    found = ((name, value) for name, value in vars(sys.modules[module]).items() if callable(value))
    return {id(v): (f"{module}.{name}", v) for name, v in found if not name.startswith("_")}


def page_name(function: Any) -> str | None:
    """The dotted name by which the page can call a library function, or None."""
    tables = [_table(), *(_names_in(name) for name in OPTIONAL if name in sys.modules)]
    for table in tables:
        entry = table.get(id(function))
        if entry is not None and entry[1] is function:
            return entry[0]
    return None

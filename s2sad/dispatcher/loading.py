"""Turns text into functions: the one `exec` of the package.

Each page gets a file name of its own and an entry in `linecache`, so that tracebacks, pdb and
`inspect.getsource` show the generated source, and s2sad can differentiate it again. The entry
goes away with the page's code.
"""

from __future__ import annotations

import ast
import itertools
import linecache
import math
import weakref
from collections.abc import Mapping
from types import CodeType
from typing import Any

import numpy as np

from s2sad.runtime.helpers import HELPERS

_numbers: dict[str, itertools.count[int]] = {}


def load(text: str, title: str, names: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Runs a page of source and returns its namespace.

    The page sees `np`, `math`, the helpers, builtins, and what `names` adds.
    """
    file = _register(title, text)
    namespace: dict[str, Any] = {
        "__name__": "s2sad.page", "np": np, "math": math, **HELPERS, **(names or {})
    }  # fmt: skip
    _forget_with(_run(text, file, namespace), file)
    return namespace


def load_tree(tree: ast.Module, file: str) -> dict[str, Any]:
    """Runs a tree made of a page that was loaded as `file`, and returns its namespace."""
    namespace: dict[str, Any] = {"__name__": "s2sad.page"}
    _run(ast.fix_missing_locations(tree), file, namespace)
    return namespace


def _run(source: str | ast.Module, file: str, namespace: dict[str, Any]) -> CodeType:
    code: CodeType = compile(source, file, "exec", dont_inherit=True)
    exec(code, namespace)
    return code


def _register(title: str, text: str) -> str:
    """A fresh file name `<s2sad title number>` under which linecache knows the text."""
    number = next(_numbers.setdefault(title, itertools.count(1)))
    file = f"<s2sad {title} {number}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    return file


def _forget_with(code: CodeType, file: str) -> None:
    """Drops the text once the first function of the page is gone."""
    functions = [c for c in code.co_consts if isinstance(c, CodeType)]
    if functions:
        finalizer = weakref.finalize(functions[0], linecache.cache.pop, file, None)
        finalizer.atexit = False

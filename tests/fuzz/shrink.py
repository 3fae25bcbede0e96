"""From a failing program to a small one: statements are deleted, or replaced by their blocks."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

NUMBER = itertools.count()


def load(text: str, folder: Path) -> Callable[..., Any]:
    """The function of a program, in a module with a file of its own."""
    name = f"fuzzed_{next(NUMBER)}"
    file = folder / f"{name}.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.fuzz  # type: ignore[no-any-return]


def candidates(text: str) -> Iterator[str]:
    """Programs with one statement less, the largest deletions of a block first."""
    for place in range(len(_blocks(ast.parse(text)))):
        block = _blocks(ast.parse(text))[place]
        for first in range(len(block)):
            yield from _variants(text, place, first)


def _variants(text: str, place: int, first: int) -> Iterator[str]:
    for replace in (_nothing, _body, _orelse, _value):
        tree = ast.parse(text)
        block = _blocks(tree)[place]
        new = replace(block[first])
        if new is not None:
            block[first : first + 1] = new
            if not block:
                block.append(ast.Pass())
            yield ast.unparse(tree)


def _blocks(tree: ast.Module) -> list[list[ast.stmt]]:
    return [
        block
        for node in ast.walk(tree)
        for name in ("body", "orelse")
        if isinstance(block := getattr(node, name, None), list) and block
    ]


def _nothing(statement: ast.stmt) -> list[ast.stmt] | None:
    return None if isinstance(statement, ast.Pass) else []


def _body(statement: ast.stmt) -> list[ast.stmt] | None:
    if isinstance(statement, (ast.If, ast.For, ast.While)):
        return statement.body
    return None


def _orelse(statement: ast.stmt) -> list[ast.stmt] | None:
    return statement.orelse if isinstance(statement, ast.If) and statement.orelse else None


def _value(statement: ast.stmt) -> list[ast.stmt] | None:
    """The first or second operand alone."""
    if isinstance(statement, (ast.Assign, ast.Return)) and isinstance(statement.value, ast.BinOp):
        statement.value = statement.value.left
        return [statement]
    return None


def compiles(text: str) -> bool:
    try:
        compile(text, "candidate", "exec")
    except SyntaxError:
        return False
    return True


def shrink(text: str, fails: Callable[[str], bool], seconds: float = 60.0) -> str:
    """A small program for which `fails` still holds."""
    end = time.monotonic() + seconds
    text = ast.unparse(ast.parse(text))
    while time.monotonic() < end:
        smaller = (c for c in candidates(text) if len(c) < len(text) and compiles(c))
        found = next((c for c in smaller if time.monotonic() < end and fails(c)), None)
        if found is None:
            break
        text = found
    return text + "\n"

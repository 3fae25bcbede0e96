"""How the modules of the package depend on each other: no cycles, and stages that point one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "s2sad"

# The folders and modules of the package; each may import from those before it only.
ORDER = (
    "frozen", "origins", "errors", "codemap", "provenance", "runtime", "ir", "request", "rules",
    "analysis", "equivalents", "frontend", "transform", "reverse", "forward", "batch",
    "derivations", "emit", "pipeline", "dispatcher", "api", "jacobians",
)  # fmt: skip
# The stages of the frontend; each may import from those before it only.
FRONTEND = (
    "source", "state", "joins", "dispatch", "operations", "data", "control", "calls",
    "constructs", "start", "entry", "rules",
)  # fmt: skip
# The longest module, in lines.
LONGEST = 640
# Imports inside of functions, and why they stand there.
INSIDE = {
    ("s2sad.dispatcher.sites", "s2sad.pipeline"): "loaded when something is compiled",
}


@cache
def modules() -> dict[str, Path]:
    """All modules of the package, by name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules of the package that the imports in a tree name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in modules() else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@cache
def graph() -> dict[str, list[str]]:
    """Which modules each module imports."""
    trees = {name: ast.parse(path.read_text()) for name, path in modules().items()}
    return {
        name: sorted({m for m in imports(tree) if m in modules() and m != name})
        for name, tree in trees.items()
    }


def test_no_cycles() -> None:
    """A module can be understood after those that it imports."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in graph()[name]:
                visit(other, (*path, name))
            done.add(name)

    for name in graph():
        visit(name, ())


def test_imports_stand_at_the_top() -> None:
    """Imports inside of functions hide dependencies."""
    found = set()
    for name, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found |= {(name, module) for module in imports(node)}
    assert found == set(INSIDE)


def test_every_folder_is_a_layer() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} <= set(ORDER)


def part(module: str, depth: int) -> str:
    """The folder or module of the package (depth 1), or of the frontend, that a module is in."""
    return module.split(".")[depth]


@pytest.mark.parametrize("name", ORDER)
def test_layers(name: str) -> None:
    """The compiler is a stack: each layer knows those below it."""
    known = ORDER[: ORDER.index(name) + 1]
    for module in (m for m in graph() if m.startswith(f"s2sad.{name}")):
        if part(module, 1) == name:
            for other in graph()[module]:
                assert part(other, 1) in known, f"{module} imports {other}"


@pytest.mark.parametrize("name", [m for m in modules() if m.startswith("s2sad.frontend.")])
def test_stages_of_the_frontend(name: str) -> None:
    """Later stages know earlier ones."""
    for other in graph()[name]:
        if other.startswith("s2sad.frontend."):
            assert FRONTEND.index(part(other, 2)) <= FRONTEND.index(part(name, 2)), other


def test_sizes() -> None:
    """Functions fit on a screen, modules have one subject."""
    for name, path in modules().items():
        text = path.read_text()
        assert text.count("\n") <= LONGEST, name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 40, f"{name}.{node.name}"


def test_modules_say_what_they_are_for() -> None:
    for name, path in modules().items():
        if name != "s2sad.__main__":
            assert ast.get_docstring(ast.parse(path.read_text())), name

"""Where a function's source stands: proved, or refused."""

from __future__ import annotations

import ast
import functools
import importlib.util
import linecache
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import gast
import pytest

from s2sad.errors import UnsupportedSyntaxError
from s2sad.provenance import source_of

TWO = (lambda x: x + 1, lambda x: x * 2)
SAME = (lambda x: x - 1, lambda x: x - 1)
NESTED = lambda x: lambda y: x + y  # noqa: E731


def plain(x: float) -> float:
    return x * 3


def keep(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(x: float) -> Any:
        return function(x) * 5

    return wrapper


@keep
@keep
def decorated(x: float) -> float:
    return x * 4


@wrap
def wrapped(x: float) -> float:
    return x * 6


def asserting(x: float) -> float:
    assert x > 0, "positive"
    return x * 7


class Model:
    def method(self, x: float) -> float:
        return x * 8

    def __private(self, x: float) -> float:
        return x * 9


def text(function: Any) -> str:
    node = gast.gast_to_ast(source_of(function).node)
    return ast.unparse(ast.fix_missing_locations(node))


def body(function: Any) -> str:
    return text(function).splitlines()[-1].strip()


def test_functions_of_this_file() -> None:
    assert body(plain) == "return x * 3"
    assert body(decorated) == "return x * 4"
    assert body(asserting) == "return x * 7"
    assert body(Model.method) == "return x * 8"
    assert body(Model().method) == "return x * 8"
    assert body(vars(Model)["_Model__private"]) == "return x * 9"


def test_first_line_is_that_of_the_def() -> None:
    source = source_of(decorated).source
    assert source.text.split("\n")[source.first_line - 1].startswith("def decorated")
    assert source.name == "decorated"
    assert source.file == __file__


def test_wrapped_functions_are_not_followed() -> None:
    assert body(wrapped) == "return function(x) * 5"
    assert body(wrapped.__wrapped__) == "return x * 6"  # type: ignore[attr-defined]


def test_lambdas_on_one_line() -> None:
    assert text(TWO[0]) == "lambda x: x + 1"
    assert text(TWO[1]) == "lambda x: x * 2"
    assert text(SAME[0]) == text(SAME[1]) == "lambda x: x - 1"
    assert text(NESTED) == "lambda x: lambda y: x + y"
    assert text(NESTED(1.0)) == "lambda y: x + y"


def test_lambdas_on_one_line_without_columns(tmp_path: Path) -> None:
    program = (
        "from s2sad.provenance import source_of\n"
        "one, other = lambda x: x + 1, lambda x: x * 2\n"
        "same = [lambda x: x - 1, lambda x: x - 1]\n"
        "print(source_of(same[0]).source.first_line)\n"
        "try: source_of(one)\n"
        "except SyntaxError as error: print(error.codes)\n"
    )
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "-X", "no_debug_ranges", str(tmp_path / "program.py")]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout == "3\n('S004',)\n", done.stderr


def test_nested_functions() -> None:
    def inner(y: float) -> float:
        return y + len(text.__name__)

    assert body(inner) == "return y + len(text.__name__)"


def test_it_is_looked_up_once() -> None:
    assert source_of(plain) is source_of(plain)


# -- files that change


def load(path: Path, content: str) -> ModuleType:
    path.write_text(textwrap.dedent(content))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ORIGINAL = """
    def f(x):
        return x + 1

    def g(x):
        return x * 2
"""


def test_lines_inserted_above_change_nothing(tmp_path: Path) -> None:
    module = load(tmp_path / "shifted.py", ORIGINAL)
    path = tmp_path / "shifted.py"
    path.write_text("# a comment\n\n" + path.read_text())
    definition = source_of(module.g)
    assert body(module.g) == "return x * 2"
    assert definition.source.first_line == 7


def test_an_edited_function_is_refused(tmp_path: Path) -> None:
    module = load(tmp_path / "edited.py", ORIGINAL)
    path = tmp_path / "edited.py"
    path.write_text(path.read_text().replace("x * 2", "x * 20"))
    with pytest.raises(UnsupportedSyntaxError, match="does not hold the source of g") as caught:
        source_of(module.g)
    assert caught.value.codes == ("S002",)
    assert body(module.f) == "return x + 1"


def test_functions_that_change_places(tmp_path: Path) -> None:
    """`inspect.getsource` would give g's text for f."""
    module = load(tmp_path / "swapped.py", ORIGINAL)
    path = tmp_path / "swapped.py"
    path.write_text("def g(x):\n    return x * 2\n\n\n\ndef f(x):\n    return x + 1\n")
    assert body(module.f) == "return x + 1"


def test_constants_are_told_apart_by_type_and_sign(tmp_path: Path) -> None:
    module = load(tmp_path / "constants.py", "def f(x):\n    return x + 0.0\n")
    (tmp_path / "constants.py").write_text("def f(x):\n    return x + -0.0\n")
    with pytest.raises(UnsupportedSyntaxError):
        source_of(module.f)


def test_a_file_that_no_longer_parses(tmp_path: Path) -> None:
    module = load(tmp_path / "broken.py", ORIGINAL)
    (tmp_path / "broken.py").write_text("def f(x:\n")
    with pytest.raises(UnsupportedSyntaxError, match="no longer parses"):
        source_of(module.f)


def test_texts_that_differ_but_compile_to_the_same_code(tmp_path: Path) -> None:
    module = load(tmp_path / "folded.py", "def f(x):\n    return x + 2\n")
    both = "def f(x):\n    return (x + 2)\n\ndef f(x):\n    return x + (1 + 1)\n"
    (tmp_path / "folded.py").write_text(both)
    with pytest.raises(UnsupportedSyntaxError) as caught:
        source_of(module.f)
    assert caught.value.codes == ("S004",)


# -- code that is no file


def test_exec_has_no_source() -> None:
    scope: dict[str, Any] = {}
    exec("def f(x): return x * x", scope)
    with pytest.raises(UnsupportedSyntaxError, match="cannot be found") as caught:
        source_of(scope["f"])
    assert caught.value.codes == ("S001",)
    assert "put the function into a file" in str(caught.value)


def cell(content: str, number: int) -> dict[str, Any]:
    """Runs a cell as a notebook does: its text goes into linecache."""
    name = f"<ipython-input-{number}-test>"
    linecache.cache[name] = (len(content), None, content.splitlines(keepends=True), name)
    scope: dict[str, Any] = {}
    exec(compile(content, name, "exec"), scope)
    return scope


def test_cells_of_a_notebook() -> None:
    first = cell("def f(x):\n    return x + 1\n", 1)["f"]
    again = cell("def f(x):\n    return x + 2\n", 2)["f"]
    same = cell("def f(x):\n    return x + 1\n", 3)["f"]
    assert body(first) == "return x + 1"
    assert body(again) == "return x + 2"
    assert source_of(same).source.file != source_of(first).source.file


def test_python_c(tmp_path: Path) -> None:
    program = (
        "from s2sad.provenance import source_of\n"
        "def f(x): return x\n"
        "try: print(source_of(f).source.first_line)\n"
        "except SyntaxError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    # From 3.13 on, Python keeps the text of -c.
    assert "cannot be found" in done.stdout or done.stdout == "2\n", done.stderr


@pytest.mark.parametrize("thing", [len, 3, int, functools.partial(plain, 1.0)])
def test_what_is_no_python_function(thing: Any) -> None:
    with pytest.raises(UnsupportedSyntaxError, match="not a function written in Python"):
        source_of(thing)


def test_deep_expressions_are_refused(tmp_path: Path) -> None:
    deep = " + ".join(["x"] * 700)
    module = load(tmp_path / "deep.py", "def f(x):\n    return x\n")
    name = str(tmp_path / "deep.py")
    try:
        code = compile(f"def f(x):\n    return {deep}\n", name, "exec")
    except (RecursionError, MemoryError):
        pytest.skip("this Python compiles no such expression")
    (tmp_path / "deep.py").write_text(f"def f(x):\n    return {deep}\n")
    exec(code, vars(module))
    with pytest.raises(UnsupportedSyntaxError) as caught:
        source_of(module.f)
    assert caught.value.codes == ("S003",)

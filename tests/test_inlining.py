"""The page as part of the entry: names, globals, lines."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import s2sad

SHADOWED = """
import numpy as np

_type = 3.0
_result = 2.0


def cubed(x, n):
    for k in range(n):
        x = x * x * _result
    return x * _type


def rooted(x):
    return np.sqrt(x)


range_of = range
reversed = None
float = None
isinstance = None
"""


def module(text: str, folder: Path) -> Any:
    """A module of this text."""
    file = folder / "shadowed.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location("shadowed_globals", file)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["shadowed_globals"] = made
    spec.loader.exec_module(made)
    return made


def entry(gradient: Any) -> Any:
    """What is called."""
    return gradient.func


def test_globals_with_the_names_of_cells_and_builtins(tmp_path: Path) -> None:
    found = module(SHADOWED, tmp_path)
    gradient = s2sad.grad(found.cubed)
    assert gradient(1.5, 1) == 2 * 1.5 * 2.0 * 3.0
    found._type = 5.0
    assert gradient(1.5, 1) == 2 * 1.5 * 2.0 * 5.0
    found._result = 4
    assert gradient(1.5, 1) == 2 * 1.5 * 4.0 * 5.0


def test_a_global_is_live(tmp_path: Path) -> None:
    found = module(SHADOWED, tmp_path)
    gradient = s2sad.grad(found.rooted)
    assert gradient(4.0) == 0.25
    found.np = type("namespace", (), {"sqrt": np.sin})
    assert gradient(4.0) == np.cos(4.0)
    del found.np
    with pytest.raises((NameError, s2sad.CompileError)):
        gradient(4.0)


def underscores(_x: float, _out: float) -> float:
    _result = _x * _out
    __bar = _result * _x
    return __bar


def test_names_like_those_of_the_entry() -> None:
    value = s2sad.value_and_grad(underscores, wrt=(0, 1))
    assert value(2.0, 3.0) == (12.0, (12.0, 4.0))
    assert s2sad.grad(underscores)(2.0, 3.0) == 12.0
    out, pullback = s2sad.vjp(underscores, 2.0, 3.0)
    assert out == 12.0 and pullback(1.0) == (12.0, 4.0)


def third(x: Any, w: float) -> float:
    s = 0.0
    for k in range(3):
        s = s + x[k] * w
    return s


def test_tracebacks_show_the_page() -> None:
    gradient = s2sad.grad(third, wrt=1)
    assert gradient([1.0, 2.0, 3.0], 2.0) == 6.0
    with pytest.raises(IndexError) as caught:
        gradient([1.0, 2.0], 2.0)
    frames = traceback.extract_tb(caught.value.__traceback__)[1:]
    assert [frame.name for frame in frames] == ["third_adjoint"]
    assert "x[k]" in str(frames[0].line)
    assert entry(gradient).__globals__ is third.__globals__


def test_other_kinds_of_arguments_leave_the_page_as_it_was() -> None:
    gradient = s2sad.value_and_grad(underscores, wrt=(0, 1))
    assert gradient(2.0, 3.0) == (12.0, (12.0, 4.0))
    array = np.array([1.0, 2.0])
    with pytest.raises(s2sad.CompileError):
        gradient(array, 3.0)
    assert gradient(np.float32(2.0), 3.0)[0] == 12.0
    assert gradient(2.0, 3.0) == (12.0, (12.0, 4.0))


def defaults(x: float, /, y: float = 2.0, *rest: float, scale: float = 3.0, **more: float) -> float:
    return x * y * scale * (rest[0] if rest else 1.0) * more["extra"]


def test_every_kind_of_parameter() -> None:
    gradient = s2sad.grad(third, wrt="w")
    assert gradient(w=2.0, x=[1.0, 2.0, 3.0]) == 6.0
    assert s2sad.grad(defaults)(2.0, 3.0, 4.0, scale=5.0, extra=6.0) == 360.0
    assert s2sad.grad(defaults)(2.0, extra=6.0) == 36.0
    keyword = s2sad.grad(keywords)
    assert keyword(2.0) == 6.0
    assert keyword(2.0, scale=5.0, y=1.0) == 5.0
    with pytest.raises(TypeError):
        keyword(2.0, other=1.0)


def keywords(x: float, /, y: float = 2.0, *, scale: float = 3.0) -> float:
    return x * y * scale

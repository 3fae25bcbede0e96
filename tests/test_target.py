"""Targets, arguments and wrt as the command line names them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from s2sad.annotations import sample_of
from s2sad.target import UsageError, bind, find_arguments, find_target, find_wrt

MODULE = """
import numpy as np

offset = 2.0
ARGS = (np.array([1.0, 2.0]), 3, 4.0)
WRT = (0,)
broken = 5

def loss(x, n, k):
    return k * np.sum(x[:n])

def scale(x, k=offset):
    return k * x

scale_args = (1.5,)
scale_wrt = "x"

def later():
    return (7.0,)

def annotated(a: float, b: "f8[:, :]", n: int, *, c: "float32[:]"):
    return a

def vague(a: float, b: np.ndarray):
    return a

def fails():
    raise ValueError("no\\nluck")

class Model:
    def __init__(self, w):
        self.w = w

    def loss(self, x, y):
        return self.w * x * y

    @staticmethod
    def plain(x):
        return x

loss_of_model = (Model(2.0), 3.0, 4.0)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    file = tmp_path / "a_module_of_its_own.py"
    file.write_text(MODULE)
    yield str(file)
    sys.modules.pop("a_module_of_its_own", None)


def arguments(text: str, **options: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    found = find_arguments(find_target(text), **options)
    return found.args, found.kwargs


def chosen(text: str, wrt: str | None = None, **options: str) -> tuple[str, ...]:
    target = find_target(text)
    function, found = bind(target, find_arguments(target, **options))
    return find_wrt(target, function, found, wrt)


def test_modules_are_found_by_name(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_target("a_module_of_its_own:Model.loss").name == "loss"


@pytest.mark.parametrize(
    "text, words",
    [
        ("loss", "not of the form"),
        (":loss", "not of the form"),
        ("nowhere.py:loss", "no file 'nowhere.py'"),
        ("nowhere_at_all:loss", "cannot be imported: ModuleNotFoundError"),
        ("a b:loss", "neither a file nor the name of a module"),
        ("{place}:lss", "no function 'lss'"),
        ("{place}:Los", "did you mean 'loss'?"),
        ("{place}:Model.lss", "no function 'Model.lss'"),
        ("{place}:broken", "not a function"),
        ("{place}:Model", "not a function"),
    ],
)
def test_targets_that_are_not_there(place: str, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("?", r"\?")) as caught:
        find_target(text.format(place=place))
    assert "\n" not in str(caught.value)


def test_a_module_that_fails_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "fails_when_imported.py"
    file.write_text("raise RuntimeError('one\\ntwo')")
    with pytest.raises(UsageError, match=r"RuntimeError: one two$"):
        find_target(f"{file}:f")
    assert "fails_when_imported" not in sys.modules


def test_a_module_with_a_syntax_error(tmp_path: Path) -> None:
    file = tmp_path / "not_python.py"
    file.write_text("def f(:")
    with pytest.raises(UsageError, match="SyntaxError"):
        find_target(f"{file}:f")


def test_expressions_are_evaluated_in_the_module(place: str) -> None:
    assert arguments(f"{place}:scale", expression="offset, k=np.pi,") == ((2.0,), {"k": np.pi})
    assert arguments(f"{place}:scale", expression="*later()") == ((7.0,), {})
    assert arguments(f"{place}:scale", expression="(1, 2)") == (((1, 2),), {})
    assert arguments(f"{place}:scale", expression="1.0 # one") == ((1.0,), {})


@pytest.mark.parametrize("expression", ["1,,2", "1)(2", "x = = 2", "1)+f(2", "\0"])
def test_bad_expressions(place: str, expression: str) -> None:
    with pytest.raises(UsageError, match="not a list of Python expressions"):
        arguments(f"{place}:scale", expression=expression)


def test_an_expression_that_raises(place: str) -> None:
    with pytest.raises(UsageError, match="cannot be evaluated: NameError: name 'nothing'"):
        arguments(f"{place}:scale", expression="nothing")


def test_arguments_of_the_module(place: str) -> None:
    assert arguments(f"{place}:scale")[0] == (1.5,)
    assert arguments(f"{place}:loss")[0][1:] == (3, 4.0)
    assert arguments(f"{place}:loss", name="later")[0] == (7.0,)


@pytest.mark.parametrize(
    "name, words",
    [
        ("nothing", "no 'nothing' to take arguments from"),
        ("broken", "must be a tuple of arguments, not int"),
        ("fails", "ValueError: no luck"),
    ],
)
def test_names_without_arguments(place: str, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        arguments(f"{place}:loss", name=name)


def test_annotations_give_types(tmp_path: Path) -> None:
    file = tmp_path / "annotated_only.py"
    file.write_text(MODULE.replace("ARGS", "NOT_ARGS"))
    (a, b, n), keywords = arguments(f"{file}:annotated")
    assert type(a) is float and type(n) is int and n > 1
    assert b.dtype == np.float64 and b.ndim == 2
    assert keywords["c"].dtype == np.float32 and keywords["c"].ndim == 1
    with pytest.raises(UsageError, match=r"argument 'b' aren't known.*--args.*vague_args"):
        arguments(f"{file}:vague")
    sys.modules.pop("annotated_only")


@pytest.mark.parametrize(
    "annotation, kind, dtype, rank",
    [
        (float, float, None, None),
        (np.float32, np.float32, None, None),
        ("f8[:]", np.ndarray, "float64", 1),
        ("complex64[:,:, :]", np.ndarray, "complex64", 3),
        (Annotated[np.ndarray, "f4[:, :]"], np.ndarray, "float32", 2),
        (Annotated[float, "a length"], type(None), None, None),
        (np.ndarray[tuple[int, int], np.dtype[np.float64]], np.ndarray, "float64", 2),
        (np.typing.NDArray[np.float64], type(None), None, None),
        (np.ndarray, type(None), None, None),
        (list[float], list, None, None),
        (tuple[float, Annotated[np.ndarray, "f8[:]"]], tuple, None, None),
        (tuple[float, ...], type(None), None, None),
        (list[np.ndarray], type(None), None, None),
        ("nonsense[:]", type(None), None, None),
        (str, type(None), None, None),
    ],
)
def test_samples_of_annotations(
    annotation: Any, kind: type, dtype: str | None, rank: int | None
) -> None:
    sample = sample_of(annotation, np.random.default_rng(0))
    assert type(sample) is kind
    if rank is not None:
        assert (sample.dtype, sample.ndim) == (np.dtype(dtype), rank)


def test_wrt(place: str) -> None:
    assert chosen(f"{place}:loss") == ("x",)
    assert chosen(f"{place}:loss", expression="np.ones(2), 1, 2.0") == ("x", "k")
    assert chosen(f"{place}:loss", wrt="k, 0") == ("k", "x")
    assert chosen(f"{place}:scale") == ("x",)
    assert chosen(f"{place}:scale", expression="1, 2.0", wrt=None) == ("x",)


def test_methods(place: str) -> None:
    target = find_target(f"{place}:Model.loss")
    function, found = bind(target, find_arguments(target, name="loss_of_model"))
    assert function(*found.args) == 24.0
    assert chosen(f"{place}:Model.loss", name="loss_of_model") == ("x", "y")
    assert chosen(f"{place}:Model.loss", wrt="2", name="loss_of_model") == ("y",)
    assert chosen(f"{place}:Model.plain", expression="1.0") == ("x",)


@pytest.mark.parametrize("wrt", ["z", "3", "-1", "", "x,,k"])
def test_wrong_wrt(place: str, wrt: str) -> None:
    with pytest.raises(UsageError, match=r"has no parameter .*: it has x, n, k"):
        chosen(f"{place}:loss", wrt=wrt)


def test_nothing_to_differentiate_by(place: str) -> None:
    with pytest.raises(UsageError, match="no argument of floats"):
        chosen(f"{place}:loss", expression="np.arange(3), 1, 2")


def test_arguments_that_do_not_fit(place: str) -> None:
    with pytest.raises(UsageError, match=r"--args doesn't fit loss: missing"):
        chosen(f"{place}:loss", expression="1.0")

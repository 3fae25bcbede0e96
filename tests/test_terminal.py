"""Colours, escapes and columns."""

from __future__ import annotations

import io
import re

import pytest

from s2sad.terminal import highlighted, side_by_side, wants_colour

PAGE = "def f(x, *, out_bar=1.0):\n    # -- a comment\n    return x * 'one'\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "stream, environment, expected",
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_who_gets_colours(stream: io.StringIO, environment: dict[str, str], expected: bool) -> None:
    assert wants_colour(stream, environment) is expected


def test_colours_add_and_never_change_text() -> None:
    coloured = highlighted(PAGE)
    assert re.sub(r"\x1b\[\d*m", "", coloured) == PAGE
    assert "\x1b[34mdef\x1b[0m" in coloured
    assert "\x1b[35mout_bar\x1b[0m" in coloured
    assert "\x1b[32m# -- a comment\x1b[0m" in coloured
    assert "\x1b[33m'one'\x1b[0m" in coloured


def test_strings_over_several_lines_stay_as_they_are() -> None:
    text = 'x = """one\ntwo"""\n'
    assert highlighted(text) == text


def test_text_that_is_not_python_stays_as_it_is() -> None:
    assert highlighted("('never closed\n") == "('never closed\n"


def test_control_characters_are_spelled_out() -> None:
    assert highlighted("a = 'é\x1b[2J│\u202e'\n") == "a = \x1b[33m'é\\x1b[2J│\\u202e'\x1b[0m\n"


def test_columns() -> None:
    assert side_by_side(["ab", "c"], ["x", "", "z"]) == "ab │ x\nc  │\n   │ z\n"
    assert side_by_side([], []) == "\n"

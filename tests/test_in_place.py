"""The table of programs that write in place: its page, and the column of s2sad."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.in_place import InPlace, load
from tests.in_place.peers import REFUSED, RIGHT, WRONG, by_s2sad, verdict

DATA = Path(__file__).parent.parent / "docs" / "in_place.json"
PROGRAMS = load()
VERDICTS = json.loads(DATA.read_text(encoding="utf8"))["verdicts"]


def test_every_program_has_a_verdict_of_every_library() -> None:
    assert len(PROGRAMS) >= 40
    for column in VERDICTS.values():
        assert list(column) == list(PROGRAMS)
        assert set(column.values()) <= {RIGHT, WRONG, REFUSED}


@pytest.mark.parametrize("name", PROGRAMS)
def test_column_of_s2sad(name: str) -> None:
    """As the page says; what it says is refused may have become right since."""
    found = verdict(PROGRAMS[name], by_s2sad)
    assert found == RIGHT or (found, VERDICTS["s2sad"][name]) == (REFUSED, REFUSED)


def test_verdicts() -> None:
    program = PROGRAMS["slice_write"]

    def wrong(given: InPlace) -> tuple[object, object]:
        value, (bar,) = by_s2sad(given)
        return value, (np.where(np.arange(bar.size) == 1, bar * 1.001, bar),)

    def refusing(given: InPlace) -> tuple[object, object]:
        raise TypeError(given.name)

    assert verdict(program, by_s2sad) == RIGHT
    assert verdict(program, wrong) == WRONG
    assert verdict(program, refusing) == REFUSED

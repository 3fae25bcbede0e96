"""Paths of writes and reads, as the reverse sweep asks about them."""

from __future__ import annotations

from typing import Any

from s2sad.analysis.distinct import selects_once
from s2sad.analysis.indexing import is_basic
from s2sad.ir.data import (
    Bind,
    IndexStep,
)
from s2sad.ir.paths import shifted
from s2sad.reverse.levels import Level


def moved(step: Any, offset: int) -> Any:
    return shifted((step,), offset)[0]


def repeats(level: Level, statement: Bind) -> bool:
    """Whether an index of a write may name an element twice: then the last one stays."""
    last = statement.path[-1]
    if not isinstance(last, IndexStep) or is_basic(last, statement.args):
        return False
    return not selects_once(last, statement.args, level.sweep.definitions)

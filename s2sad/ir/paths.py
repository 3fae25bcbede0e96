"""Paths: the steps from a value to a part of it."""

from __future__ import annotations

from typing import Any

from s2sad.ir.data import Hole, IndexStep, Path, SliceStep, Step, ViewStep


def shifted(path: Path, offset: int) -> Path:
    """The path with its holes counted from `offset` on: a `Bind`'s arguments come first."""
    return tuple(_shift_step(step, offset) for step in path)


def _shift(part: Any, offset: int) -> Any:
    if isinstance(part, Hole):
        return Hole(part.position + offset)
    if isinstance(part, SliceStep):
        return SliceStep(*(_shift(b, offset) for b in (part.start, part.stop, part.step)))
    return part


def _shift_step(step: Step, offset: int) -> Step:
    if isinstance(step, IndexStep):
        return IndexStep(tuple(_shift(c, offset) for c in step.components), step.single)
    if isinstance(step, ViewStep):
        return ViewStep(step.op, tuple(_shift(a, offset) for a in step.args), step.static)
    return step

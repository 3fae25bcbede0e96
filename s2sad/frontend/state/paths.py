"""Paths of references: how a view of a view is one path from the base."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.state.values import Ref
from s2sad.ir.data import Atom, Hole, IndexStep, Path, SliceStep, Step, ViewStep


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


def extended(ref: Ref, step: Step, holes: tuple[Atom, ...]) -> Ref:
    """The view one step further, whose holes count in `holes`."""
    return seen_through(ref, Ref(ref.location, (step,), holes))


def seen_through(outer: Ref, inner: Ref) -> Ref:
    """The view that `inner` is of its location, of what `outer` refers to instead."""
    path = shifted(inner.path, len(outer.holes))
    return Ref(outer.location, (*outer.path, *path), (*outer.holes, *inner.holes))

"""Calls and their views: what stands for a parameter; calls with fewer arguments or results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s2sad.ir.data import (
    Atom,
    Bind,
    Call,
    Function,
    Hole,
    IndexStep,
    Path,
    SliceStep,
    Statement,
    Step,
    Var,
    ViewStep,
)
from s2sad.ir.ops import GETITEM
from s2sad.ir.walk import in_function, path_holes, rebuild


def placed(path: Path, change: Mapping[int, int] | int) -> Path:
    """The path with its holes moved: by an offset, or from position to position."""
    return tuple(_placed_step(step, change) for step in path)


def _placed_step(step: Step, change: Mapping[int, int] | int) -> Step:
    if isinstance(step, IndexStep):
        return replace(step, components=tuple(_placed(c, change) for c in step.components))
    if isinstance(step, ViewStep):
        return replace(step, args=tuple(_placed(a, change) for a in step.args))
    return step


def _placed(part: Any, change: Mapping[int, int] | int) -> Any:
    if isinstance(part, Hole):
        at = part.position
        return Hole(at + change if isinstance(change, int) else change[at])
    if isinstance(part, SliceStep):
        return SliceStep(*(_placed(b, change) for b in (part.start, part.stop, part.step)))
    return part


def view_of(call: Call, j: int) -> tuple[Path, tuple[Atom, ...]] | None:
    """The path of the view that stands for a parameter, its holes counted in the atoms given
    along, or None where the argument itself does."""
    for position, path in call.views:
        if position == j:
            holes = list(dict.fromkeys(hole.position for hole in path_holes(path)))
            moved = placed(path, {at: k for k, at in enumerate(holes)})
            return moved, tuple(call.args[at] for at in holes)
    return None


def reading(call: Call, j: int, out: Var | None = None) -> Bind | None:
    """The operation that gives the view that stands for a parameter, if one does."""
    view = view_of(call, j)
    if view is None:
        return None
    path, holes = view
    outs = () if out is None else (out,)
    return Bind(outs, GETITEM, (call.args[j], *holes), (), placed(path, 1), call.origin)


def with_view(call: Call, j: int, base: Atom, path: Path, holes: tuple[Atom, ...]) -> Call:
    """The call with a view of `base` for a parameter; the holes of the path count in `holes`."""
    args = list(call.args)
    args[j] = base
    moved = placed(path, len(args))
    return replace(call, args=(*args, *holes), views=(*call.views, (j, moved)))


def calling(function: Function, names: Mapping[str, str]) -> Function:
    """The function calling functions by other names."""

    def renamed(statement: Statement) -> list[Statement]:
        if isinstance(statement, Call) and statement.callee in names:
            return [replace(statement, callee=names[statement.callee])]
        return [statement]

    return in_function(function, lambda body: rebuild(body, renamed)) if names else function


def shortened(
    call: Call, params: int, kept: Mapping[int, None], outs: Mapping[int, None] | None = None
) -> Call:
    """The call with those of its arguments only that stand for the kept parameters, and with
    the kept results (None: all). params: how many parameters there are."""
    views = [(j, path) for j, path in call.views if j in kept]
    used = {hole.position for _, path in views for hole in path_holes(path)}
    stay = [j for j in range(len(call.args)) if (j in kept if j < params else j in used)]
    at = {old: new for new, old in enumerate(stay)}
    every = dict.fromkeys(range(len(call.outs))) if outs is None else outs
    results = [k for k in range(len(call.outs)) if k in every]
    return replace(
        call,
        args=tuple(call.args[j] for j in stay),
        outs=tuple(call.outs[k] for k in results),
        views=tuple((at[j], placed(path, at)) for j, path in views),
        writes=tuple((results.index(k), at[j]) for k, j in call.writes if k in every and j in kept),
        sums=tuple(at[j] for j in call.sums if j in kept),
    )

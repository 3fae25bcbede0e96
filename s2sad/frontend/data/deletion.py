"""`del`: names, items and slices."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.data import overloads
from s2sad.frontend.data.access import lower_index
from s2sad.frontend.data.augmented import loaded
from s2sad.frontend.data.dicts import delete_key
from s2sad.frontend.data.lists import delete_list_item
from s2sad.frontend.dispatch import expression, lowers
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Frame, Mapping, Ref
from s2sad.ir.types import Lst


@lowers(gast.Delete)
def _delete(ctx: Context, node: Any) -> None:
    for target in node.targets:
        _delete_target(ctx, target)


def _delete_target(ctx: Context, target: Any) -> None:
    if isinstance(target, gast.Name):
        expression(ctx, loaded(target))
        ctx.state.names.pop((_owner(ctx, target.id).number, target.id), None)
        return
    if isinstance(target, (gast.Tuple, gast.List)):
        for part in target.elts:
            _delete_target(ctx, part)
        return
    if isinstance(target, gast.Subscript):
        base = expression(ctx, target.value, "")
        if _delete_item(ctx, base, lower_index(ctx, target.slice), target):
            return
    refuse(
        ctx,
        "S101",
        "`del` of this isn't supported",
        target,
        note="names, items of lists and dicts, and what a class defines can be deleted",
    )


def _owner(ctx: Context, name: str) -> Frame:
    """The frame whose name it is."""
    frame: Frame | None = ctx.frame
    if name in ctx.frame.globals:
        refuse(ctx, "S103", f"this deletes the global `{name}`")
    while name in ctx.frame.nonlocals and frame is not None and name not in frame.locals:
        frame = frame.parent
    return frame or ctx.frame


def _delete_item(ctx: Context, base: Abstract, index: Abstract, node: Any) -> bool:
    """`del base[index]`; whether it could be done."""
    if overloads.delete_item(ctx, base, index, node) is not None:
        return True
    if not isinstance(base, Ref) or base.path:
        return False
    if isinstance(ctx.state.heap[base.location], Mapping):
        delete_key(ctx, base, index, node)
        return True
    if isinstance(type_at(ctx, base), Lst):
        delete_list_item(ctx, base, index, node)
        return True
    return False

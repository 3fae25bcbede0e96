"""Assignment: targets are bound, unpacked or written."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.data.access import get_item, lower_index
from s2sad.frontend.data.iterables import static_elements
from s2sad.frontend.data.stores import set_attribute, set_item
from s2sad.frontend.dispatch import evaluates, expression, lowers
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.sharing import pack_list, unlisted
from s2sad.frontend.state.values import Abstract, Known, Listing, Ref, Slice, Value, Whole
from s2sad.ir.data import Var
from s2sad.ir.types import Lst, Num, Tup

# -- assignment


@lowers(gast.Assign)
def _assign(ctx: Context, node: Any) -> None:
    value = expression(ctx, node.value, target_hint(node.targets[0]))
    for target in node.targets:
        assign(ctx, target, value, node)


def target_hint(target: Any) -> str:
    if isinstance(target, gast.Name):
        return str(target.id)
    if isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
        return f"{target.value.id}.item"
    return ""


def assign(ctx: Context, target: Any, value: Abstract, node: Any) -> None:
    """Binds or writes one target of an assignment."""
    if isinstance(target, gast.Name):
        bind(ctx, target.id, value, target)
    elif isinstance(target, (gast.Tuple, gast.List)):
        _unpack(ctx, target, value, node)
    elif isinstance(target, gast.Subscript):
        base = written(ctx, target.value)
        set_item(ctx, base, lower_index(ctx, target.slice), value, target)
    elif isinstance(target, gast.Attribute):
        set_attribute(ctx, expression(ctx, target.value, ""), target.attr, value, target)
    else:
        refuse(ctx, "S101", "this target of an assignment isn't supported", target)


def written(ctx: Context, node: Any) -> Abstract:
    """What is written into: as it is read, but a list of known length that is written at a place
    known at run time only becomes one value."""
    if not isinstance(node, gast.Subscript):
        return expression(ctx, node, "")
    base, index = written(ctx, node.value), lower_index(ctx, node.slice)
    pack_for(ctx, base, index, node)
    return get_item(ctx, base, index, "", node)


def pack_for(ctx: Context, base: Abstract, index: Abstract, node: Any) -> None:
    content = ctx.state.heap[base.location] if isinstance(base, Ref) else None
    if isinstance(content, Listing) and not isinstance(index, (Known, Slice)):
        assert isinstance(base, Ref)
        pack_list(ctx, base, node)


def bind(ctx: Context, name: str, value: Abstract, node: Any) -> None:
    """Binds a name in the scope where Python would bind it."""
    frame = ctx.frame
    if name in frame.globals:
        refuse(
            ctx,
            "S103",
            f"this writes the global `{name}`",
            node,
            note="a gradient must leave globals as they were",
            help="return the value instead",
        )
    if name in frame.nonlocals:
        outer = frame.parent
        while outer is not None and name not in outer.locals:
            outer = outer.parent
        if outer is None:
            refuse(
                ctx,
                "S103",
                f"this writes `{name}` of a function outside",
                node,
                help="return the value instead",
            )
        frame = outer
    _suggest(ctx, name, value)
    ctx.state.names[(frame.number, name)] = value


def _suggest(ctx: Context, name: str, value: Abstract) -> None:
    """A value that has only a name of ours gets the user's, from the first name bound to it."""
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        atom = content.atom if isinstance(content, Whole) else None
    else:
        atom = value.atom if isinstance(value, Value) else None
    if isinstance(atom, Var) and not atom.hint.isidentifier():
        ctx.hints.setdefault(atom, name)


def _unpack(ctx: Context, target: Any, value: Abstract, node: Any) -> None:
    starred = [k for k, t in enumerate(target.elts) if isinstance(t, gast.Starred)]
    items = _unpacked(ctx, value, len(target.elts), bool(starred), node)
    if starred:
        k = starred[0]
        after = len(target.elts) - k - 1
        middle = location(ctx, Listing(tuple(items[k : len(items) - after])))
        items = [*items[:k], middle, *items[len(items) - after :]]
    if len(items) != len(target.elts):
        refuse(
            ctx,
            "S405",
            f"{len(items)} values for {len(target.elts)} targets",
            node,
            note="Python would raise ValueError",
            raises=ValueError,
        )
    if any(isinstance(t, gast.Subscript) for t in target.elts):
        items = unlisted(ctx, items, node)
    for part, item in zip(target.elts, items, strict=True):
        assign(ctx, part.value if isinstance(part, gast.Starred) else part, item, node)


def _unpacked(
    ctx: Context, value: Abstract, count: int, starred: bool, node: Any
) -> list[Abstract]:
    items = static_elements(ctx, value)
    if items is not None:
        return list(items)
    kind = type_at(ctx, value, node)
    if isinstance(kind, Tup):
        count = len(kind.items)
    elif starred or not isinstance(kind, (Lst, Num)):
        refuse(ctx, "S101", "this can't be unpacked: its length isn't known", node)
    return [get_item(ctx, value, Known(k), "", node) for k in range(count)]


@lowers(gast.AnnAssign)
def _annotated(ctx: Context, node: Any) -> None:
    if node.value is not None:
        assign(ctx, node.target, expression(ctx, node.value, target_hint(node.target)), node)


@evaluates(gast.NamedExpr)
def _named_expression(ctx: Context, node: Any, hint: str) -> Abstract:
    value = expression(ctx, node.value, node.target.id)
    assign(ctx, node.target, value, node)
    return value

"""Assignment: targets are bound, unpacked or written."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.equivalents import sequences
from s2sad.frontend.data.access import get_item, lower_index
from s2sad.frontend.data.iterables import static_elements
from s2sad.frontend.data.lists import as_list
from s2sad.frontend.data.stores import set_attribute, set_item
from s2sad.frontend.dispatch import evaluates, expression, lowers
from s2sad.frontend.operations.definitions import call_python
from s2sad.frontend.operations.failures import failure
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.sharing import pack_list, unlisted
from s2sad.frontend.state.values import Abstract, Known, Listing, Ref, Slice, Value, Whole
from s2sad.ir.data import Var
from s2sad.ir.types import Lst, Num, Tup, Type

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


def _unpack_fails(ctx: Context, target: Any, value: Abstract, node: Any) -> Exception | None:
    def unpack(held: Any) -> None:
        _first, *_ = held

    return failure(ctx, unpack, [value])


@over_choices(1, failing=_unpack_fails)
def _unpack(ctx: Context, target: Any, value: Abstract, node: Any) -> None:
    starred = [k for k, t in enumerate(target.elts) if isinstance(t, gast.Starred)]
    items = _unpacked(ctx, value, len(target.elts), starred[0] if starred else None, node)
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
    ctx: Context, value: Abstract, count: int, star: int | None, node: Any
) -> list[Abstract]:
    """What the targets are assigned. star: which of them takes a list of what the others leave."""
    items = static_elements(ctx, value)
    kind = type_at(ctx, value, node)
    if items is None and isinstance(kind, Tup):
        items = tuple(get_item(ctx, value, Known(k), "", node) for k in range(len(kind.items)))
    if items is None and not isinstance(kind, (Lst, Num)):
        refuse(ctx, "S101", "this can't be unpacked: its length isn't known", node)
    if items is None and star is None:
        _check_count(ctx, sequences.has_items, value, kind, count, node)
        return [get_item(ctx, value, Known(k), "", node) for k in range(count)]
    if star is None:
        return list(items or ())
    after = count - star - 1
    if items is not None and len(items) >= count - 1:
        middle = location(ctx, Listing(tuple(items[star : len(items) - after])))
        return [*items[:star], middle, *items[len(items) - after :]]
    return _around_star(ctx, value, star, after, node)


def _around_star(
    ctx: Context, value: Abstract, before: int, after: int, node: Any
) -> list[Abstract]:
    _check_count(ctx, sequences.has_items_at_least, value, None, before + after, node)
    stop = Known(-after) if after else Known(None)
    rest = get_item(ctx, value, Slice(Known(before), stop, Known(None)), "", node)
    first = [get_item(ctx, value, Known(k), "", node) for k in range(before)]
    last = [get_item(ctx, value, Known(k), "", node) for k in range(-after, 0)]
    return [*first, as_list(ctx, rest, "", node), *last]


def _check_count(
    ctx: Context, check: Any, value: Abstract, kind: Type | None, count: int, node: Any
) -> None:
    """Raises ValueError at run time, as unpacking does, where a length isn't known before."""
    dim = kind.length if isinstance(kind, Lst) else None
    if isinstance(kind, Num) and kind.shape:
        dim = kind.shape[0]
    if dim is None or dim.known != count:
        call_python(ctx, check, [value, Known(count)], {}, "", node)


@lowers(gast.AnnAssign)
def _annotated(ctx: Context, node: Any) -> None:
    if node.value is not None:
        assign(ctx, node.target, expression(ctx, node.value, target_hint(node.target)), node)


@evaluates(gast.NamedExpr)
def _named_expression(ctx: Context, node: Any, hint: str) -> Abstract:
    value = expression(ctx, node.value, node.target.id)
    assign(ctx, node.target, value, node)
    return value

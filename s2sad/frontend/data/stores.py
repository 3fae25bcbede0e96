"""Storing: `base[index] = value`, `base.name = value`."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.data import overloads
from s2sad.frontend.data.keys import key_of
from s2sad.frontend.data.lists import replace_slice
from s2sad.frontend.data.objects import set_member
from s2sad.frontend.operations.apply import stored_atom
from s2sad.frontend.operations.outputs import check_overlap, set_array_attribute
from s2sad.frontend.operations.views import item_ref
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.sharing import hold, holds_arrays, pack_list, settle, settled
from s2sad.frontend.state.values import Abstract, Attributes, Known, Listing, Mapping, Ref, Slice
from s2sad.frontend.state.writes import replace_content, write
from s2sad.ir.types import Lst, Num
from s2sad.rules.views import is_flat


def _item_fails(ctx: Context, base: Abstract, *_: Any) -> Exception | None:
    none = isinstance(base, Known) and base.value is None
    return TypeError("'NoneType' object does not support item assignment") if none else None


@over_choices(0, 1, failing=_item_fails)
def set_item(ctx: Context, base: Abstract, index: Abstract, value: Abstract, node: Any) -> None:
    """`base[index] = value`."""
    if overloads.set_item(ctx, base, index, value, node) is not None:
        return
    if not isinstance(base, Ref):
        refuse(
            ctx,
            "S103" if isinstance(base, Known) else "S405",
            "this can't be written",
            node,
            note="it is a constant, or comes from outside of the function",
        )
    content = ctx.state.heap[base.location]
    if isinstance(index, Slice) and not base.path and isinstance(type_at(ctx, base), Lst):
        replace_slice(ctx, base, index, value, node)
        return
    if not base.path and isinstance(content, (Listing, Mapping)):
        _set_known_item(ctx, base, content, index, value, node)
        return
    if not base.path and holds_arrays(type_at(ctx, base)):
        value = settled(ctx, base.location, value, node)
        atom = atom_of(ctx, value, "", node)
        settle(ctx, base.location, node)
        write(ctx, item_ref(ctx, base, index, node), atom, node)
        hold(ctx, base.location, value)
        return
    if is_flat(base.path):
        check_overlap(ctx, "`.flat`", base, [value], node)
    ref = item_ref(ctx, base, index, node)
    if base.path and isinstance(type_at(ctx, Ref(base.location)), Lst):
        _check_nested(ctx, base, value, node)
    in_list = isinstance(type_at(ctx, base), Lst)
    atom = atom_of(ctx, value, "", node) if in_list else stored_atom(ctx, value, node)
    write(ctx, ref, atom, node)


def _check_nested(ctx: Context, base: Ref, value: Abstract, node: Any) -> None:
    """What an array put into a list inside of a list shares memory with isn't followed."""
    if holds_arrays(type_at(ctx, base)) and isinstance(value, Ref):
        refuse(
            ctx,
            "S301",
            "this puts an array into a list inside of a list",
            node,
            note="what else refers to the array isn't followed there",
            help="make the inner list first, and put it into the outer one",
        )


def _set_known_item(
    ctx: Context, base: Ref, content: Listing | Mapping, index: Abstract, value: Abstract, node: Any
) -> None:
    if isinstance(content, Mapping):
        pairs = dict(content.items) | {key_of(ctx, index, node): value}
        replace_content(ctx, base.location, Mapping(tuple(pairs.items())), node)
        return
    if isinstance(content, Listing) and isinstance(index, Known) and isinstance(index.value, int):
        items = list(content.items)
        if not -len(items) <= index.value < len(items):
            refuse(
                ctx,
                "S405",
                "this index is out of range",
                node,
                note="Python would raise IndexError",
                raises=IndexError,
            )
        items[index.value] = value
        replace_content(ctx, base.location, Listing(tuple(items)), node)
        return
    if isinstance(content, Listing):
        pack_list(ctx, base, node)
        set_item(ctx, base, index, value, node)
        return
    refuse(ctx, "S101", "the key of a dict must be known when compiling", node)


def _attribute_fails(ctx: Context, base: Abstract, name: str, *_: Any) -> Exception | None:
    none = isinstance(base, Known) and base.value is None
    return AttributeError(f"'NoneType' object has no attribute '{name}'") if none else None


@over_choices(0, failing=_attribute_fails)
def set_attribute(ctx: Context, base: Abstract, name: str, value: Abstract, node: Any) -> None:
    """`base.name = value`."""
    if isinstance(base, Ref) and isinstance(type_at(ctx, base, node), Num):
        set_array_attribute(ctx, base, name, value, node)
        return
    if isinstance(base, Ref) and not base.path:
        content = ctx.state.heap[base.location]
        if isinstance(content, Attributes):
            set_member(ctx, base, name, value, node)
            return
    refuse(
        ctx,
        "S103",
        f"this writes the attribute `{name}` of something outside",
        node,
        note="a gradient must leave the outside as it was",
        help="return the value instead",
    )

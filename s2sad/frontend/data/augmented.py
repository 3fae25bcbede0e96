"""Augmented assignment: in place where Python does it in place."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.data import overloads
from s2sad.frontend.data.access import get_attribute, get_item, lower_index
from s2sad.frontend.data.assignment import bind, pack_for, target_hint, written
from s2sad.frontend.data.lists import extend_list
from s2sad.frontend.data.operators import BINARY, binary
from s2sad.frontend.data.stores import set_attribute, set_item
from s2sad.frontend.dispatch import call, expression, lowers
from s2sad.frontend.operations.apply import stored_atom
from s2sad.frontend.operations.failures import failure
from s2sad.frontend.operations.outputs import check_cast, write_whole
from s2sad.frontend.operations.views import item_ref, view_or_value
from s2sad.frontend.state.choices import each
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.heap import reachable
from s2sad.frontend.state.links import stamp
from s2sad.frontend.state.operands import evaluated, wait
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.values import Abstract, Listing, Mapping, Method, OneOf, Ref, Whole
from s2sad.frontend.state.writes import check_target, increment, live_values, write
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import Lst, Num
from s2sad.rules.views import is_flat

# -- augmented assignment


@lowers(gast.AugAssign)
def _augmented(ctx: Context, node: Any) -> None:
    name = BINARY[type(node.op)]
    target = node.target
    if isinstance(target, gast.Name):
        current = wait(ctx, expression(ctx, loaded(target), ""), [node.value])
        value = expression(ctx, node.value, f"{target.id}.{name}")
        updated = update(ctx, name, evaluated(ctx, current), value, target.id, node)
        if updated is not None:
            bind(ctx, target.id, updated, target)
        return
    if isinstance(target, gast.Subscript):
        base, index = written(ctx, target.value), lower_index(ctx, target.slice)
        pack_for(ctx, base, index, node)
        _augmented_item(ctx, base, index, name, node)
        return
    base = expression(ctx, target.value, "")
    if isinstance(target, gast.Attribute):
        current = wait(ctx, get_attribute(ctx, base, target.attr, "", node), [node.value])
        value = expression(ctx, node.value, f"{target.attr}.{name}")
        updated = update(ctx, name, evaluated(ctx, current), value, target.attr, node)
        if updated is not None:
            set_attribute(ctx, base, target.attr, updated, node)


def loaded(target: Any) -> Any:
    copy = gast.Name(target.id, gast.Load(), None, None)
    return gast.copy_location(copy, target)


def _augmented_item(ctx: Context, base: Abstract, index: Abstract, name: str, node: Any) -> None:
    hint = target_hint(node.target)
    if isinstance(base, Ref):
        content = ctx.state.heap[base.location]
        if base.path or isinstance(content, Whole):
            _augmented_element(ctx, base, index, name, hint, node)
            return
    current = wait(ctx, get_item(ctx, base, index, "", node), [node.value])
    value = expression(ctx, node.value, hint)
    updated = update(ctx, name, evaluated(ctx, current), value, hint, node)
    if updated is not None:
        set_item(ctx, base, index, updated, node)


def _augmented_element(
    ctx: Context, base: Ref, index: Abstract, name: str, hint: str, node: Any
) -> None:
    """`x[i] op= e` on an array (or an element of a list)."""
    ref = item_ref(ctx, base, index, node)
    calls = any(isinstance(n, gast.Call) for n in gast.walk(node.value))
    early = view_or_value(ctx, ref, "", node) if calls else None
    before = stamp(ctx.state, base)
    value = expression(ctx, node.value, hint)
    if stamp(ctx.state, base) != before and early is not None and not isinstance(early, Ref):
        # Python reads a single element before it evaluates the right side.
        write(ctx, ref, atom_of(ctx, binary(ctx, name, early, value, hint, node)), node)
        return
    if name in ("add", "sub") and isinstance(type_at(ctx, base), Num):
        sign = "+" if name == "add" else "-"
        increment(ctx, ref, stored_atom(ctx, value, node), sign, node)
        return
    current = view_or_value(ctx, ref, "", node)
    if isinstance(type_at(ctx, base), Lst):
        updated = update(ctx, name, current, value, hint, node)
        if updated is not None:
            set_item(ctx, base, index, updated, node)
        return
    result = binary(ctx, name, current, value, hint, node)
    kind = type_at(ctx, current)
    if isinstance(kind, Num) and kind.is_array:
        check_cast(ctx, type_at(ctx, result), kind, node)
    write(ctx, ref, atom_of(ctx, result), node)


def update(
    ctx: Context, name: str, current: Abstract, value: Abstract, hint: str, node: Any
) -> Abstract | None:
    """`current op= value`: a new value to bind, or None where it was written in place."""
    if isinstance(current, OneOf):
        return each(
            ctx,
            current,
            lambda c: update(ctx, name, c, value, hint, node) or c,
            node,
            lambda c: failure(ctx, OPERATORS[name].function, [c, value]),
        )
    asked = overloads.in_place(ctx, name, current, value, hint, node)
    if asked is not None:
        return asked
    if isinstance(current, Ref) and is_flat(current.path):
        return binary(ctx, name, current, value, hint, node)
    if isinstance(current, Ref):
        kind = type_at(ctx, current, node)
        if isinstance(kind, Num):
            return _update_array(ctx, name, current, kind, value, hint, node)
        if isinstance(kind, Lst) and name == "add" and not current.path:
            extend_list(ctx, current, value, node)
            return None
        content = ctx.state.heap[current.location]
        if isinstance(content, Mapping) and name == "or_":
            call(ctx, Method(current, "update"), [value], {}, "", node)
            return None
        if isinstance(content, (Listing, Mapping)):
            refuse(
                ctx,
                "S101",
                "this augmented assignment of a list or dict isn't supported",
                node,
                help="write it without `=` in the operator",
            )
    return binary(ctx, name, current, value, hint, node)


def _update_array(
    ctx: Context, name: str, current: Ref, kind: Num, value: Abstract, hint: str, node: Any
) -> Abstract | None:
    if not kind.is_array:
        return _update_union(ctx, name, current, value, hint, node)
    if name in ("add", "sub"):
        sign = "+" if name == "add" else "-"
        increment(ctx, current, stored_atom(ctx, value, node), sign, node)
        return None
    result = binary(ctx, name, current, value, f"{hint}.{name}", node)
    check_cast(ctx, type_at(ctx, result), kind, node)
    write_whole(ctx, current, result, node)
    return None


def _update_union(
    ctx: Context, name: str, current: Ref, value: Abstract, hint: str, node: Any
) -> Abstract:
    """`acc += x` where acc may be a number or an array: it rebinds, or writes in place. The two
    are the same where nothing else refers to the array."""
    check_target(ctx, current.location, node)
    own = [v for v in live_values(ctx) if not (isinstance(v, Ref) and v == current)]
    if current.location in reachable(ctx.state, own) or current.path:
        refuse(
            ctx,
            "S405",
            "this rebinds a number or writes an array, depending on the path",
            node,
            help="write `x = x + ...` if a new value is meant",
        )
    return binary(ctx, name, current, value, hint, node)

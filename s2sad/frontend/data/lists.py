"""Methods, slices and items of lists: what is edited is the content of a location.

A list is known by its elements as long as all edits are known when compiling; else it is one
run-time value, and edits other than at its end are concatenations of its slices.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.analysis.joins import join
from s2sad.equivalents import sequences
from s2sad.frontend.data.access import get_item, length
from s2sad.frontend.data.iterables import static_elements
from s2sad.frontend.data.known_lists import EDITS, NONE, position
from s2sad.frontend.data.operators import binary
from s2sad.frontend.dispatch import methods_of
from s2sad.frontend.operations.definitions import call_python
from s2sad.frontend.state.context import Context, add, elements_of, location, place, refuse, wrap
from s2sad.frontend.state.heap import may_alias, relate
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.sharing import (
    from_start,
    hold,
    holds_arrays,
    pack_list,
    relate_lists,
    settle,
    taken_out,
)
from s2sad.frontend.state.values import (
    Abstract,
    Keywords,
    Known,
    Listing,
    Method,
    Ref,
    Slice,
    Value,
    Whole,
)
from s2sad.frontend.state.writes import replace_content
from s2sad.ir.data import Atom, Bind, Const, Var
from s2sad.ir.ops import APPEND, POP
from s2sad.ir.types import Lst, Num


def as_list(ctx: Context, value: Abstract, hint: str, node: Any) -> Abstract:
    """A new list of what an iterable gives; of known length where that is known."""
    items = static_elements(ctx, value)
    if items is not None:
        return location(ctx, Listing(items))
    if isinstance(value, Ref) and isinstance(type_at(ctx, value, node), Lst):
        return _part(ctx, value, NONE, NONE, hint, node)
    return call_python(ctx, sequences.listed, [value], {}, hint, node)


@methods_of("list")
def list_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`items.append(x)` and its like."""
    receiver, name = callee.receiver, callee.name
    if not (isinstance(receiver, Ref) and not receiver.path):
        refuse(
            ctx,
            "S204",
            f"`.{name}` on a list inside a list can't be differentiated yet",
            node,
            help="take it out, change it, and put it back",
        )
    content = ctx.state.heap[receiver.location]
    if isinstance(content, Listing) and all(isinstance(a, Known) for a in _places(name, args)):
        items = list(content.items)
        edit = EDITS.get(name)
        if edit is not None and not (name == "extend" and static_elements(ctx, args[0]) is None):
            result = edit(ctx, items, args, node)
            replace_content(ctx, receiver.location, Listing(tuple(items)), node)
            return result
    edited = _DYNAMIC.get(name)
    if edited is None:
        refuse(
            ctx,
            "S204",
            f"the list method `.{name}` can't be differentiated yet",
            node,
            help="write it as a loop",
        )
    return edited(ctx, receiver, args, keywords, hint, node)


def _places(name: str, args: list[Abstract]) -> list[Abstract]:
    return args[:1] if name in ("pop", "insert") else []


# -- of a length that is known at run time only


def _whole(ctx: Context, receiver: Ref, node: Any) -> Whole:
    """The list as one run-time value, from here on."""
    if isinstance(ctx.state.heap[receiver.location], Listing):
        pack_list(ctx, receiver, node)
    content = ctx.state.heap[receiver.location]
    assert isinstance(content, Whole)
    return content


def _append(
    ctx: Context, receiver: Ref, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    content = _whole(ctx, receiver, node)
    atom = atom_of(ctx, args[0], "", node)
    kind = type_of(content.atom)
    assert isinstance(kind, Lst)
    item = join(kind.item, type_of(atom))
    if item is None:
        refuse(
            ctx,
            "S405",
            "this list would hold different kinds of things",
            node,
            help="use one list for each kind",
        )
    _count_from_start(ctx, receiver, node)
    var = add(ctx, APPEND, (content.atom, atom), Lst(item, dims.fresh(1)), _hint(content), node)
    if holds_arrays(var.type):
        hold(ctx, receiver.location, args[0])
    replace_content(ctx, receiver.location, Whole(var), node)
    return NONE


def _count_from_start(ctx: Context, receiver: Ref, node: Any) -> None:
    """References to elements that count from the end of a list hold when it grows."""

    def place(index: Atom) -> Atom:
        if isinstance(index, Var):
            return atom_of(ctx, _from_start(ctx, receiver, Value(index), node), "", node)
        if not isinstance(index, Const) or index.value >= 0:
            return index
        back = Known(-index.value)
        made = binary(ctx, "sub", length(ctx, receiver, "", node), back, "", node)
        return atom_of(ctx, made, "", node)

    from_start(ctx, receiver.location, place)


def _hint(content: Whole) -> str:
    return content.atom.hint if isinstance(content.atom, Var) else ""


def _pop(
    ctx: Context, receiver: Ref, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    last = not args or (isinstance(args[0], Known) and args[0].value == -1)
    if not last:
        return _pop_at(ctx, receiver, args[0], hint, node)
    content = _whole(ctx, receiver, node)
    kind = type_of(content.atom)
    assert isinstance(kind, Lst)
    rest = Var(_hint(content), Lst(kind.item, dims.fresh(0)), place(ctx, node))
    item = Var(hint, elements_of(kind), place(ctx, node))
    ctx.draft.statements.append(Bind((rest, item), POP, (content.atom,), (), (), place(ctx, node)))
    settle(ctx, receiver.location, node)
    replace_content(ctx, receiver.location, Whole(rest), node)
    taken = wrap(ctx, item, node)
    taken_out(ctx, receiver.location, taken)
    return taken


def _pop_at(ctx: Context, receiver: Ref, index: Abstract, hint: str, node: Any) -> Abstract:
    _whole(ctx, receiver, node)
    index = _from_start(ctx, receiver, index, node)
    read = get_item(ctx, receiver, index, hint, node)
    item = wrap(ctx, atom_of(ctx, read, hint, node), node)
    taken_out(ctx, receiver.location, item)
    delete_list_item(ctx, receiver, index, node)
    return item


def _from_start(ctx: Context, receiver: Ref, index: Abstract, node: Any) -> Abstract:
    """An index that isn't negative: `k % len(items)`, unless it is known not to be."""
    if isinstance(index, Known) and index.value >= 0:
        return index
    kind = type_at(ctx, index, node)
    if isinstance(kind, Num) and kind.value is not None and (kind.value.least or -1) >= 0:
        return index
    return binary(ctx, "mod", index, length(ctx, receiver, "", node), "", node)


def _part(
    ctx: Context, receiver: Ref, start: Abstract, stop: Abstract, hint: str, node: Any
) -> Abstract:
    made = get_item(ctx, receiver, Slice(start, stop, NONE), hint, node)
    relate_lists(ctx, made, [receiver])
    return made


def _joined(ctx: Context, first: Abstract, second: Abstract, node: Any) -> Abstract:
    made = binary(ctx, "add", first, second, "", node)
    relate_lists(ctx, made, [first, second])
    return made


def _become(ctx: Context, receiver: Ref, made: Abstract, node: Any) -> Abstract:
    """The list takes the content of a new one, and what that one holds."""
    assert isinstance(made, Ref)
    settle(ctx, receiver.location, node)
    kind = type_at(ctx, made)
    if holds_arrays(kind):
        for number in may_alias(ctx.state, made.location):
            relate(ctx.state, receiver.location, number, "held")
        ctx.tangled.add(receiver.location)
    replace_content(ctx, receiver.location, ctx.state.heap[made.location], node)
    return NONE


def _insert(
    ctx: Context, receiver: Ref, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    _whole(ctx, receiver, node)
    index, value = args
    middle = location(ctx, Listing((value,)))
    before = _part(ctx, receiver, NONE, index, "", node)
    made = _joined(ctx, before, middle, node)
    made = _joined(ctx, made, _part(ctx, receiver, index, NONE, "", node), node)
    return _become(ctx, receiver, made, node)


def _extend(
    ctx: Context, receiver: Ref, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    other = as_list(ctx, args[0], "", node)
    return _become(ctx, receiver, _joined(ctx, receiver, other, node), node)


def extend_list(ctx: Context, receiver: Ref, other: Abstract, node: Any) -> None:
    """`items += other`."""
    list_method(ctx, Method(receiver, "extend"), [other], {}, "", node)


def _reverse(
    ctx: Context, receiver: Ref, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    made = get_item(ctx, receiver, Slice(NONE, NONE, Known(-1)), "", node)
    relate_lists(ctx, made, [receiver])
    return _become(ctx, receiver, made, node)


def _clear(
    ctx: Context, receiver: Ref, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return _become(ctx, receiver, location(ctx, Listing(())), node)


def _copy(
    ctx: Context, receiver: Ref, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return as_list(ctx, receiver, hint, node)


def _sort(
    ctx: Context, receiver: Ref, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    made = call_python(ctx, builtins.sorted, [receiver, *args], keywords, hint, node)
    return _become(ctx, receiver, made, node)


Edited = Callable[[Context, Ref, list[Abstract], Keywords, str, Any], Abstract]

_DYNAMIC: dict[str, Edited] = {
    "append": _append, "pop": _pop, "insert": _insert, "extend": _extend, "reverse": _reverse,
    "clear": _clear, "copy": _copy, "sort": _sort,
}  # fmt: skip


# -- items and slices


def delete_list_item(ctx: Context, receiver: Ref, index: Abstract, node: Any) -> None:
    """`del items[index]`."""
    content = ctx.state.heap[receiver.location]
    if isinstance(content, Listing):
        known = _known_index(index)
        if known is not None:
            items = list(content.items)
            if isinstance(known, int):
                known = position(ctx, items, Known(known), node)
            del items[known]
            replace_content(ctx, receiver.location, Listing(tuple(items)), node)
            return
    if isinstance(index, Slice):
        replace_slice(ctx, receiver, index, location(ctx, Listing(())), node)
        return
    _whole(ctx, receiver, node)
    index = _from_start(ctx, receiver, index, node)
    after = binary(ctx, "add", index, Known(1), "", node)
    before = _part(ctx, receiver, NONE, index, "", node)
    rest = _part(ctx, receiver, after, NONE, "", node)
    _become(ctx, receiver, _joined(ctx, before, rest, node), node)


def _known_index(index: Abstract) -> int | slice | None:
    if isinstance(index, Known) and isinstance(index.value, int):
        return index.value
    if isinstance(index, Slice):
        bounds = [b.value for b in (index.start, index.stop, index.step) if isinstance(b, Known)]
        return slice(*bounds) if len(bounds) == 3 else None
    return None


def replace_slice(ctx: Context, receiver: Ref, index: Slice, value: Abstract, node: Any) -> None:
    """`items[a:b] = value`."""
    content, known = ctx.state.heap[receiver.location], _known_index(index)
    new = static_elements(ctx, value)
    if isinstance(content, Listing) and isinstance(known, slice) and new is not None:
        items = list(content.items)
        if known.step not in (None, 1) and len(items[known]) != len(new):
            refuse(
                ctx, "S405", "the slice has another length", node, note="Python raises ValueError"
            )
        items[known] = new
        replace_content(ctx, receiver.location, Listing(tuple(items)), node)
        return
    if not isinstance(index.step, Known) or index.step.value is not None:
        refuse(ctx, "S101", "a slice with a step of a list of this kind", node)
    _check_order(ctx, index, node)
    other = as_list(ctx, value, "", node)
    _whole(ctx, receiver, node)
    made = _joined(ctx, _part(ctx, receiver, NONE, index.start, "", node), other, node)
    if not (isinstance(index.stop, Known) and index.stop.value is None):
        made = _joined(ctx, made, _part(ctx, receiver, index.stop, NONE, "", node), node)
    if isinstance(index.start, Known) and index.start.value is None:
        made = other
        if not (isinstance(index.stop, Known) and index.stop.value is None):
            made = _joined(ctx, other, _part(ctx, receiver, index.stop, NONE, "", node), node)
    _become(ctx, receiver, made, node)


def _check_order(ctx: Context, index: Slice, node: Any) -> None:
    """The slice must not end before it begins, and we must know that."""
    bounds = [b.value for b in (index.start, index.stop) if isinstance(b, Known)]
    if None in bounds:
        return
    if len(bounds) < 2 or (bounds[0] < 0) != (bounds[1] < 0) or bounds[0] > bounds[1]:
        refuse(
            ctx,
            "S101",
            "whether this slice ends before it begins isn't known when compiling",
            node,
            help="build the list from its parts: items[:a] + new + items[b:]",
        )

"""Methods of lists and dicts: what is edited is a location's content."""

from __future__ import annotations

from typing import Any

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.analysis.joins import join
from s2sad.frontend.context import Context, add, location, refuse, wrap
from s2sad.frontend.references import (
    atom_of,
    replace_content,
    type_at,
)
from s2sad.frontend.sharing import hold, holds_arrays, settle, taken_out
from s2sad.frontend.values import (
    Abstract,
    Items,
    Known,
    Listing,
    Mapping,
    Method,
    Ref,
    Slice,
    Whole,
)
from s2sad.ir.data import Var
from s2sad.ir.ops import APPEND, POP
from s2sad.ir.types import (
    Lst,
)

Keywords = dict[str, Abstract]


def make_tuple(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    items = spread(ctx, args[0], node) if args else ()
    return Items(items)


def make_list(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    if args and isinstance(args[0], Ref) and isinstance(type_at(ctx, args[0]), Lst):
        from s2sad.frontend.access import elements, get_item

        if elements(ctx, args[0]) is None:
            return get_item(ctx, args[0], Slice(*[Known(None)] * 3), hint, node)
    items = spread(ctx, args[0], node) if args else ()
    return location(ctx, Listing(items))


def spread(ctx: Context, value: Abstract, node: Any) -> tuple[Abstract, ...]:
    from s2sad.frontend.loops import static_elements

    items = static_elements(ctx, value)
    if items is None:
        refuse(
            ctx,
            "S101",
            "only a sequence of known length can be taken apart here",
            node,
            help="loop over it, and append to a list",
        )
    return items


def make_dict(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    pairs: dict[Any, Abstract] = {}
    for value in args:
        if not (isinstance(value, Ref) and isinstance(ctx.state.heap[value.location], Mapping)):
            refuse(ctx, "S101", "dict() of this can't be differentiated yet", node)
        content = ctx.state.heap[value.location]
        assert isinstance(content, Mapping)
        pairs |= dict(content.items)
    return location(ctx, Mapping(tuple((pairs | keywords).items())))


def listing_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    assert isinstance(callee.receiver, Ref)
    number = callee.receiver.location
    content = ctx.state.heap[number]
    assert isinstance(content, Listing)
    items = list(content.items)
    result = _edit(ctx, items, callee.name, args, node)
    replace_content(ctx, number, Listing(tuple(items)), node)
    return result


def _edit(
    ctx: Context, items: list[Abstract], name: str, args: list[Abstract], node: Any
) -> Abstract:
    if name == "append":
        items.append(args[0])
    elif name == "extend":
        items.extend(spread(ctx, args[0], node))
    elif name in ("pop", "insert"):
        places = [a.value for a in args[:1] if isinstance(a, Known)]
        if len(places) != len(args[:1]):
            refuse(ctx, "S101", f"`.{name}` needs a place that is known when compiling", node)
        if name == "insert":
            items.insert(places[0], args[1])
            return Known(None)
        return items.pop(*places)
    elif name == "reverse":
        items.reverse()
    elif name == "clear":
        items.clear()
    else:
        refuse(ctx, "S204", f"the list method `.{name}` can't be differentiated yet", node)
    return Known(None)


def list_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """A list whose length is known at run time only: `append` and `pop` at its end."""
    receiver = callee.receiver
    if not (isinstance(receiver, Ref) and not receiver.path):
        refuse(ctx, "S204", f"`.{callee.name}` on a list inside a container", node)
    content = ctx.state.heap[receiver.location]
    assert isinstance(content, Whole)
    if callee.name == "append":
        return _append(ctx, receiver, content, args[0], node)
    if callee.name == "pop" and not args:
        return _pop(ctx, receiver, content, hint, node)
    refuse(
        ctx,
        "S204",
        f"the list method `.{callee.name}` can't be differentiated yet",
        node,
        help="append and pop at the end of the list",
    )


def _append(ctx: Context, receiver: Ref, content: Whole, value: Abstract, node: Any) -> Abstract:
    atom = atom_of(ctx, value, "", node)
    kind = type_of(content.atom)
    assert isinstance(kind, Lst)
    item = join(kind.item, type_of(atom))
    if item is None:
        refuse(ctx, "S405", "this list would hold different kinds of things", node)
    var = add(ctx, APPEND, (content.atom, atom), Lst(item, dims.fresh(1)), _hint(content), node)
    if holds_arrays(var.type):
        hold(ctx, receiver.location, value)
    replace_content(ctx, receiver.location, Whole(var), node)
    return Known(None)


def _hint(content: Whole) -> str:
    return content.atom.hint if isinstance(content.atom, Var) else ""


def _pop(ctx: Context, receiver: Ref, content: Whole, hint: str, node: Any) -> Abstract:
    from s2sad.frontend.context import elements_of, place
    from s2sad.ir.data import Bind

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


def mapping_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    assert isinstance(callee.receiver, Ref)
    number = callee.receiver.location
    content = ctx.state.heap[number]
    assert isinstance(content, Mapping)
    pairs = dict(content.items)
    if callee.name == "keys":
        return Items(tuple(Known(k) for k in pairs))
    if callee.name == "values":
        return Items(tuple(pairs.values()))
    if callee.name == "items":
        return Items(tuple(Items((Known(k), v)) for k, v in pairs.items()))
    if callee.name == "copy":
        return location(ctx, content)
    return _keyed_method(ctx, callee, number, pairs, args, keywords, node)


def _keyed_method(
    ctx: Context,
    callee: Method,
    number: int,
    pairs: dict[Any, Abstract],
    args: list[Abstract],
    keywords: Keywords,
    node: Any,
) -> Abstract:
    if callee.name == "update":
        other = make_dict(ctx, args, keywords, "", node)
        assert isinstance(other, Ref)
        content = ctx.state.heap[other.location]
        assert isinstance(content, Mapping)
        replace_content(ctx, number, Mapping(tuple((pairs | dict(content.items)).items())), node)
        return Known(None)
    if callee.name in ("get", "pop", "setdefault") and isinstance(args[0], Known):
        key = args[0].value
        found = pairs.get(key, args[1] if len(args) > 1 else Known(None))
        if callee.name == "pop":
            pairs.pop(key, None)
            replace_content(ctx, number, Mapping(tuple(pairs.items())), node)
        if callee.name == "setdefault":
            replace_content(ctx, number, Mapping(tuple((pairs | {key: found}).items())), node)
        return found
    refuse(ctx, "S204", f"the dict method `.{callee.name}` can't be differentiated yet", node)

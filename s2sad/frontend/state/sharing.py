"""Lists of run-time length that hold arrays: which of their elements may be one object.

Such a list is one value, and an element is a path into it. That is right as long as no two
places hold one array, and as long as whatever refers to an element means what stands in its
place now. So a list in which an array may stand twice is *tangled*, and its elements aren't
written; before what stands in a place is replaced, references to elements get locations of their
own; and before a list grows, places that count from its end are counted from its start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from s2sad.analysis.infer import type_of
from s2sad.frontend.state.context import Context, location
from s2sad.frontend.state.heap import Link, State, may_alias, part, reachable, relate
from s2sad.frontend.state.references import read, type_at
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Content,
    Items,
    Listing,
    Mapping,
    OneOf,
    Ref,
    Whole,
)
from s2sad.ir.data import Atom, Const, Hole, IndexStep
from s2sad.ir.types import INT, Lst, Type, may_share


def holds_arrays(kind: Type) -> bool:
    """Whether a value is a list whose elements may be written in place."""
    return isinstance(kind, Lst) and may_share(kind.item)


def hold(ctx: Context, number: int, value: Abstract) -> None:
    """Records that the list at a location holds a value from now on."""
    for inner in reachable(ctx.state, [value]):
        if inner == number or inner in may_alias(ctx.state, number):
            ctx.tangled.add(number)
        for other in may_alias(ctx.state, inner):
            relate(ctx.state, number, other, "held")
    part_of(ctx, number, value)


def part_of(ctx: Context, number: int, value: Abstract) -> None:
    """Records that a value is what a list, or a part of it, holds: a container's own content
    must not change any more without the list's."""
    for inner in reachable(ctx.state, [value]):
        content = ctx.state.heap.get(inner)
        array = isinstance(content, Whole) and not isinstance(type_of(content.atom), Lst)
        relate(ctx.state, number, inner, "held" if array else part(inner))


def hold_all(ctx: Context, number: int, items: tuple[Abstract, ...]) -> None:
    """Records what a list held element by element that becomes one value."""
    if has_twice(ctx, items):
        ctx.tangled.add(number)
    for item in items:
        part_of(ctx, number, item)


def has_twice(ctx: Context, items: tuple[Abstract, ...]) -> bool:
    """Whether two elements may share memory."""
    seen: set[int] = set()
    for item in items:
        mine = set(reachable(ctx.state, [item]))
        for number in mine:
            if number in seen or not seen.isdisjoint(may_alias(ctx.state, number)):
                return True
        seen |= mine
    return False


def pack_list(ctx: Context, base: Ref, node: Any) -> None:
    """Makes a list of known length one value, to be written at a place known at run time."""
    content = ctx.state.heap[base.location]
    assert isinstance(content, Listing)
    whole = read(ctx, base, "", node)
    ctx.state.heap[base.location] = Whole(whole)
    if holds_arrays(type_at(ctx, base)):
        hold_all(ctx, base.location, content.items)


def part_of_known(ctx: Context, base: Abstract, items: tuple[Abstract, ...], atom: Any) -> Ref:
    """A list or tuple of known length as one value, to be read at a place known at run time: its
    elements are still those of the original."""
    whole = location(ctx, Whole(atom))
    if isinstance(base, Ref):
        ctx.parts.add(whole.location)
    for number in reachable(ctx.state, [base, *items]):
        relate(ctx.state, whole.location, number)
    return whole


def relate_lists(ctx: Context, result: Abstract, sources: list[Abstract]) -> None:
    """A list that an operation makes of others holds their elements."""
    if not isinstance(result, Ref) or not holds_arrays(type_at(ctx, result)):
        return
    for number in reachable(ctx.state, [s for s in sources if isinstance(s, (Ref, Items))]):
        relate(ctx.state, result.location, number)
        for other in may_alias(ctx.state, number):
            relate(ctx.state, result.location, other)
    ctx.tangled.add(result.location)


def settle(ctx: Context, number: int, node: Any = None) -> None:
    """Before what stands in a list is replaced: names that refer to elements keep them."""
    if not holds_arrays(type_at(ctx, Ref(number))):
        return
    found: dict[Ref, Ref] = {}
    replace_references(ctx, lambda value: _settled(ctx, number, value, found, node))
    for old, link in list(ctx.state.links.items()):
        if any(o is not None and o.location == number and o.path for o in link.options):
            _unlink(ctx, old, link, number, node)


def _unlink(ctx: Context, old: int, link: Link, number: int, node: Any) -> None:
    """What may be an element of a list is an array of its own from now on."""
    value = read(ctx, Ref(old), "", node)
    options = tuple(
        None if o is not None and o.location == number and o.path else o for o in link.options
    )
    made = _move(ctx, old, Whole(value), replace(link, options=options))
    relate(ctx.state, made, number, "held")


def _move(ctx: Context, old: int, content: Content, link: Link) -> int:
    """Makes a location that stands for a linked one from now on, with another link."""
    made = location(ctx, content).location
    if any(link.options):
        ctx.state.links[made] = link
    for pair, kind in list(ctx.state.may.items()):
        if old in pair:
            relate(ctx.state, made, pair[0] if pair[1] == old else pair[1], kind)
    replace_references(ctx, lambda value: _moved(value, old, made))
    for other, around in list(ctx.state.links.items()):
        options = tuple(o and _moved(o, old, made) for o in around.options)
        if other != made and options != around.options:
            _move(ctx, other, ctx.state.heap[other], replace(around, options=options))
    return made


def _moved(value: Any, old: int, made: int) -> Any:
    if isinstance(value, Items):
        return replace(value, items=tuple(_moved(item, old, made) for item in value.items))
    if isinstance(value, Ref) and value.location == old:
        return replace(value, location=made)
    return value


def replace_references(ctx: Context, change: Callable[[Abstract], Abstract]) -> None:
    """Everything that is bound to a name, or that a container known by its elements holds, anew."""
    for name, value in list(ctx.state.names.items()):
        ctx.state.names[name] = change(value)
    for number, content in list(ctx.state.heap.items()):
        made = _changed(content, change)
        if made != content:
            ctx.state.heap[number] = made


def _changed(content: Content, change: Callable[[Abstract], Abstract]) -> Content:
    if isinstance(content, Listing):
        return Listing(tuple(change(item) for item in content.items))
    if isinstance(content, Mapping):
        return Mapping(tuple((key, change(item)) for key, item in content.items))
    if isinstance(content, Attributes):
        return replace(content, items=tuple((key, change(item)) for key, item in content.items))
    return content


def from_start(ctx: Context, number: int, place: Callable[[Atom], Atom]) -> None:
    """Before a list grows: references to elements that may count from its end count from its
    start. place: from a place to one that isn't negative."""
    if not holds_arrays(type_at(ctx, Ref(number))):
        return

    def change(value: Abstract) -> Abstract:
        if isinstance(value, Items):
            items = tuple(change(item) for item in value.items)
            return value if items == value.items else Items(items, value.cls)
        return counted(value, number, place) if isinstance(value, Ref) else value

    replace_references(ctx, change)
    for old, link in list(ctx.state.links.items()):
        if any(o is not None and _is_counted(o, number) for o in link.options):
            # which place it is, is known only on the path on which it is this one
            _unlink(ctx, old, link, number, None)
            continue
        options = tuple(o and counted(o, number, place) for o in link.options)
        if options != link.options:
            _move(ctx, old, ctx.state.heap[old], replace(link, options=options))


def _is_counted(ref: Ref, number: int) -> bool:
    """Whether a reference is to an element of a list at a place known at run time only."""
    step = ref.path[0] if ref.path and ref.location == number else None
    return isinstance(step, IndexStep) and isinstance(step.components[0], Hole)


def counted(ref: Ref, number: int, place: Callable[[Atom], Atom]) -> Ref:
    """A reference to an element of a list by its place from the start."""
    step = ref.path[0] if ref.path and ref.location == number else None
    if not isinstance(step, IndexStep):
        return ref
    (index,) = step.components
    if isinstance(index, Hole):
        k = index.position
        return replace(ref, holes=(*ref.holes[:k], place(ref.holes[k]), *ref.holes[k + 1 :]))
    new = place(Const(index, INT))
    if isinstance(new, Const):
        return ref
    first = IndexStep((Hole(len(ref.holes)),), step.single)
    return Ref(number, (first, *ref.path[1:]), (*ref.holes, new))


def taken_out(ctx: Context, number: int, value: Abstract) -> None:
    """What is taken out of a list may be any of the arrays that were put into it."""
    for inner in reachable(ctx.state, [value]):
        for other in may_alias(ctx.state, number):
            relate(ctx.state, inner, other)
        if number in ctx.tangled:
            relate(ctx.state, inner, number)


def settled(ctx: Context, number: int, value: Abstract, node: Any = None) -> Abstract:
    """A value whose references to elements of a list don't depend on what stands there later."""
    if not holds_arrays(type_at(ctx, Ref(number))):
        return value
    return _settled(ctx, number, value, {}, node)


def unlisted(ctx: Context, items: list[Abstract], node: Any) -> list[Abstract]:
    """Values of an assignment to several targets, each what it is before the first is stored."""
    lists = [v.location for v in items if isinstance(v, Ref) and v.path]
    for number in dict.fromkeys(lists):
        found: dict[Ref, Ref] = {}
        if holds_arrays(type_at(ctx, Ref(number))):
            items = [_settled(ctx, number, item, found, node) for item in items]
    return items


def _settled(
    ctx: Context, number: int, value: Abstract, found: dict[Ref, Ref], node: Any
) -> Abstract:
    if isinstance(value, Items):
        items = tuple(_settled(ctx, number, item, found, node) for item in value.items)
        return value if items == value.items else Items(items, value.cls)
    if isinstance(value, OneOf):
        choices = tuple(_settled(ctx, number, choice, found, node) for choice in value.choices)
        return value if choices == value.choices else OneOf(value.tag, choices)
    if not (isinstance(value, Ref) and value.location == number and value.path):
        return value
    if value not in found:
        made = location(ctx, Whole(read(ctx, value, "", node)))
        relate(ctx.state, made.location, number, "held")
        for other in found.values():
            relate(ctx.state, made.location, other.location)
        found[value] = made
    return found[value]


def relate_joined(ctx: Context, joined: State, number: int, states: list[State]) -> None:
    """At a join where lists of known length became one value: it holds what they held."""
    before = ctx.state
    for state in states:
        content = state.heap.get(number)
        if not isinstance(content, Listing):
            continue
        ctx.state = state
        twice = has_twice(ctx, content.items)
        inside = reachable(state, list(content.items))
        ctx.state = before
        if twice:
            ctx.tangled.add(number)
        for inner in inside:
            if inner in joined.heap:
                relate(joined, number, inner, "held")

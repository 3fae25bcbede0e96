"""Joins: one state for several paths, at the end of an `if`, at a loop's header and exit.

A `Template` says what of an abstract value differs between the paths and must become a value of
the join (a leaf), and what is the same. Names that refer to one object on every path share
one leaf, so that a must-alias stays one; what may be one object is recorded as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from s2sad.analysis.infer import type_of
from s2sad.analysis.joins import join
from s2sad.frontend.joins.linking import Joining, linked_leaf, visible
from s2sad.frontend.joins.templates import Fixed, Group, Leaf, Plan, Sources, Template, Visible
from s2sad.frontend.joins.variants import kind_of, told_apart, variants
from s2sad.frontend.state.context import Context
from s2sad.frontend.state.heap import Name, State, joined_kind, parts
from s2sad.frontend.state.references import list_type, type_at
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Conflict,
    Content,
    Items,
    Known,
    Listing,
    Mapping,
    Method,
    OneOf,
    Ref,
    Slice,
    Unbound,
    Value,
    Whole,
    same,
)
from s2sad.ir.data import Atom, Var
from s2sad.ir.types import Bottom, Lst, Num, Opaque, Tup, Type

States = list[State]
Pairs = list[tuple[State, Abstract]]
# Opaque values that may differ by path.
CARRIED = ("range", "exception", "str")
NOTHING = Visible(frozenset(), frozenset())


def plan(
    ctx: Context,
    states: States,
    base: State,
    live: Callable[[Name], bool],
    test: Atom | None = None,
    nowhere: State | None = None,
) -> Plan:
    """The join of states that all come from `base`. live: whether a name is read afterwards.
    test: what decides between two states. nowhere: the one that nothing comes back from."""
    linked = ctx.shared.linked
    joining = Joining(base, visible(base) if linked else NOTHING, linked, test, nowhere)
    names: list[tuple[Name, Template, Name | None]] = []
    first_with: dict[tuple[Any, ...], Name] = {}
    for name in dict.fromkeys(n for s in states for n in s.names):
        values = [s.names.get(name, Unbound(name[1])) for s in states]
        if not live(name) and not _is_fixed(values, base):
            continue
        if not live(name) and _is_made_inside(ctx, values[0]):
            continue
        key = _identities(values)
        if key and key in first_with:
            names.append((name, Fixed(Unbound(name[1])), first_with[key]))
            continue
        pairs = list(zip(states, values, strict=True))
        template = unify(ctx, hint_of(name), pairs, joining)
        if key and not isinstance(template, Fixed):
            first_with[key] = name
        names.append((name, template, None))
    contents = _plan_contents(ctx, states, joining)
    changed = {number for number, _ in contents}
    kept = tuple((n, states[0].heap[n]) for n in _shared(states, base) if n not in changed)
    may = tuple(_all_pairs(states).items())
    return Plan(tuple(names), contents, kept, may, joining.visible, _copies([base, *states]))


def _identities(values: list[Abstract]) -> tuple[Any, ...]:
    """What values are on each path, where one of them is an object: names for which that is the
    same are one value of the join."""
    key = tuple(map(_identity, values))
    objects = any(isinstance(v, Ref) or (isinstance(v, OneOf) and _objects(v)) for v in values)
    return key if objects and None not in key else ()


def _objects(value: OneOf) -> bool:
    return any(isinstance(choice, Ref) for choice in value.choices)


def _identity(value: Abstract) -> Any:
    if isinstance(value, Ref):
        return value
    if isinstance(value, Known) and value.value is None:
        return "None"
    if isinstance(value, OneOf):
        inner = tuple(map(_identity, value.choices))
        return None if None in inner else (id(value.tag), inner)
    return None


def _copies(states: States) -> tuple[tuple[Any, int], ...]:
    """How often functions have been inlined, on the path that has the most of it."""
    found: dict[Any, int] = {}
    for state in states:
        for key, count in state.copies.items():
            found[key] = max(count, found.get(key, 0))
    return tuple(found.items())


def _shared(states: States, base: State) -> list[int]:
    """The locations whose content is the same in all states, but not as it was before."""
    return [n for n, c in base.heap.items() if all(s.heap.get(n, c) is not c for s in states)]


def plan_inside(ctx: Context, states: States, base: State, live: Callable[[Name], bool]) -> Plan:
    """The join of states that all stand inside of branches whose other arms don't come back: what
    they have made is seen outside only if it is handed out, even where it is one."""
    before, ctx.inside = ctx.inside, base
    try:
        return plan(ctx, states, base, live)
    finally:
        ctx.inside = before


def _is_made_inside(ctx: Context, value: Abstract) -> bool:
    """Whether a value at run time may have been made in a branch that ends the join."""
    if ctx.inside is None:
        return False
    if isinstance(value, Ref):
        return any(isinstance(hole, Var) for hole in value.holes)
    if isinstance(value, OneOf):
        tags = (v.tag for v in ctx.inside.names.values() if isinstance(v, OneOf))
        return all(tag is not value.tag for tag in tags)
    if not isinstance(value, Value):
        return any(_is_made_inside(ctx, part) for part in group_parts(ctx.inside, value))
    known = (v for v in ctx.inside.names.values() if isinstance(v, Value))
    return all(v.atom is not value.atom for v in known)


def _all_pairs(states: States) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for state in states:
        for pair, kind in state.may.items():
            found[pair] = joined_kind(found.get(pair, kind), kind)
    return found


def hint_of(name: Name) -> str:
    """The hint for the value of a name; hidden names carry theirs in brackets."""
    return name[1].split("<")[1].split(">")[0] if name[1].startswith("<") else name[1]


def _is_fixed(values: list[Abstract], base: State) -> bool:
    return all(same(v, values[0]) for v in values[1:]) and _visible(values[0], base)


def _visible(value: Abstract, base: State) -> bool:
    """Whether an abstract value refers only to locations that exist before the join."""
    if isinstance(value, Ref):
        return value.location in base.heap
    return all(_visible(part, base) for part in group_parts(base, value))


def _plan_contents(
    ctx: Context, states: States, joining: Joining
) -> tuple[tuple[int, Template], ...]:
    result: list[tuple[int, Template]] = []
    for number in joining.base.heap:
        pairs = [(s, s.heap[number]) for s in states if number in s.heap]
        changed = ctx.inside is not None and pairs[0][1] is not joining.base.heap[number]
        if (
            changed
            or any(c is not pairs[0][1] for _, c in pairs[1:])
            or not _is_kept(pairs, joining)
        ):
            sources = tuple((s, Ref(number)) for s, _ in pairs)
            result.append((number, _unify_contents(ctx, pairs, sources, joining)))
    return tuple(result)


def _is_kept(pairs: list[tuple[State, Content]], joining: Joining) -> bool:
    """Whether a content that is the same in all states can stand behind the join."""
    return all(_visible(p, joining.base) for _, c in pairs[:1] for p in content_parts(c))


def _unify_contents(
    ctx: Context, pairs: list[tuple[State, Content]], sources: Sources, joining: Joining
) -> Template:
    contents = [c for _, c in pairs]
    first = contents[0]
    if all(isinstance(c, type(first)) for c in contents) and not isinstance(first, Whole):
        keyed = [content_keys(c) for c in contents]
        if all(k == keyed[0] for k in keyed):
            columns = [content_parts(c) for c in contents]
            return _group(
                ctx,
                first,
                [
                    [(s, p[k]) for (s, _), p in zip(pairs, columns, strict=True)]
                    for k in range(len(columns[0]))
                ],
                sources,
                joining,
            )
    return Leaf(_hint(first), _joined_content_type(ctx, pairs), sources)


def _group(
    ctx: Context,
    content: Content,
    columns: list[list[tuple[State, Abstract]]],
    sources: Sources,
    joining: Joining,
) -> Group:
    names = content_keys(content)[-len(columns) :] if columns else ()
    inner = tuple(unify(ctx, str(k), c, joining) for k, c in zip(names, columns, strict=True))
    return Group(group_kind(content), content_keys(content), inner, sources)


def group_kind(content: Any) -> str:
    """The kind of group that a structured content makes."""
    return {Listing: "list", Mapping: "dict", Attributes: "object"}[type(content)]


def content_keys(content: Any) -> tuple[Any, ...]:
    """The keys of a structured content; an object's class comes first."""
    if isinstance(content, Attributes):
        return (content.cls, *(k for k, _ in content.items))
    if isinstance(content, Listing):
        return tuple(range(len(content.items)))
    return tuple(k for k, _ in content.items)


def content_parts(content: Any) -> list[Abstract]:
    """The parts of a structured content, in order."""
    if isinstance(content, Whole):
        return []
    if isinstance(content, Listing):
        return list(content.items)
    return [item for _, item in content.items]


def _hint(content: Content) -> str:
    return content.atom.hint if isinstance(content, Whole) and isinstance(content.atom, Var) else ""


def _joined_content_type(ctx: Context, pairs: list[tuple[State, Content]]) -> Type:
    result: Type | None = Bottom()
    for state, content in pairs:
        kind = _content_type(ctx, state, content)
        result = None if result is None else join(result, kind)
    return result if result is not None else Opaque("conflict")


def _content_type(ctx: Context, state: State, content: Content) -> Type:
    if isinstance(content, Whole):
        return type_of(content.atom)
    with_state, ctx.state = ctx.state, state
    try:
        return (
            list_type([type_at(ctx, p) for p in content_parts(content)])
            if isinstance(content, Listing)
            else Opaque("conflict")
        )
    finally:
        ctx.state = with_state


def unify(
    ctx: Context, hint: str, pairs: list[tuple[State, Abstract]], joining: Joining
) -> Template:
    """What becomes of a name (or part) with these values on the paths."""
    values = [v for _, v in pairs]
    alike = all(same(v, values[0]) for v in values[1:]) and _visible(values[0], joining.base)
    if alike and not _is_made_inside(ctx, values[0]):
        return Fixed(values[0])
    if any(isinstance(v, Conflict) and not v.message for v in values):
        return Fixed(Conflict(hint, ""))
    bound: Pairs = [(s, v) for s, v in pairs if not isinstance(v, Unbound)]
    missing = [s for s, v in pairs if isinstance(v, Unbound)]
    if missing and all(state is joining.nowhere for state in missing):
        return _of_one_path(ctx, hint, bound, joining)
    if bound and _are_groups(ctx, bound):
        found = None if missing else _unify_groups(ctx, hint, bound, joining)
        found = found or variants(ctx, hint, pairs, joining, unify)
        if found is not None:
            return found
    return _leaf(ctx, hint, pairs, joining)


def _leaf(
    ctx: Context, hint: str, pairs: list[tuple[State, Abstract]], joining: Joining
) -> Template:
    """One run-time value for all paths, where there is a type for it; else one of several."""
    kind: Type | None = Bottom()
    bound = [(s, v) for s, v in pairs if not isinstance(v, Unbound)]
    for state, value in bound:
        kind = None if kind is None else join(kind, _type_in(ctx, state, value))
    if kind is None or not _can_be_leaf(kind):
        several = variants(ctx, hint, pairs, joining, unify)
        conflict = Conflict(hint, f"`{hint}` may hold different kinds of things here")
        return several or Fixed(conflict)
    if len(bound) < len(pairs) and bound and told_apart(ctx, pairs, joining):
        return variants(ctx, hint, pairs, joining, unify) or Leaf(hint, kind)
    if joining.linked and isinstance(kind, Num) and kind.is_array:
        return linked_leaf(joining, hint, kind, pairs)
    return Leaf(hint, kind, _sources(pairs))


def _of_one_path(
    ctx: Context, hint: str, pairs: list[tuple[State, Abstract]], joining: Joining
) -> Template:
    """What becomes of a value that is bound on the only path that comes back."""
    before, ctx.inside = ctx.inside, joining.base
    try:
        return unify(ctx, hint, pairs, joining)
    finally:
        ctx.inside = before


def _sources(pairs: Sequence[tuple[State, Abstract]]) -> Sources:
    return tuple((state, value) for state, value in pairs if isinstance(value, Ref))


def _can_be_leaf(kind: Type) -> bool:
    if isinstance(kind, Num | Lst):
        return True
    return isinstance(kind, Tup) or (isinstance(kind, Opaque) and kind.name in CARRIED)


def _type_in(ctx: Context, state: State, value: Abstract) -> Type:
    if isinstance(value, Conflict):
        return Opaque("conflict")
    before, ctx.state = ctx.state, state
    try:
        return type_at(ctx, value)
    finally:
        ctx.state = before


def _are_groups(ctx: Context, pairs: Sequence[tuple[State, Abstract]]) -> bool:
    """Whether values are joined part by part."""
    values = [v for _, v in pairs]
    first = values[0]
    if isinstance(first, Items):
        return all(
            isinstance(v, Items) and len(v.items) == len(first.items) and v.cls is first.cls
            for v in values
        )
    if isinstance(first, Closure | Method | Slice):
        return len({kind_of(ctx, s, v) for s, v in pairs}) == 1
    if not all(isinstance(v, Ref) and not v.path for v in values):
        return False
    contents = [s.heap[v.location] for s, v in pairs if isinstance(v, Ref)]
    kinds = {type(c) for c in contents}
    same_keys = len(kinds) == 1 and Whole not in kinds
    return same_keys and len({content_keys(c) for c in contents}) == 1


def _unify_groups(
    ctx: Context, hint: str, pairs: Sequence[tuple[State, Abstract]], joining: Joining
) -> Template:
    """The join of values with the same parts."""
    first = pairs[0][1]
    columns = [
        [(s, item) for (s, _), item in zip(pairs, column, strict=True)]
        for column in zip(*(group_parts(s, v) for s, v in pairs), strict=True)
    ]
    if isinstance(first, Ref):
        content = pairs[0][0].heap[first.location]
        return _group(ctx, content, columns, _sources(pairs), joining)
    inner = tuple(unify(ctx, f"{hint}.{k}", c, joining) for k, c in enumerate(columns))
    return Group(*_outline(first), inner)


def _outline(value: Abstract) -> tuple[str, tuple[Any, ...]]:
    """The kind of group that an immutable structure makes, and what it has besides its parts."""
    if isinstance(value, Items):
        return "tuple", (value.cls,)
    if isinstance(value, Closure):
        return "function", (value,)
    if isinstance(value, Method):
        return "method", (value.name, value.function)
    return "slice", ()


def group_parts(state: State, value: Abstract) -> list[Abstract]:
    """The parts of a structure, in order."""
    if isinstance(value, Ref):
        return content_parts(state.heap[value.location])
    if isinstance(value, Slice):
        return [value.start, value.stop, value.step]
    return parts(value)

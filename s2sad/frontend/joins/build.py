"""The state behind a join, put together from the values of its leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from s2sad.frontend.joins.linking import Made, Walk, link_atoms, make_link, relate_new, remember
from s2sad.frontend.joins.plan import NOTHING, content_parts, group_parts
from s2sad.frontend.joins.templates import (
    Fixed,
    Group,
    Leaf,
    Plan,
    Template,
    Variants,
    leaves,
    link_leaves,
)
from s2sad.frontend.joins.variants import chosen_atoms, normal, one_of, variant_atoms
from s2sad.frontend.state.context import Context, wrap
from s2sad.frontend.state.heap import State
from s2sad.frontend.state.references import atom_of, pack_content
from s2sad.frontend.state.sharing import relate_joined
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
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
    Whole,
)
from s2sad.ir.data import Atom, Const, Undefined
from s2sad.ir.types import Lst, Static

# -- from a plan to values and back


def leaf_atoms(ctx: Context, made: Plan) -> tuple[Atom, ...]:
    """The values that the present state of `ctx` gives for the leaves of a plan."""
    result: list[Atom] = []
    walk = Walk(made.visible)
    for name, template, owner in made.names:
        if owner is None:
            value = ctx.state.names.get(name, Unbound(name[1]))
            result += atoms_of(ctx, template, value, walk)
    for number, template in made.contents:
        content = ctx.state.heap.get(number)
        result += _content_atoms(ctx, template, content, walk)
    return tuple(result)


def atoms_of(
    ctx: Context, template: Template, value: Abstract, walk: Walk | None = None
) -> list[Atom]:
    """The values of a template's leaves in an abstract value."""
    if isinstance(template, Fixed):
        return []
    if isinstance(value, Unbound) and not isinstance(template, Variants):
        return [Undefined(leaf.hint, leaf.type) for leaf in leaves(template)]
    walk = walk or Walk(NOTHING)
    if isinstance(template, Variants):
        return variant_atoms(ctx, template, value, lambda t, v: atoms_of(ctx, t, v, walk))
    if isinstance(value, OneOf):
        return chosen_atoms(ctx, template, value, lambda v: atoms_of(ctx, template, v, walk))
    value = normal(value) if isinstance(template, Group) else value
    if isinstance(template, Leaf):
        whole = atom_of(ctx, value, template.hint)
        if template.linked is None:
            return [whole]
        return [whole, *link_atoms(ctx, template, value, whole, walk)]
    pairs = zip(template.parts, group_parts(ctx.state, value), strict=True)
    return [a for p, v in pairs for a in atoms_of(ctx, p, v, walk)]


def _content_atoms(
    ctx: Context, template: Template, content: Content | None, walk: Walk
) -> list[Atom]:
    if isinstance(template, Fixed):
        return []
    if content is None:
        return [Undefined(leaf.hint, leaf.type) for leaf in leaves(template)]
    if isinstance(template, Leaf):
        if isinstance(content, Whole):
            return [content.atom]
        return [pack_content(ctx, content, template.hint)]
    pairs = zip(template.parts, content_parts(content), strict=True)
    return [a for p, v in pairs for a in atoms_of(ctx, p, v, walk)]


Supply = Callable[[Leaf], Atom]


@dataclass(eq=False)
class Building:
    """A join while it is made. made: what replaces references, by location. places: the
    locations of arrays, by slot. values: what the linked ones are."""

    supply: Supply
    made: Made = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    values: dict[int, Atom] = field(default_factory=dict)


def apply(ctx: Context, made: Plan, base: State, supply: Supply) -> State:
    """The state of the join, its leaves taken from `supply` in order."""
    result = base.copy()
    result.may = dict(made.may)
    result.copies = dict(made.copies)
    before, ctx.state = ctx.state, result
    kept = {name for name, _, _ in made.names}
    for name in [n for n in result.names if n not in kept]:
        del result.names[name]
    building = Building(supply)
    for name, template, owner in made.names:
        if owner is not None:
            result.names[name] = result.names[owner]
            continue
        value = _build(ctx, template, building)
        if isinstance(value, Unbound):
            result.names.pop(name, None)
        else:
            result.names[name] = value
    for number, template in made.contents:
        result.heap[number] = _build_content(ctx, number, template, building)
    result.heap.update(made.kept)
    for number, template in made.contents:
        if isinstance(template, Leaf) and isinstance(template.type, Lst):
            relate_joined(ctx, result, number, [state for state, _ in template.sources])
    relate_new(result, building.made)
    for number, atom in building.values.items():
        remember(result, number, atom)
    ctx.state = before
    return result


def build(ctx: Context, template: Template, supply: Supply) -> Abstract:
    """An abstract value from a template and its leaves."""
    return _build(ctx, template, Building(supply))


def _build(ctx: Context, template: Template, building: Building) -> Abstract:
    if isinstance(template, Fixed):
        return template.value
    if isinstance(template, Leaf):
        return _build_leaf(ctx, template, building)
    if isinstance(template, Variants):
        tag = building.supply(template.which) if template.which else template.test
        assert tag is not None
        return one_of(ctx, tag, tuple(_build(ctx, part, building) for part in template.parts))
    parts = tuple(_build(ctx, part, building) for part in template.parts)
    if template.kind not in STRUCTURES:
        return _built(template, parts)
    ctx.locations += 1
    ctx.state.heap[ctx.locations] = _structure(template, parts)
    building.made.append((ctx.locations, template))
    return Ref(ctx.locations)


STRUCTURES = ("list", "dict", "object")


def _built(template: Group, parts: tuple[Abstract, ...]) -> Abstract:
    """An immutable structure of these parts."""
    if template.kind == "tuple":
        return Items(parts, template.keys[0])
    if template.kind == "slice":
        return Slice(*parts)
    if template.kind == "method":
        return Method(parts[0], *template.keys)
    model: Closure = template.keys[0]
    defaults = dict(zip(model.defaults, parts, strict=True))
    return Closure(model.node, model.frame, defaults, model.function, model.name)


def _build_leaf(ctx: Context, leaf: Leaf, building: Building) -> Abstract:
    atom = building.supply(leaf)
    others = [building.supply(part) for part in link_leaves(leaf.linked)] if leaf.linked else []
    if isinstance(atom, Const) and not isinstance(atom.type, Static):
        return Known(atom.value)
    value = wrap(ctx, atom)
    if isinstance(value, Ref):
        building.made.append((value.location, leaf))
        if leaf.linked is not None:
            make_link(ctx.state, leaf.linked, value.location, others, building.places)
            building.values[value.location] = atom
    return value


def _structure(template: Group, parts: tuple[Abstract, ...]) -> Content:
    if template.kind == "list":
        return Listing(parts)
    if template.kind == "dict":
        return Mapping(tuple(zip(template.keys, parts, strict=True)))
    cls, *keys = template.keys
    return Attributes(cls, tuple(zip(keys, parts, strict=True)))


def _build_content(ctx: Context, number: int, template: Template, building: Building) -> Content:
    assert isinstance(template, Leaf | Group)
    building.made.append((number, template))
    if isinstance(template, Leaf):
        return Whole(building.supply(template))
    return _structure(template, tuple(_build(ctx, part, building) for part in template.parts))

"""Links of a join: which of the objects that it may be an array is, kept as a value.

`linked_leaf` says what an array of the join may be, `link_atoms` which of these it is on a path,
and `make_link` makes the link in the state of the join. `relate_new` records what may be one
object where that isn't kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from s2sad.analysis.infer import type_of
from s2sad.analysis.joins import join
from s2sad.errors import internal_error
from s2sad.frontend.joins.templates import Group, Leaf, Linked, Option, Visible, link_leaves
from s2sad.frontend.state.context import Context
from s2sad.frontend.state.heap import Link, State, part, parts, reachable, relate
from s2sad.frontend.state.links import Tree, ends, merged, select, stamp, targets
from s2sad.frontend.state.references import read_own
from s2sad.frontend.state.values import Abstract, Items, Listing, OneOf, Ref, Unbound, Value, Whole
from s2sad.ir.data import Atom, Const, Undefined, Var
from s2sad.ir.types import BOOL, INT, Bottom, Type

Pairs = list[tuple[State, Abstract]]


@dataclass(eq=False)
class Walk:
    """One path into a join, while its arrays are looked at in order.

    slots: the array of the join that an object made on the path has become, by location.
    trees: what the earlier arrays may be, by slot.
    """

    visible: Visible
    slots: dict[int, int] = field(default_factory=dict)
    trees: list[tuple[int, Tree]] = field(default_factory=list)


@dataclass(eq=False)
class Joining:
    """A join while it is planned. base: the state that all come from. linked: whether links are
    kept. test: decides between the two states, where they are the arms of an `if`. nowhere: the
    state that nothing comes back from."""

    base: State
    visible: Visible
    linked: bool
    test: Atom | None = None
    nowhere: State | None = None
    walks: dict[int, Walk] = field(default_factory=dict)
    count: int = 0


def visible(state: State) -> Visible:
    """What can be referred to from a state on."""
    atoms = {v for _, v in state.views.values()}
    values = [*state.names.values(), *(p for c in state.heap.values() for p in parts(c))]
    while values:
        value = values.pop()
        values += parts(value) if isinstance(value, Items | OneOf) else []
        atoms |= {value.tag} if isinstance(value, OneOf) else set()
        if isinstance(value, Value):
            atoms.add(value.atom)
        if isinstance(value, Ref):
            atoms |= {a for a in value.holes if isinstance(a, Var)}
    contents = [c.atom for c in state.heap.values() if isinstance(c, Whole)]
    tests = [link.which for link in state.links.values()]
    atoms |= {a for a in (*contents, *tests) if isinstance(a, Var)}
    return Visible(frozenset(state.heap), frozenset(atoms))


def _option(walk: Walk, number: int | None, end: Ref) -> Option:
    """The object that an array is on a path, as it is known behind the join. number: the slot
    of the array that it is a view of, or None: its location is."""
    seen = walk.visible.atoms
    holes = tuple(h if not isinstance(h, Var) or h in seen else None for h in end.holes)
    return Option(end.location if number is None else number, number is not None, end.path, holes)


def _known(walk: Walk, end: Ref) -> Option | None:
    """The object that an array is on a path; None: one of its own, or of an earlier array."""
    if end.location in walk.visible.locations:
        return _option(walk, None, end)
    if end.location in walk.slots:
        return _option(walk, walk.slots[end.location], end)
    return None


def _sharing(walk: Walk, end: Ref) -> list[tuple[int, Tree]]:
    """The earlier arrays that may be the object that this one is (a view of)."""
    return [
        (slot, tree)
        for slot, tree in walk.trees
        if any(other == Ref(end.location) for other in ends(tree))
    ]


def _tree(walk: Walk, state: State, value: Abstract) -> Tree | None:
    """What an array is on a path, among what is known behind the join."""
    if not isinstance(value, Ref):
        return None
    return targets(state, value, walk.visible.locations.union(walk.slots))


def _take(walk: Walk, value: Abstract, tree: Tree | None, slot: int) -> None:
    """An object made on a path belongs to the first array of the join that is all of it."""
    if isinstance(value, Ref) and tree is not None:
        walk.trees.append((slot, tree))
        if not value.path and value.location not in walk.visible.locations:
            walk.slots.setdefault(value.location, slot)


# -- what an array of the join may be


def linked_leaf(joining: Joining, hint: str, kind: Type, pairs: Pairs) -> Leaf:
    """An array of the join, with the objects that it may be."""
    slot, joining.count = joining.count, joining.count + 1
    found: dict[Option | None, list[Type]] = {}
    sources: list[tuple[State, Ref]] = []
    told = True
    for state, value in pairs:
        walk = joining.walks.setdefault(id(state), Walk(joining.visible))
        tree = _tree(walk, state, value)
        told = told and isinstance(tree, Ref)
        for end in ends(tree) if tree is not None else []:
            options = _options(walk, end)
            told = told and len(options) == 1
            for option in options:
                found[option] = _joined(found.get(option), [type_of(h) for h in end.holes])
            sources += [(state, end)] if None in options else []
        if not isinstance(value, Ref | Unbound):
            found.setdefault(None, [])
        _take(walk, value, tree, slot)
    linked = _linked(hint, kind, slot, found, joining.test if told else None)
    return Leaf(hint, kind, tuple(sources), linked)


def _options(walk: Walk, end: Ref) -> list[Option | None]:
    """What an object may be behind the join."""
    known = _known(walk, end)
    if known is not None:
        return [known]
    return [*(_option(walk, slot, end) for slot, _ in _sharing(walk, end)), None]


def _joined(known: list[Type] | None, kinds: list[Type]) -> list[Type]:
    pairs = zip(known or [Bottom()] * len(kinds), kinds, strict=True)
    return [join(one, other) or INT for one, other in pairs]


def _linked(
    hint: str, kind: Type, slot: int, found: dict[Option | None, list[Type]], test: Atom | None
) -> Linked:
    told = test if len(found) == 2 else None
    options = (tuple(found) if told is not None else tuple(sorted(found, key=_place))) or (None,)
    many = len(options) > 1
    name = hint.split(".")[0]
    which = Leaf(f"{name}.which", BOOL if len(options) == 2 else INT) if many else None
    holes = tuple(
        tuple(
            Leaf(f"{name}.index", t)
            for t, h in zip(kinds, option.holes if option else (), strict=True)
            if h is None
        )
        for option, kinds in ((o, found.get(o, [])) for o in options)
    )
    own = Leaf(hint, kind) if many and None in found else None
    return Linked(slot, options, own, which if told is None else None, told, holes)


def _place(option: Option | None) -> tuple[object, ...]:
    """Where an option stands: the rounds of a loop must find one order."""
    if option is None:
        return (True,)
    holes = [h.hint if isinstance(h, Var) else str(h) for h in option.holes]
    return (False, option.slot, option.number, str(option.path), holes)


# -- which of these it is on a path


def link_atoms(ctx: Context, leaf: Leaf, value: Abstract, whole: Atom, walk: Walk) -> list[Atom]:
    """The values of a link's leaves for what an array is on this path."""
    linked = leaf.linked
    assert linked is not None
    tree = _tree(walk, ctx.state, value)
    if tree is None:
        return _chosen(linked, None, None, whole)
    tree = merged(ctx, tree)
    kinds = [(part.hint, part.type) for part in link_leaves(linked)]

    def among(end: Ref, others: list[tuple[int, Tree]]) -> list[Atom]:
        if not others:
            return _chosen(linked, None, end, read_own(ctx, end, leaf.hint))
        (slot, tree), *rest = others

        def here(other: Ref) -> list[Atom]:
            if other == Ref(end.location):
                return _chosen(linked, _option(walk, slot, end), end, whole)
            return among(end, rest)

        return select(ctx, tree, kinds, here)

    def chosen(end: Ref) -> list[Atom]:
        known = _known(walk, end)
        if known is not None:
            return _chosen(linked, known, end, whole)
        return among(end, _sharing(walk, end))

    found = select(ctx, tree, kinds, chosen) if kinds else []
    _take(walk, value, tree, linked.slot)
    return found


def _chosen(linked: Linked, option: Option | None, end: Ref | None, own: Atom) -> list[Atom]:
    """The values of a link's leaves. own: where it isn't its own, any array of the same shape."""
    if option not in linked.options:
        raise internal_error("an array is something else than its join knows of")
    k = linked.options.index(option)
    result: list[Atom] = []
    if linked.own is not None:
        result.append(own)
    if linked.which is not None:
        two = len(linked.options) == 2
        result.append(Const(k == 0, BOOL) if two else Const(k, INT))
    for number, holes in enumerate(linked.holes):
        mine = _holes(option, end) if number == k else []
        result += mine or [Undefined(leaf.hint, leaf.type) for leaf in holes]
    return result


def _holes(option: Option | None, end: Ref | None) -> list[Atom]:
    """The parts of a path that are values of the join."""
    if option is None or end is None:
        return []
    return [atom for atom, h in zip(end.holes, option.holes, strict=True) if h is None]


# -- the link behind the join


def make_link(
    state: State, linked: Linked, location: int, atoms: list[Atom], places: dict[int, int]
) -> None:
    """The link of a location, from the values of its leaves. places: locations by slot."""
    places[linked.slot] = location
    values = iter(atoms)
    if linked.own is not None:
        state.heap[location] = Whole(next(values))
    which = next(values) if linked.which is not None else linked.test
    options = tuple(
        None
        if option is None
        else Ref(
            places[option.number] if option.slot else option.number,
            option.path,
            tuple(next(values) if h is None else h for h in option.holes),
        )
        for option in linked.options
    )
    if options != (None,):
        state.links[location] = Link(which, len(options) == 2, options)


def remember(state: State, location: int, atom: Atom) -> None:
    """What the join knows to be the value of a linked location."""
    if location in state.links and isinstance(atom, Var):
        state.views[(location, (), ())] = (stamp(state, Ref(location)), atom)


# -- what may be one object


Made = list[tuple[int, Leaf | Group]]


def relate_new(result: State, made: Made) -> None:
    """What replaces references may be what they referred to, where that still exists, and two
    such may be one object where their references may."""
    held = [(number, _held(template)) for number, template in made]
    for k, (number, found) in enumerate(held):
        for source in found:
            for other, near in _near(source.state, source.location).items():
                if other in result.heap:
                    _record(result, number, other, source.kind, near)
        for other, others in held[:k]:
            _relate_pair(result, number, found, other, others)


@dataclass(frozen=True)
class Part:
    """What a part of the join may share memory with, or hold, on one path. linked: whether the
    join tells which object it is. whole: it is not a view."""

    state: State
    location: int
    kind: str
    linked: bool
    whole: bool


Held = list[Part]


def _held(made: Leaf | Group) -> Held:
    """What a part of the join may share memory with, or hold, on the paths."""
    found: Held = []
    linked = isinstance(made, Leaf) and made.linked is not None
    for state, ref in made.sources:
        found.append(Part(state, ref.location, "alias", linked, not ref.path))
        content = state.heap.get(ref.location)
        if isinstance(made, Leaf) and isinstance(content, Listing):
            inside = reachable(state, parts(content))
            found += [Part(state, number, "held", False, False) for number in inside]
    return found


def _near(state: State, location: int) -> dict[int, str]:
    """What a location is, or may be, or may hold or be held by. "mine" and "theirs": it, or the
    other one, is a container that the other, or it, holds a copy of."""
    found = {location: "alias"}
    for pair, kind in state.may.items():
        if location in pair:
            other = pair[0] if pair[1] == location else pair[1]
            named = {part(location): "mine", part(other): "theirs"}
            found[other] = named.get(kind, kind)
    return found


def _record(result: State, a: int, b: int, *kinds: str) -> None:
    """Relates two parts of the join by the weakest of what is known of them on a path."""
    weakest = min(kinds, key=("held", "mine", "theirs", "alias").index)
    relate(result, a, b, {"mine": part(a), "theirs": part(b)}.get(weakest, weakest))


def _relate_pair(result: State, a: int, later: Held, b: int, earlier: Held) -> None:
    for one in later:
        near = _near(one.state, one.location)
        for other in earlier:
            told = one.linked and other.linked and other.whole and one.location == other.location
            if a != b and one.state is other.state and other.location in near and not told:
                _record(result, a, b, one.kind, other.kind, near[other.location])

"""What a join makes of each value: what is the same on every path, and what becomes a value of
the join.
"""

from __future__ import annotations

from typing import Any

from s2sad.frontend.state.heap import Name, State
from s2sad.frontend.state.values import Abstract, Content, Ref
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Path, Var
from s2sad.ir.types import Type

# What something is on some paths, as references in their states.
Sources = tuple[tuple[State, Ref], ...]


@frozen
class Fixed:
    """The same on every path."""

    value: Abstract


@frozen
class Option:
    """An object that something may be. number: of a location from before the join, or (slot)
    of an array of the join. holes: None where it is a value of the join."""

    number: int
    slot: bool
    path: Path
    holes: tuple[Atom | None, ...]


@frozen
class Linked:
    """Which object an array of the join is, by its number among them. options: None for one of
    its own. test: decides between two, where no value of the join does. holes: by option."""

    slot: int
    options: tuple[Option | None, ...]
    own: Leaf | None
    which: Leaf | None
    test: Atom | None
    holes: tuple[tuple[Leaf, ...], ...]


@frozen
class Leaf:
    """A run-time value of the join. sources: the references that it replaces."""

    hint: str
    type: Type
    sources: Sources = ()
    linked: Linked | None = None


@frozen
class Group:
    """A structure whose parts are joined one by one. kind: "tuple", "list", "dict", "object"."""

    kind: str
    keys: tuple[Any, ...]
    parts: tuple[Template, ...]
    sources: Sources = ()


@frozen
class Variants:
    """One of several kinds of values. keys: what tells the kinds apart. which: the tag; or test:
    what is the tag already."""

    hint: str
    keys: tuple[Any, ...]
    parts: tuple[Template, ...]
    which: Leaf | None
    test: Var | None


Template = Fixed | Leaf | Group | Variants


@frozen
class Visible:
    """What was there before the join, and can be referred to behind it."""

    locations: frozenset[int]
    atoms: frozenset[Var]


@frozen
class Plan:
    """What the join makes of each name, with the name that shares its value, and content.
    kept: contents from before the paths parted, but not from before the join's scope."""

    names: tuple[tuple[Name, Template, Name | None], ...]
    contents: tuple[tuple[int, Template], ...]
    kept: tuple[tuple[int, Content], ...]
    may: tuple[tuple[tuple[int, int], str], ...]
    visible: Visible
    copies: tuple[tuple[Any, int], ...]


def leaves(template: Template) -> list[Leaf]:
    """The run-time values of a template, in order."""
    if isinstance(template, Leaf):
        return [template, *(link_leaves(template.linked) if template.linked else [])]
    if isinstance(template, Group | Variants):
        which = [template.which] if isinstance(template, Variants) and template.which else []
        return [*which, *(leaf for part in template.parts for leaf in leaves(part))]
    return []


def link_leaves(linked: Linked) -> list[Leaf]:
    """The values of a link, in order."""
    found = [leaf for leaf in (linked.own, linked.which) if leaf is not None]
    return [*found, *(leaf for holes in linked.holes for leaf in holes)]


def plan_leaves(made: Plan) -> list[Leaf]:
    """All values of a join, in order."""
    result: list[Leaf] = []
    for _, template, owner in made.names:
        result += leaves(template) if owner is None else []
    for _, template in made.contents:
        result += leaves(template)
    return result


def arrays(template: Template) -> list[Leaf | Group]:
    """The parts of a template that replace references, in order."""
    if isinstance(template, Leaf):
        return [template]
    if isinstance(template, Group):
        return [template, *(leaf for part in template.parts for leaf in arrays(part))]
    if isinstance(template, Variants):
        return [leaf for part in template.parts for leaf in arrays(part)]
    return []

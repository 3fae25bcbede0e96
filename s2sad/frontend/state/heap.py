"""The state of the frontend at a point of the program: names, contents, aliases.

may: pairs of locations that may be one object, or share memory, without having to ("alias"),
or of which one may be held by the other, an element by its list ("held"; "part n" where the
element is the container at n).
views: reads of a path that are still at hand, valid while the location's content is the same
(for a linked one, while all contents are that it may lead to).
copies: how often a function has been inlined, on the path that has the most of it.
facts: what is known of tags on this path: the positions that they may have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Content,
    Items,
    Iteration,
    Listing,
    Mapping,
    Method,
    OneOf,
    Ref,
    Super,
)
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Path, Var

Name = tuple[int, str]
# Begins the names under which it stands how far generators have come, before a frame's number.
MARK = "<generator>"
ViewKey = tuple[int, Path, tuple[Atom, ...]]


@frozen
class Link:
    """Which object a location is: one of the options (None: its own). which: the position, or
    (truth) whether it is the first of two; None where there is only one."""

    which: Atom | None
    truth: bool
    options: tuple[Ref | None, ...]


@dataclass
class State:
    names: dict[Name, Abstract] = field(default_factory=dict)
    heap: dict[int, Content] = field(default_factory=dict)
    views: dict[ViewKey, tuple[Content | tuple[Content, ...], Var]] = field(default_factory=dict)
    may: dict[tuple[int, int], str] = field(default_factory=dict)
    copies: dict[Any, int] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    facts: dict[Var, frozenset[int]] = field(default_factory=dict)

    def copy(self) -> State:
        return State(
            dict(self.names),
            dict(self.heap),
            dict(self.views),
            dict(self.may),
            dict(self.copies),
            dict(self.links),
            dict(self.facts),
        )


def relate(state: State, a: int, b: int, kind: str = "alias") -> None:
    """Records that two locations may share memory."""
    if a != b:
        pair = (min(a, b), max(a, b))
        state.may[pair] = joined_kind(state.may.get(pair, kind), kind)


def joined_kind(one: str, other: str) -> str:
    """What two records of a pair say together: the stronger one."""
    if one == other or other == "held":
        return one
    return other if one == "held" else "alias"


def may_alias(state: State, location: int, *, held: bool = True) -> list[int]:
    """The locations that may share memory with this one, without being it. held: also those
    that only hold it, or are held by it. A container that was put in a list, or taken from one,
    is a copy of what the list holds: that always counts for the container."""
    return [
        b if a == location else a
        for (a, b), kind in state.may.items()
        if location in (a, b) and (held or kind in ("alias", part(location)))
    ]


def may_share(state: State, a: Abstract, b: Abstract) -> bool:
    """Whether two values may share memory."""
    left, right = reachable(state, [a]), reachable(state, [b])
    near = {*left, *(other for number in left for other in may_alias(state, number))}
    return not near.isdisjoint(right)


def part(location: int) -> str:
    """The kind of a pair of which this location is a container that the other one holds."""
    return f"part {location}"


def parts(value: Abstract | Content) -> list[Abstract]:
    """What an abstract value or a content refers to directly."""
    if isinstance(value, Items | Listing):
        return list(value.items)
    if isinstance(value, Mapping | Attributes):
        return [item for _, item in value.items]
    if isinstance(value, Method | Super):
        return [value.receiver]
    if isinstance(value, Iteration):
        return list(value.parts)
    if isinstance(value, OneOf):
        return list(value.choices)
    if isinstance(value, Closure):
        return list(value.defaults.values())
    return []


def reachable(state: State, roots: list[Abstract]) -> dict[int, None]:
    """The locations that can be reached from some abstract values, in order of discovery."""
    found: dict[int, None] = {}
    todo = list(roots)
    while todo:
        value = todo.pop()
        if isinstance(value, Ref):
            if value.location not in found:
                found[value.location] = None
                content = state.heap.get(value.location)
                todo += parts(content) if content is not None else []
                link = state.links.get(value.location)
                todo += [ref for ref in link.options if ref is not None] if link else []
        else:
            todo += parts(value)
    return found

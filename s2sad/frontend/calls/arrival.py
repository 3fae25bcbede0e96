"""What comes back from a call, on its way into the caller's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s2sad.frontend.calls.sending import Made, Out, Place, Sent, Tree
from s2sad.frontend.joins.templates import Fixed
from s2sad.frontend.state.context import Context, location, wrap
from s2sad.frontend.state.heap import may_alias, relate
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.sharing import holds_arrays
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Content,
    Items,
    Listing,
    Mapping,
    Ref,
    Whole,
)
from s2sad.ir.data import Const, Var
from s2sad.ir.paths import shifted


@dataclass(eq=False)
class Arrival:
    """What came back from a call, on its way into the caller's state."""

    ctx: Context
    sent: Sent
    outs: tuple[Var, ...]
    places: list[Ref]
    node: Any

    def result(self) -> Abstract:
        """Takes everything over; gives what the call returns."""
        known = len(self.places)
        new = [(label, tree) for label, tree in self.sent.contents if label >= known]
        self.places += [location(self.ctx, Listing(())) for _ in new]
        for label, tree in new:
            self.ctx.state.heap[self.places[label].location] = self.content(tree)
            if label in self.sent.contiguous:
                self.ctx.contiguous.add(self.places[label].location)
            if holds_arrays(type_at(self.ctx, self.places[label])):
                self.ctx.tangled.add(self.places[label].location)
        for label, tree in self.sent.contents:
            if label < known:
                self.ctx.state.heap[self.places[label].location] = self.content(tree)
        self.relations()
        for name, tree in self.sent.names:
            self.ctx.state.names[name] = self.value(tree)
        return self.value(self.sent.result)

    def content(self, tree: Tree) -> Content:
        if isinstance(tree, Out):
            return Whole(self.outs[tree.position])
        assert isinstance(tree, Made)
        parts = tuple(self.value(part) for part in tree.parts)
        if tree.kind == "list":
            return Listing(parts)
        if tree.kind == "dict":
            return Mapping(tuple(zip(tree.keys, parts, strict=True)))
        cls, *keys = tree.keys
        return Attributes(cls, tuple(zip(keys, parts, strict=True)))

    def value(self, tree: Tree) -> Abstract:
        if isinstance(tree, Fixed):
            return tree.value
        if isinstance(tree, Out):
            return wrap(self.ctx, self.outs[tree.position], self.node)
        if isinstance(tree, Made):
            return Items(tuple(self.value(part) for part in tree.parts), tree.keys[0])
        base = self.places[tree.label]
        return extended_by(base, tree, self.outs)

    def relations(self) -> None:
        state = self.ctx.state
        for a, b in self.sent.may:
            first, second = self.places[a].location, self.places[b].location
            for mine in (first, *may_alias(state, first)):
                for other in (second, *may_alias(state, second)):
                    relate(state, mine, other)


def extended_by(base: Ref, tree: Place, outs: tuple[Var, ...]) -> Ref:
    holes = tuple(h if isinstance(h, Const) else outs[h.position] for h in tree.holes)
    path = (*base.path, *shifted(tree.path, len(base.holes)))
    return Ref(base.location, path, (*base.holes, *holes))

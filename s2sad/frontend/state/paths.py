"""Paths of references: how a view of a view is one path from the base."""

from __future__ import annotations

from s2sad.frontend.state.values import Ref
from s2sad.ir.data import Atom, Step
from s2sad.ir.paths import shifted


def extended(ref: Ref, step: Step, holes: tuple[Atom, ...]) -> Ref:
    """The view one step further, whose holes count in `holes`."""
    return seen_through(ref, Ref(ref.location, (step,), holes))


def seen_through(outer: Ref, inner: Ref) -> Ref:
    """The view that `inner` is of its location, of what `outer` refers to instead."""
    path = shifted(inner.path, len(outer.holes))
    return Ref(outer.location, (*outer.path, *path), (*outer.holes, *inner.holes))

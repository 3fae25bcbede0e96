"""Links: a location that is, by a value at run time, one of several others or its own.

A join of `z = x if c else y` makes a location for z that is linked to those of x and y. Reading
it reads the one that it is, and a write to it is a write to that one: an `if` in either case.
What a linked location holds itself counts only where it is none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from s2sad.frontend.state.context import Context, add, constant
from s2sad.frontend.state.drafts import Draft, DraftIf, Fall
from s2sad.frontend.state.heap import State
from s2sad.frontend.state.paths import seen_through
from s2sad.frontend.state.values import Content, Ref
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Const, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import BOOL, INT, Type


@frozen
class Split:
    """A choice at run time. which: a truth (then the first) or a position among `trees`."""

    which: Atom
    truth: bool
    trees: tuple[Tree, ...]


# A reference here is to what its location holds itself: links have been followed.
Tree = Ref | Split


def targets(state: State, ref: Ref, known: Container[int] = ()) -> Tree:
    """What a reference leads to: links are followed, except from the known locations."""
    link = state.links.get(ref.location)
    if link is None or ref.location in known:
        return ref
    trees = tuple(
        ref if option is None else targets(state, seen_through(option, ref), known)
        for option in link.options
    )
    if link.which is None:
        return trees[0]
    if isinstance(link.which, Const):
        return trees[_position(link.which.value)]
    return Split(link.which, link.truth, trees)


def _position(value: Any) -> int:
    return int(not value) if isinstance(value, bool) else int(value)


def ends(tree: Tree) -> list[Ref]:
    """All that a tree may lead to."""
    if isinstance(tree, Ref):
        return [tree]
    return [ref for part in tree.trees for ref in ends(part)]


def locations(state: State, ref: Ref) -> list[int]:
    """The locations that a reference may lead to, each once."""
    return list(dict.fromkeys(end.location for end in ends(targets(state, ref))))


def stamp(state: State, ref: Ref) -> tuple[Content, ...]:
    """What the value of a reference depends on: while it is the same, so is the value."""
    return tuple(state.heap[number] for number in locations(state, ref))


Kinds = list[tuple[str, Type]]


def select(
    ctx: Context, tree: Tree, kinds: Kinds, action: Callable[[Ref], list[Atom]], node: Any = None
) -> list[Atom]:
    """The values that `action` gives for what a tree leads to at run time. kinds: their hints
    and types."""
    return _cases(ctx, merged(ctx, tree, node), 0, kinds, action, node)


def merged(ctx: Context, tree: Tree, node: Any = None) -> Tree:
    """A tree that leads to each of its ends on one way only: which it is, is computed first."""
    every = ends(tree)
    found = list(dict.fromkeys(every))
    if len(found) == len(every) or isinstance(tree, Ref):
        return tree
    if len(found) == 1:
        return found[0]
    truth = len(found) == 2
    kind: Type = BOOL if truth else INT

    def place(end: Ref) -> list[Atom]:
        return [Const(found.index(end) == 0, BOOL) if truth else Const(found.index(end), INT)]

    (which,) = _cases(ctx, tree, 0, [("which", kind)], place, node)
    return Split(which, truth, tuple(found))


def _cases(
    ctx: Context,
    tree: Tree,
    first: int,
    kinds: Kinds,
    action: Callable[[Ref], list[Atom]],
    node: Any,
) -> list[Atom]:
    if isinstance(tree, Ref):
        return action(tree)
    if first + 1 == len(tree.trees):
        return _cases(ctx, tree.trees[first], 0, kinds, action, node)
    test = tree.which
    if not tree.truth:
        test = add(ctx, OPERATORS["eq"], (tree.which, constant(first)), BOOL, "", node)
    arms = [
        arm(ctx, lambda: _cases(ctx, tree.trees[first], 0, kinds, action, node)),
        arm(ctx, lambda: _cases(ctx, tree, first + 1, kinds, action, node)),
    ]
    outs = tuple(Var(hint, kind, ctx.origin) for hint, kind in kinds)
    ctx.draft.statements.append(DraftIf(outs, test, arms[0], arms[1], ctx.origin))
    return list(outs)


def arm(ctx: Context, action: Callable[[], list[Atom]]) -> Draft:
    """A draft that ends with the values of `action`; what is read in it is forgotten."""
    before = ctx.state, ctx.draft
    ctx.state, ctx.draft = ctx.state.copy(), Draft()
    values = action()
    draft = ctx.draft
    draft.end = Fall(tuple(values))
    ctx.state, ctx.draft = before
    return draft

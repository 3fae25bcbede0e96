"""`with`: what is entered around a body, once, in the forward sweep.

What a class of the user does is inlined: `__enter__`, the body, and `__exit__` as a `finally` that
may keep an exception to itself. What comes from a library (a lock, say) is entered on the page;
`np.errstate` also around the reverse of the body, so that neither sweep warns of anything.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gast
import numpy as np

from s2sad.errors import CompileError
from s2sad.frontend.control.bodies import statements
from s2sad.frontend.control.branches import branch
from s2sad.frontend.control.raising import raise_value
from s2sad.frontend.control.tries import EVERYTHING, finally_around, is_watched
from s2sad.frontend.data.access import get_attribute
from s2sad.frontend.data.assignment import assign
from s2sad.frontend.data.comparisons import known_truth, test_atom
from s2sad.frontend.data.objects import class_of
from s2sad.frontend.dispatch import call, expression, lowers, special
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.drafts import Draft, DraftIf, DraftTry, Leave, arms
from s2sad.frontend.state.guards import alike, common, has_leaves, marks_in, settle
from s2sad.frontend.state.values import Abstract, Keywords, Known
from s2sad.ir.data import Manager, Op
from s2sad.origins import Origin
from s2sad.provenance import source_of


@dataclass(frozen=True, eq=False)
class Entered:
    """A context manager of the page."""

    manager: Manager


@dataclass(frozen=True, eq=False)
class Null:
    """`contextlib.nullcontext(value)`."""

    value: Abstract


@dataclass(frozen=True, eq=False)
class Suppress:
    """`contextlib.suppress(*classes)`."""

    classes: tuple[type, ...]


@lowers(gast.With)
def lower_with(ctx: Context, node: Any) -> None:
    """`with a as x, b as y: body`, one item inside the other."""
    _items(ctx, node, list(node.items))


def _items(ctx: Context, node: Any, items: list[Any]) -> None:
    if not items:
        statements(ctx, node.body)
        return
    item, rest = items[0], items[1:]
    value = expression(ctx, item.context_expr, "")
    inside = _Inside(ctx, node, item, lambda: _items(ctx, node, rest))
    known = value.value if isinstance(value, Known) else None
    if isinstance(known, Null):
        inside.bind(known.value)
        inside.run()
    elif isinstance(known, Suppress):
        inside.bind(Known(None))
        _suppressing(inside, known.classes)
    elif isinstance(known, Entered):
        inside.bind(Known(None))
        _entered(inside, known.manager)
    elif class_of(ctx, value) is not None and (known is None or not _is_standard(known)):
        _object(inside, value)
    elif isinstance(value, Known) and value.access is not None and _is_manager(known):
        _opaque(inside, value)
    else:
        refuse(
            ctx,
            "S101",
            "this context manager can't be entered here",
            item.context_expr,
            help="enter it outside, around the call of the gradient",
        )


@dataclass(frozen=True, eq=False)
class _Inside:
    """One item of a `with`, and what runs in it."""

    ctx: Context
    node: Any
    item: Any
    run: Callable[[], None]

    def bind(self, value: Abstract) -> None:
        if self.item.optional_vars is not None:
            assign(self.ctx, self.item.optional_vars, value, self.node)


def _is_standard(value: Any) -> bool:
    """Whether an object is of a class of Python's own library."""
    return type(value).__module__.partition(".")[0] in sys.stdlib_module_names


def _is_manager(value: Any) -> bool:
    return hasattr(type(value), "__enter__") and hasattr(type(value), "__exit__")


# -- managers of the page


def _entered(inside: _Inside, manager: Manager) -> None:
    """The body as a block of its own, in the manager; where it leaves, it is cut into pieces."""
    ctx = inside.ctx
    origin = ctx.origin
    entry = ctx.state.copy()
    outer, ctx.draft = ctx.draft, Draft()
    inside.run()
    draft, ctx.draft = ctx.draft, outer
    mark = common(draft)
    whole = mark is not None and alike(replace(mark, state=entry), mark)
    if any(True for _ in marks_in(draft)) and (any(map(has_leaves, draft.statements)) or not whole):
        settle(draft)
    _enclose(draft, manager, origin, entry)
    pieces = [s for s in draft.statements if isinstance(s, DraftTry) and s.manager is manager]
    if not manager.again and (len(pieces) > 1 or any(map(has_leaves, draft.statements))):
        refuse(
            ctx,
            "S101",
            "a branch leaves the body of this `with`, which is entered only once",
            inside.item.context_expr,
            help="leave behind the `with`",
        )
    outer.statements += draft.statements
    if ctx.dead:
        outer.end = draft.end
        if isinstance(outer.end, Leave) and outer.end.draft is draft:
            outer.end.draft = outer


def _enclose(draft: Draft, manager: Manager, origin: Origin | None, entry: Any) -> None:
    """Puts what doesn't leave into the manager, in place."""
    found: list[Any] = []
    piece: list[Any] = []

    def finish() -> None:
        if piece:
            found.append(DraftTry(Draft(list(piece)), [], (), manager, origin, entry))
            piece.clear()

    for item in draft.statements:
        if has_leaves(item):
            assert isinstance(item, DraftIf)
            finish()
            for arm in arms(item):
                _enclose(arm, manager, origin, entry)
            found.append(item)
        else:
            piece.append(item)
    if piece or not (found or manager.again):
        found.append(DraftTry(Draft(list(piece)), [], (), manager, origin, entry))
    draft.statements[:] = found


def _opaque(inside: _Inside, value: Known) -> None:
    """An object from outside: the page enters it, around the forward sweep of the body."""
    if inside.item.optional_vars is not None:
        refuse(
            inside.ctx,
            "S101",
            "what this context manager gives isn't known when compiling",
            inside.item.context_expr,
            help="leave out `as`",
        )
    assert value.access is not None
    words = [str(step[-1]) for step in value.access.steps if len(step) > 1]
    name = "_".join(words) or "manager"
    name = name if name.isidentifier() else "manager"
    given = value.value
    op = Op(name, lambda: given, "object", None, "fresh", "outside")
    _entered(inside, Manager(op))


@special(np.errstate)
def _errstate(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    static = tuple((k, static_value(ctx, v, node)) for k, v in keywords.items())
    op = Op("np.errstate", np.errstate, "call", None)
    return Known(Entered(Manager(op, (), static, again=True)))


@special(contextlib.nullcontext)
def _nullcontext(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    given = [*args, *keywords.values()]
    return Known(Null(given[0] if given else Known(None)))


@special(contextlib.suppress)
def _suppress(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return Known(Suppress(tuple(static_value(ctx, a, node) for a in args)))


# -- exceptions on the way out


def _suppressing(inside: _Inside, classes: tuple[type, ...]) -> None:
    finally_around(inside.ctx, inside.node, inside.run, lambda error: None, classes)


def _object(inside: _Inside, value: Abstract) -> None:
    """An object whose class the user wrote: `__exit__` runs however the body is left."""
    ctx, node = inside.ctx, inside.item.context_expr
    entered = call(ctx, get_attribute(ctx, value, "__enter__", "", node), [], {}, "", node)
    inside.bind(entered)

    def leave(error: Abstract | None) -> None:
        given = [Known(None)] * 3 if error is None else [error, error, Known(None)]
        method = get_attribute(ctx, value, "__exit__", "", node)
        kept = call(ctx, method, list(given), {}, "kept", node)
        if error is not None and not ctx.dead:
            _unless(ctx, kept, lambda: raise_value(ctx, error, node), node)

    cls = class_of(ctx, value)
    acts = is_watched(ctx) or (cls is not None and _matters(cls))
    finally_around(ctx, inside.node, inside.run, leave, EVERYTHING if acts else ())


def _matters(cls: type) -> bool:
    """Whether it matters that `__exit__` runs after an exception: it may call something, or keep
    the exception to itself."""
    try:
        tree = source_of(cls.__exit__).node  # type: ignore[attr-defined]
    except (CompileError, TypeError, AttributeError):
        return True
    return any(isinstance(n, gast.Call) or _keeps(n) for n in gast.walk(tree))


def _keeps(node: Any) -> bool:
    value = node.value if isinstance(node, gast.Return) else None
    return value is not None and not (isinstance(value, gast.Constant) and not value.value)


def _unless(ctx: Context, test: Abstract, action: Callable[[], None], node: Any) -> None:
    truth = known_truth(ctx, test)
    if truth is None:
        branch(ctx, test_atom(ctx, test, node), lambda: None, action)
    elif not truth:
        action()

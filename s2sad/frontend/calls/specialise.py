"""A called function, lowered for the types of its arguments.

What it gives back is, for a recursive one, a least fixpoint: at first a recursive call has no
result at all, and the paths through it are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.frontend.calls.crossing import Entry, Uncallable, leaf_positions, references, template_of
from s2sad.frontend.calls.sending import Sender, Sent
from s2sad.frontend.control.bodies import run_frame
from s2sad.frontend.joins.build import Supply, build
from s2sad.frontend.joins.templates import Leaf, Template
from s2sad.frontend.joins.variables import new_leaves
from s2sad.frontend.source.liveness import reads
from s2sad.frontend.source.scopes import scope_of
from s2sad.frontend.state.closures import closures_in
from s2sad.frontend.state.context import LOOSE, RECURSIVE, Bottomed, Context, Poisoned, refuse
from s2sad.frontend.state.drafts import Fall, freeze
from s2sad.frontend.state.frames import bind_parameters, new_frame
from s2sad.frontend.state.heap import Name
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.sharing import holds_arrays
from s2sad.frontend.state.values import Abstract, Closure, Frame, Known, same
from s2sad.ir.data import Atom, Function, Param, Var
from s2sad.ir.walk import rename
from s2sad.request import Access

ROUNDS = 12
Values = dict[Name, Abstract]
Templates = dict[Name, Template]


@dataclass(eq=False)
class Specialisation:
    """One function for one choice of types. sent: None until something is returned.
    extra: what it reads from outside, passed along as further arguments."""

    name: str
    callee: Closure
    sent: Sent | None = None
    extra: list[tuple[Access, Any]] = field(default_factory=list)
    function: Function | None = None


def described(ctx: Context, plan: str, values: Values) -> Templates:
    """The template of each argument."""
    entry = Entry(plan == RECURSIVE, plan in (RECURSIVE, LOOSE))
    return {name: template_of(ctx, entry, name[1], value) for name, value in values.items()}


def bound(
    ctx: Context, callee: Closure, args: list[Abstract], keywords: dict[str, Abstract], node: Any
) -> Values:
    """The arguments by parameter (of a frame numbered 0), and what functions that are passed, or
    called, read of the scopes around them."""
    frame = new_frame(ctx, callee)
    bind_parameters(ctx, frame, callee, args, keywords, node)
    names = [key for key in ctx.state.names if key[0] == frame.number]
    values: Values = {(0, key[1]): ctx.state.names.pop(key) for key in names}
    return values | enclosed(ctx, [callee, *closures_in(ctx.state, list(values.values()))])


def enclosed(ctx: Context, functions: list[Closure]) -> Values:
    """What functions read, or bind, of the scopes around them, and those that they read there."""
    found: Values = {}
    seen: list[Any] = []
    todo = list(functions)
    while todo:
        function = todo.pop(0)
        if any(function.node is node for node in seen):
            continue
        seen.append(function.node)
        if function.frame is not None and not all(
            isinstance(v, Known) for v in function.defaults.values()
        ):
            raise Uncallable(f"`{function.name}` has defaults that are computed")
        for name, value in _read_around(ctx, function):
            if name not in found:
                found[name] = value
                todo += closures_in(ctx.state, [value])
    return found


def _read_around(ctx: Context, function: Closure) -> Iterator[tuple[Name, Abstract]]:
    """The names of enclosing scopes that a function reads, or binds, with their values."""
    wanted = reads(function.node) | scope_of(function.node).outer
    wanted -= scope_of(function.node).local
    frame = function.frame
    while frame is not None:
        for name in sorted(wanted & frame.locals):
            value = ctx.state.names.get((frame.number, name))
            if value is not None:
                yield (frame.number, name), value
        wanted -= frame.locals
        frame = frame.parent


# -- lowering the function


def settle(ctx: Context, templates: Templates, key: Any, node: Any) -> None:
    """Lowers a function until what it gives back no longer changes."""
    shared = ctx.shared
    shared.begun += 1
    try:
        _rounds(ctx, templates, key, node)
    except BaseException:
        shared.specialisations.pop(key, None)
        raise
    finally:
        shared.begun -= 1
    if shared.specialisations[key].sent is None:
        _no_end(ctx, key, node)


def _rounds(ctx: Context, templates: Templates, key: Any, node: Any) -> None:
    shared = ctx.shared
    special: Specialisation = shared.specialisations[key]
    known, frames = list(shared.specialisations), shared.frames
    before = ""
    for _ in range(ROUNDS):
        # Others that were lowered on the way saw an unfinished function.
        for other in [k for k in shared.specialisations if k not in known]:
            del shared.specialisations[other]
        shared.frames = frames
        special.sent = _one_round(ctx, templates, special)
        text = _text(special)
        if text == before or shared.plan(special.callee) != RECURSIVE:
            break
        before = text
    else:
        name = special.callee.name
        refuse(ctx, "S105", f"the types in the recursive `{name}` don't settle", node)


def _text(special: Specialisation) -> str:
    extra = [str(access) for access, _ in special.extra]
    return f"{special.sent.text() if special.sent is not None else 'bottom'} {extra}"


def _no_end(ctx: Context, key: Any, node: Any) -> None:
    """Nothing comes back: for now, where another function around is unfinished, or ever."""
    special = ctx.shared.specialisations.pop(key)
    if ctx.shared.begun:
        raise Bottomed
    refuse(ctx, "S105", f"the recursion of `{special.callee.name}` has no end", node)


def _one_round(ctx: Context, templates: Templates, special: Specialisation) -> Sent | None:
    """Lowers the body once; what it gives back, or None if nothing comes back."""
    inner = Context(ctx.frame, shared=ctx.shared, sweep=ctx.sweep, origin=ctx.origin)
    frame = new_frame(inner, special.callee)
    frame.caller = None
    params: list[Var] = []

    def supply(leaf: Leaf) -> Atom:
        params.append(new_leaves(inner, [leaf])[0])
        return params[-1]

    values, labels = _arguments(inner, frame, templates, supply)
    inner.state.names.update(values)
    before = {at: inner.state.heap[at] for at in labels}
    try:
        result = run_frame(inner, frame, "out")
    except Bottomed:
        return None
    if inner.diagnostics:
        ctx.diagnostics += inner.diagnostics
        raise Poisoned
    if inner.dead:
        return None
    sender = Sender(inner, labels, before, frame.number)
    sent = sender.sent(result, _rebound(inner, frame, values))
    positions = list(leaf_positions(list(templates.values())))
    written = {positions[label] for label, _ in sent.contents if label < len(positions)}
    made = [Param(p, owned=k in written) for k, p in enumerate(params)]
    _finish(ctx, inner, special, sent, made, frame)
    return sent


def _arguments(
    inner: Context, frame: Frame, templates: Templates, supply: Supply
) -> tuple[Values, dict[int, int]]:
    """What the parameters are bound to, and the labels of the locations that they refer to."""
    values: Values = {}
    labels: dict[int, int] = {}
    for (number, name), template in templates.items():
        value = build(inner, template, supply)
        values[(number or frame.number, name)] = value
        for ref in references(inner, template, value):
            labels[ref.location] = len(labels)
            # Whether the caller's list holds an array twice isn't known here.
            if holds_arrays(type_at(inner, ref)):
                inner.tangled.add(ref.location)
    return values, labels


def _rebound(inner: Context, frame: Frame, values: Values) -> Values:
    """The names of enclosing scopes that are bound to something else by now."""
    return {
        name: inner.state.names[name]
        for name, value in values.items()
        if name[0] != frame.number
        and name in inner.state.names
        and not same(inner.state.names[name], value)
    }


def _finish(
    ctx: Context,
    inner: Context,
    special: Specialisation,
    sent: Sent,
    params: list[Param],
    frame: Frame,
) -> None:
    inner.draft.statements[:0] = inner.entry
    inner.draft.end = Fall(sent.atoms)
    body = rename(freeze(inner.draft), lambda v: replace(v, hint=inner.hints.get(v, v.hint)))
    special.extra = [(read.access, inner.values[key]) for key, read in inner.reads.items()]
    every = (*params, *(Param(p) for p in inner.outside_params))
    special.function = Function(special.name, every, body, frame.source)
    ctx.statics.update(inner.statics)

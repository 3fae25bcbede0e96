"""Functions that are called, not inlined: large ones that are called again, and recursive ones.

Each is lowered once for the types of its arguments, as a function of its own, with the leaves of
its arguments as parameters. What it gives back is, for a recursive one, a least fixpoint: at first
a recursive call has no result at all, and the paths through it are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.frontend.branches import new_leaves
from s2sad.frontend.context import (
    INLINED,
    LOOSE,
    RECURSIVE,
    Bottomed,
    Context,
    Poisoned,
    Refused,
    Restart,
    location,
    place,
    refuse,
    wrap,
)
from s2sad.frontend.crossing import (
    Entry,
    Made,
    Out,
    Place,
    Sender,
    Sent,
    Tree,
    Uncallable,
    in_lengths,
    leaf_positions,
    lengths_of,
    received,
    references,
    template_of,
)
from s2sad.frontend.drafts import Fall, freeze
from s2sad.frontend.environment import outside
from s2sad.frontend.guards import watch
from s2sad.frontend.liveness import reads
from s2sad.frontend.merge import Fixed, Leaf, Template, atoms_of, build, content_parts, leaves
from s2sad.frontend.paths import shifted
from s2sad.frontend.references import atom_of, check_target, type_at
from s2sad.frontend.sharing import holds_arrays
from s2sad.frontend.state import Name, may_alias, relate
from s2sad.frontend.values import (
    Abstract,
    Attributes,
    Closure,
    Content,
    Frame,
    Items,
    Known,
    Listing,
    Mapping,
    Ref,
    Whole,
    same,
)
from s2sad.ir.calls import with_view
from s2sad.ir.data import Atom, Bind, Call, Const, Function, Param, Var
from s2sad.ir.types import Type
from s2sad.ir.walk import rename
from s2sad.request import Access

ROUNDS = 12
# How many functions of one callee differ in a constant integer, before it becomes a parameter.
CONSTANTS = 3
# How many functions of one recursive callee there may be.
KINDS = 12

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


def call_function(
    ctx: Context,
    callee: Closure,
    args: list[Abstract],
    keywords: dict[str, Abstract],
    hint: str,
    node: Any,
    plan: str,
) -> Abstract:
    """A call that stays one: of the function lowered for these types of arguments.

    What can't be called is inlined, unless it is recursive: then it is refused.
    """
    try:
        return _called(ctx, callee, args, keywords, hint, node, plan)
    except Uncallable as reason:
        if plan != RECURSIVE:
            raise Restart(callee, INLINED) from None
        refuse(
            ctx,
            "S105",
            f"the recursive `{callee.name}` can't be called here: {reason}",
            node,
            note="a function that calls itself becomes a function of the page, which gets numbers, "
            "arrays and containers of them",
        )
    except Refused:
        if plan != RECURSIVE:
            raise Restart(callee, INLINED) from None
        raise


def _called(
    ctx: Context,
    callee: Closure,
    args: list[Abstract],
    keywords: dict[str, Abstract],
    hint: str,
    node: Any,
    plan: str,
) -> Abstract:
    if ctx.guards and plan != RECURSIVE:
        raise Uncallable("it stands in a `try`")
    values = bound(ctx, callee, args, keywords, node)
    templates = described(ctx, plan, values)
    key = (id(callee.node), received(templates))
    known = ctx.shared.specialisations
    if key not in known:
        _limit_constants(ctx, callee, plan)
        known[key] = Specialisation(_name(ctx, callee.name), callee)
        _settle(ctx, templates, key, node)
    special = known[key]
    if special.sent is None:
        if plan != RECURSIVE:
            raise Restart(callee, RECURSIVE)
        raise Bottomed
    return _call(ctx, special, templates, values, hint, node)


def _limit_constants(ctx: Context, callee: Closure, plan: str) -> None:
    """A callee with many functions that differ in integers gets these as parameters."""
    alike = [s for s in ctx.shared.specialisations.values() if s.callee.node is callee.node]
    if plan == RECURSIVE and len(alike) >= KINDS:
        raise Uncallable("what it is given differs in kind from call to call")
    if plan != RECURSIVE and len(alike) >= CONSTANTS:
        raise Restart(callee, LOOSE if plan != LOOSE else INLINED)


def _name(ctx: Context, name: str) -> str:
    base = name if name.isidentifier() else "function"
    taken = {s.name for s in ctx.shared.specialisations.values()}
    number, result = 1, base
    while result in taken:
        number += 1
        result = f"{base}_{number}"
    return result


def described(ctx: Context, plan: str, values: Values) -> Templates:
    """The template of each argument."""
    entry = Entry(plan == RECURSIVE, plan in (RECURSIVE, LOOSE))
    return {name: template_of(ctx, entry, name[1], value) for name, value in values.items()}


def bound(
    ctx: Context, callee: Closure, args: list[Abstract], keywords: dict[str, Abstract], node: Any
) -> Values:
    """The arguments by parameter (of a frame numbered 0), and what functions that are passed, or
    called, read of the scopes around them."""
    from s2sad.frontend.functions import bind_parameters, new_frame

    frame = new_frame(ctx, callee)
    bind_parameters(ctx, frame, callee, args, keywords, node)
    names = [key for key in ctx.state.names if key[0] == frame.number]
    values: Values = {(0, key[1]): ctx.state.names.pop(key) for key in names}
    return values | _enclosed(ctx, [callee, *_closures(ctx, list(values.values()))])


def _closures(ctx: Context, values: list[Abstract]) -> Iterator[Closure]:
    for value in values:
        if isinstance(value, Closure):
            yield value
        elif isinstance(value, Items):
            yield from _closures(ctx, list(value.items))
        elif isinstance(value, Ref) and not isinstance(ctx.state.heap[value.location], Whole):
            yield from _closures(ctx, content_parts(ctx.state.heap[value.location]))


def _enclosed(ctx: Context, functions: list[Closure]) -> Values:
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
                todo += _closures(ctx, [value])
    return found


def _read_around(ctx: Context, function: Closure) -> Iterator[tuple[Name, Abstract]]:
    """The names of enclosing scopes that a function reads, or binds, with their values."""
    from s2sad.frontend.functions import scope_of

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


def _settle(ctx: Context, templates: Templates, key: Any, node: Any) -> None:
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
        special.sent = _one_round(ctx, templates, special, node)
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


def _one_round(
    ctx: Context, templates: Templates, special: Specialisation, node: Any
) -> Sent | None:
    """Lowers the body once; what it gives back, or None if nothing comes back."""
    from s2sad.frontend.functions import new_frame, run_frame

    inner = Context(ctx.frame, shared=ctx.shared, sweep=ctx.sweep, origin=ctx.origin)
    frame = new_frame(inner, special.callee)
    frame.caller = None
    params: list[Var] = []

    def supply(leaf: Leaf) -> Atom:
        params.append(new_leaves(inner, [leaf])[0])
        return params[-1]

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
    inner.state.names.update(values)
    before = {at: inner.state.heap[at] for at in labels}
    try:
        result = run_frame(inner, frame, "out", node)
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


# -- the call


def _call(
    ctx: Context,
    special: Specialisation,
    templates: Templates,
    values: Values,
    hint: str,
    node: Any,
) -> Abstract:
    sent = special.sent
    assert sent is not None
    places = [r for n, t in templates.items() for r in references(ctx, t, values[n])]
    written = [(label, tree) for label, tree in sent.contents if label < len(places)]
    if written and ctx.guards:
        raise Uncallable("it writes an argument in a `try`, which may see it half written")
    for label, tree in written:
        _check_written(ctx, places, label, tree, node)
    start = len(ctx.draft.statements)
    args = [a for n, t in templates.items() for a in atoms_of(ctx, t, values[n])]
    found = [leaf for t in templates.values() for leaf in leaves(t)]
    kinds = [(leaf.type, atom.type) for leaf, atom in zip(found, args, strict=True)]
    args += [atom_of(ctx, outside(ctx, access, v, node)) for access, v in special.extra]
    outs = list(_outs(ctx, sent, places, kinds, hint, node))
    positions = list(leaf_positions(list(templates.values())))
    call = Call((), special.name, tuple(args), place(ctx, node))
    for label, tree in written:
        at = positions[label]
        if isinstance(tree, Out) and at is not None:
            call = replace(call, writes=(*call.writes, (tree.position, at)))
            if places[label].path:
                call, outs[tree.position] = _through_view(ctx, call, at, places[label], start)
    call = replace(call, outs=tuple(outs))
    watch(ctx, call)
    ctx.draft.statements.append(call)
    return _Arrival(ctx, sent, tuple(outs), places, node).result()


def _through_view(ctx: Context, call: Call, at: int, ref: Ref, start: int) -> tuple[Call, Var]:
    """The call that is passed a view of a location to write, and the location's next version."""
    content = ctx.state.heap[ref.location]
    assert isinstance(content, Whole) and isinstance(content.atom, Var)
    base, read = content.atom, call.args[at]
    # The view is part of the call: it isn't read for itself.
    for position in range(start, len(ctx.draft.statements)):
        statement = ctx.draft.statements[position]
        if isinstance(statement, Bind) and statement.outs == (read,):
            del ctx.draft.statements[position]
            ctx.state.views.pop((ref.location, ref.path, ref.holes), None)
            break
    return with_view(call, at, base, ref.path, ref.holes), replace(base, origin=call.origin)


def _check_written(ctx: Context, places: list[Ref], label: int, tree: Tree, node: Any) -> None:
    """A written argument must be no other argument as well, and writing it must be allowed. The
    elements of a list stay what they are: those who hold them don't matter."""
    at, held = places[label].location, isinstance(tree, Out)
    near = [at, *may_alias(ctx.state, at, held=held)]
    if any(ref.location in near for k, ref in enumerate(places) if k != label):
        raise Uncallable("it writes an argument that another one may be, or be a view of")
    check_target(ctx, at, node, held=held)


def _outs(
    ctx: Context,
    sent: Sent,
    places: list[Ref],
    kinds: list[tuple[Type, Type]],
    hint: str,
    node: Any,
) -> tuple[Var, ...]:
    hints: dict[int, str] = {}
    for label, tree in sent.contents:
        _name_outs(hints, tree, _hint_of(ctx, places[label]) if label < len(places) else hint)
    for (_, name), tree in sent.names:
        _name_outs(hints, tree, name)
    _name_outs(hints, sent.result, hint)
    table = lengths_of(kinds)
    leaves_out = [
        Leaf(hints.get(k, hint), in_lengths(atom.type, table)) for k, atom in enumerate(sent.atoms)
    ]
    return new_leaves(ctx, leaves_out, node)


def _hint_of(ctx: Context, ref: Ref) -> str:
    content = ctx.state.heap[ref.location]
    return content.atom.hint if isinstance(content, Whole) and isinstance(content.atom, Var) else ""


def _name_outs(hints: dict[int, str], tree: Tree, hint: str) -> None:
    if isinstance(tree, Out):
        hints.setdefault(tree.position, hint)
    elif isinstance(tree, Made):
        for k, part in enumerate(tree.parts):
            _name_outs(hints, part, f"{hint}.{k}")


@dataclass(eq=False)
class _Arrival:
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
        return _extended(base, tree, self.outs)

    def relations(self) -> None:
        state = self.ctx.state
        for a, b in self.sent.may:
            first, second = self.places[a].location, self.places[b].location
            for mine in (first, *may_alias(state, first)):
                for other in (second, *may_alias(state, second)):
                    relate(state, mine, other)


def _extended(base: Ref, tree: Place, outs: tuple[Var, ...]) -> Ref:
    holes = tuple(h if isinstance(h, Const) else outs[h.position] for h in tree.holes)
    path = (*base.path, *shifted(tree.path, len(base.holes)))
    return Ref(base.location, path, (*base.holes, *holes))

"""The function that is differentiated inside of another: lowered for itself.

It is a function of copies of its arguments, and of what it reads of the scopes around it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.frontend.calls.specialise import enclosed
from s2sad.frontend.dispatch import call
from s2sad.frontend.joins.plan import content_parts
from s2sad.frontend.state.closures import closures_in
from s2sad.frontend.state.context import INLINED, Context, Poisoned, Restart, location, refuse
from s2sad.frontend.state.drafts import Fall, freeze
from s2sad.frontend.state.heap import may_alias
from s2sad.frontend.state.outside import outside
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Content,
    Items,
    Keywords,
    Known,
    Listing,
    Mapping,
    Method,
    Ref,
    Value,
    Whole,
)
from s2sad.ir.data import Atom, Function, Param, Var, Yield
from s2sad.ir.types import Num
from s2sad.ir.walk import calls, rename


@dataclass(eq=False)
class Taken:
    """A function that is lowered for itself: its context, its parameters and what stands for
    them outside. made, contents, origins: the locations of what it got, by those outside and the
    other way round. around: those that it didn't get as arguments."""

    inner: Context
    params: list[Var] = field(default_factory=list)
    given: list[Atom] = field(default_factory=list)
    made: dict[int, Ref] = field(default_factory=dict)
    contents: dict[int, Content] = field(default_factory=dict)
    origins: dict[int, int] = field(default_factory=dict)
    around: set[int] = field(default_factory=set)


def _arrive(ctx: Context, taken: Taken, value: Abstract, node: Any, moving: bool) -> Abstract:
    """A copy of a value on the inside; numbers in what is `moving` are variables there."""
    if isinstance(value, Known):
        number = isinstance(value.value, (float, complex)) and moving
        return _parameter(taken, atom_of(ctx, value, "", node)) if number else value
    if isinstance(value, Value):
        return _parameter(taken, value.atom)
    if isinstance(value, Items):
        items = tuple(_arrive(ctx, taken, item, node, moving) for item in value.items)
        return Items(items, value.cls)
    if isinstance(value, Ref):
        return _arrive_at(ctx, taken, value, node, moving)
    if isinstance(value, Method):
        return replace(value, receiver=_arrive(ctx, taken, value.receiver, node, False))
    if isinstance(value, Closure):
        return value
    refuse(ctx, "S107", "this can't be passed to a function whose derivative is taken here", node)


def _parameter(taken: Taken, atom: Atom, hint: str = "") -> Value:
    kind = atom.type
    made = Var(hint or getattr(atom, "hint", ""), kind, getattr(atom, "origin", None))
    taken.params.append(made)
    taken.given.append(atom)
    return Value(made)


def _arrive_at(ctx: Context, taken: Taken, ref: Ref, node: Any, moving: bool) -> Abstract:
    """An object, the same one wherever it is met; a view comes as a copy."""
    content = ctx.state.heap[ref.location]
    if ref.path or isinstance(content, Whole):
        if not ref.path and ref.location in taken.made:
            return taken.made[ref.location]
        atom = atom_of(ctx, ref, "", node)
        kind = type_at(ctx, ref, node)
        value = _parameter(taken, atom)
        if isinstance(kind, Num) and not kind.may_be_array:
            return value
        return _placed(taken, ref, Whole(value.atom))
    if ref.location in taken.made:
        return taken.made[ref.location]
    parts = tuple(_arrive(ctx, taken, p, node, moving) for p in content_parts(content))
    return _placed(taken, ref, rebuilt_content(content, parts))


def rebuilt_content(content: Content, parts: tuple[Abstract, ...]) -> Content:
    if isinstance(content, Listing):
        return Listing(parts)
    assert isinstance(content, Mapping | Attributes)
    pairs = tuple((key, part) for (key, _), part in zip(content.items, parts, strict=True))
    return replace(content, items=pairs)


def _placed(taken: Taken, ref: Ref, content: Content) -> Ref:
    made = location(taken.inner, content)
    taken.contents[made.location] = content
    taken.origins[made.location] = ref.location
    if not ref.path:
        taken.made[ref.location] = made
    return made


# -- lowering the function


@dataclass(eq=False)
class Lowered:
    """The function, and the variables of the arguments by which it is differentiated, by argument:
    their abstract values. parts: the value and aux, where it returns a pair."""

    taken: Taken
    function: Function
    moving: tuple[Abstract, ...]
    parts: tuple[Atom, Atom] | None
    result: Atom


def lowered_alone(
    ctx: Context,
    fun: Abstract,
    args: list[Abstract],
    keywords: Keywords,
    wrt: list[Any],
    has_aux: bool,
    node: Any,
) -> Lowered:
    """Lowers a function for these arguments. wrt: those by which it is differentiated."""
    if ctx.guards:
        refuse(
            ctx,
            "S107",
            "a derivative can't be taken inside of a `try` yet",
            node,
            help="take it before the `try`",
        )
    taken = Taken(Context(ctx.frame, shared=ctx.shared, sweep=ctx.sweep, origin=ctx.origin))
    inner = taken.inner
    around = enclosed(ctx, list(closures_in(ctx.state, [fun, *args, *keywords.values()])))
    passed = [_arrive(ctx, taken, a, node, k in wrt) for k, a in enumerate(args)]
    named = {n: _arrive(ctx, taken, a, node, n in wrt) for n, a in keywords.items()}
    known = set(taken.contents)
    for name, value in around.items():
        inner.state.names[name] = _arrive(ctx, taken, value, node, False)
    taken.around = set(taken.contents) - known
    before = dict(inner.state.names)
    inside = _arrive(ctx, taken, fun, node, False)
    result = call(inner, inside, list(passed), dict(named), "out", node)
    if inner.diagnostics:
        ctx.diagnostics += inner.diagnostics
        raise Poisoned
    _check_writes(ctx, taken, before, node)
    moving = tuple(passed[k] if isinstance(k, int) else named[k] for k in wrt)
    pair = _pair(ctx, inner, result, node) if has_aux else ()
    atom = atom_of(inner, result, "out", node)
    function, (atom, *found) = _finished(ctx, taken, (atom, *pair))
    return Lowered(taken, function, moving, (found[0], found[1]) if pair else None, atom)


def _pair(ctx: Context, inner: Context, result: Abstract, node: Any) -> tuple[Atom, ...]:
    """The value and aux, of a function that returns these."""
    if not (isinstance(result, Items) and len(result.items) == 2):
        refuse(ctx, "S411", "has_aux=True, but the function returns no pair", node,
               help="return a tuple of two, or leave has_aux out")  # fmt: skip
    return tuple(atom_of(inner, item, "out", node) for item in result.items)


def _check_writes(ctx: Context, taken: Taken, before: dict[Any, Abstract], node: Any) -> None:
    """The function may write its own copies; what lies around it is not to be written."""
    inner = taken.inner
    for name, value in before.items():
        if inner.state.names.get(name) is not value:
            message = f"this binds `{name[1]}`, outside of the function whose derivative is taken"
            refuse(ctx, "S103", message, node)
    for at, content in taken.contents.items():
        if inner.state.heap[at] is content:
            continue
        if at in taken.around:
            refuse(ctx, "S103", "the function whose derivative is taken here writes to what lies "
                   "outside of it", node, help="pass it as an argument, and return it")  # fmt: skip
        mine = taken.origins[at]
        near = [mine, *may_alias(ctx.state, mine)]
        if any(other in near for k, other in taken.origins.items() if k != at):
            refuse(ctx, "S304", "the function whose derivative is taken here writes to an argument "
                   "that another one may share memory with", node,
                   help="pass a copy: x.copy()")  # fmt: skip


def _finished(
    ctx: Context, taken: Taken, results: tuple[Atom, ...]
) -> tuple[Function, tuple[Atom, ...]]:
    """The function, which returns the first of the results, and the results in it."""
    inner = taken.inner
    inner.draft.statements[:0] = inner.entry
    inner.draft.end = Fall(results)
    body = rename(freeze(inner.draft), lambda v: replace(v, hint=inner.hints.get(v, v.hint)))
    for key, known in inner.reads.items():
        taken.given.append(atom_of(ctx, outside(ctx, known.access, inner.values[key])))
    taken.params += inner.outside_params
    ctx.statics.update(inner.statics)
    for met in calls(body):
        _refuse_call(ctx, met.callee)
    params = tuple(Param(p) for p in taken.params)
    assert ctx.frame.source is not None
    found = body.terminator.values
    body = replace(body, terminator=Yield(found[:1]))
    return Function("inner", params, body, ctx.frame.source), found


def _refuse_call(ctx: Context, name: str) -> None:
    """A function that stays a call is inlined instead, unless it is recursive."""
    known = next(s for s in ctx.shared.specialisations.values() if s.name == name)
    if ctx.shared.plan(known.callee) != "recursive":
        raise Restart(known.callee, INLINED)
    refuse(ctx, "S107", f"the recursive `{name}` can't be called by a function whose derivative is "
           "taken inside", help="take the derivative outside")  # fmt: skip

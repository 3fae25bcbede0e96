"""Functions that are called, not inlined: those that call themselves.

Each is lowered once for the types of its arguments, as a function of its own, with the leaves of
its arguments as parameters. The type of its result is a least fixpoint: at first a recursive call
has no result at all, and the paths through it are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from s2sad.analysis import dims
from s2sad.frontend.branches import new_leaves, supplier
from s2sad.frontend.context import Bottomed, Context, refuse, wrap
from s2sad.frontend.drafts import Fall, freeze
from s2sad.frontend.environment import outside
from s2sad.frontend.guards import watch
from s2sad.frontend.merge import (
    Fixed,
    Group,
    Leaf,
    Template,
    atoms_of,
    build,
    content_keys,
    content_parts,
    group_kind,
    leaves,
    template_text,
)
from s2sad.frontend.references import atom_of, type_at
from s2sad.frontend.state import relate
from s2sad.frontend.values import (
    Abstract,
    Closure,
    Frame,
    Items,
    Iteration,
    Known,
    Method,
    Ref,
    Slice,
    Value,
    Whole,
)
from s2sad.ir.data import Atom, Call, Function, Param, Var
from s2sad.ir.types import Dim, Lst, Num, Tup, Type
from s2sad.request import Access

ROUNDS = 12


@dataclass(eq=False)
class Specialisation:
    """One function for one choice of types. result: None until something is returned.
    extra: what it reads from outside, passed along as further arguments."""

    name: str
    result: Template | None = None
    extra: list[tuple[Access, Any]] = field(default_factory=list)
    function: Function | None = None
    done: bool = False


def call_function(
    ctx: Context,
    callee: Closure,
    args: list[Abstract],
    keywords: dict[str, Abstract],
    hint: str,
    node: Any,
) -> Abstract:
    """A call of a recursive function: one `Call`, of the function lowered for these types."""
    values = _bound(ctx, callee, args, keywords, node)
    templates = {name: template_of(ctx, name, value) for name, value in values.items()}
    key = (id(callee.node), *(f"{n}:{template_text(t)}" for n, t in templates.items()))
    known = ctx.shared.specialisations
    if key not in known:
        known[key] = Specialisation(_name(ctx, callee.name))
        _lower(ctx, callee, templates, known[key], node)
    special = known[key]
    if special.result is None:
        raise Bottomed
    return _call(ctx, special, templates, values, hint, node)


def _name(ctx: Context, name: str) -> str:
    base = name if name.isidentifier() else "function"
    taken = {s.name for s in ctx.shared.specialisations.values()}
    number, result = 1, base
    while result in taken:
        number += 1
        result = f"{base}_{number}"
    return result


def _bound(
    ctx: Context, callee: Closure, args: list[Abstract], keywords: dict[str, Abstract], node: Any
) -> dict[str, Abstract]:
    """The arguments by parameter, and what a nested function reads of the scopes around it."""
    from s2sad.frontend.functions import bind_parameters, new_frame

    frame = new_frame(ctx, callee)
    bind_parameters(ctx, frame, callee, args, keywords, node)
    names = [key for key in ctx.state.names if key[0] == frame.number]
    values = {key[1]: ctx.state.names.pop(key) for key in names}
    return values | _enclosed(ctx, frame)


def _enclosed(ctx: Context, frame: Frame) -> dict[str, Abstract]:
    from s2sad.frontend.liveness import reads

    found: dict[str, Abstract] = {}
    wanted = reads(frame.node) - frame.locals
    parent = frame.parent
    while parent is not None:
        for name in sorted(wanted & parent.locals):
            value = ctx.state.names.get((parent.number, name))
            if value is not None and not isinstance(value, Closure):
                found.setdefault(f"{parent.number}.{name}", value)
        wanted -= parent.locals
        parent = parent.parent
    return found


# -- templates of arguments


def template_of(ctx: Context, name: str, value: Abstract) -> Template:
    """What of an argument is passed at run time: numbers and arrays; all else is fixed."""
    hint = name.rpartition(".")[2]
    if isinstance(value, Known):
        number = isinstance(value.value, (int, float, complex)) and not isinstance(
            value.value, bool
        )
        return Leaf(hint, widened(type_at(ctx, value))) if number else Fixed(value)
    if isinstance(value, Value):
        return Leaf(hint, widened(value.atom.type))
    if isinstance(value, Items):
        parts = tuple(template_of(ctx, hint, item) for item in value.items)
        return Group("tuple", (value.cls,), parts)
    if isinstance(value, Ref):
        content = ctx.state.heap[value.location]
        if isinstance(content, Whole):
            return Leaf(hint, widened(type_at(ctx, value)))
        parts = tuple(template_of(ctx, hint, item) for item in content_parts(content))
        return Group(group_kind(content), content_keys(content), parts)
    if isinstance(value, (Method, Iteration, Slice)):
        refuse(
            ctx,
            "S105",
            f"`{hint}` of a recursive function is a method, a slice or an iterator",
            note="only values and functions can be passed to a recursive function",
        )
    return Fixed(value)


def widened(kind: Type) -> Type:
    """The type with its lengths forgotten, down to whether they may be 0 or 1."""
    if isinstance(kind, Num):
        shape = None if kind.shape is None else tuple(_widened_dim(d) for d in kind.shape)
        return Num(kind.forms, kind.dtype, shape)
    if isinstance(kind, Tup):
        return Tup(tuple(widened(item) for item in kind.items), kind.cls)
    if isinstance(kind, Lst):
        return Lst(widened(kind.item), dims.fresh(0))
    return kind


def _widened_dim(dim: Dim) -> Dim:
    return dims.fresh(2 if dim.never_one and dim.known != 0 else 0)


# -- lowering the function


def _lower(
    ctx: Context,
    callee: Closure,
    templates: dict[str, Template],
    special: Specialisation,
    node: Any,
) -> None:
    before = ""
    for _ in range(ROUNDS):
        found = _one_round(ctx, callee, templates, special, node)
        extra = [str(a) for a, _ in special.extra]
        text = f"{template_text(found) if found is not None else 'bottom'} {extra}"
        special.result = found
        if text == before:
            break
        before = text
    else:
        refuse(ctx, "S105", f"the types in the recursive `{callee.name}` don't settle", node)
    if special.result is None:
        refuse(ctx, "S105", f"the recursion of `{callee.name}` has no end", node)
    if special.function is not None:
        ctx.shared.functions.append(special.function)
    special.done = True


def _one_round(
    ctx: Context,
    callee: Closure,
    templates: dict[str, Template],
    special: Specialisation,
    node: Any,
) -> Template | None:
    """Lowers the body once; the template of what it returns, or None if nothing does."""
    from s2sad.frontend.functions import new_frame, run_frame

    inner = Context(ctx.frame, shared=ctx.shared, sweep=ctx.sweep, origin=ctx.origin)
    inner.frames = ctx.frames + 1000
    frame = new_frame(inner, callee)
    params: list[Var] = []

    def supply(leaf: Leaf) -> Atom:
        params.append(new_leaves(inner, [leaf])[0])
        return params[-1]

    for name, template in templates.items():
        number, _, plain = name.rpartition(".")
        owner = int(number) if number else frame.number
        inner.state.names[(owner, plain)] = build(inner, template, supply)
    _closures_around(ctx, inner, frame)
    locations = {n: c for n, c in inner.state.heap.items() if isinstance(c, Whole)}
    frame.caller = None
    try:
        result = run_frame(inner, frame, "out", node)
    except Bottomed:
        return None
    if inner.dead:
        return None
    if any(inner.state.heap.get(n) is not c for n, c in locations.items()):
        refuse(
            ctx,
            "S105",
            f"the recursive `{callee.name}` writes its argument",
            node,
            help="copy the argument first, or write it as a loop",
        )
    return _finish(ctx, inner, special, result, params)


def _closures_around(ctx: Context, inner: Context, frame: Frame) -> None:
    """Functions of the enclosing scopes (itself among them) can be called from inside."""
    parent = frame.parent
    while parent is not None:
        for (number, name), value in ctx.state.names.items():
            if number == parent.number and isinstance(value, Closure):
                inner.state.names.setdefault((number, name), value)
        parent = parent.parent


def _finish(
    ctx: Context, inner: Context, special: Specialisation, result: Abstract, params: list[Var]
) -> Template:
    template = template_of(inner, "out", result)
    atoms = atoms_of(inner, template, result)
    inner.draft.statements[:0] = inner.entry
    inner.draft.end = Fall(tuple(atoms))
    special.extra = [(read.access, inner.values[key]) for key, read in inner.reads.items()]
    all_params = (*params, *inner.outside_params)
    special.function = Function(
        special.name, tuple(Param(p) for p in all_params), freeze(inner.draft), inner.frame.source
    )
    ctx.statics.update(inner.statics)
    return template


# -- the call


def _call(
    ctx: Context,
    special: Specialisation,
    templates: dict[str, Template],
    values: dict[str, Abstract],
    hint: str,
    node: Any,
) -> Abstract:
    assert special.result is not None
    args: list[Atom] = []
    for name, template in templates.items():
        args += atoms_of(ctx, template, values[name])
    for access, value in special.extra:
        args.append(atom_of(ctx, outside(ctx, access, value, node)))
    found = [Leaf(hint, leaf.type) for leaf in leaves(special.result)]
    outs = tuple(Var(o.hint, dims.refreshed(o.type), o.origin) for o in new_leaves(ctx, found))
    call = Call(outs, special.name, tuple(args), ctx.origin)
    watch(ctx, call)
    ctx.draft.statements.append(call)
    result = build(ctx, special.result, supplier(outs))
    _may_be_arguments(ctx, result, list(values.values()))
    return result


def _may_be_arguments(ctx: Context, result: Abstract, values: list[Abstract]) -> None:
    """What comes back may be one of the arguments, or a view of it."""
    if isinstance(result, Ref):
        for value in values:
            if isinstance(value, Ref):
                relate(ctx.state, result.location, value.location)
    if isinstance(result, Items):
        for item in result.items:
            _may_be_arguments(ctx, item, values)


__all__ = ["Specialisation", "call_function", "wrap"]

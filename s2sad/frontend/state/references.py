"""Reading and writing through references: how writes in place become new versions.

A location's content is its current version. A read of a view is `getitem(version, path)`, kept
at hand until the content changes; a write through any view is a write to the base at its path.
"""

from __future__ import annotations

import enum
from typing import Any

from s2sad.analysis import dims
from s2sad.analysis.indexing import is_basic, step_type
from s2sad.analysis.infer import type_of
from s2sad.analysis.joins import join
from s2sad.frontend.state.choices import each
from s2sad.frontend.state.context import (
    Context,
    add,
    constant,
    refuse,
    refuse_conflict,
    typed,
)
from s2sad.frontend.state.links import select, stamp, targets
from s2sad.frontend.state.paths import extended
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Conflict,
    Content,
    Items,
    Known,
    Listing,
    Mapping,
    OneOf,
    Ref,
    Unbound,
    Value,
    Whole,
)
from s2sad.ir.data import Atom, Const, Hole, IndexStep, SliceStep, Step, Undefined, Var, ViewStep
from s2sad.ir.ops import CONSTRUCT, DICT, GETITEM, LIST, TUPLE
from s2sad.ir.paths import shifted
from s2sad.ir.types import Bottom, Dct, Lst, Num, Obj, Opaque, Tup, Type
from s2sad.rules.views import is_flat, is_read_only

PLAIN = (bool, int, float, complex, str, type(None))


# -- reading


def atom_of(ctx: Context, value: Abstract, hint: str = "", node: Any = None) -> Atom:
    """The run-time value of an abstract one, as an operand."""
    if isinstance(value, Known):
        return _constant_atom(value)
    if isinstance(value, Value):
        return value.atom
    if isinstance(value, Ref):
        return read(ctx, value, hint, node)
    if isinstance(value, Items):
        return _pack(ctx, value, hint, node)
    if isinstance(value, OneOf):
        return _atom_of_choices(ctx, value, hint, node)
    if isinstance(value, Unbound):
        refuse(
            ctx,
            "S405",
            f"`{value.name}` may be unbound here",
            node,
            note="Python would raise UnboundLocalError on some paths",
            help=f"bind `{value.name}` before, on every path",
        )
    if isinstance(value, Conflict):
        refuse_conflict(ctx, value, node)
    if isinstance(value, Closure):
        refuse(
            ctx,
            "S101",
            f"the function `{value.name}` can't be stored in an array or passed "
            "to a library function here",
            node,
        )
    refuse(ctx, "S101", f"{_describe(value)} can't be used as a value here", node)


def _describe(value: Abstract) -> str:
    return f"this {type(value).__name__.lower()}"


def _constant_atom(value: Known) -> Const:
    held = value.value
    if isinstance(held, enum.Enum) and isinstance(held, (int, float, str)):
        held = held.value
    return constant(held)


def _pack(ctx: Context, value: Items, hint: str, node: Any) -> Atom:
    if value.cls is None and all(isinstance(item, Known) for item in value.items):
        plain = tuple(item.value for item in value.items if isinstance(item, Known))
        return constant(plain)
    atoms = tuple(atom_of(ctx, item, node=node) for item in value.items)
    kind = Tup(tuple(type_of(a) for a in atoms), value.cls)
    if value.cls is not None:
        return add(ctx, CONSTRUCT, atoms, kind, hint, node, (("cls", value.cls),))
    return add(ctx, TUPLE, atoms, kind, hint, node)


def _atom_of_choices(ctx: Context, value: OneOf, hint: str, node: Any) -> Atom:
    """One of several values as one at run time, where they have a type in common."""

    def single(choice: Abstract) -> Abstract:
        atom = atom_of(ctx, choice, hint, node)
        return Value(atom) if isinstance(atom, Var) else Known(atom.value)  # type: ignore[union-attr]

    made = each(ctx, value, single, node)
    if isinstance(made, OneOf):
        refuse(
            ctx,
            "S405",
            "this holds different kinds of things, depending on the path",
            node,
            help="use one name for each kind of thing",
        )
    return atom_of(ctx, made, hint, node)


def read(ctx: Context, ref: Ref, hint: str = "", node: Any = None) -> Atom:
    """The present value of what a reference refers to."""
    if ref.location in ctx.state.links:
        return _read_linked(ctx, ref, hint, node)
    return read_own(ctx, ref, hint, node)


def read_own(ctx: Context, ref: Ref, hint: str, node: Any = None) -> Atom:
    """The present value of what a location holds itself."""
    content = ctx.state.heap[ref.location]
    if isinstance(content, Whole):
        if not ref.path:
            return content.atom
        return _read_view(ctx, ref, content, hint, node)
    return pack_content(ctx, content, hint, node)


def _read_linked(ctx: Context, ref: Ref, hint: str, node: Any) -> Atom:
    """The value of whichever object a linked location is, read once while nothing changes."""
    now = stamp(ctx.state, Ref(ref.location))
    found = _at_hand(ctx, ref, now)
    if found is not None:
        return found
    whole = _at_hand(ctx, Ref(ref.location), now)
    kind = type_at(ctx, ref, node)
    if whole is not None and not any(is_locked(s) for s in ref.path) and not is_flat(ref.path):
        holes, path = (whole, *ref.holes), shifted(ref.path, 1)
        var: Atom = add(ctx, GETITEM, holes, kind, hint, node, (), path)
    else:
        tree = targets(ctx.state, ref)
        (var,) = select(
            ctx, tree, [(hint, kind)], lambda end: [read_own(ctx, end, hint, node)], node
        )
    if isinstance(var, Var):
        ctx.state.views[(ref.location, ref.path, ref.holes)] = (now, var)
    return var


def _at_hand(ctx: Context, ref: Ref, now: tuple[Content, ...]) -> Var | None:
    """What was read before of a linked location, if it still holds."""
    found = ctx.state.views.get((ref.location, ref.path, ref.holes))
    if found is None or not isinstance(found[0], tuple) or len(found[0]) != len(now):
        return None
    return found[1] if all(a is b for a, b in zip(found[0], now, strict=True)) else None


def pack_content(
    ctx: Context, content: Listing | Mapping | Attributes, hint: str = "", node: Any = None
) -> Atom:
    """A list, dict or object as one run-time value."""
    if isinstance(content, Listing):
        atoms = tuple(atom_of(ctx, item, node=node) for item in content.items)
        return add(ctx, LIST, atoms, list_type([type_of(a) for a in atoms]), hint, node)
    values = tuple(atom_of(ctx, item, node=node) for _, item in content.items)
    pairs = tuple((k, type_of(a)) for (k, _), a in zip(content.items, values, strict=True))
    if isinstance(content, Mapping):
        keys = tuple(k for k, _ in content.items)
        return add(ctx, DICT, values, Dct(pairs), hint, node, (("keys", keys),))
    named = tuple((str(k), t) for k, t in pairs)
    static = (("cls", content.cls), ("names", tuple(name for name, _ in named)))
    return add(ctx, CONSTRUCT, values, Obj(content.cls, named), hint, node, static)


def list_type(kinds: list[Type]) -> Type:
    """The type of a list display: by element where the elements don't join."""
    item: Type | None = Bottom()
    for kind in kinds:
        item = None if item is None else join(item, kind)
    if item is None:
        return Opaque("object")
    return Lst(item, dims.constant(len(kinds)))


def _read_view(ctx: Context, ref: Ref, content: Whole, hint: str, node: Any) -> Atom:
    if is_flat(ref.path):
        ref = extended(ref, IndexStep((SliceStep(None, None, None),)), ())
    key = (ref.location, ref.path, ref.holes)
    found = ctx.state.views.get(key)
    if found is not None and found[0] is content:
        return found[1]
    kind = _view_type(ctx, type_of(content.atom), ref, node)
    if isinstance(content.atom, Undefined):
        refuse(ctx, "S405", "this may be unbound here", node)
    source, rest = _by_parts(ctx, ref, content, node)
    path = shifted(rest.path, 1)
    var = add(ctx, GETITEM, (source, *rest.holes), kind, hint, node, (), path)
    ctx.state.views[key] = (content, var)
    return var


def _by_parts(ctx: Context, ref: Ref, content: Whole, node: Any) -> tuple[Atom, Ref]:
    """What a path is read from, and the rest of the path: a view that can't be written through
    is read by itself, since its cotangent can't be added to through it either."""
    locked = [k for k, step in enumerate(ref.path) if is_locked(step)]
    if len(ref.path) == 1 or not locked:
        return content.atom, ref
    split = locked[-1] + 1 if locked[-1] + 1 < len(ref.path) else locked[-1]
    if split == 0:
        return content.atom, ref
    source = read_own(ctx, _part(ref, 0, split), "", node)
    return source, _part(ref, split, len(ref.path))


def is_locked(step: Step) -> bool:
    return isinstance(step, ViewStep) and is_read_only(step.op)


def _part(ref: Ref, start: int, stop: int) -> Ref:
    """Some steps of a path, with the holes that they read."""
    used: list[Atom] = []

    def moved(part: Any) -> Any:
        if isinstance(part, Hole):
            used.append(ref.holes[part.position])
            return Hole(len(used) - 1)
        if isinstance(part, SliceStep):
            return SliceStep(*(moved(b) for b in (part.start, part.stop, part.step)))
        return part

    steps: list[Step] = []
    for step in ref.path[start:stop]:
        if isinstance(step, IndexStep):
            step = IndexStep(tuple(moved(c) for c in step.components), step.single)
        elif isinstance(step, ViewStep):
            step = ViewStep(step.op, tuple(moved(a) for a in step.args), step.static)
        steps.append(step)
    return Ref(ref.location, tuple(steps), tuple(used))


def _view_type(ctx: Context, kind: Type, ref: Ref, node: Any) -> Type:
    for step in ref.path:
        if isinstance(step, ViewStep):
            base = Var("", kind)
            args = tuple(
                ref.holes[a.position] if isinstance(a, Hole) else constant(a) for a in step.args
            )
            kind = typed(ctx, step.op, (base, *args), dict(step.static), node)
            continue
        found = step_type(kind, step, ref.holes)
        if found is None:
            refuse(ctx, "S405", f"this index doesn't fit a value of type {kind}", node)
        kind = found
    return kind


def type_at(ctx: Context, value: Abstract, node: Any = None) -> Type:
    """The type of an abstract value, reading nothing into the page."""
    if isinstance(value, Known):
        return constant(value.value).type
    if isinstance(value, Value):
        return value.atom.type
    if isinstance(value, Ref):
        content = ctx.state.heap[value.location]
        if isinstance(content, Whole):
            return _view_type(ctx, type_of(content.atom), value, node)
        return _content_type(ctx, content)
    if isinstance(value, Items):
        return Tup(tuple(type_at(ctx, item) for item in value.items), value.cls)
    return Opaque(type(value).__name__)


def _content_type(ctx: Context, content: Listing | Mapping | Attributes) -> Type:
    if isinstance(content, Listing):
        return list_type([type_at(ctx, item) for item in content.items])
    pairs = tuple((k, type_at(ctx, item)) for k, item in content.items)
    if isinstance(content, Mapping):
        return Dct(pairs)
    return Obj(content.cls, tuple((str(k), t) for k, t in pairs))


def is_array(ctx: Context, value: Abstract) -> bool:
    """Whether an abstract value may be an array."""
    kind = type_at(ctx, value) if isinstance(value, Ref) else None
    return isinstance(kind, Num) and kind.may_be_array


def _stands_in_path(value: Any) -> bool:
    """Whether a constant is written into the path itself."""
    return isinstance(value, (int, str, type(None), type(...))) and not isinstance(value, bool)


def bound_step(index: list[Any], single: bool) -> tuple[IndexStep, tuple[Atom, ...]]:
    """An index step from components that are constants, atoms or `Slice`s of these."""
    holes: list[Atom] = []

    def place(part: Any) -> Any:
        if isinstance(part, Const) and _stands_in_path(part.value):
            return part.value
        if isinstance(part, (Var, Const)):
            holes.append(part)
            return Hole(len(holes) - 1)
        if isinstance(part, tuple):
            return SliceStep(*(place(p) for p in part))
        return part

    components = tuple(place(part) for part in index)
    return IndexStep(components, single), tuple(holes)


def is_view_step(step: IndexStep, holes: tuple[Atom, ...], kind: Type) -> bool:
    """Whether reading by this index gives a reference into the base."""
    if isinstance(kind, Num):
        return is_basic(step, holes)
    return not any(isinstance(c, SliceStep) for c in step.components)

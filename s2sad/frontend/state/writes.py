"""Writing through references: a write through any view is a new version of its base.

What else a write would change must be known; where a live reference may, but need not, be the
target, it is refused.
"""

from __future__ import annotations

from typing import Any

from s2sad.analysis.infer import type_of
from s2sad.analysis.joins import join
from s2sad.frontend.state.context import Context, NeedParts, add, refuse
from s2sad.frontend.state.heap import may_alias, reachable
from s2sad.frontend.state.links import ends, locations, select, targets
from s2sad.frontend.state.references import is_locked
from s2sad.frontend.state.values import Abstract, Frame, Ref, Whole
from s2sad.ir.data import Atom, Const, Op, Undefined, ViewStep
from s2sad.ir.ops import ADDITEM, LIST, SCATTER_ADD, SETITEM
from s2sad.ir.paths import shifted
from s2sad.ir.types import Lst, Type
from s2sad.rules.views import goes_through_flat

# -- writing


def write(ctx: Context, ref: Ref, value: Atom, node: Any = None) -> None:
    """`target[...] = value`, where `ref` is the target with its last step."""
    store(ctx, ref, value, SETITEM, (), node)


def increment(ctx: Context, ref: Ref, value: Atom, sign: str, node: Any = None) -> None:
    """`target += value` or `-=`, in place."""
    store(ctx, ref, value, ADDITEM, (("sign", sign),), node)


def store(
    ctx: Context, ref: Ref, value: Atom, op: Any, static: tuple[tuple[str, Any], ...], node: Any
) -> None:
    tree = targets(ctx.state, ref)
    places = {end.location: end for end in ends(tree)}
    for end in places.values():
        _check_store(ctx, end, op, node)
    now = {number: whole_atom(ctx, number) for number in places}

    def stored(end: Ref) -> list[Atom]:
        made = _stored(ctx, end, now[end.location], value, op, static, node)
        return [made if number == end.location else atom for number, atom in now.items()]

    kinds = [
        (hint_of_atom(now[n]), _stored_type(now[n], value, end, op)) for n, end in places.items()
    ]
    atoms = select(ctx, tree, kinds, stored, node)
    for number, atom in zip(places, atoms, strict=True):
        ctx.state.heap[number] = Whole(atom)


def _check_store(ctx: Context, ref: Ref, op: Any, node: Any) -> None:
    """Refuses a write of which it isn't known what else it changes."""
    content = ctx.state.heap[ref.location]
    if not isinstance(content, Whole):
        refuse(ctx, "S101", "this can't be written here", node)
    _check_path(ctx, ref, op, node)
    replaces = isinstance(type_of(content.atom), Lst) and op is SETITEM and len(ref.path) == 1
    _check_place(ctx, ref.location, node, held=not replaces)
    if not replaces and ref.location in ctx.tangled:
        refuse(
            ctx,
            "S301",
            "this writes to an element of a list that may hold one array twice",
            node,
            note="which of its elements change is known at run time only",
            help="put copies into the list: `items.append(x.copy())`",
        )


def whole_atom(ctx: Context, number: int) -> Atom:
    content = ctx.state.heap[number]
    assert isinstance(content, Whole)
    return content.atom


def hint_of_atom(atom: Atom) -> str:
    return "" if isinstance(atom, Const) else atom.hint


def _stored_type(base: Atom, value: Atom, ref: Ref, op: Any) -> Type:
    kind = type_of(base)
    return _filled(kind, type_of(value), ref) if op is SETITEM else kind


def _stored(
    ctx: Context,
    ref: Ref,
    base: Atom,
    value: Atom,
    op: Any,
    static: tuple[tuple[str, Any], ...],
    node: Any,
) -> Atom:
    """The content of a location after a write."""
    if isinstance(base, Const):
        base = add(ctx, LIST, (), base.type, "", node)
    if isinstance(base, Undefined):
        refuse(ctx, "S405", "this may be unbound here", node)
    kind = _stored_type(base, value, ref, op)
    return add(
        ctx, op, (base, value, *ref.holes), kind, base.hint, node, static, shifted(ref.path, 2)
    )


def _check_path(ctx: Context, ref: Ref, op: Op, node: Any) -> None:
    for step in ref.path:
        if is_locked(step):
            assert isinstance(step, ViewStep)
            name = step.op.name.lstrip(".")
            refuse(
                ctx,
                "S302",
                f"`{name}` gives a view that can't be written here",
                node,
                note="NumPy makes it read-only, or it shows an element more than once",
                help="write to the array itself: `k = np.arange(n); a[k, k] = ...`",
            )
    if op is SCATTER_ADD and goes_through_flat(ref.path):
        refuse(ctx, "S405", "NumPy has no `at` on `.flat`", node, note="it would raise TypeError")


def _filled(kind: Type, value: Type, ref: Ref) -> Type:
    """The type of a list after a store: its elements may be what they were, or the value."""
    if not isinstance(kind, Lst) or len(ref.path) != 1:
        return kind
    item = join(kind.item, value)
    return Lst(item, kind.length) if item is not None else kind


def replace_content(ctx: Context, location: int, content: Any, node: Any = None) -> None:
    """A new content for a list, dict or object, after the question of aliases. Its elements
    stay what they are, so those who hold them don't matter."""
    check_target(ctx, location, node, held=False)
    ctx.state.heap[location] = content


def check_target(ctx: Context, location: int, node: Any = None, *, held: bool = True) -> None:
    """Refuses a write where a live reference may, but need not, be its target."""
    for number in locations(ctx.state, Ref(location)):
        _check_place(ctx, number, node, held=held)


def _check_place(ctx: Context, location: int, node: Any, *, held: bool) -> None:
    if location in ctx.outer:
        refuse(
            ctx,
            "S103",
            f"this writes to `{ctx.outer[location]}`, which comes from outside of the function",
            node,
            note="a gradient must leave globals and closures as they were",
            help="copy it first, or pass it as an argument and return the new value",
        )
    others = may_alias(ctx.state, location, held=held)
    if not ctx.shared.parts and not ctx.parts.isdisjoint([location, *others]):
        raise NeedParts
    if others:
        live = reachable(ctx.state, live_values(ctx))
        if any(other in live for other in others):
            refuse(
                ctx,
                "S301",
                "this writes to something that another name may refer to, or may not",
                node,
                note="which one it is depends on the path taken or on the memory layout, "
                "and a wrong guess would be a wrong gradient",
                help="write to a copy: `y = x.copy()`",
            )
    leaf = ctx.leaves_of_arguments.get(location)
    if leaf is not None:
        ctx.written[leaf] = None


def live_values(ctx: Context) -> list[Abstract]:
    """What the names that may still be read refer to, in all active frames."""
    result: list[Abstract] = []
    for (number, name), value in ctx.state.names.items():
        frame = _frame_by_number(ctx, number)
        if frame is None or name in frame.live_now:
            result.append(value)
    return result


def _frame_by_number(ctx: Context, number: int) -> Any:
    frame: Frame | None = ctx.frame
    while frame is not None:
        if frame.number == number:
            return frame
        frame = frame.caller
    return None

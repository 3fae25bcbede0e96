"""What is found at a place of an array or a container: a view of it, or a value."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.dispatch import call
from s2sad.frontend.state.context import Context, constant, location, wrap
from s2sad.frontend.state.paths import extended
from s2sad.frontend.state.references import atom_of, bound_step, is_view_step, type_at
from s2sad.frontend.state.sharing import part_of, relate_lists
from s2sad.frontend.state.values import Abstract, Items, Known, Listing, Mapping, Ref, Slice, Value
from s2sad.ir.data import Atom, AttributeStep, ViewStep
from s2sad.ir.types import Dct, Lst, Num, Obj, Tup
from s2sad.rules.views import is_flat


def index_parts(ctx: Context, index: Abstract) -> tuple[list[Any], bool]:
    """The components of an index as constants and atoms."""

    def one(value: Abstract) -> Any:
        if isinstance(value, Slice):
            return tuple(one(b) for b in (value.start, value.stop, value.step))
        if isinstance(value, Known) and isinstance(value.value, slice):
            s = value.value
            return tuple(constant(b) for b in (s.start, s.stop, s.step))
        return atom_of(ctx, value)

    if isinstance(index, Items):
        return [one(item) for item in index.items], False
    if isinstance(index, Known) and isinstance(index.value, tuple):
        return [one(Known(item)) for item in index.value], False
    return [one(index)], True


def _position(ctx: Context, base: Ref, index: Abstract, node: Any) -> Abstract:
    """An index into a list or tuple: a truth counts as 0 or 1."""
    if isinstance(index, Value) and isinstance(type_at(ctx, base), (Lst, Tup)):
        kind = index.atom.type
        if isinstance(kind, Num) and kind.dtype == "bool":
            return call(ctx, Known(int), [index], {}, "", node)
    return index


def item_ref(ctx: Context, base: Ref, index: Abstract, node: Any) -> Ref:
    """`base[index]` as a reference, whether it is read or written."""
    index = _position(ctx, base, index, node)
    components, single = index_parts(ctx, index)
    step, holes = bound_step(components, single)
    return extended(base, step, holes)


def view_or_value(ctx: Context, ref: Ref, hint: str, node: Any) -> Abstract:
    """What reading a reference gives: a view that goes on referring, or a value of its own."""
    atom = atom_of(ctx, ref, hint, node)
    kind = atom.type
    last = ref.path[-1]
    base = Ref(ref.location, ref.path[:-1], ref.holes)
    if is_flat(base.path):
        return wrap(ctx, atom, node)
    mutable = isinstance(kind, (Lst,)) or (isinstance(kind, Num) and kind.may_be_array)
    if isinstance(last, (ViewStep, AttributeStep)):
        return ref if mutable else _element(ctx, ref, atom, node)
    if mutable and is_view_step(last, ref.holes, type_at(ctx, base)):
        return ref
    if isinstance(kind, (Tup, Dct, Obj)):
        return _element(ctx, ref, atom, node)
    result = wrap(ctx, atom, node)
    relate_lists(ctx, result, [base])
    return result


def _element(ctx: Context, ref: Ref, atom: Atom, node: Any) -> Abstract:
    """A tuple or an object inside a container: it is read, and held by the container."""
    made = wrap(ctx, atom, node)
    part_of(ctx, ref.location, made)
    return made


def elements(ctx: Context, value: Abstract) -> tuple[Abstract, ...] | None:
    """The elements of a tuple or list whose length is known, or None."""
    if isinstance(value, Items):
        return value.items
    if isinstance(value, Known) and isinstance(value.value, (tuple, list)):
        return tuple(Known(item) for item in value.value)
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        if isinstance(content, Listing):
            return content.items
    return None


def mapping_keys(ctx: Context, value: Abstract) -> list[Any] | None:
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        if isinstance(content, Mapping):
            return [key for key, _ in content.items]
    return None


def sequence_like(ctx: Context, model: Abstract, items: tuple[Abstract, ...]) -> Abstract:
    return location(ctx, Listing(items)) if isinstance(model, Ref) else Items(items)

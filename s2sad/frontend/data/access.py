"""Attributes, subscripts and lengths: what `.` and `[]` read."""

from __future__ import annotations

import enum
import operator
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from s2sad.analysis import dims
from s2sad.frontend.data import overloads
from s2sad.frontend.data.keys import key_of
from s2sad.frontend.data.objects import member, super_member
from s2sad.frontend.data.several import item_of_several
from s2sad.frontend.dispatch import evaluates, expression
from s2sad.frontend.operations.apply import apply_library
from s2sad.frontend.operations.failures import failure
from s2sad.frontend.operations.refusals import WRITING_METHODS
from s2sad.frontend.operations.views import (
    elements,
    item_ref,
    mapping_keys,
    sequence_like,
    view_or_value,
)
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, add, inner_hint, location, refuse
from s2sad.frontend.state.outside import outside
from s2sad.frontend.state.paths import extended
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.sharing import pack_list, part_of_known
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Items,
    Known,
    Listing,
    Mapping,
    Method,
    Ref,
    Slice,
    Super,
    Value,
    Whole,
)
from s2sad.ir.data import AttributeStep, IndexStep, Op, ViewStep
from s2sad.ir.ops import GETITEM, LEN
from s2sad.ir.types import INT, Lst, Num, Obj, Opaque, Tup
from s2sad.rules.operations import attribute, method
from s2sad.rules.views import FLAT, is_flat


def _attribute_fails(ctx: Context, value: Abstract, name: str, *_: Any) -> Exception | None:
    return failure(ctx, lambda held: getattr(held, name), [value])


@over_choices(0, failing=_attribute_fails)
def get_attribute(
    ctx: Context, value: Abstract, name: str, hint: str, node: Any, *, called: bool = False
) -> Abstract:
    """`value.name`. called: it is a method that is called at once."""
    if isinstance(value, Known):
        return _known_attribute(ctx, value, name, node)
    if isinstance(value, Items) and value.cls is not None:
        return _field(ctx, value, value.cls, name, hint, node)
    if isinstance(value, Super):
        return super_member(ctx, value, name, hint, node)
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        if isinstance(content, Attributes):
            return member(ctx, value, name, hint, node)
        if not isinstance(content, Whole):
            return Method(value, name)
    kind = type_at(ctx, value, node)
    if isinstance(kind, Opaque) and kind.name == "exception":
        refuse(
            ctx,
            "S104",
            "an exception is passed on, and not looked into",
            node,
            help="decide by the class: `except ValueError`",
        )
    if isinstance(kind, Obj) and isinstance(value, Ref):
        return view_or_value(ctx, extended(value, AttributeStep(name), ()), hint, node)
    if isinstance(kind, Num):
        return _array_attribute(ctx, value, kind, name, hint, node, called=called)
    return Method(value, name)


def _field(ctx: Context, value: Items, cls: Any, name: str, hint: str, node: Any) -> Abstract:
    """An attribute of a named tuple: a field, a method of tuples, or what the class defines."""
    if name in cls._fields:
        position: int = cls._fields.index(name)
        return value.items[position]
    if name in ("_replace", "_asdict", "_fields", "count", "index"):
        return Known(cls._fields) if name == "_fields" else Method(value, name)
    return member(ctx, value, name, hint, node)


_PLAIN = (str, tuple, int, float, complex, set, frozenset, dict, list, range)


def _known_attribute(ctx: Context, value: Known, name: str, node: Any) -> Abstract:
    if not hasattr(value.value, name):
        refuse(
            ctx, "S405", f"{value.value!r} has no attribute `{name}`", node, raises=AttributeError
        )
    found = getattr(value.value, name)
    if isinstance(
        value.value, (str, tuple, int, float, complex, set, frozenset, dict, list, range)
    ):
        return Method(value, name) if callable(found) else Known(found)
    if isinstance(value.value, enum.Enum) and not callable(found):
        return Known(found)
    if value.access is None or callable(found):
        return Known(found, value.access.extended("attribute", name) if value.access else None)
    return outside(ctx, value.access.extended("attribute", name), found, node)


def _array_attribute(
    ctx: Context, value: Abstract, kind: Num, name: str, hint: str, node: Any, *, called: bool
) -> Abstract:
    if name == "ndim" and kind.shape is not None:
        return Known(len(kind.shape))
    if name == "dtype" and kind.dtype is not None:
        return Known(np.dtype(kind.dtype))
    if name in ("shape", "size") and kind.shape is not None:
        return _lengths(ctx, value, kind, name, hint, node)
    if name == "flat" and isinstance(value, Ref) and kind.is_array:
        return extended(value, ViewStep(FLAT), ())
    op = attribute(name)
    if op is None:
        if not called and method(name) is None and name not in WRITING_METHODS:
            refuse(
                ctx,
                "S204",
                f"`.{name}` of an array can't be differentiated yet",
                node,
                help="use a function of NumPy that does the same",
            )
        return Method(value, name)
    return apply_library(ctx, _complex_part(op, kind), [value], {}, hint, node)


def _complex_part(op: Op, kind: Num) -> Op:
    """The imaginary part of a complex array is a view; that of a real one is made of zeros."""
    if op.rule is np.imag and kind.is_array and kind.dtype in ("complex64", "complex128"):
        return replace(op, result="view")
    return op


def _lengths(ctx: Context, value: Abstract, kind: Num, name: str, hint: str, node: Any) -> Abstract:
    """`x.shape` and `x.size`, with what is known of the lengths; lengths 0 and 1 are known."""
    op = attribute(name)
    assert op is not None and kind.shape is not None
    if name == "size":
        least = 1
        for dim in kind.shape:
            least *= max(0, dim.least or 0) if dim.terms else dim.constant
        if all(not dim.terms for dim in kind.shape):
            return Known(least)
        size = kind.shape[0] if len(kind.shape) == 1 else dims.fresh(least)
        found = Num(INT.forms, "int64", (), size)
        return Value(add(ctx, op, (atom_of(ctx, value, "", node),), found, hint, node))
    if all(not dim.terms for dim in kind.shape):
        return Known(tuple(dim.constant for dim in kind.shape))
    lengths = Tup(tuple(Num(INT.forms, "int64", (), dim) for dim in kind.shape))
    whole = add(ctx, op, (atom_of(ctx, value, "", node),), lengths, hint, node)
    items = []
    for k, dim in enumerate(kind.shape):
        item = add(ctx, GETITEM, (whole,), lengths.items[k], "", node, (), (IndexStep((k,)),))
        items.append(Value(item) if dim.terms else Known(dim.constant))
    return Items(tuple(items))


def _item_fails(ctx: Context, base: Abstract, index: Abstract, *_: Any) -> Exception | None:
    return failure(ctx, operator.getitem, [base, index])


@over_choices(0, 1, failing=_item_fails)
def get_item(ctx: Context, base: Abstract, index: Abstract, hint: str, node: Any) -> Abstract:
    """`base[index]`."""
    asked = overloads.item(ctx, base, index, hint, node)
    if asked is not None:
        return asked
    items = elements(ctx, base)
    if items is not None:
        return _static_item(ctx, base, items, index, hint, node)
    if isinstance(base, Known) and isinstance(index, Known):
        return _known_item(ctx, base, index, node)
    if isinstance(base, Ref) and not base.path:
        content = ctx.state.heap[base.location]
        if isinstance(content, Mapping):
            return _mapping_item(ctx, content, index, node)
    if not isinstance(base, Ref):
        return _value_item(ctx, base, index, hint, node)
    return view_or_value(ctx, item_ref(ctx, base, index, node), hint, node)


def _known_item(ctx: Context, base: Known, index: Known, node: Any) -> Known:
    try:
        return Known(base.value[index.value], _item_access(base, index))
    except (TypeError, LookupError) as error:
        message = f"{type(error).__name__}: {error}"
        refuse(ctx, "S405", message, node, note="as Python would", raises=type(error))


def _item_access(base: Known, index: Known) -> Any:
    return base.access.extended("item", index.value) if base.access else None


def _value_item(ctx: Context, base: Abstract, index: Abstract, hint: str, node: Any) -> Abstract:
    atom = atom_of(ctx, base, "", node)
    held = location(ctx, Whole(atom))
    return view_or_value(ctx, item_ref(ctx, held, index, node), hint, node)


def _mapping_item(ctx: Context, content: Mapping, index: Abstract, node: Any) -> Abstract:
    wanted = key_of(ctx, index, node)
    for key, item in content.items:
        if key == wanted:
            return item
    refuse(
        ctx,
        "S405",
        f"the dict has no key {wanted!r} here",
        node,
        note="Python would raise KeyError",
        raises=KeyError,
    )


def _static_item(
    ctx: Context, base: Abstract, items: tuple[Abstract, ...], index: Abstract, hint: str, node: Any
) -> Abstract:
    if isinstance(index, Known) and isinstance(index.value, int):
        if not -len(items) <= index.value < len(items):
            refuse(
                ctx,
                "S405",
                f"index {index.value} is out of range for {len(items)} elements",
                node,
                note="Python would raise IndexError",
                raises=IndexError,
            )
        return items[index.value]
    if isinstance(index, Slice) and all(
        isinstance(b, Known) for b in (index.start, index.stop, index.step)
    ):
        bounds = [b.value for b in (index.start, index.stop, index.step) if isinstance(b, Known)]
        return sequence_like(ctx, base, items[slice(*bounds)])
    if ctx.shared.parts and isinstance(base, Ref):
        pack_list(ctx, base, node)
        return get_item(ctx, base, index, hint, node)
    if not isinstance(base, Ref):
        base = location(ctx, Listing(items))
    if not isinstance(type_at(ctx, base), Lst):
        return item_of_several(ctx, items, index, node)
    whole = part_of_known(ctx, base, items, atom_of(ctx, base, hint, node))
    return view_or_value(ctx, item_ref(ctx, whole, index, node), hint, node)


def _length_fails(ctx: Context, value: Abstract, *_: Any) -> Exception | None:
    return failure(ctx, len, [value])


@over_choices(0, failing=_length_fails)
def length(ctx: Context, value: Abstract, hint: str, node: Any) -> Abstract:
    """`len(value)`."""
    asked = overloads.length(ctx, value, hint, node)
    if asked is not None:
        return asked
    items = elements(ctx, value)
    if items is not None:
        return Known(len(items))
    keys = mapping_keys(ctx, value)
    if keys is not None:
        return Known(len(keys))
    if isinstance(value, Known):
        return Known(len(value.value))
    if isinstance(value, Ref) and is_flat(value.path):
        base = Ref(value.location, value.path[:-1], value.holes)
        return get_attribute(ctx, base, "size", hint, node)
    atom = atom_of(ctx, value, "", node)
    kind = atom.type
    size = None
    if isinstance(kind, Lst):
        size = kind.length
    elif isinstance(kind, Num) and kind.shape:
        size = kind.shape[0]
    found = Num(INT.forms, "int64", (), size if size is not None else dims.fresh(0))
    return Value(add(ctx, LEN, (atom,), found, hint, node))


# -- attributes and subscripts


@evaluates(gast.Attribute)
def _attribute(ctx: Context, node: Any, hint: str) -> Abstract:
    return get_attribute(
        ctx, expression(ctx, node.value, inner_hint(hint, "of")), node.attr, hint, node
    )


@evaluates(gast.Subscript)
def _subscript(ctx: Context, node: Any, hint: str) -> Abstract:
    base = expression(ctx, node.value, inner_hint(hint, "of"))
    index = lower_index(ctx, node.slice)
    return get_item(ctx, base, index, hint, node)


def lower_index(ctx: Context, node: Any) -> Abstract:
    if isinstance(node, gast.Slice):
        bounds = [
            expression(ctx, b) if b is not None else Known(None)
            for b in (node.lower, node.upper, node.step)
        ]
        return Slice(*bounds)
    if isinstance(node, gast.Tuple):
        return Items(tuple(lower_index(ctx, item) for item in node.elts))
    return expression(ctx, node)

"""Applying an operation to abstract values: a view of the first one, or a value of its own."""

from __future__ import annotations

import enum
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.frontend.operations.views import view_or_value
from s2sad.frontend.state.context import Context, add, inner_hint, refuse, typed, wrap
from s2sad.frontend.state.heap import relate
from s2sad.frontend.state.paths import extended
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.sharing import relate_lists
from s2sad.frontend.state.values import Abstract, Items, Known, Listing, Ref
from s2sad.ir.data import Atom, Const, Hole, Op, ViewStep
from s2sad.ir.types import Lst, Num, Tup, is_continuous
from s2sad.rules.definitions import PARTS
from s2sad.rules.operations import operation
from s2sad.rules.views import einsum_view, is_view


def apply_library(
    ctx: Context, op: Op, values: list[Abstract], static: dict[str, Any], hint: str, node: Any
) -> Abstract:
    """The operation on its arguments: a view of the first one, or a value of its own."""
    if op.rule is np.array and not static.get("copy", True):
        op = replace(op, result="either")
    if op.rule in (np.atleast_1d, np.atleast_2d, np.atleast_3d) and len(values) != 1:
        refuse(ctx, "S202", f"`{op.name}` of several arrays can't be differentiated", node)
    if (
        values
        and isinstance(values[0], Ref)
        and _is_buffer(ctx, values[0])
        and (is_view(op) or _is_plain_reshape(ctx, op, values[0]))
    ):
        return _view_call(ctx, op, values, static, hint, node)
    converted = conversion(ctx, op, values, static)
    if converted == "same":
        return values[0]
    rearranged = einsum_view(values) if op.rule is np.einsum and not static else None
    if rearranged is not None:
        function, *rest = rearranged
        args = [values[1], *(Known(value) for value in rest)]
        return apply_library(ctx, operation(function), args, {}, hint, node)
    atoms = tuple(atom_of(ctx, v, _argument_hint(hint, op), node) for v in values)
    kind = typed(ctx, op, atoms, static, node)
    result = wrap(ctx, add(ctx, op, atoms, kind, hint, node, tuple(static.items())), node)
    if op.result == "fresh" and isinstance(result, Ref):
        ctx.contiguous.add(result.location)
    if op.result in ("either", "view") and converted != "fresh":
        for value in values:
            _relate_either(ctx, value, result)
    if op.rule in PARTS and isinstance(result, Ref):
        ctx.parts.add(result.location)
    return result


def as_array(ctx: Context, value: Abstract, node: Any) -> Abstract:
    """What NumPy computes with: a list or tuple of run-time numbers, or of arrays, as an array."""
    return value if _is_constant(ctx, value) else array_of(ctx, value, node)


def array_of(ctx: Context, value: Abstract, node: Any) -> Abstract:
    """A list or tuple of numbers, or of arrays, as an array."""
    if not isinstance(value, Items | Ref):
        return value
    kind = type_at(ctx, value, node)
    if not isinstance(kind, Lst | Tup) or not is_continuous(kind):
        return value
    return apply_library(ctx, operation(np.array), [value], {}, "", node)


def stored_atom(ctx: Context, value: Abstract, node: Any) -> Atom:
    """What is written into an array: of a list, the array that NumPy makes of it."""
    return atom_of(ctx, as_array(ctx, value, node), "", node)


def _is_constant(ctx: Context, value: Abstract) -> bool:
    if isinstance(value, Ref):
        content = ctx.state.heap[value.location]
        return isinstance(content, Listing) and _is_constant(ctx, Items(content.items))
    if isinstance(value, Items):
        return all(_is_constant(ctx, item) for item in value.items)
    return isinstance(value, Known)


def conversion(ctx: Context, op: Op, values: list[Abstract], static: dict[str, Any]) -> str:
    """What a conversion of an array gives: the "same" array, a "fresh" one, or "" if that isn't
    known."""
    kind = type_at(ctx, values[0]) if values and isinstance(values[0], Ref) else None
    if op.rule not in (np.array, np.asarray, np.asanyarray, np.ndarray.astype):
        return ""
    if not (isinstance(kind, Num) and kind.is_array and kind.dtype is not None):
        return ""
    given = [v.value for v in values[1:] if isinstance(v, Known)]
    if len(given) != len(values) - 1 or not set(static) <= {"dtype", "copy"}:
        return ""
    wanted = static.get("dtype", given[0] if given else None)
    alike = wanted is None or np.dtype(wanted) == np.dtype(kind.dtype)
    copies = static.get("copy", op.rule in (np.array, np.ndarray.astype))
    return "same" if alike and not copies else "fresh"


def _is_plain_reshape(ctx: Context, op: Op, value: Ref) -> bool:
    """Whether a reshape is a view for certain: of a vector, and `ravel` of one made here."""
    kind = type_at(ctx, value)
    if not (isinstance(kind, Num) and kind.shape is not None and len(kind.shape) == 1):
        return False
    made_here = not value.path and value.location in ctx.contiguous
    return op.rule is np.reshape or (op.rule is np.ravel and made_here)


def _argument_hint(hint: str, op: Op) -> str:
    return f"{hint.split('.')[0]}.{op.name.rpartition('.')[2]}"


def _is_buffer(ctx: Context, value: Abstract) -> bool:
    kind = type_at(ctx, value)
    return isinstance(kind, Num) and kind.may_be_array


def _relate_either(ctx: Context, source: Abstract, result: Abstract) -> None:
    if isinstance(source, Ref) and isinstance(result, Ref):
        relate(ctx.state, source.location, result.location)


def _view_call(
    ctx: Context, op: Op, values: list[Abstract], static: dict[str, Any], hint: str, node: Any
) -> Abstract:
    base, *others = values
    assert isinstance(base, Ref)
    holes: list[Atom] = []
    args: list[Any] = []
    for value in others:
        atom = atom_of(ctx, value, "", node)
        if isinstance(atom, Const):
            args.append(atom.value)
        else:
            args.append(Hole(len(holes)))
            holes.append(atom)
    step = ViewStep(op, tuple(args), tuple(static.items()))
    return view_or_value(ctx, extended(base, step, tuple(holes)), hint, node)


# -- operators


def operate(
    ctx: Context,
    op: Op,
    values: list[Abstract],
    hint: str = "",
    node: Any = None,
    static: dict[str, Any] | None = None,
) -> Abstract:
    """Applies an operation to abstract values; on constants of Python it is done at once."""
    static = static or {}
    if op.style == "operator" and all(is_plain(v) for v in values):
        plain = [v.value for v in values if isinstance(v, Known)]
        try:
            return Known(op.function(*plain, **static))
        except Exception:
            pass
    atoms = tuple(atom_of(ctx, v, inner_hint(hint, "arg"), node) for v in values)
    kind = typed(ctx, op, atoms, static, node)
    result = wrap(ctx, add(ctx, op, atoms, kind, hint, node, tuple(static.items())), node)
    if isinstance(result, Ref):
        ctx.contiguous.add(result.location)
    relate_lists(ctx, result, values)
    return result


def is_plain(value: Abstract) -> bool:
    return isinstance(value, Known) and isinstance(value.value, _PLAIN)


_PLAIN = (bool, int, float, str, bytes, tuple, set, frozenset, range, enum.Enum, type, type(None))

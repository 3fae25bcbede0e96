"""Cotangents: their sums, their shapes, their dtypes, in the one place that deals with them.

A cotangent is absent (a symbolic zero), an atom, or a `Struct` with a cotangent for each part of
a tuple, dict or object. It may have a lower rank than its primal, or axes of length 1 (a
broadcast not yet made); `whole` makes it real where it is stored, carried or returned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.infer import NoExample, infer, type_of
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.frontend.library import attribute, method, operation
from s2sad.ir.data import Atom, AttributeStep, Bind, Const, IndexStep, Op, Var
from s2sad.ir.ops import DICT, LIST, OPERATORS, TUPLE
from s2sad.ir.types import (
    ARRAY,
    FLOAT,
    NP,
    PY,
    Dct,
    Dim,
    Lst,
    Num,
    Obj,
    Opaque,
    Saved,
    Static,
    Tup,
    Type,
)
from s2sad.reverse.levels import (
    Level,
    add,
    base_hint,
    kept_shape,
    need,
    newest,
    obtainable,
    view_of_shape,
)
from s2sad.runtime.helpers import added, rebuilt, unbroadcast, zeros


@dataclass(eq=False)
class Struct:
    """The cotangent of a tuple, dict or object, by part."""

    parts: dict[Any, Any] = field(default_factory=dict)


UNBROADCAST = operation(unbroadcast)
ZEROS = operation(zeros)
ADDED = Op("added", added, "call", added)
REBUILT = Op("rebuilt", rebuilt, "call", rebuilt)
ZERO = Const(0.0, FLOAT)


def bar(variable: Var) -> str:
    """The hint for the cotangent of a variable."""
    name, dot, rest = variable.hint.partition(".")
    return f"{name}{dot}{rest.replace('.', '_')}_bar" if rest else f"{name or 'value'}_bar"


def call(level: Level, op: Op, args: tuple[Atom, ...], hint: str = "", **static: Any) -> Var:
    """Appends an operation whose result type is inferred."""
    try:
        kind = infer(op, args, static)
    except NoExample as error:
        raise UnsupportedError(
            (
                Diagnostic(
                    "S405",
                    f"the type of a cotangent isn't known here ({op.name}: {error})",
                    level.origin,
                    note="a value has another rank on another path",
                ),
            )
        ) from error
    return add(level, op, args, kind, hint, tuple(static.items()))


def library(
    level: Level, function: Any, args: tuple[Atom, ...], hint: str = "", **static: Any
) -> Var:
    return call(level, operation(function), args, hint, **static)


def operate(level: Level, name: str, *args: Atom, hint: str = "") -> Atom:
    """An operator; products with 1.0 and negations are seen through."""
    return call(level, OPERATORS[name], args, hint)


def is_full(value: Any, result: Atom) -> bool:
    """Whether a cotangent has, for certain, the shape of the value that it belongs to."""
    if isinstance(value, Struct) or value is None:
        return False
    kind, goal = type_of(value), type_of(result)
    return (
        isinstance(kind, Num)
        and isinstance(goal, Num)
        and kind.shape is not None
        and kind.shape == goal.shape
    )


# -- contributions


def contribute(level: Level, target: Atom, value: Atom | Struct | None) -> None:
    """Adds a contribution to the cotangent of `target`."""
    if value is None or not isinstance(target, Var) or target not in level.sweep.active:
        return
    level.cotangents[target] = total(level, target, level.cotangents.get(target), value)


def total(level: Level, target: Var, old: Any, new: Any) -> Any:
    """The sum of two cotangents of `target`; the first one is an assignment."""
    if old is None:
        return new
    if isinstance(new, Struct) or isinstance(old, Struct):
        return _total_parts(level, target, old, new)
    if isinstance(target.type, (Lst, Tup, Dct, Obj, Saved)):
        return add(level, ADDED, (old, new), target.type, bar(target))
    return call(level, OPERATORS["add"], (old, new), bar(target))


def _total_parts(level: Level, target: Var, old: Any, new: Any) -> Struct:
    if not (isinstance(old, Struct) and isinstance(new, Struct)):
        old, new = (split(level, target, c) for c in (old, new))
    keys = dict.fromkeys([*old.parts, *new.parts])
    kinds = dict(parts_of(target.type))
    parts = {}
    for key in keys:
        kind = target.type.item if isinstance(target.type, Lst) else kinds[key]
        part = Var(f"{target.hint}.{key}", kind)
        parts[key] = (
            total(level, part, old.parts.get(key), new.parts.get(key))
            if (key in new.parts)
            else old.parts[key]
        )
    return Struct(parts)


def parts_of(kind: Type) -> list[tuple[Any, Type]]:
    """The parts of a structured type: key and type."""
    if isinstance(kind, Tup):
        return list(enumerate(kind.items))
    if isinstance(kind, Saved):
        return list(enumerate(kind.items))
    if isinstance(kind, (Dct, Obj)):
        return list(kind.items)
    return []


def split(level: Level, target: Var, value: Any) -> Struct:
    """A structured cotangent that is one value at run time, by part."""
    from s2sad.ir.ops import GETITEM

    if isinstance(value, Struct):
        return value
    parts: dict[Any, Any] = {}
    for key, kind in parts_of(target.type):
        step = AttributeStep(key) if isinstance(target.type, Obj) else IndexStep((key,))
        parts[key] = add(level, GETITEM, (value,), kind, f"{target.hint}.{key}_bar", (), (step,))
    return Struct(parts)


# -- shapes and dtypes


def fitted(
    level: Level,
    value: Atom,
    argument: Atom,
    result: Atom,
    *,
    broadcasts: bool,
    full: bool = False,
) -> Atom:
    """A contribution with the shape and dtype of its argument: sums over the axes on which the
    argument was broadcast, drops an imaginary part, narrows a wider float. full: the value is
    known to have the shape of the result."""
    kind = type_of(argument)
    if not isinstance(kind, Num):
        return value
    shaped = _summed(level, value, argument, kind, result, full) if broadcasts else value
    return projected(level, shaped, kind)


def _summed(level: Level, value: Atom, argument: Atom, kind: Num, result: Atom, full: bool) -> Atom:
    whole_kind = type_of(result)
    assert isinstance(whole_kind, Num)
    if not dims.broadcasts_to(kind.shape, whole_kind.shape):
        return value
    value = value if full else stretched(level, value, result)
    if kind.shape is None or whole_kind.shape is None:
        return add(level, UNBROADCAST, (value, _model(level, argument)), _like(kind, value))
    return _sum_axes(level, value, argument, kind, whole_kind.shape)


def _like(kind: Num, value: Atom) -> Num:
    found = type_of(value)
    dtype = found.dtype if isinstance(found, Num) else None
    forms = kind.forms | ({NP} if not kind.is_array else frozenset())
    return Num(forms, dtype, _not_yet_broadcast(kind.shape, found))


def _not_yet_broadcast(shape: tuple[Dim, ...] | None, value: Type) -> tuple[Dim, ...] | None:
    """Axes of length 1 stay so."""
    if shape is None or not isinstance(value, Num) or value.shape is None:
        return shape
    extra = len(value.shape) - len(shape)
    if extra < 0:
        return value.shape
    return tuple(
        have if have.known == 1 else want
        for have, want in zip(value.shape[extra:], shape, strict=True)
    )


def _sum_axes(
    level: Level, value: Atom, argument: Atom, kind: Num, whole_shape: tuple[Dim, ...]
) -> Atom:
    assert kind.shape is not None
    extra = len(whole_shape) - len(kind.shape)
    inner = list(zip(kind.shape, whole_shape[extra:], strict=True))
    ones = [k + extra for k, (a, b) in enumerate(inner) if a.known == 1 and b.known != 1]
    unclear = [
        1
        for a, b in inner
        if a.known != 1 and a != b and not (a.never_one and b.never_one) and not (a.never_one)
    ]
    if unclear:
        return add(level, UNBROADCAST, (value, _model(level, argument)), _like(kind, value))
    if extra:
        axes: Any = None if extra == len(whole_shape) else tuple(range(extra))
        if axes is None:
            value = library(level, np.sum, (value,))
        else:
            value = library(level, np.sum, (value,), axis=axes[0] if len(axes) == 1 else axes)
        ones = [k - extra for k in ones]
    if ones:
        value = library(
            level, np.sum, (value,), axis=ones[0] if len(ones) == 1 else tuple(ones), keepdims=True
        )
    return value


def _model(level: Level, like: Atom) -> Atom:
    """A primal value, something of its shape, or the shape, so that the value needn't be kept."""
    if not isinstance(like, Var):
        return like
    view = view_of_shape(level, like)
    if view is not None:
        return view
    if obtainable(level, like):
        return need(level, like)
    last = newest(level, like)
    if last not in level.sweep.partial and obtainable(level, last):
        return need(level, last)
    return _of_same_shape(level, like.type) or kept_shape(level, like) or need(level, like)


def projected(level: Level, value: Atom, kind: Num, *, exact: bool = False) -> Atom:
    """The value with the dtype of the argument that it is a cotangent of; a narrower one is
    only widened where the dtype must be `exact`."""
    found = type_of(value)
    if not isinstance(found, Num) or found.dtype is None or kind.dtype is None:
        return value
    if found.dtype == kind.dtype or (kind.forms == frozenset({PY}) and not _is_complex(found)):
        return value
    if _is_complex(found) and not _is_complex(kind):
        value = library(level, np.real, (value,))
        found = type_of(value)
        assert isinstance(found, Num)
    if found.forms == frozenset({PY}) or found.dtype == kind.dtype or kind.is_python:
        return value
    if np.dtype(kind.dtype).kind not in "fc":
        return value
    dtype = Const(np.dtype(kind.dtype).type, Static(np.dtype(kind.dtype).type))
    if not found.is_array:
        return library(level, np.dtype(kind.dtype).type, (value,))
    narrow = method("astype")
    assert narrow is not None
    if exact or np.dtype(found.dtype).itemsize > np.dtype(kind.dtype).itemsize:
        return call(level, narrow, (value, dtype))
    return value


def _is_complex(kind: Num) -> bool:
    return kind.dtype is not None and np.dtype(kind.dtype).kind == "c"


def stretched(level: Level, value: Atom, result: Atom) -> Atom:
    """A cotangent with the full shape of `result`."""
    kind, goal = type_of(value), type_of(result)
    if not isinstance(kind, Num) or not isinstance(goal, Num):
        return value
    if goal.shape == () and not goal.may_be_array:
        return value
    if goal.is_array and not kind.is_array:
        return broadcast_like(level, value, result)
    if not dims.broadcasts_to(kind.shape, goal.shape):
        return value
    return broadcast_like(level, value, result)


def broadcast_like(level: Level, value: Atom, like: Atom) -> Atom:
    """A whole array from a cotangent of lower rank, with the shape of a primal value."""
    model = shaped_like(level, like)
    kind = type_of(value)
    goal = type_of(like)
    assert isinstance(goal, Num)
    hint = bar(like) if isinstance(like, Var) else ""
    if isinstance(kind, Num) and kind.shape == () and goal.is_array:
        dtype = kind.dtype if kind.dtype is not None and not kind.is_python else goal.dtype
        return (
            add(
                level,
                operation(np.full_like),
                (model, value),
                Num(goal.forms, goal.dtype, goal.shape),
                hint,
            )
            if (dtype == goal.dtype)
            else _broadcast(level, value, model, goal, hint)
        )
    return _broadcast(level, value, model, goal, hint)


def _broadcast(level: Level, value: Atom, model: Atom, goal: Num, hint: str) -> Atom:
    op = attribute("shape")
    assert op is not None
    form = type_of(model)
    known = isinstance(form, Num) and form.is_array and form.shape is not None
    shape = (
        call(level, op, (model,))
        if known
        else add(level, operation(np.shape), (model,), Opaque("object"))
    )
    kind = type_of(value)
    dtype = kind.dtype if isinstance(kind, Num) else goal.dtype
    if not goal.is_array:
        return add(
            level,
            operation(np.broadcast_to),
            (value, shape),
            Num(frozenset({ARRAY}), dtype, goal.shape),
            hint,
        )
    return add(
        level, operation(np.broadcast_to), (value, shape), Num(goal.forms, dtype, goal.shape), hint
    )


def shaped_like(level: Level, like: Atom) -> Atom:
    """Something with the shape of a primal value, whichever version of it is at hand."""
    if not isinstance(like, Var):
        return like
    if like in level.available and like not in level.sweep.partial:
        return level.available[like]
    last = newest(level, like)
    if last in level.sweep.partial or not obtainable(level, last):
        twin = _of_same_shape(level, like.type)
        if twin is not None:
            return twin
    return need(level, last)


def _of_same_shape(level: Level, kind: Type) -> Var | None:
    """Something at hand that provably has this shape and dtype: a cotangent, or an argument."""
    if not (isinstance(kind, Num) and kind.is_array and kind.shape is not None):
        return None
    around: Level | None = level
    while around is not None:
        for value in (*around.cotangents.values(), *around.sweep.arguments):
            if (
                isinstance(value, Var)
                and value not in level.sweep.unsure
                and _twins(value.type, kind)
            ):
                return value
        around = around.parent
    return None


def _twins(a: Type, b: Num) -> bool:
    return isinstance(a, Num) and a.is_array and a.dtype == b.dtype and a.shape == b.shape


def zero_like(level: Level, like: Var, kind: Type | None = None) -> Atom | Struct:
    """A real zero for a value: with its structure, shapes and dtypes."""
    kind = like.type if kind is None else kind
    if isinstance(kind, Num):
        if not kind.may_be_array:
            return ZERO
        model = shaped_like(level, like)
        if kind.is_array:
            return add(level, operation(np.zeros_like), (model,), kind, bar(like))
        return add(level, ZEROS, (model,), kind, bar(like))
    return add(level, ZEROS, (shaped_like(level, like),), kind, bar(like))


def whole(level: Level, target: Var, value: Any) -> Atom:
    """A cotangent made real: zeros where there is none, full shape, one run-time value."""
    if value is None:
        made = zero_like(level, target)
        assert not isinstance(made, Struct)
        return made
    if isinstance(value, Struct):
        return pack(level, target, value)
    return stretched(level, value, target)


def pack(level: Level, target: Var, value: Struct) -> Atom:
    """A structured cotangent as one run-time value; parts without derivative are None."""
    from s2sad.ir.ops import GETITEM
    from s2sad.ir.types import is_continuous

    atoms: list[Atom] = []
    for key, kind in _items_of(target.type):
        if not is_continuous(kind):
            atoms.append(Const(None, Static(None)))
            continue
        part = value.parts.get(key)
        step = AttributeStep(key) if isinstance(target.type, Obj) else IndexStep((key,))
        hint = f"{base_hint(target)}.{key}"
        model = add(level, GETITEM, (shaped_like(level, target),), kind, hint, (), (step,))
        level.available[model] = model
        atoms.append(whole(level, model, part))
    return _display(level, target, tuple(atoms))


def _items_of(kind: Type) -> list[tuple[Any, Type]]:
    """The parts of a structured type, lists of known length included."""
    known = kind.length.known if isinstance(kind, Lst) and kind.length is not None else None
    if isinstance(kind, Lst) and known is not None:
        return [(k, kind.item) for k in range(known)]
    return parts_of(kind)


def _display(level: Level, target: Var, atoms: tuple[Atom, ...]) -> Atom:
    kind = target.type
    if isinstance(kind, Saved) or (isinstance(kind, Tup) and kind.cls is None):
        return add(level, TUPLE, atoms, kind, bar(target))
    if isinstance(kind, (Tup, Obj)):
        return add(level, REBUILT, (shaped_like(level, target), *atoms), kind, bar(target))
    if isinstance(kind, Dct):
        return add(
            level, DICT, atoms, kind, bar(target), (("keys", tuple(k for k, _ in kind.items)),)
        )
    return add(level, LIST, atoms, kind, bar(target))


# -- products with partial derivatives


def scaled(level: Level, value: Atom, partial: Atom, hint: str) -> Atom:
    """`value * partial`, written as one would write it: no factor of one, a division where the
    partial is a reciprocal, a sign as a sign."""
    if isinstance(partial, Const) and isinstance(partial.value, (int, float)):
        if partial.value == 1.0:
            return value
        if partial.value == -1.0:
            return operate(level, "neg", value, hint=hint)
    value = strong(level, value, partial)
    folded = _reciprocal(level, value, partial, hint)
    return folded if folded is not None else operate(level, "mul", value, partial, hint=hint)


def strong(level: Level, value: Atom, partial: Atom) -> Atom:
    """A Python float beside a float32 is rounded to it (NEP 50): a cotangent must not be."""
    kind, other = type_of(value), type_of(partial)
    if not (isinstance(kind, Num) and isinstance(other, Num) and PY in kind.forms):
        return value
    if other.is_python or other.dtype not in ("float32", "float16", "complex64"):
        return value
    return library(level, np.float64, (value,)) if not kind.may_be_array else value


def _reciprocal(level: Level, value: Atom, partial: Atom, hint: str) -> Atom | None:
    last = level.statements[-1] if level.statements else None
    if not (isinstance(last, Bind) and last.outs == (partial,)):
        return None
    if last.op.rule is np.divide and isinstance(last.args[0], Const):
        number = last.args[0].value
        if isinstance(number, float) and number == 1.0:
            return call(level, last.op, (value, last.args[1]), hint)
    if last.op is OPERATORS["neg"]:
        inner = scaled(level, value, last.args[0], "")
        return operate(level, "neg", inner, hint=hint)
    return None

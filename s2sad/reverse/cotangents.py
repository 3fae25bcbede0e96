"""Cotangents: their sums, their shapes, their dtypes, in the one place that deals with them.

A cotangent is absent (a symbolic zero), an atom, or a `Struct` with a cotangent for each part of
a tuple, dict or object. It may have a lower rank than its primal, or axes of length 1 (a
broadcast not yet made); `whole` makes it real where it is stored, carried or returned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.analysis.infer import type_of
from s2sad.ir.data import Atom, AttributeStep, Bind, Const, IndexStep, Var
from s2sad.ir.ops import DICT, GETITEM, LIST, OPERATORS, TUPLE
from s2sad.ir.types import PY, Dct, Lst, Num, Obj, Saved, Static, Tup, Type, is_continuous
from s2sad.reverse.levels import (
    Level,
    add,
    base_hint,
)
from s2sad.reverse.operations import (
    ADDED,
    REBUILT,
    ZERO,
    ZEROS,
    bar,
    call,
    inferred,
    library,
    operate,
)
from s2sad.reverse.shapes import is_full, shaped_like, stretched
from s2sad.rules.operations import operation


@dataclass(eq=False)
class Struct:
    """The cotangent of a tuple, dict or object, by part."""

    parts: dict[Any, Any] = field(default_factory=dict)


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
    if not isinstance(target.type, Num):
        return _added(level, target, old, new)
    kind = _type_of_sum(level, target, old, new)
    return add(level, OPERATORS["add"], (old, new), kind, bar(target))


def _type_of_sum(level: Level, target: Var, old: Atom, new: Atom) -> Type:
    """With a term that has the whole shape, the sum has it, whatever is known of the other."""
    kind, goal = inferred(level, OPERATORS["add"], (old, new)), target.type
    full = is_full(old, target) or is_full(new, target)
    if full and isinstance(kind, Num) and isinstance(goal, Num) and kind.shape is None:
        return Num(goal.forms, kind.dtype, goal.shape)
    return kind


def _added(level: Level, target: Var, old: Atom, new: Atom) -> Var:
    """The sum of two cotangents of a structure."""
    out = add(level, ADDED, (old, new), target.type, bar(target))
    if old in level.sweep.blank and new in level.sweep.blank:
        level.sweep.blank.add(out)
    return out


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

    if isinstance(value, Struct):
        return value
    value = whole(level, target, value)
    parts: dict[Any, Any] = {}
    for key, kind in parts_of(target.type):
        step = AttributeStep(key) if isinstance(target.type, Obj) else IndexStep((key,))
        parts[key] = add(level, GETITEM, (value,), kind, f"{target.hint}.{key}_bar", (), (step,))
    return Struct(parts)


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


def handed(level: Level, target: Var, value: Any) -> Atom:
    """A cotangent as branches and loops hand it on: made real, except where the value may be
    unbound. There its shape can't be asked for, and a zero is a mere number (or None, for
    structures); what is computed from it where the value is bound has the shape again."""
    if target not in level.sweep.unbound:
        return whole(level, target, value)
    if value is None:
        return ZERO if isinstance(target.type, Num) else Const(None, Static(None))
    return pack(level, target, value) if isinstance(value, Struct) else value


def is_blank(level: Level, value: Any) -> bool:
    """Whether a cotangent of a structure may be None."""
    return value in level.sweep.blank or (isinstance(value, Const) and value.value is None)


def handed_type(level: Level, target: Var) -> Type:
    """The type of what `handed` gives for a value."""
    kind = target.type
    if target in level.sweep.unbound and isinstance(kind, Num) and kind.may_be_array:
        return Num(kind.forms | {PY}, kind.dtype, None)
    return kind


def whole(level: Level, target: Var, value: Any) -> Atom:
    """A cotangent made real: zeros where there is none, full shape, one run-time value."""
    if isinstance(value, Var) and value in level.sweep.blank:
        value = add(level, ADDED, (value, whole(level, target, None)), target.type, bar(target))
    if value is None:
        made = zero_like(level, target)
        assert not isinstance(made, Struct)
        return made
    if isinstance(value, Struct):
        return pack(level, target, value)
    return stretched(level, value, target)


def pack(level: Level, target: Var, value: Struct) -> Atom:
    """A structured cotangent as one run-time value; parts without derivative are None."""

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

"""Shapes and dtypes of cotangents, in the one place that deals with them.

A contribution is summed over the axes on which its argument was broadcast, and gets its dtype; a
cotangent of lower rank is given the whole shape where that is asked for. The shape comes from
whatever is at hand and has it for certain: a version of the value, an argument, a kept shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.ir.data import Atom, Const, Var
from s2sad.ir.types import ARRAY, NP, PY, Dim, Lst, Num, Opaque, Static, Type
from s2sad.reverse.levels import (
    Level,
    add,
    kept_shape,
    need,
    newest,
    obtainable,
    view_of_shape,
)
from s2sad.reverse.operations import (
    UNBROADCAST,
    bar,
    call,
    library,
)
from s2sad.rules.operations import attribute, method, operation


def is_full(value: Any, result: Atom) -> bool:
    """Whether a cotangent has, for certain, the shape of the value that it belongs to."""
    if not isinstance(value, Var | Const):
        return False
    kind, goal = type_of(value), type_of(result)
    return (
        isinstance(kind, Num)
        and isinstance(goal, Num)
        and kind.shape is not None
        and kind.shape == goal.shape
    )


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
    if obtainable(level, last):
        return need(level, last)
    return _of_same_shape(level, like.type) or kept_shape(level, like) or need(level, like)


def projected(level: Level, value: Atom, kind: Num, *, exact: bool = False) -> Atom:
    """The value with the dtype of the argument that it is a cotangent of; a narrower one is
    only widened where the dtype must be `exact`."""
    found = type_of(value)
    if not isinstance(found, Num) or kind.dtype is None:
        return value
    if found.dtype is None:
        widest = kind.dtype in ("float64", "complex128") and not exact
        return _converted(level, value, kind) if found.is_array and not widest else value
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
    if not found.is_array:
        return library(level, np.dtype(kind.dtype).type, (value,))
    if exact or np.dtype(found.dtype).itemsize > np.dtype(kind.dtype).itemsize:
        return _converted(level, value, kind)
    return value


def _converted(level: Level, value: Atom, kind: Num) -> Atom:
    """An array, whose broadcast may not be made yet, with the dtype of its argument."""
    dtype, found = np.dtype(kind.dtype).type, type_of(value)
    narrow = method("astype")
    assert narrow is not None and isinstance(found, Num)
    made = Num(found.forms, kind.dtype, found.shape)
    return add(level, narrow, (value, Const(dtype, Static(dtype))), made)


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
    """Something with the shape of a primal value that is bound here, whichever version of it is
    at hand."""
    if not isinstance(like, Var):
        return like
    if like in level.available:
        return level.available[like]
    # The versions of a list may differ in length.
    last = like if isinstance(like.type, Lst) else newest(level, like)
    if not obtainable(level, last):
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

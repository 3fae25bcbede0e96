"""What a statement does besides giving its values: what passes may drop, and where.

The reverse sweep may lose anything but effects on the outside: whatever could raise there has a
primal that ran. The forward sweep must raise wherever the primal does, errors of shape excepted.
"""

from __future__ import annotations

import math
from typing import Any

from s2sad.ir.data import (
    Atom,
    AttributeStep,
    Bind,
    Call,
    Const,
    Hole,
    If,
    IndexStep,
    SliceStep,
    Statement,
    ViewStep,
)
from s2sad.ir.ops import ADDITEM, GETITEM, SETITEM
from s2sad.ir.types import ARRAY, PY, Dct, Dim, Num, Opaque, Tup, Type
from s2sad.ir.walk import exits

# Python numbers raise here (ZeroDivisionError, OverflowError, negative shifts), arrays don't.
RAISING_OPERATORS = frozenset({"truediv", "floordiv", "mod", "pow", "lshift", "rshift"})
MATH = frozenset(f for f in vars(math).values() if callable(f))
CONVERSIONS = (int, float, complex, round, divmod, pow, min, max)


def is_reverse(statement: Statement) -> bool:
    """Whether the statement belongs to the reverse sweep."""
    return statement.origin is not None and statement.origin.sweep == "reverse"


def is_forward(statement: Statement) -> bool:
    """Whether the statement is the user's own, which the page shows as it was written."""
    return statement.origin is not None and statement.origin.sweep == "forward"


def droppable(statement: Statement) -> bool:
    """Whether a statement without a reader may go. Compound ones may if all inside may."""
    if isinstance(statement, Call):
        return False
    if not isinstance(statement, Bind):
        return True
    if statement.op.effect == "outside" or (not statement.outs and statement.op.effect != "pure"):
        return False
    return is_reverse(statement) or not may_raise(statement)


def may_raise(bind: Bind) -> bool:
    """Whether the operation can raise anything but an error of shape."""
    if bind.op in (GETITEM, SETITEM, ADDITEM):
        return not (_safe_path(bind) and _safe_update(bind))
    if bind.op.effect != "pure":
        return True
    if bind.op.style == "operator" and bind.op.name in RAISING_OPERATORS:
        return _operator_raises(bind)
    return _is_python_function(bind.op.function)


def _is_python_function(function: Any) -> bool:
    try:
        return function in MATH or function in CONVERSIONS
    except TypeError:
        return False


def _operator_raises(bind: Bind) -> bool:
    left, right = bind.args
    if _is_numpy(left) or _is_numpy(right):
        return bind.op.name == "pow" and not (_is_float(left) or _is_float(right))
    return bind.op.name not in ("truediv", "floordiv", "mod") or not nonzero(right)


def _is_numpy(atom: Atom) -> bool:
    return isinstance(atom.type, Num) and PY not in atom.type.forms


def _is_float(atom: Atom) -> bool:
    return isinstance(atom.type, Num) and atom.type.dtype is not None and atom.type.is_continuous


def nonzero(atom: Atom) -> bool:
    """Whether the number is different from zero for certain."""
    if isinstance(atom, Const):
        return isinstance(atom.value, (int, float, complex)) and atom.value != 0
    value = atom.type.value if isinstance(atom.type, Num) else None
    return value is not None and _least(value) >= 1


def _least(length: Dim) -> int:
    if length.known is not None:
        return length.known
    return length.least if length.least is not None else 0


def _safe_update(bind: Bind) -> bool:
    """Whether an in-place update can't fail for its dtypes."""
    if bind.op != ADDITEM:
        return True
    base = bind.args[0].type
    return isinstance(base, Num) and base.dtype is not None and base.is_continuous


def _safe_path(bind: Bind) -> bool:
    """Whether following the path can fail for shapes only."""
    kind: Type | None = bind.args[0].type
    for step in bind.path:
        if isinstance(step, ViewStep):
            if step.op.effect != "pure":
                return False
            kind = None
        elif isinstance(step, AttributeStep):
            kind = None
        elif not _safe_index(step, kind, bind.args):
            return False
        else:
            kind = _element(kind, step)
    return True


def _element(kind: Type | None, step: IndexStep) -> Type | None:
    if isinstance(kind, Tup) and step.single and isinstance(step.components[0], int):
        return kind.items[step.components[0]]
    if isinstance(kind, Dct):
        return dict(kind.items).get(step.components[0])
    return None


def _safe_index(step: IndexStep, kind: Type | None, args: tuple[Atom, ...]) -> bool:
    if isinstance(kind, Tup):
        (index,) = step.components if step.single else (None,)
        return type(index) is int and -len(kind.items) <= index < len(kind.items)
    if isinstance(kind, Dct):
        return step.single and step.components[0] in dict(kind.items)
    axis: int | None = 0
    for component in step.components:
        if not _safe_component(component, kind, axis, args):
            return False
        axis = _next_axis(component, axis)
    return True


def _next_axis(component: Any, axis: int | None) -> int | None:
    if axis is None or component is Ellipsis:
        return None
    return axis if component is None else axis + 1


def _safe_component(
    component: Any, kind: Type | None, axis: int | None, args: tuple[Atom, ...]
) -> bool:
    if component is None or component is Ellipsis:
        return True
    if isinstance(component, SliceStep):
        return component.step is None or isinstance(component.step, int)
    if isinstance(component, Hole):
        given = args[component.position]
        if not isinstance(given, Const):
            return given.type == Opaque("slice")
        component = given.value
    return type(component) is int and _in_range(component, _length(kind, axis))


def _length(kind: Type | None, axis: int | None) -> Dim | None:
    known = isinstance(kind, Num) and kind.forms == frozenset({ARRAY}) and kind.shape is not None
    if not known or axis is None:
        return None
    assert isinstance(kind, Num) and kind.shape is not None
    return kind.shape[axis] if axis < len(kind.shape) else None


def _in_range(index: int, length: Dim | None) -> bool:
    return length is not None and -_least(length) <= index < _least(length)


def leaves(statement: Statement) -> bool:
    """Whether the statement holds an `Exit` of a loop around it."""
    return isinstance(statement, If) and any(
        True for arm in (statement.then, statement.orelse) for _ in exits(arm)
    )

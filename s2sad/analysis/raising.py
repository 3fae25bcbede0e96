"""What an operation may raise, and which of that a handler is for.

`may_raise` leaves errors of shape out: passes may drop code that nobody reads whatever it does to
shapes. Handlers see these, too, so `raised_by` counts them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2sad.ir.data import (
    Atom,
    AttributeStep,
    Bind,
    Call,
    Const,
    Hole,
    IndexStep,
    SliceStep,
    Statement,
    ViewStep,
)
from s2sad.ir.ops import ADDITEM, GETITEM, SETITEM
from s2sad.ir.types import ARRAY, PY, Dct, Dim, Num, Opaque, Tup, Type

# Python numbers raise here (ZeroDivisionError, OverflowError, negative shifts), arrays don't.
RAISING_OPERATORS = frozenset({"truediv", "floordiv", "mod", "pow", "lshift", "rshift"})
MATH = frozenset(f for f in vars(math).values() if callable(f))
CONVERSIONS = (int, float, complex, round, divmod, pow, min, max)
Classes = tuple[type, ...]


def may_be_caught(statement: Statement, classes: Classes) -> bool:
    """Whether a statement may raise what one of the classes is for."""
    if not isinstance(statement, Bind | Call):
        return False
    found = raised_by(statement)
    return any(issubclass(f, c) or _may_be(statement, f, c) for f in found for c in classes)


def _may_be(statement: Bind | Call, raised: type, wanted: type) -> bool:
    """Whether what is raised may be of a narrower class, which libraries raise themselves."""
    if not issubclass(wanted, raised):
        return False
    if isinstance(statement, Call) or statement.op.name == "raise":
        return True
    if issubclass(wanted, np.linalg.LinAlgError):
        return wanted is np.linalg.LinAlgError and statement.op.effect == "raises"
    return wanted.__module__.split(".")[0] in ("builtins", "numpy")


def raised_by(statement: Bind | Call) -> Classes:
    """The exceptions that a statement may raise, errors of shape included."""
    if isinstance(statement, Call):
        return (Exception,)
    op = statement.op
    if op.name == "raise":
        return (BaseException,)
    if op.name == "assert":
        return (AssertionError,)
    if op.name == "print" or (op.effect == "outside" and op.style == "manager"):
        return (Exception,) if op.style == "manager" else ()
    if op.style == "structural":
        return _structural(statement)
    if op.style == "operator":
        return _operator(statement)
    if _is_python_function(op.function):
        return (ValueError, TypeError, ArithmeticError)
    return _numpy(statement)


def _structural(bind: Bind) -> Classes:
    if bind.op not in (GETITEM, SETITEM, ADDITEM):
        return (IndexError, ValueError) if bind.op.effect != "pure" else ()
    if not _safe_path(bind) or not _safe_update(bind):
        return (LookupError, TypeError, ValueError)
    stores = bind.op is not GETITEM and _is_numpy_array(bind.args[1])
    return (ValueError,) if stores else ()


def _operator(bind: Bind) -> Classes:
    if bind.op.name in ("is_", "is_not", "not_"):
        return () if not any(_is_numpy_array(a) for a in bind.args) else (ValueError,)
    if any(_is_numpy(a) for a in bind.args):
        return _numpy(bind)
    raising = bind.op.name in RAISING_OPERATORS and _operator_raises(bind)
    return (ArithmeticError, ValueError) if raising else ()


def _numpy(bind: Bind) -> Classes:
    """NumPy's functions raise as `np.seterr` says, and where shapes don't fit."""
    floats = (FloatingPointError, Warning) if _computes(bind) else ()
    if isinstance(bind.op.rule, np.ufunc) and _fits(bind.args):
        return floats
    return (*floats, ValueError, TypeError, IndexError)


def _computes(bind: Bind) -> bool:
    return bind.op.style not in ("attribute",) and any(
        isinstance(a.type, Num) and (a.type.dtype is None or a.type.is_continuous)
        for a in bind.args
    )


def _fits(args: tuple[Atom, ...]) -> bool:
    """Whether the shapes of arrays are one for certain."""
    arrays = [a.type for a in args if _is_numpy_array(a)]
    shapes = [kind.shape if isinstance(kind, Num) else None for kind in arrays]
    return len(arrays) < 2 or (None not in shapes and all(s == shapes[0] for s in shapes))


def _is_numpy_array(atom: Atom) -> bool:
    return not isinstance(atom.type, Num) or atom.type.may_be_array


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

"""Builtins that concern structure, not numbers: `range`, `len`, `isinstance` and others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from s2sad.analysis.infer import type_of
from s2sad.frontend.data.access import length
from s2sad.frontend.dispatch import special
from s2sad.frontend.operations.calls import call_library
from s2sad.frontend.state.context import Context, add, refuse, wrap
from s2sad.frontend.state.heap import relate
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.values import Abstract, Closure, Items, Keywords, Known, Ref, Slice, Value
from s2sad.ir.data import Op
from s2sad.ir.ops import RANGE_OP
from s2sad.ir.types import ARRAY, NP, PY, RANGE, Num, Obj, Opaque, Tup
from s2sad.runtime.helpers import stop_gradient

PRINT = Op("print", print, "call", None, "fresh", "outside")
STOP = Op("stop_gradient", stop_gradient, "call", stop_gradient, "either", "pure")


@special(range)
def _range(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    bounds = {1: [Known(0), *args, Known(1)], 2: [*args, Known(1)], 3: args}.get(len(args))
    if bounds is None:
        refuse(ctx, "S405", "range expects 1 to 3 arguments", node)
    known = [b.value for b in bounds if isinstance(b, Known)]
    if len(known) == 3 and all(type(b) is int for b in known) and known[2]:
        return Known(range(*known))
    return range_value(ctx, bounds, hint, node)


def range_value(ctx: Context, bounds: Sequence[Abstract], hint: str, node: Any) -> Value:
    """A range at run time."""
    atoms = tuple(atom_of(ctx, b, "bound", node) for b in bounds)
    return Value(add(ctx, RANGE_OP, atoms, RANGE, hint, node))


@special(slice)
def _slice(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    bounds = {1: [Known(None), *args], 2: args, 3: args}.get(len(args))
    if bounds is None:
        refuse(ctx, "S405", "slice expects 1 to 3 arguments", node)
    return Slice(*bounds, *[Known(None)] * (3 - len(bounds)))


@special(len)
def _len(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    return length(ctx, args[0], hint, node)


@special(isinstance)
def _isinstance(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    value, classes = args
    if not isinstance(classes, (Known, Items)):
        refuse(ctx, "S405", "the classes of isinstance must be known when compiling", node)
    wanted = (
        tuple(c.value for c in classes.items if isinstance(c, Known))
        if isinstance(classes, Items)
        else classes.value
    )
    answers = {issubclass(cls, wanted) for cls in classes_of(ctx, value, node)}
    if len(answers) != 1:
        refuse(ctx, "S405", "whether this is an instance depends on the path taken", node)
    return Known(answers.pop())


def classes_of(ctx: Context, value: Abstract, node: Any) -> list[type]:
    """The classes that a value may have."""
    if isinstance(value, Known):
        return [type(value.value)]
    if isinstance(value, Closure):
        return [type(classes_of)]
    kind = type_at(ctx, value, node)
    if isinstance(kind, Num):
        if kind.dtype is None:
            refuse(ctx, "S405", "the class of this value isn't known when compiling", node)
        dtype = np.dtype(kind.dtype)
        of_form: dict[str, type] = {
            ARRAY: np.ndarray,
            NP: dtype.type,
            PY: {"b": bool, "i": int, "f": float, "c": complex}.get(dtype.kind, int),
        }
        return [of_form[form] for form in sorted(kind.forms)]
    if isinstance(kind, Obj):
        return [kind.cls]
    if isinstance(kind, Tup):
        return [kind.cls or tuple]
    table: dict[str, type] = {"Lst": list, "Dct": dict}
    return [table.get(type(kind).__name__, object)]


@special(print)
def _print(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    atoms = tuple(atom_of(ctx, a, "", node) for a in args)
    static = tuple((k, v.value) for k, v in keywords.items() if isinstance(v, Known))
    add(ctx, PRINT, atoms, Opaque("None"), "", node, static)
    return Known(None)


@special(type)
def _type(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    classes = classes_of(ctx, args[0], node)
    if len(classes) != 1:
        refuse(ctx, "S405", "the class of this value depends on the path taken", node)
    return Known(classes[0])


@special(float)
def _float(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    if args and isinstance(args[0], Value) and args[0].atom.type == Num(frozenset({PY}), "float64"):
        return args[0]
    if not args:
        return Known(0.0)
    if isinstance(args[0], Known):
        return Known(float(args[0].value))
    return call_library(ctx, float, args, keywords, hint, node)


@special(stop_gradient)
def _stop_gradient(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    atom = atom_of(ctx, args[0], "", node)
    result = wrap(ctx, add(ctx, STOP, (atom,), type_of(atom), hint, node), node)
    if isinstance(args[0], Ref) and isinstance(result, Ref):
        relate(ctx.state, args[0].location, result.location)
    return result

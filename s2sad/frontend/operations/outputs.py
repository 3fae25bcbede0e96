"""`out=`: which arrays a call writes its results to, and writing them.

A result is computed as without `out=` and then written; NumPy does so too where memory overlaps.
What NumPy would refuse to write (a float into integers, another rank) is refused here.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from s2sad.frontend.operations.apply import stored_atom
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.heap import may_share
from s2sad.frontend.state.paths import extended
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Items, Keywords, Known, Ref
from s2sad.frontend.state.writes import write
from s2sad.ir.data import IndexStep, SliceStep, ViewStep
from s2sad.ir.types import PY, Num, Type
from s2sad.rules.operations import attribute
from s2sad.rules.views import FLAT, flat

# What converts its result to the dtype of `out`. The others add up in it, or refuse another one.
CONVERTING = (np.concatenate, np.stack, np.clip, np.max, np.min)


def take_outputs(
    function: Any, args: list[Abstract], keywords: Keywords
) -> tuple[list[Abstract], Keywords, list[Abstract]]:
    """The arguments without `out`, wherever it stands, and the arrays that it names."""
    keywords = dict(keywords)
    found: list[Abstract] = []
    if isinstance(function, np.ufunc):
        args, found = args[: function.nin], args[function.nin :]
    else:
        place = output_position(function)
        if place is not None and place < len(args):
            later = dict(zip(_names(function)[place + 1 :], args[place + 1 :], strict=False))
            found, keywords = [args[place]], later | keywords
            args = args[:place]
    if "out" in keywords:
        found = [keywords.pop("out")]
    return args, keywords, [v for item in found for v in _listed(item)]


def _listed(value: Abstract) -> list[Abstract]:
    if isinstance(value, Items):
        return [v for item in value.items for v in _listed(item)]
    return [] if isinstance(value, Known) and value.value in (None, (None,)) else [value]


@lru_cache(maxsize=512)
def _names(function: Any) -> tuple[str, ...]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)


def output_position(function: Any) -> int | None:
    """Where `out` stands among the positional parameters of a function, if it does."""
    names = _names(function) if getattr(function, "__module__", "") == "numpy" else ()
    return names.index("out") if "out" in names else None


def store_outputs(
    ctx: Context, function: Any, outputs: list[Abstract], result: Abstract, node: Any
) -> Abstract:
    """Writes a result (or several) to the arrays, which are also what the call returns."""
    if len(outputs) == 1:
        return _store_output(ctx, function, outputs[0], result, node)
    if not isinstance(result, Items) or len(result.items) != len(outputs):
        refuse(ctx, "S405", f"`out=` names {len(outputs)} arrays for one result", node)
    pairs = zip(outputs, result.items, strict=True)
    return Items(tuple(_store_output(ctx, function, out, item, node) for out, item in pairs))


def _store_output(
    ctx: Context, function: Any, target: Abstract, value: Abstract, node: Any
) -> Abstract:
    found, kind = type_at(ctx, value, node), type_at(ctx, target, node)
    if not (isinstance(target, Ref) and isinstance(kind, Num) and kind.may_be_array):
        refuse(ctx, "S405", "`out=` needs an array to write to", node)
    _check_rank(ctx, function, found, kind, node)
    check_cast(ctx, found, kind, node)
    converts = isinstance(function, np.ufunc) or any(function is f for f in CONVERTING)
    if not converts and isinstance(found, Num) and found.dtype != kind.dtype:
        refuse(
            ctx,
            "S202",
            f"`{function.__name__}` with an `out=` of another dtype can't be differentiated yet",
            node,
            note="NumPy adds up in the dtype of `out`, or raises",
            help="make `out` of the dtype of the argument",
        )
    write_whole(ctx, target, value, node)
    return target


def whole_of(ctx: Context, target: Ref) -> Ref:
    """All of an array, as the target of a store: `x[...]`, but `x[1:]` for a view."""
    inside = Ref(target.location, target.path[:-1], target.holes)
    if target.path and isinstance(type_at(ctx, inside), Num):
        return target
    return extended(target, IndexStep((Ellipsis,)), ())


def write_whole(ctx: Context, target: Ref, value: Abstract, node: Any) -> None:
    """`target[...] = value`."""
    whole = whole_of(ctx, target)
    write(ctx, whole, stored_atom(ctx, value, node), node)


def set_array_attribute(ctx: Context, base: Ref, name: str, value: Abstract, node: Any) -> None:
    """`x.flat = v`, `z.real = v`, `z.imag = v`: writes to the array. Its shape isn't written."""
    op = FLAT if name == "flat" else attribute(name)
    if op is None or op.rule not in (flat, np.real, np.imag):
        refuse(
            ctx,
            "S305",
            f"this changes the attribute `{name}` of an array",
            node,
            note="other names of the array would see it change its form",
            help="make a new array: `x = x.reshape(...)`, `x = x.astype(...)`",
        )
    kind = type_at(ctx, base, node)
    is_complex = isinstance(kind, Num) and kind.dtype in ("complex64", "complex128")
    if op.rule is np.imag and not is_complex:
        refuse(ctx, "S405", "a real array has no imaginary part to write", node)
    if op.rule is np.real and not is_complex:
        write_whole(ctx, base, value, node)
    elif op.rule is flat:
        check_overlap(ctx, "`.flat`", base, [value], node)
        every = IndexStep((SliceStep(None, None, None),))
        target = extended(extended(base, ViewStep(op), ()), every, ())
        write(ctx, target, stored_atom(ctx, value, node), node)
    else:
        view = extended(base, ViewStep(replace(op, result="view")), ())
        write_whole(ctx, view, value, node)


# What writes to `out` while it still reads its arguments.
UNBUFFERED = (np.concatenate, np.stack, np.ptp, np.choose)


def check_overlap(
    ctx: Context, name: str, target: Abstract, values: list[Abstract], node: Any
) -> None:
    """Refuses a write, one element after the other, of what is changed on the way."""
    if any(may_share(ctx.state, target, value) for value in values):
        refuse(
            ctx,
            "S302",
            f"{name} is written with values of the array itself",
            node,
            note="NumPy writes one element after the other, and reads what it has written",
            help="copy the values first: `v.copy()`",
        )


def _check_rank(ctx: Context, function: Any, found: Type, kind: Num, node: Any) -> None:
    """Only ufuncs broadcast their result to `out`."""
    if isinstance(function, np.ufunc) and function.signature is None:
        return
    if not isinstance(found, Num) or found.shape is None or kind.shape is None:
        return
    if len(found.shape) != len(kind.shape):
        refuse(
            ctx,
            "S405",
            f"a result of rank {len(found.shape)} for an `out=` of rank {len(kind.shape)}",
            node,
            note="NumPy would raise ValueError",
        )


def check_cast(ctx: Context, found: Type, kind: Type, node: Any) -> None:
    """Refuses what NumPy's rule "same_kind" forbids: an in-place result that has to be rounded."""
    if not (isinstance(found, Num) and isinstance(kind, Num) and found.dtype and kind.dtype):
        return
    if PY in found.forms or np.can_cast(np.dtype(found.dtype), np.dtype(kind.dtype), "same_kind"):
        return
    refuse(
        ctx,
        "S303",
        f"a result of dtype {found.dtype} is written in place into an array of {kind.dtype}",
        node,
        note="NumPy would raise UFuncTypeError",
        help="make the array of floats: np.zeros(n), or x.astype(float)",
    )

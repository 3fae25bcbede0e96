"""Functions of NumPy that ask for a shape, or write."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.frontend.data.access import get_attribute
from s2sad.frontend.dispatch import special
from s2sad.frontend.operations.apply import as_array, operate
from s2sad.frontend.operations.calls import call_library
from s2sad.frontend.operations.views import elements, item_ref
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.values import Abstract, Items, Iteration, Keywords, Known, Ref
from s2sad.frontend.state.writes import store
from s2sad.ir.ops import OPERATORS, SCATTER_ADD
from s2sad.ir.types import Lst, Num, Tup, Type


@special(np.ndindex)
def _ndindex(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    lengths = elements(ctx, args[0]) if len(args) == 1 else None
    return Iteration("ndindex", tuple(args) if lengths is None else lengths)


@special(np.ndenumerate)
def _ndenumerate(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kind = type_at(ctx, args[0], node)
    if not (isinstance(kind, Num) and kind.is_array and kind.shape is not None):
        refuse(ctx, "S101", "np.ndenumerate of this can't be differentiated", node)
    return Iteration("ndenumerate", (args[0],))


@special(np.add.at)
def _add_at(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`np.add.at(x, index, v)`: an addition where repeated indices add up."""
    return _scatter(ctx, args, node, negative=False)


@special(np.subtract.at)
def _subtract_at(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return _scatter(ctx, args, node, negative=True)


def _scatter(ctx: Context, args: list[Abstract], node: Any, *, negative: bool) -> Abstract:
    target, index, value = args
    if not isinstance(target, Ref):
        refuse(ctx, "S405", "np.add.at needs an array to write to", node)
    value = as_array(ctx, value, node)
    if negative:
        value = operate(ctx, OPERATORS["neg"], [value], "", node)
    store(
        ctx,
        item_ref(ctx, target, index, node),
        atom_of(ctx, value, "", node),
        SCATTER_ADD,
        (),
        node,
    )
    return Known(None)


@special(np.ndim)
def _rank(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    found = _rank_of(type_at(ctx, args[0], node))
    if found is not None:
        return Known(found)
    return call_library(ctx, np.ndim, args, keywords, hint, node)


def _rank_of(kind: Type) -> int | None:
    """The rank of what NumPy makes of a number, an array, or nested sequences of these."""
    if isinstance(kind, Num):
        return None if kind.shape is None else len(kind.shape)
    item = (
        kind.item
        if isinstance(kind, Lst)
        else kind.items[0]
        if (isinstance(kind, Tup) and kind.items)
        else None
    )
    below = None if item is None else _rank_of(item)
    return None if below is None else below + 1


@special(np.shape)
def _shape(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kind = type_at(ctx, args[0], node)
    if isinstance(kind, Num) and not kind.may_be_array:
        return Items(())
    if isinstance(kind, Num) and kind.is_array:
        return get_attribute(ctx, args[0], "shape", hint, node)
    return call_library(ctx, np.shape, args, keywords, hint, node)


@special(np.size)
def _size(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    kind = type_at(ctx, args[0], node)
    if isinstance(kind, Num) and not kind.may_be_array:
        return Known(1)
    if isinstance(kind, Num) and kind.is_array and len(args) == 1:
        return get_attribute(ctx, args[0], "size", hint, node)
    return call_library(ctx, np.size, args, keywords, hint, node)


@special(np.iscomplexobj)
def _is_complex(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kind = type_at(ctx, args[0], node)
    if isinstance(kind, Num) and kind.dtype is not None:
        return Known(np.dtype(kind.dtype).kind == "c")
    return call_library(ctx, np.iscomplexobj, args, keywords, hint, node)

"""An item at a place that is known at run time only, of items of different kinds."""

from __future__ import annotations

from typing import Any

from s2sad.analysis import dims
from s2sad.frontend.joins.variants import one_of
from s2sad.frontend.state.context import Context, add, constant, refuse
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Items, Slice
from s2sad.ir.data import Atom, Hole, IndexStep, Var
from s2sad.ir.ops import GETITEM, OPERATORS
from s2sad.ir.types import BOOL, INT, Num, Type


def item_of_several(
    ctx: Context, items: tuple[Abstract, ...], index: Abstract, node: Any
) -> Abstract:
    """An item at a place known at run time, of items of different kinds."""
    if len(items) < 2 or isinstance(index, (Slice, Items)):
        refuse(ctx, "S405", "a place that isn't known when compiling, of items of different kinds",
               node, help="choose with `if`, or use items of one kind")  # fmt: skip
    place = atom_of(ctx, index, "", node)
    kind = Num(INT.forms, "int64", (), dims.fresh(0))
    tag = looked_up(ctx, tuple(range(len(items))), place, kind, node)
    if len(items) == 2:
        tag = add(ctx, OPERATORS["eq"], (tag, constant(0)), BOOL, "", node)
    return one_of(ctx, tag, items)


def looked_up(ctx: Context, table: tuple[Any, ...], place: Atom, kind: Type, node: Any) -> Var:
    """`table[place]`, of a tuple of constants."""
    path = (IndexStep((Hole(1),)),)
    return add(ctx, GETITEM, (constant(table), place), kind, "which", node, (), path)

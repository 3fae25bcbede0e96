"""`np.ndindex` and `np.ndenumerate`: one loop over all places of a grid, in C order."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.data.access import get_attribute, get_item
from s2sad.frontend.data.operators import binary
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.values import Abstract, Items, Iteration, Known


def grid_lengths(ctx: Context, value: Iteration, node: Any) -> tuple[Abstract, ...]:
    """The lengths of the axes."""
    if value.kind == "ndindex":
        return value.parts
    shape = get_attribute(ctx, value.parts[0], "shape", "", node)
    if isinstance(shape, Known):
        return tuple(Known(length) for length in shape.value)
    if not isinstance(shape, Items):
        refuse(ctx, "S101", "the rank of this array isn't known when compiling", node)
    return shape.items


def grid_size(ctx: Context, lengths: tuple[Abstract, ...], node: Any) -> Abstract:
    """How many places there are."""
    total: Abstract = Known(1)
    for k, length in enumerate(lengths):
        total = length if k == 0 else binary(ctx, "mul", total, length, "count", node)
    return total


def grid_item(
    ctx: Context, value: Iteration, lengths: tuple[Abstract, ...], place: Abstract, node: Any
) -> Abstract:
    """What the loop binds in a trip: the index of a place, and the element there."""
    parts: list[Abstract] = []
    rest = place
    for length in reversed(lengths[1:]):
        parts.append(binary(ctx, "mod", rest, length, "", node))
        rest = binary(ctx, "floordiv", rest, length, "", node)
    index = Items(tuple([rest, *reversed(parts)] if lengths else []))
    if value.kind == "ndindex":
        return index
    return Items((index, get_item(ctx, value.parts[0], index, "", node)))

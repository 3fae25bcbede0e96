"""Keys of dicts, which are known when compiling."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.data.iterables import spread
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.values import Abstract, Items, Known, Mapping, Ref

Pairs = dict[Any, Abstract]


def pairs_of(ctx: Context, value: Abstract, node: Any) -> Pairs:
    """What `dict(value)` would hold: of a dict, or of a sequence of pairs."""
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        if isinstance(content, Mapping):
            return dict(content.items)
    if isinstance(value, Known) and isinstance(value.value, dict):
        return {key: Known(item) for key, item in value.value.items()}
    found: Pairs = {}
    for pair in spread(ctx, value, node):
        key, item = spread(ctx, pair, node)
        found[key_of(ctx, key, node)] = item
    return found


def key_of(ctx: Context, value: Abstract, node: Any) -> Any:
    """The key that an abstract value is."""
    if isinstance(value, Known):
        return value.value
    if isinstance(value, Items):
        return static_value(ctx, value, node)
    refuse(
        ctx,
        "S101",
        "the key of a dict must be known when compiling",
        node,
        help="use a list or an array, and numbers as indices",
    )


def merge_dicts(ctx: Context, left: Abstract, right: Abstract, node: Any) -> Abstract | None:
    """`left | right`, or None where they aren't both dicts."""
    sides = [
        isinstance(v, Ref) and isinstance(ctx.state.heap[v.location], Mapping)
        for v in (left, right)
    ]
    if not all(sides):
        return None
    pairs = pairs_of(ctx, left, node) | pairs_of(ctx, right, node)
    return location(ctx, Mapping(tuple(pairs.items())))

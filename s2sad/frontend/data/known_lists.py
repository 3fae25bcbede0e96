"""Edits of lists whose elements are known when compiling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.frontend.data.iterables import spread
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.values import Abstract, Known

NONE = Known(None)


# -- of known length

Edit = Callable[[Context, list[Abstract], list[Abstract], Any], Abstract]


def _static_append(
    ctx: Context, items: list[Abstract], args: list[Abstract], node: Any
) -> Abstract:
    items.append(args[0])
    return NONE


def _static_extend(
    ctx: Context, items: list[Abstract], args: list[Abstract], node: Any
) -> Abstract:
    items.extend(spread(ctx, args[0], node))
    return NONE


def position(ctx: Context, items: list[Abstract], value: Abstract, node: Any) -> int:
    """A place in a list, as a position from its beginning."""
    place = value.value if isinstance(value, Known) else None
    if not isinstance(place, int) or not -len(items) <= place < len(items):
        refuse(
            ctx, "S405", "this index is out of range", node, note="Python would raise IndexError"
        )
    return place % len(items)


def _static_pop(ctx: Context, items: list[Abstract], args: list[Abstract], node: Any) -> Abstract:
    return items.pop(position(ctx, items, args[0] if args else Known(-1), node))


def _static_insert(
    ctx: Context, items: list[Abstract], args: list[Abstract], node: Any
) -> Abstract:
    place = args[0].value if isinstance(args[0], Known) else 0
    items.insert(place, args[1])
    return NONE


def _static_reverse(
    ctx: Context, items: list[Abstract], args: list[Abstract], node: Any
) -> Abstract:
    items.reverse()
    return NONE


def _constants(ctx: Context, items: list[Abstract], args: list[Abstract], node: Any) -> list[Any]:
    """The values of a list of constants, and of what is looked for in it."""
    found = [i.value for i in (*items, args[0]) if isinstance(i, Known)]
    if len(found) <= len(items):
        refuse(
            ctx,
            "S101",
            "what is looked for in a list must be known when compiling",
            node,
            help="write it as a loop",
        )
    return found


def _static_index(ctx: Context, items: list[Abstract], args: list[Abstract], node: Any) -> Abstract:
    *values, wanted = _constants(ctx, items, args, node)
    if wanted not in values:
        refuse(ctx, "S405", f"{wanted!r} is not in the list", node, note="Python raises ValueError")
    return Known(values.index(wanted))


def _static_count(ctx: Context, items: list[Abstract], args: list[Abstract], node: Any) -> Abstract:
    *values, wanted = _constants(ctx, items, args, node)
    return Known(values.count(wanted))


def _static_remove(
    ctx: Context, items: list[Abstract], args: list[Abstract], node: Any
) -> Abstract:
    found = _static_index(ctx, items, args, node)
    assert isinstance(found, Known)
    del items[found.value]
    return NONE


EDITS: dict[str, Edit] = {
    "append": _static_append, "extend": _static_extend, "pop": _static_pop,
    "insert": _static_insert, "reverse": _static_reverse, "index": _static_index,
    "count": _static_count, "remove": _static_remove,
}  # fmt: skip

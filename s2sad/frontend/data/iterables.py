"""Iterables: their elements, where their number is known when compiling."""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import partial
from typing import Any

from s2sad.frontend.data import overloads
from s2sad.frontend.dispatch import call
from s2sad.frontend.operations.views import elements, mapping_keys
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.values import Abstract, Items, Iteration, Known

GRIDS = ("ndindex", "ndenumerate")
LONGEST = 64  # ranges up to this length may be unrolled
Thunk = Callable[[], Abstract]


def static_elements(ctx: Context, value: Abstract) -> tuple[Abstract, ...] | None:
    """The elements of an iterable whose length and elements are known when compiling."""
    thunks = static_thunks(ctx, value)
    return None if thunks is None else tuple(thunk() for thunk in thunks)


def static_thunks(ctx: Context, value: Abstract) -> tuple[Thunk, ...] | None:
    """What gives the elements of an iterable of known length, each when its turn comes."""
    value = overloads.iterable(ctx, value, None)
    if isinstance(value, Iteration):
        return _static_iteration(ctx, value)
    if isinstance(value, Known) and _is_constant_iterable(value.value):
        return _given(tuple(Known(item) for item in value.value))
    keys = mapping_keys(ctx, value)
    items = tuple(Known(k) for k in keys) if keys is not None else elements(ctx, value)
    return None if items is None else _given(items)


def _given(items: tuple[Abstract, ...]) -> tuple[Thunk, ...]:
    return tuple(partial(_same, item) for item in items)


def _same(item: Abstract) -> Abstract:
    return item


def _is_constant_iterable(value: Any) -> bool:
    if isinstance(value, range):
        return len(value) <= LONGEST
    return isinstance(value, (str, dict, set, frozenset, enum.EnumMeta))


def is_counter(value: Abstract) -> bool:
    """Whether an iterable only counts: loops over it stay loops."""
    if isinstance(value, Iteration) and value.kind != "map":
        return all(is_counter(part) for part in value.parts)
    return isinstance(value, Known) and isinstance(value.value, (range, int))


def _static_iteration(ctx: Context, value: Iteration) -> tuple[Thunk, ...] | None:
    if value.kind == "filter" or value.kind in GRIDS:
        return None
    if value.kind == "enumerate":
        items, start = static_thunks(ctx, value.parts[0]), value.parts[1]
        if items is None or not isinstance(start, Known):
            return None
        first = start.value
        return tuple(
            partial(_row, (partial(_same, Known(first + k)), t)) for k, t in enumerate(items)
        )
    parts = value.parts[1:] if value.kind in ("map", "starmap") else value.parts
    columns = [static_thunks(ctx, part) for part in parts]
    known = [c for c in columns if c is not None]
    if len(known) != len(columns):
        return None
    if value.kind == "reversed":
        return known[0][::-1]
    rows = tuple(partial(_row, row) for row in zip(*known, strict=False))
    if value.kind in ("map", "starmap"):
        return tuple(partial(_mapped, ctx, value, row) for row in rows)
    return rows


def _row(thunks: tuple[Thunk, ...]) -> Abstract:
    return Items(tuple(thunk() for thunk in thunks))


def _mapped(ctx: Context, value: Iteration, row: Thunk) -> Abstract:
    """An element of `map(function, ...)`."""
    made = row()
    assert isinstance(made, Items)
    return applied(ctx, value, list(made.items), None)


def applied(ctx: Context, value: Iteration, args: list[Abstract], node: Any) -> Abstract:
    """What the function of `map` or `starmap` gives."""
    if value.kind == "starmap":
        args = list(static_elements(ctx, args[0]) or ())
    return call(ctx, value.parts[0], args, {}, "", node)


def spread(ctx: Context, value: Abstract, node: Any) -> tuple[Abstract, ...]:
    """The elements of an iterable; refused where their number isn't known."""
    items = static_elements(ctx, value)
    if items is None:
        refuse(
            ctx,
            "S101",
            "only a sequence of known length can be taken apart here",
            node,
            help="loop over it, and append to a list",
        )
    return items

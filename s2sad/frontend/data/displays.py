"""Constants, names, and displays of tuples, lists, dicts and sets."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.data.keys import key_of, pairs_of
from s2sad.frontend.dispatch import call, evaluates, expression
from s2sad.frontend.operations.views import elements
from s2sad.frontend.state.choices import bound, fail, unbound_error
from s2sad.frontend.state.context import (
    Bottomed,
    Context,
    inner_hint,
    location,
    refuse,
    refuse_conflict,
)
from s2sad.frontend.state.operands import Waiting, evaluated, wait
from s2sad.frontend.state.outside import lookup
from s2sad.frontend.state.values import Abstract, Conflict, Items, Known, Listing, Mapping, Unbound


@evaluates(gast.Constant)
def _constant(ctx: Context, node: Any, hint: str) -> Abstract:
    return Known(node.value)


@evaluates(gast.Name)
def _name(ctx: Context, node: Any, hint: str) -> Abstract:
    value = bound(ctx, find(ctx, node.id, node), node.id, node)
    if isinstance(value, Unbound) and any(scope.kind == "loop" for scope in ctx.scopes):
        fail(ctx, unbound_error(node.id), node)
        raise Bottomed
    if isinstance(value, Unbound):
        refuse(
            ctx,
            "S405",
            f"`{node.id}` is not bound here",
            node,
            note="Python would raise UnboundLocalError",
            help=f"bind `{node.id}` before this line",
        )
    if isinstance(value, Conflict):
        refuse_conflict(ctx, value, node)
    return value


def find(ctx: Context, name: str, node: Any) -> Abstract:
    """What a name means in the current frame: local, of an enclosing frame, or outside."""
    frame = ctx.frame
    if name in frame.globals:
        return lookup(ctx, name, node)
    while frame is not None:
        if name in frame.locals:
            return ctx.state.names.get((frame.number, name), Unbound(name))
        if frame.parent is None:
            break
        frame = frame.parent
    return lookup(ctx, name, node)


# -- displays and the rest


@evaluates(gast.Tuple)
def _tuple(ctx: Context, node: Any, hint: str) -> Abstract:
    return Items(tuple(_elements_of_display(ctx, node, hint)))


def _elements_of_display(ctx: Context, node: Any, hint: str) -> list[Abstract]:
    result: list[Waiting] = []
    for k, item in enumerate(node.elts):
        later = node.elts[k + 1 :]
        if isinstance(item, gast.Starred):
            spread = elements(ctx, expression(ctx, item.value, hint))
            if spread is None:
                refuse(ctx, "S101", "star-unpacking needs a sequence of known length", item)
            result += [wait(ctx, value, later) for value in spread]
        else:
            result.append(wait(ctx, expression(ctx, item, inner_hint(hint, "item")), later))
    return [evaluated(ctx, item) for item in result]


@evaluates(gast.List)
def _list(ctx: Context, node: Any, hint: str) -> Abstract:
    return location(ctx, Listing(tuple(_elements_of_display(ctx, node, hint))))


@evaluates(gast.Dict)
def _dict(ctx: Context, node: Any, hint: str) -> Abstract:
    pairs: dict[Any, Waiting] = {}
    for k, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
        later = node.values[k + 1 :]
        if key is None:
            spread = pairs_of(ctx, expression(ctx, value), value)
            pairs |= {name: wait(ctx, item, later) for name, item in spread.items()}
            continue
        found = key_of(ctx, expression(ctx, key), key)
        pairs[found] = wait(ctx, expression(ctx, value, inner_hint(hint, str(found))), later)
    return location(ctx, Mapping(tuple((k, evaluated(ctx, item)) for k, item in pairs.items())))


@evaluates(gast.Set)
def _set(ctx: Context, node: Any, hint: str) -> Abstract:
    items = Items(tuple(_elements_of_display(ctx, node, hint)))
    return call(ctx, Known(set), [items], {}, hint, node)

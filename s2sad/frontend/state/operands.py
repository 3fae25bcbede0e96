"""Operands, evaluated from left to right: each stays what it was, whatever the next ones do.

An element of a list of run-time length is a path into the list. Where a later operand may edit
the list, `ws[-1] * ws.pop()`, the earlier one waits under a hidden name, which edits keep right.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import gast

from s2sad.frontend.state.context import Context
from s2sad.frontend.state.heap import Name
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.sharing import holds_arrays
from s2sad.frontend.state.values import Abstract, Items, Method, Ref
from s2sad.frozen import frozen


@frozen
class Waiting:
    """An operand that waits for the next ones to be evaluated: under a name, or as it is."""

    value: Abstract
    name: Name | None = None


def wait(ctx: Context, value: Abstract, later: list[Any]) -> Waiting:
    """An operand, while the operands `later` (nodes of the source) are evaluated."""
    if not _is_element(ctx, value) or not any(_may_edit(node) for node in later):
        return Waiting(value)
    taken = ctx.state.names
    name = next(n for k in count() if (n := (ctx.frame.number, f"<operand>{k}")) not in taken)
    ctx.state.names[name] = value
    return Waiting(value, name)


def evaluated(ctx: Context, waiting: Waiting) -> Abstract:
    """What has become of an operand."""
    return waiting.value if waiting.name is None else ctx.state.names.pop(waiting.name)


def _is_element(ctx: Context, value: Abstract) -> bool:
    if isinstance(value, Items):
        return any(_is_element(ctx, item) for item in value.items)
    if isinstance(value, Method):
        return _is_element(ctx, value.receiver)
    if not isinstance(value, Ref) or not value.path:
        return False
    return holds_arrays(type_at(ctx, Ref(value.location)))


def _may_edit(node: Any) -> bool:
    return any(isinstance(n, (gast.Call, gast.Yield)) for n in gast.walk(node))

"""What rules and definitions ask about their operands when compiling (see `rules.facts`)."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.dispatch import special
from s2sad.frontend.state.context import Context
from s2sad.frontend.state.heap import may_share
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Items, Keywords, Known, Slice
from s2sad.ir.types import PY, Num, Type
from s2sad.rules import facts


@special(facts.is_constant)
def _is_constant(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """Whether a rule's operand is a Python number known when compiling."""
    return Known(isinstance(args[0], Known))


@special(facts.is_python)
def _is_python(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kind = type_at(ctx, args[0], node)
    return Known(isinstance(kind, Num) and kind.is_python)


@special(facts.division_may_raise)
def _division_may_raise(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kinds = [type_at(ctx, a, node) for a in args]
    python = all(isinstance(k, Num) and PY in k.forms for k in kinds)
    return Known(python and not _is_nonzero(args[1], kinds[1]))


def _is_nonzero(value: Abstract, kind: Type) -> bool:
    if isinstance(value, Known):
        return bool(value.value != 0)
    length = kind.value if isinstance(kind, Num) else None
    return length is not None and length.least is not None and length.least > 0


@special(facts.same_shape)
def _same_shape(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    a, b = (type_at(ctx, value, node) for value in args)
    if not (isinstance(a, Num) and isinstance(b, Num)) or a.shape is None:
        return Known(False)
    return Known(a.shape == b.shape)


@special(facts.repeats)
def _repeats(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    parts = args[0].items if isinstance(args[0], Items) else (args[0],)
    return Known(any(_may_repeat(ctx, part, node) for part in parts))


@special(facts.shares)
def _shares(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return Known(may_share(ctx.state, args[0], args[1]))


def _may_repeat(ctx: Context, part: Abstract, node: Any) -> bool:
    if isinstance(part, (Known, Slice)):
        return isinstance(part, Known) and isinstance(part.value, (tuple, list))
    kind = type_at(ctx, part, node)
    return not isinstance(kind, Num) or (kind.may_be_array and kind.dtype != "bool")

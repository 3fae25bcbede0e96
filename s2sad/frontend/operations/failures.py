"""What Python raises for values of some types, whatever they are: arithmetic with None, a call of
a number. That is seen by trying it on examples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.analysis.example_values import NoExample, example
from s2sad.frontend.state.choices import narrowed
from s2sad.frontend.state.context import Context
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Items, Known, Ref, Slice, Value


def failure(ctx: Context, function: Callable[..., Any], values: list[Abstract]) -> Exception | None:
    """What a pure function raises for values of these types, or None where it may not."""
    try:
        function(*(_example(ctx, value) for value in values))
    except (TypeError, AttributeError) as error:
        return error
    except Exception:
        return None
    return None


def _example(ctx: Context, value: Abstract) -> Any:
    value = narrowed(ctx, value)
    if isinstance(value, Known):
        return value.value
    if isinstance(value, Items) and value.cls is None:
        return tuple(_example(ctx, item) for item in value.items)
    if isinstance(value, Slice):
        return slice(None)
    if not isinstance(value, Value | Ref):
        raise NoExample
    return example(type_at(ctx, value), {})

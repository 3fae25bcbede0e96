"""What earlier modules of the frontend ask of later ones, by name.

Expressions, calls and statements know numbers, arrays and containers themselves. What classes of
the user mean by a call, an operator or a subscript is told by `objects` and `overloads`, which
are built on all of these: they enter themselves here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Hook = TypeVar("Hook", bound=Callable[..., Any])
_TABLE: dict[str, Callable[..., Any]] = {}


def hook(name: str) -> Callable[[Hook], Hook]:
    """Enters a function under a name."""

    def enter(function: Hook) -> Hook:
        _TABLE[name] = function
        return function

    return enter


def ask(name: str, *args: Any) -> Any:
    """Calls what was entered under a name."""
    return _TABLE[name](*args)

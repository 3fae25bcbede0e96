"""Frozen data classes that are cheap to make.

A compiler makes millions of small objects. `dataclass(frozen=True)` sets each field through a
guard, which costs six times as much as setting it; so nothing guards the fields here at run
time, and it is the type checker that refuses whoever changes one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, eq: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: Any = None, /, *, eq: bool = True) -> Any:
    """A data class whose objects don't change. eq: equal by value, and with a hash; otherwise
    identity is equality."""

    def decorate(made: Any) -> Any:
        return dataclass(eq=eq, unsafe_hash=eq and "__hash__" not in vars(made))(made)

    return decorate if cls is None else decorate(cls)

"""Functions that rules call on values known when compiling: axes, ranks, subscripts.

The frontend calls a function marked `@static` itself, once, where all the arguments are
constants, and the page shows its result. So such a function may be any Python; it must be pure,
and return None, a bool, a string, an integer, or nested tuples of these.

>>> inverse_permutation((2, 0, 1))
(1, 2, 0)
>>> is_static(inverse_permutation)
True
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def static(function: F) -> F:
    """Marks a function that is called when compiling."""
    function.__dict__["static_helper"] = True
    return function


def is_static(function: Callable[..., Any]) -> bool:
    """Whether a function is called when compiling."""
    return getattr(function, "static_helper", False) is True


@static
def unsupported(message: str) -> NoReturn:
    """Refuses what a rule doesn't cover. The frontend shows the message with the user's line."""
    raise NotImplementedError(message)


@static
def inverse_permutation(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes `axes`."""
    forward = [axis % len(axes) for axis in axes]
    return tuple(forward.index(axis) for axis in range(len(axes)))


@static
def is_identity(axes: tuple[int, ...]) -> bool:
    """Whether a permutation leaves the axes as they are."""
    return axes == tuple(range(len(axes)))


@static
def axes_between(start: int, stop: int) -> tuple[int, ...]:
    """`start, ..., stop - 1`."""
    return tuple(range(start, stop))


@static
def normal_axis(axis: int, rank: int) -> int:
    """The axis counted from 0."""
    return axis % rank if rank else 0

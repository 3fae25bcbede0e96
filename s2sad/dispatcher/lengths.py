"""Equal lengths of arguments: found in a call, and guarded where a page relies on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from s2sad.ir import types as T
from s2sad.request import Argument


def equal_lengths(
    arguments: tuple[Argument, ...], values: tuple[Any, ...]
) -> tuple[tuple[str, str], ...]:
    """Each axis of an array argument that is as long as an earlier one, with the first such.
    What goes by another name already, or has no name (lengths 0 and 1), is left out."""
    first: dict[int, str] = {}
    found: dict[str, str] = {}
    for argument, value in zip(arguments, values, strict=True):
        for own, name, axis in _axes(argument):
            if own == name and first.setdefault(value.shape[axis], name) != name:
                found[name] = first[value.shape[axis]]
    return tuple(found.items())


def equality_guard(arguments: tuple[Argument, ...]) -> list[str]:
    """Conjuncts for the axes that go by the name of another one."""
    places = {own: f"{a.name}.shape[{axis}]" for a in arguments for own, _, axis in _axes(a)}
    return [
        f"{places[own]} == {places[name]}"
        for argument in arguments
        for own, name, _ in _axes(argument)
        if own != name
    ]


def _axes(argument: Argument) -> Iterator[tuple[str, str, int]]:
    """The axes of an argument that is an array: the name of its own, the one it goes by."""
    kind = argument.type
    if not (isinstance(kind, T.Num) and kind.is_array and kind.shape):
        return
    for axis, dim in enumerate(kind.shape):
        if dim.terms:
            yield f"{argument.name}.{axis}", dim.terms[0][0], axis

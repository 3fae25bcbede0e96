"""Caches that are weak in code objects.

Equal code objects are equal in Python even where they come from different files, so these
maps go by identity. An entry goes away with its code object.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Generic, TypeVar

V = TypeVar("V")


class CodeMap(Generic[V]):
    """A mapping from code objects, by identity, that doesn't keep them alive."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[weakref.ref[CodeType], V]] = {}

    def get(self, code: CodeType) -> V | None:
        """What is stored for this very code object, or None."""
        entry = self._entries.get(id(code))
        return entry[1] if entry is not None and entry[0]() is code else None

    def put(self, code: CodeType, value: V) -> V:
        """Stores a value and returns the one that is there: the first of two threads wins."""
        found = self.get(code)
        if found is not None:
            return found
        key, entries = id(code), self._entries
        entries[key] = (weakref.ref(code, partial(_forget, entries, key)), value)
        return value

    def get_or_make(self, code: CodeType, make: Callable[[], V]) -> V:
        """What is stored, or else what `make` gives."""
        found = self.get(code)
        return found if found is not None else self.put(code, make())

    def __len__(self) -> int:
        return len(self._entries)


def _forget(
    entries: dict[int, tuple[weakref.ref[CodeType], V]], key: int, ref: weakref.ref[CodeType]
) -> None:
    """Drops an entry, unless its number has been taken by another code object meanwhile."""
    entry = entries.get(key)
    if entry is not None and entry[0] is ref:
        entries.pop(key, None)

"""Containers of floats: their leaves, directions, and exact clones of arrays.

A tree is a float, an array, or a list, tuple, dict, dataclass or plain object of trees. A clone
keeps what matters to a program that writes in place: strides, offsets, which arrays are views of
one buffer, and which may not be written.
"""

from __future__ import annotations

import copy
import dataclasses
import enum
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

Tree = Any


def is_float(leaf: Tree) -> bool:
    """Whether a leaf can have a derivative."""
    if isinstance(leaf, np.ndarray):
        return bool(np.issubdtype(leaf.dtype, np.inexact))
    return isinstance(leaf, (float, np.inexact))


def attributes(tree: Tree) -> dict[str, Any]:
    """The attributes of an object: those of its `__dict__` and of its slots."""
    found = dict(getattr(tree, "__dict__", {}))
    for cls in type(tree).__mro__:
        slots = vars(cls).get("__slots__", ())
        names = (slots,) if isinstance(slots, str) else slots
        found |= {name: getattr(tree, name) for name in names if hasattr(tree, name)}
    return found


def is_object(tree: Tree) -> bool:
    """Whether a value is an object of a class that a program defines for its data."""
    cls = type(tree)
    if isinstance(tree, (list, tuple, dict, type, enum.Enum)) or cls.__module__ == "functools":
        return False
    if cls is types.SimpleNamespace or dataclasses.is_dataclass(cls):
        return True
    own = sys.modules.get(cls.__module__)
    file = getattr(own, "__file__", None) or ""
    return cls.__new__ is object.__new__ and "/tests/corpus/" in file


def rebuilt(tree: Tree, items: list[Tree]) -> Tree:
    """A container like `tree` that holds `items` in the order of `children`."""
    if isinstance(tree, dict):
        return dict(zip(tree, items, strict=True))
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*items)
    if is_object(tree):
        made = copy.copy(tree)
        for name, item in zip(attributes(tree), items, strict=True):
            object.__setattr__(made, name, item)
        return made
    return type(tree)(items)


def children(tree: Tree) -> list[tuple[str, Tree]] | None:
    """The (path, item) pairs of a container; None for a leaf."""
    if isinstance(tree, dict):
        return [(f"[{key!r}]", item) for key, item in tree.items()]
    if isinstance(tree, (list, tuple)):
        return [(f"[{k}]", item) for k, item in enumerate(tree)]
    if is_object(tree):
        return [(f".{name}", item) for name, item in attributes(tree).items()]
    return None


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, Tree]]:
    """All leaves with their paths."""
    items = children(tree)
    if items is None:
        yield path, tree
        return
    for step, item in items:
        yield from leaves(item, path + step)


def mapped(function: Callable[..., Tree], tree: Tree, *others: Tree) -> Tree:
    """The tree with `function` applied to its leaves (and those of trees of the same shape)."""
    items = children(tree)
    if items is None:
        return function(tree, *others)
    rows = [[child for _, child in children(other) or []] for other in others]
    columns = [
        mapped(function, item, *(row[k] for row in rows)) for k, (_, item) in enumerate(items)
    ]
    return rebuilt(tree, columns)


def direction(tree: Tree, rng: np.random.Generator) -> Tree:
    """A random direction: float leaves get standard normal numbers, the others None."""
    return mapped(lambda leaf: rng.normal(size=np.shape(leaf)) if is_float(leaf) else None, tree)


def basis(tree: Tree) -> Iterator[Tree]:
    """One direction for each number in the tree."""
    total = sum(np.size(leaf) for _, leaf in leaves(tree) if is_float(leaf))
    for number in range(total):
        yield unit(tree, number)


def unit(tree: Tree, number: int) -> Tree:
    """The direction in which only the given number moves."""
    seen = 0

    def part(leaf: Tree) -> Tree:
        nonlocal seen
        if not is_float(leaf):
            return None
        flat = np.zeros(np.size(leaf))
        if 0 <= number - seen < flat.size:
            flat[number - seen] = 1.0
        seen += flat.size
        return flat.reshape(np.shape(leaf))

    return mapped(part, tree)


def inner(bars: Tree, along: Tree) -> float:
    """The inner product of a gradient with a direction, in double precision."""
    total = 0.0
    for (_, bar), (_, step) in zip(leaves(bars), leaves(along), strict=True):
        if step is not None:
            total += float(np.sum(np.asarray(bar, dtype=np.float64) * step))
    return total


def magnitude(bars: Tree, along: Tree) -> float:
    """The scale of an inner product: the same sum of absolute values."""
    absolute = mapped(
        lambda bar: np.abs(np.asarray(bar, dtype=np.float64)) if bar is not None else 0.0, bars
    )
    return inner(absolute, mapped(lambda step: None if step is None else np.abs(step), along))


def moved(tree: Tree, along: Tree, step: float) -> Tree:
    """tree + step * along, of the same kinds (complex steps make complex leaves)."""

    def shift(leaf: Tree, part: Tree) -> Tree:
        if part is None:
            return leaf
        if isinstance(leaf, np.ndarray):
            return leaf + step * part
        return type(leaf + step)(leaf + step * part)

    return mapped(shift, tree, along)


def root(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


class Buffers:
    """New memory for each buffer seen, so that views of one buffer stay views of one buffer."""

    def __init__(self, *, zero: bool = False) -> None:
        self.zero = zero
        self.known: dict[int, tuple[Any, int, np.ndarray[Any, Any]]] = {}

    def _buffer(self, owner: np.ndarray[Any, Any]) -> tuple[int, np.ndarray[Any, Any]]:
        if id(owner) not in self.known:
            low, high = byte_bounds(owner)
            new = np.zeros(max(high - low, 1), dtype=np.uint8)
            self.known[id(owner)] = (owner, low, new)
            if not self.zero and owner.size:
                self._place(owner, low, new)[...] = owner
        _, low, new = self.known[id(owner)]
        return low, new

    @staticmethod
    def _place(
        array: np.ndarray[Any, Any], low: int, new: np.ndarray[Any, Any]
    ) -> np.ndarray[Any, Any]:
        start = array.__array_interface__["data"][0]
        offset = start - low if array.size else 0
        return np.ndarray(array.shape, array.dtype, new.data, offset, array.strides)

    def clone(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The array's counterpart in new memory, with its strides and its writeable flag."""
        if array.dtype.hasobject:
            return array.copy()
        low, new = self._buffer(root(array))
        made = self._place(array, low, new)
        if not self.zero:
            made.flags.writeable = array.flags.writeable
        return made


def clone(tree: Tree) -> Tree:
    """The same tree in new memory; aliases among its arrays are kept."""
    buffers = Buffers()
    return mapped(lambda leaf: buffers.clone(leaf) if isinstance(leaf, np.ndarray) else leaf, tree)


def same_bytes(one: Tree, other: Tree) -> bool:
    """Whether two trees are equal in kind, dtype, shape and every byte."""
    pairs = zip(leaves(one), leaves(other), strict=True)
    return all(p == q and _same_leaf(a, b) for (p, a), (q, b) in pairs)


def _same_leaf(one: Tree, other: Tree) -> bool:
    if type(one) is not type(other):
        return False
    if not is_float(one):
        return bool(np.array_equal(one, other))
    left, right = np.asarray(one), np.asarray(other)
    return (
        left.dtype == right.dtype
        and left.shape == right.shape
        and left.tobytes() == right.tobytes()
    )

"""Containers of numbers as vectors, for optimisers that know only vectors.

A tree is a number or an array, or a list, tuple, NamedTuple or dict of trees; None is a tree
with nothing in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s2sad.errors import type_error

Vector = NDArray[Any]
Number = (bool, int, float, complex, np.generic, np.ndarray)


def leaves(tree: Any, path: str = "tree") -> Iterator[tuple[str, Any]]:
    """The numbers and arrays of a tree with their paths, in order."""
    if isinstance(tree, (list, tuple)):
        for k, item in enumerate(tree):
            yield from leaves(item, f"{path}[{k}]")
    elif isinstance(tree, dict):
        for key, item in tree.items():
            yield from leaves(item, f"{path}[{key!r}]")
    elif isinstance(tree, Number):
        yield path, tree
    elif tree is not None:
        raise type_error("S412", f"{path} is neither a number nor an array: {type(tree).__name__}")


def rebuild(tree: Any, values: Iterator[Any]) -> Any:
    """A tree of the same structure, with its leaves replaced in order."""
    if isinstance(tree, (list, tuple)):
        items = [rebuild(item, values) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    if isinstance(tree, dict):
        return {key: rebuild(item, values) for key, item in tree.items()}
    return None if tree is None else next(values)


def map_leaves(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """A tree of the values of a function at the leaves of trees of the same structure."""
    columns = [[leaf for _, leaf in leaves(t)] for t in (tree, *others)]
    return rebuild(tree, iter([function(*row) for row in zip(*columns, strict=True)]))


def ravel(tree: Any) -> tuple[Vector, Callable[[Vector], Any]]:
    """A vector with all numbers of a tree, and the function that makes the tree from a vector.

    The tree that comes back has the structure, the shapes and the dtypes of the first one,
    Python numbers included, and shares no memory with the vector.
    """
    found = list(leaves(tree))
    for path, leaf in found:
        _check_float(path, leaf)
    arrays = [np.asarray(leaf) for _, leaf in found]
    vector = np.concatenate([a.ravel() for a in arrays]) if arrays else np.zeros(0)

    def unravel(vector: Vector) -> Any:
        vector = np.asarray(vector)
        _check_length(vector, sum(a.size for a in arrays))
        ends = np.cumsum([a.size for a in arrays])[:-1]
        parts = np.split(vector, ends) if arrays else []
        pairs = zip(parts, found, strict=True)
        return rebuild(tree, iter([_like(part, leaf) for part, (_, leaf) in pairs]))

    return vector, unravel


def _check_float(path: str, leaf: Any) -> None:
    dtype = np.asarray(leaf).dtype
    if dtype.kind not in "fc":
        raise type_error(
            "S412",
            f"{path} has dtype {dtype}, not a float",
            "a vector of floats could not give it back as it is",
            "leave it out of the tree, or make it a float",
        )


def _check_length(vector: Vector, size: int) -> None:
    if vector.shape != (size,):
        raise type_error("S412", f"unravel takes a vector of shape ({size},), not {vector.shape}")


def _like(part: Vector, leaf: Any) -> Any:
    """A part of a vector in the kind, shape and dtype of a leaf."""
    if isinstance(leaf, np.ndarray):
        return _cast(part, leaf.dtype).reshape(leaf.shape)
    value = _cast(part, np.asarray(leaf).dtype)[0]
    return value if isinstance(leaf, np.generic) else type(leaf)(value)


def _cast(part: Vector, dtype: np.dtype[Any]) -> Vector:
    if part.dtype.kind == "c" and dtype.kind == "f":
        raise type_error("S412", "unravel takes a real vector for a real tree")
    return part.astype(dtype, copy=True)

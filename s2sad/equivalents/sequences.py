"""Of Python's builtins and `itertools`: what makes sequences, or picks from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from s2sad.equivalents.functions import Missing


def listed(iterable: Iterable[Any]) -> list[Any]:
    items = []
    for item in iterable:
        items.append(item)
    return items


def has_items(items: Any, count: int) -> None:
    """As in `a, b = items`."""
    if len(items) != count:
        raise ValueError(f"expected {count} values to unpack")


def has_items_at_least(items: Any, count: int) -> None:
    """As in `a, *b = items`."""
    if len(items) < count:
        raise ValueError(f"expected at least {count} values to unpack")


def ordered(
    iterable: Iterable[Any], /, *, key: Callable[[Any], Any] | None = None, reverse: bool = False
) -> list[Any]:
    """Stable, also in reverse."""
    items = list(iterable)
    keys = items if key is None else [key(item) for item in items]
    return ordered_by(items, keys, reverse)


def ordered_by(items: Any, keys: Any, reverse: bool) -> list[Any]:
    if reverse:
        items, keys = items[::-1], keys[::-1]
    result = []
    for k in np.argsort(keys, kind="stable"):
        result.append(items[k])
    return result[::-1] if reverse else result


def extremum(
    items: Iterable[Any],
    largest: bool,
    *,
    key: Callable[[Any], Any] | None = None,
    default: Any = Missing,
) -> Any:
    """The first of those that are equal."""
    values = list(items)
    if default is not Missing and len(values) == 0:
        return default
    if len(values) == 0:
        raise ValueError("max() or min() of nothing")
    best = values[0]
    bound = best if key is None else key(best)
    for item in values[1:]:
        value = item if key is None else key(item)
        if (value > bound) if largest else (value < bound):
            best, bound = item, value
    return best


def total(items: Iterable[Any], start: Any) -> Any:
    result = start
    for item in items:
        result = result + item
    return result


def some(items: Any) -> bool:
    for item in items:  # noqa: SIM110 (this is what `any` is)
        if item:
            return True
    return False


def every(items: Any) -> bool:
    for item in items:  # noqa: SIM110 (this is what `all` is)
        if not item:
            return False
    return True


def check_lengths(*iterables: Any) -> None:
    for other in iterables[1:]:
        if len(other) != len(iterables[0]):
            raise ValueError("zip() arguments differ in length")


def less(a: Any, b: Any, strict: bool) -> Any:
    """Whether a tuple comes before another: by the first items that differ."""
    for one, other in zip(a, b, strict=False):
        if one != other:
            return one < other
    return len(a) < len(b) or (not strict and len(a) == len(b))


def product(*iterables: Iterable[Any], repeat: int = 1) -> list[Any]:
    result: list[Any] = [()]
    pools = [list(iterable) for iterable in iterables]
    for pool in pools * repeat:
        longer = []
        for row in result:
            for item in pool:
                longer.append((*row, item))
        result = longer
    return result


def permutations(iterable: Iterable[Any], r: int | None = None) -> list[Any]:
    pool = list(iterable)
    return [tuple([pool[k] for k in row]) for row in _rows(len(pool), r, True, False)]


def combinations(iterable: Iterable[Any], r: int) -> list[Any]:
    pool = list(iterable)
    return [tuple([pool[k] for k in row]) for row in _rows(len(pool), r, False, False)]


def combinations_with_replacement(iterable: Iterable[Any], r: int) -> list[Any]:
    pool = list(iterable)
    return [tuple([pool[k] for k in row]) for row in _rows(len(pool), r, False, True)]


def _rows(count: int, length: int | None, permuted: bool, repeated: bool) -> list[Any]:
    result: list[Any] = [()]
    for _ in tuple(range(count if length is None else length)):
        longer = []
        for row in result:
            for k in range(count):
                if permuted:
                    fits = k not in row
                else:
                    fits = row == () or k > row[-1] or (repeated and k == row[-1])
                if fits:
                    longer.append((*row, k))
        result = longer
    return result

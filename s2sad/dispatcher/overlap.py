"""What a program that writes its arguments may be called with.

The primal may write some leaves of its arguments; the page works on copies of them. That is
the same as running the primal only if no other argument shares their memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.analysis.signature import STATIC_KINDS
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.runtime.classes import attributes

WORK = 100_000  # of np.shares_memory; what is harder counts as shared
Path = tuple[object, ...]
Leaf = tuple[Path, Any]


def check_written(values: dict[str, Any], written: tuple[Path, ...]) -> None:
    """Raises where a leaf that the primal writes is read-only or shared with another one."""
    leaves = [leaf for name, value in values.items() for leaf in _leaves((name,), value)]
    for position, (path, value) in enumerate(leaves):
        if any(path[: len(w)] == w or _through_list(path, w) for w in written):
            _check_writeable(value)
            _check_alone(position, leaves)


def _through_list(path: Path, written: Path) -> bool:
    """Whether a written path with `*` (any element of a list) covers a path."""
    head = path[: len(written)]
    return len(head) == len(written) and all(
        w == "*" or w == p for p, w in zip(head, written, strict=True)
    )


def _check_writeable(value: Any) -> None:
    if isinstance(value, np.ndarray) and not value.flags.writeable:
        raise ValueError("assignment destination is read-only")


def _check_alone(position: int, leaves: list[Leaf]) -> None:
    path, value = leaves[position]
    for other, (other_path, other_value) in enumerate(leaves):
        if other != position and _shared(value, other_value):
            raise _overlap(dotted(path), dotted(other_path), isinstance(value, np.ndarray))


def _overlap(written: str, other: str, array: bool) -> UnsupportedError:
    diagnostic = Diagnostic(
        "S304",
        f"{written} is written and shares memory with {other}",
        note="what the program writes to one would show in the other",
        help=f"pass {other}.copy()" if array else f"pass a copy of {other}",
    )
    return UnsupportedError((diagnostic,))


def _shared(one: Any, other: Any) -> bool:
    if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray):
        return one is other
    if not np.may_share_memory(one, other):
        return False
    try:
        return np.shares_memory(one, other, max_work=WORK)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def _leaves(path: Path, value: Any, depth: int = 0) -> Iterator[Leaf]:
    """Arrays and mutable containers at and below a value."""
    if isinstance(value, np.ndarray):
        yield path, value
    if isinstance(value, (list, tuple, dict)) and depth < 10:
        if not isinstance(value, tuple):
            yield path, value
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _leaves((*path, key), item, depth + 1)
    elif not isinstance(value, (np.ndarray, *STATIC_KINDS)) and depth < 10:
        for key, item in attributes(value).items():
            yield from _leaves((*path, key), item, depth + 1)


def dotted(path: Path) -> str:
    """A path as Python would write it, as far as can be known: `params[0]['w']`."""
    first, *rest = path
    return str(first) + "".join(f"[{step!r}]" for step in rest)

"""The few functions that emitted code may call by bare name.

A page calls one only where types leave something open until run time. They are ordinary
functions that s2sad itself can differentiate through their rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from s2sad.runtime.classes import attributes, built, has_attributes

V = TypeVar("V")


def unbroadcast(cotangent: Any, like: Any) -> Any:
    """Sums a cotangent over the axes on which `like` was broadcast, so that it has its shape.

    The cotangent has the full shape of the result of the broadcasting; `like` is an array, a
    NumPy scalar, a Python number, or a shape.

    >>> unbroadcast(np.ones((2, 3)), np.zeros((1, 3)))
    array([[2., 2., 2.]])
    """
    shape = like if type(like) is tuple else np.shape(like)
    if np.shape(cotangent) == shape:
        return cotangent
    extra = np.ndim(cotangent) - len(shape)
    if extra > 0:
        cotangent = np.sum(cotangent, axis=tuple(range(extra)))
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and np.shape(cotangent)[k] != 1)
    return np.sum(cotangent, axis=axes, keepdims=True) if axes else cotangent


def zeros(like: Any) -> Any:
    """Zeros with the structure, shapes and dtypes of `like`: the cotangent of a value that
    nothing depends on. Integers, strings and None, which have no derivative, give None.

    >>> zeros([1.5, (np.ones(2), "a")])
    [0.0, (array([0., 0.]), None)]
    """
    if isinstance(like, (np.ndarray, np.generic)):
        if like.dtype.kind not in "fc":
            return None
        return np.zeros_like(like) if isinstance(like, np.ndarray) else type(like)(0)
    if isinstance(like, (float, complex)):
        return type(like)(0)
    return _container_of_zeros(like)


def _container_of_zeros(like: Any) -> Any:
    if isinstance(like, list):
        return [zeros(item) for item in like]
    if isinstance(like, tuple):
        items = [zeros(item) for item in like]
        return type(like)(*items) if hasattr(like, "_fields") else tuple(items)
    if isinstance(like, dict):
        return {key: zeros(item) for key, item in like.items()}
    if has_attributes(like):
        return rebuilt(like, *(zeros(item) for item in attributes(like).values()))
    return None


def stop_gradient(value: V) -> V:
    """The value itself, as a constant to differentiation."""
    return value


def added(first: Any, second: Any) -> Any:
    """The sum of two cotangents of one structure, leaf by leaf.

    >>> added([1.0, (2.0, None)], [0.5, (1.0, None)])
    [1.5, (3.0, None)]
    """
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, list):
        return [added(a, b) for a, b in zip(first, second, strict=True)]
    if isinstance(first, tuple):
        items = [added(a, b) for a, b in zip(first, second, strict=True)]
        return type(first)(*items) if hasattr(first, "_fields") else tuple(items)
    if isinstance(first, dict):
        return {key: added(item, second[key]) for key, item in first.items()}
    if not isinstance(first, (float, complex, np.ndarray, np.generic)):
        rest = attributes(second)
        return rebuilt(first, *(added(item, rest[key]) for key, item in attributes(first).items()))
    return first + second


def rebuilt(like: Any, *parts: Any) -> Any:
    """An object of the class of `like` (a NamedTuple, a dataclass, or any object with
    attributes) with other parts, in order: the cotangent of such an object.

    >>> from typing import NamedTuple
    >>> rebuilt(NamedTuple("Point", [("x", float), ("y", float)])(1.0, 2.0), 3.0, 4.0)
    Point(x=3.0, y=4.0)
    """
    return built(type(like), tuple(attributes(like)), parts)


def copied(value: V) -> V:
    """A deep copy of containers and arrays, numbers and other things as they are: what a forward
    function saved, for a reverse function that writes it.

    >>> copied((np.ones(2), [None, 1.5]))
    (array([1., 1.]), [None, 1.5])
    """
    return fresh_copy(value)  # type: ignore[no-any-return]


def in_all_directions(value: Any, count: int) -> Any:
    """A value once for each direction: its floats and arrays of floats with a leading axis.

    >>> in_all_directions((1.5, 2), 3)
    (array([1.5, 1.5, 1.5]), 2)
    """
    if isinstance(value, (float, complex, np.generic, np.ndarray)):
        array = np.asarray(value)
        return np.repeat(array[None], count, axis=0) if array.dtype.kind in "fc" else value
    if isinstance(value, list):
        return [in_all_directions(item, count) for item in value]
    if isinstance(value, tuple):
        items = [in_all_directions(item, count) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, dict):
        return {key: in_all_directions(item, count) for key, item in value.items()}
    if has_attributes(value):
        return rebuilt(
            value, *(in_all_directions(item, count) for item in attributes(value).values())
        )
    return value


def directions_of(*values: Any) -> int:
    """How many directions there are: the length of the leading axis of the first array that the
    values hold; 1 where there is none.

    >>> directions_of([], [np.ones((3, 2))])
    3
    """
    found = next((a for value in values for a in _arrays_in(value)), None)
    return 1 if found is None else len(found)


def _arrays_in(value: Any) -> Iterator[Any]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple, dict)) or has_attributes(value):
        parts = value if isinstance(value, (list, tuple)) else (
            value.values() if isinstance(value, dict) else attributes(value).values())  # fmt: skip
        for part in parts:
            yield from _arrays_in(part)


HELPERS: dict[str, Callable[..., Any]] = {
    "unbroadcast": unbroadcast,
    "zeros": zeros,
    "added": added,
    "rebuilt": rebuilt,
    "copied": copied,
    "in_all_directions": in_all_directions,
    "directions_of": directions_of,
    "stop_gradient": stop_gradient,
}


def fresh_copy(value: Any) -> Any:
    """A deep copy of containers and arrays; numbers and other things as they are."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list):
        return [fresh_copy(item) for item in value]
    if isinstance(value, tuple):
        items = [fresh_copy(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, dict):
        return {key: fresh_copy(item) for key, item in value.items()}
    return value

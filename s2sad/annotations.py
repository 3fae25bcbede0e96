"""Sample values from annotations that say kind and rank.

`sample_of` gives a value of the annotated type, or None where the annotation doesn't say enough:
`np.ndarray` and `NDArray[np.float64]` leave the rank open, and ranks are never guessed.
"""

from __future__ import annotations

import inspect
import re
import typing
from typing import Any

import numpy as np

SAMPLE_LENGTH = 2
SAMPLE_INTEGER = 3
SPECIFICATION = re.compile(r"^\s*(\w+)\s*(?:\[\s*(:(?:\s*,\s*:)*)\s*\])?\s*$")


def is_specification(text: str) -> bool:
    """Whether a string says dtype and rank, as in `f8[:, :]`."""
    match = SPECIFICATION.match(text)
    return match is not None and _dtype(match.group(1)) is not None and match.group(1) != "int"


def _dtype(name: str) -> np.dtype[Any] | None:
    try:
        return np.dtype(name)
    except TypeError:
        return None


def sample_of(annotation: Any, generator: np.random.Generator) -> Any:
    """A value of the annotated kind and rank, or None where the annotation doesn't say them.

    Known forms: float, int, bool, complex, a NumPy scalar class, 'f8[:, :]' (bare or inside
    `Annotated`), `np.ndarray[tuple[int, int], np.dtype[np.float64]]`, `list[...]`, `tuple[...]`.
    """
    if isinstance(annotation, str):
        return _specified(annotation, generator)
    if inspect.isclass(annotation) and typing.get_origin(annotation) is None:
        return _scalar(annotation, generator)
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _first_specified(inner, generator)
    if origin is np.ndarray and len(inner) == 2:
        return _typed_array(inner[0], inner[1], generator)
    return _container(origin, inner, generator)


def _specified(text: str, generator: np.random.Generator) -> Any:
    match = SPECIFICATION.match(text)
    dtype = _dtype(match.group(1)) if match else None
    if match is None or dtype is None:
        return None
    rank = match.group(2).count(":") if match.group(2) else 0
    return _array(rank, dtype, generator) if rank else _scalar(dtype.type, generator)


def _first_specified(inner: tuple[Any, ...], generator: np.random.Generator) -> Any:
    texts = [item for item in inner[1:] if isinstance(item, str)]
    return sample_of(texts[0] if texts else inner[0], generator)


def _typed_array(shape: Any, dtype: Any, generator: np.random.Generator) -> Any:
    axes, scalars = typing.get_args(shape), typing.get_args(dtype)
    if not axes or Ellipsis in axes or not (scalars and inspect.isclass(scalars[0])):
        return None
    return _array(len(axes), np.dtype(scalars[0]), generator)


def _container(origin: Any, inner: tuple[Any, ...], generator: np.random.Generator) -> Any:
    if origin is list and len(inner) == 1:
        items = [sample_of(inner[0], generator) for _ in range(SAMPLE_LENGTH)]
        return None if any(item is None for item in items) else items
    if origin is tuple and inner and Ellipsis not in inner:
        items = [sample_of(item, generator) for item in inner]
        return None if any(item is None for item in items) else tuple(items)
    return None


def _scalar(cls: type, generator: np.random.Generator) -> Any:
    if cls in (bool, np.bool_):
        return cls(True)
    if cls is int or issubclass(cls, np.integer):
        return cls(SAMPLE_INTEGER)
    if cls in (float, complex) or issubclass(cls, np.inexact):
        return cls(generator.uniform(0.5, 1.5))
    return None


def _array(rank: int, dtype: np.dtype[Any], generator: np.random.Generator) -> np.ndarray[Any, Any]:
    values = generator.uniform(0.5, 1.5, (SAMPLE_LENGTH,) * rank)
    return values.astype(dtype)

"""Examples of values of a type: what NumPy is tried on."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.ir.types import Dct, Dim, Lst, Num, Opaque, Static, Tup, Type


class NoExample(Exception):
    """There is no example of such a value, or the operation fails on all of them."""


Sizes = dict[str, int]


# -- running


NUMBERS: dict[str, tuple[Any, ...]] = {
    "b": (True,),
    "i": (2, 1, 0),
    "u": (2, 1, 0),
    "f": (0.5, 1.5, -0.5),
    "c": (0.5 + 0.25j,),
}


# -- examples


def example(kind: Type, sizes: Sizes, variant: int = 0) -> Any:
    """A value of the type, with the lengths that `sizes` gives to its symbols."""
    if isinstance(kind, Num):
        return _example_number(kind, sizes, variant)
    if isinstance(kind, Tup):
        items = [example(item, sizes, variant) for item in kind.items]
        return kind.cls(*items) if kind.cls else tuple(items)
    if isinstance(kind, Lst):
        count = 2 if kind.length is None else max(0, example_size(kind.length, sizes))
        return [example(kind.item, sizes, variant) for _ in range(count)]
    if isinstance(kind, Dct):
        return {key: example(item, sizes, variant) for key, item in kind.items}
    if isinstance(kind, Static):
        return kind.value
    if isinstance(kind, Opaque) and kind.name == "range":
        return range(3)
    if isinstance(kind, Opaque) and kind.name == "slice":
        return slice(0, 1)
    raise NoExample(f"no example of {kind}")


def example_size(dim: Dim, sizes: Sizes) -> int:
    return dims.evaluate(dim, lambda name: sizes.get(name, 4))


def _example_number(kind: Num, sizes: Sizes, variant: int) -> Any:
    if kind.dtype is None or kind.shape is None:
        raise NoExample(f"no example of {kind}")
    dtype = np.dtype(kind.dtype)
    if not kind.may_be_array:
        return _example_scalar(kind, dtype, sizes, variant)
    shape = tuple(max(0, example_size(dim, sizes)) for dim in kind.shape)
    if dtype.kind in "biu":
        return _indices(shape, dtype, variant)
    return _regular(shape, dtype)


def _indices(shape: tuple[int, ...], dtype: np.dtype[Any], variant: int) -> Any:
    if variant:
        return np.zeros(shape, dtype)
    count = np.arange(int(np.prod(shape))).reshape(shape)
    return (count % max(2, min(shape, default=2))).astype(dtype)


def _example_scalar(kind: Num, dtype: np.dtype[Any], sizes: Sizes, variant: int) -> Any:
    numbers = NUMBERS[dtype.kind]
    number = numbers[variant % len(numbers)]
    if kind.value is not None and dtype.kind == "i":
        number = example_size(kind.value, sizes)
    return number if kind.is_python else dtype.type(number)


def _regular(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Distinct positive entries, diagonally dominant where that has a meaning."""
    count = int(np.prod(shape))
    values = (np.arange(count) % 7 + 1.0).reshape(shape) / 8.0
    if len(shape) >= 2:
        diagonal = np.arange(min(shape[-2:]))
        values[..., diagonal, diagonal] += 8.0 * (len(diagonal) + 1)
        if shape[-1] == shape[-2]:
            values = values + np.swapaxes(values, -1, -2)
    return values.astype(dtype)

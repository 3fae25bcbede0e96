"""The join of two types: the least type that both belong to, or None where there is none."""

from __future__ import annotations

import numpy as np

from s2sad.analysis import dims
from s2sad.ir.types import PY, Bottom, Dct, Dim, Lst, Num, Obj, Static, Tup, Type


def join(a: Type, b: Type) -> Type | None:
    """The least upper bound; None for kinds that don't mix (a list and a number)."""
    if isinstance(a, Bottom) or a == b:
        return b
    if isinstance(b, Bottom):
        return a
    if isinstance(a, Num) and isinstance(b, Num):
        return _join_numbers(a, b)
    if isinstance(a, Tup) and isinstance(b, Tup):
        return _join_tuples(a, b)
    if isinstance(a, Lst) and isinstance(b, Lst):
        item = join(a.item, b.item)
        return None if item is None else Lst(item, _join_lengths(a.length, b.length))
    if isinstance(a, Dct) and isinstance(b, Dct):
        items = _join_items(a.items, b.items)
        return None if items is None else Dct(items)
    if isinstance(a, Obj) and isinstance(b, Obj) and a.cls is b.cls:
        named = _join_items(a.items, b.items)
        return None if named is None else Obj(a.cls, tuple((str(k), t) for k, t in named))
    return None


def _join_lengths(a: Dim | None, b: Dim | None) -> Dim | None:
    return None if a is None or b is None else dims.join(a, b)


def _join_tuples(a: Tup, b: Tup) -> Type | None:
    if len(a.items) != len(b.items) or a.cls is not b.cls:
        return None
    items = [join(x, y) for x, y in zip(a.items, b.items, strict=True)]
    kept = tuple(item for item in items if item is not None)
    return Tup(kept, a.cls) if len(kept) == len(items) else None


def _join_items(
    a: tuple[tuple[object, Type], ...], b: tuple[tuple[object, Type], ...]
) -> tuple[tuple[object, Type], ...] | None:
    if [k for k, _ in a] != [k for k, _ in b]:
        return None
    items = [(k, join(x, y)) for (k, x), (_, y) in zip(a, b, strict=True)]
    kept = tuple((k, t) for k, t in items if t is not None)
    return kept if len(kept) == len(items) else None


def _join_numbers(a: Num, b: Num) -> Num:
    value = a.value if a.value is not None and a.value == b.value else None
    return Num(a.forms | b.forms, _join_dtypes(a, b), _join_shapes(a, b), value)


def _join_dtypes(a: Num, b: Num) -> str | None:
    if a.dtype == b.dtype:
        return a.dtype
    if a.dtype is None or b.dtype is None:
        return None
    kinds = {np.dtype(a.dtype).kind, np.dtype(b.dtype).kind}
    if a.forms == b.forms == {PY} and kinds <= set("biuf"):
        # An int and a float under one name: the derivative sees the float.
        return "float64" if "f" in kinds else "int64"
    return None


def _join_shapes(a: Num, b: Num) -> tuple[Dim, ...] | None:
    if a.shape is None or b.shape is None or len(a.shape) != len(b.shape):
        return None
    return tuple(dims.join(x, y) for x, y in zip(a.shape, b.shape, strict=True))


def type_of_constant(value: object) -> Type:
    """The type of a value that stands in the code."""
    if isinstance(value, bool):
        return Num(frozenset({PY}), "bool")
    if isinstance(value, int):
        return Num(frozenset({PY}), "int64", (), dims.constant(value))
    if isinstance(value, float):
        return Num(frozenset({PY}), "float64")
    if isinstance(value, complex):
        return Num(frozenset({PY}), "complex128")
    if isinstance(value, tuple) and type(value) is tuple:
        return Tup(tuple(type_of_constant(item) for item in value))
    return Static(value)

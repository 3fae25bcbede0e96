"""Copies on the page, by the type of what is copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from s2sad.emit.nodes import (
    attribute,
    call,
    constant,
    dotted,
    name,
    store,
    subscript,
    tuple_of,
    wrong,
)
from s2sad.emit.tree import Expr, Ref
from s2sad.ir.types import PY, Bottom, Dct, Lst, Num, Obj, Saved, Static, Tup, Type, may_share

# -- copies


def copied(kind: Type, expr: Expr, make: Callable[[], Any]) -> Any:
    """A copy, by the type of what is copied; `make` gives its node, a new one at each call. That
    of an argument keeps its layout, on which the order of sums depends."""
    if isinstance(expr, Ref) and expr.local.fixed and _has_layout(kind):
        keep = gast.keyword("order", constant("K"))
        return gast.Call(attribute(make(), "copy"), [], [keep])
    return _copy(kind, make, 0)


def _has_layout(kind: Type) -> bool:
    return isinstance(kind, Num) and kind.is_array and (kind.shape is None or len(kind.shape) > 1)


def _copy(kind: Type, make: Callable[[], Any], depth: int) -> Any:
    if not may_share(kind) or isinstance(kind, Bottom | Static):
        return make()
    if isinstance(kind, Num):
        return _copy_number(kind, make)
    if isinstance(kind, Lst):
        return _copy_list(kind, make, depth)
    if isinstance(kind, Tup):
        return _copy_tuple(kind, make, depth)
    if isinstance(kind, Dct):
        keys = [constant(key) for key, _ in kind.items]
        parts = [_copy(t, _item(make, key), depth) for key, t in kind.items]
        return gast.Dict(keys, parts)
    if isinstance(kind, Obj):
        parts = [_copy(t, _field(make, key), depth) for key, t in kind.items]
        return call(name("rebuilt"), [make(), *parts])
    if isinstance(kind, Saved):
        return call(name("copied"), [make()])
    raise wrong(f"no way to copy a {kind}")


def _field(make: Callable[[], Any], key: str) -> Callable[[], Any]:
    return lambda: attribute(make(), key)


def _item(make: Callable[[], Any], key: Any) -> Callable[[], Any]:
    return lambda: subscript(make(), constant(key))


def _copy_number(kind: Num, make: Callable[[], Any]) -> Any:
    copy = call(attribute(make(), "copy"), [])
    if PY not in kind.forms:
        return copy
    test = call(name("isinstance"), [make(), dotted("np.ndarray")])
    return gast.IfExp(test, copy, make())


def _copy_tuple(kind: Tup, make: Callable[[], Any], depth: int) -> Any:
    fields = getattr(kind.cls, "_fields", None)
    if fields is None:
        return tuple_of([_copy(t, _item(make, k), depth) for k, t in enumerate(kind.items)])
    parts = [
        (field, _copy(t, _item(make, k), depth))
        for k, (field, t) in enumerate(zip(fields, kind.items, strict=True))
    ]
    # Saved of an arm that wasn't taken, it is None.
    absent = gast.Compare(make(), [gast.Is()], [constant(None)])
    return gast.IfExp(absent, constant(None), call(attribute(make(), "_replace"), [], parts))


def _copy_list(kind: Lst, make: Callable[[], Any], depth: int) -> Any:
    if not may_share(kind.item):
        return call(name("list"), [make()])
    item = f"item_{depth}" if depth else "item"
    element = _copy(kind.item, lambda: name(item), depth + 1)
    loop = gast.comprehension(store(item), make(), [], 0)
    return gast.ListComp(element, [loop])

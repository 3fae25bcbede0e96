"""Gradients in the kinds of the arguments: the text that converts what a page returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.dispatcher.guards import Names
from s2sad.dispatcher.loading import load
from s2sad.ir import types as T
from s2sad.runtime.helpers import rebuilt


def tuple_text(texts: list[str]) -> str:
    """A tuple of expressions."""
    return "(" + "".join(f"{text}, " for text in texts).rstrip() + ")"


def projection_of(kinds: list[T.Type]) -> Callable[[Any], tuple[Any, ...]]:
    """A function from the gradients that a page gives to those of the arguments' kinds."""
    names = Names()
    texts = [project(kind, f"gradients[{k}]", names) for k, kind in enumerate(kinds)]
    text = f"def project(gradients):\n    return {tuple_text(texts)}\n"
    return load(text, "projection", names.values)["project"]  # type: ignore[no-any-return]


def project(kind: T.Type, text: str, names: Names) -> str:
    """An expression that converts a gradient to the kind of its argument. The page returns the
    right shapes and dtypes of arrays, but knows no difference between `float`, `np.float64` and
    an array of no axes."""
    if isinstance(kind, T.Num):
        return _project_number(kind, text, names)
    if isinstance(kind, T.Tup):
        return _project_tuple(kind, text, names)
    if isinstance(kind, T.Lst):
        element = f"{names.prefix}element"
        item = project(kind.item, element, names)
        return text if item == element else f"[{item} for {element} in {text}]"
    if isinstance(kind, T.Dct):
        pairs = [(key, f"{text}[{key!r}]", item) for key, item in kind.items]
        texts = [(key, old, project(item, old, names)) for key, old, item in pairs]
        if all(old == new for _, old, new in texts):
            return text
        return "{" + ", ".join(f"{key!r}: {new}" for key, _, new in texts) + "}"
    if isinstance(kind, T.Obj):
        return _project_object(kind, text, names)
    return text


def _project_object(kind: T.Obj, text: str, names: Names) -> str:
    """An object is rebuilt from its projected attributes, where one needs it."""
    olds = [f"{text}.{key}" for key, _ in kind.items]
    news = [project(item, old, names) for (_, item), old in zip(kind.items, olds, strict=True)]
    if news == olds:
        return text
    return f"{names.of(rebuilt, 'rebuilt')}({text}, {', '.join(news)})"


def _project_number(kind: T.Num, text: str, names: Names) -> str:
    if kind.is_python and kind.dtype in ("float64", "complex128"):
        return f"{names.builtin('float' if kind.dtype == 'float64' else 'complex')}({text})"
    if kind.forms == frozenset({T.NP}):
        return f"{names.of(np.dtype(kind.dtype).type, 'scalar')}({text})"
    if kind.is_array and kind.shape == ():
        asarray, dtype = names.of(np.asarray, "asarray"), names.of(np.dtype(kind.dtype), "dtype")
        return f"{asarray}({text}, {dtype})"
    return text


def _project_tuple(kind: T.Tup, text: str, names: Names) -> str:
    olds = [f"{text}[{k}]" for k in range(len(kind.items))]
    news = [project(item, old, names) for item, old in zip(kind.items, olds, strict=True)]
    if news == olds:
        return text
    return f"{names.of(kind.cls, 'class')}({', '.join(news)})" if kind.cls else tuple_text(news)

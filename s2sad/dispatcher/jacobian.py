"""What `jacfwd` and `jacrev` call: seeds for all directions, one run of the page, and the blocks
of the result where they belong.

A page of many directions takes tangents (or a cotangent) with a leading axis, and gives tangents
(or cotangents) with such an axis. Here the directions are the unit vectors of all the floats of
the arguments (or of the value), in order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from s2sad.dispatcher.entry import Specialisation
from s2sad.dispatcher.pullback import reverse_sweep
from s2sad.errors import type_error
from s2sad.ir import types as T
from s2sad.request import Options, added_name
from s2sad.runtime.classes import attributes, has_attributes
from s2sad.runtime.helpers import rebuilt

Leaf = Callable[[Any], Any]


def map_tree(function: Leaf, tree: Any) -> Any:
    """The tree with its numbers and arrays replaced; strings and None become None."""
    if isinstance(tree, list):
        return [map_tree(function, item) for item in tree]
    if isinstance(tree, tuple):
        items = [map_tree(function, item) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    if isinstance(tree, dict):
        return {key: map_tree(function, item) for key, item in tree.items()}
    if isinstance(tree, (float, complex, np.generic, np.ndarray)):
        return function(tree) if np.asarray(tree).dtype.kind in "fc" else None
    if has_attributes(tree):
        return rebuilt(tree, *(map_tree(function, item) for item in attributes(tree).values()))
    return None


def leaves_of(tree: Any) -> list[Any]:
    """The floats and arrays of floats of a tree, in order."""
    found: list[Any] = []
    map_tree(found.append, tree)
    return found


def total_size(tree: Any) -> int:
    """How many floats a tree holds."""
    return sum(np.size(leaf) for leaf in leaves_of(tree))


def size_of_type(kind: T.Type, sizes: dict[str, int]) -> int | None:
    """How many floats a value of a type holds, where its lengths are known. sizes: what their
    symbols stand for."""
    if isinstance(kind, T.Num):
        return _size_of_number(kind, sizes) if kind.is_continuous else 0
    if isinstance(kind, T.Tup):
        items: tuple[T.Type, ...] = kind.items
    elif isinstance(kind, (T.Dct, T.Obj)):
        items = tuple(item for _, item in kind.items)
    else:
        return 0 if isinstance(kind, (T.Opaque, T.Static)) else None
    found = [size_of_type(item, sizes) for item in items]
    return None if None in found else sum(n for n in found if n is not None)


def _size_of_number(kind: T.Num, sizes: dict[str, int]) -> int | None:
    terms = [name for dim in kind.shape or () for name, _ in dim.terms]
    if kind.shape is None or any(name not in sizes for name in terms):
        return None
    lengths = (d.constant + sum(c * sizes[name] for name, c in d.terms) for d in kind.shape)
    return math.prod(max(n, 0) for n in lengths)


def unit_directions(tree: Any) -> Any:
    """The tree with every leaf of shape s replaced by an array of shape (count, *s): direction by
    direction, a unit vector. Where there is no float at all, one direction of zeros."""
    count, done = total_size(tree), 0

    def basis(leaf: Any) -> Any:
        nonlocal done
        array = np.asarray(leaf)
        made = np.zeros((max(count, 1), array.size), array.dtype)
        made[done : done + array.size] = np.eye(array.size, dtype=array.dtype)
        done += array.size
        return made.reshape(max(count, 1), *array.shape)

    return map_tree(basis, tree)


def blocks(leaf: Any, inner: Any, cut: Callable[[int, int, Any], Any]) -> Any:
    """For one leaf of the value, the tree of the argument with the block of the Jacobian for each
    of its leaves. cut: from the first direction, how many, and the leaf of the argument."""
    done = 0

    def block(other: Any) -> Any:
        nonlocal done
        size = np.size(other)
        made = cut(done, size, other)
        done += size
        return fitting(made, leaf, other)

    return map_tree(block, inner)


def fitting(block: Any, out: Any, argument: Any) -> Any:
    """A block in the precision of the argument (complex where the value is), and of its kind
    where it has no axes."""
    dtype = np.asarray(argument).dtype
    if np.iscomplexobj(out):
        dtype = np.result_type(dtype, np.complex64)
    made = np.asarray(block) if np.iscomplexobj(np.empty(0, dtype)) else np.real(block)
    made = made.astype(dtype, copy=False)
    if made.shape != () or isinstance(argument, np.ndarray):
        return made
    if isinstance(argument, np.generic):
        return made[()]
    return made[()].item()


def make_forward_jacobian(
    values: dict[str, Any],
    spec: Specialisation,
    wrt: tuple[int, ...],
    single: bool,
    options: Options,
) -> Any:
    """The Jacobian by one pass of tangents, and aux where there is one."""
    holomorphic = options.holomorphic
    names = [spec.arguments[k].name for k in wrt]
    arguments = tuple(values[name] for name in names)
    _check_real(arguments, holomorphic, "argument")
    pairs = zip(names, unit_directions(arguments), strict=True)
    seeds = {added_name(f"{name}_dot", values): seed for name, seed in pairs}
    out, out_dot = _explained(spec, {**values, **seeds})
    value = out[0] if options.has_aux else out
    _check_holomorphic(arguments, value, holomorphic)
    dots = iter(leaves_of(out_dot))
    inner = arguments[0] if single else arguments

    def of_leaf(leaf: Any) -> Any:
        dot = next(dots)

        def cut(first: int, count: int, other: Any) -> Any:
            columns = np.moveaxis(dot[first : first + count], 0, -1)
            return columns.reshape(np.shape(leaf) + np.shape(other))

        return blocks(leaf, inner, cut)

    found = map_tree(of_leaf, value)
    return (found, out[1]) if options.has_aux else found


def make_reverse_jacobian(
    forward: Any,
    spec: Specialisation,
    arguments: tuple[Any, ...],
    single: bool,
    options: Options,
) -> Any:
    """The Jacobian by one reverse sweep of cotangents, and aux where there is one. forward: what
    the forward sweep gave."""
    holomorphic = options.holomorphic
    out, reverse = reverse_sweep(forward, spec)
    value = out[0] if options.has_aux else out
    _check_holomorphic(arguments, value, holomorphic)
    _check_real(value, holomorphic, "value")
    bars = reverse(unit_directions(value))
    done = 0

    def of_leaf(leaf: Any) -> Any:
        nonlocal done
        rows = slice(done, done + np.size(leaf))
        done += np.size(leaf)
        found = iter(leaves_of(bars))

        def cut(first: int, count: int, other: Any) -> Any:
            return next(found)[rows].reshape(np.shape(leaf) + np.shape(other))

        return blocks(leaf, arguments[0] if single else arguments, cut)

    made = map_tree(of_leaf, value)
    return (made, out[1]) if options.has_aux else made


def _explained(spec: Specialisation, given: dict[str, Any]) -> Any:
    """What the page gives; its exceptions name the primal's line."""
    try:
        return spec.functions[0](**given)
    except Exception as error:
        spec.explain(error)
        raise


def _complex_leaves(tree: Any) -> Iterator[Any]:
    return (leaf for leaf in leaves_of(tree) if np.iscomplexobj(leaf))


def _check_real(tree: Any, holomorphic: bool, what: str) -> None:
    if not holomorphic and any(True for _ in _complex_leaves(tree)):
        raise type_error(
            "S414",
            f"the {what} is complex: its derivative is no single complex number in general",
            "a complex function has a complex derivative only where it is holomorphic",
            "pass holomorphic=True if it is, or differentiate the real and the imaginary part",
        )


def _check_holomorphic(arguments: Any, out: Any, holomorphic: bool) -> None:
    if not holomorphic:
        return
    for tree, what in ((arguments, "argument"), (out, "value")):
        if any(not np.iscomplexobj(leaf) for leaf in leaves_of(tree)):
            raise type_error(
                "S414",
                f"holomorphic=True, but the {what} is real",
                "a holomorphic function takes and gives complex numbers",
                "leave holomorphic out for real functions, or pass complex arguments",
            )

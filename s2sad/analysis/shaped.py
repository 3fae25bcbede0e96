"""Types of results of products, and of functions that take a shape: symbol by symbol.

Each function gives None where it has nothing better to say than an example.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.ir.data import Atom, Const
from s2sad.ir.types import ARRAY, NP, Dim, Lst, Num, Static, Tup, Type
from s2sad.rules.views import flat

Shape = tuple[Dim, ...]
Args = tuple[Atom, ...]
Statics = dict[str, Any]


# -- shapes given as arguments


def _reshaped(types: list[Type], args: Args, static: Statics) -> Type | None:
    """reshape, broadcast_to: the lengths are those of the shape argument."""
    base = types[0]
    if not isinstance(base, Num):
        return None
    shape = _shape_argument(types[1:]) if len(types) > 1 else None
    if shape is None and "shape" in static:
        shape = _lengths_of_constant(static["shape"])
    if shape is None:
        return None
    shape = tuple(dims.fresh(0) if dim.known == -1 or dim.least is None else dim for dim in shape)
    return Num(frozenset({ARRAY}), base.dtype, shape)


def _lengths_of_constant(value: Any) -> Shape | None:
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not all(isinstance(n, int) for n in numbers):
        return None
    return tuple(dims.constant(n) for n in numbers)


def _shape_argument(types: list[Type]) -> Shape | None:
    if len(types) == 1:
        return lengths_of(types[0])
    found = [lengths_of(kind) for kind in types]
    known = [f for f in found if f is not None and len(f) == 1]
    return tuple(f[0] for f in known) if len(known) == len(found) else None


def lengths_of(kind: Type) -> Shape | None:
    """The lengths that an integer or a tuple of integers stands for."""
    if isinstance(kind, Num) and not kind.may_be_array and kind.value is not None:
        return (kind.value,)
    if isinstance(kind, Num) and not kind.may_be_array and kind.dtype == "int64":
        return (dims.fresh(0),)
    if isinstance(kind, Tup):
        parts = [lengths_of(item) for item in kind.items]
        known = [p for p in parts if p is not None and len(p) == 1]
        return tuple(p[0] for p in known) if len(known) == len(parts) else None
    return None


def _dtype_of(types: list[Type], args: Args, static: Statics, position: int) -> Any:
    """The dtype that is asked for: None where there is none, NotImplemented where unclear."""
    if "dtype" in static:
        return static["dtype"]
    if len(args) <= position:
        return None
    kind = types[position]
    if isinstance(args[position], Const):
        return args[position].value  # type: ignore[union-attr]
    return kind.value if isinstance(kind, Static) else NotImplemented


def _created(types: list[Type], args: Args, static: Statics) -> Type | None:
    """zeros, ones, empty: lengths from the shape, dtype from the second argument."""
    shape = lengths_of(types[0]) if types else None
    dtype = _dtype_of(types, args, static, 1)
    if shape is None or dtype is NotImplemented:
        return None
    return Num(frozenset({ARRAY}), np.dtype(dtype).name, shape)


def _filled(types: list[Type], args: Args, static: Statics) -> Type | None:
    """full: the dtype is that of the value."""
    if len(types) < 2 or not isinstance(types[1], Num) or types[1].dtype is None:
        return None
    shape, dtype = lengths_of(types[0]), _dtype_of(types, args, static, 2)
    if shape is None or dtype is NotImplemented:
        return None
    dtype = types[1].dtype if dtype is None else dtype
    return Num(frozenset({ARRAY}), np.dtype(dtype).name, shape)


def _split(types: list[Type], args: Args, static: Statics) -> Type | None:
    """split and array_split: a list of parts that differ in one length."""
    base = types[0]
    if not isinstance(base, Num) or base.shape is None or not base.is_array:
        return None
    count = _parts(types[1], args[1]) if len(args) > 1 else None
    axis = static.get("axis", args[2].value if len(args) > 2 and isinstance(args[2], Const) else 0)
    if not isinstance(axis, int) or not -len(base.shape) <= axis < len(base.shape):
        return None
    return _parts_along(base, axis, count)


def _parts_along(base: Num, axis: int, count: Dim | None) -> Type:
    assert base.shape is not None
    shape = list(base.shape)
    shape[axis] = dims.fresh(0)
    return Lst(Num(base.forms, base.dtype, tuple(shape)), count or dims.fresh(1))


def _vertical(types: list[Type], args: Args, static: Statics) -> Type | None:
    base = types[0]
    if not isinstance(base, Num) or not base.shape or not base.is_array:
        return None
    return _parts_along(base, 0, _parts(types[1], args[1]))


def _horizontal(types: list[Type], args: Args, static: Statics) -> Type | None:
    base = types[0]
    if not isinstance(base, Num) or not base.shape or not base.is_array:
        return None
    return _parts_along(base, min(1, len(base.shape) - 1), _parts(types[1], args[1]))


def _parts(kind: Type, atom: Atom) -> Dim | None:
    """The number of parts, for a number of sections or the places of cuts."""
    if isinstance(kind, Num) and kind.value is not None:
        return kind.value
    if isinstance(kind, Tup):
        return dims.constant(len(kind.items) + 1)
    if isinstance(kind, Lst) and kind.length is not None:
        return dims.add(kind.length, dims.constant(1))
    return None


# -- products


def _arrays(types: list[Type]) -> tuple[Num, Num] | None:
    if len(types) < 2:
        return None
    a, b = types[:2]
    if isinstance(a, Num) and isinstance(b, Num) and a.is_array and b.is_array:
        return a, b
    return None


def _common_dtype(*kinds: Num) -> str | None:
    names = [kind.dtype for kind in kinds if kind.dtype is not None]
    return np.result_type(*names).name if len(names) == len(kinds) else None


def _product_type(shape: Shape | None, dtype: str | None) -> Num:
    forms = {ARRAY, NP} if shape is None else {ARRAY} if shape else {NP}
    return Num(frozenset(forms), dtype, shape)


def _matmul(types: list[Type], args: Args, static: Statics) -> Type | None:
    """Rows of one, columns of the other; the axes before the last two are broadcast."""
    return _product(types, static, _matmul_shape)


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    front = dims.broadcast_shapes(a[:-2], b[:-2])
    return (*front, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _dot(types: list[Type], args: Args, static: Statics) -> Type | None:
    """All axes of one but the last, all of the other but the last but one."""
    return _product(types, static, _dot_shape)


def _dot_shape(a: Shape, b: Shape) -> Shape:
    return (*a[:-1], *((*b[:-2], b[-1]) if len(b) > 1 else ()))


def _product(
    types: list[Type], static: Statics, shape_of: Callable[[Shape, Shape], Shape]
) -> Type | None:
    """The product of two arrays, of unknown shape where one of theirs is."""
    pair = _arrays(types)
    if pair is None or static or len(types) > 2:
        return None
    a, b = pair
    if a.shape and b.shape:
        return _product_type(shape_of(a.shape, b.shape), _common_dtype(a, b))
    unknown = a.shape is None or b.shape is None
    return _product_type(None, _common_dtype(a, b)) if unknown else None


def _vdot(types: list[Type], args: Args, static: Statics) -> Type | None:
    pair = _arrays(types)
    return None if pair is None else Num(frozenset({NP}), _common_dtype(*pair))


def _solve(types: list[Type], args: Args, static: Statics) -> Type | None:
    """Of single systems: as many unknowns as the right-hand side has entries."""
    pair = _arrays(types)
    if pair is None or pair[0].shape is None or len(pair[0].shape) != 2 or not pair[1].shape:
        return None
    if len(pair[1].shape) > 2:
        return None
    dtype = _common_dtype(*pair)
    if dtype is None or np.dtype(dtype).kind not in "fc":
        return None
    return Num(frozenset({ARRAY}), dtype, pair[1].shape)


def _square(types: list[Type], args: Args, static: Statics) -> Type | None:
    """inv, cholesky: of the shape of the argument."""
    a = types[0] if types else None
    if not (isinstance(a, Num) and a.is_array and a.dtype is not None and len(types) == 1):
        return None
    if static or np.dtype(a.dtype).kind not in "fc" or a.shape is None or len(a.shape) < 2:
        return None
    return Num(frozenset({ARRAY}), a.dtype, a.shape)


def _eig(types: list[Type], args: Args, static: Statics) -> Type | None:
    """Eigenvalues and eigenvectors of real matrices are complex where they have to be."""
    values, vectors = _eigvals(types, args, static), types[0]
    if not isinstance(values, Num) or not isinstance(vectors, Num):
        return None
    return Tup((values, Num(vectors.forms, values.dtype, vectors.shape)), EIG)


def _eigvals(types: list[Type], args: Args, static: Statics) -> Type | None:
    a = types[0]
    if not isinstance(a, Num) or not a.is_array or not a.shape:
        return None
    dtype = a.dtype if a.dtype is not None and np.dtype(a.dtype).kind == "c" else None
    return Num(frozenset({ARRAY}), dtype, a.shape[:-1])


def _real_if_close(types: list[Type], args: Args, static: Statics) -> Type | None:
    """Of complex arrays, real or complex by their values."""
    a = types[0]
    if isinstance(a, Num) and a.is_array and a.dtype is not None and np.dtype(a.dtype).kind == "c":
        return Num(a.forms, None, a.shape)
    return None


def _roots(types: list[Type], args: Args, static: Statics) -> Type | None:
    """Real or complex; leading and trailing zeros among the coefficients give none."""
    return Num(frozenset({ARRAY}), None, (dims.fresh(0),))


EIG = type(np.linalg.eig(np.eye(1)))


def _einsum(types: list[Type], args: Args, static: Statics) -> Type | None:
    """Letter by letter; those of several operands are broadcast."""
    text = args[0].value if isinstance(args[0], Const) else None
    operands = [k for k in types[1:] if isinstance(k, Num) and k.shape is not None]
    if not isinstance(text, str) or "." in text or len(operands) != len(types) - 1:
        return None
    inputs, _, output = text.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if "->" not in text:
        letters = sorted(inputs.replace(",", ""))
        output = "".join(c for c in letters if letters.count(c) == 1)
    lengths = _letters(terms, operands)
    if not output or lengths is None or any(c not in lengths for c in output):
        return None
    return Num(frozenset({ARRAY}), _common_dtype(*operands), tuple(lengths[c] for c in output))


def _letters(terms: list[str], operands: list[Num]) -> dict[str, Dim] | None:
    lengths: dict[str, Dim] = {}
    if len(terms) != len(operands):
        return None
    for term, operand in zip(terms, operands, strict=True):
        assert operand.shape is not None
        if len(term) != len(operand.shape):
            return None
        for letter, dim in zip(term, operand.shape, strict=True):
            lengths[letter] = dims.broadcast(lengths[letter], dim) if letter in lengths else dim
    return lengths


def _flat(types: list[Type], args: Args, static: Statics) -> Type | None:
    """`.flat`: as many elements as the array has."""
    base = types[0]
    if not isinstance(base, Num) or base.shape is None:
        return None
    if len(base.shape) == 1:
        return Num(frozenset({ARRAY}), base.dtype, base.shape)
    size = 1
    for dim in base.shape:
        size *= dim.constant if not dim.terms else max(0, dim.least or 0)
    known = all(not dim.terms for dim in base.shape)
    length = dims.constant(size) if known else dims.fresh(size)
    return Num(frozenset({ARRAY}), base.dtype, (length,))


SHAPED: dict[Any, Callable[[list[Type], Args, Statics], Type | None]] = {
    np.reshape: _reshaped, np.broadcast_to: _reshaped,
    np.zeros: _created, np.ones: _created, np.empty: _created, np.full: _filled,
    np.split: _split, np.array_split: _split, np.vsplit: _vertical, np.hsplit: _horizontal,
    np.matmul: _matmul, np.dot: _dot, np.vdot: _vdot, np.einsum: _einsum,
    flat: _flat, np.linalg.solve: _solve, np.linalg.inv: _square, np.linalg.cholesky: _square,
    np.linalg.eig: _eig, np.linalg.eigvals: _eigvals,
    np.real_if_close: _real_if_close, np.roots: _roots,
}  # fmt: skip

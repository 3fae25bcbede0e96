"""Types of results: what an operation gives for arguments of given types.

Elementwise operations broadcast symbolically. Everything else is *run* on small examples whose
axes have distinct lengths, twice, and the lengths that come out are read back as symbols:
so NumPy itself says what its dtypes (NEP 50), kinds and shapes are, with no table of ours.
Where the example can't be run, or lengths depend on values, lengths are fresh symbols.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.joins import join, type_of_constant
from s2sad.ir.data import Atom, Const, Op, Undefined
from s2sad.ir.types import (
    ARRAY,
    NP,
    PY,
    Bottom,
    Dct,
    Dim,
    Lst,
    Num,
    Opaque,
    Static,
    Tup,
    Type,
)
from s2sad.rules.registry import rules_of


class NoExample(Exception):
    """There is no example of such a value, or the operation fails on all of them."""


def type_of(atom: Atom) -> Type:
    if isinstance(atom, Const):
        return atom.type
    if isinstance(atom, Undefined):
        return Bottom()
    return atom.type


def infer(op: Op, args: tuple[Atom, ...], static: dict[str, Any]) -> Type:
    """The type of the result of a library operation, method, attribute or operator."""
    types = [type_of(a) for a in args]
    if any(isinstance(kind, Bottom) for kind in types):
        return Bottom()
    if is_broadcasting(op) and all(isinstance(kind, Num) for kind in types):
        return _elementwise(op, [k for k in types if isinstance(k, Num)], args, static)
    special = _SHAPED.get(op.rule)
    found = special(types, args, static) if special is not None else None
    return found if found is not None else _by_example(op, args, static)


def is_broadcasting(op: Op) -> bool:
    """Whether the operation is elementwise over broadcast arguments."""
    target = op.rule
    if isinstance(target, np.ufunc):
        return target.signature is None
    return target is np.where or any(rule.kind == "elementwise" for rule in rules_of(target))


# -- elementwise


def _elementwise(op: Op, kinds: list[Num], args: tuple[Atom, ...], static: dict[str, Any]) -> Type:
    shape: tuple[Dim, ...] | None = ()
    for kind in kinds:
        if shape is None or kind.shape is None:
            shape = None
        else:
            shape = dims.broadcast_shapes(shape, kind.shape)
    plain = _forms_and_dtype(op, kinds, args, static)
    if plain is None:
        forms = frozenset({ARRAY}) if any(k.is_array for k in kinds) else frozenset({ARRAY, NP})
        return Num(forms, None, shape)
    result = Num(plain.forms, plain.dtype, shape)
    return _with_value(op, kinds, result)


def _forms_and_dtype(
    op: Op, kinds: list[Num], args: tuple[Atom, ...], static: dict[str, Any]
) -> Num | None:
    """By running the operation on one-element examples of every combination of forms."""
    if any(kind.dtype is None for kind in kinds):
        return None
    result: Type | None = Bottom()
    for forms in itertools.product(*(sorted(kind.forms) for kind in kinds)):
        samples = [_unit_samples(f, k, a) for f, k, a in zip(forms, kinds, args, strict=True)]
        value = _first_success(op.function, samples, static)
        found = _number_type(value, _rank_one)
        result = found if result is None else join(result, found)
    return result if isinstance(result, Num) else None


def _rank_one(shape: tuple[int, ...]) -> tuple[Dim, ...]:
    return ()


_NUMBERS: dict[str, tuple[Any, ...]] = {
    "b": (True,),
    "i": (2, 1, 0),
    "u": (2, 1, 0),
    "f": (0.5, 1.5, -0.5),
    "c": (0.5 + 0.25j,),
}


def _unit_samples(form: str, kind: Num, atom: Atom) -> list[Any]:
    if isinstance(atom, Const):
        return [atom.value]
    dtype = np.dtype(kind.dtype)
    numbers = _NUMBERS[dtype.kind]
    if form == PY:
        return list(numbers)
    if form == NP:
        return [dtype.type(number) for number in numbers]
    rank = len(kind.shape) if kind.shape else 0
    # A 0-d array and an array of rank one and more give different kinds of results.
    return [np.full((1,) * rank, number, dtype) for number in numbers]


def _first_success(
    function: Callable[..., Any], samples: list[list[Any]], static: dict[str, Any]
) -> Any:
    longest = max((len(s) for s in samples), default=1)
    error: Exception | None = None
    for k in range(longest):
        row = [s[min(k, len(s) - 1)] for s in samples]
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return function(*row, **static)
        except Exception as caught:  # noqa: BLE001  (whatever the example raises, try the next)
            error = caught
    raise NoExample(str(error)) from error


def _with_value(op: Op, kinds: list[Num], result: Num) -> Num:
    """Sums, differences and constant multiples of integers keep their symbol."""
    if not result.is_python or result.dtype != "int64":
        return result
    return Num(result.forms, result.dtype, (), _value(op, [k.value for k in kinds]))


def _value(op: Op, values: list[Dim | None]) -> Dim:
    known = [v for v in values if v is not None]
    if len(known) == len(values) == 2:
        a, b = known
        if op.name == "add":
            return dims.add(a, b)
        if op.name == "sub":
            return dims.add(a, b, -1)
        if op.name == "mul" and not b.terms:
            return dims.scale(a, b.constant)
        if op.name == "mul" and not a.terms:
            return dims.scale(b, a.constant)
        if op.name == "floordiv" and all(v.least is not None and v.least >= 0 for v in known):
            return dims.fresh(0)
    if len(known) == len(values) == 1 and op.name == "neg":
        return dims.scale(known[0], -1)
    return dims.fresh(None)


# -- shapes given as arguments, and products


def _reshaped(types: list[Type], args: tuple[Atom, ...], static: dict[str, Any]) -> Type | None:
    """reshape, broadcast_to: the lengths are those of the shape argument."""
    base = types[0]
    if not isinstance(base, Num):
        return None
    shape = _shape_argument(types[1:], args[1:]) if len(types) > 1 else None
    if shape is None and "shape" in static:
        shape = _lengths_of(type_of_constant(static["shape"]))
    if shape is None:
        return None
    if any(dim.known == -1 for dim in shape):
        shape = tuple(dims.fresh(0) if dim.known == -1 else dim for dim in shape)
    return Num(frozenset({ARRAY}), base.dtype, shape)


def _shape_argument(types: list[Type], args: tuple[Atom, ...]) -> tuple[Dim, ...] | None:
    if len(types) == 1:
        return _lengths_of(types[0])
    found = [_lengths_of(kind) for kind in types]
    known = [f for f in found if f is not None and len(f) == 1]
    return tuple(f[0] for f in known) if len(known) == len(found) else None


def _lengths_of(kind: Type) -> tuple[Dim, ...] | None:
    if isinstance(kind, Num) and not kind.may_be_array and kind.value is not None:
        return (kind.value,)
    if isinstance(kind, Num) and not kind.may_be_array and kind.dtype == "int64":
        return (dims.fresh(0),)
    if isinstance(kind, Tup):
        parts = [_lengths_of(item) for item in kind.items]
        known = [p for p in parts if p is not None and len(p) == 1]
        return tuple(p[0] for p in known) if len(known) == len(parts) else None
    return None


def _created(types: list[Type], args: tuple[Atom, ...], static: dict[str, Any]) -> Type | None:
    """zeros, ones, empty: lengths from the shape, dtype from the second argument."""
    shape = _lengths_of(types[0])
    dtype = static.get("dtype", args[1].value if len(args) > 1 and isinstance(args[1], Const)
                       else float)
    if shape is None or len(args) > 1 and not isinstance(args[1], Const):
        return None
    return Num(frozenset({ARRAY}), np.dtype(dtype).name, shape)


def _product(types: list[Type], args: tuple[Atom, ...], static: dict[str, Any]) -> Type | None:
    """matmul and dot of vectors and matrices: rows of one, columns of the other."""
    a, b = types[:2]
    if not (isinstance(a, Num) and isinstance(b, Num) and a.is_array and b.is_array):
        return None
    if a.shape is None or b.shape is None or a.dtype is None or b.dtype is None:
        return None
    if static or not (1 <= len(a.shape) <= 2 and 1 <= len(b.shape) <= 2):
        return None
    dtype = np.result_type(a.dtype, b.dtype).name
    shape = (*a.shape[:-1], *(b.shape[1:]))
    return Num(frozenset({ARRAY if shape else NP}), dtype, shape)


_SHAPED: dict[Any, Any] = {
    np.reshape: _reshaped, np.broadcast_to: _reshaped,
    np.zeros: _created, np.ones: _created, np.empty: _created,
    np.matmul: _product, np.dot: _product,
}  # fmt: skip


# -- by example


def _by_example(op: Op, args: tuple[Atom, ...], static: dict[str, Any]) -> Type:
    symbols = _symbols(args)
    free = _has_free_integers(args)
    dependent = any(rule.data_dependent for rule in rules_of(op.rule)) or free
    for assign in (_distinct(symbols), _uniform(symbols)):
        try:
            first, second = (_run(op, args, static, sizes) for sizes in assign)
        except NoExample:
            continue
        candidates = [] if dependent else _candidates(args, symbols)
        return _read_back(first, second, candidates, assign, dependent)
    return _last_resort(op, args)


def _last_resort(op: Op, args: tuple[Atom, ...]) -> Type:
    raise NoExample(f"{op.name} could not be tried on examples of its arguments")


Sizes = dict[str, int]


def _distinct(symbols: list[Dim]) -> tuple[Sizes, Sizes]:
    names = [dim.terms[0][0] for dim in symbols]
    first = {name: 2 + k for k, name in enumerate(names)}
    second = {name: 3 + 2 * k for k, name in enumerate(names)}
    return first, second


def _uniform(symbols: list[Dim]) -> tuple[Sizes, Sizes]:
    names = [dim.terms[0][0] for dim in symbols]
    return dict.fromkeys(names, 3), dict.fromkeys(names, 5)


def _symbols(args: Iterable[Atom]) -> list[Dim]:
    """The symbols of all arguments, each as a length of its own, in order of appearance."""
    found: dict[str, Dim] = {}
    for dim in _all_dims(args):
        for name, _ in dim.terms:
            alone = len(dim.terms) == 1 and dim.terms[0] == (name, 1) and dim.constant == 0
            if name not in found or alone:
                found[name] = dim if alone else Dim(0, ((name, 1),), None)
    return list(found.values())


def _all_dims(args: Iterable[Atom]) -> list[Dim]:
    result: list[Dim] = []
    for atom in args:
        if not isinstance(atom, Const):
            result += _dims_of(type_of(atom))
    return result


def _dims_of(kind: Type) -> list[Dim]:
    if isinstance(kind, Num):
        return [*(kind.shape or ()), *((kind.value,) if kind.value is not None else ())]
    if isinstance(kind, Tup):
        return [dim for item in kind.items for dim in _dims_of(item)]
    if isinstance(kind, Lst):
        return [*_dims_of(kind.item), *((kind.length,) if kind.length is not None else ())]
    if isinstance(kind, Dct):
        return [dim for _, item in kind.items for dim in _dims_of(item)]
    return []


def _has_free_integers(args: Iterable[Atom]) -> bool:
    """Whether lengths may come from an integer of which nothing is known."""
    kinds = [type_of(a) for a in args if not isinstance(a, Const)]
    return any(
        isinstance(kind, Num) and not kind.is_array and kind.dtype == "int64" and kind.value is None
        for kind in kinds
    )


def _run(op: Op, args: tuple[Atom, ...], static: dict[str, Any], sizes: Sizes) -> Any:
    choices = [_samples(atom, sizes) for atom in args]
    return _first_success(op.function, choices, static)


def _samples(atom: Atom, sizes: Sizes) -> list[Any]:
    if isinstance(atom, Const):
        return [atom.value]
    kind = type_of(atom)
    return [example(kind, sizes, k) for k in range(3)]


def example(kind: Type, sizes: Sizes, variant: int = 0) -> Any:
    """A value of the type, with the lengths that `sizes` gives to its symbols."""
    if isinstance(kind, Num):
        return _example_number(kind, sizes, variant)
    if isinstance(kind, Tup):
        items = [example(item, sizes, variant) for item in kind.items]
        return kind.cls(*items) if kind.cls else tuple(items)
    if isinstance(kind, Lst):
        count = 2 if kind.length is None else max(0, _size(kind.length, sizes))
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


def _size(dim: Dim, sizes: Sizes) -> int:
    return dims.evaluate(dim, lambda name: sizes.get(name, 4))


def _example_number(kind: Num, sizes: Sizes, variant: int) -> Any:
    if kind.dtype is None or kind.shape is None:
        raise NoExample(f"no example of {kind}")
    dtype = np.dtype(kind.dtype)
    if not kind.may_be_array:
        return _example_scalar(kind, dtype, sizes, variant)
    shape = tuple(max(0, _size(dim, sizes)) for dim in kind.shape)
    if dtype.kind in "biu":
        return np.zeros(shape, dtype) if variant else np.arange(int(np.prod(shape))).reshape(
            shape
        ).astype(dtype) % max(2, min(shape, default=2))
    return _regular(shape, dtype)


def _example_scalar(kind: Num, dtype: np.dtype[Any], sizes: Sizes, variant: int) -> Any:
    numbers = _NUMBERS[dtype.kind]
    number = numbers[variant % len(numbers)]
    if kind.value is not None and dtype.kind == "i":
        number = _size(kind.value, sizes)
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


# -- reading the result back


def _candidates(args: tuple[Atom, ...], symbols: list[Dim]) -> list[Dim]:
    unique = dict.fromkeys([*_all_dims(args), *symbols])
    singles = [dim for dim in unique if dim.terms]
    sums = [
        dims.add(a, b) for a, b in itertools.combinations_with_replacement(singles[:4], 2)
    ]
    return [*singles, *sums]


Lengths = Callable[[int, int], Dim]


def _read_back(
    first: Any, second: Any, candidates: list[Dim], assign: tuple[Sizes, Sizes], dependent: bool
) -> Type:
    def length(a: int, b: int) -> Dim:
        for dim in candidates:
            if (_size(dim, assign[0]), _size(dim, assign[1])) == (a, b):
                return dim if len(set(assign[0].values())) == len(assign[0]) else dims.fresh(
                    min((c.least or 0) for c in candidates if _size(c, assign[0]) == a)
                )
        return dims.constant(a) if a == b and not dependent else dims.fresh(0)

    return _type_of_pair(first, second, length)


def _type_of_pair(a: Any, b: Any, length: Lengths) -> Type:
    if isinstance(a, tuple) and isinstance(b, tuple):
        if len(a) != len(b):
            return Opaque("object")
        cls = type(a) if hasattr(a, "_fields") else None
        return Tup(tuple(_type_of_pair(x, y, length) for x, y in zip(a, b, strict=True)), cls)
    if isinstance(a, list) and isinstance(b, list):
        return _list_type(a, b, length)
    if isinstance(a, (bool, int, float, complex, np.generic, np.ndarray)):
        return _number_type(a, lambda shape: _shape_pair(shape, np.shape(b), length), b)
    return type_of_constant(a) if a is None else Opaque(type(a).__name__)


def _list_type(a: list[Any], b: list[Any], length: Lengths) -> Type:
    item: Type | None = Bottom()
    for x, y in zip(a, b, strict=False):
        item = join(item, _type_of_pair(x, y, length)) if item is not None else None
    return Lst(item, length(len(a), len(b))) if item is not None else Opaque("object")


def _shape_pair(a: tuple[int, ...], b: tuple[int, ...], length: Lengths) -> tuple[Dim, ...] | None:
    if len(a) != len(b):
        return None
    return tuple(length(x, y) for x, y in zip(a, b, strict=True))


def _number_type(
    value: Any,
    shape: Callable[[tuple[int, ...]], tuple[Dim, ...] | None],
    other: Any = None,
) -> Num:
    if isinstance(value, np.ndarray):
        return Num(frozenset({ARRAY}), value.dtype.name, shape(value.shape))
    if isinstance(value, np.generic):
        return Num(frozenset({NP}), value.dtype.name)
    kind = type_of_constant(value)
    assert isinstance(kind, Num)
    if kind.dtype != "int64":
        return Num(kind.forms, kind.dtype)
    same = other is None or value != other
    return Num(kind.forms, "int64", (), dims.fresh(None) if same else dims.fresh(None))

"""Types of results by example: NumPy itself says what it gives.

An operation is run on small values of its arguments' types, twice, with lengths chosen so that
what comes out can be read back as symbols: no length, no sum of two, and no product, difference,
maximum, half or neighbour of them coincides in both runs. Where lengths must be equal for the
operation to work, they are made equal, two by two; and where that says too little, lengths
of the result are fresh symbols. Operations that could do anything but compute are never run.
"""

from __future__ import annotations

import itertools
import math
import operator
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.example_values import NoExample, Sizes, example, example_size
from s2sad.analysis.joins import join, type_of_constant
from s2sad.ir.data import Atom, Const, Op
from s2sad.ir.types import ARRAY, NP, PY, Bottom, Dct, Dim, Lst, Num, Opaque, Tup, Type
from s2sad.rules.random import is_draw, stand_in
from s2sad.rules.registry import rules_of

Lengths = Callable[[int, int], Dim]
# Found by search: see the module's docstring for what they tell apart.
FIRST = (3, 4, 6, 8, 9, 14)
SECOND = (15, 10, 8, 5, 4, 3)
# Lengths for when all must be the same; some operations want a certain one (np.cross: 3).
UNIFORM = ((3, 5), (3, 3), (2, 2), (4, 4), (1, 1), (6, 6), (12, 24), (60, 120))
UNKNOWN_RANKS = (1, 2, 3)
UNKNOWN_DTYPES = ("float64", "float32", "complex128")
# Operations whose result gives lengths as numbers.
MEASURES = frozenset({".shape", ".size", ".ndim", "len", "np.shape", "np.size", "np.ndim"})
# Operations with lengths that depend on the values of arguments behind the first.
BY_VALUE = (np.repeat, np.bincount, np.delete, np.insert, np.split, np.array_split)

ALWAYS_BY_VALUE = (
    np.unique, np.nonzero, np.flatnonzero, np.argwhere, np.where, np.compress, np.extract,
    np.trim_zeros, np.union1d, np.intersect1d, np.setdiff1d, np.bincount, np.polydiv,
)  # fmt: skip


# -- what may be run


PURE_BUILTINS = (
    abs, all, any, bool, complex, divmod, float, int, len, max, min, pow, range, round, sorted,
    str, sum, tuple, list, repr,
)  # fmt: skip

IMPURE = frozenset({
    "save", "savez", "savez_compressed", "savetxt", "load", "loadtxt", "genfromtxt", "fromregex",
    "fromfile", "memmap", "open_memmap", "seterr", "seterrcall", "setbufsize", "test", "info",
    "set_printoptions", "show_config", "show_runtime", "put", "place", "putmask", "copyto",
    "fill_diagonal", "put_along_axis", "vectorize", "frompyfunc", "apply_along_axis",
    "apply_over_axes", "piecewise", "fromfunction", "fromiter", "printoptions", "get_include",
})  # fmt: skip


def may_run(op: Op) -> bool:
    """Whether an operation only computes, so that running it on an example does no harm."""
    if op.effect == "outside":
        return False
    if op.style != "call" or rules_of(op.rule):
        return True
    function = op.function
    if isinstance(function, np.ufunc) or function in PURE_BUILTINS:
        return True
    module = getattr(function, "__module__", None) or ""
    if module in ("math", "operator", math.__name__, operator.__name__):
        return True
    return module in ("numpy", "numpy.linalg", "numpy.fft") and function.__name__ not in IMPURE


def first_success(
    function: Callable[..., Any], samples: list[list[Any]], static: dict[str, Any]
) -> Any:
    """The result for the first row of arguments that the function takes."""
    longest = max((len(s) for s in samples), default=1)
    error: Exception | None = None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for k in range(longest):
            row = [s[min(k, len(s) - 1)] for s in samples]
            try:
                return function(*row, **static)
            except Exception as caught:  # whatever the example raises, try the next
                error = caught
    raise NoExample(str(error)) from error


def by_example(op: Op, args: tuple[Atom, ...], static: dict[str, Any]) -> Type:
    """The type of the result; where a rank or dtype isn't known, the join over several."""
    if is_draw(op.rule):
        op = replace(op, function=stand_in(op.rule, op.named), effect="pure")
    elif not may_run(op):
        raise NoExample(f"{op.name} is not run when compiling, and its result has no known type")
    kinds = [a.type for a in args]
    if not any(_is_vague(kind) for kind in kinds):
        try:
            return _exact(op, args, static)
        except NoExample:
            filled = [a.type if isinstance(a, Const) else _filled(a.type) for a in args]
            if filled == kinds:
                raise
            # NumPy refuses something empty: it will say so itself, when it runs.
            return _exact(op, _with_types(args, filled), static)
    result: Type | None = Bottom()
    for row in _precise_rows(kinds):
        try:
            found = _exact(op, _with_types(args, row), static)
        except NoExample:
            continue
        result = join(result, found) if result is not None else None
    if result is None or isinstance(result, Bottom):
        raise NoExample(_failure(op))
    return result


def _failure(op: Op) -> str:
    return f"{op.name} could not be tried on examples of its arguments"


def _with_types(args: tuple[Atom, ...], kinds: Iterable[Type]) -> tuple[Atom, ...]:
    return tuple(
        atom if atom.type is kind else replace(atom, type=kind)
        for atom, kind in zip(args, kinds, strict=True)
    )


def _exact(op: Op, args: tuple[Atom, ...], static: dict[str, Any]) -> Type:
    symbols = _symbols(args)
    dependent = _depends_on_values(op, args)
    if len(symbols) <= len(FIRST) and not dependent:
        try:
            return _distinct(op, args, static, symbols)
        except NoExample:
            pass
    for first, second in _uniform_sizes(args):
        pair = [dict.fromkeys((s.terms[0][0] for s in symbols), n) for n in (first, second)]
        try:
            made = [_run(op, args, static, sizes) for sizes in pair]
        except NoExample:
            continue
        refined = None if dependent else _refined(op, args, static, symbols)
        return refined or _type_of_pair(made[0], made[1], _fresh_lengths(first != second))
    raise NoExample(_failure(op))


def _fresh_lengths(different: bool) -> Lengths:
    return lambda a, b: dims.constant(a) if different and a == b == 1 else dims.fresh(0)


def _uniform_sizes(args: tuple[Atom, ...]) -> Iterator[tuple[int, int]]:
    known = [d.constant for a in args for d in _dims_of(a.type) if not d.terms and d.constant > 0]
    yield UNIFORM[0]
    yield from ((n, n) for n in dict.fromkeys(known))
    yield from UNIFORM[1:]


def _distinct(op: Op, args: tuple[Atom, ...], static: dict[str, Any], symbols: list[Dim]) -> Type:
    names = [s.terms[0][0] for s in symbols]
    pair = dict(zip(names, FIRST, strict=False)), dict(zip(names, SECOND, strict=False))
    first, second = (_run(op, args, static, sizes) for sizes in pair)
    lengths = _lengths_among(_candidates(args, symbols), pair)
    return _type_of_pair(first, second, lengths, op.name in MEASURES)


def _refined(
    op: Op, args: tuple[Atom, ...], static: dict[str, Any], symbols: list[Dim]
) -> Type | None:
    """As `_distinct`, with as few equal lengths as the operation takes. Two lengths that must be
    equal are one symbol, where neither can be a 1 that is broadcast; of three or more it isn't
    known which must equal which."""
    names = [s.terms[0][0] for s in symbols]
    if not 2 <= len(names) <= len(FIRST):
        return None
    free: list[str] = []
    for name in names:
        if _works(op, args, static, _sizes(names, [*free, name], FIRST)):
            free.append(name)
    tied = [s for s in symbols if s.terms[0][0] not in free]
    pair = _sizes(names, free, FIRST), _sizes(names, free, SECOND)
    try:
        first, second = (_run(op, args, static, sizes) for sizes in pair)
    except NoExample:
        return None
    clear = len(tied) == 2 and all(s.never_one for s in tied)
    hidden = frozenset() if clear else frozenset(s.terms[0][0] for s in tied)
    found = [d for d in _candidates(args, symbols) if not any(n in hidden for n, _ in d.terms)]
    return _type_of_pair(first, second, _lengths_among(found, pair), op.name in MEASURES)


def _sizes(names: list[str], free: list[str], lengths: tuple[int, ...]) -> Sizes:
    """Distinct lengths for the free symbols, the last one for all others."""
    numbers = dict(zip(free, lengths, strict=False))
    return {name: numbers.get(name, lengths[-1]) for name in names}


def _works(op: Op, args: tuple[Atom, ...], static: dict[str, Any], sizes: Sizes) -> bool:
    try:
        _run(op, args, static, sizes)
    except NoExample:
        return False
    return True


def _depends_on_values(op: Op, args: tuple[Atom, ...]) -> bool:
    """Whether lengths of the result may come from more than the lengths of arguments."""
    if op.rule in ALWAYS_BY_VALUE or any(rule.data_dependent for rule in rules_of(op.rule)):
        return True
    if op.rule is np.arange:
        return not all(isinstance(a, Const) or _is_known_integer(a.type) for a in args)
    if op.rule in BY_VALUE and not all(isinstance(a, Const) for a in args[1:]):
        return True
    kinds = [a.type for a in args if not isinstance(a, Const)]
    return any(_is_integer(kind) and not _is_known_integer(kind) for kind in kinds)


def _is_integer(kind: Type) -> bool:
    return isinstance(kind, Num) and not kind.is_array and kind.dtype == "int64"


def _is_known_integer(kind: Type) -> bool:
    return isinstance(kind, Num) and kind.value is not None


def _run(op: Op, args: tuple[Atom, ...], static: dict[str, Any], sizes: Sizes) -> Any:
    return first_success(op.function, [_samples(atom, sizes) for atom in args], static)


def _samples(atom: Atom, sizes: Sizes) -> list[Any]:
    if isinstance(atom, Const):
        return [atom.value]
    return [example(atom.type, sizes, k) for k in range(3)]


# -- types of which too little is known


def _is_vague(kind: Type) -> bool:
    if isinstance(kind, Num):
        return kind.dtype is None or kind.shape is None or len(kind.forms) > 1
    if isinstance(kind, Tup):
        return any(_is_vague(item) for item in kind.items)
    return isinstance(kind, Lst) and _is_vague(kind.item)


def _precise_rows(kinds: list[Type]) -> Iterator[tuple[Type, ...]]:
    """Types that agree with those of the arguments and leave nothing open."""
    return itertools.islice(itertools.product(*(list(_precise(k)) for k in kinds)), 200)


def _precise(kind: Type) -> Iterator[Type]:
    if isinstance(kind, Num) and _is_vague(kind):
        yield from _precise_numbers(kind)
    elif isinstance(kind, Lst) and _is_vague(kind):
        yield from (Lst(item, kind.length) for item in _precise(kind.item))
    elif isinstance(kind, Tup) and _is_vague(kind):
        rows = itertools.islice(itertools.product(*(list(_precise(i)) for i in kind.items)), 50)
        yield from (Tup(row, kind.cls) for row in rows)
    else:
        yield kind


def _precise_numbers(kind: Num) -> Iterator[Num]:
    for form in sorted(kind.forms):
        for dtype in _dtypes_of(form, kind.dtype):
            for shape in _shapes_of(form, kind):
                yield Num(frozenset({form}), dtype, shape, kind.value if form == PY else None)


def _dtypes_of(form: str, dtype: str | None) -> tuple[str, ...]:
    if dtype is not None:
        return (dtype,)
    return ("float64", "complex128") if form == PY else UNKNOWN_DTYPES


def _shapes_of(form: str, kind: Num) -> list[tuple[Dim, ...]]:
    if form != ARRAY:
        return [()]
    if kind.shape is not None:
        return [kind.shape]
    # Below a length of 2 there might be a broadcast.
    return [tuple(dims.fresh(0) for _ in range(rank)) for rank in (0, *UNKNOWN_RANKS)]


def _filled(kind: Type) -> Type:
    """The type with lengths of which nothing is known for those that are 0."""
    if isinstance(kind, Num) and kind.shape is not None and any(d.known == 0 for d in kind.shape):
        shape = tuple(dims.fresh(0) if d.known == 0 else d for d in kind.shape)
        return Num(kind.forms, kind.dtype, shape, kind.value)
    if isinstance(kind, Lst):
        return Lst(_filled(kind.item), kind.length)
    if isinstance(kind, Tup):
        return Tup(tuple(_filled(item) for item in kind.items), kind.cls)
    return kind


# -- lengths of arguments


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
    return [dim for a in args if not isinstance(a, Const) for dim in _dims_of(a.type)]


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


def _candidates(args: tuple[Atom, ...], symbols: list[Dim]) -> list[Dim]:
    """What a length of the result may be: a length of an argument, a symbol, a sum of two."""
    unique = dict.fromkeys([*_all_dims(args), *symbols])
    singles = [dim for dim in unique if dim.terms]
    sums = [dims.add(a, b) for a, b in itertools.combinations_with_replacement(symbols, 2)]
    return [*singles, *sums]


def _lengths_among(candidates: list[Dim], pair: tuple[Sizes, Sizes]) -> Lengths:
    table: dict[tuple[int, int], Dim] = {}
    for dim in candidates:
        table.setdefault((example_size(dim, pair[0]), example_size(dim, pair[1])), dim)

    def length(a: int, b: int) -> Dim:
        if a == b:
            return dims.constant(a)
        return table.get((a, b)) or dims.fresh(0)

    return length


# -- reading the result back


def _type_of_pair(a: Any, b: Any, length: Lengths, measures: bool = False) -> Type:
    if isinstance(a, tuple) and isinstance(b, tuple):
        if len(a) != len(b):
            return Opaque("object")
        cls = type(a) if hasattr(a, "_fields") else None
        pairs = zip(a, b, strict=True)
        return Tup(tuple(_type_of_pair(x, y, length, measures) for x, y in pairs), cls)
    if isinstance(a, list) and isinstance(b, list):
        return _list_type(a, b, length)
    if measures and type(a) is int:
        return Num(frozenset({PY}), "int64", (), length(a, b))
    if isinstance(a, (bool, int, float, complex, np.generic, np.ndarray)):
        return number_type(a, lambda shape: _shape_pair(shape, np.shape(b), length))
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


def number_type(value: Any, shape: Callable[[tuple[int, ...]], tuple[Dim, ...] | None]) -> Num:
    """The type of a number or an array; `shape` gives the lengths."""
    if isinstance(value, np.ndarray):
        return Num(frozenset({ARRAY}), value.dtype.name, shape(value.shape))
    if isinstance(value, np.generic):
        return Num(frozenset({NP}), value.dtype.name)
    kind = type_of_constant(value)
    if not isinstance(kind, Num):
        raise NoExample(f"a result of class {type(value).__name__}")
    if kind.dtype != "int64":
        return Num(kind.forms, kind.dtype)
    return Num(kind.forms, "int64", (), dims.fresh(None))

"""Types of results: what an operation gives for arguments of given types.

Elementwise operations broadcast symbolically; products and functions that take a shape have
their own few lines in `shaped`; everything else is run on small examples, in `examples`.
Results are kept by the operation and the arguments' types, up to the names of symbols.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.example_values import NUMBERS, NoExample, example
from s2sad.analysis.examples import by_example, first_success, may_run, number_type
from s2sad.analysis.joins import join
from s2sad.analysis.shaped import SHAPED
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
    Obj,
    Static,
    Tup,
    Type,
)
from s2sad.rules.registry import rules_of

__all__ = ["NoExample", "example", "infer", "is_broadcasting", "type_of"]


def type_of(atom: Atom) -> Type:
    if isinstance(atom, Const):
        return atom.type
    if isinstance(atom, Undefined):
        return Bottom()
    return atom.type


def infer(op: Op, args: tuple[Atom, ...], static: dict[str, Any]) -> Type:
    """The type of the result of a library operation, method, attribute or operator."""
    if any(isinstance(type_of(a), Bottom) for a in args):
        return Bottom()
    table: dict[str, str] = {}
    try:
        key = (op.name, op.function, tuple(_key(a, table) for a in args), _static_key(static))
        known = _known.get(key)
    except TypeError:  # a constant that can't be hashed
        return _infer(op, args, static)
    if known is None:
        if len(_known) >= MOST:
            _known.clear()
        known = _known[key] = _infer(op, args, static), tuple(table)
    kind, names = known
    back = dict(zip(names, table, strict=True))
    found = _renamed(kind, back) if back or _has_symbols(kind) else kind
    return _with_shape(found, op, args)


def _with_shape(kind: Type, op: Op, args: tuple[Atom, ...]) -> Type:
    """A kept type of an elementwise operation with the lengths that these arguments give."""
    if not (isinstance(kind, Num) and kind.shape):
        return kind
    numbers = [k for k in map(type_of, args) if isinstance(k, Num)]
    if len(numbers) < 2 or len(numbers) != len(args) or not is_broadcasting(op):
        return kind
    return replace(kind, shape=_broadcast(numbers)) if _has_all_operands(op, args) else kind


def _infer(op: Op, args: tuple[Atom, ...], static: dict[str, Any]) -> Type:
    types = [type_of(a) for a in args]
    numbers = [k for k in types if isinstance(k, Num)]
    if len(numbers) == len(types) and is_broadcasting(op) and _has_all_operands(op, args):
        return _elementwise(op, numbers, args, static)
    special = None if op.named else SHAPED.get(op.rule)
    found = special(types, args, static) if special is not None else None
    return found if found is not None else by_example(op, args, static)


def _has_all_operands(op: Op, args: tuple[Atom, ...]) -> bool:
    return op.rule is not np.where or len(args) == 3


def is_broadcasting(op: Op) -> bool:
    """Whether the operation is elementwise over broadcast arguments."""
    target = op.rule
    if isinstance(target, np.ufunc):
        return target.signature is None and target.nout == 1
    return target is np.where or any(rule.kind == "elementwise" for rule in rules_of(target))


# -- results that are kept


MOST = 4096
_known: dict[Any, tuple[Type, tuple[str, ...]]] = {}


def _static_key(static: dict[str, Any]) -> tuple[Any, ...]:
    return tuple((name, type(value), _frozen(value)) for name, value in static.items())


def _frozen(value: Any) -> Any:
    """A constant, told apart from equal ones of other types, and -0.0 from 0.0."""
    if isinstance(value, (list, tuple)):
        return type(value), tuple(_frozen(item) for item in value)
    if isinstance(value, (bool, int, float, complex)):
        return type(value), repr(value)
    hash(value)
    return value


def _key(atom: Atom, table: dict[str, str]) -> Any:
    if isinstance(atom, Const):
        return "constant", _frozen(atom.value)
    return _type_key(type_of(atom), table)


def _type_key(kind: Type, table: dict[str, str]) -> Any:
    if isinstance(kind, Num):
        shape = None if kind.shape is None else tuple(_dim_key(d, table) for d in kind.shape)
        value = None if kind.value is None else _dim_key(kind.value, table)
        return kind.forms, kind.dtype, shape, value
    if isinstance(kind, Tup):
        return Tup, kind.cls, tuple(_type_key(item, table) for item in kind.items)
    if isinstance(kind, Lst):
        length = None if kind.length is None else _dim_key(kind.length, table)
        return Lst, _type_key(kind.item, table), length
    if isinstance(kind, (Dct, Obj)):
        rows = tuple((key, _type_key(item, table)) for key, item in kind.items)
        return type(kind), getattr(kind, "cls", None), rows
    if isinstance(kind, Static):
        return Static, _frozen(kind.value)
    return kind


def _dim_key(dim: Dim, table: dict[str, str]) -> Any:
    """A length with its symbols numbered as they are met."""
    terms = tuple((table.setdefault(name, f"#{len(table)}"), c) for name, c in dim.terms)
    return dim.constant, terms, dim.least


def _has_symbols(kind: Type) -> bool:
    if isinstance(kind, Num):
        return any(d.terms for d in kind.shape or ()) or bool(kind.value and kind.value.terms)
    if isinstance(kind, Tup):
        return any(_has_symbols(item) for item in kind.items)
    if isinstance(kind, Lst):
        return _has_symbols(kind.item) or bool(kind.length and kind.length.terms)
    return isinstance(kind, (Dct, Obj)) and any(_has_symbols(item) for _, item in kind.items)


def _renamed(kind: Type, names: dict[str, str]) -> Type:
    """A kept type with the symbols of the arguments at hand, and new ones for the others."""
    return dims.mapped(kind, lambda d: _renamed_dim(d, names), deep=True)


def _renamed_dim(dim: Dim, names: dict[str, str]) -> Dim:
    if not dim.terms:
        return dim
    terms: dict[str, int] = {}
    for name, coefficient in dim.terms:
        if name not in names:
            names[name] = dims.fresh(None).terms[0][0]
        terms[names[name]] = coefficient
    return Dim(dim.constant, tuple(sorted(terms.items())), dim.least)


# -- elementwise


def _elementwise(op: Op, kinds: list[Num], args: tuple[Atom, ...], static: dict[str, Any]) -> Type:
    if not may_run(op):
        raise NoExample(f"{op.name} is not run when compiling")
    shape = _broadcast(kinds)
    found = _forms_and_dtype(op, kinds, args, static)
    if ARRAY not in found.forms:
        shape = ()
    return _with_value(op, kinds, Num(found.forms, found.dtype, shape))


def _broadcast(kinds: list[Num]) -> tuple[Dim, ...] | None:
    shape: tuple[Dim, ...] = ()
    for kind in kinds:
        if kind.shape is None:
            return None
        shape = dims.broadcast_shapes(shape, kind.shape)
    return shape


def _forms_and_dtype(
    op: Op, kinds: list[Num], args: tuple[Atom, ...], static: dict[str, Any]
) -> Num:
    """By running the operation on one-element examples of every combination of forms."""
    result: Type | None = Bottom()
    error: NoExample | None = None
    rows = [list(_unit_rows(k, a)) for k, a in zip(kinds, args, strict=True)]
    for samples in itertools.product(*rows):
        try:
            value = first_success(op.function, list(samples), static)
        except NoExample as caught:
            error = caught
            continue
        result = join(result, number_type(value, lambda _: ())) if result is not None else None
    if not isinstance(result, Num):
        raise NoExample(f"{op.name} could not be tried on examples of its arguments") from error
    return result


def _unit_rows(kind: Num, atom: Atom) -> list[list[Any]]:
    """One list of examples for each form and dtype that a value may have."""
    if isinstance(atom, Const):
        return [[atom.value]]
    rows = []
    for form in sorted(kind.forms):
        for dtype in _dtypes(form, kind.dtype):
            rows += _unit_samples(form, np.dtype(dtype), kind)
    return rows


def _dtypes(form: str, dtype: str | None) -> tuple[str, ...]:
    if dtype is not None:
        return (dtype,)
    return ("int64", "float64", "complex128") if form == PY else (
        "int64", "float32", "float64", "complex128")  # fmt: skip


def _unit_samples(form: str, dtype: np.dtype[Any], kind: Num) -> list[list[Any]]:
    numbers = NUMBERS[dtype.kind]
    if form == PY:
        return [list(numbers)]
    if form == NP:
        return [[dtype.type(number) for number in numbers]]
    # A 0-d array and an array of rank one and more give different kinds of results.
    ranks = (0, 1) if kind.shape is None else (len(kind.shape),)
    return [[np.full((1,) * rank, number, dtype) for number in numbers] for rank in ranks]


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

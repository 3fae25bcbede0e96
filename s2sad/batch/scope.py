"""One block while its statements are given a leading axis for the directions, and the few things
that all rules need: types with that axis, operands lined up behind it, values repeated along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from s2sad.analysis.infer import type_of
from s2sad.batch.dependence import Dependence
from s2sad.ir.data import (
    Atom,
    Bind,
    Const,
    IndexStep,
    Op,
    Path,
    SliceStep,
    Statement,
    Undefined,
    Var,
)
from s2sad.ir.ops import CONSTRUCT, DICT, GETITEM, OPERATORS, TUPLE
from s2sad.ir.types import (
    ARRAY,
    INT,
    Dct,
    Dim,
    Lst,
    Num,
    Obj,
    Static,
    Tup,
    Type,
    is_continuous,
)
from s2sad.origins import Origin
from s2sad.rules.operations import attribute, method, operation
from s2sad.runtime.helpers import in_all_directions

WHOLE = SliceStep(None, None, None)
REPEATED = Op("in_all_directions", in_all_directions, "call", in_all_directions)
_zeros_function: Any = np.zeros
ZEROS = operation(_zeros_function)
ZERO_MAKERS = frozenset({"np.zeros_like", "zeros"})


class OneByOne(Exception):
    """Raised where an operation has no rule for all directions at once."""


@dataclass(eq=False)
class Batch:
    """What holds for one function. made: the variable with the leading axis for each that
    differs. count: how many directions there are; length: the same as a length.
    loops: the operations that became loops over the directions."""

    dependence: Dependence
    moving: set[Var]
    count: Atom
    length: Dim
    definitions: dict[Var, Bind]
    seeds: tuple[Var, ...]
    loops: list[str]
    made: dict[Var, Var] = field(default_factory=dict)


@dataclass(eq=False)
class Scope:
    batch: Batch
    statements: list[Statement] = field(default_factory=list)
    origin: Origin | None = None


def moves(scope: Scope, atom: Atom) -> bool:
    """Whether a value differs from direction to direction."""
    return atom in scope.batch.moving


def read(scope: Scope, atom: Atom) -> Atom:
    """A value as it is now: with the leading axis, if it differs."""
    return made(scope, atom) if isinstance(atom, Var) and moves(scope, atom) else atom


def made(scope: Scope, variable: Var) -> Var:
    """The variable with the leading axis."""
    table = scope.batch.made
    if variable not in table:
        table[variable] = replace(variable, type=with_axis(variable.type, scope.batch.length))
    return table[variable]


def with_axis(kind: Type, length: Dim, *, leaf: bool = False) -> Type:
    """A type with a leading axis; in containers only what is continuous gets one."""
    if isinstance(kind, Num):
        if leaf and not kind.is_continuous:
            return kind
        shape = None if kind.shape is None else (length, *kind.shape)
        return Num(frozenset({ARRAY}), kind.dtype, shape)
    if isinstance(kind, Tup):
        return Tup(tuple(with_axis(item, length, leaf=True) for item in kind.items), kind.cls)
    if isinstance(kind, Lst):
        return Lst(with_axis(kind.item, length, leaf=True), kind.length)
    if isinstance(kind, Dct):
        return Dct(tuple((k, with_axis(item, length, leaf=True)) for k, item in kind.items))
    if isinstance(kind, Obj):
        items = tuple((k, with_axis(item, length, leaf=True)) for k, item in kind.items)
        return Obj(kind.cls, items)
    return kind


def rank_of(atom: Atom) -> int:
    """How many axes a value has in each direction; where that isn't known, one by one."""
    kind = type_of(atom)
    if not isinstance(kind, Num) or kind.shape is None:
        raise OneByOne
    return len(kind.shape)


# -- statements


def add(
    scope: Scope,
    op: Op,
    args: Sequence[Atom],
    kind: Type,
    hint: str = "",
    static: tuple[tuple[str, Any], ...] = (),
    path: Path = (),
) -> Var:
    """Appends an operation."""
    out = Var(hint, kind, scope.origin)
    scope.statements.append(Bind((out,), op, tuple(args), static, path, scope.origin))
    return out


def give(
    scope: Scope, out: Var, op: Op, args: Sequence[Atom], path: Path = (), **static: Any
) -> Var:
    """Appends the operation that makes the value of `out` for all directions."""
    target = made(scope, out)
    statement = Bind((target,), op, tuple(args), tuple(static.items()), path, scope.origin)
    scope.statements.append(statement)
    return target


def number(value: int) -> Const:
    return Const(value, INT)


def static_of(value: Any) -> Const:
    return Const(value, Static(value))


def operator(scope: Scope, name: str, args: Sequence[Atom], kind: Type) -> Var:
    return add(scope, OPERATORS[name], args, kind)


# -- lining up


def aligned(scope: Scope, atom: Atom, rank: int) -> Atom:
    """A value that broadcasts, as it is or with axes of length 1 behind the leading one, with one
    of `rank` axes in each direction."""
    if not moves(scope, atom):
        return atom
    value = read(scope, atom)
    own = rank_of(atom)
    return value if own >= rank else inserted(scope, value, 1, rank - own)


def inserted(scope: Scope, value: Atom, position: int, count: int, behind: int = 0) -> Var:
    """An array with new axes of length 1 at a position; `behind`: and that many whole axes
    written out behind them."""
    kind = type_of(value)
    assert isinstance(kind, Num) and kind.shape is not None
    one = Dim(1)
    shape = (*kind.shape[:position], *(one,) * count, *kind.shape[position:])
    step = IndexStep((*(WHOLE,) * position, *(None,) * count, *(WHOLE,) * behind), single=False)
    return add(scope, GETITEM, (value,), replace(kind, shape=shape), "", (), (step,))


def dropped(scope: Scope, value: Var, out: Var, position: int) -> None:
    """Gives `out`: an array without one of its last two axes, of length 1."""
    tail = (0,) if position == -1 else (0, WHOLE)
    give(scope, out, GETITEM, (value,), (IndexStep((Ellipsis, *tail), single=False),))


def as_dtype(scope: Scope, value: Atom, dtype: str) -> Var:
    """An array with another dtype."""
    kind, op = type_of(value), method("astype")
    assert isinstance(kind, Num) and op is not None
    target = np.dtype(dtype).type
    return add(scope, op, (value, static_of(target)), replace(kind, dtype=dtype))


def weak(scope: Scope, atom: Atom, result: Type) -> Atom:
    """A Python number takes the precision of what it meets; an array of them has to be given it.
    The value, with its leading axis, in the precision of the result."""
    value, kind = read(scope, atom), type_of(atom)
    if not (isinstance(kind, Num) and isinstance(result, Num) and kind.forms != frozenset({ARRAY})):
        return value
    narrow = {"float16": "float16", "float32": "float32", "complex64": "float32"}
    if result.dtype not in narrow or not moves(scope, atom) or not kind.is_python:
        return value
    dtype = result.dtype if kind.dtype == "complex128" else narrow[result.dtype]
    return as_dtype(scope, value, dtype)


# -- shapes


def shape_of(scope: Scope, atom: Atom) -> Atom:
    """The shape in each direction of a value, as a tuple."""
    kind = type_of(atom)
    if isinstance(kind, Tup):
        return atom
    op = attribute("shape")
    assert op is not None
    rank = rank_of(atom)
    if rank == 0:
        return Const((), Tup(()))
    assert isinstance(kind, Num) and kind.shape is not None
    items = tuple(Num(INT.forms, "int64", (), dim) for dim in kind.shape)
    if not moves(scope, atom):
        return add(scope, op, (atom,), Tup(items))
    whole = add(scope, op, (read(scope, atom),), Tup((_count_type(scope), *items)))
    step = IndexStep((SliceStep(1, None, None),))
    return add(scope, GETITEM, (whole,), Tup(items), "", (), (step,))


def _count_type(scope: Scope) -> Type:
    return type_of(scope.batch.count)


def with_count(scope: Scope, shape: Atom) -> Var:
    """A shape, with the number of directions in front of it (a number where that is all)."""
    count = scope.batch.count
    kind = type_of(shape)
    if isinstance(shape, Const):
        values = shape.value if isinstance(shape.value, (tuple, list)) else (shape.value,)
        items = (count, *(number(n) for n in values))
        return add(scope, TUPLE, items, Tup(tuple(map(type_of, items))))
    definition = scope.batch.definitions.get(shape) if isinstance(shape, Var) else None
    if definition is not None and definition.op is TUPLE:
        items = (count, *definition.args)
        return add(scope, TUPLE, items, Tup(tuple(map(type_of, items))))
    if isinstance(kind, Num):
        return add(scope, TUPLE, (count, shape), Tup((type_of(count), kind)))
    if not isinstance(kind, Tup):
        raise OneByOne
    first = add(scope, TUPLE, (count,), Tup((type_of(count),)))
    return operator(scope, "add", (first, shape), Tup((type_of(count), *kind.items)))


# -- the same in all directions


def spread(scope: Scope, atom: Atom, goal: Type | None = None) -> Atom:
    """A value with the leading axis, repeated along it if it is the same in all directions.
    goal: the type that it is to have in each direction, where its own is less."""
    kind = type_of(atom)
    if moves(scope, atom):
        return read(scope, atom)
    if isinstance(atom, Undefined):
        return replace(atom, type=with_axis(atom.type, scope.batch.length))
    if isinstance(kind, Num):
        return _repeated_number(scope, atom, goal if isinstance(goal, Num) else kind)
    if not is_continuous(kind):
        return atom
    target = with_axis(kind, scope.batch.length)
    parts = _parts(scope, atom)
    if parts is None:
        return add(scope, REPEATED, (atom, scope.batch.count), target)
    definition, args = parts
    return add(scope, definition.op, args, target, "", definition.static)


def _parts(scope: Scope, atom: Atom) -> tuple[Bind, list[Atom]] | None:
    """What a container that was written out is made of, repeated."""
    definition = scope.batch.definitions.get(atom) if isinstance(atom, Var) else None
    if definition is None or definition.op not in (TUPLE, DICT, CONSTRUCT):
        return None
    return definition, [part(scope, a) for a in definition.args]


def part(scope: Scope, atom: Atom) -> Atom:
    """A part of a container that differs: only what is continuous has a leading axis."""
    return spread(scope, atom) if is_continuous(type_of(atom)) else atom


def _repeated_number(scope: Scope, atom: Atom, goal: Num) -> Var:
    length, count = scope.batch.length, scope.batch.count
    kind = type_of(atom)
    assert isinstance(kind, Num)
    dtype = goal.dtype or kind.dtype
    if kind.shape is None:
        return add(scope, REPEATED, (atom, count), Num(frozenset({ARRAY}), kind.dtype, None))
    target = Num(frozenset({ARRAY}), kind.dtype, (length, *kind.shape))
    model = _model_of_zeros(scope, atom)
    if model is not None and dtype is not None:
        return _zeros_like(scope, model, replace(target, dtype=dtype))
    if kind.shape == () and not kind.may_be_array:
        return add(scope, operation(np.full), (count, atom), target)
    row = add(scope, GETITEM, (atom,), replace(target, shape=(Dim(1), *kind.shape)), "", (),
              (IndexStep((None,)),))  # fmt: skip
    return add(scope, operation(np.repeat), (row, count), target, "", (("axis", 0),))


def _zeros_like(scope: Scope, model: Atom, kind: Num) -> Var:
    """Zeros for all directions, like a seed where one is of this type."""
    twin = _twin(scope, kind)
    if twin is not None:
        return add(scope, operation(np.zeros_like), (twin,), kind)
    return _zeros(scope, with_count(scope, shape_of(scope, model)), kind)


def _twin(scope: Scope, kind: Num) -> Var | None:
    """A seed of this type, leading axis included."""
    for seed in scope.batch.seeds:
        whole = made(scope, seed).type
        if isinstance(whole, Num) and (whole.shape, whole.dtype) == (kind.shape, kind.dtype):
            return made(scope, seed)
    return None


def whole_shape(scope: Scope, model: Atom) -> Atom:
    """The shape of a value for all directions: that of a seed, where one has it."""
    kind, op = type_of(model), attribute("shape")
    assert op is not None
    if isinstance(kind, Num) and kind.shape:
        for seed in scope.batch.seeds:
            if isinstance(seed.type, Num) and seed.type.shape == kind.shape:
                items = (_count_type(scope), *(Num(INT.forms, "int64", (), d) for d in kind.shape))
                return add(scope, op, (made(scope, seed),), Tup(items))
    return with_count(scope, shape_of(scope, model))


def _model_of_zeros(scope: Scope, atom: Atom) -> Atom | None:
    """What has the shape of a value that is zero, or None for other values."""
    if isinstance(atom, Const):
        return atom if atom.value == 0 else None
    definition = scope.batch.definitions.get(atom) if isinstance(atom, Var) else None
    zero = definition is not None and definition.op.name in ZERO_MAKERS
    return definition.args[0] if definition is not None and zero else None


def _zeros(scope: Scope, shape: Atom, kind: Num) -> Var:
    assert kind.dtype is not None
    if kind.shape is not None and len(kind.shape) == 1:
        shape = scope.batch.count
    static = () if kind.dtype == "float64" else (("dtype", np.dtype(kind.dtype).type),)
    return add(scope, ZEROS, (shape,), kind, "", static)

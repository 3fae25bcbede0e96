"""What each operation of a library becomes where operands have a leading axis for directions.

natural        it works along the last axes, or element by element, of one argument
elementwise    operands are lined up behind the leading axis
along axes     axes counted from the front move back by one
by shape       a shape gets the number of directions in front of it
products       `linear_algebra`

What isn't here becomes a loop over the directions (`one_by_one`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from s2sad.analysis import dims
from s2sad.analysis.infer import is_broadcasting, type_of
from s2sad.batch.linear_algebra import PRODUCTS
from s2sad.batch.scope import (
    WHOLE,
    ZEROS,
    OneByOne,
    Scope,
    add,
    aligned,
    as_dtype,
    give,
    inserted,
    made,
    moves,
    number,
    rank_of,
    read,
    shape_of,
    spread,
    static_of,
    weak,
    whole_shape,
    with_axis,
    with_count,
)
from s2sad.ir.data import Atom, Bind, Const, IndexStep, Op, Path, Var
from s2sad.ir.ops import GETITEM, OPERATORS
from s2sad.ir.types import ARRAY, INT, Lst, Num, Tup, Type, is_continuous
from s2sad.reverse.apply import of_lists
from s2sad.rules import sequences
from s2sad.rules.operations import attribute, operation
from s2sad.runtime.helpers import added, unbroadcast, zeros

BatchRule = Callable[[Scope, Bind], None]


def batch_library(scope: Scope, statement: Bind) -> None:
    """Gives the result of a library operation for all directions, or raises `OneByOne`."""
    if of_lists(statement).op.rule in (sequences.joined, sequences.repeated):
        _of_lists(scope, statement)
        return
    op = statement.op
    rule = RULES.get(op.function) or RULES.get(op.rule)
    if rule is not None:
        rule(scope, statement)
    elif op.function in CASTS:
        _cast(scope, statement)
    elif is_broadcasting(op):
        _elementwise(scope, statement)
    else:
        raise OneByOne


# -- element by element


def _elementwise(scope: Scope, statement: Bind) -> None:
    out = statement.out
    if any(key != "dtype" for key, _ in statement.static) or len(statement.args) == 1 != _arity(
        statement.op
    ):
        raise OneByOne
    rank = rank_of(out)
    args = [_operand(scope, a, rank, out.type) for a in statement.args]
    give(scope, out, _of_arrays(statement.op), args, **dict(statement.static))


def _arity(op: Op) -> int:
    return op.rule.nin if isinstance(op.rule, np.ufunc) else 3 if op.rule is np.where else 1


def _operand(scope: Scope, atom: Atom, rank: int, result: Type) -> Atom:
    if not moves(scope, atom):
        rank_of(atom)
        return atom
    narrow = weak(scope, atom, result)
    if narrow is not read(scope, atom) and rank:
        return inserted(scope, narrow, 1, rank)
    return narrow if rank_of(atom) == 0 == rank else aligned(scope, atom, rank)


def _of_arrays(op: Op) -> Op:
    """The operation of arrays where it is one of Python's numbers."""
    module = getattr(op.function, "__module__", "")
    if module == "math" and isinstance(op.rule, np.ufunc):
        return operation(op.rule)
    return operation(np.logical_not) if op.name == "not_" else op


CASTS = frozenset({
    float, complex, np.float16, np.float32, np.float64, np.longdouble, np.complex64,
    np.complex128, np.clongdouble,
})  # fmt: skip


def _cast(scope: Scope, statement: Bind) -> None:
    """`np.float32(x)`: an array of such numbers."""
    (value,) = statement.args
    rank_of(value)
    kind = statement.out.type
    if not isinstance(kind, Num) or kind.dtype is None:
        raise OneByOne
    scope.batch.made[statement.out] = as_dtype(scope, read(scope, value), kind.dtype)


# -- operations of one argument


def _natural(scope: Scope, statement: Bind) -> None:
    """Works along the last axes, or element by element, of its first argument."""
    first, *rest = statement.args
    if any(moves(scope, a) for a in rest) or isinstance(type_of(first), (Lst, Tup)):
        raise OneByOne
    give(scope, statement.out, statement.op, (read(scope, first), *rest), **dict(statement.static))


def _array(scope: Scope, statement: Bind) -> None:
    """`np.array(x)` of an array is natural; of a list of numbers or arrays it stacks."""
    first, *rest = statement.args
    if isinstance(type_of(first), Num):
        _natural(scope, statement)
        return
    definition = scope.batch.definitions.get(first) if isinstance(first, Var) else None
    rank = rank_of(statement.out)
    if rest or statement.static or definition is None or not definition.args:
        raise OneByOne
    if any(rank_of(item) != rank - 1 for item in definition.args):
        raise OneByOne
    give(scope, statement.out, operation(np.stack), (read(scope, first),), axis=1)


def _item(scope: Scope, statement: Bind) -> None:
    _reshaped(scope, statement, statement.args[0], Const((), Tup(())))


# -- arguments by name


@lru_cache(maxsize=1024)
def _names(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def arguments(statement: Bind) -> dict[str, Any]:
    """The arguments of a call by the names of its function's parameters: atoms, and what is
    static as it is."""
    function = statement.op.rule
    assert function is not None
    names = _names(function)
    count = len(statement.args) - len(statement.op.named)
    if count > len(names):
        raise OneByOne
    found: dict[str, Any] = dict(zip(names, statement.args[:count], strict=False))
    found |= dict(zip(statement.op.named, statement.args[count:], strict=True))
    return found | dict(statement.static)


def _known(value: Any) -> Any:
    """A constant's value."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Var):
        raise OneByOne
    return value


def _behind(axis: Any) -> Any:
    """An axis, or a tuple of such, behind the leading one."""
    if isinstance(axis, (tuple, list)):
        return tuple(_behind(one) for one in axis)
    if not isinstance(axis, (int, np.integer)):
        raise OneByOne
    return axis + 1 if axis >= 0 else axis


def _call(
    scope: Scope, statement: Bind, function: Any, args: list[Atom], keywords: dict[str, Any]
) -> None:
    """A call with further arguments by keyword; what is static is static again."""
    if any(isinstance(v, Var) for v in keywords.values()):
        raise OneByOne
    static = {k: v.value if isinstance(v, Const) else v for k, v in keywords.items()}
    give(scope, statement.out, operation(function), args, **static)


def _along(*names: str, whole: str) -> BatchRule:
    """Of functions of an array with axes by these names. whole: what they do where the first of
    these is None: "all" axes, or on the "flat" array."""

    def rule(scope: Scope, statement: Bind) -> None:
        found = arguments(statement)
        name, first = next(iter(found.items()))
        if any(moves(scope, v) for k, v in found.items() if k != name and isinstance(v, Var)):
            raise OneByOne
        del found[name]
        rank, value = rank_of(first), read(scope, first)
        axes = {n: _known(found.pop(n) if n in found else _default(statement, n)) for n in names}
        if rank == 0 and whole == "all":
            _natural(scope, statement) if axes[names[0]] else _same(scope, statement)
            return
        if axes[names[0]] is None and whole == "flat":
            value = _flat(scope, first)
            axes[names[0]] = 1
        elif axes[names[0]] is None:
            axes[names[0]] = tuple(range(1, rank + 1)) if rank != 1 else 1
        else:
            axes = {n: _behind(axis) for n, axis in axes.items()}
        _call(scope, statement, statement.op.rule, [value], {**found, **axes})

    return rule


def _same(scope: Scope, statement: Bind) -> None:
    """Of one number in each direction, the sum, the mean, the extrema are that number."""
    if statement.op.rule not in (np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin):
        raise OneByOne
    _reshaped(scope, statement, statement.args[0], Const((), Tup(())))


def _default(statement: Bind, name: str) -> Any:
    function = statement.op.rule
    assert function is not None
    default = inspect.signature(function).parameters[name].default
    if default is inspect.Parameter.empty:
        raise OneByOne
    return default


def _flat(scope: Scope, atom: Atom) -> Var:
    """An array with one axis in each direction."""
    kind = type_of(atom)
    assert isinstance(kind, Num) and kind.shape is not None
    target = with_axis(Num(kind.forms, kind.dtype, (dims.fresh(0),)), scope.batch.length)
    shape = with_count(scope, static_of(-1))
    return add(scope, operation(np.reshape), (read(scope, atom), shape), target)


# -- views and shapes


def _transpose(scope: Scope, statement: Bind) -> None:
    first, *rest = statement.args
    rank, found = rank_of(first), None
    if rest or statement.static:
        given = arguments(statement)
        found = _known(given.get("axes"))
    if rank < 2:
        scope.batch.made[statement.out] = made(scope, first)  # type: ignore[arg-type]
        return
    order = range(rank - 1, -1, -1) if found is None else [axis % rank for axis in found]
    matrix = attribute("mT")
    if list(order) == [1, 0] and matrix is not None:
        give(scope, statement.out, matrix, (read(scope, first),))
        return
    axes = (0, *(axis + 1 for axis in order))
    give(scope, statement.out, operation(np.transpose), (read(scope, first), static_of(axes)))


def _reshaped(scope: Scope, statement: Bind, value: Atom, shape: Atom) -> None:
    given = with_count(scope, shape)
    give(scope, statement.out, operation(np.reshape), (read(scope, value), given))


def _reshape(scope: Scope, statement: Bind) -> None:
    first, *rest = statement.args
    if statement.static or not rest or moves(scope, rest[0]):
        raise OneByOne
    if len(rest) > 1:
        if any(not isinstance(a, Const) or not isinstance(a.value, int) for a in rest):
            raise OneByOne
        rest = [static_of(tuple(a.value for a in rest))]  # type: ignore[union-attr]
    _reshaped(scope, statement, first, rest[0])


def _ravel(scope: Scope, statement: Bind) -> None:
    if len(statement.args) > 1 or statement.static:
        raise OneByOne
    _reshaped(scope, statement, statement.args[0], static_of(-1))


def _broadcast_to(scope: Scope, statement: Bind) -> None:
    value, shape = statement.args
    row = aligned(scope, value, rank_of(statement.out))
    give(scope, statement.out, statement.op, (row, with_count(scope, shape)))


def _full_like(scope: Scope, statement: Bind) -> None:
    model, value, *rest = statement.args
    if rest or any(key != "dtype" for key, _ in statement.static):
        raise OneByOne
    if not moves(scope, value):
        give(scope, statement.out, statement.op, (read(scope, model), value),
             **dict(statement.static))  # fmt: skip
        return
    _filled(scope, statement, whole_shape(scope, model), value)


def _full(scope: Scope, statement: Bind) -> None:
    shape, value, *rest = statement.args
    if rest or statement.static or not moves(scope, value):
        raise OneByOne
    _filled(scope, statement, with_count(scope, shape), value)


def _filled(scope: Scope, statement: Bind, shape: Atom, value: Atom) -> None:
    """An array that is one number in each direction."""
    kind = statement.out.type
    row = aligned(scope, value, rank_of(statement.out))
    found = type_of(row)
    if isinstance(kind, Num) and isinstance(found, Num) and found.dtype != kind.dtype:
        if kind.dtype is None:
            raise OneByOne
        row = as_dtype(scope, row, kind.dtype)
    give(scope, statement.out, operation(np.broadcast_to), (row, shape))


def _squeeze(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = _known(found.get("axis"))
    first = statement.args[0]
    if axis is None:
        kind = type_of(first)
        assert isinstance(kind, Num)
        rank_of(first)
        axis = tuple(k for k, dim in enumerate(kind.shape or ()) if dim.known == 1)
        if rank_of(first) - len(axis) != rank_of(statement.out):
            raise OneByOne
    _call(scope, statement, np.squeeze, [read(scope, first)], {"axis": _behind(axis)})


def _unbroadcast(scope: Scope, statement: Bind) -> None:
    """Axes are summed in each direction: those in front first, since the leading one stays."""
    value, like = statement.args
    if isinstance(type_of(like), (Num, Tup)):
        goal = rank_of(like) if isinstance(type_of(like), Num) else len(type_of(like).items)  # type: ignore[attr-defined]
    extra = rank_of(value) - goal
    row = spread(scope, value)
    if extra > 0:
        axes = tuple(range(1, extra + 1))
        kind = type_of(row)
        assert isinstance(kind, Num) and kind.shape is not None
        rest = Num(kind.forms, kind.dtype, (kind.shape[0], *kind.shape[extra + 1 :]))
        row = add(scope, operation(np.sum), (row,), rest, "", (("axis", axes),))
    shape = whole_shape(scope, like) if isinstance(type_of(like), Num) else with_count(scope, like)
    give(scope, statement.out, statement.op, (row, shape))


def _added(scope: Scope, statement: Bind) -> None:
    """Leaf by leaf; leaves of different ranks don't line up."""
    first, second = statement.args
    if not _alike(type_of(first), type_of(second)):
        raise OneByOne
    give(scope, statement.out, statement.op, (spread(scope, first), spread(scope, second)))


def _alike(first: Type, second: Type) -> bool:
    if isinstance(first, Num) and isinstance(second, Num):
        shapes = first.shape, second.shape
        return None not in shapes and len(shapes[0] or ()) == len(shapes[1] or ())
    if isinstance(first, Tup) and isinstance(second, Tup):
        return all(map(_alike, first.items, second.items))
    if isinstance(first, Lst) and isinstance(second, Lst):
        return _alike(first.item, second.item)
    return first == second


def _roll(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = _known(found.get("axis"))
    first, places = statement.args[:2] if len(statement.args) > 1 else (statement.args[0], None)
    if axis is None and rank_of(first) != 1:
        raise OneByOne
    shift = places if places is not None else static_of(found["shift"])
    give(scope, statement.out, operation(np.roll), (read(scope, first), shift),
         axis=1 if axis is None else _behind(axis))  # fmt: skip


# -- several arrays


def _joined(default: Any) -> BatchRule:
    """`np.concatenate`, `np.stack`: lists of arrays along an axis."""

    def rule(scope: Scope, statement: Bind) -> None:
        found = arguments(statement)
        name, items = next(iter(found.items()))
        del found[name]
        axis = _known(found.pop("axis", default))
        if not isinstance(type_of(items), (Lst, Tup)):
            raise OneByOne
        _call(scope, statement, statement.op.rule, [read(scope, items)],
              {**found, "axis": _behind(axis)})  # fmt: skip

    return rule


def _stacked(scope: Scope, statement: Bind) -> None:
    """`np.hstack`, `np.vstack`, `np.column_stack` of vectors or matrices."""
    (items,) = statement.args
    kind = type_of(items)
    kinds = kind.items if isinstance(kind, Tup) else (kind.item,) if isinstance(kind, Lst) else ()
    ranks = {len(k.shape) for k in kinds if isinstance(k, Num) and k.shape is not None}
    if len(ranks) != 1 or not all(isinstance(k, Num) and k.shape for k in kinds):
        raise OneByOne
    (rank,) = ranks
    axis, function = STACKS[statement.op.rule][min(rank, 2) - 1]
    give(scope, statement.out, operation(function), (read(scope, items),), axis=axis)


# Along which axis, and how, vectors and then matrices are put together.
STACKS: dict[Any, tuple[tuple[int, Any], tuple[int, Any]]] = {
    np.hstack: ((1, np.concatenate), (2, np.concatenate)),
    np.vstack: ((1, np.stack), (1, np.concatenate)),
    np.column_stack: ((2, np.stack), (2, np.concatenate)),
}


def _of_lists(scope: Scope, statement: Bind) -> None:
    """`first + second` and `items * count` of lists put them together, whatever they hold."""
    give(scope, statement.out, statement.op, [spread(scope, a) if is_continuous(type_of(a))
                                              else a for a in statement.args])  # fmt: skip


def _sum_of_list(scope: Scope, statement: Bind) -> None:
    """`sum(items)`: all of one rank, as is the result."""
    items, *start = statement.args
    kind = type_of(items)
    rank = rank_of(statement.out)
    found = kind.items if isinstance(kind, Tup) else (kind.item,) if isinstance(kind, Lst) else ()
    every = [k.shape for k in (*found, *map(type_of, start)) if isinstance(k, Num)]
    if len(every) != len(found) + len(start) or any(s is None or len(s) != rank for s in every):
        raise OneByOne
    args = (read(scope, items), *(read(scope, a) for a in start))
    # Of no items the sum is the start, in all directions the same.
    total = add(scope, statement.op, args, made(scope, statement.out).type)
    give(scope, statement.out, OPERATORS["add"], (total, _zero_rows(scope, rank)))


def _zero_rows(scope: Scope, rank: int) -> Atom:
    shape = with_count(scope, static_of((1,) * rank)) if rank else scope.batch.count
    kind = Num(frozenset({ARRAY}), "float64", (scope.batch.length, *(dims.constant(1),) * rank))
    return add(scope, ZEROS, (shape,), kind)


def _split(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = _known(found.pop("axis", 0))
    array, places = statement.args[:2]
    if len(found) != 2 or not isinstance(statement.out.type, (Lst, Tup)):
        raise OneByOne
    _call(scope, statement, statement.op.rule, [read(scope, array), places],
          {"axis": _behind(axis)})  # fmt: skip


def _repeat(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = _known(found.get("axis"))
    first, times = statement.args[:2]
    if moves(scope, times) or len(statement.args) > 2:
        raise OneByOne
    value = _flat(scope, first) if axis is None else read(scope, first)
    give(scope, statement.out, operation(np.repeat), (value, times),
         axis=1 if axis is None else _behind(axis))  # fmt: skip


def _tile(scope: Scope, statement: Bind) -> None:
    first, times = statement.args
    known, rank = type_of(times), rank_of(first)
    count = len(known.items) if isinstance(known, Tup) else 1 if isinstance(known, Num) else None
    if isinstance(times, Const):
        count = len(times.value) if isinstance(times.value, (tuple, list)) else 1
    if count is None or count > rank:
        raise OneByOne
    give(scope, statement.out, statement.op, (read(scope, first), times))


def _take(scope: Scope, statement: Bind) -> None:
    found = arguments(statement)
    axis = _known(found.pop("axis", None))
    first, places = statement.args[:2]
    if moves(scope, places) or len(found) > 2:
        raise OneByOne
    value = _flat(scope, first) if axis is None else read(scope, first)
    give(scope, statement.out, operation(np.take), (value, places),
         axis=1 if axis is None else _behind(axis))  # fmt: skip


def _take_along_axis(scope: Scope, statement: Bind) -> None:
    first, places, *rest = statement.args
    axis = _known(arguments(statement).get("axis", -1))
    if moves(scope, places) or axis is None or not moves(scope, first):
        raise OneByOne
    kind = type_of(places)
    if not isinstance(kind, Num) or kind.shape is None or rest:
        axis = _known(rest[0]) if rest else axis
    give(scope, statement.out, operation(np.take_along_axis),
         (read(scope, first), inserted(scope, places, 0, 1)), axis=_behind(axis))  # fmt: skip


def _diag(scope: Scope, statement: Bind) -> None:
    """Of a matrix, its diagonal."""
    if len(statement.args) > 1 or statement.static or rank_of(statement.args[0]) != 2:
        raise OneByOne
    give(scope, statement.out, operation(np.diagonal), (read(scope, statement.args[0]),),
         axis1=1, axis2=2)  # fmt: skip


OVER_AXES = (
    np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.any, np.all, np.var, np.std,
    np.flip, np.count_nonzero, np.nansum, np.nanmean,
)  # fmt: skip
ALONG_ONE_AXIS = (np.cumsum, np.cumprod, np.diff, np.expand_dims, np.sort)
NATURAL = (
    np.copy, np.asarray, np.ascontiguousarray, np.ndarray.astype, np.zeros_like, np.ones_like,
    np.empty_like, np.real, np.imag, np.nan_to_num, zeros, np.tril, np.triu, np.linalg.inv,
    np.linalg.det, np.linalg.cholesky, np.matrix_transpose, np.fft.fft, np.fft.ifft, np.fft.rfft,
    np.fft.irfft, np.fft.hfft, np.fft.ihfft, np.sinc, np.i0,
)  # fmt: skip

RULES: dict[Any, BatchRule] = {
    **dict.fromkeys(OVER_AXES, _along("axis", whole="all")),
    **dict.fromkeys(ALONG_ONE_AXIS, _along("axis", whole="flat")),
    **dict.fromkeys(NATURAL, _natural),
    np.moveaxis: _along("source", "destination", whole="all"),
    np.swapaxes: _along("axis1", "axis2", whole="all"),
    np.diagonal: _along("axis1", "axis2", whole="all"),
    np.trace: _along("axis1", "axis2", whole="all"),
    np.array: _array,
    np.roll: _roll,
    **PRODUCTS,
    np.transpose: _transpose,
    np.reshape: _reshape,
    np.ravel: _ravel,
    np.ndarray.flatten: _ravel,
    np.ndarray.item: _item,
    np.broadcast_to: _broadcast_to,
    np.full_like: _full_like,
    np.full: _full,
    np.squeeze: _squeeze,
    np.concatenate: _joined(0),
    np.stack: _joined(0),
    np.hstack: _stacked,
    np.vstack: _stacked,
    np.column_stack: _stacked,
    sequences.joined: _of_lists,
    sequences.repeated: _of_lists,
    sum: _sum_of_list,
    np.split: _split,
    np.array_split: _split,
    np.repeat: _repeat,
    np.tile: _tile,
    np.take: _take,
    np.take_along_axis: _take_along_axis,
    np.diag: _diag,
    unbroadcast: _unbroadcast,
    added: _added,
}


# -- what is the same in all directions


def measured(scope: Scope, statement: Bind) -> None:
    """The shape, or a part of it, of a value in each direction; anything else is read as it is."""
    value, name = statement.args[0], statement.op.name
    kind = type_of(value)
    if not isinstance(kind, Num) or name == ".dtype":
        args = tuple(read(scope, a) for a in statement.args)
        scope.statements.append(replace(statement, args=args))
    elif name in (".shape", "np.shape"):
        _bound(scope, statement, GETITEM, (shape_of(scope, value),), (IndexStep((WHOLE,)),))
    elif name == "len":
        op = attribute("shape")
        assert op is not None
        shape = add(scope, op, (read(scope, value),), Tup((INT, *(INT,) * rank_of(value))))
        _bound(scope, statement, GETITEM, (shape,), (IndexStep((1,)),))
    else:
        op = attribute("ndim" if name.endswith("ndim") else "size")
        assert op is not None
        whole = add(scope, op, (read(scope, value),), INT)
        args = (whole, number(1) if name.endswith("ndim") else scope.batch.count)
        _bound(scope, statement, OPERATORS["sub" if name.endswith("ndim") else "floordiv"], args)


def _bound(scope: Scope, statement: Bind, op: Op, args: tuple[Atom, ...], path: Path = ()) -> None:
    scope.statements.append(replace(statement, op=op, args=args, static=(), path=path))


def rows_first(scope: Scope, value: Atom) -> Var:
    """An array whose rows have the leading axis."""
    kind = type_of(value)
    assert isinstance(kind, Num)
    shape = None if kind.shape is None else (kind.shape[1], kind.shape[0], *kind.shape[2:])
    args = (value, number(0), number(1))
    return add(scope, operation(np.swapaxes), args, replace(kind, shape=shape))

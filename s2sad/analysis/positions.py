"""Whether a place that one trip of a loop writes can be met by what others read.

Indices are linear expressions over symbols (`Dim`): lengths of axes, and the positions of loops
over ranges. A symbol has bounds, which are such expressions, too. That an expression is never
negative is proved by replacing symbols by their bounds until a number is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

from s2sad.analysis import dims
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Const, For, Hole, IndexStep, SliceStep, Var
from s2sad.ir.ops import OPERATORS, RANGE_OP
from s2sad.ir.types import Dim, Num

DEPTH = 5
ONE = dims.constant(1)
SIGNS = {OPERATORS["add"]: 1, OPERATORS["sub"]: -1}
Rows = dict[str, tuple[Dim, ...]]
Linear = Callable[[Atom], Dim | None]


@frozen
class Trips:
    """The trips of a loop over a range. symbol: its position. low, high: the least and the greatest
    one. step: how much the position grows, at least, from trip to trip; less than 0 if it falls."""

    symbol: str
    low: Dim
    high: Dim
    step: int


@frozen
class Slice:
    """Positions from start to before stop, where these aren't None."""

    start: Dim | None
    stop: Dim | None


@frozen
class Region:
    """A place in an array: for each leading axis a position or a slice, as far as they are known.
    low, high: expressions that symbols are at least, and at most."""

    axes: tuple[Dim | Slice | None, ...]
    low: Rows = field(default_factory=dict)
    high: Rows = field(default_factory=dict)


@frozen
class Positions:
    """How to read indices. made: what makes each variable. trips: by the element of a range the
    trips of its loop. fixed: the variables made outside of all loops."""

    made: Mapping[Var, Bind]
    trips: Mapping[Var, Trips]
    fixed: frozenset[Var]


def trips_of(loop: For, known: Positions, symbol: str) -> tuple[Var, Trips] | None:
    """The element of the range that a loop runs over, and its trips; None without a range of
    constant step."""
    for x, element in zip(loop.xs, loop.body.params[len(loop.inits) :], strict=True):
        bind = known.made.get(x) if isinstance(x, Var) else None
        if bind is None or bind.op != RANGE_OP:
            continue
        start, stop, step = (linear(known, a) for a in bind.args)
        if start is None or stop is None or step is None or not step.known:
            continue
        bounds = (
            (start, dims.add(stop, ONE, -1)) if step.known > 0 else (dims.add(stop, ONE), start)
        )
        return element, Trips(symbol, *bounds, -step.known if loop.reverse else step.known)
    return None


def linear(known: Positions, atom: Atom, depth: int = DEPTH) -> Dim | None:
    """An integer as an expression over symbols that mean the same wherever they stand."""
    if isinstance(atom, Const):
        return dims.constant(atom.value) if type(atom.value) is int else None
    if not isinstance(atom, Var) or not isinstance(atom.type, Num) or atom.type.may_be_array:
        return None
    if atom in known.trips:
        return dims.symbol(known.trips[atom].symbol, None)
    value, bind = atom.type.value, known.made.get(atom)
    if value is not None and not dims.unknowns(value):
        return value
    if bind is not None and bind.op in SIGNS and depth:
        one, other = (linear(known, a, depth - 1) for a in bind.args)
        return None if one is None or other is None else dims.add(one, other, SIGNS[bind.op])
    integer = atom.type.dtype == "int64" and atom in known.fixed
    return dims.symbol(f"@{id(atom)}", None) if integer else None


def region(known: Positions, bind: Bind) -> Region | None:
    """The place that the first step of a path leads to; None where that isn't an index."""
    step = bind.path[0] if bind.path else None
    if not isinstance(step, IndexStep):
        return None
    axes: list[Any] = []
    for part in step.components:
        if part is None or part is Ellipsis or isinstance(part, (str, bool)):
            break
        if isinstance(part, Hole) and not _is_integer(bind.args[part.position]):
            break
        axes.append(_axis(known, part, bind.args))
    return Region(tuple(axes))


def _is_integer(atom: Atom) -> bool:
    kind = atom.type
    return isinstance(kind, Num) and not kind.may_be_array and kind.dtype == "int64"


def _axis(known: Positions, part: Any, args: tuple[Atom, ...]) -> Any:
    if isinstance(part, int):
        return dims.constant(part)
    if isinstance(part, Hole):
        return linear(known, args[part.position])
    if not isinstance(part, SliceStep) or part.step not in (None, 1):
        return None
    bounds = [_bound(known, b, args) for b in (part.start, part.stop)]
    return None if Ellipsis in bounds else Slice(*bounds)


def _bound(known: Positions, bound: Any, args: tuple[Atom, ...]) -> Any:
    """A bound of a slice, None where it is left out, or Ellipsis where it isn't known."""
    if bound is None or (isinstance(bound, Hole) and _is_none(args[bound.position])):
        return None
    found = _axis(known, bound, args)
    return Ellipsis if found is None or isinstance(found, Slice) else found


def _is_none(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is None


# -- other trips


def later(place: Region, trips: Trips) -> Region:
    """The place, written in the present trip of a loop, in a trip after that."""
    renamed, old = _outside(place, trips)
    if old is None:
        return renamed
    now, then = dims.symbol(trips.symbol, None), dims.symbol(old, None)
    here, there = (dims.add(a, dims.constant(trips.step), s) for a, s in ((then, 1), (now, -1)))
    if trips.step > 0:
        rows = ((trips.symbol, here),), ((old, there),)
    else:
        rows = ((old, there),), ((trips.symbol, here),)
    return Region(renamed.axes, _with(renamed.low, rows[0]), _with(renamed.high, rows[1]))


def left(place: Region, trips: Trips, *, first: bool) -> Region:
    """The place as written in some trip of a loop, from outside of it. first: it hasn't been
    carried to later trips before."""
    found = _outside(place, trips)[0] if first else place
    keep = {trips.symbol}
    return Region(found.axes, _without(found.low, keep), _without(found.high, keep))


def _outside(place: Region, trips: Trips) -> tuple[Region, str | None]:
    """The place with another symbol for the position of a loop, and that symbol, if it has it."""
    if not any(trips.symbol in _symbols(d) for d in _dims(place)):
        return place, None
    symbol = f"{trips.symbol}'"
    table = {trips.symbol: dims.symbol(symbol, None)}
    axes = tuple(_mapped(axis, table) for axis in place.axes)
    low = _with(_mapped_rows(place.low, table), ((symbol, trips.low),))
    return Region(
        axes, low, _with(_mapped_rows(place.high, table), ((symbol, trips.high),))
    ), symbol


def _dims(place: Region) -> Iterable[Dim]:
    for axis in place.axes:
        yield from (axis,) if isinstance(axis, Dim) else ()
        yield from (b for b in (axis.start, axis.stop) if b) if isinstance(axis, Slice) else ()
    for rows in (place.low, place.high):
        for name, bounds in rows.items():
            yield dims.symbol(name)
            yield from bounds


def _symbols(dim: Dim) -> set[str]:
    return {name for name, _ in dim.terms}


def _mapped(axis: Any, table: Mapping[str, Dim]) -> Any:
    if isinstance(axis, Slice):
        return Slice(_mapped(axis.start, table), _mapped(axis.stop, table))
    return None if axis is None else _replaced(axis, table)


def _replaced(dim: Dim, table: Mapping[str, Dim]) -> Dim:
    for name, coefficient in dim.terms:
        if name in table:
            change = dims.add(table[name], dims.symbol(name, None), -1)
            dim = dims.add(dim, dims.scale(change, coefficient))
    return dim


def _mapped_rows(rows: Rows, table: Mapping[str, Dim]) -> Rows:
    return {
        next(iter(_symbols(table[name]))) if name in table else name: tuple(
            _replaced(b, table) for b in bounds
        )
        for name, bounds in rows.items()
    }


def _with(rows: Rows, more: Iterable[tuple[str, Dim]]) -> Rows:
    found = dict(rows)
    for name, bound in more:
        found[name] = (*found.get(name, ()), bound)
    return found


def _without(rows: Rows, names: set[str]) -> Rows:
    return {
        name: tuple(b for b in bounds if not names & _symbols(b))
        for name, bounds in rows.items()
        if name not in names
    }


# -- proofs


def apart(one: Region, other: Region, around: Iterable[Trips]) -> bool:
    """Whether two places in one array share nothing, inside the loops `around`."""
    low, high = one.low, one.high
    for trips in around:
        low = _with(low, ((trips.symbol, trips.low),))
        high = _with(high, ((trips.symbol, trips.high),))
    bounds = Region((), low, high)
    pairs = zip(one.axes, other.axes, strict=False)
    return any(_axes_apart(a, b, bounds) for a, b in pairs if a is not None and b is not None)


def _axes_apart(one: Dim | Slice, other: Dim | Slice, bounds: Region) -> bool:
    """Positions that may be negative count from the end, so nothing is said of them; but of two
    constants of one sign."""
    first, second = (_span(axis) for axis in (one, other))
    return _before(first, second, bounds) or _before(second, first, bounds)


def _span(axis: Dim | Slice) -> Slice:
    """A position as a slice of one element; -1 has no stop."""
    if isinstance(axis, Slice):
        return axis
    return Slice(axis, None if axis.known == -1 else dims.add(axis, ONE))


def _before(one: Slice, other: Slice, bounds: Region) -> bool:
    """Whether one slice stops before, or where, the other one starts."""
    stop, start = one.stop, other.start
    if stop is None or start is None:
        return False
    if stop.known is not None and start.known is not None and (stop.known < 0) == (start.known < 0):
        return stop.known <= start.known
    return all(
        never_negative(dim, bounds) for dim in (dims.add(start, stop, -1), stop, _first(one))
    )


def _first(span: Slice) -> Dim:
    return dims.constant(0) if span.start is None else span.start


def never_negative(dim: Dim, bounds: Region, depth: int = DEPTH) -> bool:
    """Whether an expression is 0 or more, for all values of its symbols within their bounds."""
    if not dim.terms:
        return dim.constant >= 0
    if dim.least is not None and dim.least >= 0:
        return True
    for name, coefficient in dim.terms if depth else ():
        rows = bounds.low if coefficient > 0 else bounds.high
        for bound in rows.get(name, ()):
            if never_negative(_replaced(dim, {name: bound}), bounds, depth - 1):
                return True
    return False

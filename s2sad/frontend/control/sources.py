"""What a `for` runs over: the sequences that it reads by position, and what a trip binds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from s2sad.analysis import dims
from s2sad.frontend.data import overloads
from s2sad.frontend.data.access import get_item, length
from s2sad.frontend.data.grids import grid_item, grid_lengths, grid_size
from s2sad.frontend.data.iterables import GRIDS, applied
from s2sad.frontend.data.operators import binary
from s2sad.frontend.state.context import Context, add, constant, elements_of, refuse, wrap
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.sharing import part_of
from s2sad.frontend.state.values import Abstract, Items, Iteration, Known, Ref, Value
from s2sad.ir.data import Atom, Bind, Const, IndexStep, SliceStep, Var
from s2sad.ir.ops import GETITEM, RANGE_OP
from s2sad.ir.types import INT, RANGE, Bottom, Lst, Num, Opaque, Type
from s2sad.origins import Origin

# What gives the element in a trip.
Bound = Callable[[Context], Abstract]


@dataclass(eq=False)
class Sources:
    """The sequences that a loop reads by position, and the elements that it takes from each.

    rows: whether arrays and lists are read so; else only ranges are, and elements are read at
    the position. locations: what is read row by row.
    """

    ctx: Context
    node: Any
    origin: Origin | None
    rows: bool
    sequences: list[Atom] = field(default_factory=list)
    elements: list[Var] = field(default_factory=list)
    locations: list[int] = field(default_factory=list)


def element_of(read: Sources, iterable: Abstract, target: Any) -> Bound:
    """Adds the sequences to read by position; gives what binds the element in each trip."""
    ctx, at = read.ctx, read.node.iter
    iterable = overloads.iterable(ctx, iterable, at)
    if isinstance(iterable, Iteration):
        return _iteration(read, iterable, target)
    kind = type_at(ctx, iterable, at)
    if isinstance(iterable, Known) and isinstance(iterable.value, range):
        span = iterable.value
        bounds = tuple(constant(b) for b in (span.start, span.stop, span.step))
        return _range_element(read, add(ctx, RANGE_OP, bounds, RANGE, "", at), target)
    if kind == RANGE:
        return _range_element(read, atom_of(ctx, iterable), target)
    if isinstance(kind, Lst) or (isinstance(kind, Num) and kind.shape):
        assert isinstance(iterable, Ref)
        if read.rows:
            return _row(read, iterable, kind, target)
        return _indexed(read, iterable, target)
    refuse(ctx, "S101", f"iterating over a value of type {kind} isn't supported", at)


def _range_element(read: Sources, source: Atom, target: Any) -> Bound:
    element = Var(_name(target, "k"), _index_type(read.ctx, source), read.origin)
    read.sequences.append(source)
    read.elements.append(element)
    return lambda ctx: Value(element)


def _range_of(read: Sources, bounds: tuple[Atom, ...], target: Any = None) -> Bound:
    """The elements of a range that stands for positions."""
    return _range_element(read, add(read.ctx, RANGE_OP, bounds, RANGE, "", read.node.iter), target)


def _row(read: Sources, iterable: Ref, kind: Type, target: Any) -> Bound:
    source = atom_of(read.ctx, iterable, "", read.node.iter)
    element = Var(_name(target, f"{_hint(source)}.item"), _row_type(kind), read.origin)
    read.sequences.append(source)
    read.elements.append(element)
    read.locations.append(iterable.location)

    def make(ctx: Context) -> Abstract:
        value = wrap(ctx, element, read.node.target)
        part_of(ctx, iterable.location, value)
        return value

    return make


def _indexed(read: Sources, iterable: Abstract, target: Any) -> Bound:
    node = read.node
    count = atom_of(read.ctx, length(read.ctx, iterable, "", node.iter))
    index = _range_of(read, (constant(0), count, constant(1)))
    return lambda ctx: get_item(ctx, iterable, index(ctx), _name(target, ""), node.target)


# -- iterators


def _iteration(read: Sources, value: Iteration, target: Any) -> Bound:
    if value.kind in ("map", "starmap"):
        return _mapped(read, value)
    if value.kind == "filter":
        refuse(
            read.ctx,
            "S101",
            "`filter` inside of another iterator isn't supported",
            read.node.iter,
            help="make it a list: list(filter(...))",
        )
    if value.kind == "zip":
        return _zipped(read, value, target)
    if value.kind in GRIDS:
        return _grid(read, value)
    if value.kind == "enumerate":
        return _enumerated(read, value, target)
    return _reversed(read, value, target)


def _mapped(read: Sources, value: Iteration) -> Bound:
    makers = [element_of(read, p, None) for p in value.parts[1:]]
    return lambda ctx: applied(ctx, value, [make(ctx) for make in makers], read.node.iter)


def _zipped(read: Sources, value: Iteration, target: Any) -> Bound:
    targets = _targets(target, len(value.parts))
    makers = [element_of(read, p, t) for p, t in zip(value.parts, targets, strict=True)]
    return lambda ctx: Items(tuple(m(ctx) for m in makers))


def _grid(read: Sources, value: Iteration) -> Bound:
    ctx, node = read.ctx, read.node
    lengths = grid_lengths(ctx, value, node.iter)
    total = atom_of(ctx, grid_size(ctx, lengths, node.iter))
    place = _range_of(read, (constant(0), total, constant(1)))
    return lambda ctx: grid_item(ctx, value, lengths, place(ctx), node.target)


def _enumerated(read: Sources, value: Iteration, target: Any) -> Bound:
    ctx, node = read.ctx, read.node
    (sequence, start), targets = value.parts, _targets(target, 2)
    count = length(ctx, _sequence(sequence), "", node.iter)
    stop = binary(ctx, "add", start, count, "", node) if not _is_zero(start) else count
    counter = _range_of(read, (atom_of(ctx, start), atom_of(ctx, stop), constant(1)), targets[0])
    item = element_of(read, sequence, targets[1])
    return lambda ctx: Items((counter(ctx), item(ctx)))


def _reversed(read: Sources, value: Iteration, target: Any) -> Bound:
    ctx, node, sequence = read.ctx, read.node, value.parts[0]
    if type_at(ctx, sequence, node.iter) == RANGE:
        return _range_element(read, _turned(read, sequence), target)
    count = length(ctx, _sequence(sequence), "", node.iter)
    last = binary(ctx, "sub", count, Known(1), "", node)
    index = _range_of(read, (atom_of(ctx, last), constant(-1), constant(-1)))
    return lambda ctx: get_item(ctx, sequence, index(ctx), _name(target, ""), node.target)


def _turned(read: Sources, value: Abstract) -> Atom:
    """A range from its end."""
    source, step = atom_of(read.ctx, value), IndexStep((SliceStep(None, None, -1),))
    return add(read.ctx, GETITEM, (source,), RANGE, "", read.node.iter, (), (step,))


# -- names and types of elements


def _sequence(value: Abstract) -> Abstract:
    return value.parts[0] if isinstance(value, Iteration) else value


def _is_zero(value: Abstract) -> bool:
    return isinstance(value, Known) and value.value == 0


def _name(target: Any, default: str) -> str:
    return str(target.id) if isinstance(target, gast.Name) else default


def _targets(target: Any, count: int) -> list[Any]:
    if isinstance(target, (gast.Tuple, gast.List)) and len(target.elts) == count:
        return list(target.elts)
    return [None] * max(count, 2)


def _hint(atom: Atom) -> str:
    return atom.hint if isinstance(atom, Var) else ""


def _index_type(ctx: Context, source: Atom) -> Type:
    return Num(INT.forms, "int64", (), dims.fresh(0 if _counts_up(ctx, source) else None))


def _counts_up(ctx: Context, source: Atom) -> bool:
    """Whether a range runs from 0 or more upwards: its elements are no less than 0."""
    for statement in reversed(ctx.draft.statements):
        if isinstance(statement, Bind) and statement.outs == (source,):
            if statement.op is not RANGE_OP:
                return False
            start, _, step = statement.args
            bounds = [a.value for a in (start, step) if isinstance(a, Const)]
            return len(bounds) == 2 and bounds[0] >= 0 and bounds[1] > 0
    return False


def _row_type(kind: Type) -> Type:
    if isinstance(kind, Lst):
        return elements_of(kind) if not isinstance(kind.item, Bottom) else Opaque("object")
    assert isinstance(kind, Num) and kind.shape
    if len(kind.shape) == 1:
        return Num(frozenset({"np"}), kind.dtype)
    return Num(kind.forms, kind.dtype, kind.shape[1:])

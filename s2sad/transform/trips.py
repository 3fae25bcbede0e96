"""Which of the xs of a loop bound its number of trips, and which may go unread.

A loop over several sequences makes as many trips as the shortest has elements. The reverse of a
loop runs over what the loop ran over and over its tapes: all of the same length, by construction.
Here that is proved anew: a tape is as long as its loop made trips, and an element of a tape is
what the loop kept at that position, so that nested tapes are understood, too.

A length is described by a set of names, and is the least of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Block, Const, Exit, For, Undefined, Var, While
from s2sad.ir.ops import RANGE_OP
from s2sad.ir.printer import value_text
from s2sad.ir.types import Dim, Lst, Num, Type
from s2sad.ir.walk import blocks, exits, present

Loop = For | While
# In which trip of which loop a value of another loop's body is meant: the same position.
Places = Mapping[Loop, Loop]
Name = tuple[Any, ...]
Names = frozenset[Name]
DEPTH = 12


@frozen
class Facts:
    """Where variables come from.

    kept: the loop of a `ys`, and its place among the body's values. elements: the loop of
    a parameter that is an element of the xs, and which. trips: the loop of a trip count.
    leaving: the exits of each loop. binds: operations. around: the loops around each definition,
    and around each loop.
    """

    kept: dict[Var, tuple[Loop, int]] = field(default_factory=dict)
    elements: dict[Var, tuple[For, int]] = field(default_factory=dict)
    trips: dict[Var, Loop] = field(default_factory=dict)
    leaving: dict[Loop, tuple[Exit, ...]] = field(default_factory=dict)
    binds: dict[Var, Bind] = field(default_factory=dict)
    around: dict[Var | Loop, tuple[Loop, ...]] = field(default_factory=dict)


Lengths = Callable[[Facts, Atom, Places], Names]


def facts(body: Block) -> Facts:
    """The facts of a whole function."""
    found = Facts()
    _collect(found, body, ())
    return found


def _collect(found: Facts, block: Block, around: tuple[Loop, ...]) -> None:
    found.around.update(dict.fromkeys(block.params, around))
    for statement in block.statements:
        found.around.update(dict.fromkeys(statement.outs, around))
        if isinstance(statement, Bind):
            found.binds.update(dict.fromkeys(statement.outs, statement))
        inside = around
        if isinstance(statement, (For, While)):
            _collect_loop(found, statement, around)
            inside = (*around, statement)
        for nested in blocks(statement):
            _collect(found, nested, inside)


def _collect_loop(found: Facts, loop: Loop, around: tuple[Loop, ...]) -> None:
    slots = len(loop.inits)
    found.leaving[loop] = tuple(exits(loop.body))
    for k, variable in enumerate(loop.ys):
        found.kept[variable] = (loop, slots + k)
        found.around[variable] = around
    if loop.trips is not None:
        found.trips[loop.trips] = loop
    found.around.update(dict.fromkeys((loop, *present(loop.trips, loop.exit)), around))
    if isinstance(loop, For):
        for k, variable in enumerate(loop.body.params[slots:]):
            found.elements[variable] = (loop, k)


def bounding(known: Facts, loop: For, read: tuple[bool, ...]) -> tuple[bool, ...]:
    """Which xs must stay, where only the elements marked in `read` are read.

    Lists go first: a tape that nobody reads is then not kept either.
    """
    kept = [True] * len(loop.xs)
    if all(read):
        return tuple(kept)
    names = [_at_least(known, x, {}) for x in loop.xs]
    above = Counter(name for own in names for name in own)
    if loop.count is not None:
        above.update(_count_names(known, loop.count, {}, _at_least))
    order = sorted(range(len(loop.xs)), key=lambda k: not isinstance(loop.xs[k].type, Lst))
    for k in order:
        if not read[k] and kept.count(True) > 1 and _bounded(known, loop.xs[k], names[k], above):
            kept[k] = False
            above.subtract(names[k])
    return tuple(kept)


def _bounded(known: Facts, x: Atom, own: Names, above: Counter[Name]) -> bool:
    """Whether `x` is at least as long as the shortest of the others, or the count."""
    return all(above[name] > (name in own) for name in _length(known, x, {}))


def _length(known: Facts, atom: Atom, places: Places) -> Names:
    """Names of which the least is the length."""
    atom, places = _traced(known, atom, places)
    if isinstance(atom, Var) and atom in known.kept:
        return _trip_names(known, known.kept[atom][0], places)
    made = known.binds.get(atom) if isinstance(atom, Var) else None
    if made is not None and made.op == RANGE_OP and _from_zero(made):
        return _count_names(known, made.args[1], places, _length)
    size = _symbol(atom.type)
    return frozenset({("dim", size) if size else ("length", *_name(known, atom, places, DEPTH))})


def _from_zero(made: Bind) -> bool:
    """Whether a range is `range(0, n, 1)`: then n is its length."""
    start, _, step = (a.value if isinstance(a, Const) else None for a in made.args)
    return (start, step) == (0, 1)


def _symbol(kind: Type) -> Dim | None:
    if isinstance(kind, Lst):
        return kind.length
    return kind.shape[0] if isinstance(kind, Num) and kind.shape else None


def _at_least(known: Facts, atom: Atom, places: Places) -> Names:
    """Names of lengths that are the length or more."""
    names = _length(known, atom, places)
    atom, places = _traced(known, atom, places)
    if isinstance(atom, Var) and atom in known.kept:
        return names | _ceiling(known, known.kept[atom][0], places)
    return names


def _trip_names(known: Facts, loop: Loop, places: Places) -> Names:
    if isinstance(loop, While) or known.leaving[loop]:
        return frozenset({("trips", loop, _position(known, loop, places))})
    return _ceiling(known, loop, places)


def _ceiling(known: Facts, loop: Loop, places: Places) -> Names:
    """Names of lengths that the loop's trips can't exceed."""
    names: set[Name] = set()
    if isinstance(loop, For):
        for x in loop.xs:
            names |= _length(known, x, places)
        if loop.count is not None:
            names |= _count_names(known, loop.count, places, _length)
    return frozenset(names)


def _count_names(known: Facts, count: Atom, places: Places, names: Lengths) -> Names:
    count, places = _traced(known, count, places)
    if isinstance(count, Var) and count in known.trips:
        loop = known.trips[count]
        ceiling = _ceiling(known, loop, places) if names is _at_least else frozenset()
        return _trip_names(known, loop, places) | ceiling
    return frozenset({("count", *_name(known, count, places, DEPTH))})


def _traced(known: Facts, atom: Atom, places: Places) -> tuple[Atom, Places]:
    """An element of a tape as what the loop kept: a variable of its body, and in which trip."""
    while isinstance(atom, Var) and atom in known.elements:
        loop, k = known.elements[atom]
        tape, outer = _traced(known, loop.xs[k], places)
        if not (isinstance(tape, Var) and tape in known.kept):
            break
        source, position = known.kept[tape]
        if known.leaving[source]:
            break
        places = {**outer, source: places.get(loop, loop)}
        atom = source.body.terminator.values[position]
    return atom, places


def _name(known: Facts, atom: Atom, places: Places, depth: int) -> Name:
    """The same for two atoms only if they have the same value."""
    atom, places = _traced(known, atom, places)
    if isinstance(atom, Const):
        return ("const", type(atom.value), value_text(atom.value))
    if isinstance(atom, Undefined):
        return ("undefined",)
    if atom in known.elements:
        loop, k = known.elements[atom]
        return ("at", places.get(loop, loop), _name(known, loop.xs[k], places, depth))
    bind = known.binds.get(atom)
    if bind is not None and depth and _nameable(bind):
        args = tuple(_name(known, a, places, depth - 1) for a in bind.args)
        return ("bind", bind.op.name, bind.op.function, args)
    return ("var", atom, _position(known, atom, places))


def _nameable(bind: Bind) -> bool:
    plain = not bind.static and not bind.path and len(bind.outs) == 1
    return plain and (bind.op.style == "operator" or bind.op == RANGE_OP)


def _position(known: Facts, definition: Var | Loop, places: Places) -> tuple[Loop, ...]:
    """In which trips of the loops around it a definition is meant."""
    return tuple(places.get(loop, loop) for loop in known.around.get(definition, ()))

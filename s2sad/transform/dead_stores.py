"""Removes writes of the reverse sweep to places that nobody reads again.

Before:

    b.1: float64[n] = for b.2 = b; x.2 = x; i in range(n); e in t; reverse:
      x.3 = setitem(x.2[i], e)                    # takes back what was written in trip i
      w = getitem(x.3[:i])                        # here and later, at positions below i only
      ...
      yield b.3, x.3

After:

    b.1: float64[n] = for b.2 = b; x.2 = x; i in range(n); e in t; reverse:
      w = getitem(x.2[:i])
      ...
      yield b.3, x.2

Values have no aliases, so all that can see a write are the versions made of the one that it makes:
they are followed through writes, branches and loops to every read. A read is harmless if it can't
meet the place of the write, which `positions` proves from the ranges of loops and the order of
their trips. The tape that held what was written is then left to dead code. This is the "to be
recorded" analysis of Hascoët, Naumann and Pascual (2005), for elements of arrays.
"""

from __future__ import annotations

from dataclasses import field, replace

from s2sad.analysis.index_sets import EQUAL, Place, compare
from s2sad.analysis.positions import Positions, Region, Trips, apart, later, left, region, trips_of
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Block, Exit, For, Function, If, Statement, Var, Yield
from s2sad.ir.ops import ADDITEM, GETITEM, SETITEM
from s2sad.ir.types import Num
from s2sad.ir.walk import (
    all_statements,
    blocks,
    defined,
    definitions,
    operands,
    rebuild,
    resolve,
    substitute,
)
from s2sad.transform.effects import is_reverse
from s2sad.transform.rebinding import is_whole

# So many reads of a version and its descendants are looked at before giving up.
REACH = 96
SHAPE_ONLY = frozenset((".shape", ".size", ".ndim", "len", "np.zeros_like", "np.empty_like"))


@frozen
class Use:
    """Where a variable is read: by a statement, or at the end of a block of it (of the function,
    where there is none)."""

    statement: Statement | None
    end: Yield | Exit | None = None


@frozen
class Uses:
    """What reads each variable. trips: of the loops over ranges. around: the loops around each
    operation."""

    positions: Positions
    readers: dict[Var, list[Use]] = field(default_factory=dict)
    trips: dict[For, Trips] = field(default_factory=dict)
    around: dict[Bind, tuple[For, ...]] = field(default_factory=dict)


@frozen
class Search:
    """Who may see what a store writes. known: versions that were looked at, with the loops that
    the place has been carried out of by then, or on to later trips of."""

    uses: Uses
    store: Bind
    known: set[tuple[Var, frozenset[tuple[For, str]]]] = field(default_factory=set)


Status = frozenset[tuple[For, str]]
HERE: Status = frozenset()
LEFT, LATER = "left", "later"


def run(function: Function) -> Function:
    """The function without such writes."""
    made = definitions(function.body)
    stores = [bind for bind in made.values() if _is_store(bind)]
    if not stores:
        return function
    uses = _uses(function, made)
    gone: dict[Var, Atom] = {s.out: s.args[0] for s in stores if not _is_seen(uses, s)}
    if not gone:
        return function

    def kept(statement: Statement) -> list[Statement]:
        dead = isinstance(statement, Bind) and len(statement.outs) == 1 and statement.out in gone
        return [] if dead else [statement]

    body = rebuild(function.body, kept)
    return replace(function, body=substitute(body, resolve(gone)))


def _is_store(bind: Bind) -> bool:
    base = bind.args[0] if bind.args else None
    array = isinstance(base, Var) and isinstance(base.type, Num) and base.type.is_array
    return bind.op is SETITEM and is_reverse(bind) and array


# -- what reads what


def _uses(function: Function, made: dict[Var, Bind]) -> Uses:
    trips: dict[Var, Trips] = {}
    fixed = {p.var for p in function.params}
    fixed |= {v for s in function.body.statements for v in defined(s)}
    uses = Uses(Positions(made, trips, frozenset(fixed)))
    for number, loop in enumerate(s for s in all_statements(function.body) if isinstance(s, For)):
        found = trips_of(loop, uses.positions, f"#{number}")
        if found is not None:
            trips[found[0]] = uses.trips[loop] = found[1]
    _collect(uses, function.body, None, ())
    return uses


def _collect(uses: Uses, block: Block, owner: Statement | None, inside: tuple[For, ...]) -> None:
    for statement in block.statements:
        for atom in dict.fromkeys(operands(statement)):
            if isinstance(atom, Var):
                uses.readers.setdefault(atom, []).append(Use(statement))
        if isinstance(statement, Bind):
            uses.around[statement] = inside
        within = (*inside, statement) if isinstance(statement, For) else inside
        for nested in blocks(statement):
            _collect(uses, nested, statement, within)
    for atom in dict.fromkeys(block.terminator.values):
        if isinstance(atom, Var):
            uses.readers.setdefault(atom, []).append(Use(owner, block.terminator))


# -- who sees a write


def _is_seen(uses: Uses, store: Bind) -> bool:
    """Whether anything may depend on what is written."""
    place = region(uses.positions, store)
    return place is None or _seen(Search(uses, store), store.out, place, HERE)


def _seen(search: Search, version: Var, place: Region, status: Status) -> bool:
    if (version, status) in search.known:
        return False
    search.known.add((version, status))
    if len(search.known) > REACH:
        return True
    readers = search.uses.readers.get(version, ())
    return len(readers) > REACH or any(
        _seen_by(search, use, version, place, status) for use in readers
    )


def _seen_by(search: Search, use: Use, version: Var, place: Region, status: Status) -> bool:
    statement = use.statement
    if use.end is not None:
        return _seen_behind(search, use, version, place, status)
    if isinstance(statement, Bind):
        return _seen_by_operation(search, statement, version, place, status)
    if not isinstance(statement, For) or version in statement.xs or version is statement.count:
        return True
    slots = [k for k, init in enumerate(statement.inits) if init is version]
    following = [v for k in slots for v in (statement.body.params[k], statement.outs[k])]
    return any(_seen(search, v, place, status) for v in following)


def _seen_by_operation(
    search: Search, bind: Bind, version: Var, place: Region, status: Status
) -> bool:
    if bind.op.name in SHAPE_ONLY:
        return False
    if bind.args[0] is not version or version in bind.args[1:]:
        return True
    if bind.op is SETITEM and _covers(search.store, bind, status):
        return False
    if bind.op not in (GETITEM, SETITEM, ADDITEM):
        return True
    if bind.op is not SETITEM and not _misses(search.uses, bind, place):
        return True
    return bind.op is not GETITEM and _seen(search, bind.out, place, status)


def _covers(store: Bind, other: Bind, status: Status) -> bool:
    """Whether another write replaces all that the store wrote."""
    if is_whole(other.path, other.out.type):
        return True
    same = compare(Place(store.path, store.args), Place(other.path, other.args)) == EQUAL
    return status == HERE and same


def _misses(uses: Uses, bind: Bind, place: Region) -> bool:
    """Whether an operation reads elsewhere."""
    other = region(uses.positions, bind)
    around = (uses.trips[loop] for loop in uses.around[bind] if loop in uses.trips)
    return other is not None and apart(place, other, around)


def _seen_behind(search: Search, use: Use, version: Var, place: Region, status: Status) -> bool:
    """Whether it is seen behind the block that hands it on."""
    owner, end = use.statement, use.end
    if not isinstance(owner, (For, If)) or not isinstance(end, Yield):
        return True
    places = [k for k, value in enumerate(end.values) if value is version]
    if isinstance(owner, If):
        return any(_seen(search, owner.outs[k], place, status) for k in places)
    if max(places) >= len(owner.inits):
        return True
    trips = search.uses.trips.get(owner)
    behind, again = (_moved(place, trips, status, (owner, how)) for how in (LEFT, LATER))
    return any(
        _seen(search, owner.outs[k], *behind) or _seen(search, owner.body.params[k], *again)
        for k in places
    )


def _moved(
    place: Region, trips: Trips | None, status: Status, step: tuple[For, str]
) -> tuple[Region, Status]:
    """The place as it is seen behind a loop, or in a later trip of it."""
    loop, how = step
    first = not any(other is loop for other, _ in status)
    if trips is not None and how == LEFT:
        place = left(place, trips, first=first)
    elif trips is not None and first:
        place = later(place, trips)
    known = {(other, done) for other, done in status if other is not loop or done == LEFT}
    return place, frozenset({*known, step})

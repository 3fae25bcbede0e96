"""Counts the trips of a loop instead of keeping values that only say how many there were.

Before:

    x.1: py.float64; ys t: list[py.float64] = while ...
    b.2: py.float64 = for b.1: py.float64 = b; e: py.float64 in t; reverse:
      ...                                         # never reads e

After:

    x.1: py.float64; ys t: list[py.float64]; trips k: py.int64 = while ...
    r: range = range(0, k, 1)
    b.2: py.float64 = for b.1: py.float64 = b; e: py.int64 in r; reverse:
      ...

The tape is then read by nobody, and dead code drops it. A count that is the length of a range that
the loop runs over is dropped, too.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.ir.data import Atom, Bind, Const, For, Function, Statement, Var, While
from s2sad.ir.ops import RANGE_OP
from s2sad.ir.types import INT, RANGE
from s2sad.ir.walk import all_statements, definitions, rebuild, use_counts

Trips = dict[Var, Var]


def run(function: Function) -> Function:
    """The function with ranges over counts for tapes whose values nobody reads."""
    counts = use_counts(function.body)
    statements = tuple(all_statements(function.body))
    unread = {s.xs[0] for s in statements if isinstance(s, For) and _only_counts(s, counts)}
    trips: Trips = {}
    for statement in statements:
        if isinstance(statement, (For, While)) and any(tape in unread for tape in statement.ys):
            count = statement.trips or Var("trips", INT, None)
            trips.update((tape, count) for tape in statement.ys if tape in unread)

    def change(statement: Statement) -> list[Statement]:
        return _changed(statement, trips, counts)

    function = replace(function, body=rebuild(function.body, change)) if trips else function
    return _without_counts(function)


def _without_counts(function: Function) -> Function:
    made = definitions(function.body)

    def change(statement: Statement) -> list[Statement]:
        if isinstance(statement, For) and any(_spans(made, x, statement) for x in statement.xs):
            return [replace(statement, count=None)]
        return [statement]

    return replace(function, body=rebuild(function.body, change))


def _spans(made: dict[Var, Bind], x: Atom, loop: For) -> bool:
    """Whether a sequence is the range of the loop's count."""
    bind = made.get(x) if isinstance(x, Var) else None
    if bind is None or bind.op != RANGE_OP or bind.args[1] is not loop.count:
        return False
    return [getattr(bind.args[k], "value", None) for k in (0, 2)] == [0, 1]


def _only_counts(loop: For, counts: dict[Var, int]) -> bool:
    """Whether the loop runs over one thing and never looks at it, and no other loop does."""
    single = len(loop.xs) == 1 and loop.body.params[-1] not in counts
    return single and isinstance(loop.xs[0], Var) and counts[loop.xs[0]] == 1


def _changed(statement: Statement, trips: Trips, counts: dict[Var, int]) -> list[Statement]:
    if not isinstance(statement, (For, While)):
        return [statement]
    kept = [trips[tape] for tape in statement.ys if tape in trips]
    if kept:
        statement = replace(statement, trips=kept[0])
    if isinstance(statement, For) and _only_counts(statement, counts):
        (tape,) = statement.xs
        if isinstance(tape, Var) and tape in trips:
            return _ranged(statement, trips[tape])
    return [statement]


def _ranged(loop: For, count: Var) -> list[Statement]:
    """The loop over a range of the count, which is made before it."""
    positions = Var("positions", RANGE, loop.origin)
    args = (Const(0, INT), count, Const(1, INT))
    made = Bind((positions,), RANGE_OP, args, origin=loop.origin)
    params = (*loop.body.params[:-1], Var("k", INT, loop.origin))
    return [made, replace(loop, xs=(positions,), body=replace(loop.body, params=params))]

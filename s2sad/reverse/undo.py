"""Undo: before each write the forward sweep reads what it destroys, and the reverse sweep
writes it back.

    u1 = setitem(u0[p], v)          old = getitem(u0[p])            # forward sweep
                                    u0' = setitem(u1'[p], old)      # reverse sweep

Always generated; dead code removes what nobody reads.
"""

from __future__ import annotations

from s2sad.analysis.indexing import path_type
from s2sad.ir.data import (
    Bind,
    IndexStep,
    Var,
)
from s2sad.ir.ops import (
    APPEND,
    GETITEM,
    POP,
    SETITEM,
)
from s2sad.ir.types import Opaque, Type
from s2sad.reverse.levels import Level, add, need
from s2sad.reverse.paths import moved
from s2sad.transform.rebinding import is_whole


def undo(level: Level, statement: Bind) -> None:
    """Restores, in the reverse sweep, the version that the statement overwrote."""
    before, after = statement.args[0], statement.outs[0]
    if not isinstance(before, Var):
        return
    if statement.op is APPEND:
        rest = Var(before.hint, before.type, level.origin)
        item = Var("", Opaque("object"), level.origin)
        level.statements.append(
            Bind((rest, item), POP, (need(level, after),), (), (), level.origin)
        )
        level.available[before] = rest
        return
    if statement.op is POP:
        popped = need(level, statement.outs[1])
        level.available[before] = add(
            level, APPEND, (need(level, after), popped), before.type, before.hint
        )
        return
    _undo_write(level, statement, before, after)


def _undo_write(level: Level, statement: Bind, before: Var, after: Var) -> None:
    path = statement.path or (IndexStep((Ellipsis,)),)
    if is_whole(path, before.type):
        return  # the old content is a value like any other: kept if it is needed
    read = tuple(moved(step, -1) for step in path)
    holes = statement.args[2:]
    kind = _saved_type(before, statement)
    saved = Var(f"{before.hint}.old", kind, statement.origin)
    level.saved[id(statement)] = Bind(
        (saved,), GETITEM, (before, *holes), (), read, statement.origin
    )
    level.local.add(saved)
    level.sweep.primal.add(saved)
    restored = tuple(need(level, h) for h in holes)
    value = need(level, saved)
    level.available[before] = add(
        level, SETITEM, (need(level, after), value, *restored), before.type, before.hint, (), path
    )


def saved_before(level: Level, statement: Bind) -> None:
    """Puts the read of what will be overwritten before the write."""
    read = level.saved.pop(id(statement), None)
    if read is not None:
        level.forward.append(read)


def _saved_type(before: Var, statement: Bind) -> Type:
    return path_type(before.type, statement.path, statement.args)

"""Writes a product or quotient with what stands in a place as an update of the place.

Before:

    g: np.float64[] = getitem(b[i, j])            # reverse sweep
    q: np.float64[] = truediv(g, d)
    b.1 = setitem(b[i, j], q)

After:

    b.1 = additem(b[i, j], d) sign='/'

Only for what is printed: reverse mode doesn't take these updates apart.
"""

from __future__ import annotations

from dataclasses import field, replace

from s2sad.analysis.index_sets import DISJOINT, EQUAL, Place, compare
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Block, Function, Statement, Var
from s2sad.ir.ops import ADDITEM, GETITEM, OPERATORS, SETITEM
from s2sad.ir.types import FLOATS, Num
from s2sad.ir.walk import all_statements, definitions, in_function, rebuild, use_counts
from s2sad.transform.effects import is_reverse

MUL, DIV = OPERATORS["mul"], OPERATORS["truediv"]
UPDATES = {MUL: "*", DIV: "/"}
REACH = 12


@frozen
class Uses:
    """counts: how often variables are read. made: what makes them. writes: the write that makes
    the next version of a buffer."""

    counts: dict[Var, int]
    made: dict[Var, Bind]
    writes: dict[Var, Bind] = field(default_factory=dict)


def run(function: Function) -> Function:
    """The function with updates in place."""
    uses = _uses(function.body)
    return in_function(function, lambda b: rebuild(b, lambda s: [_updated(uses, s)]))


def _uses(body: Block) -> Uses:
    uses = Uses(use_counts(body), definitions(body))
    for statement in all_statements(body):
        if not isinstance(statement, Bind) or statement.op not in (SETITEM, ADDITEM):
            continue
        if isinstance(statement.args[0], Var):
            uses.writes[statement.args[0]] = statement
    return uses


def _updated(uses: Uses, store: Statement) -> Statement:
    if not isinstance(store, Bind) or store.op != SETITEM or not is_reverse(store):
        return store
    made = uses.made.get(store.args[1]) if isinstance(store.args[1], Var) else None
    if made is None or made.op not in UPDATES or not _dies(uses, made):
        return store
    for k in (0, 1) if made.op == MUL else (0,):
        if _reads_there(uses, made.args[k], store):
            static = (("sign", UPDATES[made.op]),)
            args = (store.args[0], made.args[1 - k], *store.args[2:])
            return replace(store, op=ADDITEM, args=args, static=static)
    return store


def _dies(uses: Uses, made: Bind) -> bool:
    return is_reverse(made) and uses.counts.get(made.out) == 1


def _reads_there(uses: Uses, atom: Atom, store: Bind) -> bool:
    """Whether the atom is what is at the place of a store, read for it alone, in its type."""
    read = uses.made.get(atom) if isinstance(atom, Var) else None
    if read is None or read.op != GETITEM or not _dies(uses, read):
        return False
    base, value = store.args[0].type, store.args[1].type
    if not isinstance(base, Num) or not isinstance(value, Num) or base.dtype not in FLOATS:
        return False
    alike = base.dtype == value.dtype and value.shape == getattr(read.out.type, "shape", None)
    there = isinstance(read.args[0], Var) and _unwritten(uses, read, store)
    return base.is_array and alike and there and compare(_place(read), _place(store)) == EQUAL


def _unwritten(uses: Uses, read: Bind, store: Bind) -> bool:
    """Whether the writes between a read and a store reach other places only."""
    base = read.args[0]
    for _ in range(REACH):
        if base is store.args[0]:
            return True
        write = uses.writes.get(base) if isinstance(base, Var) else None
        if write is None or compare(_place(write), _place(read)) != DISJOINT:
            return False
        base = write.out
    return False


def _place(bind: Bind) -> Place:
    return Place(bind.path, bind.args)

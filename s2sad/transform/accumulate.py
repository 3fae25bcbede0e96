"""Sums cotangents in place, and without the zeros that they start from.

Before:

    b.1 = setitem(b[i], 0.0)                      # reverse sweep
    b.2 = additem(b.1[j], f) sign='+'             # i and j can't meet
    b.3 = additem(b.2[i], e) sign='+'
    w.1 = add(w, g)                               # w an array of ours, read here alone
    d = add(x, neg(y))

After:

    b.2 = additem(b[j], f) sign='+'
    b.3 = setitem(b.2[i], e)
    w.1 = additem(w, g) sign='+'
    d = sub(x, y)

A sum that begins with zeros is its first term (so a cotangent of -0.0 may lose its sign to it,
or keep it: the two are equal). Only statements of the reverse sweep are changed. What becomes
unread is left to dead code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from functools import cached_property, partial

import numpy as np

from s2sad.analysis.index_sets import DISJOINT, EQUAL, Place, compare
from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    For,
    Function,
    IndexStep,
    SliceStep,
    Statement,
    Var,
    Yield,
)
from s2sad.ir.ops import ADDITEM, GETITEM, OPERATORS, SETITEM
from s2sad.ir.types import FLOATS, Num
from s2sad.ir.walk import (
    all_statements,
    definitions,
    in_function,
    map_atoms,
    map_blocks,
    operands,
    rebuild,
    resolve,
    substitute,
    use_counts,
    with_values,
)
from s2sad.transform.effects import is_reverse
from s2sad.transform.trips import Facts, facts

ADD, SUB, NEG = OPERATORS["add"], OPERATORS["sub"], OPERATORS["neg"]
OPPOSITE = {"+": "-", "-": "+"}
ZEROS = (np.zeros, np.zeros_like)
REACH = 12


@frozen
class Buffers:
    """counts: how often variables are read. made: the operation of each. readers: the
    operations that read each. slots: the initial value and the last one of a loop's slots.
    values: what to read instead of a variable. changed: the operations rewritten so far.
    owned: parameters that may be written."""

    counts: dict[Var, int]
    made: dict[Var, Bind]
    readers: dict[Var, list[Statement]]
    slots: dict[Var, tuple[Atom, Atom]]
    body: Block
    values: dict[Var, Atom] = field(default_factory=dict)
    owned: frozenset[Var] = frozenset()
    changed: list[Bind] = field(default_factory=list)

    @cached_property
    def known(self) -> Facts:
        """Which loops stand around what."""
        return facts(self.body)


Rewrite = Callable[[Buffers, Bind], Bind | None]
Step = Callable[[Buffers, Function], Function]


def run(function: Function) -> Function:
    """The function with its cotangents summed in place."""
    state = _buffers(function)
    steps: tuple[Step, ...] = (
        partial(_everywhere, rewrite=_subtracted),
        _without_zeroing,
        partial(_everywhere, rewrite=_first_term),
        partial(_everywhere, rewrite=_in_place),
    )
    for step in steps:
        changed = step(state, function)
        if changed is not function:
            function, state = changed, _buffers(changed)
    return function


def _everywhere(state: Buffers, function: Function, rewrite: Rewrite) -> Function:
    made = in_function(function, lambda body: _block(state, body, rewrite))
    return made if state.changed or state.values else function


def _buffers(function: Function) -> Buffers:
    readers: dict[Var, list[Statement]] = {}
    slots: dict[Var, tuple[Atom, Atom]] = {}
    for statement in all_statements(function.body):
        for atom in operands(statement):
            if isinstance(atom, Var):
                readers.setdefault(atom, []).append(statement)
        if isinstance(statement, For) and isinstance(statement.body.terminator, Yield):
            values = statement.body.terminator.values[: len(statement.inits)]
            pairs = zip(statement.inits, values, strict=True)
            slots.update(zip(statement.body.params, pairs, strict=False))
    body = function.body
    owned = frozenset(p.var for p in function.params if p.owned)
    return Buffers(use_counts(body), definitions(body), readers, slots, body, owned=owned)


def _now(state: Buffers, atom: Atom) -> Atom:
    while isinstance(atom, Var) and atom in state.values:
        atom = state.values[atom]
    return atom


def _block(state: Buffers, block: Block, rewrite: Rewrite) -> Block:
    statements = tuple(new for s in block.statements for new in _visit(state, s, rewrite))
    end = block.terminator
    values = tuple(_now(state, a) for a in end.values)
    return Block(block.params, statements, with_values(end, values))


def _visit(state: Buffers, statement: Statement, rewrite: Rewrite) -> list[Statement]:
    statement = map_atoms(statement, lambda a: _now(state, a))
    if not isinstance(statement, Bind):
        return [map_blocks(statement, lambda b: _block(state, b, rewrite))]
    if not is_reverse(statement) or len(statement.outs) != 1:
        return [statement]
    new = rewrite(state, statement) or statement
    if new is not statement:
        state.changed.append(new)
    state.made[new.out] = new
    return [] if new.out in state.values else [new]


def _made_by(state: Buffers, atom: Atom) -> Bind | None:
    return state.made.get(atom) if isinstance(atom, Var) else None


def _once(state: Buffers, atom: Atom) -> bool:
    return isinstance(atom, Var) and state.counts.get(atom) == 1


# -- signs


def _negated(state: Buffers, atom: Atom) -> Atom | None:
    """y, where the atom is -y and a float."""
    bind = _made_by(state, atom)
    known = isinstance(atom.type, Num) and atom.type.is_continuous and atom.type.dtype is not None
    return bind.args[0] if bind is not None and bind.op == NEG and known else None


def _subtracted(state: Buffers, bind: Bind) -> Bind | None:
    """x + -y is x - y, and so in place: exactly, also for zeros."""
    if bind.op == ADDITEM:
        return _opposite_sign(state, bind)
    if bind.op not in (ADD, SUB):
        return None
    left, right = bind.args
    operand = _negated(state, right)
    if operand is not None:
        return replace(bind, op=SUB if bind.op == ADD else ADD, args=(left, operand))
    operand = _negated(state, left) if bind.op == ADD else None
    return None if operand is None else replace(bind, op=SUB, args=(right, operand))


def _opposite_sign(state: Buffers, bind: Bind) -> Bind | None:
    operand = _negated(state, bind.args[1])
    sign = dict(bind.static)["sign"]
    if operand is None or sign not in OPPOSITE:
        return None
    args = (bind.args[0], operand, *bind.args[2:])
    return replace(bind, args=args, static=(("sign", OPPOSITE[sign]),))


# -- zeros that are added to


def _place(bind: Bind) -> Place:
    return Place(bind.path, bind.args)


def _is_zero(atom: Atom) -> bool:
    return isinstance(atom, Const) and type(atom.value) in (int, float) and atom.value == 0


def _is_sum(bind: Bind) -> bool:
    return bind.op == ADDITEM and dict(bind.static)["sign"] == "+"


def _basic(bind: Bind) -> bool:
    """Whether the path is one index, so that adding to zeros and storing reach the same places."""
    return len(bind.path) == 1 and isinstance(bind.path[0], IndexStep)


def _storable(bind: Bind) -> bool:
    """Whether storing the value gives what adding it to zero gives: floats of one dtype."""
    base, value = bind.args[0].type, bind.args[1].type
    if not (isinstance(base, Num) and isinstance(value, Num) and base.is_array):
        return False
    same = base.dtype == value.dtype or (value.is_python and value.dtype in ("float64", "int64"))
    return same and base.dtype in FLOATS


def _without_zeroing(state: Buffers, function: Function) -> Function:
    """The first sum into a place that was set to zero is an assignment, if nothing between the
    two touches that place; and then nobody needs the zero."""
    zeroings = {bind: _assigned(state, bind) for bind in state.made.values()}
    if not any(zeroings.values()):
        return function
    before = {
        zeroing.out: zeroing.args[0]
        for zeroing in zeroings.values()
        if zeroing is not None and zeroing.op == SETITEM
    }

    def stored(statement: Statement) -> list[Statement]:
        if isinstance(statement, Bind) and zeroings.get(statement) is not None:
            return [replace(statement, op=SETITEM, static=())]
        return [statement]

    body = rebuild(function.body, stored)
    return replace(function, body=substitute(body, resolve(before)))


def _assigned(state: Buffers, bind: Bind) -> Bind | None:
    """What made the place zero that the operation is the first to add to."""
    if is_reverse(bind) and _is_sum(bind) and _basic(bind) and _storable(bind):
        return _zeroing(state, bind, bind.args[0])
    return None


def _zeroing(state: Buffers, bind: Bind, base: Atom) -> Bind | None:
    """The operation that made the place of `bind` in `base` zero, if nobody looked since.

    Looks back over writes elsewhere, but not far: a long run of them stays linear.
    """
    for _ in range(REACH):
        made = _made_by(state, base)
        if made is None or not is_reverse(made) or not _only_elsewhere(state, bind, base):
            return None
        if made.op.function in ZEROS:
            return made
        if made.op not in (SETITEM, ADDITEM):
            return None
        relation = compare(_place(made), _place(bind))
        if relation == EQUAL:
            return made if made.op == SETITEM and _is_zero(made.args[1]) else None
        if relation != DISJOINT:
            return None
        base = made.args[0]
    return None


def _only_elsewhere(state: Buffers, bind: Bind, base: Atom) -> bool:
    """Whether a version is read by one write, and else only where `bind` doesn't reach."""
    if not isinstance(base, Var):
        return False
    readers = state.readers.get(base, [])
    if len(readers) != state.counts.get(base):
        return False
    writes = [r for r in readers if isinstance(r, Bind) and r.op in (SETITEM, ADDITEM)]
    reads = [r for r in readers if isinstance(r, Bind) and r.op == GETITEM]
    if len(writes) != 1 or len(reads) + 1 != len(readers) or writes[0].args[0] is not base:
        return False
    return all(compare(_place(r), _place(bind)) == DISJOINT for r in reads)


def _zeros(state: Buffers, atom: Atom) -> bool:
    """Whether it is an array of zeros that only one operation reads."""
    bind = _made_by(state, atom)
    made = bind is not None and bind.op.function in ZEROS and is_reverse(bind)
    return made and _once(state, atom)


def _alike(one: Atom, other: Atom) -> bool:
    """Whether both are arrays with axes, of the same known dtype and the same shape."""
    a, b = one.type, other.type
    if not (isinstance(a, Num) and isinstance(b, Num) and a.is_array and b.is_array):
        return False
    return a.dtype is not None and a.dtype == b.dtype and bool(a.shape) and a.shape == b.shape


def _whole(bind: Bind) -> bool:
    """Whether the path reaches the whole of an array: none, `[...]`, `[:]`."""
    steps = [s.components if isinstance(s, IndexStep) else (0,) for s in bind.path]
    everything = (Ellipsis, SliceStep(None, None, None))
    return all(component in everything for components in steps for component in components)


def _first_term(state: Buffers, bind: Bind) -> Bind | None:
    """zeros + e is e, where that has the shape and the dtype of the sum."""
    summed = _is_sum(bind) and _whole(bind)
    if not summed and bind.op != ADD:
        return None
    pairs = [(bind.args[0], bind.args[1])]
    if bind.op == ADD:
        pairs.append((bind.args[1], bind.args[0]))
    for zeros, term in pairs:
        if _zeros(state, zeros) and _alike(term, bind.out) and term is not zeros:
            state.values[bind.out] = term
            break
    return None


# -- sums of whole arrays


def _in_place(state: Buffers, bind: Bind) -> Bind | None:
    """w + g becomes `w += g`, where w is ours and nothing else reads it."""
    if bind.op not in (ADD, SUB):
        return None
    sign = "+" if bind.op == ADD else "-"
    left, right = bind.args
    if _takes(state, left, bind) and right is not left:
        return replace(bind, op=ADDITEM, args=(left, right), static=(("sign", sign),))
    if bind.op == ADD and _takes(state, right, bind) and right is not left:
        return replace(bind, op=ADDITEM, args=(right, left), static=(("sign", sign),))
    return None


def _takes(state: Buffers, atom: Atom, bind: Bind) -> bool:
    """Whether the sum can be written into the operand's buffer: ours, of the sum's type, real or
    complex floats, and read here alone."""
    kind = atom.type
    floats = isinstance(kind, Num) and kind.is_continuous
    if not (floats and _alike(atom, bind.out) and _once(state, atom) and _owned(state, atom)):
        return False
    # A loop inside the buffer's block would write it again and again.
    assert isinstance(atom, Var)
    return state.known.around.get(atom, ()) == state.known.around.get(bind.out, ())


def _owned(state: Buffers, atom: Atom) -> bool:
    """Whether the buffer belongs to the reverse sweep: made there by an operation whose result is
    always new, or a slot of a loop that such a buffer goes round in."""
    bind = _made_by(state, atom)
    if bind is not None:
        return is_reverse(bind) and bind.op.result == "fresh"
    if not isinstance(atom, Var) or atom not in state.slots:
        return atom in state.owned
    init, last = state.slots[atom]
    made_last = _made_by(state, last)
    goes_round = made_last is not None and made_last.op.result == "fresh"
    return goes_round and _once(state, init) and _owned(state, init)

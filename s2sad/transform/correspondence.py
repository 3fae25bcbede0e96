"""Which values of the reverse sweep are equal to which values of the forward sweep.

    x.1: float64; ys t: list = for x.2 = x; i in r:          # forward
      x.3 = mul(x.2, 2.0)
      yield x.3, x.2
    b.1, y.1 = for b.2 = b; y.2 = x.1; i.1 in r; e in t; reverse:
      ...                                                     # e is x.2, i.1 is i, y.2 is x.3
      yield b.3, e                                            # ... and so y.1 is x

A loop that runs over the tapes of another one corresponds to it position by position: an element
of a tape is what that loop kept in the trip at the same position. A slot that begins with the last
value of a slot of that loop, and ends each trip with the value that slot had before it, holds the
value that it had after it: assumed first, and taken back if the body doesn't bear it out.
Undoing a write (storing what was read there before) gives the version before the write.

Equal means: the same value whenever both exist, and for a variable of a loop's body, in the trip at
the same position. What can be read where is another question, which `storage` asks.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    AttributeStep,
    Bind,
    Block,
    Const,
    For,
    Function,
    Hole,
    If,
    IndexStep,
    SliceStep,
    Statement,
    Step,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import ADDITEM, GETITEM, RANGE_OP, SETITEM
from s2sad.ir.walk import blocks
from s2sad.transform.common_subexpressions import value_key
from s2sad.transform.trips import Facts, facts

Loop = For | While
Key = tuple[Any, ...]
ROUNDS = 3


@frozen
class Equalities:
    """leaders: for a variable one that is equal to it (`leader` follows them to the end).
    makers: the operation that makes each variable. branches: those on each test.
    table: operations on leaders, and the variable with their value.
    open: the loops whose positions are those of the loops around."""

    known: Facts
    leaders: ChainMap[Var, Var] = field(default_factory=ChainMap)
    table: ChainMap[Key, Var] = field(default_factory=ChainMap)
    makers: dict[Var, Bind] = field(default_factory=dict)
    branches: ChainMap[Var, tuple[If, ...]] = field(default_factory=ChainMap)
    open: tuple[Loop, ...] = ()


def equalities(function: Function) -> Equalities:
    """The equalities of a whole function."""
    state = Equalities(facts(function.body))
    _walk(state, function.body)
    return state


def leader(state: Equalities, variable: Var) -> Var:
    """The variable that stands for all those equal to this one."""
    while variable in state.leaders:
        variable = state.leaders[variable]
    return variable


def leading(state: Equalities, atom: Atom) -> Atom:
    """The leader of a variable; other atoms as they are."""
    return leader(state, atom) if isinstance(atom, Var) else atom


def in_arm(state: Equalities, branch: If, arm: int) -> dict[Var, Var]:
    """What more is equal inside an arm: the outs of branches on the same test are what the same
    arm of them gives."""
    test = leading(state, branch.test)
    found: dict[Var, Var] = {}
    for partner in state.branches.get(test, ()) if isinstance(test, Var) else ():
        end = blocks(partner)[arm].terminator
        if partner is not branch and isinstance(end, Yield):
            found.update(_same_arm(state, partner, end))
    return found


def _same_arm(state: Equalities, partner: If, end: Yield) -> Iterator[tuple[Var, Var]]:
    for out, value in zip(partner.outs, end.values, strict=True):
        if isinstance(value, Var) and out not in state.leaders and leader(state, value) is not out:
            yield out, leader(state, value)


def _walk(state: Equalities, block: Block) -> None:
    for statement in block.statements:
        _visit(state, statement)


def _visit(state: Equalities, statement: Statement) -> None:
    if isinstance(statement, Bind):
        _number(state, statement)
    elif isinstance(statement, If):
        _visit_branch(state, statement)
    elif isinstance(statement, For):
        _visit_loop(state, statement)
    elif isinstance(statement, While):
        _walk(state, statement.cond)
        _walk(state, statement.body)


def _equate(state: Equalities, variable: Var, other: Atom) -> None:
    """Notes that a new variable is equal to another atom."""
    if isinstance(other, Var) and leader(state, other) is not variable:
        state.leaders[variable] = leader(state, other)


# -- operations


def _number(state: Equalities, bind: Bind) -> None:
    state.makers.update(dict.fromkeys(bind.outs, bind))
    if len(bind.outs) != 1 or bind.op.effect == "outside":
        return
    before = _undone(state, bind)
    key = _key(state, bind)
    if before is not None:
        _equate(state, bind.out, before)
    elif key is not None:
        _equate(state, bind.out, state.table.setdefault(key, bind.out))


def _undone(state: Equalities, bind: Bind) -> Atom | None:
    """The version before a write, where this operation takes the write back."""
    after = leading(state, bind.args[0]) if bind.op == SETITEM and bind.path else None
    write = state.makers.get(after) if isinstance(after, Var) else None
    if write is None or write.op not in (SETITEM, ADDITEM):
        return None
    place = _place(state, bind)
    if place is None or place != _place(state, write):
        return None
    read = _hashable((GETITEM.name, _atom(state, write.args[0]), place, value_key(())))
    saved = leading(state, bind.args[1])
    return write.args[0] if read is not None and state.table.get(read) is saved else None


def _key(state: Equalities, bind: Bind) -> Key | None:
    """Equal for two operations that give the same value; None if that can't be said."""
    if any(isinstance(a, Undefined) for a in bind.args):
        return None
    static = value_key(bind.static)
    if not bind.path:
        args = tuple(_atom(state, a) for a in bind.args)
        return _hashable((bind.op.name, bind.op.function, args, static))
    base = _atom(state, bind.args[0])
    if bind.op == GETITEM:
        return _hashable((GETITEM.name, base, _place(state, bind), static))
    value = _atom(state, bind.args[1])
    return _hashable((bind.op.name, base, value, _place(state, bind), static))


def _hashable(key: Key) -> Key | None:
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _atom(state: Equalities, atom: Atom) -> Any:
    if isinstance(atom, Const):
        return value_key(atom.value)
    return leading(state, atom)


def _place(state: Equalities, bind: Bind) -> Key | None:
    """The path with what stands in its holes."""
    return _hashable(tuple(_step(state, step, bind.args) for step in bind.path))


def _step(state: Equalities, step: Step, args: tuple[Atom, ...]) -> Key:
    if isinstance(step, IndexStep):
        return ("index", step.single, _parts(state, step.components, args))
    if isinstance(step, AttributeStep):
        return ("attribute", step.name)
    static = value_key(step.static)
    return ("view", step.op.name, step.op.function, _parts(state, step.args, args), static)


def _parts(state: Equalities, parts: tuple[Any, ...], args: tuple[Atom, ...]) -> Key:
    return tuple(_part(state, part, args) for part in parts)


def _part(state: Equalities, part: Any, args: tuple[Atom, ...]) -> Any:
    if isinstance(part, Hole):
        return _atom(state, args[part.position])
    if isinstance(part, SliceStep):
        return ("slice", _parts(state, (part.start, part.stop, part.step), args))
    return value_key(part)


# -- branches


def _visit_branch(state: Equalities, branch: If) -> None:
    ends: list[tuple[Atom, ...]] = []
    for k, arm in enumerate(blocks(branch)):
        assumed = in_arm(state, branch, k)
        inner = _within(state, assumed)
        _walk(inner, arm)
        if isinstance(arm.terminator, Yield):
            ends.append(tuple(leading(inner, a) for a in arm.terminator.values))
        _commit(state, inner, assumed)
    if len(ends) == 2:
        _equate_outs(state, branch, ends)
    test = leading(state, branch.test)
    if isinstance(test, Var):
        state.branches[test] = (*state.branches.get(test, ()), branch)


def _equate_outs(state: Equalities, branch: If, ends: list[tuple[Atom, ...]]) -> None:
    """An out with one value in both arms is that value; one with the values that an out of an
    earlier branch has is that out."""
    test = leading(state, branch.test)
    known: dict[tuple[Atom, ...], Var] = {}
    for partner in state.branches.get(test, ()) if isinstance(test, Var) else ():
        for out, values in zip(partner.outs, _both_ends(state, partner), strict=False):
            known.setdefault(values, out)
    for out, then, orelse in zip(branch.outs, *ends, strict=True):
        if then is orelse:
            _equate(state, out, then)
        elif (then, orelse) in known:
            _equate(state, out, known[then, orelse])


def _both_ends(state: Equalities, branch: If) -> Iterator[tuple[Atom, ...]]:
    ends = [arm.terminator for arm in blocks(branch)]
    if all(isinstance(end, Yield) for end in ends):
        for values in zip(*(end.values for end in ends), strict=True):
            yield tuple(leading(state, a) for a in values)


def _within(state: Equalities, assumed: Mapping[Var, Var], *opened: Loop) -> Equalities:
    """A state to try things in."""
    leaders = state.leaders.new_child(dict(assumed))
    return Equalities(
        state.known,
        leaders,
        state.table.new_child(),
        state.makers,
        state.branches.new_child(),
        (*state.open, *opened),
    )


def _commit(state: Equalities, inner: Equalities, assumed: Mapping[Var, Var]) -> None:
    """Keeps what was found, but not what held only there."""
    found = inner.leaders.maps[0]
    state.leaders.update((v, other) for v, other in found.items() if v not in assumed)
    state.table.update(inner.table.maps[0])
    state.branches.update(inner.branches.maps[0])


# -- loops


def _visit_loop(state: Equalities, loop: For) -> None:
    sources = _sources(state, loop)
    elements = loop.body.params[len(loop.inits) :]
    for x, element in zip(loop.xs, elements, strict=True):
        _equate_element(state, sources, x, element)
    pairs = {k: pair for k in range(len(loop.inits)) if (pair := _before(state, sources, loop, k))}
    for _ in range(ROUNDS):
        if not _bears_out(state, sources, loop, pairs):
            return


def _bears_out(
    state: Equalities, sources: list[Loop], loop: For, pairs: dict[int, tuple[Loop, int]]
) -> bool:
    """Walks the body with slots assumed to hold the values before; whether to try again, with
    fewer of them in `pairs`."""
    params, ends = loop.body.params, loop.body.terminator.values
    assumed = {params[k]: _last(state, *pair) for k, pair in pairs.items()}
    inner = _within(state, assumed, *sources)
    _walk(inner, loop.body)
    wrong = [
        k
        for k, (source, m) in pairs.items()
        if leading(inner, ends[k]) is not leader(inner, source.body.params[m])
    ]
    for k in wrong:
        del pairs[k]
    if wrong:
        return True
    _commit(state, inner, {})
    for k, (source, m) in pairs.items():
        _equate(state, loop.outs[k], source.inits[m])
    return False


def _sources(state: Equalities, loop: For) -> list[Loop]:
    """The loops of whose tapes or trip counts the sequences are, in order."""
    found: dict[Loop, None] = {}
    for x in loop.xs:
        source = _source(state, x)
        if source is not None and source not in state.open:
            found[source] = None
    return list(found)


def _source(state: Equalities, x: Atom) -> Loop | None:
    x = leading(state, x)
    if isinstance(x, Var) and x in state.known.kept:
        return state.known.kept[x][0]
    return _counted(state, x)


def _counted(state: Equalities, x: Atom) -> Loop | None:
    """The loop whose trips a range counts, from 0."""
    bounds = _range(state, x)
    return state.known.trips.get(bounds[1]) if bounds and isinstance(bounds[1], Var) else None


def _range(state: Equalities, x: Atom) -> tuple[Atom, ...] | None:
    """The operands of `range(0, n, 1)`."""
    made = state.makers.get(x) if isinstance(x, Var) else None
    if made is None or made.op != RANGE_OP:
        return None
    start, stop, step = made.args
    if [a.value if isinstance(a, Const) else None for a in (start, step)] != [0, 1]:
        return None
    return (start, leading(state, stop), step)


def _equate_element(state: Equalities, sources: list[Loop], x: Atom, element: Var) -> None:
    x = leading(state, x)
    if isinstance(x, Var) and x in state.known.kept:
        source, k = state.known.kept[x]
        if source in sources:
            _equate(state, element, _common(state, source, k))
        return
    for source in sources:
        if isinstance(source, For):
            _equate_position(state, source, x, element)


def _equate_position(state: Equalities, source: For, x: Atom, element: Var) -> None:
    """Elements of one sequence at one position; the positions themselves of ranges from 0."""
    from_zero = _range(state, x) is not None
    for mine, theirs in zip(source.xs, source.body.params[len(source.inits) :], strict=True):
        mine = leading(state, mine)
        both = from_zero and _range(state, mine) is not None
        if (mine is x and isinstance(x, Var)) or both:
            _equate(state, element, theirs)
            return


def _common(state: Equalities, loop: Loop, k: int) -> Atom:
    """The value at a place of the body's end and all exits, if it is one."""
    values = [
        leading(state, end.values[k]) for end in (loop.body.terminator, *state.known.leaving[loop])
    ]
    same = all(v is values[0] for v in values)
    return values[0] if same else Const(None, values[0].type)


def _before(state: Equalities, sources: list[Loop], loop: For, k: int) -> tuple[Loop, int] | None:
    """The slot of a source that the slot may take from after to before."""
    init = leading(state, loop.inits[k])
    for source in sources:
        outs = [leader(state, out) for out in source.outs]
        if init in outs and _opposite(source, loop) and _complete(state, source, loop):
            assert isinstance(init, Var)
            m = outs.index(init)
            if isinstance(_common(state, source, m), Var):
                return source, m
    return None


def _last(state: Equalities, source: Loop, m: int) -> Var:
    value = _common(state, source, m)
    assert isinstance(value, Var)
    return value


def _opposite(source: Loop, loop: For) -> bool:
    return loop.reverse != (isinstance(source, For) and source.reverse)


def _complete(state: Equalities, source: Loop, loop: For) -> bool:
    """Whether the loop makes exactly the trips that its source made."""
    if state.known.leaving[loop]:
        return False
    given = [leading(state, x) for x in source.xs] if isinstance(source, For) else []
    exact = [leading(state, x) for x in loop.xs]
    counts = [source.trips, getattr(source, "count", None)]
    if loop.count is not None and not any(loop.count is c for c in counts):
        return False
    return all(_source(state, x) is source or x in given for x in exact)

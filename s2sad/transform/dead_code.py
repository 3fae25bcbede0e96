"""Removes what nothing reads.

Before:

    u: float64[n] = copy(x)                       # forward
    u.2: float64[n]; ys t: list = for u.1 = u; i in r:
      s = getitem(u.1[1:-1])
      u.3 = additem(u.1[1:-1], c)
      yield u.3, s
    x_bar.2 = for x_bar.1 = x_bar; i.1 in r; s.1 in t; reverse:
      ...                                         # never reads s.1
      yield x_bar.3
    return x_bar.2

After:

    x_bar.2 = for x_bar.1 = x_bar; i.1 in r; reverse:
      ...
      yield x_bar.3
    return x_bar.2

Liveness is a least fixpoint over all variables at once: what is returned or has an effect is
live, and what live things read. So a slot that only feeds itself is dead, and so are tapes, xs,
outs of branches, and loops and branches with nothing live inside. Statements of the forward
sweep that can raise more than an error of shape stay (see `effects`).

Some of the xs may go only where they don't bound the number of trips, which `trips` proves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace
from itertools import compress

from s2sad.analysis.raising import may_be_caught
from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Exit,
    For,
    Function,
    If,
    Statement,
    Try,
    Var,
    While,
    Yield,
)
from s2sad.ir.walk import (
    all_statements,
    blocks,
    defined,
    in_function,
    map_blocks,
    operands,
    with_values,
)
from s2sad.transform.effects import droppable, is_forward, leaves
from s2sad.transform.trips import Facts, bounding, facts

Keep = tuple[bool, ...]


def run(function: Function) -> Function:
    """The function without what nothing reads."""
    state = _marked(function)
    everything = (True,) * len(function.body.terminator.values)
    return in_function(function, lambda body: _swept(state, body, everything, ()))


@frozen
class Marking:
    """The fixpoint as it grows.

    makers: what binds a variable: its statement, or the loop that it is a body parameter of.
    parents: the compound statement around each one. live: variables that something reads.
    running: statements that must run.
    """

    facts: Facts
    makers: dict[Var, Statement] = field(default_factory=dict)
    parents: dict[Statement, Statement] = field(default_factory=dict)
    live: dict[Var, None] = field(default_factory=dict)
    running: dict[Statement, None] = field(default_factory=dict)
    pending: list[Atom] = field(default_factory=list)


def _marked(function: Function) -> Marking:
    state = Marking(facts(function.body))
    _index(state, function.body)
    state.pending.extend(function.body.terminator.values)
    for statement in all_statements(function.body):
        if not droppable(statement):
            _keep(state, statement)
        if isinstance(statement, Try):
            _keep_raising(state, statement)
    _spread(state)
    while _keep_bounds(state):
        _spread(state)
    return state


def _keep_raising(state: Marking, node: Try) -> None:
    """What may raise in a body that handlers watch over runs, errors of shape included."""
    classes = tuple(c.value for handler in node.handlers for c in handler.classes)
    for statement in all_statements(node.body) if classes else ():
        if is_forward(statement) and may_be_caught(statement, classes):
            _keep(state, statement)


def _index(state: Marking, block: Block, parent: Statement | None = None) -> None:
    for statement in block.statements:
        state.makers.update(dict.fromkeys(defined(statement), statement))
        if parent is not None:
            state.parents[statement] = parent
        for nested in blocks(statement):
            state.makers.update(dict.fromkeys(nested.params, statement))
            _index(state, nested, statement)


def _spread(state: Marking) -> None:
    while state.pending:
        atom = state.pending.pop()
        if isinstance(atom, Var) and atom not in state.live:
            state.live[atom] = None
            if atom in state.makers:
                maker = state.makers[atom]
                _keep(state, maker)
                state.pending.extend(_sources(state, maker, atom))


def _keep(state: Marking, statement: Statement) -> None:
    """The statement runs: so do those around it, and the exits that decide how often."""
    if statement in state.running:
        return
    state.running[statement] = None
    state.pending.extend(_controls(statement))
    if statement in state.parents:
        _keep(state, state.parents[statement])
    if isinstance(statement, (For, While)):
        for leaving in _leaving(statement.body):
            _keep(state, leaving)


def _leaving(block: Block) -> Iterable[If]:
    """The branches in the body of a loop that hold an exit of it."""
    for statement in block.statements:
        if isinstance(statement, If) and leaves(statement):
            yield statement
            yield from _leaving(statement.then)
            yield from _leaving(statement.orelse)


def _controls(statement: Statement) -> tuple[Atom, ...]:
    """What a statement reads as soon as it runs at all (the xs of a loop come later)."""
    if isinstance(statement, (Bind, Call, If, Try)):
        return operands(statement)
    if isinstance(statement, While):
        return statement.cond.terminator.values
    return () if statement.count is None else (statement.count,)


def _sources(state: Marking, maker: Statement, variable: Var) -> list[Atom]:
    """What a variable made by a compound statement takes its value from."""
    if isinstance(maker, (If, Try)):
        if variable not in maker.outs:
            return []
        k = maker.outs.index(variable)
        return [a.terminator.values[k] for a in blocks(maker) if isinstance(a.terminator, Yield)]
    if not isinstance(maker, (For, While)):
        return []
    slots = len(maker.inits)
    if variable in maker.outs:
        k = maker.outs.index(variable)
        return [maker.inits[k], *_ends(state, maker, k)]
    if variable in maker.ys:
        return _ends(state, maker, slots + maker.ys.index(variable))
    return _parameter_sources(state, maker, variable, slots)


def _parameter_sources(state: Marking, loop: For | While, variable: Var, slots: int) -> list[Atom]:
    if isinstance(loop, While) and variable in loop.cond.params:
        k = loop.cond.params.index(variable)
    elif variable in loop.body.params:
        k = loop.body.params.index(variable)
    else:
        return []
    if k >= slots and isinstance(loop, For):
        return [loop.xs[k - slots]]
    # A slot that stays has a value at every exit, too, whether its out is read or not.
    return [loop.inits[k], *_ends(state, loop, k)]


def _ends(state: Marking, loop: For | While, k: int) -> list[Atom]:
    """The values at position k of the body's yield and of each exit."""
    ends = [loop.body.terminator, *state.facts.leaving[loop]]
    return [end.values[k] for end in ends]


def _keep_bounds(state: Marking) -> bool:
    """Makes those xs live that bound the trips of a loop that runs; whether there were any."""
    for statement in state.running:
        if isinstance(statement, For):
            state.pending.extend(_bounding(state, statement))
    state.pending[:] = [a for a in state.pending if isinstance(a, Var) and a not in state.live]
    return bool(state.pending)


def _bounding(state: Marking, loop: For) -> list[Atom]:
    return list(compress(loop.xs, _kept_xs(state, loop)))


def _kept_xs(state: Marking, loop: For) -> Keep:
    """Which xs stay: those whose elements are read, and those that bound the trips."""
    return bounding(state.facts, loop, _lives(state, loop.body.params[len(loop.inits) :]))


def _swept(state: Marking, block: Block, keep: Keep, leaving: Keep) -> Block:
    """The block without its dead statements, ending in the values to keep: of a yield those of
    `keep`, of an exit (of the loop around it) those of `leaving`."""
    statements = tuple(_trimmed(state, s, leaving) for s in block.statements if s in state.running)
    end = block.terminator
    values = tuple(compress(end.values, leaving if isinstance(end, Exit) else keep))
    return Block(block.params, statements, with_values(end, values))


def _trimmed(state: Marking, statement: Statement, leaving: Keep) -> Statement:
    if isinstance(statement, If):
        return _trimmed_if(state, statement, leaving)
    if isinstance(statement, For):
        return _trimmed_for(state, statement)
    if isinstance(statement, Try):
        return _trimmed_try(state, statement)
    return _trimmed_while(state, statement) if isinstance(statement, While) else statement


def _lives(state: Marking, variables: tuple[Var, ...]) -> Keep:
    return tuple(v in state.live for v in variables)


def _if_live(state: Marking, variable: Var | None) -> Var | None:
    return variable if variable in state.live else None


def _trimmed_if(state: Marking, branch: If, leaving: Keep) -> If:
    keep = _lives(state, branch.outs)
    return replace(
        branch,
        outs=tuple(compress(branch.outs, keep)),
        then=_swept(state, branch.then, keep, leaving),
        orelse=_swept(state, branch.orelse, keep, leaving),
    )


def _trimmed_try(state: Marking, node: Try) -> Statement:
    keep = _lives(state, node.outs)
    node = replace(node, outs=tuple(compress(node.outs, keep)))
    return map_blocks(node, lambda block: _swept(state, block, keep, ()))


def _slots(state: Marking, loop: For | While) -> Keep:
    """Which slots stay: those whose out or whose parameter (in the body, in the condition) is
    read."""
    rows = [loop.outs, loop.body.params[: len(loop.inits)]]
    if isinstance(loop, While):
        rows.append(loop.cond.params)
    return tuple(any(v in state.live for v in column) for column in zip(*rows, strict=True))


def _body(state: Marking, loop: For | While, slots: Keep, params: Keep) -> Block:
    keep = (*slots, *_lives(state, loop.ys))
    body = _swept(state, loop.body, keep, keep)
    return replace(body, params=tuple(compress(body.params, params)))


def _trimmed_for(state: Marking, loop: For) -> For:
    slots, elements = _slots(state, loop), _kept_xs(state, loop)
    return replace(
        loop,
        outs=tuple(compress(loop.outs, slots)),
        ys=tuple(compress(loop.ys, _lives(state, loop.ys))),
        inits=tuple(compress(loop.inits, slots)),
        xs=tuple(compress(loop.xs, elements)),
        body=_body(state, loop, slots, (*slots, *elements)),
        trips=_if_live(state, loop.trips),
        exit=_if_live(state, loop.exit),
    )


def _trimmed_while(state: Marking, loop: While) -> While:
    slots = _slots(state, loop)
    cond = _swept(state, loop.cond, (True,), ())
    return replace(
        loop,
        outs=tuple(compress(loop.outs, slots)),
        ys=tuple(compress(loop.ys, _lives(state, loop.ys))),
        inits=tuple(compress(loop.inits, slots)),
        cond=replace(cond, params=tuple(compress(cond.params, slots))),
        body=_body(state, loop, slots, slots),
        trips=_if_live(state, loop.trips),
        exit=_if_live(state, loop.exit),
    )

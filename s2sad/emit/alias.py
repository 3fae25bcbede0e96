"""What may share memory with what: sets of abstract buffers for every variable.

Needs a function whose loops say which slots own their buffers (`owned`). Gives, for each
variable, the buffers that it may *be* (`top`) and those that it may reach (`deep`, which holds
`top`). Fresh results have a buffer of their own; views, elements, branches and borrowed slots
pass buffers on. A buffer made inside a loop and met again in a later trip is marked as older,
so that this trip's buffer is told from those of the trips before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir import ops
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Hole,
    IndexStep,
    Statement,
    Var,
    ViewStep,
    Yield,
)
from s2sad.ir.types import Lst, Num, Type, may_share
from s2sad.ir.walk import leaving_blocks

Buffer = tuple[int, frozenset[int]]
Buffers = frozenset[Buffer]
EMPTY: Buffers = frozenset()
FOREIGN: Buffer = (-1, frozenset())
IN_PLACE = frozenset(map(id, (ops.SETITEM, ops.ADDITEM, ops.SCATTER_ADD, ops.APPEND, ops.POP)))
LOCKED = ("broadcast_to", "broadcast_arrays", "diagonal", "sliding_window_view")
DISPLAYS = frozenset(map(id, (ops.TUPLE, ops.LIST, ops.DICT, ops.CONSTRUCT)))


@frozen
class Site:
    """A place where a copy can be put: an argument of a statement, a value of a terminator,
    or the result of a binding (`owner` is the variable then)."""

    kind: str
    owner: Any
    index: int = 0


@frozen
class Edge:
    """`source` flows into a variable. store: into its inside only; load: out of the inside.
    older: the loop whose trips the flow crosses. site: where a copy cuts it, if anywhere."""

    source: Var
    store: bool = False
    load: bool = False
    older: int | None = None
    site: Site | None = None


@dataclass
class Aliases:
    """The result: see the module. `inside` maps each `ys` to what it holds inside its loop;
    `users` are the edges backwards: what each variable flows into."""

    top: dict[Var, Buffers] = field(default_factory=dict)
    deep: dict[Var, Buffers] = field(default_factory=dict)
    edges: dict[Var, list[Edge]] = field(default_factory=dict)
    loops_of: dict[int, tuple[int, ...]] = field(default_factory=dict)
    foreign: set[int] = field(default_factory=lambda: {-1})
    inside: dict[Var, Var] = field(default_factory=dict)
    made: dict[Var, Statement] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    users: dict[Var, list[Var]] = field(default_factory=dict)

    def deep_of(self, atom: Atom) -> Buffers:
        """All buffers that the atom may reach."""
        if isinstance(atom, Var):
            return self.deep.get(atom, EMPTY)
        return constant_of(atom)

    def top_of(self, atom: Atom) -> Buffers:
        """The buffers that the atom itself may be."""
        if isinstance(atom, Var):
            return self.top.get(atom, EMPTY)
        return constant_of(atom)

    def is_foreign(self, buffers: Buffers) -> bool:
        """Whether one of them belongs to somebody else."""
        return any(number in self.foreign for number, _ in buffers)


def constant_of(atom: Atom) -> Buffers:
    mutable = isinstance(atom, Const) and not isinstance(
        atom.value, (int, float, complex, str, bytes, tuple, type(None), type(...))
    )
    return frozenset({FOREIGN}) if mutable and may_share(atom.type) else EMPTY


def is_container(kind: Type) -> bool:
    """Whether values of this type hold references."""
    return not isinstance(kind, Num)


def is_write(statement: Statement) -> bool:
    """Whether the statement writes its first argument in place."""
    return isinstance(statement, Bind) and id(statement.op) in IN_PLACE


def is_display(bind: Bind) -> bool:
    """Whether the result is a new container of the arguments."""
    return id(bind.op) in DISPLAYS


def writes_top(bind: Bind) -> bool:
    """Whether a write changes the container itself, and not what it holds."""
    if bind.op is ops.APPEND or bind.op is ops.POP:
        return True
    one = len(bind.path) == 1 and bind.op is ops.SETITEM
    return one and is_container(bind.args[0].type)


def written(aliases: Aliases, bind: Bind) -> Buffers:
    """The buffers that a write may change."""
    operand = bind.args[0]
    return aliases.top_of(operand) if writes_top(bind) else aliases.deep_of(operand)


def yields_of(block: Block, index: int) -> Iterator[tuple[Atom, Site]]:
    """What flows into the results of a block at `index`: its own value, not its exits'."""
    if isinstance(block.terminator, Yield):
        yield block.terminator.values[index], Site("end", block, index)


def loop_values(body: Block, index: int) -> Iterator[tuple[Atom, Site]]:
    """What flows into a loop's result at `index`, from the end of the body or an exit."""
    yield from yields_of(body, index)
    for block, leaving in leaving_blocks(body):
        if block is not body:
            yield leaving.values[index], Site("end", block, index)


def _parts(path: tuple[Any, ...]) -> Iterator[Any]:
    for step in path:
        if isinstance(step, IndexStep):
            yield from step.components


def _may_be_sequence(kind: Type) -> bool:
    return isinstance(kind, Lst) or (isinstance(kind, Num) and kind.may_be_array)


def gathers(bind: Bind) -> bool | None:
    """Whether a read or write of an array indexes by arrays or masks: yes, no, or None where
    the type of an index leaves it open."""
    answer: bool | None = False
    for part in _parts(bind.path):
        if isinstance(part, Hole):
            kind = bind.args[part.position].type
            if isinstance(kind, Lst) or (isinstance(kind, Num) and kind.is_array):
                return None if isinstance(kind, Num) and kind.shape == () else True
            if _may_be_sequence(kind) or not isinstance(kind, Num):
                answer = None
        elif isinstance(part, (list, bool)):
            return True
    return answer


def result_of(bind: Bind) -> str:
    """fresh, view or either, as the types decide it."""
    if bind.op is ops.GETITEM:
        if isinstance(bind.args[0].type, Num) and not any(
            isinstance(step, ViewStep) for step in bind.path[1:]
        ):
            return {True: "fresh", False: "view", None: "either"}[gathers(bind)]
        return "either"
    return bind.op.result


def is_locked(bind: Bind) -> bool:
    """Whether the result cannot be written, or is one element in many places."""
    steps = [step.op.name for step in bind.path if isinstance(step, ViewStep)]
    return any(name.split(".")[-1] in LOCKED for name in (bind.op.name, *steps))

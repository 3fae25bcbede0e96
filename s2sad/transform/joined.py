"""Makes one branch of several on the same test, as exceptions leave them behind.

Before:

    y: py.float64, n: py.int64 = if t:            # t says whether something was raised
      yield undefined y, 1
    else:
      yield a, 0
    v: py.bool = eq(n, 1)
    y.1: py.float64 = if v:
      b = mul(x, 3.0)
      yield b
    else:
      yield y

After:

    y.1: py.float64 = if t:
      b = mul(x, 3.0)
      yield b
    else:
      yield a

A number that a branch gives says which arm was taken, so a comparison with it is the branch's own
test, or its opposite; and what stands behind a branch on its own test goes into its arms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Function,
    If,
    Statement,
    Try,
    Undefined,
    Var,
    Yield,
)
from s2sad.ir.ops import OPERATORS
from s2sad.ir.walk import (
    all_statements,
    blocks,
    exits,
    in_function,
    map_atoms,
    map_blocks,
    operands,
    substitute,
    with_values,
)
from s2sad.transform.effects import is_reverse

EQ = OPERATORS["eq"]


@dataclass(frozen=True)
class Known:
    """values: what is read instead of a variable. opposite: tests and what they are the opposite
    of. arms: for a number that a branch gives, its test and the number of each arm.
    unbound: what no arm of a branch gives."""

    values: dict[Var, Atom] = field(default_factory=dict)
    opposite: dict[Var, Atom] = field(default_factory=dict)
    arms: dict[Var, tuple[Atom, object, object]] = field(default_factory=dict)
    unbound: dict[Var, Atom] = field(default_factory=dict)


def run(function: Function) -> Function:
    """The function with branches on one test joined, where it has a `Try`."""
    if not any(isinstance(s, Try) for s in all_statements(function.body)):
        return function
    state = Known()
    return in_function(function, lambda body: _block(state, body))


def _now(state: Known, atom: Atom) -> Atom:
    while isinstance(atom, Var) and atom in state.values:
        atom = state.values[atom]
    return atom


def _handed(state: Known, atom: Atom) -> Atom:
    return state.unbound.get(atom, atom) if isinstance(atom, Var) else atom


def _block(state: Known, block: Block) -> Block:
    statements: list[Statement] = []
    for statement in block.statements:
        statement = map_atoms(statement, lambda a: _now(state, a))
        if isinstance(statement, Bind) and _is_decided(state, statement):
            continue
        if isinstance(statement, If):
            statement = _turned(state, statement)
            statement = _joined(statements, statement)
        statement = map_blocks(statement, lambda b: _block(state, b))
        if isinstance(statement, If):
            statement = _numbered(state, statement)
        statements.append(statement)
    end = block.terminator
    values = tuple(_handed(state, _now(state, a)) for a in end.values)
    return replace(block, statements=tuple(statements), terminator=with_values(end, values))


def _is_decided(state: Known, bind: Bind) -> bool:
    """Whether a comparison is the test of the branch that gives the number, or its opposite."""
    if bind.op is not EQ or not isinstance(bind.args[0], Var) or bind.args[0] not in state.arms:
        return False
    test, first, second = state.arms[bind.args[0]]
    wanted = bind.args[1].value if isinstance(bind.args[1], Const) else None
    if type(wanted) is not int or (first == wanted) == (second == wanted):
        return False
    if first == wanted:
        state.values[bind.out] = test
        return True
    state.opposite[bind.out] = test
    return False


def _turned(state: Known, branch: If) -> If:
    """A branch on the opposite of a test, on the test itself."""
    test = branch.test
    if not isinstance(test, Var) or test not in state.opposite:
        return branch
    return replace(branch, test=state.opposite[test], then=branch.orelse, orelse=branch.then)


def _numbered(state: Known, branch: If) -> If:
    """Notes the numbers that the arms give; an out that is the test itself is read as that."""
    ends = [block.terminator for block in blocks(branch)]
    if not all(isinstance(end, Yield) for end in ends):
        return branch
    keep: list[int] = []
    for k, out in enumerate(branch.outs):
        first, second = (end.values[k] for end in ends)
        if isinstance(first, Undefined) and isinstance(second, Undefined):
            state.unbound[out] = first
        numbers: list[object] = [a.value if isinstance(a, Const) else None for a in (first, second)]
        if all(type(n) is int for n in numbers) and numbers[0] != numbers[1]:
            state.arms[out] = (branch.test, numbers[0], numbers[1])
        if numbers[0] is True and numbers[1] is False and isinstance(branch.test, Var):
            state.values[out] = branch.test
        else:
            keep.append(k)
    return _with(branch, keep)


def _with(branch: If, keep: list[int]) -> If:
    then, orelse = (
        replace(b, terminator=Yield(tuple(b.terminator.values[k] for k in keep)))
        for b in blocks(branch)
    )
    outs = tuple(branch.outs[k] for k in keep)
    return replace(branch, outs=outs, then=then, orelse=orelse)


def _joined(before: list[Statement], branch: If) -> If:
    """The branch with the one right before it, on the same test, in front of its arms."""
    last = before[-1] if before else None
    if not isinstance(last, If) or last.test is not branch.test:
        return branch
    if is_reverse(last) != is_reverse(branch):
        return branch
    if not isinstance(branch.test, Var) or any(True for b in blocks(last) for _ in exits(b)):
        return branch
    made = [_sequence(*pair, last) for pair in zip(blocks(last), blocks(branch), strict=True)]
    if None in made:
        return branch
    then, orelse = made
    assert then is not None and orelse is not None
    before.pop()
    return replace(branch, outs=(*last.outs, *branch.outs), then=then, orelse=orelse)


def _sequence(first: Block, second: Block, last: If) -> Block | None:
    """One arm after the other; None where the second one computes with what is unbound."""
    given: Mapping[Var, Atom] = dict(zip(last.outs, first.terminator.values, strict=True))
    moved = substitute(second, given)
    if any(_reads_unbound(s) for s in all_statements(moved)):
        return None
    end = moved.terminator
    if isinstance(end, Yield):
        end = Yield((*first.terminator.values, *end.values))
    return Block((), (*first.statements, *moved.statements), end)


def _reads_unbound(statement: Statement) -> bool:
    return any(isinstance(a, Undefined) for a in operands(statement))

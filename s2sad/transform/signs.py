"""Moves minus signs outwards, to where a subtraction takes them up.

Before:

    a: float64[n] = neg(g)                        # reverse sweep
    p: float64[n] = mul(a, 2.0)
    b.1 = additem(b[1:-1], p) sign='+'
    d = add(e, e)

After:

    p: float64[n] = mul(g, 2.0)
    b.1 = additem(b[1:-1], p) sign='-'
    d = mul(2.0, e)

Rounding is symmetric, so a product of -g is minus the product of g to the last bit (a sum of zeros
may get another sign of zero). A sign moves only if every reader of the value, and of what is made
of it, can take it up: nothing gets more operations. Only floats, and only the reverse sweep.
"""

from __future__ import annotations

from dataclasses import field, replace

import numpy as np

from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Block, Const, Function, Statement, Var
from s2sad.ir.ops import ADDITEM, OPERATORS
from s2sad.ir.types import FLOAT, FLOATS, Num
from s2sad.ir.walk import blocks, in_function, map_atoms, map_blocks, use_counts, with_values
from s2sad.transform.effects import is_reverse

ADD, SUB, MUL, NEG = (OPERATORS[name] for name in ("add", "sub", "mul", "neg"))
PRODUCTS = (MUL, OPERATORS["truediv"], OPERATORS["matmul"])
OPPOSITE = {"+": "-", "-": "+"}


@frozen
class Signs:
    """counts: how often a variable is read. readers: the operations of its own block that do.
    taken: whether all the readers take a sign up. positive: minus a value that is no longer
    made. values: what is read instead of a variable. unnamed: what is only there to be doubled,
    without its name."""

    counts: dict[Var, int]
    readers: dict[Var, list[Bind]] = field(default_factory=dict)
    taken: dict[Var, bool] = field(default_factory=dict)
    positive: dict[Var, Atom] = field(default_factory=dict)
    same: dict[Var, Atom] = field(default_factory=dict)
    values: dict[Var, Atom] = field(default_factory=dict)
    unnamed: dict[Var, Var] = field(default_factory=dict)


def run(function: Function) -> Function:
    """The function with its signs moved outwards."""
    state = Signs(use_counts(function.body))
    _collect(state, function.body)
    return in_function(function, lambda body: _block(state, body))


def _collect(state: Signs, block: Block) -> None:
    """Notes the readers, and from the end of the block backwards who takes a sign up."""
    for statement in block.statements:
        for inner in blocks(statement):
            _collect(state, inner)
        if isinstance(statement, Bind):
            for atom in statement.args:
                if isinstance(atom, Var):
                    state.readers.setdefault(atom, []).append(statement)
    for statement in reversed(block.statements):
        if isinstance(statement, Bind) and len(statement.outs) == 1:
            state.taken[statement.out] = _all_take(state, statement.out)


def _all_take(state: Signs, variable: Var) -> bool:
    readers = state.readers.get(variable, [])
    complete = bool(readers) and len(readers) == state.counts.get(variable)
    return complete and all(_takes(state, reader, variable) for reader in readers)


def _takes(state: Signs, reader: Bind, variable: Var) -> bool:
    """Whether an operation can do with minus the variable."""
    if not is_reverse(reader) or not _is_real(variable) or len(reader.outs) != 1:
        return False
    if sum(a is variable for a in reader.args) != 1:
        return False
    if reader.op == ADDITEM:
        sign = dict(reader.static)["sign"]
        return sign in OPPOSITE and reader.args[1] is variable and _is_real(reader.args[0])
    if reader.op == ADD or (reader.op == SUB and reader.args[1] is variable):
        return _is_real(reader.out)
    return reader.op == NEG or (_passes_on(reader) and state.taken.get(reader.out, False))


def _passes_on(bind: Bind) -> bool:
    """Whether a sign of an operand becomes one of the result."""
    plain_sum = bind.op.function is np.sum and len(bind.args) == 1 and _is_sum_of_axes(bind)
    return (bind.op in PRODUCTS or plain_sum) and _is_real(bind.out)


def _is_sum_of_axes(bind: Bind) -> bool:
    return all(name in ("axis", "keepdims") for name, _ in bind.static)


def _is_real(atom: Atom) -> bool:
    return isinstance(atom.type, Num) and atom.type.dtype in FLOATS


def _block(state: Signs, block: Block) -> Block:
    statements = tuple(new for s in block.statements for new in _visit(state, s))
    values = tuple(_now(state, a) for a in block.terminator.values)
    return Block(block.params, statements, with_values(block.terminator, values))


def _now(state: Signs, atom: Atom) -> Atom:
    return state.values.get(atom, atom) if isinstance(atom, Var) else atom


def _visit(state: Signs, statement: Statement) -> list[Statement]:
    statement = map_atoms(statement, lambda a: _now(state, a))
    if not isinstance(statement, Bind):
        return [map_blocks(statement, lambda b: _block(state, b))]
    if not is_reverse(statement) or len(statement.outs) != 1:
        return [statement]
    if statement.op == NEG and statement.args[0] in state.positive:
        state.values[statement.out] = _without_sign(state, statement.args[0])
        return []
    if statement.op == NEG and state.taken.get(statement.out, False):
        state.positive[statement.out] = statement.args[0]
        return []
    return _absorbed(state, statement)


def _absorbed(state: Signs, bind: Bind) -> list[Statement]:
    negated = [k for k, a in enumerate(bind.args) if isinstance(a, Var) and a in state.positive]
    if not negated:
        return [_doubled(state, _half(state, bind))]
    args = tuple(_without_sign(state, a) for a in bind.args)
    if bind.op == ADDITEM:
        sign = OPPOSITE[dict(bind.static)["sign"]]
        return [replace(bind, args=args, static=(("sign", sign),))]
    if bind.op in (ADD, SUB):
        return _sum(bind, args, negated)
    if len(negated) == 2:
        return [replace(bind, args=args)]
    made = Var(bind.out.hint, bind.out.type, bind.out.origin)
    state.positive[bind.out] = made
    return [replace(bind, outs=(made,), args=args)]


def _without_sign(state: Signs, atom: Atom) -> Atom:
    return state.positive.get(atom, atom) if isinstance(atom, Var) else atom


def _sum(bind: Bind, args: tuple[Atom, ...], negated: list[int]) -> list[Statement]:
    left, right = args
    if negated == [1]:
        return [replace(bind, op=SUB if bind.op == ADD else ADD, args=args)]
    if negated == [0] and bind.op == ADD:
        return [replace(bind, op=SUB, args=(right, left))]
    # Both terms had a sign: -a + -b is -a - b, -a - -b is b - a.
    if bind.op == SUB:
        return [replace(bind, args=(right, left))]
    first = Var("", bind.args[0].type, bind.origin)
    made = Bind((first,), NEG, (left,), origin=bind.origin)
    return [made, replace(bind, op=SUB, args=(first, right))]


def _doubled(state: Signs, bind: Bind) -> Bind:
    """x + x is 2 x, exactly."""
    left = bind.args[0] if bind.args else None
    if not isinstance(left, Var) or not _doubles(bind, left):
        return bind
    return replace(bind, op=MUL, args=(Const(2.0, FLOAT), state.unnamed.get(left, left)))


def _doubles(bind: Bind, variable: Var) -> bool:
    pair = bind.op == ADD and bind.args[0] is variable and bind.args[1] is variable
    return pair and _is_real(variable)


def _half(state: Signs, bind: Bind) -> Bind:
    """What is only there to be doubled needs no name."""
    readers = state.readers.get(bind.out, [])
    doubled = len(readers) == state.counts.get(bind.out) == 2 and is_reverse(readers[0])
    if not doubled or not _doubles(readers[0], bind.out):
        return bind
    state.unnamed[bind.out] = Var("", bind.out.type, bind.out.origin)
    return replace(bind, outs=(state.unnamed[bind.out],))

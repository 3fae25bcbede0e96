"""Lets the reverse function of a call add to a part of a cotangent where that stands.

Before:

    z = np.zeros_like(v)                                # reverse sweep
    w = call f_reverse(v, out_bar, z)                   # only adds to z
    b.1 = additem(b[1:], w) sign='+'

After:

    b.1 = call f_reverse(v, out_bar, b[1:])

Only for zeros and sums that are read once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from s2sad.analysis.indexing import step_type
from s2sad.ir.calls import placed, with_view
from s2sad.ir.data import Atom, Bind, Block, Call, Function, IndexStep, Statement, Var
from s2sad.ir.ops import ADDITEM, GETITEM
from s2sad.ir.types import Num, Type
from s2sad.ir.walk import calls, definitions, in_function, map_blocks, operands, use_counts
from s2sad.transform.effects import is_reverse

ZEROS = (np.zeros, np.zeros_like)


def run(function: Function) -> Function:
    """The function whose calls add to parts of cotangents in place."""
    if not any(call.sums for call in calls(function.body)):
        return function
    known = Known(use_counts(function.body), definitions(function.body))
    return in_function(function, lambda body: _block(body, known))


@dataclass(frozen=True)
class Known:
    """counts: how often variables are read. made: the operation of each."""

    counts: dict[Var, int]
    made: dict[Var, Bind]


def _block(block: Block, known: Known) -> Block:
    statements = [map_blocks(s, lambda b: _block(b, known)) for s in block.statements]
    for call in [s for s in statements if isinstance(s, Call)]:
        for j in call.sums:
            call = _rewrite(statements, call, j, known)
    return replace(block, statements=tuple(statements))


def _rewrite(statements: list[Statement], call: Call, j: int, known: Known) -> Call:
    """The call as it stands then among the statements."""
    zeros = _zeros(statements, call.args[j], known.counts)
    summed = next((call.outs[k] for k, i in call.writes if i == j), None)
    added = _addition(statements, summed, known.counts) if summed is not None else None
    if zeros is None or added is None or not (_fits(added) or _alike(zeros, added, known)):
        return call
    if not _hoisted(statements, call, added):
        return call
    statements.remove(zeros)
    statements.remove(added)
    outs = tuple(added.out if out is summed else out for out in call.outs)
    made = with_view(call, j, added.args[0], placed(added.path, -2), added.args[2:])
    made = replace(made, outs=outs)
    statements[statements.index(call)] = made
    return made


def _zeros(statements: list[Statement], atom: Atom, counts: dict[Var, int]) -> Bind | None:
    for statement in statements:
        if isinstance(statement, Bind) and statement.outs == (atom,) and is_reverse(statement):
            made = statement.op.function in ZEROS and counts.get(statement.out) == 1
            return statement if made else None
    return None


def _addition(statements: list[Statement], summed: Var, counts: dict[Var, int]) -> Bind | None:
    """The addition in place that is the only reader of a sum."""
    for statement in statements if counts.get(summed) == 1 else ():
        if isinstance(statement, Bind) and statement.op == ADDITEM and is_reverse(statement):
            plain = statement.args[1] is summed and dict(statement.static)["sign"] == "+"
            if plain and statement.path:
                return statement
    return None


def _fits(added: Bind) -> bool:
    """Whether what is added has the shape and dtype of the place that it goes to."""
    kind: Type | None = added.args[0].type
    for step in added.path:
        kind = step_type(kind, step, added.args) if isinstance(step, IndexStep) and kind else None
    value = added.args[1].type
    if not (isinstance(kind, Num) and isinstance(value, Num) and kind.is_array):
        return False
    return kind.dtype == value.dtype and kind.shape == value.shape and kind.shape is not None


def _alike(zeros: Bind, added: Bind, known: Known) -> bool:
    """Whether the zeros are like a part of an array that is where the sum goes to."""
    model = zeros.args[0]
    part = known.made.get(model) if isinstance(model, Var) else None
    if part is None or part.op is not GETITEM or zeros.op.function is not np.zeros_like:
        return False
    one, other = part.args[0].type, added.args[0].type
    if not (isinstance(one, Num) and isinstance(other, Num) and one.dtype == other.dtype):
        return False
    if one.shape is None or one.shape != other.shape:
        return False
    return part.path == placed(added.path, -1) and part.args[1:] == added.args[2:]


def _hoisted(statements: list[Statement], call: Call, added: Bind) -> bool:
    """Whether the base of the addition is there before the call, by moving its zeros if need be."""
    at = statements.index(call)
    behind = {v: s for s in statements[at:] for v in s.outs}
    for atom in (added.args[0], *added.args[2:]):
        made = behind.get(atom) if isinstance(atom, Var) else None
        if made is None:
            continue
        zeros = isinstance(made, Bind) and made.op.function in ZEROS
        if not zeros or any(a in behind for a in operands(made)):
            return False
        statements.remove(made)
        statements.insert(at, made)
    return True

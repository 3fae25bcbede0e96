"""Puts what is done about an exception where it is caught.

Before:

    y: py.float64, raised: py.bool = try:
      y.1 = math.log(x)
      yield y.1, False
    except ValueError:
      yield undefined y, True
    y.2: py.float64 = if raised:
      z = mul(x, 3.0)
      yield z
    else:
      yield y

After:

    y.2: py.float64, raised: py.bool = try:
      y.1 = math.log(x)
      yield y.1, False
    except ValueError:
      z = mul(x, 3.0)
      yield z, True

Only in the forward sweep, where the other arm does nothing, and for a `Try` with one handler.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.ir.data import Atom, Block, Const, Exit, Function, If, Statement, Try, Undefined, Var
from s2sad.ir.walk import (
    all_statements,
    blocks,
    exits,
    free_variables,
    in_function,
    map_blocks,
    substitute,
    use_counts,
    with_values,
)
from s2sad.transform.effects import is_reverse


def run(function: Function) -> Function:
    """The function with handlers that do what follows them."""
    if not any(isinstance(s, Try) for s in all_statements(function.body)):
        return function
    counts = use_counts(function.body)
    return in_function(function, lambda body: _block(counts, body))


def _block(counts: dict[Var, int], block: Block) -> Block:
    statements: list[Statement] = []
    for statement in block.statements:
        statement = map_blocks(statement, lambda b: _block(counts, b))
        last = statements[-1] if statements else None
        joined = _joined(last, statement) if isinstance(last, Try) else None
        if joined is not None:
            statements[-1] = joined
        else:
            statements.append(statement)
    return replace(block, statements=tuple(statements))


def _joined(node: Try, branch: Statement) -> Try | None:
    """The `Try` that also does what the branch behind it does; None where it can't."""
    if not isinstance(branch, If) or len(node.handlers) != 1 or is_reverse(branch):
        return None
    if branch.orelse.statements or any(True for b in blocks(branch) for _ in exits(b)):
        return None
    if any(isinstance(b.terminator, Exit) for b in blocks(branch)) or not branch.then.statements:
        return None
    if not _says_raised(node, branch.test):
        return None
    (handler,) = node.handlers
    given: dict[Var, Atom] = dict(zip(node.outs, handler.block.terminator.values, strict=True))
    if any(isinstance(given.get(v), Undefined) for v in free_variables(branch.then)):
        return None
    then = substitute(branch.then, given)
    tried: dict[Var, Atom] = dict(zip(node.outs, node.body.terminator.values, strict=True))
    staying = substitute(branch.orelse, tried).terminator.values
    handled = replace(
        handler.block,
        statements=(*handler.block.statements, *then.statements),
        terminator=with_values(
            handler.block.terminator, (*handler.block.terminator.values, *then.terminator.values)
        ),
    )
    body = replace(
        node.body,
        terminator=with_values(node.body.terminator, (*node.body.terminator.values, *staying)),
    )
    outs = (*node.outs, *branch.outs)
    return replace(node, outs=outs, body=body, handlers=(replace(handler, block=handled),))


def _says_raised(node: Try, test: Atom) -> bool:
    if not isinstance(test, Var) or test not in node.outs:
        return False
    k = node.outs.index(test)
    raised = node.handlers[0].block.terminator.values[k]
    stayed = node.body.terminator.values[k]
    flags = [a.value if isinstance(a, Const) else None for a in (stayed, raised)]
    return flags[0] is False and flags[1] is True

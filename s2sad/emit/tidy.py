"""Whole views are their arrays: `x[...]` and `x[:]` of an array read as `x`.

Needs and gives a legal function; values are unchanged, since versions are never written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from s2sad.ir import ops
from s2sad.ir.data import Atom, Bind, Function, IndexStep, SliceStep, Statement, Step, Var
from s2sad.ir.types import Num
from s2sad.ir.walk import all_statements, rebuild, resolve, substitute


def tidied(function: Function) -> Function:
    """The function without views of whole arrays."""
    found: dict[Var, Atom] = {
        s.out: s.args[0]
        for s in all_statements(function.body)
        if isinstance(s, Bind) and _is_whole(s)
    }
    if not found:
        return function

    def kept(statement: Statement) -> Iterable[Statement]:
        whole = isinstance(statement, Bind) and len(statement.outs) == 1 and statement.out in found
        return () if whole else (statement,)

    return replace(function, body=substitute(rebuild(function.body, kept), resolve(found)))


def _is_whole(bind: Bind) -> bool:
    if bind.op is not ops.GETITEM or len(bind.path) != 1:
        return False
    kind = bind.args[0].type
    return isinstance(kind, Num) and kind.is_array and _takes_all(bind.path[0], bool(kind.shape))


def _takes_all(step: Step, has_axes: bool) -> bool:
    """`...`, or `:` where there is an axis."""
    if not isinstance(step, IndexStep) or len(step.components) != 1:
        return False
    (part,) = step.components
    return part is ... or (has_axes and part == SliceStep(None, None, None))

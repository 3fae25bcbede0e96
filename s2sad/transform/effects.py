"""What a statement does besides giving its values: what passes may drop, and where.

The reverse sweep may lose anything but effects on the outside: whatever could raise there has a
primal that ran. The forward sweep must raise wherever the primal does, errors of shape excepted.
"""

from __future__ import annotations

from s2sad.analysis.raising import may_raise
from s2sad.ir.data import Bind, Call, If, Statement, Try
from s2sad.ir.walk import exits


def is_reverse(statement: Statement) -> bool:
    """Whether the statement belongs to the reverse sweep, or to a tangent."""
    return statement.origin is not None and statement.origin.sweep != "forward"


def is_forward(statement: Statement) -> bool:
    """Whether the statement is the user's own, which the page shows as it was written."""
    return statement.origin is not None and statement.origin.sweep == "forward"


def droppable(statement: Statement) -> bool:
    """Whether a statement without a reader may go. Compound ones may if all inside may."""
    if isinstance(statement, Call):
        return is_reverse(statement) or statement.effect == "pure"
    if isinstance(statement, Try):
        return statement.manager is None or statement.manager.again
    if not isinstance(statement, Bind):
        return True
    if statement.op.effect == "outside" or (not statement.outs and statement.op.effect != "pure"):
        return False
    return is_reverse(statement) or not may_raise(statement)


def leaves(statement: Statement) -> bool:
    """Whether the statement holds an `Exit` of a loop around it."""
    return isinstance(statement, If) and any(
        True for arm in (statement.then, statement.orelse) for _ in exits(arm)
    )

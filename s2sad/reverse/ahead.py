"""What the reverse sweep would refuse, of a function that the frontend has refused in part.

The statements that came through are looked at without being reversed: whether each operation
that a derivative passes through has a rule that covers it. So one report names every place.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2sad.analysis.versions import CONSUMING
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.ir.data import Bind, Block, Var
from s2sad.ir.walk import all_statements
from s2sad.reverse.activity import passes, varied_in
from s2sad.reverse.apply import rule_for
from s2sad.reverse.binding import arguments_of
from s2sad.reverse.structural import ADJOINTS
from s2sad.reverse.survey import integers_refused


def refused_in(body: Block, wrt: tuple[Var, ...]) -> tuple[Diagnostic, ...]:
    """One diagnostic for each statement that depends on `wrt` and has no adjoint."""
    varied = varied_in(body, wrt)
    statements = (s for s in all_statements(body) if isinstance(s, Bind))
    found = (d for s in statements for d in _refused(s, varied))
    return tuple(dict.fromkeys(found))


def _refused(statement: Bind, varied: set[Var]) -> Iterator[Diagnostic]:
    if statement.op.name in CONSUMING and isinstance(statement.args[0], Var):
        yield from integers_refused(statement, varied)
    try:
        if any(out in varied for out in statement.outs) and _goes_by_rule(statement):
            rule = rule_for(statement)
            if rule.kind != "inactive":
                arguments_of(statement, rule)
    except UnsupportedError as error:
        yield from error.diagnostics


def _goes_by_rule(statement: Bind) -> bool:
    return statement.op.name not in ADJOINTS and passes(statement)

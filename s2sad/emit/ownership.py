"""Ownership: turns versions into in-place writes that are safe, by inserting copies.

Before: any legal function. After: the buffer of every written operand is owned and no living
variable may share it, loop edges and captured variables included; what flows into a slot
that is written is owned, distinct from all else, and consumed there; what is returned shares
memory with no parameter and no other result: a function is done when a look at all of it finds
nothing to copy. `check_ownership` says the same of a program that comes from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from s2sad.emit.alias import Site
from s2sad.emit.aliasing import aliases_of, written_slots
from s2sad.emit.copies import internal, with_copies
from s2sad.emit.inplace import given_back, limited, narrowed, omitted
from s2sad.emit.violations import Checker
from s2sad.ir import ops
from s2sad.ir.data import Bind, Block, Call, Function, If, Program, Statement, Var
from s2sad.ir.walk import exits, map_blocks, statement_reads

ROUNDS = 1000


def own(program: Program) -> Program:
    """Inserts the copies that writes in place need."""
    program = narrowed(program)
    given = given_back(program)
    while True:
        made = _with_copies(limited(program, given))
        left = given_back(made)
        if left == given:
            return made
        given = left


def _with_copies(program: Program) -> Program:
    takes = _taken_arguments(program)
    return Program(
        tuple(_own_function(f, takes, omitted(program, f.name)) for f in program.functions)
    )


def check_ownership(program: Program) -> None:
    """Raises InternalError where a write in place could be seen by anybody else."""
    takes = _taken_arguments(program)
    for function in program.functions:
        for site in _violations(function, takes, omitted(program, function.name)):
            raise internal(f"{function.name}: unsafe write or shared result at {site.kind}")


def _taken_arguments(program: Program) -> Callable[[Call], list[int]]:
    owned = {f.name: [k for k, p in enumerate(f.params) if p.owned] for f in program.functions}
    return lambda call: owned.get(call.callee, [])


def _own_function(
    function: Function, takes: Callable[[Call], list[int]], silent: frozenset[int]
) -> Function:
    function = replace(function, body=_sink(function.body))
    for _ in range(ROUNDS):
        sites = _violations(function, takes, silent)
        if not sites:
            return function
        function = with_copies(function, sites)
    raise internal(f"{function.name}: copies do not settle")


def _violations(
    function: Function, takes: Callable[[Call], list[int]], silent: frozenset[int]
) -> list[Site]:
    owned = written_slots(function, takes)
    checker = Checker(function, aliases_of(function, owned), owned, takes, silent)
    checker.run()
    return checker.chosen()


# -- erasures, as late as they can be


def _sink(block: Block) -> Block:
    """Puts stores of constants in the reverse sweep behind the reads of what they erase, among
    those that reverse the same primal statement."""
    statements: list[Statement] = []
    waiting: list[Bind] = []
    for statement in block.statements:
        statement = map_blocks(statement, _sink)
        read = dict.fromkeys(statement_reads(statement))
        last = isinstance(statement, If) and any(
            any(exits(arm)) for arm in (statement.then, statement.orelse)
        )
        last = last or any(_primal(bind) != _primal(statement) for bind in waiting)
        while waiting and (last or any(bind.out in read for bind in waiting)):
            statements.append(waiting.pop(0))
        if _erases(statement):
            assert isinstance(statement, Bind)
            waiting.append(statement)
        else:
            statements.append(statement)
    return replace(block, statements=(*statements, *waiting))


def _primal(statement: Statement) -> object:
    return statement.origin and statement.origin.statement


def _erases(statement: Statement) -> bool:
    reverse = statement.origin is not None and statement.origin.sweep == "reverse"
    store = isinstance(statement, Bind) and statement.op is ops.SETITEM
    return reverse and store and not isinstance(statement.args[1], Var)  # type: ignore[union-attr]

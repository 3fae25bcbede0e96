"""The verifier: the invariants of the IR, numbered. It is the specification of what a pass gets.

`verify(program)` raises `InternalError` with every violation found: the number of the
invariant, where, what was expected, and what came. The first line of each check below is the
invariant in words; `INVARIANTS` has them all in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from s2sad.errors import Diagnostic, InternalError
from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    Exit,
    For,
    Function,
    If,
    Program,
    Statement,
    Try,
    Undefined,
    Var,
    While,
)
from s2sad.ir.ops import ADDITEM, GETITEM, POP, SCATTER_ADD, SETITEM
from s2sad.ir.walk import (
    all_blocks,
    all_defined,
    all_reads,
    all_statements,
    blocks,
    calls,
    defined,
    operands,
    path_holes,
)
from s2sad.origins import Origin

CODE = "S900"
UNARY = frozenset({"neg", "pos", "invert", "not_"})
MUTABLE = (list, dict, set, bytearray, np.ndarray)
# Where the holes of an operation with a path begin in its arguments.
FIRST_HOLE = {GETITEM.name: 1, SETITEM.name: 2, ADDITEM.name: 2, SCATTER_ADD.name: 2}
WITH_EMPTY_PATH = frozenset({ADDITEM.name})


@frozen
class Problem:
    """One violation: what was expected, what came, and near which place."""

    expected: str
    got: str
    origin: Origin | None = None


Check = Callable[[Program], Iterator[Problem]]


@frozen
class Place:
    """A block and where it stands. kind: "function", "arm", "body", "cond", "tried", "handler".

    loop: the loop that an `Exit` in this block leaves, if there is one.
    owner: the statement that the block belongs to, if it isn't a function's body.
    """

    block: Block
    kind: str
    loop: For | While | None = None
    owner: Statement | None = None


def verify(program: Program) -> None:
    """Raises `InternalError` unless every invariant holds."""
    found = tuple(
        _diagnostic(f"I{number}", problem)
        for number, check in enumerate(INVARIANTS, 1)
        for problem in check(program)
    )
    if found:
        raise InternalError(found)


def _diagnostic(number: str, problem: Problem) -> Diagnostic:
    message = f"{number}: expected {problem.expected}, got {problem.got}"
    return Diagnostic(CODE, message, problem.origin)


def _places(function: Function) -> Iterator[Place]:
    yield from _places_in(Place(function.body, "function"))


def _places_in(place: Place) -> Iterator[Place]:
    yield place
    for statement in place.block.statements:
        for inner in _inner_places(statement, place.loop):
            yield from _places_in(inner)


def _inner_places(statement: Statement, loop: For | While | None) -> Iterator[Place]:
    if isinstance(statement, While):
        yield Place(statement.cond, "cond", None, statement)
        yield Place(statement.body, "body", statement, statement)
    elif isinstance(statement, For):
        yield Place(statement.body, "body", statement, statement)
    elif isinstance(statement, Try):
        yield Place(statement.body, "tried", None, statement)
        yield from (Place(h.block, "handler", None, statement) for h in statement.handlers)
    else:
        yield from (Place(arm, "arm", loop, statement) for arm in blocks(statement))


def _all_places(program: Program) -> Iterator[Place]:
    return (place for function in program.functions for place in _places(function))


def _everything(program: Program) -> Iterator[Statement]:
    return (s for function in program.functions for s in all_statements(function.body))


def _bound(function: Function) -> Iterator[Var]:
    yield from (p.var for p in function.params)
    yield from all_defined(function.body)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _arity(want: int, got: int, noun: str, origin: Origin | None) -> Iterator[Problem]:
    if want != got:
        yield Problem(_count(want, noun), str(got), origin)


def single_assignment(program: Program) -> Iterator[Problem]:
    """Every variable is bound once in the whole program."""
    seen: set[Var] = set()
    for function in program.functions:
        for variable in _bound(function):
            if variable in seen:
                yield Problem("a variable bound once", f"{variable.hint} twice", variable.origin)
            seen.add(variable)


def dominated(program: Program) -> Iterator[Problem]:
    """Every read is of a variable bound before, in the block or one around it: loops and
    branches export by their outs alone."""
    for function in program.functions:
        yield from _dominated(function.body, {p.var for p in function.params})


def _dominated(block: Block, scope: set[Var]) -> Iterator[Problem]:
    scope = {*scope, *block.params}
    for statement in block.statements:
        yield from _unbound(operands(statement), scope, statement.origin)
        for nested in blocks(statement):
            yield from _dominated(nested, scope)
        scope.update(defined(statement))
    yield from _unbound(block.terminator.values, scope, None)


def _unbound(atoms: tuple[Atom, ...], scope: set[Var], origin: Origin | None) -> Iterator[Problem]:
    for atom in atoms:
        if isinstance(atom, Var) and atom not in scope:
            yield Problem("a variable in scope", f"{atom.hint}, which isn't", origin)


def one_function_each(program: Program) -> Iterator[Problem]:
    """A variable belongs to one function: no other one binds or reads it."""
    home: dict[Var, Function] = {}
    for function in program.functions:
        for variable in _bound(function):
            home.setdefault(variable, function)
    for function in program.functions:
        reads = (a for a in all_reads(function.body) if isinstance(a, Var))
        for variable in dict.fromkeys([*_bound(function), *reads]):
            owner = home.get(variable, function)
            if owner is not function:
                yield Problem(f"a variable of {function.name}", f"{variable.hint} of {owner.name}")


def function_shape(program: Program) -> Iterator[Problem]:
    """There is a function; names are unique; bodies have no parameters and end in a yield."""
    names = [function.name for function in program.functions]
    if len(set(names)) != len(names) or not names:
        yield Problem("functions with names of their own", str(names))
    for function in program.functions:
        yield from _arity(0, len(function.body.params), "block parameter", None)
        if isinstance(function.body.terminator, Exit):
            yield Problem("a body that yields", f"an exit at the end of {function.name}")


def branch_arity(program: Program) -> Iterator[Problem]:
    """The arms of an `If` have no parameters, and one that yields has a value for each out."""
    for place in _all_places(program):
        if place.kind != "arm" or place.owner is None:
            continue
        yield from _arity(0, len(place.block.params), "arm parameter", place.owner.origin)
        if not isinstance(place.block.terminator, Exit):
            got = len(place.block.terminator.values)
            yield from _arity(len(place.owner.outs), got, "arm value", place.owner.origin)


def leaving_last(program: Program) -> Iterator[Problem]:
    """An `If` with an arm that ends in an `Exit` is the last statement of its block."""
    for place in _all_places(program):
        for statement in place.block.statements[:-1]:
            leaves = isinstance(statement, If) and any(
                isinstance(arm.terminator, Exit) for arm in blocks(statement)
            )
            if leaves:
                yield Problem("a leaving If at the end", "statements behind it", statement.origin)


def exit_inside(program: Program) -> Iterator[Problem]:
    """An `Exit` stands in the body of a loop, has a number from 1, and a value for each of the
    loop's outs and ys."""
    for place in _all_places(program):
        end = place.block.terminator
        if not isinstance(end, Exit):
            continue
        if place.loop is None:
            yield Problem("an exit inside the body of a loop", f"one in a {place.kind}")
            continue
        if end.number < 1:
            yield Problem("an exit number from 1", str(end.number), place.loop.origin)
        want = len(place.loop.outs) + len(place.loop.ys)
        yield from _arity(want, len(end.values), "exit value", place.loop.origin)


def loop_arity(program: Program) -> Iterator[Problem]:
    """A loop has one init, one out and one parameter a slot, one parameter for each of the xs,
    a value for each slot and each of the ys, and a `For` something to run over."""
    for statement in _everything(program):
        if not isinstance(statement, (For, While)):
            continue
        xs = statement.xs if isinstance(statement, For) else ()
        slots, origin = len(statement.inits), statement.origin
        yield from _arity(slots, len(statement.outs), "loop out", origin)
        yield from _arity(slots + len(xs), len(statement.body.params), "loop parameter", origin)
        if not isinstance(statement.body.terminator, Exit):
            got = len(statement.body.terminator.values)
            yield from _arity(slots + len(statement.ys), got, "loop value", origin)
        if isinstance(statement, For) and not xs:
            yield Problem("a For with xs", "none", origin)


def condition_shape(program: Program) -> Iterator[Problem]:
    """The condition of a `While` has the loop's slots as parameters and yields one value."""
    for statement in _everything(program):
        if isinstance(statement, While):
            slots, cond = len(statement.inits), statement.cond
            yield from _arity(slots, len(cond.params), "cond parameter", statement.origin)
            yield from _arity(1, len(cond.terminator.values), "cond value", statement.origin)
            if isinstance(cond.terminator, Exit):
                yield Problem("a condition that yields", "an exit", statement.origin)


def bind_arity(program: Program) -> Iterator[Problem]:
    """An operation has the number of results that it gives and, for operators, of operands; only
    one that raises or acts outside may have no result."""
    for statement in _everything(program):
        if isinstance(statement, Bind):
            yield from _result_count(statement)
            yield from _operand_count(statement)


def _result_count(bind: Bind) -> Iterator[Problem]:
    if bind.op.name == POP.name:
        yield from _arity(2, len(bind.outs), f"result of {bind.op.name}", bind.origin)
    elif bind.op.style == "operator" or bind.op.name in FIRST_HOLE:
        yield from _arity(1, len(bind.outs), f"result of {bind.op.name}", bind.origin)
    elif not bind.outs and bind.op.effect == "pure":
        yield Problem(f"a result of {bind.op.name}", "none", bind.origin)


def _operand_count(bind: Bind) -> Iterator[Problem]:
    if bind.op.style == "operator":
        want = 1 if bind.op.name in UNARY else 2
        yield from _arity(want, len(bind.args), f"operand of {bind.op.name}", bind.origin)


def holes_in_range(program: Program) -> Iterator[Problem]:
    """A path stands on an operation that takes one, its holes name arguments behind the others,
    each of these is named, and an `additem` has a known sign."""
    for statement in _everything(program):
        if isinstance(statement, Bind):
            yield from _path_problems(statement)


def _path_problems(bind: Bind) -> Iterator[Problem]:
    name, origin = bind.op.name, bind.origin
    if name not in FIRST_HOLE:
        if bind.path:
            yield Problem(f"no path on {name}", "one", origin)
        return
    if not bind.path and name not in WITH_EMPTY_PATH:
        yield Problem(f"a path on {name}", "none", origin)
    want = list(range(FIRST_HOLE[name], len(bind.args)))
    got = sorted({hole.position for hole in path_holes(bind.path)})
    if got != want or len(bind.args) < FIRST_HOLE[name]:
        yield Problem(f"holes of {name} at {want}", str(got), origin)
    sign = dict(bind.static).get("sign")
    if name == ADDITEM.name and sign not in ("+", "-", "*", "/"):
        yield Problem("an additem with a sign", repr(sign), origin)


def calls_match(program: Program) -> Iterator[Problem]:
    """A call names a function of the program, with an argument for each parameter and an out for
    each of its values."""
    functions = {function.name: function for function in program.functions}
    for function in program.functions:
        for call in calls(function.body):
            yield from _call_problems(call, functions.get(call.callee))


def _call_problems(call: Call, callee: Function | None) -> Iterator[Problem]:
    if callee is None:
        yield Problem("a function of the program", call.callee, call.origin)
        return
    noun = f"of {call.callee}"
    holes = {hole.position for _, path in call.views for hole in path_holes(path)}
    given = len(call.args) - len(holes)
    yield from _arity(len(callee.params), given, f"argument {noun}", call.origin)
    if holes and (min(holes) < given or max(holes) >= len(call.args)):
        yield Problem("holes of views behind the arguments", str(sorted(holes)), call.origin)
    want = len(callee.body.terminator.values)
    yield from _arity(want, len(call.outs), f"result {noun}", call.origin)
    for out, argument in call.writes:
        if out >= len(call.outs) or argument >= len(call.args):
            yield Problem("writes within outs and arguments", str(call.writes), call.origin)


def undefined_only_flows(program: Program) -> Iterator[Problem]:
    """`Undefined` is an initial value of a loop, or what a block ends with, and nothing else."""
    for statement in _everything(program):
        flows = statement.inits if isinstance(statement, (For, While)) else ()
        for atom in operands(statement)[len(flows) :]:
            if isinstance(atom, Undefined):
                yield Problem("a value", f"undefined {atom.hint}", statement.origin)


def constants_plain(program: Program) -> Iterator[Problem]:
    """A constant holds nothing that can be written."""
    for function in program.functions:
        for atom in all_reads(function.body):
            if isinstance(atom, Const) and _mutable(atom.value):
                yield Problem("a constant that can't be written", type(atom.value).__name__)


def _mutable(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_mutable(item) for item in value)
    return isinstance(value, MUTABLE)


def atoms_only(program: Program) -> Iterator[Problem]:
    """Every place that binds holds a variable, and every place that reads holds an atom."""
    for function in program.functions:
        bound: Iterator[object] = _bound(function)
        for variable in bound:
            if not isinstance(variable, Var):
                yield Problem("a variable to bind", repr(variable))
        for block in all_blocks(function.body):
            yield from _atom_problems(block)


def _atom_problems(block: Block) -> Iterator[Problem]:
    atoms: list[object] = [a for s in block.statements for a in operands(s)]
    for atom in (*atoms, *block.terminator.values):
        if not isinstance(atom, Atom):
            yield Problem("an atom", repr(atom))


def try_shape(program: Program) -> Iterator[Problem]:
    """The body of a `Try` has no parameters and a handler's block at most one; each of them yields
    a value for each out; the classes are exceptions; there is a handler or a manager."""
    for statement in _everything(program):
        if not isinstance(statement, Try):
            continue
        origin = statement.origin
        yield from _arity(0, len(statement.body.params), "parameter of a tried block", origin)
        for block in blocks(statement):
            got = len(block.terminator.values)
            yield from _arity(len(statement.outs), got, "value of a tried block", origin)
        for handler in statement.handlers:
            if len(handler.block.params) > 1 or not all(map(_is_exception, handler.classes)):
                yield Problem("a handler of exceptions", str(handler.classes), origin)
        if not statement.handlers and statement.manager is None:
            yield Problem("a handler or a manager", "neither", origin)


def _is_exception(const: Const) -> bool:
    return isinstance(const.value, type) and issubclass(const.value, BaseException)


INVARIANTS: tuple[Check, ...] = (
    single_assignment,
    dominated,
    one_function_each,
    function_shape,
    branch_arity,
    leaving_last,
    exit_inside,
    loop_arity,
    condition_shape,
    bind_arity,
    holes_in_range,
    calls_match,
    undefined_only_flows,
    constants_plain,
    atoms_only,
    try_shape,
)

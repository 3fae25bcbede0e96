"""Recomputes what is kept, where that is cheaper than keeping it.

Before:

    x.1: py.float64; ys x_tape: list, q_tape: list = while ...:
    do x.2: py.float64 = a:
      q: py.float64 = truediv(a, x.2)
      ...
      yield x.3, x.2, q
    b.1 = for b.2 = b; x.4 in x_tape; q.1 in q_tape; reverse:
      c = mul(b.2, q.1)
      ...

After:

    b.1 = for b.2 = b; x.4 in x_tape; q.1 in q_tape; reverse:
      q.2 = truediv(a, x.4)
      c = mul(b.2, q.2)

The tape is then read by nobody, and dead code drops it. Recomputed are numbers that take a few
operations, tests, index arithmetic, and views: an array on a tape costs no more than a reference.
The operands must be equal to those of the forward sweep, which `correspondence` proves, so that
the result is the same bit for bit; and they must still be there: a version of a buffer that has
been written since isn't, because reading it would cost a copy of the buffer.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import field, replace

from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    For,
    Function,
    If,
    Statement,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import GETITEM, LEN, RANGE_OP, TUPLE
from s2sad.ir.types import Num, Type, may_share
from s2sad.ir.walk import (
    all_statements,
    blocks,
    defined,
    in_function,
    map_blocks,
    statement_reads,
    substitute,
    unique,
)
from s2sad.origins import Origin
from s2sad.transform.common_subexpressions import WRITES, is_view
from s2sad.transform.correspondence import Equalities, equalities, in_arm, leader, leading
from s2sad.transform.effects import is_reverse
from s2sad.transform.stored import stored_values

# So many operations cost less than keeping a number and taking it back.
BUDGET = 3
DEPTH = 6
SCALAR = frozenset(
    "add sub mul truediv floordiv mod neg pos eq ne lt le gt ge not_ and_ or_".split()
)
MEASURES = frozenset((".shape", ".size", ".ndim", ".T"))


@frozen
class Storing:
    """consumed: what is written, or handed on to where it is.
    order: in which order variables are made. stored: the reads of the places in arrays where
    the forward sweep has put a value."""

    equal: Equalities
    consumed: frozenset[Var]
    order: dict[Var, int]
    stored: dict[Var, list[Bind]]


@frozen
class Scope:
    """What can be read in a block of the reverse sweep, by leaders.

    given: variables that are there. taped: elements of tapes that stay.
    """

    given: ChainMap[Var, tuple[Var, ...]] = field(default_factory=ChainMap)
    taped: ChainMap[Var, Var] = field(default_factory=ChainMap)

    def inner(self) -> Scope:
        return Scope(self.given.new_child(), self.taped.new_child())


@frozen
class Spot:
    """Where something is recomputed: before the statement at `position` of a block.

    made: where each variable of the block is made. written: where it is first written.
    values: the leaders of all that the block computes anyway.
    """

    state: Storing
    scope: Scope
    position: int
    made: dict[Var, int]
    written: dict[Var, int]
    values: frozenset[Var]


Insertions = dict[int, list[Statement]]
NOTHING = Yield(())


def run(function: Function) -> Function:
    """The function with what is cheap computed again."""
    if all(isinstance(s, (Bind, Call)) for s in function.body.statements):
        return function
    equal = equalities(function)
    order = {variable: k for k, variable in enumerate(equal.makers)}
    consumed = frozenset(_consumed(function.body.statements))
    state = Storing(equal, consumed, order, stored_values(equal))
    scope = Scope()
    for param in function.params:
        _give(state, scope, param.var)
    return in_function(function, lambda body: _visit_block(state, body, scope, ()))


def _give(state: Storing, scope: Scope, variable: Var) -> None:
    first = leader(state.equal, variable)
    scope.given[first] = (*scope.given.get(first, ()), variable)


def _consumed(statements: tuple[Statement, ...]) -> Iterator[Var]:
    """What statements, and those inside them, write or hand to a loop or a call."""
    for statement in all_statements(Block((), statements, NOTHING)):
        if isinstance(statement, (For, While)):
            yield from unique(statement.inits)
        elif isinstance(statement, Call):
            yield from unique(statement.args)
        elif isinstance(statement, Bind) and statement.op in WRITES:
            yield from unique(statement.args[:1])


def _visit_block(
    state: Storing, block: Block, scope: Scope, candidates: tuple[tuple[Var, Var], ...]
) -> Block:
    """The block with candidates (an element of a tape, and its leader here) recomputed."""
    block = _recomputed(state, block, scope, candidates)
    statements: list[Statement] = []
    for statement in block.statements:
        statements.append(_visit(state, statement, scope))
        for variable in defined(statement):
            _give(state, scope, variable)
    return replace(block, statements=tuple(statements))


def _visit(state: Storing, statement: Statement, scope: Scope) -> Statement:
    if not is_reverse(statement) or isinstance(statement, (Bind, Call)):
        return statement
    if isinstance(statement, If):
        then = _visit_arm(state, statement, 0, scope)
        return replace(statement, then=then, orelse=_visit_arm(state, statement, 1, scope))
    if isinstance(statement, For):
        return replace(statement, body=_visit_body(state, statement, scope.inner()))
    return map_blocks(statement, lambda b: _visit_block(state, b, scope.inner(), ()))


def _visit_body(state: Storing, loop: For, scope: Scope) -> Block:
    """The body of a loop: elements of tapes are candidates."""
    candidates: list[tuple[Var, Var]] = []
    slots = len(loop.inits)
    for param, x in zip(loop.body.params[slots:], loop.xs, strict=True):
        kept = leading(state.equal, x) in state.equal.known.kept
        if kept and leader(state.equal, param) is not param:
            candidates.append((param, leader(state.equal, param)))
        else:
            _give(state, scope, param)
    for param in loop.body.params[:slots]:
        _give(state, scope, param)
    return _visit_block(state, loop.body, scope, tuple(candidates))


def _visit_arm(state: Storing, branch: If, arm: int, scope: Scope) -> Block:
    """An arm: an element of a tape may be more than the out of a branch here."""
    inner = scope.inner()
    known = in_arm(state.equal, branch, arm)
    candidates = [(scope.taped[out], value) for out, value in known.items() if out in scope.taped]
    return _visit_block(state, blocks(branch)[arm], inner, tuple(candidates))


# -- decisions


def _recomputed(
    state: Storing, block: Block, scope: Scope, candidates: tuple[tuple[Var, Var], ...]
) -> Block:
    if not candidates:
        return block
    ordered = sorted(candidates, key=lambda pair: state.order.get(pair[1], -1))
    first = _first_reads(block)
    spot = _spot(state, block, scope)
    insertions: Insertions = {}
    mapping: dict[Var, Atom] = {}
    for element, value in ordered:
        here = replace(spot, position=first.get(element, len(block.statements)))
        found = _where_stored(here, value) if element in first else None
        if found is not None:
            here, read = found
            origin = _origin(block, here.position)
            mapping[element] = _compute(here, value, read, insertions, origin, element)
        elif element in first and _is_worth(here, element, value):
            origin = _origin(block, here.position)
            mapping[element] = _make(here, value, insertions, origin, element)
        else:
            _keep(scope, element, value)
    return _inserted(block, insertions, mapping) if mapping else block


def _keep(scope: Scope, element: Var, value: Var) -> None:
    scope.taped[value] = element
    scope.given[value] = (*scope.given.get(value, ()), element)


def _spot(state: Storing, block: Block, scope: Scope) -> Spot:
    made: dict[Var, int] = {}
    written: dict[Var, int] = {}
    for k, statement in enumerate(block.statements):
        made.update(dict.fromkeys(defined(statement), k))
        for variable in _consumed((statement,)):
            written.setdefault(variable, k)
    given: dict[Var, tuple[Var, ...]] = {}
    for variable in made:
        value = leader(state.equal, variable)
        given[value] = (*given.get(value, ()), variable)
    local = Scope(scope.given.new_child(), scope.taped)
    for value, variables in given.items():
        local.given[value] = (*variables, *scope.given.get(value, ()))
    return Spot(state, local, 0, made, written, frozenset(given))


def _first_reads(block: Block) -> dict[Var, int]:
    """The position of the first statement that reads each variable, or of the block's end."""
    first: dict[Var, int] = {}
    for k, statement in enumerate(block.statements):
        for variable in statement_reads(statement):
            first.setdefault(variable, k)
    for variable in unique(block.terminator.values):
        first.setdefault(variable, len(block.statements))
    return first


def _origin(block: Block, position: int) -> Origin | None:
    around = block.statements[position : position + 1] or block.statements[-1:]
    return around[0].origin if around else None


def _inserted(block: Block, insertions: Insertions, mapping: dict[Var, Atom]) -> Block:
    statements: list[Statement] = []
    for k, statement in enumerate(block.statements):
        statements += [*insertions.get(k, ()), substitute(statement, mapping)]
    statements += insertions.get(len(block.statements), ())
    end = substitute(replace(block, statements=()), mapping)
    return replace(end, statements=tuple(statements))


def _is_worth(spot: Spot, element: Var, value: Var) -> bool:
    price = _price(spot, value, DEPTH)
    if price is None or price > BUDGET:
        return False
    return price == 0 or not may_share(element.type) or _views(spot, value)


def _views(spot: Spot, value: Var) -> bool:
    """Whether the value is a view of something, so that a tape would hold a copy."""
    made = spot.state.equal.makers.get(value)
    return made is not None and ((made.op == GETITEM and is_view(made)) or made.op.name == ".T")


# -- reading where it was put


def _where_stored(spot: Spot, value: Var) -> tuple[Spot, Bind] | None:
    """A read of the place where the forward sweep has put a value, and a spot, not behind this
    one, where it still stands there."""
    for read in spot.state.stored.get(value, ()):
        base, *holes = (leading(spot.state.equal, a) for a in read.args)
        assert isinstance(base, Var)
        for variable in spot.scope.given.get(base, ()):
            early = min(spot.position, spot.written.get(variable, spot.position))
            here = replace(spot, position=early)
            prices = [_price(here, a, DEPTH) for a in (base, *holes) if isinstance(a, Var)]
            if _there(here, base) is not None and None not in prices:
                return here, read
    return None


# -- recomputing


def _there(spot: Spot, value: Var) -> Var | None:
    """A variable with this value that can be read here."""
    for variable in spot.scope.given.get(value, ()):
        if spot.made.get(variable, -1) < spot.position and _is_intact(spot, variable):
            return variable
    return None


def _is_intact(spot: Spot, variable: Var) -> bool:
    """Whether what the variable holds hasn't been written by now."""
    if not may_share(variable.type) or variable not in spot.state.consumed:
        return True
    return spot.written.get(variable, -1) >= spot.position


def _price(spot: Spot, value: Var, depth: int) -> int | None:
    """How many operations it takes to have the value, if it can be had."""
    if _there(spot, value) is not None:
        return 0
    made = spot.state.equal.makers.get(value)
    if made is None or not depth or not _is_cheap(made):
        return None
    total = 0 if value in spot.values else 1
    for argument in unique(made.args):
        price = _price(spot, leader(spot.state.equal, argument), depth - 1)
        if price is None or total + price > BUDGET:
            return None
        total += price
    return total


def _is_cheap(bind: Bind) -> bool:
    if len(bind.outs) != 1 or any(isinstance(a, Undefined) for a in bind.args):
        return False
    if bind.op == GETITEM:
        return _is_number(bind.out.type) or is_view(bind)
    if bind.op in (RANGE_OP, LEN, TUPLE) or bind.op.name in MEASURES:
        return not may_share(bind.out.type) or bind.op.name == ".T"
    operator = bind.op.style == "operator" and bind.op.name in SCALAR
    return operator and _is_number(bind.out.type)


def _is_number(kind: Type) -> bool:
    return isinstance(kind, Num) and not kind.may_be_array


def _make(
    spot: Spot, value: Var, insertions: Insertions, origin: Origin | None, element: Var
) -> Var:
    """Puts the operations for the value before the spot; gives the variable that has it."""
    found = _there(spot, value)
    if found is not None:
        return found
    made = spot.state.equal.makers[value]
    return _compute(spot, value, made, insertions, origin, element)


def _compute(
    spot: Spot,
    value: Var,
    made: Bind,
    insertions: Insertions,
    origin: Origin | None,
    element: Var,
) -> Var:
    """Puts an operation that gives the value before the spot, and those for its operands."""
    args: list[Atom] = []
    for argument in made.args:
        inner = leading(spot.state.equal, argument)
        again = isinstance(inner, Var)
        args.append(_make(spot, inner, insertions, origin, inner) if again else argument)  # type: ignore[arg-type]
    out = Var(element.hint, element.type, origin)
    insertions.setdefault(spot.position, []).append(
        replace(made, outs=(out,), args=tuple(args), origin=origin)
    )
    spot.state.equal.leaders[out] = value
    return out

"""Activity: which values depend on what is differentiated, and influence the result.

Both directions are least fixpoints over the structured IR; loops are iterated until nothing
changes. Integers, booleans, strings and shapes are inactive by type.
"""

from __future__ import annotations

from collections.abc import Iterable

from s2sad.ir.data import Atom, Bind, Block, Call, Exit, For, If, Statement, Try, Var, While
from s2sad.ir.types import is_continuous
from s2sad.ir.walk import blocks, exits
from s2sad.rules.registry import rules_of

# Operations through which no derivative passes, whatever their types.
INACTIVE = frozenset({
    ".shape", ".size", ".ndim", ".dtype", "len", "range", "assert", "print", "stop_gradient",
    "eq", "ne", "lt", "le", "gt", "ge", "is_", "is_not", "contains", "not_", "floordiv",
    "invert", "and_", "or_", "xor", "lshift", "rshift",
})  # fmt: skip


def varied_in(body: Block, sources: Iterable[Var]) -> set[Var]:
    """The variables that depend on a source."""
    varied = {v for v in sources if is_continuous(v.type)}
    _until_stable(varied, lambda: _varied_block(body, varied))
    return varied


def useful_in(body: Block, results: Iterable[Atom]) -> set[Var]:
    """The variables that influence a result."""
    useful = {v for v in results if isinstance(v, Var) and is_continuous(v.type)}
    _until_stable(useful, lambda: _useful_block(body, useful))
    return useful


def reaching(body: Block, targets: set[Var]) -> set[Var]:
    """The variables that some of the targets depend on, and the targets."""
    found = set(targets)
    _until_stable(found, lambda: _useful_block(body, found))
    return found


def _until_stable(found: set[Var], step: object) -> None:
    assert callable(step)
    size = -1
    while size != len(found):
        size = len(found)
        step()


def passes(statement: Bind) -> bool:
    """Whether derivatives pass through an operation."""
    if statement.op.name in INACTIVE:
        return False
    rules = rules_of(statement.op.rule)
    return not (rules and all(rule.kind == "inactive" for rule in rules))


def _varied_block(block: Block, varied: set[Var]) -> None:
    for statement in block.statements:
        _varied(statement, varied)


def _spread(target: Var, sources: Iterable[Atom], varied: set[Var]) -> None:
    new = target not in varied and is_continuous(target.type)
    if new and any(isinstance(s, Var) and s in varied for s in sources):
        varied.add(target)


def _varied(statement: Statement, varied: set[Var]) -> None:
    if isinstance(statement, Bind):
        if passes(statement):
            for out in statement.outs:
                _spread(out, statement.args, varied)
    elif isinstance(statement, If | Try):
        for arm in blocks(statement):
            _varied_block(arm, varied)
            if not isinstance(arm.terminator, Exit):
                for out, value in zip(statement.outs, arm.terminator.values, strict=True):
                    _spread(out, [value], varied)
    elif isinstance(statement, For | While):
        _varied_loop(statement, varied)
    elif isinstance(statement, Call):
        for out in statement.outs:
            _spread(out, statement.args, varied)


def _varied_loop(loop: For | While, varied: set[Var]) -> None:
    params = loop.body.params
    count = len(loop.inits)
    ends = [loop.body.terminator.values] if not isinstance(loop.body.terminator, Exit) else []
    ends += [end.values for end in exits(loop.body)]
    for _ in range(len(params) + 2):
        before = len(varied)
        for param, init in zip(params, loop.inits, strict=False):
            _spread(param, [init], varied)
        for param, source in zip(params[count:], getattr(loop, "xs", ()), strict=False):
            _spread(param, [source], varied)
        _varied_block(loop.body, varied)
        for values in ends:
            for param, value in zip(params, values[:count], strict=False):
                _spread(param, [value], varied)
        if len(varied) == before:
            break
    for out, param in zip(loop.outs, params, strict=False):
        _spread(out, [param], varied)
    for values in ends:
        for out, value in zip((*loop.outs, *loop.ys), values, strict=True):
            _spread(out, [value], varied)


def _useful_block(block: Block, useful: set[Var]) -> None:
    for statement in reversed(block.statements):
        _useful(statement, useful)


def _need(values: Iterable[Atom], useful: set[Var]) -> None:
    for value in values:
        if isinstance(value, Var) and is_continuous(value.type):
            useful.add(value)


def _useful(statement: Statement, useful: set[Var]) -> None:
    if isinstance(statement, Bind):
        if passes(statement) and any(out in useful for out in statement.outs):
            _need(statement.args, useful)
    elif isinstance(statement, If | Try):
        for arm in blocks(statement):
            if not isinstance(arm.terminator, Exit):
                for out, value in zip(statement.outs, arm.terminator.values, strict=True):
                    if out in useful:
                        _need([value], useful)
            _useful_block(arm, useful)
    elif isinstance(statement, For | While):
        _useful_loop(statement, useful)
    elif isinstance(statement, Call) and any(out in useful for out in statement.outs):
        _need(statement.args, useful)


def _useful_loop(loop: For | While, useful: set[Var]) -> None:
    params, count = loop.body.params, len(loop.inits)
    ends = [loop.body.terminator.values] if not isinstance(loop.body.terminator, Exit) else []
    ends += [end.values for end in exits(loop.body)]
    for _ in range(len(params) + 2):
        before = len(useful)
        for values in ends:
            for k, value in enumerate(values):
                out = (*loop.outs, *loop.ys)[k]
                if out in useful or (k < count and params[k] in useful):
                    _need([value], useful)
        _useful_block(loop.body, useful)
        if len(useful) == before:
            break
    for k, init in enumerate(loop.inits):
        if params[k] in useful or loop.outs[k] in useful:
            _need([init], useful)
    for param, source in zip(params[count:], getattr(loop, "xs", ()), strict=False):
        if param in useful:
            _need([source], useful)

"""Calls of other functions of the page: a forward and a reverse function for each.

`out = f(x)` becomes `out, saved = f_forward(x)`, and in the reverse sweep
`x_bar = f_reverse(saved, out_bar)`. What is saved is opaque: in a recursion it holds what the
inner calls have saved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.ir.data import Bind, Block, Call, Function, IndexStep, Param, Statement, Var, Yield
from s2sad.ir.ops import GETITEM, TUPLE
from s2sad.ir.types import SAVED, Tup, is_continuous
from s2sad.ir.walk import clone, free_variables
from s2sad.reverse.cotangents import bar, contribute, whole
from s2sad.reverse.defaults import with_defaults
from s2sad.reverse.levels import Level, need

Clean = Callable[[Function], Function]


@dataclass(eq=False)
class Pairs:
    """The functions of the page and what has been made of them.

    functions: the primal's, by name. made: the forward and reverse functions, finished.
    """

    functions: dict[str, Function]
    clean: Clean
    begun: dict[str, None] = field(default_factory=dict)
    made: list[Function] = field(default_factory=list)


def reverse_call(level: Level, statement: Call) -> Call:
    """Reverses a call; gives the call of the forward function that takes its place."""
    pairs = level.sweep.pairs
    callee = pairs.functions.get(statement.callee)
    if callee is None:
        raise UnsupportedError(
            (
                Diagnostic(
                    "S105",
                    "second derivatives of recursive functions aren't supported yet",
                    statement.origin,
                ),
            )
        )
    make_pair(pairs, callee)
    saved = Var(f"{statement.callee}_saved", SAVED, statement.origin)
    level.local.add(saved)
    level.sweep.primal.add(saved)
    seeds = [
        whole(level, out, level.cotangents.pop(out, None))
        for out in statement.outs
        if is_continuous(out.type)
    ]
    wanted = [
        (a, p.var)
        for a, p in zip(statement.args, callee.params, strict=True)
        if is_continuous(p.var.type)
    ]
    outs = tuple(Var(bar(a) if isinstance(a, Var) else "", p.type, level.origin) for a, p in wanted)
    level.statements.append(
        Call(outs, f"{statement.callee}_reverse", (need(level, saved), *seeds), level.origin)
    )
    for (argument, _), out in zip(wanted, outs, strict=True):
        contribute(level, argument, out)
    return replace(statement, outs=(*statement.outs, saved), callee=f"{statement.callee}_forward")


def make_pair(pairs: Pairs, function: Function) -> None:
    """Makes the forward and the reverse function, once."""
    from s2sad.reverse.differentiate import sweep_over

    if function.name in pairs.begun:
        return
    pairs.begun[function.name] = None
    wrt = tuple(p.var for p in function.params if is_continuous(p.var.type))
    results = function.body.terminator.values
    seeds = tuple(Var(f"{_hint(r)}_bar", r.type) for r in results if is_continuous(r.type))
    forward, backward, bars = sweep_over(function, wrt, seeds, pairs)
    joint = Function(
        function.name,
        (*function.params, *(Param(s) for s in seeds)),
        Block((), (*forward, *backward), Yield((*results, *bars))),
        function.source,
    )
    pairs.made += _split(pairs.clean(joint), len(results), seeds)


def _hint(result: Any) -> str:
    return result.hint.replace(".", "_") or "out" if isinstance(result, Var) else "out"


def _split(joint: Function, results: int, seeds: tuple[Var, ...]) -> list[Function]:
    forward = [s for s in joint.body.statements if not _is_reverse(s)]
    backward = tuple(s for s in joint.body.statements if _is_reverse(s))
    values = joint.body.terminator.values
    params = joint.params[: len(joint.params) - len(seeds)]
    given = [p.var for p in joint.params[len(joint.params) - len(seeds) :]]
    block = Block((), backward, Yield(values[results:]))
    kept = tuple(v for v in free_variables(block) if v not in given)
    saved = Var("saved", SAVED, _origin(forward))
    forward.append(Bind((saved,), TUPLE, kept, (), (), saved.origin))
    first = Function(
        f"{joint.name}_forward",
        params,
        Block(
            (), with_defaults(tuple(forward), frozenset(kept)), Yield((*values[:results], saved))
        ),
        joint.source,
    )
    return [first, _reverse_function(joint, block, kept, given)]


def _origin(statements: list[Statement]) -> Any:
    return next((s.origin for s in reversed(statements) if s.origin is not None), None)


def _is_reverse(statement: Statement) -> bool:
    return statement.origin is not None and statement.origin.sweep == "reverse"


def _reverse_function(
    joint: Function, block: Block, kept: tuple[Var, ...], given: list[Var]
) -> Function:
    origin = _origin(list(block.statements))
    saved = Var("saved", SAVED, origin)
    fresh = {v: Var(v.hint, v.type, origin) for v in kept}
    seeds = {v: Var(v.hint, v.type, origin) for v in given}
    reads = tuple(
        Bind((v,), GETITEM, (saved,), (), (IndexStep((k,)),), origin)
        for k, v in enumerate(fresh.values())
    )
    body, _ = clone(block, {**fresh, **seeds})
    body = replace(body, statements=(*reads, *body.statements))
    return Function(
        f"{joint.name}_reverse",
        (Param(saved), *(Param(s) for s in seeds.values())),
        body,
        joint.source,
    )


__all__ = ["Pairs", "Tup", "make_pair", "reverse_call"]

"""From the joint gradient to a pair: the forward sweep alone, and the reverse sweep alone.

The forward function returns the value and whatever the reverse sweep reads of it; the reverse
function takes that and the seed. It owns nothing, so it can be called again.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.ir.data import Atom, Bind, Block, Function, Param, Statement, Var, Yield
from s2sad.ir.walk import clone, defined, free_variables, statement_reads
from s2sad.reverse.defaults import with_defaults
from s2sad.transform.measures import measured, shape_of


def split(function: Function, seed: Param) -> tuple[Function, Function]:
    """Two functions, `<name>_forward` and `<name>_reverse`, of which the second takes the seed."""
    out, grads = function.body.terminator.values
    body = function.body.statements
    first_part = forward_part(body[:-1], (out,))
    forward = tuple(s for s in body if s in first_part)
    backward = tuple(s for s in body if s not in first_part)
    back_block = Block((), backward, Yield((grads,)))
    back_block, forward = by_shape(back_block, forward, {seed.var})
    saved = tuple(v for v in free_variables(back_block) if v is not seed.var)
    name = function.name.removesuffix("_adjoint")
    first = Function(
        f"{name}_forward",
        tuple(p for p in function.params if p is not seed),
        Block((), with_defaults(forward, frozenset(saved)), Yield((out, *saved))),
        function.source,
    )
    return first, _reverse_function(name, back_block, saved, seed, function)


def by_shape(
    block: Block, forward: tuple[Statement, ...], given: set[Var]
) -> tuple[Block, tuple[Statement, ...]]:
    """The reverse part, which takes the shape of what it only measures, and the forward part, which
    gives that. given: what doesn't come from the forward part."""
    # Only what an operation makes, and what is given from outside, is bound for certain.
    made = {v for s in forward for v in defined(s) if not isinstance(s, Bind)} | given
    block, shapes = measured(block, [v for v in free_variables(block) if v not in made])
    measures = [replace(shape_of(array), outs=(shape,)) for array, shape in shapes.items()]
    return block, (*forward, *measures)


def forward_part(
    statements: tuple[Statement, ...], results: tuple[Atom, ...]
) -> dict[Statement, None]:
    """The statements of the primal, and all that its results need: where the primal is itself a
    gradient, that is a reverse sweep, too."""
    needed = dict.fromkeys(results)
    found: dict[Statement, None] = {}
    for statement in reversed(statements):
        if any(v in needed for v in defined(statement)) or not _is_reverse(statement):
            found[statement] = None
            needed |= dict.fromkeys(statement_reads(statement))
    return found


def _is_reverse(statement: object) -> bool:
    origin = getattr(statement, "origin", None)
    return origin is not None and origin.sweep == "reverse"


def _reverse_function(
    name: str, block: Block, saved: tuple[Var, ...], seed: Param, function: Function
) -> Function:
    fresh = {v: Var(n, v.type, v.origin) for v, n in _names((*saved, seed.var)).items()}
    body, _ = clone(block, fresh)
    params = (
        *(Param(fresh[v]) for v in saved),
        Param(fresh[seed.var], "positional", None),
    )
    return Function(f"{name}_reverse", params, body, function.source)


def _names(variables: tuple[Var, ...]) -> dict[Var, str]:
    """One parameter name for each saved value."""
    names: dict[Var, str] = {}
    for variable in reversed(variables):
        base = variable.hint.replace(".", "_").strip("_") or "saved"
        base = base if base.isidentifier() else "saved"
        name, number = base, 1
        while name in names.values():
            number += 1
            name = f"{base}_{number}"
        names[variable] = name
    return names

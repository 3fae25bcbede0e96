"""Calls of functions of the page: for each, one that carries tangents.

    out = f(x, w)      becomes      out, out_dot = f_tangent(x, w, x_dot)

What a call writes of an argument it writes of the argument's tangent, through the same view. A
function with tangents is made once for each choice of arguments that have one; in a recursion it
is asked for while it is made, so it hands out the tangent of every result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from s2sad.forward.scope import Scope, carried
from s2sad.ir.calls import placed
from s2sad.ir.data import Atom, Call, Function, Var
from s2sad.ir.types import is_continuous
from s2sad.reverse.operations import bar
from s2sad.reverse.pairs import Pairs

Positions = tuple[int, ...]
Make = Callable[[Function, Positions, str, Pairs], Function]


def tangent_of_call(scope: Scope, call: Call, make: Make) -> None:
    """Adds the call of the function with tangents in place of the call."""
    pairs = scope.sweep.pairs
    callee = pairs.functions[call.callee]
    moving = _moving(scope, call, len(callee.params))
    if not moving:
        scope.statements.append(call)
        return
    name = _function(pairs, callee, moving, make)
    count = len(callee.params)
    dots = tuple(carried(scope, call.args[j]) for j in moving)
    results = tuple(out for out in call.outs if is_continuous(out.type))
    outs = tuple(replace(out, hint=bar(out), origin=scope.origin) for out in results)
    made = replace(
        call,
        outs=(*call.outs, *outs),
        callee=name,
        args=(*call.args[:count], *dots, *call.args[count:]),
    )
    scope.statements.append(_writing(made, call, results, moving, count))
    scope.cotangents.update(zip(results, outs, strict=True))


def _moving(scope: Scope, call: Call, count: int) -> Positions:
    """The arguments whose tangents are passed: those that have one, and with them all that are
    written."""
    found = {j for j, a in enumerate(call.args[:count]) if _has_tangent(scope, a)}
    if found:
        found |= {j for _, j in call.writes if is_continuous(call.args[j].type)}
    return tuple(sorted(found))


def _has_tangent(scope: Scope, atom: Atom) -> bool:
    return isinstance(atom, Var) and atom in scope.cotangents


def _writing(
    made: Call, call: Call, results: tuple[Var, ...], moving: Positions, count: int
) -> Call:
    """The call with what it writes of tangents, and the views of them that it passes."""
    writes = [
        (len(call.outs) + results.index(call.outs[k]), count + moving.index(j))
        for k, j in call.writes
        if j in moving
    ]
    views = [(j, placed(path, len(moving))) for j, path in call.views]
    views += [(count + moving.index(j), path) for j, path in views if j in moving]
    return replace(made, writes=(*call.writes, *writes), views=tuple(views))


def _function(pairs: Pairs, callee: Function, moving: Positions, make: Make) -> str:
    """The name of the function with tangents, which is made if it isn't there."""
    key = (callee.name, "tangent", moving)
    if key not in pairs.tangents:
        name, number = f"{callee.name}_tangent", 1
        while name in pairs.tangents.values() or name in pairs.functions:
            number += 1
            name = f"{callee.name}_tangent_{number}"
        pairs.tangents[key] = name
        pairs.functions[name] = pairs.clean(make(callee, moving, name, pairs))
    return pairs.tangents[key]

"""Scopes: one block of the tangent program while it is written.

A scope is a `Level` without a primal elsewhere: every primal value is simply there, and
`cotangents` holds the tangents. They are shared by all blocks, since names in SSA are unique.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s2sad.ir.data import Atom, Function, Undefined, Var
from s2sad.ir.types import Num, is_continuous
from s2sad.ir.walk import all_defined, definitions
from s2sad.reverse.activity import varied_in
from s2sad.reverse.cotangents import whole
from s2sad.reverse.guard import infinite, left_out
from s2sad.reverse.levels import Level, Sweep
from s2sad.reverse.operations import ZERO
from s2sad.reverse.pairs import Pairs
from s2sad.reverse.shapes import projected


@dataclass(eq=False)
class Scope(Level):
    """leaving_with: the positions, among outs and ys of the innermost loop, of those with a
    tangent. slots: how many of them are carried. infinite: the variables of the function whose
    tangent can be infinite or undefined where the value is not."""

    infinite: frozenset[Var] = frozenset()

    leaving_with: tuple[int, ...] = ()
    slots: int = 0


def new_scope(function: Function, wrt: tuple[Var, ...], pairs: Pairs) -> Scope:
    """The scope of a function's body."""
    body = function.body
    primal = {*all_defined(body), *(p.var for p in function.params)}
    active = varied_in(body, wrt)
    sweep = Sweep(
        active, set(), definitions(body), {}, {}, primal, {}, pairs, masked=left_out(body)
    )
    return Scope(sweep, "function", None, set(), infinite=frozenset(infinite(body)))


def child(scope: Scope) -> Scope:
    """The scope of an inner block."""
    inner = Scope(scope.sweep, "function", None, set(), cotangents=scope.cotangents)
    inner.infinite = scope.infinite
    inner.origin = scope.origin
    inner.leaving_with, inner.slots = scope.leaving_with, scope.slots
    return inner


def tangent(scope: Scope, atom: Atom) -> Atom | None:
    """The tangent of an atom as one value, or None where it is zero."""
    if not isinstance(atom, Var) or atom not in scope.cotangents:
        return None
    dot: Any = scope.cotangents[atom]
    return whole(scope, atom, dot)


def carried(scope: Scope, atom: Atom) -> Atom:
    """The tangent of what is stored, carried or handed out: real, and of its value's type."""
    if isinstance(atom, Undefined):
        return atom
    if not isinstance(atom, Var):
        return ZERO
    if not is_continuous(atom.type):
        return atom
    made = whole(scope, atom, scope.cotangents.get(atom))
    return projected(scope, made, atom.type, exact=True) if isinstance(atom.type, Num) else made


def dot_hint(hint: str) -> str:
    """`x_bar` -> `x_dot`: only the last part of a name says what it is."""
    for old, new in (("_bar", "_dot"), (".bar", ".dot")):
        if hint.endswith(old):
            return hint.removesuffix(old) + new
    return hint.replace(".bar.", ".dot.")

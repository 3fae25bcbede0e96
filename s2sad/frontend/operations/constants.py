"""Values that must be known when compiling."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.operations.views import elements
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Items, Known
from s2sad.ir.data import Atom, Var
from s2sad.ir.types import Num
from s2sad.request import NeedStatic


def static_value(ctx: Context, value: Abstract, node: Any = None) -> Any:
    """The constant that an abstract value is, containers included; S406 where it isn't one."""
    if isinstance(value, Known):
        return value.value
    items = elements(ctx, value)
    if items is not None:
        made = [static_value(ctx, item, node) for item in items]
        return tuple(made) if isinstance(value, Items) else made
    atom = atom_of(ctx, value)
    need_static(atom)
    refuse(
        ctx,
        "S406",
        "this must be known when compiling",
        node,
        help="pass a constant, or a parameter that is an integer",
    )


def need_static(atom: Atom) -> None:
    """Asks for compilation again with an integer parameter known, if that is what is missing."""
    if isinstance(atom, Var) and isinstance(atom.type, Num) and atom.type.is_python:
        value = atom.type.value
        if value is not None and len(value.terms) == 1 and "." not in value.terms[0][0]:
            name = value.terms[0][0]
            if name.isidentifier():
                raise NeedStatic(name)

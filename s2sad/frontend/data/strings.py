"""Strings: what is known when compiling is; text made of run-time values is made on the page."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.dispatch import evaluates, expression, special
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, add, constant, refuse
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Keywords, Known, Value
from s2sad.ir.data import Atom, Op
from s2sad.ir.types import Opaque

TEXT = Opaque("str")
FORMAT = Op(".format", str.format, "method", None)
CONVERSIONS = {-1: "", 115: "!s", 114: "!r", 97: "!a"}


@evaluates(gast.JoinedStr)
def joined_string(ctx: Context, node: Any, hint: str) -> Abstract:
    """`f"x = {x:.2f}"` is `"x = {:.2f}".format(x)`."""
    pieces: list[str] = []
    values: list[Abstract] = []
    for part in node.values:
        if isinstance(part, gast.Constant):
            pieces.append(str(part.value).replace("{", "{{").replace("}", "}}"))
            continue
        values.append(expression(ctx, part.value, ""))
        spec = _spec(ctx, part)
        pieces.append("{" + CONVERSIONS[part.conversion] + (f":{spec}" if spec else "") + "}")
    text = "".join(pieces)
    if all(isinstance(v, Known) for v in values):
        return Known(text.format(*(v.value for v in values if isinstance(v, Known))))
    return formatted(ctx, text, values, node)


def _spec(ctx: Context, part: Any) -> str:
    """How a value is written, which must be known when compiling."""
    if part.format_spec is None:
        return ""
    found = expression(ctx, part.format_spec)
    if not isinstance(found, Known):
        refuse(ctx, "S101", "the format in an f-string must be known when compiling", part,
               help="write the width as a number")  # fmt: skip
    return str(found.value)


@over_choices(1)
def formatted(ctx: Context, text: str, values: list[Abstract], node: Any) -> Abstract:
    """`text.format(*values)`."""
    atoms: tuple[Atom, ...] = tuple(atom_of(ctx, v, "", node) for v in values)
    return Value(add(ctx, FORMAT, (constant(text), *atoms), TEXT, "text", node))


def _converting(function: Any, name: str) -> Any:
    def call(
        ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
    ) -> Abstract:
        if args and isinstance(args[0], Known):
            return Known(function(args[0].value))
        atoms = tuple(atom_of(ctx, a, "", node) for a in args)
        return Value(add(ctx, Op(name, function, "call", None), atoms, TEXT, "text", node))

    return call


for _function in (str, repr):
    special(_function)(_converting(_function, _function.__name__))

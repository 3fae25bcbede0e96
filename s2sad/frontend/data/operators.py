"""Operators: `a + b`, `-a`, and what they mean for tuples, lists and dicts."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.analysis import dims
from s2sad.frontend.data import overloads
from s2sad.frontend.data.comparisons import negate
from s2sad.frontend.data.keys import merge_dicts
from s2sad.frontend.dispatch import evaluates, expression
from s2sad.frontend.operations.apply import as_array, operate
from s2sad.frontend.operations.failures import failure
from s2sad.frontend.operations.views import elements, sequence_like
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, inner_hint, refuse, wrap
from s2sad.frontend.state.context import add as append
from s2sad.frontend.state.operands import evaluated, wait
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.values import Abstract, Known, Ref
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import Bottom, Lst, Num
from s2sad.rules.views import is_flat

BINARY: dict[type, str] = {
    gast.Add: "add", gast.Sub: "sub", gast.Mult: "mul", gast.Div: "truediv",
    gast.FloorDiv: "floordiv", gast.Mod: "mod", gast.Pow: "pow", gast.MatMult: "matmul",
    gast.BitAnd: "and_", gast.BitOr: "or_", gast.BitXor: "xor", gast.LShift: "lshift",
    gast.RShift: "rshift",
}  # fmt: skip

_UNARY: dict[type, str] = {
    gast.UAdd: "pos", gast.USub: "neg", gast.Invert: "invert", gast.Not: "not_",
}  # fmt: skip


@evaluates(gast.BinOp)
def _binary(ctx: Context, node: Any, hint: str) -> Abstract:
    name = BINARY[type(node.op)]
    left = wait(ctx, expression(ctx, node.left, inner_hint(hint, name)), [node.right])
    right = expression(ctx, node.right, inner_hint(hint, name))
    return binary(ctx, name, evaluated(ctx, left), right, hint, node)


def _fails(ctx: Context, name: str, left: Abstract, right: Abstract, *_: Any) -> Exception | None:
    return failure(ctx, OPERATORS[name].function, [left, right])


@over_choices(1, 2, failing=_fails)
def binary(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    """A binary operator; on tuples and lists of known length it is done when compiling."""
    overloaded = overloads.binary(ctx, name, left, right, hint, node)
    if overloaded is not None:
        return overloaded
    _check_operands(ctx, (left, right), node)
    sequence = _sequence_operator(ctx, name, left, right)
    if sequence is not None:
        return sequence
    if name == "or_":
        merged = merge_dicts(ctx, left, right, node)
        if merged is not None:
            return merged
    if name == "mul" and _is_blank(ctx, left):
        return _blank_list(ctx, left, right, hint, node)
    operands = _as_arrays(ctx, name, left, right, node)
    return operate(ctx, OPERATORS[name], operands, hint, node)


def _as_arrays(
    ctx: Context, name: str, left: Abstract, right: Abstract, node: Any
) -> list[Abstract]:
    """The operands as NumPy takes them, where one is a list and the other is of NumPy."""
    kinds = [type_at(ctx, left, node), type_at(ctx, right, node)]
    whole = (isinstance(k, Num) and k.dtype in ("int64", "bool") and not k.is_array for k in kinds)
    if not any(isinstance(kind, Num) for kind in kinds) or any(whole):
        return [left, right]
    return [as_array(ctx, left, node), as_array(ctx, right, node)]


def _check_operands(ctx: Context, values: tuple[Abstract, ...], node: Any) -> None:
    if any(isinstance(value, Ref) and is_flat(value.path) for value in values):
        refuse(
            ctx,
            "S405",
            "`.flat` has no arithmetic",
            node,
            note="NumPy would raise TypeError",
            help="x.flat[:], or x.ravel()",
        )


def _is_blank(ctx: Context, value: Abstract) -> bool:
    items = elements(ctx, value)
    return bool(items) and all(isinstance(i, Known) and i.value is None for i in items or ())


def _blank_list(ctx: Context, left: Abstract, right: Abstract, hint: str, node: Any) -> Abstract:
    """`[None] * n`: a list to be filled, whose elements have no type yet."""
    atoms = tuple(atom_of(ctx, v, "", node) for v in (left, right))
    made = append(ctx, OPERATORS["mul"], atoms, Lst(Bottom(), dims.fresh(0)), hint, node)
    return wrap(ctx, made, node)


def _sequence_operator(ctx: Context, name: str, left: Abstract, right: Abstract) -> Abstract | None:
    a, b = elements(ctx, left), elements(ctx, right)
    if name == "add" and a is not None and b is not None:
        return sequence_like(ctx, left, (*a, *b))
    if name == "mul":
        times = right if a is not None else left
        items = a if a is not None else b
        if items is not None and isinstance(times, Known) and isinstance(times.value, int):
            return sequence_like(ctx, left if a is not None else right, items * times.value)
    return None


@evaluates(gast.UnaryOp)
def _unary(ctx: Context, node: Any, hint: str) -> Abstract:
    name = _UNARY[type(node.op)]
    return unary(ctx, name, expression(ctx, node.operand, inner_hint(hint, name)), hint, node)


def _unary_fails(ctx: Context, name: str, operand: Abstract, *_: Any) -> Exception | None:
    return failure(ctx, OPERATORS[name].function, [operand])


@over_choices(1, failing=_unary_fails)
def unary(ctx: Context, name: str, operand: Abstract, hint: str, node: Any) -> Abstract:
    """A unary operator."""
    _check_operands(ctx, (operand,), node)
    if name == "not_":
        return negate(ctx, operand, hint, node)
    overloaded = overloads.unary(ctx, name, operand, hint, node)
    if overloaded is not None:
        return overloaded
    return operate(ctx, OPERATORS[name], [operand], hint, node)

"""Comparisons, identity, membership, and truth."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

import gast

from s2sad.frontend.data import overloads
from s2sad.frontend.data.objects import class_of
from s2sad.frontend.data.overloads import ask, is_object, length, unsupported
from s2sad.frontend.operations.apply import is_plain, operate
from s2sad.frontend.operations.failures import failure
from s2sad.frontend.operations.views import elements, mapping_keys
from s2sad.frontend.state.choices import each, meaning_of, over_choices, possible
from s2sad.frontend.state.context import Context, Meaning, refuse
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Items,
    Known,
    Mapping,
    Method,
    OneOf,
    Ref,
    Value,
    Whole,
)
from s2sad.ir.data import Atom, Var
from s2sad.ir.ops import OPERATORS

_COMPARE: dict[type, str] = {
    gast.Eq: "eq", gast.NotEq: "ne", gast.Lt: "lt", gast.LtE: "le", gast.Gt: "gt",
    gast.GtE: "ge", gast.Is: "is_", gast.IsNot: "is_not", gast.In: "contains",
    gast.NotIn: "not_contains",
}  # fmt: skip


@over_choices(0)
def negate(ctx: Context, operand: Abstract, hint: str, node: Any) -> Abstract:
    """`not operand`."""
    asked = truth_of(ctx, operand, node)
    operand = operand if asked is None else asked
    truth = known_truth(ctx, operand)
    if truth is not None:
        return Known(not truth)
    told = meaning_of(ctx, operand)
    made = operate(ctx, OPERATORS["not_"], [operand], hint, node)
    if isinstance(made, Value):
        ctx.meanings[made.atom] = Meaning(told.false, told.true)
    return made


def known_truth(ctx: Context, value: Abstract) -> bool | None:
    """The truth of a value where it is known when compiling."""
    if isinstance(value, Known):
        return bool(value.value)
    items = elements(ctx, value)
    if items is not None:
        return bool(items)
    if isinstance(value, (Closure, Method)):
        return True
    if isinstance(value, OneOf):
        truths = {known_truth(ctx, value.choices[k]) for k in possible(ctx, value)}
        return truths.pop() if len(truths) == 1 else None
    if isinstance(value, Ref):
        content = ctx.state.heap[value.location]
        if isinstance(content, Mapping):
            return bool(content.items)
        if isinstance(content, Attributes):
            own = any(hasattr(content.cls, name) for name in ("__bool__", "__len__"))
            return None if own else True
    return None


def _compare_fails(
    ctx: Context, kind: type, left: Abstract, right: Abstract, *_: Any
) -> Exception | None:
    ordered = _COMPARE[kind] in ("lt", "le", "gt", "ge")
    return failure(ctx, OPERATORS[_COMPARE[kind]].function, [left, right]) if ordered else None


@over_choices(1, 2, failing=_compare_fails)
def compare(
    ctx: Context, kind: type, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    name = _COMPARE[kind]
    if name in ("is_", "is_not"):
        return _identity(ctx, name, left, right, hint, node)
    if name in ("contains", "not_contains"):
        return _membership(ctx, name, left, right, hint, node)
    return compare_values(ctx, name, left, right, hint, node)


def compare_values(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    """`left < right` and its like, by the name of the operator."""
    overloaded = compare_objects(ctx, name, left, right, hint, node)
    if overloaded is not None:
        return overloaded
    pair = elements(ctx, left), elements(ctx, right)
    if None not in pair and all(is_plain(v) for items in pair for v in items or ()):
        values = [tuple(v.value for v in items or () if isinstance(v, Known)) for items in pair]
        return Known(OPERATORS[name].function(*values))
    if name in ("eq", "ne") and _is_enum(left) and _is_enum(right):
        return Known(OPERATORS[name].function(left.value, right.value))  # type: ignore[union-attr]
    if _differs_in_kind(left, right) and name in ("eq", "ne"):
        return Known(name == "ne")
    return operate(ctx, OPERATORS[name], [left, right], hint, node)


def _is_enum(value: Abstract) -> bool:
    """Whether a value is known, and equal to itself only: a member of an enumeration, None."""
    return isinstance(value, Known) and isinstance(value.value, (enum.Enum, type(None), type))


def _differs_in_kind(a: Abstract, b: Abstract) -> bool:
    """Whether two values can't be equal: a string or None against a number at run time."""
    texts = [isinstance(v, Known) and isinstance(v.value, (str, type(None))) for v in (a, b)]
    numbers = [isinstance(v, Value) for v in (a, b)]
    return any(texts) and any(numbers)


def _identity(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    if isinstance(left, Known) and isinstance(right, Known):
        return Known((left.value is right.value) == (name == "is_"))
    none = [isinstance(v, Known) and v.value is None for v in (left, right)]
    if any(none):
        return Known(name == "is_not")
    if isinstance(left, Ref) and left == right:
        return Known(name == "is_")
    if _are_distinct(ctx, left, right):
        return Known(name == "is_not")
    refuse(ctx, "S405", "whether these are the same object isn't known when compiling", node)


def _are_distinct(ctx: Context, left: Abstract, right: Abstract) -> bool:
    """Whether two values can't be one object: of different kinds, or containers of which one was
    made here."""
    known = [v for v in (left, right) if isinstance(v, Known)]
    if known:
        other = right if left is known[0] else left
        number = isinstance(known[0].value, (bool, int, float, complex))
        return not number and isinstance(other, (Value, Ref, Items, Closure))
    if not (isinstance(left, Ref) and isinstance(right, Ref)) or left.path or right.path:
        return False
    contents = [ctx.state.heap[v.location] for v in (left, right)]
    made = [v for v in (left, right) if v.location > ctx.given and v.location not in ctx.outer]
    return bool(made) and not any(isinstance(c, Whole) for c in contents)


def _membership(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    asked = overloads.contains(ctx, right, left, hint, node)
    if asked is not None:
        return asked if name == "contains" else negate(ctx, asked, hint, node)
    keys = mapping_keys(ctx, right)
    items = elements(ctx, right)
    if isinstance(left, Known) and keys is not None:
        return Known((left.value in keys) == (name == "contains"))
    if isinstance(left, Known) and isinstance(right, Known):
        return Known((left.value in right.value) == (name == "contains"))
    if isinstance(left, Known) and items and all(isinstance(i, Known) for i in items):
        found = left.value in [i.value for i in items if isinstance(i, Known)]
        return Known(found == (name == "contains"))
    result = operate(ctx, OPERATORS["contains"], [right, left], hint, node)
    if name == "contains":
        return result
    return operate(ctx, OPERATORS["not_"], [result], hint, node)


_SWAPPED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


def compare_objects(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract | None:
    """A comparison with an object; equality is identity where no class says otherwise."""
    if not (is_object(ctx, left) or is_object(ctx, right)):
        return None
    for value, method, other in ((left, name, right), (right, _SWAPPED[name], left)):
        found = ask(ctx, value, f"__{method}__", [other], hint, node)
        if found is None and method == "ne":
            equal = ask(ctx, value, "__eq__", [other], hint, node)
            found = None if equal is None else negate(ctx, equal, hint, node)
        if found is not None:
            return found
    fields = _compared_fields(ctx, left, right, name, node)
    if fields is not None:
        return fields
    if name in ("eq", "ne") and not _generated(ctx, left, "__eq__"):
        return Known((left == right) == (name == "eq"))
    unsupported(ctx, name, left, right, node)
    return None


def _generated(ctx: Context, value: Abstract, name: str) -> bool:
    cls = class_of(ctx, value)
    code = getattr(getattr(cls, name, None), "__code__", None)
    return code is not None and code.co_filename == "<string>"


def _compared_fields(
    ctx: Context, left: Abstract, right: Abstract, name: str, node: Any
) -> Abstract | None:
    """The comparison that `dataclass` makes: of the fields, as tuples."""
    cls = class_of(ctx, left)
    method = "__eq__" if name in ("eq", "ne") else f"__{name}__"
    if cls is None or cls is not class_of(ctx, right) or not _generated(ctx, left, method):
        return None
    fields: Any = dataclasses.fields(cls)
    names = [f.name for f in fields if f.compare]
    sides = []
    for value in (left, right):
        content = ctx.state.heap[value.location] if isinstance(value, Ref) else None
        if not isinstance(content, Attributes):
            return None
        pairs = dict(content.items)
        sides.append(Items(tuple(pairs[n] for n in names)))
    return compare_values(ctx, name, sides[0], sides[1], "", node)


def truth_of(ctx: Context, value: Abstract, node: Any) -> Abstract | None:
    """`bool(value)`: `__bool__`, or whether the length is not 0."""
    if class_of(ctx, value) is None:
        return None
    found = ask(ctx, value, "__bool__", [], "", node)
    if found is not None:
        return found
    count = length(ctx, value, "", node)
    return None if count is None else compare_values(ctx, "ne", count, Known(0), "", node)


def test_atom(ctx: Context, value: Abstract, node: Any) -> Atom:
    """The operand of an `if`: arrays raise in Python unless they have one element, as there."""
    if isinstance(value, OneOf):
        value = each(ctx, value, lambda choice: _truth(ctx, choice, node), node)
    asked = truth_of(ctx, value, node)
    value = value if asked is None else asked
    if (
        isinstance(value, Ref)
        and not value.path
        and not hasattr(ctx.state.heap[value.location], "atom")
    ):
        refuse(ctx, "S405", "the truth of this container isn't known when compiling", node)
    atom = atom_of(ctx, value, "", node)
    return atom


def _truth(ctx: Context, choice: Abstract, node: Any) -> Abstract:
    """Whether one of several values is true."""
    known = known_truth(ctx, choice)
    if known is not None:
        return Known(known)
    atom = test_atom(ctx, choice, node)
    return Value(atom) if isinstance(atom, Var) else Known(bool(atom.value))  # type: ignore[union-attr]

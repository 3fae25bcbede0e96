"""The text of a plan: two plans with one text make the same header of a loop."""

from __future__ import annotations

import re
from typing import Any

from s2sad.frontend.joins.templates import Group, Leaf, Option, Plan, Template, Variants
from s2sad.frontend.state.values import Abstract, Closure, Known, OneOf
from s2sad.ir.data import Var
from s2sad.ir.types import Lst, Num, Tup, Type


def signature(made: Plan) -> str:
    """The plan as text, fresh symbols renamed in order: equal texts mean a fixpoint."""
    pieces = [f"{n} {_template_text(t)} {o}" for n, t, o in made.names]
    pieces += [f"{n} {_template_text(t)}" for n, t in made.contents]
    return _canonical("; ".join(pieces))


def _canonical(text: str) -> str:
    table: dict[str, str] = {}
    return re.sub(r"\?\d+", lambda m: table.setdefault(m.group(), f"?{len(table)}"), text)


def _template_text(template: Template) -> str:
    if isinstance(template, Leaf):
        options = template.linked.options if template.linked is not None else ()
        return _type_text(template.type) + " ".join(map(_option_text, options))
    if isinstance(template, Group):
        parts = ", ".join(_template_text(part) for part in template.parts)
        return f"{template.kind}{_keys_text(template.keys)}({parts})"
    if isinstance(template, Variants):
        parts = ", ".join(_template_text(part) for part in template.parts)
        return f"one of{template.keys}({parts})"
    return _fixed_text(template.value)


def _keys_text(keys: tuple[Any, ...]) -> str:
    return str([_fixed_text(k) if isinstance(k, Closure | Known) else k for k in keys])


def _option_text(option: Option | None) -> str:
    if option is None:
        return "own"
    holes = [id(h) if isinstance(h, Var) else h for h in option.holes]
    return f"{option.number} {option.slot} {option.path} {holes}"


def _fixed_text(value: Abstract) -> str:
    if isinstance(value, Known):
        return f"{value.value!r} {id(value.value) if callable(value.value) else ''}"
    if isinstance(value, Closure):
        return f"{value.name} {id(value.node)} {value.frame.number if value.frame else 0}"
    if isinstance(value, OneOf):
        return f"one of {id(value.tag)}({', '.join(map(_fixed_text, value.choices))})"
    return f"{type(value).__name__} {getattr(value, 'name', '')}"


def _type_text(kind: Type) -> str:
    if isinstance(kind, Num):
        least = ",".join(str(d.least) for d in kind.shape) if kind.shape is not None else "?"
        shape = "?" if kind.shape is None else ",".join(map(str, kind.shape))
        return f"{sorted(kind.forms)} {kind.dtype} [{shape}|{least}]"
    if isinstance(kind, Tup):
        return "(" + ", ".join(map(_type_text, kind.items)) + ")"
    if isinstance(kind, Lst):
        return f"[{_type_text(kind.item)}]"
    return str(kind)

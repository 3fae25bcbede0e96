"""What crosses the border of a function that is called: arguments on the way in; on the way out
the result, new versions of what was written, and the names of enclosing scopes bound anew.

On the way in, a template says for each parameter which parts are passed at run time. Every
reference in it has a *label*, its position in the order of the templates, on both sides of the
border. On the way out, a `Sent` is a small heap: what comes back, with references by label, so that
the caller gets back its own arrays (and views of them) where the callee returns its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from s2sad.analysis import dims
from s2sad.frontend.joins.plan import content_keys, content_parts, group_kind
from s2sad.frontend.joins.templates import Fixed, Group, Leaf, Template
from s2sad.frontend.state.context import Context
from s2sad.frontend.state.heap import Name
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Closure, Items, Known, Ref, Value, Whole
from s2sad.ir.data import Const, Var
from s2sad.ir.types import Dim, Lst, Num, Tup, Type

PLAIN = (bool, int, float, complex, str, bytes, type(None))


class Uncallable(Exception):
    """Why a call can't be that of a function of the page: it is inlined, or refused."""


# -- on the way in


@dataclass(frozen=True)
class Entry:
    """How arguments are described. recursive: lengths, and integers, will differ from call to
    call. lengths: the symbols that stand for the caller's lengths."""

    recursive: bool
    integers: bool
    lengths: dict[Dim, Dim] = field(default_factory=dict)


def template_of(ctx: Context, entry: Entry, hint: str, value: Abstract) -> Template:
    """What of an argument is passed at run time: numbers and arrays; all else is fixed."""
    if isinstance(value, Known):
        passed = isinstance(value.value, (int, float, complex)) and _is_passed(entry, value.value)
        return Leaf(hint, _kind(entry, type_at(ctx, value))) if passed else Fixed(value)
    if isinstance(value, Value):
        return Leaf(hint, _kind(entry, value.atom.type))
    if isinstance(value, Items):
        parts = tuple(template_of(ctx, entry, hint, item) for item in value.items)
        return Group("tuple", (value.cls,), parts)
    if isinstance(value, Ref):
        if value.location in ctx.state.links:
            raise Uncallable(f"`{hint}` may be one of several arrays")
        content = ctx.state.heap[value.location]
        if isinstance(content, Whole):
            if not isinstance(content.atom, Var | Const):
                raise Uncallable(f"`{hint}` may be unbound")
            return Leaf(hint, _kind(entry, type_at(ctx, value)))
        parts = tuple(template_of(ctx, entry, hint, item) for item in content_parts(content))
        return Group(group_kind(content), content_keys(content), parts)
    if isinstance(value, Closure):
        return Fixed(value)
    raise Uncallable(f"`{hint}` is a method, a slice or an iterator")


def _is_passed(entry: Entry, value: complex) -> bool:
    return not isinstance(value, bool) and (entry.integers or not isinstance(value, int))


def _kind(entry: Entry, kind: Type) -> Type:
    """The type as the callee knows it: equal lengths have one symbol, which is its own."""
    if isinstance(kind, Num):
        shape = None if kind.shape is None else tuple(_length(entry, d) for d in kind.shape)
        value = entry.lengths.get(kind.value) if kind.value is not None else None
        return Num(kind.forms, kind.dtype, shape, value)
    if isinstance(kind, Tup):
        return Tup(tuple(_kind(entry, item) for item in kind.items), kind.cls)
    if isinstance(kind, Lst):
        return Lst(_forgotten(kind.item), dims.fresh(0))
    return kind


def _length(entry: Entry, dim: Dim) -> Dim:
    if dim.known is not None and not entry.recursive:
        return dim
    if dim not in entry.lengths:
        least = 2 if dim.never_one and dim.known != 0 and not entry.recursive else 0
        entry.lengths[dim] = dims.fresh(least)
    return entry.lengths[dim]


def _forgotten(kind: Type) -> Type:
    """The type of an element, whose lengths are its own."""
    return _kind(Entry(True, True), kind)


def received(templates: dict[Name, Template]) -> str:
    """The templates as text, fresh symbols renamed in order: equal texts mean one function."""
    text = "; ".join(f"{name}: {_text(template)}" for name, template in templates.items())
    return canonical(text)


def canonical(text: str) -> str:
    """The text with its fresh symbols renamed in order."""
    table: dict[str, str] = {}
    return re.sub(r"\?\d+", lambda m: table.setdefault(m.group(), f"?{len(table)}"), text)


def _text(template: Template) -> str:
    if isinstance(template, Leaf):
        return type_text(template.type)
    if isinstance(template, Group):
        keys = [id(k) if isinstance(k, type) else k for k in template.keys]
        return f"{template.kind}{keys}({', '.join(map(_text, template.parts))})"
    assert isinstance(template, Fixed)
    return fixed_text(template.value)


def fixed_text(value: Abstract) -> str:
    if isinstance(value, Known):
        return _known_text(value.value)
    assert isinstance(value, Closure)
    frame = value.frame.number if value.frame else 0
    return f"{value.name} {id(value.node)} {frame}"


def _known_text(value: Any) -> str:
    return repr(value) if isinstance(value, PLAIN) else f"object {id(value)}"


def type_text(kind: Type) -> str:
    """A type with its bounds and values, as far as they decide what is lowered."""
    if isinstance(kind, Num):
        least = [d.least for d in kind.shape] if kind.shape is not None else "?"
        return f"{kind} {least} {kind.value}"
    if isinstance(kind, Tup):
        return "(" + ", ".join(map(type_text, kind.items)) + ")"
    return str(kind)


def references(ctx: Context, template: Template, value: Abstract) -> Iterator[Ref]:
    """The references in a value, in the order of its template: their positions are labels."""
    if isinstance(template, Fixed):
        return
    if isinstance(value, Ref):
        yield value
    if isinstance(template, Group):
        if isinstance(value, Items):
            parts = list(value.items)
        else:
            assert isinstance(value, Ref)
            content = ctx.state.heap[value.location]
            assert not isinstance(content, Whole)
            parts = content_parts(content)
        for inner, part in zip(template.parts, parts, strict=True):
            yield from references(ctx, inner, part)


def leaf_positions(templates: list[Template], start: int = 0) -> Iterator[int | None]:
    """For each label the position of its run-time value among all, None for structures."""
    position = start
    for template in templates:
        for found in _positions(template):
            if found == "leaf":
                position += 1
            elif found == "place":
                yield position
            else:
                yield None


def _positions(template: Template) -> Iterator[str]:
    if isinstance(template, Leaf):
        kind = template.type
        if isinstance(kind, Lst) or (isinstance(kind, Num) and kind.may_be_array):
            yield "place"
        yield "leaf"
    elif isinstance(template, Group):
        if template.kind != "tuple":
            yield "structure"
        for part in template.parts:
            yield from _positions(part)

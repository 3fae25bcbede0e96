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
from s2sad.frontend.context import Context
from s2sad.frontend.merge import (
    Fixed,
    Group,
    Leaf,
    Template,
    content_keys,
    content_parts,
    group_kind,
)
from s2sad.frontend.references import type_at
from s2sad.frontend.state import Name
from s2sad.frontend.values import (
    Abstract,
    Closure,
    Content,
    Items,
    Known,
    Ref,
    Value,
    Whole,
)
from s2sad.ir.data import Atom, Const, Path, Var
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
    return _fixed_text(template.value)


def _fixed_text(value: Abstract) -> str:
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


# -- on the way out


@dataclass(frozen=True)
class Out:
    """The run-time value at this position."""

    position: int


@dataclass(frozen=True)
class Place:
    """A reference: a label, a view of it, and what fills the holes of the path."""

    label: int
    path: Path
    holes: tuple[Out | Const, ...]


@dataclass(frozen=True)
class Made:
    """A structure. kind as in `Group`."""

    kind: str
    keys: tuple[Any, ...]
    parts: tuple[Tree, ...]


Tree = Fixed | Out | Place | Made


@dataclass(frozen=True)
class Sent:
    """What comes back. contents: of labels, those that are new or were written. names: of
    enclosing scopes. atoms: the run-time values. may: labels that may be one object.
    contiguous: labels of new arrays in C's order."""

    result: Tree
    contents: tuple[tuple[int, Tree], ...]
    names: tuple[tuple[Name, Tree], ...]
    atoms: tuple[Atom, ...]
    may: tuple[tuple[int, int], ...]
    contiguous: frozenset[int]

    def text(self) -> str:
        """What the caller sees of it, for comparison."""
        trees = [_tree_text(self.result)]
        trees += [f"{key} {_tree_text(tree)}" for key, tree in (*self.contents, *self.names)]
        kinds = [type_text(atom.type) for atom in self.atoms]
        return canonical(f"{trees} {kinds} {self.may} {sorted(self.contiguous)}")


def _tree_text(tree: Tree) -> str:
    if isinstance(tree, Fixed):
        return _fixed_text(tree.value)
    if isinstance(tree, Made):
        return f"{tree.kind}({', '.join(map(_tree_text, tree.parts))})"
    if isinstance(tree, Place):
        holes = [h.value if isinstance(h, Const) else h for h in tree.holes]
        return f"{tree.label}{tree.path}{holes}"
    return str(tree)


@dataclass(eq=False)
class Sender:
    """Describes what a lowered function gives back. labels: of locations. before: what those
    of the arguments held at first. first: the number of its frame; later ones are inside."""

    ctx: Context
    labels: dict[int, int]
    before: dict[int, Content]
    first: int
    atoms: dict[Atom, int] = field(default_factory=dict)
    contents: dict[int, Tree] = field(default_factory=dict)

    def sent(self, result: Abstract, names: dict[Name, Abstract]) -> Sent:
        """Everything that goes back to the caller."""
        tree = self.tree(result)
        named = tuple((name, self.tree(value)) for name, value in names.items())
        for location, content in self.before.items():
            if self.ctx.state.heap[location] is not content:
                self.contents[self.labels[location]] = self.content(self.ctx.state.heap[location])
        contiguous = frozenset(n for at, n in self.labels.items() if at in self.ctx.contiguous)
        return Sent(
            tree,
            tuple(sorted(self.contents.items(), key=lambda pair: pair[0])),
            named,
            tuple(self.atoms),
            tuple(self.related()),
            contiguous,
        )

    def tree(self, value: Abstract) -> Tree:
        if isinstance(value, Known):
            return Fixed(value)
        if isinstance(value, Closure):
            if value.frame is not None and value.frame.number >= self.first:
                raise Uncallable("it returns a function that is made inside")
            return Fixed(value)
        if isinstance(value, Value):
            return self.out(value.atom)
        if isinstance(value, Items):
            return Made("tuple", (value.cls,), tuple(self.tree(item) for item in value.items))
        if isinstance(value, Ref):
            holes = tuple(h if isinstance(h, Const) else self.out(h) for h in value.holes)
            return Place(self.label(value.location), value.path, holes)
        raise Uncallable("what it returns is not known to be one kind of value")

    def label(self, location: int) -> int:
        if location in self.ctx.state.links:
            raise Uncallable("what it returns may be one of several arrays")
        if location not in self.labels:
            label = self.labels[location] = len(self.labels)
            self.contents[label] = self.content(self.ctx.state.heap[location])
        return self.labels[location]

    def content(self, content: Content) -> Tree:
        if isinstance(content, Whole):
            return self.out(content.atom)
        parts = tuple(self.tree(part) for part in content_parts(content))
        return Made(group_kind(content), content_keys(content), parts)

    def out(self, atom: Atom) -> Out:
        if not isinstance(atom, Var | Const):
            raise Uncallable("what it returns may be unbound")
        return Out(self.atoms.setdefault(atom, len(self.atoms)))

    def related(self) -> Iterator[tuple[int, int]]:
        """The labels that may be one object, be it through locations that stay inside."""
        neighbours: dict[int, dict[int, None]] = {}
        for a, b in self.ctx.state.may:
            neighbours.setdefault(a, {})[b] = None
            neighbours.setdefault(b, {})[a] = None
        for location, label in self.labels.items():
            seen, todo = {location}, [location]
            while todo:
                for other in neighbours.get(todo.pop(), ()):
                    if other not in seen:
                        seen.add(other)
                        todo.append(other)
            found = (self.labels[at] for at in sorted(seen) if at in self.labels)
            yield from ((label, other) for other in found if label < other)


# -- types of what comes back, in the caller's lengths


def in_lengths(kind: Type, table: dict[str, Dim]) -> Type:
    """The type with symbols replaced; those not in the table get one of their own."""
    if isinstance(kind, Num):
        shape = None if kind.shape is None else tuple(_moved(d, table) for d in kind.shape)
        value = None if kind.value is None else _moved(kind.value, table)
        return Num(kind.forms, kind.dtype, shape, value)
    if isinstance(kind, Tup):
        return Tup(tuple(in_lengths(item, table) for item in kind.items), kind.cls)
    return kind


def _moved(dim: Dim, table: dict[str, Dim]) -> Dim:
    result = dims.constant(dim.constant)
    for name, coefficient in dim.terms:
        if name not in table:
            alone = dim.constant == 0 and dim.terms == ((name, 1),)
            table[name] = dims.fresh(dim.least if alone else None)
        result = dims.add(result, dims.scale(table[name], coefficient))
    if result.terms and result.least is None and dim.least is not None:
        return Dim(result.constant, result.terms, dim.least)
    return result


def lengths_of(kinds: list[tuple[Type, Type]]) -> dict[str, Dim]:
    """What the symbols of parameters are at a call: pairs of a parameter's and a value's type."""
    table: dict[str, Dim] = {}
    for inner, outer in kinds:
        if isinstance(inner, Num) and isinstance(outer, Num):
            for mine, theirs in zip(inner.shape or (), outer.shape or (), strict=False):
                if mine.terms and mine.constant == 0 and len(mine.terms) == 1:
                    table.setdefault(mine.terms[0][0], theirs)
    return table

"""What a called function gives back: a small heap, with references by label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from s2sad.frontend.calls.crossing import Uncallable, canonical, fixed_text, type_text
from s2sad.frontend.joins.plan import content_keys, content_parts, group_kind
from s2sad.frontend.joins.templates import Fixed
from s2sad.frontend.state.context import Context
from s2sad.frontend.state.heap import Name
from s2sad.frontend.state.values import Abstract, Closure, Content, Items, Known, Ref, Value, Whole
from s2sad.ir.data import Atom, Const, Path, Var

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
        return fixed_text(tree.value)
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

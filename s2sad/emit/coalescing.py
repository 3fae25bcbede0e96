"""Coalescing: variables that share a name, as those of a move do where they don't interfere."""

from __future__ import annotations

from s2sad.emit.liveness import Graph
from s2sad.emit.tree import Local

# -- coalescing


class Classes:
    """The variables that share a name, as trees of parents; `members` and `conflicts` as bits."""

    def __init__(self, graph: Graph, order: list[Local]) -> None:
        self.parents: dict[Local, Local] = {}
        self.members = {local: graph.numbering.bit(local) for local in order}
        self.conflicts = {local: graph.conflicts.get(local, 0) for local in order}

    def root(self, local: Local) -> Local:
        found = local
        while found in self.parents:
            found = self.parents[found]
        while local is not found:
            self.parents[local], local = found, self.parents[local]
        return found

    def interfere(self, one: Local, two: Local) -> bool:
        first = self.conflicts[one] & self.members[two]
        return bool(first or self.conflicts[two] & self.members[one])

    def mark(self, root: Local) -> int:
        """One member of a class."""
        return self.members[root] & -self.members[root]

    def conflict_with_all(self, local: Local, marks: int) -> bool:
        """Whether a class of one member interferes with each of the classes that `marks` has a
        member of. It may say no where it does."""
        alone = local not in self.parents and self.members[local].bit_count() == 1
        return alone and not marks & ~self.conflicts[local]

    def merge(self, first: Local, second: Local) -> None:
        """One class, unless they interfere or both names are fixed."""
        one, two = self.root(first), self.root(second)
        if one is two or self.interfere(one, two) or (one.fixed and two.fixed):
            return
        if two.fixed or (not one.fixed and not one.hint.isidentifier() and two.hint.isidentifier()):
            one, two = two, one
        self.parents[two] = one
        self.members[one] |= self.members[two]
        self.conflicts[one] |= self.conflicts[two]


def coalesced(graph: Graph, order: list[Local]) -> Classes:
    classes = Classes(graph, order)
    same = [(t, s) for t, s in graph.moves if t.hint == s.hint]
    loose = [(t, s) for t, s in graph.moves if not (_named(t) and _named(s))]
    for target, source in same:
        classes.merge(source, target)
    _merge_hints(classes, order)
    for target, source in graph.moves:
        if _is_passing(graph, target, source):
            classes.merge(target, source)
    for target, source in graph.moves:
        if _is_result(graph, classes, target, source):
            classes.merge(target, source)
    for target, source in loose:
        one, two = classes.root(source), classes.root(target)
        if not (_named(one) and _named(two)):
            classes.merge(one, two)
    return classes


def _is_result(graph: Graph, classes: Classes, target: Local, source: Local) -> bool:
    """Whether a value is made only to become `out`, and its own name belongs to another."""
    if target.hint != "out" or source.fixed or graph.reads.get(source) != 1:
        return False
    one = classes.root(source)
    if classes.members[one].bit_count() > 1:
        return False
    rivals = (r for r in classes.members if classes.root(r) is r and r is not one)
    return any(base_name(r) == base_name(source) and classes.interfere(one, r) for r in rivals)


def _is_passing(graph: Graph, target: Local, source: Local) -> bool:
    """Whether a cotangent is made only to become another one."""
    bars = target.hint.endswith("_bar") and source.hint.endswith("_bar")
    return bars and not source.fixed and not target.fixed and graph.reads.get(source) == 1


def _named(local: Local) -> bool:
    return local.hint.isidentifier()


def _merge_hints(classes: Classes, order: list[Local]) -> None:
    by_hint: dict[str, list[Local]] = {}
    marks: dict[str, int] = {}
    for local in order:
        hint = local.fallback or local.hint
        if not hint:
            continue
        roots = by_hint.setdefault(hint, [])
        separate = classes.conflict_with_all(local, marks.get(hint, 0))
        for root in () if separate else roots:
            classes.merge(root, local)
        if separate or not any(classes.root(local) is classes.root(r) for r in roots):
            roots.append(local)
            marks[hint] = marks.get(hint, 0) | classes.members[classes.root(local)]


# -- names


def base_name(local: Local, read: bool = True) -> str:
    """The name that a variable would like; `_` only where nothing reads it."""
    name = (local.fallback or local.hint.lstrip(".").replace(".", "_")).replace("_truediv", "_div")
    if name == "_" and read:
        return "k"
    return name if name.isidentifier() else "value"

"""Which names of a function may still be read after each of its statements.

A backward analysis on the syntax tree, conservative at jumps: after `break`, `continue` and
`return` everything that is live at the ends of the enclosing loops counts as live.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import gast

Names = frozenset[str]
_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_NESTED = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef)


@lru_cache(maxsize=4096)
def reads(node: Any) -> Names:
    """The names that a tree reads, nested functions included."""
    found: set[str] = set()
    for n in gast.walk(node):
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load):
            found.add(n.id)
        elif isinstance(n, gast.AugAssign) and isinstance(n.target, gast.Name):
            found.add(n.target.id)
    return frozenset(found)


def assigned(nodes: Sequence[Any]) -> list[str]:
    """The names that statements bind in their own scope, in order of appearance."""
    found: dict[str, None] = {}
    for node in nodes:
        _collect(node, found)
    return list(found)


def _collect(node: Any, found: dict[str, None]) -> None:
    if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
        found[node.id] = None
    if isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        found[node.name] = None
    if isinstance(node, (gast.Import, gast.ImportFrom)):
        for alias in node.names:
            found[(alias.asname or alias.name).split(".")[0]] = None
    if isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
        found[str(getattr(node.name, "id", node.name))] = None
    if isinstance(node, gast.MatchMapping) and node.rest:
        found[str(getattr(node.rest, "id", node.rest))] = None
    if isinstance(node, gast.ExceptHandler) and node.name:
        found[node.name.id if hasattr(node.name, "id") else node.name] = None
    if isinstance(node, _NESTED):
        return
    if isinstance(node, _COMPREHENSIONS):
        _collect_inside(node, found)
        return
    for child in gast.iter_child_nodes(node):
        _collect(child, found)


def _collect_inside(node: Any, found: dict[str, None]) -> None:
    """What a comprehension binds outside of itself: the targets of `:=`."""
    for inner in gast.walk(node):
        if isinstance(inner, gast.NamedExpr):
            found[inner.target.id] = None


def _kills(node: Any) -> Names:
    """The names that a simple statement certainly rebinds."""
    if isinstance(node, gast.Assign):
        targets = node.targets
    elif isinstance(node, gast.AnnAssign) and node.value is not None:
        targets = [node.target]
    else:
        return frozenset()
    names: set[str] = set()
    for target in targets:
        items = target.elts if isinstance(target, (gast.Tuple, gast.List)) else [target]
        names |= {item.id for item in items if isinstance(item, gast.Name)}
    return frozenset(names)


def live_after(body: Sequence[Any]) -> dict[int, Names]:
    """For each statement (by `id` of its node), the names that may be read after it."""
    table: dict[int, Names] = {}
    _block(body, frozenset(), frozenset(), table, frozenset())
    captured = _captured(body)
    return {key: names | captured for key, names in table.items()}


def _captured(body: Sequence[Any]) -> Names:
    """What nested functions read: a call may come at any time after their definition."""
    nested = (n for part in body for n in gast.walk(part) if isinstance(n, _NESTED))
    return frozenset[str]().union(*(reads(n) for n in nested))


Table = dict[int, Names]


def _block(body: Sequence[Any], after: Names, jumps: Names, table: Table, held: Names) -> Names:
    """The names that live before a body. held: what handlers around may read at any point."""
    live = after | held
    for node in reversed(body):
        table[id(node)] = table.get(id(node), frozenset()) | live
        live = _statement(node, live, jumps, table, held) | held
    return live


def _statement(node: Any, after: Names, jumps: Names, table: Table, held: Names) -> Names:
    if isinstance(node, gast.If):
        return (
            reads(node.test)
            | _block(node.body, after, jumps, table, held)
            | _block(node.orelse, after, jumps, table, held)
        )
    if isinstance(node, (gast.For, gast.While)):
        return _loop(node, after, jumps, table, held)
    if isinstance(node, gast.Match):
        live = after | reads(node.subject)
        for case in node.cases:
            live |= _block(case.body, after, jumps, table, held) | reads(case.pattern)
            live |= reads(case.guard) if case.guard is not None else frozenset()
        return live
    if isinstance(node, (gast.Break, gast.Continue)):
        return after | jumps
    if isinstance(node, gast.With):
        # What the exit does is like a handler: it may see whatever lives behind.
        items = frozenset[str]().union(*(reads(item) for item in node.items))
        table[id(node.body)] = held | after
        return items | _block(node.body, after, jumps, table, held | after)
    if isinstance(node, gast.Try):
        return _try(node, after, jumps, table, held)
    return (after - _kills(node)) | reads(node)


def _loop(node: Any, after: Names, jumps: Names, table: Table, held: Names) -> Names:
    header = reads(node.test) if isinstance(node, gast.While) else frozenset()
    targets = frozenset(assigned([node.target])) if isinstance(node, gast.For) else frozenset()
    outside = after | _block(node.orelse, after, jumps, table, held)
    live = outside | header
    for _ in range(2):
        live = live | (_block(node.body, live, live | outside, table, held) - targets)
    before = reads(node.iter) if isinstance(node, gast.For) else frozenset()
    # What is live at the header, for the slots of the loop.
    table[id(node.body)] = live | header
    return live | before | header


def _try(node: Any, after: Names, jumps: Names, table: Table, held: Names) -> Names:
    final = _block(node.finalbody, after | jumps if node.finalbody else after, jumps, table, held)
    away = jumps | final if node.finalbody else jumps
    handlers = frozenset[str]().union(
        *(_block(h.body, final, away, table, held | final) | reads(h) for h in node.handlers), final
    )
    caught = held | handlers
    orelse = _block(node.orelse, final, away, table, held | final)
    # What a handler sees, and what lives before the `finally`.
    table[id(node.body)] = caught | orelse
    table[id(node.finalbody)] = final
    return _block(node.body, orelse | handlers, away | handlers, table, caught) | handlers

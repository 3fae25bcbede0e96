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
    if isinstance(node, gast.ExceptHandler) and node.name:
        found[node.name.id if hasattr(node.name, "id") else node.name] = None
    if isinstance(node, _NESTED):
        return
    for child in gast.iter_child_nodes(node):
        _collect(child, found)


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
    _block(body, frozenset(), frozenset(), table)
    captured = _captured(body)
    return {key: names | captured for key, names in table.items()}


def _captured(body: Sequence[Any]) -> Names:
    """What nested functions read: a call may come at any time after their definition."""
    nested = (n for part in body for n in gast.walk(part) if isinstance(n, _NESTED))
    return frozenset[str]().union(*(reads(n) for n in nested))


def _block(body: Sequence[Any], after: Names, jumps: Names, table: dict[int, Names]) -> Names:
    live = after
    for node in reversed(body):
        table[id(node)] = table.get(id(node), frozenset()) | live
        live = _statement(node, live, jumps, table)
    return live


def _statement(node: Any, after: Names, jumps: Names, table: dict[int, Names]) -> Names:
    if isinstance(node, gast.If):
        return (
            reads(node.test)
            | _block(node.body, after, jumps, table)
            | _block(node.orelse, after, jumps, table)
        )
    if isinstance(node, (gast.For, gast.While)):
        return _loop(node, after, jumps, table)
    if isinstance(node, (gast.Break, gast.Continue)):
        return after | jumps
    if isinstance(node, gast.With):
        items = frozenset[str]().union(*(reads(item) for item in node.items))
        return items | _block(node.body, after, jumps, table)
    if isinstance(node, gast.Try):
        return _try(node, after, jumps, table)
    return (after - _kills(node)) | reads(node)


def _loop(node: Any, after: Names, jumps: Names, table: dict[int, Names]) -> Names:
    header = reads(node.test) if isinstance(node, gast.While) else frozenset()
    targets = frozenset(assigned([node.target])) if isinstance(node, gast.For) else frozenset()
    outside = after | _block(node.orelse, after, jumps, table)
    live = outside | header
    for _ in range(2):
        live = live | (_block(node.body, live, live | outside, table) - targets)
    before = reads(node.iter) if isinstance(node, gast.For) else frozenset()
    # What is live at the header, for the slots of the loop.
    table[id(node.body)] = live | header
    return live | before | header


def _try(node: Any, after: Names, jumps: Names, table: dict[int, Names]) -> Names:
    final = _block(node.finalbody, after, jumps, table)
    handlers = frozenset[str]().union(
        *(_block(h.body, final, jumps, table) | reads(h) for h in node.handlers), final
    )
    orelse = _block(node.orelse, final, jumps, table)
    # Any statement of the body may be the last one that runs.
    return _block(node.body, orelse | handlers, jumps | handlers, table) | handlers

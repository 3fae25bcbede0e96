"""Rules of scope: which names belong to a function, and which to those around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import gast

from s2sad.frontend.source.desugar import plain_loops
from s2sad.frontend.source.liveness import assigned, live_after
from s2sad.frozen import frozen


@frozen
class Names:
    """The rules of scope of a definition, and which names are live behind each statement."""

    local: frozenset[str]
    outer: frozenset[str]
    world: frozenset[str]
    live: dict[int, frozenset[str]]
    body: list[Any]


@lru_cache(maxsize=256)
def scope_of(node: Any) -> Names:
    """Found once for each definition: rules are lowered again and again."""
    body = node.body if isinstance(node.body, list) else [gast.Return(node.body)]
    plain_loops(body)
    parameters = [a.id for a in _parameters(node.args)]
    declared = list(_declarations(body))
    world = frozenset(x for n in declared if isinstance(n, gast.Global) for x in n.names)
    outer = frozenset(x for n in declared if isinstance(n, gast.Nonlocal) for x in n.names)
    local = frozenset([*parameters, *assigned(body)]) - world - outer
    return Names(local, outer, world, live_after(body), body)


def _declarations(nodes: Iterable[Any]) -> Iterator[Any]:
    """The `global` and `nonlocal` statements of a scope; those of nested functions are theirs."""
    for node in nodes:
        if isinstance(node, (gast.Global, gast.Nonlocal)):
            yield node
        elif not isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)):
            yield from _declarations(gast.iter_child_nodes(node))


def _parameters(spec: Any) -> list[Any]:
    extra = [p for p in (spec.vararg, spec.kwarg) if p is not None]
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *extra]


def awaits(node: Any) -> bool:
    return any(isinstance(n, gast.Await) for n in gast.walk(node))


@lru_cache(maxsize=256)
def is_generator(node: Any) -> bool:
    todo = list(node.body) if isinstance(node.body, list) else [node.body]
    while todo:
        item = todo.pop()
        if isinstance(item, (gast.Yield, gast.YieldFrom)):
            return True
        if not isinstance(item, (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)):
            todo += gast.iter_child_nodes(item)
    return False

"""A name for every variable.

Variables with the same hint share a name where they don't interfere; otherwise the later one gets a
number. `settle` also resolves parallel moves into assignments and drops those that nothing reads.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import replace

from s2sad.emit.coalescing import Classes, base_name, coalesced
from s2sad.emit.liveness import Graph, Liveness, pruned, read_all
from s2sad.emit.livesets import LiveSet, Numbering
from s2sad.emit.moves import in_sequence
from s2sad.emit.placeholders import with_placeholders
from s2sad.emit.tree import (
    Apply,
    Assign,
    Def,
    Expr,
    Form,
    Guarded,
    Local,
    Loop,
    Stmt,
    bound_by,
    children,
    expressions,
    locals_in,
    targets_in,
    walk,
)
from s2sad.errors import Diagnostic, InternalError

# Builtins that the printer may write by itself.
PRINTED = (
    "complex",
    "isinstance",
    "len",
    "list",
    "min",
    "range",
    "reversed",
    "slice",
    "type",
    "zip",
)


def _choose(
    classes: Classes,
    order: list[Local],
    needed: frozenset[str],
    taken: frozenset[str],
    reads: dict[Local, int],
) -> dict[Local, str]:
    names: dict[Local, str] = {}
    roots = dict.fromkeys(classes.root(local) for local in order)
    read = {classes.root(local) for local in order if reads.get(local)}
    holders: dict[str, list[Local]] = {}
    runs = {root.hint: (1, classes.mark(root)) for root in roots if root.fixed}
    for root in sorted(roots, key=lambda r: not r.fixed):
        names[root] = (
            root.hint
            if root.fixed
            else _free(root, base_name(root, root in read), classes, holders, taken, runs)
        )
        holders.setdefault(names[root], []).append(root)
        if root.fixed and (root.hint in needed or not _is_variable(root.hint)):
            message = f"the parameter name {root.hint!r} is needed by the generated code"
            raise InternalError((Diagnostic("S900", message),))
    return {local: names[classes.root(local)] for local in order}


def _is_variable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _free(
    root: Local,
    base: str,
    classes: Classes,
    holders: dict[str, list[Local]],
    taken: frozenset[str],
    runs: dict[str, tuple[int, int]],
) -> str:
    """The name that a class would like, with a number where it is taken meanwhile.

    runs: how many of the first numbers are known to be taken for all that conflicts with the
    classes whose members are given as bits.
    """
    tried, marks = runs.get(base, (0, 0))
    number = tried + 1 if not marks & ~classes.conflicts[root] else 1
    name = base if number == 1 else f"{base}_{number}"
    while name in taken or any(classes.interfere(root, h) for h in holders.get(name, ())):
        number += 1
        name = f"{base}_{number}"
    if number == tried + 1:
        runs[base] = (number, marks | classes.mark(root))
    return name


def _anonymous(body: tuple[Stmt, ...], names: dict[Local, str]) -> dict[Local, str]:
    """The names, with `_` for targets that nothing reads."""
    read = LiveSet(Numbering())
    for stmt in walk(body):
        read_all(read, stmt)
    if any(name == "_" and local in read for local, name in names.items()):
        return names
    unread = {t: "_" for s in walk(body) for t in _discarded(s) if t not in read}
    return {**names, **unread}


def _discarded(stmt: Stmt) -> tuple[Local, ...]:
    if isinstance(stmt, Loop) or (isinstance(stmt, Assign) and not isinstance(stmt.target, Local)):
        return targets_in(stmt.target)
    return ()


def used_names(body: tuple[Stmt, ...]) -> frozenset[str]:
    """The global names that the statements call."""
    called = {name for stmt in walk(body) for e in expressions(stmt) for name in _calls(e)}
    handlers = [h for stmt in walk(body) if isinstance(stmt, Guarded) for h in stmt.handlers]
    return frozenset(called | {c.value.__name__ for h in handlers for c in h.classes})


def _calls(expr: Expr) -> Iterator[str]:
    if isinstance(expr, Apply) and expr.bind.op.style == "object":
        yield expr.bind.op.name
    if isinstance(expr, Apply) and expr.bind.op.name == "raise":
        yield dict(expr.bind.static)["name"] or ""
    if isinstance(expr, Form) and expr.kind == "call":
        yield expr.name
    if isinstance(expr, Apply) and expr.bind.op.style in ("call", "structural"):
        yield expr.bind.op.name.split(".")[0]
    for child in children(expr):
        yield from _calls(child)


# -- the whole


def settle(definition: Def, reserved: frozenset[str]) -> tuple[Def, dict[Local, str]]:
    """The function without parallel moves and dead assignments, and the names."""
    body = pruned(definition.body)
    graph = Graph()
    params = [local for _, local in definition.params]
    entry = LiveSet(graph.numbering)
    Liveness(graph).block(body, entry, entry.copy())
    graph.apart(tuple(params))
    for param in params:
        graph.defines(param, entry)
    order = _order(params, body)
    for stmt in walk(body):
        for expr in expressions(stmt):
            for local in locals_in(expr):
                graph.reads[local] = graph.reads.get(local, 0) + 1
    classes = coalesced(graph, order)
    always = {"np", "math", *keyword.kwlist, *PRINTED}
    needed = used_names(body) | {"np", "math"}
    taken = needed | frozenset(always) | reserved
    names = _choose(classes, order, needed, taken, graph.reads)
    names = _anonymous(body, names)
    body = with_placeholders(in_sequence(body, names), names, params)
    return replace(definition, body=body), names


def _order(params: list[Local], body: tuple[Stmt, ...]) -> list[Local]:
    found: dict[Local, None] = dict.fromkeys(params)
    for stmt in walk(body):
        for local in bound_by(stmt):
            found.setdefault(local)
        for expr in expressions(stmt):
            found.update(dict.fromkeys(v for v in locals_in(expr) if v not in found))
    return list(found)

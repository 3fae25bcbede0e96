"""Names: liveness on the trees, coalescing of moves, and a name for every variable.

Two variables get one name only if neither is assigned while the other is still to be read.
Variables with the same hint share a name where they can; otherwise the later one gets a number.
`settle` also resolves parallel moves into assignments and drops those that nothing reads.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from s2sad.analysis.raising import may_raise
from s2sad.emit.livesets import LiveSet, Numbering
from s2sad.emit.placeholders import with_placeholders
from s2sad.emit.tree import (
    Apply,
    Assign,
    Branch,
    Break,
    Def,
    Effect,
    Except,
    Expr,
    Form,
    Guarded,
    Local,
    Loop,
    Move,
    Pattern,
    Ref,
    Stmt,
    Store,
    Write,
    bound_by,
    children,
    expressions,
    locals_in,
    targets_in,
    walk,
)
from s2sad.errors import Diagnostic, InternalError
from s2sad.ir.data import Bind, Origin

Live = LiveSet
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


@dataclass
class _Graph:
    """Which variables may not share a name, and which moves would like to. conflicts: for each
    variable, as bits, those that are still to be read where it is assigned."""

    numbering: Numbering = field(default_factory=Numbering)
    conflicts: dict[Local, int] = field(default_factory=dict)
    moves: list[tuple[Local, Local]] = field(default_factory=list)
    reads: dict[Local, int] = field(default_factory=dict)

    def defines(self, local: Local, live: Live, source: Expr | None = None) -> None:
        bits = live.bits & ~self.numbering.bit(local)
        if isinstance(source, Ref):
            bits &= ~self.numbering.bit(source.local)
        self.conflicts[local] = self.conflicts.get(local, 0) | bits

    def apart(self, locals_: tuple[Local, ...]) -> None:
        """The variables are assigned at once: each needs a name of its own."""
        together = LiveSet(self.numbering)
        together.update(locals_)
        for local in locals_:
            self.defines(local, together)


def _must_run(bind: Bind) -> bool:
    """Whether a statement of the primal may raise, whoever reads its value. What is saved of a
    write raises as the write does."""
    if len(bind.outs) == 1 and bind.out.hint.endswith(".old"):
        return False
    return bind.origin is not None and bind.origin.sweep == "forward" and may_raise(bind)


def is_pure(expr: Expr) -> bool:
    """Whether nothing but the value is lost if the expression isn't evaluated."""
    if isinstance(expr, Apply) and (expr.bind.op.effect == "outside" or _must_run(expr.bind)):
        return False
    if isinstance(expr, Form) and (expr.kind == "method" or expr.kind == "call"):
        return False
    return all(is_pure(child) for child in children(expr))


class _Liveness:
    """Walks a tree backwards; with a graph, records interference; drops dead assignments."""

    def __init__(self, graph: _Graph | None) -> None:
        self.graph = graph
        # What the handlers around read: it lives as long as something may raise.
        self.handled = 0

    def block(self, body: tuple[Stmt, ...], live: Live, after_loop: Live) -> tuple[Stmt, ...]:
        kept: list[Stmt] = []
        for stmt in reversed(body):
            new = self.stmt(stmt, live, after_loop)
            live.bits |= self.handled
            if new is not None:
                kept.append(new)
        return tuple(reversed(kept))

    def stmt(self, stmt: Stmt, live: Live, after_loop: Live) -> Stmt | None:
        if isinstance(stmt, Assign):
            return self.assign(stmt, live)
        if isinstance(stmt, Move):
            return self.move(stmt, live)
        if isinstance(stmt, Branch):
            return self.branch(stmt, live, after_loop)
        if isinstance(stmt, Loop):
            return self.loop(stmt, live)
        if isinstance(stmt, Guarded):
            return self.guarded(stmt, live, after_loop)
        if isinstance(stmt, Break):
            live.become(after_loop)
        else:
            read_all(live, stmt)
        return stmt

    def assign(self, stmt: Assign, live: Live) -> Stmt | None:
        targets = targets_in(stmt.target)
        if not any(t in live for t in targets):
            if is_pure(stmt.value):
                return None
            if isinstance(stmt.target, Local):
                _read(live, stmt.value)
                return Effect(stmt.value, stmt.origin)
        if self.graph:
            self.graph.apart(targets)
            for target in targets:
                self.graph.defines(target, live, stmt.value)
            if isinstance(stmt.target, Local) and isinstance(stmt.value, Ref):
                self.graph.moves.append((stmt.target, stmt.value.local))
        for target in targets:
            live.discard(target)
        _read(live, stmt.value)
        return stmt

    def move(self, stmt: Move, live: Live) -> Stmt | None:
        pairs = tuple((t, v) for t, v in stmt.pairs if t in live)
        if self.graph:
            self.graph.apart(tuple(target for target, _ in pairs))
            for target, value in pairs:
                self.graph.defines(target, live, value)
                if isinstance(value, Ref):
                    self.graph.moves.append((target, value.local))
        for target, _ in pairs:
            live.discard(target)
        for _, value in pairs:
            _read(live, value)
        return replace(stmt, pairs=pairs) if pairs else None

    def branch(self, stmt: Branch, live: Live, after_loop: Live) -> Stmt | None:
        other = live.copy()
        then = self.block(stmt.then, live, after_loop)
        orelse = self.block(stmt.orelse, other, after_loop)
        live.bits |= other.bits
        _read(live, stmt.test)
        if _is_empty(then) and _is_empty(orelse) and is_pure(stmt.test):
            return None
        return replace(stmt, then=then, orelse=orelse)

    def guarded(self, stmt: Guarded, live: Live, after_loop: Live) -> Stmt | None:
        around = self.handled
        handlers = tuple(self.handler(h, live, after_loop) for h in stmt.handlers)
        caught = 0
        for _, inner in handlers:
            caught |= inner.bits
        self.handled |= caught
        live.bits |= self.handled
        body = self.block(stmt.body, live, after_loop)
        self.handled = around
        live.bits |= caught
        _read(live, stmt.manager)
        if _is_empty(body) and stmt.manager is None:
            return None
        return replace(stmt, body=body, handlers=tuple(h for h, _ in handlers))

    def handler(self, handler: Except, after: Live, after_loop: Live) -> tuple[Except, Live]:
        """A handler, and what lives where it begins. Python deletes the name of the exception at
        its end, so it is shared with nothing that lives behind it."""
        live = after.copy()
        body = self.block(handler.body, live, after_loop)
        for local in handler.unbound:
            live.discard(local)
        if handler.error is not None:
            used = handler.error in live
            if self.graph and used:
                self.graph.defines(handler.error, after)
                self.graph.defines(handler.error, live)
            live.discard(handler.error)
            handler = replace(handler, error=handler.error if used else None)
        return replace(handler, body=body), live

    def loop(self, stmt: Loop, live: Live) -> Stmt | None:
        after = live.copy()
        graph, self.graph = self.graph, None
        head = after.copy()
        while True:
            grown = head.copy()
            self.trip(stmt, grown, head, after)
            if not grown.bits & ~head.bits:
                break
            head.bits |= grown.bits
        self.graph = graph
        entry = head.copy()
        body = self.trip(stmt, entry, head, after)
        if _is_empty(body) and _is_idle(stmt, after):
            return None
        live.bits |= head.bits | entry.bits
        if stmt.target is not None:
            _read(live, stmt.value)
        return replace(stmt, body=body)

    def trip(self, stmt: Loop, live: Live, head: Live, after: Live) -> tuple[Stmt, ...]:
        """One trip; `live` becomes what lives at the head."""
        live.become(head)
        if stmt.target is None:
            _read(live, stmt.value)
        body = self.block(stmt.body, live, after)
        targets = targets_in(stmt.target)
        if self.graph:
            self.graph.apart(targets)
            around = live.copy()
            if targets:
                _read(around, stmt.value)
            for target in targets:
                self.graph.defines(target, around)
        for target in targets:
            live.discard(target)
        live.bits |= after.bits
        if stmt.target is None:
            _read(live, stmt.value)
        return body


def _is_empty(body: tuple[Stmt, ...]) -> bool:
    """Whether a body prints nothing."""
    return all(isinstance(s, Move) and not any(v for _, v in s.pairs) for s in body)


def _is_idle(stmt: Loop, after: Live) -> bool:
    """Whether a loop without a body does nothing else, either."""
    counted = stmt.target is not None and _is_sequence(stmt.value)
    return counted and not any(t in after for t in targets_in(stmt.target))


def _is_sequence(expr: Expr) -> bool:
    parts = children(expr)
    if isinstance(expr, Form) and expr.kind == "call":
        known = expr.name in ("range", "reversed", "enumerate", "len", "zip", "min")
        return known and all(_is_sequence(part) for part in parts)
    return is_pure(expr) and all(_is_sequence(part) for part in parts)


def _read(live: Live, expr: Expr | None) -> None:
    live.update(locals_in(expr))


def read_all(live: Live, stmt: Stmt) -> None:
    """What a simple statement reads."""
    for expr in expressions(stmt):
        _read(live, expr)
    if isinstance(stmt, (Write, Store)):
        live.add(stmt.base)


# -- coalescing


class _Classes:
    """The variables that share a name, as trees of parents; `members` and `conflicts` as bits."""

    def __init__(self, graph: _Graph, order: list[Local]) -> None:
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


def _coalesce(graph: _Graph, order: list[Local]) -> _Classes:
    classes = _Classes(graph, order)
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


def _is_result(graph: _Graph, classes: _Classes, target: Local, source: Local) -> bool:
    """Whether a value is made only to become `out`, and its own name belongs to another."""
    if target.hint != "out" or source.fixed or graph.reads.get(source) != 1:
        return False
    one = classes.root(source)
    if classes.members[one].bit_count() > 1:
        return False
    rivals = (r for r in classes.members if classes.root(r) is r and r is not one)
    return any(base_name(r) == base_name(source) and classes.interfere(one, r) for r in rivals)


def _is_passing(graph: _Graph, target: Local, source: Local) -> bool:
    """Whether a cotangent is made only to become another one."""
    bars = target.hint.endswith("_bar") and source.hint.endswith("_bar")
    return bars and not source.fixed and not target.fixed and graph.reads.get(source) == 1


def _named(local: Local) -> bool:
    return local.hint.isidentifier()


def _merge_hints(classes: _Classes, order: list[Local]) -> None:
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


def _choose(
    classes: _Classes,
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
    classes: _Classes,
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
    body = _prune(definition.body)
    graph = _Graph()
    params = [local for _, local in definition.params]
    entry = LiveSet(graph.numbering)
    _Liveness(graph).block(body, entry, entry.copy())
    graph.apart(tuple(params))
    for param in params:
        graph.defines(param, entry)
    order = _order(params, body)
    for stmt in walk(body):
        for expr in expressions(stmt):
            for local in locals_in(expr):
                graph.reads[local] = graph.reads.get(local, 0) + 1
    classes = _coalesce(graph, order)
    always = {"np", "math", *keyword.kwlist, *PRINTED}
    needed = used_names(body) | {"np", "math"}
    taken = needed | frozenset(always) | reserved
    names = _choose(classes, order, needed, taken, graph.reads)
    names = _anonymous(body, names)
    body = with_placeholders(_sequence(body, names), names, params)
    return replace(definition, body=body), names


def _order(params: list[Local], body: tuple[Stmt, ...]) -> list[Local]:
    found: dict[Local, None] = dict.fromkeys(params)
    for stmt in walk(body):
        for local in bound_by(stmt):
            found.setdefault(local)
        for expr in expressions(stmt):
            found.update(dict.fromkeys(v for v in locals_in(expr) if v not in found))
    return list(found)


def _prune(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    while True:
        before = sum(1 for _ in walk(body))
        numbering = Numbering()
        body = _Liveness(None).block(body, LiveSet(numbering), LiveSet(numbering))
        if sum(1 for _ in walk(body)) == before:
            return body


def _sequence(body: tuple[Stmt, ...], names: dict[Local, str]) -> tuple[Stmt, ...]:
    found: list[Stmt] = []
    for stmt in body:
        if isinstance(stmt, Move):
            for one in _resolve(stmt, names):
                found.insert(_place(one, stmt, found, names), one)
        elif isinstance(stmt, Branch):
            then, orelse = _sequence(stmt.then, names), _sequence(stmt.orelse, names)
            if then or orelse:
                found.append(replace(stmt, then=then, orelse=orelse))
            elif not is_pure(stmt.test):
                found.append(Effect(stmt.test, stmt.origin))
        elif isinstance(stmt, Loop):
            found.append(replace(stmt, body=_sequence(stmt.body, names)))
        elif isinstance(stmt, Guarded):
            handlers = (replace(h, body=_sequence(h.body, names)) for h in stmt.handlers)
            body = _sequence(stmt.body, names)
            found.append(replace(stmt, body=body, handlers=tuple(handlers)))
        elif not (isinstance(stmt, Assign) and _same_name(stmt.target, stmt.value, names)):
            found.append(_conditional(stmt, names))
    return tuple(found)


def _conditional(stmt: Stmt, names: dict[Local, str]) -> Stmt:
    """`x = a if test else x` as `if test: x = a`."""
    choice = stmt.value if isinstance(stmt, Assign) else None
    if not isinstance(stmt, Assign) or not isinstance(choice, Form) or choice.kind != "choice":
        return stmt
    test, then, orelse = choice.args
    if _same_name(stmt.target, orelse, names):
        return Branch(test, (replace(stmt, value=then),), (), stmt.origin)
    if _same_name(stmt.target, then, names):
        return Branch(test, (), (replace(stmt, value=orelse),), stmt.origin)
    return stmt


def _same_name(target: Pattern, value: Expr | None, names: dict[Local, str]) -> bool:
    return (
        isinstance(target, Local) and isinstance(value, Ref) and names[target] == names[value.local]
    )


def _resolve(stmt: Move, names: dict[Local, str]) -> list[Assign]:
    """A parallel move as assignments one by one, with a tuple where they depend in a circle."""
    left = [(t, v) for t, v in stmt.pairs if v is not None and not _same_name(t, v, names)]
    left.sort(key=lambda pair: _own_origin(stmt, pair[1]) is stmt.origin)
    found: list[Assign] = []
    while left:
        ready = next((p for p in left if not _needed(p, left, names)), None)
        if ready is None:
            targets = tuple(t for t, _ in left)
            values = Form("tuple", tuple(v for _, v in left))
            found.append(Assign(targets, values, stmt.origin))
            return found
        left.remove(ready)
        found.append(Assign(ready[0], ready[1], _own_origin(stmt, ready[1])))
    return found


def _place(one: Assign, move: Move, found: list[Stmt], names: dict[Local, str]) -> int:
    """Where an assignment goes that belongs to another statement than the move it is part of:
    before the assignments that belong to the move's, as far as they don't depend on each other."""
    place = len(found)
    while one.origin is not move.origin and place > 0:
        before = found[place - 1]
        if not isinstance(before, Assign) or not _may_swap(before, one, names):
            break
        if _statement(before.origin) != _statement(move.origin):
            break
        place -= 1
    return place


def _statement(origin: Origin | None) -> object:
    return None if origin is None else (id(origin.source), origin.statement, origin.sweep)


def _may_swap(first: Assign, second: Assign, names: dict[Local, str]) -> bool:
    bound = [{names[v] for v in targets_in(s.target)} for s in (first, second)]
    read = [{names[v] for v in locals_in(s.value)} for s in (first, second)]
    apart = not (bound[0] & (bound[1] | read[1]) or bound[1] & read[0])
    return apart and is_pure(first.value) and is_pure(second.value)


def _own_origin(stmt: Move, value: Expr) -> Origin | None:
    """Where a value comes from: in the reverse sweep, what is computed on the way into a loop
    or out of a branch belongs to the statement that it is the reverse of."""
    made = value.bind.origin if isinstance(value, Apply) else None
    if made is None or stmt.origin is None or made.sweep != "reverse":
        return stmt.origin
    return stmt.origin if made.statement == stmt.origin.statement else made


def _needed(
    pair: tuple[Local, Expr], left: list[tuple[Local, Expr]], names: dict[Local, str]
) -> bool:
    name = names[pair[0]]
    return any(
        names[local] == name for other in left if other is not pair for local in locals_in(other[1])
    )

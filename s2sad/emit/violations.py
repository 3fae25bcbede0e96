"""Where a write in place would be seen by others: what ownership has to mend by copies."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from s2sad.emit.alias import (
    Aliases,
    Buffer,
    Buffers,
    Site,
    is_display,
    is_write,
    loop_values,
    result_of,
    written,
    yields_of,
)
from s2sad.emit.aliasing import outs_of, reached
from s2sad.emit.living import Living
from s2sad.frozen import frozen
from s2sad.ir import ops
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Exit,
    For,
    Function,
    If,
    Statement,
    Try,
    Var,
    While,
    Yield,
)
from s2sad.ir.types import Dct, Lst, Tup, Type, may_share
from s2sad.ir.walk import blocks, free_variables, leaving_blocks, operands, unique


@frozen(eq=False)
class Violation:
    """`value`, whose buffers are to be written, is not ours, or shares them with living
    variables, `clashes`. sites: where a copy of all of it helps."""

    value: Atom
    buffers: Buffers
    clashes: tuple[Var, ...]
    sites: tuple[Site, ...]


class Checker:
    """Walks backwards with the living variables and notes where a copy is needed."""

    def __init__(
        self,
        function: Function,
        aliases: Aliases,
        owned: dict[Var, str],
        takes: Callable[[Call], list[int]],
        silent: frozenset[int],
    ) -> None:
        self.silent = silent
        self.function = function
        self.aliases = aliases
        self.owned = owned
        self.takes = takes
        self.found: list[Violation] = []
        self.shared: list[Site] = []

    def run(self) -> None:
        nothing = Living(self.aliases.deep)
        self.block(self.function.body, nothing, nothing)
        self.returned()

    def chosen(self) -> list[Site]:
        """Where to copy now: results only when nothing else is left."""
        sites = _Choice(self.aliases).sites(reversed(self.found))
        return list(dict.fromkeys(sites or self.shared))

    # -- liveness, backwards

    def block(self, block: Block, live: Living, leaving: Living) -> Living:
        """What lives before `block`; `live` after it, `leaving` after its loop."""
        now = (leaving if isinstance(block.terminator, Exit) else live).copy()
        now.add(*block.terminator.values)
        for statement in reversed(block.statements):
            self.statement(statement, now, leaving)
        return now

    def statement(self, statement: Statement, live: Living, leaving: Living) -> None:
        live.discard(outs_of(statement))
        if isinstance(statement, If):
            self.branch(statement, live, leaving)
        elif isinstance(statement, Try):
            self.tried(statement, live)
        elif isinstance(statement, (For, While)):
            self.loop(statement, live)
        else:
            if isinstance(statement, Bind) and is_write(statement):
                self.write(statement, live)
            elif isinstance(statement, Call):
                self.call(statement, live)
            live.add(*statement.args)

    def branch(self, branch: If, live: Living, leaving: Living) -> None:
        before = self.block(branch.then, live, leaving)
        before.update(self.block(branch.orelse, live, leaving))
        live.become(before)
        live.add(branch.test)

    def tried(self, node: Try, live: Living) -> None:
        """What a handler reads lives as long as the body may raise."""
        handling = Living(self.aliases.deep)
        for handler in node.handlers:
            handling.update(self.block(handler.block, live, Living(self.aliases.deep)))
        around = live.copy()
        around.update(handling)
        before = self.block(node.body, around, Living(self.aliases.deep))
        before.update(handling)
        live.become(before)
        live.add(*operands(node))

    def loop(self, loop: For | While, live: Living) -> None:
        leaving = live.copy()
        around = live.copy()
        around.add(*captured(loop))
        if isinstance(loop, For):
            around.add(*loop.xs)
        inside = [self.aliases.inside[kept] for kept in loop.ys]
        around.add(*inside)
        leaving.add(*inside)
        self.transfers_inside(loop, around, leaving)
        body = self.block(loop.body, around, leaving)
        if isinstance(loop, While):
            body.update(around)
            self.block(loop.cond, body, Living(self.aliases.deep))
        around.discard(inside)
        self.transfers(loop, loop.inits, Site("init", loop), around)
        live.update(around)
        live.discard(loop.body.params)
        if isinstance(loop, While):
            live.discard(loop.cond.params)
        live.add(*loop.inits)

    def transfers_inside(self, loop: For | While, around: Living, leaving: Living) -> None:
        if isinstance(loop.body.terminator, Yield):
            values = loop.body.terminator.values
            self.transfers(loop, values, Site("end", loop.body), around)
        for block, exit_ in leaving_blocks(loop.body):
            self.transfers(loop, exit_.values, Site("end", block), leaving)

    # -- the conditions

    def transfers(
        self, loop: For | While, values: tuple[Atom, ...], site: Site, live: Living
    ) -> None:
        """What flows into owning slots is owned, and shared with nothing else that lives."""
        for k, param in enumerate(loop.body.params[: len(loop.inits)]):
            mode = self.owned.get(param)
            if mode is None:
                continue
            value = values[k]
            reach = self.aliases.deep_of if mode == "deep" else self.aliases.top_of
            place = replace(site, index=k)
            others = [
                v
                for j, v in enumerate(values)
                if j != k and isinstance(v, Var) and not self.settled_later(loop, j, k)
            ]
            self.demand(value, reach(value), live, others, place)

    def settled_later(self, loop: For | While, j: int, k: int) -> bool:
        """Whether a clash of slots j and k is j's to settle."""
        return j > k and j < len(loop.inits) and loop.body.params[j] in self.owned

    def write(self, bind: Bind, live: Living) -> None:
        buffers = written(self.aliases, bind)
        if bind.op is ops.SCATTER_ADD:
            self.separate(bind, buffers)
        self.demand(bind.args[0], buffers, live, [], Site("arg", bind, 0))

    def separate(self, bind: Bind, buffers: Buffers) -> None:
        for k, arg in enumerate(bind.args[1:], 1):
            if buffers & self.aliases.deep_of(arg):
                self.found.append(Violation(arg, buffers, (), (Site("arg", bind, k),)))

    def call(self, call: Call, live: Living) -> None:
        """What a callee takes over must be ours, and given to it only once."""
        taken = self.takes(call)
        for k in taken:
            rest = [a for j, a in enumerate(call.args) if j != k and (j < k or j not in taken)]
            others = [a for a in rest if isinstance(a, Var)]
            buffers = self.aliases.deep_of(call.args[k])
            self.demand(call.args[k], buffers, live, others, Site("arg", call, k))

    def demand(
        self, value: Atom, buffers: Buffers, live: Living, others: list[Var], place: Site
    ) -> None:
        """The buffers of `value` must be ours, and nobody else's."""
        if not buffers:
            return
        if self.aliases.is_foreign(buffers):
            self.found.append(Violation(value, buffers, (), (place,)))
            return
        clashes = live.sharing(buffers)
        for other in others:
            if not buffers.isdisjoint(self.aliases.deep_of(other)):
                clashes[other] = None
        if clashes:
            self.found.append(Violation(value, buffers, tuple(clashes), (place,)))

    # -- results

    def returned(self) -> None:
        body = self.function.body
        seen: list[Buffers] = []
        for k in range(len(body.terminator.values)):
            for value, site in yields_of(body, k) if k not in self.silent else ():
                self.leaving(value, site, seen, None)

    def leaving(
        self, value: Atom, site: Site, seen: list[Buffers], loop: For | While | None
    ) -> None:
        """What a result holds, as far as its displays show it, is ours and not seen before;
        what a trip of `loop` adds to a result must have been made in that trip."""
        made = self.aliases.made.get(value) if isinstance(value, Var) else None
        shown = isinstance(made, Bind) and is_display(made)
        kept = isinstance(made, (For, While)) and value in made.ys
        buffers = self.aliases.top_of(value) if shown or kept else self.aliases.deep_of(value)
        unclear = not (shown or kept or _is_fresh(made)) and _holds_several(value.type)
        if unclear or self.is_shared(buffers, seen, loop):
            self.shared.append(site)
            return
        seen.append(buffers)
        if isinstance(made, Bind) and shown:
            for k, arg in enumerate(made.args):
                self.leaving(arg, Site("arg", made, k), seen, loop)
        elif isinstance(made, (For, While)) and kept:
            assert isinstance(value, Var)
            index = len(made.inits) + made.ys.index(value)
            for item, place in loop_values(made.body, index):
                self.leaving(item, place, [*seen[:-1]], made)

    def is_shared(self, buffers: Buffers, seen: list[Buffers], loop: For | While | None) -> bool:
        if self.aliases.is_foreign(buffers) or any(buffers & other for other in seen):
            return True
        if loop is None or not buffers:
            return False
        number = self.aliases.numbers[id(loop)]
        return any(old or number not in self.aliases.loops_of[n] for n, old in buffers)


class _Choice:
    """Which violations to settle at once, in the order of the text: a copy may settle later ones,
    so of each buffer only the first one, unless its copies leave the buffer and all that the
    later ones are about as they were."""

    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases
        self.settled: set[Buffer] = set()
        self.cut: set[Var] = set()
        self.changed: set[Var] = set()

    def sites(self, violations: Iterable[Violation]) -> list[Site]:
        """Where to copy for them."""
        return [site for violation in violations for site in self.settle(violation)]

    def settle(self, violation: Violation) -> tuple[Site, ...]:
        """Where to copy for one, if it is its turn."""
        buffers = violation.buffers
        clashes = [v for v in violation.clashes if v not in self.cut]
        if self.settled & buffers or (violation.clashes and not clashes):
            return ()
        if not self.changed.isdisjoint((violation.value, *clashes)):
            self.settled |= buffers
            return ()
        cuts = [self.cut_of(v, buffers, violation.value) for v in clashes]
        parts = tuple(cut for cut in cuts if cut is not None)
        if not cuts or len(parts) < len(cuts):
            self.settled |= buffers
            return violation.sites
        for target, site in parts:
            self.changed.update(reached(self.aliases.users, target))
            if site.kind == "def":
                self.cut.add(target)
        return tuple(site for _, site in parts)

    def cut_of(self, var: Var, buffers: Buffers, value: Atom) -> tuple[Var, Site] | None:
        """The place nearest to `var` where a copy of less than the buffer parts it from `value`,
        and the variable that the copy changes."""
        seen = {var}
        pending = deque((var,))
        store: tuple[Var, Site] | None = None
        while pending:
            current = pending.popleft()
            made = self.aliases.made.get(current)
            if any(user is value for user in reached(self.aliases.users, current)):
                return None
            if isinstance(made, Bind) and borrows(made):
                return current, Site("def", current)
            if isinstance(made, Bind) and is_write(made):
                return store
            for edge in self.aliases.edges.get(current, ()):
                if buffers & self.aliases.deep_of(edge.source):
                    if edge.store and edge.site is not None and store is None:
                        store = current, edge.site
                    if edge.source not in seen:
                        seen.add(edge.source)
                        pending.append(edge.source)
        return store


def _is_fresh(made: Statement | None) -> bool:
    return isinstance(made, Call) or (isinstance(made, Bind) and made.op is ops.COPY)


def _holds_several(kind: Type) -> bool:
    """Whether a value can hold one array twice."""
    if isinstance(kind, Tup):
        inner = [t for t in kind.items if may_share(t)]
        return len(inner) > 1 or any(_holds_several(t) for t in inner)
    if isinstance(kind, Dct):
        return _holds_several(Tup(tuple(t for _, t in kind.items)))
    return isinstance(kind, Lst) and may_share(kind.item)


def borrows(bind: Bind) -> bool:
    return (
        bind.op is not ops.SELECT
        and not is_write(bind)
        and (not is_display(bind) and result_of(bind) != "fresh")
    )


def captured(loop: For | While) -> tuple[Var, ...]:
    """The variables from around that a loop's blocks read, in order."""
    return unique(v for block in blocks(loop) for v in free_variables(block))

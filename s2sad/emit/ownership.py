"""Ownership: turns versions into in-place writes that are safe, by inserting copies.

Before: any legal function. After: the buffer of every written operand is owned and no living
variable may share it, loop edges and captured variables included; what flows into a slot
that is written is owned, distinct from all else, and consumed there; what is returned shares
memory with no parameter and no other result. `check_ownership` proves it again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from s2sad.emit.alias import (
    DISPLAYS,
    Aliases,
    Buffer,
    Buffers,
    Site,
    aliases_of,
    blocks_of,
    exits_of,
    is_write,
    loop_values,
    outs_of,
    reach_back,
    result_of,
    written,
    written_slots,
    yields_of,
)
from s2sad.errors import Diagnostic, InternalError
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
    Program,
    Statement,
    Var,
    While,
    Yield,
)
from s2sad.ir.types import Dct, Lst, Tup, Type, may_share
from s2sad.ir.walk import map_blocks, statement_reads, unique

Live = dict[Var, None]
ROUNDS = 1000


def internal(message: str) -> InternalError:
    """A fault of the emitter's own."""
    return InternalError((Diagnostic("S900", message),))


def own(program: Program) -> Program:
    """Inserts the copies that writes in place need."""
    takes = _taken_arguments(program)
    functions = tuple(_own_function(function, takes) for function in program.functions)
    return Program(functions)


def check_ownership(program: Program) -> None:
    """Raises InternalError where a write in place could be seen by anybody else."""
    takes = _taken_arguments(program)
    for function in program.functions:
        for site in _violations(function, takes):
            raise internal(f"{function.name}: unsafe write or shared result at {site.kind}")


def _taken_arguments(program: Program) -> Callable[[Call], list[int]]:
    owned = {f.name: [k for k, p in enumerate(f.params) if p.owned] for f in program.functions}
    return lambda call: owned.get(call.callee, [])


def _own_function(function: Function, takes: Callable[[Call], list[int]]) -> Function:
    function = replace(function, body=_sink(function.body))
    for _ in range(ROUNDS):
        sites = _violations(function, takes)
        if not sites:
            return function
        function = _insert(function, sites)
    raise internal(f"{function.name}: copies do not settle")


def _violations(function: Function, takes: Callable[[Call], list[int]]) -> list[Site]:
    owned = written_slots(function, takes)
    checker = _Checker(function, aliases_of(function, owned), owned, takes)
    checker.run()
    return checker.chosen()


class _Checker:
    """Walks backwards with the living variables and notes where a copy is needed."""

    def __init__(
        self,
        function: Function,
        aliases: Aliases,
        owned: dict[Var, str],
        takes: Callable[[Call], list[int]],
    ) -> None:
        self.function = function
        self.aliases = aliases
        self.owned = owned
        self.takes = takes
        self.found: list[tuple[Buffers, tuple[Site, ...]]] = []
        self.shared: list[Site] = []

    def run(self) -> None:
        self.block(self.function.body, {}, {})
        self.returned()

    def chosen(self) -> list[Site]:
        """Where to copy now: for each buffer at the first place that needs it, because that may
        settle the later ones; results only when nothing else is left."""
        sites: list[Site] = []
        settled: set[Buffer] = set()
        for buffers, places in reversed(self.found):
            if not settled & buffers:
                settled |= buffers
                sites += places
        return list(dict.fromkeys(sites or self.shared))

    # -- liveness, backwards

    def block(self, block: Block, live: Live, leaving: Live) -> Live:
        """What lives before `block`; `live` after it, `leaving` after its loop."""
        now = dict(leaving if isinstance(block.terminator, Exit) else live)
        _read(now, block.terminator.values)
        for statement in reversed(block.statements):
            self.statement(statement, now, leaving)
        return now

    def statement(self, statement: Statement, live: Live, leaving: Live) -> None:
        for out in outs_of(statement):
            live.pop(out, None)
        if isinstance(statement, If):
            self.branch(statement, live, leaving)
        elif isinstance(statement, (For, While)):
            self.loop(statement, live)
        else:
            if is_write(statement) and isinstance(statement, Bind):
                self.write(statement, live)
            elif isinstance(statement, Call):
                self.call(statement, live)
            _read(live, statement.args)

    def branch(self, branch: If, live: Live, leaving: Live) -> None:
        before = self.block(branch.then, live, leaving)
        before.update(self.block(branch.orelse, live, leaving))
        live.clear()
        live.update(before)
        _read(live, (branch.test,))

    def loop(self, loop: For | While, live: Live) -> None:
        after = dict(live)
        around = dict(live)
        around.update(captured(loop))
        if isinstance(loop, For):
            _read(around, loop.xs)
            _read(around, (loop.count,) if loop.count is not None else ())
        for kept in loop.ys:
            around[self.aliases.inside[kept]] = None
        self.transfers_inside(loop, around, after)
        body = self.block(loop.body, around, {**after, **_inside(self.aliases, loop)})
        if isinstance(loop, While):
            self.block(loop.cond, {**around, **body}, {})
        for kept in loop.ys:
            around.pop(self.aliases.inside[kept], None)
        self.transfers(loop, loop.inits, Site("init", loop), around)
        live.update(around)
        for param in (*loop.body.params, *(loop.cond.params if isinstance(loop, While) else ())):
            live.pop(param, None)
        _read(live, loop.inits)

    def transfers_inside(self, loop: For | While, around: Live, after: Live) -> None:
        leaving = {**after, **_inside(self.aliases, loop)}
        if isinstance(loop.body.terminator, Yield):
            values = loop.body.terminator.values
            self.transfers(loop, values, Site("end", loop.body), around)
        for block, exit_ in exits_of(loop.body):
            self.transfers(loop, exit_.values, Site("end", block), leaving)

    # -- the conditions

    def transfers(
        self, loop: For | While, values: tuple[Atom, ...], site: Site, live: Live
    ) -> None:
        """What flows into owning slots is owned, and shared with nothing else that lives."""
        for k, param in enumerate(loop.body.params[: len(loop.inits)]):
            mode = self.owned.get(param)
            if mode is None:
                continue
            value = values[k]
            reach = self.aliases.deep_of if mode == "deep" else self.aliases.top_of
            place = replace(site, index=k)
            others = list(live) + [
                v
                for j, v in enumerate(values)
                if j != k and isinstance(v, Var) and not self.settled_later(loop, values, j, k)
            ]
            self.demand(value, reach(value), others, place)

    def settled_later(self, loop: For | While, values: tuple[Atom, ...], j: int, k: int) -> bool:
        """Whether a clash of slots j and k is j's to settle."""
        return j > k and j < len(loop.inits) and loop.body.params[j] in self.owned

    def write(self, bind: Bind, live: Live) -> None:
        buffers = written(self.aliases, bind)
        others = list(live)
        if bind.op is ops.SCATTER_ADD:
            self.separate(bind, buffers)
        self.demand(bind.args[0], buffers, others, Site("arg", bind, 0))

    def separate(self, bind: Bind, buffers: Buffers) -> None:
        for k, arg in enumerate(bind.args[1:], 1):
            if buffers & self.aliases.deep_of(arg):
                self.found.append((buffers, (Site("arg", bind, k),)))

    def call(self, call: Call, live: Live) -> None:
        """What a callee takes over must be ours, and given to it only once."""
        taken = self.takes(call)
        for k in taken:
            rest = [a for j, a in enumerate(call.args) if j != k and (j < k or j not in taken)]
            others = [*live, *(a for a in rest if isinstance(a, Var))]
            buffers = self.aliases.deep_of(call.args[k])
            self.demand(call.args[k], buffers, others, Site("arg", call, k))

    def demand(self, value: Atom, buffers: Buffers, others: list[Var], place: Site) -> None:
        """The buffers of `value` must be ours, and nobody else's."""
        if not buffers:
            return
        if self.aliases.is_foreign(buffers):
            self.found.append((buffers, (place,)))
            return
        deep = self.aliases.deep
        clashes = [v for v in others if v in deep and not buffers.isdisjoint(deep[v])]
        if not clashes:
            return
        past = dict.fromkeys(reach_back(self.aliases.edges, unique((value,))))
        cuts = [self.cut(v, buffers, past) for v in clashes]
        parts = tuple(cut for cut in cuts if cut is not None)
        self.found.append((buffers, parts if len(parts) == len(cuts) else (place,)))

    def cut(self, var: Var, buffers: Buffers, past: Live) -> Site | None:
        """The place nearest to `var` where a copy of less than the buffer parts the two;
        `past` is all that the written value comes from."""
        seen = {var}
        pending = [var]
        store: Site | None = None
        while pending:
            current = pending.pop(0)
            made = self.aliases.made.get(current)
            if current in past:
                return None
            if isinstance(made, Bind) and _borrows(made):
                return Site("def", current)
            if isinstance(made, Bind) and is_write(made):
                return store
            for edge in self.aliases.edges.get(current, ()):
                if buffers & self.aliases.deep_of(edge.source):
                    if edge.store and edge.site is not None and store is None:
                        store = edge.site
                    if edge.source not in seen:
                        seen.add(edge.source)
                        pending.append(edge.source)
        return store

    # -- results

    def returned(self) -> None:
        body = self.function.body
        seen: list[Buffers] = []
        for k in range(len(body.terminator.values)):
            for value, site in yields_of(body, k):
                self.leaving(value, site, seen, None)

    def leaving(
        self, value: Atom, site: Site, seen: list[Buffers], loop: For | While | None
    ) -> None:
        """What a result holds, as far as its displays show it, is ours and not seen before;
        what a trip of `loop` adds to a result must have been made in that trip."""
        made = self.aliases.made.get(value) if isinstance(value, Var) else None
        shown = isinstance(made, Bind) and any(made.op is op for op in DISPLAYS)
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


def _borrows(bind: Bind) -> bool:
    return (
        bind.op is not ops.SELECT
        and not is_write(bind)
        and (not any(bind.op is op for op in DISPLAYS) and result_of(bind) != "fresh")
    )


def _inside(aliases: Aliases, loop: For | While) -> Live:
    return {aliases.inside[kept]: None for kept in loop.ys}


def _read(live: Live, atoms: tuple[Atom, ...]) -> None:
    for atom in atoms:
        if isinstance(atom, Var):
            live[atom] = None


def captured(loop: For | While) -> Live:
    """The variables from around that a loop's blocks read, in order."""
    reads: Live = {}
    defined: Live = {}
    for block in blocks_of(loop):
        _scan(block, reads, defined)
    return {v: None for v in reads if v not in defined}


def _scan(block: Block, reads: Live, defined: Live) -> None:
    defined.update(dict.fromkeys(block.params))
    for statement in block.statements:
        _read(reads, reads_of(statement))
        for inner in blocks_of(statement):
            _scan(inner, reads, defined)
        defined.update(dict.fromkeys(outs_of(statement)))
    _read(reads, block.terminator.values)


def reads_of(statement: Statement) -> tuple[Atom, ...]:
    """The atoms that a statement itself reads, its blocks aside."""
    if isinstance(statement, If):
        return (statement.test,)
    if isinstance(statement, For):
        count = (statement.count,) if statement.count is not None else ()
        return (*statement.inits, *statement.xs, *count)
    if isinstance(statement, While):
        return statement.inits
    return statement.args


# -- erasures, as late as they can be


def _sink(block: Block) -> Block:
    """Puts stores of constants in the reverse sweep behind the reads of what they erase, among
    those that reverse the same primal statement."""
    statements: list[Statement] = []
    waiting: list[Bind] = []
    for statement in block.statements:
        statement = map_blocks(statement, _sink)
        read = dict.fromkeys(statement_reads(statement))
        last = isinstance(statement, If) and any(
            any(True for _ in exits_of(arm)) for arm in (statement.then, statement.orelse)
        )
        last = last or any(_primal(bind) != _primal(statement) for bind in waiting)
        while waiting and (last or any(bind.out in read for bind in waiting)):
            statements.append(waiting.pop(0))
        if _erases(statement):
            assert isinstance(statement, Bind)
            waiting.append(statement)
        else:
            statements.append(statement)
    return replace(block, statements=(*statements, *waiting))


def _primal(statement: Statement) -> object:
    return statement.origin and statement.origin.statement


def _erases(statement: Statement) -> bool:
    reverse = statement.origin is not None and statement.origin.sweep == "reverse"
    store = isinstance(statement, Bind) and statement.op is ops.SETITEM
    return reverse and store and not isinstance(statement.args[1], Var)  # type: ignore[union-attr]


# -- inserting the copies


def _insert(function: Function, sites: list[Site]) -> Function:
    wanted: dict[object, list[Site]] = {}
    for site in sites:
        wanted.setdefault(site.owner, []).append(site)
    return replace(function, body=_copy_block(function.body, wanted))


def _copied(atom: Atom, origin: object) -> tuple[Bind, Var]:
    if not may_share(atom.type):
        raise internal("a copy of what cannot be shared")
    hint = getattr(atom, "hint", "")
    var = Var(hint, atom.type)
    return Bind((var,), ops.COPY, (atom,), origin=origin), var  # type: ignore[arg-type]


def _copy_block(block: Block, wanted: dict[object, list[Site]]) -> Block:
    statements: list[Statement] = []
    for statement in block.statements:
        statements += _copy_statement(statement, wanted)
    values = list(block.terminator.values)
    origin = block.statements[-1].origin if block.statements else None
    for site in wanted.get(block, ()):
        bind, values[site.index] = _copied(values[site.index], origin)
        statements.append(bind)
    return Block(block.params, tuple(statements), replace(block.terminator, values=tuple(values)))


def _copy_statement(statement: Statement, wanted: dict[object, list[Site]]) -> list[Statement]:
    before: list[Statement] = []
    after: list[Statement] = []
    sites = wanted.get(statement, ())
    for site in sites:
        field = "inits" if site.kind == "init" else "args"
        atoms = list(getattr(statement, field))
        bind, atoms[site.index] = _copied(atoms[site.index], statement.origin)
        before.append(bind)
        changed: dict[str, Any] = {field: tuple(atoms)}
        statement = replace(statement, **changed)
    if isinstance(statement, Bind):
        statement, after = _copy_results(statement, wanted)
    else:
        statement = _copy_inside(statement, wanted)
    return [*before, statement, *after]


def _copy_results(bind: Bind, wanted: dict[object, list[Site]]) -> tuple[Bind, list[Statement]]:
    outs = list(bind.outs)
    copies: list[Statement] = []
    for k, out in enumerate(outs):
        if out in wanted:
            outs[k] = Var("", out.type)
            copies.append(Bind((out,), ops.COPY, (outs[k],), origin=bind.origin))
    return (replace(bind, outs=tuple(outs)), copies) if copies else (bind, [])


def _copy_inside(statement: Statement, wanted: dict[object, list[Site]]) -> Statement:
    if isinstance(statement, If):
        return replace(
            statement,
            then=_copy_block(statement.then, wanted),
            orelse=_copy_block(statement.orelse, wanted),
        )
    if isinstance(statement, (For, While)):
        statement = replace(statement, body=_copy_block(statement.body, wanted))
    if isinstance(statement, While):
        statement = replace(statement, cond=_copy_block(statement.cond, wanted))
    return statement

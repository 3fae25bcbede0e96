"""Loops on the page: headers, tapes (lists that grow and shrink), moves at the ends of bodies."""

from __future__ import annotations

from collections.abc import Iterator

from s2sad.emit.choosing import Choosing
from s2sad.emit.headers import Header, plan_header
from s2sad.emit.questions import (
    number,
)
from s2sad.emit.tree import (
    Assign,
    Branch,
    Break,
    Effect,
    Expr,
    Form,
    Lit,
    Loop,
    Move,
    Ref,
    Stmt,
    Store,
    Write,
)
from s2sad.frozen import frozen
from s2sad.ir import ops
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Exit,
    For,
    Origin,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.types import INT
from s2sad.ir.walk import (
    defined,
    exits,
    statement_reads,
    unique,
)


@frozen
class Around:
    """The loop around: its statement, which `ys` are appended where their value is made, and
    those by their value."""

    loop: For | While
    early: frozenset[int]
    kept: dict[Atom, list[int]]


class Loops(Choosing):
    """Prints loops; the statements of their bodies are printed by the class below."""

    def statements(self, block: Block, context: Around | None) -> Iterator[Stmt]:
        """The lines of a block, its end aside."""
        raise NotImplementedError

    def ending(
        self, block: Block, targets: tuple[Var, ...], context: Around | None
    ) -> Iterator[Stmt]:
        """The moves at the end of an arm or of a body."""
        end = block.terminator
        origin = block.statements[-1].origin if block.statements else None
        if isinstance(end, Exit):
            yield from self.leave(end, context, origin)
            return
        yield from self.moves(targets, end.values[: len(targets)], origin)

    def moves(
        self, targets: tuple[Var, ...], values: tuple[Atom, ...], origin: Origin | None
    ) -> Iterator[Stmt]:
        pairs = tuple(
            (self.local(t), self.flowing(v)) for t, v in zip(targets, values, strict=True)
        )
        pairs = tuple((t, v) for t, v in pairs if v != Ref(t))
        if pairs:
            yield Move(pairs, origin)

    def flowing(self, value: Atom) -> Expr | None:
        """The value that a variable takes; nothing where it stays unbound."""
        return None if isinstance(value, Undefined) else self.expr(value)

    def leave(self, end: Exit, context: Around | None, origin: Origin | None) -> Iterator[Stmt]:
        assert context is not None
        loop = context.loop
        slots = len(loop.inits)
        for k, value in enumerate(end.values[slots:]):
            if self.keeps(loop, k) and k not in context.early:
                yield self.append(loop, k, self.expr(value), origin)
        yield from self.moves(loop.body.params[:slots], end.values[:slots], origin)
        if loop.exit is not None and self.used(loop.exit):
            yield Assign(self.local(loop.exit), number(end.number), origin)
        yield Break(origin)

    def empty(self, loop: For | While, kept: Var, header: Header | None) -> Expr:
        if self.by_position(loop, kept, header):
            assert header is not None and header.length is not None
            return Form("nones", (header.length,))
        return Form("list")

    def by_position(self, loop: For | While, kept: Var, header: Header | None) -> bool:
        """Whether values are stored at their position: in reverse loops with an index."""
        if header is None or header.length is None or self.is_stack(kept):
            return False
        return isinstance(loop, For) and loop.reverse

    def keeps(self, loop: For | While, k: int) -> bool:
        """Whether a trip adds to `ys[k]` itself: what is flat was added inside."""
        kept = loop.ys[k]
        end = loop.body.terminator
        value = end.values[len(loop.inits) + k]
        return self.used(kept) and not (isinstance(value, Var) and value in self.tapes.flat)

    def append(self, loop: For | While, k: int, value: Expr, origin: Origin | None) -> Stmt:
        kept = loop.ys[k]
        header = self.headers.get(loop)
        if header is not None and header.index and self.by_position(loop, kept, header):
            return Store(self.local(kept), header.index, value, origin)
        return Effect(Form("method", (Ref(self.tape(kept)), value), "append"), origin)

    def opening(self, loop: For | While, header: Header | None = None) -> Iterator[Stmt]:
        slots = len(loop.inits)
        yield from self.moves(loop.body.params[:slots], loop.inits, loop.origin)
        for kept in loop.ys:
            if self.used(kept) and kept not in self.tapes.flat:
                yield Assign(self.local(kept), self.empty(loop, kept, header), loop.origin)
        for counter in (loop.trips, loop.exit):
            if counter is not None and self.used(counter):
                yield Assign(self.local(counter), number(0), loop.origin)

    def early(self, loop: For | While) -> frozenset[int]:
        """The `ys` whose value is made in the body's own block, the same for every way out."""
        here = {v for s in loop.body.statements for v in defined(s)} | set(loop.body.params)
        slots = len(loop.inits)
        end = loop.body.terminator
        found = set()
        for k in range(len(loop.ys)):
            value = end.values[slots + k]
            same = all(leaving.values[slots + k] is value for leaving in exits(loop.body))
            if same and value in here and isinstance(end, Yield):
                found.add(k)
        return frozenset(found)

    def early_appends(
        self, context: Around, made: tuple[Var, ...], origin: Origin | None
    ) -> Iterator[Stmt]:
        places = sorted(k for value in made for k in context.kept.get(value, ()))
        for k in places:
            value = context.loop.body.terminator.values[len(context.loop.inits) + k]
            yield self.append(context.loop, k, self.expr(value), origin)

    def body(self, loop: For | While) -> tuple[Stmt, ...]:
        block = loop.body
        slots = len(loop.inits)
        kept: dict[Atom, list[int]] = {}
        early = self.early(loop)
        for k in sorted(early):
            if self.keeps(loop, k):
                kept.setdefault(block.terminator.values[slots + k], []).append(k)
        context = Around(loop, early, kept)
        self.plan(block, frozenset(v for v in kept if isinstance(v, Var)))
        body: list[Stmt] = []
        if loop.trips is not None and self.used(loop.trips):
            body.append(self.count_up(loop.trips, loop.origin))
        self.plan_elements(loop, context)
        body += self.element_reads(block, -1)
        body += self.early_appends(context, block.params, loop.origin)
        body += self.statements(block, context)
        body += self.element_reads(block, len(block.statements))
        if isinstance(block.terminator, Yield):
            for k, value in enumerate(block.terminator.values[slots:]):
                if self.keeps(loop, k) and k not in context.early:
                    body.append(self.append(loop, k, self.expr(value), None))
        body += self.ending(block, block.params[:slots], context)
        return tuple(body)

    def plan_elements(self, loop: For | While, context: Around) -> None:
        """Where elements that the header doesn't bind are popped or read: before the first
        statement that needs them."""
        header = self.headers.get(loop)
        if header is None:
            return
        block = loop.body
        kept = {block.terminator.values[len(loop.inits) + k] for k in context.early}
        roots = self.roots[block]
        needs: dict[Var, int] = {}
        for position, statement in enumerate(block.statements):
            for var in statement_reads(statement):
                needs.setdefault(var, position)
                needs[var] = min(needs[var], roots.get(position, position))
        last = len(block.statements)
        for var in unique(block.terminator.values):
            needs.setdefault(var, last)
        for param, value in header.elements.items():
            at = -1 if param in kept else needs.get(param)
            single = self.pops_into(block, at, param, value)
            if single:
                self.inlined[param] = value
            elif at is None and param is header.must_pop:
                self.reads.setdefault((block, -1), []).append(Effect(value, loop.origin))
            elif at is not None:
                later = block.statements[at : at + 1] if at >= 0 else ()
                origin = later[0].origin if later else None
                place = Assign(self.target(param), value, origin)
                self.reads.setdefault((block, at), []).append(place)

    def pops_into(self, block: Block, at: int | None, param: Var, value: Expr) -> bool:
        """Whether a popped value goes straight into the write that restores it."""
        if at is None or not 0 <= at < len(block.statements) or self.uses.get(param) != 1:
            return False
        statement = block.statements[at]
        return (
            isinstance(statement, Bind)
            and statement.op is ops.SETITEM
            and statement.args[1] is param
        )

    def element_reads(self, block: Block, position: int) -> list[Stmt]:
        return self.reads.get((block, position), [])

    def count_up(self, trips: Var, origin: Origin | None) -> Stmt:
        bind = Bind((trips,), ops.ADDITEM, (trips, Const(1, INT)), (("sign", "+"),), (), origin)
        return Write(bind, self.local(trips), (Ref(self.local(trips)), number(1)), origin)

    def for_loop(self, loop: For) -> Iterator[Stmt]:
        header = plan_header(loop, self)
        yield from header.before
        yield from self.opening(loop, header)
        self.headers[loop] = header
        body = self.body(loop)
        if header.value is None:
            assert header.stack is not None
            yield Loop(None, Ref(header.stack), body, loop.origin)
        else:
            yield Loop(header.target, header.value, body, loop.origin)
        if loop.reverse:
            for kept in loop.ys:
                if self.used(kept) and not self.is_stack(kept) and header.length is None:
                    yield Effect(Form("method", (Ref(self.local(kept)),), "reverse"), loop.origin)

    def while_loop(self, loop: While) -> Iterator[Stmt]:
        yield from self.opening(loop)
        self.plan(loop.cond, frozenset())
        before = tuple(self.statements(loop.cond, None))
        test = self.expr(loop.cond.terminator.values[0])
        body = self.body(loop)
        if not before:
            yield Loop(None, test, body, loop.origin)
            return
        leave = Branch(Form("not", (test,)), (Break(loop.origin),), (), loop.origin)
        true = Lit(Const(True, INT))
        yield Loop(None, true, (*before, leave, *body), loop.origin)

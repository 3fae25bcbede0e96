"""Folding: from the IR to statement trees.

Needs a function whose copies are in place. A temporary that is used once goes into the
expression of its use if no write in between could change what it reads. Versions become one
`Local` each chain of writes, slots and results of a loop one `Local`. What remains is a program
of assignments, with parallel moves at the ends of blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2sad.emit.alias import is_write
from s2sad.emit.inplace import omitted
from s2sad.emit.loops import Around, Loops
from s2sad.emit.questions import saved_items
from s2sad.emit.tree import (
    Assign,
    Branch,
    Def,
    Effect,
    Except,
    Expr,
    Form,
    Guarded,
    Local,
    Move,
    Ref,
    Return,
    Stmt,
    Write,
    bound_by,
    raises,
    walk,
)
from s2sad.ir import ops
from s2sad.ir.calls import reading
from s2sad.ir.data import (
    Bind,
    Block,
    Call,
    For,
    If,
    Program,
    Statement,
    Try,
    Var,
)
from s2sad.ir.types import Saved
from s2sad.ir.walk import defined


def fold(program: Program) -> tuple[Def, ...]:
    """The functions of the program as trees."""
    return tuple(_Lowering(program, function).run() for function in program.functions)


class _Lowering(Loops):
    """Prints functions, blocks and statements."""

    # -- functions and blocks

    def run(self) -> Def:
        params = []
        seeds = [p.var for p in self.function.params if p.var.hint == "out_bar"]
        for param in self.function.params:
            entry = self.function is self.program.entry
            fixed = entry or param.kind == "keyword" or seeds == [param.var]
            local = Local(param.var.hint, param.var.type, fixed=fixed)
            self.locals[self._root(param.var)] = local
            params.append((param, local))
        body = self.function.body
        unpacked = list(self.saved_values())
        self.plan(body, frozenset())
        statements = [*unpacked, *self.statements(body, None)]
        silent = omitted(self.program, self.function.name)
        returned = (v for k, v in enumerate(body.terminator.values) if k not in silent)
        values = tuple(self.expr(v) for v in returned)
        statements, values = name_result(statements, values)
        statements.append(Return(values))
        return Def(self.function.name, tuple(params), tuple(statements))

    def saved_values(self) -> Iterator[Stmt]:
        """What the forward function saved, as names, where it is only read item by item."""
        for saved in (p.var for p in self.function.params):
            if not isinstance(saved.type, Saved):
                continue
            read = saved_items(self.function.body, saved)
            if read:
                self.dropped.update(bind.out for bind in read.values())
                targets = tuple(
                    self.local(read[k].out) if k in read else Local("_", saved.type)
                    for k in range(len(saved.type.items))
                )
                yield Assign(targets, Ref(self.local(saved)), None)

    def statements(self, block: Block, context: Around | None) -> Iterator[Stmt]:
        for position, statement in enumerate(block.statements):
            yield from self.element_reads(block, position)
            following = block.statements[position + 1 : position + 2]
            if isinstance(statement, If) and self.is_condition(statement, following, block):
                continue
            if not self.is_silent(statement):
                yield from self.statement(statement, context)
            if context is not None and context.loop.body is block:
                yield from self.early_appends(context, defined(statement), statement.origin)

    def is_condition(self, branch: If, following: tuple[Statement, ...], block: Block) -> bool:
        """Whether a branch only gives the test of the next statement, or of the loop whose
        condition the block is: it is written there."""
        if len(branch.outs) != 1 or self.uses.get(branch.outs[0]) != 1:
            return False
        (out,) = branch.outs
        tests = [s.test for s in following if isinstance(s, If)]
        loop = not following and block in self.conditions and block.terminator.values == (out,)
        if not (tests == [out] or loop):
            return False
        then, orelse = (self.arm(branch, arm, None) for arm in (branch.then, branch.orelse))
        choice = self.choice(branch, then, orelse)
        if not isinstance(choice, Assign):
            return False
        self.inlined[out] = choice.value
        return True

    def is_silent(self, statement: Statement) -> bool:
        """Whether a statement needs no line: it is folded, or nothing reads it any more."""
        if not isinstance(statement, Bind) or len(statement.outs) != 1:
            return False
        out = statement.outs[0]
        return out in self.folded or out in self.dropped or out in self.cheap

    # -- statements

    def statement(self, statement: Statement, context: Around | None) -> Iterator[Stmt]:
        if isinstance(statement, Bind):
            yield self.bind(statement)
        elif isinstance(statement, Call):
            yield self.call(statement)
        elif isinstance(statement, If):
            yield from self.branch(statement, context)
        elif isinstance(statement, For):
            yield from self.for_loop(statement)
        elif isinstance(statement, Try):
            yield self.tried(statement)
        else:
            yield from self.while_loop(statement)

    def bind(self, bind: Bind) -> Stmt:
        if is_write(bind):
            base = bind.args[0]
            assert isinstance(base, Var)
            args = tuple(self.expr(a) for a in bind.args)
            if bind.op is ops.POP:
                value = Form("method", (args[0],), "pop")
                return Assign(self.local(bind.outs[1]), value, bind.origin)
            return Write(bind, self.local(base), args, bind.origin)
        if not bind.outs or (bind.op.effect == "outside" and not self.used(bind.outs[0])):
            return Effect(self.applied(bind), bind.origin)
        if len(bind.outs) == 1:
            return Assign(self.target(bind.out), self.applied(bind), bind.origin)
        return Assign(tuple(self.target(o) for o in bind.outs), self.applied(bind), bind.origin)

    def call(self, call: Call) -> Stmt:
        callee = next(f for f in self.program.functions if f.name == call.callee)
        args = tuple(
            Form("keyword", (self.passed(call, j),), p.var.hint)
            if p.kind == "keyword"
            else self.passed(call, j)
            for j, p in enumerate(callee.params)
        )
        value = Form("call", args, call.callee)
        written = dict(call.writes)
        outs = tuple(self.target(o) for k, o in enumerate(call.outs) if k not in written)
        if not outs:
            return Effect(value, call.origin)
        return Assign(outs if len(outs) > 1 else outs[0], value, call.origin)

    def passed(self, call: Call, j: int) -> Expr:
        """What stands for a parameter: an atom, or a view for the callee to write."""
        view = reading(call, j)
        return self.expr(call.args[j]) if view is None else self.applied(view)

    def branch(self, branch: If, context: Around | None) -> Iterator[Stmt]:
        then = self.arm(branch, branch.then, context)
        orelse = self.arm(branch, branch.orelse, context)
        choice = self.choice(branch, then, orelse)
        if choice is not None:
            yield choice
        else:
            yield Branch(self.expr(branch.test), then, orelse, branch.origin)

    def tried(self, node: Try) -> Stmt:
        handlers = tuple(
            Except(
                handler.classes,
                self.local(handler.block.params[0]) if handler.block.params else None,
                self.unbound(node, handler.block),
                self.arm(node, handler.block, None),
            )
            for handler in node.handlers
        )
        manager = None
        if node.manager is not None:
            made = Bind((), node.manager.op, node.manager.args, node.manager.static)
            manager = self.applied(made)
        return Guarded(self.arm(node, node.body, None), handlers, manager, node.origin)

    def unbound(self, node: Try, block: Block) -> tuple[Local, ...]:
        """The outs that a handler leaves unbound."""
        pairs = zip(node.outs, block.terminator.values, strict=True)
        return tuple(self.local(out) for out, v in pairs if self.flowing(v) is None)

    def arm(self, branch: If | Try, block: Block, context: Around | None) -> tuple[Stmt, ...]:
        self.plan(block, frozenset())
        body = list(self.statements(block, context))
        if not (body and raises(body[-1])):
            body += self.ending(block, branch.outs, context)
        return tuple(body)

    def choice(self, branch: If, then: tuple[Stmt, ...], orelse: tuple[Stmt, ...]) -> Stmt | None:
        """A conditional expression, where both arms only give a value to the same variable."""
        ends = [arm[0] for arm in (then, orelse) if len(arm) == 1]
        if len(ends) != 2 or len(branch.outs) != 1:
            return None
        values = [e.pairs[0][1] for e in ends if isinstance(e, Move) and len(e.pairs) == 1]
        if len(values) != 2 or any(v is None for v in values):
            return None
        args = (self.expr(branch.test), values[0], values[1])
        return Assign(self.local(branch.outs[0]), Form("choice", args), branch.origin)  # type: ignore[arg-type]


def name_result(
    statements: list[Stmt], values: tuple[Expr, ...]
) -> tuple[list[Stmt], tuple[Expr, ...]]:
    """Where a reverse sweep follows, the primal's result is put aside as `out` before it."""
    start = next((k for k, s in enumerate(statements) if is_reverse(s)), None)
    first = values[0] if values else None
    if start is None or not isinstance(first, Ref) or first.local.hint == "out":
        return statements, values
    if any(first.local in bound_by(s) for s in walk(tuple(statements[start:]))):
        return statements, values  # the primal is itself a gradient
    origin = next((s.origin for s in reversed(statements[:start]) if s.origin), None)
    if origin is None:
        return statements, values
    result = Local("out", first.local.type)
    aside = Assign(result, first, origin)
    return [*statements[:start], aside, *statements[start:]], (Ref(result), *values[1:])


def is_reverse(stmt: Stmt) -> bool:
    return stmt.origin is not None and stmt.origin.sweep == "reverse"

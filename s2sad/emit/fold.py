"""Folding: from the IR to statement trees.

Needs a function whose copies are in place. A temporary that is used once goes into the
expression of its use if no write in between could change what it reads. Versions become one
`Local` each chain of writes, slots and results of a loop one `Local`. What remains is a program
of assignments, with parallel moves at the ends of blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from s2sad.emit.alias import (
    Aliases,
    Buffers,
    aliases_of,
    is_write,
    written,
    written_slots,
)
from s2sad.emit.cheap import cheap_binds
from s2sad.emit.headers import Header, idle_counts, plan_header, superfluous
from s2sad.emit.ownership import internal
from s2sad.emit.tapes import plan_tapes
from s2sad.emit.tree import (
    Apply,
    Assign,
    Branch,
    Break,
    Def,
    Effect,
    Expr,
    Form,
    Lit,
    Local,
    Loop,
    Move,
    Pattern,
    Ref,
    Return,
    Stmt,
    Store,
    Write,
)
from s2sad.ir import ops
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    Exit,
    For,
    Function,
    If,
    IndexStep,
    Origin,
    Program,
    Statement,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.types import INT, STR, Dct, Lst, Obj, Tup, Type
from s2sad.ir.walk import (
    all_blocks,
    all_statements,
    blocks,
    defined,
    definitions,
    exits,
    operands,
    statement_reads,
    unique,
    use_counts,
)

EMPTY: Buffers = frozenset()
# The deepest expression (syntax trees are walked by recursion), and the largest one in the
# reverse sweep, counted in operations.
DEEPEST = 40
LARGEST = 7


def fold(program: Program) -> tuple[Def, ...]:
    """The functions of the program as trees."""
    return tuple(_Lowering(program, function).run() for function in program.functions)


def is_name(hint: str) -> bool:
    """Whether a hint is a name that somebody gave, and not a temporary's."""
    return hint.isidentifier()


@dataclass(frozen=True)
class _Context:
    """The loop around: its statement, which `ys` are appended where their value is made, and
    the variable of its exit number."""

    loop: For | While
    early: frozenset[int]


class _Lowering:
    def __init__(self, program: Program, function: Function) -> None:
        self.program = program
        self.function = function
        taken = {f.name: [k for k, p in enumerate(f.params) if p.owned] for f in program.functions}
        owned = written_slots(function, lambda call: taken.get(call.callee, []))
        self.aliases: Aliases = aliases_of(function, owned)
        self.uses = use_counts(function.body)
        self.parents: dict[Var, Var] = {}
        self.locals: dict[Var, Local] = {}
        self.hints: dict[Var, str] = {}
        self.folded: dict[Var, Bind] = {}
        self.tapes = plan_tapes(function)
        self.popped = {
            *self.tapes.flat,
            *(loop.xs[k] for loop, found in self.tapes.stacks.items() for k in found),
        }
        self.carried = _carried(function.body)
        self.headers: dict[For | While, Header] = {}
        self.roots: dict[Block, dict[int, int]] = {}
        self.reads: dict[tuple[Block, int], list[Stmt]] = {}
        self.inlined: dict[Var, Expr] = {}
        self.dropped: set[Var] = set()
        self.made = definitions(function.body)
        self.bare: set[For] = set()
        self.cheap: dict[Var, Bind] = {}
        self.ignored: dict[For, list[int]] = {}
        self.unpacked: dict[Var, tuple[Pattern, ...]] = {}
        self._simplify_counts()
        self._unify()
        self.cheap = cheap_binds(function, self.aliases, self._root)
        self._find_unpacked()

    def _simplify_counts(self) -> None:
        """Loops over stacks alone don't count their trips."""
        for loop in self.tapes.stacks:
            found = superfluous(loop, self)
            if found is not None:
                self.bare.add(loop)
                for x in found:
                    self.release(x)
            elif idle_counts(loop, self):
                self.ignored[loop] = idle_counts(loop, self)
                for k in self.ignored[loop]:
                    self.release(loop.xs[k])
            popped = any(x in self.popped and x not in self.tapes.flat for x in loop.xs)
            if loop.count is not None and popped:
                self.release(loop.count)

    def _find_unpacked(self) -> None:
        """Tuples of which only items are read, all in the block that makes them."""
        readers = _readers(self.function.body)
        self.elements = {
            s.body: s.body.params[len(s.inits) :]
            for s in all_statements(self.function.body)
            if isinstance(s, For)
        }
        for block in all_blocks(self.function.body):
            here = [v for s in block.statements for v in _unpackable(s)]
            here += self.elements.get(block, ())
            inside = {id(s) for s in block.statements}
            for var in here:
                items = _items(var, readers.get(var, []), inside)
                if items and (len(items) > 1 or var in self.elements.get(block, ())):
                    self.cheap.pop(var, None)
                    kind = var.type
                    assert isinstance(kind, Tup)
                    spare = [Local("_", t) for t in kind.items]
                    parts = [
                        self.local(items[k].out) if k in items else spare[k]
                        for k in range(len(kind.items))
                    ]
                    self.unpacked[var] = tuple(parts)
                    self.dropped.update(bind.out for bind in items.values())

    # -- variables

    def _unify(self) -> None:
        for statement in all_statements(self.function.body):
            if isinstance(statement, Bind) and is_write(statement):
                self._same(statement.args[0], statement.outs[0])
            elif isinstance(statement, (For, While)):
                for param, out in zip(statement.body.params, statement.outs, strict=False):
                    self._same(param, out)
            if isinstance(statement, While):
                for param, read in zip(statement.body.params, statement.cond.params, strict=True):
                    self._same(param, read)

    def _root(self, var: Var) -> Var:
        while var in self.parents:
            var = self.parents[var]
        return var

    def _same(self, first: Atom, second: Var) -> None:
        if not isinstance(first, Var):
            return
        root, other = self._root(first), self._root(second)
        if root is not other:
            self.parents[other] = root
            if not is_name(self.hints.get(root, root.hint)):
                self.hints[root] = self.hints.get(other, other.hint)

    def local(self, var: Var) -> Local:
        """The page's variable for one of the IR."""
        root = self._root(var)
        if root not in self.locals:
            self.locals[root] = Local(self.hints.get(root, root.hint), root.type)
        return self.locals[root]

    def target(self, var: Var) -> Pattern:
        """What binds a variable: a tuple of names where all that is read of it are its items."""
        return self.unpacked.get(var) or self.local(var)

    def release(self, atom: Atom) -> None:
        """Forgets one use of an atom; a binding that nothing else uses is dropped."""
        if not isinstance(atom, Var):
            return
        self.uses[atom] = self.uses.get(atom, 0) - 1
        made = self.made.get(atom)
        if self.uses[atom] == 0 and made is not None and len(made.outs) == 1:
            self.dropped.add(atom)
            for arg in made.args:
                self.release(arg)

    def used(self, var: Var | None) -> bool:
        return var is not None and self.uses.get(var, 0) > 0

    # -- expressions

    def expr(self, atom: Atom) -> Expr:
        if isinstance(atom, Const):
            return Lit(atom)
        if isinstance(atom, Undefined):
            return Lit(Const(None, atom.type))
        if atom in self.inlined:
            return self.inlined[atom]
        if atom in self.cheap:
            return self.applied(self.cheap[atom])
        if atom in self.folded:
            return self.applied(self.folded[atom])
        return Ref(self.local(atom))

    def applied(self, bind: Bind) -> Expr:
        args = tuple(self.expr(arg) for arg in bind.args)
        if bind.op is ops.CONSTRUCT:
            return self.constructed(dict(bind.static)["cls"], args)
        return Apply(bind, args)

    def constructed(self, cls: type, args: tuple[Expr, ...]) -> Expr:
        """An object of a class that only the arguments bring along: `type(line)(a, b)`."""
        for param in self.function.params:
            for path in _instances(param.var.type, cls, Ref(self.local(param.var))):
                return Form("apply", (Form("call", (path,), "type"), *args))
        if cls.__module__.split(".")[0] == "numpy":
            return Form("tuple", args)
        raise internal(f"no way to make a {cls.__name__}")

    # -- functions and blocks

    def run(self) -> Def:
        params = []
        for param in self.function.params:
            fixed = self.function is self.program.entry or param.kind == "keyword"
            local = Local(param.var.hint, param.var.type, fixed=fixed)
            self.locals[self._root(param.var)] = local
            params.append((param, local))
        body = self.function.body
        self.plan(body, frozenset())
        statements = list(self.statements(body, None))
        values = tuple(self.expr(v) for v in body.terminator.values)
        statements, values = _name_result(statements, values)
        statements.append(Return(values))
        return Def(self.function.name, tuple(params), tuple(statements))

    def statements(self, block: Block, context: _Context | None) -> Iterator[Stmt]:
        for position, statement in enumerate(block.statements):
            yield from self.element_reads(block, position)
            if not self.is_silent(statement):
                yield from self.statement(statement, context)
            if context is not None and context.loop.body is block:
                yield from self.early_appends(context, defined(statement), statement.origin)

    def is_silent(self, statement: Statement) -> bool:
        """Whether a statement needs no line: it is folded, or nothing reads it any more."""
        if not isinstance(statement, Bind) or len(statement.outs) != 1:
            return False
        out = statement.outs[0]
        return out in self.folded or out in self.dropped or out in self.cheap

    def ending(
        self, block: Block, targets: tuple[Var, ...], context: _Context | None
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
            (self.local(t), self.flowing(t, v))
            for t, v in zip(targets, values, strict=True)
            if self.alive(t)
        )
        pairs = tuple((t, v) for t, v in pairs if v != Ref(t))
        if pairs:
            yield Move(pairs, origin)

    def flowing(self, target: Var, value: Atom) -> Expr | None:
        """The value that a variable takes; nothing where it stays unbound, unless it is kept."""
        if isinstance(value, Undefined) and target not in self.carried:
            return None
        return self.expr(value)

    def alive(self, target: Var) -> bool:
        return True

    def leave(self, end: Exit, context: _Context | None, origin: Origin | None) -> Iterator[Stmt]:
        assert context is not None
        loop = context.loop
        slots = len(loop.inits)
        for k, value in enumerate(end.values[slots:]):
            if self.keeps(loop, k) and k not in context.early:
                yield self.append(loop, k, self.expr(value), origin)
        yield from self.moves(loop.body.params[:slots], end.values[:slots], origin)
        if loop.exit is not None and self.used(loop.exit):
            yield Assign(self.local(loop.exit), _number(end.number), origin)
        yield Break(origin)

    # -- statements

    def statement(self, statement: Statement, context: _Context | None) -> Iterator[Stmt]:
        if isinstance(statement, Bind):
            yield self.bind(statement)
        elif isinstance(statement, Call):
            yield self.call(statement)
        elif isinstance(statement, If):
            yield from self.branch(statement, context)
        elif isinstance(statement, For):
            yield from self.for_loop(statement)
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
        if not bind.outs or bind.op.name == "assert":
            return Effect(self.applied(bind), bind.origin)
        if len(bind.outs) == 1:
            return Assign(self.target(bind.out), self.applied(bind), bind.origin)
        return Assign(tuple(self.target(o) for o in bind.outs), self.applied(bind), bind.origin)

    def call(self, call: Call) -> Stmt:
        callee = next(f for f in self.program.functions if f.name == call.callee)
        args = tuple(
            Form("keyword", (self.expr(a),), p.var.hint) if p.kind == "keyword" else self.expr(a)
            for p, a in zip(callee.params, call.args, strict=True)
        )
        value = Form("call", args, call.callee)
        if not call.outs:
            return Effect(value, call.origin)
        outs = tuple(self.target(o) for o in call.outs)
        return Assign(outs if len(outs) > 1 else outs[0], value, call.origin)

    def branch(self, branch: If, context: _Context | None) -> Iterator[Stmt]:
        then = self.arm(branch, branch.then, context)
        orelse = self.arm(branch, branch.orelse, context)
        choice = self.choice(branch, then, orelse)
        if choice is not None:
            yield choice
        else:
            yield Branch(self.expr(branch.test), then, orelse, branch.origin)

    def arm(self, branch: If, block: Block, context: _Context | None) -> tuple[Stmt, ...]:
        self.plan(block, frozenset())
        body = list(self.statements(block, context))
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

    # -- loops

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

    def is_stack(self, kept: Var) -> bool:
        return kept in self.popped

    def tape(self, var: Var) -> Local:
        """The list of a stack, which is that of the stack around it where that is flat."""
        while var in self.tapes.flat:
            var = self.tapes.flat[var]
        return self.local(var)

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
        for number in (loop.trips, loop.exit):
            if number is not None and self.used(number):
                yield Assign(self.local(number), _number(0), loop.origin)

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
        self, context: _Context, made: tuple[Var, ...], origin: Origin | None
    ) -> Iterator[Stmt]:
        loop = context.loop
        values = loop.body.terminator.values[len(loop.inits) :]
        for k, value in enumerate(values):
            if k in context.early and value in made and self.keeps(loop, k):
                yield self.append(loop, k, self.expr(value), origin)

    def body(self, loop: For | While) -> tuple[Stmt, ...]:
        context = _Context(loop, self.early(loop))
        block = loop.body
        slots = len(loop.inits)
        kept = {block.terminator.values[slots + k] for k in context.early if self.keeps(loop, k)}
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

    def plan_elements(self, loop: For | While, context: _Context) -> None:
        """Where elements that the header doesn't bind are popped or read: before the first
        statement that needs them."""
        header = self.headers.get(loop)
        if header is None:
            return
        block = loop.body
        kept = [block.terminator.values[len(loop.inits) + k] for k in context.early]
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
                place = Assign(self.target(param), value, None)
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
        return Write(bind, self.local(trips), (Ref(self.local(trips)), _number(1)), origin)

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

    # -- what folds

    def plan(self, block: Block, kept: frozenset[Var]) -> None:
        """Decides what folds in a block; `kept` are the values appended where they are made."""
        statements = block.statements
        uses: dict[Var, list[tuple[int, bool]]] = {}
        for position, statement in enumerate(statements):
            for atom in operands(statement):
                if isinstance(atom, Var):
                    uses.setdefault(atom, []).append((position, True))
        for atom in block.terminator.values:
            if isinstance(atom, Var):
                uses.setdefault(atom, []).append((len(statements), True))
        roots: dict[int, int] = {}
        depths: dict[int, int] = {}
        sizes: dict[int, int] = {}
        self.roots[block] = roots
        changes = [self.changes(s) for s in statements]
        for position in reversed(range(len(statements))):
            statement = statements[position]
            roots[position] = position
            if not self.movable(statement):
                continue
            assert isinstance(statement, Bind)
            (out,) = statement.outs
            if self.uses.get(out, 0) != 1:
                continue
            if out in kept:
                self.folded[out] = statement
                continue
            if is_name(out.hint) and self.is_result(block, uses.get(out), out):
                self.folded[out] = statement
                continue
            if is_name(out.hint) and not self.merges(block, uses.get(out), statement):
                continue
            if out not in uses:
                continue
            consumer = uses[out][0][0]
            if not self.accepts(block, consumer, out, statement):
                continue
            root = roots.get(consumer, consumer)
            reads: Buffers = frozenset().union(*(self.aliases.deep_of(a) for a in statement.args))
            between = [changes[k] for k in range(position + 1, min(root, len(statements)))]
            repeated = root < len(statements) and self.is_cheap(statements[root])
            if (repeated and reads) or any(reads & buffers for buffers in between):
                continue
            depth, size = depths.get(consumer, 0) + 1, sizes.get(root, 0) + 1
            reverse = statement.origin is not None and statement.origin.sweep == "reverse"
            if depth > DEEPEST or (reverse and size > LARGEST):
                continue
            self.folded[out] = statement
            roots[position] = root
            depths[position], sizes[root] = depth, size

    def is_cheap(self, statement: Statement) -> bool:
        return any(out in self.cheap for out in defined(statement))

    def changes(self, statement: Statement) -> Buffers:
        """All that a statement may write."""
        found: Buffers = EMPTY
        if isinstance(statement, Bind):
            return written(self.aliases, statement) if is_write(statement) else EMPTY
        if isinstance(statement, Call):
            return frozenset().union(*(self.aliases.deep_of(a) for a in statement.args))
        for block in blocks(statement):
            for inner in block.statements:
                found |= self.changes(inner)
        return found

    def is_result(self, block: Block, uses: list[tuple[int, bool]] | None, out: Var) -> bool:
        """Whether a value is only what a `return` in a branch gives, computed last."""
        if out.hint != "out" or block is self.function.body or not uses:
            return False
        made = self.made[out]
        return uses[0][0] == len(block.statements) and block.statements[-1] is made

    def merges(self, block: Block, uses: list[tuple[int, bool]] | None, bind: Bind) -> bool:
        """Whether a cotangent goes into the sum, or the tuple, that its own statement adds to."""
        if not uses or not _is_cotangent(bind) or uses[0][0] >= len(block.statements):
            return False
        consumer = block.statements[uses[0][0]]
        if not isinstance(consumer, Bind) or consumer.origin is None or bind.origin is None:
            return False
        if block is self.function.body and consumer.op is ops.TUPLE:
            return False
        same = consumer.origin.statement == bind.origin.statement
        sums = consumer.op is ops.ADDITEM or (consumer.op.name == "add" and _is_cotangent(consumer))
        return (same and sums) or (consumer.op is ops.TUPLE and bool(consumer.out.hint))

    def movable(self, statement: Statement) -> bool:
        """Whether a binding can be written where its result is read."""
        if not isinstance(statement, Bind) or is_write(statement) or len(statement.outs) != 1:
            return False
        if statement.op.effect == "outside":
            return False
        out = statement.out
        return not (out in self.dropped or out in self.unpacked or out in self.cheap)

    def accepts(self, block: Block, consumer: int, out: Var, bind: Bind) -> bool:
        if consumer == len(block.statements):
            return True
        statement = block.statements[consumer]
        if isinstance(statement, Bind) and is_write(statement):
            return statement.args[0] is not out
        return True


def _instances(kind: Type, cls: type, path: Expr) -> Iterator[Expr]:
    """Expressions for objects of a class inside a value of some type."""
    if isinstance(kind, (Tup, Obj)) and kind.cls is cls:
        yield path
    if isinstance(kind, Tup):
        for k, item in enumerate(kind.items):
            yield from _instances(item, cls, Form("item", (path, _number(k))))
    if isinstance(kind, Lst):
        yield from _instances(kind.item, cls, Form("item", (path, _number(0))))
    if isinstance(kind, Dct):
        for key, item in kind.items:
            step = Lit(Const(key, STR))
            yield from _instances(item, cls, Form("item", (path, step)))


def _carried(body: Block) -> set[Var]:
    """The results of branches that are kept in a list, or given on under another name, even
    where they are unbound."""
    found: dict[Var, None] = {}
    made: dict[Atom, If] = {}
    for statement in all_statements(body):
        if isinstance(statement, If):
            made.update(dict.fromkeys(statement.outs, statement))
            for arm in blocks(statement):
                for out, value in zip(statement.outs, arm.terminator.values, strict=False):
                    if isinstance(value, Var) and value.hint != out.hint:
                        found[value] = None
        if isinstance(statement, (For, While)):
            for end in (statement.body.terminator, *exits(statement.body)):
                found.update(dict.fromkeys(unique(end.values[len(statement.inits) :])))
    found.update(dict.fromkeys(_handed_on(body)))
    pending = list(found)
    while pending:
        for source in _sources(pending.pop(), made):
            if source not in found:
                found[source] = None
                pending.append(source)
    return set(found)


def _handed_on(body: Block) -> Iterator[Var]:
    """What a function gives besides its result: saved values, which may be unbound."""
    displays = {s.out: s for s in body.statements if isinstance(s, Bind) and s.op is ops.TUPLE}
    for var in unique(body.terminator.values[1:]):
        yield var
        if var in displays:
            yield from unique(displays[var].args)


def _sources(var: Var, made: dict[Atom, If]) -> Iterator[Var]:
    """The variables that a branch gives to its result."""
    if var not in made:
        return
    index = made[var].outs.index(var)
    for arm in blocks(made[var]):
        if isinstance(arm.terminator, Yield):
            yield from unique((arm.terminator.values[index],))


def _name_result(
    statements: list[Stmt], values: tuple[Expr, ...]
) -> tuple[list[Stmt], tuple[Expr, ...]]:
    """Where a reverse sweep follows, the primal's result is put aside as `out` before it."""
    start = next((k for k, s in enumerate(statements) if _is_reverse(s)), None)
    first = values[0] if values else None
    if start is None or not isinstance(first, Ref) or first.local.hint == "out":
        return statements, values
    origin = next((s.origin for s in reversed(statements[:start]) if s.origin), None)
    if origin is None:
        return statements, values
    result = Local("out", first.local.type)
    aside = Assign(result, first, origin)
    return [*statements[:start], aside, *statements[start:]], (Ref(result), *values[1:])


def _is_cotangent(bind: Bind) -> bool:
    return bind.outs[0].hint.endswith(("_bar", ".bar"))


def _is_reverse(stmt: Stmt) -> bool:
    return stmt.origin is not None and stmt.origin.sweep == "reverse"


def _readers(block: Block) -> dict[Var, list[Statement | None]]:
    """Who reads each variable: statements, or None for the end of a block."""
    found: dict[Var, list[Statement | None]] = {}
    for inner in all_blocks(block):
        for statement in inner.statements:
            for var in operands(statement):
                if isinstance(var, Var):
                    found.setdefault(var, []).append(statement)
        for var in inner.terminator.values:
            if isinstance(var, Var):
                found.setdefault(var, []).append(None)
    return found


def _unpackable(statement: Statement) -> tuple[Var, ...]:
    """The results that can be bound to a tuple of names."""
    plain = isinstance(statement, Bind) and not is_write(statement)
    return statement.outs if plain or isinstance(statement, Call) else ()


def _items(var: Var, readers: list[Statement | None], inside: set[int]) -> dict[int, Bind]:
    """The reads of single items of a tuple, by position, if there are no other reads."""
    kind = var.type
    if not isinstance(kind, Tup) or kind.cls is not None or not readers:
        return {}
    found: dict[int, Bind] = {}
    for reader in readers:
        position = _item_position(reader, var, len(kind.items))
        if position is None or position in found or id(reader) not in inside:
            return {}
        assert isinstance(reader, Bind)
        found[position] = reader
    return found


def _item_position(reader: Statement | None, var: Var, length: int) -> int | None:
    if not isinstance(reader, Bind) or reader.op is not ops.GETITEM or len(reader.path) != 1:
        return None
    (step,) = reader.path
    if not isinstance(step, IndexStep) or not step.single or reader.args != (var,):
        return None
    (component,) = step.components
    named = is_name(reader.out.hint)
    plain = type(component) is int and 0 <= component < length
    return component if plain and named else None


def _number(value: int) -> Expr:
    return Form("number", (), str(value))

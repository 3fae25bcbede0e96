"""The state of a function that is being printed: one `Local` for each variable of the page, and the
expressions of atoms. What is folded or cheap is written out where it is read."""

from __future__ import annotations

from s2sad.analysis.versions import written_by
from s2sad.emit.alias import Aliases, Buffers, is_write
from s2sad.emit.aliasing import aliases_of, written_slots
from s2sad.emit.cheap import cheap_binds
from s2sad.emit.headers import Header, idle_counts, superfluous
from s2sad.emit.hints import given_names, is_poor, suggestions
from s2sad.emit.questions import (
    instances,
    is_name,
    items,
    readers,
    unpackable,
)
from s2sad.emit.tapes import plan_tapes
from s2sad.emit.tree import (
    Apply,
    Expr,
    Form,
    Lit,
    Local,
    Pattern,
    Ref,
    Stmt,
)
from s2sad.ir import ops
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Program,
    Undefined,
    Var,
    While,
)
from s2sad.ir.types import Tup
from s2sad.ir.walk import (
    all_blocks,
    all_statements,
    blocks,
    definitions,
    use_counts,
)
from s2sad.runtime.classes import is_plain, maker

EMPTY: Buffers = frozenset()


class PageState:
    """A function on its way to the page: its variables, and what is written where they are read."""

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
        self.conditions = {s.cond for s in all_statements(function.body) if isinstance(s, While)}
        self._share_tests()
        self.suggested = suggestions(function)
        self.given = given_names(function)
        self._simplify_counts()
        self._unify()
        self.cheap = cheap_binds(function, self.aliases, self.root)
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

    def _share_tests(self) -> None:
        """`a and b` reads `a` once, although its branch tests it and gives it."""
        for statement in all_statements(self.function.body):
            if isinstance(statement, If) and len(statement.outs) == 1:
                given = [b.terminator.values[0] for b in blocks(statement) if not b.statements]
                test = statement.test
                shared = isinstance(test, Var) and any(v is test for v in given)
                if shared and self.uses.get(test) == 2:  # type: ignore[arg-type]
                    self.uses[test] = 1  # type: ignore[index]

    def _find_unpacked(self) -> None:
        """Tuples of which only items are read, all in the block that makes them."""
        found = readers(self.function.body)
        self.elements = {
            s.body: s.body.params[len(s.inits) :]
            for s in all_statements(self.function.body)
            if isinstance(s, For)
        }
        for block in all_blocks(self.function.body):
            elements = self.elements.get(block, ())
            here = [v for s in block.statements for v in unpackable(s)]
            inside = {id(s) for s in block.statements}
            for var in (*here, *elements):
                read = items(var, found.get(var, []), inside)
                if read and (len(read) > 1 or var in elements):
                    self._unpack(var, read)

    def _unpack(self, var: Var, read: dict[int, Bind]) -> None:
        """Binds names to the items of a tuple; those that nothing reads are `_`."""
        assert isinstance(var.type, Tup)
        self.cheap.pop(var, None)
        self.unpacked[var] = tuple(
            self.local(read[k].out) if k in read else Local("_", kind)
            for k, kind in enumerate(var.type.items)
        )
        self.dropped.update(bind.out for bind in read.values())

    # -- variables

    def _unify(self) -> None:
        for statement in all_statements(self.function.body):
            if isinstance(statement, Bind) and is_write(statement):
                self.same(statement.args[0], statement.outs[0])
            elif isinstance(statement, Call):
                for before, after in written_by(statement):
                    self.same(before, after)
            elif isinstance(statement, (For, While)):
                for param, out in zip(statement.body.params, statement.outs, strict=False):
                    self.same(param, out)
            if isinstance(statement, While):
                for param, read in zip(statement.body.params, statement.cond.params, strict=True):
                    self.same(param, read)

    def root(self, var: Var) -> Var:
        found = var
        while found in self.parents:
            found = self.parents[found]
        while var is not found:
            self.parents[var], var = found, self.parents[var]
        return found

    def same(self, first: Atom, second: Var) -> None:
        if not isinstance(first, Var):
            return
        root, other = self.root(first), self.root(second)
        if root is not other:
            self.parents[other] = root
            if not is_name(self.hints.get(root, root.hint)):
                self.hints[root] = self.hints.get(other, other.hint)

    def local(self, var: Var) -> Local:
        """The page's variable for one of the IR."""
        root = self.root(var)
        if root not in self.locals:
            hint = self.hints.get(root, root.hint)
            poor = is_poor(hint, self.given)
            fallback = self.suggested.get(var) or self.suggested.get(root, "") if poor else ""
            self.locals[root] = Local(hint, root.type, fallback=fallback)
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

    def is_stack(self, kept: Var) -> bool:
        return kept in self.popped

    def tape(self, var: Var) -> Local:
        """The list of a stack, which is that of the stack around it where that is flat."""
        while var in self.tapes.flat:
            var = self.tapes.flat[var]
        return self.local(var)

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
            return self.constructed(args, **dict(bind.static))
        return Apply(bind, args)

    def constructed(self, args: tuple[Expr, ...], cls: type, names: tuple[str, ...] = ()) -> Expr:
        """An object of a class that the arguments bring along, `type(line)(a, b)`, or that the
        page knows by its name."""
        for param in self.function.params if is_plain(cls, names) else ():
            for path in instances(param.var.type, cls, Ref(self.local(param.var))):
                return Form("apply", (Form("call", (path,), "type"), *args))
        if cls.__module__.split(".")[0] == "numpy":
            return Form("tuple", args)
        name, _ = maker(cls, names)
        if not is_plain(cls, names):
            args = tuple(Form("keyword", (a,), n) for n, a in zip(names, args, strict=True))
        return Form("call", args, name)

"""Statements: from the IR to statement trees.

Needs a function whose copies are in place. A temporary that is used once goes into the
expression of its use if no write in between could change what it reads. Versions become one
`Local` each chain of writes, slots and results of a loop one `Local`. What remains is a program
of assignments, with parallel moves at the ends of blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2sad.emit.alias import is_write
from s2sad.emit.folding import plan
from s2sad.emit.inplace import omitted
from s2sad.emit.loops import (
    Around,
    early_appends,
    element_reads,
    ending,
    flowing,
    for_loop,
    while_loop,
)
from s2sad.emit.page import PageState
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


def trees(program: Program) -> tuple[Def, ...]:
    """The functions of the program as trees."""
    return tuple(_function(PageState(program, function)) for function in program.functions)


def _function(page: PageState) -> Def:
    """The tree of a function."""
    params = []
    seeds = [p.var for p in page.function.params if p.var.hint == "out_bar"]
    for param in page.function.params:
        entry = page.function is page.program.entry
        fixed = entry or param.kind == "keyword" or seeds == [param.var]
        local = Local(param.var.hint, param.var.type, fixed=fixed)
        page.locals[page.root(param.var)] = local
        params.append((param, local))
    body = page.function.body
    unpacked = list(_saved_values(page))
    plan(page, body, frozenset())
    made = [*unpacked, *statements(page, body, None)]
    silent = omitted(page.program, page.function.name)
    returned = (v for k, v in enumerate(body.terminator.values) if k not in silent)
    values = tuple(page.expr(v) for v in returned)
    made, values = _name_result(made, values)
    made.append(Return(values))
    return Def(page.function.name, tuple(params), tuple(made))


def _saved_values(page: PageState) -> Iterator[Stmt]:
    """What the forward function saved, as names, where it is only read item by item."""
    for saved in (p.var for p in page.function.params):
        if not isinstance(saved.type, Saved):
            continue
        read = saved_items(page.function.body, saved)
        if read:
            page.dropped.update(bind.out for bind in read.values())
            targets = tuple(
                page.local(read[k].out) if k in read else Local("_", saved.type)
                for k in range(len(saved.type.items))
            )
            yield Assign(targets, Ref(page.local(saved)), None)


def statements(page: PageState, block: Block, context: Around | None) -> Iterator[Stmt]:
    """The lines of a block, its end aside."""
    for position, statement in enumerate(block.statements):
        yield from element_reads(page, block, position)
        following = block.statements[position + 1 : position + 2]
        if isinstance(statement, If) and _is_condition(page, statement, following, block):
            continue
        if not _is_silent(page, statement):
            yield from _trees_of(page, statement, context)
        if context is not None and context.loop.body is block:
            yield from early_appends(page, context, defined(statement), statement.origin)


def _is_condition(
    page: PageState, branch: If, following: tuple[Statement, ...], block: Block
) -> bool:
    """Whether a branch only gives the test of the next statement, or of the loop whose
    condition the block is: it is written there."""
    if len(branch.outs) != 1 or page.uses.get(branch.outs[0]) != 1:
        return False
    (out,) = branch.outs
    tests = [s.test for s in following if isinstance(s, If)]
    loop = not following and block in page.conditions and block.terminator.values == (out,)
    if not (tests == [out] or loop):
        return False
    then, orelse = (_arm_body(page, branch, arm, None) for arm in (branch.then, branch.orelse))
    choice = _choice_tree(page, branch, then, orelse)
    if not isinstance(choice, Assign):
        return False
    page.inlined[out] = choice.value
    return True


def _is_silent(page: PageState, statement: Statement) -> bool:
    """Whether a statement needs no line: it is folded, or nothing reads it any more."""
    if not isinstance(statement, Bind) or len(statement.outs) != 1:
        return False
    out = statement.outs[0]
    return out in page.folded or out in page.dropped or out in page.cheap


# -- statements


def _trees_of(page: PageState, statement: Statement, context: Around | None) -> Iterator[Stmt]:
    if isinstance(statement, Bind):
        yield _bind_tree(page, statement)
    elif isinstance(statement, Call):
        yield _call_tree(page, statement)
    elif isinstance(statement, If):
        yield from _branch_tree(page, statement, context)
    elif isinstance(statement, For):
        yield from for_loop(page, statement, statements)
    elif isinstance(statement, Try):
        yield _try_tree(page, statement)
    else:
        yield from while_loop(page, statement, statements)


def _bind_tree(page: PageState, bind: Bind) -> Stmt:
    if is_write(bind):
        base = bind.args[0]
        assert isinstance(base, Var)
        args = tuple(page.expr(a) for a in bind.args)
        if bind.op is ops.POP:
            value = Form("method", (args[0],), "pop")
            return Assign(page.local(bind.outs[1]), value, bind.origin)
        return Write(bind, page.local(base), args, bind.origin)
    if not bind.outs or (bind.op.effect == "outside" and not page.used(bind.outs[0])):
        return Effect(page.applied(bind), bind.origin)
    if len(bind.outs) == 1:
        return Assign(page.target(bind.out), page.applied(bind), bind.origin)
    return Assign(tuple(page.target(o) for o in bind.outs), page.applied(bind), bind.origin)


def _call_tree(page: PageState, call: Call) -> Stmt:
    callee = next(f for f in page.program.functions if f.name == call.callee)
    args = tuple(
        Form("keyword", (_passed(page, call, j),), p.var.hint)
        if p.kind == "keyword"
        else _passed(page, call, j)
        for j, p in enumerate(callee.params)
    )
    value = Form("call", args, call.callee)
    written = dict(call.writes)
    outs = tuple(page.target(o) for k, o in enumerate(call.outs) if k not in written)
    if not outs:
        return Effect(value, call.origin)
    return Assign(outs if len(outs) > 1 else outs[0], value, call.origin)


def _passed(page: PageState, call: Call, j: int) -> Expr:
    """What stands for a parameter: an atom, or a view for the callee to write."""
    view = reading(call, j)
    return page.expr(call.args[j]) if view is None else page.applied(view)


def _branch_tree(page: PageState, branch: If, context: Around | None) -> Iterator[Stmt]:
    then = _arm_body(page, branch, branch.then, context)
    orelse = _arm_body(page, branch, branch.orelse, context)
    choice = _choice_tree(page, branch, then, orelse)
    if choice is not None:
        yield choice
    else:
        yield Branch(page.expr(branch.test), then, orelse, branch.origin)


def _try_tree(page: PageState, node: Try) -> Stmt:
    handlers = tuple(
        Except(
            handler.classes,
            page.local(handler.block.params[0]) if handler.block.params else None,
            _unbound(page, node, handler.block),
            _arm_body(page, node, handler.block, None),
        )
        for handler in node.handlers
    )
    manager = None
    if node.manager is not None:
        made = Bind((), node.manager.op, node.manager.args, node.manager.static)
        manager = page.applied(made)
    return Guarded(_arm_body(page, node, node.body, None), handlers, manager, node.origin)


def _unbound(page: PageState, node: Try, block: Block) -> tuple[Local, ...]:
    """The outs that a handler leaves unbound."""
    pairs = zip(node.outs, block.terminator.values, strict=True)
    return tuple(page.local(out) for out, v in pairs if flowing(page, v) is None)


def _arm_body(
    page: PageState, branch: If | Try, block: Block, context: Around | None
) -> tuple[Stmt, ...]:
    plan(page, block, frozenset())
    body = list(statements(page, block, context))
    if not (body and raises(body[-1])):
        body += ending(page, block, branch.outs, context)
    return tuple(body)


def _choice_tree(
    page: PageState, branch: If, then: tuple[Stmt, ...], orelse: tuple[Stmt, ...]
) -> Stmt | None:
    """A conditional expression, where both arms only give a value to the same variable."""
    ends = [arm[0] for arm in (then, orelse) if len(arm) == 1]
    if len(ends) != 2 or len(branch.outs) != 1:
        return None
    values = [e.pairs[0][1] for e in ends if isinstance(e, Move) and len(e.pairs) == 1]
    if len(values) != 2 or any(v is None for v in values):
        return None
    args = (page.expr(branch.test), values[0], values[1])
    return Assign(page.local(branch.outs[0]), Form("choice", args), branch.origin)  # type: ignore[arg-type]


def _name_result(
    statements: list[Stmt], values: tuple[Expr, ...]
) -> tuple[list[Stmt], tuple[Expr, ...]]:
    """Where a reverse sweep follows, the primal's result is put aside as `out` before it."""
    start = next((k for k, s in enumerate(statements) if _is_reverse(s)), None)
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


def _is_reverse(stmt: Stmt) -> bool:
    return stmt.origin is not None and stmt.origin.sweep == "reverse"

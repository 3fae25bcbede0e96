"""Loops on the page: headers, tapes (lists that grow and shrink), moves at the ends of bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from s2sad.emit.folding import plan
from s2sad.emit.headers import Header, plan_header
from s2sad.emit.page import PageState
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
from s2sad.ir.data import Atom, Bind, Block, Const, Exit, For, Undefined, Var, While, Yield
from s2sad.ir.types import INT
from s2sad.ir.walk import (
    defined,
    exits,
    statement_reads,
    unique,
)
from s2sad.origins import Origin


@frozen
class Around:
    """The loop around: its statement, which `ys` are appended where their value is made, and
    those by their value."""

    loop: For | While
    early: frozenset[int]
    kept: dict[Atom, list[int]]


# What prints the statements of a block, its end aside.
Statements = Callable[[PageState, Block, Around | None], Iterator[Stmt]]


def ending(
    page: PageState, block: Block, targets: tuple[Var, ...], context: Around | None
) -> Iterator[Stmt]:
    """The moves at the end of an arm or of a body."""
    end = block.terminator
    origin = block.statements[-1].origin if block.statements else None
    if isinstance(end, Exit):
        yield from _leave(page, end, context, origin)
        return
    yield from _moves(page, targets, end.values[: len(targets)], origin)


def _moves(
    page: PageState, targets: tuple[Var, ...], values: tuple[Atom, ...], origin: Origin | None
) -> Iterator[Stmt]:
    pairs = tuple((page.local(t), flowing(page, v)) for t, v in zip(targets, values, strict=True))
    pairs = tuple((t, v) for t, v in pairs if v != Ref(t))
    if pairs:
        yield Move(pairs, origin)


def flowing(page: PageState, value: Atom) -> Expr | None:
    """The value that a variable takes; nothing where it stays unbound."""
    return None if isinstance(value, Undefined) else page.expr(value)


def _leave(
    page: PageState, end: Exit, context: Around | None, origin: Origin | None
) -> Iterator[Stmt]:
    assert context is not None
    loop = context.loop
    slots = len(loop.inits)
    for k, value in enumerate(end.values[slots:]):
        if _keeps(page, loop, k) and k not in context.early:
            yield _append_tree(page, loop, k, page.expr(value), origin)
    yield from _moves(page, loop.body.params[:slots], end.values[:slots], origin)
    if loop.exit is not None and page.used(loop.exit):
        yield Assign(page.local(loop.exit), number(end.number), origin)
    yield Break(origin)


def _empty_tape(page: PageState, loop: For | While, kept: Var, header: Header | None) -> Expr:
    if _by_position(page, loop, kept, header):
        assert header is not None and header.length is not None
        return Form("nones", (header.length,))
    return Form("list")


def _by_position(page: PageState, loop: For | While, kept: Var, header: Header | None) -> bool:
    """Whether values are stored at their position: in reverse loops with an index."""
    if header is None or header.length is None or page.is_stack(kept):
        return False
    return isinstance(loop, For) and loop.reverse


def _keeps(page: PageState, loop: For | While, k: int) -> bool:
    """Whether a trip adds to `ys[k]` itself: what is flat was added inside."""
    kept = loop.ys[k]
    end = loop.body.terminator
    value = end.values[len(loop.inits) + k]
    return page.used(kept) and not (isinstance(value, Var) and value in page.tapes.flat)


def _append_tree(
    page: PageState, loop: For | While, k: int, value: Expr, origin: Origin | None
) -> Stmt:
    kept = loop.ys[k]
    header = page.headers.get(loop)
    if header is not None and header.index and _by_position(page, loop, kept, header):
        return Store(page.local(kept), header.index, value, origin)
    return Effect(Form("method", (Ref(page.tape(kept)), value), "append"), origin)


def _opening(page: PageState, loop: For | While, header: Header | None = None) -> Iterator[Stmt]:
    slots = len(loop.inits)
    yield from _moves(page, loop.body.params[:slots], loop.inits, loop.origin)
    for kept in loop.ys:
        if page.used(kept) and kept not in page.tapes.flat:
            yield Assign(page.local(kept), _empty_tape(page, loop, kept, header), loop.origin)
    for counter in (loop.trips, loop.exit):
        if counter is not None and page.used(counter):
            yield Assign(page.local(counter), number(0), loop.origin)


def _early_ys(loop: For | While) -> frozenset[int]:
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
    page: PageState, context: Around, made: tuple[Var, ...], origin: Origin | None
) -> Iterator[Stmt]:
    places = sorted(k for value in made for k in context.kept.get(value, ()))
    for k in places:
        value = context.loop.body.terminator.values[len(context.loop.inits) + k]
        yield _append_tree(page, context.loop, k, page.expr(value), origin)


def _loop_body(page: PageState, loop: For | While, inside: Statements) -> tuple[Stmt, ...]:
    block = loop.body
    slots = len(loop.inits)
    kept: dict[Atom, list[int]] = {}
    early = _early_ys(loop)
    for k in sorted(early):
        if _keeps(page, loop, k):
            kept.setdefault(block.terminator.values[slots + k], []).append(k)
    context = Around(loop, early, kept)
    plan(page, block, frozenset(v for v in kept if isinstance(v, Var)))
    body: list[Stmt] = []
    if loop.trips is not None and page.used(loop.trips):
        body.append(_count_up(page, loop.trips, loop.origin))
    _plan_elements(page, loop, context)
    body += element_reads(page, block, -1)
    body += early_appends(page, context, block.params, loop.origin)
    body += inside(page, block, context)
    body += element_reads(page, block, len(block.statements))
    if isinstance(block.terminator, Yield):
        for k, value in enumerate(block.terminator.values[slots:]):
            if _keeps(page, loop, k) and k not in context.early:
                body.append(_append_tree(page, loop, k, page.expr(value), None))
    body += ending(page, block, block.params[:slots], context)
    return tuple(body)


def _plan_elements(page: PageState, loop: For | While, context: Around) -> None:
    """Where elements that the header doesn't bind are popped or read: before the first
    statement that needs them."""
    header = page.headers.get(loop)
    if header is None:
        return
    block = loop.body
    kept = {block.terminator.values[len(loop.inits) + k] for k in context.early}
    roots = page.roots[block]
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
        single = _pops_into(page, block, at, param)
        if single:
            page.inlined[param] = value
        elif at is None and param is header.must_pop:
            page.reads.setdefault((block, -1), []).append(Effect(value, loop.origin))
        elif at is not None:
            later = block.statements[at : at + 1] if at >= 0 else ()
            origin = later[0].origin if later else None
            place = Assign(page.target(param), value, origin)
            page.reads.setdefault((block, at), []).append(place)


def _pops_into(page: PageState, block: Block, at: int | None, param: Var) -> bool:
    """Whether a popped value goes straight into the write that restores it."""
    if at is None or not 0 <= at < len(block.statements) or page.uses.get(param) != 1:
        return False
    statement = block.statements[at]
    return (
        isinstance(statement, Bind) and statement.op is ops.SETITEM and statement.args[1] is param
    )


def element_reads(page: PageState, block: Block, position: int) -> list[Stmt]:
    return page.reads.get((block, position), [])


def _count_up(page: PageState, trips: Var, origin: Origin | None) -> Stmt:
    bind = Bind((trips,), ops.ADDITEM, (trips, Const(1, INT)), (("sign", "+"),), (), origin)
    return Write(bind, page.local(trips), (Ref(page.local(trips)), number(1)), origin)


def for_loop(page: PageState, loop: For, inside: Statements) -> Iterator[Stmt]:
    header = plan_header(loop, page)
    yield from header.before
    yield from _opening(page, loop, header)
    page.headers[loop] = header
    body = _loop_body(page, loop, inside)
    if header.value is None:
        assert header.stack is not None
        yield Loop(None, Ref(header.stack), body, loop.origin)
    else:
        yield Loop(header.target, header.value, body, loop.origin)
    if loop.reverse:
        for kept in loop.ys:
            if page.used(kept) and not page.is_stack(kept) and header.length is None:
                yield Effect(Form("method", (Ref(page.local(kept)),), "reverse"), loop.origin)


def while_loop(page: PageState, loop: While, inside: Statements) -> Iterator[Stmt]:
    yield from _opening(page, loop)
    plan(page, loop.cond, frozenset())
    before = tuple(inside(page, loop.cond, None))
    test = page.expr(loop.cond.terminator.values[0])
    body = _loop_body(page, loop, inside)
    if not before:
        yield Loop(None, test, body, loop.origin)
        return
    leave = Branch(Form("not", (test,)), (Break(loop.origin),), (), loop.origin)
    true = Lit(Const(True, INT))
    yield Loop(None, true, (*before, leave, *body), loop.origin)

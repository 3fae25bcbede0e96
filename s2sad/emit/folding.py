"""What folds: a temporary that is used once goes into the expression of its use, if no write in
between could change what it reads."""

from __future__ import annotations

from dataclasses import field

from s2sad.analysis.raising import may_raise
from s2sad.analysis.versions import written_by
from s2sad.emit.alias import Buffers, is_write, written
from s2sad.emit.page import PageState
from s2sad.emit.questions import (
    is_cotangent,
    is_name,
)
from s2sad.frozen import frozen
from s2sad.ir import ops
from s2sad.ir.data import (
    Bind,
    Block,
    Call,
    For,
    Statement,
    Try,
    Var,
    While,
)
from s2sad.ir.walk import (
    blocks,
    defined,
    operands,
)

Uses = dict[Var, list[tuple[int, bool]]]
# The deepest expression (syntax trees are walked by recursion), and the largest one in the
# reverse sweep, counted in operations.
DEEPEST = 40
LARGEST = 7
EMPTY: Buffers = frozenset()


@frozen
class _Facts:
    """A block while it is decided what folds: where variables are used, what each statement
    may write; into which statement each one goes (`roots`), how deep, and how large that is."""

    block: Block
    uses: Uses
    changes: list[Buffers]
    roots: dict[int, int] = field(default_factory=dict)
    depths: dict[int, int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)


def _uses_in(block: Block) -> Uses:
    """Where each variable is read: the positions of statements, or that behind the last."""
    uses: Uses = {}
    for position, statement in enumerate(block.statements):
        for atom in operands(statement):
            if isinstance(atom, Var):
                uses.setdefault(atom, []).append((position, True))
    for atom in block.terminator.values:
        if isinstance(atom, Var):
            uses.setdefault(atom, []).append((len(block.statements), True))
    return uses


def may_end(statement: Statement) -> bool:
    """Whether an exception of one's own may be raised in a statement, or one caught: what may raise
    before it isn't evaluated behind it."""
    if isinstance(statement, Try):
        return bool(statement.handlers)
    if isinstance(statement, Bind):
        return statement.op.name in ("raise", "assert", "print")
    return any(may_end(s) for block in blocks(statement) for s in block.statements)


def plan(page: PageState, block: Block, kept: frozenset[Var]) -> None:
    """Decides what folds in a block; `kept` are the values appended where they are made."""
    facts = _Facts(block, _uses_in(block), [_changes(page, s) for s in block.statements])
    page.roots[block] = facts.roots
    for position in reversed(range(len(block.statements))):
        statement = block.statements[position]
        facts.roots[position] = position
        if not _movable(page, statement) or page.uses.get(statement.outs[0], 0) != 1:
            continue
        assert isinstance(statement, Bind)
        if statement.out in kept or _ends_arm(page, facts, statement):
            page.folded[statement.out] = statement
        elif _has_place(page, facts, statement):
            _put(page, facts, position, statement)


def _ends_arm(page: PageState, facts: _Facts, bind: Bind) -> bool:
    """Whether a named value is the result that an arm gives."""
    return is_name(bind.out.hint) and _is_result(
        page, facts.block, facts.uses.get(bind.out), bind.out
    )


def _has_place(page: PageState, facts: _Facts, bind: Bind) -> bool:
    """Whether the only use of a value can take the expression in."""
    uses = facts.uses.get(bind.out)
    if not uses or (is_name(bind.out.hint) and not _merges(page, facts.block, uses, bind)):
        return False
    return _accepts(facts.block, uses[0][0], bind.out)


def _put(page: PageState, facts: _Facts, position: int, bind: Bind) -> None:
    """Folds a binding, unless what it reads is written meanwhile, or too much is there."""
    statements = facts.block.statements
    consumer = facts.uses[bind.out][0][0]
    root = facts.roots.get(consumer, consumer)
    reads: Buffers = EMPTY.union(*(page.aliases.deep_of(a) for a in bind.args))
    between = facts.changes[position + 1 : min(root, len(statements))]
    repeated = root < len(statements) and _is_cheap(page, statements[root])
    if (repeated and reads) or any(reads & buffers for buffers in between):
        return
    if bind.origin is not None and bind.origin.sweep == "forward" and may_raise(bind):
        passed = statements[position + 1 : min(root, len(statements))]
        if any(map(may_end, passed)):
            return
    depth, size = facts.depths.get(consumer, 0) + 1, facts.sizes.get(root, 0) + 1
    derived = bind.origin is not None and bind.origin.sweep != "forward"
    if depth > DEEPEST or (derived and size > LARGEST):
        return
    page.folded[bind.out] = bind
    facts.roots[position] = root
    facts.depths[position], facts.sizes[root] = depth, size


def _is_cheap(page: PageState, statement: Statement) -> bool:
    return any(out in page.cheap for out in defined(statement))


def _changes(page: PageState, statement: Statement) -> Buffers:
    """All that a statement may write."""
    found: Buffers = EMPTY
    if isinstance(statement, Bind):
        return written(page.aliases, statement) if is_write(statement) else EMPTY
    if isinstance(statement, Call):
        return frozenset().union(*(page.aliases.deep_of(a) for a in statement.args))
    for block in blocks(statement):
        for inner in block.statements:
            found |= _changes(page, inner)
    if isinstance(statement, (For, While)):
        # A slot that is written takes over the buffer that it starts from.
        for init, param in zip(statement.inits, statement.body.params, strict=False):
            if page.aliases.deep_of(param) & found:
                found |= page.aliases.deep_of(init)
    return found


def _is_result(
    page: PageState, block: Block, uses: list[tuple[int, bool]] | None, out: Var
) -> bool:
    """Whether a value is only what a `return` in a branch gives, computed last."""
    if out.hint != "out" or block is page.function.body or not uses:
        return False
    made = page.made[out]
    return uses[0][0] == len(block.statements) and block.statements[-1] is made


def _merges(page: PageState, block: Block, uses: list[tuple[int, bool]] | None, bind: Bind) -> bool:
    """Whether a cotangent goes into the sum, or the tuple, that its own statement adds to."""
    if not uses or not is_cotangent(bind) or uses[0][0] >= len(block.statements):
        return False
    consumer = block.statements[uses[0][0]]
    if not isinstance(consumer, Bind) or consumer.origin is None or bind.origin is None:
        return False
    if block is page.function.body and consumer.op is ops.TUPLE:
        return False
    if consumer.outs[0].hint == bind.out.hint and not is_write(consumer):
        return consumer.origin.statement == bind.origin.statement
    same = consumer.origin.statement == bind.origin.statement
    sums = consumer.op is ops.ADDITEM or (consumer.op.name == "add" and is_cotangent(consumer))
    return (same and sums) or (consumer.op is ops.TUPLE and bool(consumer.out.hint))


def _movable(page: PageState, statement: Statement) -> bool:
    """Whether a binding can be written where its result is read."""
    if not isinstance(statement, Bind) or is_write(statement) or len(statement.outs) != 1:
        return False
    if statement.op.effect == "outside":
        return False
    out = statement.out
    return not (out in page.dropped or out in page.unpacked or out in page.cheap)


def _accepts(block: Block, consumer: int, out: Var) -> bool:
    if consumer == len(block.statements):
        return True
    statement = block.statements[consumer]
    if isinstance(statement, Bind) and is_write(statement):
        return statement.args[0] is not out
    if isinstance(statement, Call):
        return all(before is not out for before, _ in written_by(statement))
    return True

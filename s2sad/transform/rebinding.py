"""Writes of a whole array whose old content is still needed become new arrays.

Before:

    q: float64[n] = truediv(x, s)
    x.1: float64[n] = setitem(x[...], q)
    y.1: float64[n] = additem(y[...], e) sign='+'
    yield x.1, y.1, x, y                          # x and y are kept

After:

    x.1: float64[n] = truediv(x, s)
    y.1: float64[n] = add(y, e)
    yield x.1, y.1, x, y

A write in place would need a copy first. Where nobody reads the old content any more, the
write stays as it was written.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.analysis.infer import NoExample, infer
from s2sad.ir.data import Atom, Bind, Block, Function, IndexStep, Path, SliceStep, Statement, Var
from s2sad.ir.ops import ADDITEM, GETITEM, OPERATORS, SETITEM
from s2sad.ir.types import Num, Type
from s2sad.ir.walk import map_blocks, statement_reads, substitute, unique

SIGNS = {"+": OPERATORS["add"], "-": OPERATORS["sub"]}
FULL = SliceStep(None, None, None)


def is_whole(path: Path, kind: Type) -> bool:
    """Whether a path names all of an array, in its order: `x[...]`, `x[:]`."""
    if not isinstance(kind, Num) or not kind.is_array or not kind.shape or len(path) > 1:
        return False
    if not path:
        return True
    step = path[0]
    return (
        isinstance(step, IndexStep)
        and all(part is Ellipsis or part == FULL for part in step.components)
        and sum(part == FULL for part in step.components) <= len(kind.shape)
    )


def run(function: Function) -> Function:
    """The function with such writes as new arrays."""
    return replace(function, body=_block(function.body))


def _block(block: Block) -> Block:
    block = replace(block, statements=tuple(map_blocks(s, _block) for s in block.statements))
    last = _last_reads(block)
    for position in reversed(range(len(block.statements))):
        changed = _rebound(block, position, last)
        if len(changed.statements) < len(block.statements):
            last = _last_reads(changed)
        block = changed
    return block


def _last_reads(block: Block) -> dict[Var, int]:
    """The position of the last statement that reads each variable; the end comes behind all."""
    found: dict[Var, int] = {}
    for position, statement in enumerate(block.statements):
        found.update(dict.fromkeys(statement_reads(statement), position))
    found.update(dict.fromkeys(unique(block.terminator.values), len(block.statements)))
    return found


def _rebound(block: Block, position: int, last: dict[Var, int]) -> Block:
    """The block with the write at a position as a new array, if it is one to be changed."""
    write = block.statements[position]
    if not isinstance(write, Bind) or write.op not in (SETITEM, ADDITEM):
        return block
    before = write.args[0]
    if not isinstance(before, Var) or not is_whole(write.path, before.type):
        return block
    if last[before] == position:
        return block
    return (
        _stored(block, position, write) if write.op == SETITEM else _added(block, position, write)
    )


def _stored(block: Block, position: int, write: Bind) -> Block:
    """`x[...] = q`, where q was made here for it: q itself."""
    value, out = write.args[1], write.out
    made = next((k for k in range(position) if _makes(block.statements[k], value)), None)
    if made is None or not isinstance(value, Var) or not _alike(value.type, out.type):
        return block
    maker = block.statements[made]
    assert isinstance(maker, Bind)
    renamed = replace(maker, outs=(out,))
    rest = replace(block, statements=block.statements[made + 1 : position])
    middle = substitute(rest, {value: out}).statements
    tail = substitute(replace(block, statements=block.statements[position + 1 :]), {value: out})
    return replace(tail, statements=(*block.statements[:made], renamed, *middle, *tail.statements))


def _makes(statement: Statement, value: Atom) -> bool:
    if not isinstance(statement, Bind) or statement.op in (GETITEM, SETITEM, ADDITEM):
        return False
    return statement.op.result == "fresh" and statement.outs == (value,)


def _alike(a: Type, b: Type) -> bool:
    return (
        isinstance(a, Num)
        and isinstance(b, Num)
        and a.is_array
        and a.dtype == b.dtype is not None
        and a.shape == b.shape
    )


def _added(block: Block, position: int, write: Bind) -> Block:
    """`x += e`: `x + e`, where that has the same type."""
    operation = SIGNS.get(str(dict(write.static).get("sign", "+")))
    if operation is None:
        return block
    args = write.args[:2]
    try:
        kind = infer(operation, args, {})
    except NoExample:
        return block
    if not _alike(kind, write.out.type):
        return block
    new = replace(write, op=operation, args=args, static=(), path=())
    statements = (*block.statements[:position], new, *block.statements[position + 1 :])
    return replace(block, statements=statements)

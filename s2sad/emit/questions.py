"""Questions about the IR that printing asks: who reads a tuple's items, what may stay unbound."""

from __future__ import annotations

from collections.abc import Iterator

from s2sad.emit.alias import is_write
from s2sad.emit.tree import (
    Expr,
    Form,
    Lit,
)
from s2sad.ir import ops
from s2sad.ir.data import (
    Bind,
    Block,
    Call,
    Const,
    IndexStep,
    Statement,
    Var,
)
from s2sad.ir.types import STR, Dct, Lst, Obj, Saved, Tup, Type
from s2sad.ir.walk import (
    all_blocks,
    operands,
)


def is_name(hint: str) -> bool:
    """Whether a hint is a name that somebody gave, and not a temporary's."""
    return hint.isidentifier()


def is_cotangent(bind: Bind) -> bool:
    return bind.outs[0].hint.endswith(("_bar", ".bar"))


def readers(block: Block) -> dict[Var, list[Statement | None]]:
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


def unpackable(statement: Statement) -> tuple[Var, ...]:
    """The results that can be bound to a tuple of names."""
    plain = isinstance(statement, Bind) and not is_write(statement)
    return statement.outs if plain or isinstance(statement, Call) else ()


def items(var: Var, readers: list[Statement | None], inside: set[int]) -> dict[int, Bind]:
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
    position = _position_of(reader, length)
    if position is None or not isinstance(reader, Bind) or reader.args != (var,):
        return None
    return position if is_name(reader.out.hint) else None


def instances(kind: Type, cls: type, path: Expr) -> Iterator[Expr]:
    """Expressions for objects of a class inside a value of some type."""
    if isinstance(kind, (Tup, Obj)) and kind.cls is cls:
        yield path
    if isinstance(kind, Tup):
        for k, item in enumerate(kind.items):
            yield from instances(item, cls, Form("item", (path, number(k))))
    if isinstance(kind, Lst):
        yield from instances(kind.item, cls, Form("item", (path, number(0))))
    if isinstance(kind, Dct):
        for key, item in kind.items:
            step = Lit(Const(key, STR))
            yield from instances(item, cls, Form("item", (path, step)))


def number(value: int) -> Expr:
    return Form("number", (), str(value))


def saved_items(body: Block, saved: Var) -> dict[int, Bind]:
    """The reads of the items by position, if each is read once, in the function's own block."""
    assert isinstance(saved.type, Saved)
    length = len(saved.type.items)
    inside = {id(s) for s in body.statements}
    found: dict[int, Bind] = {}
    for reader in readers(body).get(saved, []):
        position = _position_of(reader, length)
        if position is None or position in found or id(reader) not in inside:
            return {}
        assert isinstance(reader, Bind)
        found[position] = reader
    return found


def _position_of(reader: Statement | None, length: int) -> int | None:
    if not isinstance(reader, Bind) or reader.op is not ops.GETITEM or len(reader.path) != 1:
        return None
    (step,) = reader.path
    if not isinstance(step, IndexStep) or not step.single:
        return None
    (component,) = step.components
    return component if type(component) is int and 0 <= component < length else None

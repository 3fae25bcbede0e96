"""Printing of writes in place."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.emit.expressions import BINARY, expression, filled, follow, index, step_of
from s2sad.emit.nodes import (
    Names,
    attribute,
    call,
    dotted,
    name,
    number,
    subscript,
    tuple_of,
    wrong,
)
from s2sad.emit.tree import Apply, Expr, Ref, Write
from s2sad.ir import ops
from s2sad.ir.data import AttributeStep, Bind, IndexStep, Step
from s2sad.ir.types import ARRAY, Num

SIGNS = {"+": gast.Add, "-": gast.Sub, "*": gast.Mult, "/": gast.Div}


# -- writes


def write(stmt: Write, names: Names) -> Any:
    """The statement of a write in place."""
    bind = stmt.bind
    args = [expression(a, names) for a in stmt.args]
    if bind.op is ops.APPEND:
        return gast.Expr(call(attribute(args[0], "append"), args[1:]))
    if bind.op is ops.SCATTER_ADD:
        return _scatter(bind, args)
    if bind.op is ops.ADDITEM:
        sign = SIGNS[dict(bind.static)["sign"]]()
        return gast.AugAssign(target(args[0], bind.path, args), sign, args[1])
    update = _update(stmt)
    if update is not None:
        sign, value = update
        return gast.AugAssign(target(args[0], bind.path, args), sign, expression(value, names))
    return gast.Assign([target(args[0], bind.path, args)], args[1], None)


def _scatter(bind: Bind, args: list[Any]) -> Any:
    *before, last = bind.path
    if not isinstance(last, IndexStep):
        raise wrong("np.add.at needs an index")
    base = follow(args[0], tuple(before), args)
    where = _without_colons(index(last, args))
    return gast.Expr(call(dotted("np.add.at"), [base, where, args[1]]))


def _without_colons(node: Any) -> Any:
    """An index as a value: `a:b` stands between brackets only."""
    if isinstance(node, gast.Tuple):
        return tuple_of([_without_colons(item) for item in node.elts])
    if not isinstance(node, gast.Slice):
        return node
    bounds = [number(None) if b is None else b for b in (node.lower, node.upper, node.step)]
    while len(bounds) > 2 and isinstance(bounds[-1], gast.Constant) and bounds[-1].value is None:
        bounds.pop()
    return call(name("slice"), bounds)


def target(node: Any, path: tuple[Step, ...], args: list[Any]) -> Any:
    """The target of an assignment: `node[...]`, the last step being stored to."""
    if not path:
        node.ctx = gast.Store()
        return node
    node = follow(node, path[:-1], args)
    last = path[-1]
    if isinstance(last, IndexStep):
        return subscript(node, index(last, args), gast.Store())
    if isinstance(last, AttributeStep):
        return gast.Attribute(node, last.name, gast.Store())
    return subscript(step_of(node, last, args), number(...), gast.Store())


def _update(stmt: Write) -> tuple[Any, Expr] | None:
    """`x[p] = x[p] op e` as `x[p] op= e`, where the paths are the same."""
    value = stmt.args[1]
    if stmt.bind.op is not ops.SETITEM or not isinstance(value, Apply):
        return None
    sign = BINARY.get(value.bind.op.name)
    if value.bind.op.style != "operator" or sign is None or len(value.args) != 2:
        return None
    old = value.args[0]
    if not isinstance(old, Apply) or old.bind.op is not ops.GETITEM or sign is gast.MatMult:
        return None
    array = isinstance(stmt.base.type, Num) and ARRAY in stmt.base.type.forms
    same = old.args[0] == Ref(stmt.base) and _same_path(stmt, old)
    return (sign(), value.args[1]) if same and array and _closed(value) else None


def _closed(value: Apply) -> bool:
    """Whether writing `op=` gives what `=` would: the element's type is that of the result."""
    old, result = value.args[0], value.bind.outs[0].type
    kind = old.bind.outs[0].type if isinstance(old, Apply) else None
    if not isinstance(kind, Num) or not isinstance(result, Num):
        return False
    return bool(kind.dtype == result.dtype and kind.dtype and kind.shape == result.shape)


def _same_path(stmt: Write, old: Apply) -> bool:
    return bool(filled(stmt.bind.path, stmt.args) == filled(old.bind.path, old.args))

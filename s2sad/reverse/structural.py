"""The adjoints of the operations that aren't calls: reads and writes of parts, containers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.indexing import path_type, view_args
from s2sad.analysis.infer import type_of
from s2sad.errors import Diagnostic, InternalError, UnsupportedError
from s2sad.ir.data import (
    Atom,
    Bind,
    Const,
    IndexStep,
    Path,
    Var,
    ViewStep,
)
from s2sad.ir.ops import (
    ADDITEM,
    APPEND,
    GETITEM,
    OPERATORS,
    POP,
    SCATTER_ADD,
    SELECT,
    SETITEM,
)
from s2sad.ir.paths import shifted
from s2sad.ir.types import FLOAT, INT, Dct, Lst, Num, Obj, Saved, Tup
from s2sad.ir.walk import path_holes
from s2sad.reverse.apply import reverse_library
from s2sad.reverse.cotangents import Struct, contribute, split, total, whole, zero_like
from s2sad.reverse.levels import Level, add, need
from s2sad.reverse.operations import ADDED, ZERO, ZEROS, bar, call, library, operate
from s2sad.reverse.paths import moved, repeats
from s2sad.reverse.places import unflattened
from s2sad.reverse.shapes import fitted, projected
from s2sad.rules.operations import attribute, operation
from s2sad.rules.views import goes_through_flat, is_flat, is_read_only, sign_of
from s2sad.transform.rebinding import is_whole


def _goes_by_rule(level: Level, statement: Bind, step: ViewStep) -> bool:
    """Whether a view has the adjoint of its function, instead of an addition through it."""
    base = statement.args[0]
    if not (isinstance(base, Var) and isinstance(base.type, Num) and len(statement.path) == 1):
        return False
    locked = is_read_only(step.op) or not _is_view(step)
    return base not in level.cotangents or locked


def _reverse_getitem(level: Level, statement: Bind) -> None:
    base = statement.args[0]
    step = statement.path[0]
    if isinstance(step, ViewStep) and _goes_by_rule(level, statement, step):
        args = (base, *view_args(step, statement.args))
        reverse_library(
            level, replace(statement, op=step.op, args=args, static=step.static, path=())
        )
        return
    value = level.cotangents.pop(statement.out)
    if not isinstance(base, Var) or base not in level.sweep.active:
        return
    if len(statement.path) == 1 and isinstance(base.type, (Tup, Dct, Obj, Saved)):
        key = getattr(step, "name", None)
        if key is None:
            assert isinstance(step, IndexStep)
            key = step.components[0]
        if isinstance(key, int) and isinstance(base.type, Tup):
            key %= len(base.type.items)
        contribute(level, base, Struct({key: value}))
        return
    if isinstance(value, Struct):
        value = whole(level, statement.out, value)
    if isinstance(base.type, Num) and not base.type.may_be_array:
        # `y[..., None]` of a NumPy scalar: an array of one element.
        contribute(level, base, library(level, np.sum, (value,)))
        return
    holes = tuple(need(level, h) for h in statement.args[1:])
    old = _real_buffer(level, base)
    level.cotangents[base] = _added(level, statement, base, old, value, holes)


def _real_buffer(level: Level, base: Var) -> Atom:
    """The cotangent of an array or list that is about to be added to in part."""
    old = level.cotangents.get(base)
    if old is None:
        made = zero_like(level, base)
        assert not isinstance(made, Struct)
        return made
    return _whole_buffer(level, base, old)


def _whole_buffer(level: Level, base: Var, value: Any) -> Atom:
    """A cotangent made real; that of a complex array is complex, since parts of it are written."""
    made = whole(level, base, value)
    kind = base.type
    if isinstance(kind, Num) and kind.dtype in ("complex64", "complex128"):
        return projected(level, made, kind, exact=True)
    return made


def _added(
    level: Level, statement: Bind, base: Var, old: Atom, value: Atom, holes: tuple[Atom, ...]
) -> Var:
    path = shifted(tuple(moved(s, 0) for s in statement.path), 1)
    last = statement.path[-1]
    args: tuple[Atom, ...] = (old, value, *holes)
    if isinstance(base.type, Lst) and not isinstance(statement.out.type, Num):
        read = tuple(moved(s, 0) for s in statement.path)
        part = add(level, GETITEM, (old, *holes), statement.out.type, "", (), read)
        summed = add(level, ADDED, (part, value), statement.out.type, "")
        return add(level, SETITEM, (old, summed, *holes), base.type, bar(base), (), path)
    if isinstance(last, IndexStep) and isinstance(base.type, Num) and repeats(level, statement):
        if is_flat(path[:-1]):
            path, args = unflattened(level, base.type, path, args)
        return add(level, SCATTER_ADD, args, base.type, bar(base), (), path)
    if _is_vector_reshaped(statement, base):
        # What is seen of a vector in another shape is added to it as a vector.
        flat = library(level, np.reshape, (value, Const(-1, INT)))
        path, args = path[:-1], (old, flat, *holes[: len(set(path_holes(path[:-1])))])
    elif isinstance(last, ViewStep) and isinstance(base.type, Num) and not _is_view(last):
        raise UnsupportedError(
            (
                Diagnostic(
                    "S302", "this view can't be added to in the reverse sweep", statement.origin
                ),
            )
        )
    sign = "+" if sign_of(path) > 0 else "-"
    return add(level, ADDITEM, args, base.type, bar(base), (("sign", sign),), path)


def _is_vector_reshaped(statement: Bind, base: Var) -> bool:
    """Whether the last step of a path gives a vector another shape."""
    last = statement.path[-1]
    if not (isinstance(last, ViewStep) and last.op.rule in (np.reshape, np.ravel)):
        return False
    before = path_type(base.type, statement.path[:-1], statement.args)
    return isinstance(before, Num) and before.shape is not None and len(before.shape) == 1


def _is_view(step: ViewStep) -> bool:
    return step.op.result == "view"


def _reverse_write(level: Level, statement: Bind) -> None:
    """`u1 = setitem(u0, p, v)`: v_bar = u_bar[p], and what was overwritten has none."""
    u_bar = _whole_buffer(level, statement.out, level.cotangents.pop(statement.out))
    base, value = statement.args[:2]
    holes = tuple(need(level, h) for h in statement.args[2:])
    read = tuple(moved(s, -1) for s in statement.path)
    if isinstance(value, Var) and value in level.sweep.active:
        kind = path_type(statement.out.type, statement.path, statement.args)
        hint = bar(value)
        part = add(level, GETITEM, (u_bar, *holes), kind, hint, (), read)
        taken: Atom = part
        if statement.op is SETITEM and repeats(level, statement):
            taken = _last_wins(level, statement, u_bar, part, holes)
        contribute(level, value, _stored_bar(level, statement, taken, part, value))
    if not isinstance(base, Var) or base not in level.sweep.active:
        return
    if is_whole(statement.path, base.type):
        return  # nothing of the old content is left
    zero = _zero_of(statement, level)
    kind = statement.out.type
    cleared = add(
        level, SETITEM, (u_bar, zero, *holes), kind, bar(statement.out), (), statement.path
    )
    level.cotangents[base] = (
        cleared
        if base not in level.cotangents
        else total(level, base, level.cotangents[base], cleared)
    )


def _stored_bar(level: Level, statement: Bind, taken: Atom, part: Var, value: Var) -> Any:
    """The cotangent of a stored value, from that of the place where it was stored."""
    taken = _signed(level, statement.path, taken, value)
    if not isinstance(value.type, Num):
        return taken
    if goes_through_flat(statement.path) and value.type.shape != () and statement.op is SETITEM:
        # Through `.flat` values are taken in order, whatever their shape.
        source = need(level, value)
        assert isinstance(source, Var)
        shaped = call(level, operation(np.reshape), (taken, _measure(level, "shape", source)))
        return projected(level, shaped, value.type)
    return fitted(level, taken, value, part, broadcasts=True)


def _signed(level: Level, path: Path, taken: Atom, value: Var) -> Atom:
    return taken if sign_of(path) > 0 else operate(level, "neg", taken, hint=bar(value))


def _zero_of(statement: Bind, level: Level) -> Atom:
    kind = path_type(statement.out.type, statement.path, statement.args)
    whole_array = isinstance(statement.out.type, Num)
    if isinstance(kind, Num) and (whole_array or not kind.may_be_array):
        return ZERO
    value = statement.args[1]
    assert isinstance(value, Var)
    return add(level, ZEROS, (need(level, value),), kind, "")


def _measure(level: Level, name: str, array: Var) -> Var:
    measure = attribute(name)
    assert measure is not None
    return call(level, measure, (array,))


def _last_wins(
    level: Level, statement: Bind, u_bar: Atom, part: Var, holes: tuple[Atom, ...]
) -> Atom:
    """Of repeated indices in a write only the last one is seen: the others get no cotangent."""
    whole_kind, part_kind = type_of(u_bar), part.type
    assert isinstance(whole_kind, Num) and isinstance(part_kind, Num)
    integers = Num(whole_kind.forms, "int64", whole_kind.shape)
    size, shape = (_measure(level, name, part) for name in ("size", "shape"))
    count = library(level, np.arange, (size,))
    order = add(
        level,
        operation(np.reshape),
        (count, shape),
        Num(part_kind.forms, "int64", part_kind.shape),
        "order",
    )
    dtype = (("dtype", int),)
    blank = add(level, operation(np.zeros_like), (u_bar,), integers, "writer", dtype)
    writer = add(level, SETITEM, (blank, order, *holes), integers, "writer", (), statement.path)
    read = tuple(moved(s, -1) for s in statement.path)
    last = add(level, GETITEM, (writer, *holes), order.type, "", (), read)
    stays = call(level, OPERATORS["eq"], (last, order))
    return add(level, operation(np.where), (stays, part, Const(0.0, FLOAT)), part.type, part.hint)


def _reverse_additem(level: Level, statement: Bind) -> None:
    """`u1 = additem(u0, p, e)`: e_bar = u_bar[p]; the cotangent of u0 is that of u1."""
    u_bar = level.cotangents.pop(statement.out)
    base, value = statement.args[:2]
    if isinstance(value, Var) and value in level.sweep.active:
        u_bar = whole(level, statement.out, u_bar)
        contribute(level, value, _part_of(level, statement, value, u_bar))
    if isinstance(base, Var) and base in level.sweep.active:
        level.cotangents[base] = (
            u_bar
            if base not in level.cotangents
            else total(level, base, level.cotangents[base], u_bar)
        )


def _repeated_add(level: Level, statement: Bind) -> bool:
    return statement.op is ADDITEM and bool(statement.path) and repeats(level, statement)


def _part_of(level: Level, statement: Bind, value: Var, u_bar: Atom) -> Any:
    holes = tuple(need(level, h) for h in statement.args[2:])
    read = tuple(moved(s, -1) for s in statement.path)
    part: Atom = u_bar
    if statement.path:
        kind = path_type(statement.out.type, statement.path, statement.args)
        part = add(level, GETITEM, (u_bar, *holes), kind, bar(value), (), read)
    taken = part
    if _repeated_add(level, statement):
        assert isinstance(part, Var)
        taken = _last_wins(level, statement, u_bar, part, holes)
    sign = dict(statement.static).get("sign", "+")
    if sign not in ("+", "-"):
        raise InternalError(
            (Diagnostic("S904", f"an update by `{sign}` before storage", statement.origin),)
        )
    if (sign == "-") != (sign_of(statement.path) < 0):
        taken = operate(level, "neg", taken, hint=bar(value))
    if isinstance(value.type, Num):
        return fitted(level, taken, value, part, broadcasts=True)
    return taken


def _reverse_display(level: Level, statement: Bind) -> None:
    """A tuple, list, dict or object: each part gets its part of the cotangent."""
    value = level.cotangents.pop(statement.out)
    keys = _display_keys(statement)
    for key, item in zip(keys, statement.args, strict=True):
        if not (isinstance(item, Var) and item in level.sweep.active):
            continue
        contribute(level, item, _part(level, statement, value, key, item))


def _reverse_rebuilt(level: Level, statement: Bind) -> None:
    """An object of the class of its first argument: a display of the others."""
    _reverse_display(level, replace(statement, args=statement.args[1:]))


def _display_keys(statement: Bind) -> list[Any]:
    kind = statement.out.type
    if isinstance(kind, (Dct, Obj)):
        return [k for k, _ in kind.items]
    return list(range(len(statement.args)))


def _part(level: Level, statement: Bind, value: Any, key: Any, item: Var) -> Any:
    if isinstance(statement.out.type, Lst) and not isinstance(value, Struct):
        step = IndexStep((key,))
        return add(level, GETITEM, (value,), item.type, bar(item), (), (step,))
    return split(level, statement.out, value).parts.get(key)


def _reverse_append(level: Level, statement: Bind) -> None:
    items_bar = whole(level, statement.out, level.cotangents.pop(statement.out))
    items, item = statement.args
    rest = Var(bar(statement.out), statement.out.type, level.origin)
    kind = type_of(item)
    item_bar = Var(bar(item) if isinstance(item, Var) else "", kind, level.origin)
    level.statements.append(Bind((rest, item_bar), POP, (items_bar,), (), (), level.origin))
    contribute(level, item, item_bar)
    contribute(level, items, rest)


def _reverse_pop(level: Level, statement: Bind) -> None:
    rest, item = statement.outs
    items = statement.args[0]
    if not (isinstance(items, Var) and items in level.sweep.active):
        return
    item_bar = whole(level, item, level.cotangents.pop(item, None))
    rest_bar = whole(level, rest, level.cotangents.pop(rest, None))
    contribute(level, items, add(level, APPEND, (rest_bar, item_bar), items.type, bar(items)))


def _reverse_copy(level: Level, statement: Bind) -> None:
    contribute(level, statement.args[0], level.cotangents.pop(statement.out))


def _reverse_select(level: Level, statement: Bind) -> None:
    """`a if test else b` of two numbers, of a guard: the one that was chosen."""
    value = level.cotangents.pop(statement.out)
    test = need(level, statement.args[0])
    for position, argument in enumerate(statement.args[1:]):
        if isinstance(argument, Var) and argument in level.sweep.active:
            chosen = (value, ZERO) if position == 0 else (ZERO, value)
            part = add(level, SELECT, (test, *chosen), statement.out.type, bar(argument))
            contribute(level, argument, fitted(level, part, argument, part, broadcasts=False))


ADJOINTS: dict[str, Any] = {
    "getitem": _reverse_getitem,
    "setitem": _reverse_write,
    "additem": _reverse_additem,
    "scatter_add": _reverse_additem,
    "tuple": _reverse_display,
    "list": _reverse_display,
    "dict": _reverse_display,
    "construct": _reverse_display,
    "rebuilt": _reverse_rebuilt,
    "append": _reverse_append,
    "pop": _reverse_pop,
    "copy": _reverse_copy,
    "select": _reverse_select,
}

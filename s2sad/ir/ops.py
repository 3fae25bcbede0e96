"""The structural operations, Python's operators, and how library functions become operations.

Everything a `Bind` can do is an `Op`; these are the ones that are not simply a library call.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir.data import AttributeStep, Hole, IndexStep, Op, Path, SliceStep, Step
from s2sad.runtime.classes import built
from s2sad.runtime.helpers import fresh_copy


def _fill(part: Any, holes: tuple[Any, ...]) -> Any:
    if isinstance(part, Hole):
        return holes[part.position]
    if isinstance(part, SliceStep):
        return slice(*(_fill(bound, holes) for bound in (part.start, part.stop, part.step)))
    return part


def index_value(step: IndexStep, args: tuple[Any, ...]) -> Any:
    """The index object of a step: `x[index_value(step, args)]`."""
    components = tuple(_fill(c, args) for c in step.components)
    return components[0] if step.single else components


def follow(value: Any, step: Step, args: tuple[Any, ...]) -> Any:
    """One step of a path, read as Python reads it."""
    if isinstance(step, IndexStep):
        return value[index_value(step, args)]
    if isinstance(step, AttributeStep):
        return getattr(value, step.name)
    return step.op.function(value, *(_fill(a, args) for a in step.args), **dict(step.static))


def _getitem(*args: Any, path: Path) -> Any:
    value = args[0]
    for step in path:
        value = follow(value, step, args)
    return value


def _store(base: Any, path: Path, args: tuple[Any, ...], write: Callable[[Any], Any]) -> None:
    for step in path[:-1]:
        base = follow(base, step, args)
    last = path[-1]
    if isinstance(last, IndexStep):
        index = index_value(last, args)
        base[index] = write(lambda: base[index])
    elif isinstance(last, AttributeStep):
        setattr(base, last.name, write(lambda: getattr(base, last.name)))
    else:
        view = follow(base, last, args)
        view[...] = write(lambda: view[...])


def _setitem(base: Any, value: Any, *holes: Any, path: Path) -> Any:
    """`base` with `value` at `path`, on a copy."""
    result = fresh_copy(base)
    _store(result, path, (base, value, *holes), lambda _: value)
    return result


_UPDATES: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
}


def _additem(base: Any, value: Any, *holes: Any, path: Path, sign: str) -> Any:
    """`base[path] += value` (or -=) on a copy; the whole of `base` where the path is empty."""
    result = fresh_copy(base)
    if not path:
        return _UPDATES[sign](result, value)
    _store(result, path, (base, value, *holes), lambda old: _UPDATES[sign](old(), value))
    return result


def _scatter_add(base: Any, value: Any, *holes: Any, path: Path) -> Any:
    """`np.add.at(base<path[:-1]>, path[-1], value)` on a copy: repeated indices add up."""
    result = fresh_copy(base)
    args = (base, value, *holes)
    target = result
    for step in path[:-1]:
        target = follow(target, step, args)
    last = path[-1]
    assert isinstance(last, IndexStep)
    np.add.at(target, index_value(last, args), value)
    return result


def _append(items: list[Any], value: Any) -> list[Any]:
    return [*items, value]


def _pop(items: list[Any]) -> tuple[list[Any], Any]:
    return items[:-1], items[-1]


def _dict(*values: Any, keys: tuple[Any, ...]) -> dict[Any, Any]:
    return dict(zip(keys, values, strict=True))


def _construct(*values: Any, cls: type, names: tuple[str, ...] = ()) -> Any:
    return built(cls, names, values)


def structural(
    name: str, function: Callable[..., Any], result: str = "fresh", effect: str = "pure"
) -> Op:
    return Op(name, function, "structural", function, result, effect)


# args (base, *holes); path. A view of base for basic indices, else a copy.
GETITEM = structural("getitem", _getitem, "either", "raises")
# args (base, value, *holes); path. The new version of base.
SETITEM = structural("setitem", _setitem, "fresh", "raises")
# args (base, value, *holes); path, static sign "+" or "-". The new version of base.
ADDITEM = structural("additem", _additem, "fresh", "raises")
# args (base, value, *holes); path whose last step is an index. `np.add.at`.
SCATTER_ADD = structural("scatter_add", _scatter_add, "fresh", "raises")
# args (list, value): the new version of the list.
APPEND = structural("append", _append)
# args (list,); outs (new version of the list, its last item).
POP = structural("pop", _pop, "fresh", "raises")
TUPLE = structural("tuple", lambda *items: tuple(items), "either")
LIST = structural("list", lambda *items: list(items), "either")
# static keys
DICT = structural("dict", _dict, "either")
# static cls, and names of the attributes (none for a NamedTuple): an object, from its attributes
CONSTRUCT = structural("construct", _construct, "either")
# args (start, stop, step)
RANGE_OP = structural("range", range)
LEN = structural("len", len)
# A whole copy that the ownership pass inserts: arrays by `.copy()`, containers leaf by leaf.
COPY = structural("copy", fresh_copy)
# `then if test else orelse` on atoms: args (test, then, orelse)
SELECT = structural("select", lambda test, a, b: a if test else b, "either")
# `assert test`, args (test,); raise: args (exception,)
NOT = Op("not_", operator.not_, "operator")


def operator_op(name: str, function: Callable[..., Any], rule: Callable[..., Any] | None) -> Op:
    return Op(name, function, "operator", rule)


OPERATORS: dict[str, Op] = {
    name: operator_op(name, getattr(operator, name), rule)
    for name, rule in {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "truediv": np.divide,
        "floordiv": np.floor_divide,
        "mod": np.remainder,
        "pow": np.power,
        "matmul": np.matmul,
        "neg": np.negative,
        "pos": np.positive,
        "invert": np.invert,
        "and_": np.bitwise_and,
        "or_": np.bitwise_or,
        "xor": np.bitwise_xor,
        "lshift": np.left_shift,
        "rshift": np.right_shift,
        "eq": np.equal,
        "ne": np.not_equal,
        "lt": np.less,
        "le": np.less_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
        "is_": None,
        "is_not": None,
        "contains": None,
    }.items()
}

OPERATORS["not_"] = NOT

"""Reads and writes at a path, for all directions at once: `x[i]` becomes `x[:, i]`, in containers
at the arrays that they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s2sad.analysis.indexing import index_type, path_type, view_args
from s2sad.analysis.infer import type_of
from s2sad.batch.rules import batch_library
from s2sad.batch.scope import (
    WHOLE,
    OneByOne,
    Scope,
    aligned,
    give,
    moves,
    rank_of,
    read,
    spread,
)
from s2sad.ir.calls import placed
from s2sad.ir.data import (
    Atom,
    Bind,
    Hole,
    IndexStep,
    Path,
    SliceStep,
    Step,
    Var,
    ViewStep,
)
from s2sad.ir.ops import ADDITEM, GETITEM
from s2sad.ir.types import Lst, Num, Tup, Type
from s2sad.ir.walk import path_holes
from s2sad.rules.operations import attribute


def batch_getitem(scope: Scope, statement: Bind) -> None:
    """A read: index by index, a view that isn't an index by the rule of its operation."""
    base, *_ = statement.args
    holes, path = statement.args, statement.path
    if any(moves(scope, holes[h.position]) for h in path_holes(path)):
        raise OneByOne
    steps: list[Step] = []
    start: Atom = base
    for k, step in enumerate(path):
        if not isinstance(step, ViewStep):
            steps.append(step)
            continue
        start, steps = _read(scope, start, steps, holes, None), []
        target = statement.out if k == len(path) - 1 else _unknown(scope, start, step, holes)
        args = (start, *view_args(step, holes))
        viewed = Bind((target,), step.op, args, step.static, (), statement.origin)
        batch_library(scope, viewed)
        start = target
    if steps:
        _read(scope, start, steps, holes, statement.out)


def _unknown(scope: Scope, base: Atom, step: Step, holes: tuple[Atom, ...]) -> Var:
    out = Var("", path_type(type_of(base), (step,), holes))
    scope.batch.moving.add(out)
    return out


def _read(
    scope: Scope, base: Atom, steps: list[Step], holes: tuple[Atom, ...], out: Var | None
) -> Atom:
    """The value that the indices lead to, bound to `out` if it is given."""
    if not steps:
        return base
    target = out or Var("", path_type(type_of(base), tuple(steps), holes))
    scope.batch.moving.add(target)
    path = behind(type_of(base), tuple(steps), holes)
    used = dict.fromkeys(hole.position for hole in path_holes(path))
    path = placed(path, {old: new for new, old in enumerate(used, 1)})
    give(scope, target, GETITEM, (read(scope, base), *(holes[k] for k in used)), path)
    return target


def behind(kind: Type, path: Path, holes: tuple[Atom, ...]) -> Path:
    """A path for a value with the leading axis: the first index of an array begins with `:`."""
    found: list[Step] = []
    for k, step in enumerate(path):
        if isinstance(kind, Num):
            return (*found, *_in_array(kind, path[k:], holes))
        found.append(step)
        kind = path_type(kind, (step,), holes)
    return tuple(found)


def _in_array(kind: Num, path: Path, holes: tuple[Atom, ...]) -> Path:
    made: list[Step] = []
    current: Type | None = kind
    for step in path:
        if isinstance(step, ViewStep) and isinstance(current, Num):
            made += _view(current, step)
            current = path_type(current, (step,), holes)
            continue
        if not isinstance(step, IndexStep) or not isinstance(current, Num):
            raise OneByOne
        if current.shape is None or _is_whole_tuple(step, holes) or _scattered(step, holes):
            raise OneByOne
        made.append(IndexStep((WHOLE, *step.components), single=False))
        current = index_type(current, step, holes)
    return tuple(made)


def _view(kind: Num, step: ViewStep) -> list[Step]:
    """`.T` as what it is behind the leading axis."""
    op = attribute("mT")
    if step.op.name != ".T" or kind.shape is None or len(kind.shape) > 2 or op is None:
        raise OneByOne
    return [replace(step, op=op)] if len(kind.shape) == 2 else []


def _is_whole_tuple(step: IndexStep, holes: tuple[Atom, ...]) -> bool:
    """Whether a value that may be a tuple is the whole index."""
    key = step.components[0] if step.components else None
    if not (step.single and isinstance(key, Hole)):
        return False
    return not isinstance(type_of(holes[key.position]), (Num, Lst))


def _scattered(step: IndexStep, holes: tuple[Atom, ...]) -> bool:
    """Whether arrays (and integers beside them) are not next to one another: then what they
    gather stands in front of all axes."""

    def advanced(component: Any) -> bool:
        if not isinstance(component, Hole):
            return isinstance(component, bool)
        kind = type_of(holes[component.position])
        return isinstance(kind, (Lst, Tup)) or (
            isinstance(kind, Num) and (kind.may_be_array or kind.dtype == "bool")
        )

    if not any(map(advanced, step.components)):
        return False
    places = [k for k, c in enumerate(step.components)
              if not (c is None or c is Ellipsis or isinstance(c, SliceStep))]  # fmt: skip
    return places != list(range(places[0], places[-1] + 1))


def batch_write(scope: Scope, statement: Bind) -> None:
    """`setitem`, `additem` and `scatter_add`: the base has a value for each direction."""
    base, value, *holes = statement.args
    if any(moves(scope, h) for h in holes):
        raise OneByOne
    kind, path, args = type_of(base), statement.path, statement.args
    if isinstance(kind, Num):
        rank_of(base)
    target = path_type(kind, path, args)
    into = path_type(kind, path[:-1], args) if path else kind
    placed = _value(scope, statement, value, target, into)
    changed = (spread(scope, base), placed, *holes)
    give(scope, statement.out, statement.op, changed, behind(kind, path, args),
         **dict(statement.static))  # fmt: skip


def _value(scope: Scope, statement: Bind, value: Atom, target: Type, into: Type) -> Atom:
    """What is written, lined up with the place where it goes. A part of a container is replaced
    as a whole."""
    if not isinstance(into, Num):
        if statement.op is ADDITEM and moves(scope, value) and isinstance(type_of(value), Num):
            if not isinstance(target, Num) or target.shape is None:
                raise OneByOne
            return aligned(scope, value, len(target.shape))
        return spread(scope, value, target)
    if not moves(scope, value):
        return value
    if not isinstance(target, Num) or target.shape is None or rank_of(value) > len(target.shape):
        raise OneByOne
    return aligned(scope, value, len(target.shape))

"""The types of `x[...]`: which axes an index keeps, drops, adds or gathers."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from s2sad.analysis import dims
from s2sad.analysis.infer import infer, type_of
from s2sad.analysis.joins import join, type_of_constant
from s2sad.errors import Diagnostic, InternalError
from s2sad.ir.data import (
    Atom,
    AttributeStep,
    Const,
    Hole,
    IndexStep,
    Path,
    SliceStep,
    Step,
    Var,
    ViewStep,
)
from s2sad.ir.types import ARRAY, NP, Dct, Dim, Lst, Num, Obj, Tup, Type


def step_type(kind: Type, step: Step, holes: tuple[Atom, ...]) -> Type | None:
    """The type of one index or attribute step, or None where it makes no sense."""
    if isinstance(step, IndexStep):
        return index_type(kind, step, holes)
    if isinstance(step, AttributeStep) and isinstance(kind, Obj):
        return dict(kind.items).get(step.name)
    return None


def path_type(kind: Type, path: Path, args: tuple[Atom, ...]) -> Type:
    """The type of what a path reads; `first` is the position of the path's first hole."""
    found: Type | None = kind
    for step in path:
        assert found is not None
        if isinstance(step, ViewStep):
            found = infer(step.op, (Var("", found), *view_args(step, args)), dict(step.static))
        else:
            found = step_type(found, step, args)
    if found is None:
        raise InternalError((Diagnostic("S902", f"a path that doesn't fit {kind}", None),))
    return found


def view_args(step: ViewStep, args: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """What a view takes besides its base."""
    return tuple(
        args[a.position] if isinstance(a, Hole) else Const(a, type_of_constant(a))
        for a in step.args
    )


def index_type(kind: Type, step: IndexStep, holes: tuple[Atom, ...]) -> Type | None:
    if isinstance(kind, Num):
        return _array_index(kind, step, holes)
    if not step.single:
        return None
    key = step.components[0]
    if isinstance(kind, Lst):
        if isinstance(key, SliceStep):
            return Lst(kind.item, dims.fresh(0))
        return dims.refreshed(kind.item)
    if isinstance(kind, Tup):
        return _tuple_index(kind, key)
    if isinstance(kind, Dct):
        return dict(kind.items).get(key)
    return None


def _tuple_index(kind: Tup, key: Any) -> Type | None:
    if isinstance(key, int):
        return kind.items[key] if -len(kind.items) <= key < len(kind.items) else None
    if isinstance(key, Hole) and kind.items:
        result: Type | None = kind.items[0]
        for item in kind.items[1:]:
            result = None if result is None else join(result, item)
        return result
    return None


def is_basic(step: IndexStep, holes: tuple[Atom, ...]) -> bool:
    """Whether the index makes a view: integers, slices, None, Ellipsis only."""
    return all(not _is_advanced(c, holes) for c in step.components)


def _hole_type(component: Hole, holes: tuple[Atom, ...]) -> Type:
    return type_of(holes[component.position])


def _is_advanced(component: Any, holes: tuple[Atom, ...]) -> bool:
    if not isinstance(component, Hole):
        return isinstance(component, bool)
    kind = _hole_type(component, holes)
    if isinstance(kind, Num):
        return kind.may_be_array or kind.dtype == "bool"
    return isinstance(kind, (Lst, Tup))


def _spread(step: IndexStep, holes: tuple[Atom, ...]) -> tuple[IndexStep, tuple[Atom, ...]]:
    """A run-time tuple that is the whole index stands for as many components."""
    key = step.components[0]
    kind = _hole_type(key, holes) if isinstance(key, Hole) and step.single else None
    if not isinstance(kind, Tup):
        return step, holes
    items = tuple(Var("", item) for item in kind.items)
    return IndexStep(tuple(Hole(k) for k in range(len(items))), single=False), items


def _array_index(kind: Num, step: IndexStep, holes: tuple[Atom, ...]) -> Type | None:
    step, holes = _spread(step, holes)
    if kind.shape is None:
        return Num(frozenset({ARRAY, NP}), kind.dtype, None)
    components = _without_ellipsis(step.components, len(kind.shape), holes)
    if components is None:
        return None
    shape, gathered, scalar = _walk(components, kind.shape, holes)
    if shape is None:
        return None
    if not shape and scalar and not any(c is Ellipsis for c in step.components):
        return Num(frozenset({NP}), kind.dtype)
    del gathered
    return Num(frozenset({ARRAY}), kind.dtype, tuple(shape))


def _consumed(component: Any, holes: tuple[Atom, ...]) -> int:
    """How many axes of the array a component stands for."""
    if component is None or component is Ellipsis:
        return 0
    if isinstance(component, Hole):
        found = _hole_type(component, holes)
        if isinstance(found, Num) and found.dtype == "bool":
            return len(found.shape or ())
    return 1


def _without_ellipsis(
    components: tuple[Any, ...], rank: int, holes: tuple[Atom, ...]
) -> list[Any] | None:
    used = sum(_consumed(c, holes) for c in components)
    if used > rank or sum(c is Ellipsis for c in components) > 1:
        return None
    whole = [SliceStep(None, None, None)] * (rank - used)
    if Ellipsis not in [c if c is Ellipsis else None for c in components]:
        return [*components, *whole]
    where = next(k for k, c in enumerate(components) if c is Ellipsis)
    return [*components[:where], *whole, *components[where + 1 :]]


def _walk(
    components: list[Any], shape: tuple[Dim, ...], holes: tuple[Atom, ...]
) -> tuple[list[Dim] | None, bool, bool]:
    """The resulting lengths; whether axes are gathered; whether integers alone were used."""
    result: list[Dim] = []
    gathered: list[tuple[Dim, ...]] = []
    places: list[int] = []
    axis = 0
    for position, component in enumerate(components):
        if component is None:
            result.append(dims.constant(1))
            continue
        if isinstance(component, SliceStep):
            result.append(_slice_dim(shape[axis], component, holes))
        elif _is_advanced(component, holes):
            places.append(position)
            gathered.append(_gathered_shape(component, holes))
            if len(places) == 1:
                front = len(result)
        axis += _consumed(component, holes)
    if not gathered:
        return result, False, True
    together = gathered[0]
    for other in gathered[1:]:
        together = dims.broadcast_shapes(together, other)
    integers = [k for k, c in enumerate(components) if _is_integer(c, holes)]
    everything = sorted([*places, *integers])
    adjacent = everything == list(range(everything[0], everything[-1] + 1))
    where = front if adjacent else 0
    return [*result[:where], *together, *result[where:]], True, False


def _is_integer(component: Any, holes: tuple[Atom, ...]) -> bool:
    if isinstance(component, Hole):
        return not _is_advanced(component, holes)
    return isinstance(component, int)


def _gathered_shape(component: Hole, holes: tuple[Atom, ...]) -> tuple[Dim, ...]:
    kind = _hole_type(component, holes)
    if isinstance(kind, Num):
        if kind.dtype == "bool":
            return (_count(holes[component.position]),)
        return kind.shape if kind.shape is not None else (dims.fresh(0),)
    if isinstance(kind, Tup):
        return (dims.constant(len(kind.items)),)
    if isinstance(kind, Lst):
        return (kind.length or dims.fresh(0),)
    return (dims.fresh(0),)


_counts: WeakKeyDictionary[Atom, Dim] = WeakKeyDictionary()


def _count(mask: Atom) -> Dim:
    """How many elements a mask selects: a length of its own, the same wherever it selects."""
    if mask not in _counts:
        _counts[mask] = dims.fresh(0)
    return _counts[mask]


def _slice_dim(length: Dim, component: SliceStep, holes: tuple[Atom, ...]) -> Dim:
    start, stop = (_bound(b, holes) for b in (component.start, component.stop))
    step = component.step
    if step is None or isinstance(step, int):
        return dims.slice_length(length, start, stop, 1 if step is None else step)
    return dims.fresh(0)


def _bound(bound: Any, holes: tuple[Atom, ...]) -> Dim | None:
    if bound is None:
        return None
    if isinstance(bound, int):
        return dims.constant(bound)
    kind = _hole_type(bound, holes)
    if isinstance(kind, Num) and kind.value is not None:
        return kind.value
    return dims.fresh(None)

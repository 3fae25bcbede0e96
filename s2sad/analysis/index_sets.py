"""Compares which elements two paths into the same value reach: equal, disjoint, or unknown.

Every pass that asks whether two places are the same asks here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    AttributeStep,
    Const,
    Hole,
    IndexStep,
    Path,
    SliceStep,
    Step,
    ViewStep,
)
from s2sad.ir.types import Num

EQUAL = "equal"
DISJOINT = "disjoint"
UNKNOWN = "unknown"


@frozen
class Place:
    """A path with the arguments that its holes name."""

    path: Path
    args: tuple[Atom, ...]


def compare(one: Place, other: Place) -> str:
    """How the elements of the same value at two places relate.

    Equal steps lead to the same value, so the first step that differs decides: if there the two
    can't meet, nothing behind it can. A place that is a prefix of the other overlaps it.
    """
    for mine, theirs in zip(one.path, other.path, strict=False):
        relation = _steps(mine, one.args, theirs, other.args)
        if relation != EQUAL:
            return relation
    return EQUAL if len(one.path) == len(other.path) else UNKNOWN


def _steps(mine: Step, args: tuple[Atom, ...], theirs: Step, other_args: tuple[Atom, ...]) -> str:
    if isinstance(mine, IndexStep) and isinstance(theirs, IndexStep):
        return _indices(mine, args, theirs, other_args)
    if isinstance(mine, AttributeStep) and isinstance(theirs, AttributeStep):
        return EQUAL if mine.name == theirs.name else DISJOINT
    if isinstance(mine, ViewStep) and isinstance(theirs, ViewStep):
        same = mine.op == theirs.op and mine.op.function is theirs.op.function
        parts = _filled(mine.args, args) == _filled(theirs.args, other_args)
        return EQUAL if same and parts and mine.static == theirs.static else UNKNOWN
    return UNKNOWN


def _indices(
    mine: IndexStep, args: tuple[Atom, ...], theirs: IndexStep, other_args: tuple[Atom, ...]
) -> str:
    if _trimmed(mine) != mine or _trimmed(theirs) != theirs:
        mine, theirs = (replace(_trimmed(s), single=False) for s in (mine, theirs))
    left, right = _filled(mine.components, args), _filled(theirs.components, other_args)
    if mine.single == theirs.single and left == right:
        return EQUAL
    for one, other in zip(left, right, strict=False):
        # From an Ellipsis on, a new axis or an array, positions no longer name the same axis.
        if not (_names_axis(one) and _names_axis(other)):
            return UNKNOWN
        if _disjoint(one, other):
            return DISJOINT
    return UNKNOWN


def _trimmed(step: IndexStep) -> IndexStep:
    """The step without full slices at its end: `[i, :]` names what `[i]` names."""
    parts = step.components
    if Ellipsis in parts:
        return step
    while len(parts) > 1 and parts[-1] == SliceStep(None, None, None):
        parts = parts[:-1]
    return step if parts == step.components else replace(step, components=parts)


def _filled(parts: tuple[Any, ...], args: tuple[Atom, ...]) -> tuple[Any, ...]:
    """Components with what stands in their holes: a variable, or a constant's value. Numbers are
    paired with their type, so that True isn't 1."""
    return tuple(_part(part, args) for part in parts)


def _part(part: Any, args: tuple[Atom, ...]) -> Any:
    if isinstance(part, SliceStep):
        return ("slice", *_filled((part.start, part.stop, part.step), args))
    if isinstance(part, Hole):
        atom = args[part.position]
        return _part(atom.value, args) if isinstance(atom, Const) else atom
    return (type(part), part)


def _integer(part: Any) -> int | None:
    return part[1] if isinstance(part, tuple) and part[0] is int else None


def _is_slice(part: Any) -> bool:
    return isinstance(part, tuple) and part[0] == "slice"


def _is_scalar_variable(part: Any) -> bool:
    kind = getattr(part, "type", None)
    return isinstance(kind, Num) and not kind.may_be_array and kind.dtype == "int64"


def _names_axis(part: Any) -> bool:
    """Whether the component takes exactly one axis, and selects by number."""
    if isinstance(part, tuple):
        return part[0] in (int, str) or part[0] == "slice"
    return _is_scalar_variable(part)


def _disjoint(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple) and one[0] is other[0] is str:
        return bool(one != other)
    if _is_slice(one) and _is_slice(other):
        return _slices_disjoint(one, other) or _slices_disjoint(other, one)
    if _is_slice(one):
        return _outside(other, one)
    if _is_slice(other):
        return _outside(one, other)
    return _integers_differ(one, other)


def _integers_differ(one: Any, other: Any) -> bool:
    """Two constants of the same sign differ as they read; -1 and 2 may be the same element."""
    a, b = _integer(one), _integer(other)
    return a is not None and b is not None and a != b and (a < 0) == (b < 0)


def _bounds(part: Any) -> tuple[Any, Any] | None:
    """Start and stop of a slice of step 1 or more that selects upwards; None for others."""
    _, start, stop, step = part
    if step != (type(None), None) and (_integer(step) or 0) < 1:
        return None
    return start, stop


def _slices_disjoint(low: Any, high: Any) -> bool:
    """Whether one ends where, or before, the other begins.

    With constants of the same sign, `:b` and `c:` for b <= c share nothing, whatever the
    length: clipping moves both bounds the same way. With one variable, `:j` and `j:` share
    nothing either: both read j the same way, negative or not.
    """
    first, second = _bounds(low), _bounds(high)
    if first is None or second is None:
        return False
    return _not_above(first[1], second[0])


def _not_above(stop: Any, start: Any) -> bool:
    if _is_scalar_variable(stop):
        return stop is start
    a, b = _integer(stop), _integer(start)
    return a is not None and b is not None and a <= b and (a < 0) == (b < 0)


def _outside(index: Any, part: Any) -> bool:
    """Whether an element lies outside a slice.

    `j` against `:j` and `j` against constants. For j >= 0 the slice ends before element j. For
    j < 0 both mean n + j (an index below -n raises, so nothing is read), and the slice again
    ends before it. No sign is needed: Python and NumPy normalise both by the same rule.
    `j` against `j + 1:` would need it: -1 + 1 is 0, which is the whole of the axis.
    """
    bounds = _bounds(part)
    if bounds is None:
        return False
    start, stop = bounds
    if _is_scalar_variable(index):
        return stop is index
    number, low = _integer(index), _integer(start)
    if number is None:
        return False
    below = low is not None and number < low and (number < 0) == (low < 0)
    high = _integer(stop)
    above = high is not None and number >= high and (number < 0) == (high < 0)
    return below or above

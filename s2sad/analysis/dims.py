"""Arithmetic on lengths: the `Dim`s of types as linear expressions over symbols.

A fresh symbol stands for a length of which only a lower bound is known. Two fresh symbols are
never equal, so forgetting is always safe.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from s2sad.analysis.assumptions import meet
from s2sad.ir.types import Dct, Dim, Lst, Num, Obj, Tup, Type

_serial = itertools.count()
_FRESH = re.compile(r"\?\d+")


def constant(value: int) -> Dim:
    return Dim(value, (), value)


def fresh(least: int | None = 0) -> Dim:
    """A new symbol: a length that equals no other that we know of."""
    return Dim(0, ((f"?{next(_serial)}", 1),), least)


def symbol(name: str, least: int | None = 0) -> Dim:
    return Dim(0, ((name, 1),), least)


def add(a: Dim, b: Dim, sign: int = 1) -> Dim:
    """`a + sign * b`."""
    terms = dict(a.terms)
    for name, coefficient in b.terms:
        terms[name] = terms.get(name, 0) + sign * coefficient
    kept = tuple(sorted((name, c) for name, c in terms.items() if c))
    total = a.constant + sign * b.constant
    if not kept:
        return constant(total)
    return Dim(total, kept, _least_of_sum(a, b, sign))


def _least_of_sum(a: Dim, b: Dim, sign: int) -> int | None:
    if sign == 1 and a.least is not None and b.least is not None:
        return a.least + b.least
    if sign == -1 and a.least is not None and not b.terms:
        return a.least - b.constant
    if sign == -1 and _within(b, a):
        return 0
    return None


def scale(a: Dim, factor: int) -> Dim:
    if factor == 0:
        return constant(0)
    least = a.least * factor if a.least is not None and factor > 0 else None
    terms = tuple((name, c * factor) for name, c in a.terms)
    return Dim(a.constant * factor, terms, least if terms else a.constant * factor)


def positive_part(a: Dim) -> Dim:
    """`max(0, a)`."""
    if not a.terms:
        return constant(max(0, a.constant))
    if a.least is not None and a.least >= 0:
        return a
    return Dim(0, ((f"max(0,{a})", 1),), 0)


def evaluate(a: Dim, sizes: Callable[[str], int]) -> int:
    """The number that a length is under an assignment of its symbols."""
    return a.constant + sum(c * sizes(name) for name, c in a.terms)


def join(a: Dim, b: Dim) -> Dim:
    """A length that stands for either: the same, or a fresh one with the lesser bound."""
    if a == b:
        return a if _bound(a) <= _bound(b) else b
    meet(a, b)
    bounds = _bound(a), _bound(b)
    return fresh(max(0, min(bounds)))


def _bound(a: Dim) -> int:
    return a.constant if not a.terms else (a.least if a.least is not None else -1)


def slice_length(length: Dim, start: Dim | None, stop: Dim | None, step: int | None) -> Dim:
    """The length of `x[start:stop:step]` on an axis; bounds None where they are left out."""
    if step == -1 and start is None and stop is None:
        return length
    if step != 1:
        key = f"slice({length},{start},{stop},{step})" if step is not None else None
        return symbol(key, 0) if key else fresh(0)
    low = constant(0) if start is None else _clipped(length, start, lower=True)
    high = length if stop is None else _clipped(length, stop, lower=False)
    if low is None or high is None:
        return symbol(f"slice({length},{start},{stop})", 0)
    return positive_part(add(high, low, -1))


def _clipped(length: Dim, bound: Dim, *, lower: bool) -> Dim | None:
    """Where a bound falls, before the difference is clipped at 0; None where that depends."""
    if bound == length:
        return length
    meet(bound, length)
    if bound.terms:
        return bound if _within(bound, length) else None
    value = bound.constant
    if value < 0:
        # An upper bound before the beginning gives an empty slice, as the difference does.
        reached = not lower or _bound(length) >= -value
        return add(length, constant(value)) if reached else None
    # A lower bound past a short axis gives an empty slice all the same; an upper one clips.
    return constant(value) if lower or _bound(length) >= value else None


def _within(bound: Dim, length: Dim) -> bool:
    """Whether 0 <= bound <= length for certain: both are multiples of one symbol, `2 * n` and
    `4 * n`."""
    if len(bound.terms) != 1 or len(length.terms) != 1 or _bound(bound) < 0 or _bound(length) < 0:
        return False
    (name, few), (other, many) = bound.terms[0], length.terms[0]
    return name == other and 0 < few <= many and 0 <= bound.constant <= length.constant


def broadcast(a: Dim, b: Dim) -> Dim:
    """The length that two axes have together, if NumPy doesn't raise."""
    if a == b or b.known == 1:
        return a
    if a.known == 1:
        return b
    meet(a, b)
    if a.known is not None and a.known != 1:
        return a
    if b.known is not None and b.known != 1:
        return b
    if a.never_one:
        return a
    if b.never_one:
        return b
    return _together(a, b)


def _together(a: Dim, b: Dim) -> Dim:
    """The length of two axes either of which may be stretched: a symbol made of both, so that
    the same two always have the same length together."""
    parts = sorted({*_parts_of(a), *_parts_of(b)})
    return symbol(f"both({';'.join(parts)})", 0)


def _parts_of(a: Dim) -> list[str]:
    text = str(a)
    return text[5:-1].split(";") if text.startswith("both(") and a.constant == 0 else [text]


def broadcast_shapes(a: tuple[Dim, ...], b: tuple[Dim, ...]) -> tuple[Dim, ...]:
    one = constant(1)
    rank = max(len(a), len(b))
    left = (one,) * (rank - len(a)) + a
    right = (one,) * (rank - len(b)) + b
    return tuple(broadcast(x, y) for x, y in zip(left, right, strict=True))


def broadcasts_to(a: tuple[Dim, ...] | None, whole: tuple[Dim, ...] | None) -> bool:
    """Whether a value of shape `a` may have been stretched to take part in `whole`: then
    its cotangent must be summed. False only where the two are provably of one shape."""
    if a is None or whole is None or len(a) != len(whole):
        return not (a == whole == ())
    return not all(_of_one_length(x, y) for x, y in zip(a, whole, strict=True))


def _of_one_length(a: Dim, b: Dim) -> bool:
    """Whether two lengths that fit are the same for certain."""
    if a == b or (a.never_one and b.never_one):
        return True
    meet(a, b)
    return False


def refreshed(kind: Type) -> Type:
    """The type with new symbols, equal ones staying equal: for another value of the same type."""
    table: dict[str, str] = {}
    return _refresh(kind, table)


def of_other_trips(kind: Type, lasting: frozenset[str] = frozenset()) -> Type:
    """The type in another trip of a loop: symbols that are lengths and integers of the
    function's arguments stay, and those of `lasting`; others become new ones, equal ones staying
    equal."""
    table: dict[str, str] = {}
    return _refresh(kind, table, lasting)


def unknowns(a: Dim) -> frozenset[str]:
    """The fresh symbols that a length is made of."""
    return frozenset(found for name, _ in a.terms for found in _FRESH.findall(name))


def _refresh_dim(a: Dim, table: dict[str, str], lasting: frozenset[str] | None) -> Dim:
    if not a.terms or (lasting is not None and unknowns(a) <= lasting):
        return a
    key = str(a)
    if key not in table:
        table[key] = f"?{next(_serial)}"
    return Dim(0, ((table[key], 1),), a.least)


def _refresh(kind: Type, table: dict[str, str], lasting: frozenset[str] | None = None) -> Type:
    return mapped(kind, lambda a: _refresh_dim(a, table, lasting))


def mapped(kind: Type, change: Callable[[Dim], Dim], *, deep: bool = False) -> Type:
    """The type of a number, or a tuple of them, with each length and integer changed. deep: also
    those inside of lists, dicts and objects."""
    if isinstance(kind, Num):
        shape = None if kind.shape is None else tuple(change(d) for d in kind.shape)
        value = None if kind.value is None else change(kind.value)
        return Num(kind.forms, kind.dtype, shape, value)
    if isinstance(kind, Tup):
        return Tup(tuple(mapped(item, change, deep=deep) for item in kind.items), kind.cls)
    return _mapped_inside(kind, change) if deep else kind


def _mapped_inside(kind: Type, change: Callable[[Dim], Dim]) -> Type:
    if isinstance(kind, Lst):
        length = None if kind.length is None else change(kind.length)
        return Lst(mapped(kind.item, change, deep=True), length)
    if isinstance(kind, Dct):
        return Dct(tuple((k, mapped(item, change, deep=True)) for k, item in kind.items))
    if isinstance(kind, Obj):
        items = tuple((k, mapped(item, change, deep=True)) for k, item in kind.items)
        return Obj(kind.cls, items)
    return kind

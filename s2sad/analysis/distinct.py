"""Whether an index by arrays selects an element twice.

Where it provably doesn't, what is gathered is given back by `x_bar[k] += y_bar` instead of
`np.add.at`, and all that is written stays. Indices are followed to what made them; negative ones
count from the end, so only those of one sign are known to differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from s2sad.analysis.infer import type_of
from s2sad.ir.data import Atom, Bind, Const, Hole, IndexStep, SliceStep, Var
from s2sad.ir.ops import GETITEM, LIST, OPERATORS
from s2sad.ir.types import Lst, Num, Tup

Made = Mapping[Var, Bind]

# Tuples of arrays that together name each element once.
TOGETHER = (np.nonzero, np.triu_indices, np.tril_indices, np.diag_indices)


def selects_once(step: IndexStep, args: tuple[Atom, ...], made: Made) -> bool:
    """Whether the index selects no element twice."""
    holes = [args[c.position] for c in step.components if isinstance(c, Hole)]
    arrays = [atom for atom in holes if not _is_scalar(atom)]
    if all(_is_mask(atom) for atom in arrays):
        return True
    if _together(arrays, made):
        return True
    flat = all(_rank(atom) == 1 for atom in arrays)
    return flat and any(_is_mask(atom) or is_distinct(atom, made) for atom in arrays)


def _is_scalar(atom: Atom) -> bool:
    kind = type_of(atom)
    return isinstance(kind, Num) and not kind.may_be_array and kind.dtype != "bool"


def _is_mask(atom: Atom) -> bool:
    kind = type_of(atom)
    return isinstance(kind, Num) and kind.dtype == "bool"


def _rank(atom: Atom) -> int | None:
    kind = type_of(atom)
    if isinstance(kind, Num):
        return None if kind.shape is None else len(kind.shape)
    if isinstance(atom, Const):
        return np.ndim(atom.value)
    if isinstance(kind, Lst) and isinstance(kind.item, Num) and kind.item.shape == ():
        return 1
    return None


# -- arrays that select together


def _together(arrays: list[Atom], made: Made) -> bool:
    """Whether the arrays are all those that one call gave, each once."""
    if len(arrays) == 1 and isinstance(type_of(arrays[0]), Tup):
        source = _source(arrays[0], made)
        return source is not None and _names_each_once(source, made)
    found = [_place_in_tuple(atom, made) for atom in arrays]
    places = [place for place in found if place is not None]
    if not places or len(places) != len(found):
        return False
    tuples = {id(source) for source, _ in places}
    count = len(getattr(type_of(places[0][0].outs[0]), "items", ()))
    numbers = sorted(number for _, number in places)
    return (
        len(tuples) == 1 and numbers == list(range(count)) and _names_each_once(places[0][0], made)
    )


def _names_each_once(source: Bind, made: Made) -> bool:
    if source.op.rule is np.ix_:
        return all(is_distinct(atom, made) for atom in source.args)
    return any(source.op.rule is f for f in TOGETHER) or (
        source.op.rule is np.where and len(source.args) == 1
    )


def _source(atom: Atom, made: Made) -> Bind | None:
    return made.get(atom) if isinstance(atom, Var) else None


def _place_in_tuple(atom: Atom, made: Made) -> tuple[Bind, int] | None:
    """The call that gave a tuple, and which of its elements an array is."""
    read = _source(atom, made)
    if read is None or read.op != GETITEM or len(read.path) != 1:
        return None
    source, step = _source(read.args[0], made), read.path[0]
    number = step.components[0] if isinstance(step, IndexStep) and step.single else None
    return (source, number) if source is not None and type(number) is int else None


# -- one array of integers


def is_distinct(atom: Atom, made: Made) -> bool:
    """Whether no two elements of an array of integers name the same place."""
    if isinstance(atom, Const):
        return _differ(atom.value)
    bind = _source(atom, made)
    if bind is None:
        return False
    rule = bind.op.rule
    if bind.op == LIST:
        values = [a.value if isinstance(a, Const) else None for a in bind.args]
        return _differ(values)
    if rule in (np.array, np.asarray):
        return is_distinct(bind.args[0], made)
    if rule is np.arange:
        return _counts_up(bind.args)
    if rule in (np.flatnonzero, np.argsort):
        return _rank(bind.args[0]) == 1 or rule is np.flatnonzero
    if bind.op == OPERATORS["add"]:
        return _is_shifted(bind, made)
    return _is_part(atom, bind, made)


def _differ(values: Any) -> bool:
    if not isinstance(values, (list, tuple)) or not all(type(v) is int for v in values):
        return False
    return len(set(values)) == len(values) and len({v < 0 for v in values}) <= 1


def _counts_up(args: tuple[Atom, ...]) -> bool:
    if len(args) == 1:
        return True
    known = [a.value if isinstance(a, Const) else None for a in (args[0], *args[2:])]
    start, step = known[0], known[1] if len(known) > 1 else 1
    return type(start) is int and start >= 0 and type(step) is int and step > 0


def _is_shifted(bind: Bind, made: Made) -> bool:
    """`k + 1` for a `k` that counts up from 0 or more."""
    first, second = bind.args
    counts = _source(first, made)
    shift = second.value if isinstance(second, Const) else None
    up = counts is not None and counts.op.rule is np.arange and _counts_up(counts.args)
    return up and type(shift) is int and shift >= 0


def _is_part(atom: Atom, bind: Bind, made: Made) -> bool:
    """A slice of such an array; the places where a vector is nonzero."""
    place = _place_in_tuple(atom, made)
    if place is not None and _names_each_once(place[0], made):
        return len(getattr(type_of(place[0].outs[0]), "items", ())) == 1
    if bind.op != GETITEM or len(bind.path) != 1 or not isinstance(bind.path[0], IndexStep):
        return False
    parts = bind.path[0].components
    return all(isinstance(c, SliceStep) for c in parts) and is_distinct(bind.args[0], made)

"""Lengths on both sides of a call: what comes back, in the lengths that the caller knows."""

from __future__ import annotations

from s2sad.analysis import dims
from s2sad.ir.types import Dim, Num, Type


def in_lengths(kind: Type, table: dict[str, Dim]) -> Type:
    """The type with symbols replaced; those not in the table get one of their own."""
    return dims.mapped(kind, lambda d: _moved(d, table))


def _moved(dim: Dim, table: dict[str, Dim]) -> Dim:
    result = dims.constant(dim.constant)
    for name, coefficient in dim.terms:
        if name not in table:
            alone = dim.constant == 0 and dim.terms == ((name, 1),)
            table[name] = dims.fresh(dim.least if alone else None)
        result = dims.add(result, dims.scale(table[name], coefficient))
    if result.terms and result.least is None and dim.least is not None:
        return Dim(result.constant, result.terms, dim.least)
    return result


def lengths_of(kinds: list[tuple[Type, Type]]) -> dict[str, Dim]:
    """What the symbols of parameters are at a call: pairs of a parameter's and a value's type."""
    table: dict[str, Dim] = {}
    for inner, outer in kinds:
        if isinstance(inner, Num) and isinstance(outer, Num):
            for mine, theirs in zip(inner.shape or (), outer.shape or (), strict=False):
                if mine.terms and mine.constant == 0 and len(mine.terms) == 1:
                    table.setdefault(mine.terms[0][0], theirs)
    return table

"""What a reverse loop carries and reads, while it is built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from s2sad.analysis import dims
from s2sad.ir.data import (
    Atom,
    Var,
)
from s2sad.ir.types import INT, Num, Type
from s2sad.reverse.levels import Level, need


@dataclass(eq=False)
class Plan:
    """What the reverse loop carries and reads, while it is built."""

    loop: Any
    inner: Level
    slots: dict[int, Var] = field(default_factory=dict)
    inits: dict[int, Atom] = field(default_factory=dict)
    sums: dict[Var, Var] = field(default_factory=dict)
    afters: dict[int, Var] = field(default_factory=dict)
    after_inits: dict[int, Atom] = field(default_factory=dict)
    xs: list[tuple[Atom, Var]] = field(default_factory=list)
    trips: Var | None = None
    exit: Var | None = None
    number: Var | None = None
    position: Var | None = None
    stop: dict[int, Atom] = field(default_factory=dict)
    last: Atom | None = None
    left_by: Atom | None = None


def trips_of(level: Level, plan: Plan) -> Atom:
    """The number of trips that the primal loop began, as the reverse sweep reads it."""
    assert plan.trips is not None
    return need(level, plan.trips)


def count_type() -> Type:
    """The type of a number of trips."""
    return Num(INT.forms, "int64", (), dims.fresh(0))

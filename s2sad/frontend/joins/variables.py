"""The variables of a join, and which names need one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.analysis import dims
from s2sad.frontend.joins.templates import Leaf, Plan, plan_leaves
from s2sad.frontend.state.context import Context, place
from s2sad.frontend.state.heap import Name
from s2sad.ir.data import Atom, Var
from s2sad.ir.types import Num, Type


def settled(kind: Type) -> Type:
    """The type for a new variable: an integer of unknown value gets a symbol of its own."""
    if isinstance(kind, Num) and kind.is_python and kind.dtype == "int64" and kind.value is None:
        return Num(kind.forms, kind.dtype, (), dims.fresh(None))
    return kind


def new_variables(ctx: Context, made: Plan, node: Any = None) -> tuple[Var, ...]:
    """One variable for each leaf of a join."""
    return new_leaves(ctx, plan_leaves(made), node)


def new_leaves(ctx: Context, found: list[Leaf], node: Any = None) -> tuple[Var, ...]:
    """One variable for each leaf."""
    return tuple(Var(leaf.hint, settled(leaf.type), place(ctx, node)) for leaf in found)


def supplier(atoms: tuple[Atom, ...]) -> Callable[[Leaf], Atom]:
    iterator = iter(atoms)
    return lambda leaf: next(iterator)


def is_live(ctx: Context) -> Callable[[Name], bool]:
    """Whether a name may be read after the current statement, in its frame."""
    live: dict[int, frozenset[str]] = {}
    frame: Any = ctx.frame
    while frame is not None:
        live[frame.number] = frame.live_now
        frame = frame.caller

    def check(name: Name) -> bool:
        number, text = name
        return number not in live or text in live[number] or text.startswith("<")

    return check

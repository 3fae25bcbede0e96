"""Which functions are called and which inlined.

A function that would stand on the page again and again is called, if that saves enough: its
body has at least `SMALL` statements of the IR (a line of Python has about three), and what would
be repeated comes to at least `REPEATED` of them. All others are inlined, so that the passes see
through them, and a small helper costs neither a call nor a tuple of saved values.

Copies are counted on the way through the program, those with the same types of arguments
together. Where a function turns out to be worth calling, lowering begins anew with that knowledge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from s2sad.frontend.calls.crossing import Entry, Uncallable, received, template_of
from s2sad.frontend.state.context import CALLED, INLINED, LOOSE, Context, Restart
from s2sad.frontend.state.drafts import DraftIf, DraftTry, Mark, arms
from s2sad.frontend.state.values import Abstract, Closure
from s2sad.ir.data import Block
from s2sad.ir.walk import all_statements, blocks

SMALL = 15
REPEATED = 60


def plan_of(ctx: Context, callee: Closure) -> str | None:
    """How the calls of a function are made, or None: it is inlined, as far as we know."""
    plan = ctx.shared.plan(callee)
    return None if plan == INLINED else plan


@dataclass
class Repeated:
    """One copy of a function that is inlined. Refuses the last one that is too much."""

    ctx: Context
    callee: Closure
    args: list[Abstract]
    keywords: dict[str, Abstract]
    keys: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        ctx = self.ctx
        self.draft, self.start = ctx.draft, len(ctx.draft.statements)
        size = ctx.shared.sizes.get(id(self.callee.node))
        if ctx.sweep == "reverse" or ctx.shared.plan(self.callee) == INLINED:
            return
        if size is not None and size < SMALL:
            return
        self.keys = list(_keys(self))
        for key, plan in zip(self.keys, (LOOSE, CALLED), strict=False):
            copies = ctx.state.copies.get(key, 0)
            if size is not None and size * copies >= REPEATED:
                several = plan == LOOSE and self._differ()
                raise Restart(self.callee, LOOSE if several else CALLED)

    def _differ(self) -> bool:
        """Whether the copies so far were not all for the same constant integers."""
        loose, tight = self.keys
        return self.ctx.state.copies.get(tight) != self.ctx.state.copies.get(loose)

    def note(self) -> None:
        """Counts the copy, now that its size is known."""
        if self.keys and self.draft is self.ctx.draft:
            size = _size(self.draft.statements[self.start :])
            known = self.ctx.shared.sizes
            known[id(self.callee.node)] = max(size, known.get(id(self.callee.node), 0))
            if size >= SMALL:
                for key in self.keys:
                    self.ctx.state.copies[key] = self.ctx.state.copies.get(key, 0) + 1


def _keys(copy: Repeated) -> list[Any]:
    """What copies of one function are counted by: without, and with, constant integers."""
    named = [(str(k), a) for k, a in enumerate(copy.args)] + list(copy.keywords.items())
    found = []
    for integers in (True, False):
        entry = Entry(False, integers)
        try:
            made = {(0, name): template_of(copy.ctx, entry, name, a) for name, a in named}
        except Uncallable:
            return []
        found.append((id(copy.callee.node), integers, received(made)))
    return found


def _size(statements: list[Any]) -> int:
    """The number of statements, nested ones included."""
    return sum(_size_of(statement) for statement in statements)


def _size_of(statement: Any) -> int:
    if isinstance(statement, Mark):
        return 0
    if isinstance(statement, DraftTry):
        return 1 + _size(statement.body.statements)
    if isinstance(statement, DraftIf):
        return 1 + sum(_size(arm.statements) for arm in arms(statement))
    return 1 + sum(_count(block) for block in blocks(statement))


def _count(block: Block) -> int:
    return sum(1 for _ in all_statements(block))

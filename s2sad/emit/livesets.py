"""Sets of variables as bits of one integer, so that liveness is cheap in long functions."""

from __future__ import annotations

from collections.abc import Iterable

from s2sad.emit.tree import Local


class Numbering:
    """A number for every variable, in the order in which they are met."""

    def __init__(self) -> None:
        self.numbers: dict[Local, int] = {}

    def bit(self, local: Local) -> int:
        """The variable as a set of one."""
        return 1 << self.numbers.setdefault(local, len(self.numbers))


class LiveSet:
    """A set of variables that grows and shrinks while a tree is walked."""

    def __init__(self, numbering: Numbering, bits: int = 0) -> None:
        self.numbering = numbering
        self.bits = bits

    def copy(self) -> LiveSet:
        """A set of its own with the same variables."""
        return LiveSet(self.numbering, self.bits)

    def become(self, other: LiveSet) -> None:
        """Takes over the variables of another set."""
        self.bits = other.bits

    def add(self, local: Local) -> None:
        """Adds a variable."""
        self.bits |= self.numbering.bit(local)

    def discard(self, local: Local) -> None:
        """Removes a variable, if it is there."""
        self.bits &= ~self.numbering.bit(local)

    def update(self, locals_: Iterable[Local]) -> None:
        """Adds variables."""
        for local in locals_:
            self.add(local)

    def __contains__(self, local: Local) -> bool:
        return bool(self.bits & self.numbering.bit(local))

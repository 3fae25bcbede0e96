"""The variables that are alive, where they may share memory, and by the buffers they may reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from s2sad.emit.alias import Buffer, Buffers
from s2sad.ir.data import Atom, Var


class Living:
    """A set of variables that grows and shrinks while a function is walked. Variables that reach
    no buffer are left out."""

    def __init__(self, deep: Mapping[Var, Buffers]) -> None:
        self.deep = deep
        self.by_buffer: dict[Buffer, dict[Var, None]] = {}

    def copy(self) -> Living:
        """A set of its own with the same variables."""
        made = Living(self.deep)
        made.by_buffer = {buffer: found.copy() for buffer, found in self.by_buffer.items()}
        return made

    def add(self, *atoms: Atom) -> None:
        """Adds the variables among the atoms."""
        for atom in atoms:
            if isinstance(atom, Var):
                for buffer in self.deep.get(atom, ()):
                    self.by_buffer.setdefault(buffer, {})[atom] = None

    def discard(self, variables: Iterable[Var]) -> None:
        """Removes variables, where they are there."""
        for variable in variables:
            for buffer in self.deep.get(variable, ()):
                if buffer in self.by_buffer:
                    self.by_buffer[buffer].pop(variable, None)

    def update(self, other: Living) -> None:
        """Adds the variables of another set."""
        for buffer, found in other.by_buffer.items():
            self.by_buffer.setdefault(buffer, {}).update(found)

    def sharing(self, buffers: Buffers) -> dict[Var, None]:
        """The variables that may reach one of these buffers."""
        found: dict[Var, None] = {}
        for buffer in buffers:
            found.update(self.by_buffer.get(buffer, {}))
        return found

"""The variables that are alive, where they may share memory, and by the buffers they may reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from s2sad.emit.alias import Buffer, Buffers
from s2sad.ir.data import Atom, Var

Held = dict[Var, None]


class Living:
    """A set of variables that grows and shrinks while a function is walked. Variables that reach
    no buffer are left out. What stands under a buffer is never changed, so a copy is cheap."""

    def __init__(self, deep: Mapping[Var, Buffers], held: dict[Buffer, Held] | None = None) -> None:
        self.deep = deep
        self.held = {} if held is None else held

    def copy(self) -> Living:
        """A set of its own with the same variables."""
        return Living(self.deep, self.held.copy())

    def become(self, other: Living) -> None:
        """Takes over the variables of another set."""
        self.held = other.held

    def add(self, *atoms: Atom) -> None:
        """Adds the variables among the atoms."""
        for atom in atoms:
            if isinstance(atom, Var):
                for buffer in self.deep.get(atom, ()):
                    self.held[buffer] = {**self.held.get(buffer, {}), atom: None}

    def discard(self, variables: Iterable[Var]) -> None:
        """Removes variables, where they are there."""
        for variable in variables:
            for buffer in self.deep.get(variable, ()):
                if variable in self.held.get(buffer, ()):
                    rest = self.held.pop(buffer).copy()
                    del rest[variable]
                    if rest:
                        self.held[buffer] = rest

    def update(self, other: Living) -> None:
        """Adds the variables of another set."""
        for buffer, found in other.held.items():
            mine = self.held.get(buffer)
            if mine is not found:
                self.held[buffer] = found if mine is None else {**mine, **found}

    def sharing(self, buffers: Buffers) -> dict[Var, None]:
        """The variables that may reach one of these buffers."""
        found: dict[Var, None] = {}
        for buffer in buffers:
            found.update(self.held.get(buffer, {}))
        return found

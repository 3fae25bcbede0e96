"""Calls of other functions of the page: a forward and a reverse function for each.

    out = f(x, w)         becomes      out, saved = f_forward(x, w)
                                       x_bar, w_bar = f_reverse(x, w, saved, out_bar, x_bar, w_bar)

The reverse function gets what it reads of the arguments and results once more from its caller, who
knows best where they are now; `saved` holds what else it reads. It adds to the cotangents of
arrays that it is given, and gives back those of numbers. An argument that is written has a next
version: the reverse function takes that and the cotangent of it, and gives back both as they were
before.

A pair is made once for each choice of arguments and results that have a cotangent. In a
recursion it is asked for while it is made: then all arguments and results are passed, and
`transform.borders` takes away what isn't read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from s2sad.ir.data import Function
from s2sad.ir.types import Saved

Clean = Callable[[Function], Function]
Positions = tuple[int, ...]


@dataclass(eq=False)
class Pairs:
    """The functions of the page and what has been made of them.

    functions: by name, the forward and reverse functions that were made of them included.
    tangents: the names of those that carry tangents, by what they were made for.
    again: whether what is made will be differentiated in its turn.
    """

    functions: dict[str, Function]
    clean: Clean
    begun: dict[Any, Pair] = field(default_factory=dict)
    again: bool = False
    tangents: dict[Any, str] = field(default_factory=dict)

    def primals(self) -> dict[str, str]:
        """For each forward function, the function that it saves for."""
        return {f"{pair.name}_forward": pair.callee.name for pair in self.begun.values()}


@dataclass(eq=False)
class Pair:
    """A forward and a reverse function of one callee.

    wanted: the arguments whose cotangents are asked for. seeded: the results that have one.
    summed: the arguments whose cotangents are added to in place. writes: as in `Call`.
    masked: whether a mask behind the call may leave results out.
    arguments, results: those that the reverse function gets once more.
    """

    callee: Function
    name: str
    wanted: Positions
    seeded: Positions
    summed: Positions
    writes: tuple[tuple[int, int], ...]
    masked: bool
    saved: Saved
    arguments: Positions = ()
    results: Positions = ()
    finished: bool = False
    recursive: bool = False

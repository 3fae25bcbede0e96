"""Random programs, what must hold of their gradients, and how a failing one is made small.

`text(seed)` is a program: a module of plain Python with a function `fuzz(x, y, k)` of two vectors
of length 4 and a number. The same seed gives the same text, always.
"""

from __future__ import annotations

from tests.fuzz import aliases, programs


def text(seed: int) -> str:
    """A program: one in three of vectors and aliases only, the others of everything."""
    return aliases.text(seed // 3) if seed % 3 == 0 else programs.text(seed)


__all__ = ["text"]

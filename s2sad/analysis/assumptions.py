"""Lengths that are equal in the call at hand, and may be taken to be so.

Two axes of different arguments may meet in an operation after slices, as in `u[1:] * v[1:]`: if
their lengths differ, one of them may be 1 and is stretched. Where they are equal in the call
that is compiled for, `meet` asks for compilation under one name for both; the guard of the page
then holds for such calls only, and others get a page of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from s2sad.ir.types import Dim

_equal: ContextVar[Mapping[str, str] | None] = ContextVar("equal", default=None)
_NAME = re.compile(r"[A-Za-z_]\w*\.\d+")


class NeedEqual(Exception):
    """Raised by the compiler: these lengths should go by the names that they are mapped to."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        super().__init__(self.names)


@contextmanager
def may_assume(equal: Mapping[str, str]) -> Iterator[None]:
    """Within, the lengths in `equal` may be asked to be one with what they are mapped to."""
    before = _equal.get()
    _equal.set(equal)
    try:
        yield
    finally:
        _equal.set(before)


def meet(a: Dim, b: Dim) -> None:
    """Two lengths that aren't known to be equal are to be one: NeedEqual if they can be."""
    equal = _equal.get()
    if not equal or a == b or not a.terms or not b.terms:
        return
    texts = [str(dim) for dim in (a, b)]
    left, right = (_NAME.sub(lambda m: equal.get(m[0], m[0]), text) for text in texts)
    if left == right:
        found = [name for text in texts for name in _NAME.findall(text) if name in equal]
        raise NeedEqual({name: equal[name] for name in found})

"""A compiler that knows a few pages by heart, for tests of what goes on around compiling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from s2sad.analysis.signature import type_of
from s2sad.dispatcher import sites as dispatch
from s2sad.ir import types as T
from s2sad.request import Access, Compiled, NeedStatic, Read, Request, StaticRead


@dataclass
class Page:
    """A page for a function of the tests. reads, statics: globals or cells by name, with the
    kind of step that leads to them. needs: integers that it wants to be static."""

    text: str
    names: tuple[str, ...] = ("page",)
    result: T.Type = T.FLOAT
    reads: tuple[tuple[str, str], ...] = ()
    statics: tuple[tuple[str, str], ...] = ()
    written: tuple[tuple[object, ...], ...] = ()
    needs: tuple[str, ...] = ()
    origins: tuple[Any, ...] = ()


@dataclass
class Compiler:
    """Gives the pages that it was told, by the primal's name and the mode, and keeps what it
    was asked for."""

    pages: dict[tuple[str, str], Page]
    requests: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Compiled:
        self.requests.append(request)
        page = self.pages[request.function.__name__, request.mode]
        for argument in request.arguments:
            if argument.name in page.needs and not isinstance(argument.type, T.Static):
                raise NeedStatic(argument.name)
        origins = page.origins or (None,) * len(page.text.splitlines())
        reads = tuple(_read(request.function, *read) for read in page.reads)
        statics = tuple(_static(request.function, *static) for static in page.statics)
        return Compiled(page.text, page.names, origins, reads, statics, page.written, page.result)


def _reach(function: Any, kind: str, name: str) -> tuple[Access, Any]:
    if kind == "global":
        value = function.__globals__[name]
    else:
        position = function.__code__.co_freevars.index(name)
        value = function.__closure__[position].cell_contents
    return Access(function, ((kind, name),)), value


def _read(function: Callable[..., Any], kind: str, name: str) -> Read:
    access, value = _reach(function, kind, name)
    return Read(access, name, type_of(name, value))


def _static(function: Callable[..., Any], kind: str, name: str) -> StaticRead:
    return StaticRead(*_reach(function, kind, name))


@contextmanager
def compiler(pages: dict[tuple[str, str], Page]) -> Iterator[Compiler]:
    """Puts these pages in the place of the compiler."""
    real, fake = dispatch.compile_request, Compiler(pages)
    dispatch.compile_request = fake  # type: ignore[assignment]
    try:
        yield fake
    finally:
        dispatch.compile_request = real

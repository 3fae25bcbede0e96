"""Errors: a code, the user's line with a caret, a note on why it matters, and help.

Every error of the compiler is a `Diagnostic` first; all the diagnostics of a function are
raised together. The classes derive from the built-in ones that fit. `str(error)` is the
whole report, ready for a terminal: control characters in quoted source are escaped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from s2sad.frozen import frozen
from s2sad.origins import Origin, Span


@frozen
class Diagnostic:
    """One unsupported or wrong place. `also` marks a second place that explains the first."""

    code: str
    message: str
    origin: Origin | None = None
    note: str = ""
    help: str = ""
    also: Origin | None = None
    also_message: str = ""


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each of them once, in the order of the code."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=_where))


def _where(diagnostic: Diagnostic) -> tuple[int, int]:
    span = diagnostic.origin.span if diagnostic.origin is not None else None
    return (span.line, span.column) if span is not None else (0, 0)


class CompileError(Exception):
    """Base of all errors of the compiler: carries the diagnostics, prints them all."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(report(self.diagnostics))

    def __reduce__(self) -> tuple[type[CompileError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the diagnostics, in order."""
        return tuple(d.code for d in self.diagnostics)


class UnsupportedError(CompileError, NotImplementedError):
    """A construct or a function that s2sad cannot differentiate (yet)."""


class UnsupportedSyntaxError(CompileError, SyntaxError):
    """Source that is not there, or that is not the function's own."""


class GradientTypeError(CompileError, TypeError):
    """An argument, seed or result of the wrong type."""


class InternalError(CompileError, AssertionError):
    """A fault of ours: an invariant that doesn't hold."""


class NotCalledError(CompileError, RuntimeError):
    """Something is asked of a gradient that it knows only after its first call."""


class SpecialisationWarning(UserWarning):
    """A function is compiled again and again for new types of its arguments."""


def type_error(code: str, message: str, note: str = "", help: str = "") -> GradientTypeError:
    """A `GradientTypeError` with one diagnostic that has no place in the source."""
    return GradientTypeError((Diagnostic(code, message, None, note, help),))


def internal_error(message: str, origin: Origin | None = None) -> InternalError:
    """An `InternalError` with the request to report it."""
    note = "this is a fault of s2sad, not of your program"
    return InternalError((Diagnostic("S901", message, origin, note),))


def report(diagnostics: tuple[Diagnostic, ...]) -> str:
    """All diagnostics as text, each once, in the order in which they were found."""
    return "\n\n".join(dict.fromkeys(render(d) for d in diagnostics))


def render(diagnostic: Diagnostic) -> str:
    """One diagnostic as text.

    >>> print(render(Diagnostic("S402", "the result is a tuple", help="return one number")))
    error[S402]: the result is a tuple
    help: return one number
    """
    parts = [f"error[{diagnostic.code}]: {escaped(diagnostic.message)}"]
    if diagnostic.origin is not None:
        parts += _place(diagnostic.origin, "-->", "^", "")
    if diagnostic.also is not None:
        parts += _place(diagnostic.also, ":::", "-", diagnostic.also_message)
    for title, text in (("note", diagnostic.note), ("help", diagnostic.help)):
        if text:
            parts.append(f"{title}: " + _indented(text, len(title) + 2))
    return "\n".join(parts)


def _indented(text: str, columns: int) -> str:
    return ("\n" + " " * columns).join(escaped(line) for line in text.split("\n"))


def _place(origin: Origin, arrow: str, mark: str, message: str) -> list[str]:
    """A line of the source with the span underlined."""
    span = origin.span
    line, before, marked = _split(_line(origin, span.line), span)
    gutter = " " * len(str(span.line))
    underline = " " * _width(before) + mark * max(1, _width(marked))
    tail = f" {escaped(message)}" if message else ""
    return [
        f"{gutter}{arrow} {location(origin)}",
        f"{gutter} |",
        f"{span.line} | {line}",
        f"{gutter} | {underline}{tail}",
    ]


def location(origin: Origin) -> str:
    """`file:line:column`, counted from 1."""
    span = origin.span
    _, before, _ = _split(_line(origin, span.line), span)
    return f"{escaped(origin.source.file)}:{span.line}:{len(before) + 1}"


def quoted(origin: Origin) -> str:
    """The first line of the statement that an origin belongs to, as the user wrote it."""
    span = origin.statement
    line = _line(origin, span.line).encode()
    end = span.end_column if span.end_line == span.line else len(line)
    return escaped(line[span.column : end].decode(errors="replace").strip())


def _line(origin: Origin, number: int) -> str:
    lines = origin.source.text.split("\n")
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


def _split(line: str, span: Span) -> tuple[str, str, str]:
    """A line, what stands before the span, and the span itself (to the end of the line, where
    the span is longer). Columns count bytes, as Python's own trees do."""
    data = line.encode()
    end = span.end_column if span.end_line == span.line else len(data.rstrip())
    before, marked = data[: span.column], data[span.column : end]
    before_text, marked_text = (p.decode(errors="replace") for p in (before, marked))
    return escaped(line), escaped(before_text), escaped(marked_text)


def escaped(text: str) -> str:
    """Text that is safe on a terminal: no control characters, tabs as four spaces."""
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char == "\t":
        return "    "
    if char.isprintable() or char == "\n":
        return char
    return char.encode("unicode_escape").decode()


def _width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

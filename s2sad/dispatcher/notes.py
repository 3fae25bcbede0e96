"""Exceptions that a page raises, told in terms of the user's program."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from s2sad.errors import location, quoted
from s2sad.origins import Origin


def explainer(file: str, origins: tuple[Origin | None, ...]) -> Callable[[BaseException], None]:
    """A function that adds a note to an exception that was raised in the reverse sweep of the
    page `file`: which primal statement the failing line belongs to."""

    def explain(error: BaseException) -> None:
        line = _last_line(error.__traceback__, file)
        origin = origins[line - 1] if 0 < line <= len(origins) else None
        if origin is not None and origin.sweep == "reverse":
            error.add_note(_note(origin))

    return explain


def _last_line(trace: TracebackType | None, file: str) -> int:
    """The line of the page at which an exception passed last, or 0."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _note(origin: Origin) -> str:
    number = origin.statement.line - origin.source.first_line + 1
    callee = f"{origin.source.name} " if origin.inlined else ""
    place = location(Origin(origin.source, origin.statement, origin.statement))
    return f"while computing the adjoint of {callee}L{number}: `{quoted(origin)}`, {place}"

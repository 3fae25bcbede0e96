"""Where a statement of the IR comes from: texts, and places in them."""

from __future__ import annotations

from s2sad.frozen import frozen


@frozen(eq=False)
class Source:
    """A user's function as text.

    text: the whole file (or cell); first_line: the line of its `def`, counted from 1,
    from which the lines in comments are counted (`L1` is the `def` line itself).
    """

    name: str
    file: str
    text: str
    first_line: int


@frozen
class Span:
    """A range of the source: lines from 1, columns from 0, as in `ast`."""

    line: int
    column: int
    end_line: int
    end_column: int


@frozen
class Origin:
    """Where a statement of the IR comes from.

    statement: the span of the user's whole statement (of the header only, for compound
    ones), which comments quote. span: the expression itself, which carets mark.
    sweep: "forward" for the primal's statements, "reverse" for those of the adjoint, "tangent"
    for those that forward mode puts beside the primal's.
    inlined: the source belongs to a callee of the function being printed.
    """

    source: Source
    statement: Span
    span: Span
    sweep: str = "forward"
    inlined: bool = False

"""Source text for a terminal: colours, escaped control characters, two columns.

Colours are for terminals only, and not where `NO_COLOR` is set (https://no-color.org).
Text that goes to a file or a pipe stays as it is, byte for byte.
"""

from __future__ import annotations

import io
import keyword
import os
import tokenize
from collections.abc import Mapping, Sequence
from typing import TextIO

from s2sad.errors import escaped

RESET = "\x1b[0m"
STYLES = {
    "keyword": "\x1b[34m",
    "comment": "\x1b[32m",
    "number": "\x1b[36m",
    "string": "\x1b[33m",
    "adjoint": "\x1b[35m",
}
SUFFIXES = ("_bar", "_dot", "_tape")


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this stream shows colours: a terminal that isn't dumb, and no `NO_COLOR`."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()


def highlighted(text: str) -> str:
    """Python source with colours; text that isn't Python comes back without."""
    safe = escaped(text)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(safe).readline))
    except (tokenize.TokenError, SyntaxError):
        return safe
    lines = safe.splitlines(keepends=True)
    for token in reversed(tokens):
        style = _style(token)
        if style and token.start[0] == token.end[0]:
            row, start, end = token.start[0] - 1, token.start[1], token.end[1]
            line = lines[row]
            lines[row] = f"{line[:start]}{STYLES[style]}{line[start:end]}{RESET}{line[end:]}"
    return "".join(lines)


def _style(token: tokenize.TokenInfo) -> str | None:
    if token.type == tokenize.NAME:
        if keyword.iskeyword(token.string):
            return "keyword"
        return "adjoint" if token.string.endswith(SUFFIXES) else None
    kinds = {
        tokenize.COMMENT: "comment",
        tokenize.NUMBER: "number",
        tokenize.STRING: "string",
    }
    return kinds.get(token.type)


def side_by_side(left: Sequence[str], right: Sequence[str]) -> str:
    """Two columns of lines, the shorter one filled up with empty lines."""
    height = max(len(left), len(right))
    padded = [*left, *[""] * (height - len(left))], [*right, *[""] * (height - len(right))]
    width = max((len(line) for line in padded[0]), default=0)
    rows = zip(*padded, strict=True)
    return "\n".join(f"{a:<{width}} │ {b}".rstrip() for a, b in rows) + "\n"

"""Rendering: gast nodes to text, line by line. The one module that meets astor.

Each statement is rendered by itself, compound ones as their header; lines over the width are
broken inside their brackets here, not by astor. `check_text` parses the page back.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from typing import Any

import gast
import gast.ast3

from s2sad.errors import Diagnostic, InternalError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import astor.code_gen

WIDTH = 100
BRACKETS = "_brackets_"
CONTEXTS = {gast.Load: ast.Load(), gast.Store: ast.Store()}
OPENING, CLOSING = "([{", ")]}"


class _Converter(gast.ast3.GAstToAst3):  # type: ignore[misc]
    """The conversion of gast without the places of nodes, since these have none."""

    def visit(self, node: Any) -> Any:
        cls = type(node)
        if cls in CONTEXTS:
            return CONTEXTS[cls]
        return getattr(self, f"visit_{cls.__name__}", self.generic_visit)(node)

    def generic_visit(self, node: Any) -> Any:
        parts = [self._visit(getattr(node, field)) for field in node._fields]
        return getattr(ast, type(node).__name__)(*parts)

    def visit_Name(self, node: Any) -> Any:  # noqa: N802 (a visitor's name)
        return ast.Name(node.id, CONTEXTS[type(node.ctx)])

    def visit_Assign(self, node: Any) -> Any:  # noqa: N802 (a visitor's name)
        return ast.Assign([self.visit(t) for t in node.targets], self.visit(node.value))


def to_ast(node: Any) -> Any:
    """The node of the running Python for one of gast."""
    return _Converter().visit(node)


def bracketed(node: Any) -> Any:
    """A node of gast that is printed in brackets of its own."""
    return gast.Call(gast.Name(BRACKETS, gast.Load(), None, None), [node], [])


def statement_text(node: ast.AST) -> str:
    """One simple statement on one line."""
    if isinstance(node, ast.Assign) and _drops_brackets(node):
        value, node.value = node.value, ast.Constant(None)
        text = _source(node).removesuffix("None") + f"({_source(ast.Expr(value))})"
        node.value = value
        return text
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        text = _source(node)
        return f"return ({text.removeprefix('return ')})" if text.endswith(",") else text
    return _source(node)


def _drops_brackets(node: ast.Assign) -> bool:
    """Whether astor would drop the brackets of a tuple that is one value."""
    if not isinstance(node.value, ast.Tuple):
        return False
    return len(node.value.elts) > 1 and not isinstance(node.targets[0], ast.Tuple)


def _source(node: ast.AST) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = astor.code_gen.to_source(
            node, indent_with="    ", pretty_string=_string, pretty_source="".join
        )
    return str(text).strip("\n").replace(f"{BRACKETS}(", "(")


def header_text(node: ast.AST) -> str:
    """The header of a compound statement, with its colon: the body must be one `pass`."""
    lines = statement_text(node).split("\n")
    return "\n".join(line for line in lines[:-1])


def _string(text: str, *_: Any, **__: Any) -> str:
    quoted = repr(text)
    return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in quoted else quoted


def check_text(text: str, meant: list[Any]) -> None:
    """Raises InternalError where the text doesn't parse to the statements meant."""
    try:
        parsed = ast.parse(text)
    except SyntaxError as error:
        raise _wrong(f"the page does not parse: {error}") from error
    if not _is_same(parsed.body, meant):
        raise _wrong("the page does not say what was meant")


def _is_same(parsed: Any, meant: Any) -> bool:
    """Whether two trees are equal, but for brackets."""
    if isinstance(parsed, list):
        same = len(parsed) == len(meant or ())
        return same and all(map(_is_same, parsed, meant or ()))
    if not isinstance(parsed, ast.AST):
        return type(parsed) is type(meant) and repr(parsed) == repr(meant)
    if isinstance(meant, ast.Call) and getattr(meant.func, "id", None) == BRACKETS:
        meant = meant.args[0]
    if type(parsed) is not type(meant):
        return False
    for name in parsed._fields:
        mine, theirs = getattr(parsed, name, None), getattr(meant, name, None)
        if mine is not theirs and not _is_same(mine, theirs):
            return False
    return True


def _wrong(message: str) -> InternalError:
    return InternalError((Diagnostic("S900", message),))


# -- long lines


def fit(line: str, indent: int) -> list[str]:
    """The line at its indentation, broken inside brackets where it is too long."""
    pad = " " * indent
    if len(pad) + len(line) <= WIDTH:
        return [pad + line]
    group = _last_group(line)
    start = _value_start(line)
    if start and (group is None or 2 * (group[1] - group[0]) < len(line) - start):
        return [pad + line[:start] + "(", *_fit_inner(line[start:], indent + 4), pad + ")"]
    if group is None:
        return [pad + line]
    start, end = group
    head, inner, tail = line[: start + 1], line[start + 1 : end].strip(), line[end:]
    if line.startswith("for ") and len(pad) + len(head) > WIDTH:
        return _fit_targets(line, indent)
    return [pad + head, *_fit_inner(inner, indent + 4), pad + tail]


def _fit_targets(line: str, indent: int) -> list[str]:
    """The header of a loop whose targets don't fit on a line: they get brackets."""
    pad = " " * indent
    targets, sequence = line.removeprefix("for ").split(" in ", 1)
    first, *rest = fit(f"_ in {sequence}", indent)
    inner = _fit_inner(targets, indent + 4)
    return [pad + "for (", *inner, pad + ")" + first.removeprefix(pad + "_"), *rest]


def _value_start(line: str) -> int:
    """Where the value of an assignment or a `return` begins; 0 in other statements."""
    if line.startswith("return "):
        return len("return ")
    depth = 0
    for token in _tokens(line):
        depth += (token.string in OPENING) - (token.string in CLOSING)
        if depth == 0 and token.string in ("=", "+=", "-=", "*=", "/="):
            return token.end[1]
    return 0


def _fit_inner(inner: str, indent: int) -> list[str]:
    pad = " " * indent
    parts = _split(inner, (",",))
    if len(pad) + len(inner) <= WIDTH:
        return [pad + inner]
    if len(parts) > 1:
        lines = [fit(part.strip() + ",", indent) for part in parts if part.strip()]
        if not inner.rstrip().endswith(","):
            lines[-1][-1] = lines[-1][-1][:-1]
        return [line for group in lines for line in group]
    for operators in (("or",), ("and",), ("+", "-"), ("*", "/", "@", "%", "//")):
        terms = _split(inner, operators)
        if len(terms) > 1:
            return [line for term in terms for line in fit(term.strip(), indent)]
    return fit(inner, indent)


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    """The tokens of a piece of one line, with brackets around it so that it tokenizes."""
    stream = io.StringIO(f"({text}\n)")
    found = list(tokenize.generate_tokens(stream.readline))
    return [t for t in found[1:] if t.start[0] == 1 and t.string.strip()]


def _last_group(line: str) -> tuple[int, int] | None:
    """The last pair of brackets, outermost, that holds more than a name."""
    depth, start = 0, 0
    best: tuple[int, int] | None = None
    for token in _tokens(line):
        if token.string in OPENING:
            if depth == 0:
                start = token.start[1] - 1
            depth += 1
        elif token.string in CLOSING:
            depth -= 1
            end = token.start[1] - 1
            if depth == 0 and (best is None or end - start >= (best[1] - best[0]) // 2):
                best = (start, end)
    if best is None or best[1] - best[0] < 3:
        return None
    return best


def _split(text: str, separators: tuple[str, ...]) -> list[str]:
    """The text cut at separators outside brackets: behind commas, before operators."""
    depth, begin = 0, 0
    parts: list[str] = []
    previous = ""
    for token in _tokens(text):
        at = token.start[1] - 1
        if token.string in OPENING:
            depth += 1
        elif token.string in CLOSING:
            depth -= 1
        elif depth == 0 and token.string in separators:
            if token.string == ",":
                parts.append(text[begin:at])
                begin = at + 1
            elif previous and previous not in "+-*/@%(,=<>" and previous not in ("**", "//"):
                parts.append(text[begin:at])
                begin = at
        previous = token.string
    parts.append(text[begin:])
    return parts


def one_line(text: str) -> str:
    """Source text as one line, for a comment: continuation lines joined, comments dropped."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return " ".join(text.split())
    skip = {i for i, t in enumerate(tokens) if t.type == tokenize.COMMENT}
    lines = text.split("\n")
    if len(lines) == 1 and not skip:
        return lines[0].strip()
    return _joined([t for i, t in enumerate(tokens) if i not in skip][1:])


def _joined(tokens: list[tokenize.TokenInfo]) -> str:
    text, last = "", None
    for token in tokens[:-1]:
        if token.type in (tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER):
            continue
        if last is not None:
            if token.start[0] == last.end[0]:
                text += " " * (token.start[1] - last.end[1])
            elif last.string not in OPENING and token.string not in CLOSING:
                text += " "
        text += " ".join(token.string.splitlines())
        last = token
    text = text.strip()
    return text[:-1].rstrip() if text.endswith(")") and text.count("(") < text.count(")") else text

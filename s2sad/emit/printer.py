"""The printer: trees with names to the lines of a page.

The forward sweep is plain statements; in the reverse sweep each primal statement has a comment
with its line and text before what reverses it, and a blank line where it stands at the top.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass, field
from typing import Any

import gast

from s2sad.emit import expressions, nodes, writes
from s2sad.emit.render import fit, header_text, one_line, statement_text, to_ast
from s2sad.emit.tree import (
    Apply,
    Assign,
    Branch,
    Break,
    Def,
    Effect,
    Except,
    Expr,
    Guarded,
    Local,
    Loop,
    Ref,
    Return,
    Stmt,
    Store,
    Write,
)
from s2sad.frozen import frozen
from s2sad.ir.types import Num, Type
from s2sad.origins import Origin, Source, Span

Names = dict[Local, str]


@dataclass
class Lines:
    """A page that grows: its lines, their origins, and the tree of all of it."""

    text: list[str] = field(default_factory=list)
    origins: list[Origin | None] = field(default_factory=list)

    def add(self, line: str, origin: Origin | None, indent: int) -> None:
        for piece in fit(line, indent) if line else [""]:
            self.text.append(piece.rstrip())
            self.origins.append(origin)


@frozen
class _Sheet:
    """What printing needs everywhere."""

    lines: Lines
    names: Names
    around: tuple[Any, ...] = ()

    def inside(self, stmt: Stmt) -> _Sheet:
        """The sheet for the body of a compound statement, which isn't announced again."""
        return _Sheet(self.lines, self.names, (*self.around, _key(stmt.origin)))


def print_def(definition: Def, names: Names, lines: Lines) -> Any:
    """Adds a function to the lines and gives its node."""
    sheet = _Sheet(lines, names)
    node = _header(definition, names)
    lines.add(header_text(node), None, 0)
    body: list[Any] = []
    _function_body(definition.body, sheet, body)
    node.body = body
    return node


def _header(definition: Def, names: Names) -> Any:
    positional = [(p, v) for p, v in definition.params if p.kind == "positional"]
    keyword = [(p, v) for p, v in definition.params if p.kind != "positional"]
    defaults = [nodes.constant(p.default.value) for p, _ in positional if p.default is not None]
    kw_defaults = [
        None if p.default is None else nodes.constant(p.default.value, p.default.type)
        for p, _ in keyword
    ]
    args = gast.arguments(
        [_param(names[v]) for _, v in positional],
        [],
        None,
        [_param(names[v]) for _, v in keyword],
        kw_defaults,
        None,
        defaults,
    )
    return to_ast(gast.FunctionDef(definition.name, args, [gast.Pass()], [], None, None, []))


def _param(text: str) -> Any:
    return nodes.name(text, gast.Param())


# -- sweeps and comments


def sweep_of(stmt: Stmt) -> str | None:
    """Which sweep a statement belongs to, where it says."""
    if stmt.origin is None:
        return None
    return "reverse" if stmt.origin.sweep == "reverse" else "forward"


def _function_body(body: tuple[Stmt, ...], sheet: _Sheet, out: list[Any]) -> None:
    sweeps = _sweeps(body)
    shown = "reverse" in sweeps
    last: str | None = None
    said: Any = None
    for stmt, sweep in zip(body, sweeps, strict=True):
        final = isinstance(stmt, Return)
        if isinstance(stmt, Return) and not stmt.values and out:
            continue
        if shown and sweep != last and not final:
            if last is not None:
                sheet.lines.add("", None, 0)
            sheet.lines.add(f"# -- {sweep} sweep", None, 4)
            last, said = sweep, None
        if shown and sweep == "reverse" and not final:
            said = _group(stmt, said, sheet, 4, blank=True)
        _statement(stmt, sheet, 4, out, _inner(said))


def _inner(said: Any) -> Any:
    return said


def _sweeps(body: tuple[Stmt, ...]) -> list[str]:
    """The sweep of each statement; one without origin goes with the next that has one."""
    found: list[str] = []
    current = "reverse" if any(sweep_of(s) == "reverse" for s in body) else "forward"
    for stmt in reversed(body):
        current = sweep_of(stmt) or current
        found.append(current)
    found.reverse()
    for k in range(1, len(found)):
        if found[k - 1] == "reverse":
            found[k] = "reverse"
    return found


def _key(origin: Origin | None) -> Any:
    if origin is None or origin.sweep != "reverse" or _is_header(origin):
        return None
    return (id(origin.source), origin.statement)


def _is_header(origin: Origin) -> bool:
    """Whether the primal's statement is its own `def`."""
    return statement_source(origin.source, origin.statement).split(" ")[0] == "def"


def _group(stmt: Stmt, said: Any, sheet: _Sheet, indent: int, blank: bool) -> Any:
    """A comment, where a statement belongs to another primal statement than the last one."""
    key = _key(stmt.origin)
    if key is None or key == said or key in sheet.around:
        return said
    assert stmt.origin is not None
    if blank and said is not None:
        sheet.lines.add("", None, 0)
    for line in comment_lines(stmt.origin):
        sheet.lines.text.append(" " * indent + line)
        sheet.lines.origins.append(stmt.origin)
    return key


def comment_lines(origin: Origin) -> list[str]:
    """`# L3: x = y`."""
    span, source = origin.statement, origin.source
    first = span.line - source.first_line + 1
    last = _last_line(source, span) - source.first_line + 1
    lines = f"L{first}" if last <= first else f"L{first}-{last}"
    text = statement_source(source, span)
    callee = f"{source.name} " if origin.inlined else ""
    line = f"# {callee}{lines}: {text}" if text else f"# {callee}{lines}"
    return [line if len(line) <= 88 else line[:85] + "..."]


@functools.lru_cache(maxsize=64)
def _rows(text: str) -> list[str]:
    return text.split("\n")


@functools.lru_cache(maxsize=1024)
def statement_source(source: Source, span: Span) -> str:
    """The text of a span as one line, without the colon of a header."""
    rows = _rows(source.text)[span.line - 1 : span.end_line]
    if not rows:
        return ""
    encoded = [row.encode() for row in rows]
    encoded[-1] = encoded[-1][: span.end_column]
    encoded[0] = encoded[0][span.column :]
    text = one_line("\n".join(row.decode(errors="replace") for row in encoded))
    return text[:-1].rstrip() if text.endswith(":") else text


@functools.lru_cache(maxsize=64)
def _loop_ends(text: str) -> dict[int, int]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    return {
        node.lineno: node.end_lineno or node.lineno
        for node in ast.walk(tree)
        if isinstance(node, (ast.For, ast.While))
    }


def _last_line(source: Source, span: Span) -> int:
    return _loop_ends(source.text).get(span.line, span.line)


# -- statements


def _block(body: tuple[Stmt, ...], sheet: _Sheet, indent: int, said: Any) -> list[Any]:
    out: list[Any] = []
    for stmt in body:
        said = _group(stmt, said, sheet, indent, blank=False)
        _statement(stmt, sheet, indent, out, said)
    if not out:
        node = to_ast(gast.Pass())
        sheet.lines.add("pass", None, indent)
        out.append(node)
    return out


def _statement(stmt: Stmt, sheet: _Sheet, indent: int, out: list[Any], said: Any) -> None:
    if isinstance(stmt, Branch):
        _branch(stmt, sheet, indent, out, said, "if")
    elif isinstance(stmt, Loop):
        _loop(stmt, sheet, indent, out, said)
    elif isinstance(stmt, Guarded):
        _guarded(stmt, sheet, indent, out, said)
    else:
        node = to_ast(simple(stmt, sheet.names))
        sheet.lines.add(statement_text(node), stmt.origin, indent)
        out.append(node)


def simple(stmt: Stmt, names: Names) -> Any:
    """The node of a simple statement."""
    if isinstance(stmt, Assign):
        value = expressions.expression(stmt.value, names)
        update = _update(stmt, names)
        if update is not None:
            return gast.AugAssign(nodes.pattern(stmt.target, names), update, value.right)
        return gast.Assign([nodes.pattern(stmt.target, names)], value, None)
    if isinstance(stmt, Write):
        return writes.write(stmt, names)
    if isinstance(stmt, Effect):
        return _effect(stmt.value, names)
    if isinstance(stmt, Store):
        index = expressions.expression(stmt.index, names)
        place = nodes.subscript(nodes.name(names[stmt.base]), index, gast.Store())
        return gast.Assign([place], expressions.expression(stmt.value, names), None)
    if isinstance(stmt, Break):
        return gast.Break()
    assert isinstance(stmt, Return)
    values = [expressions.expression(v, names) for v in stmt.values]
    if not values:
        return gast.Return(nodes.number(None))
    return gast.Return(values[0] if len(values) == 1 else nodes.tuple_of(values))


def _effect(value: Expr, names: Names) -> Any:
    """An expression as a statement; `assert` and `raise` are statements of their own."""
    kind = value.bind.op.name if isinstance(value, Apply) else ""
    if not isinstance(value, Apply) or kind not in ("assert", "raise"):
        return gast.Expr(expressions.expression(value, names))
    args = [expressions.expression(a, names) for a in value.args]
    if kind == "raise":
        return _raise(value, args)
    test, *message = args
    silent = not message or (isinstance(message[0], gast.Constant) and message[0].value is None)
    return gast.Assert(test, None if silent else message[0])


def _raise(value: Apply, args: list[Any]) -> Any:
    """`raise` of an exception made here, or of one that was caught."""
    static = dict(value.bind.static)
    if static["name"] is None:
        return gast.Raise(args[0], None)
    cause = args.pop() if static["cause"] else None
    return gast.Raise(nodes.call(nodes.dotted(static["name"]), args), cause)


def _update(stmt: Assign, names: Names) -> Any:
    """The operator of `s += e`, where the user wrote so and `s` is a number."""
    value, origin = stmt.value, stmt.origin
    if not isinstance(value, Apply) or not isinstance(stmt.target, Local) or origin is None:
        return None
    sign = expressions.BINARY.get(value.bind.op.name)
    if origin.sweep != "forward" or value.bind.op.style != "operator" or sign is None:
        return None
    old = value.args[0]
    same = isinstance(old, Ref) and names[old.local] == names[stmt.target]
    if not same or not _is_number(value.bind.args[0].type) or not _is_update(origin):
        return None
    return sign()


def _is_number(kind: Type) -> bool:
    return isinstance(kind, Num) and not kind.may_be_array


@functools.lru_cache(maxsize=64)
def _updates(text: str) -> frozenset[int]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return frozenset()
    return frozenset(node.lineno for node in ast.walk(tree) if isinstance(node, ast.AugAssign))


def _is_update(origin: Origin) -> bool:
    return origin.statement.line in _updates(origin.source.text)


def _branch(stmt: Branch, sheet: _Sheet, indent: int, out: list[Any], said: Any, word: str) -> None:
    test = expressions.expression(stmt.test, sheet.names)
    then, orelse = stmt.then, stmt.orelse
    if not then and orelse:
        test = gast.UnaryOp(gast.Not(), test)
        then, orelse = orelse, ()
    node = to_ast(gast.If(test, [gast.Pass()], []))
    header = header_text(node)
    sheet.lines.add(header if word == "if" else f"el{header}", stmt.origin, indent)
    node.body = _block(then, sheet, indent + 4, said)
    out.append(node)
    if orelse and isinstance(then[-1], Break) if then else False:
        for inner in orelse:
            said = _group(inner, said, sheet, indent, blank=False)
            _statement(inner, sheet, indent, out, said)
    elif len(orelse) == 1 and isinstance(orelse[0], Branch):
        said = _group(orelse[0], said, sheet, indent, blank=False)
        _branch(orelse[0], sheet, indent, node.orelse, said, "elif")
    elif orelse:
        sheet.lines.add("else:", stmt.origin, indent)
        node.orelse = _block(orelse, sheet, indent + 4, said)


def _guarded(stmt: Guarded, sheet: _Sheet, indent: int, out: list[Any], said: Any) -> None:
    if stmt.manager is not None:
        item = gast.withitem(expressions.expression(stmt.manager, sheet.names), None)
        node = to_ast(gast.With([item], [gast.Pass()], None))
        sheet.lines.add(header_text(node), stmt.origin, indent)
        node.body = _block(stmt.body, sheet, indent + 4, said)
        out.append(node)
        return
    sheet.lines.add("try:", stmt.origin, indent)
    body = _block(stmt.body, sheet, indent + 4, said)
    handlers = [_handler(h, sheet, indent, said, stmt.origin) for h in stmt.handlers]
    out.append(ast.Try(body, handlers, [], []))


def _handler(handler: Except, sheet: _Sheet, indent: int, said: Any, origin: Origin | None) -> Any:
    classes = [to_ast(nodes.constant(c.value)) for c in handler.classes]
    caught = classes[0] if len(classes) == 1 else ast.Tuple(classes, ast.Load())
    text = ", ".join(statement_text(ast.Expr(c)) for c in classes)
    text = text if len(classes) == 1 else f"({text})"
    name = None if handler.error is None else sheet.names[handler.error]
    text = text if name is None else f"{text} as {name}"
    sheet.lines.add(f"except {text}:", origin, indent)
    return ast.ExceptHandler(caught, name, _block(handler.body, sheet, indent + 4, said))


def _loop(stmt: Loop, sheet: _Sheet, indent: int, out: list[Any], said: Any) -> None:
    value = expressions.expression(stmt.value, sheet.names)
    if stmt.target is None:
        node = to_ast(gast.While(value, [gast.Pass()], []))
    else:
        target = nodes.pattern(stmt.target, sheet.names)
        node = to_ast(gast.For(target, value, [gast.Pass()], [], None))
    sheet.lines.add(header_text(node), stmt.origin, indent)
    node.body = _block(stmt.body, sheet.inside(stmt), indent + 4, said)
    out.append(node)

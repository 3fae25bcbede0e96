"""Where a function's source stands, proved.

`source_of(function)` compiles the file as it is now and looks in it for the code object that
equals the function's own. Only that proves the text: `inspect.getsource` gives another
function's text after an edit, and the whole line for two lambdas on one line.

Contract: returns the definition whose compiled code equals `function.__code__`, or raises
`UnsupportedSyntaxError` with what to do. Files, notebook cells, doctests and generated pages
count as files, as long as `linecache` knows their text. `__wrapped__` is not followed.
"""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FunctionType, MethodType
from typing import Any

import gast

from s2sad.codemap import CodeMap
from s2sad.errors import Diagnostic, UnsupportedSyntaxError
from s2sad.frozen import frozen
from s2sad.origins import Origin, Source, Span

Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
FUTURES = 0x1FE0000  # the flags of `from __future__` features, as `compile` takes them
ADVICE = (
    "put the function into a file and import it, or define it in IPython or a notebook, where "
    "the text of each cell is kept"
)


@frozen(eq=False)
class Definition:
    """A function's definition: its tree (a gast FunctionDef, AsyncFunctionDef or Lambda, with
    the lines and columns of the file) and the text around it."""

    node: Any
    source: Source


_definitions: CodeMap[Definition] = CodeMap()


def source_of(function: FunctionType | MethodType) -> Definition:
    """The definition of a Python function or method, as it was when first looked at."""
    plain = function.__func__ if isinstance(function, MethodType) else function
    code = getattr(plain, "__code__", None)
    if not isinstance(code, CodeType) or not isinstance(plain, FunctionType):
        raise _error("S001", f"{_name(function)} is not a function written in Python", "", ADVICE)
    return _definitions.get_or_make(code, lambda: _define(plain, code))


def _define(function: FunctionType, code: CodeType) -> Definition:
    text = _text(function, code)
    tree = _parse(text, code)
    node = _unique(_matches(function, code, text, tree), function, code)
    source = Source(function.__name__, code.co_filename, text, node.lineno)
    return Definition(_to_gast(node, source), source)


def _name(function: object) -> str:
    return str(getattr(function, "__qualname__", None) or type(function).__name__)


def _error(code: str, message: str, note: str, help: str) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError((Diagnostic(code, message, None, note, help),))


def _text(function: FunctionType, code: CodeType) -> str:
    """The file of a function as it is now."""
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        raise _error(
            "S001",
            f"the source of {_name(function)} cannot be found",
            f"it was compiled from {code.co_filename!r}, which is no file that can be read "
            "(functions made by `python -c`, on standard input or by `exec` have none)",
            ADVICE,
        )
    return "".join(lines)


@lru_cache(maxsize=16)
def _parse_text(text: str) -> ast.Module:
    return ast.parse(text)


def _parse(text: str, code: CodeType) -> ast.Module:
    try:
        return _parse_text(text)
    except SyntaxError as error:
        raise _error(
            "S002",
            f"{code.co_filename} no longer parses: line {error.lineno}: {error.msg}",
            "the function was compiled from an earlier state of the file",
            "mend the file and import it again",
        ) from None
    except (RecursionError, MemoryError):
        raise _error(
            "S003",
            f"{code.co_filename} is nested too deeply to be parsed",
            "",
            "give parts of the longest expression names of their own",
        ) from None


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all those inside it, in order."""
    stack = [code]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(c for c in reversed(current.co_consts) if isinstance(c, CodeType))


def _fingerprint(code: CodeType) -> tuple[Any, ...]:
    """All of a code object that decides what it does: not its place."""
    return (
        code.co_name,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        code.co_code,
        tuple(_constant(value) for value in code.co_consts),
        (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        code.co_exceptiontable,
    )


def _constant(value: Any) -> Any:
    """A constant with its type, so that 1, 1.0 and True, or 0.0 and -0.0, are told apart."""
    if isinstance(value, CodeType):
        return _fingerprint(value)
    if isinstance(value, tuple):
        return tuple(_constant(item) for item in value)
    if isinstance(value, frozenset):
        return frozenset(_constant(item) for item in value)
    return type(value), repr(value)


def _exact(code: CodeType) -> tuple[Any, ...]:
    """The place of a code object, and of all that it holds."""
    inner = tuple(_exact(c) for c in code.co_consts if isinstance(c, CodeType))
    return code.co_firstlineno, code.co_linetable, inner


@lru_cache(maxsize=16)
def _compile_file(text: str, file: str, flags: int) -> CodeType:
    try:
        code: CodeType = compile(text, file, "exec", flags, dont_inherit=True)
    except SyntaxError:  # a notebook cell may await at its top level
        flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(text, file, "exec", flags, dont_inherit=True)
    return code


def _compile_rewritten(text: str, function: FunctionType, code: CodeType) -> CodeType | None:
    """The file as pytest's import hook compiles it, where that hook has loaded the module.

    The hook replaces only asserts, and keeps the places of everything else.
    """
    rewrite = sys.modules.get("_pytest.assertion.rewrite")
    loader = function.__globals__.get("__loader__")
    if rewrite is None or not isinstance(loader, rewrite.AssertionRewritingHook):
        return None
    tree = ast.parse(text)
    rewrite.rewrite_asserts(tree, text.encode(), code.co_filename, loader.config)
    return compile(tree, code.co_filename, "exec", dont_inherit=True)


def _matches(function: FunctionType, code: CodeType, text: str, tree: ast.Module) -> list[Node]:
    """The definitions in the file whose code equals the function's; those in its very place
    only, where there are such."""
    found = _equal(_compile_file(text, code.co_filename, code.co_flags & FUTURES), code)
    if not found:
        rewritten = _compile_rewritten(text, function, code)
        found = _equal(rewritten, code) if rewritten is not None else []
    place = _exact(code)
    found = [c for c in found if _exact(c) == place] or found
    return [node for candidate in found for node in _nodes_of(candidate, tree)]


def _equal(module: CodeType, code: CodeType) -> list[CodeType]:
    wanted = _fingerprint(code)
    named = (c for c in _codes(module) if c.co_name == code.co_name)
    return [c for c in named if _fingerprint(c) == wanted]


def _unique(nodes: list[Node], function: FunctionType, code: CodeType) -> Node:
    if not nodes:
        raise _error(
            "S002",
            f"{code.co_filename} does not hold the source of {_name(function)} as it runs",
            "no definition in the file compiles to the code of the function: the file was "
            "edited after it was imported, or an import hook or decorator rewrote the code",
            "reload the module; in a notebook, run the cell again",
        )
    if len({ast.dump(node) for node in nodes}) > 1:
        lines = " and ".join(str(node.lineno) for node in nodes)
        raise _error(
            "S004",
            f"{_name(function)} may be one of several definitions (lines {lines})",
            "they compile to the same code, but their texts differ",
            "write them on lines of their own, or give them different names",
        )
    return nodes[0]


def _nodes_of(code: CodeType, tree: ast.Module) -> list[Node]:
    """The node that a code object of the file was compiled from; several where its place
    doesn't tell."""
    nodes = [n for n in _functions(tree) if _starts(n, code)]
    return _around(nodes, code) if len(nodes) > 1 else nodes


def _functions(tree: ast.Module) -> list[Node]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def _starts(node: Node, code: CodeType) -> bool:
    """Whether a definition has the name and the first line (that of its decorators) of a code."""
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
    return node.name == code.co_name and first == code.co_firstlineno


def _around(nodes: list[Node], code: CodeType) -> list[Node]:
    """Of several lambdas on one line, the innermost whose body holds all instructions; all of
    them where Python was told to keep no columns."""
    places = [
        (line, column, end_line, end_column)
        for line, end_line, column, end_column in list(code.co_positions())
        if line and end_line and column is not None and end_column and end_column > 0
    ]
    holding: list[Node] = [n for n in nodes if isinstance(n, ast.Lambda) and _holds(n.body, places)]
    return [max(holding, key=_start)] if holding and places else nodes


def _start(node: Node) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _holds(body: ast.expr, places: list[tuple[int, int, int, int]]) -> bool:
    start, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    return all(start <= place[:2] and place[2:] <= end for place in places)


def _to_gast(node: Node, source: Source) -> Any:
    try:
        return gast.ast_to_gast(node)
    except RecursionError:
        span = Span(node.lineno, node.col_offset, node.lineno, node.col_offset + 3)
        diagnostic = Diagnostic(
            "S003",
            f"{source.name} holds an expression that is nested too deeply",
            Origin(source, span, span),
            "the tree of a function is walked recursively",
            "give parts of the longest expression names of their own",
        )
        raise UnsupportedSyntaxError((diagnostic,)) from None

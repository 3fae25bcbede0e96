"""A page as part of its entry, so that a call is one call.

At small sizes, calling a function from a function and packing what it returns twice is most of
what dispatch costs. So the statements of a short page are put behind its guard, in one function
that keeps the file and the lines of the page: tracebacks and pdb show the page as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from s2sad.frozen import frozen
from s2sad.runtime.guards import Names
from s2sad.runtime.loading import load_tree

LINES = 120  # in longer pages a call doesn't count
Ending = Callable[[], tuple[dict[str, ast.expr], str]]


@frozen(eq=False)
class Inlinable:
    """The first function of a page. body: without the `return` at its end, whose value is
    `result`. names: all names in it."""

    function: Any
    body: tuple[ast.stmt, ...]
    end: ast.Return
    result: ast.expr
    names: tuple[str, ...]


def inlinable(text: str, function: Callable[..., Any]) -> Inlinable | None:
    """The function of a page that can stand in its entry: a short one, with one `return`."""
    if text.count("\n") > LINES or not isinstance(function, FunctionType):
        return None
    made = next(s for s in ast.parse(text).body if _defines(s, function.__name__))
    assert isinstance(made, ast.FunctionDef)
    *body, end = made.body
    inner = [n for s in body for n in ast.walk(s)]
    if not isinstance(end, ast.Return) or end.value is None:
        return None
    if any(isinstance(n, (ast.Return, ast.FunctionDef, ast.Lambda)) for n in inner):
        return None
    names = [n.id for n in ast.walk(made) if isinstance(n, ast.Name)]
    names += [n.arg for n in ast.walk(made) if isinstance(n, ast.arg)]
    return Inlinable(function, tuple(body), end, end.value, tuple(dict.fromkeys(names)))


def _defines(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.FunctionDef) and statement.name == name


def parts_of(
    result: ast.expr, count: int, mode: str
) -> tuple[ast.expr | None, list[ast.expr] | None]:
    """The value and the gradients that a page returns, where it writes them out."""
    if mode == "grad":
        return None, _items(result, count)
    pair = _items(result, 2) if mode == "value_and_grad" else None
    return (pair[0], _items(pair[1], count)) if pair else (None, None)


def _items(node: ast.expr, count: int) -> list[ast.expr] | None:
    return node.elts if isinstance(node, ast.Tuple) and len(node.elts) == count else None


def inline(text: str, page: Inlinable, names: Names, ending: Ending) -> Callable[..., Any]:
    """The function `bind` of `text`, in whose entry the statement that is nothing but the name
    `page` becomes the page."""
    bound, last = ending()
    tree = _placed(ast.parse(text), page.function.__code__.co_firstlineno)
    assigned = [
        ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), page.end)
        for name, value in bound.items()
    ]
    final = _placed(ast.parse(last), page.end.lineno).body
    _Page(f"{names.prefix}page", [*page.body, *assigned, *final]).visit(tree)
    space = {**page.function.__globals__, **names.values}
    file = page.function.__code__.co_filename
    load_tree(ast.fix_missing_locations(tree), file, space)
    bind: FunctionType = space[f"{names.prefix}bind"]
    bind.__code__ = _renamed(bind.__code__, f"{names.prefix}enter", page.function.__name__)
    return bind


class _Page(ast.NodeTransformer):
    """Replaces the statement that is nothing but a name by others."""

    def __init__(self, name: str, statements: list[ast.stmt]) -> None:
        self.name = name
        self.statements = statements

    def visit_Expr(self, node: ast.Expr) -> Any:
        found = isinstance(node.value, ast.Name) and node.value.id == self.name
        return self.statements if found else node


def _placed(tree: ast.Module, line: int) -> ast.Module:
    """The tree with all of it at one line."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.expr, ast.excepthandler, ast.arg, ast.keyword)):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = 0
    return tree


def _renamed(code: CodeType, old: str, new: str) -> CodeType:
    """The code with the name of a function inside it changed, as tracebacks show it."""
    found = [
        c.replace(co_name=new, co_qualname=new)
        if isinstance(c, CodeType) and c.co_name == old
        else c
        for c in code.co_consts
    ]
    return code.replace(co_consts=tuple(found))

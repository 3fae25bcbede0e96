"""A page as part of its entry, so that a call is one call.

At small sizes, calling a function from a function and packing what it returns twice is most of
what dispatch costs. So the statements of a short page are put behind its guard, in one function
that keeps the file and the lines of the page: tracebacks and pdb show the page as it is. That
function has the globals of the primal, which Python reads fastest; what the page and the guard
read besides are cells of it.
"""

from __future__ import annotations

import ast
import builtins
import dis
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from s2sad.dispatcher.guards import Names
from s2sad.dispatcher.loading import load_tree
from s2sad.frozen import frozen

LINES = 120  # in longer pages a call doesn't count
Ending = Callable[[], tuple[dict[str, ast.expr], str]]


@frozen(eq=False)
class Inlinable:
    """The first function of a page. body: without the `return` at its end, whose value is
    `result`. names: all names in it; outer: those that are no variables of it."""

    function: Any
    body: tuple[ast.stmt, ...]
    end: ast.Return
    result: ast.expr
    names: frozenset[str]
    outer: frozenset[str]


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
    found = [n for n in ast.walk(made) if isinstance(n, ast.Name)]
    own = {n.id for n in found if isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in ast.walk(made) if isinstance(n, ast.arg)}
    outer = frozenset(_globals_of(function.__code__))
    names = frozenset(own | {n.id for n in found})
    fits = outer.isdisjoint(own)
    return Inlinable(function, tuple(body), end, end.value, names, outer) if fits else None


def _globals_of(code: CodeType) -> Iterator[str]:
    """The globals that a function reads, comprehensions in it included."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _globals_of(part)


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
    statements = [_Outer(page.outer, names.prefix).visit(s) for s in (*page.body, *assigned)]
    values = {**names.values, **_outer_values(page, names.prefix)}
    _Page(page, names.prefix, [*statements, *final]).visit(tree)
    tree.body = [_maker(names.prefix, tuple(values), tree.body)]
    space = load_tree(tree, page.function.__code__.co_filename)
    bind = space[f"{names.prefix}make"](**values)
    bind.__code__ = _renamed(bind.__code__, f"{names.prefix}enter", page.function.__name__)
    return partial(_with_globals, bind)


def _outer_values(page: Inlinable, prefix: str) -> dict[str, Any]:
    """What the page reads from outside, by its names in the entry."""
    space = page.function.__globals__
    names = sorted(page.outer)
    return {_cell(prefix, n): space[n] if n in space else getattr(builtins, n) for n in names}


def _cell(prefix: str, name: str) -> str:
    return f"{prefix}page_{name}"


def _maker(prefix: str, parameters: tuple[str, ...], body: list[ast.stmt]) -> ast.stmt:
    """A function whose parameters are cells of the functions that `body` defines."""
    text = f"def {prefix}make({', '.join(parameters)}):\n    return {prefix}bind"
    (made,) = ast.parse(text).body
    assert isinstance(made, ast.FunctionDef)
    made.body[:0] = body
    return made


def _renamed(code: CodeType, old: str, new: str) -> CodeType:
    """The code with another name for a function inside it, which tracebacks show."""
    found = list(code.co_consts)
    for k, part in enumerate(found):
        if isinstance(part, CodeType) and part.co_name == old:
            found[k] = part.replace(co_name=new, co_qualname=new)
    return code.replace(co_consts=tuple(found))


def _with_globals(bind: Callable[..., Any], primal: Any, slow: Callable[..., Any]) -> FunctionType:
    """The entry that `bind` gives, with the globals of the primal."""
    enter = bind(primal, slow)
    space, defaults = primal.__globals__, enter.__defaults__
    made = FunctionType(enter.__code__, space, enter.__name__, defaults, enter.__closure__)
    made.__kwdefaults__ = enter.__kwdefaults__
    made.__qualname__ = enter.__qualname__
    return made


class _Outer(ast.NodeTransformer):
    """Gives what a page reads from outside the names of cells."""

    def __init__(self, names: frozenset[str], prefix: str) -> None:
        self.names = names
        self.prefix = prefix

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            node.id = _cell(self.prefix, node.id)
        return node


class _Page(ast.NodeTransformer):
    """Puts the statements of a page in their place, and reads globals as Python does."""

    def __init__(self, page: Inlinable, prefix: str, statements: list[ast.stmt]) -> None:
        self.page = page
        self.prefix = prefix
        self.statements = statements

    def visit_Expr(self, node: ast.Expr) -> Any:
        name = node.value.id if isinstance(node.value, ast.Name) else None
        return self.statements if name == f"{self.prefix}page" else node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        of, key = node.value, node.slice
        ours = isinstance(of, ast.Name) and of.id == f"{self.prefix}globals"
        if not ours or not isinstance(key, ast.Constant) or not self.is_global(str(key.value)):
            return self.generic_visit(node)
        return ast.copy_location(ast.Name(str(key.value), ast.Load()), node)

    def is_global(self, name: str) -> bool:
        """Whether a bare name means the global, and neither a variable nor a cell."""
        variable = name in self.page.names and name not in self.page.outer
        return not variable and not name.startswith(self.prefix)


def _placed(tree: ast.Module, line: int) -> ast.Module:
    """The tree with all of it at one line."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.expr, ast.excepthandler, ast.arg, ast.keyword)):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = 0
    return tree

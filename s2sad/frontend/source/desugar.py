"""What is another way to write a loop, written as one.

    while (d := f(x)) > tol:          while True:
        body                              if not (d := f(x)) > tol:
    else:                                     rest
        rest                                  break
                                          body

    yield from xs                     for item in xs: yield item

The test of a loop of the IR changes nothing, so one that binds names, or that stands in a `try`
and may raise, becomes part of the body.
"""

from __future__ import annotations

import ast
from typing import Any

import gast

_NESTED = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef)
_RAISING = (gast.Call, gast.Subscript, gast.Div, gast.FloorDiv, gast.Mod, gast.Pow)


def plain_loops(body: list[Any]) -> None:
    """Rewrites the loops of a function's body, in place; again it does nothing."""
    body[:] = [_yielding(node) for node in body]
    for node in body:
        _visit(node, tried=False)


def _visit(node: Any, *, tried: bool) -> None:
    if isinstance(node, _NESTED):
        return
    if isinstance(node, gast.While) and _is_wanted(node, tried):
        _rewrite(node)
    for name, value in gast.iter_fields(node):
        if isinstance(value, list):
            value[:] = [_yielding(item) for item in value]
        inside = tried or (isinstance(node, gast.Try) and name == "body")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, gast.AST):
                _visit(item, tried=inside)


def _is_wanted(node: Any, tried: bool) -> bool:
    kinds = (gast.NamedExpr, *_RAISING) if tried else (gast.NamedExpr,)
    found = any(isinstance(n, kinds) for n in gast.walk(node.test))
    leaves = (n for part in node.orelse for n in gast.walk(part))
    return found and not any(isinstance(n, (gast.Break, gast.Continue)) for n in leaves)


def _rewrite(node: Any) -> None:
    def at(made: Any) -> Any:
        return ast.fix_missing_locations(gast.copy_location(made, node.test))

    test = at(gast.UnaryOp(gast.Not(), node.test))
    leave = at(gast.Break())
    branch = at(gast.If(test, [*node.orelse, leave], []))
    node.test = at(gast.Constant(True, None))
    node.body = [branch, *node.body]
    node.orelse = []


def _yielding(node: Any) -> Any:
    """`yield from xs` as `for item in xs: yield item`."""
    if not isinstance(node, gast.Expr) or not isinstance(node.value, gast.YieldFrom):
        return node
    target = gast.Name(".item", gast.Store(), None, None)
    item = gast.Expr(gast.Yield(gast.Name(".item", gast.Load(), None, None)))
    loop = gast.For(target, node.value.value, [item], [], None)
    return ast.fix_missing_locations(gast.copy_location(loop, node))

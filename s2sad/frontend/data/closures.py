"""Functions of the source being lowered: `def`, `lambda`, and what comprehensions are."""

from __future__ import annotations

import ast
from typing import Any

import gast

from s2sad.frontend.dispatch import call, evaluates, expression, lowers
from s2sad.frontend.state.context import Context, inner_hint, refuse
from s2sad.frontend.state.values import Abstract, Closure, Keywords, Known


def make_closure(ctx: Context, node: Any, name: str) -> Closure:
    """A `def` or lambda of the source being lowered. Defaults are evaluated now, as in Python."""
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    defaults: Keywords = {}
    for parameter, value in zip(
        positional[len(positional) - len(spec.defaults) :], spec.defaults, strict=True
    ):
        defaults[parameter.id] = expression(ctx, value)
    for parameter, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        if value is not None:
            defaults[parameter.id] = expression(ctx, value)
    return Closure(node, ctx.frame, defaults, None, name)


@evaluates(gast.Lambda)
def _lambda(ctx: Context, node: Any, hint: str) -> Abstract:
    return make_closure(ctx, node, "<lambda>")


@evaluates(gast.ListComp)
def comprehension(ctx: Context, node: Any, hint: str) -> Abstract:
    """`[e for t in xs if c]` is what Python makes of it: a function of its own that appends to a
    list in a loop. A generator expression that is consumed at once is the same list."""
    if any(generator.is_async for generator in node.generators):
        refuse(ctx, "S102", "an asynchronous comprehension can't be differentiated", node)
    first = node.generators[0]
    function = comprehension_function(node)
    iterable = expression(ctx, first.iter, inner_hint(hint, "iterable"))
    return call(ctx, make_closure(ctx, function, "comprehension"), [iterable], {}, hint, node)


@evaluates(gast.DictComp)
def _dict_comprehension(ctx: Context, node: Any, hint: str) -> Abstract:
    """`{k: v for ...}`: the dict of a list of pairs."""
    pair = gast.copy_location(gast.Tuple([node.key, node.value], gast.Load()), node)
    made = comprehension(ctx, _as_list(node, pair), hint)
    return call(ctx, Known(dict), [made], {}, hint, node)


def _as_list(node: Any, element: Any) -> Any:
    return gast.copy_location(gast.ListComp(element, node.generators), node)


@evaluates(gast.SetComp)
def _set_comprehension(ctx: Context, node: Any, hint: str) -> Abstract:
    made = comprehension(ctx, _as_list(node, node.elt), hint)
    return call(ctx, Known(set), [made], {}, hint, node)


@evaluates(gast.GeneratorExp)
def _generator(ctx: Context, node: Any, hint: str) -> Abstract:
    """A generator expression that is kept: a call of the generator function that it is. Its first
    iterable is evaluated at once."""
    first = node.generators[0]
    iterable = expression(ctx, first.iter, inner_hint(hint, "iterable"))
    function = generator_function(node)
    return call(ctx, make_closure(ctx, function, "generator"), [iterable], {}, hint, node)


def generator_function(node: Any) -> Any:
    """The generator function that a generator expression is."""
    made = comprehension_function(node)
    loop = made.body[-2]
    inner = loop
    while isinstance(inner, (gast.For, gast.If)) and not isinstance(inner.body[0], gast.Expr):
        inner = inner.body[0]
    inner.body = [gast.Expr(gast.Yield(node.elt))]
    made.body = [*made.body[:-3], loop]
    return gast.fix_missing_locations(gast.copy_location(made, node))


def comprehension_function(node: Any) -> Any:
    """The function that a list comprehension is."""

    def at(made: Any) -> Any:
        return ast.fix_missing_locations(gast.copy_location(made, node))

    def name(text: str, context: Any) -> Any:
        return gast.Name(text, context, None, None)

    append = gast.Attribute(name(".items", gast.Load()), "append", gast.Load())
    body: Any = gast.Expr(gast.Call(append, [node.elt], []))
    for generator in reversed(node.generators):
        for test in reversed(generator.ifs):
            body = gast.If(test, [body], [])
        source = (
            generator.iter
            if generator is not node.generators[0]
            else name(".iterable", gast.Load())
        )
        body = gast.For(generator.target, source, [body], [], None)
    outer = [n.target.id for n in gast.walk(node) if isinstance(n, gast.NamedExpr)]
    declared = [gast.Nonlocal(list(dict.fromkeys(outer)))] if outer else []
    start = gast.Assign([name(".items", gast.Store())], gast.List([], gast.Load()), None)
    end = gast.Return(name(".items", gast.Load()))
    spec = gast.arguments(
        [gast.Name(".iterable", gast.Param(), None, None)], [], None, [], [], None, []
    )
    return at(
        gast.FunctionDef("comprehension", spec, [*declared, start, body, end], [], None, None)
    )


@lowers(gast.FunctionDef)
def _function(ctx: Context, node: Any) -> None:
    """`def`: the decorators are evaluated first, and applied last to first."""
    decorators = [expression(ctx, item) for item in node.decorator_list]
    made: Abstract = make_closure(ctx, node, node.name)
    for decorator, item in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
        made = call(ctx, decorator, [made], {}, node.name, item)
    ctx.state.names[(ctx.frame.number, node.name)] = made

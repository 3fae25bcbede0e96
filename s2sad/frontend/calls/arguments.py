"""A call in the source: the callee first, then the arguments, left to right."""

from __future__ import annotations

import math
from typing import Any

import gast

from s2sad.frontend.control.generators import listed_generator
from s2sad.frontend.data.access import get_attribute
from s2sad.frontend.data.closures import comprehension
from s2sad.frontend.dispatch import call, evaluates, expression
from s2sad.frontend.operations.views import elements
from s2sad.frontend.state.context import Context, inner_hint, refuse
from s2sad.frontend.state.operands import Waiting, evaluated, wait
from s2sad.frontend.state.values import Abstract, Generator, Keywords, Known, Mapping, Method, Ref


@evaluates(gast.Call)
def _call(ctx: Context, node: Any, hint: str) -> Abstract:
    """`f(*args, **keywords)`: the callee first, then the arguments, left to right."""
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    callee = _lower_callee(ctx, node.func, inner_hint(hint, "callee"))
    waiting = wait(ctx, callee, given)
    args: list[Waiting] = []
    for k, item in enumerate(node.args):
        args += [wait(ctx, a, given[k + 1 :]) for a in _given(ctx, callee, item, node, hint)]
    keywords: dict[str, Waiting] = {}
    for k, keyword in enumerate(node.keywords, len(node.args)):
        named = _named(ctx, keyword, node, hint)
        keywords |= {name: wait(ctx, a, given[k + 1 :]) for name, a in named.items()}
    values = [evaluated(ctx, a) for a in args]
    by_name = {name: evaluated(ctx, a) for name, a in keywords.items()}
    return call(ctx, evaluated(ctx, waiting), values, by_name, hint, node)


def _given(ctx: Context, callee: Abstract, item: Any, node: Any, hint: str) -> list[Abstract]:
    if isinstance(item, gast.Starred):
        return _spread(ctx, expression(ctx, item.value, hint), item)
    return [_argument(ctx, callee, item, inner_hint(hint, _word(node.func)))]


def _named(ctx: Context, keyword: Any, node: Any, hint: str) -> Keywords:
    value = expression(ctx, keyword.value, inner_hint(hint, keyword.arg or "keywords"))
    return _spread_mapping(ctx, value, node) if keyword.arg is None else {keyword.arg: value}


# What runs a generator expression to its end (or as far as it matters) at once.
CONSUMERS = (sum, min, max, any, all, list, tuple, sorted, math.prod, math.fsum)


def _argument(ctx: Context, callee: Abstract, node: Any, hint: str) -> Abstract:
    at_once = isinstance(callee, Method) and callee.function is None
    if isinstance(node, gast.GeneratorExp) and (at_once or _consumes(callee)):
        return comprehension(ctx, node, hint)
    value = expression(ctx, node, hint)
    if isinstance(value, Generator) and _consumes(callee):
        return listed_generator(ctx, value, hint, node)
    return value


def _consumes(callee: Abstract) -> bool:
    return isinstance(callee, Known) and any(callee.value is f for f in CONSUMERS)


def _lower_callee(ctx: Context, node: Any, hint: str) -> Abstract:
    if isinstance(node, gast.Attribute):
        return get_attribute(
            ctx, expression(ctx, node.value, hint), node.attr, hint, node, called=True
        )
    return expression(ctx, node, hint)


def _word(node: Any) -> str:
    return str(getattr(node, "attr", None) or getattr(node, "id", None) or "call")


def _spread(ctx: Context, value: Abstract, node: Any) -> list[Abstract]:
    items = elements(ctx, value)
    if items is None:
        refuse(ctx, "S101", "star-unpacking needs a sequence of known length", node)
    return list(items)


def _spread_mapping(ctx: Context, value: Abstract, node: Any) -> Keywords:
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        if isinstance(content, Mapping):
            return {str(key): item for key, item in content.items}
    refuse(ctx, "S101", "`**` needs a dict whose keys are known when compiling", node)

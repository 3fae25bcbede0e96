"""Builtins that make iterables, or consume them: `zip`, `map`, `sum`, `max`, `list` and others.

What has a known length is done when compiling. Everything else is an operation of Python on the
sequence, or a loop: what stands for the function in `s2sad.equivalents`.
"""

from __future__ import annotations

import builtins
import collections
import itertools
import math
from collections.abc import Sequence
from typing import Any

from s2sad.equivalents import iterators, sequences
from s2sad.equivalents.table import FUNCTIONS
from s2sad.frontend.control.generators import listed_generator
from s2sad.frontend.data import overloads
from s2sad.frontend.data.access import get_attribute
from s2sad.frontend.data.iterables import spread, static_elements
from s2sad.frontend.data.lists import as_list
from s2sad.frontend.data.operators import binary
from s2sad.frontend.dispatch import SPECIAL, Special, call, special
from s2sad.frontend.operations.calls import call_library
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.operations.definitions import call_python
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import (
    Abstract,
    Generator,
    Items,
    Iteration,
    Keywords,
    Known,
    Listing,
)
from s2sad.ir.types import Lst, Num


def _in_python(function: Any) -> Special:
    def call(
        ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
    ) -> Abstract:
        return call_python(ctx, function, args, keywords, hint, node)

    return call


# -- iterables


def _iteration(kind: str) -> Special:
    def call(
        ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
    ) -> Abstract:
        if keywords:
            refuse(
                ctx,
                "S202",
                f"{kind}() with `{next(iter(keywords))}=` can't be differentiated yet",
                node,
            )
        if _by_one(args) and kind in _GENERATORS and len(args) == 2:
            return call_python(ctx, _GENERATORS[kind], args, {}, hint, node)
        return Iteration(kind, tuple(args))

    return call


_GENERATORS = {
    "map": iterators.mapped,
    "filter": iterators.filtered,
    "starmap": iterators.starmapped,
}


def _by_one(args: Sequence[Abstract]) -> bool:
    """Whether something has to be asked for each of its values in turn."""
    return any(isinstance(a, Generator) or _filters(a) for a in args)


def _filters(value: Abstract) -> bool:
    return isinstance(value, Iteration) and value.kind == "filter"


def _one_by_one(ctx: Context, value: Abstract, hint: str, node: Any) -> Abstract:
    """A filter as a generator, like any other."""
    if isinstance(value, Iteration) and value.kind == "filter":
        return call_python(ctx, iterators.filtered, list(value.parts), {}, hint, node)
    return value


@special(enumerate)
def _enumerate(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    start = keywords.get("start", args[1] if len(args) > 1 else Known(0))
    if _by_one(args[:1]):
        given = [_one_by_one(ctx, args[0], hint, node), start]
        return call_python(ctx, iterators.enumerated, given, {}, hint, node)
    return Iteration("enumerate", (args[0], start))


@special(zip)
def _zip(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    strict = keywords.get("strict", Known(False))
    if static_value(ctx, strict, node) and len(args) > 1:
        parts = [
            a if static_elements(ctx, a) is None else Items(spread(ctx, a, node)) for a in args
        ]
        call_python(ctx, sequences.check_lengths, list(parts), {}, "", node)
    if _by_one(args):
        return _zip_generator(ctx, args, hint, node)
    return Iteration("zip", tuple(args))


def _zip_generator(ctx: Context, args: list[Abstract], hint: str, node: Any) -> Abstract:
    """`zip` of a generator with sequences; of several generators all but the first are lists."""
    given = [_one_by_one(ctx, a, hint, node) for a in args]
    at = next(k for k, a in enumerate(given) if isinstance(a, Generator))
    others = [a if k == at else _sequence(ctx, a, hint, node) for k, a in enumerate(given)]
    before, after = Items(tuple(others[:at])), Items(tuple(others[at + 1 :]))
    return call_python(ctx, iterators.zipped, [before, others[at], after], {}, hint, node)


def _sequence(ctx: Context, value: Abstract, hint: str, node: Any) -> Abstract:
    """An iterable as something with a length, and items at positions."""
    if isinstance(value, Generator):
        return listed_generator(ctx, value, hint, node)
    return as_list(ctx, value, hint, node) if isinstance(value, Iteration) else value


# -- consumers


def _listed(ctx: Context, value: Abstract, node: Any) -> Abstract:
    """An iterable as something that library functions take: a list, where it was none."""
    value = overloads.iterable(ctx, value, node)
    return as_list(ctx, value, "", node) if isinstance(value, Iteration) else value


@special(tuple)
def _tuple(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return Items(spread(ctx, args[0], node) if args else ())


@special(list)
def _list(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    return as_list(ctx, args[0], hint, node) if args else location(ctx, Listing(()))


@special(sum)
def _sum(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    """`sum` of a sequence of known length is the chain of additions that Python does."""
    items = static_elements(ctx, args[0])
    start = keywords.get("start", args[1] if len(args) > 1 else Known(0))
    if items is None:
        values = [_listed(ctx, args[0], node), *args[1:]]
        if _is_numeric(ctx, values[0]):
            return call_library(ctx, builtins.sum, values, keywords, hint, node)
        return call_python(ctx, sequences.total, [values[0], start], {}, hint, node)
    total: Abstract = start
    for item in items:
        total = binary(ctx, "add", total, item, hint, node)
    return total


def _is_numeric(ctx: Context, value: Abstract) -> bool:
    """Whether an iterable gives numbers or arrays."""
    kind = type_at(ctx, value)
    return not isinstance(kind, Lst) or isinstance(kind.item, Num)


def _extremum(function: Any) -> Special:
    """Python's min and max: the first object that compares so. Of two numbers it is one
    operation; of more, and of sequences, the chain that Python walks."""

    def call(
        ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
    ) -> Abstract:
        key, default = keywords.get("key"), keywords.get("default")
        items = static_elements(ctx, args[0]) if len(args) == 1 else tuple(args)
        if items == ():
            return default if default is not None else _of_nothing(ctx, function, node)
        keyed = key is not None and not (isinstance(key, Known) and key.value is None)
        if items is None and (default is not None or keyed):
            values = [_listed(ctx, args[0], node), Known(function is max)]
            rest = {k: v for k, v in keywords.items() if k == "default" or keyed}
            return call_python(ctx, sequences.extremum, values, rest, hint, node)
        if items is None:
            return call_library(ctx, function, [_listed(ctx, args[0], node)], {}, hint, node)
        if keyed or not all(_is_number(ctx, item) for item in items):
            values = [Items(items), Known(function is max)]
            rest = {"key": key} if keyed and key is not None else {}
            return call_python(ctx, sequences.extremum, values, rest, hint, node)
        if all(isinstance(i, Known) for i in items):
            return Known(function(i.value for i in items if isinstance(i, Known)))
        best = items[0]
        for item in items[1:]:
            best = call_library(ctx, function, [best, item], {}, hint, node)
        return best

    return call


def _is_number(ctx: Context, value: Abstract) -> bool:
    return isinstance(value, Known) or isinstance(type_at(ctx, value), Num)


def _of_nothing(ctx: Context, function: Any, node: Any) -> Abstract:
    refuse(
        ctx,
        "S405",
        f"{function.__name__}() of nothing",
        node,
        note="Python would raise ValueError",
    )


def _quantifier(function: Any) -> Special:
    """`any` and `all`: the tests that Python walks, until one decides."""

    def call(
        ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
    ) -> Abstract:
        items = static_elements(ctx, args[0])
        if items is None:
            return call_library(ctx, function, [_listed(ctx, args[0], node)], {}, hint, node)
        return call_python(ctx, _QUANTIFIERS[function], [Items(items)], {}, hint, node)

    return call


_QUANTIFIERS = {any: sequences.some, all: sequences.every}


def _of_list(function: Any) -> Special:
    """A library function of a sequence, where it is given an iterable."""

    def call(
        ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
    ) -> Abstract:
        values = [_listed(ctx, a, node) for a in args]
        return call_library(ctx, function, values, keywords, hint, node)

    return call


@special(sorted)
def _sorted(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`sorted`: at once where all keys are known, else by the order of the keys at run time."""
    items, key = static_elements(ctx, args[0]), keywords.get("key", Known(None))
    backwards = static_value(ctx, keywords.get("reverse", Known(False)), node)
    if items is None:
        return call_python(ctx, builtins.sorted, args, keywords, hint, node)
    plain = isinstance(key, Known) and key.value is None
    keys = items if plain else [call(ctx, key, [item], {}, "", node) for item in items]
    known = [k.value for k in keys if isinstance(k, Known)]
    if len(known) == len(items):
        order = sorted(range(len(items)), key=known.__getitem__, reverse=bool(backwards))
        return location(ctx, Listing(tuple(items[k] for k in order)))
    values: list[Abstract] = [Items(tuple(items)), Items(tuple(keys)), Known(bool(backwards))]
    return call_python(ctx, sequences.ordered_by, values, {}, hint, node)


@special(next)
def _next(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    if isinstance(args[0], Generator):
        return call_python(ctx, iterators.following, args, keywords, hint, node)
    method = get_attribute(ctx, args[0], "__next__", hint, node)
    return call(ctx, method, [], {}, hint, node)


@special(set)
def _set(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    """A set is a constant."""
    return _constant_of(set, ctx, args, node)


@special(frozenset)
def _frozenset(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return _constant_of(frozenset, ctx, args, node)


@special(collections.Counter)
def _counter(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return _constant_of(collections.Counter, ctx, args, node)


def _constant_of(function: Any, ctx: Context, args: list[Abstract], node: Any) -> Abstract:
    values = [static_value(ctx, item, node) for a in args for item in spread(ctx, a, node)]
    return Known(function(values))


for _consumer in (math.fsum, math.prod):
    special(_consumer)(_of_list(_consumer))


special(reversed)(_iteration("reversed"))
special(map)(_iteration("map"))
special(filter)(_iteration("filter"))
special(min)(_extremum(min))
special(max)(_extremum(max))
special(any)(_quantifier(any))
special(all)(_quantifier(all))
special(itertools.starmap)(_iteration("starmap"))

for _function in FUNCTIONS:
    if _function not in SPECIAL:
        special(_function)(_in_python(_function))

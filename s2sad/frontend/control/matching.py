"""`match`: what a pattern asks of a value is mostly known when compiling; the rest are tests.

Cases are tried in order; the names of a pattern are bound before its guard is looked at, and stay
bound where the guard says no, as in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from s2sad.frontend.control.bodies import statements
from s2sad.frontend.control.branches import branch, choose
from s2sad.frontend.data.access import get_attribute
from s2sad.frontend.data.assignment import bind
from s2sad.frontend.data.comparisons import compare, known_truth, test_atom
from s2sad.frontend.dispatch import SPECIAL, expression, lowers
from s2sad.frontend.operations.views import elements
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import Abstract, Known, Listing, Mapping, Ref
from s2sad.ir.types import Lst

Names = list[tuple[str, Abstract]]
# Classes whose only positional pattern is the value itself.
PLAIN = (bool, bytes, dict, float, int, list, str, tuple)
YES, NO = Known(True), Known(False)


@dataclass(frozen=True, eq=False)
class Match:
    """A `match` while its cases are lowered."""

    ctx: Context
    node: Any
    subject: Abstract


@lowers(gast.Match)
def lower_match(ctx: Context, node: Any) -> None:
    """`match subject: case ...`."""
    subject = expression(ctx, node.subject, "subject")
    _cases(Match(ctx, node, subject), 0)


def _cases(match: Match, k: int) -> None:
    """The cases from the k-th on."""
    if k == len(match.node.cases):
        return
    ctx, case = match.ctx, match.node.cases[k]
    names: Names = []
    test = _pattern(ctx, case.pattern, match.subject, names)
    _if(match, test, lambda: _taken(match, k, names), lambda: _cases(match, k + 1))


def _taken(match: Match, k: int, names: Names) -> None:
    """The pattern fits: its names, its guard, its body."""
    ctx, case = match.ctx, match.node.cases[k]
    for name, value in names:
        bind(ctx, name, value, case.pattern)
    if case.guard is None:
        statements(ctx, case.body)
        return
    guard = expression(ctx, case.guard, "")
    _if(match, guard, lambda: statements(ctx, case.body), lambda: _cases(match, k + 1))


def _if(match: Match, test: Abstract, then: Callable[[], None], orelse: Callable[[], None]) -> None:
    ctx, origin = match.ctx, match.ctx.origin
    truth = known_truth(ctx, test)
    if truth is not None:
        then() if truth else orelse()
        return
    after = ctx.frame.live.get(id(match.node), frozenset())

    def arm(action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            ctx.origin = origin
            action()
            ctx.frame.live_now = after
            ctx.origin = origin

        return run

    branch(ctx, test_atom(ctx, test, match.node.subject), arm(then), arm(orelse))


# -- patterns


def _pattern(ctx: Context, node: Any, value: Abstract, names: Names) -> Abstract:
    """Whether a value fits a pattern; the names that it would bind are added."""
    handler = _PATTERNS.get(type(node))
    if handler is None:
        refuse(ctx, "S101", "this pattern can't be differentiated", node, help="use `if`")
    return handler(ctx, node, value, names)


def _all(ctx: Context, tests: list[Callable[[], Abstract]], node: Any) -> Abstract:
    """All of several tests, which only read; those that are known leave no trace."""
    found: list[Abstract] = []
    for make in tests:
        test = make()
        truth = known_truth(ctx, test)
        if truth is False:
            return NO
        if truth is None:
            found.append(test)
    return _both(ctx, found, node)


def _both(ctx: Context, tests: list[Abstract], node: Any) -> Abstract:
    if not tests:
        return YES
    first, rest = tests[0], tests[1:]
    if not rest:
        return first
    return choose(ctx, first, lambda: _both(ctx, rest, node), lambda: first, "", node)


def _value(ctx: Context, node: Any, value: Abstract, names: Names) -> Abstract:
    return compare(ctx, gast.Eq, value, expression(ctx, node.value), "", node)


def _singleton(ctx: Context, node: Any, value: Abstract, names: Names) -> Abstract:
    return compare(ctx, gast.Is, value, Known(node.value), "", node)


def _capture(ctx: Context, node: Any, value: Abstract, names: Names) -> Abstract:
    test = YES if node.pattern is None else _pattern(ctx, node.pattern, value, names)
    if node.name is not None:
        names.append((_word(node.name), value))
    return test


def _word(name: Any) -> str:
    return str(getattr(name, "id", name))


def _either(ctx: Context, node: Any, value: Abstract, names: Names) -> Abstract:
    """`a | b`: the alternatives in order. Names must come from one that fits for certain."""
    tests: list[Abstract] = []
    for alternative in node.patterns:
        bound: Names = []
        test = _pattern(ctx, alternative, value, bound)
        truth = known_truth(ctx, test)
        if bound and (truth is None or (truth and tests)):
            refuse(ctx, "S101", "names in alternatives of a pattern must be known when compiling",
                   alternative, help="write a case for each alternative")  # fmt: skip
        if truth:
            names += bound
            tests.append(YES)
            break
        if truth is None:
            tests.append(test)
    return _any(ctx, tests, node)


def _any(ctx: Context, tests: list[Abstract], node: Any) -> Abstract:
    if not tests:
        return NO
    first, rest = tests[0], tests[1:]
    if not rest:
        return first
    return choose(ctx, first, lambda: YES, lambda: _any(ctx, rest, node), "", node)


def _sequence(ctx: Context, node: Any, value: Abstract, names: Names) -> Abstract:
    """`[a, *rest, b]`: tuples and lists (and no strings or arrays), by element."""
    items = None if isinstance(value, Known) and isinstance(value.value, str) else elements(
        ctx, value
    )  # fmt: skip
    if items is None:
        kind = type_at(ctx, value, node)
        if isinstance(kind, Lst):
            refuse(ctx, "S101", "the length of this list isn't known when compiling", node)
        return NO
    stars = [k for k, p in enumerate(node.patterns) if isinstance(p, gast.MatchStar)]
    count = len(node.patterns)
    if len(items) < count - 1 if stars else len(items) != count:
        return NO
    if not stars:
        return _parts(ctx, node, list(zip(node.patterns, items, strict=True)), names)
    k = stars[0]
    after = len(items) - (count - k - 1)
    star = node.patterns[k]
    if star.name is not None:
        names.append((_word(star.name), location(ctx, Listing(tuple(items[k:after])))))
    before = zip(node.patterns[:k], items[:k], strict=True)
    behind = zip(node.patterns[k + 1 :], items[after:], strict=True)
    return _parts(ctx, node, [*before, *behind], names)


def _parts(ctx: Context, node: Any, pairs: list[tuple[Any, Abstract]], names: Names) -> Abstract:
    tests = [_later(ctx, pattern, item, names) for pattern, item in pairs]
    return _all(ctx, tests, node)


def _later(ctx: Context, pattern: Any, item: Abstract, names: Names) -> Callable[[], Abstract]:
    return lambda: _pattern(ctx, pattern, item, names)


def _mapping(ctx: Context, node: Any, value: Abstract, names: Names) -> Abstract:
    content = ctx.state.heap[value.location] if isinstance(value, Ref) else None
    if not isinstance(content, Mapping):
        return NO
    held = dict(content.items)
    keys = [_key(ctx, key) for key in node.keys]
    if any(key not in held for key in keys):
        return NO
    if node.rest is not None:
        rest = tuple((k, v) for k, v in content.items if k not in keys)
        names.append((_word(node.rest), location(ctx, Mapping(rest))))
    return _parts(
        ctx, node, [(p, held[k]) for k, p in zip(keys, node.patterns, strict=True)], names
    )


def _key(ctx: Context, node: Any) -> Any:
    found = expression(ctx, node)
    if not isinstance(found, Known):
        refuse(ctx, "S101", "the key of a pattern must be known when compiling", node)
    return found.value


def _class(ctx: Context, node: Any, value: Abstract, names: Names) -> Abstract:
    """`Cls(a, key=b)`."""
    cls = expression(ctx, node.cls)
    if not isinstance(cls, Known) or not isinstance(cls.value, type):
        refuse(ctx, "S101", "the class of a pattern must be known when compiling", node.cls)
    answer = SPECIAL[isinstance](ctx, [value, cls], {}, "", node)
    if not known_truth(ctx, answer):
        return NO
    if cls.value in PLAIN and len(node.patterns) == 1:
        return _pattern(ctx, node.patterns[0], value, names)
    fields = getattr(cls.value, "__match_args__", ())
    if len(node.patterns) > len(fields):
        refuse(ctx, "S405", f"`{cls.value.__name__}` has no so many positional patterns", node,
               note="Python would raise TypeError", raises=TypeError)  # fmt: skip
    keyed = [*zip(fields, node.patterns, strict=False), *zip(node.kwd_attrs, node.kwd_patterns,
                                                              strict=True)]  # fmt: skip
    pairs = [(p, get_attribute(ctx, value, str(name), "", node)) for name, p in keyed]
    return _parts(ctx, node, pairs, names)


_PATTERNS: dict[type, Callable[[Context, Any, Abstract, Names], Abstract]] = {
    gast.MatchValue: _value,
    gast.MatchSingleton: _singleton,
    gast.MatchAs: _capture,
    gast.MatchOr: _either,
    gast.MatchSequence: _sequence,
    gast.MatchMapping: _mapping,
    gast.MatchClass: _class,
}

"""Rules lowered once for each combination of types.

The same few rules are applied over and over: what lowering one gave for operands of certain
types, its *template*, is kept, and serves wherever these types are met again, with other
operands, names and origins. That is sound because a lowered rule depends on nothing else; where
it might (a user's rule reads globals, a result has a length that equals no other), nothing is
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from s2sad.frontend.rules import lower_rule
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Const, Statement, Var
from s2sad.ir.types import Dim, Lst, Num, Type
from s2sad.origins import Origin

MOST = 2048
STEM, OPERAND = "s2sad_stem", "s2sad_operand"
Key = tuple[Any, ...]
Pairs = list[tuple[str, Any]]
PLAIN = (int, str, float, complex, bool, type(None))


@frozen(eq=False)
class Template:
    """What a rule gave: straight statements over place-holders, and results by position."""

    operands: tuple[Var, ...]
    statements: tuple[Bind, ...]
    results: tuple[Atom | None, ...]


_templates: dict[Key, Template | None] = {}


def lowered(
    function: Callable[..., Any], pairs: Pairs, origin: Origin, hint: str
) -> tuple[list[Statement], list[Any]]:
    """As `lower_rule`, whose results are used again."""
    key = _key(function, pairs)
    if key is None:
        return lower_rule(function, pairs, origin, hint)
    if key not in _templates:
        if len(_templates) >= MOST:
            _templates.clear()
        _templates[key] = _template(function, pairs, origin)
    template = _templates[key]
    if template is None:
        return lower_rule(function, pairs, origin, hint)
    operands = list(dict.fromkeys(value for _, value in pairs if isinstance(value, Var)))
    return _filled(template, operands, origin, hint)


# -- what a template depends on


def _key(function: Callable[..., Any], pairs: Pairs) -> Key | None:
    """What the lowered rule depends on, or None where that can't be said."""
    if not str(getattr(function, "__module__", "")).startswith("s2sad."):
        return None
    numbers: dict[Var, int] = {}
    parts = [_operand(value, numbers) for _, value in pairs]
    return None if None in parts else (function, *(name for name, _ in pairs), *parts)


def _operand(value: Any, numbers: dict[Var, int]) -> Key | None:
    if isinstance(value, Var):
        kind = _exact(value.type)
        return None if kind is None else (numbers.setdefault(value, len(numbers)), kind)
    if isinstance(value, Const) and type(value.value) in PLAIN:
        return type(value.value), repr(value.value)
    return None


def _exact(kind: Type) -> Key | None:
    """A type with the bounds of its lengths, which its equality leaves out."""
    if isinstance(kind, Num):
        shape = None if kind.shape is None else tuple(map(_length, kind.shape))
        return kind.forms, kind.dtype, shape, kind.value and _length(kind.value)
    if isinstance(kind, Lst):
        item = _exact(kind.item)
        return None if item is None else (Lst, item, kind.length and _length(kind.length))
    return None


def _length(dim: Dim) -> Key:
    return dim.constant, dim.terms, dim.least


# -- making and filling one


def _template(function: Callable[..., Any], pairs: Pairs, origin: Origin) -> Template | None:
    operands: dict[Var, Var] = {}
    for _, value in pairs:
        if isinstance(value, Var) and value not in operands:
            operands[value] = Var(OPERAND, value.type)
    given = [(name, operands.get(value, value)) for name, value in pairs]
    statements, results = lower_rule(function, given, origin, f"{STEM}.bar")
    straight = [s for s in statements if isinstance(s, Bind)]
    if len(straight) < len(statements) or any(isinstance(r, list) for r in results):
        return None
    known = {name for operand in operands for name in _symbols(operand.type)}
    made = [v for bind in straight for v in bind.outs]
    if any(OPERAND in v.hint or not known.issuperset(_symbols(v.type)) for v in made):
        return None
    return Template(tuple(operands.values()), tuple(straight), tuple(results))


def _symbols(kind: Type) -> Iterator[str]:
    """The symbols in the lengths of a type; one of no length for what isn't looked into."""
    if isinstance(kind, Lst):
        yield from _symbols(kind.item)
        yield from () if kind.length is None else (name for name, _ in kind.length.terms)
    elif isinstance(kind, Num):
        for dim in (*(kind.shape or ()), *((kind.value,) if kind.value is not None else ())):
            yield from (name for name, _ in dim.terms)
    else:
        yield ""


def _filled(
    template: Template, operands: list[Var], origin: Origin, hint: str
) -> tuple[list[Statement], list[Any]]:
    table: dict[Any, Any] = dict(zip(template.operands, operands, strict=True))
    stem = hint.removesuffix(".bar")
    statements: list[Statement] = []
    for bind in template.statements:
        outs = tuple([Var(_named(v.hint, stem), v.type, origin) for v in bind.outs])
        args = tuple([table.get(a, a) for a in bind.args])
        table.update(zip(bind.outs, outs, strict=True))
        statements.append(Bind(outs, bind.op, args, bind.static, bind.path, origin))
    return statements, [None if r is None else table.get(r, r) for r in template.results]


def _named(hint: str, stem: str) -> str:
    return stem + hint.removeprefix(STEM) if hint.startswith(STEM) else hint

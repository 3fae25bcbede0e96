"""Joins of different kinds: what becomes of a name that is None on one path and a number on the
other, or one of two functions.

Each kind is joined by itself; a tag says which of them it is, and the parts of the others are
undefined. Where an `if` has one kind in each arm, its test is the tag.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from s2sad.frontend.joins.linking import Joining
from s2sad.frontend.joins.templates import Fixed, Leaf, Template, Variants, leaves
from s2sad.frontend.state.context import Context, Meaning, add, constant
from s2sad.frontend.state.drafts import Draft, DraftIf
from s2sad.frontend.state.heap import State
from s2sad.frontend.state.links import arm
from s2sad.frontend.state.references import type_at
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Conflict,
    Items,
    Known,
    Listing,
    Mapping,
    Method,
    OneOf,
    Ref,
    Slice,
    Unbound,
    Value,
)
from s2sad.ir.data import Atom, Bind, Const, Undefined, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import BOOL, INT, Lst, Num, Opaque

Pairs = list[tuple[State, Abstract]]
Unify = Callable[[Context, str, Pairs, Joining], Template]
AtomsOf = Callable[[Template, Abstract], list[Atom]]
MOST = 8
NONE, UNBOUND, NUMBER = ("none",), ("unbound",), ("number",)


# -- kinds


def kind_of(ctx: Context, state: State, value: Abstract) -> tuple[Any, ...]:
    """What tells the kind of a value from others; values of one kind can be joined."""
    if isinstance(value, Known):
        return _kind_of_constant(value.value)
    if isinstance(value, Unbound):
        return UNBOUND
    if isinstance(value, Items):
        return ("tuple", len(value.items), value.cls)
    if isinstance(value, Value | Ref):
        return _kind_of_data(ctx, state, value)
    if isinstance(value, Closure):
        frame = value.frame.number if value.frame is not None else 0
        return ("function", id(value.node), frame, id(value.function and value.function[0]))
    if isinstance(value, Method):
        return ("method", value.name, kind_of(ctx, state, value.receiver))
    if isinstance(value, Slice):
        parts = (value.start, value.stop, value.step)
        return ("slice", *(kind_of(ctx, state, part) for part in parts))
    return ("other", id(value))


def _kind_of_constant(value: Any) -> tuple[Any, ...]:
    if value is None:
        return NONE
    if isinstance(value, (bool, int, float, complex)):
        return NUMBER
    if isinstance(value, (str, bytes)):
        return ("constant", type(value).__name__, value)
    return ("constant", id(value))


def _kind_of_data(ctx: Context, state: State, value: Value | Ref) -> tuple[Any, ...]:
    content = state.heap.get(value.location) if isinstance(value, Ref) and not value.path else None
    if isinstance(content, Mapping):
        return ("dict", tuple(key for key, _ in content.items))
    if isinstance(content, Attributes):
        return ("object", content.cls, tuple(name for name, _ in content.items))
    if isinstance(content, Listing):
        return ("list",)
    before, ctx.state = ctx.state, state
    kind = type_at(ctx, value)
    ctx.state = before
    if isinstance(kind, Num):
        return NUMBER
    if isinstance(kind, Lst):
        return ("list",)
    return ("opaque", kind.name) if isinstance(kind, Opaque) else ("other", str(kind))


def normal(value: Abstract) -> Abstract:
    """A constant tuple by its elements."""
    if isinstance(value, Known) and type(value.value) is tuple:
        return Items(tuple(Known(item) for item in value.value))
    return value


def flattened(pairs: Sequence[tuple[State, Abstract]]) -> Pairs:
    """The values of paths, each choice by itself."""
    found: Pairs = []
    for state, value in pairs:
        if isinstance(value, OneOf):
            found += flattened([(state, choice) for choice in value.choices])
        else:
            found.append((state, normal(value)))
    return found


# -- the plan


def variants(
    ctx: Context,
    hint: str,
    pairs: Sequence[tuple[State, Abstract]],
    joining: Joining,
    unify: Unify,
) -> Template | None:
    """The join of values of several kinds; None where there is none."""
    flat = flattened(pairs)
    if any(isinstance(value, Conflict) for _, value in flat):
        return None
    classes: dict[tuple[Any, ...], Pairs] = {}
    for state, value in flat:
        classes.setdefault(kind_of(ctx, state, value), []).append((state, value))
    keys = sorted(classes, key=lambda key: key not in (NONE, UNBOUND))
    if len(keys) == 1:
        return unify(ctx, hint, flat, joining) if len(flat) > len(pairs) else None
    test = _telling(ctx, pairs, keys, joining)
    if len(keys) > MOST:
        return None
    parts = _parts(ctx, hint, [classes[key] for key in keys], joining, unify)
    if any(isinstance(p, Fixed) and isinstance(p.value, Conflict) for p in parts):
        return None
    which = None if test is not None else _tag(hint, classes[keys[0]][0][1], len(keys))
    return Variants(hint, tuple(keys), parts, which, test)


def _parts(
    ctx: Context, hint: str, classes: list[Pairs], joining: Joining, unify: Unify
) -> tuple[Template, ...]:
    """The join of each kind. What was made on its paths is not there on the others."""
    before, ctx.inside = ctx.inside, joining.base
    try:
        return tuple(
            Fixed(pairs[0][1])
            if isinstance(pairs[0][1], Unbound)
            else unify(ctx, hint, pairs, joining)
            for pairs in classes
        )
    finally:
        ctx.inside = before


def told_apart(ctx: Context, pairs: Sequence[tuple[State, Abstract]], joining: Joining) -> bool:
    """Whether the test of an `if` tells the two kinds of its arms apart."""
    keys = list(dict.fromkeys(kind_of(ctx, s, v) for s, v in flattened(pairs)))
    return _telling(ctx, pairs, keys, joining) is not None


def _telling(
    ctx: Context,
    pairs: Sequence[tuple[State, Abstract]],
    keys: list[tuple[Any, ...]],
    joining: Joining,
) -> Var | None:
    """The test of an `if` that tells two kinds apart: the first is that of its first arm."""
    test = joining.test
    if len(keys) != 2 or len(pairs) != 2 or not isinstance(test, Var):
        return None
    if not (isinstance(test.type, Num) and not test.type.may_be_array):
        return None
    arms = [{kind_of(ctx, s, v) for s, v in flattened([pair])} for pair in pairs]
    if any(len(arm) != 1 for arm in arms):
        return None
    keys[:] = [key for arm in arms for key in arm]
    return test


def _tag(hint: str, first: Abstract, count: int) -> Leaf:
    name = hint.split(".")[0]
    return Leaf(f"{name}.is_{_word(first)}", BOOL) if count == 2 else Leaf(f"{name}.which", INT)


def _word(value: Abstract) -> str:
    """What the kind of a value is called on the page."""
    if isinstance(value, Known) and not isinstance(value.value, (bool, int, float, complex)):
        plain = isinstance(value.value, (str, type(None)))
        name = str(value.value if plain else _title(value.value)).lower()
    elif isinstance(value, Closure | Method):
        name = value.name
    else:
        name = type(value).__name__.lower()
        name = {"items": "tuple", "known": "number", "value": "number"}.get(name, name)
    return name if name.isidentifier() else "first"


def _title(value: Any) -> str:
    return str(getattr(value, "__name__", None) or type(value).__name__)


# -- the values of a path


def variant_atoms(
    ctx: Context, template: Variants, value: Abstract, atoms_of: AtomsOf
) -> list[Atom]:
    """The values of a template's leaves on a path."""
    if isinstance(value, OneOf):
        return _atoms_of_choices(ctx, template, value, atoms_of)
    value = normal(value)
    k = template.keys.index(kind_of(ctx, ctx.state, value))
    result: list[Atom] = []
    if template.which is not None:
        two = len(template.keys) == 2
        result.append(Const(k == 0, BOOL) if two else Const(k, INT))
    for number, part in enumerate(template.parts):
        if number == k:
            result += atoms_of(part, value)
        else:
            result += [Undefined(leaf.hint, leaf.type) for leaf in leaves(part)]
    return result


def _atoms_of_choices(
    ctx: Context, template: Variants, value: OneOf, atoms_of: AtomsOf
) -> list[Atom]:
    kinds = [kind_of(ctx, ctx.state, normal(choice)) for choice in value.choices]
    if template.which is not None and len(template.keys) == len(kinds) == len(set(kinds)):
        order = [kinds.index(key) for key in template.keys]
        if len(order) == 2 or order == sorted(order):
            found = _atoms_in_order(ctx, template, value, order, atoms_of)
            if found is not None:
                return found
    return chosen_atoms(
        ctx, template, value, lambda choice: variant_atoms(ctx, template, choice, atoms_of)
    )


def _atoms_in_order(
    ctx: Context, template: Variants, value: OneOf, order: list[int], atoms_of: AtomsOf
) -> list[Atom] | None:
    """Each kind from its choice; None where that reads something which may not be there."""
    outer, ctx.draft = ctx.draft, Draft()
    parts = zip(template.parts, order, strict=True)
    found = [a for part, k in parts for a in atoms_of(part, normal(value.choices[k]))]
    made, ctx.draft = ctx.draft.statements, outer
    if made:
        return None
    tag = value.tag if order == sorted(order) else opposite(ctx, value.tag)
    return [tag, *found]


def opposite(ctx: Context, tag: Var) -> Var:
    """`not tag`, of a tag of two choices."""
    out = Var(tag.hint, BOOL, ctx.origin)
    ctx.draft.statements.append(Bind((out,), OPERATORS["not_"], (tag,), (), (), ctx.origin))
    told = ctx.meanings.get(tag, Meaning())
    ctx.meanings[out] = Meaning(told.false, told.true)
    return out


def chosen_atoms(
    ctx: Context, template: Template, value: OneOf, atoms_of: Callable[[Abstract], list[Atom]]
) -> list[Atom]:
    """The values of a template's leaves, by the choice that it is at run time."""
    found = leaves(template)
    return _chosen(ctx, value, 0, found, atoms_of) if found else []


def _chosen(
    ctx: Context,
    value: OneOf,
    first: int,
    found: list[Leaf],
    atoms_of: Callable[[Abstract], list[Atom]],
) -> list[Atom]:
    if first + 1 == len(value.choices):
        return atoms_of(value.choices[first])
    test = value.tag
    if len(value.choices) > 2:
        test = add(ctx, OPERATORS["eq"], (value.tag, constant(first)), BOOL)
    then = arm(ctx, lambda: atoms_of(value.choices[first]))
    orelse = arm(ctx, lambda: _chosen(ctx, value, first + 1, found, atoms_of))
    outs = tuple(Var(leaf.hint, leaf.type, ctx.origin) for leaf in found)
    ctx.draft.statements.append(DraftIf(outs, test, then, orelse, ctx.origin))
    return list(outs)


# -- behind the join


def one_of(ctx: Context, tag: Atom, choices: tuple[Abstract, ...]) -> Abstract:
    """One of several values; the one that it is, where that is known."""
    if isinstance(tag, Const):
        return choices[int(not tag.value) if isinstance(tag.value, bool) else tag.value]
    assert isinstance(tag, Var)
    if len(choices) == 2:
        told = Meaning(((tag, frozenset({0})),), ((tag, frozenset({1})),))
        ctx.meanings.setdefault(tag, told)
    return OneOf(tag, choices)

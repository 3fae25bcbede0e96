"""Derivatives that are taken inside of a function that is differentiated: `grad(f)(x)`.

f is lowered for itself, as a function of copies of its arguments and of what it reads of the
scopes around it; that function is differentiated, and the statements of its derivative are put
where the call stands. So what is differentiated outside knows nothing of inner cotangents, and
the inner derivative is by its own arguments only: one is never taken for the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.assumptions import meet
from s2sad.equivalents import derivatives
from s2sad.frontend.calls.differentiated import Lowered, Taken, lowered_alone, rebuilt_content
from s2sad.frontend.dispatch import special
from s2sad.frontend.joins.plan import content_parts
from s2sad.frontend.operations.calls import call_library
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.operations.definitions import closure_of
from s2sad.frontend.state.context import Context, location, place, refuse, wrap
from s2sad.frontend.state.references import atom_of, type_at
from s2sad.frontend.state.values import (
    Abstract,
    Closure,
    Items,
    Keywords,
    Known,
    Listing,
    Mapping,
    Ref,
    Value,
    Whole,
)
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Bind, Function, Statement, Var
from s2sad.ir.types import ARRAY, COMPLEXES, NP, Num, Type, is_continuous
from s2sad.ir.walk import clone, rebuild
from s2sad.request import Derivation

# -- what is taken of it


@special(derivatives.derivative)
def _derivative(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    fun, mode, chosen, options, given, named = args
    has_aux, holomorphic = static_value(ctx, options, node)
    values, names = list(_items(given)), _named(ctx, named)
    wanted = static_value(ctx, chosen, node)
    every = wanted == derivatives.EVERYTHING
    if every:
        wanted = _continuous(ctx, values)
    wrt, single = _wrt(ctx, fun, wanted, values, names, node)
    lowered = lowered_alone(ctx, fun, values, names, wrt, has_aux, node)
    kind = static_value(ctx, mode, node)
    _check(ctx, lowered, kind, holomorphic, node)
    moving = tuple(v for m in lowered.moving for v in _leaves(lowered.taken, m))
    (function,) = _derived(ctx, Derivation(lowered.function, moving, kind, lowered.parts))
    found = _put(ctx, lowered.taken, function, [], node)
    result = _given_back(ctx, lowered, kind, found, single, has_aux, node)
    return _spread(result, wrt, len(values)) if every else result


def _continuous(ctx: Context, values: list[Abstract]) -> list[int]:
    """The positions of arguments that hold floats."""
    return [k for k, v in enumerate(values) if is_continuous(type_at(ctx, v))]


def _spread(result: Abstract, wrt: list[Any], count: int) -> Items:
    """A tuple with None for the arguments by which nothing was differentiated."""
    parts = iter(_items(result))
    return Items(tuple(next(parts) if k in wrt else Known(None) for k in range(count)))


def _items(value: Abstract) -> tuple[Abstract, ...]:
    assert isinstance(value, Items)
    return value.items


def _named(ctx: Context, value: Abstract) -> Keywords:
    assert isinstance(value, Ref)
    content = ctx.state.heap[value.location]
    assert isinstance(content, Mapping)
    return {str(key): item for key, item in content.items}


def _wrt(
    ctx: Context, fun: Abstract, chosen: Any, args: list[Abstract], keywords: Keywords, node: Any
) -> tuple[list[Any], bool]:
    """Positions, or names of what is passed by name; whether one was asked for."""
    single = chosen is None or isinstance(chosen, (int, str))
    wanted = [0 if chosen is None else chosen] if single else list(chosen)
    names = _parameter_names(ctx, fun, node)
    found: list[Any] = []
    for one in wanted:
        at = names.index(one) if isinstance(one, str) and one in names else one
        if isinstance(at, int) and at < 0:
            at += max(len(names), len(args))
        if isinstance(at, int) and at >= len(args) and at < len(names):
            at = names[at]
        if not (at in keywords or (isinstance(at, int) and 0 <= at < len(args))):
            refuse(ctx, "S409", f"wrt={one!r} is no argument of this call", node,
                   help="give the position or the name of an argument that is passed")  # fmt: skip
        found.append(at)
    return found, single


def _parameter_names(ctx: Context, fun: Abstract, node: Any) -> list[str]:
    if isinstance(fun, Known) and hasattr(fun.value, "__code__"):
        fun = closure_of(ctx, fun, node)
    if not isinstance(fun, Closure):
        return []
    return [p.id for p in (*fun.node.args.posonlyargs, *fun.node.args.args)]


def _leaves(taken: Taken, value: Abstract) -> Iterator[Var]:
    """The variables of an argument, in order."""
    if isinstance(value, Value):
        assert isinstance(value.atom, Var)
        yield value.atom
    elif isinstance(value, Items):
        for item in value.items:
            yield from _leaves(taken, item)
    elif isinstance(value, Ref):
        content = taken.contents[value.location]
        parts = () if isinstance(content, Whole) else content_parts(content)
        if isinstance(content, Whole):
            assert isinstance(content.atom, Var)
            yield content.atom
        for part in parts:
            yield from _leaves(taken, part)


def _check(ctx: Context, lowered: Lowered, mode: str, holomorphic: bool, node: Any) -> None:
    """What is asked of arguments and of the value, as where a derivative is taken outside."""
    for one in lowered.moving:
        leaves = list(_leaves(lowered.taken, one))
        if not leaves or not all(is_continuous(leaf.type) for leaf in leaves):
            refuse(ctx, "S401", "this differentiates by something that isn't a float", node,
                   help="pass it as a float, or leave it out of wrt")  # fmt: skip
    value = lowered.result if lowered.parts is None else lowered.parts[0]
    kind = value.type
    if mode in ("jacfwd", "jacrev"):
        whole = [type_at(lowered.taken.inner, one) for one in lowered.moving]
        if not all(isinstance(k, Num) for k in (kind, *whole)):
            refuse(ctx, "S416", "a Jacobian of containers can't be taken inside yet", node,
                   help="pass arrays instead of containers")  # fmt: skip
        return
    number = isinstance(kind, Num) and kind.shape == ()
    if not number or not is_continuous(kind):
        refuse(ctx, "S402", "a gradient is taken here of a function that gives no number",
               node, help="return np.sum(...) of it")  # fmt: skip
    assert isinstance(kind, Num)
    if (kind.dtype in COMPLEXES) != holomorphic and kind.dtype is not None:
        refuse(ctx, "S402", "the value is complex, or holomorphic=True and it is real", node,
               help="holomorphic=True goes with complex arguments and values")  # fmt: skip


def _put(
    ctx: Context, taken: Taken, function: Function, seeds: list[Atom], node: Any
) -> tuple[list[Statement], tuple[Atom, ...]]:
    """Puts the statements of a function where the call stands; its results."""
    atoms = [*taken.given, *seeds]
    table = {p.var: a for p, a in zip(function.params, atoms, strict=True)}
    return _placed_here(ctx, function, table, node)


def _placed_here(
    ctx: Context, function: Function, table: dict[Var, Atom], node: Any
) -> tuple[list[Statement], tuple[Atom, ...]]:
    body, _ = clone(function.body, table)
    origin = place(ctx, node)
    moved = rebuild(body, lambda s: [replace(s, origin=origin)])
    ctx.draft.statements += moved.statements
    return list(moved.statements), moved.terminator.values


def _parts_of(statements: list[Statement], atom: Atom) -> tuple[Atom, ...]:
    """What a tuple at the end is made of."""
    made = next(s for s in reversed(statements) if isinstance(s, Bind) and atom in s.outs)
    return made.args


def _given_back(
    ctx: Context,
    lowered: Lowered,
    mode: str,
    found: tuple[list[Statement], tuple[Atom, ...]],
    single: bool,
    has_aux: bool,
    node: Any,
) -> Abstract:
    """The results in the structure that the call has outside."""
    statements, values = found
    grads = values[1] if mode == "value_and_grad" else values[0]
    atoms = iter(_parts_of(statements, grads))
    shapes = mode in ("jacfwd", "jacrev")
    parts = [
        wrap(ctx, next(atoms), node) if shapes else _like(ctx, lowered.taken, one, atoms, node)
        for one in lowered.moving
    ]
    gradients = parts[0] if single else Items(tuple(parts))
    if mode == "value_and_grad":
        return Items((wrap(ctx, values[0], node), gradients))
    return Items((gradients, wrap(ctx, values[1], node))) if has_aux else gradients


def _like(
    ctx: Context, taken: Taken, value: Abstract, atoms: Iterator[Atom], node: Any
) -> Abstract:
    """Cotangents, or tangents, in the structure and the kinds of an argument."""
    if isinstance(value, Value):
        return _of_kind(ctx, next(atoms), value.atom.type, node)
    if isinstance(value, Items):
        return Items(tuple(_like(ctx, taken, v, atoms, node) for v in value.items), value.cls)
    assert isinstance(value, Ref)
    content = taken.contents[value.location]
    if isinstance(content, Whole):
        return _of_kind(ctx, next(atoms), content.atom.type, node)
    parts = tuple(_like(ctx, taken, part, atoms, node) for part in content_parts(content))
    return location(ctx, rebuilt_content(content, parts))


def _of_kind(ctx: Context, atom: Atom, kind: Type, node: Any) -> Abstract:
    """A number of the kind that the argument has: Python's, NumPy's, or an array of no axes."""
    made = wrap(ctx, atom, node)
    found = type_at(ctx, made)
    if not isinstance(kind, Num) or not isinstance(found, Num) or kind.forms == found.forms:
        return made
    if kind.is_python:
        return call_library(ctx, complex if kind.dtype == "complex128" else float, [made], {}, "",
                            node)  # fmt: skip
    if kind.forms == frozenset({NP}) and kind.dtype is not None:
        return call_library(ctx, np.dtype(kind.dtype).type, [made], {}, "", node)
    if kind.forms == frozenset({ARRAY}) and kind.shape == ():
        return call_library(ctx, np.asarray, [made], {}, "", node)
    return made


# -- tangents and pullbacks


@special(derivatives.tangent)
def _tangent(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    fun, primals, tangents = args[0], _sequence(ctx, args[1]), _sequence(ctx, args[2])
    if len(primals) != len(tangents):
        refuse(ctx, "S413", "jvp takes as many tangents as primals", node,
               help="pass None for an argument that is held fixed")  # fmt: skip
    fixed = [k for k, t in enumerate(tangents) if isinstance(t, Known) and t.value is None]
    wrt = [k for k in range(len(primals)) if k not in fixed]
    lowered = lowered_alone(ctx, fun, primals, {}, wrt, False, node)
    seeds: list[Atom] = []
    moving: list[Var] = []
    for k, one in zip(wrt, lowered.moving, strict=True):
        leaves = list(_leaves(lowered.taken, one))
        moving += leaves
        seeds += _seeds(ctx, leaves, tangents[k], node)
    task = Derivation(lowered.function, tuple(moving), "jvp", None)
    (function,) = _derived(ctx, task)
    _, (out, out_dot) = _put(ctx, lowered.taken, function, seeds, node)
    dot = _of_kind(ctx, out_dot, out.type, node)
    return Items((wrap(ctx, out, node), dot))


def _sequence(ctx: Context, value: Abstract) -> list[Abstract]:
    """The elements of a tuple or list that is written out."""
    if isinstance(value, Items):
        return list(value.items)
    if isinstance(value, Ref) and isinstance(ctx.state.heap[value.location], Listing):
        return list(content_parts(ctx.state.heap[value.location]))
    refuse(ctx, "S107", "primals and tangents are tuples or lists that are written out")


def _seeds(ctx: Context, leaves: list[Var], seed: Abstract, node: Any) -> list[Atom]:
    """A tangent or cotangent as atoms, one for each of the leaves, of their types."""
    parts = [seed] if len(leaves) == 1 and not isinstance(seed, Items) else list(_flat(ctx, seed))
    if len(parts) != len(leaves):
        refuse(ctx, "S403", "a seed has another structure than what it belongs to", node)
    return [_seed(ctx, leaf.type, part, node) for leaf, part in zip(leaves, parts, strict=True)]


def _flat(ctx: Context, value: Abstract) -> Iterator[Abstract]:
    content = ctx.state.heap[value.location] if isinstance(value, Ref) and not value.path else None
    if isinstance(value, Items):
        for item in value.items:
            yield from _flat(ctx, item)
    elif content is not None and not isinstance(content, Whole):
        for part in content_parts(content):
            yield from _flat(ctx, part)
    else:
        yield value


def _seed(ctx: Context, kind: Type, value: Abstract, node: Any) -> Atom:
    found = type_at(ctx, value, node)
    if not (isinstance(kind, Num) and isinstance(found, Num)):
        refuse(ctx, "S403", "a seed is a number or an array, like what it belongs to", node)
    rank, own = (None if k.shape is None else len(k.shape) for k in (kind, found))
    if rank != own or rank is None:
        refuse(ctx, "S403", "a seed has the shape of what it belongs to", node)
    for ours, theirs in zip(kind.shape or (), found.shape or (), strict=True):
        meet(ours, theirs)
        if ours != theirs:
            refuse(ctx, "S403", "a seed has the shape of what it belongs to; that isn't known here",
                   node, note=f"one axis has length {ours}, the other {theirs}",
                   help="make it with np.ones_like or np.zeros_like of it")  # fmt: skip
    if kind.dtype != found.dtype and kind.is_array:
        value = call_library(ctx, np.asarray, [value], {"dtype": Known(np.dtype(kind.dtype).type)},
                             "", node)  # fmt: skip
    return atom_of(ctx, _of_kind(ctx, atom_of(ctx, value, "", node), kind, node), "", node)


@frozen(eq=False)
class Sweep:
    """A reverse sweep that waits for its seed: the function, and what it belongs to. places: the
    arguments that have a cotangent, and how many there are, where the others get None."""

    function: Function
    lowered: Lowered
    out: Type
    places: tuple[tuple[int, ...], int] | None


@special(derivatives.forward_sweep)
def _forward_sweep(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    fun, chosen, primals = args
    values = _sequence(ctx, primals)
    wanted = static_value(ctx, chosen, node)
    every = _continuous(ctx, values)
    wrt = every if wanted is None else _wrt(ctx, fun, wanted, values, {}, node)[0]
    lowered = lowered_alone(ctx, fun, values, {}, wrt, False, node)
    moving = tuple(v for one in lowered.moving for v in _leaves(lowered.taken, one))
    task = Derivation(lowered.function, moving, "vjp", None)
    first, second = _derived(ctx, task)
    _, (out, *saved) = _put(ctx, lowered.taken, first, [], node)
    kept = Items(tuple(wrap(ctx, atom, node) for atom in saved))
    places = (tuple(every), len(values)) if wanted is None else None
    return Items((wrap(ctx, out, node), kept, Known(Sweep(second, lowered, out.type, places))))


@special(derivatives.reverse_sweep)
def _reverse_sweep(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    sweep, saved, out_bar = args
    assert isinstance(sweep, Known) and isinstance(saved, Items)
    waiting: Sweep = sweep.value
    *kept, seed = (p.var for p in waiting.function.params)
    atoms = [atom_of(ctx, value, "", node) for value in saved.items]
    if not isinstance(waiting.out, Num):
        refuse(ctx, "S107", "a pullback of containers can't be called inside yet", node,
               help="return one array")  # fmt: skip
    given = [*atoms, _seed(ctx, waiting.out, out_bar, node)]
    table = dict(zip((*kept, seed), given, strict=True))
    statements, (grads,) = _placed_here(ctx, waiting.function, table, node)
    parts = iter(_parts_of(statements, grads))
    taken = waiting.lowered.taken
    bars = Items(tuple(_like(ctx, taken, one, parts, node) for one in waiting.lowered.moving))
    if waiting.places is None:
        return bars
    every, count = waiting.places
    return _spread(bars, list(every), count)


def _derived(ctx: Context, task: Derivation) -> tuple[Function, ...]:
    derive = ctx.shared.derive
    assert derive is not None
    return derive(task)


def call_gradient(
    ctx: Context, gradient: Known, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """A call of what `grad`, `jacobian` and their like gave outside."""
    made = gradient.value
    access = None if gradient.access is None else gradient.access.extended("attribute", "primal")
    primal = Known(made.primal, access)
    offset = 0 if made.bound is None else 1
    wrt = tuple(k - offset for k in made.wrt)
    mode = "jacfwd" if made.mode == "jacobian" else made.mode
    options = (made.options.has_aux, made.options.holomorphic)
    given = [primal, Known(mode), Known(wrt[0] if made.single else wrt), Known(options)]
    named = location(ctx, Mapping(tuple(keywords.items())))
    return _derivative(ctx, [*given, Items(tuple(args)), named], {}, hint, node)

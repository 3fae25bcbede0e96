"""The two functions of a pair, cut from one that holds both sweeps."""

from __future__ import annotations

from dataclasses import replace

from s2sad.analysis.versions import first_version, versions
from s2sad.ir.data import Atom, Bind, Block, Function, IndexStep, Param, Statement, Var, Yield
from s2sad.ir.ops import GETITEM, TUPLE
from s2sad.ir.types import Num
from s2sad.ir.walk import clone, defined, definitions, free_variables, refreshed, substitute
from s2sad.origins import Origin
from s2sad.reverse.defaults import with_defaults
from s2sad.reverse.levels import is_cheap
from s2sad.reverse.pairs import Pair
from s2sad.reverse.split import by_shape, forward_part

MEASURES = (".shape", ".size", "len")


# -- the two halves


def halves(pair: Pair, joint: Function) -> list[Function]:
    count = len(pair.callee.params)
    values = joint.body.terminator.values
    results, last = values[: len(pair.callee.body.terminator.values)], values[len(
        pair.callee.body.terminator.values) :]  # fmt: skip
    params, given = joint.params[:count], [p.var for p in joint.params[count:]]
    first = forward_part(joint.body.statements, results)
    forward = tuple(s for s in joint.body.statements if s in first)
    backward = tuple(s for s in joint.body.statements if s not in first)
    borrowed = _borrowed(pair, params, results)
    shapes = _shapes(joint, params, results)
    block = _with_cheap(Block((), backward, Yield(last)), forward, {*borrowed, *given}, shapes)
    block, forward = by_shape(block, forward, {*borrowed, *given})
    kept = tuple(v for v in free_variables(block) if v not in borrowed and v not in given)
    if not pair.recursive:
        _forget(pair, borrowed, free_variables(block), results, params)
    pair.saved.items[:] = [v.type for v in kept]
    origin = _origin(forward)
    saved = Var("saved", pair.saved, origin)
    pack = Bind((saved,), TUPLE, kept, (), (), origin)
    body = Block((), (*with_defaults(forward, frozenset(kept)), pack), Yield((*results, saved)))
    made = Function(f"{pair.name}_forward", params, body, joint.source)
    return [refreshed(made), _reverse_function(pair, joint, block, kept, given)]


def _borrowed(pair: Pair, params: tuple[Param, ...], results: tuple[Atom, ...]) -> dict[Var, None]:
    """The arguments and results that the reverse function can get from its caller."""
    given = {params[j].var: None for j in pair.arguments}
    return given | {v: None for k in pair.results if isinstance(v := results[k], Var)}


def _forget(
    pair: Pair,
    borrowed: dict[Var, None],
    read: tuple[Var, ...],
    results: tuple[Atom, ...],
    params: tuple[Param, ...],
) -> None:
    """What the reverse function doesn't read isn't passed."""
    for variable in [v for v in borrowed if v not in read]:
        del borrowed[variable]
    pair.arguments = tuple(j for j in pair.arguments if params[j].var in borrowed)
    names = [params[j].var for j in pair.arguments]
    pair.results = tuple(
        k for k in pair.results if results[k] in borrowed and results[k] not in names
    )


def _shapes(
    joint: Function, params: tuple[Param, ...], results: tuple[Atom, ...]
) -> dict[Var, Var]:
    """For each version of a parameter the last one, which is a result and has the same shape."""
    older = versions(joint.body)
    last: dict[Var | None, Var] = {
        first_version(older, r): r for r in results if isinstance(r, Var)
    }
    every = (*(p.var for p in params), *older)
    return {v: last[first] for v in every if (first := first_version(older, v)) in last}


def _with_cheap(
    block: Block, forward: tuple[Statement, ...], given: set[Var], shapes: dict[Var, Var]
) -> Block:
    """The reverse block, computing again what is cheap to compute from what it is given.

    shapes: what to ask for the shape of an array instead of it.
    """
    made = definitions(Block((), forward, Yield(())))
    here = {v for s in forward for v in defined(s)}
    again: dict[Var, Bind] = {}

    def obtain(variable: Atom, depth: int) -> bool:
        if not isinstance(variable, Var) or variable in given or variable in again:
            return True
        bind = made.get(variable)
        if bind is not None and bind.op.name in MEASURES and _is_array(bind.args[0]):
            bind = replace(bind, args=(shapes.get(bind.args[0], bind.args[0]),))  # type: ignore[arg-type]
        if bind is None or variable not in here or not depth or not is_cheap(bind):
            return False
        if not all(obtain(a, depth - 1) for a in bind.args):
            return False
        again[variable] = bind
        return True

    for variable in free_variables(block):
        obtain(variable, 6)
    origin = next((s.origin for s in block.statements if s.origin is not None), None)
    mapping = {v: replace(v, origin=origin) for v in again}
    copies = [replace(bind, outs=(mapping[v],), origin=origin) for v, bind in again.items()]
    return substitute(replace(block, statements=(*copies, *block.statements)), mapping)


def _is_array(atom: Atom) -> bool:
    return isinstance(atom.type, Num) and atom.type.is_array


def _origin(statements: tuple[Statement, ...]) -> Origin | None:
    return next((s.origin for s in reversed(statements) if s.origin is not None), None)


def _reverse_function(
    pair: Pair,
    joint: Function,
    block: Block,
    kept: tuple[Var, ...],
    given: list[Var],
) -> Function:
    origin = _origin(block.statements)
    saved = Var("saved", pair.saved, origin)
    values = joint.body.terminator.values
    passed = [joint.params[j].var for j in pair.arguments]
    passed += [values[k] for k in pair.results]  # type: ignore[misc]
    owned = {*given, saved, *(values[k] for k, _ in pair.writes)}
    fresh: dict[Var, Var] = {}
    params: list[Param] = []
    for variable in (*passed, saved, *given):
        new = Var(variable.hint, variable.type, origin)
        fresh.setdefault(variable, new)
        params.append(Param(new, owned=variable in owned))
    items = {v: Var(v.hint, v.type, origin) for v in kept}
    reads = tuple(
        Bind((v,), GETITEM, (fresh[saved],), (), (IndexStep((k,)),), origin)
        for k, v in enumerate(items.values())
    )
    body, _ = clone(block, {**fresh, **items})
    body = replace(body, statements=(*reads, *body.statements))
    return Function(f"{pair.name}_reverse", tuple(params), body, joint.source)

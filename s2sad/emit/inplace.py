"""What a called function writes in place, and gives back by that alone.

    u.1 = call f(u[1:])         prints as `f(u[1:])`, and f returns nothing for it

A result of a function is given back in place if it is, on every path, the buffer of the parameter
whose next version the calls take it for. All other results are returned, and where that was the
version of a view, the caller stores it. Copies may spoil it, so `given_back` is asked
again behind the pass that inserts them.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.analysis.versions import first_version, versions
from s2sad.emit.alias import Edge
from s2sad.emit.aliasing import aliases_of, reach_back, written_operands
from s2sad.ir.calls import placed, shortened, view_of
from s2sad.ir.data import Bind, Call, Function, IndexStep, Program, Statement, Var
from s2sad.ir.ops import GETITEM, SETITEM
from s2sad.ir.walk import calls, path_holes, rebuild

Pairs = frozenset[tuple[int, int]]
Given = dict[str, Pairs]


def narrowed(program: Program) -> Program:
    """The program with those parameters owned only that are written."""
    owned: dict[str, list[int]] = {f.name: [] for f in program.functions}
    size = -1
    while size != sum(map(len, owned.values())):
        size = sum(map(len, owned.values()))
        for function in program.functions:
            owned[function.name] = _written_params(function, owned)
    functions = []
    for f in program.functions:
        params = (replace(p, owned=p.owned and k in owned[f.name]) for k, p in enumerate(f.params))
        functions.append(replace(f, params=tuple(params)))
    return Program(tuple(functions))


def _written_params(function: Function, owned: dict[str, list[int]]) -> list[int]:
    edges: dict[Var, list[Edge]] = aliases_of(function, {}).edges
    operands = written_operands(function, lambda call: owned.get(call.callee, []))
    reached = dict.fromkeys(reach_back(edges, operands))
    return [k for k, p in enumerate(function.params) if p.owned and p.var in reached]


def given_back(program: Program) -> Given:
    """For each function the pairs of a result and the parameter whose buffer it is: a greatest
    fixpoint, since functions that call themselves rest on their own answer."""
    given = {f.name: _declared(program, f.name) for f in program.functions}
    before = None
    while before != given:
        before = given
        functions = limited(program, given).functions
        given = {f.name: _kept(f, given[f.name]) for f in functions}
    return given


def _declared(program: Program, name: str) -> Pairs:
    """The pairs that every call of a function writes, in variables."""
    found = [
        frozenset((k, j) for k, j in call.writes if isinstance(call.args[j], Var))
        for f in program.functions
        for call in calls(f.body)
        if call.callee == name
    ]
    return frozenset.intersection(*found) if found else frozenset()


def _kept(function: Function, pairs: Pairs) -> Pairs:
    older = versions(function.body)
    values = function.body.terminator.values
    return frozenset(
        (k, j) for k, j in pairs if first_version(older, values[k]) is function.params[j].var
    )


def limited(program: Program, given: Given) -> Program:
    """The program with those writes only that are given back in place."""

    params = {f.name: tuple(p.var for p in f.params) for f in program.functions}

    def less(statement: Statement) -> list[Statement]:
        if isinstance(statement, Call):
            return _explicit(statement, given[statement.callee], params[statement.callee])
        return [statement]

    return Program(tuple(replace(f, body=rebuild(f.body, less)) for f in program.functions))


def _explicit(call: Call, given: Pairs, params: tuple[Var, ...]) -> list[Statement]:
    """The call, reading views before it and storing them behind it that aren't given back."""
    writes = tuple(pair for pair in call.writes if pair in given)
    stored = {j: k for k, j in call.writes if (k, j) not in given}
    staying = {j for _, j in writes}
    before: list[Statement] = []
    behind: list[Statement] = []
    args, outs = list(call.args), list(call.outs)
    for j, _ in call.views:
        view = view_of(call, j)
        if j in staying or view is None:
            continue
        path, holes = view
        part = Var("", params[j].type, call.origin)
        args[j] = part
        before.append(
            Bind((part,), GETITEM, (call.args[j], *holes), (), placed(path, 1), call.origin)
        )
        if j in stored:
            k = stored[j]
            outs[k] = Var("", params[j].type, call.origin)
            atoms = (call.args[j], outs[k], *holes)
            behind.append(
                Bind((call.outs[k],), SETITEM, atoms, (), (*placed(path, 2), _ALL), call.origin)
            )
    kept = dict.fromkeys([j for j, _ in call.views if j in staying])
    made = replace(call, args=tuple(args), outs=tuple(outs), writes=writes)
    return [*before, _with_views_of(made, kept), *behind]


def _with_views_of(call: Call, kept: dict[int, None]) -> Call:
    """The call with those of its views only."""
    views = tuple((j, path) for j, path in call.views if j in kept)
    if len(views) == len(call.views):
        return call
    holes = {hole.position for _, path in call.views for hole in path_holes(path)}
    params = len(call.args) - len(holes)
    return shortened(replace(call, views=views), params, dict.fromkeys(range(params)))


_ALL = IndexStep((Ellipsis,))


def omitted(program: Program, name: str) -> frozenset[int]:
    """The results of a function that nobody needs to return: the arguments are written."""
    found = (
        call.writes for f in program.functions for call in calls(f.body) if call.callee == name
    )
    return frozenset(k for writes in found for k, _ in writes)

"""Removes what crosses the border of a called function and nobody reads.

Before:

    out, h, saved = call f_forward(x, n)          # h is never read
    x_bar = call f_reverse(x, n, saved, out_bar)  # never reads n, nor the second item of saved

After:

    out, saved = call f_forward(x, n)
    x_bar = call f_reverse(x, saved, out_bar)

Three sets grow together to a least fixpoint, starting from what the entry returns: the results of
functions that some call reads, the parameters that functions read, and the items that reverse
functions read of what was saved. In between, dead code says what is read under that
assumption. So a parameter that a recursive function only hands to itself is gone.

A forward function of which nothing saved is read becomes the primal function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.ir.calls import shortened
from s2sad.ir.data import (
    Bind,
    Call,
    Function,
    IndexStep,
    Program,
    Statement,
    Yield,
)
from s2sad.ir.ops import GETITEM, TUPLE
from s2sad.ir.types import Saved
from s2sad.ir.walk import all_statements, calls, free_variables, rebuild, use_counts
from s2sad.transform import dead_code
from s2sad.transform.effects import droppable, is_reverse

Positions = dict[int, None]
ENTRY = ""


@dataclass
class Reads:
    """What is read so far. results, params: by function; items: by type of what is saved."""

    results: dict[str, Positions] = field(default_factory=dict)
    params: dict[str, Positions] = field(default_factory=dict)
    items: dict[Saved, Positions] = field(default_factory=dict)

    def size(self) -> int:
        """How much that is."""
        tables: Iterable[Mapping[Any, Positions]] = (self.results, self.params, self.items)
        return sum(1 + len(found) for table in tables for found in table.values())


def run(program: Program, primals: Mapping[str, str]) -> Program:
    """The program without what nobody reads behind a border, and without the functions that
    nobody calls. primals: of each forward function, the function that it saves for."""
    entry, *others = program.functions
    if not others:
        return program
    # Nothing calls the entry, which may have the name of a function that is called.
    name, entry = entry.name, replace(entry, name=ENTRY)
    functions = {f.name: f for f in _with_effects((entry, *others))}
    reads = _settled(functions)
    idle = {
        name: primal
        for name, primal in primals.items()
        if name in reads.results and len(functions[name].params) == len(functions[primal].params)
        and len(functions[primal].body.terminator.values) not in reads.results[name]
    }  # fmt: skip
    if idle:
        functions = {name: _calling(f, idle) for name, f in functions.items()}
        reads = _settled(functions)
    counts = _parameter_counts(functions)
    made = [_final(f, reads, counts) for f in functions.values() if f.name in reads.results]
    made[0] = replace(made[0], name=name)
    for kind, kept in reads.items.items():
        kind.items[:] = [item for k, item in enumerate(kind.items) if k in kept]
    return Program(tuple(made))


# -- effects


def _with_effects(functions: tuple[Function, ...]) -> list[Function]:
    """The functions, with calls marked of which nothing but the results comes."""
    impure: dict[str, None] = {}
    size = -1
    while size != len(impure):
        size = len(impure)
        for function in functions:
            if any(_has_effect(s, impure) for s in all_statements(function.body)):
                impure[function.name] = None

    def marked(statement: Statement) -> list[Statement]:
        if isinstance(statement, Call) and statement.callee not in impure:
            return [replace(statement, effect="pure")]
        return [statement]

    return [replace(f, body=rebuild(f.body, marked)) for f in functions]


def _has_effect(statement: Statement, impure: Mapping[str, None]) -> bool:
    if isinstance(statement, Call):
        return statement.callee in impure and not is_reverse(statement)
    return not droppable(statement)


def _calling(function: Function, names: Mapping[str, str]) -> Function:
    """The function with calls of others instead, which give all but the last result."""

    def renamed(statement: Statement) -> list[Statement]:
        if isinstance(statement, Call) and statement.callee in names:
            return [replace(statement, callee=names[statement.callee], outs=statement.outs[:-1])]
        return [statement]

    return replace(function, body=rebuild(function.body, renamed))


# -- the fixpoint


def _settled(functions: dict[str, Function]) -> Reads:
    reads = Reads()
    counts = _parameter_counts(functions)
    entry = functions[ENTRY]
    reads.results[ENTRY] = dict.fromkeys(range(len(entry.body.terminator.values)))
    reads.params[ENTRY] = dict.fromkeys(range(len(entry.params)))
    size = -1
    while size != reads.size():
        size = reads.size()
        for name in list(reads.results):
            _grow(reads, functions[name], counts)
    return reads


def _parameter_counts(functions: dict[str, Function]) -> dict[str, int]:
    return {name: len(function.params) for name, function in functions.items()}


def _grow(reads: Reads, function: Function, sizes: Mapping[str, int]) -> None:
    """Adds what a function reads, as far as its results are read."""
    body = dead_code.run(_assumed(function, reads, sizes)).body
    counts = use_counts(body)
    params = reads.params.setdefault(function.name, {})
    free = dict.fromkeys(free_variables(body))
    params.update((j, None) for j, p in enumerate(function.params) if p.var in free)
    for call in calls(body):
        found = reads.results.setdefault(call.callee, {})
        found.update((k, None) for k, out in enumerate(call.outs) if counts.get(out))
        reads.params.setdefault(call.callee, {})
    for call in calls(function.body):
        # The next version of an array, of which a part is written, is made of the one before.
        parts = (j for k, j in call.writes if j in dict(call.views) and counts.get(call.outs[k]))
        reads.params.setdefault(call.callee, {}).update(dict.fromkeys(parts))
    for statement in all_statements(body):
        kind = _saved_base(statement)
        if kind is not None:
            reads.items.setdefault(kind, {})[_index(statement)] = None


def _assumed(function: Function, reads: Reads, params: Mapping[str, int]) -> Function:
    """The function as if nothing more were read than is known so far."""

    def less(statement: Statement) -> list[Statement]:
        if isinstance(statement, Call):
            wanted = reads.params.get(statement.callee, {})
            return [shortened(statement, params[statement.callee], wanted)]
        if _packs(statement):
            assert isinstance(statement, Bind) and isinstance(statement.out.type, Saved)
            wanted = reads.items.get(statement.out.type, {})
            return [replace(statement, args=_chosen(statement.args, wanted))]
        return [statement]

    body = rebuild(function.body, less)
    values = _chosen(body.terminator.values, reads.results[function.name])
    return replace(function, body=replace(body, terminator=Yield(values)))


def _chosen(values: tuple[Any, ...], positions: Mapping[int, None]) -> tuple[Any, ...]:
    return tuple(value for k, value in enumerate(values) if k in positions)


def _packs(statement: Statement) -> bool:
    """Whether a statement makes what is saved, or a cotangent of it."""
    return (
        isinstance(statement, Bind)
        and statement.op is TUPLE
        and isinstance(statement.out.type, Saved)
    )


def _saved_base(statement: Statement) -> Saved | None:
    """The type of what is saved, if the statement reads an item of it."""
    if not isinstance(statement, Bind) or statement.op is not GETITEM:
        return None
    kind = statement.args[0].type
    return kind if isinstance(kind, Saved) else None


def _index(statement: Statement) -> int:
    assert isinstance(statement, Bind)
    (step,) = statement.path
    assert isinstance(step, IndexStep)
    index = step.components[0]
    assert isinstance(index, int)
    return index


# -- the result


def _final(function: Function, reads: Reads, counts: Mapping[str, int]) -> Function:
    function = dead_code.run(_assumed(function, reads, counts))
    params = reads.params[function.name]
    body = dead_code.run(rebuild_calls(function, reads)).body
    kept = tuple(p for j, p in enumerate(function.params) if j in params)
    return replace(function, params=kept, body=body)


def rebuild_calls(function: Function, reads: Reads) -> Function:
    """The function with calls that give what is read only, and items where they are now."""

    def less(statement: Statement) -> list[Statement]:
        kind = _saved_base(statement)
        if isinstance(statement, Call):
            every = dict.fromkeys(range(len(statement.args)))
            outs = reads.results[statement.callee]
            return [shortened(statement, len(statement.args), every, outs)]
        if kind is not None:
            assert isinstance(statement, Bind)
            behind = sum(k < _index(statement) for k in reads.items.get(kind, {}))
            return [replace(statement, path=(IndexStep((behind,)),))]
        return [statement]

    return replace(function, body=rebuild(function.body, less))

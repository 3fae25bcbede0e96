"""The order of the stages: here, and nowhere else. That of the passes is in `transform.passes`.

    lower ─ simplify ─ differentiate (as often as asked) ─ clean ─ split ─ emit

Every stage's program can be had by name from `stages`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from s2sad.analysis.assumptions import may_assume
from s2sad.analysis.infer import type_of
from s2sad.batch import batch
from s2sad.batch.whole import forward_jacobian, reverse_jacobian
from s2sad.derivations import derive, seed_type, with_unit_seed
from s2sad.emit import emit
from s2sad.errors import UnsupportedError, in_order, type_error
from s2sad.forward import forward
from s2sad.frontend import Lowered, PartlyLowered, lower_function
from s2sad.ir.calls import calling
from s2sad.ir.data import (
    Atom,
    Bind,
    Function,
    IndexStep,
    Param,
    Program,
    Statement,
    Try,
    Var,
    Yield,
)
from s2sad.ir.ops import CONSTRUCT, GETITEM, TUPLE
from s2sad.ir.types import FLOAT, Bottom, Num, Tup, Type, is_continuous
from s2sad.ir.verify import verify
from s2sad.ir.walk import all_statements
from s2sad.request import FORWARD, GRADIENTS, JACOBIANS, PULLED_BACK, Compiled, Inner, Request
from s2sad.reverse import reverse
from s2sad.reverse.ahead import refused_in
from s2sad.reverse.pairs import Pairs
from s2sad.reverse.split import split
from s2sad.rules.names import page_name
from s2sad.runtime.classes import maker
from s2sad.runtime.helpers import HELPERS
from s2sad.transform import borders, joined
from s2sad.transform.passes import LAST, PASSES, cleaned


def compile(request: Request) -> Compiled:
    """The page for a request. Raises UnsupportedError with every place that can't be done."""
    loops: list[str] = []
    with may_assume(dict(request.equal)):
        *_, (_, program, lowered) = _run(request, loops)
        verify(program)
        page = emit(program)
    return Compiled(
        page.text,
        page.names,
        page.origins,
        lowered.reads,
        lowered.statics,
        lowered.written,
        _differentiated_part(lowered.result, request),
        _objects(program),
        tuple(loops),
    )


def _check_result(lowered: Lowered, request: Request) -> None:
    """Where there is nothing to differentiate, or no pair of which a part is."""
    kind = _differentiated_part(lowered.result, request)
    if request.mode in JACOBIANS and not is_continuous(kind):
        raise type_error(
            "S402",
            f"the result of {request.function.__name__} holds no float",
            "a Jacobian is of numbers and arrays that can change by a little",
            "return floats, or arrays, or containers of them",
        )


def _differentiated_part(kind: Type, request: Request) -> Type:
    """The type of what is differentiated: the result, or the first of a pair."""
    first = request.inner[0].has_aux if request.inner else request.options.has_aux
    if not first:
        return kind
    if not (isinstance(kind, Tup) and len(kind.items) == 2):
        raise type_error(
            "S411",
            f"has_aux=True, but {request.function.__name__} returns no pair",
            "with has_aux the function returns (value, aux), and value is differentiated",
            "return a tuple of two, or leave has_aux out",
        )
    return kind.items[0]


def _objects(program: Program) -> tuple[tuple[str, Any], ...]:
    """The functions of the user that have a rule, the exceptions, what makes objects of the
    user's classes, and modules, by the names that the page calls them by."""
    found: dict[str, Any] = {}
    for function in program.functions:
        for statement in all_statements(function.body):
            found |= dict(_exceptions(statement))
            if not isinstance(statement, Bind):
                continue
            op = statement.op
            if op is CONSTRUCT:
                name, make = maker(**{"names": (), **dict(statement.static)})
                found[name] = make
            elif op.style == "call" and op.name not in HELPERS:
                called = op.rule if op.named else op.function
                root = op.name.partition(".")[0]
                if root == "scipy":
                    found[root] = sys.modules[root]
                elif called is not None and page_name(called) is None:
                    found[op.name] = called
    return tuple(found.items())


def _exceptions(statement: Statement) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The user's classes of exceptions that a statement catches or raises."""
    classes: list[Any] = []
    if isinstance(statement, Try):
        classes = [c.value for handler in statement.handlers for c in handler.classes]
        manager = statement.manager
        if manager is not None and manager.op.style == "object":
            yield manager.op.name, manager.op.function()
    elif isinstance(statement, Bind) and statement.op.name == "raise":
        classes = [c for key, c in statement.static if key == "class"]
    yield from ((c.__name__, c) for c in classes if c is not None and page_name(c) is None)


def result_of(request: Request) -> Type:
    """The type of the primal's value; only the frontend is run."""
    with may_assume(dict(request.equal)):
        lowered = _lowered(request)
    return _differentiated_part(lowered.result, request) if not request.inner else Bottom()


def stages(request: Request) -> Iterator[tuple[str, Program]]:
    """The program after each stage and pass: "ir", "adjoint-ir", then the passes' names."""
    with may_assume(dict(request.equal)):
        found = [(name, program) for name, program, _ in _run(request, [])]
    yield from found


def _run(request: Request, loops: list[str]) -> Iterator[tuple[str, Program, Lowered]]:
    """The program after each stage. loops: gets the names of the operations that become loops
    over directions."""
    lowered = _lowered(request)
    _check_result(lowered, request)
    function = joined.run(lowered.function)
    called = tuple(map(joined.run, lowered.others))
    arguments = tuple(param.var for param in function.params)[: len(request.arguments)]
    yield "ir", _distinct((function,), called), lowered
    pairs = Pairs({f.name: f for f in called}, lambda f: _clean(f, request))
    for step in request.inner:
        function, pairs = _nested(function, arguments, step, request, pairs)
    if request.mode != "primal":
        derive = _tangent if request.mode in FORWARD else _differentiated
        function = derive(function, arguments, request, pairs)
        yield "adjoint-ir", _bounded(function, pairs), lowered
    if request.mode in JACOBIANS:
        function, pairs = _batched(function, arguments, request, pairs, loops)
        yield "directions", _bounded(function, pairs), lowered
    for name, step_result in cleaned(function, request.options.without, (*PASSES, *LAST)):
        function = step_result
        yield name, _bounded(function, pairs), lowered
    others: tuple[Function, ...] = ()
    if pairs.functions:
        function, pairs = _bordered(function, pairs)
        function, *found = _with_called(_bounded(function, pairs), request).functions
        others = tuple(found)
    entries = (
        split(function, function.params[len(request.arguments)])
        if request.mode in PULLED_BACK
        else (function,)
    )
    yield "final", _distinct(entries, others), lowered


def _lowered(request: Request) -> Lowered:
    """The primal. Where the frontend refuses some of it, the report also has what the reverse
    sweep would refuse of the rest."""
    try:
        return lower_function(request, derive)
    except PartlyLowered as error:
        found = (*error.diagnostics, *refused_in(error.body, error.wrt))
        raise UnsupportedError(in_order(found)) from None


def _distinct(entries: tuple[Function, ...], others: tuple[Function, ...]) -> Program:
    """The entries and the functions that they call, which get names that no entry has."""
    taken = {f.name for f in (*entries, *others)}
    names: dict[str, str] = {}
    for name in [f.name for f in entries if f.name in {other.name for other in others}]:
        names[name] = next(new for k in count(2) if (new := f"{name}_{k}") not in taken)
    called = tuple(replace(f, name=names.get(f.name, f.name)) for f in others)
    return Program(tuple(calling(f, names) for f in (*entries, *called)))


def _bounded(function: Function, pairs: Pairs) -> Program:
    return Program((function, *pairs.functions.values()))


def _with_called(program: Program, request: Request) -> Program:
    """The program with nothing superfluous in the functions that are called."""
    without = request.options.without
    entry, *others = program.functions
    made = [_last(cleaned(f, without, (*PASSES, *LAST))) for f in others]
    return borders.run(Program((entry, *made)), {})


def _bordered(function: Function, pairs: Pairs) -> tuple[Function, Pairs]:
    """The entry and the functions that it calls, with what is read of them only."""
    entry, *others = borders.run(_bounded(function, pairs), pairs.primals()).functions
    return entry, Pairs({f.name: f for f in others}, pairs.clean)


def _clean(function: Function, request: Request) -> Function:
    return _last(cleaned(function, request.options.without))


def _last(results: Iterator[tuple[str, Function]]) -> Function:
    *_, (_, result) = results
    return result


def _nested(
    function: Function, arguments: tuple[Var, ...], step: Inner, request: Request, pairs: Pairs
) -> tuple[Function, Pairs]:
    """A derivative as a function of the same arguments, to be differentiated again."""
    if step.mode not in GRADIENTS and not _gives_number(function, step):
        return _nested_jacobian(function, arguments, step, request, pairs)
    wrt = tuple(arguments[k] for k in step.wrt)
    function, parts = _in_parts(function, step.has_aux)
    value = step.mode == "value_and_grad"
    made = reverse(function, wrt, value=value, pairs=replace(pairs, again=True), parts=parts)
    made = replace(with_unit_seed(made), name=function.name)
    made = _together(_bare(made, value) if step.single else made)
    return _bordered(_clean(made, request), pairs)


def _gives_number(function: Function, step: Inner) -> bool:
    """Whether what is differentiated is one number, whose Jacobian is its gradient."""
    kind = type_of(function.body.terminator.values[0])
    if step.has_aux and isinstance(kind, Tup):
        kind = kind.items[0]
    return isinstance(kind, Num) and kind.shape == () and not kind.may_be_array


def _nested_jacobian(
    function: Function, arguments: tuple[Var, ...], step: Inner, request: Request, pairs: Pairs
) -> tuple[Function, Pairs]:
    """A Jacobian as a function of the same arguments; in forward mode unless reverse mode is asked
    for."""
    wrt, name = tuple(arguments[k] for k in step.wrt), function.name
    function, parts = _in_parts(function, step.has_aux)
    value = function.body.terminator.values[0] if parts is None else parts[0]
    again = replace(pairs, again=True)
    if step.mode == "jacrev":
        seed = seed_type(type_of(value))
        made = reverse(function, wrt, seed=seed, pairs=again, parts=parts)
    else:
        made = forward(function, wrt, again, None if parts is None else value)
    finish = reverse_jacobian if step.mode == "jacrev" else forward_jacobian
    made, functions = finish(made, wrt, again.functions, value, step.has_aux)
    made = _together(_bare(made, False) if step.single else made)
    made = replace(made, name=name)
    return _bordered(_clean(made, request), Pairs(functions, pairs.clean))


def _in_parts(function: Function, has_aux: bool) -> tuple[Function, tuple[Atom, Atom] | None]:
    """Where a function returns a pair of which the first part is differentiated: both parts."""
    if not has_aux:
        return function, None
    (out,) = function.body.terminator.values
    kind = type_of(out)
    assert isinstance(kind, Tup)
    origin = next((s.origin for s in reversed(function.body.statements) if s.origin), None)
    parts = tuple(Var(h, k, origin) for h, k in zip(("out", "aux"), kind.items, strict=True))
    reads = tuple(
        Bind((part,), GETITEM, (out,), (), (IndexStep((k,)),), origin)
        for k, part in enumerate(parts)
    )
    body = replace(function.body, statements=(*function.body.statements, *reads))
    return replace(function, body=body), (parts[0], parts[1])


def _together(function: Function) -> Function:
    """The function returning several results as one tuple."""
    values = function.body.terminator.values
    if len(values) == 1:
        return function
    out = Var("", Tup(tuple(map(type_of, values))), None)
    last = Bind((out,), TUPLE, values)
    body = replace(
        function.body, statements=(*function.body.statements, last), terminator=Yield((out,))
    )
    return replace(function, body=body)


def _bare(function: Function, value: bool) -> Function:
    """The function returning the only gradient itself, not a tuple of it."""
    results = list(function.body.terminator.values)
    result = results[1 if value else 0]
    statements = function.body.statements
    pack = next(s for s in statements if isinstance(s, Bind) and s.outs == (result,))
    rest = tuple(s for s in statements if s is not pack)
    results[1 if value else 0] = pack.args[0]
    body = replace(function.body, statements=rest, terminator=Yield(tuple(results)))
    return replace(function, body=body)


def _differentiated(
    function: Function, arguments: tuple[Var, ...], request: Request, pairs: Pairs
) -> Function:
    wrt = tuple(arguments[k] for k in request.wrt)
    function, parts = _in_parts(function, request.options.has_aux)
    (out,) = function.body.terminator.values if parts is None else parts[:1]
    made = reverse(
        function,
        wrt,
        value=request.mode != "grad",
        seed=seed_type(out.type) if request.mode in PULLED_BACK else FLOAT,
        pairs=pairs,
        parts=parts,
    )
    return replace(made, params=tuple(_ordered(made.params, arguments)))


def _tangent(
    function: Function, arguments: tuple[Var, ...], request: Request, pairs: Pairs
) -> Function:
    """The function with tangents: the user's parameters, theirs, and what is read outside."""
    function, parts = _in_parts(function, request.options.has_aux)
    wrt = tuple(arguments[k] for k in request.wrt)
    made = forward(function, wrt, pairs, None if parts is None else parts[0])
    count = len(request.wrt)
    user, outside = made.params[: len(arguments)], made.params[len(arguments) : -count]
    return replace(made, params=(*user, *made.params[-count:], *outside))


def _batched(
    function: Function,
    arguments: tuple[Var, ...],
    request: Request,
    pairs: Pairs,
    loops: list[str],
) -> tuple[Function, Pairs]:
    """The function with a leading axis for directions."""
    function, pairs = _bordered(_clean(function, request), pairs)
    count = len(request.wrt) if request.mode in FORWARD else 1
    seeds = tuple(p.var for p in function.params[len(arguments) :][:count])
    function, functions = batch(function, seeds, pairs.functions, loops)
    return function, Pairs(functions, pairs.clean)


def _ordered(params: tuple[Param, ...], arguments: tuple[Var, ...]) -> Iterator[Param]:
    """The user's own parameters, then the seed, then what is read from outside."""
    *others, seed = params
    yield from others[: len(arguments)]
    yield seed
    yield from others[len(arguments) :]

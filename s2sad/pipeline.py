"""The order of the stages: here, and nowhere else. That of the passes is in `transform.passes`.

    lower ─ simplify ─ differentiate (as often as asked) ─ clean ─ split ─ emit

Every stage's program can be had by name from `stages`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from s2sad.analysis.assumptions import may_assume
from s2sad.emit import emit
from s2sad.errors import UnsupportedError, in_order
from s2sad.forward import forward
from s2sad.frontend import Lowered, PartlyLowered, lower_function
from s2sad.ir.calls import calling
from s2sad.ir.data import Bind, Const, Function, Param, Program, Statement, Try, Var, Yield
from s2sad.ir.ops import CONSTRUCT
from s2sad.ir.types import FLOAT, Num, Type
from s2sad.ir.verify import verify
from s2sad.ir.walk import all_statements, substitute
from s2sad.request import Compiled, Inner, Request
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
    with may_assume(dict(request.equal)):
        *_, (_, program, lowered) = _run(request)
        verify(program)
        page = emit(program)
    return Compiled(
        page.text,
        page.names,
        page.origins,
        lowered.reads,
        lowered.statics,
        lowered.written,
        lowered.result,
        _objects(program),
    )


def _objects(program: Program) -> tuple[tuple[str, Callable[..., Any]], ...]:
    """The functions of the user that have a rule, the exceptions, and what makes objects of the
    user's classes, by the names that the page calls them by."""
    found: dict[str, Callable[..., Any]] = {}
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
                if called is not None and page_name(called) is None:
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


def stages(request: Request) -> Iterator[tuple[str, Program]]:
    """The program after each stage and pass: "ir", "adjoint-ir", then the passes' names."""
    with may_assume(dict(request.equal)):
        found = [(name, program) for name, program, _ in _run(request)]
    yield from found


def _run(request: Request) -> Iterator[tuple[str, Program, Lowered]]:
    lowered = _lowered(request)
    function = joined.run(lowered.function)
    called = tuple(map(joined.run, lowered.others))
    arguments = tuple(param.var for param in function.params)[: len(request.arguments)]
    yield "ir", _distinct((function,), called), lowered
    pairs = Pairs({f.name: f for f in called}, lambda f: _clean(f, request))
    for step in request.inner:
        function, pairs = _nested(function, arguments, step, request, pairs)
    if request.mode != "primal":
        derive = _tangent if request.mode == "jvp" else _differentiated
        function = derive(function, arguments, request, pairs)
        yield "adjoint-ir", _bounded(function, pairs), lowered
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
        if request.mode == "vjp"
        else (function,)
    )
    yield "final", _distinct(entries, others), lowered


def _lowered(request: Request) -> Lowered:
    """The primal. Where the frontend refuses some of it, the report also has what the reverse
    sweep would refuse of the rest."""
    try:
        return lower_function(request)
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
    """The gradient as a function of the same arguments, to be differentiated again."""
    wrt = tuple(arguments[k] for k in step.wrt)
    made = reverse(function, wrt, value=False, pairs=replace(pairs, again=True))
    seed = made.params[-1].var
    made = replace(made, body=substitute(made.body, {seed: Const(1.0, FLOAT)}))
    made = replace(made, params=made.params[:-1], name=function.name)
    made, pairs = _bordered(_clean(made, request), pairs)
    return (_bare(made) if step.single else made), pairs


def _bare(function: Function) -> Function:
    """The function returning the only element of the tuple that it returns."""
    (result,) = function.body.terminator.values
    statements = function.body.statements
    pack = next(s for s in statements if isinstance(s, Bind) and s.outs == (result,))
    rest = tuple(s for s in statements if s is not pack)
    body = replace(function.body, statements=rest, terminator=Yield((pack.args[0],)))
    return replace(function, body=body)


def _differentiated(
    function: Function, arguments: tuple[Var, ...], request: Request, pairs: Pairs
) -> Function:
    wrt = tuple(arguments[k] for k in request.wrt)
    (out,) = function.body.terminator.values
    made = reverse(
        function, wrt, value=request.mode != "grad", seed=_seed(out.type, request.mode), pairs=pairs
    )
    return replace(made, params=tuple(_ordered(made.params, arguments)))


def _tangent(
    function: Function, arguments: tuple[Var, ...], request: Request, pairs: Pairs
) -> Function:
    """The function with tangents: the user's parameters, theirs, and what is read outside."""
    made = forward(function, tuple(arguments[k] for k in request.wrt), pairs)
    count = len(request.wrt)
    user, outside = made.params[: len(arguments)], made.params[len(arguments) : -count]
    return replace(made, params=(*user, *made.params[-count:], *outside))


def _seed(kind: Type, mode: str) -> Type:
    """The seed of a scalar is a Python number; that of anything else is like the result."""
    if mode != "vjp" or (isinstance(kind, Num) and kind.shape == () and not kind.may_be_array):
        return FLOAT
    return kind


def _ordered(params: tuple[Param, ...], arguments: tuple[Var, ...]) -> Iterator[Param]:
    """The user's own parameters, then the seed, then what is read from outside."""
    *others, seed = params
    yield from others[: len(arguments)]
    yield seed
    yield from others[len(arguments) :]

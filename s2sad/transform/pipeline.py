"""The order of the stages, and of the passes: here, and nowhere else.

    lower ─ simplify ─ differentiate (as often as asked) ─ clean ─ split ─ emit

Every stage's program can be had by name from `stages`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from s2sad.analysis.assumptions import may_assume
from s2sad.emit import emit
from s2sad.frontend import Lowered, lower_function
from s2sad.frontend.names import page_name
from s2sad.ir.data import Bind, Const, Function, Param, Program, Statement, Try, Var, Yield
from s2sad.ir.ops import CONSTRUCT
from s2sad.ir.types import FLOAT, Num, Type
from s2sad.ir.verify import verify
from s2sad.ir.walk import all_statements, calls, substitute
from s2sad.request import Compiled, Inner, Request
from s2sad.reverse import reverse
from s2sad.reverse.pairs import Pairs
from s2sad.reverse.split import split
from s2sad.runtime.classes import maker
from s2sad.runtime.helpers import HELPERS
from s2sad.transform import (
    accumulate,
    common_subexpressions,
    counted_trips,
    dead_code,
    fold,
    forwarding,
    handlers,
    joined,
    products,
    rebinding,
    regroup,
    signs,
    sinking,
    storage,
    updates,
)

Pass = Callable[[Function], Function]

# Value-preserving; each can be switched off by its name, but `dead_code`, which only makes
# legal what the others leave behind, runs in any case.
PASSES: tuple[tuple[str, Pass], ...] = (
    ("dead_code", dead_code.run),
    ("fold", fold.run),
    ("common_subexpressions", common_subexpressions.run),
    ("rebinding", rebinding.run),
    ("forwarding", forwarding.run),
    ("joined", joined.run),
    ("storage", storage.run),
    ("signs", signs.run),
    ("accumulate", accumulate.run),
    ("regroup", regroup.run),
    ("counted_trips", counted_trips.run),
    ("sinking", sinking.run),
)
# Only for what is printed: reverse mode doesn't read these forms.
LAST: tuple[tuple[str, Pass], ...] = (
    ("products", products.run),
    ("handlers", handlers.run),
    ("updates", updates.run),
)
ROUNDS = 2


def pass_names() -> tuple[str, ...]:
    """The passes that `Options(without=...)` can switch off."""
    return tuple(name for name, _ in (*PASSES, *LAST))


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
            elif op.style == "call" and op.name not in HELPERS and page_name(op.function) is None:
                found[op.name] = op.function
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
    lowered = lower_function(request)
    function, others = joined.run(lowered.function), tuple(map(joined.run, lowered.others))
    arguments = tuple(param.var for param in function.params)[: len(request.arguments)]
    yield "ir", Program((function, *others)), lowered
    pairs = Pairs({f.name: f for f in others}, lambda f: _clean(f, request))
    for step in request.inner:
        function = _nested(function, arguments, step, request, pairs)
    if request.mode != "primal":
        function = _differentiated(function, arguments, request, pairs)
        others = (*others, *pairs.made)
        yield "adjoint-ir", Program((function, *others)), lowered
    for name, step_result in cleaned(function, request.options.without, (*PASSES, *LAST)):
        function = step_result
        yield name, Program((function, *others)), lowered
    entries = split(function) if request.mode == "vjp" else (function,)
    yield "final", _called_only(entries, others), lowered


def _called_only(entries: tuple[Function, ...], others: tuple[Function, ...]) -> Program:
    """The entries and the functions that can be reached from them, in order."""
    wanted = {call.callee for f in entries for call in calls(f.body)}
    size = -1
    while size != len(wanted):
        size = len(wanted)
        for f in others:
            if f.name in wanted:
                wanted |= {call.callee for call in calls(f.body)}
    return Program((*entries, *(f for f in others if f.name in wanted)))


def _clean(function: Function, request: Request) -> Function:
    *_, (_, result) = cleaned(function, request.options.without)
    return result


def cleaned(
    function: Function, without: tuple[str, ...], passes: tuple[tuple[str, Pass], ...] = PASSES
) -> Iterator[tuple[str, Function]]:
    """The function after each pass, in order."""
    for _ in range(ROUNDS):
        for name, run in passes:
            if name not in without:
                function = run(function)
                yield name, function
    function = dead_code.run(function)
    yield "dead_code", function


def _nested(
    function: Function, arguments: tuple[Var, ...], step: Inner, request: Request, pairs: Pairs
) -> Function:
    """The gradient as a function of the same arguments, to be differentiated again."""
    wrt = tuple(arguments[k] for k in step.wrt)
    made = reverse(function, wrt, value=False, pairs=pairs)
    seed = made.params[-1].var
    made = replace(made, body=substitute(made.body, {seed: Const(1.0, FLOAT)}))
    made = replace(made, params=made.params[:-1], name=function.name)
    made = _clean(made, request)
    return _bare(made) if step.single else made


def _bare(function: Function) -> Function:
    """The function returning the only element of the tuple that it returns."""
    (result,) = function.body.terminator.values
    *statements, last = function.body.statements
    assert isinstance(last, Bind) and last.outs == (result,)
    body = replace(function.body, statements=tuple(statements), terminator=Yield((last.args[0],)))
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

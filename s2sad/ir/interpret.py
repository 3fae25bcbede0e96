"""The reference interpreter: what a program of the IR means, said as simply as possible.

It is the oracle for passes: a pass may change a program only into one that gives the same
values here. Every operation is evaluated by its own function; values are never written
(`setitem` and its like work on copies), so views need no care. An `Undefined` flows through
yields, loops and tuples (saved values), and raises `UnboundLocalError` when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir.calls import placed
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    Exit,
    For,
    Function,
    Handler,
    If,
    IndexStep,
    Param,
    Program,
    Statement,
    Try,
    Undefined,
    Var,
    While,
)
from s2sad.ir.ops import ADDITEM, GETITEM, SCATTER_ADD, SETITEM, TUPLE
from s2sad.runtime.helpers import fresh_copy

TAKES_PATH = frozenset({GETITEM, SETITEM, ADDITEM, SCATTER_ADD})


@frozen
class Unbound:
    """What an undefined variable holds."""

    hint: str


@frozen
class End:
    """How a block ended: the number of the exit (0: it yielded) and the values."""

    number: int
    values: tuple[Any, ...]


@frozen
class Frame:
    """A call that runs: the functions by name, and the values of variables, which grow."""

    functions: Mapping[str, Function]
    values: dict[Var, Any]


@frozen
class Scan:
    """What a loop did: its last slots, the ys of each trip in the order run, and its exit."""

    slots: tuple[Any, ...]
    kept: list[tuple[Any, ...]]
    exit: int


def run(program: Program, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
    """The value of the entry function: bare if it is one, a tuple if there are several."""
    functions = {function.name: function for function in program.functions}
    values = _call(functions, program.entry, _arguments(program.entry, args, kwargs or {}))
    results = tuple(fresh_copy(value) for value in values)
    return results[0] if len(results) == 1 else results


def _arguments(
    function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, ...]:
    """A value for each parameter, from positions, names (hints) and defaults."""
    positional = [p for p in function.params if p.kind == "positional"]
    known = {p.var.hint for p in function.params}
    if len(args) > len(positional) or not known.issuperset(kwargs):
        raise TypeError(f"{function.name} got arguments that it has no parameters for")
    given = {p.var: a for p, a in zip(positional, args, strict=False)}
    return tuple(_argument(function, p, given, kwargs) for p in function.params)


def _argument(
    function: Function, param: Param, given: Mapping[Var, Any], kwargs: Mapping[str, Any]
) -> Any:
    if param.var in given:
        return given[param.var]
    if param.var.hint in kwargs:
        return kwargs[param.var.hint]
    if param.default is None:
        raise TypeError(f"{function.name} missing argument {param.var.hint!r}")
    return param.default.value


def _call(
    functions: Mapping[str, Function], function: Function, args: tuple[Any, ...]
) -> tuple[Any, ...]:
    params = (p.var for p in function.params)
    frame = Frame(functions, dict(zip(params, args, strict=True)))
    return tuple(_defined(v) for v in _block(frame, function.body, ()).values)


def _defined(value: Any) -> Any:
    if isinstance(value, Unbound):
        raise UnboundLocalError(
            f"cannot access local variable {value.hint!r} where it is not associated with a value"
        )
    return value


def _carried(frame: Frame, atom: Atom) -> Any:
    """The value of an atom, which may be unbound."""
    if isinstance(atom, Const):
        return atom.value
    if isinstance(atom, Undefined):
        return Unbound(atom.hint)
    return frame.values[atom]


def _read(frame: Frame, atom: Atom) -> Any:
    return _defined(_carried(frame, atom))


def _flow(frame: Frame, atoms: tuple[Atom, ...]) -> tuple[Any, ...]:
    return tuple(_carried(frame, atom) for atom in atoms)


def _bind(frame: Frame, variables: tuple[Var, ...], values: Sequence[Any]) -> None:
    frame.values.update(zip(variables, values, strict=True))


def _block(frame: Frame, block: Block, args: tuple[Any, ...]) -> End:
    _bind(frame, block.params, args)
    for statement in block.statements:
        left = _statement(frame, statement)
        if left is not None:
            return left
    number = block.terminator.number if isinstance(block.terminator, Exit) else 0
    return End(number, _flow(frame, block.terminator.values))


def _statement(frame: Frame, statement: Statement) -> End | None:
    """Runs a statement; gives the end of the block if it leaves the loop."""
    if isinstance(statement, If):
        return _if(frame, statement)
    if isinstance(statement, For):
        _finish(frame, statement, _for(frame, statement), statement.reverse)
    elif isinstance(statement, While):
        _finish(frame, statement, _while(frame, statement), False)
    elif isinstance(statement, Try):
        _try(frame, statement)
    elif isinstance(statement, Call):
        _bind(frame, statement.outs, _called(frame, statement))
    else:
        _operation(frame, statement)
    return None


def _called(frame: Frame, call: Call) -> tuple[Any, ...]:
    callee = frame.functions[call.callee]
    every = tuple(_read(frame, a) for a in call.args)
    args = list(every[: len(callee.params)])
    for j, path in call.views:
        args[j] = GETITEM.function(args[j], *every, path=placed(path, 1))
    values = list(_call(frame.functions, callee, tuple(args)))
    for k, j in call.writes:
        if j in dict(call.views):
            path = dict(call.views)[j]
            whole = IndexStep((Ellipsis,))
            values[k] = SETITEM.function(
                every[j], values[k], *every, path=(*placed(path, 2), whole)
            )
    return tuple(values)


def _operation(frame: Frame, bind: Bind) -> None:
    read = _carried if bind.op is TUPLE else _read
    args = [read(frame, a) for a in bind.args]
    static = dict(bind.static)
    if bind.op in TAKES_PATH:
        static["path"] = bind.path
    value = bind.op.function(*args, **static)
    if len(bind.outs) == 1:
        value = (value,)
    if bind.outs:
        _bind(frame, bind.outs, value)


def _if(frame: Frame, branch: If) -> End | None:
    arm = branch.then if _read(frame, branch.test) else branch.orelse
    end = _block(frame, arm, ())
    if end.number:
        return end
    _bind(frame, branch.outs, end.values)
    return None


def _try(frame: Frame, node: Try) -> None:
    classes = tuple(c.value for handler in node.handlers for c in handler.classes)
    try:
        with _manager(frame, node):
            end = _block(frame, node.body, ())
    except classes as error:
        handler = next(h for h in node.handlers if _handles(h, error))
        params = handler.block.params
        end = _block(frame, handler.block, (error,) if params else ())
    _bind(frame, node.outs, end.values)


def _handles(handler: Handler, error: BaseException) -> bool:
    return isinstance(error, tuple(c.value for c in handler.classes))


def _manager(frame: Frame, node: Try) -> AbstractContextManager[Any]:
    if node.manager is None:
        return nullcontext()
    args = [_read(frame, a) for a in node.manager.args]
    manager: AbstractContextManager[Any] = node.manager.op.function(
        *args, **dict(node.manager.static)
    )
    return manager


def _for(frame: Frame, loop: For) -> Scan:
    xs = [_read(frame, x) for x in loop.xs]
    length = min(len(x) for x in xs)
    if loop.count is not None:
        length = min(length, max(0, _read(frame, loop.count)))
    positions = reversed(range(length)) if loop.reverse else range(length)
    elements = (tuple(x[k] for x in xs) for k in positions)

    def trip(slots: tuple[Any, ...]) -> End | None:
        element = next(elements, None)
        return None if element is None else _block(frame, loop.body, slots + element)

    return _scan(_flow(frame, loop.inits), trip)


def _while(frame: Frame, loop: While) -> Scan:
    def trip(slots: tuple[Any, ...]) -> End | None:
        (test,) = _block(frame, loop.cond, slots).values
        return _block(frame, loop.body, slots) if _defined(test) else None

    return _scan(_flow(frame, loop.inits), trip)


def _scan(slots: tuple[Any, ...], trip: Callable[[tuple[Any, ...]], End | None]) -> Scan:
    """Makes trips until there is none, or one that leaves."""
    kept: list[tuple[Any, ...]] = []
    count = len(slots)
    while (end := trip(slots)) is not None:
        slots = end.values[:count]
        kept.append(end.values[count:])
        if end.number:
            return Scan(slots, kept, end.number)
    return Scan(slots, kept, 0)


def _finish(frame: Frame, loop: For | While, scan: Scan, reverse: bool) -> None:
    """Binds what the loop gives. The ys are in order of position, whatever the direction."""
    kept = scan.kept[::-1] if reverse else scan.kept
    columns = list(zip(*kept, strict=True)) if kept else [() for _ in loop.ys]
    _bind(frame, loop.outs, scan.slots)
    _bind(frame, loop.ys, [list(column) for column in columns])
    if loop.trips is not None:
        frame.values[loop.trips] = len(kept)
    if loop.exit is not None:
        frame.values[loop.exit] = scan.exit

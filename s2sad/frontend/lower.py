"""The entry of the frontend: one function, lowered with all that it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gast

from s2sad.analysis.assumptions import NeedEqual
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.frontend import generators, objects, overloads, sequences, strings
from s2sad.frontend.context import (
    Context,
    NeedParts,
    Poisoned,
    Refused,
    Restart,
    Shared,
    location,
    raise_all,
    refuse,
    wrap,
)
from s2sad.frontend.drafts import Draft, Fall, freeze, so_far
from s2sad.frontend.functions import (
    call_library,
    closure_of,
    is_generator,
    make_closure,
    new_frame,
    run_frame,
)
from s2sad.frontend.references import atom_of
from s2sad.frontend.values import (
    Abstract,
    Attributes,
    Closure,
    Frame,
    Items,
    Known,
    Listing,
    Mapping,
    Ref,
    Whole,
)
from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Block,
    Const,
    Function,
    Origin,
    Param,
    Source,
    Span,
    Statement,
    Var,
    Yield,
)
from s2sad.ir.types import Static, Type
from s2sad.ir.walk import rebuild, rename
from s2sad.provenance import source_of
from s2sad.request import Access, Argument, NeedStatic, Read, Request, StaticRead

# What enters itself into tables.
ENTERED = (generators, objects, overloads, sequences, strings)

__all__ = ["Lowered", "PartlyLowered", "lower_function", "lower_rule", "make_closure"]


@frozen
class Lowered:
    """The primal as IR, and what it needs from outside."""

    function: Function
    reads: tuple[Read, ...]
    statics: tuple[StaticRead, ...]
    written: tuple[tuple[object, ...], ...]
    result: Type
    others: tuple[Function, ...] = ()


class PartlyLowered(UnsupportedError):
    """What the frontend refuses, with the statements that it took: no legal IR."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...], body: Block, wrt: tuple[Var, ...]):
        super().__init__(diagnostics)
        self.body = body
        self.wrt = wrt


def lower_function(request: Request) -> Lowered:
    """Lowers `request.function` for the types of `request.arguments`.

    Raises UnsupportedError with all the places that can't be differentiated.
    """
    function = request.function
    shared = Shared()
    while hasattr(function, "__code__"):
        try:
            return _lower_python(request, shared)
        except Restart as met:
            plans = {**shared.plans, met.place: met.plan}
            shared = Shared(plans, shared.linked, parts=shared.parts)
        except NeedParts:
            shared = Shared(shared.plans, shared.linked, parts=True)
        except UnsupportedError as error:
            if shared.linked or not any(d.code == "S301" for d in error.diagnostics):
                raise
            # Which object is written depends on the path: that is kept, where it matters.
            shared = Shared(shared.plans, linked=True, parts=shared.parts)
    return _lower_library(request)


def _lower_python(request: Request, shared: Shared) -> Lowered:
    function = request.function
    definition = source_of(function)  # type: ignore[arg-type]
    access = Access(function, ())
    callee = Closure(
        definition.node, None, {}, (function, definition.source, access), function.__name__
    )
    ctx = Context(frame=_outermost(definition.source), shared=shared)
    ctx.origin = _whole(definition.source, definition.node)
    params = _parameters(ctx, request.arguments)
    frame = _refusing(ctx, lambda: _entry(ctx, callee))
    frame.inlined, frame.caller = False, None
    for argument, value in params:
        ctx.state.names[(frame.number, argument.name)] = value
    draft = ctx.draft
    try:
        result = _refusing(ctx, lambda: _result(ctx, run_frame(ctx, frame, "out")))
        return _finish(ctx, request, params, result, definition.source, function.__name__)
    except UnsupportedError as error:
        wrt = tuple(ctx.variables[request.arguments[k].name] for k in request.wrt)
        body = so_far(Draft([*ctx.entry, *draft.statements]))
        raise PartlyLowered(error.diagnostics, body, wrt) from None


def _entry(ctx: Context, callee: Closure) -> Frame:
    if is_generator(callee.node):
        refuse(
            ctx,
            "S102",
            f"`{callee.name}` is a generator",
            callee.node,
            help="return a list or an array instead",
        )
    return new_frame(ctx, callee)


def _lower_library(request: Request) -> Lowered:
    name = getattr(request.function, "__name__", "function")
    text = f"{name}({', '.join(a.name for a in request.arguments)})"
    source = Source(name, f"<{name}>", text, 1)
    ctx = Context(frame=_outermost(source))
    span = Span(1, 0, 1, len(text))
    ctx.origin = Origin(source, span, span)
    params = _parameters(ctx, request.arguments)
    positional = [v for a, v in params if a.kind.startswith("POSITIONAL")]
    named = {a.name: v for a, v in params if a.kind == "KEYWORD_ONLY"}
    result = _refusing(
        ctx,
        lambda: _result(ctx, call_library(ctx, request.function, positional, named, "out", None)),
    )
    return _finish(ctx, request, params, result, source, name)


def _result(ctx: Context, value: Abstract) -> Atom:
    return atom_of(ctx, value, "out")


OUTSIDE = gast.parse("def outside(): pass").body[0]


def _outermost(source: Source) -> Frame:
    none: frozenset[str] = frozenset()
    return Frame(0, "", OUTSIDE, source, None, None, none, none, none, False, {})


def _whole(source: Source, node: Any) -> Origin:
    span = Span(node.lineno, node.col_offset, node.lineno, node.col_offset + 3)
    return Origin(source, span, span)


def _refusing(ctx: Context, action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Poisoned:
        pass
    except Refused as refused:
        ctx.diagnostics.append(refused.diagnostic)
    except (Restart, NeedStatic, NeedEqual, NeedParts):
        raise
    except Exception:
        # After a refusal the state may be such that nothing fits: what was refused counts.
        if not ctx.diagnostics:
            raise
    raise_all(ctx)
    raise AssertionError("nothing was refused")


def _parameters(ctx: Context, arguments: tuple[Argument, ...]) -> list[tuple[Argument, Abstract]]:
    result: list[tuple[Argument, Abstract]] = []
    ctx.variables = {a.name: Var(a.name, a.type, ctx.origin) for a in arguments}
    for argument in arguments:
        if isinstance(argument.type, Static):
            value: Abstract = _static(argument)
        else:
            value = wrap(ctx, ctx.variables[argument.name])
            _note_leaves(ctx, value, (argument.name,))
        result.append((argument, value))
    ctx.given = ctx.locations
    return result


def _static(argument: Argument) -> Known:
    assert isinstance(argument.type, Static)
    value = argument.type.value
    access = Access(value, ()) if callable(value) and hasattr(value, "__code__") else None
    return Known(value, access)


def _note_leaves(ctx: Context, value: Abstract, path: tuple[object, ...]) -> None:
    if isinstance(value, Items):
        for k, item in enumerate(value.items):
            _note_leaves(ctx, item, (*path, k))
    if not isinstance(value, Ref):
        return
    content = ctx.state.heap[value.location]
    if isinstance(content, Whole):
        ctx.leaves_of_arguments[value.location] = path
    elif isinstance(content, Listing):
        for k, item in enumerate(content.items):
            _note_leaves(ctx, item, (*path, k))
    elif isinstance(content, (Mapping, Attributes)):
        for key, item in content.items:
            _note_leaves(ctx, item, (*path, key))


def _finish(
    ctx: Context,
    request: Request,
    params: list[tuple[Argument, Abstract]],
    result: Atom,
    source: Source,
    name: str,
) -> Lowered:
    raise_all(ctx)
    ctx.draft.statements[:0] = ctx.entry
    ctx.draft.end = Fall((result,))
    block = rename(freeze(ctx.draft), lambda v: replace(v, hint=ctx.hints.get(v, v.hint)))
    outer = [Param(v, "keyword") for v in ctx.outside_params]
    made = [Param(ctx.variables[a.name]) for a in request.arguments]
    function = Function(name, (*made, *outer), block, source)
    kind = result.type
    return Lowered(
        function,
        tuple(ctx.reads.values()),
        tuple(ctx.statics.values()),
        tuple(ctx.written),
        kind,
        ctx.shared.functions(),
    )


# -- rules


def lower_rule(
    function: Callable[..., Any], arguments: list[Any], origin: Origin | None, hint: str
) -> tuple[list[Statement], list[Any]]:
    """Lowers a rule for given operands: its statements and what it returns, by position.

    arguments: pairs of a parameter's name and its value: an atom, or a constant wrapped in
        `Const`. The result holds atoms, or None where the rule returns None.
    """
    definition = source_of(function)  # type: ignore[arg-type]
    assert origin is not None
    ctx = Context(frame=_outermost(origin.source), sweep="reverse")
    ctx.origin = origin
    callee = Closure(
        definition.node,
        None,
        {},
        (function, definition.source, Access(function, ())),
        function.__name__,
    )
    values = {name: _rule_argument(ctx, value) for name, value in arguments}
    result = _refusing(ctx, lambda: _call_rule(ctx, callee, values, hint, origin))
    raise_all(ctx)
    draft = Draft(ctx.entry + ctx.draft.statements, Fall())
    atoms = _refusing(ctx, lambda: [_rule_result(ctx, v) for v in _flat(ctx, result)])
    draft.statements = ctx.entry + ctx.draft.statements
    block = freeze(Draft(draft.statements, Fall(tuple(_plain(atoms)))))
    assert isinstance(block.terminator, Yield)
    return list(at_origin(block, origin)), _restored(atoms, iter(block.terminator.values))


def _call_rule(
    ctx: Context, callee: Closure, values: dict[str, Abstract], hint: str, origin: Origin
) -> Abstract:
    from s2sad.frontend.functions import inline

    defaults = closure_of(ctx, Known(callee.function[0], Access(callee.function[0], ())), None)
    callee = Closure(callee.node, None, defaults.defaults, callee.function, callee.name)
    return inline(ctx, callee, [], values, hint, None)


def _rule_argument(ctx: Context, value: Any) -> Abstract:
    if isinstance(value, list):
        return location(ctx, Listing(tuple(_rule_argument(ctx, item) for item in value)))
    if isinstance(value, Const):
        return Known(value.value)
    return wrap(ctx, value)


def _flat(ctx: Context, value: Abstract) -> list[Abstract]:
    return list(value.items) if isinstance(value, Items) and value.cls is None else [value]


def _rule_result(ctx: Context, value: Abstract) -> Any:
    """An atom, a list of such for a list of known length, or None."""
    if isinstance(value, Known) and value.value is None:
        return None
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        if isinstance(content, Listing):
            return [_rule_result(ctx, item) for item in content.items]
    return atom_of(ctx, value, "")


def _plain(atoms: list[Any]) -> list[Atom]:
    found: list[Atom] = []
    for atom in atoms:
        if isinstance(atom, list):
            found += _plain(atom)
        elif atom is not None:
            found.append(atom)
    return found


def _restored(atoms: list[Any], values: Iterator[Atom]) -> list[Any]:
    return [
        _restored(atom, values)
        if isinstance(atom, list)
        else None
        if atom is None
        else next(values)
        for atom in atoms
    ]


def at_origin(block: Block, origin: Origin) -> tuple[Statement, ...]:
    """A block's statements, moved to the primal statement that they belong to."""

    def moved(statement: Statement) -> list[Statement]:
        return [replace(statement, origin=origin)]

    return rebuild(block, moved).statements

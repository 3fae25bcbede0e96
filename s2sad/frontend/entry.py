"""The entry of the frontend: one function, lowered with all that it calls."""

from __future__ import annotations

from dataclasses import replace

from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.frontend import constructs
from s2sad.frontend.control.bodies import run_frame
from s2sad.frontend.operations.calls import call_library
from s2sad.frontend.source.scopes import is_generator
from s2sad.frontend.start import outermost, refusing, whole_definition
from s2sad.frontend.state.choices import without
from s2sad.frontend.state.context import (
    Context,
    NeedParts,
    Restart,
    Shared,
    raise_all,
    refuse,
    wrap,
)
from s2sad.frontend.state.drafts import Draft, Fall, freeze, so_far
from s2sad.frontend.state.frames import new_frame
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Frame,
    Items,
    Known,
    Listing,
    Mapping,
    OneOf,
    Ref,
    Whole,
)
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Block, Function, Param, Var
from s2sad.ir.types import Static, Type
from s2sad.ir.walk import rename
from s2sad.origins import Origin, Source, Span
from s2sad.provenance import source_of
from s2sad.request import Access, Argument, Derive, Read, Request, StaticRead

# Imported for what they enter in `dispatch`.
CONSTRUCTS = constructs.CONSTRUCTS


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


def lower_function(request: Request, derive: Derive | None = None) -> Lowered:
    """Lowers `request.function` for the types of `request.arguments`. derive: makes the functions
    that a derivative taken inside becomes.

    Raises UnsupportedError with all the places that can't be differentiated.
    """
    function = request.function
    shared = Shared(derive=derive)
    while hasattr(function, "__code__"):
        try:
            return _lower_python(request, shared)
        except Restart as met:
            plans = {**shared.plans, met.place: met.plan}
            shared = Shared(plans, shared.linked, parts=shared.parts, derive=derive)
        except NeedParts:
            shared = Shared(shared.plans, shared.linked, parts=True, derive=derive)
        except UnsupportedError as error:
            if shared.linked or not any(d.code == "S301" for d in error.diagnostics):
                raise
            # Which object is written depends on the path: that is kept, where it matters.
            shared = Shared(shared.plans, linked=True, parts=shared.parts, derive=derive)
    return _lower_library(request)


def _lower_python(request: Request, shared: Shared) -> Lowered:
    function = request.function
    definition = source_of(function)  # type: ignore[arg-type]
    access = Access(function, ())
    callee = Closure(
        definition.node, None, {}, (function, definition.source, access), function.__name__
    )
    ctx = Context(frame=outermost(definition.source), shared=shared)
    ctx.origin = whole_definition(definition.source, definition.node)
    params = _parameters(ctx, request.arguments)
    frame = refusing(ctx, lambda: _entry(ctx, callee))
    frame.inlined, frame.caller = False, None
    for argument, value in params:
        ctx.state.names[(frame.number, argument.name)] = value
    draft = ctx.draft
    try:
        result = refusing(ctx, lambda: _result(ctx, run_frame(ctx, frame, "out")))
        return _finish(ctx, request, result, definition.source, function.__name__)
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
    ctx = Context(frame=outermost(source))
    span = Span(1, 0, 1, len(text))
    ctx.origin = Origin(source, span, span)
    params = _parameters(ctx, request.arguments)
    positional = [v for a, v in params if a.kind.startswith("POSITIONAL")]
    named = {a.name: v for a, v in params if a.kind == "KEYWORD_ONLY"}
    result = refusing(
        ctx,
        lambda: _result(ctx, call_library(ctx, request.function, positional, named, "out", None)),
    )
    return _finish(ctx, request, result, source, name)


def _result(ctx: Context, value: Abstract) -> Atom:
    """What the function returns; where that may be None, it is an error at run time."""
    if isinstance(value, OneOf):
        error = TypeError("the result of the function is None")
        value = without(ctx, value, _is_none, error)
    return atom_of(ctx, value, "out")


def _is_none(value: Abstract) -> bool:
    return isinstance(value, Known) and value.value is None


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

"""What the frontend carries while it lowers one function, and the few things done with it:
adding a statement, making a location, marking a place, refusing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from s2sad.analysis import dims
from s2sad.analysis.infer import NoExample, infer
from s2sad.analysis.joins import type_of_constant
from s2sad.errors import Diagnostic, UnsupportedError
from s2sad.frontend.state.drafts import Draft, Leave, Scope
from s2sad.frontend.state.guards import Guard, Jump, watch
from s2sad.frontend.state.heap import State
from s2sad.frontend.state.values import (
    Abstract,
    Attributes,
    Closure,
    Conflict,
    Content,
    Frame,
    Items,
    Known,
    Mapping,
    Ref,
    Value,
    Whole,
    place_of,
)
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, AttributeStep, Bind, Const, Function, IndexStep, Op, Path, Var
from s2sad.ir.ops import GETITEM
from s2sad.ir.types import Bottom, Dct, Lst, Num, Obj, Opaque, Static, Tup, Type
from s2sad.origins import Origin, Span
from s2sad.request import Derive, Read, StaticRead


class Refused(Exception):
    """A construct that isn't supported: the diagnostic is collected where lowering can go on."""

    def __init__(self, diagnostic: Diagnostic, raises: type | None = None) -> None:
        self.diagnostic = diagnostic
        self.raises = raises
        super().__init__(diagnostic.message)


class Bottomed(Exception):
    """A call that has no result yet: the path through it is left out of this round."""


# What becomes of the calls of a function: see `Restart`.
INLINED, CALLED, LOOSE, RECURSIVE = "inlined", "called", "loose", "recursive"


class Restart(Exception):
    """Calls of a function must be lowered in another way than was begun with.

    plan: INLINED, in place; CALLED, as a call of a function of the page, one for each choice of
    constant integers; LOOSE, with integers as parameters; RECURSIVE, with lengths as well.
    """

    def __init__(self, callee: Closure, plan: str) -> None:
        self.place = place_of(callee)
        self.plan = plan
        super().__init__()


class NeedParts(Exception):
    """What was taken off an array or a list is written, or the whole is: see `Shared.parts`."""


class Poisoned(Refused):
    """Something is used that could not be lowered before: that was said already."""

    def __init__(self) -> None:
        super().__init__(Diagnostic("S900", "poisoned"))


@dataclass(eq=False)
class Shared:
    """What all functions of one page have in common.

    plans: what has been decided of functions, by where they are defined.
    specialisations: what has been lowered of those that are called. begun: how many of them are
    being lowered now. frames: how many there are. sizes: of bodies, in statements of the IR.
    parts: whether arrays are split by slices, and lists that are read at places known at run time
        are made one value: then what is written can be followed.
    linked: whether joins keep which object is which, for writes that depend on it.
    derive: the functions that a derivative taken inside becomes.
    """

    plans: dict[Any, str] = field(default_factory=dict)
    linked: bool = False
    specialisations: dict[Any, Any] = field(default_factory=dict)
    begun: int = 0
    frames: int = 0
    sizes: dict[int, int] = field(default_factory=dict)
    parts: bool = False
    derive: Derive | None = None

    def plan(self, callee: Closure) -> str | None:
        """What has been decided of a function."""
        return self.plans.get(place_of(callee))

    def functions(self) -> tuple[Function, ...]:
        """The functions that are called, in the order in which they were met."""
        return tuple(special.function for special in self.specialisations.values())


Facts = tuple[tuple[Var, frozenset[int]], ...]


@frozen
class Meaning:
    """The positions that tags may have where a truth holds, and where it doesn't."""

    true: Facts = ()
    false: Facts = ()


@dataclass(eq=False)
class Context:
    """The lowering of one function of the user with all that it calls."""

    frame: Frame
    state: State = field(default_factory=State)
    draft: Draft = field(default_factory=Draft)
    scopes: list[Scope] = field(default_factory=list)
    # The `try`s whose bodies are being lowered, and the exceptions that are being handled.
    guards: list[Guard] = field(default_factory=list)
    handling: list[Abstract] = field(default_factory=list)
    jumps: dict[str, Jump] = field(default_factory=dict)
    # What held before a scope, while the ways out of branches in it are joined.
    inside: State | None = None
    origin: Origin | None = None
    dead: bool = False
    # How many arms of branches it is in.
    arms: int = 0
    reads: dict[str, Read] = field(default_factory=dict)
    statics: dict[str, StaticRead] = field(default_factory=dict)
    outside: dict[str, Abstract] = field(default_factory=dict)
    outside_heap: dict[str, dict[int, Content]] = field(default_factory=dict)
    # A global's parameter, and the statements that take it apart at the entry.
    outside_params: list[Var] = field(default_factory=list)
    entry: list[Bind] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    locations: int = 0
    # The last of the locations that belong to the arguments.
    given: int = 0
    leaves_of_arguments: dict[int, tuple[object, ...]] = field(default_factory=dict)
    # Locations that belong to globals and cells, and those whose layout is known to be C's.
    outer: dict[int, str] = field(default_factory=dict)
    contiguous: set[int] = field(default_factory=set)
    # Lists of the parts of an array that was split, and what is read of a list as one value.
    parts: set[int] = field(default_factory=set)
    # Lists of run-time length in which one array may stand twice.
    tangled: set[int] = field(default_factory=set)
    written: dict[tuple[object, ...], None] = field(default_factory=dict)
    # What truths say of tags.
    meanings: dict[Var, Meaning] = field(default_factory=dict)
    # The values behind `reads`, for functions of the same page that read them, too.
    values: dict[str, Any] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)
    sweep: str = "forward"
    variables: dict[str, Var] = field(default_factory=dict)
    hints: dict[Var, str] = field(default_factory=dict)


def location(ctx: Context, content: Content) -> Ref:
    """A new location with this content."""
    ctx.locations += 1
    ctx.state.heap[ctx.locations] = content
    return Ref(ctx.locations)


def refuse(
    ctx: Context,
    code: str,
    message: str,
    node: Any = None,
    *,
    note: str = "",
    help: str = "",
    also: Origin | None = None,
    also_message: str = "",
    raises: type | None = None,
) -> NoReturn:
    """Refuses the construct at `node` (or the current statement). raises: what Python would raise
    there for certain, which a `try` may catch."""
    if not note and not help:
        note = f"`s2sad explain {code}` says more"
    diagnostic = Diagnostic(code, message, place(ctx, node), note, help, also, also_message)
    raise Refused(diagnostic, raises)


def refuse_conflict(ctx: Context, value: Conflict, node: Any) -> NoReturn:
    """Refuses to read what several paths bind to things that can't be joined."""
    if not value.message:
        raise Poisoned
    refuse(ctx, "S405", value.message, node, help="use one name for each kind of thing")


def raise_all(ctx: Context) -> None:
    """Raises everything that was refused, together."""
    if ctx.diagnostics:
        unique = list(dict.fromkeys(ctx.diagnostics))
        raise UnsupportedError(tuple(unique))


def span_of(node: Any) -> Span:
    return Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def place(ctx: Context, node: Any) -> Origin | None:
    """The origin for an expression inside the current statement."""
    if ctx.frame.origin is not None:
        return ctx.frame.origin
    if ctx.origin is None or node is None or getattr(node, "lineno", None) is None:
        return ctx.origin
    return replace(ctx.origin, span=span_of(node))


def add(
    ctx: Context,
    op: Op,
    args: tuple[Atom, ...],
    kind: Type,
    hint: str = "",
    node: Any = None,
    static: tuple[tuple[str, Any], ...] = (),
    path: Path = (),
) -> Var:
    """Appends `out = op(args)` and gives its result."""
    origin = place(ctx, node)
    out = Var(hint, kind, origin)
    bind = Bind((out,), op, args, static, path, origin)
    watch(ctx, bind)
    ctx.draft.statements.append(bind)
    return out


def typed(
    ctx: Context, op: Op, args: tuple[Atom, ...], static: dict[str, Any], node: Any = None
) -> Type:
    """The type of an operation's result; refused where it can't be found."""
    try:
        return infer(op, args, static)
    except NoExample as error:
        refuse(
            ctx,
            "S405",
            f"`{op.name}` does not work on these arguments: {error}",
            node,
            note="the types of results are found by running the operation on small examples",
        )


def constant(value: Any) -> Const:
    return Const(value, type_of_constant(value))


def wrap(ctx: Context, var: Atom, node: Any = None) -> Abstract:
    """The abstract value of a fresh run-time value: taken apart where its structure is known."""
    if isinstance(var, Const):
        return Known(var.value)
    assert isinstance(var, Var)
    kind = var.type
    if isinstance(kind, Num):
        return location(ctx, Whole(var)) if kind.may_be_array else Value(var)
    if isinstance(kind, Lst):
        return location(ctx, Whole(var))
    if isinstance(kind, Static):
        return Known(kind.value)
    if isinstance(kind, Opaque):
        return Value(var)
    return _take_apart(ctx, var, kind, node)


def _take_apart(ctx: Context, var: Var, kind: Type, node: Any) -> Abstract:
    if isinstance(kind, Tup):
        items = [_element(ctx, var, IndexStep((k,)), t, node, k) for k, t in enumerate(kind.items)]
        return Items(tuple(items), kind.cls)
    if isinstance(kind, Dct):
        pairs = [(k, _element(ctx, var, IndexStep((k,)), t, node, k)) for k, t in kind.items]
        return location(ctx, Mapping(tuple(pairs)))
    if isinstance(kind, Obj):
        named = [(k, _element(ctx, var, AttributeStep(k), t, node, k)) for k, t in kind.items]
        return location(ctx, Attributes(kind.cls, tuple(named)))
    if isinstance(kind, Bottom):
        refuse(
            ctx,
            "S405",
            "this is an element of an empty list",
            node,
            note="Python would raise IndexError",
            raises=IndexError,
        )
    refuse(ctx, "S405", f"a value of type {kind} can't be used here", node)


def _element(
    ctx: Context, var: Var, step: IndexStep | AttributeStep, kind: Type, node: Any, key: object
) -> Abstract:
    if isinstance(kind, Static):
        return Known(kind.value)
    hint = f"{var.hint}.{key}" if str(key).isidentifier() or isinstance(key, int) else var.hint
    return wrap(ctx, add(ctx, GETITEM, (var,), kind, hint, node, (), (step,)), node)


def array_type(value: Abstract, ctx: Context) -> Type | None:
    """The type of what a location holds, where it is one run-time value."""
    if isinstance(value, Ref):
        content = ctx.state.heap[value.location]
        if isinstance(content, Whole) and not value.path and isinstance(content.atom, Var | Const):
            return content.atom.type
    return None


def elements_of(kind: Lst) -> Type:
    """The type of one element as it is read: its lengths are those of this element."""
    return dims.refreshed(kind.item)


def inner_hint(hint: str, word: str) -> str:
    """The hint for a value inside the expression for `hint`."""
    base = hint.split(".")[0]
    return f"{base}.{word}"


def end_here(ctx: Context) -> None:
    """Nothing comes back on this path."""
    ctx.dead = True
    ctx.draft.end = Leave(Scope("bottom"), 0, ctx.state, ctx.draft)

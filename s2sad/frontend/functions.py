"""Calls: user functions are inlined, library functions become operations.

What is called is known when compiling. A user's function is lowered in a frame of its own, its
parameters bound to the caller's abstract values, so that references are passed as Python passes
them; an early return ends the scope of the call.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import gast
import numpy as np

from s2sad.errors import CompileError
from s2sad.frontend import builtins as known_calls
from s2sad.frontend.branches import end_here, new_variables, supplier
from s2sad.frontend.called import call_function
from s2sad.frontend.choice import Repeated, plan_of
from s2sad.frontend.context import (
    RECURSIVE,
    Bottomed,
    Context,
    Refused,
    Restart,
    add,
    place,
    refuse,
    typed,
    wrap,
)
from s2sad.frontend.desugar import plain_loops
from s2sad.frontend.drafts import Draft, Fall, Leave, Scope, leaves_in, tail_form
from s2sad.frontend.hooks import ask
from s2sad.frontend.library import is_library, method, operation, operator_of, parameter_names
from s2sad.frontend.liveness import assigned, live_after
from s2sad.frontend.merge import apply, leaf_atoms, plan, plan_inside
from s2sad.frontend.outputs import UNBUFFERED, check_overlap, store_outputs, take_outputs
from s2sad.frontend.references import atom_of, extended, type_at
from s2sad.frontend.refusals import check_name
from s2sad.frontend.reports import is_report, report
from s2sad.frontend.state import parts, relate
from s2sad.frontend.templates import plan_leaves
from s2sad.frontend.values import (
    Abstract,
    Closure,
    Frame,
    Generator,
    Items,
    Known,
    Listing,
    Method,
    Ref,
    Unbound,
)
from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Const, Hole, Op, ViewStep
from s2sad.ir.types import Num
from s2sad.provenance import source_of
from s2sad.request import Access
from s2sad.rules.definitions import MASKED, PARTS
from s2sad.rules.registry import definition_of, rules_of
from s2sad.rules.views import einsum_view, is_view

Keywords = dict[str, Abstract]
DEPTH = 40
OURS = "s2sad.equivalents."


def lower_call(ctx: Context, node: Any, hint: str) -> Abstract:
    """`f(*args, **keywords)`: the callee first, then the arguments, left to right."""
    from s2sad.frontend.expressions import lower, part

    callee = _lower_callee(ctx, node.func, part(hint, "callee"))
    args: list[Abstract] = []
    for item in node.args:
        if isinstance(item, gast.Starred):
            args += _spread(ctx, lower(ctx, item.value, hint), item)
        else:
            args.append(_argument(ctx, callee, item, part(hint, _word(node.func))))
    keywords: Keywords = {}
    for keyword in node.keywords:
        value = lower(ctx, keyword.value, part(hint, keyword.arg or "keywords"))
        if keyword.arg is None:
            keywords |= _spread_mapping(ctx, value, node)
        else:
            keywords[keyword.arg] = value
    return call_node(ctx, callee, args, keywords, hint, node)


# What runs a generator expression to its end (or as far as it matters) at once.
CONSUMERS = (sum, min, max, any, all, list, tuple, sorted, math.prod, math.fsum)


def _argument(ctx: Context, callee: Abstract, node: Any, hint: str) -> Abstract:
    from s2sad.frontend.expressions import comprehension, lower

    if isinstance(node, gast.GeneratorExp) and (
        (isinstance(callee, Method) and callee.function is None)
        or (isinstance(callee, Known) and any(callee.value is f for f in CONSUMERS))
    ):
        return comprehension(ctx, node, hint)
    value = lower(ctx, node, hint)
    if isinstance(value, Generator):
        if isinstance(callee, Known) and any(callee.value is f for f in CONSUMERS):
            return ask("listed", ctx, value, hint, node)  # type: ignore[no-any-return]
        refuse(
            ctx,
            "S102",
            "a generator is followed only where it is consumed at once",
            node,
            note="it reads what it reads when it is consumed",
            help="make it a list: list(...)",
        )
    return value


def _lower_callee(ctx: Context, node: Any, hint: str) -> Abstract:
    from s2sad.frontend.access import get_attribute
    from s2sad.frontend.expressions import lower

    if isinstance(node, gast.Attribute):
        return get_attribute(ctx, lower(ctx, node.value, hint), node.attr, hint, node, called=True)
    return lower(ctx, node, hint)


def _word(node: Any) -> str:
    return str(getattr(node, "attr", None) or getattr(node, "id", None) or "call")


def _spread(ctx: Context, value: Abstract, node: Any) -> list[Abstract]:
    from s2sad.frontend.access import elements

    items = elements(ctx, value)
    if items is None:
        refuse(ctx, "S101", "star-unpacking needs a sequence of known length", node)
    return list(items)


def _spread_mapping(ctx: Context, value: Abstract, node: Any) -> Keywords:
    from s2sad.frontend.values import Mapping

    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        if isinstance(content, Mapping):
            return {str(key): item for key, item in content.items}
    refuse(ctx, "S101", "`**` needs a dict whose keys are known when compiling", node)


def call_node(
    ctx: Context, callee: Abstract, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """Calls an abstract function."""
    if isinstance(callee, Closure):
        return inline(ctx, callee, args, keywords, hint, node)
    if isinstance(callee, Method):
        return _call_method(ctx, callee, args, keywords, hint, node)
    if isinstance(callee, Known):
        return _call_known(ctx, callee, args, keywords, hint, node)
    return ask("call object", ctx, callee, args, keywords, hint, node)  # type: ignore[no-any-return]


def _call_known(
    ctx: Context, callee: Known, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    function = callee.value
    special = known_calls.SPECIAL.get(function) if _hashable(function) else None
    if function in _CONVERSIONS:
        found = ask("conversion", ctx, function, args, hint, node)
        if found is not None:
            return found  # type: ignore[no-any-return]
    if special is not None:
        return special(ctx, args, keywords, hint, node)
    check_name(ctx, function, node)
    if getattr(function, "__objclass__", None) is np.ndarray and args and not rules_of(function):
        return _call_method(ctx, Method(args[0], function.__name__), args[1:], keywords, hint, node)
    definition = definition_of(function)
    if ctx.shared.parts and _hashable(function) and function in PARTS:
        definition = (PARTS[function], ())
    if definition is not None:
        stated, first = definition
        given = [*(Known(value) for value in first), *args]
        return call_definition(ctx, stated, given, keywords, hint, node)
    if getattr(function, "static_helper", False):
        return _call_static(ctx, function, args, keywords, node)
    if is_report(function):
        return report(ctx, function, args, keywords, node)
    if not rules_of(function):
        if hasattr(function, "primal") and hasattr(function, "mode"):
            _refuse_own_name(ctx, function, node)
            return known_calls.call_gradient(ctx, function, args, keywords, hint, node)
        if isinstance(function, types.MethodType):
            return _call_bound(ctx, callee, args, keywords, hint, node)
        if isinstance(function, types.FunctionType) and not is_library(function):
            return inline(ctx, closure_of(ctx, callee, node), args, keywords, hint, node)
    if not rules_of(function) and not is_library(function) and _is_callable_object(function):
        return ask("call object", ctx, callee, args, keywords, hint, node)  # type: ignore[no-any-return]
    if isinstance(function, type) and not is_library(function):
        return ask("construct", ctx, function, args, keywords, hint, node)  # type: ignore[no-any-return]
    if _all_known(args) and _all_known(list(keywords.values())) and _foldable(function):
        return _call_static(ctx, function, args, keywords, node)
    return call_library(ctx, function, args, keywords, hint, node)


def call_definition(
    ctx: Context,
    definition: Callable[..., Any],
    args: list[Abstract],
    keywords: Keywords,
    hint: str,
    node: Any,
) -> Abstract:
    """Lowers the statements that define a library function, at the place of the call."""
    outer, here = ctx.pinned, (ctx.frame, ctx.draft, ctx.state, list(ctx.scopes))
    ctx.pinned = place(ctx, node)
    try:
        closure = closure_of(ctx, Known(definition, Access(definition, ())), node)
        return inline(ctx, closure, args, keywords, hint, node)
    except Refused:
        ctx.frame, ctx.draft, ctx.state, ctx.scopes = here
        raise
    finally:
        ctx.pinned = outer


def _refuse_own_name(ctx: Context, gradient: Any, node: Any) -> None:
    """`@grad` on a function that calls itself: its name means the gradient by then."""
    frame: Any = ctx.frame
    code = getattr(gradient.primal, "__code__", None)
    while frame is not None:
        own = frame.function
        if own is not None and own.__code__ is code:
            name = gradient.primal.__name__
            refuse(
                ctx,
                "S106",
                f"`{name}` calls its own name, which is the gradient by now",
                node,
                note="a decorator rebinds the name of the function",
                help=f"d{name} = grad({name})",
            )
        frame = frame.caller


# Functions that ask the class of an object.
_CONVERSIONS = (abs, float, int, complex, round, divmod, bool)


def _is_callable_object(function: Any) -> bool:
    """Whether a callable from outside is an object whose class defines the call in Python."""
    if isinstance(function, partial):
        return True
    return any(
        isinstance(vars(c).get("__call__"), types.FunctionType) for c in type(function).__mro__
    )


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _all_known(values: list[Abstract]) -> bool:
    return all(isinstance(v, Known) for v in values)


def _foldable(function: Any) -> bool:
    """Constants go in and a constant comes out, whatever the machine: integers and strings."""
    return function in (min, max, abs, sum, len, round, int, bool, str, repr, tuple, divmod)


def _call_static(
    ctx: Context, function: Any, args: list[Abstract], keywords: Keywords, node: Any
) -> Abstract:
    """Calls a helper of the rules when compiling."""
    values = [static_value(ctx, a, node) for a in args]
    named = {k: static_value(ctx, v, node) for k, v in keywords.items()}
    try:
        return Known(function(*values, **named))
    except NotImplementedError as error:
        refuse(ctx, "S202", str(error), node)
    except (TypeError, ValueError, IndexError) as error:
        message = f"{type(error).__name__}: {error}"
        refuse(ctx, "S405", message, node, raises=type(error))


def static_value(ctx: Context, value: Abstract, node: Any = None) -> Any:
    """The constant that an abstract value is, containers included; S406 where it isn't one."""
    from s2sad.frontend.access import elements

    if isinstance(value, Known):
        return value.value
    items = elements(ctx, value)
    if items is not None:
        made = [static_value(ctx, item, node) for item in items]
        return tuple(made) if isinstance(value, Items) else made
    atom = atom_of(ctx, value)
    known_calls.need_static(ctx, atom)
    refuse(
        ctx,
        "S406",
        "this must be known when compiling",
        node,
        help="pass a constant, or a parameter that is an integer",
    )


def _call_bound(
    ctx: Context, callee: Known, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.environment import outside

    bound = callee.value
    access = callee.access or Access(bound.__func__, ())
    owner = outside(ctx, access.extended("attribute", "__self__"), bound.__self__, node)
    function = Known(bound.__func__, access.extended("attribute", "__func__"))
    return call_node(ctx, function, [owner, *args], keywords, hint, node)


def closure_of(ctx: Context, callee: Known, node: Any) -> Closure:
    """A function object from outside, with its source."""
    function = callee.value
    try:
        definition = source_of(function)
    except CompileError as error:
        refuse(
            ctx,
            "S203",
            f"`{getattr(function, '__qualname__', function)}` has no source here, and no rule",
            node,
            note=error.diagnostics[0].message,
            help="write a rule for it: @s2sad.adjoint(function)",
        )
    access = callee.access or Access(function, ())
    defaults = _defaults_outside(ctx, function, access, node)
    return Closure(
        definition.node,
        None,
        defaults,
        (function, definition.source, access),
        function.__name__,
    )


def _defaults_outside(ctx: Context, function: Any, access: Access | None, node: Any) -> Keywords:
    from s2sad.frontend.environment import outside

    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    values = dict(
        zip(
            names[len(names) - len(function.__defaults__ or ()) :],
            function.__defaults__ or (),
            strict=True,
        )
    )
    values |= function.__kwdefaults__ or {}
    root = access or Access(function, ())
    return {
        k: Known(v) if _is_plain_default(v) else outside(ctx, root.extended("default", k), v, node)
        for k, v in values.items()
    }


def _is_plain_default(value: Any) -> bool:
    """Defaults that can't change: plain constants of the function object's code."""
    if isinstance(value, tuple):
        return all(_is_plain_default(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, complex, str))


def make_closure(ctx: Context, node: Any, name: str) -> Closure:
    """A `def` or lambda of the source being lowered. Defaults are evaluated now, as in Python."""
    from s2sad.frontend.expressions import lower

    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    defaults: Keywords = {}
    for parameter, value in zip(
        positional[len(positional) - len(spec.defaults) :], spec.defaults, strict=True
    ):
        defaults[parameter.id] = lower(ctx, value)
    for parameter, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        if value is not None:
            defaults[parameter.id] = lower(ctx, value)
    return Closure(node, ctx.frame, defaults, None, name)


# -- inlining


def inline(
    ctx: Context, callee: Closure, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """Lowers the body of a user's function in place, and gives what it returns."""
    made = None if is_generator(callee.node) else plan_of(ctx, callee)
    if made is not None:
        return call_function(ctx, callee, args, keywords, hint, node, made)
    _check_depth(ctx, callee, node)
    if is_generator(callee.node):
        return ask("generator", ctx, callee, args, keywords, node)  # type: ignore[no-any-return]
    repeated = Repeated(ctx, callee, args, keywords)
    frame = new_frame(ctx, callee)
    frame.origin = place(ctx, node) if _is_ours(callee) else None
    bind_parameters(ctx, frame, callee, args, keywords, node)
    result = run_frame(ctx, frame, hint, node)
    repeated.note()
    return result


def _is_ours(callee: Closure) -> bool:
    """Whether a function stands for one of Python's: it belongs to the line that calls it."""
    if callee.frame is not None:
        return callee.frame.origin is not None
    return callee.function is not None and str(callee.function[0].__module__).startswith(OURS)


def _check_depth(ctx: Context, callee: Closure, node: Any) -> None:
    depth = 0
    frame: Frame | None = ctx.frame
    while frame is not None:
        if frame.node is callee.node and frame.parent is callee.frame:
            raise Restart(callee, RECURSIVE)
        depth, frame = depth + 1, frame.caller
    if depth > DEPTH:
        refuse(ctx, "S105", f"calls are nested more than {DEPTH} deep here", node)


def new_frame(ctx: Context, callee: Closure) -> Frame:
    """The frame for a call: its scope rules come from the syntax, as in Python."""
    node = callee.node
    if isinstance(node, gast.AsyncFunctionDef) or _awaits(node):
        refuse(
            ctx,
            "S102",
            f"`{callee.name}` is a generator or a coroutine",
            node,
            help="return a list or an array instead",
        )
    ctx.shared.frames += 1
    function, source, access = callee.function or (None, None, None)
    scope = scope_of(node)
    return Frame(
        ctx.shared.frames,
        callee.name,
        node,
        source or (callee.frame.source if callee.frame else None),
        function,
        callee.frame,
        scope.local,
        scope.outer,
        scope.world,
        inlined=True,
        live=scope.live,
        access=access,
        caller=ctx.frame,
    )


@frozen
class _Names:
    """The rules of scope of a definition, and which names are live behind each statement."""

    local: frozenset[str]
    outer: frozenset[str]
    world: frozenset[str]
    live: dict[int, frozenset[str]]
    body: list[Any]


@lru_cache(maxsize=256)
def scope_of(node: Any) -> _Names:
    """Found once for each definition: rules are lowered again and again."""
    body = node.body if isinstance(node.body, list) else [gast.Return(node.body)]
    plain_loops(body)
    parameters = [a.id for a in _parameters(node.args)]
    declared = list(_declarations(body))
    world = frozenset(x for n in declared if isinstance(n, gast.Global) for x in n.names)
    outer = frozenset(x for n in declared if isinstance(n, gast.Nonlocal) for x in n.names)
    local = frozenset([*parameters, *assigned(body)]) - world - outer
    return _Names(local, outer, world, live_after(body), body)


def _declarations(nodes: Iterable[Any]) -> Iterator[Any]:
    """The `global` and `nonlocal` statements of a scope; those of nested functions are theirs."""
    for node in nodes:
        if isinstance(node, (gast.Global, gast.Nonlocal)):
            yield node
        elif not isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)):
            yield from _declarations(gast.iter_child_nodes(node))


def _parameters(spec: Any) -> list[Any]:
    extra = [p for p in (spec.vararg, spec.kwarg) if p is not None]
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *extra]


def _awaits(node: Any) -> bool:
    return any(isinstance(n, gast.Await) for n in gast.walk(node))


@lru_cache(maxsize=256)
def is_generator(node: Any) -> bool:
    todo = list(node.body) if isinstance(node.body, list) else [node.body]
    while todo:
        item = todo.pop()
        if isinstance(item, (gast.Yield, gast.YieldFrom)):
            return True
        if not isinstance(item, (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)):
            todo += gast.iter_child_nodes(item)
    return False


def bind_parameters(
    ctx: Context, frame: Frame, callee: Closure, args: list[Abstract], keywords: Keywords, node: Any
) -> None:
    """Binds arguments to parameters as Python does, with its errors as refusals."""
    from s2sad.frontend.context import location
    from s2sad.frontend.values import Mapping

    spec = callee.node.args
    positional = [p.id for p in (*spec.posonlyargs, *spec.args)]
    values: Keywords = dict(zip(positional, args, strict=False))
    extra = args[len(positional) :]
    left = dict(keywords)
    for name in [*positional[len(spec.posonlyargs) :], *(p.id for p in spec.kwonlyargs)]:
        if name in left:
            if name in values:
                _bad_call(ctx, callee, f"got multiple values for argument `{name}`", node)
            values[name] = left.pop(name)
    for name, default in callee.defaults.items():
        values.setdefault(name, default)
    missing = [n for n in [*positional, *(p.id for p in spec.kwonlyargs)] if n not in values]
    if missing:
        _bad_call(ctx, callee, f"missing argument `{missing[0]}`", node)
    if extra and spec.vararg is None:
        _bad_call(ctx, callee, f"takes {len(positional)} arguments, {len(args)} given", node)
    if left and spec.kwarg is None:
        _bad_call(ctx, callee, f"got an unexpected argument `{next(iter(left))}`", node)
    if spec.vararg is not None:
        values[spec.vararg.id] = Items(tuple(extra))
    if spec.kwarg is not None:
        values[spec.kwarg.id] = location(ctx, Mapping(tuple(left.items())))
    for name, value in values.items():
        ctx.state.names[(frame.number, name)] = value


def _bad_call(ctx: Context, callee: Closure, message: str, node: Any) -> None:
    refuse(ctx, "S405", f"{callee.name}() {message}", node, note="Python would raise TypeError")


def run_frame(ctx: Context, frame: Frame, hint: str, node: Any = None) -> Abstract:
    """Lowers the body of a frame; its returns are joined where there are several."""
    scope = Scope("function", frame=frame.number)
    key = (frame.number, f"<{hint or 'out'}>")
    origin, caller = ctx.origin, ctx.frame
    frame.live_now = frozenset()

    def body() -> None:
        from s2sad.frontend.statements import lower_body

        ctx.frame = frame
        ctx.scopes.append(scope)
        try:
            lower_body(ctx, frame, key)
        except Bottomed:
            end_here(ctx)
        ctx.scopes.pop()

    run_scope(ctx, scope, body, keep=lambda name: name == key)
    ctx.frame, ctx.origin = caller, origin
    result = ctx.state.names.pop(key, Unbound("result"))
    drop_frame(ctx, frame, result)
    if isinstance(result, Unbound) and ctx.dead and frame.inlined:
        raise Bottomed
    return Known(None) if isinstance(result, Unbound) else result


def drop_frame(ctx: Context, frame: Frame, result: Abstract | None = None) -> None:
    """The names of a finished call are gone, unless a function made in it still reads them."""
    if frame.number in _captured(ctx, frame, result):
        return
    for name in [n for n in ctx.state.names if n[0] == frame.number]:
        del ctx.state.names[name]


def _captured(ctx: Context, ended: Frame, result: Abstract | None) -> set[int]:
    """The frames whose names a function that is still around may read, when a frame ends."""
    found: set[int] = set()
    todo = [v for n, v in ctx.state.names.items() if n[0] != ended.number]
    todo += [result] if result is not None else []
    for content in ctx.state.heap.values():
        todo += parts(content)
    while todo:
        value = todo.pop()
        todo += parts(value)
        frame = value.frame if isinstance(value, Closure) else None
        while frame is not None:
            found.add(frame.number)
            frame = frame.parent
    return found


def run_scope(
    ctx: Context,
    scope: Scope,
    action: Callable[[], None],
    keep: Callable[[Any], bool] = lambda name: False,
) -> None:
    """Runs `action`; what leaves the scope early is joined with its end."""
    base, outer = ctx.state, ctx.draft
    ctx.state, ctx.draft = base.copy(), Draft()
    action()
    draft = ctx.draft
    leaves = list(leaves_in(draft, scope))
    if not leaves:
        _continue_in(ctx, outer, draft)
        return
    if not ctx.dead:
        draft.end = Leave(scope, 0, ctx.state, draft)
        leaves.append(draft.end)
    _join_leaves(ctx, scope, base, outer, draft, leaves, keep)


def _continue_in(ctx: Context, outer: Draft, draft: Draft) -> None:
    outer.statements += draft.statements
    if ctx.dead:
        outer.end = draft.end
        if isinstance(outer.end, Leave) and outer.end.draft is draft:
            outer.end.draft = outer
    ctx.draft = outer


def _join_leaves(
    ctx: Context,
    scope: Scope,
    base: Any,
    outer: Draft,
    draft: Draft,
    leaves: list[Leave],
    keep: Callable[[Any], bool],
) -> None:
    from s2sad.frontend.branches import is_live

    states = [leave.state for leave in leaves]
    if draft.end in leaves and len(leaves) == 1:
        ctx.state, ctx.dead = states[0], False
        draft.end = None
        _continue_in(ctx, outer, draft)
        return
    live = is_live(ctx)
    join = plan if draft.end in leaves else plan_inside
    made = join(ctx, states, base, lambda name: keep(name) or live(name))
    for leave in leaves:
        ctx.state, ctx.draft = leave.state, leave.draft
        leave.values = leaf_atoms(ctx, made)
    kinds = [(leaf.hint, leaf.type) for leaf in plan_leaves(made)]
    tail_form(draft, scope, kinds)
    ctx.draft = outer
    outer.statements += draft.statements
    end = draft.end
    assert isinstance(end, Leave | Fall)
    ctx.dead = False
    values = (
        end.values if isinstance(end, Leave) and end.scope is scope else new_variables(ctx, made)
    )
    ctx.state = apply(ctx, made, base, supplier(values))


# -- library calls


def call_library(
    ctx: Context, function: Any, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """A call of NumPy, math or a builtin, as one operation."""
    if not rules_of(function) and (not is_library(function) or _is_opaque(function)):
        refuse(
            ctx,
            "S203",
            f"calls into `{_title(function)}`, which has no source here and no rule",
            node,
            help="write a rule for it: @s2sad.adjoint(function)",
        )
    op = operator_of(function) or operation(function)
    args, keywords, outputs = take_outputs(function, args, keywords)
    where = keywords.pop("where", None) if isinstance(function, np.ufunc) else None
    if where is not None and not (isinstance(where, Known) and where.value is True):
        return _call_masked(ctx, function, args, keywords, outputs, where, node)
    for output in outputs if function in UNBUFFERED else []:
        check_overlap(ctx, "`out`", output, args, node)
    values, static = split_arguments(ctx, function, args, keywords, node)
    result = apply_library(ctx, op, values, static, hint, node)
    return store_outputs(ctx, function, outputs, result, node) if outputs else result


def _call_masked(
    ctx: Context,
    function: Any,
    args: list[Abstract],
    keywords: Keywords,
    outputs: list[Abstract],
    where: Abstract,
    node: Any,
) -> Abstract:
    """A ufunc with `where=`: computed, and written, under the mask only."""
    _check_keywords(ctx, function, keywords, node)
    if len(outputs) != 1:
        refuse(
            ctx,
            "S202",
            f"`{_title(function)}` with `where=` and without `out=` can't be differentiated",
            node,
            note="what the mask leaves out is never set",
            help=f"np.{_title(function)}(..., out=np.zeros_like(x), where=mask)",
        )
    given = [Known(function), *args, outputs[0], where]
    return call_definition(ctx, MASKED[len(args)], given, {}, "", node)


def _is_opaque(function: Any) -> bool:
    """Built-in functions that do something, instead of giving a value."""
    return function in (
        eval,
        exec,
        compile,
        open,
        input,
        globals,
        locals,
        vars,
        setattr,
        delattr,
        __import__,
    )


def _title(function: Any) -> str:
    return str(getattr(function, "__qualname__", None) or getattr(function, "__name__", function))


def split_arguments(
    ctx: Context, function: Any, args: list[Abstract], keywords: Keywords, node: Any
) -> tuple[list[Abstract], dict[str, Any]]:
    """Positional values and static keywords: keywords that hold run-time values, or that come
    first in the signature, become positional."""
    _check_keywords(ctx, function, keywords, node)
    names = parameter_names(function)
    settle = (lambda value: value) if function in _INDEXING else partial(_settled, ctx)
    values, static = [settle(value) for value in args], {}
    for name, value in [(k, settle(v)) for k, v in keywords.items()]:
        if (
            names is not None
            and len(values) < len(names)
            and names[len(values)] == name
            and (not _is_static_argument(ctx, value))
        ):
            values.append(value)
        else:
            static[name] = _keyword(ctx, value, names, name, node)
    return values, static


# A list of integers is an index here, which means something else than a tuple.
_INDEXING = (np.take, np.repeat, np.delete, np.insert, np.take_along_axis, np.block)


def _settled(ctx: Context, value: Abstract) -> Abstract:
    """Lists of integers, such as axes, as the constants that they are; NumPy takes tuples for
    them."""
    numbers = _integers(ctx, value)
    return value if numbers is None else Known(numbers)


def _integers(ctx: Context, value: Abstract) -> tuple[Any, ...] | None:
    from s2sad.frontend.access import elements

    is_list = isinstance(value, Ref) and isinstance(ctx.state.heap[value.location], Listing)
    if not is_list and not (isinstance(value, Items) and value.cls is None):
        return None
    found: list[Any] = []
    for item in elements(ctx, value) or ():
        if isinstance(item, Known) and type(item.value) is int:
            found.append(item.value)
        elif (inner := _integers(ctx, item)) is not None:
            found.append(inner)
        else:
            return None
    return tuple(found) or None


def _check_keywords(ctx: Context, function: Any, keywords: Keywords, node: Any) -> None:
    """A keyword that no rule of the function knows is refused by name."""
    stated = [rule.function for rule in rules_of(function) if rule.function is not None]
    if not stated or (isinstance(function, np.ufunc) and not keywords):
        return
    known = {p for f in stated for p in inspect.signature(f).parameters}
    for name in keywords:
        if name not in known:
            refuse(
                ctx,
                "S202",
                f"`{_title(function)}` with `{name}=` can't be differentiated yet",
                node,
                note="its rule doesn't cover this keyword",
            )


def _is_static_argument(ctx: Context, value: Abstract) -> bool:
    if isinstance(value, Known):
        return True
    return isinstance(value, Items) and all(isinstance(i, Known) for i in value.items)


def _keyword(
    ctx: Context, value: Abstract, names: tuple[str, ...] | None, name: str, node: Any
) -> Any:
    return static_value(ctx, value, node)


def apply_library(
    ctx: Context, op: Op, values: list[Abstract], static: dict[str, Any], hint: str, node: Any
) -> Abstract:
    """The operation on its arguments: a view of the first one, or a value of its own."""
    if op.rule is np.array and not static.get("copy", True):
        op = replace(op, result="either")
    if op.rule in (np.atleast_1d, np.atleast_2d, np.atleast_3d) and len(values) != 1:
        refuse(ctx, "S202", f"`{op.name}` of several arrays can't be differentiated", node)
    if (
        values
        and isinstance(values[0], Ref)
        and _is_buffer(ctx, values[0])
        and (is_view(op) or _is_plain_reshape(ctx, op, values[0]))
    ):
        return _view_call(ctx, op, values, static, hint, node)
    converted = conversion(ctx, op, values, static)
    if converted == "same":
        return values[0]
    rearranged = einsum_view(values) if op.rule is np.einsum and not static else None
    if rearranged is not None:
        function, *rest = rearranged
        args = [values[1], *(Known(value) for value in rest)]
        return apply_library(ctx, operation(function), args, {}, hint, node)
    atoms = tuple(atom_of(ctx, v, _argument_hint(hint, op), node) for v in values)
    kind = typed(ctx, op, atoms, static, node)
    result = wrap(ctx, add(ctx, op, atoms, kind, hint, node, tuple(static.items())), node)
    if op.result == "fresh" and isinstance(result, Ref):
        ctx.contiguous.add(result.location)
    if op.result in ("either", "view") and converted != "fresh":
        for value in values:
            _relate_either(ctx, value, result)
    if op.rule in PARTS and isinstance(result, Ref):
        ctx.parts.add(result.location)
    return result


def conversion(ctx: Context, op: Op, values: list[Abstract], static: dict[str, Any]) -> str:
    """What a conversion of an array gives: the "same" array, a "fresh" one, or "" if that isn't
    known."""
    kind = type_at(ctx, values[0]) if values and isinstance(values[0], Ref) else None
    if op.rule not in (np.array, np.asarray, np.asanyarray, np.ndarray.astype):
        return ""
    if not (isinstance(kind, Num) and kind.is_array and kind.dtype is not None):
        return ""
    given = [v.value for v in values[1:] if isinstance(v, Known)]
    if len(given) != len(values) - 1 or not set(static) <= {"dtype", "copy"}:
        return ""
    wanted = static.get("dtype", given[0] if given else None)
    alike = wanted is None or np.dtype(wanted) == np.dtype(kind.dtype)
    copies = static.get("copy", op.rule in (np.array, np.ndarray.astype))
    return "same" if alike and not copies else "fresh"


def _is_plain_reshape(ctx: Context, op: Op, value: Ref) -> bool:
    """Whether a reshape is a view for certain: of a vector, and `ravel` of one made here."""
    kind = type_at(ctx, value)
    if not (isinstance(kind, Num) and kind.shape is not None and len(kind.shape) == 1):
        return False
    made_here = not value.path and value.location in ctx.contiguous
    return op.rule is np.reshape or (op.rule is np.ravel and made_here)


def _argument_hint(hint: str, op: Op) -> str:
    return f"{hint.split('.')[0]}.{op.name.rpartition('.')[2]}"


def _is_buffer(ctx: Context, value: Abstract) -> bool:
    kind = type_at(ctx, value)
    return isinstance(kind, Num) and kind.may_be_array


def _relate_either(ctx: Context, source: Abstract, result: Abstract) -> None:
    if isinstance(source, Ref) and isinstance(result, Ref):
        relate(ctx.state, source.location, result.location)


def _view_call(
    ctx: Context, op: Op, values: list[Abstract], static: dict[str, Any], hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.access import view_or_value

    base, *others = values
    assert isinstance(base, Ref)
    holes: list[Atom] = []
    args: list[Any] = []
    for value in others:
        atom = atom_of(ctx, value, "", node)
        if isinstance(atom, Const):
            args.append(atom.value)
        else:
            args.append(Hole(len(holes)))
            holes.append(atom)
    step = ViewStep(op, tuple(args), tuple(static.items()))
    return view_or_value(ctx, extended(base, step, tuple(holes)), hint, node)


# -- methods


def _call_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    if callee.function is not None:
        return call_node(ctx, callee.function, [callee.receiver, *args], keywords, hint, node)
    special = known_calls.method_of(ctx, callee)
    if special is not None:
        return special(ctx, callee, args, keywords, hint, node)
    op = method(callee.name)
    if op is None:
        refuse(
            ctx,
            "S204",
            f"the method `.{callee.name}` can't be differentiated yet",
            node,
            help="use a function of NumPy that does the same",
        )
    if callee.name in ("reshape", "transpose") and len(args) > 1:
        args = [Items(tuple(args))]
    given, keywords, outputs = take_outputs(op.rule, [callee.receiver, *args], keywords)
    values, static = split_arguments(ctx, op.rule, given, keywords, node)
    result = apply_library(ctx, op, values, static, hint, node)
    return store_outputs(ctx, op.rule, outputs, result, node) if outputs else result


__all__ = ["Refused", "call_node", "inline", "lower_call"]

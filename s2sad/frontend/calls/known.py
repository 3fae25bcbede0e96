"""Calls of functions that are known when compiling.

Which of them are user functions, which the frontend understands itself, which are done at once,
and which are operations, is decided here.
"""

from __future__ import annotations

import functools
import types
from functools import partial
from typing import Any

import numpy as np

from s2sad.analysis.examples import may_run
from s2sad.frontend.calls.derivatives import call_gradient
from s2sad.frontend.calls.inline import inline
from s2sad.frontend.calls.methods import call_method
from s2sad.frontend.calls.objects import call_object, convert_object
from s2sad.frontend.data.construction import construct
from s2sad.frontend.dispatch import SPECIAL, call, calls
from s2sad.frontend.operations.calls import call_library
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.operations.definitions import call_definition, closure_of
from s2sad.frontend.operations.failures import failure
from s2sad.frontend.operations.refusals import check_name
from s2sad.frontend.operations.reports import is_report, report
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.outside import outside
from s2sad.frontend.state.values import Abstract, Keywords, Known, Method
from s2sad.request import Access
from s2sad.rules.definitions import PARTS
from s2sad.rules.operations import is_library, operation
from s2sad.rules.registry import definition_of, rules_of


@calls(Known)
def call_known(
    ctx: Context, callee: Known, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """A call of something known; a user's function gets one of several values as it is."""
    function = callee.value
    if isinstance(function, functools._lru_cache_wrapper):
        inner = callee.access.extended("attribute", "__wrapped__") if callee.access else None
        return call_known(ctx, Known(function.__wrapped__, inner), args, keywords, hint, node)
    own = isinstance(function, types.FunctionType | types.MethodType | type)
    if own and not is_library(function):
        return _call(ctx, callee, args, keywords, hint, node)
    return _call_of_choices(ctx, callee, args, keywords, hint, node)


def _fails(
    ctx: Context, callee: Known, args: list[Abstract], keywords: Keywords, *_: Any
) -> Exception | None:
    pure = not keywords and may_run(operation(callee.value))
    return failure(ctx, callee.value, args) if pure else None


@over_choices(1, 2, failing=_fails)
def _call_of_choices(
    ctx: Context, callee: Known, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return _call(ctx, callee, args, keywords, hint, node)


def _call(
    ctx: Context, callee: Known, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    function = callee.value
    known = SPECIAL.get(function) if hashable(function) else None
    if function in _CONVERSIONS:
        found = convert_object(ctx, function, args, hint, node)
        if found is not None:
            return found
    if known is not None:
        return known(ctx, args, keywords, hint, node)
    check_name(ctx, function, node)
    if getattr(function, "__objclass__", None) is np.ndarray and args and not rules_of(function):
        return call_method(ctx, Method(args[0], function.__name__), args[1:], keywords, hint, node)
    definition = definition_of(function)
    if ctx.shared.parts and hashable(function) and function in PARTS:
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
            return call_gradient(ctx, callee, args, keywords, hint, node)
        if isinstance(function, types.MethodType):
            return _call_bound(ctx, callee, args, keywords, hint, node)
        if isinstance(function, types.FunctionType) and not is_library(function):
            return inline(ctx, closure_of(ctx, callee, node), args, keywords, hint, node)
    if not rules_of(function) and not is_library(function) and _is_callable_object(function):
        return call_object(ctx, callee, args, keywords, hint, node)
    if isinstance(function, type) and not is_library(function):
        return construct(ctx, function, args, keywords, hint, node)
    if _all_known(args) and _all_known(list(keywords.values())) and _foldable(function):
        return _call_static(ctx, function, args, keywords, node)
    return call_library(ctx, function, args, keywords, hint, node)


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


def hashable(value: Any) -> bool:
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


def _call_bound(
    ctx: Context, callee: Known, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    bound = callee.value
    access = callee.access or Access(bound.__func__, ())
    owner = outside(ctx, access.extended("attribute", "__self__"), bound.__self__, node)
    function = Known(bound.__func__, access.extended("attribute", "__func__"))
    return call(ctx, function, [owner, *args], keywords, hint, node)

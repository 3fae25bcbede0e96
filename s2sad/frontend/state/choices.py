"""What is done with one of several values is done with each of them.

Joins make such values of different kinds of things: None or a number, one of two functions. Who
needs one thing has it done for each, by `each` or the decorator `over_choices`; how that becomes
an `if` on the page is known by `control.choices`, which enters itself here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from s2sad.frontend.state.context import Context, Meaning, refuse
from s2sad.frontend.state.values import Abstract, OneOf, Unbound, Value

Action = Callable[[Abstract], Abstract | None]
# What Python raises for certain with a choice, or None.
Failing = Callable[[Abstract], Exception | None]
Handler = TypeVar("Handler", bound=Callable[..., Any])
_ENTERED: dict[str, Callable[..., Any]] = {}


def entered(name: str) -> Callable[[Handler], Handler]:
    """Enters the function that `each` or `fail` calls."""

    def enter(handler: Handler) -> Handler:
        _ENTERED[name] = handler
        return handler

    return enter


def each(
    ctx: Context, value: OneOf, action: Action, node: Any, failing: Failing | None = None
) -> Abstract:
    """What `action` gives for the choice that a value is at run time."""
    return _ENTERED["each"](ctx, value, action, node, failing)  # type: ignore[no-any-return]


def fail(ctx: Context, error: Exception, node: Any) -> None:
    """Raises an exception on this path; nothing comes back on it."""
    _ENTERED["fail"](ctx, error, node)


def possible(ctx: Context, value: OneOf) -> list[int]:
    """The positions of the choices that a value may be on this path."""
    known = ctx.state.facts.get(value.tag)
    return [k for k in range(len(value.choices)) if known is None or k in known]


def narrowed(ctx: Context, value: Abstract) -> Abstract:
    """The choice that a value is, where that is known on this path."""
    while isinstance(value, OneOf):
        left = possible(ctx, value)
        if len(left) != 1:
            return value
        value = value.choices[left[0]]
    return value


def meaning_of(ctx: Context, value: Abstract) -> Meaning:
    """What a truth says of tags."""
    return ctx.meanings.get(value.atom, Meaning()) if isinstance(value, Value) else Meaning()


def bound(ctx: Context, value: Abstract, name: str, node: Any) -> Abstract:
    """The value of a name; raises where it is unbound."""
    value = narrowed(ctx, value)
    if not isinstance(value, OneOf) or not any(isinstance(c, Unbound) for c in value.choices):
        return value
    error = unbound_error(name)
    return without(ctx, value, lambda choice: isinstance(choice, Unbound), error, node)


def without(
    ctx: Context,
    value: OneOf,
    excluded: Callable[[Abstract], bool],
    error: Exception,
    node: Any = None,
) -> Abstract:
    """A value without some of its choices: where it is one of them, an exception is raised."""

    def kept(choice: Abstract) -> Abstract:
        if excluded(choice):
            refuse(ctx, "S405", str(error), node, note="Python would raise an exception")
        return choice

    return each(ctx, value, kept, node, lambda choice: error if excluded(choice) else None)


def unbound_error(name: str) -> UnboundLocalError:
    """What Python raises where a local name is read that isn't bound."""
    return UnboundLocalError(
        f"cannot access local variable '{name}' where it is not associated with a value"
    )


# -- functions that do something with each choice


def over_choices(
    *places: int, failing: Callable[..., Exception | None] | None = None, node: int = -1
) -> Callable[[Handler], Handler]:
    """Has a function of the frontend done with each choice of its arguments at these places
    (0: the first one behind the context), or in lists and dicts there. failing: what Python
    raises for the arguments, if it does. node: where the syntax node is."""

    def decorate(function: Handler) -> Handler:
        @wraps(function)
        def call(ctx: Context, *args: Any, **keywords: Any) -> Any:
            for place in places:
                found = _first(ctx, args[place])
                if found is None:
                    continue
                where, value = found
                if not isinstance(value, OneOf):
                    return call(ctx, *_with(args, place, where, value), **keywords)

                def act(choice: Abstract, place: int = place, where: Any = where) -> Any:
                    return call(ctx, *_with(args, place, where, choice), **keywords)

                def raises(choice: Abstract, place: int = place, where: Any = where) -> Any:
                    assert failing is not None
                    return failing(ctx, *_with(args, place, where, choice))

                return each(ctx, value, act, args[node], raises if failing else None)
            return function(ctx, *args, **keywords)

        return call  # type: ignore[return-value]

    return decorate


def _first(ctx: Context, arg: Any) -> tuple[Any, Abstract] | None:
    """The first value of an argument that is one of several: its place in it, and itself."""
    if isinstance(arg, OneOf):
        return None, narrowed(ctx, arg)
    pairs: Any = enumerate(arg) if isinstance(arg, (list, tuple)) else ()
    pairs = arg.items() if isinstance(arg, dict) else pairs
    for where, value in pairs:
        if isinstance(value, OneOf):
            return where, narrowed(ctx, value)
    return None


def _with(args: tuple[Any, ...], place: int, where: Any, value: Abstract) -> list[Any]:
    """The arguments with one value replaced."""
    given = list(args)
    if where is None:
        given[place] = value
    else:
        held: Any = dict(given[place]) if isinstance(given[place], dict) else list(given[place])
        held[where] = value
        given[place] = held
    return given

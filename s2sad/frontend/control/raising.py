"""`raise`, for the handler that catches it, if there is one."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.dispatch import expression, lowers
from s2sad.frontend.state.context import Context, add, end_here, refuse
from s2sad.frontend.state.guards import EXCEPTION, catcher, land
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Known, Value
from s2sad.ir.data import Atom, Op
from s2sad.ir.types import Opaque
from s2sad.rules.names import page_name


def is_exception(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


# -- raise


@lowers(gast.Raise)
def lower_raise(ctx: Context, node: Any) -> None:
    """`raise Error(...)`, `raise`, `raise error`: for the handler that catches it, if there is
    one; else the user's exception, as it is. Nothing comes back on this path."""
    if node.exc is None:
        if not ctx.handling or isinstance(ctx.handling[-1], Known):
            refuse(ctx, "S104", "there is no exception here to raise again", node,
                   help="write the exception: `raise Error(...)`")  # fmt: skip
        raise_value(ctx, ctx.handling[-1], node)
        return
    call = node.exc if isinstance(node.exc, gast.Call) else None
    value = expression(ctx, call.func if call is not None else node.exc)
    if call is None and isinstance(value, Value) and value.atom.type == EXCEPTION:
        raise_value(ctx, value, node)
        return
    if not isinstance(value, Known) or not is_exception(value.value):
        refuse(ctx, "S101", "only exceptions can be raised here", node)
    if call is not None and call.keywords:
        refuse(ctx, "S101", "an exception with keyword arguments can't be raised yet", node,
               help="pass its arguments by position")  # fmt: skip
    args = tuple(atom_of(ctx, expression(ctx, a), "", node) for a in (call.args if call else ()))
    cause = None if node.cause is None else atom_of(ctx, expression(ctx, node.cause), "", node)
    raise_class(ctx, value.value, args, cause, node)


def raise_class(
    ctx: Context, cls: type, args: tuple[Atom, ...], cause: Atom | None, node: Any
) -> None:
    """`raise cls(*args) from cause`, caught or not."""
    found = catcher(ctx, cls)
    if found is None:
        name = page_name(cls) or cls.__name__
        static = (("name", name), ("cause", cause is not None), ("class", cls))
        op = Op("raise", _raising(cls), "structural", None, "fresh", "outside")
        given = args if cause is None else (*args, cause)
        add(ctx, op, given, Opaque("None"), "", node, static)
        end_here(ctx)
        return
    guard, number = found
    if number in guard.errors:
        op = Op(page_name(cls) or cls.__name__, cls, "call", None, "fresh", "pure")
        ctx.state.names[guard.errors[number]] = Value(add(ctx, op, args, EXCEPTION, "error", node))
    land(tuple(ctx.scopes), guard, number, ctx.state, ctx.draft)
    ctx.dead = True


def raise_value(ctx: Context, error: Abstract, node: Any) -> None:
    """Raises an exception whose class is known at run time only."""
    op = Op("raise", _again, "structural", None, "fresh", "outside")
    static = (("name", None), ("cause", False), ("class", None))
    add(ctx, op, (atom_of(ctx, error, "", node),), Opaque("None"), "", node, static)
    end_here(ctx)


def _again(error: BaseException, **static: Any) -> None:
    raise error


def _raising(cls: Any) -> Any:
    def throw(*args: Any, cause: bool, **static: Any) -> None:
        if cause:
            raise cls(*args[:-1]) from args[-1]
        raise cls(*args)

    return throw

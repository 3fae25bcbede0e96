"""Which function lowers which construct: the tables through which the frontend recurses.

Whoever lowers a construct enters itself here, by a decorator, for the class of a syntax node (a
statement or an expression), for the class of what is called, or for a function of a library.
Whoever meets a construct asks here, and so needs none of the modules that know it; `constructs`
imports them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gast

from s2sad.frontend.source.liveness import reads
from s2sad.frontend.state.choices import over_choices
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.values import Abstract, Frame, Keywords, Known, Method
from s2sad.origins import Origin, Span

# From a node; from a node and the name that the result should have on the page.
Statement = Callable[[Context, Any], None]
Expression = Callable[[Context, Any, str], Abstract]
# From the callee, positional arguments, keywords, the name for the result, and the node.
Call = Callable[[Context, Any, list[Abstract], Keywords, str, Any], Abstract]
# The same for one function of a library, which needs no callee.
Special = Callable[[Context, list[Abstract], Keywords, str, Any], Abstract]
MethodCall = Callable[[Context, Method, list[Abstract], Keywords, str, Any], Abstract]
Handler = TypeVar("Handler", bound=Callable[..., Any])

_STATEMENTS: dict[type, Statement] = {}
_EXPRESSIONS: dict[type, Expression] = {}
_CALLS: dict[type, Call] = {}
# Functions of libraries that are no operation on numbers: they concern structure, or write.
SPECIAL: dict[Any, Special] = {}
# Methods of containers, by the kind of container.
CONTAINERS: dict[str, MethodCall] = {}


def _entering(table: dict[Any, Any], keys: tuple[Any, ...]) -> Callable[[Handler], Handler]:
    def enter(handler: Handler) -> Handler:
        for key in keys:
            assert key not in table, key
            table[key] = handler
        return handler

    return enter


def lowers(*nodes: type) -> Callable[[Handler], Handler]:
    """Enters a function that lowers statements of these classes."""
    return _entering(_STATEMENTS, nodes)


def evaluates(*nodes: type) -> Callable[[Handler], Handler]:
    """Enters a function that lowers expressions of these classes."""
    return _entering(_EXPRESSIONS, nodes)


def calls(*callees: type) -> Callable[[Handler], Handler]:
    """Enters a function that lowers calls of abstract values of these classes."""
    return _entering(_CALLS, callees)


def special(*functions: Any) -> Callable[[Handler], Handler]:
    """Enters a function that lowers calls of these functions of a library."""
    return _entering(SPECIAL, functions)


def methods_of(*containers: str) -> Callable[[Handler], Handler]:
    """Enters a function that lowers calls of methods of these kinds of containers."""
    return _entering(CONTAINERS, containers)


# -- expressions


def expression(ctx: Context, node: Any, hint: str = "") -> Abstract:
    """The abstract value of an expression; its statements go to the current block.

    hint: the name that the result should have on the page: the assigned name for the outermost
    operation, `target.operation` inside it.
    """
    handler = _EXPRESSIONS.get(type(node))
    if handler is None:
        code = "S102" if isinstance(node, (gast.Yield, gast.YieldFrom, gast.Await)) else "S101"
        refuse(
            ctx,
            code,
            f"{_words(node)} can't be differentiated yet",
            node,
            help="write it with plain loops and assignments",
        )
    return handler(ctx, node, hint)


def _words(node: Any) -> str:
    names = {
        "Yield": "a generator", "YieldFrom": "a generator", "Await": "a coroutine",
        "Starred": "star-unpacking",
    }  # fmt: skip
    return names.get(type(node).__name__, f"this expression ({type(node).__name__})")


# -- statements


def statement(ctx: Context, node: Any) -> None:
    """Lowers one statement into the current block."""
    handler = _STATEMENTS.get(type(node))
    ctx.origin = statement_origin(ctx, node)
    ctx.frame.live_now = ctx.frame.live.get(id(node), frozenset()) | _own_reads(node)
    if handler is None:
        _refuse_statement(ctx, node)
    else:
        handler(ctx, node)


def _own_reads(node: Any) -> frozenset[str]:
    if isinstance(node, (gast.For, gast.While, gast.Try)):
        return frozenset()
    if isinstance(node, gast.With):
        return frozenset[str]().union(*(reads(item) for item in node.items))
    return reads(node)


def statement_origin(ctx: Context, node: Any) -> Origin:
    """The origin of a statement: of its header, where it is compound."""
    if ctx.frame.origin is not None:
        return ctx.frame.origin
    end_line, end_column = node.end_lineno, node.end_col_offset
    if isinstance(node, (gast.If, gast.While)):
        end_line, end_column = node.test.end_lineno, node.test.end_col_offset
    elif isinstance(node, gast.For):
        end_line, end_column = node.iter.end_lineno, node.iter.end_col_offset
    elif isinstance(node, gast.Match):
        end_line, end_column = node.subject.end_lineno, node.subject.end_col_offset
    elif isinstance(node, gast.With):
        last = node.items[-1].optional_vars or node.items[-1].context_expr
        end_line, end_column = last.end_lineno, last.end_col_offset
    elif isinstance(node, gast.Try):
        end_line, end_column = node.lineno, node.col_offset + len("try")
    span = Span(node.lineno, node.col_offset, end_line, end_column)
    return Origin(ctx.frame.source, span, span, ctx.sweep, _around(ctx.frame).inlined)


def _around(frame: Frame) -> Frame:
    """The call of the function of the source that a nested one, or a comprehension, stands in."""
    while frame.parent is not None and frame.parent.source is frame.source:
        frame = frame.parent
    return frame


_REFUSALS: dict[str, tuple[str, str, str]] = {
    "TryStar": ("S104", "`except*` can't be differentiated", "use `except`"),
    "AsyncFor": ("S102", "`async for` can't be differentiated", ""),
    "AsyncWith": ("S102", "`async with` can't be differentiated", ""),
    "AsyncFunctionDef": ("S102", "a coroutine can't be differentiated", ""),
    "ClassDef": ("S101", "a class inside a differentiated function isn't supported",
                 "define the class outside"),
}  # fmt: skip


def _refuse_statement(ctx: Context, node: Any) -> None:
    name = type(node).__name__
    code, message, help_text = _REFUSALS.get(
        name, ("S101", f"this statement ({name}) can't be differentiated yet", "")
    )
    refuse(ctx, code, message, node, help=help_text)


# -- calls


def _call_fails(ctx: Context, callee: Abstract, *_: Any) -> Exception | None:
    known = isinstance(callee, Known) and not callable(callee.value)
    return TypeError(f"'{type(callee.value).__name__}' object is not callable") if known else None  # type: ignore[union-attr]


@over_choices(0, failing=_call_fails)
def call(
    ctx: Context, callee: Abstract, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """What calling an abstract value gives."""
    handler = _CALLS.get(type(callee))
    if handler is None:
        refuse(ctx, "S101", "which function is called here isn't known when compiling", node)
    return handler(ctx, callee, args, keywords, hint, node)

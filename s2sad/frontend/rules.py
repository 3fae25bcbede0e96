"""Rules: lowered like any other function, for given operands, into the statements of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from s2sad.frontend.calls.inline import inline
from s2sad.frontend.operations.definitions import closure_of
from s2sad.frontend.start import outermost, refusing
from s2sad.frontend.state.context import Context, location, raise_all, wrap
from s2sad.frontend.state.drafts import Draft, Fall, freeze
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Closure, Items, Known, Listing, Ref
from s2sad.ir.data import Atom, Block, Const, Statement, Yield
from s2sad.ir.walk import rebuild
from s2sad.origins import Origin
from s2sad.provenance import source_of
from s2sad.request import Access

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
    ctx = Context(frame=outermost(origin.source), sweep="reverse")
    ctx.origin = origin
    callee = Closure(
        definition.node,
        None,
        {},
        (function, definition.source, Access(function, ())),
        function.__name__,
    )
    values = {name: _rule_argument(ctx, value) for name, value in arguments}
    result = refusing(ctx, lambda: _call_rule(ctx, callee, values, hint))
    raise_all(ctx)
    draft = Draft(ctx.entry + ctx.draft.statements, Fall())
    atoms = refusing(ctx, lambda: [_rule_result(ctx, v) for v in _flat(result)])
    draft.statements = ctx.entry + ctx.draft.statements
    block = freeze(Draft(draft.statements, Fall(tuple(_plain(atoms)))))
    assert isinstance(block.terminator, Yield)
    return list(at_origin(block, origin)), _restored(atoms, iter(block.terminator.values))


def _call_rule(ctx: Context, callee: Closure, values: dict[str, Abstract], hint: str) -> Abstract:
    defaults = closure_of(ctx, Known(callee.function[0], Access(callee.function[0], ())), None)
    callee = Closure(callee.node, None, defaults.defaults, callee.function, callee.name)
    return inline(ctx, callee, [], values, hint, None)


def _rule_argument(ctx: Context, value: Any) -> Abstract:
    if isinstance(value, list):
        return location(ctx, Listing(tuple(_rule_argument(ctx, item) for item in value)))
    if isinstance(value, Const):
        return Known(value.value)
    return wrap(ctx, value)


def _flat(value: Abstract) -> list[Abstract]:
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

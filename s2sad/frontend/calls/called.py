"""Functions that are called, not inlined: large ones that are called again, and recursive ones.

Each is lowered once for the types of its arguments, as a function of its own, with the leaves of
its arguments as parameters. What it gives back is, for a recursive one, a least fixpoint: at first
a recursive call has no result at all, and the paths through it are left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s2sad.frontend.calls.arrival import Arrival
from s2sad.frontend.calls.crossing import Uncallable, leaf_positions, received, references
from s2sad.frontend.calls.lengths import in_lengths, lengths_of
from s2sad.frontend.calls.sending import Made, Out, Sent, Tree
from s2sad.frontend.calls.specialise import (
    Specialisation,
    Templates,
    Values,
    bound,
    described,
    settle,
)
from s2sad.frontend.joins.build import atoms_of
from s2sad.frontend.joins.templates import Leaf, leaves
from s2sad.frontend.joins.variables import new_leaves
from s2sad.frontend.state.context import (
    INLINED,
    LOOSE,
    RECURSIVE,
    Bottomed,
    Context,
    Refused,
    Restart,
    place,
    refuse,
)
from s2sad.frontend.state.guards import watch
from s2sad.frontend.state.heap import may_alias
from s2sad.frontend.state.outside import outside
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Closure, Ref, Whole
from s2sad.frontend.state.writes import check_target
from s2sad.ir.calls import with_view
from s2sad.ir.data import Bind, Call, Var
from s2sad.ir.types import Type

# How many functions of one callee differ in a constant integer, before it becomes a parameter.
CONSTANTS = 3
# How many functions of one recursive callee there may be.
KINDS = 12


def call_function(
    ctx: Context,
    callee: Closure,
    args: list[Abstract],
    keywords: dict[str, Abstract],
    hint: str,
    node: Any,
    plan: str,
) -> Abstract:
    """A call that stays one: of the function lowered for these types of arguments.

    What can't be called is inlined, unless it is recursive: then it is refused.
    """
    try:
        return _called(ctx, callee, args, keywords, hint, node, plan)
    except Uncallable as reason:
        if plan != RECURSIVE:
            raise Restart(callee, INLINED) from None
        refuse(
            ctx,
            "S105",
            f"the recursive `{callee.name}` can't be called here: {reason}",
            node,
            note="a function that calls itself becomes a function of the page, which gets numbers, "
            "arrays and containers of them",
        )
    except Refused:
        if plan != RECURSIVE:
            raise Restart(callee, INLINED) from None
        raise


def _called(
    ctx: Context,
    callee: Closure,
    args: list[Abstract],
    keywords: dict[str, Abstract],
    hint: str,
    node: Any,
    plan: str,
) -> Abstract:
    if ctx.guards and plan != RECURSIVE:
        raise Uncallable("it stands in a `try`")
    values = bound(ctx, callee, args, keywords, node)
    templates = described(ctx, plan, values)
    key = (id(callee.node), received(templates))
    known = ctx.shared.specialisations
    if key not in known:
        _limit_constants(ctx, callee, plan)
        known[key] = Specialisation(_name(ctx, callee.name), callee)
        settle(ctx, templates, key, node)
    special = known[key]
    if special.sent is None:
        if plan != RECURSIVE:
            raise Restart(callee, RECURSIVE)
        raise Bottomed
    return _call(ctx, special, templates, values, hint, node)


def _limit_constants(ctx: Context, callee: Closure, plan: str) -> None:
    """A callee with many functions that differ in integers gets these as parameters."""
    alike = [s for s in ctx.shared.specialisations.values() if s.callee.node is callee.node]
    if plan == RECURSIVE and len(alike) >= KINDS:
        raise Uncallable("what it is given differs in kind from call to call")
    if plan != RECURSIVE and len(alike) >= CONSTANTS:
        raise Restart(callee, LOOSE if plan != LOOSE else INLINED)


def _name(ctx: Context, name: str) -> str:
    base = name if name.isidentifier() else "function"
    taken = {s.name for s in ctx.shared.specialisations.values()}
    number, result = 1, base
    while result in taken:
        number += 1
        result = f"{base}_{number}"
    return result


# -- the call


def _call(
    ctx: Context,
    special: Specialisation,
    templates: Templates,
    values: Values,
    hint: str,
    node: Any,
) -> Abstract:
    sent = special.sent
    assert sent is not None
    places = [r for n, t in templates.items() for r in references(ctx, t, values[n])]
    written = [(label, tree) for label, tree in sent.contents if label < len(places)]
    if written and ctx.guards:
        raise Uncallable("it writes an argument in a `try`, which may see it half written")
    for label, tree in written:
        _check_written(ctx, places, label, tree, node)
    start = len(ctx.draft.statements)
    args = [a for n, t in templates.items() for a in atoms_of(ctx, t, values[n])]
    found = [leaf for t in templates.values() for leaf in leaves(t)]
    kinds = [(leaf.type, atom.type) for leaf, atom in zip(found, args, strict=True)]
    args += [atom_of(ctx, outside(ctx, access, v, node)) for access, v in special.extra]
    outs = list(_outs(ctx, sent, places, kinds, hint, node))
    positions = list(leaf_positions(list(templates.values())))
    call = Call((), special.name, tuple(args), place(ctx, node))
    for label, tree in written:
        at = positions[label]
        if isinstance(tree, Out) and at is not None:
            call = replace(call, writes=(*call.writes, (tree.position, at)))
            if places[label].path:
                call, outs[tree.position] = _through_view(ctx, call, at, places[label], start)
    call = replace(call, outs=tuple(outs))
    watch(ctx, call)
    ctx.draft.statements.append(call)
    return Arrival(ctx, sent, tuple(outs), places, node).result()


def _through_view(ctx: Context, call: Call, at: int, ref: Ref, start: int) -> tuple[Call, Var]:
    """The call that is passed a view of a location to write, and the location's next version."""
    content = ctx.state.heap[ref.location]
    assert isinstance(content, Whole) and isinstance(content.atom, Var)
    base, read = content.atom, call.args[at]
    # The view is part of the call: it isn't read for itself.
    for position in range(start, len(ctx.draft.statements)):
        statement = ctx.draft.statements[position]
        if isinstance(statement, Bind) and statement.outs == (read,):
            del ctx.draft.statements[position]
            ctx.state.views.pop((ref.location, ref.path, ref.holes), None)
            break
    return with_view(call, at, base, ref.path, ref.holes), replace(base, origin=call.origin)


def _check_written(ctx: Context, places: list[Ref], label: int, tree: Tree, node: Any) -> None:
    """A written argument must be no other argument as well, and writing it must be allowed. The
    elements of a list stay what they are: those who hold them don't matter."""
    at, held = places[label].location, isinstance(tree, Out)
    near = [at, *may_alias(ctx.state, at, held=held)]
    if any(ref.location in near for k, ref in enumerate(places) if k != label):
        raise Uncallable("it writes an argument that another one may be, or be a view of")
    check_target(ctx, at, node, held=held)


def _outs(
    ctx: Context,
    sent: Sent,
    places: list[Ref],
    kinds: list[tuple[Type, Type]],
    hint: str,
    node: Any,
) -> tuple[Var, ...]:
    hints: dict[int, str] = {}
    for label, tree in sent.contents:
        _name_outs(hints, tree, _hint_of(ctx, places[label]) if label < len(places) else hint)
    for (_, name), tree in sent.names:
        _name_outs(hints, tree, name)
    _name_outs(hints, sent.result, hint)
    table = lengths_of(kinds)
    leaves_out = [
        Leaf(hints.get(k, hint), in_lengths(atom.type, table)) for k, atom in enumerate(sent.atoms)
    ]
    return new_leaves(ctx, leaves_out, node)


def _hint_of(ctx: Context, ref: Ref) -> str:
    content = ctx.state.heap[ref.location]
    return content.atom.hint if isinstance(content, Whole) and isinstance(content.atom, Var) else ""


def _name_outs(hints: dict[int, str], tree: Tree, hint: str) -> None:
    if isinstance(tree, Out):
        hints.setdefault(tree.position, hint)
    elif isinstance(tree, Made):
        for k, part in enumerate(tree.parts):
            _name_outs(hints, part, f"{hint}.{k}")

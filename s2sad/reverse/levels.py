"""Levels: the nest of blocks that the reverse sweep is built in, mirroring the primal's.

Each primal block that is reversed has a level. A level knows which primal values the reverse code
can read there, and how: restored by undo, carried by the reverse loop, or *kept*, which means
a tape for loop bodies and an export for branches. So a value of the primal is asked for with
`need`, wherever in the nest it was computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.analysis import dims
from s2sad.analysis.indexing import is_basic
from s2sad.errors import Diagnostic
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Exit,
    If,
    IndexStep,
    Op,
    Path,
    Statement,
    Undefined,
    Var,
    Yield,
)
from s2sad.ir.ops import GETITEM
from s2sad.ir.types import INT, Lst, Num, Tup, Type
from s2sad.ir.walk import defined
from s2sad.origins import Origin
from s2sad.rules.operations import attribute

Cotangents = dict[Var, Any]


@dataclass(eq=False)
class Sweep:
    """What holds for the whole differentiation of one function.

    active: the variables with a cotangent. writes: for each version of something mutable, the
    statement that makes the next version of it. definitions: the `Bind` of each variable.
    masked: the variables that a mask downstream may leave out.
    """

    active: set[Var]
    consumed: set[Var]
    definitions: dict[Var, Bind]
    newest: dict[Var, Var]
    # What a slot ends a trip with, and the out of the loop where that has the same shape.
    results: dict[Var, Var]
    primal: set[Var]
    older: dict[Var, Var]
    pairs: Any
    arguments: tuple[Var, ...] = ()
    # Variables that some path leaves unbound.
    unbound: set[Var] = field(default_factory=set)
    # Cotangents that may be None, for zeros of structures whose shapes can't be asked for.
    blank: set[Var] = field(default_factory=set)
    # Sums of loops, which are dropped again where nothing is added to them.
    unsure: set[Var] = field(default_factory=set)
    refused: list[Diagnostic] = field(default_factory=list)
    masked: set[Var] = field(default_factory=set)


@dataclass(eq=False)
class Level:
    """One block of the primal while it is reversed.

    kind: "function", "branch" or "loop". available: how primal values are read here.
    kept: the values that the primal block must hand out, and the variable that takes each.
    forward: the rebuilt primal statements, last first.
    """

    sweep: Sweep
    kind: str
    parent: Level | None
    local: set[Var]
    available: dict[Var, Atom] = field(default_factory=dict)
    outside: dict[Var, Var] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    cotangents: Cotangents = field(default_factory=dict)
    kept: dict[Var, Var] = field(default_factory=dict)
    forward: list[Statement] = field(default_factory=list)
    # Of loops: the tapes that the reverse loop reads, and the element for each.
    tapes: list[tuple[Atom, Var]] = field(default_factory=list)
    lazy: dict[Var, Any] = field(default_factory=dict)
    origin: Origin | None = None
    # The reads of what a statement will overwrite, by the statement's identity.
    saved: dict[int, Bind] = field(default_factory=dict)
    # Of branches: whether an exit of the loop lies inside. Of loops: for a kept value, the
    # outs of branches that hold it where it is itself out of scope.
    leaving: bool = False
    # The variables that spliced rules have bound here.
    spliced: set[Var] = field(default_factory=set)
    also: dict[Var, list[Var]] = field(default_factory=dict)
    # The shapes of primal values that the block measures for the reverse sweep.
    shapes: dict[Var, Bind] = field(default_factory=dict)


def locals_of(block: Block) -> set[Var]:
    """The variables that a block's own statements bind, and its parameters."""
    return {*block.params, *(v for s in block.statements for v in defined(s))}


def add(
    level: Level,
    op: Op,
    args: tuple[Atom, ...],
    kind: Type,
    hint: str = "",
    static: tuple[tuple[str, Any], ...] = (),
    path: Path = (),
) -> Var:
    """Appends a statement to the reverse block of a level."""
    out = Var(hint, kind, level.origin)
    level.statements.append(Bind((out,), op, args, static, path, level.origin))
    return out


def need(level: Level, atom: Atom) -> Atom:
    """The value of a primal atom, as the reverse code of this level can read it now."""
    if not isinstance(atom, Var):
        return atom
    if atom in level.available:
        return level.available[atom]
    if atom in level.outside:
        assert level.parent is not None
        return need(level.parent, level.outside[atom])
    if atom in level.lazy:
        return _carried(level, atom)
    if atom in level.local:
        found = _local(level, atom)
        level.available[atom] = found
        return found
    if level.parent is None:
        return _direct(level, atom)
    return need(level.parent, atom)


def _carried(level: Level, atom: Var) -> Atom:
    make = level.lazy.pop(atom)
    return make()  # type: ignore[no-any-return]


def _direct(level: Level, atom: Var) -> Atom:
    """A value that is still in scope. What was read from something written since is read again
    from what undo has restored, if that can be done."""
    again = recompute(level, atom) if _is_stale(level, atom) else None
    return atom if again is None else again


def _is_stale(level: Level, atom: Var) -> bool:
    definition = level.sweep.definitions.get(atom)
    if definition is None or definition.op.name != "getitem" or not _shares(atom):
        return False
    base = definition.args[0]
    return isinstance(base, Var) and base in level.sweep.consumed


def _shares(atom: Var) -> bool:
    return not isinstance(atom.type, Num) or atom.type.may_be_array


def _local(level: Level, atom: Var) -> Atom:
    again = recompute(level, atom) if level.kind != "function" or _is_stale(level, atom) else None
    if again is not None:
        return again
    return atom if level.kind == "function" else keep(level, atom)


CHEAP = frozenset({
    "getitem", ".shape", ".size", "len", "range", ".T", "tuple",
})  # fmt: skip
INTEGER = frozenset({"add", "sub", "mul", "neg", "floordiv", "mod", "eq", "ne", "lt", "le", "gt",
                     "ge", "not_"})  # fmt: skip


def recompute(level: Level, atom: Var) -> Atom | None:
    """Computes a value again, if that costs next to nothing: views, elements, index arithmetic,
    whose operands can be had without keeping anything new."""
    if not can_recompute(level, atom, 6):
        return None
    definition = level.sweep.definitions[atom]
    args = tuple(need(level, _measured(level, definition, a)) for a in definition.args)
    out = replace(definition.out, origin=level.origin)
    level.statements.append(replace(definition, outs=(out,), args=args, origin=level.origin))
    return out


MEASURES = frozenset({".shape", ".size", ".ndim", "len"})


def _measured(level: Level, definition: Bind, atom: Atom) -> Atom:
    """An argument of an operation; for the measures of an array any version of it serves."""
    kind = atom.type if isinstance(atom, Var) else None
    if definition.op.name in MEASURES and isinstance(kind, Num) and kind.is_array:
        assert isinstance(atom, Var)
        return newest(level, atom)
    return atom


def can_recompute(level: Level, atom: Var, depth: int) -> bool:
    definition = level.sweep.definitions.get(atom)
    if definition is None or depth == 0 or not is_cheap(definition):
        return False
    args = (_measured(level, definition, a) for a in definition.args)
    return all(obtainable(level, a, depth - 1) for a in args)


def is_cheap(definition: Bind) -> bool:
    """Whether to compute a value again costs next to nothing."""
    if len(definition.outs) != 1:
        return False
    name, kind = definition.op.name, definition.out.type
    integer = isinstance(kind, Num) and kind.dtype in ("int64", "bool") and not kind.may_be_array
    return name in CHEAP or (name in INTEGER and integer)


def obtainable(level: Level, atom: Atom, depth: int = 6) -> bool:
    """Whether `need` can give the present value of an atom without keeping anything."""
    if not isinstance(atom, Var) or atom in level.available:
        return True
    if atom in level.outside:
        assert level.parent is not None
        return obtainable(level.parent, level.outside[atom], depth)
    if atom in level.local and level.kind != "function":
        return can_recompute(level, atom, depth)
    if atom in level.local or level.parent is None:
        if not _shares(atom):
            return True
        return atom not in level.sweep.consumed and (
            not _is_stale(level, atom) or can_recompute(level, atom, depth)
        )
    return obtainable(level.parent, atom, depth)


def keep(level: Level, atom: Var) -> Atom:
    """Has the primal block hand out a value: by a tape in loops, by an out of a branch."""
    assert level.parent is not None
    if level.leaving:
        return _keep_across_exits(level, atom)
    if level.kind == "branch":
        out = Var(atom.hint, atom.type, atom.origin)
        level.kept[atom] = out
        level.parent.local.add(out)
        level.sweep.primal.add(out)
        level.sweep.definitions.pop(out, None)
        return need(level.parent, out)
    tape = Var(tape_hint(atom), Lst(atom.type), atom.origin)
    level.kept[atom] = tape
    level.sweep.primal.add(tape)
    level.parent.local.add(tape)
    source = need(level.parent, tape)
    same = _same_here(level) if _has_unknowns(atom.type) else frozenset()
    element = Var(atom.hint, dims.of_other_trips(atom.type, same), level.origin)
    level.tapes.append((source, element))
    level.available[atom] = element
    return element


def _has_unknowns(kind: Type) -> bool:
    """Whether a type may have lengths or a value of which the symbols are fresh."""
    if not isinstance(kind, Num):
        return True
    value = () if kind.value is None else (kind.value,)
    return any(dims.unknowns(dim) for dim in (*(kind.shape or ()), *value))


def _same_here(level: Level) -> frozenset[str]:
    """The symbols of integers that the reverse code has as the primal had them: positions of
    loops in the same trip, and what is computed outside of all loops."""
    found: set[str] = set()
    around: Level | None = level
    while around is not None:
        known = around.local if around.kind == "function" else around.available
        for variable in known:
            if isinstance(variable.type, Num) and variable.type.value is not None:
                found |= dims.unknowns(variable.type.value)
        around = around.parent
    return frozenset(found)


def _keep_across_exits(level: Level, atom: Var) -> Atom:
    """A value of a branch with exits goes to the tape at whichever end the trip has: itself at
    an exit, as an out of the branches at the end of the body."""
    chain = [atom]
    loop = level
    while loop.leaving:
        out = Var(atom.hint, atom.type, atom.origin)
        loop.kept[chain[-1]] = out
        chain.append(out)
        assert loop.parent is not None
        loop = loop.parent
    loop.also[atom] = chain[1:]
    return keep(loop, atom)


def view_of_shape(level: Level, atom: Var) -> Atom | None:
    """A view of whichever version of an array is at hand, with the shape of this view."""
    definition = level.sweep.definitions.get(atom)
    if definition is None or definition.op is not GETITEM or len(definition.path) != 1:
        return None
    base, *holes = definition.args
    step = definition.path[0]
    if not (isinstance(base, Var) and isinstance(step, IndexStep) and _is_array(base.type)):
        return None
    last = newest(level, base)
    if not (is_basic(step, definition.args) and all(obtainable(level, a) for a in (last, *holes))):
        return None
    args = (need(level, last), *(need(level, hole) for hole in holes))
    return add(level, GETITEM, args, atom.type, atom.hint, (), definition.path)


def _is_array(kind: Type) -> bool:
    return isinstance(kind, Num) and kind.is_array


def kept_shape(level: Level, atom: Var) -> Atom | None:
    """The shape of an array that an operation of a loop or an arm makes, measured there."""
    home: Level | None = level
    while home is not None and atom not in home.local:
        home = home.parent
    definition = level.sweep.definitions.get(atom)
    if home is None or home.kind == "function" or definition is None:
        return None
    if not (isinstance(atom.type, Num) and atom.type.is_array and atom.type.shape is not None):
        return None
    if atom not in home.shapes:
        home.shapes[atom] = _measuring(home, atom, definition)
    return need(level, home.shapes[atom].out)


def _measuring(home: Level, atom: Var, definition: Bind) -> Bind:
    measure = attribute("shape")
    assert measure is not None and isinstance(atom.type, Num)
    kind = Tup(tuple(Num(INT.forms, "int64", (), dim) for dim in atom.type.shape or ()))
    shape = Var(f"{atom.hint}.shape", kind, definition.origin)
    home.local.add(shape)
    home.sweep.primal.add(shape)
    return Bind((shape,), measure, (atom,), (), (), definition.origin)


def tape_hint(atom: Var) -> str:
    """What keeps the values of a variable; a tape of tapes is one tape on the page."""
    name = base_hint(atom).removesuffix("_old")
    return name if name.endswith("_tape") else f"{name}_tape"


def base_hint(atom: Var) -> str:
    return atom.hint.replace(".", "_") or "value"


def newest(level: Level, atom: Var) -> Var:
    """The last version, that this level can see, of what `atom` is a version of: it has the
    same shape, and is there."""
    seen = atom
    while True:
        following = level.sweep.newest.get(seen, level.sweep.results.get(seen))
        if following is None or not _visible(level, following):
            return seen
        seen = following


def _visible(level: Level | None, atom: Var) -> bool:
    while level is not None:
        if atom in level.local:
            return True
        level = level.parent
    return False


def yielded(arm: Block, extra: tuple[Atom, ...]) -> Block:
    """The block with further values at its end."""
    if isinstance(arm.terminator, Exit):
        return arm
    return replace(arm, terminator=Yield((*arm.terminator.values, *extra)))


def with_outs(node: If, kept: tuple[dict[Var, Var], dict[Var, Var]]) -> If:
    """The `if` with further outs for what is kept of each arm."""
    first, second = kept
    outs = (*node.outs, *first.values(), *second.values())
    then = yielded(node.then, (*first, *(_blank(v) for v in second)))
    orelse = yielded(node.orelse, (*(_blank(v) for v in first), *second))
    return replace(node, outs=outs, then=then, orelse=orelse)


def _blank(variable: Var) -> Undefined:
    return Undefined(variable.hint, variable.type)


__all__ = ["Const", "Level", "Sweep", "keep", "need"]

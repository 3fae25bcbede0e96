"""Traversal and rewriting of the IR: what a statement reads and defines, and new ones from old.

Nothing is changed in place. All orders are those of the text: a tuple of variables lists each
once, at its first occurrence. `Var`s are compared by identity, so a mapping is a plain dict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, overload

from s2sad.ir.data import (
    Atom,
    AttributeStep,
    Bind,
    Block,
    Call,
    Exit,
    For,
    Function,
    Hole,
    If,
    IndexStep,
    Path,
    SliceStep,
    Statement,
    Step,
    Try,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import COPY


def present(*variables: Var | None) -> tuple[Var, ...]:
    """Those that aren't None."""
    return tuple(v for v in variables if v is not None)


def defined(statement: Statement) -> tuple[Var, ...]:
    """The variables that the statement binds in its own block."""
    if isinstance(statement, (For, While)):
        extra = present(statement.trips, statement.exit)
        return (*statement.outs, *statement.ys, *extra)
    return statement.outs


def operands(statement: Statement) -> tuple[Atom, ...]:
    """The atoms that the statement reads itself, those of nested blocks left out."""
    if isinstance(statement, Bind):
        return statement.args
    if isinstance(statement, If):
        return (statement.test,)
    if isinstance(statement, For):
        count = () if statement.count is None else (statement.count,)
        return (*statement.inits, *statement.xs, *count)
    if isinstance(statement, While):
        return statement.inits
    if isinstance(statement, Try):
        return () if statement.manager is None else statement.manager.args
    return statement.args


def blocks(statement: Statement) -> tuple[Block, ...]:
    """The nested blocks, in the order of the text."""
    if isinstance(statement, Bind):
        return ()
    if isinstance(statement, If):
        return (statement.then, statement.orelse)
    if isinstance(statement, For):
        return (statement.body,)
    if isinstance(statement, While):
        return (statement.cond, statement.body)
    if isinstance(statement, Try):
        return (statement.body, *(handler.block for handler in statement.handlers))
    return ()


def unique(atoms: Iterable[Atom]) -> tuple[Var, ...]:
    """The variables among the atoms, each once, in order."""
    return tuple(dict.fromkeys(a for a in atoms if isinstance(a, Var)))


def _reads(block: Block, bound: set[Var]) -> Iterator[Var]:
    """The variables that the block reads and that aren't in `bound`, which grows."""
    bound.update(block.params)
    for statement in block.statements:
        yield from (v for v in unique(operands(statement)) if v not in bound)
        for nested in blocks(statement):
            yield from _reads(nested, bound)
        bound.update(defined(statement))
    yield from (v for v in unique(block.terminator.values) if v not in bound)


def free_variables(block: Block) -> tuple[Var, ...]:
    """The variables that the block reads from the blocks around it."""
    return tuple(dict.fromkeys(_reads(block, set())))


def statement_reads(statement: Statement) -> tuple[Var, ...]:
    """All the variables that running the statement reads from its surroundings."""
    nested = (v for block in blocks(statement) for v in free_variables(block))
    return unique((*operands(statement), *nested))


def all_statements(block: Block) -> Iterator[Statement]:
    """The statements of the block and of all nested ones, each before those inside it."""
    for statement in block.statements:
        yield statement
        if not isinstance(statement, Bind):
            for nested in blocks(statement):
                yield from all_statements(nested)


def all_blocks(block: Block) -> Iterator[Block]:
    """The block and all nested ones, each before those inside it."""
    yield block
    for statement in block.statements:
        for nested in blocks(statement):
            yield from all_blocks(nested)


def all_defined(block: Block) -> Iterator[Var]:
    """Every variable that the block or a nested one binds, parameters included."""
    for nested in all_blocks(block):
        yield from nested.params
        for statement in nested.statements:
            yield from defined(statement)


def definitions(block: Block) -> dict[Var, Bind]:
    """The `Bind` that makes each variable, wherever it stands; other variables are left out."""
    found: dict[Var, Bind] = {}
    for statement in all_statements(block):
        if isinstance(statement, Bind):
            found.update(dict.fromkeys(statement.outs, statement))
    return found


def exits(block: Block) -> Iterator[Exit]:
    """The exits of the loop whose body the block is (not those of loops nested in it)."""
    for _, leaving in leaving_blocks(block):
        yield leaving


def leaving_blocks(block: Block) -> Iterator[tuple[Block, Exit]]:
    """The blocks that leave the loop whose body the block is, with their exits. A branch with an
    exit is the last statement of its block; only copies that emission adds come behind it."""
    if isinstance(block.terminator, Exit):
        yield block, block.terminator
    for statement in reversed(block.statements):
        if isinstance(statement, If):
            yield from leaving_blocks(statement.then)
            yield from leaving_blocks(statement.orelse)
        if not isinstance(statement, Bind) or statement.op is not COPY:
            return


def map_atoms(statement: Statement, change: Callable[[Atom], Atom]) -> Statement:
    """The statement with `change` applied to each of its own operands; the same one where that
    changes none of an operation's."""
    if isinstance(statement, Bind):
        args = tuple([change(a) for a in statement.args])
        return statement if args == statement.args else replace(statement, args=args)

    def each(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(change(a) for a in atoms)

    if isinstance(statement, If):
        return replace(statement, test=change(statement.test))
    if isinstance(statement, For):
        count = None if statement.count is None else change(statement.count)
        return replace(statement, inits=each(statement.inits), xs=each(statement.xs), count=count)
    if isinstance(statement, While):
        return replace(statement, inits=each(statement.inits))
    if isinstance(statement, Try):
        if statement.manager is None:
            return statement
        manager = replace(statement.manager, args=each(statement.manager.args))
        return replace(statement, manager=manager)
    return replace(statement, args=each(statement.args))


def map_blocks(statement: Statement, change: Callable[[Block], Block]) -> Statement:
    """The statement with `change` applied to each of its nested blocks."""
    if isinstance(statement, Bind):
        return statement
    if isinstance(statement, If):
        return replace(statement, then=change(statement.then), orelse=change(statement.orelse))
    if isinstance(statement, For):
        return replace(statement, body=change(statement.body))
    if isinstance(statement, While):
        return replace(statement, cond=change(statement.cond), body=change(statement.body))
    if isinstance(statement, Try):
        handlers = tuple(replace(h, block=change(h.block)) for h in statement.handlers)
        return replace(statement, body=change(statement.body), handlers=handlers)
    return statement


def map_defined(statement: Statement, change: Callable[[Var], Var]) -> Statement:
    """The statement with `change` applied to each variable that it binds."""
    outs = tuple([change(v) for v in statement.outs])
    if not isinstance(statement, (For, While)):
        return statement if outs == statement.outs else replace(statement, outs=outs)
    return replace(
        statement,
        outs=outs,
        ys=tuple(change(v) for v in statement.ys),
        trips=None if statement.trips is None else change(statement.trips),
        exit=None if statement.exit is None else change(statement.exit),
    )


def with_values(terminator: Yield | Exit, values: tuple[Atom, ...]) -> Yield | Exit:
    """The same kind of terminator with other values."""
    return replace(terminator, values=values)


def _map_everything(
    block: Block, bind: Callable[[Var], Var], read: Callable[[Atom], Atom]
) -> Block:
    params = tuple(bind(p) for p in block.params)
    statements = tuple(_map_statement(s, bind, read) for s in block.statements)
    values = tuple(read(a) for a in block.terminator.values)
    return Block(params, statements, with_values(block.terminator, values))


def _map_statement(
    statement: Statement, bind: Callable[[Var], Var], read: Callable[[Atom], Atom]
) -> Statement:
    statement = map_atoms(statement, read)
    statement = map_blocks(statement, lambda b: _map_everything(b, bind, read))
    return map_defined(statement, bind)


def _lookup(mapping: Mapping[Var, Atom]) -> Callable[[Atom], Atom]:
    return lambda atom: mapping.get(atom, atom) if isinstance(atom, Var) else atom


@overload
def substitute(node: Block, mapping: Mapping[Var, Atom]) -> Block: ...
@overload
def substitute(node: Statement, mapping: Mapping[Var, Atom]) -> Statement: ...
def substitute(node: Block | Statement, mapping: Mapping[Var, Atom]) -> Block | Statement:
    """`node` with every *read* of a variable in `mapping` replaced, in nested blocks too.

    The mapping is followed once: a replacement isn't itself looked up.
    """
    if not mapping:
        return node
    if isinstance(node, Block):
        return _map_everything(node, lambda v: v, _lookup(mapping))
    return _map_statement(node, lambda v: v, _lookup(mapping))


def resolve(mapping: Mapping[Var, Atom]) -> dict[Var, Atom]:
    """The mapping followed to its ends (it must have no cycle): {a: b, b: 1} -> {a: 1, b: 1}."""

    def end(atom: Atom) -> Atom:
        while isinstance(atom, Var) and atom in mapping:
            atom = mapping[atom]
        return atom

    return {variable: end(atom) for variable, atom in mapping.items()}


def fresh(variable: Var) -> Var:
    """Another variable with the same hint, type and origin."""
    return replace(variable)


def clone(block: Block, mapping: Mapping[Var, Atom] | None = None) -> tuple[Block, dict[Var, Atom]]:
    """A copy in which every variable that the block binds is fresh, and what became of each.

    Variables in `mapping` are replaced too where they are read; with block parameters in it,
    as for inlining, those parameters are kept in the list and no longer read.
    """
    given = dict(mapping or {})
    new: dict[Var, Var] = {v: fresh(v) for v in all_defined(block)}
    table: dict[Var, Atom] = {**new, **given}
    return _map_everything(block, lambda v: new.get(v, v), _lookup(table)), table


def refreshed(function: Function) -> Function:
    """The same function with variables of its own."""
    params = {p.var: fresh(p.var) for p in function.params}
    body, _ = clone(function.body, params)
    made = tuple(replace(p, var=params[p.var]) for p in function.params)
    return replace(function, params=made, body=body)


def rename(block: Block, change: Callable[[Var], Var]) -> Block:
    """A copy in which every variable that the block binds is `change(variable)`, which is called
    once for each."""
    new: dict[Var, Var] = {v: change(v) for v in all_defined(block)}
    return _map_everything(block, lambda v: new.get(v, v), _lookup(new))


def rebuild(block: Block, change: Callable[[Statement], Iterable[Statement]]) -> Block:
    """The block, bottom up, with each statement replaced by those that `change` gives for it.

    Nested blocks are rebuilt first, so `change` sees a statement with its new insides.
    """

    def step(statement: Statement) -> Iterable[Statement]:
        return change(map_blocks(statement, lambda b: rebuild(b, change)))

    statements = tuple(new for s in block.statements for new in step(s))
    return replace(block, statements=statements)


def in_function(function: Function, change: Callable[[Block], Block]) -> Function:
    """The function with another body."""
    return replace(function, body=change(function.body))


def use_counts(block: Block) -> dict[Var, int]:
    """How often each variable is read in the block, nested blocks and terminators included."""
    counts: dict[Var, int] = {}
    for atom in all_reads(block):
        if isinstance(atom, Var):
            counts[atom] = counts.get(atom, 0) + 1
    return counts


def all_reads(block: Block) -> Iterator[Atom]:
    """Every atom read in the block and its nested ones."""
    for statement in block.statements:
        yield from operands(statement)
        for nested in blocks(statement):
            yield from all_reads(nested)
    yield from block.terminator.values


def calls(block: Block) -> Iterator[Call]:
    """The calls of program functions in the block and its nested ones."""
    return (s for s in all_statements(block) if isinstance(s, Call))


def component_holes(component: Any) -> tuple[Hole, ...]:
    """The holes of one component of an index, or of one argument of a view."""
    if isinstance(component, SliceStep):
        bounds = (component.start, component.stop, component.step)
        return tuple(b for b in bounds if isinstance(b, Hole))
    return (component,) if isinstance(component, Hole) else ()


def step_holes(step: Step) -> tuple[Hole, ...]:
    """The holes of a step, in order."""
    if isinstance(step, AttributeStep):
        return ()
    parts = step.components if isinstance(step, IndexStep) else step.args
    return tuple(hole for part in parts for hole in component_holes(part))


def path_holes(path: Path) -> tuple[Hole, ...]:
    """The holes of a path, in order."""
    return tuple(hole for step in path for hole in step_holes(step))

"""How loops run and tapes print, decided before anything is printed.

A `ys` that exactly one loop in the opposite direction reads is a stack: append and pop. A stack
of stacks, where the inner trip counts are known without it, is one flat stack. Everything else
is read by position. Equality of sequences is structural: values are pure, so two expressions
with equal parts are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from s2sad.frozen import frozen
from s2sad.ir import ops
from s2sad.ir.data import Atom, Bind, Block, Const, For, Function, Statement, Var, While, Yield
from s2sad.ir.walk import blocks, definitions, exits, operands

Matches = dict[Var, Var]


@dataclass
class Tapes:
    """stacks: by consumer, the positions of the `xs` that are popped, with the loops that made
    them. exact: consumers whose other `xs` are exactly as long as their stacks. flat: stacks
    kept in the list of the stack around them (the inner `ys`, and what the consumer pops).
    kept: the `ys` behind each popped sequence."""

    stacks: dict[For, dict[int, For | While]] = field(default_factory=dict)
    exact: set[For] = field(default_factory=set)
    flat: dict[Var, Var] = field(default_factory=dict)
    kept: dict[tuple[For, int], Atom] = field(default_factory=dict)


@frozen
class _Facts:
    """A function, indexed: where things are read, and in which loops statements stand."""

    made: dict[Var, Bind]
    readers: dict[Var, list[tuple[Statement | Block, int]]]
    around: dict[Statement, tuple[Statement, ...]]
    makers: dict[Var, For | While]


def plan_tapes(function: Function) -> Tapes:
    """The stacks of a function."""
    facts = _Facts(definitions(function.body), {}, {}, {})
    _index(function.body, (), facts)
    tapes = Tapes()
    loops = [s for s in facts.around if isinstance(s, For)]
    for loop in loops:
        found = {k: maker for k, x in enumerate(loop.xs) for maker in _stack_maker(loop, x, facts)}
        if found and _consistent(loop, found, facts):
            tapes.stacks[loop] = found
            tapes.kept.update({(loop, k): loop.xs[k] for k in found})
            if _exact(loop, found, facts, {}):
                tapes.exact.add(loop)
    for loop in loops:
        _flatten(loop, tapes, facts, {})
    return tapes


def _index(block: Block, around: tuple[Statement, ...], facts: _Facts) -> None:
    for statement in block.statements:
        facts.around[statement] = around
        for k, atom in enumerate(operands(statement)):
            if isinstance(atom, Var):
                facts.readers.setdefault(atom, []).append((statement, k))
        inside = around
        if isinstance(statement, (For, While)):
            inside = (*around, statement)
            facts.makers.update(dict.fromkeys(statement.ys, statement))
        for inner in blocks(statement):
            _index(inner, inside, facts)
    for k, atom in enumerate(block.terminator.values):
        if isinstance(atom, Var):
            facts.readers.setdefault(atom, []).append((block, k))


def _stack_maker(loop: For, x: Atom, facts: _Facts) -> Iterator[For | While]:
    """The loop that makes `xs[k]`, if that is a stack for `loop`."""
    if not isinstance(x, Var) or len(facts.readers.get(x, ())) != 1:
        return
    maker = facts.makers.get(x)
    if maker is None or facts.around[maker] != facts.around[loop]:
        return
    if _is_reverse(maker) != loop.reverse:
        yield maker


def _is_reverse(loop: For | While) -> bool:
    return isinstance(loop, For) and loop.reverse


def _consistent(loop: For, found: dict[int, For | While], facts: _Facts) -> bool:
    """All stacks are of one loop, and everything else is at least as long."""
    makers = list({id(m): m for m in found.values()}.values())
    if len(makers) != 1:
        return False
    (maker,) = makers
    if loop.count is not None and not counts(loop.count, maker, facts.made):
        return False
    others = [x for k, x in enumerate(loop.xs) if k not in found]
    return all(_long_enough(x, maker, facts) for x in others)


def _long_enough(x: Atom, maker: For | While, facts: _Facts) -> bool:
    if isinstance(x, Var) and facts.makers.get(x) is maker:
        return True
    if is_count(x, maker, facts.made):
        return True
    return isinstance(maker, For) and any(_same(y, x, facts, {}) for y in maker.xs)


def is_count(x: Atom, maker: For | While, binds: dict[Var, Bind]) -> bool:
    """Whether `x` is `range(trips)` of the loop."""
    made = binds.get(x) if isinstance(x, Var) else None
    if made is None or made.op is not ops.RANGE_OP or len(made.args) != 3:
        return False
    start, stop, step = made.args
    return counts(stop, maker, binds) and _is_number(start, 0) and _is_number(step, 1)


def counts(atom: Atom, maker: For | While, binds: dict[Var, Bind]) -> bool:
    """Whether an atom is the number of trips of the loop."""
    if not isinstance(atom, Var):
        return False
    made = binds.get(atom)
    if atom is maker.trips:
        return True
    whole = isinstance(maker, For) and maker.count is None and not any(exits(maker.body))
    measured = made is not None and made.op is ops.LEN
    return whole and measured and maker.xs == made.args  # type: ignore[union-attr]


def _is_number(atom: Atom, value: int) -> bool:
    return isinstance(atom, Const) and type(atom.value) is int and atom.value == value


def _exact(loop: For, found: dict[int, For | While], facts: _Facts, matches: Matches) -> bool:
    """Whether there are other `xs`, each exactly as long as the stacks."""
    maker = next(iter(found.values()))
    others = [x for k, x in enumerate(loop.xs) if k not in found]
    return bool(others) and all(_same_length(x, maker, facts, matches) for x in others)


def _same_length(x: Atom, maker: For | While, facts: _Facts, matches: Matches) -> bool:
    if is_count(x, maker, facts.made):
        return True
    whole = isinstance(maker, For) and maker.count is None and not any(exits(maker.body))
    if not isinstance(maker, For) or not whole:
        return False
    return len(maker.xs) == 1 and _same(maker.xs[0], x, facts, matches)


def _same(first: Atom, second: Atom, facts: _Facts, matches: Matches) -> bool:
    """Whether two atoms are equal values for certain; `matches` says which variables are."""
    if isinstance(first, Const) or isinstance(second, Const):
        both = isinstance(first, Const) and isinstance(second, Const)
        return both and _equal_constants(first, second)  # type: ignore[arg-type]
    if first is second:
        return True
    if not isinstance(first, Var) or not isinstance(second, Var):
        return False
    if matches.get(first) is second:
        return True
    one, two = facts.made.get(first), facts.made.get(second)
    return one is not None and two is not None and _same_binds(one, two, facts, matches)


def _equal_constants(first: Const, second: Const) -> bool:
    return type(first.value) is type(second.value) and repr(first.value) == repr(second.value)


def _same_binds(one: Bind, two: Bind, facts: _Facts, matches: Matches) -> bool:
    alike = one.op is two.op and one.static == two.static and one.path == two.path
    if not alike or one.op.effect == "outside" or len(one.outs) != 1:
        return False
    pairs = zip(one.args, two.args, strict=False)
    return len(one.args) == len(two.args) and all(_same(a, b, facts, matches) for a, b in pairs)


# -- flat stacks


def _flatten(loop: For, tapes: Tapes, facts: _Facts, outer: Matches) -> None:
    """Marks the inner stacks that share the list of a stack of `loop`, at any depth."""
    if loop not in tapes.stacks or not _runs_by_others(loop, tapes, facts, outer):
        return
    groups: dict[For, list[_Pair]] = {}
    for k in tapes.stacks[loop]:
        for pair in _inner_pair(loop, k, tapes, facts):
            groups.setdefault(pair.consumer, []).append(pair)
    for consumer, pairs in groups.items():
        matches = {**outer, **_matches(pairs[0].around, loop, facts, outer)}
        if len({id(pair.maker) for pair in pairs}) > 1:
            continue
        found = {pair.position: pair.maker for pair in pairs}
        if not _can_be_flat(consumer, found, facts, matches):
            continue
        for pair in pairs:
            tapes.flat[pair.kept] = tapes.flat[pair.popped] = pair.tape
            tapes.kept[consumer, pair.position] = pair.kept
        tapes.stacks.setdefault(consumer, {}).update(found)
        tapes.exact.add(consumer)
        _flatten(consumer, tapes, facts, matches)


def _runs_by_others(loop: For, tapes: Tapes, facts: _Facts, matches: Matches) -> bool:
    return loop in tapes.exact or _exact(loop, tapes.stacks[loop], facts, matches)


def _matches(maker: For | While, loop: For, facts: _Facts, outer: Matches) -> Matches:
    """The elements that are equal in the trips of the two loops at the same position."""
    if not isinstance(maker, For):
        return {}
    made = maker.body.params[len(maker.inits) :]
    read = loop.body.params[len(loop.inits) :]
    return {
        m: r
        for x, m in zip(maker.xs, made, strict=True)
        for y, r in zip(loop.xs, read, strict=True)
        if _same(x, y, facts, outer)
    }


@frozen
class _Pair:
    """An inner stack: the `ys` that fills it, in `maker`, what the outer stack `tape` gives back
    for it, and where among its `xs` the `consumer` reads that. around: the loop of `maker`."""

    kept: Var
    popped: Var
    tape: Var
    consumer: For
    position: int
    maker: For | While
    around: For | While


def _inner_pair(loop: For, k: int, tapes: Tapes, facts: _Facts) -> Iterator[_Pair]:
    """The stack inside the stack `xs[k]` of a loop, if there is one."""
    maker = tapes.stacks[loop][k]
    if any(exits(maker.body)) or not isinstance(maker.body.terminator, Yield):
        return
    tape = tapes.kept[loop, k]
    assert isinstance(tape, Var)
    index = maker.ys.index(tape)
    kept = maker.body.terminator.values[len(maker.inits) + index]
    popped = loop.body.params[len(loop.inits) + k]
    if not isinstance(kept, Var) or kept not in facts.makers:
        return
    inner_maker = facts.makers[kept]
    reads = facts.readers.get(popped, [])
    if len(facts.readers.get(kept, ())) != 1 or len(reads) != 1:
        return
    consumer, operand = reads[0]
    if not isinstance(consumer, For) or consumer.count is not None:
        return
    position = operand - len(consumer.inits)
    here = inner_maker in maker.body.statements and consumer in loop.body.statements
    if not here or not 0 <= position < len(consumer.xs):
        return
    if _is_reverse(inner_maker) == consumer.reverse:
        return
    source = loop.xs[k]
    assert isinstance(source, Var)
    yield _Pair(kept, popped, source, consumer, position, inner_maker, maker)


def _can_be_flat(
    consumer: For, found: dict[int, For | While], facts: _Facts, matches: Matches
) -> bool:
    """Whether the consumer's trips are known without the stack: by its first other sequence."""
    maker = next(iter(found.values()))
    whole = isinstance(maker, For) and maker.count is None and not any(exits(maker.body))
    others = [x for k, x in enumerate(consumer.xs) if k not in found]
    return whole and _others_exact(others, maker, facts, matches)


def _others_exact(others: list[Atom], maker: For | While, facts: _Facts, matches: Matches) -> bool:
    assert isinstance(maker, For)
    if len(maker.xs) != 1 or not others:
        return False
    return all(_same(maker.xs[0], x, facts, matches) for x in others)

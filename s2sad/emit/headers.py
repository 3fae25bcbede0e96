"""Headers of loops: what stands behind `for`, and how elements that it doesn't bind are read.

forward            for k in range(n)        for w, b in params      for a, b in zip(x, y)
stacks only        while x_tape
reverse            for k in reversed(range(n))                      for _ in range(n)
by position        for k in reversed(range(len(params))): w, b = params[k]
"""

from __future__ import annotations

from dataclasses import field
from typing import Protocol

from s2sad.emit.tapes import Tapes, is_count
from s2sad.emit.tree import Assign, Expr, Form, Lit, Local, Pattern, Ref
from s2sad.frozen import frozen
from s2sad.ir import ops
from s2sad.ir.data import Atom, Bind, Const, For, Var
from s2sad.ir.types import BOOL, INT
from s2sad.ir.walk import exits


class Page(Protocol):
    """What a header needs to know of the function being printed."""

    tapes: Tapes
    folded: dict[Var, Bind]
    cheap: dict[Var, Bind]
    made: dict[Var, Bind]
    bare: set[For]
    ignored: dict[For, list[int]]
    inlined: dict[Var, Expr]

    def expr(self, atom: Atom) -> Expr: ...
    def local(self, var: Var) -> Local: ...
    def tape(self, var: Var) -> Local: ...
    def target(self, var: Var) -> Pattern: ...
    def used(self, var: Var | None) -> bool: ...
    def is_stack(self, kept: Var) -> bool: ...


@frozen
class Header:
    """value None: `while` the list `stack` has items. elements: how the elements are read that
    the header doesn't bind. index, length: the position, where there is a variable for it.
    must_pop: the element that is popped even if nothing reads it."""

    target: Pattern | None = None
    value: Expr | None = None
    stack: Local | None = None
    elements: dict[Var, Expr] = field(default_factory=dict)
    before: tuple[Assign, ...] = ()
    index: Expr | None = None
    length: Expr | None = None
    must_pop: Var | None = None


def plan_header(loop: For, page: Page) -> Header:
    """Chooses the form of a loop."""
    params = loop.body.params[len(loop.inits) :]
    stacks = page.tapes.stacks.get(loop, {})
    popped = [k for k in stacks if params[k] not in page.tapes.flat]
    pops = {params[k]: _pop(loop.xs[k], page) for k in popped}
    ignored = page.ignored.get(loop, ())
    rest = [k for k in range(len(loop.xs)) if k not in stacks and k not in ignored]
    if loop in page.bare:
        return _while_header(loop, popped, pops, page)
    bound = _bound(loop, popped, page)
    if not loop.reverse:
        return _forward(loop, rest, pops, bound, page)
    return _reverse(loop, rest, pops, bound, page)


def _pop(tape: Atom, page: Page) -> Expr:
    assert isinstance(tape, Var)
    return Form("method", (Ref(page.tape(tape)),), "pop")


def superfluous(loop: For, page: Page) -> tuple[Atom, ...] | None:
    """What a loop need not read, because its stacks count its trips: None where they do not
    do it alone, else its other sequences."""
    stacks = page.tapes.stacks.get(loop, {})
    params = loop.body.params[len(loop.inits) :]
    if all(params[k] in page.tapes.flat for k in stacks):
        return None
    maker = next(iter(stacks.values()))
    rest = [k for k in range(len(loop.xs)) if k not in stacks]
    idle = all(not page.used(params[k]) for k in rest)
    counts = all(is_count(loop.xs[k], maker, page.made) for k in rest)
    alone = idle and (counts or loop not in page.tapes.exact) and not _has_positions(loop, page)
    return tuple(loop.xs[k] for k in rest) if alone else None


def idle_counts(loop: For, page: Page) -> list[int]:
    """The sequences that only count trips which a stack counts, too, and that nothing reads."""
    stacks = page.tapes.stacks.get(loop, {})
    params = loop.body.params[len(loop.inits) :]
    if all(params[k] in page.tapes.flat for k in stacks):
        return []
    maker = next(iter(stacks.values()))
    rest = [k for k in range(len(loop.xs)) if k not in stacks]
    found = [k for k in rest if not page.used(params[k]) and is_count(loop.xs[k], maker, page.made)]
    return found if len(found) < len(rest) else []


def _has_positions(loop: For, page: Page) -> bool:
    """Whether something is kept by position, in a reverse loop that always runs through."""
    kept = any(page.used(y) and not page.is_stack(y) for y in loop.ys)
    return kept and loop.reverse and not any(exits(loop.body))


def _while_header(loop: For, popped: list[int], pops: dict[Var, Expr], page: Page) -> Header:
    params = loop.body.params[len(loop.inits) :]
    first = next((k for k in popped if page.used(params[k])), popped[0])
    tape = loop.xs[first]
    assert isinstance(tape, Var)
    return Header(stack=page.tape(tape), elements=pops, must_pop=params[first])


def _bound(loop: For, popped: list[int], page: Page) -> Expr | None:
    """What limits the other sequences, if they may be longer than they should."""
    if loop in page.tapes.exact:
        return None
    if popped:
        tape = loop.xs[popped[0]]
        assert isinstance(tape, Var)
        return Form("call", (Ref(page.tape(tape)),), "len")
    return None if loop.count is None else page.expr(loop.count)


def _limited(sequence: Expr, bound: Expr | None) -> Expr:
    return sequence if bound is None else Form("until", (sequence, bound))


def _forward(
    loop: For, rest: list[int], pops: dict[Var, Expr], bound: Expr | None, page: Page
) -> Header:
    params = loop.body.params[len(loop.inits) :]
    targets = tuple(page.target(params[k]) for k in rest)
    counted = _enumerated(loop, rest, page)
    sequences = [_limited(page.expr(loop.xs[k]), bound) for k in rest]
    if len(rest) == 1:
        return Header(targets[0], sequences[0], elements=pops)
    if counted:
        return Header(targets, Form("call", (sequences[1],), "enumerate"), elements=pops)
    return Header(targets, _zip(sequences, strict=False), elements=pops)


def _zip(sequences: list[Expr], *, strict: bool) -> Expr:
    keyword = Form("keyword", (Lit(Const(strict, BOOL)),), "strict")
    return Form("call", (*sequences, keyword), "zip")


def _enumerated(loop: For, rest: list[int], page: Page) -> bool:
    """Whether the first of two sequences counts the second one."""
    if len(rest) != 2:
        return False
    stop = _range_stop(loop.xs[rest[0]], page)
    made = page.made.get(stop) if isinstance(stop, Var) else None
    return made is not None and made.op is ops.LEN and made.args[0] is loop.xs[rest[1]]


def _range_stop(x: Atom, page: Page) -> Atom | None:
    """n, if `x` is `range(n)` and is only written out here."""
    return None if _written_out(x, page) is None else _counted_stop(x, page)


def _counted_stop(x: Atom, page: Page) -> Atom | None:
    """n, if `x` is `range(n)`."""
    made = page.made.get(x) if isinstance(x, Var) else None
    if made is None or made.op is not ops.RANGE_OP or len(made.args) != 3:
        return None
    start, stop, step = made.args
    plain = isinstance(start, Const) and isinstance(step, Const)
    if plain and type(start.value) is int and start.value == 0 and step.value == 1:  # type: ignore[union-attr]
        return stop
    return None


def _reverse(
    loop: For, rest: list[int], pops: dict[Var, Expr], bound: Expr | None, page: Page
) -> Header:
    params = loop.body.params[len(loop.inits) :]
    positions = _has_positions(loop, page)
    if len(rest) > 1 and not positions and bound is None and _reads_tapes(loop, page, 1):
        targets = tuple(page.target(params[k]) for k in rest)
        sequences = [Form("call", (page.expr(loop.xs[k]),), "reversed") for k in rest]
        return Header(targets, _zip(list(sequences), strict=True), elements=pops)
    if len(rest) > 1 or positions:
        return _indexed(loop, rest, pops, bound, page)
    (k,) = rest
    made = page.made.get(loop.xs[k]) if isinstance(loop.xs[k], Var) else None  # type: ignore[arg-type]
    sequence = _limited(page.expr(loop.xs[k]), bound)
    if made is None or made.op is not ops.RANGE_OP or page.used(params[k]):
        sequence = Form("call", (sequence,), "reversed")
    return Header(page.target(params[k]), sequence, elements=pops)


def _indexed(
    loop: For, rest: list[int], pops: dict[Var, Expr], bound: Expr | None, page: Page
) -> Header:
    """A loop over positions."""
    params = loop.body.params[len(loop.inits) :]
    plain = [k for k in rest if _range_stop(loop.xs[k], page) is not None]
    main = next((k for k in plain if page.used(params[k])), plain[0] if plain else None)
    index = page.local(params[main]) if main is not None else Local("k", INT)
    before: list[Assign] = []
    sequences = {k: _named(loop.xs[k], page, before) for k in rest if k != main}
    elements = dict(pops)
    for k, sequence in sequences.items():
        if _counted_stop(loop.xs[k], page) is not None:
            page.inlined[params[k]] = Ref(index)
        else:
            elements[params[k]] = Form("item", (sequence, Ref(index)))
    lengths: list[Expr] = [
        Form("call", (sequences[k],), "len") for k in _different(loop, list(sequences), main, page)
    ]
    if main is not None:
        stop = _range_stop(loop.xs[main], page)
        assert stop is not None
        lengths.insert(0, _named(stop, page, before))
    length = _length(loop, lengths, bound, page)
    span = Form("call", (Form("call", (length,), "range"),), "reversed")
    positions = _has_positions(loop, page)
    return Header(
        index,
        span,
        elements=elements,
        before=tuple(before),
        index=Ref(index),
        length=length if positions else None,
    )


def _reads_tapes(loop: For, page: Page, ranges: int = 0) -> bool:
    """Whether all that a loop of the reverse sweep reads is as long as the trips that it
    reverses: tapes, and one range from 0 (or so many of any kind)."""
    reverse = loop.origin is not None and loop.origin.sweep == "reverse" and loop.reverse
    others = [x for x in loop.xs if not (isinstance(x, Var) and x.hint.endswith("_tape"))]
    if ranges:
        plain = any(_counted_stop(x, page) is not None for x in others)
        return reverse and len(others) <= ranges and not plain and len(others) < len(loop.xs)
    return reverse and all(_range_stop(x, page) is not None for x in others) and len(others) < 2


def _written_out(atom: Atom, page: Page) -> Bind | None:
    if not isinstance(atom, Var):
        return None
    return page.cheap.get(atom) or page.folded.get(atom)


def _different(loop: For, rest: list[int], main: int | None, page: Page) -> list[int]:
    """The sequences whose lengths are not those of others for certain."""
    found: list[int] = []
    seen = [] if main is None else [_measure(loop.xs[main], page)]
    for k in rest:
        if not any(_measure(loop.xs[k], page) is other for other in seen):
            seen.append(_measure(loop.xs[k], page))
            found.append(k)
    return found


def _measure(x: Atom, page: Page) -> Atom:
    """What says how long a sequence is: itself, or the sequence that a range counts."""
    stop = _counted_stop(x, page)
    made = page.made.get(stop) if isinstance(stop, Var) else None
    if made is not None and made.op is ops.LEN:
        return made.args[0]
    return x if stop is None else stop


def _length(loop: For, lengths: list[Expr], bound: Expr | None, page: Page) -> Expr:
    if bound is not None and (loop in page.tapes.stacks or loop.count is not None):
        return bound
    if bound is not None:
        lengths = [*lengths, bound]
    if len(lengths) == 1 or loop in page.tapes.exact or _reads_tapes(loop, page):
        return lengths[0]
    return Form("call", tuple(lengths), "min")


def _named(atom: Atom, page: Page, before: list[Assign]) -> Expr:
    """A sequence as something that can be read again and again."""
    if not isinstance(atom, Var) or atom not in page.folded:
        return page.expr(atom)
    made = page.folded[atom]
    value = page.expr(atom)
    del page.folded[atom]
    before.append(Assign(page.local(atom), value, made.origin))
    return Ref(page.local(atom))

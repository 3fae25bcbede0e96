"""Loops: the state at the header is a fixpoint over the back edges.

The body is lowered again and again from the join of the entry and of all ends of the body, until
that join no longer changes. What differs between entry and back edge becomes a carried slot;
everything else is read from outside. Sequences whose length and elements are known are unrolled.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import gast

from s2sad.analysis import dims
from s2sad.analysis.infer import type_of
from s2sad.frontend.branches import branch, new_variables, supplier, test_atom
from s2sad.frontend.context import (
    Context,
    Poisoned,
    Refused,
    add,
    constant,
    elements_of,
    refuse,
    wrap,
)
from s2sad.frontend.drafts import Draft, Fall, Leave, Mark, Scope, freeze, leaves_in, tail_form
from s2sad.frontend.grids import GRIDS, grid_item, grid_lengths, grid_size
from s2sad.frontend.guards import Jump, alike, covering, marks_in, strip
from s2sad.frontend.hooks import ask
from s2sad.frontend.liveness import reads
from s2sad.frontend.merge import apply, leaf_atoms, plan, signature
from s2sad.frontend.references import atom_of, type_at
from s2sad.frontend.sharing import part_of
from s2sad.frontend.state import Name, State, reachable
from s2sad.frontend.templates import Plan, plan_leaves
from s2sad.frontend.values import (
    Abstract,
    Generator,
    Items,
    Iteration,
    Known,
    Listing,
    Mapping,
    Ref,
    Value,
    Whole,
)
from s2sad.ir.data import Atom, Block, For, IndexStep, SliceStep, Var, While
from s2sad.ir.ops import GETITEM, OPERATORS, RANGE_OP
from s2sad.ir.types import BOOL, INT, RANGE, Bottom, Lst, Num, Opaque, Type

Body = Callable[[Context, list[Any]], None]
Bound = Callable[[Context], Abstract]
ROUNDS = 24
ENOUGH = 6
LONGEST = 64  # ranges up to this length may be unrolled
NO_FRAME = -1  # names of no frame are always live


Thunk = Callable[[], Abstract]


def static_elements(ctx: Context, value: Abstract) -> tuple[Abstract, ...] | None:
    """The elements of an iterable whose length and elements are known when compiling."""
    thunks = static_thunks(ctx, value)
    return None if thunks is None else tuple(thunk() for thunk in thunks)


def static_thunks(ctx: Context, value: Abstract) -> tuple[Thunk, ...] | None:
    """What gives the elements of an iterable of known length, each when its turn comes."""
    from s2sad.frontend.access import elements, mapping_keys

    value = ask("iterable", ctx, value, None)
    if isinstance(value, Iteration):
        return _static_iteration(ctx, value)
    if isinstance(value, Known) and _is_constant_iterable(value.value):
        return _given(tuple(Known(item) for item in value.value))
    keys = mapping_keys(ctx, value)
    items = tuple(Known(k) for k in keys) if keys is not None else elements(ctx, value)
    return None if items is None else _given(items)


def _given(items: tuple[Abstract, ...]) -> tuple[Thunk, ...]:
    return tuple(partial(_same, item) for item in items)


def _same(item: Abstract) -> Abstract:
    return item


def _is_constant_iterable(value: Any) -> bool:
    if isinstance(value, range):
        return len(value) <= LONGEST
    return isinstance(value, (str, dict, set, frozenset, enum.EnumMeta))


def _is_counter(value: Abstract) -> bool:
    """Whether an iterable only counts: loops over it stay loops."""
    if isinstance(value, Iteration) and value.kind != "map":
        return all(_is_counter(part) for part in value.parts)
    return isinstance(value, Known) and isinstance(value.value, (range, int))


def _static_iteration(ctx: Context, value: Iteration) -> tuple[Thunk, ...] | None:
    if value.kind == "filter" or value.kind in GRIDS:
        return None
    if value.kind == "enumerate":
        items, start = static_thunks(ctx, value.parts[0]), value.parts[1]
        if items is None or not isinstance(start, Known):
            return None
        first = start.value
        return tuple(
            partial(_row, (partial(_same, Known(first + k)), t)) for k, t in enumerate(items)
        )
    parts = value.parts[1:] if value.kind in ("map", "starmap") else value.parts
    columns = [static_thunks(ctx, part) for part in parts]
    known = [c for c in columns if c is not None]
    if len(known) != len(columns):
        return None
    if value.kind == "reversed":
        return known[0][::-1]
    rows = tuple(partial(_row, row) for row in zip(*known, strict=False))
    if value.kind in ("map", "starmap"):
        return tuple(partial(_mapped, ctx, value, row) for row in rows)
    return rows


def _row(thunks: tuple[Thunk, ...]) -> Abstract:
    return Items(tuple(thunk() for thunk in thunks))


def _mapped(ctx: Context, value: Iteration, row: Thunk) -> Abstract:
    """An element of `map(function, ...)`."""
    made = row()
    assert isinstance(made, Items)
    return _applied(ctx, value, list(made.items), None)


def _applied(ctx: Context, value: Iteration, args: list[Abstract], node: Any) -> Abstract:
    """What the function of `map` or `starmap` gives."""
    from s2sad.frontend.functions import call_node

    if value.kind == "starmap":
        args = list(static_elements(ctx, args[0]) or ())
    return call_node(ctx, value.parts[0], args, {}, "", node)


# -- for


def lower_for(ctx: Context, node: Any, body: Body) -> None:
    """`for target in iterable`, with its `else`."""
    from s2sad.frontend.expressions import lower

    iterable = ask("iterable", ctx, lower(ctx, node.iter, ""), node.iter)
    if isinstance(iterable, Generator):
        ask("consume", ctx, node, iterable, body, _live_in_loop(ctx, node))
        return
    tests: list[Abstract] = []
    while isinstance(iterable, Iteration) and iterable.kind == "filter":
        tests.insert(0, iterable.parts[0])
        iterable = ask("iterable", ctx, iterable.parts[1], node.iter)
    items = static_thunks(ctx, iterable)
    if items is not None and not _is_counter(iterable):
        _unroll(ctx, node, iterable, items, body, tests)
        return
    if _is_empty(ctx, iterable):
        body(ctx, node.orelse)
        return
    attempts = ["rows", "index"] if _has_rows(ctx, iterable) else ["index"]
    if _has_exits(node):
        attempts = ["leaving"]
    elif ctx.guards:
        attempts.append("leaving")
    if items is not None:
        attempts += ["unrolled", attempts[-1]]
    for k, attempt in enumerate(attempts):
        last, snapshot = k + 1 == len(attempts), _snapshot(ctx)
        known = len(ctx.diagnostics)
        try:
            loop = _Loop(ctx, node, body, tests)
            if attempt == "unrolled":
                _unroll(ctx, node, iterable, items or (), body, tests)
            else:
                loop.run_for(iterable, attempt)
            again = loop.rewritten or (loop.raising and attempt != "leaving")
            if last or (len(ctx.diagnostics) == known and not again):
                return
        except Refused:
            if last:
                raise
        _restore(ctx, snapshot)


def _is_empty(ctx: Context, value: Abstract) -> bool:
    """Whether an iterable is, or is bounded by, a list that is empty for certain."""
    if isinstance(value, Iteration):
        return any(_is_empty(ctx, part) for part in value.parts)
    kind = type_at(ctx, value) if isinstance(value, Ref) else None
    return isinstance(kind, Lst) and isinstance(kind.item, Bottom)


def _snapshot(ctx: Context) -> Any:
    return (
        ctx.state.copy(),
        ctx.draft,
        list(ctx.draft.statements),
        ctx.frame,
        ctx.origin,
        list(ctx.scopes),
        list(ctx.guards),
        list(ctx.handling),
        dict(ctx.written),
        list(ctx.diagnostics),
    )


def _restore(ctx: Context, snapshot: Any) -> None:
    (
        ctx.state,
        ctx.draft,
        statements,
        ctx.frame,
        ctx.origin,
        ctx.scopes,
        ctx.guards,
        ctx.handling,
        ctx.written,
        ctx.diagnostics,
    ) = snapshot
    ctx.draft.statements[:] = statements
    ctx.dead = False


def _has_rows(ctx: Context, value: Abstract) -> bool:
    if isinstance(value, Iteration):
        return any(_has_rows(ctx, part) for part in value.parts)
    return isinstance(value, Ref)


def _has_exits(node: Any) -> bool:
    """Whether the loop can be left early (an inner loop's own `break` counts, which is safe)."""
    return any(isinstance(n, (gast.Break, gast.Return)) for s in node.body for n in gast.walk(s))


def _trip(ctx: Context, node: Any, item: Abstract, body: Body, tests: Sequence[Abstract]) -> None:
    """One trip with an element, if it passes what `filter` was given."""
    from s2sad.frontend.functions import call_node
    from s2sad.frontend.statements import assign

    if not tests:
        assign(ctx, node.target, item, node)
        body(ctx, node.body)
        return
    from s2sad.frontend.expressions import known_truth

    first, *rest = tests
    plain = isinstance(first, Known) and first.value in (None, bool)
    test = item if plain else call_node(ctx, first, [item], {}, "", node.iter)
    truth, after = known_truth(ctx, test), ctx.frame.live.get(id(node.body), frozenset())

    def pass_on() -> None:
        _trip(ctx, node, item, body, rest)
        ctx.frame.live_now = after

    ctx.frame.live_now = after
    if truth:
        pass_on()
    elif truth is None:
        branch(ctx, test_atom(ctx, test, node.iter), pass_on, lambda: None, node.iter)


def _unroll(
    ctx: Context,
    node: Any,
    iterable: Abstract,
    items: tuple[Thunk, ...],
    body: Body,
    tests: Sequence[Abstract],
) -> None:
    from s2sad.frontend.functions import run_scope

    lists = _lists_in(ctx, iterable)

    outer = Scope("unrolled", frame=ctx.frame.number)
    origin = ctx.origin

    def one(item: Thunk) -> Callable[[], None]:
        def action() -> None:
            ctx.scopes.append(inner)
            ctx.origin = origin
            _trip(ctx, node, item(), body, tests)
            ctx.scopes.pop()

        inner = Scope("iteration", frame=ctx.frame.number)
        return lambda: run_scope(ctx, inner, action, keep=_live_in_loop(ctx, node))

    def all_of_them() -> None:
        ctx.scopes.append(outer)
        for item in items:
            if not ctx.dead:
                one(item)()
                _check_lists(ctx, node, lists)
        ctx.scopes.pop()
        if not ctx.dead and node.orelse:
            body(ctx, node.orelse)

    run_scope(ctx, outer, all_of_them, keep=_live_in_loop(ctx, node))


def _lists_in(ctx: Context, iterable: Abstract) -> dict[int, Any]:
    """The lists of known length that an iterable runs over, each with its content."""
    parts = iterable.parts if isinstance(iterable, Iteration) else (iterable,)
    found: dict[int, Any] = {}
    for part in parts:
        if isinstance(part, Iteration):
            found |= _lists_in(ctx, part)
        content = ctx.state.heap.get(part.location) if isinstance(part, Ref) else None
        if isinstance(content, (Listing, Mapping)):
            found[part.location] = content  # type: ignore[union-attr]
    return found


def _check_lists(ctx: Context, node: Any, lists: dict[int, Any]) -> None:
    """Refuses a loop that changes the list that it runs over."""
    for number, content in lists.items():
        if not ctx.dead and ctx.state.heap.get(number) is not content:
            _refuse_changed(ctx, node)


def _refuse_changed(ctx: Context, node: Any) -> None:
    refuse(
        ctx,
        "S101",
        "this loop changes the list or dict that it runs over",
        node.iter,
        note="how often it runs depends on that",
        help="run over a copy: `for item in list(items)`, or use `while`",
    )


def _live_in_loop(ctx: Context, node: Any) -> Callable[[Name], bool]:
    frame = ctx.frame
    live = frame.live.get(id(node.body), frozenset()) | frame.live.get(id(node), frozenset())

    def check(name: Name) -> bool:
        number, text = name
        if number == frame.number:
            return text in live or text.startswith("<")
        caller: Any = frame.caller
        while caller is not None:
            if caller.number == number:
                return text in caller.live_now or text.startswith("<")
            caller = caller.caller
        return True

    return check


def lower_while(ctx: Context, node: Any, body: Body) -> None:
    """`while test`, with its `else`."""
    _Loop(ctx, node, body).run_while()


class _Loop:
    """One loop while its fixpoint is sought: what stays the same from round to round."""

    def __init__(self, ctx: Context, node: Any, body: Body, tests: Sequence[Abstract] = ()) -> None:
        self.ctx, self.node, self.body, self.tests = ctx, node, body, tuple(tests)
        self.entry, self.origin, self.outer = ctx.state, ctx.origin, ctx.draft
        self.returns: list[Any] = []
        self.base_live = _live_in_loop(ctx, node)
        self.scopes = list(ctx.scopes)
        self.sources: list[int] = []
        self.rewritten = False
        # Whether a trip can leave for a handler, and what is put before the loop otherwise.
        self.raising = False
        # How a trip may end: the normal form of the body changes its leaves afterwards.
        self.numbers: set[int] = set()
        self.cover: Mark | None = None

    def live(self, name: Name) -> bool:
        if self.base_live(name):
            return True
        if any(isinstance(r, Jump) and r.guard and r.guard.live(name) for r in self.returns):
            return True
        moved = frozenset[str]().union(*(reads(r) for r in self.returns))
        return name[0] == self.ctx.frame.number and name[1] in moved

    # -- the fixpoint

    def fixpoint(self, trip: Callable[[], None]) -> tuple[Plan, tuple[Var, ...], Draft, Scope, Any]:
        """Rounds until the join of entry and back edges is the header it began with."""
        states: list[State] = [self.entry]
        for number in range(ROUNDS):
            if number >= ENOUGH and self.ctx.diagnostics:
                raise Poisoned  # after a refusal nothing may settle, and all of it was looked at
            made = plan(self.ctx, states, self.entry, self.live)
            text, params, draft, scope, leaves = self.round(made, trip)
            after = [self.entry, *(leave.state for leave in leaves)]
            if self.header(plan(self.ctx, after, self.entry, self.live))[0] == text:
                return made, params, draft, scope, (leaves, after)
            states = after
        refuse(
            self.ctx,
            "S405",
            "the types in this loop don't settle",
            self.node,
            help="give each name one kind and rank of value before the loop",
        )

    def header(self, made: Plan) -> tuple[str, tuple[Var, ...], State]:
        """The state at the header that a plan gives: its text, its parameters, itself."""
        ctx = self.ctx
        outer, ctx.draft = ctx.draft, Draft()
        params = new_variables(ctx, made)
        state = apply(ctx, made, self.entry, supplier(params))
        ctx.draft = outer
        return f"{signature(made)} {_aliases(state, self.entry)}", params, state

    def round(
        self, made: Plan, trip: Callable[[], None]
    ) -> tuple[str, tuple[Var, ...], Draft, Scope, list[Leave]]:
        ctx = self.ctx
        text = self.header(made)[0]
        params = new_variables(ctx, made)
        ctx.draft, ctx.dead, ctx.origin = Draft(), False, self.origin
        ctx.state = apply(ctx, made, self.entry, supplier(params))
        scope = Scope("loop", [], self.returns, newest=ctx.shared.frames, frame=ctx.frame.number)
        ctx.scopes = [*self.scopes, scope]
        draft = ctx.draft
        trip()
        if not ctx.dead:
            draft.end = Leave(scope, 0, ctx.state, draft)
        self.cover = covering(draft, self.entry, self.scopes)
        leaves = list(dict.fromkeys(leaves_in(draft, scope)))
        jumps = [k for k, r in enumerate(self.returns, 2) if isinstance(r, Jump)]
        self.numbers = {leave.number for leave in leaves}
        self.raising = any(number in self.numbers for number in jumps)
        ctx.scopes, ctx.draft, ctx.dead = list(self.scopes), self.outer, False
        ctx.state, ctx.origin = self.entry, self.origin
        return text, params, draft, scope, leaves

    def body_block(
        self, made: Plan, params: tuple[Var, ...], draft: Draft, scope: Scope, leaves: list[Leave]
    ) -> Block:
        ctx = self.ctx
        for leave in leaves:
            ctx.state, ctx.draft = leave.state, leave.draft
            leave.values = leaf_atoms(ctx, made)
        ctx.state, ctx.draft = self.entry, self.outer
        kinds = [(leaf.hint, leaf.type) for leaf in plan_leaves(made)]
        tail_form(draft, scope, kinds)
        return freeze(draft, params)

    def finish(self, made: Plan) -> tuple[tuple[Atom, ...], tuple[Var, ...], Var | None]:
        """Initial values, outs, and the exit number where something asks for it."""
        ctx = self.ctx
        inits = leaf_atoms(ctx, made)
        outs = new_variables(ctx, made)
        number = Var(f"exit_{self.line()}", INT, self.origin)
        ctx.state = apply(ctx, made, self.entry, supplier(outs))
        wanted = max(self.numbers, default=0) > (0 if self.node.orelse else 1)
        if self.cover is not None:
            ctx.draft.statements.append(self.cover)
        return inits, outs, number if wanted else None

    def line(self) -> int:
        return int(self.node.lineno) - int(self.ctx.frame.source.first_line) + 1

    def behind(self, number: Var | None) -> None:
        """What follows the loop: the moved returns under their numbers, and `else`."""
        ctx = self.ctx
        endless = self.is_endless()
        moved = [(k, s) for k, s in enumerate(self.returns) if 2 + k in self.numbers]
        for k, statement in moved:
            if endless and (k, statement) == moved[-1]:
                self.body(ctx, [statement])
            elif not ctx.dead and number is not None:
                self.under(number, 2 + k, [statement])
        if endless and not moved:
            refuse(ctx, "S101", "this loop never ends", self.node)
        if self.node.orelse and not ctx.dead and not endless:
            if number is None:
                self.body(ctx, self.node.orelse)
            else:
                self.under(number, 0, self.node.orelse)

    def is_endless(self) -> bool:
        """Whether the loop can only be left by a return: `while True` without a `break`."""
        test = getattr(self.node, "test", None)
        forever = isinstance(test, gast.Constant) and bool(test.value)
        return forever and 1 not in self.numbers

    def under(self, number: Var, value: int, statements: list[Any]) -> None:
        ctx = self.ctx
        ctx.origin = self.origin
        test = add(ctx, OPERATORS["eq"], (number, constant(value)), BOOL, "", self.node)
        branch(ctx, test, lambda: self.body(ctx, statements), lambda: None, self.node)

    # -- the two kinds

    def run_for(self, iterable: Abstract, attempt: str) -> None:
        ctx, node = self.ctx, self.node
        rows = attempt == "rows"
        backwards = (
            isinstance(iterable, Iteration) and iterable.kind == "reversed" and attempt != "leaving"
        )
        if backwards and isinstance(iterable, Iteration):
            iterable = iterable.parts[0]
        # The sequence is read until the loop ends, whether or not a name still leads to it.
        hidden = (NO_FRAME, f"<iterated>{self.line()}")
        ctx.state.names[hidden] = iterable
        tested = {(NO_FRAME, f"<tested>{self.line()}.{k}"): t for k, t in enumerate(self.tests)}
        ctx.state.names |= tested
        sources: list[Atom] = []
        elements: list[Var] = []
        make = self.element_of(iterable, rows, sources, elements, node.target)

        def trip() -> None:
            _trip(ctx, node, make(ctx), self.body, self.tests)

        made, params, draft, scope, (leaves, after) = self.fixpoint(trip)
        # Python reads each element when its turn comes, so what an earlier trip wrote is seen.
        self.rewritten = any(
            state.heap.get(k) != self.entry.heap[k] for state in after for k in self.sources
        )
        self.check_lengths(iterable, after)
        block = self.body_block(made, (*params, *elements), draft, scope, leaves)
        inits, outs, number = self.finish(made)
        for name in (hidden, *tested):
            del ctx.state.names[name]
        ctx.draft.statements.append(
            For(outs, (), inits, tuple(sources), block, backwards, None, None, number, self.origin)
        )
        self.behind(number)

    def check_lengths(self, iterable: Abstract, after: list[State]) -> None:
        """Refuses a loop that changes the length of a list that it runs over."""
        for number in reachable(self.entry, [iterable]):
            lengths = {_list_length(state, number) for state in (self.entry, *after)}
            if len(lengths) > 1:
                _refuse_changed(self.ctx, self.node)

    def run_while(self) -> None:
        ctx, node = self.ctx, self.node

        def trip() -> None:
            self.body(ctx, node.body)

        def checked_trip() -> None:
            self.condition_types()
            trip()

        made, params, draft, scope, (leaves, _) = self.fixpoint(checked_trip)
        cond = self.condition(made)
        block = self.body_block(made, params, draft, scope, leaves)
        inits, outs, number = self.finish(made)
        ctx.draft.statements.append(While(outs, (), inits, cond, block, None, number, self.origin))
        self.behind(number)

    def condition_types(self) -> None:
        """Names bound in the test (`while (d := f(x)) > tol`) would be changes of state."""
        if any(isinstance(n, gast.NamedExpr) for n in gast.walk(self.node.test)):
            refuse(
                self.ctx,
                "S101",
                "an assignment in the test of `while` isn't supported yet",
                self.node.test,
                help="use `while True:` with `if ...: break`",
            )

    def condition(self, made: Plan) -> Block:
        from s2sad.frontend.expressions import lower

        ctx = self.ctx
        params = new_variables(ctx, made)
        ctx.state = apply(ctx, made, self.entry, supplier(params))
        ctx.draft = Draft()
        test = lower(ctx, self.node.test, "")
        draft = ctx.draft
        draft.end = Fall((test_atom(ctx, test, self.node.test),))
        self.check_test(draft)
        ctx.draft, ctx.state = self.outer, self.entry
        return freeze(draft, params)

    def check_test(self, draft: Draft) -> None:
        """A test can't be left: what it raises must find the handlers as before the loop."""
        marks = list(marks_in(draft))
        if not marks:
            return
        entry = replace(marks[0], state=self.entry.copy(), scopes=tuple(self.scopes))
        if not all(alike(entry, mark) for mark in marks):
            refuse(
                self.ctx,
                "S104",
                "the test of this `while` may raise what a `try` around it catches",
                self.node.test,
                help="use `while True:` with `if not ...: break`",
            )
        strip(draft)
        self.cover = entry

    # -- elements

    def element_of(
        self, iterable: Abstract, rows: bool, sources: list[Atom], elements: list[Var], target: Any
    ) -> Bound:
        """Adds the sequences to read by position; gives what binds the element in each trip."""
        iterable = ask("iterable", self.ctx, iterable, self.node.iter)
        if isinstance(iterable, Iteration):
            return self.iteration(iterable, rows, sources, elements, target)
        kind = type_at(self.ctx, iterable, self.node.iter)
        if isinstance(iterable, Known) and isinstance(iterable.value, range):
            span = iterable.value
            bounds = tuple(constant(b) for b in (span.start, span.stop, span.step))
            source = add(self.ctx, RANGE_OP, bounds, RANGE, "", self.node.iter)
            return self.range_element(source, sources, elements, target)
        if kind == RANGE:
            return self.range_element(atom_of(self.ctx, iterable), sources, elements, target)
        if isinstance(kind, Lst) or (isinstance(kind, Num) and kind.shape):
            assert isinstance(iterable, Ref)
            if rows:
                return self.row(iterable, kind, sources, elements, target)
            return self.indexed(iterable, sources, elements, target)
        refuse(
            self.ctx,
            "S101",
            f"iterating over a value of type {kind} isn't supported",
            self.node.iter,
        )

    def range_element(
        self, source: Atom, sources: list[Atom], elements: list[Var], target: Any
    ) -> Bound:
        element = Var(_name(target, "k"), _index_type(self.ctx, source), self.origin)
        sources.append(source)
        elements.append(element)
        return lambda ctx: Value(element)

    def row(
        self, iterable: Ref, kind: Type, sources: list[Atom], elements: list[Var], target: Any
    ) -> Bound:
        source = atom_of(self.ctx, iterable, "", self.node.iter)
        element = Var(_name(target, f"{_hint(source)}.item"), _row_type(kind), self.origin)
        sources.append(source)
        elements.append(element)
        self.sources.append(iterable.location)

        def make(ctx: Context) -> Abstract:
            value = wrap(ctx, element, self.node.target)
            part_of(ctx, iterable.location, value)
            return value

        return make

    def indexed(
        self, iterable: Abstract, sources: list[Atom], elements: list[Var], target: Any
    ) -> Bound:
        from s2sad.frontend.access import get_item, length

        ctx, node = self.ctx, self.node
        count = atom_of(ctx, length(ctx, iterable, "", node.iter))
        source = add(ctx, RANGE_OP, (constant(0), count, constant(1)), RANGE, "", node.iter)
        index = self.range_element(source, sources, elements, None)
        return lambda ctx: get_item(ctx, iterable, index(ctx), _name(target, ""), node.target)

    def grid(self, value: Iteration, sources: list[Atom], elements: list[Var]) -> Bound:
        ctx, node = self.ctx, self.node
        lengths = grid_lengths(ctx, value, node.iter)
        total = atom_of(ctx, grid_size(ctx, lengths, node.iter))
        source = add(ctx, RANGE_OP, (constant(0), total, constant(1)), RANGE, "", node.iter)
        place = self.range_element(source, sources, elements, None)
        return lambda ctx: grid_item(ctx, value, lengths, place(ctx), node.target)

    def iteration(
        self, value: Iteration, rows: bool, sources: list[Atom], elements: list[Var], target: Any
    ) -> Bound:
        from s2sad.frontend.access import get_item, length
        from s2sad.frontend.expressions import binary

        ctx, node = self.ctx, self.node
        if value.kind in ("map", "starmap"):
            return self.mapped(value, rows, sources, elements)
        if value.kind == "filter":
            refuse(
                ctx,
                "S101",
                "`filter` inside of another iterator isn't supported",
                node.iter,
                help="make it a list: list(filter(...))",
            )
        parts = _targets(target, len(value.parts))
        if value.kind == "zip":
            makers = [
                self.element_of(p, rows, sources, elements, t)
                for p, t in zip(value.parts, parts, strict=True)
            ]
            return lambda ctx: Items(tuple(m(ctx) for m in makers))
        if value.kind in GRIDS:
            return self.grid(value, sources, elements)
        sequence = value.parts[0]
        if value.kind == "reversed" and type_at(ctx, sequence, node.iter) == RANGE:
            return self.range_element(self.turned(sequence), sources, elements, target)
        count = length(ctx, _sequence(sequence), "", node.iter)
        if value.kind == "enumerate":
            start = value.parts[1]
            stop = binary(ctx, "add", start, count, "", node) if not _is_zero(start) else count
            span = (atom_of(ctx, start), atom_of(ctx, stop), constant(1))
            counter = self.range_element(
                add(ctx, RANGE_OP, span, RANGE, "", node.iter), sources, elements, parts[0]
            )
            item = self.element_of(sequence, rows, sources, elements, parts[1])
            return lambda ctx: Items((counter(ctx), item(ctx)))
        last = binary(ctx, "sub", count, Known(1), "", node)
        down = (atom_of(ctx, last), constant(-1), constant(-1))
        index = self.range_element(
            add(ctx, RANGE_OP, down, RANGE, "", node.iter), sources, elements, None
        )
        return lambda ctx: get_item(ctx, sequence, index(ctx), _name(target, ""), node.target)

    def turned(self, value: Abstract) -> Atom:
        """A range from its end."""
        last = SliceStep(None, None, -1)
        source = atom_of(self.ctx, value)
        return add(
            self.ctx, GETITEM, (source,), RANGE, "", self.node.iter, (), (IndexStep((last,)),)
        )

    def mapped(
        self, value: Iteration, rows: bool, sources: list[Atom], elements: list[Var]
    ) -> Bound:
        makers = [self.element_of(p, rows, sources, elements, None) for p in value.parts[1:]]
        return lambda ctx: _applied(ctx, value, [make(ctx) for make in makers], self.node.iter)


def _list_length(state: State, number: int) -> Any:
    content = state.heap.get(number)
    kind = type_of(content.atom) if isinstance(content, Whole) else None
    return kind.length if isinstance(kind, Lst) else None


def _sequence(value: Abstract) -> Abstract:
    return value.parts[0] if isinstance(value, Iteration) else value


def _is_zero(value: Abstract) -> bool:
    return isinstance(value, Known) and value.value == 0


def _name(target: Any, default: str) -> str:
    return str(target.id) if isinstance(target, gast.Name) else default


def _targets(target: Any, count: int) -> list[Any]:
    if isinstance(target, (gast.Tuple, gast.List)) and len(target.elts) == count:
        return list(target.elts)
    return [None] * max(count, 2)


def _hint(atom: Atom) -> str:
    return atom.hint if isinstance(atom, Var) else ""


def _index_type(ctx: Context, source: Atom) -> Type:
    return Num(INT.forms, "int64", (), dims.fresh(0 if _counts_up(ctx, source) else None))


def _counts_up(ctx: Context, source: Atom) -> bool:
    """Whether a range runs from 0 or more upwards: its elements are no less than 0."""
    from s2sad.ir.data import Bind, Const

    for statement in reversed(ctx.draft.statements):
        if isinstance(statement, Bind) and statement.outs == (source,):
            if statement.op is not RANGE_OP:
                return False
            start, _, step = statement.args
            bounds = [a.value for a in (start, step) if isinstance(a, Const)]
            return len(bounds) == 2 and bounds[0] >= 0 and bounds[1] > 0
    return False


def _row_type(kind: Type) -> Type:
    if isinstance(kind, Lst):
        return elements_of(kind) if not isinstance(kind.item, Bottom) else Opaque("object")
    assert isinstance(kind, Num) and kind.shape
    if len(kind.shape) == 1:
        return Num(frozenset({"np"}), kind.dtype)
    return Num(kind.forms, kind.dtype, kind.shape[1:])


def _aliases(state: State, entry: State) -> str:
    """What may be what in a state, by the numbers of the locations that were there before, and
    the order of those that the join has made."""
    made = {
        number: f"new {k}" for k, number in enumerate(n for n in state.heap if n not in entry.heap)
    }
    known = {number: str(number) for number in entry.heap} | made
    found = {
        (*sorted(known[n] for n in pair), kind)
        for pair, kind in state.may.items()
        if all(n in known for n in pair)
    }
    return str(sorted(found))


__all__ = ["lower_for", "lower_while", "type_of"]

"""The fixpoint of a loop: the state at its header joins the entry and all ends of the body.

The body is lowered again and again from the join of the entry and of all ends of the body, until
that join no longer changes. What differs between entry and back edge becomes a carried slot;
everything else is read from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gast

from s2sad.analysis.infer import type_of
from s2sad.frontend.control.bodies import statements
from s2sad.frontend.control.branches import branch, condition
from s2sad.frontend.control.sources import Sources, element_of
from s2sad.frontend.control.trips import live_in_loop, lower_trip, refuse_changed
from s2sad.frontend.data.comparisons import test_atom
from s2sad.frontend.joins.build import apply, leaf_atoms
from s2sad.frontend.joins.plan import plan
from s2sad.frontend.joins.signature import signature
from s2sad.frontend.joins.templates import Plan, plan_leaves
from s2sad.frontend.joins.variables import new_variables, supplier
from s2sad.frontend.source.liveness import reads
from s2sad.frontend.state.closures import frames_of_functions
from s2sad.frontend.state.context import Context, Poisoned, add, constant, refuse
from s2sad.frontend.state.drafts import (
    Draft,
    Fall,
    Leave,
    Mark,
    Scope,
    freeze,
    leaves_in,
    tail_form,
)
from s2sad.frontend.state.guards import Jump, alike, covering, marks_in, strip
from s2sad.frontend.state.heap import MARK, Name, State, reachable
from s2sad.frontend.state.values import Abstract, Iteration, Whole
from s2sad.ir.data import Atom, Block, For, Var, While
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import BOOL, INT, Lst

ROUNDS = 24
ENOUGH = 6
NO_FRAME = -1  # names of no frame are always live


class Loop:
    """One loop while its fixpoint is sought: what stays the same from round to round."""

    def __init__(self, ctx: Context, node: Any, tests: Sequence[Abstract] = ()) -> None:
        self.ctx, self.node, self.tests = ctx, node, tuple(tests)
        self.entry, self.origin, self.outer = ctx.state, ctx.origin, ctx.draft
        self.returns: list[Any] = []
        self.base_live = live_in_loop(ctx, node)
        # Frames that are made in a trip live on in the next where a function made there does.
        self.newest, self.alive = ctx.shared.frames, frozenset[int]()
        self.scopes = list(ctx.scopes)
        self.rewritten = False
        # Whether a trip can leave for a handler, and what is put before the loop otherwise.
        self.raising = False
        # How a trip may end: the normal form of the body changes its leaves afterwards.
        self.numbers: set[int] = set()
        self.cover: Mark | None = None

    def live(self, name: Name) -> bool:
        if name[0] > self.newest and name[0] not in self.alive:
            return False
        if name[1].startswith(MARK) and int(name[1].removeprefix(MARK)) > self.newest:
            return False  # how far a generator has come that a trip has made
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
            made = self.plan(states)
            text, params, draft, scope, leaves = self.round(made, trip)
            after = [self.entry, *(leave.state for leave in leaves)]
            if self.header(self.plan(after))[0] == text:
                return made, params, draft, scope, (leaves, after)
            states = after
        refuse(
            self.ctx,
            "S405",
            "the types in this loop don't settle",
            self.node,
            help="give each name one kind and rank of value before the loop",
        )

    def plan(self, states: list[State]) -> Plan:
        """The join of these states at the header."""
        held = (frames_of_functions(state, self.newest) for state in states)
        self.alive = frozenset[int]().union(*held)
        return plan(self.ctx, states, self.entry, self.live)

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
                statements(ctx, [statement])
            elif not ctx.dead and number is not None:
                self.under(number, 2 + k, [statement])
        if endless and not moved:
            refuse(ctx, "S101", "this loop never ends", self.node)
        if self.node.orelse and not ctx.dead and not endless:
            if number is None:
                statements(ctx, self.node.orelse)
            else:
                self.under(number, 0, self.node.orelse)

    def is_endless(self) -> bool:
        """Whether the loop can only be left by a return: `while True` without a `break`."""
        test = getattr(self.node, "test", None)
        forever = isinstance(test, gast.Constant) and bool(test.value)
        return forever and 1 not in self.numbers

    def under(self, number: Var, value: int, body: list[Any]) -> None:
        ctx = self.ctx
        ctx.origin = self.origin
        test = add(ctx, OPERATORS["eq"], (number, constant(value)), BOOL, "", self.node)
        branch(ctx, test, lambda: statements(ctx, body), lambda: None)

    # -- the two kinds

    def run_for(self, iterable: Abstract, attempt: str) -> None:
        """Lowers a `for` in one of the ways that `loops` tries."""
        ctx, node = self.ctx, self.node
        backwards = False
        if isinstance(iterable, Iteration) and iterable.kind == "reversed":
            backwards = attempt != "leaving"
            iterable = iterable.parts[0] if backwards else iterable
        held = self.held(iterable)
        ctx.state.names |= held
        read = Sources(ctx, node, self.origin, attempt == "rows")
        make = element_of(read, iterable, node.target)

        def trip() -> None:
            lower_trip(ctx, node, make(ctx), self.tests)

        made, params, draft, scope, (leaves, after) = self.fixpoint(trip)
        # Python reads each element when its turn comes, so what an earlier trip wrote is seen.
        self.rewritten = any(
            state.heap.get(k) != self.entry.heap[k] for state in after for k in read.locations
        )
        self.check_lengths(iterable, after)
        block = self.body_block(made, (*params, *read.elements), draft, scope, leaves)
        inits, outs, number = self.finish(made)
        for name in held:
            del ctx.state.names[name]
        sequences, origin = tuple(read.sequences), self.origin
        ctx.draft.statements.append(
            For(outs, (), inits, sequences, block, backwards, None, None, number, origin)
        )
        self.behind(number)

    def held(self, iterable: Abstract) -> dict[Name, Abstract]:
        """Hidden names: what the loop runs over, and the tests of `filter`, are read until it
        ends, whether or not a name still leads to them."""
        tests = {(NO_FRAME, f"<tested>{self.line()}.{k}"): t for k, t in enumerate(self.tests)}
        return {(NO_FRAME, f"<iterated>{self.line()}"): iterable, **tests}

    def check_lengths(self, iterable: Abstract, after: list[State]) -> None:
        """Refuses a loop that changes the length of a list that it runs over."""
        for number in reachable(self.entry, [iterable]):
            lengths = {_list_length(state, number) for state in (self.entry, *after)}
            if len(lengths) > 1:
                refuse_changed(self.ctx, self.node)

    def run_while(self) -> None:
        ctx, node = self.ctx, self.node

        def trip() -> None:
            statements(ctx, node.body)

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
        ctx = self.ctx
        params = new_variables(ctx, made)
        ctx.state = apply(ctx, made, self.entry, supplier(params))
        ctx.draft = Draft()
        test = condition(ctx, self.node.test)
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


def _list_length(state: State, number: int) -> Any:
    content = state.heap.get(number)
    kind = type_of(content.atom) if isinstance(content, Whole) else None
    return kind.length if isinstance(kind, Lst) else None


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

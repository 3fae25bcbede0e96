"""The IR: a structured SSA, as frozen data. Identity is equality.

A straight-line block is a Wengert list: one operation a line, each result assigned once.
Control flow is nested blocks, not jumps; loops are scans. Values are values: `setitem`
gives a new version of its operand, and only emission turns versions back into writes.

    Function  name, parameters, body
    Block     parameters, statements, one terminator
    Statement Bind | If | For | While | Try | Call
    Terminator Yield | Exit
    Atom      Var | Const | Undefined
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir.types import Type
from s2sad.origins import Origin, Source


@frozen(eq=False)
class Var:
    """A value. `hint` is the name that the page should use for it, if it can."""

    hint: str
    type: Type
    origin: Origin | None = field(default=None, repr=False)


@frozen(eq=False)
class Const:
    """A value known when compiling: number, string, None, bool, Ellipsis, dtype, slice-free
    tuple of these, or an object that the page can name (`np.float32`)."""

    value: Any
    type: Type


@frozen(eq=False)
class Undefined:
    """What an untaken branch or a loop of no trips leaves unbound."""

    hint: str
    type: Type


Atom = Var | Const | Undefined


@frozen(eq=False)
class Op:
    """An operation. There is one object for each, so identity is equality.

    name: how it prints in the textual IR and, for style "call", on the page ("np.tanh").
    function: evaluates it on run-time values, args and static keywords as in the `Bind`.
    style: "call" `np.tanh(x)`; "operator" `a + b` (name "add", "neg", ...);
        "method" `x.sum(axis=0)` (name ".sum"); "attribute" `x.T` (name ".T");
        "structural" for those that emission prints in its own way (getitem, setitem, ...).
    rule: the key of its derivative in the registry (`np.sum` for ".sum", `np.add` for "add").
    result: "fresh", "view" (of argument 0), or "either".
    effect: "pure", "raises" (more than errors of shape), "outside" (prints, random numbers).
    named: the keywords by which its last arguments are passed, `np.sum(x, where=mask)`.
    """

    name: str
    function: Callable[..., Any]
    style: str = "call"
    rule: Callable[..., Any] | None = None
    result: str = "fresh"
    effect: str = "pure"
    named: tuple[str, ...] = ()


@frozen
class Hole:
    """A place in a `Path` that is filled by a run-time argument: `args[position]` of the
    `Bind` that holds the path."""

    position: int


@frozen
class SliceStep:
    """A slice inside an index: each bound None, an int, or a `Hole`."""

    start: Any
    stop: Any
    step: Any


@frozen
class IndexStep:
    """`[i, 1:n, None, ...]`: each component an int, None, Ellipsis, a str (a key), a
    `SliceStep`, or a `Hole` (integer, integer array, boolean mask, list, slice object).

    single: whether it was written without a comma (`x[i]`, not the tuple `x[i,]`).
    """

    components: tuple[Any, ...]
    single: bool = True


@frozen
class ViewStep:
    """A view that isn't an index: `.T`, `.reshape(...)`, applied to what came before.
    args: the further positional arguments, constants or `Hole`s."""

    op: Op
    args: tuple[Any, ...] = ()
    static: tuple[tuple[str, Any], ...] = ()


@frozen
class AttributeStep:
    """`.name` of an object."""

    name: str


Step = IndexStep | ViewStep | AttributeStep
Path = tuple[Step, ...]


@frozen(eq=False)
class Bind:
    """`outs = op(*args, **static)`.

    Structural operations that take a path carry it in `path`; its holes count in `args`.
    """

    outs: tuple[Var, ...]
    op: Op
    args: tuple[Atom, ...]
    static: tuple[tuple[str, Any], ...] = ()
    path: Path = ()
    origin: Origin | None = None

    @property
    def out(self) -> Var:
        """The only result."""
        (out,) = self.outs
        return out


@frozen(eq=False)
class Yield:
    """The end of a block: its values."""

    values: tuple[Atom, ...]


@frozen(eq=False)
class Exit:
    """Leaves the innermost loop at once. `number` (from 1) becomes the loop's exit number.
    `values` are what the loop's outs and then its ys take for this last, partial trip."""

    number: int
    values: tuple[Atom, ...]


@frozen(eq=False)
class Block:
    """Statements that run in order. A block may read variables of the blocks around it."""

    params: tuple[Var, ...]
    statements: tuple[Statement, ...]
    terminator: Yield | Exit


@frozen(eq=False)
class If:
    """Runs one of two blocks without parameters. Where one arm ends in an `Exit`, the `If` is
    the last statement of its block, and outs come from the other arm."""

    outs: tuple[Var, ...]
    test: Atom
    then: Block
    orelse: Block
    origin: Origin | None = None


@frozen(eq=False)
class For:
    """A scan over sequences, position by position.

    inits flow into the first `len(inits)` parameters of the body (the carried slots), the
    elements of `xs` at the position into the others. The body yields the next slots and
    then one value for each of `ys`. After the last trip, `outs` are the slots and `ys` the
    sequences (lists) of those values *by position*: with `reverse`, trips run from the last
    position to the first, and the lists are still in order of position.

    xs: ranges, lists (tapes), tuples, or arrays (by rows); the trip count is the least length.
    count: where given, only the first `count` positions take part.
    trips, exit: the number of trips begun, and the exit number (0: ran to the end), or None
    where nothing reads them.
    """

    outs: tuple[Var, ...]
    ys: tuple[Var, ...]
    inits: tuple[Atom, ...]
    xs: tuple[Atom, ...]
    body: Block
    reverse: bool = False
    count: Atom | None = None
    trips: Var | None = None
    exit: Var | None = None
    origin: Origin | None = None


@frozen(eq=False)
class While:
    """Runs `body` as long as `cond` (a block over the same slots) yields true.

    ys: lists with one value a trip, in order. trips, exit: as in `For`.
    """

    outs: tuple[Var, ...]
    ys: tuple[Var, ...]
    inits: tuple[Atom, ...]
    cond: Block
    body: Block
    trips: Var | None = None
    exit: Var | None = None
    origin: Origin | None = None


@frozen(eq=False)
class Handler:
    """What runs instead of the rest of a `Try` that raises one of the classes. The block has one
    parameter, the exception, or none."""

    classes: tuple[Const, ...]
    block: Block


@frozen(eq=False)
class Manager:
    """What is entered around the body of a `Try`: the context manager that the operation gives.
    again: the reverse of the body enters it, too (`np.errstate`)."""

    op: Op
    args: tuple[Atom, ...] = ()
    static: tuple[tuple[str, Any], ...] = ()
    again: bool = False


@frozen(eq=False)
class Try:
    """Runs `body`, a block without parameters; where that raises what a handler is for, the
    handler's block gives the outs. Nothing that the body binds or writes is seen by a handler,
    and no `Exit` stands inside: what is seen, and what leaves, stands behind it.

    manager: what the body runs in, or None.
    """

    outs: tuple[Var, ...]
    body: Block
    handlers: tuple[Handler, ...] = ()
    manager: Manager | None = None
    origin: Origin | None = None


@frozen(eq=False)
class Call:
    """Calls another function of the same program, by name.

    writes: pairs of an out and an argument, by position: the out is the next version of the
    argument, which is gone then. sums: the written arguments that are only added to.
    effect: "pure" where nothing but the outs comes of it.
    views: the arguments of which a view is passed, by position, and its path (whose holes count
    in args, behind those for the parameters). What is written is then that part of the argument.
    """

    outs: tuple[Var, ...]
    callee: str
    args: tuple[Atom, ...]
    origin: Origin | None = None
    writes: tuple[tuple[int, int], ...] = ()
    sums: tuple[int, ...] = ()
    effect: str = "raises"
    views: tuple[tuple[int, Path], ...] = ()


Statement = Bind | If | For | While | Try | Call


@frozen(eq=False)
class Param:
    """A parameter of a function.

    kind: "positional" or "keyword". default: what the page prints behind `=`, or None.
    owned: whether the function may write it (never for a user's arguments).
    """

    var: Var
    kind: str = "positional"
    default: Const | None = None
    owned: bool = False


@frozen(eq=False)
class Function:
    """A function: `body` has no block parameters; what it yields is returned (one value bare,
    several as a tuple)."""

    name: str
    params: tuple[Param, ...]
    body: Block
    source: Source | None = None


@frozen(eq=False)
class Program:
    """A function and those that it calls, `functions[0]` being the entry."""

    functions: tuple[Function, ...]

    @property
    def entry(self) -> Function:
        return self.functions[0]

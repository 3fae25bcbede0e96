"""What the frontend knows of a Python value while it lowers: abstract values.

Names are bound to abstract values. Mutable things are reached by a `Ref`: a location, and
the path of views from its base. What a location holds now is its `Content` in the state, so a
write changes the content, and every name that refers to the location sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Path, Var
from s2sad.origins import Origin
from s2sad.request import Access


@frozen(eq=False)
class Known:
    """A value that is known when compiling: a literal, a module, a function, None."""

    value: Any
    access: Access | None = None


@frozen
class Value:
    """An immutable value at run time: a number, a NumPy scalar, a range, a slice."""

    atom: Var


@frozen
class Ref:
    """A reference to (a view of) a location. Holes of the path count in `holes`."""

    location: int
    path: Path = ()
    holes: tuple[Atom, ...] = ()


@frozen
class Items:
    """A tuple, by element. cls: its class where it is a NamedTuple."""

    items: tuple[Abstract, ...]
    cls: type | None = None


@frozen(eq=False)
class Closure:
    """A function of the source: a `def` or lambda met while lowering, with the frame that it
    was made in (late binding), or a function object found outside. stands_in: it is written by us
    in place of one of a library."""

    node: Any
    frame: Frame | None
    defaults: dict[str, Abstract]
    function: Any = None
    name: str = "<lambda>"
    stands_in: bool = False


@frozen
class Method:
    """`receiver.name`, not yet called."""

    receiver: Abstract
    name: str
    function: Closure | Known | None = None


@frozen
class Iteration:
    """`enumerate`, `zip`, `reversed` of something: looked through by `for`."""

    kind: str
    parts: tuple[Abstract, ...]


@frozen
class Slice:
    """A slice inside an index."""

    start: Abstract
    stop: Abstract
    step: Abstract


@frozen
class Unbound:
    """A name that is not bound on this path."""

    name: str


@frozen
class Conflict:
    """A name that holds different kinds of things on different paths: may be carried, not used.
    An empty message: what it should hold was refused."""

    name: str
    message: str


@frozen
class Super:
    """`super()`: a receiver, seen as if it were of a class behind `cls`."""

    cls: type
    receiver: Abstract


@frozen(eq=False)
class Generator:
    """A generator that hasn't begun: its frame, whose parameters are bound."""

    frame: Frame


@frozen
class OneOf:
    """One of several values, known at run time only. tag: a truth (then the first) where there
    are two, else the position."""

    tag: Var
    choices: tuple[Abstract, ...]


Abstract = (
    Known
    | Value
    | Ref
    | Items
    | Closure
    | Method
    | Iteration
    | Slice
    | Unbound
    | Conflict
    | Super
    | Generator
    | OneOf
)


@frozen
class Whole:
    """The content of a location that is one run-time value: an array, a list."""

    atom: Atom


@frozen
class Listing:
    """A list whose length and elements are known when compiling."""

    items: tuple[Abstract, ...]


@frozen
class Mapping:
    """A dict with literal keys."""

    items: tuple[tuple[Any, Abstract], ...]


@frozen
class Attributes:
    """An object: its class, and its attributes in order."""

    cls: type
    items: tuple[tuple[str, Abstract], ...]


# Arguments that are given by name.
Keywords = dict[str, Abstract]
Content = Whole | Listing | Mapping | Attributes


@dataclass(eq=False)
class Frame:
    """One call of a Python function while it is lowered. origin: where its statements belong, if
    not where they stand: those of a function that stands in for one of a library belong to the
    user's call."""

    number: int
    name: str
    node: Any
    source: Any
    function: Any
    parent: Frame | None
    locals: frozenset[str]
    nonlocals: frozenset[str]
    globals: frozenset[str]
    inlined: bool
    live: dict[int, frozenset[str]]
    access: Access | None = None
    caller: Frame | None = None
    # The hidden name that what it returns is bound to.
    result: tuple[int, str] = (0, "")
    live_now: frozenset[str] = frozenset()
    origin: Origin | None = None
    # Of a generator that runs: what happens at each `yield`.
    emit: Any = None


def place_of(callee: Closure) -> tuple[object, ...]:
    """Where a function is defined: what is known of it holds for every time it is made."""
    node = callee.node
    source = callee.function[1] if callee.function else callee.frame and callee.frame.source
    file = source.file if source else ""
    return (file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def same(a: Abstract, b: Abstract) -> bool:
    """Whether two abstract values are the very same thing."""
    if a is b:
        return True
    if isinstance(a, Known) and isinstance(b, Known):
        return same_constant(a.value, b.value)
    if isinstance(a, Items) and isinstance(b, Items):
        pairs = zip(a.items, b.items, strict=False)
        return len(a.items) == len(b.items) and a.cls is b.cls and all(same(x, y) for x, y in pairs)
    if isinstance(a, Method) and isinstance(b, Method):
        return a.name == b.name and same(a.receiver, b.receiver)
    if isinstance(a, Closure) and isinstance(b, Closure):
        alike = a.node is b.node and a.frame is b.frame and a.function is b.function
        return alike and all(same(v, b.defaults[k]) for k, v in a.defaults.items())
    if isinstance(a, OneOf) and isinstance(b, OneOf):
        return a.tag is b.tag and all(map(same, a.choices, b.choices))
    if isinstance(a, (Known, Items, Closure, Method, Conflict, OneOf)):
        return isinstance(a, Conflict) and isinstance(b, Conflict)
    return type(a) is type(b) and a == b


def same_constant(a: Any, b: Any) -> bool:
    """Equal constants of one type; other objects by identity."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, (bool, int, float, complex, str, tuple)):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same_constant(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b) and str(a) == str(b)

"""The lattice of types: kinds, dtypes after NEP 50, and lengths as symbols.

A type says what is known of a value when compiling. `Num` covers Python numbers,
NumPy scalars and arrays alike, because joins mix them (`acc = 0.0; acc = acc + x`);
its `forms` say which of the three a value may be at run time.

Lengths are `Dim`s: linear expressions over symbols, where a symbol stands for one fixed
non-negative integer (an axis of a parameter, an integer argument, a clipped slice).
Two equal `Dim`s are equal at run time; two different ones may or may not be.
"""

from __future__ import annotations

from dataclasses import field
from functools import cached_property

from s2sad.frozen import frozen

PY = "py"
NP = "np"
ARRAY = "array"

FLOATS = frozenset({"float16", "float32", "float64", "longdouble"})
COMPLEXES = frozenset({"complex64", "complex128", "clongdouble"})


@frozen
class Dim:
    """A length: `constant + sum(coefficient * symbol)`, at least `least` at run time.

    `least` is a proven lower bound and takes no part in equality.
    """

    constant: int
    terms: tuple[tuple[str, int], ...] = ()
    least: int | None = None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Dim) and self.constant == other.constant and self.terms == other.terms
        )

    def __hash__(self) -> int:
        return hash((self.constant, self.terms))

    @property
    def known(self) -> int | None:
        """The length as a number where it is one."""
        return None if self.terms else self.constant

    @cached_property
    def never_one(self) -> bool:
        """Whether the length is provably different from 1 (so it never broadcasts)."""
        if not self.terms:
            return self.constant != 1
        return self.least is not None and self.least >= 2

    def __str__(self) -> str:
        parts = [f"{c if c != 1 else ''}{'*' if c != 1 else ''}{s}" for s, c in self.terms]
        if self.constant or not parts:
            parts.append(str(self.constant))
        return "+".join(parts).replace("+-", "-")


@frozen
class Type:
    """What is known of a value; the base of all types."""


@frozen
class Num(Type):
    """A number or an array of numbers.

    forms: which of "py" (Python number, weak in NEP 50), "np" (NumPy scalar), "array".
    dtype: NumPy's name of the dtype; None where it isn't known. For the form "py" it is
        bool, int64, float64 or complex128, standing for Python's own.
    shape: one `Dim` an axis; () for scalars; None where the rank isn't known.
    value: for integers, what it is in terms of lengths, where known.
    """

    forms: frozenset[str]
    dtype: str | None
    shape: tuple[Dim, ...] | None = ()
    value: Dim | None = None

    @property
    def is_array(self) -> bool:
        """Whether the value is an array for certain."""
        return self.forms == frozenset({ARRAY})

    @property
    def may_be_array(self) -> bool:
        return ARRAY in self.forms

    @property
    def is_python(self) -> bool:
        return self.forms == frozenset({PY})

    @property
    def is_continuous(self) -> bool:
        """Whether the value may carry a derivative: a float or a complex number."""
        return self.dtype is None or self.dtype in FLOATS or self.dtype in COMPLEXES

    def __str__(self) -> str:
        if self.value is not None and self.is_python:
            return f"int={self.value}"
        dtype = self.dtype or "?"
        if self.is_python:
            return f"py.{dtype}"
        dims = "?" if self.shape is None else ",".join(str(d) for d in self.shape)
        prefix = "" if self.is_array else "|".join(sorted(self.forms)) + "."
        return f"{prefix}{dtype}[{dims}]"


@frozen
class Tup(Type):
    """A tuple, by element. `cls` is the class for a NamedTuple."""

    items: tuple[Type, ...]
    cls: type | None = None

    def __str__(self) -> str:
        return "(" + ", ".join(str(i) for i in self.items) + ")"


@frozen
class Lst(Type):
    """A list with one element type. A tape is such a list, too."""

    item: Type
    length: Dim | None = None

    def __str__(self) -> str:
        return f"list[{self.item}]"


@frozen
class Dct(Type):
    """A dict with literal keys, in order."""

    items: tuple[tuple[object, Type], ...]

    def __str__(self) -> str:
        return "{" + ", ".join(f"{k!r}: {t}" for k, t in self.items) + "}"


@frozen
class Obj(Type):
    """An object: its class and the attributes that are known."""

    cls: type
    items: tuple[tuple[str, Type], ...]

    def __str__(self) -> str:
        return f"{self.cls.__name__}(" + ", ".join(f"{k}: {t}" for k, t in self.items) + ")"


@frozen
class Opaque(Type):
    """An inactive value that is carried but not looked into: None, str, slice, dtype, range,
    a function, saved values of a call. `name` says which."""

    name: str

    def __str__(self) -> str:
        return self.name


@frozen
class Bottom(Type):
    """No value yet (the least element): what a recursive call is before its first result."""

    def __str__(self) -> str:
        return "bottom"


@frozen(eq=False)
class Saved(Type):
    """What a forward function saves for its reverse function: a tuple. items: the types of what
    it holds, which may be of this very type (a recursion saves what its calls have saved)."""

    name: str
    items: list[Type] = field(default_factory=list, repr=False)

    # One function's is never another's, whatever they hold.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __str__(self) -> str:
        return f"saved of {self.name}"


NONE = Opaque("None")
STR = Opaque("str")
RANGE = Opaque("range")
OBJECT = Opaque("object")

BOOL = Num(frozenset({PY}), "bool")
INT = Num(frozenset({PY}), "int64")
FLOAT = Num(frozenset({PY}), "float64")
COMPLEX = Num(frozenset({PY}), "complex128")


def is_continuous(kind: Type) -> bool:
    """Whether a value of this type may carry a derivative."""
    if isinstance(kind, Num):
        return kind.is_continuous
    if isinstance(kind, Tup):
        return any(is_continuous(item) for item in kind.items)
    if isinstance(kind, Lst):
        return is_continuous(kind.item)
    if isinstance(kind, (Dct, Obj)):
        return any(is_continuous(item) for _, item in kind.items)
    return isinstance(kind, (Bottom, Saved))


def may_share(kind: Type) -> bool:
    """Whether a value of this type can be, or hold, something mutable."""
    if isinstance(kind, Num):
        return kind.may_be_array
    if isinstance(kind, Tup):
        return any(may_share(item) for item in kind.items)
    return not isinstance(kind, Opaque) or kind == OBJECT


@frozen
class Static(Type):
    """The value itself is known when compiling, and is part of the key: None, bool, str, enum,
    dtype, module, class, function (by its code), an integer that a rule needs."""

    value: object

    def __str__(self) -> str:
        return f"static {self.value!r}"

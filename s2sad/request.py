"""What the dispatcher asks of the compiler, and what it gets back.

A `Request` names a function and the types of its arguments; `Compiled` is a page of source
with all that is needed to call it: which globals and cells to pass, which were taken as
constants, and which leaves of the arguments are written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import field
from itertools import chain, count
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir.data import Atom, Function, Var
from s2sad.ir.types import Type
from s2sad.origins import Origin

GRADIENTS = ("grad", "value_and_grad")
# Forward and reverse mode with a leading axis for many directions.
JACOBIANS = ("jacfwd", "jacrev")
FORWARD = ("jvp", "jacfwd")
PULLED_BACK = ("vjp", "jacrev")


@frozen
class Access:
    """How a value outside the function is reached, from the function's own object.

    root: the function where the path begins. It says which cells and globals are meant when
        compiling; the dispatcher starts from the *current* object with the same code.
    steps: ("global", name), ("cell", name), ("self",) for the bound object of a method,
        ("attribute", name), ("item", key), ("default", parameter).
    """

    root: Callable[..., Any] = field(compare=False, hash=False)
    steps: tuple[tuple[Any, ...], ...]

    def extended(self, *step: Any) -> Access:
        """The access of an attribute or an item of what this one reaches."""
        return Access(self.root, (*self.steps, step))

    def __str__(self) -> str:
        text = ""
        for kind, *rest in self.steps:
            if kind == "attribute":
                text += f".{rest[0]}"
            elif kind == "item":
                text += f"[{rest[0]!r}]"
            else:
                text += str(rest[0]) if rest else kind
        return text


@frozen
class Argument:
    """One parameter of the `def`, with the type of what it is bound to.

    kind: one of `inspect`'s ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL",
    "KEYWORD_ONLY", "VAR_KEYWORD"). `*args` is a `Tup`, `**kwargs` a `Dct`.
    """

    name: str
    kind: str
    type: Type


@frozen
class Options:
    """Choices of the user that change the page. `without` names passes that are switched off.
    holomorphic: a complex function has one complex derivative. has_aux: the primal returns a pair,
    and only its first part is differentiated."""

    without: tuple[str, ...] = ()
    holomorphic: bool = False
    has_aux: bool = False


@frozen
class Request:
    """A function to compile for these types.

    function: the primal: a Python function, or a callable of a library that has a rule
        (arguments named as its signature has them).
    inner: transformations already applied to `function`, innermost first, as pairs of a mode
        and a wrt: `grad(grad(f))` is function f, inner (("grad", (0,)),), mode "grad".
    wrt: the positions of parameters (those of the `def`).
    equal: lengths of arguments and the first with the same number, in the call at hand: the
        compiler may ask (`NeedEqual`) for types in which both go by the name of the first.
    """

    function: Callable[..., Any]
    arguments: tuple[Argument, ...]
    mode: str
    wrt: tuple[int, ...]
    options: Options = Options()
    inner: tuple[Inner, ...] = ()
    equal: tuple[tuple[str, str], ...] = ()


@frozen
class Inner:
    """A transformation that comes before the requested one. single: wrt was one position, and
    the gradient is bare; otherwise a tuple. has_aux: as in `Options`."""

    mode: str
    wrt: tuple[int, ...]
    single: bool = True
    has_aux: bool = False


@frozen(eq=False)
class Derivation:
    """A derivative that is taken inside of a function. function: what is differentiated, lowered
    for itself; wrt: by which of its parameters. parts: the value and aux, where it returns these.

    What becomes of it takes the parameters of the function (and tangents or a cotangent behind
    them), and yields what `Compiled` says of the mode; in the modes "jacfwd" and "jacrev" the
    blocks as a tuple, and aux.
    """

    function: Function
    wrt: tuple[Var, ...]
    mode: str
    parts: tuple[Atom, Atom] | None = None


Derive = Callable[[Derivation], tuple[Function, ...]]


@frozen
class Read:
    """A global or cell that the page takes as the keyword-only parameter `name`, of the type
    that it was compiled for (a value of another type means compiling again)."""

    access: Access
    name: str
    type: Type


@frozen
class StaticRead:
    """A global or cell that was taken as a constant. The page holds as long as the value is the
    same: functions by code, modules, classes and other objects by identity, None, bool, str
    and numbers by type and value."""

    access: Access
    value: Any


@frozen
class Compiled:
    """A page.

    What its functions return, gradients always as a tuple in the order of wrt:
        "grad":            `return (x_bar, y_bar)`
        "value_and_grad":  `return out, (x_bar, y_bar)`
        "vjp":             forward: `return out, saved, ...` (only `return out` where nothing is
                           saved); reverse(saved, ..., out_bar): `return (x_bar, y_bar)`
        "jvp":             `return out, out_dot`
        "jacfwd", "jacrev": as "jvp" and "vjp", where the tangents of arguments and value, or the
                           cotangents, have a leading axis for the directions
        "primal":          `return out`
    Parameters: those of the primal under their own names (all can be passed by keyword or by
    position; `*args` and `**kwargs` are one parameter each, a tuple and a dict), then the
    keyword-only `out_bar=1.0` (reverse modes) or `x_dot`,
    one for each of wrt (jvp), and one keyword-only for each of `reads`.

    names: the functions that it defines: the joint gradient first; for a pullback the forward
        and the reverse function.
    origins: one for each line of the text, None where it has none.
    written: the leaves of the arguments that the primal writes, as paths: ("x",),
        ("params", 0, "w").
    result: the type of the primal's value.
    """

    text: str
    names: tuple[str, ...]
    origins: tuple[Origin | None, ...]
    reads: tuple[Read, ...]
    statics: tuple[StaticRead, ...]
    written: tuple[tuple[object, ...], ...]
    result: Type
    # The user's functions that have a rule: the page calls them by these names.
    objects: tuple[tuple[str, Any], ...] = ()
    # The operations that have no rule for many directions and became loops over them.
    one_by_one: tuple[str, ...] = ()


def added_name(name: str, taken: Collection[str]) -> str:
    """The name of a parameter that differentiation adds, numbered where the primal has it."""
    numbered = (f"{name}_{k}" for k in count(2))
    return next(n for n in chain((name,), numbered) if n not in taken)


class NeedStatic(Exception):
    """Raised by the compiler: the integer argument of this name must be known when compiling.

    The dispatcher asks again with `Static(value)` for it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)

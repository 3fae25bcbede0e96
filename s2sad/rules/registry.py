"""The registry of rules, and the decorators that fill it.

A rule is an ordinary Python function. When it is first used our own frontend lowers it with
the types at hand and its IR is spliced into the adjoint, so its names can't meet the user's.

The contract of all rules: broadcasting is undone, dtypes are projected and contributions
are summed by the driver; a rule mentions none of it. A cotangent may have a lower rank than its
primal, or length 1 on some axes: the driver broadcasts it where it must be real.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import field
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from s2sad.frozen import frozen

F = TypeVar("F", bound=Callable[..., Any])
Sampler = Callable[[np.random.Generator], Iterable["Sample"]]


@frozen
class Sample:
    """Arguments on which a rule is tested. wrt: the positional arguments to differentiate."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[int, ...] = (0,)


@frozen
class Rule:
    """How one library function is differentiated.

    kind: "elementwise" (function gives partials), "adjoint" (gives cotangents), "linear"
        (gives cotangents, and the tangent is the operation itself), "composed" (function gives
        the value, from what has rules) or "inactive".
    function: the Python function that states it; None for inactive ones.
    ranks: ranks that the leading arguments must have for this rule to serve, or None.
    result: "fresh", "view" of argument 0, or "either"; checked by a test.
    singular: a partial can be infinite or undefined where the value is finite.
    raises: the function raises for more than shapes (linalg), so it is never dropped.
    data_dependent: lengths of the result depend on values.
    domain: for elementwise rules, the open interval that samples are drawn from, per argument.
    source: where the formula comes from.
    multilinear: the tangent is a sum over the arguments, each replaced by its tangent in turn.
    tangent: of a linear rule: the tangent is the operation itself.
    """

    target: Callable[..., Any]
    kind: str
    function: Callable[..., Any] | None
    ranks: tuple[int, ...] | None = None
    result: str = "fresh"
    singular: bool = False
    raises: bool = False
    data_dependent: bool = False
    domain: tuple[tuple[float, float], ...] = ()
    samples: Sampler | None = None
    source: str = ""
    multilinear: bool = False
    tangent: bool = True


RULES: dict[Any, list[Rule]] = {}
DEFINITIONS: dict[Any, Callable[..., Any]] = {}
TANGENTS: dict[Any, Callable[..., Any]] = {}
NAMES: dict[Any, str] = {}


# Modules of libraries that s2sad itself doesn't need, and those with the rules for them.
OPTIONAL = {"scipy.special": "s2sad.rules.special", "scipy.linalg": "s2sad.rules.matrices"}


def rules_of(target: Any) -> list[Rule]:
    """The rules of a function, most specific (with `ranks`) first; [] where there are none."""
    try:
        found = RULES.get(target)
    except TypeError:
        return []
    if found is None:
        if not any(name in sys.modules for name in OPTIONAL):
            return []
        load_optional()
        found = RULES.get(target, [])
    return found


def load_optional() -> None:
    """Registers the rules for what the program has imported by now."""
    for name in [name for name in OPTIONAL if name in sys.modules]:
        import_module(OPTIONAL.pop(name))


def _add(rule: Rule) -> None:
    known = RULES.setdefault(rule.target, [])
    known[:] = [r for r in known if r.ranks != rule.ranks]
    known.append(rule)
    known.sort(key=lambda r: r.ranks is None)


def _arity(target: Callable[..., Any]) -> int | None:
    return target.nin if isinstance(target, np.ufunc) else None


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


def _check_elementwise(target: Callable[..., Any], function: Callable[..., Any]) -> None:
    count, arity = len(_parameters(function)) - 1, _arity(target)
    if arity is not None and count != arity:
        raise TypeError(
            f"rule {function.__name__} takes the result and {count} arguments, "
            f"but {target.__name__} has {arity}: write the result first, then its arguments"
        )


def _check_names(target: Callable[..., Any], function: Callable[..., Any], skip: int) -> None:
    """A rule's parameters must be those of its target, so that a typo is found at once."""
    try:
        known = inspect.signature(target).parameters
    except (TypeError, ValueError):
        return
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in known.values()):
        return
    # Names of what can't be passed by name say nothing.
    skip += sum(p.kind is p.POSITIONAL_ONLY for p in known.values())
    plain = [p for p in _parameters(function)[skip:] if not p.name.endswith("_bar")]
    for parameter in plain:
        if parameter.name not in known:
            raise TypeError(
                f"rule {function.__name__} names a parameter {parameter.name!r} that "
                f"{target.__name__}{inspect.signature(target)} does not have"
            )


def elementwise(
    *targets: Callable[..., Any],
    singular: bool = False,
    domain: tuple[tuple[float, float], ...] = (),
    samples: Sampler | None = None,
    source: str = "",
) -> Callable[[F], F]:
    """Registers the partial derivatives of an elementwise function.

    The rule takes the result and then the arguments, and returns the partial derivative, or a
    tuple with one for each argument (None: this argument is inactive):

        @elementwise(np.tanh)
        def tanh(y, x):
            return 1.0 - y * y
    """

    def register(function: F) -> F:
        for target in targets:
            _check_elementwise(target, function)
            _add(
                Rule(
                    target,
                    "elementwise",
                    function,
                    singular=singular,
                    domain=domain,
                    samples=samples,
                    source=source,
                )
            )
        return function

    return register


def adjoint(
    *targets: Callable[..., Any],
    ranks: tuple[int, ...] | None = None,
    result: str = "fresh",
    singular: bool = False,
    raises: bool = False,
    samples: Sampler | None = None,
    source: str = "",
    multilinear: bool = False,
) -> Callable[[F], F]:
    """Registers the adjoint of a function.

    The rule takes the result, the parameters by the function's own names, and keyword-only
    `<result>_bar`; it returns the cotangent of the first argument, or a tuple for the leading
    arguments in order (None: inactive). Parameters that it leaves out are refused by name.
    Its tangent is found by transposition, or is a sum over the arguments for a `multilinear` one.
    """

    def register(function: F) -> F:
        for target in targets:
            _check_names(target, function, 1)
            _add(
                Rule(
                    target,
                    "adjoint",
                    function,
                    ranks=ranks,
                    result=result,
                    singular=singular,
                    raises=raises,
                    samples=samples,
                    source=source,
                    multilinear=multilinear,
                )
            )
        return function

    return register


def linear(
    *targets: Callable[..., Any],
    result: str = "fresh",
    samples: Sampler | None = None,
    source: str = "",
    tangent: bool = True,
) -> Callable[[F], F]:
    """Registers the transpose of an operation that is linear in the arguments (jointly) for
    which the rule returns a cotangent. The rule has no parameter for the result; its keyword-only
    parameter is `y_bar`. The tangent is the operation itself, unless `tangent` is False
    (where further arguments add something that isn't linear)."""

    def register(function: F) -> F:
        for target in targets:
            _check_names(target, function, 0)
            _add(
                Rule(
                    target,
                    "linear",
                    function,
                    result=result,
                    samples=samples,
                    source=source,
                    tangent=tangent,
                )
            )
        return function

    return register


def composed(
    *targets: Callable[..., Any],
    result: str = "fresh",
    singular: bool = True,
    raises: bool = False,
    data_dependent: bool = False,
    samples: Sampler | None = None,
    source: str = "",
) -> Callable[[F], F]:
    """Registers what a function computes, as a composition of functions that have rules.

    The rule takes the function's parameters by their own names and returns its result. Programs
    go on calling the function; the composition is what is differentiated, in either mode.
    Parameters that it leaves out are refused by name.

        @composed(np.ptp)
        def ptp(a, axis=None):
            return np.max(a, axis) - np.min(a, axis)
    """

    def register(function: F) -> F:
        for target in targets:
            _check_names(target, function, 0)
            _add(
                Rule(
                    target,
                    "composed",
                    function,
                    result=result,
                    singular=singular,
                    raises=raises,
                    data_dependent=data_dependent,
                    samples=samples,
                    source=source,
                )
            )
        return function

    return register


def tangent(*targets: Callable[..., Any]) -> Callable[[F], F]:
    """Registers a tangent of its own: `rule(y, *args, *, a_dot, b_dot, ...) -> y_dot`."""

    def register(function: F) -> F:
        for target in targets:
            TANGENTS[target] = function
        return function

    return register


def defined(*targets: Any) -> Callable[[F], F]:
    """Registers what a library function does, as statements of the language: a call is lowered
    as if they stood there. Its parameters are those of the function.

    For what writes to its arguments: the statements are `x[i] = v` and the like, on the caller's
    own arrays. A target that is a string is a method of all ufuncs, whose definition takes the
    ufunc first.
    """

    def register(function: F) -> F:
        for target in targets:
            if not isinstance(target, str):
                _check_names(target, function, 0)
            DEFINITIONS[target] = function
        return function

    return register


def definition_of(target: Any) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """The definition of a library function and what it takes before the arguments, or None."""
    owner = getattr(target, "__self__", None)
    if isinstance(owner, np.ufunc):
        found = DEFINITIONS.get(target.__name__)
        return (found, (owner,)) if found is not None else None
    try:
        found = DEFINITIONS.get(target)
    except TypeError:
        return None
    return (found, ()) if found is not None else None


def nondifferentiable(
    *targets: Callable[..., Any], result: str = "fresh", data_dependent: bool = False
) -> None:
    """Declares functions whose results never depend differentiably on their arguments."""
    for target in targets:
        _add(Rule(target, "inactive", None, result=result, data_dependent=data_dependent))

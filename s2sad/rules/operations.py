"""Library functions as operations: how a call of NumPy, math or a builtin becomes a `Bind`."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.ir.data import Op
from s2sad.ir.ops import OPERATORS
from s2sad.rules.methods import ATTRIBUTES, METHODS
from s2sad.rules.names import page_name
from s2sad.rules.random import is_draw
from s2sad.rules.registry import NAMES, rules_of

# Functions of NumPy that take sequences of arrays, or make an array of one.
JOINING = frozenset({
    np.concatenate, np.stack, np.hstack, np.vstack, np.column_stack, np.dstack,
})  # fmt: skip
TAKE_SEQUENCES = JOINING | {
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.block,
    np.select, np.choose, np.piecewise, np.lexsort, np.linalg.multi_dot,
}  # fmt: skip


def takes_arrays(function: Any) -> bool:
    """Whether NumPy makes an array of a list before it computes this function of it."""
    if function in TAKE_SEQUENCES:
        return False
    module = getattr(function, "__module__", None) or ""
    return isinstance(function, np.ufunc) or module.split(".")[0] == "numpy"


@functools.cache
def operation(function: Callable[..., Any]) -> Op:
    """The operation of a library function (or of a user's function with a rule)."""
    name = NAMES.get(function) or page_name(function) or function.__name__
    rules = rules_of(function)
    result = rules[0].result if rules else _unknown_result(function)
    effect = "raises" if any(rule.raises for rule in rules) or not rules else "pure"
    if is_draw(function):
        effect = "outside"
    return Op(name, function, "call", function, result, effect)


def _unknown_result(function: Callable[..., Any]) -> str:
    """Ufuncs make arrays; any other function without a rule may give a view."""
    return "fresh" if isinstance(function, np.ufunc) else "either"


@functools.cache
def with_keywords(op: Op, names: tuple[str, ...]) -> Op:
    """The operation whose last arguments are passed by these names."""

    def function(*args: Any, **static: Any) -> Any:
        first, last = args[: -len(names)], args[-len(names) :]
        return op.function(*first, **dict(zip(names, last, strict=True)), **static)

    return replace(op, function=function, named=names)


@functools.cache
def method(name: str) -> Op | None:
    """The operation of an array's method, or None where there is none."""
    if name not in METHODS:
        return None
    entry = METHODS[name]
    return Op(f".{name}", _caller(name), "method", entry.rule, entry.result)


def _caller(name: str) -> Callable[..., Any]:
    return lambda value, *args, **keywords: getattr(value, name)(*args, **keywords)


@functools.cache
def attribute(name: str) -> Op | None:
    """The operation of an array's attribute, or None where there is none."""
    if name not in ATTRIBUTES:
        return None
    entry = ATTRIBUTES[name]
    return Op(f".{name}", operator.attrgetter(name), "attribute", entry.rule, entry.result)


_OPERATOR_FUNCTIONS = {op.function: op for op in OPERATORS.values()}


def operator_of(function: Callable[..., Any]) -> Op | None:
    """`operator.add` as the operator that it is."""
    return _OPERATOR_FUNCTIONS.get(function)


@functools.cache
def parameter_names(function: Any) -> tuple[str, ...] | None:
    """The positional parameters of a library function, or None where it doesn't tell."""
    if isinstance(function, np.ufunc):
        return ("x",) if function.nin == 1 else ("x1", "x2", "x3")[: function.nin]
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    allowed = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in parameters if p.kind in allowed)


def is_library(function: Any) -> bool:
    """Whether a callable is one whose inside we never look into."""
    module = getattr(function, "__module__", None) or ""
    if isinstance(function, np.ufunc) or page_name(function) is not None:
        return True
    return module.split(".")[0] in ("numpy", "math", "builtins", "operator", "scipy")

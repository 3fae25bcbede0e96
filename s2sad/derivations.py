"""Derivatives that are taken inside of a function: the functions that they become.

What `frontend` asks for here is made with the same forward and reverse mode as what is asked for
outside, and cleaned before it is differentiated again.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.analysis.infer import type_of
from s2sad.batch.whole import forward_jacobian, reverse_jacobian
from s2sad.forward import forward
from s2sad.ir.data import Const, Function, Param
from s2sad.ir.types import FLOAT, Num, Type
from s2sad.ir.walk import substitute
from s2sad.request import GRADIENTS, Derivation
from s2sad.reverse import reverse
from s2sad.reverse.differentiate import no_pairs
from s2sad.reverse.split import split
from s2sad.transform.passes import cleaned


def derive(task: Derivation) -> tuple[Function, ...]:
    """The function of a derivative; for a pullback the forward and the reverse sweep."""
    if task.mode in GRADIENTS:
        return (_clean(_gradient(task)),)
    if task.mode == "jvp":
        return (_clean(forward(task.function, task.wrt, no_pairs())),)
    if task.mode == "vjp":
        made = _clean(_reversed(task))
        return split(made, made.params[-1])
    return (_clean(_jacobian(task)),)


def _clean(function: Function) -> Function:
    *_, (_, result) = cleaned(function, ())
    return result


def seed_type(kind: Type) -> Type:
    """The seed of a scalar is a Python number; that of anything else is like the result."""
    number = isinstance(kind, Num) and kind.shape == () and not kind.may_be_array
    return FLOAT if number else kind


def _gradient(task: Derivation) -> Function:
    value = task.mode == "value_and_grad"
    made = reverse(task.function, task.wrt, value=value, parts=task.parts)
    return with_unit_seed(made)


def with_unit_seed(made: Function) -> Function:
    """An adjoint with 1.0 for its seed."""
    *params, seed = made.params
    body = substitute(made.body, {seed.var: Const(1.0, FLOAT)})
    return replace(made, body=body, params=tuple(params))


def _reversed(task: Derivation) -> Function:
    whole = task.function.body.terminator.values[0]
    value = whole if task.parts is None else task.parts[0]
    seed = seed_type(type_of(value))
    made = reverse(task.function, task.wrt, seed=seed, parts=task.parts)
    *params, last = made.params
    return replace(made, params=(*params, Param(last.var, "keyword")))


def _jacobian(task: Derivation) -> Function:
    whole = task.function.body.terminator.values[0]
    value = whole if task.parts is None else task.parts[0]
    aux = task.parts is not None
    if task.mode == "jacrev":
        made, _ = reverse_jacobian(_reversed(task), task.wrt, {}, value, aux)
        return made
    part = None if task.parts is None else value
    made = forward(task.function, task.wrt, no_pairs(), part)
    made, _ = forward_jacobian(made, task.wrt, {}, value, aux)
    return made

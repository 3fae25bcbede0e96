"""The value of `vjp`: a function from the cotangent of a result to those of the arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.dispatcher.checks import project_seed, template_of
from s2sad.dispatcher.entry import Specialisation

Project = Callable[[Any], tuple[Any, ...]]
Pullback = Callable[[Any], tuple[Any, ...]]


def make_pullback(
    forward: Any, spec: Specialisation, project: Project, has_aux: bool = False
) -> tuple[Any, Pullback]:
    """The value, and the pullback at the point where the forward sweep ran.

    forward: what the forward function of the page returned: the value, then what it saved (the
    bare value where nothing is saved). has_aux: only the first part of the value has a cotangent.
    The pullback consumes nothing: it can be called again.
    """
    out, reverse = reverse_sweep(forward, spec)
    template = template_of(out[0] if has_aux else out)

    def pullback(out_bar: Any) -> tuple[Any, ...]:
        """The cotangents of the arguments, as a tuple, for a cotangent of the value."""
        return project(reverse(project_seed(out_bar, template)))

    return out, pullback


def reverse_sweep(forward: Any, spec: Specialisation) -> tuple[Any, Callable[[Any], Any]]:
    """The value, and the reverse sweep as a function of the seed alone; its exceptions name the
    primal's line. forward: as in `make_pullback`."""
    reverse = spec.functions[1]
    code = reverse.__code__
    keyword = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    saved = code.co_argcount - (0 if keyword else 1)
    out, *kept = forward if saved else (forward,)

    def run(seed: Any) -> Any:
        try:
            return reverse(*kept, **{keyword[0]: seed}) if keyword else reverse(*kept, seed)
        except Exception as error:
            spec.explain(error)
            raise

    return out, run

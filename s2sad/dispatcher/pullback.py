"""The value of `vjp`: a function from the cotangent of a result to those of the arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.dispatcher.checks import project_seed, template_of
from s2sad.dispatcher.entry import Specialisation

Project = Callable[[Any], tuple[Any, ...]]
Pullback = Callable[[Any], tuple[Any, ...]]


def make_pullback(forward: Any, spec: Specialisation, project: Project) -> tuple[Any, Pullback]:
    """The value, and the pullback at the point where the forward sweep ran.

    forward: what the forward function of the page returned: the value, then what it saved (the
    bare value where nothing is saved). The pullback consumes nothing: it can be called again.
    """
    reverse = spec.functions[1]
    code = reverse.__code__
    keyword = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    saved = code.co_argcount - (0 if keyword else 1)
    out, *kept = forward if saved else (forward,)
    template = template_of(out)

    def pullback(out_bar: Any) -> tuple[Any, ...]:
        """The cotangents of the arguments, as a tuple, for a cotangent of the value."""
        seed = project_seed(out_bar, template)
        try:
            if keyword:
                return project(reverse(*kept, **{keyword[0]: seed}))
            return project(reverse(*kept, seed))
        except Exception as error:
            spec.explain(error)
            raise

    return out, pullback

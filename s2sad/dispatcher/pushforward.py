"""What `jvp` calls: a function from the tangents of arguments to the value and its tangent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.dispatcher.checks import TANGENT, project_seed, template_of
from s2sad.dispatcher.entry import Specialisation
from s2sad.request import added_name

Pushforward = Callable[..., tuple[Any, Any]]


def make_pushforward(
    values: dict[str, Any], spec: Specialisation, wrt: tuple[int, ...], has_aux: bool = False
) -> Pushforward:
    """The pushforward at these values of the page's parameters. Each call runs the page.
    has_aux: only the first part of the value has a tangent."""
    page = spec.functions[0]
    names = [spec.arguments[k].name for k in wrt]
    templates = {name: template_of(values[name]) for name in names}

    def pushforward(*dots: Any) -> tuple[Any, Any]:
        """The value, and its tangent for these tangents of the arguments."""
        tangents = {
            added_name(f"{name}_dot", values): project_seed(dot, templates[name], name, TANGENT)
            for name, dot in zip(names, dots, strict=True)
        }
        try:
            out, out_dot = page(**values, **tangents)
        except Exception as error:
            spec.explain(error)
            raise
        value = out[0] if has_aux else out
        return out, project_seed(out_dot, template_of(value), "out", TANGENT)

    return pushforward

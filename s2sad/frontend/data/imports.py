"""Imports inside of a function: modules are known when compiling, as those at the top are."""

from __future__ import annotations

import importlib
from typing import Any

import gast

from s2sad.frontend.data.assignment import bind
from s2sad.frontend.dispatch import lowers
from s2sad.frontend.state.context import Context, refuse
from s2sad.frontend.state.outside import outside
from s2sad.frontend.state.values import Abstract, Frame, Known
from s2sad.request import Access


@lowers(gast.Import)
def lower_import(ctx: Context, node: Any) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        module = _module(ctx, alias.name, node)
        first = alias.name.partition(".")[0]
        if alias.asname is None:
            module = importlib.import_module(first)
        bind(ctx, alias.asname or first, Known(module, Access(module, ())), node)


@lowers(gast.ImportFrom)
def lower_import_from(ctx: Context, node: Any) -> None:
    """`from a import b as c`."""
    name = "." * (node.level or 0) + (node.module or "")
    module = _module(ctx, name, node)
    for alias in node.names:
        if alias.name == "*":
            refuse(ctx, "S101", "`import *` inside of a function is no Python", node)
        bind(ctx, alias.asname or alias.name, _member(ctx, module, alias.name, node), node)


def _member(ctx: Context, module: Any, name: str, node: Any) -> Abstract:
    if not hasattr(module, name):
        found = _submodule(ctx, module, name, node)
        return Known(found, Access(found, ()))
    access = Access(module, ()).extended("attribute", name)
    return outside(ctx, access, getattr(module, name), node)


def _submodule(ctx: Context, module: Any, name: str, node: Any) -> Any:
    try:
        return importlib.import_module(f"{module.__name__}.{name}")
    except ImportError as error:
        _refuse(ctx, f"cannot import name `{name}`: {error}", ImportError, node)


def _module(ctx: Context, name: str, node: Any) -> Any:
    try:
        return importlib.import_module(name, _package(ctx.frame))
    except ImportError as error:
        _refuse(ctx, str(error), type(error), node)


def _refuse(ctx: Context, message: str, raises: type, node: Any) -> Any:
    refuse(ctx, "S405", message, node, note="Python would raise the same", raises=raises)


def _package(frame: Frame | None) -> str | None:
    """The package that a relative import starts from."""
    while frame is not None and frame.function is None:
        frame = frame.parent
    space = {} if frame is None else frame.function.__globals__
    found = space.get("__package__")
    return found if isinstance(found, str) else None

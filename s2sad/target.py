"""What the command line names: a function, and arguments that give its types.

A target is `file.py:function`, `package.module:function`, or either with `Class.method`.
Its arguments are, in this order: an expression evaluated in the target's module, a name in
that module, the module's `<function>_args` or `ARGS`, and samples made from annotations that
say kind and rank. Everything wrong here is a `UsageError` of one line.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import inspect
import sys
import typing
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from s2sad.annotations import is_specification, sample_of
from s2sad.frozen import frozen

T = TypeVar("T")


class UsageError(Exception):
    """What the user typed cannot be followed; the message is one line."""


@frozen
class Target:
    """A function found by name."""

    module: ModuleType
    qualified: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        return self.qualified.rpartition(".")[2]


@frozen
class Arguments:
    """Arguments for one call. origin: where they came from, in words."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    origin: str = ""


def find_target(text: str) -> Target:
    """The function that `file.py:function` or `package.module:function` names."""
    place, colon, qualified = text.rpartition(":")
    if not colon or not place or not qualified:
        raise UsageError(f"{text!r} is not of the form file.py:function or module:function")
    module = _load_file(Path(place)) if _is_path(place) else _load_module(place)
    return Target(module, qualified, _member(module, place, qualified))


def _is_path(place: str) -> bool:
    return place.endswith(".py") or "/" in place or "\\" in place


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}")
    resolved = path.resolve()
    spec = importlib.util.spec_from_file_location(resolved.stem, resolved)
    if spec is None or spec.loader is None:
        raise UsageError(f"{str(path)!r} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    _search_first(resolved.parent)
    shadowed = sys.modules.get(resolved.stem)
    sys.modules[resolved.stem] = module
    try:
        _running(str(path), functools.partial(spec.loader.exec_module, module))
    except UsageError:
        _restore_module(resolved.stem, shadowed)
        raise
    return module


def _restore_module(name: str, module: ModuleType | None) -> None:
    if module is None:
        del sys.modules[name]
    else:
        sys.modules[name] = module


def _load_module(name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(f"{name!r} is neither a file nor the name of a module")
    _search_first(Path.cwd())
    return _running(name, lambda: importlib.import_module(name))


def _search_first(folder: Path) -> None:
    """Modules beside the target are found, as when Python runs a script."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _running(name: str, action: Callable[[], T]) -> T:
    """Runs the user's module; what it raises becomes one line."""
    try:
        return action()
    except (Exception, SystemExit) as error:
        raise UsageError(f"{name} cannot be imported: {one_line(error)}") from error


def one_line(error: BaseException) -> str:
    """An exception as one line of text."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _member(module: ModuleType, place: str, qualified: str) -> Callable[..., Any]:
    value: Any = module
    for part in qualified.split("."):
        if not hasattr(value, part):
            raise UsageError(f"{place} has no function {qualified!r}{_suggestion(value, part)}")
        value = getattr(value, part)
    if not callable(value) or inspect.isclass(value):
        raise UsageError(f"{qualified!r} in {place} is not a function")
    return typing.cast(Callable[..., Any], value)


def _suggestion(owner: object, part: str) -> str:
    known = sorted(n for n, v in vars(owner).items() if callable(v) and not n.startswith("_"))
    close = [name for name in known if part.lower() in name.lower() or name.lower() in part.lower()]
    return f" (did you mean {close[0]!r}?)" if close else ""


def find_arguments(
    target: Target, expression: str | None = None, name: str | None = None
) -> Arguments:
    """The arguments that the user gave, or those that the module holds or annotates."""
    if expression is not None:
        return _evaluated(target, expression)
    if name is not None:
        return _named(target, name)
    for candidate in (f"{target.name}_args", "ARGS"):
        if hasattr(target.module, candidate):
            return _named(target, candidate)
    return _annotated(target)


def _evaluated(target: Target, expression: str) -> Arguments:
    """The expressions as one call would take them: keywords and stars are allowed."""
    text = f"collect({expression}\n)"
    try:
        tree = ast.parse(text, mode="eval")
        well_formed = isinstance(tree.body, ast.Call) and isinstance(tree.body.func, ast.Name)
    except (SyntaxError, ValueError):
        well_formed = False
    if not well_formed:
        raise UsageError(f"--args {expression!r} is not a list of Python expressions")
    scope = {"np": np, **vars(target.module), "collect": lambda *a, **k: Arguments(a, k, "--args")}
    try:
        found = eval(compile(tree, "<--args>", "eval"), scope)
    except Exception as error:
        message = f"--args {expression!r} cannot be evaluated: {one_line(error)}"
        raise UsageError(message) from error
    return typing.cast(Arguments, found)


def _named(target: Target, name: str) -> Arguments:
    if not hasattr(target.module, name):
        raise UsageError(f"{target.module.__name__} has no {name!r} to take arguments from")
    value = getattr(target.module, name)
    if callable(value):
        value = _running(f"{name}()", value)
    if not isinstance(value, (tuple, list)):
        raise UsageError(f"{name} must be a tuple of arguments, not {type(value).__name__}")
    return Arguments(tuple(value), {}, name)


def _annotated(target: Target) -> Arguments:
    generator = np.random.default_rng(0)
    parameters = inspect.signature(target.function).parameters.values()
    required = [p for p in parameters if p.default is p.empty]
    samples = {p.name: _sample(target, p, generator) for p in required}
    keyword = {p.name for p in required if p.kind is p.KEYWORD_ONLY}
    positional = tuple(value for name, value in samples.items() if name not in keyword)
    return Arguments(positional, {name: samples[name] for name in keyword}, "annotations")


def _sample(target: Target, parameter: inspect.Parameter, generator: np.random.Generator) -> Any:
    annotation = _resolved(target, parameter.annotation)
    value = sample_of(annotation, generator)
    if value is None or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise UsageError(
            f"the types of {target.qualified}'s argument {parameter.name!r} aren't known: give "
            f"--args 'EXPR, ...' or --args-from NAME, define {target.name}_args or ARGS in the "
            "module, or annotate kind and rank (`float`, `'f8[:, :]'`)"
        )
    return value


def _resolved(target: Target, annotation: Any) -> Any:
    """An annotation as an object; strings that aren't specifications are evaluated."""
    while isinstance(annotation, str) and not is_specification(annotation):
        try:
            annotation = eval(annotation, dict(vars(target.module)))
        except Exception:
            return None
    return annotation


def bind(target: Target, arguments: Arguments) -> tuple[Callable[..., Any], Arguments]:
    """The function to differentiate and its arguments. For `Class.method` the first argument
    is the object, and the function its bound method."""
    owner = target.qualified.rpartition(".")[0]
    function = target.function
    if owner and inspect.isfunction(function) and not _is_static(target, owner):
        if not arguments.args:
            raise UsageError(f"{target.qualified} is a method: the first argument is its object")
        instance, *others = arguments.args
        function = function.__get__(instance)
        arguments = Arguments(tuple(others), arguments.kwargs, arguments.origin)
    try:
        inspect.signature(function).bind(*arguments.args, **arguments.kwargs)
    except TypeError as error:
        message = f"{arguments.origin} doesn't fit {target.qualified}: {error}"
        raise UsageError(message) from error
    return function, arguments


def _is_static(target: Target, owner: str) -> bool:
    cls: Any = target.module
    for part in owner.split("."):
        cls = getattr(cls, part)
    return isinstance(inspect.getattr_static(cls, target.name), staticmethod)


def find_wrt(
    target: Target, function: Callable[..., Any], arguments: Arguments, text: str | None
) -> tuple[str, ...]:
    """The parameters to differentiate by, as names: what `--wrt` says, else the module's
    `<function>_wrt`, else `WRT` beside `ARGS`, else every argument that holds only floats."""
    chosen: Any = text.split(",") if text is not None else _declared_wrt(target, arguments)
    if chosen is None:
        return _continuous(target, function, arguments)
    several = chosen if isinstance(chosen, (tuple, list)) else (chosen,)
    return tuple(_parameter(target, function, str(choice).strip()) for choice in several)


def _declared_wrt(target: Target, arguments: Arguments) -> Any:
    default = getattr(target.module, "WRT", None) if arguments.origin == "ARGS" else None
    return getattr(target.module, f"{target.name}_wrt", default)


def _parameter(target: Target, function: Callable[..., Any], text: str) -> str:
    """A parameter by name or position; positions count as in the `def`, `self` included."""
    names = list(inspect.signature(function).parameters)
    if text in names:
        return text
    shift = 1 if inspect.ismethod(function) else 0
    if text.isdecimal() and 0 <= int(text) - shift < len(names):
        return names[int(text) - shift]
    raise UsageError(f"{target.qualified} has no parameter {text!r}: it has {', '.join(names)}")


def _continuous(
    target: Target, function: Callable[..., Any], arguments: Arguments
) -> tuple[str, ...]:
    bound = inspect.signature(function).bind(*arguments.args, **arguments.kwargs)
    names = tuple(name for name, value in bound.arguments.items() if _only_floats(value))
    if not names:
        raise UsageError(f"{target.qualified} has no argument of floats to differentiate by")
    return names


def _only_floats(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return bool(value) and all(_only_floats(item) for item in value)
    if isinstance(value, (np.ndarray, np.generic)):
        return np.issubdtype(value.dtype, np.inexact)
    return isinstance(value, (float, complex))

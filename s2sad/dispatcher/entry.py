"""Writes the function that is called in place of a gradient.

The entry has the parameters of the primal. It fills in defaults, tries the guard of each
specialisation in order, reads the globals and cells that the page takes, calls the page, and
converts gradients to the kinds of the arguments where the page can't. All of that is text,
generated once for each new specialisation, with no loop over arguments and no `inspect`.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from functools import partial
from types import FunctionType
from typing import Any

from s2sad.dispatcher.guards import Names, conjunction, guard, static_guard
from s2sad.dispatcher.inlining import Inlinable, inlinable, inline, parts_of
from s2sad.dispatcher.lengths import equality_guard
from s2sad.dispatcher.loading import load
from s2sad.dispatcher.overlap import check_written
from s2sad.dispatcher.projection import project, projection_of, tuple_text
from s2sad.errors import internal_error
from s2sad.frozen import frozen
from s2sad.ir import types as T
from s2sad.request import FORWARD, Access, Argument, Read, StaticRead

Steps = tuple[tuple[Any, ...], ...]
Parameters = tuple[inspect.Parameter, ...]
Factory = Callable[..., Callable[..., Any]]
STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
LOOKUP_ERRORS = (LookupError, AttributeError, NameError, ValueError, TypeError)


@frozen(eq=False)
class Specialisation:
    """A loaded page, and for what it holds."""

    text: str
    functions: tuple[Callable[..., Any], ...]
    arguments: tuple[Argument, ...]
    reads: tuple[Read, ...]
    statics: tuple[StaticRead, ...]
    written: tuple[tuple[object, ...], ...]
    explain: Callable[[BaseException], None] = field(repr=False)


@frozen
class Face:
    """What the entry looks like from outside.

    mode: as in `Request`. single: the gradient is bare, not a tuple. has_aux: as in `Options`.
    """

    name: str
    parameters: Parameters
    mode: str
    wrt: tuple[int, ...]
    single: bool
    pullback: Callable[..., Any]
    pushforward: Callable[..., Any]
    has_aux: bool = False


class Missing:
    """Stands for an argument that isn't given."""

    def __repr__(self) -> str:
        return "<default>"


MISSING = Missing()


def make_factory(
    face: Face, specialisations: tuple[Specialisation, ...], primal: FunctionType
) -> Factory:
    """A function `bind(primal, slow)` that gives the entry for one function object (any with
    the code of `primal`). `slow` is called with the values of all parameters where no
    specialisation serves. A single short page is inlined: its guard stands at its head."""
    if len(specialisations) == 1:
        page = inlinable(specialisations[0].text, specialisations[0].functions[0])
        if face.mode not in FORWARD and not face.has_aux and page is not None:
            return _inlined(face, specialisations[0], primal, page)
    names = Names(_prefix(p.name for p in face.parameters))
    body = [line for s in specialisations for line in _attempt(face, s, primal, names)]
    namespace = load(_bind(face, names, body), f"{face.name} entry", names.values)
    return namespace[f"{names.prefix}bind"]  # type: ignore[no-any-return]


def _bind(face: Face, names: Names, body: list[str]) -> str:
    """The text of `bind`, whose entry fills in defaults and then does `body`."""
    lines = [
        *"".join(names.functions).splitlines(),
        f"def {names.prefix}bind({names.prefix}primal, {names.prefix}slow):",
        f"    {names.prefix}globals = {names.prefix}primal.__globals__",
        f"    {names.prefix}closure = {names.prefix}primal.__closure__",
        f"    def {names.prefix}enter({_header(face.parameters, names)}):",
        *(f"        {line}" for line in _defaults(face.parameters, names)),
        *(f"        {line}" for line in body),
        f"        return {names.prefix}slow({tuple_text([p.name for p in face.parameters])})",
        f"    {names.prefix}enter.__qualname__ = {names.prefix}primal.__qualname__",
        f"    return {names.prefix}enter",
    ]
    return "\n".join(lines) + "\n"


def _inlined(face: Face, spec: Specialisation, primal: FunctionType, page: Inlinable) -> Factory:
    """The factory for one page that is part of the entry."""
    names = Names(_prefix([*page.names, *(p.name for p in face.parameters)]))
    defaults = spec.functions[0].__kwdefaults__ or {}
    parts, reads = _guards(spec, primal, names)
    begin = [f"{name} = {_literal(value, names)}" for name, value in defaults.items()]
    begin += [f"{r.name} = {local}" for r, local in zip(spec.reads, reads, strict=True)]
    begin += _overlaps(spec, reads, names)
    body = _hit(spec, parts, begin, [f"{names.prefix}page"], names)
    ending = partial(_inlined_ending, face, spec, page, names)
    return inline(_bind(face, names, body), page, names, ending)


def _literal(value: object, names: Names) -> str:
    return repr(value) if type(value) is float else names.of(value, "default")


def _inlined_ending(
    face: Face, spec: Specialisation, page: Inlinable, names: Names
) -> tuple[dict[str, ast.expr], str]:
    """What the page returns, by names, and the statement that returns it converted."""
    value, gradients = parts_of(page.result, len(face.wrt), face.mode)
    if gradients is None:
        result = f"{names.prefix}result"
        return {result: page.result}, "\n".join(_finish(face, spec, result, names))
    texts = [
        g.id if isinstance(g, ast.Name) else f"{names.prefix}bar{k}"
        for k, g in enumerate(gradients)
    ]
    bound = {t: g for t, g in zip(texts, gradients, strict=True) if not isinstance(g, ast.Name)}
    found = _gradients(face, spec, texts, names)
    if value is None:
        return bound, f"return {found}"
    if isinstance(value, ast.Name):
        return bound, f"return {value.id}, {found}"
    return {f"{names.prefix}out": value, **bound}, f"return {names.prefix}out, {found}"


def _prefix(others: Iterable[str]) -> str:
    """What all names of the entry begin with, and no other name does."""
    found, prefix = list(others), "_"
    while any(name.startswith(prefix) for name in found):
        prefix += "_"
    return prefix


def _header(parameters: Parameters, names: Names) -> str:
    """The parameters as in the `def`, with the place-holder for each default."""
    parts: list[str] = []
    missing = names.of(MISSING, "missing") if parameters else ""
    before = None
    for p in parameters:
        if before is p.POSITIONAL_ONLY and p.kind is not p.POSITIONAL_ONLY:
            parts.append("/")
        if p.kind is p.KEYWORD_ONLY and before not in (p.KEYWORD_ONLY, p.VAR_POSITIONAL):
            parts.append("*")
        star = STARS.get(p.kind, "")
        parts.append(f"{star}{p.name}" + (f"={missing}" if p.default is not p.empty else ""))
        before = p.kind
    if before is inspect.Parameter.POSITIONAL_ONLY:
        parts.append("/")
    return ", ".join(parts)


def _defaults(parameters: Parameters, names: Names) -> list[str]:
    """Defaults are read at each call."""
    lines = []
    for p in parameters:
        if p.default is not p.empty:
            lines.append(f"if {p.name} is {names.of(MISSING, 'missing')}:")
            lines.append(f"    {p.name} = {names.prefix}primal.{_default(p, parameters)}")
    return lines


def _default(parameter: inspect.Parameter, parameters: Parameters) -> str:
    """Where a default stands; positional ones are counted from the end, as Python does."""
    if parameter.kind is parameter.KEYWORD_ONLY:
        return f"__kwdefaults__[{parameter.name!r}]"
    kinds = (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    positional = [p.name for p in parameters if p.kind in kinds]
    return f"__defaults__[{positional.index(parameter.name) - len(positional)}]"


def _attempt(face: Face, spec: Specialisation, primal: FunctionType, names: Names) -> list[str]:
    """One specialisation: its guard, and what is done where the guard holds."""
    parts, reads = _guards(spec, primal, names)
    result = f"{names.prefix}result"
    action = [f"{result} = {_first_call(face, spec, reads, names)}"]
    lines = _hit(spec, parts, _overlaps(spec, reads, names), action, names)
    return [*lines, *(f"    {line}" for line in _finish(face, spec, result, names))]


def _guards(
    spec: Specialisation, primal: FunctionType, names: Names
) -> tuple[list[str], list[str]]:
    """What must hold for a specialisation to serve, and the names of the values that it reads."""
    parts = [part for a in spec.arguments for part in guard(a.type, a.name, names)]
    parts += equality_guard(spec.arguments)
    for static in spec.statics:
        parts += static_guard(static.value, access_text(static.access, primal, names), names)
    locals_ = []
    for read in spec.reads:
        local = names.fresh("read")
        locals_.append(local)
        text = access_text(read.access, primal, names)
        parts += _read_guard(read, f"({local} := {text})", local, names)
    return parts, locals_


def _hit(
    spec: Specialisation, parts: list[str], begin: list[str], action: list[str], names: Names
) -> list[str]:
    """Begins and acts where the guard holds; exceptions of the action are explained."""
    hit, error = f"{names.prefix}hit", f"{names.prefix}error"
    return [
        "try:",
        f"    {hit} = {conjunction(parts)}",
        f"except {names.of(LOOKUP_ERRORS, 'lookup')}:",
        f"    {hit} = False",
        f"if {hit}:",
        *(f"    {line}" for line in begin),
        "    try:",
        *(f"        {line}" for line in action),
        f"    except {names.builtin('Exception')} as {error}:",
        f"        {names.of(spec.explain, 'explain')}({error})",
        "        raise",
    ]


def _read_guard(read: Read, bound: str, local: str, names: Names) -> list[str]:
    return [f"{bound} is not {names.of(MISSING, 'missing')}", *guard(read.type, local, names)]


def _first_call(face: Face, spec: Specialisation, reads: list[str], names: Names) -> str:
    """What the entry does at once. A tangent is asked for later: its page is only given the
    arguments, and waits for their tangents."""
    if face.mode not in FORWARD:
        return _call(spec, reads, names)
    items = [f"{a.name!r}: {a.name}" for a in spec.arguments]
    items += [f"{r.name!r}: {local}" for r, local in zip(spec.reads, reads, strict=True)]
    make, wrt = names.of(face.pushforward, "pushforward"), names.of(face.wrt, "wrt")
    return f"{make}({{{', '.join(items)}}}, {names.of(spec, 'spec')}, {wrt})"


def _call(spec: Specialisation, reads: list[str], names: Names) -> str:
    """The call of the page: its parameters are the primal's, then the values read."""
    function = spec.functions[0]
    count = function.__code__.co_argcount
    positional = [a.name for a in spec.arguments[:count]]
    keywords = [f"{a.name}={a.name}" for a in spec.arguments[count:]]
    keywords += [f"{r.name}={local}" for r, local in zip(spec.reads, reads, strict=True)]
    return f"{names.of(function, 'page')}({', '.join(positional + keywords)})"


def _overlaps(spec: Specialisation, reads: list[str], names: Names) -> list[str]:
    if not spec.written:
        return []
    check = names.of(check_written, "check_written")
    items = [f"{a.name!r}: {a.name}" for a in spec.arguments if T.may_share(a.type)]
    pairs = zip(spec.reads, reads, strict=True)
    items += [f"{str(r.access)!r}: {local}" for r, local in pairs if T.may_share(r.type)]
    if len(items) == 1 and isinstance(_written_argument(spec).type, T.Num):
        flags = f"{_written_argument(spec).name}.flags.writeable"
        return [f"if not {flags}:", f"    {check}({{{items[0]}}}, {spec.written!r})"]
    return [f"{check}({{{', '.join(items)}}}, {spec.written!r})"]


def _written_argument(spec: Specialisation) -> Argument:
    return next(a for a in spec.arguments if a.name == spec.written[0][0])


def _finish(face: Face, spec: Specialisation, result: str, names: Names) -> list[str]:
    """The statements that return what the caller gets."""
    if face.mode in ("primal", *FORWARD):
        return [f"return {result}"]
    if face.mode == "jacrev":
        make, given = (
            names.of(face.pullback, "pullback"),
            [spec.arguments[k].name for k in face.wrt],
        )
        return [f"return {make}({result}, {names.of(spec, 'spec')}, {tuple_text(given)})"]
    if face.mode == "vjp":
        kinds = [spec.arguments[k].type for k in face.wrt]
        make, projection = names.of(face.pullback, "pullback"), projection_of(kinds)
        used = f"{names.of(spec, 'spec')}, {names.of(projection, 'projection')}"
        return [f"return {make}({result}, {used})"]
    bars = [f"{names.prefix}bar{k}" for k in range(len(face.wrt))]
    found = _gradients(face, spec, bars, names)
    if found == tuple_text(bars):
        return [f"return {result}"]
    if face.mode == "grad" and face.has_aux:
        aux = f"{names.prefix}aux"
        return [f"{tuple_text(bars)}, {aux} = {result}", f"return {found}, {aux}"]
    if face.mode == "value_and_grad":
        out = f"{names.prefix}out"
        return [f"{out}, {tuple_text(bars)} = {result}", f"return {out}, {found}"]
    return [f"{tuple_text(bars)} = {result}", f"return {found}"]


def _gradients(face: Face, spec: Specialisation, bars: list[str], names: Names) -> str:
    """The gradients in the kinds of the arguments."""
    kinds = [spec.arguments[k].type for k in face.wrt]
    texts = [project(kind, bar, names) for kind, bar in zip(kinds, bars, strict=True)]
    return texts[0] if face.single else tuple_text(texts)


def current() -> None:
    """The root of accesses that begin at the function that is called, whichever that is."""


def relative(access: Access, primal: FunctionType, arguments: tuple[Argument, ...]) -> Access:
    """An access that begins at the primal or at a parameter, and holds neither of them: other
    function objects with the same code are met later, and the old ones may go away."""
    for steps, value in _functions_in(arguments):
        if value is access.root and value is not primal:
            return Access(current, (*steps, *access.steps))
    if getattr(access.root, "__code__", None) is primal.__code__:
        return Access(current, access.steps)
    return Access(current, (("object", access.root), *access.steps))


def _functions_in(arguments: tuple[Argument, ...]) -> Iterator[tuple[Steps, Any]]:
    """Where arguments are, or hold, functions: these are known by their code only."""
    for argument in arguments:
        yield from _functions_below((("parameter", argument.name),), argument.type)


def _functions_below(steps: Steps, kind: T.Type) -> Iterator[tuple[Steps, Any]]:
    if isinstance(kind, T.Static):
        yield steps, kind.value
    elif isinstance(kind, T.Tup):
        for k, item in enumerate(kind.items):
            yield from _functions_below((*steps, ("item", k)), item)
    elif isinstance(kind, (T.Dct, T.Obj)):
        step = "item" if isinstance(kind, T.Dct) else "attribute"
        for key, item in kind.items:
            yield from _functions_below((*steps, (step, key)), item)


def look_up_global(function: FunctionType, name: str) -> Any:
    """A global as the function sees it: builtins last."""
    space = function.__globals__
    if name in space:
        return space[name]
    known = space.get("__builtins__", builtins)
    found = known if isinstance(known, dict) else vars(known)
    if name in found:
        return found[name]
    raise NameError(f"name {name!r} is not defined")


def look_up_cell(function: FunctionType, name: str) -> Any:
    """A variable of an enclosing function."""
    position = function.__code__.co_freevars.index(name)
    cells = function.__closure__ or ()
    return cells[position].cell_contents


def look_up_default(function: FunctionType, name: str) -> Any:
    """The default of a parameter, as it is now."""
    keywords = function.__kwdefaults__ or {}
    if name in keywords:
        return keywords[name]
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return (function.__defaults__ or ())[names.index(name) - len(names)]


STEPS: dict[str, Callable[..., Any]] = {
    "global": look_up_global,
    "cell": look_up_cell,
    "default": look_up_default,
    "self": lambda value: value.__self__,
    "function": lambda value: value.__func__,
}


def access_text(access: Access, primal: FunctionType, names: Names) -> str:
    """An expression for what a (relative) access reaches, evaluated inside the entry."""
    if not access.steps:
        return f"{names.prefix}primal"
    first, *rest = access.steps
    text = _first_text(first, primal, names)
    for step in rest:
        text = _step_text(text, step, names)
    return text


def _first_text(step: tuple[Any, ...], primal: FunctionType, names: Names) -> str:
    """Globals and cells of the primal itself are read with one subscript."""
    kind, *rest = step
    if kind == "parameter":
        return str(rest[0])
    if kind == "object":
        return names.of(rest[0], "object")
    if kind == "cell":
        position = primal.__code__.co_freevars.index(rest[0])
        return f"{names.prefix}closure[{position}].cell_contents"
    if kind == "global" and rest[0] in primal.__globals__:
        return f"{names.prefix}globals[{rest[0]!r}]"
    return _step_text(f"{names.prefix}primal", step, names)


def _step_text(text: str, step: tuple[Any, ...], names: Names) -> str:
    kind, *rest = step
    if kind == "attribute":
        return f"{text}.{rest[0]}"
    if kind == "item":
        return f"{text}[{names.of(rest[0], 'key')}]"
    if kind not in STEPS:
        raise internal_error(f"no way to follow {step} at run time")
    return f"{names.of(STEPS[kind], 'look_up')}({', '.join([text, *map(repr, rest)])})"

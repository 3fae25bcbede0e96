"""From a call to a page: types, compiling, and the specialisations of a function.

Everything that is kept hangs on the primal's code object, weakly, so that a lambda that is
made again in each step of a loop is compiled once. A `Site` is what one code object, mode,
wrt and options have in common; `bind_site` gives the entry for one function object.

Guarantees: one lock for each site while compiling; the entry of a function object is replaced
as a whole, so that threads see the old or the new one; at most 64 specialisations a site, the
oldest going first, and lengths are no longer looked at from the ninth on.
"""

from __future__ import annotations

import inspect
import os
import threading
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from types import FunctionType
from typing import Any

from s2sad.analysis.assumptions import NeedEqual
from s2sad.analysis.signature import Naming, type_of
from s2sad.codemap import CodeMap
from s2sad.dispatcher.checks import check_result, check_wrt, sizes_of
from s2sad.dispatcher.collector import patient_collector
from s2sad.dispatcher.entry import Face, Factory, Specialisation, make_factory, relative
from s2sad.dispatcher.jacobian import make_forward_jacobian, make_reverse_jacobian
from s2sad.dispatcher.lengths import equal_lengths
from s2sad.dispatcher.loading import load
from s2sad.dispatcher.notes import explainer
from s2sad.dispatcher.pullback import make_pullback
from s2sad.dispatcher.pushforward import make_pushforward
from s2sad.errors import SpecialisationWarning, internal_error, type_error
from s2sad.ir.types import Bottom, Type
from s2sad.request import (
    GRADIENTS,
    JACOBIANS,
    Argument,
    Compiled,
    Inner,
    NeedStatic,
    Options,
    Request,
)

WIDEN_AFTER = 8
MOST = 64
Key = tuple[str, tuple[int, ...], bool, Options, tuple[Inner, ...]]
Entry = Callable[..., Any]


@dataclass(eq=False)
class Site:
    """The specialisations for one code object and one way of differentiating it."""

    face: Face
    options: Options
    inner: tuple[Inner, ...]
    specialisations: tuple[Specialisation, ...] = ()
    factory: Factory | None = None
    statics: frozenset[str] = frozenset()
    made: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    __weakref__: Any = field(init=False, repr=False, compare=False)


_sites: CodeMap[dict[Key, Site]] = CodeMap()
_all_sites: weakref.WeakSet[Site] = weakref.WeakSet()
_making = threading.Lock()


def _renew_locks() -> None:
    """A lock that another thread held when the process was forked is never released."""
    global _making
    _making = threading.Lock()
    for site in list(_all_sites):
        site.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)


_parameters: CodeMap[dict[tuple[Any, ...], tuple[inspect.Parameter, ...]]] = CodeMap()


def parameters_of(function: FunctionType) -> tuple[inspect.Parameter, ...]:
    """The parameters of a `def`; of their defaults it is only said that there are any."""
    keywords = tuple(function.__kwdefaults__ or ())
    key = (len(function.__defaults__ or ()), keywords, "__signature__" in function.__dict__)
    known = _parameters.get_or_make(function.__code__, dict)
    if key not in known:
        found = inspect.signature(function, follow_wrapped=False).parameters.values()
        known[key] = tuple(_bare(p) for p in found)
    return known[key]


def _bare(parameter: inspect.Parameter) -> inspect.Parameter:
    empty = parameter.empty
    default = empty if parameter.default is empty else None
    return parameter.replace(default=default, annotation=empty)


def site_of(
    function: FunctionType,
    mode: str,
    wrt: tuple[int, ...],
    single: bool,
    options: Options,
    inner: tuple[Inner, ...],
) -> Site:
    """The site of a function's code, made on first use."""
    key = (mode, wrt, single, options, inner)
    sites = _sites.get_or_make(function.__code__, dict)
    with _making:
        if key not in sites:
            parameters = parameters_of(function)
            face = _face(function.__name__, parameters, mode, wrt, single, options)
            sites[key] = Site(face, options, inner)
            _all_sites.add(sites[key])
        return sites[key]


def _face(
    name: str,
    parameters: tuple[inspect.Parameter, ...],
    mode: str,
    wrt: tuple[int, ...],
    single: bool,
    options: Options,
) -> Face:
    """What the entry looks like, with what it calls in this mode."""
    pushforward: Callable[..., Any] = make_pushforward
    pullback: Callable[..., Any] = make_pullback
    if mode in JACOBIANS:
        given: dict[str, Any] = {"single": single, "options": options}
        pushforward = partial(make_forward_jacobian, **given)
        pullback = partial(make_reverse_jacobian, **given)
    elif options.has_aux:
        pushforward = partial(make_pushforward, has_aux=True)
        pullback = partial(make_pullback, has_aux=True)
    return Face(name, parameters, mode, wrt, single, pullback, pushforward, options.has_aux)


def compile_request(request: Request) -> Compiled:
    """The compiler."""
    # The compiler is loaded when something is compiled: importing s2sad stays fast.
    from s2sad.pipeline import compile as compile_page

    with patient_collector():
        return compile_page(request)


class Binding:
    """The entry of one function object, kept up to date with its site: `publish` is called with
    the entry, at first and whenever there is a new one."""

    def __init__(
        self, site: Site, function: FunctionType, publish: Callable[[Entry], None]
    ) -> None:
        self.site = site
        self.function = function
        self.publish = publish
        self.factory = _factory_of(site, function)
        publish(self.factory(function, self._slow))

    def _slow(self, values: tuple[Any, ...]) -> Any:
        """No guard holds: either the entry is old, or a specialisation is missing."""
        args, kwargs = as_call(self.site.face.parameters, values)
        with self.site.lock:
            missing = self.factory is self.site.factory
            if missing:
                _add(self.site, self.function, values)
            factory = self.factory = _factory_of(self.site, self.function)
            enter = factory(self.function, self._slow)
            self.publish(enter)
        if missing:
            enter = factory(self.function, _surprise)
        return enter(*args, **kwargs)


def _surprise(values: tuple[Any, ...]) -> Any:
    raise internal_error("a specialisation doesn't serve the arguments that it was made for")


def _factory_of(site: Site, function: FunctionType) -> Factory:
    with site.lock:
        if site.factory is None:
            site.factory = make_factory(site.face, site.specialisations, function)
        return site.factory


def as_call(
    parameters: tuple[inspect.Parameter, ...], values: tuple[Any, ...]
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call that binds the parameters to these values."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for p, value in zip(parameters, values, strict=True):
        if p.kind is p.VAR_POSITIONAL:
            args.extend(value)
        elif p.kind is p.VAR_KEYWORD:
            kwargs.update(value)
        elif p.kind is p.KEYWORD_ONLY:
            kwargs[p.name] = value
        else:
            args.append(value)
    return args, kwargs


def _add(site: Site, function: FunctionType, values: tuple[Any, ...]) -> None:
    """Compiles for these values, and puts the result behind the specialisations that are there."""
    wide = site.made >= WIDEN_AFTER
    if site.made == WIDEN_AFTER:
        _warn(site)
    compiled, arguments = compile_for(site, function, values, wide)
    new = _load(compiled, arguments, function)
    site.specialisations = (*site.specialisations, new)[-MOST:]
    site.made += 1
    site.factory = None


def _warn(site: Site) -> None:
    message = (
        f"{site.face.name} has been compiled for {WIDEN_AFTER} different types of arguments; from "
        "now on lengths of 0 and 1 are not told apart from others"
    )
    warnings.warn(message, SpecialisationWarning, stacklevel=5)


def compile_for(
    site: Site, function: FunctionType, values: tuple[Any, ...], wide: bool = False
) -> tuple[Compiled, tuple[Argument, ...]]:
    """The page for these values of the parameters."""
    face = site.face
    assumed: dict[str, str] = {}
    while True:
        naming = Naming(site.statics, wide, equal=assumed)
        request = _request(site, function, values, naming, wide)
        arguments = request.arguments
        if face.mode != "primal":
            check_wrt(arguments, face.wrt, site.options.holomorphic)
        try:
            compiled = compile_request(request)
        except NeedStatic as need:
            _make_static(site, need.name)
            continue
        except NeedEqual as need:
            assumed |= need.names
            continue
        _check_result(site, compiled, values)
        return compiled, arguments


def _check_result(site: Site, compiled: Compiled, values: tuple[Any, ...]) -> None:
    """Gradients, also those that are differentiated again, are of one number."""
    face, options = site.face, site.options
    names = [p.name for p in face.parameters]
    sizes = sizes_of(dict(zip(names, values, strict=True)))
    if any(step.mode in GRADIENTS for step in site.inner) or face.mode in GRADIENTS:
        check_result(compiled.result, face.name, sizes, options.holomorphic)


def result_type(
    site: Site, function: FunctionType, values: tuple[Any, ...]
) -> tuple[Type, dict[str, int]]:
    """The type of what a function returns for these values, and what its lengths stand for."""
    from s2sad.pipeline import result_of

    names = [p.name for p in site.face.parameters]
    sizes = sizes_of(dict(zip(names, values, strict=True)))
    request = _request(site, function, values, Naming(site.statics, False))
    try:
        return result_of(request), sizes
    except (NeedStatic, NeedEqual):
        return Bottom(), sizes


def _request(
    site: Site,
    function: FunctionType,
    values: tuple[Any, ...],
    naming: Naming,
    wide: bool = False,
) -> Request:
    face = site.face
    arguments = _arguments(face.parameters, values, naming)
    equal = () if wide else equal_lengths(arguments, values)
    return Request(function, arguments, face.mode, face.wrt, site.options, site.inner, equal)


def _make_static(site: Site, name: str) -> None:
    if name in site.statics:
        raise type_error(
            "S406",
            f"{name} must be an integer, since its value decides what is compiled",
            help=f"pass a Python int for {name}",
        )
    site.statics |= {name}


def _arguments(
    parameters: tuple[inspect.Parameter, ...], values: tuple[Any, ...], naming: Naming
) -> tuple[Argument, ...]:
    return tuple(
        Argument(p.name, p.kind.name, type_of(p.name, value, naming))
        for p, value in zip(parameters, values, strict=True)
    )


def _load(
    compiled: Compiled, arguments: tuple[Argument, ...], function: FunctionType
) -> Specialisation:
    namespace = load(compiled.text, compiled.names[0], dict(compiled.objects))
    functions = tuple(namespace[name] for name in compiled.names)
    file = functions[0].__code__.co_filename
    return Specialisation(
        compiled.text,
        functions,
        arguments,
        tuple(replace(r, access=relative(r.access, function, arguments)) for r in compiled.reads),
        tuple(replace(s, access=relative(s.access, function, arguments)) for s in compiled.statics),
        compiled.written,
        explainer(file, compiled.origins),
    )

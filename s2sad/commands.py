"""What the commands of the command line do, each from parsed options to printed text.

A command returns whether all is well: False means that a check found a difference. Everything
else that goes wrong is raised: `UsageError` for what the user typed, `CompileError` for what
cannot be differentiated.
"""

from __future__ import annotations

import argparse
import copy
import difflib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from s2sad import pipeline
from s2sad.analysis.assumptions import NeedEqual
from s2sad.analysis.signature import Naming, parameter_kind, type_of
from s2sad.dispatcher.lengths import equal_lengths
from s2sad.errors import escaped
from s2sad.explain import CODES
from s2sad.explain import explain as explanation
from s2sad.frozen import frozen
from s2sad.ir import printer
from s2sad.ir.data import Program
from s2sad.oracles import verdicts
from s2sad.origins import Origin
from s2sad.request import Argument, Compiled, NeedStatic, Request
from s2sad.rules.registry import DEFINITIONS, NAMES, RULES, Rule
from s2sad.runtime.helpers import HELPERS
from s2sad.target import (
    Arguments,
    UsageError,
    bind,
    find_arguments,
    find_target,
    find_wrt,
    one_line,
)
from s2sad.terminal import highlighted, side_by_side, wants_colour

Command = Callable[[argparse.Namespace], bool]

WIDTH = 80
REVERSE = "    # -- reverse sweep"
IMPORTS = {
    "math": "import math",
    "np": "import numpy as np",
    "scipy": "import scipy.linalg\nimport scipy.special",
}


@frozen
class Subject:
    """A function with arguments, and the parameters to differentiate by.

    function: the plain function; the object of a method is its first argument.
    """

    function: FunctionType
    arguments: Arguments
    wrt: tuple[str, ...]


def show(options: argparse.Namespace) -> bool:
    """Prints the page of `value_and_grad`, or one of the stages before it."""
    _refuse_contradictions(options)
    subject = _subject(options)
    _write(options, _shown(options, subject))
    return not options.check or _report(subject)


def check(options: argparse.Namespace) -> bool:
    """Compares a gradient with two oracles."""
    return _report(_subject(options))


def _refuse_contradictions(options: argparse.Namespace) -> None:
    textual = options.stage != "source" or options.after is not None
    if textual and (options.side_by_side or options.forward_only):
        raise UsageError("--forward-only and --side-by-side are for --stage source only")
    if options.after is not None and options.stage != "source":
        raise UsageError("--stage and --after can't be given together")


def _subject(options: argparse.Namespace) -> Subject:
    target = find_target(options.target)
    found = find_arguments(target, options.args, options.args_from)
    function, arguments = bind(target, found)
    wrt = find_wrt(target, function, arguments, options.wrt)
    if isinstance(function, MethodType):
        held = (function.__self__, *arguments.args)
        arguments = Arguments(held, arguments.kwargs, arguments.origin)
        function = function.__func__
    if not isinstance(function, FunctionType):
        raise UsageError(f"{target.qualified} is not a function written in Python")
    return Subject(function, arguments, wrt)


def _request(subject: Subject, naming: Naming) -> Request:
    """What the dispatcher would ask of the compiler for these arguments."""
    signature = inspect.signature(subject.function, follow_wrapped=False)
    bound = signature.bind(*subject.arguments.args, **subject.arguments.kwargs)
    bound.apply_defaults()
    arguments = tuple(
        Argument(name, parameter_kind(parameter), type_of(name, bound.arguments[name], naming))
        for name, parameter in signature.parameters.items()
    )
    names = list(signature.parameters)
    wrt = tuple(names.index(name) for name in subject.wrt)
    equal = equal_lengths(arguments, tuple(bound.arguments[name] for name in names))
    return Request(subject.function, arguments, "value_and_grad", wrt, equal=equal)


def _with_statics(subject: Subject, ask: Callable[[Request], Any]) -> Any:
    """Asks the compiler, and again where it needs the value of an integer argument, or lengths
    that are equal under one name."""
    naming = Naming()
    while True:
        try:
            return ask(_request(subject, naming))
        except NeedStatic as need:
            if need.name in naming.statics:
                raise
            naming = replace(naming, statics=naming.statics | {need.name})
        except NeedEqual as need:
            naming = replace(naming, equal={**naming.equal, **need.names})


def _shown(options: argparse.Namespace, subject: Subject) -> str:
    stage = options.after or options.stage
    if stage != "source":
        return _staged(stage, subject)
    compiled: Compiled = _with_statics(subject, pipeline.compile)
    lines, origins = compiled.text.splitlines(), compiled.origins
    if options.forward_only and REVERSE in lines:
        lines = lines[: lines.index(REVERSE)]
    if options.side_by_side:
        return side_by_side(list(_primal_lines(origins, len(lines))), lines)
    return "\n".join([*_header(compiled.text), *lines]).rstrip("\n") + "\n"


def _header(text: str) -> list[str]:
    """The imports that make the page a file of its own."""
    names = {
        name
        for function in _functions(compile(text, "<page>", "exec"))
        for name in function.co_names
    }
    lines = [IMPORTS[name] for name in IMPORTS if name in names]
    helpers = [name for name in HELPERS if name in names]
    if helpers:
        lines += [""] * bool(lines) + [f"from s2sad.runtime.helpers import {', '.join(helpers)}"]
    return [*lines, "", ""] if lines else []


def _functions(code: Any) -> Iterator[Any]:
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            yield from _functions(constant)


def _primal_lines(origins: tuple[Origin | None, ...], height: int) -> Iterator[str]:
    """For each line of the page, the statement of the primal that it belongs to, at its
    first line only."""
    before = None
    for origin in (*origins, *[None] * height)[:height]:
        here = (origin.source.file, origin.statement.line, origin.sweep) if origin else None
        yield _quoted(origin) if origin is not None and here != before else ""
        before = here if origin is not None else before


def _quoted(origin: Origin) -> str:
    line = origin.statement.line
    number = line - origin.source.first_line + 1
    return f"L{number:<3} {origin.source.text.splitlines()[line - 1].rstrip()}"


def _staged(name: str, subject: Subject) -> str:
    stages: dict[str, Program] = _with_statics(subject, lambda r: dict(pipeline.stages(r)))
    if name not in stages:
        raise UsageError(f"there is no pass {name!r}; there are: {', '.join(stages)}")
    return _renumbered(printer.text(stages[name])).rstrip("\n") + "\n"


def _renumbered(text: str) -> str:
    """The unknown lengths `?k` counted from 1 in the order in which they appear, so that the
    text doesn't depend on what was compiled before."""
    numbers: dict[str, str] = {}
    return re.sub(r"\?\d+", lambda m: numbers.setdefault(m[0], f"?{len(numbers) + 1}"), text)


def _write(options: argparse.Namespace, text: str) -> None:
    if options.output is None:
        _show_text(text)
        return
    try:
        options.output.write_text(text, encoding="utf8")
    except OSError as error:
        raise UsageError(f"cannot write {str(options.output)!r}: {error.strerror}") from error


def _show_text(text: str) -> None:
    if not sys.stdout.isatty():
        sys.stdout.write(text)
    elif wants_colour(sys.stdout):
        sys.stdout.write(highlighted(text))
    else:
        sys.stdout.write(escaped(text))


def rules(options: argparse.Namespace) -> bool:
    """Lists the functions that have a rule, or shows the rules of one."""
    known = {name_of(target): found for target, found in RULES.items()}
    stated = {_name_of_defined(target): found for target, found in DEFINITIONS.items()}
    if options.name is None:
        rows = [_row(name, found) for name, found in known.items()]
        rows += [(name, "statements", "", "") for name in stated]
        _show_table(sorted(rows))
        return True
    if options.name in stated:
        heading = f"# {options.name}: written out as these statements\n"
        _show_text(heading + inspect.getsource(stated[options.name]))
        return True
    if options.name not in known:
        close = difflib.get_close_matches(options.name, [*known, *stated], 1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise UsageError(f"there is no rule for {options.name!r}{hint}")
    _show_text("\n".join(_described(options.name, rule) for rule in known[options.name]))
    return True


def name_of(target: Any) -> str:
    """The name by which a program calls a library function: `np.linalg.solve`, `math.sin`."""
    if target in NAMES:
        return NAMES[target]
    name = getattr(target, "__qualname__", None) or target.__name__
    module = "numpy" if isinstance(target, np.ufunc) else getattr(target, "__module__", None) or ""
    module = "s2sad" if module.startswith("s2sad.") else module
    if module in ("builtins", ""):
        return str(name)
    return f"{re.sub(r'^numpy', 'np', module)}.{name}"


def _name_of_defined(target: Any) -> str:
    """Functions by their names; methods that all ufuncs have as `np.ufunc.at`."""
    return f"np.ufunc.{target}" if isinstance(target, str) else name_of(target)


def _row(name: str, found: list[Rule]) -> tuple[str, ...]:
    kinds = list(dict.fromkeys(rule.kind for rule in found))
    results = list(dict.fromkeys(rule.result for rule in found))
    sources = list(dict.fromkeys(rule.source for rule in found if rule.source))
    return name, ", ".join(kinds), ", ".join(results), "; ".join(sources)


def _show_table(rows: list[tuple[str, ...]]) -> None:
    titled = [("function", "rule", "result", "source"), *rows]
    widths = [max(len(row[k]) for row in titled) for k in range(3)]
    lines = [
        "  ".join([*(c.ljust(w) for c, w in zip(r, widths, strict=False)), r[3]]) for r in titled
    ]
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))


def _described(name: str, rule: Rule) -> str:
    facts = [f"{rule.kind}, result {rule.result}"]
    facts += [f"for arguments of ranks {rule.ranks}"] if rule.ranks is not None else []
    facts += ["a partial can be infinite or undefined"] if rule.singular else []
    facts += [f"source: {rule.source}"] if rule.source else []
    heading = f"# {name}: {'; '.join(facts)}\n"
    return heading + (inspect.getsource(rule.function) if rule.function is not None else "")


def explain(options: argparse.Namespace) -> bool:
    """Prints what the code of an error means and what to do."""
    if options.code.upper() not in CODES:
        raise UsageError(f"there is no error {options.code!r}; there are: {', '.join(CODES)}")
    paragraphs = explanation(options.code).split("\n\n")
    _show_text("\n\n".join(_wrapped(p) for p in paragraphs) + "\n")
    return True


def _wrapped(paragraph: str) -> str:
    """Prose in lines of a terminal; code as it stands."""
    return paragraph.rstrip() if paragraph.startswith(" ") else textwrap.fill(paragraph, WIDTH)


def _report(subject: Subject) -> bool:
    """Prints what the oracles say of the gradient; whether all of them agree."""
    args, kwargs = subject.arguments.args, subject.arguments.kwargs
    try:
        subject.function(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    except Exception as error:
        raise UsageError(f"{subject.function.__name__} raises {one_line(error)}") from error
    found = verdicts(subject.function, args, kwargs, subject.wrt)
    print(f"\nchecked by {', '.join(subject.wrt)}, arguments from {subject.arguments.origin}")
    for verdict in found:
        word = "agrees" if verdict.agrees else "differs"
        print(f"  {verdict.oracle:<20} {verdict.found:<14} {word}")
    return all(verdict.agrees for verdict in found)

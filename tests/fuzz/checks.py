"""What must hold of a program's gradient: a verdict, never an exception.

`verdict(function, seed)` runs every check (or those given). `ok`; `refused S301`; `raises
ValueError` (the program raises, and so does its gradient); `skipped` (the value or the slope is
not finite or huge, or the oracle can't tell); anything else begins with FAILED and says what.
"""

from __future__ import annotations

import signal
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import s2sad
from s2sad.analysis.signature import type_of
from s2sad.errors import InternalError, UnsupportedError
from s2sad.ir.data import Program
from s2sad.ir.interpret import run
from s2sad.ir.verify import verify
from s2sad.pipeline import compile, stages
from s2sad.request import Access, Argument, Compiled, Options, Request
from s2sad.transform.passes import pass_names
from tests.oracles import complexstep, differences, dual, trees

Fuzzed = Callable[..., Any]
Check = Callable[[Fuzzed, tuple[Any, ...], Any, Any], None]
Checks = tuple[Check, ...]
LIMIT = 1e6
TOLERANCE = 1e-9
WRT = (0, 1, 2)
SECONDS = 20.0


class Failed(Exception):
    """An identity that doesn't hold."""


class Skipped(Exception):
    """Nothing can be said."""


def arguments(seed: int) -> tuple[Any, ...]:
    """Two vectors and a number."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=4), rng.normal(size=4), float(rng.normal())


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Ends what takes too long with a TimeoutError (where signals can be had)."""

    def stop(*_: Any) -> None:
        raise TimeoutError

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, old)


def verdict(function: Fuzzed, seed: int, checks: Checks | None = None) -> str:
    """One line about a program."""
    args = arguments(seed)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with limited(SECONDS):
                return _verdict(function, args, CHECKS if checks is None else checks)
        except Skipped as reason:
            return f"skipped: {reason}"
        except Failed as problem:
            return f"FAILED {problem}"
        except UnsupportedError as error:
            return "refused " + error.diagnostics[0].code
        except InternalError as error:
            return f"FAILED internal: {error.diagnostics[0].message.splitlines()[0]} {place(error)}"
        except Exception as error:
            return f"FAILED {type(error).__name__}: {first_line(error)} {place(error)}"


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:90]


def place(error: Exception) -> str:
    """Where in the compiler an exception comes from."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/s2sad/" in f.filename]
    if not frames or Path(frames[-1].filename).parent.name in ("runtime", "dispatcher"):
        return "(on the page)"
    last = frames[-1]
    return f"({Path(last.filename).parent.name}/{Path(last.filename).name}:{last.name})"


def _verdict(function: Fuzzed, args: tuple[Any, ...], checks: Checks) -> str:
    try:
        with limited(SECONDS / 10.0):
            value = function(*trees.clone(args))
    except TimeoutError:
        raise Skipped("it takes too long") from None
    except Exception as error:
        return _raises(function, args, error)
    if not np.all(np.isfinite(value)) or abs(value) > LIMIT:
        raise Skipped("the value is huge")
    bars = _joint(function, args, value)
    wanted = oracle(function, args)
    _same_slope("gradient", bars, wanted)
    for check in checks:
        _checked(check, function, args, value, bars)
    return "ok"


def _checked(check: Check, *given: Any) -> None:
    """Runs one of the checks; whatever goes wrong in the compiler or on the page has its name."""
    try:
        check(*given)
    except (Failed, Skipped, TimeoutError):
        raise
    except Exception as error:
        what = f"{_name(check)}: {type(error).__name__}: {first_line(error)} {place(error)}"
        raise Failed(what) from None


def _name(check: Check) -> str:
    return check.func.__name__ if isinstance(check, partial) else check.__name__


def _raises(function: Fuzzed, args: tuple[Any, ...], error: Exception) -> str:
    """A gradient raises wherever the primal raises, except for errors of shape."""
    try:
        s2sad.value_and_grad(function, wrt=WRT)(*trees.clone(args))
    except UnsupportedError:
        raise
    except type(error):
        return f"raises {type(error).__name__}"
    except s2sad.errors.CompileError:
        raise
    except Exception as other:
        raise Failed(f"raises {type(other).__name__}, not {type(error).__name__}") from None
    if isinstance(error, ValueError):
        return "raises nothing where the primal has an error of shape"
    raise Failed(f"doesn't raise {type(error).__name__}: {first_line(error)[:50]}")


def _joint(function: Fuzzed, args: tuple[Any, ...], value: Any) -> Any:
    given = trees.clone(args)
    got, bars = s2sad.value_and_grad(function, wrt=WRT)(*given)
    if not trees.same_bytes(given, args):
        raise Failed("inputs changed")
    if not trees.same_bytes(got, value):
        raise Failed("value differs" if type(got) is type(value) else "value of another kind")
    for bar, arg in zip(bars, args, strict=True):
        if type(bar) is not type(arg) or np.shape(bar) != np.shape(arg):
            raise Failed("gradient of another kind or shape")
    return bars


def oracle(function: Fuzzed, args: tuple[Any, ...]) -> Any:
    """The gradient by dual numbers. Where the stand-in lacks something: Skipped."""
    try:
        wanted = dual.gradient(function, args, WRT)
    except (dual.OracleError, AttributeError, TypeError) as error:
        raise Skipped(f"oracle: {first_line(error)}") from None
    for _, leaf in trees.leaves(wanted):
        if not np.all(np.isfinite(leaf)) or np.max(np.abs(leaf), initial=0.0) > LIMIT:
            raise Skipped("the slope is huge")
    return wanted


def second_opinion(function: Fuzzed, args: tuple[Any, ...], bars: Any) -> tuple[float, float]:
    """The slope along one direction, ours and that of complex step or differences: for people."""
    rng = np.random.default_rng(3)
    along = tuple(trees.direction(arg, rng) for arg in args)
    try:
        slope = complexstep.derivative(function, args, along)
    except Exception:
        slope, _ = differences.derivative(function, args, along, 1e-4)
    return trees.inner(bars, along), slope


def _same_slope(what: str, bars: Any, wanted: Any, tolerance: float = TOLERANCE) -> None:
    for (_, bar), (_, want) in zip(trees.leaves(bars), trees.leaves(wanted), strict=True):
        left, right = np.asarray(bar), np.asarray(want)
        scale = max(1.0, float(np.max(np.abs(right), initial=0.0)))
        if left.shape != right.shape or not np.all(np.abs(left - right) <= tolerance * scale):
            raise Failed(f"{what} differs")


# -- identities, each called with the function, its arguments, its value and its gradients


def check_passes(function: Fuzzed, args: tuple[Any, ...], value: Any, bars: Any) -> None:
    """Each pass switched off, and all of them."""
    _check_without(((name,) for name in pass_names()), function, args, value, bars)


def check_some_passes(seed: int) -> Check:
    """All passes switched off, and two of them, which differ by seed."""
    names = pass_names()
    chosen = [(names[(seed + k) % len(names)],) for k in (0, len(names) // 2)]
    return partial(_check_without, chosen)


def _check_without(
    ways: Iterable[tuple[str, ...]],
    function: Fuzzed,
    args: tuple[Any, ...],
    value: Any,
    bars: Any,
) -> None:
    for without in (*ways, pass_names()):
        what = without[0] if len(without) == 1 else "all passes"
        got, others = s2sad.value_and_grad(function, wrt=WRT, without=without)(*trees.clone(args))
        if not trees.same_bytes(got, value):
            raise Failed(f"value differs without {what}")
        _same_slope(f"gradient without {what}", others, bars)


def check_order(function: Fuzzed, args: tuple[Any, ...], value: Any, bars: Any) -> None:
    """Any order and choice of wrt; `grad` is the second half of `value_and_grad`."""
    for wrt in ((2, 0, 1), (1,), (2,), (0, 2)):
        given = trees.clone(args)
        others = s2sad.grad(function, wrt=wrt)(*given)
        if not trees.same_bytes(given, args):
            raise Failed("inputs changed by grad")
        _same_slope(f"grad with wrt={wrt}", others, tuple(bars[k] for k in wrt))


def check_pullback(function: Fuzzed, args: tuple[Any, ...], value: Any, bars: Any) -> None:
    """The pullback is the joint gradient; it can be called again, and is linear."""
    given = trees.clone(args)
    got, pullback = s2sad.vjp(function, *given)
    if not trees.same_bytes(got, value):
        raise Failed("value of vjp differs")
    first = pullback(type(value)(1.0))
    scaled = pullback(type(value)(-2.5))
    again = pullback(type(value)(1.0))
    if not trees.same_bytes(first, again):
        raise Failed("pullback called again differs")
    _same_slope("pullback", first, bars)
    _same_slope("scaled pullback", scaled, trees.mapped(lambda bar: -2.5 * bar, bars))
    if not trees.same_bytes(given, args):
        raise Failed("inputs changed by vjp")


def request_of(function: Fuzzed, args: tuple[Any, ...], mode: str) -> Request:
    """What the dispatcher would ask for."""
    names = function.__code__.co_varnames
    typed = tuple(
        Argument(name, "POSITIONAL_OR_KEYWORD", type_of(name, arg))
        for name, arg in zip(names, args, strict=False)
    )
    return Request(function, typed, mode, WRT, Options())


def check_stages(function: Fuzzed, args: tuple[Any, ...], value: Any, bars: Any) -> None:
    """Every stage is legal, and means the same."""
    request = request_of(function, args, "value_and_grad")
    reads = outside(compile(request))
    for name, program in stages(request):
        try:
            verify(program)
        except InternalError as error:
            line = error.diagnostics[0].message.splitlines()[0]
            raise Failed(f"{name} is not legal: {line[:60]}") from None
        _interpret(name, program, trees.clone(args), reads, (value, bars))


def outside(compiled: Compiled) -> dict[str, Any]:
    """The globals that a page takes as parameters."""
    return {read.name: _reached(read.access) for read in compiled.reads}


def _reached(access: Access) -> Any:
    value: Any = access.root
    for _, name in access.steps:
        value = value.__globals__[name]
    return value


def _interpret(
    name: str, program: Program, args: tuple[Any, ...], reads: dict[str, Any], wanted: Any
) -> None:
    value, bars = wanted
    try:
        result = run(program, args, reads)
    except Exception as error:
        raise Failed(f"interpreter of {name}: {type(error).__name__} {first_line(error)}") from None
    got, others = (result, bars) if name == "ir" else result
    if not trees.same_bytes(got, value):
        raise Failed(f"interpreter of {name}: value differs")
    _same_slope(f"interpreter of {name}: gradient", others, bars)


CHECKS: Checks = (check_stages, check_pullback, check_passes, check_order)

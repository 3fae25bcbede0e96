"""Drives rules directly, without the compiler: cotangents against derivatives of the function.

`cases()` lists every sample of every rule. `discrepancy(rule, sample)` is how far the rule's
cotangents are from the derivative of `<y_bar, function(args)>` along a random direction of each
argument, in units of the tolerance: below 1 where the rule is right. The derivative comes by
complex step where the function is analytic, else by extrapolated central differences.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import warnings
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special

import s2sad.rules  # noqa: F401  (registers all rules)
from s2sad.rules.names import page_name
from s2sad.rules.random import is_draw
from s2sad.rules.registry import RULES, Rule, Sample, load_optional
from s2sad.rules.samplers import elementwise_samples
from tests.oracles import trees
from tests.oracles.differences import extrapolated

load_optional()

COMPLEX_STEP = 1e-40
FIRST_STEP = 2e-3
ANALYTIC_TOLERANCE = 1e-12
DIFFERENCES_TOLERANCE = 1e-8
SINGLE_TOLERANCE = 1e-4


# -- which cases there are


def active_rules() -> list[Rule]:
    """The rules that state a derivative, in order of registration. Those of random numbers have
    tests of their own."""
    every = [rule for rules in RULES.values() for rule in rules]
    return [rule for rule in every if rule.function is not None and not is_draw(rule.target)]


def label(rule: Rule) -> str:
    """A name for a rule, unique in the registry."""
    target = rule.target
    name = page_name(target) or ""
    if name.startswith("scipy."):
        return name
    module = getattr(target, "__module__", None) or "numpy"
    name = getattr(target, "__qualname__", target.__name__)
    ranks = "" if rule.ranks is None else "".join(f"-{rank}" for rank in rule.ranks)
    return f"{module}.{name}{ranks}".removeprefix("builtins.")


def samples(rule: Rule) -> Iterator[Sample]:
    """The samples of a rule: those drawn from its domain, and its own; always the same ones."""
    seed = zlib.crc32(label(rule).encode())
    if rule.domain:
        yield from elementwise_samples(rule.domain, np.random.default_rng(seed))
    if rule.samples is not None:
        yield from rule.samples(np.random.default_rng(seed + 1))


# How many arguments of elementwise functions may be complex: the holomorphic ones, and those
# that treat the parts of complex numbers. Their derivative may be zero for real arguments.
COMPLEX: dict[Any, int] = {
    **dict.fromkeys((np.add, np.subtract, np.multiply, np.divide, np.power, pow), 2),
    **dict.fromkeys(
        (
            np.negative, np.positive, np.reciprocal, np.square, np.exp, np.exp2, np.expm1, np.log,
            np.log2, np.log10, np.log1p, np.sqrt, np.sin, np.cos, np.tan, np.arcsin, np.arccos,
            np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh, np.sinc,
            np.conjugate, np.real, np.imag, np.angle, np.sign, np.absolute, abs,
        ),
        1,
    ),
}  # fmt: skip


def complex_samples(rule: Rule) -> Iterator[Sample]:
    """Samples of an elementwise rule with complex numbers away from 0, from all quadrants."""
    rng = np.random.default_rng(3)
    arity = COMPLEX.get(rule.target, 0)
    if not arity:
        return
    for shape in ((), (5,), (2, 3)):
        radii = [rng.uniform(0.5, 0.9, size=shape) for _ in range(arity)]
        angles = [rng.uniform(0.2, 1.3, size=shape) for _ in range(arity)]
        turns = [rng.integers(4, size=shape) * (math.pi / 2) for _ in range(arity)]
        rows = zip(radii, angles, turns, strict=True)
        args = tuple(np.asarray(r * np.exp(1j * (a + t))) for r, a, t in rows)
        yield Sample(args, {}, tuple(range(arity)))


def all_samples(rule: Rule) -> list[Sample]:
    """The samples with real numbers, and those with complex ones."""
    return [*samples(rule), *complex_samples(rule)]


def cases() -> list[tuple[str, Rule, Sample]]:
    """Every sample with real numbers of every rule, with an id."""
    return [
        (f"{label(rule)}[{number}]", rule, sample)
        for rule in active_rules()
        for number, sample in enumerate(samples(rule))
    ]


# -- calling a rule


def bar_name(rule: Rule) -> str | None:
    """The rule's parameter for the cotangent of the result."""
    assert rule.function is not None
    parameters = inspect.signature(rule.function).parameters.values()
    names = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name.endswith("_bar")]
    return names[0] if names else None


def bound(rule: Rule, sample: Sample) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments by the function's own names, where it has any, as a rule takes them."""
    try:
        signature = inspect.signature(rule.target)
    except (TypeError, ValueError):
        return sample.args, sample.kwargs
    variadic = any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values())
    if variadic or rule.kind == "elementwise":
        return sample.args, sample.kwargs
    named = dict(signature.bind(*sample.args, **sample.kwargs).arguments)
    assert rule.function is not None
    parameters = inspect.signature(rule.function).parameters.values()
    first = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY and p.name in named]
    return tuple(named.pop(name) for name in first), named


def call(rule: Rule, sample: Sample, y: Any, y_bar: Any) -> tuple[Any, ...]:
    """The rule's cotangents of the positional arguments."""
    assert rule.function is not None
    args, kwargs = bound(rule, sample)
    if rule.kind == "elementwise":
        partials = as_tuple(rule.function(y, *args, **kwargs))
        return tuple(None if p is None or isinstance(p, str) else y_bar * p for p in partials)
    name = bar_name(rule)
    assert name is not None, f"{label(rule)} has no parameter for the cotangent"
    result = () if rule.kind == "linear" else (y,)
    return as_tuple(rule.function(*result, *args, **kwargs, **{name: y_bar}))


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


# -- the derivative of the function


def promoted(tree: Any) -> Any:
    """The tree with floats of single precision in double precision, in the same layout."""
    single = np.float32
    return trees.mapped(
        lambda x: x.astype(np.float64) if getattr(x, "dtype", None) == single else x, tree
    )


def is_single(tree: Any) -> bool:
    return any(getattr(leaf, "dtype", None) == np.float32 for _, leaf in trees.leaves(tree))


def is_complex(tree: Any) -> bool:
    return any(np.iscomplexobj(leaf) for _, leaf in trees.leaves(tree))


def direction(tree: Any, rng: np.random.Generator) -> Any:
    """A bounded random direction; None for what doesn't move."""

    def one(leaf: Any) -> Any:
        if not trees.is_float(leaf):
            return None
        real = rng.uniform(-1.0, 1.0, size=np.shape(leaf))
        imaginary = rng.uniform(-1.0, 1.0, size=np.shape(leaf))
        return real + 1j * imaginary if np.iscomplexobj(leaf) else real

    return trees.mapped(one, tree)


def moved(args: tuple[Any, ...], position: int, along: Any, step: complex) -> tuple[Any, ...]:
    def shift(leaf: Any, part: Any) -> Any:
        if part is None:
            return leaf
        shifted = leaf + step * part
        return np.asarray(shifted) if isinstance(leaf, np.ndarray) else shifted.item()

    shifted = trees.mapped(shift, args[position], along)
    return (*args[:position], shifted, *args[position + 1 :])


def paired(y_bar: Any, y: Any) -> Any:
    """`<y_bar, y>` without conjugation."""
    pairs = zip(trees.leaves(y_bar), trees.leaves(y), strict=True)
    return sum(np.sum(bar * leaf) for (_, bar), (_, leaf) in pairs if bar is not None)


def derivative(function: Callable[[complex], Any], exact: bool) -> tuple[float, float]:
    """The derivative of (the real part of) a function of one number at 0, and its tolerance.
    exact: whether to try the complex step, too."""

    def quotient(h: float) -> float:
        return float(np.real(function(h) - function(-h)) / (2.0 * h))

    estimate, _ = extrapolated(quotient, FIRST_STEP)
    stepped = complex_step(function) if exact else np.nan
    if abs(stepped - estimate) <= 1e-6 * (1.0 + abs(estimate)):
        return stepped, ANALYTIC_TOLERANCE
    return estimate, DIFFERENCES_TOLERANCE


def complex_step(function: Callable[[complex], Any]) -> float:
    """nan where the function doesn't take complex numbers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(np.imag(function(1j * COMPLEX_STEP)) / COMPLEX_STEP)
    except (TypeError, ValueError, NotImplementedError, np.linalg.LinAlgError):
        return np.nan


# -- the comparison

# What stands for a function whose rounding to single precision would spoil differences.
WIDER: dict[Any, Callable[..., Any]] = {np.float32: np.float64, np.complex64: np.complex128}


def _real_root(a: Any) -> Any:
    """Of complex matrices it is too rough for a complex step."""
    if np.iscomplexobj(a):
        raise TypeError("real matrices only")
    return scipy.linalg.sqrtm(a)


WIDER[scipy.linalg.sqrtm] = _real_root


def cotangent(y: Any, rng: np.random.Generator) -> Any:
    """A random cotangent of a result; None for what is no float."""

    def one(leaf: Any) -> Any:
        if not trees.is_float(leaf):
            return None
        drawn = rng.normal(size=np.shape(leaf))
        if np.iscomplexobj(leaf):
            drawn = drawn + 1j * rng.normal(size=np.shape(leaf))
        return drawn if isinstance(leaf, np.ndarray) else np.asarray(drawn).item()

    return trees.mapped(one, y)


def contraction(bar: Any, along: Any) -> tuple[float, float]:
    """`<bar, along>` and its scale; broadcasts are made, and undone, as the driver does. The
    cotangent of a complex number is `d/dx - 1j * d/dy`, so the real part is what counts."""
    if bar is None:
        return 0.0, 0.0
    if isinstance(along, (list, tuple)):
        assert isinstance(bar, (list, tuple)), f"the cotangent of a container is a {type(bar)}"
        rows = [contraction(b, a) for b, a in zip(bar, along, strict=True)]
        return sum(r[0] for r in rows), sum(r[1] for r in rows)
    if along is None:
        return 0.0, 0.0
    product = np.asarray(np.real(bar * along), np.float64)
    return float(np.sum(product)), float(np.sum(np.abs(product)))


def discrepancy(rule: Rule, sample: Sample) -> float:
    """The largest difference over the arguments in `wrt`, in units of the tolerance."""
    rng = np.random.default_rng(7)
    with np.errstate(all="ignore"):
        y = rule.target(*sample.args, **sample.kwargs)
        if rule.kind == "composed":
            return _value_difference(rule, sample, y)
        y_bar = cotangent(y, rng)
        bars = call(rule, sample, y, y_bar)
        exact = promoted(sample.args)
        return max(_difference(rule, sample, exact, k, bars, y_bar, rng) for k in sample.wrt)


def _value_difference(rule: Rule, sample: Sample, y: Any) -> float:
    """How far the value of a composition is from that of its function."""
    assert rule.function is not None
    args, kwargs = bound(rule, sample)
    mine, theirs = rule.function(*args, **kwargs), y
    pairs = list(zip(trees.leaves(mine), trees.leaves(theirs), strict=False))
    tolerance = SINGLE_TOLERANCE if is_single((sample.args, sample.kwargs)) else 1e-11
    assert pairs, "a composition gives no numbers"
    return max(_far(a, b) for (_, a), (_, b) in pairs if trees.is_float(b)) / tolerance


def _far(mine: Any, theirs: Any) -> float:
    """The largest relative difference; infinite for other shapes."""
    if np.shape(mine) != np.shape(theirs):
        return np.inf
    same = (mine == theirs) | ((mine != mine) & (theirs != theirs))
    scale = 1e-300 + np.max(np.abs(theirs), initial=0.0, where=np.isfinite(theirs))
    found = np.where(same, 0.0, np.abs(np.subtract(mine, theirs)) / scale)
    return float(np.max(np.where(np.isnan(found), np.inf, found), initial=0.0))


def _difference(
    rule: Rule,
    sample: Sample,
    exact: tuple[Any, ...],
    position: int,
    bars: tuple[Any, ...],
    y_bar: Any,
    rng: np.random.Generator,
) -> float:
    along = direction(exact[position], rng)

    def along_line(step: complex) -> Any:
        args = moved(exact, position, along, step)
        return paired(y_bar, WIDER.get(rule.target, rule.target)(*args, **sample.kwargs))

    want, tolerance = derivative(along_line, exact=not is_complex(sample.args))
    got, scale = contraction(bars[position] if position < len(bars) else None, along)
    if is_single(sample.args):
        tolerance = SINGLE_TOLERANCE
    if not np.isfinite(got):
        return np.inf
    return abs(got - want) / (tolerance * (1.0 + scale))


# -- tests of the tests


def perturbed(rule: Rule, position: int, factor: float = 1.001) -> Rule:
    """The rule with what it returns for one argument off by 0.1 %."""
    function = rule.function
    assert function is not None

    @functools.wraps(function)
    def off(*args: Any, **kwargs: Any) -> Any:
        if rule.kind == "composed":
            result = function(*args, **kwargs)
            return trees.mapped(lambda x: x * factor if trees.is_float(x) else x, result)
        results = list(as_tuple(function(*args, **kwargs)))
        if position < len(results):
            results[position] = trees.mapped(_scaled(factor), results[position])
        return tuple(results)

    return dataclasses.replace(rule, function=off)


def _scaled(factor: float) -> Callable[[Any], Any]:
    return lambda leaf: None if leaf is None else leaf * factor


def is_noticed(rule: Rule, position: int) -> bool:
    """Whether some sample tells the rule from the rule perturbed at that position."""
    broken = perturbed(rule, position)
    samples = all_samples(rule)
    if rule.kind == "composed":
        return any(discrepancy(broken, s) > 1.0 for s in samples)
    return any(position in s.wrt and discrepancy(broken, s) > 1.0 for s in samples)


def active_positions(rule: Rule) -> list[int]:
    """The arguments for which the rule returns something on some sample that asks for it."""
    if rule.kind == "composed":
        return [0]
    return sorted(
        {position for sample in all_samples(rule) for position in _returned(rule, sample)}
    )


def _returned(rule: Rule, sample: Sample) -> list[int]:
    with np.errstate(all="ignore"):
        y = rule.target(*sample.args, **sample.kwargs)
        bars = call(rule, sample, y, cotangent(y, np.random.default_rng(7)))
    return [k for k in sample.wrt if k < len(bars) and bars[k] is not None]

"""What must hold of every gradient, whatever the program.

Functions that compare, each raising AssertionError with the program's numbers; tests call them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import s2sad
from s2sad.transform import passes
from tests.oracles import differences, dual, trees

Gradient = Callable[..., Any]
TOLERANCE = 1e-9
SINGLE_TOLERANCE = 2e-4


def without_passes(function: Callable[..., Any], wrt: Any, names: tuple[str, ...]) -> Gradient:
    """`value_and_grad` with some passes switched off."""
    return s2sad.value_and_grad(function, wrt=wrt, without=names)


def pass_names() -> tuple[str, ...]:
    """The passes that can be switched off."""
    return passes.pass_names()


def has_single(tree: Any) -> bool:
    """Whether a tree holds numbers of single precision."""
    return any(getattr(leaf, "dtype", None) == np.float32 for _, leaf in trees.leaves(tree))


def tolerance_of(*values: Any) -> float:
    """1e-9 relative to the scale, or what single precision allows."""
    return SINGLE_TOLERANCE if has_single(values) else TOLERANCE


def check_kinds(bars: Any, args: Any) -> None:
    """Gradients have the containers, kinds, shapes and dtypes of the arguments."""
    found, wanted = list(trees.leaves(bars)), list(trees.leaves(args))
    assert [path for path, _ in found] == [path for path, _ in wanted]
    check_containers(bars, args)
    for (path, bar), (_, leaf) in zip(found, wanted, strict=True):
        assert type(bar) is type(leaf), (path, type(bar), type(leaf))
        assert np.shape(bar) == np.shape(leaf), (path, np.shape(bar), np.shape(leaf))
        assert np.asarray(bar).dtype == np.asarray(leaf).dtype, (path, np.asarray(bar).dtype)


def check_containers(bars: Any, args: Any) -> None:
    """The same classes of containers at every place."""
    inside = trees.children(args)
    if inside is not None:
        assert type(bars) is type(args), (type(bars), type(args))
        for (_, bar), (_, item) in zip(trees.children(bars) or [], inside, strict=True):
            check_containers(bar, item)


def check_close(bars: Any, wanted: Any, tolerance: float) -> None:
    """Every number agrees, relative to the largest of its leaf."""
    for (path, bar), (_, want) in zip(trees.leaves(bars), trees.leaves(wanted), strict=True):
        if want is None:
            continue
        left, right = np.asarray(bar, dtype=float), np.asarray(want, dtype=float)
        scale = max(1.0, float(np.max(np.abs(right[np.isfinite(right)]), initial=0.0)))
        same = (left == right) | (np.isnan(left) & np.isnan(right))
        with np.errstate(invalid="ignore"):
            near = same | (np.abs(left - right) <= tolerance * scale)
        assert np.all(near), f"{path}: got {left.tolist()}, the oracle says {right.tolist()}"


def check_slope(slope: float, along: Any, bars: Any, tolerance: float, error: float = 0.0) -> None:
    """A directional derivative is the inner product of the gradient with the direction."""
    scale = max(1.0, trees.magnitude(bars, along))
    found = trees.inner(bars, along)
    assert abs(found - slope) <= tolerance * scale + error, (found, slope, error)


def arrays(tree: Any) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The arrays among the leaves."""
    return ((path, leaf) for path, leaf in trees.leaves(tree) if isinstance(leaf, np.ndarray))


def check_separate(results: Any, inputs: Any) -> None:
    """Results share no memory with inputs, nor with each other."""
    made, given = list(arrays(results)), list(arrays(inputs))
    for k, (path, array) in enumerate(made):
        for other_path, other in (*given, *made[k + 1 :]):
            assert not np.shares_memory(array, other), f"{path} shares memory with {other_path}"


def check_value(
    value: Any, function: Callable[..., Any], args: tuple[Any, ...], *, exact: bool = True
) -> None:
    """The primal's value is, bit for bit, that of plain Python; to rounding if not `exact`."""
    wanted = function(*trees.clone(args))
    if not exact:
        assert type(value) is type(wanted)
        assert np.allclose(value, wanted, rtol=1e-14, atol=0.0), (value, wanted)
        return
    assert trees.same_bytes(value, wanted), (value, wanted)


def check_gradient(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    wrt: tuple[int, ...],
    *,
    call: Gradient | None = None,
    single: bool = False,
    rough: bool = True,
    exact: bool = True,
) -> None:
    """All of the above for one call. single: wrt is a bare position. rough: no differences.
    exact: the value is the primal's bit for bit."""
    call = call or s2sad.value_and_grad(function, wrt=wrt[0] if single else wrt)
    before = trees.clone(args)
    value, bars = call(*args)
    assert trees.same_bytes(args, before), "the arguments were changed"
    check_value(value, function, args, exact=exact)
    grads = (bars,) if single else bars
    chosen = tuple(args[k] for k in wrt)
    check_kinds(grads, chosen)
    tolerance = tolerance_of(args, value)
    check_close(grads, dual.gradient(function, args, wrt), tolerance)
    check_separate((value, grads), args)
    if not rough and tolerance == TOLERANCE:
        check_differences(function, args, wrt, grads)


def check_differences(
    function: Callable[..., Any], args: tuple[Any, ...], wrt: tuple[int, ...], grads: Any
) -> None:
    """The second oracle: extrapolated differences along one direction."""
    along = tuple(trees.direction(args[k], np.random.default_rng(3)) for k in wrt)
    spread = dual.spread(args, wrt, along)
    slope, error = differences.derivative(function, args, spread, 1e-3)
    assert error <= 1e-7 * max(1.0, abs(slope)), "differences cannot tell"
    check_slope(slope, along, grads, TOLERANCE, 10.0 * error)


def check_pullback(
    function: Callable[..., Any], args: tuple[Any, ...], wrt: tuple[int, ...], seed: float
) -> None:
    """A pullback can be called again, is linear in the seed, and keeps to itself."""
    before = trees.clone(args)
    value, pullback = s2sad.vjp(function, *args, wrt=wrt)
    check_value(value, function, args)
    out_bar = type(value)(seed) if not isinstance(value, np.ndarray) else np.full_like(value, seed)
    first = pullback(out_bar)
    again = pullback(out_bar)
    assert trees.same_bytes(first, again), "the second call of the pullback gives something else"
    assert trees.same_bytes(args, before), "the arguments were changed"
    check_separate((value, first, again), (args, out_bar))
    check_scaled(function, args, wrt, first, seed)


def check_scaled(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    wrt: tuple[int, ...],
    bars: Any,
    seed: float,
) -> None:
    """The cotangents of the arguments in wrt are seed times the gradient."""
    wanted = trees.mapped(
        lambda leaf: None if leaf is None else seed * leaf, dual.gradient(function, args, wrt)
    )
    check_close(bars, wanted, tolerance_of(args) * max(1.0, abs(seed)))


def check_transpose(
    function: Callable[..., Any], args: tuple[Any, ...], wrt: tuple[int, ...]
) -> None:
    """The dot-product identity between a pullback and a dual-number run."""
    rng = np.random.default_rng(5)
    before = trees.clone(args)
    along = tuple(trees.direction(args[k], rng) for k in wrt)
    value, pullback = s2sad.vjp(function, *args, wrt=wrt)
    check_value(value, function, args)
    seed = trees.mapped(like_value, value, trees.direction(value, rng))
    kept = trees.clone((value, seed))
    first, again = pullback(seed), pullback(seed)
    assert trees.same_bytes(first, again), "the second call of the pullback gives something else"
    assert trees.same_bytes((args, value, seed), (before, *kept))
    check_kinds(first, tuple(args[k] for k in wrt))
    check_separate((value, first, again), (args, seed))
    _, slopes = dual.run(function, args, dual.spread(args, wrt, along))
    weights = trees.mapped(lambda leaf, bar: bar if trees.is_float(leaf) else None, value, seed)
    check_slope(trees.inner(slopes, weights), along, first, tolerance_of(args))


def like_value(leaf: Any, part: Any) -> Any:
    """A random seed for a leaf of a value; what isn't a float stays."""
    if part is None or not trees.is_float(leaf):
        return np.copy(leaf) if isinstance(leaf, np.ndarray) else leaf
    return np.asarray(part) if isinstance(leaf, np.ndarray) else type(leaf)(part)

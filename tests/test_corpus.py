"""Every program of the corpus against the oracles, under all variations of inputs.

By default each variation runs on a fixed sample of the programs, so that the file takes a
minute; S2SAD_EXHAUSTIVE=1 in the environment runs everything.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import s2sad
from tests import identities
from tests.corpus import LENGTH, Program, load
from tests.oracles import complexstep, differences, dual, trees

EVERYTHING = load()
PROGRAMS = {name: program for name, program in EVERYTHING.items() if program.scalar}
RESULTS = [name for name, program in EVERYTHING.items() if not program.scalar]
EXHAUSTIVE = os.environ.get("S2SAD_EXHAUSTIVE", "") == "1"


def sampled(topic: str, share: int, keep: Callable[[Program], bool] = lambda p: True) -> list[str]:
    """One in `share` of the programs that `keep` wants: others for each topic, always the same."""
    names = [name for name, program in PROGRAMS.items() if keep(program)]
    if EXHAUSTIVE:
        return names
    return [name for name in names if zlib.crc32(f"{topic} {name}".encode()) % share == 0]


def each(
    topic: str, share: int = 1, keep: Callable[[Program], bool] = lambda p: True
) -> pytest.MarkDecorator:
    """Parametrises a test by the names of programs."""
    return pytest.mark.parametrize("name", sampled(topic, share, keep))


def chosen(name: str) -> tuple[Program, tuple[Any, ...], tuple[int, ...]]:
    """A program with its usual inputs and the arguments to differentiate."""
    program = PROGRAMS[name]
    args = program.args()
    return program, args, program.positions(args)


def test_corpus_is_large() -> None:
    assert len(PROGRAMS) >= 150


# -- the oracles themselves


@each("oracles")
def test_oracles_agree(name: str) -> None:
    program, args, wrt = chosen(name)
    rng = np.random.default_rng(1)
    along = dual.spread(args, wrt, tuple(trees.direction(args[k], rng) for k in wrt))
    value, slope = dual.run(program.function, args, along)
    identities.check_value(value, program.function, args)
    if identities.has_single((args, value)) or program.rough:
        return
    other, error = differences.derivative(program.function, args, along, 1e-3)
    scale = max(1.0, abs(slope), abs(value))
    assert abs(other - slope) <= 1e-9 * scale + 10.0 * error
    if program.analytic:
        exact = complexstep.derivative(program.function, args, along)
        assert abs(exact - slope) <= 1e-11 * scale


def test_a_wrong_gradient_is_noticed() -> None:
    """A thousandth too much in one number fails the comparison."""
    program, args, wrt = chosen("mutation.wave")
    right = dual.gradient(program.function, args, wrt)
    wrong = trees.mapped(np.copy, right)
    wrong[0].flat[2] *= 1.001
    identities.check_close(right, right, identities.TOLERANCE)
    with pytest.raises(AssertionError):
        identities.check_close(wrong, right, identities.TOLERANCE)


def test_an_operation_without_stand_in_is_an_error() -> None:
    def program(x: Any) -> Any:
        return np.sum(np.i0(x))

    with pytest.raises(AttributeError, match="i0"):
        dual.derivative(program, (np.ones(2),), (np.ones(2),))


# -- reverse mode


@each("joint")
def test_joint_gradient(name: str) -> None:
    program, args, wrt = chosen(name)
    identities.check_gradient(program.function, args, wrt, rough=program.rough)


def singles(name: str) -> Iterator[int]:
    """The positions that are differentiated alone: in samples one of them."""
    _, _, wrt = chosen(name)
    if EXHAUSTIVE:
        return iter(wrt)
    return iter(wrt[zlib.crc32(name.encode()) % len(wrt) :][:1])


@each("single", 4)
def test_gradient_by_one_argument(name: str) -> None:
    program, args, _ = chosen(name)
    for position in singles(name):
        identities.check_gradient(program.function, args, (position,), single=True)


@each("gradient only", 6)
def test_gradient_alone_equals_joint(name: str) -> None:
    program, args, wrt = chosen(name)
    _, joint = s2sad.value_and_grad(program.function, wrt=wrt)(*args)
    alone = s2sad.grad(program.function, wrt=wrt)(*args)
    identities.check_kinds(alone, tuple(args[k] for k in wrt))
    identities.check_close(alone, joint, identities.tolerance_of(args, joint))


@each("other inputs", 6)
def test_other_numbers(name: str) -> None:
    """The same specialisation on other numbers, which may take other branches."""
    program, _, wrt = chosen(name)
    call = s2sad.value_and_grad(program.function, wrt=wrt)
    for seed in range(1, 6):
        other = program.args(seed)
        identities.check_gradient(program.function, other, wrt, call=call)


@each("passes", 8)
def test_each_pass_off(name: str) -> None:
    program, args, wrt = chosen(name)
    names = identities.pass_names()
    start = zlib.crc32(name.encode()) % len(names)
    for off in names if EXHAUSTIVE else names[start : start + 1]:
        call = identities.without_passes(program.function, wrt, (off,))
        identities.check_gradient(program.function, args, wrt, call=call)


@each("all passes", 10)
def test_all_passes_off(name: str) -> None:
    program, args, wrt = chosen(name)
    call = identities.without_passes(program.function, wrt, identities.pass_names())
    identities.check_gradient(program.function, args, wrt, call=call)


# -- variations of inputs


@each("lengths", 5, lambda p: bool(p.lengths))
def test_small_lengths(name: str) -> None:
    program, _, wrt = chosen(name)
    for length in program.lengths:
        identities.check_gradient(program.function, program.args(0, length), wrt)


def fortran(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """In column-major order."""
    return np.asfortranarray(array)


def transposed(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A view of a bigger array with its axes the other way round."""
    big = np.zeros((*(n + 2 for n in array.shape[::-1]), 2), dtype=array.dtype)
    index: tuple[Any, ...] = (*(slice(1, n + 1) for n in array.shape[::-1]), 0)
    view: np.ndarray[Any, Any] = big[index].T
    view[...] = array
    return view


def reversed_strides(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A view with a negative stride on each axis."""
    made: np.ndarray[Any, Any] = np.flip(np.flip(array).copy())
    return made


def read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """One that must not be written."""
    array = array.copy()
    array.flags.writeable = False
    return array


LAYOUTS = (fortran, transposed, reversed_strides)


def laid_out(args: tuple[Any, ...], layout: Callable[..., Any]) -> tuple[Any, ...]:
    """The arguments with another layout of all arrays that have axes."""

    def put(leaf: Any) -> Any:
        return layout(leaf) if isinstance(leaf, np.ndarray) and leaf.ndim else leaf

    return tuple(trees.mapped(put, args))


def has_axes(program: Program) -> bool:
    """Whether any argument is an array that can be laid out otherwise."""
    return any(leaf.ndim for _, leaf in identities.arrays(program.args()))


@each("layouts", 5, has_axes)
def test_layouts(name: str) -> None:
    program, args, wrt = chosen(name)
    for layout in LAYOUTS:
        # the copy of a written argument has no gaps, so its sums may be rounded in another order
        exact = not program.writes or layout is not transposed
        identities.check_gradient(program.function, laid_out(args, layout), wrt, exact=exact)


@each("read-only", 5, has_axes)
def test_read_only(name: str) -> None:
    program, args, wrt = chosen(name)
    frozen = laid_out(args, read_only)
    if not program.writes:
        identities.check_gradient(program.function, frozen, wrt)
        return
    with pytest.raises(ValueError, match="read-only"):
        program.function(*frozen)
    with pytest.raises(ValueError, match="read-only"):
        s2sad.grad(program.function, wrt=wrt)(*frozen)


def has_floats(program: Program) -> bool:
    """Whether any argument is a Python float."""
    return any(type(leaf) is float for _, leaf in trees.leaves(program.args()))


@each("scalars", 6, has_floats)
@pytest.mark.parametrize("kind", [np.float64, np.array], ids=["numpy scalar", "0-d array"])
def test_numpy_scalars(name: str, kind: Callable[..., Any]) -> None:
    program, args, wrt = chosen(name)
    as_scalars = trees.mapped(lambda leaf: kind(leaf) if type(leaf) is float else leaf, args)
    if kind is np.array and not accepts(program, as_scalars):
        pytest.skip("the primal wants numbers here")
    identities.check_gradient(program.function, as_scalars, wrt)


def accepts(program: Program, args: tuple[Any, ...]) -> bool:
    """Whether plain Python takes these arguments (0-d arrays have no len, for example)."""
    try:
        program.function(*trees.clone(args))
    except TypeError:
        return False
    return True


def halved(leaf: Any) -> Any:
    """Arrays in single precision; Python floats stay what they are."""
    if isinstance(leaf, np.ndarray) and leaf.dtype == np.float64:
        return leaf.astype(np.float32)
    return leaf


@each("float32", 5, lambda p: p.single and has_axes(p))
def test_single_precision(name: str) -> None:
    program, args, wrt = chosen(name)
    identities.check_gradient(program.function, trees.mapped(halved, args), wrt)


# -- pullbacks, aliases among arguments, exceptions


@each("pullback", 3)
@pytest.mark.parametrize("seed", [1.0, -2.5])
def test_pullback(name: str, seed: float) -> None:
    program, args, wrt = chosen(name)
    identities.check_pullback(program.function, args, wrt, seed)


@pytest.mark.parametrize("name", RESULTS)
def test_pullback_of_containers(name: str) -> None:
    """<seed, J d> = <pullback(seed), d> for values that are no single number."""
    program = EVERYTHING[name]
    for length in (LENGTH, *program.lengths):
        args = program.args(0, length)
        identities.check_transpose(program.function, args, program.positions(args))


def pairs_of_equal_arrays(args: tuple[Any, ...]) -> list[tuple[int, int]]:
    """Positions of arguments that could be the same array."""
    found = [k for k, a in enumerate(args) if isinstance(a, np.ndarray) and trees.is_float(a)]
    return [(i, j) for i in found for j in found if i < j and args[i].shape == args[j].shape]


@each("same array", 2, lambda p: bool(pairs_of_equal_arrays(p.args())))
def test_same_array_twice(name: str) -> None:
    """Right where nothing is written, refused where one of the two is."""
    program, args, _ = chosen(name)
    i, j = pairs_of_equal_arrays(args)[0]
    same = tuple(args[i] if k == j else a for k, a in enumerate(args))
    call = s2sad.value_and_grad(program.function, wrt=(i, j))
    if program.writes:
        with pytest.raises(NotImplementedError, match="S304"):
            call(*same)
        return
    along = trees.direction(args[i], np.random.default_rng(4))
    slope = dual.derivative(program.function, same, dual.spread(same, (i, j), (along, along)))
    value, bars = call(*same)
    identities.check_value(value, program.function, same)
    identities.check_slope(slope, (along, along), bars, identities.tolerance_of(args))
    identities.check_separate(bars, same)


class Injected(Exception):
    """Raised where a test wants it."""


def raising_at(number: int) -> tuple[Callable[..., Any], list[int]]:
    """A trace function that raises at the given line event of emitted code."""
    seen = [0]

    def trace(frame: Any, event: str, argument: Any) -> Any:
        if "s2sad" not in frame.f_code.co_filename or "/s2sad/" in frame.f_code.co_filename:
            return None
        if event == "line" and "_adjoint" in frame.f_code.co_name:
            seen[0] += 1
            if seen[0] == number:
                raise Injected
        return trace

    return trace, seen


@each("injected", 4, lambda p: p.writes)
def test_exception_leaves_arguments_alone(name: str) -> None:
    program, args, wrt = chosen(name)
    call = s2sad.value_and_grad(program.function, wrt=wrt)
    call(*args)
    before = trees.clone(args)
    for number in range(1, 60):
        trace, seen = raising_at(number)
        sys.settrace(trace)
        try:
            call(*args)
        except Injected:
            pass
        finally:
            sys.settrace(None)
        assert trees.same_bytes(args, before), f"changed by an exception at line event {number}"
        if seen[0] < number:
            break
    assert seen[0] > 0, "no line of the emitted page was seen"


def test_lengths_are_declared_rightly() -> None:
    """What is declared runs in plain Python without warnings, and the usual length is another."""
    for program in PROGRAMS.values():
        assert LENGTH not in program.lengths
        for length in program.lengths:
            program.function(*program.args(0, length))

"""Golden programs: right on hard inputs, and no longer than what one would write by hand.

Statements are counted as line events of the two pages, saved values and their bytes by
instrumenting the text. Second derivatives come from the IR (`grad` of `grad`) and from the
emitted text, read again as a user's file.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad.runtime.helpers import HELPERS
from tests import identities
from tests.oracles import differences, dual, trees

NAMES = ("straight", "mlp", "branch", "newton", "search", "heat", "wave", "logdet", "layers")
MODULES = {name: importlib.import_module(f"tests.golden.{name}") for name in NAMES}
RATIO = 1.2


def primal_of(name: str) -> Callable[..., Any]:
    return getattr(MODULES[name], name)  # type: ignore[no-any-return]


def wrt_of(name: str) -> tuple[int, ...]:
    module = MODULES[name]
    return tuple(getattr(module, "WRT", range(len(module.ARGS))))


def normal(*shape: int, seed: int = 7) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def definite(n: int) -> Any:
    m = normal(n, n)
    return m @ m.T + (n + 1.0) * np.eye(n)


def mlp_args(n: int) -> tuple[Any, ...]:
    return (*MODULES["mlp"].ARGS[:4], normal(n, 3), normal(n, 2))


WEIGHTS = np.array([0.3, 1.1, 0.9, 0.2, 1.4, 2.0, 0.5])
INPUTS: dict[str, dict[str, tuple[Any, ...]]] = {
    "straight": {"zero": (0.0, 0.7), "0-d": (np.array(1.2), np.array(0.7))},
    "mlp": {"one row": mlp_args(1), "two rows": mlp_args(2)},
    "branch": {"first arm": (0.9, 0.4), "equal": (0.5, 0.5)},
    "newton": {"zero trips": (1.0, 1e-12), "one trip": (1.1, 1e-2), "loose": (2.3, 0.5)},
    "search": {
        "length 0": (0.8, WEIGHTS[:0], 1.9),
        "length 1": (0.8, WEIGHTS[:1], 1.9),
        "length 2": (0.8, WEIGHTS[:2], 1.9),
        "returns at once": (0.8, WEIGHTS, 0.1),
        "breaks": (0.8, WEIGHTS * 0.3, 1e9),
        "runs through": (0.8, WEIGHTS[:4], 1e9),
    },
    "heat": {
        **{f"length {n}": (normal(n), 5, 0.1, normal(n, seed=8)) for n in range(4)},
        "zero trips": (normal(6), 0, 0.1, normal(6)),
        "one trip": (normal(6), 1, 0.1, normal(6)),
    },
    "wave": {
        **{f"length {n}": (normal(n), 4, 0.3) for n in range(4)},
        "zero trips": (normal(6), 0, 0.3),
        "one trip": (normal(6), 1, 0.3),
        "odd trips": (normal(6), 3, 0.3),
    },
    "logdet": {f"length {n}": (definite(n),) for n in range(4)},
    "layers": {
        **{f"{n} rows": (MODULES["layers"].ARGS[0], normal(n, 3)) for n in range(3)},
        "one layer": (MODULES["layers"].ARGS[0][:1], normal(4, 3)),
        "no layers": ([], normal(4, 3)),
    },
}
CASES = [
    (name, label, args)
    for name in NAMES
    for label, args in {"as given": MODULES[name].ARGS, **INPUTS[name]}.items()
]
cases = pytest.mark.parametrize(
    ("name", "args"), [(n, a) for n, _, a in CASES], ids=[f"{n}-{label}" for n, label, _ in CASES]
)
programs = pytest.mark.parametrize("name", NAMES)


def single(leaf: Any) -> Any:
    """Arrays and NumPy scalars in single precision."""
    if isinstance(leaf, (np.ndarray, np.float64)):
        return leaf.astype(np.float32)
    return leaf


def as_scalar(leaf: Any) -> Any:
    return np.float64(leaf) if type(leaf) is float else leaf


# -- right


@cases
def test_gradient(name: str, args: tuple[Any, ...]) -> None:
    identities.check_gradient(
        primal_of(name), args, wrt_of(name), rough=name in ("newton", "search")
    )


@cases
def test_seed(name: str, args: tuple[Any, ...]) -> None:
    identities.check_pullback(primal_of(name), args, wrt_of(name), -2.5)


@programs
def test_numpy_scalars(name: str) -> None:
    args = trees.mapped(as_scalar, MODULES[name].ARGS)
    identities.check_gradient(primal_of(name), args, wrt_of(name))


@programs
def test_single_precision(name: str) -> None:
    args = trees.mapped(single, MODULES[name].ARGS)
    identities.check_gradient(primal_of(name), args, wrt_of(name))


@pytest.mark.parametrize("name", ["straight", "branch"])
def test_single_precision_scalars(name: str) -> None:
    args = tuple(np.float32(a) for a in MODULES[name].ARGS)
    identities.check_gradient(primal_of(name), args, wrt_of(name))


# -- no longer, no more saved


def page(name: str, args: tuple[Any, ...]) -> str:
    """The emitted text of value and gradient."""
    call = s2sad.value_and_grad(primal_of(name), wrt=wrt_of(name))
    return call.compiled_for(*args).text


def adjoint_in(text: str, name: str, file: str) -> Callable[..., Any]:
    """The adjoint function that a text defines."""
    space: dict[str, Any] = {"np": np, "math": math, **HELPERS}
    exec(compile(text, file, "exec"), space)
    return space[f"{name}_adjoint"]  # type: ignore[no-any-return]


def line_events(adjoint: Callable[..., Any], args: tuple[Any, ...]) -> int:
    """How many lines of its own file a function executes."""
    file, count = adjoint.__code__.co_filename, 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != file:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        adjoint(*args)
    finally:
        sys.settrace(before)
    return count


def handwritten(name: str) -> str:
    return Path(MODULES[name].__file__ or "").read_text()


@cases
def test_statements(name: str, args: tuple[Any, ...]) -> None:
    emitted = adjoint_in(page(name, args), name, "<emitted>")
    golden = adjoint_in(handwritten(name), name, "<golden>")
    ours = line_events(emitted, trees.clone(args))
    theirs = line_events(golden, trees.clone(args))
    assert ours <= RATIO * theirs, f"{ours} statements, by hand {theirs}\n{page(name, args)}"


class Recorder(ast.NodeTransformer):
    """Rewrites what a page saves, `x_tape.append(v)` and `x_tape = v`, to pass through `saved`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            node.args = [_through_saved(node.args[0])]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        target = node.targets[0]
        taped = isinstance(target, ast.Name) and re.fullmatch(r".*_tape\d*", target.id)
        if taped and not isinstance(node.value, ast.List):
            node.value = _through_saved(node.value)
        return node


def _through_saved(node: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("saved", ast.Load()), [node], [])


def savings(text: str, name: str, args: tuple[Any, ...]) -> tuple[int, int]:
    """How many values, and how many bytes, an adjoint saves."""
    sizes: list[int] = []

    def saved(value: Any) -> Any:
        sizes.extend(np.asarray(leaf).nbytes for _, leaf in trees.leaves(value) if leaf is not None)
        return value

    tree = ast.fix_missing_locations(Recorder().visit(ast.parse(text)))
    space: dict[str, Any] = {"np": np, "math": math, **HELPERS, "saved": saved}
    exec(compile(tree, "<recorded>", "exec"), space)
    space[f"{name}_adjoint"](*args)
    return len(sizes), sum(sizes)


@cases
def test_saved(name: str, args: tuple[Any, ...]) -> None:
    text = page(name, args)
    ours = savings(text, name, trees.clone(args))
    theirs = savings(handwritten(name), name, trees.clone(args))
    assert ours[0] <= theirs[0] and ours[1] <= theirs[1], f"{ours}, by hand {theirs}\n{text}"


def test_savings_are_seen() -> None:
    """What the golden pages keep is what counting by hand gives."""
    assert savings(handwritten("heat"), "heat", MODULES["heat"].ARGS) == (0, 0)
    assert savings(handwritten("wave"), "wave", MODULES["wave"].ARGS) == (6, 6 * 7 * 8)
    assert savings(handwritten("logdet"), "logdet", MODULES["logdet"].ARGS)[0] == 35


def calls(text: str) -> set[str]:
    """The functions that a text calls, by name, its own list operations apart."""
    nodes = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return {ast.unparse(node) for node in nodes}


@programs
def test_no_helpers(name: str) -> None:
    text = page(name, MODULES[name].ARGS)
    assert not calls(text) & set(HELPERS), text


@pytest.mark.parametrize("name", NAMES)
def test_gradient_page_is_no_longer(name: str) -> None:
    """Where only the gradient is asked for, nothing is computed for the value alone."""
    args = MODULES[name].ARGS
    text = s2sad.grad(primal_of(name), wrt=wrt_of(name)).compiled_for(*args).text
    alone = adjoint_in(text, name, "<emitted>")
    both = adjoint_in(page(name, args), name, "<emitted>")
    assert line_events(alone, trees.clone(args)) <= line_events(both, trees.clone(args))


def test_gradient_of_heat_runs_no_primal() -> None:
    golden, args = MODULES["heat"].heat_gradient, MODULES["heat"].ARGS
    text = s2sad.grad(MODULES["heat"].heat, wrt=0).compiled_for(*args).text
    emitted = adjoint_in(text, "heat", "<emitted>")
    assert line_events(emitted, args) <= RATIO * line_events(golden, args), text


# -- again


SECOND = ("straight", "mlp", "branch", "newton", "search", "heat", "wave", "logdet", "layers")


def curvature(
    name: str, args: tuple[Any, ...], along: tuple[Any, ...], across: tuple[Any, ...]
) -> tuple[float, float]:
    """The second derivative along two directions: differences of a dual run."""
    primal, wrt = primal_of(name), wrt_of(name)

    def quotient(step: float) -> float:
        slopes = [
            dual.derivative(primal, trees.moved(args, along, h), across) for h in (step, -step)
        ]
        return (slopes[0] - slopes[1]) / (2.0 * step)

    assert wrt
    return differences.extrapolated(quotient, 1e-3)


def directions(name: str, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Two random directions of the arguments in wrt."""
    rng = np.random.default_rng(11)
    made = [tuple(trees.direction(args[k], rng) for k in wrt_of(name)) for _ in range(2)]
    return made[0], made[1]


def check_second(name: str, gradient: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """The pullback of a gradient is the Hessian, held against `curvature`."""
    wrt = wrt_of(name)
    along, across = directions(name, args)
    spread = [dual.spread(args, wrt, d) for d in (along, across)]
    want, error = curvature(name, args, spread[0], spread[1])
    _, pullback = s2sad.vjp(gradient, *trees.clone(args), wrt=wrt)
    seed = trees.mapped(
        lambda leaf, part: type(leaf)(part) if np.ndim(leaf) == 0 else part,
        tuple(args[k] for k in wrt),
        along,
    )
    bars = pullback(seed)
    scale = max(1.0, abs(want))
    found = trees.inner(bars, across)
    assert abs(found - want) <= 1e-7 * scale + 10.0 * error, (found, want, error)


@programs
def test_second_derivative_from_the_ir(name: str) -> None:
    gradient = s2sad.grad(primal_of(name), wrt=wrt_of(name))
    check_second(name, gradient, MODULES[name].ARGS)


IMPORTS = f"""import math

import numpy as np

from s2sad.runtime.helpers import {", ".join(HELPERS)}
"""


def loaded(text: str, name: str, folder: Path) -> ModuleType:
    """An emitted page as a file of the user's."""
    file = folder / f"{name}_page.py"
    parameters = ", ".join(inspect.signature(primal_of(name)).parameters)
    gradient = f"def gradient({parameters}):\n    return {name}_adjoint({parameters})[1]\n"
    file.write_text(f"{IMPORTS}\n\n{text}\n\n{gradient}")
    spec = importlib.util.spec_from_file_location(f"{name}_page", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"{name}_page"] = module
    spec.loader.exec_module(module)
    return module


@programs
def test_second_derivative_from_the_text(name: str, tmp_path: Path) -> None:
    module = loaded(page(name, MODULES[name].ARGS), name, tmp_path)
    check_second(name, module.gradient, MODULES[name].ARGS)


@pytest.mark.parametrize("name", ["straight", "branch", "newton"])
def test_grad_of_grad(name: str) -> None:
    args = MODULES[name].ARGS
    one = (np.ones(()), *(None for _ in args[1:]))
    want, error = curvature(name, args, one, one)
    found = s2sad.grad(s2sad.grad(primal_of(name)))(*args)
    assert type(found) is float
    assert abs(found - want) <= 1e-7 * max(1.0, abs(want)) + 10.0 * error

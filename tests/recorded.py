"""Counts the values that a run of a function overwrites or reads nonlinearly, element by element.

The reference interpreter runs the primal's IR. Beside each value stand the numbers of its
elements: reading an element, copying or turning an array keeps them, everything else makes new
ones. An operation reads nonlinearly what isn't linear in what is differentiated, which is tried
out: f(x + y) against f(x) + f(y). A coefficient, which isn't differentiated itself, is read so,
too, since the adjoint multiplies by it.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np

from s2sad import pipeline
from s2sad.dispatcher.loading import load
from s2sad.ir import interpret
from s2sad.ir.data import Bind, Program
from s2sad.ir.ops import ADDITEM, APPEND, COPY, GETITEM, LIST, POP, SCATTER_ADD, SETITEM, TUPLE
from tests.oracles import trees
from tests.pages import request

WRITES = (SETITEM, ADDITEM, SCATTER_ADD)
TRIALS = 8
MARK = "    # -- reverse sweep\n"
SHAPE_ONLY = ("np.zeros_like", "np.full_like", "np.empty_like", "len")
SEED = ("out_bar",)
STRUCTURES = (LIST, TUPLE, APPEND, POP)
REARRANGING = frozenset((".copy", "np.copy", "np.roll", "np.flip", "copy"))


@dataclass
class Run:
    """What was seen. numbers: for each value (by identity) itself and the numbers of its elements.
    active: the numbers of those that depend on what is differentiated. overwritten, nonlinear:
    the numbers of elements."""

    numbers: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    active: set[int] = field(default_factory=set)
    overwritten: set[int] = field(default_factory=set)
    nonlinear: set[int] = field(default_factory=set)
    linear: dict[Any, bool] = field(default_factory=dict)
    arguments: list[tuple[Any, Any]] = field(default_factory=list)
    count: int = 0

    def fresh(self, value: Any, active: bool) -> Any:
        """New numbers for the elements of a value."""
        size = np.size(value)
        found = np.arange(self.count, self.count + size).reshape(np.shape(value))
        self.count += size
        if active:
            self.active.update(found.ravel().tolist())
        self.numbers[id(value)] = (value, found)
        return found

    def of(self, value: Any) -> Any:
        """The numbers of a float or an array of floats."""
        known = self.numbers.get(id(value))
        return self.fresh(value, True) if known is None or known[0] is not value else known[1]


def is_float(value: Any) -> bool:
    """Whether a value is, or holds, floats."""
    return (
        isinstance(value, (float, np.ndarray, np.floating)) and np.asarray(value).dtype.kind == "f"
    )


def counted(function: Callable[..., Any], args: tuple[Any, ...], wrt: tuple[int, ...]) -> Run:
    """A run of the primal."""
    _, program = next(pipeline.stages(request(function, args, "grad", wrt)))
    run = Run()
    for k, argument in enumerate(args):
        for _, leaf in trees.leaves(argument):
            if is_float(leaf):
                run.arguments.append((leaf, run.fresh(leaf, k in wrt)))
    original = interpret._operation

    def operation(frame: Any, bind: Bind) -> None:
        original(frame, bind)
        if bind.op not in STRUCTURES and len(bind.outs) == 1:
            read = [interpret._carried(frame, a) for a in bind.args]
            _seen(run, bind, read, frame.values[bind.out])

    with mock.patch.object(interpret, "_operation", operation):
        interpret.run(Program(program.functions), args)
    return run


def _seen(run: Run, bind: Bind, args: list[Any], value: Any) -> None:
    """Notes what an operation did."""
    if bind.op in WRITES:
        _write(run, bind, args, value)
        return
    if not is_float(value):
        return
    floats = [a for a in args if is_float(a)]
    active = [a for a in floats if run.active & set(np.ravel(run.of(a)).tolist())]
    moved = _moved(run, bind, args) if floats and floats[0] is args[0] else None
    if moved is not None and np.shape(moved) == np.shape(value):
        run.numbers[id(value)] = (value, np.asarray(moved))
        return
    run.fresh(value, bool(active))
    if active:
        _reads(run, bind, args, active)


def _moved(run: Run, bind: Bind, args: list[Any]) -> Any:
    """The numbers of a result that has the same elements."""
    if bind.op is GETITEM:
        return GETITEM.function(run.of(args[0]), *args[1:], path=bind.path)
    if bind.op is COPY or bind.op.result != "fresh" or bind.op.name in REARRANGING:
        return bind.op.function(run.of(args[0]), *args[1:], **dict(bind.static))
    return None


def _reads(run: Run, bind: Bind, args: list[Any], active: list[Any]) -> None:
    """Notes which operands are read nonlinearly: where the operation is linear in what is active,
    the others are coefficients."""
    key = (bind.op.name, bind.static, tuple(any(a is b for b in active) for a in args))
    try:
        linear = run.linear.setdefault(key, _is_linear(bind, args, active))
    except TypeError:
        linear = _is_linear(bind, args, active)
    sums = bind.op.name in ("add", "sub", "neg", "pos")
    for argument in args:
        coefficient = not any(argument is a for a in active) and not sums
        if is_float(argument) and (coefficient or not linear):
            run.nonlinear.update(np.ravel(run.of(argument)).tolist())


def _is_linear(bind: Bind, args: list[Any], active: list[Any]) -> bool:
    """Whether f(x + y) is f(x) + f(y) in what is active, tried out on random numbers."""
    rng = np.random.default_rng(0)
    places = {id(a) for a in active}

    def at(points: dict[int, Any]) -> Any:
        return bind.op.function(*(points.get(id(a), a) for a in args), **dict(bind.static))

    def random() -> dict[int, Any]:
        return {id(a): rng.normal(size=np.shape(a)) for a in active}

    def adds_up() -> bool:
        x, y = random(), random()
        together = at({k: x[k] + y[k] for k in places})
        return bool(np.allclose(together, at(x) + at(y), rtol=1e-9))

    try:
        with np.errstate(all="ignore"):
            return all(adds_up() for _ in range(TRIALS))
    except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError):
        return False


def _write(run: Run, bind: Bind, args: list[Any], value: Any) -> None:
    """Notes the elements that a write destroys, and numbers those that it makes."""
    base, new, *_ = args
    if not is_float(value):
        return
    before = run.of(base)
    gone = np.ravel(GETITEM.function(before, *args[1:], path=bind.path)).tolist()
    run.overwritten.update(gone)
    stored = run.of(new) if is_float(new) else np.int64(-1)
    if bind.op is not SETITEM:
        shaped = GETITEM.function(value, *args[1:], path=bind.path)
        active = bool(run.active & {*gone, *np.ravel(stored).tolist()})
        if dict(bind.static).get("sign", "+") in "*/":
            run.nonlinear.update(gone)
            run.nonlinear.update(np.ravel(stored).tolist())
        stored = run.fresh(np.array(shaped), active)
    path = bind.path
    made = SETITEM.function(before, stored, *args[2:], path=path) if path else np.asarray(stored)
    run.numbers[id(value)] = (value, made)


def kept(page: str, args: tuple[Any, ...]) -> int:
    """How many floats a page of `grad` saves: each number, and each element of each buffer, that
    its reverse sweep reads of its forward sweep. The arguments' own arrays are there anyway."""
    forward, rest = page.split(MARK, 1)
    reverse, *called = rest.split("\n\n\ndef ")
    others = "".join(f"\n\n\ndef {text}" for text in called)
    (name,) = re.findall(r"^def (\w+)\(", forward, re.MULTILINE)
    scope = load(f"{forward}    return locals()\n{others}", "page")[name](*args)
    given = {id(leaf) for argument in args for _, leaf in trees.leaves(argument)}
    sizes: dict[int, int] = {}
    for variable in _first_read(textwrap.dedent(reverse)):
        for leaf in _leaves(scope.get(variable)) if variable not in SEED else ():
            base = leaf if getattr(leaf, "base", None) is None else leaf.base
            sizes[id(base)] = 0 if id(base) in given else np.size(base)
    return sum(sizes.values())


def _first_read(text: str) -> list[str]:
    """The names of which values are read, and before they are assigned, in the order of the text.
    Who asks for a shape only reads no values."""
    first: dict[str, bool] = {}
    tree = ast.parse(f"def f():\n{textwrap.indent(text, '    ')}")
    measured = {n for call in ast.walk(tree) for n in _measured(call)}
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in measured]
    # The value of an assignment is read before its target is bound.
    for node in sorted(nodes, key=lambda n: (n.lineno, isinstance(n.ctx, ast.Store), n.col_offset)):
        first.setdefault(node.id, isinstance(node.ctx, ast.Load))
    return [name for name, read in first.items() if read]


def _measured(node: ast.AST) -> list[ast.expr]:
    """The expressions of which a node asks for the shape only."""
    if isinstance(node, ast.Attribute) and node.attr == "shape":
        return [node.value]
    if isinstance(node, ast.Call) and ast.unparse(node.func) in SHAPE_ONLY:
        return node.args[:1]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "unbroadcast":
        return node.args[1:]
    return []


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, (list, tuple)):
        for item in tree:
            yield from _leaves(item)
    elif is_float(tree):
        yield tree

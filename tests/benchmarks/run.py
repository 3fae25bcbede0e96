"""`python -m tests.benchmarks`: one table of ratios, with versions and machine.

Golden programs against the adjoints written by hand (dispatch included), against autograd (where
it is installed), the time to the first gradient, and writes of one element in large arrays.
`--quick` takes tiny sizes and few repeats.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import itertools
import os
import platform
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import s2sad
from tests.benchmarks import cases, dispatch, programs
from tests.benchmarks.timing import PAIRS, TARGET, Ratio, compare, once

Row = tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """How much to do. elements: the length of the large arrays."""

    pairs: int = PAIRS
    target: float = TARGET
    elements: int = 200_000
    lengths: tuple[int, ...] = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
    statements: tuple[int, ...] = (20, 200, 2_000)
    steps: int = 1_000


QUICK = Scale(
    pairs=3, target=1e-5, elements=200, lengths=(10, 1_000), statements=(10, 20), steps=20
)


def machine() -> str:
    """What the numbers were measured with."""
    packages = ("numpy", "autograd")
    found = [p for p in packages if importlib.util.find_spec(p) is not None]
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in found)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"Python {platform.python_version()}, {versions}, {platform.machine()}, {cores} cores"


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def row(title: str, found: Ratio) -> Row:
    quartiles = f"{found.low:.2f} to {found.high:.2f}"
    return title, f"{found.median:.2f}", quartiles, duration(found.ours), duration(found.theirs)


def attempt(title: str, measure: Callable[[], Ratio]) -> Row:
    """A row; what can't be compiled is said, and the table goes on."""
    try:
        return row(title, measure())
    except s2sad.CompileError as error:
        return title, "fails", str(error).splitlines()[0][:60], "", ""


def golden(size: str, found: list[cases.Case], scale: Scale) -> Iterator[Row]:
    """s2sad over the adjoint written by hand."""
    for case in found:
        gradient = s2sad.value_and_grad(case.primal, wrt=case.wrt)
        yield attempt(f"{case.name}, {size}", lambda c=case, g=gradient: against_hand(c, g, scale))


def against_hand(case: cases.Case, gradient: Callable[..., Any], scale: Scale) -> Ratio:
    return compare(
        lambda: gradient(*case.args), lambda: case.adjoint(*case.args), scale.pairs, scale.target
    )


def peers(scale: Scale) -> Iterator[Row]:
    """s2sad over autograd."""
    if importlib.util.find_spec("autograd") is None:
        yield "autograd", "not installed", "", "", ""
        return
    yield attempt("MLP, batch 1, 16 units", lambda: against_autograd_mlp(scale))
    yield attempt(f"logistic map, {scale.steps} steps", lambda: against_autograd_loop(scale))


def against_autograd_mlp(scale: Scale) -> Ratio:
    import autograd
    import autograd.numpy

    args = cases.perceptron_args()
    ours = s2sad.value_and_grad(network, wrt=(0, 1, 2, 3))
    theirs = autograd.value_and_grad(
        lambda *a: cases.perceptron(*a, np=autograd.numpy), (0, 1, 2, 3)
    )
    return compare(lambda: ours(*args), lambda: theirs(*args), scale.pairs, scale.target)


def network(w1: Any, b1: Any, w2: Any, b2: Any, x: Any) -> Any:
    return np.sum(np.tanh(x @ w1 + b1) @ w2 + b2)


def against_autograd_loop(scale: Scale) -> Ratio:
    import autograd

    args = (0.3, 3.6, scale.steps)
    ours = s2sad.value_and_grad(cases.logistic, wrt=(0, 1))
    theirs = autograd.value_and_grad(cases.logistic, (0, 1))
    return compare(lambda: ours(*args), lambda: theirs(*args), min(scale.pairs, 5), scale.target)


def first_gradient(shape: str, statements: int, folder: Path) -> float:
    """Seconds from a new function to its gradient."""
    args = programs.SHAPES[shape][-1]
    name = f"s2sad_benchmark_{shape.replace(' ', '_')}_{statements}"
    file = folder / f"{name}.py"
    file.write_text(programs.text_of(shape, statements))
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    gradient = s2sad.value_and_grad(module.long, wrt=tuple(range(len(args))))
    with np.errstate(all="ignore"):
        return once(lambda: gradient(*args))


def compiling(scale: Scale) -> Iterator[Row]:
    """The time to the first gradient for each statement, by shape and length."""
    with tempfile.TemporaryDirectory() as name:
        first_gradient("numbers", 4, Path(name))
        for shape in programs.SHAPES:
            spent = [(n, first_gradient(shape, n, Path(name))) for n in scale.statements]
            each = [f"{duration(seconds / n)}" for n, seconds in spent]
            yield shape, duration(spent[0][1]), *each


def calling(scale: Scale) -> Iterator[Row]:
    """What calls cost, and how much of it isn't the page."""
    for way in dispatch.found():
        ratio = compare(way.call, way.page, scale.pairs, scale.target)
        more = duration(max(ratio.ours - ratio.theirs, 0.0))
        yield way.name, f"{ratio.median:.2f}", more, duration(ratio.ours), duration(ratio.theirs)


def starting() -> Iterator[Row]:
    """A new process: `import numpy`, `import s2sad`, and the gradient of one small function."""
    stages = ("import numpy", "import s2sad", "s2sad.source(math.sin, 1.0)")
    text = "import math, time\nlast = time.perf_counter()\n" + "".join(
        f"{stage}\nnow = time.perf_counter()\nprint(now - last)\nlast = now\n" for stage in stages
    )
    runs = [
        [float(line) for line in subprocess.check_output([sys.executable, "-c", text]).split()]
        for _ in range(2)
    ]
    for stage, *times in zip(stages, *runs, strict=True):
        yield stage, "", "", duration(min(times)), ""


def peak(action: Callable[[], object]) -> int:
    """The most bytes that were allocated at a time."""
    tracemalloc.start()
    action()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def writes(scale: Scale) -> Iterator[Row]:
    """Writes of one element: what further N cost after the first N, in time and in bytes."""
    gradient = s2sad.grad(cases.element_writes)
    steps = scale.steps
    for length in scale.lengths:
        u = np.linspace(0.1, 0.9, length)
        gradient(u, 1)
        first, both = (fastest(lambda u=u, n=n: gradient(u, n)) for n in (steps, 2 * steps))
        few, many = (peak(lambda u=u, n=n: gradient(u, n)) for n in (steps, 2 * steps))
        step = duration(max(both - first, 0.0) / steps)
        yield f"M = {length}", "", f"{(many - few) / steps:.0f} bytes a step", duration(first), step


def fastest(action: Callable[[], object]) -> float:
    """The least of several times."""
    return min(once(action) for _ in range(11))


def table(title: str, heads: Row, rows: Iterator[Row]) -> None:
    print(f"\n{title}\n")
    for line in itertools.chain((heads,), rows):
        line = (*line, *[""] * (5 - len(line)))
        print(f"  {line[0]:32} {line[1]:>13} {line[2]:>22} {line[3]:>10} {line[4]:>10}", flush=True)


def report(scale: Scale) -> None:
    """Measures, and prints as it goes."""
    print(machine())
    heads = ("gradient, s2sad / by hand", "ratio", "quartiles", "s2sad", "by hand")
    table("Golden programs, small", heads, golden("small", cases.small(), scale))
    found = cases.large(scale.elements)
    table("Golden programs, large", heads, golden("large", found, scale))
    table("Peers", ("s2sad / autograd", "ratio", "quartiles", "s2sad", "autograd"), peers(scale))
    heads = ("statements", f"{scale.statements[0]}, in all", *(str(n) for n in scale.statements))
    table("Time to the first gradient, for each statement", heads, compiling(scale))
    heads = ("call / page", "ratio", "dispatch", "call", "page")
    table("Calls", heads, calling(scale))
    table("A new process", ("", "", "", "time", ""), starting())
    heads = (f"{scale.steps} writes, array of M", "", "tape", "in all", "a step")
    table("Writes of one element", heads, writes(scale))


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, few repeats")
    report(QUICK if parser.parse_args().quick else Scale())


if __name__ == "__main__":
    main()

"""Times and memory of the gradients of the kernels, relative to the kernels themselves.

`python -m tests.benchmarks.kernels` prints one line a kernel: the time of the gradient by all
arguments over the time of the kernel, and the memory that the forward sweep keeps over what the
kernel itself takes (its arguments included). Both are measured twice: on arguments whose arrays
stay in the caches ("large"), and on some whose arrays don't ("huge"). Times are those of the
processor; run it with OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import gc
import math
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

import s2sad
from tests.kernels import Kernel, load
from tests.oracles import trees


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes. kept: what the forward sweep keeps for the reverse one. own: what the
    kernel's arguments and its own arrays take."""

    name: str
    primal: float
    gradient: float
    kept: int
    own: int

    @property
    def time_ratio(self) -> float:
        return self.gradient / self.primal

    @property
    def memory_ratio(self) -> float:
        return self.kept / self.own


def size_of(tree: Any) -> int:
    """The bytes of all arrays of a tree, and eight for each number."""
    return sum(leaf.nbytes if isinstance(leaf, np.ndarray) else 8 for _, leaf in trees.leaves(tree))


def allocated(action: Callable[[], Any]) -> tuple[int, int]:
    """The bytes that stay while the result is held, and the most at a time."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        result = action()
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del result
    return after - before, most - before


def measured(kernel: Kernel, args: tuple[Any, ...], runs: int) -> Cost:
    """Both costs of one kernel. Times are the least of several runs, taken in turns."""
    gradient = s2sad.grad(kernel.function, wrt=kernel.wrt())
    gradient(*args)
    s2sad.vjp(kernel.function, *args, wrt=kernel.wrt())
    kept, _ = allocated(lambda: s2sad.vjp(kernel.function, *args, wrt=kernel.wrt()))
    copies = trees.clone(args)
    _, most = allocated(lambda: kernel.function(*copies))
    times = [_both(kernel, gradient, args) for _ in range(runs)]
    primal, bars = (min(column) for column in zip(*times, strict=True))
    return Cost(kernel.name, primal, bars, max(kept, 0), size_of(args) + most)


def _both(
    kernel: Kernel, gradient: Callable[..., Any], args: tuple[Any, ...]
) -> tuple[float, float]:
    """The kernel, which writes its arguments, runs on copies that are made before."""
    copies = trees.clone(args)
    return spent(lambda: kernel.function(*copies)), spent(lambda: gradient(*args))


def spent(action: Callable[[], Any]) -> float:
    """The processor's seconds for one run, without what it costs to drop the result."""
    start = time.process_time()
    result = action()
    end = time.process_time()
    del result
    return end - start


@dataclass(frozen=True)
class Costs:
    """The costs of one kernel at several sizes, by their names."""

    name: str
    sizes: dict[str, Cost]


def mean(ratios: list[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def head(sizes: Iterable[str]) -> str:
    """The line above the kernels."""
    columns = "".join(f"  {name + ', ms':>10} {'gradient':>8} {'kept/own':>8}" for name in sizes)
    return f"{'kernel':22}{columns}"


def line(costs: Costs) -> str:
    """One kernel in the report."""
    columns = "".join(
        f"  {cost.primal * 1e3:10.3f} {cost.time_ratio:8.2f} {cost.memory_ratio:8.2f}"
        for cost in costs.sizes.values()
    )
    return f"{costs.name:22}{columns}"


def summary(costs: list[Costs], size: str) -> str:
    """All of them at one size."""
    ratios = [cost.sizes[size].time_ratio for cost in costs]
    count = f"{len(costs)} kernels, {size}"
    return f"{count}: geometric mean {mean(ratios):.2f}, most {max(ratios):.2f}"


SIZES: dict[str, Callable[[Kernel], tuple[Any, ...]]] = {
    "small": lambda kernel: kernel.args(),
    "large": lambda kernel: kernel.large_args(),
    "huge": lambda kernel: kernel.huge_args(),
}
RUNS = {"small": 2, "large": 25, "huge": 5}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.kernels", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small arguments, few runs")
    parser.add_argument("names", nargs="*", help="kernels; all by default")
    options = parser.parse_args()
    kernels = [k for k in load().values() if not options.names or k.name in options.names]
    names = ("small",) if options.quick else ("large", "huge")
    costs = []
    print(head(names))
    with np.errstate(all="ignore"):
        for kernel in kernels:
            found = {name: measured(kernel, SIZES[name](kernel), RUNS[name]) for name in names}
            costs.append(Costs(kernel.name, found))
            print(line(costs[-1]), flush=True)
    for name in names:
        print(summary(costs, name))


if __name__ == "__main__":
    main()

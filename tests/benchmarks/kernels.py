"""Times and memory of the gradients of the kernels, relative to the kernels themselves.

`python -m tests.benchmarks.kernels` prints one line a kernel: the time of the gradient by all
arguments over the time of the kernel, and the memory that the forward sweep keeps over what the
kernel itself takes (its arguments included). Both are measured on the large arguments, the time
as that of the processor; run it with OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import gc
import math
import time
import tracemalloc
from collections.abc import Callable
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


def mean(ratios: list[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


HEAD = f"{'kernel':24} {'kernel, ms':>10} {'gradient':>9} {'kept/own':>9}"


def line(cost: Cost) -> str:
    """One kernel in the report."""
    own = f"{cost.primal * 1e3:10.3f}"
    return f"{cost.name:24} {own} {cost.time_ratio:9.2f} {cost.memory_ratio:9.2f}"


def summary(costs: list[Cost]) -> str:
    """All of them."""
    ratios = [cost.time_ratio for cost in costs]
    return f"{len(costs)} kernels: geometric mean {mean(ratios):.2f}, most {max(ratios):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.kernels", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small arguments, few runs")
    parser.add_argument("names", nargs="*", help="kernels; all by default")
    options = parser.parse_args()
    kernels = [k for k in load().values() if not options.names or k.name in options.names]
    runs = 2 if options.quick else 25
    costs = []
    print(HEAD)
    with np.errstate(all="ignore"):
        for kernel in kernels:
            args = kernel.args() if options.quick else kernel.large_args()
            costs.append(measured(kernel, args, runs))
            print(line(costs[-1]), flush=True)
    print(summary(costs))


if __name__ == "__main__":
    main()

"""`python -m tests.fuzz FIRST LAST [--shrink SECONDS] [--only WORDS]`: runs programs by seed.

Prints how many had which verdict, with their seeds, and a minimal program for each failure.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.fuzz import checks, shrink, text


def verdict_of(program: str, seed: int, folder: Path, only: checks.Checks | None = None) -> str:
    """The verdict on a text; what can't be loaded is skipped."""
    try:
        function = shrink.load(program, folder)
    except Exception as error:
        return f"skipped: {type(error).__name__}"
    return checks.verdict(function, seed, only)


def grouped(first: int, last: int, folder: Path) -> dict[str, list[int]]:
    """Seeds by verdict."""
    groups: dict[str, list[int]] = {}
    for seed in range(first, last):
        groups.setdefault(verdict_of(text(seed), seed, folder), []).append(seed)
    return groups


def minimal(verdict: str, seeds: list[int], folder: Path, seconds: float) -> str:
    """The smallest of the programs with this verdict, shrunk."""
    seed = min(seeds, key=lambda s: len(text(s)))
    ways: list[checks.Checks] = [(), *((check,) for check in checks.CHECKS)]
    only = next((w for w in ways if verdict_of(text(seed), seed, folder, w) == verdict), None)

    def fails(program: str) -> bool:
        return verdict_of(program, seed, folder, only) == verdict

    found = shrink.shrink(text(seed), fails, seconds)
    return f"# seed {seed}: {verdict}\n{found}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("--shrink", type=float, default=0.0)
    parser.add_argument("--only", default="FAILED")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        groups = grouped(options.first, options.last, Path(name))
        for verdict, seeds in sorted(groups.items(), key=lambda item: -len(item[1])):
            print(f"{len(seeds):5} {verdict} {seeds[:6]}", flush=True)
        for verdict, seeds in sorted(groups.items()):
            if options.shrink and options.only in verdict:
                print(f"\n{minimal(verdict, seeds, Path(name), options.shrink)}", flush=True)


if __name__ == "__main__":
    main()

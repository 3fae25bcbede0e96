"""Counts the functions that have a derivative: in s2sad, in autograd and in JAX.

    python docs/coverage.py          counts in those that are installed, writes coverage.json

The column of a library that isn't installed stays as it is. docs/make_pages.py makes coverage.md of
coverage.json; the tests compare the page, and count the columns of s2sad.

A function counts where its public name, in a module of NumPy or SciPy, leads to something that the
library differentiates: in autograd a primitive with a rule for that mode, or a function written
over such primitives; in JAX, which has one implementation for all modes, a function of that name.
Only functions count that depend differentiably on an argument: those that s2sad or autograd have.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
DATA = DOCS / "coverage.json"
sys.path.insert(0, str(DOCS.parent))

from s2sad.rules.registry import DEFINITIONS, rules_of  # noqa: E402

MODULES = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "scipy.special", "scipy.linalg")
COLUMNS = ("s2sad", "autograd reverse", "autograd forward", "JAX")
Names = dict[str, list[str]]

INTRODUCTION = """# Functions with derivatives

How many functions of NumPy and SciPy can be differentiated, counted by `docs/coverage.py`: those
whose result depends differentiably on an argument. The rules of s2sad serve both modes, and every
order. A name that leads to the same function twice counts once in each module.

"""


def public(module: str) -> dict[str, Any]:
    """The public functions of a module, by name."""
    try:
        found = importlib.import_module(module)
    except ImportError:
        return {}
    names = (name for name in dir(found) if not name.startswith("_"))
    rows = {name: getattr(found, name) for name in names}
    return {n: f for n, f in rows.items() if callable(f) and not isinstance(f, type)}


def is_known(function: Any) -> bool:
    """Whether s2sad differentiates a function."""
    try:
        rules = rules_of(function)
        return function in DEFINITIONS or any(rule.kind != "inactive" for rule in rules)
    except TypeError:
        return False


def of_s2sad() -> Names:
    """Names by module."""
    return {m: [n for n, f in public(m).items() if is_known(f)] for m in MODULES}


# -- others


def of_autograd() -> dict[str, Names]:
    """Names by module, for each mode."""
    from autograd.core import primitive_jvps, primitive_vjps

    tables = {"autograd reverse": primitive_vjps, "autograd forward": primitive_jvps}
    return {
        column: {m: [n for n in public(m) if _has_rule(_autograd(m), n, rules)] for m in MODULES}
        for column, rules in tables.items()
    }


def _autograd(module: str) -> Any:
    try:
        return importlib.import_module(f"autograd.{module}")
    except ImportError:
        return None


def _has_rule(module: Any, name: str, rules: Any) -> bool:
    """Whether it is a primitive with a rule, or calls one by name."""
    function = getattr(module, name, None)
    if function is None or isinstance(function, type):
        return False
    if function in rules:
        return any(rule is not None for rule in _rules(rules[function]))
    code = getattr(function, "__code__", None)
    if code is None or not getattr(function, "__module__", "").startswith("autograd.numpy"):
        return False
    called = (function.__globals__.get(word) for word in code.co_names)
    return any(callee in rules for callee in called if callable(callee))


def _rules(entry: Any) -> list[Any]:
    return [entry] if callable(entry) else list(entry.values())


def of_jax(differentiable: Names) -> Names:
    """Those of the differentiable functions that JAX has, by module."""
    found: Names = {}
    for module, names in differentiable.items():
        try:
            theirs = importlib.import_module(f"jax.{module}")
        except ImportError:
            continue
        found[module] = [name for name in names if callable(getattr(theirs, name, None))]
    return found


# -- the table


def counts(names: Names) -> dict[str, int]:
    return {module: len(set(found)) for module, found in names.items()}


def committed() -> dict[str, dict[str, int]]:
    """What was counted last: by column and module."""
    found: dict[str, dict[str, int]] = json.loads(DATA.read_text(encoding="utf8"))
    return found


def update() -> None:
    """Counts what is installed, and keeps the rest."""
    data = committed() if DATA.exists() else {}
    ours = of_s2sad()
    data["s2sad"] = counts(ours)
    differentiable = ours
    try:
        theirs = of_autograd()
        data |= {column: counts(names) for column, names in theirs.items()}
        differentiable = {m: [*ours[m], *theirs["autograd reverse"][m]] for m in MODULES}
    except ImportError:
        print("autograd isn't installed: its columns stay")
    try:
        data["JAX"] = counts(of_jax({m: sorted(set(f)) for m, f in differentiable.items()}))
    except ImportError:
        print("JAX isn't installed: its column stays")
    DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf8")


def page() -> str:
    """The page coverage.md."""
    data = committed()
    rows = [("module", *COLUMNS), ("---",) * (1 + len(COLUMNS))]
    for module in MODULES:
        rows.append((f"`{module}`", *(str(data[c].get(module, 0)) for c in COLUMNS)))
    totals = (str(sum(data[c].get(m, 0) for m in MODULES)) for c in COLUMNS)
    rows.append(("together", *totals))
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{INTRODUCTION}{table}\n\n{_lists()}"


def _lists() -> str:
    """What s2sad has, by module."""
    parts = []
    for module, names in of_s2sad().items():
        if names:
            parts.append(f"## {module}\n\n{', '.join(sorted(set(names)))}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    update()
    print({column: sum(found.values()) for column, found in committed().items()})

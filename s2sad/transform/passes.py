"""The order of the passes: here, and nowhere else.

Each goes from function to function, preserves values, assumes nothing of those before it, and can
be switched off by its name; `dead_code`, which only makes legal what the others leave behind, runs
in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from s2sad.ir.data import Function
from s2sad.transform import (
    accumulate,
    call_sums,
    common_subexpressions,
    counted_trips,
    dead_code,
    dead_stores,
    fold,
    forwarding,
    gathering,
    handlers,
    joined,
    measures,
    outer_products,
    products,
    rebinding,
    regroup,
    signs,
    sinking,
    storage,
    updates,
)

Pass = Callable[[Function], Function]

# Value-preserving; each can be switched off by its name, but `dead_code`, which only makes
# legal what the others leave behind, runs in any case.
PASSES: tuple[tuple[str, Pass], ...] = (
    ("dead_code", dead_code.run),
    ("fold", fold.run),
    ("common_subexpressions", common_subexpressions.run),
    ("rebinding", rebinding.run),
    ("forwarding", forwarding.run),
    ("joined", joined.run),
    ("storage", storage.run),
    ("dead_stores", dead_stores.run),
    ("measures", measures.run),
    ("signs", signs.run),
    ("call_sums", call_sums.run),
    ("accumulate", accumulate.run),
    ("regroup", regroup.run),
    ("counted_trips", counted_trips.run),
    ("sinking", sinking.run),
)

# Only for what is printed: reverse mode doesn't read these forms.
LAST: tuple[tuple[str, Pass], ...] = (
    ("outer_products", outer_products.run),
    ("gathering", gathering.run),
    ("products", products.run),
    ("handlers", handlers.run),
    ("updates", updates.run),
)

ROUNDS = 2


def pass_names() -> tuple[str, ...]:
    """The passes that `Options(without=...)` can switch off."""
    return tuple(name for name, _ in (*PASSES, *LAST))


def cleaned(
    function: Function, without: tuple[str, ...], passes: tuple[tuple[str, Pass], ...] = PASSES
) -> Iterator[tuple[str, Function]]:
    """The function after each pass, in order."""
    for _ in range(ROUNDS):
        for name, run in passes:
            if name not in without:
                function = run(function)
                yield name, function
    function = dead_code.run(function)
    yield "dead_code", function

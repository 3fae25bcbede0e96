"""Library functions that are refused by name: what they do isn't followed, for a reason."""

from __future__ import annotations

import operator
from typing import Any, NoReturn

import numpy as np

from s2sad.frontend.state.context import Context, refuse

# Methods of arrays that write, or whose result depends on more than values.
REFUSED_METHODS = {
    "partition": (
        "S204",
        "the order of all elements but one is left open",
        "x.sort()",
    ),
    "resize": (
        "S305",
        "other names would see the array change its length",
        "np.resize(x, n)",
    ),
    "itemset": ("S204", "NumPy has no such method any more", "x[i] = value"),
    "setflags": ("S204", "what may be written is decided when compiling", "leave it out"),
    "byteswap": ("S204", "it reads the bytes of numbers as other numbers", "leave it out"),
}

WRITING_METHODS = frozenset({"fill", "sort", "put", "view", "astype", *REFUSED_METHODS})

# The code, the reason, and the way out.
REFUSED: dict[Any, tuple[str, str, str]] = {
    np.nditer: (
        "S203",
        "its elements are views whose order depends on the memory layout",
        "for index in np.ndindex(x.shape): ... x[index] ...",
    ),
    np.nested_iters: ("S203", "its elements are views of views", "nested loops over ranges"),
    np.random.shuffle: (
        "S203",
        "it writes in an order that random numbers decide",
        "draw the order outside: x[:] = x[order]",
    ),
    np.lib.stride_tricks.as_strided: (
        "S203",
        "its elements may overlap, and lie outside of the array",
        "np.lib.stride_tricks.sliding_window_view(x, n)",
    ),
    np.frombuffer: ("S203", "it reads bytes as numbers", "np.asarray(x)"),
}


REFUSED |= {
    getattr(operator, name): (
        "S203",
        "it writes to an array, but gives a new number",
        f"write the statement: a {sign}= b",
    )
    for name, sign in {
        "iadd": "+", "isub": "-", "imul": "*", "itruediv": "/", "ipow": "**", "imatmul": "@",
        "ifloordiv": "//", "imod": "%",
    }.items()
}  # fmt: skip


REFUSED[operator.setitem] = ("S203", "it is the function of a statement", "a[i] = b")
REFUSED[operator.delitem] = ("S203", "it is the function of a statement", "del a[i]")


def check_name(ctx: Context, function: Any, node: Any) -> None:
    """Refuses the functions of the table."""
    try:
        found = REFUSED.get(function)
    except TypeError:
        return
    if found is not None:
        _refuse_function(ctx, function, found, node)


def _refuse_function(
    ctx: Context, function: Any, found: tuple[str, str, str], node: Any
) -> NoReturn:
    code, reason, way_out = found
    name = getattr(function, "__name__", str(function))
    refuse(ctx, code, f"`{name}` can't be differentiated", node, note=reason, help=way_out)

"""Windows that slide over an array: each element is seen by several of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from s2sad.rules.layouts import each
from s2sad.rules.registry import NAMES, linear

NAMES[sliding_window_view] = "np.lib.stride_tricks.sliding_window_view"


@linear(sliding_window_view, result="view", samples=each(
    ((5,), 3), ((3, 4), (2, 2)), ((3, 4), 2, 1), ((3, 4), {"window_shape": 3, "axis": 0}),
    ((2,), 1),
))  # fmt: skip
def windows(x: Any, window_shape: Any, axis: Any = None, *, y_bar: Any) -> Any:
    places = np.reshape(np.arange(x.size), x.shape)
    if axis is None:
        places = sliding_window_view(places, window_shape)
    else:
        places = sliding_window_view(places, window_shape, axis)
    flat_bar = np.zeros_like(np.ravel(x))
    np.add.at(flat_bar, places, y_bar)
    return np.reshape(flat_bar, x.shape)

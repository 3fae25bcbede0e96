"""What rules ask about values, and the frontend answers when compiling.

The frontend answers these from types, and the `if`s on them fold: no rule asks at run time.
Called directly, they look at the values.

>>> quotient(1.0, 4.0)
0.25
>>> is_python(1.5), is_python(np.float64(1.5))
(True, False)
"""

from __future__ import annotations

from typing import Any

import numpy as np


def is_constant(number: Any) -> bool:
    """Whether `number` is a Python number that stands in the program. Where a rule is called
    directly nothing is known in advance, and the general formula serves."""
    return False


def is_python(value: Any) -> bool:
    """Whether the value is a Python number for certain."""
    return isinstance(value, (int, float, complex)) and not isinstance(value, np.generic)


def same_shape(first: Any, second: Any) -> bool:
    """Whether two arrays have one shape, for certain."""
    return bool(np.shape(first) == np.shape(second))


def shares(first: Any, second: Any) -> bool:
    """Whether two values may share memory."""
    return bool(np.may_share_memory(first, second))


def repeats(index: Any) -> bool:
    """Whether an index may select an element twice: one with arrays of integers in it."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(np.ndim(part) > 0 and np.asarray(part).dtype != bool for part in parts)


def division_may_raise(numerator: Any, denominator: Any) -> bool:
    """Whether both may be Python numbers, and the denominator may be 0."""
    return is_python(numerator) and is_python(denominator) and bool(denominator == 0)


def quotient(numerator: Any, denominator: Any) -> Any:
    """`numerator / denominator`, with inf or nan, as NumPy has it, where Python would raise."""
    if division_may_raise(numerator, denominator):
        return np.divide(numerator, denominator)
    return numerator / denominator

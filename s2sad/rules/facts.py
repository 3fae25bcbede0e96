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


def division_may_raise(numerator: Any, denominator: Any) -> bool:
    """Whether both may be Python numbers, and the denominator may be 0."""
    return is_python(numerator) and is_python(denominator) and bool(denominator == 0)


def quotient(numerator: Any, denominator: Any) -> Any:
    """`numerator / denominator`, with inf or nan, as NumPy has it, where Python would raise."""
    if division_may_raise(numerator, denominator):
        return np.divide(numerator, denominator)
    return numerator / denominator

"""Of `functools` and `operator`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any


class Missing:
    """No argument."""


def reduce(function: Callable[..., Any], iterable: Iterable[Any], initial: Any = Missing) -> Any:
    items = list(iterable)
    if initial is Missing:
        result = items[0]
        items = items[1:]
    else:
        result = initial
    for item in items:
        result = function(result, item)
    return result


def partial(function: Callable[..., Any], /, *args: Any, **keywords: Any) -> Callable[..., Any]:
    def call(*more: Any, **named: Any) -> Any:
        return function(*args, *more, **(keywords | named))

    return call


def wraps(wrapped: Any, **keywords: Any) -> Callable[[Any], Any]:
    return lambda function: function


def cache(function: Any) -> Any:
    """A pure function gives what it gave before."""
    return function


def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
    return maxsize if callable(maxsize) else cache


def update_wrapper(wrapper: Any, wrapped: Any, **keywords: Any) -> Any:
    return wrapper


def divmod_(a: Any, b: Any) -> Any:
    return a // b, a % b


def modf(x: float) -> tuple[float, float]:
    if math.isinf(x):
        return math.copysign(0.0, x), x
    fraction = math.fmod(x, 1.0)
    return fraction, math.copysign(x - fraction, x)


def getitem(a: Any, b: Any) -> Any:
    return a[b]


def contains(a: Any, b: Any) -> Any:
    return b in a


def not_(a: Any) -> bool:
    return not a


def truth(a: Any) -> bool:
    return bool(a)


def is_(a: Any, b: Any) -> bool:
    return a is b


def is_not(a: Any, b: Any) -> bool:
    return a is not b


def itemgetter(*keys: Any) -> Callable[[Any], Any]:
    if len(keys) == 1:
        return lambda value: value[keys[0]]
    return lambda value: tuple([value[key] for key in keys])


def attrgetter(*names: str) -> Callable[[Any], Any]:
    if len(names) == 1:
        return lambda value: attribute(value, names[0])
    return lambda value: tuple([attribute(value, name) for name in names])


def attribute(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = getattr(value, name)
    return value


def methodcaller(name: str, /, *args: Any, **keywords: Any) -> Callable[[Any], Any]:
    return lambda value: getattr(value, name)(*args, **keywords)


def setitem(a: Any, b: Any, c: Any) -> None:
    a[b] = c


def delitem(a: Any, b: Any) -> None:
    del a[b]


def iadd(a: Any, b: Any) -> Any:
    a += b
    return a


def isub(a: Any, b: Any) -> Any:
    a -= b
    return a


def imul(a: Any, b: Any) -> Any:
    a *= b
    return a


def itruediv(a: Any, b: Any) -> Any:
    a /= b
    return a


def imatmul(a: Any, b: Any) -> Any:
    a @= b
    return a


def ipow(a: Any, b: Any) -> Any:
    a **= b
    return a


def concat(a: Any, b: Any) -> Any:
    return a + b


def count_of(a: Iterable[Any], b: Any) -> int:
    count = 0
    for item in a:
        if item == b:
            count += 1
    return count

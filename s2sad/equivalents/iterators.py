"""Of `itertools` and the builtins: what gives its values one by one, as generators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from s2sad.equivalents.functions import Missing


def accumulate(
    iterable: Iterable[Any], func: Callable[..., Any] | None = None, *, initial: Any = None
) -> Iterator[Any]:
    begun = initial is not None
    if begun:
        total = initial
        yield total
    for item in iterable:
        if not begun:
            total = item
            begun = True
        elif func is None:
            total = total + item
        else:
            total = func(total, item)
        yield total


def chain(*iterables: Iterable[Any]) -> Iterator[Any]:
    for iterable in iterables:
        yield from iterable


def from_iterable(iterables: Iterable[Iterable[Any]]) -> Iterator[Any]:
    for iterable in iterables:
        yield from iterable


def islice(
    iterable: Iterable[Any], start: Any, stop: Any = Missing, step: int | None = 1
) -> Iterator[Any]:
    first, last = (0, start) if stop is Missing else (start or 0, stop)
    every = 1 if step is None else step
    position = 0
    if last is None or last > first:
        for item in iterable:
            if position >= first and (position - first) % every == 0:
                yield item
            position += 1
            if last is not None and position >= last:
                break


def pairwise(iterable: Iterable[Any]) -> Iterator[Any]:
    begun = False
    for item in iterable:
        if begun:
            yield previous, item  # type: ignore[has-type]  # noqa: F821
        previous, begun = item, True  # noqa: F841


def takewhile(predicate: Callable[[Any], Any], iterable: Iterable[Any]) -> Iterator[Any]:
    for item in iterable:
        if not predicate(item):
            break
        yield item


def dropwhile(predicate: Callable[[Any], Any], iterable: Iterable[Any]) -> Iterator[Any]:
    dropping = True
    for item in iterable:
        if dropping and predicate(item):
            continue
        dropping = False
        yield item


def filterfalse(predicate: Callable[[Any], Any] | None, iterable: Iterable[Any]) -> Iterator[Any]:
    for item in iterable:
        if not (item if predicate is None else predicate(item)):
            yield item


def filtered(predicate: Callable[[Any], Any] | None, iterable: Iterable[Any]) -> Iterator[Any]:
    for item in iterable:
        if item if predicate is None else predicate(item):
            yield item


def mapped(function: Callable[..., Any], iterable: Iterable[Any]) -> Iterator[Any]:
    for item in iterable:
        yield function(item)


def starmapped(function: Callable[..., Any], iterable: Iterable[Any]) -> Iterator[Any]:
    for item in iterable:
        yield function(*item)


def enumerated(iterable: Iterable[Any], start: int = 0) -> Iterator[Any]:
    k = start
    for item in iterable:
        yield k, item
        k += 1


def zipped(before: Any, generator: Iterable[Any], after: Any) -> Iterator[Any]:
    """before, after: sequences. Python asks all in order, and stops at the first that ends."""
    k = 0
    if not any(len(items) <= 0 for items in before):
        for item in generator:
            if any(len(items) <= k for items in after):
                break
            yield (*[items[k] for items in before], item, *[items[k] for items in after])
            k += 1
            if any(len(items) <= k for items in before):
                break


def zip_longest(*iterables: Iterable[Any], fillvalue: Any = None) -> Iterator[Any]:
    lists = tuple([list(iterable) for iterable in iterables])
    for k in range(max([len(items) for items in lists])):
        yield tuple([items[k] if k < len(items) else fillvalue for items in lists])


def compress(data: Iterable[Any], selectors: Iterable[Any]) -> Iterator[Any]:
    for item, selected in zip(data, selectors, strict=False):
        if selected:
            yield item


def repeat(value: Any, times: int | None = None) -> Iterator[Any]:
    if times is None:
        while True:
            yield value
    else:
        for _ in range(times):
            yield value


def count(start: Any = 0, step: Any = 1) -> Iterator[Any]:
    number = start
    while True:
        yield number
        number = number + step


def cycle(iterable: Iterable[Any]) -> Iterator[Any]:
    items = list(iterable)
    if len(items) > 0:
        k = 0
        while True:
            yield items[k]
            k = (k + 1) % len(items)


def following(iterable: Iterable[Any], default: Any = Missing) -> Any:
    """`next` of a generator that hasn't begun."""
    for item in iterable:
        return item
    if default is Missing:
        raise StopIteration
    return default

"""Of `collections` and `types`: containers as classes around a list or a dict."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Iterator:
    def __init__(self, iterable: Iterable[Any]) -> None:
        self.items = list(iterable)
        self.position = 0

    def __next__(self) -> Any:
        item = self.items[self.position]
        self.position += 1
        return item

    def __iter__(self) -> Any:
        rest = self.items[self.position :]
        self.position = len(self.items)
        return rest


class Deque:
    def __init__(self, iterable: Iterable[Any] = (), maxlen: int | None = None) -> None:
        self.items: list[Any] = []
        self.maxlen = maxlen
        self.extend(iterable)

    def append(self, value: Any) -> None:
        self.items.append(value)
        if self.maxlen is not None and len(self.items) > self.maxlen:
            self.items.pop(0)

    def appendleft(self, value: Any) -> None:
        self.items.insert(0, value)
        if self.maxlen is not None and len(self.items) > self.maxlen:
            self.items.pop()

    def extend(self, iterable: Iterable[Any]) -> None:
        for value in iterable:
            self.append(value)

    def extendleft(self, iterable: Iterable[Any]) -> None:
        for value in iterable:
            self.appendleft(value)

    def pop(self) -> Any:
        return self.items.pop()

    def popleft(self) -> Any:
        return self.items.pop(0)

    def clear(self) -> None:
        self.items.clear()

    def reverse(self) -> None:
        self.items.reverse()

    def copy(self) -> Any:
        return Deque(self.items, self.maxlen)

    def rotate(self, n: int = 1) -> None:
        if len(self.items) > 0:
            k = -n % len(self.items)
            self.items = self.items[k:] + self.items[:k]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.items[index]

    def __setitem__(self, index: int, value: Any) -> None:
        self.items[index] = value

    def __iter__(self) -> Any:
        return self.items

    def __contains__(self, value: Any) -> bool:
        return value in self.items


class OrderedDict:
    def __init__(self, pairs: Any = (), /, **keywords: Any) -> None:
        self.data = dict(pairs) | keywords

    def __getitem__(self, key: Any) -> Any:
        return self.data[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.data[key] = value

    def __delitem__(self, key: Any) -> None:
        del self.data[key]

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Any:
        return self.data.keys()

    def __contains__(self, key: Any) -> bool:
        return key in self.data

    def keys(self) -> Any:
        return self.data.keys()

    def values(self) -> Any:
        return self.data.values()

    def items(self) -> Any:
        return self.data.items()

    def get(self, key: Any, default: Any = None) -> Any:
        return self.data.get(key, default)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        return self.data.setdefault(key, default)

    def pop(self, key: Any, *default: Any) -> Any:
        return self.data.pop(key, *default)

    def update(self, *others: Any, **keywords: Any) -> None:
        for other in others:
            self.data.update(dict(other))
        self.data.update(keywords)

    def move_to_end(self, key: Any, last: bool = True) -> None:
        value = self.data.pop(key)
        self.data = self.data | {key: value} if last else {key: value} | self.data

    def popitem(self, last: bool = True) -> Any:
        keys = list(self.data)
        key = keys[-1] if last else keys[0]
        return key, self.data.pop(key)


class DefaultDict(OrderedDict):
    def __init__(
        self, factory: Callable[[], Any] | None = None, pairs: Any = (), /, **keywords: Any
    ) -> None:
        super().__init__(pairs, **keywords)
        self.default_factory = factory

    def __getitem__(self, key: Any) -> Any:
        if key not in self.data:
            self.data[key] = self.default_factory()  # type: ignore[misc]
        return self.data[key]

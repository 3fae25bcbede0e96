"""Functions that are held by values, and the frames that they were made in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s2sad.frontend.state.heap import State, parts
from s2sad.frontend.state.values import Abstract, Closure, Ref


def closures_in(state: State, values: Iterable[Abstract]) -> Iterator[Closure]:
    """The functions among values, and in what these hold, in order."""
    todo = list(values)[::-1]
    seen: set[int] = set()
    while todo:
        value = todo.pop()
        if isinstance(value, Closure):
            yield value
        elif not isinstance(value, Ref):
            todo += parts(value)[::-1]
        elif value.location in state.heap and value.location not in seen:
            seen.add(value.location)
            todo += parts(state.heap[value.location])[::-1]


def frames_of_functions(state: State, newest: int) -> frozenset[int]:
    """The frames behind `newest` that functions were made in which are held by names of older
    frames, or by names of such frames themselves."""
    found: set[int] = set()
    todo = [value for (number, _), value in state.names.items() if number <= newest]
    while todo:
        functions = list(closures_in(state, todo))
        todo = []
        for function in functions:
            frame = function.frame
            while frame is not None and frame.number not in found:
                if frame.number > newest:
                    found.add(frame.number)
                    todo += [v for (n, _), v in state.names.items() if n == frame.number]
                frame = frame.parent
    return frozenset(found)

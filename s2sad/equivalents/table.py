"""Which function or class stands for which."""

from __future__ import annotations

import collections
import functools
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

from s2sad.equivalents import containers, functions, iterators, sequences

FUNCTIONS: dict[Any, Callable[..., Any]] = {
    functools.reduce: functions.reduce,
    functools.partial: functions.partial,
    functools.wraps: functions.wraps,
    functools.update_wrapper: functions.update_wrapper,
    divmod: functions.divmod_,
    math.modf: functions.modf,
    operator.getitem: functions.getitem,
    operator.contains: functions.contains,
    operator.not_: functions.not_,
    operator.truth: functions.truth,
    operator.is_: functions.is_,
    operator.is_not: functions.is_not,
    operator.itemgetter: functions.itemgetter,
    operator.attrgetter: functions.attrgetter,
    operator.methodcaller: functions.methodcaller,
    operator.setitem: functions.setitem,
    operator.delitem: functions.delitem,
    operator.iadd: functions.iadd,
    operator.isub: functions.isub,
    operator.imul: functions.imul,
    operator.itruediv: functions.itruediv,
    operator.imatmul: functions.imatmul,
    operator.ipow: functions.ipow,
    operator.concat: functions.concat,
    operator.countOf: functions.count_of,
    sorted: sequences.ordered,
    iter: containers.Iterator,
    itertools.product: sequences.product,
    itertools.permutations: sequences.permutations,
    itertools.combinations: sequences.combinations,
    itertools.combinations_with_replacement: sequences.combinations_with_replacement,
    itertools.accumulate: iterators.accumulate,
    itertools.chain: iterators.chain,
    itertools.chain.from_iterable: iterators.from_iterable,
    itertools.islice: iterators.islice,
    itertools.pairwise: iterators.pairwise,
    itertools.takewhile: iterators.takewhile,
    itertools.dropwhile: iterators.dropwhile,
    itertools.filterfalse: iterators.filterfalse,
    itertools.zip_longest: iterators.zip_longest,
    itertools.compress: iterators.compress,
    itertools.repeat: iterators.repeat,
    itertools.count: iterators.count,
    itertools.cycle: iterators.cycle,
    functools.lru_cache: functions.lru_cache,
    functools.cache: functions.cache,
    collections.deque: containers.Deque,
    collections.defaultdict: containers.DefaultDict,
    collections.OrderedDict: containers.OrderedDict,
}


def equivalent(function: Any) -> Callable[..., Any] | None:
    """What stands for a function or class, or None."""
    try:
        return FUNCTIONS.get(function)
    except TypeError:  # it can't be hashed
        return None

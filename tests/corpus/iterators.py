"""Iterators: generators that are kept and passed on, `itertools`, and functions that remember."""

import functools
import itertools
import operator

import numpy as np

from tests.corpus import program


def squares(x):
    for v in x:
        yield v * v


def guarded(x):
    try:
        for v in x:
            yield v * v
    finally:
        pass


def quiet(x):
    with np.errstate(all="ignore"):
        for v in x:
            yield v * v


@functools.lru_cache(maxsize=None)  # noqa: UP033
def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


@functools.cache
def doubled(n):
    return n * 2.0


@program(lambda r, n: (r.normal(4),), rough=True)
def accumulate(x):
    s = 0.0
    for a in itertools.accumulate(x):
        s += a * a
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def accumulate_fn(x):
    return sum(itertools.accumulate(x, lambda a, b: a * b, initial=1.0))


@program(lambda r, n: (r.normal(4),), rough=True)
def accumulate_mul(x):
    return list(itertools.accumulate(x, operator.mul))[-1]


@program(lambda r, n: (r.normal(4),), rough=True)
def chain(x):
    s = 0.0
    for v in itertools.chain(x, x * 2):
        s += v**2
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def chain_list(x):
    return sum(v * k for k, v in enumerate(itertools.chain([x[0], x[1]], [x[2]])))


@program(lambda r, n: (r.normal(4),), rough=True)
def chain_from(x):
    rows = [[x[0], x[1]], [x[2]]]
    return sum(v * v for v in itertools.chain.from_iterable(rows))


@program(lambda r, n: (r.normal(4),), rough=True)
def islice(x):
    s = 0.0
    for v in itertools.islice(x, 2):
        s += v**2
    for v in itertools.islice(x, 1, None, 2):
        s += v**3
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def pairwise(x):
    s = 0.0
    for a, b in itertools.pairwise(x):
        s += (b - a) ** 2
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def zip_longest(x):
    s = 0.0
    for a, b in itertools.zip_longest(x, x[:2], fillvalue=0.0):
        s += a * (b + 1)
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def zip_longest_none(x):
    s = 0.0
    for a, b in itertools.zip_longest([x[0], x[1]], [x[2]]):
        s += a * (1.0 if b is None else b)
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def product_rt(x):
    s = 0.0
    for i, j in itertools.product(range(len(x)), repeat=2):
        s += x[i] * x[j] ** 2
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def combinations_idx(x):
    s = 0.0
    for i, j in itertools.combinations(range(len(x)), 2):
        s += x[i] * x[j]
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def repeat(x):
    s = 0.0
    for a, b in zip(x, itertools.repeat(2.0)):
        s += a * b
    for a in itertools.repeat(x[0], 3):
        s += a * a
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def count(x):
    s = 0.0
    for k, v in zip(itertools.count(1), x):
        s += k * v**2
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def count2(x):
    s = 1.0
    for k in itertools.count():
        if k > 4:
            break
        s += x[0] * k * s
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def cycle(x):
    s = 0.0
    for a, b in zip(x, itertools.cycle([1.0, 2.0])):
        s += a * a * b
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def takewhile(x):
    s = 0.0
    for v in itertools.takewhile(lambda v: v < 1.0, x):
        s += v * v
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def dropwhile(x):
    return sum(itertools.dropwhile(lambda v: v < 1.0, x))


@program(lambda r, n: (r.normal(4),), rough=True)
def compress(x):
    return sum(itertools.compress(x, [1, 0, 1, 1]))


@program(lambda r, n: (r.normal(4),), rough=True)
def filterfalse(x):
    return sum(v * v for v in itertools.filterfalse(lambda v: v < 0, x))


@program(lambda r, n: (r.normal(4),), rough=True)
def cached(x):
    s = 0.0
    for k in range(4):
        s += x[k] * factorial(k)
    return s + doubled(3) * x[0]


@program(lambda r, n: (r.normal(4),), rough=True)
def cached_inner(x):
    @functools.lru_cache(None)
    def f(i):
        if i == 0:
            return x[0]
        return f(i - 1) * x[i] + 1.0

    return f(len(x) - 1)


@program(lambda r, n: (r.normal(4),), rough=True)
def cached_inner2(x):
    @functools.cache
    def dp(i, j):
        if i == 0 or j == 0:
            return 0.0
        return max(dp(i - 1, j), dp(i, j - 1)) + x[i] * x[j]

    return dp(3, 3)


@program(lambda r, n: (r.normal(4),), rough=True)
def cached_maxsize(x):
    @functools.lru_cache(maxsize=128)
    def basis(i):
        return x**i

    return np.sum(basis(2) + basis(3) * basis(2))


@program(lambda r, n: (r.normal(4),), rough=True)
def enumerated_squares(x):
    s = 0.0
    for k, v in enumerate(squares(x)):
        s += k * v
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def zip_squares(x):
    s = 0.0
    for a, b in zip(squares(x), x):  # noqa: B905
        s += a * b
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def zip_gens(x):
    s = 0.0
    for a, b in zip(squares(x), squares(x * 2)):  # noqa: B905
        s += a * b
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def generator_try_used(x):
    s = 0.0
    for v in guarded(x):
        s += v
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def generator_with_used(x):
    return sum(quiet(x))


@program(lambda r, n: (r.normal(4),), rough=True)
def generator_kept(x):
    g = squares(x)
    s = 0.0
    for v in g:
        s += v
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def expression_kept(x):
    g = (v * v for v in x)
    return sum(g)


@program(lambda r, n: (r.normal(4),), rough=True)
def expression_kept_for(x):
    g = (v * v for v in x if v > 0)
    s = 0.0
    for v in g:
        s += np.sin(v)
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def generator_passed(x):
    def total(it):
        s = 0.0
        for v in it:
            s += v
        return s

    return total(squares(x)) + total(v * 2 for v in x)


@program(lambda r, n: (r.normal(4),), rough=True)
def map_squares(x):
    return sum(map(lambda v: v * v, squares(x)))  # noqa: C417


@program(lambda r, n: (r.normal(4),), rough=True)
def filter_in(x):
    return sum(k * v for k, v in enumerate(filter(lambda v: v > 0, x)))


@program(lambda r, n: (r.normal(4),), rough=True)
def consumed_twice(x):
    g = (v * v for v in x)
    a = sum(g)
    b = sum(g)
    return a + b


@program(lambda r, n: (r.normal(4),), rough=True)
def reads_when_consumed(x):
    y = x * 2
    g = (v * v for v in y)
    y[0] = x[1] * 7
    return sum(g)


@program(lambda r, n: (r.normal(4),), rough=True)
def written_while_consumed(x):
    y = x * 2
    s = 0.0
    for k, v in enumerate(a for a in y):
        s += v
        if k + 1 < len(y):
            y[k + 1] += v
    return s


@program(lambda r, n: (r.normal(4),), rough=True)
def zip_is_left(x):
    s = 0.0
    for v, w in zip((a * a for a in x), x):  # noqa: B905
        if w > 1.0:
            break
        s += v * w
    else:
        s = 100.0
    return s

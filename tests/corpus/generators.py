"""Generators of the source, consumed at once."""

import math

import numpy as np

from tests.corpus import program


def products(v):
    for k in range(len(v) - 1):
        yield k, v[k] * v[k + 1]


def growing(v, n):
    y = v[0]
    for k in range(n):
        y = y * v[k]
        if y > 100.0:
            return
        yield y
    yield y * 2.0


class Layers:
    def __init__(self, w):
        self.w = w

    def each(self):
        for k in range(3):
            yield self.w * (k + 1.0)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def generator_in_a_for(x):
    s = 0.0
    for k, p in products(x):
        s = s + p * k
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def generator_left_by_break(x):
    s = 0.0
    for k, p in products(x):
        if k > 1:
            break
        s = s + p * p
    else:
        s = s * 3.0
    return s


@program(lambda r, n: (r.positive(4),))
def generator_left_by_return(x):
    for _, p in products(x):
        if p > 0.5:
            return p * x[0]
    return x[1]


@program(lambda r, n: (r.positive(4),))
def generators_in_consumers(x):
    return sum(growing(x, 3)) + max(growing(x, 2)) + len(list(growing(x, 2)))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def yields_from_others(x):
    def squares(v):
        for a in v:
            yield a * a

    def all_of_them(v):
        yield from squares(v)
        yield 2.0
        yield from v

    return sum(all_of_them(x))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def consumer_writes_what_is_yielded(x):
    y = x.copy()

    def doubled():
        for k in range(len(y)):
            yield y[k] * 2.0

    s = 0.0
    j = 0
    for v in doubled():
        j = j + 1
        if j < len(y):
            y[j] += v * v
        s = s + v
    return s + np.sum(y)


@program(lambda r, n: (r.normal(4),))
def generators_in_each_other(x):
    def pairs(v):
        for k in range(len(v)):
            yield k, v[k]

    def counts(n):
        for j in range(n):
            yield j + 1.0

    s = 0.0
    for k, v in pairs(x):
        for w in counts(k):
            if w > 1.5:
                break
            s = s + v * w
        else:
            s = s + v
            continue
        s = s * 1.1
    return s


@program(lambda r, n: (np.append(r.positive(n), -1.0),), lengths=(0, 1, 2))
def generator_that_raises(x):
    def logarithms(v):
        for a in v:
            yield math.log(a)

    s = 0.0
    try:
        for value in logarithms(x):
            s = s + value * value
    except ValueError:
        s = s * 3.0
    return s


@program(lambda r, n: (r.number(2.0, 3.0), 0.3), wrt=(0,))
def generator_with_a_while(x, tol):
    def halved(y):
        while y > tol:
            yield y
            y = y * 0.5

    s = 0.0
    for y in halved(x):
        s = s + y * y
    return s


@program(lambda r, n: (r.number(),))
def generator_method(x):
    layers = Layers(x)
    s = 0.0
    for w in layers.each():
        s = s + w * w
    return s * max(layers.each())


@program(lambda r, n: (np.array([1.9, -0.2, -1.0]),), rough=True)
def targets_stay_bound(x):
    def halved(a):
        n = 0
        while n < 3 and a > 0.1:
            yield a
            a = a * 0.5
            n += 1

    def thrice(b):
        yield b
        yield b * 2.0
        yield b

    a = x[0]
    s = 0.0
    for u in halved(x[0] * 1.1):
        for v in thrice(x[1]):
            for w in halved(a):
                s = s + w * v
            a = a + w * 0.5
        a = x[2]
        s = s + w * u
    return s

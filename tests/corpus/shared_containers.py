"""Containers that hold one thing twice, or are changed by one of several names."""
# ruff: noqa: B006, B007, C417, E742, SIM113 (written as authors write)

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.corpus import program


class O:
    def __init__(self, a):
        self.a = a


@program(lambda r, n: ([[r.number(), r.number()], [r.number(), r.number()]],))
def matrix_as_lists_changed(m):
    for i in range(2):
        for j in range(2):
            m[i][j] = m[i][j] * 2.0
    return m[0][0] * m[1][1] - m[0][1] * m[1][0]


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def matrix_of_lists_made(x):
    m = [[0.0] * 3 for _ in range(len(x))]
    for i in range(len(x)):
        for j in range(3):
            m[i][j] = x[i] * j
    return sum(sum(r) ** 2 for r in m)


@program(lambda r, n: (r.number(), r.number()))
def repeated_row(x, y):
    m = [[0.0] * 2] * 2
    m[0][0] = x
    m[1][1] = y
    return m[0][0] * m[0][1] + m[1][0]


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def repeated_array(x):
    m = [x * 1.0] * 3
    m[0][0] = 2.0
    return np.sum(m[2] * m[1])


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def list_copy_shares_static(x):
    s = [x * 2.0, x * 3.0]
    t = s.copy()
    t[1][0] = 5.0
    t.append(x)
    return np.sum(s[1] * x) + len(s)


@program(lambda r, n: (r.normal(n), 1), wrt=(0,), lengths=(1,))
def dynamic_element_written(x, k):
    s = [x * 2.0, x * 3.0]
    s[k][0] = 5.0
    return np.sum(s[1] * x) + np.sum(s[0])


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def closure_default_shared(x):
    def f(v, acc=[]):
        acc.append(v)
        return sum(acc)

    return f(x[0]) + f(x[0] * 2.0)


@program(lambda r, n: (r.number(), r.number()))
def object_aliased(x, y):
    a = O(x)
    d = {"o": a, "l": [a]}
    d["o"].a = y
    d["l"][0].a = d["l"][0].a * y
    return a.a * x


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def object_holds_argument(x):
    o = O(x)
    o.a[0] = 3.0
    return np.sum(x * x)


@program(lambda r, n: (O(r.normal(3)),), wrt=(0,))
def object_array_written(o):
    b = o.a
    b[0] = b[1] * 2.0
    o.a = o.a * b
    return np.sum(o.a)


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def deque_of_arrays(x):
    q = deque([x, x * 2.0])
    for k in range(3):
        q.append(q.popleft() * 2.0 + x)
    return np.sum(q[0] * q[1])


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def property_of_changing(x):
    class_ = O(0.0)
    for v in x:
        class_.a += v
    return class_.a


@dataclass
class Acc:
    total: Any = 0.0
    items: list = field(default_factory=list)

    def push(self, v):
        self.items.append(v)
        self.total = self.total + v * len(self.items)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def two_accumulators(x):
    a, b = Acc(), Acc()
    for v in x:
        a.push(v)
        b.push(a.total)
    return a.total * b.total + sum(b.items)


@program(lambda r, n: (r.normal(n),), rough=True, lengths=(0, 1))
def swap_objects(x):
    a, b = O(1.0), O(2.0)
    for v in x:
        a, b = b, a
        a.a = a.a * v
    return a.a + 2.0 * b.a


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def map_effects(x):
    log = []

    def f(v):
        log.append(v)
        return v * 2.0

    m = map(f, [x[0], 2.0 * x[0]])
    n0 = len(log)
    t = 0.0
    for v in m:
        t = t * 3.0 + v * len(log)
    return t + n0


@program(lambda r, n: (r.normal(5),))
def enumerate_mutated(x):
    y = x * 1.0
    t = 0.0
    for k, v in enumerate(y):
        if k + 1 < len(y):
            y[k + 1] = v * y[k + 1]
        t += v
    return t


@program(lambda r, n: (r.normal(5),))
def map_array_mutated(x):
    y = x * 1.0
    t = 0.0
    k = 0
    for v in map(lambda a: a * 2.0, y):
        if k + 1 < len(y):
            y[k + 1] = v * y[k + 1]
        k += 1
        t += v
    return t


@program(lambda r, n: (r.normal(5),))
def nested_attr_augmented(x):
    o = O(O(x * 1.0))
    o.a.a += x
    o.a.a[1] *= 2.0
    o.a.a = o.a.a**2
    return np.sum(o.a.a)

"""Functions that are called: large ones that are called again, and recursive ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.corpus import program

SCALE = 0.7
WEIGHTS = np.array([0.3, -0.2, 0.5])


def dense(h: Any, w: Any, b: Any) -> Any:
    z = h @ w + b
    a = np.tanh(z)
    m = np.mean(a)
    v = np.mean((a - m) * (a - m))
    n = (a - m) / np.sqrt(v + 0.1)
    g = n * np.exp(-n * n) + 0.1 * n
    return g + 0.5 * z * np.sin(z)


@program(lambda r, n: (r.normal(2, n), r.normal(n, n), r.normal(n)), lengths=(1, 2), single=False)
def layers_of_one_kind(x, w, b):
    h = dense(x, w, b)
    h = dense(h, w, 0.2 * b)
    h = dense(h, w.T, b)
    return np.sum(dense(h, w, b) * h)


@program(lambda r, n: (r.normal(3, n), r.normal(n, n) * 0.3), lengths=(1, 2), single=False)
def large_calls_in_loop_and_branch(x, w):
    total = 0.0
    for k in range(3):
        h = dense(x, w, 0.1 * k)
        x = dense(h, w, 0.2)
        if k > 0:
            x = dense(x, w, 0.3) + h
        x = dense(x, w, 0.4) + h
        total = total + np.sum(x)
    return total


def smooth(u: Any, rate: Any) -> Any:
    for k in range(1, len(u) - 1):
        u[k] = u[k] + rate * (u[k - 1] - 2.0 * u[k] + u[k + 1]) * u[k]
    u[0] = np.tanh(u[0])
    u[-1] = u[1] * u[0]
    s = np.sum(u * u)
    return s * np.exp(-s) + rate * np.sin(s) * np.cos(s)


@program(lambda r, n: (r.normal(n), r.number(0.1, 0.2)), lengths=(2,), writes=True, single=False)
def large_call_writes_argument(x, rate):
    p = smooth(x, rate)
    q = smooth(x, 2.0 * rate) * p
    q = q + smooth(x, rate) + smooth(x, rate) + smooth(x, rate)
    return p * q + np.sum(x * x)


@program(lambda r, n: (r.normal(2, n + 2), r.number(0.1, 0.2)), single=False)
def large_call_writes_views(x, rate):
    u = x.copy()
    s = smooth(u[0, 1:], rate) + smooth(u[1, :-1], rate)
    for k in range(2):
        s = s * smooth(u[k, ::-1], rate) + u[0, 1]
        s = s + smooth(u[:, k + 1], rate)
        s = s + smooth(u[k, 1:], rate) + smooth(u[1 - k, 1:], rate)
    return s + np.sum(u * u)


def exchange(a: Any, b: Any, k: int) -> Any:
    c = np.tanh(a * b) + 0.1 * np.sin(a) * k
    a[:] = np.cos(b) * c
    b[:] = np.exp(-c * c) + 0.5 * np.arctan(c)
    b *= 0.3 * np.sin(a) + np.cos(b * a) - np.tanh(a)
    return a, b[1:], np.sum(c)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(2,), single=False)
def large_call_returns_what_it_was_given(x, y):
    a, b = x.copy(), y.copy()
    p, q, s = exchange(a, b, 1)
    p[0] = 2.0 * q[0]
    q[0] += 0.1 * s
    p, q, s = exchange(b, a, 2)
    p[1] *= 2.0
    exchange(a, b, 3)
    exchange(a, b, 4)
    exchange(b, a, 5)
    return np.sum(a * b) + np.sum(p) * np.sum(q) + s


def outer_pair(x: Any, w: Any) -> Any:
    y = dense(x, w, 0.1) + dense(x, w, 0.2)
    y = y + dense(x, w, 0.3) * dense(y, w, 0.4)
    z = np.where(y > 0.0, np.tanh(y), np.exp(y) - 1.0)
    return 0.5 * (z * np.cos(z) + np.sin(z * z) - np.tanh(z) * SCALE)


@program(lambda r, n: (r.normal(2, n), r.normal(n, n)), lengths=(2,), single=False)
def large_call_calls_large_ones(x, w):
    y = outer_pair(x, w)
    y = outer_pair(y, w) + outer_pair(x * y, w)
    y = outer_pair(y, w) + outer_pair(x - y, w)
    return np.mean(outer_pair(y, w) * y)


def guarded(x: Any, mode: str, order: int) -> Any:
    y = np.sqrt(x) + x * np.log(x)
    for _ in range(order):
        y = y * np.sin(y) + x
    if mode == "square":
        y = y * y + np.exp(-y * y) / (1.0 + y * y)
    z = np.tanh(y) + np.cos(y) * x
    return z * np.exp(-z) + np.arctan(z) * np.sqrt(1.0 + z * z)


@program(lambda r, n: (np.append(r.positive(n), -0.5),), rough=True, single=False)
def large_call_before_mask(x):
    y = np.abs(x)
    s = np.where(x > 0.0, guarded(y, "square", 2), 0.0)
    s = s + guarded(y, "plain", 2) + guarded(y, "square", 3)
    s = s + guarded(y, "plain", 2) + guarded(y, "square", 3)
    s = s * guarded(y, "plain", 1) + guarded(y, "square", 4)
    return np.sum(s)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(1, 2), single=False)
def large_inner_function(x, k):
    total = 0.0

    def step(v, c):
        nonlocal total
        a = np.sin(v * c) + k * x
        b = np.cos(a) * np.exp(-a * a) + SCALE
        c = np.sqrt(1.0 + b * b) * np.tanh(b) + a * v
        d = c / (1.0 + c * c) + np.arctan(c)
        total = total + np.sum(d)
        return d * np.sin(d)

    v = step(x, 0.1)
    for j in range(2):
        v = step(v, 0.2 * j)
    v = step(v, total)
    v = step(v, 0.4)
    return np.sum(v) * total


# -- recursion that writes


def butterflies(x: Any) -> None:
    n = len(x)
    if n <= 1:
        return
    h = n // 2
    butterflies(x[:h])
    butterflies(x[h:])
    t = x[0] * x[h]
    x[0] = x[0] + t
    x[h] = x[h] * np.cos(t)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def recursion_writes_views(x):
    u = x * 2.0
    butterflies(u)
    return np.sum(u * u)


def quicksort(x: Any, low: int, high: int) -> None:
    if low >= high:
        return
    pivot, i = x[high], low
    for j in range(low, high):
        if x[j] < pivot:
            x[i], x[j] = x[j], x[i]
            i += 1
    x[i], x[high] = x[high], x[i]
    quicksort(x, low, i - 1)
    quicksort(x, i + 1, high)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True)
def quicksort_in_place(x):
    quicksort(x, 0, len(x) - 1)
    return np.sum(x * np.arange(float(len(x))) * x)


def merge_sort(x: Any) -> None:
    if len(x) < 2:
        return
    m = len(x) // 2
    left, right = x[:m].copy(), x[m:].copy()
    merge_sort(left)
    merge_sort(right)
    i = j = 0
    for k in range(len(x)):
        if j >= len(right) or (i < len(left) and left[i] <= right[j]):
            x[k] = left[i]
            i += 1
        else:
            x[k] = right[j]
            j += 1


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def merge_sort_of_copies(x):
    y = x.copy()
    merge_sort(y)
    return np.sum(y * np.arange(float(len(y))) * y)


def multigrid(u: Any, f: Any, level: int) -> None:
    for k in range(1, len(u) - 1):
        u[k] = 0.5 * (u[k - 1] + u[k + 1] + f[k])
    if level == 0 or len(u) < 5:
        return
    r = np.zeros_like(u)
    r[1:-1] = f[1:-1] + u[:-2] - 2.0 * u[1:-1] + u[2:]
    coarse = r[::2].copy()
    e = np.zeros_like(coarse)
    multigrid(e, 4.0 * coarse * coarse, level - 1)
    u[::2] += e
    u[1:-1:2] += 0.5 * (e[:-1] + e[1:])
    for k in range(1, len(u) - 1):
        u[k] = 0.5 * (u[k - 1] + u[k + 1] + f[k])


@program(lambda r, n: (r.normal(9), r.normal(9)))
def recursive_multigrid(u, f):
    u = u.copy()
    multigrid(u, f, 2)
    multigrid(u, f, 1)
    return np.sum(u * u)


def fft(re: Any, im: Any) -> Any:
    n = len(re)
    if n == 1:
        return re.copy(), im.copy()
    er, ei = fft(re[::2], im[::2])
    dr, di = fft(re[1::2], im[1::2])
    angle = 2.0 * np.pi * np.arange(n // 2) / n
    c, s = np.cos(angle), -np.sin(angle)
    tr, ti = dr * c - di * s, dr * s + di * c
    return np.concatenate((er + tr, er - tr)), np.concatenate((ei + ti, ei - ti))


@program(lambda r, n: (r.normal(8),), single=False)
def recursive_fft(x):
    re, im = fft(x, np.zeros_like(x))
    return np.sum(re[1:4] ** 2 + im[1:4] ** 2) * SCALE


def cholesky(a: Any) -> None:
    n = a.shape[0]
    if n == 1:
        a[0, 0] = np.sqrt(a[0, 0])
        return
    m = n // 2
    cholesky(a[:m, :m])
    a[m:, :m] = np.linalg.solve(a[:m, :m], a[m:, :m].T).T
    a[m:, m:] -= a[m:, :m] @ a[m:, :m].T
    a[:m, m:] = 0.0
    cholesky(a[m:, m:])


@program(lambda r, n: (r.definite(n),), lengths=(1, 2))
def recursive_cholesky(a):
    a = a.copy()
    cholesky(a)
    return np.sum(np.log(np.diag(a))) + a[-1, 0]


def grown(x: Any, n: int) -> Any:
    if n == 0:
        return x
    x *= 1.5
    return grown(x, n - 1)


@program(lambda r, n: (r.normal(n + 1),))
def recursion_returns_its_argument(x):
    y = x * 1.0
    z = grown(y, 2)
    z[0] = z[1] * z[2]
    return np.sum(y * y) + np.sum(z)


def tail(x: Any, n: int) -> Any:
    if n == 0:
        return x[1:]
    x[0] *= x[1]
    return tail(x, n - 1)


@program(lambda r, n: (r.normal(n + 1),))
def recursion_returns_a_view(x):
    y = x.copy()
    z = tail(y, 2)
    z[0] *= z[1]
    return np.sum(y * y * y)


def crossed(x: Any, y: Any, n: int) -> Any:
    if n == 0:
        return np.sum(x * y)
    x += 0.1 * y * y
    y *= np.sin(x)
    return crossed(y, x, n - 1) + x[0]


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2), single=False)
def recursion_writes_two_arguments(x, y):
    a, b = x * 1.0, y * 2.0
    s = crossed(a, b, 3)
    return s + np.sum(a) * np.sum(b)


def ping(x: Any, n: int) -> Any:
    x[0] += 1.0
    return x[1] if n == 0 else pong(x[1:], x, n - 1) * x[0]


def pong(v: Any, x: Any, n: int) -> Any:
    return np.sum(v) * ping(x, n) + v[0]


@program(lambda r, n: (r.normal(n),), writes=True)
def mutual_recursion_writes(x):
    return ping(x, 2) * x[0] + pong(x[1:], x, 1)


# -- recursion of other kinds


def weighted(x: Any, n: int) -> Any:
    if n == 0:
        return x
    return weighted(np.tanh(x) * WEIGHTS, n - 1) * SCALE


@program(lambda r, n: (r.normal(3),), single=False)
def recursion_reads_globals(x):
    return np.sum(weighted(x, 3))


@program(lambda r, n: (r.normal(n + 1), r.number()), single=False)
def recursion_writes_enclosing_scope(x, k):
    u = x.copy()
    total = 0.0

    def step(j):
        nonlocal total
        if j == 0:
            return 1.0
        u[j] = u[j] * u[j - 1] + k
        total = total + u[j]
        return step(j - 1) * u[j]

    return step(3) + total * np.sum(u)


def branching(depth: int, w: Any) -> Any:
    if depth == 0:
        return w[0]
    s = 0.0
    for k in range(2):
        if k == 1 and depth == 1:
            break
        s = s + branching(depth - 1, w[1:]) * np.sin(w[0] * (k + 1))
    return s


@program(lambda r, n: (r.normal(5),), single=False)
def recursion_in_loop_with_break(w):
    return branching(3, w)


def bounded(x: Any, n: int) -> Any:
    while n > 0:
        if x > 2.0:
            return x
        x = bounded(x * 1.3, n - 2) + 0.1
        n -= 1
    return x * x


@program(lambda r, n: (r.number(0.3, 0.5),))
def recursion_in_while_with_return(x):
    return bounded(x, 3)


@dataclass
class Scaled:
    factor: Any
    values: Any


def scaled(p: Scaled, n: int) -> Any:
    if n == 0:
        return p.factor * np.sum(p.values)
    p.values[0] *= p.factor
    p.factor = p.factor * p.factor
    return scaled(Scaled(p.factor * p.values[1], p.values), n - 1) + p.factor


@program(lambda r, n: (r.number(), r.normal(n)), lengths=(2,), single=False)
def recursion_over_objects(a, b):
    p = Scaled(a, b.copy())
    return scaled(p, 2) + np.sum(p.values) * p.factor


def rotated(v: Any, n: int) -> Any:
    a, b = v
    return a * b if n == 0 else rotated((b, a + b * b), n - 1)


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def recursion_over_tuples(x, y):
    return rotated((x, y), 3)


def applied(f: Any, x: Any, n: int) -> Any:
    return f(x) if n == 0 else applied(f, f(x) * 0.5, n - 1)


@program(lambda r, n: (r.number(), r.number()), analytic=True)
def recursion_with_closure(x, y):
    return applied(lambda v: v * y + np.sin(v), x, 3)


def collected(x: Any, n: int) -> Any:
    if n == 0:
        return [x]
    items = collected(x * 1.1, n - 1)
    items.append(x * x)
    return items


@program(lambda r, n: (r.number(),), analytic=True)
def recursion_returns_a_list(x):
    s = 0.0
    for v in collected(x, 3):
        s += v * v
    return s


def roots(x: Any, n: int) -> Any:
    return np.sqrt(x) if n == 0 else roots(x, n - 1)


@program(lambda r, n: (np.append(r.positive(n), 0.0),), rough=True, single=False)
def recursion_before_mask(x):
    return np.sum(np.where(x > 0.1, roots(x, 2), 0.0))

"""Loops over ranges, sequences and conditions."""
# ruff: noqa: SIM108, B905 (written as authors write)

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def over_range(x):
    s = 0.0
    for i in range(len(x)):
        s = s + x[i] * x[i]
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def over_shape(x):
    s = 1.0
    for i in range(x.shape[0]):
        s *= np.cos(x[i])
    return s


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), analytic=True)
def negative_step(c, x):
    p = 0.0
    for i in range(len(c) - 1, -1, -1):
        p = p * x + c[i]
    return p


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def step_of_two(x):
    s = 0.0
    for i in range(0, x.shape[0], 2):
        s = s + np.exp(x[i]) * (i + 1)
    return s


@program(lambda r, n: (r.normal(n), 3), lengths=(0, 1, 2), analytic=True)
def step_from_argument(x, k):
    s = 0.0
    for i in range(1, x.shape[0], k):
        s = s * x[i] + x[i] ** 2
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def over_array(x):
    s = 0.0
    for v in x:
        s += v * v * v
    return s


@program(lambda r, n: (r.normal(n, 3),), lengths=(0, 1, 2), analytic=True)
def over_rows(a):
    s = np.zeros(3)
    for row in a:
        s = s * 0.5 + np.sin(row)
    return np.sum(s)


@program(lambda r, n: ([r.normal(3) for _ in range(n)],), lengths=(1, 2), analytic=True)
def over_list(xs):
    s = 1.0
    for x in xs:
        s = s * np.sum(np.cos(x))
    return s


@program(lambda r, n: ((r.number(), r.number(), r.number()),), analytic=True)
def over_tuple(xs):
    s = 0.0
    for x in xs:
        s = s * x + x
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def with_enumerate(x):
    s = 0.0
    for i, v in enumerate(x):
        s += (i + 1) * v**2
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def enumerate_from_one(x):
    s = 0.0
    for i, v in enumerate(x, 1):
        s += np.sin(i * v)
    return s


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2), analytic=True)
def with_zip(x, y):
    s = 0.0
    for a, b in zip(x, y):
        s = s + a * b + s * a
    return s


@program(lambda r, n: (r.normal(n), r.normal(n + 2)), lengths=(0, 1, 2), analytic=True)
def zip_of_unequal(x, y):
    s = 0.0
    for a, b in zip(x, y):
        s = s + a * b * b
    return s


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), analytic=True)
def with_reversed(c, x):
    p = 0.0
    for a in reversed(c):
        p = p * x + a
    return p


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def reversed_range(x):
    s = 0.1
    for i in reversed(range(len(x))):
        s = np.sin(s + x[i])
    return s


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2), analytic=True)
def zip_enumerate(x, y):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, y)):
        s += a * b / (i + 1)
    return s


@program(lambda r, n: (r.normal(n, n),), lengths=(0, 1, 2), analytic=True)
def nested(a):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            s = s + a[i, j] * a[j, i] * (i + 2 * j)
    return s


@program(lambda r, n: (r.normal(n, n),), lengths=(0, 1, 2), analytic=True)
def triangular(a):
    s = 0.0
    for i in range(a.shape[0]):
        t = 1.0
        for j in range(i):
            t = t * a[i, j]
        s = s + t * a[i, i]
    return s


@program(lambda r, n: (r.number(), 4), analytic=True)
def counted(x, n):
    y = x
    for _ in range(n):
        y = np.sin(y) * x
    return y


@program(lambda r, n: (r.number(), 0), analytic=True)
def zero_trips(x, n):
    y = x * x
    for _ in range(n):
        y = y * y
    return y


@program(lambda r, n: (r.number(2.0, 2.5), 1e-12), wrt=(0,), single=False)
def newton_root(a, tol):
    x = a
    while abs(x * x - a) > tol:
        x = 0.5 * (x + a / x)
    return x


@program(lambda r, n: (r.number(1.2, 1.4),))
def while_growing(x):
    y = x
    while y < 10.0:
        y = y * x + 0.1
    return y


@program(lambda r, n: (r.number(),))
def while_not_entered(x):
    y = x * x
    while y > 1e6:
        y = y * 0.5
    return y * x


@program(lambda r, n: (r.number(), 4), analytic=True)
def while_counter(x, n):
    k = 0
    s = 0.0
    while k < n:
        s = s + x**k
        k += 1
    return s


@program(lambda r, n: (r.number(1.2, 1.4),))
def while_inside_for(x):
    s = 0.0
    for i in range(3):
        y = x + i
        while y < 8.0:
            y = y * x
        s = s + y
    return s


@program(lambda r, n: (r.number(1.2, 1.4), r.normal(3)))
def for_inside_while(x, c):
    y = 1.0
    while y < 20.0:
        for k in range(3):
            y = y * x + 0.1 * c[k] ** 2
        y = y + x
    return y


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), analytic=True)
def loop_variable_after(x):
    s = 0.0
    for i in range(len(x)):
        s = s + x[i]
        last = x[i] * i
    return s * last


@program(lambda r, n: (r.number(),), analytic=True)
def rank_grows(x):
    acc = 0.0
    for k in range(3):
        acc = acc + np.array([x, x * x]) * (k + 1)
    return np.sum(acc * acc)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def branch_in_loop(x):
    s = 0.0
    for v in x:
        if v > 0.0:
            s = s + v * v
        else:
            s = s - np.sin(v)
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def swapped_numbers(x):
    a, b = 0.3, 0.7
    for v in x:
        a, b = b, a * v + b
    return a * b


@program(lambda r, n: (r.number(), 6), analytic=True)
def fibonacci_like(x, n):
    a, b = x, 1.0
    for _ in range(n):
        a, b = b, a + x * b
    return b


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def loop_else(x):
    s = 0.0
    for v in x:
        s = s + v * v
    else:
        s = s * 2.0
    return s


@program(lambda r, n: (r.normal(4),), analytic=True)
def literal_list(x):
    s = 0.0
    for k in [0, 2, 3]:
        s = s + x[k] ** 2
    for c in (0.5, 1.5):
        s = s * c + x[1]
    return s


@program(lambda r, n: (r.number(), r.number(), 10), analytic=True)
def runge_kutta(y, k, steps):
    h = 0.1
    for _ in range(steps):
        a = -k * y
        b = -k * (y + 0.5 * h * a)
        c = -k * (y + 0.5 * h * b)
        d = -k * (y + h * c)
        y = y + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    return y


@program(lambda r, n: (r.positive(n),), lengths=(1, 2))
def running_maximum(x):
    m = x[0]
    s = 0.0
    for v in x:
        if v > m:
            m = v
        s = s + m
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def name_bound_in_loop_only(x):
    s = 0.0
    for i in range(len(x)):
        t = x[i] * x[i]
        u = t + s
        s = u * 0.5
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), analytic=True)
def comprehension(x):
    ys = [v * v for v in x]
    return sum(ys)


@program(lambda r, n: (r.normal(n, 2),), lengths=(1, 2), analytic=True)
def comprehension_of_arrays(a):
    rows = [np.sin(row) * (i + 1) for i, row in enumerate(a)]
    return np.sum(np.array(rows))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def generator_in_sum(x):
    return sum(v * v for v in x) * 2.0


@program(lambda r, n: (r.normal(n),), lengths=(2,), analytic=True)
def appended(x):
    ys = []
    for v in x:
        ys.append(np.sin(v))
    return np.sum(np.array(ys))


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2), analytic=True)
def carried_array(x, k):
    y = x
    for _ in range(4):
        y = np.tanh(y * k) + x
    return np.sum(y)


@program(lambda r, n: (r.definite(3) / 8.0, r.normal(3), 4), analytic=True)
def power_iteration(a, v, steps):
    for _ in range(steps):
        v = a @ v
        v = v / np.sqrt(v @ v)
    return v @ (a @ v)


@program(lambda r, n: (r.normal(3, 3) / 3.0, 5), analytic=True)
def matrix_power(a, k):
    p = np.eye(3)
    while k > 0:
        if k % 2 == 1:
            p = p @ a
        a = a @ a
        k = k // 2
    return np.sum(p)

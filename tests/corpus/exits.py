"""Loops that are left early."""

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.positive(n), 2.0), lengths=(0, 1, 2), wrt=(0,))
def break_on_limit(x, limit):
    s = 0.0
    for v in x:
        s = s + v
        if s > limit:
            break
    return s * s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def continue_on_sign(x):
    s = 0.0
    for v in x:
        if v < 0.0:
            continue
        s = s + v * v
    return s


@program(lambda r, n: (r.positive(n), 2.0), lengths=(0, 1, 2), wrt=(0,))
def return_in_loop(x, limit):
    s = 0.0
    for k in range(len(x)):
        s = s + np.sin(x[k])
        if s > limit:
            return s * x[k]
    return s


@program(lambda r, n: (0.8, r.positive(n), 1.9), lengths=(0, 1, 2), wrt=(0, 1))
def search(x, w, limit):
    s = 0.0
    for k in range(len(w)):
        s = s + np.sin(w[k] * x)
        if s > limit:
            return s * x
        if k > 3:
            break
    return s


@program(lambda r, n: (r.number(1.3, 1.5),))
def while_true(x):
    y = x
    while True:
        y = y * x
        if y > 20.0:
            break
    return y


@program(lambda r, n: (r.number(1.3, 1.5),))
def while_true_return(x):
    y = x
    k = 0
    while True:
        y = y * x
        k += 1
        if y > 20.0:
            return y + k * x


@program(lambda r, n: (r.positive(n, n),), lengths=(0, 1, 2))
def break_inner(a):
    s = 0.0
    for i in range(a.shape[0]):
        t = 0.0
        for j in range(a.shape[1]):
            t = t + a[i, j]
            if t > 2.0:
                break
        s = s + t * t
    return s


@program(lambda r, n: (r.positive(n, n),), lengths=(0, 1, 2))
def return_from_inner(a):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            s = s + a[i, j] * (i + 1)
            if s > 6.0:
                return s * a[i, j]
    return s


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def else_after_break(x):
    s = 0.0
    for v in x:
        s = s + v
        if s > 100.0:
            s = -s
            break
    else:
        s = s * 3.0
    return s


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def else_skipped(x):
    s = 0.0
    for v in x:
        s = s + v * v
        if s > 1.0:
            break
    else:
        s = s * 3.0
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def continue_and_break(x):
    s = 0.1
    for i in range(len(x)):
        if x[i] > 1.5:
            break
        if x[i] < -1.0:
            s = s * 2.0
            continue
        s = s + x[i] * s
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def break_with_work(x):
    s = 1.0
    last = 0.0
    for v in x:
        if v < 0.0:
            last = v * s
            s = s + v * v
            break
        s = s * (1.0 + v)
    return s * s + last


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def position_of_exit(x):
    s = 0.0
    k = 0
    for k in range(len(x)):
        s = s + x[k]
        if s > 3.0:
            break
    return s * (k + 1)


@program(lambda r, n: (r.positive(n), 1.0), lengths=(1, 2), wrt=(0,))
def while_with_index(x, limit):
    i = 0
    s = 0.0
    while i < len(x) and s < limit:
        s = s + x[i] ** 2
        i += 1
    return s * i


@program(lambda r, n: (r.number(), 1e-10), wrt=(0,), single=False)
def fixed_point(a, tol):
    x = 1.0
    for _ in range(100):
        new = np.cos(a * x) * 0.5
        if abs(new - x) < tol:
            x = new
            break
        x = new
    return x


@program(lambda r, n: (r.number(), 1e-10), wrt=(0,), single=False)
def newton_returns(a, tol):
    x = a + 1.0
    for _ in range(50):
        f = x * x * x - a
        if abs(f) < tol:
            return x
        x = x - f / (3.0 * x * x)
    return x


@program(lambda r, n: (r.number(2.0, 3.0),))
def bisection(a):
    low, high = 0.0, a
    for _ in range(12):
        mid = 0.5 * (low + high)
        if mid * mid > a:
            high = mid
        else:
            low = mid
    return 0.5 * (low + high) * a


@program(lambda r, n: (r.positive(n, 3),), lengths=(0, 1, 2))
def break_writes_array(a):
    out = np.zeros(3)
    for row in a:
        out += row * row
        if out[0] > 2.0:
            out[1] = out[1] * row[2]
            break
    return np.sum(out)


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def return_from_branch_in_loop(x):
    s = 0.5
    for v in x:
        if v > 1.0:
            s = s * v
            if s > 2.0:
                return np.log(s)
        else:
            s = s + v
    return s * s


@program(lambda r, n: (r.positive(n),), lengths=(1, 2))
def always_leaves(x):
    for v in x:
        return v * v
    return 0.0


@program(lambda r, n: (r.positive(4),))
def two_loops_two_exits(x):
    s = 0.0
    for v in x:
        s = s + v
        if s > 1.5:
            break
    t = s
    for v in x:
        t = t * v
        if t > 5.0 or t < 0.5:
            return t + s
    return t * s


@program(lambda r, n: (r.normal(n), r.number()), lengths=(1, 2))
def returns_before_write(x, k):
    y = x * 1.0
    if k > 10.0:
        return np.sum(y) * k
    y[:1] = x[-1:] * 0.5
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(1, 2))
def loop_returns_before_write(x, k):
    y = x * 1.0
    for _ in range(3):
        return np.sum(y) * k
    y[0] *= k
    return np.sum(y * x)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(1, 2))
def continue_before_names(x, k):
    s = k
    for i in range(3):
        if i > 0:
            if k > 10.0:
                continue
            w = x[:1]
            s = s + w[0] * i
    return s * np.sum(x)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2))
def continue_or_swap(x, y):
    for j in range(4):
        if j > 1:
            if x[-1] > 0.3:
                continue
        else:
            x, y = y, x * 2.0
    return np.sum(x) + np.sum(x * y * y)

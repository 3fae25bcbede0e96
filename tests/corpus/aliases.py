"""Names whose object depends on the path, and are written: which one it is is kept."""
# ruff: noqa: SIM108

import numpy as np

from tests.corpus import program


def vectors(r, n):
    return r.normal(n + 4), r.normal(n + 4), r.number()


def either_of(a, b):
    if a[0] > b[0]:
        return a[1:]
    return b[:-1]


def write_both(a, b):
    a[0] = b[1]
    b += a
    return b[1:], a


@program(vectors, writes=True)
def one_of_two(x, y, k):
    z = x if k > 0.1 else y
    z[0] = z[0] * k
    return np.sum(x * y)


@program(vectors, writes=True)
def one_of_two_in_place(x, y, k):
    z = x if x[0] > y[0] else y
    z *= k
    z[1:] += y[:-1]
    return np.sum(x * y) + np.sum(z * z)


@program(vectors, writes=True)
def alias_or_copy(x, y, k):
    if k > 0.0:
        z = x
    else:
        z = x.copy()
    z[0] = 5.0 * k
    return np.sum(x * z * y)


@program(vectors, writes=True)
def whole_or_part(x, y, k):
    z = x if k > 0.0 else x[1:]
    z[0] = 5.0 * k
    return np.sum(x * y) + np.sum(z)


@program(vectors, writes=True)
def base_written_behind(x, y, k):
    z = x[1:] if k > 0.0 else y[:-1]
    x[1] = k
    y *= x
    return np.sum(z * z)


@program(vectors, writes=True)
def one_of_three(x, y, k):
    if k > 0.5:
        z = x
    elif k > -0.5:
        z = y
    else:
        z = x * y
    z[2] *= k
    return np.sum(x * y) + np.sum(z * x)


@program(vectors, writes=True)
def chosen_from_chosen(x, y, k):
    z = x if k > 0.0 else y
    w = z[1:] if x[0] > y[0] else y
    for i in range(3):
        w[i] += k * z[0]
        z[i] *= 0.3
        w, z = z, w
    return np.sum(x * y) + np.sum(w) + np.sum(z * z)


@program(vectors, writes=True)
def conditional_rotation(x, y, k):
    u, v, w = x, y, x * y
    for i in range(5):
        u, v, w = v, w, u
        if u[0] > v[1]:
            u, v = v, u
        u[i % 4] *= 0.5 * k
    return np.sum(u * v) + np.sum(w * x) + np.sum(y)


@program(vectors)
def best_so_far(x, y, k):
    best = x
    current = x * 1.0
    for i in range(4):
        current[i] *= k
        if np.sum(current * y) > np.sum(best * y) - 0.5:
            best = current
    return np.sum(best * y) + np.sum(current)


@program(vectors, writes=True)
def previous(x, y, k):
    previous = x
    for _ in range(3):
        current = previous * k
        if current[0] > 0.2:
            previous = current
        current[1] += 1.0
        previous[2] *= 0.5
    return np.sum(previous * y) + np.sum(x)


@program(vectors)
def rebound_in_loop(x, y, k):
    z = x * k
    w = y * 1.0
    for i in range(4):
        v = z if x[i] > 0.0 else w
        v[i] = v[i] * 2.0
        z, w = v, z
    return np.sum(z) + np.sum(w * x)


@program(vectors, writes=True)
def alias_through_swap(x, y, k):
    u = x * 1.0
    v = y.copy()
    for _ in range(3):
        x[2] = k
        x, v = v, x
        v = u
    return np.sum(x * x) + np.sum(u) + np.sum(v)


@program(vectors, writes=True)
def element_replaced(x, y, k):
    q = [x, y]
    if k > 0.0:
        q[0] = y
    q[0][0] = 5.0 * k
    return np.sum(x * x) + np.sum(y * x)


@program(vectors, writes=True)
def entry_replaced(x, y, k):
    d = {"a": x}
    if k > 0.0:
        d["a"] = y
    y[1] = k
    return np.sum(d["a"] ** 2) + np.sum(x * y)


@program(vectors, writes=True)
def tuple_by_branch(x, y, k):
    t = (x, y)
    if k > 0.0:
        t = (y, x)
    t[0][1] = k
    return np.sum(t[0] ** 2) + np.sum(x * y)


@program(vectors, writes=True)
def list_by_branch(x, y, k):
    p, r = [x], [y]
    s = p if k > 0.0 else r
    s[0][0] = 5.0
    return np.sum(x**2) + np.sum(x * y)


@program(vectors, writes=True)
def elements_swapped_in_loop(x, y, k):
    q = [x, y]
    for i in range(3):
        q[0], q[1] = q[1], q[0]
        q[0][i] *= k
        if x[0] > y[1]:
            q[1] = y
    return np.sum(q[1] ** 2) + np.sum(x * y)


@program(vectors, writes=True)
def list_with_an_array_twice(x, y, k):
    q = [x, x, y]
    q[0][0] = k
    for r in q:
        r *= 0.5
    return np.sum(q[1] * y)


@program(vectors, writes=True)
def result_of_either(x, y, k):
    p = either_of(x, y)
    p *= k
    x[2] = p[1]
    return np.sum(x * y) + np.sum(p * p)


@program(vectors, writes=True)
def views_of_written_arguments(x, y, k):
    p, q = write_both(x, y)
    p[0] *= k
    q[1:] += p
    return np.sum(x * y) + np.sum(p * q[1:])


@program(vectors, writes=True)
def early_return_of_argument(x, y, k):
    def pick(z):
        if k > 0.0:
            return z
        return y

    w = pick(x)
    w[0] = 3.0 * k
    return np.sum(x**2) + np.sum(x * y)


@program(vectors)
def row_carried(x, y, k):
    m = np.outer(x, y)
    row = m[0]
    for i in range(1, 4):
        row[i] += k
        row = m[i]
        if row[0] > 0.0:
            row = m[i - 1]
    row[1] = 2.0 * k
    return np.sum(m * m)


@program(vectors, writes=True)
def outputs_to_either(x, y, k):
    z = x if k > 0.0 else y
    np.multiply(z, k, out=z)
    np.exp(z[:2], out=x[2:4])
    z.sort()
    np.add.at(z, [0, 0, 1], k)
    return np.sum(x * y) + np.sum(z * y)


@program(vectors, writes=True)
def chosen_in_while(x, y, k):
    z, s = x, 0.0
    while s < 2.0:
        z[0] = z[0] * 0.5 + 0.3 * k
        s += abs(z[0]) + 0.4
        z = y if s > 1.0 else x
    return s * np.sum(x * y)


@program(vectors, writes=True)
def written_before_early_return(x, y, k):
    def scaled(z, t):
        z[0] *= 0.7
        if not y[0] > 0.0:
            return t
        return np.tanh(t)

    k = k * 0.5 + scaled(y, x[1])
    return k + np.sum(y * y)


@program(vectors, writes=True)
def vector_in_another_shape(x, y, k):
    v = x[:4].reshape(2, 2)
    v[0, 1] = k
    v[1] *= y[:2]
    w = x[3::-1].reshape(2, 2).T
    w[0] += v[1]
    return np.sum(x * y) + np.sum(v * w)


@program(vectors, writes=True)
def element_written_by_right_side(x, y, k):
    def touch(z):
        z[0] *= 2.0
        return z[0] * k

    x[0] += touch(x)
    x[0] *= touch(y)
    return np.sum(x * y)


@program(vectors, writes=True)
def reversed_range_left_early(x, y, k):
    for i in reversed(range(1, 4)):
        x[i] *= k
        if x[i - 1] > y[i]:
            break
    return np.sum(x * y)

"""The kinds of writes: `out=`, `where=`, functions that write, operators, list elements."""

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2))
def out_by_position(x, y):
    z = np.empty_like(x)
    np.add(x, y * y, z)
    np.multiply(z, z, z)
    np.sin(z, z)
    return np.sum(z)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2))
def out_as_tuple(x, y):
    z = np.empty_like(x)
    np.subtract(x, y * y, out=(z,))
    return np.sum(z * z)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True, rough=True)
def clip_in_place(x):
    np.clip(x, -0.5, 0.5, x)
    x.clip(-0.3, 0.4, out=x)
    return np.sum(x * np.arange(len(x)))


@program(lambda r, n: (r.normal(n, 3), r.normal(3)), lengths=(1, 2), writes=True)
def out_row_and_column(a, v):
    np.multiply(v, v, out=a[0])
    np.add(a[:, 0], a[:, 1], out=a[:, 2])
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def out_overlapping(x):
    np.multiply(x, x, out=x)
    np.add(x[1:], x[:-1], out=x[1:])
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def out_is_returned(x):
    y = np.multiply(x, 2.0, out=x)
    y[0] = x[-1] ** 2
    return np.sum(x * x)


@program(lambda r, n: (r.normal(3, 3), r.normal(3, 3)), writes=True, single=False)
def out_of_products(a, b):
    c = np.empty((3, 3))
    np.dot(a, b, out=c)
    np.matmul(c, a, out=b)
    a.dot(b, out=c)
    return np.sum(c * b)


@program(lambda r, n: (r.normal(n, 4),), lengths=(1, 2), writes=True, single=False)
def out_of_reductions(a):
    total = np.empty(4)
    np.sum(a, axis=0, out=total)
    np.mean(a, axis=0, out=a[0])
    a.max(axis=0, out=a[-1])
    return np.sum(total * total) + np.sum(a * a)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True, single=False)
def out_of_running_sums(x):
    y = np.empty(len(x))
    np.cumsum(x, out=y)
    x.cumsum(out=x)
    np.cumprod(y, out=y)
    return np.sum(y * x)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), single=False)
def out_of_take_and_concatenate(x):
    y, z = np.empty(3), np.empty(2 * len(x))
    np.take(x, [0, -1, 0], out=y)
    np.concatenate([x, x * x], out=z)
    return np.sum(y * y) * np.sum(z * z)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2))
def divide_where(x, y):
    ratio = np.divide(x, y, out=np.zeros_like(x), where=y > 0.0)
    return np.sum(ratio * ratio)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2), writes=True)
def root_where(x, y):
    np.sqrt(y, out=x, where=y > 0.0)
    return np.sum(x * y)


@program(lambda r, n: (r.normal(n, 3), r.normal(3)), lengths=(0, 1, 2))
def where_is_broadcast(a, v):
    z = a * 0.5
    np.multiply(a, v, out=z, where=v > 0.0)
    np.add(z, 1.0, out=z, where=a > 0.0)
    return np.sum(z * z)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2), writes=True)
def copyto_where(x, y):
    np.copyto(x, y * y, where=x > 0.0)
    np.copyto(x, 0.25, where=y < 0.0)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n, 3), r.normal(3)), lengths=(0, 1, 2), writes=True)
def copyto_broadcasts(a, v):
    np.copyto(a[1:], v * v)
    np.copyto(a, v, where=a > 0.5)
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2), writes=True)
def putmask_same_shape(x, y):
    np.putmask(x, x > 0.0, y * y)
    np.putmask(x, y > 0.0, 0.5)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n), r.normal(2)), lengths=(0, 1, 2), writes=True)
def putmask_repeats(x, v):
    np.putmask(x, x > 0.0, v)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n), r.normal(2)), lengths=(0, 1, 2), writes=True)
def place_cycles(x, v):
    np.place(x, x > 0.0, v * v)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(3, 4), r.normal(3, 1)), writes=True)
def put_along_axis(a, v):
    last = np.argmax(a, axis=1)[:, None]
    np.put_along_axis(a, last, v * v, axis=1)
    np.put_along_axis(a, np.array([[0, 2, 2, 1]]), 0.5, axis=0)
    return np.sum(a * a)


@program(lambda r, n: (r.normal(3, 3), r.normal(3, 3)), writes=True)
def matmul_in_place(a, b):
    c = a * 1.0
    d = c
    d @= b
    a @= c
    return np.sum(c * a)


@program(lambda r, n: (r.normal(2, 3, 3), r.normal(3, 3)), writes=True)
def matmul_into_part(a, b):
    a[0] @= b
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2), writes=True)
def element_operators(x, y):
    x[0] **= 2
    x[-1] /= 2.0 + y[0] ** 2
    x[0] -= y[-1]
    y[0] *= x[0]
    return np.sum(x * y)


@program(lambda r, n: (r.positive(n),), lengths=(1, 2), writes=True, rough=True)
def floor_and_remainder(x):
    x[1:] %= 0.7
    x[0] //= 0.3
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n), r.normal(n), r.normal(n)), lengths=(0, 1, 2))
def list_element_by_run_time_place(x, y, z):
    buffers = [x * 1.0, y * 1.0]
    for k in range(3):
        buffers[(k + 1) % 2][1:] += buffers[k % 2][:-1] * z[1:]
        buffers[k % 2] *= 0.5
    return np.sum(buffers[0] * buffers[1])


@program(lambda r, n: (r.normal(3, n),), lengths=(1, 2))
def list_element_rebound(a):
    rows = []
    for k in range(3):
        rows.append(a[k] * 1.0)
    first = rows[0]
    rows[0] = rows[1] * rows[2]
    return np.sum(first * rows[0])


@program(lambda r, n: (r.normal(3, n),), lengths=(1, 2))
def list_elements_swapped(a):
    rows = []
    for k in range(3):
        rows.append(np.sin(a[k]))
    rows[0], rows[1] = rows[1], rows[0]
    rows[2], rows[0] = rows[0] * 2.0, rows[2]
    return np.sum(rows[0] ** 2 * rows[1]) + np.sum(rows[2] ** 3)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2))
def nested_list_written_in_loop(x, y):
    pairs = [[x * 1.0, y * 1.0], [x * 2.0, y * 3.0]]
    for k in range(2):
        pairs[k][1][0] = x[0] * k
        pairs[0][k] += x
    return np.sum(pairs[0][0] * pairs[1][1] * pairs[0][1])


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2), writes=True)
def chained_targets(x, y):
    c = y[0] * y[-1]
    x[0] = y[0] = c
    x[:] = y[:] = x * 2.0
    y[0] = 3.0
    return np.sum(x * y)


@program(lambda r, n: (r.normal(n + 2),), lengths=(0, 1, 2), writes=True)
def tuple_targets(x):
    x[0], x[1] = x[1], x[0] * 2.0
    x[-1], x[:2] = x[0], x[-2:] ** 2
    return np.sum(x * np.arange(len(x)))


@program(lambda r, n: (r.normal(3, n),), lengths=(0, 1, 2), writes=True)
def rows_swapped_by_views(a):
    a[0], a[1] = a[1], a[0]
    a[[0, 2]] = a[[2, 0]]
    return np.sum(a * a * np.arange(3.0)[:, None])


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(1, 2))
def buffers_by_turns(x, y):
    buffers = [x * 1.0, np.sin(y)]
    for k in range(3):
        old = buffers[k % 2]
        new = buffers[(k + 1) % 2]
        new[1:] = old[:-1] * 0.5 + new[1:]
        new[0] *= old[-1]
    return np.sum(buffers[0] * buffers[1] * x)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def array_without_copy(x):
    y = np.array(x, copy=None)
    y[0] = y[-1] ** 2
    z = np.array(y, copy=True)
    z *= 3.0
    return np.sum(x * x) + np.sum(z)


@program(lambda r, n: (r.normal(n), r.normal(3, 3), r.number()), lengths=(1, 2), writes=True)
def written_in_callees(x, a, k):
    def scaled(values, factor, out=None):
        out = np.empty_like(values) if out is None else out
        np.multiply(values, factor, out=out)
        return out

    def first_set(values):
        values.flat[0] = values.flat[-1] ** 2
        return values[..., 0]

    y = scaled(x, k)
    scaled(y, k, x)
    scaled(a.T, x[0], out=a.T)
    first_set(a[1:])[0] *= k
    return np.sum(x * y) + np.sum(a * a)


@program(lambda r, n: (r.normal(n, 3), r.normal(n)), lengths=(1, 2), writes=True)
def written_in_branches(a, x):
    row, column = a[0], a[:, 1]
    for k in range(len(x)):
        if x[k] > 0.0:
            np.copyto(row, x[k], where=row > 0.0)
            column[k] = row[2] ** 2
        elif k > 1:
            np.put(a, [0, k], x[:2])
        else:
            a.flat[k] *= 2.0
    return np.sum(a * a)

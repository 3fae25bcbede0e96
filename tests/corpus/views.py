"""Views and aliases: reads and writes through them."""

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n),), lengths=(2,), writes=True)
def write_through_slice(x):
    v = x[1:]
    v[0] = x[0] * 2.0
    v *= 3.0
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def plain_alias(x):
    y = x
    y[0] = y[0] * x[-1]
    return np.sum(x * y)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True)
def alias_augmented(x):
    y = x
    y += 1.0
    x *= y
    return np.sum(x + y)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def alias_then_rebound(x):
    y = x
    y = y * 2.0
    y += x
    return np.sum(x * y)


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), writes=True)
def write_through_transpose(a):
    b = a.T
    b[0] = b[1] * b[2]
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), writes=True)
def write_through_row(a):
    row = a[0]
    row[1] = row[0] * row[2]
    row += 1.0
    return np.sum(a**2)


@program(lambda r, n: (r.normal(n, 3),), lengths=(0, 1, 2), writes=True)
def write_through_iteration(a):
    for row in a:
        row *= row[0]
    return np.sum(a)


@program(lambda r, n: (r.normal(n, 3),), lengths=(0, 1, 2), writes=True)
def write_rows_by_index(a):
    for i in range(a.shape[0]):
        row = a[i]
        row[1:] = np.sin(row[:-1])
    return np.sum(a * a)


@program(lambda r, n: (r.normal(6),))
def write_through_reshape(x):
    y = x.copy()
    m = y.reshape(2, 3)
    m[0, 1] = m[1, 0] * 2.0
    m[1] += 1.0
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n + 2),), lengths=(1, 2), writes=True)
def view_of_view(x):
    v = x[1:]
    w = v[1:]
    w[0] = x[0] * x[1]
    v[0] *= 2.0
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True)
def reversed_view(x):
    v = x[::-1]
    v[:1] = 3.0
    v *= np.arange(1.0, len(x) + 1.0)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(2,))
def view_sees_write(x):
    y = x.copy()
    v = y[:2]
    y[0] = 7.0 * x[1]
    y[1] *= 2.0
    return v[0] * v[1] ** 2


@program(lambda r, n: (r.normal(n),), lengths=(2,))
def view_used_before_and_after(x):
    y = x.copy()
    v = y[1:]
    a = np.sum(v * v)
    y *= 2.0
    b = np.sum(v * v)
    return a * b


@program(lambda r, n: (r.normal(4, 4),), writes=True)
def diagonal_block(a):
    block = a[1:3, 1:3]
    block[:] = block @ block
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n, n),), lengths=(0, 1, 2))
def transpose_read(a):
    return np.sum(a @ a.T * a.T)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def alias_in_loop(x):
    y = x
    for i in range(len(x)):
        y[i] = y[i] * x[0]
    return np.sum(x)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2))
def previous_array(x, y):
    prev = x
    for _ in range(3):
        new = np.sin(prev) + y
        prev = new
    return np.sum(prev * x)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(1, 2))
def alias_by_branch_read(x, k):
    y = x * 2.0
    z = x if k > 0.1 else y
    return np.sum(z * z)


@program(lambda r, n: (r.normal(n, 2),), lengths=(0, 1, 2), writes=True)
def columns_as_views(a):
    x, y = a[:, 0], a[:, 1]
    x += y
    y *= x
    return np.sum(a)


@program(lambda r, n: (r.normal(2 * n),), lengths=(0, 1, 2), writes=True)
def halves(u):
    n = len(u) // 2
    low, high = u[:n], u[n:]
    low += high * high
    high -= low
    return np.sum(u * u)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def new_axis_view(x):
    c = x[:, None]
    c *= 2.0
    return np.sum(c * x[None, :])


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def asarray_alias(x):
    y = np.asarray(x)
    return np.sum(y * x)


@program(lambda r, n: (r.normal(3, n),), lengths=(0, 1, 2), writes=True)
def unpacked_rows(a):
    p, q, r = a
    q += p * r
    p *= q
    return np.sum(a)


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), writes=True)
def ellipsis_view(a):
    v = a[..., 1]
    v[...] = a[..., 0] ** 2
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n),), lengths=(2,), writes=True)
def slice_object_through_names(x):
    n = len(x)
    inner = x[1 : n - 1]
    outer = x[0:n]
    outer[0] = 2.0
    inner *= outer[0] + x[-1]
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def result_is_view_consumed(x):
    y = np.sin(x)[::-1]
    z = np.flip(x)
    return np.sum(y * z * x)


@program(lambda r, n: (r.normal(n + 3), r.normal(n + 3)), lengths=(0, 1, 2))
def slice_objects(x, y):
    z = x.copy()
    half = len(x) // 2
    for k in range(2):
        part = slice(k * half, (k + 1) * half)
        z[part] *= y[part]
    first, rest = slice(1), slice(1, None, 2)
    z[first] += np.sin(z[-1])
    return np.sum(z[rest] * z[rest]) + z[0]

"""In-place writes to locals and arguments."""

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def write_element(x):
    x[0] = x[0] * 2.0
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(1, 2), writes=True)
def overwrite_argument(x, k):
    x[0] = k
    x[-1] += k * k
    return np.sum(np.sin(x))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True)
def scale_argument(x):
    x *= 3.0
    x += 1.0
    x /= 2.0
    x -= 0.5
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2))
def augmented_local(x, y):
    z = x.copy()
    z += y
    z *= x
    z -= y * y
    z /= 2.0 + x * x
    return np.sum(z)


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def power_in_place(x):
    z = x.copy()
    z **= 2
    z **= 1.5
    return np.sum(z)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def fill_by_loop(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * x[i]
    return np.sum(y * x)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), analytic=True)
def fill_empty(x):
    y = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        y[i] = np.sin(x[i])
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), analytic=True)
def recurrence(x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i] + x[i]
    return y[-1] * y[0]


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def recurrence_in_place(x):
    for i in range(1, len(x)):
        x[i] = x[i] + np.sin(x[i - 1])
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True)
def square_in_place(x):
    for i in range(len(x)):
        x[i] = x[i] * x[i]
    return np.sum(x)


@program(lambda r, n: (r.normal(n),), lengths=(2,), writes=True)
def write_slice(x):
    x[1:] = x[1:] * 2.0
    x[:-1] = np.sin(x[:-1])
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(2,), writes=True)
def overlapping_slices(x):
    x[1:] = x[:-1] * 2.0
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(2,), writes=True)
def overlapping_augmented(x):
    x[1:] += x[:-1]
    x[:-1] *= x[1:]
    return np.sum(x)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def slice_assign_number(x):
    y = x.copy()
    y[::2] = 0.5
    y[-1] = x[0]
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2))
def slice_assign_active_number(x, k):
    y = np.zeros(x.shape[0] + 2)
    y[1:-1] = x
    y[:1] = k * k
    y[-1:] = k
    return np.sum(y * y * y)


@program(lambda r, n: (r.normal(n + 2),), lengths=(0, 1, 2), writes=True)
def negative_indices(x):
    x[-1] = x[-2] * x[0]
    x[-2] *= x[-1]
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True)
def reversed_slice(x):
    x[::-1] *= np.arange(1.0, x.shape[0] + 1.0)
    return np.sum(np.cos(x))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def reverse_copy_store(x):
    y = np.zeros_like(x)
    y[::-1] = x * x
    return np.sum(y * x)


@program(lambda r, n: (r.normal(n, 4),), lengths=(1, 2), writes=True)
def several_axes(a):
    a[0, 1] = a[0, 0] * a[0, 2]
    a[:, 2] = a[:, 1] * 2.0
    a[0, 1:3] += a[0, :2]
    a[..., -1] *= 3.0
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n, 4),), lengths=(1, 2), writes=True)
def write_rows(a):
    a[0] = np.sin(a[0])
    a[-1] += 1.0
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n, n), r.normal(n)), lengths=(0, 1, 2))
def write_columns(a, v):
    b = a.copy()
    for j in range(b.shape[1]):
        b[:, j] = b[:, j] * v[j]
    return np.sum(b * a)


@program(lambda r, n: (r.normal(n), r.normal(n), 3), lengths=(0, 1, 2))
def swap_buffers(x, y, steps):
    u = x.copy()
    v = y.copy()
    for _ in range(steps):
        v[:] = np.sin(u) + v
        u, v = v, u
    return np.sum(u * v)


@program(lambda r, n: (r.normal(n + 2), 4, 0.3), lengths=(0, 1, 2), wrt=(0, 2))
def wave(u, steps, c):
    u = u.copy()
    v = np.zeros_like(u)
    for _ in range(steps):
        v[1:-1] = u[1:-1] + c * (u[2:] * u[:-2])
        u, v = v, u
    return np.sum(u)


@program(
    lambda r, n: (r.normal(n + 2), 4, 0.1, r.normal(n + 2)),
    lengths=(0, 1, 2),
    wrt=(0, 2, 3),
    analytic=True,
)
def heat(u, steps, k, target):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u @ target


@program(lambda r, n: (r.normal(n + 2), 3), lengths=(0, 1, 2), writes=True)
def nonlinear_stencil_in_argument(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * u[2:] * u[:-2]
    return np.sum(u * u)


@program(lambda r, n: (r.normal(n + 2, n + 2), 3), lengths=(0, 1, 2))
def stencil_two_axes(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += 0.1 * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
        )
    return np.sum(u**2)


@program(lambda r, n: (r.normal(n), r.normal(4)), lengths=(1, 2))
def gather_with_array(x, w):
    index = np.array([0, -1, 0, 0])
    return np.sum(x[index] * w)


@program(lambda r, n: (r.normal(n), r.normal(3)), lengths=(2,))
def scatter_repeated(x, v):
    y = x.copy()
    y[np.array([0, 1, 0])] = v
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n), r.normal(3)), lengths=(2,))
def scatter_add_repeated(x, v):
    y = x.copy()
    y[np.array([0, 1, 0])] += v * v
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n), r.normal(3)), lengths=(2,))
def add_at(x, v):
    y = x.copy()
    np.add.at(y, np.array([0, 1, 0]), v * v)
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n), np.array([2, 0, 1, 2])), lengths=())
def index_argument(x, index):
    return np.sum(x[index] ** 2) + x[index[0]]


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def masked_read(x):
    return np.sum(x[x > 0.0] ** 2)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2), writes=True)
def masked_write(x):
    x[x < 0.0] = 0.0
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def masked_scale(x):
    y = x * 2.0
    y[x < 0.0] *= 0.1
    y[x > 0.5] += 1.0
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2))
def out_keyword(x, y):
    z = np.empty_like(x)
    np.multiply(x, y, out=z)
    np.sin(z, out=z)
    return np.sum(z * z)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2))
def filled(x, k):
    y = np.empty_like(x)
    y.fill(k)
    y += x
    return np.sum(y**2)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def sorted_in_place(x):
    y = x * 1.5
    y.sort()
    return np.sum(y * np.arange(x.shape[0]))


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def write_in_branch(x):
    y = x.copy()
    if x[0] > -10.0:
        y[0] = y[0] * y[0]
    else:
        y[-1] = 0.0
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def write_in_loop_branch(x):
    y = np.zeros(x.shape[0])
    for i in range(len(x)):
        if x[i] > 0.0:
            y[i] = x[i] ** 2
        else:
            y[i] = -x[i]
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def old_value_kept(x):
    y = x.copy()
    old = y.copy()
    y *= y
    return np.sum(y * old)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def number_read_before_write(x):
    y = x.copy()
    first = y[0]
    y[0] = 5.0
    return np.sum(y * first)


@program(lambda r, n: (r.normal(n), 3), lengths=(1, 2))
def rewrite_same_element(x, steps):
    y = x.copy()
    for _ in range(steps):
        y[0] = np.sin(y[0]) * y[-1]
    return np.sum(y)


@program(lambda r, n: (r.normal(n),), lengths=(2,))
def swap_elements(x):
    y = x.copy()
    y[0], y[1] = y[1], y[0] * 2.0
    return y[0] * y[1] ** 2


@program(lambda r, n: (r.normal(n, n),), lengths=(2,), writes=True)
def swap_rows(a):
    a[[0, 1]] = a[[1, 0]]
    return np.sum(a * np.arange(a.shape[1]) * a)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def bubble_sort(x):
    y = x.copy()
    for i in range(len(y)):
        for j in range(len(y) - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return np.sum(y * np.arange(len(y)))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def counter_array(x):
    counts = np.zeros(3, dtype=int)
    s = 0.0
    for v in x:
        k = 0 if v < 0.0 else 1
        counts[k] += 1
        s = s + v * v * counts[k]
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def store_inactive(x):
    y = x.copy()
    y[:] = 2.0
    return np.sum(x * y)


@program(lambda r, n: (r.number(),))
def zero_dimensional(x):
    y = np.zeros(())
    y[...] = x * x
    y += x
    return y * 2.0


@program(lambda r, n: ([r.normal(3), r.normal(2)],), writes=True)
def write_into_list_leaf(xs):
    xs[0][1] = xs[1][0] * xs[0][0]
    xs[1] *= 2.0
    return np.sum(xs[0] ** 2) + np.sum(xs[1] ** 3)


@program(lambda r, n: (r.normal(n), r.normal(n)), lengths=(0, 1, 2), writes=True)
def two_written_arguments(x, y):
    x += y
    y *= x
    return np.sum(x * y)


@program(lambda r, n: (r.normal(n),), lengths=(2,))
def prefix_sum(x):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] += y[i - 1]
    return np.sum(y**2)


@program(lambda r, n: (r.normal(2 * n),), lengths=(1, 2))
def even_odd(x):
    y = x.copy()
    y[::2] = y[1::2] * y[::2]
    y[1::2] -= y[::2]
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n), 2), lengths=())
def dynamic_index(x, k):
    y = x.copy()
    y[k] = y[k - 1] * y[k + 1]
    y[k:] *= 2.0
    y[:k] += y[k]
    return np.sum(y * y)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(2,))
def write_in_untaken_branch(x, k):
    y = x.copy()
    if k > 10.0:
        y[:2] *= y[-2:]
    return np.sum(y * y) * k


@program(lambda r, n: (r.normal(n), r.number()), lengths=(2,))
def loop_in_untaken_branch(x, k):
    y = x.copy()
    if k > 10.0:
        for i in range(len(x)):
            y[:2] = y[i] * y[-2:]
    return np.sum(y * y) * k


@program(lambda r, n: (r.normal(n), r.normal(n), 4), lengths=(1, 2), writes=True)
def written_in_some_trips(x, y, steps):
    for i in range(steps):
        if i > 1:
            x[0] *= y[-1]
        elif y[0] > 100.0:
            break
    return np.sum(x * y)

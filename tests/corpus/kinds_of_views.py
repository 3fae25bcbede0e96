"""The kinds of views, written and read through: `.flat`, parts, diagonals, flips, windows."""

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), writes=True)
def flat_elements(a):
    a.flat[2] = a.flat[1] * a.flat[-1]
    a.flat[0] += a.flat[2]
    a.flat[1] **= 2
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), writes=True)
def flat_slices(a):
    a.flat[1:3] = a.flat[:2] ** 2
    a.flat[::2] *= a.flat[1]
    a.flat[::4] -= 1.5
    return np.sum(a * a)


@program(lambda r, n: (r.normal(3, 4),))
def flat_of_transposed(a):
    b = a * 1.0
    b.T.flat[1] = b[0, 0] ** 2
    b.T.flat[3:5] *= 2.0
    return np.sum(b * b * np.arange(4.0))


@program(lambda r, n: (r.normal(3, 3), r.normal(9)), writes=True)
def flat_is_assigned(a, v):
    a.flat = v * v
    a.flat[:] = a.flat[:] * v
    return np.sum(a * a)


@program(lambda r, n: (r.normal(3, 3),), writes=True)
def flat_gathered_and_scattered(a):
    a.flat[[1, 2, 2]] = a.flat[[0, 4, 5]] ** 2
    a.flat[a.ravel() > 0.5] *= 3.0
    return np.sum(a * a) + np.sum(a.flat[[1, -1, 1]] ** 2)


@program(lambda r, n: (r.normal(n, 3), r.normal(4)), lengths=(1, 2))
def flat_iterated(a, w):
    total = 0.0
    for k, value in enumerate(a.T.flat):
        total = total + value**2 * w[k % 4]
    for value in a.flat:
        total = total * 0.5 + np.sin(value)
    return total


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), writes=True)
def flat_iterated_while_written(a):
    total = 0.0
    for value in a.flat:
        a[0, -1] = a[0, -1] + value * 0.5
        total = total + value * value
    return total + np.sum(a)


@program(lambda r, n: (r.normal(2, 3),))
def flat_under_a_name(a):
    b = a * 1.0
    places = b.flat
    places[1] = places[0] * places[2]
    b[0, 0] = 3.0
    return places[0] * np.sum(places[:3]) * len(places)


@program(lambda r, n: (r.normal(n, n),), lengths=(0, 1, 2), writes=True)
def diagonal_follows_writes(a):
    d = np.diagonal(a)
    e = a.diagonal(1)
    a += a.T * 0.5
    a *= 2.0
    return np.sum(d * d) + np.sum(e)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def broadcast_follows_writes(x):
    b = np.broadcast_to(x, (3, len(x)))
    x[0] = x[-1] ** 2
    return np.sum(b[1:] * b[:2])


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def at_least(x):
    row = np.atleast_2d(x)
    row[0, 0] = row[0, -1] ** 2
    same = np.atleast_1d(x)
    same *= 2.0
    return np.sum(x * x)


@program(lambda r, n: (r.normal(2, 3, 4),), writes=True)
def rolled_axes(a):
    b = np.rollaxis(a, 2)
    b[0] *= b[1]
    c = np.rollaxis(a, 0, 3)
    c[1, 2] = c[0, 0] ** 2
    return np.sum(a * a)


@program(lambda r, n: (r.normal(3, 4),), writes=True)
def turned_and_flipped(a):
    b = np.rot90(a)
    b[0] *= b[1]
    c = np.fliplr(a)
    c[:, 0] = c[:, 1] ** 2
    d = np.flipud(np.flip(a))
    d[0, 1:] += d[1, :-1]
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def real_part_of_real(x):
    y = x.real
    y[0] = y[-1] ** 2
    z = np.real(y)
    z *= 2.0
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2), writes=True)
def same_array_by_conversion(x):
    y = np.asarray(x)
    y[0] = y[-1] ** 2
    z = x.view()
    z *= 2.0
    w = y.astype(float, copy=False)
    w += 1.0
    return np.sum(x * x)


@program(lambda r, n: (r.normal(3, 4),), writes=True)
def einsum_that_transposes(a):
    b = np.einsum("ij->ji", a)
    b[0] *= b[1]
    d = np.einsum("ii->i", a[:, :3])
    a[0, 0] = 2.0
    return np.sum(a * a) + np.sum(d * d)


@program(lambda r, n: (r.normal(2 * n),), lengths=(1, 2), writes=True)
def halves_written(x):
    a, b = np.split(x, 2)
    b *= a
    a[0] = b[-1] ** 2
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n + 3),), lengths=(0, 1, 2), writes=True)
def parts_at_bounds(x):
    a, b, c = np.split(x, [1, 3])
    b *= 2.0
    a[0] = b[0] * b[1] + np.sum(c)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), writes=True)
def parts_of_unequal_lengths(a):
    parts = np.array_split(a, 2)
    parts[0][0] = parts[0][-1] ** 2
    left, right = np.hsplit(a, [1])
    right += left
    return np.sum(a * a)


@program(lambda r, n: (r.normal(4, 3),), writes=True)
def rows_split_and_written(a):
    for part in np.vsplit(a, 2):
        part[0] *= part[1]
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n + 3),), lengths=(0, 1, 2))
def sliding_windows(x):
    windows = np.lib.stride_tricks.sliding_window_view(x, 3)
    return np.sum(np.sin(windows[:, 0]) * windows[:, 2]) + np.sum(windows**2)


@program(lambda r, n: (r.normal(n + 3),), lengths=(0, 1, 2))
def windows_follow_writes(x):
    y = x * 1.0
    windows = np.lib.stride_tricks.sliding_window_view(y, 2)
    y[1] = y[0] * y[2]
    return np.sum(windows[:, 0] * windows[:, 1])


@program(lambda r, n: (r.normal(n, 3),), lengths=(0, 1, 2), writes=True)
def places_of_a_grid(a):
    for i, j in np.ndindex(a.shape):
        a[i, j] = a[i, j] * a[0, j]
    for place in np.ndindex(2, 2):
        if a.shape[0] > 1:
            a[place] += 1.0
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n, 3),), lengths=(0, 1, 2), writes=True)
def grid_with_values(a):
    total = 0.0
    for (i, j), value in np.ndenumerate(a):
        total += value * value * (i + 2 * j)
        a[i, j] = value * 0.5
    return total + np.sum(a)


@program(lambda r, n: (r.normal(2, 2, 2),))
def grid_left_early(a):
    total = 0.0
    for place, value in np.ndenumerate(a):
        if value > 1.0:
            break
        total = total + value * a[place[::-1]]
    return total


@program(lambda r, n: (r.normal(n, 4), r.normal(4)), lengths=(1, 2), writes=True)
def view_of_view_of_view(a, v):
    b = a.T[::-1][1:].swapaxes(0, 1)[..., None]
    b[0, :, 0] = v[1:] ** 2
    b *= 2.0
    c = b.squeeze(2)
    c[-1] += v[0]
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n, n), r.normal(n)), lengths=(1, 2), writes=True)
def diagonal_filled(a, v):
    np.fill_diagonal(a, v[0] ** 2)
    a[0, -1] = v[-1]
    np.fill_diagonal(a.T, a[0, 0] * v[-1])
    return np.sum(a * a)


@program(lambda r, n: (r.normal(4, 3), r.normal(3), r.normal(7, 2)), writes=True)
def diagonals_of_rectangles(a, v, b):
    np.fill_diagonal(a, v * v)
    np.fill_diagonal(b, v[0], wrap=True)
    return np.sum(a * a) + np.sum(b * b)


@program(lambda r, n: (r.normal(n, n), r.normal(n)), lengths=(1, 2), writes=True)
def diagonal_by_index(a, v):
    k = np.arange(len(v))
    a[k, k] += v * v
    a[k, k[::-1]] *= 0.5
    return np.sum(a * a)


@program(lambda r, n: (r.normal(n + 2), r.normal(3)), lengths=(0, 1, 2), writes=True)
def put_elements(x, v):
    np.put(x, [0, 1, 1], v * v)
    x.put([0], v[2])
    np.put(x, [0, 99], v, mode="clip")
    return np.sum(x * x)


@program(lambda r, n: (r.normal(3, 4), r.normal(2)), writes=True)
def put_into_a_matrix(a, v):
    np.put(a, [0, 5, -1], v * v)
    a.put([[1, 2], [3, 3]], v[0])
    return np.sum(a * a)


@program(lambda r, n: (r.positive(n + 2), r.normal(3)), lengths=(0, 1, 2))
def products_at_places(x, v):
    x = x * 1.0
    np.multiply.at(x, [0, 0, 1], v)
    np.divide.at(x, np.array([1, 1, 0]), 2.0 + v * v)
    np.power.at(x[1:], [0], 2)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(n + 2), r.normal(3)), lengths=(0, 1, 2))
def extremes_at_places(x, v):
    x = x * 1.0
    np.maximum.at(x, [0, 0, 1], v)
    np.minimum.at(x, np.array([1, 1]), 0.3)
    return np.sum(x * x)


@program(lambda r, n: (r.normal(3, 4), r.normal(4)))
def rows_at_places(a, v):
    a = a * 1.0
    np.multiply.at(a, [0, 0, 2], v)
    np.add.at(a, (slice(None), [1, 1]), v[0])
    np.subtract.at(a.T, [3, 3], v[:3])
    return np.sum(a * a)


@program(lambda r, n: (r.positive(n + 1),), lengths=(0, 1, 2))
def unary_at_places(x):
    x = x * 1.0
    np.sqrt.at(x, [0, 0])
    np.negative.at(x, x > 1.0)
    return np.sum(x**3)


@program(lambda r, n: (r.normal(n, 3),), lengths=(1, 2), writes=True, single=False)
def methods_of_ufuncs(a):
    total = np.empty(3)
    np.multiply.reduce(a, axis=0, out=total)
    np.add.accumulate(a, axis=1, out=a)
    best = np.maximum.accumulate(a)
    return np.sum(total * best) + np.sum(np.subtract.outer(total, a))


@program(lambda r, n: (r.normal(3, 3), r.normal(5), r.positive(3)), writes=True)
def product_read_before_rewinding(a, x, y):
    same = np.atleast_1d(x)
    same *= a[1, 1]
    if y[1] > -9.0:
        last = x[1:]
    for k in range(4):
        x[k % 3] += a[0, 0] * x[4]
    last = a[2, 2]
    x *= y[1]
    return np.sum(x * x) + last


@program(lambda r, n: (r.positive(n + 3),), lengths=(0, 1, 2))
def places_from_the_array_itself(x):
    x = x * 1.0
    np.multiply.at(x, np.array([2, 1, 0]), x[:3])
    np.add.at(x, [1, 2, 2], x[:3])
    np.copyto(x[1:], x[:-1], where=x[1:] > 1.0)
    np.putmask(x, x > 1.5, x[::-1])
    return np.sum(x * x)

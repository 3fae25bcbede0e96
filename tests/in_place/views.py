"""Writes through views."""

import numpy as np

from tests.in_place import program

VIEWS = "Writes through views"


@program(VIEWS, "a slice that has a name", lambda r: (r.normal(6),))
def named_slice(x):
    y = x * 1.0
    v = y[1:4]
    v *= x[:3]
    return np.sum(y * y)


@program(VIEWS, "a view of a view of a view", lambda r: (r.normal(4, 4),))
def view_of_view(m):
    v = m[1:]
    w = v[:, 1:]
    w[0][1:] = m[0, 2:] * 2.0
    return np.sum(m * m)


@program(VIEWS, "`.T`", lambda r: (r.normal(3, 2),))
def through_transpose(m):
    t = m.T
    t[0] = t[1] * t[1]
    return np.sum(m * m * m)


@program(VIEWS, "`.reshape()`", lambda r: (r.normal(6),))
def through_reshape(x):
    y = x * x
    m = y.reshape(2, 3)
    m[1] *= m[0]
    return np.sum(y * x)


@program(VIEWS, "`.ravel()`", lambda r: (r.normal(2, 3),))
def through_ravel(m):
    a = m * m
    v = a.ravel()
    v[1::2] = 0.5
    return np.sum(a * m)


@program(VIEWS, "`.flat`", lambda r: (r.normal(2, 3),))
def through_flat(m):
    a = m * 1.0
    a.flat[2] = m[0, 0] * m[1, 1]
    a.flat[4:] = 1.5
    return np.sum(a * a)


@program(VIEWS, "`np.newaxis`", lambda r: (r.normal(4),))
def through_newaxis(x):
    y = x * 1.0
    column = y[:, np.newaxis]
    column[1:] *= 3.0
    column[0, 0] = x[2]
    return np.sum(y * y)


@program(VIEWS, "the diagonal, as a slice of a `reshape`", lambda r: (r.normal(3, 3),))
def through_diagonal_stride(m):
    a = m * m
    a.reshape(9)[::4] = 1.0
    return np.sum(a * m)


@program(VIEWS, "`np.diagonal` read after a write", lambda r: (r.normal(3, 3),))
def diagonal_after_write(m):
    d = np.diagonal(m)
    m[1, 1] = m[0, 2] * 2.0
    return np.sum(d * d)


@program(VIEWS, "`np.broadcast_to` read after a write", lambda r: (r.normal(3),))
def broadcast_after_write(x):
    b = np.broadcast_to(x, (2, 3))
    x[0] = x[1] * x[2]
    return np.sum(b * b)


@program(VIEWS, "`.squeeze()`", lambda r: (r.normal(4, 1),))
def through_squeeze(m):
    a = m * 1.0
    v = a.squeeze()
    v[1] = v[0] * v[2]
    return np.sum(a * a)


@program(VIEWS, "`.swapaxes()`", lambda r: (r.normal(2, 3, 2),))
def through_swapaxes(t):
    a = t * 1.0
    s = a.swapaxes(0, 2)
    s[1, 0] = s[0, 1] * 2.0
    return np.sum(a * a)


@program(VIEWS, "iteration over rows", lambda r: (r.normal(3, 3),))
def rows_by_iteration(m):
    for row in m:
        row[0] = row[1] * row[2]
        row[1:] *= 2.0
    return np.sum(m * m)


@program(VIEWS, "real and imaginary parts", lambda r: (r.normal(3), r.normal(3)))
def real_and_imaginary(x, y):
    z = x + 1j * y
    z.real[1:] = y[1:] * 2.0
    z.imag[0] = x[2] * x[1]
    return np.sum(z.real * z.real) + np.sum(z.imag * z.imag * x)


@program(VIEWS, "a view that sees a later write", lambda r: (r.normal(5),))
def view_sees_write(x):
    v = x[1:3]
    x[2] = x[0] * x[4]
    return np.sum(v * v)

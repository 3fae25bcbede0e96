"""Each kind of write."""

import numpy as np

from tests.in_place import program

WRITES = "Kinds of writes"


@program(WRITES, "`y[i] = ...` in a loop", lambda r: (r.normal(5),))
def elements_in_a_loop(x):
    y = np.zeros(5)
    for i in range(5):
        y[i] = x[i] * x[i]
    return np.sum(y * x)


@program(WRITES, "an element of an argument", lambda r: (r.normal(5),))
def element_of_argument(x):
    x[0] = x[1] * x[2]
    x[-1] = np.sin(x[0])
    return np.sum(x * x)


@program(WRITES, "a slice: `x[1:] = ...`", lambda r: (r.normal(5),))
def slice_write(x):
    x[1:] = x[:-1] * 2.0
    return np.sum(x * x)


@program(WRITES, "a slice with a step", lambda r: (r.normal(6),))
def stepped_slice(x):
    x[::2] = np.sin(x[1::2])
    return np.sum(x * x)


@program(WRITES, "`x *= y`, `x += 1.0`", lambda r: (r.normal(5), r.normal(5)))
def augmented(x, y):
    x *= y
    x += 1.0
    x /= 2.0
    return np.sum(x * x)


@program(WRITES, "`x[1:-1] += ...` of neighbours", lambda r: (r.normal(6),))
def augmented_slice(x):
    for _ in range(3):
        x[1:-1] += 0.1 * (x[2:] - 2.0 * x[1:-1] + x[:-2]) * x[1:-1]
    return np.sum(x * x)


@program(WRITES, "a mask: `x[x > 0] = ...`", lambda r: (r.unit(5),))
def mask_write(x):
    x[x > 0.0] = 0.5
    x[x < 0.0] *= 3.0
    return np.sum(x * x)


@program(WRITES, "integer arrays", lambda r: (r.normal(5), np.array([3, 0, 2])))
def integer_arrays(x, index):
    x[index] = np.sin(x[:3])
    x[index] += 1.0
    return np.sum(x * x)


@program(WRITES, "integer arrays with repeats: the last one stays",
         lambda r: (r.normal(4), np.array([1, 1, 2])))  # fmt: skip
def repeated_index(x, index):
    y = np.zeros(4)
    y[index] = x[:3] * 2.0
    return np.sum(y * y)


@program(WRITES, "`x[i, :]` and `x[:, j]` of a matrix", lambda r: (r.normal(3, 3),))
def rows_and_columns(m):
    m[0, :] = m[1, :] * m[2, :]
    m[:, 1] -= m[:, 0]
    return np.sum(m * m)


@program(WRITES, "`np.add.at` with repeats", lambda r: (r.normal(4), np.array([0, 2, 2, 1])))
def add_at(x, index):
    y = np.zeros(3)
    np.add.at(y, index, x * x)
    return np.sum(y * y)


@program(WRITES, "`np.multiply.at`", lambda r: (r.normal(4), np.array([0, 2, 1])))
def multiply_at(x, index):
    y = x * 1.0
    np.multiply.at(y, index, x[:3])
    return np.sum(y * y)


@program(WRITES, "`out=`", lambda r: (r.normal(5), r.normal(5)))
def out_argument(x, y):
    z = np.zeros(5)
    np.multiply(x, y, out=z)
    np.add(z, x, out=z)
    return np.sum(z * z)


@program(WRITES, "`np.multiply(x, x, out=x)`", lambda r: (r.normal(5),))
def out_is_the_operand(x):
    np.multiply(x, x, out=x)
    return np.sum(x * x)


@program(WRITES, "`np.copyto`", lambda r: (r.normal(5), r.normal(5)))
def copyto(x, y):
    np.copyto(x, y * y)
    return np.sum(x * y)


@program(WRITES, "`np.put`", lambda r: (r.normal(5), r.normal(2), np.array([1, 3])))
def put(x, y, index):
    np.put(x, index, y * y)
    return np.sum(x * x)


@program(WRITES, "`np.place`", lambda r: (r.unit(5), r.normal(5)))
def place(x, y):
    np.place(x, x > 0.0, y[x > 0.0])
    return np.sum(x * x)


@program(WRITES, "`np.fill_diagonal`", lambda r: (r.normal(3, 3), 0.7))
def fill_diagonal(m, a):
    np.fill_diagonal(m, a * a)
    return np.sum(m * m)


@program(WRITES, "`.fill()`", lambda r: (r.normal(5), 0.7))
def fill(x, a):
    y = x * x
    y[1:3].fill(a)
    return np.sum(y * x)


@program(WRITES, "`.resize()`", lambda r: (r.normal(4),))
def resize(x):
    y = x * x
    y.resize(6)
    return np.sum(y[:5])


@program(WRITES, "`.sort()`", lambda r: (r.normal(5),))
def sort(x):
    y = x * 1.0
    y.sort()
    return y[0] * y[4] + y[2]


@program(WRITES, "`x[:] = x[::-1]`: source and target overlap", lambda r: (r.normal(5),))
def reversal(x):
    x[:] = x[::-1]
    return x[0] * x[0] + x[1]


@program(WRITES, "`m += m.T`: source and target overlap", lambda r: (r.normal(3, 3),))
def plus_transpose(m):
    m += m.T
    return np.sum(m * m * m)

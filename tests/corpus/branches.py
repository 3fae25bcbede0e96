"""Branches: statements and expressions."""
# ruff: noqa: SIM108 (written as authors write)

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.number(0.5, 0.9), r.number(1.0, 1.5)))
def if_else(x, y):
    if x > y:
        s = x * y
    else:
        k = np.exp(y)
        s = x + k
    return s * s


@program(lambda r, n: (r.number(1.1, 1.5), r.number(0.5, 0.9)))
def if_else_other_arm(x, y):
    if x > y:
        s = x * y
    else:
        s = x + np.exp(y)
    return s * s


@program(lambda r, n: (r.number(),))
def if_without_else(x):
    y = x * x
    if y > 0.1:
        y = y * np.sin(x)
    return y


@program(lambda r, n: (r.number(1.2, 1.8),))
def elif_chain(x):
    if x < 0.5:
        y = x
    elif x < 1.0:
        y = x * x
    elif x < 2.0:
        y = x * x * x
        if y > 4.0:
            y = y + x
        else:
            y = y - x
    else:
        y = 0.0
    return y * 2.0


@program(lambda r, n: (r.number(),))
def early_return(x):
    if x < 0.0:
        return -x
    y = x * x
    if y > 100.0:
        return y + x
    return np.sin(y) * x


@program(lambda r, n: (r.number(),))
def early_return_taken(x):
    y = x * x
    if x > 0.0:
        y = y + x
        return y * y
    y = y * 3.0
    return y


@program(lambda r, n: (r.number(), r.number()))
def ternary(x, y):
    z = x * 2.0 if x > y else y * 3.0
    return z * x


@program(lambda r, n: (r.number(0.6, 0.9), r.number(1.1, 1.4)))
def nested_ternary(x, y):
    return (x if x > 2.0 else (y * x if y > 1.0 else 0.0)) + y


@program(lambda r, n: (r.number(), r.number()))
def conditions(x, y):
    s = 0.0
    if x > 0.0 and y > 0.0:
        s = s + x
    if x < 0.0 or y > 0.1:
        s = s + y * x
    if not (x > 5.0):
        s = s * x
    return s


@program(lambda r, n: (r.number(0.5, 1.0),))
def chained_comparison(x):
    if 0.0 < x < 1.2:
        return x * x
    return x


@program(lambda r, n: (r.number(), r.number()))
def or_gives_value(x, y):
    z = (x - x) or y
    w = x and y * 2.0
    return z * w


@program(lambda r, n: (r.number(),))
def arms_bind_different_names(x):
    if x > 0.1:
        a = x * 2.0
        b = a * x
    else:
        b = x
    return b * b


@program(lambda r, n: (r.number(), None))
def none_is_decided(x, mask):
    if mask is None:
        return x * x
    return x * mask.unknown


@program(lambda r, n: (r.number(), True, "tanh"))
def static_arguments(x, flag, kind):
    if flag:
        x = x * 2.0
    if kind == "tanh":
        return np.tanh(x)
    elif kind == "sin":
        return np.sin(x)
    return x


@program(lambda r, n: (r.number(), 3))
def integer_argument(x, k):
    if k % 2 == 1:
        x = x * k
    return x**k


@program(lambda r, n: (r.normal(n) + 1.5,), lengths=(1, 2))
def branch_on_reduction(x):
    if np.sum(x) > 0.0:
        y = x * x
    else:
        y = -x
    return np.sum(y * x)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2))
def array_in_one_arm(x, k):
    if k > 0.3:
        y = x * k
    else:
        y = np.zeros_like(x)
    return np.sum(y * y)


@program(lambda r, n: (r.number(),))
def isinstance_test(x):
    if isinstance(x, float):
        return x * x
    return np.sum(x)


@program(lambda r, n: (r.number(),))
def raise_not_reached(x):
    if x < 0.0:
        raise ValueError("negative")
    return np.sqrt(x)


@program(lambda r, n: (r.number(), r.number()))
def test_changed_before_reverse(x, y):
    k = x
    if k > 0.1:
        z = x * y
        k = -1.0
    else:
        z = y
    k = k * 2.0
    return z * k


@program(lambda r, n: (r.normal(n), 1), lengths=(1, 2))
def mode_by_integer(x, order):
    if order == 1:
        return np.sum(np.sin(x))
    if order == 2:
        return np.sum(x * x)
    raise NotImplementedError(order)


@program(lambda r, n: (r.normal(3), r.normal(3)))
def all_any(x, y):
    if np.all(np.isfinite(x)) and not np.any(y > 100.0):
        return np.sum(x * y)
    return np.sum(x)


@program(lambda r, n: (r.number(), r.number()))
def pass_arms(x, y):
    if x > 10.0:
        pass
    else:
        x = x + y
    if y > 10.0:
        x = 0.0
    else:
        pass
    return x * y


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2))
def bound_and_read_under_tests(x, k):
    if k > -5.0:
        v = np.sin(x) * k
    if k > 5.0:
        return np.sum(v * v)
    return np.sum(x * k)


@program(lambda r, n: (r.normal(n), r.normal(n), r.number()), lengths=(0, 1, 2))
def unbound_and_not_read(x, y, k):
    if k > 5.0:
        v = y[::-1] * k
    total = np.sum(x * y)
    if k > 5.0:
        total = total + np.sum(v * x)
    return total


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2))
def unbound_pair(x, k):
    pair = (x, k * x)
    if k < 5.0:
        pair = (np.cos(x), x * x)
        if k < -5.0:
            return np.sum(pair[0])
    return np.sum(pair[0] * pair[1])


@program(lambda r, n: (r.normal(n), r.normal(n), r.number()), lengths=(0, 1, 2))
def last_of_loop_or_nothing(x, y, k):
    for j in range(3):
        h = np.tanh(x * j + y)
        if k > 5.0:
            return np.sum(h * h)
    return np.sum(h * x)

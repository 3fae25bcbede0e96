"""Exceptions that are caught, and what runs in any case."""

import math

import numpy as np

from tests.corpus import program


class Rejected(Exception):
    """An exception of the user's own."""


class TooLarge(Rejected):
    """A narrower one."""


@program(lambda r, n: (-r.definite(n) if n == 2 else r.definite(n), r.normal(n)), lengths=(2,))
def factor_or_penalty(k, b):
    try:
        factor = np.linalg.cholesky(0.5 * (k + k.T))
        y = np.linalg.solve(factor, b)
    except np.linalg.LinAlgError:
        return np.sum(k * k)
    return np.sum(y * y)


@program(lambda r, n: (r.number(1.0, 2.0),))
def logarithm_that_works(x):
    try:
        y = math.log(x)
    except ValueError:
        y = x * 3.0
    return y * y * x


@program(lambda r, n: (r.number(-2.0, -1.0),))
def logarithm_that_fails(x):
    try:
        y = math.log(x)
    except ValueError:
        y = x * 3.0
    return y * y * x


@program(lambda r, n: (r.number(0.2, 0.9),))
def names_bound_before_the_error(x):
    y = 1.0
    try:
        y = x * 2.0
        z = math.sqrt(x - 1.0)
        y = z * x
    except ValueError:
        return y * x
    else:
        y = y * 3.0
    return y


@program(lambda r, n: (r.positive(n) - 1.0 * (n == 2),), lengths=(0, 1, 2))
def writes_before_the_error_stay(x):
    y = np.ones(len(x))
    try:
        for k in range(len(x)):
            y[k] = math.log(x[k])
    except ValueError:
        y *= 2.0
    return np.sum(y * y)


@program(lambda r, n: (np.array([1.5, 0.7, -0.4, 2.0]),))
def writes_between_two_errors(x):
    y = x.copy()
    try:
        y[0] = y[0] * y[1]
        y[1] = math.log(y[3]) * y[0]
        y[2] = math.log(y[2])
        y[3] = 0.0
    except ValueError:
        y[3] = y[1] * 2.0
    return np.sum(y * y * y)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def caught_in_a_loop(x):
    s = 0.0
    for v in x:
        try:
            s = s + math.log(v) * v
        except ValueError:
            continue
        s = s * 1.1
    return s


@program(lambda r, n: (np.append(r.positive(n), -0.5),), lengths=(0, 1, 2))
def loop_inside_of_try(x):
    s = 0.0
    try:
        for v in x:
            s = s + math.log(v)
    except ValueError:
        s = s * 10.0
    return s * s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def raised_in_a_callee(x):
    def checked(v):
        if v < 0.0:
            raise Rejected(v)
        return v * v

    s = 0.0
    for v in x:
        try:
            s = s + checked(v)
        except Rejected:
            s = s - v
    return s


@program(lambda r, n: (r.number(1.1, 1.9),))
def raised_in_a_loop_of_a_callee(x):
    def root(v):
        if v < 0.0:
            raise ValueError("negative")
        return math.sqrt(v)

    def total(v):
        s = 0.0
        for k in range(4):
            s = s + root(v - k)
        return s

    try:
        y = total(x)
    except ValueError:
        y = x * x
    return y * x


@program(lambda r, n: (r.number(2.0, 3.0),))
def narrower_class_is_caught(x):
    try:
        if x > 1.0:
            raise TooLarge("large")
        y = x
    except ValueError:
        y = x * 5.0
    except Rejected as error:
        note = error
        y = x * x
        print(note, end="")
    return y * x


@program(lambda r, n: (r.number(1.0, 1.0001),), rough=True)
def several_handlers(x):
    try:
        try:
            y = math.log(x - 1.0)
        except ZeroDivisionError:
            y = 5.0 * x
        z = 1.0 / y
    except ValueError:
        z = x * 2.0
    except ZeroDivisionError:
        z = x * 4.0
    return z * x


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def finally_in_a_loop(x):
    s = 0.0
    for v in x:
        try:
            if v < 0.0:
                continue
            if v > 1.5:
                break
            s = s + v * v
        finally:
            s = s * 1.5
    return s


@program(lambda r, n: (r.number(1.5, 2.0),))
def return_through_finally(x):
    y = x
    try:
        y = y * 2.0
        if x > 1.0:
            return y * y
    finally:
        y = y + 1.0
    return y


@program(lambda r, n: (np.array([0.5, -1.0, 2.0]),))
def return_out_of_everything(x):
    y = 0.0
    for v in x:
        try:
            try:
                y = y + math.log(v)
            finally:
                y = y * 2.0
        except ValueError:
            return v * y
        finally:
            y = y + 1.0
    return y


@program(lambda r, n: (r.number(2.2, 2.8),))
def else_and_finally(x):
    s = 0.0
    for k in range(4):
        try:
            y = math.sqrt(x - k)
        except ValueError:
            s = s + x
        else:
            s = s + y
        finally:
            s = s * x
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def index_until_the_end(x):
    s = 0.0
    k = 0
    while True:
        try:
            s = s + x[k] * x[k]
        except IndexError:
            break
        k += 1
    return s * k


@program(lambda r, n: (r.number(1.0, 2.0),))
def missing_key(x):
    cache = {"a": x}
    try:
        y = cache["b"]
    except KeyError:
        y = cache["a"] * 2.0
    return y * y


@program(lambda r, n: (2.0,), rough=True)
def division_by_zero(x):
    try:
        y = x / (x - 2.0)
    except ZeroDivisionError:
        y = x * x
    return y


@program(lambda r, n: (r.number(-2.0, -1.0),))
def assertion_is_caught(x):
    try:
        assert x > 0.0, "positive"
        y = x * x
    except AssertionError:
        y = -x
    return y * x


@program(lambda r, n: (r.definite(n) - 3.0 * np.eye(n),), lengths=(2,), single=False)
def retried_with_jitter(k):
    jitter = 1e-3
    symmetric = 0.5 * (k + k.T)
    for _ in range(12):
        try:
            factor = np.linalg.cholesky(symmetric + jitter * np.eye(len(k)))
            break
        except np.linalg.LinAlgError:
            jitter = jitter * 4.0
    return np.sum(factor)


@program(lambda r, n: (r.number(1.0, 2.0),))
def raised_again_and_caught_outside(x):
    y = x
    try:
        try:
            y = y * x
            raise Rejected("inside")
        except Rejected:
            y = y * 2.0
            raise
    except Exception:
        y = y * x
    return y


@program(lambda r, n: (r.number(1.0, 2.0),))
def raised_from_another(x):
    y = x
    try:
        try:
            y = math.log(-y)
        except ValueError as error:
            y = y * y
            raise Rejected("outside") from error
    except Rejected:
        y = y * x
    return y


@program(lambda r, n: (r.number(1.0, 2.0),))
def recursion_that_raises(x):
    def power(n, v):
        if n < 0:
            raise ValueError("n")
        return v if n == 1 else v * power(n - 2, v)

    try:
        y = power(3, x)
        y = y + power(4, x)
    except ValueError:
        y = y * 2.0
    return y


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def early_return_after_a_write(x):
    def first(y, v):
        y[0] = v * 2.0
        if v > 0.3:
            return y[0]
        return y[0] * 3.0

    s = 0.0
    y = np.zeros(2)
    for v in x:
        s = s + first(y, v) * y[0]
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def buffer_seen_by_the_handler(x):
    y = x * 2.0
    z = y
    try:
        z = z * x
        y = np.concatenate([y, z])
        w = math.sqrt(np.sum(y) - 100.0)
    except ValueError:
        w = np.sum(z) * np.sum(y * y)
    return w


@program(lambda r, n: (r.positive(n),), lengths=(1, 2))
def test_of_a_loop_raises(x):
    k = 0
    s = 0.0
    try:
        while x[k] > 0.0:
            s = s + x[k] * x[k]
            k += 1
    except IndexError:
        s = s * 2.0
    return s * x[k - 1]


@program(lambda r, n: (r.normal(3),))
def finally_writes_after_a_return(x):
    y = np.zeros(3)
    try:
        y[0] = x[0]
        if x[0] > -100.0:
            return np.sum(y) + x[1]
    finally:
        y[1] = x[2]
    return np.sum(y)


@program(lambda r, n: (r.normal(3),))
def writes_before_raising(x):
    y = x * 2.0
    if x[0] > 100.0:
        y[1] = 0.0
        raise ValueError(y[1])
    y[0] *= y[1]
    return np.sum(y**2)

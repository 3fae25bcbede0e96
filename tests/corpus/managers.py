"""`with`: what is entered around a body."""

import contextlib
import math
import threading

import numpy as np

from tests.corpus import program

LOCK = threading.Lock()


class Scaled:
    """Gives a number, and counts how it is left."""

    def __init__(self, factor):
        self.factor = factor
        self.left = 0.0

    def __enter__(self):
        return self.factor

    def __exit__(self, kind, error, trace):
        self.left = self.left + 1.0


class Forgiving:
    """Keeps exceptions to itself."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is not None


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def errstate_around_a_return(x):
    with np.errstate(all="ignore"):
        y = np.log(x)
        return np.sum(y * y)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def errstate_around_a_branch(x):
    s = 0.0
    for v in x:
        with np.errstate(divide="ignore", invalid="ignore"):
            if v < 0.0:
                continue
            y = np.sqrt(v)
        s = s + y * v
    return s


@program(lambda r, n: (np.append(r.positive(n), -1.0),), lengths=(0, 1, 2))
def errstate_that_raises(x):
    try:
        with np.errstate(all="raise"):
            y = np.sum(np.log(x))
    except FloatingPointError:
        y = np.sum(x * x)
    return y * y


@program(lambda r, n: (r.positive(n),), lengths=(0, 1, 2))
def errstate_with_writes(x):
    y = x.copy()
    with np.errstate(over="ignore"):
        y[:1] *= 2.0
        for k in range(1, len(y)):
            y[k] = y[k] * y[k - 1]
    return np.sum(y)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def null_context(x):
    with contextlib.nullcontext(x * 2.0) as y:
        z = y * y
    return np.sum(z)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def lock(x):
    with LOCK:
        y = x * x
        y[1:] += x[:-1]
    return np.sum(y * x)


@program(lambda r, n: (r.normal(n), r.number()), lengths=(0, 1, 2))
def class_with_state(x, factor):
    manager = Scaled(factor)
    s = 0.0
    for v in x:
        with manager as scale:
            if v > 1.0:
                break
            s = s + scale * v * v
    return s * manager.left


@program(lambda r, n: (r.number(),))
def two_at_once(x):
    first = Scaled(2.0)
    with first as a, Scaled(x) as b:
        y = a * b * x
    return y * first.left


@program(lambda r, n: (-r.number(),))
def suppressed(x):
    y = x
    with contextlib.suppress(ValueError, KeyError):
        y = y * x
        y = math.log(y * x)
    return y * x


@program(lambda r, n: (-r.number(),))
def kept_by_the_exit(x):
    y = x
    with Forgiving():
        y = y * x
        y = y + math.sqrt(x)
    return y * x


@program(lambda r, n: (r.number(),))
def return_out_of_a_class(x):
    manager = Scaled(x)

    def inside():
        with manager as scale:
            return scale * x

    return inside() * manager.left


@program(lambda r, n: (r.definite(n),), lengths=(2,))
def inside_of_try(k):
    try:
        with np.errstate(all="ignore"):
            factor = np.linalg.cholesky(k @ k.T - 100.0 * np.eye(len(k)))
        y = np.sum(factor)
    except np.linalg.LinAlgError:
        y = np.sum(k * k)
    return y

"""Derivatives that are taken inside of a function, and can't be."""
# fmt: off
# ruff: noqa

import numpy as np

import s2sad
from s2sad import grad, jvp, vjp
from tests.refused import refused


def square(x):
    return np.sum(x**2)


@refused(lambda: (np.ones(3),))
def gradient_of_an_array(x):
    return np.sum(grad(lambda y: y * y)(x))
#                 ^^^^^^^^^^^^^^^^^^^^^^^^ S402


@refused(lambda: (np.ones(3),))
def gradient_in_a_branch(x):
    if x[0] > 0.0:
        return np.sum(grad(lambda y: y * y)(x))
#                     ^^^^^^^^^^^^^^^^^^^^^^^^ S402
    return np.sum(x)


@refused(lambda: (np.ones(3),))
def gradient_by_an_integer(x):
    return np.sum(x) * grad(lambda n: n * 2.0)(3)
#                      ^^^^^^^^^^^^^^^^^^^^^^^^^^ S401


@refused(lambda: (np.ones(3),))
def gradient_by_nothing(x):
    return np.sum(grad(square, wrt=2)(x))
#                 ^^^^^^^^^^^^^^^^^^^^^^ S409


@refused(lambda: (np.ones(3),))
def no_pair(x):
    return np.sum(grad(square, has_aux=True)(x)[0])
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S411


@refused(lambda: (np.ones(3),))
def writes_around_it(x):
    total = np.zeros(3)
    def loss(y):
        total[0] = y[0]
        return np.sum(y * total)
    return np.sum(grad(loss)(x))
#                 ^^^^^^^^^^^^^ S103


@refused(lambda: (np.ones(3),))
def binds_around_it(x):
    last = 0.0
    def loss(y):
        nonlocal last
        last = y[0]
        return np.sum(y * y)
    return np.sum(grad(loss)(x)) + last
#                 ^^^^^^^^^^^^^ S103


def doubled(y, z):
    y *= 2.0
    return np.sum(y * z)


@refused(lambda: (np.ones(3),))
def writes_what_is_passed_twice(x):
    return np.sum(grad(doubled)(x, x[:]))
#                 ^^^^^^^^^^^^^^^^^^^^^^ S304


@refused(lambda: (np.ones(3),))
def in_a_try(x):
    try:
        y = grad(square)(x)
#           ^^^^^^^^^^^^^^^ S107
    except ValueError:
        y = x
    return np.sum(y)


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


@refused(lambda: (2.0, 3))
def of_a_recursion(x, n):
    return grad(power)(x, n)
#          ^^^^^^^^^^^^^^^^^ S107


@refused(lambda: (np.ones(3), np.ones(2)), wrt=(0, 1))
def tangent_of_another_shape(x, v):
    return jvp(square, (x,), (v,))[1]
#          ^^^^^^^^^^^^^^^^^^^^^^^ S403


@refused(lambda: (np.ones(3),))
def tangents_too_few(x):
    return jvp(square, (x,), (x, x))[1]
#          ^^^^^^^^^^^^^^^^^^^^^^^^^ S413


@refused(lambda: (np.ones(3),))
def jacobian_of_containers(x):
    return np.sum(s2sad.jacfwd(lambda y: (y, y))(x)[0])
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S416

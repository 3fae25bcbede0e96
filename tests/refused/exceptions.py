"""Exceptions that can't be followed."""
# fmt: off
# ruff: noqa

import numpy as np

from tests.refused import refused

ERRORS = {"a": ValueError}


@refused(lambda: (1.0,))
def group(x):
    try:
#   ^^^^ S104
        y = np.log(x)
    except* ValueError:
        y = 0.0
    return y


@refused(lambda: (1.0,))
def raises_nothing_again(x):
    if x < 0.0:
        raise
#       ^^^^^ S104
    return x


@refused(lambda: (1.0,))
def raises_again_in_a_callee(x):
    def again():
        raise
#       ^^^^^ S104

    try:
        y = 1.0 / x
    except ZeroDivisionError:
        again()
        y = 0.0
    return y


@refused(lambda: (1.0,))
def raises_a_number(x):
    if x < 0.0:
        raise x
#       ^^^^^^^ S101
    return x


@refused(lambda: (1.0,))
def raises_with_keywords(x):
    if x < 0.0:
        raise ImportError("no", name="x")
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ S101
    return x


@refused(lambda: (1.0,))
def catches_what_is_not_known(x):
    errors = ValueError if x > 0.0 else TypeError
    try:
        y = 1.0 / x
    except errors:
#          ^^^^^^ S104
        y = 0.0
    return y


@refused(lambda: (1.0,))
def catches_a_number(x):
    try:
        y = 1.0 / x
    except 3:
#          ^ S104
        y = 0.0
    return y


@refused(lambda: (1.0,))
def looks_into_the_exception(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError as error:
        y = len(error.args)
#               ^^^^^^^^^^ S104
    return y


@refused(lambda: (1.0,))
def names_of_the_exception_are_gone(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError as error:
        y = 0.0
    print(error)
#         ^^^^^ S405
    return y


@refused(lambda: (1.0,))
def kinds_differ_by_handler(x):
#^^ S405
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = (x, x)
    return y


@refused(lambda: (1.0,))
def missing_key_in_the_handler(x):
    d = {"a": x}
    try:
        y = d["b"]
    except KeyError:
        y = d["c"]
#           ^^^^^^ S405
    return y

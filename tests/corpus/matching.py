"""`match`, `:=`, imports, unpacking, and what is deleted."""

import math

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def literals_in_a_loop(x):
    s = 0.0
    for k in range(len(x)):
        match k % 4:
            case 0:
                s = s + x[k]
            case 1 | 2:
                s = s + x[k] * x[k]
            case _:
                continue
        s = s * 1.1
    return s


@program(lambda r, n: (r.normal(n), "square"), lengths=(0, 1, 2))
def match_on_a_name(x, kind):
    match kind:
        case "linear":
            return np.sum(x)
        case "square" | "quadratic":
            return np.sum(x * x)
    return 0.0


@program(lambda r, n: (r.normal(3),))
def sequences_and_guards(x):
    pair = (x[0], x[1])
    match pair:
        case (a, b, c):
            return a * b * c
        case (a, b) if a > b:
            return a * a * b
        case [a, *rest]:
            return a * rest[0] * rest[0] * x[2]


@program(lambda r, n: (r.number(),))
def mapping_pattern(x):
    options = {"kind": "power", "base": x, "more": 3.0}
    match options:
        case {"kind": "sum"}:
            return x
        case {"kind": "power", "base": base, **others}:
            return base * base * others["more"]
    return 0.0


@program(lambda r, n: (r.number(1.5, 3.0),))
def guards_with_numbers(x):
    match x:
        case 0.0:
            y = 1.0
        case v if v < 1.0:
            y = v
        case v if v < 2.0:
            y = v * v
        case _:
            y = v * x * x
    return y


@program(lambda r, n: (r.number(2.0, 3.0),), single=False)
def assignment_in_the_test(x):
    y = x
    steps = 0
    while (distance := abs(y - 1.0)) > 0.1:
        y = y - 0.5 * (y - 1.0) * distance
        steps += 1
    return y * distance + steps


@program(lambda r, n: (r.number(1.2, 1.4),))
def assignment_in_the_test_with_else(x):
    y = x
    while (square := y * y) < 5.0:
        y = y * 1.5
        if y > 100.0:
            break
    else:
        y = y * 2.0
    return y + square


@program(lambda r, n: (r.positive(n),), lengths=(1, 2))
def assignment_in_a_comprehension(x):
    last = 0.0
    squares = [(last := v * v) + v for v in x if (w := v) > -1.0]
    return sum(squares) * last + w


@program(lambda r, n: (r.number(),))
def assignment_in_a_condition(x):
    if (y := x * x) > 0.01 and (z := y * x) > 0.0:
        return y * z
    return y


@program(lambda r, n: (r.normal(3),))
def deleted_items(x):
    items = [x[0], x[1], x[2], x[0]]
    del items[1], items[-1]
    table = {"a": x[0], "b": x[1]}
    del table["a"]
    y = x * 2.0
    del y
    return items[1] * table["b"] * len(items) * items[0]


@program(lambda r, n: (r.number(),))
def optional_import(x):
    try:
        import not_there_at_all as fast
    except ImportError:
        fast = math
    return fast.sin(x) * x


@program(lambda r, n: (r.number(),))
def unpacked_with_stars(x):
    a, *b, c = x, x * x, 3.0, x + 1.0
    (d, e), f = b, c

    def product(p, q, *rest, scale=1.0):
        return p * q * rest[0] * scale

    return product(*[a, d], *(e,), scale=f)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def chained_and_annotated(x):
    a = b = x * 2.0
    a[0] = 3.0
    c: np.ndarray = a * b
    total: float
    total = np.sum(c)
    scale: float = 2.0
    return total * scale


@program(lambda r, n: (r.normal(n),), lengths=(0, 1, 2))
def nested_comprehensions(x):
    table = [[a * b for b in x if b > 0.0] for a in x]
    flat = sum(v * v for row in table for v in row)
    return flat + sum(a * b for a in x for b in x if a > b)

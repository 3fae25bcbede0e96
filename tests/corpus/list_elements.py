"""Names that refer to elements of a list of run-time length, while the list is edited."""

import numpy as np

from tests.corpus import program


def powers(x, n):
    items = [x * 1.0]
    for k in range(n):
        items.append(x * (k + 2.0))
    return items


@program(lambda r, n: (r.normal(n), 3))
def last_before_append(x, n):
    items = powers(x, n)
    w = items[-1]
    items.append(x * 7.0)
    return np.sum(w * items[-1])


@program(lambda r, n: (r.normal(n), 3))
def last_in_a_loop(x, n):
    items = [x]
    losses = []
    for _ in range(n):
        w = items[-1]
        items.append(w * 0.5)
        losses.append(np.sum(w**2))
    return sum(losses) + np.sum(items[-1])


@program(lambda r, n: (r.normal(n), 3))
def written_after_append(x, n):
    items = powers(x, n)
    w = items[-1]
    items.append(x * 7.0)
    w *= 2.0
    return np.sum(w * items[-2]) + np.sum(items[-1])


@program(lambda r, n: (r.normal(n), 3))
def part_of_last_before_append(x, n):
    items = powers(x, n)
    w = items[-1]
    v = w[1:]
    items.append(x * 7.0)
    v[:] = 3.0 * x[0]
    return np.sum(w * items[-1]) + np.sum(items[-2])


@program(lambda r, n: (r.normal(n), 3))
def appended_in_a_branch(x, n):
    items = powers(x, n)
    w = items[-1]
    if x[0] > -5.0:
        items.append(x * 7.0)
    return np.sum(w * items[-1])


@program(lambda r, n: (r.normal(n), 3))
def appended_by_a_callee(x, n):
    items = powers(x, n)
    w = items[-1]

    def add():
        items.append(x * 7.0)

    add()
    return np.sum(w * items[-1])


@program(lambda r, n: (r.normal(n), 4))
def popped_in_a_loop(x, n):
    items = powers(x, n)
    w = items[-1]
    while len(items) > 2:
        items.pop()
    return np.sum(w * items[-1])


@program(lambda r, n: (r.normal(n), 4))
def popped_or_appended(x, n):
    items = powers(x, n)
    for k in range(3):
        w = items[-1]
        if k != 1:
            items.append(w * 0.5)
        else:
            items.pop()
        x = x + w
    return np.sum(x * items[-1])


@program(lambda r, n: (r.normal(n), 3))
def held_by_a_dict(x, n):
    items = powers(x, n)
    best = {"best": items[-1]}
    items.append(x * 7.0)
    return np.sum(best["best"] * items[-1])


class Holder:
    def __init__(self, best):
        self.best = best


@program(lambda r, n: (r.normal(n), 3))
def held_by_an_object(x, n):
    items = powers(x, n)
    holder = Holder(items[-1])
    items.pop()
    items.append(x * 0.5)
    return np.sum(holder.best * items[-1])


@program(lambda r, n: (r.normal(n), 3))
def chosen_then_popped(x, n):
    items = powers(x, n)
    w = items[-1] if x[0] > 0.0 else items[0]
    items.pop()
    return np.sum(w * items[-1])


@program(lambda r, n: (r.normal(n), 3))
def best_of_a_growing_list(x, n):
    items = powers(x, n)
    best = items[0]
    for _ in range(5):
        c = items[-1] * 0.9
        items.append(c)
        if np.sum(c) < np.sum(best):
            best = items[-1]
    return np.sum(best * items[-2])


@program(lambda r, n: (r.normal(n), 3))
def operand_before_pop(x, n):
    items = powers(x, n)
    return np.sum(items[-1] * items.pop() * items[-1])


@program(lambda r, n: (r.normal(n), 3))
def argument_before_pop(x, n):
    items = powers(x, n)

    def f(p, q):
        return np.sum(p * q * items[-1])

    return f(items[-1], items.pop())


@program(lambda r, n: (r.normal(n), 3))
def display_before_pop(x, n):
    items = powers(x, n)
    first, second = items[-1], items.pop()
    return np.sum(first * second) + np.sum({"a": items[-1], "b": items.pop()}["a"])


@program(lambda r, n: (np.abs(r.normal(n)) + 0.5,))
def stack_of_work(x):
    stack = [x]
    out = 0.0
    while stack:
        top = stack[-1]
        if np.sum(top) > 1.0:
            stack.append(top * 0.5)
        else:
            out = out + np.sum(top**2)
            stack.pop()
            if stack:
                stack[-1] *= 0.3
    return out


@program(lambda r, n: (r.normal(n), 3))
def star_takes_the_rest(x, n):
    first, *rest = powers(x, n)
    for w in rest:
        first = first + w**2
    return np.sum(first)


@program(lambda r, n: (r.normal(n), 3))
def star_before_the_last(x, n):
    *hidden, last = powers(x, n)
    for _ in range(2):
        *hidden, before = hidden
        last = last * before
    return np.sum(last) + np.sum(hidden[0])


@program(lambda r, n: (r.normal(n + 2),))
def star_takes_numbers_of_an_array(x):
    first, *rest, last = x
    return first * last + sum(v**2 for v in rest)


@program(lambda r, n: (r.normal(2, n),))
def rows_by_name(x):
    first, second = x
    first[0] = second[-1]
    return np.sum(x**2) + np.sum(first * second)


@program(lambda r, n: (r.normal(n + 4), 3), wrt=(0,))
def window_of_a_list(x, width):
    window, total = [], 0.0
    for v in x:
        if len(window) == width:
            total = total - window[0] ** 2
        window.append(v)
        total = total + v * window[-1]
    return total


@program(lambda r, n: (r.normal(n + 4),))
def list_and_its_last(x):
    rising, total = [], 0.0
    for v in x:
        if rising and rising[-1] < v:
            total = total + rising[-1] * v
        if not rising or (rising and v > 0.0):
            rising.append(v)
    return total


@program(lambda r, n: (r.normal(n + 4),))
def positions_of_a_growing_list(x):
    found, total = [], 0.0
    for k in range(len(x)):
        if k > 1:
            total = total + found[k - 2] * found[-1]
        found.append(x[k])
    return total


@program(lambda r, n: (r.normal(n), 4))
def popped_from_the_front_in_a_loop(x, n):
    items = powers(x, n)
    w = items[0]
    last = {"last": items[-1]}
    items.append(x * 3.0)
    for _ in range(3):
        if len(items) > 4:
            items.pop(0)
    return np.sum(w * items[0]) + np.sum(last["last"] * items[-1])


@program(lambda r, n: (r.normal(n), 4))
def chosen_then_popped_in_a_branch(x, n):
    items = powers(x, n)
    holder = Holder(x)
    if np.sum(x) > -0.1:
        holder.best = items[0]
    else:
        items[-2] = items[0] * 1.0 + 0.1
    if len(items) > 3:
        items.pop(0)
    return np.sum(holder.best * items[0])

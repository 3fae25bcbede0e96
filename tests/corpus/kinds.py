"""Names that hold one of several kinds of things: None or a number, one of two functions."""

import numpy as np

from tests.corpus import program


class Doubled:
    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value * 2.0


class Tripled(Doubled):
    def get(self):
        return self.value * 3.0


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def best_or_none(x):
    best = None
    for v in x:
        if best is None or v < best:
            best = v
    return best * 2.0


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def best_array_or_none(x):
    best = None
    bestval = np.inf
    for k in range(len(x)):
        c = x * x[k]
        v = np.sum(np.sin(c))
        if best is None or v < bestval:
            best = c
            bestval = v
    return np.sum(best**2)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def pair_or_none(x):
    best = None
    for k, v in enumerate(x):
        if best is None or v > best[1]:
            best = (k, v)
    return best[1] * best[0]


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def previous_or_none(x):
    prev = None
    s = 0.0
    for v in x:
        if prev is not None:
            s += (v - prev) ** 2
        prev = v
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def previous_in_while(x):
    prev = None
    s = 0.0
    k = 0
    while k < len(x):
        if prev is None:
            s += x[k]
        else:
            s += x[k] * prev
        prev = x[k] * 2.0
        k += 1
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def function_by_branch(x):
    f = np.sin if x[0] > 0 else np.cos
    return np.sum(f(x))


@program(lambda r, n: (r.normal(n),))
def lambda_by_branch(x):
    f = (lambda v: v * v) if x[0] > 0 else (lambda v: np.exp(v))
    return np.sum(f(x)) + f(x[1])


@program(lambda r, n: (r.normal(n),))
def def_by_branch(x):
    if x[0] > 5:

        def f(v):
            return v * v
    else:

        def f(v):
            return np.exp(v)

    return np.sum(f(x)) + f(x[1])


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def function_changes_in_loop(x):
    f = np.sin
    s = 0.0
    for v in x:
        s += f(v)
        if s > 0.5:
            f = np.cos
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def function_by_position(x):
    fs = [np.sin, np.cos, np.exp]
    s = 0.0
    for k in range(len(x)):
        s += fs[k % 3](x[k])
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def function_by_key(x):
    acts = {"a": np.tanh, "b": np.sin}
    key = "a" if x[0] > 0 else "b"
    return np.sum(acts[key](x))


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def list_or_array(x):
    y = [1.0, 2.0]
    if x[0] > 0:
        y = x * 2
        z = np.sum(y)
    else:
        z = sum(y)
    return z


@program(lambda r, n: (r.normal(n),))
def number_or_tuple(x):
    y = x[1] if x[0] > 0 else (x[1], x[2])
    if isinstance(y, tuple):
        return y[0] + y[1]
    return y * 3


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def none_then_array(x):
    out = None
    for k in range(3):
        out = x * k if out is None else out + x * k
    return np.sum(out**2)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def helper_may_return_none(x):
    def find(x):
        for v in x:
            if v > 1.0:
                return v
        return None

    r = find(x)
    if r is None:
        return np.sum(x)
    return r * r


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def helper_may_end(x):
    def find(x):
        for v in x:
            if v > 10.0:
                return v

    r = find(x)
    if r is None:
        return np.sum(x)
    return r * r


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def tuple_in_one_arm(x):
    c = x[0] > 0
    if c:
        t = (x[0], x * 2)
    s = 0.0
    if c:
        s += np.sum(t[1]) * t[0]
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def dict_in_one_arm(x):
    c = x[0] > 0
    if c:
        t = {"a": x[0], "b": x * 2}
    s = 0.0
    if c:
        s += np.sum(t["b"]) * t["a"]
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def list_in_one_arm(x):
    c = x[0] > 0
    if c:
        t = [x[0], x * 2]
    s = 0.0
    if c:
        s += np.sum(t[1]) * t[0]
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def object_in_one_arm(x):
    c = x[0] > 0
    if c:
        t = Doubled(x)
    s = 0.0
    if c:
        s += np.sum(t.get())
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def cellby_branch(x):
    m = Doubled(x) if x[0] > 0 else Tripled(x)
    return np.sum(m.get())


@program(lambda r, n: (r.normal(n),))
def row_from_earlier_trip(x):
    s = 0.0
    for j in range(4):
        if j == 1:
            row = x * 2
        elif j > 1:
            s += np.sum(row) * j
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def tuple_from_earlier_trip(x):
    s = 0.0
    for j in range(len(x)):
        if j == 1:
            row = (x[j], x * 2)
        elif j > 1:
            s += np.sum(row[1]) * row[0]
    return s


@program(lambda r, n: (r.normal(n),))
def attribute_or_none(x):
    cell = Doubled(None)
    for k in range(len(x)):
        if cell.value is None:
            cell.value = x[k]
        else:
            cell.value = cell.value * x[k]
    return cell.value


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def item_or_none(x):
    d = {"best": None, "n": 0}
    for v in x:
        if d["best"] is None or v > d["best"]:
            d["best"] = v
            d["n"] += 1
    return d["best"] * d["n"]


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def none_and_more(x):
    best = None
    for v in x:
        if best is not None and v > best:
            best = v
        if best is None:
            best = v
    return best


@program(lambda r, n: (r.normal(n),))
def default_for_none(x):
    w = None
    if x[0] > 0:
        w = x * 2
    w = w if w is not None else np.ones(4)
    return np.sum(w * x)


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def not_of_none(x):
    best = None
    for v in x:
        best = v if not best else best * v
    return best


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def none_of_enclosing(x):
    best = None

    def upd(v):
        nonlocal best
        if best is None or v > best:
            best = v

    for v in x:
        upd(v)
    return best**2


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def mode_by_text(x):
    mode = "first"
    s = 0.0
    for v in x:
        if mode == "first":
            s += v
            mode = "second"
        else:
            s += v * v
            mode = "third" if v > 1 else "second"
    return s


@program(lambda r, n: (r.normal(n),), lengths=(1, 2))
def truth_or_none(x):
    flag = None
    s = 0.0
    for v in x:
        flag = v > 0 if flag is None else (flag and v > 0)
        if flag:
            s += v
    return s


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def two_names_of_one_dict(x):
    if x[0] > 0:
        a = {"v": x * 2}
        b = a
    else:
        a = None
        b = None
    a["v"] = x * 5
    return np.sum(b["v"])


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def buffer_made_once(x):
    buf = None
    s = 0.0
    for k in range(len(x)):
        if buf is None:
            buf = np.zeros(4)
        buf[k] = x[k] ** 2
        s += np.sum(buf)
    return s


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def defaults_of_lambdas(x):
    fs = []
    for k in range(3):
        fs.append(lambda v, k=k: v**k)
    return sum(f(x[1]) for f in fs)


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def default_by_branch(x):
    f = (lambda v, k=x[1]: v * k) if x[0] > 1 else (lambda v, k=x[2]: v * k)
    return f(x[0])


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def slice_by_branch(x):
    sl = slice(0, 2) if x[0] > 0 else slice(1, 4)
    return np.sum(x[sl] ** 2)


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def axis_or_none(x):
    ax = None if x[0] > 0 else 0
    return np.sum(np.sum(np.outer(x, x), axis=ax))


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def text_by_branch(x):
    op = "add" if x[0] > 0 else "mul"
    y = x
    if op == "add":
        y = y + 1.0
    elif op == "mul":
        y = y * 2.0
    return np.sum(y**2)


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def error_of_none_is_caught(x):
    y = None
    if x[0] > 100:
        y = x[0]
    try:
        z = y * 2.0
    except TypeError:
        z = x[1] * 3.0
    return z


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def found_or_none(x):
    found = None
    for k, v in enumerate(x):
        if v > 0.4:
            found = k
            break
    if found is None:
        raise ValueError("none")
    return x[found] ** 2


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def none_in_test_of_while(x):
    node = None
    k = 0
    while node is None and k < len(x):
        if x[k] > 1.0:
            node = x[k]
        k += 1
    return node * k


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def none_before_and(x):
    prev = None
    s = 0.0
    for v in x:
        if prev is not None and prev < v:
            s += prev * v
        prev = v
    return s


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def helper_none_in_loop(x):
    def step(v):
        if v < 0:
            return None
        return np.sqrt(v)

    s = 0.0
    for v in x:
        r = step(v)
        if r is None:
            continue
        s += r
    return s


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def pair_of_helper_or_none(x):
    def f(v):
        if v < 0:
            return None
        return v, v * v

    s = 0.0
    for v in x:
        r = f(v)
        if r is not None:
            a, b = r
            s += a * b
    return s


@program(lambda r, n: (r.positive(4) + 0.1 * r.normal(4),), rough=True)
def function_by_name_in_loop(x):
    ops = {"s": np.sin, "c": np.cos}
    name = "s"
    s = 0.0
    for v in x:
        s += ops[name](v)
        name = "c" if name == "s" else "s"
    return s

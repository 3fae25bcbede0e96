"""Lists, dicts, tuples, dataclasses and other containers: made, edited, carried and returned."""
# ruff: noqa: C405, C416, PIE800, RUF005, SIM108, UP031, UP032 (written as authors write)

import collections
import dataclasses
import enum
import types
from collections import OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.number(), r.number()))
def list_edits(x, y):
    s = [x]
    s.append(y)
    s.extend([x * y, 2.0])
    s.insert(1, x * x)
    s.insert(0, y)
    a = s.pop(2)
    b = s.pop()
    c = s.pop(-1)
    s[0] = s[1] * 2.0
    s.reverse()
    t = s.copy()
    t[0] = 5.0
    del s[1]
    return a * b * c + s[0] * s[1] + t[1] + len(s)


@program(lambda r, n: (r.number(), r.number(), r.number()))
def list_slices(x, y, z):
    s = [x, y, z, x * y]
    s[1:3] = [z * z, x, y]
    s[::2] = [1.0 * x, y, x]
    del s[0:1]
    u = s[1:] + s[:1] + [x] * 2 + 2 * [y]
    u += [z]
    return sum(k * v for k, v in enumerate(u))


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def list_runtime_edits(x):
    s = []
    for v in x:
        s.append(v * v)
    s.insert(0, np.float64(2.0))
    s.extend([a * 2.0 for a in s])
    s.reverse()
    s += [np.float64(1.0)]
    t = 0.0
    for k, v in enumerate(s):
        t += k * v
    return t


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def list_pop_front(x):
    queue = [v for v in x]
    t = 0.0
    while queue:
        v = queue.pop(0)
        t = 0.5 * t + v * v
    return t


@program(lambda r, n: (r.normal(n),), lengths=(1,))
def deque_queue(x):
    q = deque(x)
    t = 0.0
    while q:
        v = q.popleft()
        t = 0.5 * t + v * v
    return t


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def deque_window(x):
    w = deque(maxlen=3)
    t = 0.0
    for v in x:
        w.append(v)
        t += sum(w) ** 2
    return t


@program(lambda r, n: (r.number(), r.number()))
def deque_static(x, y):
    q = deque([x, y])
    q.append(x * y)
    q.appendleft(y * y)
    q.rotate(1)
    a = q.popleft()
    b = q.pop()
    return a * b + q[0] * len(q)


@program(lambda r, n: (r.number(), r.number()))
def tuples(x, y):
    t = (x, y) + (x * y,)
    u = t * 2
    a, *b, c = u
    return a * c + b[0] * b[1] + t[-1] + u[2:4][1] + (x, y)[x > y]


@program(lambda r, n: (r.number(), r.number()))
def dict_edits(x, y):
    d = {"a": x, **{"b": y}}
    d.update(c=x * y)
    d.update({"d": 2.0})
    d |= {"e": y * y}
    e = d | {"a": y}
    z = d.get("zz", x) * d.get("a") * d.setdefault("f", y) * d.setdefault("a", 3.0)
    p = d.pop("b") * d.pop("nope", 1.5)
    del d["c"]
    s = 0.0
    for k, v in d.items():
        s += v * len(k)
    for v in d.values():
        s += v * v
    if "a" in d and "b" not in d:
        s *= e["a"]
    return s * z * p + sum(d.values()) + len(d)


@program(lambda r, n: ({"w": r.normal(2), "b": r.number()},))
def dict_comprehension(p):
    q = {k: v * 2.0 for k, v in p.items()}
    s = {k: i for i, k in enumerate(sorted(p))}
    return np.sum(q["w"]) * q["b"] + s["w"] * p["b"]


@program(lambda r, n: (r.number(), r.number()))
def dict_computed_keys(x, y):
    d = {}
    for i in range(3):
        d[i] = x * i
        d["k" + str(i)] = y
        d[i, i + 1] = x * y
        d[f"n{i}"] = y
    return d[0] + d[1] * d["k2"] + d[1, 2] * d["n1"]


@program(lambda r, n: (r.normal(4),))
def dict_in_loop(x):
    d = {"m": 0.0, "v": 1.0}
    for v in x:
        d["m"] = 0.9 * d["m"] + v
        d["v"] += v * v
    return d["m"] / d["v"]


@program(
    lambda r, n: ({"a": r.normal(2), "b": {"c": r.number(), "d": [r.normal(2), r.normal(2)]}},)
)
def nested_everything(p):
    s = np.sum(p["a"]) * p["b"]["c"]
    for v in p["b"]["d"]:
        s += np.sum(v * p["a"])
    return s


@program(lambda r, n: (r.number(), r.number()))
def sets_inactive(x, y):
    s = {1, 2, 3}
    names = {"a", "b"} | set(["c"])
    t = x
    if 2 in s and "z" not in names:
        t *= y
    for k in sorted(s):
        t += k * x
    return t * len(names)


class P(NamedTuple):
    x: Any
    y: Any = 2.0

    def norm(self):
        return self.x**2 + self.y**2

    @property
    def prod(self):
        return self.x * self.y


Q = namedtuple("Q", "a b")


@program(lambda r, n: (P(r.number(), r.number()),))
def namedtuple_methods(p):
    q = p._replace(x=p.y * 2.0)
    z = P(p.x)
    w = P(y=p.x, x=3.0)
    return p.norm() * q.prod + z.y * z.x + w._asdict()["y"] + sum(p) + Q(*p).a * len(p)


@program(lambda r, n: (P(r.number(), r.number()),))
def namedtuple_loop(p):
    for _ in range(3):
        p = P(p.x * p.y, p.y + 0.1)
    return p.norm()


@dataclass
class State:
    pos: Any
    vel: Any
    t: float = 0.0
    log: list = field(default_factory=list)

    def step(self, dt):
        self.vel = self.vel - dt * self.pos
        self.pos = self.pos + dt * self.vel
        self.t += dt
        self.log.append(self.pos)


@program(lambda r, n: (r.normal(2), r.normal(2)))
def dataclass_state(p, v):
    s = State(p, v)
    for _ in range(4):
        s.step(0.1)
    return np.sum(s.pos * s.vel) + s.t + np.sum(s.log[1]) + len(s.log)


@dataclass(frozen=True)
class Frozen:
    a: Any
    b: Any = 1.0

    def moved(self, d):
        return replace(self, a=self.a + d)


@program(lambda r, n: (Frozen(r.number(), r.number()), r.number()))
def dataclass_frozen(f, d):
    g = f.moved(d)
    h = dataclasses.replace(g, b=g.a * 2.0)
    return g.a * h.b + f.b + Frozen(a=d).b * Frozen(d, b=d).a


@dataclass
class Post:
    a: Any
    b: Any = field(init=False)
    c: Any = field(default=3.0, kw_only=True)

    def __post_init__(self):
        self.b = self.a * self.a


@program(lambda r, n: (r.number(),))
def dataclass_post_init(x):
    p = Post(x, c=x)
    return p.b * p.c + Post(x).c * p.a


@dataclass
class Child(Frozen if False else State):
    extra: Any = 1.0


@program(lambda r, n: (r.number(), r.number()))
def dataclass_inherited(x, y):
    c = Child(x, y, extra=x * y)
    c.step(0.5)
    return c.extra * c.pos


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def f(self):
        self.a = self.a * self.b
        return self.a


@program(lambda r, n: (r.number(), r.number()))
def slots(x, y):
    s = Slots(x, y)
    return s.f() * s.f()


@program(lambda r, n: (Slots(r.number(), r.number()),), wrt=(0,))
def slots_parameter(s):
    return s.f() * s.f()


@program(lambda r, n: (State(r.normal(2), r.normal(2), 0.5, [r.normal(2)]),))
def object_wrt_written(s):
    s.step(0.1)
    s.step(0.1)
    return np.sum(s.pos * s.vel) * s.t + np.sum(s.log[0] * s.log[2])


@program(lambda r, n: (r.normal(2), r.number()), scalar=False)
def results_containers(x, y):
    s = Frozen(x * y, [y * y, x])
    return s


@program(lambda r, n: (r.normal(2), r.number()), scalar=False)
def results_dict(x, y):
    return {"a": x * y, "b": (y, P(x[0], y))}


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def grown_then_read(x):
    hist = []
    v = 1.0
    for a in x:
        v = v * np.sin(a)
        hist.append((v, a))
    s = 0.0
    for v, a in reversed(hist):
        s = s * 0.5 + v * a
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def list_of_dicts(x):
    hist = []
    for v in x:
        hist.append({"v": v, "sq": v * v})
    return sum(h["v"] * h["sq"] for h in hist)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def list_of_objects(x):
    hist = []
    for v in x:
        hist.append(Frozen(v, v * v))
    s = 0.0
    for h in hist:
        s += h.a * h.b
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def list_of_lists(x):
    rows = []
    for v in x:
        row = []
        for k in range(3):
            row.append(v * k)
        rows.append(row)
    s = 0.0
    for row in rows:
        for v in row:
            s += v * v
    return s + len(rows)


@program(lambda r, n: (r.number(), r.number()))
def simple_namespace(x, y):
    ns = types.SimpleNamespace(a=x, b=y)
    ns.c = ns.a * ns.b
    ns.a += 1.0
    return ns.a * ns.c


@program(lambda r, n: (types.SimpleNamespace(w=r.normal(3), b=r.number()),), wrt=(0,))
def simple_namespace_parameter(p):
    return np.sum(p.w) * p.b


@program(lambda r, n: (r.number(), r.number()))
def default_dict(x, y):
    d = defaultdict(float)
    d["a"] += x
    d["b"] += y
    d["a"] += x * y
    return d["a"] * d["b"] + d["c"]


@program(lambda r, n: (r.number(), r.number()))
def default_dict_list(x, y):
    d = defaultdict(list)
    for k, v in [("a", x), ("b", y), ("a", x * y)]:
        d[k].append(v)
    return d["a"][0] * d["a"][1] * d["b"][0]


@program(lambda r, n: (r.number(), r.number()))
def ordered_dict(x, y):
    d = OrderedDict([("a", x), ("b", y)])
    d["c"] = x * y
    d.move_to_end("a")
    s = 0.0
    for k, v in enumerate(d.values()):
        s += k * v
    return s


@program(lambda r, n: (r.normal(5),))
def counter_inactive(x):
    c = collections.Counter("abca")
    return x[0] * c["a"] + x[1] * c["b"]


class Mode(enum.Enum):
    LIN = 1
    SQ = 2


class IMode(enum.IntEnum):
    A = 1
    B = 2


def by_mode(x, mode):
    if mode is Mode.LIN:
        return x
    elif mode == Mode.SQ:
        return x * x
    raise ValueError(mode)


@program(lambda r, n: (r.number(),))
def enums(x):
    t = {Mode.LIN: x, Mode.SQ: x * x}
    s = by_mode(x, Mode.LIN) * by_mode(x, Mode.SQ) + t[Mode.SQ] * Mode.SQ.value
    for m in Mode:
        s += by_mode(x, m)
    if IMode.A == 1 and Mode["SQ"].name == "SQ":
        s *= IMode.B
    return s


@program(lambda r, n: (r.number(), "Relu"), wrt=(0,))
def strings(x, name):
    key = name.lower().strip()
    if key.startswith("re") and key == "relu" and key in ("relu", "elu"):
        y = x * len(key)
    else:
        y = x
    label = f"{key}-{3:02d}" + "%s" % key
    if label.endswith("relu") and "{}".format(name) == "Relu":
        y *= 2.0
    for ch in key:
        if ch == "e":
            y += x
    parts = "a,b".split(",")
    return y * len(parts) + len(",".join(parts))


@program(lambda r, n: (r.number(), r.number()))
def type_tests(x, y):
    s = 0.0
    for v in (x, [x, y], (x, y), {"a": y}, None, "t", 3):
        if isinstance(v, float):
            s += v
        elif isinstance(v, (list, tuple)):
            s += v[1] * v[0]
        elif isinstance(v, dict):
            s += v["a"]
        elif v is None:
            s *= 2.0
        elif isinstance(v, str):
            s += len(v)
        elif type(v) is int:
            s += v
    return s


@program(lambda r, n: (Frozen(r.number(), r.number()),), wrt=(0,))
def getattr_static(f):
    s = 0.0
    for name in ("a", "b", "c"):
        if hasattr(f, name):
            s += getattr(f, name) ** 2
    return s * getattr(f, "zz", 2.0)


@program(lambda r, n: (r.number(),))
def setattr_static(x):
    ns = State(x, x)
    for name in ("pos", "vel"):
        setattr(ns, name, getattr(ns, name) * x)
    return ns.pos * ns.vel


@program(lambda r, n: (r.number(), r.number()))
def none_default(x, y):
    def f(a, b=None, c=None):
        if b is None:
            b = a * a
        c = c or y
        return a * b * c

    return f(x) + f(x, y) * f(x, c=2.0)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def int_then_array(x):
    acc = 0
    for k in range(3):
        acc = acc + x * k
    acc2 = 1
    acc2 *= x
    return np.sum(acc * acc2)


@program(lambda r, n: (r.number(), r.number()))
def is_tests(x, y):
    a = [x]
    b = a
    c = [x]
    s = x
    if a is b and a is not c and None is not a:
        s *= y
    b.append(y)
    return s * a[1]


@program(lambda r, n: ([r.normal(3), r.normal(3)],), lengths=())
def list_same_twice(xs):
    ys = [xs[0], xs[0]]
    ys[0][1] = 5.0
    return np.sum(ys[1] * ys[0]) + np.sum(xs[1])


@program(lambda r, n: (r.number(), r.number()))
def dict_of_lists_mutated(x, y):
    d = {"a": [x], "b": []}
    d["a"].append(y)
    d["b"].extend(d["a"])
    d["a"][0] = x * y
    e = d.copy()
    e["a"].append(3.0)
    return d["a"][0] * d["b"][0] * d["a"][2]


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def index_count(x):
    names = ["a", "b", "c", "b"]
    k = names.index("b")
    return np.sum(x) * k + names.count("b") * np.sum(x * x)


@program(lambda r, n: (r.normal(4),), rough=True)
def list_sort(x):
    s = [x[0], x[1], x[2]]
    s.sort()
    t = list(x)
    t.sort(key=lambda v: -v)
    return s[0] + 2.0 * s[1] + t[0] * t[1]


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def tuple_in_loop_carried(x):
    state = (0.0, 1.0)
    for v in x:
        a, b = state
        state = (a + v, b * v)
    return state[0] * state[1]


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def object_rebuilt_in_loop(x):
    s = Frozen(0.0, 1.0)
    for v in x:
        s = Frozen(s.a + v, s.b * v)
    return s.a * s.b


@program(lambda r, n: ([P(r.number(), r.number()), P(r.number(), r.number())],))
def list_of_namedtuples(ps):
    s = 0.0
    for p in ps:
        s += p.norm()
    for x, y in ps:
        s += x * y
    return s * ps[0].prod


@program(lambda r, n: ([{"w": r.normal(2), "b": r.number()}, {"w": r.normal(2), "b": r.number()}],))
def list_of_dicts_parameter(ps):
    s = 1.0
    for p in ps:
        s *= np.sum(p["w"]) * p["b"]
    return s


@program(lambda r, n: ([Frozen(r.number(), r.number()), Frozen(r.number(), r.number())],))
def list_of_dataclasses_parameter(ps):
    s = 1.0
    for p in ps:
        s *= p.a + p.b
    s *= ps[0].moved(2.0).a
    return s


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def dict_of_runtime_lists(x):
    h = {"a": [], "b": []}
    for v in x:
        h["a"].append(v)
        h["b"].append(v * v)
    return sum(h["a"]) * sum(h["b"])


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def object_with_runtime_list(x):
    s = State(1.0, 2.0)
    for v in x:
        s.pos = s.pos + v
        s.log.append(s.pos * v)
    return sum(s.log) * s.pos


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def list_array_conversions(x):
    a = np.array([v * 2.0 for v in x])
    b = list(a)
    c = list(x)
    d = x.tolist()
    return np.sum(a * x) + sum(b) * sum(c) + sum(d)

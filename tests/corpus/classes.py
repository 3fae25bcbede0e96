"""Functions as values, and objects of one's own classes, made and called inside."""
# ruff: noqa: B006, B023, E731, E741, SIM108 (written as authors write)

import functools
import math

import numpy as np

from tests.corpus import program


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def nonlocal_counter(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total + v * v

    for v in x:
        add(v)
    return total


@program(lambda r, n: (r.number(), r.number()))
def nonlocal_branch(x, y):
    state = x

    def bump(k):
        nonlocal state
        if k > 1.0:
            state = state * y
        else:
            state = state + y
        return state

    return bump(0.5) * bump(2.0) + state


@program(lambda r, n: (r.number(), r.number()))
def make_adder(x, y):
    def adder(a):
        return lambda b: a * b + a

    f, g = adder(x), adder(y)
    return f(y) * g(f(2.0))


@program(lambda r, n: (r.number(), r.number()))
def counter_factory(x, y):
    def counter():
        c = 0.0

        def step(v):
            nonlocal c
            c = c + v
            return c

        return step

    f, g = counter(), counter()
    f(x)
    g(y)
    f(x * y)
    return f(1.0) * g(2.0)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def closure_in_loop(x):
    s = 0.0
    for k in range(len(x)):
        f = lambda v: v * x[k]
        s += f(x[k] * 2.0)
    return s


TABLE = {"sin": np.sin, "square": lambda v: v * v}


@program(lambda r, n: (r.normal(3),))
def dict_of_functions(x):
    s = 0.0
    for name in ("sin", "square"):
        s += np.sum(TABLE[name](x))
    local = {"a": lambda v: v * 2.0, "b": np.cos}
    return s + np.sum(local["a"](x) * local["b"](x))


@program(lambda r, n: (r.normal(3),))
def list_of_functions(x):
    for f in [np.sin, lambda v: v * v, np.tanh]:
        x = f(x)
    return np.sum(x)


LAYERS = [np.tanh, np.sin]


def apply_twice(f, x, *args, **kw):
    return f(f(x, *args, **kw), *args, **kw)


def power(x, n=2, *, scale=1.0):
    return scale * x**n


@program(lambda r, n: (r.number(), r.number()))
def function_argument(x, y):
    return apply_twice(power, x, 3, scale=y) + apply_twice(lambda v: v * y, x)


class Affine:
    def __init__(self, w, b):
        self.w = w
        self.b = b

    def __call__(self, x):
        return self.w * x + self.b

    @staticmethod
    def act(v):
        return np.tanh(v)

    @classmethod
    def unit(cls, b):
        return cls(1.0, b)

    @property
    def norm(self):
        return self.w * self.w + self.b * self.b

    def apply(self, x):
        return self.act(self(x))


@program(lambda r, n: (r.number(), r.number(), r.number()))
def callable_object(w, b, x):
    f = Affine(w, b)
    return f(x) * f(f(2.0)) * f.norm


@program(lambda r, n: (Affine(r.number(), r.number()), r.number()), wrt=(0, 1))
def callable_parameter(f, x):
    return f(x) * f.norm + f.apply(x)


@program(lambda r, n: (r.number(), r.number()))
def classmethod_made(b, x):
    return Affine.unit(b)(x) * Affine.act(x)


@program(lambda r, n: (Affine(r.number(), r.number()), r.number()), wrt=(0, 1))
def classmethod_of_instance(f, x):
    return f.unit(x)(2.0 * x) + f.act(x) * f.w


@program(
    lambda r, n: ([Affine(r.number(), r.number()), Affine(r.number(), r.number())], r.number()),
    wrt=(0, 1),
)
def list_of_layers(layers, x):
    for layer in layers:
        x = layer.act(layer(x))
    return x


@program(
    lambda r, n: ((Affine(r.number(), r.number()), Affine(r.number(), r.number())), r.number()),
    wrt=(0, 1),
)
def tuple_of_layers(layers, x):
    for layer in layers:
        x = layer.apply(x)
    return x


MODEL = Affine(2.0, 0.5)


@program(lambda r, n: (r.number(),))
def global_callable(x):
    return MODEL(x) * MODEL.norm


def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return wrapper


def scaled_by(factor):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return factor * f(*args, **kwargs)

        return wrapper

    return decorate


@logged
def decorated_helper(x, y=2.0):
    return x * y * y


@scaled_by(3.0)
def scaled_helper(x):
    return x * x


@program(lambda r, n: (r.number(), r.number()))
def decorated(x, y):
    return decorated_helper(x, y=y) * scaled_helper(y) + decorated_helper(x)


@program(lambda r, n: (r.number(), r.number()))
def decorated_inside(x, y):
    def double(f):
        def g(*a):
            return 2.0 * f(*a)

        return g

    @double
    def h(v):
        return v * y

    @scaled_by(y)
    def k(v):
        return v * v

    return h(x) * k(x)


@functools.lru_cache
def coefficients(n):
    return tuple(1.0 / (k + 1) for k in range(n))


@functools.cache
def factor(n):
    return n * 2


class Base:
    def __init__(self, a):
        self.a = a

    def value(self, x):
        return self.a * x

    def twice(self, x):
        return 2.0 * self.value(x)


class Derived(Base):
    def __init__(self, a, b):
        super().__init__(a)
        self.b = b

    def value(self, x):
        return super().value(x) + self.b * x * x


@program(lambda r, n: (r.number(), r.number(), r.number()))
def inheritance_inside(a, b, x):
    m = Derived(a, b)
    return m.twice(x) * m.b


@program(lambda r, n: (Derived(r.number(), r.number()), r.number()), wrt=(0, 1))
def inheritance_parameter(m, x):
    return m.twice(x) * m.b


class Vec:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y)

    def __sub__(self, o):
        return Vec(self.x - o.x, self.y - o.y)

    def __mul__(self, o):
        if isinstance(o, Vec):
            return self.x * o.x + self.y * o.y
        return Vec(self.x * o, self.y * o)

    def __rmul__(self, o):
        return Vec(self.x * o, self.y * o)

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __matmul__(self, o):
        return self.x * o.y - self.y * o.x

    def __getitem__(self, k):
        return self.x if k == 0 else self.y

    def __setitem__(self, k, v):
        if k == 0:
            self.x = v
        else:
            self.y = v

    def __len__(self):
        return 2

    def __iter__(self):
        return iter((self.x, self.y))

    def __abs__(self):
        return np.sqrt(self.x**2 + self.y**2)

    def __eq__(self, o):
        return self.x == o.x and self.y == o.y

    def __lt__(self, o):
        return abs(self) < abs(o)

    def __iadd__(self, o):
        self.x = self.x + o.x
        self.y = self.y + o.y
        return self

    def __bool__(self):
        return True

    def __pow__(self, n):
        return Vec(self.x**n, self.y**n)

    def __contains__(self, v):
        return v == self.x

    def __float__(self):
        return float(self.x)

    __hash__ = None


@program(lambda r, n: (r.number(), r.number()))
def operators_inside(x, y):
    a, b = Vec(x, y), Vec(y, x * x)
    c = a + b * 2.0 - 3.0 * -a
    return c * a + a @ b + abs(c)


@program(lambda r, n: (Vec(r.number(), r.number()), Vec(r.number(), r.number())), wrt=(0, 1))
def operators_parameters(a, b):
    c = a + b
    c += a
    return (c * b) * c[0] + c[1] * len(c) + (a**2).x


@program(lambda r, n: (r.number(), r.number()))
def object_iterated(x, y):
    a = Vec(x, y)
    s = 0.0
    for v in a:
        s += v * v
    p, q = a
    return s * p + q + sum(a)


@program(lambda r, n: (r.number(), r.number()))
def object_items_written(x, y):
    a = Vec(x, y)
    a[0] = a[1] * x
    a[1] += 2.0
    return a.x * a.y


@program(lambda r, n: (r.number(), r.number()), rough=True)
def object_compared(x, y):
    a, b = Vec(x, y), Vec(2.0 * y, x)
    if a < b:
        return a.x * b.y
    if a == b or not a:
        return x
    return a.y * b.x


def variadic(*args, scale=1.0, **kw):
    s = 0.0
    for a in args:
        s += a * scale
    for k in kw:
        s += kw[k] ** 2
    return s


@program(lambda r, n: (r.number(), r.number(), r.number()))
def args_kwargs(x, y, z):
    opts = {"u": x, "v": y}
    return variadic(x, *[y, z], scale=z, **opts) * variadic(*(x,), w=y)


def only(a, /, b, *, c):
    return a * b**2 * c**3


@program(lambda r, n: (r.number(), r.number()))
def positional_only(x, y):
    return only(x, y, c=2.0) + only(x, b=y, c=x)


W = np.array([1.0, 2.0, 3.0])


def with_default(x, w=W, n=3):
    return np.sum(x * w) ** n


@program(lambda r, n: (r.normal(3),))
def default_array(x):
    return with_default(x) + with_default(x, n=2)


@program(lambda r, n: (r.normal(3), r.number()))
def default_evaluated_early(x, y):
    k = y

    def f(v, a=k * 2.0, b=[1.0, 2.0]):
        return v * a * b[1]

    k = 10.0
    return np.sum(f(x)) * f(k)


def stateful(x):
    return x * stateful.rate


stateful.rate = 0.5


@program(lambda r, n: (r.number(),))
def function_attribute(x):
    return stateful(x) * stateful.rate


@program(lambda r, n: (r.number(), r.number()))
def compose(x, y):
    def comp(*fs):
        def run(v):
            for f in fs:
                v = f(v)
            return v

        return run

    return comp(np.sin, lambda v: v * y, math.exp)(x)


@program(lambda r, n: (r.number(), r.number()))
def method_as_value(x, y):
    a = Affine(x, y)
    f = a.apply
    g = np.ones(3).sum
    return f(y) * g()


@program(lambda r, n: (r.normal(3),))
def bound_array_method(x):
    f = x.dot
    return f(x) * f(2.0 * x)


class Counter:
    def __init__(self):
        self.total = 0.0
        self.calls = 0

    def add(self, v):
        self.total += v
        self.calls += 1
        return self


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def object_state_in_loop(x):
    c = Counter()
    for v in x:
        c.add(v * v).add(v)
    return c.total * (c.calls + 1)


@program(lambda r, n: (r.normal(n),), rough=True, lengths=(0, 1))
def object_state_in_branch(x):
    c = Counter()
    for v in x:
        if v > 0.0:
            c.add(v * v)
        else:
            c.total = c.total - v
    return c.total


class Chain:
    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        for l in self.layers:
            x = l(x)
        return x


@program(lambda r, n: (r.number(), r.number(), r.number()))
def nested_callables(w, b, x):
    net = Chain(Affine(w, b), np.tanh, Affine(b, 1.0), lambda v: v * v)
    return net(x)


@program(lambda r, n: (Chain(Affine(0.5, 0.3), Affine(0.2, 0.1)), r.number()), wrt=(0, 1))
def nested_callables_parameter(net, x):
    return net(x)


@program(lambda r, n: (r.normal(n),), lengths=(0, 1))
def recursion_inner(x):
    def total(k):
        if k == 0:
            return 0.0
        return total(k - 1) + x[k - 1] ** 2

    return total(len(x))


class Prop:
    def __init__(self, r):
        self._r = r

    @property
    def r(self):
        return self._r

    @r.setter
    def r(self, v):
        self._r = v * 2.0


@program(lambda r, n: (r.number(),))
def property_setter(x):
    p = Prop(x)
    p.r = x * x
    p.r += x
    return p.r * x


class Cached:
    def __init__(self, r):
        self.r = r

    @functools.cached_property
    def sq(self):
        return self.r * self.r


@program(lambda r, n: (r.number(),))
def cached_property(x):
    c = Cached(x)
    return c.sq * c.sq


@program(lambda r, n: (r.number(), r.number()))
def immediately_called(x, y):
    return (lambda a, b=y: a * b)(x) + (lambda *a: a[0] * a[1])(x, y)


@program(lambda r, n: (r.number(), r.number()))
def late_binding(x, y):
    def f():
        return k * x

    k = y
    a = f()
    k = y * y
    return a * f()


@program(lambda r, n: (r.number(),))
def functions_made_in_comprehension(x):
    fs = [lambda v, k=k: v * k for k in (1.0, 2.0, 3.0)]
    return fs[0](x) * fs[2](x)


@program(lambda r, n: (r.number(),))
def late_binding_in_loop(x):
    fs = []
    for k in (1.0, 2.0, 3.0):
        fs.append(lambda v: v * k)
    return fs[0](x) * fs[2](x)


class Scale:
    factor = 3.0

    def __init__(self, a):
        self.a = a

    def f(self):
        return self.a * self.factor


@program(lambda r, n: (r.number(),))
def class_attribute(x):
    s = Scale(x)
    y = s.f() * Scale.factor
    s.factor = x
    return y * s.f()

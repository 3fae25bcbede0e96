"""What the codes of errors mean, at length, with a program that raises each and one that doesn't.

S0xx: the source; S1xx: syntax; S2xx: functions; S3xx: writes and aliases; S4xx: types of
arguments, seeds and results; S9xx: faults of s2sad.
"""

from __future__ import annotations

from s2sad.frozen import frozen

RANGES = {
    "S0": "Where the source comes from",
    "S1": "Syntax",
    "S2": "Functions and methods",
    "S3": "Writes and aliases",
    "S4": "Types of arguments, seeds and results",
    "S9": "Faults of s2sad",
}

INTRODUCTION = (
    "Each error has a code. `s2sad explain CODE` prints its entry here. The programs are run by\n"
    "the tests; `np` and `s2sad` are imported."
)


@frozen
class Explanation:
    """A code. trigger: a program that raises it; remedy: the same in a way that works.

    Both take `np` and `s2sad` for imported. The tests run them.
    """

    title: str
    text: str
    trigger: str = ""
    remedy: str = ""


CODES: dict[str, Explanation] = {
    "S001": Explanation(
        "the source of a function cannot be found",
        "s2sad compiles the text of a function. Functions made by `exec`, by `python -c` or on "
        "standard input have none, and functions written in C have none either.",
        'scope = {}\nexec("def f(x): return x * x", scope)\ns2sad.grad(scope["f"])(1.0)',
        "def f(x):\n    return x * x\n\n\ns2sad.grad(f)(1.0)",
    ),
    "S002": Explanation(
        "the file does not hold the function as it runs",
        "s2sad compiles the file again and looks for the code of the function in it. Where no "
        "definition gives that code, the file was edited after the import, or something "
        "rewrote the function's code; a derivative of another text would be wrong. Reload the "
        "module, or run the cell again.",
        "def f(x):\n    return 2.0 * x\n\n\n"
        "f.__code__ = f.__code__.replace(co_consts=(None, 3.0))\ns2sad.grad(f)(1.0)",
        "def f(x):\n    return 3.0 * x\n\n\ns2sad.grad(f)(1.0)",
    ),
    "S003": Explanation(
        "an expression is nested too deeply",
        "The tree of a function is walked recursively, and Python limits the depth of that. A "
        "sum of some thousand terms in one expression, as programs that write programs make "
        "them, is too deep. Give parts of the expression names of their own, or write a loop.",
    ),
    "S004": Explanation(
        "a function may be one of several definitions",
        "Several definitions in the file compile to the same code but their texts differ, and "
        "nothing says which one this function comes from: the file has changed, or Python was "
        "told to keep no columns. Put the definitions on lines of their own.",
    ),
    "S101": Explanation(
        "a statement or expression is not supported",
        "The construct has no translation into the adjoint yet: classes inside of the function, "
        "text that is computed with, context managers that can't be followed, a loop that changes "
        "the list that it runs over. "
        "Or something must be known when compiling and isn't: which function is called, the "
        "keys of a dict, the length of what is unpacked. All such places of a function are "
        "reported at once.",
        "def f(x):\n    parts = [x]\n    for part in parts:\n        if len(parts) < 3:\n"
        "            parts.append(2.0 * part)\n    return sum(parts)\n\n\ns2sad.grad(f)(3.0)",
        "def f(x):\n    parts = [x]\n    while len(parts) < 3:\n"
        "        parts.append(2.0 * parts[-1])\n    return sum(parts)\n\n\ns2sad.grad(f)(3.0)",
    ),
    "S102": Explanation(
        "a generator or a coroutine that can't be followed",
        "The adjoint runs a program backwards; a generator is run by its caller, piece by piece. "
        "One that is called where it is consumed, in a `for` or in `sum`, `list`, `max` and their "
        "like, is followed, and so is one that is kept and passed on, and generator expressions. "
        "But it must be known when compiling how far it has come: one that was begun, or is "
        "consumed on some paths only, can't be consumed again; and `async` is refused.",
        "def squares(x):\n    for value in x:\n        yield value * value\n\n\n"
        "def f(x):\n    values = squares(x)\n    return next(values) * sum(values)\n\n\n"
        "s2sad.grad(f)(np.ones(3))",
        "def squares(x):\n    for value in x:\n        yield value * value\n\n\n"
        "def f(x):\n    values = list(squares(x))\n    return values[0] * sum(values[1:])\n\n\n"
        "s2sad.grad(f)(np.ones(3))",
    ),
    "S103": Explanation(
        "a value outside the function is written",
        "A gradient leaves globals and what they hold, cells of enclosing functions, and the "
        "attributes of outside objects as they were, and nothing else could be right: the "
        "function may be run more often than it is called. Return the value instead of storing "
        "it. Arguments may be written: the adjoint writes to copies.",
        "history = np.zeros(1)\n\n\ndef f(x):\n    history[0] = x\n    return x * x\n\n\n"
        "s2sad.grad(f)(1.0)",
        "def f(x):\n    history = np.zeros(1)\n    history[0] = x\n    return x * history[0]\n\n\n"
        "s2sad.grad(f)(1.0)",
    ),
    "S104": Explanation(
        "an exception that can't be followed",
        "Exceptions are followed where they are raised and caught in the program: which handler "
        "is for which class must be known when compiling. An exception is passed on, raised "
        "again, or printed, and not looked into; groups of exceptions (`except*`) and a bare "
        "`raise` outside of a handler are refused. So is the test of a `while` that may raise "
        "what a `try` around the loop catches, where the loop changes what the handler sees.",
        "def f(x):\n    try:\n        y = 1.0 / x\n    except ZeroDivisionError as error:\n"
        "        y = len(error.args) * x\n    return y\n\n\ns2sad.grad(f)(2.0)",
        "def f(x):\n    try:\n        y = 1.0 / x\n    except ZeroDivisionError:\n"
        "        y = x\n    return y\n\n\ns2sad.grad(f)(2.0)",
    ),
    "S105": Explanation(
        "a recursion that is not handled",
        "A function that calls itself becomes a pair of functions of the page, one for each "
        "sweep. Its types must settle, some path must end it, and where it writes an argument, no "
        "other argument may be the same array. Other calls are followed into their source, which "
        "has a limit of depth.",
        "def f(x, y, k):\n    if k < 0:\n        return 0.0\n    x[k] *= y[k]\n"
        "    return x[k] + f(x, y, k - 1)\n\n\ns2sad.grad(lambda x: f(x, x, 1))(np.ones(2))",
        "def f(x, y, k):\n    if k < 0:\n        return 0.0\n    x[k] *= y[k]\n"
        "    return x[k] + f(x, y, k - 1)\n\n\ns2sad.grad(lambda x: f(x, x.copy(), 1))(np.ones(2))",
    ),
    "S106": Explanation(
        "a function calls its own name, which is its gradient",
        "After `@grad` the name of a function is its gradient, in the function's own text, too. "
        "Where it calls itself, give the gradient a name of its own.",
        "@s2sad.grad\ndef power(x, n):\n    return 1.0 if n == 0 else x * power(x, n - 1)\n\n\n"
        "power(2.0, 3)",
        "def power(x, n):\n    return 1.0 if n == 0 else x * power(x, n - 1)\n\n\n"
        "dpower = s2sad.grad(power)\ndpower(2.0, 3)",
    ),
    "S107": Explanation(
        "a derivative that can't be taken inside",
        "`grad`, `value_and_grad`, `vjp`, `jvp`, `hvp`, `jacfwd`, `jacrev`, `jacobian` and "
        "`hessian` may be called inside of a function that is differentiated. Not inside of a "
        "`try`, not of a function that calls itself, and a pullback only of one array.",
        "def power(x, n):\n    return 1.0 if n == 0 else x * power(x, n - 1)\n\n\n"
        "s2sad.grad(lambda x: s2sad.grad(power)(x, 3))(2.0)",
        "def power(x, n):\n    return 1.0 if n == 0 else x * power(x, n - 1)\n\n\n"
        "s2sad.grad(s2sad.grad(power))(2.0, 3)",
    ),
    "S201": Explanation(
        "a function has no rule",
        "s2sad differentiates Python source, and library functions that it has rules for. "
        "`s2sad rules` lists them. A rule is a short Python function.",
        "s2sad.grad(lambda x: np.sum(np.nextafter(x, 2.0)))(np.ones(3))",
        "@s2sad.elementwise(np.nextafter)\ndef nextafter(y, x1, x2):\n    return 1.0, None\n\n\n"
        "s2sad.grad(lambda x: np.sum(np.nextafter(x, 2.0)))(np.ones(3))",
    ),
    "S202": Explanation(
        "a keyword of a function is not supported by its rule",
        "The rule states the derivative without this keyword; with it the derivative may be "
        "another one. Compute what the keyword does in a statement of its own.",
        "s2sad.grad(lambda x: np.sum(np.sin(x, where=x > 0.0)))(np.ones(3))",
        "s2sad.grad(lambda x: np.sum(np.sin(x, where=x > 0.0, out=np.zeros_like(x))))(np.ones(3))",
    ),
    "S203": Explanation(
        "a function without source is called",
        "What is called is neither Python source that can be found nor a function with a rule.",
        'double = eval("lambda x: 2 * x")\n\n\ndef f(x):\n    return double(x)\n\n\n'
        "s2sad.grad(f)(1.0)",
        "def double(x):\n    return 2 * x\n\n\ndef f(x):\n    return double(x)\n\n\n"
        "s2sad.grad(f)(1.0)",
    ),
    "S204": Explanation(
        "a method or an attribute is not supported",
        "The method of an array, list or dict, or the attribute, has no derivative here. Often a "
        "function of NumPy does the same. In lists whose length is known only at run time nothing "
        "can be looked for.",
        "def f(x):\n    values = [value * value for value in x]\n"
        "    return values.index(1.0) * values[0]\n\n\ns2sad.grad(f)(np.ones(3))",
        "def f(x):\n    values = [value * value for value in x]\n    place = 0\n"
        "    while values[place] != 1.0:\n        place += 1\n"
        "    return place * values[0]\n\n\ns2sad.grad(f)(np.ones(3))",
    ),
    "S206": Explanation(
        "many directions at once can't be followed through a container",
        "The sweep of a Jacobian has all directions at once. An operation without a rule for that "
        "becomes a loop over the directions; where it gives a list, there is no such loop.",
        "s2sad.jacfwd(lambda x: np.array(x.tolist()) ** 2)(np.ones(3))",
        "s2sad.jacfwd(lambda x: x**2)(np.ones(3))",
    ),
    "S207": Explanation(
        "what is run depends on the direction",
        "A test on a tangent or a cotangent, as a rule of one's own may have it, is not the same "
        "in all directions of a Jacobian.",
        "def limited(x):\n    return 1.0 * x\n\n\n@s2sad.adjoint(limited)\n"
        "def rule(y, x, *, y_bar):\n    if y_bar > 1.0:\n        return 1.0\n    return y_bar\n\n\n"
        "s2sad.jacrev(lambda x: limited(x[0]) * x)(np.ones(2))",
        "def limited(x):\n    return 1.0 * x\n\n\n@s2sad.adjoint(limited)\n"
        "def rule(y, x, *, y_bar):\n    return np.minimum(y_bar, 1.0)\n\n\n"
        "s2sad.jacrev(lambda x: limited(x[0]) * x)(np.ones(2))",
    ),
    "S301": Explanation(
        "a write may, but need not, change another name's array",
        "Where two names may be the same array, by one branch or layout, or not, by another, a "
        "write through one of them would have to change the other one or not. That is so for "
        "reshape and ravel of matrices, which are views or copies by their layout in memory, and "
        "for lists that are bound by different branches. Copy where they part. (Which of several "
        "arrays a name is, by the path taken, is kept: a write to it is a conditional write.)",
        "def f(x):\n    y = x.reshape(-1)\n    y[0] = 0.0\n    return np.sum(x * x)\n\n\n"
        "s2sad.grad(f)(np.ones((2, 3)))",
        "def f(x):\n    y = x.reshape(-1).copy()\n    y[0] = 0.0\n    return np.sum(x * x)\n\n\n"
        "s2sad.grad(f)(np.ones((2, 3)))",
    ),
    "S302": Explanation(
        "this view can't be written",
        "NumPy makes some views read-only (a diagonal, a broadcast, sliding windows), and writes "
        "through `.flat`, and to `out` of `np.concatenate` and `np.stack`, one element after the "
        "other, so that values of the array itself are read after they have changed. A value may "
        "also have been read through a view in another shape, to which its cotangent can't be "
        "added. Write to the array itself, or copy first.",
    ),
    "S303": Explanation(
        "a value with a derivative is stored into an array of integers",
        "An array of integers or booleans cuts off what is stored, and the derivative with it.",
        "def f(x):\n    y = np.zeros(3, dtype=int)\n    y[0] = x\n    return y[0] * 1.0\n\n\n"
        "s2sad.grad(f)(2.0)",
        "def f(x):\n    y = np.zeros(3)\n    y[0] = x\n    return y[0] * 1.0\n\n\n"
        "s2sad.grad(f)(2.0)",
    ),
    "S304": Explanation(
        "an argument that is written shares memory with another one",
        "The program writes one of its arguments, and what it writes would show in another. "
        "Pass a copy.",
        "def f(a, b):\n    a[0] = 2.0 * b[1]\n    return np.sum(a * b)\n\n\n"
        "z = np.ones(4)\ns2sad.grad(f)(z[:3], z[1:])",
        "def f(a, b):\n    a[0] = 2.0 * b[1]\n    return np.sum(a * b)\n\n\n"
        "z = np.ones(4)\ns2sad.grad(f)(z[:3], z[1:].copy())",
    ),
    "S305": Explanation(
        "an array is resized in place",
        "The memory of an array is what its views share; after `.resize` it is another one.",
        "def f(x):\n    y = x.copy()\n    y.resize(2)\n    return np.sum(y)\n\n\n"
        "s2sad.grad(f)(np.ones(3))",
        "def f(x):\n    y = x[:2].copy()\n    return np.sum(y)\n\n\ns2sad.grad(f)(np.ones(3))",
    ),
    "S401": Explanation(
        "cannot differentiate with respect to this argument",
        "Integers, booleans and strings cannot change by a little. An argument named in wrt "
        "must be a float or complex number, an array of these, or a container of such.",
        "s2sad.grad(lambda x: x * x)(3)",
        "s2sad.grad(lambda x: x * x)(3.0)",
    ),
    "S402": Explanation(
        "the result is not one real number",
        "A gradient is of one number. For an array of results use `vjp` (one combination of its "
        "derivatives). A function that returns None has no gradient: it is the value returned "
        "that is differentiated, not the arguments written.",
        "s2sad.grad(lambda x: x * x)(np.ones(3))",
        "s2sad.grad(lambda x: np.sum(x * x))(np.ones(3))",
    ),
    "S403": Explanation(
        "the seed does not fit the value",
        "The pullback takes a cotangent with the structure and the shapes of the value.",
        "out, pullback = s2sad.vjp(lambda x: x * x, np.ones(3))\npullback(1.0)",
        "out, pullback = s2sad.vjp(lambda x: x * x, np.ones(3))\npullback(np.ones(3))",
    ),
    "S404": Explanation(
        "an argument of a class that cannot be handled",
        "Arguments are Python numbers, NumPy scalars, plain arrays of numbers, and containers "
        "and objects with these. Subclasses of ndarray, arrays of objects, and arrays of other "
        "libraries mean other things by the same operations.",
        "s2sad.grad(lambda x: np.sum(x))(np.matrix([[1.0]]))",
        "s2sad.grad(lambda x: np.sum(x))(np.asarray(np.matrix([[1.0]])))",
    ),
    "S405": Explanation(
        "a name or a value does not have one kind",
        "What a statement means depends on the kind of a value: number or array, its rank, "
        "list or tuple, bound or not. Names may be of several kinds; where what is returned, or "
        "the elements of a list, differ in kind, make them one kind. Also: operations that "
        "would raise whatever the numbers are, since the types don't fit.",
        "def f(x):\n    y = x if x > 0.0 else (x, x)\n    return y\n\n\ns2sad.grad(f)(1.0)",
        "def f(x):\n    y = x if x > 0.0 else x + x\n    return y * 2.0\n\n\ns2sad.grad(f)(1.0)",
    ),
    "S406": Explanation(
        "a value must be known when compiling",
        "An axis, or whether axes are kept, decides which statements are right. Pass it as an "
        "integer argument or write it as a constant; do not compute it from data.",
        "def f(x):\n    return np.sum(np.sum(x, keepdims=x[0, 0] > 0.0))\n\n\n"
        "s2sad.grad(f)(np.ones((2, 3)))",
        "def f(x):\n    return np.sum(np.sum(x, keepdims=True))\n\n\n"
        "s2sad.grad(f)(np.ones((2, 3)))",
    ),
    "S407": Explanation(
        "an argument is nested too deeply",
        "Containers may be eight levels deep. Pass the inner ones as arguments of their own.",
        "s2sad.grad(lambda x: 1.0)([[[[[[[[[1.0]]]]]]]]])",
        "s2sad.grad(lambda x: 1.0)([[1.0]])",
    ),
    "S408": Explanation(
        "there is no source yet",
        "A gradient is compiled when it is called, for the types of the arguments.",
        "s2sad.grad(lambda x: x * x).source",
        "s2sad.source(s2sad.grad(lambda x: x * x), 1.0)",
    ),
    "S409": Explanation(
        "wrt does not name a parameter",
        "wrt is the position or the name of a parameter, or several of them, each once.",
        's2sad.grad(lambda x: x * x, wrt="y")(1.0)',
        's2sad.grad(lambda x: x * x, wrt="x")(1.0)',
    ),
    "S410": Explanation(
        "grad takes a function",
        "Functions, methods, library functions with rules, and objects with a `__call__` "
        "written in Python can be differentiated; classes and partial objects cannot.",
        "from functools import partial\n\n\ndef f(a, x):\n    return a * x\n\n\n"
        "s2sad.grad(partial(f, 2.0))(1.0)",
        "def f(a, x):\n    return a * x\n\n\ns2sad.grad(lambda x: f(2.0, x))(1.0)",
    ),
    "S411": Explanation(
        "has_aux needs a function that returns a pair",
        "With `has_aux=True` a function returns `(value, aux)`: the value is differentiated, aux "
        "is handed on as it is.",
        "s2sad.grad(lambda x: x * x, has_aux=True)(1.0)",
        "s2sad.grad(lambda x: (x * x, x), has_aux=True)(1.0)",
    ),
    "S413": Explanation(
        "tangents don't match the arguments",
        "`jvp(f, primals, tangents)` takes one tangent for each argument, None for those held "
        "fixed; one at least must move.",
        "s2sad.jvp(lambda x, n: x**n, (2.0, 3), (1.0,))",
        "s2sad.jvp(lambda x, n: x**n, (2.0, 3), (1.0, None))",
    ),
    "S414": Explanation(
        "complex numbers without one complex derivative",
        "The derivative of a complex function of complex numbers is one complex number only where "
        "the function is holomorphic. `holomorphic=True` says that it is; then arguments and value "
        "must be complex. Gradients, and `jacrev`, of real functions of complex numbers follow the "
        "convention d/dx - 1j * d/dy.",
        "s2sad.jacobian(lambda z: z * z)(1.0 + 2.0j)",
        "s2sad.jacobian(lambda z: z * z, holomorphic=True)(1.0 + 2.0j)",
    ),
    "S416": Explanation(
        "a Jacobian of containers can't be differentiated again",
        "The Jacobian of a function whose argument or value is a tuple, a list, a dict or an "
        "object is a container of blocks. It can be computed, but not differentiated once more.",
        "s2sad.jacfwd(s2sad.jacrev(lambda x: (x, x)))(np.ones(2))",
        "s2sad.jacfwd(s2sad.jacrev(lambda x: np.stack((x, x))))(np.ones(2))",
    ),
    "S412": Explanation(
        "not a tree of floats",
        "`ravel` makes a vector of a tree of floats, and the tree from a vector of that length.",
        's2sad.ravel({"steps": 3})',
        's2sad.ravel({"rate": 3.0})',
    ),
}
FAULT = Explanation(
    "a fault of s2sad",
    "An invariant of the compiler does not hold, which should be impossible. Please report it "
    "with the function and the types of its arguments. All codes from S900 on mean this.",
)


def entry_of(code: str) -> Explanation:
    """The entry of a code; KeyError where there is none."""
    return FAULT if code[:2] == "S9" and code[2:].isdigit() else CODES[code]


def explain(code: str) -> str:
    """The explanation of a code as text; KeyError for a code that there isn't.

    >>> print(explain("S408").splitlines()[0])
    S408: there is no source yet
    """
    entry = entry_of(code.upper())
    parts = [f"{code.upper()}: {entry.title}", entry.text]
    if entry.trigger:
        parts.append(f"Raises it:\n\n{_indented(entry.trigger)}")
        parts.append(f"Instead:\n\n{_indented(entry.remedy)}")
    return "\n\n".join(parts) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))


def page() -> str:
    """All codes as the page docs/errors.md."""
    parts = ["# Errors", INTRODUCTION]
    for prefix, title in RANGES.items():
        parts.append(f"## {title}")
        parts += [_entry(code, CODES[code]) for code in sorted(CODES) if code[:2] == prefix]
    parts.append(_entry("S9xx", FAULT))
    return "\n\n".join(parts) + "\n"


def _entry(code: str, entry: Explanation) -> str:
    text = f"### {code}: {entry.title}\n\n{entry.text}"
    if entry.trigger:
        text += f"\n\nRaises it:\n\n```py\n{entry.trigger}\n```"
        text += f"\n\nInstead:\n\n```py\n{entry.remedy}\n```"
    return text

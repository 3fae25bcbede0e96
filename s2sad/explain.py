"""What the codes of errors mean, at length, with a program that raises each and one that doesn't.

S0xx: the source; S1xx: syntax; S2xx: functions; S3xx: writes and aliases; S4xx: types of
arguments, seeds and results; S9xx: faults of s2sad.
"""

from __future__ import annotations

from dataclasses import dataclass

RANGES = {
    "S0": "Where the source comes from",
    "S1": "Syntax",
    "S2": "Functions and methods",
    "S3": "Writes and aliases",
    "S4": "Types of arguments, seeds and results",
    "S9": "Faults of s2sad",
}


@dataclass(frozen=True)
class Explanation:
    """A code. trigger: a program that raises it; remedy: how to write it instead."""

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
        "def f(x):\n    return x * x\n\ns2sad.grad(f)(1.0)",
    ),
    "S002": Explanation(
        "the file does not hold the function as it runs",
        "s2sad compiles the file again and looks for the code of the function in it. Where no "
        "definition gives that code, the file was edited after the import, or something "
        "rewrote the function's code; a derivative of another text would be wrong. Reload the "
        "module, or run the cell again.",
    ),
    "S003": Explanation(
        "an expression is nested too deeply",
        "The tree of a function is walked recursively, and Python limits the depth of that.",
        'f = "lambda x: " + "(" * 400 + "x" + " + 1)" * 400',
        "def f(x):\n    for _ in range(400):\n        x = x + 1\n    return x",
    ),
    "S004": Explanation(
        "a function may be one of several definitions",
        "Several definitions in the file compile to the same code but their texts differ, and "
        "nothing says which one this function comes from. Put them on lines of their own.",
    ),
    "S101": Explanation(
        "a statement or expression is not supported",
        "The construct has no translation into the adjoint yet. All such places of a function "
        "are reported at once.",
        'def f(x):\n    with open("log") as log:\n        return x * x',
        "def f(x):\n    return x * x",
    ),
    "S102": Explanation(
        "generators and async functions are not supported",
        "The adjoint runs a program backwards; a generator is run by its caller, piece by piece.",
        "def f(x):\n    yield x * x",
        "def f(x):\n    return x * x",
    ),
    "S103": Explanation(
        "a value outside the function is written",
        "A gradient leaves everything that can be reached from arguments, globals and cells as "
        "it was. Return the value instead of storing it.",
        "def f(x):\n    global total\n    total = x\n    return x * x",
        "def f(x):\n    total = x\n    return total * x",
    ),
    "S104": Explanation(
        "try is not supported",
        "Where an exception may end a block early, the reverse sweep has to know how far the "
        "block came. Test for the condition before it goes wrong.",
        "def f(x):\n    try:\n        y = np.sqrt(x)\n    except ValueError:\n        y = 0.0\n"
        "    return y",
        "def f(x):\n    return np.sqrt(x) if x > 0 else 0.0",
    ),
    "S105": Explanation(
        "a call that is recursive, too deep, or of a gradient",
        "Calls of user functions are followed into their source. Recursion, calls nested very "
        "deep, and gradients inside a function that is differentiated are not handled yet. "
        "After `@grad` the name of a function is its gradient: where it calls itself, give the "
        "gradient a name of its own (`dfact = grad(fact)`).",
        "def f(x):\n    return 1.0 if x < 1 else x * f(x - 1)",
        "def f(x):\n    out = 1.0\n    while x >= 1:\n        out *= x\n        x = x - 1\n"
        "    return out",
    ),
    "S201": Explanation(
        "a function has no rule",
        "s2sad differentiates Python source, and library functions that it has rules for. "
        "`s2sad rules` lists them. A rule is a short Python function.",
        "def f(x):\n    return np.sum(np.unwrap(x))",
        "@s2sad.adjoint(np.unwrap)\ndef unwrap(y, p, *, y_bar):\n    return y_bar\n\n"
        "def f(x):\n    return np.sum(np.unwrap(x))",
    ),
    "S202": Explanation(
        "a keyword of a function is not supported by its rule",
        "The rule states the derivative without this keyword; with it the derivative may be "
        "another one. Compute what the keyword does in a statement of its own.",
        "def f(x):\n    return np.sum(x, where=x > 0)",
        "def f(x):\n    return np.sum(np.where(x > 0, x, 0.0))",
    ),
    "S203": Explanation(
        "a function without source is called",
        "What is called is neither Python source that can be found nor a function with a rule.",
        'double = eval("lambda x: 2 * x")\ndef f(x):\n    return double(x)',
        "def double(x):\n    return 2 * x\ndef f(x):\n    return double(x)",
    ),
    "S204": Explanation(
        "a method or an attribute is not supported",
        "The method of an array, or the attribute of an object, has no rule. Often a function "
        "of NumPy does the same.",
        "def f(x):\n    return x.ctypes",
        "def f(x):\n    return x.sum()",
    ),
    "S301": Explanation(
        "a write may, but need not, change another name's array",
        "Where two names may be the same array, by one branch, or not, by the other, a write "
        "through one of them would have to change the other one or not. Copy where they part.",
        "def f(x, c):\n    y = x\n    if c > 0:\n        y = 2 * x\n    z = y\n    z[0] = 0.0\n"
        "    return np.sum(x * y)",
        "def f(x, c):\n    y = x.copy()\n    if c > 0:\n        y = 2 * x\n    y[0] = 0.0\n"
        "    return np.sum(x * y)",
    ),
    "S302": Explanation(
        "an array may be a view or a copy",
        "Functions such as reshape and ravel return a view or a copy by the layout in memory. "
        "Where that decides what a write changes, say which one is meant.",
        "def f(x):\n    y = np.ravel(x.T)\n    y[0] = 0.0\n    return np.sum(x)",
        "def f(x):\n    y = np.ravel(x.T).copy()\n    y[0] = 0.0\n    return np.sum(x)",
    ),
    "S303": Explanation(
        "a value with a derivative is stored into an array of integers",
        "An array of integers or booleans cuts off what is stored, and the derivative with it.",
        "def f(x):\n    y = np.zeros(3, dtype=int)\n    y[0] = x\n    return y[0] * 1.0",
        "def f(x):\n    y = np.zeros(3)\n    y[0] = x\n    return y[0] * 1.0",
    ),
    "S304": Explanation(
        "an argument that is written shares memory with another one",
        "The program writes one of its arguments, and what it writes would show in another. "
        "Pass a copy.",
        "def f(a, b):\n    a[0] = 2 * b[1]\n    return np.sum(a * b)\n\ns2sad.grad(f)(z, z)",
        "s2sad.grad(f)(z, z.copy())",
    ),
    "S305": Explanation(
        "an array is resized in place",
        "The memory of an array is what its views share; after `.resize` it is another one.",
        "def f(x):\n    y = x.copy()\n    y.resize(2)\n    return np.sum(y)",
        "def f(x):\n    y = x[:2].copy()\n    return np.sum(y)",
    ),
    "S306": Explanation(
        "a write by an integer array, where indices may repeat",
        "Of repeated indices the last write stays, and the others get no gradient. Which they "
        "are is known only at run time. Use a boolean mask, a slice, or np.add.at.",
        "def f(x, k, v):\n    y = x.copy()\n    y[k] = v\n    return np.sum(y)",
        "def f(x, k, v):\n    y = x.copy()\n    np.add.at(y, k, v)\n    return np.sum(y)",
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
        "A gradient is of one number. For an array of results use `jacobian` (all derivatives) "
        "or `vjp` (one combination of them). A function that returns None has no gradient: it "
        "is the value returned that is differentiated, not the arguments written.",
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
        "a name may hold values of different kinds",
        "What a statement means depends on the kind of a value: number or array, its rank, "
        "list or tuple. Where branches, or the elements of a list, differ in kind, make them "
        "one kind, or use different names.",
        "def f(x, c):\n    y = x if c else [x]\n    return np.sum(y)",
        "def f(x, c):\n    return np.sum(x) if c else np.sum([x])",
    ),
    "S406": Explanation(
        "a value must be known when compiling",
        "An axis, a rank or a shape decides which statements are right. Pass it as an integer "
        "argument or write it as a constant; do not compute it from data.",
        "def f(x, n):\n    return np.sum(np.sum(x, axis=int(n)))",
        "def f(x, n: int):\n    return np.sum(np.sum(x, axis=n))",
    ),
    "S407": Explanation(
        "an argument is nested too deeply",
        "Containers may be eight levels deep. Pass the inner ones as arguments of their own.",
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
        's2sad.grad(lambda x: x * x, wrt="y")',
        's2sad.grad(lambda x: x * x, wrt="x")',
    ),
    "S410": Explanation(
        "grad takes a function",
        "Functions, methods, library functions with rules, and objects with a `__call__` "
        "written in Python can be differentiated; classes and partial objects cannot.",
        "s2sad.grad(functools.partial(f, 2.0))",
        "s2sad.grad(lambda x: f(2.0, x))",
    ),
    "S411": Explanation(
        "an option is not supported yet",
        "The option is reserved for a later version.",
        "s2sad.grad(lambda x: (x * x, x), has_aux=True)",
        "s2sad.grad(lambda x: x * x)",
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
    parts = ["# Errors", "Each error has a code. `s2sad explain CODE` prints its entry here."]
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

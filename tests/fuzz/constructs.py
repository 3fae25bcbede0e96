"""Random programs about what Python has beyond loops and branches: names that may be None,
functions by branch, `match`, `try` with exits, generators, dicts, lists, objects, and closures that
write.

`text(seed)` is the source of a function `fuzz(x, y, k)` of two vectors of length 4 and a number;
the same seed always gives the same text.
"""

from __future__ import annotations

import random

HEADER = """import itertools

import numpy as np


class Box:
    def __init__(self, value):
        self.value = value
        self.best = None

    def add(self, other):
        self.value = self.value + other


def found(values, limit):
    for value in values:
        if value > limit:
            return value
    return None


def scaled(values, factor):
    for value in values:
        yield value * factor


def fuzz(x, y, k):
    s = k
    best = None
    pair = (x[0], 1)
    f = np.sin
    mode = "first"
    items = [x[0], k]
    table = {"a": y[0], "b": None}
    box = Box(x[1])

    def note(value):
        nonlocal s, best
        s = s * 0.5 + value
        best = value if best is None else best

"""
FOOTER = """    s += np.sum(x) + np.sum(y * x) + f(s * 0.1) + pair[0] * pair[1] + sum(items) * 0.1
    s += box.value * 0.2 + table["a"] * 0.3
    if best is not None:
        s += best * 0.7
    if box.best is not None:
        s += box.best * 0.9
    return s + (0.0 if table["b"] is None else table["b"]) + len(mode)
"""


class Writer:
    """Writes statements at random; `loops` are the loop variables in scope."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.loops: list[str] = []
        self.fresh = 0

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def number(self) -> str:
        at = self.pick("0", "1", "-1", *self.loops)
        return self.pick(
            f"x[{at}]", f"y[{at}]", "s * 0.3", "k", "box.value", "f(s * 0.2)", "items[0]",
            "(0.1 if best is None else best)", "table['a']", "pair[0]", f"np.tanh(x[{at}] * s)",
        )  # fmt: skip

    def test(self) -> str:
        return self.pick(
            f"{self.number()} > {self.pick('0.0', '0.3', '-0.5')}", "best is None",
            "best is not None and best > 0.0", "mode == 'first'", "table['b'] is None",
            "box.best is None or box.best < s", "f is np.sin", "pair[1] > 1",
            *(f"{i} > 1" for i in self.loops),
        )  # fmt: skip

    def statement(self, depth: int) -> list[str]:
        kinds = ["none", "function", "mode", "pair", "item", "table", "box", "call", "number"]
        if depth < 3:
            kinds += ["branch", "branch", "loop", "loop", "tried", "matched", "generated"]
        if self.loops:
            kinds += ["exit"]
        return getattr(self, f"write_{self.random.choice(kinds)}")(depth)  # type: ignore[no-any-return]

    def block(self, depth: int) -> list[str]:
        lines = [line for _ in range(self.random.randint(1, 3)) for line in self.statement(depth)]
        return [f"    {line}" for line in lines]

    def write_none(self, depth: int) -> list[str]:
        return [self.pick(
            f"best = {self.number()}", "best = None", f"best = found(x, {self.number()})",
            f"best = {self.number()} if {self.test()} else None",
        )]  # fmt: skip

    def write_function(self, depth: int) -> list[str]:
        other = self.pick("np.cos", "np.tanh", f"(lambda v, c={self.number()}: v * c)")
        return [f"f = {other} if {self.test()} else {self.pick('f', 'np.sin')}"]

    def write_mode(self, depth: int) -> list[str]:
        return [f"mode = 'second' if {self.test()} else {self.pick('mode', repr('third'))}"]

    def write_pair(self, depth: int) -> list[str]:
        return [f"pair = ({self.number()}, {self.pick('1', '2', 'pair[1]')})"]

    def write_item(self, depth: int) -> list[str]:
        return [self.pick(f"items[0] = {self.number()}", f"items[-1] += {self.number()}")]

    def write_table(self, depth: int) -> list[str]:
        return [self.pick(
            f"table['a'] = {self.number()}", f"table['b'] = {self.number()}", "table['b'] = None",
            f"table.update(a={self.number()})",
        )]  # fmt: skip

    def write_box(self, depth: int) -> list[str]:
        return [self.pick(
            f"box.add({self.number()} * 0.1)", f"box.best = {self.number()}", "box.best = None",
            f"box = Box({self.number()})",
        )]  # fmt: skip

    def write_call(self, depth: int) -> list[str]:
        return [f"note({self.number()} * 0.2)"]

    def write_number(self, depth: int) -> list[str]:
        return [f"s = s * 0.5 + {self.number()}"]

    def write_branch(self, depth: int) -> list[str]:
        lines = [f"if {self.test()}:", *self.block(depth + 1)]
        if self.random.random() < 0.6:
            lines += ["else:", *self.block(depth + 1)]
        return lines

    def write_loop(self, depth: int) -> list[str]:
        self.fresh += 1
        name = f"i{self.fresh}"
        header = self.pick(f"for {name} in range(3):", f"for {name} in range(len(x)):")
        self.loops.append(name)
        body = self.block(depth + 1)
        self.loops.pop()
        return [header, *body]

    def write_generated(self, depth: int) -> list[str]:
        self.fresh += 1
        name = f"v{self.fresh}"
        source = self.pick(
            "scaled(x, 0.5)", "itertools.accumulate(y)", "itertools.islice(x, 1, None)",
            "(a * a for a in y)",
        )  # fmt: skip
        return [
            f"for {name} in {source}:",
            *self.block(depth + 1),
            f"    s = s * 0.7 + {name} * 0.1",
        ]

    def write_tried(self, depth: int) -> list[str]:
        check = [f"    if {self.test()}:", "        raise ValueError('no')"]
        lines = ["try:", *self.block(depth + 1), *check, "except ValueError:"]
        lines += self.block(depth + 1)
        if self.random.random() < 0.4:
            lines += ["finally:", "    s = s * 0.9"]
        return lines

    def write_matched(self, depth: int) -> list[str]:
        cases = ["    case 'first':", "    case 'second' | 'third':"]
        inner = [[f"    {line}" for line in self.block(depth + 1)] for _ in cases]
        return ["match mode:", cases[0], *inner[0], cases[1], *inner[1]]

    def write_exit(self, depth: int) -> list[str]:
        return [f"if {self.test()}:", f"    {self.pick('break', 'continue', 'return s + x[0]')}"]


def text(seed: int) -> str:
    """The source of a random program."""
    writer = Writer(seed)
    lines = [line for _ in range(writer.random.randint(3, 7)) for line in writer.statement(0)]
    return HEADER + "".join(f"    {line}\n" for line in lines) + FOOTER

"""Random programs about aliases, views, writes, loops, branches and exits.

`text(seed)` is the source of a function `fuzz(x, y, k)` of two vectors of length 4 and a number;
the same seed always gives the same text. It runs in plain Python, and stays moderate.
"""

from __future__ import annotations

import random

VECTORS = ("x", "y", "u", "v")
HEADER = """import numpy as np


def fuzz(x, y, k):
    u = x * 1.0
    v = y.copy()
    s = k
"""
FOOTER = """    return s + np.sum(x * 1.5) + np.sum(y * y) + np.sum(u * v) + np.sum(v)
"""


class Writer:
    """Writes statements at random; `loops` are the loop variables in scope."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.loops: list[str] = []
        self.fresh = 0

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def vector(self) -> str:
        return self.random.choice(VECTORS)

    def index(self) -> str:
        return self.pick("0", "1", "-1", "2", *self.loops)

    def element(self) -> str:
        return f"{self.vector()}[{self.index()}]"

    def number(self) -> str:
        return self.pick(
            "s", "k", self.element(), f"np.sin({self.element()})", f"{self.element()} * 0.5",
            f"np.tanh(s * {self.element()})", f"{self.element()} * {self.element()} * 0.3", "0.25",
        )  # fmt: skip

    def array(self) -> str:
        """Four fresh numbers, or an alias of a vector."""
        return self.pick(
            f"np.sin({self.vector()})", f"{self.vector()} * 0.5 + {self.vector()}",
            f"{self.vector()}.copy()", f"np.tanh({self.vector()} * {self.number()})",
            f"np.where({self.vector()} > 0.0, {self.vector()}, k)", f"{self.vector()}[::-1] * 0.7",
        )  # fmt: skip

    def test(self) -> str:
        return self.pick(
            f"{self.element()} > {self.pick('0.0', '0.3', '-0.5')}", f"s > {self.element()}",
            f"np.sum({self.vector()}) > 0.1", *(f"{i} > 1" for i in self.loops), "k > 0.0",
        )  # fmt: skip

    def slice(self) -> str:
        return self.pick("1:", ":-1", "1:3", "::2", "::-1", ":2", "-2:")

    def statement(self, depth: int) -> list[str]:
        kinds = [
            "element",
            "element",
            "part",
            "part",
            "alias",
            "rebind",
            "number",
            "swap",
            "view",
            "whole",
        ]
        if depth < 3:
            kinds += ["branch", "branch", "loop", "loop", "while"]
        if self.loops:
            kinds += ["exit"]
        return getattr(self, f"write_{self.random.choice(kinds)}")(depth)  # type: ignore[no-any-return]

    def block(self, depth: int) -> list[str]:
        lines = [line for _ in range(self.random.randint(1, 3)) for line in self.statement(depth)]
        return [f"    {line}" for line in lines]

    def write_element(self, depth: int) -> list[str]:
        return [f"{self.element()} {self.pick('=', '+=', '*=', '-=')} {self.number()}"]

    def write_part(self, depth: int) -> list[str]:
        part = self.slice()
        value = self.pick(
            self.number(), f"{self.vector()}[{part}]", f"{self.vector()}[{part}] * 0.5"
        )
        return [f"{self.vector()}[{part}] {self.pick('=', '+=', '*=')} {value}"]

    def write_whole(self, depth: int) -> list[str]:
        target, sign = self.vector(), self.pick("+=", "*=", "-=")
        return [f"{target} {sign} {self.pick(self.number(), self.vector())}"]

    def write_alias(self, depth: int) -> list[str]:
        return [f"{self.pick('u', 'v')} = {self.vector()}"]

    def write_rebind(self, depth: int) -> list[str]:
        return [f"{self.vector()} = {self.array()}"]

    def write_number(self, depth: int) -> list[str]:
        return [f"s = {self.pick('s * 0.5 + ', 's + ', '')}{self.number()}"]

    def write_swap(self, depth: int) -> list[str]:
        one, other = self.random.sample(VECTORS, 2)
        return [f"{one}, {other} = {other}, {one}"]

    def write_view(self, depth: int) -> list[str]:
        self.fresh += 1
        name, part = f"w{self.fresh}", self.slice()
        return [
            f"{name} = {self.vector()}[{part}]",
            *self.write_element(depth),
            f"{name}[{self.pick('0', '-1', '1')}] {self.pick('=', '+=', '*=')} {self.number()}",
            *self.write_rebind(depth)[: self.random.randint(0, 1)],
            f"s = s + {name}[0]",
        ]

    def write_branch(self, depth: int) -> list[str]:
        lines = [f"if {self.test()}:", *self.block(depth + 1)]
        return [*lines, "else:", *self.block(depth + 1)] if self.random.random() < 0.6 else lines

    def write_loop(self, depth: int) -> list[str]:
        name = "ijl"[len(self.loops)]
        head = self.pick("range(4)", "range(3)", "range(0)", "range(3, -1, -1)", "range(1, 4, 2)")
        self.loops.append(name)
        lines = [f"for {name} in {head}:", *self.block(depth + 1)]
        self.loops.pop()
        return lines

    def write_while(self, depth: int) -> list[str]:
        self.fresh += 1
        name = f"n{self.fresh}"
        loops, self.loops = self.loops, []  # an exit would skip the count
        lines = [f"{name} = 0", f"while {name} < {self.pick('0', '2', '3')} and {self.test()}:"]
        lines += [*self.block(depth + 1), f"    {name} += 1"]
        self.loops = loops
        return lines

    def write_exit(self, depth: int) -> list[str]:
        leave = self.pick(
            "break", "continue", f"return s + np.sum({self.vector()}) * {self.number()}"
        )
        work = self.statement(3) if self.random.random() < 0.5 else []
        work = [] if any("if " in line or line.startswith("for") for line in work) else work
        return [f"if {self.test()}:", *(f"    {line}" for line in work), f"    {leave}"]


def text(seed: int) -> str:
    """A program."""
    writer = Writer(seed)
    count = writer.random.randint(2, 6)
    lines = [line for _ in range(count) for line in writer.statement(0)]
    return HEADER + "".join(f"    {line}\n" for line in lines) + FOOTER

"""Random programs of everything: containers, calls, closures, views of views, exits, loops.

`text(seed)` writes functions around `fuzz(x, y, k)`. Names have kinds while a program is written
(a vector has length 4, a half length 2, a matrix shape (4, 4)), so that most programs run; those
that raise are kept, since their gradients must raise as well. Numbers stay moderate.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

HEADER = """import math

import numpy as np

SCALE = 0.7
WEIGHTS = np.array([0.5, -1.0, 0.25, 2.0])
"""
INDICES = ("np.array([0, 2, 2, 1])", "np.array([3, 1, 0, 2])", "[1, 1, 0, 3]")
PARTS = ("1:3", "::2", ":2", "-2:", "2:", "1::2", "::-2", "-1:-3:-1")


@dataclass
class Scope:
    """The names that can be read, by kind. loops: integers from 0 to 3. rebind: what may be
    assigned as a whole. leaving: statements that leave, which are legal here."""

    vectors: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    matrices: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    loops: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    leaving: tuple[str, ...] = ("return",)
    depth: int = 0

    def inside(self, *leaving: str) -> Scope:
        """A scope for a block: what is bound in it is forgotten behind it."""
        made = Scope(**{k: list(v) for k, v in vars(self).items() if isinstance(v, list)})
        made.leaving, made.depth = (*self.leaving, *leaving), self.depth + 1
        return made


class Writer:
    """Writes statements at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made = 0

    # -- expressions

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def fresh(self, base: str) -> str:
        self.made += 1
        return f"{base}{self.made}"

    def index(self, scope: Scope) -> str:
        return self.pick("0", "1", "2", "-1", "3", "-3", *scope.loops, *scope.loops)

    def element(self, scope: Scope) -> str:
        kind = self.random.random()
        if kind < 0.15 and scope.halves:
            return f"{self.pick(*scope.halves)}[{self.pick('0', '1', '-1')}]"
        if kind < 0.3 and scope.matrices:
            return f"{self.pick(*scope.matrices)}[{self.index(scope)}, {self.index(scope)}]"
        return f"{self.pick(*scope.vectors)}[{self.index(scope)}]"

    def atom(self, scope: Scope) -> str:
        choices = [*scope.numbers, self.element(scope), self.element(scope), "0.25", "SCALE"]
        choices += [f"{t}['a']" for t in scope.tables] + [f"{r}[-1][1]" for r in scope.rows]
        choices += [f"float({i})" for i in scope.loops]
        return self.pick(*choices)

    def number(self, scope: Scope) -> str:
        one, other = self.atom(scope), self.atom(scope)
        vector = self.pick(*scope.vectors)
        choices = [
            one, f"np.sin({one})", f"{one} * {other}", f"{one} - 0.5 * {other}",
            f"math.tanh({one})", f"np.tanh({one} * {other})",
            f"({one} if {self.test(scope)} else {other})",
            f"max({one}, {other})", f"abs({one})", f"{one} / (2.0 + {other} * {other})",
            f"np.sum({vector}) * 0.2", f"{vector}.mean()",
            f"{vector} @ {self.pick(*scope.vectors)} * 0.1",
            f"-{one}", f"np.exp(-{one} * {one})", f"np.tanh({one}) ** 2",
        ]  # fmt: skip
        choices += [f"{f}({vector}, {one})" for f in scope.functions]
        choices += [f"np.tanh(sum({li}))" for li in scope.lists]
        return self.pick(*choices)

    def vector(self, scope: Scope) -> str:
        """Four fresh numbers."""
        one, other = self.pick(*scope.vectors), self.pick(*scope.vectors)
        choices = [
            f"np.sin({one})", f"{one} * 0.5 + {other}", f"{one}.copy()",
            f"np.tanh({one} * {self.atom(scope)})",
            f"np.where({one} > {other}, {one}, {self.atom(scope)})",
            f"{one}[::-1] * 0.7", "np.zeros(4)", f"np.zeros_like({one})",
            f"np.maximum({one}, {other})",
            f"WEIGHTS * {one}", f"np.full(4, {self.atom(scope)})", f"{one}[{self.pick(*INDICES)}]",
            f"np.concatenate(({one}[1:], {other}[:1]))", f"np.cumsum({one}) * 0.3",
            f"np.roll({one}, 1)",
            f"np.array([{', '.join(self.atom(scope) for _ in range(4))}])",
            f"np.clip({one}, -0.8, 0.9)",
            f"np.outer({one}, {other})[1] * 0.5",
        ]  # fmt: skip
        choices += [f"{m} @ {one} * 0.2" for m in scope.matrices]
        choices += [f"np.sum({m}, axis={self.pick('0', '1')}) * 0.3" for m in scope.matrices]
        choices += [f"np.tanh({m} * 0.5)[{self.index(scope)}]" for m in scope.matrices]
        return self.pick(*choices)

    def alias(self, scope: Scope) -> str:
        """An expression that is, or views, four numbers that are there."""
        choices = [*scope.vectors, f"{self.pick(*scope.vectors)}[:]"]
        choices += [f"{self.pick(*scope.vectors)}[::-1]", f"{self.pick(*scope.vectors)}.reshape(4)"]
        choices += [f"{m}[{self.index(scope)}]" for m in scope.matrices]
        choices += [f"{m}[:, {self.index(scope)}]" for m in scope.matrices]
        choices += [f"{m}.T[1]" for m in scope.matrices] + [f"{r}[0]" for r in scope.rows]
        choices += [f"{t}['b']" for t in scope.tables]
        return self.pick(*choices)

    def test(self, scope: Scope) -> str:
        limit = self.pick("0.0", "0.3", "-0.5", *scope.numbers)
        one = f"{self.element(scope)} {self.pick('>', '<', '>=')} {limit}"
        choices = [one, f"{scope.numbers[0]} > {self.element(scope)}", f"not {one}"]
        choices += [
            f"np.sum({self.pick(*scope.vectors)}) > 0.1",
            f"-0.5 < {self.element(scope)} < 0.8",
        ]
        choices += [f"{one} {self.pick('and', 'or')} {scope.numbers[0]} < 0.5"]
        choices += [f"{i} {self.pick('>', '==', '<')} {self.pick('1', '2')}" for i in scope.loops]
        return self.pick(*choices)

    # -- statements

    def kinds(self, scope: Scope) -> list[str]:
        made = ["element"] * 3 + ["part"] * 3 + ["alias"] * 2 + ["whole", "rebind", "number"] * 2
        made += [
            "swap",
            "view",
            "view",
            "matrix",
            "list",
            "rows",
            "table",
            "pair",
            "mask",
            "gather",
        ]
        if scope.depth == 0:
            made += ["closure", "closure"]
        if scope.depth < 3:
            made += ["branch"] * 3 + ["loop"] * 4 + ["while"] * 2
        if scope.depth > 0:
            made += ["exit"] * 2
        if scope.matrices:
            made += ["cell"] * 2
        made += ["append"] * len(scope.lists) + ["in_rows"] * len(scope.rows)
        return made + ["in_table"] * len(scope.tables)

    def statement(self, scope: Scope) -> list[str]:
        write: Callable[[Scope], list[str]] = getattr(
            self, f"write_{self.random.choice(self.kinds(scope))}"
        )
        return write(scope)

    def block(self, scope: Scope, most: int = 3) -> list[str]:
        lines = [
            line for _ in range(self.random.randint(1, most)) for line in self.statement(scope)
        ]
        return indented(lines)

    def write_element(self, scope: Scope) -> list[str]:
        sign = self.pick("=", "=", "+=", "*=", "-=")
        return [f"{self.element(scope)} {sign} {self.number(scope)}"]

    def write_part(self, scope: Scope) -> list[str]:
        part = self.pick(*PARTS)
        target = self.pick(*scope.vectors)
        value = self.pick(
            self.number(scope), f"{self.pick(*scope.vectors)}[{self.pick(*PARTS)}]",
            f"{self.pick(*scope.vectors)}[{part}] * {self.atom(scope)}", *scope.halves,
        )  # fmt: skip
        return [f"{target}[{part}] {self.pick('=', '+=', '*=')} {value}"]

    def write_whole(self, scope: Scope) -> list[str]:
        value = self.pick(self.number(scope), f"{self.pick(*scope.vectors)} * 0.5", *scope.vectors)
        target = self.pick(*scope.vectors)
        return [
            f"{target}{self.pick('', '', '[:]', '[...]')} {self.pick('+=', '*=', '-=')} {value}"
        ]

    def write_alias(self, scope: Scope) -> list[str]:
        return [f"{self.pick('u', 'v')} = {self.alias(scope)}"]

    def write_rebind(self, scope: Scope) -> list[str]:
        return [f"{self.pick(*scope.vectors)} = {self.vector(scope)}"]

    def write_number(self, scope: Scope) -> list[str]:
        target = self.pick("s", "s", "s", *scope.numbers)
        if self.chance(0.4):
            return [f"{target} {self.pick('+=', '-=', '*=')} {self.number(scope)}"]
        return [
            f"{target} = {self.pick(f'{target} * 0.5 + ', f'{target} + ', '')}{self.number(scope)}"
        ]

    def write_swap(self, scope: Scope) -> list[str]:
        if self.chance(0.3):
            one, other = self.element(scope), self.element(scope)
        else:
            one, other = self.random.sample(["u", "v", "x", "y"], 2)
        return [f"{one}, {other} = {other}, {one}"]

    def write_view(self, scope: Scope) -> list[str]:
        name, base = self.fresh("w"), self.pick(*scope.vectors)
        if self.chance(0.3):
            line = f"{name} = {base}[{self.pick('1:', ':3')}][{self.pick('::2', ':2', '-2:')}]"
        else:
            line = f"{name} = {base}[{self.pick(*PARTS)}]"
        scope.halves.append(name)
        use = (
            f"{name}[{self.pick('0', '1', '-1')}] {self.pick('=', '+=', '*=')} {self.number(scope)}"
        )
        return [line, *self.write_element(scope), use]

    def write_matrix(self, scope: Scope) -> list[str]:
        name = self.fresh("m")
        one, other = self.pick(*scope.vectors), self.pick(*scope.vectors)
        made = self.pick(
            f"np.outer({one}, {other})", "np.zeros((4, 4))", f"np.eye(4) * {self.atom(scope)}",
            f"{one}[:, None] + {other}", f"np.stack([{one}, {other}, WEIGHTS, {one}])",
        )  # fmt: skip
        scope.matrices.append(name)
        return [f"{name} = {made}"]

    def write_cell(self, scope: Scope) -> list[str]:
        name, sign = self.pick(*scope.matrices), self.pick("=", "+=", "*=")
        row, column = self.index(scope), self.index(scope)
        value = self.pick(self.number(scope), self.pick(*scope.vectors))
        return [
            self.random.choice([
                f"{name}[{row}, {column}] {sign} {self.number(scope)}",
                f"{name}[{row}] {sign} {value}",
                f"{name}[:, {column}] {sign} {value}",
                f"{name}[{row}][{column}] {sign} {self.number(scope)}",
                f"{name}.T[{row}] {sign} {value}",
                f"{name}[1:3, ::2] {sign} {self.number(scope)}",
                f"s = s + np.sum({name}[{row}] * {self.pick(*scope.vectors)}) * 0.3",
            ])
        ]  # fmt: skip

    def write_list(self, scope: Scope) -> list[str]:
        name = self.fresh("p")
        scope.lists.append(name)
        return [f"{name} = [{self.atom(scope)}, {self.atom(scope)}]"]

    def write_append(self, scope: Scope) -> list[str]:
        name = self.pick(*scope.lists)
        return [
            self.pick(
                f"{name}.append({self.number(scope)})", f"{name}[-1] = {self.number(scope)}",
                f"{name}[0] += {self.number(scope)}", f"s = s + {name}[-1] * {name}[0]",
                f"s += {name}.pop() * 0.5\n{name}.append({self.atom(scope)})",
            )
        ]  # fmt: skip

    def write_rows(self, scope: Scope) -> list[str]:
        name = self.fresh("q")
        items = f"{self.alias(scope)}, {self.vector(scope)}"
        scope.rows.append(name)
        return [f"{name} = [{items}]"]

    def write_in_rows(self, scope: Scope) -> list[str]:
        name = self.pick(*scope.rows)
        return [
            self.pick(
                f"{name}[{self.pick('0', '1')}][{self.index(scope)}] *= {self.number(scope)}",
                f"{name}[0] = {self.vector(scope)}", f"{name}.append({self.vector(scope)})",
                f"{name}[0], {name}[1] = {name}[1], {name}[0]", f"{name}[1] = {name}[0]",
                f"for r in {name}:\n    s += r[1] * {self.atom(scope)}",
                f"for r in {name}:\n    r *= 0.5",
                f"s = s + np.sum({name}[0] * {name}[-1]) * 0.2",
            )
        ]  # fmt: skip

    def write_table(self, scope: Scope) -> list[str]:
        name = self.fresh("d")
        scope.tables.append(name)
        return [f"{name} = {{'a': {self.number(scope)}, 'b': {self.alias(scope)}}}"]

    def write_in_table(self, scope: Scope) -> list[str]:
        name = self.pick(*scope.tables)
        return [
            self.pick(
                f"{name}['a'] = {self.number(scope)}", f"{name}['a'] += {self.number(scope)}",
                f"{name}['b'][{self.index(scope)}] = {self.number(scope)}",
                f"{name}['b'] = {self.vector(scope)}",
            )
        ]  # fmt: skip

    def write_pair(self, scope: Scope) -> list[str]:
        one, other = self.fresh("a"), self.fresh("a")
        line = f"{one}, {other} = {self.number(scope)}, {self.number(scope)}"
        scope.numbers += [one, other]
        return [line]

    def write_mask(self, scope: Scope) -> list[str]:
        name = self.pick(*scope.vectors)
        return [
            f"{name}[{name} > {self.pick('0.2', '-0.3')}] {self.pick('=', '*=')} {self.atom(scope)}"
        ]

    def write_gather(self, scope: Scope) -> list[str]:
        name, index = self.pick(*scope.vectors), self.pick(*INDICES)
        value = self.pick(self.atom(scope), self.vector(scope))
        if self.chance(0.3):
            return [f"np.add.at({name}, {index}, {value})"]
        return [f"{name}[{index}] {self.pick('=', '+=')} {value}"]

    def write_branch(self, scope: Scope) -> list[str]:
        lines = [f"if {self.test(scope)}:", *self.block(scope.inside())]
        if self.chance(0.25):
            lines += [f"elif {self.test(scope)}:", *self.block(scope.inside())]
        return [*lines, "else:", *self.block(scope.inside())] if self.chance(0.6) else lines

    def write_loop(self, scope: Scope) -> list[str]:
        inner = scope.inside("break", "continue")
        name, base = self.fresh("i"), self.pick(*scope.vectors)
        head = self.random.randrange(9)
        if head == 0:
            inner.numbers.append(f"e{name}")
            line = f"for e{name} in {base}:"
        elif head == 1:
            inner.loops.append(name)
            inner.numbers.append(f"e{name}")
            line = f"for {name}, e{name} in enumerate({base}):"
        elif head == 2:
            inner.numbers += [f"e{name}", f"f{name}"]
            line = f"for e{name}, f{name} in zip({base}, {self.vector(scope)}):"
        elif head == 3 and scope.matrices:
            inner.vectors.append(f"r{name}")
            line = f"for r{name} in {self.pick(*scope.matrices)}:"
        elif head == 4 and scope.lists:
            inner.numbers.append(f"e{name}")
            line = f"for e{name} in {self.pick(*scope.lists)}[:3]:"
        else:
            inner.loops.append(name)
            span = self.pick("4", "3", "0", "3, -1, -1", "1, 4, 2", f"len({base})")
            line = f"for {name} in {self.pick(f'range({span})', f'reversed(range({span}))')}:"
        return [line, *self.block(inner)]

    def write_while(self, scope: Scope) -> list[str]:
        name = self.fresh("n")
        inner = scope.inside("break")
        inner.leaving = tuple(w for w in inner.leaving if w != "continue")
        test = self.pick("", f" and ({self.test(scope)})", f" and ({self.test(scope)})")
        lines = [f"{name} = 0", f"while {name} < {self.pick('0', '2', '3')}{test}:"]
        return [*lines, f"    {name} += 1", *self.block(inner)]

    def write_exit(self, scope: Scope) -> list[str]:
        leave = self.pick(*scope.leaving)
        if leave == "return":
            leave = f"return s + np.sum({self.pick(*scope.vectors)}) * {self.number(scope)}"
        work = [f"    {line}" for line in self.simple(scope)] if self.chance(0.5) else []
        return [f"if {self.test(scope)}:", *work, f"    {leave}"]

    def simple(self, scope: Scope) -> list[str]:
        write: Callable[[Scope], list[str]] = self.random.choice(
            [self.write_element, self.write_part, self.write_number, self.write_rebind]
        )
        return write(scope)

    def write_closure(self, scope: Scope) -> list[str]:
        name = self.fresh("g")
        inner = scope.inside()
        inner.functions, inner.numbers = [], [*scope.numbers, "t"]
        body = [
            f"    {name}_t = {self.number(inner)}",
            f"    return np.tanh({name}_t) + t * {self.element(inner)}",
        ]
        if self.chance(0.3):
            body.insert(0, f"    z[{self.pick('0', '-1')}] *= {self.atom(inner)}")
        if self.chance(0.3):
            body.insert(1, f"    if {self.test(inner)}:\n        return t * 0.5")
        scope.functions.append(name)
        return [f"def {name}(z, t):", *body]

    # -- whole programs

    def helper(self, name: str) -> list[str]:
        """A function of the module."""
        scope = Scope(vectors=["x", "u"], numbers=["s", "k"], loops=[])
        head = [f"def {name}(x, k, c=0.3):", "    s = c * k", "    u = x * 0.5"]
        body = self.block(scope)
        return [*head, *body, f"    return s + {self.number(scope)} * 0.5"]

    def program(self) -> str:
        names = [self.fresh("h") for _ in range(self.random.randint(0, 2))]
        parts = [self.helper(name) for name in names]
        scope = Scope(vectors=["x", "y", "u", "v"], numbers=["s", "k"], functions=names)
        body = [line for _ in range(self.random.randint(2, 7)) for line in self.statement(scope)]
        start = ["u = x * 1.0", self.pick("v = y.copy()", "v = y", "v = y[::-1]"), "s = k"]
        total = "np.sum(x * 1.5) + np.sum(y * y) + np.sum(u * v) + np.sum(v)"
        extra = [f"{n}" for n in scope.numbers if n not in ("s", "k")]
        extra += [f"np.sum({m} * {m})" for m in scope.matrices] + [
            f"{t}['a']" for t in scope.tables
        ]
        extra += [f"sum({li})" for li in scope.lists] + [f"np.sum({h})" for h in scope.halves]
        ending = " + ".join(["s", *extra, total])
        parts.append(["def fuzz(x, y, k):", *indented([*start, *body, f"return {ending}"])])
        return HEADER + "".join("\n\n" + "\n".join(part) + "\n" for part in parts)


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for text in lines for line in text.split("\n")]


def text(seed: int) -> str:
    """A program."""
    return Writer(seed).program()

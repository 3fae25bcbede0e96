"""The subscripts of `einsum`, and those that its cotangents need.

All of it runs when compiling. A plan for the cotangent of one operand contracts the result's
cotangent with the other operands, one after the other; a label that the operand repeats (a
diagonal) is spread by a unit matrix; a label that only this operand has (a sum) becomes an
axis of length 1, which the driver broadcasts.

>>> steps("ij,jk->ik", (2, 2), 0)
('ik,jk->ij',)
>>> steps("ij,jk,kl", (2, 2, 2), 1)
('il,ij->lj', 'lj,kl->jk')
>>> steps("ii->", (2,), 0), units("ii->", (2,), 0)
((',ij->ij',), (1,))
>>> steps("ij->j", (2,), 0), summed_axes("ij->j", (2,), 0)
((), (0,))
"""

from __future__ import annotations

from string import ascii_letters

from s2sad.frozen import frozen
from s2sad.rules.static import static

Ranks = tuple[int, ...]


@frozen
class Labels:
    """Subscripts with every axis named: the operands', and the result's."""

    operands: tuple[str, ...]
    result: str


@frozen
class Plan:
    """How the cotangent of one operand is computed.

    steps: subscripts of `einsum(steps[i], so_far, factor)`, the factors being the other
        operands in order, then one unit matrix for each of `units`; a last step without a
        factor permutes the axes.
    units: the axes of the operand whose lengths the unit matrices have.
    summed: the axes of the operand that the result doesn't know.
    """

    steps: tuple[str, ...]
    units: tuple[int, ...]
    summed: tuple[int, ...]


def _unused(used: str) -> str:
    return "".join(letter for letter in ascii_letters[8:] + ascii_letters[:8] if letter not in used)


def _implicit_result(operands: str) -> str:
    """Without `->`: the labels that occur once, in alphabetical order, behind the ellipsis."""
    letters = [letter for letter in operands if letter.isalpha()]
    return "..." + "".join(sorted(letter for letter in letters if letters.count(letter) == 1))


def labels(subscripts: str, ranks: Ranks) -> Labels:
    """Reads subscripts, replacing each ellipsis by labels of its own."""
    text = subscripts.replace(" ", "")
    left, arrow, result = text.partition("->")
    if not arrow:
        result = _implicit_result(left)
    operands = left.split(",")
    hidden = [rank - len(o.replace("...", "")) for o, rank in zip(operands, ranks, strict=True)]
    axes = [count if "..." in o else 0 for o, count in zip(operands, hidden, strict=True)]
    names = _unused(text)[: max(axes)] if axes else ""

    def name(part: str, count: int) -> str:
        return part.replace("...", names[len(names) - count :])

    named = tuple(name(o, count) for o, count in zip(operands, axes, strict=True))
    return Labels(named, name(result, len(names)))


def _distinct(target: str, used: str) -> tuple[str, list[tuple[str, int]]]:
    """The target with repeated labels renamed, and the unit matrices that tie them."""
    fresh = iter(_unused(used))
    distinct, ties = "", []
    for axis, label in enumerate(target):
        if label in distinct:
            new = next(fresh)
            ties.append((label + new, axis))
            label = new
        distinct += label
    return distinct, ties


def _contractions(start: str, factors: list[str], target: str) -> list[str]:
    """One two-operand contraction for each factor, keeping what is still needed."""
    steps, have = [], start
    for position, factor in enumerate(factors):
        later = target + "".join(factors[position + 1 :])
        known = "".join(dict.fromkeys(have + factor))
        keep = "".join(label for label in known if label in later)
        if position == len(factors) - 1:
            keep = "".join(label for label in target if label in known)
        steps.append(f"{have},{factor}->{keep}")
        have = keep
    end = "".join(label for label in target if label in have)
    return steps if have == end else [*steps, f"{have}->{end}"]


def plan(subscripts: str, ranks: Ranks, position: int) -> Plan:
    """The plan for the cotangent of operand `position`."""
    named = labels(subscripts, ranks)
    used = "".join(named.operands) + named.result
    target, ties = _distinct(named.operands[position], used)
    others = [o for k, o in enumerate(named.operands) if k != position]
    factors = others + [tie for tie, _ in ties]
    known = named.result + "".join(factors)
    summed = tuple(axis for axis, label in enumerate(target) if label not in known)
    steps = _contractions(named.result, factors, target)
    return Plan(tuple(steps), tuple(axis for _, axis in ties), summed)


@static
def steps(subscripts: str, ranks: Ranks, position: int) -> tuple[str, ...]:
    """The steps of the plan."""
    return plan(subscripts, ranks, position).steps


@static
def units(subscripts: str, ranks: Ranks, position: int) -> tuple[int, ...]:
    """The axes that unit matrices spread."""
    return plan(subscripts, ranks, position).units


@static
def summed_axes(subscripts: str, ranks: Ranks, position: int) -> tuple[int, ...]:
    """The axes that the result doesn't know."""
    return plan(subscripts, ranks, position).summed

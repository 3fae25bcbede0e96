"""`assert`."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.control.branches import assume, branch, condition
from s2sad.frontend.control.raising import raise_class
from s2sad.frontend.data.comparisons import known_truth, test_atom
from s2sad.frontend.dispatch import expression, lowers
from s2sad.frontend.state.context import Context, add
from s2sad.frontend.state.references import atom_of
from s2sad.frontend.state.values import Abstract, Known
from s2sad.ir.data import Op
from s2sad.ir.types import Opaque


@lowers(gast.Assert)
def _assert(ctx: Context, node: Any) -> None:
    test = condition(ctx, node.test)
    truth = known_truth(ctx, test)
    if truth:
        return
    if node.msg is not None and not isinstance(node.msg, gast.Constant):
        _assert_with_text(ctx, node, test, truth)
        return
    message = expression(ctx, node.msg, "") if node.msg is not None else Known(None)
    atoms = (atom_of(ctx, test, "", node), atom_of(ctx, message, "", node))
    add(ctx, ASSERT, atoms, Opaque("None"), "", node)
    assume(ctx, atoms[0], True)


def _check(test: Any, message: Any = None) -> None:
    assert test, message


def _assert_with_text(ctx: Context, node: Any, test: Abstract, truth: bool | None) -> None:
    """The message is only made where the assertion fails."""
    origin = ctx.origin

    def fail() -> None:
        ctx.origin = origin
        message = atom_of(ctx, expression(ctx, node.msg), "", node)
        raise_class(ctx, AssertionError, (message,), None, node)

    if truth is False:
        fail()
    else:
        branch(ctx, test_atom(ctx, test, node.test), lambda: None, fail)


ASSERT = Op("assert", _check, "structural", None, "fresh", "outside")

"""The state in which the lowering of a function begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from s2sad.analysis.assumptions import NeedEqual
from s2sad.frontend.state.context import Context, NeedParts, Poisoned, Refused, Restart, raise_all
from s2sad.frontend.state.values import Frame
from s2sad.origins import Origin, Source, Span
from s2sad.request import NeedStatic

OUTSIDE = gast.parse("def outside(): pass").body[0]


def outermost(source: Source) -> Frame:
    none: frozenset[str] = frozenset()
    return Frame(0, "", OUTSIDE, source, None, None, none, none, none, False, {})


def whole_definition(source: Source, node: Any) -> Origin:
    span = Span(node.lineno, node.col_offset, node.lineno, node.col_offset + 3)
    return Origin(source, span, span)


def refusing(ctx: Context, action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Poisoned:
        pass
    except Refused as refused:
        ctx.diagnostics.append(refused.diagnostic)
    except (Restart, NeedStatic, NeedEqual, NeedParts):
        raise
    except Exception:
        # After a refusal the state may be such that nothing fits: what was refused counts.
        if not ctx.diagnostics:
            raise
    raise_all(ctx)
    raise AssertionError("nothing was refused")

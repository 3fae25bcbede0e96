"""Where the forward sweep puts values that it has computed.

q: np.float64[] = truediv(y, d)
x.1 = setitem(x[i], q)                        # so q is getitem(x.1[i])
"""

from __future__ import annotations

from s2sad.analysis.indexing import is_basic, path_type
from s2sad.ir.data import Bind, IndexStep, Var
from s2sad.ir.ops import GETITEM, SETITEM
from s2sad.ir.paths import shifted
from s2sad.ir.types import NP, Num
from s2sad.transform.correspondence import Equalities, leader
from s2sad.transform.effects import is_forward


def stored_values(equal: Equalities) -> dict[Var, list[Bind]]:
    """For each value (its leader) the reads of the places where it was stored."""
    found: dict[Var, list[Bind]] = {}
    for bind in equal.makers.values():
        value = bind.args[1] if bind.op is SETITEM and is_forward(bind) else None
        if isinstance(value, Var) and _is_kept_as_it_is(bind, value):
            out = Var(value.hint, value.type, bind.origin)
            args, path = (bind.out, *bind.args[2:]), shifted(bind.path, -1)
            read = Bind((out,), GETITEM, args, (), path, bind.origin)
            found.setdefault(leader(equal, value), []).append(read)
    return found


def _is_kept_as_it_is(store: Bind, value: Var) -> bool:
    """Whether to read the place gives the value in its own type: nothing was broadcast or
    converted."""
    step, base, kind = store.path[0], store.args[0].type, value.type
    if len(store.path) != 1 or not isinstance(step, IndexStep) or not is_basic(step, store.args):
        return False
    if not isinstance(base, Num) or not isinstance(kind, Num) or base.dtype is None:
        return False
    read = path_type(base, store.path, store.args)
    alike = isinstance(read, Num) and (read.forms, read.shape) == (kind.forms, kind.shape)
    single = kind.forms == frozenset({NP}) or kind.is_array
    return alike and single and base.is_array and base.dtype == kind.dtype

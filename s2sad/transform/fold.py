"""Folds what is known when compiling, keeping every value, dtype and signed zero.

Before:

    k: py.int64 = sub(2, 1)                       # reverse sweep
    p: py.float64 = pow(x, k)
    q: py.float64 = mul(s_bar, 1.0)
    b = if False:
      ...

After:

    (what read k reads 1, what read p reads x, what read q reads s_bar, and b is what its
    `else` gave, whose statements stand where the branch stood)

- Operators on Python numbers are evaluated by themselves, if the result can be printed exactly.
- `x * 1`, `x / 1`, `x - 0`, `x ** 1`, `+x` and `--x` are x, where the type says that the
  result has the dtype, the shape and the kind of x (`0-d array * 1.0` is no array).
- A branch on a constant is its arm; an out with one value in both arms is that value.
- A named tuple that is taken apart and put together again is that tuple.
- A slot that never changes is its initial value; an element of a tape whose value never changes
  is that value; an item of a tuple written out is that item.

The user's own statements are not touched, but for branches and slots.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace
from itertools import compress
from math import isfinite
from typing import Any

from s2sad.frozen import frozen
from s2sad.ir.data import (
    Atom,
    Bind,
    Block,
    Const,
    Exit,
    For,
    Function,
    If,
    IndexStep,
    Statement,
    Undefined,
    Var,
    While,
    Yield,
)
from s2sad.ir.ops import CONSTRUCT, GETITEM, LEN, LIST, SELECT, TUPLE
from s2sad.ir.types import BOOL, FLOAT, INT, Num, Type, is_continuous, may_share
from s2sad.ir.walk import (
    blocks,
    exits,
    map_atoms,
    map_blocks,
    substitute,
    with_values,
)
from s2sad.transform.common_subexpressions import same
from s2sad.transform.effects import is_forward

ROUNDS = 8
LARGEST = 2**63
PLAIN: dict[type, Type] = {bool: BOOL, int: INT, float: FLOAT}


@frozen
class Folding:
    """values: what is read instead of a variable. made: the operations seen.
    constant: the tapes whose value never changes, with it."""

    values: dict[Var, Atom] = field(default_factory=dict)
    made: dict[Var, Bind] = field(default_factory=dict)
    constant: dict[Var, Atom] = field(default_factory=dict)


def run(function: Function) -> Function:
    """The function with what is known folded, to a fixpoint."""
    for _ in range(ROUNDS):
        state = Folding()
        function = replace(function, body=_folded(state, function.body))
        if not state.values:
            break
    return function


def _now(state: Folding, atom: Atom) -> Atom:
    while isinstance(atom, Var) and atom in state.values:
        atom = state.values[atom]
    return atom


def _folded(state: Folding, block: Block) -> Block:
    statements: list[Statement] = []
    end: Yield | Exit | None = None
    for statement in block.statements:
        new, end = _visit(state, statement)
        statements.extend(new)
        if end is not None:
            break
    end = block.terminator if end is None else end
    values = tuple(_now(state, a) for a in end.values)
    return Block(block.params, tuple(statements), with_values(end, values))


def _visit(state: Folding, statement: Statement) -> tuple[Iterable[Statement], Yield | Exit | None]:
    """What stands instead of the statement, and the end of its block if it has become one."""
    statement = map_atoms(statement, lambda a: _now(state, a))
    if isinstance(statement, Bind):
        return _visit_bind(state, statement), None
    if isinstance(statement, For):
        statement = _constant_elements(state, statement)
    if isinstance(statement, If) and isinstance(statement.test, Const):
        return _taken(state, statement, bool(statement.test.value))
    statement = map_blocks(statement, lambda b: _folded(state, b))
    if isinstance(statement, If):
        return [_same_outs(state, statement)], None
    if isinstance(statement, (For, While)):
        return [_visit_loop(state, statement)], None
    return [statement], None


def _visit_bind(state: Folding, bind: Bind) -> list[Statement]:
    value = _value(state, bind)
    if value is None:
        state.made.update(dict.fromkeys(bind.outs, bind))
        return [bind]
    state.values[bind.out] = value
    return []


def _taken(
    state: Folding, branch: If, test: bool
) -> tuple[Iterable[Statement], Yield | Exit | None]:
    arm = _folded(state, branch.then if test else branch.orelse)
    if isinstance(arm.terminator, Exit):
        return arm.statements, arm.terminator
    state.values.update(zip(branch.outs, arm.terminator.values, strict=True))
    return arm.statements, None


def _value(state: Folding, bind: Bind) -> Atom | None:
    """What the operation gives, if that is known."""
    if len(bind.outs) != 1:
        return None
    if bind.op == SELECT:
        return _selected(bind)
    if bind.op == CONSTRUCT:
        return _put_together(state, bind)
    if is_forward(bind):
        return _evaluated(bind) if bind.out.type == BOOL else None
    if bind.op == GETITEM:
        return _item(state, bind)
    if bind.op == LEN:
        return _literal_length(state, bind)
    if bind.op.style != "operator":
        return None
    return _evaluated(bind) or _identity(state, bind)


def _selected(bind: Bind) -> Atom | None:
    test, then, orelse = bind.args
    if isinstance(test, Const):
        return then if test.value else orelse
    return then if same(then, orelse) else None


def _evaluated(bind: Bind) -> Const | None:
    """The value of an operator on Python numbers, computed by itself."""
    numbers = [a.value for a in bind.args if isinstance(a, Const) and type(a.value) in PLAIN]
    if bind.op.style != "operator" or len(numbers) != len(bind.args) or _unsuited(bind, numbers):
        return None
    try:
        value = bind.op.function(*numbers)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return _constant(value)


def _unsuited(bind: Bind, numbers: list[Any]) -> bool:
    """Identity is no matter of values, and large powers are no matter for constants."""
    if bind.op.name in ("is_", "is_not"):
        return True
    return bind.op.name in ("pow", "lshift") and any(abs(n) > 64 for n in numbers)


def _constant(value: Any) -> Const | None:
    if type(value) not in PLAIN or not isfinite(value) or abs(value) >= LARGEST:
        return None
    return Const(value, PLAIN[type(value)])


def _identity(state: Folding, bind: Bind) -> Atom | None:
    """The operand that the result is equal to, bit for bit."""
    name, first, last = bind.op.name, bind.args[0], bind.args[-1]
    if name == "neg" and isinstance(first, Var) and first in state.made:
        inner = state.made[first]
        operand = inner.args[0]
        return operand if inner.op.name == "neg" and _keeps(operand.type, 1.0) else None
    if name == "pos":
        return first if _keeps(first.type, 1.0) else None
    if name == "mul" and _is_number(first, 1):
        return last if _keeps(last.type, _number(first)) else None
    neutral = {"mul": 1, "truediv": 1, "pow": 1, "sub": 0}.get(name)
    if neutral is None or not _is_number(last, neutral):
        return None
    if name == "truediv" and not is_continuous(first.type):
        return None
    return first if _keeps(first.type, _number(last)) else None


def _number(atom: Atom) -> Any:
    return atom.value if isinstance(atom, Const) else None


def _is_number(atom: Atom, value: int) -> bool:
    """Whether it is this Python number (and, for 0, not -0.0)."""
    number = _number(atom)
    return type(number) in (int, float) and str(number) in (str(value), f"{value}.0")


def _keeps(kind: Type, weak: Any) -> bool:
    """Whether an operation with the neutral Python number `weak` gives back a value of this type
    as it is: floats only (a bool becomes an int), and no array without axes."""
    if not isinstance(kind, Num):
        return False
    if kind.is_python and kind.dtype == "int64":
        return type(weak) is int
    real = kind.dtype in ("float16", "float32", "float64", "longdouble")
    return real and (not kind.may_be_array or bool(kind.shape))


def _item(state: Folding, bind: Bind) -> Atom | None:
    """An item of a tuple or list that was written out, by a constant index."""
    items = _literal(state, bind.args[0])
    step = bind.path[0]
    if items is None or len(bind.path) != 1 or not isinstance(step, IndexStep) or not step.single:
        return None
    index = step.components[0]
    if type(index) is not int or not -len(items) <= index < len(items):
        return None
    return items[index]


def _put_together(state: Folding, bind: Bind) -> Atom | None:
    """A library's named tuple that was taken apart and put together again: the page has no
    other name for its class."""
    made = [state.made.get(a) if isinstance(a, Var) else None for a in bind.args]
    first = made[0].args[0] if made and made[0] is not None and made[0].op == GETITEM else None
    if not isinstance(first, Var) or first.type != bind.out.type:
        return None
    items = enumerate(made)
    whole = all(
        m is not None and m.op == GETITEM and m.args == (first,) and m.path == (IndexStep((k,)),)
        for k, m in items
    )
    return first if whole else None


def _literal(state: Folding, atom: Atom) -> tuple[Atom, ...] | None:
    bind = state.made.get(atom) if isinstance(atom, Var) else None
    return bind.args if bind is not None and bind.op in (TUPLE, LIST) else None


def _literal_length(state: Folding, bind: Bind) -> Const | None:
    items = _literal(state, bind.args[0])
    return None if items is None else Const(len(items), INT)


def _bound_in(block: Block) -> set[Var]:
    return {v for s in block.statements for v in _bound_by(s)}


def _bound_by(statement: Statement) -> Iterable[Var]:
    extra = (statement.trips, statement.exit) if isinstance(statement, (For, While)) else ()
    ys = statement.ys if isinstance(statement, (For, While)) else ()
    return (v for v in (*statement.outs, *ys, *extra) if v is not None)


def _same_outs(state: Folding, branch: If) -> If:
    """Outs that have one value, known before the branch, whichever arm is taken."""
    arms = [arm for arm in blocks(branch) if isinstance(arm.terminator, Yield)]
    if not arms:
        return branch
    inside = {v for arm in arms for v in _bound_in(arm)}
    keep: list[bool] = []
    for k, out in enumerate(branch.outs):
        values = [arm.terminator.values[k] for arm in arms]
        common = all(same(values[0], v) for v in values) and values[0] not in inside
        if common and not isinstance(values[0], Undefined):
            state.values[out] = values[0]
        keep.append(out not in state.values)
    return _with_outs(branch, keep)


def _with_outs(branch: If, keep: list[bool]) -> If:
    def arm(block: Block) -> Block:
        if isinstance(block.terminator, Exit):
            return block
        return replace(block, terminator=Yield(tuple(compress(block.terminator.values, keep))))

    outs = tuple(compress(branch.outs, keep))
    return replace(branch, outs=outs, then=arm(branch.then), orelse=arm(branch.orelse))


def _ends(loop: For | While) -> list[Yield | Exit]:
    return [loop.body.terminator, *exits(loop.body)]


def _visit_loop(state: Folding, loop: For | While) -> Statement:
    """Notes the tapes that hold one value, and reads unchanging slots from their inits."""
    _note_constant_tapes(state, loop)
    mapping: dict[Var, Atom] = {}
    for k, init in enumerate(loop.inits):
        if _unchanging(loop, k) and not isinstance(init, Undefined):
            mapping[loop.body.params[k]] = init
            if isinstance(loop, While):
                mapping[loop.cond.params[k]] = init
            state.values[loop.outs[k]] = init
    return _read_inits(loop, mapping) if mapping else loop


def _unchanging(loop: For | While, k: int) -> bool:
    own = (loop.body.params[k], loop.inits[k])
    return all(any(same(end.values[k], o) for o in own) for end in _ends(loop))


def _read_inits(loop: For | While, mapping: dict[Var, Atom]) -> Statement:
    """The loop with the slots of these parameters taken out."""
    count = len(loop.inits)
    keep = [p not in mapping for p in loop.body.params]
    ends = [*keep[:count], *(True for _ in loop.ys)]
    body = _without(substitute(loop.body, mapping), keep, ends)
    inits, outs = tuple(compress(loop.inits, keep)), tuple(compress(loop.outs, keep))
    if isinstance(loop, For):
        return replace(loop, inits=inits, outs=outs, body=body)
    cond = substitute(loop.cond, mapping)
    cond = replace(cond, params=tuple(compress(cond.params, keep)))
    return replace(loop, inits=inits, outs=outs, body=body, cond=cond)


def _without(body: Block, params: list[bool], ends: list[bool]) -> Block:
    """The body of a loop with fewer parameters, and values in its yield and its exits."""
    trimmed = _trim_ends(body, ends)
    values = tuple(compress(body.terminator.values, ends))
    return Block(
        tuple(compress(body.params, params)),
        trimmed.statements,
        with_values(body.terminator, values),
    )


def _trim_ends(block: Block, ends: list[bool]) -> Block:
    """The block with the values of the loop's exits trimmed, in its arms too."""
    statements = tuple(
        map_blocks(s, lambda arm: _trim_ends(arm, ends)) if isinstance(s, If) else s
        for s in block.statements
    )
    end = block.terminator
    if isinstance(end, Exit):
        end = replace(end, values=tuple(compress(end.values, ends)))
    return replace(block, statements=statements, terminator=end)


def _note_constant_tapes(state: Folding, loop: For | While) -> None:
    """Tapes of one value from outside the loop. Arrays stay on tape: keeping a buffer that is
    written later would cost a copy."""
    inside = {*loop.body.params, *_bound_in(loop.body)}
    for k, tape in enumerate(loop.ys, len(loop.inits)):
        values = [end.values[k] for end in _ends(loop)]
        first = values[0]
        steady = all(same(first, v) for v in values) and first not in inside
        if steady and not isinstance(first, Undefined) and not may_share(first.type):
            state.constant[tape] = first


def _constant_elements(state: Folding, loop: For) -> For:
    """Reads the value itself instead of an element of a tape that holds nothing else."""
    for x, param in zip(loop.xs, loop.body.params[len(loop.inits) :], strict=True):
        if isinstance(x, Var) and x in state.constant:
            state.values[param] = state.constant[x]
    return loop

"""The textual form of the IR.

    def f(x: float64[n], *, out_bar: py.float64 = 1.0):
      u: float64[n] = additem(x[1:], 2.0) sign='+'
      u.3: float64[n]; ys tape: list[py.float64] = for u.1: float64[n] = u; i: int in r:
        ...
        yield u.2, y
      return u.3

Names are the variables' hints, made unique by a number behind a dot, in the order of the text,
so the same program always gives the same text. Holes of a path are printed where they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from s2sad.ir.data import (
    Atom,
    AttributeStep,
    Bind,
    Block,
    Call,
    Const,
    Exit,
    For,
    Function,
    Hole,
    If,
    IndexStep,
    Param,
    Path,
    Program,
    SliceStep,
    Statement,
    Step,
    Try,
    Undefined,
    Var,
    While,
)
from s2sad.ir.walk import all_defined, free_variables, path_holes

INDENT = "  "
Names = dict[Var, str]


def text(node: Program | Function | Block) -> str:
    """The whole of `node` as text, without a line break at the end."""
    if isinstance(node, Program):
        return "\n\n".join(text(f) for f in node.functions)
    if isinstance(node, Function):
        return "\n".join(_function(node, names_of(node.body, tuple(p.var for p in node.params))))
    return "\n".join(_block(node, names_of(node, ()), "", "yield"))


def names_of(block: Block, params: tuple[Var, ...]) -> Names:
    """A unique name for every variable: of the function, read from outside, or bound inside."""
    variables = dict.fromkeys((*params, *free_variables(block), *all_defined(block)))
    names: Names = {}
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for variable in variables:
        names[variable] = _unused(variable.hint or "v", taken, counts)
        taken.add(names[variable])
    return names


def _unused(hint: str, taken: set[str], counts: dict[str, int]) -> str:
    name = hint
    while name in taken:
        counts[hint] = counts.get(hint, 0) + 1
        name = f"{hint}.{counts[hint]}"
    return name


def value_text(value: Any) -> str:
    """A constant, the same in every process (no addresses)."""
    if isinstance(value, tuple):
        inner = ", ".join(value_text(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    shown = repr(value)
    return f"<{type(value).__qualname__}>" if " at 0x" in shown else shown


def atom_text(atom: Atom, names: Names) -> str:
    if isinstance(atom, Const):
        return value_text(atom.value)
    if isinstance(atom, Undefined):
        return f"undefined {atom.hint}"
    return names.get(atom, f"{atom.hint}?")


def _atoms(atoms: Iterable[Atom], names: Names) -> str:
    return ", ".join(atom_text(a, names) for a in atoms)


def _typed(variable: Var, names: Names) -> str:
    return f"{names[variable]}: {variable.type}"


def _typed_list(variables: Iterable[Var], names: Names) -> str:
    return ", ".join(_typed(v, names) for v in variables)


def _part(part: Any, args: tuple[str, ...]) -> str:
    if isinstance(part, Hole):
        return args[part.position] if part.position < len(args) else f"hole {part.position}"
    if isinstance(part, SliceStep):
        return _slice(part, args)
    return "..." if part is Ellipsis else value_text(part)


def _slice(part: SliceStep, args: tuple[str, ...]) -> str:
    def bound(value: Any) -> str:
        return "" if value is None else _part(value, args)

    step = "" if part.step is None else f":{bound(part.step)}"
    return f"{bound(part.start)}:{bound(part.stop)}{step}"


def _static(static: tuple[tuple[str, Any], ...]) -> str:
    return "".join(f" {key}={value_text(value)}" for key, value in static)


def step_text(step: Step, args: tuple[str, ...]) -> str:
    """`[i, 1:]`, `.T()`, `.name`, as they follow the base."""
    if isinstance(step, IndexStep):
        inner = ", ".join(_part(c, args) for c in step.components)
        comma = "," if not step.single and len(step.components) == 1 else ""
        return f"[{inner}{comma}]"
    if isinstance(step, AttributeStep):
        return f".{step.name}"
    inner = ", ".join(_part(a, args) for a in step.args)
    return f"<{step.op.name}({inner}){_static(step.static)}>"


def path_text(path: Path, args: tuple[str, ...]) -> str:
    return "".join(step_text(step, args) for step in path)


def _operation(bind: Bind, names: Names) -> str:
    args = tuple(atom_text(a, names) for a in bind.args)
    if bind.op.named:
        labels = ("",) * (len(args) - len(bind.op.named)) + tuple(f"{n}=" for n in bind.op.named)
        args = tuple(f"{label}{arg}" for label, arg in zip(labels, args, strict=True))
    if not bind.path:
        return f"{bind.op.name}({', '.join(args)}){_static(bind.static)}"
    inside = {hole.position for hole in path_holes(bind.path)}
    others = [a for k, a in enumerate(args) if k > 0 and k not in inside]
    first = f"{args[0]}{path_text(bind.path, args)}"
    return f"{bind.op.name}({', '.join([first, *others])}){_static(bind.static)}"


def _results(statement: Statement, names: Names) -> str:
    """What stands before the `=`."""
    parts = [_typed_list(statement.outs, names)]
    if isinstance(statement, (For, While)):
        if statement.ys:
            parts.append(f"ys {_typed_list(statement.ys, names)}")
        if statement.trips is not None:
            parts.append(f"trips {_typed(statement.trips, names)}")
        if statement.exit is not None:
            parts.append(f"exit {_typed(statement.exit, names)}")
    shown = "; ".join(part for part in parts if part)
    return f"{shown} = " if shown else ""


def _slots(params: tuple[Var, ...], inits: tuple[Atom, ...], names: Names) -> list[str]:
    pairs = zip(params, inits, strict=False)
    return [f"{_typed(p, names)} = {atom_text(a, names)}" for p, a in pairs]


def _for_header(loop: For, names: Names) -> str:
    slots = _slots(loop.body.params, loop.inits, names)
    elements = zip(loop.body.params[len(loop.inits) :], loop.xs, strict=False)
    parts = slots + [f"{_typed(p, names)} in {atom_text(x, names)}" for p, x in elements]
    if loop.reverse:
        parts.append("reverse")
    if loop.count is not None:
        parts.append(f"count {atom_text(loop.count, names)}")
    return f"for {'; '.join(parts)}:"


def _for(loop: For, names: Names, indent: str) -> Iterator[str]:
    yield f"{indent}{_results(loop, names)}{_for_header(loop, names)}"
    yield from _block(loop.body, names, indent + INDENT, "yield")


def _while(loop: While, names: Names, indent: str) -> Iterator[str]:
    slots = "; ".join(_slots(loop.body.params, loop.inits, names))
    tests = "; ".join(_slots(loop.cond.params, loop.inits, names))
    yield f"{indent}{_results(loop, names)}while {tests}:"
    yield from _block(loop.cond, names, indent + INDENT, "yield")
    yield f"{indent}do {slots}:"
    yield from _block(loop.body, names, indent + INDENT, "yield")


def _called(call: Call, names: Names) -> str:
    args = tuple(atom_text(a, names) for a in call.args)
    holes = {hole.position for _, path in call.views for hole in path_holes(path)}
    paths = dict(call.views)
    given = (
        f"{a}{path_text(paths.get(j, ()), args)}" for j, a in enumerate(args) if j not in holes
    )
    return f"{call.callee}({', '.join(given)})"


def _if(branch: If, names: Names, indent: str) -> Iterator[str]:
    yield f"{indent}{_results(branch, names)}if {atom_text(branch.test, names)}:"
    yield from _block(branch.then, names, indent + INDENT, "yield")
    yield f"{indent}else:"
    yield from _block(branch.orelse, names, indent + INDENT, "yield")


def _try(node: Try, names: Names, indent: str) -> Iterator[str]:
    manager = node.manager
    inside = "" if manager is None else f" in {manager.op.name}({_atoms(manager.args, names)})"
    static = "" if manager is None else _static(manager.static)
    yield f"{indent}{_results(node, names)}try{inside}{static}:"
    yield from _block(node.body, names, indent + INDENT, "yield")
    for handler in node.handlers:
        error = "".join(f" as {names[p]}" for p in handler.block.params)
        yield f"{indent}except {_atoms(handler.classes, names)}{error}:"
        yield from _block(handler.block, names, indent + INDENT, "yield")


def _statement(statement: Statement, names: Names, indent: str) -> Iterator[str]:
    if isinstance(statement, Bind):
        yield f"{indent}{_results(statement, names)}{_operation(statement, names)}"
    elif isinstance(statement, Call):
        yield f"{indent}{_results(statement, names)}call {_called(statement, names)}"
    elif isinstance(statement, If):
        yield from _if(statement, names, indent)
    elif isinstance(statement, For):
        yield from _for(statement, names, indent)
    elif isinstance(statement, Try):
        yield from _try(statement, names, indent)
    else:
        yield from _while(statement, names, indent)


def _block(block: Block, names: Names, indent: str, word: str) -> Iterator[str]:
    for statement in block.statements:
        yield from _statement(statement, names, indent)
    end = block.terminator
    if isinstance(end, Exit):
        word = f"exit {end.number}"
    yield f"{indent}{word} {_atoms(end.values, names)}".rstrip()


def _param(param: Param, names: Names) -> str:
    default = "" if param.default is None else f" = {value_text(param.default.value)}"
    owned = " owned" if param.owned else ""
    return f"{_typed(param.var, names)}{owned}{default}"


def _function(function: Function, names: Names) -> Iterator[str]:
    positional = [_param(p, names) for p in function.params if p.kind == "positional"]
    keyword = [_param(p, names) for p in function.params if p.kind != "positional"]
    star = ["*"] if keyword else []
    yield f"def {function.name}({', '.join(positional + star + keyword)}):"
    yield from _block(function.body, names, INDENT, "return")

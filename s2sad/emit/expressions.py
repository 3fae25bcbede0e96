"""Printing of expressions: trees to nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from s2sad.emit.copying import copied
from s2sad.emit.nodes import (
    Names,
    attribute,
    call,
    constant,
    dotted,
    name,
    number,
    subscript,
    tuple_of,
    wrong,
)
from s2sad.emit.render import bracketed
from s2sad.emit.tree import Apply, Expr, Form, Lit, Ref
from s2sad.ir import ops
from s2sad.ir.data import AttributeStep, Bind, Const, Hole, IndexStep, SliceStep, Step, ViewStep
from s2sad.ir.types import Num, Type

BINARY = {
    "add": gast.Add,
    "sub": gast.Sub,
    "mul": gast.Mult,
    "truediv": gast.Div,
    "floordiv": gast.FloorDiv,
    "mod": gast.Mod,
    "pow": gast.Pow,
    "matmul": gast.MatMult,
    "and_": gast.BitAnd,
    "or_": gast.BitOr,
    "xor": gast.BitXor,
    "lshift": gast.LShift,
    "rshift": gast.RShift,
}

UNARY = {"neg": gast.USub, "pos": gast.UAdd, "invert": gast.Invert, "not_": gast.Not}

COMPARE = {
    "eq": gast.Eq,
    "ne": gast.NotEq,
    "lt": gast.Lt,
    "le": gast.LtE,
    "gt": gast.Gt,
    "ge": gast.GtE,
    "is_": gast.Is,
    "is_not": gast.IsNot,
    "contains": gast.In,
}


# -- expressions


def expression(expr: Expr, names: Names) -> Any:
    """The node of an expression."""
    if isinstance(expr, Ref):
        return name(names[expr.local])
    if isinstance(expr, Lit):
        return constant(expr.const.value, expr.const.type)
    if isinstance(expr, Form):
        return _form(expr, names)
    return _apply(expr, names)


def _form(form: Form, names: Names) -> Any:
    if form.kind == "call":
        plain = [a for a in form.args if not _is_keyword(a)]
        named = [(a.name, expression(a.args[0], names)) for a in form.args if _is_keyword(a)]  # type: ignore[union-attr]
        return call(dotted(form.name), [expression(a, names) for a in plain], named)
    if form.kind == "number":
        return number(int(form.name))
    args = [expression(a, names) for a in form.args]
    if form.kind == "choice":
        return _choice(form.args, args)
    return FORMS[form.kind](form.name, args)


def _choice(parts: tuple[Expr, ...], args: list[Any]) -> Any:
    """`b if a else c`; `a and b`, `a or b` where one value is the test's."""
    test, then, orelse = (comparable(part) for part in parts)
    if test == orelse:
        return _joined(gast.And, [args[0], args[1]])
    if test == then:
        return _joined(gast.Or, [args[0], args[2]])
    return gast.IfExp(*args)


def _joined(kind: Any, values: list[Any]) -> Any:
    flat = [
        part
        for value in values
        for part in (
            value.values
            if isinstance(value, gast.BoolOp) and isinstance(value.op, kind)
            else [value]
        )
    ]
    return gast.BoolOp(kind(), flat)


def _is_keyword(expr: Expr) -> bool:
    return isinstance(expr, Form) and expr.kind == "keyword"


FORMS: dict[str, Callable[[str, list[Any]], Any]] = {
    "method": lambda text, args: call(attribute(args[0], text), args[1:]),
    "item": lambda _, args: subscript(args[0], args[1]),
    "until": lambda _, args: subscript(args[0], gast.Slice(None, args[1], None)),
    "not": lambda _, args: gast.UnaryOp(gast.Not(), args[0]),
    "tuple": lambda _, args: tuple_of(args),
    "apply": lambda _, args: call(args[0], args[1:]),
    "list": lambda _, args: gast.List(args, gast.Load()),
    "nones": lambda _, args: gast.BinOp(
        gast.List([number(None)], gast.Load()), gast.Mult(), args[0]
    ),
}


def _apply(expr: Apply, names: Names) -> Any:
    if expr.bind.op is ops.COPY:
        return copied(expr.bind.args[0].type, expr.args[0], lambda: expression(expr.args[0], names))
    bind, args = expr.bind, [expression(a, names) for a in expr.args]
    if bind.op is ops.SELECT:
        return _choice(expr.args, args)
    style = bind.op.style
    if style == "operator":
        if _scales(expr):
            args[0] = bracketed(args[0])
        return _operator(bind.op.name, args)
    if style == "object":
        return dotted(bind.op.name)
    if style == "structural":
        return _structural(bind, args)
    keywords = [(key, constant(value)) for key, value in bind.static]
    if bind.op.named:
        first = len(args) - len(bind.op.named)
        keywords = [*zip(bind.op.named, args[first:], strict=True), *keywords]
        args = args[:first]
    if style == "call":
        return call(dotted(bind.op.name), args, keywords)
    method = attribute(args[0], bind.op.name.lstrip("."))
    return method if style == "attribute" else call(method, args[1:], keywords)


def _scales(expr: Apply) -> bool:
    """Whether a product or quotient of numbers scales an array of the reverse sweep: it gets
    brackets of its own."""
    first, origin = expr.args[0], expr.bind.origin
    reverse = origin is not None and origin.sweep == "reverse"
    if not reverse or expr.bind.op.name != "mul" or not isinstance(first, Apply):
        return False
    number, array = (arg.type for arg in expr.bind.args)
    factor = first.bind.op.style == "operator" and first.bind.op.name in ("mul", "truediv")
    return factor and not _may_be_array(number) and _may_be_array(array)


def _may_be_array(kind: Type) -> bool:
    return not isinstance(kind, Num) or kind.may_be_array


def _operator(text: str, args: list[Any]) -> Any:
    if text in UNARY:
        return gast.UnaryOp(UNARY[text](), args[0])
    if text == "contains":
        return gast.Compare(args[1], [gast.In()], [args[0]])
    if text in COMPARE:
        return gast.Compare(args[0], [COMPARE[text]()], [args[1]])
    return gast.BinOp(args[0], BINARY[text](), args[1])


def _structural(bind: Bind, args: list[Any]) -> Any:
    static = dict(bind.static)
    text = bind.op.name
    if text == "getitem":
        return follow(args[0], bind.path, args)
    if text == "tuple":
        return tuple_of(args)
    if text == "list":
        return gast.List(args, gast.Load())
    if text == "dict":
        return gast.Dict([constant(k) for k in static["keys"]], args)
    if text == "range":
        return call(name("range"), _range_args(bind, args))
    if text == "len":
        return call(name("len"), args)
    raise wrong(f"no way to print {text}")


def _range_args(bind: Bind, args: list[Any]) -> list[Any]:
    start, step = (_value(bind.args[0]), _value(bind.args[2])) if len(args) == 3 else (None, None)
    if len(args) == 3 and step == 1:
        return [args[1]] if start == 0 and type(start) is int else args[:2]
    return args


def _value(atom: Any) -> Any:
    return atom.value if isinstance(atom, Const) else None


# -- paths


def follow(node: Any, path: tuple[Step, ...], args: list[Any]) -> Any:
    """`node` with the steps behind it."""
    for step in path:
        node = step_of(node, step, args)
    return node


def step_of(node: Any, step: Step, args: list[Any]) -> Any:
    if isinstance(step, IndexStep):
        return subscript(node, index(step, args))
    if isinstance(step, AttributeStep):
        return attribute(node, step.name)
    return _view(node, step, args)


def _view(node: Any, step: ViewStep, args: list[Any]) -> Any:
    inner = [_part(a, args) for a in step.args]
    keywords = [(key, constant(value)) for key, value in step.static]
    if step.op.style == "attribute":
        return attribute(node, step.op.name.lstrip("."))
    if step.op.style == "method":
        return call(attribute(node, step.op.name.lstrip(".")), inner, keywords)
    return call(dotted(step.op.name), [node, *inner], keywords)


def index(step: IndexStep, args: list[Any]) -> Any:
    """What stands between the brackets."""
    parts = [_part(c, args) for c in step.components]
    return parts[0] if step.single else tuple_of(parts)


def _part(part: Any, args: list[Any]) -> Any:
    if isinstance(part, Hole):
        return args[part.position]
    if isinstance(part, SliceStep):
        bounds = (part.start, part.stop, part.step)
        return gast.Slice(*(None if b is None else _part(b, args) for b in bounds))
    return constant(part)


def filled(path: tuple[Step, ...], args: tuple[Expr, ...]) -> Any:
    return [_filled_step(step, args) for step in path]


def _filled_step(step: Any, args: tuple[Expr, ...]) -> Any:
    if isinstance(step, Hole):
        return comparable(args[step.position])
    if isinstance(step, SliceStep):
        return ("slice", *(_filled_step(b, args) for b in (step.start, step.stop, step.step)))
    if isinstance(step, IndexStep):
        return (step.single, *(_filled_step(c, args) for c in step.components))
    if isinstance(step, ViewStep):
        return (step.op.name, *(_filled_step(a, args) for a in step.args), step.static)
    return step


def comparable(expr: Expr) -> Any:
    if isinstance(expr, Lit):
        return ("literal", repr(expr.const.value))
    if isinstance(expr, Apply):
        static, path = expr.bind.static, filled(expr.bind.path, expr.args)
        return (expr.bind.op.name, static, path, *(comparable(a) for a in expr.args))
    return expr

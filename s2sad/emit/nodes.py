"""Printing of expressions and simple statements: trees to gast nodes.

Every node is made anew, names are checked, constants become Python numbers or named objects.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from types import EllipsisType
from typing import Any

import gast
import numpy as np

from s2sad.emit.render import bracketed
from s2sad.emit.tree import Apply, Expr, Form, Lit, Local, Pattern, Ref, Write
from s2sad.errors import Diagnostic, InternalError
from s2sad.ir import ops
from s2sad.ir.data import (
    AttributeStep,
    Bind,
    Const,
    Hole,
    IndexStep,
    SliceStep,
    Step,
    ViewStep,
)
from s2sad.ir.types import ARRAY, PY, Bottom, Dct, Lst, Num, Obj, Saved, Tup, Type, may_share

Names = dict[Local, str]
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
SIGNS = {"+": gast.Add, "-": gast.Sub, "*": gast.Mult, "/": gast.Div}


def wrong(message: str) -> InternalError:
    return InternalError((Diagnostic("S900", message),))


# -- atoms of the page


def name(text: str, context: Any = None) -> Any:
    """A name."""
    if not text.isidentifier():
        raise wrong(f"{text!r} is no identifier")
    return gast.Name(text, context or gast.Load(), None, None)


def store(text: str) -> Any:
    """A name that is assigned."""
    return name(text, gast.Store())


def number(value: Any) -> Any:
    """A constant as it is."""
    return gast.Constant(value, None)


def dotted(text: str) -> Any:
    """`a.b.c`."""
    first, *rest = text.split(".")
    node = name(first)
    for part in rest:
        node = attribute(node, part)
    return node


def attribute(node: Any, part: str) -> Any:
    """`node.part`."""
    if not part.isidentifier():
        raise wrong(f"{part!r} is no attribute")
    return gast.Attribute(node, part, gast.Load())


def call(function: Any, args: list[Any], keywords: list[tuple[str, Any]] | None = None) -> Any:
    """`function(*args, **keywords)`."""
    found = []
    for key, value in keywords or []:
        if not key.isidentifier():
            raise wrong(f"{key!r} is no keyword argument")
        found.append(gast.keyword(key, value))
    return gast.Call(function, args, found)


def tuple_of(items: list[Any], context: Any = None) -> Any:
    """`(a, b)`."""
    return gast.Tuple(items, context or gast.Load())


def pattern(target: Pattern, names: Names) -> Any:
    """What stands left of `=`."""
    if isinstance(target, Local):
        return store(names[target])
    return tuple_of([pattern(part, names) for part in target], gast.Store())


# -- constants


def constant(value: Any, kind: Type | None = None) -> Any:
    """A value known when compiling."""
    if value is None or isinstance(value, (bool, str, bytes, EllipsisType)):
        return number(value)
    if isinstance(value, np.generic) and not isinstance(value, np.bool_):
        return _scalar(value, kind)
    if isinstance(value, np.bool_):
        return number(bool(value))
    if isinstance(value, (int, float, complex)):
        return _number(value)
    if isinstance(value, tuple):
        return tuple_of([constant(item) for item in value])
    if isinstance(value, slice):
        bounds = [constant(b) for b in (value.start, value.stop, value.step)]
        return call(name("slice"), bounds)
    if isinstance(value, range):
        return call(name("range"), [constant(b) for b in (value.start, value.stop, value.step)])
    return dotted(object_name(value)) if not isinstance(value, np.dtype) else _dtype(value)


def _dtype(value: np.dtype[Any]) -> Any:
    return call(dotted("np.dtype"), [number(value.name)])


def _scalar(value: Any, kind: Type | None) -> Any:
    plain: Any = value.item()
    if not isinstance(plain, (int, float, complex)):
        raise wrong(f"a constant of type {type(value).__name__}")
    strong = isinstance(kind, Num) and not kind.is_python
    if strong:
        return call(dotted(f"np.{type(value).__name__}"), [_number(plain)])
    return _number(plain)


def _number(value: Any) -> Any:
    if isinstance(value, complex):
        return _complex(value)
    if isinstance(value, float):
        if math.isnan(value):
            return dotted("np.nan")
        if math.isinf(value):
            return dotted("np.inf") if value > 0 else negative(dotted("np.inf"))
        value = float(value)
    if value < 0 or (value == 0 and math.copysign(1.0, value) < 0):
        return negative(number(-value))
    return number(value)


def _complex(value: complex) -> Any:
    positive = all(math.copysign(1.0, part) > 0 for part in (value.real, value.imag))
    if value.real == 0 and positive and math.isfinite(value.imag):
        return number(complex(0.0, value.imag))
    return call(name("complex"), [_number(value.real), _number(value.imag)])


def negative(node: Any) -> Any:
    """`-node`."""
    return gast.UnaryOp(gast.USub(), node)


def object_name(value: Any) -> str:
    """How the page names an object: of NumPy, `math`, or Python's builtins."""
    text = getattr(value, "__name__", "")
    for prefix, module in (("np.", np), ("math.", math), ("", builtins)):
        if text and getattr(module, text, None) is value:
            return prefix + text
    for part in ("linalg", "random", "fft"):
        if text and getattr(getattr(np, part), text, None) is value:
            return f"np.{part}.{text}"
    for found in ("np.newaxis", "np.pi", "np.e"):
        if getattr(np, found[3:]) is value:
            return found
    if isinstance(value, type) and issubclass(value, BaseException):
        return value.__name__
    raise wrong(f"a constant that the page cannot name: {value!r}")


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
    test, then, orelse = (_comparable(part) for part in parts)
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


def subscript(node: Any, index: Any, context: Any = None) -> Any:
    """`node[index]`."""
    return gast.Subscript(node, index, context or gast.Load())


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
        return copied(expr.args[0], expr.bind, names)
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


# -- copies


def copied(expr: Expr, bind: Bind, names: Names) -> Any:
    """A copy, by the type of what is copied. That of an argument keeps its layout, on which
    the order of sums depends."""
    kind = bind.args[0].type
    if isinstance(expr, Ref) and expr.local.fixed and _has_layout(kind):
        keep = gast.keyword("order", constant("K"))
        return gast.Call(attribute(expression(expr, names), "copy"), [], [keep])
    return _copy(bind.args[0].type, lambda: expression(expr, names), 0)


def _has_layout(kind: Type) -> bool:
    return isinstance(kind, Num) and kind.is_array and (kind.shape is None or len(kind.shape) > 1)


def _copy(kind: Type, make: Callable[[], Any], depth: int) -> Any:
    """`make` gives the node of what is copied, a new one at each call."""
    if not may_share(kind) or isinstance(kind, Bottom):
        return make()
    if isinstance(kind, Num):
        return _copy_number(kind, make)
    if isinstance(kind, Lst):
        return _copy_list(kind, make, depth)
    if isinstance(kind, Tup):
        return _copy_tuple(kind, make, depth)
    if isinstance(kind, Dct):
        keys = [constant(key) for key, _ in kind.items]
        parts = [_copy(t, _item(make, key), depth) for key, t in kind.items]
        return gast.Dict(keys, parts)
    if isinstance(kind, Obj):
        parts = [_copy(t, _field(make, key), depth) for key, t in kind.items]
        return call(call(name("type"), [make()]), parts)
    if isinstance(kind, Saved):
        return call(name("copied"), [make()])
    raise wrong(f"no way to copy a {kind}")


def _field(make: Callable[[], Any], key: str) -> Callable[[], Any]:
    return lambda: attribute(make(), key)


def _item(make: Callable[[], Any], key: Any) -> Callable[[], Any]:
    return lambda: subscript(make(), constant(key))


def _copy_number(kind: Num, make: Callable[[], Any]) -> Any:
    copy = call(attribute(make(), "copy"), [])
    if PY not in kind.forms:
        return copy
    test = call(name("isinstance"), [make(), dotted("np.ndarray")])
    return gast.IfExp(test, copy, make())


def _copy_tuple(kind: Tup, make: Callable[[], Any], depth: int) -> Any:
    fields = getattr(kind.cls, "_fields", None)
    if fields is None:
        return tuple_of([_copy(t, _item(make, k), depth) for k, t in enumerate(kind.items)])
    parts = [
        (field, _copy(t, _item(make, k), depth))
        for k, (field, t) in enumerate(zip(fields, kind.items, strict=True))
    ]
    # Saved of an arm that wasn't taken, it is None.
    absent = gast.Compare(make(), [gast.Is()], [constant(None)])
    return gast.IfExp(absent, constant(None), call(attribute(make(), "_replace"), [], parts))


def _copy_list(kind: Lst, make: Callable[[], Any], depth: int) -> Any:
    if not may_share(kind.item):
        return call(name("list"), [make()])
    item = f"item_{depth}" if depth else "item"
    element = _copy(kind.item, lambda: name(item), depth + 1)
    loop = gast.comprehension(store(item), make(), [], 0)
    return gast.ListComp(element, [loop])


# -- paths


def follow(node: Any, path: tuple[Step, ...], args: list[Any]) -> Any:
    """`node` with the steps behind it."""
    for step in path:
        node = _step(node, step, args)
    return node


def _step(node: Any, step: Step, args: list[Any]) -> Any:
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


# -- writes


def write(stmt: Write, names: Names) -> Any:
    """The statement of a write in place."""
    bind = stmt.bind
    args = [expression(a, names) for a in stmt.args]
    if bind.op is ops.APPEND:
        return gast.Expr(call(attribute(args[0], "append"), args[1:]))
    if bind.op is ops.SCATTER_ADD:
        return _scatter(bind, args)
    if bind.op is ops.ADDITEM:
        sign = SIGNS[dict(bind.static)["sign"]]()
        return gast.AugAssign(target(args[0], bind.path, args), sign, args[1])
    update = _update(stmt)
    if update is not None:
        sign, value = update
        return gast.AugAssign(target(args[0], bind.path, args), sign, expression(value, names))
    return gast.Assign([target(args[0], bind.path, args)], args[1], None)


def _scatter(bind: Bind, args: list[Any]) -> Any:
    *before, last = bind.path
    if not isinstance(last, IndexStep):
        raise wrong("np.add.at needs an index")
    base = follow(args[0], tuple(before), args)
    where = _without_colons(index(last, args))
    return gast.Expr(call(dotted("np.add.at"), [base, where, args[1]]))


def _without_colons(node: Any) -> Any:
    """An index as a value: `a:b` stands between brackets only."""
    if isinstance(node, gast.Tuple):
        return tuple_of([_without_colons(item) for item in node.elts])
    if not isinstance(node, gast.Slice):
        return node
    bounds = [number(None) if b is None else b for b in (node.lower, node.upper, node.step)]
    while len(bounds) > 2 and isinstance(bounds[-1], gast.Constant) and bounds[-1].value is None:
        bounds.pop()
    return call(name("slice"), bounds)


def target(node: Any, path: tuple[Step, ...], args: list[Any]) -> Any:
    """The target of an assignment: `node[...]`, the last step being stored to."""
    if not path:
        node.ctx = gast.Store()
        return node
    node = follow(node, path[:-1], args)
    last = path[-1]
    if isinstance(last, IndexStep):
        return subscript(node, index(last, args), gast.Store())
    if isinstance(last, AttributeStep):
        return gast.Attribute(node, last.name, gast.Store())
    return subscript(_step(node, last, args), number(...), gast.Store())


def _update(stmt: Write) -> tuple[Any, Expr] | None:
    """`x[p] = x[p] op e` as `x[p] op= e`, where the paths are the same."""
    value = stmt.args[1]
    if stmt.bind.op is not ops.SETITEM or not isinstance(value, Apply):
        return None
    sign = BINARY.get(value.bind.op.name)
    if value.bind.op.style != "operator" or sign is None or len(value.args) != 2:
        return None
    old = value.args[0]
    if not isinstance(old, Apply) or old.bind.op is not ops.GETITEM or sign is gast.MatMult:
        return None
    array = isinstance(stmt.base.type, Num) and ARRAY in stmt.base.type.forms
    same = old.args[0] == Ref(stmt.base) and _same_path(stmt, old)
    return (sign(), value.args[1]) if same and array and _closed(stmt, value) else None


def _closed(stmt: Write, value: Apply) -> bool:
    """Whether writing `op=` gives what `=` would: the element's type is that of the result."""
    old, result = value.args[0], value.bind.outs[0].type
    kind = old.bind.outs[0].type if isinstance(old, Apply) else None
    if not isinstance(kind, Num) or not isinstance(result, Num):
        return False
    return bool(kind.dtype == result.dtype and kind.dtype and kind.shape == result.shape)


def _same_path(stmt: Write, old: Apply) -> bool:
    return bool(_filled(stmt.bind.path, stmt.args) == _filled(old.bind.path, old.args))


def _filled(path: tuple[Step, ...], args: tuple[Expr, ...]) -> Any:
    return [_filled_step(step, args) for step in path]


def _filled_step(step: Any, args: tuple[Expr, ...]) -> Any:
    if isinstance(step, Hole):
        return _comparable(args[step.position])
    if isinstance(step, SliceStep):
        return ("slice", *(_filled_step(b, args) for b in (step.start, step.stop, step.step)))
    if isinstance(step, IndexStep):
        return (step.single, *(_filled_step(c, args) for c in step.components))
    if isinstance(step, ViewStep):
        return (step.op.name, *(_filled_step(a, args) for a in step.args), step.static)
    return step


def _comparable(expr: Expr) -> Any:
    if isinstance(expr, Lit):
        return ("literal", repr(expr.const.value))
    if isinstance(expr, Apply):
        static, path = expr.bind.static, _filled(expr.bind.path, expr.args)
        return (expr.bind.op.name, static, path, *(_comparable(a) for a in expr.args))
    return expr

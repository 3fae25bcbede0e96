"""Expressions: one function for each kind of syntax node, from node to abstract value.

`hint` is the name that the result should have on the page: the assigned name for the outermost
operation, `target.operation` inside it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import gast

from s2sad.frontend import branches
from s2sad.frontend.access import (
    elements,
    get_attribute,
    get_item,
    item_ref,
    length,
    mapping_keys,
    sequence_like,
    view_or_value,
)
from s2sad.frontend.context import Context, Poisoned, add, refuse, typed, wrap
from s2sad.frontend.environment import lookup
from s2sad.frontend.functions import call_node, make_closure
from s2sad.frontend.hooks import ask
from s2sad.frontend.library import operation
from s2sad.frontend.references import (
    atom_of,
)
from s2sad.frontend.sharing import relate_lists
from s2sad.frontend.values import (
    Abstract,
    Attributes,
    Closure,
    Conflict,
    Generator,
    Items,
    Known,
    Listing,
    Mapping,
    Method,
    Ref,
    Slice,
    Unbound,
    Value,
    Whole,
)
from s2sad.ir.data import Op
from s2sad.ir.ops import GETITEM, OPERATORS
from s2sad.ir.types import Bottom, Lst
from s2sad.rules.views import is_flat

_BINARY: dict[type, str] = {
    gast.Add: "add", gast.Sub: "sub", gast.Mult: "mul", gast.Div: "truediv",
    gast.FloorDiv: "floordiv", gast.Mod: "mod", gast.Pow: "pow", gast.MatMult: "matmul",
    gast.BitAnd: "and_", gast.BitOr: "or_", gast.BitXor: "xor", gast.LShift: "lshift",
    gast.RShift: "rshift",
}  # fmt: skip
_UNARY: dict[type, str] = {
    gast.UAdd: "pos", gast.USub: "neg", gast.Invert: "invert", gast.Not: "not_",
}  # fmt: skip
_COMPARE: dict[type, str] = {
    gast.Eq: "eq", gast.NotEq: "ne", gast.Lt: "lt", gast.LtE: "le", gast.Gt: "gt",
    gast.GtE: "ge", gast.Is: "is_", gast.IsNot: "is_not", gast.In: "contains",
    gast.NotIn: "not_contains",
}  # fmt: skip


def lower(ctx: Context, node: Any, hint: str = "") -> Abstract:
    """The abstract value of an expression; its statements go to the current block."""
    handler = _HANDLERS.get(type(node))
    if handler is None:
        code = "S102" if isinstance(node, (gast.Yield, gast.YieldFrom, gast.Await)) else "S101"
        refuse(
            ctx,
            code,
            f"{_words(node)} can't be differentiated yet",
            node,
            help="write it with plain loops and assignments",
        )
    return handler(ctx, node, hint)


def _words(node: Any) -> str:
    names = {
        "Yield": "a generator", "YieldFrom": "a generator", "Await": "a coroutine",
        "Starred": "star-unpacking",
    }  # fmt: skip
    return names.get(type(node).__name__, f"this expression ({type(node).__name__})")


def part(hint: str, word: str) -> str:
    """The hint for a value inside the expression for `hint`."""
    base = hint.split(".")[0]
    return f"{base}.{word}"


def _constant(ctx: Context, node: Any, hint: str) -> Abstract:
    return Known(node.value)


def _name(ctx: Context, node: Any, hint: str) -> Abstract:
    value = find(ctx, node.id, node)
    if isinstance(value, Unbound):
        refuse(
            ctx,
            "S405",
            f"`{node.id}` is not bound here",
            node,
            note="Python would raise UnboundLocalError",
            help=f"bind `{node.id}` before this line",
        )
    if isinstance(value, Conflict):
        if not value.message:
            raise Poisoned
        refuse(ctx, "S405", value.message, node, help="use one name for each kind of thing")
    return value


def find(ctx: Context, name: str, node: Any) -> Abstract:
    """What a name means in the current frame: local, of an enclosing frame, or outside."""
    frame = ctx.frame
    if name in frame.globals:
        return lookup(ctx, name, node)
    while frame is not None:
        if name in frame.locals:
            return ctx.state.names.get((frame.number, name), Unbound(name))
        if frame.parent is None:
            break
        frame = frame.parent
    return lookup(ctx, name, node)


# -- operators


def operate(
    ctx: Context,
    op: Op,
    values: list[Abstract],
    hint: str = "",
    node: Any = None,
    static: dict[str, Any] | None = None,
) -> Abstract:
    """Applies an operation to abstract values; on constants of Python it is done at once."""
    static = static or {}
    if op.style == "operator" and all(_is_plain(v) for v in values):
        plain = [v.value for v in values if isinstance(v, Known)]
        try:
            return Known(op.function(*plain, **static))
        except Exception:
            pass
    atoms = tuple(atom_of(ctx, v, part(hint, "arg"), node) for v in values)
    kind = typed(ctx, op, atoms, static, node)
    result = wrap(ctx, add(ctx, op, atoms, kind, hint, node, tuple(static.items())), node)
    if isinstance(result, Ref):
        ctx.contiguous.add(result.location)
    relate_lists(ctx, result, values)
    return result


def _is_plain(value: Abstract) -> bool:
    return isinstance(value, Known) and isinstance(value.value, _PLAIN)


_PLAIN = (bool, int, float, str, bytes, tuple, set, frozenset, range, enum.Enum, type, type(None))


def _binary(ctx: Context, node: Any, hint: str) -> Abstract:
    name = _BINARY[type(node.op)]
    left = lower(ctx, node.left, part(hint, name))
    right = lower(ctx, node.right, part(hint, name))
    return binary(ctx, name, left, right, hint, node)


def binary(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    """A binary operator; on tuples and lists of known length it is done when compiling."""
    overloaded = ask("binary", ctx, name, left, right, hint, node)
    if overloaded is not None:
        return overloaded  # type: ignore[no-any-return]
    _check_operands(ctx, (left, right), node)
    sequence = _sequence_operator(ctx, name, left, right)
    if sequence is not None:
        return sequence
    if name == "or_":
        merged = ask("merge dicts", ctx, left, right, node)
        if merged is not None:
            return merged  # type: ignore[no-any-return]
    if name == "mul" and _is_blank(ctx, left):
        return _blank_list(ctx, left, right, hint, node)
    return operate(ctx, OPERATORS[name], [left, right], hint, node)


def _check_operands(ctx: Context, values: tuple[Abstract, ...], node: Any) -> None:
    if any(isinstance(value, Ref) and is_flat(value.path) for value in values):
        refuse(
            ctx,
            "S405",
            "`.flat` has no arithmetic",
            node,
            note="NumPy would raise TypeError",
            help="x.flat[:], or x.ravel()",
        )


def _is_blank(ctx: Context, value: Abstract) -> bool:
    items = elements(ctx, value)
    return bool(items) and all(isinstance(i, Known) and i.value is None for i in items or ())


def _blank_list(ctx: Context, left: Abstract, right: Abstract, hint: str, node: Any) -> Abstract:
    """`[None] * n`: a list to be filled, whose elements have no type yet."""
    from s2sad.analysis import dims
    from s2sad.frontend.context import add as append

    atoms = tuple(atom_of(ctx, v, "", node) for v in (left, right))
    made = append(ctx, OPERATORS["mul"], atoms, Lst(Bottom(), dims.fresh(0)), hint, node)
    return wrap(ctx, made, node)


def _sequence_operator(ctx: Context, name: str, left: Abstract, right: Abstract) -> Abstract | None:
    a, b = elements(ctx, left), elements(ctx, right)
    if name == "add" and a is not None and b is not None:
        return sequence_like(ctx, left, (*a, *b))
    if name == "mul":
        times = right if a is not None else left
        items = a if a is not None else b
        if items is not None and isinstance(times, Known) and isinstance(times.value, int):
            return sequence_like(ctx, left if a is not None else right, items * times.value)
    return None


def _unary(ctx: Context, node: Any, hint: str) -> Abstract:
    name = _UNARY[type(node.op)]
    operand = lower(ctx, node.operand, part(hint, name))
    _check_operands(ctx, (operand,), node)
    if name == "not_":
        return negate(ctx, operand, hint, node)
    overloaded = ask("unary", ctx, name, operand, hint, node)
    if overloaded is not None:
        return overloaded  # type: ignore[no-any-return]
    return operate(ctx, OPERATORS[name], [operand], hint, node)


def negate(ctx: Context, operand: Abstract, hint: str, node: Any) -> Abstract:
    """`not operand`."""
    asked = ask("truth", ctx, operand, node)
    operand = operand if asked is None else asked
    truth = known_truth(ctx, operand)
    if truth is not None:
        return Known(not truth)
    return operate(ctx, OPERATORS["not_"], [operand], hint, node)


def known_truth(ctx: Context, value: Abstract) -> bool | None:
    """The truth of a value where it is known when compiling."""
    if isinstance(value, Known):
        return bool(value.value)
    items = elements(ctx, value)
    if items is not None:
        return bool(items)
    if isinstance(value, (Closure, Method)):
        return True
    if isinstance(value, Ref):
        content = ctx.state.heap[value.location]
        if isinstance(content, Mapping):
            return bool(content.items)
        if isinstance(content, Attributes):
            own = any(hasattr(content.cls, name) for name in ("__bool__", "__len__"))
            return None if own else True
    return None


def _compare(ctx: Context, node: Any, hint: str) -> Abstract:
    """A chain `a < b < c` is `a < b and b < c`, with `b` evaluated once."""
    left = lower(ctx, node.left, part(hint, "left"))

    def rest(left: Abstract, k: int) -> Abstract:
        right = lower(ctx, node.comparators[k], part(hint, "right"))
        first = compare(ctx, type(node.ops[k]), left, right, hint, node)
        if k + 1 == len(node.ops):
            return first
        return branches.choose(ctx, first, lambda: rest(right, k + 1), lambda: first, hint, node)

    return rest(left, 0)


def compare(
    ctx: Context, kind: type, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    name = _COMPARE[kind]
    if name in ("is_", "is_not"):
        return _identity(ctx, name, left, right, hint, node)
    if name in ("contains", "not_contains"):
        return _membership(ctx, name, left, right, hint, node)
    return compare_values(ctx, name, left, right, hint, node)


def compare_values(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    """`left < right` and its like, by the name of the operator."""
    overloaded = ask("compare", ctx, name, left, right, hint, node)
    if overloaded is not None:
        return overloaded  # type: ignore[no-any-return]
    pair = elements(ctx, left), elements(ctx, right)
    if None not in pair and all(_is_plain(v) for items in pair for v in items or ()):
        values = [tuple(v.value for v in items or () if isinstance(v, Known)) for items in pair]
        return Known(OPERATORS[name].function(*values))
    if name in ("eq", "ne") and _is_enum(left) and _is_enum(right):
        return Known(OPERATORS[name].function(left.value, right.value))  # type: ignore[union-attr]
    if _differs_in_kind(left, right) and name in ("eq", "ne"):
        return Known(name == "ne")
    return operate(ctx, OPERATORS[name], [left, right], hint, node)


def _is_enum(value: Abstract) -> bool:
    """Whether a value is known, and equal to itself only: a member of an enumeration, None."""
    return isinstance(value, Known) and isinstance(value.value, (enum.Enum, type(None), type))


def _differs_in_kind(a: Abstract, b: Abstract) -> bool:
    """Whether two values can't be equal: a string or None against a number at run time."""
    texts = [isinstance(v, Known) and isinstance(v.value, (str, type(None))) for v in (a, b)]
    numbers = [isinstance(v, Value) for v in (a, b)]
    return any(texts) and any(numbers)


def _identity(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    if isinstance(left, Known) and isinstance(right, Known):
        return Known((left.value is right.value) == (name == "is_"))
    none = [isinstance(v, Known) and v.value is None for v in (left, right)]
    if any(none):
        return Known(name == "is_not")
    if isinstance(left, Ref) and left == right:
        return Known(name == "is_")
    if _are_distinct(ctx, left, right):
        return Known(name == "is_not")
    refuse(ctx, "S405", "whether these are the same object isn't known when compiling", node)


def _are_distinct(ctx: Context, left: Abstract, right: Abstract) -> bool:
    """Whether two values can't be one object: of different kinds, or containers of which one was
    made here."""
    known = [v for v in (left, right) if isinstance(v, Known)]
    if known:
        other = right if left is known[0] else left
        number = isinstance(known[0].value, (bool, int, float, complex))
        return not number and isinstance(other, (Value, Ref, Items, Closure))
    if not (isinstance(left, Ref) and isinstance(right, Ref)) or left.path or right.path:
        return False
    contents = [ctx.state.heap[v.location] for v in (left, right)]
    made = [v for v in (left, right) if v.location > ctx.given and v.location not in ctx.outer]
    return bool(made) and not any(isinstance(c, Whole) for c in contents)


def _membership(
    ctx: Context, name: str, left: Abstract, right: Abstract, hint: str, node: Any
) -> Abstract:
    asked = ask("contains", ctx, right, left, hint, node)
    if asked is not None:
        return asked if name == "contains" else negate(ctx, asked, hint, node)
    keys = mapping_keys(ctx, right)
    items = elements(ctx, right)
    if isinstance(left, Known) and keys is not None:
        return Known((left.value in keys) == (name == "contains"))
    if isinstance(left, Known) and isinstance(right, Known):
        return Known((left.value in right.value) == (name == "contains"))
    if isinstance(left, Known) and items and all(isinstance(i, Known) for i in items):
        found = left.value in [i.value for i in items if isinstance(i, Known)]
        return Known(found == (name == "contains"))
    result = operate(ctx, OPERATORS["contains"], [right, left], hint, node)
    if name == "contains":
        return result
    return operate(ctx, OPERATORS["not_"], [result], hint, node)


def _bool_op(ctx: Context, node: Any, hint: str) -> Abstract:
    def rest(k: int) -> Abstract:
        value = lower(ctx, node.values[k], hint)
        if k + 1 == len(node.values):
            return value
        if isinstance(node.op, gast.And):
            return branches.choose(ctx, value, lambda: rest(k + 1), lambda: value, hint, node)
        return branches.choose(ctx, value, lambda: value, lambda: rest(k + 1), hint, node)

    return rest(0)


def _if_exp(ctx: Context, node: Any, hint: str) -> Abstract:
    test = lower(ctx, node.test, part(hint, "test"))
    return branches.choose(
        ctx,
        test,
        lambda: lower(ctx, node.body, hint),
        lambda: lower(ctx, node.orelse, hint),
        hint,
        node,
    )


# -- attributes and subscripts


def _attribute(ctx: Context, node: Any, hint: str) -> Abstract:
    return get_attribute(ctx, lower(ctx, node.value, part(hint, "of")), node.attr, hint, node)


def _subscript(ctx: Context, node: Any, hint: str) -> Abstract:
    base = lower(ctx, node.value, part(hint, "of"))
    index = lower_index(ctx, node.slice)
    return get_item(ctx, base, index, hint, node)


def lower_index(ctx: Context, node: Any) -> Abstract:
    if isinstance(node, gast.Slice):
        bounds = [
            lower(ctx, b) if b is not None else Known(None)
            for b in (node.lower, node.upper, node.step)
        ]
        return Slice(*bounds)
    if isinstance(node, gast.Tuple):
        return Items(tuple(lower_index(ctx, item) for item in node.elts))
    return lower(ctx, node)


# -- displays and the rest


def _tuple(ctx: Context, node: Any, hint: str) -> Abstract:
    return Items(tuple(_elements_of_display(ctx, node, hint)))


def _elements_of_display(ctx: Context, node: Any, hint: str) -> list[Abstract]:
    result: list[Abstract] = []
    for item in node.elts:
        if isinstance(item, gast.Starred):
            spread = elements(ctx, lower(ctx, item.value, hint))
            if spread is None:
                refuse(ctx, "S101", "star-unpacking needs a sequence of known length", item)
            result += spread
        else:
            result.append(lower(ctx, item, part(hint, "item")))
    return result


def _list(ctx: Context, node: Any, hint: str) -> Abstract:
    from s2sad.frontend.context import location

    return location(ctx, Listing(tuple(_elements_of_display(ctx, node, hint))))


def _dict(ctx: Context, node: Any, hint: str) -> Abstract:
    from s2sad.frontend.context import location

    pairs: dict[Any, Abstract] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            pairs |= ask("pairs", ctx, lower(ctx, value), value)
            continue
        found = ask("key", ctx, lower(ctx, key), key)
        pairs[found] = lower(ctx, value, part(hint, str(found)))
    return location(ctx, Mapping(tuple(pairs.items())))


def _lambda(ctx: Context, node: Any, hint: str) -> Abstract:
    return make_closure(ctx, node, "<lambda>")


def _call(ctx: Context, node: Any, hint: str) -> Abstract:
    from s2sad.frontend.functions import lower_call

    return lower_call(ctx, node, hint)


def _joined_string(ctx: Context, node: Any, hint: str) -> Abstract:
    return ask("joined string", ctx, node, hint)  # type: ignore[no-any-return]


def comprehension(ctx: Context, node: Any, hint: str) -> Abstract:
    """`[e for t in xs if c]` is what Python makes of it: a function of its own that appends to a
    list in a loop. A generator expression that is consumed at once is the same list."""
    if any(generator.is_async for generator in node.generators):
        refuse(ctx, "S102", "an asynchronous comprehension can't be differentiated", node)
    first = node.generators[0]
    function = comprehension_function(node)
    iterable = lower(ctx, first.iter, part(hint, "iterable"))
    if isinstance(iterable, Generator) and not isinstance(first.iter, gast.Call):
        refuse(
            ctx,
            "S102",
            "a generator is followed only where it is called",
            first.iter,
            help="call it in the `for`, or make it a list: list(...)",
        )
    return call_node(ctx, make_closure(ctx, function, "comprehension"), [iterable], {}, hint, node)


def _dict_comprehension(ctx: Context, node: Any, hint: str) -> Abstract:
    """`{k: v for ...}`: the dict of a list of pairs."""
    pair = gast.copy_location(gast.Tuple([node.key, node.value], gast.Load()), node)
    made = comprehension(ctx, _as_list(node, pair), hint)
    return call_node(ctx, Known(dict), [made], {}, hint, node)


def _as_list(node: Any, element: Any) -> Any:
    return gast.copy_location(gast.ListComp(element, node.generators), node)


def _set_comprehension(ctx: Context, node: Any, hint: str) -> Abstract:
    made = comprehension(ctx, _as_list(node, node.elt), hint)
    return call_node(ctx, Known(set), [made], {}, hint, node)


def _set(ctx: Context, node: Any, hint: str) -> Abstract:
    items = Items(tuple(_elements_of_display(ctx, node, hint)))
    return call_node(ctx, Known(set), [items], {}, hint, node)


def _generator(ctx: Context, node: Any, hint: str) -> Abstract:
    refuse(
        ctx,
        "S102",
        "a generator expression that isn't consumed at once can't be differentiated",
        node,
        note="it reads what it reads when it is consumed",
        help="make it a list: [...]",
    )


def comprehension_function(node: Any) -> Any:
    """The function that a list comprehension is."""

    def at(made: Any) -> Any:
        return gast.fix_missing_locations(gast.copy_location(made, node))

    def name(text: str, context: Any) -> Any:
        return gast.Name(text, context, None, None)

    append = gast.Attribute(name(".items", gast.Load()), "append", gast.Load())
    body: Any = gast.Expr(gast.Call(append, [node.elt], []))
    for generator in reversed(node.generators):
        for test in reversed(generator.ifs):
            body = gast.If(test, [body], [])
        source = (
            generator.iter
            if generator is not node.generators[0]
            else name(".iterable", gast.Load())
        )
        body = gast.For(generator.target, source, [body], [], None)
    outer = [n.target.id for n in gast.walk(node) if isinstance(n, gast.NamedExpr)]
    declared = [gast.Nonlocal(list(dict.fromkeys(outer)))] if outer else []
    start = gast.Assign([name(".items", gast.Store())], gast.List([], gast.Load()), None)
    end = gast.Return(name(".items", gast.Load()))
    spec = gast.arguments(
        [gast.Name(".iterable", gast.Param(), None, None)], [], None, [], [], None, []
    )
    return at(
        gast.FunctionDef("comprehension", spec, [*declared, start, body, end], [], None, None)
    )


def _yield(ctx: Context, node: Any, hint: str) -> Abstract:
    return ask("yield", ctx, node, hint)  # type: ignore[no-any-return]


def _named_expression(ctx: Context, node: Any, hint: str) -> Abstract:
    from s2sad.frontend.statements import assign

    value = lower(ctx, node.value, node.target.id)
    assign(ctx, node.target, value, node)
    return value


_HANDLERS: dict[type, Callable[[Context, Any, str], Abstract]] = {
    gast.Constant: _constant,
    gast.Name: _name,
    gast.BinOp: _binary,
    gast.UnaryOp: _unary,
    gast.Compare: _compare,
    gast.BoolOp: _bool_op,
    gast.IfExp: _if_exp,
    gast.Attribute: _attribute,
    gast.Subscript: _subscript,
    gast.Tuple: _tuple,
    gast.List: _list,
    gast.Dict: _dict,
    gast.Lambda: _lambda,
    gast.Call: _call,
    gast.JoinedStr: _joined_string,
    gast.NamedExpr: _named_expression,
    gast.Yield: _yield,
    gast.ListComp: comprehension,
    gast.DictComp: _dict_comprehension,
    gast.SetComp: _set_comprehension,
    gast.Set: _set,
    gast.GeneratorExp: _generator,
}

__all__ = [
    "GETITEM", "elements", "get_attribute", "get_item", "item_ref", "length", "lower",
    "mapping_keys", "operate", "operation", "view_or_value",
]  # fmt: skip

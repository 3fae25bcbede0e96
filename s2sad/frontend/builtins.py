"""Calls that the frontend understands itself: they concern structure, not numbers.

`range`, `len`, `zip`, `isinstance`, list methods and their like; each either is done when
compiling or becomes a structural operation.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, ItemsView, KeysView, Sequence, ValuesView
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.infer import type_of
from s2sad.frontend.context import Context, add, refuse, wrap
from s2sad.frontend.outputs import write_whole
from s2sad.frontend.references import (
    atom_of,
    extended,
    type_at,
)
from s2sad.frontend.state import may_share, relate
from s2sad.frontend.values import (
    Abstract,
    Closure,
    Items,
    Iteration,
    Known,
    Listing,
    Mapping,
    Method,
    Ref,
    Slice,
    Value,
)
from s2sad.ir.data import Atom, IndexStep, Op, Var
from s2sad.ir.ops import RANGE_OP, SCATTER_ADD
from s2sad.ir.types import (
    ARRAY,
    NP,
    PY,
    RANGE,
    Lst,
    Num,
    Obj,
    Opaque,
    Tup,
    Type,
)
from s2sad.request import NeedStatic
from s2sad.rules import facts
from s2sad.runtime.helpers import stop_gradient

Keywords = dict[str, Abstract]
PRINT = Op("print", print, "call", None, "fresh", "outside")
STOP = Op("stop_gradient", stop_gradient, "call", stop_gradient, "either", "pure")
Special = Callable[[Context, list[Abstract], Keywords, str, Any], Abstract]


def need_static(ctx: Context, atom: Atom) -> None:
    """Asks for compilation again with an integer parameter known, if that is what is missing."""
    if isinstance(atom, Var) and isinstance(atom.type, Num) and atom.type.is_python:
        value = atom.type.value
        if value is not None and len(value.terms) == 1 and "." not in value.terms[0][0]:
            name = value.terms[0][0]
            if name.isidentifier():
                raise NeedStatic(name)


def _only_positional(ctx: Context, keywords: Keywords, name: str, node: Any) -> None:
    if keywords:
        refuse(
            ctx,
            "S202",
            f"{name}() with `{next(iter(keywords))}=` can't be differentiated yet",
            node,
        )


def _range(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    bounds = {1: [Known(0), *args, Known(1)], 2: [*args, Known(1)], 3: args}.get(len(args))
    if bounds is None:
        refuse(ctx, "S405", "range expects 1 to 3 arguments", node)
    known = [b.value for b in bounds if isinstance(b, Known)]
    if len(known) == 3 and all(type(b) is int for b in known) and known[2]:
        return Known(range(*known))
    return range_value(ctx, bounds, hint, node)


def range_value(ctx: Context, bounds: Sequence[Abstract], hint: str, node: Any) -> Value:
    """A range at run time."""
    atoms = tuple(atom_of(ctx, b, "bound", node) for b in bounds)
    return Value(add(ctx, RANGE_OP, atoms, RANGE, hint, node))


def _slice(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    bounds = {1: [Known(None), *args], 2: args, 3: args}.get(len(args))
    if bounds is None:
        refuse(ctx, "S405", "slice expects 1 to 3 arguments", node)
    return Slice(*bounds, *[Known(None)] * (3 - len(bounds)))


def _len(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    from s2sad.frontend.access import length

    return length(ctx, args[0], hint, node)


def _ndindex(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.access import elements

    lengths = elements(ctx, args[0]) if len(args) == 1 else None
    return Iteration("ndindex", tuple(args) if lengths is None else lengths)


def _ndenumerate(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kind = type_at(ctx, args[0], node)
    if not (isinstance(kind, Num) and kind.is_array and kind.shape is not None):
        refuse(ctx, "S101", "np.ndenumerate of this can't be differentiated", node)
    return Iteration("ndenumerate", (args[0],))


def _isinstance(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    value, classes = args
    if not isinstance(classes, (Known, Items)):
        refuse(ctx, "S405", "the classes of isinstance must be known when compiling", node)
    wanted = (
        tuple(c.value for c in classes.items if isinstance(c, Known))
        if isinstance(classes, Items)
        else classes.value
    )
    answers = {issubclass(cls, wanted) for cls in _classes(ctx, value, node)}
    if len(answers) != 1:
        refuse(ctx, "S405", "whether this is an instance depends on the path taken", node)
    return Known(answers.pop())


def _classes(ctx: Context, value: Abstract, node: Any) -> list[type]:
    """The classes that a value may have."""
    if isinstance(value, Known):
        return [type(value.value)]
    if isinstance(value, Closure):
        return [type(_classes)]
    kind = type_at(ctx, value, node)
    if isinstance(kind, Num):
        if kind.dtype is None:
            refuse(ctx, "S405", "the class of this value isn't known when compiling", node)
        dtype = np.dtype(kind.dtype)
        of_form: dict[str, type] = {
            ARRAY: np.ndarray,
            NP: dtype.type,
            PY: {"b": bool, "i": int, "f": float, "c": complex}.get(dtype.kind, int),
        }
        return [of_form[form] for form in sorted(kind.forms)]
    if isinstance(kind, Obj):
        return [kind.cls]
    if isinstance(kind, Tup):
        return [kind.cls or tuple]
    table: dict[str, type] = {"Lst": list, "Dct": dict}
    return [table.get(type(kind).__name__, object)]


def _print(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    atoms = tuple(atom_of(ctx, a, "", node) for a in args)
    static = tuple((k, v.value) for k, v in keywords.items() if isinstance(v, Known))
    add(ctx, PRINT, atoms, Opaque("None"), "", node, static)
    return Known(None)


def _hasattr(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    value, name = args
    assert isinstance(name, Known)
    return Known(all(hasattr(cls, name.value) for cls in _classes(ctx, value, node)))


def _type(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    classes = _classes(ctx, args[0], node)
    if len(classes) != 1:
        refuse(ctx, "S405", "the class of this value depends on the path taken", node)
    return Known(classes[0])


def _float(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.functions import call_library

    if args and isinstance(args[0], Value) and args[0].atom.type == Num(frozenset({PY}), "float64"):
        return args[0]
    if not args:
        return Known(0.0)
    if isinstance(args[0], Known):
        return Known(float(args[0].value))
    return call_library(ctx, float, args, keywords, hint, node)


def _stop_gradient(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    atom = atom_of(ctx, args[0], "", node)
    result = wrap(ctx, add(ctx, STOP, (atom,), type_of(atom), hint, node), node)
    if isinstance(args[0], Ref) and isinstance(result, Ref):
        relate(ctx.state, args[0].location, result.location)
    return result


def _add_at(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`np.add.at(x, index, v)`: an addition where repeated indices add up."""
    return _scatter(ctx, args, node, negative=False)


def _subtract_at(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return _scatter(ctx, args, node, negative=True)


def _scatter(ctx: Context, args: list[Abstract], node: Any, *, negative: bool) -> Abstract:
    from s2sad.frontend.access import item_ref
    from s2sad.frontend.expressions import operate
    from s2sad.frontend.references import _store
    from s2sad.ir.ops import OPERATORS

    target, index, value = args
    if not isinstance(target, Ref):
        refuse(ctx, "S405", "np.add.at needs an array to write to", node)
    if negative:
        value = operate(ctx, OPERATORS["neg"], [value], "", node)
    _store(
        ctx,
        item_ref(ctx, target, index, node),
        atom_of(ctx, value, "", node),
        SCATTER_ADD,
        (),
        node,
    )
    return Known(None)


def _is_constant(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """Whether a rule's operand is a Python number known when compiling."""
    return Known(isinstance(args[0], Known))


def _is_python(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kind = type_at(ctx, args[0], node)
    return Known(isinstance(kind, Num) and kind.is_python)


def _division_may_raise(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kinds = [type_at(ctx, a, node) for a in args]
    python = all(isinstance(k, Num) and PY in k.forms for k in kinds)
    return Known(python and not _is_nonzero(args[1], kinds[1]))


def _is_nonzero(value: Abstract, kind: Type) -> bool:
    if isinstance(value, Known):
        return bool(value.value != 0)
    length = kind.value if isinstance(kind, Num) else None
    return length is not None and length.least is not None and length.least > 0


def _same_shape(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    a, b = (type_at(ctx, value, node) for value in args)
    if not (isinstance(a, Num) and isinstance(b, Num)) or a.shape is None:
        return Known(False)
    return Known(a.shape == b.shape)


def _repeats(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    parts = args[0].items if isinstance(args[0], Items) else (args[0],)
    return Known(any(_may_repeat(ctx, part, node) for part in parts))


def _shares(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    return Known(may_share(ctx.state, args[0], args[1]))


def _may_repeat(ctx: Context, part: Abstract, node: Any) -> bool:
    if isinstance(part, (Known, Slice)):
        return isinstance(part, Known) and isinstance(part.value, (tuple, list))
    kind = type_at(ctx, part, node)
    return not isinstance(kind, Num) or (kind.may_be_array and kind.dtype != "bool")


def _rank(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    found = _rank_of(type_at(ctx, args[0], node))
    if found is not None:
        return Known(found)
    from s2sad.frontend.functions import call_library

    return call_library(ctx, np.ndim, args, keywords, hint, node)


def _rank_of(kind: Type) -> int | None:
    """The rank of what NumPy makes of a number, an array, or nested sequences of these."""
    if isinstance(kind, Num):
        return None if kind.shape is None else len(kind.shape)
    item = (
        kind.item
        if isinstance(kind, Lst)
        else kind.items[0]
        if (isinstance(kind, Tup) and kind.items)
        else None
    )
    below = None if item is None else _rank_of(item)
    return None if below is None else below + 1


def _shape(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.access import get_attribute

    kind = type_at(ctx, args[0], node)
    if isinstance(kind, Num) and not kind.may_be_array:
        return Items(())
    if isinstance(kind, Num) and kind.is_array:
        return get_attribute(ctx, args[0], "shape", hint, node)
    from s2sad.frontend.functions import call_library

    return call_library(ctx, np.shape, args, keywords, hint, node)


def _size(ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any) -> Abstract:
    from s2sad.frontend.access import get_attribute

    kind = type_at(ctx, args[0], node)
    if isinstance(kind, Num) and not kind.may_be_array:
        return Known(1)
    if isinstance(kind, Num) and kind.is_array and len(args) == 1:
        return get_attribute(ctx, args[0], "size", hint, node)
    from s2sad.frontend.functions import call_library

    return call_library(ctx, np.size, args, keywords, hint, node)


def _is_complex(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    kind = type_at(ctx, args[0], node)
    if isinstance(kind, Num) and kind.dtype is not None:
        return Known(np.dtype(kind.dtype).kind == "c")
    from s2sad.frontend.functions import call_library

    return call_library(ctx, np.iscomplexobj, args, keywords, hint, node)


SPECIAL: dict[Any, Special] = {
    range: _range,
    slice: _slice,
    len: _len,
    isinstance: _isinstance,
    print: _print,
    hasattr: _hasattr,
    type: _type,
    float: _float,
    np.add.at: _add_at,
    np.ndim: _rank,
    stop_gradient: _stop_gradient,
    np.shape: _shape,
    np.size: _size,
    np.iscomplexobj: _is_complex,
    np.ndindex: _ndindex,
    np.ndenumerate: _ndenumerate,
    facts.is_constant: _is_constant,
    facts.is_python: _is_python,
    facts.division_may_raise: _division_may_raise,
    facts.same_shape: _same_shape,
    facts.repeats: _repeats,
    facts.shares: _shares,
    np.subtract.at: _subtract_at,
}


def install(function: Any, special: Special) -> None:
    """Lets the frontend understand one more function itself."""
    SPECIAL[function] = special


# -- methods of containers and arrays

MethodCall = Callable[[Context, Method, list[Abstract], Keywords, str, Any], Abstract]


# Methods of arrays that write, or whose result depends on more than values.
REFUSED_METHODS = {
    "partition": (
        "S204",
        "the order of all elements but one is left open",
        "x.sort()",
    ),
    "resize": (
        "S305",
        "other names would see the array change its length",
        "np.resize(x, n)",
    ),
    "itemset": ("S204", "NumPy has no such method any more", "x[i] = value"),
    "setflags": ("S204", "what may be written is decided when compiling", "leave it out"),
    "byteswap": ("S204", "it reads the bytes of numbers as other numbers", "leave it out"),
}
WRITING_METHODS = frozenset({"fill", "sort", "put", "view", "astype", *REFUSED_METHODS})


# Methods of containers, by the kind of container: entered by the modules that know them.
CONTAINERS: dict[str, MethodCall] = {}


def method_of(ctx: Context, callee: Method) -> MethodCall | None:
    """What a method of a container, or a writing method of an array, does."""
    receiver = callee.receiver
    if isinstance(receiver, Known):
        return _known_method
    if isinstance(receiver, Ref) and not receiver.path:
        content = ctx.state.heap[receiver.location]
        if isinstance(content, Listing):
            return CONTAINERS["list"]
        if isinstance(content, Mapping):
            return CONTAINERS["dict"]
    kind = type_at(ctx, receiver)
    if isinstance(kind, Lst):
        return CONTAINERS["list"]
    if isinstance(receiver, Items) and callee.name in ("_replace", "_asdict", "index", "count"):
        return CONTAINERS["tuple"]
    if callee.name == "fill":
        return _fill
    if callee.name == "sort":
        return _sort
    if callee.name == "put":
        return _put
    if callee.name == "view":
        return _view
    if callee.name in REFUSED_METHODS:
        return _refused_method
    if callee.name == "astype":
        return _astype
    return None


def _known_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.functions import static_value

    assert isinstance(callee.receiver, Known)
    held = callee.receiver.value
    if isinstance(held, (set, dict, list)) and callee.name not in READING_METHODS:
        refuse(
            ctx,
            "S204",
            f"the method `.{callee.name}` of a {type(held).__name__} can't be differentiated yet",
            node,
            note="sets and counters are constants here",
        )
    values = [static_value(ctx, a, node) for a in args]
    named = {k: static_value(ctx, v, node) for k, v in keywords.items()}
    try:
        found = getattr(held, callee.name)(*values, **named)
    except Exception as error:
        refuse(ctx, "S405", f"{type(error).__name__}: {error}", node, note="as Python would")
    return Known(tuple(found) if isinstance(found, _VIEWS) else found)


_VIEWS = (KeysView, ValuesView, ItemsView)
# Methods of sets, dicts and counters that change nothing.
READING_METHODS = frozenset({
    "union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset",
    "isdisjoint", "copy", "get", "keys", "values", "items", "most_common", "total", "index",
    "count",
})  # fmt: skip


def _refused_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    code, reason, way_out = REFUSED_METHODS[callee.name]
    refuse(
        ctx,
        code,
        f"the method `.{callee.name}` can't be differentiated",
        node,
        note=reason,
        help=way_out,
    )


def _put(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.functions import call_node

    return call_node(ctx, Known(np.put), [callee.receiver, *args], keywords, hint, node)


def _view(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`x.view()`: the same elements by another name."""
    assert isinstance(callee.receiver, Ref)
    if args or keywords:
        refuse(
            ctx,
            "S204",
            "`.view` as another type can't be differentiated",
            node,
            note="it reads the bytes of numbers as other numbers",
            help="x.astype(...)",
        )
    return extended(callee.receiver, IndexStep((Ellipsis,)), ())


def _fill(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    assert isinstance(callee.receiver, Ref)
    write_whole(ctx, callee.receiver, args[0], node)
    return Known(None)


def _sort(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`x.sort()`: the sorted values are written over the old ones."""
    from s2sad.frontend.functions import call_library

    assert isinstance(callee.receiver, Ref)
    result = call_library(ctx, np.sort, [callee.receiver, *args], keywords, "", node)
    write_whole(ctx, callee.receiver, result, node)
    return Known(None)


def _astype(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    from s2sad.frontend.functions import apply_library, static_value
    from s2sad.frontend.library import method

    op = method("astype")
    assert op is not None
    dtype = args[0] if args else keywords.pop("dtype")
    copy = keywords.pop("copy", Known(True))
    _only_positional(ctx, keywords, "astype", node)
    value = static_value(ctx, dtype, node)
    static = {} if static_value(ctx, copy, node) else {"copy": False}
    return apply_library(
        ctx,
        _cast(op, "either" if static else "fresh"),
        [callee.receiver, Known(value)],
        static,
        hint,
        node,
    )


@functools.cache
def _cast(op: Op, result: str) -> Op:
    """`.astype`, which says whether it copies."""
    return replace(op, result=result)


def call_gradient(
    ctx: Context, gradient: Any, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`grad(f)(x)` inside a differentiated function."""
    refuse(
        ctx,
        "S105",
        "a gradient inside a differentiated function isn't supported yet",
        node,
        help="differentiate from outside: grad(grad(f))",
    )

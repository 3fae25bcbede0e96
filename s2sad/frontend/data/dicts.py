"""Methods of dicts whose keys are known when compiling, and of named tuples."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.data.iterables import spread
from s2sad.frontend.data.keys import Pairs, key_of, pairs_of
from s2sad.frontend.dispatch import methods_of, special
from s2sad.frontend.operations.constants import static_value
from s2sad.frontend.state.context import Context, location, refuse
from s2sad.frontend.state.values import Abstract, Items, Keywords, Known, Mapping, Method, Ref
from s2sad.frontend.state.writes import replace_content


@special(dict)
def make_dict(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`dict(...)`."""
    pairs: Pairs = {}
    for value in args:
        pairs |= pairs_of(ctx, value, node)
    return location(ctx, Mapping(tuple((pairs | keywords).items())))


@special(dict.fromkeys)
def from_keys(
    ctx: Context, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`dict.fromkeys(keys, value)`."""
    value = args[1] if len(args) > 1 else Known(None)
    keys = [key_of(ctx, key, node) for key in spread(ctx, args[0], node)]
    return location(ctx, Mapping(tuple((key, value) for key in keys)))


@methods_of("dict")
def mapping_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`d.get(key)` and its like."""
    assert isinstance(callee.receiver, Ref)
    number, name = callee.receiver.location, callee.name
    content = ctx.state.heap[number]
    assert isinstance(content, Mapping)
    pairs = dict(content.items)
    if name == "keys":
        return Items(tuple(Known(k) for k in pairs))
    if name == "values":
        return Items(tuple(pairs.values()))
    if name == "items":
        return Items(tuple(Items((Known(k), v)) for k, v in pairs.items()))
    if name == "copy":
        return location(ctx, content)
    result: Abstract = Known(None)
    if name == "update":
        for other in args:
            pairs |= pairs_of(ctx, other, node)
        pairs |= keywords
    elif name == "clear":
        pairs = {}
    elif name in ("get", "pop", "setdefault"):
        result = _keyed(ctx, name, pairs, args, node)
        if name == "get":
            return result
    elif name == "popitem" and pairs:
        key, value = pairs.popitem()
        result = Items((Known(key), value))
    else:
        refuse(ctx, "S204", f"the dict method `.{name}` can't be differentiated yet", node)
    replace_content(ctx, number, Mapping(tuple(pairs.items())), node)
    return result


def _keyed(ctx: Context, name: str, pairs: Pairs, args: list[Abstract], node: Any) -> Abstract:
    key = key_of(ctx, args[0], node)
    default = args[1] if len(args) > 1 else Known(None)
    if name == "setdefault":
        return pairs.setdefault(key, default)
    if name == "pop":
        if key not in pairs and len(args) < 2:
            no_key(ctx, key, node)
        return pairs.pop(key, default)
    return pairs.get(key, default)


def no_key(ctx: Context, key: Any, node: Any) -> None:
    """Refuses a key that the dict doesn't have."""
    refuse(
        ctx,
        "S405",
        f"the dict has no key {key!r} here",
        node,
        note="Python would raise KeyError",
    )


def delete_key(ctx: Context, receiver: Ref, index: Abstract, node: Any) -> None:
    """`del d[key]`."""
    mapping_method(ctx, Method(receiver, "pop"), [index], {}, "", node)


# -- named tuples


@methods_of("tuple")
def tuple_method(
    ctx: Context, callee: Method, args: list[Abstract], keywords: Keywords, hint: str, node: Any
) -> Abstract:
    """`p._replace(x=1.0)`, `p._asdict()`, and `index` and `count` of tuples of constants."""
    value: Any = callee.receiver
    fields = value.cls._fields if value.cls is not None else ()
    if callee.name == "_replace":
        pairs = dict(zip(fields, value.items, strict=True))
        if not set(keywords) <= set(fields):
            refuse(ctx, "S405", "_replace() got a field that there isn't", node)
        return Items(tuple((pairs | keywords).values()), value.cls)
    if callee.name == "_asdict":
        return location(ctx, Mapping(tuple(zip(fields, value.items, strict=True))))
    constants = static_value(ctx, Items(value.items), node)
    return Known(getattr(constants, callee.name)(static_value(ctx, args[0], node)))

"""Statements: one function for each kind of syntax node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from s2sad.frontend.branches import branch, end_here, test_atom
from s2sad.frontend.context import (
    Bottomed,
    Context,
    Poisoned,
    Refused,
    add,
    location,
    place,
    refuse,
)
from s2sad.frontend.drafts import Draft, Leave, Scope
from s2sad.frontend.expressions import (
    _BINARY,
    binary,
    get_attribute,
    get_item,
    item_ref,
    known_truth,
    lower,
    lower_index,
    operate,
    view_or_value,
)
from s2sad.frontend.functions import call_node, make_closure
from s2sad.frontend.guards import Jump, catcher
from s2sad.frontend.hooks import ask
from s2sad.frontend.imports import lower_import, lower_import_from
from s2sad.frontend.links import stamp
from s2sad.frontend.liveness import assigned, reads
from s2sad.frontend.loops import lower_for, lower_while, static_elements
from s2sad.frontend.matching import lower_match
from s2sad.frontend.outputs import check_cast, check_overlap, set_array_attribute, write_whole
from s2sad.frontend.references import (
    atom_of,
    increment,
    replace_content,
    type_at,
    write,
)
from s2sad.frontend.sharing import hold, holds_arrays, pack_list, settle, settled, unlisted
from s2sad.frontend.tries import (
    is_tried,
    leave_for,
    lower_jump,
    lower_raise,
    lower_try,
    raise_class,
)
from s2sad.frontend.values import (
    Abstract,
    Attributes,
    Conflict,
    Frame,
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
from s2sad.frontend.withs import lower_with
from s2sad.ir.data import AttributeStep, Op, Origin, Span, Var
from s2sad.ir.ops import OPERATORS
from s2sad.ir.types import Lst, Num, Opaque, Tup
from s2sad.rules.views import is_flat


def lower_body(ctx: Context, frame: Frame, key: tuple[int, str]) -> None:
    """The whole body of a function; what it returns is bound to the hidden name `key`."""
    frame.returned = None
    _RETURN_KEYS[frame.number] = key
    body = frame.node.body
    if not isinstance(body, list):
        ctx.origin = statement_origin(ctx, frame.node.body)
        ctx.state.names[key] = lower(ctx, body, key[1].strip("<>"))
        return
    lower_statements(ctx, body)
    if not ctx.dead:
        ctx.state.names.setdefault(key, Known(None))


_RETURN_KEYS: dict[int, tuple[int, str]] = {}


def lower_statements(ctx: Context, body: Sequence[Any]) -> None:
    """Statements in order; all that is refused in them is collected."""
    for node in body:
        if ctx.dead:
            return
        try:
            lower_statement(ctx, node)
        except Bottomed:
            end_here(ctx)
        except Poisoned:
            _poison(ctx, node)
        except Refused as refused:
            if _raised_for_certain(ctx, refused, node):
                continue
            if ctx.pinned is not None:
                raise
            ctx.diagnostics.append(refused.diagnostic)
            _poison(ctx, node)


def _raised_for_certain(ctx: Context, refused: Refused, node: Any) -> bool:
    """Whether what is refused raises for certain, and a handler that doesn't look at it catches
    it."""
    found = catcher(ctx, refused.raises) if refused.raises is not None else None
    if found is None or refused.raises is None or found[1] in found[0].errors:
        return False
    raise_class(ctx, refused.raises, (), None, node)
    return True


def _poison(ctx: Context, node: Any) -> None:
    """After a refusal the names that the statement would bind are poisoned: what follows is
    still looked at, and what depends on them is passed over in silence."""
    for name in assigned([node]):
        ctx.state.names[(ctx.frame.number, name)] = Conflict(name, "")
    if isinstance(node, gast.Return):
        ctx.state.names[_RETURN_KEYS[ctx.frame.number]] = Conflict("out", "")
        end_here(ctx)


def lower_statement(ctx: Context, node: Any) -> None:
    handler = _HANDLERS.get(type(node))
    ctx.origin = statement_origin(ctx, node)
    ctx.frame.live_now = ctx.frame.live.get(id(node), frozenset()) | _own_reads(node)
    if handler is None:
        _refuse_statement(ctx, node)
    else:
        handler(ctx, node)


def _own_reads(node: Any) -> frozenset[str]:
    if isinstance(node, (gast.For, gast.While, gast.Try)):
        return frozenset()
    if isinstance(node, gast.With):
        return frozenset[str]().union(*(reads(item) for item in node.items))
    return reads(node)


def statement_origin(ctx: Context, node: Any) -> Origin:
    """The origin of a statement: of its header, where it is compound."""
    if ctx.pinned is not None:
        return ctx.pinned
    if ctx.frame.origin is not None:
        return ctx.frame.origin
    end_line, end_column = node.end_lineno, node.end_col_offset
    if isinstance(node, (gast.If, gast.While)):
        end_line, end_column = node.test.end_lineno, node.test.end_col_offset
    elif isinstance(node, gast.For):
        end_line, end_column = node.iter.end_lineno, node.iter.end_col_offset
    elif isinstance(node, gast.Match):
        end_line, end_column = node.subject.end_lineno, node.subject.end_col_offset
    elif isinstance(node, gast.With):
        last = node.items[-1].optional_vars or node.items[-1].context_expr
        end_line, end_column = last.end_lineno, last.end_col_offset
    elif isinstance(node, gast.Try):
        end_line, end_column = node.lineno, node.col_offset + len("try")
    span = Span(node.lineno, node.col_offset, end_line, end_column)
    return Origin(ctx.frame.source, span, span, ctx.sweep, ctx.frame.inlined)


_REFUSALS: dict[str, tuple[str, str, str]] = {
    "TryStar": ("S104", "`except*` can't be differentiated", "use `except`"),
    "AsyncFor": ("S102", "`async for` can't be differentiated", ""),
    "AsyncWith": ("S102", "`async with` can't be differentiated", ""),
    "AsyncFunctionDef": ("S102", "a coroutine can't be differentiated", ""),
    "ClassDef": ("S101", "a class inside a differentiated function isn't supported",
                 "define the class outside"),
}  # fmt: skip


def _refuse_statement(ctx: Context, node: Any) -> None:
    name = type(node).__name__
    code, message, help_text = _REFUSALS.get(
        name, ("S101", f"this statement ({name}) can't be differentiated yet", "")
    )
    refuse(ctx, code, message, node, help=help_text)


# -- assignment


def _assign(ctx: Context, node: Any) -> None:
    value = lower(ctx, node.value, _target_hint(node.targets[0]))
    for target in node.targets:
        assign(ctx, target, value, node)


def _target_hint(target: Any) -> str:
    if isinstance(target, gast.Name):
        return str(target.id)
    if isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
        return f"{target.value.id}.item"
    return ""


def assign(ctx: Context, target: Any, value: Abstract, node: Any) -> None:
    """Binds or writes one target of an assignment."""
    if isinstance(target, gast.Name):
        bind(ctx, target.id, value, target)
    elif isinstance(target, (gast.Tuple, gast.List)):
        _unpack(ctx, target, value, node)
    elif isinstance(target, gast.Subscript):
        base = _written(ctx, target.value)
        set_item(ctx, base, lower_index(ctx, target.slice), value, target)
    elif isinstance(target, gast.Attribute):
        set_attribute(ctx, lower(ctx, target.value, ""), target.attr, value, target)
    else:
        refuse(ctx, "S101", "this target of an assignment isn't supported", target)


def _written(ctx: Context, node: Any) -> Abstract:
    """What is written into: as it is read, but a list of known length that is written at a place
    known at run time only becomes one value."""
    if not isinstance(node, gast.Subscript):
        return lower(ctx, node, "")
    base, index = _written(ctx, node.value), lower_index(ctx, node.slice)
    _pack_for(ctx, base, index, node)
    return get_item(ctx, base, index, "", node)


def _pack_for(ctx: Context, base: Abstract, index: Abstract, node: Any) -> None:
    content = ctx.state.heap[base.location] if isinstance(base, Ref) else None
    if isinstance(content, Listing) and not isinstance(index, (Known, Slice)):
        assert isinstance(base, Ref)
        pack_list(ctx, base, node)


def bind(ctx: Context, name: str, value: Abstract, node: Any) -> None:
    """Binds a name in the scope where Python would bind it."""
    frame = ctx.frame
    if name in frame.globals:
        refuse(
            ctx,
            "S103",
            f"this writes the global `{name}`",
            node,
            note="a gradient must leave globals as they were",
            help="return the value instead",
        )
    if name in frame.nonlocals:
        outer = frame.parent
        while outer is not None and name not in outer.locals:
            outer = outer.parent
        if outer is None:
            refuse(
                ctx,
                "S103",
                f"this writes `{name}` of a function outside",
                node,
                help="return the value instead",
            )
        frame = outer
    _suggest(ctx, name, value)
    ctx.state.names[(frame.number, name)] = value


def _suggest(ctx: Context, name: str, value: Abstract) -> None:
    """A value that has only a name of ours gets the user's, from the first name bound to it."""
    if isinstance(value, Ref) and not value.path:
        content = ctx.state.heap[value.location]
        atom = content.atom if isinstance(content, Whole) else None
    else:
        atom = value.atom if isinstance(value, Value) else None
    if isinstance(atom, Var) and not atom.hint.isidentifier():
        ctx.hints.setdefault(atom, name)


def _unpack(ctx: Context, target: Any, value: Abstract, node: Any) -> None:
    starred = [k for k, t in enumerate(target.elts) if isinstance(t, gast.Starred)]
    items = _unpacked(ctx, value, len(target.elts), bool(starred), node)
    if starred:
        k = starred[0]
        after = len(target.elts) - k - 1
        middle = location(ctx, Listing(tuple(items[k : len(items) - after])))
        items = [*items[:k], middle, *items[len(items) - after :]]
    if len(items) != len(target.elts):
        refuse(
            ctx,
            "S405",
            f"{len(items)} values for {len(target.elts)} targets",
            node,
            note="Python would raise ValueError",
            raises=ValueError,
        )
    if any(isinstance(t, gast.Subscript) for t in target.elts):
        items = unlisted(ctx, items, node)
    for part, item in zip(target.elts, items, strict=True):
        assign(ctx, part.value if isinstance(part, gast.Starred) else part, item, node)


def _unpacked(
    ctx: Context, value: Abstract, count: int, starred: bool, node: Any
) -> list[Abstract]:
    items = static_elements(ctx, value)
    if items is not None:
        return list(items)
    kind = type_at(ctx, value, node)
    if isinstance(kind, Tup):
        count = len(kind.items)
    elif starred or not isinstance(kind, (Lst, Num)):
        refuse(ctx, "S101", "this can't be unpacked: its length isn't known", node)
    return [get_item(ctx, value, Known(k), "", node) for k in range(count)]


def set_item(ctx: Context, base: Abstract, index: Abstract, value: Abstract, node: Any) -> None:
    """`base[index] = value`."""
    if ask("set item", ctx, base, index, value, node) is not None:
        return
    if not isinstance(base, Ref):
        refuse(
            ctx,
            "S103" if isinstance(base, Known) else "S405",
            "this can't be written",
            node,
            note="it is a constant, or comes from outside of the function",
        )
    content = ctx.state.heap[base.location]
    if isinstance(index, Slice) and not base.path and isinstance(type_at(ctx, base), Lst):
        ask("replace slice", ctx, base, index, value, node)
        return
    if not base.path and isinstance(content, (Listing, Mapping)):
        _set_known_item(ctx, base, content, index, value, node)
        return
    if not base.path and holds_arrays(type_at(ctx, base)):
        value = settled(ctx, base.location, value, node)
        atom = atom_of(ctx, value, "", node)
        settle(ctx, base.location, node)
        write(ctx, item_ref(ctx, base, index, node), atom, node)
        hold(ctx, base.location, value)
        return
    if is_flat(base.path):
        check_overlap(ctx, "`.flat`", base, [value], node)
    ref = item_ref(ctx, base, index, node)
    if base.path and isinstance(type_at(ctx, Ref(base.location)), Lst):
        _check_nested(ctx, base, value, node)
    write(ctx, ref, atom_of(ctx, value, "", node), node)


def _check_nested(ctx: Context, base: Ref, value: Abstract, node: Any) -> None:
    """What an array put into a list inside of a list shares memory with isn't followed."""
    if holds_arrays(type_at(ctx, base)) and isinstance(value, Ref):
        refuse(
            ctx,
            "S301",
            "this puts an array into a list inside of a list",
            node,
            note="what else refers to the array isn't followed there",
            help="make the inner list first, and put it into the outer one",
        )


def _set_known_item(
    ctx: Context, base: Ref, content: Listing | Mapping, index: Abstract, value: Abstract, node: Any
) -> None:
    if isinstance(content, Mapping):
        pairs = dict(content.items) | {ask("key", ctx, index, node): value}
        replace_content(ctx, base.location, Mapping(tuple(pairs.items())), node)
        return
    if isinstance(content, Listing) and isinstance(index, Known) and isinstance(index.value, int):
        items = list(content.items)
        if not -len(items) <= index.value < len(items):
            refuse(
                ctx,
                "S405",
                "this index is out of range",
                node,
                note="Python would raise IndexError",
                raises=IndexError,
            )
        items[index.value] = value
        replace_content(ctx, base.location, Listing(tuple(items)), node)
        return
    if isinstance(content, Listing):
        pack_list(ctx, base, node)
        set_item(ctx, base, index, value, node)
        return
    refuse(ctx, "S101", "the key of a dict must be known when compiling", node)


def set_attribute(ctx: Context, base: Abstract, name: str, value: Abstract, node: Any) -> None:
    """`base.name = value`."""
    if isinstance(base, Ref) and isinstance(type_at(ctx, base, node), Num):
        set_array_attribute(ctx, base, name, value, node)
        return
    if isinstance(base, Ref) and not base.path:
        content = ctx.state.heap[base.location]
        if isinstance(content, Attributes):
            ask("set member", ctx, base, name, value, node)
            return
    refuse(
        ctx,
        "S103",
        f"this writes the attribute `{name}` of something outside",
        node,
        note="a gradient must leave the outside as it was",
        help="return the value instead",
    )


def _annotated(ctx: Context, node: Any) -> None:
    if node.value is not None:
        assign(ctx, node.target, lower(ctx, node.value, _target_hint(node.target)), node)


# -- augmented assignment


def _augmented(ctx: Context, node: Any) -> None:
    name = _BINARY[type(node.op)]
    target = node.target
    if isinstance(target, gast.Name):
        current = lower(ctx, _loaded(target), "")
        value = lower(ctx, node.value, f"{target.id}.{name}")
        updated = update(ctx, name, current, value, target.id, node)
        if updated is not None:
            bind(ctx, target.id, updated, target)
        return
    if isinstance(target, gast.Subscript):
        base, index = _written(ctx, target.value), lower_index(ctx, target.slice)
        _pack_for(ctx, base, index, node)
        _augmented_item(ctx, base, index, name, node)
        return
    base = lower(ctx, target.value, "")
    if isinstance(target, gast.Attribute):
        current = get_attribute(ctx, base, target.attr, "", node)
        value = lower(ctx, node.value, f"{target.attr}.{name}")
        updated = update(ctx, name, current, value, target.attr, node)
        if updated is not None:
            set_attribute(ctx, base, target.attr, updated, node)


def _loaded(target: Any) -> Any:
    copy = gast.Name(target.id, gast.Load(), None, None)
    return gast.copy_location(copy, target)


def _augmented_item(ctx: Context, base: Abstract, index: Abstract, name: str, node: Any) -> None:
    hint = _target_hint(node.target)
    if isinstance(base, Ref):
        content = ctx.state.heap[base.location]
        if base.path or isinstance(content, Whole):
            _augmented_element(ctx, base, index, name, hint, node)
            return
    current = get_item(ctx, base, index, "", node)
    value = lower(ctx, node.value, hint)
    updated = update(ctx, name, current, value, hint, node)
    if updated is not None:
        set_item(ctx, base, index, updated, node)


def _augmented_element(
    ctx: Context, base: Ref, index: Abstract, name: str, hint: str, node: Any
) -> None:
    """`x[i] op= e` on an array (or an element of a list)."""
    ref = item_ref(ctx, base, index, node)
    calls = any(isinstance(n, gast.Call) for n in gast.walk(node.value))
    early = view_or_value(ctx, ref, "", node) if calls else None
    before = stamp(ctx.state, base)
    value = lower(ctx, node.value, hint)
    if stamp(ctx.state, base) != before and early is not None and not isinstance(early, Ref):
        # Python reads a single element before it evaluates the right side.
        write(ctx, ref, atom_of(ctx, binary(ctx, name, early, value, hint, node)), node)
        return
    if name in ("add", "sub") and isinstance(type_at(ctx, base), Num):
        sign = "+" if name == "add" else "-"
        increment(ctx, ref, atom_of(ctx, value, "", node), sign, node)
        return
    current = view_or_value(ctx, ref, "", node)
    if isinstance(type_at(ctx, base), Lst):
        updated = update(ctx, name, current, value, hint, node)
        if updated is not None:
            set_item(ctx, base, index, updated, node)
        return
    result = binary(ctx, name, current, value, hint, node)
    kind = type_at(ctx, current)
    if isinstance(kind, Num) and kind.is_array:
        check_cast(ctx, type_at(ctx, result), kind, node)
    write(ctx, ref, atom_of(ctx, result), node)


def update(
    ctx: Context, name: str, current: Abstract, value: Abstract, hint: str, node: Any
) -> Abstract | None:
    """`current op= value`: a new value to bind, or None where it was written in place."""
    asked = ask("in place", ctx, name, current, value, hint, node)
    if asked is not None:
        return asked  # type: ignore[no-any-return]
    if isinstance(current, Ref) and is_flat(current.path):
        return binary(ctx, name, current, value, hint, node)
    if isinstance(current, Ref):
        kind = type_at(ctx, current, node)
        if isinstance(kind, Num):
            return _update_array(ctx, name, current, kind, value, hint, node)
        if isinstance(kind, Lst) and name == "add" and not current.path:
            ask("extend list", ctx, current, value, node)
            return None
        content = ctx.state.heap[current.location]
        if isinstance(content, Mapping) and name == "or_":
            call_node(ctx, Method(current, "update"), [value], {}, "", node)
            return None
        if isinstance(content, (Listing, Mapping)):
            refuse(
                ctx,
                "S101",
                "this augmented assignment of a list or dict isn't supported",
                node,
                help="write it without `=` in the operator",
            )
    return binary(ctx, name, current, value, hint, node)


def _update_array(
    ctx: Context, name: str, current: Ref, kind: Num, value: Abstract, hint: str, node: Any
) -> Abstract | None:
    if not kind.is_array:
        return _update_union(ctx, name, current, value, hint, node)
    if name in ("add", "sub"):
        increment(ctx, current, atom_of(ctx, value, "", node), "+" if name == "add" else "-", node)
        return None
    result = binary(ctx, name, current, value, f"{hint}.{name}", node)
    check_cast(ctx, type_at(ctx, result), kind, node)
    write_whole(ctx, current, result, node)
    return None


def _update_union(
    ctx: Context, name: str, current: Ref, value: Abstract, hint: str, node: Any
) -> Abstract:
    """`acc += x` where acc may be a number or an array: it rebinds, or writes in place. The two
    are the same where nothing else refers to the array."""
    from s2sad.frontend.references import check_target, live_values
    from s2sad.frontend.state import reachable

    check_target(ctx, current.location, node)
    own = [v for v in live_values(ctx) if not (isinstance(v, Ref) and v == current)]
    if current.location in reachable(ctx.state, own) or current.path:
        refuse(
            ctx,
            "S405",
            "this rebinds a number or writes an array, depending on the path",
            node,
            help="write `x = x + ...` if a new value is meant",
        )
    return binary(ctx, name, current, value, hint, node)


# -- control


def _expression(ctx: Context, node: Any) -> None:
    if not isinstance(node.value, gast.Constant):
        lower(ctx, node.value, "")


def _if(ctx: Context, node: Any) -> None:
    test = lower(ctx, node.test, "")
    truth = known_truth(ctx, test)
    if truth is not None:
        lower_statements(ctx, node.body if truth else node.orelse)
        return
    after = ctx.frame.live.get(id(node), frozenset())
    atom = test_atom(ctx, test, node.test)
    origin = ctx.origin

    def arm(body: list[Any]) -> Callable[[], None]:
        def action() -> None:
            lower_statements(ctx, body)
            ctx.frame.live_now = after
            ctx.origin = origin

        return action

    branch(ctx, atom, arm(node.body), arm(node.orelse), node.test)


def leave(ctx: Context, scope: Scope, number: int) -> None:
    """Ends the current block by leaving a scope."""
    end = Leave(scope, number, ctx.state, ctx.draft)
    ctx.draft.end = end
    scope.leaves.append(end)
    ctx.dead = True


def _return(ctx: Context, node: Any) -> None:
    scope = next(s for s in reversed(ctx.scopes) if s.kind in ("loop", "function"))
    if scope.kind == "loop" and not is_tried(ctx):
        # The statement itself is moved behind the loop, under its exit number.
        if node not in scope.returns:
            scope.returns.append(node)
        leave(ctx, scope, 2 + scope.returns.index(node))
        return
    key = _RETURN_KEYS[ctx.frame.number]
    hint = key[1].strip("<>")
    value = lower(ctx, node.value, hint) if node.value is not None else Known(None)
    ctx.state.names[key] = value
    if ctx.scopes[-1] is scope and _at_end(ctx, node):
        ctx.frame.live_now = frozenset()
        return
    leave_for(ctx, "return")


def _at_end(ctx: Context, node: Any) -> bool:
    body = ctx.frame.node.body
    return isinstance(body, list) and body[-1] is node


def _break(ctx: Context, node: Any) -> None:
    leave_for(ctx, "break")


def _continue(ctx: Context, node: Any) -> None:
    leave_for(ctx, "continue")


def _function(ctx: Context, node: Any) -> None:
    """`def`: the decorators are evaluated first, and applied last to first."""
    decorators = [lower(ctx, item) for item in node.decorator_list]
    made: Abstract = make_closure(ctx, node, node.name)
    for decorator, item in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
        made = call_node(ctx, decorator, [made], {}, node.name, item)
    ctx.state.names[(ctx.frame.number, node.name)] = made


def _pass(ctx: Context, node: Any) -> None:
    """`pass`, `global`, `nonlocal`: nothing at run time."""


def _delete(ctx: Context, node: Any) -> None:
    for target in node.targets:
        _delete_target(ctx, target)


def _delete_target(ctx: Context, target: Any) -> None:
    if isinstance(target, gast.Name):
        lower(ctx, _loaded(target))
        ctx.state.names.pop((_owner(ctx, target.id).number, target.id), None)
        return
    if isinstance(target, (gast.Tuple, gast.List)):
        for part in target.elts:
            _delete_target(ctx, part)
        return
    if isinstance(target, gast.Subscript):
        base = lower(ctx, target.value, "")
        if _delete_item(ctx, base, lower_index(ctx, target.slice), target):
            return
    refuse(
        ctx,
        "S101",
        "`del` of this isn't supported",
        target,
        note="names, items of lists and dicts, and what a class defines can be deleted",
    )


def _owner(ctx: Context, name: str) -> Frame:
    """The frame whose name it is."""
    frame: Frame | None = ctx.frame
    if name in ctx.frame.globals:
        refuse(ctx, "S103", f"this deletes the global `{name}`")
    while name in ctx.frame.nonlocals and frame is not None and name not in frame.locals:
        frame = frame.parent
    return frame or ctx.frame


def _delete_item(ctx: Context, base: Abstract, index: Abstract, node: Any) -> bool:
    """`del base[index]`; whether it could be done."""
    if ask("delete item", ctx, base, index, node) is not None:
        return True
    if not isinstance(base, Ref) or base.path:
        return False
    if isinstance(ctx.state.heap[base.location], Mapping):
        ask("delete key", ctx, base, index, node)
        return True
    if isinstance(type_at(ctx, base), Lst):
        ask("delete list item", ctx, base, index, node)
        return True
    return False


def _assert(ctx: Context, node: Any) -> None:
    test = lower(ctx, node.test, "")
    truth = known_truth(ctx, test)
    if truth:
        return
    if node.msg is not None and not isinstance(node.msg, gast.Constant):
        _assert_with_text(ctx, node, test, truth)
        return
    message = lower(ctx, node.msg, "") if node.msg is not None else Known(None)
    atoms = (atom_of(ctx, test, "", node), atom_of(ctx, message, "", node))
    add(ctx, ASSERT, atoms, Opaque("None"), "", node)


def _check(test: Any, message: Any = None) -> None:
    assert test, message


def _assert_with_text(ctx: Context, node: Any, test: Abstract, truth: bool | None) -> None:
    """The message is only made where the assertion fails."""
    origin = ctx.origin

    def fail() -> None:
        ctx.origin = origin
        message = atom_of(ctx, lower(ctx, node.msg), "", node)
        raise_class(ctx, AssertionError, (message,), None, node)

    if truth is False:
        fail()
    else:
        branch(ctx, test_atom(ctx, test, node.test), lambda: None, fail, node.test)


def _for(ctx: Context, node: Any) -> None:
    lower_for(ctx, node, lower_statements)


def _with(ctx: Context, node: Any) -> None:
    lower_with(ctx, node, lower_statements)


def _match(ctx: Context, node: Any) -> None:
    lower_match(ctx, node, lower_statements)


def _try(ctx: Context, node: Any) -> None:
    lower_try(ctx, node, lower_statements)


def _while(ctx: Context, node: Any) -> None:
    lower_while(ctx, node, lower_statements)


ASSERT = Op("assert", _check, "structural", None, "fresh", "outside")

_HANDLERS: dict[type, Callable[[Context, Any], None]] = {
    gast.Assign: _assign,
    gast.AugAssign: _augmented,
    gast.AnnAssign: _annotated,
    gast.Expr: _expression,
    gast.If: _if,
    gast.For: _for,
    gast.While: _while,
    gast.Return: _return,
    gast.Break: _break,
    gast.Continue: _continue,
    gast.FunctionDef: _function,
    gast.Pass: _pass,
    gast.Global: _pass,
    gast.Nonlocal: _pass,
    gast.Delete: _delete,
    gast.Assert: _assert,
    gast.Raise: lower_raise,
    gast.Try: _try,
    gast.With: _with,
    gast.Match: _match,
    gast.Import: lower_import,
    gast.ImportFrom: lower_import_from,
    Jump: lower_jump,
}

__all__ = ["OPERATORS", "AttributeStep", "Draft", "Items", "Unbound", "operate", "place"]

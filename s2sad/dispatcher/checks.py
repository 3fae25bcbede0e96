"""What is asked of arguments, results and seeds: the errors S401, S402 and S403."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.errors import GradientTypeError, type_error
from s2sad.frozen import frozen
from s2sad.ir import types as T
from s2sad.request import Argument


def check_wrt(
    arguments: tuple[Argument, ...], wrt: tuple[int, ...], holomorphic: bool = False
) -> None:
    """Every leaf of what is differentiated for must be a float or a complex number, and a complex
    one for holomorphic functions."""
    for position in wrt:
        argument = arguments[position]
        _check_leaves(argument.name, argument.name, argument.type)
        if holomorphic and isinstance(argument.type, T.Num) and argument.type.dtype in T.FLOATS:
            raise type_error(
                "S414",
                f"holomorphic=True, but the argument {argument.name!r} is real",
                "a holomorphic function takes and gives complex numbers",
                f"pass {argument.name} as complex numbers, or leave holomorphic out",
            )


def _check_leaves(argument: str, path: str, kind: T.Type) -> None:
    if isinstance(kind, T.Tup):
        for k, item in enumerate(kind.items):
            _check_leaves(argument, f"{path}[{k}]", item)
    elif isinstance(kind, T.Lst):
        _check_leaves(argument, f"{path}[*]", kind.item)
    elif isinstance(kind, T.Dct):
        for key, item in kind.items:
            _check_leaves(argument, f"{path}[{key!r}]", item)
    elif isinstance(kind, T.Obj) and kind.items:
        for name, item in kind.items:
            _check_leaves(argument, f"{path}.{name}", item)
    elif not T.is_continuous(kind):
        raise _not_continuous(argument, path, kind)


def _not_continuous(argument: str, path: str, kind: T.Type) -> GradientTypeError:
    where = f"argument {argument!r}" if path == argument else f"{path}, in argument {argument!r},"
    advice = f"leave {argument!r} out of wrt"
    if path != argument:
        advice = f"pass {path} as an argument of its own, which is not in wrt"
    remedy = _remedy(path, kind)
    return type_error(
        "S401",
        f"cannot differentiate with respect to {argument!r}: {where} is {describe(kind)}",
        "a derivative needs values that can change by a little",
        f"{remedy}, or {advice}" if remedy else advice,
    )


def _remedy(path: str, kind: T.Type) -> str:
    if not isinstance(kind, T.Num):
        return ""
    if kind.is_array:
        return f"pass {path}.astype(np.float64)"
    return f"pass float({path})" if kind.dtype != "bool" else ""


def describe(kind: T.Type) -> str:
    """A type in the words of a user."""
    if isinstance(kind, T.Static):
        if isinstance(kind.value, (int, float, complex, str, bytes)):
            return f"{_article(type(kind.value).__name__)} ({kind.value!r})"
        return "None" if kind.value is None else _article(type(kind.value).__name__)
    if isinstance(kind, T.Num):
        return _describe_number(kind)
    if isinstance(kind, T.Tup):
        return f"a tuple of {len(kind.items)}"
    names = {T.Lst: "a list", T.Dct: "a dict", T.Bottom: "nothing"}
    if isinstance(kind, T.Obj):
        return _article(kind.cls.__name__)
    if isinstance(kind, T.Opaque):
        return "None" if kind == T.NONE else _article(kind.name)
    return names.get(type(kind), str(kind))


def _describe_number(kind: T.Num) -> str:
    if kind.is_python and kind.dtype is not None:
        return _article(
            {"int64": "int", "float64": "float", "complex128": "complex"}.get(
                kind.dtype, kind.dtype
            )
        )
    if kind.may_be_array and kind.shape != ():
        return f"an array of {kind.dtype or 'unknown dtype'}"
    return f"a NumPy {kind.dtype or 'number'}"


def _article(word: str) -> str:
    return f"{'an' if word[:1] in 'aeiouAEIOU' else 'a'} {word}"


def check_result(
    kind: T.Type, function: str, sizes: dict[str, int], holomorphic: bool = False
) -> None:
    """A gradient is of one real number, or of one complex number that is a holomorphic function.
    sizes: what the symbols of lengths stand for."""
    problem = _problem(kind, sizes, holomorphic)
    if problem is not None:
        message, note, help = problem
        raise type_error("S402", f"the result of {function} is {message}", note, help)


def _problem(kind: T.Type, sizes: dict[str, int], holomorphic: bool) -> tuple[str, str, str] | None:
    if isinstance(kind, T.Bottom):
        return None
    if kind == T.NONE or (isinstance(kind, T.Static) and kind.value is None):
        note = "a gradient is of the value that is returned, not of arguments that are written"
        return "None", note, "return the number that is to be differentiated"
    if not isinstance(kind, T.Num):
        return describe(kind), "a gradient is of one number", _way_out()
    if kind.shape != ():
        return _shaped(kind.shape, sizes), "a gradient is of one number", _way_out()
    if holomorphic and kind.dtype in T.FLOATS:
        return "real", "holomorphic=True is for functions with complex values", "leave it out"
    if kind.dtype in T.COMPLEXES and not holomorphic:
        help = "return its .real, .imag or abs, or pass holomorphic=True if the function is that"
        return "complex", "a gradient is of a real number", help
    if not kind.is_continuous:
        return f"{describe(kind)}, not a float", "its derivative is zero or undefined", ""
    return None


def _way_out() -> str:
    return (
        "return np.sum(...) of it, or use s2sad.jacobian for all derivatives of an array, "
        "s2sad.vjp for one combination of them"
    )


def _shaped(shape: tuple[T.Dim, ...] | None, sizes: dict[str, int]) -> str:
    if shape is None:
        return "an array whose rank is not known"
    lengths = [_evaluated(dim, sizes) for dim in shape]
    return f"an array of shape ({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"


def _evaluated(dim: T.Dim, sizes: dict[str, int]) -> str:
    if any(symbol not in sizes for symbol, _ in dim.terms):
        return str(dim)
    return str(dim.constant + sum(factor * sizes[symbol] for symbol, factor in dim.terms))


def sizes_of(values: dict[str, Any]) -> dict[str, int]:
    """What the symbols of lengths of plain arguments stand for."""
    sizes = {}
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            sizes.update({f"{name}.{k}": n for k, n in enumerate(value.shape)})
        elif type(value) is int:
            sizes[name] = value
    return sizes


@frozen
class Shaped:
    """What is kept of an array."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def template_of(value: Any) -> Any:
    """The structure, shapes and dtypes of a value, without its memory."""
    if isinstance(value, np.ndarray):
        return Shaped(value.shape, value.dtype)
    if isinstance(value, (tuple, list)):
        items = [template_of(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: template_of(item) for key, item in value.items()}
    return value


@dataclass(frozen=True)
class Words:
    """How an error speaks of what doesn't fit its value."""

    code: str
    name: str
    note: str
    help: str


SEED = Words(
    "S403",
    "seed",
    "the seed of a pullback has the structure and the shapes of the value",
    "pass np.ones_like(out) for the gradient of the sum of the value's elements",
)

TANGENT = Words(
    "S403",
    "tangent",
    "a tangent has the structure and the shapes of its argument",
    "pass np.ones_like(x) for the derivative by a common shift of the elements of x",
)


def project_seed(seed: Any, value: Any, path: str = "out", words: Words = SEED) -> Any:
    """A seed or a tangent, in the structure, shape, dtype and kind of the value, of which
    `value` is the template."""
    if _fits(seed, value):
        return seed
    if type(seed) is float and isinstance(value, np.floating):
        return type(value)(seed)
    if isinstance(value, (tuple, list)):
        _check_sequence(seed, value, path, words)
        pairs = enumerate(zip(seed, value, strict=True))
        items = [project_seed(s, v, f"{path}[{k}]", words) for k, (s, v) in pairs]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        if not isinstance(seed, dict) or list(seed) != list(value):
            raise _seed_error(words, path, f"is no dict with the keys {list(value)}")
        return {k: project_seed(seed[k], v, f"{path}[{k!r}]", words) for k, v in value.items()}
    if isinstance(value, (float, complex, np.generic, Shaped)):
        return _project_array(seed, value, path, words)
    return seed


def _fits(seed: Any, value: Any) -> bool:
    """Whether a seed is plainly what it has to be."""
    if type(seed) is np.ndarray and type(value) is Shaped:
        return bool(seed.dtype == value.dtype and seed.shape == value.shape)
    return type(seed) is type(value) is float


def _check_sequence(seed: Any, value: Any, path: str, words: Words) -> None:
    if not isinstance(seed, (tuple, list)) or len(seed) != len(value):
        raise _seed_error(words, path, f"is no {type(value).__name__} of {len(value)} elements")


def _project_array(seed: Any, value: Any, path: str, words: Words) -> Any:
    array = np.asarray(seed)
    target = value if isinstance(value, Shaped) else np.asarray(value)
    if target.dtype.kind not in "fc":
        return seed
    if array.dtype.kind not in "biufc":
        raise _seed_error(words, path, f"has dtype {array.dtype}, not {target.dtype}")
    if array.dtype.kind == "c" and target.dtype.kind == "f":
        raise _seed_error(words, path, "is complex, but the value is real")
    if array.shape != target.shape:
        raise _seed_error(
            words, path, f"has shape {array.shape}, but the value has shape {target.shape}"
        )
    if isinstance(value, Shaped):
        return array.astype(target.dtype, copy=False)
    return type(value)(array[()])


def _seed_error(words: Words, path: str, problem: str) -> GradientTypeError:
    name = words.name if path == "out" else f"{words.name} of {path}"
    return type_error(words.code, f"the {name} {problem}", words.note, words.help)

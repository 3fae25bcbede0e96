"""A function made again with other modules in place of `np` and `math`.

The code object is the user's own; its globals, closure cells and defaults are converted, and so
are the functions, classes and modules that it reaches through them. What is converted once stays
the same object, so that recursion, aliases and late binding of cells work.
"""

from __future__ import annotations

import builtins
import enum
import functools
import math
import types
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from tests.oracles import trees


class Namespace:
    """A stand-in module: what it lacks is an error that names it."""

    def __init__(self, name: str, table: Mapping[str, Any]) -> None:
        self.__dict__.update(table)
        self.__dict__["__name__"] = name

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the oracle has no {self.__dict__['__name__']}.{name}")


def _own_module(module: types.ModuleType) -> bool:
    file = getattr(module, "__file__", None) or ""
    return bool(file) and "site-packages" not in file and "/lib/python" not in file


def names_read(code: types.CodeType) -> set[str]:
    """The global names and attributes that a code object and those inside it mention."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= names_read(constant)
    return found


class Recreation:
    """Converts values once each. leaf: what becomes of arrays and numbers."""

    def __init__(
        self,
        modules: Mapping[Any, Any],
        functions: Mapping[int, Any],
        names: Mapping[str, Any],
        leaf: Callable[[Any], Any],
    ) -> None:
        self.modules = modules
        self.functions = functions
        self.builtins = {**vars(builtins), **names}
        self.leaf = leaf
        self.memo: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        if id(value) in self.memo:
            return self.memo[id(value)][1]
        made = self._made(value)
        self.memo[id(value)] = (value, made)
        return made

    def _keep(self, value: Any, made: Any) -> Any:
        self.memo[id(value)] = (value, made)
        return made

    def _made(self, value: Any) -> Any:
        if id(value) in self.functions:
            return self.functions[id(value)]
        if isinstance(value, types.ModuleType):
            return self._module(value)
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.MethodType):
            return types.MethodType(self(value.__func__), self(value.__self__))
        if isinstance(value, functools.partial):
            return functools.partial(self(value.func), *self(value.args), **self(value.keywords))
        if isinstance(value, type):
            return self._class(value) if _own_class(value) else value
        return self._data(value)

    def _data(self, value: Any) -> Any:
        if type(value) is list:
            made: Any = self._keep(value, [])
            made.extend(self(item) for item in value)
            return made
        if type(value) is dict:
            made = self._keep(value, {})
            made.update((key, self(item)) for key, item in value.items())
            return made
        if isinstance(value, tuple):
            items = [self(item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        if _own_class(type(value)):
            return self._instance(value)
        return self.leaf(value)

    def _module(self, module: types.ModuleType) -> Any:
        if module in self.modules:
            return self.modules[module]
        return _Lazy(module, self) if _own_module(module) else module

    def _function(self, function: types.FunctionType) -> Any:
        space = {"__builtins__": self.builtins, "__name__": function.__module__}
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        made = types.FunctionType(function.__code__, space, function.__name__, None, cells)
        self._keep(function, made)
        for name in sorted(names_read(function.__code__)):
            if name in function.__globals__:
                space[name] = self(function.__globals__[name])
            elif name in self.builtins:
                continue
        for cell, old in zip(cells, function.__closure__ or (), strict=True):
            cell.cell_contents = self(old.cell_contents)
        made.__defaults__ = self(function.__defaults__) if function.__defaults__ else None
        made.__dict__.update((k, self(v)) for k, v in vars(function).items() if k != "__wrapped__")
        made.__kwdefaults__ = self(function.__kwdefaults__) if function.__kwdefaults__ else None
        return made

    def _class(self, kind: type) -> type:
        """The class made again: its bases, and what its namespace holds in Python."""
        if issubclass(kind, enum.Enum):
            return kind
        bases = tuple(self(base) for base in kind.__bases__)
        own = {k: v for k, v in vars(kind).items() if not isinstance(v, _MADE_BY_TYPE)}
        if bases == kind.__bases__ and not any(_holds_code(item) for item in own.values()):
            return kind
        own.pop("__dict__", None)
        own.pop("__weakref__", None)
        made = self._keep(kind, type(kind)(kind.__name__, bases, own))
        for name, item in own.items():
            if _holds_code(item):
                setattr(made, name, self._member(item))
        return cast(type, made)

    def _member(self, item: Any) -> Any:
        """A function of a class, or what wraps one, made again."""
        if isinstance(item, staticmethod | classmethod):
            return type(item)(self(item.__func__))
        if isinstance(item, property):
            return property(*(f and self(f) for f in (item.fget, item.fset, item.fdel)))
        if isinstance(item, functools.cached_property):
            made = functools.cached_property(self(item.func))
            made.__set_name__(made, str(item.attrname))  # type: ignore[arg-type]
            return made
        return self(item)

    def _instance(self, value: Any) -> Any:
        kind = self(type(value))
        make = object.__new__ if kind.__new__ is object.__new__ else kind.__new__
        made = self._keep(value, make(kind))
        for name, item in trees.attributes(value).items():
            object.__setattr__(made, name, self(item))
        return made


# What `type` puts into a class by itself: slots.
_MADE_BY_TYPE = (types.MemberDescriptorType,)
_WRAPPERS = (staticmethod, classmethod, property, functools.cached_property)


def _holds_code(item: Any) -> bool:
    if isinstance(item, _WRAPPERS):
        return True
    return isinstance(item, types.FunctionType) and _user_code(item)


def _user_code(function: types.FunctionType) -> bool:
    return not function.__code__.co_filename.startswith("<")


def _own_class(kind: type) -> bool:
    import sys

    module = sys.modules.get(kind.__module__)
    return module is not None and (_own_module(module) or kind.__module__ == "__main__")


class _Lazy:
    """A user's module, its attributes converted when they are read."""

    def __init__(self, module: types.ModuleType, convert: Recreation) -> None:
        self._module, self._convert = module, convert

    def __getattr__(self, name: str) -> Any:
        return self._convert(getattr(self._module, name))


def by_identity(table: Mapping[str, Any], module: types.ModuleType) -> dict[int, Any]:
    """The stand-ins of a module's functions, for names imported one by one."""
    own = {name: getattr(module, name, None) for name in table}
    return {id(item): table[name] for name, item in own.items() if callable(item)}


MODULES = (np, math)

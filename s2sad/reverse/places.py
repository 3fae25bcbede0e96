"""The places of arrays that cotangents are added to."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.indexing import path_type
from s2sad.analysis.infer import type_of
from s2sad.ir.data import Atom, Hole, IndexStep, Path
from s2sad.ir.ops import GETITEM, OPERATORS
from s2sad.ir.paths import shifted
from s2sad.ir.types import Num, Type
from s2sad.reverse.levels import Level, add
from s2sad.reverse.operations import call, library
from s2sad.rules.operations import attribute


def unflattened(
    level: Level, kind: Type, path: Path, args: tuple[Atom, ...]
) -> tuple[Path, tuple[Atom, ...]]:
    """`(..., .flat, [k])` as `(..., [np.unravel_index(k, shape)])`, since `np.add.at` needs an
    array; `args` are those of the operation, base and value first."""
    *before, _, last = path
    assert isinstance(last, IndexStep) and isinstance(last.components[0], Hole)
    hole = last.components[0].position
    places = args[hole]
    base = args[0] if not before else _viewed(level, kind, tuple(before), args[:hole])
    of_size, of_shape = attribute("size"), attribute("shape")
    assert of_size is not None and of_shape is not None
    size, shape = call(level, of_size, (base,)), call(level, of_shape, (base,))
    index = type_of(places)
    if isinstance(index, Num) and index.dtype == "bool":
        places = library(level, np.flatnonzero, (places,))
    else:
        if not isinstance(index, Num):
            places = library(level, np.asarray, (places,))
        places = call(level, OPERATORS["mod"], (places, size))
    where = library(level, np.unravel_index, (places, shape))
    return (*before, IndexStep((Hole(hole),))), (*args[:hole], where, *args[hole + 1 :])


def _viewed(level: Level, kind: Type, before: Path, args: tuple[Atom, ...]) -> Atom:
    found = path_type(kind, before, args)
    return add(level, GETITEM, (args[0], *args[2:]), found, "", (), shifted(before, -1))

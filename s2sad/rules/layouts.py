"""Arguments for the samples of rules: arrays of given shapes, in every memory layout.

    each(((2, 3), (3, 2)), ((6,), -1, {"order": "F"}))

is a sampler: one array of shape (2, 3) with the argument (3, 2), and one of length 6 with
`-1, order="F"`. The first case comes in every layout, and in float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.registry import Sample, Sampler

Shape = tuple[int, ...]


def normal(rng: np.random.Generator, shape: Shape) -> Any:
    """An array of independent normal numbers; always an array, of rank 0 too."""
    return np.asarray(rng.normal(size=shape))


def layouts(x: Any) -> Iterator[Any]:
    """The same values in C and Fortran order, transposed, with negative strides, in single
    precision."""
    yield np.asarray(x, order="C")
    yield np.asarray(x, order="F")
    yield x.T.copy().T
    yield np.asarray(np.flip(np.flip(x).copy()))
    yield x.astype(np.complex64 if np.iscomplexobj(x) else np.float32)


def _split(case: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    first, *rest = case
    kwargs = rest.pop() if rest and isinstance(rest[-1], dict) else {}
    return first, tuple(rest), kwargs


def each(*cases: tuple[Any, ...]) -> Sampler:
    """Samples with one array: a case is its shape, further arguments, and a dict of keywords."""

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for number, case in enumerate(cases):
            shape, args, kwargs = _split(case)
            x = normal(rng, shape)
            for laid_out in layouts(x) if number == 0 else (x,):
                yield Sample((laid_out, *args), kwargs)

    return samples


def together(*cases: tuple[Any, ...]) -> Sampler:
    """Samples with several arrays: a case is their shapes, further arguments, keywords."""

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for number, case in enumerate(cases):
            shapes, args, kwargs = _split(case)
            wrt = tuple(range(len(shapes)))
            arrays = [normal(rng, shape) for shape in shapes]
            variants = zip(*map(layouts, arrays), strict=True) if number == 0 else (arrays,)
            for laid_out in variants:
                yield Sample((*laid_out, *args), kwargs, wrt)

    return samples


def listed(*cases: tuple[Any, ...]) -> Sampler:
    """Samples whose first argument is a list of arrays: a case is their shapes, arguments,
    keywords."""

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for number, case in enumerate(cases):
            shapes, args, kwargs = _split(case)
            arrays = [normal(rng, shape) for shape in shapes]
            variants = zip(*map(layouts, arrays), strict=True) if number == 0 else (arrays,)
            for laid_out in variants:
                yield Sample((list(laid_out), *args), kwargs)

    return samples

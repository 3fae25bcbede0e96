"""Rules of interpolation, quadrature and convolution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import layouts, normal, together
from s2sad.rules.registry import Sample, adjoint

# -- interpolation


def _interp_samples(rng: np.random.Generator) -> Iterator[Sample]:
    points = np.array([0.0, 0.5, 1.5, 2.0])
    for x, xp in zip(layouts(rng.uniform(-0.5, 2.5, (4,))), layouts(points), strict=True):
        yield Sample((x, xp, normal(rng, (4,)).astype(x.dtype)), {}, (0, 1, 2))
    yield Sample((0.7, points, normal(rng, (4,))), {}, (0, 1, 2))
    yield Sample((rng.uniform(0.0, 2.0, (2, 3)), points, normal(rng, (4,))), {}, (0, 1, 2))
    x = np.array([-0.3, 0.2, 1.7, 2.4])
    yield Sample((x, points, normal(rng, (4,)), 0.7, -0.3), {}, (0, 1, 2, 3, 4))


@adjoint(np.interp, samples=_interp_samples)
def interp(
    y: Any, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, *, y_bar: Any
) -> Any:
    """Constant outside of the points; at a point, the slope to its right."""
    place = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    width = xp[place + 1] - xp[place]
    weight = np.clip((x - xp[place]) / width, 0.0, 1.0)
    below, above = x < xp[0], x > xp[-1]
    slope_bar = y_bar * (xp[0] <= x) * (x <= xp[-1]) * (fp[place + 1] - fp[place]) / width
    inner_bar = y_bar
    if left is not None:
        inner_bar = np.where(below, 0.0, inner_bar)
    if right is not None:
        inner_bar = np.where(above, 0.0, inner_bar)
    fp_bar, xp_bar = np.zeros_like(fp), np.zeros_like(xp)
    np.add.at(fp_bar, place, inner_bar * (1.0 - weight))
    np.add.at(fp_bar, place + 1, inner_bar * weight)
    np.add.at(xp_bar, place, -slope_bar * (1.0 - weight))
    np.add.at(xp_bar, place + 1, -slope_bar * weight)
    return slope_bar, xp_bar, fp_bar, np.sum(y_bar * below), np.sum(y_bar * above)


# -- quadrature


def _trapezoid_samples(rng: np.random.Generator) -> Iterator[Sample]:
    for y, x in zip(layouts(normal(rng, (2, 4))), layouts(normal(rng, (4,))), strict=True):
        yield Sample((y, x), {}, (0, 1))
    y = normal(rng, (2, 3))
    yield Sample((y,))
    yield Sample((y, normal(rng, (2, 3))), {}, (0, 1))
    yield Sample((y, normal(rng, (2,))), {"axis": 0}, (0, 1))
    yield Sample((y, normal(rng, (2, 3))), {"axis": 0}, (0, 1))
    yield Sample((y, None, 0.3, 0), {}, (0, 2))
    yield Sample((y[0, :1],))


@adjoint(np.trapezoid, multilinear=True, samples=_trapezoid_samples)
def trapezoid(z: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, *, z_bar: Any) -> Any:
    """The sum of `(x[i + 1] - x[i]) * (y[i] + y[i + 1]) / 2`."""
    heights = np.moveaxis(y, axis, -1)
    half_bar = np.expand_dims(0.5 * z_bar, -1)
    heights_bar = np.zeros_like(heights)
    if x is None:
        heights_bar[..., 1:] += half_bar * dx
        heights_bar[..., :-1] += half_bar * dx
        return np.moveaxis(heights_bar, -1, axis), None, np.sum(z_bar * np.trapezoid(y, axis=axis))
    along = x
    if x.ndim > 1:
        along = np.moveaxis(x, axis, -1)
    heights_bar[..., 1:] += half_bar * np.diff(along)
    heights_bar[..., :-1] += half_bar * np.diff(along)
    widths_bar = half_bar * (heights[..., 1:] + heights[..., :-1])
    along_bar = np.zeros_like(heights)
    along_bar[..., 1:] += widths_bar
    along_bar[..., :-1] -= widths_bar
    if x.ndim > 1:
        along_bar = np.moveaxis(along_bar, -1, axis)
    return np.moveaxis(heights_bar, -1, axis), along_bar


# -- convolution


@adjoint(np.convolve, multilinear=True, samples=together(
    (((5,), (3,)),), (((2,), (4,)),), (((5,), (3,)), "same"), (((2,), (5,)), "same"),
    (((4,), (3,)), "valid"), (((3,), (4,)), {"mode": "valid"}), (((1,), (1,)),),
))  # fmt: skip
def convolve(y: Any, a: Any, v: Any, mode: Any = "full", *, y_bar: Any) -> Any:
    full_bar = y_bar
    if mode != "full":
        start = min(len(a), len(v)) - 1
        if mode == "same":
            start = start // 2
        full_bar = np.zeros(len(a) + len(v) - 1, y_bar.dtype)
        full_bar[start : start + len(y_bar)] = y_bar
    a_bar = np.convolve(full_bar, v[::-1], "valid")
    v_bar = np.convolve(full_bar, a[::-1], "valid")
    return a_bar, v_bar

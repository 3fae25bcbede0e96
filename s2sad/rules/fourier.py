"""Rules of the discrete Fourier transforms.

They are linear, and a cotangent is paired with a tangent without conjugation, so the transpose of
a transform is that transform itself. Of a real one, the half that isn't computed is counted in.
Source: the definitions in the documentation of `numpy.fft`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal
from s2sad.rules.registry import Sample, Sampler, composed, linear
from s2sad.rules.static import static, unsupported

# -- lengths


def fitted(x: Any, length: Any, axis: Any) -> Any:
    """Cut off, or filled up with zeros, to a length of its axis."""
    rows = np.moveaxis(x, axis, -1)
    lengths = (length,)
    result = np.zeros(rows.shape[:-1] + lengths, x.dtype)
    kept = min(length, rows.shape[-1])
    result[..., :kept] = rows[..., :kept]
    return np.moveaxis(result, -1, axis)


def fitted_to(x: Any, a: Any, axes: Any) -> Any:
    """With the lengths of `a`."""
    for axis in axes:
        x = fitted(x, a.shape[axis], axis)
    return x


@static
def axes_of(s: Any, axes: Any, rank: int) -> tuple[int, ...]:
    """The axes that a transform of several goes over."""
    if axes is not None:
        return tuple(axes)
    return tuple(range(rank)) if s is None else tuple(range(-len(s), 0))


@static
def opposite(norm: Any) -> Any:
    """The scaling of the inverse transform in the place of the transform, and the other way."""
    if norm not in (None, "backward", "ortho", "forward"):
        unsupported("a norm other than 'backward', 'ortho' and 'forward'")
    return {"ortho": "ortho", "forward": "backward"}.get(norm, "forward")


# -- samples


def complex_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return normal(rng, shape) + 1j * normal(rng, shape)


def _of_complex(*cases: tuple[Any, ...]) -> Sampler:
    """The samples, real and complex."""
    real = each(*cases)

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for shape, *rest in cases:
            kwargs = rest.pop() if rest and isinstance(rest[-1], dict) else {}
            yield Sample((complex_normal(rng, shape), *rest), kwargs)
        for sample in real(rng):
            if sample.args[0].dtype == np.float64:
                yield sample

    return samples


def _complex_only(*cases: tuple[Any, ...]) -> Sampler:
    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for number, (shape, *rest) in enumerate(cases):
            kwargs = rest.pop() if rest and isinstance(rest[-1], dict) else {}
            z = complex_normal(rng, shape)
            for a in list(layouts(z))[:4] if number == 0 else (z,):
                yield Sample((a, *rest), kwargs)

    return samples


ONE: tuple[tuple[Any, ...], ...] = (
    ((5,),), ((3, 4),), ((3, 4), {"axis": 0}), ((4,), 6), ((5,), 3), ((2, 3), 4, 0),
    ((4,), {"norm": "ortho"}), ((3,), {"norm": "forward"}), ((1,),),
)  # fmt: skip
SEVERAL: tuple[tuple[Any, ...], ...] = (
    ((3, 4),), ((2, 3, 4), {"axes": (0, 2)}), ((3, 4), {"norm": "ortho"}),
    ((3, 3), {"s": (4, 2), "axes": (0, 1)}), ((2, 3, 2), {"axes": (-1, 0), "norm": "forward"}),
)  # fmt: skip


# -- along one axis


@linear(np.fft.fft, samples=_of_complex(*ONE))
def fft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, y_bar: Any) -> Any:
    a_bar = np.fft.fft(y_bar, axis=axis, norm=norm)
    return a_bar if n is None else fitted(a_bar, a.shape[axis], axis)


@linear(np.fft.ifft, samples=_of_complex(*ONE))
def ifft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, y_bar: Any) -> Any:
    a_bar = np.fft.ifft(y_bar, axis=axis, norm=norm)
    return a_bar if n is None else fitted(a_bar, a.shape[axis], axis)


@linear(np.fft.rfft, samples=each(*ONE))
def rfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, y_bar: Any) -> Any:
    count = a.shape[axis] if n is None else n
    a_bar = np.fft.fft(fitted(y_bar, count, axis), axis=axis, norm=norm)
    return np.real(a_bar if n is None else fitted(a_bar, a.shape[axis], axis))


def twice_inside(half: Any, count: Any, axis: Any) -> Any:
    """Twice what has a conjugate among the `count` entries of the whole."""
    rows = np.moveaxis(half, axis, -1)
    paired = np.where((np.arange(rows.shape[-1]) * 2) % count == 0, 1.0, 2.0)
    return np.moveaxis(rows * paired, -1, axis)


@linear(np.fft.irfft, samples=_complex_only(
    ((4,),), ((3, 4),), ((4, 2), {"axis": 0}), ((4,), 7), ((4,), 5), ((3,), 6),
    ((2, 3), {"norm": "ortho"}), ((3,), {"n": 4, "norm": "forward"}), ((2, 4), 3, 1),
))  # fmt: skip
def irfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, y_bar: Any) -> Any:
    half = np.conjugate(np.fft.rfft(y_bar, axis=axis, norm=opposite(norm)))
    return fitted(twice_inside(half, y_bar.shape[axis], axis), a.shape[axis], axis)


@composed(np.fft.hfft, samples=_complex_only(
    ((4,),), ((3, 4),), ((4, 2), {"axis": 0}), ((4,), 5), ((2, 3), {"norm": "ortho"}),
))  # fmt: skip
def hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    return np.fft.irfft(np.conjugate(a), n, axis, opposite(norm))


@composed(np.fft.ihfft, samples=each(*ONE))
def ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    return np.conjugate(np.fft.rfft(a, n, axis, opposite(norm)))


# -- along several axes


@linear(np.fft.fftn, samples=_of_complex(*SEVERAL))
def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, *, y_bar: Any) -> Any:
    a_bar = np.fft.fftn(y_bar, axes=axes_of(s, axes, a.ndim), norm=norm)
    return a_bar if s is None else fitted_to(a_bar, a, axes_of(s, axes, a.ndim))


@linear(np.fft.ifftn, samples=_of_complex(*SEVERAL))
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, *, y_bar: Any) -> Any:
    a_bar = np.fft.ifftn(y_bar, axes=axes_of(s, axes, a.ndim), norm=norm)
    return a_bar if s is None else fitted_to(a_bar, a, axes_of(s, axes, a.ndim))


@linear(np.fft.fft2, samples=_of_complex(*SEVERAL))
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, y_bar: Any) -> Any:
    a_bar = np.fft.fftn(y_bar, axes=axes_of(s, axes, a.ndim), norm=norm)
    return a_bar if s is None else fitted_to(a_bar, a, axes_of(s, axes, a.ndim))


@linear(np.fft.ifft2, samples=_of_complex(*SEVERAL))
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, y_bar: Any) -> Any:
    a_bar = np.fft.ifftn(y_bar, axes=axes_of(s, axes, a.ndim), norm=norm)
    return a_bar if s is None else fitted_to(a_bar, a, axes_of(s, axes, a.ndim))


@composed(np.fft.rfftn, samples=each(*SEVERAL))
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return over_axes(a, s, axes_of(s, axes, a.ndim), norm)


@composed(np.fft.rfft2, samples=each(*SEVERAL))
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return over_axes(a, s, axes_of(s, axes, a.ndim), norm)


def over_axes(a: Any, s: Any, axes: Any, norm: Any) -> Any:
    """The real transform along the last of the axes, then the others."""
    if s is None:
        return np.fft.fftn(np.fft.rfft(a, axis=axes[-1], norm=norm), axes=axes[:-1], norm=norm)
    half = np.fft.rfft(a, s[-1], axes[-1], norm)
    return np.fft.fftn(half, s[:-1], axes[:-1], norm)


INVERSE: tuple[tuple[Any, ...], ...] = (
    ((3, 4),), ((2, 3, 4), {"axes": (0, 2)}), ((3, 4), {"norm": "ortho"}),
    ((3, 3), {"s": (4, 5), "axes": (0, 1)}),
)  # fmt: skip


@composed(np.fft.irfftn, samples=_complex_only(*INVERSE))
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return back_over_axes(a, s, axes_of(s, axes, a.ndim), norm)


@composed(np.fft.irfft2, samples=_complex_only(*INVERSE))
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return back_over_axes(a, s, axes_of(s, axes, a.ndim), norm)


def back_over_axes(a: Any, s: Any, axes: Any, norm: Any) -> Any:
    """The inverse along all axes but the last, then the real one."""
    if s is None:
        return np.fft.irfft(np.fft.ifftn(a, axes=axes[:-1], norm=norm), axis=axes[-1], norm=norm)
    whole = np.fft.ifftn(a, s[:-1], axes[:-1], norm)
    return np.fft.irfft(whole, s[-1], axes[-1], norm)


# -- order


@linear(np.fft.fftshift, samples=each(((5,),), ((3, 4),), ((3, 4), 0), ((2, 3, 4), (0, 2))))
def fftshift(x: Any, axes: Any = None, *, y_bar: Any) -> Any:
    return np.fft.ifftshift(y_bar, axes)


@linear(np.fft.ifftshift, samples=each(((5,),), ((3, 4),), ((3, 4), 0), ((2, 3, 4), (0, 2))))
def ifftshift(x: Any, axes: Any = None, *, y_bar: Any) -> Any:
    return np.fft.fftshift(y_bar, axes)


def _spacings(rng: np.random.Generator) -> Iterator[Sample]:
    for n in (5, 4, 1):
        yield Sample((n, 0.3), {}, (1,))


@composed(np.fft.fftfreq, samples=_spacings)
def fftfreq(n: Any, d: Any = 1.0) -> Any:
    return frequencies(n) / (n * d)


def frequencies(n: Any) -> Any:
    """0, 1, ..., and then the negative ones."""
    k = np.arange(n)
    return np.where(2 * k < n, k, k - n)


@composed(np.fft.rfftfreq, samples=_spacings)
def rfftfreq(n: Any, d: Any = 1.0) -> Any:
    return np.arange(n // 2 + 1) / (n * d)

"""Rules of statistics: quantiles, ranges, covariance, and reductions that leave NaN out.

Most are compositions of sums, means, sorting and gathering. A quantile follows the elements that
it lies between; equal elements are in stable order, so the first one wins.
Source of the definitions of quantiles: R. Hyndman and Y. Fan, "Sample quantiles in statistical
packages" (1996).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from s2sad.rules.layouts import each, layouts, normal
from s2sad.rules.reductions import AXES, SCANS
from s2sad.rules.registry import Sample, Sampler, composed
from s2sad.rules.static import axes_between, static, unsupported

# -- ranges


@composed(np.ptp, samples=each(*AXES))
def ptp(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    largest = np.max(a, axis=axis, keepdims=keepdims)
    return largest - np.min(a, axis=axis, keepdims=keepdims)


# -- quantiles

# The place of quantile q among n sorted elements is `n * q + alpha + q * (1 - alpha - beta) - 1`.
PLACES: dict[str, tuple[float, float]] = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": (3.0 / 8.0, 3.0 / 8.0),
}
STEPS = ("lower", "higher", "nearest", "midpoint")


@static
def offsets(method: str) -> Any:
    """What belongs to a method in `PLACES`."""
    if method not in PLACES:
        unsupported(f"quantiles by method {method!r}, which is no function of the quantile")
    return PLACES[method]


def place_of(q: Any, n: Any, method: str) -> Any:
    """The place of the quantile among n sorted elements, as a real number."""
    if method == "linear":
        return (n - 1) * q
    if method in ("lower", "higher", "nearest", "midpoint"):
        return steps_to((n - 1) * q, method)
    alpha, beta = offsets(method)
    return n * q + (alpha + q * (1.0 - alpha - beta)) - 1.0


def steps_to(place: Any, method: str) -> Any:
    if method == "lower":
        return np.floor(place)
    if method == "higher":
        return np.ceil(place)
    if method == "nearest":
        return np.rint(place)
    return 0.5 * (np.floor(place) + np.ceil(place))


@static
def other_axes(axis: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """The axes that aren't among these."""
    return tuple(k for k in range(rank) if k not in [number % rank for number in axis])


@static
def kept_axes(axis: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """The axes counted from 0, in order."""
    return tuple(sorted(number % rank for number in axis))


def in_front(a: Any, axis: Any) -> Any:
    """The array with the axes of a reduction as one, the first."""
    if axis is None:
        return np.ravel(a)
    if isinstance(axis, tuple):
        moved = np.moveaxis(a, axis, axes_between(0, len(axis)))
        lengths = (-1,)
        return np.reshape(moved, lengths + moved.shape[len(axis) :])
    return np.moveaxis(a, axis, 0)


def between(ordered: Any, place: Any) -> Any:
    """What lies at a real place among sorted elements, along the first axis."""
    last = ordered.shape[0] - 1
    place = np.clip(place, 0.0, last)
    below = np.floor(place)
    k = np.asarray(below, int)
    weight = aligned(place - below, ordered)
    low, high = ordered[k], ordered[np.minimum(k + 1, last)]
    return low + weight * (high - low)


def aligned(weight: Any, ordered: Any) -> Any:
    """With axes of length 1 for those of the elements."""
    for _ in axes_between(1, ordered.ndim):
        weight = np.expand_dims(weight, -1)
    return weight


def with_kept_axes(y: Any, q: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """The result with the axes that `keepdims` asks for, behind those of q."""
    if not keepdims:
        return y
    if axis is None:
        return aligned(np.expand_dims(y, -1), a)
    axes = kept_axes(axis if isinstance(axis, tuple) else (axis,), a.ndim)
    return np.expand_dims(y, moved_by(axes, np.ndim(q)))


@static
def moved_by(axes: tuple[int, ...], count: int) -> tuple[int, ...]:
    """The axes behind `count` others."""
    return tuple(axis + count for axis in axes)


METHODS = (*PLACES, *STEPS)
QUANTILES: tuple[tuple[Any, ...], ...] = (
    ((5,), 0.3), ((2, 5), 0.3, 1), ((5, 2), np.array([0.1, 0.5]), 0), ((2, 3), 0.7),
    ((2, 3, 4), 0.4, (0, 2)), ((2, 3, 4), {"q": 0.4, "axis": (0, 2), "keepdims": True}),
    ((2, 3), {"q": np.array([0.2, 0.9]), "axis": 1, "keepdims": True}),
    ((2, 3), {"q": 0.2, "keepdims": True}), ((1,), 0.5), ((4,), 1.0), ((4,), 0.0),
    *(((6,), {"q": 0.37, "method": method}) for method in METHODS),
)  # fmt: skip


def _quantiles(scale: float) -> Sampler:
    """Samples with quantiles from 0 to `scale`, which are active, too."""

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for shape, *rest in QUANTILES:
            kwargs = dict(rest.pop()) if isinstance(rest[-1], dict) else {}
            q = scale * (rest.pop(0) if rest else kwargs.pop("q"))
            moves = kwargs.get("method") not in STEPS and np.all(np.abs(q / scale - 0.5) < 0.4)
            for a in list(layouts(normal(rng, shape)))[: 5 if shape == (2, 5) else 1]:
                yield Sample((a, q, *rest), kwargs, (0, 1) if moves and len(rest) < 2 else (0,))

    return samples


@composed(np.quantile, samples=_quantiles(1.0))
def quantile(
    a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: Any = False
) -> Any:
    ordered = np.sort(in_front(a, axis), axis=0)
    y = between(ordered, place_of(q, ordered.shape[0], method))
    return with_kept_axes(y, q, a, axis, keepdims)


@composed(np.percentile, samples=_quantiles(100.0))
def percentile(
    a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: Any = False
) -> Any:
    return quantile(a, q / 100.0, axis, method, keepdims)


# -- covariance


def _pairs_of_rows(*cases: dict[str, Any]) -> Sampler:
    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for m in layouts(normal(rng, (2, 5))):
            yield Sample((m,))
        for kwargs in cases:
            yield Sample((normal(rng, (3, 4)),), kwargs)
            yield Sample((normal(rng, (4,)), normal(rng, (4,))), kwargs, (0, 1))
        yield Sample((normal(rng, (3, 4)), normal(rng, (2, 4))), {}, (0, 1))
        yield Sample((normal(rng, (4, 3)), normal(rng, (4, 2))), {"rowvar": False}, (0, 1))
        yield Sample((normal(rng, (5,)),))

    return samples


@composed(np.cov, samples=_pairs_of_rows(
    {}, {"bias": True}, {"ddof": 0}, {"rowvar": False},
    {"aweights": np.array([1.0, 0.5, 2.0, 1.5])},
    {"fweights": np.array([1, 2, 3, 1]), "aweights": np.array([1.0, 0.5, 2.0, 1.5]), "ddof": 2},
))  # fmt: skip
def cov(
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    rows = as_rows(m, rowvar)
    if y is not None:
        rows = np.concatenate((rows, as_rows(y, rowvar)), axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    weights = weights_of(fweights, aweights)
    if weights is None:
        deviations = rows - np.mean(rows, axis=1, keepdims=True)
        product = np.matmul(deviations, np.conjugate(deviations).T) / (rows.shape[1] - ddof)
    else:
        total = np.sum(weights)
        deviations = rows - np.expand_dims(np.matmul(rows, weights), 1) / total
        freedom = freedom_of(total, weights, ddof, aweights)
        product = np.matmul(deviations, np.conjugate(deviations * weights).T) / freedom
    return np.squeeze(product) if product.shape == (1, 1) else product


def as_rows(m: Any, rowvar: Any) -> Any:
    """The variables as rows of a matrix."""
    if m.ndim < 2:
        return np.reshape(m, (1, -1))
    return m if rowvar or m.shape[0] == 1 else m.T


def weights_of(fweights: Any, aweights: Any) -> Any:
    if fweights is None:
        return aweights
    return fweights if aweights is None else fweights * aweights


def freedom_of(total: Any, weights: Any, ddof: Any, aweights: Any) -> Any:
    """By what the sum of products is divided."""
    if ddof == 0:
        return total
    if aweights is None:
        return total - ddof
    return total - ddof * np.sum(weights * aweights) / total


@composed(np.corrcoef, samples=_pairs_of_rows({}, {"rowvar": False}))
def corrcoef(x: Any, y: Any = None, rowvar: Any = True) -> Any:
    """Without NumPy's clipping to [-1, 1], which only rounding errors reach."""
    products = cov(x, y, rowvar)
    if products.ndim == 0:
        return products / products
    deviations = np.sqrt(np.real(np.diagonal(products)))
    return products / np.expand_dims(deviations, 1) / deviations


# -- what leaves NaN out

NAN = float("nan")


def _with_nans(*cases: tuple[Any, ...]) -> Sampler:
    """The samples, with NaN in one place of arrays of more than one element."""

    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for sample in each(*cases)(rng):
            a = sample.args[0]
            yield sample
            if a.ndim > 0 and min(a.shape) > 1 and a.dtype == np.float64:
                a = a.copy()
                a[(0,) * a.ndim] = NAN
                yield Sample((a, *sample.args[1:]), sample.kwargs)

    return samples


def there(a: Any) -> Any:
    return np.logical_not(np.isnan(a))


@composed(np.nansum, samples=_with_nans(*AXES))
def nansum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True
) -> Any:
    return np.sum(np.where(there(a) & where, a, 0.0), axis=axis, keepdims=keepdims)


@composed(np.nanprod, samples=_with_nans(*AXES))
def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True
) -> Any:
    return np.prod(np.where(there(a) & where, a, 1.0), axis=axis, keepdims=keepdims)


@composed(np.nancumsum, samples=_with_nans(*SCANS))
def nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumsum(np.where(there(a), a, 0.0), axis=axis)


@composed(np.nancumprod, samples=_with_nans(*SCANS))
def nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumprod(np.where(there(a), a, 1.0), axis=axis)


@composed(np.nanmax, samples=_with_nans(*AXES))
def nanmax(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    return np.max(np.where(there(a), a, -np.inf), axis=axis, keepdims=keepdims)


@composed(np.nanmin, samples=_with_nans(*AXES))
def nanmin(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    return np.min(np.where(there(a), a, np.inf), axis=axis, keepdims=keepdims)


@composed(np.nanmean, samples=_with_nans(*AXES))
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True
) -> Any:
    seen = there(a) & where
    total = np.sum(np.where(seen, a, 0.0), axis=axis, keepdims=keepdims)
    return total / np.sum(seen, axis=axis, keepdims=keepdims)


FREEDOM = ((2, 3), {"axis": 1, "ddof": 1})


def squares(a: Any, axis: Any, keepdims: Any, ddof: Any, where: Any) -> Any:
    """The sum of squared deviations of what isn't NaN, divided by the degrees of freedom."""
    seen = there(a) & where
    count = np.sum(seen, axis=axis, keepdims=True)
    kept = np.where(seen, a, 0.0)
    mean = np.sum(kept, axis=axis, keepdims=True) / count
    total = np.sum(np.where(seen, kept - mean, 0.0) ** 2, axis=axis, keepdims=keepdims)
    return total / (np.sum(seen, axis=axis, keepdims=keepdims) - ddof)


@composed(np.nanvar, samples=_with_nans(*AXES[:10], FREEDOM))
def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    where: Any = True,
) -> Any:
    return squares(a, axis, keepdims, ddof, where)


@composed(np.nanstd, samples=_with_nans(*AXES[:9], FREEDOM))
def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    where: Any = True,
) -> Any:
    """0 where all entries are equal, the smallest subgradient."""
    variance = squares(a, axis, keepdims, ddof, where)
    return np.where(variance == 0.0, 0.0, np.sqrt(variance))


@composed(np.nanquantile, samples=_with_nans(
    ((5,), 0.3), ((2, 5), 0.3, 1), ((2, 3), 0.7), ((4, 2), 0.4, 0), ((2, 4), 0.3, (0, 1)),
    ((2, 4), 0.3, {"axis": 1, "keepdims": True}),
))  # fmt: skip
def nanquantile(
    a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: Any = False
) -> Any:
    """Of one quantile: behind the sorted elements stand those that are NaN."""
    if np.ndim(q) > 0:
        unsupported("several quantiles at once: call it for each")
    ordered = np.sort(in_front(a, axis), axis=0)
    last = np.sum(there(ordered), axis=0) - 1
    place = np.clip(place_of(q, last + 1, method), 0.0, last)
    below = np.floor(place)
    k = np.asarray(below, int)
    low = np.take_along_axis(ordered, np.expand_dims(k, 0), 0)[0]
    above = np.expand_dims(np.minimum(k + 1, last), 0)
    high = np.take_along_axis(ordered, above, 0)[0]
    return with_kept_axes(low + (place - below) * (high - low), q, a, axis, keepdims)


@composed(np.nanpercentile, samples=_with_nans(((5,), 30.0), ((2, 5), 70.0, 1)))
def nanpercentile(
    a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: Any = False
) -> Any:
    return nanquantile(a, q / 100.0, axis, method, keepdims)


@composed(np.nanmedian, samples=_with_nans(
    ((5,),), ((2, 4), 1), ((2, 3),), ((4, 2), 0), ((2, 4), {"axis": 1, "keepdims": True}),
    ((2, 3, 2), (0, 2)),
))  # fmt: skip
def nanmedian(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    return nanquantile(a, 0.5, axis, "linear", keepdims)

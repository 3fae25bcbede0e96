"""Rules of random numbers: draws of `np.random`, with the state that all programs share.

A draw happens once, in the forward sweep, and advances the state exactly as the function does:
derivatives are taken of what was drawn. Families with a location and a scale, and those with an
inverse of their distribution, are functions of their parameters and of a draw without any; by
other parameters there is no such function, and a derivative is refused.
Source: D. Kingma and M. Welling, "Auto-encoding variational Bayes" (2014), section 2.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.rules.registry import adjoint, nondifferentiable
from s2sad.runtime.helpers import unbroadcast

SHAPE = "a draw is no function of this parameter"

nondifferentiable(
    np.random.rand, np.random.randn, np.random.random, np.random.random_sample,
    np.random.ranf, np.random.sample, np.random.standard_normal, np.random.standard_exponential,
    np.random.standard_cauchy, np.random.randint, np.random.seed,
)  # fmt: skip


@adjoint(np.random.normal, np.random.gumbel, np.random.laplace, np.random.logistic, singular=True)
def normal(y: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, *, y_bar: Any) -> Any:
    """y = loc + scale * z."""
    return unbroadcast(y_bar, loc), unbroadcast(y_bar * ((y - loc) / scale), scale)


@adjoint(np.random.uniform, singular=True)
def uniform(y: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None, *, y_bar: Any) -> Any:
    """y = low + (high - low) * z."""
    high_bar = y_bar * ((y - low) / (high - low))
    return unbroadcast(y_bar - high_bar, low), unbroadcast(high_bar, high)


@adjoint(np.random.exponential, np.random.rayleigh, singular=True)
def exponential(y: Any, scale: Any = 1.0, size: Any = None, *, y_bar: Any) -> Any:
    """y = scale * z."""
    return unbroadcast(y_bar * (y / scale), scale)


@adjoint(np.random.lognormal, singular=True)
def lognormal(y: Any, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None, *, y_bar: Any) -> Any:
    """y = exp(mean + sigma * z)."""
    mean_bar = y_bar * y
    sigma_bar = mean_bar * ((np.log(y) - mean) / sigma)
    return unbroadcast(mean_bar, mean), unbroadcast(sigma_bar, sigma)


@adjoint(np.random.weibull, np.random.power, singular=True)
def weibull(y: Any, a: Any, size: Any = None, *, y_bar: Any) -> Any:
    """y = z ** (1 / a)."""
    return unbroadcast(y_bar * (-y * np.log(y) / a), a)


@adjoint(np.random.pareto, singular=True)
def pareto(y: Any, a: Any, size: Any = None, *, y_bar: Any) -> Any:
    """y = z ** (1 / a) - 1."""
    return unbroadcast(y_bar * (-(1.0 + y) * np.log1p(y) / a), a)


@adjoint(np.random.gamma, singular=True)
def gamma(y: Any, shape: Any, scale: Any = 1.0, size: Any = None, *, y_bar: Any) -> Any:
    """y = scale * z, where z depends on the shape."""
    return SHAPE, unbroadcast(y_bar * (y / scale), scale)


def stand_in(function: Any, named: tuple[str, ...]) -> Callable[..., Any]:
    """The same draw with a state of its own, which may be made when compiling. named: the
    keywords by which its last arguments are passed."""
    draw: Callable[..., Any] = getattr(np.random.RandomState(0), function.__name__)

    def positional(*args: Any, **static: Any) -> Any:
        first = len(args) - len(named)
        return draw(*args[:first], **dict(zip(named, args[first:], strict=True)), **static)

    return positional


def is_draw(function: Any) -> bool:
    """Whether a function gives numbers drawn with the shared state, or seeds it."""
    owner = getattr(function, "__self__", None)
    return owner is SHARED and function.__name__ not in OTHERS


SHARED = np.random.normal.__self__  # type: ignore[attr-defined]
OTHERS = ("shuffle", "get_state", "set_state", "bytes")

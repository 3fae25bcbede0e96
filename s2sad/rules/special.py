"""Rules of `scipy.special`. Loaded when a program has imported it; never before.

Sources: DLMF (NIST Digital Library of Mathematical Functions), by chapter: 5 gamma, 6 exponential
integrals, 7 error functions, 8 incomplete gamma, 10 Bessel, 13 and 15 hypergeometric, 18 orthogonal
polynomials, 19 elliptic integrals. Where a derivative by an argument has no closed form (orders of
Bessel functions, parameters of incomplete ones), the rule says so, and it is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.special as sc

from s2sad.rules.layouts import each, normal
from s2sad.rules.registry import Sample, adjoint, composed, elementwise, nondifferentiable
from s2sad.rules.samplers import drawn, singles
from s2sad.runtime.helpers import stop_gradient

POSITIVE = (0.3, 3.0)
UNIT = (0.1, 0.9)
ANY = (-2.0, 2.0)
ORDER = "a derivative by the order has no closed form"
PARAMETER = "a derivative by this parameter has no closed form"
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
TWO_BY_ROOT_PI = 2.0 / math.sqrt(math.pi)


def _with_order(rng: np.random.Generator) -> Iterator[Sample]:
    """Of an integer or a real order."""
    for order in (0, 2, 1.5):
        yield Sample((order, drawn(rng, POSITIVE, (3,))), {}, (1,))
    yield Sample((np.array([[1], [2]]), drawn(rng, POSITIVE, (3,))), {}, (1,))


def _with_degree(rng: np.random.Generator) -> Iterator[Sample]:
    for degree in (3, 1, 4):
        yield Sample((degree, drawn(rng, UNIT, (3,))), {}, (1,))


# -- the gamma function and its relatives


@elementwise(sc.gamma, singular=True, domain=(POSITIVE,))
def gamma(y: Any, z: Any) -> Any:
    return y * sc.psi(z)


@elementwise(sc.gammaln, sc.loggamma, singular=True, domain=(POSITIVE,))
def gammaln(y: Any, x: Any) -> Any:
    return sc.psi(x)


@elementwise(sc.rgamma, singular=True, domain=(POSITIVE,))
def rgamma(y: Any, z: Any) -> Any:
    return -(y * sc.psi(z))


@elementwise(sc.psi, singular=True, domain=(POSITIVE,))
def psi(y: Any, z: Any) -> Any:
    return sc.zeta(2.0, z)


def _orders_of_psi(rng: np.random.Generator) -> Iterator[Sample]:
    for order in (1, 2, 3):
        yield Sample((order, drawn(rng, POSITIVE, (3,))), {}, (1,))


@elementwise(sc.polygamma, singular=True, samples=_orders_of_psi)
def polygamma(y: Any, n: Any, x: Any) -> Any:
    return ORDER, sc.polygamma(n + 1, x)


def _zetas(rng: np.random.Generator) -> Iterator[Sample]:
    yield Sample((2.0, drawn(rng, POSITIVE, (3,))), {}, (1,))
    yield Sample((drawn(rng, (2.0, 4.0), (3,)), drawn(rng, POSITIVE, (3,))), {}, (1,))


@elementwise(sc.zeta, singular=True, samples=_zetas)
def zeta(y: Any, x: Any, q: Any = None) -> Any:
    if q is None:
        return PARAMETER
    return PARAMETER, -x * sc.zeta(x + 1.0, q)


@elementwise(sc.beta, singular=True, domain=(POSITIVE, POSITIVE))
def beta(y: Any, a: Any, b: Any) -> Any:
    both = sc.psi(a + b)
    return y * (sc.psi(a) - both), y * (sc.psi(b) - both)


@elementwise(sc.betaln, singular=True, domain=(POSITIVE, POSITIVE))
def betaln(y: Any, a: Any, b: Any) -> Any:
    both = sc.psi(a + b)
    return sc.psi(a) - both, sc.psi(b) - both


@elementwise(sc.binom, singular=True, domain=((3.1, 5.0), (0.3, 2.5)))
def binom(y: Any, n: Any, k: Any) -> Any:
    rest = sc.psi(n - k + 1.0)
    return y * (sc.psi(n + 1.0) - rest), y * (rest - sc.psi(k + 1.0))


@elementwise(sc.poch, singular=True, domain=(POSITIVE, POSITIVE))
def poch(y: Any, z: Any, m: Any) -> Any:
    end = sc.psi(z + m)
    return y * (end - sc.psi(z)), y * end


def _incomplete(rng: np.random.Generator) -> Iterator[Sample]:
    for a in (0.7, 2.0, drawn(rng, POSITIVE, (3,))):
        yield Sample((a, drawn(rng, POSITIVE, (3,))), {}, (1,))


def gamma_density(a: Any, x: Any) -> Any:
    return np.exp((a - 1.0) * np.log(x) - x - sc.gammaln(a))


@elementwise(sc.gammainc, singular=True, samples=_incomplete)
def gammainc(y: Any, a: Any, x: Any) -> Any:
    return PARAMETER, gamma_density(a, x)


@elementwise(sc.gammaincc, singular=True, samples=_incomplete)
def gammaincc(y: Any, a: Any, x: Any) -> Any:
    return PARAMETER, -gamma_density(a, x)


def _inverse_incomplete(rng: np.random.Generator) -> Iterator[Sample]:
    for a in (0.7, 2.0):
        yield Sample((a, drawn(rng, UNIT, (3,))), {}, (1,))


@elementwise(sc.gammaincinv, singular=True, samples=_inverse_incomplete)
def gammaincinv(y: Any, a: Any, p: Any) -> Any:
    return PARAMETER, 1.0 / gamma_density(a, y)


@elementwise(sc.gammainccinv, singular=True, samples=_inverse_incomplete)
def gammainccinv(y: Any, a: Any, p: Any) -> Any:
    return PARAMETER, -1.0 / gamma_density(a, y)


def _incomplete_beta(rng: np.random.Generator) -> Iterator[Sample]:
    for a, b in ((0.7, 1.5), (2.0, 3.0), (1.2, drawn(rng, POSITIVE, (3,)))):
        yield Sample((a, b, drawn(rng, UNIT, (3,))), {}, (2,))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    return np.exp((a - 1.0) * np.log(x) + (b - 1.0) * np.log1p(-x) - sc.betaln(a, b))


@elementwise(sc.betainc, singular=True, samples=_incomplete_beta)
def betainc(y: Any, a: Any, b: Any, x: Any) -> Any:
    return PARAMETER, PARAMETER, beta_density(a, b, x)


@elementwise(sc.betaincc, singular=True, samples=_incomplete_beta)
def betaincc(y: Any, a: Any, b: Any, x: Any) -> Any:
    return PARAMETER, PARAMETER, -beta_density(a, b, x)


@elementwise(sc.betaincinv, singular=True, samples=_incomplete_beta)
def betaincinv(y: Any, a: Any, b: Any, p: Any) -> Any:
    return PARAMETER, PARAMETER, 1.0 / beta_density(a, b, y)


# -- error functions, the normal distribution


@elementwise(sc.erf, domain=(ANY,))
def erf(y: Any, z: Any) -> Any:
    return TWO_BY_ROOT_PI * np.exp(-(z * z))


@elementwise(sc.erfc, domain=(ANY,))
def erfc(y: Any, x: Any) -> Any:
    return -TWO_BY_ROOT_PI * np.exp(-(x * x))


@elementwise(sc.erfi, singular=True, domain=(ANY,))
def erfi(y: Any, z: Any) -> Any:
    return TWO_BY_ROOT_PI * np.exp(z * z)


@elementwise(sc.erfcx, singular=True, domain=(ANY,))
def erfcx(y: Any, x: Any) -> Any:
    return 2.0 * x * y - TWO_BY_ROOT_PI


@elementwise(sc.dawsn, singular=True, domain=(ANY,))
def dawsn(y: Any, x: Any) -> Any:
    return 1.0 - 2.0 * x * y


@elementwise(sc.erfinv, singular=True, domain=((-0.9, 0.9),))
def erfinv(y: Any, x: Any) -> Any:
    return np.exp(y * y) / TWO_BY_ROOT_PI


@elementwise(sc.erfcinv, singular=True, domain=(UNIT,))
def erfcinv(y: Any, x: Any) -> Any:
    return -np.exp(y * y) / TWO_BY_ROOT_PI


@elementwise(sc.ndtr, domain=(ANY,))
def ndtr(y: Any, x: Any) -> Any:
    return np.exp(-0.5 * x * x) / ROOT_TWO_PI


@elementwise(sc.log_ndtr, domain=(ANY,))
def log_ndtr(y: Any, x: Any) -> Any:
    """In logarithms, so that it is right where both are tiny."""
    return np.exp(-0.5 * x * x - y) / ROOT_TWO_PI


@elementwise(sc.ndtri, singular=True, domain=(UNIT,))
def ndtri(y: Any, p: Any) -> Any:
    return ROOT_TWO_PI * np.exp(0.5 * y * y)


@elementwise(sc.ndtri_exp, singular=True, domain=((-3.0, -0.2),))
def ndtri_exp(y: Any, x: Any) -> Any:
    return ROOT_TWO_PI * np.exp(x + 0.5 * y * y)


@elementwise(sc.owens_t, domain=(ANY, ANY))
def owens_t(y: Any, h: Any, a: Any) -> Any:
    h_partial = -np.exp(-0.5 * h * h) * sc.erf(a * h / math.sqrt(2.0)) / (2.0 * ROOT_TWO_PI)
    both = 1.0 + a * a
    return h_partial, np.exp(-0.5 * h * h * both) / (2.0 * math.pi * both)


# -- logistic functions, entropies, losses


@elementwise(sc.expit, domain=(ANY,))
def expit(y: Any, x: Any) -> Any:
    return y * sc.expit(-x)


@elementwise(sc.log_expit, domain=(ANY,))
def log_expit(y: Any, x: Any) -> Any:
    return sc.expit(-x)


@elementwise(sc.logit, singular=True, domain=(UNIT,))
def logit(y: Any, p: Any) -> Any:
    return 1.0 / (p * (1.0 - p))


@elementwise(sc.xlogy, singular=True, domain=(ANY, POSITIVE))
def xlogy(y: Any, x: Any, z: Any) -> Any:
    return np.log(z), x / z


@elementwise(sc.xlog1py, singular=True, domain=(ANY, POSITIVE))
def xlog1py(y: Any, x: Any, z: Any) -> Any:
    return np.log1p(z), x / (1.0 + z)


@elementwise(sc.entr, singular=True, domain=(POSITIVE,))
def entr(y: Any, x: Any) -> Any:
    return -1.0 - np.log(x)


@elementwise(sc.rel_entr, singular=True, domain=(POSITIVE, POSITIVE))
def rel_entr(y: Any, x: Any, z: Any) -> Any:
    return np.log(x / z) + 1.0, -x / z


@elementwise(sc.kl_div, singular=True, domain=(POSITIVE, POSITIVE))
def kl_div(y: Any, x: Any, z: Any) -> Any:
    return np.log(x / z), 1.0 - x / z


@elementwise(sc.huber, domain=((0.5, 1.0), (1.2, 3.0)))
def huber(y: Any, delta: Any, r: Any) -> Any:
    inside = np.abs(r) <= delta
    return np.where(inside, 0.0, np.abs(r) - delta), np.clip(r, -delta, delta)


@elementwise(sc.pseudo_huber, domain=(POSITIVE, ANY))
def pseudo_huber(y: Any, delta: Any, r: Any) -> Any:
    root = np.sqrt(1.0 + (r / delta) ** 2)
    return 2.0 * delta * (root - 1.0) - r * r / (delta * root), r / root


@elementwise(sc.boxcox, singular=True, domain=(POSITIVE, POSITIVE))
def boxcox(y: Any, x: Any, lmbda: Any) -> Any:
    powered = lmbda * y + 1.0
    nonzero = np.where(lmbda == 0.0, 1.0, lmbda)
    general = (powered * np.log(x) - y) / nonzero
    return powered / x, np.where(lmbda == 0.0, 0.5 * np.log(x) ** 2, general)


def largest(a: Any, axis: Any) -> Any:
    """What is subtracted before exponentials: constant, since it cancels."""
    found = np.max(stop_gradient(a), axis=axis, keepdims=True)
    return np.where(np.isfinite(found), found, 0.0)


SUMS = each(
    ((2, 3),), ((2, 3), 0), ((2, 3), {"axis": 1, "keepdims": True}), ((4,),), ((2, 3, 2), (0, 2)),
)  # fmt: skip


def _weighted_sums(rng: np.random.Generator) -> Iterator[Sample]:
    yield from SUMS(rng)
    yield Sample((normal(rng, (2, 3)), 1, drawn(rng, POSITIVE, (2, 3))), {}, (0, 2))


@composed(sc.logsumexp, samples=_weighted_sums)
def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: Any = False) -> Any:
    shift = largest(a, axis)
    terms = np.exp(a - shift) if b is None else b * np.exp(a - shift)
    total = np.log(np.sum(terms, axis=axis, keepdims=True)) + shift
    return total if keepdims else np.squeeze(total, axis)


MAXIMA = each(((2, 3),), ((2, 3), {"axis": 1}), ((4,), {"axis": 0}), ((2, 3, 2), {"axis": (0, 2)}))


@composed(sc.softmax, samples=MAXIMA)
def softmax(x: Any, axis: Any = None) -> Any:
    terms = np.exp(x - largest(x, axis))
    return terms / np.sum(terms, axis=axis, keepdims=True)


@composed(sc.log_softmax, samples=MAXIMA)
def log_softmax(x: Any, axis: Any = None) -> Any:
    shifted = x - largest(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


# -- exponentials and trigonometric functions


@elementwise(sc.exp10, singular=True, domain=(ANY,))
def exp10(y: Any, x: Any) -> Any:
    return y * math.log(10.0)


@elementwise(sc.exp2, domain=(ANY,))
def exp2(y: Any, x: Any) -> Any:
    return y * math.log(2.0)


@elementwise(sc.expm1, singular=True, domain=(ANY,))
def expm1(y: Any, x: Any) -> Any:
    return np.exp(x)


@elementwise(sc.log1p, singular=True, domain=(POSITIVE,))
def log1p(y: Any, x: Any) -> Any:
    return 1.0 / (1.0 + x)


@elementwise(sc.cbrt, singular=True, domain=(POSITIVE,))
def cbrt(y: Any, x: Any) -> Any:
    return 1.0 / (3.0 * y * y)


@elementwise(sc.cosm1, domain=(ANY,))
def cosm1(y: Any, x: Any) -> Any:
    return -np.sin(x)


@elementwise(sc.sindg, domain=(ANY,))
def sindg(y: Any, x: Any) -> Any:
    return sc.cosdg(x) * (math.pi / 180.0)


@elementwise(sc.cosdg, domain=(ANY,))
def cosdg(y: Any, x: Any) -> Any:
    return sc.sindg(x) * (-math.pi / 180.0)


@elementwise(sc.exp1, singular=True, domain=(POSITIVE,))
def exp1(y: Any, z: Any) -> Any:
    return -np.exp(-z) / z


@elementwise(sc.expi, singular=True, domain=(POSITIVE,))
def expi(y: Any, x: Any) -> Any:
    return np.exp(x) / x


def _positive_degree(rng: np.random.Generator) -> Iterator[Sample]:
    for degree in (3, 1, 4):
        yield Sample((degree, drawn(rng, POSITIVE, (3,))), {}, (1,))


@elementwise(sc.expn, singular=True, samples=_positive_degree)
def expn(y: Any, n: Any, x: Any) -> Any:
    """Of degree 0 it is exp(-x) / x."""
    lower = np.where(n == 1, np.exp(-x) / x, sc.expn(np.maximum(n - 1, 1), x))
    return ORDER, -lower


@elementwise(sc.spence, singular=True, domain=((0.2, 0.8),))
def spence(y: Any, z: Any) -> Any:
    rest = np.where(z == 1.0, 1.0, 1.0 - z)
    return np.where(z == 1.0, -1.0, np.log(z) / rest)


@elementwise(sc.wrightomega, domain=(ANY,))
def wrightomega(y: Any, z: Any) -> Any:
    return y / (1.0 + y)


@adjoint(sc.sici, singular=True, samples=singles(POSITIVE))
def sici(y: Any, x: Any, *, y_bar: Any) -> Any:
    return (y_bar[0] * np.sin(x) + y_bar[1] * np.cos(x)) / x


@adjoint(sc.shichi, singular=True, samples=singles(POSITIVE))
def shichi(y: Any, x: Any, *, y_bar: Any) -> Any:
    return (y_bar[0] * np.sinh(x) + y_bar[1] * np.cosh(x)) / x


@adjoint(sc.fresnel, samples=singles(ANY))
def fresnel(y: Any, x: Any, *, y_bar: Any) -> Any:
    angle = 0.5 * math.pi * x * x
    return y_bar[0] * np.sin(angle) + y_bar[1] * np.cos(angle)


# -- Bessel functions


@elementwise(sc.j0, domain=(ANY,))
def j0(y: Any, x: Any) -> Any:
    return -sc.j1(x)


@elementwise(sc.j1, domain=(ANY,))
def j1(y: Any, x: Any) -> Any:
    return 0.5 * (sc.j0(x) - sc.jv(2, x))


@elementwise(sc.y0, singular=True, domain=(POSITIVE,))
def y0(y: Any, x: Any) -> Any:
    return -sc.y1(x)


@elementwise(sc.y1, singular=True, domain=(POSITIVE,))
def y1(y: Any, x: Any) -> Any:
    return 0.5 * (sc.y0(x) - sc.yv(2, x))


@elementwise(sc.i0, singular=True, domain=(ANY,))
def i0(y: Any, x: Any) -> Any:
    return sc.i1(x)


@elementwise(sc.i1, singular=True, domain=(ANY,))
def i1(y: Any, x: Any) -> Any:
    return 0.5 * (sc.i0(x) + sc.iv(2, x))


@elementwise(sc.k0, singular=True, domain=(POSITIVE,))
def k0(y: Any, x: Any) -> Any:
    return -sc.k1(x)


@elementwise(sc.k1, singular=True, domain=(POSITIVE,))
def k1(y: Any, x: Any) -> Any:
    return -0.5 * (sc.k0(x) + sc.kv(2, x))


@elementwise(sc.i0e, domain=(POSITIVE,))
def i0e(y: Any, x: Any) -> Any:
    return sc.i1e(x) - np.sign(x) * y


@elementwise(sc.i1e, domain=(POSITIVE,))
def i1e(y: Any, x: Any) -> Any:
    return 0.5 * (sc.i0e(x) + sc.ive(2, x)) - np.sign(x) * y


@elementwise(sc.jv, singular=True, samples=_with_order)
def jv(y: Any, v: Any, z: Any) -> Any:
    return ORDER, 0.5 * (sc.jv(v - 1, z) - sc.jv(v + 1, z))


@elementwise(sc.yv, singular=True, samples=_with_order)
def yv(y: Any, v: Any, z: Any) -> Any:
    return ORDER, 0.5 * (sc.yv(v - 1, z) - sc.yv(v + 1, z))


@elementwise(sc.iv, singular=True, samples=_with_order)
def iv(y: Any, v: Any, z: Any) -> Any:
    return ORDER, 0.5 * (sc.iv(v - 1, z) + sc.iv(v + 1, z))


@elementwise(sc.kv, singular=True, samples=_with_order)
def kv(y: Any, v: Any, z: Any) -> Any:
    return ORDER, -0.5 * (sc.kv(v - 1, z) + sc.kv(v + 1, z))


@elementwise(sc.ive, singular=True, samples=_with_order)
def ive(y: Any, v: Any, z: Any) -> Any:
    return ORDER, 0.5 * (sc.ive(v - 1, z) + sc.ive(v + 1, z)) - np.sign(z) * y


@elementwise(sc.kve, singular=True, samples=_with_order)
def kve(y: Any, v: Any, z: Any) -> Any:
    return ORDER, y - 0.5 * (sc.kve(v - 1, z) + sc.kve(v + 1, z))


@adjoint(sc.airy, samples=singles(ANY))
def airy(y: Any, x: Any, *, y_bar: Any) -> Any:
    first = y_bar[0] * y[1] + y_bar[1] * x * y[0]
    return first + y_bar[2] * y[3] + y_bar[3] * x * y[2]


# -- hypergeometric functions


def _hypergeometric(count: int) -> Any:
    def samples(rng: np.random.Generator) -> Iterator[Sample]:
        for _ in range(2):
            parameters = tuple(float(drawn(rng, POSITIVE, ())) for _ in range(count))
            yield Sample((*parameters, drawn(rng, UNIT, (3,))), {}, (count,))

    return samples


@elementwise(sc.hyp0f1, singular=True, samples=_hypergeometric(1))
def hyp0f1(y: Any, v: Any, z: Any) -> Any:
    return PARAMETER, sc.hyp0f1(v + 1.0, z) / v


@elementwise(sc.hyp1f1, singular=True, samples=_hypergeometric(2))
def hyp1f1(y: Any, a: Any, b: Any, x: Any) -> Any:
    return PARAMETER, PARAMETER, a / b * sc.hyp1f1(a + 1.0, b + 1.0, x)


@elementwise(sc.hyp2f1, singular=True, samples=_hypergeometric(3))
def hyp2f1(y: Any, a: Any, b: Any, c: Any, z: Any) -> Any:
    z_partial = a * b / c * sc.hyp2f1(a + 1.0, b + 1.0, c + 1.0, z)
    return PARAMETER, PARAMETER, PARAMETER, z_partial


# -- elliptic integrals


@elementwise(sc.ellipk, singular=True, domain=(UNIT,))
def ellipk(y: Any, m: Any) -> Any:
    safe = np.where(m == 0.0, 1.0, m)
    return np.where(m == 0.0, math.pi / 8.0, (sc.ellipe(m) / (1.0 - m) - y) / (2.0 * safe))


@elementwise(sc.ellipe, singular=True, domain=(UNIT,))
def ellipe(y: Any, m: Any) -> Any:
    safe = np.where(m == 0.0, 1.0, m)
    return np.where(m == 0.0, -math.pi / 8.0, (y - sc.ellipk(m)) / (2.0 * safe))


# -- orthogonal polynomials


@elementwise(sc.eval_legendre, singular=True, samples=_with_degree)
def eval_legendre(y: Any, n: Any, x: Any) -> Any:
    return ORDER, 0.5 * (n + 1.0) * sc.eval_jacobi(n - 1, 1.0, 1.0, x)


@elementwise(sc.eval_chebyt, singular=True, samples=_with_degree)
def eval_chebyt(y: Any, n: Any, x: Any) -> Any:
    return ORDER, n * sc.eval_chebyu(n - 1, x)


@elementwise(sc.eval_chebyu, singular=True, samples=_with_degree)
def eval_chebyu(y: Any, n: Any, x: Any) -> Any:
    return ORDER, 2.0 * sc.eval_gegenbauer(n - 1, 2.0, x)


@elementwise(sc.eval_hermite, singular=True, samples=_with_degree)
def eval_hermite(y: Any, n: Any, x: Any) -> Any:
    return ORDER, 2.0 * n * sc.eval_hermite(np.maximum(n - 1, 0), x)


@elementwise(sc.eval_laguerre, singular=True, samples=_with_degree)
def eval_laguerre(y: Any, n: Any, x: Any) -> Any:
    return ORDER, -sc.eval_genlaguerre(n - 1, 1.0, x)


def _jacobi(rng: np.random.Generator) -> Iterator[Sample]:
    yield Sample((3, 0.5, 1.5, drawn(rng, UNIT, (3,))), {}, (3,))


@elementwise(sc.eval_jacobi, singular=True, samples=_jacobi)
def eval_jacobi(y: Any, n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    factor = 0.5 * (n + alpha + beta + 1.0)
    x_partial = factor * sc.eval_jacobi(n - 1, alpha + 1.0, beta + 1.0, x)
    return ORDER, PARAMETER, PARAMETER, x_partial


def _associated(rng: np.random.Generator) -> Iterator[Sample]:
    yield Sample((3, 0.5, drawn(rng, UNIT, (3,))), {}, (2,))
    yield Sample((2, 1.5, drawn(rng, UNIT, (3,))), {}, (2,))


@elementwise(sc.eval_gegenbauer, singular=True, samples=_associated)
def eval_gegenbauer(y: Any, n: Any, alpha: Any, x: Any) -> Any:
    return ORDER, PARAMETER, 2.0 * alpha * sc.eval_gegenbauer(n - 1, alpha + 1.0, x)


@elementwise(sc.eval_genlaguerre, singular=True, samples=_associated)
def eval_genlaguerre(y: Any, n: Any, alpha: Any, x: Any) -> Any:
    return ORDER, PARAMETER, -sc.eval_genlaguerre(n - 1, alpha + 1.0, x)


nondifferentiable(sc.round)

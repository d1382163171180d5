"""Distributions: cumulative probabilities, their inverses, confidence intervals.

The normal distribution is Python's own (``math``, ``statistics``). The beta distribution, and with it Student's t, is
the regularised incomplete beta function, computed for whole columns by its continued fraction
(https://dlmf.nist.gov/8.17): 60 lines. The library that has it is as large as all that owlake needs together.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.lists import columns
from owlake.functions.math.family import FAMILY
from owlake.functions.segments import Flags

Doubles = npt.NDArray[np.float64]


def _check(condition: bool, text: str) -> None:
    if not condition:
        raise error("INVALID_FUNCTION_ARGUMENT", text)


# The normal distribution --------------------------------------------------------------------------------

_SQRT_2 = math.sqrt(2)


@FAMILY.per_value("normal_cdf(double, double, double) -> double", raises=True)
def normal_cdf(mean: float, deviation: float, value: float) -> float:
    """The probability of a value up to this one in the normal distribution of a mean and a standard deviation."""
    _check(deviation > 0, "standardDeviation must be > 0")
    return 0.5 * (1 + math.erf((value - mean) / (deviation * _SQRT_2)))


_STANDARD = NormalDist()


@FAMILY.per_value("inverse_normal_cdf(double, double, double) -> double", raises=True)
def inverse_normal_cdf(mean: float, deviation: float, probability: float) -> float:
    """The value below which lies so much of the normal distribution of a mean and a standard deviation."""
    _check(0 < probability < 1, "p must be 0 > p > 1")
    _check(deviation > 0, "sd must be > 0")
    return mean + deviation * _STANDARD.inv_cdf(probability)


# The beta distribution ----------------------------------------------------------------------------------


@FAMILY.kernel("beta_cdf(double, double, double) -> double", raises=True)
def beta_cdf(first: Any, second: Any, values: Any) -> pa.Array:
    """The probability of a value up to this one in the beta distribution of two parameters."""
    (a, b, x), nulls = _parameters((first, second, values), otherwise=0.5)
    _check_all((x >= 0) & (x <= 1), "value must be 0 >= v >= 1")
    _check_all((a > 0) & (b > 0), "a, b must be > 0")
    return pa.array(incomplete_beta(a, b, x), pa.float64(), mask=nulls)


@FAMILY.kernel("inverse_beta_cdf(double, double, double) -> double", raises=True)
def inverse_beta_cdf(first: Any, second: Any, probabilities: Any) -> pa.Array:
    """The value below which lies so much of the beta distribution of two parameters."""
    (a, b, p), nulls = _parameters((first, second, probabilities), otherwise=0.5)
    _check_all((p >= 0) & (p <= 1), "p must be 0 >= p >= 1")
    _check_all((a > 0) & (b > 0), "a, b must be > 0")
    return pa.array(_inverse_beta(a, b, p), pa.float64(), mask=nulls)


def _check_all(right: Flags, text: str) -> None:
    _check(bool(right.all()), text)


def _parameters(arguments: tuple[Any, ...], otherwise: float) -> tuple[list[Doubles], Flags | None]:
    """The arguments as numbers; rows with a NULL get one that is fit for all of them."""
    given, nulls = columns(*arguments)
    numbers = [np.asarray(one.fill_null(otherwise), np.float64) for one in given]
    return numbers if nulls is None else [np.where(nulls, otherwise, one) for one in numbers], nulls


@lru_cache(maxsize=10_000)
def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


_each_log_beta = np.frompyfunc(_log_beta, 2, 1)


def _log_betas(a: Doubles, b: Doubles) -> Doubles:
    if len(a) and (a == a[0]).all() and (b == b[0]).all():
        return np.full(len(a), _log_beta(float(a[0]), float(b[0])))
    return np.asarray(_each_log_beta(a, b), np.float64)


def incomplete_beta(a: Doubles, b: Doubles, x: Doubles) -> Doubles:
    """The regularised incomplete beta function."""
    # The fraction converges fast on the near side of the mean; the other side is its mirror.
    far = x > (a + 1) / (a + b + 2)
    one, other, near = np.where(far, b, a), np.where(far, a, b), np.where(far, 1 - x, x)
    with np.errstate(all="ignore"):
        logarithm = one * np.log(near) + other * np.log1p(-near) - _log_betas(a, b)
        part = np.where(near > 0, np.exp(logarithm) / (one * _fraction(one, other, near)), 0.0)
    result: Doubles = np.where(far, 1 - part, part)
    return result


_STEPS = 10_000
_PRECISION = 1e-16
_TINY = 1e-300


def _fraction(a: Doubles, b: Doubles, x: Doubles) -> Doubles:
    """The continued fraction 1 + d1/(1 + d2/(1 + ...)), from its front (Lentz's method)."""
    value, above, below = np.ones_like(x), np.ones_like(x), np.zeros_like(x)
    for step in range(1, _STEPS):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        below = 1 / _not_zero(1 + term * below)
        above = _not_zero(1 + term / above)
        value = value * above * below
        if (np.abs(above * below - 1) <= _PRECISION * 4).all():
            break
    return value


def _not_zero(values: Doubles) -> Doubles:
    return np.where(np.abs(values) < _TINY, _TINY, values)


def _inverse_beta(a: Doubles, b: Doubles, p: Doubles) -> Doubles:
    """Halley's steps inside an interval that shrinks around the value, halved where a step would leave it."""
    found = np.where(p == 1, 1.0, 0.0)
    logarithm = _log_betas(a, b)
    with np.errstate(divide="ignore", under="ignore"):
        # Near 0 the function is as its series' first term; where that is 0, no number is as small as the inverse.
        first = np.exp((np.log(p) + np.log(a) + logarithm) / a)
    rows = np.flatnonzero((p < 1) & (first > 0))
    a, b, p, logarithm, first = (one[rows] for one in (a, b, p, logarithm, first))
    low, high = np.zeros_like(p), np.ones_like(p)
    x = np.where(first * (b + 1) < _SMALL, first, _near_inverse(a, b, p))
    for _ in range(200):
        with np.errstate(all="ignore"):
            reached = incomplete_beta(a, b, x)
            excess = reached - p
            low, high = np.where(excess < 0, x, low), np.where(excess < 0, high, x)
            density = np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - logarithm)
            # Orders of magnitude away the logarithm is nearer to a straight line than the function.
            ratio = np.log(reached / p)
            far = np.abs(ratio) > 1
            newton = np.where(far, reached * ratio, excess) / density
            bend = newton * ((a - 1) / x - (b - 1) / (1 - x))
            step = x - newton / np.where(far | ~(np.abs(bend) < 1), 1.0, 1 - bend / 2)
            # The error of a step is as the cube of the one before; that of a halved interval is its half.
            inside = (step > low) & (step < high)
            following = np.where(inside, step, (low + high) / 2)
            near = (
                inside & ~far & (np.abs(newton) <= _NEARLY * np.minimum(x, 1 - x)) & (np.abs(bend) < _NEARLY_STRAIGHT)
            )
            open_ = ~near & ~(np.abs(following - x) <= 4e-16 * x)
        found[rows] = following
        if not open_.any():
            break
        rows, x = rows[open_], following[open_]
        a, b, p, low, high, logarithm = (one[open_] for one in (a, b, p, low, high, logarithm))
    return found


_NEARLY, _NEARLY_STRAIGHT = 1e-6, 1e-4
_SMALL = 0.1
_MANY = 2048


def _near_inverse(a: Doubles, b: Doubles, p: Doubles) -> Doubles:
    """Where the search for the inverse begins: for many probabilities of one distribution between known ones."""
    middle = a / (a + b)
    if len(p) >= _MANY and (a == a[0]).all() and (b == b[0]).all():
        values, probabilities = _known(float(a[0]), float(b[0]))
        near = np.interp(p, probabilities, values)
        middle = np.where((near > 0) & (near < 1), near, middle)
    return middle


@lru_cache(maxsize=64)
def _known(a: float, b: float) -> tuple[Doubles, Doubles]:
    """Values, more of them towards the ends, and their probabilities."""
    values = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 2 * _MANY + 1))
    return values, incomplete_beta(np.full_like(values, a), np.full_like(values, b), values)


# Student's t --------------------------------------------------------------------------------------------


@FAMILY.kernel("t_cdf(double, double) -> double", raises=True)
def t_cdf(values: Any, degrees: Any) -> pa.Array:
    """The probability of a value up to this one in Student's t distribution of so many degrees of freedom."""
    (x, df), nulls = _parameters((values, degrees), otherwise=1.0)
    _check_all(df > 0, "df must be greater than 0")
    with np.errstate(all="ignore"):
        square = np.where(np.isinf(x), 1.0, x * x / (df + x * x))
        rest = np.where(np.isinf(x), 0.0, df / (df + x * x))
    # Near the middle the tail is nearly a half: there its complement has the digits.
    middle = square < 0.5
    half = np.full_like(df, 0.5)
    below = np.empty_like(x)
    below[middle] = 0.5 - incomplete_beta(half[middle], df[middle] / 2, square[middle]) / 2
    below[~middle] = incomplete_beta(df[~middle] / 2, half[~middle], rest[~middle]) / 2
    return pa.array(np.where(np.isnan(x), np.nan, np.where(x > 0, 1 - below, below)), pa.float64(), mask=nulls)


@FAMILY.kernel("t_pdf(double, double) -> double", raises=True)
def t_pdf(values: Any, degrees: Any) -> pa.Array:
    """The density at a value of Student's t distribution of so many degrees of freedom."""
    (x, df), nulls = _parameters((values, degrees), otherwise=1.0)
    _check_all(df > 0, "df must be greater than 0")
    with np.errstate(all="ignore"):
        normaliser = -0.5 * np.log(df) - _log_betas(df / 2, np.full_like(df, 0.5))
        density = np.exp(normaliser - (df + 1) / 2 * np.log1p(x * x / df))
    return pa.array(density, pa.float64(), mask=nulls)


# Wilson's interval: https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval


def _wilson(successes: Any, trials: Any, scores: Any, sign: int) -> pa.Array:
    (s, n, z), nulls = _parameters((successes, trials, scores), otherwise=1.0)
    _check_all(s >= 0, "number of successes must not be negative")
    _check_all(n > 0, "number of trials must be positive")
    _check_all(s <= n, "number of successes must not be larger than number of trials")
    _check_all(z >= 0, "z-score must not be negative")
    p, square = s / n, z * z
    spread = z * np.sqrt(p * (1 - p) / n + square / (4 * n * n))
    bounds = (p + square / (2 * n) + sign * spread) / (1 + square / n)
    return pa.array(bounds, pa.float64(), mask=nulls)


@FAMILY.kernel("wilson_interval_lower(bigint, bigint, double) -> double", raises=True)
def wilson_interval_lower(successes: Any, trials: Any, scores: Any) -> pa.Array:
    """The lower bound of Wilson's score interval for so many successes in so many trials."""
    return _wilson(successes, trials, scores, -1)


@FAMILY.kernel("wilson_interval_upper(bigint, bigint, double) -> double", raises=True)
def wilson_interval_upper(successes: Any, trials: Any, scores: Any) -> pa.Array:
    """The upper bound of Wilson's score interval for so many successes in so many trials."""
    return _wilson(successes, trials, scores, 1)

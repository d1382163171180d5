"""Variance, skew, correlation, regression."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.aggregate.family import FAMILY
from owlake.functions.registry import AggregateCallSite
from owlake.functions.segments import Integers, Segments
from owlake.types.model import REAL


def _spread(names: tuple[str, ...], native: str, description: str) -> None:
    def implementation(site: AggregateCallSite) -> str:
        return site.aggregate(native, f"CAST({site.sql(0)} AS DOUBLE)")

    implementation.__doc__ = description
    for name in names:
        signatures = (f"{name}(bigint) -> double", f"{name}(double) -> double")
        FAMILY.aggregate(*signatures, marks_distinct=True)(implementation)


_spread(("stddev", "stddev_samp"), "stddev_samp", "The standard deviation of a sample")
_spread(("stddev_pop",), "stddev_pop", "The standard deviation of all")
_spread(("variance", "var_samp"), "var_samp", "The variance of a sample")
_spread(("var_pop",), "var_pop", "The variance of all")


def _pairs(name: str, description: str, native: str | None = None) -> None:
    def implementation(site: AggregateCallSite) -> str:
        both = ", ".join(f"CAST({site.sql(index)} AS DOUBLE)" for index in (0, 1))
        found = site.aggregate(native or name, both)
        if name not in ("covar_pop", "covar_samp"):
            # A line or a correlation that does not exist is NULL, not NaN.
            found = f"CASE WHEN abs({found}) < CAST('Infinity' AS DOUBLE) THEN {found} END"
        return f"CAST({found} AS REAL)" if site.type == REAL else found

    implementation.__doc__ = description
    signatures = (f"{name}(double, double) -> double", f"{name}(real, real) -> real")
    FAMILY.aggregate(*signatures, marks_distinct=True)(implementation)


_pairs("corr", "The correlation of two values")
_pairs("covar_pop", "The covariance of all")
_pairs("covar_samp", "The covariance of a sample")
_pairs("regr_slope", "The slope of the line of least squares through (x, y)")
_pairs("regr_intercept", "Where the line of least squares through (x, y) meets the axis of y")


@FAMILY.aggregate(
    "geometric_mean(bigint) -> double",
    "geometric_mean(double) -> double",
    "geometric_mean(real) -> real",
    marks_distinct=True,
)
def _geometric_mean(site: AggregateCallSite) -> str:
    """The geometric mean."""
    mean = f"exp({site.aggregate('avg', f'ln(CAST({site.sql(0)} AS DOUBLE))')})"
    return f"CAST({mean} AS REAL)" if site.type == REAL else mean


@FAMILY.collected("skewness(bigint) -> double", "skewness(double) -> double")
def _skewness(segments: Segments) -> pa.Array:
    """How far the values lean to one side."""
    rows, (second, third) = _moments(segments, (2, 3))
    with np.errstate(all="ignore"):
        found = np.sqrt(rows) * third / np.power(second, 1.5)
    return _present(found, rows >= 3)


@FAMILY.collected("kurtosis(bigint) -> double", "kurtosis(double) -> double")
def _kurtosis(segments: Segments) -> pa.Array:
    """How much of the spread is in values far out, in excess of a normal distribution's; without bias."""
    rows, (second, fourth) = _moments(segments, (2, 4))
    n = rows.astype(np.float64)
    with np.errstate(all="ignore"):
        weight = (n - 1) * n * (n + 1) / ((n - 2) * (n - 3))
        found = weight * fourth / (second * second) - 3 * ((n - 1) * (n - 1)) / ((n - 2) * (n - 3))
    return _present(found, rows >= 4)


def _moments(segments: Segments, powers: tuple[int, ...]) -> tuple[Integers, list[Any]]:
    """The number of rows, and the sums of powers of the distances from the mean."""
    values = segments.columns[0].to_numpy().astype(np.float64)
    means = _sums(values, segments) / np.maximum(segments.lengths, 1)
    distances = values - means[segments.owners]
    return segments.lengths, [_sums(distances**power, segments) for power in powers]


def _sums(values: Any, segments: Segments) -> Any:
    return np.bincount(segments.owners, weights=values, minlength=len(segments))


def _present(values: Any, there: Any) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~there)

"""T-digests: quantiles of many numbers, exact at the ends (https://trino.io/docs/current/functions/tdigest.html).

A digest is a list of centroids, means with weights in order: small ones at the ends, greater ones in the middle.
How great a centroid may be follows the scale function ``k(q) = z * ln(q / (1 - q))``: each covers at most one of ``k``
(T. Dunning, O. Ertl: Computing extremely accurate quantiles using t-digests, 2019).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.segment_order import order_of
from owlake.functions.segments import Integers, Segments, offsets_from
from owlake.functions.sketches.family import FAMILY

Doubles = npt.NDArray[np.float64]

_HEAD = struct.Struct("<Bddddi")
_DEFAULT_COMPRESSION = 100.0


@dataclass(frozen=True, slots=True)
class TDigest:
    """A digest: the extremes, the compression asked for, and the centroids in order."""

    minimum: float
    maximum: float
    compression: float
    means: Doubles
    weights: Doubles

    @classmethod
    def read(cls, data: bytes) -> TDigest:
        """The digest of its bytes. Errors: INVALID_CAST_ARGUMENT for bytes that are none."""
        try:
            form, minimum, maximum, compression, _, count = _HEAD.unpack_from(data)
            means = np.frombuffer(data, "<f8", count, _HEAD.size)
            weights = np.frombuffer(data, "<f8", count, _HEAD.size + 8 * count)
        except (struct.error, ValueError):
            form = -1
        if form != 0:
            raise error("INVALID_CAST_ARGUMENT", "Cannot deserialize T-Digest")
        return cls(minimum, maximum, compression, means, weights)

    def write(self) -> bytes:
        """The digest's bytes."""
        total = float(self.weights.sum())
        head = _HEAD.pack(0, self.minimum, self.maximum, self.compression, total, len(self.means))
        return head + self.means.astype("<f8").tobytes() + self.weights.astype("<f8").tobytes()

    def at(self, quantiles: Doubles) -> Doubles:
        """The values at the quantiles."""
        if len(self.means) < 2:
            return np.full(len(quantiles), self.means[0] if len(self.means) else np.nan)
        total = self.weights.sum()
        target = quantiles * total
        centers = np.cumsum(self.weights) - self.weights / 2
        first, last = self.weights[0] / 2, self.weights[-1] / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            bottom = self.minimum + (target - 1) / (first - 1) * (self.means[0] - self.minimum)
            top = self.maximum + (total - target - 1) / (last - 1) * (self.means[-1] - self.maximum)
        return np.select(
            [target < 1, target >= total - 1, target < first, (total - target <= last) & (last > 1)],
            [self.minimum, self.maximum, bottom, top],
            self._between(target, centers),
        )

    def _between(self, target: Doubles, centers: Doubles) -> Doubles:
        """Between two centroids: a straight line, of which a single value takes no part."""
        left = np.clip(np.searchsorted(centers, target, side="right") - 1, 0, len(centers) - 2)
        right = left + 1
        offset = target - centers[left]
        single_left, single_right = self.weights[left] == 1, self.weights[right] == 1
        start = np.where(single_left, 0.5, 0.0)
        length = (self.weights[left] + self.weights[right]) / 2 - start - np.where(single_right & ~single_left, 0.5, 0)
        line = self.means[left] + (offset - start) / length * (self.means[right] - self.means[left])
        on_left = single_left & (offset < 0.5)
        on_right = single_right & (offset >= self.weights[left] / 2)
        return np.where(on_left, self.means[left], np.where(on_right, self.means[right], line))


def _digests(segments: Segments, values: Doubles, weights: Doubles, compressions: Doubles) -> list[bytes]:
    """The digests of each segment's numbers, which are in order, with their weights."""
    owners = segments.owners
    sums = np.concatenate(([0.0], np.cumsum(weights)))
    totals = np.diff(sums[segments.offsets])
    middles = (sums[1:] - weights / 2 - sums[segments.offsets[:-1]][owners]) / totals[owners]
    # Twice the compression inside, as digests that are merged again lose some of it.
    inner = 2 * compressions
    scales = inner / (4 * np.log(np.maximum(totals, 1) / inner) + 24)
    clusters = np.floor(scales[owners] * np.log(middles / (1 - middles)))
    begins = np.ones(len(values), bool)
    begins[1:] = (clusters[1:] != clusters[:-1]) | (owners[1:] != owners[:-1])
    starts = np.flatnonzero(begins)
    if not len(starts):
        return [TDigest(np.inf, -np.inf, one, values, weights).write() for one in compressions.tolist()]
    heavy = np.add.reduceat(weights, starts)
    means = np.add.reduceat(values * weights, starts) / heavy
    # A mean of equal numbers is that number.
    alone = np.diff(np.append(starts, len(values))) == 1
    means[alone] = values[starts[alone]]
    offsets = offsets_from(np.bincount(owners[starts], minlength=len(segments)))
    found = []
    for group, compression in enumerate(compressions.tolist()):
        part = slice(offsets[group], offsets[group + 1])
        low, high = segments.offsets[group], segments.offsets[group + 1]
        ends = (float(values[low]), float(values[high - 1])) if high > low else (np.inf, -np.inf)
        found.append(TDigest(*ends, compression, means[part], heavy[part]).write())
    return found


def _aggregated(segments: Segments, weights: Doubles | None, compression: Any = None) -> pa.Array:
    order = order_of(segments, [(segments.columns[0], (True, False))])
    values = segments.columns[0].to_numpy().astype(np.float64)[order]
    if not np.isfinite(values).all():
        raise error("INVALID_FUNCTION_ARGUMENT", "value is NaN" if np.isnan(values).any() else "value must be finite")
    heavy = np.ones(len(values)) if weights is None else weights[order]
    if len(heavy) and not heavy.min() > 0:
        raise error("INVALID_FUNCTION_ARGUMENT", "weight must be > 0")
    found = _digests(segments, values, heavy, _compressions(compression, len(segments)))
    return pa.array(found, pa.binary(), mask=segments.lengths == 0)


def _compressions(given: Any, groups: int) -> Doubles:
    if given is None:
        return np.full(groups, _DEFAULT_COMPRESSION)
    column = pa.repeat(given, groups) if isinstance(given, pa.Scalar) else given
    wanted = np.asarray(column.fill_null(_DEFAULT_COMPRESSION), np.float64)
    if len(wanted) and wanted.max() > 1000:
        raise error("INVALID_FUNCTION_ARGUMENT", "Compression factor cannot exceed 1000")
    # As Trino does: a smaller one is taken for 10.
    return np.maximum(wanted, 10.0)


@FAMILY.collected("tdigest_agg(double) -> tdigest", raises=True)
def _tdigest_agg(segments: Segments) -> pa.Array:
    """A digest of the numbers."""
    return _aggregated(segments, None)


@FAMILY.collected("tdigest_agg(double, double) -> tdigest", rows=(0, 1), raises=True)
def _weighted_tdigest_agg(segments: Segments) -> pa.Array:
    """A digest of the numbers, each counting as often as its weight says."""
    rows = segments.without_null(1)
    return _aggregated(rows, rows.columns[1].to_numpy())


@FAMILY.collected("tdigest_agg(double, double, double) -> tdigest", rows=(0, 1), raises=True)
def _compressed_tdigest_agg(segments: Segments, compression: Any) -> pa.Array:
    """A digest of the numbers with weights, of about as many centroids as the compression says."""
    rows = segments.without_null(1)
    return _aggregated(rows, rows.columns[1].to_numpy(), compression)


@FAMILY.collected("merge(tdigest) -> tdigest", raises=True)
def _merge(segments: Segments) -> pa.Array:
    """The digest of all the digests' numbers together."""
    digests = [TDigest.read(data) for data in segments.columns[0].to_pylist()]
    owners = np.repeat(segments.owners, [len(digest.means) for digest in digests])
    parts = Segments(offsets_from(np.bincount(owners, minlength=len(segments))), ())
    means, weights = (
        np.concatenate([getattr(digest, name) for digest in digests] or [np.zeros(0)]) for name in ("means", "weights")
    )
    order = order_of(parts, [(pa.array(means), (True, False))])
    compressions = np.full(len(segments), _DEFAULT_COMPRESSION)
    np.maximum.at(compressions, segments.owners, [digest.compression for digest in digests])
    found = _digests(parts, means[order], weights[order], compressions)
    return pa.array(_with_extremes(found, digests, segments.owners), pa.binary(), mask=segments.lengths == 0)


def _with_extremes(found: list[bytes], digests: list[TDigest], owners: Integers) -> list[bytes]:
    """Merged digests whose ends are those of their parts: no centroid knows them."""
    lows, highs = np.full(len(found), np.inf), np.full(len(found), -np.inf)
    np.minimum.at(lows, owners, [digest.minimum for digest in digests])
    np.maximum.at(highs, owners, [digest.maximum for digest in digests])
    ends = zip(lows.tolist(), highs.tolist(), strict=True)
    return [data[:1] + struct.pack("<dd", low, high) + data[17:] for data, (low, high) in zip(found, ends, strict=True)]


@FAMILY.per_value("value_at_quantile(tdigest, double) -> double", raises=True)
def _value_at_quantile(data: bytes, quantile: float) -> float:
    """The number below which the share of the numbers lies."""
    _check_quantile(quantile)
    return float(TDigest.read(data).at(np.array([quantile]))[0])


@FAMILY.per_value("values_at_quantiles(tdigest, array(double)) -> array(double)", raises=True)
def _values_at_quantiles(data: bytes, quantiles: list[float]) -> list[float]:
    """The numbers below which the shares of the numbers lie."""
    for one in quantiles:
        _check_quantile(one)
    if any(later < one for one, later in pairwise(quantiles)):
        raise error("INVALID_FUNCTION_ARGUMENT", "percentiles must be sorted in increasing order")
    return [float(value) for value in TDigest.read(data).at(np.array(quantiles, np.float64))]


def _check_quantile(quantile: float) -> None:
    if not 0 <= quantile <= 1:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Quantile should be within bounds [0, 1], was: {quantile}")

"""Set digests: how much sets have in common (https://trino.io/docs/current/functions/setdigest.html).

A digest is a HyperLogLog, and the least hashes of the values with how often each came: up to 8,192 of them, so that a
smaller set is known exactly.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.segments import Segments, distinct
from owlake.functions.sketches.family import FAMILY
from owlake.functions.sketches.hyperloglog import hashes_of
from owlake.functions.sketches.registers import HyperLogLog, merged, of_hashes

_FORMAT = 1
_INDEX_BITS = 11
_MAX_HASHES = 8192
_MAX_COUNT = 32767


@dataclass(frozen=True, slots=True)
class SetDigest:
    """A digest: the bytes of its sketch, and hashes in order with their counts."""

    sketch: bytes
    max_hashes: int
    hashes: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int16]

    @classmethod
    def read(cls, data: bytes) -> SetDigest:
        """The digest of its bytes. Errors: INVALID_CAST_ARGUMENT for bytes that are none."""
        try:
            form, length = struct.unpack_from("<Bi", data)
            most, count = struct.unpack_from("<ii", data, 5 + length)
            at = 13 + length
            hashes = np.frombuffer(data, "<i8", count, at)
            counts = np.frombuffer(data, "<i2", count, at + 8 * count)
        except (struct.error, ValueError):
            form = -1
        if form != _FORMAT:
            raise error("INVALID_CAST_ARGUMENT", "Cannot deserialize set digest")
        return cls(data[5 : 5 + length], most, hashes, counts)

    def write(self) -> bytes:
        """The digest's bytes."""
        head = struct.pack("<Bi", _FORMAT, len(self.sketch)) + self.sketch
        tail = struct.pack("<ii", self.max_hashes, len(self.hashes))
        return head + tail + self.hashes.astype("<i8").tobytes() + self.counts.astype("<i2").tobytes()

    @property
    def is_exact(self) -> bool:
        """Whether every value's hash is there."""
        return len(self.hashes) < self.max_hashes

    @property
    def cardinality(self) -> int:
        """How many different values there are."""
        return len(self.hashes) if self.is_exact else HyperLogLog.read(self.sketch).cardinality


def _digest(sketch: bytes, hashes: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], most: int) -> bytes:
    limited = np.minimum(counts[:most], _MAX_COUNT).astype(np.int16)
    return SetDigest(sketch, most, hashes[:most], limited).write()


@FAMILY.collected(
    "make_set_digest(bigint) -> SetDigest", "make_set_digest(double) -> SetDigest",
    "make_set_digest(varchar(x)) -> SetDigest", "make_set_digest(date) -> SetDigest",
)  # fmt: skip
def _make_set_digest(segments: Segments) -> pa.Array:
    """A digest of the set of the values."""
    column = segments.columns[0]
    column = column.cast(pa.int32()) if pa.types.is_date32(column.type) else column
    hashes = hashes_of(column)
    sketches = of_hashes(segments.owners, hashes, len(segments), _INDEX_BITS)
    signed = hashes.view(np.int64)
    order = np.lexsort((signed, segments.owners))
    found = distinct(segments.with_columns(pa.array(signed[order])))
    ranked = np.lexsort((signed[order][found.first], segments.owners[found.first]))
    first, counts = found.first[ranked], found.counts[ranked]
    offsets = segments.offsets_of(first)
    parts = zip(sketches, pairwise(offsets.tolist()), strict=True)
    digests = [
        _digest(sketch, signed[order][first[low:high]], counts[low:high], _MAX_HASHES) for sketch, (low, high) in parts
    ]
    return pa.array(digests, pa.binary(), mask=segments.lengths == 0)


@FAMILY.collected("merge_set_digest(SetDigest) -> SetDigest", raises=True)
def _merge_set_digest(segments: Segments) -> pa.Array:
    """The digest of the sets' union."""
    digests = [SetDigest.read(data) for data in segments.columns[0].to_pylist()]
    sketches = merged([HyperLogLog.read(digest.sketch) for digest in digests], segments.owners, len(segments))
    found = []
    for sketch, (low, high) in zip(sketches, pairwise(segments.offsets.tolist()), strict=True):
        parts = digests[low:high]
        every = np.concatenate([np.zeros(0, np.int64), *(part.hashes for part in parts)])
        hashes, places = np.unique(every, return_inverse=True)
        weights = np.concatenate([np.zeros(0, np.int16), *(part.counts for part in parts)])
        counts = np.bincount(places, weights, len(hashes))
        most = parts[0].max_hashes if parts else _MAX_HASHES
        found.append(_digest(sketch, hashes.astype(np.int64), counts.astype(np.int64), most))
    return pa.array(found, pa.binary(), mask=segments.lengths == 0)


@FAMILY.per_value("cardinality(SetDigest) -> bigint")
def _cardinality(data: bytes) -> int:
    """How many different values the set has; exact up to 8,191."""
    return SetDigest.read(data).cardinality


@FAMILY.per_value("intersection_cardinality(SetDigest, SetDigest) -> bigint")
def _intersection_cardinality(one: bytes, other: bytes) -> int:
    """How many different values both sets have; exact while both are."""
    left, right = SetDigest.read(one), SetDigest.read(other)
    if left.is_exact and right.is_exact:
        return len(np.intersect1d(left.hashes, right.hashes, assume_unique=True))
    sketches = [HyperLogLog.read(left.sketch), HyperLogLog.read(right.sketch)]
    union = HyperLogLog.read(merged(sketches, np.zeros(2, np.int64), 1)[0]).cardinality
    found = round(_jaccard_index_of(left, right) * union)
    # The common part is no greater than either set.
    return min(found, left.cardinality, right.cardinality)


@FAMILY.per_value("jaccard_index(SetDigest, SetDigest) -> double")
def _jaccard_index(one: bytes, other: bytes) -> float:
    """The share of the values of either set that both have."""
    return _jaccard_index_of(SetDigest.read(one), SetDigest.read(other))


def _jaccard_index_of(left: SetDigest, right: SetDigest) -> float:
    size = min(len(left.hashes), len(right.hashes))
    if size == 0:
        return float("nan")
    least = np.union1d(left.hashes, right.hashes)[:size]
    common = np.intersect1d(left.hashes, right.hashes, assume_unique=True)
    return float(np.isin(least, common).sum() / size)


@FAMILY.per_value("hash_counts(SetDigest) -> map(bigint,smallint)")
def _hash_counts(data: bytes) -> list[tuple[int, int]]:
    """The hashes of the values and how often each came."""
    digest = SetDigest.read(data)
    return list(zip(digest.hashes.tolist(), digest.counts.tolist(), strict=True))

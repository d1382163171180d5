"""``approx_set`` and what is done with its sketches (https://trino.io/docs/current/functions/hyperloglog.html)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.hashing import murmur_bytes, murmur_longs
from owlake.functions.segments import Segments
from owlake.functions.sketches.family import FAMILY
from owlake.functions.sketches.registers import HyperLogLog, merged, of_hashes

_LEAST_ERROR, _GREATEST_ERROR = 0.0040625, 0.26
_DEFAULT_ERROR = 0.01625


def hashes_of(column: pa.Array) -> npt.NDArray[np.uint64]:
    """The hashes of values as the sketches know them: of numbers the eight bytes, of text its own."""
    if pa.types.is_floating(column.type):
        return murmur_longs(column.to_numpy().astype(np.float64).view(np.int64))
    if pa.types.is_integer(column.type):
        return murmur_longs(column.to_numpy())
    return murmur_bytes(column)


def _index_bits(most_error: float) -> int:
    """The bits that number the buckets of a sketch with this standard error."""
    if not _LEAST_ERROR <= most_error <= _GREATEST_ERROR:
        text = f"Standard error must be between {_LEAST_ERROR} and {_GREATEST_ERROR}: {most_error}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    return math.ceil(math.log2((1.04 / most_error) ** 2))


def _sketches(segments: Segments, bits: int) -> pa.Array:
    found = of_hashes(segments.owners, hashes_of(segments.columns[0]), len(segments), bits)
    return pa.array(found, pa.binary(), mask=segments.lengths == 0)


for _type in ("bigint", "double", "varchar(x)"):

    @FAMILY.collected(f"approx_set({_type}) -> HyperLogLog")
    def _approx_set(segments: Segments) -> pa.Array:
        """A sketch of the different values."""
        return _sketches(segments, _index_bits(_DEFAULT_ERROR))

    @FAMILY.collected(f"approx_set({_type}, double) -> HyperLogLog", raises=True)
    def _approx_set_within(segments: Segments, most_error: Any) -> pa.Array:
        """A sketch of the different values, with the standard error asked for."""
        wanted = most_error.as_py() if isinstance(most_error, pa.Scalar) else next(iter(most_error.to_pylist()), None)
        return _sketches(segments, _index_bits(_DEFAULT_ERROR if wanted is None else wanted))


@FAMILY.collected("merge(HyperLogLog) -> HyperLogLog", "merge(P4HyperLogLog) -> P4HyperLogLog", raises=True)
def _merge(segments: Segments) -> pa.Array:
    """The sketch of all the sketches' values together."""
    sketches = [HyperLogLog.read(data) for data in segments.columns[0].to_pylist()]
    return pa.array(merged(sketches, segments.owners, len(segments)), pa.binary(), mask=segments.lengths == 0)


FAMILY.native("empty_approx_set() -> HyperLogLog", "arrow_cast(X'020C0000', 'Binary')", "A sketch of no values")


@FAMILY.per_value("cardinality(HyperLogLog) -> bigint")
def _cardinality(data: bytes) -> int:
    """About how many different values the sketch has seen."""
    return HyperLogLog.read(data).cardinality

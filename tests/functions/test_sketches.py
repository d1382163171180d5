"""Sketches: their bytes against published vectors, their answers against exact ones."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlake.functions.hashing import murmur_longs
from owlake.functions.segments import Segments
from owlake.functions.sketches.qdigest import _qdigest_agg, merged
from owlake.functions.sketches.registers import HyperLogLog, of_hashes
from owlake.functions.sketches.registers import merged as merged_sketches
from owlake.functions.sketches.tdigest import TDigest, _tdigest_agg
from owlake.functions.sketches.tree import SIGN, Digest

_ONE = np.zeros(1, np.int64)


def _sketch(values: list[int], bits: int = 12) -> HyperLogLog:
    hashes = murmur_longs(np.array(values, np.int64))
    return HyperLogLog.read(of_hashes(np.zeros(len(values), np.int64), hashes, 1, bits)[0])


def _dense(slots: dict[int, int], overflows: list[tuple[int, int]], bits: int = 12) -> bytes:
    buckets = bytearray(1 << (bits - 1))
    for slot, value in slots.items():
        buckets[slot] = value
    tail = b"".join(bucket.to_bytes(2, "little") for bucket, _ in overflows)
    return (
        bytes([3, bits, 0])
        + bytes(buckets)
        + len(overflows).to_bytes(2, "little")
        + tail
        + bytes(value for _, value in overflows)
    )


# airlift's TestDenseSerialization.
@pytest.mark.parametrize(
    ("values", "slots", "overflows"),
    [
        ([], {}, []),
        ([0], {326: 0b0000_0001}, []),
        ([61697], {1353: 0b1111_0000}, [(2706, 2)]),
        ([61697, 394873], {1353: 0b1111_0000, 2024: 0b1111_0000}, [(2706, 2), (4048, 4)]),
    ],
)
def test_dense_sketches_have_airlifts_bytes(
    values: list[int], slots: dict[int, int], overflows: list[tuple[int, int]]
) -> None:
    sketch = _sketch(values)
    dense = HyperLogLog(sketch.bits, registers=sketch.dense())
    assert dense.write() == _dense(slots, overflows)
    assert np.array_equal(HyperLogLog.read(dense.write()).dense(), sketch.dense())


@pytest.mark.parametrize("count", [10, 500, 2_000, 20_000, 300_000])
def test_sketches_count_within_their_error(count: int) -> None:
    estimate = _sketch(list(range(count))).cardinality
    # Three standard errors of 1.6 %.
    assert abs(estimate - count) <= 0.05 * count


@given(st.lists(st.integers(0, 5_000), max_size=1_500), st.lists(st.integers(0, 5_000), max_size=1_500))
def test_merged_sketches_are_those_of_all_values(one: list[int], other: list[int]) -> None:
    found = merged_sketches([_sketch(one, 8), _sketch(other, 8)], np.zeros(2, np.int64), 1)[0]
    assert np.array_equal(HyperLogLog.read(found).dense(), _sketch(one + other, 8).dense())


def _numbers(count: int) -> list[float]:
    source = random.Random(count)
    return [source.lognormvariate(0, 2) for _ in range(count)]


def _segments(*groups: list[float]) -> Segments:
    offsets = np.cumsum([0, *(len(group) for group in groups)])
    return Segments(offsets, (pa.array([value for group in groups for value in group], pa.float64()),))


@pytest.mark.parametrize("count", [1, 2, 10, 1_000, 100_000])
def test_t_digests_rank_within_a_hundredth(count: int) -> None:
    values = _numbers(count)
    digest = TDigest.read(_tdigest_agg(_segments(values))[0].as_py())
    assert len(digest.means) < 500
    assert (digest.minimum, digest.maximum) == (min(values), max(values))
    for share in (0.0, 0.001, 0.1, 0.5, 0.9, 0.999, 1.0):
        value = digest.at(np.array([share]))[0]
        below, upto = np.mean(np.array(values) < value), np.mean(np.array(values) <= value)
        assert below - 0.01 - 1 / count <= share <= upto + 0.01 + 1 / count


def test_groups_of_digests_are_those_of_each_alone() -> None:
    groups = [_numbers(3), [], _numbers(700), _numbers(5)]
    for aggregate in (_tdigest_agg, _qdigest_agg):
        together = aggregate(_segments(*groups)).to_pylist()
        assert together == [aggregate(_segments(group))[0].as_py() for group in groups]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=300))
def test_quantile_digests_of_few_numbers_keep_them(values: list[int]) -> None:
    segments = Segments(np.array([0, len(values)]), (pa.array(values, pa.int64()),))
    digest = Digest.read(_qdigest_agg(segments)[0].as_py())
    assert (digest.minimum, digest.maximum) == (min(values), max(values))
    kept = (digest.nodes.values ^ SIGN).view(np.int64).tolist()
    assert kept == sorted(set(values))
    assert digest.nodes.counts.tolist() == [values.count(value) for value in kept]


@pytest.mark.parametrize("spread", [30, 5_000, 10**9])
def test_quantile_digests_are_small_and_within_their_error(spread: int) -> None:
    source = random.Random(spread)
    values = np.array([source.randrange(spread) for _ in range(60_000)])
    segments = Segments(np.array([0, len(values)]), (pa.array(values, pa.int64()),))
    data = _qdigest_agg(segments)
    digest = Digest.read(data[0].as_py())
    assert len(digest.nodes.values) < 20_000
    halves = [
        _qdigest_agg(Segments(np.array([0, 30_000]), (pa.array(half, pa.int64()),))) for half in np.split(values, 2)
    ]
    joined = merged(Segments(np.array([0, 2]), (pa.concat_arrays(halves),)))
    for one in (digest, Digest.read(joined[0].as_py())):
        assert one.nodes.counts.sum() == len(values)
        sums, bounds = np.cumsum(one.nodes.counts), (one.nodes.upper_bounds ^ SIGN).view(np.int64)
        for share in (0.01, 0.25, 0.5, 0.75, 0.99):
            value = min(bounds[np.searchsorted(sums, share * len(values), side="right")], one.maximum)
            assert np.mean(values < value) - 0.02 <= share <= np.mean(values <= value) + 0.001

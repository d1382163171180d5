"""Aggregates of the Kinesis Producer Library, as AWS's own Python library packs them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5

import pyarrow as pa
import pytest
from aws_kinesis_agg.aggregator import RecordAggregator
from hypothesis import given
from hypothesis import strategies as st

from owlake_connectors.kinesis.aggregation import MAGIC, UserRecord, deaggregated, may_be_aggregated, user_records
from owlake_connectors.kinesis.hashing import MAX_HASH_KEY, hash_key

WHOLE = (0, MAX_HASH_KEY)


def aggregate(records: Sequence[UserRecord]) -> bytes:
    aggregator = RecordAggregator()
    for one in records:
        assert aggregator.add_user_record(one.partition_key, one.data, one.explicit_hash_key) is None
    packed: bytes = aggregator.clear_and_get().get_contents()[2]
    return packed


RECORDS = st.lists(
    st.builds(
        UserRecord,
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
        # The library leaves an empty table of hash keys out, and 0 is as good as any.
        st.none() | st.integers(0, MAX_HASH_KEY).map(str),
        st.binary(max_size=300),
    ),
    min_size=1,
    max_size=40,
)


@given(RECORDS)
def test_what_the_library_packs_is_taken_apart(records: list[UserRecord]) -> None:
    found = user_records(aggregate(records))
    assert found is not None
    assert [(one.partition_key, one.data) for one in found] == [(one.partition_key, one.data) for one in records]
    assert [one.explicit_hash_key for one in found if one.explicit_hash_key is not None] == [
        one.explicit_hash_key for one in records if one.explicit_hash_key is not None
    ]


PACKED = aggregate([UserRecord("a", None, b"1"), UserRecord("b", "5", b"2")])


def sealed(message: bytes) -> bytes:
    return MAGIC + message + md5(message, usedforsecurity=False).digest()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MAGIC,
        b"\0" + PACKED,
        PACKED[:-1],
        PACKED[:-1] + bytes([PACKED[-1] ^ 1]),
        PACKED[:8] + bytes([PACKED[8] ^ 1]) + PACKED[9:],
        sealed(b"\xff"),
        # A record that names a key that is not there, and one without data.
        sealed(b"\x0a\x01a\x1a\x05\x08\x01\x1a\x01x"),
        sealed(b"\x0a\x01a\x1a\x02\x08\x00"),
        sealed(b"\x0a\x05a"),
        sealed(b"\x0b"),
        sealed(b"\x0a\x01\xff\x1a\x05\x08\x00\x1a\x01x"),
    ],
)
def test_what_is_no_whole_aggregate_is_a_record_like_any_other(data: bytes) -> None:
    assert user_records(data) is None


def test_unknown_fields_are_passed_over() -> None:
    tag = b"\x22\x03\x0a\x01t"
    message = b"\x0a\x01a\x1a\x0a\x08\x00\x1a\x01x" + tag + b"\x20\x07\x29\0\0\0\0\0\0\0\0\x2d\0\0\0\0"
    assert user_records(sealed(message)) == [UserRecord("a", None, b"x")]


def batch_of(*data: bytes) -> pa.RecordBatch:
    rows = len(data)
    return pa.record_batch(
        {
            "sequence_number": pa.array([f"s{number}" for number in range(rows)]),
            "subsequence_number": pa.array([0] * rows, pa.int64()),
            "partition_key": pa.array(["p"] * rows),
            "explicit_hash_key": pa.nulls(rows, pa.string()),
            "data": pa.array(data, pa.binary()),
        }
    )


def test_records_of_an_aggregate_share_its_sequence_number() -> None:
    found = deaggregated(batch_of(b"x", PACKED, MAGIC + b"y"), [WHOLE] * 3)
    assert found.column("sequence_number").to_pylist() == ["s0", "s1", "s1", "s2"]
    assert found.column("subsequence_number").to_pylist() == [0, 0, 1, 0]
    assert found.column("partition_key").to_pylist() == ["p", "a", "b", "p"]
    assert found.column("explicit_hash_key").to_pylist() == [None, None, "5", None]
    assert found.column("data").to_pylist() == [b"x", b"1", b"2", MAGIC + b"y"]


def test_records_beyond_the_range_of_the_shard_are_left_out() -> None:
    key = hash_key("a")
    assert deaggregated(batch_of(PACKED), [(0, key - 1)]).column("data").to_pylist() == [b"2"]
    assert deaggregated(batch_of(PACKED), [(6, MAX_HASH_KEY)]).column("data").to_pylist() == [b"1"]
    found = deaggregated(batch_of(PACKED), [(key, key)])
    assert found.column("subsequence_number").to_pylist() == [0]


def test_batches_without_aggregates_are_told_by_their_beginnings() -> None:
    assert not may_be_aggregated(pa.array([b"x", b"", b"\xf3\x89\x9a"]))
    assert may_be_aggregated(pa.array([b"x", MAGIC]))
    assert not may_be_aggregated(pa.array([], pa.binary()))
